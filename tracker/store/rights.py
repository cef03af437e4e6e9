"""Which role holds which right in a shared log on PostgreSQL, as the server itself decides it.

A recorder is a role that may call ``tracker_append`` and was granted the schema by name; a reader
is any other role that was granted SELECT, on the tables or on their views.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from tracker.store.functions import signature
from tracker.store.roles import quoted, standing
from tracker.store.views import tables

CHANGES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
"""The rights on a table that no role with a share in a log may have."""

_MAINTAIN_SINCE = (17,)

# Who owns the tables, or is a superuser, may do everything whatever was granted.
_SHARERS = sa.text("""
    SELECT r.rolname AS role,
        coalesce(has_function_privilege(r.oid, to_regprocedure(:append), 'EXECUTE'), false)
            AND NOT pg_has_role(r.oid, h.relowner, 'USAGE') AS records,
        bool_or(told.at = 'tables') AS sees_tables, bool_or(told.at = 'views') AS sees_views
    FROM (
        SELECT CASE n.nspname WHEN :schema THEN 'tables' ELSE 'views' END AS at, a.grantee
        FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid, aclexplode(c.relacl) a
        WHERE n.nspname IN (:schema, :views) AND c.relname = 'log_head'
        AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner
        UNION ALL
        SELECT 'functions', a.grantee FROM pg_proc p, aclexplode(p.proacl) a
        WHERE p.oid = to_regprocedure(:append) AND a.grantee <> p.proowner) told
    JOIN pg_roles r ON r.oid = told.grantee
    JOIN pg_class h ON h.oid = to_regclass(:head)
    GROUP BY r.oid, r.rolname, h.relowner ORDER BY r.rolname
""")

_HELD = """
    SELECT c.relname AS name, told.kind, r.rolname AS role,
        EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee = r.oid) OR EXISTS (
            SELECT FROM pg_attribute t, aclexplode(t.attacl) a
            WHERE t.attrelid = c.oid AND a.grantee = r.oid) AS is_granted
    FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid, pg_roles r,
        unnest(CAST(:rights AS text[])) told (kind)
    WHERE n.nspname = :schema AND c.relname = ANY (:tables) AND r.rolname = ANY (:roles)
    AND CASE WHEN told.kind IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
        THEN has_any_column_privilege(r.oid, c.oid, told.kind)
        ELSE has_table_privilege(r.oid, c.oid, told.kind) END
    ORDER BY r.rolname, c.relname, told.kind
"""


@frozen
class Sharer:
    """A *role* with a share in the log: whether it *records*, and what it was granted to read."""

    role: str
    records: bool
    sees_tables: bool
    sees_views: bool


@frozen
class Held:
    """A right of this *kind* that *role* holds on the table *name*.

    Where it *is_granted*, it was granted to the role itself, and can be revoked from it; else the
    role has it in another way.
    """

    name: str
    kind: str
    role: str
    is_granted: bool


def sharers(connection: Connection) -> list[Sharer]:
    """Every role that was granted a share in the log, by name."""
    log = standing(connection)
    schema = quoted(connection, log.schema)
    asked = {
        "schema": log.schema,
        "views": log.views,
        "append": signature("tracker_append", schema),
        "head": f"{schema}.log_head",
    }
    return [Sharer(*row) for row in connection.execute(_SHARERS, asked)]


def held(
    connection: Connection, schema: str, roles: Sequence[str], rights: Sequence[str]
) -> list[Held]:
    """Return which of these *rights* the *roles* hold on tables or views, in whatever way."""
    asked = {"schema": schema, "roles": list(roles), "rights": list(rights), "tables": tables()}
    return [Held(*row) for row in connection.execute(sa.text(_HELD), asked)]


def rights_of(connection: Connection) -> tuple[str, ...]:
    """Return the kinds of rights on a table that this server has."""
    version = connection.dialect.server_version_info or ()
    return ("SELECT", *CHANGES, *(("MAINTAIN",) if version >= _MAINTAIN_SINCE else ()))


def held_by_recorders(connection: Connection) -> list[Held]:
    """The rights that recorders hold on the tables, where they are to have none."""
    if connection.dialect.name == "sqlite":
        return []
    recorders = [each.role for each in sharers(connection) if each.records]
    if not recorders:
        return []
    return held(connection, standing(connection).schema, recorders, rights_of(connection))
