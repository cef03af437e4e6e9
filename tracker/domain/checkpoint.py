"""Checkpoints: what a log of so many events hashes to, as a few lines to keep somewhere else.

The form is the note of C2SP ``tlog-checkpoint`` and ``signed-note``, which other tools read too::

    example.org/trade-desk
    1582
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — example.org/trade-desk <base64 of the key's id and the signature>

An origin, a size and a root; a blank line; then the signatures, one a line. C2SP asks for at least
one. A note without any is read and written here as well, for what protects an unsigned checkpoint
is where it is kept. It ends with its blank line.

**Several notes in one file** stand one after the other, as ``>>`` appends them. The signatures of a
note are the lines right after its blank line that begin with a dash; the next line begins the next
note. That is never in doubt, because no origin may begin with a dash. Blank lines before a note
mean nothing.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

from attrs import field, frozen

from tracker.domain.merkle import HASH_BYTES
from tracker.errors import Refused

if TYPE_CHECKING:
    from attrs import Attribute

KEY_ID_BYTES = 4
LONGEST_FILE_BYTES = 16_000_000  # a note an hour for seven years
LARGEST_SIZE = 2**63 - 1  # the largest position that a database can hold
_DASH = "\u2014"
_DECIMAL = re.compile("0|[1-9][0-9]{0,18}")


def _is_origin(_: Checkpoint, __: Attribute[str], origin: str) -> None:
    if not origin.isprintable() or origin.strip() != origin or not origin:
        raise Refused(f"the origin {_shown(origin)} is not one line of printable text")
    if origin.startswith(_DASH):
        raise Refused(
            f"the origin {_shown(origin)} begins with a dash, as a signature does: "
            "signatures stand right after the blank line below a root"
        )


def _is_size(_: Checkpoint, __: Attribute[int], size: int) -> None:
    if not 0 <= size <= LARGEST_SIZE:
        raise Refused(f"the size {size} is not one that a log can have")


def _is_root(_: Checkpoint, __: Attribute[bytes], root: bytes) -> None:
    if len(root) != HASH_BYTES:
        raise Refused(f"the root has {len(root)} bytes, and a SHA-256 hash has {HASH_BYTES}")


def _is_key_name(_: Signature, __: Attribute[str], name: str) -> None:
    if not name or not name.isprintable() or " " in name or "+" in name:
        raise Refused(
            f"the key name {_shown(name)} is not one printable word without spaces and plus signs"
        )


def _is_key_id(_: Signature, __: Attribute[bytes], key_id: bytes) -> None:
    if len(key_id) != KEY_ID_BYTES:
        raise Refused(f"a signature begins with the {KEY_ID_BYTES} bytes that identify its key")


def _is_value(_: Signature, __: Attribute[bytes], value: bytes) -> None:
    if not value:
        raise Refused("a signature line has no signature after the bytes that identify its key")


@frozen
class Signature:
    """Somebody's signature of a checkpoint, of whatever kind: only ``exchange.signing`` looks in.

    The lines of witnesses, which this project cannot check, are carried along unchanged.
    """

    name: str = field(validator=_is_key_name)
    key_id: bytes = field(validator=_is_key_id)
    value: bytes = field(validator=_is_value)

    def to_line(self) -> str:
        """Write the signature as the line of a note."""
        return f"{_DASH} {self.name} {to_base64(self.key_id + self.value)}\n"


@frozen
class Checkpoint:
    """The log called *origin* had, after *size* events, the Merkle root *root*."""

    origin: str = field(validator=_is_origin)
    size: int = field(validator=_is_size)
    root: bytes = field(validator=_is_root)
    signatures: tuple[Signature, ...] = ()

    @property
    def text(self) -> str:
        """The lines that a signature signs, without the blank one that ends them."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"

    def to_note(self) -> str:
        """Write the checkpoint as a note; notes may be appended one after the other."""
        return self.text + "\n" + "".join(signature.to_line() for signature in self.signatures)


def parse_checkpoints(text: str) -> tuple[Checkpoint, ...]:
    """Read the notes of a file, in its order; refuse a file that holds none.

    A file without a note is refused because whoever hands one over believes that the log will be
    held against something.
    """
    if "\r" in text:
        raise Refused("the checkpoint file has carriage returns: save it with plain newlines")
    lines = text.split("\n")
    if lines.pop():
        raise Refused("the checkpoint file ends inside a line: fetch it again, or end the line")
    found: list[Checkpoint] = []
    at = 0
    while at < len(lines):
        if lines[at]:
            checkpoint, at = _read_note(lines, at)
            found.append(checkpoint)
        else:
            at += 1
    if not found:
        raise Refused(
            "the checkpoint file holds no checkpoint: write one with `tracker checkpoint`"
        )
    return tuple(found)


def _read_note(lines: list[str], start: int) -> tuple[Checkpoint, int]:
    """Read the note that begins at *start*; return it and where the next may begin."""
    end = start + 4
    while end < len(lines) and lines[end].startswith(_DASH):
        end += 1
    try:
        return _note(lines[start : start + 4], lines[start + 4 : end]), end
    except Refused as refusal:
        raise Refused(f"the checkpoint at line {start + 1} cannot be read: {refusal}") from None


def _note(head: list[str], signatures: list[str]) -> Checkpoint:
    if len(head) < 4 or head[3]:
        raise Refused("it needs an origin, a size, a root and then a blank line, and no other line")
    return Checkpoint(
        origin=head[0],
        size=whole_number(head[1], "size"),
        root=from_base64(head[2], "root"),
        signatures=tuple(_signature(line) for line in signatures),
    )


def _signature(line: str) -> Signature:
    dash, *words = line.split(" ")
    if dash != _DASH or len(words) != 2:
        raise Refused(f"the signature line {_shown(line)} is not a dash, a key name and base64")
    name, encoded = words
    data = from_base64(encoded, "signature")
    return Signature(name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])


def whole_number(text: str, what: str) -> int:
    """Read *what*, a decimal number in its one canonical spelling; Refused for anything else."""
    if not _DECIMAL.fullmatch(text):
        raise Refused(f"the {what} {_shown(text)} is not a decimal number without leading zeros")
    return int(text)


def from_base64(text: str, what: str) -> bytes:
    """Decode base64 in its one canonical spelling, so that equal notes are equal bytes."""
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        data = None
    if data is None or to_base64(data) != text:
        raise Refused(f"the {what} {_shown(text)} is not base64 (RFC 4648, section 4)")
    return data


def to_base64(data: bytes) -> str:
    """Encode *data* as RFC 4648, section 4 has it."""
    return b64encode(data).decode("ascii")


def _shown(text: str) -> str:
    """Quote what was read: escaped, since it may be meant for a terminal, and not at any length."""
    return repr(text if len(text) <= 80 else text[:80] + "...")
