"""A path or a URL to a configured engine. Never prints a password."""

from __future__ import annotations

import logging
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url

from tracker.errors import CalledWrongly, Damaged, Refused, TrackerError, Unavailable
from tracker.store.search_path import LOOK_INTO_VIEWS

LOCK_TIMEOUT_SECONDS = 60
"""How long a writer waits for the others: 5 s was too short for 16 of them."""

_NOWHERE = logging.NullHandler()
_URL = re.compile(r"^[a-z][a-z0-9+]*://", re.IGNORECASE)

# "host=db.example user=mira password=…", which would be taken for the path of a file, and shown.
_LIBPQ = re.compile(
    r"(?:^|\s)(?:host|hostaddr|port|dbname|user|password|service)\s*=", re.IGNORECASE
)
_UNREADABLE = (
    "the URL of the database cannot be read; write it as postgresql+psycopg://USER@HOST/DATABASE, "
    "with %40 for an @ in it, or give the path of a file"
)


def parse_url(text: str) -> URL:
    """A path (a SQLite file) or a SQLAlchemy URL, as a URL.

    Raises CalledWrongly for anything else, and for databases that a log cannot be kept in.
    """
    if not _URL.match(text):
        if not text.strip() or "\x00" in text:
            raise CalledWrongly("--db needs the path of a file or the URL of a database")
        if _LIBPQ.search(text):
            raise CalledWrongly(_UNREADABLE)
        try:
            path = Path(text).expanduser()
        except RuntimeError:
            message = f"{text} begins with the home of a user that there is none of; write it out"
            raise CalledWrongly(message) from None
        return URL.create("sqlite", database=str(path))
    try:
        url = make_url(text)
        backend = url.get_backend_name()
    except (sa.exc.ArgumentError, ValueError):
        raise CalledWrongly(_UNREADABLE) from None
    if "@" in (url.host or ""):  # what stands before it belongs to a password
        raise CalledWrongly(_UNREADABLE)
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database not in (None, "", ":memory:"):
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


def make_engine(url: URL, lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS) -> Engine:
    """An engine set up so that an acknowledged commit is on the disk and nothing waits for ever."""
    # Or what the driver logs of a failed pipeline, and the pool of a Ctrl-C while it closes, stands
    # on stderr beside our one sentence; whoever sets up logging still gets it.
    for logger in ("psycopg", "sqlalchemy"):
        logging.getLogger(logger).addHandler(_NOWHERE)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, lock_timeout_seconds)
    return _postgresql(url, lock_timeout_seconds)


def create_file(url: URL) -> None:
    """Make the SQLite file, readable by its owner alone, before anything opens it."""
    path = Path(str(url.database))
    try:
        # For its owner alone, as the XDG base directories are: else others could put another file
        # in the place of this one, whatever its own mode.
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
        raise Unavailable(_sentence(str(error), url)) from error


def _not_created(path: Path, reason: str) -> Unavailable:
    return Unavailable(
        f"the log {path} cannot be created: {reason}; choose another place with --db"
    )


def discard_empty_file(url: URL) -> None:
    """Take away a SQLite log that has no events, unless anybody else has it open.

    Leaving WAL mode needs to be alone with the file, and the lock keeps writers out to the end; one
    who comes later finds that the file is gone (see the ``begin`` of the engine).
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


def _sqlite(url: URL, lock_timeout_seconds: float) -> Engine:
    engine = sa.create_engine(
        url,
        connect_args={"timeout": lock_timeout_seconds, "isolation_level": None},
        hide_parameters=True,
        poolclass=sa.pool.NullPool,
    )

    @event.listens_for(engine, "do_connect")
    def _remember_file(_dialect: object, record: Any, _args: object, _given: object) -> None:
        record.info["file"] = _identity(url)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        # EXTRA: with NORMAL, 626 of 1,000 simulated power cuts lost acknowledged commits. FULL is
        # the same with a WAL, but where the file system does not let SQLite have one, the journal
        # of a commit may come back after a cut and undo it: it did in 59 of 200.
        # recursive_triggers: without it INSERT OR REPLACE deletes rows behind the triggers' back.
        # secure_delete: what is erased shall not be readable in the free space of the file.
        try:
            for pragma in (
                "synchronous=EXTRA",
                "recursive_triggers=ON",
                "foreign_keys=ON",
                "secure_delete=ON",
            ):
                cursor.execute(f"PRAGMA {pragma}")
        except UnicodeDecodeError as error:
            # SQLite quotes the schema that it cannot parse, and that is no text any more.
            raise sqlite3.DatabaseError("the schema is malformed") from error
        cursor.execute("PRAGMA cache_size=-65536")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("outside_transaction"):  # VACUUM will not run in one
            return
        # A deferred transaction that reads and then writes gets SQLITE_BUSY whatever the timeout.
        writing = options.get("writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
        # What is written to a file that was taken away or replaced would be lost with it.
        if writing and connection.info.get("file") != _identity(url):
            connection.exec_driver_sql("ROLLBACK")
            message = f"the log {shown(url)} was taken away or replaced meanwhile; repeat"
            raise Unavailable(message)

    return engine


def _identity(url: URL) -> tuple[int, int] | None:
    """Which file is there: a path may come to mean another while it is open."""
    try:
        found = Path(str(url.database)).stat()
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
            pool_pre_ping=True,
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

    return engine


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Turn what the database says into one sentence with the way out.

    Raises Damaged where it cannot read what it once wrote, Refused for a text that no database
    keeps, and Unavailable for all the rest.
    """
    try:
        yield
    except TrackerError:
        raise
    except UnicodeEncodeError as error:
        message = f"{error.object!r} holds half of a character; write the text again"
        raise Refused(message) from error
    except sa.exc.DBAPIError as error:
        if "cannot contain NUL" in str(error.orig):
            raise Refused(
                "a text holds a NUL character, which no database keeps; leave it out"
            ) from error
        sentence = _sentence(str(error.orig), url)
        if DAMAGE.search(str(error.orig)):
            raise Damaged(sentence) from error
        raise Unavailable(sentence) from error
    except sa.exc.SQLAlchemyError as error:
        message = f"the database {shown(url)} failed: {type(error).__name__}"
        raise Unavailable(message) from error


DAMAGE = re.compile(
    "malformed|disk image|could not decode|corrupt|invalid page|could not read block"
    "|invalid memory alloc"
    "|missing chunk|unexpected chunk|could not access status of transaction",
    re.IGNORECASE,
)
"""What the databases say when they cannot read what they once wrote."""

_OURS = "tracker: "
"""How what the functions of a shared log say begins."""

_SENTENCES = (
    (
        r"database is locked|lock timeout",
        "is locked by another program; wait for it, or end it, and repeat",
    ),
    (
        r"permission denied (for|to)|must be owner",
        "does not let you do that; connect as its owner, or have them run: tracker db grant",
    ),
    (
        r"readonly|read-only|permission denied",
        "cannot be written; ask for the right to, or choose another with --db",
    ),
    (r"disk is full|no space left|disk full", "has no room left on its disk; free some and repeat"),
    (
        r"disk i/o error|could not (write|extend) ",
        "cannot be read or written; check that its disk has room and is sound, and repeat",
    ),
    (r"not a database|file is encrypted", "is not a SQLite database; name the log with --db"),
    (
        DAMAGE.pattern,
        "is damaged; restore it from a backup or an export, and see tracker verify",
    ),
    (
        r"unable to open",
        "cannot be opened; check that the folder exists and that you may write in it",
    ),
    (
        r"password|authentication|no pg_hba",
        "did not let you in; give the password with PGPASSWORD or a passfile",
    ),
    (
        r"database \"[^\"]*\" does not exist",
        "does not exist on that server; create it first (createdb)",
    ),
    (
        (
            r"refused|could not connect|connection failed|connection is bad|timeout"
            r"|translate host|resolve|closed|terminat|shutting down|starting up"
        ),
        "cannot be reached; check that the server runs and the address is right",
    ),
    (r"append-only", "refused the change: its log is append-only"),
)


def _sentence(said: str, url: URL) -> str:
    if said.startswith(_OURS):
        first_line = said.removeprefix(_OURS).splitlines()[0]
        return f"the log {shown(url)} refuses what was sent: {first_line}"
    for pattern, way_out in _SENTENCES:
        if re.search(pattern, said, re.IGNORECASE):
            return f"the database {shown(url)} {way_out}"
    first_line = (said.strip().splitlines() or ["no reason given"])[0]
    return f"the database {shown(url)} failed: {first_line}"
