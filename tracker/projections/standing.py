"""The developments and plans that stand at a viewpoint, in batches: no more is in memory.

Facts come by initiative. Developments are in the one order that decides (section 5 of the
semantics), plans in the order in which they were first recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tracker.domain.facts import FactVersion, PlanVersion
from tracker.domain.viewpoint import Viewpoint
from tracker.projections.portfolio import FACT_COLUMNS, PLAN_COLUMNS, fact_version, plan_version
from tracker.store.schema import fact_versions, plan_versions

BATCH = 1000

_f = fact_versions.c
_FACT = tuple(_f[name] for name in FACT_COLUMNS)
_FACT_KEY = (_f.initiative, _f.hi, _f.lo, _f.rank, _f.fact)

_p = plan_versions.c
_PLAN = tuple(_p[name] for name in PLAN_COLUMNS)
_PLAN_KEY = (_p.initiative, _p.fact)


def developments(connection: Connection, at: Viewpoint) -> Iterator[list[FactVersion]]:
    """The developments known at *at* that may have happened by then, in batches."""
    query = sa.select(*_FACT).where(
        _f.k_from <= at.position, _f.k_to > at.position, _f.lo <= at.as_of.isoformat()
    )
    for rows in _batches(connection, query, _FACT_KEY):
        yield [fact_version(row) for row in rows]


def plans(connection: Connection, at: Viewpoint) -> Iterator[list[PlanVersion]]:
    """The plans that stand at *at*, fulfilled or not, in batches."""
    query = sa.select(*_PLAN).where(_p.k_from <= at.position, _p.k_to > at.position)
    for rows in _batches(connection, query, _PLAN_KEY):
        yield [plan_version(row) for row in rows]


def fulfilling(
    connection: Connection, at: Viewpoint, plans: Sequence[int]
) -> dict[int, list[FactVersion]]:
    """Plan → the developments known at *at* that link to it; *plans* are first positions."""
    query = sa.select(*_FACT).where(
        _f.fulfils.in_(plans), _f.k_from <= at.position, _f.k_to > at.position
    )
    found: dict[int, list[FactVersion]] = {}
    for row in connection.execute(query):
        fact = fact_version(row)
        found.setdefault(fact.fulfils or 0, []).append(fact)
    return found


def slippage(
    connection: Connection, at: Viewpoint, plans: Sequence[PlanVersion]
) -> dict[int, list[str]]:
    """Plan → the dates that it has had up to *at*, in EDTF, each new one once."""
    query = (
        sa.select(_p.fact, _p.edtf)
        .where(_p.initiative.in_({plan.initiative for plan in plans}))
        .where(_p.fact.in_([plan.fact for plan in plans]), _p.k_from <= at.position)
        .order_by(_p.initiative, _p.fact, _p.k_from)
    )
    found: dict[int, list[str]] = {}
    for fact, edtf in connection.execute(query):
        dates = found.setdefault(fact, [])
        if dates[-1:] != [edtf]:
            dates.append(edtf)
    return found


def _batches(
    connection: Connection, query: sa.Select[Any], key: Sequence[sa.ColumnElement[Any]]
) -> Iterator[Sequence[sa.Row[Any]]]:
    """Yield the rows of *query* by *key*, each batch read from where the one before it ended."""
    query = query.order_by(*key).limit(BATCH)
    names = [column.key or "" for column in key]
    beyond: tuple[sa.ColumnElement[bool], ...] = ()
    while rows := connection.execute(query.where(*beyond)).all():
        yield rows
        last = [getattr(rows[-1], name) for name in names]
        bound = [sa.literal(value, column.type) for value, column in zip(last, key, strict=True)]
        beyond = (sa.tuple_(*key) > sa.tuple_(*bound),)
