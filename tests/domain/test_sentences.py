"""What a person is told, word for word: of proofs, checkpoints, dates and names that cannot be."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from tracker.domain.checkpoint import Checkpoint, Signature, parse_checkpoints
from tracker.domain.dates import format_instant, parse_by, parse_day, parse_instant, parse_when
from tracker.domain.lifecycle import Lifecycle, faults, read_lifecycle
from tracker.domain.lifecycle_reader import faults_in
from tracker.domain.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    root_of,
    verify_consistency,
)
from tracker.domain.nearest import did_you_mean, nearest
from tracker.errors import CalledWrongly, Damaged, Refused, TrackerError

TODAY = date(2026, 2, 1)
ROOT = bytes(range(32))
NOTE = f"desk\n7\n{b64encode(ROOT).decode()}\n\n"


def node(level: int, index: int) -> bytes:
    return ROOT


def note(**changed: str) -> str:
    """A checkpoint in which a line was changed."""
    lines = {
        "origin": "desk",
        "size": "7",
        "root": b64encode(ROOT).decode(),
        "blank": "",
        **changed,
    }
    return "\n".join(lines.values()) + "\n"


LONG = "x" * 81
PLACE = "the checkpoint at line 1 cannot be read: "

SENTENCES: dict[str, tuple[Callable[[], object], type[TrackerError], str]] = {
    "frontier too short": (
        lambda: Frontier.from_bytes(3, b"x" * 32),
        Damaged,
        (
            "the Merkle frontier does not fit a log of 3 events (32 bytes): "
            "restore the log from an export, or from a backup"
        ),
    ),
    "frontier of less than nothing": (
        lambda: Frontier.from_bytes(-1, b"x" * 32),
        Damaged,
        (
            "the Merkle frontier does not fit a log of -1 events (32 bytes): "
            "restore the log from an export, or from a backup"
        ),
    ),
    "root of less than nothing": (
        lambda: root_of(-1, node),
        CalledWrongly,
        "a log cannot have -1 events: ask for 0 or more",
    ),
    "leaf outside the log": (
        lambda: inclusion_proof(3, 3, node),
        CalledWrongly,
        "a log of 3 events has no leaf 3: leaves are counted from 0 to its size - 1",
    ),
    "proof backwards": (
        lambda: consistency_proof(3, 2, node),
        CalledWrongly,
        "a log of 2 events was never one of 3: name the smaller size first",
    ),
    "no origin": (
        lambda: Checkpoint("", 7, ROOT),
        Refused,
        "the origin '' is not one line of printable text",
    ),
    "white space around the origin": (
        lambda: Checkpoint(" desk", 7, ROOT),
        Refused,
        "the origin ' desk' is not one line of printable text",
    ),
    "origin with a dash": (
        lambda: Checkpoint("\u2014 desk", 7, ROOT),
        Refused,
        (
            "the origin '\u2014 desk' begins with a dash, as a signature does: "
            "signatures stand right after the blank line below a root"
        ),
    ),
    "size below nothing": (
        lambda: Checkpoint("desk", -1, ROOT),
        Refused,
        "the size -1 is not one that a log can have",
    ),
    "size above a database": (
        lambda: Checkpoint("desk", 2**63, ROOT),
        Refused,
        "the size 9223372036854775808 is not one that a log can have",
    ),
    "short root": (
        lambda: Checkpoint("desk", 7, b"x" * 31),
        Refused,
        "the root has 31 bytes, and a SHA-256 hash has 32",
    ),
    "key name of two words": (
        lambda: Signature("a b", b"1234", b"x"),
        Refused,
        "the key name 'a b' is not one printable word without spaces and plus signs",
    ),
    "key name with a plus": (
        lambda: Signature("a+b", b"1234", b"x"),
        Refused,
        "the key name 'a+b' is not one printable word without spaces and plus signs",
    ),
    "key id": (
        lambda: Signature("a", b"123", b"x"),
        Refused,
        "a signature begins with the 4 bytes that identify its key",
    ),
    "no signature": (
        lambda: Signature("a", b"1234", b""),
        Refused,
        "a signature line has no signature after the bytes that identify its key",
    ),
    "carriage returns": (
        lambda: parse_checkpoints(NOTE.replace("\n", "\r\n")),
        Refused,
        "the checkpoint file has carriage returns: save it with plain newlines",
    ),
    "inside a line": (
        lambda: parse_checkpoints(NOTE + "de"),
        Refused,
        "the checkpoint file ends inside a line: fetch it again, or end the line",
    ),
    "no checkpoint": (
        lambda: parse_checkpoints("\n"),
        Refused,
        "the checkpoint file holds no checkpoint: write one with `tracker checkpoint`",
    ),
    "a line too many": (
        lambda: parse_checkpoints(note(blank="more")),
        Refused,
        f"{PLACE}it needs an origin, a size, a root and then a blank line, and no other line",
    ),
    "a line too few": (
        lambda: parse_checkpoints("desk\n7\n"),
        Refused,
        f"{PLACE}it needs an origin, a size, a root and then a blank line, and no other line",
    ),
    "a leading zero": (
        lambda: parse_checkpoints(note(size="07")),
        Refused,
        f"{PLACE}the size '07' is not a decimal number without leading zeros",
    ),
    "no base64": (
        lambda: parse_checkpoints(note(root="?")),
        Refused,
        f"{PLACE}the root '?' is not base64 (RFC 4648, section 4)",
    ),
    "no dash alone": (
        lambda: parse_checkpoints(NOTE + "\u2014desk AAAA\n"),
        Refused,
        f"{PLACE}the signature line '\u2014desk AAAA' is not a dash, a key name and base64",
    ),
    "no base64 in a signature": (
        lambda: parse_checkpoints(NOTE + "\u2014 desk A\n"),
        Refused,
        f"{PLACE}the signature 'A' is not base64 (RFC 4648, section 4)",
    ),
    "quoted whole up to 80 characters": (
        lambda: parse_checkpoints(note(size=LONG[:80])),
        Refused,
        f"{PLACE}the size '{LONG[:80]}' is not a decimal number without leading zeros",
    ),
    "quoted in part from 81 characters on": (
        lambda: parse_checkpoints(note(size=LONG[:80] + "y")),
        Refused,
        f"{PLACE}the size '{LONG[:80]}...' is not a decimal number without leading zeros",
    ),
    "by without a latest day": (
        lambda: parse_by("../..", TODAY),
        Refused,
        "'../..' has no latest day: write one, for example ../2030",
    ),
    "by with a time": (
        lambda: parse_by("by 2030-05-01T10:00", TODAY),
        Refused,
        "'by 2030-05-01T10:00' has a time of day: write the day, for example 2025-12-05",
    ),
    "a day that is an interval": (
        lambda: parse_day("2025-11/2026-02", TODAY),
        Refused,
        "'2025-11/2026-02' is an interval: write one day, for example 2025-12-05",
    ),
    "a day with a time": (
        lambda: parse_when("2025-11-05T10:00", TODAY),
        Refused,
        "'2025-11-05T10:00' has a time of day: write the day, for example 2025-11-05",
    ),
    "an instant that cannot be read": (
        lambda: parse_instant("10:00 on Monday", TODAY),
        Refused,
        "'10:00 on Monday' cannot be read as an instant: write it like 2025-12-05T10:00:00Z",
    ),
    "a leap second": (
        lambda: parse_instant("2016-12-31T23:59:60Z", TODAY),
        Refused,
        "'2016-12-31T23:59:60Z' is a leap second, which no clock here counts: write :59",
    ),
    "an instant that does not exist": (
        lambda: parse_instant("2025-02-30T10:00:00Z", TODAY),
        Refused,
        "'2025-02-30T10:00:00Z' is no instant that exists: write it like 2025-12-05T10:00:00Z",
    ),
    "an offset that does not exist": (
        lambda: parse_instant("2025-02-03T10:00:00+05:60", TODAY),
        Refused,
        "'2025-02-03T10:00:00+05:60' is no instant that exists: write it like 2025-12-05T10:00:00Z",
    ),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_what_cannot_be_is_refused_in_these_words(name: str) -> None:
    """One sentence that names the value and the way out."""
    attempt, kind, sentence = SENTENCES[name]
    with pytest.raises(kind) as refused:
        attempt()
    assert (type(refused.value), str(refused.value)) == (kind, sentence)


@pytest.mark.parametrize("size", [0, 2**63 - 1])
def test_a_checkpoint_may_be_of_no_event_and_of_as_many_as_a_database_holds(size: int) -> None:
    """Both ends are sizes that a log can have."""
    checkpoint = Checkpoint("desk", size, ROOT)
    assert parse_checkpoints(checkpoint.to_note()) == (checkpoint,)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-12-05T10:00:00+05:59", "2025-12-05T04:01:00.000000Z"),
        ("2025-12-05T10:00:00-05:30", "2025-12-05T15:30:00.000000Z"),
        ("2025-12-05T10:00+14", "2025-12-04T20:00:00.000000Z"),
        ("20251205T100001.1234567Z", "2025-12-05T10:00:01.123456Z"),
        ("2025-12-05 10:00:59,5 UTC", "2025-12-05T10:00:59.500000Z"),
        ("2025-12-05", "2025-12-05T23:59:59.999999Z"),
    ],
)
def test_an_instant_is_read_to_the_microsecond_in_utc(text: str, utc: str) -> None:
    """With any offset up to 59 minutes past the hour; a date is its last microsecond."""
    assert format_instant(parse_instant(text, TODAY)) == utc


def test_an_instant_without_a_zone_cannot_be_written() -> None:
    """Its zone could only be guessed."""
    with pytest.raises(ValueError, match=r"^an instant needs a zone$"):
        format_instant(datetime(2025, 12, 5, 10))  # noqa: DTZ001 -- that is what is refused
    assert format_instant(datetime(2025, 12, 5, 10, tzinfo=UTC)) == "2025-12-05T10:00:00.000000Z"


def test_an_instant_is_written_in_utc_wherever_the_program_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The zone of the machine is never asked."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        there = datetime(2025, 12, 5, 10, tzinfo=timezone(timedelta(hours=3)))
        assert format_instant(there) == "2025-12-05T07:00:00.000000Z"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("text", "edtf"),
    [("by next month", "../2026-03"), ("next year", "../2027"), ("../2030", "../2030")],
)
def test_the_latest_day_of_a_plan_may_count_from_today(text: str, edtf: str) -> None:
    """With "by" before it or without."""
    assert parse_by(text, TODAY).edtf == edtf


# -- notes and frontiers ---------------------------------------------------------------------------


@pytest.mark.parametrize("signatures", [0, 1, 2, 3])
def test_a_note_ends_with_its_last_signature_and_the_next_may_follow_at_once(
    signatures: int,
) -> None:
    """However many there are."""
    signed = tuple(Signature(f"desk{n}", b"1234", b"x") for n in range(signatures))
    one, other = Checkpoint("desk", 7, ROOT, signed), Checkpoint("other", 8, ROOT)
    assert parse_checkpoints(one.to_note() + other.to_note()) == (one, other)


@pytest.mark.parametrize("size", range(10))
def test_a_frontier_put_away_comes_back_whole(size: int) -> None:
    """Its hashes one after the other; the empty one is no bytes at all."""
    frontier = Frontier()
    for number in range(size):
        frontier.append(bytes([number]) * 32)
    assert frontier.to_bytes() == b"".join(frontier.hashes)
    assert len(frontier.to_bytes()) == 32 * size.bit_count()
    assert Frontier.from_bytes(size, frontier.to_bytes()) == frontier


def test_a_log_is_consistent_with_itself_by_an_empty_proof_and_an_equal_root_alone() -> None:
    """Both, not either."""
    assert verify_consistency(3, 3, ROOT, ROOT, [])
    assert not verify_consistency(3, 3, ROOT, ROOT, [ROOT])
    assert not verify_consistency(3, 3, ROOT, bytes(32), [])


# -- lifecycles ------------------------------------------------------------------------------------

TABLE = """
name = "road"
title = "Road"
[[phase]]
name = "talks"
title = "Talks"
definition = "They talk."
[[development]]
type = "begun"
title = "…"
enters = "talks"
"""


def test_a_lifecycle_that_cannot_be_read_says_its_first_fault_and_how_many_more() -> None:
    """One fault is told alone."""
    assert read_lifecycle(TABLE, "road.toml").find_type("begun") == "begun"
    for text, more in (
        (TABLE.replace('"They talk."', '""'), ""),
        (TABLE.replace('"They talk."', '""').replace('"Talks"', '""'),
         " (1 more; see `tracker lifecycle check`)"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            read_lifecycle(text, "road.toml")
        sentence = f"road.toml is not a lifecycle that can be read: {faults(text)[0]}{more}"
        assert str(refused.value) == sentence


def test_a_definition_in_a_log_that_has_faults_says_all_of_them() -> None:
    """Or that it is no table at all."""
    with pytest.raises(Refused) as refused:
        Lifecycle.from_definition([])  # type: ignore[arg-type]
    assert str(refused.value) == (
        "The definition of a lifecycle must be a table of keys and values."
    )
    with pytest.raises(Refused) as refused:
        Lifecycle.from_definition({})
    found = list(faults_in({}, common=()))
    assert len(found) > 1
    assert str(refused.value) == f"The definition of a lifecycle has faults: {' '.join(found)}"


def test_a_title_of_punctuation_alone_finds_nothing() -> None:
    """Nor does any other text without a word in it."""
    assert read_lifecycle(TABLE, "road.toml").find_type("…") is None
    assert read_lifecycle(TABLE, "road.toml").find_type("!") is None


# -- the nearest names -----------------------------------------------------------------------------


def test_the_nearest_names_are_offered_the_best_first() -> None:
    """At most three, and none that does not look like it."""
    names = ["treaty", "programme", "trade-agreement", "co-production"]
    assert nearest("Trade agrement", names) == ["trade-agreement"]
    assert nearest("zzz", names) == []
    assert nearest("treat", ["bread"]) == []  # three letters of five
    assert nearest("treats", ["trests"]) == ["trests"]  # five of six
    many = [f"il-11{n}" for n in range(9)]
    assert len(nearest("il-11", many)) == 3
    assert nearest("il-11", many, 1) == nearest("il-11", many)[:1]


def test_the_question_did_you_mean_names_one_or_several() -> None:
    """Or is not asked."""
    assert did_you_mean("zzz", ["treaty"]) == ""
    assert did_you_mean("Treety", ["treaty"]) == "; did you mean treaty?"
    assert did_you_mean("il-11", ["il-111", "il-112"]) == "; did you mean il-111 or il-112?"
    three = did_you_mean("il-11", ["il-111", "il-112", "il-113"])
    assert three == "; did you mean il-111, il-112 or il-113?"
