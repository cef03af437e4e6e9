"""kill -9 of whoever writes to a SQLite log: nothing acknowledged is lost, nothing half there."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk
from tests.faults.children import DONE, READY, Said, append, child, command
from tests.faults.operations import (
    APPEND,
    EVENTS,
    OPERATIONS,
    Models,
    Operation,
    appended,
    duration,
)
from tests.faults.support import chance, size
from tests.tally import Tally

MOST = 10_000
COMMANDS = [each for each in OPERATIONS if each is not APPEND]


def killed(work: Callable[..., None], *words: Any, after: float) -> list[Said]:
    """What a process said that was killed *after* so many seconds of work."""
    with child(work, *words) as worker:
        # A writer has something to lose once it was acknowledged something.
        said = worker.all_until(DONE if work is append else READY)
        time.sleep(after)
        worker.kill()
        return said + worker.rest()


@pytest.mark.parametrize("operation", COMMANDS, ids=lambda each: each.name)
def test_a_command_that_is_killed_did_all_or_nothing(
    request: pytest.FixtureRequest,
    files: Models,
    tmp_path: Path,
    tally: Tally,
    operation: Operation,
) -> None:
    """Whole once it was acknowledged, else whole or absent; and repeating it completes it."""
    rng = chance(request)
    took = duration(operation, files, tmp_path)
    kills = size(request, 5, 40)
    for number in range(kills):
        where, target = operation.begun(files), tmp_path / f"target-{number}"
        line = operation.line(files, where, target)
        said = killed(command, line, after=rng.uniform(0, took * 1.05))
        is_done = operation.done(files, where, target)
        assert is_done or (DONE, 0) not in said, "what was acknowledged is lost"
        if not is_done:
            Desk(where).done(*line[4:])
            assert operation.done(files, where, target)
        files.place.drop(where)
    tally.add(f"kills of a SQLite {operation.name}", kills)


def test_a_writer_that_is_killed_loses_nothing(
    request: pytest.FixtureRequest, files: Models, tally: Tally
) -> None:
    """Every acknowledged event is there once, in its place; the one begun is there wholly, or not.

    The log goes on from kill to kill, and what was acknowledged before any of them stays.
    """
    rng = chance(request)
    where = APPEND.begun(files)
    known: dict[int, str] = {}
    length = EVENTS + 1
    kills = size(request, 10, 100)
    for _ in range(kills):
        said = killed(append, where, MOST, after=rng.uniform(0, 0.5))
        length = appended(where, said, length, known)
    assert len(known) >= kills
    tally.add("kills of a SQLite append", kills)
    tally.add("events checked after kills", len(known))
