"""The only place that reads the wall clock.

Everything else is handed the instant, so that tests can freeze it and SQLite's own ``now`` is never
asked.
"""

from __future__ import annotations

from datetime import UTC, date, datetime


def now() -> datetime:
    """The present instant, in UTC, to the microsecond."""
    return datetime.now(UTC)


def today() -> date:
    """The present UTC day."""
    return now().date()
