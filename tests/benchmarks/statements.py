"""The statements that some work sends to the database, to be run again on the bare driver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from attrs import frozen
from sqlalchemy import event
from sqlalchemy.engine import Engine


@frozen
class Statement:
    """SQL as the driver gets it, with its parameters; of *many* there is one set for each row."""

    sql: str
    parameters: Any
    many: bool

    def run(self, cursor: Any) -> Sequence[Any] | None:
        """Run it on the driver; the rows that it gives, None where it gives none."""
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
        yield found
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)


def of(engine: Engine, work: Callable[[], object]) -> list[Statement]:
    """The statements that *work* sends."""
    with noted(engine) as found:
        work()
    return found
