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

    *recorded* developments and *plans* were appended, *already_there* counts the rows that the log
    had. With *stop* and any fault, or with a file of which no row can be read, nothing was
    appended, and all counts but *rows* are 0. *preview* is what the import changes, if a preview
    was requested; *lines* has the file and line of each event.
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

    @property
    def unread_files(self) -> tuple[str, ...]:
        """The files of which no row can be read: to leave out a row does not get rid of these."""
        return tuple(dict.fromkeys(fault.file for fault in self.faults if fault.of_file))


def report_item(report: ImportReport) -> Item:
    """Return the counts of an import, recorded or with a dry run, as an item for JSON."""
    return {
        "rows": report.rows,
        "developments": report.recorded,
        "plans": report.plans,
        "registered": report.registered,
        "adopted": list(report.adopted),
        "already_there": report.already_there,
    }
