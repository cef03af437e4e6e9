"""One small log to ask about, told at fixed instants, and how to ask it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import sys
import termios
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner, Result
from freezegun import freeze_time

from tracker import Source, Tracker
from tracker.cli import tracker

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WIRE = Source(
    url="https://example.org/il-114",
    title="India and Russia discuss building the Il-114",
    publisher="Example Wire",
    grade="B2",
    quote="The sides have begun to discuss it.",
)


def tell(path: str) -> None:
    """Two mornings at the desk: 14 events, the last five a month after the others."""
    with Tracker.open(path, by="desk", create=True) as log:
        first: list[Callable[[], Any]] = [
            lambda: log.register(
                "il-114",
                title="Il-114-300 regional aircraft",
                lifecycle="co-production",
                parties=["HAL", "UAC"],
                sector="aviation",
                tags=["summit"],
            ),  # @1 adopts, @2
            lambda: log.record("il-114", "talks-initiated", on="2025-12-05", source=WIRE),  # @3
            lambda: log.register(
                "sj-100", title="SJ-100 jet", lifecycle="co-production", parties=["HAL"]
            ),  # @4
            lambda: log.record("sj-100", "mou-signed", on="2025-10", source="A newspaper"),  # @5
            lambda: log.register(
                "eaeu-fta", title="Free trade agreement", lifecycle="trade-agreement"
            ),  # @6 adopts, @7
            lambda: log.register("dup", title="Twice", lifecycle="co-production"),  # @8
            lambda: log.retire("dup", reason="the same as il-114", merged_into="il-114"),  # @9
        ]
        later: list[Callable[[], Any]] = [
            lambda: log.amend("il-114#2", on="2025-12-04", reason="the day of the dispatch"),  # @10
            lambda: log.record("il-114", "mou-signed", on="2025-12-20", source="A blog"),  # @11
            lambda: log.withdraw("il-114#4", reason="the blog took it back"),  # @12
            lambda: log.plan("il-114", "contract-signed", by="2027", source="Statement, 12"),  # @13
            lambda: log.record(
                "sj-100",
                "feasibility-study-underway",
                on="2025-10/2026-02",
                source="Another newspaper",
            ),  # @14
        ]
        for start, steps in (("2025-12-10T09:00:00Z", first), ("2026-01-15T09:00:00Z", later)):
            with freeze_time(start) as clock:
                for step in steps:
                    step()
                    clock.tick(MINUTE)


def ask(db: object, *words: str, at: datetime | str = NOW, **settings: Any) -> Result:
    """Run a command in this process, at a fixed instant, piped."""
    with freeze_time(at):
        return CliRunner().invoke(tracker, ["--db", str(db), *words], **settings)


def rooted(text: str) -> str:
    """*text* with zeros for the root that it names: ids and salts are new every time."""
    return re.sub(r"(, root\s+)[0-9a-f]{8}\b", r"\g<1>00000000", text)


def answered(db: object, *words: str, **settings: Any) -> str:
    """What a command prints that succeeds, but for the root in its caption."""
    done = ask(db, *words, **settings)
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    return rooted(done.stdout)


def on_terminal(
    db: object, *words: str, columns: int = 80, lines: int = 100, **environment: str
) -> str:
    """What a command shows on a terminal, in a process of its own."""
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        # Named whole: readline, which pytest loads, sets COLUMNS where os.environ does not see it.
        named = {**os.environ, "TERM": "xterm", "PAGER": "cat", **environment}
        named.pop("COLUMNS", None)
        command = [sys.executable, "-m", "tracker", "--db", str(db), *words]
        os.execve(sys.executable, command, named)
    seen = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, seen.decode()
    return rooted(seen.decode().replace("\r\n", "\n"))
