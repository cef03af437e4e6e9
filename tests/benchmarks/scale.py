"""Status of one initiative from 100 thousand to 10 million facts.

The read tables alone are made, by SQL, without the log that they would come from: ten million
events take hours to record, and the status of one initiative reads no event. So it is the status
without sources, on SQLite.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from itertools import islice
from random import Random
from typing import Any

from tests.benchmarks import raw, workload
from tests.benchmarks.agreement import agreed
from tests.benchmarks.desk import Desk
from tests.benchmarks.rows import Row, ratio
from tracker import Tracker, Viewpoint
from tracker.domain.facts import RANK_BITS
from tracker.domain.viewpoint import OPEN
from tracker.projections.portfolio import status_of
from tracker.store.event_log import reading
from tracker.store.schema import fact_versions, initiatives

SMALL = 100_000
QUESTIONS = 500
_CHUNK = 50_000
_EFFECTS = {each.type: each.effect for each in workload.lifecycle().developments}


def rows(desk: Desk) -> Iterator[Row]:
    """The same questions of both, warm."""
    small, large = min(SMALL, max(desk.facts // 100, 10)), desk.facts
    logs, asked = {}, {}
    for facts in (small, large):
        url = _filled(desk, facts)
        logs[facts] = Tracker.open(url)
        asked[facts] = _questions(facts)
        _check(url, logs[facts], asked[facts][:20])
    with reading(logs[small].engine) as one, reading(logs[large].engine) as other:
        spent = desk.stores[0].stopwatch.compared(
            {
                "small": lambda: [status_of(one, slug, at) for slug, at in asked[small]],
                "large": lambda: [status_of(other, slug, at) for slug, at in asked[large]],
            },
            desk.most_rounds,
        )
    for log in logs.values():
        log.close()
    yield ratio(
        f"status of one initiative alone, among {large:,} facts",
        f"the same among {small:,}, SQLite",
        spent,
        "time",
        1.5,
        sides=("large", "small"),
        each=QUESTIONS,
    )


def _filled(desk: Desk, facts: int) -> str:
    url = desk.stores[0].fresh(f"facts_{facts}")
    with Tracker.open(url, by="bench", create=True) as log:
        log.adopt(workload.lifecycle())
    with closing(sqlite3.connect(url, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        # Made at the end, as one makes any large table: in order they take a fraction of the time.
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            " AND tbl_name IN ('fact_versions', 'initiatives')"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        connection.execute("BEGIN")
        _insert(connection, initiatives.name, map(_initiative, range(_count(facts))))
        _insert(connection, fact_versions.name, _facts(facts))
        connection.execute("COMMIT")
        for _, statement in indexes:
            connection.execute(statement)
    return url


def _count(facts: int) -> int:
    return workload.initiatives_of(facts)


def _insert(connection: sqlite3.Connection, table: str, rows: Iterator[dict[str, Any]]) -> None:
    while chunk := list(islice(rows, _CHUNK)):
        names = list(chunk[0])
        marks = ", ".join(f":{name}" for name in names)
        connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", chunk)


def _slug(number: int) -> str:
    return f"init-{number:07d}"


def _initiative(number: int) -> dict[str, Any]:
    return {
        "initiative": _slug(number),
        "k_from": 2,
        "k_to": OPEN,
        "title": f"Initiative {number}",
        "lifecycle": workload.LIFECYCLE,
        "parties": '["India", "Russia"]',
        "tags": "[]",
        "retired": 0,
    }


def _facts(facts: int) -> Iterator[dict[str, Any]]:
    """So distributed among initiatives as in the workload, in the order of the table's key."""
    chance, total = Random(5), _count(facts)
    first = workload.BEGAN.date()
    done = 0
    for number in range(total):
        until = round(facts * ((number + 1) / total) ** 0.5)
        days = sorted(chance.randrange(365 * workload.YEARS) for _ in range(until - done))
        for day in days:
            done += 1
            yield _fact(chance, number, done, first + timedelta(days=day))


def _fact(chance: Random, number: int, fact: int, day: date) -> dict[str, Any]:
    kind = chance.choice(workload.TYPES)
    effect, position = _EFFECTS[kind], fact + 1
    is_month = chance.random() < 0.1
    return {
        "initiative": _slug(number),
        "hi": day.isoformat(),
        "lo": day.replace(day=1).isoformat() if is_month else day.isoformat(),
        "rank": position << RANK_BITS,
        "fact": position,
        "k_from": position,
        "k_to": OPEN,
        "position": position,
        "number": position,
        "type": kind,
        "effect": effect.kind,
        "phase": effect.phase,
        "outcome": effect.outcome,
        "edtf": f"{day:%Y-%m}" if is_month else day.isoformat(),
        "source": "A report",
        "unconfirmed": 0,
    }


def _questions(facts: int) -> list[tuple[str, Viewpoint]]:
    chance = Random(6)
    first = workload.BEGAN.date()
    return [
        (
            _slug(int(_count(facts) * chance.random() ** 2)),
            Viewpoint(
                first + timedelta(days=chance.randrange(365 * workload.YEARS)),
                chance.randrange(2, facts + 2),
            ),
        )
        for _ in range(QUESTIONS)
    ]


def _check(url: str, log: Tracker, asked: list[tuple[str, Viewpoint]]) -> None:
    query = (
        "SELECT initiative, hi, lo, fact, type FROM fact_versions"
        " WHERE initiative = ? AND k_from <= ? AND k_to > ?"
    )
    with reading(log.engine) as connection, raw.connect(url) as bare:
        for slug, at in asked:
            facts = bare.execute(query, (slug, at.position, at.position)).fetchall()
            found = status_of(connection, slug, at)
            agreed(
                f"the phase of {slug}",
                {
                    "a fold": raw.folded(facts, at.as_of.isoformat()).get(slug, "not-started"),
                    "tracker": found.status.phase if found else None,
                },
            )
