"""Status of all at a past viewpoint, and the difference between two viewpoints."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from tests.benchmarks import peer, raw
from tests.benchmarks.agreement import agreed
from tests.benchmarks.desk import Desk, Store
from tests.benchmarks.rows import Row, ratio
from tracker import Tracker, Viewpoint

_OF = "ROW(hi, lo, rank, fact)"
_SETS = "effect IN ('enters', 'suspends', 'resumes', 'ends')"
_LAST = f"""
    SELECT initiative,
           arg_max(phase, {_OF}) FILTER (effect = 'enters') AS phase,
           arg_max(effect, {_OF}) FILTER ({_SETS}) AS effect,
           arg_max(outcome, {_OF}) FILTER ({_SETS}) AS outcome,
           max(hi) AS last_on
    FROM read_parquet(?) WHERE hi <= ? AND k_from <= ? AND k_to > ? GROUP BY initiative
"""
"""What decides a status, from the read table: a scan, which is what a column store is good at."""

_TYPES = {
    **dict.fromkeys(("initiative", "hi", "lo", "effect", "phase", "outcome"), "VARCHAR"),
    **dict.fromkeys(("rank", "fact", "k_from", "k_to"), "BIGINT"),
}
"""The columns that the copy has."""


def rows(desk: Desk) -> Iterator[Row]:
    """Of everything that was known when three fifths of the log were written."""
    for store in desk.stores:
        log = desk.opened(store)
        past = log.viewpoint(as_of="2016-06-30", known_at=f"@{desk.events * 6 // 10}")
        yield from _all(desk, store, log, past)
        yield _diff(desk, store, log, past)


def _all(desk: Desk, store: Store, log: Tracker, at: Viewpoint) -> Iterator[Row]:
    office, as_of = peer.filled(desk, store), at.as_of.isoformat()
    copy = _parquet(desk, store)
    columns = duckdb.connect()

    def scanned() -> list[tuple[Any, ...]]:
        return columns.execute(_LAST, [str(copy), as_of, at.position, at.position]).fetchall()

    with raw.connect(desk.log(store)) as connection:
        agreed(
            f"the phases of all in {store.title}",
            {
                "tracker": phases(log, at),
                "tracker in short": phases_in_short(log, at),
                "the raw scan": raw.phases(connection, as_of, at.position),
                "eventsourcing": peer.phases(office, as_of, at.position),
                "DuckDB": {row[0]: row[1] for row in scanned() if row[1] is not None},
            },
        )
    in_short, whole = (lambda: log.outlines(at)), (lambda: log.portfolio(at))
    spent = store.stopwatch.compared(
        {"in short": in_short, "whole": whole, "DuckDB": scanned}, desk.rounds(5)
    )
    replayed = store.stopwatch.compared(
        {
            "in short": in_short,
            "whole": whole,
            "eventsourcing": lambda: peer.phases(office, as_of, at.position),
        },
        desk.rounds(60),
    )
    columns.close()
    what = {
        "in short": "status of all at a past viewpoint, in short",
        "whole": "status of all at a past viewpoint, as whole objects",
    }
    for side, least, most in (("in short", 100, 1.2), ("whole", None, None)):
        yield ratio(
            what[side],
            f"eventsourcing replaying, {store.title}",
            replayed,
            "faster",
            least,
            sides=(side, "eventsourcing"),
        )
        yield ratio(
            what[side],
            f"DuckDB on a Parquet copy of {store.title}'s read table",
            spent,
            "time",
            most,
            sides=(side, "DuckDB"),
        )


def phases(log: Tracker, at: Viewpoint) -> dict[str, str]:
    """What phase each initiative is in that has entered one."""
    found = {each.initiative: each.status.phase for each in log.portfolio(at)}
    return {slug: phase for slug, phase in found.items() if phase != "not-started"}


def phases_in_short(log: Tracker, at: Viewpoint) -> dict[str, str]:
    """The same, of those that are told of in short."""
    return {each.initiative: each.phase for each in log.outlines(at) if each.phase != "not-started"}


def _parquet(desk: Desk, store: Store) -> Path:
    """A copy of ``fact_versions``, written by DuckDB itself."""
    table = desk.folder / f"{store.title}.csv"
    with raw.connect(desk.log(store)) as connection, table.open("w", encoding="utf-8") as out:
        cursor = connection.cursor()
        cursor.execute(f"SELECT {', '.join(_TYPES)} FROM fact_versions")
        writer = csv.writer(out)
        writer.writerow(_TYPES)
        writer.writerows(cursor)
    copy = table.with_suffix(".parquet")
    with duckdb.connect() as columns:
        columns.execute(
            f"COPY (SELECT * FROM read_csv('{table}', columns={_TYPES}, header=true))"
            f" TO '{copy}' (FORMAT parquet)"
        )
    table.unlink()
    return copy


def _diff(desk: Desk, store: Store, log: Tracker, past: Viewpoint) -> Row:
    day = past.as_of
    before, after = (log.viewpoint(as_reported=each) for each in (day, day + timedelta(days=1)))
    first, second = (
        {s.initiative: s.status.compared for s in log.portfolio(at)} for at in (before, after)
    )
    changed = sorted(
        slug for slug in first.keys() | second.keys() if first.get(slug) != second.get(slug)
    )
    agreed(
        f"what changed in a day in {store.title}",
        {
            "the two portfolios": ("changed", *changed),
            "tracker": ("changed", *(change.initiative for change in log.diff(before, after))),
        },
    )
    spent = store.stopwatch.compared(
        {"diff": lambda: log.diff(before, after), "portfolio": lambda: log.portfolio(after)},
        desk.rounds(10),
    )
    return ratio(
        f"diff of two viewpoints a day apart ({len(changed)} changed)",
        f"a portfolio, {store.title}",
        spent,
        "time",
        0.05,
        sides=("diff", "portfolio"),
    )
