"""Bugs that other bitemporal software shipped, told in this product's language.

Each test names where the bug was reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from attrs import frozen
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory, StepTickTimeFactory, TickingDateTimeFactory

from tracker import Refused, Tracker, Viewpoint
from tracker.application.answers import Filters

START = datetime(2025, 12, 1, 9, tzinfo=UTC)
SOURCE = "https://example.org/report"


@frozen
class Desk:
    """A log kept by someone who records on the days that a test says."""

    log: Tracker
    clock: StepTickTimeFactory | TickingDateTimeFactory | FrozenDateTimeFactory

    def on(self, day: str) -> Tracker:
        """The log, written at nine in the morning of *day* from here on."""
        self.clock.move_to(f"{day}T09:00:00+00:00")
        return self.log

    def phase(self, as_of: str | None = None, known_at: str | None = None) -> str:
        """What il-114 stands at."""
        answer = self.log.status("il-114", as_of=as_of, known_at=known_at)
        return answer.standing.status.phase


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    """A log in which il-114 was registered on 1 December 2025."""
    with freeze_time(START) as clock, Tracker.open(database_url, by="mira", create=True) as log:
        log.register("il-114", title="Il-114", lifecycle="co-production")
        yield Desk(log, clock)


def test_paging_tells_every_event_once(desk: Desk) -> None:
    """Paging returned duplicates (RailsEventStore#1037).

    Events that share their date, or their instant, were told on two pages, or on none.
    """
    log = desk.on("2025-12-07")
    for _ in range(7):
        log.record("il-114", "commented", on="2025-12-05", source=SOURCE)
    paged: list[int] = []
    while page := [event.position for event, _, _ in log.events(after=max(paged, default=0))][:3]:
        paged += page
    assert paged == list(range(1, 10))
    history = log.history("il-114", log.viewpoint())
    assert len({entry.event.position for entry in history}) == len(history) == 7


def test_a_development_without_a_date_is_in_its_place(desk: Desk) -> None:
    """Missing valid time sorted wrongly (RailsEventStore#1518).

    What has no date was put first or last, as if it had one.
    """
    log = desk.on("2025-12-07")
    log.record("il-114", "talks-initiated", on="2025-12-05", source=SOURCE)
    log.record("il-114", "mou-signed", on="../2025-12-07", source=SOURCE)
    status = log.status("il-114", as_of="2025-12-06").standing.status
    assert status.phase == _phase(log, "talks-initiated")
    assert set(status.possible) == {_phase(log, "talks-initiated"), _phase(log, "mou-signed")}
    log.plan("il-114", "serial-production-started", source=SOURCE)
    card = log.show("il-114", log.viewpoint("2099-01-01"))
    assert [plan.state for plan in card.plans] == ["open"], "a plan with no date is never overdue"


def test_known_at_filters_by_when_it_was_recorded(desk: Desk) -> None:
    """A filter on the wrong axis (RailsEventStore#1521).

    Asked for what was known, the date in the world was compared, and the other way round.
    """
    desk.on("2025-12-10").record("il-114", "talks-initiated", on="2025-12-02", source=SOURCE)
    talks = _phase(desk.log, "talks-initiated")
    assert desk.phase(as_of="2025-12-05") == talks
    assert desk.phase(as_of="2025-12-05", known_at="2025-12-05") == "not-started"
    assert desk.phase(as_of="2025-12-01") == "not-started"
    assert desk.phase(as_of="2025-12-02", known_at="2025-12-10") == talks


def test_a_late_record_of_an_early_step_does_not_decide(desk: Desk) -> None:
    """Projections ignored valid time (RailsEventStore#1565).

    What was recorded last decided, though it had happened first.
    """
    desk.on("2025-12-07").record("il-114", "mou-signed", on="2025-12-05", source=SOURCE)
    desk.on("2025-12-20").record("il-114", "talks-initiated", on="2025-11-03", source=SOURCE)
    assert desk.phase() == _phase(desk.log, "mou-signed")
    assert desk.phase(as_of="2025-11-30") == _phase(desk.log, "talks-initiated")


def test_no_snapshot_of_one_axis_answers_on_the_other(desk: Desk) -> None:
    """Snapshots broke effective dating (pyeventsourcing/eventsourcing#293).

    An answer that was remembered as of today was given for a day that a late record has changed.
    """
    desk.on("2025-12-07").record("il-114", "talks-initiated", on="2025-12-05", source=SOURCE)
    assert desk.phase(as_of="2025-12-06") == _phase(desk.log, "talks-initiated")
    desk.on("2025-12-20").record("il-114", "mou-signed", on="2025-12-06", source=SOURCE)
    assert desk.phase(as_of="2025-12-06") == _phase(desk.log, "mou-signed")
    then = desk.phase(as_of="2025-12-06", known_at="2025-12-19")
    assert then == _phase(desk.log, "talks-initiated")


def test_a_known_at_still_to_come_is_refused(desk: Desk) -> None:
    """A known-at in the future was answered, and the answer changed later (xtdb/xtdb#546)."""
    desk.on("2025-12-07").record("il-114", "talks-initiated", on="2025-12-05", source=SOURCE)
    with pytest.raises(Refused, match="still to come"):
        desk.log.viewpoint(known_at="2025-12-08")
    at = desk.log.viewpoint("2025-12-31")
    before = desk.log.status("il-114", at=at)
    desk.on("2025-12-20").record("il-114", "mou-signed", on="2025-12-06", source=SOURCE)
    assert desk.log.status("il-114", at=at).standing.status == before.standing.status


def test_an_old_report_shows_the_list_of_its_day(desk: Desk) -> None:
    """Old reports showed today's lists (Puzzlepart/prosjektportalen365#121).

    Names, members and lifecycles were today's beside a status of then.
    """
    log = desk.on("2025-12-07")
    report = log.viewpoint()
    log = desk.on("2026-01-10")
    log.revise("il-114", title="Il-114-300", lifecycle="trade-agreement", sector="aviation")
    log.register("mi-8", title="Mi-8", lifecycle="co-production")
    log.retire("il-114", reason="the same as mi-8", merged_into="mi-8")
    listed = [(s.initiative, s.profile.title, s.lifecycle.name) for s in log.portfolio(report)]
    assert listed == [("il-114", "Il-114", "co-production")]
    assert log.portfolio(report, Filters(lifecycle=("co-production",)))
    assert [s.initiative for s in log.portfolio(log.viewpoint())] == ["mi-8"]


@pytest.mark.parametrize("day", ["2026-06-30", "2026-07-01", "2040-01-01"])
def test_a_planned_date_never_comes_true_by_itself(desk: Desk, day: str) -> None:
    """The clock passed a planned date, and it was shown as done (xtdb/xtdb#676)."""
    log = desk.on("2025-12-07")
    log.record("il-114", "talks-initiated", on="2025-12-05", source=SOURCE)
    log.plan("il-114", "serial-production-started", on="2026-06-30", source=SOURCE)
    answer = log.status("il-114", as_of=day)
    assert answer.standing.status.phase == _phase(log, "talks-initiated")
    assert answer.standing.open_plans == 1
    overdue = [finding.kind for finding in answer.findings if finding.kind == "plan-overdue"]
    assert overdue == ([] if day == "2026-06-30" else ["plan-overdue"])
    with pytest.raises(Refused, match="plan"):
        log.record("il-114", "serial-production-started", on="2026-06-30", source=SOURCE)


def test_the_last_development_decides_not_any_past_one(desk: Desk) -> None:
    """Any past passage made a bill passed for ever (datamade/chi-councilmatic#383)."""
    log = desk.on("2025-12-20")
    log.record("il-114", "mou-signed", on="2025-12-05", source=SOURCE)
    log.record("il-114", "cancelled", on="2025-12-08", source=SOURCE)
    log.record("il-114", "talks-initiated", on="2025-12-10", source=SOURCE)
    status = log.status("il-114").standing.status
    assert (status.phase, status.condition) == (_phase(log, "talks-initiated"), "active")
    ended = log.status("il-114", as_of="2025-12-09").standing.status
    assert (ended.phase, ended.condition) == (_phase(log, "mou-signed"), "ended")
    kinds = {finding.kind for finding in log.status("il-114").findings}
    assert {"went-backwards", "after-end"} <= kinds


def test_a_corrected_date_leaves_what_was_said_before_as_it_was(desk: Desk) -> None:
    """A wrong year was corrected, and every earlier report with it (openstates/issues#706)."""
    recorded = desk.on("2025-12-07").record(
        "il-114", "talks-initiated", on="2024-12-05", source=SOURCE
    )
    assert recorded.event is not None
    desk.on("2025-12-20").amend(recorded.event.handle, on="2025-12-05", reason="wrong year")
    assert desk.phase(as_of="2025-06-01") == "not-started"
    then = Viewpoint(date(2025, 6, 1), recorded.event.position)
    assert desk.log.status("il-114", at=then).standing.status.phase != "not-started"


def _phase(log: Tracker, kind: str) -> str:
    """The phase that a development of this type enters."""
    effect = log.lifecycle("co-production").effect_of(kind)
    assert effect is not None
    assert effect.phase is not None
    return effect.phase
