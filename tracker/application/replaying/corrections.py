"""What a batch of events changed, and what its withdrawals and erasures are about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from attrs import define
from sqlalchemy.engine import Connection

from tracker.application.replaying.courses import Course
from tracker.application.replaying.streams import BATCH, COLUMNS, narrowed
from tracker.domain.facts import FactVersion
from tracker.domain.viewpoint import OPEN
from tracker.projections import portfolio
from tracker.projections.batches import batches
from tracker.store.schema import events, fact_versions

Row = Any
"""A row of ``events``."""


_facts = fact_versions.c
_IS_CLOSED = sa.text(f"k_to < {OPEN}")
"""The condition of the index of closed rows, which is used only where it is repeated."""


@define
class Changes:
    """How the sure developments change over a part of the log, by position.

    When a development is withdrawn, an earlier one may decide again. So all developments of an
    initiative with corrections in this part are here; of the others, only those that are new.
    """

    opened: dict[int, list[FactVersion]]
    closed: dict[int, list[int]]
    standing: dict[str, dict[int, FactVersion]]

    @classmethod
    def between(
        cls,
        connection: Connection,
        first: int,
        last: int,
        only: frozenset[str] | None,
        as_of: date,
    ) -> Changes:
        """The changes at the positions from *first* to *last*, none of them an adoption."""
        sure = (_facts.hi <= as_of.isoformat(), *narrowed(_facts.initiative, only))
        opened: dict[int, list[FactVersion]] = {}
        query = sa.select(*COLUMNS).where(_facts.k_from.between(first, last), *sure)
        for row in connection.execute(query):
            fact = portfolio.fact_version(row)
            opened.setdefault(fact.k_from, []).append(fact)
        closed: dict[int, list[int]] = {}
        corrected: set[str] = set()
        ended = sa.select(_facts.initiative, _facts.fact, _facts.k_to)
        for slug, fact_, k_to in connection.execute(
            ended.where(_IS_CLOSED, _facts.k_to.between(first, last), *sure)
        ):
            closed.setdefault(k_to, []).append(fact_)
            corrected.add(slug)
        standing: dict[str, dict[int, FactVersion]] = {slug: {} for slug in corrected}
        for slugs in batches(sorted(corrected), BATCH):
            query = sa.select(*COLUMNS).where(
                _facts.initiative.in_(slugs), _facts.k_from < first, _facts.k_to >= first, *sure
            )
            for row in connection.execute(query):
                fact = portfolio.fact_version(row)
                standing[fact.initiative][fact.fact] = fact
        return cls(opened, closed, standing)

    def apply(self, position: int, slug: str, course: Course) -> None:
        """Apply the change of the event at *position* to *course*."""
        opened, closed = self.opened.get(position, ()), self.closed.get(position, ())
        standing = self.standing.get(slug)
        if standing is None:
            for fact in opened:
                course.take(fact)
            return
        for gone in closed:
            standing.pop(gone, None)
        for fact in opened:
            standing[fact.fact] = fact
        if closed:
            course.take_anew(standing.values())
        else:
            for fact in opened:
                course.take(fact)


_SILENT = ("withdrawn", "text-erased")
"""The kinds of event that are about a fact and do not say its type and date themselves."""


@define
class Said:
    """The facts that a batch of events is about: withdrawals and erasures do not describe them."""

    connection: Connection
    rows: Sequence[Row]
    _said: dict[int, Row] | None = None

    def of(self, row: Row) -> tuple[str | None, str | None, str | None]:
        """The type, the date and the mode of the fact that the event of *row* is about."""
        if row.kind in _SILENT:
            row = self._last_said[row.position]
        return row.type, None if row.edtf == "../.." else row.edtf, row.mode

    @property
    def _last_said(self) -> dict[int, Row]:
        """Return, by position of a withdrawal or erasure, the last account of its fact."""
        if self._said is None:
            self._said = {}
            silent = [row for row in self.rows if row.kind in _SILENT]
            for part in batches(silent, BATCH):
                self._look_up(part)
        return self._said

    def _look_up(self, silent: Sequence[Row]) -> None:
        facts = [row.fact for row in silent]
        columns = events.c
        query = sa.select(
            columns.fact, columns.position, columns.type, columns.edtf, columns.mode
        ).order_by(columns.position)
        # Two questions, as two indexes answer them: how facts began, and how they were corrected.
        began = query.where(columns.position.in_(facts))
        corrected = columns.kind.in_(["amended", "withdrawn"])
        amended = query.where(columns.fact.in_(facts), corrected, columns.kind == "amended")
        found: dict[int, list[Row]] = {}
        for row in (*self.connection.execute(began), *self.connection.execute(amended)):
            found.setdefault(row.fact, []).append(row)
        for row in silent:
            earlier = [said for said in found[row.fact] if said.position < row.position]
            if self._said is not None:
                self._said[row.position] = earlier[-1]
