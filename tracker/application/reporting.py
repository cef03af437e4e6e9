"""Reports: all that is known of some initiatives up to a viewpoint, for a page that moves in time.

The page holds what was known at the viewpoint and nothing that was recorded later, so that a report
as known then cannot give away what was learned since. Facts are read a few hundred initiatives at a
time and written as they come: the log is never held whole.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TextIO

import sqlalchemy as sa
from attrs import define, field
from sqlalchemy.engine import Connection

from tracker import __version__
from tracker.application.answers import Filters
from tracker.application.overview.shared import PART, phase_title
from tracker.application.replaying import chosen
from tracker.domain.dates import format_instant
from tracker.domain.events import (
    Account,
    Amended,
    Event,
    LifecycleAdopted,
    Recorded,
    Withdrawn,
    account_of,
)
from tracker.domain.evidence import Erased, Source, Text
from tracker.domain.lifecycle import DevelopmentType, Effect, Lifecycle, Phase
from tracker.domain.merkle import Frontier
from tracker.domain.viewpoint import Viewpoint
from tracker.projections import portfolio
from tracker.projections.batches import batches
from tracker.projections.portfolio import Standing
from tracker.render.report import Report, StaticRow, write_page
from tracker.store import event_log
from tracker.store.schema import events, fact_versions, lifecycle_versions, plan_versions
from tracker.store.schema import initiatives as profiles
from tracker.store.schema import links as link_versions

Progress = Callable[[int], None]
"""(how many more initiatives are written)"""

Item = dict[str, Any]
Row = list[Any]

MOST_STOPS = 500
"""At how many instants the slider of knowledge stops at most; with more, it stops at days."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_TOLD = (Recorded.KIND, Amended.KIND, Withdrawn.KIND)


def write(
    connection: Connection,
    at: Viewpoint,
    filters: Filters,
    title: str,
    out: TextIO,
    progress: Progress | None = None,
) -> int:
    """Write the page about the initiatives that *filters* fit; return how many it lists.

    Raises CalledWrongly for a value of a filter that no initiative has.
    """
    only = chosen(connection, at, (), filters)
    listed = _listed(connection, at) if only is None else sorted(only)
    found = _places(connection, at, only)
    head = _head(connection, at, only, found)
    report = Report(
        title=title,
        as_of=at.as_of,
        known_at=head["stops"][-1][1],
        position=at.position,
        root=head["stops"][-1][2],
        version=__version__,
        filters=_in_words(filters),
        count=len(listed),
        rows=_static_rows(connection, at, listed),
        head=head,
        series=found.series(),
        items=_items(connection, at, only, progress),
    )
    write_page(report, out)
    return len(listed)


def data(connection: Connection, at: Viewpoint, filters: Filters) -> Item:
    """Return all data of a page as one value, for tests of its program."""
    only = chosen(connection, at, (), filters)
    found = _places(connection, at, only)
    series = {name: list(values) for name, values in found.series().items()}
    items = list(_items(connection, at, only, None))
    return {**_head(connection, at, only, found), **series, "initiatives": items}


def _in_words(filters: Filters) -> tuple[str, ...]:
    """The filters that were given: ``party India``, ``uncertain``."""
    told = [
        f"{name} {value}"
        for name in ("lifecycle", "phase", "condition", "party", "sector", "tag")
        for value in getattr(filters, name)
    ]
    return (*told, *(name for name in ("uncertain", "dormant") if getattr(filters, name)))


def _listed(connection: Connection, at: Viewpoint) -> list[str]:
    """The slugs of the initiatives that are known and not retired, in order."""
    p = profiles.c
    query = sa.select(p.initiative).where(
        p.k_from <= at.position, p.k_to > at.position, p.retired == 0
    )
    return list(connection.execute(query.order_by(p.initiative)).scalars())


def _static_rows(
    connection: Connection, at: Viewpoint, listed: Sequence[str]
) -> Iterator[StaticRow]:
    for part in batches(listed, PART):
        for standing in portfolio.status_of_all(connection, at, part):
            yield _static_row(standing)


def _static_row(standing: Standing) -> StaticRow:
    status, lifecycle = standing.status, standing.lifecycle
    fact = status.deciding or status.deciding_condition
    type_of = lifecycle.development(fact.type) if fact else None
    return StaticRow(
        initiative=standing.initiative,
        title=standing.profile.title,
        phase=phase_title(lifecycle, status.phase),
        possible=tuple(phase_title(lifecycle, each) for each in status.possible),
        condition=status.condition,
        possible_conditions=status.possible_conditions,
        outcome=status.outcome,
        is_inferred=status.condition == "dormant",
        since=status.since,
        rests_on=(type_of.title if type_of else fact.type) if fact else None,
        rests_on_date=fact.on if fact else None,
        source=fact.source if fact else None,
        next_due=standing.next_due,
    )


# -- the log ---------------------------------------------------------------------------------------


def _head(
    connection: Connection, at: Viewpoint, only: frozenset[str] | None, found: _Places
) -> Item:
    return {
        "as_of": at.as_of.toordinal(),
        "position": at.position,
        "version": __version__,
        "stops": found.stops(),
        "lifecycles": _lifecycles(connection, at, only),
    }


@define
class _Places:
    """The positions that a page is about, with instants, and the roots where its slider may stop.

    There may be a million of them, so that they are stored as numbers: *instants* in microseconds.
    """

    at: Viewpoint
    positions: array[int] = field(factory=lambda: array("q"))
    instants: array[int] = field(factory=lambda: array("q"))
    frontier: Frontier = field(factory=Frontier)
    of_instants: list[Row] = field(factory=list)
    of_days: list[Row] = field(factory=list)
    _last: str = ""
    _is_about: bool = False

    def add(self, position: int, recorded_at: str, leaf: bytes, *, is_about: bool) -> None:
        """Go on to the next event; *is_about* says whether it is about what the page shows."""
        instant = _short(recorded_at)
        if instant != self._last:
            self._stop()
            self._last = instant
        self.frontier.append(leaf)
        if is_about:
            self._is_about = True
            self.positions.append(position)
            self.instants.append((datetime.fromisoformat(recorded_at) - _EPOCH) // _MICROSECOND)

    def series(self) -> dict[str, Iterator[int | str]]:
        """The positions, and beside each its instant."""
        since = (_EPOCH + count * _MICROSECOND for count in self.instants)
        return {
            "positions": iter(self.positions),
            "instants": (_short(format_instant(instant)) for instant in since),
        }

    def _stop(self) -> None:
        """Store a stop before the instant changes, if anything that the page shows was learned."""
        if not self._is_about:
            return
        self._is_about = False
        stop = [self.frontier.size, self._last, self.frontier.root().hex()]
        if len(self.of_instants) <= MOST_STOPS:
            self.of_instants.append(stop)
        if self.of_days and self.of_days[-1][1][:10] == self._last[:10]:
            self.of_days.pop()
        self.of_days.append(stop)

    def stops(self) -> list[Row]:
        """The (position, instant, root) triples, the last of them the viewpoint's own."""
        self._stop()
        found = self.of_instants if len(self.of_instants) <= MOST_STOPS else self.of_days
        known_at = self.at.known_at
        instant = _short(format_instant(known_at)) if known_at else self._last
        last = [self.at.position, instant or None, self.frontier.root().hex()]
        return [*(stop for stop in found if stop[0] < self.at.position), last]


def _short(instant: str) -> str:
    """Return an instant of the log without its fraction of a second, where that is zero."""
    return instant.replace(".000000Z", "Z")


def _places(connection: Connection, at: Viewpoint, only: frozenset[str] | None) -> _Places:
    e = events.c
    query = (
        sa.select(e.position, e.recorded_at, e.initiative, e.kind, e.leaf)
        .where(e.position <= at.position)
        .order_by(e.position)
        .execution_options(yield_per=5000)
    )
    found = _Places(at)
    for position, recorded_at, initiative, kind, leaf in connection.execute(query):
        is_about = only is None or initiative in only or kind == LifecycleAdopted.KIND
        found.add(position, recorded_at, bytes(leaf), is_about=is_about)
    return found


def _lifecycles(
    connection: Connection, at: Viewpoint, only: frozenset[str] | None
) -> dict[str, list[Item]]:
    """Every definition that was in force for what the page is about, by name, in order."""
    named = sa.select(profiles.c.initiative, profiles.c.lifecycle).where(
        profiles.c.k_from <= at.position
    )
    wanted = {
        lifecycle
        for slug, lifecycle in connection.execute(named.distinct())
        if only is None or slug in only
    }
    v = lifecycle_versions.c
    query = (
        sa.select(v.lifecycle, v.k_from, v.k_to, v.definition)
        .where(v.k_from <= at.position)
        .order_by(v.lifecycle, v.k_from)
    )
    found: dict[str, list[Item]] = {}
    for name, k_from, k_to, definition in connection.execute(query):
        if name in wanted:
            lifecycle = Lifecycle.from_definition(json.loads(definition))
            interval = {"k_from": k_from, "k_to": _until(k_to, at)}
            found.setdefault(name, []).append({**interval, **_lifecycle_item(lifecycle)})
    return found


def _lifecycle_item(lifecycle: Lifecycle) -> Item:
    return {
        "name": lifecycle.name,
        "title": lifecycle.title,
        "dormant_after": lifecycle.dormant_after,
        "phases": [_phase_row(phase) for phase in lifecycle.phases],
        "types": {each.type: _type_row(each) for each in lifecycle.developments},
    }


def _phase_row(phase: Phase) -> Row:
    return [phase.name, phase.title, phase.definition, int(phase.mandatory), int(phase.settled)]


def _type_row(each: DevelopmentType) -> Row:
    effect: Effect = each.effect
    return [each.title, int(each.repeats), effect.kind, effect.phase, effect.outcome]


# -- initiatives -----------------------------------------------------------------------------------


def _items(
    connection: Connection,
    at: Viewpoint,
    only: frozenset[str] | None,
    progress: Progress | None,
) -> Iterator[Item]:
    """Yield each initiative with all that was known of it, by slug."""
    query = sa.select(profiles.c.initiative).where(profiles.c.k_from <= at.position).distinct()
    there = connection.execute(query.order_by(profiles.c.initiative)).scalars().all()
    slugs = [slug for slug in there if only is None or slug in only]
    shown = frozenset(slugs)
    for part in batches(slugs, PART):
        yield from _part(connection, at, part, shown)
        if progress is not None:
            progress(len(part))


def _part(
    connection: Connection, at: Viewpoint, slugs: Sequence[str], shown: Collection[str]
) -> Iterator[Item]:
    items = {slug: _Initiative(slug, at) for slug in slugs}
    for table, into in (
        (profiles, _Initiative.add_version),
        (fact_versions, _Initiative.add_fact),
        (plan_versions, _Initiative.add_plan),
        (link_versions, _Initiative.add_link),
    ):
        t = table.c
        query = sa.select(table).where(t.initiative.in_(slugs), t.k_from <= at.position)
        for row in connection.execute(query.order_by(t.initiative, t.k_from)):
            into(items[row.initiative], row, shown)
    told = event_log.read(
        connection,
        events.c.initiative.in_(slugs),
        events.c.kind.in_(_TOLD),
        events.c.position <= at.position,
    )
    for event in told:
        items[str(event.initiative)].add_event(event)
    for item in items.values():
        yield item.finished()


@define
class _Initiative:
    """Builds the item of one initiative; equal *sources* are stored once."""

    slug: str
    at: Viewpoint
    versions: list[Row] = field(factory=list)
    facts: list[Row] = field(factory=list)
    plans: list[Row] = field(factory=list)
    links: list[Row] = field(factory=list)
    told: list[Row] = field(factory=list)
    withdrawn: list[Row] = field(factory=list)
    sources: dict[tuple[str | None, ...], int] = field(factory=dict)
    firsts: dict[str, int] = field(factory=dict)

    def add_version(self, row: Any, shown: Collection[str]) -> None:
        """Add a version of its profile; the one it was merged into only if that is shown too."""
        profile, retired = portfolio.profile_of(
            [getattr(row, name) for name in portfolio.PROFILE_COLUMNS]
        )
        into = retired.merged_into if retired and retired.merged_into in shown else None
        words = [list(profile.parties), profile.sector, list(profile.tags), profile.summary]
        told = [int(retired is not None), retired.reason if retired else None, into]
        interval = [row.k_from, _until(row.k_to, self.at)]
        self.versions.append([*interval, profile.title, profile.lifecycle, *words, *told])

    def add_fact(self, row: Any, _: Collection[str]) -> None:
        """A version of a development, with the effect it had then."""
        interval = [row.k_from, _until(row.k_to, self.at)]
        dates = [_ordinal(row.lo), _ordinal(row.hi), row.rank]
        effect = [row.type, row.effect, row.phase, row.outcome, row.edtf]
        others = [row.fulfils, row.after_fact, row.contradicts, row.source, row.unconfirmed]
        self.facts.append([*interval, row.number, row.fact, row.position, *dates, *effect, *others])

    def add_plan(self, row: Any, _: Collection[str]) -> None:
        """A version of a plan."""
        interval = [row.k_from, _until(row.k_to, self.at)]
        dates = [_ordinal(row.lo), _ordinal(row.hi)]
        self.plans.append(
            [*interval, row.number, row.fact, row.position, *dates, row.type, row.edtf]
        )

    def add_link(self, row: Any, shown: Collection[str]) -> None:
        """A link to another that is shown too."""
        if row.other in shown:
            self.links.append([row.k_from, _until(row.k_to, self.at), row.kind, row.other])

    def add_event(self, event: Event) -> None:
        """Add the content that an event gave a fact, or that it withdrew the fact."""
        what = event.what
        if isinstance(what, Withdrawn):
            self.withdrawn.append([event.position, self.firsts[what.fact], what.reason])
            return
        account = account_of(what)
        assert account is not None  # noqa: S101 -- no other kinds were asked for
        if isinstance(what, Amended):
            fact, reason = self.firsts[what.fact], what.reason
        else:
            fact, reason = self.firsts.setdefault(event.event_id, event.position), None
        self.told.append([event.position, fact, *self._account(account), reason])

    def _account(self, account: Account) -> Row:
        on = account.on
        dates = [on.edtf, on.lo.toordinal(), on.hi.toordinal()]
        sources = [self._source(source) for source in account.sources]
        said = [account.stated_by, _text(account.note), sources]
        return [int(account.mode == "planned"), account.type, *dates, *said]

    def _source(self, source: Source) -> int:
        told = (
            source.url, source.document, source.title, source.publisher, source.published_on,
            source.accessed_on, _text(source.quote), source.grade,
        )  # fmt: skip
        return self.sources.setdefault(told, len(self.sources))

    def finished(self) -> Item:
        """Return the item, without the parts that are empty."""
        lists = {
            "versions": self.versions,
            "facts": self.facts,
            "plans": self.plans,
            "links": self.links,
            "told": self.told,
            "withdrawn": self.withdrawn,
            "sources": [list(source) for source in self.sources],
        }
        return {"slug": self.slug, **{name: rows for name, rows in lists.items() if rows}}


def _until(k_to: int, at: Viewpoint) -> int | None:
    """The end of a knowledge interval, open where it ended after the viewpoint."""
    return k_to if k_to <= at.position else None


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def _text(text: Text) -> str | None:
    """Return a text, or None where it was erased."""
    return None if isinstance(text, Erased) else text
