"""The log's Merkle tree, held against RFC 6962, its published vectors and its naive definition."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain import merkle
from tracker.domain.merkle import (
    EMPTY_ROOT,
    Frontier,
    NodeSource,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tracker.errors import CalledWrongly, Damaged

LARGEST = 130  # just past a power of two, so that every shape of right edge comes up

# The test vectors of the certificate-transparency project: eight leaves, and what they give.
BODIES = [
    bytes.fromhex(body)
    for body in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
_96A2 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
_5F08 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
_6B47 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
_BC1A = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
_CA85 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
_0EBC = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"


def definition(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word and as slow as it reads."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + definition(leaves[:k]) + definition(leaves[k:])).digest()


class Log:
    """A log that keeps every complete subtree and every root, as a store might."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.roots = [EMPTY_ROOT]
        frontier = Frontier()
        for index, leaf in enumerate(leaves):
            self.nodes[0, index] = leaf
            for level, at, subtree in frontier.append(leaf):
                assert (level, at) not in self.nodes
                self.nodes[level, at] = subtree
            self.roots.append(frontier.root())

    def node(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]

    def node_below(self, size: int) -> NodeSource:
        """Refuse to know anything that a log of *size* did not hold."""

        def node(level: int, index: int) -> bytes:
            assert (index + 1) << level <= size
            return self.nodes[level, index]

        return node


def numbered(count: int) -> list[bytes]:
    return [leaf_hash(b"%d" % number) for number in range(count)]


@pytest.fixture(scope="module")
def log() -> Log:
    return Log(numbered(LARGEST))


@pytest.fixture
def published() -> Log:
    return Log([leaf_hash(body) for body in BODIES])


def hexes(proof: tuple[bytes, ...]) -> list[str]:
    return [part.hex() for part in proof]


def with_a_bit_changed(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


hashes = st.binary(min_size=32, max_size=32)
bits = st.integers(0, 255)


# --- the published vectors


def test_published_roots(published: Log) -> None:
    """The roots of zero to eight leaves are those that certificate transparency publishes."""
    assert [root.hex() for root in published.roots] == ROOTS


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [
        (0, 1, []),
        (0, 8, [_96A2, _5F08, _6B47]),
        (5, 8, [_BC1A, _CA85, ROOTS[4]]),
        (2, 3, [ROOTS[2]]),
        (1, 5, [ROOTS[1], _5F08, _BC1A]),
    ],
)
def test_published_inclusion_proofs(published: Log, index: int, size: int, path: list[str]) -> None:
    """Audit paths are those that certificate transparency publishes."""
    assert hexes(inclusion_proof(index, size, published.node)) == path


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (1, 1, []),
        (1, 8, [_96A2, _5F08, _6B47]),
        (6, 8, [_0EBC, _CA85, ROOTS[4]]),
        (2, 5, [_5F08, _BC1A]),
    ],
)
def test_published_consistency_proofs(published: Log, old: int, new: int, path: list[str]) -> None:
    """Consistency proofs are those that certificate transparency publishes."""
    assert hexes(consistency_proof(old, new, published.node)) == path


@pytest.mark.parametrize(
    ("name", "bug"),
    [
        ("node_hash", lambda left, right: sha256(left + right).digest()),
        ("node_hash", lambda left, right: sha256(b"\x01" + right + left).digest()),
        ("leaf_hash", lambda body: sha256(body).digest()),
    ],
    ids=["node without its prefix", "node the wrong way round", "leaf without its prefix"],
)
def test_the_vectors_catch_a_seeded_bug(
    monkeypatch: pytest.MonkeyPatch, name: str, bug: object
) -> None:
    """A tree that hashes otherwise than RFC 6962 says has none of the published roots above one."""
    monkeypatch.setattr(merkle, name, bug)
    wrong = Log([merkle.leaf_hash(body) for body in BODIES])
    assert not {root.hex() for root in wrong.roots[2:]} & set(ROOTS)


# --- roots


@given(leaves=st.lists(hashes, max_size=70))
def test_the_incremental_root_is_the_defined_root(leaves: list[bytes]) -> None:
    """Appending leaf by leaf gives the root that the recursive definition gives."""
    assert Log(leaves).roots[-1] == definition(leaves)


def test_every_root_of_the_past_is_the_defined_root(log: Log) -> None:
    """The root at any size, worked out from kept subtrees, is the recursive definition's."""
    for size in range(LARGEST + 1):
        assert root_of(size, log.node_below(size)) == definition(log.leaves[:size])


def test_a_root_asks_only_for_the_frontier(log: Log) -> None:
    """root_of asks for exactly one subtree for each bit set in the size."""
    asked = []

    def node(level: int, index: int) -> bytes:
        asked.append((level, index))
        return log.node(level, index)

    root_of(0b1100101, node)
    assert asked == [(6, 0), (5, 2), (2, 24), (0, 100)]


def test_every_complete_subtree_is_reported_once(log: Log) -> None:
    """Appending n leaves reports each complete subtree over them once, with its defined hash."""
    expected = {
        (level, index): definition(log.leaves[index << level : (index + 1) << level])
        for level in range(8)
        for index in range(LARGEST >> level)
    }
    assert log.nodes == expected


def test_a_log_of_less_than_nothing_is_refused(log: Log) -> None:
    """A negative size has no root."""
    with pytest.raises(CalledWrongly, match="ask for 0 or more"):
        root_of(-1, log.node)


# --- the frontier


@given(before=st.lists(hashes, max_size=40), after=st.lists(hashes, max_size=40))
def test_a_frontier_put_away_and_taken_up_goes_on_as_if_it_never_had(
    before: list[bytes], after: list[bytes]
) -> None:
    """A frontier survives to_bytes and from_bytes, and the log goes on from it unchanged."""
    frontier = Frontier()
    for leaf in before:
        frontier.append(leaf)
    taken_up = Frontier.from_bytes(frontier.size, frontier.to_bytes())
    assert taken_up == frontier
    for leaf in after:
        taken_up.append(leaf)
    assert taken_up.size == len(before) + len(after)
    assert taken_up.root() == definition(before + after)


@pytest.mark.parametrize(
    ("size", "length"), [(0, 32), (1, 0), (1, 31), (1, 33), (3, 32), (4, 64), (-1, 32)]
)
def test_a_frontier_of_the_wrong_length_is_damage(size: int, length: int) -> None:
    """A frontier has one hash for each bit set in its size, and is refused with any other."""
    with pytest.raises(Damaged, match="does not fit"):
        Frontier.from_bytes(size, bytes(length))


def test_a_bulk_append_hashes_no_node_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Appending n leaves hashes n less its bits set: each complete subtree once, and no more."""
    hashed: list[tuple[bytes, bytes]] = []

    def counted(left: bytes, right: bytes) -> bytes:
        hashed.append((left, right))
        return node_hash(left, right)

    monkeypatch.setattr(merkle, "node_hash", counted)
    frontier = Frontier()
    for leaf in numbered(1000):
        frontier.append(leaf)
    assert len(hashed) == 1000 - (1000).bit_count()


# --- inclusion


def test_every_inclusion_proof_verifies(log: Log) -> None:
    """For every leaf of every size, the proof verifies, from what that size held."""
    for size in range(1, LARGEST + 1):
        node = log.node_below(size)
        for index in range(size):
            proof = inclusion_proof(index, size, node)
            assert verify_inclusion(log.leaves[index], index, size, proof, log.roots[size])


def test_a_leaf_is_proved_at_its_own_index_only(log: Log) -> None:
    """The proof of one leaf verifies at no other index, and for no other leaf."""
    for size in (1, 2, 7, 8, 33, 64):
        for index in range(size):
            proof = inclusion_proof(index, size, log.node)
            for other in (*range(-1, index), *range(index + 1, size + 2)):
                assert not verify_inclusion(log.leaves[index], other, size, proof, log.roots[size])
                assert not verify_inclusion(log.leaves[other], index, size, proof, log.roots[size])


@given(data=st.data(), size=st.integers(1, LARGEST), bit=bits)
def test_an_inclusion_proof_with_any_bit_changed_fails(
    log: Log, data: st.DataObject, size: int, bit: int
) -> None:
    """Whichever bit of leaf, root or proof is changed, the proof fails."""
    index = data.draw(st.integers(0, size - 1))
    leaf, root = log.leaves[index], log.roots[size]
    proof = inclusion_proof(index, size, log.node)
    assert not verify_inclusion(with_a_bit_changed(leaf, bit), index, size, proof, root)
    assert not verify_inclusion(leaf, index, size, proof, with_a_bit_changed(root, bit))
    for at, part in enumerate(proof):
        changed = (*proof[:at], with_a_bit_changed(part, bit), *proof[at + 1 :])
        assert not verify_inclusion(leaf, index, size, changed, root)


@given(data=st.data(), size=st.integers(2, LARGEST), extra=hashes)
def test_an_inclusion_proof_cut_or_lengthened_fails(
    log: Log, data: st.DataObject, size: int, extra: bytes
) -> None:
    """A proof with a hash too few or too many fails."""
    index = data.draw(st.integers(0, size - 1))
    leaf, root = log.leaves[index], log.roots[size]
    proof = inclusion_proof(index, size, log.node)
    for wrong in (proof[1:], proof[:-1], (*proof, extra), (extra, *proof), (*proof, root)):
        assert not verify_inclusion(leaf, index, size, wrong, root)


def test_a_proof_longer_or_shorter_than_its_tree_fails_whatever_the_root() -> None:
    """A path that does hash to the given root fails where a tree of that size has no such path."""
    one, two, three, four = numbered(4)
    pair = node_hash(one, two)
    assert not verify_inclusion(two, 0, 1, (one,), pair)
    assert not verify_inclusion(one, 0, 4, (two,), pair)
    assert not verify_consistency(1, 4, one, one, ())
    assert not verify_consistency(2, 4, pair, pair, ())
    old, new = node_hash(pair, three), node_hash(pair, node_hash(three, four))
    assert verify_consistency(3, 4, old, new, (three, four, pair))
    above = node_hash(one, old), node_hash(one, new)
    assert not verify_consistency(3, 4, *above, (three, four, pair, one))


def test_a_byte_cannot_cross_from_one_hash_into_the_next() -> None:
    """Hashes of other lengths fail, even where what would be hashed stays the same."""
    left, right = numbered(2)
    root = node_hash(left, right)
    assert verify_inclusion(left, 0, 2, (right,), root)
    assert not verify_inclusion(left + right[:1], 0, 2, (right[1:],), root)


@pytest.mark.parametrize("index", [-1, 8, 9])
def test_there_is_no_proof_of_a_leaf_outside_the_log(published: Log, index: int) -> None:
    """Asking for the proof of a leaf that is not there is the caller's mistake."""
    with pytest.raises(CalledWrongly, match="has no leaf"):
        inclusion_proof(index, 8, published.node)


# --- consistency


def test_every_consistency_proof_verifies(log: Log) -> None:
    """Between every two sizes the proof verifies, the empty log and equal sizes included."""
    for new in range(LARGEST + 1):
        node = log.node_below(new)
        for old in range(new + 1):
            proof = consistency_proof(old, new, node)
            assert verify_consistency(old, new, log.roots[old], log.roots[new], proof)


@given(data=st.data(), new=st.integers(0, LARGEST), bit=bits, extra=hashes)
def test_a_changed_consistency_proof_fails(
    log: Log, data: st.DataObject, new: int, bit: int, extra: bytes
) -> None:
    """Whichever bit of the proof is changed, and whichever hash is cut or added, it fails."""
    old = data.draw(st.integers(0, new))
    roots = log.roots[old], log.roots[new]
    proof = consistency_proof(old, new, log.node)
    for at, part in enumerate(proof):
        changed = (*proof[:at], with_a_bit_changed(part, bit), *proof[at + 1 :])
        assert not verify_consistency(old, new, *roots, changed)
        assert not verify_consistency(old, new, *roots, proof[:at] + proof[at + 1 :])
    assert not verify_consistency(old, new, *roots, (*proof, extra))
    assert not verify_consistency(old, new, *roots, (extra, *proof))


@given(data=st.data(), new=st.integers(1, LARGEST), bit=bits)
def test_a_changed_root_is_not_consistent(
    log: Log, data: st.DataObject, new: int, bit: int
) -> None:
    """A log is consistent with no root but its own, before and after."""
    old = data.draw(st.integers(1, new))
    before, after = log.roots[old], log.roots[new]
    proof = consistency_proof(old, new, log.node)
    assert not verify_consistency(old, new, with_a_bit_changed(before, bit), after, proof)
    assert not verify_consistency(old, new, before, with_a_bit_changed(after, bit), proof)


@given(data=st.data(), new=st.integers(1, 70), bit=bits)
def test_no_proof_of_a_rewritten_log_connects_it_to_the_kept_root(
    data: st.DataObject, new: int, bit: int
) -> None:
    """A log whose early leaf was rewritten cannot show that it goes on from the kept root."""
    old = data.draw(st.integers(1, new))
    rewritten = data.draw(st.integers(0, old - 1))
    leaves = numbered(new)
    kept = Log(leaves).roots[old]
    leaves[rewritten] = with_a_bit_changed(leaves[rewritten], bit)
    forged = Log(leaves)
    proof = consistency_proof(old, new, forged.node)
    assert not verify_consistency(old, new, kept, forged.roots[new], proof)


def test_the_empty_log_has_one_root_and_needs_no_proof(log: Log) -> None:
    """Every log goes on from the empty one, if that has the root of an empty log."""
    some = log.roots[5]
    assert verify_consistency(0, 5, EMPTY_ROOT, some, ())
    assert verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, ())
    assert not verify_consistency(0, 5, some, some, ())
    assert not verify_consistency(0, 0, EMPTY_ROOT, some, ())
    assert not verify_consistency(0, 5, EMPTY_ROOT, some, (some,))


@pytest.mark.parametrize(("old", "new"), [(-1, 4), (5, 4)])
def test_there_is_no_proof_from_a_larger_log_to_a_smaller(
    published: Log, old: int, new: int
) -> None:
    """Asking for a proof backwards, or from less than nothing, is the caller's mistake."""
    with pytest.raises(CalledWrongly, match="the smaller size first"):
        consistency_proof(old, new, published.node)


# --- what strangers send

anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=3),
    st.binary(max_size=40),
    hashes,
    st.lists(hashes | st.integers(), max_size=4),
    st.just(2**4096),
)


@given(leaf=anything, index=anything, size=anything, proof=anything, root=anything)
def test_verifying_inclusion_never_raises(
    leaf: Any, index: Any, size: Any, proof: Any, root: Any
) -> None:
    """Whatever is handed in, the answer is yes or no, and yes only where leaf and root agree."""
    assert verify_inclusion(leaf, index, size, proof, root) in (False, leaf == root)


@given(old=anything, new=anything, old_root=anything, new_root=anything, proof=anything)
def test_verifying_consistency_never_raises(
    old: Any, new: Any, old_root: Any, new_root: Any, proof: Any
) -> None:
    """Whatever is handed in, the answer is yes or no, and yes only where the roots agree."""
    assert verify_consistency(old, new, old_root, new_root, proof) in (
        False,
        old_root == new_root,
    )


@pytest.mark.parametrize("proof", [None, 3, "ab", b"ab", [None], ["a"], [b"short"], {}, object()])
def test_a_proof_that_is_no_proof_fails(proof: Any) -> None:
    """What is not a sequence of hashes proves nothing."""
    (leaf,) = numbered(1)
    assert not verify_inclusion(leaf, 0, 1, proof, leaf)
    assert not verify_consistency(1, 1, leaf, leaf, proof)


@pytest.mark.parametrize("size", ["1", 1.0, None, b"1"])
def test_a_size_that_is_no_whole_number_fails(size: Any) -> None:
    """What is not a whole number is no size and no index."""
    (leaf,) = numbered(1)
    assert not verify_inclusion(leaf, 0, size, (), leaf)
    assert not verify_consistency(size, 1, leaf, leaf, ())
