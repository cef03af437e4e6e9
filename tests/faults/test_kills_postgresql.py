"""kill -9 of a whole PostgreSQL server: nothing acknowledged is lost, nothing is half there."""

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
from tests.faults.server import Server
from tests.faults.support import chance, size
from tests.tally import Tally

pytestmark = pytest.mark.slow

MOST = 10_000
COMMANDS = [each for each in OPERATIONS if each is not APPEND]


def survived(
    server: Server, tally: Tally, work: Callable[..., None], *words: Any, after: float
) -> list[Said]:
    """What a process said whose server was killed *after* so many seconds; it is up again then."""
    with child(work, *words) as worker:
        # A writer has something to lose once it was acknowledged something.
        said = worker.all_until(DONE if work is append else READY)
        time.sleep(after)
        killed = server.kill()
        worker.ends()
        said += worker.rest()
    server.launch()
    tally.add("processes of PostgreSQL servers killed", killed)
    return said


@pytest.mark.parametrize("operation", COMMANDS, ids=lambda each: each.name)
def test_a_command_whose_server_is_killed_did_all_or_nothing(
    request: pytest.FixtureRequest,
    server: Server,
    on_server: Models,
    tmp_path: Path,
    tally: Tally,
    operation: Operation,
) -> None:
    """Whole once it was acknowledged, else whole or absent; and repeating it completes it."""
    rng = chance(request)
    took = duration(operation, on_server, tmp_path)
    kills = size(request, 1, 10)
    for number in range(kills):
        where, target = operation.begun(on_server), tmp_path / f"target-{number}"
        line = operation.line(on_server, where, target)
        said = survived(server, tally, command, line, after=rng.uniform(0, took))
        is_done = operation.done(on_server, where, target)
        assert is_done or (DONE, 0) not in said, "what was acknowledged is lost"
        if not is_done:
            Desk(where).done(*line[4:])
            assert operation.done(on_server, where, target)
        on_server.place.drop(where)
    tally.add(f"kills of a PostgreSQL server during {operation.name}", kills)


def test_a_writer_whose_server_is_killed_loses_nothing(
    request: pytest.FixtureRequest, server: Server, on_server: Models, tally: Tally
) -> None:
    """Every acknowledged event is there once, in its place; the one begun is there wholly, or not.

    The log goes on from kill to kill, and what was acknowledged before any of them stays.
    """
    rng = chance(request)
    where = APPEND.begun(on_server)
    known: dict[int, str] = {}
    length = EVENTS + 1
    kills = size(request, 2, 10)
    for _ in range(kills):
        said = survived(server, tally, append, where, MOST, after=rng.uniform(0, 0.5))
        length = appended(where, said, length, known)
    assert len(known) >= kills
    tally.add("kills of a PostgreSQL server during append", kills)
    tally.add("events checked after kills", len(known))
