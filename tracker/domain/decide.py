"""What may be done: ``decide(command, ledger, at)`` gives the events to append, or refuses.

It returns no event when nothing would change. It never refuses a fact because the lifecycle finds
it odd: that is a finding. Called under the lock of the log, so what it reads is what stands.
"""

from __future__ import annotations

from datetime import datetime
from functools import singledispatch

from attrs import evolve

from tracker.domain import commands as ask
from tracker.domain import events as did
from tracker.domain.amendments import base_of_amendment, dated_again, with_changes
from tracker.domain.erasure import check_text_field, is_on_record, is_there, without_text
from tracker.domain.events import Account, Draft, Profile, Time, same_in_full
from tracker.domain.ledger import FactStanding, Ledger, Standing
from tracker.domain.lifecycle_reader import long_names
from tracker.domain.rules import (
    adoption,
    changed,
    check_slug,
    checked_account,
    checked_extent,
    checked_profile,
    checked_reason,
    checked_references,
    checked_sources,
    derived_id,
    expected,
    find_fact,
    has_whole,
    in_force,
    is_repeated,
    known_type,
    link_kind,
    linked_still,
    living,
    not_itself,
    not_retired,
    part_of,
    registered,
    revised_before,
    same_whole,
    taken,
    type_named,
    used_before,
)
from tracker.domain.unchanged import Unchanged
from tracker.errors import Conflict, NotFound, Refused

__all__ = ["FactStanding", "Ledger", "Standing", "check_slug", "decide", "derived_id"]


@singledispatch
def decide(
    command: ask.Command, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    """The events that *command* asks for, recorded at instant *at*; none if nothing would change.

    Raises Conflict, NotFound or Refused, each with the way out.
    """
    message = f"nothing is known of {command!r}, asked of {ledger!r} at {at} ({time})"
    raise TypeError(message)


@decide.register
def _adopt(
    command: ask.Adopt, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    what = did.LifecycleAdopted(command.lifecycle.name, command.lifecycle.to_definition())
    if is_repeated(command.event_id, None, what, ledger):
        return []
    if ledger.lifecycle(what.name) == command.lifecycle:
        return []
    for fault in long_names(what.definition):
        raise Refused(f"The lifecycle cannot be adopted: {fault}")
    return [Draft(command.event_id, None, what, at, time)]


@decide.register
def _register(
    command: ask.Register, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    slug = check_slug(command.initiative)
    what = did.InitiativeRegistered(checked_profile(command.profile))
    if is_repeated(command.event_id, slug, what, ledger):
        same_whole(command.event_id, slug, command.part_of, ledger)
        return []
    standing = ledger.initiative(slug)
    if standing is not None:
        raise taken(slug, standing)
    drafts = adoption(command.event_id, what.profile.lifecycle, ledger, at, time)
    drafts.append(Draft(command.event_id, slug, what, at, time))
    if command.part_of is not None:
        not_itself(slug, command.part_of)
        living(command.part_of, ledger)
        drafts.append(part_of(command.event_id, slug, command.part_of, at, time))
    return drafts


@decide.register
def _revise(
    command: ask.Revise, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    slug = command.initiative
    earlier = ledger.event(command.event_id)
    standing = living(slug, ledger) if earlier is None else registered(slug, ledger)
    base = revised_before(earlier) or standing.profile
    profile = Profile(
        title=changed(command.title, base.title),
        lifecycle=changed(command.lifecycle, base.lifecycle),
        parties=changed(command.parties, base.parties),
        sector=changed(command.sector, base.sector),
        tags=changed(command.tags, base.tags),
        summary=changed(command.summary, base.summary),
    )
    what = did.InitiativeRevised(checked_profile(profile, base))
    is_known = is_repeated(command.event_id, slug, what, ledger)
    if is_known or has_whole(command.event_id, ledger):
        same_whole(command.event_id, slug, command.part_of, ledger)
        if is_known or what.profile == standing.profile:
            return []
        raise Conflict(used_before(command.event_id, slug))
    drafts: list[Draft] = []
    if what.profile != standing.profile:
        drafts = adoption(command.event_id, what.profile.lifecycle, ledger, at, time)
        drafts.append(Draft(command.event_id, slug, what, at, time))
    if command.part_of is not None and (slug, "part-of") not in ledger.linked_to(command.part_of):
        living(command.part_of, ledger)
        not_itself(slug, command.part_of)
        drafts.append(part_of(command.event_id, slug, command.part_of, at, time))
    return drafts


@decide.register
def _retire(
    command: ask.Retire, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    slug = command.initiative
    what = did.InitiativeRetired(checked_reason(command.reason), command.merged_into)
    if is_repeated(command.event_id, slug, what, ledger):
        return []
    living(slug, ledger)
    if command.merged_into is not None:
        not_itself(slug, command.merged_into, "merged into")
        living(command.merged_into, ledger)
    linking = ledger.linked_to(slug)
    if linking:
        raise Refused(linked_still(slug, linking))
    return [Draft(command.event_id, slug, what, at, time)]


@decide.register
def _record(
    command: ask.Record, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    slug = command.initiative
    standing = registered(slug, ledger)
    lifecycle = in_force(standing.profile.lifecycle, ledger)
    account = Account(
        mode=command.mode,
        type=type_named(command.type, lifecycle, slug, ledger.event(command.event_id), ledger),
        on=command.on,
        sources=command.sources,
        stated_by=command.stated_by,
        note=command.note,
        fulfils=command.fulfils,
        after=command.after,
        contradicts=command.contradicts,
        claimed_recorded_at=command.claimed_recorded_at,
    )
    if is_repeated(command.event_id, slug, did.Recorded(account), ledger):
        return []
    not_retired(slug, standing)
    expected(command.expect_version, slug, standing)
    account = checked_account(account, lifecycle, at)
    checked_references(slug, command.event_id, account, ledger)
    return [Draft(command.event_id, slug, did.Recorded(account), at, time)]


@decide.register
def _amend(
    command: ask.Amend, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    fact = find_fact(command.fact, ledger)
    earlier = ledger.event(command.event_id)
    lifecycle = in_force(registered(fact.initiative, ledger).profile.lifecycle, ledger)
    base_id, base = base_of_amendment(command, fact, earlier, ledger)
    changes = command.changes
    # A type that was not given stays, even where its word has come to mean another.
    if not isinstance(changes.type, Unchanged):
        kind = type_named(changes.type, lifecycle, fact.initiative, earlier, ledger)
        changes = evolve(changes, type=kind)
    account = with_changes(base, changes)
    what = did.Amended(fact.event_id, base_id, checked_reason(command.reason), account)
    if is_repeated(command.event_id, fact.initiative, what, ledger):
        return []
    standing = living(fact.initiative, ledger)
    expected(command.expect_version, fact.initiative, standing)
    if command.based_on is not None and base_id != fact.current_id:
        message = (
            f"{fact.handle} has changed since @{command.based_on}: it is now at "
            f"@{fact.current_position}; look at it again (tracker history {fact.initiative}) and "
            f"repeat with --based-on @{fact.current_position}"
        )
        raise Conflict(message)
    if fact.is_present and same_in_full(account, fact.account):
        return []
    account = dated_again(account, fact, ledger, at)
    if account.type != base.type:  # one that the lifecycle has lost meanwhile may stay
        known_type(account.type, lifecycle)
    checked_sources(account, base.sources)
    if account.on.edtf != base.on.edtf:
        checked_extent(account.on)
    checked_references(fact.initiative, fact.event_id, account, ledger, before=base)
    return [Draft(command.event_id, fact.initiative, evolve(what, account=account), at, time)]


@decide.register
def _withdraw(
    command: ask.Withdraw, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    fact = find_fact(command.fact, ledger)
    what = did.Withdrawn(fact.event_id, checked_reason(command.reason))
    if is_repeated(command.event_id, fact.initiative, what, ledger):
        return []
    standing = living(fact.initiative, ledger)
    expected(command.expect_version, fact.initiative, standing)
    if not fact.is_present:
        message = (
            f"{fact.handle} is withdrawn already; to bring it back: "
            f"tracker amend {fact.handle} --revert-to @{fact.told_position} --reason …"
        )
        raise Conflict(message)
    return [Draft(command.event_id, fact.initiative, what, at, time)]


@decide.register
def _erase(
    command: ask.Erase, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    fact = find_fact(command.fact, ledger)
    field = check_text_field(command.field)
    what = did.TextErased(fact.event_id, field, checked_reason(command.reason))
    if is_repeated(command.event_id, fact.initiative, what, ledger):
        return []
    # Neither a withdrawn fact nor a retired initiative keeps a text from having to go.
    history = ledger.events_of(fact.event_id)
    if not is_there(history, field):
        raise NotFound(without_text(fact, field, history))
    if is_on_record(history, field):
        return []
    return [Draft(command.event_id, fact.initiative, what, at, time)]


@decide.register
def _link(command: ask.Link, ledger: Ledger, at: datetime, time: Time = "witnessed") -> list[Draft]:
    slug = command.initiative
    link_kind(command.kind)
    what = did.InitiativesLinked(command.kind, command.other)
    if is_repeated(command.event_id, slug, what, ledger):
        return []
    living(slug, ledger)
    living(command.other, ledger)
    not_itself(slug, command.other)
    if (slug, command.kind) in ledger.linked_to(command.other):
        return []
    return [Draft(command.event_id, slug, what, at, time)]


@decide.register
def _unlink(
    command: ask.Unlink, ledger: Ledger, at: datetime, time: Time = "witnessed"
) -> list[Draft]:
    slug = command.initiative
    link_kind(command.kind)
    what = did.InitiativesUnlinked(command.kind, command.other, checked_reason(command.reason))
    if is_repeated(command.event_id, slug, what, ledger):
        return []
    registered(slug, ledger)
    if (slug, command.kind) not in ledger.linked_to(command.other):
        message = (
            f"there is no link {slug} {command.kind} {command.other}; "
            f"see its links with: tracker show {slug}"
        )
        raise NotFound(message)
    return [Draft(command.event_id, slug, what, at, time)]
