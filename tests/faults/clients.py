"""Clients of one shared log, each a process: they write and read, and record what they saw."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.faults.children import DONE, READY, Say
from tests.faults.elle import Answer, Append, Doubtful, Follow, Op, Place, Read
from tests.faults.support import PATIENCE_SECONDS, SLUG, SOURCE

OPS_PER_ROUND = 6
_STRIDE = 20
"""Past answers are asked for at every so many positions, so that many processes ask the same."""
_LOOK_BACK = 8
_CHUNK = 500
_DAY = date(2025, 12, 31)


def places(found: Iterable[Any]) -> tuple[Place, ...]:
    """The places of events as the log hands them out."""
    return tuple((event.position, event.event_id) for event, _, _ in found)


def write(say: Say, where: str, name: str, rounds: int) -> None:
    """Append, and between the appends read and ask about the past; hand over the history."""
    from tracker import Tracker

    rng = random.Random(name)
    history: list[Op] = []
    with Tracker.open(where, by=name) as log:
        say(READY, None)
        for number in range(rounds):
            history.append(_append(log, name, number))
            for _ in range(2):
                history.append(_read(log, name, log.head().position - rng.randrange(_LOOK_BACK)))
                history.append(_answer(log, name, rng))
            history.append(_read(log, name, log.head().position))
    for start in range(0, len(history), _CHUNK):
        say("history", history[start : start + _CHUNK])
    say(DONE, None)


def _append(log: Any, name: str, number: int) -> Op:
    from tracker.errors import Unavailable

    event_id = str(uuid.uuid4())
    invoked = time.monotonic_ns()
    try:
        if number % 20 == 1:
            # Two events, a registration and a link, which nobody may see apart.
            receipt = log.register(
                f"part-{event_id}",
                title="Part",
                lifecycle="co-production",
                part_of=SLUG,
                event_id=event_id,
            )
        else:
            kind = ("talks-initiated", "commented", "suspended", "resumed")[number % 4]
            receipt = log.record(
                SLUG, kind, on="2025-03-10", source=SOURCE, note=name, event_id=event_id
            )
    except Unavailable:
        # Waited for longer than the timeout: whether it is there, only the log can say.
        return Doubtful(name, invoked, (event_id,))
    done = tuple((event.position, event.event_id) for event in receipt.events)
    return Append(name, invoked, time.monotonic_ns(), done)


def _read(log: Any, name: str, after: int) -> Read:
    invoked = time.monotonic_ns()
    found = places(log.events(after=max(0, after)))
    return Read(name, invoked, time.monotonic_ns(), max(0, after), found)


def _answer(log: Any, name: str, rng: random.Random) -> Answer:
    from tracker import Viewpoint

    position = _STRIDE * rng.randrange(log.head().position // _STRIDE + 1)
    standings = log.portfolio(Viewpoint(_DAY, position))
    said = [(each.initiative, each.status.compared) for each in standings]
    return Answer(name, position, f"{said} {log.root(position).hex()}")


def follow(say: Say, where: str, name: str, stop: str) -> None:
    """Take what lies after the last that was seen, until there is a file *stop* and no more."""
    from tracker import Tracker

    seen: list[Place] = []
    with Tracker.open(where, by=name) as log:
        say(READY, None)
        ends = False
        while not ends:
            ends = Path(stop).exists()
            seen += places(log.events(after=seen[-1][0] if seen else 0))
            time.sleep(0.01)  # leaves the processors to the writers
    say("history", [Follow(name, tuple(seen))])
    say(DONE, None)


@frozen
class TypedFollower:
    """``tracker log --follow``, as somebody typed it, writing into a file."""

    name: str
    printed: Path

    def until(self, head: int) -> Follow:
        """What it has printed, once that reaches *head*."""
        until = time.monotonic() + PATIENCE_SECONDS
        while (lines := self.printed.read_bytes().count(b"\n")) < head:
            assert time.monotonic() < until, f"log --follow printed {lines} of {head} events"
            time.sleep(0.1)
        items = map(json.loads, self.printed.read_text(encoding="utf-8").splitlines())
        return Follow(self.name, tuple((item["position"], item["event_id"]) for item in items))


@contextmanager
def typed_follower(where: str, name: str, folder: Path) -> Iterator[TypedFollower]:
    """A follower that runs meanwhile."""
    printed = folder / f"{name}.jsonl"
    words = ["--db", where, "log", "--follow", "--format", "jsonl"]
    with (
        printed.open("wb") as out,
        subprocess.Popen([sys.executable, "-m", "tracker", *words], stdout=out) as process,
    ):
        try:
            yield TypedFollower(name, printed)
        finally:
            process.kill()
