"""``tracker export``: write the log or an answer to a file."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

import click

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app
from tracker.errors import CalledWrongly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracker.application import Filters, Tracker
    from tracker.application.exporting import LeftOut
    from tracker.domain.viewpoint import Viewpoint

FORMATS = ("log", "csv", "jsonl")
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
    log    every event up to what --known-at says, for tracker restore: nothing is
           lost, and the hashes still hold
    csv    the developments and plans that stand, in the columns of tracker import
    jsonl  the same, one JSON object a line

    In csv and jsonl a row holds one source, the first; recorded_at is when the date that a fact has
    was recorded. In csv a quotation mark stands before what a spreadsheet would take for a formula,
    and tracker import takes it off again. FILE gets its name once it is whole.
    """  # noqa: D301 -- click takes a line of \b alone for text that keeps its lines
    from tracker.cli import asking

    only = asking.filters_from(filters)
    if format_name == "log":
        _refuse_questions(as_of, as_reported, filters)
    path = Path(file) if file not in (None, _STDOUT) else None
    if path is not None:
        _check_place(path, force=force)
    with app.tracker() as log:
        at = log.viewpoint(as_of, known_at, as_reported)
        around = asking.envelope(log, "export", at)
        with _place(app, path, force=force, dry_run=dry_run) as out:
            if format_name == "log":
                count = _write_log(app, log, at.position, out)
                what = f"{asking.counted(count, 'event')}, {asking.knowledge_text(at, around)}"
            else:
                count = _write_rows(app, log, at, only, format_name, out)
                what = f"{asking.counted(count, 'fact')}, {asking.viewpoint_text(at, around)}"
    did = "would write" if dry_run else "wrote"
    if path is not None or dry_run:
        app.say(f"{did} {what}, to {path or 'standard output'}")


def _refuse_questions(as_of: str | None, as_reported: str | None, filters: dict[str, Any]) -> None:
    """Refuse what cuts pieces out of a log: what is left could not be restored."""
    if as_of is not None or as_reported is not None:
        raise CalledWrongly(
            "a log has no as-of date: it is exported whole, up to --known-at; for what stood on a "
            "day, export csv or jsonl"
        )
    given = [name for name, value in filters.items() if value]
    if given:
        raise CalledWrongly(
            f"--{given[0]} cannot be used with --format log: a log is exported whole; for some "
            "initiatives, export csv or jsonl"
        )


def _check_place(path: Path, *, force: bool) -> None:
    """Refuse a name that is taken before the work, not after it."""
    from tracker.application.exporting import check_free

    if not force:
        check_free(path)


@contextmanager
def _place(app: App, path: Path | None, *, force: bool, dry_run: bool) -> Iterator[TextIO]:
    """Where to write: the file, standard output as UTF-8, or nowhere at all."""
    from tracker.application.exporting import whole_file

    if dry_run:
        yield cast("TextIO", _Nowhere())
    elif path is not None:
        with whole_file(path, replace=force) as out:
            yield out
    else:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", newline="")
        yield cast("TextIO", _Shown()) if app.terminal else sys.stdout


class _Nowhere:
    def write(self, text: str) -> int:
        return len(text)


class _Shown:
    """Standard output that is a terminal: nothing that was recorded may steer it."""

    def write(self, text: str) -> int:
        from tracker.cli.text import visible

        return sys.stdout.write(visible(text))


def _write_log(app: App, log: Tracker, position: int, out: TextIO) -> int:
    from tracker.cli.verify import counted
    from tracker.exchange.log_file import export_log
    from tracker.store import event_log
    from tracker.store.engine import translated

    with (
        translated(log.log.url),
        event_log.reading(log.engine) as connection,
        counted(app, position, "Exporting") as progress,
    ):
        return export_log(connection, out, position, progress)


def _write_rows(
    app: App, log: Tracker, at: Viewpoint, only: Filters, format_name: str, out: TextIO
) -> int:
    from tracker.application import exporting
    from tracker.exchange.table_csv import write_csv
    from tracker.exchange.table_jsonl import write_jsonl
    from tracker.store import event_log
    from tracker.store.engine import translated

    left_out = exporting.LeftOut()
    with (
        translated(log.log.url),
        event_log.reading(log.engine) as connection,
        app.progress(None, "Exporting") as advance,
    ):
        rows = exporting.rows(connection, at, only, left_out, advance)
        count = write_csv(rows, out) if format_name == "csv" else write_jsonl(rows, out)
    for told in _left_out(left_out):
        app.say(f"left out: {told}; --format log keeps all of it")
    return count


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
    if left_out.erased:
        yield f"{counted(left_out.erased, 'text')} that had been erased"
