"""Recorded text is anybody's text: what reaches a terminal, a spreadsheet or a parser."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.render.safe import escape, json_text, spreadsheet_safe

ANY_TEXT = st.text(st.characters())
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HIDDEN = BIDI + "\u2028\u2029\u2060\ufeff\ud800\udfff\U000e0001\U000e0041\U000e007f"
CONTROLS = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x1b]8;;http://x\x07link", r"\x1b]8;;http://x\x07link"),
        ("a\x00b\x9bc\x7f", r"a\x00b\x9bc\x7f"),
        ("exe.\u202efdp", r"exe.\u202efdp"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800", r"\ud800"),
        ("one\ntwo\tthree\r", r"one\ntwo\tthree\r"),
        ("[red]text[/red] ₹5 क्षेत्रीय 印度 é 🇮🇳", "[red]text[/red] ₹5 क्षेत्रीय 印度 é 🇮🇳"),
    ],
)
def test_what_could_steer_a_terminal_is_shown_as_what_it_is(recorded: str, shown: str) -> None:
    """Dangerous characters are written out, and the rest is left alone."""
    assert escape(recorded) == shown


@given(st.text(st.sampled_from(CONTROLS + HIDDEN + "ab \\é")) | ANY_TEXT)
def test_no_dangerous_character_survives(text: str) -> None:
    """Whatever was recorded, no control, direction, tag or surrogate comes out."""
    shown = escape(text)
    assert not set(shown) & set(CONTROLS + HIDDEN)
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in shown)
    assert escape(shown) == shown


@given(st.text(st.characters(categories=("L", "M", "N", "P", "S", "Zs"))))
def test_ordinary_text_is_unchanged(text: str) -> None:
    """Letters, marks, numbers, punctuation, symbols and blanks of every script stay."""
    assert escape(text) == text


def test_line_ends_stay_where_they_are_welcome() -> None:
    """Text to be wrapped keeps its lines, and nothing else that is dangerous."""
    assert escape("a\r\nb\nc\x1b", newline_ok=True) == "a\nb\nc\\x1b"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON_VALUES, st.sampled_from([None, 2]))
def test_json_is_equal_once_parsed(value: object, indent: int | None) -> None:
    """Escaping for the terminal changes no value."""
    assert json.loads(json_text(value, indent=indent)) == value


@given(st.text(st.sampled_from(CONTROLS + HIDDEN + '\\"ab')))
def test_json_sends_no_dangerous_character(text: str) -> None:
    """A JSON text may be looked at in a terminal."""
    assert not set(json_text({text: text})) & set(CONTROLS + HIDDEN)


def test_json_keeps_lone_surrogates() -> None:
    """What no encoding takes is still valid JSON, escaped."""
    assert json_text(["\ud800", 2**70]) == '["\\ud800",1180591620717411303424]'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_a_formula_becomes_text(start: str) -> None:
    """A cell that a spreadsheet would run begins with a quote."""
    assert spreadsheet_safe(start + "1+1") == "'" + start + "1+1"


@pytest.mark.parametrize("text", ["", "il-114", "a=b", "'quoted", "2025-12-05", "../2030"])
def test_a_cell_without_a_formula_is_unchanged(text: str) -> None:
    """Slugs, dates and plain text get no quote."""
    assert spreadsheet_safe(text) == text
