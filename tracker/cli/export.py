"""``tracker export``: write the log or an answer to a file."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

import click

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app
from tracker.cli.text import write_utf8
from tracker.errors import CalledWrongly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracker.application.exporting import LeftOut

FORMATS = (
    "log",
    "csv",
    "jsonl",
    "cloudevents",
    "xlsx",
    "ics",
    "atom",
    "parquet",
    "datapackage",
)
BINARY = ("xlsx", "parquet", "datapackage")
"""The formats that are bytes and no text: no terminal can show them."""

_STDOUT = "-"


@shell.command()
@click.argument("file", required=False)
@click.option(
    "--format", "format_name", type=click.Choice(FORMATS), required=True, help="What to write."
)
@options.viewpoint_options
@options.filter_options
@click.option("--force", is_flag=True, help="Replace FILE if it is there already.")
@options.dry_run_option
@options.example("""
    tracker export desk.jsonl --format log
    tracker export --format csv --party India --as-of 2025-12-31 > india.csv
    tracker export facts.jsonl --format jsonl --force
    tracker --db other.db import facts.jsonl --backfill
    tracker export board.xlsx --format xlsx --as-reported 2025-12-31
    tracker export plans.ics --format ics --tag summit --force
    tracker export --format cloudevents | head -1
""")
@pass_app
def command(
    app: App,
    /,
    *,
    file: str | None,
    format_name: str,
    as_of: str | None,
    known_at: str | None,
    as_reported: str | None,
    force: bool,
    dry_run: bool,
    **filters: Any,
) -> None:
    """Write the log, or what stands at a viewpoint, to FILE or to standard output.

    \b
    log          every event up to what --known-at says, for tracker restore:
                 nothing is lost, and the hashes still hold
    csv          the developments and plans that stand, in the columns of
                 tracker import
    jsonl        the same, one JSON object a line
    cloudevents  every event as CloudEvents 1.0, one JSON object a line
    xlsx         a workbook: status, developments, sources, changes and plans,
                 with filters and real dates (extra: excel)
    ics          the plans that are not fulfilled, as a calendar to subscribe to
                 (extra: calendar)
    atom         the newest 200 changes, as a feed
    parquet      the developments and plans that stand, in typed columns
                 (extra: duckdb)
    datapackage  a zip of the tables of xlsx as CSV, with their schemas

    In csv and jsonl a row holds one source, the first; recorded_at is when the date that a fact has
    was recorded. In csv and datapackage an apostrophe stands before what a spreadsheet would
    take for a formula, and tracker import takes it off again. FILE gets its name once it is whole.
    """  # noqa: D301 -- click takes a line of \b alone for text that keeps its lines
    from tracker.cli import asking, export_formats

    only = asking.filters_from(filters)
    _refuse_questions(format_name, as_of, as_reported, filters)
    path = Path(file) if file not in (None, _STDOUT) else None
    if path is not None:
        app.check_place(path, force=force)
    elif format_name in BINARY and app.terminal and not dry_run:
        message = f"{format_name} is no text that a terminal could show; name a FILE, or add > FILE"
        raise CalledWrongly(message)
    with app.tracker() as log:
        at = log.viewpoint(as_of, known_at, as_reported)
        around = asking.envelope(log, "export", at)
        export = export_formats.Export(app, log, at, only)
        with _place(app, path, format_name, force=force, dry_run=dry_run) as out:
            count = export_formats.WRITERS[format_name](export, out)
        noun = export_formats.NOUNS[format_name]
        is_of_events = format_name in ("log", "cloudevents")
        seen = asking.knowledge_text if is_of_events else asking.viewpoint_text
        what = f"{asking.counted(count, noun)}, {seen(at, around)}"
    for told in _left_out(export.left_out):
        app.say(f"left out: {told}; --format log keeps all of it")
    did = "would write" if dry_run else "wrote"
    if path is not None or dry_run:
        app.say(f"{did} {what}, to {path or 'standard output'}")


def _refuse_questions(
    format_name: str, as_of: str | None, as_reported: str | None, filters: dict[str, Any]
) -> None:
    """Refuse what has no meaning for events, or cuts pieces out of a log that is to be restored."""
    given = [name for name, value in filters.items() if value]
    if format_name == "log" and (as_of is not None or as_reported is not None):
        raise CalledWrongly(
            "a log has no as-of date: it is exported whole, up to --known-at; for what stood on a "
            "day, export csv or jsonl"
        )
    if format_name == "log" and given:
        raise CalledWrongly(
            f"--{given[0]} cannot be used with --format log: a log is exported whole; for some "
            "initiatives, export csv or jsonl"
        )
    if format_name == "cloudevents" and as_of is not None and not given:
        raise CalledWrongly(
            "events have no as-of date: they are exported up to --known-at, and --as-of only says "
            "for which day a filter such as --phase is asked; for what stood on a day, export jsonl"
        )


@contextmanager
def _place(
    app: App, path: Path | None, format_name: str, *, force: bool, dry_run: bool
) -> Iterator[Any]:
    """Where to write: the file, standard output, or nowhere at all; text is UTF-8."""
    from tracker.exchange.whole_file import whole_bytes, whole_file

    is_binary = format_name in BINARY
    if dry_run:
        yield _Nowhere()
    elif path is not None:
        with (whole_bytes if is_binary else whole_file)(path, replace=force) as out:
            yield out
    elif is_binary:
        yield sys.stdout.buffer
    else:
        write_utf8(newline="")
        yield cast("TextIO", _Shown()) if app.terminal else sys.stdout


class _Nowhere:
    def write(self, data: str | bytes) -> int:
        return len(data)


class _Shown:
    """Standard output that is a terminal: nothing that was recorded may steer it."""

    def write(self, text: str) -> int:
        from tracker.cli.text import visible

        return sys.stdout.write(visible(text))


def _left_out(left_out: LeftOut) -> Iterator[str]:
    from tracker.cli.asking import counted

    if left_out.initiatives:
        yield f"{counted(left_out.initiatives, 'initiative')} without a development or plan"
    if left_out.sources:
        yield f"{counted(left_out.sources, 'source')} beyond the first of a fact"
    if left_out.references:
        yield f"{counted(left_out.references, 'reference')} to facts that are not in the file"
    if left_out.orders:
        yield f"{counted(left_out.orders, 'order')} within a day that had lapsed"
    if left_out.undated:
        yield f"{counted(left_out.undated, 'plan')} without a date"
    if left_out.older:
        yield f"{counted(left_out.older, 'change')} before the newest"
    if left_out.cut:
        yield f"the ends of {counted(left_out.cut, 'text')} too long for a cell"
    if left_out.erased:
        yield f"{counted(left_out.erased, 'text')} that had been erased"
