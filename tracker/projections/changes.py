"""Change between two viewpoints, from the read tables.

Only the initiatives to which something may have happened are asked about: those with a day or a
position between the viewpoints, and those that may have fallen dormant meanwhile. What has changed,
and why, is then decided by :mod:`tracker.domain.changes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from attrs import frozen

from tracker.domain.changes import Answer, Change, Turns, change_of, dated, is_backwards, reverse
from tracker.domain.dates import add_months
from tracker.domain.viewpoint import OPEN, Viewpoint
from tracker.projections.batches import batches
from tracker.projections.outlines import outlines
from tracker.projections.portfolio import Standing, developments, lifecycle_from, status_of_all
from tracker.projections.seeks import few_known
from tracker.store.driver import Reader
from tracker.store.reading import rows

_BATCH = 500
_WORTH_A_PORTFOLIO = 10
"""Querying every tenth initiative by itself costs as much as querying all together."""


def diff(
    reader: Reader, v1: Viewpoint, v2: Viewpoint, only: Sequence[str] | None = None
) -> list[Change]:
    """Every initiative whose status differs between *v1* and *v2*, by slug, with the causes.

    *only* narrows it to the initiatives named. Equal to :func:`tracker.domain.changes.diff` on the
    whole log, to the last cause.
    """
    if is_backwards(v1, v2):
        return [reverse(change) for change in diff(reader, v2, v1, only)]
    if (v1.as_of, v1.position) == (v2.as_of, v2.position):
        return []
    asked = _asked(reader, v1, v2, only)
    if asked is None:
        asked = _differing(reader, v1, v2)
    before, after = (
        {s.initiative: s for s in status_of_all(reader, at, asked) if s.retired is None}
        for at in (v1, v2)
    )
    changed = [
        slug
        for slug in sorted(before.keys() | after.keys())
        if _compared(before.get(slug)) != _compared(after.get(slug))
    ]
    lives = _lives(reader, v2.position, changed)
    earlier = _answers(reader, v1, changed, before, lives)
    later = _answers(reader, v2, changed, after, lives)
    withdrawn = _withdrawn(reader, v2.position, changed)
    found = (
        change_of(slug, earlier.get(slug), later.get(slug), lives[slug].turns(withdrawn[slug]))
        for slug in changed
    )
    return _dated(reader, [change for change in found if change is not None])


def _compared(standing: Standing | None) -> tuple[object, ...] | None:
    return None if standing is None else standing.status.compared


# -- which initiatives -----------------------------------------------------------------------------


def _asked(
    reader: Reader, v1: Viewpoint, v2: Viewpoint, only: Sequence[str] | None
) -> Sequence[str] | None:
    """Return the initiatives that may have changed; None where it is cheaper to compare all."""
    touched: set[str] = set()
    for query, parameters in (
        *_moved(v1, v2),
        *_reclassified(reader, v1, v2),
        *_due(reader, v1, v2),
    ):
        touched.update(slug for (slug,) in rows(reader, query, parameters))
    if only is not None:
        return sorted(touched & set(only))
    # Counted no further than it matters: a portfolio may be large, and a day is short.
    enough = len(touched) * _WORTH_A_PORTFOLIO
    listed = (
        "SELECT count(*) FROM (SELECT 1 FROM initiatives i WHERE i.k_from <= :k2 AND i.k_to > :k2"
        " LIMIT :enough) AS listed"
    )
    ((count,),) = rows(reader, listed, {"k2": v2.position, "enough": enough})
    return None if count < enough else sorted(touched)


def _differing(reader: Reader, v1: Viewpoint, v2: Viewpoint) -> Sequence[str]:
    """Return the initiatives whose outlines differ; most have not changed."""
    before, after = (
        {each.initiative: each.compared for each in outlines(reader, at)} for at in (v1, v2)
    )
    return sorted(
        slug for slug in before.keys() | after.keys() if before.get(slug) != after.get(slug)
    )


Query = tuple[str, dict[str, Any]]
"""SQL, and its parameters."""


def _between(v1: Viewpoint, v2: Viewpoint) -> dict[str, Any]:
    """Return the parameters of both viewpoints: the two positions, and the two days in order."""
    start, end = sorted((v1.as_of, v2.as_of))
    days = {"start": start.isoformat(), "end": end.isoformat()}
    return {"k1": v1.position, "k2": v2.position, **days}


def _moved(v1: Viewpoint, v2: Viewpoint) -> Iterator[Query]:
    """Yield queries for the initiatives that have a row that begins or ends between the viewpoints.

    The row is one of theirs or of a development of theirs; it begins or ends in days or positions.
    """
    given = _between(v1, v2)
    for table in ("fact_versions", "initiatives"):
        select = f"SELECT DISTINCT f.initiative FROM {table} f WHERE"
        yield f"{select} f.k_from > :k1 AND f.k_from <= :k2", given
        # The last condition is that of a partial index, which is used only where it is repeated.
        yield f"{select} f.k_to > :k1 AND f.k_to <= :k2 AND f.k_to < {OPEN}", given
    if v1.as_of == v2.as_of:
        return
    select = f"SELECT DISTINCT f.initiative FROM fact_versions f WHERE {few_known(':k2')}"
    # The first of the two days is included: of two facts that may have happened on it, one counts
    # only from the next day on.
    yield f"{select} AND f.hi >= :start AND f.hi <= :end", given
    yield f"{select} AND f.lo > :start AND f.lo <= :end AND f.lo <> f.hi", given


def _reclassified(reader: Reader, v1: Viewpoint, v2: Viewpoint) -> Iterator[Query]:
    """Yield a query for the initiatives whose lifecycle was adopted anew, if any was.

    Other phases, or another time until dormancy, may then be in force.
    """
    query = "SELECT DISTINCT lifecycle FROM lifecycle_versions WHERE k_from > :k1 AND k_from <= :k2"
    given = _between(v1, v2)
    # Queried first: there seldom is one, and the initiatives that follow one are found by a scan.
    adopted = [name for (name,) in rows(reader, query, given)]
    if adopted:
        yield (
            (
                "SELECT f.initiative FROM initiatives f WHERE f.k_from <= :k2 AND f.k_to > :k2"
                " AND f.lifecycle IN :adopted"
            ),
            {**given, "adopted": adopted},
        )


def _due(reader: Reader, v1: Viewpoint, v2: Viewpoint) -> Iterator[Query]:
    """Yield queries for the initiatives that may have become dormant between the two days.

    Only those of which nothing else has changed need be found: their lifecycle is the same at both
    viewpoints, and so is the last development that had happened by the first of the two days.
    """
    start, end = sorted((v1.as_of, v2.as_of))
    if start == end:
        return
    in_force = (
        "SELECT lifecycle, definition FROM lifecycle_versions WHERE k_from <= :k1 AND k_to > :k1"
    )
    # Correlated subqueries run once for each development of those days, of which there are few;
    # given a join, PostgreSQL reads the rows of all initiatives.
    query = (
        "SELECT DISTINCT f.initiative FROM fact_versions f"
        f" WHERE f.hi >= :first AND f.hi <= :last AND {few_known(':k1')}"
        " AND (SELECT i.lifecycle FROM initiatives i WHERE i.initiative = f.initiative"
        " AND i.k_from <= :k1 AND i.k_to > :k1) = :name"
        " AND NOT EXISTS (SELECT 1 FROM fact_versions g WHERE g.initiative = f.initiative"
        " AND g.hi > f.hi AND g.hi <= :start AND g.k_from <= :k1 AND g.k_to > :k1"
        " LIMIT 1 OFFSET 0)"
    )
    for name, definition in rows(reader, in_force, {"k1": v1.position}):
        months = lifecycle_from(definition).dormant_after
        if months is None:
            continue
        first, last = _heard_between(start, end, months)
        heard = {"first": first.isoformat(), "last": last.isoformat()}
        yield query, {**_between(v1, v2), "name": name, **heard}


def _heard_between(start: date, end: date, months: int) -> tuple[date, date]:
    """Return the first and last day on which the last development may have happened.

    It is one that leads to dormancy after *months* that begins after *start* and by *end*. Months
    are clamped to their end, so that up to four days lead to the same first dormant day.
    """
    last = add_months(end, -months)
    return add_months(start, -months), min(last, date.max - timedelta(days=3)) + timedelta(days=3)


# -- why -------------------------------------------------------------------------------------------


@frozen
class _Life:
    """The rows of one initiative, in order: (position, lifecycle, whether it is retired)."""

    rows: tuple[tuple[int, str, bool], ...]

    def turns(self, withdrawn: Mapping[int, int]) -> Turns:
        """Return the positions that the causes of a change refer to."""
        retired = next((position for position, _, is_retired in self.rows if is_retired), None)
        return Turns(self.rows[0][0], retired, withdrawn)

    def given_at(self, position: int) -> int:
        """Return the position at which it got the lifecycle that it has at *position*."""
        given, name = 0, None
        for begins, lifecycle, _ in self.rows:
            if begins <= position and lifecycle != name:
                given, name = begins, lifecycle
        return given


def _lives(reader: Reader, position: int, slugs: Sequence[str]) -> dict[str, _Life]:
    query = (
        "SELECT initiative, k_from, lifecycle, retired FROM initiatives"
        " WHERE initiative IN :part AND k_from + 0 <= :k ORDER BY initiative, k_from"
    )
    found: dict[str, list[tuple[int, str, bool]]] = {}
    for slug, begins, lifecycle, retired in _of(reader, query, {"k": position}, slugs):
        found.setdefault(slug, []).append((begins, lifecycle, bool(retired)))
    return {slug: _Life(tuple(theirs)) for slug, theirs in found.items()}


def _answers(
    reader: Reader,
    at: Viewpoint,
    slugs: Sequence[str],
    standings: Mapping[str, Standing],
    lives: Mapping[str, _Life],
) -> dict[str, Answer]:
    """Return, by initiative, the answer at *at*, from which causes are worked out."""
    query = "SELECT lifecycle, k_from FROM lifecycle_versions WHERE k_from <= :k AND k_to > :k"
    adopted: dict[str, int] = dict(rows(reader, query, {"k": at.position}))
    facts = developments(reader, at.position, slugs)
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


def _withdrawn(reader: Reader, position: int, slugs: Sequence[str]) -> dict[str, dict[int, int]]:
    """The last position up to *position* at which a row of each fact ended."""
    # + 0, so that the index by k_to is not used: it would read all rows that were ever closed.
    query = (
        "SELECT initiative, fact, max(k_to) FROM fact_versions"
        " WHERE initiative IN :part AND k_to + 0 <= :k GROUP BY initiative, fact"
    )
    found: dict[str, dict[int, int]] = {slug: {} for slug in slugs}
    for slug, fact, ended in _of(reader, query, {"k": position}, slugs):
        found[slug][fact] = ended
    return found


def _dated(reader: Reader, changes: Sequence[Change]) -> list[Change]:
    """*changes* with the instants at which the events behind their causes were recorded."""
    wanted = {c.position for change in changes for c in change.causes if c.position is not None}
    query = "SELECT position, recorded_at FROM events WHERE position IN :part"
    found = _of(reader, query, {}, sorted(wanted))
    recorded_at = {position: datetime.fromisoformat(text) for position, text in found}
    return [dated(change, recorded_at) for change in changes]


def _of(
    reader: Reader, query: str, given: Mapping[str, Any], values: Sequence[Any]
) -> Iterator[Sequence[Any]]:
    """Yield the rows of *query* about many *values*, run in parts that a database accepts."""
    for part in batches(values, _BATCH):
        yield from rows(reader, query, {**given, "part": part})
