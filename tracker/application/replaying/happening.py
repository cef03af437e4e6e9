"""The story along the world's axis: developments as they happened, and silences as they grew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from heapq import heappop, heappush

from attrs import define, evolve, field
from sqlalchemy.engine import Connection

from tracker.application.items import text_item
from tracker.application.replaying.bounds import Bounds
from tracker.application.replaying.courses import Course
from tracker.application.replaying.steps import State, Step
from tracker.application.replaying.streams import BATCH, courses_at, in_order
from tracker.domain.events import Event, account_of
from tracker.domain.viewpoint import Viewpoint
from tracker.projections.batches import batches
from tracker.store import event_log


def happening(
    connection: Connection, at: Viewpoint, only: frozenset[str] | None = None
) -> Iterator[Step]:
    """Yield the developments sure at a viewpoint as they happened, and each time dormancy began.

    A step of kind ``development`` has neither instant nor note yet.
    """
    courses = courses_at(connection, at, only)
    states: dict[str, State | None] = {}
    silences = _Silences(courses)
    for fact in in_order(connection, at, only):
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
    """The next day on which each initiative falls dormant, unless a development comes before."""

    courses: Mapping[str, Course]
    _days: list[tuple[date, str]] = field(factory=list)
    _expected: set[str] = field(factory=set)

    def expect(self, slug: str) -> None:
        """Set the day on which *slug* falls dormant; a day that is set can only be too early."""
        day = self.courses[slug].first_dormant_day
        if slug not in self._expected and day is not None:
            self._expected.add(slug)
            heappush(self._days, (day, slug))

    def before(self, day: date | None) -> Iterator[tuple[date, str]]:
        """Yield the initiatives that fall dormant before *day*, with the day of each."""
        while self._days and (day is None or self._days[0][0] < day):
            foreseen, slug = heappop(self._days)
            self._expected.discard(slug)
            actual = self.courses[slug].first_dormant_day
            if actual == foreseen:
                yield foreseen, slug
            else:
                self.expect(slug)  # a development came meanwhile


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


def completed(
    connection: Connection, story: Iterator[Step], bounds: Bounds, *, hidden: bool
) -> Iterator[Step]:
    """The steps within *bounds*, with what their events say of when and why."""
    last = bounds.days[1]
    placed = (evolve(s, is_shown=bounds.has_day(s.day or date.min)) for s in story)
    for steps in batches(_until(placed, last), BATCH):
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
