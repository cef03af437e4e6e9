"""Triggers by which the database itself refuses UPDATE, DELETE and TRUNCATE of the log.

Installed again after every migration, because rebuilding a SQLite table drops its triggers
silently.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tracker.store.roles import standing

_REFUSAL = "the log is append-only"

_SQLITE = {
    "events_no_update": f"""BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}: an event is never updated'); END""",
    "events_no_delete": f"""BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}: an event is never deleted'); END""",
    # INSERT OR REPLACE would delete first, and fire no trigger unless recursive_triggers is on.
    "events_no_replace": f"""BEFORE INSERT ON events
        WHEN EXISTS (SELECT 1 FROM events WHERE position = NEW.position)
          OR EXISTS (SELECT 1 FROM events WHERE event_id = NEW.event_id)
          OR EXISTS (SELECT 1 FROM events
                     WHERE initiative = NEW.initiative AND version = NEW.version)
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}: an event is never replaced'); END""",
}

_POSTGRESQL_FUNCTION = f"""
    CREATE OR REPLACE FUNCTION tracker_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{_REFUSAL}: % on % is refused', TG_OP, TG_TABLE_NAME;
    END $$"""

_POSTGRESQL = {
    "events_no_change": "BEFORE UPDATE OR DELETE ON events FOR EACH ROW",
    "events_no_truncate": "BEFORE TRUNCATE ON events FOR EACH STATEMENT",
}


# By the name of its schema: what a recorder finds under the name alone is a view.
_THERE = sa.text("""
    SELECT g.tgname FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
    WHERE c.relname = 'events' AND c.relnamespace = to_regnamespace(quote_ident(:schema))
    AND g.tgenabled = 'O'
""")


def guards_sql(dialect: str) -> list[str]:
    """The statements that make the triggers anew."""
    if dialect == "sqlite":
        return [
            statement
            for name, body in _SQLITE.items()
            for statement in (f"DROP TRIGGER IF EXISTS {name}", f"CREATE TRIGGER {name} {body}")
        ]
    return [
        _POSTGRESQL_FUNCTION.strip(),
        *(
            statement
            for name, when in _POSTGRESQL.items()
            for statement in (
                f"DROP TRIGGER IF EXISTS {name} ON events",
                f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION tracker_refuse_change()",
            )
        ),
    ]


def install_guards(connection: Connection) -> None:
    """Make the triggers anew, in the transaction of *connection*."""
    for statement in guards_sql(connection.dialect.name):
        # The driver takes a lone percent sign for a parameter.
        connection.exec_driver_sql(statement.replace("%", "%%"))


def missing_guards(connection: Connection) -> list[str]:
    """The names of the triggers that are not there, or are disabled."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'events'"
        there = set(connection.exec_driver_sql(query).scalars())
        wanted = list(_SQLITE)
    else:
        schema = {"schema": standing(connection).schema}
        there = set(connection.execute(_THERE, schema).scalars())
        wanted = list(_POSTGRESQL)
    return [name for name in wanted if name not in there]
