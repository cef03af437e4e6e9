"""Proofs as files: in the forms of C2SP, one spelling each, and nothing else is read."""

from __future__ import annotations

import random
from base64 import b64encode
from itertools import starmap

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_merkle import Log, with_a_bit_changed
from tracker.domain.checkpoint import Checkpoint, Signature
from tracker.domain.merkle import consistency_proof, inclusion_proof, leaf_hash, verify_inclusion
from tracker.domain.proofs import ConsistencyProof, EventProof, parse_proof
from tracker.errors import Refused

BODIES = [b'{"n":%d}' % number for number in range(40)]
LOG = Log([leaf_hash(body) for body in BODIES])
SIGNATURE = Signature("desk", b"\x01\x02\x03\x04", b"signed")

# The example of the specification, with its shortened signatures left out.
PUBLISHED = """\
c2sp.org/tlog-proof@v1
extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=

example.com/fancylog
109482
sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=

"""
WITNESSED = """\
old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/\
Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/\
V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""


def checkpoint_of(size: int) -> Checkpoint:
    return Checkpoint("tracker/test", size, LOG.roots[size], (SIGNATURE,))


def event_proof(index: int, size: int, shown: bytes | None = None) -> EventProof:
    path = inclusion_proof(index, size, LOG.node)
    return EventProof(BODIES[index], index, path, checkpoint_of(size), shown)


def consistency(old: int, new: int) -> ConsistencyProof:
    return ConsistencyProof(old, consistency_proof(old, new, LOG.node), checkpoint_of(new))


TEXT = event_proof(2, 4).to_text()


# --- forms ------------------------------------------------------------------------------------


def test_the_form_is_that_of_the_specification() -> None:
    """Every byte of a proof of an event is where C2SP tlog-proof has it."""
    proof = event_proof(2, 4, shown=b'{"note":{}}')
    extra = BODIES[2] + b'\n{"note":{}}'
    path = [b64encode(each).decode() for each in (LOG.leaves[3], LOG.nodes[1, 0])]
    assert proof.to_text() == (
        "c2sp.org/tlog-proof@v1\n"
        f"extra {b64encode(extra).decode()}\n"
        "index 2\n"
        f"{path[0]}\n{path[1]}\n"
        "\n"
        f"tracker/test\n4\n{b64encode(LOG.roots[4]).decode()}\n"
        "\n"
        f"{SIGNATURE.to_line()}"
    )


@pytest.mark.parametrize("text", [PUBLISHED, WITNESSED], ids=["tlog-proof", "tlog-witness"])
def test_published_examples_are_read_and_written_unchanged(text: str) -> None:
    """The examples of both specifications come out byte for byte as they went in."""
    canonical = text.replace("MS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ", "MS1kYXJ3aW4tYXJt")
    proof = parse_proof(canonical.encode())
    assert proof.to_text() == canonical
    assert len(proof.path) in (4, 5)


def test_every_proof_is_read_back_as_it_was() -> None:
    """Of every event under every size, and between every two sizes, and each of them holds."""
    for size in range(1, 20):
        for index in range(size):
            proof = event_proof(index, size)
            assert parse_proof(proof.to_text().encode()) == proof
            assert proof.holds()
        for old in range(size + 1):
            growth = consistency(old, size)
            assert parse_proof(growth.to_text().encode()) == growth
            assert growth.holds(Checkpoint("kept", old, LOG.roots[old]))


@pytest.mark.parametrize("shown", [b"", b"{}", b"two\nlines", b"\xff"])
def test_what_is_shown_comes_back_as_it_was(shown: bytes) -> None:
    """Whatever follows the body's line end is kept for whoever reads texts."""
    proof = event_proof(2, 4, shown)
    assert parse_proof(proof.to_text().encode()) == proof


def test_the_body_needs_no_line_of_texts() -> None:
    """Where nothing is shown, extra is the body and no byte more."""
    proof = parse_proof(TEXT.encode())
    assert isinstance(proof, EventProof)
    assert (proof.body, proof.shown) == (BODIES[2], None)


# --- one bit ----------------------------------------------------------------------------------


def changes(proof: EventProof, bit: int) -> list[EventProof]:
    """Every way to change one bit of body, path, or root, and other indices and sizes."""
    own = proof.checkpoint
    at = bit % (len(proof.body) * 8)
    changed = [
        evolve(proof, body=with_a_bit_changed(proof.body, at)),
        evolve(proof, checkpoint=evolve(own, root=with_a_bit_changed(own.root, bit))),
        *(evolve(proof, index=proof.index ^ 1 << number) for number in range(8)),
    ]
    for number, digest in enumerate(proof.path):
        path = list(proof.path)
        path[number] = with_a_bit_changed(digest, bit)
        changed.append(evolve(proof, path=tuple(path)))
    return changed


def any_bit(index: int, size: int, bit: int) -> None:
    proof = event_proof(index % size, size)
    assert proof.holds()
    for changed in changes(proof, bit):
        assert not changed.holds()


BITS = {"index": st.integers(0, 39), "size": st.integers(1, 40), "bit": st.integers(0, 255)}


@given(**BITS)
def test_any_single_bit_that_is_changed_makes_it_fail(index: int, size: int, bit: int) -> None:
    """A bit of the body, the index, a hash of the path or the root: the proof holds no more."""
    any_bit(index, size, bit)


@pytest.mark.parametrize(
    "bug",
    [
        lambda leaf, index, size, path, root: True,
        lambda leaf, index, size, path, root: index < size,
        lambda leaf, index, size, path, root: (
            verify_inclusion(leaf, index, size, path, root)
            or verify_inclusion(leaf, index ^ 1, size, path, root)
        ),
    ],
    ids=["always", "never looks", "its neighbour's place will do"],
)
def test_a_seeded_bug_is_noticed(monkeypatch: pytest.MonkeyPatch, bug: object) -> None:
    """A check that lets something pass is seen to let a changed bit pass."""
    monkeypatch.setattr("tracker.domain.proofs.verify_inclusion", bug)
    draw = random.Random(6962)
    drawn = [(draw.randrange(40), draw.randrange(1, 41), draw.randrange(256)) for _ in range(200)]
    with pytest.raises(AssertionError):
        list(starmap(any_bit, drawn))


@given(data=st.data())
def test_any_changed_character_is_refused_or_fails_or_changes_nothing_proved(
    data: st.DataObject,
) -> None:
    """A proof whose text was changed in one place is no other proof that holds."""
    size = data.draw(st.integers(1, 40))
    proof = event_proof(data.draw(st.integers(0, size - 1)), size)
    told = bytearray(proof.to_text().encode())
    at = data.draw(st.integers(0, len(told) - 1))
    told[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        read = parse_proof(bytes(told))
    except Refused:
        return
    assert isinstance(read, EventProof)
    if read.holds():  # only what the proof does not cover: the name of the log, a signature
        same = evolve(read, checkpoint=proof.checkpoint)
        assert same == proof
        assert (read.checkpoint.size, read.checkpoint.root) == (size, LOG.roots[size])


def test_a_proof_of_growth_needs_the_checkpoint_it_begins_with() -> None:
    """From another size or another root it does not hold."""
    growth = consistency(5, 9)
    right = Checkpoint("kept", 5, LOG.roots[5])
    assert growth.holds(right)
    assert not growth.holds(evolve(right, size=4, root=LOG.roots[4]))
    assert not growth.holds(evolve(right, root=LOG.roots[4]))
    assert not evolve(growth, old=4).holds(evolve(right, size=4))


# --- strangers' files -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no proof that can be read"),
        ("{}", "no proof that can be read"),
        (TEXT.replace("@v1", "@v2"), "no proof that can be read"),
        (" " + TEXT, "no proof that can be read"),
        ("\ufeff" + TEXT, "no proof that can be read"),
        (TEXT.replace("\n", "\r\n"), "carriage returns"),
        (TEXT.replace("extra ", "Extra "), "brings no event"),
        ("\n".join(line for line in TEXT.split("\n") if "extra" not in line), "brings no event"),
        (TEXT.replace("extra ", "extra  "), "the extra ' "),
        (TEXT.replace("index 2\n", ""), "in a line `index`"),
        (TEXT.replace("index 2", "index 02"), "the index '02' is not a decimal number"),
        (TEXT.replace("index 2", "index -2"), "the index '-2' is not"),
        (TEXT.replace("index 2", "index " + "9" * 5000), "is not a decimal number"),
        (TEXT.replace("index 2", "index 2\nAA=="), "hash 1 of the proof has 1 bytes"),
        (TEXT.replace("index 2", "index 2\n!"), "the hash in line 1 of the path '!' is not base64"),
        (TEXT.replace("index 2", "index 2" + "\nAA==" * 64), "66 hashes, and no log needs over 63"),
        (TEXT.partition("\n\n")[0], "right after a blank line"),
        (TEXT.partition("\n\n")[0] + "\n\n", "below the path of the proof: the checkpoint file"),
        (TEXT[:-1], "below the path of the proof: the checkpoint file ends inside a line"),
        (TEXT.replace("\n\n", "\n\n\n", 1), "with one checkpoint, right after a blank line"),
        (TEXT + checkpoint_of(5).to_note(), "with one checkpoint"),
        ("old x\n\n" + checkpoint_of(5).to_note(), "the size 'x' is not"),
        ("old 3\nAA==\n\n" + checkpoint_of(5).to_note(), "hash 1 of the proof has 1 bytes"),
    ],
)
def test_what_is_no_proof_is_refused_with_its_reason(text: str, reason: str) -> None:
    """A file that is no proof is refused in one sentence that says what is wrong with it."""
    with pytest.raises(Refused, match=reason) as refusal:
        parse_proof(text.encode())
    assert len(str(refusal.value)) < 250
    assert str(refusal.value).isprintable()


def test_the_longest_path_is_taken_and_no_longer_one() -> None:
    """63 hashes: a log of more events than a position can count would need another."""
    most, own = (bytes(32),) * 63, checkpoint_of(4)
    assert EventProof(b"{}", 0, most, own).path == most
    assert ConsistencyProof(3, most, own).path == most
    text = ConsistencyProof(3, most, own).to_text()
    assert parse_proof(text.encode()) == ConsistencyProof(3, most, own)
    too_long = "the proof has 64 hashes, and no log needs over 63"
    with pytest.raises(Refused) as refusal:
        EventProof(b"{}", 0, (*most, bytes(32)), own)
    assert str(refusal.value) == too_long
    with pytest.raises(Refused) as refusal:
        parse_proof(text.replace("old 3\n", "old 3\nAA==\n").encode())
    assert str(refusal.value) == too_long


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            TEXT.replace("\n", "\r\n"),
            "the proof has carriage returns: save it with plain newlines",
        ),
        (
            TEXT.partition("\n\n")[0],
            (
                "the proof does not end with one checkpoint, right after a blank line: "
                "fetch it again, whole, down to its last line end"
            ),
        ),
        ("", "this is no proof that can be read here: a proof is made with: tracker prove"),
        (
            TEXT.replace("extra ", "Extra "),
            (
                "the proof brings no event with it, in a line `extra`: a proof is made with: "
                "tracker prove"
            ),
        ),
        (
            TEXT.replace("index ", "Index "),
            (
                "the proof does not say which event it is of, in a line `index`: "
                "a proof is made with: tracker prove"
            ),
        ),
    ],
)
def test_what_is_said_of_a_file_that_is_no_proof(text: str, sentence: str) -> None:
    """Word for word, with the way out."""
    with pytest.raises(Refused) as refusal:
        parse_proof(text.encode())
    assert str(refusal.value) == sentence


def test_bytes_that_are_no_text_are_refused() -> None:
    """What is not UTF-8 is no proof."""
    with pytest.raises(Refused, match="not UTF-8"):
        parse_proof(b"\xff\xfe" + TEXT.encode())


@given(
    data=st.binary(max_size=200)
    | st.text(st.sampled_from("old index extra 12\nAA=+/")).map(
        lambda text: (text if text.startswith("old") else TEXT[:30] + text).encode()
    )
)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """No bytes whatever end otherwise than in a proof or in a refusal."""
    try:
        told = parse_proof(data).to_text().encode()
    except Refused:
        return
    assert told == data
