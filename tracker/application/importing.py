"""Import: rows of files, decided and appended in one transaction under the lock of the log.

Every row is checked under the lock, since only there the current state is known. A fault rolls
everything back (*stop*), or only its row is left out (*skip*). Rows are handled in batches, so that
memory does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from typing import Literal, TextIO

from attrs import evolve
from sqlalchemy.engine import Connection, Engine

from tracker.application.import_preview import Preview, preview
from tracker.application.import_report import ImportReport
from tracker.application.row_import import RowImport
from tracker.application.row_sources import Opener, RowSource, counted, opened
from tracker.domain.lifecycle import Lifecycle
from tracker.exchange.row_files import Format
from tracker.projections.ledger import LogLedger
from tracker.projections.projection import mark
from tracker.store.event_log import Appender, writing

OnError = Literal["stop", "skip"]
Progress = Callable[[int, int | None], None]


class _TakenBackError(Exception):
    """Raised to leave the transaction, so that it is rolled back."""


def import_files(
    engine: Engine,
    files: Sequence[tuple[str, Opener]],
    *,
    by: str,
    shipped_lifecycle: Callable[[str], Lifecycle | None],
    shipped_names: Callable[[], Iterable[str]],
    backfill: bool = False,
    on_error: OnError = "stop",
    lifecycles: Sequence[Lifecycle] = (),
    rejects: TextIO | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    format: Format | None = None,  # noqa: A002 -- the option's own name
    previewed: bool = False,
) -> ImportReport:
    """Append the rows of *files*, recorded by *by*; all or, with *skip*, the good ones.

    The bad rows are written to *rejects*, as JSON Lines with their reasons. *progress* is called
    with the rows done and about how many there are. With *previewed* the report has a preview of
    what the import changes.
    """
    with ExitStack() as stack:
        # Opened, and pipes drained, before the lock is taken: no writer waits for a slow pipe.
        sources = [opened(name, opener, stack, format) for name, opener in files]
        total = sum(counted(source) for source in sources) if progress else None
        with suppress(_TakenBackError), writing(engine) as appender:
            report = take(
                appender,
                sources,
                by=by,
                shipped_lifecycle=shipped_lifecycle,
                shipped_names=shipped_names,
                backfill=backfill,
                on_error=on_error,
                lifecycles=lifecycles,
                rejects=rejects,
                told=lambda done: progress(done, total) if progress else None,
            )
            is_stopped = report.unread_files or (report.faults and on_error == "stop")
            if previewed and not is_stopped:
                report = _previewed(appender.connection, report, is_recorded=not dry_run)
            if dry_run or is_stopped:
                raise _TakenBackError
    return report


def _previewed(connection: Connection, report: ImportReport, *, is_recorded: bool) -> ImportReport:
    if report.first_position is None or report.last_position is None:
        return evolve(report, preview=Preview())
    positions = report.first_position - 1, report.last_position
    found = preview(connection, positions, report.adopted, report.lines, is_recorded=is_recorded)
    return evolve(report, preview=found)


def take(
    appender: Appender,
    sources: Sequence[RowSource],
    *,
    by: str,
    shipped_lifecycle: Callable[[str], Lifecycle | None],
    shipped_names: Callable[[], Iterable[str]],
    backfill: bool = False,
    on_error: OnError = "stop",
    lifecycles: Sequence[Lifecycle] = (),
    rejects: TextIO | None = None,
    told: Callable[[int], None],
) -> ImportReport:
    """Append the rows of *sources* under the lock that *appender* holds, as :func:`import_files`.

    *told* is called with the rows done. With *stop* and any fault the caller must roll everything
    back.
    """
    run = RowImport(
        appender=appender,
        new_ledger=lambda: LogLedger(appender.connection, shipped_lifecycle, shipped_names),
        by=by,
        backfill=backfill,
        lifecycles=tuple(lifecycles),
        rejects=rejects,
        told=told,
    )
    run.take(sources)
    if appender.position > run.started_at:
        mark(appender.connection, appender.position, appender.writer)
    return run.report(is_all_or_nothing=on_error == "stop")
