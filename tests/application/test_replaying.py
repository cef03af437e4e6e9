"""Replaying: the story of a log, as it happened and as it was learned."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.databases import empty
from tests.histories import days_of_interest, histories, record, viewpoints
from tracker import Filters, Tracker
from tracker.application.replaying import AXES, Bounds, State, Step, step_item
from tracker.domain.facts import picture
from tracker.domain.lifecycle import Effect
from tracker.domain.status import status
from tracker.domain.viewpoint import Viewpoint
from tracker.errors import CalledWrongly, NotFound, Refused
from tracker.render import story

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.histories import Step as Told
    from tracker.application.replaying import Axis
    from tracker.domain.events import Event

# --- laws -------------------------------------------------------------------------------------


def last_states(steps: Iterator[Step]) -> dict[str, State | None]:
    """What the story leaves each initiative at."""
    return {step.initiative: step.after for step in steps if step.initiative}


def defined(history: Sequence[Event], at: Viewpoint) -> dict[str, State]:
    """What each listed initiative stands at, by the definition."""
    found = {}
    for slug in sorted({event.initiative for event in history if event.initiative}):
        whole = picture(history, slug, at.position)
        if whole is not None and whole.retired is None:
            stood = status(whole.developments, whole.lifecycle, at.as_of)
            found[slug] = State(stood.phase, stood.condition)
    return found


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_story_ends_at_the_status(data: st.DataObject, database_url: str) -> None:
    """Along both axes the last state of every initiative is its status at the same viewpoint."""
    empty(database_url)
    steps: list[Told] = data.draw(histories())
    with Tracker.open(database_url, by="mira", create=True) as log:
        history = record(log.engine, steps)
        for at in data.draw(st.lists(viewpoints(history), min_size=1, max_size=6)):
            expected = defined(history, at)
            learned = last_states(log.replay(at, axis="knowledge"))
            assert {slug: state for slug, state in learned.items() if state} == expected
            happened = last_states(log.replay(at))
            untouched = State("not-started", "active")
            assert {slug: happened.get(slug, untouched) for slug in expected} == expected
            assert set(happened) <= set(expected)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_phases_told_alone_are_those_of_the_definition(
    data: st.DataObject, database_url: str
) -> None:
    """Every sure entry, by slug, in the one order, at any viewpoint; on one connection, too."""
    empty(database_url)
    steps: list[Told] = data.draw(histories())
    with Tracker.open(database_url, by="mira", create=True) as log:
        history = record(log.engine, steps)
        for at in data.draw(st.lists(viewpoints(history), min_size=1, max_size=6)):
            found = list(log.phases(at))
            assert found == _entries(history, at)
            stood = {each.initiative: each.phase for each in found}
            expected = defined(history, at)
            assert {slug: stood.get(slug, "not-started") for slug in expected} == {
                slug: state.phase for slug, state in expected.items()
            }
            assert set(stood) <= set(expected)
            with log.one_state():
                assert list(log.phases(at)) == found


def _entries(history: Sequence[Event], at: Viewpoint) -> list[tuple[str, str, date, int]]:
    """Who entered which phase by the day, from the events alone."""
    slugs = {event.initiative for event in history if event.initiative}
    pictures = [picture(history, slug, at.position) for slug in slugs]
    entering = [
        fact
        for whole in pictures
        if whole is not None and whole.retired is None
        for fact in whole.developments
        if fact.sets_phase and fact.hi <= at.as_of
    ]
    return [
        (fact.initiative, fact.phase or "", fact.hi, fact.position)
        for fact in sorted(entering, key=lambda fact: (fact.initiative, *fact.order))
    ]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_step_is_right(data: st.DataObject, sqlite_url: str) -> None:
    """Before and after each step stands what the definition says of that day, or that position."""
    empty(sqlite_url)
    steps: list[Told] = data.draw(histories())
    with Tracker.open(sqlite_url, by="mira", create=True) as log:
        history = record(log.engine, steps)
        at = data.draw(viewpoints(history))
        for step in log.replay(at, axis="knowledge"):
            assert step.position is not None
            if step.initiative is None:
                assert step.kind == "lifecycle-adopted"
                continue
            for position, state in ((step.position - 1, step.before), (step.position, step.after)):
                then = Viewpoint(at.as_of, position)
                assert defined(history, then).get(step.initiative) == state
        told = list(log.replay(at))
        for number, step in enumerate(told):
            assert step.day is not None
            assert step.initiative is not None
            later = told[number + 1].day if number + 1 < len(told) else None
            if step.day != later:  # all of that day has happened
                at_the_end = {s.initiative: s.after for s in told[: number + 1]}
                stood = defined(history, Viewpoint(step.day, at.position))
                assert {slug: stood[slug or ""] for slug in at_the_end} == at_the_end
        assert [step.day for step in told] == sorted(step.day or date.min for step in told)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_part_of_the_story_is_the_story_cut_out(data: st.DataObject, sqlite_url: str) -> None:
    """Bounds, slugs and the batch of reading change what is shown, never what a step says."""
    empty(sqlite_url)
    steps: list[Told] = data.draw(histories())
    with Tracker.open(sqlite_url, by="mira", create=True) as log:
        history = record(log.engine, steps)
        at = data.draw(viewpoints(history))
        first, last = sorted(
            data.draw(st.lists(st.sampled_from(days_of_interest(history)), min_size=2, max_size=2))
        )
        whole = list(log.replay(at))
        bounds = Bounds(days=(first, last))
        within = [step for step in whole if step.day and first <= step.day <= last]
        assert list(log.replay(at, bounds=bounds)) == within
        everything = list(log.replay(at, bounds=bounds, hidden=True))
        assert [step for step in everything if step.is_shown] == within
        whole = list(log.replay(at, axis="knowledge"))
        bounds = Bounds(positions=(2, at.position - 1))
        within = [step for step in whole if 2 <= (step.position or 0) <= at.position - 1]
        assert list(log.replay(at, axis="knowledge", bounds=bounds)) == within
        for slug in {step.initiative for step in whole if step.initiative}:
            for axis in AXES:
                alone = list(log.replay(at, [slug], axis=axis))
                theirs = [s for s in log.replay(at, axis=axis) if s.initiative == slug]
                if axis == "knowledge" or theirs:
                    assert alone == theirs


# --- stories ----------------------------------------------------------------------------------


@pytest.fixture
def log(database_url: str) -> Iterator[Tracker]:
    """An empty log on the second of March 2026."""
    with freeze_time("2026-03-02T12:00:00Z"), Tracker.open(database_url, create=True) as log:
        yield log


def told(log: Tracker, *slugs: str, **settings: Any) -> list[str]:
    """The story in words."""
    learned = settings.get("axis") == "knowledge"
    at = log.viewpoint(settings.pop("as_of", None))
    items = map(step_item, log.replay(at, slugs, **settings))
    return list(story.lines(items, learned=learned))


def test_an_empty_log_has_no_story(log: Tracker) -> None:
    """Neither along the world nor along knowledge."""
    assert told(log) == told(log, axis="knowledge") == []


def test_silences_take_their_place_in_the_story(log: Tracker) -> None:
    """After all that happened on earlier days, and up to the as-of date; a voice ends one."""
    log.register("a", title="A", lifecycle="co-production")
    log.register("b", title="B", lifecycle="co-production")
    for slug, kind, on in (
        ("a", "talks-initiated", "2020-01-10"),
        ("b", "talks-initiated", "2022-01-11"),  # the day on which a falls dormant
        ("a", "commented", "2022-05"),
        ("b", "suspended", "2022-06-01"),
        ("b", "resumed", "2026-03-01"),
    ):
        log.record(slug, kind, on=on, source="x")
    assert told(log, as_of="2028-03-02") == [
        "2020-01-10  a  not-started → talks   talks-initiated",
        "2022-01-11  b  not-started → talks   talks-initiated",
        "2022-01-11  a  talks → talks (dormant)   dormancy  (nothing heard since 2020-01-10)",
        "2022-05  a  talks (dormant) → talks   commented",
        "2022-06-01  b  talks → talks (suspended)   suspended",
        "2024-06-01  a  talks → talks (dormant)   dormancy  (nothing heard since 2022-05)",
        "2026-03-01  b  talks (suspended) → talks   resumed",
        "2028-03-02  b  talks → talks (dormant)   dormancy  (nothing heard since 2026-03-01)",
    ]
    assert len(told(log, as_of="2028-03-01")) == 7


def test_a_changed_lifecycle_is_told_once_for_each_that_it_moves(log: Tracker) -> None:
    """And in one step about the log where it moves none."""
    for slug in ("a", "b", "c"):
        log.register(slug, title=slug, lifecycle="co-production")
    for slug in ("a", "b"):
        log.record(slug, "talks-initiated", on="2026-01-10", source="x")
    before = log.lifecycle("co-production")
    changed = [
        evolve(each, effect=Effect("suspends")) if each.type == "talks-initiated" else each
        for each in before.developments
    ]
    log.adopt(evolve(before, developments=tuple(changed)))
    log.adopt(evolve(before, title="Renamed", developments=tuple(changed)))
    assert told(log, axis="knowledge")[-3:] == [
        "2026-03-02  a  talks → not-started (suspended)   @7 lifecycle-adopted  (co-production)",
        "2026-03-02  b  talks → not-started (suspended)   @7 lifecycle-adopted  (co-production)",
        "2026-03-02  (the log)   @8 lifecycle-adopted  (co-production)",
    ]
    assert len(told(log, "b", axis="knowledge")) == 3
    assert len(told(log, "c", axis="knowledge")) == 1


def test_another_lifecycle_is_a_step_that_says_so(log: Tracker) -> None:
    """The types that it does not have lose their effect."""
    log.register("a", title="A", lifecycle="co-production")
    log.record("a", "mou-signed", on="2026-01-10", source="x")
    log.revise("a", lifecycle="trade-agreement")
    assert told(log, axis="knowledge")[-1] == (
        "2026-03-02  a  memorandum → not-started   @5 initiative-revised"
        "  (A; now follows trade-agreement)"
    )


def test_filters_choose_by_the_last_status(log: Tracker) -> None:
    """An initiative that ends in the phase asked for is told from its beginning."""
    for slug in ("a", "b"):
        log.register(slug, title=slug, lifecycle="co-production")
        log.record(slug, "talks-initiated", on="2026-01-10", source="x")
    log.record("b", "mou-signed", on="2026-01-20", source="x")
    filters = Filters(phase=("memorandum",))
    assert told(log, filters=filters) == [
        "2026-01-10  b  not-started → talks   talks-initiated",
        "2026-01-20  b  talks → memorandum   mou-signed",
    ]
    assert told(log, "a", filters=filters) == []
    at = log.viewpoint()
    chosen = [tuple(each) for each in log.phases(at, filters=filters)]
    assert chosen == [
        ("b", "talks", date(2026, 1, 10), 5),
        ("b", "memorandum", date(2026, 1, 20), 6),
    ]
    assert list(log.phases(at, ["a"], filters=filters)) == []


def test_the_phases_of_a_retired_initiative_are_told_where_it_is_named(log: Tracker) -> None:
    """As its status is: no list has it, and whoever asks for it is answered."""
    for slug in ("a", "b"):
        log.register(slug, title=slug, lifecycle="co-production")
        log.record(slug, "talks-initiated", on="2026-01-10", source="x")
    log.retire("a", reason="a mistake")
    at = log.viewpoint()
    assert [each.initiative for each in log.phases(at)] == ["b"]
    assert [each.initiative for each in log.phases(at, ["a"])] == ["a"]
    with pytest.raises(NotFound):
        log.phases(at, ["c"])
    with pytest.raises(CalledWrongly, match="no initiative here has the phase 'no-such'"):
        told(log, filters=Filters(phase=("no-such",)))
    with pytest.raises(NotFound):
        told(log, "no-such")


@pytest.mark.parametrize(
    ("axis", "since", "until", "expected"),
    [
        ("world", "2026-01", None, Bounds(days=(date(2026, 1, 1), date.max))),
        ("world", None, "2026-01", Bounds(days=(date.min, date(2026, 1, 31)))),
        ("world", "yesterday", "today", Bounds(days=(date(2026, 3, 1), date(2026, 3, 2)))),
        ("knowledge", "@3", "@5", Bounds(positions=(3, 5))),
        (
            "knowledge",
            "2026-01",
            "2026-01-31T10:00:00Z",
            Bounds(
                instants=(
                    datetime(2026, 1, 1, tzinfo=UTC),
                    datetime(2026, 1, 31, 10, tzinfo=UTC),
                )
            ),
        ),
        (
            "knowledge",
            "2026-01-31T23:59:59.999999Z",
            "2026-02-01",
            Bounds(
                instants=(
                    datetime(2026, 1, 31, 23, 59, 59, 999999, tzinfo=UTC),
                    datetime(2026, 2, 1, 23, 59, 59, 999999, tzinfo=UTC),
                )
            ),
        ),
    ],
)
def test_a_part_begins_and_ends_as_one_would_say(
    axis: Axis, since: str | None, until: str | None, expected: Bounds
) -> None:
    """From the first day, or instant, of what is named to the last."""
    with freeze_time("2026-03-02T12:00:00Z"):
        assert Bounds.parsed(axis, since, until) == expected


@pytest.mark.parametrize(
    ("axis", "since", "until", "error"),
    [
        ("world", "@3", None, CalledWrongly),
        ("world", "2026-02", "2026-01", CalledWrongly),
        ("knowledge", "@5", "@3", CalledWrongly),
        ("knowledge", "2026-02", "2026-01", CalledWrongly),
        ("world", "03/04/2025", None, Refused),
        ("knowledge", None, "soon", Refused),
    ],
)
def test_a_part_that_is_none_is_refused(
    axis: Axis, since: str | None, until: str | None, error: type[Exception]
) -> None:
    """Backwards, on the other axis, or no date at all."""
    with pytest.raises(error):
        Bounds.parsed(axis, since, until)
