"""Which erasure took a text away: the last of its fact and field that reached its hash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tests.logs import opened
from tracker.store.erasures import Erasures, text_field_of
from tracker.store.schema import events

HERE, OTHER = "aa" * 32, "bb" * 32


@pytest.fixture
def connection(sqlite_url: str) -> Iterator[Connection]:
    """An empty log that rows are put into."""
    with opened(sqlite_url) as engine, engine.connect() as connection, connection.begin():
        yield connection


def put(connection: Connection, position: int, body: Any, kind: str = "text-erased") -> None:
    """An event of fact 3 with that body, whatever it says."""
    row = {"position": position, "event_id": f"id-{position}", "initiative": "il-1", "fact": 3}
    row |= {"version": position, "kind": kind, "schema": 1, "recorded_at": "2024", "leaf": b""}
    row |= {"time": "witnessed", "recorded_by": "desk", "body": ""}
    connection.execute(sa.insert(events), row)
    connection.exec_driver_sql("DROP TRIGGER IF EXISTS events_no_update")
    connection.exec_driver_sql("UPDATE events SET body = ? WHERE position = ?", (body, position))


def body(field: object) -> str:
    return f'{{"content":{{"field":"{field}"}}}}'


def test_a_place_belongs_to_the_note_or_to_a_quote() -> None:
    """Of whichever source."""
    assert text_field_of("note") == "note"
    assert text_field_of("sources/0/quote") == text_field_of("sources/12/quote") == "quote"


def test_an_erasure_reaches_what_was_said_before_it_and_what_carries_it_on() -> None:
    """A later text, another field and another fact are beyond it."""
    erasures = Erasures({(3, "note"): 9, (4, "quote"): 7})
    assert erasures.of(3, "note", 10, HERE) is None
    assert erasures.of(3, "note", 3, HERE) == 9
    assert erasures.of(3, "note", 8, OTHER) == 9
    assert erasures.of(3, "note", 9, "cc" * 32) is None
    assert erasures.of(3, "note", 10, HERE) == 9
    assert erasures.of(3, "note", 11, OTHER) == 9
    assert erasures.of(3, "note", 11, "cc" * 32) is None
    assert erasures.of(3, "sources/0/quote", 3, HERE) is None
    assert erasures.of(4, "note", 3, HERE) is None
    assert erasures.of(4, "sources/1/quote", 3, HERE) == 7
    assert erasures.of(5, "note", 3, HERE) is None
    assert erasures.of(4, "sources/0/quote", 8, OTHER) is None  # reached of another fact alone


def test_a_log_without_erasures_is_not_looked_into() -> None:
    """There is none that could have been it, and nothing is remembered."""
    erasures = Erasures()
    assert erasures.of(3, "note", 3, HERE) is None
    assert erasures == Erasures()


def test_the_last_erasure_of_a_field_counts(connection: Connection) -> None:
    """In the order of the log; no other kind of event is one."""
    put(connection, 9, body("note"))
    put(connection, 5, body("note"))
    put(connection, 6, body("quote"))
    put(connection, 12, body("note"), kind="withdrawn")
    assert Erasures.read(connection) == Erasures({(3, "note"): 9, (3, "quote"): 6})


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        "[]",
        "7",
        '"text"',
        '{"content":{}}',
        '{"content":[]}',
        '{"content":null}',
        "[" * 100_000,
        b"{}",
        body("note").encode(),
    ],
    ids=range(10),
)
def test_what_is_damaged_is_stepped_over(connection: Connection, broken: object) -> None:
    """It is found where its turn comes, and the others count."""
    put(connection, 5, body("quote"))
    put(connection, 7, body("note"))
    put(connection, 8, broken)
    erasures = Erasures.read(connection)
    assert erasures.of(3, "sources/0/quote", 3, HERE) == 5
    assert erasures.of(3, "note", 3, HERE) == 7


def test_bytes_that_are_no_text_end_the_reading(connection: Connection) -> None:
    """What came before is kept, and nothing is raised here."""
    put(connection, 5, body("quote"))
    put(connection, 6, "")
    connection.exec_driver_sql("UPDATE events SET body = CAST(x'7bff' AS TEXT) WHERE position = 6")
    assert Erasures.read(connection).of(3, "note", 3, HERE) is None


def test_another_fault_is_raised(connection: Connection) -> None:
    """Such as a table that is not there."""
    connection.exec_driver_sql("ALTER TABLE events RENAME TO others")
    with pytest.raises(sa.exc.OperationalError, match="no such table"):
        Erasures.read(connection)
