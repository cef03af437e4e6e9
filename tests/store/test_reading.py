"""Asking in SQL that both databases take, of whoever can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.logs import LENGTH, STORY, opened
from tracker.errors import Damaged, Unavailable
from tracker.store.driver import for_psycopg
from tracker.store.engine import make_engine, parse_url, translated
from tracker.store.event_log import reading
from tracker.store.reading import first, rows


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A log of nineteen events, on every database."""
    with opened(database_url, STORY) as engine:
        yield engine


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("SELECT :one, :two_2", "SELECT %(one)s, %(two_2)s"),
        (
            "SELECT 1 WHERE a IN :many AND b in :m",
            "SELECT 1 WHERE a = ANY(%(many)s) AND b = ANY(%(m)s)",
        ),
        (
            "SELECT 7 % 2, a::text, CAST(:a AS jsonb)",
            "SELECT 7 %% 2, a::text, CAST(%(a)s AS jsonb)",
        ),
        ("SELECT min(:a, :b)", "SELECT min(%(a)s, %(b)s)"),
    ],
)
def test_parameters_are_written_as_psycopg_has_them(query: str, sent: str) -> None:
    """A cast is no parameter, and a per cent sign is none either."""
    assert for_psycopg(query) == sent


def test_a_list_stands_for_its_values(engine: Engine) -> None:
    """Of numbers and of words, many, one or none, beside parameters that are one value."""
    query = "SELECT position FROM events WHERE position IN :many AND position > :least ORDER BY 1"
    with reading(engine) as connection:
        assert [*map(tuple, rows(connection, query, {"many": [3, 1, 2], "least": 1}))] == [
            (2,),
            (3,),
        ]
        assert rows(connection, query, {"many": [], "least": 0}) == []
        assert first(connection, query, {"many": [LENGTH + 1], "least": 0}) is None
        words = "SELECT count(*) FROM events WHERE initiative IN :slugs"
        assert first(connection, words, {"slugs": ["il-1", "il-2", "%s", "'"]}) == (9,)
        many = list(range(-600, LENGTH + 1))
        assert len(rows(connection, query, {"many": many, "least": 0})) == LENGTH


def test_whoever_listens_is_told_every_statement(engine: Engine) -> None:
    """Nothing is asked behind the back of those that listen, and the answer is the same."""
    query, told = "SELECT position FROM events WHERE position = :one", []

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        told.append(statement)

    with reading(engine) as connection:
        quietly = rows(connection, query, {"one": 3})
        sa.event.listen(engine, "before_cursor_execute", listen)
        assert rows(connection, query, {"one": 3}) == quietly == [(3,)]
        sa.event.remove(engine, "before_cursor_execute", listen)
    assert len(told) == 1
    assert "WHERE position = " in told[0]


def test_without_a_transaction_one_is_begun(engine: Engine) -> None:
    """Two questions of one connection are about one state, as with every other question."""
    with engine.connect() as connection:
        assert not connection.in_transaction()
        assert rows(connection, "SELECT count(*) FROM events", {}) == [(LENGTH,)]
        assert connection.in_transaction()


def test_what_the_driver_says_is_an_error_of_sqlalchemys(engine: Engine) -> None:
    """So that it is told in one sentence, with the statement and no parameter in it."""
    query, secret = "SELECT :secret FROM nothing_of_that_name", {"secret": "mira"}
    with (
        pytest.raises(sa.exc.DBAPIError, match="nothing_of_that_name") as caught,
        reading(engine) as connection,
    ):
        rows(connection, query, secret)
    sent = for_psycopg(query) if engine.dialect.name == "postgresql" else query
    with pytest.raises(sa.exc.DBAPIError) as right, engine.connect() as connection:
        connection.exec_driver_sql(sent, secret)
    told, theirs = caught.value, right.value
    assert (type(told), str(told)) == (type(theirs), str(theirs))
    assert (told.statement, told.params) == (sent, secret)
    assert "mira" not in str(told)
    with (
        pytest.raises(Unavailable, match="failed: "),
        translated(engine.url),
        reading(engine) as connection,
    ):
        rows(connection, "SELECT 1 FROM nothing_of_that_name", {})


def test_damage_is_met_while_rows_are_fetched(tmp_path: Path) -> None:
    """In the pages after the first, where a driver says so late."""
    path = tmp_path / "desk.db"
    with opened(str(path), STORY) as engine, closing(engine.raw_connection()) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 64] = b"\xff" * 64
    path.write_bytes(content)
    engine = make_engine(parse_url(str(path)))
    with (
        pytest.raises(Damaged, match="is damaged; restore it"),
        translated(engine.url),
        reading(engine) as connection,
    ):
        rows(connection, "SELECT * FROM events", {})
    engine.dispose()
