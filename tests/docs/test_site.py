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


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, made once for all tests here."""
    out = tmp_path_factory.mktemp("site")
    done = build(ROOT / "docs", out)
    assert (done.returncode, done.stderr) == (0, "")
    return out


def pages() -> set[str]:
    """Every page of the documentation, named as in a link to it."""
    return {
        path.relative_to(ROOT / "docs").with_suffix("").as_posix()
        for path in (ROOT / "docs").rglob("*.md")
    }


@pytest.mark.slow
def test_every_picture_that_a_page_names_is_drawn_into_it(site: Path) -> None:
    """The site is built without a warning, and has every page with its pictures."""
    for page in pages():
        text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
        made = (site / f"{page}.html").read_text(encoding="utf-8")
        named = re.findall(r"<!-- picture: (\S+) -->", text)
        shown = re.findall(r'<img [^>]*src="[^"]*/([\w-]+)\.svg"', made)
        assert shown == named, page


@pytest.mark.slow
def test_every_page_is_in_the_navigation(site: Path) -> None:
    """The navigation beside the first page leads to every other page."""
    first = (site / "index.html").read_text(encoding="utf-8")
    reached = re.findall(r'<a class="reference internal" href="([^"#]+)\.html"', first)
    assert pages() - {"index"} == set(reached)


def test_a_page_outside_the_navigation_is_noticed(tmp_path: Path) -> None:
    """A page that nothing leads to stops the build, and is named."""
    copied = tmp_path / "docs"
    copied.mkdir()
    (copied / "conf.py").write_text("extensions = ['myst_parser']\n", encoding="utf-8")
    (copied / "index.md").write_text("# First\n", encoding="utf-8")
    (copied / "astray.md").write_text("# Astray\n", encoding="utf-8")
    done = build(copied, tmp_path / "site")
    assert (done.returncode, "astray.md" in done.stderr) == (1, True)


@pytest.mark.slow
def test_every_schema_can_be_taken_from_the_site(site: Path) -> None:
    """The page of the schemas says what each describes, and has the file as it is."""
    page = site / "reference" / "schemas" / "README.html"
    links = re.findall(r'href="([^"]+\.json)"', page.read_text(encoding="utf-8"))
    schemas = sorted((ROOT / "docs" / "reference" / "schemas").glob("*.json"))
    offered = [(page.parent / link).read_bytes() for link in links]
    assert offered == [schema.read_bytes() for schema in schemas]


@pytest.mark.slow
def test_every_file_of_a_page_has_its_name_above_it(site: Path) -> None:
    """A block that a later line speaks of by the name of its file shows that name."""
    for page in pages():
        text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
        made = (site / f"{page}.html").read_text(encoding="utf-8")
        named = re.findall(r"^<!-- file: (\S+) -->$", text, re.MULTILINE)
        shown = re.findall(r'<span class="caption-text">([\w.-]+\.\w+)</span>', made)
        assert [name for name in shown if name in named] == named, page


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
