"""Events decoded by the thousand: what :func:`tracker.store.codec.decode` gives, much faster.

A body is parsed straight into typed structures, of which the objects of the domain are made without
being checked again. What is in any way unusual (an older schema, a part that is missing, of another
type or not known here) is left to that function, which decides and complains. So whatever comes
out of here equals what it gives.

Apart from it, because importing msgspec takes longer than most single answers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import cast

import msgspec

from tracker.domain.dates import OPEN_HI, OPEN_LO, Extent
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
)
from tracker.domain.evidence import Erased, Source, Text
from tracker.store.codec import Texts, decode
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


class _Source(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    accessed_on: str | None = None
    document: str | None = None
    grade: str | None = None
    published_on: str | None = None
    publisher: str | None = None
    quote: _Committed | None = None
    title: str | None = None
    url: str | None = None


class _Content(msgspec.Struct, gc=False, forbid_unknown_fields=True):
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


_parse = msgspec.json.Decoder(_Body).decode

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
    """What happened by *body*, as :func:`decode_quickly` has it where no text is there any more.

    Raises what :func:`tracker.store.codec.decode` raises.
    """
    return decode_quickly(body, {}).what


def _read_account(content: _Content, kind: str | None, texts: Texts) -> Account:
    mode, on, sources = content.mode, content.on, content.sources
    if mode is None or on is None or sources is None:
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
