"""What is odd in a history: values returned beside an answer, never a reason to refuse a fact.

History breaks its own rules. Projects go back from late phases to early ones and revive after their
end, and sources contradict each other; a log records all of it and says what it noticed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Literal

from attrs import frozen

from tracker.domain.edtf import lettered
from tracker.domain.facts import FactVersion, PlanVersion, in_order
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.plans import plan_states
from tracker.domain.status import Status

FindingKind = Literal[
    "went-backwards",
    "after-end",
    "mandatory-skipped",
    "contradiction",
    "equal-dates",
    "single-source",
    "plan-overdue",
    "unknown-type",
    "order-lapsed",
]


@frozen
class Finding:
    """Something odd: its kind, the handles of the facts it is about, and a sentence."""

    kind: FindingKind
    facts: tuple[str, ...]
    text: str


def findings(
    developments: Iterable[FactVersion],
    plans: Iterable[PlanVersion],
    lifecycle: Lifecycle,
    status: Status,
    as_of: date,
) -> tuple[Finding, ...]:
    """Everything odd about one initiative as of a day, from what is present at one position."""
    known = sorted(developments, key=in_order)
    sure = [f for f in known if f.hi <= as_of]
    entering = [f for f in sure if f.phase is not None]
    setting = [f for f in sure if f.sets_condition]
    found: list[Finding] = []
    found += _went_backwards(entering, lifecycle)
    found += _after_end(setting)
    found += _mandatory_skipped(entering, lifecycle)
    found += _contradictions(known, lifecycle, as_of)
    found += _equal_dates(setting, sure)
    found += _single_source(status)
    found += _overdue(plans, known, as_of)
    found += _unknown_types(sure, lifecycle)
    found += _lapsed_orders(sure)
    return tuple(found)


def _on(fact: FactVersion | PlanVersion) -> str:
    """Its date, as a person reads it."""
    return lettered(fact.on)


def _went_backwards(entering: Sequence[FactVersion], lifecycle: Lifecycle) -> Iterator[Finding]:
    for earlier, later in pairwise(entering):
        if lifecycle.order_of(later.phase or "") < lifecycle.order_of(earlier.phase or ""):
            yield Finding(
                "went-backwards",
                (earlier.handle, later.handle),
                f"went back from {earlier.phase} to {later.phase} on {_on(later)}",
            )


def _after_end(setting: Sequence[FactVersion]) -> Iterator[Finding]:
    end: FactVersion | None = None
    for fact in setting:
        if fact.effect == "ends":
            end = fact
        elif end is not None:
            yield Finding(
                "after-end",
                (end.handle, fact.handle),
                f"{fact.type} on {_on(fact)} comes after it ended ({end.outcome}) on {_on(end)}",
            )
            end = None


def _mandatory_skipped(entering: Sequence[FactVersion], lifecycle: Lifecycle) -> Iterator[Finding]:
    entered: set[str] = set()
    for fact in entering:
        reached = fact.phase or ""
        entered.add(reached)
        for phase in lifecycle.phases[: lifecycle.order_of(reached)]:
            if phase.mandatory and phase.name not in entered:
                entered.add(phase.name)
                yield Finding(
                    "mandatory-skipped",
                    (fact.handle,),
                    f"reached {fact.phase} on {_on(fact)} with no {phase.name}, which "
                    f"{lifecycle.name} calls mandatory, on record",
                )


def _contradictions(
    known: Sequence[FactVersion], lifecycle: Lifecycle, as_of: date
) -> Iterator[Finding]:
    """Of what is sure, with what is known of later days: that is no reason to believe it less."""
    by_fact = {f.fact: f for f in known}
    for fact in known:
        other = by_fact.get(fact.contradicts) if fact.contradicts is not None else None
        if other is not None and min(fact.hi, other.hi) <= as_of:
            yield Finding(
                "contradiction",
                (other.handle, fact.handle),
                f"{fact.type} of {_on(fact)} contradicts {other.type} of {_on(other)}",
            )
    for one, other in pairwise(f for f in known if f.sets_condition):
        if one.hi > as_of:
            return
        if _tell_one_step_twice(one, other, lifecycle):
            yield Finding(
                "contradiction",
                (one.handle, other.handle),
                f"two sources date {one.type} differently: {_on(one)} and {_on(other)}",
            )
        elif one.effect == other.effect == "ends" and one.outcome != other.outcome:
            yield Finding(
                "contradiction",
                (one.handle, other.handle),
                f"two ends on record: {one.outcome} on {_on(one)}, {other.outcome} on {_on(other)}",
            )


def _tell_one_step_twice(one: FactVersion, other: FactVersion, lifecycle: Lifecycle) -> bool:
    """Whether two sources give one step dates that cannot both be right."""
    known = lifecycle.development(one.type)
    return (
        one.type == other.type
        and known is not None
        and not known.repeats
        and one.hi < other.lo
        and one.source != other.source
    )


def _equal_dates(setting: Sequence[FactVersion], sure: Sequence[FactVersion]) -> Iterator[Finding]:
    by_fact = {f.fact: f for f in sure}
    for one, other in pairwise(setting):
        same_day = (one.lo, one.hi) == (other.lo, other.hi)
        differ = (one.effect, one.phase, one.outcome) != (other.effect, other.phase, other.outcome)
        if same_day and differ and not _is_said_after(other, one, by_fact):
            # A fact takes the place of the one that it was said to come after.
            moved = f"{one.type}, with what it comes after,"
            first = moved if one.fact > other.fact else "what was recorded first"
            yield Finding(
                "equal-dates",
                (one.handle, other.handle),
                f"{one.type} and {other.type} share the date {_on(one)}; {first} is taken as "
                f"first (otherwise: tracker amend {one.handle} --after {other.handle} --reason …)",
            )


def _is_said_after(
    fact: FactVersion, other: FactVersion, by_fact: Mapping[int, FactVersion]
) -> bool:
    """Whether *fact* was said to come after *other*, or after one that was said to do so."""
    step: FactVersion | None = fact
    seen = set[int]()  # orders that turn in a circle have lapsed, and end the search as well
    while step is not None and step.after is not None and step.fact not in seen:
        if step.is_order_lapsed:
            return False
        if step.after == other.fact:
            return True
        seen.add(step.fact)
        step = by_fact.get(step.after)
    return False


def _single_source(status: Status) -> Iterator[Finding]:
    seen = set()
    for fact in (status.deciding, status.deciding_condition):
        if fact is not None and fact.is_unconfirmed and fact.fact not in seen:
            seen.add(fact.fact)
            yield Finding(
                "single-source",
                (fact.handle,),
                f"{fact.type} of {_on(fact)} rests on a single unconfirmed source",
            )


def _overdue(
    plans: Iterable[PlanVersion], known: Sequence[FactVersion], as_of: date
) -> Iterator[Finding]:
    for plan, state in plan_states(plans, known, as_of):
        if state == "overdue":
            yield Finding(
                "plan-overdue",
                (plan.handle,),
                f"{plan.type} was planned for {_on(plan)} and is not on record as done",
            )


def _unknown_types(sure: Sequence[FactVersion], lifecycle: Lifecycle) -> Iterator[Finding]:
    for fact in sure:
        if fact.effect == "unknown":
            yield Finding(
                "unknown-type",
                (fact.handle,),
                f"{lifecycle.name} as now in force has no type {fact.type}; it has no effect",
            )


def _lapsed_orders(sure: Sequence[FactVersion]) -> Iterator[Finding]:
    for fact in sure:
        if fact.is_order_lapsed:
            yield Finding(
                "order-lapsed",
                (fact.handle,),
                f"{fact.type} of {_on(fact)} was said to come after a development that has been "
                "withdrawn or moved to another date; that order no longer holds",
            )
