"""The content of published formats: plans for calendars, changes for feeds, facts for Parquet."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import sqlalchemy as sa
from attrs import evolve
from sqlalchemy.engine import Connection

from tracker.application import answers, replaying, standing
from tracker.application.answers import Filters
from tracker.application.checkpoints import origin
from tracker.application.exporting import LeftOut
from tracker.application.tables import day, kept, on
from tracker.domain.dates import OPEN_HI, OPEN_LO, describe, format_instant
from tracker.domain.edtf import lettered, plain_day
from tracker.domain.events import Event, Profile, account_of
from tracker.domain.evidence import Erased, Source
from tracker.domain.viewpoint import Viewpoint
from tracker.exchange import atom, calendar_file
from tracker.exchange.harmless import web_address
from tracker.exchange.tabular import About
from tracker.projections.portfolio import Standing
from tracker.store import event_log
from tracker.store.schema import events

FEED_ENTRIES: Final = 200
"""How many changes a feed has at most, the newest: its readers always fetch all of it."""

ANY_LOG: Final = uuid.UUID("3d3c6a3e-55d5-5f0a-9d0b-0d6f0f4b7a52")
"""The namespace of the ids that feeds have, made of what their logs are called."""


def about(connection: Connection, at: Viewpoint, filters: Filters) -> About:
    """The viewpoint of an export, with the instant of the last event that was known at it."""
    query = sa.select(events.c.recorded_at).where(events.c.position == at.position)
    recorded_at = connection.execute(query).scalar()
    return About(
        log=origin(connection),
        as_of=at.as_of,
        known_at=datetime.fromisoformat(recorded_at) if recorded_at else None,
        position=at.position,
        root=event_log.root_at(connection, at.position).hex(),
        filters=in_words(filters),
    )


def in_words(filters: Filters) -> str:
    """Return the filters as options: ``--party India --dormant``."""
    told = []
    for name in ("lifecycle", "phase", "condition", "party", "sector", "tag"):
        told += [f"--{name} {value}" for value in getattr(filters, name)]
    told += [f"--{name}" for name in ("uncertain", "dormant") if getattr(filters, name)]
    return " ".join(told)


def titled(what: str, told: About) -> str:
    """Return the title of a calendar or feed: ``Changes of tracker/3f2a…, only --party India``."""
    return f"{what} of {told.log}{f', only {told.filters}' if told.filters else ''}"


# -- a calendar ------------------------------------------------------------------------------------


def calendar_entries(
    connection: Connection, at: Viewpoint, filters: Filters, left_out: LeftOut
) -> Iterator[calendar_file.Entry]:
    """The plans that are not fulfilled at a viewpoint, on the days that they may mean.

    A deadline (``../2030``) is the last day of it, and a plan that is open at its end the first;
    one with no date at all cannot be in a calendar, and is counted. What was fulfilled, withdrawn
    or retired is left out, so that it goes from a calendar that subscribes.
    """
    standings = {each.initiative: each for each in answers.status_all(connection, at, filters)}
    erased_at = _erased_at(connection, at)
    for plan in standing.plans(connection, at, standings.keys()):
        if plan.state == "fulfilled":
            continue
        days = _days(plan.fact.lo, plan.fact.hi)
        if days is None:
            left_out.undated += 1
            continue
        recorded_at = plan.event.recorded_at
        changed_at = max(recorded_at, erased_at.get(plan.fact.fact, recorded_at))
        yield _calendar_entry(plan, standings[plan.fact.initiative], days, changed_at)


def _days(lo: date, hi: date) -> tuple[date, date] | None:
    if lo == OPEN_LO:
        return None if hi == OPEN_HI else (hi, hi)
    return (lo, lo) if hi == OPEN_HI else (lo, hi)


def _erased_at(connection: Connection, at: Viewpoint) -> dict[int, datetime]:
    """Return, by fact, when a text of it was last erased: a subscriber must replace its entry."""
    e = events.c
    query = (
        sa.select(e.fact, sa.func.max(e.recorded_at))
        .where(e.kind == "text-erased", e.position <= at.position)
        .group_by(e.fact)
    )
    return {fact: datetime.fromisoformat(last) for fact, last in connection.execute(query)}


def _calendar_entry(
    plan: standing.Plan, at_home: Standing, days: tuple[date, date], changed_at: datetime
) -> calendar_file.Entry:
    profile = at_home.profile
    sources = plan.account.sources
    addresses = [address for address in (web_address(s.url) for s in sources) if address]
    return calendar_file.Entry(
        uid=plan.name.event_id,
        sequence=plan.amendments,
        summary=_summary(plan, at_home),
        description="\n".join(_description(plan)),
        first=days[0],
        last=days[1],
        created_at=plan.name.recorded_at,
        changed_at=changed_at,
        categories=(plan.fact.initiative, *profile.tags),
        url=addresses[0] if addresses else None,
    )


def _summary(plan: standing.Plan, at_home: Standing) -> str:
    """Return the title of an entry: what happens and, unless the entry's day shows it, when."""
    development = at_home.lifecycle.development(plan.fact.type)
    what = f"{at_home.profile.title}: {development.title if development else plan.fact.type}"
    on = plan.account.on
    return what if plain_day(on.edtf) else f"{what}, {describe(on)}"


def _description(plan: standing.Plan) -> Iterator[str]:
    account = plan.account
    yield f"{plan.fact.handle}, planned for {describe(plan.account.on)}, {plan.state}"
    if len(plan.slippage) > 1:
        yield f"Dates so far: {' → '.join(plan.slippage)}"
    if account.stated_by:
        yield f"Stated by: {account.stated_by}"
    if account.note is not None and not isinstance(account.note, Erased):
        yield f"Note: {account.note}"
    for source in account.sources:
        yield f"Source: {_cited(source)}"


def _cited(source: Source) -> str:
    told = (source.publisher, source.title or source.document, source.url, source.grade)
    return ", ".join(each for each in told if each)


# -- a feed ----------------------------------------------------------------------------------------


def feed_entries(
    connection: Connection, at: Viewpoint, filters: Filters, left_out: LeftOut
) -> list[atom.Entry]:
    """Return the newest changes known at a viewpoint, the newest first; older ones are counted.

    A change is one event about one initiative, with what it changed of the status as of the day of
    the viewpoint.
    """
    only = replaying.chosen(connection, at, (), filters)
    newest: deque[replaying.Step] = deque(maxlen=FEED_ENTRIES)
    for step in replaying.replay(connection, at, "knowledge", only):
        if step.initiative is not None:
            left_out.older += len(newest) == FEED_ENTRIES
            newest.append(step)
    told = event_log.read_at(connection, [step.position or 0 for step in newest])
    return [_feed_entry(step, told[step.position or 0]) for step in reversed(newest)]


def feed_id(about: About) -> str:
    """The id of the feed of a log: the same whenever it is exported with the same filters."""
    return uuid.uuid5(ANY_LOG, f"{about.log}\n{about.filters}").urn


def feed_updated(about: About) -> datetime:
    """Return when the feed last changed; for an empty log, the day of the viewpoint."""
    first = datetime.combine(about.as_of, datetime.min.time(), UTC)
    return about.known_at or first


def _feed_entry(step: replaying.Step, event: Event) -> atom.Entry:
    account = account_of(event.what)
    sources = account.sources if account else ()
    # An adoption changes several initiatives at once, and each entry needs an id of its own.
    own = uuid.UUID(event.event_id)
    is_shared = event.initiative is None
    return atom.Entry(
        id=(uuid.uuid5(own, step.initiative or "") if is_shared else own).urn,
        title=_headline(step),
        text="\n".join(_story(step, event, sources)),
        at=event.recorded_at,
        by=event.recorded_by,
        categories=(step.initiative or "", step.kind),
        sources=tuple(source.url for source in sources if source.url),
    )


def _headline(step: replaying.Step) -> str:
    what = " ".join(each for each in (step.type, lettered(step.on or "")) if each)
    told = f"{step.initiative}: {step.kind}{f' {what}' if what else ''}"
    if step.before == step.after:
        return told
    return f"{told} ({_state(step.before)} → {_state(step.after)})"


def _state(state: replaying.State | None) -> str:
    if state is None:
        return "not listed"
    return state.phase if state.condition == "active" else f"{state.phase}, {state.condition}"


def _story(step: replaying.Step, event: Event, sources: tuple[Source, ...]) -> Iterator[str]:
    yield f"{event.handle}, @{event.position}"
    if step.note:
        yield step.note
    for source in sources:
        yield f"Source: {_cited(source)}"


# -- a Parquet file --------------------------------------------------------------------------------


def fact_rows(
    connection: Connection, at: Viewpoint, filters: Filters, left_out: LeftOut
) -> Iterator[Mapping[str, Any]]:
    """The developments and plans that stand, as rows for :mod:`tracker.exchange.parquet`."""
    standings = answers.status_all(connection, at, filters)
    profiles = {each.initiative: each.profile for each in standings}
    for development in standing.developments(connection, at, profiles.keys()):
        fact = development.fact
        yield {
            **_shared(development, profiles[fact.initiative], left_out),
            "effect": fact.effect,
            "phase": fact.phase,
            "outcome": fact.outcome,
            "fulfils": development.fulfils,
            "after": development.after,
            "contradicts": development.contradicts,
        }
    for plan in standing.plans(connection, at, profiles.keys()):
        shared = _shared(plan, profiles[plan.fact.initiative], left_out)
        yield {**shared, "state": plan.state, "slippage": plan.slippage}


def _shared(
    each: standing.Development | standing.Plan, profile: Profile, left_out: LeftOut
) -> dict[str, Any]:
    fact, account = each.fact, each.account
    earliest, latest = day(fact.lo), day(fact.hi)
    return {
        "initiative": fact.initiative,
        "title": profile.title,
        "lifecycle": profile.lifecycle,
        "parties": profile.parties,
        "sector": profile.sector,
        "tags": profile.tags,
        "fact": fact.handle,
        "id": each.name.event_id,
        "position": fact.position,
        "mode": account.mode,
        "type": fact.type,
        "on": on(fact.on),
        "earliest": earliest.isoformat() if earliest else None,
        "latest": latest.isoformat() if latest else None,
        "stated_by": account.stated_by,
        "note": kept(account.note, left_out),
        "sources": [_source(source, left_out) for source in account.sources],
        "recorded_at": format_instant(each.event.recorded_at),
        "recorded_by": each.event.recorded_by,
    }


def _source(source: Source, left_out: LeftOut) -> dict[str, Any]:
    told = evolve(source, quote=kept(source.quote, left_out))
    return {name: getattr(told, name) for name in _SOURCE}


_SOURCE: Final = (
    "url",
    "document",
    "title",
    "publisher",
    "published_on",
    "accessed_on",
    "quote",
    "grade",
)
