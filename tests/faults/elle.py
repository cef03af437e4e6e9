"""Looks into a recorded history of a log for what no order of its operations explains.

After Elle (Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from Experimental
Observations", VLDB 2020, arXiv:2003.10554): clients record what they asked for, when, and what they
got; every append is told from every other, so that a read says which appends came before it, and in
which order. From that follow dependencies between the operations, and real time adds its own: what
had ended before another began comes before it. A cycle among them is an anomaly. The history must
be strictly serializable: all clients together saw one order, which agrees with their clock.

For one list that is only ever appended to, the search for cycles comes down to a sort. An append
stands at its position, a read behind the last position that it saw, and no dependency leads back
from there. So every cycle has a step in real time that leads back: an append or a read that had
ended before another began, and stands behind it.

Instants are nanoseconds of one monotonic clock that all processes of a machine share.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

from attrs import frozen

Place = tuple[int, str]
"""The position of an event and its id."""


@frozen
class Append:
    """An append that was acknowledged, and where its events are."""

    process: str
    invoked: int
    returned: int
    places: tuple[Place, ...]


@frozen
class Doubtful:
    """An append whose end nobody knows: its events, by their ids, may be there or not."""

    process: str
    invoked: int
    ids: tuple[str, ...]


@frozen
class Read:
    """What a client saw after the position *after*: all there was, in order."""

    process: str
    invoked: int
    returned: int
    after: int
    places: tuple[Place, ...]

    @property
    def head(self) -> int:
        """The last position that it saw."""
        return self.places[-1][0] if self.places else self.after


@frozen
class Follow:
    """What a follower was handed, in the order in which it was: from the beginning to the end."""

    process: str
    places: tuple[Place, ...]


@frozen
class Answer:
    """What the log said at a past position."""

    process: str
    position: int
    said: str


Op: TypeAlias = Append | Doubtful | Read | Follow | Answer
Kind = Literal[
    "lost",
    "duplicate",
    "gap",
    "from nowhere",
    "moved",
    "reordered",
    "stale read",
    "read ahead",
    "intermediate read",
    "missed",
    "repeated",
    "changed answer",
]


@frozen
class Anomaly:
    """What cannot be explained by any order, and where it shows."""

    kind: Kind
    detail: str


def check(history: Iterable[Op], log: Sequence[Place]) -> list[Anomaly]:
    """Everything in *history* that no order explains, given the *log* as it stands at the end."""
    ops = list(history)
    return [
        *_of_the_log(log),
        *_of_appends(ops, log),
        *_of_real_time(ops),
        *_of_reads(ops, log),
        *_of_followers(ops, log),
        *_of_answers(ops),
    ]


def _of_the_log(log: Sequence[Place]) -> Iterator[Anomaly]:
    for event_id, times in Counter(event_id for _, event_id in log).items():
        if times > 1:
            yield Anomaly("duplicate", f"{event_id} is there {times} times")
    for (before, _), (position, _) in pairwise([(0, ""), *log]):
        if position != before + 1:
            yield Anomaly("gap", f"after @{before} comes @{position}")


def _of_appends(ops: list[Op], log: Sequence[Place]) -> Iterator[Anomaly]:
    position_of = {event_id: position for position, event_id in log}
    known: set[str] = set()
    for op in ops:
        if isinstance(op, Doubtful):
            known.update(op.ids)
        elif isinstance(op, Append):
            for position, event_id in op.places:
                known.add(event_id)
                found = position_of.get(event_id)
                if found is None:
                    yield Anomaly("lost", f"{event_id}, acknowledged at @{position}")
                elif found != position:
                    yield Anomaly("moved", f"{event_id} from @{position} to @{found}")
    for position, event_id in log:
        if event_id not in known:
            yield Anomaly("from nowhere", f"nobody appended {event_id} at @{position}")


def _of_real_time(ops: list[Op]) -> Iterator[Anomaly]:
    """What had returned before another was invoked lies before it, and was seen by it.

    Going through the operations as they were invoked, the greatest position that is known to be
    there by then is the greatest that any operation had returned before.
    """
    timed = [op for op in ops if isinstance(op, Append | Read)]
    by_return = sorted(timed, key=lambda op: op.returned)
    seen = 0
    taken = 0
    for op in sorted(timed, key=lambda op: op.invoked):
        while taken < len(by_return) and by_return[taken].returned < op.invoked:
            seen = max(seen, _greatest(by_return[taken]))
            taken += 1
        if isinstance(op, Append) and op.places[0][0] <= seen:
            detail = f"{op.process} appended @{op.places[0][0]} after @{seen} was there"
            yield Anomaly("reordered", detail)
        if isinstance(op, Read) and op.head < seen:
            detail = f"{op.process} read up to @{op.head} after @{seen} was there"
            yield Anomaly("stale read", detail)


def _greatest(op: Append | Read) -> int:
    return op.places[-1][0] if isinstance(op, Append) else op.head


def _of_reads(ops: list[Op], log: Sequence[Place]) -> Iterator[Anomaly]:
    """Every read is a stretch of the log as it stands, and shows nothing before it was invoked."""
    appends = [op for op in ops if isinstance(op, Append)]
    invoked = {position: op.invoked for op in appends for position, _ in op.places}
    inside = {position for op in appends for position, _ in op.places[:-1]}
    positions = [position for position, _ in log]
    for op in ops:
        if not isinstance(op, Read):
            continue
        start = bisect_left(positions, op.after + 1)
        yield from _differences(op.process, op.places, log[start : start + len(op.places)])
        if any(invoked.get(position, 0) > op.returned for position, _ in op.places):
            yield Anomaly("read ahead", f"{op.process} read what was appended only later")
        if op.head in inside:
            detail = f"{op.process} read up to @{op.head}, which came together with the next"
            yield Anomaly("intermediate read", detail)


def _of_followers(ops: list[Op], log: Sequence[Place]) -> Iterator[Anomaly]:
    for op in ops:
        if isinstance(op, Follow):
            yield from _differences(op.process, op.places, log)


def _differences(process: str, seen: Sequence[Place], there: Sequence[Place]) -> Iterator[Anomaly]:
    """How what a process saw differs from a stretch of the log, if it does."""
    if list(seen) == list(there):
        return
    times = Counter(seen)
    missed = [place for place in there if place not in times]
    repeated = [place for place, count in times.items() if count > 1]
    foreign = set(times) - set(there)
    if missed:
        yield Anomaly("missed", f"{process} missed {len(missed)}, first @{missed[0][0]}")
    if repeated:
        yield Anomaly("repeated", f"{process} saw @{repeated[0][0]} more than once")
    if foreign:
        yield Anomaly("moved", f"{process} saw @{min(foreign)[0]}, which is not there so any more")
    if not missed and not repeated and not foreign:
        yield Anomaly("reordered", f"{process} saw another order")


def _of_answers(ops: list[Op]) -> Iterator[Anomaly]:
    first: dict[int, Answer] = {}
    for op in ops:
        if isinstance(op, Answer) and first.setdefault(op.position, op).said != op.said:
            before = first[op.position].process
            detail = f"{op.process} was told otherwise at @{op.position} than {before}"
            yield Anomaly("changed answer", detail)
