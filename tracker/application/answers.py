"""Answers at a viewpoint: status, history, card and reasons, with the sources they rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from attrs import field, frozen

from tracker.application.inputs import several
from tracker.domain.dates import Extent
from tracker.domain.events import Account, Amended, Event, Recorded, What, Withdrawn, account_of
from tracker.domain.evidence import Source
from tracker.domain.facts import FactVersion, Link, PlanVersion, packed
from tracker.domain.findings import Finding, findings
from tracker.domain.lifecycle import Effect
from tracker.domain.merkle import inclusion_proof
from tracker.domain.nearest import did_you_mean
from tracker.domain.plans import PlanState, plan_states
from tracker.domain.status import CONDITIONS, DORMANT, NOT_STARTED
from tracker.domain.viewpoint import Viewpoint
from tracker.errors import CalledWrongly
from tracker.projections import outlines, portfolio
from tracker.projections.outlines import Listed
from tracker.projections.portfolio import Standing
from tracker.store import reading
from tracker.store.driver import Reader
from tracker.store.reading import NodeReader, read_at


@frozen
class Filters:
    """Which initiatives a question is about: of each kind of filter given, one value must fit.

    Of each kind a list of texts may be given, or a single text, which is a list of one.
    *within* are filters that must fit as well; *view* is the name under which these were saved.
    """

    lifecycle: tuple[str, ...] = field(default=(), converter=several)
    phase: tuple[str, ...] = field(default=(), converter=several)
    condition: tuple[str, ...] = field(default=(), converter=several)
    party: tuple[str, ...] = field(default=(), converter=several)
    sector: tuple[str, ...] = field(default=(), converter=several)
    tag: tuple[str, ...] = field(default=(), converter=several)
    uncertain: bool = False
    dormant: bool = False
    within: Filters | None = None
    view: str | None = None

    def fits(self, standing: Standing | Listed) -> bool:
        """Whether an initiative is one of those asked about."""
        profile, status = standing.profile, standing.status
        given = (
            (self.lifecycle, (profile.lifecycle,)),
            (self.phase, (status.phase,)),
            (self.condition, (status.condition,)),
            (self.party, profile.parties),
            (self.sector, (profile.sector,)),
            (self.tag, profile.tags),
        )
        return (
            all(not wanted or _meet(wanted, had) for wanted, had in given)
            and not (self.uncertain and status.is_certain)
            and not (self.dormant and status.condition != DORMANT)
            and (self.within is None or self.within.fits(standing))
        )


@frozen
class StatusAnswer:
    """The status of one initiative, with its sources and findings.

    *sources* holds those of the deciding developments, by the position of the version.
    """

    standing: Standing
    sources: dict[int, tuple[Source, ...]] = field(factory=dict, hash=False)
    findings: tuple[Finding, ...] = ()


@frozen
class HistoryEntry:
    """One version of a fact: its content, and its state at the viewpoint.

    *state* is ``current``, ``amended`` (another version took its place) or ``withdrawn`` (none did,
    even if the fact was brought back later); *effect* is that of its type in the lifecycle in force
    at the viewpoint (None for a plan). *reason* is why this version was made, *ended_because* why
    it was withdrawn. *corrected* is the content that it took the place of; None for the first.
    """

    fact: str
    event: Event
    account: Account
    effect: Effect | None
    state: str
    order: tuple[object, ...]
    reason: str | None = None
    ended_because: str | None = None
    corrected: Account | None = None


@frozen
class PlanEntry:
    """A plan that stands, whether it is fulfilled or overdue, and how its date has slipped."""

    plan: PlanVersion
    account: Account
    state: PlanState
    slippage: tuple[str, ...]


@frozen
class Card:
    """Everything about one initiative at a viewpoint."""

    answer: StatusAnswer
    developments: tuple[HistoryEntry, ...]
    plans: tuple[PlanEntry, ...]
    links: tuple[Link, ...]


@frozen
class Reason:
    """One link of the chain from a status to the log: development, sources, event and proof.

    *decides* is ``phase`` or ``condition``; *proof* is the RFC 6962 inclusion proof of *leaf* in
    the log of the viewpoint's position.
    """

    decides: str
    fact: FactVersion
    event: Event
    body: str
    leaf: bytes
    proof: tuple[bytes, ...]


def status_one(reader: Reader, slug: str, at: Viewpoint) -> StatusAnswer:
    """The status of the initiative *slug*, which is known at *at*, with sources and findings."""
    standing = portfolio.status_of(reader, slug, at)
    if standing is None:
        message = f"{slug} was not registered yet at @{at.position}"
        raise CalledWrongly(message)
    return with_evidence(reader, [standing], at)[0]


def status_all(reader: Reader, at: Viewpoint, filters: Filters) -> list[Standing]:
    """The initiatives that *filters* fit, by slug."""
    standings = portfolio.status_of_all(reader, at)
    check_filters(filters, standings)
    return [standing for standing in standings if filters.fits(standing)]


def listing(reader: Reader, at: Viewpoint, filters: Filters) -> list[Listed]:
    """Return what :func:`status_all` returns, in short."""
    listed = outlines.listing(reader, at)
    check_filters(filters, listed)
    return [each for each in listed if filters.fits(each)]


def check_filters(filters: Filters, standings: Sequence[Standing | Listed]) -> None:
    """Raise CalledWrongly for a value that no initiative could have; the nearest is named."""
    if filters.within is not None:
        check_filters(filters.within, standings)
    saved = f", which the view {filters.view!r} asks for" if filters.view is not None else ""
    lifecycles = {s.profile.lifecycle: s.lifecycle for s in standings}
    there: dict[str, Callable[[], Iterable[str]]] = {
        "lifecycle": lambda: lifecycles,
        "phase": lambda: (
            {p.name for each in lifecycles.values() for p in each.phases} | {NOT_STARTED}
        ),
        "condition": lambda: CONDITIONS,
        "party": lambda: {party for s in standings for party in s.profile.parties},
        "sector": lambda: {s.profile.sector for s in standings if s.profile.sector},
        "tag": lambda: {tag for s in standings for tag in s.profile.tags},
    }
    for name, values_there in there.items():
        asked_for = getattr(filters, name)
        values = set(values_there()) if asked_for else set()
        for wanted in asked_for:
            if not _meet((wanted,), values):
                near = did_you_mean(wanted, values)
                message = f"no initiative here has the {name} {wanted!r}{saved}{near}"
                raise CalledWrongly(message)


def with_evidence(
    reader: Reader, standings: Sequence[Standing], at: Viewpoint
) -> list[StatusAnswer]:
    """Return *standings* with the sources of their deciding developments, and with findings."""
    positions = {
        fact.position
        for standing in standings
        for fact in (standing.status.deciding, standing.status.deciding_condition)
        if fact is not None
    }
    sources = sources_at(reader, positions)
    return [
        StatusAnswer(standing=standing, sources=sources, findings=odd)
        for standing, odd in zip(standings, findings_of(reader, standings, at), strict=True)
    ]


def findings_of(
    reader: Reader, standings: Sequence[Standing], at: Viewpoint
) -> list[tuple[Finding, ...]]:
    """Return the findings of each of *standings*."""
    slugs = [standing.initiative for standing in standings]
    facts = portfolio.developments(reader, at.position, slugs)
    plans = portfolio.plans(reader, at.position, slugs)
    return [
        findings(
            facts.get(s.initiative, ()),
            plans.get(s.initiative, ()),
            s.lifecycle,
            s.status,
            at.as_of,
        )
        for s in standings
    ]


def sources_at(reader: Reader, positions: Iterable[int]) -> dict[int, tuple[Source, ...]]:
    """The sources given by the events at *positions*."""
    found = read_at(reader, positions)
    accounts = {position: account_of(event.what) for position, event in found.items()}
    return {position: account.sources for position, account in accounts.items() if account}


def history(reader: Reader, slug: str, at: Viewpoint, axis: str = "world") -> list[HistoryEntry]:
    """Return every version of every fact of *slug* that is known at *at*, and its state.

    Along the world's axis they are in the order in which things happened (plans by when they are
    due), along the knowledge axis in the order in which they were learned. Developments after the
    as-of date are left out; plans are not.
    """
    known = portfolio.known(reader, slug, at.position)
    own = reading.events_of(reader, slug, at.position)
    first = {event.event_id: event for event in own if isinstance(event.what, Recorded)}
    ended_by = _successors(own)
    rank = {
        fact.fact: fact.rank
        for fact in portfolio.developments(reader, at.position, [slug]).get(slug, ())
    }
    entries = []
    said: dict[str, Account] = {}
    for event in own:
        account, name = account_of(event.what), _fact_of(event)
        if account is None or name is None:
            continue
        corrected, said[name] = said.get(name), account
        if account.mode == "occurred" and account.on.lo > at.as_of:
            continue
        began, next_of_it = first[name], ended_by.get(event.position)
        on = account.on
        entries.append(
            HistoryEntry(
                fact=began.handle,
                event=event,
                account=account,
                effect=known.lifecycle.effect_of(account.type)
                if known and account.mode == "occurred"
                else None,
                state=_state(next_of_it),
                order=(
                    on.hi,
                    on.lo,
                    rank.get(began.position, packed(began.position, 0)),
                    began.position,
                    event.position,
                ),
                reason=event.what.reason if isinstance(event.what, Amended) else None,
                ended_because=next_of_it.reason if isinstance(next_of_it, Withdrawn) else None,
                corrected=corrected,
            )
        )
    if axis == "world":
        entries.sort(key=lambda entry: entry.order)
    return entries


def card(reader: Reader, slug: str, at: Viewpoint) -> Card:
    """Everything about *slug* at a viewpoint."""
    entries = history(reader, slug, at)
    facts = portfolio.developments(reader, at.position, [slug]).get(slug, [])
    plans = portfolio.plans(reader, at.position, [slug]).get(slug, [])
    return Card(
        answer=status_one(reader, slug, at),
        developments=tuple(entry for entry in entries if entry.account.mode == "occurred"),
        plans=tuple(_plan_entries(plans, entries, facts, at)),
        links=tuple(portfolio.links(reader, slug, at.position)),
    )


def why(reader: Reader, slug: str, at: Viewpoint) -> tuple[StatusAnswer, list[Reason]]:
    """The chain from the status of *slug* down to the log, and the proof that it is in there."""
    answer = status_one(reader, slug, at)
    status = answer.standing.status
    nodes = NodeReader(reader)
    reasons = []
    for decides, fact in (("phase", status.deciding), ("condition", status.deciding_condition)):
        if fact is None:
            continue
        body, leaf = reading.written_at(reader, fact.position)
        event = read_at(reader, (fact.position,))[fact.position]
        proof = inclusion_proof(fact.position - 1, at.position, nodes)
        reasons.append(Reason(decides, fact, event, body, leaf, proof))
    return answer, reasons


def _plan_entries(
    plans: Iterable[PlanVersion],
    entries: Iterable[HistoryEntry],
    facts: Iterable[FactVersion],
    at: Viewpoint,
) -> Iterator[PlanEntry]:
    versions: dict[str, list[HistoryEntry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.event.position):
        versions.setdefault(entry.fact, []).append(entry)
    for plan, state in plan_states(plans, facts, at.as_of):
        told = versions[plan.handle]
        dates = [entry.account.on.edtf for entry in told]
        yield PlanEntry(
            plan=plan,
            account=told[-1].account,
            state=state,
            slippage=tuple(date for n, date in enumerate(dates) if n == 0 or date != dates[n - 1]),
        )


def _fact_of(event: Event) -> str | None:
    if isinstance(event.what, Recorded):
        return event.event_id
    return event.what.fact if isinstance(event.what, Amended | Withdrawn) else None


def _successors(own: Iterable[Event]) -> dict[int, What]:
    """Return the event that replaced each version of a fact, by the position of the version."""
    last: dict[str, Event] = {}
    found: dict[int, What] = {}
    for event in own:
        name = _fact_of(event)
        if name is None:
            continue
        if name in last:
            found[last[name].position] = event.what
        last[name] = event
    return found


def _state(successor: What | None) -> str:
    if successor is None:
        return "current"
    return "withdrawn" if isinstance(successor, Withdrawn) else "amended"


def _meet(wanted: Iterable[str], had: Iterable[str | None]) -> bool:
    folded = {each.casefold() for each in had if each is not None}
    return any(each.casefold() in folded for each in wanted)


__all__ = [
    "Card",
    "Extent",
    "Filters",
    "HistoryEntry",
    "PlanEntry",
    "Reason",
    "StatusAnswer",
    "card",
    "check_filters",
    "findings_of",
    "history",
    "listing",
    "sources_at",
    "status_all",
    "status_one",
    "why",
    "with_evidence",
]
