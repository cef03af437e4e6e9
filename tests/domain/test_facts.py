"""Facts and their versions: sections 3 and 5 of the semantics, from a log to what stands of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from attrs import evolve

from tests.domain.told import told
from tests.histories import (
    DEFINITIONS,
    Adopting,
    Amending,
    Linking,
    Recording,
    Registering,
    Retiring,
    Reverting,
    Revising,
    Step,
    Unlinking,
    Withdrawing,
    events_of,
)
from tracker.domain.dates import parse_edtf
from tracker.domain.events import Account, Event, InitiativeRetired, Profile, account_of
from tracker.domain.evidence import Source
from tracker.domain.facts import (
    FactVersion,
    Link,
    Picture,
    PlanVersion,
    development,
    packed,
    picture,
    positions,
    present,
    ranks,
)

# The road's first events are its lifecycle (@1) and its registration (@2).
ROAD = Registering(slug="il-1", lifecycle="road")
DEAL = Registering(slug="mi-8", lifecycle="deal")
BEGUN = Recording(type="begun", on="2024-03-10")
AGREED = Recording(type="agreed", on="2024-05")
MAY = (date(2024, 5, 1), date(2024, 5, 31))


def seen(*steps: Step, at: int = 99, slug: str = "il-1") -> Picture:
    """What stands of an initiative at a position of the log after *steps*."""
    found = picture(events_of(steps), slug, at)
    assert found is not None
    return found


def lines(known: Picture) -> list[str]:
    """What stands, a line each: handle, version, type and date."""
    return [f"{f.handle} @{f.position} {f.type} {f.on}" for f in known.developments]


# -- versions --------------------------------------------------------------------------------------


def test_a_fact_stands_from_the_position_at_which_it_was_recorded() -> None:
    """Nothing is known of it before."""
    assert lines(seen(ROAD, BEGUN, at=2)) == []
    assert lines(seen(ROAD, BEGUN, at=3)) == ["il-1#2 @3 begun 2024-03-10"]


def test_an_amendment_replaces_the_whole_account_and_the_fact_keeps_its_name() -> None:
    """version(f, K) is the event of f with the greatest position up to K."""
    steps = (ROAD, BEGUN, AGREED, Amending(fact=0, on="2024-03-11", type="opened"))
    assert lines(seen(*steps, at=4)) == ["il-1#2 @3 begun 2024-03-10", "il-1#3 @4 agreed 2024-05"]
    assert lines(seen(*steps, at=5)) == ["il-1#2 @5 opened 2024-03-11", "il-1#3 @4 agreed 2024-05"]


def test_a_withdrawn_fact_does_not_stand_until_it_is_brought_back() -> None:
    """Present iff that version exists and is no withdrawal; it comes back under its own name."""
    steps = (ROAD, BEGUN, Withdrawing(fact=0), Reverting(fact=0, version=0))
    assert lines(seen(*steps, at=3)) == ["il-1#2 @3 begun 2024-03-10"]
    assert lines(seen(*steps, at=4)) == []
    assert lines(seen(*steps, at=5)) == ["il-1#2 @5 begun 2024-03-10"]


def test_withdrawing_one_fact_leaves_the_others() -> None:
    """Each is withdrawn by its own id."""
    steps = (ROAD, BEGUN, AGREED, Withdrawing(fact=1))
    assert lines(seen(*steps)) == ["il-1#2 @3 begun 2024-03-10"]


def test_present_gives_the_first_event_the_version_and_its_account() -> None:
    """By the position of the first."""
    events = events_of((ROAD, BEGUN, Amending(fact=0, on="2024-03-11")))
    first, version = events[2], events[3]
    standing = present(events, 99)
    assert list(standing) == [3]
    assert standing[3][:2] == (first, version)
    assert standing[3][2].on.edtf == "2024-03-11"
    assert present(events, 3) == {3: (first, first, standing_account(first))}


def test_a_fact_that_is_brought_back_keeps_its_place() -> None:
    """The order is that of recording, whatever became of a fact meanwhile; of plans it is all."""
    events = events_of((ROAD, BEGUN, AGREED, Withdrawing(fact=0), Reverting(fact=0)))
    assert [event.what.KIND for event in events[-2:]] == ["withdrawn", "amended"]
    assert list(present(events, 5)) == [4]
    assert list(present(events, 6)) == [3, 4]


def standing_account(event: Event) -> Account:
    account = account_of(event.what)
    assert account is not None
    return account


def test_withdrawing_twice_is_the_same_as_once() -> None:
    """A log restored from elsewhere may hold it; nothing is left to take away."""
    events = events_of((ROAD, BEGUN, Withdrawing(fact=0)))
    again = evolve(events[-1], position=5, event_id="another")
    assert present([*events, again], 99) == {}


# -- ranks -----------------------------------------------------------------------------------------


def test_a_rank_sorts_as_the_pair_of_the_first_position_and_how_far_behind() -> None:
    """(p, n): by p, then by n."""
    pairs = [(3, 0), (3, 1), (3, 2), (4, 0), (4, 7), (10, 0)]
    assert sorted(pairs) == sorted(pairs, key=lambda pair: packed(*pair)) == pairs
    assert packed(0, 5) == 5
    assert packed(1, 0) == 2**20


def test_a_fact_ranks_by_its_own_first_position() -> None:
    """(the fact's own first position, 0) unless its author said otherwise."""
    assert ranks({3: (*MAY, None), 4: (*MAY, None)}) == {3: packed(3, 0), 4: packed(4, 0)}


def test_a_fact_said_to_come_after_another_ranks_one_behind_it() -> None:
    """(p, n + 1) where the other's is (p, n), along the whole chain, in any order of looking."""
    chain = {3: (*MAY, 5), 4: (*MAY, 3), 5: (*MAY, None)}
    expected = {3: packed(5, 1), 4: packed(5, 2), 5: packed(5, 0)}
    assert ranks(chain) == expected
    assert ranks(dict(reversed(chain.items()))) == expected
    assert ranks({4: chain[4], 3: chain[3], 5: chain[5]}) == expected


def test_two_said_to_come_after_the_same_rank_alike() -> None:
    """What parts them is the position of each."""
    assert ranks({3: (*MAY, None), 4: (*MAY, 3), 5: (*MAY, 3)}) == {
        3: packed(3, 0),
        4: packed(3, 1),
        5: packed(3, 1),
    }


@pytest.mark.parametrize(
    "other", [None, (date(2024, 5, 2), MAY[1], None), (MAY[0], date(2024, 5, 30), None)]
)
def test_an_order_lapses_when_the_other_is_withdrawn_or_the_dates_part(
    other: tuple[date, date, None] | None,
) -> None:
    """Then it ranks by its own position again."""
    facts = {4: (*MAY, 3)} if other is None else {3: other, 4: (*MAY, 3)}
    assert ranks(facts)[4] == packed(4, 0)


def test_an_order_in_a_log_decides_and_lapses_with_the_date_it_was_given_for() -> None:
    """The later amendment of the other's date makes the saying lapse."""
    steps = (
        ROAD,
        Recording(type="begun", on="2024-03-10"),
        Recording(type="agreed", on="2024-03-10"),
        Amending(fact=0, after=1),
        Amending(fact=1, on="2024-03-11"),
    )
    ordered = seen(*steps, at=5)
    assert [f.type for f in ordered.developments] == ["agreed", "begun"]
    assert ordered.developments[1].rank == packed(4, 1)
    assert not ordered.developments[1].is_order_lapsed
    lapsed = seen(*steps, at=6)
    assert [f.type for f in lapsed.developments] == ["begun", "agreed"]
    assert lapsed.developments[0].rank == packed(3, 0)
    assert lapsed.developments[0].is_order_lapsed


def test_developments_stand_in_their_one_order() -> None:
    """By last possible day, then first, then rank, then position."""
    days = ("2024-03", "2024-03-31", "2024-02-29", "2024-03-31", "2024-01/2024-03")
    steps = [Recording(type="begun", on=on) for on in days]
    assert [f.fact for f in seen(ROAD, *steps).developments] == [5, 7, 3, 4, 6]


# -- the whole row ---------------------------------------------------------------------------------


def test_a_development_is_told_with_its_effect_and_what_it_refers_to() -> None:
    """Every field of a row, from the log's first event on."""
    steps = (
        ROAD,
        Recording(mode="planned", type="agreed", on="../2024-06"),
        BEGUN,
        Recording(type="agreed", fulfils=0, after=0, contradicts=1, sources=2),
    )
    begun, agreed = seen(*steps).developments
    assert begun == FactVersion(
        initiative="il-1",
        number=3,
        fact=4,
        position=4,
        lo=date(2024, 3, 10),
        hi=date(2024, 3, 10),
        rank=packed(4, 0),
        type="begun",
        effect="enters",
        phase="talks",
        outcome=None,
        on="2024-03-10",
        fulfils=None,
        after=None,
        contradicts=None,
        source="report 0",
        is_unconfirmed=True,
        k_from=0,
        k_to=2**63 - 1,
    )
    assert agreed == FactVersion(
        initiative="il-1",
        number=4,
        fact=5,
        position=5,
        lo=date(2024, 3, 10),
        hi=date(2024, 3, 10),
        rank=packed(4, 1),
        type="agreed",
        effect="enters",
        phase="agreement",
        outcome=None,
        on="2024-03-10",
        fulfils=3,
        after=4,
        contradicts=4,
        source="report 0",
        is_unconfirmed=False,
    )


def test_a_plan_is_told_apart_from_the_developments() -> None:
    """With its own version, extent and name; it has no effect."""
    steps = (ROAD, Recording(mode="planned", type="agreed", on="../2024-06"), BEGUN)
    known = seen(*steps, Amending(fact=0, on="../2024-08"))
    assert known.plans == (
        PlanVersion("il-1", 2, 3, 5, date.min, date(2024, 8, 31), "agreed", "../2024-08"),
    )
    assert lines(known) == ["il-1#3 @4 begun 2024-03-10"]


@pytest.mark.parametrize(
    ("sources", "source", "is_unconfirmed"),
    [
        ((), None, False),
        ((Source(document="TASS"),), "TASS", True),
        ((Source(document="TASS", grade="A2"),), "TASS", True),
        ((Source(document="TASS", grade="C1"),), "TASS", False),
        ((Source(title="PIB"), Source(document="TASS")), "PIB", False),
    ],
)
def test_one_source_that_nobody_confirms_is_unconfirmed(
    sources: tuple[Source, ...], source: str | None, *, is_unconfirmed: bool
) -> None:
    """Two sources, or one graded as confirmed, are not."""
    row = _row(Account("occurred", "begun", parse_edtf("2024-03-10"), sources))
    assert (row.source, row.is_unconfirmed) == (source, is_unconfirmed)


def test_a_row_by_itself_ranks_as_if_it_came_after_nothing() -> None:
    """Whatever its author said: the rank depends on the facts that stand beside it."""
    account = Account("occurred", "begun", parse_edtf("2024-03-10"), after="another")
    assert _row(account).rank == packed(3, 0)


def test_a_type_without_effect_in_force_is_unknown_and_has_no_phase() -> None:
    """It stays on record as it was told."""
    row = _row(Account("occurred", "blessed", parse_edtf("2024-03-10")))
    assert (row.type, row.effect, row.phase, row.outcome) == ("blessed", "unknown", None, None)


def test_an_end_has_its_outcome() -> None:
    """The lifecycle's word for how it ended."""
    row = _row(Account("occurred", "cancelled", parse_edtf("2024-03-10")))
    assert (row.effect, row.phase, row.outcome) == ("ends", None, "cancelled")


def _row(account: Account) -> FactVersion:
    event = events_of((ROAD, BEGUN))[2]
    effect = DEFINITIONS["road"][0].effect_of(account.type)
    return development(event, event, account, effect, {})


def test_positions_are_those_of_facts_withdrawn_ones_too() -> None:
    """Whatever else happened has none."""
    events = events_of((ROAD, BEGUN, AGREED, Withdrawing(fact=0), Amending(fact=1, on="2024")))
    assert positions(events) == {events[2].event_id: 3, events[3].event_id: 4}


@pytest.mark.parametrize(
    ("kind", "sets_phase", "condition"),
    [
        ("begun", True, "active"),
        ("resumed", False, "active"),
        ("suspended", False, "suspended"),
        ("cancelled", False, "ended"),
        ("commented", False, None),
        ("blessed", False, None),
    ],
)
def test_what_an_effect_sets(kind: str, *, sets_phase: bool, condition: str | None) -> None:
    """Entering sets both; a comment and an unknown type neither."""
    (fact,) = told(f"{kind} 2024-03-10")
    assert fact.sets_phase is sets_phase
    assert fact.sets_condition is (condition is not None)
    if condition is not None:
        assert fact.condition == condition


def test_facts_and_plans_are_named_by_their_place_in_their_initiative() -> None:
    """As a person writes it."""
    (fact,) = told("begun 2024-03-10")
    assert fact.handle == "il-1#2"
    assert fact.order == (date(2024, 3, 10), date(2024, 3, 10), packed(3, 0), 3)


# -- the whole picture -----------------------------------------------------------------------------


def test_an_initiative_is_not_seen_before_it_is_registered() -> None:
    """Nor one that never is."""
    events = events_of((ROAD, BEGUN))
    assert picture(events, "il-1", 1) is None
    assert picture(events, "mi-8", 99) is None
    assert picture(events, "il-1", 2) == Picture(
        initiative="il-1",
        profile=Profile("Initiative il-1", "road", parties=("IN", "RU")),
        lifecycle=DEFINITIONS["road"][0],
        retired=None,
        developments=(),
        plans=(),
        links=(),
    )


def test_each_initiative_has_its_own_facts() -> None:
    """Those of another are not mixed in."""
    steps = (ROAD, DEAL, Recording(slug="il-1"), Recording(slug="mi-8", type="tested"))
    assert lines(seen(*steps)) == ["il-1#2 @5 begun 2024-03-10"]
    assert lines(seen(*steps, slug="mi-8")) == ["mi-8#2 @6 tested 2024-03-10"]


def test_the_lifecycle_in_force_at_a_position_gives_the_effects() -> None:
    """Adopting another definition changes what types do from there on, not before."""
    steps = (ROAD, Recording(type="tested", on="2024-03-10"), Adopting(definition=1))
    assert _effects(steps, 3) == [("none", None)]
    assert _effects(steps, 4) == [("enters", "trial")]
    assert seen(*steps, at=4).lifecycle == DEFINITIONS["road"][1]


def test_another_lifecycle_given_to_an_initiative_gives_other_effects() -> None:
    """A revision replaces the whole profile."""
    steps = (ROAD, DEAL, Recording(slug="il-1", type="tested"), Revising(lifecycle="deal"))
    assert _effects(steps, 5) == [("none", None)]
    assert _effects(steps, 6) == [("suspends", None)]
    assert seen(*steps).profile.lifecycle == "deal"


def _effects(steps: Sequence[Step], at: int) -> list[tuple[str, str | None]]:
    return [(f.effect, f.phase) for f in seen(*steps, at=at).developments]


def test_a_retired_initiative_is_seen_with_why_and_where_it_went() -> None:
    """What stood of it stays."""
    steps = (ROAD, DEAL, Recording(slug="il-1"), Retiring(slug="il-1", merged_into="mi-8"))
    assert seen(*steps, at=5).retired is None
    assert seen(*steps).retired == InitiativeRetired("registered twice", "mi-8")
    assert lines(seen(*steps)) == ["il-1#2 @5 begun 2024-03-10"]


def test_links_stand_from_their_position_until_they_are_undone() -> None:
    """One of each kind to each other initiative; undoing one leaves the rest."""
    steps = (
        ROAD,
        DEAL,
        Linking(slug="il-1", kind="part-of", other="mi-8"),
        Linking(slug="il-1", kind="follows", other="mi-8"),
        Unlinking(slug="il-1", kind="part-of", other="mi-8"),
    )
    whole, before = Link("il-1", "part-of", "mi-8", 5), Link("il-1", "follows", "mi-8", 6)
    assert seen(*steps, at=4).links == ()
    assert seen(*steps, at=6).links == (whole, before)
    assert seen(*steps, at=7).links == (before,)
    assert seen(*steps, slug="mi-8").links == ()


def test_an_unlinking_that_finds_no_link_takes_nothing_away() -> None:
    """A log restored from elsewhere may hold it."""
    steps = (ROAD, DEAL, Linking(slug="il-1", other="mi-8"), Unlinking(slug="il-1", other="mi-8"))
    events: list[Event] = events_of(steps)
    again = evolve(events[-1], position=7, event_id="another")
    known = picture([*events, again], "il-1", 99)
    assert known is not None
    assert known.links == ()
