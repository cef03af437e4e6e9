"""A rebuild makes beside only what may differ, and misses nothing of what does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from tests.histories import (
    Adopting,
    Amending,
    Linking,
    Recording,
    Registering,
    Retiring,
    Revising,
    Step,
    Withdrawing,
    record,
)
from tests.logs import LENGTH, change, contents, opened, tampering
from tracker.domain.facts import RANK_BITS
from tracker.domain.viewpoint import OPEN
from tracker.errors import Damaged
from tracker.projections import from_zero, versions
from tracker.projections.from_zero import FromZero
from tracker.projections.rebuild import rebuild
from tracker.store import schema
from tracker.store.driver import for_psycopg

PLAIN: tuple[Step, ...] = (
    Registering(slug="mi-8", lifecycle="deal"),  # @1 adopts, @2
    Registering(slug="il-1", lifecycle="road"),  # @3 adopts, @4
    Recording(slug="mi-8", type="begun", on="2024-05"),  # @5
    Recording(slug="mi-8", mode="planned", type="agreed", on="2025"),  # @6
    Recording(slug="il-1", type="begun", on="2024-06-01"),  # @7
    Amending(fact=0, on="2024-05-02"),  # @8
    Withdrawing(fact=2),  # @9
    Adopting(lifecycle="deal", definition=2),  # @10
    Recording(slug="mi-8", type="tested", on="2024-07-15"),  # @11
    Recording(slug="il-1", type="agreed", on="2024-08-01"),  # @12
)
"""Without an explicit order, and without an exchange of lifecycles."""


@pytest.fixture
def plain(database_url: str) -> Iterator[Engine]:
    with opened(database_url, PLAIN) as engine:
        yield engine


def heard(engine: Engine) -> list[str]:
    """The statements that are sent from now on."""
    found: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _hear(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement.strip())

    return found


def mended(engine: Engine) -> dict[str, int]:
    """How many rows of each table a rebuild puts right, of those that have any; then all is."""
    report = rebuild(engine)
    assert rebuild(engine, dry_run=True).differences == ()
    assert len(report.differences) == sum(report.differing.values())
    return {table: count for table, count in report.differing.items() if count}


# -- what stands as it should ----------------------------------------------------------------------


@pytest.mark.usefixtures("_pieces")
def test_a_sound_log_is_compared_without_writing(plain: Engine) -> None:
    """No row of a fact is made anew, and the second time nothing at all is put into the log."""
    before = contents(plain)
    rebuild(plain)
    sent = heard(plain)
    report = rebuild(plain)
    assert report.rows == {name: len(rows) for name, rows in before.items()}
    assert report.differences == ()
    changing = re.compile("(?:INSERT INTO|UPDATE|DELETE FROM) (?!search_parts)([a-z_]+)")
    written = {found[1] for each in sent if (found := changing.match(each))}
    assert written
    assert not [name for name in written if not name.startswith("rebuilt_")]
    with plain.begin() as connection:
        FromZero(connection).fill(report.events)
        for name in ("fact_versions", "plan_versions"):
            made = connection.exec_driver_sql(f"SELECT count(*) FROM rebuilt_{name}")
            assert made.scalar_one() == 0
        connection.rollback()


def test_only_whoever_differs_is_made_beside(plain: Engine) -> None:
    """The rows of one initiative, where one of them is wrong."""
    change(plain, "UPDATE fact_versions SET phase = 'elsewhere' WHERE position = 12")
    with plain.begin() as connection:
        replay = FromZero(connection)
        replay.fill(12)
        made = connection.exec_driver_sql("SELECT DISTINCT initiative FROM rebuilt_fact_versions")
        assert made.scalars().all() == ["il-1"]
        assert replay.outside == {"fact_versions": 3, "plan_versions": 1}
        assert replay.is_whole_outside()
        connection.rollback()
    assert mended(plain) == {"fact_versions": 1}


@pytest.mark.parametrize(
    ("step", "apart"),
    [
        (Adopting(lifecycle="deal", definition=1), ["mi-8"]),
        (Amending(fact=3, on="2024-07-16"), ["mi-8"]),
        (Registering(slug="il-2", lifecycle="road"), ["il-2"]),
        (Adopting(lifecycle="road", definition=1), ["il-1"]),
    ],
    ids=str,
)
def test_only_whoever_is_touched_is_made_beside(
    plain: Engine, database_url: str, step: Step, apart: list[str]
) -> None:
    """Whom an event names that came meanwhile, or who follows the lifecycle that it adopts."""
    with opened(database_url) as another, plain.connect() as connection:
        connection.detach()
        replay = FromZero(connection, step=connection.begin)
        replay.fill(12)
        record(another, [step])
        with connection.begin():
            replay.catch_up(13)
            found = connection.exec_driver_sql("SELECT initiative FROM rebuilt_apart ORDER BY 1")
            assert found.scalars().all() == apart
            assert replay.is_whole_outside()


def test_how_what_stands_is_looked_for(engine: Engine) -> None:
    """By the whole key, in the order of the log; never among all rows that began together."""
    is_sqlite = engine.dialect.name == "sqlite"
    given = {"start": 0, "end": LENGTH, "position": LENGTH, "open": OPEN, "bits": RANK_BITS}
    with engine.begin() as connection:
        FromZero(connection).fill(LENGTH)
        for number, query in enumerate(versions.counting(is_sqlite=is_sqlite)):
            plan = _plan(connection, query, given)
            if is_sqlite:
                assert "SEARCH f USING PRIMARY KEY (initiative=? AND hi=? AND lo=? AND" in plan
                assert "SEARCH p USING PRIMARY KEY (initiative=? AND fact=? AND k_from=?" in plan
                assert number or "SEARCH e USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in plan
            assert "ix_fact_versions_k_from" not in plan
        connection.rollback()


def _plan(connection: Connection, query: str, given: dict[str, int]) -> str:
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", given)
        return "\n".join(row[-1] for row in rows)
    for way in ("hashjoin", "mergejoin"):  # which is taken for so few rows anyway
        connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    rows = connection.exec_driver_sql(f"EXPLAIN {for_psycopg(query)}", given)
    return "\n".join(row[0] for row in rows)


# -- what differs ----------------------------------------------------------------------------------

KEPT = {"fact_versions": 15, "plan_versions": 7}
"""The position of a row in each table, of an initiative that is not tangled."""


@pytest.mark.parametrize("table", [schema.fact_versions, schema.plan_versions], ids=str)
def test_whatever_differs_of_a_row_is_found(engine: Engine, table: sa.Table) -> None:
    """In each of its columns: another value, one in the place of none, or none in that of one."""
    sound = contents(engine)
    for column in table.columns:
        is_number = isinstance(column.type, sa.Integer)
        others: list[Any] = [4711 if is_number else "0000"]
        for other in [*others, None] if column.nullable else others:
            change(
                engine,
                f"UPDATE {table.name} SET {column.name} = :other WHERE position = :position",
                other=other,
                position=KEPT[table.name],
            )
            if contents(engine) == sound:  # it was none before
                continue
            changed = {name for name, count in rebuild(engine).differing.items() if count}
            assert changed == {table.name}, column.name
            assert contents(engine) == sound


@pytest.mark.parametrize("initiative", ["nobody", "mi-8", "il-1"])
@pytest.mark.parametrize("table", [schema.fact_versions, schema.plan_versions], ids=str)
@pytest.mark.usefixtures("_pieces")
def test_what_should_not_be_there_is_found(
    engine: Engine, table: sa.Table, initiative: str
) -> None:
    """Though every row that should be there is: of no initiative, of a plain or a tangled one."""
    sound = contents(engine)
    instead = {"initiative": f"'{initiative}'", "k_from": "3", "k_to": "4", "position": "3"}
    names = [column.name for column in table.columns]
    change(
        engine,
        f"INSERT INTO {table.name} ({', '.join(names)})"
        f" SELECT {', '.join(instead.get(name, name) for name in names)} FROM {table.name}"
        f" WHERE position = {KEPT[table.name]}",
    )
    assert rebuild(engine, dry_run=True).differing[table.name] == 1
    assert mended(engine) == {table.name: 1}
    assert contents(engine) == sound


@pytest.mark.parametrize("few", [0, 1000])
@pytest.mark.parametrize("many", [0, 1000])
@pytest.mark.usefixtures("_pieces")
def test_however_much_differs(
    plain: Engine, monkeypatch: pytest.MonkeyPatch, few: int, many: int
) -> None:
    """One by one, in all of the log, or given up as soon as something differs: it is the same."""
    monkeypatch.setattr(from_zero, "FEW", few)
    monkeypatch.setattr(from_zero, "MANY", many)
    sound = contents(plain)
    change(plain, "UPDATE fact_versions SET outcome = 'elsewhere' WHERE position IN (7, 11)")
    change(plain, "DELETE FROM fact_versions WHERE position = 8")
    change(plain, "UPDATE plan_versions SET number = 9")
    told: list[int] = []
    report = rebuild(plain, progress=lambda done, _: told.append(done))
    assert told == sorted(told)
    assert told[-1] == 12
    changed = {name: count for name, count in report.differing.items() if count}
    assert changed == {"fact_versions": 3, "plan_versions": 1}
    assert report.rows == {name: len(rows) for name, rows in sound.items()}
    assert contents(plain) == sound


def test_an_order_of_nobodys_facts(engine: Engine) -> None:
    """What is tangled and belongs to no initiative is an error like any other."""
    with tampering(engine) as connection:
        connection.exec_driver_sql("UPDATE events SET initiative = 'nobody' WHERE position = 6")
    with pytest.raises(Damaged, match=r"event @6 belongs to no fact .* see: tracker verify"):
        rebuild(engine)


# -- what comes meanwhile --------------------------------------------------------------------------

MEANWHILE: dict[str, tuple[Step, ...]] = {
    "a fact": (Recording(slug="mi-8", type="tested", on="2024-07"),),
    "a correction": (Amending(fact=3, on="2024-07-16"), Withdrawing(fact=0)),
    "an order": (Recording(slug="mi-8", type="agreed", on="2024-07-15", after=1),),
    "a definition": (Adopting(lifecycle="deal", definition=1),),
    "another lifecycle": (Revising(slug="mi-8", lifecycle="road"),),
    "an initiative": (
        Registering(slug="il-2", lifecycle="road"),
        Recording(slug="il-2", type="begun", on="2024-06-02"),
        Linking(slug="il-2", kind="follows", other="il-1"),
    ),
    "an end": (Retiring(slug="il-1"),),
}


@pytest.mark.parametrize("what", MEANWHILE)
@pytest.mark.parametrize("is_spoilt", [False, True], ids=["sound", "spoilt"])
def test_whatever_comes_while_it_reads(
    plain: Engine,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    *,
    is_spoilt: bool,
) -> None:
    """Whenever it comes: who is touched is made as it was, and taken on from there."""
    monkeypatch.setattr(from_zero, "PASS", 5)
    monkeypatch.setattr(from_zero, "SPANS", 100)
    length = 12
    with opened(database_url) as another:
        for at in (0, 2, 4):  # of the places at which progress is told
            if is_spoilt:
                change(plain, "UPDATE fact_versions SET phase = 'elsewhere' WHERE position = 12")
            told: list[int] = []

            def append(done: int, _total: int, told: list[int] = told, at: int = at) -> None:
                told.append(done)
                if len(told) == at + 1:
                    record(another, MEANWHILE[what])

            report = rebuild(plain, progress=append)
            assert len(told) > at
            assert report.events > length or at  # the second time it may be refused
            length = report.events
            assert sum(report.differing.values()) == (1 if is_spoilt else 0)
            assert rebuild(another, dry_run=True).differences == ()
