"""Sources: which are one, and when a development rests on one that nobody confirms."""

from __future__ import annotations

import pytest

from tracker.domain.evidence import Source, is_unconfirmed

URL = "https://example.org/a"
OTHER = "https://example.org/b"


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (Source(url=URL), Source(url=URL, title="A", grade="B2"), True),
        (Source(url=URL, publisher="MoC"), Source(url=OTHER, publisher="MoC"), False),
        (Source(url=URL, publisher="MoC"), Source(publisher="MoC"), False),
        (Source(document="S1"), Source(document="S1"), True),
        (Source(document="S1"), Source(document="S1", publisher="MoC"), True),
        (Source(document="S1", publisher="PMO"), Source(document="S1", publisher="MoC"), False),
        (Source(document="S1", publisher="MoC"), Source(document="S2", publisher="MoC"), False),
        (Source(title="T", publisher="MoC"), Source(title="T", publisher="MoC"), True),
        (Source(title="T"), Source(publisher="MoC"), False),
    ],
)
def test_two_sources_are_one_publication(one: Source, other: Source, is_same: bool) -> None:
    """By its address; without one by document, title and publisher as far as both say them."""
    assert one.is_same_origin(other) is is_same
    assert other.is_same_origin(one) is is_same


@pytest.mark.parametrize(
    ("sources", "is_single"),
    [
        ((), False),
        ((Source(url=URL),), True),
        ((Source(url=URL, grade="A1"),), False),
        ((Source(url=URL), Source(url=OTHER)), False),
        ((Source(url=URL), Source(url=URL, quote="q")), True),
        ((Source(url=URL), Source(url=URL, grade="A1")), False),
        ((Source(url=URL), Source(url=URL), Source(url=OTHER)), False),
        ((Source(document="S1"), *(Source(document="S1", publisher=p) for p in "AB")), False),
    ],
)
def test_distinct_sources_are_counted(sources: tuple[Source, ...], is_single: bool) -> None:
    """A source named twice is one; a grade of credibility 1 says that others confirm it."""
    assert is_unconfirmed(sources) is is_single
