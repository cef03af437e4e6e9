"""Facts that stand at a viewpoint, with their events, references and states, as a stream."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from tracker.domain.events import Account, Event, account_of
from tracker.domain.facts import FactVersion, PlanVersion
from tracker.domain.plans import PlanState, plan_state
from tracker.domain.viewpoint import Viewpoint
from tracker.projections import standing
from tracker.store import event_log
from tracker.store.schema import events

_PART = 500  # how many values a query is given at a time


@frozen
class Name:
    """The names of a fact: its handle, and the id of its first event with its instant."""

    handle: str
    event_id: str
    recorded_at: datetime


@frozen
class Development:
    """A development that stands, and the event of its current version.

    *fulfils*, *after* and *contradicts* are the handles of other facts.
    """

    fact: FactVersion
    name: Name
    event: Event
    account: Account
    fulfils: str | None
    after: str | None
    contradicts: str | None


@frozen
class Plan:
    """A plan that stands, the event of its current version, and whether it is fulfilled.

    *slippage* are the dates that it has had, in EDTF, *amendments* how often it was corrected.
    """

    fact: PlanVersion
    name: Name
    event: Event
    account: Account
    state: PlanState
    slippage: tuple[str, ...]
    amendments: int


def developments(
    connection: Connection, at: Viewpoint, only: Collection[str]
) -> Iterator[Development]:
    """The developments of the initiatives *only* that stand at *at*, by initiative, in order."""
    for batch in standing.developments(connection, at):
        facts = [fact for fact in batch if fact.initiative in only]
        told = event_log.read_at(connection, [fact.position for fact in facts])
        names = _names(connection, {each for fact in facts for each in _referred_to(fact)})
        for fact in facts:
            event = told[fact.position]
            others = (fact.fulfils, None if fact.is_order_lapsed else fact.after, fact.contradicts)
            yield Development(
                fact,
                names[fact.fact],
                event,
                _account(event),
                *(names[other].handle if other else None for other in others),
            )


def plans(connection: Connection, at: Viewpoint, only: Collection[str]) -> Iterator[Plan]:
    """The plans of the initiatives *only* that stand at *at*, by initiative."""
    for batch in standing.plans(connection, at):
        yield from _plans(connection, at, [plan for plan in batch if plan.initiative in only])


def _plans(connection: Connection, at: Viewpoint, batch: Sequence[PlanVersion]) -> Iterator[Plan]:
    for start in range(0, len(batch), _PART):
        part = batch[start : start + _PART]
        facts = [plan.fact for plan in part]
        told = event_log.read_at(connection, [plan.position for plan in part])
        names = _names(connection, facts)
        linked = standing.fulfilling(connection, at, facts)
        slippage = standing.slippage(connection, at, part)
        amendments = _amendments(connection, at, facts)
        for plan in part:
            event = told[plan.position]
            yield Plan(
                plan,
                names[plan.fact],
                event,
                _account(event),
                plan_state(plan, linked.get(plan.fact, ()), at.as_of),
                tuple(slippage[plan.fact]),
                amendments.get(plan.fact, 0),
            )


def _amendments(connection: Connection, at: Viewpoint, facts: Sequence[int]) -> dict[int, int]:
    e = events.c
    query = (
        sa.select(e.fact, sa.func.count())
        .where(e.fact.in_(facts), e.position <= at.position, e.kind == "amended")
        # The condition of the index of corrections, which is used only where it is repeated.
        .where(sa.text("kind IN ('amended', 'withdrawn')"))
        .group_by(e.fact)
    )
    return dict(map(tuple, connection.execute(query)))


def _referred_to(fact: FactVersion) -> Iterator[int]:
    yield fact.fact
    yield from (each for each in (fact.fulfils, fact.after, fact.contradicts) if each)


def _names(connection: Connection, positions: Iterable[int]) -> dict[int, Name]:
    wanted = sorted(positions)
    e = events.c
    query = sa.select(e.position, e.initiative, e.version, e.event_id, e.recorded_at)
    found: dict[int, Name] = {}
    for start in range(0, len(wanted), _PART):
        part = query.where(e.position.in_(wanted[start : start + _PART]))
        for position, initiative, version, event_id, recorded_at in connection.execute(part):
            recorded = datetime.fromisoformat(recorded_at)
            found[position] = Name(f"{initiative}#{version}", event_id, recorded)
    return found


def _account(event: Event) -> Account:
    account = account_of(event.what)
    assert account is not None  # noqa: S101 -- what stands was recorded or amended
    return account
