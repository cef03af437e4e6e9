"""The read tables made from zero, in sets, beside those that answer.

Three passes over the log. The first gives the profiles, lifecycles and links, which are few, to the
:class:`Projector`. The second makes the versions of all plain facts by ``INSERT … SELECT``: a
version lasts until the next of its fact, cut where the effect of its type changes. What is
*tangled*, the initiatives with an explicit order within a day or a lifecycle that was exchanged for
another, goes through the Projector in a third.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import sqlalchemy as sa
from attrs import evolve, field, mutable
from sqlalchemy.engine import Connection

from tracker.domain.facts import RANK_BITS
from tracker.domain.viewpoint import OPEN
from tracker.errors import Damaged, Unavailable
from tracker.projections.projector import Projector
from tracker.projections.tables import ReadTables, beside
from tracker.store import schema
from tracker.store.codec import KINDS
from tracker.store.event_log import Row
from tracker.store.schema import events
from tracker.store.upcasters import SCHEMA, upcast

PASS = 20_000
"""How many events one statement works on: enough to be fast, and little enough to stream."""
BATCH = 2000
"""How many rows wait in memory for the Projector."""

Progress = Callable[[int, int], None]
"""(events done, events in all)"""

_FACT_KINDS = ("recorded", "amended", "withdrawn")
# Of a body the Projector reads only what it must; the hash is never asked for.
_COLUMNS = [column for column in events.columns if column.name != "leaf"]


@mutable
class FromZero:
    """Read tables, made beside the live ones from the first *position* events of the log.

    *step* opens the transaction of each step: its own, so that a long rebuild holds no old state of
    the database open; or none, inside a transaction that must stay whole.
    """

    connection: Connection
    step: Callable[[], AbstractContextManager[object]] = nullcontext
    progress: Progress | None = None
    position: int = 0
    tables: ReadTables = field(init=False)

    def fill(self, position: int) -> None:
        """Make every table from the first *position* events."""
        with self.step():
            self.tables = beside(self.connection)
            _temporary(self.connection, _TANGLED)
            _temporary(self.connection, _TILED)
        for start, end in _spans(0, position, PASS):
            with self.step():
                self._project_few(start, end)
            self._tell(end // 2, position)
        with self.step():
            self._prepare()
        for start, end in _spans(0, position, PASS):
            with self.step():
                self._insert_versions(start, end, position)
            self._tell((position + end) // 2, position)
        self._project_tangled(position)
        self.position = position

    def catch_up(self, position: int) -> None:
        """Take what was appended since, up to *position*, event by event."""
        projector = Projector(self.connection, self.tables)
        for start, end in _spans(self.position, position, BATCH):
            self._check_known(start, end)
            projector.apply(_rows(self.connection, start, end))
        self.position = position

    def _project_few(self, start: int, end: int) -> None:
        self._check_known(start, end)
        for low, high in _spans(start, end, PASS):
            rows = _rows(self.connection, low, high, events.c.kind.not_in(_FACT_KINDS))
            for at in range(0, len(rows), BATCH):
                Projector(self.connection, self.tables).apply(rows[at : at + BATCH])
        self.connection.execute(_ORDERED, {"start": start, "end": end})

    def _check_known(self, start: int, end: int) -> None:
        """Stop at what this program does not know: it never skips, and it never guesses."""
        known = sa.and_(events.c.kind.in_(KINDS), events.c.schema.between(1, SCHEMA))
        query = (
            sa.select(events.c.kind, events.c.schema)
            .where(events.c.position > start, events.c.position <= end, sa.not_(known))
            .order_by(events.c.position)
            .limit(1)
        )
        found = self.connection.execute(query).first()
        if found is None:
            return
        upcast(found.kind, found.schema, {})
        message = (
            f"the log holds an event of kind {found.kind!r}, which this tracker does not know; "
            "install a newer tracker"
        )
        raise Unavailable(message)

    def _prepare(self) -> None:
        self.connection.execute(_SWITCHED)
        effects = self.tables.lifecycle_effects
        query = sa.select(effects).order_by(effects.c.lifecycle, effects.c.type, effects.c.k_from)
        rows = [dict(row) for row in self.connection.execute(query).mappings()]
        tiles = list(_tiled(rows))
        if tiles:
            self.connection.execute(sa.insert(_TILED), tiles)
        if self.connection.dialect.name == "postgresql":
            for table in (self.tables.initiatives, _TANGLED, _TILED):
                self.connection.exec_driver_sql(f"ANALYZE {table.name}")

    def _insert_versions(self, start: int, end: int, position: int) -> None:
        span = {"start": start, "end": end}
        bad = self.connection.execute(_UNPLACED, {**span, "open": OPEN}).scalar()
        if bad is not None:
            message = (
                f"event @{bad} belongs to no fact or initiative before it, so the read tables "
                "cannot be made; see: tracker verify"
            )
            raise Damaged(message)
        parameters = {**span, "position": position, "open": OPEN}
        self.connection.execute(_FACTS, {**parameters, "mode": "occurred", "bits": RANK_BITS})
        self.connection.execute(_PLANS, {**parameters, "mode": "planned"})

    def _project_tangled(self, position: int) -> None:
        """Replay what is tangled, with profiles and lifecycles of its own as they went along."""
        with self.step():
            if self.connection.execute(sa.select(_TANGLED).limit(1)).first() is None:
                return
            tables = beside(self.connection, "replayed")
        tables = evolve(
            tables,
            fact_versions=self.tables.fact_versions,
            plan_versions=self.tables.plan_versions,
        )
        theirs = sa.or_(
            events.c.initiative.in_(sa.select(_TANGLED.c.initiative)),
            events.c.kind == "lifecycle-adopted",
        )
        for start, end in _spans(0, position, PASS):
            with self.step():
                rows = _rows(self.connection, start, end, theirs)
                for at in range(0, len(rows), BATCH):
                    Projector(self.connection, tables).apply(rows[at : at + BATCH])

    def _tell(self, done: int, total: int) -> None:
        if self.progress is not None:
            self.progress(done, total)


def forget(connection: Connection) -> None:
    """Drop what a rebuild left on *connection*, which others may use after it."""
    names = [f"{prefix}_{t.name}" for prefix in ("rebuilt", "replayed") for t in schema.READ_TABLES]
    for name in (*names, _TANGLED.name, _TILED.name):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")


def _spans(start: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """``(start, end]`` in pieces."""
    for low in range(start, end, size):
        yield low, min(low + size, end)


def _rows(
    connection: Connection, start: int, end: int, *where: sa.ColumnElement[bool]
) -> list[Row]:
    query = sa.select(*_COLUMNS).where(events.c.position > start, events.c.position <= end, *where)
    query = query.order_by(events.c.position)
    return [dict(row) for row in connection.execute(query).mappings()]


def _tiled(effects: list[Row]) -> Iterator[Row]:
    """*effects* of each type with ``unknown`` in the gaps, so that they cover all positions."""
    end: dict[tuple[str, str], int] = {}
    for row in effects:
        key = row["lifecycle"], row["type"]
        if row["k_from"] > end.get(key, 0):
            yield _unknown(key, end.get(key, 0), row["k_from"])
        yield row
        end[key] = row["k_to"]
    for key, last in end.items():
        if last < OPEN:
            yield _unknown(key, last, OPEN)


def _unknown(key: tuple[str, str], start: int, end: int) -> Row:
    tile = {"lifecycle": key[0], "type": key[1], "k_from": start, "k_to": end}
    return {**tile, "effect": "unknown", "phase": None, "outcome": None}


def _temporary(connection: Connection, table: sa.Table) -> None:
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table.name}")
    table.create(connection)


_beside = sa.MetaData()
_TANGLED = sa.Table(
    "rebuilt_tangled",
    _beside,
    sa.Column("initiative", schema.Word, primary_key=True),
    prefixes=["TEMPORARY"],
)
_TILED = sa.Table(
    "rebuilt_tiled",
    _beside,
    *(
        sa.Column(c.name, c.type, primary_key=c.primary_key, nullable=c.nullable)
        for c in schema.lifecycle_effects.columns
    ),
    prefixes=["TEMPORARY"],
)


_COPIED = (
    "e.initiative, e.type, e.fact, e.edtf, e.lo, e.hi, e.fulfils, e.after_fact, e.contradicts,"
    " e.source, e.unconfirmed, e.position"
)
# The versions of the facts that began in a span, each with where the next one takes its place. The
# corrections, which may lie anywhere up to the end, have an index of their own; they are few, and
# nothing but them is sorted by its fact. A withdrawal does not say whether it is of a development
# or a plan, and is no version.
_VERSIONS = """
    WITH corrections AS (
        SELECT {columns}, e.mode, e.version,
               lead(e.position) OVER (PARTITION BY e.fact ORDER BY e.position) AS next
        FROM events e
        WHERE e.kind IN ('amended', 'withdrawn') AND e.fact > :start AND e.fact <= :end
          AND e.position <= :position
    ), corrected AS (
        SELECT fact, min(position) AS next FROM corrections GROUP BY fact
    ), versions AS (
        SELECT {columns}, e.version AS number, coalesce(c.next, :open) AS next
        FROM events e LEFT JOIN corrected c ON c.fact = e.fact
        WHERE e.kind = 'recorded' AND e.mode = :mode AND e.position > :start AND e.position <= :end
        UNION ALL
        SELECT {columns}, coalesce(r.version, e.version), coalesce(e.next, :open)
        FROM corrections e LEFT JOIN events r ON r.position = e.fact
        WHERE e.mode = :mode
    )
""".replace("{columns}", _COPIED)
_PLAIN = "NOT EXISTS (SELECT 1 FROM rebuilt_tangled t WHERE t.initiative = v.initiative)"


def _text(statement: str) -> Any:
    return sa.text(statement.replace("{versions}", _VERSIONS).replace("{plain}", _PLAIN))


_ORDERED = _text("""
    INSERT INTO rebuilt_tangled (initiative)
    SELECT DISTINCT e.initiative FROM events e
    WHERE e.after_fact IS NOT NULL AND e.position > :start AND e.position <= :end
      AND NOT EXISTS (SELECT 1 FROM rebuilt_tangled t WHERE t.initiative = e.initiative)
""")

_SWITCHED = _text("""
    INSERT INTO rebuilt_tangled (initiative)
    SELECT i.initiative FROM rebuilt_initiatives i
    WHERE NOT EXISTS (SELECT 1 FROM rebuilt_tangled t WHERE t.initiative = i.initiative)
    GROUP BY i.initiative HAVING count(DISTINCT i.lifecycle) > 1
""")

# What the statements below would pass over in silence.
_UNPLACED = _text("""
    SELECT e.position FROM events e
    LEFT JOIN rebuilt_initiatives i ON i.initiative = e.initiative AND i.k_to = :open
    WHERE e.position > :start AND e.position <= :end
      AND e.kind IN ('recorded', 'amended', 'withdrawn')
      AND (i.initiative IS NULL OR e.fact IS NULL OR e.fact > e.position
           OR (e.kind <> 'withdrawn' AND (e.mode IS NULL OR e.type IS NULL)))
    ORDER BY e.position LIMIT 1
""")

_FACTS = _text("""
    INSERT INTO rebuilt_fact_versions (
        initiative, hi, lo, rank, fact, k_from, k_to, position, number, type, effect, phase,
        outcome, edtf, fulfils, after_fact, contradicts, source, unconfirmed)
    {versions}
    SELECT v.initiative, v.hi, v.lo, v.fact << :bits, v.fact,
           CASE WHEN t.k_from > v.position THEN t.k_from ELSE v.position END,
           CASE WHEN t.k_to < v.next THEN t.k_to ELSE v.next END,
           v.position, v.number, v.type, coalesce(t.effect, 'unknown'), t.phase,
           t.outcome, v.edtf, v.fulfils, v.after_fact, v.contradicts, v.source, v.unconfirmed
    FROM versions v
    JOIN rebuilt_initiatives i ON i.initiative = v.initiative AND i.k_to = :open
    LEFT JOIN rebuilt_tiled t ON t.lifecycle = i.lifecycle AND t.type = v.type
      AND t.k_from < v.next AND t.k_to > v.position
    WHERE {plain}
""")

_PLANS = _text("""
    INSERT INTO rebuilt_plan_versions (
        initiative, fact, k_from, k_to, position, number, lo, hi, type, edtf)
    {versions}
    SELECT v.initiative, v.fact, v.position, v.next, v.position, v.number, v.lo, v.hi, v.type,
           v.edtf
    FROM versions v WHERE {plain}
""")
