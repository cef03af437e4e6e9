"""What an initiative stands at: section 5 of the semantics, one story for each of its sentences."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from tests.domain.told import ROAD, behind, told
from tests.histories import DEFINITIONS
from tracker.domain.dates import OPEN_HI, OPEN_LO
from tracker.domain.facts import FactVersion
from tracker.domain.status import Status, decide_status, in_phase_order, status

QUICK = evolve(ROAD, dormant_after=1)
NEVER_DORMANT = evolve(ROAD, dormant_after=None)


def on(day: str, *lines: str) -> Status:
    """What il-1 stands at on *day*, from the developments of *lines*."""
    return status(told(*lines), ROAD, date.fromisoformat(day))


def short(stands: Status) -> str:
    """``talks active``, and how it ended, or ``inferred``, where that is so."""
    more = [stands.outcome] if stands.outcome else []
    more += [stands.basis] if stands.basis != "observed" else []
    return " ".join([stands.phase, stands.condition, *more])


# -- phase and condition ---------------------------------------------------------------------------


def test_nothing_known_is_not_started_active_and_observed() -> None:
    """With no development at all, nothing decides and there is no since."""
    assert status((), ROAD, date(2024, 3, 10)) == Status(
        phase="not-started",
        condition="active",
        outcome=None,
        basis="observed",
        possible=("not-started",),
        possible_conditions=("active",),
        since=None,
        deciding=None,
        deciding_condition=None,
        last_on=None,
    )


def test_an_answer_names_what_decided_the_phase_the_condition_and_what_was_heard_last() -> None:
    """The phase, the condition and the last word may come from three developments."""
    begun, suspended, commented = facts = told(
        "begun 2024-03-10", "suspended 2024-04", "commented 2024-05-02"
    )
    assert status(facts, ROAD, date(2024, 5, 2)) == Status(
        phase="talks",
        condition="suspended",
        outcome=None,
        basis="observed",
        possible=("talks",),
        possible_conditions=("suspended",),
        since="2024-04",
        deciding=begun,
        deciding_condition=suspended,
        last_on=commented.on,
    )


def test_a_development_is_sure_on_the_last_day_of_its_extent_and_not_the_day_before() -> None:
    """Sure are those with hi ≤ D."""
    steps = ("begun 2024-03-10", "agreed 2024-05")
    assert short(on("2024-05-30", *steps)) == "talks active"
    assert short(on("2024-05-31", *steps)) == "agreement active"
    assert short(on("2024-03-09", *steps)) == "not-started active"
    assert short(on("2024-03-10", *steps)) == "talks active"


def test_the_last_to_enter_decides_even_where_it_goes_back() -> None:
    """History breaks its own rules: the phase is the last one entered, not the furthest."""
    steps = ("opened 2024-03-10", "begun 2024-04-10")
    assert short(on("2024-04-10", *steps)) == "talks active"


def test_what_was_recorded_late_counts_by_its_date() -> None:
    """The order is that of the dates in the world, not of the recording."""
    assert short(on("2024-05-01", "agreed 2024-05-01", "begun 2024-03-10")) == "agreement active"


@pytest.mark.parametrize(
    ("kind", "stands"),
    [
        ("suspended", "talks suspended"),
        ("cancelled", "talks ended cancelled"),
        ("superseded", "talks ended superseded"),
        ("resumed", "talks active"),
        ("commented", "talks active"),
        ("agreed", "agreement active"),
    ],
)
def test_the_condition_is_set_by_the_last_that_sets_one(kind: str, stands: str) -> None:
    """Enters and resumes give active, suspends and ends what they say, a comment nothing."""
    assert short(on("2024-04-10", "begun 2024-03-10", f"{kind} 2024-04-10")) == stands


@pytest.mark.parametrize("kind", ["resumed", "agreed"])
@pytest.mark.parametrize("halt", ["suspended", "cancelled"])
def test_resuming_or_entering_a_phase_makes_an_initiative_active_again(
    halt: str, kind: str
) -> None:
    """A revival after the end is active too, and has no outcome any more."""
    stands = on("2024-05-10", "begun 2024-03-10", f"{halt} 2024-04-10", f"{kind} 2024-05-10")
    assert (stands.condition, stands.outcome) == ("active", None)


def test_a_comment_after_the_end_changes_neither_condition_nor_outcome() -> None:
    """Only what sets a condition sets it."""
    stands = on("2025-05-10", "begun 2024-03-10", "cancelled 2024-04-10", "commented 2025-05-10")
    assert short(stands) == "talks ended cancelled"
    assert stands.since == "2024-04-10"


def test_a_type_that_the_lifecycle_does_not_have_has_no_effect() -> None:
    """It is heard, and changes nothing else."""
    stands = on("2024-04-10", "begun 2024-03-10", "blessed 2024-04-10")
    assert short(stands) == "talks active"
    assert stands.last_on == "2024-04-10"


def test_suspended_before_anything_began_is_not_started_and_suspended() -> None:
    """Phase and condition are decided apart; since is the condition's."""
    stands = on("2024-04-10", "suspended 2024-04-10")
    assert short(stands) == "not-started suspended"
    assert (stands.since, stands.deciding) == ("2024-04-10", None)


# -- the order of developments ---------------------------------------------------------------------


def test_of_equal_dates_the_fact_recorded_first_comes_first() -> None:
    """Ties go by the fact's first position."""
    assert on("2024-03-10", "agreed 2024-03-10", "begun 2024-03-10").phase == "talks"
    assert on("2024-03-10", "begun 2024-03-10", "agreed 2024-03-10").phase == "agreement"


def test_a_corrected_typo_does_not_change_which_of_two_comes_first() -> None:
    """The tie goes by the fact's first position, never by that of its version."""
    agreed, begun = told("agreed 2024-03-10", "begun 2024-03-10")
    facts = (evolve(agreed, position=99), begun)
    assert status(facts, ROAD, date(2024, 3, 10)).phase == "talks"


def test_an_author_may_say_which_of_two_equal_dates_comes_after() -> None:
    """The rank is before the position."""
    facts = behind(told("agreed 2024-03-10", "begun 2024-03-10"), 3, 4)
    assert status(facts, ROAD, date(2024, 3, 10)).phase == "agreement"


def test_of_equal_last_days_the_one_that_may_be_earlier_comes_first() -> None:
    """The order is (hi, lo, rank, fact)."""
    steps = ("agreed 2024-03-31", "begun 2024-03")
    assert on("2024-03-31", *steps).phase == "agreement"


def test_the_order_in_which_facts_are_given_does_not_matter() -> None:
    """They are put into their one order first."""
    facts = told("begun 2024-03-10", "suspended 2024-03-10", "agreed 2024-05-01", "resumed 2024-04")
    expected = status(facts, ROAD, date(2024, 5, 1))
    assert status(reversed(facts), ROAD, date(2024, 5, 1)) == expected
    assert expected.phase == "agreement"


# -- since -----------------------------------------------------------------------------------------


def test_since_is_the_date_of_whichever_of_phase_and_condition_came_later() -> None:
    """Its date as it was told, flags and all."""
    steps = ("begun 2024-03", "suspended 2024-05~", "resumed 2024-06-15", "agreed 2024-07-01?")
    assert on("2024-04-15", *steps).since == "2024-03"
    assert on("2024-05-31", *steps).since == "2024-05~"
    assert on("2024-06-15", *steps).since == "2024-06-15"
    assert on("2024-07-01", *steps).since == "2024-07-01?"


def test_since_is_the_later_of_the_two_whichever_that_is() -> None:
    """Said of any two developments, also where the one of the phase is the later."""
    begun, suspended = told("begun 2024-03-10", "suspended 2024-03-09")
    assert _decided(begun, suspended).since == "2024-03-10"
    assert _decided(begun, None).since == "2024-03-10"
    assert _decided(None, suspended).since == "2024-03-09"


def _decided(deciding: FactVersion | None, setting: FactVersion | None) -> Status:
    return decide_status(
        deciding=deciding,
        deciding_condition=setting,
        last=deciding or setting,
        possible=frozenset({"talks"}),
        possible_conditions=frozenset({"active"}),
        lifecycle=ROAD,
        as_of=date(2024, 3, 11),
    )


def test_a_development_without_any_date_gives_no_since() -> None:
    """What may have been at any time since ever does not say since when."""
    (begun,) = told("begun 2024-03-10")
    begun = evolve(begun, on="../..", lo=OPEN_LO)
    stands = status([begun], ROAD, date(2024, 3, 10))
    assert (stands.phase, stands.since, stands.last_on) == ("talks", None, None)


# -- dormant ---------------------------------------------------------------------------------------


def test_it_is_dormant_on_the_day_after_the_silence_was_long_enough_and_not_before() -> None:
    """D later than the hi of the last, plus dormant_after; inferred, since its first such day."""
    last_awake = on("2024-06-10", "begun 2024-03-10")
    assert (short(last_awake), last_awake.since) == ("talks active", "2024-03-10")
    first_dormant = on("2024-06-11", "begun 2024-03-10")
    assert (short(first_dormant), first_dormant.since) == ("talks dormant inferred", "2024-06-11")
    much_later = on("2026-01-01", "begun 2024-03-10")
    assert (short(much_later), much_later.since) == ("talks dormant inferred", "2024-06-11")
    assert much_later.possible_conditions == ("active",)
    assert much_later.deciding_condition == told("begun 2024-03-10")[0]


def test_months_are_clamped_to_the_end_of_a_shorter_month() -> None:
    """30 November plus three months is the last of February."""
    assert on("2025-02-28", "begun 2024-11-30").condition == "active"
    assert on("2025-03-01", "begun 2024-11-30").since == "2025-03-01"


def test_the_silence_begins_with_the_last_day_of_an_imprecise_date() -> None:
    """It counts from hi."""
    assert on("2024-06-30", "begun 2024-03").condition == "active"
    assert on("2024-07-01", "begun 2024-03").since == "2024-07-01"


@pytest.mark.parametrize("kind", ["commented", "statement-made", "blessed"])
def test_a_comment_counts_as_heard(kind: str) -> None:
    """The last of sure of any type ends the silence, with an effect or without."""
    steps = ("begun 2024-03-10", f"{kind} 2024-05-01")
    assert on("2024-06-11", *steps).condition == "active"
    assert on("2024-08-01", *steps).condition == "active"
    assert on("2024-08-02", *steps).since == "2024-08-02"


def test_what_may_yet_happen_breaks_no_silence() -> None:
    """Only sure developments are heard."""
    assert on("2024-06-11", "begun 2024-03-10", "commented 2024-06").condition == "dormant"
    assert on("2024-06-30", "begun 2024-03-10", "commented 2024-06").condition == "active"


def test_commented_on_and_never_started_falls_dormant_too() -> None:
    """Nothing but that sure is not empty is asked."""
    assert short(on("2024-06-10", "commented 2024-03-10")) == "not-started active"
    assert short(on("2024-06-11", "commented 2024-03-10")) == "not-started dormant inferred"


def test_an_initiative_of_which_nothing_is_heard_ever_is_not_dormant() -> None:
    """Sure is empty."""
    assert short(on("2099-01-01")) == "not-started active"
    assert short(on("2024-01-01", "begun 2024-03-10")) == "not-started active"


def test_a_settled_phase_is_never_dormant() -> None:
    """Service goes on without news of it."""
    assert short(on("2099-01-01", "opened 2024-03-10")) == "service active"


@pytest.mark.parametrize(
    ("kind", "stands"),
    [("suspended", "talks suspended"), ("cancelled", "talks ended cancelled")],
)
def test_what_is_suspended_or_ended_is_never_dormant(kind: str, stands: str) -> None:
    """Dormant takes the place of active only."""
    assert short(on("2099-01-01", "begun 2024-03-10", f"{kind} 2024-04-10")) == stands


def test_a_lifecycle_without_dormancy_has_none() -> None:
    """No silence is long enough."""
    facts = told("begun 2024-03-10")
    assert status(facts, NEVER_DORMANT, date(2099, 1, 1)).condition == "active"
    assert status(facts, QUICK, date(2024, 4, 10)).condition == "active"
    assert status(facts, QUICK, date(2024, 4, 11)).condition == "dormant"


def test_at_the_end_of_the_calendar_nothing_falls_dormant_any_more() -> None:
    """There is no day after 9999-12-31 to be dormant on."""
    assert on("9999-12-31", "begun 9999-09-30").since == "9999-12-31"
    assert on("9999-12-31", "begun 9999-10-01").condition == "active"
    assert on("9999-12-31", "begun 9999-11-30").condition == "active"
    (begun,) = told("begun 2024-03-10/9999-12-31")
    assert status([evolve(begun, hi=OPEN_HI)], ROAD, OPEN_HI).condition == "active"


# -- what is possible ------------------------------------------------------------------------------


def test_an_imprecise_date_makes_its_phase_possible_from_its_first_day() -> None:
    """Possible counts lo ≤ D; before anything is sure, not-started is possible too."""
    assert on("2024-04-30", "begun 2024-05").possible == ("not-started",)
    first_day = on("2024-05-01", "begun 2024-05")
    assert (first_day.phase, first_day.possible) == ("not-started", ("not-started", "talks"))
    assert not first_day.is_certain
    last_day = on("2024-05-31", "begun 2024-05")
    assert (last_day.phase, last_day.possible) == ("talks", ("talks",))
    assert last_day.is_certain


def test_what_may_have_followed_the_last_sure_one_is_possible() -> None:
    """A later extent that has begun may have happened already, or not."""
    steps = ("begun 2024-03-10", "agreed 2024-05")
    assert on("2024-04-30", *steps).possible == ("talks",)
    assert on("2024-05-01", *steps).possible == ("talks", "agreement")
    assert on("2024-05-31", *steps).possible == ("agreement",)


def test_of_two_extents_that_overlap_either_may_be_the_last() -> None:
    """Some choice of days puts either last; the phases come in the lifecycle's order."""
    stands = on("2024-06-30", "opened 2024-05/2024-06", "begun 2024-05-15/2024-06-15")
    assert (stands.phase, stands.possible) == ("service", ("talks", "service"))


def test_a_day_inside_an_extent_recorded_later_may_be_the_last_or_not() -> None:
    """M is the greatest (lo, rank, fact) of the sure ones."""
    stands = on("2024-03-31", "begun 2024-03-10", "agreed 2024-03")
    assert (stands.phase, stands.possible) == ("agreement", ("talks", "agreement"))


def test_of_two_that_may_share_a_day_the_first_recorded_counts_from_the_day_after() -> None:
    """On the shared day the one recorded first comes first, so it cannot be the last."""
    steps = ("begun 2024-03", "agreed 2024-03-10")
    assert on("2024-03-09", *steps).possible == ("not-started", "talks")
    assert on("2024-03-10", *steps).possible == ("agreement",)
    assert on("2024-03-11", *steps).possible == ("talks", "agreement")


def test_of_two_that_may_share_a_day_the_last_recorded_may_be_last_that_day() -> None:
    """The same story recorded the other way round."""
    steps = ("agreed 2024-03-10", "begun 2024-03")
    assert on("2024-03-10", *steps).possible == ("talks", "agreement")


def test_the_order_an_author_gave_settles_what_is_possible_on_one_day() -> None:
    """(lo, rank, fact): the rank decides before the position does."""
    facts = behind(told("agreed 2024-03-10", "begun 2024-03-10"), 3, 4)
    assert status(facts, ROAD, date(2024, 3, 10)).possible == ("agreement",)


def test_two_developments_of_the_same_extent_may_come_either_way() -> None:
    """Of the same month nobody knows which was first; of the same day the order is told."""
    assert on("2024-03-31", "begun 2024-03", "agreed 2024-03").possible == ("talks", "agreement")
    assert on("2024-03-10", "begun 2024-03-10", "agreed 2024-03-10").possible == ("agreement",)


def test_possible_conditions_are_the_same_for_what_sets_a_condition() -> None:
    """With active in the place of not-started, in the order of the conditions."""
    assert on("2024-05-10", "suspended 2024-05").possible_conditions == ("active", "suspended")
    steps = ("begun 2024-03-10", "cancelled 2024-05", "suspended 2024-05-05/2024-05-25")
    stands = on("2024-05-10", *steps)
    assert stands.possible_conditions == ("active", "suspended", "ended")
    assert (stands.possible, stands.is_certain) == (("talks",), False)
    assert on("2024-05-31", *steps).possible_conditions == ("suspended", "ended")


def test_an_end_that_may_have_come_leaves_the_phase_as_sure_as_it_was() -> None:
    """What sets a condition alone enters no phase."""
    stands = on("2024-05-10", "begun 2024-03-10", "cancelled 2024-05")
    assert (short(stands), stands.possible) == ("talks active", ("talks",))
    assert stands.possible_conditions == ("active", "ended")


def test_certain_asks_for_one_phase_and_one_condition() -> None:
    """Certain iff both sets have exactly one member."""
    stands = on("2024-03-10", "begun 2024-03-10")
    assert stands.is_certain
    assert not evolve(stands, possible=("talks", "agreement")).is_certain
    assert not evolve(stands, possible_conditions=("active", "ended")).is_certain


def test_phases_stand_in_the_order_of_the_lifecycle_with_not_started_first() -> None:
    """Whatever order they come in, and by the definition that is in force."""
    phases = ["service", "not-started", "agreement", "talks"]
    assert in_phase_order(phases, ROAD) == ("not-started", "talks", "agreement", "service")
    assert in_phase_order(["talks", "service"], DEFINITIONS["road"][2]) == ("service", "talks")


# -- what is compared ------------------------------------------------------------------------------


def test_compared_is_what_section_7_lists_and_not_what_decided() -> None:
    """Phase, condition, outcome, basis, possible, possible_conditions, certain, since."""
    stands = on("2024-04-10", "begun 2024-03-10", "cancelled 2024-04-10")
    assert stands.compared == (
        "talks",
        "ended",
        "cancelled",
        "observed",
        ("talks",),
        ("ended",),
        True,
        "2024-04-10",
    )
    assert evolve(stands, deciding=None, last_on="2025").compared == stands.compared
    both = evolve(stands, possible=("a", "b"), possible_conditions=("active", "ended"))
    turned = evolve(stands, possible=("b", "a"), possible_conditions=("ended", "active"))
    assert both.compared == turned.compared
