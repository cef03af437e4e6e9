"""What is odd in a history: a finding for each oddity, and none for what is in order."""

from __future__ import annotations

from datetime import date

from attrs import evolve

from tests.domain.told import ROAD, behind, planned, told
from tests.histories import DEFINITIONS
from tracker.domain.facts import FactVersion, PlanVersion, packed
from tracker.domain.findings import Finding, findings
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.status import status

DEAL = DEFINITIONS["deal"][0]
LATER = date(2025, 1, 1)


def found(
    *facts: FactVersion,
    as_of: date = LATER,
    plans: tuple[PlanVersion, ...] = (),
    lifecycle: Lifecycle = ROAD,
) -> list[str]:
    """What is odd, a line each: ``went-backwards il-1#2 il-1#3: went back from …``."""
    stands = status(facts, lifecycle, as_of)
    return [line(each) for each in findings(facts, plans, lifecycle, stands, as_of)]


def line(finding: Finding) -> str:
    return f"{finding.kind} {' '.join(finding.facts)}: {finding.text}"


def test_a_history_in_order_has_no_findings() -> None:
    """From phase to phase, each on a day of its own."""
    steps = ("begun 2024-01-10", "agreed 2024-02-10", "commented 2024-02-11", "opened 2024-03-10")
    assert found(*told(*steps)) == []


def test_nothing_has_no_findings() -> None:
    """An initiative just registered is not odd."""
    assert found() == []


# -- went backwards --------------------------------------------------------------------------------


def test_going_back_to_an_earlier_phase_is_a_finding() -> None:
    """It names both developments, both phases and the day."""
    assert found(*told("agreed 2024-01-10", "commented 2024-01-20", "begun 2024-02")) == [
        "went-backwards il-1#2 il-1#4: went back from agreement to talks on 2024-02"
    ]


def test_entering_the_same_phase_again_is_no_step_back() -> None:
    """Only an earlier one is."""
    one, other = told("begun 2024-01-10", "begun 2024-02-10")
    assert found(one, other) == []


def test_a_step_back_that_is_not_sure_yet_is_none() -> None:
    """What may yet happen is not on record as happened."""
    facts = told("agreed 2024-01-10", "begun 2024-02")
    assert found(*facts, as_of=date(2024, 2, 28)) == []
    assert len(found(*facts, as_of=date(2024, 2, 29))) == 1


# -- after the end ---------------------------------------------------------------------------------


def test_what_happens_after_the_end_is_a_finding_once() -> None:
    """It names the end and the first that came after; whatever follows that is in order again."""
    steps = ("begun 2024-01-10", "cancelled 2024-02-10", "resumed 2024-03", "agreed 2024-04-10")
    assert found(*told(*steps)) == [
        "after-end il-1#3 il-1#4: resumed on 2024-03 comes after it ended (cancelled) on 2024-02-10"
    ]


def test_a_comment_after_the_end_is_in_order() -> None:
    """One may speak of what has ended."""
    steps = ("begun 2024-01-10", "cancelled 2024-02-10", "commented 2024-03-10")
    assert found(*told(*steps)) == []


def test_the_last_end_is_the_one_that_something_comes_after() -> None:
    """Two ends of one outcome do not part; what comes after is after the later one."""
    steps = ("cancelled 2024-02-10", "cancelled 2024-02-12", "resumed 2024-03-10")
    assert found(*told(*steps)) == [
        (
            "after-end il-1#3 il-1#4: resumed on 2024-03-10 comes after it ended (cancelled) "
            "on 2024-02-12"
        )
    ]


# -- a mandatory phase skipped ---------------------------------------------------------------------


def test_reaching_a_phase_without_a_mandatory_one_before_is_a_finding_once() -> None:
    """It says which is missing and who calls it mandatory."""
    assert found(*told("begun 2024-01-10", "opened 2024-02", "opened 2024-03-10")) == [
        (
            "mandatory-skipped il-1#3: reached service on 2024-02 with no agreement, which road "
            "calls mandatory, on record"
        )
    ]


def test_a_phase_that_is_not_mandatory_may_be_skipped() -> None:
    """Nothing is said of talks that nobody recorded."""
    assert found(*told("agreed 2024-01-10", "opened 2024-02-10")) == []


def test_the_mandatory_phase_itself_is_not_skipped_by_reaching_it() -> None:
    """Only phases before the one reached."""
    assert found(*told("agreed 2024-01-10")) == []
    assert found(*told("begun 2024-01-10")) == []


def test_every_mandatory_phase_that_is_missing_is_named() -> None:
    """Each on its own, whatever does not enter a phase in between."""
    phases = tuple(evolve(phase, mandatory=True) for phase in ROAD.phases)
    strict = evolve(ROAD, phases=phases)
    assert found(*told("commented 2024-01-01", "opened 2024-02-10"), lifecycle=strict) == [
        (
            "mandatory-skipped il-1#3: reached service on 2024-02-10 with no talks, which road "
            "calls mandatory, on record"
        ),
        (
            "mandatory-skipped il-1#3: reached service on 2024-02-10 with no agreement, which road "
            "calls mandatory, on record"
        ),
    ]


# -- contradictions --------------------------------------------------------------------------------


def test_a_fact_that_its_author_says_contradicts_another_is_a_finding() -> None:
    """It names the other first."""
    facts = told("begun 2024-01-10", "commented 2024-02", "commented 2024-02-10")
    facts = (*facts[:2], evolve(facts[2], contradicts=facts[0].fact))
    assert found(*facts) == [
        "contradiction il-1#2 il-1#4: commented of 2024-02-10 contradicts begun of 2024-01-10"
    ]


def test_a_contradicted_fact_that_does_not_stand_is_no_finding() -> None:
    """A withdrawn fact is not among those present."""
    begun, commented = told("begun 2024-01-10", "commented 2024-02-10")
    assert found(evolve(commented, contradicts=begun.fact)) == []


def test_two_sources_that_date_one_step_differently_contradict_each_other() -> None:
    """The same type, twice, from two sources, with days that cannot both be right."""
    one, other = told("begun 2024-01-10", "begun 2024-02")
    one, other = evolve(one, source="TASS"), evolve(other, source="PIB")
    assert found(one, other) == [
        "contradiction il-1#2 il-1#3: two sources date begun differently: 2024-01-10 and 2024-02"
    ]


def test_two_dates_of_one_step_that_may_both_be_right_do_not_contradict() -> None:
    """Extents that share a day; one source that tells it twice; another type; what repeats."""
    tass, pib = "TASS", "PIB"

    def pair(one: str, other: str, mine: str, theirs: str) -> list[str]:
        first, second = told(one, other)
        return found(evolve(first, source=mine), evolve(second, source=theirs))

    assert len(pair("begun 2024-01-31", "begun 2024-02", tass, pib)) == 1
    assert pair("begun 2024-02-01", "begun 2024-02", tass, pib) == []
    assert pair("begun 2024-01-10", "begun 2024-02-10", tass, tass) == []
    assert pair("begun 2024-01-10", "agreed 2024-02-10", tass, pib) == []
    assert pair("suspended 2024-01-10", "suspended 2024-02-10", tass, pib) == []


def test_two_ends_with_two_outcomes_contradict_each_other() -> None:
    """An initiative ends one way."""
    facts = told("cancelled 2024-01-10", "commented 2024-01-20", "superseded 2024-02")
    assert found(*facts) == [
        (
            "contradiction il-1#2 il-1#4: two ends on record: cancelled on 2024-01-10, superseded "
            "on 2024-02"
        )
    ]
    assert found(*told("cancelled 2024-01-10", "cancelled 2024-02-10")) == []
    assert found(*told("begun 2024-01-10", "cancelled 2024-02-10")) == []


def test_what_is_sure_is_contradicted_by_what_is_dated_later_too() -> None:
    """A status in between rests on one of two dates; before the first there is nothing to doubt."""
    one, comment, other = told("begun 2024-01-10", "commented 2024-02-10", "begun 2024-03")
    one, other = evolve(one, source="TASS"), evolve(other, source="PIB")
    both = "contradiction il-1#2 il-1#4: two sources date begun differently: 2024-01-10 and 2024-03"
    between, before = date(2024, 2, 20), date(2024, 1, 9)
    assert found(one, comment, other, as_of=between) == [both]
    assert found(one, comment, other, as_of=one.hi) == [both]
    assert found(one, comment, other, as_of=before) == []
    ends = told("cancelled 2024-01-10", "superseded 2024-03")
    assert found(*ends, as_of=between) == [
        (
            "contradiction il-1#2 il-1#3: two ends on record: cancelled on 2024-01-10, superseded "
            "on 2024-03"
        )
    ]


def test_later_dates_alone_are_nothing_to_doubt_yet() -> None:
    """Two sources that differ about what comes after the day that is asked about."""
    begun, one, other = told("begun 2024-01-10", "agreed 2024-03-10", "agreed 2024-04-10")
    one, other = evolve(one, source="TASS"), evolve(other, source="PIB")
    assert found(begun, one, other, as_of=date(2024, 3, 9)) == []
    assert len(found(begun, one, other, as_of=date(2024, 3, 10))) == 1


def test_a_contradiction_that_its_author_told_of_counts_from_the_first_of_the_two() -> None:
    """Whichever of them names the other."""
    facts = told("begun 2024-01-10", "commented 2024-03-10", "agreed 2024-04-10")
    later = (facts[0], evolve(facts[1], contradicts=facts[0].fact), facts[2])
    earlier = (evolve(facts[0], contradicts=facts[1].fact), *facts[1:])
    for told_of in (later, earlier):
        assert len(found(*told_of, as_of=date(2024, 1, 10))) == 1
        assert len(found(*told_of, as_of=date(2024, 2, 1))) == 1
        assert found(*told_of, as_of=date(2024, 1, 9)) == []


# -- equal dates -----------------------------------------------------------------------------------


def test_two_steps_of_one_date_are_a_finding_with_the_way_to_order_them() -> None:
    """The order of recording decides until their author says otherwise."""
    assert found(*told("begun 2024-02", "agreed 2024-02")) == [
        (
            "equal-dates il-1#2 il-1#3: begun and agreed share the date 2024-02; what was recorded "
            "first is taken as first (otherwise: tracker amend il-1#2 --after il-1#3 --reason …)"
        )
    ]


def test_an_order_that_was_given_is_no_finding_until_it_lapses() -> None:
    """Its author has said which came first."""
    begun, agreed = behind(told("begun 2024-02-10", "agreed 2024-02-10"), 4, 3)
    assert found(begun, agreed) == []
    lapsed = evolve(agreed, rank=packed(agreed.fact, 0))
    assert [each.split(" ")[0] for each in found(begun, lapsed)] == ["equal-dates", "order-lapsed"]


def test_two_that_come_after_a_third_have_no_order_between_them() -> None:
    """That of recording decides, and nobody said so; until one is said to come after the other."""
    begun, held, done = told("begun 2024-02-10", "suspended 2024-02-10", "cancelled 2024-02-10")
    held = evolve(held, after=3, rank=packed(3, 1))
    done = evolve(done, after=3, rank=packed(3, 1))
    assert found(begun, held, done) == [
        (
            "equal-dates il-1#3 il-1#4: suspended and cancelled share the date 2024-02-10; what "
            "was recorded first is taken as first (otherwise: tracker amend il-1#3 --after il-1#4 "
            "--reason …)"
        )
    ]
    assert found(begun, held, evolve(done, after=4, rank=packed(3, 2))) == []


def test_an_order_that_leads_to_another_over_some_in_between_is_given() -> None:
    """Of those in between none need do anything; one that has lapsed leads nowhere."""
    begun, said, more, done = told(
        "begun 2024-02-10", "commented 2024-02-10", "commented 2024-02-10", "cancelled 2024-02-10"
    )
    said, more = (
        evolve(said, after=3, rank=packed(3, 1)),
        evolve(more, after=4, rank=packed(3, 2)),
    )
    done = evolve(done, after=5, rank=packed(3, 3))
    assert found(begun, said, more, done) == []
    lapsed = evolve(said, rank=packed(said.fact, 0))
    assert [each.split(" ")[0] for each in found(begun, lapsed, more, done)] == [
        "equal-dates",
        "order-lapsed",
    ]
    # What it leads over was withdrawn meanwhile.
    assert [each.split(" ")[0] for each in found(begun, more, done)] == ["equal-dates"]


def test_orders_that_turn_in_a_circle_lead_to_nothing_else() -> None:
    """A damaged log may have one; looking for its end has one."""
    begun, held, done = told("begun 2024-02-10", "suspended 2024-02-10", "cancelled 2024-02-10")
    held = evolve(held, after=5, rank=packed(4, 1))
    done = evolve(done, after=4, rank=packed(4, 2))
    kinds = [each.split(" ")[:3] for each in found(begun, held, done)]
    assert kinds == [["equal-dates", "il-1#2", "il-1#3:"]]


def test_what_takes_the_place_of_an_earlier_one_is_said_to_come_first() -> None:
    """Though it was recorded last."""
    begun, held, again = told("begun 2024-02-10", "suspended 2024-02-10", "resumed 2024-02-10")
    again = evolve(again, after=3, rank=packed(3, 1))
    assert found(begun, held, again) == [
        (
            "equal-dates il-1#4 il-1#3: resumed and suspended share the date 2024-02-10; resumed, "
            "with what it comes after, is taken as first (otherwise: tracker amend il-1#4 --after "
            "il-1#3 --reason …)"
        )
    ]


def test_dates_that_share_one_end_only_are_not_equal() -> None:
    """Equal are both ends."""
    assert found(*told("begun 2024-02-29", "agreed 2024-02")) == [
        "went-backwards il-1#3 il-1#2: went back from agreement to talks on 2024-02-29"
    ]
    assert found(*told("begun 2024-02-01", "agreed 2024-02")) == []


def test_equal_dates_that_do_the_same_are_in_order() -> None:
    """Neither the order of comments matters, nor that of two that have one effect."""
    assert found(*told("begun 2024-02-10", "begun 2024-02-10")) == []
    assert found(*told("begun 2024-02-10", "commented 2024-02-10")) == []


def test_equal_dates_differ_by_effect_by_phase_or_by_outcome() -> None:
    """Any of the three makes the order matter."""

    def kinds(one: str, other: str) -> list[str]:
        return [each.split(" ")[0] for each in found(*told(one, other))]

    assert kinds("begun 2024-02-10", "agreed 2024-02-10") == ["equal-dates"]
    assert kinds("suspended 2024-02-10", "resumed 2024-02-10") == ["equal-dates"]
    assert kinds("cancelled 2024-02-10", "superseded 2024-02-10") == [
        "contradiction",
        "equal-dates",
    ]


# -- a single source -------------------------------------------------------------------------------


def test_what_decides_and_rests_on_one_unconfirmed_source_is_a_finding_once() -> None:
    """Of the development that decided the phase and the one that decided the condition."""
    begun, suspended = (
        evolve(f, is_unconfirmed=True) for f in told("begun 2024-01", "suspended 2024-02-10")
    )
    assert found(begun) == [
        "single-source il-1#2: begun of 2024-01 rests on a single unconfirmed source"
    ]
    assert found(begun, suspended) == [
        "single-source il-1#2: begun of 2024-01 rests on a single unconfirmed source",
        "single-source il-1#3: suspended of 2024-02-10 rests on a single unconfirmed source",
    ]


def test_what_decides_nothing_any_more_may_rest_on_one_source() -> None:
    """Only the answer's own ground is asked after."""
    begun, agreed = told("begun 2024-01-10", "agreed 2024-02-10")
    assert found(evolve(begun, is_unconfirmed=True), agreed) == []
    (suspended,) = told("suspended 2024-02-10")
    assert len(found(evolve(suspended, is_unconfirmed=True))) == 1


# -- plans, types, orders --------------------------------------------------------------------------


def test_a_plan_past_its_last_day_is_a_finding_and_one_that_is_not_is_none() -> None:
    """It says what was planned for when."""
    plan = planned("opened ../2024-06-30")
    assert found(plans=(plan,), as_of=date(2024, 6, 30)) == []
    assert found(plans=(plan,), as_of=date(2024, 7, 1)) == [
        "plan-overdue il-1#1: opened was planned for ../2024-06-30 and is not on record as done"
    ]


def test_a_fulfilled_plan_is_not_overdue_and_one_perhaps_fulfilled_is() -> None:
    """Nobody can say that it was fulfilled."""
    plan = planned("agreed ../2024-06-30")
    (agreed,) = told("agreed 2024-08")
    agreed = evolve(agreed, fulfils=plan.fact)
    assert len(found(agreed, plans=(plan,), as_of=date(2024, 8, 30))) == 1
    assert found(agreed, plans=(plan,), as_of=date(2024, 8, 31)) == []


def test_a_type_that_the_definition_in_force_does_not_have_is_a_finding() -> None:
    """It says which, and that it has no effect."""
    assert found(*told("blessed 2024-02")) == [
        "unknown-type il-1#2: road as now in force has no type blessed; it has no effect"
    ]


def test_an_order_that_lapsed_is_a_finding() -> None:
    """Where what it came after was withdrawn or moved."""
    (agreed,) = told("agreed 2024-02")
    assert found(evolve(agreed, after=1)) == [
        (
            "order-lapsed il-1#2: agreed of 2024-02 was said to come after a development that has "
            "been withdrawn or moved to another date; that order no longer holds"
        )
    ]


def test_findings_come_in_one_order_whatever_order_the_facts_are_given_in() -> None:
    """By kind, and within a kind in the order of the developments."""
    facts = told(
        "opened 2024-01-10", "blessed 2024-01-15", "begun 2024-02-10", "cancelled 2024-03-10",
        "resumed 2024-04-10",
    )  # fmt: skip
    plans = (planned("opened 2024-05"),)
    expected = [
        "went-backwards", "after-end", "mandatory-skipped", "plan-overdue", "unknown-type",
    ]  # fmt: skip
    assert [each.split(" ")[0] for each in found(*facts, plans=plans)] == expected
    assert found(*reversed(facts), plans=plans) == found(*facts, plans=plans)
