"""What may be done with initiatives, their lifecycles and their links: given, when, then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from tests.domain.deciding import AT, BEGUN, DEAL, NEW, ROAD, TASS, Given, given, id_at
from tests.histories import (
    DEFINITIONS,
    Adopting,
    Linking,
    MemoryLedger,
    Registering,
    Retiring,
    Revising,
    Step,
    Unlinking,
)
from tracker.domain import commands as ask
from tracker.domain import events as did
from tracker.domain.dates import parse_edtf
from tracker.domain.decide import check_slug, decide, derived_id
from tracker.domain.events import Draft, Profile, Time
from tracker.errors import Conflict, NotFound, Refused

ROAD_1, ROAD_2, _ = DEFINITIONS["road"]
PROFILE = Profile("Road one", "road", parties=("IN", "RU"), sector="roads", tags=("a",))
LINKED = (ROAD, DEAL, Linking(slug="il-1", kind="follows", other="mi-8"))  # @1-2, @3-4, @5
USED_BEFORE = "with other content; leave --id out for a new one"


def register(
    slug: str = "il-1", profile: Profile = PROFILE, whole: str | None = None
) -> ask.Register:
    return ask.Register(NEW, slug, profile, whole)


# -- slugs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", ["a", "7", "il-114", "a-b-c", "x" * 80])
def test_a_slug_is_small_letters_digits_and_single_hyphens(slug: str) -> None:
    """At most 80 of them."""
    assert check_slug(slug) == slug


@pytest.mark.parametrize(
    ("text", "offer"),
    [
        ("IL 114", ", such as il-114"),
        ("il--1", ", such as il-1"),
        ("-il-1-", ", such as il-1"),
        ("il_1\n", ", such as il-1"),
        ("ил-114", ", such as 114"),
        ("Chabahar: Port, Phase 2!", ", such as chabahar-port-phase-2"),
        ("x" * 81, f", such as {'x' * 80}"),
        (" " + "x" * 81, f", such as {'x' * 80}"),
        ("x" * 79 + "-y", f", such as {'x' * 79}"),
        ("", ""),
        ("--", ""),
        ("Ход", ""),
    ],
)
def test_what_is_no_slug_is_refused_with_the_nearest_that_is_one(text: str, offer: str) -> None:
    """Where there is any."""
    with pytest.raises(Refused) as refused:
        check_slug(text)
    assert str(refused.value) == (
        f"{text!r} cannot name an initiative; write small letters a-z, digits and single hyphens, "
        f"at most 80{offer}"
    )


# -- adopting --------------------------------------------------------------------------------------


def test_adopting_a_lifecycle_embeds_its_whole_definition() -> None:
    """It belongs to no initiative."""
    asked = ask.Adopt(NEW, ROAD_2)
    what = did.LifecycleAdopted("road", ROAD_2.to_definition())
    assert given().when(asked, "asserted").drafts() == [Draft(NEW, None, what, AT, "asserted")]


def test_adopting_what_is_in_force_changes_nothing() -> None:
    """No event is the answer."""
    given(ROAD).when(ask.Adopt(NEW, ROAD_1)).nothing_happened()


def test_a_lifecycle_with_a_name_that_no_database_indexes_is_not_adopted() -> None:
    """The first such name is named, with its place."""
    name = "r" * 81
    given().when(ask.Adopt(NEW, evolve(ROAD_2, name=name))).refused(
        Refused,
        f'The lifecycle cannot be adopted: At the top: name = "{"r" * 60}…" has more than 80 '
        "characters.",
    )


def test_an_adoption_asked_for_again_is_the_same_answer() -> None:
    """Even where another definition is in force by now."""
    story = given(ROAD, Adopting(definition=1), Adopting(definition=0))
    story.when(ask.Adopt(id_at(3), ROAD_2)).nothing_happened()
    story.when(ask.Adopt(NEW, ROAD_2)).then(did.LifecycleAdopted("road", ROAD_2.to_definition()))
    story.when(ask.Adopt(id_at(3), ROAD_1)).refused(
        Conflict, f"the id {id_at(3)} was used before, for @3 {USED_BEFORE}"
    )


# -- registering -----------------------------------------------------------------------------------


@pytest.mark.parametrize("time", ["witnessed", "asserted"])
def test_the_first_of_its_kind_brings_the_shipped_lifecycle_along(time: Time) -> None:
    """At the same instant, under an id that follows from the request's."""
    assert given().when(register(), time).drafts() == [
        Draft(
            derived_id(NEW, "lifecycle"),
            None,
            did.LifecycleAdopted("road", ROAD_1.to_definition()),
            AT,
            time,
        ),
        Draft(NEW, "il-1", did.InitiativeRegistered(PROFILE), AT, time),
    ]


def test_the_second_of_its_kind_brings_none() -> None:
    """The lifecycle is in the log already."""
    given(ROAD).when(register("il-2")).then(did.InitiativeRegistered(PROFILE))


def test_a_derived_id_is_the_uuid_version_5_of_the_role_in_the_request() -> None:
    """RFC 9562, section 5.5: the same whenever it is repeated."""
    assert derived_id(NEW, "lifecycle") == "b347d4fd-8d8e-5d84-a4a2-3ebfe777a27f"


def test_a_part_is_linked_to_its_whole_right_after_its_registration() -> None:
    """A witnessed link is a microsecond later; a backfilled one at the instant that was given."""
    linked = did.InitiativesLinked("part-of", "mi-8")
    for time, later in (("witnessed", timedelta(microseconds=1)), ("asserted", timedelta(0))):
        drafts = decide(register("il-2", whole="mi-8"), given(ROAD, DEAL).ledger, AT, time)  # type: ignore[arg-type]
        assert drafts == [
            Draft(NEW, "il-2", did.InitiativeRegistered(PROFILE), AT, time),  # type: ignore[arg-type]
            Draft(derived_id(NEW, "part-of"), "il-2", linked, AT + later, time),  # type: ignore[arg-type]
        ]


def test_a_slug_that_is_taken_is_a_conflict() -> None:
    """With the command that changes it instead."""
    given(ROAD).when(register()).refused(
        Conflict, "il-1 is registered already; change it with: tracker revise il-1 …"
    )


def test_the_name_of_what_was_retired_is_never_given_twice() -> None:
    """With the reason, and where it went."""
    sentence = "and a name is never given twice; choose another"
    given(ROAD, Retiring(slug="il-1")).when(register()).refused(
        Conflict, f"il-1 was retired (registered twice), {sentence}"
    )
    given(ROAD, DEAL, Retiring(slug="il-1", merged_into="mi-8")).when(register()).refused(
        Conflict, f"il-1 was retired (registered twice; now mi-8), {sentence}"
    )


def test_a_registration_needs_a_slug_a_title_and_a_lifecycle() -> None:
    """Each is refused or not found with the way out."""
    given().when(register("Il 1")).refused(
        Refused,
        "'Il 1' cannot name an initiative; write small letters a-z, digits and single hyphens, at "
        "most 80, such as il-1",
    )
    given().when(register(profile=Profile("  ", "road"))).refused(
        Refused, "an initiative needs a title; write it after --title"
    )
    given().when(register(profile=Profile("A", "roads"))).refused(
        NotFound,
        "there is no lifecycle 'roads'; did you mean road? (tracker lifecycle list shows them)",
    )


@pytest.mark.parametrize(("field", "word"), [("parties", "party"), ("tags", "tag")])
def test_a_list_that_a_file_could_not_hold_is_refused(field: str, word: str) -> None:
    """A semicolon parts the parties of a file; what an earlier build took may stay."""
    changes: dict[str, Any] = {field: ("Iran", "Smith; Sons")}
    profile = evolve(PROFILE, **changes)
    sentence = (
        f"'Smith; Sons' holds a semicolon, which parts several in a file; give each {word} by "
        "itself"
    )
    given(ROAD).when(register("il-2", profile)).refused(Refused, sentence)
    given(ROAD).when(ask.Revise(NEW, "il-1", **changes)).refused(Refused, sentence)
    long = evolve(PROFILE, **{field: ("x" * 60 + "y;",)})  # type: ignore[arg-type]
    given(ROAD).when(register("il-2", long)).refused(
        Refused,
        f"'{'x' * 60}' holds a semicolon, which parts several in a file; give each {word} by "
        "itself",
    )
    before = list(given(ROAD).ledger.events)
    old = evolve(before[-1], what=did.InitiativeRegistered(profile))
    log = Given(MemoryLedger([*before[:-1], old]))
    log.when(ask.Revise(NEW, "il-1", title="Other")).then(
        did.InitiativeRevised(evolve(profile, title="Other"))
    )


def test_a_title_is_kept_without_the_white_space_around_it() -> None:
    """The rest of a profile as it is given."""
    given(ROAD).when(register("il-2", evolve(PROFILE, title=" Road one\n"))).then(
        did.InitiativeRegistered(PROFILE)
    )


def test_a_whole_must_be_another_initiative_that_stands() -> None:
    """Nothing is registered where it is not."""
    given(ROAD).when(register("il-2", whole="mi-8")).refused(
        NotFound, "there is no initiative mi-8; begin with: tracker register mi-8 …"
    )
    given(ROAD).when(register("il-2", whole="il-2")).refused(
        Refused, "il-2 cannot be linked to itself; name another initiative"
    )
    given(ROAD, Retiring(slug="il-1")).when(register("il-2", whole="il-1")).refused(
        Refused, "il-1 was retired (registered twice); register another"
    )


def test_a_registration_asked_for_again_is_the_same_answer() -> None:
    """The same id with the same content; with other content it is a conflict."""
    story = given(Registering(slug="il-1", lifecycle="road"))
    profile = Profile("Initiative il-1", "road", parties=("IN", "RU"))
    again = ask.Register(id_at(1), "il-1", profile)
    conflict = f"the id {id_at(1)} was used before, for il-1#1 {USED_BEFORE}"
    story.when(again).nothing_happened()
    story.when(evolve(again, profile=PROFILE)).refused(Conflict, conflict)
    story.when(evolve(again, initiative="il-2")).refused(Conflict, conflict)
    story.when(evolve(again, part_of="mi-8")).refused(
        Conflict, f"the id {id_at(1)} was used before, for il-1 {USED_BEFORE}"
    )


def test_a_registration_with_its_whole_asked_for_again_is_the_same_answer() -> None:
    """And is a conflict with another whole, or with none."""
    story = given(DEAL, ROAD, Registering(slug="il-2", lifecycle="road", part_of="mi-8"))
    profile = Profile("Initiative il-2", "road", parties=("IN", "RU"))
    again = ask.Register(id_at(5), "il-2", profile, "mi-8")
    conflict = f"the id {id_at(5)} was used before, for il-2 {USED_BEFORE}"
    story.when(again).nothing_happened()
    story.when(evolve(again, part_of="il-1")).refused(Conflict, conflict)
    story.when(evolve(again, part_of=None)).refused(Conflict, conflict)


# -- revising --------------------------------------------------------------------------------------


def test_a_revision_replaces_what_it_gives_and_keeps_the_rest() -> None:
    """The event holds the whole profile."""
    before = Profile("Initiative il-1", "road", parties=("IN", "RU"))
    for change in (
        {"title": "Other"},
        {"parties": ("IR",)},
        {"sector": "rail"},
        {"tags": ("x", "y")},
        {"summary": "In short."},
    ):
        given(ROAD).when(ask.Revise(NEW, "il-1", **change)).then(
            did.InitiativeRevised(evolve(before, **change))
        )


def test_a_revision_keeps_the_sector_the_tags_and_the_summary_too() -> None:
    """Whatever it does not give."""
    whole = evolve(PROFILE, summary="In short.")
    story = given().and_then(ask.Register(id_at(1), "il-1", whole))
    story.when(ask.Revise(NEW, "il-1", title="Other")).then(
        did.InitiativeRevised(evolve(whole, title="Other"))
    )
    story.when(ask.Revise(NEW, "il-1", sector=None, summary=None, tags=())).then(
        did.InitiativeRevised(evolve(whole, sector=None, summary=None, tags=()))
    )


def test_a_revision_that_changes_nothing_is_no_event() -> None:
    """Nothing given, or what was so before."""
    given(ROAD).when(ask.Revise(NEW, "il-1")).nothing_happened()
    given(ROAD).when(ask.Revise(NEW, "il-1", title="Initiative il-1 ")).nothing_happened()


def test_a_revision_to_a_lifecycle_that_the_log_does_not_have_brings_it_along() -> None:
    """As a registration does."""
    deal, _, _ = DEFINITIONS["deal"]
    profile = Profile("Initiative il-1", "deal", parties=("IN", "RU"))
    given(ROAD).when(ask.Revise(NEW, "il-1", lifecycle="deal")).then(
        did.LifecycleAdopted("deal", deal.to_definition()), did.InitiativeRevised(profile)
    )


def test_a_revision_may_link_to_a_whole_alone_and_only_once() -> None:
    """Under the derived id; where the link stands there is nothing to do."""
    linked = did.InitiativesLinked("part-of", "mi-8")
    later = AT + timedelta(microseconds=1)
    asked = ask.Revise(NEW, "il-1", part_of="mi-8")
    assert given(ROAD, DEAL).when(asked).drafts() == [
        Draft(derived_id(NEW, "part-of"), "il-1", linked, later, "witnessed")
    ]
    story = given(ROAD, DEAL, Linking(slug="il-1", kind="part-of", other="mi-8"))
    story.when(asked).nothing_happened()
    follows = given(*LINKED)
    assert len(follows.when(asked).drafts()) == 1


def test_a_revision_cannot_make_an_initiative_part_of_itself() -> None:
    """Nor of one that is not there."""
    given(ROAD).when(ask.Revise(NEW, "il-1", part_of="il-1")).refused(
        Refused, "il-1 cannot be linked to itself; name another initiative"
    )
    given(ROAD).when(ask.Revise(NEW, "il-1", part_of="mi-8")).refused(
        NotFound, "there is no initiative mi-8; begin with: tracker register mi-8 …"
    )


def test_a_revision_asked_for_again_is_the_same_answer_after_another_too() -> None:
    """It is judged by the profile it gave, not by today's."""
    story = given(ROAD, Revising(title="One"), Revising(title="Two"))
    story.when(ask.Revise(id_at(3), "il-1", title="One")).nothing_happened()
    other = given(ROAD, Revising(title="One"), Revising(lifecycle="deal"), Retiring())
    other.when(ask.Revise(id_at(3), "il-1", title="One")).nothing_happened()
    story.when(ask.Revise(id_at(3), "il-1", title="Three")).refused(
        Conflict, f"the id {id_at(3)} was used before, for il-1#2 {USED_BEFORE}"
    )


def test_a_revision_that_linked_to_a_whole_asked_for_again_is_the_same_answer() -> None:
    """Whether it changed the profile too or not; another whole or another title is a conflict."""
    conflict = f"the id {NEW} was used before, for il-1 {USED_BEFORE}"
    il_2 = Registering(slug="il-2", lifecycle="road")
    for asked in (
        ask.Revise(NEW, "il-1", part_of="mi-8"),
        ask.Revise(NEW, "il-1", title="One", part_of="mi-8"),
    ):
        story = given(ROAD, DEAL, il_2).and_then(asked)
        story.when(asked).nothing_happened()
        story.when(evolve(asked, part_of="il-2")).refused(Conflict, conflict)
        story.when(evolve(asked, part_of=None)).refused(Conflict, conflict)
    alone = given(ROAD, DEAL).and_then(ask.Revise(NEW, "il-1", part_of="mi-8"))
    alone.when(ask.Revise(NEW, "il-1", title="One", part_of="mi-8")).refused(Conflict, conflict)


def test_a_revision_that_found_its_link_standing_asked_for_again_is_the_same_answer() -> None:
    """There was none to append; a whole that it is no part of is a conflict all the same."""
    il_2 = Registering(slug="il-2", lifecycle="road")
    asked = ask.Revise(NEW, "il-1", title="One", part_of="mi-8")
    linked = Linking(slug="il-1", kind="part-of", other="mi-8")
    story = given(ROAD, DEAL, il_2, linked).and_then(asked)
    story.when(asked).nothing_happened()
    story.when(evolve(asked, part_of="il-2")).refused(
        Conflict, f"the id {NEW} was used before, for il-1 {USED_BEFORE}"
    )


def test_what_was_retired_cannot_be_revised_and_what_is_not_there_cannot_either() -> None:
    """With where it went."""
    story = given(ROAD, DEAL, Retiring(slug="il-1", merged_into="mi-8"))
    story.when(ask.Revise(NEW, "il-1", title="X")).refused(
        Refused, "il-1 was retired (registered twice); it was merged into mi-8: use that"
    )
    story.when(ask.Revise(NEW, "il-9", title="X")).refused(
        NotFound, "there is no initiative il-9; begin with: tracker register il-9 …"
    )


# -- retiring --------------------------------------------------------------------------------------


def test_an_initiative_is_retired_for_a_reason_and_perhaps_into_another() -> None:
    """The reason without the white space around it."""
    story = given(ROAD, DEAL)
    story.when(ask.Retire(NEW, "il-1", " by mistake ")).then(did.InitiativeRetired("by mistake"))
    story.when(ask.Retire(NEW, "il-1", "twice", "mi-8")).then(
        did.InitiativeRetired("twice", "mi-8")
    )


def test_a_retirement_that_makes_no_sense_is_refused() -> None:
    """Without a reason, into itself, into nothing, twice, or while another is linked to it."""
    story = given(*LINKED)
    story.when(ask.Retire(NEW, "il-1", " ")).refused(
        Refused, "a reason must say something; write it after --reason"
    )
    story.when(ask.Retire(NEW, "il-1", "x", "il-1")).refused(
        Refused, "il-1 cannot be merged into itself; name another initiative"
    )
    story.when(ask.Retire(NEW, "il-1", "x", "il-9")).refused(
        NotFound, "there is no initiative il-9; begin with: tracker register il-9 …"
    )
    story.when(ask.Retire(NEW, "mi-8", "x")).refused(
        Refused,
        "mi-8 cannot be retired, since il-1 follows it; first: tracker unlink il-1 follows mi-8 "
        "--reason …",
    )
    given(ROAD, Retiring()).when(ask.Retire(NEW, "il-1", "x")).refused(
        Refused, "il-1 was retired (registered twice); register another"
    )


def test_all_that_is_linked_is_named_up_to_a_limit() -> None:
    """Five of them, each with its command, and how many more there are."""
    slugs = [f"fta-{number}" for number in range(7)]
    kinds = ["follows", "part-of", "supersedes", "related-to", "follows", "follows", "follows"]
    words = {"follows": "follows", "part-of": "is part of", "supersedes": "supersedes"}
    words["related-to"] = "is related to"
    for count in (2, 5, 7):
        log = given(ROAD)
        for slug, kind in zip(slugs[:count], kinds[:count], strict=True):
            log = log.and_then(evolve(register(slug), event_id=f"registers {slug}"))
            log = log.and_then(ask.Link(f"links {slug}", slug, kind, "il-1"))
        told = list(zip(slugs[: min(count, 5)], kinds, strict=False))
        more = " (and 2 more)" if count == 7 else ""
        log.when(ask.Retire(NEW, "il-1", "x")).refused(
            Refused,
            f"il-1 cannot be retired, since "
            f"{' and '.join(f'{slug} {words[kind]} it' for slug, kind in told)}{more}; first: "
            + " and ".join(f"tracker unlink {s} {k} il-1 --reason …" for s, k in told),
        )


def test_a_retirement_asked_for_again_is_the_same_answer() -> None:
    """By its id."""
    story = given(ROAD, Retiring())
    story.when(ask.Retire(id_at(3), "il-1", "registered twice")).nothing_happened()
    story.when(ask.Retire(id_at(3), "il-1", "other")).refused(
        Conflict, f"the id {id_at(3)} was used before, for il-1#2 {USED_BEFORE}"
    )


# -- links -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["part-of", "follows", "supersedes", "related-to"])
def test_two_initiatives_are_linked_in_one_of_four_ways(kind: str) -> None:
    """The link belongs to the first."""
    given(ROAD, DEAL).when(ask.Link(NEW, "il-1", kind, "mi-8")).then(
        did.InitiativesLinked(kind, "mi-8")
    )


def test_a_link_that_stands_is_not_made_again() -> None:
    """One of another kind, or the other way round, is another link."""
    story = given(*LINKED)
    story.when(ask.Link(NEW, "il-1", "follows", "mi-8")).nothing_happened()
    story.when(ask.Link(NEW, "il-1", "related-to", "mi-8")).then(
        did.InitiativesLinked("related-to", "mi-8")
    )
    story.when(ask.Link(NEW, "mi-8", "follows", "il-1")).then(
        did.InitiativesLinked("follows", "il-1")
    )


def test_a_link_needs_a_kind_and_two_initiatives_that_stand() -> None:
    """Refused with the way out."""
    story = given(ROAD, DEAL)
    no_kind = "'beside' is no kind of link; write one of part-of, follows, supersedes, related-to"
    story.when(ask.Link(NEW, "il-1", "beside", "mi-8")).refused(Refused, no_kind)
    story.when(ask.Unlink(NEW, "il-1", "beside", "mi-8", "x")).refused(Refused, no_kind)
    story.when(ask.Link(NEW, "il-1", "follows", "il-1")).refused(
        Refused, "il-1 cannot be linked to itself; name another initiative"
    )
    for command in (
        ask.Link(NEW, "il-9", "follows", "mi-8"),
        ask.Link(NEW, "mi-8", "follows", "il-9"),
    ):
        story.when(command).refused(
            NotFound, "there is no initiative il-9; begin with: tracker register il-9 …"
        )


def test_a_link_asked_for_again_is_the_same_answer_after_it_was_undone_too() -> None:
    """By its id."""
    story = given(*LINKED, Unlinking(slug="il-1", kind="follows", other="mi-8"))
    story.when(ask.Link(id_at(5), "il-1", "follows", "mi-8")).nothing_happened()
    story.when(ask.Link(NEW, "il-1", "follows", "mi-8")).then(
        did.InitiativesLinked("follows", "mi-8")
    )
    story.when(ask.Unlink(id_at(6), "il-1", "follows", "mi-8", "not so")).nothing_happened()


def test_a_link_is_undone_for_a_reason_where_it_stands() -> None:
    """Not found where it does not."""
    story = given(*LINKED)
    story.when(ask.Unlink(NEW, "il-1", "follows", "mi-8", " an error ")).then(
        did.InitiativesUnlinked("follows", "mi-8", "an error")
    )
    story.when(ask.Unlink(NEW, "il-1", "part-of", "mi-8", "x")).refused(
        NotFound, "there is no link il-1 part-of mi-8; see its links with: tracker show il-1"
    )
    story.when(ask.Unlink(NEW, "il-9", "follows", "mi-8", "x")).refused(
        NotFound, "there is no initiative il-9; begin with: tracker register il-9 …"
    )
    story.when(ask.Unlink(NEW, "il-1", "follows", "mi-8", "")).refused(
        Refused, "a reason must say something; write it after --reason"
    )


LINK = ask.Link(NEW, "il-1", "related-to", "mi-8")


@pytest.mark.parametrize(
    "command",
    [
        ask.Adopt(NEW, ROAD_2),
        register("il-2"),
        ask.Revise(NEW, "il-1", title="Other"),
        ask.Revise(NEW, "il-1", lifecycle="deal"),
        ask.Retire(NEW, "il-1", "by mistake"),
        LINK,
        ask.Unlink(NEW, "il-1", "follows", "mi-8", "not so"),
        ask.Record(NEW, "il-1", "occurred", "agreed", parse_edtf("2024-05-01"), (TASS,)),
        ask.Withdraw(NEW, id_at(6), "a hoax"),
        ask.Erase(NEW, id_at(6), "note", "personal"),
        ask.Amend(NEW, id_at(6), "better", ask.Changes(note="n")),
    ],
    ids=lambda command: type(command).__name__,
)
def test_an_event_is_witnessed_unless_its_instant_is_asserted(command: ask.Command) -> None:
    """Each kind alike, at the instant that was given."""
    ledger = given(*LINKED, evolve(BEGUN, note="Ivan told me")).ledger
    assert {(d.time, d.recorded_at) for d in decide(command, ledger, AT)} == {("witnessed", AT)}
    asserted = decide(command, ledger, AT, "asserted")
    assert {(d.time, d.recorded_at) for d in asserted} == {("asserted", AT)}


def test_what_is_no_command_is_an_error_of_the_program() -> None:
    """Not something a person can be told the way out of."""
    steps: tuple[Step, ...] = (ROAD, BEGUN)
    ledger = given(*steps).ledger
    with pytest.raises(TypeError) as raised:
        decide("dance", ledger, AT)  # type: ignore[arg-type]
    said = f"nothing is known of 'dance', asked of {ledger!r} at {AT} (witnessed)"
    assert str(raised.value) == said
