"""The text that ``--edit`` opens: a line a field, with what each is for above it.

    # When it happened: 2025-12-05, 2025-12, 2025-Q4, …
    on: 2025-12
    # What a reader should know besides.
    note: Signed in Delhi;
        a text goes on in lines that begin with blanks.

A line that begins with ``#`` is left out. The line ``source:`` begins a source, and the parts of a
source stand below its own. Nothing needs quotes, and every field has a line to name in a complaint.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from attrs import define, field, frozen

from tracker.cli.nearest import did_you_mean
from tracker.cli.text import visible
from tracker.errors import Refused, TrackerError

T = TypeVar("T")

#: The parts of a source, named as their options; the first begins one.
SOURCE_PARTS = (
    "source",
    "source-title",
    "publisher",
    "published",
    "accessed",
    "quote",
    "grade",
)

_INDENT = "    "
_WIDTH = 88


@frozen
class Entry:
    """What stands in a field, and in which line (from 1) it begins."""

    name: str
    text: str
    line: int

    def checked(self, check: Callable[[str], T]) -> T:
        """What *check* makes of the text; what it raises names the line.

        Raises the error of *check*, of its own kind, with the place before its sentence.
        """
        try:
            return check(self.text)
        except TrackerError as error:
            raise self.mistake(error) from error

    def mistake(self, error: TrackerError) -> TrackerError:
        """*error*, which is about this field, with its place."""
        return type(error)(f"line {self.line}, {self.name}: {error}")


@define
class Draft:
    """What a text says: its fields, and its sources, which are fields too, one after another."""

    fields: dict[str, Entry] = field(factory=dict)
    sources: list[dict[str, Entry]] = field(factory=list)

    def text(self, name: str) -> str:
        """What stands in the field *name*; an empty text where it is left out."""
        return text_of(self.fields, name)

    def entry(self, name: str) -> Entry:
        """The field *name*; where it was left out, an empty one at the beginning."""
        return self.fields.get(name) or Entry(name, "", 1)

    def differs(self, shown: Draft) -> bool:
        """Whether it says anything, and other than the draft that was *shown*."""
        said = self._said()
        return said != ({}, []) and said != shown._said()

    def _said(self) -> tuple[dict[str, str], list[dict[str, str]]]:
        told = {name: entry.text for name, entry in self.fields.items() if entry.text}
        return told, [said for source in self.sources if (said := said_of(source))]


def text_of(entries: Mapping[str, Entry], name: str) -> str:
    """What stands in the field *name* of *entries*."""
    found = entries.get(name)
    return found.text if found is not None else ""


def said_of(source: Mapping[str, Entry]) -> dict[str, str]:
    """The parts of a source that say something."""
    return {name: entry.text for name, entry in source.items() if entry.text}


# --- out ------------------------------------------------------------------------------------------


def template(
    head: Iterable[str],
    names: Sequence[str],
    help_of: Mapping[str, str],
    values: Mapping[str, str],
    sources: Sequence[Mapping[str, str]],
) -> str:
    """The text to edit: *head*, then the fields *names*, each below what *help_of* says of it.

    In the place of the name ``source`` stand all *sources*, or the empty parts of one. What could
    steer a terminal is written out, as it is everywhere.
    """
    lines = [line for paragraph in head for line in _comment(paragraph)]
    for name in names:
        if name == "source":
            lines += _source_lines(sources, help_of)
        else:
            lines += ["", *_comment(help_of[name]), *_written(name, values.get(name, ""))]
    return "".join(f"{line}\n" for line in lines)


def _source_lines(
    sources: Sequence[Mapping[str, str]], help_of: Mapping[str, str]
) -> Iterator[str]:
    for number, source in enumerate(sources or [{}]):
        yield ""
        if number:
            yield from _comment("Another source.")
        for part in SOURCE_PARTS:
            if not number:
                yield from _comment(help_of[part])
            yield from _written(part, source.get(part, ""))
    yield from _comment("Each further source begins with another line, source:")


def _comment(paragraph: str) -> list[str]:
    """The lines of a comment; a name is never broken, not even at a hyphen."""
    told = textwrap.wrap(visible(paragraph), _WIDTH, break_long_words=False, break_on_hyphens=False)
    return [f"# {line}" for line in told] or ["#"]


def _written(name: str, value: str) -> Iterator[str]:
    first, *more = visible(value).split("\n")
    yield f"{name}: {first}".rstrip()
    for line in more:
        yield f"{_INDENT}{line}".rstrip()


# --- in -------------------------------------------------------------------------------------------


def read(text: str, names: Sequence[str]) -> Draft:
    """What *text* says in the fields *names*, ``source`` standing for all parts of sources.

    Raises Refused for a line that is no field, an unknown field, or one that is there twice, each
    with its line.
    """
    draft = Draft()
    for entry in _entries(text.removeprefix("\ufeff")):
        if "source" in names and entry.name in SOURCE_PARTS:
            _add_to_source(draft, entry)
        elif entry.name not in names:
            known = [*names, *(SOURCE_PARTS if "source" in names else ())]
            near = did_you_mean(entry.name, known) or f" The fields are {', '.join(known)}."
            raise Refused(f"line {entry.line}: there is no field {entry.name[:80]!r}.{near}")
        elif entry.name in draft.fields:
            raise Refused(_twice(entry, draft.fields[entry.name]))
        else:
            draft.fields[entry.name] = entry
    return draft


def _add_to_source(draft: Draft, entry: Entry) -> None:
    if entry.name == SOURCE_PARTS[0] or not draft.sources:
        draft.sources.append({})
    source = draft.sources[-1]
    if entry.name in source:
        raise Refused(f"{_twice(entry, source[entry.name])}, or begin another source with source:")
    source[entry.name] = entry


def _twice(entry: Entry, before: Entry) -> str:
    return f"line {entry.line}: {entry.name} stands in line {before.line} already; keep one of them"


def _entries(text: str) -> Iterator[Entry]:
    """The fields of *text* in order; blank lines within one belong to it, those after it do not."""
    name, start, told = "", 0, list[str]()
    for number, line in enumerate(text.split("\n"), start=1):
        if "\x00" in line:
            raise Refused(f"line {number} holds a NUL character, which no text can; delete it")
        if line.startswith("#"):
            continue
        if not line.strip() or line[0].isspace():
            if line.strip() and not name:
                raise Refused(_no_field(number, line))
            told.append(_unindented(line))
            continue
        if name:
            yield _entry(name, told, start)
        before, colon, after = line.partition(":")
        if not colon:
            raise Refused(_no_field(number, line))
        name, start, told = before.strip().lower().replace("_", "-"), number, [after]
    if name:
        yield _entry(name, told, start)


def _entry(name: str, lines: list[str], start: int) -> Entry:
    return Entry(name, "\n".join(line.rstrip() for line in lines).strip(), start)


def _unindented(line: str) -> str:
    if line.startswith("\t"):
        return line[1:]
    margin = len(line) - len(line.lstrip(" "))
    return line[min(margin, len(_INDENT)) :]


def _no_field(number: int, line: str) -> str:
    return (
        f"line {number}: {line.strip()[:60]!r} is no field; write FIELD: TEXT, or begin the line "
        "with blanks where it goes on with the text above"
    )
