"""Invariant 13: whoever changes the log, however carefully, is found by verify.

An attack is tried in a transaction that is taken back, with the triggers stood down and put up
again. Careless ones are found by the log alone; careful ones, after which the log is sound in every
way, by a checkpoint that was kept somewhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from tests.histories import Erasing, Recording, Step, histories, record
from tests.properties.attacks import (
    CAREFUL,
    CARELESS,
    TAKES_A_CHECKPOINT,
    attacked,
    bare,
    carelessly,
    rewritten,
)
from tests.properties.support import Bug, Desk, examples, fails
from tracker.domain.checkpoint import Checkpoint
from tracker.domain.events import TEXT_FIELDS
from tracker.errors import Damaged, Unavailable
from tracker.store import event_log, reading, sound, verify
from tracker.store.event_log import columns, root_at
from tracker.store.guards import install_guards
from tracker.store.schema import events
from tracker.store.sound import Sound

LEVEL = 2
"""Subtrees are kept from four leaves up here, so that small logs have some."""

Attack = tuple[str, int, int, int]
"""Its name, and three numbers that say where and how, each counted round and round."""


@pytest.fixture(scope="module", autouse=True)
def _small_subtrees() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (reading, event_log, verify):
            patch.setattr(module, "NODE_LEVEL", LEVEL)
        yield


def is_found(connection: Connection, *kept: Checkpoint) -> bool:
    """Whether verify stops at what was done; a log that a newer tracker wrote is none of ours."""
    install_guards(connection)
    try:
        verify.verify(connection, checkpoints=kept)
    except (Damaged, Unavailable):
        return True
    return False


# -- 13 --------------------------------------------------------------------------------------------

_NUMBER = st.integers(0, 2**20)
_erasings = st.builds(Erasing, fact=st.integers(0, 7), field=st.sampled_from(TEXT_FIELDS))
THIRTEEN: dict[str, st.SearchStrategy[Any]] = {
    "steps": st.builds(
        lambda first, erasings, last: [*first, *erasings, last],
        histories(max_size=12),
        st.lists(_erasings, max_size=2),
        st.just(Recording(slug=0, note="said so")),  # so that there is a text to change
    ),
    "keep": _NUMBER,
    "attacks": st.lists(
        st.tuples(st.sampled_from((*CARELESS, *CAREFUL)), _NUMBER, _NUMBER, _NUMBER),
        min_size=12,
        max_size=12,
    ),
}


def invariant_13(desk: Desk, steps: list[Step], keep: int, attacks: list[Attack]) -> None:
    database = desk.database()
    size = len(record(database.engine, steps))
    with database.asking() as connection:
        kept_at = keep % size + 1
        kept = Checkpoint("example.org/desk", kept_at, root_at(connection, kept_at))
        report = verify.verify(connection, checkpoints=[kept])
        assert report.unexplained == 0
    with attacked(database.engine) as connection:
        assert rewritten(connection, bare(connection))
        assert not is_found(connection, kept), "the rewriting itself is noticed"
    for name, where, one, other in attacks:
        with attacked(database.engine) as connection:
            if name in CARELESS:
                done = carelessly(connection, CARELESS[name], where % size + 1, one, other)
                assert not done or is_found(connection), f"unnoticed: {name} {where} {one} {other}"
                continue
            other_history = CAREFUL[name](bare(connection), where % kept_at, one)
            if rewritten(connection, other_history):
                if name in TAKES_A_CHECKPOINT:
                    assert not is_found(connection), f"the attack was clumsy: {name} {where} {one}"
                assert is_found(connection, kept), f"unnoticed: {name} {where} {one}"


@given(**THIRTEEN)
@examples(25)
def test_invariant_13(desk: Desk, steps: list[Step], keep: int, attacks: list[Attack]) -> None:
    """Every single-byte edit, deletion, swap, insertion, or cut below a kept checkpoint is found.

    On both databases, and whoever stood the triggers down.
    """
    invariant_13(desk, steps, keep, attacks)


# -- seeded bugs -----------------------------------------------------------------------------------


def only(
    name: st.SearchStrategy[str], one: st.SearchStrategy[int] = _NUMBER
) -> dict[str, st.SearchStrategy[Any]]:
    """The same with one kind of attack alone, so that what it shows is soon met."""
    attacks = st.lists(st.tuples(name, _NUMBER, one, _NUMBER), min_size=12, max_size=12)
    return {**THIRTEEN, "attacks": attacks}


class _Alike(bytes):
    """What is equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = bytes.__hash__


def stored_leaves_are_trusted(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(sound, "leaf_hash", lambda body: _Alike())


def bodies_alone_are_looked_at(bug: pytest.MonkeyPatch) -> None:
    """The columns beside them, which answers are made of, may say what they like."""
    bug.setattr(verify._Reading, "_compare", lambda *_: None)


def the_end_is_not_looked_at(bug: pytest.MonkeyPatch) -> None:
    """A log is read as far as it goes, wherever its head says that it ends."""
    bug.setattr(verify._Reading, "_finish", lambda *_: None)


def the_frontier_is_not_compared(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(verify._Reading, "_compare_frontier", lambda *_: None)


def texts_are_not_hashed(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(verify, "check_disclosures", lambda *_: None)


def checkpoints_are_counted_only(bug: pytest.MonkeyPatch) -> None:
    """There are as many events as it says, and which they are is not asked."""

    def wrong(self: Any) -> None:
        while self._due and self._due[-1].size == self.frontier.size:
            self._due.pop()

    bug.setattr(verify._Reading, "_hold_checkpoints", wrong)


def a_checkpoint_past_the_end_is_passed_over(bug: pytest.MonkeyPatch) -> None:
    """It is held against the events that are there, and the log ends before it."""
    right = verify._Reading._finish

    def wrong(self: Any, head: Any) -> None:
        self._due = []
        right(self, head)

    bug.setattr(verify._Reading, "_finish", wrong)


@pytest.mark.parametrize(
    ("seeded", "attack"),
    [
        (stored_leaves_are_trusted, "edit_the_body"),
        (bodies_alone_are_looked_at, "edit_a_byte"),
        (the_end_is_not_looked_at, "delete_one"),
        (the_frontier_is_not_compared, "edit_beside_the_log"),
        (texts_are_not_hashed, "edit_beside_the_log"),
        (checkpoints_are_counted_only, "one_is_altered"),
        (a_checkpoint_past_the_end_is_passed_over, "it_is_cut"),
    ],
)
def test_a_careless_verify_breaks_invariant_13(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, seeded: Bug, attack: str
) -> None:
    """Something is passed over, and the property notices."""
    seeded(monkeypatch)
    assert fails(lambda **drawn: invariant_13(sqlite_desk, **drawn), only(st.just(attack)))


class _Seen(SimpleNamespace):
    """A row of the log, as the database gives it."""

    def _asdict(self) -> dict[str, Any]:
        return vars(self)

    def __iter__(self) -> Iterator[Any]:
        return iter(vars(self).values())


# A position and a version are also counted: to leave their comparison out changes nothing.
@pytest.mark.parametrize("column", sorted({*verify._COPIES} - {"position", "version"}))
def test_a_column_left_out_breaks_invariant_13(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, column: str
) -> None:
    """There is none that verify could pass over without the property noticing."""
    right = verify._Reading._compare

    def wrong(self: Any, row: Any, sound: Sound) -> None:
        told = columns(sound.event, row.body, self._position_of, row.leaf)
        told["schema"] = sound.schema
        seen = row._asdict() | {column: told[column]}
        right(self, _Seen(**seen), sound)

    monkeypatch.setattr(verify._Reading, "_compare", wrong)
    number = list(events.columns.keys()).index(column)
    given = only(st.just("edit_a_byte"), st.just(number))
    assert fails(lambda **drawn: invariant_13(sqlite_desk, **drawn), given, examples=20)
