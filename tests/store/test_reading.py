"""Asking in SQL that both databases take, of whoever can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from tests.logs import LENGTH, STORY, opened
from tracker.domain.events import Recorded
from tracker.domain.merkle import leaf_hash
from tracker.errors import Damaged, TrackerError, Unavailable
from tracker.store.driver import Reader, ServerDriver, beneath, for_psycopg
from tracker.store.engine import make_engine, parse_url, translated
from tracker.store.event_log import read, reading
from tracker.store.file_reader import FileReader
from tracker.store.reading import (
    NodeReader,
    events_of,
    first,
    head,
    is_postgresql,
    position_at,
    read_at,
    root_at,
    rows,
    streamed,
    texts_of,
    written_at,
)
from tracker.store.schema import events, log_head
from tracker.store.sentences import HEADLESS


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A log of nineteen events, on every database."""
    with opened(database_url, STORY) as engine:
        yield engine


@contextmanager
def readers(engine: Engine) -> Iterator[tuple[Connection, FileReader | ServerDriver]]:
    """Whoever can be asked about one state: through SQLAlchemy, and through the driver alone."""
    with reading(engine) as connection:
        yield connection, beneath(connection)


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


@pytest.mark.parametrize(
    ("alone", "sent"),
    [
        ((), "SELECT 1 WHERE a = ANY(%(many)s) AND b = ANY(%(m)s) AND c > %(x)s"),
        (("m",), "SELECT 1 WHERE a = ANY(%(many)s) AND b = %(m)s AND c > %(x)s"),
        (("many", "m"), "SELECT 1 WHERE a = %(many)s AND b = %(m)s AND c > %(x)s"),
    ],
)
def test_a_value_alone_in_its_list_is_no_array(alone: tuple[str, ...], sent: str) -> None:
    """About an array a server plans anew each time."""
    assert for_psycopg("SELECT 1 WHERE a IN :many AND b in :m AND c > :x", alone) == sent


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
    assert told.__cause__ is told.orig
    assert told.hide_parameters
    missing, wrong = "SELECT 1 FROM nothing_of_that_name", "SELECT 1 FROM WHERE"
    errors: list[tuple[type[TrackerError], str, str]] = [
        (Damaged, "is damaged; restore it", missing),
        (Unavailable, "failed: ", wrong),
    ]
    for kind, sentence, asked in errors:
        with (
            pytest.raises(kind, match=sentence),
            translated(engine.url),
            reading(engine) as connection,
        ):
            rows(connection, asked, {})


def test_so_is_what_it_says_in_a_stream(engine: Engine) -> None:
    """Before the first row, and on the way; what SQLAlchemy streams itself is told by itself."""
    query, secret = "SELECT :secret FROM nothing_of_that_name", {"secret": "mira"}
    with (
        pytest.raises(sa.exc.DBAPIError, match="nothing_of_that_name") as caught,
        reading(engine) as connection,
    ):
        list(streamed(connection, query, secret))
    told = caught.value
    assert told.params == secret
    assert query.split(" FROM ")[1] in str(told.statement)
    assert "mira" not in str(told)
    assert told.__cause__ is told.orig
    assert told.hide_parameters
    # What one of the last rows cannot be worked out of.
    query = (
        "SELECT abs(CASE WHEN position = 19 THEN -9223372036854775807 - 1 ELSE 1 END) FROM events"
    )
    if engine.dialect.name == "postgresql":
        query = "SELECT 1 / (position - 19) FROM events ORDER BY position"
    with pytest.raises(sa.exc.DBAPIError), reading(engine) as connection:
        list(streamed(connection, query, {}))


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


def test_a_connection_that_is_lost_is_let_go(each_postgresql: str) -> None:
    """As by SQLAlchemy: the next question is asked of a new one; an error alone loses nothing."""
    with opened(each_postgresql, STORY) as engine:
        with engine.connect() as connection, connection.begin():
            with pytest.raises(sa.exc.DBAPIError, match="nothing_of_that_name") as caught:
                rows(connection, "SELECT 1 FROM nothing_of_that_name", {})
            assert not caught.value.connection_invalidated
            assert not connection.invalidated
        told: list[object] = []
        sa.event.listen(engine, "invalidate", lambda *given: told.append(given[2]))
        with engine.connect() as connection:
            transaction = connection.begin()
            with pytest.raises(sa.exc.OperationalError) as lost:
                rows(connection, "SELECT pg_terminate_backend(pg_backend_pid())", {})
            assert connection.invalidated
            transaction.rollback()
        assert told == [lost.value.orig]
        with reading(engine) as connection:
            assert head(connection).position == LENGTH


# -- by whichever reader ---------------------------------------------------------------------------


def test_a_reader_knows_its_database(engine: Engine, database_url: str) -> None:
    """Some queries have a form of their own on a server."""
    with readers(engine) as those:
        for reader in those:
            assert is_postgresql(reader) is database_url.startswith("postgresql")


def test_the_log_is_read_alike_by_every_reader(engine: Engine) -> None:
    """Head, instants, roots, bodies, and events with their texts."""
    with readers(engine) as (connection, driver):
        whole = {event.position: event for event in read(connection)}
        last = whole[LENGTH].recorded_at
        one: Reader
        for one in (connection, driver):
            assert (head(one).position, head(one).recorded_at) == (LENGTH, last)
            assert position_at(one, last) == LENGTH
            assert root_at(one, LENGTH) == root_at(connection, LENGTH) != root_at(one, LENGTH - 1)
            assert repr(read_at(one, [9, 5])) == repr({at: whole[at] for at in (5, 9)})
            assert read_at(one, []) == {}
            assert set(texts_of(one, [1, 5, 9])) == set(texts_of(one, range(1, 10))) == {5, 9}


def test_a_log_without_a_head_is_damaged(engine: Engine) -> None:
    """Nothing says where it ends."""
    with engine.execution_options(writing=True).connect() as connection:
        connection.execute(sa.delete(log_head))
        with pytest.raises(Damaged) as damaged:
            head(connection)
        connection.rollback()
    assert str(damaged.value) == HEADLESS


def test_a_proof_of_leaves_that_the_log_lacks_is_damage(engine: Engine) -> None:
    """Of any size: it names the subtree, and the command that says what is wrong."""
    with engine.connect() as connection:
        nodes = NodeReader(connection)
        for level in (0, 1, 2):
            beyond = (LENGTH >> level) + 1
            with pytest.raises(Damaged) as damaged:
                nodes(level, beyond)
            assert str(damaged.value) == (
                f"the log lacks leaves of subtree {level}/{beyond}; run: tracker verify"
            )
        with pytest.raises(Damaged, match="lacks leaves of subtree 2/"):
            nodes(2, LENGTH >> 2)  # of which there is a part


def test_the_events_of_an_initiative_are_read_up_to_a_position(engine: Engine) -> None:
    """In order and with their texts, that position among them."""
    with readers(engine) as those:
        for reader in those:
            whole = [*read_at(reader, range(1, LENGTH + 1)).values()]
            for slug in ("il-1", "mi-8", "nobody"):
                for position in (0, 5, 9, LENGTH):
                    right = [e for e in whole if e.initiative == slug and e.position <= position]
                    # Told apart by their texts: what is erased equals any text.
                    assert repr(events_of(reader, slug, position)) == repr(right)
            told = events_of(reader, "il-1", 5)[-1].what
            assert isinstance(told, Recorded)
            assert told.account.note == "Überbringer: a desk"


def test_a_body_is_read_as_it_was_written(engine: Engine) -> None:
    """With the hash that stands beside it."""
    with readers(engine) as (connection, driver):
        query = sa.select(events.c.body).order_by(events.c.position)
        for position, body in enumerate(connection.execute(query).scalars(), start=1):
            for reader in (connection, driver):
                assert written_at(reader, position) == (body, leaf_hash(body.encode()))


def test_what_streams_is_what_is_found(engine: Engine) -> None:
    """Lists, signs of per cent and nothing at all, as for what is fetched at once."""
    query = (
        "SELECT position, kind FROM events WHERE position IN :many AND kind LIKE 'recor%'"
        " ORDER BY 1"
    )
    with readers(engine) as those:
        for reader in those:
            for many, right in (
                (list(range(LENGTH)), [5, 6, 7, 8, 15]),
                ([5, 3, 1], [5]),
                ([], []),
            ):
                found = [tuple(row) for row in streamed(reader, query, {"many": many})]
                assert found == [(position, "recorded") for position in right]
                assert found == [tuple(row) for row in rows(reader, query, {"many": many})]


def test_rows_stream_two_thousand_at_a_time(engine: Engine) -> None:
    """So that a connection of SQLAlchemy's never holds all of them."""
    asked: list[object] = []

    def listen(*given: Any) -> None:
        asked.append(given[4].execution_options.get("yield_per"))

    with reading(engine) as connection:
        sa.event.listen(engine, "before_cursor_execute", listen)
        assert len(list(streamed(connection, "SELECT position FROM events", {}))) == LENGTH
        sa.event.remove(engine, "before_cursor_execute", listen)
    assert asked == [2000]
