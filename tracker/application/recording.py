"""From a request to events in the log: resolve, decide, append and project, under one lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from attrs import evolve
from sqlalchemy.engine import Engine

from tracker import clock
from tracker.application.receipts import Receipt
from tracker.application.shipped import shipped_lifecycle, shipped_names
from tracker.domain.commands import Amend, Command
from tracker.domain.dates import format_instant
from tracker.domain.decide import decide
from tracker.domain.events import (
    Amended,
    Draft,
    Event,
    Recorded,
    Time,
    Withdrawn,
    account_of,
)
from tracker.domain.facts import FactVersion, PlanVersion
from tracker.domain.findings import Finding, findings
from tracker.domain.status import status
from tracker.domain.viewpoint import Viewpoint
from tracker.errors import Refused
from tracker.projections import portfolio
from tracker.projections.ledger import LogLedger
from tracker.projections.ledger import foreseen as foreseen_of
from tracker.projections.projection import mark
from tracker.projections.projector import Projector
from tracker.store.driver import Driver, Reader
from tracker.store.event_log import Appender, Foreseen, writing

Build = Callable[[LogLedger], Command]
"""Makes the command once the lock is held, so that names mean what they mean then."""


def ledger(reader: Reader) -> LogLedger:
    """Return the ledger through which ``decide`` reads the log behind *reader*."""
    return LogLedger(reader, shipped_lifecycle, shipped_names)


def check_recorder(by: str) -> str:
    """*by* itself, or Refused where it cannot stand in a log as who recorded."""
    name = by.strip()
    if not name or len(name) > 200 or not name.isprintable():
        message = (
            f"{by[:200]!r} cannot say who records; give a name of at most 200 printable letters "
            "with --by"
        )
        raise Refused(message)
    return name


def carry_out(
    engine: Engine,
    build: Build,
    by: str,
    *,
    dry_run: bool = False,
    asserted_at: datetime | None = None,
    foreseen: Foreseen | None = None,
) -> Receipt:
    """Carry out one command: all its events are appended and projected, or none.

    *asserted_at* is the instant that its author vouches for; without it the log takes its own.
    *foreseen* are the queries that a command about one fact will need, see :func:`about`. Raises
    what ``decide`` raises.
    """
    by = check_recorder(by)
    with writing(engine, dry_run=dry_run, foreseen=foreseen) as appender:
        at: tuple[datetime, Time] = (appender.instant(clock.now()), "witnessed")
        if asserted_at is not None:
            at = (asserted_at, "asserted")
        receipt, findings_of = _carry_out(appender, build, by, at, dry_run=dry_run)
    return evolve(receipt, findings=findings_of())


def about(initiative: str, event_id: str) -> Foreseen:
    """Return the queries that recording this event will need.

    PostgreSQL can be sent them together with the request for the lock.
    """
    slug = initiative.strip()
    return lambda driver: foreseen_of(driver, slug, event_id)


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
) -> tuple[Receipt, Callable[[], tuple[Finding, ...]]]:
    """Append what the command asks for; return the receipt, and a function for its findings.

    That function is to be called when the transaction is over.
    """
    book = ledger(appender.driver)
    command = build(book)
    amended = book.fact(command.fact) if isinstance(command, Amend) else None
    drafts = decide(command, book, *at)
    if not drafts:
        repeated = book.event(command.event_id)
        return Receipt((), repeated=repeated, dry_run=dry_run), tuple
    _check_instant(appender, *at)  # what is there already needs no place
    projector = Projector(appender.connection, writer=appender.writer)
    _tell_what_is_known(drafts, book, appender, projector)
    appended = appender.append(drafts, by)
    appender.flush()
    projector.apply([row for _, row in appended])
    mark(appender.connection, appender.position, appender.writer)
    done = tuple(event for event, _ in appended)
    receipt = Receipt(
        done,
        dry_run=dry_run,
        brought_back=amended is not None and not amended.is_present,
        corrected=None if amended is None else amended.account,
    )
    return receipt, _findings(appender.driver, done[-1], book)


def _tell_what_is_known(
    drafts: Sequence[Draft], book: LogLedger, appender: Appender, projector: Projector
) -> None:
    """Pass what ``decide`` already read (version, lifecycle) to the appender and the projector.

    That saves their queries.
    """
    for draft in drafts:
        if not isinstance(draft.what, Recorded | Amended | Withdrawn) or draft.initiative is None:
            continue
        standing = book.initiative(draft.initiative)
        lifecycle = None if standing is None else book.lifecycle(standing.profile.lifecycle)
        if standing is not None and lifecycle is not None:
            appender.knows(draft.initiative, standing.version)
            projector.knows(draft.initiative, lifecycle)


def _findings(driver: Driver, event: Event, book: LogLedger) -> Callable[[], tuple[Finding, ...]]:
    """Return a function that gives the findings about the fact that *event* is about."""
    slug = event.initiative
    begun = _begun_by(event, book)
    standing = None if begun is None or slug is None else book.initiative(slug)
    lifecycle = None if standing is None else book.lifecycle(standing.profile.lifecycle)
    if begun is None or slug is None or lifecycle is None:
        return tuple
    at, handle = Viewpoint(clock.today(), event.position), begun.handle
    account = account_of(begun.what)
    is_plan = account is not None and account.mode == "planned"

    def facts_and_plans(reader: Reader) -> tuple[list[FactVersion], list[PlanVersion]]:
        facts = portfolio.developments(reader, at.position, [slug]).get(slug, [])
        if not is_plan:  # nothing that is odd about a plan is about a development
            return facts, []
        return facts, portfolio.plans(reader, at.position, [slug]).get(slug, [])

    stood = driver.later(facts_and_plans)

    def odd() -> tuple[Finding, ...]:
        # Findings need every development anyway: what decides is not sought for again.
        facts, plans = stood()
        stands = status(facts, lifecycle, at.as_of)
        found = findings(facts, plans, lifecycle, stands, at.as_of)
        return tuple(finding for finding in found if handle in finding.facts)

    return odd


def _begun_by(event: Event, book: LogLedger) -> Event | None:
    """The event that began the fact that *event* is about; None where it is about none."""
    if isinstance(event.what, Recorded):
        return event
    fact = getattr(event.what, "fact", None)
    return None if fact is None else book.event(fact)
