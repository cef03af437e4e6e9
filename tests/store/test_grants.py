"""What a grant gives a role on PostgreSQL, what it takes back, and what it says where it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import Connection

from tests.logs import opened
from tests.sharing import VIEWS, Shared, shared
from tests.store.test_views import within
from tracker import Tracker
from tracker.errors import NotFound, Refused, TrackerError, Unavailable
from tracker.store import grants
from tracker.store.engine import parse_url, shown
from tracker.store.functions import CALLED, functions_sql
from tracker.store.grants import (
    Around,
    Share,
    begin_refresh,
    end_refresh,
    refresh_sql,
    shared_in,
    shares_of,
    stale_functions,
    stale_views,
)
from tracker.store.schema import metadata

TABLES = [*sorted(metadata.tables), "alembic_version"]
LOOK: set[tuple[str, ...]] = {("public", table, "SELECT") for table in TABLES}
SEE: set[tuple[str, ...]] = {(VIEWS, table, "SELECT") for table in TABLES} | {
    ("schema", VIEWS, "USAGE")
}
CALL: set[tuple[str, ...]] = {("function", name, "EXECUTE") for name in CALLED}


@pytest.fixture
def log(each_postgresql: str) -> Iterator[Shared]:
    """An empty log that is shared with nobody yet."""
    with shared(each_postgresql, granted=False) as log:
        yield log


@contextmanager
def connected(log: Shared, role: str) -> Iterator[Connection]:
    """A connection of *role*; what it does is committed at the end."""
    with log.engine(role) as engine, engine.begin() as connection:
        yield connection


def grant(log: Shared, role: str, share: Share | None, *, by: str | None = None) -> None:
    with connected(log, by or log.owner) as connection:
        grants.grant(connection, role, share)


def refusal(log: Shared, role: str, share: Share | None) -> TrackerError:
    """How the owner is told that *role* is not given that share."""
    with pytest.raises(TrackerError) as refused:
        grant(log, role, share)
    return refused.value


def execute(log: Shared, *statements: str, by: str = "postgres") -> None:
    """Run *statements*, the names of roles and of the database in braces."""
    names = {name: Identifier(getattr(log, name)) for name in ("owner", "recorder", "reader")}
    with log.session(by) as session:
        for statement in statements:
            session.execute(SQL(statement).format(**names, database=Identifier(log.database)))


def rights(log: Shared, role: str) -> set[tuple[str, ...]]:
    """Every right in the log that was given to *role* itself."""
    query = """
        SELECT n.nspname, c.relname, a.privilege_type
        FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid, aclexplode(c.relacl) a
        WHERE a.grantee = (SELECT oid FROM pg_roles WHERE rolname = %(role)s)
        UNION ALL
        SELECT 'function', p.proname, a.privilege_type FROM pg_proc p, aclexplode(p.proacl) a
        WHERE a.grantee = (SELECT oid FROM pg_roles WHERE rolname = %(role)s)
        UNION ALL
        SELECT 'schema', n.nspname, a.privilege_type FROM pg_namespace n, aclexplode(n.nspacl) a
        WHERE a.grantee = (SELECT oid FROM pg_roles WHERE rolname = %(role)s)
    """
    with log.session("postgres") as session:
        return {tuple(row) for row in session.execute(query, {"role": role}).fetchall()}


# -- what is given ---------------------------------------------------------------------------------


def test_the_last_share_is_the_whole_of_it(log: Shared) -> None:
    """Whatever a role had before: a reader looks at tables, a recorder at views, and calls."""
    wanted: dict[Share | None, set[tuple[str, ...]]] = {
        "reader": LOOK,
        "recorder": SEE | CALL,
        None: set(),
    }
    order: tuple[Share | None, ...] = ("reader", None, "recorder", "reader", "recorder", None)
    for share in order:
        grant(log, log.recorder, share)
        assert rights(log, log.recorder) == wanted[share], share
    for share in ("reader", None):  # its views are there now, and are taken away, too
        grant(log, log.recorder, share)
        assert rights(log, log.recorder) == wanted[share], share


def test_what_a_grant_makes_is_the_owners(log: Shared) -> None:
    """Functions and views, when a superuser grants: they would run with all of its rights."""
    grant(log, log.recorder, "recorder", by="postgres")
    with log.session("postgres") as session:
        owners = session.execute(
            "SELECT DISTINCT proowner::regrole::text FROM pg_proc WHERE proname LIKE 'tracker%%'"
            " UNION SELECT relowner::regrole::text FROM pg_class"
            " WHERE relnamespace = %s::regnamespace",
            [VIEWS],
        ).fetchall()
    assert owners == [(log.owner,)]
    assert rights(log, log.recorder) == SEE | CALL


def test_any_grant_puts_the_functions_back(log: Shared) -> None:
    """A reader's, and one that takes everything back; those that nobody took away stay."""
    with connected(log, log.owner) as connection:
        assert (stale_functions(connection), shared_in(connection)) == ([], None)
    for share in ("reader", None):
        grant(log, log.reader, share)
        execute(log, "DROP FUNCTION tracker_instant(timestamptz), tracker_is_new(bigint)")
        with connected(log, log.owner) as connection:
            assert stale_functions(connection) == ["tracker_instant", "tracker_is_new"]
            assert shared_in(connection) == "public"
    grant(log, log.reader, "reader")
    with connected(log, log.owner) as connection:
        assert stale_functions(connection) == []


def test_a_recorders_grant_alone_puts_the_views_back(log: Shared) -> None:
    """For those who looked through them before, too."""
    with connected(log, log.owner) as connection:
        grants.grant(connection, log.reader, "reader")
        assert stale_views(connection) == []  # nobody looks
    grant(log, log.recorder, "recorder")
    execute(log, "CREATE ROLE too", "DROP VIEW tracker_reading.links, tracker_reading.events")
    try:
        grant(log, log.reader, "reader")
        with connected(log, log.owner) as connection:
            assert stale_views(connection) == ["events", "links"]
        grant(log, "too", "recorder")
        assert rights(log, "too") == rights(log, log.recorder) == SEE | CALL
        assert rights(log, log.reader) == LOOK
        execute(log, "GRANT DELETE ON tracker_reading.links TO too")
        with connected(log, log.owner) as connection:
            assert stale_views(connection) == ["links"]
            assert shares_of(connection) == [
                (log.reader, "reader"),
                (log.recorder, "recorder"),
                ("too", "recorder"),
            ]
        grant(log, "too", "recorder")
        with connected(log, log.owner) as connection:
            assert stale_views(connection) == []
    finally:
        execute(log, "DROP OWNED BY too", "DROP ROLE too")


@pytest.mark.parametrize("by", ["owner", "postgres"])
def test_names_of_any_kind_are_quoted(each_postgresql: str, by: str) -> None:
    """Of schema, roles and owner: with quotes, spaces, and what a driver takes for a parameter."""
    odd = 'Out "100%" %s :of'
    with shared(each_postgresql, granted=False, called="{share} " + odd + " {tag}") as log:
        with log.session(log.owner) as session:
            session.execute(SQL("CREATE SCHEMA {}").format(Identifier(odd)))
        owner, granting = (
            within(log.by(each), odd) for each in (log.owner, getattr(log, by, "postgres"))
        )
        with opened(owner), opened(granting) as engine:
            for share in ("recorder", "reader", "recorder"):
                with engine.begin() as connection:
                    grants.grant(connection, log.recorder, share)
            with engine.begin() as connection:
                assert shared_in(connection) == odd
                assert shares_of(connection) == [(log.recorder, "recorder")]
                assert (stale_functions(connection), stale_views(connection)) == ([], [])
            with engine.begin() as connection:
                end_refresh(connection, begin_refresh(connection))
            with engine.begin() as connection:
                assert (stale_functions(connection), stale_views(connection)) == ([], [])
        with Tracker.open(within(log.by(log.recorder), odd), by="desk") as recorder:
            recorder.register("il-114", title="Il-114", lifecycle="co-production")
            assert recorder.status("il-114").standing.status.phase == "not-started"
        views = f"tracker_reading_{odd}"
        assert rights(log, log.recorder) == {
            *CALL,
            *((views, table, "SELECT") for table in TABLES),
            ("schema", views, "USAGE"),
            ("schema", odd, "USAGE"),
        }


# -- what is refused -------------------------------------------------------------------------------


def test_only_the_owner_grants(log: Shared) -> None:
    """It says who that is, and who you are."""
    grant(log, log.reader, "reader")
    with pytest.raises(Unavailable) as refused:
        grant(log, log.recorder, "recorder", by=log.reader)
    assert str(refused.value) == (
        f"only the owner of the log {shown(parse_url(log.by(log.reader)))}, {log.owner!r}, can "
        f"grant a share in it, and you are {log.reader!r}; ask them, or connect as them"
    )


def test_a_role_that_is_none_is_not_found(log: Shared) -> None:
    """It says how one is made; PUBLIC is none."""
    for role in ("nobody-here", "PUBLIC"):
        said = refusal(log, role, "reader")
        assert isinstance(said, NotFound)
        assert str(said) == (
            f"there is no role {role!r} on that server; an administrator makes one with: "
            f"createuser {role}"
        )


def test_a_role_that_owns_the_log_is_limited_by_nothing(log: Shared) -> None:
    """A superuser, the owner, or a member of that role."""
    execute(log, "GRANT {owner} TO {reader}")
    for role, what in {
        "postgres": "is a superuser",
        log.owner: f"has all that {log.owner!r}, the owner, has",
        log.reader: f"has all that {log.owner!r}, the owner, has",
    }.items():
        said = refusal(log, role, "reader")
        assert isinstance(said, Refused)
        assert str(said) == (
            f"the role {role!r} {what}, so that no grant can limit it; name another role"
        )


def test_a_grant_opens_the_database_and_the_schema(log: Shared) -> None:
    """To whom they are closed; taking a share back opens nothing."""
    execute(
        log,
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    )
    grant(log, log.reader, None)
    assert rights(log, log.reader) == set()
    grant(log, log.reader, "reader")
    assert rights(log, log.reader) == LOOK | {("schema", "public", "USAGE")}
    with connected(log, log.reader) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM events").scalar() == 0


def test_what_is_anothers_to_open_is_named(log: Shared) -> None:
    """Whether the server refuses to, or warns and does nothing; and nothing stays."""
    execute(
        log,
        "ALTER DATABASE {database} OWNER TO postgres",
        "ALTER SCHEMA public OWNER TO postgres",
        "GRANT CONNECT ON DATABASE {database} TO {owner}",
        "GRANT USAGE ON SCHEMA public TO {owner}",
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    )
    with connected(log, log.owner) as connection:
        for warned in (True, False):
            if not warned:
                execute(log, "REVOKE ALL ON DATABASE {database} FROM {owner}")
            with pytest.raises(Unavailable) as refused, connection.begin_nested():
                grants.grant(connection, log.reader, "reader")
            assert str(refused.value) == (
                f"the role {log.reader!r} may not use the database {log.database!r}, and you "
                "cannot let it; ask its owner for: "
                f'GRANT CONNECT ON DATABASE "{log.database}" TO "{log.reader}"'
            )
    execute(log, "GRANT CONNECT ON DATABASE {database} TO PUBLIC")
    assert str(refusal(log, log.reader, "reader")) == (
        f"the role {log.reader!r} may not use the schema 'public', and you cannot let it; "
        f'ask its owner for: GRANT USAGE ON SCHEMA "public" TO "{log.reader}"'
    )
    assert rights(log, log.reader) == set()


FROM_ELSEWHERE: dict[str, tuple[Share, tuple[str, ...], str]] = {
    "a recorder that sees a table": (
        "recorder",
        ("GRANT SELECT ON events TO PUBLIC", "GRANT DELETE ON links TO PUBLIC"),
        "SELECT on the table 'events'",
    ),
    "a recorder that sees a column": (
        "recorder",
        ("GRANT SELECT (body) ON events TO PUBLIC",),
        "SELECT on the table 'events'",
    ),
    "a reader that changes a table": (
        "reader",
        ("GRANT SELECT, TRUNCATE ON merkle_nodes TO PUBLIC",),
        "TRUNCATE on the table 'merkle_nodes'",
    ),
    "a reader that changes a view": (
        "reader",
        (
            "GRANT {recorder} TO {reader}",
            "GRANT DELETE ON tracker_reading.events TO {recorder}",
            "REVOKE ALL ON FUNCTION tracker_append(jsonb, jsonb) FROM {recorder}",
        ),
        "DELETE on the view 'events'",
    ),
    "a reader that changes both": (
        "reader",
        (
            "GRANT {recorder} TO {reader}",
            "GRANT DELETE ON tracker_reading.disclosures TO {recorder}",
            "GRANT INSERT ON projections TO {recorder}",
        ),
        "INSERT on the table 'projections'",
    ),
}


@pytest.mark.parametrize("name", FROM_ELSEWHERE)
def test_a_role_that_can_do_more_is_given_nothing(log: Shared, name: str) -> None:
    """It says what the role can do that no grant takes from it."""
    share, given, right = FROM_ELSEWHERE[name]
    role = getattr(log, share)
    grant(log, log.recorder, "recorder")
    before = rights(log, role)
    execute(log, *given)
    said = refusal(log, role, share)
    assert isinstance(said, Refused)
    assert str(said) == (
        f"the role {role!r} has the right to {right} from elsewhere (another role, or PUBLIC), so "
        f"that no {share} is made of it; have that taken back first"
    )
    assert rights(log, role) == before


def test_no_reader_is_made_of_a_member_of_a_recorder(log: Shared) -> None:
    """It may record, whatever it is called."""
    grant(log, log.recorder, "recorder")
    execute(log, "GRANT {recorder} TO {reader}")
    said = refusal(log, log.reader, "reader")
    assert isinstance(said, Refused)
    assert str(said) == (
        f"the role {log.reader!r} may record through another role that it is a member of; have "
        "that taken back first"
    )
    grant(log, log.reader, "recorder")
    assert rights(log, log.reader) == SEE | CALL


# -- around a migration ----------------------------------------------------------------------------


def test_nothing_is_around_a_migration_of_a_log_that_nobody_shares(log: Shared) -> None:
    """There are no functions to be made anew, nor views."""
    with connected(log, log.owner) as connection:
        assert refresh_sql(connection) == begin_refresh(connection) == Around((), ())


def test_what_is_around_a_migration_is_written_out(log: Shared) -> None:
    """Word for word as somebody runs it by hand: the views go before it, and come after it."""
    functions = list(functions_sql('"public"'))
    tables = ", ".join(f'"public".{table}' for table in TABLES)
    there = ", ".join(f'"{VIEWS}".{table}' for table in TABLES)
    look = f'GRANT SELECT ON {tables} TO "{log.reader}"'
    grant(log, log.reader, "reader")
    with connected(log, log.owner) as connection:
        assert refresh_sql(connection) == Around((), (*functions, look))
    grant(log, log.recorder, "recorder")
    execute(log, 'CREATE VIEW tracker_reading."Once Upon" AS TABLE links', by=log.owner)
    execute(log, 'CREATE TABLE "Once Upon" (x int)', by=log.owner)
    made = [f'CREATE VIEW "{VIEWS}".{name} AS SELECT * FROM "public".{name}' for name in TABLES]
    closed = [
        f"REVOKE ALL ON {what} FROM {role}"
        for role in ("PUBLIC", f'"{log.recorder}"')
        for what in (f'SCHEMA "{VIEWS}"', there)
    ]
    shown_again = [
        f'GRANT USAGE ON SCHEMA "{VIEWS}" TO "{log.recorder}"',
        f'GRANT SELECT ON {there} TO "{log.recorder}"',
    ]
    taken = f'REVOKE ALL ON {tables} FROM "{log.recorder}"'
    after = (*functions, *made, *closed, *shown_again, look, taken)
    gone = ", ".join(f'"{VIEWS}"."{name}"' for name in sorted([*TABLES, "Once Upon"]))
    with connected(log, log.owner) as connection:
        assert refresh_sql(connection) == Around((f"DROP VIEW IF EXISTS {gone}",), after)
    execute(log, "DROP SCHEMA tracker_reading CASCADE")
    schema = f'CREATE SCHEMA "{VIEWS}" AUTHORIZATION "{log.owner}"'
    with connected(log, log.owner) as connection:
        without = (*functions, schema, *made, *closed[:2], *shown_again, look, taken)
        assert refresh_sql(connection) == Around((), without)


def test_a_migration_finds_no_views_and_leaves_them_as_they_were(log: Shared) -> None:
    """Whoever runs it, and where the schema of the views has gone, too."""
    grant(log, log.reader, "reader")
    with connected(log, "postgres") as connection:
        end_refresh(connection, begin_refresh(connection))
        assert connection.exec_driver_sql("SELECT current_user").scalar() == log.owner
    grant(log, log.recorder, "recorder")
    views = sa.text("SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace(:views)")
    for harm in ("REVOKE ALL ON links FROM PUBLIC", "DROP SCHEMA tracker_reading CASCADE"):
        execute(log, harm, "GRANT SELECT ON events TO {recorder}")
        with connected(log, "postgres") as connection:
            around = begin_refresh(connection)
            assert connection.execute(views, {"views": VIEWS}).scalar() == 0
            assert connection.exec_driver_sql("SELECT current_user").scalar() == log.owner
            end_refresh(connection, around)
            assert stale_views(connection) == []
        assert rights(log, log.recorder) == SEE | CALL
        assert rights(log, log.reader) == LOOK


def test_a_file_has_nothing_of_all_this(sqlite_url: str) -> None:
    """It is asked the same, and knows no roles."""
    with opened(sqlite_url) as engine, engine.begin() as connection:
        grants.become_owner(connection)
        assert begin_refresh(connection) == Around()
        assert (stale_functions(connection), stale_views(connection)) == ([], [])
        assert shared_in(connection) is None
