"""Everything that writes, as one command each, and how to tell that it did all of it or nothing."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from attrs import frozen
from sqlalchemy.engine import Engine, make_url

from tests.cli.desk import Desk
from tests.faults.children import DONE, FAILED, READY, TRIES, Said, child, command
from tests.faults.server import Server
from tests.faults.support import HEADER, SLUG, SOURCE, begin, row, verified
from tests.logs import contents
from tracker import NotFound, Tracker
from tracker.store import migrate
from tracker.store.engine import make_engine, parse_url

EVENTS = 300
"""How long the log is that is worked on: longer than a stretch whose hash is kept (256)."""
ROWS = 60
SPOIL = ("UPDATE fact_versions SET phase = 'elsewhere'", "DELETE FROM plan_versions")
Contents = dict[str, list[tuple[Any, ...]]]


class Place(Protocol):
    """Where databases are made."""

    def fresh(self, like: str | None = None) -> str:
        """A new database: none yet, or a copy of the one at *like*."""
        ...

    def drop(self, url: str) -> None:
        """Remove a database."""
        ...


@frozen
class Files:
    """SQLite files in a folder."""

    folder: Path

    def fresh(self, like: str | None = None) -> str:
        """The path of a file that does not exist yet, or of a copy."""
        path = self.folder / f"log-{uuid.uuid4().hex[:12]}.db"
        if like is not None:
            shutil.copyfile(like, path)
        return str(path)

    def drop(self, url: str) -> None:
        """Remove a file, and what SQLite keeps beside it."""
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{url}{suffix}").unlink(missing_ok=True)


@frozen
class Models:
    """Databases to begin from, never written to, and what is known of them."""

    place: Place | Server
    folder: Path
    log: str
    spoilt: str
    root: bytes
    sound: Contents
    wrong: Contents

    @property
    def export(self) -> Path:
        """The log, exported."""
        return self.folder / "log.jsonl"

    @property
    def rows(self) -> Path:
        """Rows that the log does not have."""
        return self.folder / "rows.csv"


@contextmanager
def engine_on(where: str) -> Iterator[Engine]:
    """An engine on the database at *where*, let go of at the end."""
    engine = make_engine(parse_url(where))
    try:
        yield engine
    finally:
        engine.dispose()


def models(place: Place | Server, folder: Path) -> Models:
    """Make the databases to begin from, and the files that commands are given."""
    log = place.fresh()
    begin(log, events=EVENTS)
    Desk(log).done("plan", SLUG, "completed", "--by", "2030", "--source", SOURCE)
    root = verified(log).root
    spoilt = place.fresh(like=log)
    with engine_on(spoilt) as engine:
        sound = contents(engine)
        with engine.begin() as connection:
            for statement in SPOIL:
                connection.exec_driver_sql(statement)
        wrong = contents(engine)
    found = Models(place, folder, log, spoilt, root, sound, wrong)
    Desk(log).done("export", str(found.export), "--format", "log")
    lines = [HEADER, *(row(f"of an import {number}") for number in range(ROWS))]
    found.rows.write_text("\n".join(lines))
    return found


@frozen
class Operation:
    """A command that writes: where it begins, its words, and whether it did all of it.

    *done* raises an AssertionError for anything between all and nothing.
    """

    name: str
    start: Callable[[Models], str | None]
    words: Callable[[Models, Path], list[str]]
    done: Callable[[Models, str, Path], bool]

    def line(self, given: Models, where: str, target: Path) -> list[str]:
        """The whole command line, for a database and for the file that a backup makes."""
        return ["--db", where, "--by", "desk", *self.words(given, target)]

    def begun(self, given: Models) -> str:
        """A database to carry it out on."""
        return given.place.fresh(like=self.start(given))


def _length(where: str) -> int:
    return verified(where).events


def _appended(given: Models, where: str, _target: Path) -> bool:
    return _all_or_nothing(_length(where), EVENTS + 1, EVENTS + 2)


def _imported(given: Models, where: str, _target: Path) -> bool:
    return _all_or_nothing(_length(where), EVENTS + 1, EVENTS + 1 + ROWS)


def _rebuilt(given: Models, where: str, _target: Path) -> bool:
    with engine_on(where) as engine:
        found = contents(engine)
    is_done = _all_or_nothing(found, given.wrong, given.sound)
    if is_done:
        verified(where)
    return is_done


def _migrated(given: Models, where: str, _target: Path) -> bool:
    if not _exists(where):
        return False
    with engine_on(where) as engine, engine.connect() as connection:
        is_done = _all_or_nothing(migrate.state(connection), "empty", "current")
    if is_done:
        assert verified(where).events == 0
    return is_done


def _restored(given: Models, where: str, _target: Path) -> bool:
    try:
        report = verified(where)
    except NotFound:
        return False
    is_done = _all_or_nothing(report.events, 0, EVENTS + 1)
    assert not is_done or report.root == given.root
    return is_done


def _backed_up(given: Models, where: str, target: Path) -> bool:
    assert verified(where).root == given.root
    if not target.exists():
        return False
    copy = str(target)
    if make_url(_url(where)).get_backend_name() != "sqlite":
        copy = str(target.with_name(f"{target.name}.db"))
        Desk(copy).done("restore", str(target))
    assert verified(copy).root == given.root
    return True


def _all_or_nothing(found: object, nothing: object, everything: object) -> bool:
    assert found in (nothing, everything), "it is half there"
    return found == everything


def _exists(where: str) -> bool:
    return "://" in where or Path(where).exists()


def _url(where: str) -> str:
    return where if "://" in where else f"sqlite:///{where}"


APPEND = Operation(
    "append",
    lambda given: given.log,
    lambda *_: ["record", SLUG, "commented", "--on", "2025-03", "--source", SOURCE, "--note", "n"],
    _appended,
)
IMPORT = Operation(
    "import",
    lambda given: given.log,
    lambda given, _: ["import", str(given.rows)],
    _imported,
)
REBUILD = Operation("rebuild", lambda given: given.spoilt, lambda *_: ["rebuild"], _rebuilt)
MIGRATION = Operation("migration", lambda _: None, lambda *_: ["db", "upgrade"], _migrated)
BACKUP = Operation(
    "backup",
    lambda given: given.log,
    lambda _, target: ["backup", str(target)],
    _backed_up,
)
RESTORE = Operation(
    "restore",
    lambda _: None,
    lambda given, _: ["restore", str(given.export)],
    _restored,
)
OPERATIONS = (APPEND, IMPORT, REBUILD, MIGRATION, BACKUP, RESTORE)


def appended(where: str, said: Sequence[Said], length: int, known: dict[int, str]) -> int:
    """Hold the log against what a writer said, and what was *known* before; its new length.

    Every acknowledged event is there once, in its place; one that was begun is there wholly, with
    all that comes with it, or not at all.
    """
    acknowledged = [place for what, places in said if what == DONE for place in places]
    known.update(acknowledged)
    expected = length + len(acknowledged)
    # Tried, and not acknowledged: the last, if any. Whoever tried may have been told of a failure
    # by a server that was killed between the commit and the word of it.
    last = [each for each in said if each[0] != FAILED][-1:]
    pending = last[0][1] if last and last[0][0] == TRIES else None
    verified(where)
    with Tracker.open(where, by="checker") as log:
        there = {event.position: event.event_id for event, _, _ in log.events()}
    assert len(set(there.values())) == len(there)
    assert {position: there.get(position) for position in known} == known
    assert len(there) in {expected, expected + (pending[1] if pending else 0)}
    if len(there) > expected:
        assert pending is not None
        assert there[expected + 1] == pending[0]
    return len(there)


def duration(operation: Operation, given: Models, folder: Path) -> float:
    """How long the command takes when nobody kills it, from the moment at which it is ready."""
    where, target = operation.begun(given), folder / "never-killed"
    with child(command, operation.line(given, where, target)) as worker:
        worker.hears(READY)
        start = time.monotonic()
        worker.hears(DONE)
        took = time.monotonic() - start
    assert operation.done(given, where, target)
    given.place.drop(where)
    return took
