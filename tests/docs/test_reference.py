"""The reference of the command line is current, and every example in a help text is a real one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from freezegun import freeze_time

from tracker.cli import reference
from tracker.cli import tracker as command_line

LEFT_OUT = ("--follow", "postgresql://")  # it goes on until it is stopped; it needs that server


def commands(ctx: click.Context) -> Iterator[click.Context]:
    """Every command, from the root down."""
    yield ctx
    for below in reference.walk(ctx):
        yield from commands(below)


def examples() -> list[str]:
    """Every ``tracker …`` in the examples of every help text, without what the shell does."""
    return list(dict.fromkeys(_examples()))


def _examples() -> Iterator[str]:
    for ctx in commands(click.Context(command_line, info_name="tracker")):
        for line in reference.examples(ctx.command).replace("\\\n", " ").splitlines():
            for part in re.split(r"\||&&|>", line):
                if part.strip().startswith("tracker ") and "$(" not in part:
                    yield " ".join(shlex.quote(word) for word in shlex.split(part))


def parsed(ctx: click.Context, words: list[str]) -> None:
    """Parse *words* down to the last command, and run nothing."""
    made = ctx.command.make_context(ctx.info_name, words, parent=ctx.parent)
    if isinstance(made.command, click.Group):
        rest = [*made._protected_args, *made.args]
        name, below, rest = made.command.resolve_command(made, rest)
        assert below is not None
        parsed(click.Context(below, info_name=name, parent=made), rest)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the examples name, and the first history as its log."""
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("TRACKER_BY", "mira")
    monkeypatch.setenv("TRACKER_DB", "desk.db")
    monkeypatch.chdir(tmp_path)
    made = CliRunner().invoke(command_line, ["--db", "desk.db", "demo"])
    assert made.exit_code == 0, made.output
    for name in ("developments.csv", "history.jsonl", "my-lifecycle.toml", "log.jsonl", "key.pem"):
        (tmp_path / name).touch()
    return tmp_path


def test_the_reference_is_current() -> None:
    """``docs/reference/cli.md`` says what the commands say; ``make docs-reference`` writes it."""
    assert reference.PAGE.read_text(encoding="utf-8") == reference.render(command_line)


def test_there_are_examples_to_look_at() -> None:
    """The walk over the commands finds their examples."""
    assert len(examples()) > 80


@pytest.mark.parametrize("line", examples())
@pytest.mark.usefixtures("desk")
def test_an_example_can_be_typed(line: str) -> None:
    """An example names commands and options that there are."""
    words = [word for word in shlex.split(line)[1:] if word != "--help"]
    parsed(click.Context(command_line, info_name="tracker"), words)


@pytest.mark.parametrize(
    "line", [each for each in examples() if not any(part in each for part in LEFT_OUT)]
)
@pytest.mark.usefixtures("desk")
def test_an_example_ends_as_it_should(line: str) -> None:
    """An example ends well or with one sentence: it is never a fault of the program."""
    with freeze_time("2026-11-22T09:00:00"):
        done = CliRunner().invoke(command_line, shlex.split(line)[1:])
    assert "fault in tracker" not in done.stderr
    assert "Traceback" not in done.output
    if done.exit_code > 1:
        last = done.stderr.strip().splitlines()[-1]
        assert last.startswith(("tracker: ", "Error: ", "Try ")), done.stderr
