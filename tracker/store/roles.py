"""Which role is connected to a log on PostgreSQL, and what it may do with it."""

from __future__ import annotations

from typing import Literal, cast

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from tracker.errors import Unavailable
from tracker.store.engine import shown
from tracker.store.search_path import THE_LOG, VIEWS_SCHEMA

May = Literal["write", "record", "read"]
"""Change the tables, append through the functions, or neither."""


@frozen
class Standing:
    """A *role*, what it may do, and whether it owns the log (or is a member of who does).

    *schema* is where the tables are, *views* where the views of them; *owner* is whose they are.
    """

    role: str
    may: May
    owns: bool
    schema: str
    views: str
    owner: str


_STANDING = sa.text(f"""
    SELECT current_user AS role, n.nspname AS schema, pg_get_userbyid(c.relowner) AS owner,
           pg_has_role(c.relowner, 'USAGE') AS owns, {VIEWS_SCHEMA} AS views,
           CASE WHEN has_table_privilege(c.oid, 'UPDATE') THEN 'write'
                WHEN has_function_privilege(to_regprocedure(
                    pg_catalog.quote_ident(n.nspname::text) || '.tracker_append(jsonb, jsonb)'),
                    'EXECUTE')
                THEN 'record' ELSE 'read' END AS may
    {THE_LOG}
""")


def standing(connection: Connection) -> Standing:
    """Return what the connected role may do; queried once for each connection to the server.

    Raises Unavailable where there is no log that it may see.
    """
    found = connection.info.get("standing")
    if found is None:
        row = connection.execute(_STANDING).first()
        if row is None:
            message = f"there is no log in {shown(connection.engine.url)} that you may see"
            raise Unavailable(message)
        found = Standing(row.role, row.may, row.owns, row.schema, row.views, row.owner)
        if found.may != "read":  # who may not do something yet may be granted it
            connection.info["standing"] = found
    return cast("Standing", found)


def reads_views(connection: Connection) -> bool:
    """Whether *connection* reads the views of a shared log, and not its tables."""
    return connection.dialect.name != "sqlite" and standing(connection).may == "record"


def must_own(connection: Connection, what: str) -> None:
    """Raise Unavailable, with the way out, unless the connected role owns the log.

    *what* names, in the message, what only the owner may do.
    """
    if connection.dialect.name == "sqlite":
        return
    found = standing(connection)
    if not found.owns:
        message = (
            f"only the owner of the log {shown(connection.engine.url)}, {found.owner!r}, can "
            f"{what}, and you are {found.role!r}; ask them, or connect as them"
        )
        raise Unavailable(message)


def quoted(connection: Connection, name: str) -> str:
    """A name as an identifier in SQL."""
    # SQLAlchemy writes it for the driver, to which a lone percent sign is a parameter.
    return connection.dialect.identifier_preparer.quote_identifier(name).replace("%%", "%")
