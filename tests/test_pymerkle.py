"""pymerkle, a Merkle tree of somebody else's, agrees on random logs.

It is licensed under the GPL, so it is neither a dependency nor imported: the test installs it in an
environment that is thrown away, and talks to it as a process of its own. Where it cannot be
installed the test is left out, but for continuous integration, where it fails.

pymerkle hashes as RFC 6962 does unless told otherwise (a zero byte before a body, a one before a
pair, SHA-256) and splits at the same place. Its inclusion proofs are ours with the leaf in front;
it counts leaves from 1. Its consistency proofs prove the same by other hashes, so that there it is
the verdicts that are compared.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import venv
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.domain.test_merkle import Log, with_a_bit_changed
from tests.exchange.test_proof_file import BODIES
from tracker.domain.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

RELEASE = "pymerkle==7.0.0"

PROGRAM = """\
import json, sys
from pymerkle import InclusionProof, InmemoryTree, InvalidProof
from pymerkle.core import _inclusion_path_layout

def holds(proof, *states, **sizes):
    try:
        proof.verify(*states, algorithm="sha256", security=True, **sizes)
    except InvalidProof:
        return False
    return True

def answer(asked):
    tree = InmemoryTree()
    for body in asked["bodies"]:
        tree.append_entry(bytes.fromhex(body))
    found = {"roots": [tree.get_root(size).hex() for size in range(tree.get_size() + 1)]}
    found["paths"], found["included"] = [], []
    for index, size, leaf, path, root in asked["inclusion"]:
        leaf, root = bytes.fromhex(leaf), bytes.fromhex(root)
        own = tree.prove_inclusion(index + 1, size)
        found["paths"].append([digest.hex() for digest in own.path])
        rule, _ = _inclusion_path_layout(index + 1, size)
        theirs = InclusionProof("sha256", True, size, index + 1, rule,
                                [leaf, *map(bytes.fromhex, path)])
        found["included"].append(holds(theirs, leaf, root, index=index + 1, size=size))
    found["consistent"] = [
        holds(tree.prove_consistency(old, new), bytes.fromhex(before), bytes.fromhex(after),
              prior_size=old, later_size=new)
        for old, new, before, after in asked["consistency"]
    ]
    return found

print(json.dumps([answer(asked) for asked in json.load(sys.stdin)]))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has pymerkle and nothing of ours."""
    folder = tmp_path_factory.mktemp("pymerkle")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    done = subprocess.run(
        [python, "-m", "pip", "--disable-pip-version-check", "-q", "install", RELEASE],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        why = f"{RELEASE} cannot be installed: {done.stderr}"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return python


def asked(python: Path, questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [python, "-I", "-c", PROGRAM],
        check=False,
        input=json.dumps(questions),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


class Case:
    """One log, the questions about it, and what this project says."""

    def __init__(self, bodies: list[bytes], draw: random.Random) -> None:
        self.bodies = bodies
        self.log = Log([leaf_hash(body) for body in bodies])
        self.inclusion: list[list[Any]] = []
        self.included: list[bool] = []
        self.paths: list[list[str]] = []
        self.consistency: list[list[Any]] = []
        self.consistent: list[bool] = []
        for _ in range(12):
            self._ask_inclusion(draw)
            self._ask_consistency(draw)

    def _ask_inclusion(self, draw: random.Random) -> None:
        size = draw.randint(1, len(self.bodies))
        index = draw.randrange(size)
        leaf, root = self.log.leaves[index], self.log.roots[size]
        path = list(inclusion_proof(index, size, self.log.node))
        self.paths.append([leaf.hex(), *(digest.hex() for digest in path)])
        wrong = draw.randrange(4)  # a quarter each: leaf, root, path, nothing
        if wrong == 0:
            leaf = with_a_bit_changed(leaf, draw.randrange(256))
        elif wrong == 1:
            root = with_a_bit_changed(root, draw.randrange(256))
        elif wrong == 2 and path:
            at = draw.randrange(len(path))
            path[at] = with_a_bit_changed(path[at], draw.randrange(256))
        told = [digest.hex() for digest in path]
        self.inclusion.append([index, size, leaf.hex(), told, root.hex()])
        self.included.append(verify_inclusion(leaf, index, size, path, root))

    def _ask_consistency(self, draw: random.Random) -> None:
        new = draw.randint(1, len(self.bodies))
        old = draw.randint(1, new)
        before, after = self.log.roots[old], self.log.roots[new]
        if draw.randrange(3) == 0:
            before = with_a_bit_changed(before, draw.randrange(256))
        proof = consistency_proof(old, new, self.log.node)
        self.consistency.append([old, new, before.hex(), after.hex()])
        self.consistent.append(verify_consistency(old, new, before, after, proof))

    def question(self) -> dict[str, Any]:
        return {
            "bodies": [body.hex() for body in self.bodies],
            "inclusion": self.inclusion,
            "consistency": self.consistency,
        }

    def agrees(self, answer: dict[str, Any]) -> bool:
        return answer == {
            "roots": [root.hex() for root in self.log.roots],
            "paths": self.paths,
            "included": self.included,
            "consistent": self.consistent,
        }


@pytest.mark.slow
def test_pymerkle_agrees_on_random_logs(python: Path) -> None:
    """Every root, every inclusion proof, and every verdict, right or wrong, is the same."""
    draw = random.Random(6962)
    cases = [Case(BODIES, draw)]
    for _ in range(60):
        bodies = [draw.randbytes(draw.randrange(200)) for _ in range(draw.randint(1, 140))]
        cases.append(Case(bodies, draw))
    answers = asked(python, [case.question() for case in cases])
    assert [n for n, case in enumerate(cases) if not case.agrees(answers[n])] == []
    said = [verdict for case in cases for verdict in (*case.included, *case.consistent)]
    assert min(said.count(True), said.count(False)) > 300
    # A comparison that cannot fail compares nothing: leaves without their prefix are seen.
    unprefixed = Case(cases[1].bodies, draw)
    unprefixed.log = Log([sha256(body).digest() for body in unprefixed.bodies])
    assert not unprefixed.agrees(asked(python, [unprefixed.question()])[0])
