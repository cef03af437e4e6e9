"""The schema: what a database is to this program, and how it is brought up to date."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Engine

from tests.databases import empty
from tests.sharing import shared
from tracker import Tracker
from tracker.errors import NotFound, Unavailable
from tracker.store import file_reader, migrate
from tracker.store.engine import create_file, make_engine, parse_url
from tracker.store.grants import Around, stale_functions
from tracker.store.guards import guards_sql, install_guards, missing_guards
from tracker.store.indexes import is_described
from tracker.store.revision import REVISION
from tracker.store.schema import metadata

PARTS = {f"search_parts{each}" for each in ("", "_config", "_data", "_idx")}
"""SQLite's index of parts of words, and the tables that FTS5 keeps it in."""


def script() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(migrate.scripts()).replace("%", "%%"))
    return ScriptDirectory.from_config(config)


RELEASED = sorted(each.revision for each in script().walk_revisions())


def opened(url: str) -> Engine:
    parts = parse_url(url)
    if parts.get_backend_name() == "sqlite":
        create_file(parts)
    return make_engine(parts)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a database that is there and empty."""
    made = opened(database_url)
    yield made
    made.dispose()


def state(engine: Engine) -> str:
    with engine.connect() as connection:
        return migrate.state(connection)


_CATALOGUE = (
    """SELECT table_name, column_name, data_type, is_nullable, collation_name, column_default
       FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2""",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2""",
    "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
)


def schema(engine: Engine) -> object:
    """Everything that the database says of its tables, for two to be compared."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            query = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
            return [tuple(row) for row in connection.exec_driver_sql(query)]
        found: list[Any] = []
        for query in _CATALOGUE:
            found += [tuple(row) for row in connection.exec_driver_sql(query)]
        return found


def differences(connection: sa.Connection, **options: object) -> list[Any]:
    """What metadata says otherwise of what it can describe."""
    options["include_name"] = is_described
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, metadata))


def test_the_program_reads_and_writes_the_newest_revision() -> None:
    """REVISION is the one head of alembic/."""
    assert script().get_heads() == [REVISION]


@pytest.mark.parametrize("released", RELEASED)
def test_an_upgraded_database_is_one_made_fresh(
    engine: Engine, another_database: Callable[[str], str], database_url: str, released: str
) -> None:
    """Whatever release it was made by, after the upgrade it is the same to the last index."""
    migrate.upgrade(engine, released)
    migrate.upgrade(engine)
    fresh = opened(another_database(database_url))
    try:
        migrate.upgrade(fresh)
        assert schema(engine) == schema(fresh)
        with engine.connect() as connection:
            assert migrate.revision(connection) == REVISION
            assert missing_guards(connection) == []
    finally:
        fresh.dispose()


def test_the_migrations_make_what_the_program_describes(engine: Engine) -> None:
    """Autogenerate finds nothing that metadata and database would say differently."""
    migrate.upgrade(engine)
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert differences(connection, **options) == []


def test_a_second_upgrade_changes_nothing(engine: Engine) -> None:
    """Running the migration again is harmless."""
    migrate.upgrade(engine)
    before = schema(engine)
    migrate.upgrade(engine)
    assert schema(engine) == before


def test_a_database_with_nothing_in_it_is_empty(engine: Engine, database_url: str) -> None:
    """It is no log, and it becomes one only where that is asked for."""
    assert state(engine) == "empty"
    with pytest.raises(NotFound, match="there is no log"):
        Tracker.open(database_url)
    Tracker.open(database_url, create=True).close()
    assert state(engine) == "current"


@pytest.mark.parametrize(
    ("found", "said"),
    [("newer", "made by a newer tracker"), ("older", "tracker db upgrade")],
)
def test_a_log_of_another_release_is_left_alone(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, found: str, said: str
) -> None:
    """A newer one is not touched; an older one asks to be upgraded, and its tables stay."""
    migrate.upgrade(engine)
    if found == "newer":
        with engine.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    else:
        for module in (migrate, file_reader):
            monkeypatch.setattr(module, "REVISION", "9999")
    assert state(engine) == found
    with pytest.raises(Unavailable, match=said):
        Tracker.open(database_url)


def test_somebody_elses_database_is_left_alone(engine: Engine, database_url: str) -> None:
    """A database with other tables is never written to."""
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE recipes (name TEXT)")
    assert state(engine) == "foreign"
    for create in (False, True):
        with pytest.raises(Unavailable, match="holds other tables"):
            Tracker.open(database_url, create=create)
    with engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == ["recipes"]


def test_the_sql_of_an_upgrade_can_be_run_by_hand(engine: Engine, database_url: str) -> None:
    """What is printed for an administrator makes the same tables."""
    written = migrate.upgrade_sql(engine.dialect.name, None)
    if engine.dialect.name == "sqlite":
        connection = sqlite3.connect(str(engine.url.database))
        connection.executescript(written)
        connection.close()
    else:
        with psycopg.connect(
            host=str(engine.url.query["host"]),
            dbname=engine.url.database,
            user="postgres",
            autocommit=True,
        ) as by_hand:
            by_hand.execute(written.encode())
    made = [name for name in _tables(engine) if name != "alembic_version"]
    described = [name for name in made if is_described(name, "table", {})]
    assert described == sorted(metadata.tables)
    assert set(made) - set(described) <= PARTS
    with engine.connect() as found:
        assert migrate.revision(found) == REVISION
        assert missing_guards(found) == []
        assert differences(found) == []
    engine.dispose()
    empty(database_url)


def _tables(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return sorted(sa.inspect(connection).get_table_names())


def test_a_current_database_needs_no_sql(engine: Engine) -> None:
    """There is nothing to run where nothing is to be done."""
    migrate.upgrade(engine)
    assert "CREATE TABLE" not in migrate.upgrade_sql(engine.dialect.name, REVISION)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            "newer",
            "the log desk.db was made by a newer tracker; install that one to use it",
        ),
        (
            "foreign",
            "desk.db holds other tables and no log of tracker's; name another with --db",
        ),
        (
            "older",
            "the log desk.db needs an upgrade; back it up, then: tracker db upgrade",
        ),
    ],
)
def test_what_cannot_be_used_as_it_is_is_told_the_way_out(
    found: migrate.State, sentence: str
) -> None:
    """What is current, or empty, can."""
    with pytest.raises(Unavailable) as refused:
        migrate.check_state(found, "desk.db")
    assert str(refused.value) == sentence
    migrate.check_state("current", "desk.db")
    migrate.check_state("empty", "desk.db")


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_printed_sql_is_one_transaction_that_ends_with_the_guards(dialect: str) -> None:
    """And, for a log that is shared, with what its recorders need."""
    guards = "".join(f"{statement};\n\n" for statement in guards_sql(dialect))
    whole = migrate.upgrade_sql(dialect, None)
    assert whole.startswith("BEGIN;\n\n")
    assert whole.endswith(f"{guards}COMMIT;\n")
    assert whole.count("CREATE TABLE log_head") == 1
    assert whole.count("BEGIN;") == whole.count("COMMIT;") == 1
    assert migrate.upgrade_sql(dialect, "base") == whole
    shared = migrate.upgrade_sql(
        dialect, REVISION, Around(("DROP a", "DROP b"), ("GRANT a", "GRANT b"))
    )
    assert shared.startswith("BEGIN;\n\nDROP a;\n\nDROP b;\n\n")
    assert shared.endswith(f"{guards}GRANT a;\n\nGRANT b;\n\nCOMMIT;\n")
    assert "CREATE TABLE" not in shared
    type_of_hashes = {"sqlite": "BLOB", "postgresql": "BYTEA"}[dialect]
    assert f"frontier {type_of_hashes}" in whole


def test_migrations_lie_beside_the_package_or_inside_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In a checkout, or as they are installed; in a folder of any name."""
    assert (migrate.scripts() / "env.py").is_file()
    package = tmp_path / "100%" / "tracker"
    (package / "store").mkdir(parents=True)
    monkeypatch.setattr(migrate, "__file__", str(package / "store" / "migrate.py"))
    assert migrate.scripts() == tmp_path / "100%" / "alembic"
    (package / "_alembic").mkdir()
    assert migrate.scripts() == package / "_alembic"
    shutil.copytree(Path(__file__).parents[2] / "alembic", package / "_alembic", dirs_exist_ok=True)
    assert "CREATE TABLE log_head" in migrate.upgrade_sql("sqlite", None)


def test_a_server_migrates_one_at_a_time(each_postgresql: str) -> None:
    """Under a lock that is given back at the end."""
    engine, other = opened(each_postgresql), sa.create_engine(each_postgresql)
    asked: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    migrate.upgrade(engine)
    assert asked[0] == "SELECT pg_advisory_xact_lock(7465231905)"
    with other.connect() as connection:
        # Of this database alone: other tests migrate theirs on the same server meanwhile.
        query = (
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
            " WHERE locktype = 'advisory' AND datname = current_database()"
        )
        assert connection.exec_driver_sql(query).scalar() == 0
    engine.dispose()
    other.dispose()


def test_a_file_is_locked_as_its_upgrade_begins(sqlite_url: str) -> None:
    """So that two at once wait for each other."""
    engine = opened(sqlite_url)
    asked: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    migrate.upgrade(engine)
    assert asked[0] == "BEGIN IMMEDIATE"


def test_an_upgrade_of_a_shared_log_puts_its_functions_back_as_the_owners(
    each_postgresql: str,
) -> None:
    """Whoever may run it; one who only records may not."""
    whose = "SELECT DISTINCT pg_get_userbyid(proowner) FROM pg_proc WHERE proname = 'tracker_lock'"
    with shared(each_postgresql) as log:
        with log.engine(log.owner) as engine, engine.begin() as connection:
            connection.exec_driver_sql("DROP FUNCTION public.tracker_lock()")
        superuser = opened(each_postgresql)
        with superuser.connect() as connection:
            assert stale_functions(connection) == ["tracker_lock"]
        migrate.upgrade(superuser)
        with superuser.connect() as connection:
            assert stale_functions(connection) == []
            assert connection.exec_driver_sql(whose).scalars().all() == [log.owner]
        superuser.dispose()
        with (
            log.engine(log.recorder) as engine,
            pytest.raises(Unavailable, match=r"^only the owner of the log .* can upgrade it, and"),
        ):
            migrate.upgrade(engine)


def test_a_server_says_what_it_refuses(each_postgresql: str) -> None:
    """The change, and the table."""
    engine = opened(each_postgresql)
    migrate.upgrade(engine)
    for change in ("UPDATE", "TRUNCATE"):
        statement = {"UPDATE": "UPDATE events SET body = ''", "TRUNCATE": "TRUNCATE events"}[change]
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO events (position, event_id, version, kind, schema, recorded_at, time,"
                " recorded_by, body, leaf)"
                f" VALUES ({len(change)}, '{change}', 1, '', 1, '', '', '', '', '')"
            )
        with pytest.raises(sa.exc.DBAPIError) as refused, engine.begin() as connection:
            connection.exec_driver_sql(statement)
        first_line = str(refused.value.orig).splitlines()[0]
        assert first_line == f"the log is append-only: {change} on events is refused"
    engine.dispose()


def test_guards_that_are_missing_or_disabled_are_named(engine: Engine) -> None:
    """In the order in which they are made."""
    migrate.upgrade(engine)
    is_file = engine.dialect.name == "sqlite"
    every = (
        ["events_no_update", "events_no_delete", "events_no_replace"]
        if is_file
        else ["events_no_change", "events_no_truncate"]
    )
    with engine.begin() as connection:
        assert missing_guards(connection) == []
        for count, name in enumerate(every, 1):
            on = "" if is_file else " ON events"
            connection.exec_driver_sql(f"DROP TRIGGER {name}{on}")
            assert missing_guards(connection) == every[:count]
        install_guards(connection)
        assert missing_guards(connection) == []
        if not is_file:
            connection.exec_driver_sql("ALTER TABLE events DISABLE TRIGGER events_no_change")
            assert missing_guards(connection) == ["events_no_change"]
        else:
            connection.exec_driver_sql("CREATE TABLE others (position, event_id)")
            connection.exec_driver_sql("DROP TRIGGER events_no_update")
            connection.exec_driver_sql(
                "CREATE TRIGGER events_no_update BEFORE UPDATE ON others BEGIN SELECT 1; END"
            )
            assert missing_guards(connection) == ["events_no_update"]
