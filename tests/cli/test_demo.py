"""``tracker demo``: a first answer that a newcomer can read, from a log of its own."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from freezegun import freeze_time

from tracker import Tracker
from tracker.cli import tracker

TODAY = "2026-11-22T12:00:00Z"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, eighty columns wide."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("TRACKER_DB", "TRACKER_BY", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    monkeypatch.setenv("COLUMNS", "80")
    return folder


def run(*words: str) -> Result:
    return CliRunner().invoke(tracker, words)


def events(where: str) -> int:
    with Tracker.open(where) as log:
        return log.head().position


@freeze_time(TODAY)
def test_first_screen(home: Path) -> None:
    """The first screen says what stood when, on whose word, and what to try; word for word."""
    result = run("demo")
    assert result.stderr == ""
    assert result.exit_code == 0
    assert result.stdout == (Path(__file__).parent / "demo.txt").read_text(encoding="utf-8")


@freeze_time(TODAY)
def test_it_fits_a_screen() -> None:
    """No line is longer than eighty columns, and all of them fit a terminal of 25 lines."""
    lines = run("demo").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 25


@freeze_time(TODAY)
def test_commands_can_be_pasted(tmp_path: Path) -> None:
    """Every command that it names begins with the right --db, quoted as a shell needs it."""
    where = tmp_path / "my demo's.db"
    result = run("--db", str(where), "demo")
    named = [line for line in result.stdout.splitlines() if line.startswith("  tracker")]
    assert len(named) == 4
    for line in named:
        words = shlex.split(line)
        assert words[:3] == ["tracker", "--db", str(where)]
        assert words[3] in ("status", "show", "why")


@freeze_time(TODAY)
def test_twice_loads_nothing(database_url: str) -> None:
    """Repeating it appends nothing, on every database."""
    assert run("--db", database_url, "demo").exit_code == 0
    before = events(database_url)
    again = run("--db", database_url, "demo")
    assert again.exit_code == 0
    assert "19 events, all of them there already" in again.stdout
    assert (before, events(database_url)) == (19, 19)


@freeze_time(TODAY)
def test_public_record(database_url: str) -> None:
    """The public record moves two answers and leaves those at the earlier position alone."""
    run("--db", database_url, "demo")
    result = run("--db", database_url, "demo", "--with-public-record")
    assert result.exit_code == 0, result.stderr
    assert re.search(r"economic-programme +Announced +Adopted +Adopted", result.stdout)
    assert re.search(r"polar-seafarers +Proposed +Agreed +Agreed", result.stdout)
    assert "status --known-at @19" in result.stdout
    assert events(database_url) == 27
    assert run("--db", database_url, "demo").exit_code == 0
    assert events(database_url) == 27


@freeze_time(TODAY)
def test_other_work_is_left_alone(database_url: str) -> None:
    """A log with other work in it is refused, and nothing is added to it."""
    with Tracker.open(database_url, by="mira", create=True) as log:
        log.register("x", title="X", lifecycle="project")
    result = run("--db", database_url, "demo")
    assert result.exit_code == 5
    assert "leave --db out" in result.stderr
    assert result.stdout == ""
    assert events(database_url) == 2


@freeze_time(TODAY)
def test_a_log_that_was_played_with(home: Path) -> None:
    """The demonstration and something more is no longer the demonstration."""
    run("demo")
    where = str(home / "data" / "tracker" / "demo.db")
    with Tracker.open(where, by="mira") as log:
        log.record("il-114", "commented", on="2026-01-01", source="the desk")
    result = run("demo")
    assert result.exit_code == 5
    assert "1 event of other work" in result.stderr


@freeze_time(TODAY)
def test_a_log_of_its_own(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever log the settings name, the demonstration goes into its own."""
    monkeypatch.setenv("TRACKER_DB", str(home / "work.db"))
    assert run("demo").exit_code == 0
    assert not (home / "work.db").exists()
    assert events(str(home / "data" / "tracker" / "demo.db")) == 19


def test_an_empty_name_is_no_log(home: Path) -> None:
    """A log that was to be named, and has no name, is not the demonstration's own."""
    assert run("--db", "", "demo").exit_code == 2
    assert not (home / "data").exists()


@freeze_time(TODAY)
def test_dry_run(home: Path, tmp_path: Path) -> None:
    """A dry run says what would be loaded, and makes nothing."""
    where = tmp_path / "try.db"
    result = run("--db", str(where), "demo", "-n")
    assert result.stdout == f"would load 9 facts, each with its source, into {where}\n"
    assert list(tmp_path.glob("try*")) == []
    run("--db", str(where), "demo")
    result = run("--db", str(where), "demo", "-n")
    assert result.stdout == f"would load nothing: {where} holds it all already\n"


@freeze_time("2027-12-31T12:00:00Z")
def test_dormant_today() -> None:
    """What is dormant by now is shown as inferred, never as observed."""
    result = run("demo")
    assert re.search(r"il-114 +Feasibility +Feasibility, dormant \(inferred\)", result.stdout)
    assert re.search(r"summit-23 +Held +Held\n", result.stdout)


@freeze_time("2025-12-01T12:00:00Z")
def test_before_the_summit(home: Path) -> None:
    """A clock before the summit: what has not happened cannot be recorded, in one sentence."""
    result = run("demo")
    assert result.exit_code == 5
    assert result.stderr.startswith("tracker: the history cannot be loaded: line 1 of summit.jsonl")
    assert not (home / "data" / "tracker" / "demo.db").exists()
