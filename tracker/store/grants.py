"""Giving roles on PostgreSQL a share in a log: to read it, or to append to it and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tracker.errors import NotFound, Refused, Unavailable
from tracker.store.functions import (
    CALLED,
    functions_sql,
    install_functions,
    outdated_functions,
    quoted,
    signature,
)
from tracker.store.roles import Standing, must_own, standing
from tracker.store.schema import metadata

Share = Literal["reader", "recorder"]

_CHANGES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


def grant(connection: Connection, role: str, share: Share | None) -> None:
    """Give *role* this share in the log, and no more than it; None takes back what it had.

    The functions of the log are made, or made anew. Raises Unavailable for one who does not own
    the log, NotFound for an unknown role, and Refused for a role that no grant can hold back.
    """
    must_own(connection, "grant a share in it")
    log = standing(connection)
    _check_role(connection, role, log)
    if share is not None:
        _let_in(connection, role, log)
    become_owner(connection)
    install_functions(connection, log.schema)
    schema, to = quoted(connection, log.schema), quoted(connection, role)
    functions = ", ".join(signature(name, schema) for name in CALLED)
    tables = ", ".join(f"{schema}.{name}" for name in _tables())
    run = connection.exec_driver_sql
    run(f"REVOKE ALL ON {tables} FROM {to}")
    run(f"REVOKE ALL ON FUNCTION {functions} FROM {to}")
    if share is None:
        return
    run(f"GRANT SELECT ON {tables} TO {to}")
    if share == "recorder":
        run(f"GRANT EXECUTE ON FUNCTION {functions} TO {to}")
    _check_share(connection, role, share, log)


def become_owner(connection: Connection) -> None:
    """Make what follows in this transaction the owner's, of a log on PostgreSQL that is shared.

    What a superuser makes would run with a superuser's rights, and new tables would be closed to
    the functions.
    """
    if connection.dialect.name == "sqlite":
        return
    log = standing(connection)
    if log.role != log.owner:
        connection.exec_driver_sql(f"SET LOCAL ROLE {quoted(connection, log.owner)}")


def refresh(connection: Connection) -> None:
    """After a migration: functions as this program has them, and new tables for who may read."""
    for statement in refresh_sql(connection):
        connection.exec_driver_sql(statement.replace("%", "%%"))


def refresh_sql(connection: Connection) -> list[str]:
    """The statements that a migration of this log must end with; none where nobody shares it."""
    schema = shared_in(connection)
    if schema is None:
        return []
    identifier = quoted(connection, schema)
    tables = ", ".join(f"{identifier}.{name}" for name in _tables())
    return [
        *functions_sql(identifier),
        *(
            f"GRANT SELECT ON {tables} TO {quoted(connection, role)}"
            for role in _readers(connection)
        ),
    ]


def stale_functions(connection: Connection) -> list[str]:
    """The functions of a shared log that are not as this program makes them."""
    if connection.dialect.name == "sqlite":
        return []
    return outdated_functions(connection, standing(connection).schema) or []


def shared_in(connection: Connection) -> str | None:
    """The schema of a log that has the functions for recorders; None for any other."""
    if connection.dialect.name == "sqlite":
        return None
    schema = standing(connection).schema
    return None if outdated_functions(connection, schema) is None else schema


def shares_of(connection: Connection) -> list[tuple[str, Share]]:
    """Every role that was granted a share in the log, and which."""
    query = sa.text(
        "SELECT has_function_privilege(CAST(:role AS name), f, 'EXECUTE') "
        "FROM to_regprocedure(:function) f WHERE f IS NOT NULL"
    )
    function = signature("tracker_append", quoted(connection, standing(connection).schema))
    found: list[tuple[str, Share]] = []
    for role in _readers(connection):
        records = connection.execute(query, {"role": role, "function": function}).scalar()
        found.append((role, "recorder" if records else "reader"))
    return found


def _check_role(connection: Connection, role: str, log: Standing) -> None:
    query = sa.text(
        "SELECT rolsuper, pg_has_role(oid, :owner, 'MEMBER') AS owns FROM pg_roles "
        "WHERE rolname = :role"
    )
    found = connection.execute(query, {"role": role, "owner": log.owner}).first()
    if found is None:
        message = (
            f"there is no role {role!r} on that server; an administrator makes one with: "
            f"createuser {role}"
        )
        raise NotFound(message)
    if found.owns:
        what = "is a superuser" if found.rolsuper else f"has all that {log.owner!r}, the owner, has"
        message = f"the role {role!r} {what}, so that no grant can limit it; name another role"
        raise Refused(message)


def _let_in(connection: Connection, role: str, log: Standing) -> None:
    """Let *role* connect and look into the schema, where it may not yet."""
    database = connection.exec_driver_sql("SELECT current_database()").scalar_one()
    asked = {"role": role, "database": database, "schema": log.schema}
    for right, kind, name, query in (
        ("CONNECT", "DATABASE", database, "has_database_privilege(:role, :database, 'CONNECT')"),
        ("USAGE", "SCHEMA", log.schema, "has_schema_privilege(:role, :schema, 'USAGE')"),
    ):
        statement = f"GRANT {right} ON {kind} {quoted(connection, name)} TO"
        has_it = sa.text(f"SELECT {query}")
        if connection.execute(has_it, asked).scalar_one():
            continue
        with connection.begin_nested() as attempt:
            try:
                connection.exec_driver_sql(f"{statement} {quoted(connection, role)}")
            except sa.exc.ProgrammingError:
                attempt.rollback()
        if not connection.execute(has_it, asked).scalar_one():
            message = (
                f"the role {role!r} may not use the {kind.lower()} {name!r}, and you cannot let "
                f"it; ask its owner for: {statement} {role}"
            )
            raise Unavailable(message)


def _check_share(connection: Connection, role: str, share: Share, log: Standing) -> None:
    """Refuse a share for a role that can do more, through another role or through PUBLIC."""
    on_table = sa.text("SELECT has_table_privilege(:role, :table, :right)")
    on_columns = sa.text("SELECT has_any_column_privilege(:role, :table, :right)")
    schema = quoted(connection, log.schema)
    for name in _tables():
        for right in _CHANGES:
            asked = {"role": role, "table": f"{schema}.{name}", "right": right}
            has = on_columns if right in ("INSERT", "UPDATE", "REFERENCES") else on_table
            if connection.execute(has, asked).scalar_one():
                message = (
                    f"the role {role!r} has the right to {right} on the table {name!r} from "
                    f"elsewhere (another role, or PUBLIC), so that no {share} is made of it; have "
                    "that taken back first"
                )
                raise Refused(message)
    may = sa.text("SELECT has_function_privilege(:role, :function, 'EXECUTE')")
    asked = {"role": role, "function": signature("tracker_append", schema)}
    if share == "reader" and connection.execute(may, asked).scalar_one():
        message = (
            f"the role {role!r} may record through another role that it is a member of; have that "
            "taken back first"
        )
        raise Refused(message)


def _readers(connection: Connection) -> list[str]:
    """The roles that were granted a look at the log."""
    query = """
        SELECT DISTINCT r.rolname
        FROM pg_class c CROSS JOIN aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
        WHERE c.oid = 'log_head'::regclass AND a.privilege_type = 'SELECT'
          AND a.grantee <> c.relowner
        ORDER BY r.rolname
    """
    return list(connection.exec_driver_sql(query).scalars())


def _tables() -> Iterator[str]:
    yield from sorted(metadata.tables)
    yield "alembic_version"
