"""What a search looks into, and when two texts are the same to it."""

from __future__ import annotations

import unicodedata

import pytest

from tracker.domain.dates import parse_edtf
from tracker.domain.events import (
    Account,
    Amended,
    InitiativeRegistered,
    InitiativeRevised,
    Profile,
    Recorded,
    What,
    Withdrawn,
)
from tracker.domain.evidence import Erased, Source
from tracker.domain.searched import (
    FOLDING,
    account_texts,
    folded,
    profile_texts,
    searched_words,
    words_of,
)

SOURCES = (
    Source(title="One", publisher="Two", document="Three", url="https://four", quote="So it WAS"),
    Source(document="TASS"),
)
ACCOUNT = Account(
    mode="occurred",
    type="begun",
    on=parse_edtf("2024-03"),
    sources=SOURCES,
    stated_by="A minister",
    note="A note",
)
BARE = Account(mode="planned", type="held", on=parse_edtf("2024"), sources=(Source(url="x"),))
SAID = ("a", "begun", "it", "minister", "note", "so", "tass", "was")


def test_case_and_the_way_an_accent_is_written_make_no_difference() -> None:
    """Folded in NFC and in full; an accent is a letter of its own."""
    assert folded("STRASSE") == folded("straße") == "strasse"
    assert folded(unicodedata.normalize("NFD", "Élan")) == folded("élan") == "\xe9lan"
    assert folded("elan") != folded("élan")
    assert f"2/{unicodedata.unidata_version}" == FOLDING


def test_each_word_is_kept_once_in_order() -> None:
    """Of all texts, whatever stood between them."""
    assert words_of(["b  A\tb", "a\nC", ""]) == ("a", "b", "c")


def test_the_texts_of_an_initiative() -> None:
    """Its name and title, who takes part, and what it is about; the rest is an empty text."""
    profile = Profile(
        "Chabahar Port",
        "port",
        parties=("India", "Iran"),
        sector="Transport",
        tags=("sea", "rail"),
        summary="A harbour",
    )
    assert list(profile_texts("chabahar", profile)) == [
        ("title", "Chabahar Port"),
        ("slug", "chabahar"),
        ("summary", "A harbour"),
        ("party", "India"),
        ("party", "Iran"),
        ("sector", "Transport"),
        ("tag", "sea"),
        ("tag", "rail"),
    ]
    assert list(profile_texts("il-1", Profile("Port", "port"))) == [
        ("title", "Port"),
        ("slug", "il-1"),
        ("summary", ""),
        ("sector", ""),
    ]


def test_the_texts_of_a_fact() -> None:
    """Its note, of each source what was quoted and who said it, and who stated it."""
    assert list(account_texts(ACCOUNT)) == [
        ("note", "A note"),
        ("quote", "So it WAS"),
        ("source", "One · Two · Three · https://four"),
        ("quote", ""),
        ("source", "TASS"),
        ("stated_by", "A minister"),
    ]
    assert list(account_texts(BARE)) == [
        ("note", ""),
        ("quote", ""),
        ("source", "x"),
        ("stated_by", ""),
    ]


def test_what_was_erased_is_found_no_more() -> None:
    """Neither a note nor a quote."""
    gone = Account(
        mode="occurred",
        type="begun",
        on=parse_edtf("2024"),
        sources=(Source(document="TASS", quote=Erased("00")),),
        note=Erased("11"),
    )
    assert [text for _, text in account_texts(gone)] == ["", "", "TASS", ""]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (InitiativeRegistered(Profile("Port", "p", summary="b")), ("b", "il-1", "port")),
        (InitiativeRevised(Profile("Port", "p", parties=("RU",))), ("il-1", "port", "ru")),
        (Recorded(BARE), ("held", "x")),
        (Amended("f", "f", "a slip", BARE), ("held", "x")),
        (Withdrawn("f", "never happened"), None),
    ],
)
def test_the_words_of_an_event(what: What, words: tuple[str, ...] | None) -> None:
    """Of an initiative or a fact, its type among them; nothing is found in the others."""
    assert searched_words("il-1", what) == words


def test_the_words_of_a_fact_are_those_of_all_its_texts() -> None:
    """And of its type."""
    found = searched_words("il-1", Recorded(ACCOUNT))
    assert found == tuple(sorted({*SAID, "one", "two", "three", "https://four", "·"}))
