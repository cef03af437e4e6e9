"""What changed between two viewpoints, and why: one story per cause and axis, then the laws."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from datetime import date
from typing import Any

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.histories import (
    Adopting,
    Amending,
    Linking,
    Recording,
    Registering,
    Retiring,
    Reverting,
    Revising,
    Step,
    Withdrawing,
    events_of,
    histories,
    viewpoints,
)
from tracker.domain.changes import Cause, Change, diff, is_backwards
from tracker.domain.events import Event, LifecycleAdopted
from tracker.domain.facts import picture
from tracker.domain.status import Status, status
from tracker.domain.viewpoint import Viewpoint

# The road's first events are its lifecycle (@1) and its registration (@2).
ROAD = Registering(slug="il-1", lifecycle="road")
DEAL = Registering(slug="il-1", lifecycle="deal")
BEGUN = Recording(type="begun", on="2024-03-10")
AGREED = Recording(type="agreed", on="2024-05-01")
COMMENTED = Recording(type="commented", on="2024-07-15")


def at(day: str, position: int = 99) -> Viewpoint:
    return Viewpoint(date.fromisoformat(day), position)


def story(v1: Viewpoint, v2: Viewpoint, *steps: Step) -> list[str]:
    """What ``diff`` tells of the log after *steps*: a line for each change."""
    return [line(change) for change in diff(events_of(steps), v1, v2)]


def line(change: Change) -> str:
    causes = ", ".join(map(cause_in_words, change.causes))
    return f"{change.initiative}: {short(change.before)} → {short(change.after)}; {causes}"


def short(stands: Status | None) -> str:
    if stands is None:
        return "null"
    condition = "" if stands.condition == "active" else f" {stands.condition}"
    doubt = "" if stands.is_certain else "?"
    return f"{stands.phase}{condition}{doubt}"


def cause_in_words(cause: Cause) -> str:
    position = None if cause.position is None else f"@{cause.position}"
    return " ".join(part for part in (cause.cause, cause.fact, position, cause.on) if part)


# -- the world's axis ------------------------------------------------------------------------------


def test_what_happens_between_the_two_days_is_why() -> None:
    assert story(at("2024-04-30"), at("2024-05-01"), ROAD, BEGUN, AGREED) == [
        "il-1: talks → agreement; happened il-1#3 @4 2024-05-01"
    ]


def test_the_first_development_starts_an_initiative() -> None:
    assert story(at("2024-03-09"), at("2024-03-10"), ROAD, BEGUN) == [
        "il-1: not-started → talks; happened il-1#2 @3 2024-03-10"
    ]


def test_an_imprecise_date_may_have_happened_once_it_begins_and_has_once_it_ends() -> None:
    steps = (ROAD, BEGUN, Recording(type="agreed", on="2024-05"))
    assert story(at("2024-04-30"), at("2024-05-01"), *steps) == [
        "il-1: talks → talks?; happened il-1#3 @4 2024-05"
    ]
    assert story(at("2024-05-30"), at("2024-05-31"), *steps) == [
        "il-1: talks? → agreement; happened il-1#3 @4 2024-05"
    ]
    assert story(at("2024-05-02"), at("2024-05-30"), *steps) == []


def test_of_two_that_may_share_a_day_the_first_recorded_counts_from_the_day_after() -> None:
    steps = (ROAD, Recording(type="begun", on="2024-03"), Recording(type="agreed", on="2024-03-10"))
    assert story(at("2024-03-10"), at("2024-03-11"), *steps) == [
        "il-1: agreement → agreement?; happened il-1#2 @3 2024-03"
    ]


def test_nothing_heard_for_long_enough_lapses_on_the_first_dormant_day() -> None:
    assert story(at("2024-06-10"), at("2024-12-24"), ROAD, BEGUN) == [
        "il-1: talks → talks dormant; lapsed 2024-06-11"
    ]


def test_dormant_again_from_another_day_lapsed_again() -> None:
    """What happened in between counts too, though a comment has no effect."""
    assert story(at("2024-07-01"), at("2024-12-24"), ROAD, BEGUN, COMMENTED) == [
        "il-1: talks dormant → talks dormant; happened il-1#3 @4 2024-07-15, lapsed 2024-10-16"
    ]


def test_a_comment_ends_dormancy_and_is_no_cause_of_anything_else() -> None:
    assert story(at("2024-07-14"), at("2024-07-15"), ROAD, BEGUN, COMMENTED) == [
        "il-1: talks dormant → talks; happened il-1#3 @4 2024-07-15"
    ]
    comment = Recording(type="commented", on="2024-03-11")
    assert story(at("2024-03-09"), at("2024-03-12"), ROAD, BEGUN, comment) == [
        "il-1: not-started → talks; happened il-1#2 @3 2024-03-10"
    ]


def test_backwards_is_told_forwards_and_swapped() -> None:
    """Lapsed becomes revived; what happened keeps its name."""
    history = events_of((ROAD, BEGUN))
    (change,) = diff(history, at("2024-12-24"), at("2024-03-10"))
    assert line(change) == "il-1: talks dormant → talks; revived 2024-06-11"
    assert change.is_reversed
    assert story(at("2024-05-01"), at("2024-04-30"), ROAD, BEGUN, AGREED) == [
        "il-1: agreement → talks; happened il-1#3 @4 2024-05-01"
    ]


def test_what_decides_the_phase_is_a_cause_while_something_later_decides_the_condition() -> None:
    """Phase and condition rest on two developments; either may be the one that moved."""
    steps = (
        ROAD,
        BEGUN,
        Recording(type="suspended", on="2024-04-10"),
        Amending(fact=0, type="agreed"),
    )
    assert story(at("2024-05-01", 4), at("2024-05-01", 5), *steps) == [
        "il-1: talks suspended → agreement suspended; corrected il-1#2 @5 2024-03-10"
    ]


# -- the axis of knowledge -------------------------------------------------------------------------


def test_what_is_recorded_later_was_learned() -> None:
    steps = (ROAD, BEGUN, AGREED)
    assert story(at("2024-05-02", 3), at("2024-05-02", 4), *steps) == [
        "il-1: talks → agreement; learned il-1#3 @4 2024-05-01"
    ]


def test_what_was_learned_and_did_not_matter_is_no_cause() -> None:
    """An older step, and a comment, were learned with the one that counts."""
    older = Recording(type="begun", on="2024-02-20/2024-03-10")
    steps = (ROAD, BEGUN, AGREED, older, Recording(type="commented", on="2024-03-11"))
    assert story(at("2024-05-02", 3), at("2024-05-02"), *steps) == [
        "il-1: talks → agreement; learned il-1#3 @4 2024-05-01"
    ]


def test_another_version_is_a_correction() -> None:
    steps = (ROAD, BEGUN, Amending(fact=0, type="agreed"))
    assert story(at("2024-05-02", 3), at("2024-05-02"), *steps) == [
        "il-1: talks → agreement; corrected il-1#2 @4 2024-03-10"
    ]


def test_another_wording_changes_nothing() -> None:
    steps = (ROAD, BEGUN, Amending(fact=0, note="said so"))
    assert story(at("2024-05-02", 3), at("2024-05-02"), *steps) == []


def test_another_wording_on_the_way_is_no_cause() -> None:
    steps = (ROAD, BEGUN, AGREED, Amending(fact=0, note="said so"))
    assert story(at("2024-05-02", 3), at("2024-05-02"), *steps) == [
        "il-1: talks → agreement; learned il-1#3 @4 2024-05-01"
    ]


def test_a_withdrawal_is_named_with_its_own_position() -> None:
    steps = (ROAD, BEGUN, AGREED, Withdrawing(fact=1))
    assert story(at("2024-05-02", 4), at("2024-05-02", 5), *steps) == [
        "il-1: agreement → talks; withdrawn il-1#3 @5 2024-05-01"
    ]


def test_what_was_withdrawn_and_brought_back_was_corrected() -> None:
    steps = (ROAD, BEGUN, AGREED, Withdrawing(fact=1), Reverting(fact=1, version=0))
    assert story(at("2024-05-02", 5), at("2024-05-02", 6), *steps) == [
        "il-1: talks → agreement; corrected il-1#3 @6 2024-05-01"
    ]
    assert story(at("2024-05-02", 4), at("2024-05-02", 6), *steps) == []


def test_a_comment_withdrawn_can_make_an_initiative_dormant() -> None:
    """It did not lapse: the day did not move."""
    steps = (ROAD, BEGUN, COMMENTED, Withdrawing(fact=1))
    assert story(at("2024-07-20", 4), at("2024-07-20", 5), *steps) == [
        "il-1: talks → talks dormant; withdrawn il-1#3 @5 2024-07-15"
    ]


def test_a_comment_that_kept_two_steps_in_their_order_can_be_why() -> None:
    """The road began after a comment that came after the agreement of the same day."""
    steps = (
        ROAD,
        Recording(type="begun", on="2024-03-10"),
        Recording(type="agreed", on="2024-03-10"),
        Recording(type="commented", on="2024-03-10", after=1),
        Amending(fact=0, after=2),
        Withdrawing(fact=2),
    )
    assert story(at("2024-03-10", 6), at("2024-03-10", 7), *steps) == [
        "il-1: talks → agreement; withdrawn il-1#4 @7 2024-03-10"
    ]


def test_an_initiative_not_registered_yet_was_nothing() -> None:
    """It is a change even where it has not started."""
    assert story(at("2024-05-02", 1), at("2024-05-02", 2), ROAD) == [
        "il-1: null → not-started; registered @2"
    ]


def test_a_retired_initiative_is_nothing_any_more() -> None:
    steps = (ROAD, BEGUN, Retiring(slug="il-1"))
    assert story(at("2024-05-02", 3), at("2024-05-02", 4), *steps) == [
        "il-1: talks → null; retired @4"
    ]


def test_registered_and_retired_keep_their_names_backwards() -> None:
    steps = (ROAD, BEGUN, Retiring(slug="il-1"))
    assert story(at("2024-05-02", 4), at("2024-05-02", 3), *steps) == [
        "il-1: null → talks; retired @4"
    ]
    assert story(at("2024-05-02", 3), at("2024-05-02", 1), *steps) == [
        "il-1: talks → null; registered @2"
    ]


def test_registered_and_retired_in_between_is_no_change() -> None:
    steps = (ROAD, BEGUN, Retiring(slug="il-1"))
    assert story(at("2024-05-02", 0), at("2024-05-02"), *steps) == []


def test_a_definition_that_does_something_else_reclassifies() -> None:
    steps = (ROAD, BEGUN, Adopting(lifecycle="road", definition=2))
    assert story(at("2024-05-02", 3), at("2024-05-02", 4), *steps) == [
        "il-1: talks → not-started suspended; reclassified @4"
    ]


def test_another_outcome_reclassifies_though_every_phase_is_what_it_was() -> None:
    steps = (ROAD, Recording(type="cancelled", on="2024-03-10"))
    adopting = Adopting(lifecycle="road", definition=2)
    assert story(at("2024-05-02", 3), at("2024-05-02", 4), *steps, adopting) == [
        "il-1: not-started ended → not-started ended; reclassified @4"
    ]


def test_a_definition_that_is_dormant_sooner_reclassifies_without_lapsing() -> None:
    steps = (DEAL, BEGUN, Adopting(lifecycle="deal", definition=1))
    assert story(at("2024-06-01", 3), at("2024-06-01", 4), *steps) == [
        "il-1: talks → talks dormant; reclassified @4"
    ]


def test_a_phase_that_is_settled_now_reclassifies_what_was_dormant_in_it() -> None:
    """Though every type does what it did, after as long a silence."""
    *history, adopted = events_of((ROAD, BEGUN, Adopting(lifecycle="road", definition=1)))
    assert isinstance(history[0].what, LifecycleAdopted)
    definition: dict[str, Any] = deepcopy(history[0].what.definition)
    (talks,) = (phase for phase in definition["phase"] if phase["name"] == "talks")
    talks["settled"] = True
    history.append(evolve(adopted, what=LifecycleAdopted("road", definition)))
    (change,) = diff(history, at("2024-12-01", 3), at("2024-12-01", 4))
    assert line(change) == "il-1: talks dormant → talks; reclassified @4"


def test_another_lifecycle_reclassifies_from_the_revision_on() -> None:
    opened = Recording(type="opened", on="2024-03-10")
    other = Registering(slug="il-2", lifecycle="deal")
    steps = (ROAD, opened, other, Revising(slug="il-1", lifecycle="deal"))
    assert story(at("2024-05-02", 5), at("2024-05-02", 6), *steps) == [
        "il-1: service → not-started ended; reclassified @6"
    ]


def test_a_definition_that_touches_none_of_its_developments_is_no_cause() -> None:
    """The road's second definition knows ``tested``, which never happened here."""
    steps = (ROAD, BEGUN, Adopting(lifecycle="road", definition=1), AGREED)
    assert story(at("2024-05-02", 3), at("2024-05-02", 5), *steps) == [
        "il-1: talks → agreement; learned il-1#3 @5 2024-05-01"
    ]


def test_a_correction_on_the_way_into_dormancy_is_named_beside_it() -> None:
    """What was last heard of does not push out what decides the phase."""
    steps: tuple[Step, ...] = (ROAD, BEGUN, COMMENTED, Amending(fact=0, type="agreed"))
    assert story(at("2024-07-20", 4), at("2024-12-24", 5), *steps) == [
        "il-1: talks → agreement dormant; corrected il-1#2 @5 2024-03-10, lapsed 2024-10-16"
    ]
    steps = (ROAD, BEGUN, Amending(fact=0, type="agreed"))
    assert story(at("2024-06-11", 3), at("2024-06-20", 4), *steps) == [
        "il-1: talks dormant → agreement dormant; corrected il-1#2 @4 2024-03-10"
    ]


def test_the_root_of_an_order_can_be_why() -> None:
    """A comment that a comment came after, that a step came after."""
    day = "2024-03-10"
    steps = (
        ROAD,
        Recording(type="commented", on=day),
        Recording(type="agreed", on=day),
        Recording(type="commented", on=day, after=0),
        Recording(type="begun", on=day, after=2),
        Withdrawing(fact=0),
    )
    assert story(at(day, 6), at(day, 7), *steps) == [
        "il-1: agreement → talks; withdrawn il-1#2 @7 2024-03-10"
    ]


def test_what_had_happened_by_the_first_day_and_was_given_another_was_corrected_alone() -> None:
    """Though its new day lies between the two."""
    steps = (ROAD, BEGUN, Amending(fact=0, on="2024-03-20"))
    assert story(at("2024-03-10", 3), at("2024-04-01", 4), *steps) == [
        "il-1: talks → talks; corrected il-1#2 @4 2024-03-20"
    ]


def test_what_may_have_been_the_last_counts_from_the_day_after_the_first_of_its_days() -> None:
    """And where the day is the same it has not moved, whatever else did."""
    begun = Recording(type="begun", on="2024-03")
    agreed = Recording(type="agreed", on="2024-03-01")
    steps: tuple[Step, ...] = (ROAD, begun, agreed)
    assert story(at("2024-03-01"), at("2024-03-02"), *steps) == [
        "il-1: agreement → agreement?; happened il-1#2 @3 2024-03"
    ]
    steps = (ROAD, begun, Recording(type="agreed", on="2024-03-10"), Withdrawing(fact=1))
    assert story(at("2024-03-10", 4), at("2024-03-10", 5), *steps) == [
        "il-1: agreement → not-started?; withdrawn il-1#3 @5 2024-03-10"
    ]


def test_a_definition_that_puts_phases_in_another_order_changes_no_status() -> None:
    """What is possible is a set; it is only told in that order."""
    steps = (
        DEAL,
        Recording(type="begun", on="2024-03"),
        Recording(type="agreed", on="2024-03-10"),
        Adopting(lifecycle="deal", definition=2),
    )
    assert story(at("2024-05-01", 4), at("2024-05-01", 5), *steps) == []


def test_the_position_of_a_definition_is_that_of_its_adoption_or_of_the_choice_of_it() -> None:
    """Another title is no choice, and nothing that came later counts."""
    steps = (
        ROAD,
        BEGUN,
        Adopting(lifecycle="road", definition=2),
        Revising(slug="il-1", title="Renamed"),
        Adopting(lifecycle="road", definition=0),
    )
    for position in (4, 5):
        assert story(at("2024-05-02", 3), at("2024-05-02", position), *steps) == [
            "il-1: talks → not-started suspended; reclassified @4"
        ]


def test_every_initiative_has_its_own_registration() -> None:
    """However many there are."""
    steps = (ROAD, Registering(slug="il-2", lifecycle="road"))
    assert story(at("2024-05-02", 1), at("2024-05-02"), *steps) == [
        "il-1: null → not-started; registered @2",
        "il-2: null → not-started; registered @3",
    ]


def test_from_a_viewpoint_to_itself_nothing_changes() -> None:
    """Neither forwards nor backwards."""
    assert not is_backwards(at("2024-05-02"), at("2024-05-02"))
    assert is_backwards(at("2024-05-02"), at("2024-05-01"))
    assert is_backwards(at("2024-05-01", 4), at("2024-05-02", 3))
    assert story(at("2024-05-02"), at("2024-05-02"), ROAD, BEGUN) == []


def test_causes_are_told_by_position_then_date_and_what_has_no_position_last() -> None:
    """A cause without a date, or without a fact, before those with one."""
    told = [
        Cause("reclassified", position=4),
        Cause("retired", position=4, on="2024"),
        Cause("corrected", "2-il#2", 4, "2024"),
        Cause("corrected", "il-1#2", 4, "2024"),
        Cause("happened", "il-1#2", 4, "2024"),
        Cause("happened", "il-1#3", 4, "2024"),
        Cause("happened", "il-1#2", 4, "2025"),
        Cause("happened", "il-1#1", 5, "2020"),
        Cause("revived", on="2021-01-01"),
        Cause("lapsed", on="2022-01-01"),
    ]
    shuffled = told[1::2] + told[::2]
    assert sorted(shuffled, key=lambda cause: cause.order) == told


def test_links_and_plans_and_titles_are_no_change() -> None:
    steps = (
        ROAD,
        BEGUN,
        Registering(slug="il-2", lifecycle="road"),
        Linking(slug="il-1", other="il-2"),
        Recording(mode="planned", type="agreed", on="2024-04"),
        Revising(slug="il-1", title="Renamed"),
    )
    assert story(at("2024-05-02", 4), at("2024-05-02"), *steps) == []


# -- both axes -------------------------------------------------------------------------------------


def test_recorded_and_dated_in_between_it_happened_and_dated_before_it_was_learned() -> None:
    """What was reported at the end of two days: the world moved, and so did the log."""
    older = Recording(type="suspended", on="2024-03-11")
    steps = (ROAD, BEGUN, AGREED, older)
    assert story(at("2024-04-01", 3), at("2024-05-02", 4), *steps) == [
        "il-1: talks → agreement; happened il-1#3 @4 2024-05-01"
    ]
    assert story(at("2024-04-01", 4), at("2024-04-02", 5), *steps) == [
        "il-1: talks → talks suspended; learned il-1#4 @5 2024-03-11"
    ]


def test_a_correction_that_moves_what_had_happened_is_a_correction_only() -> None:
    steps = (ROAD, BEGUN, AGREED, Amending(fact=1, on="2024-07-15"))
    assert story(at("2024-05-02", 4), at("2024-07-20", 5), *steps) == [
        "il-1: agreement → agreement; corrected il-1#3 @5 2024-07-15"
    ]


def test_less_known_is_earlier_even_where_its_day_is_later() -> None:
    """Knowledge is told forwards; time goes back over what had happened, and over dormancy."""
    steps = (ROAD, BEGUN, AGREED, Recording(type="suspended", on="2024-03-11"))
    assert story(at("2024-09-01", 4), at("2024-04-01", 5), *steps) == [
        (
            "il-1: agreement dormant → talks suspended; happened il-1#3 @4 2024-05-01, "
            "learned il-1#4 @5 2024-03-11, revived 2024-08-02"
        )
    ]


def test_causes_say_when_they_were_recorded() -> None:
    history = events_of((ROAD, BEGUN))
    (change,) = diff(history, at("2024-05-02", 2), at("2024-07-02", 3))
    assert [(c.cause, c.recorded_at) for c in change.causes] == [
        ("learned", history[2].recorded_at),
        ("lapsed", None),
    ]


# -- the laws --------------------------------------------------------------------------------------


def answers(history: Sequence[Event], v: Viewpoint) -> dict[str, tuple[object, ...]]:
    """What every initiative that is listed stands at."""
    found = {}
    for slug in {event.initiative for event in history if event.initiative}:
        known = picture(history, slug, v.position)
        if known is not None and known.retired is None:
            found[slug] = status(known.developments, known.lifecycle, v.as_of).compared
    return found


@given(histories(), st.data())
def test_nothing_differs_from_itself(steps: list[Step], data: st.DataObject) -> None:
    history = events_of(steps)
    v = data.draw(viewpoints(history))
    assert diff(history, v, v) == ()


@given(histories(), st.data())
def test_putting_after_in_the_place_of_before_gives_the_other_answers(
    steps: list[Step], data: st.DataObject
) -> None:
    history = events_of(steps)
    v1, v2 = data.draw(viewpoints(history)), data.draw(viewpoints(history))
    patched = answers(history, v1)
    for change in diff(history, v1, v2):
        before = patched.pop(change.initiative, None)
        assert before == (change.before.compared if change.before else None)
        if change.after is not None:
            patched[change.initiative] = change.after.compared
    assert patched == answers(history, v2)


@given(histories(), st.data())
def test_every_change_has_a_cause_and_none_twice_and_all_in_order(
    steps: list[Step], data: st.DataObject
) -> None:
    history = events_of(steps)
    known = viewpoints(history).filter(lambda v: v.position >= 4)  # Both initiatives are there.
    for change in diff(history, data.draw(known), data.draw(known)):
        assert change.causes
        assert len(set(change.causes)) == len(change.causes)
        positions = [c.position for c in change.causes if c.position is not None]
        assert positions == sorted(positions)


@given(histories(), st.data())
def test_backwards_is_forwards_swapped(steps: list[Step], data: st.DataObject) -> None:
    history = events_of(steps)
    v1, v2 = data.draw(viewpoints(history)), data.draw(viewpoints(history))
    forwards, backwards = diff(history, v1, v2), diff(history, v2, v1)
    assert [(c.initiative, c.before, c.after) for c in forwards] == [
        (c.initiative, c.after, c.before) for c in backwards
    ]
