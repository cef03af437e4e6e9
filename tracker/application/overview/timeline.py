"""The timeline: the status of initiatives day by day, with marks for developments and plans."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from operator import itemgetter
from typing import Any, Literal

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from tracker.application.overview.shared import parts, phase_title, standings
from tracker.domain.facts import FactVersion, PlanVersion, packed
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.plans import plan_states
from tracker.domain.status import (
    ACTIVE,
    NOT_STARTED,
    OBSERVED,
    Status,
    first_dormant_day,
    status,
)
from tracker.domain.viewpoint import Viewpoint
from tracker.projections import portfolio
from tracker.store.schema import events

_DAY = timedelta(days=1)
_BLANK = (NOT_STARTED, ACTIVE, None, OBSERVED, True)
"""The status of a :class:`Stretch` before anything can have happened."""

MarkKind = Literal["development", "plan", "overdue", "fulfilled", "amended", "withdrawn"]


@frozen
class Stretch:
    """A time in one status, from *start* to *end*, both inclusive; without an end it lasts."""

    phase: str
    condition: str
    outcome: str | None
    basis: str
    is_certain: bool
    start: date
    end: date | None = None


@frozen
class Mark:
    """A development or a plan on the timeline, or an earlier version of one."""

    kind: MarkKind
    fact: str
    position: int
    type: str
    on: str
    lo: date
    hi: date
    instead: str | None = None


@frozen
class Course:
    """One initiative along time."""

    initiative: str
    title: str
    lifecycle: Lifecycle
    stretches: tuple[Stretch, ...]
    marks: tuple[Mark, ...]


def timeline(
    connection: Connection, at: Viewpoint, only: frozenset[str] | None = None
) -> Iterator[Course]:
    """The status of each initiative over time as it is known at the viewpoint, and its marks."""
    for part in parts(standings(connection, at, only)):
        slugs = [standing.initiative for standing in part]
        developments = portfolio.developments(connection, at.position, slugs)
        plans = portfolio.plans(connection, at.position, slugs)
        corrected = _corrected(connection, at, slugs)
        for standing in part:
            slug, facts = standing.initiative, developments.get(standing.initiative, [])
            placed = (
                *_developments(facts, at.as_of),
                *_plans(plans.get(slug, ()), facts, at.as_of),
                *corrected.get(slug, ()),
            )
            yield Course(
                initiative=slug,
                title=standing.profile.title,
                lifecycle=standing.lifecycle,
                stretches=tuple(stretches(facts, standing.lifecycle, at.as_of)),
                marks=tuple(mark for _, mark in sorted(placed, key=itemgetter(0))),
            )


def stretches(
    developments: Iterable[FactVersion], lifecycle: Lifecycle, as_of: date
) -> Iterator[Stretch]:
    """Yield the status on every day up to *as_of*, with equal neighbouring days as one stretch.

    The time before anything can have happened is left out.
    """
    last: tuple[str, str, str | None, str, bool] = _BLANK
    start: date | None = None
    for day, stood in _statuses(developments, lifecycle, as_of):
        said = (stood.phase, stood.condition, stood.outcome, stood.basis, stood.is_certain)
        if said == last:
            continue
        if start is not None:
            yield Stretch(*last, start, day - _DAY)
        last, start = said, day
    if start is not None:
        yield Stretch(*last, start)


def _statuses(
    developments: Iterable[FactVersion], lifecycle: Lifecycle, as_of: date
) -> Iterator[tuple[date, Status]]:
    """The status by the definition, on every day on which it can change."""
    ahead = sorted(developments, key=lambda fact: fact.lo, reverse=True)
    near: list[FactVersion] = []
    for day in _days_of_change(ahead, lifecycle, as_of):
        while ahead and ahead[-1].lo <= day:
            near.append(ahead.pop())
        near = _near(near, day)
        yield day, status(near, lifecycle, day)


def _days_of_change(
    developments: Collection[FactVersion], lifecycle: Lifecycle, as_of: date
) -> list[date]:
    """Return the days on which the status may change.

    An extent begins or ends there, or dormancy begins. The day after the beginning of an extent is
    among them where it lies within another: from then on the other may be the later of the two,
    whichever was recorded first.
    """
    days = {day for fact in developments for day in (fact.lo, fact.hi)}
    furthest: dict[date, date] = {}
    for fact in developments:
        furthest[fact.lo] = max(fact.hi, furthest.get(fact.lo, fact.hi))
    reached = date.min
    for begun in sorted(furthest):
        reached = max(reached, furthest[begun])
        if reached > begun:
            days.add(begun + _DAY)
    days.update(_silences(developments, lifecycle))
    return sorted(day for day in days if day <= as_of)


def _silences(developments: Iterable[FactVersion], lifecycle: Lifecycle) -> Iterator[date]:
    """Yield the days on which dormancy begins unless a development comes before."""
    if lifecycle.dormant_after is None:
        return
    ends = sorted({fact.hi for fact in developments})
    for heard_on, heard_next in pairwise([*ends, date.max]):
        day = first_dormant_day(heard_on, lifecycle.dormant_after)
        if day is not None and day <= heard_next:
            yield day


def _near(facts: Sequence[FactVersion], day: date) -> list[FactVersion]:
    """Return those of *facts* on which the status on *day*, or on any later one, may depend.

    What ends before the greatest first day of a sure one of its sort can never be the last again
    (M of section 5 only grows); of developments that set nothing only the last counts.
    """
    sure = [fact for fact in facts if fact.hi <= day]
    last = max(sure, key=lambda fact: fact.order, default=None)
    phase_floor = max((fact.lo for fact in sure if fact.sets_phase), default=date.min)
    floor = max((fact.lo for fact in sure if fact.sets_condition), default=date.min)
    return [
        fact
        for fact in facts
        if fact.hi > day
        or fact is last
        or (fact.sets_phase and fact.hi >= phase_floor)
        or (fact.sets_condition and fact.hi >= floor)
    ]


_Placed = tuple[tuple[date, date, int, int, int], Mark]
"""A mark, and its place among others: that of its fact in the order of section 5."""


def _placed(mark: Mark, fact: int, rank: int | None = None) -> _Placed:
    first = packed(fact, 0) if rank is None else rank
    return (mark.hi, mark.lo, first, fact, mark.position), mark


def _developments(facts: Iterable[FactVersion], as_of: date) -> Iterator[_Placed]:
    for fact in facts:
        if fact.lo <= as_of:
            mark = Mark(
                "development", fact.handle, fact.position, fact.type, fact.on, fact.lo, fact.hi
            )
            yield _placed(mark, fact.fact, fact.rank)


def _plans(
    plans: Iterable[PlanVersion], facts: Sequence[FactVersion], as_of: date
) -> Iterator[_Placed]:
    for plan, state in plan_states(plans, facts, as_of):
        kind: MarkKind = "plan" if state not in ("overdue", "fulfilled") else state
        mark = Mark(kind, plan.handle, plan.position, plan.type, plan.on, plan.lo, plan.hi)
        yield _placed(mark, plan.fact)


def _corrected(
    connection: Connection, at: Viewpoint, slugs: Sequence[str]
) -> dict[str, list[_Placed]]:
    """Return, by initiative, marks for versions that were withdrawn or got another date or type."""
    columns = events.c
    corrections = sa.select(columns.fact).where(
        columns.kind.in_(["amended", "withdrawn"]),
        columns.initiative.in_(slugs),
        columns.position <= at.position,
    )
    query = (
        sa.select(
            columns.initiative, columns.fact, columns.position, columns.version, columns.kind,
            columns.type, columns.edtf, columns.lo, columns.hi, columns.mode,
        )
        .where(columns.fact.in_(corrections), columns.initiative.in_(slugs))
        .where(columns.position <= at.position)
        .order_by(columns.fact, columns.position)
    )  # fmt: skip
    told: dict[int, list[Any]] = {}
    for row in connection.execute(query):
        told.setdefault(row.fact, []).append(row)
    found: dict[str, list[_Placed]] = {}
    for fact, versions in told.items():
        for mark in _superseded(versions, at.as_of):
            found.setdefault(versions[0].initiative, []).append(_placed(mark, fact))
    return found


def _superseded(versions: Sequence[Any], as_of: date) -> Iterator[Mark]:
    """Yield the accounts among *versions* of one fact that no longer stand, each different one."""
    last = versions[-1]
    stands = None if last.kind == "withdrawn" else (last.type, last.edtf)
    seen = {stands}
    for row in reversed([row for row in versions if row.kind != "withdrawn"]):
        if (row.type, row.edtf) in seen:
            continue
        is_withdrawn = stands is None and len(seen) == 1
        seen.add((row.type, row.edtf))
        lo, hi = date.fromisoformat(row.lo), date.fromisoformat(row.hi)
        if row.mode == "occurred" and lo > as_of:
            continue
        instead = None
        if not is_withdrawn:
            now = last if stands else next(r for r in reversed(versions) if r.kind != "withdrawn")
            instead = f"{now.type} {now.edtf}" if now.type != row.type else now.edtf
        yield Mark(
            kind="withdrawn" if is_withdrawn else "amended",
            fact=f"{row.initiative}#{versions[0].version}",
            position=row.position,
            type=row.type,
            on=row.edtf,
            lo=lo,
            hi=hi,
            instead=instead,
        )


def course_item(course: Course) -> dict[str, Any]:
    """An item of ``timeline``."""
    return {
        "initiative": course.initiative,
        "title": course.title,
        "lifecycle": course.lifecycle.name,
        "spans": [
            {
                "phase": each.phase,
                "phase_title": phase_title(course.lifecycle, each.phase),
                "condition": each.condition,
                "outcome": each.outcome,
                "basis": each.basis,
                "certain": each.is_certain,
                "start": None if each.start == date.min else each.start.isoformat(),
                "end": each.end.isoformat() if each.end else None,
            }
            for each in course.stretches
        ],
        "marks": [
            {
                "kind": mark.kind,
                "fact": mark.fact,
                "position": mark.position,
                "type": mark.type,
                "on": None if mark.on == "../.." else mark.on,
                "lo": None if mark.lo == date.min else mark.lo.isoformat(),
                "hi": None if mark.hi == date.max else mark.hi.isoformat(),
                "instead": mark.instead,
            }
            for mark in course.marks
        ],
    }
