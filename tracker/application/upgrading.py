"""Find the version of a log's schema, and bring it up to that of this program."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import Factory, frozen
from sqlalchemy.engine import URL, Connection, Engine

from tracker.application.opening import open_log
from tracker.store import event_log, migrate
from tracker.store.engine import make_engine, parse_url, shown, translated
from tracker.store.grants import Around, refresh_sql, stale_functions, stale_views
from tracker.store.guards import missing_guards
from tracker.store.revision import REVISION
from tracker.store.rights import held_by_recorders


@contextmanager
def peek(url: URL) -> Iterator[Engine | None]:
    """Yield an engine for the database at *url*; None where there is no file, and none is made."""
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        yield None
        return
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@frozen
class Version:
    """Which revision a database has, and which this program needs.

    *open_to* are recorders that were granted rights on the tables, of which they are to have none.
    *sharing* are the statements around an upgrade for those who share the log.
    """

    where: str
    backend: str
    version: str
    revision: str | None
    program: str
    state: migrate.State
    missing_guards: tuple[str, ...] = ()
    stale_functions: tuple[str, ...] = ()
    stale_views: tuple[str, ...] = ()
    open_to: tuple[str, ...] = ()
    sharing: Around = Factory(Around)

    @property
    def is_whole(self) -> bool:
        """Whether the schema is this program's, with all that protects the log in place."""
        harmed = self.missing_guards or self.stale_functions or self.stale_views or self.open_to
        return self.state == "current" and not harmed


def schema_version(where: str, *, may_be_empty: bool = False) -> Version:
    """Return the version of the schema of the database at *where*; nothing is created.

    Raises NotFound where there is no log, unless there may be none; then Unavailable for one that
    this program cannot bring up to date.
    """
    url = parse_url(where)
    with translated(url), peek(url) as engine:
        if engine is None:
            found = Version(shown(url), "SQLite", sqlite3.sqlite_version, None, REVISION, "empty")
        else:
            with event_log.reading(engine) as connection:
                found = _version(connection, shown(url))
    if may_be_empty and found.state in ("newer", "foreign"):
        migrate.check_state(found.state, found.where)
    if found.state == "empty" and not may_be_empty:
        open_log(where, create=False).close()  # which says how to begin one
    return found


def upgrade_sql(found: Version) -> str:
    """Return the SQL that an upgrade would run; the empty text where there is nothing to do."""
    if found.is_whole:
        return ""
    return migrate.upgrade_sql(found.backend.lower(), found.revision, found.sharing)


def mend(engine: Engine) -> None:
    """Make the triggers, functions and views of the log anew, where any is missing or altered."""
    with engine.connect() as connection:
        harmed = (
            missing_guards(connection)
            or stale_functions(connection)
            or stale_views(connection)
            or _open_to(connection)
        )
    if harmed:
        migrate.upgrade(engine)


def _open_to(connection: Connection) -> list[str]:
    """Return the recorders from whom an upgrade revokes rights on the tables."""
    return sorted({each.role for each in held_by_recorders(connection) if each.is_granted})


def _version(connection: Connection, name: str) -> Version:
    is_sqlite = connection.dialect.name == "sqlite"
    state = migrate.state(connection)
    is_current = state == "current"
    server = connection.exec_driver_sql(
        "SELECT sqlite_version()" if is_sqlite else "SHOW server_version"
    ).scalar()
    return Version(
        where=name,
        backend="SQLite" if is_sqlite else "PostgreSQL",
        version=str(server),
        revision=migrate.revision(connection),
        program=REVISION,
        state=state,
        missing_guards=tuple(missing_guards(connection)) if is_current else (),
        stale_functions=tuple(stale_functions(connection)) if is_current else (),
        stale_views=tuple(stale_views(connection)) if is_current else (),
        open_to=tuple(_open_to(connection)) if is_current else (),
        sharing=refresh_sql(connection) if state in ("current", "older") else Around(),
    )
