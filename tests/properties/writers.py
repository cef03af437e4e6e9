"""What a writer and a reader of a shared log do, in threads and in processes of their own."""

from __future__ import annotations

import threading
from datetime import date

from tracker import Tracker, Viewpoint

SLUG = "il-114"
SOURCE = "https://example.org/report"
REGISTERED = 2
"""The position from which the initiative is there: its lifecycle comes first."""
_DAY = date(2025, 12, 31)


def write(url: str, name: str, events: int) -> None:
    """Record *events* developments and correct some of them, with an engine of one's own."""
    with Tracker.open(url, by=name) as log:
        for number in range(events):
            kind = ("talks-initiated", "commented", "suspended", "resumed")[number % 4]
            receipt = log.record(SLUG, kind, on=f"2025-0{1 + number % 9}-10", source=SOURCE)
            assert receipt.event is not None
            if number % 3 == 0:
                log.amend(f"@{receipt.event.position}", note=f"as {name} heard", reason="added")


class Reader(threading.Thread):
    """Follows the log while others write, and remembers what it was told."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.seen: list[tuple[int, str]] = []
        self.answers: dict[int, object] = {}
        self.done = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        """Take whatever lies after the last that was seen, until the writers are done."""
        try:
            with Tracker.open(self.url, by="reader") as log:
                while not self.done.is_set():
                    self._follow(log)
                self._follow(log)
        except BaseException as error:  # noqa: BLE001 -- told by whoever joins the thread
            self.failure = error

    def _follow(self, log: Tracker) -> None:
        last = self.seen[-1][0] if self.seen else 0
        self.seen += [(event.position, body) for event, body, _ in log.events(after=last)]
        position = self.seen[-1][0] if self.seen else 0
        if position >= REGISTERED and position not in self.answers:
            self.answers[position] = answer(log, position)


def answer(log: Tracker, position: int) -> object:
    """What the log says at a position, with the root that it rests on."""
    at = Viewpoint(_DAY, position)
    status = log.status(SLUG, at=at).standing.status
    return (status.compared, log.root(position))
