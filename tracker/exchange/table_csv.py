"""Rows out as CSV (RFC 4180), such that no spreadsheet runs what somebody recorded."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from typing import TextIO

from tracker.exchange.rows import COLUMNS

# As the renderers have them, which nothing here may import; a test holds the two together.
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def write_csv(rows: Iterable[Mapping[str, str | None]], out: TextIO) -> int:
    """Write *rows* below a line of column names; how many there were."""
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    count = 0
    for row in rows:
        writer.writerow([cell(row[name] or "") for name in COLUMNS])
        count += 1
    return count


def cell(text: str) -> str:
    """*text* with a quote before it where a spreadsheet would take it for a formula.

    Before quotes that stand before a formula too, so that taking off one gives *text* again.
    """
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA_STARTS) else text


def text_of(cell: str) -> str:
    """The text that a cell was made of."""
    is_guarded = cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA_STARTS)
    return cell[1:] if is_guarded else cell
