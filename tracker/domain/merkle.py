"""The log as a Merkle tree: roots, and proofs that stand without the log (RFC 6962, section 2.1).

A tree over n leaves splits at the greatest power of two below n. It is therefore a row of complete
subtrees, one for each bit set in n, the largest first: the :class:`Frontier`. A leaf never moves,
and a subtree once complete never changes, so the hashes of complete subtrees may be kept for ever,
and any root or proof of the past is a handful of them.

A complete subtree is named by ``(level, index)``: it covers the leaves
``[index << level, (index + 1) << level)``. Leaves are counted from 0, so the event at position p
is the leaf p - 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from attrs import define, field

from tracker.errors import CalledWrongly, Damaged

HASH_BYTES = 32

EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves (RFC 6962, section 2.1)."""

NodeSource = Callable[[int, int], bytes]
"""``(level, index)`` to the hash of that complete subtree; level 0 is the leaf hash itself."""

Completed = tuple[int, int, bytes]
"""``(level, index, hash)`` of a subtree that has just become complete."""


def leaf_hash(body: bytes) -> bytes:
    """Hash the bytes of one event's body as a leaf (RFC 6962, section 2.1)."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbouring subtrees into the one above them (RFC 6962, section 2.1)."""
    # The prefix differs from a leaf's, so that no node can be passed off as an event's body.
    return sha256(b"\x01" + left + right).digest()


@define
class Frontier:
    """All of a log of *size* leaves that its next root needs: its complete subtrees, largest first.

    It is changed in place, because a bulk append makes a million steps with it.
    """

    size: int = 0
    hashes: list[bytes] = field(factory=list)

    def append(self, leaf: bytes) -> Sequence[Completed]:
        """Add the next leaf hash; return each subtree that it completed, from level 1 upwards."""
        index, level, node = self.size, 0, leaf
        completed: list[Completed] = []
        # Each low bit set in the size is a complete subtree waiting for a right neighbour as large.
        while index & 1:
            index >>= 1
            level += 1
            node = node_hash(self.hashes.pop(), node)
            completed.append((level, index, node))
        self.hashes.append(node)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Return the Merkle tree hash of the leaves so far (RFC 6962, section 2.1)."""
        return _joined(self.hashes)

    def to_bytes(self) -> bytes:
        """Return the hashes one after the other; the size says how many there are."""
        return b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Frontier:
        """Read back what ``to_bytes`` wrote for a log of *size* leaves."""
        if size < 0 or len(data) != size.bit_count() * HASH_BYTES:
            raise Damaged(
                f"the Merkle frontier does not fit a log of {size} events ({len(data)} bytes): "
                "restore the log from an export, or from a backup"
            )
        return cls(size, [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)])


def root_of(size: int, node: NodeSource) -> bytes:
    """Return the root after *size* leaves (RFC 6962, section 2.1), asking only for its frontier."""
    if size < 0:
        raise CalledWrongly(f"a log cannot have {size} events: ask for 0 or more")
    return _range_root(0, size, node)


def inclusion_proof(index: int, size: int, node: NodeSource) -> tuple[bytes, ...]:
    """Return PATH(index, D[size]): the audit path of a leaf (RFC 6962, section 2.1.1)."""
    if not 0 <= index < size:
        raise CalledWrongly(
            f"a log of {size} events has no leaf {index}: leaves are counted from 0 to its size - 1"
        )
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            path.append(_range_root(middle, end, node))
            end = middle
        else:
            path.append(_range_root(start, middle, node))
            start = middle
    return tuple(reversed(path))  # the walk goes down; a path is read upwards


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Tell whether *proof* shows the leaf hash *leaf* at *index* under *root*.

    The algorithm is the one of RFC 9162, section 2.1.3.2; RFC 6962 has the same proofs and leaves
    their verification to the reader. *size* must come from where *root* does, from the checkpoint:
    some sizes have paths of one shape, and a proof cannot tell them apart.
    """
    if not (_well_formed([index, size], [leaf, root], proof) and 0 <= index < size):
        return False
    at, last, hashed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False  # longer than the tree is high
        if at & 1 or at == last:
            hashed = node_hash(sibling, hashed)
            at, last = _past_missing_siblings(at, last)
        else:
            hashed = node_hash(hashed, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and hashed == root


def consistency_proof(old: int, new: int, node: NodeSource) -> tuple[bytes, ...]:
    """Return PROOF(old, D[new]): the first *old* leaves were kept (RFC 6962, section 2.1.2).

    It is empty where nothing needs to be shown: from the empty log, or from a log to itself.
    """
    if not 0 <= old <= new:
        raise CalledWrongly(
            f"a log of {new} events was never one of {old}: name the smaller size first"
        )
    if old == 0:
        return ()
    path: list[bytes] = []
    start, end = 0, new
    while end != old:
        middle = _split(start, end)
        if old <= middle:
            path.append(_range_root(middle, end, node))
            end = middle
        else:
            path.append(_range_root(start, middle, node))
            start = middle
    if start > 0:  # at 0 what is left is the old tree itself, whose root the verifier has
        path.append(_range_root(start, end, node))
    return tuple(reversed(path))


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Tell whether *proof* shows that the log under *new_root* begins with that under *old_root*.

    The algorithm is the one of RFC 9162, section 2.1.4.2, for the proofs of RFC 6962. As with
    inclusion, each size must come from where its root does.
    """
    if not (_well_formed([old, new], [old_root, new_root], proof) and 0 <= old <= new):
        return False
    if old == 0:
        return not proof and old_root == EMPTY_ROOT and (new > 0 or new_root == EMPTY_ROOT)
    if old == new:
        return not proof and old_root == new_root
    # An old tree that is one complete subtree is a node of the new one, so the proof leaves it out.
    path = [old_root, *proof] if old.bit_count() == 1 else list(proof)
    return bool(path) and _rebuilds_both(old, new, old_root, new_root, path)


def _rebuilds_both(
    old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Fold *path* into both roots at once: steps 3 to 7 of RFC 9162, section 2.1.4.2."""
    at, last = old - 1, new - 1
    while at & 1:  # up to the top of the last complete subtree of the old tree
        at, last = at >> 1, last >> 1
    in_old = in_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False  # longer than the tree is high
        if at & 1 or at == last:
            in_old = node_hash(sibling, in_old)
            in_new = node_hash(sibling, in_new)
            at, last = _past_missing_siblings(at, last)
        else:  # to the right of the old tree there was nothing yet
            in_new = node_hash(in_new, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and in_old == old_root and in_new == new_root


def _past_missing_siblings(at: int, last: int) -> tuple[int, int]:
    """Go up the right edge of the tree, to where *at* is a right child or the root."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def _well_formed(sizes: Iterable[object], hashes: Iterable[object], proof: object) -> bool:
    """Tell whether these are whole numbers, hashes, and a sequence of hashes.

    A proof is somebody else's word. Were a hash of another length let through, a byte could cross
    from one hash into its neighbour without a change of what is hashed.
    """
    return (
        isinstance(proof, Sequence)
        and all(isinstance(size, int) for size in sizes)
        and all(isinstance(h, bytes) and len(h) == HASH_BYTES for h in (*hashes, *proof))
    )


def _split(start: int, end: int) -> int:
    """Return where a tree of two leaves or more over [start, end) splits (RFC 6962, 2.1)."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _range_root(start: int, end: int, node: NodeSource) -> bytes:
    """Return MTH(D[start:end]) for a range that is a subtree of some log (RFC 6962, 2.1)."""
    hashes: list[bytes] = []
    while start < end:
        level = (end - start).bit_length() - 1
        hashes.append(node(level, start >> level))
        start += 1 << level
    return _joined(hashes)


def _joined(hashes: Sequence[bytes]) -> bytes:
    """Join complete subtrees, largest first, into one root."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in hashes[-2::-1]:
        root = node_hash(left, root)
    return root
