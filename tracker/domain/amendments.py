"""What an amendment makes of a fact: its base, its changes, and the days that stand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import asdict, evolve

from tracker.domain import commands as ask
from tracker.domain import events as did
from tracker.domain.dates import cut
from tracker.domain.events import Account, Event
from tracker.domain.evidence import Source
from tracker.domain.ledger import FactStanding, Ledger
from tracker.domain.rules import changed
from tracker.errors import Conflict, NotFound, Refused


def base_of_amendment(
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
        was = earlier.what if earlier is not None else None
        if isinstance(was, did.Amended) and base_id != was.based_on:
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
    base = ledger.event(base_id)  # a withdrawal gives none itself: the one before it counts
    account = ledger.told_until(fact.event_id, base.position) if base else None
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


def with_changes(base: Account, changes: ask.Changes) -> Account:
    """*base* with what an amendment changes; a type is given by its own name."""
    sources = changed(changes.sources, base.sources)
    if changes.first_source is not None:
        first = sources[0] if sources else Source()
        sources = (_overlaid(first, changes.first_source), *sources[1:])
    return evolve(
        base,
        type=changed(changes.type, base.type),
        on=changed(changes.on, base.on),
        sources=_with_more(sources, changes.more_sources),
        stated_by=changed(changes.stated_by, base.stated_by),
        note=changed(changes.note, base.note),
        fulfils=changed(changes.fulfils, base.fulfils),
        after=changed(changes.after, base.after),
        contradicts=changed(changes.contradicts, base.contradicts),
    )


def _with_more(sources: tuple[Source, ...], more: Iterable[Source]) -> tuple[Source, ...]:
    """*sources* and those of *more* that are not among them already, word for word or less."""
    for source in more:
        if not any(_says_all(known, source) for known in sources):
            sources = (*sources, source)
    return sources


def _says_all(known: Source, source: Source) -> bool:
    parts = asdict(source, recurse=False)
    return all(part in (None, getattr(known, name)) for name, part in parts.items())


def _overlaid(source: Source, given: Source) -> Source:
    """*source* with the parts that *given* has; naming another place drops the old one.

    An empty text clears the part.
    """
    names = ("title", "publisher", "published_on", "accessed_on", "quote", "grade")
    parts = {n: getattr(given, n) or None for n in names if getattr(given, n) is not None}
    if given.url or given.document:
        parts |= {"url": given.url, "document": given.document}
    return evolve(source, **parts)


def dated_again(account: Account, fact: FactStanding, ledger: Ledger, at: datetime) -> Account:
    """The account with the extent that stands: a date that is not new keeps its stored days.

    Cut by the day of recording of the version that introduced it, so that a correction of the
    wording, made years later, changes no status (section 4 of the semantics).
    """
    if account.mode == "planned":
        return account
    known = ledger.known_extent(fact.event_id, account.on.edtf)
    return evolve(account, on=known or cut(account.on, at))
