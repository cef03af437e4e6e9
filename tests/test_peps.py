"""A real history that nobody here wrote: how 736 Python Enhancement Proposals changed status.

Its answers were worked out by a plain fold elsewhere; all 25,905 must come out of the command line.
The history lies beside the checkout and is not copied into it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.databases import Sqlite
from tracker.cli import tracker as command_line

PEPS = Path(__file__).resolve().parents[2] / "shared" / "data" / "peps"
ANSWERS = 25_905

pytestmark = pytest.mark.skipif(
    not PEPS.is_dir() and os.environ.get("CI") != "true",
    reason="the history of the PEPs does not lie beside this checkout",
)


def run(url: str, *words: str) -> str:
    """What a command prints on stdout; it must end well."""
    done = CliRunner().invoke(command_line, ["--db", url, "--by", "peps", *words])
    assert done.exit_code == 0, done.stderr
    return done.stdout


def imported(url: str) -> None:
    """The whole history, in a fresh log."""
    run(
        url,
        "import",
        str(PEPS / "peps.import.jsonl"),
        "--lifecycle",
        str(PEPS / "peps.toml"),
        "--backfill",
    )


def questions() -> list[dict[str, Any]]:
    """The questions, with their answers."""
    lines = (PEPS / "peps.questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def wrong_answers(url: str, asked: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """How many answers were compared, and those that differ."""
    compared, wrong = 0, []
    for question in asked:
        times = {"--as-of": question["as_of"], "--known-at": question["known_at"]}
        given = [word for pair in times.items() if pair[1] is not None for word in pair]
        printed = run(url, "status", "--json", *given)
        phases = {item["initiative"]: item["phase"] for item in json.loads(printed)["items"]}
        for initiative, phase in question["answers"].items():
            compared += 1
            if phases.get(initiative) != phase:
                wrong.append(f"{initiative}: {phases.get(initiative)}, not {phase}")
    return compared, wrong


def root(url: str) -> str:
    """The Merkle root of the log."""
    return str(json.loads(run(url, "status", "--json"))["viewpoint"]["root"])


def test_every_answer_agrees(database_url: str) -> None:
    """Imported with --backfill, all 25,905 answers agree, through the command line."""
    imported(database_url)
    assert wrong_answers(database_url, questions()) == (ANSWERS, [])


def test_importing_twice_appends_nothing(database_url: str) -> None:
    """Importing the same file twice appends nothing the second time."""
    imported(database_url)
    before = root(database_url)
    imported(database_url)
    assert root(database_url) == before


def test_a_rebuild_answers_the_same(database_url: str) -> None:
    """A rebuild finds no difference, and answers the same with the same root."""
    imported(database_url)
    before = root(database_url)
    run(database_url, "rebuild", "--verify")
    assert root(database_url) == before
    compared, wrong = wrong_answers(database_url, questions()[::9])
    assert compared > 1000
    assert wrong == []


def test_a_restored_log_answers_the_same(
    database_url: str, each_postgresql: str, tmp_path: Path
) -> None:
    """An export restored into an empty log of the other database has the same root and answers."""
    imported(database_url)
    exported = tmp_path / "peps.log.jsonl"
    run(database_url, "export", str(exported), "--format", "log")
    with Sqlite().fresh(tmp_path) as sqlite:
        other = each_postgresql if database_url.startswith("sqlite") else sqlite
        run(other, "restore", str(exported))
        assert root(other) == root(database_url)
        run(other, "verify")
        compared, wrong = wrong_answers(other, questions()[::9])
    assert compared > 1000
    assert wrong == []
