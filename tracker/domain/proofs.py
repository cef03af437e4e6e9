"""Proofs as files, which stand without the log and without this program.

A proof of one event has the form of C2SP ``tlog-proof``::

    c2sp.org/tlog-proof@v1
    extra <base64 of the event's body, and of the texts that are shown with it>
    index 8
    <base64 of a hash, one a line, from the leaf's sibling upwards (RFC 6962, section 2.1.1)>

    <the checkpoint, a note of C2SP tlog-checkpoint>

What *extra* holds is this project's own: the bytes of the body as they were hashed, and, only where
texts are shown, a newline and one line of canonical JSON: ``{"note":{"salt":"<hex>","text":"…"}}``.
A body is canonical JSON and so has no newline in it.

A proof of consistency, that a log goes on from what it was, has the form in which C2SP
``tlog-witness`` has it sent to a witness::

    old 12
    <base64 of a hash, one a line (RFC 6962, section 2.1.2)>

    <the newer checkpoint>

The root of the older checkpoint is not in it: that one must come from where it was kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from attrs import field, frozen

from tracker.domain.checkpoint import (
    Checkpoint,
    from_base64,
    parse_checkpoints,
    to_base64,
    whole_number,
)
from tracker.domain.merkle import HASH_BYTES, leaf_hash, verify_consistency, verify_inclusion
from tracker.errors import Refused

if TYPE_CHECKING:
    from attrs import Attribute

FIRST_LINE = "c2sp.org/tlog-proof@v1"
MOST_HASHES = 63  # the path of a leaf in the largest log that a position can count

_MADE_WITH = "a proof is made with: tracker prove"


def _is_path(_: object, __: Attribute[tuple[bytes, ...]], path: tuple[bytes, ...]) -> None:
    if len(path) > MOST_HASHES:
        raise Refused(f"the proof has {len(path)} hashes, and no log needs over {MOST_HASHES}")
    for number, digest in enumerate(path, start=1):
        if len(digest) != HASH_BYTES:
            message = (
                f"hash {number} of the proof has {len(digest)} bytes, and SHA-256 gives "
                f"{HASH_BYTES}"
            )
            raise Refused(message)


@frozen
class EventProof:
    """The event whose body is *body* is leaf *index* of the log that *checkpoint* is of.

    *shown* is the line of canonical JSON with the salts and texts that are shown beside the body;
    None where there is none.
    """

    body: bytes
    index: int
    path: tuple[bytes, ...] = field(validator=_is_path)
    checkpoint: Checkpoint
    shown: bytes | None = None

    @property
    def leaf(self) -> bytes:
        """The hash of the body as a leaf."""
        return leaf_hash(self.body)

    def holds(self) -> bool:
        """Tell whether the path leads from the body to the root of the checkpoint."""
        size, root = self.checkpoint.size, self.checkpoint.root
        return verify_inclusion(self.leaf, self.index, size, self.path, root)

    def to_text(self) -> str:
        """Write the proof as C2SP tlog-proof."""
        extra = self.body if self.shown is None else self.body + b"\n" + self.shown
        head = [FIRST_LINE, f"extra {to_base64(extra)}", f"index {self.index}"]
        return _joined(head, self.path, self.checkpoint)


@frozen
class ConsistencyProof:
    """The log that *checkpoint* is of had, when it was *old* events long, some earlier root."""

    old: int
    path: tuple[bytes, ...] = field(validator=_is_path)
    checkpoint: Checkpoint

    def holds(self, kept: Checkpoint) -> bool:
        """Tell whether the log goes on, event by event, from what *kept* says it was."""
        new, root = self.checkpoint.size, self.checkpoint.root
        return kept.size == self.old and verify_consistency(
            self.old, new, kept.root, root, self.path
        )

    def to_text(self) -> str:
        """Write the proof as the request by which a witness is shown it (C2SP tlog-witness)."""
        return _joined([f"old {self.old}"], self.path, self.checkpoint)


def parse_proof(data: bytes) -> EventProof | ConsistencyProof:
    """Read a proof of either kind, which its first line tells apart; Refused for anything else.

    Whether it holds is another question: here somebody's bytes become a proof, or one sentence.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Refused(f"the proof is not UTF-8: {_MADE_WITH}") from None
    if "\r" in text:
        raise Refused("the proof has carriage returns: save it with plain newlines")
    head, found, note = text.partition("\n\n")
    lines = head.split("\n")
    if lines[0] == FIRST_LINE:
        return _event_proof(lines[1:], _checkpoint(note, found))
    if lines[0].startswith("old "):
        old = whole_number(lines[0].removeprefix("old "), "size")
        return ConsistencyProof(old, _path(lines[1:]), _checkpoint(note, found))
    raise Refused(f"this is no proof that can be read here: {_MADE_WITH}")


def _event_proof(lines: list[str], checkpoint: Checkpoint) -> EventProof:
    if not lines or not lines[0].startswith("extra "):
        raise Refused(f"the proof brings no event with it, in a line `extra`: {_MADE_WITH}")
    if len(lines) < 2 or not lines[1].startswith("index "):
        raise Refused(
            f"the proof does not say which event it is of, in a line `index`: {_MADE_WITH}"
        )
    extra = from_base64(lines[0].removeprefix("extra "), "extra")
    body, parted, shown = extra.partition(b"\n")
    return EventProof(
        body=body,
        index=whole_number(lines[1].removeprefix("index "), "index"),
        path=_path(lines[2:]),
        checkpoint=checkpoint,
        shown=shown if parted else None,
    )


def _path(lines: list[str]) -> tuple[bytes, ...]:
    if len(lines) > MOST_HASHES:  # before any of them is decoded
        raise Refused(f"the proof has {len(lines)} hashes, and no log needs over {MOST_HASHES}")
    return tuple(
        from_base64(line, f"hash in line {number} of the path")
        for number, line in enumerate(lines, start=1)
    )


def _checkpoint(note: str, found: str) -> Checkpoint:
    if not found:
        _without_checkpoint()
    try:
        checkpoints = parse_checkpoints(note)
    except Refused as refusal:
        raise Refused(f"below the path of the proof: {refusal}") from None
    if len(checkpoints) != 1 or checkpoints[0].to_note() != note:
        _without_checkpoint()
    return checkpoints[0]


def _without_checkpoint() -> NoReturn:
    raise Refused(
        "the proof does not end with one checkpoint, right after a blank line: fetch it again, "
        "whole, down to its last line end"
    )


def _joined(head: list[str], path: Sequence[bytes], checkpoint: Checkpoint) -> str:
    lines = [*head, *map(to_base64, path)]
    return "\n".join(lines) + "\n\n" + checkpoint.to_note()
