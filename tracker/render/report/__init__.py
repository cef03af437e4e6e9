"""The report: one HTML page that holds its own data, style and program, and asks for nothing else.

The template, the style and the program are files beside this one; the program is plain JavaScript,
one file for each thing it does, joined here. A content security policy names the two by their
hashes, so that nothing else on the page could run or be fetched, whatever text found its way in:
recorded text is escaped for HTML here, and set as text, never as markup, by the program.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any, TextIO

from attrs import frozen

from tracker.domain.edtf import lettered
from tracker.render.safe import escape, json_text

Item = Mapping[str, Any]

PROGRAM = (
    "calendar.js",
    "definition.js",
    "changes.js",
    "findings.js",
    "log.js",
    "elements.js",
    "words.js",
    "drawing.js",
    "board.js",
    "card.js",
    "compare.js",
    "times.js",
    "page.js",
)
"""The files of the program, each of which may use what those before it define."""

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@frozen
class StaticRow:
    """One line of the table that is there without JavaScript; *since* and the like are EDTF."""

    initiative: str
    title: str
    phase: str
    possible: tuple[str, ...]
    condition: str
    possible_conditions: tuple[str, ...]
    outcome: str | None
    is_inferred: bool
    since: str | None
    rests_on: str | None
    rests_on_date: str | None
    source: str | None
    next_due: date | None


@frozen
class Report:
    """All that a page shows: *rows* stand in it as they are, *items* are for its program.

    *head* is what the program needs beside the initiatives, and *series* what there is one of for
    every event. *count* says how many rows there are, *known_at* is an RFC 3339 instant or None
    where nothing is recorded, *filters* say in words what was left out.
    """

    title: str
    as_of: date
    known_at: str | None
    position: int
    root: str
    version: str
    filters: tuple[str, ...]
    count: int
    rows: Iterable[StaticRow]
    head: Item
    series: Mapping[str, Iterable[int | str]]
    items: Iterable[Item]


@cache
def style() -> str:
    """The style sheet of the page."""
    return _file("style.css")


@cache
def program() -> str:
    """The program of the page, as one script in a scope of its own."""
    parts = "\n".join(_file(name) for name in PROGRAM)
    return f'(() => {{\n"use strict";\n{parts}}})();\n'


def write_page(report: Report, out: TextIO) -> None:
    """Write the page as it goes: no more than one initiative is held at a time."""
    template = _file("page.html")
    before, rest = template.split("{{rows}}")
    between, after = rest.split("{{data}}")
    values = _values(report)
    out.write(_filled(before, values))
    out.writelines(_table_row(row) for row in report.rows)
    out.write(_filled(between, values))
    out.writelines(_data(report))
    out.write(_filled(after, values))


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _filled(text: str, values: Mapping[str, str]) -> str:
    """*text* with each ``{{name}}`` in its place; what is put in is never looked at again."""
    parts = text.split("{{")
    filled = [parts[0]]
    for part in parts[1:]:
        name, _, rest = part.partition("}}")
        filled += [values[name], rest]
    return "".join(filled)


def _values(report: Report) -> dict[str, str]:
    count = report.count
    filters = f", only {', '.join(report.filters)}" if report.filters else ""
    return {
        "style": style(),
        "program": program(),
        "style_hash": _hash(style()),
        "program_hash": _hash(program()),
        "title": _text(report.title),
        "as_of": day_text(report.as_of),
        "known_at": _instant_text(report.known_at),
        "position": str(report.position),
        "root": report.root,
        "version": _text(report.version),
        "counted": _text(f"{count} initiative{'' if count == 1 else 's'}{filters}"),
    }


def _hash(text: str) -> str:
    """The hash by which a content security policy names an inline script or style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


# -- text ------------------------------------------------------------------------------------------


def day_text(day: date) -> str:
    """A day as people read it: ``5 December 2025``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def date_text(edtf: str | None) -> str:
    """A date in EDTF, with words where it is an interval or open."""
    if not edtf:
        return ""
    if edtf == "../..":
        return "no date"
    date = lettered(edtf)
    start, _, end = date.partition("/")
    if start == "..":
        return f"by {end}"
    return f"from {start}" if end == ".." else date.replace("/", " to ")


def _instant_text(instant: str | None) -> str:
    if instant is None:
        return "before anything was recorded"
    return f"{day_text(date.fromisoformat(instant[:10]))}, {instant[11:16]} UTC"


def _text(text: str | None) -> str:
    """A text for HTML: what could steer its reader's eye is shown escaped, and markup is text."""
    return html.escape(escape(text or ""))


# -- the table -------------------------------------------------------------------------------------


def _table_row(row: StaticRow) -> str:
    name = f'<span class="title">{_text(row.title)}</span>'
    cells = (
        f'<th scope="row">{name} <span class="slug">{_text(row.initiative)}</span></th>',
        f"<td>{_text(_phase(row))}</td>",
        f"<td>{_text(_condition(row))}</td>",
        f"<td>{_text(date_text(row.since))}</td>",
        f"<td>{_text(_rests_on(row))}</td>",
        f"<td>{row.next_due.isoformat() if row.next_due else ''}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>\n"


def _phase(row: StaticRow) -> str:
    others = [each for each in row.possible if each != row.phase]
    return f"{row.phase} (possibly {', '.join(others)})" if others else row.phase


def _condition(row: StaticRow) -> str:
    remarks = [row.outcome] if row.outcome else []
    remarks += ["inferred"] if row.is_inferred else []
    observed = "active" if row.is_inferred else row.condition
    others = [each for each in row.possible_conditions if each != observed]
    remarks += [f"possibly {', '.join(others)}"] if others else []
    return f"{row.condition} ({'; '.join(remarks)})" if remarks else row.condition


def _rests_on(row: StaticRow) -> str:
    if row.rests_on is None:
        return ""
    told = f"{row.rests_on}, {date_text(row.rests_on_date)}"
    return f"{told} ({row.source})" if row.source else told


# -- the data --------------------------------------------------------------------------------------


def _data(report: Report) -> Iterator[str]:
    """The data of the program as JSON that is safe inside a script element, in pieces."""
    yield _json({**report.head, "title": report.title})[:-1]
    for name, values in report.series.items():
        yield f',"{name}":['
        yield from _listed(values)
        yield "]"
    yield ',"initiatives":['
    for number, item in enumerate(report.items):
        yield f"{',' if number else ''}\n{_json(item)}"
    yield "]}"


def _listed(values: Iterable[int | str]) -> Iterator[str]:
    """The members of an array, a thousand at a time."""
    rest = iter(values)
    between = ""
    while some := list(islice(rest, 1000)):
        yield between + _json(some)[1:-1]
        between = ","


def _json(value: Any) -> str:
    r"""JSON in which no text can end the script element, or open a comment in it.

    Recorded text is shown escaped wherever it appears, as everywhere; it is escaped here, once.
    """
    text = json_text(_shown(value))
    return text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")


def _shown(value: Any) -> Any:
    """*value* with every text in it as it may be shown; line ends stay."""
    if isinstance(value, str):
        return escape(value, newline_ok=True)
    if isinstance(value, dict):
        return {name: _shown(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(each) for each in value]
    return value
