"""The set-based diff is the definition, cause for cause, on every database."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from tests.histories import (
    SLUGS,
    Adopting,
    Recording,
    Registering,
    Retiring,
    Step,
    Withdrawing,
    events_of,
    histories,
    record,
    rehearsed,
    viewpoints,
)
from tracker.domain.changes import Change
from tracker.domain.changes import diff as definition
from tracker.domain.viewpoint import Viewpoint
from tracker.projections import changes
from tracker.projections.changes import diff
from tracker.store.engine import create_file, make_engine, parse_url
from tracker.store.event_log import reading
from tracker.store.migrate import upgrade

SEARCH = settings(
    max_examples=1000 if os.environ.get("HYPOTHESIS_PROFILE") == "deep" else 30,
    # The database is rolled back after every example, so that one does for all of them.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A log without an event, on every kind of database in turn."""
    url = parse_url(database_url)
    if url.get_backend_name() == "sqlite":
        create_file(url)
    engine = make_engine(url)
    upgrade(engine)
    yield engine
    engine.dispose()


def told(found: Sequence[Change]) -> list[tuple[object, ...]]:
    """What must be equal: the definition does not know the rows' knowledge intervals."""
    return [
        (
            change.initiative,
            change.before.compared if change.before else None,
            change.after.compared if change.after else None,
            change.causes,
            change.is_reversed,
        )
        for change in found
    ]


def at(day: str, position: int = 99) -> Viewpoint:
    return Viewpoint(date.fromisoformat(day), position)


@SEARCH
@given(histories(), st.data(), st.booleans())
def test_diff_is_the_definition(
    engine: Engine, steps: list[Step], data: st.DataObject, is_narrow: bool
) -> None:
    """Whether it asks about the touched alone, or about all."""
    with pytest.MonkeyPatch.context() as patch, rehearsed(engine, steps) as (connection, history):
        patch.setattr(changes, "_WORTH_A_PORTFOLIO", 0 if is_narrow else 1000)
        one, two = data.draw(viewpoints(history)), data.draw(viewpoints(history))
        pairs = {
            "world": (one, Viewpoint(two.as_of, one.position)),
            "knowledge": (one, Viewpoint(one.as_of, two.position)),
            "both": (one, two),
        }
        for axis, (v1, v2) in pairs.items():
            assert told(diff(connection, v1, v2)) == told(definition(history, v1, v2)), axis


@SEARCH
@given(histories(), st.data(), st.lists(st.sampled_from(SLUGS), unique=True))
def test_narrowed_to_some_it_tells_the_same_of_them(
    engine: Engine, steps: list[Step], data: st.DataObject, only: list[str]
) -> None:
    with rehearsed(engine, steps) as (connection, history):
        v1, v2 = data.draw(viewpoints(history)), data.draw(viewpoints(history))
        expected = [c for c in definition(history, v1, v2) if c.initiative in only]
        assert told(diff(connection, v1, v2, only)) == told(expected)


ROADS = tuple(Registering(slug=f"il-{number}", lifecycle="road") for number in range(1, 41))
"""Forty roads, which end at position 41: enough that a tenth of them is worth a portfolio."""


@pytest.mark.parametrize("begun", [1, 30])
def test_few_or_many_fall_dormant_on_their_own(engine: Engine, begun: int) -> None:
    """Nothing of them lies between the two days, and yet they are found."""
    slugs = [f"il-{number}" for number in range(1, begun + 1)]
    starts = [Recording(slug=slug, type="begun", on="2024-03-31") for slug in slugs]
    history = record(engine, (*ROADS, *starts))
    v1, v2 = at("2024-06-30"), at("2024-07-01")
    with reading(engine) as connection:
        found = diff(connection, v1, v2)
        assert told(found) == told(definition(history, v1, v2))
        assert diff(connection, at("2024-06-29"), v1) == []
        assert diff(connection, v2, at("2024-07-31")) == []
    assert [change.initiative for change in found] == sorted(slugs)
    assert {(c.cause, c.on) for change in found for c in change.causes} == {
        ("lapsed", "2024-07-01")
    }


def test_from_to_is_the_other_way_round_swapped(engine: Engine) -> None:
    """And the causes have their instants."""
    steps = (*ROADS, Recording(type="begun"), Recording(type="agreed"), Withdrawing(fact=0))
    history = record(engine, (*steps, Retiring(slug="il-2"), Adopting(definition=2)))
    v1, v2 = at("2024-08-01", 42), at("2024-08-01", 46)
    with reading(engine) as connection:
        forwards, backwards = diff(connection, v1, v2), diff(connection, v2, v1)
    assert told(backwards) == told(definition(history, v2, v1))
    assert [(c.initiative, c.before, c.after) for c in backwards] == [
        (c.initiative, c.after, c.before) for c in forwards
    ]
    instants = {event.position: event.recorded_at for event in history}
    assert all(
        c.recorded_at == instants[c.position]
        for change in forwards
        for c in change.causes
        if c.position is not None
    )


@SEARCH
@given(histories())
def test_a_history_is_the_same_in_memory_and_in_a_database(
    engine: Engine, steps: list[Step]
) -> None:
    """What the properties rest on: one ledger reads the events, the other the read tables."""
    with rehearsed(engine, steps) as (_, history):
        assert history == events_of(steps)
