"""Exports: facts as the rows that an import takes."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from attrs import define, evolve, frozen
from sqlalchemy.engine import Connection

from tracker.application import answers
from tracker.application.answers import Filters
from tracker.domain.dates import ANYTIME, format_instant
from tracker.domain.events import Account, Profile, account_of
from tracker.domain.evidence import Erased, Source, Text
from tracker.domain.facts import is_first_of_its_rank
from tracker.domain.viewpoint import Viewpoint
from tracker.exchange.rows import COLUMNS
from tracker.store import event_log
from tracker.store.schema import events, fact_versions, plan_versions

Progress = Callable[[int], None]
"""(how many more rows are done)"""

Item = dict[str, str | None]

_BATCH = 1000
_PART = 500  # how many values a query is given at a time
_CORRECTIONS = ("amended", "withdrawn")


# -- rows ------------------------------------------------------------------------------------------


@define
class LeftOut:
    """Counts of what an export left out because its format cannot hold it.

    The columns of an import: *initiatives*, *sources*, *references* and *orders*. A calendar:
    *undated* plans. A feed: *older* changes. A workbook: texts that were *cut*. All formats with
    columns for texts: those that were *erased*.
    """

    initiatives: int = 0
    sources: int = 0
    references: int = 0
    orders: int = 0
    erased: int = 0
    undated: int = 0
    older: int = 0
    cut: int = 0


@frozen
class _Fact:
    """A fact that stands: its first position, its current version, and the version of its date.

    *refers_to* are the first positions of the facts that it refers to. Where its explicit order
    after another *has_lapsed*, that other one is not among them.
    """

    fact: int
    position: int
    dated: int
    initiative: str
    extent: tuple[str, str]
    is_plan: bool
    refers_to: tuple[int, ...]
    has_lapsed: bool


def rows(
    connection: Connection,
    at: Viewpoint,
    filters: Filters,
    left_out: LeftOut,
    progress: Progress | None = None,
) -> Iterator[Item]:
    """Yield the developments and plans that stand at a viewpoint, in the columns of an import.

    They are in an order in which they can be imported: by when their dates were recorded, which is
    their ``recorded_at``, each after those that it refers to, and those of one date in the order of
    the log.
    """
    standings = answers.status_all(connection, at, filters)
    profiles = {each.initiative: each.profile for each in standings}
    facts = _in_order(_standing(connection, at, profiles))
    left_out.initiatives += len(profiles.keys() - {fact.initiative for fact in facts})
    written: set[str] = set()
    recorded_at = ""
    for start in range(0, len(facts), _BATCH):
        part = facts[start : start + _BATCH]
        ids = _event_ids(connection, [fact.fact for fact in part])
        found = event_log.read_at(connection, {p for f in part for p in (f.position, f.dated)})
        for fact in part:
            account = account_of(found[fact.position].what)
            assert account is not None  # noqa: S101 -- what stands was recorded or amended
            # A fact whose date was corrected may come before others that were recorded meanwhile.
            recorded_at = max(recorded_at, format_instant(found[fact.dated].recorded_at))
            row = _row(fact.initiative, profiles[fact.initiative], account, left_out)
            if fact.has_lapsed:
                left_out.orders += 1
                account = evolve(account, after=None)  # an import would refuse it
            row |= _references(account, written, left_out)
            row |= {"id": ids[fact.fact], "recorded_at": recorded_at}
            written.add(ids[fact.fact])
            yield {name: row[name] for name in COLUMNS}
        if progress is not None:
            progress(len(part))


def _standing(
    connection: Connection, at: Viewpoint, profiles: Mapping[str, Profile]
) -> list[_Fact]:
    e = events.c
    found = []
    for table in (fact_versions, plan_versions):
        is_plan = table is plan_versions
        query = (
            sa.select(e.fact, e.position, e.initiative, e.lo, e.hi, e.edtf, e.fulfils, e.after_fact)
            .add_columns(e.contradicts, sa.literal(0).label("rank") if is_plan else table.c.rank)
            .join_from(table, events, table.c.position == e.position)
            .where(table.c.k_from <= at.position, table.c.k_to > at.position)
        )
        if not is_plan:
            query = query.where(table.c.lo <= at.as_of.isoformat())
        kept = [row for row in connection.execute(query) if row.initiative in profiles]
        dated = _dated(connection, kept)
        found += [_fact(row, dated.get(row.fact, row.position), is_plan=is_plan) for row in kept]
    return found


def _fact(row: sa.Row[Any], dated: int, *, is_plan: bool) -> _Fact:
    has_lapsed = row.after_fact is not None and is_first_of_its_rank(row.rank)
    refers_to = (row.fulfils, None if has_lapsed else row.after_fact, row.contradicts)
    return _Fact(
        fact=row.fact,
        position=row.position,
        dated=dated,
        initiative=row.initiative,
        extent=(row.lo, row.hi),
        is_plan=is_plan,
        refers_to=tuple(each for each in refers_to if each),
        has_lapsed=has_lapsed,
    )


def _dated(connection: Connection, standing: Iterable[sa.Row[Any]]) -> dict[int, int]:
    """Return, for each corrected fact, the position of the version that gave its current date."""
    e = events.c
    corrected = {row.fact: row for row in standing if row.fact != row.position}
    facts = sorted(corrected)
    dated: dict[int, int] = {}
    for start in range(0, len(facts), _PART):
        part = facts[start : start + _PART]
        query = (
            sa.select(e.fact, e.position, e.lo, e.hi, e.edtf)
            .where(
                sa.or_(e.position.in_(part), sa.and_(e.kind.in_(_CORRECTIONS), e.fact.in_(part)))
            )
            .order_by(e.position)
        )
        for row in connection.execute(query):
            now = corrected[row.fact]
            if (row.lo, row.hi, row.edtf) == (now.lo, now.hi, now.edtf):
                dated.setdefault(row.fact, min(row.position, now.position))
    return dated


def _in_order(facts: Sequence[_Fact]) -> list[_Fact]:
    """Return *facts* by when their dates were recorded, each after those that it refers to."""
    by_name = {fact.fact: fact for fact in facts}
    before: dict[int, set[int]] = {
        fact.fact: {each for each in fact.refers_to if each in by_name} for fact in facts
    }
    same_day: defaultdict[tuple[str, tuple[str, str]], list[int]] = defaultdict(list)
    for fact in facts:
        if not fact.is_plan:
            same_day[fact.initiative, fact.extent].append(fact.fact)
    for group in same_day.values():
        group.sort()
        for one, other in pairwise(group):
            if other not in before[one]:
                before[other].add(one)
    after: defaultdict[int, list[int]] = defaultdict(list)
    for name, others in before.items():
        for other in others:
            after[other].append(name)
    return [by_name[name] for name in _topological(by_name, before, after)]


def _topological(
    by_name: Mapping[int, _Fact], before: dict[int, set[int]], after: Mapping[int, list[int]]
) -> Iterator[int]:
    ready = [(fact.dated, name) for name, fact in by_name.items() if not before[name]]
    heapq.heapify(ready)
    waiting = {name for name in by_name if before[name]}
    while ready or waiting:
        if ready:
            name = heapq.heappop(ready)[1]
        else:  # they refer to each other in a ring: one must come first
            name = min(waiting, key=lambda each: by_name[each].dated)
            waiting.discard(name)
        yield name
        for other in after.get(name, ()):
            before[other].discard(name)
            if other in waiting and not before[other]:
                waiting.discard(other)
                heapq.heappush(ready, (by_name[other].dated, other))


def _event_ids(connection: Connection, positions: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for start in range(0, len(positions), _PART):
        query = sa.select(events.c.position, events.c.event_id).where(
            events.c.position.in_(positions[start : start + _PART])
        )
        found |= {row.position: row.event_id for row in connection.execute(query)}
    return found


def _row(slug: str, profile: Profile, account: Account, left_out: LeftOut) -> Item:
    source = account.sources[0] if account.sources else Source()
    left_out.sources += max(len(account.sources) - 1, 0)
    on = account.on.edtf
    return {
        "initiative": slug,
        "title": profile.title,
        "lifecycle": profile.lifecycle,
        "party": ";".join(profile.parties) or None,
        "sector": profile.sector,
        "tag": ";".join(profile.tags) or None,
        "summary": profile.summary,
        "type": account.type,
        "on": None if account.mode == "planned" and on == ANYTIME.edtf else on,
        "mode": account.mode,
        "source": source.url or source.document,
        "source_title": source.title,
        "publisher": source.publisher,
        "published": source.published_on,
        "accessed": source.accessed_on,
        "quote": _text(source.quote, left_out),
        "grade": source.grade,
        "stated_by": account.stated_by,
        "note": _text(account.note, left_out),
    }


def _references(account: Account, written: Collection[str], left_out: LeftOut) -> Item:
    """Return the references of a fact to facts in rows above: an import knows no others.

    Those to other facts are counted in *left_out*.
    """
    told: Item = {}
    for name in ("fulfils", "after", "contradicts"):
        event_id = getattr(account, name)
        if event_id is not None and event_id not in written:
            left_out.references += 1
            event_id = None
        told[name] = event_id
    return told


def _text(text: Text, left_out: LeftOut) -> str | None:
    if isinstance(text, Erased):
        left_out.erased += 1
        return None
    return text
