"""Change between two viewpoints, and its causes (section 7 of the semantics).

An answer rests on few of an initiative's developments: those that may be the last to enter a phase
or to set a condition and, where dormancy is in question, the last of any type. If none of these has
moved, in the world or in the log, the answers are the same; so what moved among them is the cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from attrs import evolve, field, frozen

from tracker.domain.events import (
    Event,
    InitiativeRegistered,
    InitiativeRetired,
    InitiativeRevised,
    LifecycleAdopted,
    Withdrawn,
)
from tracker.domain.facts import FactVersion, picture
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.status import INFERRED, Status, possible, status
from tracker.domain.viewpoint import Viewpoint

CauseKind = Literal[
    "happened",
    "learned",
    "corrected",
    "withdrawn",
    "registered",
    "retired",
    "reclassified",
    "lapsed",
    "revived",
]

_SWAPPED: dict[CauseKind, CauseKind] = {"lapsed": "revived", "revived": "lapsed"}


@frozen
class Cause:
    """One reason why two answers differ.

    *fact* is the handle of the development that moved, and *on* its date in EDTF; for dormancy that
    came or went, *on* is the first dormant day. *position* is the event behind it: the version in
    force of what happened, or the event that taught, corrected, withdrew and so on. Time that
    passes has none.
    """

    cause: CauseKind
    fact: str | None = None
    position: int | None = None
    on: str | None = None
    recorded_at: datetime | None = None

    @property
    def order(self) -> tuple[bool, int, str, str, str]:
        """By position, then by date; the passing of time, which has no position, last."""
        position = self.position or 0
        return (self.position is None, position, self.on or "", self.fact or "", self.cause)


@frozen
class Change:
    """What one initiative stood at and stands at, and why they differ.

    *before* or *after* is None where it was not listed: not registered yet, or retired. A change
    *is_reversed* when it was asked for from the later viewpoint to the earlier: its causes are told
    forwards all the same (registered and retired keep their names), but lapsed reads revived.
    """

    initiative: str
    before: Status | None
    after: Status | None
    causes: tuple[Cause, ...]
    is_reversed: bool = False


@frozen
class Answer:
    """A status and what it was worked out from: what was known of an initiative at a viewpoint.

    *in_force_since* is the position of the event that put the definition in force for it: the
    adoption, or the registration or revision that gave the initiative this lifecycle.
    """

    as_of: date
    position: int
    lifecycle: Lifecycle
    in_force_since: int
    developments: tuple[FactVersion, ...]
    status: Status


@frozen
class Turns:
    """When an initiative was registered and retired and its facts last withdrawn, as positions.

    Current rows no longer hold these positions, so ``diff`` looks them up. *withdrawn* has, for
    each fact, its last withdrawal up to the later viewpoint.
    """

    registered: int
    retired: int | None = None
    withdrawn: Mapping[int, int] = field(factory=dict)


def is_backwards(v1: Viewpoint, v2: Viewpoint) -> bool:
    """Whether a question from *v1* to *v2* is worked out the other way round.

    Knowledge decides, then the day: the viewpoint that knew less is the earlier one.
    """
    return (v1.position, v1.as_of) > (v2.position, v2.as_of)


def diff(history: Sequence[Event], v1: Viewpoint, v2: Viewpoint) -> tuple[Change, ...]:
    """Every initiative whose status differs between *v1* and *v2*, by slug, with the causes.

    Worked out from the events alone, in the plainest way: the projections are tested against it.
    FROM after TO is worked out forwards, then swapped: before and after change places, lapsed
    becomes revived, and registered and retired keep their names, since they say what was done.
    """
    if is_backwards(v1, v2):
        return tuple(reverse(change) for change in diff(history, v2, v1))
    recorded_at = {event.position: event.recorded_at for event in history}
    slugs = sorted({event.initiative for event in history if event.initiative is not None})
    found = (
        change_of(
            slug,
            _answer(history, slug, v1),
            _answer(history, slug, v2),
            _turns(history, slug, v2.position),
        )
        for slug in slugs
    )
    return tuple(dated(change, recorded_at) for change in found if change is not None)


def change_of(
    initiative: str, before: Answer | None, after: Answer | None, turns: Turns
) -> Change | None:
    """The change from one answer to the other, its causes in order; None where they are the same.

    *before* is the one of the earlier viewpoint.
    """
    if before is None:
        registered = Cause("registered", position=turns.registered)
        return Change(initiative, None, after.status, (registered,)) if after else None
    if after is None:
        retired = Cause("retired", position=turns.retired)
        return Change(initiative, before.status, None, (retired,))
    if before.status.compared == after.status.compared:
        return None
    causes = tuple(sorted(_causes(before, after, turns), key=lambda cause: cause.order))
    return Change(initiative, before.status, after.status, causes)


def dated(change: Change, recorded_at: Mapping[int, datetime]) -> Change:
    """*change* with the instants at which the events behind its causes were recorded."""
    causes = (
        cause
        if cause.position is None
        else evolve(cause, recorded_at=recorded_at.get(cause.position))
        for cause in change.causes
    )
    return evolve(change, causes=tuple(causes))


def reverse(change: Change) -> Change:
    """*change* as it is told from the later viewpoint to the earlier."""
    causes = (
        evolve(cause, cause=_SWAPPED.get(cause.cause, cause.cause)) for cause in change.causes
    )
    return Change(
        initiative=change.initiative,
        before=change.after,
        after=change.before,
        causes=tuple(causes),
        is_reversed=True,
    )


# -- causes ----------------------------------------------------------------------------------------


def _causes(before: Answer, after: Answer, turns: Turns) -> Iterator[Cause]:
    about_dormancy = _is_about_dormancy(before.status, after.status)
    relied = {id(side): _relied_on(side, about_dormancy=about_dormancy) for side in (before, after)}
    earlier = {f.fact: f for f in before.developments}
    later = {f.fact: f for f in after.developments}
    either = relied[id(before)] | relied[id(after)]
    joined = relied[id(before)] ^ relied[id(after)]
    for fact in sorted(either | _followed(either, earlier, later)):
        yield from _causes_of_fact(
            earlier.get(fact), later.get(fact), before, after, turns, has_joined=fact in joined
        )
    if _is_reclassified(before, after, either, about_dormancy=about_dormancy):
        yield Cause("reclassified", position=after.in_force_since)
    yield from _passing_of_time(before, after)


def _is_about_dormancy(before: Status, after: Status) -> bool:
    return INFERRED in (before.basis, after.basis) and (
        (before.basis, before.since) != (after.basis, after.since)
    )


def _relied_on(answer: Answer, *, about_dormancy: bool) -> frozenset[int]:
    """The facts that an answer rests on: without all the others it would be the same."""
    facts, as_of = answer.developments, answer.as_of
    by_name = {str(f.fact): f.fact for f in facts}
    names = possible([f for f in facts if f.sets_phase], as_of, lambda f: str(f.fact), "")
    names |= possible([f for f in facts if f.sets_condition], as_of, lambda f: str(f.fact), "")
    found = {by_name[name] for name in names if name}
    if about_dormancy:
        last = max((f for f in facts if f.hi <= as_of), key=lambda f: f.order, default=None)
        found |= {last.fact} if last is not None else set()
    return frozenset(found)


def _followed(
    facts: Iterable[int], earlier: Mapping[int, FactVersion], later: Mapping[int, FactVersion]
) -> set[int]:
    """What *facts* were said to come after, where that order has changed without their doing.

    A comment without effect may have held two developments of one day in their order.
    """
    found: set[int] = set()
    waiting = [f for f in facts if f in earlier and f in later]
    waiting = [f for f in waiting if earlier[f].rank != later[f].rank]
    while waiting:
        fact = waiting.pop()
        for side in (earlier, later):
            leader = side[fact].after if fact in side else None
            if leader is not None and leader not in found:
                found.add(leader)
                waiting.append(leader)
    return found


def _causes_of_fact(
    then: FactVersion | None,
    now: FactVersion | None,
    before: Answer,
    after: Answer,
    turns: Turns,
    *,
    has_joined: bool,
) -> Iterator[Cause]:
    """Why one fact counts for more or for less: the version known *then*, and the one *now*."""
    if now is None:
        if then is not None:
            yield Cause("withdrawn", then.handle, turns.withdrawn[then.fact], then.on)
        return
    has_moved = _has_moved(now, before.as_of, after.as_of, has_joined=has_joined)
    if then is None and now.fact > before.position:
        if has_moved and before.as_of < after.as_of:
            yield Cause("happened", now.handle, now.position, now.on)
        else:
            yield Cause("learned", now.handle, now.fact, now.on)
        return
    is_corrected = then is None or _is_corrected(then, now)
    if is_corrected:
        yield Cause("corrected", now.handle, now.position, now.on)
    # What had happened already was given another date: that is a correction and nothing else.
    if has_moved and not (is_corrected and then is not None and then.hi <= before.as_of):
        yield Cause("happened", now.handle, now.position, now.on)


def _has_moved(fact: FactVersion, one: date, other: date, *, has_joined: bool) -> bool:
    """Whether a day on which it may begin or end to have happened lies between the two as-of days.

    Or it came to count in between: of two developments that may share a day, the one recorded first
    may be the last of them from the day after only.
    """
    start, end = min(one, other), max(one, other)
    is_throughout = fact.lo <= start and end < fact.hi
    return (
        start < fact.lo <= end
        or start < fact.hi <= end
        or (is_throughout and has_joined and start < end)
    )


def _is_corrected(then: FactVersion, now: FactVersion) -> bool:
    """Whether another version says another thing; the wording changes no status."""
    return then.position != now.position and _said(then) != _said(now)


def _said(fact: FactVersion) -> tuple[object, ...]:
    return (fact.type, fact.lo, fact.hi, fact.on, fact.rank)


def _is_reclassified(
    before: Answer, after: Answer, facts: Iterable[int], *, about_dormancy: bool
) -> bool:
    """Whether another definition does something else to what the answers rest on."""
    one, other = before.lifecycle, after.lifecycle
    if one == other:
        return False
    wanted = set(facts)
    types = {f.type for f in (*before.developments, *after.developments) if f.fact in wanted}
    if any(one.effect_of(each) != other.effect_of(each) for each in types):
        return True
    phases = {p for side in (before, after) for p in (side.status.phase, *side.status.possible)}
    if _marks(one, phases) != _marks(other, phases):
        return True
    return about_dormancy and one.dormant_after != other.dormant_after


def _marks(lifecycle: Lifecycle, phases: set[str]) -> set[tuple[str, bool]]:
    return {(p.name, p.settled) for p in lifecycle.phases if p.name in phases}


def _passing_of_time(before: Answer, after: Answer) -> Iterator[Cause]:
    """Dormancy that came, or went, because its first day lies between the two as-of days."""
    if _fell_dormant(after, since=before.as_of):
        yield Cause("lapsed", on=after.status.since)
    if _fell_dormant(before, since=after.as_of):
        yield Cause("revived", on=before.status.since)


def _fell_dormant(answer: Answer, since: date) -> bool:
    return answer.status.basis == INFERRED and since.isoformat() < (answer.status.since or "")


# -- answers from the events alone -----------------------------------------------------------------


def _answer(history: Sequence[Event], initiative: str, at: Viewpoint) -> Answer | None:
    known = picture(history, initiative, at.position)
    if known is None or known.retired is not None:
        return None
    return Answer(
        as_of=at.as_of,
        position=at.position,
        lifecycle=known.lifecycle,
        in_force_since=_in_force_since(history, initiative, at.position),
        developments=known.developments,
        status=status(known.developments, known.lifecycle, at.as_of),
    )


def _in_force_since(history: Iterable[Event], initiative: str, position: int) -> int:
    adopted: dict[str, int] = {}
    name, given = "", 0
    for event in history:
        if event.position > position:
            break
        what = event.what
        if isinstance(what, LifecycleAdopted):
            adopted[what.name] = event.position
        elif event.initiative != initiative:
            continue
        elif isinstance(what, InitiativeRegistered | InitiativeRevised):
            given = event.position if what.profile.lifecycle != name else given
            name = what.profile.lifecycle
    return max(given, adopted[name])


def _turns(history: Iterable[Event], initiative: str, position: int) -> Turns:
    registered, retired = 0, None
    firsts: dict[str, int] = {}
    withdrawn: dict[int, int] = {}
    for event in history:
        if event.position > position or event.initiative != initiative:
            continue
        firsts[event.event_id] = event.position
        if isinstance(event.what, InitiativeRegistered):
            registered = event.position
        elif isinstance(event.what, InitiativeRetired):
            retired = event.position
        elif isinstance(event.what, Withdrawn):
            withdrawn[firsts[event.what.fact]] = event.position
    return Turns(registered, retired, withdrawn)
