"""Overviews: timelines, figures, what needs attention, and search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import quantiles

import pytest
import sqlalchemy as sa
from attrs import evolve
from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.benchmarks import workload
from tests.databases import empty
from tests.domain.told import ROAD, told
from tests.histories import Step as Told
from tests.histories import days_of_interest, events_of, histories, record, viewpoints
from tracker import Filters, Source, Tracker, Viewpoint
from tracker.application.overview import (
    CONCERNS,
    Concern,
    Mark,
    Stretch,
    Words,
    quartiles,
    stretches,
)
from tracker.domain.facts import picture
from tracker.domain.status import status
from tracker.errors import CalledWrongly
from tracker.projections.projector import Projector
from tracker.store.event_log import writing


@pytest.fixture
def log(database_url: str) -> Iterator[Tracker]:
    """An empty log on the second of March 2026."""
    with freeze_time("2026-03-02T12:00:00Z"), Tracker.open(database_url, create=True) as log:
        yield log


# --- timeline ---------------------------------------------------------------------------------


@settings(max_examples=100)
@given(data=st.data())
def test_a_band_is_the_status_of_every_day(data: st.DataObject) -> None:
    """The stretch that covers a day says what the definition says; before the first, nothing."""
    history = events_of(data.draw(histories()))
    at = data.draw(viewpoints(history))
    for slug in sorted({event.initiative for event in history if event.initiative}):
        whole = picture(history, slug, at.position)
        if whole is None:
            continue
        band = list(stretches(whole.developments, whole.lifecycle, at.as_of))
        for one, other in pairwise(band):
            assert one.end == other.start - _DAY
        for day in days_of_interest(history):
            if day > at.as_of:
                continue
            stood = status(whole.developments, whole.lifecycle, day)
            there = [s for s in band if s.start <= day <= (s.end or at.as_of)]
            if not there:
                assert not band or day < band[0].start
                assert (stood.phase, stood.condition) == ("not-started", "active")
                assert stood.is_certain
                continue
            (stretch,) = there
            assert (
                stretch.phase,
                stretch.condition,
                stretch.outcome,
                stretch.basis,
                stretch.is_certain,
            ) == (stood.phase, stood.condition, stood.outcome, stood.basis, stood.is_certain)


_DAY = timedelta(days=1)
_FIRST = date(2024, 1, 30)
_CLOSE = st.integers(0, 6).flatmap(
    lambda lo: st.builds(
        lambda kind, more: f"{kind} {_FIRST + lo * _DAY}/{_FIRST + (lo + more) * _DAY}",
        st.sampled_from(["begun", "agreed", "suspended", "cancelled", "commented"]),
        st.integers(0, 5),
    )
)


@settings(max_examples=500)
@given(lines=st.lists(_CLOSE, min_size=1, max_size=5), gap=st.integers(85, 100))
def test_a_band_changes_on_the_day_on_which_the_status_does(lines: list[str], gap: int) -> None:
    """Where extents of a few days lie across each other, and where silence ends one day or so."""
    heard = _FIRST + gap * _DAY
    history = told(*lines, f"commented {heard}")
    days = [_FIRST + number * _DAY for number in range(-1, 210)]
    band = list(stretches(history, ROAD, days[-1]))
    by_day = {
        day: (each.phase, each.condition, each.outcome, each.basis, each.is_certain)
        for each in band
        for day in days
        if each.start <= day <= (each.end or days[-1])
    }
    for day in days:
        stood = status(history, ROAD, day)
        assert by_day.get(day, ("not-started", "active", None, "observed", True)) == (
            stood.phase,
            stood.condition,
            stood.outcome,
            stood.basis,
            stood.is_certain,
        )
    assert all(one.end == other.start - _DAY for one, other in pairwise(band))


def test_a_band_through_a_life(log: Tracker) -> None:
    """Imprecise beginnings, silence, revival and an end, each day in one stretch."""
    log.register("a", title="A", lifecycle="co-production")
    for kind, on in (
        ("talks-initiated", "2020-01"),
        ("commented", "2022-06-10"),
        ("cancelled", "2023-01-05"),
    ):
        log.record("a", kind, on=on, source="x")
    (course,) = log.timeline(log.viewpoint())
    assert course.stretches == (
        Stretch(
            "not-started", "active", None, "observed", False, date(2020, 1, 1), date(2020, 1, 30)
        ),
        Stretch("talks", "active", None, "observed", True, date(2020, 1, 31), date(2022, 1, 31)),
        Stretch("talks", "dormant", None, "inferred", True, date(2022, 2, 1), date(2022, 6, 9)),
        Stretch("talks", "active", None, "observed", True, date(2022, 6, 10), date(2023, 1, 4)),
        Stretch("talks", "ended", "cancelled", "observed", True, date(2023, 1, 5)),
    )


def test_marks_show_plans_and_what_was_corrected(log: Tracker) -> None:
    """A fact that said something else is marked with what it says now; so is what was withdrawn."""
    log.register("a", title="A", lifecycle="co-production")
    log.record("a", "talks-initiated", on="2026-01-10", source="x")  # #2
    log.amend("a#2", on="2026-01-12", reason="better")
    log.amend("a#2", note="wording only", reason="better")
    log.record("a", "mou-signed", on="2026-02-01", source="x")  # #5
    log.withdraw("a#5", reason="false")
    log.plan("a", "contract-signed", by="2026-02-15", source="x")  # #7
    log.plan("a", "commented", by="2026", source="x")  # #8
    log.record("a", "commented", on="2026-02-20", source="x", fulfils="a#8")  # #9
    (course,) = log.timeline(log.viewpoint())
    assert [(m.kind, m.fact, m.on, m.instead) for m in course.marks] == [
        ("amended", "a#2", "2026-01-10", "2026-01-12"),
        ("development", "a#2", "2026-01-12", None),
        ("withdrawn", "a#5", "2026-02-01", None),
        ("overdue", "a#7", "../2026-02-15", None),
        ("development", "a#9", "2026-02-20", None),
        ("fulfilled", "a#8", "../2026", None),
    ]
    (then,) = log.timeline(log.viewpoint("2026-01-31", "@3"))
    day = date(2026, 1, 10)
    assert then.marks == (Mark("development", "a#2", 3, "talks-initiated", "2026-01-10", day, day),)


def test_a_corrected_fact_keeps_its_place_among_those_of_its_date(log: Tracker) -> None:
    """In marks and in a history, as in a status: what it says was recorded again, not the fact."""
    log.register("a", title="A", lifecycle="co-production")
    log.record("a", "offer-made", on="2025-01-01", source="x")  # #2
    log.record("a", "mou-signed", on="2025-01-01", source="x", after="a#2")
    log.record("a", "talks-initiated", on="2025-01-01", source="x", after="a#2")
    log.amend("a#3", note="as it was said", reason="more words")
    at = log.viewpoint()
    assert log.status("a", at=at).standing.status.phase == "talks"
    (course,) = log.timeline(at)
    assert [mark.fact for mark in course.marks] == ["a#2", "a#3", "a#4"]
    told = [(each.fact, each.state) for each in log.history("a", at)]
    assert told == [("a#2", "current"), ("a#3", "amended"), ("a#3", "current"), ("a#4", "current")]


# --- figures ----------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 50), min_size=2))
def test_quartiles_are_those_of_statistics(days: list[int]) -> None:
    """Python's own, of the inclusive kind."""
    assert quartiles(Counter(days)) == pytest.approx(
        tuple(quantiles(days, n=4, method="inclusive"))
    )


def test_stays_that_are_over_and_those_that_run(log: Tracker) -> None:
    """Days in each phase; suspended counts, ended does not; delays from the first recording."""
    for slug in ("a", "b", "c"):
        log.register(slug, title=slug, lifecycle="co-production")
    for slug, kind, on in (
        ("a", "talks-initiated", "2026-01-01"),
        ("a", "suspended", "2026-01-05"),
        ("a", "mou-signed", "2026-01-11"),
        ("b", "talks-initiated", "2026-02-01"),
        ("b", "cancelled", "2026-02-21"),
    ):
        log.record(slug, kind, on=on, source="x")
    log.amend("a#2", note="later", reason="more")
    figures = {
        (f.measure, f.phase): (f.count, f.first_quartile, f.median, f.third_quartile)
        for f in log.stats(log.viewpoint())
    }
    assert figures == {
        ("now", "not-started"): (1, None, None, None),
        ("now", "talks"): (1, None, None, None),
        ("now", "memorandum"): (1, None, None, None),
        ("ended", "talks"): (2, 12.5, 15, 17.5),
        ("running", "memorandum"): (1, 50, 50, 50),
        ("delay", None): (5, 29, 50, 56),
    }


def test_delays_are_those_of_what_was_recorded_first(database_url: str) -> None:
    """Whether many were recorded on a day, or one, or none for a while; up to any viewpoint."""
    with Tracker.open(database_url, create=True) as log:
        with writing(log.engine) as appender:
            moved = [
                evolve(draft, recorded_at=_begun + _within(number))
                for number, draft in enumerate(workload.drafts(300))
            ]
            rows = [row for _, row in appender.append(moved, "bench")]
            appender.flush()
            Projector(appender.connection).apply(rows)
        for day, position in ((date(2011, 6, 30), 120), (date(2030, 1, 1), 300)):
            at = Viewpoint(day, position)
            with log.engine.connect() as connection:
                query = """
                    SELECT i.lifecycle, f.hi, substr(e.recorded_at, 1, 10) FROM fact_versions f
                    JOIN events e ON e.position = f.fact
                    JOIN initiatives i ON i.initiative = f.initiative AND i.retired = 0
                    WHERE f.k_from <= :k AND f.k_to > :k AND i.k_from <= :k AND i.k_to > :k
                    AND f.hi <= :d"""
                told = connection.execute(sa.text(query), {"k": position, "d": day.isoformat()})
                late: dict[str, Counter[int]] = {}
                for lifecycle, hi, recorded in told:
                    days = (date.fromisoformat(recorded) - date.fromisoformat(hi)).days
                    late.setdefault(lifecycle, Counter())[max(days, 0)] += 1
            figures = {
                f.lifecycle: (f.count, f.first_quartile, f.median, f.third_quartile)
                for f in log.stats(at)
                if f.measure == "delay" and f.lifecycle is not None
            }
            assert sum(count for count, *_ in figures.values()) > 50
            assert figures == {name: (d.total(), *quartiles(d)) for name, d in late.items()}


_begun = datetime(2009, 12, 31, tzinfo=UTC)


def _within(number: int) -> timedelta:
    """Four a day, the first and the last instant of it among them, and none on the next two."""
    times = (0, 0, 1, 86_399_999_999)
    return timedelta(days=number // 4 * 3, microseconds=times[number % 4])


def test_stays_are_those_of_the_story(sqlite_url: str) -> None:
    """What replay tells, step by step, and who stands where, give the same counts and days."""
    with Tracker.open(sqlite_url, create=True) as log:
        with writing(log.engine) as appender:
            rows = [row for _, row in appender.append(workload.drafts(2000), "bench")]
            appender.flush()
            Projector(appender.connection).apply(rows)
        for day, position in ((date(2011, 6, 30), 900), (date(2030, 1, 1), 2000)):
            at = Viewpoint(day, position)
            days = told_days(log, at)
            figures = {
                (str(f.measure), f.lifecycle, f.phase): f
                for f in log.stats(at)
                if f.measure != "delay"
            }
            assert {key: f.count for key, f in figures.items()} == {
                key: each.total() for key, each in days.items()
            }
            for key, f in figures.items():
                if f.measure != "now":
                    assert (f.first_quartile, f.median, f.third_quartile) == quartiles(days[key])


def told_days(
    log: Tracker, at: Viewpoint
) -> dict[tuple[str, str | None, str | None], Counter[int]]:
    """The days of every stay, by measure, lifecycle and phase, out of the replay of all."""
    lifecycle_of = {s.initiative: s.profile.lifecycle for s in log.portfolio(at)}
    days: dict[tuple[str, str | None, str | None], Counter[int]] = {}
    since: dict[str, tuple[str, date]] = {}
    for step in log.replay(at):
        slug, after, day = step.initiative, step.after, step.day
        assert slug is not None
        assert after is not None
        assert day is not None
        stands_in = None if after.condition == "ended" else after.phase
        if slug in since and since[slug][0] != stands_in:
            phase, start = since.pop(slug)
            key = ("ended", lifecycle_of[slug], phase)
            days.setdefault(key, Counter())[(day - start).days] += 1
        if slug not in since and stands_in not in (None, "not-started"):
            since[slug] = (str(stands_in), day)
    for slug, (phase, start) in since.items():
        key = ("running", lifecycle_of[slug], phase)
        days.setdefault(key, Counter())[(at.as_of - start).days] += 1
    for s in log.portfolio(at):
        days.setdefault(("now", s.profile.lifecycle, s.status.phase), Counter())[0] += 1
    return days


# --- attention --------------------------------------------------------------------------------


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_attention_is_what_the_cards_find(data: st.DataObject, sqlite_url: str) -> None:
    """Every finding of these kinds, of every listed initiative, and every dormant one."""
    empty(sqlite_url)
    steps: list[Told] = data.draw(histories())
    with Tracker.open(sqlite_url, create=True) as log:
        history = record(log.engine, steps)
        at = data.draw(viewpoints(history))
        kinds = {kind for group in CONCERNS.values() for kind in group}
        cards = log.evidence(log.portfolio(at), at)
        expected = {(a.standing.initiative, f.kind, f.text) for a in cards for f in a.findings}
        notices = log.attention(at)
        found = {(n.initiative, n.kind, n.text) for n in notices if n.kind != "dormant"}
        assert found == {each for each in expected if each[1] in kinds}
        dormant = {s.initiative for s in log.portfolio(at) if s.status.condition == "dormant"}
        assert {n.initiative for n in notices if n.kind == "dormant"} == dormant
        assert all(n.days is None or n.days >= 0 for n in notices)
        concern: Concern
        for concern, names in CONCERNS.items():
            assert log.attention(at, [concern]) == [n for n in notices if n.kind in names]
        for answer in cards:
            slug = answer.standing.initiative
            assert log.attention(at, initiatives=[slug]) == [
                n for n in notices if n.initiative == slug
            ]
            only = Filters(phase=[answer.standing.status.phase])
            alike = {c.standing.initiative for c in cards if only.fits(c.standing)}
            assert log.attention(at, filters=only) == [n for n in notices if n.initiative in alike]


# --- search -----------------------------------------------------------------------------------


def searched(log: Tracker, text: str, as_of: str | None = None) -> list[tuple[str, str, str]]:
    hits = log.search(text, log.viewpoint(as_of))
    return [(hit.fact or hit.initiative, hit.field, hit.excerpt) for hit in hits]


def test_all_words_are_found_wherever_they_stand(log: Tracker) -> None:
    """In titles, summaries, types and their titles, notes, quotes, sources and who stated it."""
    log.register(
        "a",
        title="Straße nach Irún",
        lifecycle="co-production",
        summary="A long road",
        parties=["Iran", "Indian Railways"],
        sector="Transport",
        tags=["north-south"],
    )
    log.register("chabahar-2", title="A port", lifecycle="co-production")
    source = Source(
        url="https://example.org/page",
        title="The dispatch",
        publisher="Daily Wire",
        quote="they began to build",
    )
    log.record(
        "a", "talks-initiated", on="2026-01-10", source=source, note="in Ulan-Ude", stated_by="HAL"
    )
    log.plan("a", "contract-signed", by="2027", source="Circular 7")
    log.record("a", "commented", on="2026-02", source="Withdrawn paper")
    log.withdraw("a#4", reason="false")
    for text, where in {
        "STRASSE": ("a", "title"),
        "irún nach": ("a", "title"),
        "road long": ("a", "summary"),
        "RAILWAYS": ("a", "party"),
        "transport": ("a", "sector"),
        "north-south": ("a", "tag"),
        "chabahar": ("chabahar-2", "slug"),
        "contract awarded": ("a#3", "type"),
        "ulan": ("a#2", "note"),
        "BUILD began": ("a#2", "quote"),
        "wire dispatch": ("a#2", "source"),
        "example.org": ("a#2", "source"),
        "hal": ("a#2", "stated_by"),
        "talks initiated": ("a#2", "type"),
        "talks-initiated": ("a#2", "type"),
        "wire build hal": ("a#2", "quote"),
        "circular": ("a#3", "source"),
    }.items():
        assert [hit[:2] for hit in searched(log, text)] == [where], text
    for text in ("irun", "withdrawn paper", "ulan circular", "zzz"):
        assert searched(log, text) == [], text
    assert searched(log, "ulan", as_of="2026-01-09") == []
    assert len(searched(log, "circular", as_of="2026-01-09")) == 1
    with pytest.raises(CalledWrongly):
        searched(log, " \t")


@given(st.text(), st.text(min_size=1), st.text())
def test_an_excerpt_is_about_what_was_found(before: str, word: str, after: str) -> None:
    """Whatever the letters: one of the words is in the excerpt, which is not much longer."""
    try:
        words = Words.of(word)
    except CalledWrongly:
        return
    found = words.best([("note", f"{before} {word} {after}")])
    assert found is not None
    excerpt = found[1]
    assert any(Words((each,)).best([("note", excerpt)]) for each in words.folded)
    assert len(excerpt) <= 124 + 3 * max(map(len, words.folded))
