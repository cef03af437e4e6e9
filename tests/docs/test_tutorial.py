"""The tutorial typed along on one afternoon: its story takes two years, a reader half an hour."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from freezegun import freeze_time

from tests.docs.test_examples import ROOT, blocks, session, typed

PAGE = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
AFTERNOON = "2026-11-26T14:00:00"


@pytest.fixture
def typed_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line of the tutorial, typed at a moment at which nothing of it is news."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRACKER_DB", "tutorial.db")
    monkeypatch.setenv("TRACKER_BY", "mira")
    with freeze_time(AFTERNOON, tick=False):
        for block in blocks(PAGE):
            if block.language == "console":
                for line, _ in session(block.body):
                    typed(line)


@pytest.mark.parametrize(
    ("hint", "line", "told"),
    [
        ("--as-of 2026-01-31 --known-at @5", "status il-114 {}", r"^il-114 +feasibility +active"),
        (
            "tracker diff @5 @6 --axis knowledge --as-of 2026-01-31",
            "{}",
            "feasibility → memorandum +learned: mou-signed",
        ),
        ("--known-at @6", "status il-114 {}", r"^il-114 +memorandum"),
        ("--as-of 2028-03-01", "status il-114 {}", r"memorandum +dormant \(inferred\) +2028-02-01"),
    ],
)
@pytest.mark.usefixtures("typed_along")
def test_who_types_along_is_told_the_same(hint: str, line: str, told: str) -> None:
    """What the tutorial says to ask instead is said in it, and gives what the story gives."""
    assert f"if you type along: `{hint}`" in PAGE
    with freeze_time(AFTERNOON, tick=False):
        printed = typed(f"tracker {line.format(hint.removeprefix('tracker '))}")
    assert re.search(told, printed, re.MULTILINE), printed
