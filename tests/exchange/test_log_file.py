"""The log as a file: out and in again it is the same log, and a bad line says what is wrong."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.histories import record
from tests.logs import LENGTH, STORY, canonical, contents, opened
from tracker.errors import Refused, Unavailable
from tracker.exchange import log_file
from tracker.exchange.log_file import KEYS, export_log, read_log, restore_into
from tracker.store import schema
from tracker.store.event_log import head, reading, root_at, writing

Told = dict[str, Any]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The lines of the story."""
    url = f"sqlite:///{tmp_path_factory.mktemp('story') / 'log.db'}"
    with opened(url, STORY) as engine:
        return exported(engine)


def exported(engine: Engine, position: int | None = None) -> list[str]:
    out = io.StringIO()
    with reading(engine) as connection:
        count = export_log(connection, out, position)
    lines = out.getvalue().splitlines(keepends=True)
    assert count == len(lines)
    return lines


def restored(engine: Engine, lines: list[str]) -> int:
    with writing(engine) as appender:
        return restore_into(appender, lines)


def root(engine: Engine) -> bytes:
    with reading(engine) as connection:
        return root_at(connection, head(connection).position)


# -- out -------------------------------------------------------------------------------------------


def test_a_line_is_an_event_that_anyone_can_hash(story: list[str]) -> None:
    """Its body is the text that was hashed, and what it commits to is disclosed beside it."""
    assert len(story) == LENGTH
    for number, line in enumerate(story, start=1):
        told = json.loads(line)
        assert tuple(told) == KEYS
        assert told["position"] == number
        assert hashlib.sha256(b"\0" + told["body"].encode()).hexdigest() == told["leaf"]
        body = json.loads(told["body"])
        assert canonical(body) == told["body"]
        for field, parts in told["disclosed"].items():
            text = bytes.fromhex(parts["salt"]) + parts["text"].encode()
            assert hashlib.sha256(text).hexdigest() in told["body"], field
    assert json.loads(story[4])["disclosed"]["note"]["text"] == "Überbringer: a desk"


def test_the_beginning_of_a_log(database_url: str, story: list[str]) -> None:
    """Exported up to a position, it is the log as it was then; progress says how far it is."""
    with opened(database_url) as engine:
        restored(engine, story)
        assert exported(engine, 7) == story[:7]
        assert exported(engine, 0) == []
        told: list[tuple[int, int]] = []
        with reading(engine) as connection:
            export_log(connection, io.StringIO(), progress=lambda *done: told.append(done))
        assert told[-1] == (LENGTH, LENGTH)


# -- out and in again ------------------------------------------------------------------------------


def test_out_and_in_again(database_url: str, another_database: Callable[[str], str]) -> None:
    """Same positions, same times, bodies byte for byte, same root, whatever was erased."""
    with opened(database_url, STORY) as engine:
        with engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM disclosures WHERE field = 'note'")
        lines = exported(engine)
        with opened(another_database(database_url)) as other:
            assert restored(other, lines) == LENGTH
            assert root(other) == root(engine)
            assert contents(other, *schema.LOG_TABLES) == contents(engine, *schema.LOG_TABLES)
            assert exported(other) == lines


def test_from_one_kind_of_database_to_another(database_url: str, story: list[str]) -> None:
    """A log leaves a file and goes on on a server, as the same log."""
    with opened(database_url) as engine:
        restored(engine, story)
        assert exported(engine) == story


def test_an_empty_log(sqlite_url: str) -> None:
    """Nothing goes out, and nothing comes in."""
    with opened(sqlite_url) as engine:
        assert exported(engine) == []
        assert restored(engine, []) == 0


def test_only_into_an_empty_log(sqlite_url: str, story: list[str]) -> None:
    """Two histories are never mixed."""
    with opened(sqlite_url, STORY[:1]) as engine:
        with pytest.raises(Refused, match=r"already has 2 events.* name a new one with --db"):
            restored(engine, story)
        assert len(exported(engine)) == 2


def test_all_or_nothing(database_url: str, story: list[str]) -> None:
    """A bad last line leaves the log empty, ready for a better file."""
    with opened(database_url) as engine:
        with pytest.raises(Refused, match=f"line {LENGTH} "):
            restored(engine, [*story[:-1], story[-1][:40]])
        assert exported(engine) == []
        assert restored(engine, story) == LENGTH


def test_a_restored_log_goes_on(sqlite_url: str, story: list[str]) -> None:
    """It takes the next event as the first log would have."""
    with opened(sqlite_url) as engine:
        restored(engine, story)
        assert len(record(engine, [])) == LENGTH


# -- bad lines -------------------------------------------------------------------------------------

Change = Callable[[Told], object]


def on_body(old: str, new: str) -> Change:
    """Change a body, and its hash with it."""

    def change(told: Told) -> None:
        assert old in told["body"]
        told["body"] = told["body"].replace(old, new, 1)
        told["leaf"] = hashlib.sha256(b"\0" + told["body"].encode()).hexdigest()

    return change


def _swallow(note: dict[str, str]) -> None:
    """Move the first letter of the text into the salt: what is hashed stays the same."""
    note["salt"] += note["text"][:1].encode().hex()
    note["text"] = note["text"][1:]


BAD: dict[str, tuple[Change, str]] = {
    "unknown key": (lambda t: t.update(more=1), "has the unknown key 'more'"),
    "missing key": (lambda t: t.pop("leaf"), "lacks the key 'leaf'"),
    "no body": (lambda t: t.update(body=None), "has a body that is no text"),
    "half a character": (lambda t: t.update(body="\ud800"), "half of a character in its body"),
    "no hash": (lambda t: t.update(leaf="zz"), "leaf that is not written in small hexadecimal"),
    "large digits": (lambda t: t.update(leaf=t["leaf"].upper()), "small hexadecimal digits"),
    "short hash": (lambda t: t.update(leaf="00"), "a leaf of 1 bytes, and a hash has 32"),
    "other hash": (lambda t: t.update(leaf="00" * 32), "a body that does not match its hash"),
    "other body": (lambda t: t.update(body=t["body"] + " "), "does not match its hash"),
    "other column": (lambda t: t.update(kind="amended"), "says kind 'amended', where its body"),
    "true for 1": (lambda t: t.update(schema=True), "says schema True, where its body says 1"),
    "float": (lambda t: t.update(position=5.0), "says position 5.0, where its body says 5"),
    "not canonical": (on_body("{", "{ "), "has a body that is not canonical JSON"),
    "no JSON inside": (on_body("{", "["), "has a body that is not JSON"),
    "NaN inside": (on_body('"content":{', '"content":{"a":NaN,'), "has a body that is not JSON"),
    "nobody's body": (on_body('"content":{', '"content":{"aaa":1,'), "a body that no tracker"),
    "other text": (
        lambda t: t["disclosed"]["note"].update(text="x"),
        "has a text of its note that is not the one it was written with",
    ),
    "other salt": (lambda t: t["disclosed"]["note"].update(salt="00" * 16), "not the one it was"),
    "salt that swallows a letter": (lambda t: _swallow(t["disclosed"]["note"]), "salt of 18 bytes"),
    "bad salt": (lambda t: t["disclosed"]["note"].update(salt=7), "a salt that is not written"),
    "bad text": (lambda t: t["disclosed"]["note"].update(text=7), "has a text that is no text"),
    "more said": (
        lambda t: t["disclosed"].update(whim=t["disclosed"]["note"]),
        "has a text for its whim, which its body does not commit to",
    ),
    "no salt": (lambda t: t["disclosed"]["note"].pop("salt"), "discloses 'note' in another way"),
    "no object": (lambda t: t.update(disclosed=[]), "has a disclosed that is no object"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_says_what_is_wrong(story: list[str], name: str) -> None:
    """By the number of the line, with the way out."""
    change, sentence = BAD[name]
    told = json.loads(story[4])
    change(told)
    with pytest.raises(Refused) as caught:
        list(read_log([*story[:4], json.dumps(told), *story[5:]]))
    assert str(caught.value).startswith("line 5 of the log ")
    assert sentence in str(caught.value)
    assert str(caught.value).endswith("; fetch the file again, or export the log again")


def test_a_line_as_it_was_exported_is_read_without_looking_twice(story: list[str]) -> None:
    """It is what the careful reader makes of it, and any other line is left to that."""
    for line in story:
        told = json.loads(line)
        assert log_file._as_exported(line) == log_file._as_exported(line.strip()) == told
        assert log_file._any_object(line) == told
        for other in (
            f" {line}",
            line.replace(":", ": ", 1),
            line.replace('{"', '{"position":1,"', 1),
            line.replace('"body":', '"body":"","body":', 1),
            json.dumps(dict(reversed(told.items())), separators=(",", ":")),
            json.dumps({**told, "more": 1}, separators=(",", ":")),
            "[]",
            "7",
            "\ud800",
            "[" * 100_000,
        ):
            assert log_file._as_exported(other) is None


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("\n", "line 1 of the log is empty"),
        ("{", "line 1 of the log is not JSON"),
        ("[" * 100_000, "line 1 of the log is not JSON"),
        ('"text"', "line 1 of the log is not a JSON object"),
        ('{"body": NaN}', "line 1 of the log holds NaN, which is no number of JSON"),
        ('{"body": 1, "body": 2}', "line 1 of the log has the key 'body' twice"),
    ],
)
def test_what_is_no_line_at_all(line: str, sentence: str) -> None:
    """Nor a JSON object with one value for each key."""
    with pytest.raises(Refused, match=re.escape(sentence)):
        list(read_log([line]))


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([0, 1, 3], "line 3 of the log holds the event @4, where @3 should be"),
        ([0, 0], "line 2 of the log holds the event @1, where @2 should be"),
        ([1], "line 1 of the log holds the event @2, where @1 should be"),
        ([1, 0], "line 1 of the log holds the event @2, where @1 should be"),
    ],
)
def test_lines_out_of_order(story: list[str], lines: list[int], sentence: str) -> None:
    """A log comes in whole and in order, or not at all."""
    with pytest.raises(Refused, match=re.escape(sentence)):
        list(read_log(story[at] for at in lines))


def rewritten(line: str, **values: object) -> str:
    """A line that says otherwise, consistently."""
    told = json.loads(line)
    body = {**json.loads(told["body"]), **values}
    told |= {name: values[name] for name in values if name in told}
    told["body"] = canonical(body)
    told["leaf"] = hashlib.sha256(b"\0" + told["body"].encode()).hexdigest()
    return json.dumps(told)


def content(line: str, **values: object) -> dict[str, object]:
    return {**json.loads(json.loads(line)["body"])["content"], **values}


def test_lines_that_contradict_those_before(sqlite_url: str, story: list[str]) -> None:
    """Every line alone is sound, and together they are no log."""
    other = "00000000-0000-7000-8000-000000000000"
    first, eighth = (json.loads(story[at])["event_id"] for at in (0, 7))
    cases: list[tuple[int, dict[str, object], str]] = [
        (5, {"version": 9}, "line 6 of the log has the version 9, where 3 should be"),
        (5, {"recorded_at": "2020-01-01T00:00:00.000000Z"}, "before the line above it"),
        (5, {"event_id": first}, "line 6 of the log repeats the event id of @1"),
        (
            8,
            {"content": content(story[8], fact=other)},
            f"line 9 of the log names the event {other}",
        ),
        (8, {"content": content(story[8], fact=eighth)}, "which is no fact of il-1"),
        (8, {"content": content(story[8], fact=first)}, "which is no fact of il-1"),
    ]
    with opened(sqlite_url) as engine:
        for at, values, sentence in cases:
            lines = [*story[:at], rewritten(story[at], **values), *story[at + 1 :]]
            with pytest.raises(Refused, match=re.escape(sentence)):
                restored(engine, lines)
        assert exported(engine) == []


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"schema": 2}, "schema version 2, and this tracker knows only up to 1"),
        ({"kind": "rumoured"}, "kind 'rumoured', which this tracker does not know"),
    ],
)
def test_what_a_newer_tracker_wrote(
    story: list[str], values: dict[str, object], sentence: str
) -> None:
    """It is not the file's fault."""
    with pytest.raises(Unavailable, match=re.escape(sentence)):
        list(read_log([*story[:4], rewritten(story[4], **values)]))


@pytest.fixture
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.exchange.log_file.BATCH", 2)
    monkeypatch.setattr("tracker.store.event_log._REMEMBERED", 1)


@pytest.mark.usefixtures("_small_batches")
def test_a_log_in_many_batches(database_url: str, story: list[str]) -> None:
    """Where one batch ends and the next begins makes no difference."""
    with opened(database_url) as engine:
        restored(engine, story)
        assert exported(engine) == story
        with engine.connect() as connection:
            facts = connection.execute(sa.select(schema.events.c.fact)).scalars().all()
    assert facts[8] == 5
