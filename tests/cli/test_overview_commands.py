"""``timeline``, ``stats``, ``attention`` and ``search``, for people and for programs."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from freezegun import freeze_time

from tests.cli.asking_story import NOW, answered, ask, on_terminal, rooted, tell
from tests.cli.desk import Desk
from tests.schemas import validate, validate_lines
from tracker import Tracker

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = "known at 2026-01-15T09:04:00Z (@14, root 00000000)"
QUESTIONS = [["timeline"], ["stats"], ["attention"], ["search", "a"]]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("overview") / "desk.db")
    tell(path)
    return path


@pytest.fixture
def empty(tmp_path: Path) -> str:
    path = str(tmp_path / "empty.db")
    with freeze_time(NOW), Tracker.open(path, create=True):
        pass
    return path


def test_a_timeline_in_ascii(db: str) -> None:
    """Bands, marks, a key of the signs, and all of it in words."""
    assert (
        answered(db, "timeline", "il-114", "--as-of", "2028-03-01", "--ascii")
        == f"""\
          2026-01 2026-04 2026-07 2026-10 2027-01 2027-04 2027-07 2027-10
        --+-------+-------+-------+-------+-------+-------+-------+-------------
il-114  A===============================================================A......>
        2x                                                                !

= active   . dormant or inferred   > continues   o development   ! overdue
% amended since   x withdrawn   2 that many marks in one place (* over nine)

il-114: Il-114-300 regional aircraft
  A  Talks: 2025-12-04 to 2027-12-04
  A  Talks: from 2027-12-05 (dormant, inferred)
  !  by 2027-12-31 contract-signed (overdue)
  o  2025-12-04 talks-initiated
  %  2025-12-05 talks-initiated, now 2025-12-04 (amended)
  x  2025-12-20 mou-signed (withdrawn)

1 initiative, as of 2028-03-01, {KNOWN}
"""
    )


def test_a_timeline_is_as_wide_as_the_terminal(db: str) -> None:
    """And in Unicode, where the terminal has it; ASCII where the output has no more."""
    seen = on_terminal(db, "--color", "never", "timeline", "--as-of", "2028-03-01", columns=70)
    assert all(len(line) <= 70 for line in seen.splitlines())
    assert "●" in seen
    assert Desk(db).apart("timeline", env={"PYTHONIOENCODING": "ascii"}).stdout.isascii()
    code, screen = Desk(db).typed("timeline", answers=[])  # a real terminal, and a dumb one
    assert (code, screen.isascii()) == (0, True)


@pytest.mark.parametrize("columns", ["999999999", "99999999999999999999"])
def test_a_timeline_is_no_wider_than_any_screen(
    db: str, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever $COLUMNS says."""
    monkeypatch.setenv("COLUMNS", "1000")
    drawn = answered(db, "timeline")
    monkeypatch.setenv("COLUMNS", columns)
    assert answered(db, "timeline") == drawn


def test_a_timeline_as_a_picture(db: str, tmp_path: Path) -> None:
    """One whole file, in the place of what was there only with --force."""
    picture = tmp_path / "timeline.svg"
    picture.write_text("old", encoding="utf-8")
    refused = ask(db, "timeline", "--svg", str(picture))
    assert (refused.exit_code, picture.read_text(encoding="utf-8")) == (5, "old")
    assert "is there already; name another file, or add --force" in refused.stderr
    done = ask(db, "timeline", "--svg", str(picture), "--force")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "3 initiatives" in done.stderr
    assert ask(db, "timeline", "--svg", str(picture)).exit_code == 0  # one of before
    told = picture.read_text(encoding="utf-8")
    assert ET.fromstring(told).tag == "{http://www.w3.org/2000/svg}svg"
    assert "SJ-100 jet" in told
    assert "as of 2026-03-01" in told
    assert [path.name for path in tmp_path.iterdir()] == ["timeline.svg"]
    assert answered(db, "timeline", "--svg", "-") == rooted(told)
    assert ask(db, "timeline", "--svg", str(tmp_path / "no" / "x.svg")).exit_code == 6
    assert ask(db, "timeline", "--svg", "x.svg", "--json").exit_code == 2


def test_a_timeline_as_json(db: str) -> None:
    """Spans and marks, days inclusive, what lasts without an end."""
    items = validate(answered(db, "timeline", "--json"))["items"]
    assert [item["initiative"] for item in items] == ["eaeu-fta", "il-114", "sj-100"]
    assert items[2]["spans"][1] == {
        "phase": "memorandum",
        "phase_title": "Memorandum",
        "condition": "active",
        "outcome": None,
        "basis": "observed",
        "certain": False,
        "start": "2025-10-31",
        "end": "2026-01-14",
    }
    assert items[2]["spans"][2]["end"] is None
    assert items[1]["marks"][1] == {
        "kind": "amended",
        "fact": "il-114#2",
        "position": 3,
        "type": "talks-initiated",
        "on": "2025-12-05",
        "lo": "2025-12-05",
        "hi": "2025-12-05",
        "instead": "2025-12-04",
    }


def test_figures(db: str) -> None:
    """By phase, in the order of the lifecycle; then how they are to be read."""
    assert (
        answered(db, "stats")
        == f"""\
lifecycle        phase        now  days spent  days so far
co-production    talks          1              87
co-production    feasibility    1              45
co-production    memorandum     0  76
trade-agreement  not-started    1

3 initiatives, as of 2026-03-01, {KNOWN}

Days: the median, the quartiles in brackets, and of how many stays.
Delay of recording: 6 (3–23) of 3 developments.
"""
    )


def test_figures_with_filters(db: str) -> None:
    """Of those in one phase: their earlier stays count too."""
    items = validate(answered(db, "stats", "--phase", "feasibility", "--json"))["items"]
    assert {(item["measure"], item["phase"], item["median"]) for item in items} == {
        ("now", "feasibility", None),
        ("running", "feasibility", 45),
        ("ended", "memorandum", 76),
        ("delay", None, 20),
    }


def test_what_needs_attention(db: str) -> None:
    """The most pressing kind first, ages counted up to the as-of date."""
    assert (
        answered(db, "attention", "--overdue", "--dormant", "--as-of", "2028-03-01")
        == f"""\
initiative  kind          since       days  what
il-114      plan-overdue  2028-01-01    60  contract-signed was planned for ../2027 and is not on \
record as done (il-114#6)
il-114      dormant       2027-12-05    87  nothing heard since 2025-12-04, in phase talks \
(il-114#2)
sj-100      dormant       2028-01-16    45  nothing heard since 2025-10/2026-02, in phase \
feasibility (sj-100#3)

3 notices, as of 2028-03-01, {KNOWN}
"""
    )
    everything = validate(answered(db, "attention", "--json", "--as-of", "2028-03-01"))["items"]
    assert {item["kind"] for item in everything} == {"plan-overdue", "dormant", "single-source"}


def test_attention_of_some_initiatives(db: str) -> None:
    """Those named, or those that filters fit; a kind that is asked for beside them is no filter."""
    words = ("attention", "--as-of", "2028-03-01", "--format", "jsonl")

    def noticed(*more: str) -> set[tuple[str, str]]:
        items = validate_lines(answered(db, *words, *more), "attention")
        return {(item["initiative"], item["kind"]) for item in items}

    everything = noticed()
    assert noticed("sj-100") == {each for each in everything if each[0] == "sj-100"}
    assert noticed("--phase", "talks", "--dormant") == {("il-114", "dormant")}
    assert noticed("sj-100", "--phase", "talks") == set()
    assert ("il-114", "plan-overdue") in noticed("--condition", "dormant")
    assert answered(db, "attention", "sj-100", "--overdue", "--as-of", "2028-03-01").startswith(
        "Nothing needs attention, as of 2028-03-01"
    )


def test_attention_on_a_terminal_is_a_digest(db: str) -> None:
    """Grouped by kind, in lines that fit."""
    words = ("attention", "--single-source", "--as-of", "2026-03-01")
    seen = on_terminal(db, "--color", "never", *words, columns=60)
    assert all(len(line) <= 60 for line in seen.splitlines())
    assert seen.startswith(
        """\
Single unconfirmed source
  il-114, since 2025-12-04, 87 days
      talks-initiated of 2025-12-04 rests on a single
      unconfirmed source (il-114#2)
"""
    )


def test_search_finds_what_stands(db: str) -> None:
    """All words, in any order; what was withdrawn is not there."""
    assert (
        answered(db, "search", "discuss", "BEGUN")
        == f"""\
where     on          in     text
il-114#2  2025-12-04  quote  The sides have begun to discuss it.

1 place found, as of 2026-03-01, {KNOWN}
"""
    )
    (item,) = validate(answered(db, "search", "begun", "--json"))["items"]
    assert item == {
        "initiative": "il-114",
        "title": "Il-114-300 regional aircraft",
        "fact": "il-114#2",
        "position": 10,
        "on": "2025-12-04",
        "type": "talks-initiated",
        "field": "quote",
        "excerpt": "The sides have begun to discuss it.",
    }
    assert (
        answered(db, "search", "blog") == f"Nothing found for 'blog', as of 2026-03-01, {KNOWN}.\n"
    )
    assert answered(db, "search", "blog", "--known-at", "@11").startswith("where")
    seen = on_terminal(db, "--color", "never", "search", "begun", columns=60)
    assert seen.startswith(
        """\
il-114: Il-114-300 regional aircraft
  il-114#2 talks-initiated 2025-12-04, quote:
      The sides have begun to discuss it.
"""
    )


@pytest.mark.parametrize("words", QUESTIONS)
def test_every_format_says_the_same(db: str, words: list[str]) -> None:
    """JSON and JSON lines keep to their schemas; CSV and Markdown are tables."""
    answer = validate(answered(db, *words, "--json"))
    lines = answered(db, *words, "--format", "jsonl")
    assert validate_lines(lines, words[0]) == answer["items"]
    rows = list(csv.DictReader(io.StringIO(answered(db, *words, "--format", "csv"))))
    assert len(rows) >= len(answer["items"]) > 0
    assert answered(db, *words, "--format", "markdown").startswith("| ")


@pytest.mark.parametrize("words", QUESTIONS)
def test_an_empty_log_has_empty_answers(empty: str, words: list[str]) -> None:
    """Which is an answer: exit code 0 and a sentence."""
    told = answered(empty, *words)
    assert told.startswith(("No", "Nothing"))
    assert validate(answered(empty, *words, "--json"))["items"] == []


@pytest.mark.parametrize("words", QUESTIONS)
@pytest.mark.parametrize(
    ("option", "code"),
    [(["--as-of", "03/04/2025"], 5), (["--known-at", "@99"], 3), (["--formt", "json"], 2)],
)
def test_wrong_questions(db: str, words: list[str], option: list[str], code: int) -> None:
    """End with the code of what is wrong, and nothing on standard output."""
    done = ask(db, *words, *option)
    assert (done.exit_code, done.stdout) == (code, "")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["timeline", "no-such"], 3),
        (["timeline", "--phase", "no-such"], 2),
        (["stats", "--phase", "no-such"], 2),
        (["search"], 2),
        (["search", " "], 2),
    ],
)
def test_what_is_not_there(db: str, words: list[str], code: int) -> None:
    """A name, a filter value, or anything to look for."""
    done = ask(db, *words)
    assert (done.exit_code, done.stdout) == (code, "")


def test_hostile_text_is_shown_escaped(tmp_path: Path) -> None:
    """Whatever was recorded steers no terminal, and is no formula."""
    path = str(tmp_path / "hostile.db")
    with freeze_time(NOW), Tracker.open(path, create=True) as log:
        log.register("a", title="\x1b[2J a", lifecycle="co-production", summary="a\u202eb")
        log.record("a", "talks-initiated", on="2026-01-01", source="=a\x1b]0;x\x07")
    for words in QUESTIONS:
        for form in ("table", "json", "jsonl", "csv", "markdown"):
            told = answered(path, *words, "--format", form, "--as-of", "2030-01-01")
            assert not {"\x1b", "\x07", "\u202e"} & set(told)
    assert "\x1b" not in answered(path, "timeline", "--svg", "-")
    assert ",'=a" in answered(path, "search", "=a", "--format", "csv")
