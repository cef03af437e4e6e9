"""Many processes at one log: appended once, in one order, followed without a gap, answers kept."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.faults import clients
from tests.faults.children import DONE, Child, child
from tests.faults.elle import Append, Doubtful, Follow, Op, Place, check
from tests.faults.server import connect
from tests.faults.support import PATIENCE_SECONDS, begin, size, verified
from tests.tally import Tally
from tracker import Tracker

PROCESSES = {"sqlite": 16, "postgresql": 32}
OPERATIONS = {"sqlite": 48_000, "postgresql": 17_000}
"""How many operations the full histories have."""
LONG_SECONDS = 1800


def handed_over(worker: Child) -> list[Op]:
    """The history that a process tells when it is done."""
    found: list[Op] = []
    for what, more in worker.all_until(DONE, LONG_SECONDS):
        found += more if what == "history" else []
    return found


@contextmanager
def at_work(
    where: str, writers: int, rounds: int, stop: Path
) -> Iterator[tuple[list[Child], Child]]:
    """Processes that write, and one that follows."""
    with ExitStack() as stack:
        follower = stack.enter_context(child(clients.follow, where, "follower", str(stop)))
        found = [
            stack.enter_context(child(clients.write, where, f"writer {n}", rounds))
            for n in range(writers)
        ]
        yield found, follower


def recorded(where: str, writers: int, rounds: int, folder: Path) -> tuple[list[Op], list[Place]]:
    """The history of *writers* and two followers, and the log that they leave."""
    stop = folder / "stop"
    with (
        clients.typed_follower(where, "log --follow", folder) as typed,
        at_work(where, writers, rounds, stop) as (workers, follower),
    ):
        history = [op for worker in workers for op in handed_over(worker)]
        stop.touch()
        history += handed_over(follower)
        with Tracker.open(where, by="checker") as log:
            there = list(clients.places(log.events()))
        history.append(typed.until(there[-1][0]))
    return history, there


def test_many_writers_and_followers(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path, tally: Tally
) -> None:
    """Every append acknowledged is there once; no follower misses or repeats; the past stays."""
    kind = database_url.partition(":")[0].partition("+")[0]
    writers = PROCESSES[kind]
    full = -(-OPERATIONS[kind] // (writers * clients.OPS_PER_ROUND))
    rounds = size(request, 3, full)
    begin(database_url)
    history, there = recorded(database_url, writers, rounds, tmp_path)
    before = there[:2]  # by the desk, which kept no history
    history.append(Doubtful("desk", 0, tuple(event_id for _, event_id in before)))
    assert check(history, there) == []
    assert verified(database_url).events == len(there)
    appended = [op for op in history if isinstance(op, Append)]
    assert appended, "no append was ever acknowledged"
    name = "SQLite" if kind == "sqlite" else "PostgreSQL"
    tally.add(f"processes at one {name} log", writers + 2)
    tally.add(f"events checked, appended to one {name} log", len(there))
    tally.add(f"operations checked in histories of {name} logs", len(history))


# --- the checker can see --------------------------------------------------------------------------

TABLE = "CREATE TABLE plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event text)"
INSERT = "INSERT INTO plain (event) VALUES (%s) RETURNING id"
SINCE = "SELECT id, event FROM plain WHERE id > %s ORDER BY id"
EACH = 20


class Plain:
    """A log as it is often made: a table whose identity column numbers the events."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.history: queue.SimpleQueue[Op] = queue.SimpleQueue()
        self.done = threading.Event()
        self.seen: list[Place] = []

    def append(self, name: str, hold: Callable[[int], None]) -> None:
        """Insert a row in a transaction that is open for as long as *hold*, told its id, takes."""
        event = f"{name} {time.monotonic_ns()}"
        invoked = time.monotonic_ns()
        with connect(self.url) as connection, connection.transaction():
            found = connection.execute(INSERT, [event]).fetchone()
            assert found is not None
            place = (int(str(found[0])), event)
            hold(place[0])
        self.history.put(Append(name, invoked, time.monotonic_ns(), (place,)))

    def write(self, name: str) -> None:
        """Append some rows, one after the other."""
        rng = random.Random(name)
        for _ in range(EACH):
            self.append(name, lambda _: time.sleep(rng.uniform(0, 0.005)))

    def follow(self) -> None:
        """Ask for what comes after the last that was seen, again and again."""
        with connect(self.url) as connection:
            ends = False
            while not ends:
                ends = self.done.is_set()
                after = self.seen[-1][0] if self.seen else 0
                self.seen += self.since(connection, after)

    @staticmethod
    def since(connection: Any, after: int) -> list[Place]:
        """What lies after an id."""
        return [(int(each[0]), str(each[1])) for each in connection.execute(SINCE, [after])]

    def wait_until_past(self, number: int) -> None:
        """Until the follower has seen an id beyond *number*."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not self.seen or self.seen[-1][0] <= number:
            assert time.monotonic() < until, "the follower sees nothing"
            time.sleep(0.001)


def test_a_plain_identity_column_is_flagged(each_postgresql: str) -> None:
    """Where a later id commits first, a follower misses the earlier: the checker says so.

    One such pair is made on purpose; others happen among the writers beside it.
    """
    with connect(each_postgresql) as connection:
        connection.execute(TABLE)
    plain = Plain(each_postgresql)

    def overtaken(number: int) -> None:
        plain.append("fast", lambda _: None)
        plain.wait_until_past(number)

    work = [(plain.write, (f"writer {n}",)) for n in range(4)]
    threads = [threading.Thread(target=each, args=given, daemon=True) for each, given in work]
    threads += [threading.Thread(target=plain.append, args=("slow", overtaken), daemon=True)]
    follower = threading.Thread(target=plain.follow, daemon=True)
    for thread in (follower, *threads):
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    plain.done.set()
    follower.join(PATIENCE_SECONDS)
    with connect(each_postgresql) as connection:
        there = plain.since(connection, 0)
    assert len(there) == 4 * EACH + 2, "an append failed"
    history = [plain.history.get() for _ in there]
    found = check([*history, Follow("follower", tuple(plain.seen))], there)
    assert "missed" in {each.kind for each in found}
    assert {each.kind for each in check(history, there)} == set()
