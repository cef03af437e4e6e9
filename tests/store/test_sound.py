"""One event from its body alone: whatever no tracker writes is named in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from attrs import evolve
from hypothesis import given

from tests.histories import Step, events_of, histories
from tests.store.test_codec import FOLDER, GOLDEN, golden
from tests.store.test_decoding import OFTEN
from tracker.domain.dates import Extent, parse_edtf
from tracker.domain.events import Draft, Event, LifecycleAdopted, Recorded, TextErased, TextField
from tracker.domain.evidence import Erased, Source
from tracker.domain.merkle import leaf_hash
from tracker.errors import Damaged, Refused, Unavailable
from tracker.store import sound
from tracker.store.codec import LONGEST_EVENT_BYTES, Disclosure, commitments, decode, encode
from tracker.store.sound import (
    Sound,
    check_disclosures,
    hex_bytes,
    is_well_typed,
    proper_text,
    read_disclosed,
    sound_event,
    sound_quickly,
)

RECORDED = FOLDER / "v1" / "recorded.json"
BODY, DISCLOSED, _ = golden(RECORDED)
NOTE = DISCLOSED["note"]
CONTENT_KEYS = [key for path in GOLDEN for key in json.loads(golden(path)[0])["content"]]
COMMITTED = dict(commitments(json.loads(BODY)))


def flaw(body: str) -> str:
    """What is said of a body whose hash is made to fit."""
    with pytest.raises(Damaged) as caught:
        sound_event(body, leaf_hash(body.encode()))
    return str(caught.value)


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def told(**changes: Any) -> str:
    """The golden body with other values under these keys."""
    return _canonical({**json.loads(BODY), **changes})


def content(**changes: Any) -> str:
    """The golden body with other values in its content."""
    return told(content={**json.loads(BODY)["content"], **changes})


# -- bodies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_a_release_wrote_is_sound(path: Any) -> None:
    """The event, with hashes in the place of its texts, and its body as it was parsed."""
    body, _, leaf = golden(path)
    event, parsed = sound_event(body, bytes.fromhex(leaf))
    assert event == decode(body, {})
    assert parsed == json.loads(body)


def test_a_body_matches_its_hash() -> None:
    """Or one of them was altered; nothing else is looked at first."""
    altered = "has a body that does not match its hash: one of them was altered"
    for body in (BODY + " ", b"{}", None, 7):
        with pytest.raises(Damaged, match=f"^{altered}$"):
            sound_event(body, leaf_hash(BODY.encode()))  # type: ignore[arg-type]


def test_a_body_is_json() -> None:
    """The parser's reason is given, cut short, and with nothing in it that a terminal obeys."""
    assert flaw("{") == (
        "has a body that is not JSON (JSONDecodeError: Expecting property name enclosed in double "
        "quotes: line 1 column 2 (char 1))"
    )
    assert re.fullmatch(
        r"has a body that is not JSON \(RecursionError: [^)]*\)", flaw("[" * 100_000)
    )
    assert flaw("[]") == "has a body that is not canonical JSON"
    assert flaw("7") == "has a body that is not canonical JSON"


@pytest.mark.parametrize(
    "name",
    [
        "schema",
        "position",
        "event_id",
        "initiative",
        "version",
        "kind",
        "recorded_at",
        "time",
        "recorded_by",
        "content",
    ],
)
def test_every_part_has_its_type(name: str) -> None:
    """Exactly: neither a truth value for a number, nor anything for a text."""
    is_number = name in ("schema", "position", "version")
    for wrong in (True, [], "7") if is_number else (True, 7, []):
        assert flaw(told(**{name: wrong})) == f"has a body without a proper {name}"
    parsed = json.loads(BODY)
    del parsed[name]
    left = _canonical(parsed)
    missing = "a body without a proper " + name
    if name == "initiative":  # which may be null, and so looks the same where it is not there
        missing = "a body that cannot be read (KeyError: 'initiative')"
    assert flaw(left) == f"has {missing}"


def test_what_cannot_be_read_is_told_with_the_reason() -> None:
    """Short, and as it can be printed."""
    assert flaw(content(on=None)) == (
        "has a body that cannot be read (TypeError: 'NoneType' object is not subscriptable)"
    )
    long = "\x1b" + "x" * 200
    said = flaw(content(mode="occurred", sources=[{long: 1}]))
    assert said.startswith("has a body that cannot be read (TypeError: ")
    assert "\x1b" not in said
    assert "\\u001b" in said
    assert len(said) <= len("has a body that cannot be read ()") + 120 + 5
    with pytest.raises(Damaged) as caught:
        sound_event(content(on=None), leaf_hash(content(on=None).encode()))
    assert isinstance(caught.value.__cause__, TypeError)


def test_a_newer_event_is_no_damage() -> None:
    """A kind or a schema version that is not known stops the reading, if the body is canonical."""
    for body in (told(kind="sealed"), told(schema=2)):
        with pytest.raises(Unavailable, match="install a newer tracker"):
            sound_event(body, leaf_hash(body.encode()))
    assert flaw(told(kind="sealed") + " ") == "has a body that is not canonical JSON"
    assert flaw(told(version=None) + " ") == "has a body that is not canonical JSON"


def test_a_body_is_written_in_one_way() -> None:
    """Canonical JSON, and with nothing in it that this schema does not have."""
    assert flaw(BODY.replace("{", "{ ", 1)) == "has a body that is not canonical JSON"
    assert flaw(told(zzz=1)) == "has a body that no tracker writes"
    assert flaw(content(zzz=1)) == "has a body that no tracker writes"
    assert flaw(content(zzz=1.5)) == (
        "has a body that is not JSON (Refused: 1.5 is no whole number; write it as a text)"
    )
    assert flaw(BODY.replace("},", ',"zzz":NaN},', 1)) == (
        "has a body that is not JSON (Refused: nan is no whole number; write it as a text)"
    )
    deep = BODY.replace('"content":{', '"content":{"aaa":' + "[" * 900 + "]" * 900 + ",", 1)
    assert flaw(deep).startswith("has a body that ")


def test_a_part_of_another_type_is_no_part_of_an_event() -> None:
    """However canonical its body is: a number for a name of a party, or for a publisher."""
    wrong = "has a part of the wrong kind in its body: no tracker wrote it"
    parsed = json.loads(BODY)
    source = parsed["content"]["sources"][0]
    assert check_alike(content(sources=[{**source, "publisher": 7}])) == f"!Damaged: {wrong}"
    assert check_alike(content(stated_by=["a minister"])) == f"!Damaged: {wrong}"
    profile: dict[str, Any] = {
        "lifecycle": "x",
        "parties": [],
        "sector": None,
        "summary": None,
        "tags": [],
    }
    odd: list[dict[str, Any]] = [
        {"parties": [5]},
        {"title": 5},
        {"tags": ["a", None]},
        {"sector": {}},
    ]
    for parts in odd:
        registered = told(
            kind="initiative-registered", type=None, content={"title": "A", **profile, **parts}
        )
        assert check_alike(registered) == f"!Damaged: {wrong}"


def test_times_modes_and_fields_are_those_there_are() -> None:
    """A word that this schema does not have is named."""
    assert flaw(told(time="overheard")) == (
        "has the time 'overheard', and there are only witnessed and asserted"
    )
    assert flaw(content(mode="imagined")) == (
        "has the mode 'imagined', and there are only occurred and planned"
    )
    body, _, _ = golden(FOLDER / "v1" / "text-erased.json")
    assert '"field":"note"' in body or '"field":"quote"' in body
    wrong = re.sub(r'"field":"\w+"', '"field":"title"', body)
    assert flaw(wrong) == "erased 'title', and only note and quote can be"


# -- by the thousand -------------------------------------------------------------------------------


def _as_told(check: Callable[[str, bytes], Sound], body: str) -> str:
    """What is found of *body*, or the error, in words: mistaken types are part of it."""
    try:
        return repr(check(body, leaf_hash(body.encode())))
    except (Damaged, Unavailable) as error:
        return f"!{type(error).__name__}: {error}"


def _plainly(body: str, leaf: bytes) -> Sound:
    event, parsed = sound_event(body, leaf)
    committed = dict(commitments(parsed))
    return Sound(event, parsed["schema"], parsed["recorded_at"], committed)


def check_alike(body: str) -> str:
    """What is said of *body* in both ways, which is the same."""
    quickly = _as_told(sound_quickly, body)
    assert quickly == _as_told(_plainly, body), body
    return quickly


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_a_release_wrote_is_sound_by_the_thousand(path: Any) -> None:
    """What is found is the same, and what is frequent is found without the plain functions."""
    body, _, leaf = golden(path)
    assert not check_alike(body).startswith("!")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sound, "_sound_plainly", lambda *_: pytest.fail("taken the other way"))
        if path.stem in OFTEN:
            sound_quickly(body, bytes.fromhex(leaf))
    for wrong in (body + " ", "", None):
        with pytest.raises(Damaged, match="does not match its hash"):
            sound_quickly(wrong, bytes.fromhex(leaf))  # type: ignore[arg-type]


@given(histories())
def test_whatever_is_recorded_is_sound_by_the_thousand(steps: list[Step]) -> None:
    """With dates that are open, texts of any script, and corrections."""
    for event in events_of(steps):
        draft = Draft(event.event_id, event.initiative, event.what, event.recorded_at, event.time)
        body, _ = encode(draft, event.position, event.version, event.recorded_by)
        assert not check_alike(body).startswith("!")


DAY = {"edtf": "2025-12-05", "hi": "2025-12-05", "lo": "2025-12-05", "text": "2025-12-05"}
ODD: list[Any] = [
    None, True, False, 0, 7, -1, 2**53 - 1, 2**53, -(2**53), 2**70, 1.5, "", "?", "x\0", "\\u0000",
    "2025-12-05", "0001-01-01", "9999-12-31", "2025-12-05T10:00:00Z", "2025-12-05T10:00:00.000000Z",
    "2025-12-05T10:00:00.000000+00:00", "2025-12-05T10:00:00.000000", "20251205T100000Z", "adopted",
    "withdrawn", "\U0001f600", "\x7f", [], ["?"], [7], [[]], {}, {"more": 1}, {"sha256": "00"},
    {"sha256": 7}, {**DAY, "lo": None}, {**DAY, "lo": "0001-01-01"}, {**DAY, "hi": "9999-12-31"},
    {**DAY, "hi": ""}, [{}], [{"quote": {"sha256": "?"}}], [{"quote": None}], [{"url": None}],
]  # fmt: skip
"""Values of every type, and those that are written otherwise, or not at all."""


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_odd_body_is_found_out_by_the_thousand(path: Any) -> None:
    """Any part exchanged, left out or added, in canonical form and in others: said alike."""
    text, _, _ = golden(path)
    whole = json.loads(text)
    keys = {*whole["content"], *CONTENT_KEYS}
    for value in ODD:
        changed = [{**whole, key: value} for key in (*whole, "more")]
        changed += [{**whole, "content": {**whole["content"], key: value}} for key in keys]
        for each in changed:
            check_alike(_canonical(each))
    for key in whole:
        check_alike(_canonical({name: whole[name] for name in whole if name != key}))
    for key in whole["content"]:
        left = {name: value for name, value in whole["content"].items() if name != key}
        check_alike(_canonical({**whole, "content": left}))
    for odd in (
        json.dumps(whole),
        json.dumps(whole, separators=(",", ":")),
        text.replace('"kind":', '"kind":"recorded","kind":', 1),
        text.replace("a", "\\u0061", 1),
        "[" * 100_000,
        f"[{text}]",
        "null",
    ):
        check_alike(odd)


def test_an_event_that_is_too_long_is_none_by_the_thousand() -> None:
    """As none can be recorded of that length."""
    for length in (LONGEST_EVENT_BYTES - 5000, LONGEST_EVENT_BYTES):
        said = check_alike(content(stated_by="x" * length))
        assert said.startswith("!Damaged") == (length == LONGEST_EVENT_BYTES)


# -- disclosures -----------------------------------------------------------------------------------


def test_a_disclosure_is_what_the_body_commits_to() -> None:
    """All of them, some of them, or none."""
    check_disclosures(COMMITTED, list(DISCLOSED.values()))
    check_disclosures(COMMITTED, [NOTE])
    check_disclosures(COMMITTED, [])


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            evolve(NOTE, field="title"),
            "has a text for its title, which its body does not commit to",
        ),
        (
            evolve(NOTE, salt=NOTE.salt + b"\1"),
            "has a salt of 17 bytes for its note, where 16 stand before every text",
        ),
        (
            evolve(NOTE, salt=NOTE.salt + NOTE.text[:1].encode(), text=NOTE.text[1:]),
            "has a salt of 17 bytes for its note, where 16 stand before every text",
        ),
        (
            evolve(NOTE, text="seen by three of us"),
            "has a text of its note that is not the one it was written with",
        ),
        (
            evolve(NOTE, salt=bytes(16)),
            "has a text of its note that is not the one it was written with",
        ),
    ],
)
def test_a_disclosure_of_something_else_is_named(wrong: Disclosure, sentence: str) -> None:
    """By its field, wherever it stands among the others."""
    quote = DISCLOSED["sources/0/quote"]
    for disclosed in ([wrong], [quote, wrong], [wrong, quote]):
        with pytest.raises(Damaged, match=f"^{re.escape(sentence)}$"):
            check_disclosures(COMMITTED, disclosed)


# -- types -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_golden_events_hold_what_their_classes_say(path: Any) -> None:
    """With their texts and without."""
    body, disclosed, _ = golden(path)
    assert is_well_typed(decode(body, {}))
    assert is_well_typed(decode(body, {field: each.text for field, each in disclosed.items()}))


def other(thing: Any, **parts: Any) -> Any:
    """*thing* with parts that its class does not allow for."""
    return evolve(thing, **parts)


def test_a_part_of_another_type_is_found_wherever_it_is() -> None:
    """In the event, its content, a date, a source, a tuple, a union or among words."""
    event = decode(BODY, {})
    assert isinstance(event.what, Recorded)
    account = event.what.account
    source = account.sources[0]
    assert not is_well_typed(None)
    assert not is_well_typed(other(event, position="5"))
    assert not is_well_typed(other(event, position=True))
    assert not is_well_typed(other(event, initiative=7))
    assert not is_well_typed(other(event, time="overheard"))
    assert not is_well_typed(other(event, time=[]))
    assert not is_well_typed(other(event, recorded_at="2025"))
    assert not is_well_typed(other(event, what=account))
    for wrong in (
        other(account, mode=7),
        other(account, on=other(account.on, lo="2025-12-01")),
        other(account, on=None),
        other(account, sources=list(account.sources)),
        other(account, sources=(source, "TASS")),
        other(account, sources=(source, other(source, title=7))),
        other(account, note=7),
        other(account, note=Erased(cast("str", 7))),
    ):
        assert not is_well_typed(other(event, what=Recorded(wrong)))
    assert is_well_typed(other(event, initiative=None))
    assert is_well_typed(other(event, what=TextErased("id", "note", "why")))
    assert not is_well_typed(other(event, what=TextErased("id", cast("TextField", "title"), "why")))


def test_a_definition_may_hold_anything_under_its_keys() -> None:
    """A lifecycle is looked at by its own reader; that it is an object is asked."""
    event = Event(
        1,
        "id",
        None,
        0,
        datetime(2025, 1, 1, tzinfo=UTC),
        "witnessed",
        "desk",
        LifecycleAdopted("road", {"a": [1, None]}),
    )
    assert is_well_typed(event)
    assert not is_well_typed(evolve(event, what=LifecycleAdopted("road", [])))  # type: ignore[arg-type]


def test_a_single_class_can_be_asked_of() -> None:
    """Dates, sources and plain values, each by its own hint."""
    assert is_well_typed(parse_edtf("2025"), Extent)
    assert not is_well_typed(parse_edtf("2025"), Source)
    assert is_well_typed(True, object)
    assert is_well_typed("x", str)
    assert not is_well_typed(True, int)
    assert not is_well_typed(False, bool)
    assert is_well_typed((), tuple[str, ...])
    assert is_well_typed(("a", "b"), tuple[str, ...])
    assert not is_well_typed(("a", 1), tuple[str, ...])
    assert not is_well_typed(["a"], tuple[str, ...])


# -- texts and bytes of strangers ------------------------------------------------------------------


def test_a_proper_text_is_a_text_of_whole_characters() -> None:
    """It is given back; anything else is refused under its key."""
    assert proper_text({"body": "ü\U0001f600"}, "body") == "ü\U0001f600"
    for wrong in (None, 7, b"x", ["x"]):
        with pytest.raises(Refused, match=r"^has a body that is no text$"):
            proper_text({"body": wrong}, "body")
    with pytest.raises(Refused, match=r"^has half of a character in its body$"):
        proper_text({"body": "a\ud800"}, "body")


def test_bytes_are_small_hexadecimal_digits() -> None:
    """One spelling: no capitals, no spaces, no half of a byte."""
    assert hex_bytes("00ff", "salt") == b"\x00\xff"
    assert hex_bytes("", "salt") == b""
    for wrong in ("00FF", "00 ff", "0", "xx", None, 7, b"00"):
        with pytest.raises(
            Refused, match=r"^has a salt that is not written in small hexadecimal digits$"
        ):
            hex_bytes(wrong, "salt")


def test_disclosures_are_read_by_their_fields() -> None:
    """Each a salt and a text, and nothing else."""
    assert read_disclosed({}) == ()
    assert read_disclosed(
        {each.field: {"salt": each.salt.hex(), "text": each.text} for each in DISCLOSED.values()}
    ) == tuple(DISCLOSED.values())
    wrongs: tuple[object, ...] = (None, [], "note")
    for wrong in wrongs:
        with pytest.raises(Refused, match=r"^has a disclosed that is no object$"):
            read_disclosed(wrong)
    salted = {"salt": "00"}
    others: tuple[object, ...] = (None, [], {}, salted, {**salted, "text": "x", "more": 1})
    for parts in others:
        with pytest.raises(
            Refused, match=r"^discloses 'note' in another way than by its salt and its text$"
        ):
            read_disclosed({"note": parts})
    with pytest.raises(Refused, match=r"^has a salt that is not written in small hexadecimal"):
        read_disclosed({"note": {"salt": "0", "text": "x"}})
    with pytest.raises(Refused, match=r"^has a text that is no text$"):
        read_disclosed({"note": {"salt": "00", "text": 7}})
