"""The formats of ``tracker export``: how each is written, and what it counts."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from attrs import Factory, frozen

from tracker.application.exporting import LeftOut

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from tracker.application import Filters, Tracker
    from tracker.cli.app import App
    from tracker.domain.viewpoint import Viewpoint


@frozen
class Export:
    """What is asked for: of which log, at which viewpoint, of which initiatives."""

    app: App
    log: Tracker
    at: Viewpoint
    only: Filters
    left_out: LeftOut = Factory(LeftOut)

    @contextmanager
    def reading(self) -> Iterator[tuple[Connection, Callable[[int], None]]]:
        """One state of the log, and what to call with how many more are done."""
        from tracker.store import event_log
        from tracker.store.engine import translated

        with (
            translated(self.log.log.url),
            event_log.reading(self.log.engine) as connection,
            self.app.progress(None, "Exporting") as advance,
        ):
            yield connection, advance


def _log(export: Export, out: Any) -> int:
    from tracker.cli.verify import counted
    from tracker.exchange.log_file import export_log
    from tracker.store import event_log
    from tracker.store.engine import translated

    position = export.at.position
    with (
        translated(export.log.log.url),
        event_log.reading(export.log.engine) as connection,
        counted(export.app, position, "Exporting") as progress,
    ):
        return export_log(connection, out, position, progress)


def _csv(export: Export, out: Any) -> int:
    from tracker.application import exporting
    from tracker.exchange.table_csv import write_csv

    with export.reading() as (connection, advance):
        rows = exporting.rows(connection, export.at, export.only, export.left_out, advance)
        return write_csv(rows, out)


def _jsonl(export: Export, out: Any) -> int:
    from tracker.application import exporting
    from tracker.exchange.table_jsonl import write_jsonl

    with export.reading() as (connection, advance):
        rows = exporting.rows(connection, export.at, export.only, export.left_out, advance)
        return write_jsonl(rows, out)


def _cloudevents(export: Export, out: Any) -> int:
    from tracker.application import replaying
    from tracker.application.checkpoints import origin
    from tracker.exchange.cloudevents import write_cloudevents

    at = export.at
    with export.reading() as (connection, advance):
        only = replaying.chosen(connection, at, (), export.only)
        return write_cloudevents(connection, out, origin(connection), at.position, only, advance)


def _ics(export: Export, out: Any) -> int:
    from tracker.application import publishing
    from tracker.exchange.calendar_file import write_calendar

    with export.reading() as (connection, _):
        told = publishing.about(connection, export.at, export.only)
        entries = publishing.calendar_entries(connection, export.at, export.only, export.left_out)
        return write_calendar(entries, publishing.titled("Plans", told), out)


def _atom(export: Export, out: Any) -> int:
    from tracker.application import publishing
    from tracker.exchange.atom import write_atom

    with export.reading() as (connection, _):
        told = publishing.about(connection, export.at, export.only)
        entries = publishing.feed_entries(connection, export.at, export.only, export.left_out)
        updated = publishing.feed_updated(told)
        title = publishing.titled("Changes", told)
        return write_atom(entries, publishing.feed_id(told), title, updated, out)


def _xlsx(export: Export, out: Any) -> int:
    from tracker.application import publishing
    from tracker.application.tables import tables
    from tracker.exchange.xlsx import write_xlsx

    with export.reading() as (connection, advance), _made_whole(out) as made:
        told = publishing.about(connection, export.at, export.only)
        filled = tables(connection, export.at, export.only, export.left_out, advance)
        count, export.left_out.cut = write_xlsx(filled, told, made)
        return count


def _datapackage(export: Export, out: Any) -> int:
    from tracker.application import publishing
    from tracker.application.tables import tables
    from tracker.exchange.datapackage import write_datapackage

    with export.reading() as (connection, advance), _made_whole(out) as made:
        told = publishing.about(connection, export.at, export.only)
        filled = tables(connection, export.at, export.only, export.left_out, advance)
        return write_datapackage(filled, told, made)


def _parquet(export: Export, out: Any) -> int:
    from tracker.application import publishing
    from tracker.exchange.parquet import write_parquet

    with export.reading() as (connection, advance), _made_whole(out) as made:
        told = publishing.about(connection, export.at, export.only)
        rows = publishing.fact_rows(connection, export.at, export.only, export.left_out)
        return write_parquet(_watched(rows, advance), told.as_metadata, made)


def _watched(rows: Iterator[Any], advance: Callable[[int], None]) -> Iterator[Any]:
    for row in rows:
        yield row
        advance(1)


@contextmanager
def _made_whole(out: Any) -> Iterator[BinaryIO]:
    """A file without a name that can seek, sent to *out* once nothing can go wrong any more."""
    with tempfile.TemporaryFile() as made:
        yield made
        made.seek(0)
        shutil.copyfileobj(made, out)


WRITERS: dict[str, Callable[[Export, Any], int]] = {
    "log": _log,
    "csv": _csv,
    "jsonl": _jsonl,
    "cloudevents": _cloudevents,
    "xlsx": _xlsx,
    "ics": _ics,
    "atom": _atom,
    "parquet": _parquet,
    "datapackage": _datapackage,
}
"""Each writes to a stream, of bytes where it is binary, and gives how many there were."""

NOUNS = {
    "log": "event",
    "csv": "fact",
    "jsonl": "fact",
    "cloudevents": "event",
    "xlsx": "row",
    "ics": "plan",
    "atom": "change",
    "parquet": "fact",
    "datapackage": "row",
}
"""What each counts."""
