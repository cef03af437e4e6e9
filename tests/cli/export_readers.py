"""What others read in an export: each format by a library of another maker than its writer's."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import arro3.io
import feedparser
import openpyxl
import vobject
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from defusedxml import ElementTree

ATOM = "{http://www.w3.org/2005/Atom}"
SOON = 60  # seconds that nothing here should need


def cloudevents(data: bytes) -> list[BaseCloudEvent]:
    """The events, by the SDK of CloudEvents, which refuses what is none."""
    return [JSONFormat().read(CloudEvent, line) for line in data.splitlines()]


def said(event: BaseCloudEvent) -> dict[str, Any]:
    """The data of an event."""
    data = event.get_data()
    assert isinstance(data, dict)
    return data


def sheets(data: bytes) -> dict[str, list[dict[str, Any]]]:
    """Name of a sheet → its rows by the names of the columns, by openpyxl."""
    return {sheet.title: rows_of(sheet) for sheet in workbook(data)}


def workbook(data: bytes) -> Any:
    """The workbook itself."""
    return openpyxl.load_workbook(io.BytesIO(data))


def rows_of(sheet: Any) -> list[dict[str, Any]]:
    """The rows of a sheet of openpyxl by the names of the columns."""
    names, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(names, row, strict=True)) for row in rows]


def calendar(data: bytes) -> list[Any]:
    """The events of the one calendar that there is, by vobject."""
    (found,) = vobject.readComponents(data.decode())
    return list(found.contents.get("vevent", []))


def feed(data: bytes) -> Any:
    """The feed, by feedparser, which bears with much, and by a parser of XML that does not."""
    root = ElementTree.fromstring(data)
    read = feedparser.parse(io.BytesIO(data))
    assert not read.bozo, read.bozo_exception
    assert len(read.entries) == len(root.findall(f"{ATOM}entry"))
    return read


def parquet(data: bytes) -> list[dict[str, Any]]:
    """The rows, by the Parquet reader of Apache Arrow in Rust."""
    table = arro3.io.read_parquet(io.BytesIO(data)).read_all()
    columns = {name: table.column(name).to_pylist() for name in table.schema.names}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def datapackage(data: bytes, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Name of a resource → its rows as Frictionless reads them, if it finds nothing wrong."""
    path = folder / "package.zip"
    path.write_bytes(data)
    report = frictionless("validate", path)
    assert report["valid"], json.dumps(report, indent=1)
    found: dict[str, list[dict[str, Any]]] = frictionless("extract", path)
    return found


def frictionless(command: str, path: Path) -> Any:
    """What the program says of a package, in a process of its own: its warnings are not ours."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "frictionless", command, path.name, "--json"],
        check=False,
        cwd=path.parent,
        capture_output=True,
        text=True,
        timeout=SOON,
    )
    assert done.stdout.strip(), done.stderr
    return json.loads(done.stdout)


def texts(format_name: str, data: bytes) -> str:
    """All the text that an export holds, in whatever it is packed, for a search in it."""
    return "\n".join(_TEXTS[format_name](data))


def _of_workbook(data: bytes) -> Iterator[str]:
    for rows in sheets(data).values():
        yield repr(rows)


def _of_package(data: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            yield package.read(name).decode()


def _as_it_is(data: bytes) -> Iterator[str]:
    yield data.decode()


def _of_calendar(data: bytes) -> Iterator[str]:
    for event in calendar(data):
        yield repr({name: [str(each.value) for each in v] for name, v in event.contents.items()})


def _of_parquet(data: bytes) -> Iterator[str]:
    yield repr(parquet(data))


_TEXTS: dict[str, Callable[[bytes], Iterator[str]]] = {
    "log": _as_it_is,
    "csv": _as_it_is,
    "jsonl": _as_it_is,
    "cloudevents": _as_it_is,
    "xlsx": _of_workbook,
    "ics": _of_calendar,
    "atom": _as_it_is,
    "parquet": _of_parquet,
    "datapackage": _of_package,
}
