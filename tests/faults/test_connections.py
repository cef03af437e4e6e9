"""Servers that are restarted and connections that are cut: what was acknowledged is there, once."""

from __future__ import annotations

import random
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.desk import Desk
from tests.faults.children import DONE, READY, child, command
from tests.faults.operations import OPERATIONS, Models, Operation, duration
from tests.faults.relay import Cut, Relay, relayed
from tests.faults.server import Server
from tests.faults.support import SLUG, SOURCE, begin, chance, size, verified
from tests.tally import Tally
from tracker import Tracker, Unavailable
from tracker.application.receipts import Receipt


@pytest.fixture
def where(server: Server) -> Iterator[str]:
    """A log with three events."""
    found = server.fresh()
    begin(found, events=3)
    yield found
    server.drop(found)


@pytest.fixture
def relay(server: Server) -> Iterator[Relay]:
    # The path of a socket may not be long.
    with (
        tempfile.TemporaryDirectory(prefix="relay-") as folder,
        relayed(Path(folder), server.home) as found,
    ):
        yield found


def recorded(log: Tracker, event_id: str) -> Receipt:
    return log.record(SLUG, "commented", on="2025-03", source=SOURCE, note="n", event_id=event_id)


def new_id() -> str:
    return str(uuid.uuid4())


@contextmanager
def away(server: Server, mode: str) -> Iterator[None]:
    """The server is not there meanwhile."""
    server.stop(mode)
    try:
        yield
    finally:
        server.launch()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_server_that_is_restarted(server: Server, where: str, tally: Tally, mode: str) -> None:
    """An open log goes on after it, misses nothing, and says so while the server is away."""
    with Tracker.open(where, by="desk") as log:
        assert recorded(log, new_id()).events[0].position == 4
        with (
            away(server, mode),
            pytest.raises(Unavailable, match="cannot be reached; check that the server runs"),
        ):
            recorded(log, new_id())
        assert recorded(log, new_id()).events[0].position == 5
        assert [event.position for event, _, _ in log.events(after=3)] == [4, 5]
        with away(server, mode):
            pass
        assert recorded(log, new_id()).events[0].position == 6
    assert verified(where).events == 6
    tally.add("restarts of a PostgreSQL server", 2)


# What is written travels with the commit: of an answer to that which is lost, see below.
@pytest.mark.parametrize(
    ("word", "cut"),
    [
        (b"log_head", "before the server hears"),
        (b"log_head", "before the client hears"),
        (b"INSERT INTO events", "before the server hears"),
        (b"UPDATE log_head", "before the server hears"),
    ],
)
def test_a_connection_that_is_cut_in_a_transaction(
    server: Server, where: str, relay: Relay, tally: Tally, word: bytes, cut: Cut
) -> None:
    """One sentence, nothing of it is there, and the same request appends once."""
    event_id = new_id()
    with Tracker.open(relay.url(where), by="desk") as log:
        relay.cut, relay.word, relay.after = cut, word, b""
        with pytest.raises(Unavailable, match="cannot be reached; check that the server runs"):
            recorded(log, event_id)
        server.wait_until_alone(where)
        assert verified(where).events == 3
        assert recorded(log, event_id).events[0].position == 4
    assert relay.cuts == 1
    assert verified(where).events == 4
    tally.add("connections cut, PostgreSQL")


@pytest.mark.parametrize(
    ("cut", "is_there"), [("before the server hears", False), ("before the client hears", True)]
)
def test_an_acknowledgement_that_is_lost(
    server: Server, where: str, relay: Relay, tally: Tally, cut: Cut, is_there: bool
) -> None:
    """Nobody knows whether the commit came through; to repeat it with the same id is safe."""
    event_id = new_id()
    with Tracker.open(relay.url(where), by="desk") as log:
        relay.cut = cut
        with pytest.raises(Unavailable, match="cannot be reached; check that the server runs"):
            recorded(log, event_id)
        server.wait_until_alone(where)
        assert verified(where).events == 3 + is_there
        again = recorded(log, event_id)
        assert (again.repeated is not None) == is_there
    assert relay.cuts == 1
    assert verified(where).events == 4
    tally.add("connections cut, PostgreSQL")


# --- at any moment --------------------------------------------------------------------------------


def cut_at_random(server: Server, where: str, line: list[str], after: float) -> bool:
    """Carry out a command, and cut its connections meanwhile; whether it was acknowledged."""
    with child(command, line) as worker:
        worker.hears(READY)
        time.sleep(after)
        server.cut(where)
        worker.ends()
        said = worker.rest()
    server.wait_until_alone(where)
    return (DONE, 0) in said


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_a_command_whose_connection_is_cut_did_all_or_nothing(
    request: pytest.FixtureRequest,
    server: Server,
    on_server: Models,
    tmp_path: Path,
    tally: Tally,
    operation: Operation,
) -> None:
    """Whole once it was acknowledged, else whole or absent; and repeating it completes it."""
    rng: random.Random = chance(request)
    took = duration(operation, on_server, tmp_path)
    cuts = size(request, 1, 5)
    for number in range(cuts):
        where, target = operation.begun(on_server), tmp_path / f"target-{number}"
        line = operation.line(on_server, where, target)
        is_acknowledged = cut_at_random(server, where, line, rng.uniform(0, took))
        is_done = operation.done(on_server, where, target)
        assert is_done or not is_acknowledged, "what was acknowledged is lost"
        if not is_done:
            Desk(where).done(*line[4:])
            assert operation.done(on_server, where, target)
        on_server.place.drop(where)
    tally.add("connections cut, PostgreSQL", cuts)
