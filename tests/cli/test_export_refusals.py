"""What an export does where it cannot be written: one sentence, and nothing that is half there."""

from __future__ import annotations

import os
import pty
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.desk import unmeasured
from tests.cli.export_story import FORMATS, run, tell
from tracker.cli.export import BINARY
from tracker.errors import Refused

SOON = 60  # seconds that nothing here should need
EXTRAS = {"xlsx": "xlsxwriter", "ics": "icalendar", "parquet": "duckdb"}
NAMED = {"xlsx": "excel", "ics": "calendar", "parquet": "duckdb"}


@pytest.fixture
def told(sqlite_url: str) -> str:
    tell(sqlite_url)
    return sqlite_url


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this process keeps what is only for a while."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.mark.parametrize("format_name", EXTRAS)
def test_a_missing_extra_is_named(
    told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_name: str
) -> None:
    """Without its library a format says what to install, and writes nothing."""
    monkeypatch.setitem(sys.modules, EXTRAS[format_name], None)
    path = tmp_path / "out"
    done = run(told, str(path), "--format", format_name)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f'pip install "initiative-tracker[{NAMED[format_name]}]"' in done.stderr
    assert done.stderr.count("\n") == 1
    assert not path.exists()


@pytest.mark.parametrize("format_name", sorted(set(FORMATS) - set(EXTRAS)))
def test_the_others_need_no_extra(
    told: str, monkeypatch: pytest.MonkeyPatch, format_name: str
) -> None:
    """What the standard library can do needs nothing that is not always there."""
    for library in EXTRAS.values():
        monkeypatch.setitem(sys.modules, library, None)
    assert run(told, "--format", format_name).exit_code == 0


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_file_that_is_there_stays(told: str, tmp_path: Path, format_name: str) -> None:
    """Unless --force says otherwise; a dry run makes none, and says what it would write."""
    path = tmp_path / "out"
    words = (str(path), "--format", format_name)
    dry = run(told, *words, "-n")
    assert (dry.exit_code, dry.stdout) == (0, "")
    assert "would write " in dry.stderr
    assert not path.exists()
    path.write_text("mine")
    done = run(told, *words)
    assert (done.exit_code, path.read_text()) == (5, "mine")
    assert run(told, *words, "--force").exit_code == 0
    assert path.read_bytes() != b"mine"
    assert run(told, str(tmp_path / "no" / "f"), "--format", format_name).exit_code == 6
    assert [each.name for each in tmp_path.glob(".*")] == []


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_full_disk_leaves_nothing(told: str, tmp_path: Path, format_name: str) -> None:
    """One sentence, code 6, and what was there is as it was."""
    folder = tmp_path / "full"
    folder.mkdir()
    old = folder / "old"
    old.write_text("mine")
    words = ("export", str(old), "--format", format_name, "--force")
    done = subprocess.run(
        [sys.executable, "-m", "tracker", "--db", told, *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=SOON,
        env={**unmeasured(), "TMPDIR": str(folder)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500)),
    )
    assert (done.returncode, done.stdout) == (6, ""), done.stderr
    assert done.stderr.startswith("tracker: ")
    assert done.stderr.count("\n") == 1
    assert [each.name for each in folder.iterdir()] == ["old"]
    assert old.read_text() == "mine"


@pytest.mark.parametrize("format_name", BINARY)
def test_a_terminal_is_sent_no_bytes(told: str, format_name: str) -> None:
    """A format that is no text says so, and how to name a file."""
    master, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tracker", "--db", told, "export", "--format", format_name],
        stdin=terminal,
        stdout=terminal,
        stderr=subprocess.PIPE,
    )
    os.close(terminal)
    _, stderr = process.communicate(timeout=SOON)
    os.close(master)
    assert process.returncode == 2
    assert b"name a FILE" in stderr


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_interruption_leaves_nothing(
    told: str,
    tmp_path: Path,
    temporary: Path,
    monkeypatch: pytest.MonkeyPatch,
    format_name: str,
) -> None:
    """Ctrl-C in the middle of the work: 130, no file, and nothing of it anywhere."""

    def interrupted(*_: object, **__: object) -> object:
        raise KeyboardInterrupt

    for place in (
        "tracker.exchange.cloudevents.cloudevent",
        "tracker.application.tables._change_row",
        "tracker.application.publishing._calendar_entry",
        "tracker.application.publishing._feed_entry",
        "tracker.application.publishing._source",
    ):
        monkeypatch.setattr(place, interrupted)
    path = tmp_path / "out"
    done = run(told, str(path), "--format", format_name)
    assert (done.exit_code, done.stdout) == (130, ""), done.output
    assert not path.exists()
    assert list(tmp_path.glob(".*")) == list(temporary.iterdir()) == []


def test_a_sheet_that_is_too_long_is_refused(
    told: str, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Excel holds so many rows: the sentence says which table has more, and what does hold it."""
    monkeypatch.setattr("tracker.exchange.xlsx.MOST_ROWS", 4)
    path = tmp_path / "out.xlsx"
    done = run(told, str(path), "--format", "xlsx")
    assert (done.exit_code, done.stdout) == (Refused.exit_code, "")
    assert "a sheet holds 4 rows, and developments has more" in done.stderr
    assert not path.exists()
    assert list(temporary.iterdir()) == []


def test_duckdb_without_memory_says_so(
    told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What DuckDB cannot do is one sentence with the code of what cannot be had."""
    monkeypatch.setattr("tracker.exchange.parquet._MEMORY_BYTES", 1000)
    path = tmp_path / "out.parquet"
    done = run(told, str(path), "--format", "parquet")
    assert (done.exit_code, done.stdout) == (6, ""), done.output
    assert "DuckDB could not write the Parquet file" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not path.exists()
