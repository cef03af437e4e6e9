"""What a command took, for whoever asks with ``-v``: which log, how far it goes, how long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from attrs import Factory, define

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracker.application import Tracker
    from tracker.application.opening import OpenLog


@define
class Usage:
    """Watches the logs that a command opens, from its beginning on."""

    _began: float = Factory(time.monotonic)
    _statements: int = 0
    _logs: list[str] = Factory(list)

    def watch(self, log: Tracker) -> None:
        """Count what is asked of *log*, and see at its end how far it goes."""
        from sqlalchemy import event

        event.listen(log.engine, "before_cursor_execute", self._count)
        log.log.watch = self._count
        log.log.on_close = self._look_at

    def lines(self) -> Iterator[str]:
        """A line for each log that was opened, and one for the time."""
        yield from self._logs
        yield f"took {time.monotonic() - self._began:.2f} s"

    def _count(self, *_: object) -> None:
        self._statements += 1

    def _look_at(self, log: OpenLog) -> None:
        from sqlalchemy.exc import SQLAlchemyError

        from tracker.errors import TrackerError
        from tracker.store import event_log, migrate

        asked, self._statements = self._statements, 0
        told = f"log {log.name}: {asked} statement{'s' * (asked != 1)}"
        try:
            with event_log.reading(log.engine) as connection:
                revision = migrate.revision(connection)
                position = event_log.head(connection).position
        except (SQLAlchemyError, TrackerError):  # the error of the command itself says why
            self._logs.append(told)
            return
        self._logs.append(f"{told}, schema revision {revision}, position @{position}")
