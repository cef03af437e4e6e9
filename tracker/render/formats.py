"""Items in, text out: the five formats that every question can be answered in.

Items are plain dicts in the shapes that the command line promises, and may come from an iterator
that never ends up in memory: JSON, JSON lines, CSV and Markdown are written item by item. Only a
table has to see all its cells before it knows its widths.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TextIO

import attrs

from tracker.render.columns import Column, Item, plain, value_at
from tracker.render.safe import escape, json_text, spreadsheet_safe

Format = Literal["table", "json", "jsonl", "csv", "markdown"]
FORMATS: tuple[Format, ...] = ("table", "json", "jsonl", "csv", "markdown")


@attrs.frozen
class Envelope:
    """What stands around the items in JSON: which schema, which viewpoint, and what else."""

    schema: str
    viewpoint: Mapping[str, Any] | None
    extra: Mapping[str, Any] = attrs.field(factory=dict)


def write(
    items: Iterable[Item],
    *,
    envelope: Envelope,
    columns: Sequence[Column],
    format: Format,  # noqa: A002 - the name of the option it comes from
    out: TextIO,
    terminal: bool,
    color: bool,
    width: int | None,
    empty: str,
    caption: str | None = None,
) -> int:
    """Write *items* to *out* in *format*, and say how many there were.

    On a *terminal* a table is fitted to *width* and its cells wrap; anywhere else its cells are
    whole, in one line each. *empty* is the sentence that stands for a table without rows, and
    *caption* the line below one with rows.
    """
    if format == "json":
        return _write_json(items, envelope, out)
    if format == "jsonl":
        return _write_jsonl(items, out)
    if format == "csv":
        return _write_csv(items, columns, out)
    if format == "markdown":
        return _write_markdown(items, columns, out, caption)

    from tracker.render import tables

    if terminal:
        return tables.fitted(items, columns, out, color, width, empty, caption)
    return tables.aligned(items, columns, out, empty, caption, color=color)


def as_text(
    items: Iterable[Item],
    *,
    envelope: Envelope,
    format: Format,  # noqa: A002 - the name of the option it comes from
    columns: Sequence[Column] = (),
) -> str:
    """The text of *items* in *format*, as it is written anywhere but on a terminal."""
    out = io.StringIO(newline="")
    write(
        items,
        envelope=envelope,
        columns=columns,
        format=format,
        out=out,
        terminal=False,
        color=False,
        width=None,
        empty="",
    )
    return out.getvalue()


def _write_json(items: Iterable[Item], envelope: Envelope, out: TextIO) -> int:
    head = {"schema": envelope.schema, "viewpoint": envelope.viewpoint, **envelope.extra}
    opened = json_text(head, indent=2).removesuffix("\n}")
    out.write(f'{opened},\n  "items": [')
    count = 0
    for count, item in enumerate(items, start=1):
        # JSON has no raw line end inside a string, so indenting the lines changes no text.
        body = json_text(item, indent=2).replace("\n", "\n    ")
        out.write(f"{',' if count > 1 else ''}\n    {body}")
    out.write("\n  ]\n}\n" if count else "]\n}\n")
    return count


def _write_jsonl(items: Iterable[Item], out: TextIO) -> int:
    count = 0
    for count, item in enumerate(items, start=1):  # noqa: B007 - it is the answer
        out.write(json_text(item) + "\n")
    return count


def _write_csv(items: Iterable[Item], columns: Sequence[Column], out: TextIO) -> int:
    writer = csv.writer(out)  # RFC 4180: comma, doubled quotes, CRLF
    writer.writerow([column.key for column in columns])
    count = 0
    for count, item in enumerate(items, start=1):  # noqa: B007 - it is the answer
        writer.writerow([_csv_cell(value_at(item, column.key)) for column in columns])
    return count


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    text = plain(value, ";", ("false", "true"))
    if isinstance(value, int | float):
        return text  # a negative number is no formula
    return escape(spreadsheet_safe(text), newline_ok=True)


def _write_markdown(
    items: Iterable[Item], columns: Sequence[Column], out: TextIO, caption: str | None
) -> int:
    out.write(_markdown_row(escape(column.title) for column in columns))
    rules = ("---:" if column.align == "right" else "---" for column in columns)
    out.write(f"| {' | '.join(rules)} |\n")
    count = 0
    for count, item in enumerate(items, start=1):  # noqa: B007 - it is the answer
        out.write(_markdown_row(column.cell(item) for column in columns))
    if caption:
        out.write(f"\n{_markdown_text(escape(caption))}\n")
    return count


def _markdown_row(cells: Iterator[str]) -> str:
    return f"| {' | '.join(map(_markdown_text, cells))} |\n"


# Underscores inside a word are plain in Markdown; slugs and addresses keep theirs unescaped.
_MARKUP = re.compile(r"[\\`*\[\]<>|~&$]|(?<![^\W_])_|_(?![^\W_])")


def _markdown_text(text: str) -> str:
    return _MARKUP.sub(lambda match: "\\" + match.group(), text)
