"""What ``-v`` says of every command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.desk import Desk, begun

SAID = ("--source", "https://example.org/a")
EVENTS = 3  # a lifecycle adopted, and two initiatives

TOOK = re.compile(r"took \d+\.\d\d s")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return begun(str(tmp_path / "log.db"))


WITH_A_LOG: list[tuple[tuple[str, ...], int]] = [
    (("register", "new", "--title", "New", "--lifecycle", "co-production"), EVENTS + 1),
    (("record", "il-114", "mou-signed", "--on", "2025", *SAID), EVENTS + 1),
    (("record", "il-114", "mou-signed", "--on", "2025", *SAID, "-n"), EVENTS),
    (("link", "il-114", "follows", "il-96"), EVENTS + 1),
    (("status",), EVENTS),
    (("show", "il-114"), EVENTS),
    (("history", "il-114"), EVENTS),
    (("diff", "2025-01-01", "2025-12-31"), EVENTS),
    (("attention",), EVENTS),
    (("timeline",), EVENTS),
    (("search", "Il"), EVENTS),
    (("stats",), EVENTS),
    (("log",), EVENTS),
    (("replay",), EVENTS),
    (("rebuild",), EVENTS),
    (("verify",), EVENTS),
    (("checkpoint",), EVENTS),
    (("export", "--format", "log"), EVENTS),
    (("lifecycle", "list"), EVENTS),
    (("report", "--out", "-"), EVENTS),
]


@pytest.mark.parametrize(("words", "position"), WITH_A_LOG)
def test_the_log_and_what_it_took_are_said(
    desk: Desk, words: tuple[str, ...], position: int
) -> None:
    """Which database, what was asked of it, its revision and position at the end, and the time."""
    told = desk.run("-v", *words)
    assert told.exit_code == 0, told.output
    *_, log, took = told.stderr.splitlines()
    match = re.fullmatch(
        rf"log {re.escape(desk.db)}: (\d+) statements?, schema revision \d+, position @(\d+)", log
    )
    assert match, told.stderr
    assert int(match[1]) > 0
    assert int(match[2]) == position
    assert TOOK.fullmatch(took)


@pytest.mark.parametrize("words", [("completion", "bash"), ("doctor",), ("db", "current")])
def test_what_opens_no_log_of_its_own_says_the_time(desk: Desk, words: tuple[str, ...]) -> None:
    """There is always something to say."""
    assert TOOK.fullmatch(desk.run("-v", *words).stderr.splitlines()[-1])


def test_an_error_keeps_its_sentence_and_its_code(desk: Desk) -> None:
    """It is told which log was asked, before what went wrong with it."""
    log, took, error = desk.run("-v", "show", "zz").stderr.splitlines()
    assert log.startswith(f"log {desk.db}: ")
    assert TOOK.fullmatch(took)
    assert error.startswith("tracker: there is no initiative 'zz'")


def test_without_it_or_with_quiet_nothing_is_said(desk: Desk) -> None:
    """The option is what makes the difference."""
    assert desk.run("status").stderr == desk.run("-q", "-v", "status").stderr == ""


def test_a_server_is_named_without_its_password(each_postgresql: str) -> None:
    """As everywhere."""
    told = begun(each_postgresql).run("-v", "status").stderr.splitlines()
    assert re.fullmatch(
        r"log postgresql.*: \d+ statements, schema revision \d+, position @3", told[0]
    )
