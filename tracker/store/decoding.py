"""Events decoded by the thousand: what :func:`tracker.store.codec.decode` gives, much faster.

A body is parsed straight into typed structures, of which the objects of the domain are made without
being checked again. What is in any way unusual (an older schema, a part that is missing, of another
type or not known here) is left to that function, which decides and complains. So whatever comes
out of here equals what it gives.

The structures are written again in one way only, which for what is frequent is the one in which a
body is written: so whether it is canonical, and holds nothing else, is seen from its bytes
(:func:`sound_quickly`).

Apart from the plain one, because importing msgspec takes longer than most single answers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from operator import attrgetter
from typing import Any, cast

import attrs
import msgspec

from tracker.domain.dates import OPEN_HI, OPEN_LO, Extent, format_instant
from tracker.domain.events import (
    Account,
    Amended,
    Event,
    InitiativeRegistered,
    InitiativeRevised,
    Mode,
    Profile,
    Recorded,
    Time,
    What,
    Withdrawn,
    account_of,
)
from tracker.domain.evidence import Erased, Source, Text
from tracker.store.codec import LARGEST_NUMBER, LONGEST_EVENT_BYTES, Texts, decode
from tracker.store.trusted import maker
from tracker.store.upcasters import SCHEMA

# Fields stand in the order of canonical JSON, in which they are met: that is what a key is sought
# by. Without the garbage collector, since nothing here can refer to itself.


class _Committed(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    sha256: str


class _On(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    edtf: str
    hi: date | None
    lo: date | None
    text: str


class _Source(msgspec.Struct, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    accessed_on: str | None = None
    document: str | None = None
    grade: str | None = None
    published_on: str | None = None
    publisher: str | None = None
    quote: _Committed | None = None
    title: str | None = None
    url: str | None = None


class _Content(msgspec.Struct, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """All that the content of a frequent kind of event may hold.

    What is always written, and may be null, is told from what is missing.
    """

    after: str | None = None
    based_on: str | None = None
    claimed_recorded_at: str | None = None
    contradicts: str | None = None
    fact: str | None = None
    fulfils: str | None = None
    lifecycle: str | None = None
    mode: str | None = None
    note: _Committed | None = None
    on: _On | None = None
    parties: tuple[str, ...] | None = None
    reason: str | None = None
    sector: str | msgspec.UnsetType | None = msgspec.UNSET
    sources: tuple[_Source, ...] | None = None
    stated_by: str | None = None
    summary: str | msgspec.UnsetType | None = msgspec.UNSET
    tags: tuple[str, ...] | None = None
    title: str | None = None


class _Body(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    content: _Content
    event_id: str
    initiative: str | None
    kind: str
    position: int
    recorded_at: datetime
    recorded_by: str
    schema: int
    time: str
    type: str | None
    version: int


# As a body, but with its instant as it is written, which is in more digits than msgspec writes.
_Written = msgspec.defstruct(
    "_Written",
    [
        (each.name, str if each.name == "recorded_at" else each.type)
        for each in msgspec.structs.fields(_Body)
    ],
    gc=False,
    forbid_unknown_fields=True,
)

_parse = msgspec.json.Decoder(_Body).decode
_parse_written: Callable[[bytes], Any] = msgspec.json.Decoder(_Written).decode
_write = msgspec.json.Encoder().encode

_event, _account, _extent, _source = maker(Event), maker(Account), maker(Extent), maker(Source)
_profile, _registered = maker(Profile), maker(InitiativeRegistered)
_revised = maker(InitiativeRevised)
_recorded, _amended, _withdrawn = maker(Recorded), maker(Amended), maker(Withdrawn)


class _Unusual(Exception):
    """Left to :func:`tracker.store.codec.decode`."""


def decode_quickly(body: str, texts: Texts) -> Event:
    """The event that *body* holds; *texts* are those of its disclosures that are still there.

    Equal to :func:`tracker.store.codec.decode`, and raises what it raises.
    """
    try:
        parsed = _parse(body)
        read = _READERS.get(parsed.kind)
        if read is None or parsed.schema != SCHEMA:
            return decode(body, texts)
        what = read(parsed.content, parsed.type, texts)
    except (msgspec.MsgspecError, UnicodeEncodeError, _Unusual):
        return decode(body, texts)
    return _event(
        parsed.position,
        parsed.event_id,
        parsed.initiative,
        parsed.version,
        parsed.recorded_at,
        cast("Time", parsed.time),
        parsed.recorded_by,
        what,
    )


def what_quickly(body: str) -> What:
    """Return what happened according to *body*, with the hashes in place of the texts.

    Raises what :func:`tracker.store.codec.decode` raises.
    """
    return decode_quickly(body, {}).what


def sound_quickly(body: bytes) -> tuple[Event, str] | None:
    """Return the event of *body* and its instant as written, if the body is surely sound.

    Its texts are the hashes that stand for them. Return None if the fast path cannot decide. That
    does not mean the body is damaged; the caller then uses the slow, exact check.
    """
    try:
        parsed = _parse_written(body)
        read = _READERS.get(parsed.kind)
        if read is None or parsed.schema != SCHEMA or _write(parsed) != body:
            return None
        if not _is_as_written(parsed, body):
            return None
        recorded_at = datetime.fromisoformat(parsed.recorded_at)
        if format_instant(recorded_at) != parsed.recorded_at:
            return None
        what = read(parsed.content, parsed.type, {})
    except (msgspec.MsgspecError, ValueError, _Unusual):
        return None
    account = account_of(what)
    if account is None:
        if parsed.type is not None:
            return None
    # A day that is open is written as none.
    elif parsed.content.on.lo == OPEN_LO or parsed.content.on.hi == OPEN_HI:
        return None
    event = _event(
        parsed.position,
        parsed.event_id,
        parsed.initiative,
        parsed.version,
        recorded_at,
        cast("Time", parsed.time),
        parsed.recorded_by,
        what,
    )
    return event, parsed.recorded_at


def _is_as_written(parsed: Any, body: bytes) -> bool:
    """Whether nothing is there that its kind does not have, or that no database keeps alike."""
    names, nothing = _FOREIGN[parsed.kind]
    return (
        names(parsed.content) == nothing
        and b"\\u0000" not in body
        and len(body) <= LONGEST_EVENT_BYTES
        and -LARGEST_NUMBER <= parsed.position <= LARGEST_NUMBER
        and -LARGEST_NUMBER <= parsed.version <= LARGEST_NUMBER
    )


def _read_account(content: _Content, kind: str | None, texts: Texts) -> Account:
    mode, on, sources = content.mode, content.on, content.sources
    if kind is None or mode is None or on is None or sources is None:
        raise _Unusual
    lo, hi, note = on.lo, on.hi, content.note
    return _account(
        cast("Mode", mode),
        kind,
        _extent(on.text, on.edtf, OPEN_LO if lo is None else lo, OPEN_HI if hi is None else hi),
        _read_one(sources[0], texts) if len(sources) == 1 else _read_many(sources, texts),
        content.stated_by,
        None if note is None else _text(note, texts.get("note")),
        content.fulfils,
        content.after,
        content.contradicts,
        content.claimed_recorded_at,
    )


def _read_one(source: _Source, texts: Texts, field: str = "sources/0/quote") -> tuple[Source]:
    quote = source.quote
    made = _source(
        source.url,
        source.document,
        source.title,
        source.publisher,
        source.published_on,
        source.accessed_on,
        None if quote is None else _text(quote, texts.get(field)),
        source.grade,
    )
    return (made,)


def _read_many(sources: tuple[_Source, ...], texts: Texts) -> tuple[Source, ...]:
    return tuple(
        _read_one(source, texts, f"sources/{number}/quote")[0]
        for number, source in enumerate(sources)
    )


def _text(committed: _Committed, disclosed: str | None) -> Text:
    return Erased(committed.sha256) if disclosed is None else disclosed


def _read_recorded(content: _Content, kind: str | None, texts: Texts) -> Recorded:
    return _recorded(_read_account(content, kind, texts))


def _read_amended(content: _Content, kind: str | None, texts: Texts) -> Amended:
    if content.fact is None or content.based_on is None or content.reason is None:
        raise _Unusual
    account = _read_account(content, kind, texts)
    return _amended(content.fact, content.based_on, content.reason, account)


def _read_withdrawn(content: _Content, kind: str | None, texts: Texts) -> Withdrawn:  # noqa: ARG001
    if content.fact is None or content.reason is None:
        raise _Unusual
    return _withdrawn(content.fact, content.reason)


def _read_profile(content: _Content) -> Profile:
    title, lifecycle = content.title, content.lifecycle
    parties, tags = content.parties, content.tags
    if title is None or lifecycle is None or parties is None or tags is None:
        raise _Unusual
    sector, summary = content.sector, content.summary
    if sector is msgspec.UNSET or summary is msgspec.UNSET:
        raise _Unusual
    return _profile(title, lifecycle, parties, sector, tags, summary)


_READERS: dict[str, Callable[[_Content, str | None, Texts], What]] = {
    Recorded.KIND: _read_recorded,
    Amended.KIND: _read_amended,
    Withdrawn.KIND: _read_withdrawn,
    InitiativeRegistered.KIND: lambda content, *_: _registered(_read_profile(content)),
    InitiativeRevised.KIND: lambda content, *_: _revised(_read_profile(content)),
}


def _fields(cls: type) -> set[str]:
    return {each.name for each in attrs.fields(cls)}


_ACCOUNT = _fields(Account) - {"type"}  # which stands beside the content
_OWN = {
    Recorded.KIND: _ACCOUNT,
    Amended.KIND: _ACCOUNT | {"based_on", "fact", "reason"},
    Withdrawn.KIND: _fields(Withdrawn),
    InitiativeRegistered.KIND: _fields(Profile),
    InitiativeRevised.KIND: _fields(Profile),
}
"""What the content of each of these kinds has, of all that the structure has room for."""


def _foreign(own: set[str]) -> tuple[Callable[[_Content], object], object]:
    """What reads the fields that are not a kind's own, and what it reads where they are not there.

    One is never alone: what it reads is a tuple.
    """
    others = [each for each in msgspec.structs.fields(_Content) if each.name not in own]
    return attrgetter(*(each.name for each in others)), tuple(each.default for each in others)


_FOREIGN = {kind: _foreign(own) for kind, own in _OWN.items()}
