"""Hostile text in every field, exported in every format: read back by others, it is only text."""

from __future__ import annotations

import csv
import io
import re
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from defusedxml import ElementTree
from freezegun import freeze_time

from tests.attacks.test_files import may_be_written, odd_names, put_back, tree_of
from tests.attacks.test_formulas import FORMULAS, RUN, is_number
from tests.attacks.test_terminals import TEXT
from tests.attacks.tree import call, file_places, told_well
from tests.attacks.victim import NOW, listed, tell_all
from tests.cli import export_readers as read
from tests.cli.export_story import FORMATS

if TYPE_CHECKING:
    from tests.tally import Tally

MARKUP = (
    "<script>alert(1)</script>",
    "]]><entry/>",
    "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    "<r><t>=1+1</t></r>",
    "&#0;&lt;&nbsp;",
)
CALENDAR = (
    "a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil",
    "a\nATTACH:file:///etc/passwd",
    'a;b,c:d\\n"e"',
    "x" * 200 + "é" * 200,
)
PATHS = ("../../etc/passwd", "'); DROP TABLE x; --", '"}]}', "{{7*7}}", "${HOME}", "%s%n")
HOSTILE = tuple(
    # Blanks around a text are not recorded.
    dict.fromkeys(text.strip() for text in (*FORMULAS, *MARKUP, *CALENDAR, *PATHS, TEXT))
)
TALLIED = "bad inputs tried: hostile texts in exports"


@pytest.fixture(scope="module")
def odd_log(told_log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with every hostile text in every field that takes a text."""
    path = Path(shutil.copy(told_log, tmp_path_factory.mktemp("odd") / "log.db"))
    for number, text in enumerate(HOSTILE):
        tell_all(str(path), text, f"odd-{number}", at_start=True)
    return path


def exported(log: Path, format_name: str, *words: str) -> bytes:
    with freeze_time(NOW):
        done = call(log, ["export", f"--format={format_name}", *words])
    assert done.exit_code == 0, done.output
    return done.stdout_bytes


@pytest.mark.usefixtures("home")
def test_a_workbook_holds_texts_and_no_formula(odd_log: Path, tally: Tally) -> None:
    """No cell is a formula or a link, and no part of the file is more than it was."""
    data = exported(odd_log, "xlsx")
    count = 0
    for sheet in read.workbook(data):
        for cell in (cell for row in sheet for cell in row if cell.value is not None):
            assert cell.data_type != "f", cell.value
            assert cell.hyperlink is None
            count += 1
    assert count > len(HOSTILE) * 20
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            ElementTree.fromstring(package.read(name))
    titles = {row["title"] for row in read.rows_of(read.workbook(data)["status"])}
    assert {text for text in HOSTILE if text.isprintable()} <= titles
    tally.add(TALLIED, len(HOSTILE))


@pytest.mark.usefixtures("home")
def test_a_feed_holds_texts_and_no_markup(odd_log: Path, tally: Tally) -> None:
    """The tree of the feed has the elements of Atom alone, and links to the web alone."""
    atom = "{http://www.w3.org/2005/Atom}"
    known = {
        f"{atom}{name}"
        for name in (
            *("feed", "entry", "id", "title", "updated", "published", "author", "name"),
            *("category", "link", "content", "generator"),
        )
    }
    for number in range(len(HOSTILE)):
        data = exported(odd_log, "atom", f"--tag={listed(HOSTILE[number])}")
        read.feed(data)
        root = ElementTree.fromstring(data)
        assert {element.tag for element in root.iter()} <= known
        links = [element.get("href") for element in root.iter(f"{atom}link")]
        assert all(re.match("https?://", link) and link.isascii() for link in links)
        assert all(element.get("type", "text") == "text" for element in root.iter())
        tally.add(TALLIED)


@pytest.mark.usefixtures("home")
def test_a_calendar_holds_texts_and_no_properties(odd_log: Path, tally: Tally) -> None:
    """No text ends its line: as many events as plans, and no property that is not ours."""
    data = exported(odd_log, "ics")
    events = read.calendar(data)
    assert len(events) == len(HOSTILE) + 1
    known = {
        *("uid", "sequence", "dtstamp", "created", "last-modified", "dtstart", "dtend"),
        *("transp", "summary", "description", "categories", "url"),
    }
    for event in events:
        assert set(event.contents) <= known
    assert all(len(line) <= 75 for line in data.splitlines())
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", data)
    tally.add(TALLIED, len(HOSTILE))


@pytest.mark.usefixtures("home")
def test_a_package_holds_no_cell_that_runs(odd_log: Path, tmp_path: Path, tally: Tally) -> None:
    """The CSV of a data package is guarded as every CSV is, and still as its schemas say."""
    data = exported(odd_log, "datapackage")
    read.datapackage(data, tmp_path)
    guarded = 0
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert all(re.fullmatch(r"[a-z]+\.(csv|json)", name) for name in package.namelist())
        for name in (each for each in package.namelist() if each.endswith(".csv")):
            text = package.read(name).decode()
            for cell in (c for row in csv.reader(io.StringIO(text, newline="")) for c in row):
                assert not cell.startswith(RUN) or is_number(cell), (name, cell)
                guarded += cell.startswith("'")
    assert guarded > len(FORMULAS) * 5
    tally.add(TALLIED, len(HOSTILE))


@pytest.mark.usefixtures("home")
def test_parquet_and_events_hold_the_very_text(odd_log: Path, tally: Tally) -> None:
    """Where a format can hold every text it is the text that was recorded, to the letter."""
    rows = read.parquet(exported(odd_log, "parquet"))
    assert set(HOSTILE) <= {row["title"] for row in rows}
    assert set(HOSTILE) <= {row["note"] for row in rows}
    events = [read.said(event) for event in read.cloudevents(exported(odd_log, "cloudevents"))]
    titles = {event["content"].get("title") for event in events}
    assert set(HOSTILE) <= titles
    tally.add(TALLIED, 2 * len(HOSTILE))


@pytest.mark.usefixtures("home")
def test_a_filter_that_is_hostile_is_shown_as_text(odd_log: Path, tally: Tally) -> None:
    """What was asked for stands in the about of an answer, and is text there too."""
    for text in HOSTILE:
        words = (f"--tag={listed(text)}",)
        assert not any(
            cell.data_type == "f"
            for row in read.workbook(exported(odd_log, "xlsx", *words))["about"]
            for cell in row
        )
        read.calendar(exported(odd_log, "ics", *words))
        read.cloudevents(exported(odd_log, "cloudevents", *words))
        assert len(read.parquet(exported(odd_log, "parquet", *words))) == 2
        tally.add(TALLIED, 4)


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_odd_name_is_refused_or_used(
    told_log: Path, home: Path, tally: Tally, format_name: str
) -> None:
    """One sentence and a documented exit code in every format; no other file is touched."""
    (home.parent / "outside").write_text("kept")
    place = next(each for each in file_places() if str(each) == "export file")
    names = odd_names(home)
    before = tree_of(home.parent)
    for what, name in names.items():
        done = call(told_log, place.command.words({"file": name, "format_name": format_name}))
        assert told_well(done) is None, f"{what}: {told_well(done)}"
        after = tree_of(home.parent)
        changed = {each for each in before.keys() | after if before.get(each) != after.get(each)}
        assert changed <= may_be_written(place, name, home), f"{what} changed {changed}"
        for each in changed:
            put_back(home.parent / each, before.get(each))
    (home / "unreadable").chmod(0o600)
    tally.add("bad inputs tried: odd names of files", len(names))
