"""The rules that several commands share: each gives what it found, or refuses with the way out."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from attrs import evolve

from tracker.domain import events as did
from tracker.domain.dates import Extent, cut, parse_edtf
from tracker.domain.edtf import lettered
from tracker.domain.events import Account, Draft, Event, Profile, Time, What, same_content
from tracker.domain.evidence import Source, parse_grade
from tracker.domain.ledger import FactStanding, Ledger, Standing
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.nearest import did_you_mean
from tracker.domain.unchanged import Unchanged
from tracker.errors import Conflict, NotFound, Refused

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_SLUG_LENGTH = 80
_LINKS_SHOWN = 5
_LINK_WORDS = {
    "part-of": "is part of",
    "follows": "follows",
    "supersedes": "supersedes",
    "related-to": "is related to",
}
_T = TypeVar("_T")


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


def is_repeated(event_id: str, initiative: str | None, what: What, ledger: Ledger) -> bool:
    """Whether this very request was granted before; Conflict if its id was used for another."""
    earlier = ledger.event(event_id)
    if earlier is None:
        return False
    if earlier.initiative == initiative and same_content(earlier.what, what):
        return True
    raise Conflict(used_before(event_id, earlier.handle))


def used_before(event_id: str, what: str) -> str:
    """What is said of an id that stands for something else already."""
    return (
        f"the id {event_id} was used before, for {what} with other content; "
        "leave --id out for a new one"
    )


def has_whole(event_id: str, ledger: Ledger) -> bool:
    """Whether a request of that id has linked its initiative to a whole."""
    return ledger.event(derived_id(event_id, "part-of")) is not None


def same_whole(event_id: str, slug: str, whole: str | None, ledger: Ledger) -> None:
    """Conflict where a repeated request names another whole than it did the first time."""
    link = ledger.event(derived_id(event_id, "part-of"))
    named = link.what.other if link and isinstance(link.what, did.InitiativesLinked) else None
    if named == whole:
        return
    # Where the link stood already, there was none to append.
    if link is None and whole is not None and (slug, "part-of") in ledger.linked_to(whole):
        return
    raise Conflict(used_before(event_id, slug))


def adoption(event_id: str, name: str, ledger: Ledger, at: datetime, time: Time) -> list[Draft]:
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


def part_of(event_id: str, slug: str, whole: str, at: datetime, time: Time) -> Draft:
    """The link of an initiative to the whole it is part of, recorded right after it."""
    later = at + timedelta(microseconds=1) if time == "witnessed" else at
    what = did.InitiativesLinked("part-of", whole)
    return Draft(derived_id(event_id, "part-of"), slug, what, later, time)


def registered(slug: str, ledger: Ledger) -> Standing:
    """What stands of *slug*; NotFound if it was never registered."""
    standing = ledger.initiative(slug)
    if standing is None:
        message = f"there is no initiative {slug}; begin with: tracker register {slug} …"
        raise NotFound(message)
    return standing


def living(slug: str, ledger: Ledger) -> Standing:
    """What stands of *slug*; NotFound or Refused if it is not there or was retired."""
    standing = registered(slug, ledger)
    not_retired(slug, standing)
    return standing


def not_retired(slug: str, standing: Standing) -> None:
    """Refused for an initiative that was retired, with where it went."""
    if standing.retired is None:
        return
    into = standing.retired.merged_into
    way_out = f"it was merged into {into}: use that" if into else "register another"
    message = f"{slug} was retired ({standing.retired.reason}); {way_out}"
    raise Refused(message)


def taken(slug: str, standing: Standing) -> Conflict:
    """What is said where an initiative of that name is there already, retired perhaps."""
    if standing.retired is None:
        message = f"{slug} is registered already; change it with: tracker revise {slug} …"
        return Conflict(message)
    into = standing.retired.merged_into
    why = f"{standing.retired.reason}; now {into}" if into else standing.retired.reason
    return Conflict(f"{slug} was retired ({why}), and a name is never given twice; choose another")


def not_itself(slug: str, other: str, done: str = "linked to") -> None:
    """Refused where the two initiatives of a link, or of what else is *done*, are one."""
    if slug == other:
        message = f"{slug} cannot be {done} itself; name another initiative"
        raise Refused(message)


def linked_still(slug: str, linking: Sequence[tuple[str, str]]) -> str:
    """What is said of an initiative to which links point, each with the command that ends it."""
    shown = linking[:_LINKS_SHOWN]
    told = " and ".join(f"{other} {_LINK_WORDS[kind]} it" for other, kind in shown)
    commands = [f"tracker unlink {other} {kind} {slug} --reason …" for other, kind in shown]
    more = len(linking) - len(shown)
    others = f" (and {more} more)" if more else ""
    return f"{slug} cannot be retired, since {told}{others}; first: {' and '.join(commands)}"


def link_kind(kind: str) -> None:
    """Refused for a kind of link that there is not."""
    if kind not in did.LINK_KINDS:
        message = f"{kind!r} is no kind of link; write one of {', '.join(did.LINK_KINDS)}"
        raise Refused(message)


def checked_reason(text: str) -> str:
    """A reason that says something, or Refused."""
    if not text.strip():
        raise Refused("a reason must say something; write it after --reason")
    return text.strip()


def checked_profile(profile: Profile, before: Profile | None = None) -> Profile:
    """A profile with a title, and lists that a file can hold; or Refused.

    Parties and tags that *before* had already are not held against it.
    """
    if not profile.title.strip():
        raise Refused("an initiative needs a title; write it after --title")
    for listed, one in (("parties", "party"), ("tags", "tag")):
        known = getattr(before, listed, ())
        for word in getattr(profile, listed):
            if ";" in word and word not in known:
                message = (
                    f"{word[:60]!r} holds a semicolon, which parts several in a file; give each "
                    f"{one} by itself"
                )
                raise Refused(message)
    return evolve(profile, title=profile.title.strip())


def expected(version: int | None, slug: str, standing: Standing) -> None:
    """Conflict where an initiative has moved on from the version its author saw."""
    if version is not None and version != standing.version:
        message = (
            f"{slug} has {standing.version} events, not {version}: someone recorded meanwhile; "
            f"look again (tracker history {slug}) and repeat with --expect-version "
            f"{standing.version}"
        )
        raise Conflict(message)


def in_force(name: str, ledger: Ledger) -> Lifecycle:
    """The definition in force of a lifecycle; NotFound where the log has none."""
    lifecycle = ledger.lifecycle(name)
    if lifecycle is None:
        message = f"the lifecycle {name} is not in the log; adopt it: tracker lifecycle adopt FILE"
        raise NotFound(message)
    return lifecycle


def type_named(
    text: str, lifecycle: Lifecycle, slug: str, earlier: Event | None, ledger: Ledger
) -> str:
    """The type that *text* names; of a repeated request, the one it named the first time."""
    kind = lifecycle.find_type(text) or text
    account = did.account_of(earlier.what) if earlier is not None else None
    if earlier is None or account is None or account.type == kind:
        return kind
    then = ledger.lifecycle_at(slug, earlier.position)
    return account.type if then and then.find_type(text) == account.type else kind


def known_type(text: str, lifecycle: Lifecycle) -> None:
    """Refused for a development type that the lifecycle does not have; the nearest is named."""
    if lifecycle.effect_of(text) is None:
        names = [each.type for each in lifecycle.developments]
        message = (
            f"{lifecycle.name} has no development type {text!r}{did_you_mean(text, names)} "
            f"(tracker lifecycle show {lifecycle.name} lists them)"
        )
        raise Refused(message)


def checked_sources(account: Account, before: Sequence[Source] = ()) -> None:
    """Refused where nobody's word is given, or a new source is not as it is stored.

    What is stored of a grade and of the dates of a source is what the parsers give: everything that
    reads them relies on that. Sources from *before* are not held against an amendment.
    """
    if not any(source.name for source in account.sources):
        raise Refused("every development needs a source; write a URL or a text after --source")
    for source in account.sources:
        if source in before:
            continue
        if source.grade is not None:
            _check_stored("grade", source.grade, parse_grade(source.grade))
        for text in (source.published_on, source.accessed_on):
            if text is not None:
                _check_stored("date", text, parse_edtf(text).edtf)


def _check_stored(what: str, text: str, canonical: str) -> None:
    if text != canonical:
        raise Refused(f"the {what} {text!r} of a source is stored as {canonical!r}; write that")


def checked_extent(on: Extent) -> None:
    """Refused for an extent other than that of its EDTF string, or cut at its end."""
    whole = parse_edtf(on.edtf)
    if whole.edtf != on.edtf or on.lo != whole.lo or not on.lo <= on.hi <= whole.hi:
        message = (
            f"the extent {on.lo} to {on.hi} is not that of the date {on.edtf!r}; give the date as "
            "a text"
        )
        raise Refused(message)


def checked_account(account: Account, lifecycle: Lifecycle, at: datetime) -> Account:
    """The account of a new fact: its type known, its source named, its date cut."""
    known_type(account.type, lifecycle)
    checked_sources(account)
    checked_extent(account.on)
    if account.mode == "planned":
        return account
    on = cut(account.on, at)
    return account if on is account.on else evolve(account, on=on)


def find_fact(event_id: str, ledger: Ledger) -> FactStanding:
    """What stands of a fact, or NotFound."""
    fact = ledger.fact(event_id)
    if fact is None:
        message = f"there is no fact {event_id}; tracker log shows what there is"
        raise NotFound(message)
    return fact


def check_plan(fact: FactStanding) -> None:
    """Refused for a development: only a plan may be by a date, or have none."""
    if fact.account.mode != "planned":
        message = f"{fact.handle} is a development and no plan; write with --on when it happened"
        raise Refused(message)


def checked_references(
    slug: str, own_id: str, account: Account, ledger: Ledger, before: Account | None = None
) -> None:
    """A plan is fulfilled, an order given and a fact contradicted within one initiative only.

    What *before* said already is not held against what has been withdrawn or dated anew since:
    such an order has lapsed, and its fact can be corrected like any other.
    """
    new = account if before is None else _new_references(account, before)
    if new.fulfils is not None:
        plan = _fact_of(slug, new.fulfils, "fulfils", ledger)
        if account.mode == "planned" or plan.account.mode != "planned":
            message = f"only a development can fulfil, and only a plan be fulfilled: {plan.handle}"
            raise Refused(message)
    if new.contradicts is not None:
        _fact_of(slug, new.contradicts, "contradicts", ledger)
    if new.after is not None:
        _checked_order(slug, account, ledger)
    _no_circle(slug, own_id, account, ledger)


def _new_references(account: Account, before: Account) -> Account:
    return evolve(
        account,
        fulfils=None if account.fulfils == before.fulfils else account.fulfils,
        after=None if account.after == before.after else account.after,
        contradicts=None if account.contradicts == before.contradicts else account.contradicts,
    )


def _fact_of(slug: str, event_id: str, role: str, ledger: Ledger) -> FactStanding:
    fact = find_fact(event_id, ledger)
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


def _checked_order(slug: str, account: Account, ledger: Ledger) -> None:
    other = _fact_of(slug, account.after or "", "after", ledger)
    if "planned" in (account.mode, other.account.mode):
        message = f"only developments have an order within a day; leave --after {other.handle} out"
        raise Refused(message)
    theirs = other.account.on
    if (theirs.lo, theirs.hi) != (account.on.lo, account.on.hi):
        message = (
            f"{other.handle} is dated {lettered(theirs.edtf)}, not {lettered(account.on.edtf)}; "
            "--after is only for two developments of one and the same date"
        )
        raise Refused(message)


def _no_circle(slug: str, own_id: str, account: Account, ledger: Ledger) -> None:
    if account.after is None:
        return
    orders = ledger.orders(slug)
    step: str | None = account.after
    while step is not None:
        if step == own_id:
            other = find_fact(account.after, ledger)
            message = (
                f"{other.handle} was said to come after this one already; --after turns in a circle"
            )
            raise Refused(message)
        step = orders.get(step)


def changed(given: _T | Unchanged, before: _T) -> _T:
    """What is given, or what was before where nothing is."""
    return before if isinstance(given, Unchanged) else given


def revised_before(event: Event | None) -> Profile | None:
    """The profile that an earlier revision gave, if *event* is one."""
    if event is None or not isinstance(event.what, did.InitiativeRevised):
        return None
    return event.what.profile
