"""What a correction changed, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Item = Mapping[str, Any]

_NAMES = {"on": "date", "fulfils": "plan", "published_on": "published", "accessed_on": "accessed"}
_SHORT = ("type", "on", "grade", "publisher", "published_on", "accessed_on")
"""What is said with what it was, as far as that fits in a line."""

_FITS = 40


def changed_text(item: Item) -> str:
    """``date (was 2026-02), source 1 (grade was C3)``; nothing of a first version.

    *item* is one of ``history``: ``changed`` has the fields with what they said before, and
    ``sources`` those of now.
    """
    told: list[str] = []
    for change in item.get("changed") or ():
        name, before = change["field"], change["before"]
        if name == "sources":
            told += _sources(before, item["sources"])
        else:
            was = f" (was {_was(name, before)})" if name in _SHORT else ""
            told.append(_named(name) + was)
    return ", ".join(told)


def _named(name: str) -> str:
    return _NAMES.get(name, name).replace("_", " ")


def _was(name: str, before: object) -> str:
    if before is None:
        return "open" if name == "on" else "none"
    text = " ".join(str(before).split())  # a line of its own would look like another sentence
    return text if len(text) <= _FITS else f"{text[:_FITS]}…"


def _sources(before: Sequence[Item], after: Sequence[Item]) -> Iterator[str]:
    """What became of the sources that are not there as they were."""
    gone, new = list(enumerate(before, start=1)), []
    for number, source in enumerate(after, start=1):
        same = next((each for each in gone if each[1] == source), None)
        if same is None:
            new.append((number, source))
        else:
            gone.remove(same)
    if not new and not gone:
        yield "the order of sources"
    for number, source in new:
        old = _taken_from(gone, number, source)
        if old is None:
            yield f"source {number} added"
        else:
            gone.remove(old)
            yield f"source {number} ({', '.join(_parts(old[1], source))})"
    for _, old_source in gone:
        place = next(filter(None, (old_source[name] for name in _CALLED)), None)
        yield f"a source removed: {_was('source', place)}"


_CALLED = ("publisher", "title", "url", "document")


def _taken_from(
    gone: Sequence[tuple[int, Item]], number: int, source: Item
) -> tuple[int, Item] | None:
    """The source that another was made of: one in the same place to look up, or at the same one."""
    for each in gone:
        if any(source[name] and source[name] == each[1][name] for name in ("url", "document")):
            return each
    return next((each for each in gone if each[0] == number), None)


def _parts(old: Item, source: Item) -> Iterator[str]:
    for name in source:
        if name == "title" and _own_title(old) == _own_title(source):
            continue
        if source[name] != old[name]:
            was = f" was {_was(name, old[name])}" if name in _SHORT else ""
            yield _named(name) + was


def _own_title(source: Item) -> object:
    """Its title; a document without one goes by its own words."""
    return None if source["title"] == source["document"] else source["title"]
