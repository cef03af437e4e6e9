"""The program of the report answers as the definition does, whatever the log.

What it is asked stands beside what the domain answers from the events alone, and what the timeline
of the command line draws; and a small mistake in it is noticed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page
from sqlalchemy.engine import Connection, Engine

from tests.databases import Sqlite
from tests.histories import Step, days_of_interest, histories, rehearsed
from tests.logs import STORY, opened
from tests.test_peps import ANSWERS, PEPS, imported, questions
from tracker.application import Filters, Tracker, overview, reporting
from tracker.domain.changes import Change, diff
from tracker.domain.dates import format_instant
from tracker.domain.events import Event
from tracker.domain.facts import FactVersion, picture
from tracker.domain.findings import findings
from tracker.domain.plans import next_due, open_plans
from tracker.domain.status import Status, status
from tracker.domain.viewpoint import Viewpoint
from tracker.render.report import program
from tracker.store import event_log

# What the program answers, in the words of the command line.
ASK = """
([data, asked, pairs]) => {
  const log = new initiativeTracker.Log(data);
  const name = (fact) => fact && [fact.handle, fact.position];
  const told = (status) => status && [status.phase, status.condition, status.outcome, status.basis,
    status.possible, status.possibleConditions, status.isCertain, status.since];
  const standing = (each, asOf, position) => {
    const { facts, plans } = each.initiative.presentAt(position);
    return {
      initiative: each.initiative.slug, title: each.profile.title, status: told(each.status),
      deciding: name(each.status.deciding), setting: name(each.status.setting),
      last_on: each.status.lastOn, open: each.open.length, next_due: each.nextDue,
      findings: initiativeTracker.findingsOf(facts, plans, each.lifecycle, each.status, asOf)
        .map(({ kind, facts, text }) => [kind, facts.map((fact) => fact.handle), text]),
      spans: log.stretches(each.initiative, asOf, position).map((span) => [span.phase,
        span.condition, span.outcome, span.basis, span.isCertain, span.start, span.end]),
      marks: log.marks(each.initiative, asOf, position).map((mark) => [mark.kind, mark.handle,
        mark.position, mark.type, mark.on, mark.lo, mark.hi,
        mark.instead && mark.instead.filter((part) => part !== null).join(" ")]),
    };
  };
  const view = (pair) => ({ asOf: pair[0], position: pair[1] });
  return {
    standings: asked.map(([asOf, position]) => log.portfolio(asOf, position)
      .map((each) => standing(each, asOf, position))),
    changes: pairs.map(([from, to]) => log.diff(view(from), view(to)).map((change) => ({
      initiative: change.initiative.slug, before: told(change.before), after: told(change.after),
      causes: change.causes.map((each) => [each.cause, each.fact && each.fact.handle,
        each.position, each.on, log.instants.get(each.position) ?? null]),
    }))),
  };
}
"""

PHASES = """
([data, asked]) => {
  const log = new initiativeTracker.Log(data);
  return asked.map(([asOf, position]) => Object.fromEntries(log.portfolio(asOf, position)
    .map((each) => [each.initiative.slug, each.status.phase])));
}
"""

Item = dict[str, Any]
Pair = tuple[Viewpoint, Viewpoint]


# -- what the definition says ----------------------------------------------------------------------


def told(found: Status | None) -> list[Any] | None:
    """What is compared of a status, with what is possible in the order in which it is told."""
    if found is None:
        return None
    possible = [list(found.possible), list(found.possible_conditions)]
    told = [found.phase, found.condition, found.outcome, found.basis]
    return [*told, *possible, found.is_certain, found.since]


def name(fact: FactVersion | None) -> list[Any] | None:
    return [fact.handle, fact.position] if fact else None


def standings(history: Sequence[Event], at: Viewpoint) -> list[Item]:
    """What every initiative stands at, from the events alone."""
    slugs = sorted({event.initiative for event in history if event.initiative})
    return [item for slug in slugs if (item := standing(history, slug, at)) is not None]


def standing(history: Sequence[Event], slug: str, at: Viewpoint) -> Item | None:
    known = picture(history, slug, at.position)
    if known is None or known.retired is not None:
        return None
    found = status(known.developments, known.lifecycle, at.as_of)
    plans = open_plans(known.plans, known.developments, at.as_of)
    due = next_due(plans, at.as_of)
    odd = findings(known.developments, known.plans, known.lifecycle, found, at.as_of)
    return {
        "initiative": slug,
        "title": known.profile.title,
        "status": told(found),
        "deciding": name(found.deciding),
        "setting": name(found.deciding_condition),
        "last_on": found.last_on,
        "open": len(plans),
        "next_due": due.toordinal() if due else None,
        # The command to type is for a terminal.
        "findings": [[f.kind, list(f.facts), f.text.split(" (otherwise:")[0]] for f in odd],
    }


def courses(connection: Connection, at: Viewpoint) -> Iterator[Item]:
    """What the timeline of the command line draws."""
    for course in overview.timeline(connection, at):
        yield {
            "spans": [
                [
                    *(s.phase, s.condition, s.outcome, s.basis, s.is_certain),
                    *(s.start.toordinal(), s.end.toordinal() if s.end else None),
                ]
                for s in course.stretches
            ],
            "marks": [
                [
                    *(m.kind, m.fact, m.position, m.type, m.on),
                    *(m.lo.toordinal(), m.hi.toordinal(), m.instead),
                ]
                for m in course.marks
            ],
        }


def change(found: Change) -> Item:
    return {
        "initiative": found.initiative,
        "before": told(found.before),
        "after": told(found.after),
        "causes": [
            [
                *(each.cause, each.fact, each.position, each.on),
                format_instant(each.recorded_at).replace(".000000Z", "Z")
                if each.recorded_at
                else None,
            ]
            for each in found.causes
        ],
    }


def expected(
    connection: Connection, history: Sequence[Event], asked: Sequence[Viewpoint], pairs: list[Pair]
) -> Item:
    """What the program has to answer."""
    return {
        "standings": [
            [
                {**item, **course}
                for item, course in zip(
                    standings(history, at), courses(connection, at), strict=True
                )
            ]
            for at in asked
        ],
        "changes": [[change(each) for each in diff(history, one, two)] for one, two in pairs],
    }


def answered(
    page: Page, connection: Connection, asked: Sequence[Viewpoint], pairs: list[Pair], last: int
) -> Item:
    """What the program answers from the data of a page about the whole log."""
    data = reporting.data(connection, Viewpoint(date(2025, 1, 1), last), Filters())
    whole: Item = page.evaluate(
        ASK, [data, [_view(at) for at in asked], [[_view(a), _view(b)] for a, b in pairs]]
    )
    return whole


def _view(at: Viewpoint) -> list[int]:
    return [at.as_of.toordinal(), at.position]


def disagreement(
    page: Page, connection: Connection, history: Sequence[Event], asked: list[Viewpoint]
) -> str | None:
    """Where the program and the definition differ first; None if nowhere."""
    # Each viewpoint against the next, and against one further off: forwards and backwards.
    pairs = [*pairwise(asked), *zip(asked, asked[3:], strict=False)]
    wanted = expected(connection, history, asked, pairs)
    found = answered(page, connection, asked, pairs, history[-1].position)
    for kind, places in (("standings", asked), ("changes", pairs)):
        for question, one, other in zip(places, wanted[kind], found[kind], strict=True):
            if one != other:
                return f"{question}\nPython     {one}\nJavaScript {other}"
    return None


# -- logs ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An empty database, to rehearse histories in."""
    with Sqlite().fresh(tmp_path_factory.mktemp("agree")) as url, opened(url) as engine:
        yield engine


def asking(draw: Callable[[st.SearchStrategy[Any]], Any], history: Sequence[Event]) -> list[Any]:
    """A dozen viewpoints: days on which an answer may change, at any position."""
    days = days_of_interest(history)
    one = st.builds(
        Viewpoint,
        as_of=st.sampled_from(days),
        position=st.integers(0, history[-1].position),
    )
    return list(draw(st.lists(one, min_size=12, max_size=12)))


EXAMPLES = int(os.environ.get("TRACKER_TEST_REPORT_HISTORIES", "40"))


@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(histories(), st.data())
def test_it_agrees_on_any_history(
    engine: Engine, engine_page: Page, steps: list[Step], data: st.DataObject
) -> None:
    """Statuses, findings, plans, stretches, marks and causes are those of the definition."""
    with rehearsed(engine, steps) as (connection, history):
        asked = asking(data.draw, history)
        assert (found := disagreement(engine_page, connection, history, asked)) is None, found


def test_it_agrees_on_the_small_log_in_which_everything_happens(
    engine: Engine, engine_page: Page
) -> None:
    """At every position, on every day on which an answer may change."""
    with rehearsed(engine, STORY) as (connection, history):
        days = days_of_interest(history)[::4]
        for position in range(len(history) + 1):
            asked = [Viewpoint(day, position) for day in days]
            assert (found := disagreement(engine_page, connection, history, asked)) is None, found


def test_it_agrees_on_the_first_history(tmp_path: Path, engine_page: Page) -> None:
    """India and Russia in December 2025, as told by one article and by the public record."""
    from tests.cli.desk import Desk

    path = str(tmp_path / "first.db")
    Desk(path).done("demo")
    with Tracker.open(path) as log, event_log.reading(log.engine) as connection:
        history = list(event_log.read(connection))
        days = days_of_interest(history)[::9]
        last = history[-1].position
        for position in (last, last * 3 // 4, last // 2, last // 4):
            asked = [Viewpoint(day, position) for day in days]
            assert (found := disagreement(engine_page, connection, history, asked)) is None, found


@pytest.mark.skipif(
    not PEPS.is_dir() and os.environ.get("CI") != "true",
    reason="the history of the PEPs does not lie beside this checkout",
)
def test_it_agrees_on_a_history_that_nobody_here_wrote(tmp_path: Path, engine_page: Page) -> None:
    """736 Python Enhancement Proposals: all 25,905 answers that were worked out elsewhere."""
    path = str(tmp_path / "peps.db")
    imported(path)
    asked = questions()
    with Tracker.open(path) as log, event_log.reading(log.engine) as connection:
        views = [log.viewpoint(each["as_of"], each["known_at"]) for each in asked]
        data = reporting.data(connection, log.viewpoint(), Filters())
    found = engine_page.evaluate(PHASES, [data, [_view(at) for at in views]])
    wanted = [each["answers"] for each in asked]
    told = [
        {name: phases.get(name) for name in answers}
        for answers, phases in zip(wanted, found, strict=True)
    ]
    assert told == wanted
    assert sum(map(len, wanted)) == ANSWERS


# -- seeded bugs -----------------------------------------------------------------------------------

SEEDED = {
    "an extent is sure from its first day on": ("fact.hi > asOf) break", "fact.lo > asOf) break"),
    "dormant a day late": ("heardUntil + 1;", "heardUntil + 2;"),
    "a settled phase falls dormant": ("if (lifecycle.phase(phase)?.settled) return null;", ""),
    "equal dates the other way round": ("|| one.rank - other.rank", "|| other.rank - one.rank"),
    "a version is known one event too long": ("position < row.to", "position <= row.to"),
    "what may lie on the same day is not possible": (
        "other) < 0 ? other : one", "other) > 0 ? other : one"
    ),
    "a plan is overdue on its day": ("plan.hi < asOf) return", "plan.hi <= asOf) return"),
    "months are not clamped": ("Math.min(day, daysInMonth(y, m))", "day"),
    "what was learned is told as happened": ('[cause("learned"', '[cause("happened"'),
}  # fmt: skip


@pytest.mark.parametrize("bug", SEEDED)
def test_a_seeded_bug_is_noticed(engine: Engine, engine_page: Page, bug: str) -> None:
    """A small mistake in the program makes it disagree on some history."""
    right, wrong = SEEDED[bug]
    assert right in program()
    seeded = program().replace(right, wrong)
    page = engine_page.context.new_page()
    page.add_script_tag(content=seeded)

    @settings(max_examples=400, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(histories(), st.data())
    def agrees(steps: list[Step], data: st.DataObject) -> None:
        with rehearsed(engine, steps) as (connection, history):
            asked = asking(data.draw, history)
            assert disagreement(page, connection, history, asked) is None

    with pytest.raises(AssertionError):
        agrees()
    page.close()
