"""The views of a shared log: where they are, who finds them, and what a migration does to them."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from tests.sharing import VIEWS, Shared, shared
from tracker import Tracker
from tracker.application import keeping, upgrading
from tracker.application.sharing import share_log
from tracker.errors import NotFound, Unavailable
from tracker.store import migrate, views
from tracker.store.event_log import reading
from tracker.store.grants import stale_views
from tracker.store.revision import REVISION
from tracker.store.roles import reads_views, standing

SOURCE = "https://example.org/report"
SCHEMAS = {
    "second": "tracker_reading_second",
    'Two "Words"': 'tracker_reading_Two "Words"',
    "ü" * 23 + "x": "tracker_reading_" + "ü" * 23 + "x",  # 63 bytes, the longest that there are
    "ü" * 24: "tracker_reading_" + sha256(("ü" * 24).encode()).hexdigest()[:32],
}


def within(url: str, schema: str) -> str:
    """*url*, with the tables in another schema than ``public``."""
    path = '"{}"'.format(schema.replace('"', '""')).replace(" ", "\\ ")
    parts = make_url(url).update_query_dict({"options": f"-csearch_path={path}"})
    return parts.render_as_string(hide_password=False)


def views_schemas(log: Shared) -> set[str]:
    """The schemas in which there is a view of the head of a log."""
    with log.session("postgres") as session:
        rows = session.execute(
            "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relname = 'log_head' AND c.relkind = 'v'"
        )
        return {name for (name,) in rows}


@pytest.mark.parametrize("schema", SCHEMAS, ids=["plain", "quoted", "longest", "too long"])
def test_two_logs_in_one_database(each_postgresql: str, schema: str) -> None:
    """Each has views of its own, and a recorder of one of them knows nothing of the other."""
    with shared(each_postgresql) as log:
        with log.session(log.owner) as session:
            session.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
        owner, recorder = (within(log.by(each), schema) for each in (log.owner, log.recorder))
        Tracker.open(owner, create=True).close()
        with pytest.raises(NotFound):  # what it may not use, the server does not show
            Tracker.open(recorder)
        share_log(owner, log.recorder, "recorder")
        with Tracker.open(recorder, by="anna") as second:
            second.register("mi-8", title="Mi-8", lifecycle="co-production")
            assert keeping.verify(second.engine).events == second.head().position == 2
        with Tracker.open(log.by(log.recorder), by="anna") as first:
            assert first.head().position == 0
            first.register("il-114", title="Il-114", lifecycle="co-production")
            assert first.status("il-114").standing.profile.title == "Il-114"
            with pytest.raises(NotFound):
                first.status("mi-8")
        with Tracker.open(owner) as second:
            assert second.status("mi-8").standing.profile.title == "Mi-8"
        assert views_schemas(log) == {VIEWS, SCHEMAS[schema]}
        share_log(owner, log.recorder, None)
        with pytest.raises(Unavailable, match="does not let you do that"):
            Tracker.open(recorder)


def test_who_is_connected_stays_so_when_the_share_changes(each_postgresql: str) -> None:
    """A program that runs on reads tables or views, whichever its login may, at once."""
    with (
        shared(each_postgresql) as log,
        Tracker.open(log.by(log.reader), by="bert") as opened,
        Tracker.open(log.by(log.owner)) as own,
    ):
        assert opened.head().position == 0
        share_log(log.by(log.owner), log.reader, "recorder")
        opened.register("il-114", title="Il-114", lifecycle="co-production")
        with reading(opened.engine) as connection:
            assert reads_views(connection)
        share_log(log.by(log.owner), log.reader, "reader")
        assert opened.status("il-114").standing.profile.title == "Il-114"
        with pytest.raises(Unavailable):
            opened.record("il-114", "commented", on="2024-05-06", source=SOURCE)
        assert opened.head() == own.head()


def test_the_owner_never_reads_views(each_postgresql: str) -> None:
    """Neither does a superuser, nor whoever else may write the tables, nor a reader."""
    with shared(each_postgresql) as log:
        for role, there in (
            (log.owner, False),
            ("postgres", False),
            (log.reader, False),
            (log.recorder, True),
        ):
            with log.engine(role) as engine, engine.connect() as connection:
                kind = connection.exec_driver_sql(
                    "SELECT relkind::text FROM pg_class WHERE oid = 'events'::regclass"
                ).scalar()
                assert kind == ("v" if there else "r"), role


# -- what stands in the way ------------------------------------------------------------------------

IN_THE_WAY: dict[str, tuple[tuple[str, ...], str]] = {
    "a view of one of them": (
        (
            f"CREATE VIEW mine AS SELECT * FROM {VIEWS}.links",
            f"CREATE VIEW mine_too AS SELECT * FROM {VIEWS}.links",
            f"DROP VIEW {VIEWS}.events",
        ),
        f"view mine depends on view {VIEWS}.links",
    ),
    "a table in the place of one": (
        (f"ALTER VIEW {VIEWS}.links RENAME TO kept", f"CREATE TABLE {VIEWS}.links (x int)"),
        '"links" is not a view',
    ),
}


@pytest.mark.parametrize("name", IN_THE_WAY)
def test_what_is_not_ours_is_not_taken_away(each_postgresql: str, name: str) -> None:
    """It is named, and whose it is must see to it; nothing was changed meanwhile."""
    harm, reason = IN_THE_WAY[name]
    with shared(each_postgresql) as log:
        with log.session(log.owner) as session:
            for statement in harm:
                session.execute(statement.encode())
        with pytest.raises(Unavailable) as refused:
            share_log(log.by(log.owner), log.recorder, "recorder")
        assert str(refused.value) == (
            f"the views in the schema {VIEWS!r} cannot be made anew ({reason}); take away what is "
            "not tracker's there, or was built on them, and repeat"
        )
        with log.engine(log.owner) as engine, engine.connect() as connection:
            assert stale_views(connection) == ["events" if "view of" in name else "links"]


def test_whoever_may_not_take_the_views_away_is_told_by_the_server(each_postgresql: str) -> None:
    """Nothing stands in the way but the right to."""
    with (
        shared(each_postgresql) as log,
        log.engine(log.recorder) as engine,
        engine.connect() as connection,
        pytest.raises(ProgrammingError, match="must be owner"),
    ):
        views.drop_views(connection, standing(connection))


def test_a_schema_that_the_owner_may_not_make_is_asked_for(each_postgresql: str) -> None:
    """Of whoever owns the database, word for word; or it is another's already."""
    with shared(each_postgresql, granted=False) as log:
        with log.session("postgres") as session:
            database = Identifier(log.database)
            session.execute(SQL("ALTER DATABASE {} OWNER TO postgres").format(database))
        with pytest.raises(Unavailable) as refused:
            share_log(log.by(log.owner), log.recorder, "recorder")
        statement = f'CREATE SCHEMA "{VIEWS}" AUTHORIZATION "{log.owner}"'
        assert str(refused.value) == (
            f"recorders read through views in the schema {VIEWS!r}, and you cannot make it; ask "
            f"the owner of the database for: {statement}"
        )
        with log.session("postgres") as session:
            session.execute(statement.replace(log.owner, log.reader).encode())
        with pytest.raises(Unavailable) as refused:
            share_log(log.by(log.owner), log.recorder, "recorder")
        assert str(refused.value) == (
            f"the schema {VIEWS!r}, through which recorders are to read, belongs to "
            f"{log.reader!r}; ask an administrator for: "
            f'ALTER SCHEMA "{VIEWS}" OWNER TO "{log.owner}"'
        )


# -- migrations ------------------------------------------------------------------------------------

NEXT = f"{int(REVISION) + 1:04}"
MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "{next}"
down_revision = "{revision}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("links", "other", type_=sa.String(400))
    op.add_column("plan_versions", sa.Column("mine", sa.Text(), nullable=True))
    op.drop_column("initiatives", "summary")
    op.drop_table("Once Upon")
"""


def become_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this the program of tomorrow, with a migration that alters what the views show."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrate.scripts(), folder)
    (folder / "versions" / f"{NEXT}_next.py").write_text(
        MIGRATION.format(next=NEXT, revision=REVISION), encoding="utf-8"
    )
    monkeypatch.setattr(migrate, "scripts", lambda: folder)
    monkeypatch.setattr(migrate, "REVISION", NEXT)


def columns_shown(log: Shared) -> list[tuple[str, str]]:
    """Which of the columns of that migration the views show."""
    with log.session(log.recorder) as session:
        return session.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = %s AND column_name IN ('mine', 'summary') ORDER BY 1",
            [VIEWS],
        ).fetchall()


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_migration_alters_what_the_views_show(
    each_postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_hand: bool
) -> None:
    """It takes the views out of its way, and makes them anew for those who looked at them."""
    with shared(each_postgresql) as log, log.engine(log.owner) as engine:
        with log.session(log.owner) as session:  # a table that tomorrow's program has no more
            session.execute('CREATE TABLE "Once Upon" (x int)')
            session.execute(f'CREATE VIEW {VIEWS}."Once Upon" AS TABLE "Once Upon"'.encode())
        assert columns_shown(log) == [("initiatives", "summary")]
        become_next(tmp_path, monkeypatch)
        script = upgrading.upgrade_sql(upgrading.schema_version(log.by(log.owner)))
        if by_hand:
            with log.session(log.owner) as session:
                session.execute(script.encode())
        else:
            migrate.upgrade(engine)
        assert columns_shown(log) == [("plan_versions", "mine")]
        with log.session(log.recorder) as session:
            for name in views.tables():
                session.execute(f"SELECT * FROM {VIEWS}.{name}".encode())
        with engine.connect() as connection:
            assert migrate.revision(connection) == NEXT
            assert stale_views(connection) == []
