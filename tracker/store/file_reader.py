"""A SQLite log read through the driver alone, for questions that need no SQLAlchemy.

Importing SQLAlchemy takes longer than most answers. What is asked, and how a file is opened, is the
same as with it: the queries are those of :mod:`tracker.store.reading` and of the projections, and
the settings are those of the engine.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from attrs import frozen

from tracker.errors import CalledWrongly, Damaged, Refused, TrackerError, Unavailable
from tracker.store.revision import REVISION
from tracker.store.sentences import DAMAGE, UNREADABLE_URL, half_of_a_character, sentence

LOCK_TIMEOUT_SECONDS = 60
"""How long a writer waits for the others: 5 s was too short for 16 of them."""

IN_MEMORY = Path(":memory:")
"""What SQLite takes for no file at all."""

_URL = re.compile(r"^[a-z][a-z0-9+]*://", re.IGNORECASE)

# "host=db.example user=mira password=…", which would be taken for the path of a file, and shown.
_LIBPQ = re.compile(
    r"(?:^|\s)(?:host|hostaddr|port|dbname|user|password|service)\s*=", re.IGNORECASE
)

# EXTRA: with NORMAL, 626 of 1,000 simulated power cuts lost acknowledged commits. FULL is the same
# with a WAL, but where the file system does not let SQLite have one, the journal of a commit may
# come back after a cut and undo it: it did in 59 of 200.
# recursive_triggers: without it INSERT OR REPLACE deletes rows behind the triggers' back.
# secure_delete: what is erased shall not be readable in the free space of the file.
_PRAGMAS = (
    "synchronous=EXTRA",
    "recursive_triggers=ON",
    "foreign_keys=ON",
    "secure_delete=ON",
    "cache_size=-16384",
)


def path_of(text: str) -> Path | None:
    """The SQLite file that *text* is the path of; None for the URL of a database.

    Raises CalledWrongly for what is neither.
    """
    if _URL.match(text):
        return None
    if not text.strip() or "\x00" in text:
        raise CalledWrongly("--db needs the path of a file or the URL of a database")
    if _LIBPQ.search(text):
        raise CalledWrongly(UNREADABLE_URL)
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        message = f"{text} begins with the home of a user that there is none of; write it out"
        raise CalledWrongly(message) from None
    if path == IN_MEMORY:  # which SQLite would forget before the next command
        raise CalledWrongly(f"a log cannot be kept in {text}; use a SQLite file or PostgreSQL")
    return path


def configure(connection: Any) -> None:
    """Set up a connection so that an acknowledged commit is on the disk."""
    cursor = connection.cursor()
    try:
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
    except UnicodeDecodeError as error:
        # SQLite quotes the schema that it cannot parse, and that is no text any more.
        raise sqlite3.DatabaseError("the schema is malformed") from error
    cursor.close()


@frozen
class FileReader:
    """Runs queries with named parameters on one state of a SQLite log."""

    connection: sqlite3.Connection

    def rows(self, query: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What *query* finds; a list given for ``IN :name`` stands for its values."""
        return self.connection.execute(*spread(query, parameters)).fetchall()

    def streamed(self, query: str, parameters: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows that :meth:`rows` would return, one by one."""
        with closing(self.connection.cursor()) as cursor:
            yield from cursor.execute(*spread(query, parameters))


def spread(query: str, parameters: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return *query* with a placeholder for each value of a list, and all values by placeholder."""
    given = parameters
    for name, value in parameters.items():
        if isinstance(value, list):
            query, places = _spread(query, name, len(value))
            given = {**given, **dict(zip(places, value, strict=True))}
            del given[name]
    return query, given


@lru_cache(maxsize=256)  # the same few questions are asked again and again
def _spread(query: str, name: str, many: int) -> tuple[str, list[str]]:
    """Return *query* with *many* placeholders for the list called *name*, and their names."""
    places = [f"{name}_{number}" for number in range(many)]
    listed = ", ".join(f":{place}" for place in places)
    return re.sub(rf"IN :{name}\b", f"IN ({listed})", query), places


def is_current(path: Path, lock_timeout_seconds: float) -> bool:
    """Whether *path* is a log that this program can read as it is.

    Returns False for everything else and for most faults, which opening the file then reports.
    Raises Unavailable for a file that stays locked.
    """
    if not path.is_file():
        return False
    try:
        with closing(_connected(path, lock_timeout_seconds)) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if "locked" in str(error):  # it has waited for the lock once; opening it would wait again
            raise Unavailable(sentence(str(error), str(path))) from error
        return False
    return found == [(REVISION,)]


@contextmanager
def reading_file(
    path: Path,
    lock_timeout_seconds: float,
    watch: Callable[[str], object] | None = None,
    name: str | None = None,
) -> Iterator[FileReader]:
    """Yield a reader that sees one state of the log; *watch* is called with every statement.

    *name* is what a person calls the file, its path if that is not given.
    Raises Damaged where the file cannot be read, Unavailable where it cannot be had, and Refused
    for a text that no database keeps.
    """
    try:
        with closing(_connected(path, lock_timeout_seconds)) as connection:
            connection.execute("BEGIN")
            connection.set_trace_callback(watch)
            yield FileReader(connection)
            connection.set_trace_callback(None)
            connection.execute("ROLLBACK")
    except TrackerError:
        raise
    except UnicodeEncodeError as error:
        raise Refused(half_of_a_character(error)) from error
    except sqlite3.Error as error:
        told = sentence(str(error), name or str(path))
        if DAMAGE.search(str(error)):
            raise Damaged(told) from error
        raise Unavailable(told) from error


def _connected(path: Path, lock_timeout_seconds: float) -> sqlite3.Connection:
    # Only what is there: a file that has gone since is not made anew by a question.
    address = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(
        address, uri=True, timeout=lock_timeout_seconds, isolation_level=None
    )
    configure(connection)
    return connection


__all__ = [
    "LOCK_TIMEOUT_SECONDS",
    "FileReader",
    "configure",
    "is_current",
    "path_of",
    "reading_file",
    "spread",
]
