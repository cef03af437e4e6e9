"""On whose word: grades and sources, as section 8 of the semantics has them."""

from __future__ import annotations

import pytest

from tracker.domain.evidence import (
    Erased,
    Source,
    explain_grade,
    is_unconfirmed,
    is_url,
    parse_grade,
)
from tracker.errors import Refused

WAY_OUT = "write a letter A to F for the source and a figure 1 to 6 for what it says, such as B2"


@pytest.mark.parametrize(
    ("written", "grade"), [("B2", "B2"), ("a1", "A1"), (" f6 ", "F6"), ("F1", "F1"), ("A6", "A6")]
)
def test_a_grade_is_a_letter_a_to_f_and_a_figure_1_to_6(written: str, grade: str) -> None:
    """In either case, with white space around it or not; kept in capitals."""
    assert parse_grade(written) == grade


@pytest.mark.parametrize("text", ["", "B", "2", "G2", "B7", "B0", "2B", "B22", "BB", "22", "B 2"])
def test_anything_else_is_no_grade(text: str) -> None:
    """Refused with the way out."""
    with pytest.raises(Refused) as refused:
        parse_grade(text)
    assert str(refused.value) == f"{text!r} is not an Admiralty grade; {WAY_OUT}"


@pytest.mark.parametrize(
    ("grade", "words"),
    [
        ("A1", "completely reliable, confirmed by other sources"),
        ("B2", "usually reliable, probably true"),
        ("C3", "fairly reliable, possibly true"),
        ("D4", "not usually reliable, doubtful"),
        ("E5", "unreliable, improbable"),
        ("F6", "reliability cannot be judged, truth cannot be judged"),
    ],
)
def test_a_grade_is_explained_in_the_words_of_the_admiralty_code(grade: str, words: str) -> None:
    """The source first, then what it says."""
    assert explain_grade(grade) == words


@pytest.mark.parametrize("grade", ["", "B", "Z9", "B9", "B22", "soon"])
def test_what_is_stored_as_a_grade_and_is_none_is_said_to_be_none(grade: str) -> None:
    """A log that an earlier build wrote, or that was damaged, is answered from all the same."""
    assert explain_grade(grade) == "no Admiralty grade"
    assert not Source(document="x", grade=grade).is_confirmed


@pytest.mark.parametrize(
    "url", ["https://pib.gov.in/1", "HTTP://tass.ru", "ipfs://bafy", "svn+ssh://a.b", "x3.y-z://q"]
)
def test_what_has_a_scheme_is_named_by_its_url(url: str) -> None:
    """White space around it is not part of it."""
    assert Source.named(f"  {url}\n") == Source(url=url)


@pytest.mark.parametrize(
    "text", ["TASS, 5 May", "https:/pib.gov.in", "see https://pib.gov.in", "https://a b", "://a"]
)
def test_what_has_none_is_named_as_a_document(text: str) -> None:
    """A text that only holds a URL is no URL."""
    assert Source.named(f" {text} ") == Source(document=text)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("https://a.b/c?d", True), ("a1://x", True), ("TASS", False), ("://a", False), ("", False)],
)
def test_a_url_has_a_scheme_and_no_white_space(text: str, *, is_one: bool) -> None:
    """From its first character to its last."""
    assert is_url(text) is is_one
    assert not is_url(f"see {text}")
    assert not is_url(f"{text} and more")


A, A_CONFIRMED = Source(url="https://a", grade="B2"), Source(url="https://a", grade="B1")
B = Source(url="https://b")


@pytest.mark.parametrize(
    ("sources", "is_alone"),
    [
        ((), False),
        ((A,), True),
        ((A_CONFIRMED,), False),
        ((B,), True),
        ((A, A), True),
        ((A, A, A), True),
        ((A, A_CONFIRMED), False),
        ((A, B), False),
        ((A, A, B), False),
    ],
)
def test_one_source_however_often_it_is_named_confirms_nothing(
    sources: tuple[Source, ...], *, is_alone: bool
) -> None:
    """A second one does, or a grade that says that others do; of none nothing can be said."""
    assert is_unconfirmed(sources) is is_alone


@pytest.mark.parametrize(
    ("grade", "is_confirmed"), [(None, False), ("A1", True), ("F1", True), ("A2", False)]
)
def test_credibility_1_alone_says_that_other_sources_confirm(
    grade: str | None, *, is_confirmed: bool
) -> None:
    """However reliable the source is."""
    assert Source(grade=grade).is_confirmed is is_confirmed


def test_a_source_is_called_by_its_title_document_url_or_publisher_whichever_is_first() -> None:
    """And by nothing where it has none of them."""
    whole = {"title": "Joint statement", "document": "a fax", "url": "https://a", "publisher": "A"}
    for name in ("title", "document", "url", "publisher"):
        assert Source(**whole).name == whole.pop(name)
    assert Source(quote="so it was", grade="A1").name == ""


def test_an_erased_text_equals_any_text_and_any_other_erased_one() -> None:
    """Nobody can say any more what it said; but it was a text."""
    erased = Erased("00" * 32)
    assert erased == "whatever"
    assert erased == Erased("11" * 32)
    assert erased != 7
    assert erased != None  # noqa: E711 -- the comparison itself is tested
    assert Source(quote=erased) == Source(quote="so it was")
    assert hash(erased) == hash(Erased("11" * 32)) == 0
