"""Whether one event is as this program writes it, seen from its body alone.

Nothing here needs a database, so that a proof can be read far from one.
"""

from __future__ import annotations

import builtins
import json
import typing
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast, get_args, get_origin, get_type_hints

import attrs

from tracker.domain.events import TEXT_FIELDS, Draft, Event, TextErased, account_of
from tracker.domain.evidence import Erased
from tracker.domain.merkle import leaf_hash
from tracker.errors import Damaged, Refused, Unavailable
from tracker.store.codec import SALT_BYTES, Disclosure, canonical, commitments, decode_json, encode
from tracker.store.upcasters import SCHEMA

_TYPES: dict[str, tuple[type, ...]] = {
    "schema": (int,),
    "position": (int,),
    "event_id": (str,),
    "initiative": (str, type(None)),
    "version": (int,),
    "kind": (str,),
    "recorded_at": (str,),
    "time": (str,),
    "recorded_by": (str,),
    "content": (dict,),
}


def sound_event(body: str, leaf: bytes) -> tuple[Event, dict[str, Any]]:
    """The event of a body, and the parsed body, if they are as this program writes them.

    Texts are left as the hashes that stand for them. Raises Damaged with the end of a sentence that
    begins with a name for the event.
    """
    _hashed(body, leaf)
    return _sound_plainly(body)


@attrs.frozen
class Sound:
    """An event that is as this program writes it, and what its body says about it.

    *schema* and *recorded_at* are as the body has them; *committed* are the SHA-256, in hex, of its
    texts, by their fields.
    """

    event: Event
    schema: int
    recorded_at: str
    committed: Mapping[str, str]


def sound_quickly(body: str, leaf: bytes) -> Sound:
    """As :func:`sound_event`, for events by the thousand; raises what it raises.

    What is frequent is parsed into typed structures, and sound if these are written as the same
    bytes again; everything else is left to that function.
    """
    from tracker.store import decoding  # which whoever reads one event need not wait for

    found = decoding.sound_quickly(_hashed(body, leaf))
    if found is None:
        event, parsed = _sound_plainly(body)
        return Sound(event, parsed["schema"], parsed["recorded_at"], dict(commitments(parsed)))
    event, recorded_at = found
    _check_words(event)
    return Sound(event, SCHEMA, recorded_at, _committed(event))


def _committed(event: Event) -> dict[str, str]:
    """What an event commits to that was read without its texts."""
    account = account_of(event.what)
    if account is None:
        return {}
    quotes = {f"sources/{n}/quote": source.quote for n, source in enumerate(account.sources)}
    texts = {"note": account.note, **quotes}
    return {field: text.sha256 for field, text in texts.items() if isinstance(text, Erased)}


def _hashed(body: object, leaf: bytes) -> bytes:
    """The bytes of *body*; Damaged if they are not those that were hashed."""
    if isinstance(body, str):
        data = body.encode()
        if leaf_hash(data) == leaf:
            return data
    raise Damaged("has a body that does not match its hash: one of them was altered")


def _sound_plainly(body: str) -> tuple[Event, dict[str, Any]]:
    parsed = _parsed(body)
    try:
        event, again = _written_again(parsed)
    except (Damaged, Unavailable):
        _check_canonical(parsed, body)
        raise
    # What comes out byte for byte is canonical: that is asked only where it does not.
    if again != body:
        _check_canonical(parsed, body)
        # An older schema has its own form; this one must come out so.
        if parsed["schema"] == SCHEMA:
            raise Damaged("has a body that no tracker writes")
    _check_words(event)
    if not is_well_typed(event):
        raise Damaged("has a part of the wrong kind in its body: no tracker wrote it")
    return event, parsed


def _check_words(event: Event) -> None:
    if event.time not in ("witnessed", "asserted"):
        raise Damaged(f"has the time {event.time!r}, and there are only witnessed and asserted")
    account = account_of(event.what)
    if account is not None and account.mode not in ("occurred", "planned"):
        raise Damaged(f"has the mode {account.mode!r}, and there are only occurred and planned")
    if isinstance(event.what, TextErased) and event.what.field not in TEXT_FIELDS:
        raise Damaged(f"erased {event.what.field!r}, and only {' and '.join(TEXT_FIELDS)} can be")


def check_disclosures(committed: Mapping[str, str], disclosed: Sequence[Disclosure]) -> None:
    """Raise Damaged, as :func:`sound_event` does, for a text that a body does not commit to.

    *committed* is what it does commit to: the SHA-256 of a text, in hex, by its field.
    """
    for each in disclosed:
        if each.field not in committed:
            raise Damaged(f"has a text for its {each.field}, which its body does not commit to")
        # Salt and text are hashed as one: a longer salt could swallow the beginning of the text.
        if len(each.salt) != SALT_BYTES:
            raise Damaged(
                f"has a salt of {len(each.salt)} bytes for its {each.field}, where {SALT_BYTES} "
                "stand before every text"
            )
        if each.sha256 != committed[each.field]:
            raise Damaged(f"has a text of its {each.field} that is not the one it was written with")


_hints = lru_cache(get_type_hints)


def is_well_typed(value: object, hint: object = Event) -> bool:
    """Whether an event, as decoded, holds what its classes say: texts where texts belong.

    Decoding takes over what a body has, since those of a log are of its own making; a stranger's
    may hold a number in the place of a title.
    """
    arguments = get_args(hint)
    match get_origin(hint):
        case None if isinstance(hint, type) and attrs.has(hint):
            parts = _hints(hint)
            return isinstance(value, hint) and all(
                is_well_typed(getattr(value, each.name), parts[each.name])
                for each in attrs.fields(hint)
            )
        case None:
            is_truth = isinstance(value, bool)  # which would pass for a number
            return hint is object or (isinstance(value, cast("type", hint)) and not is_truth)
        case builtins.tuple:
            return isinstance(value, tuple) and all(is_well_typed(v, arguments[0]) for v in value)
        case builtins.dict:
            return isinstance(value, dict)
        case typing.Literal:
            return isinstance(value, str) and value in arguments
    return any(is_well_typed(value, each) for each in arguments)  # a union


def proper_text(told: Mapping[str, Any], key: str) -> str:
    """The text under *key*; Refused, as :func:`sound_event` says it, for what is none."""
    value = told[key]
    if not isinstance(value, str):
        raise Refused(f"has a {key} that is no text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Refused(f"has half of a character in its {key}") from None
    return value


def hex_bytes(value: object, key: str) -> bytes:
    """The bytes that *value* is the hexadecimal digits of; Refused for what is written else."""
    try:
        data = bytes.fromhex(value) if isinstance(value, str) else None
    except ValueError:
        data = None
    if data is None or data.hex() != value:
        raise Refused(f"has a {key} that is not written in small hexadecimal digits")
    return data


def read_disclosed(told: object) -> tuple[Disclosure, ...]:
    """The disclosures of one event, given as ``{field: {"salt", "text"}}``; Refused if not so."""
    if not isinstance(told, dict):
        raise Refused("has a disclosed that is no object")
    return tuple(_disclosure(name, parts) for name, parts in told.items())


def _disclosure(name: str, parts: object) -> Disclosure:
    if not isinstance(parts, dict) or sorted(parts) != ["salt", "text"]:
        raise Refused(f"discloses {name!r} in another way than by its salt and its text")
    return Disclosure(name, hex_bytes(parts["salt"], "salt"), proper_text(parts, "text"))


def _parsed(body: str) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Damaged(f"has a body that is not JSON ({_brief(error)})") from None
    if not isinstance(parsed, dict):
        raise Damaged("has a body that is not canonical JSON")
    return parsed


def _check_canonical(parsed: dict[str, Any], body: str) -> None:
    try:
        is_canonical = canonical(parsed) == body
    except (RecursionError, Refused) as error:
        raise Damaged(f"has a body that is not JSON ({_brief(error)})") from None
    if not is_canonical:
        raise Damaged("has a body that is not canonical JSON")


def _written_again(parsed: dict[str, Any]) -> tuple[Event, str]:
    """The event of a parsed body, and the body that this program would write for it."""
    for name, kinds in _TYPES.items():
        # Exactly: a truth value would pass for a number.
        if type(parsed.get(name)) not in kinds:
            raise Damaged(f"has a body without a proper {name}")
    try:
        event = decode_json(parsed, {})
        draft = Draft(event.event_id, event.initiative, event.what, event.recorded_at, event.time)
        return event, encode(draft, event.position, event.version, event.recorded_by)[0]
    except Unavailable:
        raise
    except Exception as error:
        raise Damaged(f"has a body that cannot be read ({_brief(error)})") from error


def _brief(error: Exception) -> str:
    said = f"{type(error).__name__}: {error}"[:120]
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in said)
