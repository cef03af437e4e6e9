"""The contract of a log, on every database: append only, dense, witnessed, idempotent."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from attrs import evolve
from freezegun import freeze_time
from sqlalchemy.engine import Connection, Engine, make_url

from tracker import Tracker
from tracker.domain.evidence import Source
from tracker.errors import Conflict, Refused, Unavailable
from tracker.store import migrate
from tracker.store.guards import missing_guards
from tracker.store.schema import disclosures, events, log_head

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID = "0193a1b0-0000-7000-8000-000000000042"
SOURCE = Source(document="Annex 3", quote="talks have begun")


@pytest.fixture
def log(database_url: str) -> Iterator[Tracker]:
    """A log of four events: a lifecycle, an initiative and two developments."""
    with freeze_time(NOW), Tracker.open(database_url, by="mira", create=True) as opened:
        opened.register("il-114", title="Il-114", lifecycle="co-production")
        opened.record("il-114", "talks-initiated", on="2025-12-05", source=SOURCE, note="said so")
        opened.record("il-114", "commented", on="2025-12-06", source=SOURCE)
        yield opened


def rows(engine: Engine) -> list[sa.Row[object]]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(events).order_by(events.c.position)))


# -- append only -----------------------------------------------------------------------------------

COLUMNS = ", ".join(column.name for column in events.columns)
_COPY = f"SELECT {COLUMNS} FROM events WHERE position = 3"
_MOVED = COLUMNS.replace("position", "9", 1)
_CHANGES = {
    "update of a body": "UPDATE events SET body = '{}' WHERE position = 3",
    "update of nothing": "UPDATE events SET body = body",
    "delete": "DELETE FROM events WHERE position = 3",
    "delete of all": "DELETE FROM events",
    "upsert": f"INSERT INTO events ({COLUMNS}) {_COPY} AND true"
    " ON CONFLICT (position) DO UPDATE SET body = '{}'",
}
_CHANGES_IN_SQLITE = {
    "replace": f"INSERT OR REPLACE INTO events ({COLUMNS}) {_COPY}",
    "replace by its id": f"INSERT OR REPLACE INTO events ({COLUMNS}) SELECT {_MOVED} FROM events"
    " WHERE position = 3",
    "update or replace": "UPDATE OR REPLACE events SET position = 2 WHERE position = 3",
}
_CHANGES_IN_POSTGRESQL = {
    "truncate": "TRUNCATE events",
    "truncate with what hangs on it": "TRUNCATE events CASCADE",
    "delete through a query": "WITH gone AS (DELETE FROM events RETURNING *) SELECT 1 FROM gone",
}


def changes(dialect: str) -> dict[str, str]:
    theirs = _CHANGES_IN_SQLITE if dialect == "sqlite" else _CHANGES_IN_POSTGRESQL
    return {**_CHANGES, **theirs}


def refuses_every_change(engine: Engine) -> None:
    before = rows(engine)
    for name, statement in changes(engine.dialect.name).items():
        with pytest.raises(sa.exc.DBAPIError) as refusal, engine.begin() as connection:
            connection.exec_driver_sql(statement)
        assert "append-only" in str(refusal.value.orig), name
    assert rows(engine) == before


def test_the_database_refuses_to_change_an_event(log: Tracker) -> None:
    """An event is never updated, replaced or deleted; the database itself refuses."""
    refuses_every_change(log.engine)


def test_so_it_does_after_the_migration_is_run_again(log: Tracker) -> None:
    """Running the migration a second time leaves the guards standing."""
    migrate.upgrade(log.engine)
    refuses_every_change(log.engine)


def test_so_it_does_after_a_table_was_rebuilt(log: Tracker) -> None:
    """Rebuilding a SQLite table drops its triggers silently; the migrator puts them back."""
    with log.engine.execution_options(writing=True).begin() as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("events", recreate=_only_in_sqlite(connection)) as batch:
            batch.add_column(sa.Column("remark", sa.Text))
    if log.engine.dialect.name == "sqlite":
        with log.engine.connect() as connection:
            assert missing_guards(connection), "the rebuild has dropped the guards"
    migrate.upgrade(log.engine)
    with log.engine.connect() as connection:
        assert missing_guards(connection) == []
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), log.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM events")


def _only_in_sqlite(connection: Connection) -> Literal["always", "never"]:
    return "always" if connection.dialect.name == "sqlite" else "never"


@pytest.mark.parametrize("name", [*_CHANGES, *_CHANGES_IN_SQLITE])
@pytest.mark.parametrize("recursive", ["OFF", "ON"])
def test_a_file_refuses_whoever_opens_it(sqlite_url: str, name: str, recursive: str) -> None:
    """Another program opens the file, with recursive_triggers off, and is refused all the same."""
    with Tracker.open(sqlite_url, by="mira", create=True) as log:
        log.register("il-114", title="Il-114", lifecycle="co-production")
        log.record("il-114", "talks-initiated", on="2025-12-05", source=SOURCE)
        before = rows(log.engine)
        connection = sqlite3.connect(str(make_url(sqlite_url).database))
        try:
            connection.execute(f"PRAGMA recursive_triggers={recursive}")
            with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                connection.execute(changes("sqlite")[name])
        finally:
            connection.close()
        assert rows(log.engine) == before


# -- positions and instants ------------------------------------------------------------------------


def test_positions_are_dense_from_one(log: Tracker) -> None:
    """1, 2, 3 …, in the order of recording; what was refused leaves no gap."""
    with pytest.raises(Refused):
        log.record("il-114", "talks-initiated", on="2031", source=SOURCE)
    log.record("il-114", "commented", on="2025-12-07", source=SOURCE, dry_run=True)
    log.record("il-114", "commented", on="2025-12-07", source=SOURCE)
    told = [event for event, _, _ in log.events()]
    assert [event.position for event in told] == [1, 2, 3, 4, 5]
    assert [event.version for event in told if event.initiative] == [1, 2, 3, 4]
    assert log.head().position == 5


def test_a_witnessed_event_never_falls_behind(log: Tracker) -> None:
    """recorded_at = max(clock, last recorded_at + 1 µs)."""
    last = log.head().recorded_at
    assert last is not None
    with freeze_time(NOW - timedelta(days=1)):
        receipt = log.record("il-114", "commented", on="2025-12-07", source=SOURCE)
    assert receipt.event is not None
    assert receipt.event.recorded_at == last + timedelta(microseconds=1)
    with freeze_time(NOW + timedelta(days=1)):
        receipt = log.record("il-114", "commented", on="2025-12-08", source=SOURCE)
    assert receipt.event is not None
    assert receipt.event.recorded_at == NOW + timedelta(days=1)


def test_an_asserted_instant_is_taken_as_it_is(log: Tracker) -> None:
    """Not before the last event's, equal allowed, not after the clock; and it says so."""
    last = log.head().recorded_at
    assert last is not None
    changed = log.lifecycle("co-production")
    with freeze_time(NOW + timedelta(days=2)):
        for number, asserted in enumerate((last, last + timedelta(days=1))):
            lifecycle = evolve(changed, title=f"Another title {number}")
            receipt = log.adopt(lifecycle, recorded_at=asserted.isoformat())
            assert receipt.event is not None
            assert (receipt.event.recorded_at, receipt.event.time) == (asserted, "asserted")
        for wrong in (last, NOW + timedelta(days=3)):
            with pytest.raises(Refused):
                log.adopt(evolve(changed, title="A third"), recorded_at=wrong.isoformat())


# -- idempotency and expected versions -------------------------------------------------------------


def record_again(log: Tracker, note: str | None = "said so", **changes: str) -> object:
    given = {"type": "talks-initiated", "on": "2025-12", **changes}
    return log.record(
        "il-114", given["type"], on=given["on"], source=SOURCE, note=note, event_id=ID
    ).event


def test_the_same_id_with_the_same_content_is_the_same_answer(log: Tracker) -> None:
    """Nothing is appended the second time, on another day too, when the cut would be another."""
    first = record_again(log)
    with freeze_time(NOW + timedelta(days=40)):
        assert record_again(log) == first
    assert log.head().position == 5


@pytest.mark.parametrize(
    "other", [{"on": "2025-11"}, {"type": "commented"}, {"note": "said otherwise"}]
)
def test_the_same_id_with_other_content_is_a_conflict(log: Tracker, other: dict[str, str]) -> None:
    """An id names one request for ever."""
    record_again(log)
    with pytest.raises(Conflict):
        record_again(log, **other)
    assert log.head().position == 5


def test_an_erased_text_counts_as_equal(log: Tracker) -> None:
    """Nobody can say any more what it said; that is no reason for a conflict."""
    first = record_again(log)
    with log.engine.begin() as connection:
        connection.execute(sa.delete(disclosures).where(disclosures.c.position == 5))
    assert record_again(log) == first
    assert record_again(log, note="said otherwise") == first
    with pytest.raises(Conflict):
        record_again(log, note=None)
    assert log.head().position == 5


def test_a_version_that_is_not_the_expected_one_is_a_conflict(log: Tracker) -> None:
    """Whoever says how many events they have seen is told when there are more."""
    with pytest.raises(Conflict, match="has 3 events, not 2"):
        log.record("il-114", "commented", on="2025", source=SOURCE, expect_version=2)
    log.record("il-114", "commented", on="2025-12-07", source=SOURCE, expect_version=3)
    assert log.head().position == 5


# -- what a newer tracker wrote --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [({"kind": "sealed"}, "'sealed'"), ({"schema": 2}, "schema version 2")],
    ids=["kind", "schema"],
)
def test_what_is_not_known_stops_the_reading(
    log: Tracker, change: dict[str, object], said: str
) -> None:
    """A kind or schema version newer than the program knows is never guessed."""
    last = rows(log.engine)[-1]._mapping
    body = {**json.loads(last["body"]), **change, "position": 5, "version": 4, "event_id": ID}
    row = {**last, **change, "position": 5, "version": 4, "event_id": ID}
    with log.engine.begin() as connection:
        connection.execute(sa.insert(events), [{**row, "body": json.dumps(body)}])
        connection.execute(sa.update(log_head).values(position=5))
    with pytest.raises(Unavailable, match=said):
        list(log.events())
