"""``log``: the events as recorded, streamed and followed."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.asking_story import answered, ask, on_terminal, tell
from tests.schemas import validate, validate_lines
from tracker import Tracker
from tracker.cli.log import KINDS
from tracker.domain.events import What
from tracker.domain.merkle import leaf_hash

SOON = 30  # seconds that no test should need

KNOWN = "known at 2026-01-15T09:04:00Z (@14, root 00000000)"


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("log") / "desk.db")
    tell(path)
    return path


def test_the_log_is_told_as_it_was_recorded(db: str) -> None:
    """A line an event: corrections name what they correct, and say why."""
    assert (
        answered(db, "log")
        == f"""\
@    recorded (UTC)       event       what
@1   2025-12-10 09:00:00  @1          lifecycle-adopted co-production (by desk)
@2   2025-12-10 09:00:00  il-114#1    initiative-registered Il-114-300 regional aircraft (by desk)
@3   2025-12-10 09:01:00  il-114#2    recorded talks-initiated on 2025-12-05 (by desk)
@4   2025-12-10 09:02:00  sj-100#1    initiative-registered SJ-100 jet (by desk)
@5   2025-12-10 09:03:00  sj-100#2    recorded mou-signed on 2025-10 (by desk)
@6   2025-12-10 09:04:00  @6          lifecycle-adopted trade-agreement (by desk)
@7   2025-12-10 09:04:00  eaeu-fta#1  initiative-registered Free trade agreement (by desk)
@8   2025-12-10 09:05:00  dup#1       initiative-registered Twice (by desk)
@9   2025-12-10 09:06:00  dup#2       initiative-retired into il-114: the same as il-114 (by desk)
@10  2026-01-15 09:00:00  il-114#3    amended il-114#2 talks-initiated on 2025-12-04: the day of \
the dispatch (by desk)
@11  2026-01-15 09:01:00  il-114#4    recorded mou-signed on 2025-12-20 (by desk)
@12  2026-01-15 09:02:00  il-114#5    withdrawn il-114#4: the blog took it back (by desk)
@13  2026-01-15 09:03:00  il-114#6    recorded plan contract-signed on ../2027 (by desk)
@14  2026-01-15 09:04:00  sj-100#3    recorded feasibility-study-underway on 2025-10/2026-02 \
(by desk)

{KNOWN}
"""
    )


@pytest.mark.parametrize(
    ("options", "positions"),
    [
        ((), range(1, 15)),
        (("il",), (2, 3, 10, 11, 12, 13)),
        (("dup",), (8, 9)),
        (("--kind", "recorded"), (3, 5, 11, 13, 14)),
        (("il-114", "--kind", "withdrawn"), (12,)),
        (("--since", "@12"), (13, 14)),
        (("--since", "@0"), range(1, 15)),
        (("--since", "@14"), ()),
        (("--since", "2026-01-15"), (10, 11, 12, 13, 14)),
        (("--since", "2025-12-11"), (10, 11, 12, 13, 14)),
        (("--since", "2025-12"), range(1, 15)),
        (("--since", "../2025"), range(1, 15)),
        (("--since", "today"), ()),
        (("--since", "2026-01-15T09:03:00Z"), (13, 14)),
    ],
)
def test_events_are_chosen(db: str, options: tuple[str, ...], positions: tuple[int, ...]) -> None:
    """After a position, from a day on; of one initiative, of one kind."""
    told = validate(answered(db, "log", *options, "--json"))
    assert [item["position"] for item in told["items"]] == list(positions)
    assert told["viewpoint"]["position"] == 14


def test_an_item_carries_what_was_hashed(db: str) -> None:
    """The body is the canonical text, the leaf its hash, and the columns say what it says."""
    for item in validate_lines(answered(db, "log", "--format", "jsonl"), "log"):
        body = json.loads(item["body"])
        assert leaf_hash(item["body"].encode()).hex() == item["leaf"]
        assert {name: body[name] for name in item if name not in ("body", "leaf")} == {
            name: value for name, value in item.items() if name not in ("body", "leaf")
        }


def test_csv_and_markdown_have_the_same_events(db: str) -> None:
    rows = list(csv.DictReader(io.StringIO(answered(db, "log", "--format", "csv"))))
    items = validate(answered(db, "log", "--json"))["items"]
    assert [row["body"] for row in rows] == [item["body"] for item in items]
    markdown = answered(db, "log", "--format", "markdown")
    assert markdown.count("\n| ") == 15


def test_every_kind_can_be_asked_for() -> None:
    """The list of the command line is that of the log."""
    assert {kind.KIND for kind in What.__args__} == set(KINDS)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--kind", "amende"), 2, "Did you mean 'amended'?"),
        (("--kind", "zzz"), 2, "There are lifecycle-adopted"),
        (("--follow", "--json"), 2, "use --format jsonl"),
        (("nope",), 3, "no initiative 'nope'"),
        (("--since", "@99"), 3, "only 14 events"),
        (("--since", "2099"), 5, "--since lies in the future"),
        (("--since", "2027"), 5, "--since lies in the future"),
        (("--since", "03/04/2025"), 5, "two ways"),
    ],
)
def test_what_cannot_be_listed_says_why(
    db: str, options: tuple[str, ...], code: int, said: str
) -> None:
    done = ask(db, "log", *options)
    assert (done.exit_code, done.stdout) == (code, "")
    assert said in done.stderr


def test_no_event_is_a_sentence(db: str) -> None:
    assert answered(db, "log", "--since", "@14") == f"No such event is in the log.\n\n{KNOWN}\n"


def test_a_log_that_is_not_there_says_how_to_begin(tmp_path: Path) -> None:
    done = ask(tmp_path / "none.db", "log")
    assert done.exit_code == 3
    assert "tracker register" in done.stderr


def test_a_terminal_gets_whole_lines_wrapped_behind_their_columns(db: str) -> None:
    """At 80 columns the text goes on below itself."""
    text = on_terminal(db, "--color", "never", "log", "--since", "@9", "--kind", "amended")
    assert text == (
        "@    recorded (UTC)       event     what\n"
        "@10  2026-01-15 09:00:00  il-114#3  amended il-114#2 talks-initiated on\n"
        "                                    2025-12-04: the day of the dispatch (by\n"
        "                                    desk)\n"
        f"\n{KNOWN}\n"
    )


def test_a_long_log_goes_through_the_pager(tmp_path: Path) -> None:
    """All of it, in order."""
    path = str(tmp_path / "long.db")
    with Tracker.open(path, by="desk", create=True) as log:
        for number in range(120):
            log.register(f"i-{number:03}", title="One", lifecycle="co-production")
    lines = on_terminal(path, "--color", "never", "log").splitlines()
    assert [line.split()[0] for line in lines[1:-2] if line] == [f"@{n}" for n in range(1, 122)]


# --- following -------------------------------------------------------------------------------


def follow(db: str, *options: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tracker", "--db", db, "log", "--follow", *options]
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    )


def test_following_neither_misses_nor_repeats(tmp_path: Path) -> None:
    """What is recorded while it waits comes once, in order; Ctrl-C ends it with 130."""
    path = str(tmp_path / "desk.db")
    tell(path)
    child = follow(path, "--since", "@12", "--format", "jsonl")
    assert child.stdout is not None
    seen = [json.loads(child.stdout.readline())["position"] for _ in range(2)]
    with Tracker.open(path, by="desk") as log:
        for number in range(3):
            log.register(f"new-{number}", title="New", lifecycle="co-production")
            time.sleep(0.5)
    seen += [json.loads(child.stdout.readline())["position"] for _ in range(3)]
    child.send_signal(signal.SIGINT)
    rest, told = child.communicate(timeout=SOON)
    assert seen == [13, 14, 15, 16, 17]
    assert (child.returncode, rest) == (130, "")
    assert told == "tracker: interrupted\n"


def test_following_ends_when_nobody_reads(tmp_path: Path) -> None:
    """Silently, though nothing more is recorded."""
    path = str(tmp_path / "desk.db")
    tell(path)
    child = follow(path, "--since", "@13")
    assert child.stdout is not None
    assert child.stderr is not None
    assert child.stdout.readline().startswith("@")
    assert child.stdout.readline().startswith("@14")
    child.stdout.close()
    assert child.wait(timeout=SOON) == 0
    assert child.stderr.read() == ""
    child.stderr.close()
