"""What travels together to a PostgreSQL server arrives as it was, all of it or nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import psycopg
import pytest
from psycopg import errors, pq
from sqlalchemy.engine import make_url

from tests.logs import opened
from tracker import Source, Tracker
from tracker.store.event_log import writing
from tracker.store.pipeline import Pipeline

SOURCE = Source(document="Annex 3", quote="talks have begun")
Connection = psycopg.Connection[Any]


@contextmanager
def connected(url: str, **more: Any) -> Iterator[Connection]:
    """The bare driver."""
    parts = make_url(url)
    host = str(parts.query["host"])
    with psycopg.connect(host=host, user="postgres", dbname=parts.database, **more) as connection:
        yield connection


@pytest.fixture
def connection(each_postgresql: str) -> Iterator[Connection]:
    """A connection to a database with one table."""
    with connected(each_postgresql, autocommit=True) as connection:
        connection.execute("CREATE TABLE told (number bigint PRIMARY KEY, word text, bytes bytea)")
        connection.autocommit = False
        yield connection


def carry_out(pipeline: Pipeline, work: Callable[[Pipeline], object]) -> None:
    """Do it in a transaction."""
    with pipeline.transaction(dry_run=False):
        work(pipeline)


def put(pipeline: Pipeline, number: int, word: str | None = None, raw: bytes | None = None) -> None:
    """Send a row."""
    insert = ("INSERT INTO told VALUES ($1, $2, $3)", ("number", "word", "raw"))
    pipeline.send(insert, {"number": number, "word": word, "raw": raw, "unused": object()})


def there(connection: Connection) -> list[tuple[Any, ...]]:
    """What was committed."""
    found = connection.execute("SELECT * FROM told ORDER BY number").fetchall()
    connection.rollback()
    return found


WORDS = ("", "a'b", 'a"b', "a\\b", "a\tb\nc", "{a,b}", "NULL", "Ил-114", "\U0001f6e9", None)


def test_what_is_sent_arrives(connection: Connection) -> None:
    """Numbers, texts, bytes and nothing, whatever they hold."""
    pipeline = Pipeline(connection, {})
    same = ("SELECT $1::bigint, $2::text, $3::bytea", ("number", "word", "raw"))
    numbers, raws = (0, -1, 2**63 - 1, None), (b"", b"\x00\xff\\x41", None)
    with pipeline.transaction(dry_run=False):
        for number, word, raw in product(numbers, WORDS, raws):
            sent = pipeline.send(same, {"number": number, "word": word, "raw": raw})
            assert pipeline.rows(sent) == [(number, word, raw)]
        put(pipeline, 1, "Ил-114", b"\x00\xff")
        put(pipeline, 2)
    assert there(connection) == [(1, "Ил-114", b"\x00\xff"), (2, None, None)]


def test_lists_are_sent_as_arrays(connection: Connection) -> None:
    """Of texts, whatever they hold, and of numbers; an empty one has nothing."""
    words = [word for word in WORDS if word is not None]
    pipeline = Pipeline(connection, {})
    with pipeline.transaction(dry_run=False):
        for number, word in enumerate(words):
            put(pipeline, number, word)
        for query, many in (("word", words), ("number", [*range(len(words))]), ("word", [])):
            question = (f"SELECT count(*) FROM told WHERE {query} = ANY($1)", ("many",))
            assert pipeline.rows(pipeline.send(question, {"many": many})) == [(len(many),)]
        every = ("SELECT unnest($1::text[])", ("many",))
        assert [each for (each,) in pipeline.rows(pipeline.send(every, {"many": words}))] == words


@pytest.mark.parametrize("given", [1.5, True, {"a": 1}, [1.5]])
def test_what_no_column_holds_is_not_sent(connection: Connection, given: object) -> None:
    """It would be a fault of the program, and not one to be stored."""

    def work(pipeline: Pipeline) -> None:
        put(pipeline, 1, "before")
        pipeline.send(("SELECT $1", ("given",)), {"given": given})

    with pytest.raises(TypeError, match="no column holds a"):
        carry_out(Pipeline(connection, {}), work)
    connection.rollback()
    assert there(connection) == []


@pytest.mark.parametrize("given", ["a\x00b", ["a\x00b"]])
def test_a_text_with_nul_is_not_cut_short(connection: Connection, given: object) -> None:
    """It is refused, as the driver by itself refuses it."""

    def work(pipeline: Pipeline) -> None:
        pipeline.send(("SELECT $1", ("given",)), {"given": given})

    with pytest.raises(psycopg.DataError, match="cannot contain NUL"):
        carry_out(Pipeline(connection, {}), work)


@pytest.mark.parametrize("encoding", ["utf8", "latin1", "sql_ascii"])
def test_texts_are_written_as_the_connection_reads_them(
    each_postgresql: str, encoding: str
) -> None:
    """A server keeps its texts its own way, and PGCLIENTENCODING may say another."""
    with connected(each_postgresql, client_encoding=encoding) as connection:
        pipeline = Pipeline(connection, {})
        with pipeline.transaction(dry_run=False):
            length = ("SELECT octet_length($1::text), $1::text = ANY($2), 'é'", ("a", "many"))
            sent = pipeline.send(length, {"a": "é", "many": ["é"]})
            ((octets, is_there, told),) = pipeline.rows(sent)
        assert (octets, is_there) == (2, True)
        assert told in ("é", "é".encode())


def test_a_statement_is_prepared_once(connection: Connection) -> None:
    """In the life of a connection, and however often it is sent in one pipeline."""
    prepared: dict[str, bytes] = {}
    for first in (1, 3):
        pipeline = Pipeline(connection, prepared)
        with pipeline.transaction(dry_run=False):
            put(pipeline, first)
            put(pipeline, first + 1)
        names = connection.execute("SELECT name FROM pg_prepared_statements").fetchall()
        connection.rollback()
        assert sorted(name.encode() for (name,) in names) == sorted(prepared.values())
        assert len(prepared) == 3  # the beginning, the rows, and the end


@pytest.mark.parametrize("is_asked", [True, False])
def test_a_fault_takes_back_all_of_it(connection: Connection, *, is_asked: bool) -> None:
    """It is told of the statement that had it, and the next transaction is none the worse."""
    prepared: dict[str, bytes] = {}

    def work(pipeline: Pipeline) -> None:
        put(pipeline, 1)
        put(pipeline, 1)
        sent = pipeline.send(("SELECT 1", ()), {})
        if is_asked:
            pipeline.rows(sent)

    for _ in range(2):
        with pytest.raises(errors.UniqueViolation):
            carry_out(Pipeline(connection, prepared), work)
        connection.rollback()
        assert there(connection) == []
    pipeline = Pipeline(connection, prepared)
    with pipeline.transaction(dry_run=False):
        put(pipeline, 1)
        assert pipeline.rows(pipeline.send(("SELECT 1", ()), {})) == [(1,)]
    assert len(there(connection)) == 1


@pytest.mark.parametrize("is_asked", [True, False])
@pytest.mark.parametrize("is_more_sent", [True, False])
def test_whoever_thinks_better_of_it_has_sent_nothing(
    connection: Connection, *, is_asked: bool, is_more_sent: bool
) -> None:
    """Whatever was under way, and had not been answered."""

    def work(pipeline: Pipeline) -> None:
        put(pipeline, 1)
        sent = pipeline.send(("SELECT 1", ()), {})
        if is_asked:
            assert pipeline.rows(sent) == [(1,)]
        if is_more_sent:
            put(pipeline, 2)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        carry_out(Pipeline(connection, {}), work)
    assert connection.info.transaction_status == pq.TransactionStatus.INTRANS
    connection.rollback()
    assert there(connection) == []


def test_what_was_prepared_may_be_gone(connection: Connection) -> None:
    """As after DEALLOCATE ALL, which drivers say at times: it is prepared anew."""
    prepared: dict[str, bytes] = {}
    for number in (1, 2, 3):
        pipeline = Pipeline(connection, prepared)
        with pipeline.transaction(dry_run=False):
            ahead = pipeline.send(("SELECT 5", ()), {})
            assert pipeline.rows(pipeline.send(("SELECT 6", ()), {})) == [(6,)]
            put(pipeline, number)
            assert pipeline.rows(ahead) == [(5,)]
        connection.execute("DEALLOCATE ALL")
        connection.commit()
    assert [number for number, *_ in there(connection)] == [1, 2, 3]


def test_what_is_gone_once_it_was_there_is_told(connection: Connection) -> None:
    """What was sent before is not sent a second time then."""

    def work(pipeline: Pipeline) -> None:
        put(pipeline, 1)
        pipeline.rows(pipeline.send(("SELECT 6", ()), {}))
        pipeline.send(("DEALLOCATE ALL", ()), {})
        put(pipeline, 2)
        pipeline.rows(pipeline.send(("SELECT 6", ()), {}))

    with pytest.raises(errors.InvalidSqlStatementName):
        carry_out(Pipeline(connection, {}), work)
    connection.rollback()
    assert there(connection) == []


def test_records_go_on_after_what_was_prepared_is_gone(each_postgresql: str) -> None:
    """The log is none the wiser."""
    with Tracker.open(each_postgresql, by="mira", create=True) as log:
        log.register("il-114", title="Il-114", lifecycle="co-production")
        for position in (3, 4, 5):
            receipt = log.record("il-114", "commented", on="2025-12", source=SOURCE)
            assert [event.position for event in receipt.events] == [position]
            with log.engine.connect() as connection:
                connection.exec_driver_sql("DEALLOCATE ALL")
                connection.commit()


def test_ctrl_c_ends_the_wait_for_the_lock(each_postgresql: str) -> None:
    """Nothing is appended, and the log can be recorded in again."""
    with (
        opened(each_postgresql) as engine,
        Tracker.open(each_postgresql, by="mira", create=True) as log,
    ):
        log.register("il-114", title="Il-114", lifecycle="co-production")
        log.record("il-114", "commented", on="2025-12", source=SOURCE)
        pressed = threading.Thread(target=_press_ctrl_c_once_it_waits, args=(each_postgresql,))
        with writing(engine):
            pressed.start()
            with pytest.raises(KeyboardInterrupt):
                log.record("il-114", "commented", on="2025-12", source=SOURCE)
        pressed.join()
        assert log.head().position == 3
        receipt = log.record("il-114", "commented", on="2025-12", source=SOURCE)
        assert [event.position for event in receipt.events] == [4]


def _press_ctrl_c_once_it_waits(url: str) -> None:
    waits = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with connected(url, autocommit=True) as watching:
        for _ in range(6000):
            if watching.execute(waits).fetchone() == (1,):
                break
            time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)
