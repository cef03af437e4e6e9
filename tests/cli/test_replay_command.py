"""``replay``: the story step by step, for people and for programs."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from freezegun import freeze_time

from tests.cli.asking_story import NOW, answered, ask, on_terminal, tell
from tests.cli.desk import Desk
from tests.schemas import validate, validate_lines
from tracker import Tracker

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = "known at 2026-01-15T09:04:00Z (@14, root 00000000)"


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("replay") / "desk.db")
    tell(path)
    return path


def test_the_world_is_told_as_it_happened(db: str) -> None:
    """Developments by their last possible day, and silences where they grew too long."""
    assert (
        answered(db, "replay", "--as-of", "2027-12-31")
        == f"""\
2025-10  sj-100  not-started → memorandum   mou-signed
2025-12-04  il-114  not-started → talks   talks-initiated
2025-10/2026-02  sj-100  memorandum → feasibility   feasibility-study-underway
2027-12-05  il-114  talks → talks (dormant)   dormancy  (nothing heard since 2025-12-04)

4 steps as it happened, as of 2027-12-31, {KNOWN}
"""
    )


def test_knowledge_is_told_as_it_was_learned(db: str) -> None:
    """Every event, corrections and plans included, by the day of recording."""
    assert (
        answered(db, "replay", "il-114", "--axis", "knowledge")
        == f"""\
2025-12-10  il-114  unregistered → not-started   @2 initiative-registered  \
(Il-114-300 regional aircraft)
2025-12-10  il-114  not-started → talks   @3 talks-initiated of 2025-12-05
2026-01-15  il-114  talks   @10 amended talks-initiated of 2025-12-04  (the day of the dispatch)
2026-01-15  il-114  talks → memorandum   @11 mou-signed of 2025-12-20
2026-01-15  il-114  memorandum → talks   @12 withdrawn mou-signed of 2025-12-20  \
(the blog took it back)
2026-01-15  il-114  talks   @13 planned contract-signed of ../2027

6 steps as it was learned, as of 2026-03-01, {KNOWN}
"""
    )


def test_a_part_of_the_story_stands_on_what_went_before(db: str) -> None:
    """--from and --to show a part; what stood before it is known."""
    assert (
        answered(db, "replay", "--axis", "knowledge", "--from", "@11", "--to", "@11")
        == f"""\
2026-01-15  il-114  talks → memorandum   @11 mou-signed of 2025-12-20

1 step as it was learned, as of 2026-03-01, {KNOWN}
"""
    )


def test_the_board_shows_where_all_stood(db: str) -> None:
    """What was not shown is on it too, and what has not started is counted."""
    assert (
        answered(db, "replay", "--from", "2025-12", "--to", "2025-12", "--board")
        == f"""\
2025-12-04  il-114  not-started → talks   talks-initiated
    initiative  phase       condition
    il-114      talks       active
    sj-100      memorandum  active
    and 1 not-started

1 step as it happened, as of 2026-03-01, {KNOWN}
"""
    )


def test_the_retired_leave_the_board(db: str) -> None:
    """Along the knowledge axis it has those that were registered by then."""
    words = ("--axis", "knowledge", "--from", "@8", "--to", "@9", "--board")
    told = answered(db, "replay", *words)
    assert told.count("dup         not-started  active\n") == 1
    assert "dup  not-started → retired   @9 initiative-retired  (the same as il-114; now" in told


@pytest.mark.parametrize("axis", ["world", "knowledge"])
def test_every_format_holds_the_same_steps(db: str, axis: str) -> None:
    """JSON and JSON lines keep to their schema; CSV and Markdown have a row for each step."""
    words = ("replay", "--axis", axis, "--as-of", "2027-12-31")
    answer = validate(answered(db, *words, "--json"))
    assert answer["axis"] == axis
    items = answer["items"]
    assert validate_lines(answered(db, *words, "--format", "jsonl"), "replay") == items
    rows = list(csv.DictReader(io.StringIO(answered(db, *words, "--format", "csv"))))
    assert [row["initiative"] for row in rows] == [item["initiative"] or "" for item in items]
    assert answered(db, *words, "--format", "markdown").count("\n") == len(items) + 4


def test_a_step_as_json(db: str) -> None:
    """The fields of the contract."""
    item = validate(answered(db, "replay", "il-114", "--json"))["items"][0]
    assert item == {
        "position": 10,
        "on": "2025-12-04",
        "recorded_at": "2026-01-15T09:00:00.000000Z",
        "initiative": "il-114",
        "kind": "development",
        "type": "talks-initiated",
        "before": {"phase": "not-started", "condition": "active"},
        "after": {"phase": "talks", "condition": "active"},
        "note": None,
        "mode": "occurred",
    }


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["--step"], 2, "--step waits for Enter, and there is no terminal"),
        (["--step", "--pace", "1"], 2, "leave one of the two out"),
        (["--board", "--json"], 2, "leave it out with --format json"),
        (["--pace", "-1"], 2, "--pace"),
        (["--pace", "abc"], 2, "--pace needs a number of seconds, such as 1.5"),
        (["--from", "2027", "--to", "2026"], 2, "swap the two"),
        (["--from", "03/04/2025"], 5, "03/04/2025"),
        (["--phase", "talk"], 2, "talks"),
        (["no-such"], 3, "no-such"),
        (["--as-of", "2026-02-30"], 5, "2026-02-30"),
        (["--known-at", "@99"], 3, "@99"),
    ],
)
def test_what_cannot_be_told_is_refused(db: str, words: list[str], code: int, why: str) -> None:
    """With the exit code of its kind, before anything is written."""
    done = ask(db, "replay", *words)
    assert (done.exit_code, done.stdout) == (code, "")
    assert why in done.stderr


def test_nothing_to_tell_is_said(tmp_path: Path, db: str) -> None:
    """An empty story is an answer, and so is the story of an empty log."""
    assert (
        answered(db, "replay", "--to", "2020")
        == f"No step to tell as it happened, as of 2026-03-01, {KNOWN}.\n"
    )
    path = str(tmp_path / "empty.db")
    with freeze_time(NOW), Tracker.open(path, create=True):
        pass
    assert answered(path, "replay", "--axis", "knowledge").startswith("No step to tell")
    assert validate(answered(path, "replay", "--json"))["items"] == []


def test_a_pace_is_kept(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits between steps, and not before the first."""
    waits: list[float] = []
    monkeypatch.setattr("tracker.cli.replay.time.sleep", waits.append)
    answered(db, "replay", "--pace", "0.5")
    assert waits == [0.5] * 3  # three steps and the last line


def test_by_step_it_waits_for_enter(db: str) -> None:
    """Enter shows the next; q ends it, with nothing more said."""
    code, screen = Desk(db).typed("replay", "--axis", "knowledge", "--step", answers=["", "q"])
    assert code == 0
    assert "@1 lifecycle-adopted" in screen
    assert "@2 initiative-registered" in screen
    assert "@3" not in screen


def test_on_a_terminal_it_keeps_to_the_width(db: str) -> None:
    """What does not fit goes on below, indented."""
    seen = on_terminal(db, "--color", "never", "replay", "--axis", "knowledge", columns=60)
    assert all(len(line) <= 60 for line in seen.splitlines())
    assert (
        "2026-01-15  il-114  talks\n"
        "            @10 amended talks-initiated of 2025-12-04\n"
        "            (the day of the dispatch)\n"
    ) in seen


def test_hostile_text_is_shown_escaped(tmp_path: Path) -> None:
    """A note or a title steers no terminal."""
    path = str(tmp_path / "hostile.db")
    with freeze_time(NOW), Tracker.open(path, create=True) as log:
        log.register("a", title="\x1b[2J", lifecycle="co-production")
        log.record("a", "talks-initiated", on="2026-01-01", source="x", note="=1\x1b]0;x\x07")
    for axis in ("world", "knowledge"):
        for form in ("table", "json", "jsonl", "csv", "markdown"):
            told = answered(path, "replay", "--axis", axis, "--format", form)
            assert "\x1b" not in told
            assert "\x07" not in told
    assert "'=1" in answered(path, "replay", "--format", "csv")


def test_without_unicode_the_arrows_are_ascii(db: str) -> None:
    """An output that has no arrows gets two characters."""
    done = Desk(db).apart("replay", env={"PYTHONIOENCODING": "ascii"})
    assert "not-started -> talks" in done.stdout
