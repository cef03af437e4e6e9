"""What if: a draft, or another lifecycle, tried on the log and rolled back.

The import itself runs, in a transaction that is never committed: in it the read tables answer as
they would once the draft was recorded, and ``diff`` finds what that changes. For a role that may
only read, or an earlier position of knowledge, the draft is tried on a copy of the log up to there,
which is deleted afterwards.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from attrs import field, frozen
from sqlalchemy.engine import Connection, Engine

from tracker.application.import_report import ImportReport
from tracker.application.importing import take
from tracker.application.new_findings import PART, new_findings, touched
from tracker.application.opening import OpenLog
from tracker.application.recording import check_recorder
from tracker.application.row_sources import Opener, RowSource, opened
from tracker.application.shipped import shipped_lifecycle, shipped_names
from tracker.application.viewpoints import AsOf, KnownAt, viewpoint
from tracker.domain.changes import Change
from tracker.domain.events import Event
from tracker.domain.findings import Finding
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.viewpoint import Viewpoint
from tracker.projections import changes
from tracker.projections.batches import batches
from tracker.projections.rebuild import rebuild_here
from tracker.store import migrate
from tracker.store.codec import decode
from tracker.store.engine import create_file, make_engine, parse_url, translated
from tracker.store.event_log import Appender, Row, head, read_at, read_rows, reading, writing
from tracker.store.schema import disclosures, events
from tracker.store.sentences import READ_ONLY
from tracker.store.writer import MayOnlyReadError

BATCH: Final = 500

Progress = Callable[[int], None]
"""(events copied so far)"""


@frozen
class Draft:
    """A draft: *lifecycles*, adopted first, and *files* of rows as for ``import``."""

    files: tuple[tuple[str, Opener], ...] = ()
    lifecycles: tuple[Lifecycle, ...] = ()


@frozen
class Asked:
    """A viewpoint as it was asked for; it is resolved when the draft is tried."""

    as_of: AsOf = None
    known_at: KnownAt = None
    as_reported: AsOf = None

    def at(self, connection: Connection) -> Viewpoint:
        """Return the viewpoint on the log behind *connection*."""
        return viewpoint(connection, self.as_of, self.known_at, self.as_reported)


@frozen
class Supposition:
    """The changes at the viewpoint *at* if the draft were recorded.

    *report* is that of the import; if it has faults, everything else is empty. *events* are those
    behind the causes, by position, those of the draft among them. *findings* are the (initiative,
    finding) pairs that the draft would add.
    """

    at: Viewpoint
    report: ImportReport
    changes: tuple[Change, ...] = ()
    events: dict[int, Event] = field(factory=dict, hash=False)
    findings: tuple[tuple[str, Finding], ...] = ()


def suppose(
    log: OpenLog, draft: Draft, asked: Asked, *, by: str, progress: Progress | None = None
) -> Supposition:
    """Return what would change in *log* if *draft* were recorded by *by*; nothing is written.

    The log is locked while the draft is tried, unless a copy has to be made: then *progress* is
    called with the events copied so far. Raises what an import of the draft raises, Refused and
    NotFound for the viewpoint.
    """
    by = check_recorder(by)
    with ExitStack() as stack:
        # Pipes are read before the lock is taken, as for an import.
        files = [opened(name, opener, stack) for name, opener in draft.files]
        trial = _Trial(tuple(files), draft.lifecycles, by)
        with translated(log.url):
            found = _tried_in_place(log.engine, trial, asked)
            if found is None:
                found = _tried_on_copy(log, trial, asked, progress)
    return found


@frozen
class _Trial:
    files: tuple[RowSource, ...]
    lifecycles: tuple[Lifecycle, ...]
    by: str

    def on(self, appender: Appender, at: Viewpoint) -> Supposition:
        """Append the draft to the log, whose head is that of *at*, and return what it changes."""
        for source in self.files:
            # They may be read a second time: SQLite may grant the lock, and refuse the first write.
            source.stream.seek(0)
        report = take(
            appender,
            self.files,
            by=self.by,
            shipped_lifecycle=shipped_lifecycle,
            shipped_names=shipped_names,
            lifecycles=self.lifecycles,
            told=lambda _: None,
        )
        if report.faults:
            return Supposition(at, report)
        connection, after = appender.connection, Viewpoint(at.as_of, appender.position)
        slugs = touched(connection, at, after, report.adopted)
        found = changes.diff(connection, at, after)
        behind = {c.position for change in found for c in change.causes if c.position is not None}
        return Supposition(
            at=at,
            report=report,
            changes=tuple(found),
            events=read_at(connection, behind),
            findings=tuple(new_findings(connection, at, after, batches(slugs, PART))),
        )


def _tried_in_place(engine: Engine, trial: _Trial, asked: Asked) -> Supposition | None:
    """Try it on the log itself; return None where that is impossible, and a copy is needed."""
    with reading(engine) as connection:
        if asked.at(connection).position < head(connection).position:
            return None
    try:
        with writing(engine, dry_run=True) as appender:
            # Only the lock settles it: something may have been recorded meanwhile.
            at = asked.at(appender.connection)
            return trial.on(appender, at) if at.position == appender.position else None
    except MayOnlyReadError:
        return None
    except sa.exc.DBAPIError as error:
        if READ_ONLY.search(str(error.orig)):
            return None
        raise


# -- on a copy -------------------------------------------------------------------------------------


def _tried_on_copy(
    log: OpenLog, trial: _Trial, asked: Asked, progress: Progress | None
) -> Supposition:
    with reading(log.engine) as connection:
        at = asked.at(connection)
    with tempfile.TemporaryDirectory(prefix="tracker-") as folder:
        url = parse_url(str(Path(folder) / "copy.db"))
        with translated(url):
            create_file(url)
            engine = make_engine(url)
            try:
                migrate.upgrade(engine)
                with writing(engine, dry_run=True) as appender:
                    _copy(log, at.position, appender, progress)
                    rebuild_here(appender.connection)
                    return trial.on(appender, at)
            finally:
                engine.dispose()


def _copy(log: OpenLog, position: int, appender: Appender, progress: Progress | None) -> None:
    """Append the first *position* events of *log*, byte for byte, with what they disclose."""
    for number, (event, body, disclosed) in enumerate(_told(log, position), start=1):
        appender.append_body(event, body, disclosed)
        if number % BATCH == 0:
            appender.flush()
            if progress is not None:
                progress(number)
    appender.flush()


def _told(log: OpenLog, position: int) -> Iterator[tuple[Event, str, list[Row]]]:
    # Translated here, so that an error of the log is not reported as one of the copy.
    with translated(log.url), reading(log.engine) as connection:
        for rows in read_rows(connection, events.c.position <= position):
            span = disclosures.c.position.between(rows[0].position, rows[-1].position)
            texts: dict[int, list[Row]] = {}
            for text in connection.execute(sa.select(disclosures).where(span)).mappings():
                texts.setdefault(text["position"], []).append(dict(text))
            for row in rows:
                disclosed = texts.get(row.position, [])
                told = {text["field"]: text["text"] for text in disclosed}
                yield decode(row.body, told), row.body, disclosed
