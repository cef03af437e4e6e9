"""Text that steers a terminal, in every field and every argument: none of it comes out."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import shutil
import struct
import sys
import termios
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from freezegun import freeze_time

from tests.attacks.tree import call, commands, lay_out, places, told_well
from tests.attacks.victim import NOW, tell_all
from tracker import Tracker
from tracker.domain.hidden import HIDDEN
from tracker.domain.lifecycle import read_lifecycle

if TYPE_CHECKING:
    from tests.tally import Tally

STEERING = (
    "\x1b]52;c;cHduZWQ=\x07",  # OSC 52: writes the clipboard
    "\x1b]0;title\x1b\\",  # sets the title of the window, from where it can be typed
    "\x1b]8;;https://evil.example/\x1b\\safe\x1b]8;;\x1b\\",  # a link that says something else
    "\x1b[2J\x1b[H\x1b[95;7m",  # clears the screen, and writes in colours nobody here uses
    "\x1bP$q\x1b\\\x1b[6n\x05",  # asks the terminal for an answer that arrives as if typed
    "\x9b31m\x9d52;c;aGk=\x9c\x90\x85",  # the same in C1, one character each
    "\u202eexe.fdp\u202c\u2066\u2069\u200f\u061c",  # direction: pdf.exe
    "over\rwritten\b\b\x7f\v\f\t",  # carriage returns, backspaces
    "\u2028\u2029\u2060\ufeff\ufff9\ufffb\U000e0041\U000e007f",  # lines, joins, tags
)
TEXT = "".join(STEERING)
# What a lifecycle may hold: no control characters, which its reader refuses.
QUIET = "\u2060\ufeff\ufff9\u206a\U000e0041"
SLUG = "odd"
_DANGEROUS = re.compile(f"[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f{HIDDEN}]")
_OWN_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_NOT_THEIRS = "\x1b[95;7m"

LIFECYCLE = f"""
name = "odd-life"
title = "Odd {QUIET}"
reference = "Reference {QUIET}"
[[phase]]
name = "one"
title = "One {QUIET}"
definition = "The one {QUIET}."
[[development]]
type = "began"
title = "Began {QUIET}"
enters = "one"
aliases = ["alias {QUIET}"]
"""


def unclean(text: str) -> str | None:
    """The first character in *text* that no output may hold, with what stands before it."""
    text = re.sub("\r+\n", "\n", text)  # a terminal puts one before the one that CSV has
    found = _DANGEROUS.search(text)
    return None if found is None else ascii(text[max(0, found.start() - 80) : found.end()])


@pytest.fixture(scope="module")
def odd_log(told_log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with what steers terminals in every field."""
    path = Path(shutil.copy(told_log, tmp_path_factory.mktemp("odd") / "log.db"))
    tell_all(str(path), TEXT, SLUG)
    with freeze_time("2026-01-21T09:00:00Z"), Tracker.open(str(path), by="desk") as log:
        log.adopt(read_lifecycle(LIFECYCLE, "odd.toml"))
        log.register("odd-too", title=TEXT, lifecycle="odd-life", part_of=SLUG)
        log.record("odd-too", "began", on="2025-12-01", source=TEXT)
    return path


@pytest.fixture
def files(home: Path) -> Path:
    lay_out(home)
    return home


def lines() -> list[list[str]]:
    """Every command in every format, about the odd one; what writes writes nothing."""
    found = []
    for command in commands():
        flags = ["--dry-run"] if command.writes else []
        for format_name in command.formats if command.asks else (None,):
            values = command.about(SLUG, "odd-life")
            if format_name is not None:
                values["format_name"] = format_name
            found.append(command.words(values, *flags))
    for name in ("show", "history", "why", "timeline", "log"):
        found.append([name, SLUG])
        found.append([name, "odd-too"])
    found.append(["timeline", "--svg=-"])
    found.append(["history", SLUG, "--axis=knowledge"])
    found.append(["replay", "--axis=knowledge", "--board"])
    return found


def into_a_file(words: list[str]) -> bool:
    """CSV is exported as it was recorded: an import wants the text itself."""
    return words[0] == "export" and "--format=csv" in words


def is_shown(text: str) -> bool:
    """Whether the escape character is there, as what it is."""
    return r"\x1b" in text or r"\u001b" in text


@pytest.mark.usefixtures("files")
def test_no_command_sends_it_to_a_pipe(odd_log: Path, tally: Tally) -> None:
    """Every command in every format, about a log that is full of it, prints nothing that steers."""
    asked = [words for words in lines() if not into_a_file(words)]
    shown = 0
    for words in asked:
        with freeze_time(NOW):
            done = call(odd_log, words)
        assert told_well(done) is None, (words, told_well(done))
        assert unclean(done.stdout) is None, (words, unclean(done.stdout))
        assert unclean(done.stderr) is None, (words, unclean(done.stderr))
        shown += is_shown(done.stdout)
    assert shown > 40  # it is there, and shown as what it is
    tally.add("bad inputs tried: texts that steer a terminal", len(asked) * len(STEERING))


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("color", ["never", "always"])
def test_no_command_sends_it_to_a_terminal(odd_log: Path, color: str, tally: Tally) -> None:
    """The same on a real terminal, where answers are wrapped and coloured; CSV there too."""
    asked = lines()
    screens = on_one_terminal(odd_log, asked, color)
    for words, screen in zip(asked, screens, strict=True):
        assert _NOT_THEIRS not in screen, words
        seen = _OWN_COLOURS.sub("", screen) if color == "always" else screen
        assert unclean(seen) is None, (words, unclean(seen))
    assert sum(map(is_shown, screens)) > 40
    tally.add("bad inputs tried: texts that steer a terminal", len(asked) * len(STEERING))


@pytest.mark.usefixtures("files")
def test_no_argument_is_echoed_as_it_was_given(odd_log: Path, tally: Tally) -> None:
    """Whatever is typed in any place, errors and answers show it escaped."""
    count = 0
    for place in places():
        dry = ("--dry-run",) if place.command.writes else ()
        for text in (TEXT.replace("\x00", ""), "il-114\x1b[2J\u202e"):
            done = call(odd_log, place.command.words(place.attacked(text), *dry))
            assert told_well(done) is None, (str(place), told_well(done))
            assert unclean(done.stdout) is None, (str(place), unclean(done.stdout))
            assert unclean(done.stderr) is None, (str(place), unclean(done.stderr))
            count += 1
    for words in ([TEXT], ["status", f"--{TEXT}"], ["lifecycle", TEXT]):
        done = call(odd_log, words)
        assert unclean(done.output) is None, unclean(done.output)
    done = call(f"/nowhere/{TEXT}", ["status"])
    assert (done.exit_code, unclean(done.output)) == (3, None)
    tally.add("bad inputs tried: texts that steer a terminal", count * len(STEERING))


@pytest.mark.usefixtures("files")
def test_no_file_steers_the_terminal(odd_log: Path, home: Path, tally: Tally) -> None:
    """What is wrong with a file is told with the text of it escaped: rows, TOML, logs, notes."""
    text = TEXT.replace("\r", "")
    (home / "a.csv").write_text(f'initiative,type,on,source\n"{text}","{text}","{text}",\n')
    named = f"{text[:30].replace('/', '')}.csv"
    (home / named).write_text("initiative,type\na,b\n")
    (home / "b.csv").write_text(f'initiative,"{text}",on\n')
    (home / "a.jsonl").write_text(json.dumps({"initiative": text, text: text}) + "\n")
    (home / "a.toml").write_text(f"name = {json.dumps(text)}\n{json.dumps(text)} = 1\n")
    (home / "b.toml").write_text(f"name = {text}\n")
    (home / "a.note").write_text(f"{text}\n1\n{text}\n\n{text}\n")
    (home / "a.log").write_text(json.dumps({text: text}) + "\n")
    done = [
        *(call(odd_log, ["import", name]) for name in ("a.csv", "b.csv", named)),
        call(odd_log, ["import", "a.jsonl"]),
        call(odd_log, ["import", "a.jsonl", "--on-error=skip", "--rejects=-"]),
        *(call(odd_log, ["lifecycle", "check", f"{name}.toml"]) for name in "ab"),
        *(call(odd_log, ["lifecycle", "adopt", f"{name}.toml"]) for name in "ab"),
        call(odd_log, ["verify", "--checkpoint", "a.note"]),
        call(home / "empty.db", ["restore", "a.log"]),
    ]
    for each in done:
        assert told_well(each) is None, told_well(each)
        assert each.exit_code != 0, each.output
        assert unclean(each.output) is None, unclean(each.output)
    tally.add("bad inputs tried: texts that steer a terminal", len(done) * len(STEERING))


def test_the_check_knows_what_steers() -> None:
    """Each of the texts would be noticed, and so would every control character."""
    for text in STEERING:
        assert unclean(text) is not None, ascii(text)
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if unicodedata.category(char) in ("Cc", "Zl", "Zp") and char != "\n":
            assert unclean(f"a{char}b") is not None, hex(code)


_RUNNER = """
import json, sys
from tracker.cli import tracker
for words in json.load(open(sys.argv[1], encoding="utf-8")):
    try:
        tracker.main(words)
    except SystemExit:
        pass
    print("=-=-=", flush=True)
"""


def on_one_terminal(db: Path, asked: list[list[str]], color: str) -> list[str]:
    """What each call shows, one after the other, on one terminal of 100 columns."""
    given = ["--db", str(db), "--by", "desk", "--no-input", "--color", color]
    calls = [[*given, *words] for words in asked]
    Path("calls.json").write_text(json.dumps(calls), encoding="utf-8")
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 9999, 100, 0, 0))
        named = {**os.environ, "TERM": "xterm", "PAGER": "cat", "PYTHONUTF8": "1"}
        for name in ("COLUMNS", "LINES", "NO_COLOR"):
            named.pop(name, None)
        os.execve(sys.executable, [sys.executable, "-c", _RUNNER, "calls.json"], named)
    seen = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not part:
            break
        seen += part
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, seen[-2000:]
    return seen.decode().split("=-=-=")[:-1]
