"""An append asks and writes through the driver alone, and waits for a server twice."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from tests.benchmarks.relay import relayed
from tests.logs import opened
from tracker import Source, Tracker
from tracker.errors import Conflict, NotFound, Unavailable
from tracker.projections.projection import PROJECTIONS
from tracker.projections.rebuild import rebuild
from tracker.store.driver import COPIED_AT_LEAST, ServerDriver, beneath
from tracker.store.event_log import writing
from tracker.store.reading import is_postgresql, rows
from tracker.store.schema import projections

SOURCE = Source(document="Annex 3", quote="talks have begun")
ONE = "SELECT CAST(:one AS integer) + 1"


@pytest.fixture
def log(database_url: str) -> Iterator[Tracker]:
    """A log of one initiative."""
    with Tracker.open(database_url, by="mira", create=True) as log:
        log.register("il-114", title="Il-114", lifecycle="co-production")
        yield log


def comment(log: Tracker, **more: Any) -> int:
    """Record something; its position."""
    receipt = log.record("il-114", "commented", on="2025-12", source=SOURCE, note="n", **more)
    assert receipt.event is not None
    return receipt.event.position


def test_a_server_is_waited_for_twice(each_postgresql: str) -> None:
    """For the lock and what decides; and for what is written, the commit and the findings."""
    home = Path(str(make_url(each_postgresql).query["host"]))
    with Tracker.open(each_postgresql, by="mira", create=True) as log:
        log.register("il-114", title="Il-114", lifecycle="co-production")
    with tempfile.TemporaryDirectory(prefix="relay-") as folder:
        through = relayed(Path(folder) / "r", home)
        with through as relay, Tracker.open(relay.url(each_postgresql), by="mira") as log:
            assert comment(log) == 3
            before = relay.trips
            assert [comment(log) for _ in range(10)] == list(range(4, 14))
            assert relay.trips - before == 20


def test_what_is_odd_is_told_as_soon_as_it_is_recorded(log: Tracker) -> None:
    """Findings are those of the state that the event made."""
    log.record("il-114", "talks-initiated", on="2025-12-05", source=SOURCE)
    receipt = log.record("il-114", "memorandum-signed", on="2025-12-05", source="https://e.org/1")
    assert {finding.kind for finding in receipt.findings} >= {"equal-dates"}
    again = log.record("il-114", "memorandum-signed", on="2025-12-05", source="x", dry_run=True)
    assert {finding.kind for finding in again.findings} == {"single-source"}
    assert log.head().position == 4


def test_what_is_odd_about_a_plan_is_told_with_it(log: Tracker) -> None:
    """And not with what else is recorded of its initiative."""
    overdue = log.plan("il-114", "talks-initiated", on="2024", source=SOURCE)
    assert [finding.kind for finding in overdue.findings] == ["plan-overdue"]
    other = log.record("il-114", "commented", on="2025-12-05", source=SOURCE)
    assert other.findings == ()
    done = log.record("il-114", "talks-initiated", on="2024-05", source="x", fulfils="il-114#2")
    assert "plan-overdue" not in {finding.kind for finding in done.findings}
    again = log.amend("il-114#2", on="2023", reason="a year too late")
    assert again.findings == ()
    withdrawn = log.withdraw("il-114#4", reason="it was another")
    assert withdrawn.findings == ()
    told = log.amend("il-114#2", on="2024", reason="it was right")
    assert [finding.kind for finding in told.findings] == ["plan-overdue"]


def test_what_is_marked_nowhere_is_marked_anew(log: Tracker) -> None:
    """By the next append, whether or not it travels with the rest."""
    for position in (3, 4):
        with log.engine.begin() as connection:
            connection.execute(sa.delete(projections))
        if position == 3:
            assert comment(log) == 3
        else:
            log.revise("il-114", title="Il-114-300")
        with log.engine.connect() as connection:
            found = connection.execute(sa.select(projections)).all()
        assert sorted(map(tuple, found)) == sorted(
            (p.name, p.version, position) for p in PROJECTIONS
        )


def test_after_a_refusal_the_same_log_records_on(log: Tracker) -> None:
    """Whatever was said no to, under the lock or by the database itself."""
    used = str(uuid.uuid4())
    assert comment(log, event_id=used) == 3
    with pytest.raises(Conflict, match="was used before"):
        log.record("il-114", "commented", on="2024", source=SOURCE, event_id=used)
    with pytest.raises(NotFound, match="there is no initiative 'su-57'"):
        log.record("su-57", "commented", on="2024", source=SOURCE)
    assert comment(log) == 4
    with log.engine.connect() as connection, connection.begin():
        _refuse_rows_of(connection, "fact_versions")
    with pytest.raises(Unavailable, match="not today"):
        comment(log)
    with log.engine.connect() as connection, connection.begin():
        _let_rows_in(connection, "fact_versions")
    assert comment(log) == 5
    assert not any(rebuild(log.engine, dry_run=True).differing.values())


def _refuse_rows_of(connection: sa.Connection, table: str) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            f"CREATE TRIGGER no BEFORE INSERT ON {table}"
            " BEGIN SELECT RAISE(ABORT, 'not today'); END"
        )
        return
    connection.exec_driver_sql(
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'not today'; END $$"
    )
    connection.exec_driver_sql(
        f"CREATE TRIGGER no BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION no()"
    )


def _let_rows_in(connection: sa.Connection, table: str) -> None:
    of = "" if connection.dialect.name == "sqlite" else f" ON {table}"
    connection.exec_driver_sql(f"DROP TRIGGER no{of}")


@pytest.mark.parametrize("how_many", [0, 1, 2, COPIED_AT_LEAST, COPIED_AT_LEAST + 1])
def test_rows_are_the_same_however_many_are_written(log: Tracker, how_many: int) -> None:
    """One by one, as a set, or by COPY: with quotes, tabs, empty texts and none."""
    told = ["a'b", "a\tb\\n", "", "\N{CYRILLIC SMALL LETTER BE}\n", None]
    new = [
        {"name": f"p{number:03}", "version": number, "told": told[number % len(told)]}
        for number in range(how_many)
    ]
    with log.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("CREATE TEMPORARY TABLE odd (name text, version int, told text)")
        beneath(connection).write("odd", ("name", "version", "told"), new)
        found = connection.execute(sa.text("SELECT * FROM odd ORDER BY name")).mappings().all()
    assert [dict(row) for row in found] == new


@pytest.mark.parametrize(
    ("how_many", "ways"),
    [
        (0, []),
        (1, ["execute"]),
        (2, ["executemany"]),
        (COPIED_AT_LEAST - 1, ["executemany"]),
        (COPIED_AT_LEAST, ["copy"]),
    ],
)
def test_rows_are_sent_the_faster_way(
    each_postgresql: str, monkeypatch: pytest.MonkeyPatch, how_many: int, ways: list[str]
) -> None:
    """One by itself, a few as a set, many by COPY."""
    with opened(each_postgresql) as engine, engine.connect() as connection:
        driver = beneath(connection)
        told: list[str] = []
        for cls, name in (
            (psycopg.Connection, "execute"),
            (psycopg.Cursor, "executemany"),
            (psycopg.Cursor, "copy"),
        ):
            monkeypatch.setattr(cls, name, _watched(getattr(cls, name), told))
        driver.write("search_words", COLUMNS, _words(how_many))
        assert told == ways


COLUMNS = ("position", "initiative", "type", "words")


def _words(how_many: int) -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS, (n, "il-114", "x", f"w{n}"), strict=True)) for n in range(how_many)]


def _watched(way: Callable[..., Any], told: list[str]) -> Callable[..., Any]:
    def watched(*given: Any, **named: Any) -> Any:
        told.append(way.__name__)
        return way(*given, **named)

    return watched


def test_any_number_of_rows_travels_with_the_rest(log: Tracker) -> None:
    """In a pipeline, which knows no COPY."""
    with writing(log.engine, dry_run=True, foreseen=lambda _: ()) as appender:
        new = _words(COPIED_AT_LEAST + 1)
        appender.driver.write("search_words", COLUMNS, new)
        query = f"SELECT {', '.join(COLUMNS)} FROM search_words ORDER BY position"
        assert [*map(tuple, rows(appender.driver, query, {}))] == [
            tuple(row.values()) for row in new
        ]


def test_a_question_that_was_foreseen_is_asked_once(log: Tracker) -> None:
    """On a server it travels with what comes before it; another is asked for itself."""
    with writing(log.engine, foreseen=lambda _: [(ONE, {"one": 1})]) as appender:
        driver = appender.driver
        assert is_postgresql(driver) == (log.engine.dialect.name == "postgresql")
        assert rows(driver, ONE, {"one": 1}) == [(2,)]
        assert rows(driver, ONE, {"one": 1}) == [(2,)]
        assert rows(driver, ONE, {"one": 2}) == [(3,)]
        assert rows(driver, "SELECT '50%' WHERE 2 IN :many", {"many": [1, 2]}) == [("50%",)]
        assert rows(driver, "SELECT 1 WHERE 2 IN :many", {"many": []}) == []


@pytest.mark.parametrize("foreseen", [None, lambda _: ()])
def test_what_is_asked_for_later_is_of_the_state_that_was_left(
    log: Tracker, foreseen: Callable[[object], tuple[()]] | None
) -> None:
    """To be had when the transaction is over, whatever comes after it."""
    query = "SELECT max(position) FROM projections"
    with writing(log.engine, foreseen=foreseen) as appender:
        appender.driver.change("UPDATE projections SET position = :to", [{"to": 71}])
        later = appender.driver.later(lambda reader: list(rows(reader, query, {})))
    comment(log)
    assert later() == [(71,)]


def test_a_dry_run_takes_back_what_travelled(log: Tracker) -> None:
    """And the connection begins transactions by itself again."""
    with writing(log.engine, dry_run=True, foreseen=lambda _: ()) as appender:
        appender.driver.change("UPDATE projections SET position = :to", [{"to": 71}])
        if isinstance(appender.driver, ServerDriver):
            assert appender.driver.connection.autocommit
            assert appender.driver.is_pipelined
    if isinstance(appender.driver, ServerDriver):
        assert appender.driver.is_pipelined is False
    with log.engine.connect() as connection:
        found = connection.execute(sa.text("SELECT DISTINCT position FROM projections")).scalars()
        assert list(found) == [2]
        driver = beneath(connection)
        assert isinstance(driver, ServerDriver) == (log.engine.dialect.name == "postgresql")
        if isinstance(driver, ServerDriver):
            assert not driver.connection.autocommit
            assert not driver.is_pipelined
