"""Invariant 3: the read tables say what a rebuild and the definition say, after every step."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from attrs import evolve
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.histories import (
    Adopting,
    Amending,
    Recording,
    Registering,
    Reverting,
    Revising,
    Step,
    Withdrawing,
    adoptings,
    amendings,
    events_of,
    histories,
    linkings,
    record,
    recordings,
    registerings,
    retirings,
    revertings,
    revisings,
    unlinkings,
    withdrawings,
)
from tests.properties.support import (
    DEEP,
    Bug,
    Database,
    Desk,
    Pointers,
    asked,
    examples,
    fails,
    pointed_at,
    pointers,
    told,
)
from tracker.application import keeping
from tracker.domain.events import Event
from tracker.domain.facts import FactVersion
from tracker.domain.status import Status, decide_status
from tracker.exchange import log_file
from tracker.projections import (
    apart,
    outlines,
    portfolio,
    projector,
    seeks,
    survey,
    vague,
    versions,
)
from tracker.projections.projector import Projector
from tracker.projections.rebuild import rebuild
from tracker.store.event_log import read, root_at

THREE: dict[str, st.SearchStrategy[Any]] = {
    "steps": histories(),
    "parts": st.integers(1, 30),
    "where": pointers(5),
}


@pytest.fixture(autouse=True, scope="module")
def small_parts() -> Iterator[None]:
    """Portfolios are decided two initiatives at a time, so that these have several parts."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(portfolio, "_PART", 2)
        yield


def invariant_3(desk: Desk, steps: list[Step], parts: int, where: Pointers) -> None:
    database = desk.database()
    history: list[Event] = []
    for start in range(0, len(steps), parts):
        history = record(database.engine, steps[start : start + parts])
    assert history == events_of(steps)
    same_at(database, history, where)
    if parts % 3 == 0:  # it takes as long as all the rest
        assert rebuild(database.engine, dry_run=True).differences == ()


def same_at(database: Database, history: Sequence[Event], where: Pointers) -> None:
    """What is asked equals what is told, wherever it is looked at."""
    with database.asking() as connection:
        assert list(read(connection)) == history
    with database.every_reader() as readers:
        for at in pointed_at(history, where):
            right = told(history, at)
            for reader in readers:
                assert asked(reader, at) == right


@given(**THREE)
@examples(60)
def test_invariant_3(desk: Desk, steps: list[Step], parts: int, where: Pointers) -> None:
    """Incremental projection = rebuild from zero = brute force, at every (D, K).

    Through adoptions of changed lifecycles too, however the steps were parted into transactions.
    """
    invariant_3(desk, steps, parts, where)


# -- the same as a state machine -------------------------------------------------------------------

_wheres = pointers(2)


class Log(RuleBasedStateMachine):
    """Anything that may be done to a log; after each step, two viewpoints at random."""

    desk: ClassVar[Desk]

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.database = self.desk.database(0)
        self.history = record(
            self.database.engine,
            [
                Registering(slug="il-1", lifecycle="road"),
                Registering(slug="il-2", lifecycle="deal"),
            ],
        )

    def does(self, where: Pointers, *steps: Step) -> None:
        self.history = record(self.database.engine, steps)
        same_at(self.database, self.history, where)

    @rule(where=_wheres, steps=st.lists(recordings, min_size=1, max_size=3))
    def records(self, where: Pointers, steps: list[Recording]) -> None:
        self.does(where, *steps)

    @rule(where=_wheres, step=recordings, after=st.integers(0, 9))
    def orders_within_a_day(self, where: Pointers, step: Recording, after: int) -> None:
        self.does(where, step, evolve(step, after=after))

    @rule(where=_wheres, step=amendings | revertings)
    def amends(self, where: Pointers, step: Amending | Reverting) -> None:
        self.does(where, step)

    @rule(where=_wheres, step=withdrawings)
    def withdraws(self, where: Pointers, step: Withdrawing) -> None:
        self.does(where, step)

    @rule(where=_wheres, step=withdrawings)
    def withdraws_and_brings_back(self, where: Pointers, step: Withdrawing) -> None:
        self.does(where, step, Reverting(fact=step.fact))

    @rule(where=_wheres, step=adoptings)
    def adopts(self, where: Pointers, step: Adopting) -> None:
        self.does(where, step)

    @rule(where=_wheres, step=revisings)
    def revises(self, where: Pointers, step: Revising) -> None:
        self.does(where, step)

    @rule(where=_wheres, step=registerings | retirings | linkings | unlinkings)
    def does_what_is_rare(self, where: Pointers, step: Step) -> None:
        self.does(where, step)

    @rule(where=_wheres)
    def rebuilds(self, where: Pointers) -> None:
        assert rebuild(self.database.engine).differences == ()
        same_at(self.database, self.history, where)

    @rule(where=_wheres, table=st.sampled_from(("fact_versions", "plan_versions", "initiatives")))
    def loses_rows_and_rebuilds(self, where: Pointers, table: str) -> None:
        with self.database.engine.begin() as connection:
            connection.execute(sa.text(f"DELETE FROM {table} WHERE k_from % 2 = 0"))
        rebuild(self.database.engine)
        same_at(self.database, self.history, where)

    @rule(where=_wheres)
    def exports_and_restores(self, where: Pointers) -> None:
        out = io.StringIO()
        with self.database.asking() as connection:
            log_file.export_log(connection, out)
            root = root_at(connection, len(self.history))
        self.number = 1 - self.number
        self.database = self.desk.database(self.number)
        keeping.restore(self.database.engine, out.getvalue().splitlines(keepends=True))
        with self.database.asking() as connection:
            assert root_at(connection, len(self.history)) == root
        same_at(self.database, self.history, where)


def run(desk: Desk, runs: int, steps: int = 12, **more: Any) -> None:
    class Here(Log):
        pass

    Here.desk = desk
    count = steps * 3 if DEEP else steps
    run_state_machine_as_test(
        Here, settings=settings(examples(runs), stateful_step_count=count, **more)
    )


def test_invariant_3_after_every_step(desk: Desk) -> None:
    """Whatever is done to a log, its answers stay those of the definition."""
    run(desk, 15)


# -- seeded bugs -----------------------------------------------------------------------------------


def orders_are_not_worked_out_again(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(Projector, "_rerank", lambda self, initiative, position: None)


def adoptions_change_no_effect(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(Projector, "_reopen_changed", lambda self, lifecycle, changed, position: None)


def another_lifecycle_changes_no_effect(bug: pytest.MonkeyPatch) -> None:
    def wrong(self: Projector, row: Any, profile: Any) -> None:
        self._profiles.close((row["initiative"],), row["position"])
        self._put_profile(row, profile)

    bug.setattr(Projector, "_revised", wrong)


def ranks_go_by_the_versions_position(bug: pytest.MonkeyPatch) -> None:
    right = Projector._put

    def wrong(self: Projector, row: Any) -> None:
        bug.setattr(projector, "packed", lambda first, later: row["position"] << 20 | later)
        right(self, row)

    bug.setattr(Projector, "_put", wrong)


def _last_with(bug: pytest.MonkeyPatch, **changes: Callable[[Any], Any]) -> None:
    right = portfolio._last

    def wrong(connection: Any, parameters: dict[str, Any]) -> FactVersion | None:
        changed = {name: change(parameters[name]) for name, change in changes.items()}
        return right(connection, {**parameters, **changed})

    bug.setattr(portfolio, "_last", wrong)


def the_last_day_is_not_included(bug: pytest.MonkeyPatch) -> None:
    """``hi <= D`` turned ``hi < D``."""
    _last_with(bug, d=lambda d: (date.fromisoformat(d) - timedelta(days=1)).isoformat())


def the_position_itself_is_not_included(bug: pytest.MonkeyPatch) -> None:
    """``k_from <= K`` turned ``k_from < K``."""
    bug.setattr(seeks, "KNOWN", "f.k_from < :k AND f.k_to > :k")


def intervals_are_closed_at_both_ends(bug: pytest.MonkeyPatch) -> None:
    """``k_to > K`` turned ``k_to >= K``."""
    bug.setattr(seeks, "KNOWN", "f.k_from <= :k AND f.k_to >= :k")


def what_was_recorded_last_decides(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(seeks, "LATEST", "f.fact DESC, f.hi DESC, f.lo DESC, f.rank DESC")


def equal_dates_go_by_position_alone(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(seeks, "LATEST", "f.hi DESC, f.lo DESC, f.fact DESC, f.rank DESC")


def dates_go_by_their_first_day(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(seeks, "LATEST", "f.lo DESC, f.hi DESC, f.rank DESC, f.fact DESC")


def imprecise_dates_are_taken_as_certain(bug: pytest.MonkeyPatch) -> None:
    right = vague.deciding
    bug.setattr("tracker.projections.portfolio.deciding", lambda *given: (right(*given)[0], {}))


def only_what_is_sure_is_possible(bug: pytest.MonkeyPatch) -> None:
    """``lo <= D`` turned ``hi <= D`` in what is possible."""
    right = portfolio._candidates

    def wrong(connection: Any, parameters: dict[str, Any]) -> list[FactVersion]:
        day = date.fromisoformat(parameters["d"])
        return [f for f in right(connection, parameters) if f.hi <= day]

    bug.setattr(portfolio, "_candidates", wrong)


def plans_are_developments(bug: pytest.MonkeyPatch) -> None:
    right = Projector._put

    def wrong(self: Projector, row: Any) -> None:
        right(self, {**row, "mode": "occurred"})

    bug.setattr(Projector, "_put", wrong)


def retired_initiatives_are_listed(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(Projector, "_retired", lambda self, row, what: None)


def silence_is_counted_from_what_decided(bug: pytest.MonkeyPatch) -> None:
    """Dormancy counted from the last entry of a phase, not from the last thing heard."""

    def wrong(**given: Any) -> Status:
        return decide_status(**{**given, "last": given["deciding"] or given["last"]})

    bug.setattr("tracker.projections.portfolio.decide_status", wrong)


def a_list_takes_silence_for_longer(bug: pytest.MonkeyPatch) -> None:
    """Dormant a day later in short than at length."""
    right = outlines._is_silent

    def wrong(heard_on: date, months: int, as_of: date) -> bool:
        return right(heard_on, months, as_of - timedelta(days=1))

    bug.setattr(outlines, "_is_silent", wrong)


def a_list_overlooks_what_is_vague(bug: pytest.MonkeyPatch) -> None:
    right = vague.deciding
    bug.setattr("tracker.projections.outlines.deciding", lambda *given: (right(*given)[0], {}))


def vague_dates_are_not_found(bug: pytest.MonkeyPatch) -> None:
    bug.setattr("tracker.projections.outlines.vague_days", lambda *_: {})


def a_part_is_left_out(bug: pytest.MonkeyPatch) -> None:
    right = portfolio.parts
    bug.setattr("tracker.projections.outlines.parts", lambda listed: list(right(listed))[:1])


def only_the_last_of_all_decides(bug: pytest.MonkeyPatch) -> None:
    """Where the last of any sort decides nothing, nothing else is sought."""
    bug.setattr(seeks, "_sought", lambda *_: [])


def rebuilt_versions_never_end(bug: pytest.MonkeyPatch) -> None:
    bug.setitem(versions._OCCURRED, "k_to", "coalesce(t.k_to, :open)")
    forget_statements(bug)


def rebuilds_take_no_correction_for_an_end(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(versions, "_SOURCES", versions._SOURCES[:1])
    forget_statements(bug)


def forget_statements(bug: pytest.MonkeyPatch) -> None:
    """Let statements be made anew, of what is wrong now, for as long as it is wrong."""
    for name in ("_standing", "counting", "finding", "inserting"):
        bug.setattr(versions, name, lru_cache(getattr(versions, name).__wrapped__))


def rebuilds_overlook_an_order(bug: pytest.MonkeyPatch) -> None:
    wrong = survey._SURVEY.replace("e.after_fact IS NOT NULL", "e.after_fact < 0")
    bug.setattr(survey, "_SURVEY", wrong)


def rebuilds_overlook_an_exchanged_lifecycle(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(apart, "SWITCHED", sa.text("SELECT 1"))


@pytest.mark.parametrize(
    "seeded",
    [
        orders_are_not_worked_out_again,
        adoptions_change_no_effect,
        another_lifecycle_changes_no_effect,
        ranks_go_by_the_versions_position,
        the_last_day_is_not_included,
        the_position_itself_is_not_included,
        intervals_are_closed_at_both_ends,
        what_was_recorded_last_decides,
        equal_dates_go_by_position_alone,
        dates_go_by_their_first_day,
        imprecise_dates_are_taken_as_certain,
        only_what_is_sure_is_possible,
        plans_are_developments,
        retired_initiatives_are_listed,
        silence_is_counted_from_what_decided,
        a_list_takes_silence_for_longer,
        a_list_overlooks_what_is_vague,
        vague_dates_are_not_found,
        a_part_is_left_out,
        only_the_last_of_all_decides,
        rebuilt_versions_never_end,
        rebuilds_take_no_correction_for_an_end,
        rebuilds_overlook_an_order,
        rebuilds_overlook_an_exchanged_lifecycle,
    ],
)
def test_a_wrong_projection_breaks_invariant_3(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, seeded: Bug
) -> None:
    """One function of the read side is wrong, and the property notices."""
    seeded(monkeypatch)
    assert fails(lambda **drawn: invariant_3(sqlite_desk, **drawn), THREE)


@pytest.mark.parametrize(
    "seeded",
    [orders_are_not_worked_out_again, what_was_recorded_last_decides],
)
def test_a_wrong_projection_breaks_the_state_machine(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, seeded: Bug
) -> None:
    """One function of the read side is wrong, and the machine notices."""
    seeded(monkeypatch)
    with pytest.raises(AssertionError):
        run(sqlite_desk, 200, phases=[Phase.generate], report_multiple_bugs=False)
