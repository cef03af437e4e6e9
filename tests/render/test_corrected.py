"""What a correction changed, in words: short values with what they were, of sources which."""

from __future__ import annotations

from typing import Any

import pytest

from tracker.render.corrected import changed_text

PARTS = ("url", "document", "title", "publisher", "published_on", "accessed_on", "quote", "grade")


def source(**parts: str) -> dict[str, Any]:
    """A source as JSON has it."""
    return {**dict.fromkeys(PARTS), **parts}


A = source(url="https://example.org/a", grade="C3")
B = source(document="Cable 12", title="Cable")
C = source(publisher="PIB", quote="so it is")
DOCUMENT = source(document="Cable 13", title="Cable 13")


def told(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> str:
    return changed_text({"changed": [{"field": "sources", "before": before}], "sources": after})


def test_a_first_version_changed_nothing() -> None:
    """Nor does an item that knows of no changes."""
    assert changed_text({"changed": [], "sources": [A]}) == ""
    assert changed_text({"sources": [A]}) == ""


def test_what_is_short_is_said_with_what_it_was() -> None:
    """A note is not; what was open or not there is named so."""
    changed = [
        {"field": "type", "before": "mou-signed"},
        {"field": "on", "before": "2026-02"},
        {"field": "stated_by", "before": "a minister"},
        {"field": "note", "before": None},
        {"field": "fulfils", "before": "019c46c7-6a80-7aeb-bee9-92e6f9e2444a"},
        {"field": "after", "before": None},
    ]
    assert changed_text({"changed": changed, "sources": []}) == (
        "type (was mou-signed), date (was 2026-02), stated by, note, plan, after"
    )
    assert changed_text({"changed": [{"field": "on", "before": None}]}) == "date (was open)"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ([A], [A, B], "source 2 added"),
        ([A], [B, A, C], "source 1 added, source 3 added"),
        ([A], [{**A, "grade": "A1"}], "source 1 (grade was C3)"),
        (
            [A, C],
            [A, {**C, "grade": "B2", "quote": "so it was", "published_on": "2026"}],
            "source 2 (published was none, quote, grade was none)",
        ),
        ([A, B], [A], "a source removed: Cable"),
        ([A, C], [], "a source removed: https://example.org/a, a source removed: PIB"),
        ([source(document="Cable 13")], [], "a source removed: Cable 13"),
        (
            [A, B],
            [{**B, "title": "Telegram"}],
            "source 1 (title), a source removed: https://example.org/a",
        ),
        ([A, B], [B, A], "the order of sources"),
        ([A, A], [A], "a source removed: https://example.org/a"),
        ([A, B], [B, C], "source 2 added, a source removed: https://example.org/a"),
        ([A], [C], "source 1 (url, publisher was none, quote, grade was C3)"),
        (
            [DOCUMENT],
            [{**DOCUMENT, "document": "Cable 14", "title": "Cable 14"}],
            "source 1 (document)",
        ),
        ([DOCUMENT], [{**DOCUMENT, "title": "Reply"}], "source 1 (title)"),
        (
            [{**C, "publisher": "a\nfinding: b " + "c" * 40}],
            [C],
            "source 1 (publisher was a finding: b " + "c" * 27 + "…)",
        ),
    ],
)
def test_of_sources_it_says_which_and_what_of_them(
    before: list[dict[str, Any]], after: list[dict[str, Any]], said: str
) -> None:
    """What is there twice stays as it is; of the rest the first took the place of the first."""
    assert told(before, after) == said
