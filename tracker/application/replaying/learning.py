"""The story along the knowledge axis: events as they were learned, and what they made known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from attrs import define, evolve, field
from sqlalchemy.engine import Connection

from tracker.application.items import text_item
from tracker.application.replaying.bounds import Bounds
from tracker.application.replaying.corrections import Changes, Row, Said
from tracker.application.replaying.courses import Course
from tracker.application.replaying.steps import State, Step
from tracker.application.replaying.streams import BATCH, narrowed
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
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.viewpoint import Viewpoint
from tracker.projections import portfolio
from tracker.projections.batches import batches
from tracker.store import event_log
from tracker.store.codec import decode
from tracker.store.schema import events


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
            if self.bounds.end_before(
                rows[0].position, datetime.fromisoformat(rows[0].recorded_at)
            ):
                return
            for step in self._batch(rows):
                if step.is_shown or hidden:
                    yield step

    def _where(self) -> tuple[sa.ColumnElement[bool], ...]:
        known = events.c.position <= self.at.position
        theirs = narrowed(events.c.initiative, self.only)
        return (known, *(sa.or_(each, events.c.initiative.is_(None)) for each in theirs))

    def _batch(self, rows: Sequence[Row]) -> Iterator[Step]:
        texts = event_log.texts_of(self.connection, [row.position for row in rows])
        said = Said(self.connection, rows)
        for part in _parted(rows):
            if part[0].initiative is None:
                yield from self._adopted(part[0])
                continue
            changes = Changes.between(
                self.connection, part[0].position, part[-1].position, self.only, self.at.as_of
            )
            for row in part:
                if self.only is None or row.initiative in self.only:
                    yield self._learned(row, changes, said, texts.get(row.position, {}))

    def _learned(self, row: Row, changes: Changes, said: Said, texts: Mapping[str, str]) -> Step:
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
        """Yield a step for each initiative whose status an adoption changes, or one for none."""
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
        for slugs in batches(sorted(following), BATCH):
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


def _parted(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Split *rows* into parts: each adoption alone, and the events between two of them."""
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
    """Return a note for a step: the reason of the event, or what it is about."""
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
