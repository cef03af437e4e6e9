"""What may be corrected, brought back and withdrawn: given, when, then."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import pytest
from attrs import evolve

from tests.domain.deciding import BEGUN, DEAL, NEW, PLANNED, ROAD, TASS, given, id_at, told_of
from tests.histories import (
    Adopting,
    Amending,
    Recording,
    Retiring,
    Reverting,
    Withdrawing,
)
from tracker.domain import commands as ask
from tracker.domain import events as did
from tracker.domain.amendments import with_changes
from tracker.domain.dates import parse_edtf
from tracker.domain.events import Account
from tracker.domain.evidence import Erased, Source
from tracker.errors import Conflict, NotFound, Refused

USED_BEFORE = "with other content; leave --id out for a new one"
REPORT = Source(document="report 0")
FIRST_TOLD = told_of("begun", "2024-03-10", REPORT)
STORY = (ROAD, BEGUN, Amending(fact=0, on="2024-03-11"))  # @1-2, @3, @4


def amend(fact: int = 3, **changes: Any) -> ask.Amend:
    """Ask to correct the fact that begins at that position."""
    return ask.Amend(NEW, id_at(fact), "a better source", ask.Changes(**changes))


def amended(account: Account, based_on: int, fact: int = 3) -> did.Amended:
    return did.Amended(id_at(fact), id_at(based_on), "a better source", account)


# -- correcting ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"type": "agreed"},
        {"on": parse_edtf("2024-03")},
        {"sources": (TASS,)},
        {"stated_by": "a minister"},
        {"note": "in Tehran"},
        {"fulfils": id_at(4)},
        {"after": id_at(5)},
        {"contradicts": id_at(5)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_amendment_replaces_what_it_gives_and_keeps_the_rest(change: dict[str, Any]) -> None:
    """The event holds the whole account, and names the version it was based on."""
    given(ROAD, BEGUN, PLANNED, BEGUN).when(amend(**change)).then(
        amended(evolve(FIRST_TOLD, **change), based_on=3)
    )


def test_an_amendment_names_the_version_that_stands() -> None:
    """And changes what that one said."""
    given(*STORY).when(amend(type="agreed")).then(
        amended(told_of("agreed", "2024-03-11", REPORT), based_on=4)
    )


def test_what_is_left_as_it_is_says_so() -> None:
    """Where a command is shown."""
    assert repr(ask.Changes(note="n")).count("=UNCHANGED") == len(attrs.fields(ask.Changes)) - 3


def test_an_amendment_may_clear_what_was_said() -> None:
    """None is a value too; what is unchanged is marked as such."""
    whole = Account(
        "occurred", "begun", parse_edtf("2024-03-10"), (TASS,), "a minister", "a note",
        "f", "a", "c",
    )  # fmt: skip
    for name in ("stated_by", "note", "fulfils", "after", "contradicts"):
        assert with_changes(whole, ask.Changes(**{name: None})) == evolve(whole, **{name: None})  # type: ignore[arg-type]
    assert with_changes(whole, ask.Changes()) == whole


def test_a_type_may_be_given_by_any_of_its_words() -> None:
    """What is recorded is its own name; one that is not known is refused."""
    given(ROAD, BEGUN).when(amend(type="On Hold")).then(
        amended(told_of("suspended", "2024-03-10", REPORT), based_on=3)
    )
    given(ROAD, BEGUN).when(amend(type="agred")).refused(
        Refused,
        "road has no development type 'agred'; did you mean agreed? "
        "(tracker lifecycle show road lists them)",
    )


def test_a_type_that_the_lifecycle_has_lost_may_stay() -> None:
    """The correction of a note is not the place to ask for another type."""
    story = given(ROAD, Recording(type="opened", on="2024-03-10"), Adopting(definition=1))
    account = evolve(told_of("opened", "2024-03-10", REPORT), note="n")
    story.when(amend(note="n")).then(amended(account, based_on=3))


def test_an_amendment_that_changes_nothing_is_no_event() -> None:
    """Nothing given, or what was so before; the reason alone is not enough."""
    given(*STORY).when(amend()).nothing_happened()
    given(*STORY).when(amend(on=parse_edtf("2024-03-11"), type="Begun")).nothing_happened()


def test_an_amendment_needs_a_reason_a_fact_and_an_initiative_that_stands() -> None:
    """Refused or not found with the way out."""
    given(ROAD, BEGUN).when(evolve(amend(note="n"), reason="\t")).refused(
        Refused, "a reason must say something; write it after --reason"
    )
    given(ROAD).when(amend(note="n")).refused(
        NotFound, f"there is no fact {id_at(3)}; tracker log shows what there is"
    )
    given(ROAD, BEGUN, Retiring()).when(amend(note="n")).refused(
        Refused, "il-1 was retired (registered twice); register another"
    )


def test_the_last_source_cannot_be_taken_away() -> None:
    """Every development needs somebody's word."""
    given(ROAD, BEGUN).when(amend(sources=())).refused(
        Refused, "every development needs a source; write a URL or a text after --source"
    )


# -- sources ---------------------------------------------------------------------------------------

WHOLE = Source(
    url="https://a/1",
    title="Statement",
    publisher="MEA",
    published_on="2024-03-11",
    accessed_on="2024-03-12",
    quote="so it was",
    grade="B2",
)
TWO_SOURCES = evolve(FIRST_TOLD, sources=(WHOLE, TASS))


def overlaid(given_source: Source) -> Source:
    """The first of two sources after an amendment of its parts; the second must stay."""
    account = with_changes(TWO_SOURCES, ask.Changes(first_source=given_source))
    assert account.sources[1:] == (TASS,)
    return account.sources[0]


@pytest.mark.parametrize(
    "name", ["title", "publisher", "published_on", "accessed_on", "quote", "grade"]
)
def test_a_part_that_is_given_replaces_that_part_of_the_first_source(name: str) -> None:
    """None leaves it, an empty text clears it."""
    assert overlaid(Source(**{name: "A1"})) == evolve(WHOLE, **{name: "A1"})
    assert overlaid(Source(**{name: ""})) == evolve(WHOLE, **{name: None})
    assert overlaid(Source()) == WHOLE


def test_another_place_drops_the_old_one() -> None:
    """A URL for a document and the other way round; the rest stays."""
    assert overlaid(Source(document="a fax")) == evolve(WHOLE, url=None, document="a fax")
    assert overlaid(Source(url="https://a/2")) == evolve(WHOLE, url="https://a/2")
    assert overlaid(Source(url="")) == WHOLE


def test_more_sources_come_after_those_there_are() -> None:
    """Also after the first has been corrected, or all have been replaced."""
    more = (Source(document="PIB"),)
    asked = ask.Changes(first_source=Source(title="T"), more_sources=more)
    assert with_changes(TWO_SOURCES, asked).sources == (evolve(WHOLE, title="T"), TASS, *more)
    replaced = ask.Changes(sources=(REPORT,), more_sources=more)
    assert with_changes(TWO_SOURCES, replaced).sources == (REPORT, *more)


def test_a_source_that_says_no_more_than_another_is_not_added() -> None:
    """Word for word, or with less of it; with another word in it, it is one more."""
    for known in (WHOLE, evolve(WHOLE, title=None), Source(url=WHOLE.url)):
        asked = ask.Changes(more_sources=(known,))
        assert with_changes(TWO_SOURCES, asked).sources == TWO_SOURCES.sources
    for new in (evolve(WHOLE, title="T"), evolve(WHOLE, quote="q"), Source(document="PIB")):
        asked = ask.Changes(more_sources=(new, new))
        assert with_changes(TWO_SOURCES, asked).sources == (*TWO_SOURCES.sources, new)
    erased = evolve(WHOLE, quote=Erased("00" * 32))
    asked = ask.Changes(more_sources=(erased,))
    assert with_changes(TWO_SOURCES, asked).sources == TWO_SOURCES.sources


def test_where_there_is_no_source_the_parts_make_one() -> None:
    """A plan may have had none."""
    none = evolve(FIRST_TOLD, sources=())
    asked = ask.Changes(first_source=Source(document="a fax", grade="C3"))
    assert with_changes(none, asked).sources == (Source(document="a fax", grade="C3"),)


# -- the days that stand ---------------------------------------------------------------------------


def test_a_date_that_is_not_new_keeps_its_stored_days() -> None:
    """Recorded on 1 August, "August" ends on that day, whenever its wording is corrected."""
    story = given(ROAD, Recording(type="begun", on="2024-08"))
    assert _days(story.when(amend(note="n")).drafts()) == (date(2024, 8, 1), date(2024, 8, 1))
    again = story.when(amend(on=parse_edtf("2024-08"), note="n"))
    assert _days(again.drafts()) == (date(2024, 8, 1), date(2024, 8, 1))


def test_a_new_date_is_cut_by_the_day_of_its_own_recording() -> None:
    """One that lies beyond it is refused."""
    story = given(ROAD, BEGUN)
    assert _days(story.when(amend(on=parse_edtf("2024-08"))).drafts()) == (
        date(2024, 8, 1),
        date(2024, 8, 2),
    )
    story.when(amend(on=parse_edtf("2024-08-03"))).refused(
        Refused,
        "'2024-08-03' has not happened yet (it begins on 3 August 2024): record it as a plan, "
        "with: tracker plan …",
    )


def test_a_date_given_back_takes_its_first_days_up_again() -> None:
    """The cut is that of the version which introduced it."""
    story = given(ROAD, Recording(type="begun", on="2024-08"), Amending(fact=0, on="2024-07"))
    again = story.when(amend(on=parse_edtf("2024-08")))
    assert _days(again.drafts()) == (date(2024, 8, 1), date(2024, 8, 1))
    reverted = story.when(evolve(amend(), revert_to=3))
    assert _days(reverted.drafts()) == (date(2024, 8, 1), date(2024, 8, 1))


def test_the_dates_of_a_plan_are_never_cut() -> None:
    """By no correction either."""
    story = given(ROAD, PLANNED)
    asked = amend(on=parse_edtf("2024-08/2030"))
    assert _days(story.when(asked).drafts()) == (date(2024, 8, 1), date(2030, 12, 31))


def _days(drafts: list[did.Draft]) -> tuple[date, date]:
    (draft,) = drafts
    assert isinstance(draft.what, did.Amended)
    return draft.what.account.on.lo, draft.what.account.on.hi


# -- based on --------------------------------------------------------------------------------------


def test_an_amendment_of_what_its_author_saw_is_taken_while_that_stands() -> None:
    """Conflict where the fact has changed since, with what would do."""
    account = told_of("agreed", "2024-03-11", REPORT)
    given(*STORY).when(evolve(amend(type="agreed"), based_on=4)).then(amended(account, based_on=4))
    given(*STORY).when(evolve(amend(type="agreed"), based_on=3)).refused(
        Conflict,
        "il-1#2 has changed since @3: it is now at @4; look at it again (tracker history il-1) and "
        "repeat with --based-on @4",
    )


@pytest.mark.parametrize("position", [2, 5, 99])
def test_a_base_must_be_a_version_of_that_very_fact(position: int) -> None:
    """Not the registration, not another fact, not what is not there."""
    sentence = (
        f"@{position} is no version of il-1#2; "
        "see its versions with: tracker history il-1 --axis knowledge"
    )
    story = given(*STORY, BEGUN)
    story.when(evolve(amend(note="n"), based_on=position)).refused(NotFound, sentence)
    story.when(evolve(amend(), revert_to=position)).refused(NotFound, sentence)


def test_a_version_of_another_fact_is_none_of_this_one() -> None:
    """Neither its amendment nor its withdrawal."""
    story = given(ROAD, BEGUN, BEGUN, Amending(fact=1, note="n"), Withdrawing(fact=1))
    for position in (5, 6):
        story.when(evolve(amend(), revert_to=position)).refused(
            NotFound,
            f"@{position} is no version of il-1#2; "
            "see its versions with: tracker history il-1 --axis knowledge",
        )


def test_an_amendment_may_expect_how_many_events_there_are() -> None:
    """Of the initiative, not of the fact."""
    given(*STORY).when(evolve(amend(note="n"), expect_version=3)).then(
        amended(evolve(told_of("begun", "2024-03-11", REPORT), note="n"), based_on=4)
    )
    given(*STORY).when(evolve(amend(note="n"), expect_version=2)).refused(
        Conflict,
        "il-1 has 3 events, not 2: someone recorded meanwhile; look again (tracker history il-1) "
        "and repeat with --expect-version 3",
    )


# -- bringing back ---------------------------------------------------------------------------------


def test_reverting_is_one_more_amendment_with_the_earlier_account() -> None:
    """Based on the version that stands."""
    given(*STORY).when(evolve(amend(), revert_to=3)).then(amended(FIRST_TOLD, based_on=4))
    given(*STORY).when(evolve(amend(), revert_to=4)).nothing_happened()


def test_a_reverted_account_may_be_changed_at_once() -> None:
    """The changes apply to the earlier account."""
    account = evolve(FIRST_TOLD, note="n")
    given(*STORY).when(evolve(amend(note="n"), revert_to=3)).then(amended(account, based_on=4))


def test_a_withdrawn_fact_is_brought_back_by_an_amendment() -> None:
    """With its latest account where none is named, even if nothing in it changes."""
    story = given(*STORY, Withdrawing(fact=0))
    latest = told_of("begun", "2024-03-11", REPORT)
    story.when(amend()).then(amended(latest, based_on=5))
    story.when(evolve(amend(), revert_to=3)).then(amended(FIRST_TOLD, based_on=5))
    story.when(evolve(amend(), based_on=5)).then(amended(latest, based_on=5))


def test_a_withdrawal_is_nothing_to_revert_to() -> None:
    """It is made again by its own command."""
    story = given(ROAD, BEGUN, Withdrawing(fact=0), Reverting(fact=0))
    story.when(evolve(amend(), revert_to=4)).refused(
        Refused,
        "@4 withdrew il-1#2; to withdraw it again: tracker withdraw il-1#2 --reason …",
    )


# -- withdrawing -----------------------------------------------------------------------------------


def withdraw(event_id: str = NEW, reason: str = "a hoax") -> ask.Withdraw:
    return ask.Withdraw(event_id, id_at(3), reason)


def test_a_fact_is_withdrawn_for_a_reason() -> None:
    """Without the white space around it."""
    given(ROAD, BEGUN).when(withdraw(reason=" a hoax\n")).then(did.Withdrawn(id_at(3), "a hoax"))
    given(ROAD, BEGUN).when(withdraw(reason="")).refused(
        Refused, "a reason must say something; write it after --reason"
    )


def test_what_is_withdrawn_is_not_withdrawn_again() -> None:
    """Conflict, with how it is brought back: to the latest that was told of it."""
    given(*STORY, Withdrawing(fact=0)).when(withdraw()).refused(
        Conflict,
        "il-1#2 is withdrawn already; to bring it back: tracker amend il-1#2 --revert-to @4 "
        "--reason …",
    )


def test_a_withdrawal_needs_a_fact_and_an_initiative_as_it_was_seen() -> None:
    """Not found, refused, or a conflict."""
    given(ROAD, DEAL).when(withdraw()).refused(
        NotFound, f"there is no fact {id_at(3)}; tracker log shows what there is"
    )
    given(ROAD, BEGUN, Retiring()).when(withdraw()).refused(
        Refused, "il-1 was retired (registered twice); register another"
    )
    given(ROAD, BEGUN).when(evolve(withdraw(), expect_version=2)).then(
        did.Withdrawn(id_at(3), "a hoax")
    )
    given(ROAD, BEGUN).when(evolve(withdraw(), expect_version=3)).refused(
        Conflict,
        "il-1 has 2 events, not 3: someone recorded meanwhile; look again (tracker history il-1) "
        "and repeat with --expect-version 2",
    )


# -- again -----------------------------------------------------------------------------------------


def test_an_amendment_asked_for_again_is_the_same_answer_whatever_happened_since() -> None:
    """It is based on what it was based on the first time."""
    again = evolve(amend(on=parse_edtf("2024-03-11")), event_id=id_at(4))
    given(*STORY).when(again).nothing_happened()
    given(*STORY, Amending(fact=0, type="agreed")).when(again).nothing_happened()
    given(*STORY, Withdrawing(fact=0)).when(again).nothing_happened()
    given(*STORY, Retiring()).when(again).nothing_happened()
    given(*STORY, Withdrawing(fact=0)).when(evolve(again, based_on=3)).nothing_happened()


def test_a_word_for_a_type_that_is_gone_still_means_it_when_asked_again() -> None:
    """It is read with the definition that was in force; what never meant it is other content."""
    story = given(ROAD, BEGUN, Amending(fact=0, type="opened"), Adopting(definition=1))
    story.when(evolve(amend(type="Opened"), event_id=id_at(4))).nothing_happened()
    story.when(evolve(amend(type="agreed"), event_id=id_at(4))).refused(
        Conflict, f"the id {id_at(4)} was used before, for il-1#3 {USED_BEFORE}"
    )


def test_an_amendment_asked_for_again_with_other_content_is_a_conflict() -> None:
    """Another date, another reason, another base."""
    again = evolve(amend(on=parse_edtf("2024-03-11")), event_id=id_at(4))
    used = f"the id {id_at(4)} was used before, for il-1#3 {USED_BEFORE}"
    story = given(*STORY, Amending(fact=0, type="agreed"))
    story.when(evolve(again, changes=ask.Changes(note="n"))).refused(Conflict, used)
    story.when(evolve(again, reason="another")).refused(Conflict, used)
    story.when(evolve(again, based_on=5)).refused(
        Conflict, f"the id {id_at(4)} was used before, based on another version"
    )


def test_bringing_back_asked_for_again_is_the_same_answer() -> None:
    """Based on the withdrawal, which gave no account: the one before it counts."""
    story = given(
        *STORY, Withdrawing(fact=0), Amending(fact=0, note="n"), Amending(fact=0, note="m")
    )
    again = evolve(amend(note="n"), event_id=id_at(6))
    story.when(again).nothing_happened()


def test_a_withdrawal_asked_for_again_is_the_same_answer_after_it_was_undone_too() -> None:
    """By its id, with the same reason."""
    story = given(ROAD, BEGUN, Withdrawing(fact=0), Reverting(fact=0))
    story.when(withdraw(id_at(4))).nothing_happened()
    story.when(withdraw(id_at(4), "another")).refused(
        Conflict, f"the id {id_at(4)} was used before, for il-1#3 {USED_BEFORE}"
    )
