"""Replaying: how things came to stand as they do, as they happened or as they were learned.

Along the world's axis the developments known at a viewpoint come in the order in which they
happened, and falling dormant is a step of its own. Along the knowledge axis the events come in the
order in which they were learned, corrections included, with every status as of the one day.

What stands is folded as the story goes: of each initiative no more is kept than the developments
that decide it. Only where facts are corrected are its others read, for a batch of events at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time
from heapq import heappop, heappush
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import sqlalchemy as sa
from attrs import define, evolve, field, frozen
from sqlalchemy.engine import Connection

from tracker import clock
from tracker.application import answers, names
from tracker.application.answers import Filters
from tracker.application.items import text_item
from tracker.application.viewpoints import position_of
from tracker.domain.dates import format_instant, parse_instant, parse_when
from tracker.domain.events import (
    Amended,
    Event,
    InitiativeRegistered,
    InitiativeRetired,
    InitiativeRevised,
    InitiativesLinked,
    InitiativesUnlinked,
    LifecycleAdopted,
    Profile,
    TextErased,
    Withdrawn,
    account_of,
)
from tracker.domain.facts import FactVersion
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.status import INFERRED, decide_status
from tracker.domain.viewpoint import OPEN, Viewpoint
from tracker.errors import CalledWrongly, Refused
from tracker.projections import portfolio
from tracker.store import event_log
from tracker.store.codec import decode
from tracker.store.schema import events, fact_versions, lifecycle_versions
from tracker.store.schema import initiatives as profiles

if TYPE_CHECKING:
    from tracker.store.reading import Reader

Axis = Literal["world", "knowledge"]
AXES: tuple[Axis, ...] = ("world", "knowledge")

BATCH = 500
"""How many steps are completed, or initiatives looked up, at once."""

_T = TypeVar("_T")


@frozen
class State:
    """What the story tells of a status."""

    phase: str
    condition: str


@frozen
class Step:
    """One step of the story: what happened, or was learned, and what that changed.

    *kind* is ``development`` or ``dormancy`` along the world's axis, along the knowledge axis the
    kind of the event. *day* is where the step lies in the world, None along the other axis. A
    *before* of None was not registered yet, an *after* of None is retired; a step with no
    *initiative* is about the log as a whole. *mode* is that of the fact, if it is about one. Steps
    outside the bounds are not *shown*.
    """

    position: int | None
    initiative: str | None
    kind: str
    before: State | None
    after: State | None
    type: str | None = None
    on: str | None = None
    recorded_at: datetime | None = None
    note: str | None = None
    mode: str | None = None
    day: date | None = None
    is_shown: bool = True


@frozen
class Bounds:
    """Which steps are shown: those between two days of the world, or two places in the log."""

    days: tuple[date, date] = (date.min, date.max)
    instants: tuple[datetime | None, datetime | None] = (None, None)
    positions: tuple[int | None, int | None] = (None, None)

    @classmethod
    def parsed(cls, axis: Axis, since: str | None, until: str | None) -> Bounds:
        """What a person typed: days of the world, or days, instants and positions of the log."""
        if axis == "world":
            bounds = cls(days=(_first_day(since), _last_day(until)))
            is_reversed = bounds.days[0] > bounds.days[1]
        else:
            first, last = _place(since, "--from"), _place(until, "--to")
            bounds = cls(instants=(first[0], last[0]), positions=(first[1], last[1]))
            is_reversed = _reversed(bounds.instants) or _reversed(bounds.positions)
        if is_reversed:
            message = f"--from {since} is after --to {until}; swap the two"
            raise CalledWrongly(message)
        return bounds

    def has_day(self, day: date) -> bool:
        """Whether a day of the world lies between."""
        return self.days[0] <= day <= self.days[1]

    def has(self, position: int, recorded_at: datetime) -> bool:
        """Whether a place in the log lies between."""
        return _between(recorded_at, *self.instants) and _between(position, *self.positions)


EVERYTHING = Bounds()


def chosen(
    reader: Reader, at: Viewpoint, initiatives: Sequence[str], filters: Filters
) -> frozenset[str] | None:
    """The slugs that are named and that *filters* fit at the viewpoint; None for all there are."""
    named = {names.initiative(reader, each, at.position) for each in initiatives}
    if filters == Filters():
        return frozenset(named) if initiatives else None
    fitting = answers.listing(reader, at, filters)  # which refuses a value that none has
    if not initiatives:
        return frozenset(each.initiative for each in fitting)
    standings = portfolio.status_of_all(reader, at, sorted(named))
    return frozenset(each.initiative for each in standings if filters.fits(each))


def replay(
    connection: Connection,
    at: Viewpoint,
    axis: Axis = "world",
    only: frozenset[str] | None = None,
    bounds: Bounds = EVERYTHING,
    *,
    hidden: bool = False,
) -> Iterator[Step]:
    """Tell the story up to a viewpoint, of the initiatives *only* or of all; it streams.

    The story always begins at its beginning; *bounds* limit what is shown of it. With *hidden* the
    steps that are not shown come too, so that whoever follows can say what stood.
    """
    if axis == "knowledge":
        return Learning(connection, at, only, bounds).steps(hidden=hidden)
    return _completed(connection, happening(connection, at, only), bounds, hidden=hidden)


# -- what stands -----------------------------------------------------------------------------------


@define
class Course:
    """What one initiative stands at while the story goes on: the developments that decide it."""

    lifecycle: Lifecycle
    is_retired: bool = False
    deciding: FactVersion | None = None
    deciding_condition: FactVersion | None = None
    last: FactVersion | None = None

    def take(self, fact: FactVersion) -> None:
        """One more development is sure."""
        self.last = _later(self.last, fact)
        if fact.sets_phase:
            self.deciding = _later(self.deciding, fact)
        if fact.sets_condition:
            self.deciding_condition = _later(self.deciding_condition, fact)

    def take_anew(self, facts: Iterable[FactVersion]) -> None:
        """These are all the sure developments that there are."""
        self.deciding = self.deciding_condition = self.last = None
        for fact in facts:
            self.take(fact)

    def state(self, as_of: date) -> State | None:
        """Section 5 of the semantics; None for a retired initiative, which no list has."""
        if self.is_retired:
            return None
        phase, condition, _, _ = self._decided(as_of)
        return State(phase, condition)

    @property
    def first_dormant_day(self) -> date | None:
        """The day on which it falls dormant if nothing more is heard; None if it never does."""
        # At the end of time whatever can have fallen dormant has.
        _, _, basis, since = self._decided(date.max)
        return date.fromisoformat(since) if basis == INFERRED and since else None

    def _decided(self, as_of: date) -> tuple[str, str, str, str | None]:
        status = decide_status(
            deciding=self.deciding,
            deciding_condition=self.deciding_condition,
            last=self.last,
            possible=frozenset(),
            possible_conditions=frozenset(),
            lifecycle=self.lifecycle,
            as_of=as_of,
        )
        return status.phase, status.condition, status.basis, status.since


def _later(one: FactVersion | None, other: FactVersion) -> FactVersion:
    return other if one is None or other.order > one.order else one


# -- as it happened --------------------------------------------------------------------------------


def happening(
    connection: Connection, at: Viewpoint, only: frozenset[str] | None = None
) -> Iterator[Step]:
    """The developments sure at a viewpoint as they happened, and every silence that grew too long.

    A step of kind ``development`` has neither instant nor note yet.
    """
    courses = _courses(connection, at, only)
    states: dict[str, State | None] = {}
    silences = _Silences(courses)
    for fact in _in_order(connection, at, only):
        slug = fact.initiative
        course = courses.get(slug)
        if course is None:  # retired
            continue
        for day, silent in silences.before(fact.hi):
            yield _dormancy(silent, courses[silent], day, states)
        before = states.get(slug) or course.state(date.min)
        course.take(fact)
        after = states[slug] = course.state(fact.hi)
        silences.expect(slug)
        yield Step(
            position=fact.position,
            initiative=slug,
            kind="development",
            before=before,
            after=after,
            type=fact.type,
            on=None if fact.on == "../.." else fact.on,
            mode="occurred",
            day=fact.hi,
        )
    for day, silent in silences.before(None):
        if day > at.as_of:
            break
        yield _dormancy(silent, courses[silent], day, states)


@define
class _Silences:
    """The days on which initiatives fall dormant unless they are heard of: one for each, ahead."""

    courses: Mapping[str, Course]
    _days: list[tuple[date, str]] = field(factory=list)
    _expected: set[str] = field(factory=set)

    def expect(self, slug: str) -> None:
        """Look out for *slug* from now on; a day set for it before can only be too soon."""
        day = self.courses[slug].first_dormant_day
        if slug not in self._expected and day is not None:
            self._expected.add(slug)
            heappush(self._days, (day, slug))

    def before(self, day: date | None) -> Iterator[tuple[date, str]]:
        """Who falls dormant before *day*, on which they may yet be heard of, and when."""
        while self._days and (day is None or self._days[0][0] < day):
            foreseen, slug = heappop(self._days)
            self._expected.discard(slug)
            actual = self.courses[slug].first_dormant_day
            if actual == foreseen:
                yield foreseen, slug
            else:
                self.expect(slug)  # it was heard of meanwhile


def _dormancy(slug: str, course: Course, day: date, states: dict[str, State | None]) -> Step:
    before, after = states.get(slug), course.state(day)
    states[slug] = after
    heard = course.last.on if course.last else ""
    return Step(
        position=None,
        initiative=slug,
        kind="dormancy",
        before=before,
        after=after,
        on=day.isoformat(),
        note=f"nothing heard since {heard}",
        day=day,
    )


def _completed(
    connection: Connection, story: Iterator[Step], bounds: Bounds, *, hidden: bool
) -> Iterator[Step]:
    """The steps within *bounds*, with what their events say of when and why."""
    last = bounds.days[1]
    placed = (evolve(s, is_shown=bounds.has_day(s.day or date.min)) for s in story)
    for steps in _batches(_until(placed, last), BATCH):
        wanted = [s.position for s in steps if s.is_shown and s.position is not None]
        told = event_log.read_at(connection, wanted)
        for step in steps:
            if step.is_shown:
                yield _told(step, told.get(step.position or 0))
            elif hidden:
                yield step


def _until(story: Iterator[Step], last: date) -> Iterator[Step]:
    for step in story:
        if step.day is not None and step.day > last:
            return
        yield step


def _told(step: Step, event: Event | None) -> Step:
    account = account_of(event.what) if event else None
    if event is None or account is None:
        return step
    return evolve(step, recorded_at=event.recorded_at, note=text_item(account.note))


def _courses(
    connection: Connection, at: Viewpoint, only: frozenset[str] | None
) -> dict[str, Course]:
    """Every initiative known at a viewpoint, about to begin; the retired only if they are named."""
    definitions = _definitions(connection, at.position)
    columns = profiles.c
    query = sa.select(columns.initiative, columns.lifecycle, columns.retired).where(
        columns.k_from <= at.position, columns.k_to > at.position
    )
    return {
        slug: Course(definitions[lifecycle])
        for slug, lifecycle, retired in connection.execute(query)
        if (slug in only if only is not None else not retired)
    }


def _definitions(connection: Connection, position: int) -> dict[str, Lifecycle]:
    columns = lifecycle_versions.c
    query = sa.select(columns.lifecycle, columns.definition).where(
        columns.k_from <= position, columns.k_to > position
    )
    return {name: portfolio.lifecycle_from(text) for name, text in connection.execute(query)}


# -- developments, read as a stream ----------------------------------------------------------------

_facts = fact_versions.c
_COLUMNS = (
    _facts.initiative, _facts.number, _facts.fact, _facts.position, _facts.lo, _facts.hi,
    _facts.rank, _facts.type, _facts.effect, _facts.phase, _facts.outcome, _facts.edtf,
    _facts.fulfils, _facts.after_fact, _facts.contradicts, _facts.source, _facts.unconfirmed,
    _facts.k_from, _facts.k_to,
)  # fmt: skip
"""What :func:`tracker.projections.portfolio.fact_version` reads."""

_IS_CLOSED = sa.text(f"k_to < {OPEN}")
"""Said in so many words, so that the index of what is closed is found."""


def _in_order(
    connection: Connection, at: Viewpoint, only: frozenset[str] | None
) -> Iterator[FactVersion]:
    """The developments that are sure at a viewpoint, in the one order that decides."""
    query = (
        sa.select(*_COLUMNS)
        .where(_facts.hi <= at.as_of.isoformat(), *_mine(_facts.initiative, only))
        .where(_facts.k_from <= at.position, _facts.k_to > at.position)
        .order_by(_facts.hi, _facts.lo, _facts.rank, _facts.fact)
    )
    return _streamed(connection, query)


def _streamed(connection: Connection, query: sa.Select[Any]) -> Iterator[FactVersion]:
    options = {"yield_per": 2000}
    for row in connection.execute(query, execution_options=options):
        yield portfolio.fact_version(row)


def _mine(
    column: sa.ColumnElement[Any], only: frozenset[str] | None
) -> tuple[sa.ColumnElement[bool], ...]:
    """Narrow a query to *only*, where they are few enough to be named in it."""
    return (column.in_(sorted(only)),) if only is not None and len(only) <= BATCH else ()


# -- as it was learned -----------------------------------------------------------------------------

Row = Any
"""A row of ``events``."""


@define
class Learning:
    """The story along the knowledge axis: every event in order, and what it made known."""

    connection: Connection
    at: Viewpoint
    only: frozenset[str] | None
    bounds: Bounds
    _courses: dict[str, Course] = field(factory=dict)
    _states: dict[str, State | None] = field(factory=dict)
    _lifecycles: dict[str, Lifecycle] = field(factory=dict)

    def steps(self, *, hidden: bool = False) -> Iterator[Step]:
        """Every step up to the viewpoint; those outside the bounds only with *hidden*."""
        for rows in event_log.read_rows(self.connection, *self._where()):
            if self._is_past(rows[0]):
                return
            for step in self._batch(rows):
                if step.is_shown or hidden:
                    yield step

    def _is_past(self, row: Row) -> bool:
        instant, position = self.bounds.instants[1], self.bounds.positions[1]
        return not (
            _between(row.position, None, position)
            and _between(datetime.fromisoformat(row.recorded_at), None, instant)
        )

    def _where(self) -> tuple[sa.ColumnElement[bool], ...]:
        known = events.c.position <= self.at.position
        mine = _mine(events.c.initiative, self.only)
        return (known, *(sa.or_(each, events.c.initiative.is_(None)) for each in mine))

    def _batch(self, rows: Sequence[Row]) -> Iterator[Step]:
        texts = event_log.texts_of(self.connection, [row.position for row in rows])
        said = _Said(self.connection, rows)
        for part in _parted(rows):
            if part[0].initiative is None:
                yield from self._adopted(part[0])
                continue
            changes = _Changes.between(
                self.connection, part[0].position, part[-1].position, self.only, self.at.as_of
            )
            for row in part:
                if self.only is None or row.initiative in self.only:
                    yield self._learned(row, changes, said, texts.get(row.position, {}))

    def _learned(self, row: Row, changes: _Changes, said: _Said, texts: Mapping[str, str]) -> Step:
        slug, before = row.initiative, self._states.get(row.initiative)
        recorded_at = datetime.fromisoformat(row.recorded_at)
        is_shown = self.bounds.has(row.position, recorded_at)
        is_about_a_fact = row.fact is not None
        event = decode(row.body, texts) if is_shown or not is_about_a_fact else None
        lifecycle = self._courses[slug].lifecycle.name if slug in self._courses else None
        if event is not None:
            self._take(slug, event)
        course = self._courses[slug]
        changes.apply(row.position, slug, course)
        after = self._states[slug] = course.state(self.at.as_of)
        kind, on, mode = said.of(row)
        return Step(
            position=row.position,
            initiative=slug,
            kind=row.kind,
            before=before,
            after=after,
            type=kind,
            on=on,
            recorded_at=recorded_at,
            note=_note(event, lifecycle) if event and is_shown else None,
            mode=mode,
            is_shown=is_shown,
        )

    def _take(self, slug: str, event: Event) -> None:
        match event.what:
            case InitiativeRegistered(profile):
                self._courses[slug] = Course(self._lifecycles[profile.lifecycle])
            case InitiativeRevised(profile):
                self._courses[slug].lifecycle = self._lifecycles[profile.lifecycle]
            case InitiativeRetired():
                self._courses[slug].is_retired = True

    def _adopted(self, row: Row) -> Iterator[Step]:
        """One step for each initiative whose status this changes; if there is none, one at all."""
        event = decode(row.body, {})
        if not isinstance(event.what, LifecycleAdopted):
            message = f"no replay knows what to make of {row.kind!r}"
            raise TypeError(message)
        lifecycle = Lifecycle.from_definition(event.what.definition)
        self._lifecycles[lifecycle.name] = lifecycle
        step = Step(
            position=row.position,
            initiative=None,
            kind=row.kind,
            before=None,
            after=None,
            recorded_at=event.recorded_at,
            note=lifecycle.name,
            is_shown=self.bounds.has(row.position, event.recorded_at),
        )
        following = [s for s, c in self._courses.items() if c.lifecycle.name == lifecycle.name]
        count = 0
        for slugs in _batches(iter(sorted(following)), BATCH):
            facts = portfolio.developments(self.connection, row.position, slugs)
            for slug in slugs:
                course, before = self._courses[slug], self._states[slug]
                course.lifecycle = lifecycle
                course.take_anew(f for f in facts.get(slug, ()) if f.hi <= self.at.as_of)
                after = self._states[slug] = course.state(self.at.as_of)
                if before != after:
                    count += 1
                    yield evolve(step, initiative=slug, before=before, after=after)
        if count == 0 and self.only is None:
            yield step


@define
class _Changes:
    """How the sure developments change over a part of the log, by position.

    What is taken back may uncover what stood before it, so that of an initiative with corrections
    in this part all developments are here; of the others, only those that are new.
    """

    opened: dict[int, list[FactVersion]]
    closed: dict[int, list[int]]
    standing: dict[str, dict[int, FactVersion]]

    @classmethod
    def between(
        cls,
        connection: Connection,
        first: int,
        last: int,
        only: frozenset[str] | None,
        as_of: date,
    ) -> _Changes:
        """The changes at the positions from *first* to *last*, none of them an adoption."""
        sure = (_facts.hi <= as_of.isoformat(), *_mine(_facts.initiative, only))
        opened: dict[int, list[FactVersion]] = {}
        query = sa.select(*_COLUMNS).where(_facts.k_from.between(first, last), *sure)
        for row in connection.execute(query):
            fact = portfolio.fact_version(row)
            opened.setdefault(fact.k_from, []).append(fact)
        closed: dict[int, list[int]] = {}
        corrected: set[str] = set()
        ended = sa.select(_facts.initiative, _facts.fact, _facts.k_to)
        for slug, fact_, k_to in connection.execute(
            ended.where(_IS_CLOSED, _facts.k_to.between(first, last), *sure)
        ):
            closed.setdefault(k_to, []).append(fact_)
            corrected.add(slug)
        standing: dict[str, dict[int, FactVersion]] = {slug: {} for slug in corrected}
        for slugs in _batches(iter(sorted(corrected)), BATCH):
            query = sa.select(*_COLUMNS).where(
                _facts.initiative.in_(slugs), _facts.k_from < first, _facts.k_to >= first, *sure
            )
            for row in connection.execute(query):
                fact = portfolio.fact_version(row)
                standing[fact.initiative][fact.fact] = fact
        return cls(opened, closed, standing)

    def apply(self, position: int, slug: str, course: Course) -> None:
        """Let *course* take what the event at *position* changed."""
        opened, closed = self.opened.get(position, ()), self.closed.get(position, ())
        standing = self.standing.get(slug)
        if standing is None:
            for fact in opened:
                course.take(fact)
            return
        for gone in closed:
            standing.pop(gone, None)
        for fact in opened:
            standing[fact.fact] = fact
        if closed:
            course.take_anew(standing.values())
        else:
            for fact in opened:
                course.take(fact)


_SILENT = ("withdrawn", "text-erased")
"""The kinds of event that are about a fact and do not say its type and date themselves."""


@define
class _Said:
    """What a batch of events is about: a withdrawal does not say itself what it withdraws."""

    connection: Connection
    rows: Sequence[Row]
    _said: dict[int, Row] | None = None

    def of(self, row: Row) -> tuple[str | None, str | None, str | None]:
        """The type, the date and the mode of the fact that the event of *row* is about."""
        if row.kind in _SILENT:
            row = self._last_said[row.position]
        return row.type, None if row.edtf == "../.." else row.edtf, row.mode

    @property
    def _last_said(self) -> dict[int, Row]:
        """Position of each withdrawal and erasure → what the fact said before."""
        if self._said is None:
            self._said = {}
            silent = [row for row in self.rows if row.kind in _SILENT]
            for part in _batches(iter(silent), BATCH):
                self._look_up(part)
        return self._said

    def _look_up(self, silent: Sequence[Row]) -> None:
        facts = [row.fact for row in silent]
        columns = events.c
        query = sa.select(
            columns.fact, columns.position, columns.type, columns.edtf, columns.mode
        ).order_by(columns.position)
        # Two questions, as two indexes answer them: how facts began, and how they were corrected.
        began = query.where(columns.position.in_(facts))
        corrected = columns.kind.in_(["amended", "withdrawn"])
        amended = query.where(columns.fact.in_(facts), corrected, columns.kind == "amended")
        found: dict[int, list[Row]] = {}
        for row in (*self.connection.execute(began), *self.connection.execute(amended)):
            found.setdefault(row.fact, []).append(row)
        for row in silent:
            earlier = [said for said in found[row.fact] if said.position < row.position]
            if self._said is not None:
                self._said[row.position] = earlier[-1]


def _parted(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """*rows* in parts: each adoption alone, and what lies between them."""
    start = 0
    for number, row in enumerate(rows):
        if row.initiative is None:
            if number > start:
                yield rows[start:number]
            yield rows[number : number + 1]
            start = number + 1
    if start < len(rows):
        yield rows[start:]


def _note(event: Event, lifecycle_before: str | None) -> str | None:
    """What a person would add: why, or what about."""
    match event.what:
        case Amended(reason=reason) | Withdrawn(reason=reason):
            return reason
        case TextErased(field=name, reason=reason):
            return f"{name}: {reason}"
        case InitiativeRegistered(profile):
            return profile.title
        case InitiativeRevised(profile):
            return _revision(profile, lifecycle_before)
        case InitiativeRetired(reason, into):
            return f"{reason}; now {into}" if into else reason
        case InitiativesLinked(link, other):
            return f"{link} {other}"
        case InitiativesUnlinked(link, other, reason):
            return f"{link} {other}: {reason}"
    account = account_of(event.what)
    return text_item(account.note) if account else None


def _revision(profile: Profile, lifecycle_before: str | None) -> str:
    if profile.lifecycle == lifecycle_before:
        return profile.title
    return f"{profile.title}; now follows {profile.lifecycle}"


# -- what a person types ---------------------------------------------------------------------------


def _first_day(text: str | None) -> date:
    return date.min if text is None else _world_date(text, "--from").lo


def _last_day(text: str | None) -> date:
    return date.max if text is None else _world_date(text, "--to").hi


def _world_date(text: str, option: str) -> Any:
    if position_of(text) is not None:
        message = f"{option} {text} is a place in the log; it goes with --axis knowledge"
        raise CalledWrongly(message)
    return parse_when(text, clock.today())


def _place(text: str | None, option: str) -> tuple[datetime | None, int | None]:
    """An instant, the beginning (--from) or end (--to) of a day, or a position."""
    if text is None:
        return None, None
    position = position_of(text)
    if position is not None:
        return None, position
    instant = parse_instant(text, clock.today())
    if option == "--from" and instant.time() == time.max:
        with suppress(Refused):  # it was an instant after all
            first = parse_when(text, clock.today()).lo
            instant = datetime.combine(first, time.min, UTC)
    return instant, None


def _reversed(ends: tuple[Any, Any]) -> bool:
    first, last = ends
    return first is not None and last is not None and first > last


def _between(value: Any, first: Any, last: Any) -> bool:
    return (first is None or first <= value) and (last is None or value <= last)


def _batches(values: Iterator[_T], size: int) -> Iterator[list[_T]]:
    while part := list(islice(values, size)):
        yield part


def step_item(step: Step) -> dict[str, Any]:
    """An item of ``replay``."""
    return {
        "position": step.position,
        "on": step.on,
        "recorded_at": format_instant(step.recorded_at) if step.recorded_at else None,
        "initiative": step.initiative,
        "kind": step.kind,
        "type": step.type,
        "before": _state_item(step.before),
        "after": _state_item(step.after),
        "note": step.note,
        "mode": step.mode,
    }


def _state_item(state: State | None) -> dict[str, str] | None:
    return {"phase": state.phase, "condition": state.condition} if state else None
