"""Power cuts: under every setting that tracker uses, what was acknowledged is there afterwards."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.faults.apsw_driver import on_disk
from tests.faults.power import Acknowledged, Trace, cuts, traced
from tests.faults.support import SLUG, SOURCE, add, chance, row, size, verified
from tests.tally import Tally
from tracker import NotFound, Tracker
from tracker.application import keeping
from tracker.errors import TrackerError

State = tuple[int, str]
"""The head of a log and its root: nothing up to it can be otherwise."""

ROLLBACK = "journal_mode=DELETE"
SETTINGS = {"WAL": (), "rollback journal": (ROLLBACK,)}
"""A log keeps a WAL where the file system lets it, and where not, SQLite's rollback journal."""

STEPS = 15


def state(log: Tracker) -> State:
    position = log.head().position
    return position, log.root(position).hex()


@contextmanager
def held_open(where: str, rng: random.Random) -> Iterator[None]:
    """Perhaps others have the log open, or are reading it, so that its WAL is not taken away."""
    with ExitStack() as stack:
        if rng.random() < 0.6:
            other = stack.enter_context(Tracker.open(where, by="other"))
            connection = stack.enter_context(other.engine.connect())
            # Without a WAL whoever reads keeps others from writing.
            (mode,) = connection.exec_driver_sql("PRAGMA journal_mode").one()
            if mode == "delete" or rng.random() < 0.7:
                connection.rollback()
        yield


def work(where: str, trace: Trace, rng: random.Random) -> None:
    """Begin a log, record, amend, import and rebuild, and note what is acknowledged and when."""
    with Tracker.open(where, by="desk", create=True) as log:
        log.register(SLUG, title="Il-114", lifecycle="co-production")
        trace.acknowledge(state(log))
    for number in range(STEPS):
        with held_open(where, rng), Tracker.open(where, by="desk") as log:
            for _ in range(rng.randrange(1, 4)):
                one_more(log, where, f"{number} {rng.random()}", rng)
                trace.acknowledge(state(log))


def one_more(log: Tracker, where: str, note: str, rng: random.Random) -> None:
    what = rng.random()
    if what < 0.1:
        add(where, [row(f"{note} {n}") for n in range(rng.choice((3, 30, 300)))])
    elif what < 0.2:
        keeping.rebuild(log.engine)
    elif what < 0.3 and log.head().position > 2:
        log.amend("@3", note=note, reason="heard better")
    else:
        log.record(SLUG, "talks-initiated", on="2025-03", source=SOURCE, note=note)


def recorded(folder: Path, rng: random.Random, *pragmas: str) -> Trace:
    """The trace of some work under tracker's settings, and *pragmas* after them."""
    folder.mkdir()
    with traced(folder) as (trace, system), on_disk(system, *pragmas):
        work(str(folder / "log.db"), trace, rng)
    return trace


def found(folder: Path, files: dict[str, bytes]) -> State | None:
    """The state of the log that *files* hold, all of it sound; None where nothing is in it yet."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    where = folder / "log.db"
    try:
        report = verified(str(where))
    except NotFound:
        return None
    with closing(sqlite3.connect(where)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return (report.events, report.root.hex()) if report.events else None


def lost(trace: Trace, count: int, folder: Path, rng: random.Random) -> tuple[int, int]:
    """After how many of *count* cuts something acknowledged is lost, and after how many damaged.

    Anything half there is damage: the log stands as it was acknowledged last, or as it would have
    been next.
    """
    states: list[object] = [None, *promised(trace)]
    losses = damages = 0
    for acknowledged, files in cuts(trace, count, rng):
        try:
            there = found(folder, files)
        except (TrackerError, AssertionError, UnicodeDecodeError, sa.exc.SQLAlchemyError):
            damages += 1
        else:
            # Some work appends nothing, and leaves the state that it found.
            at = states.index(acknowledged[-1] if acknowledged else None)
            after = next((each for each in states[at:] if each != states[at]), None)
            losses += there in states[:at]
            damages += there not in (*states[: at + 1], after)
        finally:
            shutil.rmtree(folder)
    return losses, damages


def promised(trace: Trace) -> list[object]:
    return [step.state for step in trace.steps if isinstance(step, Acknowledged)]


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_acknowledged_commit_is_lost(
    request: pytest.FixtureRequest, tmp_path: Path, tally: Tally, setting: str
) -> None:
    """Whenever the power is cut, the log is as it was acknowledged last, or as it would be next."""
    rng = chance(request)
    traces, each = size(request, 2, 20), size(request, 30, 50)
    for number in range(traces):
        trace = recorded(tmp_path / f"work-{number}", rng, *SETTINGS[setting])
        assert lost(trace, each, tmp_path / "after", rng) == (0, 0)
        tally.add(f"power cuts, SQLite with a {setting}", each)


@pytest.mark.parametrize(
    ("pragmas", "weakness"),
    [
        (("synchronous=NORMAL",), "loses"),
        ((ROLLBACK, "synchronous=FULL"), "loses"),
        ((ROLLBACK, "synchronous=OFF"), "is damaged"),
    ],
    ids=["WAL, normal", "rollback journal, full", "rollback journal, off"],
)
def test_a_weaker_setting_is_found_out(
    request: pytest.FixtureRequest, tmp_path: Path, pragmas: tuple[str, ...], weakness: str
) -> None:
    """The cuts are hard enough to show what a setting that syncs less would lose."""
    rng = chance(request)
    trace = recorded(tmp_path / "work", rng, *pragmas)
    losses, damages = lost(trace, size(request, 30, 200), tmp_path / "after", rng)
    assert losses if weakness == "loses" else damages
