"""Invariants 10 and 14: instants never fall, whatever the clock does and whoever else writes."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from tests.properties.support import Bug, Desk, examples, fails
from tests.properties.writers import REGISTERED, SLUG, SOURCE, Reader, answer, write
from tracker import Tracker, clock
from tracker.domain.dates import format_instant
from tracker.domain.merkle import Frontier
from tracker.store import event_log
from tracker.store.event_log import Appender, head, reading
from tracker.store.writer import Direct

# -- 10 --------------------------------------------------------------------------------------------

TEN: dict[str, st.SearchStrategy[Any]] = {
    "jumps": st.lists(
        st.timedeltas(timedelta(days=-2), timedelta(days=2))
        | st.sampled_from((timedelta(0), timedelta(days=-1), timedelta(microseconds=-1))),
        min_size=2,
        max_size=8,
    )
}
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def invariant_10(desk: Desk, jumps: list[timedelta]) -> None:
    now = NOON
    with Tracker.open(desk.database().url, by="desk") as log:
        with freeze_time(now) as clocks:
            for number, jump in enumerate(jumps):
                now += jump
                clocks.move_to(now)
                if number % 3 == 0:
                    slug = f"il-{number}"
                    part_of = "il-0" if number else None
                    log.register(slug, title=slug, lifecycle="co-production", part_of=part_of)
                else:
                    log.record("il-0", "commented", on="2026-01-01", source=SOURCE)
        told = [event for event, _, _ in log.events()]
    instants = [event.recorded_at for event in told]
    assert [event.position for event in told] == list(range(1, len(told) + 1))
    assert instants == sorted(instants)
    # An adoption shares the instant of the registration that brought it; nothing else is shared.
    assert len(set(instants)) == len(told) - 1
    assert all(event.time == "witnessed" for event in told)


@given(**TEN)
@examples(25)
def test_invariant_10(desk: Desk, jumps: list[timedelta]) -> None:
    """recorded_at never falls, whatever the clock does."""
    invariant_10(desk, jumps)


def test_a_clock_that_jumps_back_a_day_moves_the_log_on_by_a_tick(desk: Desk) -> None:
    """recorded_at = max(clock, last recorded_at + 1 µs)."""
    with Tracker.open(desk.database().url, by="desk") as log:
        with freeze_time(NOON):
            log.register("il-1", title="Il-114", lifecycle="co-production")
        with freeze_time(NOON - timedelta(days=1)):
            receipt = log.record("il-1", "commented", on="2026-01-01", source=SOURCE)
        assert receipt.event is not None
        assert receipt.event.recorded_at == NOON + timedelta(microseconds=1)
        with freeze_time(NOON - timedelta(days=1)):
            assert log.viewpoint().position == receipt.event.position


def the_clock_is_believed(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(Appender, "instant", lambda self, clock: clock)


def instants_may_be_shared(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(Appender, "instant", lambda self, clock: max(clock, self.recorded_at or clock))


def the_last_instant_is_forgotten(bug: pytest.MonkeyPatch) -> None:
    """The head keeps its first instant, so that only the clock of the first append counts."""
    right, first = Direct.append, format_instant(NOON - timedelta(days=400))

    def wrong(self: Direct, rows: Any, disclosed: Any, nodes: Any, head: Any) -> None:
        right(self, rows, disclosed, nodes, {**head, "recorded_at": first})

    bug.setattr(Direct, "append", wrong)


@pytest.mark.parametrize(
    "seeded", [the_clock_is_believed, instants_may_be_shared, the_last_instant_is_forgotten]
)
def test_a_believed_clock_breaks_invariant_10(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, seeded: Bug
) -> None:
    """Instants follow the clock back, and the property notices."""
    seeded(monkeypatch)
    assert fails(lambda **drawn: invariant_10(sqlite_desk, **drawn), TEN)


# -- 14 --------------------------------------------------------------------------------------------


def in_threads(url: str, writers: int, each: int) -> list[BaseException]:
    """Write in threads, every one with an engine of its own; what went wrong in them."""
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            write(url, name, each)
        except BaseException as error:  # noqa: BLE001 -- told by whoever started the thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(f"writer {n}",)) for n in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def in_processes(url: str, writers: int, each: int) -> list[BaseException]:
    """Write in processes, each begun anew; which of them failed."""
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=write, args=(url, f"writer {n}", each)) for n in range(writers)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    codes = [process.exitcode for process in processes]
    return [RuntimeError(f"a writer ended with {code}") for code in codes if code != 0]


Writing = Callable[[str, int, int], list[BaseException]]


def invariant_14(url: str, writing: Writing, writers: int, each: int) -> None:
    with Tracker.open(url, by="desk") as log:
        log.register(SLUG, title="Il-114", lifecycle="co-production")
        early = answer(log, REGISTERED)
        reader = Reader(url)
        reader.start()
        failures = writing(url, writers, each)
        reader.done.set()
        reader.join()
        assert failures == []
        assert reader.failure is None
        told = list(log.events())
        corrections = -(-each // 3)
        assert [event.position for event, _, _ in told] == list(range(1, len(told) + 1))
        assert len(told) == REGISTERED + writers * (each + corrections)
        own = [event.version for event, _, _ in told if event.initiative]
        assert own == list(range(1, len(own) + 1))
        instants = [event.recorded_at for event, _, _ in told]
        assert instants == sorted(instants)
        assert reader.seen == [(event.position, body) for event, body, _ in told]
        assert answer(log, REGISTERED) == early
        for position, then in reader.answers.items():
            assert answer(log, position) == then
        frontier = Frontier(0, [])
        for _, _, leaf in told:
            frontier.append(leaf)
        assert log.root(len(told)) == frontier.root()


@pytest.mark.parametrize(
    ("writing", "writers", "each"),
    [(in_processes, 2, 8), (in_threads, 8, 6)],
    ids=["2 processes", "8 threads"],
)
def test_invariant_14(desk: Desk, writing: Writing, writers: int, each: int) -> None:
    """Two concurrent writers keep 1, 2 and 10: dense, in order, nothing missed by a reader."""
    invariant_14(desk.database().url, writing, writers, each)


def instants_are_taken_before_the_lock(bug: pytest.MonkeyPatch) -> None:
    right = event_log.writing
    waiting = threading.local()

    @contextmanager
    def wrong(engine: Engine, **more: Any) -> Iterator[Appender]:
        waiting.since = clock.now()
        with right(engine, **more) as appender:
            yield appender

    bug.setattr("tracker.application.recording.writing", wrong)
    bug.setattr(Appender, "instant", lambda self, _: waiting.since)


def positions_are_drawn_without_the_lock(bug: pytest.MonkeyPatch) -> None:
    """The head is read before the transaction that writes begins."""

    @contextmanager
    def wrong(engine: Engine, **_: Any) -> Iterator[Appender]:
        with reading(engine) as connection:
            last = head(connection)
            stored = connection.execute(sa.text("SELECT frontier FROM log_head")).scalar_one()
        with engine.connect().execution_options(writing=True) as connection, connection.begin():
            frontier = Frontier.from_bytes(last.position, stored)
            appender = Appender(connection, last.position, last.recorded_at, frontier)
            yield appender
            appender.flush()

    bug.setattr("tracker.application.recording.writing", wrong)


@pytest.mark.parametrize(
    "seeded", [instants_are_taken_before_the_lock, positions_are_drawn_without_the_lock]
)
def test_a_lock_that_does_not_hold_breaks_invariant_14(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, seeded: Bug
) -> None:
    """Writers overtake each other, and the property notices."""
    seeded(monkeypatch)
    with pytest.raises(AssertionError):
        invariant_14(desk.database().url, in_threads, 8, 6)
