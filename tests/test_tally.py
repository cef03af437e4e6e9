"""The table of what was survived: it counts what passed, wherever it ran, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import tally
from tests.tally import Tally

ROOT = Path(__file__).parents[1]
SUITE = """
import pytest

@pytest.mark.parametrize("number", range(4))
def test_kill(tally, number):
    tally.add("kills of a toy", 2)
    tally.add("flat tyres", number)

def test_that_fails(tally):
    tally.add("kills of a toy", 1000)
    assert False

@pytest.mark.skip(reason="to see that nothing is counted")
def test_that_is_left_out(tally):
    tally.add("kills of a toy", 1000)
"""
PAGE = f"# A page\n\n{tally.BEGIN}\nold\n{tally.END}\n\nMore.\n"


def suite(folder: Path, *words: str) -> tuple[int, list[str]]:
    """The exit code and the lines of a run of the toy suite, under the plugin."""
    (folder / "conftest.py").write_text(
        "from tests import tally\n"
        "from tests.tally import fixture\n"
        "pytest_addoption = tally.add_options\n"
        "pytest_configure = tally.configure\n"
    )
    (folder / "test_toy.py").write_text(SUITE)
    (folder / "pytest.ini").write_text(f"[pytest]\npythonpath = {ROOT}\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words, str(folder)]
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()


def counts(lines: list[str]) -> dict[str, int]:
    """The rows of the table in *lines*."""
    split = [line.rpartition("  ") for line in lines]
    return {
        name.strip(): int(count.replace(",", ""))
        for name, _, count in split
        if name.strip() and count.strip().replace(",", "").isdigit()
    }


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "2 workers"])
def test_what_passed_is_counted_wherever_it_ran(tmp_path: Path, workers: list[str]) -> None:
    """Counts of all workers are summed; a test that failed or was left out counts nothing."""
    code, lines = suite(tmp_path, *workers)
    assert code == 1
    expected = {
        "faults survived": 14,
        "kills": 8,
        "other faults": 6,
        "kills of a toy": 8,
        "flat tyres": 6,
    }
    assert counts(lines) == expected, lines


def test_the_table_goes_into_a_page_when_all_passed(tmp_path: Path) -> None:
    """The page keeps what is outside the marks; a run that failed leaves it as it is."""
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert suite(tmp_path, "--tally-into", str(page))[0] == 1
    assert page.read_text() == PAGE
    assert suite(tmp_path, "--tally-into", str(page), "-k", "kill")[0] == 0
    said = page.read_text()
    assert said.startswith("# A page\n\n")
    assert said.endswith("\n\nMore.\n")
    assert "| kills of a toy | 8 |" in said
    assert "old" not in said


def test_totals_come_first() -> None:
    """A count goes into the total that its name begins with, or into the other faults."""
    given = Counter({"processes of a toy": 3, "flat tyres": 1, "bad inputs tried": 1000})
    assert tally.rows(given) == [
        ("faults survived", 1),
        ("bad inputs tried", 1000),
        ("processes", 3),
        ("other faults", 1),
        ("flat tyres", 1),
        ("processes of a toy", 3),
    ]


def test_the_documentation_has_the_table() -> None:
    """It adds up, and holds no path of the machine that made it."""
    text = (ROOT / "docs" / "explanation" / "faults.md").read_text(encoding="utf-8")
    table = text.partition(tally.BEGIN)[2].partition(tally.END)[0]
    found = counts([line.strip("| ").replace(" | ", "  ") for line in table.splitlines()])
    assert found["faults survived"] == sum(found[each] for each in tally.FAULTS)
    assert found["kills"] > 0
    assert found["power cuts"] > 0
    assert "/tmp" not in table


@given(st.just(0))
def test_a_property_may_count_too(tally: Tally, count: int) -> None:
    """The fixture is made once for the session, as Hypothesis asks."""
    tally.add("flat tyres", count)


def test_nothing_is_undone(tally: Tally) -> None:
    """A count never falls."""
    with pytest.raises(AssertionError):
        tally.add("flat tyres", -1)
