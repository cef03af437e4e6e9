"""A clock that is set back a day: knowledge keeps its order, and no past answer changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from freezegun import freeze_time

from tests.faults.support import SLUG, SOURCE, add, begin, row, verified
from tests.tally import Tally
from tracker import Tracker
from tracker.application import keeping

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def said(log: Tracker, at: datetime) -> object:
    """What the log answers with the knowledge of an instant."""
    viewpoint = log.viewpoint(as_of="2026-03-31", known_at=at.isoformat())
    status = log.status(SLUG, at=viewpoint).standing.status
    return status.compared, viewpoint.position, log.root(viewpoint.position)


def test_a_clock_that_is_set_back_a_day(database_url: str, tally: Tally) -> None:
    """recorded_at = max(clock, last + 1 µs), for every way to write; the past stays answered."""
    with freeze_time(NOON):
        begin(database_url, events=5)
        with Tracker.open(database_url, by="desk") as log:
            before = [event.recorded_at for event, _, _ in log.events()]
            answers = {at: said(log, at) for at in before[1:]}
    with freeze_time(NOON - timedelta(days=1)), Tracker.open(database_url, by="desk") as log:
        log.record(SLUG, "talks-initiated", on="2026-03", source=SOURCE)
        log.amend("@6", reason="a better date", on="2026-02-27")
        add(database_url, [row(f"set back {number}") for number in range(3)])
        keeping.rebuild(log.engine)
        log.withdraw("@6", reason="never so")
        instants = [event.recorded_at for event, _, _ in log.events()]
        assert instants == sorted(instants)
        later = instants[len(before) :]
        assert later == [before[-1] + TICK * n for n in range(1, len(later) + 1)]
        assert {at: said(log, at) for at in answers} == answers
    with freeze_time(NOON + timedelta(days=1)), Tracker.open(database_url, by="desk") as log:
        receipt = log.record(SLUG, "commented", on="2026-03", source=SOURCE)
        assert receipt.events[0].recorded_at == NOON + timedelta(days=1)
        assert {at: said(log, at) for at in answers} == answers
    verified(database_url)
    tally.add("clocks set back a day")
