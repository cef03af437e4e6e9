"""What else is possible, where an imprecise date may be the last.

Where every date is precise, or every imprecise one ends before the deciding development, only that
development is possible. So only the other initiatives are queried, and of their developments only
those that may matter.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

from tracker.domain.facts import CONDITION_OF_EFFECT
from tracker.domain.status import ACTIVE, NOT_STARTED, possible
from tracker.domain.viewpoint import Viewpoint
from tracker.projections import seeks
from tracker.projections.seeks import SORTS, Last, Lasts, lasts
from tracker.store.driver import Reader
from tracker.store.reading import is_postgresql, rows

_T = TypeVar("_T", bound=Last)

Possible = tuple[frozenset[str], frozenset[str]]
"""Phases and conditions."""


class _Candidate(NamedTuple):
    """A development that may be the last to set a phase or a condition."""

    initiative: str
    hi: date
    lo: date
    rank: int
    fact: int
    effect: str
    phase: str | None


def vague_days(reader: Reader, at: Viewpoint) -> dict[str, str]:
    """Return, by initiative, the greatest last day of its imprecise dates that may have begun.

    Dates of developments that set nothing, or that were corrected since, count too: leaving them in
    lets an index of imprecise dates alone answer the query. Initiatives without any are left out.
    """
    query = (
        "SELECT f.initiative, f.hi FROM fact_versions f"
        " WHERE f.lo <> f.hi AND f.lo <= :d AND f.k_from <= :k"
    )
    found: dict[str, str] = {}
    for slug, hi in rows(reader, query, {"d": at.as_of.isoformat(), "k": at.position}):
        if hi > found.get(slug, ""):
            found[slug] = hi
    return found


def deciding(
    reader: Reader,
    at: Viewpoint,
    columns: str,
    made: Callable[[Sequence[Any]], _T],
    slugs: Sequence[str],
    days: Mapping[str, str] | None = None,
) -> tuple[Lasts[_T], dict[str, Possible]]:
    """Return the deciding developments of *slugs*, and what is possible where others may decide.

    The first are those of :func:`tracker.projections.seeks.lasts`. *days* are the
    :func:`vague_days` of all initiatives; for many *slugs* it pays to pass them: then only those
    initiatives are queried whose imprecise dates may matter.
    """
    latest = lasts(reader, at, columns, made, slugs)
    if days is not None:
        slugs = [slug for slug in slugs if slug in days and days[slug] >= _over_by(latest, slug)]
    return latest, _possible_of(reader, at, latest, slugs)


def _over_by(latest: Lasts[_T], slug: str) -> str:
    """Return the day before which no development that ends can matter.

    It is the last day of the last that enters a phase. The last that sets a condition is never
    before that one, so what ends before that day ends before both.
    """
    return str(latest.phase[slug].hi) if slug in latest.phase else ""


def _possible_of(
    reader: Reader, at: Viewpoint, latest: Lasts[_T], slugs: Sequence[str]
) -> dict[str, Possible]:
    day = at.as_of.isoformat()
    floors = {slug: _floor(latest, slug) or day for slug in slugs}
    found = {}
    for slug, facts in setting_since(reader, at, floors).items():
        if all(f.lo == f.hi for f in facts):
            continue
        entering = [f for f in facts if f.effect == "enters"]
        found[slug] = (
            possible(entering, at.as_of, lambda f: f.phase or "", NOT_STARTED),
            possible(facts, at.as_of, lambda f: CONDITION_OF_EFFECT[f.effect], ACTIVE),
        )
    return found


def _floor(latest: Lasts[_T], slug: str) -> str | None:
    """Return a day that M of section 5 is never before; None where no development is sure.

    It is a safe lower bound: everything that ends before it can be skipped.
    """
    found = latest.phase.get(slug), latest.condition.get(slug)
    return min((str(each.lo) for each in found if each is not None), default=None)


def setting_since(
    reader: Reader, at: Viewpoint, floors: Mapping[str, str]
) -> dict[str, list[_Candidate]]:
    """Return the developments that set a condition, may have happened, and may still be the last.

    *floors* gives each initiative a day that M of section 5 is never before (:func:`_floor`); what
    ends before it is left out.
    """
    if not floors:
        return {}
    columns = "f.initiative, f.hi, f.lo, f.rank, f.fact, f.effect, f.phase"
    theirs = "f.initiative = floor.key AND f.hi >= floor.value"
    where = f"WHERE f.lo <= :d AND {SORTS['condition']} AND {seeks.KNOWN}"
    query = (
        f"SELECT {columns} FROM json_each(:floors) AS floor"
        f" JOIN fact_versions f ON {theirs} {where}"
    )
    if is_postgresql(reader):
        # PostgreSQL expects many floors, and would read all facts of all initiatives even where a
        # difference has only a few; OFFSET 0 keeps it from that.
        query = (
            f"SELECT {columns} FROM jsonb_each_text(CAST(:floors AS jsonb)) AS floor CROSS JOIN"
            f" LATERAL (SELECT f.* FROM fact_versions f {where} AND {theirs} OFFSET 0) AS f"
        )
    given: dict[str, Any] = {"d": at.as_of.isoformat(), "k": at.position}
    found: dict[str, list[_Candidate]] = {}
    day_of = date.fromisoformat
    for slug, hi, lo, *rest in rows(reader, query, {**given, "floors": json.dumps(floors)}):
        fact = _Candidate(slug, day_of(hi), day_of(lo), *rest)
        found.setdefault(slug, []).append(fact)
    return found
