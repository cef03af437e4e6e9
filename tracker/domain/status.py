"""The definition: what an initiative stands at, as of a day, from the facts that are known.

Section 5 of the semantics, to be read beside it; the projections are tested against this file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Protocol, TypeVar

from attrs import frozen

from tracker.domain.dates import add_months
from tracker.domain.facts import FactVersion, in_order
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.outline import as_set

NOT_STARTED = "not-started"
ACTIVE, SUSPENDED, ENDED, DORMANT = "active", "suspended", "ended", "dormant"
CONDITIONS = (ACTIVE, SUSPENDED, ENDED, DORMANT)
OBSERVED, INFERRED = "observed", "inferred"


@frozen
class Status:
    """Phase × condition × basis, with what decided it and what else is possible.

    *since* and *last_on* are EDTF strings; *outcome* is how it ended, if it did.
    """

    phase: str
    condition: str
    outcome: str | None
    basis: str
    possible: tuple[str, ...]
    possible_conditions: tuple[str, ...]
    since: str | None
    deciding: FactVersion | None = None
    deciding_condition: FactVersion | None = None
    last_on: str | None = None

    @property
    def is_certain(self) -> bool:
        """Whether every choice of exact days gives this phase and this condition."""
        return len(self.possible) == 1 and len(self.possible_conditions) == 1

    @property
    def compared(self) -> tuple[object, ...]:
        """What ``diff`` compares (section 7): of what is possible the set, whatever its order."""
        return (
            self.phase,
            self.condition,
            self.outcome,
            self.basis,
            as_set(self.possible),
            as_set(self.possible_conditions),
            self.is_certain,
            self.since,
        )


def status(developments: Iterable[FactVersion], lifecycle: Lifecycle, as_of: date) -> Status:
    """Section 5 of the semantics, word for word, over the developments present at one position."""
    known = sorted(developments, key=in_order)
    entering = [f for f in known if f.sets_phase]
    setting = [f for f in known if f.sets_condition]
    return decide_status(
        deciding=_last_sure(entering, as_of),
        deciding_condition=_last_sure(setting, as_of),
        last=_last_sure(known, as_of),
        possible=possible(entering, as_of, lambda f: f.phase or "", NOT_STARTED),
        possible_conditions=possible(setting, as_of, lambda f: f.condition, ACTIVE),
        lifecycle=lifecycle,
        as_of=as_of,
    )


def decide_status(
    *,
    deciding: FactVersion | None,
    deciding_condition: FactVersion | None,
    last: FactVersion | None,
    possible: frozenset[str],
    possible_conditions: frozenset[str],
    lifecycle: Lifecycle,
    as_of: date,
) -> Status:
    """The status, once the last sure developments of each sort have been found.

    *deciding* is the last of the sure ones that enters a phase, *deciding_condition* the last that
    sets a condition, *last* the last of any type.
    """
    phase = deciding.phase or NOT_STARTED if deciding else NOT_STARTED
    condition = deciding_condition.condition if deciding_condition else ACTIVE
    months = months_until_dormant(phase, condition, lifecycle)
    dormant_from = first_dormant_day(last.hi, months) if last and months is not None else None
    is_dormant = dormant_from is not None and as_of >= dormant_from
    later = _later(deciding, deciding_condition)
    return Status(
        phase=phase,
        condition=DORMANT if is_dormant else condition,
        outcome=deciding_condition.outcome if deciding_condition else None,
        basis=INFERRED if is_dormant else OBSERVED,
        possible=in_phase_order(possible, lifecycle),
        possible_conditions=in_condition_order(possible_conditions),
        since=dormant_from.isoformat() if is_dormant and dormant_from else _edtf(later),
        deciding=deciding,
        deciding_condition=deciding_condition,
        last_on=_edtf(last),
    )


class Placed(Protocol):
    """What has a place in the order of section 5."""

    @property
    def hi(self) -> date:
        """The last day on which it may have happened."""
        ...

    @property
    def lo(self) -> date:
        """The first."""
        ...

    @property
    def rank(self) -> int:
        """Its rank, packed."""
        ...

    @property
    def fact(self) -> int:
        """The position of its fact's first event."""
        ...


_P = TypeVar("_P", bound=Placed)


def possible(
    candidates: Sequence[_P],
    as_of: date,
    value: Callable[[_P], str],
    otherwise: str,
) -> frozenset[str]:
    """The values that some choice of exact days within the extents would give.

    *candidates* are the developments that set the value; *otherwise* is what holds where none of
    them has happened. M is the latest that the sure ones can all be pushed back to: whatever may
    lie at or after it may be the last.
    """
    sure = [f for f in candidates if f.hi <= as_of]
    if not sure:
        return frozenset({value(f) for f in candidates if f.lo <= as_of} | {otherwise})
    greatest = max((f.lo, f.rank, f.fact) for f in sure)
    return frozenset(
        value(f)
        for f in candidates
        if f.lo <= as_of and (min(f.hi, as_of), f.rank, f.fact) >= greatest
    )


def in_phase_order(phases: Collection[str], lifecycle: Lifecycle) -> tuple[str, ...]:
    """*phases* in the order of the lifecycle, ``not-started`` first."""
    return tuple(phases if len(phases) == 1 else sorted(phases, key=lifecycle.order_of))


def in_condition_order(conditions: Collection[str]) -> tuple[str, ...]:
    """*conditions* in the order of :data:`CONDITIONS`."""
    return tuple(conditions if len(conditions) == 1 else sorted(conditions, key=CONDITIONS.index))


def months_until_dormant(phase: str, condition: str, lifecycle: Lifecycle) -> int | None:
    """After how many months of silence a phase and condition are dormant; None if they never are.

    *condition* is what developments set, before dormancy.
    """
    if condition != ACTIVE:
        return None
    standing = lifecycle.phase(phase)
    return None if standing is not None and standing.settled else lifecycle.dormant_after


def first_dormant_day(heard_on: date, months: int) -> date | None:
    """The first day on which nothing having been heard for *months* means dormant.

    *heard_on* is the last day of the last development of any type. None where the calendar ends.
    """
    heard_until = add_months(heard_on, months)
    return None if heard_until == date.max else heard_until + timedelta(days=1)


def _last_sure(in_order: Sequence[FactVersion], as_of: date) -> FactVersion | None:
    return next((f for f in reversed(in_order) if f.hi <= as_of), None)


def _later(one: FactVersion | None, other: FactVersion | None) -> FactVersion | None:
    if one is None or other is None or one is other:
        return one or other
    return max(one, other, key=lambda f: f.order)


def _edtf(fact: FactVersion | None) -> str | None:
    return None if fact is None or fact.on == "../.." else fact.on
