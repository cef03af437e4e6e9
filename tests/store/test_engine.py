"""What a database complains of is one sentence with the way out, and has the right exit code."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tracker.errors import Damaged, TrackerError, Unavailable
from tracker.store.engine import create_file, make_engine, parse_url, translated

SAID: dict[str, tuple[type[TrackerError], str]] = {
    "database disk image is malformed": (Damaged, "is damaged; restore it"),
    "Could not decode to UTF-8 column 'source' with text 'x'": (Damaged, "is damaged; restore it"),
    "invalid page in block 3 of relation base/1/2": (Damaged, "is damaged; restore it"),
    "invalid memory alloc request size 8589934587": (Damaged, "is damaged; restore it"),
    "missing chunk number 0 for toast value 16415": (Damaged, "is damaged; restore it"),
    "database is locked": (Unavailable, "is locked by another program"),
    "canceling statement due to lock timeout": (Unavailable, "is locked by another program"),
    "database or disk is full": (Unavailable, "has no room left on its disk"),
    'could not extend file "base/1/2": No space left on device': (Unavailable, "has no room left"),
    "disk I/O error": (Unavailable, "check that its disk has room and is sound"),
    "connection failed: FATAL:  could not write init file": (Unavailable, "its disk has room"),
    "connection is bad: connection to server on socket failed": (Unavailable, "cannot be reached"),
    "the connection is lost": (Unavailable, "cannot be reached"),
    "server closed the connection unexpectedly": (Unavailable, "cannot be reached"),
    "attempt to write a readonly database": (Unavailable, "cannot be written; ask for the right"),
    "something that nobody foresaw": (Unavailable, "failed: something that nobody foresaw"),
}


@pytest.mark.parametrize("said", SAID)
def test_what_a_database_says_is_told_in_one_sentence(said: str) -> None:
    """The kind of error and the way out follow from what the database said."""
    kind, part = SAID[said]
    complaint = sa.exc.OperationalError("SELECT 1", {}, Exception(said))
    with pytest.raises(kind, match=part) as caught, translated(parse_url("desk.db")):
        raise complaint
    assert type(caught.value) is kind
    assert str(caught.value).startswith("the database desk.db ")


INTERRUPTED = """
import sys
from tracker.store.engine import make_engine, parse_url
engine = make_engine(parse_url(sys.argv[1]))
def interrupted(connection):
    raise KeyboardInterrupt
engine.dialect.do_close = interrupted
try:
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_while_a_connection_closes_is_the_interruption_alone(tmp_path: Path) -> None:
    """The pool logs it, with a traceback: nobody who has not asked for a log sees that."""
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path / "a.db")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("interrupted\n", "")


@pytest.mark.parametrize(
    ("options", "begin"), [({}, "BEGIN"), ({"writing": True}, "BEGIN IMMEDIATE")]
)
def test_whoever_listens_is_told_how_a_transaction_begins(
    tmp_path: Path, options: dict[str, bool], begin: str
) -> None:
    """As of every other statement; and it begins the same where nobody does."""
    url = parse_url(str(tmp_path / "desk.db"))
    create_file(url)
    engine = make_engine(url)
    told: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        told.append(statement)

    def locks() -> bool:
        with engine.connect().execution_options(**options) as one, one.begin():
            held: Any = one.connection.dbapi_connection
            assert held.in_transaction
            with closing(sqlite3.connect(tmp_path / "desk.db", timeout=0)) as other:
                try:
                    other.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError:
                    return True
                return False

    is_locked = locks()
    assert told == []
    sa.event.listen(engine, "before_cursor_execute", listen)
    assert locks() == is_locked == bool(options)
    assert told == [begin]
    engine.dispose()
