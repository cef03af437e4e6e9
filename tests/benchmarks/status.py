"""Status of one initiative, at any viewpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from tests.benchmarks import raw, statements
from tests.benchmarks.agreement import agreed
from tests.benchmarks.desk import Desk, Store
from tests.benchmarks.rows import Row, ratio
from tracker import Tracker, Viewpoint
from tracker.projections.portfolio import status_of
from tracker.store.event_log import reading

QUESTIONS = 50
ANSWERED_AGAIN = 100
"""Enough that what a server does in its own time hardly counts."""
LONG = 1000
"""How many events a long history has."""

Question = tuple[str, Viewpoint]


def rows(desk: Desk) -> Iterator[Row]:
    """The whole answer with sources and findings, and the status in it; a long history, a short."""
    for store in desk.stores:
        log = desk.opened(store)
        asked = _questions(desk, store, log)
        _check(desk, store, log, asked)
        yield from _against_driver(desk, store, log, asked)
        yield from _long_against_median(desk, store, log)


def _questions(desk: Desk, store: Store, log: Tracker) -> list[Question]:
    """About initiatives as events are about them, on days and with knowledge of any time."""
    chance = Random(3)
    with raw.connect(desk.log(store)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT position, initiative, substr(recorded_at, 1, 10) FROM events"
            " WHERE position > 1 AND position % 7 = 0 ORDER BY position"
        )
        there = cursor.fetchall()
    found = []
    for _ in range(QUESTIONS):
        position, slug, day = chance.choice(there)
        known = chance.randrange(position, desk.events + 1)
        found.append((slug, log.viewpoint(as_of=day, known_at=f"@{known}")))
    return found


def _check(desk: Desk, store: Store, log: Tracker, asked: Sequence[Question]) -> None:
    with raw.connect(desk.log(store)) as connection:
        for slug, at in asked[:10]:
            folded = raw.phases(connection, at.as_of.isoformat(), at.position)
            agreed(
                f"the phase of {slug} in {store.title}",
                {
                    "the raw scan": folded.get(slug, "not-started"),
                    "tracker": log.status(slug, at=at).standing.status.phase,
                    "its status alone": _alone(log, slug, at),
                },
            )


def _alone(log: Tracker, slug: str, at: Viewpoint) -> str:
    with reading(log.engine) as connection:
        found = status_of(connection, slug, at)
    assert found is not None
    return found.status.phase


def _against_driver(
    desk: Desk, store: Store, log: Tracker, asked: Sequence[Question]
) -> Iterator[Row]:
    def answered() -> None:
        for slug, at in asked:
            log.status(slug, at=at)

    # A connection that is there already, on both sides: what it takes to open one is told apart.
    with log.one_state(), reading(log.engine) as connection:

        def alone() -> None:
            for slug, at in asked:
                status_of(connection, slug, at)

        noted = {"whole": statements.of(log.engine, answered)}
        noted["alone"] = statements.of(log.engine, alone)
        reads = {
            name: [each for each in found if each.sql.lstrip().startswith("SELECT")]
            for name, found in noted.items()
        }
        with raw.connect(desk.log(store)) as bare:
            cursor = bare.cursor()
            spent = store.stopwatch.compared(
                {
                    "whole": answered,
                    "whole bare": lambda: statements.run_all(cursor, reads["whole"]),
                    "alone": alone,
                    "alone bare": lambda: statements.run_all(cursor, reads["alone"]),
                },
                desk.most_rounds,
            )
    for name, what in _WHAT.items():
        yield ratio(
            f"{what} at any viewpoint",
            f"its {len(reads[name]) / QUESTIONS:.3g} statements through the driver, {store.title}",
            spent,
            "time",
            3,
            sides=(name, f"{name} bare"),
            each=QUESTIONS,
        )
    # The listener is gone: nothing stands between the driver and the statements of either.
    opened = store.stopwatch.compared(
        {"each": answered, "one": _in_one(log, answered)}, desk.most_rounds
    )
    yield ratio(
        "status of one initiative, a connection for each question",
        f"the same on one connection, {store.title}",
        opened,
        "time",
        sides=("each", "one"),
        each=QUESTIONS,
    )


def _in_one(log: Tracker, work: Callable[[], object]) -> Callable[[], object]:
    """The same work, of one state of the log."""

    def done() -> None:
        with log.one_state():
            work()

    return done


_WHAT = {
    "whole": "status of one initiative, with sources and findings,",
    "alone": "status of one initiative alone, on an open connection,",
}


def _long_against_median(desk: Desk, store: Store, log: Tracker) -> Iterator[Row]:
    with raw.connect(desk.log(store)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT count(*), initiative FROM events WHERE initiative IS NOT NULL"
            " GROUP BY initiative ORDER BY 1, 2"
        )
        counts = cursor.fetchall()
    median = counts[len(counts) // 2]
    long = min(counts, key=lambda each: abs(each[0] - LONG))
    at = log.viewpoint(as_of="2024-12-31")
    with log.one_state(), reading(log.engine) as connection:
        asked: dict[str, Callable[[], object]] = {
            "whole, long": lambda: _again(lambda: log.status(long[1], at=at)),
            "whole, median": lambda: _again(lambda: log.status(median[1], at=at)),
            "alone, long": lambda: _again(lambda: status_of(connection, long[1], at)),
            "alone, median": lambda: _again(lambda: status_of(connection, median[1], at)),
        }
        spent = store.stopwatch.compared(asked, desk.most_rounds)
    for name, what in _WHAT.items():
        yield ratio(
            f"{what} of {long[0]:,} events",
            f"the same of {median[0]:,}, {store.title}",
            spent,
            "time",
            1.2,
            sides=(f"{name}, long", f"{name}, median"),
            each=ANSWERED_AGAIN,
        )


def _again(work: Callable[[], object]) -> None:
    for _ in range(ANSWERED_AGAIN):
        work()
