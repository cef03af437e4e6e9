"""The pictures of the site, drawn by the tool: ``python docs/pictures.py FOLDER``.

Each is what ``tracker timeline --svg`` draws of a small log, which is recorded here at the moments
that the story needs. Nothing of it is kept: log and pictures are made anew with every build.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
from pathlib import Path

from attrs import frozen
from click.testing import CliRunner
from freezegun import freeze_time

sys.path.insert(0, str(Path(__file__).parents[1]))  # this checkout's tracker

from tracker.cli import tracker as command_line


@frozen
class Moment:
    """What somebody types at one instant, UTC; a ``tracker`` stands before every line."""

    at: str
    lines: tuple[str, ...]


MEMORANDUM = (
    Moment(
        "2025-12-08T09:00:00",
        (
            "register il-114 --title 'Il-114 joint production' --lifecycle co-production",
            "record il-114 feasibility-study-underway --on 2025-12-05 --source Agency --grade C3",
        ),
    ),
    Moment(
        "2026-02-02T09:00:00",
        ("record il-114 mou-signed --on 2026-01 --grade B2 --source 'Release of the ministry'",),
    ),
    Moment(
        "2026-02-10T09:00:00",
        ("amend il-114#3 --type licence-signed --reason 'the release speaks of a licence'",),
    ),
)
"""The log that docs/explanation/as-of-and-known-at.md speaks of."""

WITHDRAWN = (
    Moment(
        "2025-12-08T09:00:00",
        (
            "register il-114 --title 'Il-114 joint production' --lifecycle co-production",
            "record il-114 talks-initiated --on 2025-12-05 --source 'Joint statement' --grade A1",
        ),
    ),
    Moment(
        "2026-01-20T09:00:00",
        ("record il-114 mou-signed --on 2026-01-19 --source 'News agency' --grade C3",),
    ),
    Moment(
        "2026-03-02T09:00:00",
        ("withdraw il-114#3 --reason 'the agency took its report back'",),
    ),
)
"""The log that docs/explanation/why-an-append-only-log.md speaks of."""

SUMMIT = (Moment("2025-12-08T09:00:00", ("demo",)),)
"""What ships with the tool."""

LOGS = {"memorandum": MEMORANDUM, "withdrawn": WITHDRAWN, "demo": SUMMIT}

PICTURES = {
    "known-on-10-january": ("memorandum", "--as-of 2026-02-15 --known-at 2026-01-10"),
    "known-on-2-february": ("memorandum", "--as-of 2026-02-15 --known-at 2026-02-02"),
    "known-on-10-february": ("memorandum", "--as-of 2026-02-15 --known-at 2026-02-10"),
    "before-the-withdrawal": ("withdrawn", "--as-of 2026-03-01 --known-at 2026-02-01"),
    "after-the-withdrawal": ("withdrawn", "--as-of 2026-03-01 --known-at 2026-03-02"),
    "after-the-summit": ("demo", "--as-of 2025-12-31"),
    "silence": ("demo", "il-114 --as-of 2027-12-31"),
}
"""Each picture: of which log, and with what after ``tracker timeline``."""


def type_in(log: Path, line: str) -> None:
    """Type a line of tracker's; one that fails stops the build with what it said."""
    words = ["--db", str(log), "--by", "mira", "--no-input", *shlex.split(line)]
    done = CliRunner().invoke(command_line, words)
    if done.exit_code:
        raise SystemExit(f"tracker {line}\n{done.output}")


def record(log: Path, moments: tuple[Moment, ...]) -> None:
    """Keep *log* as the story has it."""
    for moment in moments:
        with freeze_time(moment.at):
            for line in moment.lines:
                type_in(log, line)


def draw_all(folder: Path) -> None:
    """Draw every picture into *folder*, as NAME.svg."""
    with tempfile.TemporaryDirectory() as made:
        for name, moments in LOGS.items():
            record(Path(made, name), moments)
        for name, (log, words) in PICTURES.items():
            file = shlex.quote(str(folder / f"{name}.svg"))
            type_in(Path(made, log), f"timeline {words} --svg {file} --force")


if __name__ == "__main__":
    draw_all(Path(sys.argv[1]))
