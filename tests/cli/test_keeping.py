"""Keeping a log from the command line: verify, checkpoint, export, restore, backup, rebuild."""

from __future__ import annotations

import csv
import io
import json
import resource
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.desk import unmeasured
from tests.schemas import validate, validate_lines
from tracker import Tracker
from tracker.cli import tracker
from tracker.domain.checkpoint import parse_checkpoints
from tracker.domain.dates import format_instant
from tracker.domain.merkle import EMPTY_ROOT
from tracker.exchange import signing
from tracker.exchange.rows import COLUMNS
from tracker.exchange.table_csv import cell, text_of
from tracker.render.safe import spreadsheet_safe
from tracker.store.engine import make_engine, parse_url

SOURCE = "https://example.org/a"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads the settings of whoever runs it."""
    for name in ("TRACKER_DB", "TRACKER_BY", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def run(*words: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(tracker, words, input=given)


def done(*words: str, given: str | bytes | None = None) -> str:
    result = run(*words, given=given)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(code: int, *words: str, given: str | bytes | None = None) -> str:
    """The one sentence of an error; nothing else is said, and there is no traceback."""
    result = run(*words, given=given)
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    assert result.stderr.startswith("tracker: ")
    return result.stderr


def tell(url: str) -> None:
    """A history in which facts are corrected, withdrawn, ordered and referred to."""
    with Tracker.open(url, by="mira", create=True) as log:
        log.register("dam", title="A dam", lifecycle="project", parties=["India", "Russia"])
        log.register("deal", title="=A deal", lifecycle="trade-agreement", sector="trade")
        log.register("idle", title="Nothing yet", lifecycle="project")
        log.record("dam", "announced", on="2025-03-01", source=SOURCE, note="-1 to begin with")
        log.plan("dam", "operating", by="2030", source=SOURCE)
        log.record("deal", "proposed", on="2025-03", source="@desk")
        log.record("dam", "construction", on="2025-03-02", source=SOURCE)
        log.record("dam", "commented", on="2025-04-01", source=SOURCE, contradicts="dam#2")
        log.amend("dam#2", on="2025-03-02", reason="a typo")
        log.record("dam", "delayed", on="2025-05-01", source=SOURCE)
        log.withdraw("dam#7", reason="never so")
        log.plan("deal", "signed", source=SOURCE)
        log.amend("deal#2", reason="a second source", add_sources=["https://example.org/b"])


def execute(url: str, *statements: str) -> None:
    """Tamper with the database."""
    engine = make_engine(parse_url(url))
    with engine.execution_options(writing=True).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def alter(url: str, statement: str) -> None:
    """Change the log behind its guards' back, and put them up again."""
    if url.startswith("sqlite"):
        execute(url, "DROP TRIGGER events_no_update", "DROP TRIGGER events_no_delete", statement)
    else:
        off, on = (f"ALTER TABLE events {w} TRIGGER USER" for w in ("DISABLE", "ENABLE"))
        execute(url, off, statement, on)
    run("--db", url, "db", "upgrade")


def statuses(url: str, *days: str) -> list[Any]:
    with Tracker.open(url) as log:
        return [
            (day, s.initiative, s.status.compared)
            for day in days
            for s in log.portfolio(log.viewpoint(as_of=day))
            if s.initiative != "idle"
        ]


# --- checkpoint -------------------------------------------------------------------------------


def test_checkpoint(database_url: str) -> None:
    """The note says what the log is called, how long it is, and its root."""
    tell(database_url)
    (note,) = parse_checkpoints(done("--db", database_url, "checkpoint"))
    with Tracker.open(database_url) as log:
        first = next(log.events())
        assert note.origin == f"tracker/{first[2].hex()[:16]}"
        assert (note.size, note.root) == (log.head().position, log.root(note.size))


def test_checkpoint_of_an_empty_log(database_url: str) -> None:
    """An empty log has a checkpoint too."""
    done("--db", database_url, "db", "upgrade")
    (note,) = parse_checkpoints(done("--db", database_url, "checkpoint"))
    assert (note.origin, note.size, note.root) == ("tracker/empty", 0, EMPTY_ROOT)


def test_checkpoint_file(sqlite_url: str, tmp_path: Path) -> None:
    """A file is written whole, never over another, and further notes go below."""
    tell(sqlite_url)
    path = tmp_path / "kept"
    words = ("--db", sqlite_url, "checkpoint", "--out", str(path))
    done(*words, "-n")
    assert not path.exists()
    done(*words)
    before = path.read_text()
    assert "--append" in refused(5, *words)
    assert path.read_text() == before
    done(*words, "--append", "-n")
    assert path.read_text() == before
    with Tracker.open(sqlite_url, by="mira") as log:
        log.record("dam", "commented", on="2025-06-01", source=SOURCE)
    done(*words, "--append")
    assert path.read_text().startswith(before)
    assert [note.size for note in parse_checkpoints(path.read_text())] == [15, 16]
    done("--db", sqlite_url, "verify", "--checkpoint", str(path))


def test_append_begins_a_file(sqlite_url: str, tmp_path: Path) -> None:
    """--append begins the file where there is none; alone it has nowhere to go."""
    tell(sqlite_url)
    path = tmp_path / "kept"
    done("--db", sqlite_url, "checkpoint", "--append", "--out", str(path))
    assert len(parse_checkpoints(path.read_text())) == 1
    assert "--out" in refused(2, "--db", sqlite_url, "checkpoint", "--append")


def test_append_to_something_else(sqlite_url: str, tmp_path: Path) -> None:
    """What holds no checkpoints is left alone."""
    tell(sqlite_url)
    path = tmp_path / "diary"
    path.write_text("Dear diary")
    refused(5, "--db", sqlite_url, "checkpoint", "--append", "--out", str(path))
    assert path.read_text() == "Dear diary"


def test_signed_checkpoint(sqlite_url: str, tmp_path: Path) -> None:
    """A signature is by the key, under the log's own name."""
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    path = tmp_path / "key.pem"
    path.write_bytes(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()))
    tell(sqlite_url)
    (note,) = parse_checkpoints(done("--db", sqlite_url, "checkpoint", "--sign", str(path)))
    public = key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo)
    assert signing.verify_signature(note, public)
    assert note.signatures[0].name == note.origin
    path.write_text("no key")
    assert "openssl" in refused(5, "--db", sqlite_url, "checkpoint", "--sign", str(path))


# --- verify -----------------------------------------------------------------------------------


def test_verify(database_url: str, tmp_path: Path) -> None:
    """A sound log: events, root, checkpoints, texts and read tables."""
    tell(database_url)
    path = tmp_path / "kept"
    done("--db", database_url, "checkpoint", "--out", str(path))
    output = done("--db", database_url, "verify", "--checkpoint", str(path), "--json")
    (item,) = validate(output)["items"]
    assert (item["events"], item["erased"]) == (15, 0)
    assert [each["size"] for each in item["checkpoints"]] == [15]
    assert len(item["projections"]) == 5
    text = done("--db", database_url, "verify", "--checkpoint", str(path))
    assert "15, every one as it was written" in text
    assert "@15 still hold" in text
    assert "not compared" in done("--db", database_url, "verify", "--log-only")
    from_stdin = ("--db", database_url, "verify", "--checkpoint", "-")
    done(*from_stdin, given=path.read_bytes())
    assert "only once" in refused(2, *from_stdin, "--checkpoint", "-")


def test_verify_names_the_first_bad_event(database_url: str) -> None:
    """Damage ends with 7, and the sentence names the event."""
    tell(database_url)
    alter(database_url, "UPDATE events SET recorded_by = 'eve' WHERE position = 6")
    alter(database_url, "UPDATE events SET recorded_by = 'eve' WHERE position = 9")
    assert "@6" in refused(7, "--db", database_url, "verify")


def test_verify_holds_checkpoints(
    database_url: str, another_database: Callable[[str], str], tmp_path: Path
) -> None:
    """Another log than the one that a checkpoint was taken of is told apart."""
    tell(database_url)
    path = tmp_path / "kept"
    done("--db", database_url, "checkpoint", "--out", str(path))
    other = another_database(database_url)
    tell(other)
    refused(7, "--db", other, "verify", "--checkpoint", str(path))


def test_verify_finds_stale_read_tables(database_url: str) -> None:
    """Read tables that say something else are damage, unless only the log is asked about."""
    tell(database_url)
    execute(database_url, "UPDATE initiatives SET title = 'Another' WHERE initiative = 'dam'")
    assert "tracker rebuild" in refused(7, "--db", database_url, "verify")
    done("--db", database_url, "verify", "--log-only")


@pytest.mark.parametrize("content", [b"", b"no checkpoint\n", b"\xff\xfe"])
def test_verify_refuses_what_is_no_checkpoint(
    sqlite_url: str, tmp_path: Path, content: bytes
) -> None:
    """A file without a checkpoint is refused, with its name."""
    tell(sqlite_url)
    path = tmp_path / "kept"
    path.write_bytes(content)
    assert str(path) in refused(5, "--db", sqlite_url, "verify", "--checkpoint", str(path))


# --- rebuild ----------------------------------------------------------------------------------


def test_rebuild(database_url: str) -> None:
    """What stood there otherwise is shown, put right, and then as the log has it."""
    tell(database_url)
    execute(database_url, "UPDATE initiatives SET title = 'Another' WHERE initiative = 'dam'")
    words = ("--db", database_url, "rebuild")
    dry = done(*words, "-n", "--verify")
    assert "title 'Another' instead of 'A dam'" in dry
    assert "Would put right 1 row" in dry
    refused(7, "--db", database_url, "verify")
    items = validate(done(*words, "--verify", "--json"))["items"]
    (table,) = [item for item in items if item["differing"]]
    assert (table["table"], table["swapped"]) == ("initiatives", True)
    assert table["differences"][0]["before"]["title"] == "Another"
    assert "say what 15 events say" in done(*words)
    done("--db", database_url, "verify")


def test_rebuild_of_some(database_url: str) -> None:
    """Only the projections named are touched; a misspelt one is answered with the nearest."""
    tell(database_url)
    items = validate(done("--db", database_url, "rebuild", "--projection", "plans", "--json"))
    assert [item["table"] for item in items["items"]] == ["plan_versions"]
    sentence = refused(2, "--db", database_url, "rebuild", "--projection", "plan")
    assert "plans" in sentence


# --- export and restore -----------------------------------------------------------------------


def test_log_there_and_back(
    database_url: str, another_database: Callable[[str], str], tmp_path: Path
) -> None:
    """An export restored has the same checkpoint, origin and all, and the same answers."""
    tell(database_url)
    path = tmp_path / "log.jsonl"
    done("--db", database_url, "export", str(path), "--format", "log")
    streamed = done("--db", database_url, "export", "--format", "log")
    assert path.read_text(encoding="utf-8") == streamed
    other = another_database(database_url)
    told = done("--db", other, "restore", str(path))
    assert told.startswith("restored 15 events, root ")
    assert done("--db", other, "checkpoint") == done("--db", database_url, "checkpoint")
    days = ("2025-03-01", "2025-03-15", "2025-12-31", "2031-01-01")
    assert statuses(other, *days) == statuses(database_url, *days)
    assert "empty" in refused(5, "--db", other, "restore", str(path))
    third = another_database(database_url)
    done("--db", third, "restore", "-", given=streamed.encode())
    assert done("--db", third, "export", "--format", "log") == streamed


def test_log_up_to_a_position(sqlite_url: str) -> None:
    """A log is exported up to the knowledge asked for; nothing else can be cut out of it."""
    tell(sqlite_url)
    words = ("--db", sqlite_url, "export", "--format", "log")
    lines = done(*words, "--known-at", "@5").splitlines()
    assert [json.loads(line)["position"] for line in lines] == [1, 2, 3, 4, 5]
    for option in ("--as-of", "--as-reported"):
        assert "csv or jsonl" in refused(2, *words, option, "2025-12-31")
    assert "--party" in refused(2, *words, "--party", "India")
    assert "--uncertain" in refused(2, *words, "--uncertain")


def test_dry_restore(sqlite_url: str, another_database: Callable[[str], str]) -> None:
    """A dry run checks every line and keeps nothing."""
    tell(sqlite_url)
    exported = done("--db", sqlite_url, "export", "--format", "log")
    other = another_database(sqlite_url)
    told = done("--db", other, "restore", "-", "-n", given=exported)
    assert told.startswith("would restore 15 events, root ")
    assert not Path(other.removeprefix("sqlite:///")).exists()
    bad = exported.replace("2025-03-02", "2025-03-03")
    refused(5, "--db", other, "restore", "-", "-n", given=bad)
    refused(5, "--db", other, "restore", "-", given=bad)
    assert not Path(other.removeprefix("sqlite:///")).exists()


@pytest.mark.parametrize("content", [b"\xff\n", b"{}\n", b"[1]\n", b"hello\n", b"\n"])
def test_restore_of_something_else(sqlite_url: str, tmp_path: Path, content: bytes) -> None:
    """What is no export is refused in a sentence, and no log is begun."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(content)
    refused(5, "--db", sqlite_url, "restore", str(path))
    assert not Path(sqlite_url.removeprefix("sqlite:///")).exists()
    refused(2, "--db", sqlite_url, "restore", str(tmp_path / "none"))


@pytest.mark.parametrize("name", ["csv", "jsonl"])
@freeze_time("2026-06-01T12:00:00Z", tick=True)
def test_facts_there_and_back(
    database_url: str, another_database: Callable[[str], str], tmp_path: Path, name: str
) -> None:
    """What is exported can be imported elsewhere: the same answers, the same export again."""
    tell(database_url)
    path = tmp_path / f"facts.{name}"
    words = ("export", "--format", name)
    result = run("--db", database_url, *words, str(path))
    assert result.exit_code == 0
    assert "1 initiative without a development or plan" in result.stderr
    assert "1 source beyond the first" in result.stderr
    other = another_database(database_url)
    done("--db", other, "import", str(path), "--backfill")
    days = ("2025-03-01", "2025-03-02", "2025-03-15", "2025-12-31", "2031-01-01")
    assert statuses(other, *days) == statuses(database_url, *days)
    assert run("--db", other, *words).stdout_bytes == path.read_bytes()
    third = another_database(database_url)
    done("--db", third, "import", str(path))
    assert statuses(third, *days) == statuses(database_url, *days)


def test_rows(sqlite_url: str) -> None:
    """A row is what stands, in the columns of an import, as its schema says."""
    tell(sqlite_url)
    rows = validate_lines(done("--db", sqlite_url, "export", "--format", "jsonl"), "export")
    assert [(row["initiative"], row["type"], row["on"]) for row in rows] == [
        ("dam", "operating", "../2030"),
        ("deal", "proposed", "2025-03"),
        ("dam", "announced", "2025-03-02"),
        ("dam", "construction", "2025-03-02"),
        ("dam", "commented", "2025-04-01"),
        ("deal", "signed", None),
    ]
    assert all(tuple(row) == COLUMNS for row in rows)
    assert [row["recorded_at"] for row in rows] == sorted(row["recorded_at"] for row in rows)
    assert rows[4]["contradicts"] == rows[2]["id"]


def test_rows_of_a_viewpoint(sqlite_url: str) -> None:
    """Filters, as-of and known-at choose the rows; a reference to one left out is left out."""
    tell(sqlite_url)
    words = ("--db", sqlite_url, "export", "--format", "jsonl")

    def types(*more: str) -> list[str]:
        return [json.loads(line)["type"] for line in done(*words, *more).splitlines()]

    assert types("--sector", "trade") == ["proposed", "signed"]
    assert types("--as-of", "2025-02-28") == ["operating", "signed"]
    assert types("--known-at", "@6") == ["announced"]
    assert types("--known-at", "@0") == []
    refused(2, *words, "--party", "Indai")
    refused(5, *words, "--known-at", "2999-01-01")


def test_no_formula_reaches_a_spreadsheet(sqlite_url: str) -> None:
    """What a spreadsheet would run is quoted, and is itself again once imported."""
    tell(sqlite_url)
    output = done("--db", sqlite_url, "export", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(output)))
    assert {row["title"] for row in rows} == {"A dam", "'=A deal"}
    assert rows[2]["note"] == "'-1 to begin with"
    assert rows[1]["source"] == "'@desk"


@given(st.text(st.sampled_from("'=+-@＝\t\n\rab 1")))
def test_a_cell_gives_its_text_back(text: str) -> None:
    """No cell begins as a formula does, and every text comes back from its cell."""
    assert text_of(cell(text)) == text
    assert spreadsheet_safe(cell(text)) == cell(text)
    if not text.startswith("'"):
        assert cell(text) == spreadsheet_safe(text)


def test_restore_of_nothing(sqlite_url: str, tmp_path: Path) -> None:
    """An export that failed leaves nothing to restore: that is no success, and begins no log."""
    sentence = refused(5, "--db", sqlite_url, "restore", "-", given="")
    assert "standard input is empty, so there is nothing to restore" in sentence
    (tmp_path / "empty.jsonl").touch()
    assert "empty.jsonl is empty" in refused(
        5, "--db", sqlite_url, "restore", str(tmp_path / "empty.jsonl")
    )
    refused(3, "--db", sqlite_url, "status")


def test_backup_to_standard_output(sqlite_url: str) -> None:
    """A backup is a file; ``-`` names none, and the way out is named."""
    tell(sqlite_url)
    assert "tracker export --format log" in refused(2, "--db", sqlite_url, "backup", "-")
    assert not Path("-").exists()


def test_an_order_that_has_lapsed_is_left_out(database_url: str, tmp_path: Path) -> None:
    """The file can be imported as it is, and each date has the instant at which it was recorded."""
    path, copy = str(tmp_path / "s.csv"), str(tmp_path / "copy.db")
    recorded = {}
    with Tracker.open(database_url, by="mira", create=True) as log:
        log.register("p", title="P", lifecycle="project")
        for kind in ("announced", "construction"):
            event = log.record("p", kind, on="2025-12-05", source=SOURCE).event
            assert event is not None
            recorded[event.handle] = event.recorded_at
        log.amend("p#2", after="p#3", reason="the other way round")
        moved = log.amend("p#3", on="2025-12-06", reason="a day later").event
        assert moved is not None
        recorded["p#3"] = moved.recorded_at
    said = run("--db", database_url, "export", path, "--format", "csv")
    assert said.exit_code == 0
    assert "left out: 1 order within a day that had lapsed" in said.stderr
    rows = list(csv.DictReader(Path(path).read_text(encoding="utf-8").splitlines()))
    assert [row["type"] for row in rows] == ["announced", "construction"]
    assert [row["after"] for row in rows] == ["", ""]
    assert [row["recorded_at"] for row in rows] == [
        format_instant(recorded[handle]) for handle in ("p#2", "p#3")
    ]
    done("--db", copy, "import", path, "--backfill")
    assert statuses(copy, "2025-12-05", "2025-12-07") == statuses(
        database_url, "2025-12-05", "2025-12-07"
    )


def test_export_never_replaces(sqlite_url: str, tmp_path: Path) -> None:
    """A file that is there stays, unless --force says otherwise; a dry run makes none."""
    tell(sqlite_url)
    path = tmp_path / "facts.jsonl"
    words = ("--db", sqlite_url, "export", str(path), "--format", "jsonl")
    assert "would write 6 facts" in run(*words, "-n").stderr
    assert not path.exists()
    path.write_text("mine")
    assert "--force" in refused(5, *words)
    assert path.read_text() == "mine"
    done(*words, "--force")
    assert len(path.read_text().splitlines()) == 6
    refused(6, "--db", sqlite_url, "export", str(tmp_path / "no" / "f"), "--format", "csv")
    assert sorted(each.name for each in tmp_path.glob("*.partial")) == []


def test_export_needs_a_format() -> None:
    """What to write has to be said."""
    assert "--format" in run("export").stderr
    assert run("export", "--format", "xml").exit_code == 2


# --- backup -----------------------------------------------------------------------------------


def test_backup(database_url: str, another_database: Callable[[str], str], tmp_path: Path) -> None:
    """A copy has the same checkpoint; a file that is there is never replaced."""
    tell(database_url)
    path = tmp_path / "copy"
    words = ("--db", database_url, "backup", str(path))
    assert done(*words, "-n").startswith("would copy 15 events")
    assert not path.exists()
    assert done(*words).startswith("copied 15 events")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    where = str(path)
    if not database_url.startswith("sqlite"):
        where = another_database(database_url)
        done("--db", where, "restore", str(path))
    assert done("--db", where, "checkpoint") == done("--db", database_url, "checkpoint")
    refused(5, *words)
    refused(5, *words, "-n")


# --- everywhere -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("verify",),
        ("checkpoint",),
        ("export", "--format", "log"),
        ("export", "--format", "csv"),
        ("backup", "copy"),
        ("rebuild",),
        ("rebuild", "-n"),
    ],
)
def test_without_a_log(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Where there is no log it is said how to begin one, and nothing is made."""
    where = tmp_path / "none.db"
    assert "begin one with" in refused(3, "--db", str(where), *words)
    assert not where.exists()


def names(folder: Path) -> list[str]:
    """The files in *folder*, but for those that SQLite keeps beside an open database."""
    return sorted(
        path.name for path in folder.iterdir() if path.suffix not in (".db-wal", ".db-shm")
    )


def small(*words: str, bytes_: int) -> subprocess.CompletedProcess[str]:
    """Run the program where no file may grow beyond so many bytes: a full disk, to it."""
    return subprocess.run(
        [sys.executable, "-m", "tracker", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=unmeasured(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, bytes_)),
    )


def test_a_full_disk_leaves_nothing_half_written(sqlite_url: str, tmp_path: Path) -> None:
    """What cannot be written whole is not written, and what was there is as it was."""
    tell(sqlite_url)
    kept = tmp_path / "kept"
    done("--db", sqlite_url, "checkpoint", "--out", str(kept))
    before = kept.read_bytes()
    old = tmp_path / "old.jsonl"
    old.write_text("mine")
    there = names(tmp_path)
    limit = len(before) + 20
    for words in (
        ("export", str(tmp_path / "new"), "--format", "log"),
        ("export", str(old), "--format", "csv", "--force"),
        ("backup", str(tmp_path / "new")),
        ("checkpoint", "--append", "--out", str(kept)),
    ):
        ran = small("--db", sqlite_url, *words, bytes_=limit)
        assert (ran.returncode, ran.stdout) == (6, ""), (words, ran.stderr)
        assert ran.stderr.startswith("tracker: ")
        assert ran.stderr.count("\n") == 1
    assert names(tmp_path) == there
    assert (kept.read_bytes(), old.read_text()) == (before, "mine")


def test_a_full_disk_and_a_restore(sqlite_url: str, tmp_path: Path) -> None:
    """A log that has no room is not begun."""
    tell(sqlite_url)
    path = tmp_path / "log.jsonl"
    done("--db", sqlite_url, "export", str(path), "--format", "log")
    where = tmp_path / "new.db"
    ran = small("--db", str(where), "restore", str(path), bytes_=100_000)
    assert (ran.returncode, ran.stdout) == (6, ""), ran.stderr
    assert not where.exists()


def test_a_closed_pipe_is_silent(sqlite_url: str) -> None:
    """``tracker export | head`` ends without a word."""
    tell(sqlite_url)
    program = f"{sys.executable} -m tracker --db {sqlite_url} export --format log | head -1"
    ran = subprocess.run(program, shell=True, capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    assert json.loads(ran.stdout)["position"] == 1


def test_nothing_recorded_steers_a_terminal(sqlite_url: str) -> None:
    """What was recorded cannot steer a terminal through any of these."""
    with Tracker.open(sqlite_url, by="mira", create=True) as log:
        log.register("x", title="a\x1b[2Jb", lifecycle="project")
        log.record("x", "announced", on="2025-03-01", source=SOURCE, note="\x1b]0;t\x07")
    execute(sqlite_url, "UPDATE initiatives SET title = 'c\x1b[2J' WHERE initiative = 'x'")
    for words in (("verify",), ("rebuild", "--verify"), ("rebuild", "--verify", "--json")):
        assert "\x1b" not in run("--db", sqlite_url, *words).output
