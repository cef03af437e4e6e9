"""The raw limit: the driver alone, the same tables and the same bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy.engine import make_url

from tests.benchmarks import workload
from tests.benchmarks.desk import connected
from tracker import Tracker
from tracker.store.schema import events

PRAGMAS = ("journal_mode=WAL", "synchronous=EXTRA", "recursive_triggers=ON", "secure_delete=ON")
"""As tracker sets them."""

COLUMNS = tuple(column.name for column in events.columns)
PHASES = {each.type: each.effect.phase for each in workload.lifecycle().developments}
"""The phase that a development of each type enters, None for those that enter none."""

_NARROW = (
    "SELECT initiative, fact, kind, mode, type, lo, hi FROM events"
    " WHERE position <= {} AND kind IN ('recorded', 'amended', 'withdrawn') ORDER BY position"
)


def is_postgresql(url: str) -> bool:
    """Which of the two drivers *url* needs."""
    return url.startswith("postgresql")


def connect(url: str) -> closing[Any]:
    """A connection of the driver that commits when told to, set up as tracker's are."""
    if is_postgresql(url):
        return closing(connected(url))
    connection = sqlite3.connect(url, isolation_level=None, timeout=60)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("PRAGMA cache_size=-16384")
    return closing(connection)


def phases(connection: Any, as_of: str, position: int) -> dict[str, str]:
    """What phase each initiative is in, by a scan of the log's narrow columns and a fold.

    Only initiatives that have entered one. It is section 5 of the semantics for what the workload
    holds: one lifecycle, and no explicit order within a day.
    """
    mark = "%s" if not isinstance(connection, sqlite3.Connection) else "?"
    cursor = connection.cursor()
    cursor.execute(_NARROW.format(mark), (position,))
    standing: dict[int, tuple[str, str, str, int, str]] = {}
    for initiative, fact, kind, mode, type_, lo, hi in cursor:
        if kind == "withdrawn":
            standing.pop(fact, None)
        elif mode == "occurred":
            standing[fact] = (initiative, hi, lo, fact, type_)
    cursor.close()
    return folded(standing.values(), as_of)


def folded(facts: Iterable[tuple[str, str, str, int, str]], as_of: str) -> dict[str, str]:
    """The phase that the last sure development enters, of each initiative that has one.

    Facts are ``(initiative, hi, lo, fact, type)``; days are ISO texts, which sort as days do.
    """
    last: dict[str, tuple[str, str, int]] = {}
    found: dict[str, str] = {}
    for initiative, hi, lo, fact, type_ in facts:
        phase = PHASES[type_]
        if phase is None or hi > as_of:
            continue
        place = (hi, lo, fact)
        if place > last.get(initiative, ("", "", 0)):
            last[initiative] = place
            found[initiative] = phase
    return found


def event_rows(url: str, *, after: int = 0) -> list[tuple[Any, ...]]:
    """The rows of ``events`` beyond a position, as the driver takes them."""
    with connect(url) as connection:
        cursor = connection.cursor()
        cursor.execute(
            f"SELECT {', '.join(COLUMNS)} FROM events WHERE position > {after} ORDER BY position"
        )
        return [tuple(row) for row in cursor.fetchall()]


def insert(url: str) -> str:
    """The statement that inserts one row of ``events``."""
    mark = "%s" if is_postgresql(url) else "?"
    marks = ", ".join([mark] * len(COLUMNS))
    return f"INSERT INTO events ({', '.join(COLUMNS)}) VALUES ({marks})"


def insert_in_bulk(connection: Any, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert *rows* as fast as the driver can: executemany of SQLite, COPY of PostgreSQL."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(insert(""), rows)
        connection.execute("COMMIT")
        return
    statement = f"COPY events ({', '.join(COLUMNS)}) FROM STDIN"
    with (
        connection.transaction(),
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row(row)


def name_of(url: str) -> str:
    """The name of a database, or the path of a file."""
    return str(make_url(url).database) if is_postgresql(url) else url


def emptied(url: str) -> None:
    """Make a new database at *url* the raw limit: the same tables, and nothing that guards them."""
    Tracker.open(url, create=True).close()
    with connect(url) as connection:
        cursor = connection.cursor()
        if is_postgresql(url):
            cursor.execute("ALTER TABLE events DISABLE TRIGGER USER")
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")
