"""Turn a row of an import file into a command.

Every cell that cannot be read is reported, not the first alone, so that a file can be mended at
once.
"""

from __future__ import annotations

import re
import uuid
from array import array
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from hashlib import sha1
from typing import Any, Final

from attrs import field, frozen

from tracker.domain.commands import Record
from tracker.domain.dates import ANYTIME, parse_when
from tracker.domain.events import Mode, Profile
from tracker.domain.evidence import Source, is_url, parse_grade
from tracker.errors import Refused
from tracker.exchange.rows import RawRow
from tracker.store.codec import canonical
from tracker.store.trusted import maker

ROW_IDS: Final = uuid.UUID("6f0c1f6e-54d0-5c9b-9a57-2f1d8f3f7c11")
"""The namespace of the ids of rows that give none. Stored ids rest on it: it never changes."""

_ROW_IDS: Final = ROW_IDS.bytes

REFERENCES: Final = ("fulfils", "after", "contradicts")

_NOT_CONTENT: Final = frozenset(
    {"title", "lifecycle", "party", "sector", "tag", "summary", "id", "recorded_at"}
)
_SOURCES: Final = ("source", "source_title", "publisher")
"""The columns for sources: one of them must be given."""

_record, _source = maker(Record), maker(Source)

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_HANDLE = re.compile(r"[a-z0-9-]+#[0-9]{1,12}", re.ASCII)


@frozen
class Cell:
    """A fault of a row, and the column that it is in."""

    column: str | None
    value: str | None
    reason: str


class BadRowError(Exception):
    """A row cannot be recorded; it has all the faults of the row."""

    def __init__(self, *cells: Cell) -> None:
        super().__init__(*(cell.reason for cell in cells))
        self.cells = cells


@frozen
class Row:
    """A row with its id; *said* are its cells that are not empty, without outer space."""

    raw: RawRow
    said: Mapping[str, str]
    event_id: str
    gives_id: bool

    @property
    def names_another(self) -> bool:
        """Whether the row refers to another fact."""
        return not self.said.keys().isdisjoint(REFERENCES)


@frozen
class Lines:
    """The file and line of each event that an import appended.

    Three numbers are kept for each row, in the order of positions: little memory even for a long
    file.
    """

    _positions: array[int] = field(factory=lambda: array("Q"))
    _lines: array[int] = field(factory=lambda: array("Q"))
    _files: array[int] = field(factory=lambda: array("I"))
    _names: list[str] = field(factory=list)

    def note(self, position: int, line: int, file: str) -> None:
        """Remember that the events up to *position* come from *line* of *file*."""
        if not self._names or self._names[-1] != file:
            self._names.append(file)
        self._positions.append(position)
        self._lines.append(line)
        self._files.append(len(self._names) - 1)

    def place(self, position: int) -> tuple[str, int]:
        """The file and the line that the event at *position* comes from; it must be of a row."""
        row = bisect_left(self._positions, position)
        return self._names[self._files[row]], self._lines[row]

    @property
    def last(self) -> str | None:
        """Where the last events noted come from, in words; None before any were."""
        return self.of(self._positions[-1]) if self._positions else None

    def of(self, position: int) -> str:
        """Where the event at *position* comes from, in words; it must come from a row."""
        file, line = self.place(position)
        return f"line {line} of {file}"


def said_in(raw: RawRow) -> dict[str, str]:
    """Return the cells that are not empty, without outer space."""
    return {
        column: text for column, value in raw.values.items() if value and (text := value.strip())
    }


def is_uuid(text: str) -> bool:
    """Whether *text* can be the id of an event."""
    return _UUID.fullmatch(text) is not None


def missing_column(columns: Sequence[str], *, backfill: bool) -> str | None:
    """Return the message about a missing column that every row needs; None if all are there.

    It is reported once for the file, instead of as an empty cell of every row.
    """
    if not set(columns) & set(_SOURCES):
        return "there is no column source; add it, with who says so in every row: a URL or a text"
    if not set(columns) & {"on", "mode"}:
        return "there is no column on; add it, with the date of every development"
    if backfill and "recorded_at" not in columns:
        return (
            "there is no column recorded_at; add it, with the instant at which every row was "
            "recorded, or leave --backfill out"
        )
    return None


def check_id(said: Mapping[str, str]) -> None:
    """Raise BadRowError if a row gives itself an id that is no UUID."""
    text = said.get("id")
    if text is not None and not is_uuid(text):
        reason = "it is not a UUID, such as 019aebce-f400-7000-8000-000000000001"
        raise BadRowError(Cell("id", text, f"{reason}; leave it empty for one of its content"))


def content_of(said: Mapping[str, str]) -> str:
    """Return the cells of a row that are about its fact, as one canonical text.

    The cells about the initiative are left out, which count only for its registration, and so is
    ``recorded_at``: a mended title, or ``--backfill`` the second time, must not record a fact
    twice.
    """
    content = {column: text for column, text in said.items() if column not in _NOT_CONTENT}
    content["mode"] = content.get("mode", "occurred").lower()
    return canonical(content)


def id_of_content(content: str, occurrence: int) -> str:
    """Return the id of the *occurrence*-th row of a file with this content, counted from 1."""
    # As uuid.uuid5 has it (RFC 9562, section 5.5), in a quarter of the time.
    told = sha1(_ROW_IDS + f"{content}\n{occurrence}".encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(told[16], 16) & 3]
    return f"{told[:8]}-{told[8:12]}-5{told[13:16]}-{variant}{told[17:20]}-{told[20:32]}"


def profile_of(said: Mapping[str, str]) -> Profile | None:
    """The initiative as a row describes it; None without a title or a lifecycle."""
    if "title" not in said or "lifecycle" not in said:
        return None
    return Profile(
        title=said["title"],
        lifecycle=said["lifecycle"],
        parties=_split(said.get("party")),
        sector=said.get("sector"),
        tags=_split(said.get("tag")),
        summary=said.get("summary"),
    )


def _split(text: str | None) -> tuple[str, ...]:
    if text is None:
        return ()
    return tuple(dict.fromkeys(part for each in text.split(";") if (part := each.strip())))


def record_of(row: Row, today: date, claimed_recorded_at: str | None) -> Record:
    """Return the command of *row*, with dates relative to *today*; references stay as written.

    Raises BadRowError with every cell that cannot be read.
    """
    said, bad = row.said, list[Cell]()
    read: dict[str, Any] = {}
    for column, parse in _READERS.items():
        if column in said:
            try:
                read[column] = parse(said[column], today)
            except Refused as refused:
                bad.append(Cell(column, said[column], str(refused)))
    mode = read.get("mode", "occurred")
    bad += _missing(said, mode)
    if bad:
        raise BadRowError(*bad)
    get = said.get
    place = get("source")
    is_at = place is not None and is_url(place)
    source = _source(
        place if is_at else None,
        None if is_at else place,
        get("source_title"),
        get("publisher"),
        read.get("published"),
        read.get("accessed"),
        get("quote"),
        read.get("grade"),
    )
    return _record(
        row.event_id,
        said["initiative"],
        mode,
        said["type"],
        read.get("on", ANYTIME),
        (source,),
        get("stated_by"),
        get("note"),
        get("fulfils"),
        get("after"),
        get("contradicts"),
        claimed_recorded_at,
        None,
    )


def _edtf(text: str, today: date) -> str:
    return parse_when(text, today).edtf


def _mode(text: str) -> Mode:
    match text.lower():
        case "occurred":
            return "occurred"
        case "planned":
            return "planned"
    raise Refused(f"{text[:60]!r} is no mode; write occurred or planned")


def _reference(text: str) -> str:
    if is_uuid(text) or _HANDLE.fullmatch(text):
        return text
    raise Refused(f"{text[:60]!r} is neither an event id nor a handle such as il-114#3")


_READERS: Final[Mapping[str, Callable[[str, date], object]]] = {
    "mode": lambda text, _: _mode(text),
    "on": parse_when,
    "grade": lambda text, _: parse_grade(text),
    "published": _edtf,
    "accessed": _edtf,
    **dict.fromkeys(REFERENCES, lambda text, _: _reference(text)),
}
"""Parsers of the cells that are more than a text, in the order in which faults are reported."""


def _missing(said: Mapping[str, str], mode: Mode) -> list[Cell]:
    bad = []
    if "initiative" not in said:
        bad.append(Cell("initiative", None, "it is empty; write the initiative's slug"))
    if "type" not in said:
        bad.append(Cell("type", None, "it is empty; write what kind of development it is"))
    if "on" not in said and mode == "occurred":
        bad.append(Cell("on", None, "a development needs its date; write the date"))
    if said.keys().isdisjoint(_SOURCES):
        bad.append(Cell("source", None, "it is empty; write who says so: a URL or a text"))
    return bad
