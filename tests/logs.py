"""One small log in which everything happens, in a real database, and ways to tamper with it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from tests.histories import (
    Adopting,
    Amending,
    Linking,
    Recording,
    Registering,
    Retiring,
    Revising,
    Step,
    Unlinking,
    Withdrawing,
    record,
)
from tracker.domain.merkle import Frontier, leaf_hash
from tracker.store import migrate, schema
from tracker.store.engine import create_file, make_engine, parse_url
from tracker.store.guards import install_guards

STORY: tuple[Step, ...] = (
    Registering(slug="il-1", lifecycle="road"),  # @1 adopts, @2
    Registering(slug="mi-8", lifecycle="deal"),  # @3 adopts, @4
    Recording(slug="il-1", type="begun", on="2024-03-10", note="Überbringer: a desk"),  # @5
    Recording(slug="il-1", type="agreed", after=0),  # @6, after @5
    Recording(slug="mi-8", mode="planned", type="agreed", on="2025"),  # @7
    Recording(slug="mi-8", type="begun", on="2024-05"),  # @8
    Amending(fact=0, on="2024-03-11"),  # @9
    Linking(slug="il-1", kind="follows", other="mi-8"),  # @10
    Adopting(lifecycle="road", definition=1),  # @11
    Adopting(lifecycle="deal", definition=2),  # @12
    Revising(slug="il-1", lifecycle="deal"),  # @13
    Withdrawing(fact=3),  # @14
    Recording(slug="mi-8", type="tested", on="2024-07-15", fulfils=0),  # @15
    Unlinking(slug="il-1", kind="follows", other="mi-8"),  # @16
    Registering(slug="il-2", lifecycle="road"),  # @17
    Retiring(slug="il-2", merged_into="il-1"),  # @18
    Recording(slug="mi-8", type="agreed", on="2024-07-15", note="signed"),  # @19
)
LENGTH = 19


@contextmanager
def opened(url: str, steps: Sequence[Step] = ()) -> Iterator[Engine]:
    """The log at *url*, made and told *steps*."""
    parts = parse_url(url)
    if parts.get_backend_name() == "sqlite":
        create_file(parts)
    engine = make_engine(parts, lock_timeout_seconds=20)
    try:
        migrate.upgrade(engine)
        if steps:
            record(engine, steps)
        yield engine
    finally:
        engine.dispose()


def long_story(count: int) -> tuple[Step, ...]:
    """The story, and then comments, until there are *count* events and more."""
    return (*STORY, *(Recording(slug="mi-8", type="commented", on="2024") for _ in range(count)))


@contextmanager
def tampering(engine: Engine) -> Iterator[Connection]:
    """A connection that changes what it likes: the guards are stood down meanwhile."""
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        if connection.dialect.name == "sqlite":
            for name in ("events_no_update", "events_no_delete", "events_no_replace"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield connection
        install_guards(connection)


def change(engine: Engine, statement: str, **values: Any) -> None:
    """Carry out *statement*, with named values, in a transaction of its own."""
    with engine.begin() as connection:
        connection.execute(sa.text(statement), values)


def edit(connection: Connection, at: int, **values: Any) -> None:
    """Set columns of the event at a position."""
    connection.execute(
        sa.update(schema.events).where(schema.events.c.position == at).values(values)
    )


def edit_body(connection: Connection, at: int, old: str, new: str, *, hashed: bool = True) -> None:
    """Change the bytes of a body, and its hash with it if *hashed*."""
    body = body_at(connection, at)
    assert old in body
    body = body.replace(old, new, 1)
    edit(connection, at, body=body)
    if hashed:
        edit(connection, at, leaf=leaf_hash(body.encode()))


def rehash(connection: Connection) -> None:
    """Make all hashes fit the bodies, as someone would who knows how the log works."""
    frontier = Frontier()
    for (body,) in connection.execute(
        sa.select(schema.events.c.body).order_by(schema.events.c.position)
    ):
        frontier.append(leaf_hash(body.encode()))
    connection.execute(sa.update(schema.log_head).values(frontier=frontier.to_bytes()))


def body_at(connection: Connection, at: int) -> str:
    """The body of the event at a position."""
    query = sa.select(schema.events.c.body).where(schema.events.c.position == at)
    return str(connection.execute(query).scalar_one())


def canonical(value: object) -> str:
    """Canonical JSON, written independently of the codec."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def contents(engine: Engine, *tables: sa.Table) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of *tables*, or of the read tables, sorted."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
            for table in tables or schema.READ_TABLES
        }
