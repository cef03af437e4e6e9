"""When two contents say the same: as their authors gave them (section 2 of the semantics)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from attrs import evolve

from tracker.domain.dates import parse_edtf
from tracker.domain.events import (
    Account,
    Amended,
    Event,
    InitiativeRegistered,
    InitiativeRetired,
    InitiativeRevised,
    InitiativesLinked,
    InitiativesUnlinked,
    LifecycleAdopted,
    Profile,
    Recorded,
    What,
    Withdrawn,
    account_of,
    same_content,
    same_in_full,
)
from tracker.domain.evidence import Erased, Source

PROFILE = Profile("Chabahar", "port")
ACCOUNT = Account(
    mode="occurred",
    type="begun",
    on=parse_edtf("2024-03"),
    sources=(Source(document="TASS", quote="so it was"),),
    stated_by="a minister",
    note="a note",
    fulfils="f",
    after="a",
    contradicts="c",
    claimed_recorded_at="2024-04-01",
)
EVERYTHING: tuple[What, ...] = (
    LifecycleAdopted("port", {}),
    InitiativeRegistered(PROFILE),
    InitiativeRevised(PROFILE),
    InitiativeRetired("twice"),
    Recorded(ACCOUNT),
    Amended("f", "v", "better", ACCOUNT),
    Withdrawn("f", "a hoax"),
    InitiativesLinked("follows", "mi-8"),
    InitiativesUnlinked("follows", "mi-8", "not so"),
)
OTHERWISE: dict[str, Any] = {
    "mode": "planned",
    "type": "agreed",
    "on": parse_edtf("2024-03~"),
    "sources": (Source(document="PIB"),),
    "stated_by": None,
    "note": "another",
    "fulfils": None,
    "after": None,
    "contradicts": None,
    "claimed_recorded_at": None,
}


def test_each_kind_of_content_says_the_same_as_itself_and_as_no_other_kind() -> None:
    """Also where two kinds have the same fields."""
    for one in EVERYTHING:
        assert [same_content(one, other) for other in EVERYTHING] == [
            one is other for other in EVERYTHING
        ]


@pytest.mark.parametrize("name", OTHERWISE)
def test_an_account_that_differs_in_anything_its_author_said_is_another(name: str) -> None:
    """Field by field, of a record and of an amendment."""
    other = evolve(ACCOUNT, **{name: OTHERWISE[name]})
    assert not same_content(Recorded(ACCOUNT), Recorded(other))
    assert not same_content(Amended("f", "v", "r", ACCOUNT), Amended("f", "v", "r", other))


def test_the_list_of_what_may_differ_is_the_whole_account() -> None:
    """A field that is added must be compared."""
    assert set(OTHERWISE) == {each.name for each in Account.__attrs_attrs__}


def test_what_a_correction_changed_is_told_by_the_names_of_the_fields() -> None:
    """All that an author may correct, in one order; nothing of the system's."""
    corrected = {n: v for n, v in OTHERWISE.items() if n not in {"mode", "claimed_recorded_at"}}
    for name, value in corrected.items():
        other = evolve(ACCOUNT, **{name: value})
        assert (ACCOUNT.differing(other), other.differing(ACCOUNT)) == ((name,), (name,))
    assert set(ACCOUNT.differing(evolve(ACCOUNT, **corrected))) == set(corrected)
    assert ACCOUNT.differing(evolve(ACCOUNT, claimed_recorded_at=None)) == ()
    cut = evolve(ACCOUNT, on=evolve(ACCOUNT.on, hi=date(2024, 3, 5), text="March 2024"))
    assert ACCOUNT.differing(cut) == ()


def test_a_new_text_in_the_place_of_an_erased_one_is_a_change() -> None:
    """And so is an erased one in its place; of two that were erased nobody knows."""
    gone, other = Erased("00" * 32), Erased("11" * 32)
    erased = evolve(ACCOUNT, note=gone, sources=(evolve(ACCOUNT.sources[0], quote=gone),))
    assert ACCOUNT.differing(erased) == erased.differing(ACCOUNT) == ("sources", "note")
    again = evolve(erased, note=other, sources=(evolve(ACCOUNT.sources[0], quote=other),))
    assert erased.differing(again) == ()
    assert erased.differing(evolve(erased, note=None)) == ("note",)


def test_extents_are_compared_as_written_in_edtf() -> None:
    """The cut is the system's; the text that was read is no matter either."""
    cut = evolve(ACCOUNT, on=evolve(ACCOUNT.on, hi=date(2024, 3, 5), text="March 2024"))
    assert same_content(Recorded(ACCOUNT), Recorded(cut))
    assert same_content(Amended("f", "v", "r", ACCOUNT), Amended("f", "v", "r", cut))


def test_an_amendment_is_of_one_fact_for_one_reason_whatever_its_base() -> None:
    """An author need not name the base."""
    one = Amended("f", "v", "r", ACCOUNT)
    assert same_content(one, evolve(one, based_on="w"))
    assert not same_content(one, evolve(one, fact="g"))
    assert not same_content(one, evolve(one, reason="s"))


def test_an_erased_text_equals_any_text() -> None:
    """Of a note and of a quote."""
    erased = Erased("00" * 32)
    assert same_content(Recorded(ACCOUNT), Recorded(evolve(ACCOUNT, note=erased)))
    sources = (Source(document="TASS", quote=erased),)
    assert same_content(Recorded(ACCOUNT), Recorded(evolve(ACCOUNT, sources=sources)))


def test_nothing_is_lost_where_accounts_are_the_same_in_full() -> None:
    """An erased text equals itself alone; a text that was erased is no text that says its hash."""
    gone, other = Erased("00" * 32), Erased("11" * 32)
    quoted = evolve(ACCOUNT, note=None, sources=(Source(document="TASS", quote="so they say"),))
    for account, erased, another in (
        (ACCOUNT, evolve(ACCOUNT, note=gone), evolve(ACCOUNT, note=other)),
        (
            quoted,
            evolve(quoted, sources=(Source(document="TASS", quote=gone),)),
            evolve(quoted, sources=(Source(document="TASS", quote=other),)),
        ),
    ):
        assert same_in_full(account, account)
        assert same_in_full(erased, erased)
        assert not same_in_full(account, erased)
        assert not same_in_full(erased, account)
        assert not same_in_full(erased, another)
    as_text = evolve(ACCOUNT, note="00" * 32)
    assert not same_in_full(as_text, evolve(ACCOUNT, note=gone))
    assert not same_in_full(ACCOUNT, evolve(ACCOUNT, type="agreed"))


def test_other_contents_are_compared_whole() -> None:
    """A withdrawal with its reason, a link with what it names."""
    assert same_content(Withdrawn("f", "a hoax"), Withdrawn("f", "a hoax"))
    assert not same_content(Withdrawn("f", "a hoax"), Withdrawn("f", "an error"))
    assert not same_content(InitiativesLinked("follows", "a"), InitiativesLinked("follows", "b"))


def test_only_a_record_and_an_amendment_tell_of_a_fact() -> None:
    """A withdrawal gives no account."""
    assert [account_of(what) for what in EVERYTHING] == [
        ACCOUNT if isinstance(what, Recorded | Amended) else None for what in EVERYTHING
    ]


def test_an_event_is_named_by_its_place_in_its_initiative_or_in_the_log() -> None:
    """``il-114#3``, or ``@17`` for one that belongs to none."""
    at = datetime(2024, 8, 1, tzinfo=UTC)
    event = Event(17, "id", "il-114", 3, at, "witnessed", "desk", Withdrawn("f", "a hoax"))
    assert event.handle == "il-114#3"
    assert evolve(event, initiative=None, version=0).handle == "@17"


def test_the_names_of_kinds_are_stored_for_ever() -> None:
    """Stable strings, in the order of section 2."""
    assert [what.KIND for what in EVERYTHING] == [
        "lifecycle-adopted",
        "initiative-registered",
        "initiative-revised",
        "initiative-retired",
        "recorded",
        "amended",
        "withdrawn",
        "initiatives-linked",
        "initiatives-unlinked",
    ]
