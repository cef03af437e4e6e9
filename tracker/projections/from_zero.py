"""What the read tables should hold, worked out from the whole log beside the live ones.

An initiative is *plain* where all its rows can be computed in SQL. It is *tangled* where one of its
facts has an `after` order, or its lifecycle was exchanged for another; it is then replayed event by
event. It is *apart* where its rows are rebuilt in temporary tables, because one of them was missing
or wrong, or because it is tangled. The log is passed over three times:

1. Profiles, lifecycles and links are made in temporary tables.
2. Tangled initiatives are set apart, and replayed through the :class:`Projector`.
3. For every version of a plain fact, its row is looked up in the live tables. Where one is not
   found, its initiative is set apart, and the rows of that initiative are made in SQL. If there are
   no live rows at all, or many are missing, all initiatives are set apart.

An append meanwhile changes no row of an initiative unless it names it, or adopts its lifecycle
anew. So to catch up, the initiatives that it does change are set apart as they were, and the new
events are applied to them. For what is not apart, every row that the log gives is then known to be
in the live tables; whether they hold any others is found by counting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

import sqlalchemy as sa
from attrs import evolve, field, mutable
from sqlalchemy.engine import Connection

from tracker.domain.events import InitiativeRegistered, LifecycleAdopted
from tracker.domain.facts import RANK_BITS
from tracker.domain.viewpoint import OPEN
from tracker.projections import apart, versions
from tracker.projections.batches import batches
from tracker.projections.projector import Projector, profile_row
from tracker.projections.survey import Survey, check_placed
from tracker.projections.tables import LIVE, ReadTables, beside
from tracker.store import schema
from tracker.store.decoding import what_quickly
from tracker.store.driver import beneath
from tracker.store.event_log import Row
from tracker.store.reading import rows
from tracker.store.schema import events

PASS = 20_000
"""How many events one statement works on: enough to be fast, and little enough to stream."""
SPANS = 8
"""In how many parts at most the live rows are looked up on PostgreSQL."""
BATCH = 2000
"""How many rows wait in memory for the Projector."""
FEW = 1000
"""The events of up to so many initiatives are looked up one by one, not by reading all the log."""
MANY = 10
"""Where one row in so many is missing, the look-up ends, and all initiatives are set apart."""

Progress = Callable[[int, int], None]
"""(events done, events in all)"""
Step = Callable[[], AbstractContextManager[object]]

_FACTS = (LIVE.fact_versions.name, LIVE.plan_versions.name)
_PROFILE = [column.name for column in schema.initiatives.columns]
# Of a body the Projector reads only what it must; the hash is never asked for.
_COLUMNS = [column for column in events.columns if column.name != "leaf"]


@mutable
class FromZero:
    """The rows that the first *position* events of the log give the read tables.

    *step* opens the transaction of each step: its own, so that a long rebuild holds no old state of
    the database open; or none, inside a transaction that must stay whole. *outside* counts, by
    table, the rows of initiatives that are not apart. *is_all_beside* is set where all are.
    """

    connection: Connection
    step: Step = nullcontext
    progress: Progress | None = None
    position: int = 0
    tables: ReadTables = field(init=False)
    outside: Counter[str] = field(factory=Counter)
    is_all_beside: bool = False
    _told: int = 0
    _are_some_apart: bool = True

    def fill(self, position: int) -> None:
        """Take the first *position* events."""
        self.position = position
        with self.step():
            self.tables = beside(self.connection)
            apart.begin(self.connection)
        for start, end in _spans(0, position, PASS):
            with self.step():
                self._project_few(start, end)
            self._tell(end // 2)
        with self.step():
            self._prepare()
            is_empty = self._is_empty()
            self._are_some_apart = self._count(f"SELECT count(*) FROM {apart.APART.name}") > 0
        if self._are_some_apart:
            self._project_tangled()
        if is_empty or not self._find_differing():
            self._make_all(self.step)
        else:
            self._make(self.step)
        self._tell(position)

    def catch_up(self, position: int) -> None:
        """Take what was appended since, up to *position*, event by event."""
        if position == self.position:
            return
        self._set_touched_apart(position)
        self._make(nullcontext)
        projector = self._projector(self.tables)
        for start, end in _spans(self.position, position, BATCH):
            projector.apply(_events(self.connection, start, end))
        self.position = position

    def _set_touched_apart(self, position: int) -> None:
        """Put into ``rebuilt_next`` the initiatives that the events up to *position* may change.

        They are those that are named, and those whose lifecycle is adopted anew.
        """
        self.connection.execute(apart.TOUCHED, {"start": self.position, "end": position})
        for start, end in _spans(self.position, position, BATCH):
            for row in Survey.of(self.connection, start, end).rare:
                what = what_quickly(row["body"])
                if isinstance(what, LifecycleAdopted):
                    followed = {"lifecycle": what.name, "open": OPEN}
                    self.connection.execute(apart.FOLLOWING, followed)

    def is_whole_outside(self) -> bool:
        """Whether initiatives that are not apart have as many live rows as the log gives them."""
        return self.is_all_beside or all(
            self._count(apart.outside(table)) == self.outside[table] for table in _FACTS
        )

    def compared(self, live: sa.Table) -> str:
        """Return the SQL condition for the rows of *live* that are to be compared."""
        is_part = live.name in _FACTS and not self.is_all_beside
        return apart.IS_APART if is_part else "1 = 1"

    def make_all(self) -> None:
        """Set apart the initiatives that are not apart yet, too."""
        self._make_all(nullcontext)

    def _project_few(self, start: int, end: int) -> None:
        """Project profiles, lifecycles and links; set apart initiatives with an explicit order."""
        found = Survey.of(self.connection, start, end)
        apart.add(self.connection, found.ordered)
        self._project(self._register(found.rare), self.tables)

    def _register(self, found: list[Row]) -> list[Row]:
        """Write the rows of the initiatives that *found* registers, and return the other events.

        Nearly all of *found* are registrations. The others may wait, since the registration is
        always the first event of an initiative.
        """
        profiles: list[Row] = []
        rest: list[Row] = []
        for row in found:
            what = what_quickly(row["body"])
            if isinstance(what, InitiativeRegistered) and row["version"] == 1:
                profile = profile_row(row["initiative"], what.profile)
                profile["k_from"], profile["k_to"] = row["position"], OPEN
                profiles.append(profile)
            else:
                rest.append(row)
        if profiles:
            beneath(self.connection).write(self.tables.initiatives.name, _PROFILE, profiles)
        return rest

    def _prepare(self) -> None:
        """Set apart initiatives that exchanged lifecycles, and let effects cover all positions."""
        self.connection.execute(apart.SWITCHED)
        if self.connection.execute(apart.NOBODYS, {"open": OPEN}).first() is not None:
            check_placed(self.connection, 0, self.position)
        apart.tile(self.connection, self.tables.lifecycle_effects)
        self._analyze(self.tables.initiatives, apart.APART, apart.TILED)

    def _analyze(self, *tables: sa.Table) -> None:
        """Let the planner of PostgreSQL know how many rows are in *tables*."""
        if not self._is_sqlite:
            for table in tables:
                self.connection.exec_driver_sql(f"ANALYZE {table.name}")

    @property
    def _is_sqlite(self) -> bool:
        return self.connection.dialect.name == "sqlite"

    def _is_empty(self) -> bool:
        """Whether the live tables have no row of a fact at all, so that none need be looked up."""
        some = " OR ".join(f"EXISTS (SELECT 1 FROM {table})" for table in _FACTS)
        return not self._count(f"SELECT CASE WHEN {some} THEN 1 ELSE 0 END")

    def _find_differing(self) -> bool:
        """Look up every row of a plain fact; return False as soon as many are missing."""
        # PostgreSQL reads the live rows once for each span.
        size = PASS if self._is_sqlite else max(PASS, -(-self.position // SPANS))
        for start, end in _spans(0, self.position, size):
            with self.step():
                missing = self._find_missing(start, end)
            if missing * MANY > end - start:
                return False
            self._tell((self.position + end) // 2)
        return True

    def _find_missing(self, start: int, end: int) -> int:
        """Return how many rows of the facts that began in a span are missing or wrong.

        Their initiatives are put into ``rebuilt_next``.
        """
        given = self._given(start, end)
        counting = versions.counting(is_sqlite=self._is_sqlite, are_some_apart=self._are_some_apart)
        finding = versions.finding(is_sqlite=self._is_sqlite)
        missing = 0
        for count, find in zip(counting, finding, strict=True):
            ((occurred, planned, standing, unplaced),) = rows(self.connection, count, given)
            if unplaced:
                check_placed(self.connection, start, end)
            self.outside.update(dict(zip(_FACTS, (occurred, planned), strict=True)))
            if standing < occurred + planned:
                self.connection.execute(sa.text(find), given)
            missing += occurred + planned - standing
        return missing

    def _given(self, start: int, end: int) -> dict[str, int]:
        position = self.position
        return {"start": start, "end": end, "position": position, "open": OPEN, "bits": RANK_BITS}

    def _make_all(self, step: Step) -> None:
        for start, end in _spans(0, self.position, PASS):
            with step():
                check_placed(self.connection, start, end)
        with step():
            self.connection.execute(apart.ALL, {"open": OPEN})
        self._make(step)
        self.outside.clear()
        self.is_all_beside = True

    def _make(self, step: Step) -> None:
        """Make the rows of the initiatives in ``rebuilt_next``, which are apart from then on."""
        with step():
            count = self._count(f"SELECT count(*) FROM {apart.NEXT.name}")
            self._analyze(apart.NEXT)
        if not count:
            return
        few = count <= FEW
        for start, end in [(0, self.position)] if few else _spans(0, self.position, PASS):
            with step():
                self._insert(start, end, few=few)
            if not few and step is self.step:  # no progress is shown while the lock is held
                self._tell((self.position + end) // 2)
        with step():
            for statement in apart.MOVED:
                self.connection.exec_driver_sql(statement)

    def _insert(self, start: int, end: int, *, few: bool) -> None:
        for name, statement in versions.inserting(few=few):
            made = self.connection.execute(sa.text(statement), self._given(start, end))
            self.outside[name] -= made.rowcount

    def _project_tangled(self) -> None:
        """Replay the tangled initiatives, with their profiles and lifecycles at each event."""
        with self.step():
            tables = beside(self.connection, "replayed")
        tables = evolve(
            tables,
            fact_versions=self.tables.fact_versions,
            plan_versions=self.tables.plan_versions,
        )
        theirs = sa.or_(
            events.c.initiative.in_(sa.select(apart.APART.c.initiative)),
            events.c.kind == "lifecycle-adopted",
        )
        for start, end in _spans(0, self.position, PASS):
            with self.step():
                self._project(_events(self.connection, start, end, theirs), tables)

    def _project(self, found: list[Row], tables: ReadTables) -> None:
        for some in batches(found, BATCH):
            self._projector(tables).apply(some)

    def _projector(self, tables: ReadTables) -> Projector:
        return Projector(self.connection, tables, what=what_quickly)

    def _count(self, query: str) -> int:
        ((count,),) = rows(self.connection, query, {})
        return int(count)

    def _tell(self, done: int) -> None:
        # Where much differs, the look-up counts up first, and the making begins again below that.
        self._told = max(self._told, done)
        if self.progress is not None and self.position:
            self.progress(self._told, self.position)


def forget(connection: Connection) -> None:
    """Drop what a rebuild left on *connection*, which others may use after it."""
    names = [f"{prefix}_{t.name}" for prefix in ("rebuilt", "replayed") for t in schema.READ_TABLES]
    for name in (*names, *apart.NAMES):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")


def _spans(start: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """``(start, end]`` in pieces."""
    for low in range(start, end, size):
        yield low, min(low + size, end)


def _events(
    connection: Connection, start: int, end: int, *where: sa.ColumnElement[bool]
) -> list[Row]:
    query = sa.select(*_COLUMNS).where(events.c.position > start, events.c.position <= end, *where)
    query = query.order_by(events.c.position)
    return [dict(row) for row in connection.execute(query).mappings()]
