"""A question's place in both times: as of a day in the world, known at a position of the log."""

from __future__ import annotations

from datetime import date, datetime

from attrs import frozen

OPEN = 2**63 - 1
"""The end of a knowledge interval that is still open: later than any position."""


@frozen
class Viewpoint:
    """What was true on *as_of*, as far as the log knew after its first *position* events.

    *position* is the only axis of knowledge used in queries; *known_at* is the instant that was
    asked for, None where a position was.
    """

    as_of: date
    position: int
    known_at: datetime | None = None
