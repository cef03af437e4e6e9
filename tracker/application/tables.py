"""What stands at a viewpoint as the tables that :mod:`tracker.exchange.tabular` describes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from sqlalchemy.engine import Connection

from tracker.application import answers, replaying, standing
from tracker.application.answers import Filters
from tracker.application.exporting import LeftOut
from tracker.domain.dates import ANYTIME, OPEN_HI, OPEN_LO, parse_edtf
from tracker.domain.events import Event
from tracker.domain.evidence import Erased, Text
from tracker.domain.facts import FactVersion
from tracker.domain.status import OBSERVED, Status
from tracker.domain.viewpoint import Viewpoint
from tracker.exchange.tabular import CHANGES, DEVELOPMENTS, PLANS, SOURCES, STATUS, Filled, Row
from tracker.projections.portfolio import Standing

Progress = Callable[[int], None]
"""(how many more rows are done)"""


def tables(
    connection: Connection,
    at: Viewpoint,
    filters: Filters,
    left_out: LeftOut,
    progress: Progress,
) -> list[Filled]:
    """Return the tables of a viewpoint; each reads its rows one by one when it is iterated over.

    *connection* must see one state of the database throughout. Only the standings of initiatives
    are in memory meanwhile, and nothing that grows with their histories.
    """
    standings = answers.status_all(connection, at, filters)
    only = frozenset(each.initiative for each in standings)
    told = replaying.replay(connection, at, "knowledge", None if filters == Filters() else only)
    filled = [
        Filled(STATUS, map(_status_row, standings)),
        Filled(DEVELOPMENTS, _development_rows(connection, at, only, left_out)),
        Filled(SOURCES, _source_rows(connection, at, only, left_out)),
        Filled(CHANGES, (_change_row(step) for step in told if step.initiative is not None)),
        Filled(PLANS, _plan_rows(connection, at, only, left_out)),
    ]
    return [Filled(each.table, _watched(each.rows, progress)) for each in filled]


def day(extent_end: date) -> date | None:
    """A first or last day, or None where the extent is open there."""
    return None if extent_end in (OPEN_LO, OPEN_HI) else extent_end


def on(edtf: str | None) -> str | None:
    """A date as it was recorded, or None where none was given."""
    return None if edtf == ANYTIME.edtf else edtf


def kept(text: Text, left_out: LeftOut) -> str | None:
    """A text, or None where it was erased, which is counted."""
    if isinstance(text, Erased):
        left_out.erased += 1
        return None
    return text


def _watched(rows: Iterable[Row], progress: Progress) -> Iterator[Row]:
    for row in rows:
        yield row
        progress(1)


def _joined(words: Sequence[str]) -> str | None:
    return ";".join(words) or None


def _status_row(standing: Standing) -> Row:
    profile, status = standing.profile, standing.status
    phase = standing.lifecycle.phase(status.phase)
    return (
        standing.initiative,
        profile.title,
        profile.lifecycle,
        _joined(profile.parties),
        profile.sector,
        _joined(profile.tags),
        profile.summary,
        status.phase,
        phase.title if phase else "Not started",
        status.condition,
        status.outcome,
        status.basis,
        status.is_certain,
        _joined(status.possible),
        _joined(status.possible_conditions),
        status.since,
        *_since(status),
        status.last_on,
        standing.open_plans,
        standing.next_due,
        _handle(status.deciding),
        _handle(status.deciding_condition),
    )


def _since(status: Status) -> tuple[date | None, date | None]:
    """Return the first and last day of ``since``, cut as the development's own extent is."""
    if status.since is None:
        return None, None
    deciding = (each for each in (status.deciding, status.deciding_condition) if each)
    latest = max(deciding, key=lambda fact: fact.order, default=None)
    if status.basis == OBSERVED and latest is not None:
        return day(latest.lo), day(latest.hi)
    dormant_from = parse_edtf(status.since)
    return dormant_from.lo, dormant_from.hi


def _handle(fact: FactVersion | None) -> str | None:
    return fact.handle if fact else None


def _development_rows(
    connection: Connection, at: Viewpoint, only: frozenset[str], left_out: LeftOut
) -> Iterator[Row]:
    for each in standing.developments(connection, at, only):
        fact, account = each.fact, each.account
        yield (
            fact.initiative,
            fact.handle,
            fact.position,
            fact.type,
            on(fact.on),
            day(fact.lo),
            day(fact.hi),
            fact.effect,
            fact.phase,
            fact.outcome,
            account.stated_by,
            kept(account.note, left_out),
            each.fulfils,
            each.after,
            each.contradicts,
            len(account.sources),
            *_recorded(each.event),
            each.name.event_id,
        )


def _plan_rows(
    connection: Connection, at: Viewpoint, only: frozenset[str], left_out: LeftOut
) -> Iterator[Row]:
    for each in standing.plans(connection, at, only):
        plan, account = each.fact, each.account
        yield (
            plan.initiative,
            plan.handle,
            plan.position,
            plan.type,
            on(plan.on),
            day(plan.lo),
            day(plan.hi),
            each.state,
            " → ".join(each.slippage),
            account.stated_by,
            kept(account.note, left_out),
            len(account.sources),
            *_recorded(each.event),
            each.name.event_id,
        )


def _recorded(event: Event) -> Row:
    return event.recorded_at, event.recorded_by


def _source_rows(
    connection: Connection, at: Viewpoint, only: frozenset[str], left_out: LeftOut
) -> Iterator[Row]:
    facts = (standing.developments(connection, at, only), standing.plans(connection, at, only))
    for each in (each for some in facts for each in some):
        for number, source in enumerate(each.account.sources, start=1):
            yield (
                each.fact.initiative,
                each.fact.handle,
                number,
                source.url,
                source.document,
                source.title,
                source.publisher,
                source.published_on,
                source.accessed_on,
                kept(source.quote, left_out),
                source.grade,
            )


def _change_row(step: replaying.Step) -> Row:
    before, after = step.before, step.after
    return (
        step.position,
        step.recorded_at,
        step.initiative,
        step.kind,
        step.type,
        step.mode,
        step.on,
        before != after,
        before.phase if before else None,
        before.condition if before else None,
        after.phase if after else None,
        after.condition if after else None,
        step.note,
    )
