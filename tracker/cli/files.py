"""The files that commands are given, whole: by their names, or from standard input."""

from __future__ import annotations

import sys
from pathlib import Path

STDIN = "-"


def called(file: str) -> str:
    """What a person calls the *file* that was named."""
    return "standard input" if file == STDIN else file


def content(file: str, longest_bytes: int, what: str) -> bytes:
    """What is in *file*; Refused where that is more than *what*, such as "a lifecycle", may have.

    Raises OSError where there is no such file, or none that can be read.
    """
    from tracker.exchange.bounded import read_whole

    if file == STDIN:
        return read_whole(sys.stdin.buffer, longest_bytes, called(file), what)
    with Path(file).open("rb") as stream:
        return read_whole(stream, longest_bytes, called(file), what)
