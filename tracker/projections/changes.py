"""Change between two viewpoints, from the read tables.

Only the initiatives to which something may have happened are asked about: those with a day or a
position between the viewpoints, and those that may have fallen dormant meanwhile. What has changed,
and why, is then decided by :mod:`tracker.domain.changes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from tracker.domain.changes import Answer, Change, Turns, change_of, dated, is_backwards, reverse
from tracker.domain.dates import add_months
from tracker.domain.viewpoint import OPEN, Viewpoint
from tracker.projections.portfolio import Standing, developments, lifecycle_from, status_of_all
from tracker.store.schema import events, fact_versions, initiatives, lifecycle_versions

_BATCH = 500
_WORTH_A_PORTFOLIO = 10
"""Asking about every tenth initiative costs as much as asking about all."""


def diff(
    connection: Connection, v1: Viewpoint, v2: Viewpoint, only: Sequence[str] | None = None
) -> list[Change]:
    """Every initiative whose status differs between *v1* and *v2*, by slug, with the causes.

    *only* narrows it to the initiatives named. Equal to :func:`tracker.domain.changes.diff` on the
    whole log, to the last cause.
    """
    if is_backwards(v1, v2):
        return [reverse(change) for change in diff(connection, v2, v1, only)]
    if (v1.as_of, v1.position) == (v2.as_of, v2.position):
        return []
    asked = _asked(connection, v1, v2, only)
    before, after = (
        {s.initiative: s for s in status_of_all(connection, at, asked) if s.retired is None}
        for at in (v1, v2)
    )
    changed = [
        slug
        for slug in sorted(before.keys() | after.keys())
        if _compared(before.get(slug)) != _compared(after.get(slug))
    ]
    lives = _lives(connection, v2.position, changed)
    earlier = _answers(connection, v1, changed, before, lives)
    later = _answers(connection, v2, changed, after, lives)
    withdrawn = _withdrawn(connection, v2.position, changed)
    found = (
        change_of(slug, earlier.get(slug), later.get(slug), lives[slug].turns(withdrawn[slug]))
        for slug in changed
    )
    return _dated(connection, [change for change in found if change is not None])


def _compared(standing: Standing | None) -> tuple[object, ...] | None:
    return None if standing is None else standing.status.compared


# -- which initiatives -----------------------------------------------------------------------------


def _asked(
    connection: Connection, v1: Viewpoint, v2: Viewpoint, only: Sequence[str] | None
) -> Sequence[str] | None:
    """The initiatives to ask about; None for all of them."""
    touched: set[str] = set()
    for query in (*_moved(v1, v2), *_reclassified(v1, v2), *_due(connection, v1, v2)):
        touched.update(connection.scalars(query))
    if only is not None:
        return sorted(touched & set(only))
    listed = sa.select(sa.func.count()).select_from(initiatives)
    listed = listed.where(initiatives.c.k_from <= v2.position, initiatives.c.k_to > v2.position)
    total = connection.execute(listed).scalar_one()
    return None if len(touched) * _WORTH_A_PORTFOLIO > total else sorted(touched)


def _moved(v1: Viewpoint, v2: Viewpoint) -> Iterator[sa.Select[tuple[str]]]:
    """Those with a development or a row of their own that begins or ends between the viewpoints."""
    for table in (fact_versions, initiatives):
        select = sa.select(table.c.initiative).distinct()
        yield select.where(table.c.k_from > v1.position, table.c.k_from <= v2.position)
        # The last condition is what lets the partial index answer.
        yield select.where(
            table.c.k_to > v1.position, table.c.k_to <= v2.position, _is_closed(table)
        )
    start, end = sorted((v1.as_of, v2.as_of))
    if start == end:
        return
    fact = fact_versions.c
    known = sa.and_(fact.k_from <= v2.position, fact.k_to > v1.position)
    select = sa.select(fact.initiative).distinct()
    # With the first of the two days: of two facts that may share it, one counts from the next on.
    yield select.where(fact.hi >= start.isoformat(), fact.hi <= end.isoformat(), known)
    yield select.where(
        fact.lo > start.isoformat(), fact.lo <= end.isoformat(), fact.lo != fact.hi, known
    )


def _is_closed(table: sa.Table) -> sa.ColumnElement[bool]:
    return table.c.k_to < sa.literal_column(str(OPEN))


def _reclassified(v1: Viewpoint, v2: Viewpoint) -> Iterator[sa.Select[tuple[str]]]:
    """Those whose lifecycle was adopted anew: other phases or another dormancy may be in force."""
    adopted = sa.select(lifecycle_versions.c.lifecycle).where(
        lifecycle_versions.c.k_from > v1.position, lifecycle_versions.c.k_from <= v2.position
    )
    if v1.position < v2.position:
        yield sa.select(initiatives.c.initiative).where(
            initiatives.c.k_from <= v2.position,
            initiatives.c.k_to > v2.position,
            initiatives.c.lifecycle.in_(adopted),
        )


def _due(connection: Connection, v1: Viewpoint, v2: Viewpoint) -> Iterator[sa.Select[tuple[str]]]:
    """Those of which nothing may have been heard for so long that dormancy began in between.

    Only they need be found here of whom nothing else has changed: their lifecycle is the same at
    both viewpoints, and so is the last of what had happened by the first of the two days.
    """
    start, end = sorted((v1.as_of, v2.as_of))
    if start == end:
        return
    in_force = sa.select(lifecycle_versions.c.lifecycle, lifecycle_versions.c.definition).where(
        lifecycle_versions.c.k_from <= v1.position, lifecycle_versions.c.k_to > v1.position
    )
    fact, later = fact_versions.c, fact_versions.alias().c
    known = sa.and_(fact.k_from <= v1.position, fact.k_to > v1.position)
    heard_later = sa.exists().where(
        later.initiative == fact.initiative,
        later.hi > fact.hi,
        later.hi <= start.isoformat(),
        later.k_from <= v1.position,
        later.k_to > v1.position,
    )
    theirs = sa.and_(
        initiatives.c.initiative == fact.initiative,
        initiatives.c.k_from <= v1.position,
        initiatives.c.k_to > v1.position,
    )
    for name, definition in connection.execute(in_force).all():
        months = lifecycle_from(definition).dormant_after
        if months is None:
            continue
        first, last = _heard_between(start, end, months)
        yield (
            sa.select(fact.initiative)
            .distinct()
            .join_from(fact_versions, initiatives, theirs)
            .where(initiatives.c.lifecycle == name, known, ~heard_later)
            .where(fact.hi >= first.isoformat(), fact.hi <= last.isoformat())
        )


def _heard_between(start: date, end: date, months: int) -> tuple[date, date]:
    """The days from which dormancy after *months* can begin after *start* and by *end*.

    Months are clamped to their end, so that up to four days lead to one.
    """
    last = add_months(end, -months)
    return add_months(start, -months), min(last, date.max - timedelta(days=3)) + timedelta(days=3)


# -- why -------------------------------------------------------------------------------------------


@frozen
class _Life:
    """The rows of one initiative, in order: (position, lifecycle, whether it is retired)."""

    rows: tuple[tuple[int, str, bool], ...]

    def turns(self, withdrawn: Mapping[int, int]) -> Turns:
        """What the causes ask of it."""
        retired = next((position for position, _, is_retired in self.rows if is_retired), None)
        return Turns(self.rows[0][0], retired, withdrawn)

    def given_at(self, position: int) -> int:
        """Where it got the lifecycle that it has at *position*."""
        given, name = 0, None
        for begins, lifecycle, _ in self.rows:
            if begins <= position and lifecycle != name:
                given, name = begins, lifecycle
        return given


def _lives(connection: Connection, position: int, slugs: Sequence[str]) -> dict[str, _Life]:
    table = initiatives.c
    query = sa.select(table.initiative, table.k_from, table.lifecycle, table.retired)
    query = query.where(table.k_from <= position).order_by(table.initiative, table.k_from)
    rows: dict[str, list[tuple[int, str, bool]]] = {}
    for slug, begins, lifecycle, retired in _of(connection, query, table.initiative, slugs):
        rows.setdefault(slug, []).append((begins, lifecycle, bool(retired)))
    return {slug: _Life(tuple(theirs)) for slug, theirs in rows.items()}


def _answers(
    connection: Connection,
    at: Viewpoint,
    slugs: Sequence[str],
    standings: Mapping[str, Standing],
    lives: Mapping[str, _Life],
) -> dict[str, Answer]:
    """What the causes are worked out from."""
    versions = lifecycle_versions.c
    query = sa.select(versions.lifecycle, versions.k_from)
    query = query.where(versions.k_from <= at.position, versions.k_to > at.position)
    adopted = {row.lifecycle: row.k_from for row in connection.execute(query)}
    facts = developments(connection, at.position, slugs)
    return {
        slug: Answer(
            as_of=at.as_of,
            position=at.position,
            lifecycle=standings[slug].lifecycle,
            in_force_since=max(
                lives[slug].given_at(at.position), adopted[standings[slug].profile.lifecycle]
            ),
            developments=tuple(facts.get(slug, ())),
            status=standings[slug].status,
        )
        for slug in slugs
        if slug in standings
    }


def _withdrawn(
    connection: Connection, position: int, slugs: Sequence[str]
) -> dict[str, dict[int, int]]:
    """The last position up to *position* at which a row of each fact ended."""
    table = fact_versions.c
    query = sa.select(table.initiative, table.fact, sa.func.max(table.k_to))
    query = query.where(table.k_to <= position).group_by(table.initiative, table.fact)
    found: dict[str, dict[int, int]] = {slug: {} for slug in slugs}
    for slug, fact, ended in _of(connection, query, table.initiative, slugs):
        found[slug][fact] = ended
    return found


def _dated(connection: Connection, changes: Sequence[Change]) -> list[Change]:
    """*changes* with the instants at which the events behind their causes were recorded."""
    wanted = {c.position for change in changes for c in change.causes if c.position is not None}
    query = sa.select(events.c.position, events.c.recorded_at)
    rows = _of(connection, query, events.c.position, sorted(wanted))
    recorded_at = {position: datetime.fromisoformat(text) for position, text in rows}
    return [dated(change, recorded_at) for change in changes]


def _of(
    connection: Connection,
    query: sa.Select[Any],
    column: sa.ColumnElement[Any],
    values: Sequence[Any],
) -> Iterator[Sequence[Any]]:
    """The rows of *query* whose *column* is one of many *values*."""
    for start in range(0, len(values), _BATCH):
        part = values[start : start + _BATCH]
        yield from connection.execute(query.where(column.in_(part)))
