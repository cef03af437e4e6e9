"""Random histories: everything that can happen to a log, told as steps that ``decide`` may refuse.

A step is abstract: it says *the third fact so far*, never an id, so that a history means something
on any log and shrinks well. Each becomes one command, decided against the log as it stands; what
``decide`` refuses is left out, so that whatever comes out of here is a log that could exist.

    @given(histories())
    def test_…(steps):
        history = events_of(steps)              # a log in memory: no database
        history = record(engine, steps)         # the same log, event for event, in a database

``rehearsed`` records too, lends the connection and undoes it all. ``record`` goes on where the log
of the engine ends, so that a history can be recorded in parts; ``events_of(steps, history)`` does
the same in memory. ``days_of_interest`` and ``viewpoints`` give the questions that such a log may
answer wrongly. The lifecycles here are small, disagree about what the same types do, and each comes
in three definitions that can be adopted over one another.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TypeVar

from attrs import define, field, frozen
from hypothesis import strategies as st
from sqlalchemy.engine import Connection, Engine

from tracker.domain import commands as ask
from tracker.domain.dates import ANYTIME, Extent, add_months, parse_edtf
from tracker.domain.decide import FactStanding, Ledger, Standing, decide
from tracker.domain.events import (
    LINK_KINDS,
    Account,
    Amended,
    Draft,
    Event,
    InitiativeRegistered,
    InitiativeRetired,
    InitiativeRevised,
    InitiativesLinked,
    InitiativesUnlinked,
    LifecycleAdopted,
    Mode,
    Profile,
    Recorded,
    Time,
    Withdrawn,
    account_of,
)
from tracker.domain.evidence import Source
from tracker.domain.facts import picture
from tracker.domain.lifecycle import Lifecycle, read_lifecycle
from tracker.domain.unchanged import UNCHANGED
from tracker.domain.viewpoint import Viewpoint
from tracker.errors import TrackerError
from tracker.projections.ledger import LogLedger
from tracker.projections.projector import Projector
from tracker.store.event_log import Appender, read, writing

Append = Callable[[list[Draft]], None]
_T = TypeVar("_T")

SLUGS = ("il-1", "il-2", "il-10", "mi-8")
BY = "desk@example"
DAWN = datetime(2024, 8, 1, 9, tzinfo=UTC)
"""When the first event of every history may be recorded."""

# -- lifecycles ------------------------------------------------------------------------------------


def _lifecycle(
    name: str, phases: Sequence[str], effects: dict[str, str], dormant_after: str | None
) -> Lifecycle:
    lines = [f'name = "{name}"', f'title = "{name.title()}"']
    if dormant_after is not None:
        lines.append(f'dormant_after = "{dormant_after}"')
    for phase in phases:
        slug, _, mark = phase.partition(" ")
        lines += ["[[phase]]", f'name = "{slug}"', f'title = "{slug.title()}"']
        lines += [f'definition = "It is {slug}."', *([f"{mark} = true"] if mark else [])]
    for kind, effect in effects.items():
        lines += ["[[development]]", f'type = "{kind}"', f'title = "{kind.title()}"', effect]
    return read_lifecycle("\n".join(lines), name)


def enters(phase: str) -> str:
    """The line of a definition that makes a development enter *phase*."""
    return f'enters = "{phase}"'


DEFINITIONS: dict[str, tuple[Lifecycle, ...]] = {
    "road": (
        _lifecycle(
            "road",
            ("talks", "agreement mandatory", "service settled"),
            {
                "begun": enters("talks"),
                "agreed": enters("agreement"),
                "opened": enters("service"),
                "tested": "",
            },
            "3 months",
        ),
        # A shorter silence, a type that is gone, and one that now does something.
        _lifecycle(
            "road",
            ("trial settled", "talks", "agreement"),
            {"begun": enters("talks"), "agreed": enters("agreement"), "tested": enters("trial")},
            "1 month",
        ),
        # No dormancy, other phases for the same types, an end with another outcome.
        _lifecycle(
            "road",
            ("service", "talks"),
            {
                "begun": "suspends = true",
                "agreed": enters("talks"),
                "opened": enters("service"),
                "cancelled": 'ends = "abandoned"',
            },
            None,
        ),
    ),
    "deal": (
        _lifecycle(
            "deal",
            ("talks", "signature settled"),
            {
                "begun": enters("talks"),
                "agreed": enters("signature"),
                "opened": 'ends = "completed"',
                "tested": "suspends = true",
            },
            "6 months",
        ),
        # The same effects, but dormant sooner.
        _lifecycle(
            "deal",
            ("talks", "signature settled"),
            {
                "begun": enters("talks"),
                "agreed": enters("signature"),
                "opened": 'ends = "completed"',
                "tested": "suspends = true",
            },
            "2 months",
        ),
        # The same dormancy as the first; a phase changes places and is settled now.
        _lifecycle(
            "deal",
            ("force", "signature settled", "talks"),
            {"begun": enters("talks"), "agreed": enters("signature"), "tested": enters("force")},
            "6 months",
        ),
    ),
}
LIFECYCLES = tuple(DEFINITIONS)
TYPES = ("begun", "agreed", "opened", "tested", "suspended", "resumed", "cancelled", "commented")


def shipped(name: str) -> Lifecycle | None:
    """The first definition of each lifecycle, as if it came with the tool."""
    return DEFINITIONS[name][0] if name in DEFINITIONS else None


# -- steps -----------------------------------------------------------------------------------------


Pointer = int
"""Which of what there is so far: counted round and round, so that any number points at one."""

Slug = str | Pointer
"""An initiative by its name, or one of those registered so far."""


@frozen
class SoFar:
    """What a step may point at: the initiatives and the facts that a history has so far."""

    events: Sequence[Event]

    def slug(self, which: Slug) -> str:
        """The initiative that is meant; the first that there could be where there is none yet."""
        if isinstance(which, str):
            return which
        registered = (e.initiative or "" for e in self.events if _is_registration(e))
        return _pointed_at(list(registered), which) or SLUGS[0]

    def fact(
        self, which: Pointer | None, initiative: str | None = None, mode: Mode | None = None
    ) -> Event | None:
        """The first event of the fact that is meant; None where there is none, or none is."""
        if which is None:
            return None
        found = [
            e
            for e in self.events
            if isinstance(e.what, Recorded)
            and initiative in (None, e.initiative)
            and mode in (None, e.what.account.mode)
        ]
        return _pointed_at(found, which)

    def versions(self, fact: Event) -> list[Event]:
        """Every event that told of *fact*, the first included, withdrawals not."""
        return [e for e in self.events if e == fact or _amends(e, fact)]

    def date_of(self, fact: Event) -> Extent:
        """When *fact* is said to have happened, as last told."""
        account = account_of(self.versions(fact)[-1].what)
        assert account is not None
        return account.on


def _is_registration(event: Event) -> bool:
    return isinstance(event.what, InitiativeRegistered)


def _amends(event: Event, fact: Event) -> bool:
    return isinstance(event.what, Amended) and event.what.fact == fact.event_id


def _pointed_at(found: Sequence[_T], which: Pointer) -> _T | None:
    return found[which % len(found)] if found else None


def _id(fact: Event | None) -> str | None:
    return fact.event_id if fact else None


def _extent(text: str) -> Extent:
    return ANYTIME if text == "../.." else parse_edtf(text)


@frozen(kw_only=True)
class Step:
    """Something that someone may try to do, *days* after the last thing.

    A backfilled one gives its own instant, where a witnessed one is given it by the log; only
    backfilled events can share an instant.
    """

    days: int = 0
    time: Time = "witnessed"

    def command(self, event_id: str, so_far: SoFar) -> ask.Command | None:
        """What is asked for; None where the log has nothing for it to point at."""
        raise NotImplementedError


@frozen(kw_only=True)
class Registering(Step):
    """An initiative is registered, perhaps as a part of another."""

    slug: str = SLUGS[0]
    lifecycle: str = LIFECYCLES[0]
    part_of: Slug | None = None

    def command(self, event_id: str, so_far: SoFar) -> ask.Command:
        """Ask to register it."""
        profile = Profile(f"Initiative {self.slug}", self.lifecycle, parties=("IN", "RU"))
        part_of = None if self.part_of is None else so_far.slug(self.part_of)
        return ask.Register(event_id, self.slug, profile, part_of)


@frozen(kw_only=True)
class Revising(Step):
    """An initiative gets another lifecycle, another title, or both."""

    slug: Slug = 0
    lifecycle: str | None = None
    title: str | None = None

    def command(self, event_id: str, so_far: SoFar) -> ask.Command:
        """Ask to revise it."""
        return ask.Revise(
            event_id,
            so_far.slug(self.slug),
            lifecycle=self.lifecycle or UNCHANGED,
            title=self.title or UNCHANGED,
        )


@frozen(kw_only=True)
class Retiring(Step):
    """An initiative was registered by mistake, or is the same as another."""

    slug: Slug = 0
    merged_into: Slug | None = None

    def command(self, event_id: str, so_far: SoFar) -> ask.Command:
        """Ask to retire it."""
        into = self.merged_into
        merged_into = None if into is None else so_far.slug(into)
        return ask.Retire(event_id, so_far.slug(self.slug), "registered twice", merged_into)


@frozen(kw_only=True)
class Adopting(Step):
    """A definition of a lifecycle comes into force, perhaps one that was before."""

    lifecycle: str = LIFECYCLES[0]
    definition: int = 0

    def command(self, event_id: str, so_far: SoFar) -> ask.Command:
        """Ask to adopt it."""
        return ask.Adopt(event_id, DEFINITIONS[self.lifecycle][self.definition])


@frozen(kw_only=True)
class Recording(Step):
    """A development or a plan is recorded.

    *after*, *fulfils* and *contradicts* point at developments, plans and facts of the initiative.
    One that comes after another takes over its date: only then does the order mean anything.
    """

    slug: Slug = 0
    mode: Mode = "occurred"
    type: str = TYPES[0]
    on: str = "2024-03-10"
    sources: int = 1
    note: str | None = None
    after: int | None = None
    fulfils: int | None = None
    contradicts: int | None = None

    def command(self, event_id: str, so_far: SoFar) -> ask.Command:
        """Ask to record it."""
        slug, happened = so_far.slug(self.slug), self.mode == "occurred"
        after = so_far.fact(self.after, slug, "occurred") if happened else None
        fulfils = so_far.fact(self.fulfils, slug, "planned") if happened else None
        return ask.Record(
            event_id,
            slug,
            self.mode,
            self.type,
            _extent(self.on) if after is None else so_far.date_of(after),
            tuple(Source(document=f"report {n}", quote=self.note) for n in range(self.sources)),
            note=self.note,
            after=_id(after),
            fulfils=_id(fulfils),
            contradicts=_id(so_far.fact(self.contradicts, slug)),
        )


@frozen(kw_only=True)
class Amending(Step):
    """A fact is corrected: whatever is given changes, and ``after`` alone takes a date over."""

    fact: int = 0
    type: str | None = None
    on: str | None = None
    note: str | None = None
    after: int | None = None

    def command(self, event_id: str, so_far: SoFar) -> ask.Command | None:
        """Ask to amend it."""
        fact = so_far.fact(self.fact)
        if fact is None:
            return None
        after = so_far.fact(self.after, fact.initiative, "occurred")
        on = so_far.date_of(after) if after else _extent(self.on) if self.on else None
        changes = ask.Changes(
            type=self.type or UNCHANGED,
            on=on or UNCHANGED,
            note=self.note or UNCHANGED,
            after=_id(after) or UNCHANGED,
        )
        return ask.Amend(event_id, fact.event_id, "a better source", changes)


@frozen(kw_only=True)
class Reverting(Step):
    """A fact takes up an earlier account again; a withdrawn one is brought back."""

    fact: int = 0
    version: int = 0

    def command(self, event_id: str, so_far: SoFar) -> ask.Command | None:
        """Ask to revert it."""
        fact = so_far.fact(self.fact)
        if fact is None:
            return None
        versions = so_far.versions(fact)
        earlier = versions[self.version % len(versions)].position
        return ask.Amend(event_id, fact.event_id, "it was right before", revert_to=earlier)


@frozen(kw_only=True)
class Withdrawing(Step):
    """A fact should not stand."""

    fact: int = 0

    def command(self, event_id: str, so_far: SoFar) -> ask.Command | None:
        """Ask to withdraw it."""
        fact = so_far.fact(self.fact)
        return None if fact is None else ask.Withdraw(event_id, fact.event_id, "a hoax")


@frozen(kw_only=True)
class Erasing(Step):
    """A text is deleted; no history has one by chance, since it changes what was shown before."""

    fact: int = 0
    field: str = "note"

    def command(self, event_id: str, so_far: SoFar) -> ask.Command | None:
        """Ask to erase it."""
        fact = so_far.fact(self.fact)
        return None if fact is None else ask.Erase(event_id, fact.event_id, self.field, "personal")


@frozen(kw_only=True)
class Linking(Step):
    """One initiative is said to be something to another."""

    slug: Slug = 0
    kind: str = LINK_KINDS[0]
    other: Slug = 1

    def command(self, event_id: str, so_far: SoFar) -> ask.Command:
        """Ask to link them."""
        return ask.Link(event_id, so_far.slug(self.slug), self.kind, so_far.slug(self.other))


@frozen(kw_only=True)
class Unlinking(Step):
    """It is not, after all."""

    slug: Slug = 0
    kind: str = LINK_KINDS[0]
    other: Slug = 1

    def command(self, event_id: str, so_far: SoFar) -> ask.Command:
        """Ask to unlink them."""
        return ask.Unlink(
            event_id, so_far.slug(self.slug), self.kind, so_far.slug(self.other), "not so"
        )


# -- as a strategy ---------------------------------------------------------------------------------

DATES = (
    "2024-03-10",
    "2024-03-11",
    "2024-05-01",
    "2024-03",
    "2024-05",
    "2024-07-15",
    "2024-08-31",
    "2024",
    "2024-33",
    "2024-02-20/2024-03-10",
    "2024-03-10/2024-06",
    "2024-07~",
    "2024-11-30?",
    "../2024-03",
    "2024-04/..",
    "../..",
    "2024-12",
    "2025-02-28",
    "2025",
)
"""Few, so that they meet: equal days, extents within and across each other, open ends."""


def _maybe(strategy: st.SearchStrategy[_T], one_in: int = 4) -> st.SearchStrategy[_T | None]:
    return st.integers(0, one_in - 1).flatmap(lambda n: strategy if n == 1 else st.none())


_slugs = st.integers(0, len(SLUGS) - 1)
_types = st.sampled_from(TYPES)
_dates = st.sampled_from(DATES)
_lifecycles = st.sampled_from(LIFECYCLES)
_numbers = st.integers(0, 11)
_notes = st.sampled_from(("said so", "«так»"))
_kinds = st.sampled_from(LINK_KINDS[:2])
_when: dict[str, st.SearchStrategy[object]] = {
    "days": st.sampled_from((0, 1, 20, 40, 100)),
    "time": st.sampled_from(("witnessed", "witnessed", "asserted")),
}

registerings = st.builds(
    Registering, slug=st.sampled_from(SLUGS), lifecycle=_lifecycles, part_of=_maybe(_slugs), **_when
)
revisings = st.builds(
    Revising,
    slug=_slugs,
    lifecycle=st.sampled_from((*reversed(LIFECYCLES), None)),
    title=_maybe(st.just("Renamed"), 3),
    **_when,
)
retirings = st.builds(Retiring, slug=_slugs, merged_into=_maybe(_slugs, 2), **_when)
adoptings = st.builds(Adopting, lifecycle=_lifecycles, definition=st.integers(0, 2), **_when)
recordings = st.builds(
    Recording,
    slug=_slugs,
    mode=st.sampled_from(("occurred", "occurred", "occurred", "planned")),
    type=_types,
    on=_dates,
    sources=st.integers(1, 2),
    note=_maybe(_notes),
    after=_maybe(_numbers),
    fulfils=_maybe(_numbers),
    contradicts=_maybe(_numbers, 8),
    **_when,
)
amendings = st.builds(
    Amending,
    fact=_numbers,
    type=_maybe(_types, 3),
    on=st.none() | _dates,
    note=_maybe(_notes, 3),
    after=_maybe(_numbers),
    **_when,
)
revertings = st.builds(Reverting, fact=_numbers, version=st.integers(0, 3), **_when)
withdrawings = st.builds(Withdrawing, fact=_numbers, **_when)
linkings = st.builds(Linking, slug=_slugs, kind=_kinds, other=_slugs, **_when)
unlinkings = st.builds(Unlinking, slug=_slugs, kind=_kinds, other=_slugs, **_when)

_WEIGHTS: tuple[tuple[st.SearchStrategy[Step], int], ...] = (
    (recordings, 16),
    (amendings, 6),
    (withdrawings, 3),
    (revertings, 3),
    (registerings, 3),
    (adoptings, 2),
    (revisings, 2),
    (retirings, 1),
    (linkings, 1),
    (unlinkings, 1),
)


def steps() -> st.SearchStrategy[Step]:
    """One step of any kind, developments the most often."""
    # Not one_of, which takes the same strategy given ten times for the same strategy.
    kinds = [strategy for strategy, weight in _WEIGHTS for _ in range(weight)]
    return st.sampled_from(kinds).flatmap(lambda kind: kind)


@st.composite
def histories(draw: st.DrawFn, min_size: int = 0, max_size: int = 24) -> list[Step]:
    """The steps of a history: two initiatives of two kinds to begin with, then anything."""
    first = [Registering(lifecycle=name, slug=slug) for name, slug in zip(LIFECYCLES, SLUGS)]  # noqa: B905
    # Left to itself, Hypothesis tries short lists mostly, in which little can go wrong.
    least = draw(st.sampled_from((min_size, (min_size + max_size) // 2)))
    return [*first, *draw(st.lists(steps(), min_size=least, max_size=max_size))]


def days_of_interest(history: Iterable[Event]) -> list[date]:
    """The days around which an answer on *history* may change, and some on which none does."""
    days = {date(2023, 1, 1), date(2024, 6, 1), date(2026, 6, 1)}
    for event in history:
        account = account_of(event.what)
        if account is None:
            continue
        for day in (account.on.lo, account.on.hi):
            if date.min < day < date.max:
                days |= {day - timedelta(days=1), day, day + timedelta(days=1)}
        for months in (1, 2, 3, 6):
            heard_until = add_months(account.on.hi, months)
            if heard_until < date.max:
                days |= {heard_until, heard_until + timedelta(days=1)}
    return sorted(days)


def viewpoints(history: Sequence[Event]) -> st.SearchStrategy[Viewpoint]:
    """Viewpoints on *history*: the days of interest, and every position from before the first."""
    positions = st.integers(0, history[-1].position if history else 0)
    days = st.sampled_from(days_of_interest(history))
    return st.builds(Viewpoint, as_of=days, position=positions)


# -- running them ----------------------------------------------------------------------------------


def events_of(steps: Iterable[Step], history: Sequence[Event] = ()) -> list[Event]:
    """The log after *steps*, in memory, going on from *history*."""
    ledger = MemoryLedger(list(history))
    apply(steps, ledger, ledger.append, ledger.events)
    return ledger.events


def record(engine: Engine, steps: Iterable[Step]) -> list[Event]:
    """Append *steps* to the log of *engine*, project them, and give the whole log."""
    with writing(engine) as appender:
        return record_under(appender, steps)


@contextmanager
def rehearsed(engine: Engine, steps: Iterable[Step]) -> Iterator[tuple[Connection, list[Event]]]:
    """The log of *engine* as :func:`record` would leave it, and its connection; then as it was.

    For properties that try many histories on one database: nothing has to be emptied between them.
    """
    with suppress(_Undone), writing(engine) as appender:
        yield appender.connection, record_under(appender, steps)
        raise _Undone


class _Undone(Exception):
    """Rolls a rehearsal back."""


def record_under(appender: Appender, steps: Iterable[Step]) -> list[Event]:
    """Append *steps* under the lock that is held, as one import: its ledger remembers."""
    connection = appender.connection
    history = list(read(connection))
    ledger = LogLedger(connection, shipped, partial(iter, LIFECYCLES))
    projector = Projector(connection, writer=appender.writer)

    def append(drafts: list[Draft]) -> None:
        appended = appender.append(drafts, BY)
        appender.flush()
        projector.apply([row for _, row in appended])
        for event, _ in appended:
            ledger.note(event)
            history.append(event)

    apply(steps, ledger, append, history)
    return history


def apply(steps: Iterable[Step], ledger: Ledger, append: Append, history: list[Event]) -> None:
    """Decide *steps* one after another; *append* puts what they come to into *history* too.

    Ids and instants follow from the history alone, so that the same steps make the same events
    wherever they are recorded.
    """
    for step in steps:
        last = history[-1].recorded_at if history else DAWN
        at = last + timedelta(days=step.days)
        if history and step.time == "witnessed":
            at = max(at, last + timedelta(microseconds=1))
        event_id = str(uuid.UUID(int=len(history) + 1, version=4))
        command = step.command(event_id, SoFar(history))
        if command is None:
            continue
        try:
            drafts = decide(command, ledger, at, step.time)
        except TrackerError:
            continue
        if drafts:
            append(drafts)


@define
class MemoryLedger:
    """A log in memory, with all that ``decide`` asks of one, worked out from its events."""

    events: list[Event] = field(factory=list)

    def append(self, drafts: Iterable[Draft]) -> None:
        """Give *drafts* their places."""
        for draft in drafts:
            own = [e for e in self.events if e.initiative == draft.initiative]
            self.events.append(
                Event(
                    position=len(self.events) + 1,
                    event_id=draft.event_id,
                    initiative=draft.initiative,
                    version=len(own) + 1 if draft.initiative else 0,
                    recorded_at=draft.recorded_at,
                    time=draft.time,
                    recorded_by=BY,
                    what=draft.what,
                )
            )

    def event(self, event_id: str) -> Event | None:
        """The event with that id."""
        return next((e for e in self.events if e.event_id == event_id), None)

    def event_at(self, position: int) -> Event | None:
        """The event at that position."""
        return next((e for e in self.events if e.position == position), None)

    def initiative(self, slug: str) -> Standing | None:
        """What stands of that initiative; None if it was never registered."""
        profile: Profile | None = None
        retired, version = None, 0
        for event in self.events:
            if event.initiative == slug:
                version = event.version
                if isinstance(event.what, InitiativeRegistered | InitiativeRevised):
                    profile = event.what.profile
                elif isinstance(event.what, InitiativeRetired):
                    retired = event.what
        return None if profile is None else Standing(profile, version, retired)

    def lifecycle(self, name: str) -> Lifecycle | None:
        """The definition in force."""
        for event in reversed(self.events):
            if isinstance(event.what, LifecycleAdopted) and event.what.name == name:
                return Lifecycle.from_definition(event.what.definition)
        return None

    def shipped(self, name: str) -> Lifecycle | None:
        """A definition that comes with the tool, adopted or not."""
        return shipped(name)

    def fact(self, event_id: str) -> FactStanding | None:
        """The fact that this event began."""
        versions = self._versions(event_id)
        if not versions or not isinstance(versions[0].what, Recorded):
            return None
        first, current = versions[0], versions[-1]
        told = [v for v in versions if account_of(v.what) is not None][-1]
        account = account_of(told.what)
        assert account is not None
        return FactStanding(
            event_id=event_id,
            initiative=first.initiative or "",
            number=first.version,
            current_id=current.event_id,
            current_position=versions[-1].position,
            told_position=told.position,
            account=account,
            is_present=not isinstance(current.what, Withdrawn),
        )

    def events_of(self, fact: str) -> list[Event]:
        """Every event of *fact*, in order: its versions, withdrawals and erasures."""
        return [e for e in self.events if fact in (e.event_id, getattr(e.what, "fact", None))]

    def known_extent(self, fact: str, edtf: str) -> Extent | None:
        """The stored days of the earliest version of *fact* that gave this date."""
        accounts = (account_of(v.what) for v in self._versions(fact))
        return next((a.on for a in accounts if a is not None and a.on.edtf == edtf), None)

    def told_until(self, fact: str, position: int) -> Account | None:
        """The latest account of *fact* that was given up to *position*."""
        accounts = [account_of(v.what) for v in self._versions(fact) if v.position <= position]
        return next((a for a in reversed(accounts) if a is not None), None)

    def lifecycle_at(self, initiative: str, position: int) -> Lifecycle | None:
        """The definition that was in force for an initiative at *position*."""
        whole = picture(self.events, initiative, position)
        return whole.lifecycle if whole else None

    def orders(self, initiative: str) -> dict[str, str]:
        """Which present fact of an initiative was said to come after which (event ids)."""
        whole = picture(self.events, initiative, len(self.events))
        found = whole.developments if whole else ()
        ids = {e.position: e.event_id for e in self.events}
        return {ids[f.fact]: ids[f.after] for f in found if f.after is not None}

    def linked_to(self, slug: str) -> list[tuple[str, str]]:
        """The (initiative, kind) pairs of links that stand and point to *slug*."""
        standing: list[tuple[str, str]] = []
        for event in self.events:
            what = event.what
            if isinstance(what, InitiativesLinked) and what.other == slug:
                standing.append((event.initiative or "", what.link))
            elif isinstance(what, InitiativesUnlinked) and what.other == slug:
                standing.remove((event.initiative or "", what.link))
        return standing

    def lifecycle_names(self) -> list[str]:
        """Every lifecycle that can be named."""
        return list(LIFECYCLES)

    def _versions(self, fact: str) -> list[Event]:
        return [
            event
            for event in self.events
            if event.event_id == fact
            or (isinstance(event.what, Amended | Withdrawn) and event.what.fact == fact)
        ]
