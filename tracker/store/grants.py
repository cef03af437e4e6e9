"""Giving roles on PostgreSQL a share in a log: to read it, or to append to it and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from tracker.errors import NotFound, Refused, Unavailable
from tracker.store import views
from tracker.store.functions import (
    CALLED,
    functions_sql,
    install_functions,
    outdated_functions,
    run,
    signature,
)
from tracker.store.rights import CHANGES, Sharer, held, rights_of, sharers
from tracker.store.roles import Standing, must_own, quoted, standing

Share = Literal["reader", "recorder"]


@frozen
class Around:
    """The statements that a migration must begin and end with, for those who share the log."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def grant(connection: Connection, role: str, share: Share | None) -> None:
    """Give *role* this share in the log, and no more than it; None takes back what it had.

    The functions of the log are made, or made anew, and for a recorder the views. Raises
    Unavailable for one who does not own the log, NotFound for an unknown role, and Refused for a
    role that no grant can hold back.
    """
    must_own(connection, "grant a share in it")
    log = standing(connection)
    _check_role(connection, role, log)
    if share is not None:
        _let_in(connection, role, log)
    if share == "recorder":
        views.make_schema(connection, log)
    become_owner(connection)
    install_functions(connection, log.schema)
    if share == "recorder" and views.outdated_views(connection, log):
        found = sharers(connection)
        views.drop_views(connection, log)
        run(connection, *_views_sql(connection, log, found))
    run(connection, *_take_back(connection, role, log))
    if share == "reader":
        run(connection, *_show_tables(connection, role, log))
    if share == "recorder":
        schema, to = quoted(connection, log.schema), quoted(connection, role)
        functions = ", ".join(signature(name, schema) for name in CALLED)
        run(connection, *_show_views(connection, role, log))
        run(connection, f"GRANT EXECUTE ON FUNCTION {functions} TO {to}")
    if share is not None:
        _check_share(connection, role, share, log)


def become_owner(connection: Connection) -> None:
    """Act as the log's owner for the rest of this transaction, on PostgreSQL.

    Else functions that a superuser makes would run with a superuser's rights, and tables that it
    makes would be closed to the functions of the owner.
    """
    if connection.dialect.name == "sqlite":
        return
    log = standing(connection)
    if log.role != log.owner:
        run(connection, f"SET LOCAL ROLE {quoted(connection, log.owner)}")


def begin_refresh(connection: Connection) -> Around:
    """Drop the views before a migration; return the statements that it must end with.

    The rest of the transaction acts as the log's owner. Raises Unavailable where the schema of the
    views cannot be made, or the views cannot be dropped.
    """
    if shared_in(connection) is None:
        return Around()
    log = standing(connection)
    if _look_through_views(sharers(connection)):
        views.make_schema(connection, log)
    become_owner(connection)
    around = refresh_sql(connection)
    if around.before:
        views.drop_views(connection, log)
    return around


def end_refresh(connection: Connection, around: Around) -> None:
    """Make functions and views anew after a migration, and grant readers the new tables."""
    run(connection, *around.after)


def refresh_sql(connection: Connection) -> Around:
    """Return the statements around a migration of this log; none where the log is not shared.

    They make the functions anew, and the views where any role reads through them; they grant those
    who read the tables the new ones, and revoke what recorders hold on tables.
    """
    schema = shared_in(connection)
    if schema is None:
        return Around()
    log, found = standing(connection), sharers(connection)
    after = [*functions_sql(quoted(connection, schema))]
    owner = views.schema_owner(connection, log)
    before = [views.drop_views_sql(connection, log)] if owner == log.owner else []
    if _look_through_views(found):
        if owner is None:
            after.append(views.schema_sql(connection, log))
        after += _views_sql(connection, log, found)
    for each in found:
        if each.records:
            tables = views.all_of(quoted(connection, log.schema))
            after.append(f"REVOKE ALL ON {tables} FROM {quoted(connection, each.role)}")
        elif each.sees_tables:
            after += _show_tables(connection, each.role, log)
    return Around(tuple(before), tuple(after))


def stale_functions(connection: Connection) -> list[str]:
    """The functions of a shared log that are not as this program makes them."""
    if connection.dialect.name == "sqlite":
        return []
    return outdated_functions(connection, standing(connection).schema) or []


def stale_views(connection: Connection) -> list[str]:
    """The views through which somebody is to read that are not as this program makes them."""
    if connection.dialect.name == "sqlite" or not _look_through_views(sharers(connection)):
        return []
    return views.outdated_views(connection, standing(connection))


def shared_in(connection: Connection) -> str | None:
    """The schema of a log that has the functions for recorders; None for any other."""
    if connection.dialect.name == "sqlite":
        return None
    schema = standing(connection).schema
    return None if outdated_functions(connection, schema) is None else schema


def shares_of(connection: Connection) -> list[tuple[str, Share]]:
    """Every role that was granted a share in the log, and which."""
    return [(each.role, "recorder" if each.records else "reader") for each in sharers(connection)]


# -- what is granted -------------------------------------------------------------------------------


def _look_through_views(found: list[Sharer]) -> list[str]:
    return [each.role for each in found if each.records or each.sees_views]


def _views_sql(connection: Connection, log: Standing, found: list[Sharer]) -> Iterator[str]:
    """Return statements that make the views and grant them to those who could read them before."""
    yield from views.views_sql(connection, log)
    for role in _look_through_views(found):
        yield from _show_views(connection, role, log)


def _show_views(connection: Connection, role: str, log: Standing) -> Iterator[str]:
    schema, to = quoted(connection, log.views), quoted(connection, role)
    yield f"GRANT USAGE ON SCHEMA {schema} TO {to}"
    yield f"GRANT SELECT ON {views.all_of(schema)} TO {to}"


def _show_tables(connection: Connection, role: str, log: Standing) -> Iterator[str]:
    tables = views.all_of(quoted(connection, log.schema))
    yield f"GRANT SELECT ON {tables} TO {quoted(connection, role)}"


def _take_back(connection: Connection, role: str, log: Standing) -> Iterator[str]:
    """Take everything back that a grant may have given, but the way in."""
    schema, to = quoted(connection, log.schema), quoted(connection, role)
    functions = ", ".join(signature(name, schema) for name in CALLED)
    yield f"REVOKE ALL ON {views.all_of(schema)} FROM {to}"
    yield f"REVOKE ALL ON FUNCTION {functions} FROM {to}"
    if views.schema_owner(connection, log) == log.owner:
        there = quoted(connection, log.views)
        yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {there} FROM {to}"
        yield f"REVOKE ALL ON SCHEMA {there} FROM {to}"


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
                run(connection, f"{statement} {quoted(connection, role)}")
            except sa.exc.ProgrammingError:
                attempt.rollback()
        if not connection.execute(has_it, asked).scalar_one():
            message = (
                f"the role {role!r} may not use the {kind.lower()} {name!r}, and you cannot let "
                f"it; ask its owner for: {statement} {quoted(connection, role)}"
            )
            raise Unavailable(message)


def _check_share(connection: Connection, role: str, share: Share, log: Standing) -> None:
    """Refuse a share for a role that can do more, through another role or through PUBLIC."""
    on_tables = rights_of(connection) if share == "recorder" else CHANGES
    more = [(each, "table") for each in held(connection, log.schema, [role], on_tables)]
    # What can be written through a view is written with the rights of its owner.
    if views.schema_owner(connection, log) == log.owner:
        more += [(each, "view") for each in held(connection, log.views, [role], CHANGES)]
    for each, what in more:
        message = (
            f"the role {role!r} has the right to {each.kind} on the {what} {each.name!r} from "
            f"elsewhere (another role, or PUBLIC), so that no {share} is made of it; have that "
            "taken back first"
        )
        raise Refused(message)
    may = sa.text("SELECT has_function_privilege(:role, :function, 'EXECUTE')")
    schema = quoted(connection, log.schema)
    asked = {"role": role, "function": signature("tracker_append", schema)}
    if share == "reader" and connection.execute(may, asked).scalar_one():
        message = (
            f"the role {role!r} may record through another role that it is a member of; have that "
            "taken back first"
        )
        raise Refused(message)
