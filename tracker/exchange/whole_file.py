"""Files that are whole or not there: written beside their place, synced, and only then named."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from tracker.errors import Refused, Unavailable

PRIVATE = 0o600
"""The mode of a file for its owner alone."""

_USUAL = 0o666  # less what the umask takes away


@contextmanager
def whole_file(path: Path, *, replace: bool = False) -> Iterator[TextIO]:
    """Yield a stream of text to a file that takes the name *path* once it is whole and synced.

    A device or a pipe is written to as it is. Raises Refused for a name that is taken, unless
    *replace* is set, and Unavailable where the file cannot be written; nothing is left of it then,
    and what was there still is.
    """
    with _whole(path, "", replace=replace, encoding="utf-8", newline="") as out:
        yield out


@contextmanager
def whole_bytes(path: Path, *, replace: bool = False) -> Iterator[BinaryIO]:
    """Like :func:`whole_file`, for bytes."""
    with _whole(path, "b", replace=replace) as out:
        yield out


@contextmanager
def _whole(path: Path, kind: str, *, replace: bool, **how: Any) -> Iterator[Any]:
    if path.exists() and not path.is_file():  # a device or a pipe has no whole
        with _written(path), path.open(f"w{kind}", **how) as out:
            yield out
        return
    taken = None if replace else _taken(path)
    with (
        _written(path),
        partial_file(path, taken=taken) as partial,
        partial.open(f"w{kind}", **how) as out,
    ):
        yield out


@contextmanager
def partial_file(path: Path, *, taken: str | None, mode: int = _USUAL) -> Iterator[Path]:
    """Yield a new, empty file beside *path*, which takes that name at the end.

    It is synced before, and its folder after. If anything fails it is deleted. *taken* is what to
    say where another file has the name by then; None to replace that file. Raises Refused with
    *taken*, and OSError where the file cannot be written.
    """
    if taken is not None and path.exists():
        raise Refused(taken)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        # Kept open, since a descriptor that is opened later may miss that a write failed.
        handle = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode)
        try:
            yield partial
            _sync(handle)
        finally:
            os.close(handle)
        _take_name(partial, path, taken)
        _sync_folder(path.absolute().parent)
    finally:
        with suppress(OSError):
            partial.unlink()


def check_free(path: Path) -> None:
    """Raise Refused where there is a file of the name *path* already."""
    if path.is_file() or path.is_dir():
        raise Refused(_taken(path))


def reason_of(error: Exception) -> str:
    """Return what the system said, for the middle of a sentence."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return reason.lower()


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        message = f"{path} cannot be written: {reason_of(error)}; choose another place"
        raise Unavailable(message) from error


def _taken(path: Path) -> str:
    return f"{path} is there already; name another file, or add --force to replace it"


def _take_name(partial: Path, path: Path, taken: str | None) -> None:
    if taken is None:
        partial.replace(path)
        return
    try:
        path.hardlink_to(partial)  # unlike a rename, it notices who was faster
    except FileExistsError:
        raise Refused(taken) from None
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise Refused(taken) from None
        partial.rename(path)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        _sync(handle)
    finally:
        os.close(handle)


def _sync(handle: int) -> None:
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems cannot do it for a folder
            raise
