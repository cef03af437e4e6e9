"""The story a replay tells, one line a step."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tracker.render.colors import QUIET, condition_style, paint
from tracker.render.safe import escape

Item = Mapping[str, Any]


def lines(items: Iterable[Item], *, color: bool = False, ascii_only: bool = False) -> Iterator[str]:
    """Tell the steps in *items* one after the other, as they come."""
    return (line(item, color=color, ascii_only=ascii_only) for item in items)


def line(item: Item, *, color: bool = False, ascii_only: bool = False) -> str:
    """Tell one step: `2025-12-05  il-114  talks → feasibility   feasibility-study-underway`.

    A step that changes nothing names where things stood; a correction says what it was.
    """
    arrow = "->" if ascii_only else "→"
    before, after = _state(item.get("before")), _state(item.get("after"))
    change = after if before == after else f"{before} {arrow} {after}"
    style = None if before == after else condition_style(item.get("after") or {})
    parts = [
        _text(item.get("on")) or "(no date)",
        _text(item.get("initiative")) or "(the log)",
        # The rest is of unequal length, so its end, not a column, sets it off.
        f"{paint(change, style, color=color)}   {paint(_what(item), QUIET, color=color)}",
    ]
    told = "  ".join(parts).rstrip()
    note = _text(item.get("note"))
    told = f"{told}  {paint(f'({note})', QUIET, color=color)}" if note else told
    return told.encode("ascii", "backslashreplace").decode() if ascii_only else told


def _state(state: Item | None) -> str:
    """Name a state: its phase, and its condition where that is not simply active."""
    if not state:
        return "unregistered"
    phase = _text(state.get("phase")) or "not-started"
    condition = _text(state.get("condition"))
    return phase if condition in {"", "active"} else f"{phase} ({condition})"


def _what(item: Item) -> str:
    kind, type_ = _text(item.get("kind")), _text(item.get("type"))
    if kind in {"", "recorded", "development"}:
        return type_
    return f"{kind} {type_}".rstrip()


def _text(value: object) -> str:
    return "" if value is None else escape(str(value))
