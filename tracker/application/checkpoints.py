"""Checkpoints of a log: what it hashes to now, and the files they are kept in."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tracker.application.tracker import Tracker
from tracker.domain.checkpoint import LONGEST_FILE_BYTES, Checkpoint
from tracker.errors import Damaged, NotFound, Refused, Unavailable
from tracker.exchange import checkpoint_file, signing
from tracker.exchange.bounded import read_whole
from tracker.exchange.whole_file import reason_of, whole_file
from tracker.store import event_log
from tracker.store.schema import events

_ORIGIN_BYTES = 8


def origin(connection: Connection) -> str:
    """Return the name of the log in its checkpoints: the beginning of its first leaf's hash.

    It stays the same wherever the log is restored.
    """
    query = sa.select(events.c.leaf).where(events.c.position == 1)
    leaf = connection.execute(query).scalar()
    return f"tracker/{bytes(leaf)[:_ORIGIN_BYTES].hex()}" if leaf else "tracker/empty"


def of_head(
    log: Tracker, key_pem: bytes | None = None, after: Iterable[Checkpoint] = ()
) -> Checkpoint:
    """Return the checkpoint of the whole log, signed if there is a key.

    *after* are the checkpoints that it is to follow. Raises Damaged where the log contradicts the
    last of its own among them: a log must not sign two that contradict each other (C2SP
    tlog-checkpoint).
    """
    with log.log.connection() as connection:
        found = of_size(connection, event_log.head(connection).position)
        earlier = [each for each in after if each.origin == found.origin]
        for last in earlier[-1:]:
            hold(connection, last)
    return found if key_pem is None else signing.sign(found, key_pem, found.origin)


def of_size(connection: Connection, size: int) -> Checkpoint:
    """The checkpoint of the first *size* events of the log; NotFound where it has fewer."""
    last = event_log.head(connection).position
    if size > last:
        message = f"the log has only {last} events; there is no position @{size}"
        raise NotFound(message)
    return Checkpoint(origin(connection), size, event_log.root_at(connection, size))


def hold(connection: Connection, kept: Checkpoint) -> None:
    """Raise Damaged where the log does not have the root of *kept* at its size."""
    last = event_log.head(connection).position
    if kept.size <= last and event_log.root_at(connection, kept.size) == kept.root:
        return
    what = "is shorter than" if kept.size > last else "does not match"
    message = (
        f"the log {what} the checkpoint of {kept.size} events by {kept.origin}; "
        "run: tracker verify --checkpoint FILE"
    )
    raise Damaged(message)


def verifier_key(checkpoint: Checkpoint, key_pem: bytes) -> str:
    """The public half of the key that signs for the log, as one line (C2SP signed-note)."""
    return signing.verifier_key(key_pem, checkpoint.origin)


def check_place(path: Path, *, append: bool) -> tuple[Checkpoint, ...]:
    """Return the checkpoints in the file *path*, to which another may be appended.

    Raises Refused where a checkpoint cannot be written to *path*: nothing is lost there.
    """
    if not path.exists() or not path.is_file():
        return ()
    if not append:
        message = f"{path} is there already; add --append to write below what is in it"
        raise Refused(message)
    with path.open("rb") as stream:
        data = read_whole(stream, LONGEST_FILE_BYTES, str(path), "a file of checkpoints")
    return checkpoint_file.read([(str(path), data)]) if data.strip() else ()


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
