"""Keeping a log: verify it, rebuild its read tables, back it up, and restore it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from attrs import evolve
from sqlalchemy.engine import URL, Engine

from tracker.domain.checkpoint import Checkpoint
from tracker.domain.merkle import Frontier, leaf_hash
from tracker.errors import Damaged, Unavailable
from tracker.exchange import log_file
from tracker.exchange.whole_file import PRIVATE, partial_file, reason_of
from tracker.projections import check
from tracker.projections import rebuild as rebuilding
from tracker.projections.rebuild import RebuildReport
from tracker.store import event_log
from tracker.store import verify as verifying
from tracker.store.verify import VerifyReport

Progress = Callable[[int, int], None]
"""(events done, events in all; 0 where that is not known)"""


def verify(
    engine: Engine,
    *,
    checkpoints: Sequence[Checkpoint] = (),
    log_only: bool = False,
    progress: Progress | None = None,
) -> VerifyReport:
    """Hold the log against itself and *checkpoints*, and every projection against a replay.

    Raises Damaged with the first thing that is wrong: of the log, or, that being sound, of the read
    tables.
    """
    with event_log.reading(engine) as connection:
        report = verifying.verify(connection, checkpoints=checkpoints, progress=progress)
        if log_only:
            return report
        return evolve(report, projections=check.check(connection, progress))


def rebuild(
    engine: Engine,
    *,
    names: Sequence[str] = (),
    dry_run: bool = False,
    progress: Progress | None = None,
    listed: int = rebuilding.LISTED,
) -> RebuildReport:
    """Make the read tables again from the log; see :mod:`tracker.projections.rebuild`."""
    return rebuilding.rebuild(
        engine, names=names, dry_run=dry_run, progress=progress, listed=listed
    )


def restore(engine: Engine, lines: Iterable[str], progress: Progress | None = None) -> int:
    """Put an exported log into an empty one: same positions, same times, same root; all or nothing.

    Return the number of events. Raise Refused for a log that is not empty, or at the first bad
    line.
    """
    with event_log.writing(engine) as appender:
        count = log_file.restore_into(appender, lines, progress)
        rebuilding.rebuild_here(appender.connection)
    return count


def rehearse_restore(
    engine: Engine, lines: Iterable[str], progress: Progress | None = None
) -> tuple[int, bytes]:
    """Restore as :func:`restore` does, but keep nothing; the read tables are not made.

    Return the number of events and the root that a restore would give. Raise what it would raise.
    """
    with event_log.writing(engine, dry_run=True) as appender:
        count = log_file.restore_into(appender, lines, progress)
        return count, appender.frontier.root()


# -- backup ----------------------------------------------------------------------------------------


def backup(engine: Engine, url: URL, path: Path) -> int:
    """Write the log to a new file at *path*, readable by its owner alone; the number of events.

    Of a SQLite log the copy is a log itself: name it with ``--db``. Of a PostgreSQL log it is the
    export of the log (``export --format log``), for ``tracker restore``. The copy is read again and
    held against the log before it gets its name, so that no half-written file is ever taken for it.
    """
    with _new_file(path) as partial:
        if url.get_backend_name() == "sqlite":
            _copy_database(Path(str(url.database)), partial)
            size, root = _database_root(partial)
        else:
            with (
                event_log.reading(engine) as connection,
                partial.open("w", encoding="utf-8") as out,
            ):
                log_file.export_log(connection, out)
            size, root = _export_root(partial)
        with event_log.reading(engine) as connection:
            if event_log.root_at(connection, size) != root:
                message = (
                    f"the copy of the log does not have the root that the log has after {size} "
                    "events; see: tracker verify"
                )
                raise Damaged(message)
    return size


@contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """Yield a file to write the backup to, which takes the name *path* once it is whole."""
    try:
        with partial_file(path, taken=_in_the_way(path), mode=PRIVATE) as partial:
            try:
                yield partial
            finally:
                for suffix in ("-journal", "-wal", "-shm"):  # what SQLite may leave beside it
                    with suppress(OSError):
                        partial.with_name(partial.name + suffix).unlink()
    except (OSError, sqlite3.Error) as error:
        message = f"the backup {path} cannot be written: {reason_of(error)}; choose another place"
        raise Unavailable(message) from error


def _in_the_way(path: Path) -> str:
    return f"{path} exists already, and a backup never replaces a file; choose another name"


def _copy_database(source: Path, target: Path) -> None:
    # In one step: what others commit meanwhile comes wholly before it or not at all.
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as log,
        closing(sqlite3.connect(target)) as copy,
    ):
        log.backup(copy, pages=-1)


def _database_root(path: Path) -> tuple[int, bytes]:
    """The events and the root of a copied database, from its leaves: what was copied, and all."""
    frontier = Frontier()
    # Immutable, so that looking leaves no files beside it.
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as copy:
        position, kept = copy.execute("SELECT position, frontier FROM log_head").fetchone()
        for (leaf,) in copy.execute("SELECT leaf FROM events ORDER BY position"):
            frontier.append(leaf)
    if (frontier.size, frontier.to_bytes()) != (position, kept):
        raise Damaged("the copy of the log does not hold all of it; see: tracker verify")
    return frontier.size, frontier.root()


def _export_root(path: Path) -> tuple[int, bytes]:
    frontier = Frontier()
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            frontier.append(leaf_hash(json.loads(line)["body"].encode()))
    return frontier.size, frontier.root()
