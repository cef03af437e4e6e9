"""What may be done: ``decide(command, ledger, at)`` gives the events to append, or refuses.

It returns no event when nothing would change. It never refuses a fact because the lifecycle finds
it odd: that is a finding. Called under the lock of the log, so what it reads is what stands.
"""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from functools import singledispatch
from typing import Protocol, TypeVar

from attrs import evolve, frozen

from tracker.domain import commands as ask
from tracker.domain import events as did
from tracker.domain.dates import Extent, cut
from tracker.domain.events import Account, Draft, Event, Profile, Time, What, same_content
from tracker.domain.evidence import Source
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.nearest import did_you_mean
from tracker.errors import Conflict, NotFound, Refused

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_SLUG_LENGTH = 80
_T = TypeVar("_T")


@frozen
class Standing:
    """What stands of an initiative: its profile, how many events it has, whether it is retired."""

    profile: Profile
    version: int
    retired: did.InitiativeRetired | None = None


@frozen
class FactStanding:
    """What stands of a fact: its name, its latest version that was not a withdrawal."""

    event_id: str
    initiative: str
    number: int
    current_id: str
    current_position: int
    account: Account
    is_present: bool

    @property
    def handle(self) -> str:
        """The fact's name as a person writes it."""
        return f"{self.initiative}#{self.number}"


class Ledger(Protocol):
    """What ``decide`` may ask of the log as it stands under the lock."""

    def event(self, event_id: str) -> Event | None:
        """The event with that id."""

    def event_at(self, position: int) -> Event | None:
        """The event at that position."""

    def initiative(self, slug: str) -> Standing | None:
        """What stands of that initiative; None if it was never registered."""

    def lifecycle(self, name: str) -> Lifecycle | None:
        """The definition in force."""

    def shipped(self, name: str) -> Lifecycle | None:
        """A definition that comes with the tool, adopted or not."""

    def fact(self, event_id: str) -> FactStanding | None:
        """The fact that this event began."""

    def known_extent(self, fact: str, edtf: str) -> Extent | None:
        """The stored days of the earliest version of *fact* that gave this date."""

    def orders(self, initiative: str) -> dict[str, str]:
        """Which present fact of an initiative was said to come after which (event ids)."""

    def linked_to(self, slug: str) -> list[tuple[str, str]]:
        """The (initiative, kind) pairs of links that stand and point to *slug*."""

    def lifecycle_names(self) -> list[str]:
        """Every lifecycle that can be named."""


@singledispatch
def decide(
    command: ask.Command, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    """The events that *command* asks for, recorded at instant *at*; none if nothing would change.

    Raises Conflict, NotFound or Refused, each with the way out.
    """
    raise TypeError(command)


def check_slug(slug: str) -> str:
    """*slug* itself, or Refused with what a slug looks like."""
    if _SLUG.fullmatch(slug) and len(slug) <= _SLUG_LENGTH:
        return slug
    offer = re.sub(r"[^a-z0-9]+", "-", slug.lower()).strip("-")[:_SLUG_LENGTH].strip("-")
    hint = f", such as {offer}" if offer else ""
    message = (
        f"{slug!r} cannot name an initiative; write small letters a-z, digits and single hyphens, "
        f"at most {_SLUG_LENGTH}{hint}"
    )
    raise Refused(message)


@decide.register
def _adopt(
    command: ask.Adopt, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    what = did.LifecycleAdopted(command.lifecycle.name, command.lifecycle.to_definition())
    if _is_repeated(command.event_id, None, what, ledger):
        return []
    if ledger.lifecycle(what.name) == command.lifecycle:
        return []
    return [Draft(command.event_id, None, what, at, time)]


@decide.register
def _register(
    command: ask.Register, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    slug = check_slug(command.initiative)
    what = did.InitiativeRegistered(_checked_profile(command.profile))
    if _is_repeated(command.event_id, slug, what, ledger):
        return []
    if ledger.initiative(slug) is not None:
        message = f"{slug} is registered already; change it with: tracker revise {slug} …"
        raise Conflict(message)
    drafts = _adoption(command.event_id, what.profile.lifecycle, ledger, at, time)
    drafts.append(Draft(command.event_id, slug, what, at, time))
    if command.part_of is not None:
        _living(command.part_of, ledger)
        _not_itself(slug, command.part_of)
        drafts.append(_part_of(command.event_id, slug, command.part_of, at, time))
    return drafts


@decide.register
def _revise(
    command: ask.Revise, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    slug = command.initiative
    earlier = ledger.event(command.event_id)
    standing = _living(slug, ledger) if earlier is None else _registered(slug, ledger)
    base = earlier.what.profile if _is_revision(earlier) else standing.profile
    profile = Profile(
        title=_changed(command.title, base.title),
        lifecycle=_changed(command.lifecycle, base.lifecycle),
        parties=_changed(command.parties, base.parties),
        sector=_changed(command.sector, base.sector),
        tags=_changed(command.tags, base.tags),
        summary=_changed(command.summary, base.summary),
    )
    what = did.InitiativeRevised(_checked_profile(profile))
    if _is_repeated(command.event_id, slug, what, ledger):
        return []
    drafts: list[Draft] = []
    if what.profile != standing.profile:
        drafts = _adoption(command.event_id, what.profile.lifecycle, ledger, at, time)
        drafts.append(Draft(command.event_id, slug, what, at, time))
    if command.part_of is not None and (slug, "part-of") not in ledger.linked_to(command.part_of):
        _living(command.part_of, ledger)
        _not_itself(slug, command.part_of)
        drafts.append(_part_of(command.event_id, slug, command.part_of, at, time))
    return drafts


@decide.register
def _retire(
    command: ask.Retire, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    slug = command.initiative
    what = did.InitiativeRetired(_reason(command.reason), command.merged_into)
    if _is_repeated(command.event_id, slug, what, ledger):
        return []
    _living(slug, ledger)
    if command.merged_into is not None:
        _not_itself(slug, command.merged_into)
        _living(command.merged_into, ledger)
    linking = ledger.linked_to(slug)
    if linking:
        other, kind = linking[0]
        message = (
            f"{other} is {kind} {slug}, so {slug} cannot be retired; "
            f"first: tracker unlink {other} {kind} {slug} --reason …"
        )
        raise Refused(message)
    return [Draft(command.event_id, slug, what, at, time)]


@decide.register
def _record(
    command: ask.Record, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    slug = command.initiative
    standing = _registered(slug, ledger)
    lifecycle = _in_force(standing.profile.lifecycle, ledger)
    account = Account(
        mode=command.mode,
        type=lifecycle.find_type(command.type) or command.type,
        on=command.on,
        sources=command.sources,
        stated_by=command.stated_by,
        note=command.note,
        fulfils=command.fulfils,
        after=command.after,
        contradicts=command.contradicts,
        claimed_recorded_at=command.claimed_recorded_at,
    )
    if _is_repeated(command.event_id, slug, did.Recorded(account), ledger):
        return []
    _not_retired(slug, standing)
    _expected(command.expect_version, slug, standing)
    account = _checked_account(account, lifecycle, at)
    _checked_references(slug, command.event_id, account, ledger)
    return [Draft(command.event_id, slug, did.Recorded(account), at, time)]


@decide.register
def _amend(
    command: ask.Amend, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    fact = _fact(command.fact, ledger)
    earlier = ledger.event(command.event_id)
    lifecycle = _in_force(_registered(fact.initiative, ledger).profile.lifecycle, ledger)
    base_id, base = _base_of_amendment(command, fact, earlier, ledger)
    account = _with_changes(base, command.changes, lifecycle)
    what = did.Amended(fact.event_id, base_id, _reason(command.reason), account)
    if _is_repeated(command.event_id, fact.initiative, what, ledger):
        return []
    standing = _living(fact.initiative, ledger)
    _expected(command.expect_version, fact.initiative, standing)
    if command.based_on is not None and base_id != fact.current_id:
        message = (
            f"{fact.handle} has changed since @{command.based_on}: it is now at "
            f"@{fact.current_position}; look at it again (tracker history {fact.initiative}) and "
            f"repeat with --based-on @{fact.current_position}"
        )
        raise Conflict(message)
    if fact.is_present and same_content(did.Recorded(account), did.Recorded(fact.account)):
        return []
    account = _dated_again(account, fact, ledger, at)
    if account.type != base.type or not lifecycle.effect_of(account.type):
        _known_type(account.type, lifecycle)
    _some_source(account)
    _checked_references(fact.initiative, fact.event_id, account, ledger)
    return [Draft(command.event_id, fact.initiative, evolve(what, account=account), at, time)]


@decide.register
def _withdraw(
    command: ask.Withdraw, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    fact = _fact(command.fact, ledger)
    what = did.Withdrawn(fact.event_id, _reason(command.reason))
    if _is_repeated(command.event_id, fact.initiative, what, ledger):
        return []
    standing = _living(fact.initiative, ledger)
    _expected(command.expect_version, fact.initiative, standing)
    if not fact.is_present:
        message = (
            f"{fact.handle} is withdrawn already; to bring it back: "
            f"tracker amend {fact.handle} --revert-to @{fact.current_position} --reason …"
        )
        raise Conflict(message)
    return [Draft(command.event_id, fact.initiative, what, at, time)]


@decide.register
def _link(command: ask.Link, ledger: Ledger, at: datetime, time: Time = "witnessed") -> list[Draft]:
    slug = command.initiative
    _link_kind(command.kind)
    what = did.InitiativesLinked(command.kind, command.other)
    if _is_repeated(command.event_id, slug, what, ledger):
        return []
    _living(slug, ledger)
    _living(command.other, ledger)
    _not_itself(slug, command.other)
    if (slug, command.kind) in ledger.linked_to(command.other):
        return []
    return [Draft(command.event_id, slug, what, at, time)]


@decide.register
def _unlink(
    command: ask.Unlink, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    slug = command.initiative
    _link_kind(command.kind)
    what = did.InitiativesUnlinked(command.kind, command.other, _reason(command.reason))
    if _is_repeated(command.event_id, slug, what, ledger):
        return []
    _registered(slug, ledger)
    if (slug, command.kind) not in ledger.linked_to(command.other):
        message = (
            f"{slug} is not {command.kind} {command.other}; see its links with: tracker show {slug}"
        )
        raise NotFound(message)
    return [Draft(command.event_id, slug, what, at, time)]


# -- what several of them need -------------------------------------------------------------------


def _is_repeated(event_id: str, initiative: str | None, what: What, ledger: Ledger) -> bool:
    """Whether this very request was granted before; Conflict if its id was used for another."""
    earlier = ledger.event(event_id)
    if earlier is None:
        return False
    if earlier.initiative == initiative and same_content(earlier.what, what):
        return True
    message = (
        f"the id {event_id} was used before, for {earlier.handle} with other content; "
        "leave --id out for a new one"
    )
    raise Conflict(message)


def _adoption(event_id: str, name: str, ledger: Ledger, at: datetime, time: Time) -> list[Draft]:
    """The adoption of a shipped lifecycle that the log does not have yet, at the same instant."""
    if ledger.lifecycle(name) is not None:
        return []
    shipped = ledger.shipped(name)
    if shipped is None:
        known = sorted(set(ledger.lifecycle_names()))
        message = (
            f"there is no lifecycle {name!r}{did_you_mean(name, known)}"
            " (tracker lifecycle list shows them)"
        )
        raise NotFound(message)
    what = did.LifecycleAdopted(name, shipped.to_definition())
    return [Draft(derived_id(event_id, "lifecycle"), None, what, at, time)]


def derived_id(event_id: str, role: str) -> str:
    """The id of an event that comes along with another: the same whenever that is repeated."""
    return str(uuid.uuid5(uuid.UUID(event_id), role))


def _part_of(event_id: str, slug: str, whole: str, at: datetime, time: Time) -> Draft:
    later = at + timedelta(microseconds=1) if time == "witnessed" else at
    what = did.InitiativesLinked("part-of", whole)
    return Draft(derived_id(event_id, "part-of"), slug, what, later, time)


def _registered(slug: str, ledger: Ledger) -> Standing:
    standing = ledger.initiative(slug)
    if standing is None:
        message = f"there is no initiative {slug}; begin with: tracker register {slug} …"
        raise NotFound(message)
    return standing


def _living(slug: str, ledger: Ledger) -> Standing:
    standing = _registered(slug, ledger)
    _not_retired(slug, standing)
    return standing


def _not_retired(slug: str, standing: Standing) -> None:
    if standing.retired is None:
        return
    into = standing.retired.merged_into
    way_out = f"it was merged into {into}: use that" if into else "register another"
    message = f"{slug} was retired ({standing.retired.reason}); {way_out}"
    raise Refused(message)


def _not_itself(slug: str, other: str) -> None:
    if slug == other:
        message = f"{slug} cannot be linked to itself; name another initiative"
        raise Refused(message)


def _link_kind(kind: str) -> None:
    if kind not in did.LINK_KINDS:
        message = f"{kind!r} is no kind of link; write one of {', '.join(did.LINK_KINDS)}"
        raise Refused(message)


def _reason(text: str) -> str:
    if not text.strip():
        raise Refused("a reason must say something; write it after --reason")
    return text.strip()


def _checked_profile(profile: Profile) -> Profile:
    if not profile.title.strip():
        raise Refused("an initiative needs a title; write it after --title")
    return evolve(profile, title=profile.title.strip())


def _expected(version: int | None, slug: str, standing: Standing) -> None:
    if version is not None and version != standing.version:
        message = (
            f"{slug} has {standing.version} events, not {version}: someone recorded meanwhile; "
            f"look again (tracker history {slug}) and repeat with --expect-version "
            f"{standing.version}"
        )
        raise Conflict(message)


def _in_force(name: str, ledger: Ledger) -> Lifecycle:
    lifecycle = ledger.lifecycle(name)
    if lifecycle is None:
        message = f"the lifecycle {name} is not in the log; adopt it: tracker lifecycle adopt FILE"
        raise NotFound(message)
    return lifecycle


def _known_type(text: str, lifecycle: Lifecycle) -> None:
    if lifecycle.effect_of(text) is None:
        names = [each.type for each in lifecycle.developments]
        message = (
            f"{lifecycle.name} has no development type {text!r}{did_you_mean(text, names)} "
            f"(tracker lifecycle show {lifecycle.name} lists them)"
        )
        raise Refused(message)


def _some_source(account: Account) -> None:
    if not any(source.name for source in account.sources):
        raise Refused("every development needs a source; write a URL or a text after --source")


def _checked_account(account: Account, lifecycle: Lifecycle, at: datetime) -> Account:
    _known_type(account.type, lifecycle)
    _some_source(account)
    if account.mode == "planned":
        return account
    return evolve(account, on=cut(account.on, at))


def _fact(event_id: str, ledger: Ledger) -> FactStanding:
    fact = ledger.fact(event_id)
    if fact is None:
        message = f"there is no fact {event_id}; tracker log shows what there is"
        raise NotFound(message)
    return fact


def _checked_references(slug: str, own_id: str, account: Account, ledger: Ledger) -> None:
    """A plan is fulfilled, an order given and a fact contradicted within one initiative only."""
    if account.fulfils is not None:
        plan = _fact_of(slug, account.fulfils, "fulfils", ledger)
        if account.mode == "planned" or plan.account.mode != "planned":
            message = f"only a development can fulfil, and only a plan be fulfilled: {plan.handle}"
            raise Refused(message)
    if account.contradicts is not None:
        _fact_of(slug, account.contradicts, "contradicts", ledger)
    if account.after is not None:
        _checked_order(slug, own_id, account, ledger)


def _fact_of(slug: str, event_id: str, role: str, ledger: Ledger) -> FactStanding:
    fact = _fact(event_id, ledger)
    if fact.initiative != slug:
        message = (
            f"{fact.handle} belongs to another initiative than {slug}; "
            f"--{role} names a fact of the same one"
        )
        raise Refused(message)
    if not fact.is_present:
        message = f"{fact.handle} is withdrawn; --{role} needs a fact that stands"
        raise Refused(message)
    return fact


def _checked_order(slug: str, own_id: str, account: Account, ledger: Ledger) -> None:
    other = _fact_of(slug, account.after or "", "after", ledger)
    if "planned" in (account.mode, other.account.mode):
        message = f"only developments have an order within a day; leave --after {other.handle} out"
        raise Refused(message)
    theirs = other.account.on
    if (theirs.lo, theirs.hi) != (account.on.lo, account.on.hi):
        message = (
            f"{other.handle} is dated {theirs.edtf}, not {account.on.edtf}; --after is only for "
            "two developments of one and the same date"
        )
        raise Refused(message)
    orders = ledger.orders(slug)
    step: str | None = account.after
    while step is not None:
        if step == own_id:
            message = (
                f"{other.handle} was said to come after this one already; --after turns in a circle"
            )
            raise Refused(message)
        step = orders.get(step)


def _changed(given: _T | ask.Unchanged, before: _T) -> _T:
    return before if isinstance(given, ask.Unchanged) else given


def _is_revision(event: Event | None) -> bool:
    return event is not None and isinstance(event.what, did.InitiativeRevised)


def _base_of_amendment(
    command: ask.Amend, fact: FactStanding, earlier: Event | None, ledger: Ledger
) -> tuple[str, Account]:
    """The version an amendment is based on, and the account that its changes apply to.

    A repeated request is based on what it was based on the first time.
    """
    base_id = fact.current_id
    if earlier is not None and isinstance(earlier.what, did.Amended):
        base_id = earlier.what.based_on
    if command.based_on is not None:
        base_id = _version_at(command.based_on, fact, ledger).event_id
        if earlier is not None and isinstance(earlier.what, did.Amended):
            if base_id != earlier.what.based_on:
                message = f"the id {command.event_id} was used before, based on another version"
                raise Conflict(message)
    if command.revert_to is not None:
        account = did.account_of(_version_at(command.revert_to, fact, ledger).what)
        if account is None:
            message = (
                f"@{command.revert_to} withdrew {fact.handle}; to withdraw it again: "
                f"tracker withdraw {fact.handle} --reason …"
            )
            raise Refused(message)
        return base_id, account
    if base_id == fact.current_id:
        return base_id, fact.account
    base = ledger.event(base_id)
    account = did.account_of(base.what) if base else None
    return base_id, account or fact.account


def _version_at(position: int, fact: FactStanding, ledger: Ledger) -> Event:
    event = ledger.event_at(position)
    if event is not None and (
        event.event_id == fact.event_id
        or (
            isinstance(event.what, did.Amended | did.Withdrawn) and event.what.fact == fact.event_id
        )
    ):
        return event
    message = (
        f"@{position} is no version of {fact.handle}; "
        f"see its versions with: tracker history {fact.initiative} --axis knowledge"
    )
    raise NotFound(message)


def _with_changes(base: Account, changes: ask.Changes, lifecycle: Lifecycle) -> Account:
    kind = _changed(changes.type, base.type)
    sources = _changed(changes.sources, base.sources)
    if changes.first_source is not None:
        first = sources[0] if sources else Source()
        sources = (_overlaid(first, changes.first_source), *sources[1:])
    return evolve(
        base,
        type=lifecycle.find_type(kind) or kind,
        on=_changed(changes.on, base.on),
        sources=sources + changes.more_sources,
        stated_by=_changed(changes.stated_by, base.stated_by),
        note=_changed(changes.note, base.note),
        fulfils=_changed(changes.fulfils, base.fulfils),
        after=_changed(changes.after, base.after),
        contradicts=_changed(changes.contradicts, base.contradicts),
    )


def _overlaid(source: Source, given: Source) -> Source:
    """*source* with the parts that *given* has; naming another place drops the old one."""
    names = ("title", "publisher", "published_on", "accessed_on", "quote", "grade")
    parts = {n: getattr(given, n) for n in names if getattr(given, n) is not None}
    if given.url or given.document:
        parts |= {"url": given.url, "document": given.document}
    return evolve(source, **parts)


def _dated_again(account: Account, fact: FactStanding, ledger: Ledger, at: datetime) -> Account:
    """The account with the extent that stands: a date that is not new keeps its stored days.

    Cut by the day of recording of the version that introduced it, so that a correction of the
    wording, made years later, changes no status (section 4 of the semantics).
    """
    if account.mode == "planned":
        return account
    known = ledger.known_extent(fact.event_id, account.on.edtf)
    return evolve(account, on=known or cut(account.on, at))
