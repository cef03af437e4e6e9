"""An append that begins while a rebuild is at work is never lost, wherever the rebuild just is.

The moment is forced: an append begins right after a chosen statement of the rebuild, and the
rebuild goes on only when the append is done or is asking for the lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.cli.desk import Desk
from tests.faults.operations import engine_on
from tests.faults.support import PATIENCE_SECONDS, SLUG, SOURCE, begin, size, verified
from tests.tally import Tally
from tracker import Damaged, Tracker
from tracker.application import keeping
from tracker.projections import from_zero
from tracker.store.writer import Direct, Question

SPOIL = (
    "UPDATE initiatives SET title = 'elsewhere'",
    "DELETE FROM lifecycle_effects",
    "UPDATE fact_versions SET phase = 'elsewhere'",
    "DELETE FROM plan_versions",
)
BEGINS = "BEGIN IMMEDIATE"
"""How an append asks for the lock of a SQLite file; for that of a server see below."""


def told(engine: Engine, hears: Callable[[str], None], *, when: str = "after") -> None:
    """Call *hears* with every statement, after or before it is carried out."""

    @event.listens_for(engine, f"{when}_cursor_execute")
    def _statement(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        hears(statement.strip())


class Appending(threading.Thread):
    """An append in a thread of its own, which tells when it is asking for the lock."""

    def __init__(self, where: str) -> None:
        super().__init__(daemon=True)
        self.where = where
        self.asks = threading.Event()
        self.position = 0

    def run(self) -> None:
        """Append one event."""
        with Tracker.open(self.where, by="writer", lock_timeout_seconds=PATIENCE_SECONDS) as log:
            told(log.engine, self._hear, when="before")
            receipt = log.record(SLUG, "commented", on="2025-03", source=SOURCE)
            self.position = receipt.events[0].position

    def _hear(self, statement: str) -> None:
        if statement.startswith(BEGINS):
            self.asks.set()


@pytest.fixture(autouse=True)
def _asking_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an append tell that it is asking a server for the lock, of which no engine is told."""
    right = Direct.lock

    def lock(self: Direct, foreseen: Sequence[Question] = ()) -> tuple[int, str | None, bytes]:
        thread = threading.current_thread()
        if isinstance(thread, Appending):
            thread.asks.set()
        return right(self, foreseen)

    monkeypatch.setattr(Direct, "lock", lock)


def spoilt(where: str) -> None:
    """Make every read table differ, so that the rebuild has to swap all of them."""
    with engine_on(where) as engine, engine.begin() as connection:
        for statement in SPOIL:
            connection.exec_driver_sql(statement)


def statements(where: str) -> int:
    """How many statements a rebuild is made of."""
    spoilt(where)
    found: list[str] = []
    with engine_on(where) as engine:
        told(engine, found.append)
        keeping.rebuild(engine)
    assert any(each.startswith("DELETE FROM fact_versions") for each in found), "nothing swapped"
    return len(found)


def rebuilt_with_an_append(where: str, at: int, *, whole: bool = False) -> int:
    """Rebuild, with an append that begins after the statement *at*; where the append went.

    The rebuild goes on when the append asks for the lock, or, with *whole*, when it is done.
    """
    spoilt(where)
    append = Appending(where)
    seen: list[str] = []

    def hear(statement: str) -> None:
        seen.append(statement)
        if len(seen) == at:
            append.start()
            assert append.asks.wait(PATIENCE_SECONDS), "the append does not even begin"
            if whole:
                append.join(PATIENCE_SECONDS)

    with engine_on(where) as engine:
        told(engine, hear)
        keeping.rebuild(engine)
    assert len(seen) >= at, "the rebuild ended before its time"
    append.join(PATIENCE_SECONDS)
    assert append.position, "the append failed"
    return append.position


def test_an_append_during_a_rebuild_is_never_lost(
    request: pytest.FixtureRequest,
    database_url: str,
    tally: Tally,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Wherever the rebuild is when the append begins, both end, and the read tables have it."""
    monkeypatch.setattr(from_zero, "PASS", 10)  # Many steps, between which others get in.
    begin(database_url, events=12)
    Desk(database_url).done("plan", SLUG, "completed", "--by", "2030", "--source", SOURCE)
    count = statements(database_url)
    places = range(1, count + 1, size(request, max(1, count // 8), 2))
    length = verified(database_url).events
    for at in places:
        assert rebuilt_with_an_append(database_url, at) == length + 1
        length += 1
        # Held against the log, read tables and all.
        assert verified(database_url).events == length
    tally.add("appends forced into a rebuild", len(places))


def test_a_rebuild_that_does_not_catch_up_is_found_out(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its last look under the lock, a rebuild throws away what was appended meanwhile."""
    monkeypatch.setattr(from_zero.FromZero, "catch_up", lambda *_: None)
    begin(sqlite_url, events=12)
    rebuilt_with_an_append(sqlite_url, statements(sqlite_url) // 4, whole=True)
    with pytest.raises(Damaged, match="tracker rebuild"):
        verified(sqlite_url)
