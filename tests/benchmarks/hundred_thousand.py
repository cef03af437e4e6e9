"""How long a bulk import and a portfolio at a past viewpoint take, as whole processes.

``python -m tests.benchmarks.hundred_thousand [ROWS] [URL]`` makes a deterministic history, imports
it with --backfill through the command line into a fresh SQLite file (or the empty database at URL),
and asks. It prints and asserts nothing: figures of one machine are not a law.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

TYPES = (
    "talks-initiated",
    "feasibility-study-underway",
    "mou-signed",
    "contract-signed",
    "commented",
    "suspended",
    "resumed",
    "tooling-started",
    "first-article-completed",
)


def rows(count: int) -> Iterator[dict[str, str]]:
    """*count* developments of a tenth as many initiatives; late news, and one month in ten."""
    chance = random.Random(1)
    learned = datetime(2010, 1, 1, tzinfo=UTC)
    for number in range(count):
        learned += timedelta(minutes=chance.randrange(1, 100))
        late = timedelta(days=chance.choice((0, 0, 1, 5, 30, 400)))
        on = (learned - late).date().isoformat()
        name = f"init-{chance.randrange(max(count // 10, 1)):06d}"
        yield {
            "initiative": name,
            "title": f"Initiative {name}",
            "lifecycle": "co-production",
            "party": "India;Russia",
            "sector": "aviation",
            "type": chance.choice(TYPES),
            "on": on if chance.random() > 0.1 else on[:7],
            "source": f"https://example.org/{number}",
            "source_title": "A report",
            "quote": f"They said that something happened, {number}",
            "grade": "B2",
            "note": "a note",
            "recorded_at": learned.isoformat(),
        }


def timed(what: str, *words: str) -> None:
    """Run a command as a process of its own, and say what it took."""
    started = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "tracker", *words], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    cpu = used.ru_utime + used.ru_stime
    print(
        f"{what:32} {seconds:7.2f} s  {cpu:7.2f} s CPU  {used.ru_maxrss // 1024:5} MB", flush=True
    )
    if child.returncode:
        sys.exit(f"{what} ended with {child.returncode}")


def main(count: int = 100_000, url: str | None = None) -> None:
    """Import, and ask three times."""
    print(f"{count} developments; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.jsonl"
        with file.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(row) + "\n" for row in rows(count))
        db = ("--db", url or str(Path(folder) / "desk.db"), "--by", "bench")
        timed("python -m tracker --version", "--version")
        timed("import --backfill", *db, "import", str(file), "--backfill")
        past = ("--as-of", "2018-01-01", "--known-at", f"@{count * 6 // 10}")
        for _ in range(3):
            timed("status of all, past viewpoint", *db, "status", *past)
        timed("status of one, past viewpoint", *db, "status", "init-000001", *past)
        timed("rebuild", *db, "rebuild")
        timed("verify", *db, "verify")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 100_000, *sys.argv[2:3])
