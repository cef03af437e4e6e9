"""Check whether the schema of the database is ours and current, and bring it up to date.

Alembic owns the schema and is imported only when a migration runs; one query finds out whether one
is needed.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from tracker.errors import Unavailable
from tracker.store.grants import Around, begin_refresh, end_refresh
from tracker.store.guards import guards_sql, install_guards
from tracker.store.revision import REVISION
from tracker.store.roles import must_own

if TYPE_CHECKING:
    from alembic.config import Config

State = Literal["empty", "current", "older", "newer", "foreign"]

_LOCK = 7_465_231_905
"""The advisory lock under which one process at a time migrates a PostgreSQL database."""


def scripts() -> Path:
    """The folder of the migrations: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "_alembic"
    return shipped if shipped.is_dir() else package.parent / "alembic"


def revision(connection: Connection) -> str | None:
    """Return the revision stored in the database; None where there is none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def state(connection: Connection) -> State:
    """Return whether the database is a log that this program can use, or what else it is."""
    found = revision(connection)
    if found == REVISION:
        return "current"
    if found is None:
        tables = sa.inspect(connection).get_table_names()
        return "foreign" if tables else "empty"
    return "older" if found in _known_revisions() else "newer"


def check_state(found: State, name: str) -> None:
    """Raise Unavailable, with the way out, unless the database can be used as it is."""
    if found == "newer":
        message = f"the log {name} was made by a newer tracker; install that one to use it"
        raise Unavailable(message)
    if found == "foreign":
        message = f"{name} holds other tables and no log of tracker's; name another with --db"
        raise Unavailable(message)
    if found == "older":
        message = f"the log {name} needs an upgrade; back it up, then: tracker db upgrade"
        raise Unavailable(message)


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the schema up to date, in one transaction, with guards, functions and views.

    Raises Unavailable for one who does not own the log that is there.
    """
    from alembic import command

    with engine.execution_options(writing=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        there = sa.inspect(connection).has_table("log_head")
        if there:
            must_own(connection, "upgrade it")
        around = begin_refresh(connection) if there else Around()
        config = _config(connection)
        command.upgrade(config, to)
        if sa.inspect(connection).has_table("events"):
            install_guards(connection)
        end_refresh(connection, around)


def upgrade_sql(dialect: str, start: str | None, sharing: Around | None = None) -> str:
    """The SQL that :func:`upgrade` would run on a database at the revision *start*.

    One transaction, guards included, and what those who share the log need (*sharing*): for an
    administrator to read, and to run as the owner.
    """
    from alembic import command

    written = io.StringIO()
    config = _config(None)
    config.output_buffer = written
    config.attributes["dialect_name"] = dialect
    command.upgrade(config, f"{start or 'base'}:head", sql=True)
    sharing = sharing or Around()
    before = _script(sharing.before)
    after = _script((*guards_sql(dialect), *sharing.after))
    return f"BEGIN;\n\n{before}{written.getvalue()}{after}COMMIT;\n"


def _script(statements: Sequence[str]) -> str:
    return "".join(f"{statement};\n\n" for statement in statements)


def _config(connection: Connection | None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def _known_revisions() -> set[str]:
    from alembic.script import ScriptDirectory

    return {
        script.revision for script in ScriptDirectory.from_config(_config(None)).walk_revisions()
    }
