"""The how-to about keeping a log ends on a server: that part is done on a real one."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from freezegun import freeze_time

from tests.docs.test_examples import ROOT, blocks, session, typed
from tracker.cli import tracker as command_line

PAGE = (ROOT / "docs" / "how-to" / "keep-a-desks-log.md").read_text(encoding="utf-8")
SERVER = "postgresql://desk@db.example/desk"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that was kept in a file as the page says, to the end of its sessions."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRACKER_DB", "desk.db")
    monkeypatch.setenv("TRACKER_BY", "mira")
    for block in blocks(PAGE):
        if block.language == "console":
            with freeze_time(block.clock, tick=False):
                for line, _ in session(block.body):
                    typed(line)


def on_the_server(url: str) -> list[Result]:
    """What the lines of the page that move the log give, typed in their order."""
    (moving,) = (b.body for b in blocks(PAGE) if b.language == "sh" and SERVER in b.body)
    lines = [shlex.split(line.replace(SERVER, url)) for line in moving.splitlines()]
    return [CliRunner().invoke(command_line, words[1:]) for words in lines]


@pytest.mark.usefixtures("kept")
def test_a_log_moves_to_a_server_as_it_was(each_postgresql: str) -> None:
    """Every line ends well, and the checkpoints kept of the file hold for the log on the server."""
    done = on_the_server(each_postgresql)
    assert [(each.exit_code, each.output) for each in done if each.exit_code] == []
    assert len(done) == 3
    assert "@4, @8 still hold" in done[-1].output


@pytest.mark.usefixtures("kept")
def test_a_log_that_is_another_is_noticed_there(each_postgresql: str) -> None:
    """The last line of the page ends with 7 where the server has another log than the file had."""
    words = ["--db", each_postgresql, "--by", "mira", "demo"]
    assert CliRunner().invoke(command_line, words).exit_code == 0
    exported, restored, verified = on_the_server(each_postgresql)
    assert exported.exit_code == 0
    assert restored.exit_code != 0
    assert verified.exit_code == 7
