"""Files of rows to import, as streams: whatever the bytes, the answer is rows and faults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Literal

from tracker.exchange.rows import (
    CHUNK_BYTES,
    LONGEST_SKIPPED_BYTES,
    CheckColumns,
    RawRow,
    RowFault,
)
from tracker.exchange.rows_csv import read_csv
from tracker.exchange.rows_jsonl import read_jsonl

Format = Literal["csv", "jsonl"]


def read_rows(
    stream: BinaryIO,
    format: Format,  # noqa: A002 -- the option's own name
    name: str,
    check_columns: CheckColumns | None = None,
) -> Iterator[RawRow | RowFault]:
    """The rows of *stream*, and what is wrong with it; *name* is the file's, for the faults.

    *check_columns* looks at the columns of a CSV file; the rows of JSON Lines each have their own.
    """
    if format == "csv":
        return read_csv(stream, name, check_columns)
    return read_jsonl(stream, name)


def guess_format(name: str, start: bytes) -> Format:
    """The format of a file by the end of its *name*, else by the *start* of what is in it."""
    ending = name.lower().rpartition(".")[2]
    if ending in ("jsonl", "ndjson", "json"):
        return "jsonl"
    if ending in ("csv", "tsv"):
        return "csv"
    return "jsonl" if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") else "csv"


def copy_lines(stream: BinaryIO, to: BinaryIO) -> None:
    """Copy *stream*, but for what follows a line so long that no reader would go on after it."""
    unended = 0
    for chunk in _chunks(stream):
        to.write(chunk)
        end = chunk.rfind(b"\n") + 1
        unended = len(chunk) - end if end else unended + len(chunk)
        if unended > LONGEST_SKIPPED_BYTES + CHUNK_BYTES:
            return


def count_lines(stream: BinaryIO) -> int:
    """About how many rows there are from here on: what a progress bar counts towards."""
    return sum(chunk.count(b"\n") for chunk in _chunks(stream))


def _chunks(stream: BinaryIO) -> Iterable[bytes]:
    return iter(lambda: stream.read(CHUNK_BYTES), b"")
