"""The driver beneath a connection of SQLAlchemy's: the same transaction, without its overhead.

An append runs a few fixed statements; building each of them anew took longer than the database took
to carry it out. On PostgreSQL the statements of an append are also sent together, in the pipeline
mode of the protocol: foreseen queries go with the request for the lock, and writes with the commit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from attrs import field, frozen, mutable

from tracker.store.file_reader import FileReader

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

Reader: TypeAlias = "Connection | FileReader | ServerDriver"
"""What runs a query: a connection of SQLAlchemy's, or a database through the driver alone."""

_T = TypeVar("_T")

COPIED_AT_LEAST = 50
"""From so many rows on, PostgreSQL is sent them by COPY: fewer are sent faster one by one."""


@frozen
class FileDriver(FileReader):
    """A SQLite file, asked and written in SQL with named parameters."""

    def write(self, table: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert *rows* into *table*."""
        # By place: the driver looks up each name of each row anew.
        self.connection.executemany(placed(table, tuple(columns)), by_place(columns, rows))

    def change(self, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carry out *statement*, which answers nothing, for each of *rows*."""
        self.connection.executemany(statement, rows)

    def foresee(self, query: str, parameters: Mapping[str, Any]) -> None:
        """Do nothing: a file answers at once, so that sending a query early gains nothing."""

    def later(self, ask: Callable[[Reader], _T]) -> Callable[[], _T]:
        """What *ask* finds of this state of the log, to be had when the transaction is over."""
        found = ask(self)
        return lambda: found

    @contextmanager
    def pipelined(self, *, dry_run: bool) -> Iterator[None]:  # noqa: ARG002 -- a server's
        """Do nothing: a file has no round trips to save, and its transaction ends as usual."""
        yield


@mutable
class ServerDriver:
    """A PostgreSQL server, asked and written in SQL with named parameters.

    While *is_pipelined*, what is written is sent with the next question or at the commit, and its
    errors come with those.
    """

    connection: Any
    is_pipelined: bool = False
    _foreseen: dict[tuple[Any, ...], Any] = field(factory=dict)

    def rows(self, query: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What *query* finds; a list given for ``IN :name`` stands for its values."""
        foreseen = self._foreseen.pop(_key(query, parameters), None) if self._foreseen else None
        found: list[tuple[Any, ...]] = (foreseen or self._sent(query, parameters)).fetchall()
        return found

    def write(self, table: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert *rows* into *table*; many are copied, outside of a pipeline."""
        if self.is_pipelined or len(rows) < COPIED_AT_LEAST:
            self.change(_insert(table, tuple(columns)), rows)
            return
        with (
            self.connection.cursor() as cursor,
            cursor.copy(copied(table, columns)) as copy,
        ):
            for row in by_place(columns, rows):
                copy.write_row(row)

    def change(self, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carry out *statement*, which answers nothing, for each of *rows*."""
        if not self.is_pipelined and len(rows) > 1:
            with self.connection.cursor() as cursor:
                cursor.executemany(for_psycopg(statement), rows)
            return
        for row in rows:
            self._sent(statement, row)

    def foresee(self, query: str, parameters: Mapping[str, Any]) -> None:
        """Send a query in a pipeline without waiting; :meth:`rows` returns its answer later.

        Send it before the first statement that writes, or after the last: the answer is that of the
        moment at which it is sent.
        """
        if self.is_pipelined:
            self._foreseen[_key(query, parameters)] = self._sent(query, parameters)

    def later(self, ask: Callable[[Reader], _T]) -> Callable[[], _T]:
        """Return a function that gives what *ask* finds, to be called when the transaction is over.

        In a pipeline, *ask* runs twice: once to send its queries (it sees empty results), once to
        read the answers. It must send the same queries both times.
        """
        if not self.is_pipelined:
            found = ask(self)
            return lambda: found
        ask(_Foreseeing(self))
        return lambda: ask(self)

    @contextmanager
    def pipelined(self, *, dry_run: bool) -> Iterator[None]:
        """Run a transaction whose statements are sent together, its end with the last of them.

        The driver by itself would wait for the answer to BEGIN, and to COMMIT.
        """
        connection = self.connection
        connection.rollback()  # end the transaction of the queries that found out how to write
        connection.autocommit = True
        try:
            with connection.pipeline():
                self.is_pipelined = True
                connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
                yield
                connection.execute("ROLLBACK" if dry_run else "COMMIT")
        finally:
            self.is_pipelined = False
            if not connection.closed:
                connection.rollback()
                connection.autocommit = False

    def _sent(self, query: str, parameters: Mapping[str, Any]) -> Any:
        alone = _alone(parameters)
        given = {**parameters, **alone} if alone else parameters
        return self.connection.execute(for_psycopg(query, tuple(alone)), given)


@frozen
class _Foreseeing(FileReader):
    """Sends the queries of *ask* ahead (:meth:`ServerDriver.later`); all results are empty."""

    connection: Any

    def rows(self, query: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Send the query, and return nothing yet."""
        self.connection.foresee(query, parameters)
        return []


Driver: TypeAlias = FileDriver | ServerDriver


def beneath(connection: Connection) -> Driver:
    """Return the driver beneath *connection*: what it runs is in the same transaction."""
    driver: Any = connection.connection.dbapi_connection
    return FileDriver(driver) if connection.dialect.name == "sqlite" else ServerDriver(driver)


@contextmanager
def told_as_before(connection: Connection) -> Iterator[None]:
    """Raise what the driver raises as SQLAlchemy does."""
    dbapi: Any = connection.dialect.loaded_dbapi
    try:
        yield
    except dbapi.Error as error:
        raise as_sqlalchemys(connection, error) from error


def as_sqlalchemys(
    connection: Connection,
    error: Exception,
    statement: str | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Exception:
    """What SQLAlchemy raises for an *error* of its driver: DBAPIError, with that error in it."""
    import sqlalchemy as sa

    dbapi: Any = connection.dialect.loaded_dbapi
    told: Exception = sa.exc.DBAPIError.instance(
        statement, parameters, error, dbapi.Error, hide_parameters=True
    )
    return told


@lru_cache(maxsize=256)
def placed(table: str, columns: tuple[str, ...]) -> str:
    """The insertion of rows whose values are given by place."""
    places = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"


def copied(table: str, columns: Sequence[str]) -> str:
    """The copying of rows whose values are given by place."""
    return f"COPY {table} ({', '.join(columns)}) FROM STDIN"


def by_place(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """The values of *rows*, each in the order of *columns*, of which there are two or more."""
    return list(map(itemgetter(*columns), rows))


@lru_cache(maxsize=256)
def _insert(table: str, columns: tuple[str, ...]) -> str:
    places = ", ".join(f":{name}" for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"


# What stands in quotation marks, a name or a text, is no parameter.
_NAMED = re.compile(
    r"""(?P<quoted>"[^"]*"|'[^']*')|(?P<list>\bIN )?(?<![:\w]):(?P<name>[a-z_]\w*)""", re.IGNORECASE
)


def _alone(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are alone in their list, by the name of the list.

    They are passed as values, since PostgreSQL plans a query about an array anew each time.
    """
    return {
        name: each[0]
        for name, each in parameters.items()
        if isinstance(each, list) and len(each) == 1
    }


@lru_cache(maxsize=256)
def for_psycopg(query: str, alone: tuple[str, ...] = ()) -> str:
    """Return *query* with its parameters in psycopg's form; a list becomes an array of any length.

    The lists named in *alone* have one value, and become that value.
    """

    def named(match: re.Match[str]) -> str:
        if match["quoted"]:
            return match["quoted"]
        place = f"%({match['name']})s"
        if not match["list"]:
            return place
        return f"= {place}" if match["name"] in alone else f"= ANY({place})"

    return _NAMED.sub(named, query.replace("%", "%%"))


def _key(query: str, parameters: Mapping[str, Any]) -> tuple[Any, ...]:
    values = [tuple(each) if isinstance(each, list) else each for each in parameters.values()]
    return query, *parameters, *values
