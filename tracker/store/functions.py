"""The functions through which a recorder appends on PostgreSQL, and can do nothing else.

Their text lies beside this file, one file for each, in ``server/``. Those that a recorder calls run
with the rights of the log's owner (SECURITY DEFINER); so every object in them is named with its
schema, and their search_path holds nothing that a user could put anything into. A recorder's word
is taken for nothing that the server can work out itself (places, hashes, the Merkle tree), and
every column is held against the body that it is a copy of.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tracker.domain.dates import OPEN_HI, OPEN_LO
from tracker.domain.viewpoint import OPEN
from tracker.store.event_log import NODE_LEVEL
from tracker.store.roles import quoted
from tracker.store.schema import READ_KEYS, READ_TABLES
from tracker.store.shapes import SHAPES
from tracker.store.upcasters import SCHEMA

TOLERANCE_SECONDS = 300
"""How far the clock of a recorder may be from the server's: what Kerberos allows (RFC 4120)."""

CALLED = {
    "tracker_lock": "()",
    "tracker_append": "(jsonb, jsonb)",
    "tracker_project": "(text, jsonb, jsonb, jsonb)",
}
"""The functions that a recorder may call, with the types of their arguments."""

# In this order, because some of them are compiled when they are made.
_ARGUMENTS = {
    "tracker_instant": "(timestamptz)",
    "tracker_is_new": "(bigint)",
    "tracker_canonical": "(jsonb)",
    "tracker_fits": "(jsonb, jsonb)",
    "tracker_unconfirmed": "(jsonb)",
    "tracker_check": "(@schema@.events, @schema@.log_head)",
    "tracker_disclose": "(jsonb, bigint)",
    **CALLED,
}
_FOLDER = Path(__file__).parent / "server"
_QUOTE = "$function$"


def signature(name: str, schema: str) -> str:
    """How SQL names one of the functions; *schema* is an identifier, quoted where it has to be."""
    return f"{schema}.{name}{_ARGUMENTS[name]}".replace("@schema@", schema)


def functions_sql(schema: str) -> Iterator[str]:
    """The statements that make the functions anew in *schema*, an identifier as SQL writes it."""
    for name in _ARGUMENTS:
        yield _text(name, schema)
        # PostgreSQL lets every role execute a new function, until that is revoked.
        yield f"REVOKE ALL ON FUNCTION {signature(name, schema)} FROM PUBLIC"


def install_functions(connection: Connection, schema: str) -> None:
    """Make the functions anew, in the transaction of *connection*, which must be the owner's."""
    run(connection, *functions_sql(quoted(connection, schema)))


def outdated_functions(connection: Connection, schema: str) -> list[str] | None:
    """The names of those that are missing, or not as this program makes them.

    None where there are none at all: a log that was never shared needs none.
    """
    found = _found(connection, schema)
    if not any(found.values()):
        return None
    identifier = quoted(connection, schema)
    return [name for name in _ARGUMENTS if found[name] != _wanted(name, identifier)]


def run(connection: Connection, *statements: str) -> None:
    """Run *statements* one after another, as they are."""
    for statement in statements:
        # The driver takes a lone percent sign for a parameter.
        connection.exec_driver_sql(statement.replace("%", "%%"))


def _wanted(name: str, schema: str) -> tuple[Any, ...]:
    is_called = name in CALLED
    path = ["search_path=pg_catalog, pg_temp"] if is_called else None
    return _text(name, schema).split(_QUOTE)[1], is_called, path, False, True


def _found(connection: Connection, schema: str) -> dict[str, tuple[Any, ...] | None]:
    """Body, manner and rights of each function; None where it is missing."""
    query = sa.text("""
        SELECT told.signature, p.prosrc, p.prosecdef, p.proconfig,
               EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                       WHERE a.grantee = 0),
               p.proowner = (SELECT c.relowner FROM pg_class c WHERE c.oid = to_regclass(:table))
        FROM unnest(CAST(:signatures AS text[])) told (signature)
        JOIN pg_proc p ON p.oid = to_regprocedure(told.signature)
    """)
    identifier = quoted(connection, schema)
    wanted = {signature(name, identifier): name for name in _ARGUMENTS}
    found: dict[str, tuple[Any, ...] | None] = dict.fromkeys(_ARGUMENTS)
    asked = {"signatures": list(wanted), "table": f"{identifier}.log_head"}
    for named, *rest in connection.execute(query, asked):
        found[wanted[named]] = tuple(rest)
    return found


def _text(name: str, schema: str) -> str:
    text = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8").strip()
    for word, value in _constants().items():
        text = text.replace(f"@{word}@", value)
    return text.replace("@schema@", schema)


def _constants() -> dict[str, str]:
    """Return the values that the functions share with this program, by their placeholders."""
    return {
        "tables": "\n".join(_cases()),  # in which the other words stand too
        "node_level": str(NODE_LEVEL),
        "version": str(SCHEMA),
        "tolerance": str(TOLERANCE_SECONDS),
        "shapes": json.dumps(SHAPES),
        "open": str(OPEN),
        "open_lo": OPEN_LO.isoformat(),
        "open_hi": OPEN_HI.isoformat(),
    }


def _cases() -> Iterator[str]:
    """Return the branches of ``tracker_project``, one for each read table, in PL/pgSQL."""
    for table in READ_TABLES:
        name = f"@schema@.{table.name}"
        given = f"jsonb_populate_recordset(NULL::{name}, {{}}) r"
        primary = [column.name for column in table.primary_key.columns]
        yield f"    WHEN '{table.name}' THEN"
        yield f"        DELETE FROM {name} t USING {given.format('taken_back')}"
        yield f"        WHERE {_equal(primary)};"
        yield f"        UPDATE {name} t SET k_to = r.k_to FROM {given.format('ended')}"
        yield f"        WHERE {_equal(READ_KEYS[table.name])} AND t.k_to = @open@;"
        yield f"        INSERT INTO {name} SELECT r.* FROM {given.format('put')};"


def _equal(names: Any) -> str:
    return " AND ".join(f"t.{name} = r.{name}" for name in names)
