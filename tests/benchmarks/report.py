"""The table of a run, on the terminal and in a document."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterator, Sequence
from importlib.metadata import version

from tests.benchmarks.rows import HEADINGS, Row
from tracker import clock

LARGE = 1_000_000
"""From how many events on a table is that of a large log, which has a place of its own."""


def marks(events: int) -> tuple[str, str]:
    """Between what the table of a log of so many *events* stands in a document."""
    name = "large log" if events >= LARGE else "log"
    return f"<!-- benchmarks of a {name}: begin -->", f"<!-- benchmarks of a {name}: end -->"


def written(text: str, events: int, about: str, rows: Sequence[Row]) -> str:
    """The document *text* with the table of *rows*, of a log of so many *events*, in its place."""
    begin, end = marks(events)
    before, rest = text.split(begin)
    _, after = rest.split(end)
    lines = "\n".join(table(rows))
    return f"{before}{begin}\n\n{about}\n\n{lines}\n\n{end}{after}"


def table(rows: Sequence[Row]) -> Iterator[str]:
    """The lines of a table in Markdown."""
    yield _line(HEADINGS)
    yield "|---|---|--:|--:|--:|---|---|"
    for row in rows:
        yield _line(row.cells)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def about(events: int, load: tuple[float, float], server: str) -> str:
    """What was run, when and on what, in general terms: no name of a host, no path.

    *load* is the load average over a minute, before and after.
    """
    return (
        f"{events:,} events, on {clock.today().isoformat()}: {platform.system()} on "
        f"{platform.machine()} with {os.cpu_count()} cores, load {load[0]:.1f} at the beginning "
        f"and {load[1]:.1f} at the end; Python {platform.python_version()}, SQLite "
        f"{sqlite3.sqlite_version}, {server}, eventsourcing {version('eventsourcing')}, DuckDB "
        f"{version('duckdb')}."
    )
