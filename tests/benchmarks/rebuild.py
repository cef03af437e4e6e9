"""Rebuild of all read tables: against the same SQL run bare, and against the peer's projection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from attrs import frozen

from tests.benchmarks import peer, peer_view, raw, statements
from tests.benchmarks.agreement import agreed
from tests.benchmarks.desk import Desk, Store
from tests.benchmarks.measure import Side
from tests.benchmarks.rows import Row, ratio
from tests.benchmarks.statements import Statement
from tracker.application import keeping
from tracker.projections import versions
from tracker.store.driver import for_psycopg
from tracker.store.schema import READ_TABLES

PART = 2000
"""The peer handles event by event, whatever there is besides: so many tell what all would cost."""


def rows(desk: Desk) -> Iterator[Row]:
    """Both, on every kind of database."""
    for store in desk.stores:
        yield from _rebuilt(desk, store)


def _rebuilt(desk: Desk, store: Store) -> Iterator[Row]:
    log, url = desk.opened(store), desk.log(store)
    noted = statements.of(log.engine, lambda: keeping.rebuild(log.engine))
    bare = _Bare(url, noted)
    counted = keeping.rebuild(log.engine).rows
    agreed(
        f"the rows rebuilt of {store.title}", {"tracker": counted, "the bare SQL": bare.counts()}
    )
    part = min(PART, desk.events)
    office = peer.filled(desk, store, part)
    there = store.url(f"peer_{part}")
    peer_view.forget(there)
    agreed(
        f"what stands in {store.title}",
        {"tracker": _standing(url, part), "eventsourcing": peer_view.rebuild(office, there)},
    )
    spent = store.stopwatch.compared(
        {
            "tracker": lambda: keeping.rebuild(log.engine),
            "from nothing": Side(lambda: keeping.rebuild(log.engine), lambda: _emptied(url)),
            "bare": bare.run,
            "eventsourcing": Side(
                lambda: peer_view.rebuild(office, there), lambda: peer_view.forget(there)
            ),
        },
        desk.rounds(60),
    )
    what = "rebuild of all read tables"
    yield ratio(
        what,
        f"the same SQL run bare, {store.title}",
        spent,
        "time",
        1.2,
        sides=("tracker", "bare"),
    )
    # What an event costs: the peer has made a part of them.
    each = {side: spent[side].divided(desk.events) for side in ("tracker", "from nothing")}
    each["eventsourcing"] = spent["eventsourcing"].divided(part)
    for side, told in (("tracker", "that are sound"), ("from nothing", "that were emptied")):
        yield ratio(
            f"{what} {told}, an event",
            f"eventsourcing, {store.title}",
            each,
            "faster",
            60,
            sides=(side, "eventsourcing"),
        )


def _emptied(url: str) -> None:
    """Take all rows out of the read tables."""
    word = "TRUNCATE" if raw.is_postgresql(url) else "DELETE FROM"
    with raw.connect(url) as connection:
        for table in READ_TABLES:
            connection.execute(f"{word} {table.name}")
        connection.commit()


@frozen
class _Bare:
    """The statements of a rebuild, on the driver."""

    url: str
    statements: list[Statement]

    def run(self) -> None:
        """Run them all."""
        with self._connected() as connection:
            statements.run_all(connection.cursor(), self.statements)

    def counts(self) -> dict[str, int]:
        """Run them all, and count the rows of each table that they made, or found standing."""
        is_sqlite = not raw.is_postgresql(self.url)
        counting = versions.counting(is_sqlite=is_sqlite, are_some_apart=False)
        looked = set(counting if is_sqlite else map(for_psycopg, counting))
        found: Counter[str] = Counter()
        with self._connected() as connection:
            cursor = connection.cursor()
            for statement in self.statements:
                answer = statement.run(cursor)
                if statement.sql in looked and answer is not None:
                    ((occurred, planned, standing, _),) = answer
                    assert standing == occurred + planned, "something is not where it should be"
                    found.update(fact_versions=occurred, plan_versions=planned)
            for table in READ_TABLES:
                cursor.execute(f"SELECT count(*) FROM rebuilt_{table.name}")
                found[table.name] += int(cursor.fetchone()[0])
        return dict(found)

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        with raw.connect(self.url) as connection:
            if raw.is_postgresql(self.url):
                connection.autocommit = False
            yield connection


def _standing(url: str, position: int) -> list[tuple[Any, ...]]:
    """What stood at *position*, in the columns of the peer's table."""
    columns = "f.fact, f.initiative, {}, f.type, f.lo, f.hi"
    parts = (
        f"SELECT {columns.format(repr(mode))} FROM {table} f"
        f" WHERE f.k_from <= {position} AND f.k_to > {position}"
        for table, mode in (("fact_versions", "occurred"), ("plan_versions", "planned"))
    )
    with raw.connect(url) as connection:
        cursor = connection.cursor()
        cursor.execute(" UNION ALL ".join(parts) + " ORDER BY 1")
        return [
            (fact, str(peer.Initiative.create_id(slug)), *rest)
            for fact, slug, *rest in cursor.fetchall()
        ]
