"""What an import did, or would have done."""

from __future__ import annotations

from attrs import field, frozen

from tracker.application.import_preview import Preview
from tracker.application.import_rows import Lines
from tracker.application.items import Item
from tracker.exchange.rows import RowFault


@frozen
class ImportReport:
    """What an import did, or with a dry run would have done.

    *recorded* developments and *plans* are what was appended, *already_there* the rows that the log
    had. With *stop* and any fault nothing was, and all counts but *rows* are 0. *preview* says what
    all of it changes, where that was asked for; *lines* knows where each event comes from.
    """

    rows: int
    recorded: int = 0
    plans: int = 0
    registered: int = 0
    adopted: tuple[str, ...] = ()
    already_there: int = 0
    skipped: int = 0
    faults: tuple[RowFault, ...] = ()
    first_position: int | None = None
    last_position: int | None = None
    preview: Preview | None = None
    lines: Lines = field(factory=Lines, eq=False, repr=False)


def report_item(report: ImportReport) -> Item:
    """How many of each an import recorded, or would have."""
    return {
        "rows": report.rows,
        "developments": report.recorded,
        "plans": report.plans,
        "registered": report.registered,
        "adopted": list(report.adopted),
        "already_there": report.already_there,
    }
