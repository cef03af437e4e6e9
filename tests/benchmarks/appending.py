"""One durable append after another, each with its projections."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import Any

from tests.benchmarks import peer, raw, written
from tests.benchmarks.agreement import agreed
from tests.benchmarks.desk import Desk, Server, Store
from tests.benchmarks.relay import relayed
from tests.benchmarks.rows import Goal, Row, in_words, ratio
from tracker import Source, Tracker
from tracker.domain.dates import format_instant
from tracker.store.ids import new_id

APPENDS = 50
"""How many of them a round has."""
_SOURCE = Source(url="https://example.org/1", title="A report", publisher="An agency", grade="B2")
_BOUNDS = {"SQLite": 0.7, "PostgreSQL": 0.6}
_DAY = "2024-05-17"


def rows(desk: Desk) -> Iterator[Row]:
    """Against a raw insert of the same row, and against the peer; by the clock as well."""
    for store in desk.stores:
        yield from _appends(desk, store)
        if isinstance(store, Server):
            yield _trips(desk, store)


def _appends(desk: Desk, store: Store) -> Iterator[Row]:
    url = desk.log(store)
    log, office = desk.opened(store), peer.filled(desk, store)
    slugs = _median_initiatives(url)
    before = log.head().position
    numbers = count(10**12)
    with ExitStack() as stack:
        bare = _filled(desk, store)
        connection = stack.enter_context(raw.connect(bare))
        log.record(slugs[0], "commented", on=_DAY, source=_SOURCE)
        (template,) = raw.event_rows(url, after=before)
        begin = "BEGIN" if raw.is_postgresql(url) else "BEGIN IMMEDIATE"
        insert = raw.insert(url)

        def recorded(slug: str) -> None:
            log.record(slug, "commented", on=_DAY, source=_SOURCE)

        def kept() -> None:
            with log.appending():
                deque(map(recorded, slugs), maxlen=0)

        def inserted(_slug: str) -> None:
            connection.execute(begin)
            connection.execute(insert, _renewed(template, next(numbers)))
            connection.execute("COMMIT")

        def saved(slug: str) -> None:
            office.record(slug, next(numbers), _account(), format_instant(datetime.now(UTC)))

        def each(work: Callable[[str], None]) -> Callable[[], object]:
            return lambda: deque(map(work, slugs), maxlen=0)

        there = _counts(url, bare, office)
        sides = {"tracker": kept, "raw": each(inserted), "eventsourcing": each(saved)}
        if not isinstance(store, Server):
            sides["alone"] = each(recorded)
        spent = store.stopwatch.compared(sides, desk.most_rounds)
        added = APPENDS * desk.most_rounds
        agreed(
            f"how many events were appended to {store.title}",
            {
                "the appends": dict.fromkeys(there, added) | {"tracker": added * (len(sides) - 2)},
                "the tables": {
                    name: now - there[name] for name, now in _counts(url, bare, office).items()
                },
            },
        )
    what = "a durable append with its projections"
    against = f"a raw insert with the same settings, {store.title}"
    bound = _BOUNDS[store.title]
    two = ("tracker", "raw")
    yield ratio(what, against, spent, "rate", bound, sides=two, each=APPENDS)
    yield ratio(
        f"{what}, by the clock", against, spent, "rate", sides=two, each=APPENDS, by_wall=True
    )
    if "alone" in spent:
        yield ratio(
            f"{what}, opening the file for each",
            against,
            spent,
            "rate",
            sides=("alone", "raw"),
            each=APPENDS,
        )
    yield ratio(
        what,
        f"eventsourcing, which projects nothing, {store.title}",
        spent,
        "rate",
        sides=("tracker", "eventsourcing"),
        each=APPENDS,
    )


def _median_initiatives(url: str) -> list[str]:
    """Initiatives with as many events as the one in the middle, or about as many."""
    with raw.connect(url) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT count(*), initiative FROM events WHERE initiative IS NOT NULL"
            " GROUP BY initiative ORDER BY 1, 2"
        )
        slugs = [slug for _, slug in cursor.fetchall()]
    middle = slugs[len(slugs) // 3 : len(slugs) * 2 // 3 + 1]
    return Random(4).choices(middle, k=APPENDS)


def _filled(desk: Desk, store: Store) -> str:
    """The raw limit with all events of the log in it already."""

    def made() -> str:
        url = store.fresh("raw")
        raw.emptied(url)
        with raw.connect(url) as connection:
            raw.insert_in_bulk(connection, raw.event_rows(desk.log(store)))
        store.settle("raw")
        return url

    return desk.once(("raw", store.title), made)


def _renewed(row: tuple[Any, ...], number: int) -> tuple[Any, ...]:
    """The same bytes, as an event of its own."""
    own = dict(zip(raw.COLUMNS, row, strict=True))
    own |= {"position": number, "event_id": new_id(datetime.now(UTC)), "version": number}
    return tuple(own.values())


def _account() -> dict[str, Any]:
    """What the peer is told of the same development."""
    on = {"text": _DAY, "edtf": _DAY, "lo": _DAY, "hi": _DAY}
    source = {
        "url": _SOURCE.url,
        "title": _SOURCE.title,
        "publisher": _SOURCE.publisher,
        "grade": _SOURCE.grade,
    }
    return {
        "mode": "occurred",
        "type": "commented",
        "on": on,
        "sources": [source],
        "event_id": str(uuid.uuid4()),
    }


def _counts(url: str, bare: str, office: peer.Office) -> dict[str, int]:
    found = {"eventsourcing": office.recorder.max_notification_id() or 0}
    for name, where in (("tracker", url), ("raw", bare)):
        with raw.connect(where) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT count(*) FROM events")
            found[name] = int(cursor.fetchone()[0])
    return found


def _trips(desk: Desk, store: Server) -> Row:
    """How often an append waits for the server, seen between the two."""
    slugs = _median_initiatives(desk.log(store))[:10]
    with (
        relayed(desk.folder / "relay", store.home) as relay,
        Tracker.open(relay.url(desk.log(store)), by=written.BY) as log,
    ):
        log.record(slugs[0], "commented", on=_DAY, source=_SOURCE)
        before = relay.trips
        for slug in slugs:
            log.record(slug, "commented", on=_DAY, source=_SOURCE)
        figure = (relay.trips - before) / len(slugs)
    goal = Goal("trips", 2)
    shown = in_words("trips", figure)
    return Row("a durable append", "the server", shown, "–", "trips", figure, goal)
