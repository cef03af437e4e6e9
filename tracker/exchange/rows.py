"""What rows of import files have in common: their columns, their lines, and their faults.

Nothing here knows what a row means. A file is never held whole, and no line, row or field of it is
longer than the bounds below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import BinaryIO, Final

from attrs import field, frozen, mutable

CheckColumns = Callable[[Sequence[str]], str | None]
"""What else is wrong with the columns that a file has, if anything: of which it needs one."""

COLUMNS: Final = (
    "initiative",
    "title",
    "lifecycle",
    "party",
    "sector",
    "tag",
    "summary",
    "type",
    "on",
    "mode",
    "source",
    "source_title",
    "publisher",
    "published",
    "accessed",
    "quote",
    "grade",
    "stated_by",
    "note",
    "fulfils",
    "after",
    "contradicts",
    "id",
    "recorded_at",
)
"""Every column that a file may have, in the order in which they are documented."""

LONGEST_LINE_BYTES: Final = 10_000_000
LONGEST_SKIPPED_BYTES: Final = 100_000_000
"""How far the end of a line that is too long is looked for, before the file is given up there."""
LONGEST_FIELD_CHARS: Final = 250_000
SHOWN_CHARS: Final = 200
"""How much of a value a fault keeps: there may be a fault for every row."""

CHUNK_BYTES: Final = 1 << 20


@frozen
class RawRow:
    """One row, as texts: *values* by column, *line* the physical line that it starts on."""

    line: int
    values: dict[str, str | None]


@frozen
class RowFault:
    """What is wrong with a row, or with a whole file (at the line that shows it).

    *column* and *value* are None where the fault is in no one column. *values* holds what could be
    read of the row, for whoever writes it out to be mended. *of_file* is set where no row of the
    file can be read.
    """

    file: str
    line: int
    column: str | None
    value: str | None
    reason: str
    values: dict[str, str | None] | None = field(default=None, eq=False, repr=False)
    of_file: bool = False


def shortened(value: str | None) -> str | None:
    """*value* as a fault keeps it."""
    if value is None or len(value) <= SHOWN_CHARS:
        return value
    return value[: SHOWN_CHARS - 1] + "…"


def unknown_columns(names: Sequence[str]) -> str:
    """The sentence that names the columns there are none of, with the nearest that there are."""
    return " and ".join(f"there is no column {_named(name)}" for name in names[:5]) + (
        f" (and {len(names) - 5} more)" if len(names) > 5 else ""
    )


@lru_cache  # a wrong name stands in every row of a file
def _named(name: str) -> str:
    from tracker.domain.nearest import nearest

    found = nearest(name[:SHOWN_CHARS], COLUMNS, 1)
    return f"{shortened(name)!r}" + (f" (did you mean {found[0]}?)" if found else "")


def value_faults(file: str, line: int, values: dict[str, str | None]) -> Iterator[RowFault]:
    """What no database keeps: NUL characters, halves of characters; and what is too long."""
    for column, value in values.items():
        if value is not None and (reason := _unkept(value)):
            safe = {c: v and _mended(v) for c, v in values.items()}
            yield RowFault(file, line, column, shortened(_mended(value)), reason, safe)
            return


def _unkept(value: str) -> str | None:
    if len(value) > LONGEST_FIELD_CHARS:
        return f"it is longer than {LONGEST_FIELD_CHARS} characters; shorten it"
    if "\x00" in value:
        return "it holds a NUL character, which no database keeps; leave it out"
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return "it holds half of a character (a lone surrogate); write the text again"
    return None


def _mended(value: str) -> str:
    return value.encode(errors="replace").decode()


@mutable
class Lines:
    """The physical lines of a stream, each decoded, with what is wrong with it.

    *number* is that of the line given last. A line that is too long is left out up to its end; one
    whose end is not in sight then is the last.
    """

    stream: BinaryIO
    number: int = 0

    def __iter__(self) -> Iterator[tuple[str, str | None]]:
        """Pairs of a line without its end and None, or what is left of it and its fault."""
        while line := self.stream.readline(LONGEST_LINE_BYTES + 1):
            self.number += 1
            if len(line) > LONGEST_LINE_BYTES:
                if not self._skip_line(line):
                    yield "", f"the line is longer than {_SKIPPED}, and the file is read no further"
                    return
                yield "", f"the line is longer than {LONGEST_LINE_BYTES // 1_000_000} MB"
                continue
            if self.number == 1:
                if line.startswith((b"\xff\xfe", b"\xfe\xff")):
                    yield "", "the file is UTF-16; save it as UTF-8"
                    return
                line = line.removeprefix(b"\xef\xbb\xbf")
            try:
                yield line.decode(), None
            except UnicodeDecodeError as error:
                fault = f"byte {error.start + 1} of line {self.number} is not UTF-8"
                yield line.decode(errors="replace"), f"{fault}; save the file as UTF-8"

    def _skip_line(self, line: bytes) -> bool:
        """Go to the end of a line that begins with *line*; False where that is too far away."""
        skipped = len(line)
        while line and not line.endswith(b"\n"):
            if skipped > LONGEST_SKIPPED_BYTES:
                return False
            line = self.stream.readline(CHUNK_BYTES)
            skipped += len(line)
        return True


_SKIPPED: Final = f"{LONGEST_SKIPPED_BYTES // 1_000_000} MB"
