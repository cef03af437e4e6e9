"""What a recorder and a reader try with SQL of their own, and what becomes of it: nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests import histories
from tests.conftest import SERVERS, cases
from tests.histories import record
from tests.logs import STORY, contents
from tests.payloads import next_event
from tests.sharing import VIEWS, Shared, shared
from tracker.store import functions
from tracker.store.event_log import reading
from tracker.store.rights import CHANGES
from tracker.store.schema import metadata
from tracker.store.verify import verify

TABLES = sorted(metadata.tables)
ALL_TABLES = (*TABLES, "alembic_version")


@pytest.fixture(scope="module", params=cases(SERVERS))
def log(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shared]:
    """The story, recorded by a recorder, just now; one log for all that must not change it."""
    with (
        request.param.fresh(tmp_path_factory.mktemp("log")) as url,
        shared(url) as log,
        pytest.MonkeyPatch.context() as patch,
        log.engine(log.recorder) as engine,
    ):
        patch.setattr(histories, "DAWN", datetime.now(UTC))
        record(engine, STORY)
        yield log


def state(log: Shared) -> object:
    """Every row of every table, every function, trigger and right."""
    with log.engine(log.owner) as engine, engine.connect() as connection:
        catalogue = [
            tuple(row)
            for query in (
                "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger ORDER BY 1, 2",
                (
                    "SELECT proname, prosrc, proacl::text FROM pg_proc"
                    " WHERE proname LIKE 'tracker%%' AND pronamespace = 'public'::regnamespace"
                    " ORDER BY 1, 2"
                ),
                "SELECT relname, relkind, relowner::regrole::text, relacl::text FROM pg_class"
                " WHERE relname = ANY (ARRAY[{}]) ORDER BY 1, 2".format(
                    ", ".join(f"'{name}'" for name in ALL_TABLES)
                ),
                (
                    "SELECT relname, pg_get_viewdef(oid) FROM pg_class"
                    f" WHERE relnamespace = '{VIEWS}'::regnamespace ORDER BY 1"
                ),
                f"SELECT nspowner, nspacl::text FROM pg_namespace WHERE nspname = '{VIEWS}'",
            )
            for row in connection.exec_driver_sql(query)
        ]
        return catalogue, contents(engine, *metadata.tables.values())


ON_EACH_TABLE = {
    "insert": "INSERT INTO {table} SELECT * FROM {table}",
    "update": "UPDATE {table} SET {column} = {column}",
    "delete": "DELETE FROM {table}",
    "truncate": "TRUNCATE {table} CASCADE",
    "lock": "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
    "a lock of its rows": "SELECT 1 FROM {table} FOR UPDATE",
    "disable the triggers": "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "a trigger": "CREATE TRIGGER mine BEFORE INSERT ON {table} FOR EACH ROW"
    " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "a rule": "CREATE RULE mine AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "a policy": "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
    "a column": "ALTER TABLE {table} ADD COLUMN mine text",
    "an index": "CREATE INDEX mine ON {table} ({column})",
    "drop": "DROP TABLE {table} CASCADE",
    "owner": "ALTER TABLE {table} OWNER TO CURRENT_USER",
}
# What the owner's rights would do to a table, if it could be done to the view of it.
ON_EACH_VIEW = {
    "insert": "INSERT INTO {view} SELECT * FROM {view}",
    "update": "UPDATE {view} SET {column} = {column}",
    "delete": "DELETE FROM {view}",
    "lock": "LOCK TABLE {view} IN ACCESS EXCLUSIVE MODE",
    "a lock of its rows": "SELECT 1 FROM {view} FOR UPDATE",
    "a trigger": "CREATE TRIGGER mine INSTEAD OF INSERT ON {view} FOR EACH ROW"
    " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "a rule": "CREATE RULE mine AS ON UPDATE TO {view} DO INSTEAD NOTHING",
    "another query": "CREATE OR REPLACE VIEW {view} AS SELECT * FROM public.{table} WHERE false",
    "the reader's rights": "ALTER VIEW {view} SET (security_barrier = true)",
    "another name": "ALTER VIEW {view} RENAME TO mine",
    "drop": "DROP VIEW {view} CASCADE",
    "owner": "ALTER VIEW {view} OWNER TO CURRENT_USER",
}
ANYWHERE = (
    f"CREATE TABLE {VIEWS}.mine (x int)",
    f"CREATE FUNCTION {VIEWS}.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    f"ALTER SCHEMA {VIEWS} RENAME TO mine",
    f"DROP SCHEMA {VIEWS} CASCADE",
    "SET session_replication_role = replica",
    "SET ROLE {owner}",
    "SET SESSION AUTHORIZATION {owner}",
    "GRANT {owner} TO CURRENT_USER",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER FUNCTION public.tracker_append(jsonb, jsonb) RESET ALL",
    "ALTER FUNCTION public.tracker_append(jsonb, jsonb) OWNER TO CURRENT_USER",
    "DROP FUNCTION public.tracker_check(public.events, public.log_head) CASCADE",
    """CREATE OR REPLACE FUNCTION public.tracker_is_new(place bigint) RETURNS boolean
       LANGUAGE sql AS 'SELECT true'""",
    """CREATE OR REPLACE FUNCTION public.tracker_refuse_change() RETURNS trigger
       LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'""",
    "ALTER SCHEMA public RENAME TO mine",
    # What the owner's functions call, and nobody else.
    "SELECT public.tracker_check(e, h) FROM public.events e, public.log_head h",
    "SELECT public.tracker_disclose('[]', 1)",
    "SELECT public.tracker_canonical('[]')",
    "SELECT lo_export(1, '/tmp/mine')",
    "COPY public.events TO PROGRAM 'cat'",
    "COPY public.events FROM STDIN",
)


# PostgreSQL warns, and grants nothing, where one who has a right may not pass it on.
PASSED_ON = (
    *(f"GRANT ALL ON public.{table} TO CURRENT_USER, PUBLIC" for table in TABLES),
    *(f"GRANT ALL ON {VIEWS}.{table} TO CURRENT_USER, PUBLIC" for table in TABLES),
    f"GRANT ALL ON SCHEMA {VIEWS} TO PUBLIC",
    "GRANT EXECUTE ON FUNCTION public.tracker_append(jsonb, jsonb) TO PUBLIC",
)


def attempts(owner: str) -> Iterator[str]:
    for table in TABLES:
        column = next(iter(metadata.tables[table].columns)).name
        for statement in ON_EACH_TABLE.values():
            yield statement.format(table=f"public.{table}", column=column)
        for statement in ON_EACH_VIEW.values():
            yield statement.format(view=f"{VIEWS}.{table}", table=table, column=column)
    for statement in ANYWHERE:
        yield statement.format(owner=owner)


def is_refused(session: psycopg.Connection[tuple[Any, ...]], statement: str) -> bool:
    """Whether *statement* is refused for want of a right to it, and not for anything else."""
    try:
        with session.transaction():
            session.execute(statement.encode())
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


@pytest.mark.parametrize("share", ["recorder", "reader"])
def test_who_shares_a_log_can_change_nothing_in_it(log: Shared, share: str) -> None:
    """Each statement is refused for want of the right to it, and everything stays as it was."""
    before = state(log)
    with log.session(getattr(log, share)) as session:
        done = [each for each in attempts(log.owner) if not is_refused(session, each)]
        assert done == []
        for statement in PASSED_ON:
            is_refused(session, statement)
    assert state(log) == before


def test_a_reader_cannot_call_what_a_recorder_calls(log: Shared) -> None:
    """Nor can anybody else: PUBLIC was never let to."""
    with log.session(log.reader) as session:
        for name, arguments in functions.CALLED.items():
            given = ", ".join("NULL" for each in arguments.split(",") if each != "()")
            assert is_refused(session, f"SELECT public.{name}({given})")


def test_a_recorder_holds_no_right_on_any_table(log: Shared) -> None:
    """Not on one column of one table, nor on a sequence: the server itself is asked."""
    rights = ("SELECT", *CHANGES)
    in_columns = ("SELECT", "INSERT", "UPDATE", "REFERENCES")
    with log.session(log.recorder) as session:
        found = session.execute(
            "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')"
        ).fetchall()
        assert sorted(name for name, _ in found) == sorted(ALL_TABLES)
        assert {kind for _, kind in found} == {"r"}
        for table in ALL_TABLES:
            asked = [f"public.{table}", ", ".join(rights), ", ".join(in_columns)]
            held = session.execute(
                "SELECT has_table_privilege(%s, %s), has_any_column_privilege(%s, %s)",
                [asked[0], asked[1], asked[0], asked[2]],
            ).fetchone()
            assert held == (False, False), table
            assert is_refused(session, f"SELECT FROM public.{table}")
            assert is_refused(session, f"COPY public.{table} TO STDOUT")
            session.execute(f"SELECT FROM {VIEWS}.{table}".encode())


def test_the_rights_are_these_and_no_more(log: Shared) -> None:
    """A look at the tables for the reader, at views for the recorder, who may call functions.

    And nothing for PUBLIC, but to take words apart, which looks at nothing and changes nothing.
    """
    query = """
        SELECT c.relnamespace::regnamespace::text, c.relname, a.privilege_type
        FROM pg_class c, aclexplode(c.relacl) a
        WHERE a.grantee = {who} AND c.relnamespace::regnamespace::text = ANY ('{{public,{views}}}')
        UNION ALL
        SELECT p.pronamespace::regnamespace::text, p.proname, a.privilege_type
        FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        WHERE a.grantee = {who} AND p.proname LIKE 'tracker%%'
          AND p.proname <> 'tracker_refuse_change'
        UNION ALL
        SELECT 'schema', n.nspname, a.privilege_type FROM pg_namespace n, aclexplode(n.nspacl) a
        WHERE a.grantee = {who} AND n.nspname = '{views}'
    """
    look = {("public", name, "SELECT") for name in ALL_TABLES}
    views = {(VIEWS, name, "SELECT") for name in ALL_TABLES}
    called = {("public", name, "EXECUTE") for name in functions.CALLED}
    with log.engine(log.owner) as engine, engine.connect() as connection:

        def rights(who: str) -> set[tuple[str, ...]]:
            asked = query.format(who=who, views=VIEWS)
            return {tuple(row) for row in connection.exec_driver_sql(asked)}

        assert rights(f"'{log.reader}'::regrole") == look
        assert rights(f"'{log.recorder}'::regrole") == (
            views | called | {("schema", VIEWS, "USAGE")}
        )
        assert rights("0") == {("public", "tracker_parts", "EXECUTE")}


def test_the_functions_look_only_where_nobody_can_put_anything(log: Shared) -> None:
    """What runs with the owner's rights has a pinned search_path, pg_temp last."""
    query = """SELECT proname, prosecdef, proconfig, proowner::regrole::text
               FROM pg_proc WHERE proname LIKE 'tracker%%' ORDER BY 1"""
    with log.engine(log.owner) as engine, engine.connect() as connection:
        found = connection.exec_driver_sql(query).all()
    runs_as_owner = {row.proname for row in found if row.prosecdef}
    assert runs_as_owner == set(functions.CALLED)
    for row in found:
        assert row.proowner == log.owner
        if row.prosecdef:
            assert row.proconfig == ["search_path=pg_catalog, pg_temp"]


PLANTED = (
    *(f"CREATE TEMPORARY TABLE {t} AS SELECT * FROM {VIEWS}.{t} WHERE false" for t in TABLES),
    "CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'",
    "CREATE FUNCTION public.sha256(text) RETURNS bytea LANGUAGE sql AS 'SELECT NULL::bytea'",
    """CREATE FUNCTION pg_temp.clock_timestamp() RETURNS timestamptz LANGUAGE sql
       AS $$ SELECT '2001-01-01'::timestamptz $$""",
    """CREATE FUNCTION public.convert_to(text, text) RETURNS bytea LANGUAGE sql
       AS 'SELECT NULL::bytea'""",
    """CREATE FUNCTION public.steal(bigint, bigint) RETURNS boolean LANGUAGE plpgsql
       AS 'BEGIN DELETE FROM public.disclosures; RETURN true; END'""",
    "CREATE OPERATOR public.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = public.steal)",
    "CREATE DOMAIN pg_temp.jsonb AS text",
    "SET search_path = pg_temp, public, pg_catalog",
)


def test_what_is_planted_is_not_found(log: Shared) -> None:
    """Tables, types, functions and operators that a recorder makes never take the place of ours."""
    before = contents_of(log)
    with log.session(log.recorder) as session:
        for statement in PLANTED:
            session.execute(statement.encode())
        for call in (
            "SELECT * FROM public.tracker_lock()",
            "SELECT public.tracker_append('[]', '[]')",
            "SELECT public.tracker_project('links', '[]', '[]', '[]')",
        ):
            session.execute(call.encode())
        assert contents_of(log) == before
        with log.engine(log.reader) as engine:
            row, texts = next_event(engine)
        session.execute("SELECT public.tracker_append(%s, %s)", [Jsonb([row]), Jsonb(texts)])
    with log.engine(log.reader) as engine, reading(engine) as connection:
        assert verify(connection).events == row["position"]


def contents_of(log: Shared) -> object:
    with log.engine(log.owner) as engine:
        return contents(engine, *metadata.tables.values())
