"""What a correction changed, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Item = Mapping[str, Any]

_NAMES = {"on": "date", "fulfils": "plan", "published_on": "published", "accessed_on": "accessed"}
_SHORT = ("type", "on", "grade", "publisher", "published_on", "accessed_on")
"""What is said with what it was: it fits in a line."""


def changed_text(item: Item) -> str:
    """``date (was 2026-02), source 1: grade (was C3)``; nothing of a first version.

    *item* is one of ``history``: ``changed`` has the fields with what they said before, and
    ``sources`` those of now.
    """
    told: list[str] = []
    for change in item.get("changed") or ():
        if change["field"] == "sources":
            told += _sources(change["before"], item["sources"])
        else:
            told.append(_field(change["field"], change["before"]))
    return ", ".join(told)


def _field(name: str, before: object) -> str:
    was = ("open" if name == "on" else "none") if before is None else before
    return _NAMES.get(name, name).replace("_", " ") + (f" (was {was})" if name in _SHORT else "")


def _sources(before: Sequence[Item], after: Sequence[Item]) -> Iterator[str]:
    """What became of sources: of those that are others now, the first took the first's place."""
    gone = [source for source in before if source not in after]
    new = [(n, source) for n, source in enumerate(after, start=1) if source not in before]
    for (number, source), old in zip(new, gone, strict=False):
        fields = [_field(name, old[name]) for name in source if source[name] != old[name]]
        yield f"source {number}: {', '.join(fields)}"
    yield from (f"source {number} added" for number, _ in new[len(gone) :])
    for old in gone[len(new) :]:
        name = old["publisher"] or old["title"] or old["url"] or old["document"]
        yield f"a source removed: {name}"
    if not new and not gone:
        yield "the order of sources"
