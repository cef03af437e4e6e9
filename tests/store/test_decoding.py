"""Events decoded by the thousand equal those decoded one by one, and fail as they do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from tests.histories import Step, events_of, histories
from tests.store.test_codec import FOLDER, GOLDEN, golden
from tracker.domain.dates import OPEN_HI, OPEN_LO
from tracker.domain.events import Draft, Event, TextErased, What, account_of
from tracker.errors import Unavailable
from tracker.store import decoding
from tracker.store.codec import decode, encode
from tracker.store.decoding import decode_quickly, what_quickly

OFTEN = ("recorded", "recorded-plan", "amended", "withdrawn", "initiative-registered")
"""The golden files of what a log holds most of."""

RECORDED = FOLDER / "v1" / "recorded.json"


def texts_of(path: Path) -> tuple[str, dict[str, str]]:
    """A golden body, and its texts."""
    body, disclosed, _ = golden(path)
    return body, {field: each.text for field, each in disclosed.items()}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_golden_body_is_decoded_alike(path: Path) -> None:
    """With its texts, with those of one field, and with all of them erased."""
    body, texts = texts_of(path)
    kept = [texts, {}, *({field: text} for field, text in texts.items())]
    for some in kept:
        assert decode_quickly(body, some) == decode(body, some)
        assert repr(decode_quickly(body, some)) == repr(decode(body, some))


@given(histories())
def test_every_event_is_decoded_alike(steps: list[Step]) -> None:
    """Whatever may be recorded; erased texts, which equal every other, by what is left of them."""
    for event in events_of(steps):
        draft = Draft(event.event_id, event.initiative, event.what, event.recorded_at, event.time)
        body, disclosed = encode(draft, event.position, event.version, event.recorded_by)
        for texts in ({each.field: each.text for each in disclosed}, {}):
            quickly = decode_quickly(body, texts)
            assert quickly == decode(body, texts)
            assert repr(quickly) == repr(decode(body, texts))
        assert repr(what_quickly(body)) == repr(decode(body, {}).what)


def test_what_is_frequent_is_decoded_without_the_other_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Or it would be as slow as that, and equal to itself alone."""

    def slowly(*_: object) -> Event:
        raise AssertionError("taken the other way")

    monkeypatch.setattr(decoding, "decode", slowly)
    for path in GOLDEN:
        body, texts = texts_of(path)
        if path.stem in OFTEN:
            decode_quickly(body, texts)
            what_quickly(body)
        elif path.stem == TextErased.KIND:
            with pytest.raises(AssertionError, match="taken the other way"):
                decode_quickly(body, texts)
            with pytest.raises(AssertionError, match="taken the other way"):
                what_quickly(body)


@pytest.mark.parametrize("lo", [None, "2024-01-01"])
@pytest.mark.parametrize("hi", [None, "2030-12-31"])
def test_an_open_end_is_read_alike(lo: str | None, hi: str | None) -> None:
    """At either end, or both: it is the first or the last day that there is."""
    body = json.loads(texts_of(RECORDED)[0])
    body["content"]["on"] |= {"lo": lo, "hi": hi}
    read = decode_quickly(json.dumps(body), {})
    assert read == decode(json.dumps(body), {})
    account = account_of(read.what)
    assert account is not None
    assert (account.on.lo == OPEN_LO, account.on.hi == OPEN_HI) == (lo is None, hi is None)


def test_what_is_not_known_is_left_to_the_other_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind or a version that nobody knows, whatever its content; an older one with its texts."""
    body, texts = texts_of(RECORDED)
    for was, becomes in (('"recorded"', '"sealed"'), ('"schema":1', '"schema":99')):
        unknown = body.replace(was, becomes)
        with pytest.raises(Unavailable, match="install a newer tracker"):
            decode_quickly(unknown, texts)
        assert _what_told(what_quickly, unknown) == _what_told(_what, unknown)
        assert _told(decode_quickly, unknown, texts) == _told(decode, unknown, texts)
    monkeypatch.setattr(decoding, "SCHEMA", 2)
    assert repr(decode_quickly(body, texts)) == repr(decode(body, texts))
    asked: list[str] = []

    def noting(body: str, texts: dict[str, str]) -> Event:
        asked.append(body)
        return decode(body, texts)

    monkeypatch.setattr(decoding, "decode", noting)
    assert repr(what_quickly(body)) == repr(_what(body))
    assert asked == [body]


def _parts(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every part of a parsed body."""
    if isinstance(value, dict):
        inner = [each for key in value for each in _parts(value[key], (*path, key))]
    elif isinstance(value, list):
        inner = [each for n, part in enumerate(value) for each in _parts(part, (*path, n))]
    else:
        inner = []
    return [path, *inner] if path else inner


DAMAGES: list[Callable[[Any, Any], None]] = [
    lambda whole, key: whole.pop(key),
    lambda whole, key: whole.__setitem__(key, None),
    lambda whole, key: whole.__setitem__(key, 7),
    lambda whole, key: whole.__setitem__(key, "?"),
    lambda whole, key: whole.__setitem__(key, []),
    lambda whole, key: whole.__setitem__(key, {"more": "than is known"}),
    lambda whole, key: (
        whole.__setitem__("more", "than is known") if isinstance(whole, dict) else whole.append("?")
    ),
]
"""Ways to change a part of a body so that it may be none any more."""


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_damaged_body_fails_alike(path: Path) -> None:
    """What one way refuses the other refuses with the same words; what it takes, it takes alike."""
    text, texts = texts_of(path)
    for *way, key in _parts(json.loads(text)):
        for damage in DAMAGES:
            body = json.loads(text)
            whole = body
            for step in way:
                whole = whole[step]
            damage(whole, key)
            damaged = json.dumps(body)
            assert _told(decode_quickly, damaged, texts) == _told(decode, damaged, texts), damaged
            assert _what_told(what_quickly, damaged) == _what_told(_what, damaged), damaged


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"kind":"recorded"}', "\ud800"])
def test_what_is_no_body_fails_alike(body: str) -> None:
    """A text cut off, or of something else."""
    assert _told(decode_quickly, body, {}) == _told(decode, body, {})
    assert _told(decode, body, {}).startswith("!")
    assert _what_told(what_quickly, body) == _what_told(_what, body)


def _told(read: Callable[[str, dict[str, str]], Event], body: str, texts: dict[str, str]) -> str:
    """The event, or the error, in words: mistaken types are part of what is compared."""
    try:
        event = read(body, texts)
        account = account_of(event.what)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is the same
        return f"!{type(error).__name__}: {error}"
    return f"{event!r} {account!r}"


def _what(body: str) -> What:
    return decode(body, {}).what


def _what_told(read: Callable[[str], What], body: str) -> str:
    """What happened, or the error, in words."""
    try:
        return repr(read(body))
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is the same
        return f"!{type(error).__name__}: {error}"
