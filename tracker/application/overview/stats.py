"""Figures: initiatives per phase, time spent in phases, and delays of recording."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any, Literal

from attrs import define, frozen
from sqlalchemy.engine import Connection

from tracker.domain.status import NOT_STARTED
from tracker.domain.viewpoint import Viewpoint
from tracker.projections.outlines import outlines
from tracker.projections.portfolio import definitions
from tracker.projections.seeks import KNOWN, SORTS, few_known
from tracker.store.reading import rows, streamed

_DAY = timedelta(days=1)


Measure = Literal["now", "ended", "running", "delay"]


@frozen
class Figure:
    """One figure: a count, and the quartiles of the days that were counted.

    *measure* is ``now`` (initiatives in a phase), ``ended`` and ``running`` (days spent in a phase,
    of stays that are over and of those that are not) or ``delay`` (days from when a development
    happened to when it was first recorded). Without a *lifecycle* it is about all of them.
    """

    measure: Measure
    lifecycle: str | None
    phase: str | None
    phase_title: str | None
    count: int
    first_quartile: float | None = None
    median: float | None = None
    third_quartile: float | None = None


def stats(
    connection: Connection, at: Viewpoint, only: frozenset[str] | None = None
) -> list[Figure]:
    """Counts by phase, time spent in each phase, and the delay of recording, per lifecycle."""
    stood = [o for o in outlines(connection, at) if only is None or o.initiative in only]
    in_force = definitions(connection, at.position)
    now = Counter((o.lifecycle, o.phase) for o in stood)
    lifecycle_of = {o.initiative: o.lifecycle for o in stood}
    stays = _stays(connection, at, lifecycle_of)
    delays = _delays(connection, at, lifecycle_of)
    found = []
    for name in sorted({o.lifecycle for o in stood}):
        lifecycle = in_force[name]
        titles = {NOT_STARTED: "Not started", **{p.name: p.title for p in lifecycle.phases}}
        for phase, title in titles.items():
            figures = (
                Figure("now", name, phase, title, now[name, phase]),
                _figure("ended", name, phase, title, stays.ended[name, phase]),
                _figure("running", name, phase, title, stays.running[name, phase]),
            )
            found += [figure for figure in figures if figure.count]
        if delays.get(name):
            found.append(_figure("delay", name, None, None, delays[name]))
    if len(delays) > 1:
        together = sum((delays[name] for name in sorted(delays)), Counter[int]())
        found.append(_figure("delay", None, None, None, together))
    return found


@define
class _Stays:
    """Days spent in phases: lifecycle and phase → how many stays were how many days long."""

    ended: dict[tuple[str, str], Counter[int]]
    running: dict[tuple[str, str], Counter[int]]


def _stays(connection: Connection, at: Viewpoint, lifecycle_of: Mapping[str, str]) -> _Stays:
    """Every stay in a phase, of the initiatives in *lifecycle_of*, as it happened.

    A stay lasts while the initiative is suspended or silent, and is over when another phase is
    entered or the initiative ends.
    """
    ended: dict[tuple[str, str], Counter[int]] = _Counters()
    running: dict[tuple[str, str], Counter[int]] = _Counters()
    for slug, own in groupby(_turns(connection, at), key=itemgetter(0)):
        if slug not in lifecycle_of:
            continue
        phase: str | None = None
        stay: tuple[str, date] | None = None
        for _, hi, effect, entered in own:
            phase = entered if effect == "enters" else phase
            stands_in = None if effect == "ends" else phase
            if stay is not None and stay[0] == stands_in:
                continue
            day = date.fromisoformat(hi)
            if stay is not None:
                ended[lifecycle_of[slug], stay[0]][(day - stay[1]).days] += 1
            stay = None if stands_in is None else (stands_in, day)
        if stay is not None:
            running[lifecycle_of[slug], stay[0]][(at.as_of - stay[1]).days] += 1
    return _Stays(ended, running)


def _turns(connection: Connection, at: Viewpoint) -> Iterator[tuple[Any, ...]]:
    """The sure developments that set a condition: slug, day, effect and phase; it streams.

    By initiative, in the one order that decides, which is that of the table: nothing is sorted.
    """
    query = (
        "SELECT f.initiative, f.hi, f.effect, f.phase FROM fact_versions f"
        f" WHERE f.hi <= :d AND {SORTS['condition']} AND {KNOWN}"
        " ORDER BY f.initiative, f.hi, f.lo, f.rank, f.fact"
    )
    yield from streamed(connection, query, {"d": at.as_of.isoformat(), "k": at.position})


class _Counters(dict[tuple[str, str], "Counter[int]"]):
    def __missing__(self, key: tuple[str, str]) -> Counter[int]:
        return self.setdefault(key, Counter())


def _delays(
    connection: Connection, at: Viewpoint, lifecycle_of: Mapping[str, str]
) -> dict[str, Counter[int]]:
    """Days from the last day on which a development can have happened to its first recording."""
    begins, days = _recording_days(connection)
    # With + 0, no index by days or by k_from is used: the table is read in its own order.
    query = (
        "SELECT f.initiative, f.hi, f.fact FROM fact_versions f"
        f" WHERE f.hi || '' <= :d AND {few_known()}"
    )
    given = {"d": at.as_of.isoformat(), "k": at.position}
    pairs = Counter(
        (lifecycle_of[slug], happened, days[bisect_right(begins, fact) - 1])
        for slug, happened, fact in streamed(connection, query, given)
        if slug in lifecycle_of
    )
    found: dict[str, Counter[int]] = {}
    for (lifecycle, happened, recorded), count in pairs.items():
        delay = (date.fromisoformat(recorded) - date.fromisoformat(happened)).days
        # The cut at UTC+14 and a later correction can put the day after the first recording.
        found.setdefault(lifecycle, Counter())[max(delay, 0)] += count
    return found


def _recording_days(connection: Connection) -> tuple[list[int], list[str]]:
    """The first position of each day on which something was recorded, and those days.

    Instants never go back from one position to the next: a seek finds the first of each day.
    """
    query = """
        WITH RECURSIVE days(recorded_at) AS (
            SELECT min(recorded_at) FROM events
            UNION ALL
            SELECT (SELECT min(e.recorded_at) FROM events e
                    WHERE e.recorded_at >= substr(days.recorded_at, 1, 10) || 'U')
            FROM days WHERE days.recorded_at IS NOT NULL)
        SELECT (SELECT min(e.position) FROM events e WHERE e.recorded_at = days.recorded_at),
               substr(recorded_at, 1, 10)
        FROM days WHERE recorded_at IS NOT NULL ORDER BY recorded_at
    """  # U follows the T that stands between a day and its time
    found = rows(connection, query, {})
    return [begin for begin, _ in found], [day for _, day in found]


def _figure(
    measure: Measure,
    lifecycle: str | None,
    phase: str | None,
    title: str | None,
    days: Counter[int],
) -> Figure:
    first, median, third = quartiles(days)
    return Figure(measure, lifecycle, phase, title, days.total(), first, median, third)


def quartiles(days: Counter[int]) -> tuple[float | None, float | None, float | None]:
    """Return the three quartiles, interpolated linearly between neighbours."""
    if not days:
        return (None, None, None)
    values = sorted(days)
    upto = list(accumulate(days[value] for value in values))

    def at(quarter: int) -> float:
        whole, rest = divmod((upto[-1] - 1) * quarter, 4)
        one = values[bisect_right(upto, whole)]
        other = values[bisect_right(upto, whole + 1)] if rest else one
        return one + (other - one) * rest / 4

    return (at(1), at(2), at(3))


def figure_item(figure: Figure) -> dict[str, Any]:
    """An item of ``stats``."""
    return {
        "measure": figure.measure,
        "lifecycle": figure.lifecycle,
        "phase": figure.phase,
        "phase_title": figure.phase_title,
        "count": figure.count,
        "first_quartile": figure.first_quartile,
        "median": figure.median,
        "third_quartile": figure.third_quartile,
    }
