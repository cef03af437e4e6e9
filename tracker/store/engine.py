"""Make a configured engine of a path or a URL. A password is never shown."""

from __future__ import annotations

import logging
import os
import select
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url

from tracker.errors import CalledWrongly, Damaged, Refused, TrackerError, Unavailable
from tracker.store.driver import beneath, told_as_before
from tracker.store.file_reader import IN_MEMORY, LOCK_TIMEOUT_SECONDS, configure, path_of
from tracker.store.search_path import LOOK_INTO_VIEWS
from tracker.store.sentences import DAMAGE, UNREADABLE_URL, half_of_a_character, sentence

_T = TypeVar("_T")

_NOWHERE = logging.NullHandler()


def parse_url(text: str) -> URL:
    """A path (a SQLite file) or a SQLAlchemy URL, as a URL.

    Raises CalledWrongly for anything else, and for databases that a log cannot be kept in.
    """
    path = path_of(text)
    if path is not None:
        return URL.create("sqlite", database=str(path))
    try:
        url = make_url(text)
        backend = url.get_backend_name()
    except (sa.exc.ArgumentError, ValueError):
        raise CalledWrongly(UNREADABLE_URL) from None
    if "@" in (url.host or ""):  # what stands before it belongs to a password
        raise CalledWrongly(UNREADABLE_URL)
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database and Path(url.database) != IN_MEMORY:
        return url.set(drivername="sqlite")
    named = text if backend == "sqlite" else shown(url)
    message = f"a log cannot be kept in {named}; use a SQLite file or PostgreSQL"
    raise CalledWrongly(message)


def shown(url: URL) -> str:
    """The database as a person may see it: the path of the file, or the URL with no password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    hidden = url.set(query={k: v for k, v in url.query.items() if "password" not in k.lower()})
    return hidden.set(password=None).render_as_string(hide_password=True)


def absolute(url: URL) -> URL:
    """*url* with the whole path of a SQLite file: it is the same file from whatever folder."""
    if url.get_backend_name() != "sqlite":
        return url
    return url.set(database=str(Path(str(url.database)).absolute()))


def make_engine(
    url: URL,
    lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS,
    *,
    keeps: bool = False,
    name: str | None = None,
) -> Engine:
    """An engine set up so that an acknowledged commit is on the disk and nothing waits for ever.

    *name* is what a person calls the database, :func:`shown` if that is not given.

    One that *keeps* a connection to a SQLite file has to be disposed of as soon as may be: until
    then its WAL stays beside the file. A server's connections are kept anyway.
    """
    # Else what the driver logs of a failed pipeline, and the pool of a Ctrl-C while it closes,
    # would be on stderr beside our one sentence; a program that sets up logging still gets it.
    for logger in ("psycopg", "sqlalchemy"):
        logging.getLogger(logger).addHandler(_NOWHERE)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, lock_timeout_seconds, keeps=keeps, name=name or shown(url))
    return _postgresql(url, lock_timeout_seconds)


def create_file(url: URL) -> None:
    """Make the SQLite file, readable by its owner alone, before anything opens it."""
    path = Path(str(url.database))
    try:
        # For its owner alone, as the XDG base directories are: else others could replace this file
        # by another, whatever its own mode.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise _not_created(path, f"{path.parent} is no folder") from None
    except OSError as error:
        raise _not_created(path, _said_by(error)) from None
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise _not_created(path, _said_by(error)) from None
    # Readers never wait for a writer; the setting stays with the file.
    try:
        with closing(sqlite3.connect(path, timeout=LOCK_TIMEOUT_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.Error as error:
        raise Unavailable(sentence(str(error), shown(url))) from error


def _not_created(path: Path, reason: str) -> Unavailable:
    return Unavailable(
        f"the log {path} cannot be created: {reason}; choose another place with --db"
    )


def discard_empty_file(url: URL) -> None:
    """Delete a SQLite log that has no events, unless another process has it open.

    SQLite leaves WAL mode only while no other process has the file open, and the lock keeps writers
    out to the end; a later writer finds that the file is gone (see the ``begin`` of the engine).
    """
    path = Path(str(url.database))
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection,
    ):
        if connection.execute("PRAGMA journal_mode=DELETE").fetchone() != ("delete",):
            return
        connection.execute("BEGIN EXCLUSIVE")
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'events'")
        if not tables.fetchall() or not connection.execute("SELECT 1 FROM events").fetchall():
            path.unlink(missing_ok=True)
        connection.execute("ROLLBACK")
        if path.exists():
            connection.execute("PRAGMA journal_mode=WAL")


def _said_by(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _sqlite(url: URL, lock_timeout_seconds: float, *, keeps: bool, name: str) -> Engine:
    pool: dict[str, Any] = {"poolclass": sa.pool.NullPool}
    if keeps:
        pool = {"poolclass": sa.pool.QueuePool, "pool_size": 1, "max_overflow": 9}
    engine = sa.create_engine(
        url,
        connect_args={"timeout": lock_timeout_seconds, "isolation_level": None},
        hide_parameters=True,
        **pool,
    )

    @event.listens_for(engine, "checkout")
    def _look(_connection: object, record: Any, _proxy: object) -> None:
        is_new = record.info.pop("is_new", None)  # of which the beginning will tell
        if not is_new and record.info.get("file") != _identity(url):
            raise sa.exc.DisconnectionError  # another file is there now, to be opened

    @event.listens_for(engine, "do_connect")
    def _remember_file(_dialect: object, record: Any, _args: object, _given: object) -> None:
        record.info.update(file=_identity(url), is_new=True)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        configure(connection)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("outside_transaction"):  # VACUUM will not run in one
            return
        # A deferred transaction that reads and then writes gets SQLITE_BUSY whatever the timeout.
        writing = options.get("writing")
        begin = "BEGIN IMMEDIATE" if writing else "BEGIN"
        if connection.dispatch.before_cursor_execute:
            connection.exec_driver_sql(begin)
        else:  # there are no listeners, and SQLAlchemy would take longer than the database
            with told_as_before(connection):
                beneath(connection).connection.execute(begin)
        # What is written to a file that was taken away or replaced would be lost with it.
        if writing and connection.info.get("file") != _identity(url):
            connection.exec_driver_sql("ROLLBACK")
            message = f"the log {name} was taken away or replaced meanwhile; repeat"
            raise Unavailable(message)

    return engine


def _identity(url: URL) -> tuple[int, int] | None:
    """Return what identifies the file of *url*, which may be replaced while it is open."""
    try:
        found = os.stat(str(url.database))  # noqa: PTH116 -- twice an append, at a tenth of Path's
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _postgresql(url: URL, lock_timeout_seconds: float) -> Engine:
    try:
        engine = sa.create_engine(
            url,
            hide_parameters=True,
            # A server may have another default, under which a lock is taken too late.
            isolation_level="READ COMMITTED",
            # One, and more only while an answer that streams is still being read.
            pool_size=1,
            max_overflow=9,
            connect_args={"connect_timeout": 10, "application_name": "tracker"},
        )
    except ModuleNotFoundError:
        raise Unavailable(
            "PostgreSQL needs its extra: pip install 'initiative-tracker[postgresql]'"
        ) from None

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        milliseconds = int(lock_timeout_seconds * 1000)
        settings = f"SET lock_timeout = {milliseconds}; SET TIME ZONE 'UTC'"
        connection.execute(f"{settings}; {LOOK_INTO_VIEWS}")
        connection.commit()

    @event.listens_for(engine, "checkout")
    def _look(connection: Any, _record: object, _proxy: object) -> None:
        # A server that ended an idle connection has said so, and what it said waits to be read: to
        # see that takes no round trip, as asking whether it is still there would.
        waiting = select.poll()
        if not connection.closed:
            waiting.register(connection.fileno(), select.POLLIN)
        if connection.closed or waiting.poll(0):
            raise sa.exc.DisconnectionError

    return engine


@contextmanager
def translating(url: URL, around: AbstractContextManager[_T]) -> Iterator[_T]:
    """Enter and leave *around*, and let a block of somebody else's run within.

    What goes wrong at either end is :func:`translated`; what the block raises is not ours to tell.
    """
    with translated(url):
        entered = around.__enter__()
    try:
        yield entered
    except BaseException as error:
        with translated(url):
            around.__exit__(type(error), error, error.__traceback__)
        raise
    with translated(url):
        around.__exit__(None, None, None)


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Translate an error of the database into one sentence with the way out.

    Raises Damaged where the database cannot read its own files, Refused for a text that no database
    can store, and Unavailable for all the rest.
    """
    try:
        yield
    except TrackerError:
        raise
    except UnicodeEncodeError as error:
        raise Refused(half_of_a_character(error)) from error
    except sa.exc.DBAPIError as error:
        if "cannot contain NUL" in str(error.orig):
            raise Refused(
                "a text holds a NUL character, which no database keeps; leave it out"
            ) from error
        told = sentence(str(error.orig), shown(url))
        if DAMAGE.search(str(error.orig)):
            raise Damaged(told) from error
        raise Unavailable(told) from error
    except sa.exc.SQLAlchemyError as error:
        message = f"the database {shown(url)} failed: {type(error).__name__}"
        raise Unavailable(message) from error
    except sqlite3.Error as error:  # what was met while rows were fetched from the driver alone
        told = sentence(str(error), shown(url))
        if DAMAGE.search(str(error)):
            raise Damaged(told) from error
        raise Unavailable(told) from error
