"""Bulk import with projections, against the bulk insert of the events alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from tests.benchmarks import raw
from tests.benchmarks.agreement import agreed
from tests.benchmarks.desk import Desk, Store, tracker
from tests.benchmarks.measure import Side
from tests.benchmarks.rows import Row, ratio
from tracker import Tracker

_AGAINST = {"SQLite": ("executemany", 0.6), "PostgreSQL": ("COPY", 0.4)}


def rows(desk: Desk) -> Iterator[Row]:
    """The whole command, from a file of rows to a log with its read tables."""
    for store in desk.stores:
        yield _imported(desk, store)


def _imported(desk: Desk, store: Store) -> Row:
    file = str(desk.import_file())
    url, bare = store.url("imported"), store.url("raw_imported")

    def emptied() -> None:
        store.fresh("imported")
        Tracker.open(url, create=True).close()

    def imported() -> None:
        tracker("--db", url, "--by", "bench", "-q", "import", file, "--backfill")

    emptied()
    imported()
    events = raw.event_rows(url)
    stack = ExitStack()
    connection: list[Any] = []

    def bare_emptied() -> None:
        stack.close()
        store.fresh("raw_imported")
        raw.emptied(bare)
        connection[:] = [stack.enter_context(raw.connect(bare))]

    with stack:
        spent = store.stopwatch.compared(
            {
                "tracker": Side(imported, emptied),
                "raw": Side(lambda: raw.insert_in_bulk(connection[0], events), bare_emptied),
            },
            desk.rounds(300, least=1),
        )
    agreed(
        f"the events imported into {store.title}",
        {"tracker": _said(raw.event_rows(url)), "raw": _said(raw.event_rows(bare))},
    )
    name, bound = _AGAINST[store.title]
    return ratio(
        "bulk import with projections, the whole command",
        f"{name} of the events alone, {store.title}",
        spent,
        "rate",
        bound,
        sides=("tracker", "raw"),
    )


def _said(events: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """What an import says alike each time: the salts of its texts, and so its bodies, differ."""
    names = ("position", "initiative", "version", "kind", "type", "recorded_at", "lo", "hi")
    places = [raw.COLUMNS.index(name) for name in names]
    return [tuple(event[place] for place in places) for event in events]
