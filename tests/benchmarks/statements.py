"""The statements that some work sends to the database, to be run again on the bare driver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from attrs import frozen
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tracker.store.driver import (
    COPIED_AT_LEAST,
    FileDriver,
    ServerDriver,
    by_place,
    copied,
    for_psycopg,
    placed,
)
from tracker.store.file_reader import spread

_COPY = "COPY "


@frozen
class Statement:
    """SQL as the driver gets it, with its parameters; of *many* there is one set for each row."""

    sql: str
    parameters: Any
    many: bool

    def run(self, cursor: Any) -> Sequence[Any] | None:
        """Run it on the driver; the rows that it gives, None where it gives none."""
        if self.sql.startswith(_COPY):
            with cursor.copy(self.sql) as copy:
                for row in self.parameters:
                    copy.write_row(row)
            return None
        if self.many:
            cursor.executemany(self.sql, self.parameters)
        else:
            cursor.execute(self.sql, self.parameters)
        return None if cursor.description is None else cursor.fetchall()


def run_all(cursor: Any, statements: Sequence[Statement]) -> None:
    """Run them one after another, and fetch what they give."""
    for statement in statements:
        statement.run(cursor)


@contextmanager
def noted(engine: Engine) -> Iterator[list[Statement]]:
    """Note every statement that *engine* sends meanwhile, in order."""
    found: list[Statement] = []

    def note(
        _connection: object,
        _cursor: object,
        sql: str,
        parameters: Any,
        _context: object,
        many: bool,
    ) -> None:
        found.append(Statement(sql, parameters, many))

    def committed(_connection: object) -> None:
        found.append(Statement("COMMIT", (), False))

    def rolled_back(_connection: object) -> None:
        found.append(Statement("ROLLBACK", (), False))

    listeners = (
        ("before_cursor_execute", note),
        ("commit", committed),
        ("rollback", rolled_back),
    )
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        with _noted_beneath(found):
            yield found
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)


@contextmanager
def _noted_beneath(found: list[Statement]) -> Iterator[None]:
    """Note what goes to the driver beneath SQLAlchemy, of which an engine tells nobody."""

    def file_write(_: Any, table: str, columns: Sequence[str], rows: Sequence[Any]) -> None:
        found.append(Statement(placed(table, tuple(columns)), by_place(columns, rows), many=True))

    def file_change(_: Any, sql: str, rows: Sequence[Any]) -> None:
        found.append(Statement(sql, list(rows), many=True))

    def file_rows(_: Any, query: str, parameters: Mapping[str, Any]) -> None:
        found.append(Statement(*spread(query, parameters), many=False))

    def server_write(
        self: ServerDriver, table: str, columns: Sequence[str], rows: Sequence[Any]
    ) -> None:
        if not self.is_pipelined and len(rows) >= COPIED_AT_LEAST:
            found.append(Statement(copied(table, columns), by_place(columns, rows), many=True))

    def server_change(self: ServerDriver, sql: str, rows: Sequence[Any]) -> None:
        if not self.is_pipelined and len(rows) > 1:
            found.append(Statement(for_psycopg(sql), list(rows), many=True))

    def server_sent(_: Any, query: str, parameters: Mapping[str, Any]) -> None:
        found.append(Statement(for_psycopg(query), parameters, many=False))

    listening: tuple[tuple[type, str, Callable[..., None]], ...] = (
        (FileDriver, "write", file_write),
        (FileDriver, "change", file_change),
        (FileDriver, "rows", file_rows),
        (ServerDriver, "write", server_write),
        (ServerDriver, "change", server_change),
        (ServerDriver, "_sent", server_sent),
    )
    with ExitStack() as stack:
        for cls, name, note in listening:
            stack.enter_context(mock.patch.object(cls, name, _also(note, getattr(cls, name))))
        yield


def _also(note: Callable[..., None], right: Callable[..., Any]) -> Callable[..., Any]:
    def both(*given: Any) -> Any:
        note(*given)
        return right(*given)

    return both


def of(engine: Engine, work: Callable[[], object]) -> list[Statement]:
    """The statements that *work* sends."""
    with noted(engine) as found:
        work()
    return found
