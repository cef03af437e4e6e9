"""Bodies: the golden files of every release, canonical JSON, and the steps between versions."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.dates import parse_edtf
from tracker.domain.events import Amended, Draft, Recorded, account_of
from tracker.domain.evidence import Erased
from tracker.domain.merkle import leaf_hash
from tracker.errors import Refused, Unavailable
from tracker.store import codec, upcasters
from tracker.store.codec import (
    LONGEST_EVENT_BYTES,
    Disclosure,
    canonical,
    commitments,
    decode,
    encode,
)
from tracker.store.upcasters import SCHEMA, check_steps, upcast

FOLDER = Path(__file__).parents[2] / "fixtures" / "events"
GOLDEN = sorted(FOLDER.glob("v*/*.json"))


def golden(path: Path) -> tuple[str, dict[str, Disclosure], str]:
    """The body, its disclosures and its leaf hash, as a release wrote them."""
    told = json.loads(path.read_text(encoding="utf-8"))
    disclosed = {
        field: Disclosure(field, bytes.fromhex(each["salt"]), each["text"])
        for field, each in told["disclosed"].items()
    }
    body = json.dumps(told["body"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return body, disclosed, told["leaf"]


def test_every_kind_has_a_golden_file_for_every_schema_version() -> None:
    """A kind or a version that is added without its file is noticed."""
    for version in range(1, SCHEMA + 1):
        bodies = [golden(path)[0] for path in (FOLDER / f"v{version}").glob("*.json")]
        assert {json.loads(body)["kind"] for body in bodies} == set(codec.KINDS)
        assert {json.loads(body)["schema"] for body in bodies} == {version}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_golden_body_is_read_and_written_again_byte_for_byte(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a release wrote, this program reads; what it writes is the same bytes, and hash."""
    body, disclosed, leaf = golden(path)
    event = decode(body, {field: each.text for field, each in disclosed.items()})
    salts = iter(_in_order_of_writing(disclosed))
    monkeypatch.setattr("tracker.store.codec.secrets.token_bytes", lambda _: next(salts))
    draft = Draft(event.event_id, event.initiative, event.what, event.recorded_at, event.time)
    again, told = encode(draft, event.position, event.version, event.recorded_by)
    if json.loads(body)["schema"] == SCHEMA:
        assert again == body
        assert {each.field: each for each in told} == disclosed
    assert leaf_hash(body.encode()).hex() == leaf
    assert hashlib.sha256(b"\0" + body.encode()).hexdigest() == leaf
    assert dict(commitments(json.loads(body))) == {f: d.sha256 for f, d in disclosed.items()}


def _in_order_of_writing(disclosed: dict[str, Disclosure]) -> list[bytes]:
    return [disclosed[field].salt for field in sorted(disclosed)]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_erased_golden_body_keeps_its_bytes(path: Path) -> None:
    """Without its texts an event is read with what is left of them, and is written the same."""
    body, disclosed, _ = golden(path)
    event = decode(body, {})
    draft = Draft(event.event_id, event.initiative, event.what, event.recorded_at, event.time)
    again, told = encode(draft, event.position, event.version, event.recorded_by)
    assert (again, told) == (body, [])
    account = account_of(event.what)
    if "note" in disclosed:
        assert account is not None
        assert isinstance(account.note, Erased)
        assert account.note.sha256 == disclosed["note"].sha256


def test_a_commitment_is_the_hash_of_salt_and_text() -> None:
    """SHA-256(salt ‖ UTF-8 text), checked by hand against the golden file."""
    body, disclosed, _ = golden(FOLDER / "v1" / "recorded.json")
    note = disclosed["note"]
    by_hand = hashlib.sha256(note.salt + note.text.encode()).hexdigest()
    assert json.loads(body)["content"]["note"] == {"sha256": by_hand}
    assert note.text not in body


def test_salts_are_random() -> None:
    """One text told twice gives two hashes, so that nobody can tell that it is the same."""
    body, disclosed, _ = golden(FOLDER / "v1" / "recorded.json")
    event = decode(body, {field: each.text for field, each in disclosed.items()})
    assert isinstance(event.what, Recorded)
    draft = Draft(event.event_id, event.initiative, event.what, event.recorded_at, event.time)
    one, other = (encode(draft, 1, 1, "desk")[0] for _ in range(2))
    assert one != other


# -- canonical JSON --------------------------------------------------------------------------------

_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
_values = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | _texts,
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(_texts, parts, max_size=4),
    max_leaves=12,
)


@given(_values)
def test_canonical_is_rfc_8785(value: Any) -> None:
    """Byte for byte what an independent implementation of RFC 8785 writes."""
    assert canonical(value).encode() == rfc8785.dumps(value)


def test_keys_beyond_the_first_plane_are_sorted_as_utf_16() -> None:
    """RFC 8785 sorts by UTF-16 code units, in which an emoji comes before U+FB33."""
    keys = {"\ufb33": 1, "\U0001f600": 2}
    assert canonical(keys) == '{"\U0001f600":2,"\ufb33":1}'
    assert canonical([keys, (keys,)]).encode() == rfc8785.dumps([keys, [keys]])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("nan"), "no whole number"),
        (float("inf"), "no whole number"),
        (1.5, "no whole number"),
        ([0, -1.0], "no whole number"),
        ({"a": {"b": 1e300}}, "no whole number"),
        (2**53, "too large"),
        ([-(2**63)], "too large"),
        (2**64, "too large"),
        ((1.5,), "no whole number"),
        ("\ud800", "half of a character"),
        ({"\udfff": 1}, "half of a character"),
        ("a\0b", "NUL"),
        ({"a": ["\0"]}, "NUL"),
        ({"\0": 1}, "NUL"),
        ("\\\0", "NUL"),
    ],
)
def test_what_is_not_held_alike_everywhere_is_refused(value: object, said: str) -> None:
    """Floats, long integers, halves of characters and NUL never come into a body."""
    with pytest.raises(Refused, match=said):
        canonical(value)
    with pytest.raises(Refused, match=said):
        canonical({"content": value})


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("a\0b", "a text holds a NUL character, which no database keeps; leave it out"),
        (1.5, "1.5 is no whole number; write it as a text"),
        (
            -(2**53),
            "-9007199254740992 is too large a number to be read alike everywhere; write a text",
        ),
        ("a\ud800b\udc00", "the text holds '\\ud800', half of a character; write the text again"),
        (float("inf"), "inf is no whole number; write it as a text"),
    ],
)
def test_what_is_said_of_what_cannot_be_held(value: object, sentence: str) -> None:
    """Word for word, with what to write instead."""
    with pytest.raises(Refused) as refused:
        canonical(["ü", value])
    assert str(refused.value) == sentence


def test_a_number_that_nobody_would_write_out_is_refused() -> None:
    """Python itself writes no more than some thousand digits."""
    with pytest.raises(Refused, match="cannot be stored"):
        canonical([10**5000])


@pytest.mark.parametrize("value", [2**53 - 1, 1 - 2**53, 10**15, -(10**15), 0])
def test_whole_numbers_up_to_a_limit_are_held(value: int) -> None:
    """What a double holds exactly is read alike everywhere."""
    assert canonical([value]) == f"[{value}]"


@pytest.mark.parametrize(
    "text", ["\\u0000", "\\\\u0000", "a\\u0000b", '":1.5', "[2.5,1e9]", '{"a":9007199254740993}']
)
def test_a_text_that_looks_like_what_is_refused_is_a_text(text: str) -> None:
    """What is escaped or a number in a text says nothing of the JSON around it."""
    assert json.loads(canonical({"note": text, text: [text]})) == {"note": text, text: [text]}


class _Marked(str):
    """A text as some libraries give it."""

    __slots__ = ()


def test_a_text_of_a_class_of_its_own_is_a_text() -> None:
    """It is written, checked and sorted as any other."""
    assert canonical({"b": _Marked("é"), "a": [True, None]}) == '{"a":[true,null],"b":"é"}'
    assert canonical({_Marked("b"): 1, "a": 2}) == '{"a":2,"b":1}'
    with pytest.raises(Refused, match="half of a character"):
        canonical([_Marked("\ud800")])


@pytest.mark.parametrize("value", [date(2025, 12, 5), {1, 2}, b"bytes", object()])
def test_what_json_does_not_have_is_a_fault_of_the_program(value: object) -> None:
    """Nothing is made a text of by itself."""
    with pytest.raises(TypeError, match=type(value).__name__):
        canonical({"a": [value]})


def test_keys_are_sorted_on_every_level() -> None:
    """With a character beyond the first plane anywhere, and with none."""
    assert canonical({"b": {"d": 1, "c": [{"f": 1, "e": 2}]}, "a": "ü"}) == (
        '{"a":"ü","b":{"c":[{"e":2,"f":1}],"d":1}}'
    )
    assert canonical({"b": {"d": 1, "c": [{"f": 1, "e": 2}]}, "a": "\U0001f600"}) == (
        '{"a":"\U0001f600","b":{"c":[{"e":2,"f":1}],"d":1}}'
    )
    assert canonical({"\ufb33": {"b": 1, "a": 2}, "z": 1, "ü": 3}) == (
        '{"z":1,"ü":3,"\ufb33":{"a":2,"b":1}}'
    )


# -- how long an event may be ----------------------------------------------------------------------


def of_length(note: str | None, quote: str = "q") -> Draft:
    """A development with that note."""
    body, disclosed, _ = golden(FOLDER / "v1" / "recorded.json")
    event = decode(body, {field: each.text for field, each in disclosed.items()})
    assert isinstance(event.what, Recorded)
    source = evolve(event.what.account.sources[0], quote=quote)
    account = evolve(event.what.account, note=note, sources=(source,))
    return Draft(event.event_id, "il-1", Recorded(account), event.recorded_at, event.time)


def bytes_of(draft: Draft) -> int:
    """How many bytes its body and its texts take."""
    body, disclosed = encode(draft, 1, 1, "desk")
    return len(body.encode()) + sum(len(each.text.encode()) for each in disclosed)


@pytest.mark.parametrize("letter", ["x", "ü", "\U0001f600"])
def test_an_event_takes_ten_million_bytes_and_not_one_more(letter: str) -> None:
    """Its texts count as they are written, in UTF-8, beside the body that commits to them."""
    own = bytes_of(of_length(""))
    size = len(letter.encode())
    count, rest = divmod(LONGEST_EVENT_BYTES - own, size)
    longest = of_length(letter * count + "x" * rest)
    assert bytes_of(longest) == LONGEST_EVENT_BYTES == 10_000_000
    with pytest.raises(Refused) as refused:
        encode(of_length(letter * count + "x" * (rest + 1)), 1, 1, "desk")
    assert str(refused.value) == (
        "an event may take 10,000,000 bytes, and this one would take 10,000,001; shorten its texts"
    )
    with pytest.raises(Refused, match="would take 10,000,001;"):
        encode(of_length("", "x" * (LONGEST_EVENT_BYTES - own + 2)), 1, 1, "desk")


def test_a_text_that_nobody_can_keep_is_refused_by_its_field() -> None:
    """Of the note, or of the quote of which source."""
    for note, quote, sentence in (
        ("a\ud800", "q", "the note holds half of a character; write the text again"),
        ("a\0", "q", "the note holds a NUL character, which no database keeps; leave it out"),
        ("n", "\udc00", "the sources/0/quote holds half of a character; write the text again"),
        (
            "n",
            "\0",
            "the sources/0/quote holds a NUL character, which no database keeps; leave it out",
        ),
    ):
        with pytest.raises(Refused) as refused:
            encode(of_length(note, quote), 1, 1, "desk")
        assert str(refused.value) == sentence


def test_every_text_has_a_salt_of_its_own_of_sixteen_bytes() -> None:
    """In a record and in an amendment."""
    record = of_length("n")
    assert isinstance(record.what, Recorded)
    amend = evolve(record, what=Amended("fact", "base", "why", record.what.account))
    for draft in (record, amend):
        _, disclosed = encode(draft, 1, 1, "desk")
        assert sorted(each.field for each in disclosed) == ["note", "sources/0/quote"]
        assert [len(each.salt) for each in disclosed] == [16, 16]
        assert disclosed[0].salt != disclosed[1].salt


def test_an_open_end_is_null_and_no_day() -> None:
    """At either end, or both."""
    for edtf, lo, hi in (
        ("../2030", None, "2030-12-31"),
        ("2030/..", "2030-01-01", None),
        ("../..", None, None),
    ):
        draft = of_length("n")
        assert isinstance(draft.what, Recorded)
        account = evolve(draft.what.account, on=parse_edtf(edtf))
        body, _ = encode(evolve(draft, what=Recorded(account)), 1, 1, "desk")
        on = json.loads(body)["content"]["on"]
        assert on == {"text": edtf, "edtf": edtf, "lo": lo, "hi": hi}
        read = account_of(decode(body, {}).what)
        assert read is not None
        assert read.on == account.on


@pytest.mark.parametrize("text", ["\\u0000", ":1.5", "[1e3", "1234567890123456", "1.5"])
def test_text_that_only_looks_like_a_number_is_kept(text: str) -> None:
    """What is refused as a value is harmless inside a text."""
    assert json.loads(canonical({"text": text})) == {"text": text}


# -- versions --------------------------------------------------------------------------------------


def test_an_unknown_kind_is_never_guessed() -> None:
    """A program meeting a kind that it does not know stops with a clear error."""
    body, _, _ = golden(FOLDER / "v1" / "withdrawn.json")
    with pytest.raises(Unavailable) as stopped:
        decode(body.replace('"kind":"withdrawn"', '"kind":"sealed"'), {})
    assert str(stopped.value) == (
        "the log holds an event of kind 'sealed', which this tracker does not know; "
        "install a newer tracker"
    )


@pytest.mark.parametrize("version", [0, SCHEMA + 1, 99])
def test_an_unknown_schema_version_is_never_guessed(version: int) -> None:
    """A program meeting a schema version that it does not know stops with a clear error."""
    body, _, _ = golden(FOLDER / "v1" / "withdrawn.json")
    with pytest.raises(Unavailable) as stopped:
        decode(body.replace('"schema":1', f'"schema":{version}'), {})
    assert str(stopped.value) == (
        f"the log holds a withdrawn event of schema version {version}, and this tracker knows only "
        f"up to {SCHEMA}; install a newer tracker"
    )


def _named(name: str) -> upcasters.Step:
    def step(kind: str, content: upcasters.Content) -> upcasters.Content:
        return {**content, "steps": [*content.get("steps", []), f"{name} {kind}"]}  # type: ignore[misc]

    return step


STEPS = {1: _named("1→2"), 2: _named("2→3")}


@pytest.mark.parametrize(
    ("schema", "applied"), [(1, ["1→2 recorded", "2→3 recorded"]), (2, ["2→3 recorded"]), (3, [])]
)
def test_older_versions_take_one_step_after_another(schema: int, applied: list[str]) -> None:
    """One pure step per version, in order, from where the body stands."""
    content: dict[str, object] = {"note": "as it was"}
    found = upcast("recorded", schema, content, STEPS, 3)
    assert found.get("steps", []) == applied
    assert content == {"note": "as it was"}


@pytest.mark.parametrize("steps", [{}, {1: STEPS[1]}, {2: STEPS[2]}, {**STEPS, 3: STEPS[2]}])
def test_a_gap_between_versions_is_found_at_the_start(steps: dict[int, upcasters.Step]) -> None:
    """There is exactly one step from every older version."""
    with pytest.raises(AssertionError, match="without a gap"):
        check_steps(steps, 3)
    check_steps(STEPS, 3)
