"""Readers of what somebody else wrote, fed with what nobody should write: no crash and no hang.

Every run of the tests tries :data:`INPUTS` inputs for each reader, always the same; ``make fuzz``
tries many more, and others every time. Both numbers can be set with ``TRACKER_TEST_FUZZ_INPUTS``.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import hypothesis
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.attacks.fuzzing import TARGETS, Target, inputs
from tracker.errors import TrackerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.tally import Tally

INPUTS = int(os.environ.get("TRACKER_TEST_FUZZ_INPUTS", "300"))
"""How many inputs each reader is given."""
SOON = 60  # seconds in which any reader has long read a few thousand bytes

SETTINGS = hypothesis.settings(
    max_examples=INPUTS,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@contextmanager
def soon() -> Iterator[None]:
    """Raises TimeoutError in what takes longer than :data:`SOON`."""

    def late(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"not read after {SOON} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SOON)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_crashes_or_hangs_a_reader(name: str, tally: Tally) -> None:
    """What is read is read the same again, and all else is refused in one sentence."""
    target = TARGETS[name]
    ends = {"read": 0, "refused": 0}

    @SETTINGS
    @given(inputs(target))
    def attack(data: bytes) -> None:
        with soon():
            ends["read" if is_read(target, data) else "refused"] += 1

    attack()
    assert sum(ends.values()) >= INPUTS
    assert min(ends.values()) > 0, ends  # or the inputs would be all good, or all hopeless
    tally.add("bad inputs tried: inputs made up by a fuzzer", sum(ends.values()))


def is_read(target: Target, data: bytes) -> bool:
    """Whether *data* was read; the only other end that there may be is a sentence."""
    refusal = None
    try:
        target.read(data)
    except TrackerError as error:
        refusal = str(error)
    assert refusal is None or len(refusal.strip().splitlines()) == 1, refusal
    return refusal is None


FOUND = {
    "a hidden character in the nearest name": (
        "lifecycle",
        '[[phase]]\nname = "mothbal\ufeffled"\n[[development]]\nenters = "mothballed"\n',
    ),
    "a hidden character in two names that differ in nothing else": (
        "lifecycle",
        '[[development]]\ntype = "be\u200bgan"\n[[development]]\ntype = "began"\n',
    ),
}
"""What the fuzzer found once, each of which was told in a sentence of two lines, or unescaped."""


@pytest.mark.parametrize("what", FOUND)
def test_what_was_found_once_is_told_in_one_line(what: str) -> None:
    """A fault that was mended stays so."""
    name, text = FOUND[what]
    assert not is_read(TARGETS[name], text.encode())


def test_a_line_end_of_unicode_in_a_body_is_told_in_one_line() -> None:
    """The same of a key that no tracker writes, in the body of an event."""
    target = TARGETS["log hashed again"]
    graded = [body for body in target.seeds() if b'"grade"' in body]
    assert graded
    for body in graded:
        assert not is_read(target, body.replace(b'"grade"', '"gra\u2028e"'.encode()))


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_is_read(name: str) -> None:
    """What the inputs are made of is right, before it is changed."""
    target = TARGETS[name]
    read = [is_read(target, seed) for seed in target.seeds()]
    assert sum(read) >= (1 if name == "log hashed again" else len(read) // 4)


def test_a_crash_would_be_noticed() -> None:
    """The search finds a reader that stumbles over one byte, and one that never ends."""

    def stumbles(data: bytes) -> None:
        if b"\xff" in data:
            raise ZeroDivisionError

    target = Target(stumbles, lambda: [b"a seed"], (b"word",))

    @hypothesis.settings(SETTINGS, max_examples=400)
    @given(inputs(target))
    def attack(data: bytes) -> None:
        is_read(target, data)

    with pytest.raises(ZeroDivisionError):
        attack()
    with pytest.raises(TimeoutError), soon():
        signal.raise_signal(signal.SIGALRM)


@SETTINGS
@given(st.binary(max_size=200), st.sampled_from(sorted(TARGETS)))
def test_no_bytes_at_all_crash_a_reader(data: bytes, name: str) -> None:
    """The same for bytes that no seed led to."""
    with soon():
        is_read(TARGETS[name], data)
