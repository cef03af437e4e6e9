"""What a recorder sends to the server, made by hand: an event as its columns, to be spoilt."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.logs import canonical
from tracker.domain.dates import parse_edtf
from tracker.domain.events import Account, Draft, Event, Recorded, What
from tracker.domain.evidence import Source
from tracker.store.codec import encode
from tracker.store.event_log import Row, columns, head
from tracker.store.schema import events

SOURCE = Source(url="https://example.org/a", quote="it has begun", grade="B2")


def comment(**more: Any) -> Recorded:
    """A development of no effect, with a quote."""
    told: dict[str, Any] = {"on": parse_edtf("2024-05-06"), "sources": (SOURCE,), **more}
    return Recorded(Account(mode="occurred", type="commented", **told))


def next_event(
    engine: Engine, what: What | None = None, initiative: str | None = "mi-8"
) -> tuple[Row, list[Row]]:
    """The columns, without the hash, and the texts of the event that could come next, just now."""
    what = what or comment()
    with engine.connect() as connection:
        last = head(connection)
        own = sa.select(sa.func.max(events.c.version)).where(events.c.initiative == initiative)
        version = (connection.execute(own).scalar() or 0) + 1 if initiative else 0
        places = dict(
            map(tuple, connection.execute(sa.select(events.c.event_id, events.c.position)))
        )
    at = datetime.now(UTC)
    if last.recorded_at is not None:
        at = max(at, last.recorded_at + timedelta(microseconds=1))
    draft = Draft(str(uuid.uuid4()), initiative, what, at)
    body, disclosed = encode(draft, last.position + 1, version, "anna")
    event = Event(
        position=last.position + 1,
        event_id=draft.event_id,
        initiative=initiative,
        version=version,
        recorded_at=at,
        time="witnessed",
        recorded_by="anna",
        what=what,
    )
    row = columns(event, body, places.get)
    del row["leaf"]
    texts = [
        {"position": event.position, "field": d.field, "salt": f"\\x{d.salt.hex()}", "text": d.text}
        for d in disclosed
    ]
    return row, texts


def rewritten(row: Row, change: Callable[[dict[str, Any]], object]) -> Row:
    """*row* with a changed body, and columns that say the same as it."""
    body = json.loads(row["body"])
    change(body)
    same = {name: body[name] for name in row if name in body}
    return {**row, **same, "body": canonical(body)}
