"""Every benchmark runs, and all that it compares gives the same answers; nothing is timed here."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from attrs import evolve

from tests.benchmarks import report, workload, written
from tests.benchmarks.__main__ import GROUPS
from tests.benchmarks.agreement import Disagreement, agreed
from tests.benchmarks.desk import Desk, desk
from tests.benchmarks.measure import Spent
from tests.benchmarks.rows import Goal, Row, ratio

EVENTS = 300
FACTS = 2000
SPENT = {"tracker": Spent(2.0, 4.0), "other": Spent(1.0, 8.0)}
SIDES = ("tracker", "other")


@pytest.fixture(scope="module")
def small() -> Iterator[Desk]:
    """The smallest workload in which there is everything, once for all groups."""
    postgresql = os.environ.get("TRACKER_TEST_DATABASES") != "sqlite"
    with desk(EVENTS, postgresql=postgresql, most_rounds=1, facts=FACTS) as made:
        yield made


@pytest.mark.parametrize("group", GROUPS)
def test_a_benchmark_runs_and_its_sides_agree(small: Desk, group: str) -> None:
    """Each group gives rows with a figure, having found the answers of all sides the same."""
    # Of memory there is nothing to agree about: one kind of database shows that it runs.
    at = evolve(small, stores=small.stores[:1]) if group == "memory" else small
    rows = list(GROUPS[group](at))
    assert rows
    for row in rows:
        assert all(row.cells), row
        assert row.kind == "megabytes" or row.figure > 0, row


def test_the_workload_is_the_same_every_time() -> None:
    """Two runs write the same bytes; another seed makes another history."""
    assert list(written.log_lines(EVENTS)) == list(written.log_lines(EVENTS))
    assert list(workload.drafts(EVENTS)) != list(workload.drafts(EVENTS, seed=2))


def test_the_workload_is_as_described() -> None:
    """Ten events an initiative, the first with the √n-th part; a twentieth corrects, some plan."""
    drafts = list(workload.drafts(5000))
    assert len(drafts) == 5000
    of_first = sum(draft.initiative == "init-0000000" for draft in drafts)
    assert 150 < of_first < 300  # 5000 / √500 is 224
    kinds = [draft.what.KIND for draft in drafts]
    assert 0.035 < sum(kind in ("amended", "withdrawn") for kind in kinds) / 5000 < 0.065
    accounts = [a for d in drafts if (a := getattr(d.what, "account", None)) is not None]
    assert 0.03 < sum(a.mode == "planned" for a in accounts) / len(accounts) < 0.07
    assert 0.07 < sum(len(a.on.edtf) < 10 for a in accounts) / len(accounts) < 0.2
    instants = [draft.recorded_at for draft in drafts]
    assert instants == sorted(instants)


@pytest.mark.parametrize("other", [{"il-1": "talks"}, {"il-1": "agreement", "il-2": "talks"}, {}])
def test_sides_that_differ_are_not_compared(other: dict[str, str]) -> None:
    """Another answer, one too many or none at all is a failure that names who gave it."""
    with pytest.raises(Disagreement, match="the other and tracker differ"):
        agreed("phases", {"tracker": {"il-1": "agreement"}, "the other": other})


def test_no_answer_is_no_agreement() -> None:
    """Sides that all answer nothing have shown nothing."""
    with pytest.raises(Disagreement, match="gives no answer"):
        agreed("phases", {"tracker": {}, "the other": {}})


@pytest.mark.parametrize(
    ("kind", "bound", "shown", "verdict"),
    [
        ("faster", 0.5, "0.5 times faster", "reached"),
        ("faster", 0.6, "0.5 times faster", "not reached"),
        ("rate", 0.5, "0.5 of its rate", "reached"),
        ("time", 2.0, "2 times its time", "reached"),
        ("time", 1.9, "2 times its time", "not reached"),
    ],
)
def test_a_row_says_whether_its_goal_is_reached(
    kind: str, bound: float, shown: str, verdict: str
) -> None:
    """Rates are to be at least as good, times at most as long; processor time is what counts."""
    row = ratio("this", "that", SPENT, kind, bound, sides=SIDES)  # type: ignore[arg-type]
    assert row.cells[2:5] == ("2 s", "1 s", shown)
    assert row.verdict == verdict


def test_time_by_the_clock_is_told_where_it_is_asked_for() -> None:
    """A wait for the disk takes no processor, and is seen by the clock."""
    row = ratio("this", "that", SPENT, "rate", sides=SIDES, by_wall=True)
    assert (row.figure, row.verdict) == (2.0, "–")


@pytest.mark.parametrize(("events", "other"), [(300, 1_000_000), (1_000_000, 300)])
def test_the_table_is_written_between_its_marks(events: int, other: int) -> None:
    """What stands around the marks stays, whatever stood between them goes."""
    (begin, end), (other_begin, other_end) = report.marks(events), report.marks(other)
    rest = f"More.\n\n{other_begin}\nanother\n{other_end}\n"
    page = f"# Page\n\n{begin}\nold\n{end}\n\n{rest}"
    row = Row("this", "that", "1 s", "2 s", "faster", 2.0, Goal("faster", 4))
    text = report.written(page, events, "So many events.", [row])
    assert text.startswith(f"# Page\n\n{begin}\n\nSo many events.\n\n| what |")
    assert f"| {' | '.join(row.cells)} |\n\n{end}" in text
    assert text.endswith(f"\n\n{end}\n\n{rest}")
    assert "old" not in text
