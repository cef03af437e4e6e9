"""The columns in which items are shown: where a value lies in an item, and what a cell says."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from tracker.render.safe import escape, json_text
from tracker.render.widths import Align

Item = Mapping[str, Any]


@attrs.frozen
class Column:
    """One column: where its value lies in an item, and how it is shown.

    *key* is a dotted path, `deciding.on`; through a list it reaches every member. *show* gives
    the cell of a table, for people; CSV always has the plain value. *wide* columns give way first
    when a line is too short; *spare* ones stand in no table that is fitted to a terminal, only in
    the blocks that take its place where it is too narrow.
    """

    key: str
    title: str
    align: Align = "left"
    style: Callable[[Item], str | None] | None = None
    show: Callable[[Item], str] | None = None
    wide: bool = False
    spare: bool = False

    def cell(self, item: Item) -> str:
        """Say what a person sees in this column for *item*, already safe to print."""
        return escape(self.show(item) if self.show else plain(value_at(item, self.key)))


def value_at(item: Any, key: str) -> Any:
    """Follow the dotted path *key* into *item*; None where it leads nowhere."""
    value = item
    for name in key.split("."):
        if isinstance(value, dict):  # what most are; to ask whether it is any mapping is slow
            value = value.get(name)
        elif value is None:
            return None
        elif isinstance(value, list):
            value = [value_at(member, name) for member in value]
        else:
            value = value.get(name) if isinstance(value, Mapping) else None
    return value


def plain(value: Any, separator: str = ", ", booleans: tuple[str, str] = ("no", "yes")) -> str:
    """Write *value* as the text of one cell; None is an empty one."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return booleans[value]
    if isinstance(value, list | tuple):
        return separator.join(plain(member, separator, booleans) for member in value)
    return json_text(value) if isinstance(value, Mapping) else str(value)
