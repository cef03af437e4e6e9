"""Status of one initiative, and of all, at a viewpoint: seeks, never a scan of a history.

The definition is :func:`tracker.domain.status.status`; these queries find the few rows that decide
it. Where a date is precise the last development is the only possible one, so that only initiatives
with an imprecise date near the end of their history cost more than a seek.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from attrs import frozen

from tracker.domain.dates import OPEN_HI
from tracker.domain.events import InitiativeRetired, Profile
from tracker.domain.facts import FactVersion, Link, PlanVersion
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.status import ACTIVE, NOT_STARTED, Status, decide_status, possible
from tracker.domain.viewpoint import OPEN, Viewpoint
from tracker.projections import seeks
from tracker.projections.batches import batches
from tracker.projections.seeks import SORTS
from tracker.projections.vague import deciding, vague_days
from tracker.store.driver import Reader
from tracker.store.reading import first, is_postgresql, rows
from tracker.store.trusted import maker
from tracker.store.uncollected import uncollected

FACT_COLUMNS = (
    "initiative", "number", "fact", "position", "lo", "hi", "rank", "type", "effect", "phase",
    "outcome", "edtf", "fulfils", "after_fact", "contradicts", "source", "unconfirmed",
    "k_from", "k_to",
)  # fmt: skip
"""Those of ``fact_versions`` that :func:`fact_version` takes, in its order."""

PLAN_COLUMNS = (
    "initiative", "number", "fact", "position", "lo", "hi", "type", "edtf", "k_from", "k_to",
)  # fmt: skip
"""Those of ``plan_versions`` that :func:`plan_version` takes, in its order."""

PROFILE_COLUMNS = (
    "title", "lifecycle", "parties", "sector", "tags", "summary",
    "retired", "reason", "merged_into",
)  # fmt: skip
"""Those of ``initiatives`` that :func:`profile_of` takes, in its order."""

PROFILE = ", ".join(f"i.{name}" for name in ("initiative", *PROFILE_COLUMNS))
"""An initiative and these columns, in SQL that calls the table ``i``."""

_FACT = ", ".join(f"f.{name}" for name in FACT_COLUMNS)
_PLAN = ", ".join(f"p.{name}" for name in PLAN_COLUMNS)


@frozen
class Standing:
    """An initiative and its status at a viewpoint.

    *open_plans* counts the plans that are not fulfilled; *next_due* is the day the next of them is
    due, None where none is.
    """

    initiative: str
    profile: Profile
    retired: InitiativeRetired | None
    lifecycle: Lifecycle
    status: Status
    open_plans: int
    next_due: date | None


@frozen
class Known:
    """What is known of one initiative at a position: its profile and its definition in force."""

    initiative: str
    profile: Profile
    retired: InitiativeRetired | None
    lifecycle: Lifecycle


_made_fact, _made_plan, _made_profile = maker(FactVersion), maker(PlanVersion), maker(Profile)
_made_known, _made_standing = maker(Known), maker(Standing)

# For how many initiatives the deciding developments are queried at once, and how many initiatives
# one query names.
_PART, _ASKED = 1000, 500

NO_PLANS: tuple[int, date | None] = (0, None)
"""The value for an initiative that :func:`planned` leaves out."""


def known(reader: Reader, initiative: str, position: int) -> Known | None:
    """The initiative as it was known at *position*; None if it was not registered by then."""
    query = (
        f"SELECT {PROFILE}, v.definition FROM initiatives i JOIN lifecycle_versions v"
        " ON v.lifecycle = i.lifecycle AND v.k_from <= :k AND v.k_to > :k"
        " WHERE i.initiative = :initiative AND i.k_from <= :k AND i.k_to > :k"
    )
    row = first(reader, query, {"initiative": initiative, "k": position})
    return None if row is None else _known(row[:-1], lifecycle_from(row[-1]))


def status_of(reader: Reader, initiative: str, at: Viewpoint) -> Standing | None:
    """What one initiative stands at; None if it was not registered by then."""
    found = known(reader, initiative, at.position)
    if found is None:
        return None
    parameters = {"initiative": initiative, "d": at.as_of.isoformat(), "k": at.position}
    candidates = _candidates(reader, parameters)
    entering = [f for f in candidates if f.sets_phase]
    status = decide_status(
        deciding=_latest(entering, at.as_of),
        deciding_condition=_latest(candidates, at.as_of),
        last=_last(reader, parameters),
        possible=_possible_phases(entering, at.as_of),
        possible_conditions=_possible_conditions(candidates, at.as_of),
        lifecycle=found.lifecycle,
        as_of=at.as_of,
    )
    plans = planned(reader, at, [initiative])
    return _standing(found, status, plans.get(initiative, NO_PLANS))


def status_of_all(
    reader: Reader, at: Viewpoint, only: Sequence[str] | None = None
) -> list[Standing]:
    """What every initiative stands at that was registered by then and not retired, by slug.

    *only* narrows it to the initiatives named.
    """
    if only is not None:
        return [s for part in batches(only, _ASKED) for s in _standings(reader, at, part)]
    # Looking for garbage costs a third of a large portfolio's time.
    with uncollected():
        return _standings(reader, at, None)


def _standings(reader: Reader, at: Viewpoint, only: Sequence[str] | None) -> list[Standing]:
    in_force = definitions(reader, at.position)
    listed = listed_rows(reader, at.position, only)
    plans = planned(reader, at, only)
    days = vague_days(reader, at) if only is None else None
    return [
        standing
        for part in parts(listed)
        for standing in _decided(reader, at, part, in_force, plans, days)
    ]


def parts(listed: Sequence[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """Split *listed* into lists of a thousand.

    The developments that decide a thousand initiatives fit into the processor's caches, and are
    used before the next are queried: a portfolio of a hundred thousand takes two thirds of the time
    that it takes in one go.
    """
    return batches(listed, _PART)


def _decided(
    reader: Reader,
    at: Viewpoint,
    listed: Sequence[tuple[Any, ...]],
    in_force: Mapping[str, Lifecycle],
    plans: Mapping[str, tuple[int, date | None]],
    days: Mapping[str, str] | None,
) -> Iterator[Standing]:
    slugs = [row[0] for row in listed]
    latest, vague = deciding(reader, at, _FACT, fact_version, slugs, days)
    for row in listed:
        slug, _, lifecycle = row[:3]
        known_then = _known(row, in_force[lifecycle])
        entering, setting = latest.phase.get(slug), latest.condition.get(slug)
        phases, conditions = vague.get(slug) or _certain(
            entering.phase if entering else None, setting.condition if setting else ACTIVE
        )
        status = decide_status(
            deciding=entering,
            deciding_condition=setting,
            last=latest.any.get(slug),
            possible=phases,
            possible_conditions=conditions,
            lifecycle=known_then.lifecycle,
            as_of=at.as_of,
        )
        yield _standing(known_then, status, plans.get(slug, NO_PLANS))


def developments(
    reader: Reader, position: int, initiatives: Sequence[str]
) -> dict[str, list[FactVersion]]:
    """All developments of *initiatives* that stand at *position*, by initiative, in order."""
    query = (
        f"SELECT {_FACT} FROM fact_versions f WHERE {seeks.few_known()} AND f.initiative IN :only"
        " ORDER BY f.initiative, f.hi, f.lo, f.rank, f.fact"
    )
    found: dict[str, list[FactVersion]] = {}
    for row in _of_many(reader, query, {"k": position}, initiatives):
        found.setdefault(row[0], []).append(fact_version(row))
    return found


def plans(
    reader: Reader, position: int, initiatives: Sequence[str]
) -> dict[str, list[PlanVersion]]:
    """All plans of *initiatives* that stand at *position*, by initiative, in order of recording."""
    query = (
        f"SELECT {_PLAN} FROM plan_versions p WHERE p.k_from <= :k AND p.k_to > :k"
        " AND p.initiative IN :only ORDER BY p.initiative, p.fact"
    )
    found: dict[str, list[PlanVersion]] = {}
    for row in _of_many(reader, query, {"k": position}, initiatives):
        found.setdefault(row[0], []).append(plan_version(row))
    return found


def planned(
    reader: Reader, at: Viewpoint, only: Sequence[str] | None = None
) -> dict[str, tuple[int, date | None]]:
    """Return, by initiative, how many plans are not fulfilled and the day the next of them is due.

    :func:`tracker.domain.plans.open_plans` and :func:`tracker.domain.plans.next_due` define both.
    Initiatives without such plans are left out; *only* narrows it to the initiatives named.
    """
    # For a few initiatives each plan is looked up by itself: OFFSET 0 keeps PostgreSQL from reading
    # every development that ever fulfilled a plan. SQLite looks them up by itself anyway.
    apart = " LIMIT 1 OFFSET 0" if only is not None and is_postgresql(reader) else ""
    query = (
        "SELECT p.initiative, count(*), min(CASE WHEN p.hi >= :d AND p.hi < :open THEN p.hi END)"
        " FROM plan_versions p WHERE p.k_from <= :k AND p.k_to > :k"
        f"{_only(only, 'p')}"
        " AND NOT EXISTS (SELECT 1 FROM fact_versions f WHERE f.fulfils = p.fact"
        f" AND f.hi <= :d AND {seeks.KNOWN}{apart}) GROUP BY p.initiative"
    )
    given = {"d": at.as_of.isoformat(), "k": at.position, "open": OPEN_HI.isoformat()}
    return {
        slug: (count, None if due is None else date.fromisoformat(due))
        for slug, count, due in _execute(reader, query, given, only)
    }


def links(reader: Reader, initiative: str, position: int) -> list[Link]:
    """The links that stand at *position*, from and to *initiative*."""
    query = (
        "SELECT initiative, kind, other, k_from FROM links WHERE (initiative = :i OR other = :i)"
        " AND k_from <= :k AND k_to > :k ORDER BY k_from"
    )
    return [Link(*row) for row in rows(reader, query, {"i": initiative, "k": position})]


def fact_version(row: Sequence[Any]) -> FactVersion:
    """Return the version that a row of the ``FACT_COLUMNS`` describes."""
    (initiative, number, fact, position, lo, hi, rank, kind, effect, phase, outcome, on, fulfils,
     after, contradicts, source, unconfirmed, k_from, k_to) = row  # fmt: skip
    return _made_fact(
        initiative, number, fact, position, date.fromisoformat(lo), date.fromisoformat(hi), rank,
        kind, effect, phase, outcome, on, fulfils, after, contradicts, source, bool(unconfirmed),
        k_from, k_to,
    )  # fmt: skip


def plan_version(row: Sequence[Any]) -> PlanVersion:
    """Return the version that a row of the ``PLAN_COLUMNS`` describes."""
    initiative, number, fact, position, lo, hi, kind, on, k_from, k_to = row
    return _made_plan(
        initiative, number, fact, position, date.fromisoformat(lo), date.fromisoformat(hi),
        kind, on, k_from, k_to,
    )  # fmt: skip


# -- one -------------------------------------------------------------------------------------------


def _last(reader: Reader, parameters: dict[str, Any]) -> FactVersion | None:
    """The last sure development of any type."""
    query = (
        f"SELECT {_FACT} FROM fact_versions f WHERE f.initiative = :initiative AND f.hi <= :d"
        f" AND {seeks.KNOWN} ORDER BY {seeks.LATEST} LIMIT 1"
    )
    row = first(reader, query, parameters)
    return None if row is None else fact_version(row)


def _candidates(reader: Reader, parameters: dict[str, Any]) -> list[FactVersion]:
    """Return the developments that may be the last to enter a phase or to set a condition.

    M is the latest first day among developments that are sure (semantics, section 5), here one for
    each of the two sorts. Returned are all that end on or after the earlier of the two; one that
    ends before M cannot be the last, and the last that is sure never does. Where none is sure, only
    those that end on the as-of date or later are returned.
    """
    floors = (
        "COALESCE((SELECT f.lo FROM fact_versions f WHERE f.initiative = :initiative"
        # What ends by a day begins by that day: the redundant condition lets an index by first days
        # be used. The CASE makes PostgreSQL, in a generic plan, expect most rows to fit, so that it
        # walks the index back from the last; for separate conditions it expects at most one row to
        # fit, and sorts the whole history.
        f" AND f.lo <= :d AND {SORTS[sort]}"
        f" AND CASE WHEN f.hi <= :d AND {seeks.KNOWN} THEN 1 ELSE 0 END <> 0"
        " ORDER BY f.lo DESC, f.rank DESC, f.fact DESC LIMIT 1), :d)"
        for sort in ("phase", "condition")
    )
    least = "LEAST" if is_postgresql(reader) else "MIN"
    query = (
        f"SELECT {_FACT} FROM fact_versions f WHERE f.initiative = :initiative"
        # The index by last days is to be used: most of a history began before the as-of date, which
        # the planner cannot know. Hence the || '', which keeps it from the index by first days.
        f" AND f.hi >= {least}({', '.join(floors)}) AND f.lo || '' <= :d"
        f" AND {SORTS['condition']} AND {seeks.KNOWN}"
    )
    return [fact_version(row) for row in rows(reader, query, parameters)]


def _latest(candidates: Sequence[FactVersion], as_of: date) -> FactVersion | None:
    """Return the last of *candidates* that is sure on *as_of*; None where none is."""
    sure = [f for f in candidates if f.hi <= as_of]
    return max(sure, key=lambda f: f.order, default=None)


def _possible_phases(candidates: Sequence[FactVersion], as_of: date) -> frozenset[str]:
    return possible(candidates, as_of, lambda f: f.phase or "", NOT_STARTED)


def _possible_conditions(candidates: Sequence[FactVersion], as_of: date) -> frozenset[str]:
    return possible(candidates, as_of, lambda f: f.condition, ACTIVE)


@lru_cache(maxsize=256)
def _certain(phase: str | None, condition: str) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset((phase or NOT_STARTED,)), frozenset((condition,))


# -- all -------------------------------------------------------------------------------------------


def _only(only: Sequence[str] | None, alias: str) -> str:
    return f" AND {alias}.initiative IN :only" if only is not None else ""


def _execute(
    reader: Reader, query: str, parameters: dict[str, Any], only: Sequence[str] | None
) -> Sequence[tuple[Any, ...]]:
    return rows(reader, query, parameters if only is None else {**parameters, "only": list(only)})


def _of_many(
    reader: Reader, query: str, parameters: dict[str, Any], only: Sequence[str]
) -> Iterator[Any]:
    """Return the rows of a query about many initiatives, run in parts that a database accepts."""
    for part in batches(only, _ASKED):
        yield from _execute(reader, query, parameters, part)


def listed_rows(
    reader: Reader, position: int, only: Sequence[str] | None = None
) -> Sequence[tuple[Any, ...]]:
    """The :data:`PROFILE` of all that are not retired, or of those named, by slug."""
    # The sum is there for the reason that seeks.few_known has it.
    which = f" + 0 <= :k{_only(only, 'i')}" if only is not None else " <= :k AND i.retired = 0"
    return _execute(
        reader,
        f"SELECT {PROFILE} FROM initiatives i WHERE i.k_from{which} AND i.k_to > :k"
        " ORDER BY i.initiative",
        {"k": position},
        only,
    )


def definitions(reader: Reader, position: int) -> dict[str, Lifecycle]:
    """The lifecycles in force at *position*, by name."""
    query = "SELECT lifecycle, definition FROM lifecycle_versions WHERE k_from <= :k AND k_to > :k"
    return {name: lifecycle_from(text) for name, text in rows(reader, query, {"k": position})}


@lru_cache(maxsize=64)
def lifecycle_from(definition: str) -> Lifecycle:
    """The lifecycle that a stored definition holds."""
    return Lifecycle.from_definition(json.loads(definition))


@lru_cache(maxsize=4096)
def _words(stored: str) -> tuple[str, ...]:
    return tuple(json.loads(stored))


def _known(row: Sequence[Any], lifecycle: Lifecycle) -> Known:
    return _made_known(row[0], *profile_of(row[1:]), lifecycle)


def profile_of(row: Sequence[Any]) -> tuple[Profile, InitiativeRetired | None]:
    """The profile that the ``PROFILE_COLUMNS`` hold, and why it was retired, if it was."""
    title, lifecycle, parties, sector, tags, summary, retired, reason, merged_into = row
    profile = _made_profile(title, lifecycle, _words(parties), sector, _words(tags), summary)
    return profile, InitiativeRetired(reason, merged_into) if retired else None


def _standing(known_then: Known, status: Status, plans: tuple[int, date | None]) -> Standing:
    return _made_standing(
        known_then.initiative,
        known_then.profile,
        known_then.retired,
        known_then.lifecycle,
        status,
        *plans,
    )


__all__ = [
    "FACT_COLUMNS",
    "NO_PLANS",
    "OPEN",
    "PLAN_COLUMNS",
    "PROFILE",
    "PROFILE_COLUMNS",
    "Known",
    "Standing",
    "definitions",
    "developments",
    "fact_version",
    "known",
    "lifecycle_from",
    "links",
    "listed_rows",
    "parts",
    "plan_version",
    "planned",
    "plans",
    "profile_of",
    "status_of",
    "status_of_all",
]
