"""A desk to record at, for the tests of the commands that write."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from attrs import frozen
from click.testing import CliRunner, Result

from tracker.application import Tracker
from tracker.cli import tracker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SOON = 60  # seconds that no test should need


def unmeasured() -> dict[str, str]:
    """The environment of a process whose coverage could not be written: its disk is full."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


@frozen
class Desk:
    """Runs tracker on one database, as ``desk``, and looks at what is in it."""

    db: str
    by: str = "desk"

    def run(self, *words: str, given: str = "", env: Mapping[str, str] | None = None) -> Result:
        """What the command *words* did, in this process, with no terminal."""
        line = ["--db", self.db, "--by", self.by, *words]
        return CliRunner().invoke(tracker, line, input=given, env=env)

    def done(self, *words: str, given: str = "") -> str:
        """Standard output of a command that has to succeed."""
        result = self.run(*words, given=given)
        assert result.exit_code == 0, (words, result.output)
        return result.stdout

    def apart(self, *words: str, **settings: Any) -> subprocess.CompletedProcess[str]:
        """What the command did as a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "tracker", "--db", self.db, "--by", self.by, *words],
            capture_output=True,
            text=True,
            timeout=SOON,
            check=False,
            **settings,
        )

    def apart_bytes(self, *words: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
        """The same, given bytes on standard input."""
        return subprocess.run(
            [sys.executable, "-m", "tracker", "--db", self.db, "--by", self.by, *words],
            capture_output=True,
            input=given,
            timeout=SOON,
            check=False,
        )

    def typed(self, *words: str, answers: Sequence[str]) -> tuple[int, str]:
        """The exit code and the screen of a command on a terminal, given *answers*."""
        master, terminal = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "tracker", "--db", self.db, "--by", self.by, *words],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env={**os.environ, "TERM": "dumb", "COLUMNS": "80", "LINES": "50"},
        )
        os.close(terminal)
        os.write(master, "".join(f"{answer}\n" for answer in answers).encode())
        screen = b""
        try:
            while part := os.read(master, 65536):
                screen += part
        except OSError:  # Linux says so when the other end is closed
            pass
        os.close(master)
        return process.wait(timeout=SOON), screen.decode().replace("\r\n", "\n")

    def events(self) -> list[tuple[str, str]]:
        """Handle and kind of every event."""
        with Tracker.open(self.db, by=self.by) as log:
            return [(event.handle, event.what.KIND) for event, _, _ in log.events()]

    def head(self) -> int:
        """The last position, read past everything that could refuse it."""
        engine = sa.create_engine(
            self.db if "://" in self.db else f"sqlite:///{self.db}", poolclass=sa.pool.NullPool
        )
        with engine.connect() as connection:
            return int(connection.execute(sa.text("SELECT count(*) FROM events")).scalar_one())


def begun(db: str) -> Desk:
    """A desk with two initiatives: ``il-114`` (@2), and ``il-96`` (@3)."""
    desk = Desk(db)
    aviation = ("--lifecycle", "co-production", "--sector", "aviation")
    desk.done("register", "il-114", "--title", "Il-114-300", "--party", "India", *aviation)
    desk.done("register", "il-96", "--title", "Il-96-400M", *aviation)
    return desk
