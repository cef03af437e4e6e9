"""Tables as a Frictionless data package (Data Package v1): a zip of CSV files and their schemas.

``datapackage.json`` says of every column what it holds (Table Schema v1), so that a program need
not guess. In the CSV an apostrophe stands before what a spreadsheet would take for a formula, as
in every CSV of this program: somebody will open the file in one. The descriptor says so.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable
from contextlib import closing
from datetime import date, datetime
from typing import Any, BinaryIO, Final

from tracker.domain.dates import format_instant
from tracker.exchange.table_csv import cell
from tracker.exchange.tabular import About, Column, Filled, Row, Table, Value

_TYPES: Final = {
    "text": {"type": "string"},
    "edtf": {"type": "string"},
    "day": {"type": "date"},
    "instant": {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S.%fZ"},
    "integer": {"type": "integer"},
    "flag": {"type": "boolean"},
}
_GUARDED: Final = (
    "An apostrophe (') stands before a text that a spreadsheet would take for a formula; "
    "take one off to have the text as it was recorded."
)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""What a zip can say at the earliest; the same answer is the same file."""


def write_datapackage(filled: Iterable[Filled], about: About, out: BinaryIO) -> int:
    """Write the tables and their descriptor as a zip to *out*, which can seek; how many rows.

    Rows are compressed as they come, so that memory does not grow with them.
    """
    count = 0
    resources = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as package:
        for each in filled:
            entry = _entry(f"{each.table.name}.csv")
            with (
                package.open(entry, "w", force_zip64=True) as binary,
                closing(io.TextIOWrapper(binary, encoding="utf-8", newline="")) as text,
            ):
                count += _write_csv(each, text)
            resources.append(_resource(each.table))
        descriptor = json.dumps(_descriptor(resources, about), ensure_ascii=False, indent=2)
        package.writestr(_entry("datapackage.json"), f"{descriptor}\n")
    return count


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _write_csv(filled: Filled, out: io.TextIOWrapper) -> int:
    writer = csv.writer(out)
    writer.writerow([column.name for column in filled.table.columns])
    count = 0
    for row in filled.rows:
        writer.writerow(_cells(row))
        count += 1
    return count


def _cells(row: Row) -> list[str]:
    return [_cell(value) for value in row]


def _cell(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return format_instant(value)
        case int() | date():
            return str(value)
    return cell(value)


def _descriptor(resources: list[dict[str, Any]], about: About) -> dict[str, Any]:
    created = {"created": format_instant(about.known_at)} if about.known_at else {}
    return {
        "profile": "tabular-data-package",
        "name": "tracker-export",
        "title": "Initiatives, what happened to them, and on whose word",
        "description": f"The answer of a tracker, {about.sentence}. {_GUARDED}",
        **created,
        "tracker": {
            "log": about.log,
            "as_of": about.as_of.isoformat(),
            "known_at": format_instant(about.known_at) if about.known_at else None,
            "position": about.position,
            "root": about.root,
            "filters": about.filters or None,
        },
        "resources": resources,
    }


def _resource(table: Table) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": table.meaning,
        "path": f"{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": _schema(table),
    }


def _schema(table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(column) for column in table.columns],
        "missingValues": [""],
        "primaryKey": list(table.key),
    }
    if table.of_initiatives:
        reference = {"resource": "status", "fields": "initiative"}
        schema["foreignKeys"] = [{"fields": "initiative", "reference": reference}]
    return schema


def _field(column: Column) -> dict[str, Any]:
    needed = {"constraints": {"required": True}} if column.is_needed else {}
    return {"name": column.name, **_TYPES[column.kind], "description": column.meaning, **needed}
