"""``erase`` from the command line: what it prints, and what other commands show afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from freezegun import freeze_time

from tests.cli.desk import Desk, begun
from tests.schemas import validate

NOTE = "Anna told us"
SAID = ("--source", "A paper", "--quote", "says Anna", "--note", NOTE)
ERASE = ("erase", "il-114#2", "--reason", "personal", "--field")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """il-114 with a development that has a note and a quote (il-114#2, @4)."""
    desk = begun(str(tmp_path / "log.db"))
    with freeze_time("2025-12-10T09:00:00"):
        desk.done("record", "il-114", "talks-initiated", "--on", "2025-12-05", *SAID)
    return desk


def test_it_prints_what_was_appended(desk: Desk) -> None:
    """Handle, position and field; the finding of the fact; nothing the second time."""
    said = desk.run(*ERASE, "note")
    assert (said.exit_code, said.stdout) == (0, "il-114#3  @5  erased: note\n")
    again = desk.run(*ERASE, "note")
    assert (again.exit_code, again.stdout) == (0, "")
    assert again.stderr == "nothing to change: the log says so already (nothing appended)\n"
    (item,) = validate(desk.done(*ERASE, "quote", "--json"))["items"]
    assert (item["appended"][0]["kind"], item["appended"][0]["type"]) == ("text-erased", None)


def test_every_question_shows_that_it_was_erased(desk: Desk) -> None:
    """In the place of the text, at whatever viewpoint; and the log says when, why and by whom."""
    desk.done(*ERASE, "note")
    desk.done(*ERASE, "quote")
    for known_at in ((), ("--known-at", "@4")):
        for command in ("show", "history", "why"):
            answer = desk.done(command, "il-114", *known_at, "--json")
            assert "[erased]" in answer
            validate(answer)
    assert "[erased]" in desk.done("show", "il-114")
    log = desk.done("log", "il-114", "--kind", "text-erased")
    assert "text-erased il-114#2 note: personal (by desk)" in log
    assert "text-erased il-114#2 quote: personal (by desk)" in log
    validate(desk.done("log", "--json"))
    story = desk.done("replay", "il-114", "--axis", "knowledge")
    assert "@5 text-erased talks-initiated of 2025-12-05  (note: personal)" in story
    validate(desk.done("replay", "il-114", "--axis", "knowledge", "--json"))


def test_verify_tells_erased_from_lost(desk: Desk) -> None:
    """The log says of the one that it was erased, and of the other nothing."""
    assert "texts        all there\n" in desk.done("verify")
    desk.done(*ERASE, "note")
    assert "texts        1 erased, as the log says\n" in desk.done("verify")
    lines = desk.done("export", "--format", "log").splitlines()
    bare = "".join(json.dumps({**json.loads(line), "disclosed": {}}) + "\n" for line in lines)
    copy = Desk(f"{desk.db}.copy")
    copy.done("restore", "-", given=bare)
    lost = "1 gone with no erasure recorded: lost, or left out of an export\n"
    assert f"texts        1 erased, as the log says; {lost}" in copy.done("verify")
    (item,) = validate(copy.done("verify", "--json"))["items"]
    assert (item["erased"], item["unexplained"]) == (2, 1)
    other = Desk(f"{desk.db}.other")
    other.done("restore", "-", given="".join(f"{line}\n" for line in bare.splitlines()[:4]))
    assert "texts        2 gone with no erasure recorded" in other.done("verify")


def test_it_asks_for_what_is_missing(desk: Desk) -> None:
    """On a terminal; and again, for a field that there is not."""
    code, screen = desk.typed("erase", "il-114#2", answers=("whim", "note", "personal"))
    assert code == 0, screen
    assert "write note or quote" in screen
    assert "il-114#3  @5  erased: note" in screen
