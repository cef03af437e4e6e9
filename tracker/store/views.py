"""The views through which a recorder on PostgreSQL reads, so that it has no right on any table.

There is one for each table, of the same name, in a schema of their own: ``SELECT *``, so that they
are no second definition of anything. They belong to the owner of the log and read with the owner's
rights. The program asks them what it asks the tables (see :mod:`tracker.store.search_path`).
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tracker.errors import Unavailable
from tracker.store.functions import run
from tracker.store.roles import Standing, quoted
from tracker.store.schema import metadata

# The server writes down what a view was made of in its own words. From version 16 on it leaves out
# the table before a column; and the schema is left out where the table is found without it.
_FOUND = sa.text(r"""
    SELECT t.relname AS name,
        v.relkind = 'v' AND v.relowner = t.relowner AND s.nspowner = t.relowner
        AND v.reloptions IS NULL
        AND NOT v.relhastriggers
        AND (SELECT count(*) = 1 FROM pg_rewrite r WHERE r.ev_class = v.oid)
        AND NOT EXISTS (
            SELECT FROM pg_rewrite r
            JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
            WHERE r.ev_class = v.oid AND d.refclassid = 'pg_class'::regclass
            AND d.refobjid NOT IN (t.oid, v.oid))
        AND NOT EXISTS (
            SELECT FROM aclexplode(v.relacl) a WHERE a.grantee <> v.relowner
            AND (a.grantee = 0 OR a.privilege_type <> 'SELECT' OR a.is_grantable))
        AND NOT EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = v.oid AND a.attacl IS NOT NULL)
        AND NOT EXISTS (
            SELECT FROM aclexplode(s.nspacl) a WHERE a.grantee <> s.nspowner
            AND (a.grantee = 0 OR a.privilege_type <> 'USAGE' OR a.is_grantable))
        AND regexp_replace(pg_get_viewdef(v.oid), '\s+', ' ', 'g') IN (
            SELECT regexp_replace(format(' SELECT %s FROM %s;', shown.columns, named.relation),
                '\s+', ' ', 'g')
            FROM (VALUES (quote_ident(t.relname)),
                (quote_ident(n.nspname) || '.' || quote_ident(t.relname))) named (relation),
            (SELECT string_agg(given.prefix || quote_ident(a.attname), ', ' ORDER BY a.attnum)
             FROM (VALUES (''), (quote_ident(t.relname) || '.')) given (prefix), pg_attribute a
             WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
             GROUP BY given.prefix) shown (columns)) AS is_ours
    FROM pg_namespace n
    JOIN pg_class t ON t.relnamespace = n.oid AND t.relkind = 'r'
    JOIN pg_namespace s ON s.nspname = :views
    JOIN pg_class v ON v.relnamespace = s.oid AND v.relname = t.relname
    WHERE n.nspname = :schema
""")

# Roles with rights on the schema, or with default privileges on what the owner makes.
_LET_IN = sa.text("""
    SELECT r.rolname FROM pg_namespace s, aclexplode(s.nspacl) a
    JOIN pg_roles r ON r.oid = a.grantee
    WHERE s.nspname = :views AND a.grantee <> s.nspowner
    UNION
    SELECT r.rolname FROM pg_default_acl d JOIN pg_roles o ON o.oid = d.defaclrole,
        aclexplode(d.defaclacl) a JOIN pg_roles r ON r.oid = a.grantee
    WHERE o.rolname = :owner AND d.defaclobjtype IN ('r', 'n') AND a.grantee <> d.defaclrole
    ORDER BY 1
""")
_WRONG_OBJECT_TYPE, _DEPENDENT_OBJECTS_STILL_EXIST = "42809", "2BP01"
_IN_THE_WAY = (_WRONG_OBJECT_TYPE, _DEPENDENT_OBJECTS_STILL_EXIST)


def tables() -> list[str]:
    """The names of all tables of a log, and so of the views."""
    return [*sorted(metadata.tables), "alembic_version"]


def all_of(schema: str) -> str:
    """All tables, or all views, as SQL names them in *schema*, an identifier."""
    return ", ".join(f"{schema}.{name}" for name in tables())


def drop_views_sql(connection: Connection, log: Standing) -> str:
    """Return the statement that drops all views: a column that a view shows cannot be altered.

    It names the views of tables that this program no longer has, too, or those could not be
    dropped.
    """
    asked = {"schema": log.schema, "views": log.views}
    there = {row.name for row in connection.execute(_FOUND, asked)}
    views = quoted(connection, log.views)
    names = ", ".join(f"{views}.{quoted(connection, name)}" for name in sorted({*tables(), *there}))
    return f"DROP VIEW IF EXISTS {names}"


def drop_views(connection: Connection, log: Standing) -> None:
    """Drop the views; the statements of :func:`views_sql` make them anew.

    Raises Unavailable, with the way out, where something else stands in their place or on them.
    """
    try:
        run(connection, drop_views_sql(connection, log))
    except sa.exc.DBAPIError as error:
        told = getattr(error.orig, "diag", None)
        if told is None or told.sqlstate not in _IN_THE_WAY:
            raise
        reason = (told.message_detail or told.message_primary).splitlines()[0]
        message = (
            f"the views in the schema {log.views!r} cannot be made anew ({reason}); take away what "
            "is not tracker's there, or was built on them, and repeat"
        )
        raise Unavailable(message) from error


def views_sql(connection: Connection, log: Standing) -> Iterator[str]:
    """Return the statements that make the views; at first only the owner may read them.

    There must be none. Rights that default privileges or the schema would give others are revoked.
    """
    schema, views = quoted(connection, log.schema), quoted(connection, log.views)
    for name in tables():
        yield f"CREATE VIEW {views}.{name} AS SELECT * FROM {schema}.{name}"
    asked = {"views": log.views, "owner": log.owner}
    others = [quoted(connection, role) for role in connection.execute(_LET_IN, asked).scalars()]
    for role in ("PUBLIC", *others):
        yield f"REVOKE ALL ON SCHEMA {views} FROM {role}"
        yield f"REVOKE ALL ON {all_of(views)} FROM {role}"


def outdated_views(connection: Connection, log: Standing) -> list[str]:
    """The names of those that are missing, or not as this program makes them, rights included."""
    asked = {"schema": log.schema, "views": log.views}
    ours = {row.name for row in connection.execute(_FOUND, asked) if row.is_ours}
    return [name for name in tables() if name not in ours]


def schema_sql(connection: Connection, log: Standing) -> str:
    """The statement that makes the schema of the views, which needs the right to CREATE one."""
    views, owner = quoted(connection, log.views), quoted(connection, log.owner)
    return f"CREATE SCHEMA {views} AUTHORIZATION {owner}"


def schema_owner(connection: Connection, log: Standing) -> str | None:
    """Whose the schema of the views is; None where there is none."""
    query = sa.text("SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = :views")
    return connection.execute(query, {"views": log.views}).scalar()


def make_schema(connection: Connection, log: Standing) -> None:
    """Make the schema of the views, the owner's, where it is not there yet.

    Raises Unavailable, with the way out, where the connected role cannot, or another role owns it.
    """
    owner = schema_owner(connection, log)
    statement = schema_sql(connection, log)
    if owner is None:
        with connection.begin_nested() as attempt:
            try:
                run(connection, statement)
            except sa.exc.ProgrammingError:
                attempt.rollback()
            else:
                return
        message = (
            f"recorders read through views in the schema {log.views!r}, and you cannot make it; "
            f"ask the owner of the database for: {statement}"
        )
        raise Unavailable(message)
    if owner != log.owner:
        message = (
            f"the schema {log.views!r}, through which recorders are to read, belongs to {owner!r}; "
            f"ask an administrator for: ALTER SCHEMA {quoted(connection, log.views)} "
            f"OWNER TO {quoted(connection, log.owner)}"
        )
        raise Unavailable(message)
