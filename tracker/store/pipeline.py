"""The statements of an append on their way to a PostgreSQL server, without a cursor for each.

The pipeline mode of libpq, told through psycopg's own wrapper of it. psycopg's pipeline makes a
cursor of every statement, finds out the types of all values, and sends each statement by itself:
25 µs of this process, and a wakening of the server, for what takes 5 here. Values travel as texts,
whose types the server tells from where they stand, and every statement is prepared once in the life
of a connection.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, TypeAlias

import psycopg
from attrs import field, mutable
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import InvalidSqlStatementName, PipelineAborted, error_from_result
from psycopg.generators import fetch_many, send

Statement: TypeAlias = "tuple[str, tuple[str, ...]]"
"""SQL with ``$1``, ``$2`` …, and the names of the values that belong there."""
Value: TypeAlias = "bytes | None"

_numbers = count(1)
_ABORTED = pq.ExecStatus.PIPELINE_ABORTED
_FAILED = pq.ExecStatus.FATAL_ERROR
_SYNCED = pq.ExecStatus.PIPELINE_SYNC
_FINE = pq.ConnStatus.OK
_BINARY, _TEXT = pq.Format.BINARY, pq.Format.TEXT


@mutable(eq=False)
class Sent:
    """A statement on its way; *prepares* is the name it is given, where it is being prepared."""

    statement: Statement
    parameters: Mapping[str, Any]
    prepares: bytes | None = None
    is_hurried: bool = False
    """Whether the server was told to answer it before the end."""
    result: Any = None


@mutable(eq=False)
class Pipeline:
    """A transaction whose statements travel together.

    *prepared* are the statements that *connection* has prepared, by what they say: it is kept as
    long as that connection is.
    """

    connection: psycopg.Connection[Any]
    prepared: dict[str, bytes]
    _encoding: str = field(init=False)
    _reads: Any = field(init=False)
    _waiting: deque[Sent | None] = field(factory=deque)
    _new: dict[str, bytes] = field(factory=dict)
    _first: list[Sent] | None = field(factory=list)
    _syncs: int = 0
    """How many of its ends have been sent, and not been answered yet."""

    def __attrs_post_init__(self) -> None:
        # As psycopg has it: where the server does not say, what it holds is UTF-8.
        self._reads = Transformer(self.connection)
        told = self.connection.info.encoding
        self._encoding = "utf-8" if told == "ascii" else told

    @contextmanager
    def transaction(self, *, dry_run: bool) -> Iterator[None]:
        """Begin with what is sent first, and commit (or, with *dry_run*, roll back) at the end.

        The connection must be in no transaction. Errors are those of psycopg.
        """
        pgconn = self.connection.pgconn
        pgconn.enter_pipeline_mode()
        try:
            self.send(("BEGIN ISOLATION LEVEL READ COMMITTED", ()), {})
            yield
            self.send(("ROLLBACK" if dry_run else "COMMIT", ()), {})
            self._synced()
        except BaseException:
            # Even where all was answered: only after its end is it known what transaction is open.
            if pgconn.status == _FINE:
                self._abandoned()
            raise
        finally:
            if pgconn.status == _FINE:
                pgconn.exit_pipeline_mode()

    def send(self, statement: Statement, parameters: Mapping[str, Any]) -> Sent:
        """Send *statement*, without waiting for what it answers."""
        sent = Sent(statement, parameters)
        if self._first is not None:
            self._first.append(sent)
        self._send(sent)
        return sent

    def rows(self, sent: Sent) -> list[tuple[Any, ...]]:
        """What a statement answered, waited for if need be; with all errors up to then."""
        if sent.result is None:
            self._answered(sent)
        self._reads.set_pgresult(sent.result)
        found: list[tuple[Any, ...]] = self._reads.load_rows(0, sent.result.ntuples, tuple)
        return found

    def _send(self, sent: Sent) -> None:
        sql, names = sent.statement
        pgconn = self.connection.pgconn
        values = [_value(sent.parameters[name], self._encoding) for name in names]
        formats = [_BINARY if isinstance(sent.parameters[name], bytes) else _TEXT for name in names]
        name = self.prepared.get(sql) or self._new.get(sql)
        if name is None:
            name = self._new[sql] = sent.prepares = b"tracker_%d" % next(_numbers)
            pgconn.send_prepare(name, sql.encode(self._encoding))
            self._waiting.append(None)
        pgconn.send_query_prepared(name, values, formats)
        self._waiting.append(sent)

    def _answered(self, sent: Sent) -> None:
        """Wait until *sent* has its answer."""
        if not sent.is_hurried:
            self._hurry()
        try:
            self._wait(until=sent)
        except InvalidSqlStatementName:
            if self._first is None:
                raise
            self._anew(self._first)
            self._wait(until=sent)
        self._first = None

    def _anew(self, first: Sequence[Sent]) -> None:
        """Begin the transaction again: what was prepared is gone, as after DEALLOCATE ALL."""
        self._abandoned()
        self.prepared.clear()
        self.connection.pgconn.send_query_params(b"ROLLBACK", None)
        self._waiting.append(None)
        for each in first:
            self._send(each)
        self._hurry()

    def _hurry(self) -> None:
        """Have all that was sent answered now."""
        self.connection.pgconn.send_flush_request()
        for sent in self._waiting:
            if sent is not None:
                sent.is_hurried = True

    def _synced(self) -> None:
        """Wait for the answers to all that was sent, and for the end of it."""
        self._sync()
        self._waiting.append(None)
        self._wait(until=None)

    def _abandoned(self) -> None:
        """Take in what is still to come, whatever it is."""
        self._waiting.clear()
        self._new.clear()
        self._sync()
        self.connection.wait(self._drained())

    def _sync(self) -> None:
        self.connection.pgconn.pipeline_sync()
        self._syncs += 1

    def _wait(self, until: Sent | None) -> None:
        self.connection.wait(self._fetched(until))

    def _fetched(self, until: Sent | None) -> Any:
        """Take in answers up to that of *until*, or all; what psycopg's ``wait`` is given."""
        pgconn = self.connection.pgconn
        yield from send(pgconn)
        while self._waiting and (until is None or until.result is None):
            (result,) = yield from fetch_many(pgconn)
            waited = self._waiting.popleft()
            if result.status == _FAILED:
                raise error_from_result(result, encoding=self._encoding)
            if result.status == _ABORTED:
                raise PipelineAborted("pipeline aborted")
            self._syncs -= result.status == _SYNCED
            if waited is not None:
                self._note(waited, result)

    def _drained(self) -> Any:
        """Take in answers up to the last end that was sent."""
        pgconn = self.connection.pgconn
        yield from send(pgconn)
        while self._syncs:
            told = yield from fetch_many(pgconn)
            self._syncs -= bool(told) and told[-1].status == _SYNCED

    def _note(self, sent: Sent, result: Any) -> None:
        sent.result = result
        if sent.prepares is not None:
            sql = sent.statement[0]
            self.prepared[sql] = self._new.pop(sql)


def _value(given: object, encoding: str) -> Value:
    """A value as the server reads it: all but bytes as a text."""
    if isinstance(given, str):
        if "\x00" in given:
            raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
        return given.encode(encoding)
    if given is None or isinstance(given, bytes):
        return given
    if isinstance(given, int) and not isinstance(given, bool):
        return b"%d" % given
    if isinstance(given, list):
        return b"{%b}" % b",".join(_element(each, encoding) for each in given)
    message = f"no column holds a {type(given).__name__}"
    raise TypeError(message)


def _element(given: object, encoding: str) -> bytes:
    """A value in an array (section 8.15.6 of the manual of PostgreSQL)."""
    told = _value(given, encoding) or b""
    return b'"%b"' % told.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
