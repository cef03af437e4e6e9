"""The checker of histories names every anomaly, and has nothing to say of a sound history."""

from __future__ import annotations

import pytest
from attrs import evolve

from tests.faults.elle import Answer, Append, Doubtful, Follow, Op, Place, Read, check

LOG: list[Place] = [(1, "a"), (2, "b"), (3, "c"), (4, "d")]
# Time runs from left to right; b and c overlap, d nobody was told about.
A = Append("one", 0, 10, ((1, "a"),))
B = Append("two", 20, 40, ((2, "b"),))
C = Append("one", 30, 35, ((3, "c"),))
D = Doubtful("two", 50, ("d", "e"))
EARLY = Read("three", 12, 25, 0, ((1, "a"),))
LATE = Read("three", 45, 48, 1, ((2, "b"), (3, "c")))
NOTHING = Read("three", 46, 49, 3, ())
ALL = Follow("four", tuple(LOG))
SAID = Answer("three", 2, "talks")
SOUND: list[Op] = [A, B, C, D, EARLY, LATE, NOTHING, ALL, SAID, SAID]


def kinds(history: list[Op], log: list[Place] = LOG) -> set[str]:
    return {each.kind for each in check(history, log)}


def test_a_sound_history_has_no_anomaly() -> None:
    """Overlapping appends may take either order; what is doubtful may be there or not."""
    assert check(SOUND, LOG) == []
    assert check([A, Doubtful("two", 1, ("z",))], LOG[:1]) == []
    assert check([], []) == []
    swapped: list[Place] = [(1, "a"), (2, "c"), (3, "b")]
    assert check([A, evolve(B, places=((3, "b"),)), evolve(C, places=((2, "c"),))], swapped) == []


FLAWS: dict[str, tuple[list[Op], list[Place], str]] = {
    "a read sees half of an append": (
        [evolve(A, places=((1, "a"), (2, "b"))), evolve(EARLY, invoked=5)],
        LOG[:2],
        "intermediate read",
    ),
    "what was read is gone": (SOUND, LOG[:2], "moved"),
    "an append is gone": ([A, B], LOG[:1], "lost"),
    "an event is there twice": ([A, B, D], [*LOG[:2], (3, "b"), (4, "d")], "duplicate"),
    "a position is missing": ([A, C], [(1, "a"), (3, "c")], "gap"),
    "nobody appended it": ([A], LOG[:2], "from nowhere"),
    "it is elsewhere than was told": ([A, B, C], [(1, "a"), (2, "c"), (3, "b")], "moved"),
    "a later append came before an earlier": (
        [
            A,
            evolve(A, process="two", invoked=11, returned=12, places=((2, "b"),)),
            evolve(A, invoked=20, returned=30, places=((3, "c"),)),
            evolve(A, invoked=40, returned=50, places=((0, "z"),)),
        ],
        [(0, "z"), *LOG[:3]],
        "reordered",
    ),
    "a read does not see what was there": (
        [*SOUND, Read("five", 60, 61, 0, ((1, "a"),))],
        LOG,
        "stale read",
    ),
    "a client goes back in time": (
        [A, B, C, D, Read("five", 60, 61, 0, tuple(LOG)), Read("five", 62, 63, 0, tuple(LOG[:3]))],
        LOG,
        "stale read",
    ),
    "a read leaves one out": (
        [*SOUND, Read("five", 60, 61, 0, ((1, "a"), (3, "c"), (4, "d")))],
        LOG,
        "missed",
    ),
    "a read has another order": (
        [*SOUND, Read("five", 60, 61, 0, ((2, "b"), (1, "a"), (3, "c"), (4, "d")))],
        LOG,
        "reordered",
    ),
    "a read sees what comes later": (
        [A, B, C, D, Read("five", 1, 2, 0, ((1, "a"), (2, "b")))],
        LOG,
        "read ahead",
    ),
    "a read saw what is otherwise now": (
        [*SOUND, Read("five", 60, 61, 0, ((1, "a"), (2, "x"), (3, "c"), (4, "d")))],
        LOG,
        "moved",
    ),
    "a follower missed one": ([*SOUND, Follow("six", (*LOG[:1], *LOG[2:]))], LOG, "missed"),
    "a follower stopped": ([*SOUND, Follow("six", tuple(LOG[:3]))], LOG, "missed"),
    "a follower was told twice": ([*SOUND, Follow("six", (*LOG[:2], *LOG[1:]))], LOG, "repeated"),
    "a past answer changed": ([*SOUND, evolve(SAID, said="force")], LOG, "changed answer"),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_every_anomaly_is_named(flaw: str) -> None:
    """A history with one flaw is found out, by that flaw's name."""
    history, log, kind = FLAWS[flaw]
    assert kind in kinds(history, log)
