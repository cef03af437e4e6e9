"""A long log is exported in as little memory as its pages take: nothing of it is held."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from tracker.cli import tracker

pytestmark = pytest.mark.slow

MEGABYTE = 1_000_000
COUNT = 10_000
NOTE = "so it was told " * 1_000
"""15 kB: all notes of the log together are 150 MB, which would be seen if they were held."""

MOST_MORE = 50 * MEGABYTE
"""What a format may take beyond what reading the log takes."""

TELLING = """
import sys
try:
    exec(sys.argv.pop(1))
finally:
    with open("/proc/self/status") as status:
        print(*(line for line in status if line.startswith("VmHWM")), file=sys.stderr)
"""
TRACKER = "from tracker.cli import main; main()"
PARQUET = """
from tracker.exchange.parquet import COLUMNS, write_parquet
row = dict.fromkeys(COLUMNS, None) | {"note": "so it was told " * 100}
rows = ({**row, "fact": f"a#{number}", "position": number} for number in range(int(sys.argv[1])))
with open("/dev/null", "wb") as out:
    write_parquet(rows, {}, out)
"""


def peak(program: str, *words: str, cwd: Path) -> int:
    """The most memory that a process of Python had, in bytes, as it says itself; it ends well.

    What the system says afterwards counts the process that it was forked from, too.
    """
    done = subprocess.run(
        [sys.executable, "-c", TELLING, program, *words],
        cwd=cwd,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == ""  # nor does any library write there of its own accord
    name, number, unit = done.stderr.split()
    assert (name, unit) == ("VmHWM:", "kB")
    return int(number) * 1024


def rows() -> Iterator[dict[str, str]]:
    """Developments and plans of a few initiatives, each with a long note of its own."""
    learned = datetime(2010, 1, 1, tzinfo=UTC)
    for number in range(COUNT):
        learned += timedelta(minutes=7)
        yield {
            "initiative": f"init-{number % 20}",
            "title": "One of a few",
            "lifecycle": "project",
            "type": "commented",
            "on": learned.date().isoformat(),
            "mode": "planned" if number % 5 == 0 else "occurred",
            "source": f"https://example.org/{number}",
            "note": f"{number} {NOTE}",
            "recorded_at": learned.isoformat(),
        }


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 150 MB of notes."""
    folder = tmp_path_factory.mktemp("long")
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows())
    words = ["--db", "log.db", "--by", "desk", "import", "rows.jsonl", "--backfill"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = CliRunner().invoke(tracker, words)
    assert done.exit_code == 0, done.output
    return folder


def test_no_format_holds_the_log(long_log: Path) -> None:
    """Whatever is written, the peak is that of reading the log once, and a little more."""

    def exporting(format_name: str) -> int:
        words = ("-q", "--db", "log.db", "export", "/dev/null", "--format", format_name)
        return peak(TRACKER, *words, cwd=long_log)

    read_once = exporting("log")
    for format_name in ("cloudevents", "ics", "atom", "xlsx", "datapackage"):
        assert exporting(format_name) < read_once + MOST_MORE, format_name


def test_parquet_holds_a_group_of_rows(tmp_path: Path) -> None:
    """Twice as many rows, 90 MB more of text, take no more memory than half of them."""
    one, two = (peak(PARQUET, str(count), cwd=tmp_path) for count in (60_000, 120_000))
    assert two < one + MOST_MORE
