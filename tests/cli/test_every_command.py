"""The section *Everywhere* of the contract of the command line, shown for every command.

The tree of commands is walked as click has it, with a call of each that works: a command that is
added is held to the contract with the others. What a command leaves out stands in a table with the
reason, and a reason that no longer holds fails too.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from freezegun import freeze_time

from tests.attacks.tree import DOCUMENTED, Command, call, commands, lay_out
from tests.attacks.victim import NOW, tell
from tests.schemas import schemas, validate, validate_lines
from tracker.cli import COMMANDS, reference
from tracker.cli.options import FORMATS

ALL = commands()
QUESTIONS = [command for command in ALL if command.formats == FORMATS]

WITHOUT_FORMATS = {
    "import": "its --format is that of the rows; --json writes the summary",
    "lifecycle check": "it answers with what to mend in a file, a line each, or that nothing is",
    "view save": "it answers with the one line that it saved",
    "view remove": "it answers with the one line that it removed",
    "checkpoint": "a checkpoint has a format of its own, which others read",
    "prove": "a proof has a format of its own, which others read",
    "export": "its formats are those of the files that it writes",
    "report": "a report is a page",
    "restore": "it answers with one line",
    "backup": "it answers with one line",
    "db upgrade": "it answers with one line, or with SQL",
    "db grant": "it answers with SQL",
    "demo": "it shows what to type, and what comes back",
    "completion": "a script for a shell",
    "man": "a page for man",
    "help": "a text to read",
}
WITHOUT_VIEWPOINT = {
    "diff": "two viewpoints are what it is called with; --known-at and --as-of fix the other axis",
    "log": "it shows events, which are what knowledge is made of; --since and --kind narrow it",
    "view list": "it asks the config folder, and no log",
}
# Where a schema is not called as its command: a receipt is the answer of many.
SCHEMAS = {
    "lifecycle show": "lifecycle",
    "view list": "view-list",
    "db current": "db",
    **dict.fromkeys(
        ["register", "revise", "record", "plan", "amend", "withdraw", "erase", "link", "unlink"],
        "receipt",
    ),
    "retire": "receipt",
    "lifecycle adopt": "receipt",
    "lifecycle list": "lifecycle-list",
}


def named(command: Command) -> str:
    return command.name.replace(" ", "-")


each_command = pytest.mark.parametrize("command", ALL, ids=named)
each_question = pytest.mark.parametrize("command", QUESTIONS, ids=named)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small log with something of everything, told once."""
    path = tmp_path_factory.mktemp("told") / "log.db"
    tell(str(path))
    return path


@pytest.fixture
def log(told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it in a folder with the files that the calls name, and nobody's settings."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    lay_out(folder)
    return Path(shutil.copy(told, tmp_path / "log.db"))


def place(command: Command, log: Path) -> Path:
    """The log that *command* is called with: a restore and a demo need one that is empty."""
    return log.with_name("empty.db") if command.name in ("restore", "demo") else log


def files(log: Path) -> dict[str, str]:
    """All that lies beside the log, below the folder and in the home, by content."""
    return {
        str(path.relative_to(log.parent)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(log.parent.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def prepared(command: Command, log: Path) -> None:
    """What has to be there for *command* to have something to do."""
    if command.name == "view remove":
        assert call(log, ["view", "save", "co-production", "--tag", "summit"]).exit_code == 0


# --- help -----------------------------------------------------------------------------------------


@each_command
def test_the_help_ends_with_examples_of_the_command_itself(command: Command) -> None:
    """``-h`` is ``--help``, on standard output, and every example is of this command."""
    long, short = (call("none.db", [*command.path, word]) for word in ("--help", "-h"))
    assert (long.exit_code, long.stderr, long.stdout) == (0, "", short.stdout)
    examples = reference.examples(command.click)
    assert examples
    assert long.stdout.rstrip().endswith(examples.splitlines()[-1].strip())
    assert f"tracker {command.name}" in examples


@each_command
def test_every_option_is_explained_and_has_the_name_it_has_elsewhere(command: Command) -> None:
    """``-n`` is ``--dry-run``, ``--json`` is ``--format json``, and nothing else is called so."""
    for param in command.click.params:
        if not isinstance(param, click.Option):
            continue
        assert param.help, (command.name, param.opts)
        short = [name for name in param.opts if not name.startswith("--")]
        assert short in ([], ["-n"]), (command.name, short)
        assert ("-n" in param.opts) == ("--dry-run" in param.opts)


# --- formats --------------------------------------------------------------------------------------


def test_every_command_that_answers_has_the_formats() -> None:
    """All five and ``--json``, but for those in the table; no reason is there for nothing."""
    without = {command.name for command in ALL if command.formats != FORMATS}
    assert without == set(WITHOUT_FORMATS)
    for command in QUESTIONS:
        assert any("--json" in param.opts for param in command.click.params), command.name


def test_every_question_has_a_viewpoint() -> None:
    """As of, known at, and both at once, but for those in the table."""
    asking = [command for command in ALL if COMMANDS[command.path[0]].section == "Asking"]
    wanted = {"--as-of", "--known-at", "--as-reported"}
    without = {
        command.name
        for command in asking
        if command in QUESTIONS
        and not wanted <= {name for param in command.click.params for name in param.opts}
    }
    assert without == set(WITHOUT_VIEWPOINT)


@each_question
def test_json_is_on_stdout_alone_and_as_its_schema_says(command: Command, log: Path) -> None:
    """One envelope, the items one a line, and everything else on standard error."""
    prepared(command, log)
    flags = ["--dry-run"] if command.writes else []
    with freeze_time(NOW):
        whole = call(log, command.words(command.good(), *flags, "--format", "json"))
        short = call(log, command.words(command.good(), *flags, "--json"))
        lines = call(log, command.words(command.good(), *flags, "--format", "jsonl"))
    assert whole.exit_code in (0, 1), whole.output
    answer = validate(whole.stdout)
    name = SCHEMAS.get(command.name, command.name)
    assert answer["schema"] == f"tracker/{name}/1"
    assert validate(short.stdout)["schema"] == answer["schema"]
    assert len(validate_lines(lines.stdout, name)) == len(answer["items"])


@each_question
def test_every_format_is_written_without_colour_where_nobody_looks(
    command: Command, log: Path
) -> None:
    """No escape on either stream of a pipe, whatever terminal the environment names."""
    prepared(command, log)
    flags = ["--dry-run"] if command.writes else []
    for form in ("table", "csv", "markdown"):
        with freeze_time(NOW):
            done = call(log, command.words(command.good(), *flags, "--format", form))
        assert done.exit_code in (0, 1), done.output
        assert "\x1b" not in done.stdout + done.stderr


def test_every_schema_is_of_a_command() -> None:
    """And every question has one."""
    named = {SCHEMAS.get(command.name, command.name) for command in QUESTIONS} | {"import"}
    files_of_exports = {"common", "export", "cloudevents"}
    assert named | files_of_exports == {name.removesuffix(".json") for name in schemas()}


# --- writing --------------------------------------------------------------------------------------


@each_command
def test_what_writes_can_be_asked_to_write_nothing(command: Command, log: Path) -> None:
    """Whatever changes a file has ``-n``, which changes none and ends as the command itself does.

    That is, with the same exit code, and, where it is refused, with the same sentence.
    """
    prepared(command, log)
    before = files(log)
    with freeze_time(NOW):
        dry = call(place(command, log), command.words(command.good(), "-n"))
        assert files(log) == before, dry.output
        done = call(place(command, log), command.words(command.good()))
    assert done.exit_code in DOCUMENTED, done.output
    if not command.writes:
        assert files(log) == before
        assert "has no option '-n'" in dry.stderr
        return
    assert (dry.exit_code, bool(dry.output)) == (done.exit_code, True), (dry, done)
    if done.exit_code > 1:
        assert dry.stderr.splitlines()[-1] == done.stderr.splitlines()[-1]


# --- nobody there ---------------------------------------------------------------------------------


@each_command
@pytest.mark.parametrize("flags", [(), ("--no-input",)])
def test_without_a_terminal_nothing_is_asked(
    command: Command, flags: tuple[str, ...], log: Path
) -> None:
    """Called with its arguments alone, and with nothing at all, it ends and waits for nobody."""
    required = {
        str(param.name): command.good()[str(param.name)]
        for param in command.click.params
        if param.required
    }
    with freeze_time(NOW):
        bare = call(place(command, log), [*flags, *command.words(required)])
        nothing = call(place(command, log), [*flags, *command.path])
    for done in (bare, nothing):
        assert done.exit_code in DOCUMENTED, done.output  # 130 would be a question left unanswered
        assert "?:" not in done.output
    if nothing.exit_code == 2:
        assert nothing.stdout == ""


@pytest.mark.slow
def test_a_closed_standard_input_stops_no_command(log: Path) -> None:
    """Real processes with nothing to read from: what has to be asked for is an error of usage."""
    for words in (["record"], ["plan"], ["amend", "il-114#2", "--note", "x"], ["record", "--edit"]):
        done = subprocess.run(
            [sys.executable, "-m", "tracker", "--db", str(log), *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={k: v for k, v in os.environ.items() if k not in ("VISUAL", "EDITOR")},
            check=False,
        )
        assert (done.returncode, done.stdout) == (2, ""), (words, done)
        assert len(done.stderr.splitlines()) == 1


# --- the check itself -----------------------------------------------------------------------------


def test_a_command_that_breaks_the_contract_is_noticed(log: Path) -> None:
    """The walk sees every command of the table, and the fingerprint sees a change."""
    assert {command.path[0] for command in ALL} == set(COMMANDS)
    before = files(log)
    (log.parent / "work" / "rows.csv").write_text("other", encoding="utf-8")
    assert files(log) != before
    with pytest.raises(AssertionError):
        validate(json.dumps({"schema": "tracker/status/1", "items": []}))
