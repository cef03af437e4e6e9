"""Invariants 1, 2 and 4: what was known stays known as it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.histories import Step, events_of, histories, record
from tests.histories import steps as any_step
from tests.properties.support import (
    Bug,
    Desk,
    Pointers,
    contents,
    everything,
    examples,
    fails,
    load,
    pointed_at,
    pointers,
)
from tracker.domain.events import Event, LifecycleAdopted
from tracker.domain.facts import picture, present
from tracker.domain.viewpoint import OPEN, Viewpoint
from tracker.projections import portfolio, seeks
from tracker.projections.intervals import Intervals
from tracker.projections.projector import Projector
from tracker.store import reading
from tracker.store.schema import (
    fact_versions,
    initiatives,
    lifecycle_effects,
    lifecycle_versions,
    links,
    plan_versions,
)
from tracker.store.writer import Key

# -- 1 and 2 ---------------------------------------------------------------------------------------

LATER = st.lists(any_step(), min_size=1, max_size=12)
ONE: dict[str, st.SearchStrategy[Any]] = {
    "steps": histories(max_size=16),
    "later": LATER,
    "where": pointers(4),
}
TWO: dict[str, st.SearchStrategy[Any]] = {"steps": histories(), "where": pointers(3)}


def invariant_1(desk: Desk, steps: list[Step], later: list[Step], where: Pointers) -> None:
    database = desk.database()
    known = len(record(database.engine, steps))
    at_last = events_of(later, events_of(steps))
    seen = {}
    with database.asking() as connection:
        for at in pointed_at(at_last, where, known):
            seen[at] = everything(connection, at)
    record(database.engine, later)
    with database.asking() as connection:
        for at, before in seen.items():
            assert everything(connection, at) == before


def invariant_2(desk: Desk, steps: list[Step], where: Pointers) -> None:
    whole = desk.database(0)
    history = record(whole.engine, steps)
    log = contents(whole)
    for position in {at.position for at in pointed_at(history, where)}:
        cut_off = desk.database(1)
        load(cut_off, log[:position])
        with whole.asking() as one, cut_off.asking() as other:
            for as_of in {at.as_of for at in pointed_at(history, where)}:
                at = Viewpoint(as_of, position)
                assert everything(one, at) == everything(other, at)


@given(**ONE)
@examples(40)
def test_invariant_1(desk: Desk, steps: list[Step], later: list[Step], where: Pointers) -> None:
    """Nothing appended after K changes any answer at K."""
    invariant_1(desk, steps, later, where)


@given(**TWO)
@examples(30)
def test_invariant_2(desk: Desk, steps: list[Step], where: Pointers) -> None:
    """The answer on the whole log at K equals the answer on the log cut off after K."""
    invariant_2(desk, steps, where)


def later_versions_are_known(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(seeks, "KNOWN", "f.k_to > :k")


def withdrawn_versions_are_forgotten(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(seeks, "KNOWN", f"f.k_from <= :k AND f.k_to = {OPEN}")


def the_definition_in_force_is_todays(bug: pytest.MonkeyPatch) -> None:
    right = portfolio.definitions
    bug.setattr(portfolio, "definitions", lambda connection, position: right(connection, OPEN - 1))


def plans_are_todays(bug: pytest.MonkeyPatch) -> None:
    right = portfolio.planned

    def wrong(connection: Any, at: Viewpoint, only: Sequence[str] | None = None) -> Any:
        return right(connection, Viewpoint(at.as_of, OPEN - 1), only)

    bug.setattr(portfolio, "planned", wrong)


def cards_show_the_whole_log(bug: pytest.MonkeyPatch) -> None:
    """Old reports that show today's lists."""
    right = reading.events_of
    bug.setattr(reading, "events_of", lambda reader, slug, _: right(reader, slug, OPEN - 1))


def corrections_overwrite(bug: pytest.MonkeyPatch) -> None:
    """A version is changed in its place, so that it was always so."""
    right = Intervals.close

    def wrong(self: Intervals, key: Key, position: int) -> None:
        if self.table.name == "fact_versions":
            self.flush()
            self.writer.connection.execute(sa.delete(self.table).where(self.table.c.fact == key[0]))
        else:
            right(self, key, position)

    bug.setattr(Intervals, "close", wrong)


LEAKS = (
    later_versions_are_known,
    withdrawn_versions_are_forgotten,
    the_definition_in_force_is_todays,
    plans_are_todays,
    cards_show_the_whole_log,
    corrections_overwrite,
)


@pytest.mark.parametrize("seeded", LEAKS)
def test_a_leak_of_later_knowledge_breaks_invariant_1(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, seeded: Bug
) -> None:
    """What is appended later shows at K, and the property notices."""
    seeded(monkeypatch)
    assert fails(lambda **drawn: invariant_1(sqlite_desk, **drawn), ONE)


@pytest.mark.parametrize("seeded", LEAKS[::2])
def test_a_leak_of_later_knowledge_breaks_invariant_2(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, seeded: Bug
) -> None:
    """The whole log knows more at K than the log cut off there, and the property notices."""
    seeded(monkeypatch)
    assert fails(lambda **drawn: invariant_2(sqlite_desk, **drawn), TWO)


# -- 4 ---------------------------------------------------------------------------------------------

FOUR: dict[str, st.SearchStrategy[Any]] = {"steps": histories(), "parts": st.integers(1, 30)}

_KEYS: dict[sa.Table, tuple[str, ...]] = {
    fact_versions: ("fact",),
    plan_versions: ("fact",),
    initiatives: ("initiative",),
    links: ("initiative", "kind", "other"),
    lifecycle_versions: ("lifecycle",),
    lifecycle_effects: ("lifecycle", "type"),
}

Standing = dict[tuple[Any, ...], int | None]
"""What stands, by its key: the position of its version, where it has one."""


def stands(history: list[Event], position: int) -> dict[sa.Table, Standing]:
    """What every table should hold of *position*, from the events alone."""
    facts = present(history, position)
    slugs = {event.initiative for event in history if event.initiative}
    pictures = [p for slug in slugs if (p := picture(history, slug, position)) is not None]
    adopted = {
        event.what.name: event.what.definition
        for event in history[:position]
        if isinstance(event.what, LifecycleAdopted)
    }
    return {
        fact_versions: {(f,): v.position for f, (_, v, a) in facts.items() if a.mode == "occurred"},
        plan_versions: {(f,): v.position for f, (_, v, a) in facts.items() if a.mode == "planned"},
        initiatives: {(p.initiative,): None for p in pictures},
        links: {(x.initiative, x.kind, x.other): None for p in pictures for x in p.links},
        lifecycle_versions: {(name,): None for name in adopted},
        lifecycle_effects: {
            (name, each["type"]): None
            for name, definition in adopted.items()
            for each in definition["development"]  # type: ignore[attr-defined]
        },
    }


def invariant_4(desk: Desk, steps: list[Step], parts: int) -> None:
    database = desk.database()
    for start in range(0, len(steps), parts):
        history = record(database.engine, steps[start : start + parts])
    with database.asking() as connection:
        rows = {table: connection.execute(sa.select(table)).mappings().all() for table in _KEYS}
    expected = [stands(history, position) for position in range(len(history) + 1)]
    for table, key in _KEYS.items():
        assert all(0 < row["k_from"] < row["k_to"] <= OPEN for row in rows[table])
        for position in (*range(len(history) + 1), OPEN - 1):
            known = [row for row in rows[table] if row["k_from"] <= position < row["k_to"]]
            names = [tuple(row[part] for part in key) for row in known]
            assert len(names) == len(set(names)), f"{table.name} overlaps at @{position}"
            found = {n: row.get("position") for n, row in zip(names, known, strict=True)}
            assert found == expected[min(position, len(history))][table]


@given(**FOUR)
@examples(50)
def test_invariant_4(desk: Desk, steps: list[Step], parts: int) -> None:
    """Knowledge intervals of one fact tile and never overlap; at most one is open."""
    invariant_4(desk, steps, parts)


def intervals_are_never_closed(bug: pytest.MonkeyPatch) -> None:
    def wrong(self: Intervals, key: Key, position: int) -> None:
        return None

    bug.setattr(Intervals, "close", wrong)


def _closed_late_by(positions: int) -> Callable[[Intervals, Key, int], None]:
    right = Intervals.close

    def wrong(self: Intervals, key: Key, position: int) -> None:
        self.flush()  # so that what waits is not ended where it begins
        right(self, key, position + positions)

    return wrong


def intervals_include_their_end(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(Intervals, "close", _closed_late_by(1))


def intervals_end_one_early(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(Intervals, "close", _closed_late_by(-1))


def withdrawals_are_forgotten(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(Projector, "_withdrawn", lambda self, row: None)


@pytest.mark.parametrize(
    "seeded",
    [
        intervals_are_never_closed,
        intervals_include_their_end,
        intervals_end_one_early,
        withdrawals_are_forgotten,
    ],
)
def test_a_wrong_interval_breaks_invariant_4(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, seeded: Bug
) -> None:
    """Intervals overlap or leave a gap, and the property notices."""
    seeded(monkeypatch)
    assert fails(lambda **drawn: invariant_4(sqlite_desk, **drawn), FOUR)
