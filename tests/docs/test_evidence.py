"""The verifier in docs/explanation/evidence.md: a program of its own, run where tracker is not.

It is written out of the page and run by an interpreter that has nothing but its standard library.
One process checks many proofs, as ``check.py PROOF CHECKPOINTS`` would check each.
"""

from __future__ import annotations

import io
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from attrs import evolve, frozen

from tests.exchange.test_proof_file import BODIES, DESK, DISCLOSED, Kept, alone, body, swallowed
from tests.logs import canonical
from tracker.domain.checkpoint import Checkpoint
from tracker.domain.merkle import leaf_hash, node_hash
from tracker.domain.proofs import EventProof
from tracker.errors import CalledWrongly, Damaged, Refused
from tracker.exchange import checkpoint_file, proof_file
from tracker.exchange.proof_file import Proof, check

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "evidence.md"
LONGEST = 60

DRIVER = """\
import io, json, runpy, sys
from contextlib import redirect_stdout
outcomes = []
for proof, known in json.load(sys.stdin):
    sys.argv, said = ["check.py", proof, known], io.StringIO()
    try:
        with redirect_stdout(said):
            runpy.run_path("check.py")
    except SystemExit as end:
        outcomes.append([end.code in (0, None), said.getvalue() or str(end.code)])
    except Exception as error:
        outcomes.append([False, type(error).__name__])
print(json.dumps(outcomes))
"""


@frozen
class Verifier:
    """The program of the page in a folder, and an interpreter that cannot import tracker."""

    folder: Path

    @classmethod
    def of_the_page(cls, folder: Path) -> Verifier:
        """Write down what the page has."""
        (folder / "check.py").write_text(program(), encoding="utf-8")
        return cls(folder)

    def isolated(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """An interpreter without site-packages, without $PYTHONPATH, far from the checkout."""
        return subprocess.run(
            [sys.executable, "-I", "-S", *words],
            check=False,
            cwd=self.folder,
            input=given,
            capture_output=True,
            text=True,
        )

    def outcomes(self, cases: Iterable[tuple[str, str]]) -> list[tuple[bool, str]]:
        """Of each (proof, checkpoints): whether it holds, and what is said."""
        names = []
        for number, texts in enumerate(cases):
            paths = [self.folder / f"{number}.{kind}" for kind in ("proof", "kept")]
            for path, text in zip(paths, texts, strict=True):
                path.write_bytes(text.encode())
            names.append([path.name for path in paths])
        done = self.isolated("-c", DRIVER, given=json.dumps(names))
        assert done.returncode == 0, done.stderr
        return [(holds, said) for holds, said in json.loads(done.stdout)]


def program() -> str:
    (found,) = re.findall(
        r"^<!-- file: check\.py -->\n\n```python\n(.*?)^```$",
        PAGE.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    return str(found)


def notes(*kept: Checkpoint) -> str:
    return "".join(each.to_note() for each in kept)


EVERY = notes(*(DESK.checkpoint(size) for size in range(8)))


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Verifier:
    return Verifier.of_the_page(tmp_path_factory.mktemp("stranger"))


def test_it_is_short_and_shares_nothing(verifier: Verifier) -> None:
    """Sixty lines, the standard library alone, run where tracker cannot be imported."""
    assert len(program().splitlines()) <= LONGEST
    imported = re.findall(r"^(?:import|from) (.*)$", program(), re.MULTILINE)
    assert imported == ["base64, hashlib, json, sys"]
    missing = verifier.isolated("-c", "import tracker")
    assert missing.returncode == 1
    assert "No module named 'tracker'" in missing.stderr


def test_it_runs_as_the_page_says(verifier: Verifier) -> None:
    """Exit code 0 and the words of the event where a proof holds, 1 and as much where not."""
    (verifier.folder / "good").write_text(DESK.proof(2, 5).to_text(), encoding="utf-8")
    (verifier.folder / "kept").write_text(EVERY, encoding="utf-8")
    held = verifier.isolated("check.py", "good", "kept")
    assert (held.returncode, held.stdout) == (0, f"HOLDS: {BODIES[2].decode()}\n")
    (verifier.folder / "kept").write_text(notes(DESK.checkpoint(4)), encoding="utf-8")
    failed = verifier.isolated("check.py", "good", "kept")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.startswith("DOES NOT HOLD: ")


def test_every_proof_holds_there_too(verifier: Verifier) -> None:
    """Of every event under every size, with and without texts; between every two sizes."""
    proofs: list[Proof] = [
        DESK.proof(index, size, shown)
        for size in range(1, 8)
        for index in range(size)
        for shown in (None, DISCLOSED)
    ]
    proofs += [DESK.growth(old, new) for new in range(1, 8) for old in range(new + 1)]
    large = Kept([canonical(body(position)).encode() for position in range(1, 301)])
    proofs += [large.proof(index, 300) for index in range(0, 300, 7)]
    proofs += [large.growth(old, 300) for old in range(1, 300, 7)]
    known = EVERY + notes(*(large.checkpoint(size) for size in range(8, 301)))
    outcomes = verifier.outcomes((proof.to_text(), known) for proof in proofs)
    assert [said for holds, said in outcomes if not holds] == []
    assert len(outcomes) > 150


FORGED = Kept([*BODIES[:1], canonical(body(2, type="denied")).encode(), *BODIES[2:]])


def tampered() -> dict[str, tuple[Proof, str]]:
    """Proofs that do not hold, each for a reason of its own."""
    right = DESK.proof(2, 5)
    lie = evolve(right, body=BODIES[2].replace(b"announced", b"cancelled"))
    text = {"note": DISCLOSED["note"] | {"text": "another"}}
    above = Checkpoint("above", 1, node_hash(bytes(32), leaf_hash(BODIES[0])))
    return {
        "another body": (lie, EVERY),
        "another index": (evolve(right, index=1), EVERY),
        "an index beyond the log": (evolve(right, index=5), EVERY),
        "a hash too few": (evolve(right, path=right.path[:-1]), EVERY),
        "a hash too many": (evolve(right, path=(*right.path, bytes(32))), EVERY),
        "a path above the root": (EventProof(BODIES[0], 0, (bytes(32),), above), notes(above)),
        "hashes in another order": (evolve(right, path=right.path[::-1]), EVERY),
        "a rewritten log": (FORGED.proof(2, 5), EVERY),
        "a made-up log": (alone(canonical(body(1)).encode()), EVERY),
        "another size": (evolve(right, checkpoint=evolve(right.checkpoint, size=6)), EVERY),
        "no kept checkpoint of its size": (right, notes(DESK.checkpoint(4), DESK.checkpoint(6))),
        "a kept checkpoint of another log": (right, notes(Kept(BODIES, "else").checkpoint(5))),
        "another text": (DESK.proof(2, 5, text), EVERY),
        "a text cut at its beginning": (DESK.proof(2, 5, swallowed()), EVERY),
        "an event in another's place": (
            Kept([BODIES[1], BODIES[0]]).proof(0, 2),
            notes(Kept([BODIES[1], BODIES[0]]).checkpoint(2)),
        ),
        "growth of a rewritten log": (FORGED.growth(4, 7), EVERY),
        "growth to another root": (FORGED.growth(1, 7), EVERY),
        "growth from another size": (evolve(DESK.growth(5, 7), old=4), EVERY),
        "growth from nothing kept": (DESK.growth(5, 7), notes(DESK.checkpoint(7))),
        "growth with a hash too many": (
            evolve(DESK.growth(5, 7), path=(*DESK.growth(5, 7).path, bytes(32))),
            EVERY,
        ),
        "growth with no hash": (evolve(DESK.growth(5, 7), path=()), EVERY),
    }


def test_what_was_tampered_with_does_not_hold(verifier: Verifier) -> None:
    """Each kind of forgery fails there, and in tracker as well."""
    cases = tampered()
    outcomes = verifier.outcomes((proof.to_text(), known) for proof, known in cases.values())
    taken_in = [name for name, (holds, _) in zip(cases, outcomes, strict=True) if holds]
    assert taken_in == []
    for name, (proof, known) in cases.items():
        assert not holds_here(proof.to_text().encode(), known), name


def holds_here(data: bytes, known: str) -> bool | None:
    """What tracker says of the same: None for what it does not take for a proof."""
    kept = checkpoint_file.read([("kept", known.encode())])
    try:
        check(proof_file.read("proof", io.BytesIO(data)), kept)
    except (Refused, CalledWrongly):
        return None
    except Damaged:
        return False
    return True


def test_both_say_the_same_of_what_was_changed(verifier: Verifier) -> None:
    """A character changed anywhere: neither takes for true what the other finds false."""
    draw = random.Random(6962)
    originals: list[Proof] = [DESK.proof(2, 5, DISCLOSED), DESK.proof(6, 7), DESK.growth(3, 7)]
    alphabet = "AZaz09+/=\n e"
    changed = []
    for _ in range(400):
        text = draw.choice(originals).to_text()
        at = draw.randrange(len(text))
        changed.append(text[:at] + draw.choice(alphabet) + text[at + draw.randrange(2) :])
    outcomes = verifier.outcomes((text, EVERY) for text in changed)
    ours = [holds_here(text.encode(), EVERY) for text in changed]
    # Base64 and numbers in another spelling are no proof here, and the same proof there.
    both = {(here, there) for here, (there, _) in zip(ours, outcomes, strict=True)}
    assert {pair for pair in both if pair[0] is not None} == {(True, True), (False, False)}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('b"\\x00" + body', "body"),
        ('b"\\x01" + left', "left"),
        ("== root == kept.get(size)", "== root"),
        (' and event["position"] == index + 1', ""),
        ("len(salt) == 16 and ", ""),
        ("if last == 0 or len(sibling) != 32:", "if len(sibling) != 32:"),
        ("holds = kept.get(size, root) == root", "holds = True"),
        ("== (before, root)", "== (before, root) or True"),
    ],
)
def test_a_seeded_bug_in_it_is_noticed(tmp_path: Path, right: str, wrong: str) -> None:
    """Take any check out of the program, and these tests see it."""
    assert program().count(right) == 1
    broken = Verifier.of_the_page(tmp_path)
    (tmp_path / "check.py").write_text(program().replace(right, wrong), encoding="utf-8")
    noticed = 0
    for law in (test_every_proof_holds_there_too, test_what_was_tampered_with_does_not_hold):
        try:
            law(broken)
        except AssertionError:
            noticed += 1
    assert noticed
