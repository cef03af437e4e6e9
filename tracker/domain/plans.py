"""Plans: stated to be going to happen, and what became of them (section 6 of the semantics)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal

from tracker.domain.dates import OPEN_HI
from tracker.domain.facts import FactVersion, PlanVersion

PlanState = Literal["open", "overdue", "possibly-fulfilled", "fulfilled"]


def plan_state(plan: PlanVersion, developments: Iterable[FactVersion], as_of: date) -> PlanState:
    """What a plan stands at; *developments* are those present, linked to it or not.

    A plan that is overdue may be possibly fulfilled too; overdue is told, since nobody can say that
    it was fulfilled.
    """
    linked = [f for f in developments if f.fulfils == plan.fact and f.lo <= as_of]
    if any(f.hi <= as_of for f in linked):
        return "fulfilled"
    if plan.hi < as_of:
        return "overdue"
    return "possibly-fulfilled" if linked else "open"


def plan_states(
    plans: Iterable[PlanVersion], developments: Iterable[FactVersion], as_of: date
) -> Iterator[tuple[PlanVersion, PlanState]]:
    """Each plan with its :func:`plan_state`; *developments* are gone through once for all."""
    linked: dict[int, list[FactVersion]] = {}
    for fact in developments:
        if fact.fulfils is not None:
            linked.setdefault(fact.fulfils, []).append(fact)
    for plan in plans:
        yield plan, plan_state(plan, linked.get(plan.fact, ()), as_of)


def open_plans(
    plans: Iterable[PlanVersion], developments: Iterable[FactVersion], as_of: date
) -> tuple[PlanVersion, ...]:
    """The plans that are not fulfilled."""
    sure = {f.fulfils for f in developments if f.hi <= as_of}
    return tuple(plan for plan in plans if plan.fact not in sure)


def next_due(plans: Iterable[PlanVersion], as_of: date) -> date | None:
    """What is next due among open *plans*: their least finite last day that is not past."""
    return min((p.hi for p in plans if as_of <= p.hi < OPEN_HI), default=None)
