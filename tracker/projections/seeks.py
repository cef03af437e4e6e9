"""What decides initiatives: the last of their sure developments, sought and never scanned for.

One development is often the last of all sorts: the last of any that enters a phase has set the
condition too. So the last of any is sought for every initiative, and the others only where it is
none of them. Whoever asks about many goes through them in the order of their slugs, which is that
of the read table, so that neighbours are found in the same pages.
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
"""That a row of ``fact_versions``, called ``f``, is known at position ``:k``."""

LATEST = "f.hi DESC, f.lo DESC, f.rank DESC, f.fact DESC"
"""The one order that decides (section 5 of the semantics), the last first."""

SORTS = {
    "phase": "f.effect = 'enters'",
    "condition": "f.effect IN ('enters', 'suspends', 'resumes', 'ends')",
    "any": "1 = 1",
}
"""What a development of each sort is, as the conditions of the partial indexes say it."""

_KEY = "f.hi, f.lo, f.rank, f.fact, f.k_from"


def few_known(position: str = ":k") -> str:
    """As :data:`KNOWN` at *position*, of rows that are found by what else is said of them.

    With the sum, so that a server that plans for any values does not go through all that was known
    by then as well.
    """
    return f"f.k_from + 0 <= {position} AND f.k_to > {position}"


class Last(Protocol):
    """What any development made of a row has, whatever else was asked of it."""

    @property
    def initiative(self) -> str:
        """Whose it is."""
        ...

    @property
    def effect(self) -> str:
        """What its type does."""
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
    """What decides the initiatives *slugs* at *at*, where anything sure does.

    *columns* are those wanted of ``fact_versions``, called ``f``; *made* makes a development of a
    row of them.
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
    """The last of a sort of each of *slugs* that has one."""
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
