"""Facts and their versions: what stands at a position, in the one order that decides.

A fact is named by its first event and keeps that name through every correction. Knowledge intervals
are half-open in positions, ``[k_from, k_to)``; days in the world are inclusive, ``[lo, hi]``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from operator import attrgetter

from attrs import evolve, frozen

from tracker.domain.events import (
    Account,
    Amended,
    Event,
    InitiativeRegistered,
    InitiativeRetired,
    InitiativeRevised,
    InitiativesLinked,
    InitiativesUnlinked,
    LifecycleAdopted,
    Profile,
    Recorded,
    Withdrawn,
)
from tracker.domain.evidence import is_unconfirmed
from tracker.domain.lifecycle import Effect, Lifecycle
from tracker.domain.viewpoint import OPEN

RANK_BITS = 20
"""Room for the second part of a rank: a million developments one after another on one day."""


@frozen
class FactVersion:
    """One version of a development, with the effect that its type had while it was known so.

    *fact* and *position* are the positions of the fact's first event and of the event that gave
    this version; *number* is the fact's place in its initiative (``il-114#3``). *rank* is the pair
    of section 5 of the semantics packed into one sortable number. *fulfils*, *after* and
    *contradicts* are positions of other facts. *effect* is ``unknown`` where the lifecycle in force
    does not have the type. *source* names its first source; *is_unconfirmed* says that there is
    only one, and nobody confirms it.
    """

    initiative: str
    number: int
    fact: int
    position: int
    lo: date
    hi: date
    rank: int
    type: str
    effect: str
    phase: str | None
    outcome: str | None
    on: str
    fulfils: int | None = None
    after: int | None = None
    contradicts: int | None = None
    source: str | None = None
    is_unconfirmed: bool = False
    k_from: int = 0
    k_to: int = OPEN

    @property
    def handle(self) -> str:
        """The fact's name as a person writes it: ``il-114#3``."""
        return f"{self.initiative}#{self.number}"

    @property
    def order(self) -> tuple[date, date, int, int]:
        """The one total order of developments (section 5).

        By the last possible day, since only then is it sure to have happened; on equal dates by
        what was recorded first, never by phase, so that a change of lifecycle reorders nothing.
        """
        return in_order(self)

    @property
    def sets_phase(self) -> bool:
        """Whether it enters a phase."""
        return self.effect == "enters"

    @property
    def sets_condition(self) -> bool:
        """Whether it makes the initiative active, suspended or ended."""
        return self.effect in CONDITION_OF_EFFECT

    @property
    def condition(self) -> str:
        """The condition that it sets; only for those that set one."""
        return CONDITION_OF_EFFECT[self.effect]

    @property
    def is_order_lapsed(self) -> bool:
        """Whether its author's "after" no longer holds: that fact is withdrawn or moved away."""
        return self.after is not None and is_first_of_its_rank(self.rank)


in_order: Callable[[FactVersion], tuple[date, date, int, int]] = attrgetter(
    "hi", "lo", "rank", "fact"
)
"""The key of that order, for whoever sorts many: the property costs three times as much."""

CONDITION_OF_EFFECT = {
    "enters": "active",
    "resumes": "active",
    "suspends": "suspended",
    "ends": "ended",
}


@frozen
class PlanVersion:
    """One version of a plan; it never changes status (section 6)."""

    initiative: str
    number: int
    fact: int
    position: int
    lo: date
    hi: date
    type: str
    on: str
    k_from: int = 0
    k_to: int = OPEN

    @property
    def handle(self) -> str:
        """The plan's name as a person writes it: ``il-114#5``."""
        return f"{self.initiative}#{self.number}"


@frozen
class Link:
    """*initiative* is *kind* (part-of, follows …) *other*; known from *position* on."""

    initiative: str
    kind: str
    other: str
    position: int


@frozen
class Picture:
    """Everything that stands of one initiative at one position of the log."""

    initiative: str
    profile: Profile
    lifecycle: Lifecycle
    retired: InitiativeRetired | None
    developments: tuple[FactVersion, ...]
    plans: tuple[PlanVersion, ...]
    links: tuple[Link, ...]


def present(history: Iterable[Event], position: int) -> dict[int, tuple[Event, Event, Account]]:
    """The facts that stand at *position*, in order: first position → (first, version, account).

    version(f, K) is the event of f with the greatest position up to K; f is present iff that
    version is not its withdrawal (section 3).
    """
    first: dict[str, Event] = {}
    standing: dict[int, tuple[Event, Event, Account]] = {}
    for event in history:
        if event.position > position:
            break
        what = event.what
        if isinstance(what, Recorded):
            first[event.event_id] = event
            standing[event.position] = (event, event, what.account)
        elif isinstance(what, Amended):
            began = first[what.fact]
            standing[began.position] = (began, event, what.account)
        elif isinstance(what, Withdrawn):
            standing.pop(first[what.fact].position, None)
    # One that was withdrawn and brought back keeps its place.
    return dict(sorted(standing.items()))


def packed(first: int, later: int) -> int:
    """The rank ``(first, later)`` as one number that sorts as the pair does."""
    return first << RANK_BITS | later


def is_first_of_its_rank(rank: int) -> bool:
    """Whether a packed rank is ``(p, 0)``: that of a fact which comes after no other."""
    return rank % (1 << RANK_BITS) == 0


PositionOf = Mapping[str | None, int]
"""Event id of a fact's first event → its position."""

Ordered = tuple[date, date, int | None]
"""What a rank depends on: a fact's lo and hi, and the fact it was said to come after."""


def ranks(facts: Mapping[int, Ordered]) -> dict[int, int]:
    """Each fact's packed rank, from the facts that stand.

    A fact said to come after another of the same extent ranks one behind it; the saying lapses when
    the other is withdrawn or their dates part. Authors cannot make a cycle (``decide`` refuses it),
    so following *after* ends.
    """
    known: dict[int, int] = {}
    for fact in facts:
        chain = []
        step: int | None = fact
        while step is not None and step not in known:
            chain.append(step)
            step = _predecessor(step, facts)
        rank = packed(chain[-1], 0) if step is None else known[step] + 1
        for link in reversed(chain):
            known[link] = rank
            rank += 1
    return known


def _predecessor(fact: int, facts: Mapping[int, Ordered]) -> int | None:
    lo, hi, after = facts[fact]
    if after is None or after not in facts or facts[after][:2] != (lo, hi):
        return None
    return after


def picture(history: Iterable[Event], initiative: str, position: int) -> Picture | None:
    """What stands of *initiative* after the first *position* events; None if not registered yet.

    Worked out from the events alone, in the plainest way: the projections are tested against it.
    *history* must hold the lifecycle adoptions too.
    """
    profile, retired = None, None
    lifecycles: dict[str, dict[str, object]] = {}
    own: list[Event] = []
    links: dict[tuple[str, str], Link] = {}
    for event in history:
        if event.position > position:
            break
        if isinstance(event.what, LifecycleAdopted):
            lifecycles[event.what.name] = event.what.definition
        if event.initiative != initiative:
            continue
        own.append(event)
        match event.what:
            case InitiativeRegistered() | InitiativeRevised():
                profile = event.what.profile
            case InitiativeRetired():
                retired = event.what
            case InitiativesLinked(link=kind, other=other):
                links[kind, other] = Link(initiative, kind, other, event.position)
            case InitiativesUnlinked(link=kind, other=other):
                links.pop((kind, other), None)
    if profile is None:
        return None
    lifecycle = Lifecycle.from_definition(lifecycles[profile.lifecycle])
    standing = present(own, position)
    return Picture(
        initiative=initiative,
        profile=profile,
        lifecycle=lifecycle,
        retired=retired,
        developments=_developments(standing, lifecycle, positions(own)),
        plans=_plans(standing),
        links=tuple(links.values()),
    )


def development(
    first: Event, version: Event, account: Account, effect: Effect | None, position_of: PositionOf
) -> FactVersion:
    """The row of one development, ranked as if it came after nothing."""
    return FactVersion(
        initiative=first.initiative or "",
        number=first.version,
        fact=first.position,
        position=version.position,
        lo=account.on.lo,
        hi=account.on.hi,
        rank=packed(first.position, 0),
        type=account.type,
        effect=effect.kind if effect else "unknown",
        phase=effect.phase if effect else None,
        outcome=effect.outcome if effect else None,
        on=account.on.edtf,
        fulfils=position_of.get(account.fulfils),
        after=position_of.get(account.after),
        contradicts=position_of.get(account.contradicts),
        source=account.sources[0].name if account.sources else None,
        is_unconfirmed=is_unconfirmed(account.sources),
    )


def positions(history: Iterable[Event]) -> dict[str | None, int]:
    """Event id of every fact's first event → its position, withdrawn facts included."""
    return {event.event_id: event.position for event in history if isinstance(event.what, Recorded)}


def _developments(
    standing: Mapping[int, tuple[Event, Event, Account]],
    lifecycle: Lifecycle,
    position_of: PositionOf,
) -> tuple[FactVersion, ...]:
    rows = [
        development(first, version, account, lifecycle.effect_of(account.type), position_of)
        for first, version, account in standing.values()
        if account.mode == "occurred"
    ]
    rank = ranks({row.fact: (row.lo, row.hi, row.after) for row in rows})
    return tuple(sorted((evolve(row, rank=rank[row.fact]) for row in rows), key=lambda r: r.order))


def _plans(standing: Mapping[int, tuple[Event, Event, Account]]) -> tuple[PlanVersion, ...]:
    return tuple(
        PlanVersion(
            initiative=first.initiative or "",
            number=first.version,
            fact=first.position,
            position=version.position,
            lo=account.on.lo,
            hi=account.on.hi,
            type=account.type,
            on=account.on.edtf,
        )
        for first, version, account in standing.values()
        if account.mode == "planned"
    )
