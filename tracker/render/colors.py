"""Styles and marks: colour helps, and never says anything alone.

The sixteen colours of the terminal are used, because its reader has chosen them to be legible.
Cyan, yellow and magenta stay apart for every common colour blindness, where red and green do not;
and beside each stands its word. A style is written as rich writes it, `bold cyan`, so that the
same style serves a rich table and the plain text of a card.
"""

from collections.abc import Mapping
from typing import Any

HEADING = "bold"
QUIET = "dim"
WARNING = "bold yellow"

_CONDITIONS = {"active": "cyan", "suspended": "yellow", "ended": "magenta", "dormant": "dim"}
_CODES = {
    "bold": "1",
    "dim": "2",
    "italic": "3",
    "underline": "4",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}


def condition_style(item: Mapping[str, Any]) -> str | None:
    """Say how the condition of *item* is styled; what is inferred is in italics."""
    style = _CONDITIONS.get(str(item.get("condition")), "")
    if item.get("basis") == "inferred":
        style = f"italic {style}".strip()
    return style or None


def phase_style(item: Mapping[str, Any]) -> str | None:
    """Say how the phase of *item* is styled: italics where it is not certain."""
    return "italic" if item.get("certain") is False else None


def condition_text(item: Mapping[str, Any]) -> str:
    """Name the condition of *item* in words: `ended (cancelled)`, `dormant (inferred)`."""
    condition = str(item.get("condition") or "")
    remark = item.get("outcome") or ("inferred" if item.get("basis") == "inferred" else None)
    return f"{condition} ({remark})" if remark else condition


def phase_text(item: Mapping[str, Any]) -> str:
    """Name the phase of *item*, with a question mark where it is not certain."""
    phase = str(item.get("phase_title") or item.get("phase") or "")
    return f"{phase} ?" if item.get("certain") is False else phase


def paint(text: str, style: str | None, *, color: bool) -> str:
    """Put *text*, already safe, in *style* for a terminal; without *color* it stays bare."""
    if not (color and style and text):
        return text
    codes = ";".join(_CODES[word] for word in style.split())
    return f"\x1b[{codes}m{text}\x1b[0m"
