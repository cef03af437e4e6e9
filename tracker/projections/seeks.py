"""The developments that decide initiatives: the last sure ones, found through an index.

The latest development usually also decides phase and condition. So it is fetched first, and the
other two are queried only for initiatives where it does not. Many initiatives are to be passed in
the order of their slugs, which is that of the read table: neighbours are then in the same pages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from attrs import frozen

from tracker.domain.facts import CONDITION_OF_EFFECT
from tracker.domain.viewpoint import Viewpoint
from tracker.store.driver import Reader
from tracker.store.reading import is_postgresql, rows

KNOWN = "f.k_from <= :k AND f.k_to > :k"
"""The condition that a row of ``fact_versions``, called ``f``, is known at position ``:k``."""

LATEST = "f.hi DESC, f.lo DESC, f.rank DESC, f.fact DESC"
"""The one order that decides (section 5 of the semantics), the last first."""

SORTS = {
    "phase": "f.effect = 'enters'",
    "condition": "f.effect IN ('enters', 'suspends', 'resumes', 'ends')",
    "any": "1 = 1",
}
"""Sort → its condition in SQL, in the words of the partial indexes, so that these are used."""

_KEY = "f.hi, f.lo, f.rank, f.fact, f.k_from"


def few_known(position: str = ":k") -> str:
    """Return :data:`KNOWN` at *position*, for queries in which another condition is more selective.

    It is written so that PostgreSQL does not choose the ``k_from`` index (``+ 0``): in a generic
    plan it would read all that was known by then.
    """
    return f"f.k_from + 0 <= {position} AND f.k_to > {position}"


class Last(Protocol):
    """What :func:`lasts` needs of a development, whatever other columns were selected."""

    @property
    def initiative(self) -> str:
        """The slug of its initiative."""
        ...

    @property
    def effect(self) -> str:
        """The effect of its type in the lifecycle in force."""
        ...

    @property
    def lo(self) -> object:
        """Its first day, a date or the ISO text of one."""
        ...

    @property
    def hi(self) -> object:
        """Its last day, in the same form."""
        ...


_T = TypeVar("_T", bound=Last)


@frozen
class Lasts(Generic[_T]):
    """The last sure development of each sort, by initiative."""

    phase: dict[str, _T]
    condition: dict[str, _T]
    any: dict[str, _T]


def lasts(
    reader: Reader,
    at: Viewpoint,
    columns: str,
    made: Callable[[Sequence[Any]], _T],
    slugs: Sequence[str],
) -> Lasts[_T]:
    """Return the last sure developments of the initiatives *slugs* at *at*.

    An initiative of which nothing is sure is left out. *columns* are those to select from
    ``fact_versions``, called ``f``; *made* makes a development of a row of them.
    """
    given = {"d": at.as_of.isoformat(), "k": at.position}
    found = _sought(reader, "any", columns, made, given, slugs)
    latest: Lasts[_T] = Lasts({}, {}, {each.initiative: each for each in found})
    for each in found:
        if each.effect in CONDITION_OF_EFFECT:
            latest.condition[each.initiative] = each
    others = [each.initiative for each in found if each.effect not in CONDITION_OF_EFFECT]
    for each in _sought(reader, "condition", columns, made, given, others):
        latest.condition[each.initiative] = each
    others = []
    for slug, each in latest.condition.items():
        if each.effect == "enters":
            latest.phase[slug] = each
        else:
            others.append(slug)
    for each in _sought(reader, "phase", columns, made, given, others):
        latest.phase[each.initiative] = each
    return latest


def _sought(
    reader: Reader,
    sort: str,
    columns: str,
    made: Callable[[Sequence[Any]], _T],
    given: dict[str, Any],
    slugs: Sequence[str],
) -> list[_T]:
    """Return the last sure development of a sort for each of *slugs* that has one."""
    if not slugs:
        return []
    query = _query(columns, sort, on_server=is_postgresql(reader))
    found = rows(reader, query, {**given, "slugs": json.dumps(list(slugs))})
    return [made(row) for row in found]


def _query(columns: str, sort: str, *, on_server: bool) -> str:
    seek = (
        "FROM fact_versions f"
        f" WHERE f.initiative = listed.value AND f.hi <= :d AND {SORTS[sort]}"
        f" AND {KNOWN if sort == 'any' else few_known()}"
        f" ORDER BY {LATEST} LIMIT 1"
    )
    if on_server:
        listed = "jsonb_array_elements_text(CAST(:slugs AS jsonb)) AS listed(value)"
        return f"SELECT {columns} FROM {listed} CROSS JOIN LATERAL (SELECT f.* {seek}) AS f"
    # CROSS, so that the initiatives are gone through, and not the facts of them all.
    return (
        f"SELECT {columns} FROM json_each(:slugs) AS listed"
        " CROSS JOIN fact_versions f ON f.initiative = listed.value"
        f" AND ({_KEY}) = (SELECT {_KEY} {seek})"
    )
