"""The shell of the command line: what holds for every command, whatever it does."""

from __future__ import annotations

import errno
import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner, Result

from tests.programs import needed
from tracker import __version__, errors
from tracker.cli import COMMANDS, complete, options, questions, reference, settings, shell, tracker
from tracker.cli.app import App, pass_app
from tracker.cli.nearest import did_you_mean, nearest
from tracker.cli.text import visible, without_passwords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEAVY = {"sqlalchemy", "alembic", "rich", "dateparser", "cattrs"}

SOON = 30  # seconds that no test should need


@pytest.fixture(autouse=True)
def a_home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the settings of whoever runs it."""
    for name in ("TRACKER_DB", "TRACKER_BY", "NO_COLOR", "COLUMNS", "_TRACKER_COMPLETE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def run(*words: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Run the program as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tracker", *words],
        capture_output=True,
        text=True,
        timeout=SOON,
        check=False,
        **settings,
    )


def python(program: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Run *program*, which has the root group and its parts at hand, in another Python."""
    return subprocess.run(
        [sys.executable, "-c", PREAMBLE + program],
        capture_output=True,
        text=True,
        timeout=SOON,
        check=False,
        **settings,
    )


PREAMBLE = """\
import sys, time
import click
from tracker.cli import main, shell, tracker

def add(function):
    tracker.add_command(shell.command("try")(function))
    sys.argv = ["tracker", "try"]

"""


def outcome(act: Callable[..., Any], *words: str) -> Result:
    """Run a command that does *act*, within this process."""
    root = shell.Root("tracker", entries={}, params=tracker.params, callback=tracker.callback)
    root.add_command(shell.command("try")(pass_app(act)))
    return CliRunner().invoke(root, [*words, "try"])


def raising(error: BaseException) -> Callable[[App], None]:
    def act(app: App) -> None:
        raise error

    return act


# --- starting up ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (["--help"], {}),
        (["-h"], {}),
        (["--version"], {}),
        ([], {}),
        (["--no-such-option"], {}),
        (["no-such-command"], {}),
        (["completion", "bash"], {}),
        (["completion", "--help"], {}),
        (["completion", "--no-such-option"], {}),
        (["completion"], {}),
        ([], {"_TRACKER_COMPLETE": "bash_complete", "COMP_WORDS": "tracker st", "COMP_CWORD": "1"}),
        ([], {"_TRACKER_COMPLETE": "zsh_source"}),
    ],
)
def test_what_needs_no_log_imports_nothing_heavy(
    words: list[str], environment: dict[str, str]
) -> None:
    """Help, the version, completion and errors in usage are quick, because little is imported."""
    done = python(
        f"""
sys.argv = {["tracker", *words]!r}
try:
    main()
finally:
    print("\\nIMPORTED", *sys.modules)
""",
        env={**os.environ, **environment},
    )
    imported = {name.partition(".")[0] for name in done.stdout.split("IMPORTED")[1].split()}
    assert imported & HEAVY == set()
    if "no-such-" not in "".join(words):
        assert "rapidfuzz" not in imported


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (["--help"], {}),
        (["--version"], {}),
        ([], {"_TRACKER_COMPLETE": "bash_complete", "COMP_WORDS": "tracker st", "COMP_CWORD": "1"}),
        (["nonsense"], {}),
    ],
)
def test_a_start_imports_hardly_more_than_click_does(
    words: list[str], environment: dict[str, str]
) -> None:
    """Within a fifth of the time of an import of click: attrs alone takes as much as that."""
    # What measures coverage would import more than what is measured.
    here = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = python(
        f"""
sys.argv = {["tracker", *words]!r}
try:
    main()
finally:
    print("\\nIMPORTED", *sys.modules)
""",
        env={**here, **environment},
    )
    assert {"attr", "attrs", "pathlib"} & {*done.stdout.split("IMPORTED")[1].split()} == set()


@pytest.mark.parametrize(
    "question", ["status", "status il-114", "show il-114", "history il-114", "why il-114"]
)
def test_a_question_of_a_file_imports_only_what_it_needs(question: str, tmp_path: Path) -> None:
    """Neither SQLAlchemy nor what records, replays, imports or migrates a log."""
    db = str(tmp_path / "desk.db")
    assert run("-q", "--db", db, "demo").returncode == 0
    done = python(f"""
sys.argv = ["tracker", "--db", {db!r}, *{question.split()!r}]
try:
    main()
finally:
    print("\\nIMPORTED", *sys.modules)
""")
    answer, _, imported = done.stdout.partition("IMPORTED")
    assert "il-114" in answer
    for name in ("commands", "decide"):
        assert f"tracker.domain.{name}" not in imported.split()
    for name in ("recording", "replaying", "importing", "overview"):
        assert f"tracker.application.{name}" not in imported.split()
    assert not {"alembic", "rich", "sqlalchemy"} & set(imported.split())


def test_version() -> None:
    """The version is the package's."""
    assert run("--version").stdout == f"tracker {__version__}\n"


def test_the_help_lists_every_command_in_its_section() -> None:
    """Recording, asking, replaying, keeping: in this order, and nothing left out."""
    text = run("--help").stdout
    headings = [line[:-1] for line in text.splitlines() if line[:1].isupper() and line[-1:] == ":"]
    assert headings == ["Options", "Recording", "Asking", "Replaying", "Keeping", "Examples"]
    for name, entry in COMMANDS.items():
        assert f"  {name} " in text
        assert entry.summary.split()[0] in text


def test_without_a_command_the_help_is_shown_as_an_error() -> None:
    """Whoever names no command is shown what there is."""
    done = run()
    assert (done.returncode, done.stdout) == (2, "")
    assert "Recording:" in done.stderr


def every_command(ctx: click.Context | None = None) -> Iterator[click.Context]:
    ctx = ctx or click.Context(tracker, info_name="tracker")
    yield ctx
    for below in reference.walk(ctx):
        yield from every_command(below)


def test_every_command_has_help_and_examples() -> None:
    """No command is without a help text that ends with examples of itself."""
    for ctx in every_command():
        text = ctx.get_help()
        assert ctx.command.help, ctx.command_path
        assert "\nExamples:\n  " in text, ctx.command_path
        examples = reference.examples(ctx.command)
        assert ctx.command_path in examples, ctx.command_path
        assert text.endswith(examples.splitlines()[-1]), ctx.command_path


def test_every_option_is_explained() -> None:
    """No option is without help."""
    for ctx in every_command():
        for param in ctx.command.params:
            if isinstance(param, click.Option) and not param.hidden:
                assert param.help, f"{ctx.command_path} {param.opts}"


def test_examples_are_kept_word_for_word() -> None:
    """Help is wrapped; examples are not."""
    line = "tracker try " + "--with 'a long value' " * 8 + "| head"

    @shell.command("try")
    @options.example(f"""
        {line}

          indented
    """)
    def command() -> None:
        """Try."""

    text = CliRunner().invoke(command, ["-h"]).stdout
    assert text.endswith(f"\nExamples:\n  {line}\n\n    indented\n")


# --- errors in usage -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["statsu"], "tracker: 'tracker' has no command 'statsu'. Did you mean"),
        (["lifecyle", "list"], "Did you mean 'lifecycle'?"),
        (["frobnicate"], "tracker: 'tracker' has no command 'frobnicate'.\n"),
        (
            ["--colour", "never"],
            "tracker: 'tracker' has no option '--colour'. Did you mean '--color'",
        ),
        (["-quiet"], "Did you mean '--quiet'?"),
        (["completion", "--halp"], "'tracker completion' has no option '--halp'. Did you mean"),
        (["completion", "--db", "x"], "'--db' goes before the command: tracker --db …"),
        (["completion"], "tracker: missing argument 'bash|zsh|fish'"),
        (["completion", "tcsh"], "'tcsh' is not one of 'bash', 'zsh', 'fish'"),
        (["completion", "bash", "zsh"], "unexpected extra argument"),
        (["--color", "pink", "completion", "bash"], "'pink' is not one of"),
        (["--db"], "requires an argument"),
    ],
)
def test_a_command_called_wrongly_says_what_was_meant(words: list[str], said: str) -> None:
    """Exit 2, nothing on stdout, the nearest name, and where the help is."""
    result = CliRunner().invoke(tracker, words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert result.stderr.startswith("tracker: ")
    assert "--help' for help." in result.stderr


def test_nearest_names_come_best_first_and_only_if_near() -> None:
    """Dashes tell nothing, capitals tell nothing, and a beginning is enough."""
    names = ["--as-of", "--as-reported", "--json", "--format"]
    assert nearest("--asof", names) == ["--as-of"]
    assert nearest("-FORMAT", names) == ["--format"]
    assert nearest("--as", names)[0] == "--as-of"
    assert nearest("-", names) == []
    assert did_you_mean("--as-", names) == " Did you mean '--as-of' or '--as-reported'?"


def test_a_word_that_is_not_utf_8_is_refused() -> None:
    """A byte that is no letter never reaches the log; the answer names the argument."""
    done = run("completion", os.fsdecode(b"\xff"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr

    done = run("--by", os.fsdecode(b"caf\xe9"), "completion", "bash")
    assert done.returncode == 2
    assert done.stderr.startswith(
        r"tracker: invalid value for '--by': 'caf\udce9' is not valid UTF-8"
    )


# --- errors --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        errors.CalledWrongly,
        errors.NotFound,
        errors.Conflict,
        errors.Refused,
        errors.Unavailable,
        errors.Damaged,
    ],
)
def test_an_error_of_ours_is_one_sentence_and_its_exit_code(
    kind: type[errors.TrackerError],
) -> None:
    """Nothing on stdout, the sentence on stderr."""
    result = outcome(raising(kind("it is so; do this")))
    assert (result.exit_code, result.stdout) == (kind.exit_code, "")
    assert result.stderr == "tracker: it is so; do this\n"


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            ZeroDivisionError("division by zero"),
            70,
            "this is a fault in tracker: ZeroDivisionError: division by zero; run again with",
        ),
        (ValueError(), 70, "this is a fault in tracker: ValueError; run again with --debug to see"),
        (MemoryError(), 6, "there is not enough memory"),
        (RecursionError(), 5, "the input is nested too deeply to be read"),
        (UnicodeDecodeError("utf-8", b"a\xff", 1, 2, "bad"), 5, "the byte 0xff at offset 1"),
        (
            FileNotFoundError(errno.ENOENT, "No such file or directory", "a.csv"),
            2,
            "cannot use 'a.csv': no such file or directory",
        ),
        (PermissionError(errno.EACCES, "Permission denied", "a.csv"), 2, "permission denied"),
        (OSError(errno.ENOSPC, "No space left on device"), 6, "the system refused: No space left"),
        (click.FileError("a.csv", "gone"), 2, "could not open file 'a.csv': gone"),
        (click.ClickException("Odd."), 1, "Odd."),
    ],
)
def test_any_error_is_one_sentence(error: Exception, code: int, said: str) -> None:
    """No traceback without --debug."""
    result = outcome(raising(error))
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.lower().startswith("tracker: " + said.lower()) or said in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("error", [KeyError("x"), errors.NotFound("there is no il-114")])
def test_debug_shows_where(error: Exception) -> None:
    """With --debug the traceback comes first, and the sentence and exit code stay."""
    plain, debugged = outcome(raising(error)), outcome(raising(error), "--debug")
    assert "Traceback (most recent call last)" in debugged.stderr
    assert debugged.exit_code == plain.exit_code
    assert debugged.stderr.endswith(plain.stderr)


def test_no_error_shows_a_password_or_steers_the_terminal() -> None:
    """What an error quotes was written by anybody."""
    error = errors.NotFound("no log at postgresql://desk:p@ss:w/rd@host/db \x1b[2J\x9b")
    for words in ([], ["--debug"]):
        said = outcome(raising(error), *words).stderr
        assert "p@ss" not in said
        assert "postgresql://desk:***@host/db \\x1b[2J\\x9b" in said
        assert "\x1b" not in said
        assert "\x9b" not in said


def test_text_is_made_visible_and_passwords_are_not() -> None:
    """Line ends stay."""
    assert visible("a\nb\x07\u202e") == "a\nb\\x07\\u202e"
    assert without_passwords("sqlite:///a.db") == "sqlite:///a.db"
    assert without_passwords("mysql://a:b@c d@e") == "mysql://a:***@c d@e"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort(), EOFError()])
def test_whoever_interrupts_is_obeyed(error: BaseException) -> None:
    """130, and one word."""
    result = outcome(raising(error))
    assert (result.exit_code, result.stderr) == (130, "tracker: interrupted\n")


def test_what_a_command_returns_is_its_exit_code() -> None:
    """None is done; a number is the answer; click's own way out works too."""

    def leave(app: App) -> None:
        click.get_current_context().exit(7)

    assert outcome(lambda app: None).exit_code == 0
    assert outcome(lambda app: 1).exit_code == 1
    assert outcome(lambda app: "text").exit_code == 0
    assert outcome(leave).exit_code == 7


def test_ctrl_c_ends_the_process_with_130() -> None:
    """The signal itself, sent to a process at work."""
    program = PREAMBLE + (
        "@add\ndef command():\n    print('ready', flush=True)\n    time.sleep(60)\nmain()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=SOON)
    assert (process.returncode, out, err) == (130, "", "tracker: interrupted\n")


@pytest.mark.parametrize("lines", [1, 100_000])
def test_a_closed_pipe_is_silent(lines: int) -> None:
    """As behind `| head`: whether it closes meanwhile or before the last flush."""
    program = PREAMBLE + (
        "@add\ndef command():\n    time.sleep(0.2)\n"
        f"    for i in range({lines}): click.echo(i)\nmain()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(SOON), err) == (0, "")


def test_an_error_that_nobody_can_read_keeps_its_exit_code() -> None:
    """Standard error may be closed."""
    program = (
        "from tracker.errors import NotFound\n"
        "@add\ndef command():\n    raise NotFound('x')\nmain()\n"
    )
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" -c "$1" 2>&-', sys.executable, PREAMBLE + program],
        timeout=SOON,
        check=False,
    )
    assert done.returncode == 3


@pytest.mark.parametrize("words", ["--version", "status", "log --json", "export --format csv"])
def test_a_closed_standard_output_is_one_sentence(words: str, tmp_path: Path) -> None:
    """Nothing is begun that nobody would hear of, whatever the command."""
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" -m tracker --db none.db {words} >&-', sys.executable],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        timeout=SOON,
        check=False,
    )
    told = "tracker: standard output is closed; give it a place, or send it to /dev/null\n"
    assert (done.returncode, done.stderr, list(tmp_path.iterdir())) == (6, told, [])


@pytest.mark.parametrize(
    "words", ["import -", "restore -", "verify-proof -", "lifecycle check -", "what-if --with -"]
)
def test_a_closed_standard_input_is_called_wrongly(words: str, tmp_path: Path) -> None:
    """Where a command is to read it; others do not look."""
    line = f'exec "$0" -m tracker --db new.db {words} <&-'
    if words.startswith("what-if"):
        line = f'"$0" -m tracker --db new.db demo > /dev/null; {line}'
    done = subprocess.run(
        ["/bin/sh", "-c", line, sys.executable],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SOON,
        check=False,
    )
    told = "tracker: standard input is closed; name a file instead of -, or give it with <\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_stdout_is_an_error() -> None:
    """An answer that was not written is not a success."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tracker", "--version"],
            env={**os.environ, "PYTHONUNBUFFERED": ""},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=SOON,
            check=False,
        )
    assert done.returncode == 6
    told = "the answer cannot be written to standard output: no space left on device"
    assert done.stderr == f"tracker: {told}\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("flag", ["", "--json", "-n"])
def test_what_was_recorded_is_said_to_be_where_the_receipt_is_lost(
    tmp_path: Path, unbuffered: str, flag: str
) -> None:
    """So that nobody records it again; of a dry run nothing was."""
    words = ["--db=log.db", "--by=mira", "register", "a", "--title=A", "--lifecycle=dialogue"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tracker", *words, *filter(None, [flag])],
            cwd=tmp_path,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=SOON,
            check=False,
        )
    kept = "; what was asked for has been recorded all the same, so do not repeat it\n"
    assert (done.returncode, len(done.stderr.splitlines())) == (6, 1)
    assert done.stderr.endswith(kept) == (flag != "-n") == (tmp_path / "log.db").exists()
    if flag != "-n":
        told = "tracker: the answer cannot be written to standard output: no space left on device"
        assert done.stderr == f"{told}{kept}"


def test_every_output_encoding_takes_every_character() -> None:
    """What the encoding lacks is escaped as in JSON, so that JSON stays JSON."""
    done = python(
        """
@add
def command():
    click.echo('{"a": "\\u00e9\\u20bd\\U0001f600"}')
main()
""",
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        encoding="latin-1",
    )
    assert done.stdout == '{"a": "é\\u20bd\\ud83d\\ude00"}\n'
    assert json.loads(done.stdout) == {"a": "é₽😀"}


def test_another_program_can_call_it_as_click_does() -> None:
    """Without standalone mode, errors and values come through."""
    root = shell.Root("tracker", entries={})
    root.add_command(shell.command("try")(lambda: "value"))
    assert root.main(["try"], standalone_mode=False) == "value"
    with pytest.raises(click.UsageError):
        root.main(["tyr"], standalone_mode=False)


# --- settings ------------------------------------------------------------------------------


def configure(text: str) -> Path:
    path = settings.config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_option_wins_then_the_environment_then_the_file_then_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the database and for who records alike."""
    monkeypatch.setattr("getpass.getuser", lambda: "login")
    assert (App().db, App().by) == (str(tmp_path / "data/tracker/tracker.db"), "login")

    configure('db = "postgresql://host/log"\nby = "file"\n')
    assert (App().db, App().by) == ("postgresql://host/log", "file")

    monkeypatch.setenv("TRACKER_DB", "env.db")
    monkeypatch.setenv("TRACKER_BY", "env")
    assert (App().db, App().by) == ("env.db", "env")

    given = App(db_option="given.db", by_option="given")
    assert (given.db, given.by) == ("given.db", "given")

    monkeypatch.setenv("TRACKER_DB", "")
    assert App().db == "postgresql://host/log"


@pytest.mark.parametrize(
    ("db", "said"),
    [
        ("", "--db needs the path of a file or the URL of a database"),
        (":memory:", "a log cannot be kept in :memory:; use a SQLite file or PostgreSQL"),
        ("sqlite://", "a log cannot be kept in sqlite://; use a SQLite file or PostgreSQL"),
    ],
)
def test_an_empty_name_is_not_the_default(db: str, said: str) -> None:
    """``--db "$UNSET"`` is called wrongly, and writes into nobody's own log."""
    result = run("--db", db, "register", "a", "--title", "A", "--lifecycle", "dialogue")
    assert result.returncode == 2
    assert result.stderr.startswith(f"tracker: {said}")
    assert not settings.default_database().exists()


def test_a_relative_path_in_the_config_file_starts_from_that_file() -> None:
    """The same file names the same log wherever one stands."""
    path = configure('db = "talks.db"\n')
    assert App().db == str(path.parent / "talks.db")
    configure('db = "~/talks.db"\n')
    assert App().db == str(Path("~/talks.db").expanduser())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("db = ", "is not valid TOML"),
        ("db = 5", "must set 'db' to a text in quotes"),
        ('by = ""', "must set 'by' to a text in quotes"),
        ('bd = "x"', "sets 'bd', but only 'db' and 'by' can be set"),
    ],
)
def test_a_fault_in_the_config_file_is_one_sentence(text: str, said: str) -> None:
    """Exit 2, with the path of the file."""
    path = configure(text)
    result = outcome(lambda app: app.db)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"tracker: the config file {path} {said}")
    assert result.stderr.count("\n") == 1


def test_a_config_file_is_not_read_before_it_is_needed() -> None:
    """A broken one stands in nobody's way to the help."""
    configure("db = ")
    assert run("--help").returncode == 0
    assert run("completion", "fish").returncode == 0


def test_a_user_without_a_name_still_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs as a number."""

    def nobody() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert App().by == "unknown"


# --- the terminal --------------------------------------------------------------------------


def test_colour_is_for_terminals_and_no_color_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Auto asks the terminal and the environment; always and never ask nobody."""
    monkeypatch.setenv("TERM", "xterm")
    assert not App().use_color
    assert App(color="always").use_color
    monkeypatch.setattr("tracker.cli.app.is_terminal", lambda stream: True)
    assert App().use_color
    assert not App(color="never").use_color
    monkeypatch.setenv("TERM", "dumb")
    assert not App().use_color
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not App().use_color
    assert App(color="always").use_color


def test_the_width_is_the_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    """$COLUMNS has its say."""
    monkeypatch.setenv("COLUMNS", "132")
    assert App().width == 132


def test_what_is_not_the_answer_goes_to_stderr_unless_quiet() -> None:
    """Data on stdout, everything else on stderr."""

    def act(app: App) -> None:
        app.say("on the way\x1b")
        app.page("the answer\n")

    result = outcome(act)
    assert (result.stdout, result.stderr) == ("the answer\n", "on the way\\x1b\n")
    assert outcome(act, "--quiet").stderr == ""


def test_colour_is_taken_out_of_an_answer_that_goes_to_a_file() -> None:
    """Unless it is asked for."""

    def act(app: App) -> None:
        app.page("\x1b[1mbold\x1b[0m")

    assert outcome(act).stdout == "bold\n"
    assert outcome(act, "--color", "always").stdout == "\x1b[1mbold\x1b[0m\n"


def test_only_an_answer_longer_than_the_terminal_is_paged(monkeypatch: pytest.MonkeyPatch) -> None:
    """And only on a terminal."""
    paged: list[str] = []
    monkeypatch.setattr("click.echo_via_pager", lambda text, color: paged.append(text))
    monkeypatch.setenv("LINES", "10")
    App().page("line\n" * 100)
    monkeypatch.setattr("tracker.cli.app.is_terminal", lambda stream: True)
    App().page("line\n" * 5)
    assert paged == []
    App().page("line\n" * 100)
    assert paged == ["line\n" * 100]


@pytest.mark.parametrize(
    ("words", "why"),
    [([], "there is no terminal to ask on"), (["--no-input"], "--no-input was given")],
)
def test_without_a_terminal_nothing_is_asked(words: list[str], why: str) -> None:
    """The error names the option that was missing."""
    result = outcome(lambda app: app.ask("--source", "Where does it say so?"), *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        result.stderr == f"tracker: --source is missing, and {why}; add --source to the command\n"
    )


def test_a_question_is_asked_again_until_the_answer_will_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason is said, the answer is trimmed, and the default is taken for an empty one."""
    answers = iter(["tomorow", " today ", ""])
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda text: next(answers))

    def check(answer: str) -> None:
        if answer == "tomorow":
            raise errors.Refused("no such date")

    asked: dict[str, Any] = {"choices": ["today"], "check": check, "terminal": False}
    assert questions.ask("When?", default=None, **asked) == "today"
    assert "no such date" in capsys.readouterr().err
    assert questions.ask("When?", default="2025", **asked) == "2025"


def test_a_question_is_asked_on_a_terminal_with_completion() -> None:
    """A real terminal: the tab key completes, the prompt is not in the answer's way."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "dumb"
        program = PREAMBLE + (
            "from tracker.cli.app import App\n"
            "@add\ndef command():\n"
            "    click.echo('ANSWER=' + App().ask('--x', 'Which', choices=['il-114', 'tu-214']))\n"
            "main()\n"
        )
        os.execv(sys.executable, [sys.executable, "-c", program])
    seen = read_until(terminal, b"Which")
    time.sleep(0.2)
    os.write(terminal, b"il\t\r")
    seen += read_until(terminal, b"ANSWER=il-114")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    os.close(terminal)
    assert seen.count(b"Which") == 1


def read_until(terminal: int, mark: bytes) -> bytes:
    """What the terminal shows, up to *mark*."""
    seen = b""
    while mark not in seen:
        seen += os.read(terminal, 1024)
    return seen


def test_progress_is_shown_only_on_a_terminal_and_after_a_second(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Then with the rate and the time left; before, rich is not even imported."""
    with App().progress(10, "Reading") as advance:
        advance(5)
    monkeypatch.setattr("tracker.cli.app.is_terminal", lambda stream: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    clock = iter([0.0, 0.5, 1.5, 1.55, 2.5])
    fake = SimpleNamespace(monotonic=lambda: next(clock))
    monkeypatch.setattr("tracker.cli.progress.time", fake)
    with App(quiet=True).progress(10, "Reading") as advance:
        advance(5)
    with App().progress(10, "Reading [rows]") as advance:
        advance(2)
        assert capsys.readouterr() == ("", "")
        advance(2)
        advance(1)
        advance(4)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Reading [rows]" in shown.err
    assert "9/10" in shown.err


# --- shared options ------------------------------------------------------------------------


def test_shared_options_are_handed_on_as_typed() -> None:
    """Each under the name that its decorator says."""
    seen: dict[str, object] = {}

    @shell.command("try")
    @options.viewpoint_options
    @options.filter_options
    @options.format_option
    @options.dry_run_option
    @options.id_option
    @options.source_options
    def command(**given: object) -> None:
        """Try."""
        seen.update(given)

    def given(*words: str) -> dict[str, object]:
        seen.clear()
        result = CliRunner().invoke(command, words)
        assert result.exit_code == 0, result.output
        return dict(seen)

    plain = given()
    assert set(plain) == {
        *("as_of", "known_at", "as_reported"),
        *("lifecycle", "phase", "condition", "party", "sector", "tag", "uncertain", "dormant"),
        "view",
        *("format_name", "dry_run", "event_id"),
        *("source", "source_title", "publisher", "published", "accessed", "quote", "grade"),
        *("stated_by", "note"),
    }
    assert plain["format_name"] == "table"
    assert plain["tag"] == ()
    assert given("--json")["format_name"] == "json"
    assert given("--format", "csv")["format_name"] == "csv"
    assert given("--as-of", "2025-12", "--known-at", "@17")["known_at"] == "@17"
    assert given("--tag", "a", "--tag", "b")["tag"] == ("a", "b")
    assert given("-n")["dry_run"] is True
    some_id = "0190f3a2-0000-7000-8000-000000000001"
    assert str(given("--id", some_id.upper())["event_id"]) == some_id

    for one in ("--as-of", "--known-at"):
        for words in (
            [one, "2025", "--as-reported", "2025"],
            ["--as-reported", "2025", one, "2025"],
        ):
            result = CliRunner().invoke(command, words)
            assert result.exit_code == 2
            assert f"leave out {one}" in result.output


# --- completion ----------------------------------------------------------------------------


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A file with the tables that completion reads."""
    path = tmp_path / "a log?.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(f"""
            create table initiatives
                (initiative, title, k_to, retired, lifecycle, parties, sector, tags);
            insert into initiatives values
                ('il-114', 'Ilyushin\x1b', {complete.OPEN}, 0, 'training',
                    '["India", "Russian Federation"]', 'aviation', '["summit"]'),
                ('il-114', 'Old', 7, 0, 'training', '["Nobody"]', 'none', '["none"]'),
                ('il-96', 'Retired', {complete.OPEN}, 1, 'dialogue', '["Nobody"]', 'none', '[]'),
                ('tu-214', 'Tupolev', {complete.OPEN}, 0, 'dialogue', '["India"]', null, '[]');
            create table lifecycle_effects (lifecycle, type, effect, phase, k_to);
            insert into lifecycle_effects values
                ('co-production', 'mou-signed', 'enters', 'memorandum', {complete.OPEN}),
                ('training', 'mou-signed', 'enters', 'agreed', {complete.OPEN}),
                ('training', 'commented', 'none', null, {complete.OPEN}),
                ('dialogue', 'held', 'enters', 'held', 9);
            create table events (initiative, version, kind, type);
            insert into events values
                ('il-114', 1, 'initiative-registered', null),
                ('il-114', 2, 'recorded', 'talks-initiated'),
                ('il-114', 3, 'recorded', 'mou-signed'),
                ('il-114', 4, 'amended', 'mou-signed');
        """)
    return path


def offered(
    function: Callable[[click.Context, click.Parameter, str], list[Any]],
    db: object,
    typed: str,
    **given: str,
) -> dict[str, str | None]:
    ctx = click.Context(tracker)
    ctx.params |= {"db": str(db), **given}
    return {item.value: item.help for item in function(ctx, click.Argument(["slugs"]), typed)}


def test_completion_offers_what_is_in_the_log(log: Path) -> None:
    """Current and not retired; with a title or a type beside it, shown safely."""
    assert offered(complete.slugs, log, "") == {"il-114": "Ilyushin\\x1b", "tu-214": "Tupolev"}
    assert offered(complete.slugs, log, "il") == {"il-114": "Ilyushin\\x1b"}
    assert list(offered(complete.lifecycles, log, "")) == ["co-production", "training"]
    assert list(offered(complete.phases, log, "")) == ["agreed", "memorandum"]
    assert set(offered(complete.types, log, "m")) == {"mou-signed"}
    assert list(offered(complete.parties, log, "")) == ["India", "Russian Federation"]
    assert list(offered(complete.sectors, log, "")) == ["aviation"]
    assert list(offered(complete.tags, log, "s")) == ["summit"]
    assert list(offered(complete.facts, log, "tu")) == ["tu-214#"]
    assert offered(complete.facts, log, "il-114#") == {
        "il-114#2": "talks-initiated",
        "il-114#3": "mou-signed",
    }
    assert list(offered(complete.facts, log, "il-114")) == ["il-114#2", "il-114#3"]
    assert offered(complete.facts, log, "none#") == {}
    assert list(offered(complete.slugs, f"sqlite:///{log}".replace("?", "%3F"), "")) == []


@pytest.mark.parametrize("given", [{"slug": "il-114"}, {"fact": "il-114#3"}])
def test_the_types_are_those_of_the_initiative_that_is_named(
    log: Path, given: dict[str, str]
) -> None:
    """With what they do; of one that there is not, all types are offered."""
    assert offered(complete.types, log, "", **given) == {
        "commented": "none",
        "mou-signed": "enters",
    }
    assert offered(complete.types, log, "", slug="il") == {
        "commented": "training",
        "mou-signed": "co-production,training",
    }


# What bash does at the tab key, with the words of the line as arguments.
BASH = r"""
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tracker_completion tracker
printf "%s\n" "${COMPREPLY[@]}"
"""
# zsh completes at its line editor alone: what it would offer is noted as it is handed over, but for
# where it is only sorted, and another key ends it.
ZSH = r"""
compadd() {
  if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
    local -a hits; builtin compadd -A hits "$@"; print -rl -- $hits >> $FOUND
  fi
  builtin compadd "$@"
}
leave() { exit }
zle -N leave; bindkey '^X' leave; unsetopt BEEP; PROMPT='ready> '
"""
COMPLETIONS = [
    ("tracker wi", {"withdraw"}),
    ("tracker record il-114 mou", {"mou-signed"}),
    ("tracker status --party Russian", {"Russian Federation"}),
    ("tracker amend il-114#", {"il-114#2", "il-114#3"}),
]


@pytest.fixture
def at_a_shell(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program is on the path, by its name, and the environment names the log."""
    program = tmp_path / "bin" / "tracker"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tracker "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TRACKER_DB", str(log))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.usefixtures("at_a_shell")
@pytest.mark.parametrize(
    ("shell", "script"),
    [
        ("bash", BASH),
        ("fish", 'complete -C "$argv"'),
    ],
)
@pytest.mark.parametrize(("words", "found"), COMPLETIONS)
def test_a_real_shell_completes(
    shell: str, script: str, words: str, found: set[str], tmp_path: Path
) -> None:
    """By the script that it was given, from the log that the environment names."""
    needed(shell)
    made = tmp_path / "script"
    made.write_text(f"{run('completion', shell).stdout}\n{script}\n")
    done = subprocess.run(
        [shell, made, *words.split(" ")], check=False, capture_output=True, text=True
    )
    said = {line.partition("\t")[0].replace("\\", "") for line in done.stdout.splitlines()}
    assert said == found, done


@pytest.mark.usefixtures("at_a_shell")
@pytest.mark.parametrize(("words", "found"), COMPLETIONS)
def test_zsh_completes(
    words: str, found: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the tab key, on a terminal."""
    program, noted = needed("zsh"), tmp_path / "found"
    noted.touch()
    began = "autoload -Uz compinit && compinit -u -D"
    script = f"{began}\n{run('completion', 'zsh').stdout}\n{ZSH}"
    (tmp_path / ".zshrc").write_text(script)
    monkeypatch.setenv("ZDOTDIR", str(tmp_path))
    monkeypatch.setenv("FOUND", str(noted))
    monkeypatch.setenv("TERM", "dumb")
    child, terminal = pty.fork()
    if child == 0:
        os.execv(program, [program, "-d", "-i"])
    read_until(terminal, b"ready> ")
    os.write(terminal, f"{words}\t\x18".encode())
    with suppress(OSError):  # which is how Linux tells that the other end is closed
        while os.read(terminal, 1024):
            pass
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    os.close(terminal)
    assert set(noted.read_text().replace("\\", "").splitlines()) == found


@pytest.mark.parametrize(
    ("word", "offered_as"), [("Rus", "Russian\\\\ Federation"), ('"Rus', "Russian Federation")]
)
def test_bash_is_given_blanks_that_it_can_take(
    log: Path, monkeypatch: pytest.MonkeyPatch, word: str, offered_as: str
) -> None:
    """Quoted for its script to read, but within quotes."""
    monkeypatch.setenv("_TRACKER_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"tracker\nstatus\n--party\n{word}")
    monkeypatch.setenv("COMP_CWORD", "3")
    assert list(offered(complete.parties, log, "Rus")) == [offered_as]


def test_completion_that_cannot_offers_nothing_and_says_nothing(tmp_path: Path) -> None:
    """No file, no database, no tables, another kind of database, a broken config file."""
    (tmp_path / "text.db").write_text("no database" * 100)
    sqlite3.connect(tmp_path / "empty.db").close()
    for db in ("none.db", "text.db", "empty.db", "."):
        assert offered(complete.slugs, tmp_path / db, "") == {}
    assert not (tmp_path / "none.db").exists()
    assert offered(complete.slugs, "postgresql://host/log", "") == {}
    configure("db = ")
    assert offered(complete.slugs, "", "") == {}


def test_a_log_in_a_home_is_completed_from_too(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is opened; the home of a user that there is none of offers nothing."""
    monkeypatch.setenv("HOME", str(log.parent))
    assert list(offered(complete.slugs, f"~/{log.name}", "il")) == ["il-114"]
    assert offered(complete.slugs, "~no-such-user/log.db", "il") == {}


def test_a_url_of_a_sqlite_file_is_completed_from_too() -> None:
    """As SQLAlchemy writes them: three slashes, four for an absolute path."""
    assert complete.sqlite_path("sqlite:////var/log.db?x=1") == Path("/var/log.db")
    assert complete.sqlite_path("sqlite+pysqlite:///log.db") == Path("log.db")
    assert complete.sqlite_path("sqlite://") is None
    assert complete.sqlite_path("postgresql+psycopg://host/log") is None


def test_the_shell_is_offered_commands_with_their_summaries() -> None:
    """By the table, in a process of its own, as the shell does it."""
    environment = {
        "_TRACKER_COMPLETE": "fish_complete",
        "COMP_WORDS": "tracker st",
        "COMP_CWORD": "st",
    }
    done = run(env={**os.environ, **environment})
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"plain,{name}\t{COMMANDS[name].summary}" for name in ("status", "stats")
    ]


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_completion_script_calls_the_program_back(name: str) -> None:
    """The script names the variable that the program answers to."""
    done = run("completion", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_TRACKER_COMPLETE={name}_complete" in done.stdout


# --- the reference -------------------------------------------------------------------------


def test_the_reference_is_the_same_in_every_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deterministic, and complete: sections, usage, options, examples."""
    part = shell.Root(
        "tracker",
        entries={"completion": COMMANDS["completion"]},
        params=tracker.params,
        callback=tracker.callback,
        help="Track.",
    )
    monkeypatch.setenv("COLUMNS", "40")
    narrow = reference.render(part)
    monkeypatch.setenv("COLUMNS", "200")
    assert reference.render(part) == narrow
    for text in (
        "## tracker\n",
        "## Keeping\n",
        "### tracker completion\n",
        "tracker completion [OPTIONS] bash|zsh|fish",
        "- `--db PATH|URL`: The log",
        "echo 'eval \"$(tracker completion bash)\"' >> ~/.bashrc",
    ):
        assert text in narrow


def test_the_reference_never_skips_a_command() -> None:
    """A command that is listed and is not there is an error, not a gap."""
    entry = shell.Entry("tracker.cli.no_such_module", "command", "None.", "Keeping")
    with pytest.raises(ModuleNotFoundError):
        reference.render(shell.Root("tracker", entries={"none": entry}))


def test_the_reference_knows_when_it_is_out_of_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 1 where the page differs or is missing; writing it mends that."""
    monkeypatch.setattr(reference, "tracker", shell.Root("tracker", entries={}, help="Track."))
    page = ["--out", str(tmp_path / "docs" / "cli.md")]
    assert CliRunner().invoke(reference.main, ["--check", *page]).exit_code == 1
    assert CliRunner().invoke(reference.main, page).exit_code == 0
    assert CliRunner().invoke(reference.main, ["--check", *page]).exit_code == 0


ODD_TITLE = "Źródło naïve €"


@pytest.fixture(scope="module")
def odd_db(tmp_path_factory: pytest.TempPathFactory) -> str:
    db = str(tmp_path_factory.mktemp("encodings") / "log.db")
    words = ["--db", db, "--by=mira", "register", "a", f"--title={ODD_TITLE}"]
    done = CliRunner().invoke(tracker, [*words, "--lifecycle=dialogue"])
    assert done.exit_code == 0
    return db


def said_in(encoding: str, db: str, words: str) -> bytes:
    """What the command says where that is the encoding of standard output."""
    done = subprocess.run(
        [sys.executable, "-m", "tracker", "--db", db, "--by=mira", *words.split()],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        timeout=SOON,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize(
    "words",
    [
        "status --json",
        "status --format csv",
        "status --format markdown",
        "show a --format markdown",
        "replay --axis knowledge --format jsonl",
        "log --format jsonl",
        "timeline --svg -",
        "export --format log",
        "report --out -",
    ],
)
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_what_programs_read_is_utf8_everywhere(odd_db: str, encoding: str, words: str) -> None:
    """They are not told what the encoding of the system was."""
    said = said_in(encoding, odd_db, words)
    assert "Traceback" not in said.decode("utf-8")
    assert said.decode("utf-8") == said_in("utf-8", odd_db, words).decode("utf-8")


def test_what_an_import_says_to_programs_is_utf8_too(odd_db: str, tmp_path: Path) -> None:
    """With the title that was given, byte for byte."""
    (tmp_path / "rows.csv").write_text(
        "initiative,title,lifecycle,type,on,source\nb,Ź€,dialogue,meeting-held,2025-01-02,x\n",
        encoding="utf-8",
    )
    said = said_in("cp1252", odd_db, f"import {tmp_path / 'rows.csv'} -n --json")
    assert "Ź€" in said.decode("utf-8")


@pytest.mark.parametrize("words", ["status", "show a", "why a", "log", "timeline", "history a"])
def test_what_people_read_is_escaped_where_the_encoding_lacks_it(odd_db: str, words: str) -> None:
    """In every command alike: an ASCII terminal is sent ASCII."""
    said = said_in("ascii", odd_db, words)
    assert said.isascii()
