"""The files that commands are given: what is read whole, and what must not be written over."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from tracker.errors import CalledWrongly

STDIN = "-"

# What SQLite keeps beside a log while it is in use: what is lost there is lost to the log.
_BESIDE = ("-wal", "-shm", "-journal")


def called(file: str) -> str:
    """What a person calls the *file* that was named."""
    return "standard input" if file == STDIN else file


def stdin() -> BinaryIO:
    """Standard input; CalledWrongly where the program was started without one."""
    if sys.stdin is None:
        raise CalledWrongly("standard input is closed; name a file instead of -, or give it with <")
    return sys.stdin.buffer


def content(file: str, longest_bytes: int, what: str) -> bytes:
    """What is in *file*; Refused where that is more than *what*, such as "a lifecycle", may have.

    Raises OSError where there is no such file, or none that can be read.
    """
    from tracker.exchange.bounded import read_whole

    if file == STDIN:
        return read_whole(stdin(), longest_bytes, called(file), what)
    with Path(file).open("rb") as stream:
        return read_whole(stream, longest_bytes, called(file), what)


def keep_off_log(path: Path, log: Path) -> None:
    """Raise CalledWrongly where *path* is, by any name, the SQLite file *log* or one beside it."""
    real = Path(os.path.realpath(log))  # SQLite too follows links before it names those beside it
    if is_same_file(path, real):
        raise CalledWrongly(f"{path} is the log itself, and stays as it is; name another file")
    if any(is_same_file(path, real.with_name(real.name + suffix)) for suffix in _BESIDE):
        message = f"{path} is a part of the log {log}, and stays as it is; name another file"
        raise CalledWrongly(message)


def is_same_file(one: Path, other: Path) -> bool:
    """Whether the two names are of one file, or would be if there was any."""
    with suppress(OSError, ValueError):
        return one.samefile(other)
    with suppress(OSError, ValueError):
        return os.path.realpath(one) == os.path.realpath(other)
    return False
