"""What became of plans: section 6 of the semantics, one story for each of its sentences."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from tests.domain.told import planned, told
from tracker.domain.facts import FactVersion
from tracker.domain.plans import next_due, open_plans, plan_state, plan_states

PLAN = planned("opened ../2024-06-30")


def done(on: str, fulfils: int | None = PLAN.fact) -> FactVersion:
    """A development on that date which links to the plan."""
    (fact,) = told(f"opened {on}")
    return evolve(fact, fulfils=fulfils)


@pytest.mark.parametrize(
    ("day", "state"),
    [("2024-06-29", "open"), ("2024-06-30", "open"), ("2024-07-01", "overdue")],
)
def test_a_plan_is_overdue_from_the_day_after_its_last_day(day: str, state: str) -> None:
    """Overdue iff hi < D and not fulfilled."""
    assert plan_state(PLAN, [], date.fromisoformat(day)) == state


def test_a_plan_without_a_date_is_never_overdue() -> None:
    """None given is any time."""
    assert plan_state(planned("opened ../.."), [], date.max) == "open"


@pytest.mark.parametrize(
    ("day", "state"),
    [
        ("2024-04-30", "open"),
        ("2024-05-01", "possibly-fulfilled"),
        ("2024-05-30", "possibly-fulfilled"),
        ("2024-05-31", "fulfilled"),
        ("2025-01-01", "fulfilled"),
    ],
)
def test_what_links_to_a_plan_may_fulfil_it_once_it_begins_and_has_once_it_ends(
    day: str, state: str
) -> None:
    """Fulfilled by hi ≤ D, possibly by lo ≤ D < hi."""
    assert plan_state(PLAN, [done("2024-05")], date.fromisoformat(day)) == state


def test_a_plan_fulfilled_late_was_overdue_until_then_and_is_not_any_more() -> None:
    """Overdue is told before possibly fulfilled, fulfilled before overdue."""
    late = done("2024-08")
    assert plan_state(PLAN, [late], date(2024, 7, 31)) == "overdue"
    assert plan_state(PLAN, [late], date(2024, 8, 15)) == "overdue"
    assert plan_state(PLAN, [late], date(2024, 8, 31)) == "fulfilled"


def test_a_development_that_links_to_no_plan_or_another_fulfils_none() -> None:
    """Only a link counts, never the type."""
    others = [done("2024-05-01", None), done("2024-05-01", PLAN.fact + 1)]
    assert plan_state(PLAN, others, date(2024, 5, 2)) == "open"
    assert open_plans([PLAN], others, date(2024, 5, 2)) == (PLAN,)


def test_one_sure_fulfilment_among_several_links_is_enough() -> None:
    """Any development that is sure."""
    both = [done("2024-06"), done("2024-05-01")]
    assert plan_state(PLAN, both, date(2024, 6, 1)) == "fulfilled"


def test_open_plans_are_the_unfulfilled_overdue_ones_too() -> None:
    """In their order, until the day on which what fulfils one is sure."""
    other = planned("agreed 2024-01", fact=8)
    both, doing = [PLAN, other], [done("2024-05")]
    assert open_plans(both, doing, date(2024, 5, 30)) == (PLAN, other)
    assert open_plans(both, doing, date(2024, 5, 31)) == (other,)


def test_next_due_is_the_least_last_day_that_is_not_past() -> None:
    """Least finite hi ≥ D, today's included."""
    plans = [planned("agreed 2024-07"), PLAN, planned("opened ../.."), planned("begun 2024-01")]
    assert next_due(plans, date(2024, 2, 1)) == date(2024, 6, 30)
    assert next_due(plans, date(2024, 6, 30)) == date(2024, 6, 30)
    assert next_due(plans, date(2024, 7, 1)) == date(2024, 7, 31)
    assert next_due(plans, date(2024, 8, 1)) is None


def test_a_plan_with_an_open_end_is_never_due() -> None:
    """An open end is no last day."""
    assert next_due([planned("opened 2024-05/..")], date(2024, 1, 1)) is None
    assert next_due([], date(2024, 1, 1)) is None


def test_a_plan_is_named_by_its_place_in_its_initiative() -> None:
    """As a person writes it."""
    assert PLAN.handle == "il-1#1"


def test_the_states_of_several_plans_are_those_of_each() -> None:
    """With what fulfils each of them told apart."""
    other = evolve(PLAN, fact=PLAN.fact + 100)
    developments = [
        done("2024-05"),
        evolve(done("2024-07"), fulfils=other.fact),
        done("2024-05-01", None),
    ]
    for day in (date(2024, 5, 15), date(2024, 6, 30), date(2024, 7, 15), date(2024, 8, 1)):
        assert list(plan_states([PLAN, other], developments, day)) == [
            (plan, plan_state(plan, developments, day)) for plan in (PLAN, other)
        ]
