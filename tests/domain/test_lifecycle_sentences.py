"""What is said of a lifecycle with faults, word for word and all of it, at the limits too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from tests.domain.test_lifecycle import TALKS, another
from tracker.domain.lifecycle import COMMON_TYPES, faults, read_lifecycle
from tracker.domain.lifecycle_reader import faults_in, long_names, word_key

COMMON = [each.type for each in COMMON_TYPES]
TEXT = "must be a text in quotes, not"
SLUG = 'must be small letters a-z and digits, words joined by single hyphens, as in "mou-signed".'


def definition(**changes: Any) -> dict[str, Any]:
    """Plain data without a fault, but for *changes* of what stands at the top."""
    return {
        "name": "road",
        "title": "A road",
        "phase": [{"name": "talks", "title": "Talks", "definition": "They talk."}],
        "development": [{"type": "begun", "title": "Begun", "enters": "talks"}],
        **changes,
    }


def found(told: Mapping[str, object]) -> list[str]:
    return list(faults_in(told, common=COMMON))


def test_plain_data_without_a_fault_has_none() -> None:
    """What the others change."""
    assert found(definition()) == []
    assert list(long_names(definition())) == []


# -- values as they are shown ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (False, "false"),
        (1.5, "the number with a decimal point 1.5"),
        (7, "the number 7"),
        (10**18 - 1, "the number 999999999999999999"),
        (1 - 10**18, "the number -999999999999999999"),
        (10**18, "a very large number"),
        (-(10**18), "a very large number"),
        (10**30, "a very large number"),
        ([], "a list"),
        ({}, "a table"),
        (None, "nothing"),
        (date(2025, 1, 1), "a date or a time"),
    ],
)
def test_a_value_that_is_no_text_is_shown_by_its_kind(value: object, shown: str) -> None:
    """Short, and in words."""
    assert found(definition(title=value)) == [f"At the top: title {TEXT} {shown}."]


def test_a_text_is_shown_up_to_sixty_characters() -> None:
    """And with nothing in it that a terminal obeys."""
    for name, shown in (
        ("A" * 60, "A" * 60),
        ("A" * 61, "A" * 60 + "…"),
        ("A\x1b[31m", "A\\u001b[31m"),
        ("A\u202e", "A\\u202e"),
    ):
        assert found(definition(name=name)) == [f'At the top: name = "{shown}" {SLUG}']


@pytest.mark.parametrize("mark", ["\x00", "\x1b", "\x85", "\n", "\ud800", "\u2028", "\u2029"])
def test_a_text_is_one_plain_line(mark: str) -> None:
    """No control character, half of a character, or end of a line or paragraph."""
    shown = f"\\u{ord(mark):04x}"
    assert found(definition(title=f"A{mark}road")) == [
        f'At the top: title = "A{shown}road" holds a control character; keep it to one plain line.'
    ]


# -- where a fault is ------------------------------------------------------------------------------


def test_a_table_is_named_by_its_number_and_its_name_if_it_has_one() -> None:
    """Each fault with the place of its own table."""
    phases = [
        {"name": "talks", "title": "Talks", "definition": "They talk."},
        {"name": "limbo", "title": 7, "definition": "Nothing moves."},
        {"name": 7, "title": "Seven", "definition": "None."},
    ]
    assert found(definition(phase=phases)) == [
        f'[[phase]] 2 ("limbo"): title {TEXT} the number 7.',
        f"[[phase]] 3: name {TEXT} the number 7.",
        (
            '[[phase]] 2 ("limbo"): no development enters it; add a [[development]] with enters = '
            '"limbo".'
        ),
    ]
    developments = [
        {"type": "begun", "title": "Begun", "enters": "talks"},
        {"title": "Second", "aliases": ["begun", "Begun"]},
        {"type": "third", "title": "Third", "enters": "not-started"},
        {"type": "not-started", "title": "Fourth", "ends": "not-started"},
    ]
    assert found(definition(development=developments)) == [
        '[[development]] 2: it has no type; write type = "a-short-name".',
        (
            '[[development]] 3 ("third"): enters = "not-started" is kept for before the '
            "first phase; "
            "choose another name."
        ),
    ]


def test_a_key_that_is_nearly_one_is_guessed() -> None:
    """However it is written, and if six of ten letters are right."""
    for key, hint in (
        ("TITLE", 'did you mean "title"?'),
        ("tixxe", 'did you mean "title"?'),
        (
            "the-title-of-it",
            "the keys are name, title, reference, dormant_after, phase, development.",
        ),
        ("txxxe", "the keys are name, title, reference, dormant_after, phase, development."),
    ):
        assert found(definition(**{key: "x"})) == [f'At the top: there is no key "{key}"; {hint}']


def test_words_for_types_are_told_apart() -> None:
    """Titles as well as aliases; a word for one's own type is no fault, nor is one of nothing."""
    developments = [
        {"type": "begun", "title": "Begun", "enters": "talks"},
        {"type": "second", "title": "BEGUN!"},
        {"type": "third", "title": "Same", "aliases": ["third", "same", " "]},
        {"type": "fourth", "title": "same"},
        {"type": "fifth", "title": "!?"},
        {"type": "sixth", "title": "On hold"},
    ]
    assert found(definition(development=developments)) == [
        '[[development]] 3 ("third"): each of the aliases is empty; write one line of text.',
        (
            '[[development]] 2 ("second"): the title "BEGUN!" is the name of the type '
            '"begun"; leave '
            "it out or change it."
        ),
        (
            '[[development]] 4 ("fourth"): the title "same" is a word for "third" too; '
            "leave it with "
            "one of them."
        ),
    ]


def test_a_word_is_what_is_left_without_case_and_punctuation() -> None:
    """Letters, marks and numbers, in the form that is compared."""
    assert word_key(" MoU  Signed! (2)") == "mousigned2"
    assert word_key("ｍｏｕ-Ⅳ") == "mouiv"
    assert word_key("हिन्दी") == "हिन्दी"
    assert word_key("XX+$ ") == "xx"


# -- the file --------------------------------------------------------------------------------------


def test_a_byte_order_mark_is_the_only_fault_of_a_file_that_begins_with_one() -> None:
    """All that comes after it is read."""
    assert faults("\ufeff" + TALKS) == [
        "The file begins with a byte order mark; save it as UTF-8 without one."
    ]


def test_a_line_has_up_to_a_hundred_full_stops() -> None:
    """Else it is named by its number, before anybody tries to read it."""
    assert faults(f"# {'.' * 100}\n{TALKS}") == []
    assert faults(f"\n# {'.' * 101}\n{TALKS}") == [
        "Line 2 cannot be read: it has more than 100 full stops; break it into several."
    ]
    assert faults("\ufeff" + "." * 101) == [
        "The file begins with a byte order mark; save it as UTF-8 without one.",
        "Line 1 cannot be read: it has more than 100 full stops; break it into several.",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "a = " + "[" * 9000,
            "This is not a lifecycle: its lists or tables nest too deeply.",
        ),
        (
            "a = " + "9" * 5000,
            (
                "This is not valid TOML: a number or date in it is out of range; write numbers as "
                "short texts."
            ),
        ),
        (
            'a = 1\n\nname = "b',
            "This is not valid TOML: Unterminated string (at line 3, the last one).",
        ),
    ],
    ids=["nested", "large", "open"],
)
def test_a_file_that_is_no_toml_is_told_why(text: str, sentence: str) -> None:
    """With the line where there is one."""
    assert faults(text) == [sentence]


def test_an_empty_file_lacks_everything() -> None:
    """In the order of the form."""
    assert faults("") == [
        'At the top: it has no name; write name = "a-short-name".',
        'At the top: it has no title; write title = "…".',
        "At the top: there is no [[phase]]; a lifecycle needs at least one.",
    ]


# -- long names ------------------------------------------------------------------------------------


def test_a_name_has_up_to_eighty_characters() -> None:
    """Wherever one stands."""
    fits, long = "a" * 80, "a" * 81
    for name in (fits, long):
        told = {
            "name": name,
            "phase": [{"name": "talks"}, {"name": name}],
            "development": [
                {"type": name, "enters": name, "ends": "x"},
                {"type": "b", "ends": name, "enters": 7},
            ],
        }
        shown = f'"{"a" * 60}…" has more than 80 characters.'
        here = f'("{"a" * 60}…")'
        assert list(long_names(told)) == (
            []
            if name == fits
            else [
                f"At the top: name = {shown}",
                f"[[phase]] 2 {here}: name = {shown}",
                f"[[development]] 1 {here}: type = {shown}",
                f"[[development]] 1 {here}: enters = {shown}",
                f'[[development]] 2 ("b"): ends = {shown}',
            ]
        )


# -- what is found ---------------------------------------------------------------------------------


def test_a_phase_is_found_by_its_name() -> None:
    """The whole of it; and a lifecycle without a reference has none."""
    lifecycle = read_lifecycle(another(type='"a"', title='"A"'), "talks.toml")
    phase = lifecycle.phase("talks")
    assert phase == lifecycle.phases[0]
    assert phase is not None
    assert (phase.name, phase.title) == ("talks", "Talks")
    assert lifecycle.phase("limbo") is None
    assert lifecycle.reference == ""
