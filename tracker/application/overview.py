"""Overviews at a viewpoint: the timeline, the figures, what needs attention, and a search.

Each takes the initiatives a few hundred at a time, so that none of them holds a whole log.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import Any, Literal

import sqlalchemy as sa
from attrs import define, evolve, frozen
from sqlalchemy.engine import Connection

from tracker.application import replaying
from tracker.application.items import text_item
from tracker.domain.dates import add_months
from tracker.domain.events import Account, account_of
from tracker.domain.evidence import Erased
from tracker.domain.facts import FactVersion, PlanVersion
from tracker.domain.findings import findings
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.plans import plan_state
from tracker.domain.status import DORMANT, ENDED, NOT_STARTED, Status, status
from tracker.domain.viewpoint import Viewpoint
from tracker.errors import CalledWrongly
from tracker.projections import portfolio
from tracker.projections.portfolio import Standing
from tracker.store import event_log
from tracker.store.schema import events, fact_versions, initiatives, plan_versions

PART = 200
"""How many initiatives are looked at at once."""

_DAY = timedelta(days=1)


def standings(connection: Connection, at: Viewpoint, only: frozenset[str] | None) -> list[Standing]:
    """What the initiatives *only*, or all, stand at, by slug."""
    return portfolio.status_of_all(connection, at, None if only is None else sorted(only))


# -- timeline --------------------------------------------------------------------------------------

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
    """A development or a plan on the timeline, or what one said before it was corrected."""

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
    for part in _parts(standings(connection, at, only)):
        slugs = [standing.initiative for standing in part]
        developments = portfolio.developments(connection, at.position, slugs)
        plans = portfolio.plans(connection, at.position, slugs)
        corrected = _corrected(connection, at, slugs)
        for standing in part:
            slug, facts = standing.initiative, developments.get(standing.initiative, [])
            marks = (
                *_developments(facts, at.as_of),
                *_plans(plans.get(slug, ()), facts, at.as_of),
                *corrected.get(slug, ()),
            )
            yield Course(
                initiative=slug,
                title=standing.profile.title,
                lifecycle=standing.lifecycle,
                stretches=tuple(stretches(facts, standing.lifecycle, at.as_of)),
                marks=tuple(sorted(marks, key=lambda mark: (mark.hi, mark.lo, mark.position))),
            )


def stretches(
    developments: Iterable[FactVersion], lifecycle: Lifecycle, as_of: date
) -> Iterator[Stretch]:
    """The status on every day up to *as_of*, equal neighbours as one.

    The time before anything can have happened is left out.
    """
    current: Stretch | None = None
    for day, stood in _statuses(developments, lifecycle, as_of):
        following = Stretch(
            phase=stood.phase,
            condition=stood.condition,
            outcome=stood.outcome,
            basis=stood.basis,
            is_certain=stood.is_certain,
            start=day,
        )
        if current is None:
            current = None if _is_blank(following) else following
        elif evolve(current, start=day) != following:
            yield evolve(current, end=day - _DAY)
            current = following
    if current is not None:
        yield current


def _is_blank(stretch: Stretch) -> bool:
    return (stretch.phase, stretch.condition) == (NOT_STARTED, "active") and (
        stretch.is_certain and stretch.basis == "observed"
    )


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
    developments: Iterable[FactVersion], lifecycle: Lifecycle, as_of: date
) -> list[date]:
    """Where an extent begins or ends, the day after, and where a silence grows too long."""
    days = set()
    for fact in developments:
        ends = [fact.lo, fact.hi]
        if lifecycle.dormant_after is not None:
            ends.append(add_months(fact.hi, lifecycle.dormant_after))
        for day in ends:
            days.add(day)
            if day < date.max:
                days.add(day + _DAY)
    return sorted(day for day in days if day <= as_of)


def _near(facts: Sequence[FactVersion], day: date) -> list[FactVersion]:
    """Those of *facts* that the status on *day*, or on any later one, may still depend on.

    Whatever is over before the greatest beginning of a sure one of its sort can never be the last
    again (section 5 of the semantics: its M only grows); of all the others only the last counts.
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


def _developments(facts: Iterable[FactVersion], as_of: date) -> Iterator[Mark]:
    for fact in facts:
        if fact.lo <= as_of:
            yield Mark(
                "development", fact.handle, fact.position, fact.type, fact.on, fact.lo, fact.hi
            )


def _plans(
    plans: Iterable[PlanVersion], facts: Sequence[FactVersion], as_of: date
) -> Iterator[Mark]:
    for plan in plans:
        state = plan_state(plan, facts, as_of)
        kind: MarkKind = "plan" if state not in ("overdue", "fulfilled") else state
        yield Mark(kind, plan.handle, plan.position, plan.type, plan.on, plan.lo, plan.hi)


def _corrected(
    connection: Connection, at: Viewpoint, slugs: Sequence[str]
) -> dict[str, list[Mark]]:
    """What facts said before they were withdrawn, or given another date or type, by initiative."""
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
    found: dict[str, list[Mark]] = {}
    for versions in told.values():
        for mark in _superseded(versions, at.as_of):
            found.setdefault(versions[0].initiative, []).append(mark)
    return found


def _superseded(versions: Sequence[Any], as_of: date) -> Iterator[Mark]:
    """The accounts among *versions* of one fact that no longer stand, as far as they differ."""
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


# -- figures ---------------------------------------------------------------------------------------

Measure = Literal["now", "ended", "running", "delay"]


@frozen
class Figure:
    """One figure: how many there are, and where the days of half and of each quarter of them lie.

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
    stood = standings(connection, at, only)
    lifecycles = {s.profile.lifecycle: s.lifecycle for s in stood}
    now = Counter((s.profile.lifecycle, s.status.phase) for s in stood)
    stays = _stays(connection, at, {s.initiative: s.profile.lifecycle for s in stood}, only)
    delays = _delays(connection, at, {s.initiative for s in stood} if only is not None else None)
    found = []
    for name, lifecycle in sorted(lifecycles.items()):
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


def _stays(
    connection: Connection,
    at: Viewpoint,
    lifecycle_of: dict[str, str],
    only: frozenset[str] | None,
) -> _Stays:
    """Every stay in a phase, from the story as it happened.

    A stay lasts while the initiative is suspended or silent, and is over when another phase is
    entered or the initiative ends.
    """
    ended: dict[tuple[str, str], Counter[int]] = _Counters()
    running: dict[tuple[str, str], Counter[int]] = _Counters()
    since: dict[str, tuple[str, date]] = {}
    for step in replaying.happening(connection, at, only):
        slug, after, day = step.initiative, step.after, step.day
        if slug is None or after is None or day is None:
            continue
        phase = None if after.condition == ENDED or after.phase == NOT_STARTED else after.phase
        stay = since.get(slug)
        if stay is not None and stay[0] == phase:
            continue
        if stay is not None:
            del since[slug]
            ended[lifecycle_of[slug], stay[0]][(day - stay[1]).days] += 1
        if phase is not None:
            since[slug] = (phase, day)
    for slug, (phase, day) in since.items():
        running[lifecycle_of[slug], phase][(at.as_of - day).days] += 1
    return _Stays(ended, running)


class _Counters(dict[tuple[str, str], "Counter[int]"]):
    def __missing__(self, key: tuple[str, str]) -> Counter[int]:
        return self.setdefault(key, Counter())


def _delays(
    connection: Connection, at: Viewpoint, only: set[str] | None
) -> dict[str, Counter[int]]:
    """Days from the last day on which a development can have happened to its first recording."""
    facts, profiles = fact_versions.c, initiatives.c
    recorded_on = sa.func.substr(events.c.recorded_at, 1, 10)
    columns = (profiles.lifecycle, facts.hi, recorded_on)
    by = (profiles.initiative, *columns) if only is not None else columns
    query = (
        sa.select(*by, sa.func.count())
        .join_from(fact_versions, events, events.c.position == facts.fact)
        .join(initiatives, profiles.initiative == facts.initiative)
        .where(facts.k_from <= at.position, facts.k_to > at.position)
        .where(profiles.k_from <= at.position, profiles.k_to > at.position)
        .where(facts.hi <= at.as_of.isoformat())
        .group_by(*by)
    )
    if only is None:
        query = query.where(profiles.retired == 0)
    found: dict[str, Counter[int]] = {}
    for row in connection.execute(query, execution_options={"yield_per": 2000}):
        lifecycle, happened, recorded, count = row[-4:]
        if only is not None and row[0] not in only:
            continue
        days = (date.fromisoformat(recorded) - date.fromisoformat(happened)).days
        # The cut at UTC+14 and a later correction can put the day after the first recording.
        found.setdefault(lifecycle, Counter())[max(days, 0)] += count
    return found


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
    """What a quarter, half and three quarters stay below, in proportion between neighbours."""
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


# -- attention -------------------------------------------------------------------------------------

Concern = Literal["overdue", "dormant", "conflicts", "ties", "single-source"]
CONCERNS: dict[Concern, tuple[str, ...]] = {
    "overdue": ("plan-overdue",),
    "dormant": ("dormant",),
    "conflicts": ("contradiction",),
    "ties": ("equal-dates", "order-lapsed"),
    "single-source": ("single-source",),
}
"""What one can ask about, most pressing first, and the kinds of finding that it is."""


@frozen
class Notice:
    """What needs attention, since a date in EDTF; by the as-of date *days* have passed."""

    initiative: str
    kind: str
    facts: tuple[str, ...]
    text: str
    since: str | None
    days: int | None


def attention(
    connection: Connection,
    at: Viewpoint,
    concerns: Iterable[Concern] = tuple(CONCERNS),
    only: frozenset[str] | None = None,
) -> list[Notice]:
    """What is odd across the portfolio, the most pressing kind first, the oldest of it first."""
    kinds = [kind for concern in CONCERNS if concern in concerns for kind in CONCERNS[concern]]
    found: list[Notice] = []
    for part in _parts(standings(connection, at, only)):
        slugs = [standing.initiative for standing in part]
        facts = portfolio.developments(connection, at.position, slugs)
        plans = portfolio.plans(connection, at.position, slugs)
        for standing in part:
            slug = standing.initiative
            notices = _notices(standing, facts.get(slug, ()), plans.get(slug, ()), at.as_of)
            found += [notice for notice in notices if notice.kind in kinds]
    found.sort(
        key=lambda n: (kinds.index(n.kind), -(n.days if n.days is not None else -1), n.initiative)
    )
    return found


def _notices(
    standing: Standing,
    facts: Sequence[FactVersion],
    plans: Sequence[PlanVersion],
    as_of: date,
) -> Iterator[Notice]:
    slug, stood = standing.initiative, standing.status
    sure = [fact for fact in facts if fact.hi <= as_of]
    if stood.condition == DORMANT and stood.since:
        text = f"nothing heard since {stood.last_on or 'an open date'}, in phase {stood.phase}"
        days = (as_of - date.fromisoformat(stood.since)).days
        yield Notice(slug, "dormant", (sure[-1].handle,), text, stood.since, days)
    days_of = {fact.handle: (fact.hi, fact.on) for fact in facts}
    due = {plan.handle: plan.hi for plan in plans}
    for finding in findings(facts, plans, standing.lifecycle, stood, as_of):
        if finding.kind == "plan-overdue":
            first = due[finding.facts[0]] + _DAY
            since: tuple[date, str] | None = (first, first.isoformat())
        else:
            since = max((days_of[fact] for fact in finding.facts if fact in days_of), default=None)
        yield Notice(
            initiative=slug,
            kind=finding.kind,
            facts=finding.facts,
            text=finding.text,
            since=None if since is None or since[1] == "../.." else since[1],
            days=(as_of - since[0]).days if since else None,
        )


# -- search ----------------------------------------------------------------------------------------


@frozen
class Hit:
    """Where words were found: in an initiative itself, or in a fact, best in its *field*."""

    initiative: str
    title: str
    fact: str | None
    position: int | None
    on: str | None
    type: str | None
    field: str
    excerpt: str


@frozen
class Words:
    """What is looked for: every word, whatever its case, anywhere in a text."""

    folded: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Words:
        """The words of *text*; CalledWrongly if there are none."""
        words = tuple(dict.fromkeys(_folded(text).split()))
        if not words:
            raise CalledWrongly("there is nothing to search for; write at least one word")
        return cls(words)

    def best(self, fields: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
        """The field that most of the words are in, and an excerpt; None unless all are in some."""
        missing = set(self.folded)
        best: tuple[int, str, str] | None = None
        for name, text in fields:
            folded = _folded(text)
            inside = {word for word in self.folded if word in folded}
            missing -= inside
            if inside and (best is None or len(inside) > best[0]):
                best = (len(inside), name, text)
        if missing or best is None:
            return None
        return best[1], self.excerpt(best[2])

    def excerpt(self, text: str, around: int = 60) -> str:
        """The part of *text* about the first of the words in it."""
        text = " ".join(unicodedata.normalize("NFC", text).split())
        ends = list(accumulate(len(each.casefold()) for each in text))
        folded = text.casefold()
        found = [(folded.find(word), len(word)) for word in self.folded if word in folded]
        at, length = min(found, default=(0, 0))
        first, last = bisect_right(ends, at), bisect_right(ends, at + length - 1)
        start, stop = max(first - around, 0), min(last + around, len(text))
        start = _word_start(text, start, first) if start else 0
        stop = _word_stop(text, stop, last) if stop < len(text) else stop
        before, after = "…" if start else "", "…" if stop < len(text) else ""
        return f"{before}{text[start:stop]}{after}"


def search(
    connection: Connection, at: Viewpoint, words: Words, only: frozenset[str] | None = None
) -> Iterator[Hit]:
    """Where all *words* are found in what stands at the viewpoint; it streams, by initiative."""
    for part in _parts(standings(connection, at, only)):
        places = _places(connection, at, [standing.initiative for standing in part])
        for standing in part:
            hit = _hit_in_profile(standing, words)
            if hit is not None:
                yield hit
            theirs = places.get(standing.initiative, [])
            for start in range(0, len(theirs), replaying.BATCH):
                some = theirs[start : start + replaying.BATCH]
                yield from _hits_in_facts(connection, standing, some, words)


def _places(
    connection: Connection, at: Viewpoint, slugs: Sequence[str]
) -> dict[str, list[tuple[int, int, int]]]:
    """What stands of each initiative, as (first position, number, position of the version)."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    for table in (fact_versions, plan_versions):
        columns = table.c
        query = sa.select(columns.initiative, columns.fact, columns.number, columns.position).where(
            columns.initiative.in_(slugs), columns.k_from <= at.position, columns.k_to > at.position
        )
        if table is fact_versions:
            query = query.where(columns.lo <= at.as_of.isoformat())
        for slug, *place in connection.execute(query):
            found.setdefault(slug, []).append((place[0], place[1], place[2]))
    for places in found.values():
        places.sort()
    return found


def _hit_in_profile(standing: Standing, words: Words) -> Hit | None:
    profile = standing.profile
    best = words.best((("title", profile.title), ("summary", profile.summary or "")))
    if best is None:
        return None
    return Hit(standing.initiative, profile.title, None, None, None, None, *best)


def _hits_in_facts(
    connection: Connection,
    standing: Standing,
    places: Sequence[tuple[int, int, int]],
    words: Words,
) -> Iterator[Hit]:
    told = event_log.read_at(connection, (position for _, _, position in places))
    for _, number, position in places:
        account = account_of(told[position].what)
        best = words.best(_fields(account, standing.lifecycle)) if account else None
        if account is None or best is None:
            continue
        yield Hit(
            standing.initiative,
            standing.profile.title,
            f"{standing.initiative}#{number}",
            position,
            None if account.on.edtf == "../.." else account.on.edtf,
            account.type,
            *best,
        )


def _fields(account: Account, lifecycle: Lifecycle) -> Iterator[tuple[str, str]]:
    """The texts of a fact, by the name of their field; what was erased is not there."""
    known = lifecycle.development(account.type)
    yield "note", _text(account.note)
    for source in account.sources:
        yield "quote", _text(source.quote)
        said = (source.title, source.publisher, source.document, source.url)
        yield "source", " · ".join(part for part in said if part)
    yield "stated_by", account.stated_by or ""
    yield "type", f"{account.type} {known.title}" if known else account.type


def _text(text: Any) -> str:
    return "" if isinstance(text, Erased) else text_item(text) or ""


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _word_start(text: str, start: int, limit: int) -> int:
    blank = text.find(" ", start, limit)
    return blank + 1 if blank >= 0 else start


def _word_stop(text: str, stop: int, limit: int) -> int:
    blank = text.rfind(" ", limit, stop)
    return blank if blank > limit else stop


# -- as items --------------------------------------------------------------------------------------


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


def phase_title(lifecycle: Lifecycle, phase: str) -> str:
    """What a phase is called."""
    found = lifecycle.phase(phase)
    return found.title if found else "Not started"


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


def notice_item(notice: Notice) -> dict[str, Any]:
    """An item of ``attention``."""
    return {
        "initiative": notice.initiative,
        "kind": notice.kind,
        "facts": list(notice.facts),
        "text": notice.text,
        "since": notice.since,
        "days": notice.days,
    }


def hit_item(hit: Hit) -> dict[str, Any]:
    """An item of ``search``."""
    return {
        "initiative": hit.initiative,
        "title": hit.title,
        "fact": hit.fact,
        "position": hit.position,
        "on": hit.on,
        "type": hit.type,
        "field": hit.field,
        "excerpt": hit.excerpt,
    }


def _parts(found: Sequence[Standing]) -> Iterator[Sequence[Standing]]:
    for start in range(0, len(found), PART):
        yield found[start : start + PART]
