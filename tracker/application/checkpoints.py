"""Checkpoints of a log: what it hashes to now, and the files they are kept in."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tracker.application.exporting import reason_of, whole_file
from tracker.application.tracker import Tracker
from tracker.domain.checkpoint import LONGEST_FILE_BYTES, Checkpoint, parse_checkpoints
from tracker.errors import Refused, Unavailable
from tracker.exchange import signing
from tracker.exchange.bounded import read_whole
from tracker.store import event_log
from tracker.store.engine import translated
from tracker.store.schema import events

_ORIGIN_BYTES = 8


def origin(connection: Connection) -> str:
    """What the log is called in its checkpoints: the beginning of its first leaf's hash.

    It stays the same wherever the log is restored.
    """
    query = sa.select(events.c.leaf).where(events.c.position == 1)
    leaf = connection.execute(query).scalar()
    return f"tracker/{bytes(leaf)[:_ORIGIN_BYTES].hex()}" if leaf else "tracker/empty"


def of_head(log: Tracker, key_pem: bytes | None = None) -> Checkpoint:
    """The checkpoint of the whole log, signed if there is a key."""
    with translated(log.log.url), event_log.reading(log.engine) as connection:
        size = event_log.head(connection).position
        found = Checkpoint(origin(connection), size, event_log.root_at(connection, size))
    return found if key_pem is None else signing.sign(found, key_pem, found.origin)


def read(files: Iterable[tuple[str, bytes]]) -> tuple[Checkpoint, ...]:
    """The checkpoints in *files*, given as pairs of a name and what is in it."""
    found: list[Checkpoint] = []
    for name, data in files:
        try:
            found += parse_checkpoints(data.decode())
        except UnicodeDecodeError:
            message = f"{name} is no checkpoint file: it is not UTF-8"
            raise Refused(message) from None
        except Refused as refusal:
            message = f"{name}: {refusal}"
            raise Refused(message) from None
    return tuple(found)


def check_place(path: Path, *, append: bool) -> None:
    """Raise Refused where a checkpoint cannot be written to *path*: nothing is lost there."""
    if not path.exists() or not path.is_file():
        return
    if not append:
        message = f"{path} is there already; add --append to write below what is in it"
        raise Refused(message)
    with path.open("rb") as stream:
        data = read_whole(stream, LONGEST_FILE_BYTES, str(path), "a file of checkpoints")
    if data.strip():
        read([(str(path), data)])


def write(checkpoint: Checkpoint, path: Path, *, append: bool) -> None:
    """Write *checkpoint* to a new file, or below what is in one, so that it outlives a power cut.

    A note that cannot be written whole is not written at all.
    """
    check_place(path, append=append)
    note = checkpoint.to_note()
    if not append or not path.exists():
        with whole_file(path) as out:
            out.write(note)
        return
    try:
        _append(path, note.encode())
    except OSError as error:
        message = f"{path} cannot be added to: {reason_of(error)}; choose another place"
        raise Unavailable(message) from error


def _append(path: Path, data: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND)
    try:
        size = os.fstat(file).st_size
        try:
            written = 0
            while written < len(data):
                written += os.write(file, data[written:])
            os.fsync(file)
        except OSError:
            with suppress(OSError):
                os.ftruncate(file, size)
            raise
    finally:
        os.close(file)
