"""What a proof proves: held against its own root, kept checkpoints, keys, and its own words."""

from __future__ import annotations

import hashlib
import io
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from tests.domain.test_merkle import Log
from tests.exchange.test_signing import KEY, PUBLIC
from tests.logs import canonical
from tracker.cli import verify_proof
from tracker.domain.checkpoint import Checkpoint
from tracker.domain.merkle import EMPTY_ROOT, consistency_proof, inclusion_proof, leaf_hash
from tracker.domain.proofs import ConsistencyProof, EventProof
from tracker.errors import CalledWrongly, Damaged, Refused, TrackerError, Unavailable
from tracker.exchange import proof_file
from tracker.exchange.proof_file import LARGEST_BYTES, Proof, check
from tracker.exchange.signing import sign, verifier_key

SALT = bytes(range(16))
NOTE = "Überbringer: a desk"


def body(position: int, **changed: Any) -> dict[str, Any]:
    """The parsed body of a development."""
    return {
        "schema": 1,
        "position": position,
        "event_id": f"00000000-0000-7000-8000-{position:012}",
        "initiative": "dam",
        "version": position,
        "kind": "recorded",
        "type": "announced",
        "recorded_at": "2025-12-08T09:00:00.000000Z",
        "time": "witnessed",
        "recorded_by": "desk",
        "content": {
            "mode": "occurred",
            "note": {"sha256": hashlib.sha256(SALT + NOTE.encode()).hexdigest()},
            "on": {
                "edtf": "2025-12-05",
                "hi": "2025-12-05",
                "lo": "2025-12-05",
                "text": "2025-12-05",
            },
            "sources": [{"url": "https://example.org/a"}],
        },
    } | changed


SIZE = 7
BODIES = [canonical(body(position)).encode() for position in range(1, SIZE + 1)]


class Kept:
    """A log of these bodies, its checkpoints and its proofs."""

    def __init__(self, bodies: list[bytes], origin: str = "tracker/test") -> None:
        self.bodies, self.origin = bodies, origin
        self.log = Log([leaf_hash(each) for each in bodies])

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(self.origin, size, self.log.roots[size])

    def proof(self, index: int, size: int, shown: object = None) -> EventProof:
        line = None if shown is None else canonical(shown).encode()
        path = inclusion_proof(index, size, self.log.node)
        return EventProof(self.bodies[index], index, path, self.checkpoint(size), line)

    def growth(self, old: int, new: int) -> ConsistencyProof:
        path = consistency_proof(old, new, self.log.node)
        return ConsistencyProof(old, path, self.checkpoint(new))


DESK = Kept(BODIES)
DISCLOSED = {"note": {"salt": SALT.hex(), "text": NOTE}}


def fault(kind: type[TrackerError], proof: Proof, *kept: Checkpoint, **also: Any) -> str:
    """The sentence with which a proof is turned down."""
    with pytest.raises(kind) as error:
        check(proof, kept or None, **also)
    assert type(error.value) is kind
    said = str(error.value)
    assert said.isprintable()
    return said


# --- one event --------------------------------------------------------------------------------


def test_a_proof_is_held_against_the_kept_checkpoint_of_its_size() -> None:
    """Of several that were kept, those of its log and its size count, and are named."""
    kept = [DESK.checkpoint(3), DESK.checkpoint(5), Kept(BODIES[::-1], "other").checkpoint(5)]
    proven = check(DESK.proof(2, 5), kept)
    assert proven.kept == (DESK.checkpoint(5),)
    assert proven.event is not None
    assert proven.event.handle == "dam#3"


def test_without_a_kept_checkpoint_the_path_alone_is_checked() -> None:
    """There is nothing to hold it against; that is said, not refused."""
    assert check(DESK.proof(2, 5)).kept == ()


def test_another_log_is_told_apart() -> None:
    """A proof under a root that is not the one that was kept does not hold."""
    forged = Kept([*BODIES[:1], canonical(body(2, type="denied")).encode(), *BODIES[2:]])
    said = fault(Damaged, forged.proof(4, 5), DESK.checkpoint(5))
    assert "altered, removed or reordered" in said
    assert DESK.checkpoint(5).root.hex() in said
    assert "of another log" in fault(Damaged, DESK.proof(4, 5), Kept(BODIES, "else").checkpoint(5))


def test_a_checkpoint_of_another_size_proves_nothing() -> None:
    """It names the sizes that were kept and the way to a proof that fits."""
    said = fault(Damaged, DESK.proof(2, 5), DESK.checkpoint(3), DESK.checkpoint(6))
    assert "those kept are of 3, 6" in said
    assert "--against" in said


def test_a_body_that_is_not_in_the_log() -> None:
    """An altered body does not hold, and nothing of it is repeated."""
    proof = evolve(DESK.proof(2, 5), body=BODIES[2].replace(b"announced", b"cancelled"))
    said = fault(Damaged, proof)
    assert "does not hold" in said
    assert "cancelled" not in said


# --- texts ------------------------------------------------------------------------------------


def test_a_text_that_is_shown_is_read_and_the_others_are_named() -> None:
    """What the body commits to is shown, or named as not shown."""
    shown = check(DESK.proof(2, 5, DISCLOSED))
    hidden = check(DESK.proof(2, 5))
    assert shown.event is not None
    assert shown.event.what.account.note == NOTE  # type: ignore[union-attr]
    assert (shown.not_shown, hidden.not_shown) == ((), ("note",))


def swallowed() -> dict[str, Any]:
    """The same bytes hashed, with the beginning of the text passed off as salt."""
    first = "Überbringer: "
    salt = (SALT + first.encode()).hex()
    return {"note": {"salt": salt, "text": NOTE.removeprefix(first)}}


@pytest.mark.parametrize(
    ("shown", "kind", "reason"),
    [
        ({"note": {"salt": SALT.hex(), "text": "another"}}, Damaged, "not the one it was written"),
        ({"note": {"salt": "00" * 16, "text": NOTE}}, Damaged, "not the one it was written"),
        ({"whim": {"salt": SALT.hex(), "text": NOTE}}, Damaged, "does not commit to"),
        (swallowed(), Damaged, "salt of 30 bytes"),
        ({"note": {"salt": SALT.hex().upper(), "text": NOTE}}, Refused, "small hexadecimal"),
        ({"note": {"salt": SALT.hex()}}, Refused, "in another way"),
        ({"note": NOTE}, Refused, "in another way"),
        ({"note": {"salt": SALT.hex(), "text": 7}}, Refused, "a text that is no text"),
        (["note"], Refused, "a disclosed that is no object"),
        (7, Refused, "a disclosed that is no object"),
    ],
)
def test_a_text_that_is_not_what_was_recorded(
    shown: object, kind: type[TrackerError], reason: str
) -> None:
    """A text is the one that the body commits to, whole, under its salt of 16 bytes."""
    assert reason in fault(kind, DESK.proof(2, 5, shown))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b'{"note": 1}',
        b'{"note":1,"note":1}',
        b"\xff",
        b"NaN",
        b"1.5",
        b"[" * 100_000,
        b"9" * 10_000,
        b'{"note":"\\ud800"}',
    ],
    ids=range(10),
)
def test_texts_that_are_no_canonical_json(line: bytes) -> None:
    """Odd, deep and huge JSON gets the same one sentence."""
    proof = evolve(DESK.proof(2, 5), shown=line)
    assert "one line of canonical JSON" in fault(Refused, proof)


# --- the words of the event -------------------------------------------------------------------


def alone(data: bytes) -> EventProof:
    """The proof of a log of one, made up by somebody who can hash."""
    return EventProof(data, 0, (), Checkpoint("made-up", 1, leaf_hash(data)))


@pytest.mark.parametrize(
    ("data", "kind", "reason"),
    [
        (b"", Refused, "that is not JSON"),
        (b"\xff", Refused, "not UTF-8"),
        (b"null", Refused, "not canonical JSON"),
        (b"{}", Refused, "without a proper schema"),
        (b"[" * 100_000, Refused, "that is not JSON"),
        (b"9" * 10_000, Refused, "that is not JSON"),
        (b'{"a":1e999}', Refused, "that is not JSON"),
        (canonical(body(1) | {"position": True}).encode(), Refused, "without a proper position"),
        (canonical(body(1, recorded_at="now")).encode(), Refused, "cannot be read"),
        (canonical(body(1, content={})).encode(), Refused, "cannot be read"),
        (canonical(body(1, mood="good")).encode(), Refused, "no tracker writes"),
        (canonical(body(1, kind="foretold")).encode(), Unavailable, "install a newer tracker"),
        (canonical(body(1, schema=99)).encode(), Unavailable, "newer"),
        (canonical(body(2)).encode(), Damaged, "says of itself that it is @2"),
    ],
    ids=range(14),
)
def test_what_was_hashed_and_is_no_event(
    data: bytes, kind: type[TrackerError], reason: str
) -> None:
    """Anybody can hash anything: what is no event of a log here is refused in one sentence."""
    assert reason in fault(kind, alone(data))


ODD: tuple[Any, ...] = (
    None,
    True,
    7,
    "",
    "\x1b[31m",
    "9999-99-99",
    [],
    {},
    ["a"],
    [[]],
    {"sha256": 7},
)
GOLDEN = Path(__file__).parents[2] / "fixtures" / "events" / "v1"


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where every part of a parsed body is."""
    inner: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, part in inner:
        yield (*path, key)
        yield from places(part, (*path, key))


@pytest.mark.parametrize("name", sorted(each.name for each in GOLDEN.glob("*.json")))
def test_a_body_with_anything_in_any_place_is_told_or_refused(name: str) -> None:
    """Whatever stands wherever in a body, it is read, shown in words and JSON, or one sentence."""
    golden = json.loads((GOLDEN / name).read_text(encoding="utf-8"))["body"]
    outcomes = set()
    for path in places(golden):
        for odd in ODD:
            changed = json.loads(json.dumps(golden | {"position": 1}))
            holder = changed
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = odd
            try:
                proven = check(alone(canonical(changed).encode()))
            except (Refused, Damaged, Unavailable) as error:
                outcomes.add(type(error))
            else:
                assert all(line.isprintable() for line in verify_proof._lines(proven))
                json.dumps(verify_proof._item(proven))
    assert Refused in outcomes


# --- consistency ------------------------------------------------------------------------------


def test_growth_is_proved_from_every_kept_size_to_every_later_one() -> None:
    """Between every two sizes, the empty log included."""
    for new in range(1, SIZE + 1):
        for old in range(new + 1):
            before = DESK.checkpoint(old)
            proven = check(DESK.growth(old, new), [before])
            assert proven.kept == (before,)
            assert proven.event is None


def test_growth_that_is_none() -> None:
    """A rewritten log goes on from nothing that was kept of the right one."""
    forged = Kept([*BODIES[:1], canonical(body(2, type="denied")).encode(), *BODIES[2:]])
    for old in range(2, SIZE):
        assert "does not hold" in fault(Damaged, forged.growth(old, SIZE), DESK.checkpoint(old))
    both = DESK.checkpoint(1), DESK.checkpoint(SIZE)
    assert "not the one that was kept" in fault(Damaged, forged.growth(1, SIZE), *both)


def test_growth_needs_what_it_begins_with() -> None:
    """Without the kept checkpoint of its size there is nothing to prove."""
    growth = DESK.growth(3, 6)
    assert "name its file with --checkpoint" in fault(CalledWrongly, growth)
    assert "those kept are of 5" in fault(Damaged, growth, DESK.checkpoint(5))
    assert "another log" in fault(Damaged, growth, Kept(BODIES, "else").checkpoint(3))
    empty = Checkpoint("tracker/empty", 0, EMPTY_ROOT)
    assert check(DESK.growth(0, 6), [empty]).kept == (empty,)


def test_the_first_sizes_of_many_are_named() -> None:
    """A file of checkpoints of many years is not read out."""
    kept = [DESK.checkpoint(size) for size in (1, 2, 3, 4, 6)]
    assert "of 1, 2, …, 6" in fault(Damaged, DESK.proof(2, 5), *kept)


# --- keys -------------------------------------------------------------------------------------


def test_the_checkpoint_in_a_proof_is_signed_by_the_key() -> None:
    """A key that is demanded signed it, under a name that is told; another did not."""
    own = DESK.checkpoint(5)
    vkey = verifier_key(KEY, own.origin)
    for proof in (DESK.proof(2, 5), DESK.growth(2, 5)):
        signed = evolve(proof, checkpoint=sign(own, KEY, own.origin))
        for public in (PUBLIC, vkey.encode()):
            assert check(signed, [DESK.checkpoint(2), own], public).key == vkey
        said = fault(Damaged, proof, DESK.checkpoint(2), own, public=PUBLIC)
        assert "not signed with this key" in said


# --- files ------------------------------------------------------------------------------------


def test_a_file_without_an_end_is_not_read_to_it() -> None:
    """What is larger than any proof is refused, and no more than that is read of it."""

    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            assert 0 < size <= LARGEST_BYTES + 1 - self.given
            self.given += size
            return b"\0" * size

    endless = Endless()
    with pytest.raises(Refused, match="longer than 16,777,216 bytes"):
        proof_file.read("endless", endless)  # type: ignore[arg-type]
    assert endless.given == LARGEST_BYTES + 1


def _nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


HOSTILE: dict[str, Callable[[random.Random], bytes]] = {
    "noise": lambda draw: draw.randbytes(2000),
    "a long line": lambda draw: b"c2sp.org/tlog-proof@v1\nextra " + b"A" * 1_000_000,
    "many hashes": lambda draw: (
        b"old 3\n" + b"A" * 43 + b"=\n" * 2 + (b"A" * 43 + b"=\n") * 100_000
    ),
    "nested": lambda draw: alone(_nested(50_000)).to_text().encode(),
    "a large size": lambda draw: (
        DESK.proof(2, 5).to_text().replace("\n5\n", f"\n{2**63 - 1}\n").encode()
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_in_one_sentence(name: str) -> None:
    """Noise, length, depth and size: each is refused or does not hold, and never a fault."""
    data = HOSTILE[name](random.Random(1))
    with pytest.raises((Refused, Damaged)) as error:
        check(proof_file.read("odd", io.BytesIO(data)))
    assert len(str(error.value)) < 300


def test_reading_a_proof_needs_no_database() -> None:
    """Neither SQLAlchemy nor Alembic, and without a key no cryptography, is imported."""
    program = (
        "import sys, tracker.exchange.proof_file, tracker.exchange.checkpoint_file\n"
        "print([n for n in ('sqlalchemy', 'alembic', 'cryptography') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert json.loads(done.stdout) == []
