"""From what was typed after --db to a database: read, shown without secrets, made, and opened."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tracker.errors import CalledWrongly, Damaged, Refused, TrackerError, Unavailable
from tracker.store.engine import (
    create_file,
    discard_empty_file,
    make_engine,
    parse_url,
    shown,
    translated,
)

UNREADABLE = (
    "the URL of the database cannot be read; write it as postgresql+psycopg://USER@HOST/DATABASE, "
    "with %40 for an @ in it, or give the path of a file"
)
SERVER = parse_url("postgresql://mira@db.example/desk")


# -- reading ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("desk.db", "sqlite:///desk.db"),
        ("/srv/a b.db", "sqlite:////srv/a b.db"),
        ("hosts=1.db", "sqlite:///hosts%3D1.db"),
        ("sqlite:///desk.db", "sqlite:///desk.db"),
        ("sqlite+aiosqlite:///desk.db", "sqlite:///desk.db"),
        ("postgresql://mira@db.example/desk", "postgresql+psycopg://mira@db.example/desk"),
        ("postgresql+pg8000://mira:x@h:1/d", "postgresql+psycopg://mira:x@h:1/d"),
        ("postgresql+psycopg:///desk?host=/run", "postgresql+psycopg:///desk?host=%2Frun"),
        ("postgresql://a%40b:c%40d@h/d", "postgresql+psycopg://a%40b:c%40d@h/d"),
    ],
)
def test_a_path_or_a_url_is_one_of_two_databases(text: str, url: str) -> None:
    """With the one driver of each."""
    assert parse_url(text).render_as_string(hide_password=False) == url


def test_a_home_is_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell does it; of a user that there is none of, it is said."""
    monkeypatch.setenv("HOME", "/srv/mira")
    assert parse_url("~/desk.db").database == "/srv/mira/desk.db"
    with pytest.raises(CalledWrongly) as refused:
        parse_url("~nobody-of-that-name/desk.db")
    assert str(refused.value) == (
        "~nobody-of-that-name/desk.db begins with the home of a user that there is none of; write "
        "it out"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "--db needs the path of a file or the URL of a database"),
        (" \t", "--db needs the path of a file or the URL of a database"),
        ("desk\0.db", "--db needs the path of a file or the URL of a database"),
        ("host=db.example user=mira password=secret", UNREADABLE),
        ("dbname = desk", UNREADABLE),
        ("PASSWORD=secret", UNREADABLE),
        ("x service=secret", UNREADABLE),
        ("postgresql://mira:se@cret@db.example/desk:x", UNREADABLE),
        ("postgresql://mira@db.example:port/secret", UNREADABLE),
        ("postgresql://mira:secret@a@b/desk", UNREADABLE),
        (
            "mysql://mira:secret@h/desk",
            "a log cannot be kept in mysql://mira:***@h/desk; use a SQLite file or PostgreSQL",
        ),
        (
            "oracle+x://db/desk?Password=secret&a=b",
            "a log cannot be kept in oracle+x://db/desk?a=b; use a SQLite file or PostgreSQL",
        ),
        (
            "SQLITE:///desk.db",
            "a log cannot be kept in SQLITE:///desk.db; use a SQLite file or PostgreSQL",
        ),
        (":memory:", "a log cannot be kept in :memory:; use a SQLite file or PostgreSQL"),
        ("./:memory:", "a log cannot be kept in ./:memory:; use a SQLite file or PostgreSQL"),
        (
            "sqlite:///./:memory:",
            "a log cannot be kept in sqlite:///./:memory:; use a SQLite file or PostgreSQL",
        ),
        ("sqlite://", "a log cannot be kept in sqlite://; use a SQLite file or PostgreSQL"),
        ("sqlite:///", "a log cannot be kept in sqlite:///; use a SQLite file or PostgreSQL"),
        (
            "sqlite:///:memory:",
            "a log cannot be kept in sqlite:///:memory:; use a SQLite file or PostgreSQL",
        ),
    ],
)
def test_what_is_no_such_database_is_refused_without_its_secrets(text: str, sentence: str) -> None:
    """In one sentence that says how to write it."""
    with pytest.raises(CalledWrongly) as refused:
        parse_url(text)
    assert str(refused.value) == sentence
    assert "secret" not in sentence


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///desk.db", "desk.db"),
        ("postgresql://mira@h/desk", "postgresql+psycopg://mira@h/desk"),
        ("postgresql://mira:secret@h:5/desk", "postgresql+psycopg://mira:***@h:5/desk"),
        (
            "postgresql://h/desk?password=secret&sslmode=require&sslPassword=secret",
            "postgresql+psycopg://h/desk?sslmode=require",
        ),
    ],
)
def test_a_database_is_shown_without_its_password(url: str, said: str) -> None:
    """A file by its path."""
    assert shown(parse_url(url)) == said


# -- making a file ---------------------------------------------------------------------------------


def test_a_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    """With the folders above it, whatever the umask; it keeps its write-ahead log."""
    path = tmp_path / "new" / "folder" / "desk.db"
    before = os.umask(0)
    try:
        create_file(parse_url(str(path)))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.execute("CREATE TABLE kept (a)")
    create_file(parse_url(str(path)))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("kept",)]


def test_a_file_that_cannot_be_made_is_told_why(tmp_path: Path) -> None:
    """What stands in the way, and how to choose another place."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for path, reason in (
        (tmp_path / "file" / "desk.db", f"{tmp_path / 'file'} is no folder"),
        (tmp_path / "file" / "more" / "desk.db", "not a directory"),
        (tmp_path / ("x" * 300), "file name too long"),
        (tmp_path / ("x" * 300) / "desk.db", "file name too long"),
    ):
        with pytest.raises(Unavailable) as refused:
            create_file(parse_url(str(path)))
        assert str(refused.value) == (
            f"the log {path} cannot be created: {reason}; choose another place with --db"
        )


def test_a_file_that_is_none_of_sqlite_is_left_alone(tmp_path: Path) -> None:
    """It is there already, and holds something else."""
    path = tmp_path / "letter.txt"
    path.write_text("Dear Mira, " * 100, encoding="utf-8")
    with pytest.raises(Unavailable) as refused:
        create_file(parse_url(str(path)))
    assert str(refused.value) == (
        f"the database {path} is not a SQLite database; name the log with --db"
    )
    assert isinstance(refused.value.__cause__, sqlite3.Error)


# -- taking an empty file away again ---------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file as it is made for a log, with nothing in it."""
    path = tmp_path / "desk.db"
    create_file(parse_url(str(path)))
    return path


def discard(path: Path) -> bool:
    """Whether the file was taken away."""
    discard_empty_file(parse_url(str(path)))
    return not path.exists()


def test_a_file_without_events_is_taken_away(file: Path) -> None:
    """With no tables yet, or with none but empty ones."""
    assert discard(file)
    create_file(parse_url(str(file)))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE events (position INTEGER)")
    assert discard(file)
    assert not discard(file.with_name("other.db")) or not file.with_name("other.db").exists()
    assert list(file.parent.iterdir()) == []


def test_a_file_with_events_stays_as_it_was(file: Path) -> None:
    """With its write-ahead log, and what it holds."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE events (position INTEGER)")
        connection.execute("INSERT INTO events VALUES (1)")
        connection.commit()
    assert not discard(file)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("SELECT * FROM events").fetchall() == [(1,)]


@pytest.mark.parametrize("statement", ["BEGIN", "BEGIN IMMEDIATE"])
def test_a_file_that_somebody_else_has_open_stays(file: Path, statement: str) -> None:
    """Nobody is waited for, and nobody loses what they write to it."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute(statement)
        other.execute("SELECT * FROM sqlite_master").fetchall()
        assert not discard(file)
        other.execute("ROLLBACK")
        other.execute("CREATE TABLE events (position INTEGER)")


# -- a SQLite engine -------------------------------------------------------------------------------


@pytest.fixture
def engine(file: Path) -> Engine:
    """An engine on that file."""
    return make_engine(parse_url(str(file)), lock_timeout_seconds=0.3)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("synchronous", 3),
        ("recursive_triggers", 1),
        ("foreign_keys", 1),
        ("secure_delete", 1),
        ("cache_size", -16384),
        ("busy_timeout", 300),
    ],
)
def test_every_connection_to_a_file_is_a_careful_one(
    engine: Engine, pragma: str, value: int
) -> None:
    """What was acknowledged is on the disk, and what was deleted is gone."""
    with engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_a_connection_waits_a_minute_unless_told_otherwise(file: Path) -> None:
    """For the others to finish."""
    with make_engine(parse_url(str(file))).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 60_000


def raw(connection: sa.Connection) -> object:
    """The connection of the driver beneath."""
    return connection.connection.dbapi_connection


def test_a_connection_to_a_file_is_kept_by_whoever_asks_for_it(engine: Engine, file: Path) -> None:
    """One, and a few more only meanwhile; else the file is closed as soon as it is not needed."""
    with engine.connect() as first:
        before = raw(first)
    with engine.connect() as second:
        assert raw(second) is not before
    keeping = make_engine(parse_url(str(file)), keeps=True)
    with keeping.connect() as first, keeping.connect() as given_back_first:
        kept = raw(given_back_first)
        assert raw(first) is not kept
    with keeping.connect() as second:
        assert raw(second) is kept
    pool = keeping.pool
    assert isinstance(pool, sa.pool.QueuePool)
    assert (pool.size(), pool._max_overflow) == (1, 9)
    keeping.dispose()


def test_a_kept_connection_is_made_anew_for_another_file(file: Path) -> None:
    """What has come in the place of a file is asked, and written to; one that stays is kept."""
    keeping = make_engine(parse_url(str(file)), keeps=True)
    seen = []
    for name in ("old", "old", "new"):
        if name == "new":
            file.rename(file.with_name("elsewhere.db"))
            create_file(parse_url(str(file)))
        with keeping.connect().execution_options(writing=True) as connection, connection.begin():
            seen.append(raw(connection))
            connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {name} (a)")
    keeping.dispose()
    assert seen[0] is seen[1]
    assert seen[1] is not seen[2]
    with closing(sqlite3.connect(file)) as found:
        assert found.execute("SELECT name FROM sqlite_master").fetchall() == [("new",)]


def test_a_writer_takes_the_lock_as_it_begins(engine: Engine, file: Path) -> None:
    """A reader does not; and outside of a transaction nobody does."""
    with engine.connect() as reader, reader.begin():
        reader.exec_driver_sql("SELECT 1")
        assert reader.connection.dbapi_connection.in_transaction  # type: ignore[union-attr]
        with engine.connect().execution_options(writing=True) as writer, writer.begin():
            with (
                closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as other,
                pytest.raises(sqlite3.OperationalError, match="locked"),
            ):
                other.execute("BEGIN IMMEDIATE")
            reader.exec_driver_sql("SELECT 1")
            with (
                pytest.raises(sa.exc.OperationalError, match="locked"),
                engine.connect().execution_options(writing=True) as second,
                second.begin(),
            ):
                pass
    with engine.connect().execution_options(outside_transaction=True) as connection:
        connection.exec_driver_sql("VACUUM")
        assert not connection.connection.dbapi_connection.in_transaction  # type: ignore[union-attr]


@pytest.mark.parametrize("is_replaced", [True, False])
def test_nothing_is_written_to_a_file_that_was_taken_away(
    engine: Engine, file: Path, *, is_replaced: bool
) -> None:
    """Or replaced, while a connection to it was open; whoever only reads is let be."""
    with engine.connect().execution_options(writing=True) as connection:
        with connection.begin():
            connection.exec_driver_sql("CREATE TABLE kept (a)")
        for path in file.parent.iterdir():
            path.rename(path.with_name(f"old-{path.name}"))
        if is_replaced:
            create_file(parse_url(str(file)))
        with pytest.raises(Unavailable) as refused:
            connection.begin()
        assert str(refused.value) == (
            f"the log {file} was taken away or replaced meanwhile; repeat"
        )
        assert not connection.connection.dbapi_connection.in_transaction  # type: ignore[union-attr]
    if is_replaced:
        with engine.connect().execution_options(writing=True) as connection, connection.begin():
            connection.exec_driver_sql("CREATE TABLE kept (a)")


def test_a_file_that_goes_away_while_it_is_opened_is_told_of(engine: Engine, file: Path) -> None:
    """SQLite would make an empty one in its place, for what is written to be lost in."""
    is_there = True

    @sa.event.listens_for(engine, "do_connect")
    def _take_away(*_: object) -> None:
        nonlocal is_there
        if is_there:
            file.rename(file.with_name("elsewhere.db"))
        is_there = False

    with engine.connect().execution_options(writing=True) as connection:
        with pytest.raises(Unavailable) as refused:
            connection.begin()
        assert str(refused.value) == (
            f"the log {file} was taken away or replaced meanwhile; repeat"
        )


def test_a_reader_of_a_file_that_was_taken_away_reads_on(engine: Engine, file: Path) -> None:
    """What it sees is what was there."""
    with engine.connect() as connection:
        file.unlink()
        with connection.begin():
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1


@pytest.mark.parametrize("part", ["sql", "name"])
def test_a_schema_that_is_no_text_is_damage(engine: Engine, file: Path, part: str) -> None:
    """SQLite quotes it as it stands; what we say of it can be shown."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE events (position)")
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("UPDATE sqlite_master SET sql = 'no statement'")
        connection.execute(f"UPDATE sqlite_master SET {part} = CAST(x'43ff' AS TEXT)")
        connection.commit()
    url = parse_url(str(file))
    with pytest.raises(Damaged) as caught, translated(url), engine.connect() as connection:
        connection.exec_driver_sql("SELECT * FROM events")
    assert str(caught.value) == (
        f"the database {file} is damaged; restore it from a backup or an export, and see tracker "
        "verify"
    )


def test_what_the_libraries_log_is_not_shown(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless whoever runs the program sets up logging."""
    loggers = [logging.getLogger(name) for name in ("psycopg", "sqlalchemy")]
    for each in loggers:
        monkeypatch.setattr(each, "handlers", [])
    make_engine(parse_url(str(file)))
    for each in loggers:
        assert [type(handler) for handler in each.handlers] == [logging.NullHandler]


# -- a PostgreSQL engine ---------------------------------------------------------------------------


def test_a_server_is_connected_to_with_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """One connection that is kept, and a few more while an answer streams."""
    given: dict[str, object] = {}

    def connect(*_: object, **options: object) -> object:
        given.update(options)
        raise sa.exc.OperationalError("connect", {}, Exception("refused"))

    engine = make_engine(SERVER, lock_timeout_seconds=2.5)
    monkeypatch.setattr(engine.dialect, "connect", connect)
    with pytest.raises(sa.exc.OperationalError):
        engine.connect()
    assert (given["connect_timeout"], given["application_name"]) == (10, "tracker")
    pool = engine.pool
    assert isinstance(pool, sa.pool.QueuePool)
    assert (pool.size(), pool._max_overflow, pool._pre_ping) == (1, 9, False)
    assert engine.dialect._on_connect_isolation_level == "READ COMMITTED"
    assert engine.hide_parameters


def test_a_server_is_told_how_long_to_wait_and_in_which_zone(each_postgresql: str) -> None:
    """A server's own settings are those of whoever runs it."""
    engine = make_engine(parse_url(each_postgresql), lock_timeout_seconds=2.5)
    with engine.connect() as connection:
        for setting, value in (
            ("lock_timeout", "2500ms"),
            ("TimeZone", "UTC"),
            ("transaction_isolation", "read committed"),
            ("application_name", "tracker"),
        ):
            assert connection.exec_driver_sql(f"SHOW {setting}").scalar() == value
    engine.dispose()


def test_a_connection_that_the_server_ended_is_made_anew(each_postgresql: str) -> None:
    """To see that it ended, nobody waits for the server; one that lives is taken as it is."""
    engine, other = make_engine(parse_url(each_postgresql)), make_engine(parse_url(each_postgresql))
    own = sa.text("SELECT pg_backend_pid()")
    gone = sa.text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
    with other.connect() as administrator:
        with engine.connect() as connection:
            first = connection.execute(own).scalar()
        with engine.connect() as connection:
            assert connection.execute(own).scalar() == first
        administrator.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": first})
        while administrator.execute(gone, {"pid": first}).scalar():
            administrator.rollback()
        with engine.connect() as connection:
            assert connection.execute(own).scalar() != first
    engine.dispose()
    other.dispose()


def test_a_connection_that_was_closed_behind_its_back_is_made_anew(each_postgresql: str) -> None:
    """As one that the server ended."""
    engine = make_engine(parse_url(each_postgresql))
    with engine.connect() as connection:
        before: Any = raw(connection)
    before.close()
    with engine.connect() as connection:
        assert raw(connection) is not before
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    engine.dispose()


def test_a_driver_that_is_not_there_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite needs none."""
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(Unavailable) as refused:
        make_engine(SERVER)
    assert str(refused.value) == (
        "PostgreSQL needs its extra: pip install 'initiative-tracker[postgresql]'"
    )


# -- what a database says --------------------------------------------------------------------------


def complaint(said: str) -> sa.exc.DBAPIError:
    return sa.exc.OperationalError("SELECT 1", {}, Exception(said))


SENTENCES = {
    "database is locked": (
        "the database desk.db is locked by another program; wait for it, or end it, and repeat"
    ),
    "permission denied for table events": (
        "the database desk.db does not let you do that; connect as its owner, or have them run: "
        "tracker db grant"
    ),
    "must be owner of table events": (
        "the database desk.db does not let you do that; connect as its owner, or have them run: "
        "tracker db grant"
    ),
    "attempt to write a readonly database": (
        "the database desk.db cannot be written; ask for the right to, or choose another with --db"
    ),
    "Permission denied": (
        "the database desk.db cannot be written; ask for the right to, or choose another with --db"
    ),
    "database or disk is full": (
        "the database desk.db has no room left on its disk; free some and repeat"
    ),
    "disk I/O error": (
        "the database desk.db cannot be read or written; check that its disk has room and is "
        "sound, and repeat"
    ),
    "file is not a database": (
        "the database desk.db is not a SQLite database; name the log with --db"
    ),
    "unable to open database file": (
        "the database desk.db cannot be opened; check that the folder exists and that you may "
        "write in it"
    ),
    "password authentication failed for user": (
        "the database desk.db did not let you in; give the password with PGPASSWORD or a passfile"
    ),
    'database "desk" does not exist': (
        "the database desk.db does not exist on that server; create it first (createdb)"
    ),
    "could not translate host name": (
        "the database desk.db cannot be reached; check that the server runs and the address is "
        "right"
    ),
    "the log is append-only: an event is never updated": (
        "the database desk.db refused the change: its log is append-only"
    ),
    "  something else\nand more": "the database desk.db failed: something else",
    " \n ": "the database desk.db failed: no reason given",
    "tracker: the event has no body\nCONTEXT: x": (
        "the log desk.db refuses what was sent: the event has no body"
    ),
    "no tracker: x": "the database desk.db failed: no tracker: x",
}


@pytest.mark.parametrize("said", SENTENCES)
def test_each_complaint_has_its_sentence_and_its_way_out(said: str) -> None:
    """Word for word, with the database that complained; what it said is kept as the cause."""
    with pytest.raises(Unavailable) as caught, translated(parse_url("desk.db")):
        raise complaint(said)
    assert str(caught.value) == SENTENCES[said]
    assert isinstance(caught.value.__cause__, sa.exc.DBAPIError)


@pytest.mark.parametrize(
    ("said", "kind", "sentence"),
    [
        (
            "database is locked",
            Unavailable,
            "the database desk.db is locked by another program; wait for it, or end it, and repeat",
        ),
        (
            "database disk image is malformed",
            Damaged,
            (
                "the database desk.db is damaged; restore it from a backup or an export, and see "
                "tracker verify"
            ),
        ),
    ],
)
def test_what_the_driver_alone_complains_of_has_the_same_sentence(
    said: str, kind: type[TrackerError], sentence: str
) -> None:
    """A SQLite file that is read without SQLAlchemy says it itself."""
    with pytest.raises(kind) as caught, translated(parse_url("desk.db")):
        raise sqlite3.DatabaseError(said)
    assert type(caught.value) is kind
    assert str(caught.value) == sentence
    assert isinstance(caught.value.__cause__, sqlite3.Error)


def test_what_is_told_in_our_words_already_is_let_through() -> None:
    """And so is what is none of the database's."""
    for error in (Refused("no"), KeyError("x")):
        with pytest.raises(type(error)) as caught, translated(SERVER):
            raise error
        assert caught.value is error
    with translated(SERVER):
        pass


def test_texts_that_no_database_keeps_are_refused() -> None:
    """Halves of characters and NUL."""
    with pytest.raises(Refused) as caught, translated(SERVER):
        "a\ud800".encode()
    assert str(caught.value) == r"'a\ud800' holds half of a character; write the text again"
    with pytest.raises(Refused) as caught, translated(SERVER):
        "10 €".encode("ascii")
    assert str(caught.value) == "'€' cannot be written in ascii; choose UTF-8, or other words"
    with pytest.raises(Refused) as caught, translated(SERVER):
        raise complaint("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    assert str(caught.value) == (
        "a text holds a NUL character, which no database keeps; leave it out"
    )
    assert isinstance(caught.value.__cause__, sa.exc.DBAPIError)


def test_what_the_library_itself_stumbles_over_is_told_by_its_name() -> None:
    """Such as a pool that is exhausted."""
    with pytest.raises(Unavailable) as caught, translated(SERVER):
        raise sa.exc.TimeoutError("QueuePool limit")
    assert str(caught.value) == (
        "the database postgresql+psycopg://mira@db.example/desk failed: TimeoutError"
    )
    assert isinstance(caught.value.__cause__, sa.exc.TimeoutError)


def test_no_value_is_shown_in_an_error(engine: Engine) -> None:
    """What was to be written may be private."""
    with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError) as raised:
        connection.execute(sa.text("SELECT * FROM absent WHERE a = :a"), {"a": "secret"})
    assert "no such table" in str(raised.value)
    assert "secret" not in str(raised.value)
