"""APSW behind the face of Python's sqlite3, so that tracker's own engine runs on another disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest
from sqlalchemy import event
from sqlalchemy.engine import URL, Engine

from tracker.application import opening
from tracker.store import engine as store_engine

_Parameters = Sequence[Any] | Mapping[str, Any]


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        raise sqlite3.OperationalError(str(error)) from error


def _given(parameters: _Parameters) -> Any:
    """By name, or by place."""
    return parameters if isinstance(parameters, Mapping) else tuple(parameters)


class Cursor:
    """The part of a DB-API cursor (PEP 249) that SQLAlchemy and tracker use."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[tuple[Any, ...]] = []
        self.description: tuple[tuple[Any, ...], ...] | None = None
        self.rowcount = -1
        self.arraysize = 1

    def execute(self, statement: str, parameters: _Parameters = ()) -> Cursor:
        """Run a statement, and fetch what it gives."""
        return self._run(statement, [parameters])

    def executemany(self, statement: str, many: Iterable[_Parameters]) -> Cursor:
        """Run a statement for each of *many*."""
        return self._run(statement, many)

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row."""
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """The next rows."""
        size = size or self.arraysize
        taken, self._rows = self._rows[:size], self._rows[size:]
        return taken

    def fetchall(self) -> list[tuple[Any, ...]]:
        """The rest of the rows."""
        taken, self._rows = self._rows, []
        return taken

    def close(self) -> None:
        """Let go of the rows."""
        self._rows = []

    @property
    def lastrowid(self) -> int:
        """The last rowid that was inserted."""
        return self._connection.real.last_insert_rowid()

    def _run(self, statement: str, many: Iterable[_Parameters]) -> Cursor:
        real = self._connection.real
        cursor = real.cursor()
        self.description = None

        def look(running: apsw.Cursor, _statement: str, _bindings: object) -> bool:
            # The only moment at which the columns of an answer without rows can be asked for.
            columns = running.get_description()
            if columns:
                self.description = tuple((name, *[None] * 6) for name, _ in columns)
            return True

        cursor.exec_trace = look
        with _translated():
            before = real.total_changes()
            self._rows = [
                row for parameters in many for row in cursor.execute(statement, _given(parameters))
            ]
            self.rowcount = real.total_changes() - before if self.description is None else -1
        return self


class Connection:
    """The part of a sqlite3 connection that SQLAlchemy and tracker use."""

    def __init__(self, path: str, system: str, timeout: float) -> None:
        with _translated():
            self.real = apsw.Connection(path, vfs=system)
            self.real.set_busy_timeout(int(timeout * 1000))
        self.isolation_level = None

    def cursor(self) -> Cursor:
        """A cursor."""
        return Cursor(self)

    def execute(self, statement: str, parameters: _Parameters = ()) -> Cursor:
        """A cursor on which *statement* has run."""
        return self.cursor().execute(statement, parameters)

    def executemany(self, statement: str, many: Iterable[_Parameters]) -> Cursor:
        """A cursor on which *statement* has run for each of *many*."""
        return self.cursor().executemany(statement, many)

    def create_function(
        self, name: str, narg: int, function: Callable[..., Any] | None, *, deterministic: bool
    ) -> None:
        """Make a function that SQL may call."""
        self.real.create_scalar_function(name, function, narg, deterministic=deterministic)

    def commit(self) -> None:
        """Commit what was begun, as sqlite3 does."""
        self._end("COMMIT")

    def rollback(self) -> None:
        """Take back what was begun, as sqlite3 does."""
        self._end("ROLLBACK")

    def close(self) -> None:
        """Let go of the file."""
        with _translated():
            self.real.close()

    def _end(self, statement: str) -> None:
        if self.real.in_transaction:
            self.execute(statement)


@contextmanager
def on_disk(system: str, *pragmas: str) -> Iterator[None]:
    """All that tracker opens meanwhile lies on the file system called *system*.

    *pragmas* are set on each connection after tracker's own, to see what would be without them.
    """

    class Driver:
        Error = sqlite3.Error

        @staticmethod
        def connect(path: str | Path, timeout: float = 5, **_: object) -> Connection:
            return Connection(str(path), system, timeout)

    make = store_engine.make_engine

    def made(url: URL, *more: float, **named: Any) -> Engine:
        engine = make(url, *more, **named)

        @event.listens_for(engine, "do_connect")
        def _connect(_dialect: object, _record: object, _args: object, given: Any) -> Connection:
            return Connection(str(url.database), system, given["timeout"])

        @event.listens_for(engine, "connect")
        def _set(connection: Connection, _record: object) -> None:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")

        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_engine, "make_engine", made)
        # Python's own driver knows nothing of that disk.
        patch.setattr(opening, "path_of", lambda _: None)
        patch.setattr(store_engine, "sqlite3", Driver)
        yield
