"""Processes that do tracker's work and are killed at it; they say what they have done.

They are forked from one process that has imported everything, so that a kill costs no start of an
interpreter. What a child has said is read after its death: it lies in a pipe by then.
"""

from __future__ import annotations

import multiprocessing
import os
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from attrs import define

from tests.faults.support import PATIENCE_SECONDS, SLUG, SOURCE

Said = tuple[str, Any]
READY, TRIES, DONE, FAILED = "ready", "tries", "done", "failed"
Say = Callable[[str, Any], None]

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__, "tests.faults.warm"])


@define
class Child:
    """One process at work."""

    process: multiprocessing.process.BaseProcess
    told: Connection

    def hears(self, what: str) -> Any:
        """Wait until it says *what*, and what it says of it."""
        return self.all_until(what)[-1][1]

    def all_until(self, what: str, seconds: float = PATIENCE_SECONDS) -> list[Said]:
        """Everything that it says, up to *what*."""
        until = time.monotonic() + seconds
        found: list[Said] = []
        while self.told.poll(max(0, until - time.monotonic())):
            found.append(self.told.recv())
            if found[-1][0] == what:
                return found
            assert found[-1][0] != FAILED, found[-1]
        raise AssertionError(f"a process was not {what} in time")

    def kill(self) -> None:
        """Kill it, as the system does when it is out of memory."""
        assert self.process.pid is not None
        self.process.kill()
        self.process.join(PATIENCE_SECONDS)
        assert self.process.exitcode is not None

    def ends(self) -> None:
        """Wait until it has ended by itself."""
        self.process.join(PATIENCE_SECONDS)
        assert self.process.exitcode is not None, "a process goes on after what it worked with died"

    def rest(self) -> list[Said]:
        """All that it has said and that was not heard yet; it has to have ended."""
        found = []
        try:
            while self.told.poll(0):
                found.append(self.told.recv())
        except EOFError:
            pass
        return found


@contextmanager
def child(work: Callable[..., None], *given: Any) -> Iterator[Child]:
    """A process that does *work*; it is gone at the end, whatever happens."""
    here, there = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_told, args=(work, there, *given), daemon=True)
    process.start()
    there.close()
    try:
        yield Child(process, here)
    finally:
        if process.is_alive():
            process.kill()
        process.join(PATIENCE_SECONDS)
        here.close()


def _told(work: Callable[..., None], told: Connection, *given: Any) -> None:
    def say(what: str, more: Any = None) -> None:
        told.send((what, more))

    try:
        work(say, *given)
    except BaseException as error:  # noqa: BLE001 -- told to whoever asks, who knows what it means
        say(FAILED, repr(error))


# --- what they do ---------------------------------------------------------------------------------


def append(say: Say, where: str, most: int) -> None:
    """Append again and again; each time say what is tried, and where it is once it is done."""
    from tracker import Tracker

    with Tracker.open(where, by="writer") as log:
        say(READY, None)
        for number in range(most):
            event_id = str(uuid.uuid4())
            # A registration with a link is two events, which come together.
            say(TRIES, (event_id, 2 if number % 5 == 4 else 1))
            if number % 5 == 4:
                receipt = log.register(
                    f"part-{event_id}",
                    title=f"Part {number}",
                    lifecycle="co-production",
                    part_of=SLUG,
                    event_id=event_id,
                )
            else:
                receipt = log.record(
                    SLUG,
                    "commented",
                    on="2025-03",
                    source=SOURCE,
                    note=f"number {number}",
                    event_id=event_id,
                )
            say(DONE, [(event.position, event.event_id) for event in receipt.events])


def command(say: Say, words: Sequence[str]) -> None:
    """Carry out one command of the program, as it is typed."""
    from tracker.cli import tracker

    _be_silent()
    say(READY, None)
    try:
        tracker.main(list(words), prog_name="tracker")
    except SystemExit as end:
        say(DONE if end.code in (0, None) else FAILED, end.code)


def _be_silent() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
