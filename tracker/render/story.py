"""The story a replay tells, one line a step."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tracker.render.colors import QUIET, condition_style, paint
from tracker.render.safe import escape
from tracker.render.widths import text_width, wrap

Item = Mapping[str, Any]

INDENT = "            "
"""Under the first word after a day."""


def lines(
    items: Iterable[Item],
    *,
    color: bool = False,
    ascii_only: bool = False,
    learned: bool = False,
    width: int | None = None,
) -> Iterator[str]:
    """Tell the steps in *items* one after the other, as they come."""
    for item in items:
        yield line(item, color=color, ascii_only=ascii_only, learned=learned, width=width)


def line(
    item: Item,
    *,
    color: bool = False,
    ascii_only: bool = False,
    learned: bool = False,
    width: int | None = None,
) -> str:
    """Tell one step: `2025-12-05  il-114  talks → feasibility   feasibility-study-underway`.

    A step that changes nothing names where things stood; a correction says what it was. With
    *learned* it begins with the day on which it was recorded. What does not fit *width* goes on
    below, indented.
    """
    arrow = "->" if ascii_only else "→"
    before, after = item.get("before"), item.get("after")
    change = _change(before, after, arrow) if item.get("initiative") else ""
    style = None if _state(before) == _state(after) else condition_style(after or {})
    on = _text(item.get("on"))
    day = _text(item.get("recorded_at"))[:10] if learned else on or "(no date)"
    what = _what(item)
    if learned:
        what = f"{_text(_place(item))} {what}".strip() + (f" of {on}" if on else "")
    note = _text(item.get("note"))
    parts = [
        (day, None, ""),
        (_text(item.get("initiative")) or "(the log)", None, "  "),
        (change, style, "  "),
        # The rest is of unequal length, so its end, not a column, sets it off.
        (what, QUIET, "   "),
        (f"({note})" if note else "", QUIET, "  "),
    ]
    return "".join(_placed(parts, width, color=color, ascii_only=ascii_only)).rstrip()


def _placed(
    parts: Iterable[tuple[str, str | None, str]],
    width: int | None,
    *,
    color: bool,
    ascii_only: bool,
) -> Iterator[str]:
    """The *parts*, each after its gap, on lines of at most *width* cells."""
    used = 0
    for text, style, gap in parts:
        if not text:
            continue
        shown = text.encode("ascii", "backslashreplace").decode() if ascii_only else text
        needed = len(gap) + text_width(shown)
        if width is None or used + needed <= width:
            yield gap + paint(shown, style, color=color)
            used += needed
            continue
        room = max(width - len(INDENT), 20)
        for told in wrap(shown, room):
            yield "\n" * bool(used) + INDENT * bool(used) + paint(told, style, color=color)
            used = len(INDENT) + text_width(told)


def _change(before: Item | None, after: Item | None, arrow: str) -> str:
    one = _state(before) if before else "unregistered"
    other = _state(after) if after else "retired"
    return other if one == other or not (before or after) else f"{one} {arrow} {other}"


def _state(state: Item | None) -> str:
    """Name a state: its phase, and its condition where that is not simply active."""
    if not state:
        return ""
    phase = _text(state.get("phase")) or "not-started"
    condition = _text(state.get("condition"))
    return phase if condition in {"", "active"} else f"{phase} ({condition})"


def _what(item: Item) -> str:
    kind, type_ = _text(item.get("kind")), _text(item.get("type"))
    planned = "planned " if item.get("mode") == "planned" else ""
    if kind in {"", "recorded", "development"}:
        return f"{planned}{type_}"
    return f"{kind} {planned}{type_}".rstrip()


def _place(item: Item) -> str:
    position = item.get("position")
    return "" if position is None else f"@{position}"


def _text(value: object) -> str:
    return "" if value is None else escape(str(value))
