"""What may be recorded of an initiative: given, when, then."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from attrs import evolve

from tests.domain.deciding import (
    AT,
    BEGUN,
    DEAL,
    NEW,
    PLANNED,
    ROAD,
    TASS,
    Given,
    given,
    id_at,
    told_of,
)
from tests.histories import (
    Adopting,
    Amending,
    MemoryLedger,
    Recording,
    Retiring,
    Withdrawing,
)
from tracker.domain import commands as ask
from tracker.domain import events as did
from tracker.domain.dates import ANYTIME, Extent, parse_edtf
from tracker.domain.events import Account, Draft
from tracker.domain.evidence import Source
from tracker.domain.rules import check_plan, find_fact
from tracker.errors import Conflict, NotFound, Refused

USED_BEFORE = "with other content; leave --id out for a new one"


def record(kind: str, on: str, slug: str = "il-1") -> ask.Record:
    """Ask to record a development, on the word of TASS."""
    return ask.Record(NEW, slug, "occurred", kind, parse_edtf(on), (TASS,))


def plan(kind: str, on: str) -> ask.Record:
    """Ask to record a plan, on the same word."""
    return evolve(record(kind, on), mode="planned")


# -- recording -------------------------------------------------------------------------------------


def test_a_development_is_recorded_as_it_is_told() -> None:
    """Everything that its author said, at the instant and in the way asked for."""
    asked = ask.Record(
        NEW,
        "il-1",
        "occurred",
        "begun",
        parse_edtf("2024-03-10"),
        (Source(url="https://tass.ru/1", grade="B2"), TASS),
        stated_by="a minister",
        note="in Tehran",
        contradicts=id_at(4),
        claimed_recorded_at="2024-03-11",
    )
    account = Account(
        mode="occurred",
        type="begun",
        on=parse_edtf("2024-03-10"),
        sources=(Source(url="https://tass.ru/1", grade="B2"), TASS),
        stated_by="a minister",
        note="in Tehran",
        contradicts=id_at(4),
        claimed_recorded_at="2024-03-11",
    )
    assert given(ROAD, BEGUN, BEGUN).when(asked, "asserted").drafts() == [
        Draft(NEW, "il-1", did.Recorded(account), AT, "asserted")
    ]


@pytest.mark.parametrize("word", ["begun", "Begun", "BEGUN"])
def test_a_type_may_be_named_by_any_of_its_words(word: str) -> None:
    """What is recorded is its own name."""
    given(ROAD).when(record(word, "2024-03-10")).then(did.Recorded(told_of("begun", "2024-03-10")))
    given(ROAD).when(record("put on hold", "2024-03-10")).then(
        did.Recorded(told_of("suspended", "2024-03-10"))
    )


def test_a_type_that_the_lifecycle_does_not_have_is_refused_with_the_nearest() -> None:
    """And with where they are listed."""
    given(ROAD).when(record("agred", "2024-03-10")).refused(
        Refused,
        "road has no development type 'agred'; did you mean agreed? "
        "(tracker lifecycle show road lists them)",
    )


def test_nothing_is_refused_because_the_lifecycle_finds_it_odd() -> None:
    """Backwards, after the end, a phase skipped: those are findings."""
    ended = (ROAD, Recording(type="cancelled", on="2024-01-10"))
    for kind, on in (("opened", "2023-01"), ("begun", "2024-03-10"), ("cancelled", "2024-01-10")):
        given(*ended).when(record(kind, on)).then(did.Recorded(told_of(kind, on)))


@pytest.mark.parametrize("sources", [(), (Source(),), (Source(quote="so it was", grade="A1"),)])
def test_a_development_needs_somebodys_word(sources: tuple[Source, ...]) -> None:
    """At least one source, and it must name something."""
    given(ROAD).when(evolve(record("begun", "2024-03-10"), sources=sources)).refused(
        Refused, "every development needs a source; write a URL or a text after --source"
    )


def test_one_named_source_among_several_is_enough() -> None:
    """Any of them."""
    sources = (Source(grade="F6"), TASS)
    given(ROAD).when(evolve(record("begun", "2024-03-10"), sources=sources)).then(
        did.Recorded(told_of("begun", "2024-03-10", *sources))
    )


# -- the cut ---------------------------------------------------------------------------------------


def test_a_development_cannot_have_happened_after_it_was_recorded() -> None:
    """Recorded at 2024-08-02 09:00 UTC, hi is cut at that day's date in UTC+14; edtf is not."""
    (draft,) = given(ROAD).when(record("begun", "2024-08")).drafts()
    assert isinstance(draft.what, did.Recorded)
    on = draft.what.account.on
    assert (on.lo, on.hi, on.edtf) == (date(2024, 8, 1), date(2024, 8, 2), "2024-08")


def test_what_has_not_begun_yet_is_refused_with_the_command_for_plans() -> None:
    """From the day after the furthest zone's today."""
    given(ROAD).when(record("begun", "2024-08-02")).then(
        did.Recorded(told_of("begun", "2024-08-02"))
    )
    given(ROAD).when(record("begun", "2024-08-03")).refused(
        Refused,
        "'2024-08-03' has not happened yet (it begins on 3 August 2024): record it as a plan, "
        "with: tracker plan …",
    )


def test_a_plan_is_not_cut() -> None:
    """It may lie wherever it was said to lie, or nowhere."""
    for extent in (parse_edtf("../2030"), parse_edtf("2024-08"), ANYTIME):
        asked = evolve(plan("agreed", "2030"), on=extent)
        given(ROAD).when(asked).then(did.Recorded(Account("planned", "agreed", extent, (TASS,))))


# -- of what ---------------------------------------------------------------------------------------


def test_nothing_is_recorded_of_an_initiative_that_is_not_there_or_retired() -> None:
    """With where it went."""
    given(ROAD).when(record("begun", "2024-03-10", "il-9")).refused(
        NotFound, "there is no initiative il-9; begin with: tracker register il-9 …"
    )
    retired = given(ROAD, DEAL, Retiring(slug="il-1", merged_into="mi-8"))
    retired.when(record("begun", "2024-03-10")).refused(
        Refused, "il-1 was retired (registered twice); it was merged into mi-8: use that"
    )


def test_a_record_may_be_made_to_depend_on_what_its_author_saw() -> None:
    """Conflict where the initiative has moved on, with the number that would do."""
    story = given(ROAD, BEGUN)
    asked = record("agreed", "2024-05-01")
    story.when(evolve(asked, expect_version=2)).then(did.Recorded(told_of("agreed", "2024-05-01")))
    story.when(evolve(asked, expect_version=1)).refused(
        Conflict,
        "il-1 has 2 events, not 1: someone recorded meanwhile; look again (tracker history il-1) "
        "and repeat with --expect-version 2",
    )


# -- again -----------------------------------------------------------------------------------------


def test_the_same_asked_for_again_is_the_same_answer_whatever_happened_since() -> None:
    """Before the version, the cut, and the retirement are looked at."""
    again = ask.Record(
        id_at(3), "il-1", "occurred", "begun", parse_edtf("2024-03-10"),
        (Source(document="report 0"),), expect_version=1,
    )  # fmt: skip
    given(ROAD, BEGUN).when(again).nothing_happened()
    given(ROAD, BEGUN, Withdrawing(fact=0)).when(again).nothing_happened()
    given(ROAD, BEGUN, Retiring()).when(again).nothing_happened()
    given(ROAD, BEGUN).when(evolve(again, note="else")).refused(
        Conflict, f"the id {id_at(3)} was used before, for il-1#2 {USED_BEFORE}"
    )


def test_a_word_that_means_another_type_by_now_is_the_one_it_meant_the_first_time() -> None:
    """A repeated request is read with the definition that was in force."""
    again = ask.Record(
        id_at(3), "il-1", "occurred", "Opened", parse_edtf("2024-03-10"),
        (Source(document="report 0"),),
    )  # fmt: skip
    opened = Recording(type="opened", on="2024-03-10")
    given(ROAD, opened, Adopting(definition=1)).when(again).nothing_happened()


def test_a_word_that_never_meant_the_type_is_other_content() -> None:
    """Neither by the definition of then nor by the one in force."""
    opened = Recording(type="opened", on="2024-03-10")
    again = evolve(record("begun", "2024-03-10"), event_id=id_at(3))
    given(ROAD, opened, Adopting(definition=1)).when(again).refused(
        Conflict, f"the id {id_at(3)} was used before, for il-1#2 {USED_BEFORE}"
    )


def test_an_id_that_stands_for_something_else_altogether_is_a_conflict() -> None:
    """Such as that of the registration."""
    given(ROAD).when(evolve(record("begun", "2024-03-10"), event_id=id_at(1))).refused(
        Conflict, f"the id {id_at(1)} was used before, for il-1#1 {USED_BEFORE}"
    )


def test_a_lifecycle_that_is_not_in_the_log_is_to_be_adopted_first() -> None:
    """A log that was put together elsewhere may lack it."""
    events = [event for event in given(ROAD).ledger.events if event.initiative is not None]
    Given(MemoryLedger(events)).when(record("begun", "2024-03-10")).refused(
        NotFound, "the lifecycle road is not in the log; adopt it: tracker lifecycle adopt FILE"
    )


# -- what a fact refers to -------------------------------------------------------------------------


def test_a_development_fulfils_a_plan_of_its_own_initiative() -> None:
    """By the id of the plan's first event."""
    asked = evolve(record("agreed", "2024-05-01"), fulfils=id_at(3))
    given(ROAD, PLANNED).when(asked).then(
        did.Recorded(evolve(told_of("agreed", "2024-05-01"), fulfils=id_at(3)))
    )


def test_only_a_development_can_fulfil_and_only_a_plan_be_fulfilled() -> None:
    """Both ways round."""
    asked = evolve(record("agreed", "2024-05-01"), fulfils=id_at(3))
    given(ROAD, BEGUN).when(asked).refused(
        Refused, "only a development can fulfil, and only a plan be fulfilled: il-1#2"
    )
    given(ROAD, PLANNED).when(evolve(plan("agreed", "2030"), fulfils=id_at(3))).refused(
        Refused, "only a development can fulfil, and only a plan be fulfilled: il-1#2"
    )


@pytest.mark.parametrize("role", ["fulfils", "after", "contradicts"])
def test_what_is_referred_to_is_there_stands_and_belongs_to_the_same_initiative(role: str) -> None:
    """Refused with the role it was named in."""
    first = PLANNED if role == "fulfils" else BEGUN
    given(ROAD).when(_referring(role, 9)).refused(
        NotFound, f"there is no fact {id_at(9)}; tracker log shows what there is"
    )
    given(ROAD, first, Withdrawing(fact=0)).when(_referring(role, 3)).refused(
        Refused, f"il-1#2 is withdrawn; --{role} needs a fact that stands"
    )
    given(ROAD, DEAL, evolve(first, slug="mi-8")).when(_referring(role, 5)).refused(
        Refused,
        f"mi-8#2 belongs to another initiative than il-1; --{role} names a fact of the same one",
    )


def _referring(role: str, position: int) -> ask.Record:
    reference: dict[str, Any] = {role: id_at(position)}
    return evolve(record("agreed", "2024-03-10"), **reference)


def test_an_order_is_given_between_developments_of_one_and_the_same_date() -> None:
    """Refused where the extents differ, at either end."""
    story = given(ROAD, Recording(type="begun", on="2024-03"))
    asked = evolve(record("agreed", "2024-03"), after=id_at(3))
    story.when(asked).then(did.Recorded(evolve(told_of("agreed", "2024-03"), after=id_at(3))))
    for on in ("2024-03-31", "2024-03-01", "2024-02/2024-03", "2024-03/2024-04"):
        story.when(evolve(asked, on=parse_edtf(on))).refused(
            Refused,
            f"il-1#2 is dated 2024-03, not {on}; --after is only for two developments of one and "
            "the same date",
        )


def test_plans_have_no_order() -> None:
    """Neither before nor after."""
    sentence = "only developments have an order within a day; leave --after il-1#2 out"
    planned = Recording(mode="planned", type="agreed", on="2024-03-10")
    asked = evolve(record("agreed", "2024-03-10"), after=id_at(3))
    given(ROAD, planned).when(asked).refused(Refused, sentence)
    given(ROAD, BEGUN).when(evolve(asked, mode="planned")).refused(Refused, sentence)


def test_a_plan_may_be_contradicted() -> None:
    """Any fact of the same initiative may."""
    asked = evolve(record("agreed", "2024-05-01"), contradicts=id_at(3))
    given(ROAD, PLANNED).when(asked).then(
        did.Recorded(evolve(told_of("agreed", "2024-05-01"), contradicts=id_at(3)))
    )


# -- circles ---------------------------------------------------------------------------------------


def test_an_order_cannot_turn_in_a_circle() -> None:
    """Neither of two nor of three."""
    after_each_other = (
        ROAD, BEGUN, Recording(type="agreed", after=0), Recording(type="opened", after=1),
    )  # fmt: skip
    story = given(*after_each_other)
    for last, handle in ((4, "il-1#3"), (5, "il-1#4")):
        story.when(
            ask.Amend(NEW, id_at(3), "a better source", ask.Changes(after=id_at(last)))
        ).refused(
            Refused,
            f"{handle} was said to come after this one already; --after turns in a circle",
        )
    story.when(ask.Amend(NEW, id_at(3), "x", ask.Changes(after=id_at(3)))).refused(
        Refused, "il-1#2 was said to come after this one already; --after turns in a circle"
    )


def test_an_order_that_makes_no_circle_is_taken() -> None:
    """Two may come after the same one."""
    story = given(ROAD, BEGUN, Recording(type="agreed", after=0), Recording(type="opened"))
    account = evolve(told_of("opened", "2024-03-10", Source(document="report 0")), after=id_at(4))
    story.when(ask.Amend(NEW, id_at(5), "x", ask.Changes(after=id_at(4)))).then(
        did.Amended(id_at(5), id_at(5), "x", account)
    )


@pytest.mark.parametrize("role", ["fulfils", "after", "contradicts"])
def test_what_a_correction_newly_refers_to_must_stand(role: str) -> None:
    """As for a record."""
    first = PLANNED if role == "fulfils" else BEGUN
    changes: dict[str, Any] = {role: id_at(3)}
    story = given(ROAD, first, BEGUN, Withdrawing(fact=0))
    story.when(ask.Amend(NEW, id_at(4), "x", ask.Changes(**changes))).refused(
        Refused, f"il-1#2 is withdrawn; --{role} needs a fact that stands"
    )


@pytest.mark.parametrize("role", ["fulfils", "after", "contradicts"])
def test_what_a_fact_referred_to_already_may_be_withdrawn_when_it_is_corrected(role: str) -> None:
    """That order, plan or contradiction has lapsed; the note can be corrected all the same."""
    first = PLANNED if role == "fulfils" else BEGUN
    which: dict[str, Any] = {role: 0}
    story = given(ROAD, first, Recording(type="agreed", **which), Withdrawing(fact=0))
    reference: dict[str, Any] = {role: id_at(3)}
    account = evolve(
        told_of("agreed", "2024-03-10", Source(document="report 0")), note="n", **reference
    )
    story.when(ask.Amend(NEW, id_at(4), "x", ask.Changes(note="n"))).then(
        did.Amended(id_at(4), id_at(4), "x", account)
    )


def test_an_order_that_lapsed_is_not_held_against_a_correction_of_something_else() -> None:
    """The fact that it came after moved away; the note can be corrected all the same."""
    story = given(ROAD, BEGUN, Recording(type="agreed", after=0), Amending(fact=0, on="2024-03-11"))
    account = evolve(
        told_of("agreed", "2024-03-10", Source(document="report 0")), after=id_at(3), note="n"
    )
    story.when(ask.Amend(NEW, id_at(4), "x", ask.Changes(note="n"))).then(
        did.Amended(id_at(4), id_at(4), "x", account)
    )


# -- what is stored is what its parsers give -------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (Source(document="x", grade="b2"), "the grade 'b2' of a source is stored as 'B2'"),
        (Source(document="x", published_on="2025-Q1"), "the date '2025-Q1' of a source is stored"),
        (Source(document="x", accessed_on=" 2025"), "the date ' 2025' of a source is stored as"),
        (Source(document="x", grade="Z9"), "'Z9' is not an Admiralty grade"),
        (Source(document="x", grade=""), "'' is not an Admiralty grade"),
        (Source(document="x", published_on="soon"), "'soon' "),
    ],
)
def test_a_source_is_refused_that_its_readers_could_not_read(source: Source, sentence: str) -> None:
    """Wherever it stands among others, new or in an amendment."""
    asked = record("begun", "2024-03-10")
    for sources in ((source,), (TASS, source)):
        with pytest.raises(Refused) as refused:
            given(ROAD).when(evolve(asked, sources=sources)).drafts()
        assert str(refused.value).startswith(sentence)
    amending = ask.Amend(NEW, id_at(3), "another source", ask.Changes(sources=(TASS, source)))
    with pytest.raises(Refused) as refused:
        given(ROAD, BEGUN).when(amending).drafts()
    assert str(refused.value).startswith(sentence)


def test_a_source_that_an_earlier_build_stored_unread_is_not_held_against_an_amendment() -> None:
    """Of what stands beside it."""
    odd = Source(document="x", grade="Z9", published_on="soon")
    before = given(ROAD, BEGUN)
    events = list(before.ledger.events)
    what = did.Recorded(evolve(told_of("begun", "2024-03-10"), sources=(odd,)))
    log = Given(MemoryLedger([*events[:-1], evolve(events[-1], what=what)]))
    amending = ask.Amend(NEW, id_at(3), "in other words", ask.Changes(note="in Tehran"))
    account = evolve(what.account, note="in Tehran")
    log.when(amending).then(did.Amended(id_at(3), id_at(3), "in other words", account))
    beside = ask.Changes(sources=(odd, Source(document="y", grade="b2")))
    log.when(ask.Amend(NEW, id_at(3), "another beside it", beside)).refused(
        Refused, "the grade 'b2' of a source is stored as 'B2'; write that"
    )


def test_only_a_plan_may_be_by_a_date() -> None:
    """Or have none."""
    check_plan(find_fact(id_at(3), given(ROAD, PLANNED).ledger))
    with pytest.raises(Refused) as refused:
        check_plan(find_fact(id_at(3), given(ROAD, BEGUN).ledger))
    assert str(refused.value) == (
        "il-1#2 is a development and no plan; write with --on when it happened"
    )


@pytest.mark.parametrize(
    "on",
    [
        evolve(parse_edtf("2024-03"), lo=date(2024, 3, 2)),
        evolve(parse_edtf("2024-03"), hi=date(2024, 4, 1)),
        evolve(parse_edtf("2024-03"), hi=date(2024, 2, 1)),
        evolve(parse_edtf("2024-03"), edtf="2024-02"),
        evolve(parse_edtf("2024-33"), edtf="2024-Q1"),
    ],
)
def test_an_extent_is_that_of_its_date(on: Extent) -> None:
    """Cut at its end it may be, as it is when it was recorded before that."""
    sentence = (
        f"the extent {on.lo} to {on.hi} is not that of the date {on.edtf!r}; give the date as a "
        "text"
    )
    given(ROAD).when(evolve(record("begun", "2024"), on=on)).refused(Refused, sentence)
    given(ROAD).when(evolve(plan("agreed", "2024"), on=on)).refused(Refused, sentence)
    given(ROAD, BEGUN).when(ask.Amend(NEW, id_at(3), "another date", ask.Changes(on=on))).refused(
        Refused, sentence
    )
    cut = evolve(parse_edtf("2024-03"), hi=date(2024, 3, 20))
    given(ROAD).when(evolve(record("begun", "2024"), on=cut)).then(
        did.Recorded(evolve(told_of("begun", "2024-03"), on=cut))
    )
