"""``tracker doctor`` and ``tracker db``: what is wrong, and the command that mends it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from freezegun import freeze_time

from tests.conftest import SERVERS
from tests.schemas import validate
from tracker import Tracker
from tracker.application import doctor, upgrading
from tracker.cli import tracker
from tracker.store import file_reader, migrate
from tracker.store.engine import make_engine, parse_url
from tracker.store.revision import REVISION

NEXT = f"{int(REVISION) + 1:04}"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads the settings of whoever runs it."""
    for name in ("TRACKER_DB", "TRACKER_BY", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(tracker, words)


def checked(result: Result, name: str) -> list[dict[str, Any]]:
    """The items of a JSON answer, which is what its schema says."""
    answer = validate(result.stdout)
    assert answer["schema"] == f"tracker/{name}/1"
    return list(answer["items"])


def look(*words: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code of the doctor, and what was looked at by name."""
    result = run(*words, "doctor", "--json")
    items = checked(result, "doctor")
    return result.exit_code, {item["check"]: item for item in items}


def make(url: str) -> None:
    with Tracker.open(url, by="mira", create=True) as log:
        log.register("dam", title="A dam", lifecycle="project")


def execute(url: str, *statements: str) -> None:
    engine = make_engine(parse_url(url))
    with engine.execution_options(writing=True).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


# --- doctor -----------------------------------------------------------------------------------


def test_a_sound_log(database_url: str) -> None:
    """A sound log has no faults, and every part of it is told."""
    make(database_url)
    code, found = look("--db", database_url)
    assert [item for item in found.values() if item["fault"]] == []
    assert code == 0
    assert found["events"]["value"] == 2
    assert found["initiatives"]["value"] == 1
    assert found["guards"]["value"] == "all there"
    assert found["read tables"]["value"] == "current"
    assert found["named by"]["value"] == "--db"
    assert {"tracker", "python", "sqlite", "sqlalchemy"} <= found.keys()
    if database_url.startswith("sqlite"):
        assert found["journal_mode"]["value"] == "wal"
        assert found["synchronous"]["value"] == "extra"
        assert found["recursive_triggers"]["value"] == "on"
    else:
        assert {"server", "server_encoding"} <= found.keys()


def test_no_log_is_no_fault(tmp_path: Path) -> None:
    """Where there is no log yet, that is said, nothing is made, and nothing is wrong."""
    where = tmp_path / "none" / "log.db"
    code, found = look("--db", str(where))
    assert (code, found["state"]["value"]) == (0, doctor.NO_LOG)
    assert not where.parent.exists()


def test_an_empty_database_is_no_fault(database_url: str) -> None:
    """A database without tables is a log that has not begun."""
    assert look("--db", database_url)[0] == 0


def test_missing_guards(database_url: str) -> None:
    """A missing trigger is found, and the command that is named brings it back."""
    make(database_url)
    trigger = "events_no_update" if database_url.startswith("sqlite") else "events_no_change"
    on = "" if database_url.startswith("sqlite") else " ON events"
    execute(database_url, f"DROP TRIGGER {trigger}{on}")
    code, found = look("--db", database_url)
    assert code == 1
    assert found["guards"]["value"] == f"{trigger} missing"
    assert found["guards"]["mend"] == "tracker db upgrade"
    mended = run("--db", database_url, "db", "upgrade")
    assert mended.stdout.endswith(f"its guards back: {trigger}\n")
    assert look("--db", database_url)[0] == 0


def test_stale_read_tables(database_url: str) -> None:
    """Read tables of another version, or behind the log, are found."""
    make(database_url)
    execute(database_url, "UPDATE projections SET position = 1 WHERE name = 'facts'")
    code, found = look("--db", database_url)
    assert code == 1
    assert found["read tables"]["value"] == "facts stale"
    assert found["read tables"]["mend"] == "tracker rebuild"


def test_a_clock_that_is_behind(database_url: str) -> None:
    """A clock before the log's last instant is found."""
    make(database_url)
    with freeze_time("2020-01-01T00:00:00Z"):
        code, found = look("--db", database_url)
    assert code == 1
    assert "2020-01-01" in found["last recorded"]["fault"]


def test_open_permissions(sqlite_url: str) -> None:
    """A log that every user may read is found; one that a group shares is not a fault."""
    make(sqlite_url)
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    path.chmod(0o660)
    assert look("--db", sqlite_url)[0] == 0
    path.chmod(0o604)
    code, found = look("--db", sqlite_url)
    item = found["permissions of the file"]
    assert (code, item["value"], item["mend"]) == (1, "0604", f"chmod o= {path}")


def test_without_write_ahead_log(sqlite_url: str) -> None:
    """Another journal than the write-ahead log is found."""
    make(sqlite_url)
    path = sqlite_url.removeprefix("sqlite:///")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    code, found = look("--db", sqlite_url)
    assert (code, found["journal_mode"]["value"]) == (1, "delete")
    assert found["journal_mode"]["mend"] == f"sqlite3 {path} 'PRAGMA journal_mode=WAL'"


def test_no_database_at_all(tmp_path: Path) -> None:
    """A file that is no database, and other people's tables, are faults and no traceback."""
    text = tmp_path / "text.db"
    text.write_text("not a database, but long enough to be taken for one\n" * 100)
    code, found = look("--db", str(text))
    assert code == 1
    assert "is not a SQLite database" in found["state"]["fault"]
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    code, found = look("--db", str(other))
    assert code == 1
    assert "holds other tables" in found["schema"]["fault"]


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p"])
def test_network_file_system(tmp_path: Path, kind: str) -> None:
    """A log on a network file system is warned of: its locks may be granted twice."""
    where = str(tmp_path / "desk.db")
    make(where)
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/x {tmp_path} {kind} rw 0 0\n")
    faults = doctor.faults(doctor.examine(where, named_by="--db", mounts=mounts))
    assert [(fault.name, fault.value) for fault in faults] == [("file system", kind)]


def test_file_system_of_a_path(tmp_path: Path) -> None:
    """The longest mount point decides, the last of equals, with its blanks unescaped."""
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda / ext4 rw 0 0\nx /srv btrfs rw 0 0\ny /srv xfs rw 0 0\n"
        "server:/x /srv/my\\040share nfs rw 0 0\n\n"
    )
    assert doctor.filesystem_of(Path("/srv/a.db"), mounts) == "xfs"
    assert doctor.filesystem_of(Path("/srv/my share/a.db"), mounts) == "nfs"
    assert doctor.filesystem_of(Path("/srvx/a.db"), mounts) == "ext4"
    assert doctor.filesystem_of(Path("/a.db"), tmp_path / "none") is None


def test_no_password_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """No password of a URL is ever shown, wherever the URL comes from."""
    monkeypatch.setenv("TRACKER_DB", "postgresql://desk:s3cret@localhost:1/desk?password=s3cret2")
    for words in (("doctor",), ("doctor", "--json"), ("db", "current")):
        result = run(*words)
        assert "s3cret" not in result.output
    assert run("doctor").exit_code == 1


def test_a_bad_config_file(home: Path) -> None:
    """A config file that cannot be read is a fault, and not the end of it."""
    config = home / "config" / "tracker" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("db =")
    code, found = look()
    assert code == 1
    assert "not valid TOML" in found["config file"]["fault"]
    config.write_text('db = "desk.db"')
    code, found = look()
    assert code == 0
    assert found["where"]["value"] == str(config.parent / "desk.db")
    assert found["named by"]["value"] == "the config file"


def test_table_names_what_mends(sqlite_url: str) -> None:
    """For a person, what is wrong stands last, with the command that mends it."""
    make(sqlite_url)
    assert run("--db", sqlite_url, "doctor").stdout.endswith("\nNothing is wrong.\n")
    execute(sqlite_url, "UPDATE projections SET position = 1 WHERE name = 'facts'")
    lines = run("--db", sqlite_url, "doctor").stdout.splitlines()
    assert lines[-2:] == [
        "! read tables: answers would not be those of the log",
        "  mend it with: tracker rebuild",
    ]


# --- db ---------------------------------------------------------------------------------------


def test_current(database_url: str) -> None:
    """The revision that is there, and the one that is needed."""
    make(database_url)
    (item,) = checked(run("--db", database_url, "db", "current", "--json"), "db")
    assert (item["revision"], item["program"], item["state"]) == (
        REVISION,
        REVISION,
        "current",
    )


def test_current_without_a_log(database_url: str) -> None:
    """Without a log it says how to begin one, and makes none."""
    result = run("--db", database_url, "db", "current")
    assert result.exit_code == 3
    assert "begin one with" in result.stderr


def test_upgrade_begins_a_log(database_url: str) -> None:
    """An empty database is given an empty log; a second time there is nothing to do."""
    dry = run("--db", database_url, "db", "upgrade", "-n")
    assert dry.exit_code == 0
    assert dry.stdout.startswith("would bring ")
    assert run("--db", database_url, "db", "current").exit_code == 3
    assert f"from nothing to {REVISION}" in run("--db", database_url, "db", "upgrade").stdout
    assert run("--db", database_url, "db", "current").exit_code == 0
    assert f"at {REVISION} already" in run("--db", database_url, "db", "upgrade").stdout
    assert run("--db", database_url, "db", "upgrade", "--sql").stdout == ""


@pytest.fixture
def next_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that is one revision further."""
    scripts = tmp_path / "alembic"
    shutil.copytree(migrate.scripts(), scripts)
    (scripts / "versions" / f"{NEXT}_further.py").write_text(
        f'from alembic import op\nrevision = "{NEXT}"\ndown_revision = "{REVISION}"\n'
        'def upgrade():\n    op.execute("CREATE TABLE further (x INTEGER)")\n'
    )
    monkeypatch.setattr(migrate, "scripts", lambda: scripts)
    for module in (migrate, doctor, upgrading, file_reader):
        monkeypatch.setattr(module, "REVISION", NEXT)


def test_upgrade_of_an_older_log(
    database_url: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """An older log is brought up to date, says so, and keeps its events and its guards.

    It is backed up before, as the sentence about it says.
    """
    make(database_url)
    request.getfixturevalue("next_revision")
    assert look("--db", database_url)[1]["schema"]["mend"] == "tracker db upgrade"
    assert run("--db", database_url, "db", "current").stdout.rstrip().endswith("older")
    refused = run("--db", database_url, "status")
    assert refused.exit_code == 6
    assert refused.stderr.endswith("needs an upgrade; back it up, then: tracker db upgrade\n")
    for words in (("-n",), ()):
        kept = run("--db", database_url, "backup", str(tmp_path / "before"), *words)
        assert (kept.exit_code, " 2 events to " in kept.stdout) == (0, True), kept.output
    dry = run("--db", database_url, "db", "upgrade", "-n")
    assert (dry.exit_code, dry.stdout.rstrip().endswith(f"from {REVISION} to {NEXT}")) == (0, True)
    assert run("--db", database_url, "db", "current").stdout.rstrip().endswith("older")
    assert f"from {REVISION} to {NEXT}" in run("--db", database_url, "db", "upgrade").stdout
    code, found = look("--db", database_url)
    assert (code, found["events"]["value"], found["guards"]["value"]) == (0, 2, "all there")


def test_upgrade_refuses_a_newer_log(database_url: str) -> None:
    """A log of a newer program is refused, whatever is asked."""
    make(database_url)
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    for words in (("upgrade",), ("upgrade", "-n"), ("upgrade", "--sql")):
        result = run("--db", database_url, "db", *words)
        assert result.exit_code == 6, words
        assert "newer tracker" in result.stderr
    assert look("--db", database_url)[0] == 1


def test_sql_of_a_file(sqlite_url: str) -> None:
    """The SQL makes the same log as the upgrade does, guards included, and nothing was run."""
    path = sqlite_url.removeprefix("sqlite:///")
    script = run("--db", sqlite_url, "db", "upgrade", "--sql").stdout
    assert not Path(path).exists()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(script)
    connection.close()
    Path(path).chmod(0o600)
    assert look("--db", sqlite_url)[0] == 0
    make(sqlite_url)
    assert look("--db", sqlite_url)[1]["events"]["value"] == 2


def test_sql_of_a_server(each_postgresql: str) -> None:
    """The SQL can be given to psql, or to any other client."""
    script = run("--db", each_postgresql, "db", "upgrade", "--sql").stdout
    engine = sa.create_engine(parse_url(each_postgresql), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.connection.driver_connection.execute(script)  # type: ignore[union-attr]
    engine.dispose()
    assert look("--db", each_postgresql)[0] == 0
    make(each_postgresql)
    assert look("--db", each_postgresql)[1]["events"]["value"] == 2


def test_the_shell_runs_the_sql(sqlite_url: str) -> None:
    """``tracker db upgrade --sql | sqlite3 FILE`` works where sqlite3 is installed."""
    program = shutil.which("sqlite3")
    if program is None:
        pytest.skip("there is no sqlite3 here")
    script = run("--db", sqlite_url, "db", "upgrade", "--sql").stdout
    path = sqlite_url.removeprefix("sqlite:///")
    ran = subprocess.run([program, path], input=script, text=True, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert run("--db", sqlite_url, "db", "current").exit_code == 0


def test_servers_are_tested() -> None:
    """The tests above know servers, unless they were told not to."""
    assert SERVERS or os.environ.get("TRACKER_TEST_DATABASES") == "sqlite"
