"""Texts deleted beside the log, and their bytes with them.

A deleted row is only marked so: its bytes stay in the file until their place is used again. So the
database is made to write the remaining rows anew after an erasure. Copies outside of it (backups,
exports, replicas, archived write-ahead logs, snapshots of a disk) are not reached.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from tracker.domain.events import TextField
from tracker.errors import Unavailable
from tracker.store import search_index
from tracker.store.schema import disclosures, events
from tracker.store.sentences import first_line

_PLACES: dict[TextField, str] = {"note": "note", "quote": "sources/%/quote"}
"""Where the texts of a field are in the content of an event, as a pattern of SQL's LIKE."""

_TOLD = ("recorded", "amended")
_WAITS = 600
_WAIT_SECONDS = 0.1


def delete_texts(connection: Connection, fact: int, field: TextField, erased_at: int) -> int:
    """Delete the texts that the versions of a fact have in *field*; return how many there were.

    What search has indexed of these versions is indexed anew, from the texts that are left.
    *fact* is the position of the fact's first event, *erased_at* that of the erasure: a version
    that is recorded after it keeps its own.
    """
    told = sa.select(events.c.position).where(
        events.c.initiative
        == sa.select(events.c.initiative).where(events.c.position == fact).scalar_subquery(),
        events.c.fact == fact,
        events.c.kind.in_(_TOLD),
        events.c.position < erased_at,
    )
    positions = list(connection.execute(told).scalars())
    deleted = 0
    for start in range(0, len(positions), 500):
        gone = sa.delete(disclosures).where(
            disclosures.c.position.in_(positions[start : start + 500]),
            disclosures.c.field.like(_PLACES[field]),
        )
        deleted += connection.execute(gone).rowcount
    search_index.renew(connection, positions)
    return deleted


def overwrite_deleted(engine: Engine) -> None:
    """Remove deleted texts from the files of the database; call it outside of any transaction.

    Harmless when nothing was deleted, so that it can be repeated. Raises Unavailable, with the way
    out, where the database cannot do it now: the texts are no longer in the log all the same.
    """
    try:
        if engine.dialect.name == "sqlite":
            _rewrite_file(engine)
        else:
            _rewrite_table(engine)
    except sa.exc.DBAPIError as error:
        reason = f"({first_line(str(error.orig))})"
        raise _bytes_stay(reason, "repeat the command") from error


def _bytes_stay(reason: str, way_out: str) -> Unavailable:
    return Unavailable(
        "the text is erased from the log, and that is recorded, but its bytes may still be in the "
        f"files of the database {reason}; {way_out}"
    )


def _rewrite_file(engine: Engine) -> None:
    """Write the file anew and empty its write-ahead log, which holds the old pages.

    ``secure_delete`` overwrites a deleted row, but not the copies of it that splitting a page may
    have left in the unused part of another; VACUUM takes over nothing but what is there.
    """
    with engine.connect().execution_options(outside_transaction=True) as connection:
        search_index.merge_parts(connection)
        connection.exec_driver_sql("VACUUM")
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
    if busy:
        raise _bytes_stay(
            "(another program is still reading what it began to read before)",
            "repeat the command when that has ended",
        )


# VACUUM without FULL only makes room in the page where the row was; and what the planner has
# sampled of a column is a copy of its texts, which nothing but a change of its type forgets.
_SAMPLED = """
    SELECT count(*) FROM pg_stats WHERE schemaname = current_schema()
    AND tablename = 'disclosures' AND attname IN ('salt', 'text')"""
_NEVER_SAMPLED = """
    ALTER TABLE disclosures ALTER COLUMN salt SET STATISTICS 0,
    ALTER COLUMN text SET STATISTICS 0"""
_FORGET_SAMPLE = """
    ALTER TABLE disclosures ALTER COLUMN salt TYPE bytea, ALTER COLUMN text TYPE text"""
_IS_OWNER = """
    SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'disclosures'::regclass"""
# A deleted row is kept while a transaction may still see it: readers of this database with an older
# snapshot and, since VACUUM FULL has a snapshot of its own, writers of any database on the server.
_ARE_OLDER_DONE = """
    SELECT pg_snapshot_xmin(pg_current_snapshot()) >= CAST(:xid AS xid8) AND NOT EXISTS (
        SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend'
        AND age(backend_xmin) > age(CAST(CAST(:xid AS xid8) AS xid)))"""


def _rewrite_table(engine: Engine) -> None:
    options = {"isolation_level": "AUTOCOMMIT"}
    with engine.connect().execution_options(**options) as connection:
        execute = connection.exec_driver_sql
        if not execute(_IS_OWNER).scalar():
            raise _bytes_stay(
                "(only the owner of its tables can have them written anew)",
                "ask them to run: VACUUM FULL disclosures, search_words",
            )
        execute(_NEVER_SAMPLED)
        if execute(_SAMPLED).scalar():
            execute(_FORGET_SAMPLE)
        xid = execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text").scalar()
        query = sa.text(_ARE_OLDER_DONE).bindparams(xid=xid)
        are_done = _comes_true(lambda: bool(connection.execute(query).scalar()))
        execute("VACUUM FULL disclosures, search_words")
    if not are_done:
        raise _bytes_stay(
            "(another program on the server is still busy with what it began before)",
            "repeat the command when that has ended",
        )


def _comes_true(condition: Callable[[], bool]) -> bool:
    """Wait a while for *condition*; return whether it held in the end."""
    for _ in range(_WAITS):
        if condition():
            return True
        time.sleep(_WAIT_SECONDS)
    return condition()
