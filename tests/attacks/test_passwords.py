"""Passwords, and what is recorded, in errors, logs, settings and the titles of processes."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import uuid
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.engine import URL, make_url

from tests.attacks.tree import call, commands, told_well
from tests.attacks.victim import tell
from tests.databases import NEEDS_PASSWORD, administrator
from tracker import Tracker
from tracker.cli import tracker as command_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.tally import Tally

PASSWORD = "s3cr3t-Pass w@rd/%?#&='"
SOON = 60  # seconds that nothing here should need
FORMATS = ("table", "json", "jsonl", "csv", "markdown")


def parts(password: str) -> list[str]:
    """What of a password may be seen nowhere: its words, as they are and as a URL has them."""
    return [part for part in re.split(r"[^A-Za-z0-9-]+", password) if len(part) > 2]


def given(url: str, *words: str, **environment: str) -> Result:
    """What a command does that is told of the database by ``$TRACKER_DB``."""
    env: dict[str, str | None] = {"TRACKER_DB": url, "PGPASSWORD": None, "PGPASSFILE": None}
    return CliRunner().invoke(command_line, ["--by", "desk", *words], env={**env, **environment})


def silent(done: Result) -> None:
    """No part of the password is in anything that was printed."""
    for part in (*parts(PASSWORD), "wr0ng"):
        assert part not in done.output, done.output
    assert told_well(done) is None, told_well(done)


@pytest.fixture
def guarded(each_postgresql: str) -> Iterator[URL]:
    """A log on a server, and the URL of a role that the server asks for its password."""
    tell(each_postgresql)
    url = make_url(each_postgresql)
    role = f"asha_{uuid.uuid4().hex[:12]}"
    socket = Path(str(url.query["host"]))
    with administrator(socket, str(url.database)) as connection:
        with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            connection.execute(f"CREATE ROLE {NEEDS_PASSWORD}".encode())
        literal = PASSWORD.replace("'", "''")
        made = f"CREATE ROLE {role} LOGIN PASSWORD '{literal}' IN ROLE {NEEDS_PASSWORD}"
        connection.execute(made.encode())
        connection.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}".encode())
        try:
            yield url.set(username=role)
        finally:
            connection.execute(f"DROP OWNED BY {role}".encode())
            connection.execute(f"DROP ROLE {role}".encode())


def text_of(url: URL, password: str | None = None) -> str:
    return url.set(password=password).render_as_string(hide_password=False)


def test_a_password_is_taken_from_the_environment_or_a_passfile(
    guarded: URL, tmp_path: Path
) -> None:
    """PGPASSWORD, PGPASSFILE and the URL in $TRACKER_DB let one in; nothing else does."""
    passfile = tmp_path / "passfile"
    literal = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    passfile.write_text(f"*:*:*:{guarded.username}:{literal}\n", encoding="utf-8")
    passfile.chmod(0o600)
    url = text_of(guarded)
    record = ("record", "il-114", "commented", "--on=2025-12-06", "--source=a paper")
    for done in (
        given(url, "status", PGPASSWORD=PASSWORD),
        given(url, *record, PGPASSWORD=PASSWORD),
        given(url, "status", PGPASSFILE=str(passfile)),
        given(text_of(guarded, PASSWORD), "status"),
    ):
        assert done.exit_code == 0, done.output
        silent(done)
    refused = given(url, "status", PGPASSFILE=str(tmp_path / "none"))
    assert (refused.exit_code, refused.stdout) == (6, "")
    assert "did not let you in; give the password with PGPASSWORD or a passfile" in refused.stderr


def test_a_wrong_password_is_told_without_it(guarded: URL, tally: Tally) -> None:
    """Every command ends with 6 in one sentence, with --debug too; neither password is in it."""
    count = 0
    for command in commands():
        if command.name in ("completion", "lifecycle check", "lifecycle list", "doctor"):
            continue  # they need no database, or say themselves what is wrong with it
        words = command.words({**command.good(), "file": "none", "files": "none"})
        for debug in ((), ("--debug",)):
            done = given(text_of(guarded, "wr0ng-Pass"), *debug, *words)
            silent_but_for_a_traceback(done)
            if done.exit_code == 6:
                assert "did not let you in; give the password with PGPASSWORD" in done.stderr
                count += 1
    assert count > 30
    tally.add("bad inputs tried: wrong passwords", count)


def silent_but_for_a_traceback(done: Result) -> None:
    for part in (*parts(PASSWORD), "wr0ng"):
        assert part not in done.output, done.output


def test_doctor_tells_no_password(guarded: URL, tally: Tally) -> None:
    """Neither of a database that lets one in nor of one that does not, in no format."""
    for password in (PASSWORD, "wr0ng-Pass"):
        url = text_of(guarded, password)
        asked = sa.make_url(url).update_query_dict({"sslpassword": PASSWORD})
        for each in (url, asked.render_as_string(hide_password=False)):
            for name in FORMATS:
                silent(given(each, "doctor", f"--format={name}"))
                tally.add("bad inputs tried: passwords in settings")
    done = given(text_of(guarded), "doctor", PGPASSWORD=PASSWORD)
    assert done.exit_code == 0, done.output
    silent(done)


SPELT = (
    "postgresql://asha:s3cr3t@127.0.0.1:1/desk",
    "postgresql://asha:s3cr3t@elsewhere@127.0.0.1:1/desk",
    "postgresql://asha:s3cr3t%40s3cr3t@127.0.0.1:1/desk",
    "postgresql://asha:s3cr3t s3cr3t@127.0.0.1:1/desk",
    "postgresql://asha:s3cr3t/s3cr3t@127.0.0.1:1/desk",
    "postgresql://asha:'s3cr3t'@127.0.0.1:1/desk",
    'postgresql://asha:"s3cr3t"@127.0.0.1:1/desk',
    "postgresql://asha:s3cr3t?s3cr3t#@127.0.0.1:1/desk",
    "postgresql://:s3cr3t@127.0.0.1:1/desk",
    "postgresql://asha:s3cr3t@[::1]:1/desk",
    "postgresql://asha:s3cr3t@[broken:1/desk",
    "postgresql://asha:s3cr3t@127.0.0.1:port/desk",
    "postgresql+psycopg://asha:s3cr3t@127.0.0.1:1/desk",
    "postgresql+nothing://asha:s3cr3t@127.0.0.1:1/desk",
    "mysql://asha:s3cr3t@127.0.0.1/desk",
    "nothing://asha:s3cr3t@127.0.0.1/desk",
    "POSTGRESQL://asha:s3cr3t@127.0.0.1:1/desk",
    "postgresql://127.0.0.1:1/desk?password=s3cr3t",
    "postgresql://127.0.0.1:1/desk?sslmode=disable&sslpassword=s3cr3t&PASSWORD=s3cr3t",
    "postgresql://127.0.0.1:1/desk?user=asha&password=s3cr3t%20s3cr3t",
    "host=127.0.0.1 port=1 user=asha password=s3cr3t dbname=desk",
    "host=127.0.0.1 password='s3cr3t s3cr3t'",
)


@pytest.mark.parametrize("url", SPELT)
def test_no_spelling_of_a_url_gives_its_password_away(
    url: str, home: Path, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    """In the environment, in the config file or on the command line, however it is written."""
    for words in (["status"], ["--debug", "status"], ["doctor"], ["doctor", "--json"], ["-h"]):
        done = given(url, *words)
        assert "s3cr3t" not in done.output, done.output
        tally.add("bad inputs tried: passwords in settings")
    config = home.parent / "home" / "tracker" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f"db = {url!r}\n" if "'" not in url else f"db = '''{url}'''\n")
    for words in (["status"], ["doctor"]):
        done = given("", *words)
        assert "s3cr3t" not in done.output, done.output
    refused = CliRunner().invoke(command_line, ["--db", url, "status"])
    assert refused.exit_code == 2, refused.output
    assert "s3cr3t" not in refused.output
    assert "a password in --db is seen by everyone who lists the processes" in refused.stderr


def test_no_password_is_in_the_title_of_a_process(guarded: URL) -> None:
    """Whoever lists the processes of the machine sees none, while a command runs for long."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tracker", "log", "--follow", "--format=jsonl"],
        env={**os.environ, "TRACKER_DB": text_of(guarded, PASSWORD)},
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline()  # it is connected, and has begun to tell
        titles = [
            title for pid in (process.pid, *children(process.pid)) for title in titles_of(pid)
        ]
        with administrator(Path(str(guarded.query["host"]))) as connection:
            seen = connection.execute("SELECT application_name, query FROM pg_stat_activity")
            titles += [str(row) for row in seen.fetchall()]
    finally:
        process.terminate()
        process.communicate(timeout=SOON)
    assert any("--follow" in title for title in titles)
    for part in parts(PASSWORD):
        assert not any(part in title for title in titles), titles


def titles_of(pid: int) -> list[str]:
    folder = Path("/proc") / str(pid)
    return [(folder / name).read_bytes().decode(errors="replace") for name in ("cmdline", "comm")]


def children(pid: int) -> list[int]:
    tasks = Path("/proc") / str(pid) / "task"
    told = [(task / "children").read_text() for task in tasks.iterdir()]
    return [int(child) for each in told for child in each.split()]


# --- rows -----------------------------------------------------------------------------------------

SECRET = "whistleblower-7731"


@contextmanager
def refusing(url: str) -> Iterator[None]:
    """The database refuses every event, and shows the row that it refuses, where it does that."""
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    if engine.dialect.name == "sqlite":
        refuse = (
            "CREATE TRIGGER no BEFORE INSERT ON events WHEN NEW.type = 'mou-signed' "
            "BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    else:
        refuse = "ALTER TABLE events ADD CONSTRAINT no CHECK (type <> 'mou-signed') NOT VALID"
    with engine.begin() as connection:
        connection.execute(sa.text(refuse))
    yield


def test_no_error_of_the_database_shows_a_row(database_url: str) -> None:
    """Not in the sentence and not with --debug: what is recorded may be somebody's life."""
    tell(database_url)
    words = ["record", "il-114", "mou-signed", "--on=2025-12-06", f"--source={SECRET}"]
    with refusing(database_url):
        for before in ([], ["--debug"]):
            done = call(database_url, [*before, *words, f"--publisher=a\n{SECRET}\n\n{SECRET}"])
            assert (done.exit_code, done.stdout) == (6, ""), done.output
            assert SECRET not in done.stderr, done.stderr
    assert "Traceback" in done.stderr


def test_no_log_of_the_database_engine_shows_a_row(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever switches the logs of SQLAlchemy on sees statements, and no value of a row."""
    tell(database_url)
    with caplog.at_level(logging.DEBUG), Tracker.open(database_url, by="desk") as log:
        logging.getLogger("sqlalchemy.engine").setLevel(logging.INFO)
        try:
            log.record("il-114", "mou-signed", on="2025-12-06", source=SECRET, note=SECRET)
            log.status("il-114", at=log.viewpoint())
        finally:
            logging.getLogger("sqlalchemy.engine").setLevel(logging.NOTSET)
    assert SECRET not in caplog.text


# --- the file -------------------------------------------------------------------------------------


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@contextmanager
def open_to_all() -> Iterator[None]:
    """The creation mask that keeps nobody out."""
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def test_a_log_is_its_owners_alone_before_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the creation mask, no moment is there at which others could open it."""
    import sqlite3

    path = tmp_path / "new" / "log.db"
    modes: list[int] = []
    really = sqlite3.connect

    def connect(database: object, *args: object, **settings: object) -> object:
        modes.append(mode(path))
        return really(database, *args, **settings)  # type: ignore[call-overload]

    monkeypatch.setattr(sqlite3, "connect", connect)
    with open_to_all():
        words = ["register", "a", "--title=A", "--lifecycle=dialogue"]
        assert call(path, words).exit_code == 0
        assert modes
        assert set(modes) == {0o600}
        with closing(really(path)) as reader:  # so that the files beside it stay
            reader.execute("SELECT count(*) FROM events").fetchall()
            record = ["record", "a", "commented", "--on=2025-12-05", "--source=a paper"]
            assert call(path, record).exit_code == 0
            found = {each.name: mode(each) for each in path.parent.iterdir()}
        assert call(path, ["backup", str(tmp_path / "copy.db")]).exit_code == 0
    assert found == dict.fromkeys(("log.db", "log.db-wal", "log.db-shm"), 0o600)
    assert mode(tmp_path / "copy.db") == 0o600
    assert mode(path.parent) == 0o700


def test_nothing_of_a_server_lies_open(each_postgresql: str, tmp_path: Path) -> None:
    """The backup of a log on a server is a file of its owner alone too."""
    tell(each_postgresql)
    with open_to_all():
        assert call(each_postgresql, ["backup", str(tmp_path / "copy.jsonl")]).exit_code == 0
    assert mode(tmp_path / "copy.jsonl") == 0o600
