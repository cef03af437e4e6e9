"""What a proof proves, worked out with no database: the other half of ``tracker prove``.

A proof is somebody's file. What is no proof is refused; what is one and does not hold is damage;
and only of a proof that holds is anything said about the event in it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, BinaryIO

from attrs import evolve, frozen

from tracker.domain.checkpoint import Checkpoint
from tracker.domain.events import Event, account_of
from tracker.domain.evidence import parse_grade
from tracker.domain.proofs import ConsistencyProof, EventProof, parse_proof
from tracker.errors import CalledWrongly, Damaged, Refused
from tracker.exchange import signing
from tracker.exchange.bounded import read_whole
from tracker.store.codec import Disclosure, canonical, commitments, decode_json
from tracker.store.sound import check_disclosures, read_disclosed, sound_event

LARGEST_BYTES = 16 * 1024 * 1024
"""No event is nearly as large; what is larger is not even read to its end."""

Proof = EventProof | ConsistencyProof


@frozen
class Proven:
    """What was found to hold; anything else is an exception.

    *kept* are the kept checkpoints that the proof was held against, *key* is the verifier key that
    signed the proof's own one, where a key was given. *event* is what was proved to be in the log,
    with the texts that the proof shows; *not_shown* names the others that its body commits to.
    """

    proof: Proof
    kept: tuple[Checkpoint, ...] = ()
    key: str | None = None
    event: Event | None = None
    not_shown: tuple[str, ...] = ()


def read(name: str, stream: BinaryIO) -> Proof:
    """The proof in the file *name*; Refused for anything else."""
    data = read_whole(stream, LARGEST_BYTES, name, "a proof")
    try:
        return parse_proof(data)
    except Refused as refusal:
        message = f"{name}: {refusal}"
        raise Refused(message) from None


def check(
    proof: Proof, kept: Sequence[Checkpoint] | None = None, public: bytes | None = None
) -> Proven:
    """What *proof* proves, held against checkpoints that were kept (None: there are none).

    *public* is the key that must have signed the proof's checkpoint: PEM or a verifier key. Raises
    Damaged where the proof does not hold, Refused for an event that cannot be read, and Unavailable
    for one that a newer program wrote.
    """
    if isinstance(proof, EventProof):
        found = _check_event(proof, kept)
    else:
        found = _check_consistency(proof, kept)
    if public is None:
        return found
    key = signing.signed_as(proof.checkpoint, public)
    if key is None:
        raise Damaged(
            "the checkpoint in the proof was not signed with this key, or was changed since: ask "
            "the log's keeper for a proof under a signed checkpoint (tracker prove --sign)"
        )
    return evolve(found, key=key)


# -- one event -------------------------------------------------------------------------------------


def _check_event(proof: EventProof, kept: Sequence[Checkpoint] | None) -> Proven:
    own = proof.checkpoint
    if not proof.holds():
        raise Damaged(
            f"the proof does not hold: the body in it, as event @{proof.index + 1} of {own.size}, "
            f"and its {len(proof.path)} hashes do not lead to the root of its checkpoint; one of "
            "them was altered"
        )
    held = () if kept is None else _same(own, kept)
    event, not_shown = _event(proof)
    return Proven(proof, held, event=event, not_shown=not_shown)


def _same(own: Checkpoint, kept: Sequence[Checkpoint]) -> tuple[Checkpoint, ...]:
    """The kept checkpoints of the very size that the proof is under."""
    ours = _of_origin(own, kept)
    same = tuple(each for each in ours if each.size == own.size)
    if not same:
        raise Damaged(
            f"the proof is under a checkpoint of {own.size} events, and those kept are of "
            f"{_sizes(ours)}: ask for a proof under one of these (tracker prove --against FILE), "
            "or for a proof that the log goes on from one (tracker prove --from FILE)"
        )
    for each in same:
        _hold(own, each)
    return same


def _hold(own: Checkpoint, kept: Checkpoint) -> None:
    if own.root != kept.root:
        raise Damaged(
            f"the checkpoint in the proof is not the one that was kept: after {own.size} events "
            f"the root was {kept.root.hex()}, and the proof has {own.root.hex()}; an event up to "
            f"@{own.size} was altered, removed or reordered since, or the proof was made up"
        )


def _event(proof: EventProof) -> tuple[Event, tuple[str, ...]]:
    """The event of a proof that holds, with the texts shown, and the names of the other texts."""
    name = f"the event in the proof, @{proof.index + 1},"
    try:
        body = proof.body.decode()
    except UnicodeDecodeError:
        raise Refused(f"{name} has a body that is not UTF-8: no tracker wrote it") from None
    try:
        event, parsed = sound_event(body, proof.leaf)
    except Damaged as flaw:  # it is what was hashed: nothing was altered, it is no event of ours
        raise Refused(f"{name} {flaw}") from None
    if not all(map(_is_grade, _grades(event))):
        raise Refused(f"{name} has a part of the wrong kind in its body: no tracker wrote it")
    if event.position != proof.index + 1:
        message = f"{name} says of itself that it is @{event.position}: the log is out of order"
        raise Damaged(message)
    committed = dict(commitments(parsed))
    try:
        shown = _shown(proof.shown)
        check_disclosures(committed, shown)
    except Refused as flaw:
        raise Refused(f"{name} {flaw}") from None
    except Damaged as flaw:
        raise Damaged(f"{name} {flaw}") from None
    texts = {each.field: each.text for each in shown}
    not_shown = tuple(field for field in committed if field not in texts)
    return decode_json(parsed, texts), not_shown


def _grades(event: Event) -> list[str]:
    account = account_of(event.what)
    return [each.grade for each in account.sources if each.grade] if account else []


def _is_grade(text: str) -> bool:
    try:
        return parse_grade(text) == text
    except Refused:
        return False


def _shown(line: bytes | None) -> tuple[Disclosure, ...]:
    if line is None:
        return ()
    told: Any = None
    try:
        text = line.decode()
        told = json.loads(text)
        is_canonical = canonical(told) == text
    except (ValueError, RecursionError, Refused):
        is_canonical = False
    if not is_canonical:
        raise Refused("comes with texts that are not one line of canonical JSON")
    return read_disclosed(told)


# -- consistency -----------------------------------------------------------------------------------


def _check_consistency(proof: ConsistencyProof, kept: Sequence[Checkpoint] | None) -> Proven:
    own = proof.checkpoint
    if kept is None:
        raise CalledWrongly(
            f"a proof of consistency needs the checkpoint of {proof.old} events that was kept: "
            "name its file with --checkpoint"
        )
    # The log without events is the beginning of every log, and has no name yet.
    ours = _of_origin(own, kept, empty=True)
    before = tuple(each for each in ours if each.size == proof.old)
    if not before:
        raise Damaged(
            f"the proof begins with a checkpoint of {proof.old} events, and those kept are of "
            f"{_sizes(ours)}: ask for one that begins with one of these (tracker prove --from FILE)"
        )
    for each in before:
        if not proof.holds(each):
            raise Damaged(
                f"the proof does not hold: it does not lead from the checkpoint of {each.size} "
                f"events that was kept to that of {own.size}; an event up to @{each.size} was "
                "altered, removed or reordered since, or the proof was"
            )
    after = tuple(each for each in ours if each.size == own.size != proof.old)
    for each in after:
        _hold(own, each)
    return Proven(proof, (*before, *after))


# -- checkpoints -----------------------------------------------------------------------------------


def _of_origin(
    own: Checkpoint, kept: Sequence[Checkpoint], *, empty: bool = False
) -> tuple[Checkpoint, ...]:
    ours = tuple(each for each in kept if each.origin == own.origin or (empty and each.size == 0))
    if not ours:
        others = ", ".join(sorted({each.origin for each in kept})[:3])
        raise Damaged(
            f"the proof is of the log {own.origin}, and the checkpoints kept are of {others}: it "
            "is of another log, or of one whose first event was altered"
        )
    return ours


def _sizes(kept: Sequence[Checkpoint]) -> str:
    sizes = [str(size) for size in sorted({each.size for each in kept})]
    return ", ".join(sizes if len(sizes) <= 4 else [sizes[0], sizes[1], "…", sizes[-1]])
