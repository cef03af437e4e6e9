"""The rows of the read tables that a replay needs, in parts and as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tracker.application.replaying.courses import Course
from tracker.domain.facts import FactVersion
from tracker.domain.viewpoint import Viewpoint
from tracker.projections import portfolio
from tracker.store.schema import fact_versions
from tracker.store.schema import initiatives as profiles

BATCH = 500
"""How many steps are completed, or initiatives looked up, at once."""

_facts = fact_versions.c
COLUMNS = tuple(_facts[name] for name in portfolio.FACT_COLUMNS)
"""What :func:`tracker.projections.portfolio.fact_version` reads."""

_TOLD: tuple[sa.ColumnElement[Any], ...] = (
    _facts.initiative, sa.literal_column("0"), _facts.fact, _facts.position, _facts.lo, _facts.hi,
    _facts.rank, _facts.type, _facts.effect, _facts.phase, _facts.outcome, _facts.edtf,
)  # fmt: skip
"""The columns of a development that a story along the world's axis needs."""
_UNTOLD = (None, None, None, None, 0, 0, 0)
"""Values for the other columns: references, source and knowledge interval."""


def courses_at(
    connection: Connection, at: Viewpoint, only: frozenset[str] | None
) -> dict[str, Course]:
    """Return a course for every initiative known at a viewpoint; retired ones only if named."""
    definitions = portfolio.definitions(connection, at.position)
    columns = profiles.c
    query = sa.select(columns.initiative, columns.lifecycle, columns.retired).where(
        columns.k_from <= at.position, columns.k_to > at.position
    )
    return {
        slug: Course(definitions[lifecycle])
        for slug, lifecycle, retired in connection.execute(query)
        if (slug in only if only is not None else not retired)
    }


def in_order(
    connection: Connection, at: Viewpoint, only: frozenset[str] | None
) -> Iterator[FactVersion]:
    """The developments that are sure at a viewpoint, in the one order that decides."""
    query = (
        sa.select(*_TOLD)
        .where(_facts.hi <= at.as_of.isoformat(), *narrowed(_facts.initiative, only))
        .where(_facts.k_from <= at.position, _facts.k_to > at.position)
        .order_by(_facts.hi, _facts.lo, _facts.rank, _facts.fact)
    )
    return _streamed(connection, query)


def _streamed(connection: Connection, query: sa.Select[Any]) -> Iterator[FactVersion]:
    options = {"yield_per": 2000}
    # Up to three developments of each initiative stay in memory: equal words are stored once.
    words: dict[Any, Any] = {}
    kept = words.setdefault
    for slug, *numbers, kind, effect, phase, outcome, on in connection.execute(
        query, execution_options=options
    ):
        said = (kept(each, each) for each in (kind, effect, phase, outcome, on))
        yield portfolio.fact_version((kept(slug, slug), *numbers, *said, *_UNTOLD))


def narrowed(
    column: sa.ColumnElement[Any], only: frozenset[str] | None
) -> tuple[sa.ColumnElement[bool], ...]:
    """Narrow a query to *only*, where they are few enough to be named in it."""
    return (column.in_(sorted(only)),) if only is not None and len(only) <= BATCH else ()
