"""The schema: what a database is to this program, and how it is brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
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
from tracker import Tracker
from tracker.errors import NotFound, Unavailable
from tracker.store import file_reader, migrate
from tracker.store.engine import create_file, make_engine, parse_url
from tracker.store.guards import missing_guards
from tracker.store.revision import REVISION
from tracker.store.schema import metadata


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
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


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
            monkeypatch.setattr(module, "REVISION", "0002")
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
    assert made == sorted(metadata.tables)
    with engine.connect() as found:
        assert migrate.revision(found) == REVISION
        assert missing_guards(found) == []
        assert compare_metadata(MigrationContext.configure(found), metadata) == []
    engine.dispose()
    empty(database_url)


def _tables(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return sorted(sa.inspect(connection).get_table_names())


def test_a_current_database_needs_no_sql(engine: Engine) -> None:
    """There is nothing to run where nothing is to be done."""
    migrate.upgrade(engine)
    assert "CREATE TABLE" not in migrate.upgrade_sql(engine.dialect.name, REVISION)
