"""The log as a file, and back: one event a line, with the very bytes that were hashed.

What comes in is somebody's file: every line is held against its own hash and against the lines
before it, before anything is kept of it.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, NoReturn, TextIO

import msgspec
import sqlalchemy as sa
from attrs import field, frozen, mutable
from sqlalchemy.engine import Connection

from tracker.domain.events import Amended, Event, Recorded, TextErased, Withdrawn, account_of
from tracker.domain.merkle import HASH_BYTES
from tracker.errors import Damaged, Refused
from tracker.exchange.json_line import json_line
from tracker.store.codec import Disclosure
from tracker.store.event_log import Appender, head, read_rows
from tracker.store.schema import disclosures, events
from tracker.store.sound import (
    Sound,
    check_disclosures,
    hex_bytes,
    proper_text,
    read_disclosed,
    sound_quickly,
)
from tracker.store.uncollected import uncollected

Progress = Callable[[int, int], None]
"""(events done, events in all; 0 where that is not known)"""

BATCH = 1000
_COPIED = (
    "position",
    "event_id",
    "initiative",
    "version",
    "kind",
    "type",
    "schema",
    "recorded_at",
    "recorded_by",
)
KEYS = (*_COPIED, "body", "leaf", "disclosed")
"""The keys of a line, in their order."""

LONGEST_LINE_BYTES = 64_000_000
"""No event takes more: what JSON makes of its bytes is at most six times as long."""

_EXPORT_AGAIN = "fetch the file again, or export the log again"


@frozen
class Line:
    """One line that was found sound: the event, its body byte for byte, and what it discloses."""

    number: int
    event: Event
    body: str
    leaf: bytes
    disclosed: tuple[Disclosure, ...]


# -- out -------------------------------------------------------------------------------------------


def export_log(
    connection: Connection,
    out: TextIO,
    position: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Write the first *position* events of the log, or all, to *out*; the number of lines.

    *connection* must see one state of the database throughout.
    """
    total = head(connection).position if position is None else position
    done = 0
    for rows in read_rows(connection, events.c.position <= total, batch=BATCH):
        disclosed = _disclosed(connection, rows[0].position, rows[-1].position)
        for row in rows:
            line = {name: getattr(row, name) for name in _COPIED}
            line |= {"body": row.body, "leaf": row.leaf.hex()}
            line["disclosed"] = disclosed.get(row.position, {})
            out.write(json_line(line))
        done += len(rows)
        if progress is not None:
            progress(done, total)
    return done


def _disclosed(connection: Connection, first: int, last: int) -> dict[int, dict[str, Any]]:
    query = (
        sa.select(disclosures)
        .where(disclosures.c.position.between(first, last))
        .order_by(disclosures.c.position, disclosures.c.field)
    )
    found: dict[int, dict[str, Any]] = {}
    for row in connection.execute(query):
        text = {"salt": row.salt.hex(), "text": row.text}
        found.setdefault(row.position, {})[row.field] = text
    return found


# -- in --------------------------------------------------------------------------------------------


def log_lines(stream: BinaryIO) -> Iterator[str]:
    """The lines of *stream*; raises Refused at one that is too long, or not UTF-8."""
    number = 0
    while line := stream.readline(LONGEST_LINE_BYTES + 1):
        number += 1
        if len(line) > LONGEST_LINE_BYTES:
            flaw = f"is longer than {LONGEST_LINE_BYTES // 1_000_000} MB, which no event is"
        else:
            try:
                yield line.decode()
                continue
            except UnicodeDecodeError as error:
                flaw = f"is not UTF-8 (byte {error.start + 1} of it)"
        message = f"line {number} of the log {flaw}; {_EXPORT_AGAIN}"
        raise Refused(message)


def read_log(lines: Iterable[str]) -> Iterator[Line]:
    """The events of an exported log, each checked; raises Refused at the first bad line.

    Raises Unavailable for an event that this program does not know yet.
    """
    reader = _Reader()
    for number, text in enumerate(lines, start=1):
        try:
            yield reader.line(number, text)
        except (Refused, Damaged) as flaw:
            message = f"line {number} of the log {flaw}; {_EXPORT_AGAIN}"
            raise Refused(message) from None


@mutable
class _Reader:
    """What is remembered of the lines before: where the log has come to."""

    recorded_at: str = ""
    versions: dict[str, int] = field(factory=dict)

    def line(self, number: int, text: str) -> Line:
        """The next line; Refused or Damaged with the end of a sentence that begins with it."""
        told = _object(text)
        body, leaf = proper_text(told, "body"), hex_bytes(told["leaf"], "leaf")
        if len(leaf) != HASH_BYTES:
            raise Refused(f"has a leaf of {len(leaf)} bytes, and a hash has {HASH_BYTES}")
        sound = sound_quickly(body, leaf)
        for name, says in zip(_COPIED, _copied(sound), strict=True):
            if told[name] != says or type(told[name]) is not type(says):
                raise Refused(f"says {name} {told[name]!r}, where its body says {says!r}")
        self._follow(number, sound.event, sound.recorded_at)
        disclosed = read_disclosed(told["disclosed"])
        check_disclosures(sound.committed, disclosed)
        return Line(number, sound.event, body, leaf, disclosed)

    def _follow(self, number: int, event: Event, recorded_at: str) -> None:
        if event.position != number:
            raise Refused(
                f"holds the event @{event.position}, where @{number} should be: a log is restored "
                "whole and in order"
            )
        if recorded_at < self.recorded_at:
            raise Refused(f"was recorded at {recorded_at}, before the line above it")
        self.recorded_at = recorded_at
        if event.initiative is None:
            expected = 0
        else:
            expected = self.versions.get(event.initiative, 0) + 1
            self.versions[event.initiative] = expected
        if event.version != expected:
            raise Refused(f"has the version {event.version}, where {expected} should be")


def _copied(sound: Sound) -> tuple[Any, ...]:
    """What the body of an event says that its line repeats, in the order of ``_COPIED``."""
    event, account = sound.event, account_of(sound.event.what)
    return (
        event.position,
        event.event_id,
        event.initiative,
        event.version,
        event.what.KIND,
        account.type if account else None,
        sound.schema,
        sound.recorded_at,
        event.recorded_by,
    )


def restore_into(appender: Appender, lines: Iterable[str], progress: Progress | None = None) -> int:
    """Append the events of an exported log, byte for byte; how many there were.

    The log must be empty and its lock held; whoever calls this projects what was appended. Raises
    Unavailable for one who may record, and not vouch for what others recorded.
    """
    appender.writer.must_own("restore one")
    if appender.position:
        message = (
            f"this log already has {appender.position} events, and a log is restored into an empty "
            "one only; name a new one with --db"
        )
        raise Refused(message)
    read = read_log(lines)
    while _restored(appender, read):
        if progress is not None:
            progress(appender.position, 0)
    return appender.position


def _restored(appender: Appender, read: Iterator[Line]) -> bool:
    """Append the next batch of what was *read*; False where there is none."""
    with uncollected():
        batch = list(itertools.islice(read, BATCH))
        _check_ids(appender, batch)
        for line in batch:
            appender.append_body(line.event, line.body, _rows(line), line.leaf)
        appender.flush()
        return bool(batch)


def _rows(line: Line) -> list[dict[str, Any]]:
    return [
        {"position": line.event.position, "field": d.field, "salt": d.salt, "text": d.text}
        for d in line.disclosed
    ]


def _check_ids(appender: Appender, batch: list[Line]) -> None:
    """Every id is new, and every id that is referred to is that of an earlier fact."""
    named = [(line, _facts(line.event), _bases(line.event)) for line in batch]
    wanted = {line.event.event_id for line in batch}
    wanted.update(name for _, facts, bases in named for name in (*facts, *bases))
    known = _known(appender.connection, wanted)
    for line, facts, bases in named:
        event = line.event
        if event.event_id in known:
            _refuse(line, f"repeats the event id of @{known[event.event_id][0]}")
        for name in (*facts, *bases):
            if name not in known:
                _refuse(line, f"names the event {name}, and there is none before it")
        for name in facts:
            if known[name][1:] != (Recorded.KIND, event.initiative):
                _refuse(line, f"names {name}, which is no fact of {event.initiative}")
        known[event.event_id] = (event.position, event.what.KIND, event.initiative)


def _known(connection: Connection, wanted: set[str]) -> dict[str, tuple[Any, ...]]:
    ids = sorted(wanted)
    found: dict[str, tuple[Any, ...]] = {}
    for start in range(0, len(ids), 500):
        query = sa.select(
            events.c.event_id, events.c.position, events.c.kind, events.c.initiative
        ).where(events.c.event_id.in_(ids[start : start + 500]))
        for event_id, *rest in connection.execute(query):
            found[event_id] = tuple(rest)
    return found


def _facts(event: Event) -> list[str]:
    """The facts, by the ids of their first events, that an event refers to."""
    account = account_of(event.what)
    names = [] if account is None else [account.fulfils, account.after, account.contradicts]
    if isinstance(event.what, Amended | Withdrawn | TextErased):
        names.append(event.what.fact)
    return [name for name in names if name is not None]


def _bases(event: Event) -> list[str]:
    """The version that an amendment is about."""
    return [event.what.based_on] if isinstance(event.what, Amended) else []


def _refuse(line: Line, flaw: str) -> NoReturn:
    message = f"line {line.number} of the log {flaw}; {_EXPORT_AGAIN}"
    raise Refused(message)


# -- one line --------------------------------------------------------------------------------------


def _object(text: str) -> dict[str, Any]:
    """The keys and values of a line; Refused if it is any other JSON, or none."""
    return _as_exported(text) or _any_object(text)


def _as_exported(text: str) -> dict[str, Any] | None:
    """As :func:`_any_object`, for a line that comes out as it is when it is written again.

    So it says nothing twice, and nothing that another reader takes for something else. None for
    every other line, which may be as good.
    """
    data = text.removesuffix("\n").encode(errors="replace")
    try:
        told = msgspec.json.decode(data)
        if msgspec.json.encode(told) == data and isinstance(told, dict) and tuple(told) == KEYS:
            return told
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    return None


def _any_object(text: str) -> dict[str, Any]:
    if not text.strip():
        raise Refused("is empty")
    try:
        told = json.loads(text, object_pairs_hook=_unrepeated, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        reason = error.msg.lower() if isinstance(error, json.JSONDecodeError) else str(error)
        raise Refused(f"is not JSON ({reason})") from None
    if not isinstance(told, dict):
        raise Refused("is not a JSON object")
    unknown = [key for key in told if key not in KEYS]
    if unknown:
        raise Refused(f"has the unknown key {unknown[0]!r}")
    missing = [key for key in KEYS if key not in told]
    if missing:
        raise Refused(f"lacks the key {missing[0]!r}")
    return told


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Refused(f"has the key {key!r} twice")
        found[key] = value
    return found


def _no_number(name: str) -> NoReturn:
    raise Refused(f"holds {name}, which is no number of JSON")
