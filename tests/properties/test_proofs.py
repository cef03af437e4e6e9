"""Proofs out of real logs: every event under every later checkpoint, growth between every two."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_merkle import with_a_bit_changed
from tests.histories import Step, histories, record
from tests.logs import STORY, long_story
from tests.properties.support import Bug, Database, Desk, examples, fails
from tracker.application import checkpoints, proving
from tracker.domain import merkle, proofs
from tracker.domain.checkpoint import Checkpoint
from tracker.domain.proofs import EventProof, parse_proof
from tracker.errors import Damaged, Refused
from tracker.exchange.proof_file import check
from tracker.store import event_log

Given = dict[str, st.SearchStrategy[Any]]

# -- every event, every later checkpoint -----------------------------------------------------------

EVERY: Given = {"steps": histories(min_size=1, max_size=14), "bit": st.integers(0, 2**16)}


def every_event(desk: Desk, steps: list[Step], bit: int) -> None:
    database = desk.database()
    history = record(database.engine, steps)
    with database.asking() as connection:
        kept = [checkpoints.of_size(connection, size) for size in range(len(history) + 1)]
        for event in history:
            for checkpoint in kept[event.position :]:
                made = proving.event_under(connection, event.position, checkpoint, ["all"])
                read = parse_proof(made.proof.to_text().encode())
                proven = check(read, kept)
                assert proven.event == event
                assert proven.kept == (checkpoint,)
                assert proven.not_shown == ()
            assert isinstance(read, EventProof)
            _no_other_bit_holds(read, bit)
        for old in kept:
            for new in kept[old.size :]:
                growth = proving.growth_under(connection, old, new)
                read = parse_proof(growth.to_text().encode())
                assert old in check(read, [old]).kept


def _no_other_bit_holds(proof: EventProof, bit: int) -> None:
    """Change one bit of body, index, root and each hash."""
    own = proof.checkpoint
    changed = [
        evolve(proof, body=with_a_bit_changed(proof.body, bit % (len(proof.body) * 8))),
        evolve(proof, index=proof.index ^ 1 << bit % 10),
        evolve(proof, checkpoint=evolve(own, root=with_a_bit_changed(own.root, bit % 256))),
    ]
    for at, digest in enumerate(proof.path):
        path = [*proof.path[:at], with_a_bit_changed(digest, bit % 256), *proof.path[at + 1 :]]
        changed.append(evolve(proof, path=tuple(path)))
    for each in changed:
        try:
            check(each)
        except Damaged:
            continue
        except Refused:  # only what holds is read
            pass
        raise AssertionError(f"{each} holds too")


@given(**EVERY)
@examples(15)
def test_every_event_is_proved_under_every_later_checkpoint(
    desk: Desk, steps: list[Step], bit: int
) -> None:
    """With its texts, out of a real log; no single bit of a proof can be another."""
    every_event(desk, steps, bit)


# -- seeded bugs -----------------------------------------------------------------------------------


def the_index_is_the_position(bug: pytest.MonkeyPatch) -> None:
    right = merkle.inclusion_proof
    bug.setattr(
        proving, "inclusion_proof", lambda index, size, node: right((index + 1) % size, size, node)
    )


def the_path_is_upside_down(bug: pytest.MonkeyPatch) -> None:
    right = merkle.inclusion_proof
    bug.setattr(proving, "inclusion_proof", lambda *words: right(*words)[::-1])


def the_path_is_of_the_whole_log(bug: pytest.MonkeyPatch) -> None:
    right = merkle.inclusion_proof

    def wrong(index: int, size: int, node: event_log.NodeReader) -> tuple[bytes, ...]:
        return right(index, event_log.head(node.connection).position, node)

    bug.setattr(proving, "inclusion_proof", wrong)


def growth_shows_nothing(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(proving, "consistency_proof", lambda old, new, node: ())


def nothing_is_looked_at(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(proofs, "verify_inclusion", lambda *words: True)


def the_leaf_is_left_out(bug: pytest.MonkeyPatch) -> None:
    right = merkle.verify_inclusion

    def wrong(leaf: bytes, index: int, size: int, path: tuple[bytes, ...], root: bytes) -> bool:
        return right(leaf, index, size, path, root) or bool(path)

    bug.setattr(proofs, "verify_inclusion", wrong)


def texts_stay_behind(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(proving, "_line", lambda shown: None)


@pytest.mark.parametrize(
    "seed",
    [
        the_index_is_the_position,
        the_path_is_upside_down,
        the_path_is_of_the_whole_log,
        growth_shows_nothing,
        nothing_is_looked_at,
        the_leaf_is_left_out,
        texts_stay_behind,
    ],
    ids=lambda bug: bug.__name__,
)
def test_a_seeded_bug_is_noticed(
    sqlite_desk: Desk, seed: Bug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong in the making or in the checking of proofs is noticed."""
    seed(monkeypatch)

    def broken(**drawn: Any) -> None:
        try:
            every_event(sqlite_desk, **drawn)
        except Damaged as error:  # no proof is handed out that does not hold
            raise AssertionError from error

    assert fails(broken, EVERY, examples=40) is not None


# -- a log with kept subtrees ----------------------------------------------------------------------


def told(desk: Desk, steps: tuple[Step, ...]) -> tuple[Database, int]:
    database = desk.database()
    return database, len(record(database.engine, steps))


def test_a_long_log_proves_across_its_kept_subtrees(desk: Desk) -> None:
    """Around every border of what is kept of hashes, under sizes before and after it."""
    database, length = told(desk, long_story(2 * 256 + 20))
    at = sorted({1, 2, 19, 255, 256, 257, 300, 511, 512, 513, length})
    with database.asking() as connection:
        kept = {size: checkpoints.of_size(connection, size) for size in at}
        for position in at:
            for size in at:
                if size < position:
                    continue
                made = proving.event_under(connection, position, kept[size])
                assert check(made.proof, list(kept.values())).event is not None
                growth = proving.growth_under(connection, kept[position], kept[size])
                assert growth.holds(kept[position])


def test_only_its_own_log_proves(desk: Desk) -> None:
    """The same story told twice gives two logs, and neither proves anything of the other."""
    one, _ = told(desk, STORY)
    with one.asking() as connection:
        foreign = checkpoints.of_size(connection, 9)
    other, _ = told(desk, STORY)
    with other.asking() as connection:
        own = checkpoints.of_size(connection, 9)
        claimed = Checkpoint(own.origin, 9, foreign.root)
        made = proving.event_under(connection, 5, own)
        with pytest.raises(Damaged, match="run: tracker verify"):
            proving.event_under(connection, 5, claimed)
        with pytest.raises(Damaged, match="does not go on"):
            proving.growth_under(connection, claimed, own)
    with pytest.raises(Damaged, match="not the one that was kept"):
        check(made.proof, [claimed])
