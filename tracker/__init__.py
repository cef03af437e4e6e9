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
    from tracker.application.answers import Card, HistoryEntry, Reason
    from tracker.application.overview import Course, Figure, Hit, Notice
    from tracker.application.phases import Entered
    from tracker.application.replaying import Bounds, Step
    from tracker.domain.changes import Cause, Change
    from tracker.domain.dates import Extent
    from tracker.domain.events import Event
    from tracker.domain.evidence import Source
    from tracker.domain.findings import Finding
    from tracker.domain.lifecycle import Lifecycle
    from tracker.domain.outline import Outline
    from tracker.domain.status import Status
    from tracker.domain.unchanged import UNCHANGED, Unchanged
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
    from tracker.projections.outlines import Listed
    from tracker.projections.portfolio import Standing
    from tracker.store.reading import Head

__version__ = "0.1.0"

_NAMES = {
    "tracker.application": ("Filters", "Receipt", "StatusAnswer", "Tracker"),
    "tracker.application.answers": ("Card", "HistoryEntry", "Reason"),
    "tracker.application.overview": ("Course", "Figure", "Hit", "Notice"),
    "tracker.application.phases": ("Entered",),
    "tracker.application.replaying": ("Bounds", "Step"),
    "tracker.domain.changes": ("Cause", "Change"),
    "tracker.domain.dates": ("Extent",),
    "tracker.domain.events": ("Event",),
    "tracker.domain.evidence": ("Source",),
    "tracker.domain.findings": ("Finding",),
    "tracker.domain.lifecycle": ("Lifecycle",),
    "tracker.domain.outline": ("Outline",),
    "tracker.domain.status": ("Status",),
    "tracker.domain.unchanged": ("UNCHANGED", "Unchanged"),
    "tracker.domain.viewpoint": ("Viewpoint",),
    "tracker.errors": (
        "CalledWrongly",
        "Conflict",
        "Damaged",
        "NotFound",
        "Refused",
        "TrackerError",
        "Unavailable",
    ),
    "tracker.projections.outlines": ("Listed",),
    "tracker.projections.portfolio": ("Standing",),
    "tracker.store.reading": ("Head",),
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names}

__all__ = [
    "UNCHANGED",
    "Bounds",
    "CalledWrongly",
    "Card",
    "Cause",
    "Change",
    "Conflict",
    "Course",
    "Damaged",
    "Entered",
    "Event",
    "Extent",
    "Figure",
    "Filters",
    "Finding",
    "Head",
    "HistoryEntry",
    "Hit",
    "Lifecycle",
    "Listed",
    "NotFound",
    "Notice",
    "Outline",
    "Reason",
    "Receipt",
    "Refused",
    "Source",
    "Standing",
    "Status",
    "StatusAnswer",
    "Step",
    "Tracker",
    "TrackerError",
    "Unavailable",
    "Unchanged",
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
