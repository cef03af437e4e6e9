"""A log on PostgreSQL that is shared: its owner, a recorder and a reader, each a login role."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from attrs import frozen
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import Engine, make_url

from tests.databases import administrator
from tests.logs import opened
from tracker.application.sharing import share_log
from tracker.store.engine import make_engine

VIEWS = "tracker_reading"
"""The schema of the views of a log whose tables are in ``public``."""


@frozen
class Shared:
    """The URLs by which each of them connects to one database, and their names."""

    url: str
    owner: str
    recorder: str
    reader: str

    @property
    def database(self) -> str:
        """The name of the database on its server."""
        return str(make_url(self.url).database)

    def by(self, role: str) -> str:
        """The URL by which *role* connects."""
        return make_url(self.url).set(username=role).render_as_string(hide_password=False)

    def session(self, role: str) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of *role* without tracker, each statement a transaction of its own."""
        parts = make_url(self.url)
        return psycopg.connect(
            host=str(parts.query["host"]), dbname=parts.database, user=role, autocommit=True
        )

    @contextmanager
    def engine(self, role: str) -> Iterator[Engine]:
        """An engine of *role*."""
        engine = make_engine(make_url(self.by(role)), lock_timeout_seconds=60)
        try:
            yield engine
        finally:
            engine.dispose()


@contextmanager
def shared(url: str, *, granted: bool = True, called: str = "{share}_{tag}") -> Iterator[Shared]:
    """A new log at *url*, made by an owner who is no superuser; the roles are gone afterwards.

    With *granted* the recorder and the reader have been let in. *called* is what the roles are.
    """
    parts = make_url(url)
    folder, database = Path(str(parts.query["host"])), str(parts.database)
    tag = uuid.uuid4().hex[:8]
    names = [called.format(share=share, tag=tag) for share in ("owner", "recorder", "reader")]
    roles = [Identifier(name) for name in names]
    with administrator(folder, database) as connection:
        for role in roles:
            connection.execute(SQL("CREATE ROLE {} LOGIN").format(role))
        owns = SQL("ALTER DATABASE {} OWNER TO {}")
        connection.execute(owns.format(Identifier(database), roles[0]))
        # As on a server from before PostgreSQL 15: whoever may connect may make things in public.
        connection.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    made = Shared(url, *names)
    try:
        with opened(made.by(made.owner)):
            pass
        if granted:
            share_log(made.by(made.owner), made.recorder, "recorder")
            share_log(made.by(made.owner), made.reader, "reader")
        yield made
    finally:
        with administrator(folder, database) as connection:
            for role in roles:
                connection.execute(SQL("REASSIGN OWNED BY {} TO postgres").format(role))
                connection.execute(SQL("DROP OWNED BY {} CASCADE").format(role))
                connection.execute(SQL("DROP ROLE {}").format(role))
