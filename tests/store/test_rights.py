"""Who is connected to a log on PostgreSQL, who shares it, and who holds which right in it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.engine import Engine

from tests.logs import opened
from tests.sharing import VIEWS, Shared, shared
from tracker.errors import Unavailable
from tracker.store.engine import make_engine, parse_url, shown
from tracker.store.grants import grant
from tracker.store.rights import (
    CHANGES,
    Held,
    Sharer,
    held,
    held_by_recorders,
    rights_of,
    sharers,
)
from tracker.store.roles import May, Standing, must_own, reads_views, standing


@pytest.fixture
def log(each_postgresql: str) -> Iterator[Shared]:
    """An empty log that is shared with a recorder and a reader."""
    with shared(each_postgresql) as log:
        yield log


@pytest.fixture
def engine(log: Shared) -> Iterator[Engine]:
    """The owner's."""
    with log.engine(log.owner) as engine:
        yield engine


@pytest.fixture
def file(sqlite_url: str) -> Iterator[Engine]:
    """A log that is a file, which is nobody's and everybody's."""
    with opened(sqlite_url) as engine:
        yield engine


def execute(log: Shared, *statements: str) -> None:
    with log.session("postgres") as session:
        for statement in statements:
            session.execute(statement.encode())


# -- who is connected ------------------------------------------------------------------------------


def test_who_is_connected_and_what_they_may(log: Shared) -> None:
    """A superuser may do all that the owner may, and is somebody else."""
    may: dict[str, tuple[May, bool]] = {
        log.owner: ("write", True),
        "postgres": ("write", True),
        log.recorder: ("record", False),
        log.reader: ("read", False),
    }
    for role, (what, owns) in may.items():
        with log.engine(role) as engine, engine.connect() as connection:
            wanted = Standing(role, what, owns, "public", VIEWS, log.owner)
            assert standing(connection) == wanted
            assert reads_views(connection) == (what == "record")


def test_only_who_may_not_do_something_yet_is_asked_again(log: Shared) -> None:
    """A reader may be made a recorder while it is connected; the others are asked once."""
    with log.engine(log.reader) as engine, engine.connect() as connection:
        assert standing(connection).may == "read"
        connection.rollback()
        with log.engine(log.owner) as theirs, theirs.begin() as granting:
            assert standing(granting) is standing(granting)
            grant(granting, log.reader, "recorder")
        assert standing(connection).may == "record"
        assert standing(connection) is standing(connection)


def test_where_no_log_is_to_be_seen_it_is_said(each_postgresql: str) -> None:
    """With the name of the database."""
    url = parse_url(each_postgresql)
    engine = make_engine(url)
    with engine.connect() as connection, pytest.raises(Unavailable) as refused:
        standing(connection)
    engine.dispose()
    assert str(refused.value) == f"there is no log in {shown(url)} that you may see"


def test_what_is_the_owners_is_no_one_elses(log: Shared, file: Engine) -> None:
    """It says whose it is, and who you are; a file has no owner to ask."""
    for role in (log.owner, "postgres"):
        with log.engine(role) as engine, engine.connect() as connection:
            must_own(connection, "restore it")
    with file.connect() as connection:
        must_own(connection, "restore it")
        assert not reads_views(connection)
    for role in (log.recorder, log.reader):
        with (
            log.engine(role) as engine,
            engine.connect() as connection,
            pytest.raises(Unavailable) as refused,
        ):
            must_own(connection, "restore it")
        assert str(refused.value) == (
            f"only the owner of the log {shown(parse_url(log.by(role)))}, {log.owner!r}, can "
            f"restore it, and you are {role!r}; ask them, or connect as them"
        )


# -- who holds what --------------------------------------------------------------------------------


def test_who_shares_a_log_is_who_was_let_in_by_name(log: Shared, engine: Engine) -> None:
    """To the tables, the views or the functions; not PUBLIC, a member of one, nor the owner."""
    reader, recorder = (
        Sharer(log.reader, records=False, sees_tables=True, sees_views=False),
        Sharer(log.recorder, records=True, sees_tables=False, sees_views=True),
    )
    with engine.connect() as connection:
        assert sharers(connection) == [reader, recorder]
    execute(
        log,
        "GRANT SELECT ON log_head TO PUBLIC",
        "GRANT EXECUTE ON FUNCTION tracker_append(jsonb, jsonb) TO PUBLIC",
        f"GRANT SELECT ON {VIEWS}.log_head TO {log.reader}",
        f"REVOKE SELECT ON {VIEWS}.log_head FROM {log.recorder}",
    )
    with engine.connect() as connection:
        assert sharers(connection) == [
            Sharer(log.reader, records=True, sees_tables=True, sees_views=True),
            Sharer(log.recorder, records=True, sees_tables=False, sees_views=False),
        ]


def test_a_right_is_held_by_whatever_way(log: Shared, engine: Engine) -> None:
    """By name, in one column, or from elsewhere, so that it cannot be taken back from the role."""
    with engine.connect() as connection:
        asked = ("SELECT", "UPDATE")
        assert held(connection, "public", [log.recorder], asked) == []
        assert held_by_recorders(connection) == []
    execute(
        log,
        f"GRANT UPDATE (text) ON disclosures TO {log.recorder}",
        f"GRANT SELECT ON alembic_version TO {log.recorder}",
        "GRANT DELETE, TRIGGER ON links TO PUBLIC",
        f"GRANT INSERT ON {VIEWS}.links TO {log.reader}",
        f"CREATE TABLE mine AS SELECT 1; GRANT ALL ON mine TO {log.recorder}",
    )
    with engine.connect() as connection:
        of_recorder = [
            Held("alembic_version", "SELECT", log.recorder, is_granted=True),
            Held("disclosures", "UPDATE", log.recorder, is_granted=True),
            Held("links", "DELETE", log.recorder, is_granted=False),
            Held("links", "TRIGGER", log.recorder, is_granted=False),
        ]
        assert held_by_recorders(connection) == of_recorder
        assert (
            held(connection, "public", [log.reader, log.recorder], CHANGES)
            == [
                Held("links", "DELETE", log.reader, is_granted=True),  # it was let see that table
                Held("links", "TRIGGER", log.reader, is_granted=True),
                *of_recorder[1:],
            ]
        )
        assert held(connection, VIEWS, [log.reader, log.recorder], CHANGES) == [
            Held("links", "INSERT", log.reader, is_granted=True)
        ]


def test_where_nobody_records_no_recorder_holds_anything(log: Shared, file: Engine) -> None:
    """Of a reader, and of a file, it is not asked."""
    execute(log, "REVOKE ALL ON FUNCTION tracker_append(jsonb, jsonb) FROM PUBLIC")
    execute(log, f"REVOKE ALL ON FUNCTION tracker_append(jsonb, jsonb) FROM {log.recorder}")
    execute(log, "GRANT SELECT ON links TO PUBLIC")
    with log.engine(log.owner) as engine, engine.connect() as connection:
        assert held_by_recorders(connection) == []
    with file.connect() as connection:
        assert held_by_recorders(connection) == []


def test_every_right_that_the_server_knows_is_asked_for(log: Shared, engine: Engine) -> None:
    """MAINTAIN, too, where there is one: since PostgreSQL 17."""
    known = []
    with log.session("postgres") as session:
        for right in ("SELECT", *CHANGES, "MAINTAIN"):
            try:
                session.execute(f"SELECT has_table_privilege('links', '{right}')".encode())
            except psycopg.errors.InvalidParameterValue:
                continue
            known.append(right)
    with engine.connect() as connection:
        assert rights_of(connection) == tuple(known)
