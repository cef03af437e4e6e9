"""The events of a log as CloudEvents 1.0, one a line, in the JSON event format.

``source`` is what the log is called in its checkpoints and ``id`` the event id, so that the two
together name an event for ever, as CloudEvents demands. ``sequence`` is the position, written with
leading zeros because that extension is compared as a text. ``data`` is what the event says in the
newest schema version, with the texts that its body commits to in their places; a text that was
erased is not there, and is named in ``erased``. Its hashes are not here: they are in a log export.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any, Final, TextIO

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tracker.exchange.json_line import json_line
from tracker.store.codec import Texts, decode_json
from tracker.store.event_log import read_rows, texts_of
from tracker.store.schema import events
from tracker.store.upcasters import SCHEMA, upcast

Progress = Callable[[int], None]
"""how many events more are done"""

TYPE_PREFIX: Final = "initiative-tracker."
"""What stands before the kind of an event in its ``type``."""

SEQUENCE_DIGITS: Final = 19
"""As many as the largest position that a database can hold."""

_NAMED_AT_MOST = 500  # slugs that a query is given; more are looked through here


def write_cloudevents(
    connection: Connection,
    out: TextIO,
    log: str,
    position: int,
    only: Collection[str] | None = None,
    progress: Progress | None = None,
) -> int:
    """Write the first *position* events of the log called *log* to *out*; how many there were.

    *only* narrows them to the events of some initiatives. *connection* must see one state of the
    database throughout. Nothing is kept of what was written.
    """
    count = 0
    where = [events.c.position <= position]
    if only is not None and len(only) <= _NAMED_AT_MOST:
        where.append(events.c.initiative.in_(sorted(only)))
    for rows in read_rows(connection, *where):
        disclosed = texts_of(connection, [row.position for row in rows])
        for row in rows:
            if only is None or row.initiative in only:
                out.write(json_line(cloudevent(row, disclosed.get(row.position, {}), log)))
                count += 1
        if progress is not None:
            progress(len(rows))
    return count


def cloudevent(row: sa.Row[Any], disclosed: Texts, log: str) -> dict[str, Any]:
    """One row of ``events`` as a CloudEvent; *disclosed* are its texts that are still there."""
    about = {} if row.initiative is None else {"subject": row.initiative}
    return {
        "specversion": "1.0",
        "id": row.event_id,
        "source": log,
        "type": f"{TYPE_PREFIX}{row.kind}",
        **about,
        "time": row.recorded_at,
        "sequence": f"{row.position:0{SEQUENCE_DIGITS}d}",
        "datacontenttype": "application/json",
        "dataschema": f"urn:initiative-tracker:event:{row.kind}:{SCHEMA}",
        "data": _data(row, disclosed),
    }


def _data(row: sa.Row[Any], disclosed: Texts) -> dict[str, Any]:
    body = json.loads(row.body)
    decode_json(body, disclosed)  # which stops at a kind that this program does not know
    content = dict(upcast(row.kind, row.schema, body["content"]))
    erased = _disclose(content, disclosed)
    return {
        "position": row.position,
        "handle": f"{row.initiative}#{row.version}" if row.initiative else f"@{row.position}",
        "kind": row.kind,
        "type": row.type,
        "recorded_by": row.recorded_by,
        "witnessed": row.time == "witnessed",
        "content": content,
        "erased": erased,
    }


def _disclose(content: dict[str, Any], disclosed: Texts) -> list[str]:
    """Put the texts into the places of their hashes; the places of those that are gone."""
    places: list[tuple[dict[str, Any], str, str]] = []
    if "note" in content:
        places.append((content, "note", "note"))
    for number, source in enumerate(content.get("sources", ())):
        if "quote" in source:
            places.append((source, "quote", f"sources/{number}/quote"))
    gone = []
    for part, key, place in places:
        if place in disclosed:
            part[key] = disclosed[place]
        else:
            del part[key]
            gone.append(place)
    return gone
