"""``tracker man``: the manual pages, and what the programs that show them say of them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from tests.attacks.tree import commands
from tests.programs import needed
from tracker.cli import COMMANDS, manual
from tracker.cli import tracker as command_line


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    return tmp_path


def man(*words: str) -> Result:
    return CliRunner().invoke(command_line, ["man", *words])


def pages(here: Path) -> dict[str, str]:
    """All pages, as they were written into a folder."""
    done = man("--out", "man1")
    assert done.exit_code == 0, done.output
    return {path.name: path.read_text(encoding="ascii") for path in sorted(here.glob("man1/*"))}


def test_there_is_a_page_for_every_command(here: Path) -> None:
    """And one for each group, and for the program, which lists them."""
    made = pages(here)
    assert {f"tracker-{'-'.join(each.path)}.1" for each in commands()} <= set(made)
    assert {f"tracker-{name}.1" for name in COMMANDS} | {"tracker.1"} <= set(made)
    for name in COMMANDS:
        escaped = f"tracker-{name}".replace("-", r"\-")
        assert f".BR {escaped} (1)" in made["tracker.1"]


def test_a_page_says_what_the_help_says(here: Path) -> None:
    """Name, synopsis, description, every option, the examples, and the exit codes."""
    text = pages(here)["tracker-record.1"].replace(r"\-", "-").replace(r"\(dq", '"')
    text = re.sub(r"\\\[u(\w+)\]", lambda found: chr(int(found[1], 16)), text)
    sections = re.findall(r"^\.SH (.*)", text, re.MULTILINE)
    assert sections == [
        "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "EXIT STATUS", "SEE ALSO",
    ]  # fmt: skip
    record = command_line.get_command(click.Context(command_line), "record")
    assert record is not None
    for param in record.params:
        if isinstance(param, click.Option):
            assert param.opts[0] in text
            assert " ".join((param.help or "").split()) in text
    assert 'tracker record il-114 "MoU signed" --on 2025-12-05' in text
    assert text.count("\n.B ") > len(record.params) - 2
    assert ".B 130\n" in text


def test_the_pages_are_the_same_every_time_and_in_every_terminal(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No date but the one that is asked for, and no width."""
    first = pages(here)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "")
    assert pages(here) == first
    assert first["tracker.1"].startswith('.TH "TRACKER" "1" "" "tracker ')
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764925200")
    assert pages(here)["tracker.1"].startswith('.TH "TRACKER" "1" "2025-12-05" "tracker ')
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    done = man()
    assert (done.exit_code, done.stdout) == (2, "")
    assert "$SOURCE_DATE_EPOCH must be a number of seconds" in done.stderr


def test_one_page_is_printed_and_none_is_written(here: Path) -> None:
    """That of the program, of a command, or of one in a group; a folder takes all or none."""
    assert man().stdout == dict(manual.pages(command_line))["tracker.1"]
    assert man("lifecycle", "adopt").stdout.startswith('.TH "TRACKER-LIFECYCLE-ADOPT"')
    wrong = man("lifecycle", "adpot")
    assert (wrong.exit_code, "Did you mean 'adopt'?" in wrong.stderr) == (2, True)
    assert man("status", "--out", "man1").exit_code == 2
    dry = man("--out", "man1", "-n")
    assert dry.stdout.startswith("would write ")
    assert list(here.iterdir()) == []


def test_a_folder_keeps_what_is_not_a_page_of_ours(here: Path) -> None:
    """A page that was there is written anew, and nothing lands beside the folder."""
    Path("man1").mkdir()
    Path("man1/other.1").write_text("theirs", encoding="ascii")
    Path("man1/tracker.1").write_text("old", encoding="ascii")
    made = pages(here)
    assert made.pop("other.1") == "theirs"
    assert all(text.startswith('.TH "TRACKER') for text in made.values())
    assert [path.name for path in here.iterdir()] == ["man1"]


def test_a_folder_that_cannot_be_written_is_one_sentence(here: Path) -> None:
    """And a file is no folder."""
    Path("file").touch()
    for out in ("file", "file/below"):
        done = man("--out", out)
        assert (done.exit_code, done.stdout) == (2, "")
        assert "Traceback" not in done.output


@pytest.mark.parametrize(
    "words",
    [("mandoc", "-T", "lint", "-W", "warning"), ("groff", "-man", "-ww", "-z", "-Tutf8")],
)
def test_the_programs_that_show_pages_have_nothing_against_them(
    here: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Not a warning, on any page."""
    needed(words[0])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764925200")
    made = [here / "man1" / name for name in pages(here)]
    done = subprocess.run([*words, *made], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_man_shows_what_is_typed_as_it_is_typed(here: Path) -> None:
    """Quotes, hyphens and dots of an example come out as they go into a shell."""
    needed("groff")
    pages(here)
    done = subprocess.run(
        [needed("man"), "-P", "cat", "-l", here / "man1" / "tracker-record.1"],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "MANWIDTH": "100", "GROFF_NO_SGR": "1"},
    )
    if "minimized" in done.stdout or done.returncode:
        pytest.skip("man shows nothing here")
    shown = re.sub(".\b", "", done.stdout)
    assert 'tracker record il-114 "MoU signed" --on 2025-12-05 \\' in shown


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (".hidden", r"\&.hidden"),
        ("'quoted'", r"\(aqquoted\(aq"),
        ("a\\b -n", r"a\eb \-n"),
        ("up … to", r"up \[u2026] to"),
    ],
)
def test_nothing_in_a_text_is_taken_for_the_language(text: str, written: str) -> None:
    """Dots and quotes at the start, backslashes, hyphens, and what is not ASCII."""
    assert manual._text(text) == written
