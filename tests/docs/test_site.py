"""The site is made of the pages without a warning, and its pictures say what the pages say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from docs import pictures
from tests.docs.test_examples import ROOT
from tracker.cli import tracker as command_line

PAGE = ROOT / "docs" / "explanation" / "as-of-and-known-at.md"
DAYS = ("2025-12-31", "2026-01-15", "2026-02-01")
KNOWN = ("2026-01-10", "2026-02-02", "2026-02-10")


def build(source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """What ``make docs`` runs."""
    options = ["-W", "--keep-going", "-n", "-q", "-b", "html"]
    return subprocess.run(
        [sys.executable, "-m", "sphinx", *options, source, out],
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    """Every page is in the site, and every picture that a page names is drawn into it."""
    done = build(ROOT / "docs", tmp_path / "site")
    assert (done.returncode, done.stderr) == (0, "")
    for page in (ROOT / "docs").rglob("*.md"):
        made = tmp_path / "site" / page.relative_to(ROOT / "docs").with_suffix(".html")
        named = re.findall(r"<!-- picture: (\S+) -->", page.read_text(encoding="utf-8"))
        shown = re.findall(r'<img [^>]*src="[^"]*/([\w-]+)\.svg"', made.read_text(encoding="utf-8"))
        assert shown == named, page.name


def test_the_table_says_what_the_log_of_the_pictures_says(tmp_path: Path) -> None:
    """Each cell of the table on the page is the status at its viewpoint."""
    log = tmp_path / "log.db"
    pictures.record(log, pictures.MEMORANDUM)
    lines = re.findall(r"^\d+ (?:Jan|Feb)\w+.*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    told = [re.findall(r"\b[a-z]{4,}(?: \?)?", re.sub(r"\(.*?\)", "", x)) for x in lines]
    found = [[cell(log, day, known) for day in DAYS] for known in KNOWN]
    assert told == found


def cell(log: Path, day: str, known: str) -> str:
    """The phase as of *day* as known on *known*, with a mark where it is not certain."""
    words = ["--db", str(log), "status", "--as-of", day, "--known-at", known, "--format", "csv"]
    done = CliRunner().invoke(command_line, words)
    assert done.exit_code == 0, done.output
    head, row = (line.split(",") for line in done.stdout.splitlines())
    item = dict(zip(head, row, strict=True))
    return item["phase"] + ("" if item["certain"] in ("true", "True") else " ?")
