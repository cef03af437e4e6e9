"""Tables as a workbook of Excel (Office Open XML), which LibreOffice and others open too.

Every text is written as a text: nothing recorded becomes a formula, a link or a number. What Excel
cannot hold is dealt with in the open (its limits are in "Excel specifications and limits"): a text
beyond 32,767 characters is cut, with a mark at its end, and counted; a sheet that would need more
than 1,048,576 rows is refused; and a day before March 1900 is written as a text, because Excel has
no dates before 1900 and counts the 29 February 1900, which there was not, so that programs do not
agree about the two months before.

Excel knows no time zones: instants are in UTC, and shown to the millisecond.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from attrs import define, field

from tracker.domain.edtf import plain_day
from tracker.errors import Refused
from tracker.exchange.extras import extra
from tracker.exchange.harmless import line_text, xml_text
from tracker.exchange.tabular import About, Column, Filled, Value

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_576
"""How many rows a sheet has, the one with the names of the columns among them."""

LONGEST_CELL = 32_767
"""How many UTF-16 units a cell holds: Excel counts a character beyond U+FFFF twice."""

FIRST_DAY: Final = date(1900, 3, 1)
"""The first day about which all programs that read workbooks agree."""

_DAY_FORMAT: Final = "yyyy-mm-dd"
_INSTANT_FORMAT: Final = "yyyy-mm-dd hh:mm:ss.000"
_WIDTHS: Final = {"text": 24, "edtf": 14, "day": 12, "instant": 24, "integer": 10, "flag": 9}
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "use_zip64": True,
}
_CUT: Final = " … [cut]"


def write_xlsx(filled: Iterable[Filled], about: About, out: BinaryIO) -> tuple[int, int]:
    """Write a sheet for each table, and one that says what they answer, to *out*, which can seek.

    The number of rows, and the number of texts that were too long for a cell. Rows go to files
    beside each other until all are there, so that memory does not grow with them. Raises Refused
    for a table that no sheet can hold, CalledWrongly without the extra.
    """
    with extra("excel", "a workbook"):
        import xlsxwriter
        from xlsxwriter.exceptions import FileCreateError
    with tempfile.TemporaryDirectory(prefix="tracker-") as folder:
        workbook = xlsxwriter.Workbook(out, {**_OPTIONS, "tmpdir": folder})
        # The instant of what was known, not of the export: the same answer is the same file.
        created = about.known_at or datetime.combine(about.as_of, time.min)
        workbook.set_properties(
            {"title": "tracker export", "comments": about.sentence, "created": created}
        )
        sheets = _Sheets(workbook)
        try:
            for each in filled:
                sheets.write(each)
            sheets.write_about(about)
            workbook.close()
        except FileCreateError as error:
            raise error.args[0] from None
        finally:
            _let_go(workbook)
    return sheets.rows, sheets.cut


def _let_go(workbook: Workbook) -> None:
    """Close the files of the sheets, which the library leaves open when something goes wrong."""
    for sheet in workbook.worksheets():
        if not sheet.row_data_fh.closed:
            sheet.row_data_fh.close()


@define
class _Sheets:
    """The sheets of a workbook: how many rows they have, and how many texts were cut."""

    workbook: Any
    rows: int = 0
    cut: int = 0
    _formats: dict[str, Any] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self._formats = {
            "plain": self.workbook.add_format(),
            "heading": self.workbook.add_format({"bold": True, "bottom": 1}),
            "day": self.workbook.add_format({"num_format": _DAY_FORMAT}),
            "instant": self.workbook.add_format({"num_format": _INSTANT_FORMAT}),
        }

    def write(self, filled: Filled) -> None:
        """Write one table: names of columns that stay in sight, a filter, and the rows."""
        table = filled.table
        sheet = self._sheet(table.name, [(c.name, _WIDTHS[c.kind]) for c in table.columns])
        row = 0
        for row, values in enumerate(filled.rows, start=1):
            if row >= MOST_ROWS:
                message = (
                    f"a sheet holds {MOST_ROWS:,} rows, and {table.name} has more; narrow the "
                    "export with a filter such as --party, or export parquet or datapackage"
                )
                raise Refused(message)
            for place, (column, value) in enumerate(zip(table.columns, values, strict=True)):
                self._put(sheet, row, place, column, value)
        sheet.autofilter(0, 0, row, len(table.columns) - 1)
        self.rows += row

    def write_about(self, about: About) -> None:
        """Write what the tables are an answer to."""
        sheet = self._sheet("about", [("what", 12), ("value", 70)])
        told: dict[str, Value] = {
            "log": about.log,
            "as of": about.as_of,
            "known at": about.known_at,
            "position": about.position,
            "root": about.root,
            "filters": about.filters or None,
        }
        for row, (name, value) in enumerate(told.items(), start=1):
            sheet.write_string(row, 0, name)
            if value is not None:
                self._put_value(sheet, row, 1, value)

    def _sheet(self, name: str, columns: Iterable[tuple[str, int]]) -> Worksheet:
        sheet = self.workbook.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for place, (heading, width) in enumerate(columns):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, heading, self._formats["heading"])
        return sheet

    def _put(self, sheet: Worksheet, row: int, place: int, column: Column, value: Value) -> None:
        if value is None or value == "":
            return
        if column.kind == "edtf" and isinstance(value, str):
            exact = plain_day(value)  # a day and no more: what is uncertain stays a text
            value = exact.lo if exact else value
        self._put_value(sheet, row, place, value)

    def _put_value(self, sheet: Worksheet, row: int, place: int, value: Value) -> None:
        match value:
            case bool():
                sheet.write_boolean(row, place, value)
            case int():
                sheet.write_number(row, place, value)
            case datetime():
                plain = value.replace(tzinfo=None)
                sheet.write_datetime(row, place, plain, self._formats["instant"])
            case date() if value >= FIRST_DAY:
                sheet.write_datetime(row, place, value, self._formats["day"])
            case _:
                self._put_text(sheet, row, place, self._fitting(str(value)))

    def _put_text(self, sheet: Worksheet, row: int, place: int, text: str) -> None:
        if text.startswith("<r>") and text.endswith("</r>"):
            # The library takes it for markup that it made itself, and would not escape it.
            sheet.write_rich_string(row, place, text[:1], self._formats["plain"], text[1:])
        else:
            sheet.write_string(row, place, text)

    def _fitting(self, text: str) -> str:
        text = xml_text(line_text(text))
        if len(text) <= LONGEST_CELL // 2 or _units(text) <= LONGEST_CELL:
            return text
        self.cut += 1
        kept = text.encode("utf-16-le")[: 2 * (LONGEST_CELL - len(_CUT))]
        return kept.decode("utf-16-le", "ignore") + _CUT


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
