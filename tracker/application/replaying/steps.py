"""One step of a story: what happened, or was learned, and what that changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from attrs import frozen

from tracker.domain.dates import format_instant


@frozen
class State:
    """What the story tells of a status."""

    phase: str
    condition: str


@frozen
class Step:
    """One step of the story: what happened, or was learned, and what that changed.

    *kind* is ``development`` or ``dormancy`` along the world's axis, along the knowledge axis the
    kind of the event. *day* is where the step lies in the world, None along the other axis. A
    *before* of None was not registered yet, an *after* of None is retired; a step with no
    *initiative* is about the log as a whole. *mode* is that of the fact, if it is about one. Steps
    outside the bounds are not *shown*.
    """

    position: int | None
    initiative: str | None
    kind: str
    before: State | None
    after: State | None
    type: str | None = None
    on: str | None = None
    recorded_at: datetime | None = None
    note: str | None = None
    mode: str | None = None
    day: date | None = None
    is_shown: bool = True


def step_item(step: Step) -> dict[str, Any]:
    """An item of ``replay``."""
    return {
        "position": step.position,
        "on": step.on,
        "recorded_at": format_instant(step.recorded_at) if step.recorded_at else None,
        "initiative": step.initiative,
        "kind": step.kind,
        "type": step.type,
        "before": _state_item(step.before),
        "after": _state_item(step.after),
        "note": step.note,
        "mode": step.mode,
    }


def _state_item(state: State | None) -> dict[str, str] | None:
    return {"phase": state.phase, "condition": state.condition} if state else None
