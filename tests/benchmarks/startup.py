"""Start-up: whole processes, against an interpreter that imports what has to be imported."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping

from tests.benchmarks.agreement import Disagreement, agreed
from tests.benchmarks.desk import Desk
from tests.benchmarks.rows import Row, ratio

_COMPLETION = {"_TRACKER_COMPLETE": "bash_complete", "COMP_WORDS": "tracker st", "COMP_CWORD": "1"}


def rows(desk: Desk) -> Iterator[Row]:
    """What needs no database, and the status of one from a SQLite file."""
    url = desk.log(desk.stores[0])
    ours = {
        "tracker --help": _tracker("--help"),
        "tracker --version": _tracker("--version"),
        "completion of a command": _tracker(env=_COMPLETION),
        "tracker status of one": _tracker("--db", url, "status", "init-0000001"),
    }
    theirs = {
        "python -c 'import click'": _printed(["-c", "import click"]),
        "python -c 'import click, sqlalchemy'": _printed(["-c", "import click, sqlalchemy"]),
    }
    agreed(
        "what the commands print",
        {
            "expected": dict.fromkeys(ours, True),
            "printed": {
                name: word in work()
                for (name, work), word in zip(
                    ours.items(), ("Usage:", "tracker", "status", "Initiative 1"), strict=True
                )
            },
        },
    )
    # More rounds than others have: a start is short, and varies.
    spent = desk.stores[0].stopwatch.compared({**ours, **theirs}, 3 * desk.most_rounds - 2)
    click, alchemy = theirs
    for name in ours:
        against, bound = (alchemy, 1.3) if "status" in name else (click, 1.5)
        yield ratio(f"{name}, whole process", against, spent, "time", bound, sides=(name, against))


def _tracker(*words: str, env: Mapping[str, str] | None = None) -> Callable[[], str]:
    # What the installed script does; python -m imports more, before anything of tracker's is.
    return _printed(["-c", "from tracker.cli import main; main()", *words], env)


def _printed(words: list[str], env: Mapping[str, str] | None = None) -> Callable[[], str]:
    def run() -> str:
        done = subprocess.run(
            [sys.executable, *words],
            check=False,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise Disagreement(f"{words} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    return run
