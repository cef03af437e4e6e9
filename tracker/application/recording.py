"""From a request to events in the log: resolve, decide, append and project, under one lock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.engine import Connection, Engine

from tracker import clock
from tracker.application.receipts import Receipt
from tracker.application.shipped import shipped_lifecycle, shipped_names
from tracker.domain.commands import Amend, Command
from tracker.domain.dates import format_instant
from tracker.domain.decide import decide
from tracker.domain.events import Event, Recorded, Time
from tracker.domain.findings import Finding, findings
from tracker.domain.status import status
from tracker.domain.viewpoint import Viewpoint
from tracker.errors import Refused
from tracker.projections import portfolio
from tracker.projections.ledger import LogLedger
from tracker.projections.projection import mark
from tracker.projections.projector import Projector
from tracker.store.event_log import Appender, writing

Build = Callable[[Connection], Command]
"""Makes the command once the lock is held, so that names mean what they mean then."""


def ledger(connection: Connection) -> LogLedger:
    """What ``decide`` may ask of the log behind *connection*."""
    return LogLedger(connection, shipped_lifecycle, shipped_names)


def check_recorder(by: str) -> str:
    """*by* itself, or Refused where it cannot stand in a log as who recorded."""
    name = by.strip()
    if not name or len(name) > 200 or not name.isprintable():
        message = f"{by!r} cannot say who records; give a name of printable letters with --by"
        raise Refused(message)
    return name


def carry_out(
    engine: Engine,
    build: Build,
    by: str,
    *,
    dry_run: bool = False,
    asserted_at: datetime | None = None,
) -> Receipt:
    """Carry out one command: all its events are appended and projected, or none.

    *asserted_at* is the instant that its author vouches for; without it this log witnesses it.
    """
    by = check_recorder(by)
    with writing(engine, dry_run=dry_run) as appender:
        at: tuple[datetime, Time] = (appender.instant(clock.now()), "witnessed")
        if asserted_at is not None:
            at = (asserted_at, "asserted")
        return _carry_out(appender, build, by, at, dry_run=dry_run)


def _check_instant(appender: Appender, at: datetime, time: Time) -> None:
    if time == "asserted":
        appender.writer.must_own("vouch for another time")
    last = appender.recorded_at
    if time == "asserted" and last is not None and at < last:
        message = (
            f"the log was last written at {format_instant(last)}; "
            "what is asserted may not be recorded before that"
        )
        raise Refused(message)


def _carry_out(
    appender: Appender, build: Build, by: str, at: tuple[datetime, Time], *, dry_run: bool
) -> Receipt:
    connection = appender.connection
    command = build(connection)
    book = ledger(connection)
    brought_back = _is_withdrawn(command, book)
    drafts = decide(command, book, *at)
    if not drafts:
        return Receipt((), repeated=book.event(command.event_id), dry_run=dry_run)
    _check_instant(appender, *at)  # what is there already needs no place
    appended = appender.append(drafts, by)
    appender.flush()
    Projector(connection, writer=appender.writer).apply([row for _, row in appended])
    mark(appender.connection, appender.position, appender.writer)
    done = tuple(event for event, _ in appended)
    found = _findings(connection, done[-1], book)
    return Receipt(done, findings=found, dry_run=dry_run, brought_back=brought_back)


def _is_withdrawn(command: Command, book: LogLedger) -> bool:
    """Whether it amends a fact that does not stand."""
    fact = book.fact(command.fact) if isinstance(command, Amend) else None
    return fact is not None and not fact.is_present


def _findings(connection: Connection, event: Event, book: LogLedger) -> tuple[Finding, ...]:
    """What is odd about the fact that *event* is about, now that it is known."""
    slug = event.initiative
    about = _begun_by(event, book)
    if about is None or slug is None:
        return ()
    at = Viewpoint(clock.today(), event.position)
    known = portfolio.known(connection, slug, at.position)
    if known is None:
        return ()
    # Findings need every development anyway: what decides is not sought for again.
    facts = portfolio.developments(connection, at.position, [slug]).get(slug, [])
    plans = portfolio.plans(connection, at.position, [slug]).get(slug, [])
    stands = status(facts, known.lifecycle, at.as_of)
    odd = findings(facts, plans, known.lifecycle, stands, at.as_of)
    return tuple(finding for finding in odd if about.handle in finding.facts)


def _begun_by(event: Event, book: LogLedger) -> Event | None:
    """The event that began the fact that *event* is about; None where it is about none."""
    if isinstance(event.what, Recorded):
        return event
    fact = getattr(event.what, "fact", None)
    return None if fact is None else book.event(fact)
