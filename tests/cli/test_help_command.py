"""``help``: topics whose every example is true, and the help of every command."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from textwrap import dedent

import click
import pytest
from click.testing import CliRunner
from freezegun import freeze_time

from tests.cli.test_shell import HEAVY, python
from tests.docs.test_examples import START, fits, session, typed
from tests.docs.test_reference import commands
from tracker import errors
from tracker.cli import tracker as command_line
from tracker.cli.help import TOPICS, topic
from tracker.domain.evidence import CREDIBILITY, RELIABILITY

LONGEST = 88


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(command_line, list(words))
    return done.exit_code, done.output


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the first history as its log."""
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name, value in {"TRACKER_BY": "mira", "TRACKER_DB": "desk.db", "COLUMNS": "88"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    with freeze_time(START):
        assert run("--db", "desk.db", "demo")[0] == 0
    return tmp_path


def examples(name: str) -> list[tuple[str, str]]:
    """The (line typed, what comes back) pairs of the indented blocks of a topic."""
    blocks = re.findall(r"(?:^    .*\n)+", topic(name), flags=re.MULTILINE)
    return [each for block in blocks for each in session(dedent(block))]


@pytest.mark.parametrize("name", TOPICS)
@pytest.mark.usefixtures("desk")
def test_every_example_of_a_topic_is_true(name: str) -> None:
    """It is run, and prints what the topic says."""
    found = examples(name)
    assert len(found) > 1
    for line, expected in found:
        with freeze_time(START):
            printed = typed(line)
        assert fits(expected, printed), f"$ {line}\nprints\n{printed}"


@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_is_short_and_fits(name: str) -> None:
    """A screen or so; only what a command prints may be wider than a terminal."""
    lines = topic(name).splitlines()
    assert len(lines) < 45
    printed = {part for _, said in examples(name) for part in said.splitlines()}
    wide = {line.strip() for line in lines if len(line) > LONGEST}
    assert wide <= printed
    assert run("help", name) == (0, topic(name))


def test_every_text_that_ships_is_a_topic() -> None:
    """None is left lying about."""
    names = [each.name for each in (files("tracker.cli") / "topics").iterdir()]
    assert sorted(names) == sorted(f"{name}.txt" for name in TOPICS)


def test_the_topics_are_listed() -> None:
    """Each with what it is about; and where the rest is explained."""
    code, text = run("help")
    assert code == 0
    for name in TOPICS:
        assert re.search(
            rf"^  {name} +{re.escape(topic(name).splitlines()[0])}$", text, re.MULTILINE
        )
    assert "tracker --help" in text


def test_the_grades_are_those_that_there_are() -> None:
    """Letter for letter, and figure for figure."""
    told = topic("grades")
    for sign, meaning in {**RELIABILITY, **CREDIBILITY}.items():
        assert f"{sign}  {meaning}" in told


def test_every_exit_code_is_explained() -> None:
    """Those of every error, and of what is no error of a caller's."""
    kinds = [each for each in vars(errors).values() if isinstance(each, type)]
    codes = {each.exit_code for each in kinds if issubclass(each, errors.TrackerError)}
    told = set(map(int, re.findall(r"^    (\d+) ", topic("exit-codes"), flags=re.MULTILINE)))
    assert told == codes | {0, 70, 130}


def test_help_of_a_command_is_what_it_says_itself() -> None:
    """Of every command, and of those below it."""
    for ctx in commands(click.Context(command_line, info_name="tracker")):
        words = ctx.command_path.split()[1:]
        if words:
            assert run("help", *words) == run(*words, "--help")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("datse",), "there is no topic and no command 'datse'. Did you mean 'dates'"),
        (("stauts",), "Did you mean 'stats' or 'status'?"),
        (
            ("lifecycle", "adpot"),
            "'tracker lifecycle' has no command 'adpot'. Did you mean 'adopt'?",
        ),
        (("status", "dates"), "'tracker status' has no command 'dates'."),
        (("zzzzzzzz",), "there is no topic and no command 'zzzzzzzz'. See: tracker help"),
    ],
)
def test_what_there_is_not_is_answered_with_the_nearest(words: tuple[str, ...], said: str) -> None:
    code, told = run("help", *words)
    assert code == 2
    assert said in told


@pytest.mark.parametrize("words", [("help",), ("help", "dates"), ("help", "status")])
def test_it_imports_nothing_heavy(words: tuple[str, ...]) -> None:
    """Whoever asks for help waits for nothing."""
    done = python(f"""
sys.argv = {["tracker", *words]!r}
try:
    main()
finally:
    print("\\nIMPORTED", *sys.modules)
""")
    imported = {name.partition(".")[0] for name in done.stdout.split("IMPORTED")[1].split()}
    assert imported & (HEAVY | {"rapidfuzz"}) == set()
