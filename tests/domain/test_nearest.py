"""The names that are offered for one that was not found, and those that are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.application.shipped import shipped_lifecycle, shipped_names
from tracker.domain.nearest import did_you_mean, nearest

SLUGS = ("il-114", "il-114-engine", "il-96", "fta", "rupee-trade", "kudankulam-5-6")
PARTIES = ("India", "HAL", "Ministry of Commerce", "Eurasian Economic Union", "Россия")


def types(lifecycle: str) -> tuple[str, ...]:
    found = shipped_lifecycle(lifecycle)
    assert found is not None
    return tuple(each.type for each in found.developments)


@pytest.mark.parametrize(
    ("word", "names", "offered"),
    [
        # A letter too many, too few, another, and two in the wrong order.
        ("il-1144", SLUGS, ["il-114"]),
        ("il-14", SLUGS, ["il-114"]),
        ("il-115", SLUGS, ["il-114"]),
        ("li-96", SLUGS, ["il-96"]),
        ("HAK", PARTIES, ["HAL"]),
        ("Indai", PARTIES, ["India"]),
        ("росия", PARTIES, ["Россия"]),
        ("Minstry of Comerce", PARTIES, ["Ministry of Commerce"]),
        ("mou-sined", types("co-production"), ["mou-signed"]),
        ("co-productoin", shipped_names(), ["co-production"]),
        ("dialog", shipped_names(), ["dialogue"]),
        ("sined", types("trade-agreement"), ["signed"]),
        # A beginning.
        ("rupee", SLUGS, ["rupee-trade"]),
        ("Eurasian", PARTIES, ["Eurasian Economic Union"]),
        ("il_114_eng", SLUGS, ["il-114-engine"]),
        # A word of a longer name, or several, in any order, and spelt nearly so.
        ("mou", types("co-production"), ["mou-signed"]),
        ("engine", SLUGS, ["il-114-engine"]),
        ("Commerce", PARTIES, ["Ministry of Commerce"]),
        ("signed mou", types("co-production"), ["mou-signed"]),
        ("comerce ministry", PARTIES, ["Ministry of Commerce"]),
    ],
)
def test_what_is_near_is_offered(word: str, names: tuple[str, ...], offered: list[str]) -> None:
    """A mistyped name, the beginning of one, or words out of one: and nothing beside it."""
    assert nearest(word, names) == offered


@pytest.mark.parametrize(
    ("word", "names", "offered"),
    [
        # Thirteen letters of twenty are just enough, twelve are too few.
        ("abcdefghijklmnopqrst", ["abcdefghijklm1234567"], ["abcdefghijklm1234567"]),
        ("abcdefghijklmnopqrst", ["abcdefghijkl12345678"], []),
        # Two letters are a beginning, one is none.
        ("ru", SLUGS, ["rupee-trade"]),
        ("r", SLUGS, []),
        # A word of four letters may have one mistake, one of three none, one of eight two.
        ("sudy", ["joint-study-begun"], ["joint-study-begun"]),
        ("moo", ["joint-mou-signed"], []),
        ("comrece", ["ministry of commerce"], []),
        ("comercce", ["ministry of commerce"], ["ministry of commerce"]),
        ("comrrcce", ["ministry of commerce"], []),
    ],
)
def test_near_has_limits(word: str, names: list[str], offered: list[str]) -> None:
    """As much as is said of it above, and no more."""
    assert nearest(word, names) == offered


def test_the_best_comes_first_and_equals_as_they_were_given() -> None:
    """Neither the order of the alphabet nor its opposite."""
    assert nearest("signed", ["zigned", "signed", "assigned"]) == ["signed", "zigned", "assigned"]
    assert nearest("signed", ["zigned", "aigned"]) == ["zigned", "aigned"]
    assert nearest("signed", ["aigned", "zigned"]) == ["aigned", "zigned"]
    assert nearest("il", ["il-4", "il-3", "il-2", "il-1"]) == ["il-4", "il-3", "il-2"]
    assert nearest("il", ["il-4", "il-3"], 1) == ["il-4"]


def test_a_word_of_several_names_offers_them() -> None:
    """Each name that has the word is near, and none is nearer than another."""
    known = types("co-production")
    found = nearest("study", known, 10)
    assert found
    assert set(found) == {each for each in known if "study" in each.split("-")}


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("nope", SLUGS),
        ("x", SLUGS),
        ("i", SLUGS),
        ("114-il-a-very-long-name-of-nothing", SLUGS),
        ("retired", types("co-production")),
        ("zz", types("co-production")),
        ("nonsense", types("trade-agreement")),
        ("ratio", types("co-production")),
        ("China", ("Ministry of Commerce", "HAL")),
        ("", SLUGS),
        ("---", SLUGS),
        ("il-114", ()),
    ],
)
def test_what_is_far_is_not_offered(word: str, names: tuple[str, ...]) -> None:
    """A wrong guess costs a reader more than none."""
    assert nearest(word, names) == []
    assert did_you_mean(word, names) == ""


@given(st.text(max_size=40), st.lists(st.text(max_size=40), max_size=6))
def test_no_text_makes_it_fail(word: str, names: list[str]) -> None:
    """What was typed may be anything; what is offered is always one of the names, and once."""
    found = nearest(word, names)
    assert set(found) <= set(names)
    assert len(set(found)) == len(found) <= 3
