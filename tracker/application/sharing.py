"""Sharing a log on PostgreSQL: who else may read it, and who may append to it."""

from __future__ import annotations

import sqlalchemy as sa

from tracker.application.opening import open_log
from tracker.errors import CalledWrongly
from tracker.projections.projection import PROJECTIONS, remember
from tracker.store import grants
from tracker.store.engine import parse_url, shown, translated
from tracker.store.grants import Share
from tracker.store.schema import projections
from tracker.store.writer import writer_of


def share_log(where: str, role: str, share: Share | None, *, dry_run: bool = False) -> str:
    """Let *role* read the log at *where*, or append to it, and nothing else; return the log's name.

    A *share* of None revokes all. With *dry_run* all is tried and rolled back. Raises CalledWrongly
    for a SQLite file, and what :func:`tracker.store.grants.grant` raises.
    """
    url = parse_url(where)
    if url.get_backend_name() == "sqlite":
        message = (
            f"{shown(url)} is a file, which knows no roles; say who may read or write it with its "
            "permissions (chmod, chgrp), or keep the log on PostgreSQL"
        )
        raise CalledWrongly(message)
    log = open_log(where, create=False)
    try:
        with translated(url), log.engine.connect() as connection, connection.begin() as transaction:
            grants.grant(connection, role, share)
            # A recorder can only move positions, which are not there before the first append.
            writer_of(connection).lock()
            if connection.execute(sa.select(projections)).first() is None:
                remember(connection, PROJECTIONS, 0)
            if dry_run:
                transaction.rollback()
    finally:
        log.close()
    return log.name
