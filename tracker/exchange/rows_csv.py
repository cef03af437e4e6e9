"""Rows of CSV, as RFC 4180 has it: a header, and as many fields in every row.

The comma parts fields; a semicolon or a tab does where the header shows it.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO, Final

from attrs import field, mutable

from tracker.exchange.rows import (
    COLUMNS,
    LONGEST_FIELD_CHARS,
    LONGEST_LINE_BYTES,
    CheckColumns,
    Lines,
    RawRow,
    RowFault,
    shortened,
    unknown_columns,
    value_faults,
)
from tracker.exchange.table_csv import text_of

_DELIMITERS: Final = (",", ";", "\t")
_NEEDED: Final = ("initiative", "type")
_READ_AGAIN_CHARS: Final = 4 * LONGEST_LINE_BYTES
"""How much of one file is read a second time, after quotation marks that do not match."""


class _TooLongError(Exception):
    """A row that goes on and on: most likely its quotation mark is never closed."""


def read_csv(
    stream: BinaryIO, name: str, check_columns: CheckColumns | None = None
) -> Iterator[RawRow | RowFault]:
    """The rows of *stream*, and what is wrong with it; a bad header ends it."""
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_FIELD_CHARS))
    records = _Records(stream)
    header, fault = records.header()
    if fault is None:
        fault = _header_fault(header) or (check_columns and check_columns(header))
    if fault is not None:
        yield RowFault(name, records.line, None, None, fault, of_file=True)
        return
    for fields, unread in records:
        if unread is not None or any(fields):
            # Else it is a blank line, or what a spreadsheet leaves of an empty row.
            yield _row(name, records, header, fields, unread)


def _row(
    name: str, records: _Records, header: list[str], fields: list[str], unread: str | None
) -> RawRow | RowFault:
    values: dict[str, str | None] = dict(zip(header, fields, strict=False))
    if unread is None and len(fields) != len(header):
        unread = f"it has {len(fields)} fields where the header has {len(header)}"
    if unread is not None:
        start = shortened(records.delimiter.join(fields)) or None
        return RowFault(name, records.line, None, start, unread, values or None)
    if records.is_odd:
        for fault in value_faults(name, records.line, values):
            return fault
    return RawRow(records.line, values)


def _header_fault(header: list[str]) -> str | None:
    nameless = [number for number, name in enumerate(header, start=1) if not name]
    if nameless:
        return f"column {nameless[0]} has no name; the first line must name every column"
    unknown = [name for name in dict.fromkeys(header) if name not in COLUMNS]
    if unknown:
        return unknown_columns(unknown)
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        return f"the column {twice[0]} stands there twice; keep one"
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        return f"there is no column {missing[0]}; the first line must name it"
    return None


@mutable
class _Records:
    """The records of a stream, each with its fault, if it has one.

    *line* is the physical line that the record given last starts on; *is_odd* whether its fields
    need a closer look.
    """

    stream: BinaryIO
    delimiter: str = ","
    line: int = 1
    is_odd: bool = False
    _lines: Iterator[tuple[str, str | None]] = field(init=False)
    _number: int = 0
    _taken: list[tuple[str, str | None]] = field(factory=list)
    _again: list[tuple[str, str | None]] = field(factory=list)
    _chars: int = 0
    _fault: str | None = None
    _chars_again: int = 0
    _is_guarded: bool = False

    def __attrs_post_init__(self) -> None:
        self._lines = iter(Lines(self.stream))

    def header(self) -> tuple[list[str], str | None]:
        """The names of the columns, or why there are none."""
        nothing = ("", "the file is empty; its first line must name the columns")
        line, fault = next(self._lines, nothing)
        while fault is None and not line.strip():
            self._number += 1
            line, fault = next(self._lines, nothing)
        self.line = 1 if not line and self._number else self._number + 1
        if fault is None and "\r" in line.rstrip("\r\n"):
            fault = "its lines end with CR alone; save it with the line ends LF or CRLF"
        if fault is not None:
            return [], fault
        self._again.append((line, None))
        self.delimiter = max(_DELIMITERS, key=lambda each: _known_names(line, each))
        fields, fault = next(iter(self), ([], None))
        return [each.strip().lower() for each in fields], fault

    def __iter__(self) -> Iterator[tuple[list[str], str | None]]:
        """Pairs of the fields of a record and None, or what there is of it and its fault."""
        reader = csv.reader(self._texts(), delimiter=self.delimiter, strict=True)
        while True:
            self._taken.clear()
            self._chars, self._fault, self.is_odd, self._is_guarded = 0, None, False, False
            self.line = self._number + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except (csv.Error, _TooLongError) as error:
                yield self._broken(error)
                reader = csv.reader(self._texts(), delimiter=self.delimiter, strict=True)
            else:
                # A quote stands before what a spreadsheet would have taken for a formula.
                yield list(map(text_of, fields)) if self._is_guarded else fields, self._fault

    def _texts(self) -> Iterator[str]:
        """The texts of the lines, for the reader to pull: as many as a record has."""
        while True:
            pair = self._again.pop() if self._again else next(self._lines, None)
            if pair is None:
                return
            self._number += 1
            self._taken.append(pair)
            text, fault = pair
            if fault is not None:
                # Half a line would open or close quotation marks that are not there.
                self._fault = self._fault or fault
            self._chars += len(text)
            if self._chars > LONGEST_LINE_BYTES:
                raise _TooLongError
            if "'" in text:
                self._is_guarded = True
            if "\x00" in text or self._chars > LONGEST_FIELD_CHARS:
                self.is_odd = True
            yield text

    def _broken(self, error: Exception) -> tuple[list[str], str]:
        """A record that cannot be read: its first line alone is given up, where that is known."""
        first, *rest = self._taken or [("", None)]
        chars = sum(len(text) for text, _ in rest)
        if self._chars_again + chars <= _READ_AGAIN_CHARS:
            self._chars_again += chars
            self._number -= len(rest)
            self._again += reversed(rest)
        return [first[0].rstrip("\r\n")[: 10 * LONGEST_FIELD_CHARS]], self._fault or _said(error)


def _known_names(line: str, delimiter: str) -> int:
    return sum(name.strip(' "\r\n').lower() in COLUMNS for name in line.split(delimiter))


def _said(error: Exception) -> str:
    said = str(error)
    if "field larger" in said:
        return f"a field is longer than {LONGEST_FIELD_CHARS} characters; shorten it"
    if isinstance(error, _TooLongError) or "unexpected end" in said:
        return "a quotation mark that opens in this row is never closed"
    if "expected after" in said:
        return "text follows a closing quotation mark; write one inside quotes twice"
    if "new-line character" in said:
        return "a line ends with CR alone; save the file with the line ends LF or CRLF"
    return f"this is not CSV: {said}"
