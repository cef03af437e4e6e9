"""Odd names for every file that a command takes: folders, pipes, devices, links, ways out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from tests.attacks.tree import Place, call, commands, file_places, lay_out, text_places, told_well
from tests.attacks.victim import Fingerprint
from tracker.cli import tracker as command_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.tally import Tally

SOON = 60  # seconds that nothing here should need
KEPT = "kept, as it was\n"


def odd_names(folder: Path) -> dict[str, str]:
    """Names that mean something else than a new file, or an old one, in *folder*; all are made."""
    (folder / "folder").mkdir()
    (folder / "kept").write_text(KEPT)
    (folder / "to-kept").symlink_to("kept")
    (folder / "to-folder").symlink_to("folder")
    (folder / "to-nowhere").symlink_to("nowhere/at/all")
    (folder / "round").symlink_to("round")
    (folder / "-n").write_text(KEPT)
    (folder / "--format=json").write_text(KEPT)
    (folder / "$(touch ran)").write_text(KEPT)
    (folder / "unreadable").write_text(KEPT)
    (folder / "unreadable").chmod(0)
    return {
        "a folder": "folder",
        "a folder with a slash": "folder/",
        "the folder itself": ".",
        "the one above": "..",
        "the root": "/",
        "a link to a file": "to-kept",
        "a link to a folder": "to-folder",
        "a link to nothing": "to-nowhere",
        "a link to itself": "round",
        "a file under a file": "kept/below",
        "a way out": "../outside",
        "a long way out": "../" * 60 + "etc/hostname",
        "a way in and out": "folder/../kept",
        "an option": "-n",
        "a longer option": "--format=json",
        "a command of the shell": "$(touch ran)",
        "nothing": "",
        "a blank": " ",
        "a very long name": "a" * 300,
        "a very long way": "a/" * 3000 + "a",
        "a NUL": "a\x00b",
        "no UTF-8": os.fsdecode(b"\xff\xfe"),
        "a line end": "a\nb",
        "a URL": "https://example.org/file",
        "a URL of a file": "file:///etc/hostname",
        "a wildcard": "*",
        "a home of nobody": "~no-such-user/file",
        "a device that is full": "/dev/full",
        "a device without an end": "/dev/zero",
        "nothing at all": "/dev/null",
        "what the process knows": "/proc/self/mem",
        "a file that may not be read": "unreadable",
    }


def tree_of(folder: Path) -> dict[str, bytes | str]:
    """All that is in *folder*."""
    return {
        str(path.relative_to(folder)): str(path.readlink()) if path.is_symlink() else _held(path)
        for path in sorted(folder.rglob("*"))
    }


def _held(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


@pytest.fixture
def names(home: Path) -> Iterator[dict[str, str]]:
    lay_out(home)
    (home.parent / "outside").write_text(KEPT)
    yield odd_names(home)
    (home / "unreadable").chmod(0o600)


# What names a folder to fill and no file: tests/cli/test_man_command.py looks at what is in it.
FOLDERS = {"man --out"}


@pytest.mark.parametrize(
    "place", [place for place in file_places() if str(place) not in FOLDERS], ids=str
)
def test_an_odd_name_is_refused_or_used_and_nothing_else_is_touched(
    place: Place, told_log: Path, names: dict[str, str], home: Path, tally: Tally
) -> None:
    """One sentence and a documented exit code; no file but the one named is made or changed."""
    before, log = tree_of(home.parent), Fingerprint.of(str(told_log))
    for what, name in names.items():
        db = home.parent / "new.db" if place.command.name == "restore" else told_log
        done = call(db, place.command.words({**place.attacked(name), **extras(place)}))
        assert told_well(done) is None, f"{place} given {what}: {told_well(done)}"
        after = tree_of(home.parent)
        changed = {each for each in before.keys() | after if before.get(each) != after.get(each)}
        allowed = may_be_written(place, name, home)
        assert changed <= allowed, f"{place} given {what} changed {changed}"
        for each in changed:
            put_back(home.parent / each, before.get(each))
    assert not (home / "ran").exists()
    assert Fingerprint.of(str(told_log)) == log
    tally.add("bad inputs tried: odd names of files", len(names))


def extras(place: Place) -> dict[str, object]:
    """What lets a command get as far as its file."""
    if str(place) == "export file":
        return {"format_name": "jsonl"}
    if str(place) == "import --rejects":
        return {"on_error": "stop", "files": "empty.jsonl"}
    return {}


WRITTEN = {
    "timeline --svg",
    "import --rejects",
    "checkpoint --out",
    "prove --out",
    "export file",
    "backup file",
    "report --out",
}


def may_be_written(place: Place, name: str, home: Path) -> set[str]:
    """The one file that the command may make or change, by its path below the test's folder."""
    if place.command.name == "restore":
        return {"new.db"}
    if str(place) not in WRITTEN or "\x00" in name:
        return set()
    with suppress(OSError, RuntimeError):
        named = home / name
        both = {named.parent.resolve() / named.name, named.resolve()}
        return {
            str(each.relative_to(home.parent)) for each in both if each.is_relative_to(home.parent)
        }
    return set()


def put_back(path: Path, before: bytes | str | None) -> None:
    if path.is_symlink() or path.exists():
        path.unlink()
    if isinstance(before, str):
        path.symlink_to(before)
    elif before is not None:
        path.write_bytes(before)


def test_every_file_that_is_written_is_known() -> None:
    """A command that writes a file is named above, so that its file alone may change."""
    assert {str(place) for place in file_places()} >= WRITTEN
    for place in text_places():
        told = getattr(place.param, "help", None) or ""
        if "write" in told.lower() and "file" in told.lower():
            assert place in file_places(), place


# --- pipes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", file_places(), ids=str)
def test_a_pipe_is_read_and_written_like_a_file(
    place: Place, told_log: Path, home: Path, tmp_path: Path, tally: Tally
) -> None:
    """A named pipe, which nobody can wind back: a documented end, and no waiting for ever."""
    lay_out(home)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    db = home.parent / "new.db" if place.command.name == "restore" else told_log
    words = place.command.words({**place.attacked(str(pipe)), **extras(place)})
    process = subprocess.Popen(
        [sys.executable, "-m", "tracker", "--db", str(db), "--by", "desk", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # The other end is held open for both, whichever way it goes, and is let go of when it is over.
    other = os.open(pipe, os.O_RDWR)
    if str(place) in WRITTEN:
        threading.Thread(target=drain, args=(other,), daemon=True).start()
    else:
        os.write(other, b"[[\n")
    try:
        out, err = finished(process, other, is_read=str(place) not in WRITTEN)
    finally:
        process.kill()
    assert process.returncode in range(8), err
    assert "Traceback" not in err
    assert "fault in tracker" not in err
    assert out is not None
    tally.add("bad inputs tried: odd names of files")


def drain(end: int) -> None:
    with suppress(OSError):
        while os.read(end, 65536):
            pass


def finished(process: subprocess.Popen[str], end: int, *, is_read: bool) -> tuple[str, str]:
    """What the process said; once it has opened the pipe to read it, the pipe is closed."""
    if is_read:
        while process.poll() is None and not has_open(process.pid, end):
            pass
        os.close(end)
        return process.communicate(timeout=SOON)
    said = process.communicate(timeout=SOON)
    os.close(end)
    return said


def has_open(pid: int, end: int) -> bool:
    """Whether the process has the same pipe open."""
    mine = os.fstat(end)
    with suppress(OSError):
        for each in (Path("/proc") / str(pid) / "fd").iterdir():
            with suppress(OSError):
                theirs = each.stat()
                if (theirs.st_dev, theirs.st_ino) == (mine.st_dev, mine.st_ino):
                    return True
    return False


# --- the log itself -------------------------------------------------------------------------------

NEW_LOGS = {
    "a blank",
    "a command of the shell",
    "a home of nobody",
    "a line end",
    "a link to nothing",
    "a very long way",
    "a wildcard",
}
BEGIN = ["register", "a", "--title=A", "--lifecycle=dialogue"]


def test_an_odd_name_of_the_log_makes_nothing(
    names: dict[str, str], home: Path, tally: Tally
) -> None:
    """What is no file can be no log: no device is written to, and nothing is made in its place."""
    os.mkfifo(home / "fifo")
    before = tree_of(home.parent)
    devices = set(Path("/dev").iterdir())
    for what, name in {**names, "a pipe": "fifo"}.items():
        for words in (["status"], ["doctor"], BEGIN):
            done = CliRunner().invoke(command_line, [f"--db={name}", "--by", "desk", *words])
            assert told_well(done) is None, f"--db {what}, {words[0]}: {told_well(done)}"
            if words == BEGIN and done.exit_code == 0:
                assert what in NEW_LOGS, what
            elif words != ["doctor"]:
                assert done.exit_code in (2, 3, 6), f"--db {what}: {done.output}"
        tally.add("bad inputs tried: odd names of files", 3)
    assert set(Path("/dev").iterdir()) == devices
    after = tree_of(home.parent)
    assert {each: after[each] for each in before} == before


def test_the_home_of_nobody_in_the_config_file_is_named(home: Path) -> None:
    """The sentence says which file to mend."""
    config = home.parent / "home" / "tracker" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('db = "~no-such-user/log.db"\n')
    done = CliRunner().invoke(command_line, ["status"], env={"TRACKER_DB": None})
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"the config file {config} names a home of nobody" in done.stderr


def test_a_log_behind_a_link_is_the_log(told_log: Path, home: Path) -> None:
    """A link, a way in and out, and a name that begins with a dash lead to the same log."""
    real = Path(shutil.copy(told_log, home / "-log.db"))
    (home / "link.db").symlink_to(real)
    (home / "folder").mkdir()
    expected = call(real, ["status"]).output
    for name in ("link.db", "folder/../-log.db", "./-log.db", f"sqlite:///{real}"):
        done = CliRunner().invoke(command_line, [f"--db={name}", "status"])
        assert (done.exit_code, done.output) == (0, expected), name


OVER_THE_LOG = [
    ["import", "bad.csv", "--on-error=skip", "--rejects"],
    ["import", "bad.csv", "-n", "--rejects"],
    ["timeline", "--force", "--svg"],
    ["export", "--format=csv", "--force"],
    ["export", "--format=xlsx", "--force"],
    ["report", "--force", "--out"],
    ["checkpoint", "--out"],
    ["checkpoint", "--append", "--out"],
    ["prove", "@1", "--out"],
    ["backup"],
]


@pytest.mark.parametrize("words", OVER_THE_LOG, ids=" ".join)
def test_no_answer_is_written_over_the_log(words: list[str], told_log: Path, home: Path) -> None:
    """By whatever name, nor over the files that SQLite keeps beside it, there or not."""
    log = Path(shutil.copy(told_log, home / "log.db"))
    (home / "bad.csv").write_text("initiative,type,on,source\n,,,\n")
    (home / "link.db").symlink_to("log.db")
    (home / "hard.db").hardlink_to(log)
    (home / "folder").mkdir()
    before, entries = log.read_bytes(), sorted(home.iterdir())
    named = ["log.db", str(log), "link.db", "hard.db", "folder/../log.db", "log.db-wal"]
    for name in [*named, "log.db-shm", "log.db-journal"]:
        for db in ("log.db", "link.db", f"sqlite:///{log}"):
            done = CliRunner().invoke(command_line, [f"--db={db}", "--by=desk", *words, name])
            assert (done.exit_code, done.stdout) == (2, ""), (db, name, done.output)
            assert done.stderr.endswith("stays as it is; name another file\n")
    assert (log.read_bytes(), sorted(home.iterdir())) == (before, entries)


def test_no_answer_is_written_over_a_log_to_be(home: Path) -> None:
    """An import begins the log: what it left out is not to take the log's place."""
    (home / "bad.csv").write_text("initiative,type,on,source\n,,,\n")
    words = ["--db=new.db", "--by=desk", "import", "bad.csv", "--rejects=new.db"]
    done = CliRunner().invoke(command_line, words)
    assert (done.exit_code, (home / "new.db").exists()) == (2, False)


def test_no_manual_page_is_written_over_the_log(told_log: Path, home: Path) -> None:
    """A log may be called what a page is."""
    log = Path(shutil.copy(told_log, home / "tracker.1"))
    done = call(log, ["man", "--out", "."])
    assert (done.exit_code, log.read_bytes()) == (2, told_log.read_bytes())


def test_no_command_takes_a_file_that_is_not_attacked() -> None:
    """Every place that names a file is among those above."""
    assert {place.command.name for place in file_places()} >= {
        "import",
        "lifecycle adopt",
        "lifecycle check",
        "timeline",
        "verify",
        "checkpoint",
        "export",
        "restore",
        "backup",
    }
    assert len(commands()) > 30
