"""A log whose tables were altered, emptied or lost: exit code 7, whichever command meets it."""

from __future__ import annotations

import pytest
from freezegun import freeze_time

from tests.cli import asking_story
from tests.cli.desk import Desk
from tests.cli.test_doctor import execute
from tracker.application import answers

QUESTIONS = (
    ("status",),
    ("show", "il-114"),
    ("why", "il-114"),
    ("attention",),
    ("record", "il-114", "commented", "--on=2026-01-10", "--source=a paper"),
)


@pytest.fixture
def desk(database_url: str) -> Desk:
    """The small log of the asking commands."""
    asking_story.tell(database_url)
    return Desk(database_url)


def check_damaged(desk: Desk, *questions: tuple[str, ...]) -> str:
    """Every one of *questions* ends with 7 and one sentence; the last sentence."""
    told = ""
    for words in questions:
        with freeze_time("2026-01-20T12:00:00Z"):
            done = desk.run(*words)
        assert (done.exit_code, done.stdout) == (7, ""), (words, done.output)
        told = done.stderr.splitlines()[-1]
        assert told.startswith("tracker: ")
        assert "fault in tracker" not in done.stderr
    return told


def test_a_log_without_its_head(desk: Desk) -> None:
    """Nobody knows where it ends."""
    execute(desk.db, "DELETE FROM log_head")
    told = check_damaged(desk, *QUESTIONS, ("verify",), ("rebuild",), ("export", "--format=log"))
    assert told == (
        "tracker: the log is damaged: the row that says where the log ends is missing; restore it "
        "from a backup or an export"
    )


@pytest.mark.parametrize("table", ["fact_versions", "disclosures", "initiatives"])
def test_a_log_without_a_table(desk: Desk, table: str) -> None:
    """What can be answered without it still is; what cannot says that the log is damaged."""
    is_sqlite = desk.db.startswith("sqlite") or "://" not in desk.db
    execute(desk.db, f"DROP TABLE {table}{'' if is_sqlite else ' CASCADE'}")
    told = check_damaged(desk, ("why", "il-114"), ("verify",))
    assert "restore it from a backup or an export" in told
    checked = desk.run("doctor")
    assert checked.exit_code == 1
    assert f"lacks tables that it was made with ({table})" in checked.stdout


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lifecycle_versions SET definition = 'x'",
        "UPDATE fact_versions SET hi = 'zz'",
        "UPDATE initiatives SET parties = 'x'",
    ],
)
def test_read_tables_that_make_no_sense(desk: Desk, statement: str) -> None:
    """The log is looked through, and the way out is that of verify: they can be made again."""
    execute(desk.db, statement)
    told = check_damaged(desk, ("status",), ("show", "il-114"))
    assert told.endswith("tracker rebuild")
    assert desk.run("rebuild").exit_code == 0
    assert desk.run("status").exit_code == 0


def fail(*_: object) -> None:
    """Do as a mistake in the program does."""
    raise ValueError("mistaken")


def test_a_fault_of_ours_is_one_where_the_log_is_sound(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was looked through, and nothing was found."""
    monkeypatch.setattr(answers, "listing", fail)
    done = desk.run("status")
    assert done.exit_code == 70
    assert done.stderr.splitlines()[0] == ("Something in the log may be damaged; checking it …")
    assert "this is a fault in tracker: ValueError: mistaken" in done.stderr


def test_a_log_that_cannot_be_looked_through_is_not_called_damaged(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does what goes wrong then take the place of what went wrong first."""
    monkeypatch.setattr(answers, "listing", fail)
    monkeypatch.setattr("tracker.store.verify.verify", fail)
    assert desk.run("status").exit_code == 70
