"""Workbooks: what Excel cannot hold is dealt with in the open, and a text stays a text."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import Refused
from tracker.exchange import xlsx
from tracker.exchange.harmless import line_text, xml_text
from tracker.exchange.tabular import About, Column, Filled, Kind, Row, Table

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ABOUT = About(log="tracker/1", as_of=date(2026, 1, 1), known_at=NOW, position=1, root="ab")
KINDS: tuple[Kind, ...] = ("text", "edtf", "day", "instant", "integer", "flag")
TABLE = Table("all", "One column of each kind.", tuple(Column(k, k, k) for k in KINDS), ("text",))


def written(*rows: Row) -> tuple[Any, int]:
    """The sheet of *rows* as openpyxl reads it, and how many texts were cut."""
    out = io.BytesIO()
    count, cut = xlsx.write_xlsx([Filled(TABLE, iter(rows))], ABOUT, out)
    assert count == len(rows)
    return openpyxl.load_workbook(out)["all"], cut


def shown(text: str) -> str:
    """A text as a cell can hold it."""
    return xml_text(line_text(text))


def row(**values: Any) -> Row:
    return tuple(values.get(kind) for kind in KINDS)


def cell(**value: Any) -> Any:
    """The one cell that a value was written to."""
    sheet, _ = written(row(**value))
    (name,) = value
    return sheet.cell(2, KINDS.index(name) + 1)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_a_text_stays_a_text(text: str) -> None:
    """Whatever is recorded comes back as the same text, but for what XML cannot hold."""
    found = cell(text=text)
    assert found.data_type == "s"
    # Excel writes what looks like one of its own escapes, _x0041_, as _x005F_x0041_.
    assert found.value.replace("_x005F_", "_") == shown(text).replace("_x005F_", "_")


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@A1",
        "{=1+1}",
        "https://example.org/",
        "mailto:a@b",
        "12",
        "1e5",
        "true",
        "2025-12-05",
        "<r><t>a</t></r>",
        "<r>&<b/></r>",
        " blank ",
        "a\tb\nc",
        "\x00\x07\x1b[2J\x7f\x85",
        "\ufffe\uffff\U0010ffff",
    ],
)
def test_what_looks_like_something_else(text: str) -> None:
    """Formulas, links, numbers, dates and markup are texts in a text column."""
    found = cell(text=text)
    assert (found.data_type, found.hyperlink) == ("s", None)
    assert found.value == shown(text)


def test_every_part_of_the_file_is_xml() -> None:
    """Markup that was recorded is in no part of the file markup."""
    out = io.BytesIO()
    rows = [row(text=f"<r>{mark}</r>") for mark in ("<t>", "]]>", "&lt;", "<!--", "<?x?>")]
    xlsx.write_xlsx([Filled(TABLE, iter(rows))], ABOUT, out)
    with zipfile.ZipFile(out) as package:
        for name in package.namelist():
            ElementTree.fromstring(package.read(name))


def test_the_longest_cell() -> None:
    """A text that just fits is whole; a longer one is cut, marked, and counted: by UTF-16 units."""
    whole = "a" * xlsx.LONGEST_CELL
    wide = "\U0001f600" * (xlsx.LONGEST_CELL // 2 + 1)
    sheet, cut = written(row(text=whole), row(text=whole + "b"), row(text=wide))
    texts = [sheet.cell(number, 1).value for number in (2, 3, 4)]
    assert cut == 2
    assert texts[0] == whole
    for text in texts[1:]:
        assert text.endswith(" … [cut]")
        assert len(text.encode("utf-16-le")) // 2 in (xlsx.LONGEST_CELL, xlsx.LONGEST_CELL - 1)


def test_the_last_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many rows as a sheet has below its heading are written; one more is refused."""
    monkeypatch.setattr(xlsx, "MOST_ROWS", 4)
    sheet, _ = written(*[row(integer=n) for n in range(3)])
    assert sheet.max_row == 4
    with pytest.raises(Refused, match="a sheet holds 4 rows, and all has more"):
        written(*[row(integer=n) for n in range(4)])


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(1, 1, 2), "0001-01-02"),
        (date(1899, 12, 31), "1899-12-31"),
        (date(1900, 2, 28), "1900-02-28"),
        (date(1900, 3, 1), datetime.fromisoformat("1900-03-01")),
        (date(2025, 12, 5), datetime.fromisoformat("2025-12-05")),
        (date(9999, 12, 30), datetime.fromisoformat("9999-12-30")),
    ],
)
def test_days(day: date, expected: object) -> None:
    """From March 1900 on a day is a date; before, a text, since programs do not agree there."""
    assert cell(day=day).value == expected
    assert cell(edtf=day.isoformat()).value == expected


@pytest.mark.parametrize("edtf", ["2025-12", "2025-12-05?", "../2030", "2025-33", "2025/2026"])
def test_imprecise_dates(edtf: str) -> None:
    """A date that is no precise day is the text that was recorded."""
    assert cell(edtf=edtf).value == edtf


def test_the_other_kinds() -> None:
    """Numbers, truth and instants are what they are; nothing is an empty cell."""
    assert cell(integer=7).value == 7
    assert cell(flag=False).value is False
    instant = datetime(2026, 1, 15, 9, 30, 1, 250_000, tzinfo=UTC)
    found = cell(instant=instant)
    assert found.value == instant.replace(tzinfo=None)
    assert found.number_format == "yyyy-mm-dd hh:mm:ss.000"
    assert all(c.value is None for c in written(row())[0][1] if c.value not in KINDS)
