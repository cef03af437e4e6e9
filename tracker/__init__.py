"""tracker: what stood when, what was known then, and on whose word.

The public names, and nothing else; everything not listed here may change::

    from tracker import Tracker

    with Tracker.open("desk.db", by="mira", create=True) as log:
        log.register("il-114", title="Il-114 joint production", lifecycle="co-production")
        log.record("il-114", "talks-initiated", on="2025-12-05", source="https://example.org/a")
        log.status("il-114", as_of="2025-12-31")

They are loaded when first used, so that ``tracker --help`` need not wait for the database.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.application import Filters, Receipt, StatusAnswer, Tracker
    from tracker.domain.changes import Cause, Change
    from tracker.domain.dates import Extent
    from tracker.domain.evidence import Source
    from tracker.domain.findings import Finding
    from tracker.domain.lifecycle import Lifecycle
    from tracker.domain.status import Status
    from tracker.domain.viewpoint import Viewpoint
    from tracker.errors import (
        CalledWrongly,
        Conflict,
        Damaged,
        NotFound,
        Refused,
        TrackerError,
        Unavailable,
    )

__version__ = "0.1.0"

_HOMES = {
    "Tracker": "tracker.application",
    "Filters": "tracker.application",
    "Receipt": "tracker.application",
    "StatusAnswer": "tracker.application",
    "Viewpoint": "tracker.domain.viewpoint",
    "Status": "tracker.domain.status",
    "Finding": "tracker.domain.findings",
    "Change": "tracker.domain.changes",
    "Cause": "tracker.domain.changes",
    "Extent": "tracker.domain.dates",
    "Source": "tracker.domain.evidence",
    "Lifecycle": "tracker.domain.lifecycle",
    "TrackerError": "tracker.errors",
    "CalledWrongly": "tracker.errors",
    "Conflict": "tracker.errors",
    "Damaged": "tracker.errors",
    "NotFound": "tracker.errors",
    "Refused": "tracker.errors",
    "Unavailable": "tracker.errors",
}

__all__ = [
    "CalledWrongly",
    "Cause",
    "Change",
    "Conflict",
    "Damaged",
    "Extent",
    "Filters",
    "Finding",
    "Lifecycle",
    "NotFound",
    "Receipt",
    "Refused",
    "Source",
    "Status",
    "StatusAnswer",
    "Tracker",
    "TrackerError",
    "Unavailable",
    "Viewpoint",
    "__version__",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
