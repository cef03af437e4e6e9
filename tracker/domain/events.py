"""What happened, in the past tense: the ten things that a log can hold.

An :class:`Event` is one immutable row of the log. Its *what* is the content, what its author said;
the rest is the system's. The kind names and the fields below are stored for ever: a change of
either is a new schema version with an upcaster, never an edit.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from attrs import field, frozen

from tracker.domain.dates import Extent
from tracker.domain.evidence import Erased, Source, Text

Mode = Literal["occurred", "planned"]
Time = Literal["witnessed", "asserted"]
TextField = Literal["note", "quote"]

TEXT_FIELDS: tuple[TextField, ...] = ("note", "quote")
"""The fields of a fact whose text can be erased: its note, and the quotes of all its sources."""

LINK_KINDS = ("part-of", "follows", "supersedes", "related-to")


@frozen
class Profile:
    """What an initiative is: everything about it that is not a fact."""

    title: str
    lifecycle: str
    parties: tuple[str, ...] = ()
    sector: str | None = None
    tags: tuple[str, ...] = ()
    summary: str | None = None


@frozen
class Account:
    """What is told of one fact: the whole content of one of its versions.

    *mode* parts developments from plans. *fulfils*, *after* and *contradicts* name other facts by
    the event id of their first event. *on* is cut for developments (section 4 of the semantics),
    its ``edtf`` never is.
    """

    mode: Mode
    type: str
    on: Extent
    sources: tuple[Source, ...] = ()
    stated_by: str | None = None
    note: Text = None
    fulfils: str | None = None
    after: str | None = None
    contradicts: str | None = None
    claimed_recorded_at: str | None = None

    def differing(self, other: Account) -> tuple[str, ...]:
        """The names of the fields in which *other* says something else; dates are compared uncut.

        A text and one that was erased are two, and two that were erased are one.
        """
        return tuple(name for name in _TOLD if _told(self, name) != _told(other, name))


def _told(account: Account, name: str) -> object:
    if name == "on":
        return account.on.edtf
    if name == "note":
        return _readable(account.note)
    if name == "sources":
        return [(each, _readable(each.quote)) for each in account.sources]
    return getattr(account, name)


def _readable(text: Text) -> tuple[bool, str | None]:
    return (True, None) if isinstance(text, Erased) else (False, text)


_TOLD = ("type", "on", "sources", "stated_by", "note", "fulfils", "after", "contradicts")
"""What an author says of a fact, and may correct."""


@frozen
class LifecycleAdopted:
    """A definition is in force from here on; it is embedded whole."""

    KIND: ClassVar[str] = "lifecycle-adopted"
    name: str
    definition: dict[str, object] = field(hash=False)


@frozen
class InitiativeRegistered:
    """An initiative is tracked from here on."""

    KIND: ClassVar[str] = "initiative-registered"
    profile: Profile


@frozen
class InitiativeRevised:
    """The whole profile of an initiative is replaced."""

    KIND: ClassVar[str] = "initiative-revised"
    profile: Profile


@frozen
class InitiativeRetired:
    """It was registered by mistake, or is a duplicate of the one it was merged into."""

    KIND: ClassVar[str] = "initiative-retired"
    reason: str
    merged_into: str | None = None


@frozen
class Recorded:
    """A fact begins. The id of this event is the fact's name for ever."""

    KIND: ClassVar[str] = "recorded"
    account: Account


@frozen
class Amended:
    """The whole account of a fact is replaced. *fact* and *based_on* are event ids."""

    KIND: ClassVar[str] = "amended"
    fact: str
    based_on: str
    reason: str
    account: Account


@frozen
class Withdrawn:
    """A fact should not stand. *fact* is an event id."""

    KIND: ClassVar[str] = "withdrawn"
    fact: str
    reason: str


@frozen
class TextErased:
    """The texts that every version of a fact so far had in *field* were deleted beside the log.

    *fact* is an event id. It is no version of the fact: what the fact says else still stands.
    """

    KIND: ClassVar[str] = "text-erased"
    fact: str
    field: TextField
    reason: str


@frozen
class InitiativesLinked:
    """The initiative of this event is *link* (part-of, follows …) *other*."""

    KIND: ClassVar[str] = "initiatives-linked"
    link: str
    other: str


@frozen
class InitiativesUnlinked:
    """A link between two initiatives no longer stands."""

    KIND: ClassVar[str] = "initiatives-unlinked"
    link: str
    other: str
    reason: str


What = (
    LifecycleAdopted
    | InitiativeRegistered
    | InitiativeRevised
    | InitiativeRetired
    | Recorded
    | Amended
    | Withdrawn
    | TextErased
    | InitiativesLinked
    | InitiativesUnlinked
)


@frozen
class Draft:
    """An event that was decided and has no position yet.

    *time* says who vouches for *recorded_at*: this log (witnessed) or its author (asserted).
    """

    event_id: str
    initiative: str | None
    what: What
    recorded_at: datetime
    time: Time = "witnessed"


@frozen
class Event:
    """One immutable row of the log.

    *version* counts the events of its initiative from 1 (0 where there is none), so that
    ``initiative#version`` names it.
    """

    position: int
    event_id: str
    initiative: str | None
    version: int
    recorded_at: datetime
    time: Time
    recorded_by: str
    what: What

    @property
    def handle(self) -> str:
        """``il-114#3``, or ``@17`` for an event that belongs to no initiative."""
        return f"{self.initiative}#{self.version}" if self.initiative else f"@{self.position}"


def account_of(what: What) -> Account | None:
    """The account that an event gives of a fact, if it gives one."""
    return what.account if isinstance(what, Recorded | Amended) else None


def texts_of(account: Account, field: TextField) -> tuple[str | Erased, ...]:
    """The texts that *account* has in *field*, erased or not."""
    found = [account.note] if field == "note" else [source.quote for source in account.sources]
    return tuple(text for text in found if text is not None)


def same_content(one: What, other: What) -> bool:
    """Whether two contents say the same, as their authors gave them.

    Extents are compared as written in EDTF: the cut depends on the day of recording, which is the
    system's. An erased text equals any text. The version an amendment was based on is compared by
    whoever decides, since an author need not name it.
    """
    if type(one) is not type(other):
        return False
    if isinstance(one, Recorded) and isinstance(other, Recorded):
        return _same_account(one.account, other.account)
    if isinstance(one, Amended) and isinstance(other, Amended):
        return (one.fact, one.reason) == (other.fact, other.reason) and _same_account(
            one.account, other.account
        )
    return one == other


def same_in_full(one: Account, other: Account) -> bool:
    """Whether two accounts say the same and nothing is lost by leaving either out.

    Unlike in :func:`same_content` an erased text equals itself alone: a new text in its place is a
    change.
    """
    return _same_account(one, other) and _exact_texts(one) == _exact_texts(other)


def _exact_texts(account: Account) -> list[tuple[bool, str]]:
    return [
        (True, text.sha256) if isinstance(text, Erased) else (False, text)
        for field in TEXT_FIELDS
        for text in texts_of(account, field)
    ]


def _same_account(one: Account, other: Account) -> bool:
    return _said(one) == _said(other)


def _said(account: Account) -> tuple[object, ...]:
    return (
        account.mode,
        account.type,
        account.on.edtf,
        account.sources,
        account.stated_by,
        account.note,
        account.fulfils,
        account.after,
        account.contradicts,
        account.claimed_recorded_at,
    )
