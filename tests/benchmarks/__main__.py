"""``python -m tests.benchmarks``: run the benchmarks, show the table, and write it where asked."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks import (
    appending,
    importing,
    memory,
    portfolio,
    rebuild,
    replay,
    report,
    scale,
    startup,
    status,
)
from tests.benchmarks.desk import Desk, Server, connected, desk
from tests.benchmarks.rows import Row

GROUPS: dict[str, Callable[[Desk], Iterator[Row]]] = {
    "replay": replay.rows,
    "rebuild": rebuild.rows,
    "status": status.rows,
    "portfolio": portfolio.rows,
    "scale": scale.rows,
    "append": appending.rows,
    "import": importing.rows,
    "memory": memory.rows,
    "startup": startup.rows,
}
ON_DEMAND = ("scale",)
"""What is run only where it is named."""


def main(words: list[str]) -> None:
    """Run what *words* name."""
    given = _parser().parse_args(words)
    chosen = given.only or [name for name in GROUPS if name not in ON_DEMAND]
    load = os.getloadavg()[0]
    # So that a server is not left behind by whoever is told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with desk(given.events, most_rounds=given.rounds, facts=given.facts) as at:
        rows = [row for name in chosen for row in _shown(name, at)]
        about = report.about(at.events, (load, os.getloadavg()[0]), _server(at))
    print(about)
    if given.into is not None:
        page = Path(given.into)
        text = report.written(page.read_text(encoding="utf-8"), at.events, about, rows)
        page.write_text(text, encoding="utf-8")
        print(f"written into {page}")


def _shown(name: str, at: Desk) -> Iterator[Row]:
    """The rows of a group, each shown as soon as it is there."""
    started = time.perf_counter()
    for row in GROUPS[name](at):
        what, against, ours, theirs, so, goal, verdict = row.cells
        print(f"{what}, against {against}: {so} ({ours}, {theirs}); {goal}: {verdict}", flush=True)
        yield row
    print(f"  {name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)


def _server(at: Desk) -> str:
    (server,) = (store for store in at.stores if isinstance(store, Server))
    with connected(server.url("postgres")) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    assert row is not None
    return f"PostgreSQL {row[0]}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="the size of the workload")
    parser.add_argument("--facts", type=int, default=10_000_000, help="of the group scale alone")
    parser.add_argument("--rounds", type=int, default=5, help="the most rounds of a comparison")
    parser.add_argument("--into", metavar="PAGE", help="the document for the table")
    parser.add_argument(
        "--only", action="append", choices=GROUPS, metavar="GROUP", help=f"one of {list(GROUPS)}"
    )
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
