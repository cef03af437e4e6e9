"""An event as canonical JSON, and back.

The bytes of a body are what is hashed. Canonical is RFC 8785: for values without floats that is
JSON with sorted keys and no spaces, but for keys beyond U+FFFF. Text that may have to be erased one
day stands in the body as a salted hash, its disclosure beside the log.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, cast

from attrs import frozen

from tracker.domain.dates import OPEN_HI, OPEN_LO, Extent, format_instant
from tracker.domain.events import (
    Account,
    Amended,
    Draft,
    Event,
    InitiativeRegistered,
    InitiativeRetired,
    InitiativeRevised,
    InitiativesLinked,
    InitiativesUnlinked,
    LifecycleAdopted,
    Mode,
    Profile,
    Recorded,
    TextErased,
    TextField,
    Time,
    What,
    Withdrawn,
    account_of,
)
from tracker.domain.evidence import Erased, Source, Text
from tracker.errors import Refused, Unavailable
from tracker.store.upcasters import SCHEMA, upcast

SALT_BYTES = 16
LONGEST_EVENT_BYTES = 10_000_000
"""How long a body may be, with the texts that it commits to: what is recorded can be restored."""
LARGEST_NUMBER = 2**53 - 1
"""The greatest integer that every reader of JSON reads exactly (RFC 8785, I-JSON)."""

Json = dict[str, Any]


@frozen
class Disclosure:
    """The text that a body commits to by its hash, and the salt that was hashed before it.

    *field* is its place in the content: ``note`` or ``sources/0/quote``.
    """

    field: str
    salt: bytes
    text: str

    @property
    def sha256(self) -> str:
        """What the body says in its place: SHA-256(salt ‖ UTF-8 text), in hex."""
        return hashlib.sha256(self.salt + self.text.encode()).hexdigest()


Texts = Mapping[str, str]
"""Field → disclosed text, of one event."""


def canonical(value: object) -> str:
    """Return *value* as canonical JSON (RFC 8785), for values without floats.

    Raises Refused for what programs store differently: lone surrogates, NUL characters, floats,
    integers past 2^53.
    """
    try:
        _check_numbers(value)
        text = _sorted(value)
        text.encode()
    except UnicodeEncodeError as error:
        broken = error.object[error.start : error.end]
        message = f"the text holds {broken!r}, half of a character; write the text again"
        raise Refused(message) from None
    except ValueError as error:  # more digits than are written
        message = f"this cannot be stored: {error}"
        raise Refused(message) from None
    if "\\u0000" in text and _NUL.search(text):
        raise Refused("a text holds a NUL character, which no database keeps; leave it out")
    if not text.isascii() and _ASTRAL.search(text):
        return _UNSORTED.encode(_in_order(value))
    return text


# A backslash of a text is written as two, so that it takes an odd one to escape what follows.
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
# RFC 8785 sorts keys by UTF-16, which differs from Python's order beyond U+FFFF alone.
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def _check_numbers(value: object) -> None:
    """Raise Refused for a number that is not stored, and TypeError for what JSON does not have."""
    parts = [value]
    for part in parts:  # which grows meanwhile
        kind = type(part)
        if kind is str or part is None:
            continue  # as nearly every part is
        if isinstance(part, dict):
            parts += part.values()
        elif isinstance(part, list | tuple):
            parts += part
        elif isinstance(part, float):
            raise Refused(f"{part!r} is no whole number; write it as a text")
        elif isinstance(part, int):
            if abs(part) > LARGEST_NUMBER:
                message = f"{part} is too large a number to be read alike everywhere; write a text"
                raise Refused(message)
        elif not isinstance(part, str):
            message = f"JSON has no {kind.__name__}: {part!r}"
            raise TypeError(message)


def _sorted(value: object) -> str:
    try:
        return _encoder()(value).decode()
    except TypeError:
        # It refuses instances of subclasses of str, which some libraries return.
        return _UNSORTED.encode(_in_order(value))


@cache
def _encoder() -> Callable[[object], bytes]:
    # Ten times faster than the standard library's; imported here, since reading does not need it.
    import msgspec

    return msgspec.json.Encoder(order="sorted").encode


_UNSORTED = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _in_order(value: object) -> object:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return {key: _in_order(value[key]) for key in keys}
    return list(map(_in_order, value)) if isinstance(value, list | tuple) else value


def encode(
    draft: Draft, position: int, version: int, recorded_by: str
) -> tuple[str, list[Disclosure]]:
    """The body of an event, and the disclosures of what it commits to."""
    disclosed: list[Disclosure] = []
    account = account_of(draft.what)
    body = {
        "schema": SCHEMA,
        "position": position,
        "event_id": draft.event_id,
        "initiative": draft.initiative,
        "version": version,
        "kind": draft.what.KIND,
        "type": account.type if account else None,
        "recorded_at": format_instant(draft.recorded_at),
        "time": draft.time,
        "recorded_by": recorded_by,
        "content": _content(draft.what, disclosed.append),
    }
    text = canonical(body)
    _check_length([text, *(each.text for each in disclosed)])
    return text, disclosed


def _check_length(texts: Sequence[str]) -> None:
    if sum(map(len, texts)) * 4 <= LONGEST_EVENT_BYTES:
        return  # no character of UTF-8 takes more than four bytes
    length = sum(len(text.encode()) for text in texts)
    if length > LONGEST_EVENT_BYTES:
        message = (
            f"an event may take {LONGEST_EVENT_BYTES:,} bytes, and this one would take {length:,}; "
            "shorten its texts"
        )
        raise Refused(message)


def decode(body: str, texts: Texts) -> Event:
    """The event that a body holds; *texts* are those of its disclosures that are still there.

    Raises Unavailable for a kind or schema version that this program does not know.
    """
    return decode_json(json.loads(body), texts)


def decode_json(body: Json, texts: Texts) -> Event:
    """Return what :func:`decode` returns, from the parsed body."""
    kind = body["kind"]
    read = _READERS.get(kind)
    if read is None:
        message = (
            f"the log holds an event of kind {kind!r}, which this tracker does not know; "
            "install a newer tracker"
        )
        raise Unavailable(message)
    content = cast("Json", upcast(kind, body["schema"], body["content"]))
    return Event(
        position=body["position"],
        event_id=body["event_id"],
        initiative=body["initiative"],
        version=body["version"],
        recorded_at=datetime.fromisoformat(body["recorded_at"]),
        time=cast("Time", body["time"]),
        recorded_by=body["recorded_by"],
        what=read(content, body["type"], texts),
    )


def commitments(body: Json) -> Iterator[tuple[str, str]]:
    """The (field, SHA-256 in hex) pairs of the texts that a parsed body commits to."""
    content = body["content"]
    if isinstance(content.get("note"), dict):
        yield "note", content["note"]["sha256"]
    for number, source in enumerate(content.get("sources", ())):
        if isinstance(source.get("quote"), dict):
            yield f"sources/{number}/quote", source["quote"]["sha256"]


# -- writing ---------------------------------------------------------------------------------------

_Keep = Callable[[Disclosure], None]


def _content(what: What, keep: _Keep) -> Json:
    match what:
        case Recorded(account):
            return _account(account, keep)
        case Amended(fact, based_on, reason, account):
            return {
                **_account(account, keep),
                "fact": fact,
                "based_on": based_on,
                "reason": reason,
            }
        case Withdrawn(fact, reason):
            return {"fact": fact, "reason": reason}
        case TextErased(fact, field, reason):
            return {"fact": fact, "field": field, "reason": reason}
        case InitiativeRegistered(profile) | InitiativeRevised(profile):
            return _profile(profile)
        case InitiativeRetired(reason, merged_into):
            return {"reason": reason, "merged_into": merged_into}
        case InitiativesLinked(link, other):
            return {"link": link, "other": other}
        case InitiativesUnlinked(link, other, reason):
            return {"link": link, "other": other, "reason": reason}
        case LifecycleAdopted(name, definition):
            return {"name": name, "definition": definition}


def _profile(profile: Profile) -> Json:
    return {
        "title": profile.title,
        "lifecycle": profile.lifecycle,
        "parties": list(profile.parties),
        "sector": profile.sector,
        "tags": list(profile.tags),
        "summary": profile.summary,
    }


def _account(account: Account, keep: _Keep) -> Json:
    content = {
        "mode": account.mode,
        "on": _extent(account.on),
        "stated_by": account.stated_by,
        "note": _committed(account.note, "note", keep),
        "sources": [_source(s, n, keep) for n, s in enumerate(account.sources)],
        "fulfils": account.fulfils,
        "after": account.after,
        "contradicts": account.contradicts,
        "claimed_recorded_at": account.claimed_recorded_at,
    }
    return {key: value for key, value in content.items() if value is not None}


def _extent(on: Extent) -> Json:
    return {
        "text": on.text,
        "edtf": on.edtf,
        "lo": None if on.lo == OPEN_LO else on.lo.isoformat(),
        "hi": None if on.hi == OPEN_HI else on.hi.isoformat(),
    }


def _source(source: Source, number: int, keep: _Keep) -> Json:
    parts = {
        "url": source.url,
        "document": source.document,
        "title": source.title,
        "publisher": source.publisher,
        "published_on": source.published_on,
        "accessed_on": source.accessed_on,
        "quote": _committed(source.quote, f"sources/{number}/quote", keep),
        "grade": source.grade,
    }
    return {key: value for key, value in parts.items() if value is not None}


def _committed(text: Text, field: str, keep: _Keep) -> Json | None:
    if text is None:
        return None
    if isinstance(text, Erased):
        return {"sha256": text.sha256}
    try:
        disclosure = Disclosure(field, secrets.token_bytes(SALT_BYTES), text)
        sha256 = disclosure.sha256
    except UnicodeEncodeError:
        message = f"the {field} holds half of a character; write the text again"
        raise Refused(message) from None
    if "\x00" in text:
        message = f"the {field} holds a NUL character, which no database keeps; leave it out"
        raise Refused(message)
    keep(disclosure)
    return {"sha256": sha256}


# -- reading ---------------------------------------------------------------------------------------


def _read_profile(content: Json) -> Profile:
    return Profile(
        title=content["title"],
        lifecycle=content["lifecycle"],
        parties=tuple(content["parties"]),
        sector=content["sector"],
        tags=tuple(content["tags"]),
        summary=content["summary"],
    )


def _read_account(content: Json, kind: str, texts: Texts) -> Account:
    return Account(
        mode=cast("Mode", content["mode"]),
        type=kind,
        on=_read_extent(content["on"]),
        sources=tuple(_read_sources(content["sources"], texts)),
        stated_by=content.get("stated_by"),
        note=_read_text(content.get("note"), "note", texts),
        fulfils=content.get("fulfils"),
        after=content.get("after"),
        contradicts=content.get("contradicts"),
        claimed_recorded_at=content.get("claimed_recorded_at"),
    )


def _read_extent(on: Json) -> Extent:
    lo, hi = on["lo"], on["hi"]
    return Extent(
        text=on["text"],
        edtf=on["edtf"],
        lo=date.fromisoformat(lo) if lo else OPEN_LO,
        hi=date.fromisoformat(hi) if hi else OPEN_HI,
    )


def _read_sources(sources: Iterable[Json], texts: Texts) -> Iterator[Source]:
    for number, source in enumerate(sources):
        quote = _read_text(source.get("quote"), f"sources/{number}/quote", texts)
        yield Source(**{**source, "quote": quote})


def _read_text(committed: Json | None, field: str, texts: Texts) -> Text:
    if committed is None:
        return None
    text = texts.get(field)  # which may be empty
    return Erased(committed["sha256"]) if text is None else text


_READERS: dict[str, Callable[[Json, str, Texts], What]] = {
    Recorded.KIND: lambda c, kind, t: Recorded(_read_account(c, kind, t)),
    Amended.KIND: lambda c, kind, t: Amended(
        c["fact"], c["based_on"], c["reason"], _read_account(c, kind, t)
    ),
    Withdrawn.KIND: lambda c, *_: Withdrawn(c["fact"], c["reason"]),
    TextErased.KIND: lambda c, *_: TextErased(
        c["fact"], cast("TextField", c["field"]), c["reason"]
    ),
    InitiativeRegistered.KIND: lambda c, *_: InitiativeRegistered(_read_profile(c)),
    InitiativeRevised.KIND: lambda c, *_: InitiativeRevised(_read_profile(c)),
    InitiativeRetired.KIND: lambda c, *_: InitiativeRetired(c["reason"], c["merged_into"]),
    InitiativesLinked.KIND: lambda c, *_: InitiativesLinked(c["link"], c["other"]),
    InitiativesUnlinked.KIND: lambda c, *_: InitiativesUnlinked(c["link"], c["other"], c["reason"]),
    LifecycleAdopted.KIND: lambda c, *_: LifecycleAdopted(c["name"], c["definition"]),
}
KINDS = tuple(_READERS)
