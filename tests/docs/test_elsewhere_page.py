"""What the page about other tools promises of the tables holds, and so do its warnings."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.docs.test_examples import ROOT
from tracker.cli import tracker as command_line
from tracker.domain.viewpoint import OPEN

PAGE = (ROOT / "docs" / "how-to" / "open-the-log-elsewhere.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \|[^|]*\|([^|]*)\| (stable|to read) \|$", re.MULTILINE)


def typed(log: Path, *words: str) -> Result:
    return CliRunner().invoke(command_line, ["--db", str(log), "--by", "mira", *words])


def sqlite_utils(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """The program itself, as somebody runs it in a shell."""
    program = Path(sys.executable).with_name("sqlite-utils")
    return subprocess.run([program, *words], check=False, capture_output=True, text=True)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The history that ships."""
    path = tmp_path / "desk.db"
    assert typed(path, "demo").exit_code == 0
    return path


def test_the_tables_are_as_the_page_has_them(log: Path) -> None:
    """Each table that the page names is there, with every column that it names."""
    named = {name: re.findall(r"`(\w+)`", columns) for name, columns, _ in ROW.findall(PAGE)}
    assert set(named) >= {"events", "fact_versions", "initiatives"}
    with closing(sqlite3.connect(log)) as connection:
        for table, columns in named.items():
            there = connection.execute(f"SELECT name FROM pragma_table_info('{table}')")
            assert set(columns) <= {name for (name,) in there}, table


def test_what_is_called_stable_is_what_a_log_export_holds(log: Path) -> None:
    """The stable columns of events are fields of the export that a log is restored from."""
    (columns,) = (columns for name, columns, _ in ROW.findall(PAGE) if name == "events")
    line = json.loads(typed(log, "export", "--format", "log").stdout.splitlines()[0])
    assert set(re.findall(r"`(\w+)`", columns)) <= set(line) | set(json.loads(line["body"]))


def test_the_numbers_on_the_page_are_those_of_the_tables() -> None:
    """What stands is marked with the number that the page gives."""
    assert str(OPEN) in PAGE


def test_a_log_opened_to_be_read_cannot_be_written(log: Path) -> None:
    """With mode=ro SQLite refuses every statement that writes, whatever the table."""
    with closing(sqlite3.connect(f"file:{log}?mode=ro", uri=True)) as connection:
        for table in ("events", "fact_versions"):
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                connection.execute(f"DELETE FROM {table}")


def test_a_copy_on_a_disk_that_is_read_only_needs_no_other_file(log: Path, tmp_path: Path) -> None:
    """Opened as immutable, a backup is read and nothing is laid beside it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    assert typed(log, "backup", str(folder / "look.db")).exit_code == 0
    with closing(sqlite3.connect(f"file:{folder}/look.db?immutable=1", uri=True)) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (19,)
        assert [path.name for path in folder.iterdir()] == ["look.db"]


def test_other_tools_cannot_change_an_event(log: Path) -> None:
    """A tool that opens the log to write is refused by the database itself."""
    done = sqlite_utils(log, "delete from events")
    assert (done.returncode, "append-only" in done.stderr) == (1, True)
    assert typed(log, "verify").exit_code == 0


def test_read_tables_that_were_spoilt_are_found_and_mended(log: Path) -> None:
    """What another tool does to a read table is found by verify, and mended by rebuild."""
    done = sqlite_utils(log, "update fact_versions set phase = 'serial-production'")
    assert done.returncode == 0, done.stderr
    assert typed(log, "verify").exit_code == 7
    assert typed(log, "rebuild").exit_code == 0
    assert typed(log, "verify").exit_code == 0
