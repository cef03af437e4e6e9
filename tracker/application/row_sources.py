"""Files of rows, opened to be read from their start, pipes among them."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from typing import BinaryIO, Final, cast

from attrs import frozen

from tracker.exchange.row_files import Format, copy_lines, count_lines, guess_format

SPOOLED_BYTES: Final = 16_000_000
"""How much of a pipe is kept in memory; the rest waits in a temporary file."""

_SNIFFED_BYTES: Final = 4096

Opener = Callable[[], BinaryIO]


@frozen
class RowSource:
    """A file of rows that was opened, and its format."""

    name: str
    stream: BinaryIO
    format: Format


def opened(name: str, opener: Opener, stack: ExitStack, given: Format | None = None) -> RowSource:
    """Open a file of rows, at its start; a pipe is read to its end first. *stack* closes it."""
    stream = opener()
    if name != "-":
        stack.enter_context(stream)
    if not _can_be_read_twice(stream):
        spool = tempfile.SpooledTemporaryFile(SPOOLED_BYTES)  # noqa: SIM115 -- the stack closes it
        stack.enter_context(spool)
        copy_lines(stream, cast("BinaryIO", spool))
        stream = cast("BinaryIO", spool)
    stream.seek(0)
    start = stream.read(_SNIFFED_BYTES)
    stream.seek(0)
    return RowSource(name, stream, given or guess_format(name, start))


def _can_be_read_twice(stream: BinaryIO) -> bool:
    if not stream.seekable():
        return False
    try:
        # A device may claim to be seekable, and have no end.
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except OSError:
        return True  # it lies in memory


def counted(source: RowSource) -> int:
    """Return about how many rows a file has, for a progress bar."""
    count = count_lines(source.stream)
    source.stream.seek(0)
    return count
