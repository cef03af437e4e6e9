"""Peak memory of what goes through a whole log, in a large log and in a small one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from tests.benchmarks.agreement import Disagreement
from tests.benchmarks.desk import Desk, Store
from tests.benchmarks.rows import Goal, Row
from tracker.cli import tracker as command_line

SMALL = 10_000
_CHILD = Path(__file__).with_name("child.py")


def rows(desk: Desk) -> Iterator[Row]:
    """The difference is what grows with the log."""
    there = command_line.list_commands(click.Context(command_line))
    small = min(SMALL, max(desk.events // 10, 1))
    for store in desk.stores:
        for name in ("replay", "rebuild", "import", "export", "report"):
            if name not in there:
                continue  # a program that does not have it yet
            large, little = (_megabytes(desk, store, name, size) for size in (desk.events, small))
            yield Row(
                what=f"peak memory of {name}, {desk.events:,} events",
                against=f"the same with {small:,}, {store.title}",
                ours=f"{large:,.0f} MB",
                theirs=f"{little:,.0f} MB",
                kind="megabytes",
                figure=large - little,
                goal=Goal("megabytes", 150),
            )


def _megabytes(desk: Desk, store: Store, name: str, events: int) -> float:
    if name == "import":
        url, rest = store.fresh("memory"), [str(desk.import_file(events)), "--backfill"]
    else:
        url, rest = desk.log(store, events), _REST[name]
    out = str(desk.folder / "report.html")
    words = [word.replace("OUT", out) for word in rest]
    command = [sys.executable, "-m", "tracker", "--db", url, "--by", "bench", "-q", name, *words]
    done = subprocess.run(
        [sys.executable, "-S", str(_CHILD), *command], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise Disagreement(f"tracker {name} ended with {done.returncode}: {done.stderr}")
    return int(done.stdout) / 1000


_REST = {
    "replay": ["--format", "jsonl"],
    "rebuild": [],
    "export": ["--format", "log"],
    "report": ["--force", "--out", "OUT"],
}
