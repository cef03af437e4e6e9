"""The views through which a recorder reads: made, kept as they are, and the same log to ask."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time
from psycopg.sql import SQL, Identifier

from tests.application.test_sharing import recorded
from tests.cli.desk import SOON, Desk, begun
from tests.cli.test_db_grant import SAID, desk, grant, refused
from tests.sharing import VIEWS, Shared, shared
from tracker.store.revision import REVISION

AGAIN = ("--on", "2024-05-07", "--source", "https://example.org/b")
ALL_VIEWS = (
    "disclosures, events, fact_versions, initiatives, lifecycle_effects, lifecycle_versions, "
    "links, log_head, merkle_nodes, plan_versions, projections, search_state, search_words, "
    "alembic_version"
)


@pytest.fixture
def both(each_postgresql: str) -> Iterator[Shared]:
    """A log of three events that is shared with a recorder and a reader."""
    with shared(each_postgresql) as log:
        begun(log.by(log.owner))
        yield log


def execute(log: Shared, role: str, *statements: str) -> None:
    """Run *statements* as *role*, the names of all three in braces."""
    names = {name: Identifier(getattr(log, name)) for name in ("owner", "recorder", "reader")}
    with log.session(role) as session:
        for statement in statements:
            session.execute(SQL(statement).format(**names))


def sees_no_table(log: Shared, role: str) -> bool:
    """Whether the server says that *role* may not look at one column of one table."""
    with log.session("postgres") as session:
        rows = session.execute(
            "SELECT DISTINCT has_any_column_privilege(%s, oid, 'SELECT, INSERT, UPDATE')"
            " FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
            [role],
        ).fetchall()
    return rows == [(False,)]


# -- the same answers ------------------------------------------------------------------------------

QUESTIONS: tuple[tuple[str, ...], ...] = (
    ("status", "--json"),
    ("status", "il-114", "--as-of", "2024-04"),
    ("status", "--known-at", "@12", "--json"),
    ("status", "--as-of", "2040", "--json"),
    ("show", "il-114"),
    ("show", "road-1", "--json"),
    ("history", "il-114", "--json"),
    ("history", "il-114", "--axis", "knowledge"),
    ("why", "il-114"),
    ("why", "road-1", "--json"),
    ("diff", "2024-01-01", "2025-01-01"),
    ("diff", "@3", "@20", "--axis", "knowledge", "--json"),
    ("attention", "--json"),
    ("timeline",),
    ("search", "heard", "--json"),
    ("stats", "--json"),
    ("log", "--json"),
    ("log", "il-114", "--format", "csv"),
    ("lifecycle", "show", "road"),
    ("lifecycle", "list", "--json"),
    ("replay", "--json"),
    ("replay", "il-114", "--axis", "knowledge", "--json"),
    ("export", "--format", "log"),
    ("export", "--format", "csv"),
    ("prove", "il-114#2", "--disclose", "note"),
    ("prove", "@3"),
    ("checkpoint",),
    ("verify", "--json"),
    ("rebuild", "--dry-run", "--json"),
    ("db", "current", "--format", "csv"),
)


def test_a_recorder_asks_what_the_owner_asks(
    each_postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through views, tables or ownership: every question has one answer."""
    with shared(each_postgresql) as log:
        recorded(log.by(log.recorder), tmp_path, monkeypatch)
        with freeze_time(datetime.now(UTC) + timedelta(seconds=2), tick=False):
            for words in QUESTIONS:
                told = {
                    share: desk(log, share).done(*words).replace(getattr(log, share), "ROLE")
                    for share in ("owner", "recorder", "reader")
                }
                assert told["recorder"] == told["owner"] == told["reader"] != "", words
            looked = {share: doctor(log, share) for share in ("owner", "recorder", "reader")}
        assert looked["recorder"] == looked["owner"] == looked["reader"]


def doctor(log: Shared, share: str) -> list[dict[str, Any]]:
    """What ``doctor`` found, but who asked, where."""
    items = json.loads(desk(log, share).done("doctor", "--json"))["items"]
    return [item for item in items if item["check"] not in ("where", "you are")]


def test_a_recorder_follows_what_others_record(both: Shared) -> None:
    """``log --follow`` goes on through the views, past what the owner appends."""
    words = ["--db", both.by(both.recorder), "log", "--follow", "--format", "jsonl"]
    child = subprocess.Popen(
        [sys.executable, "-m", "tracker", *words], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        seen = [json.loads(child.stdout.readline())["position"] for _ in range(3)]
        for share, said in (("owner", SAID), ("recorder", AGAIN)):
            desk(both, share).done("record", "il-114", "commented", *said)
            seen.append(json.loads(child.stdout.readline())["position"])
        assert seen == [1, 2, 3, 4, 5]
    finally:
        child.kill()
        child.communicate(timeout=SOON)


# -- a log that was shared by an earlier program ---------------------------------------------------


def as_it_was(log: Shared) -> None:
    """What the first program that shared logs left: SELECT on the tables, and no views."""
    execute(
        log,
        log.owner,
        f"DROP SCHEMA {VIEWS} CASCADE",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {recorder}",
    )


@pytest.mark.parametrize("way", ["grant", "upgrade", "sql"])
def test_a_log_that_was_shared_before_there_were_views(both: Shared, way: str) -> None:
    """It goes on working; it is told; and a grant or an upgrade takes the tables away."""
    as_it_was(both)
    desk(both, "recorder").done("record", "il-114", "commented", *SAID)
    owner = desk(both, "owner")
    looked = owner.run("doctor")
    assert looked.exit_code == 1
    assert "views: recorders read through views that are missing" in looked.stdout
    assert "tables: a recorder holds rights on the tables, and is to have none" in looked.stdout
    assert f"({ALL_VIEWS})" in refused(owner, "verify", code=7)
    assert not sees_no_table(both, both.recorder)
    if way == "grant":
        grant(both, "recorder")
    elif way == "upgrade":
        told = owner.done("db", "upgrade")
        assert f"its views back: {ALL_VIEWS}" in told
        assert f"its tables out of the reach of recorders: {both.recorder}" in told
    else:
        script = owner.done("db", "upgrade", "--sql")
        execute(both, both.owner, script.replace("{", "{{").replace("}", "}}"))
    assert sees_no_table(both, both.recorder)
    desk(both, "recorder").done("record", "il-114", "commented", *AGAIN)
    for share in ("owner", "recorder", "reader"):
        desk(both, share).done("verify")
        desk(both, share).done("doctor")
    assert f"at {REVISION} already" in owner.done("db", "upgrade")


def test_a_reader_needs_no_views(each_postgresql: str) -> None:
    """Where nobody records, there are none, and nothing is missed."""
    with shared(each_postgresql, granted=False) as log:
        begun(log.by(log.owner))
        grant(log, "reader")
        with log.session("postgres") as session:
            found = session.execute("SELECT to_regnamespace(%s)", [VIEWS]).fetchone()
        assert found == (None,)
        for share in ("owner", "reader"):
            desk(log, share).done("verify")
            desk(log, share).done("doctor")


# -- views that are not ours -----------------------------------------------------------------------

LESS = f"CREATE OR REPLACE VIEW {VIEWS}.events AS SELECT * FROM public.events WHERE position < 3"
HARM: dict[str, tuple[str, ...]] = {
    "missing": (f"DROP VIEW {VIEWS}.events",),
    "fewer rows": (LESS,),
    "another value": (
        f"DROP VIEW {VIEWS}.links",
        f"""CREATE VIEW {VIEWS}.links AS SELECT initiative, kind, 'x' AS other, k_from, k_to
            FROM public.links""",
        f"GRANT SELECT ON {VIEWS}.links TO {{recorder}}",
    ),
    "names exchanged": (
        f"""CREATE OR REPLACE VIEW {VIEWS}.merkle_nodes AS
            SELECT level, number, hash FROM public.merkle_nodes ORDER BY 1""",
    ),
    "another table of that name": (  # found under the name alone, as "$user" is first on the path
        "CREATE SCHEMA {owner}",
        "CREATE TABLE {owner}.links AS SELECT * FROM public.links",
        f"CREATE OR REPLACE VIEW {VIEWS}.links AS SELECT * FROM {{owner}}.links",
    ),
    "a table in its place": (
        f"ALTER VIEW {VIEWS}.links RENAME TO kept",
        f"CREATE TABLE {VIEWS}.links AS SELECT * FROM public.links",
        f"GRANT SELECT ON {VIEWS}.links TO {{recorder}}",
    ),
    "a column that is called otherwise": (f"ALTER VIEW {VIEWS}.links RENAME other TO friend",),
    "the rights of who reads": (f"ALTER VIEW {VIEWS}.links SET (security_invoker = true)",),
    "one that can be written": (f"GRANT INSERT ON {VIEWS}.links TO {{recorder}}",),
    "one column that can be": (f"GRANT UPDATE (k_to) ON {VIEWS}.links TO {{recorder}}",),
    "open to all": (f"GRANT SELECT ON {VIEWS}.links TO PUBLIC",),
    "passed on": (f"GRANT SELECT ON {VIEWS}.links TO {{recorder}} WITH GRANT OPTION",),
    "a place for others": (f"GRANT CREATE ON SCHEMA {VIEWS} TO {{recorder}}",),
    "a rule": (f"CREATE RULE mine AS ON INSERT TO {VIEWS}.links DO INSTEAD NOTHING",),
    "a trigger": (
        f"""CREATE TRIGGER mine INSTEAD OF INSERT ON {VIEWS}.links FOR EACH ROW
            EXECUTE FUNCTION tracker_refuse_change()""",
    ),
}


@pytest.mark.parametrize("name", HARM)
def test_views_that_are_not_ours_are_noticed_and_mended(both: Shared, name: str) -> None:
    """Doctor and verify name them, to a recorder too, and an upgrade puts them back."""
    owner, theirs = desk(both, "owner"), desk(both, "recorder")
    execute(both, both.owner, *HARM[name])
    looked = owner.run("doctor")
    assert looked.exit_code == 1
    assert "views: recorders read through views that are missing or other" in looked.stdout
    part = {"missing": "events", "fewer rows": "events", "names exchanged": "merkle_nodes"}
    wrong = ALL_VIEWS if name == "a place for others" else part.get(name, "links")
    for at in (owner, theirs):
        said = refused(at, "verify", code=7)
        assert "views through which recorders read are missing or other" in said
        assert f"({wrong})" in said
        assert "tracker db upgrade" in said
    assert "every event is sound, but" in refused(owner, "verify", code=7)
    assert f"its views back: {wrong}" in owner.done("db", "upgrade", "--dry-run")
    if name == "a table in its place":  # which is not this program's to drop
        assert '"links" is not a view' in refused(owner, "db", "upgrade")
        execute(both, both.owner, f"DROP TABLE {VIEWS}.links")
    owner.done("db", "upgrade")
    for at in (owner, theirs):
        at.done("verify")
        at.done("doctor")
    theirs.done("record", "il-114", "commented", *SAID)
    with both.session(both.recorder) as session:
        held = session.execute(
            f"SELECT has_table_privilege('{VIEWS}.links', 'INSERT, UPDATE, DELETE, TRIGGER'),"
            f" has_schema_privilege('{VIEWS}', 'CREATE')".encode()
        ).fetchone()
    assert held == (False, False)


def test_a_grant_puts_the_views_back_for_all(both: Shared) -> None:
    """Those who recorded before look through them again, and find all of the log."""
    execute(both, both.owner, LESS)
    execute(both, "postgres", "CREATE ROLE too LOGIN")
    try:
        desk(both, "owner").done("db", "grant", "too", "--recorder")
        for at, said in ((desk(both, "recorder"), SAID), (Desk(both.by("too")), AGAIN)):
            at.done("verify")
            at.done("record", "il-114", "commented", *said)
    finally:
        execute(both, "postgres", "DROP OWNED BY too", "DROP ROLE too")


# -- rights from elsewhere -------------------------------------------------------------------------


def test_a_recorder_that_sees_the_tables_from_elsewhere(both: Shared) -> None:
    """It is told of, whoever gave the right, and no recorder is made of such a role."""
    owner = desk(both, "owner")
    execute(both, both.owner, "GRANT SELECT (body) ON events TO PUBLIC")
    looked = owner.run("doctor")
    assert looked.exit_code == 1
    assert f"tracker db grant {both.recorder} --recorder" in looked.stdout
    said = refused(owner, "verify", code=7)
    assert f"a recorder holds rights on the tables of the log ({both.recorder})" in said
    said = refused(owner, "db", "grant", both.recorder, "--recorder", code=5)
    assert "the right to SELECT on the table 'events' from elsewhere" in said
    owner.done("db", "grant", both.reader, "--reader")
    # It is not this upgrade's to take back: nothing is left to do for one.
    assert f"at {REVISION} already" in owner.done("db", "upgrade")
    execute(both, both.owner, "REVOKE ALL ON events FROM PUBLIC")
    owner.done("verify")


def test_no_reader_is_made_of_one_that_could_write_a_view(both: Shared) -> None:
    """What is written through a view is written with the rights of the owner."""
    execute(both, both.owner, f"GRANT DELETE ON {VIEWS}.events TO {{recorder}}")
    execute(both, both.owner, "REVOKE ALL ON FUNCTION tracker_append(jsonb, jsonb) FROM {recorder}")
    execute(both, "postgres", "GRANT {recorder} TO {reader}")
    said = refused(desk(both, "owner"), "db", "grant", both.reader, "--reader", code=5)
    assert "the right to DELETE on the view 'events' from elsewhere" in said


def test_default_privileges_do_not_open_the_views(both: Shared) -> None:
    """What the owner gives on whatever they make is not given on what recorders read."""
    execute(
        both,
        both.owner,
        "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {reader}, {recorder}, PUBLIC",
        "ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO {reader}, {recorder}, PUBLIC",
        f"DROP SCHEMA {VIEWS} CASCADE",
    )
    desk(both, "owner").done("db", "upgrade")
    desk(both, "recorder").done("verify")
    desk(both, "owner").done("doctor")
    desk(both, "owner").done("db", "grant", both.recorder, "--recorder")
    desk(both, "recorder").done("verify")


def test_a_view_that_was_built_on_one_is_not_taken_away(both: Shared) -> None:
    """What somebody made of the views stands in the way of an upgrade, and it says so."""
    execute(both, both.owner, f"CREATE VIEW mine AS SELECT * FROM {VIEWS}.links", LESS)
    said = refused(desk(both, "owner"), "db", "upgrade")
    assert "cannot be made anew (view mine depends on view" in said
    execute(both, both.owner, "DROP VIEW mine")
    desk(both, "owner").done("db", "upgrade")
    desk(both, "recorder").done("verify")


# -- the schema of the views -----------------------------------------------------------------------


@pytest.fixture
def without_create(each_postgresql: str) -> Iterator[Shared]:
    """A log whose owner may not make a schema: the database is somebody else's."""
    with shared(each_postgresql, granted=False) as log:
        begun(log.by(log.owner))
        database = Identifier(log.database)
        with log.session("postgres") as session:
            session.execute(SQL("ALTER DATABASE {} OWNER TO postgres").format(database))
        yield log


def test_an_owner_who_may_not_make_a_schema(without_create: Shared) -> None:
    """Is told what to ask for; a reader needs none; and then it is a grant like any other."""
    log = without_create
    said = refused(desk(log, "owner"), "db", "grant", log.recorder, "--recorder")
    statement = f'CREATE SCHEMA "{VIEWS}" AUTHORIZATION "{log.owner}"'
    assert f"ask the owner of the database for: {statement}" in said
    grant(log, "reader")
    with log.session("postgres") as session:
        session.execute(statement.encode())
    grant(log, "recorder")
    desk(log, "recorder").done("record", "il-114", "commented", *SAID)
    desk(log, "recorder").done("verify")
    with log.session(log.owner) as session:
        session.execute(f"DROP VIEW {VIEWS}.links".encode())
    desk(log, "owner").done("db", "upgrade")  # which needs the schema no more than there
    desk(log, "recorder").done("show", "il-114")


def test_a_superuser_makes_the_schema_for_the_owner(without_create: Shared) -> None:
    """The views are the owner's, whoever ran the command."""
    log = without_create
    Desk(log.by("postgres")).done("db", "grant", log.recorder, "--recorder")
    desk(log, "owner").done("verify")
    with log.session("postgres") as session:
        owners = session.execute(
            "SELECT DISTINCT relowner::regrole::text FROM pg_class"
            " WHERE relnamespace = %s::regnamespace",
            [VIEWS],
        ).fetchall()
    assert owners == [(log.owner,)]


def test_a_schema_of_somebody_else_is_not_read(without_create: Shared) -> None:
    """Where a stranger made a schema of that name first, nobody is sent there."""
    log = without_create
    execute(log, "postgres", f"CREATE SCHEMA {VIEWS} AUTHORIZATION {{reader}}")
    execute(
        log,
        log.reader,
        f"CREATE TABLE {VIEWS}.alembic_version AS SELECT 'mine' AS version_num",
        f"GRANT ALL ON SCHEMA {VIEWS} TO PUBLIC",
        f"GRANT ALL ON ALL TABLES IN SCHEMA {VIEWS} TO PUBLIC",
    )
    said = refused(desk(log, "owner"), "db", "grant", log.recorder, "--recorder")
    assert f"the schema '{VIEWS}', through which recorders are to read, belongs to" in said
    assert f'ALTER SCHEMA "{VIEWS}" OWNER TO "{log.owner}"' in said
    grant(log, "reader")
    for share in ("owner", "reader"):
        desk(log, share).done("db", "current")
        desk(log, share).done("verify")
