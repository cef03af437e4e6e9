"""The log in order, every event as an object, as fast as it can be read.

The same events as :func:`tracker.store.event_log.read`, for use on the whole log: no more of a row
is read than its body and its hash, and bodies are decoded by :mod:`tracker.store.decoding`.
"""

from __future__ import annotations

from collections.abc import Iterator

from tracker.domain.events import Event
from tracker.store.codec import Texts
from tracker.store.decoding import decode_quickly
from tracker.store.driver import Reader
from tracker.store.reading import rows, texts_of

BATCH = 200
"""How many events are read at once: about as many as fit into a processor's cache."""

_NONE: Texts = {}


def scan(
    reader: Reader,
    *,
    after: int = 0,
    until: int | None = None,
    initiative: str | None = None,
    kind: str | None = None,
    batch: int = BATCH,
) -> Iterator[tuple[Event, str, bytes]]:
    """Yield the events after *after* and up to *until*, as (event, canonical body, leaf hash).

    *initiative* and *kind* narrow it to the events of one. *batch* events are in memory at a time.
    """
    given = {"until": until, "initiative": initiative, "kind": kind}
    asked = {name: value for name, value in given.items() if value is not None}
    conditions = {
        "until": "position <= :until",
        "initiative": "initiative = :initiative",
        "kind": "kind = :kind",
    }
    where = "".join(f" AND {conditions[name]}" for name in asked)
    query = (
        f"SELECT position, body, leaf FROM events WHERE position > :after{where}"
        " ORDER BY position LIMIT :batch"
    )
    last = after
    while found := rows(reader, query, {**asked, "after": last, "batch": batch}):
        texts = texts_of(reader, [row[0] for row in found])
        for position, body, leaf in found:
            yield decode_quickly(body, texts.get(position, _NONE)), body, leaf
        last = found[-1][0]
        if len(found) < batch:
            return
