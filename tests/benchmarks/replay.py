"""Replay: every event as an object, and the narrow fold to phases."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from tests.benchmarks import peer, raw
from tests.benchmarks.agreement import agreed, digest
from tests.benchmarks.desk import Desk, Store
from tests.benchmarks.rows import Row, ratio
from tracker import Tracker, Viewpoint
from tracker.domain.events import InitiativeRegistered, LifecycleAdopted, Withdrawn, account_of


def rows(desk: Desk) -> Iterator[Row]:
    """Both, on every kind of database."""
    for store in desk.stores:
        yield _objects(desk, store)
        yield _narrow(desk, store)


def _objects(desk: Desk, store: Store) -> Row:
    log, office = desk.opened(store), peer.filled(desk, store)
    agreed(
        f"the events of {store.title}",
        {
            "tracker": digest(_told(event) for event, _, _ in log.events() if event.initiative),
            "eventsourcing": digest(map(_told_by_peer, peer.events(office))),
        },
    )
    spent = store.stopwatch.compared(
        {
            "tracker": lambda: deque(log.events(), maxlen=0),
            "eventsourcing": lambda: deque(peer.events(office), maxlen=0),
        },
        desk.rounds(45),
    )
    return ratio(
        "replay of all events as attrs objects",
        f"eventsourcing, {store.title}",
        spent,
        "faster",
        4,
        sides=("tracker", "eventsourcing"),
    )


def _told(event: Any) -> tuple[object, ...]:
    what = event.what
    assert not isinstance(what, LifecycleAdopted)
    if isinstance(what, InitiativeRegistered):
        return "registered", what.profile.title
    if isinstance(what, Withdrawn):
        return "withdrawn", what.reason
    account = account_of(what)
    assert account is not None
    source = account.sources[0]
    return account.mode, account.type, account.on.edtf, account.on.hi.isoformat(), source.quote


def _told_by_peer(event: Any) -> tuple[object, ...]:
    if hasattr(event, "profile"):
        return "registered", event.profile["title"]
    if not hasattr(event, "account"):
        return "withdrawn", event.reason
    account = event.account
    on, source = account["on"], account["sources"][0]
    return account["mode"], account["type"], on["edtf"], on["hi"], source["quote"]


def _narrow(desk: Desk, store: Store) -> Row:
    log = desk.opened(store)
    at = log.viewpoint(as_of="2024-12-31")
    as_of = at.as_of.isoformat()
    with raw.connect(desk.log(store)) as connection:
        agreed(
            f"the phases of {store.title}",
            {
                "tracker": phases(log, at),
                "the raw scan": raw.phases(connection, as_of, at.position),
            },
        )
        spent = store.stopwatch.compared(
            {
                "tracker": lambda: phases(log, at),
                "raw": lambda: raw.phases(connection, as_of, at.position),
            },
            desk.rounds(60),
        )
    return ratio(
        "narrow replay folding to phases",
        f"the raw scan with the same fold, {store.title}",
        spent,
        "rate",
        0.8,
        sides=("tracker", "raw"),
    )


def phases(log: Tracker, at: Viewpoint) -> dict[str, str]:
    """What phase each initiative is in that has entered one, told by a replay of phases alone."""
    return {entered.initiative: entered.phase for entered in log.phases(at)}
