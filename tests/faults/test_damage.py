"""Damaged files and files put in their place: found by verify, never answered from in silence."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk
from tests.faults.operations import EVENTS, Files, Models
from tests.faults.server import Server, connect
from tests.faults.support import SLUG, SOURCE, begin, chance, said_in_one_sentence, size, verified
from tests.tally import Tally
from tracker import Tracker, Unavailable

PAGE_BYTES = 4096
HOW = ("zeros", "junk", "one bit", "another page")
NO_LOG = re.compile(
    "is not a SQLite database|holds other tables|by a newer tracker|needs an upgrade"
    "|there is no log"
)
"""What is said of a file whose first pages are gone: nobody can tell that it was a log."""

QUESTIONS = (
    ("status", "--json"),
    ("show", SLUG, "--json"),
    ("history", SLUG, "--json"),
    ("log", "--format", "jsonl"),
)


def spoilt(data: bytes, page: int, how: str, rng: random.Random) -> bytes:
    """The file *data* with one page damaged."""
    found = bytearray(data)
    start = page * PAGE_BYTES
    whole = slice(start, start + PAGE_BYTES)
    match how:
        case "zeros":
            found[whole] = bytes(PAGE_BYTES)
        case "junk":
            found[whole] = rng.randbytes(PAGE_BYTES)
        case "one bit":
            found[start + rng.randrange(PAGE_BYTES)] ^= 1 << rng.randrange(8)
        case _:
            other = rng.randrange(len(data) // PAGE_BYTES) * PAGE_BYTES
            found[whole] = data[other : other + PAGE_BYTES]
    return bytes(found)


def answers(where: str) -> list[str]:
    """What the log says to some questions, as a machine is told."""
    return [Desk(where).run(*words).output for words in QUESTIONS]


def judged(where: str, sound: list[str]) -> bool:
    """Whether verify finds damage in the file *where*; if not, its answers are the *sound* ones."""
    ran = Desk(where).run("verify")
    if ran.exit_code == 0:
        assert answers(where) == sound, "verify passes, and the answers are others"
        return False
    sentence = said_in_one_sentence(ran.stderr)
    assert ran.exit_code == 7 or NO_LOG.search(sentence), ran.output
    return True


def test_a_damaged_page_of_a_file(
    request: pytest.FixtureRequest, files: Models, tmp_path: Path, tally: Tally
) -> None:
    """Whatever happens to a page, verify says so, or every answer is what it was."""
    rng = chance(request)
    data = Path(files.log).read_bytes()
    every = [(page, how) for page in range(len(data) // PAGE_BYTES) for how in HOW]
    sound = answers(files.log)
    found = 0
    tried = rng.sample(every, min(len(every), size(request, 30, len(every))))
    for page, how in tried:
        where = Files(tmp_path).fresh()
        Path(where).write_bytes(spoilt(data, page, how, rng))
        try:
            found += judged(where, sound)
        except AssertionError as error:
            error.add_note(f"page {page}, {how}")
            raise
        Files(tmp_path).drop(where)
    assert found > len(tried) // 2
    tally.add("damaged pages, SQLite", len(tried))


INDEX = "uq_events_initiative_version"


def schema(where: str, statement: str, *parameters: object) -> list[Any]:
    """Read or write the table in which SQLite keeps its own schema."""
    with closing(sqlite3.connect(where)) as connection, connection:
        connection.execute("PRAGMA writable_schema=ON")
        return connection.execute(statement, parameters).fetchall()


def test_an_index_that_lacks_a_row(files: Models, tmp_path: Path, tally: Tally) -> None:
    """Every event is sound and one does not show in a history: verify says so, and the way out."""
    where = Files(tmp_path).fresh(like=files.log)
    (row,) = schema(where, "SELECT * FROM sqlite_master WHERE name = ?", INDEX)
    schema(where, "DELETE FROM sqlite_master WHERE name = ?", INDEX)
    # Recorded while the index is not known, and so not in it.
    Desk(where).done("record", SLUG, "commented", "--on", "2025", "--source", SOURCE)
    with Tracker.open(where, by="checker") as log:
        sound = log.root(EVENTS + 2)
    schema(where, "INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", *row)
    ran = Desk(where).run("verify")
    assert ran.exit_code == 7
    sentence = said_in_one_sentence(ran.stderr)
    assert sentence.startswith("every event is sound, but the database that holds them is damaged")
    assert f"row 302 missing from index {INDEX}" in sentence
    export = Desk(where).done("export", "--format", "log")
    other = Files(tmp_path).fresh()
    Desk(other).done("restore", "-", given=export)
    assert verified(other).root == sound
    tally.add("damaged indexes, SQLite")


def test_a_damaged_page_of_a_server(
    request: pytest.FixtureRequest, server: Server, tally: Tally
) -> None:
    """Whatever happens to a page of the log, verify says so in one sentence, and never passes."""
    rng = chance(request)
    where = server.fresh()
    begin(where, events=EVENTS)
    with connect(where) as connection:
        connection.execute("CHECKPOINT")
        found = connection.execute("SELECT pg_relation_filepath('events')").fetchone()
    assert found is not None
    path = server.home / "data" / str(found[0])
    server.stop()
    data = path.read_bytes()
    for number in range(size(request, 2, 8)):
        page = rng.randrange(len(data) // 8192)
        damaged = bytearray(data)
        start = page * 8192
        # Beyond the page's own header, of which the server itself would take notice.
        inside = slice(start + 4096, start + 8192)
        damaged[inside] = rng.randbytes(4096) if number % 2 else bytes(4096)
        path.write_bytes(damaged)
        server.launch()
        ran = Desk(where).run("verify")
        # What is read as a length or a pointer may end the server's own process, which is 6.
        assert (ran.exit_code in (6, 7), ran.stdout) == (True, ""), ran.output
        said_in_one_sentence(ran.stderr)
        # Nothing was written, and a process that is lost in the damage need not be waited for.
        server.stop("immediate")
        tally.add("damaged pages, PostgreSQL")
    path.write_bytes(data)
    server.launch()
    assert verified(where).events == EVENTS
    server.drop(where)


# --- another file ---------------------------------------------------------------------------------


def replaced(where: str, other: str) -> None:
    """Put another file in the place of a log, as a careless restore does."""
    Path(other).replace(where)


def test_a_log_that_is_replaced_while_it_is_open(
    files: Models, tmp_path: Path, tally: Tally
) -> None:
    """Nothing is written to the file that is gone, and the next attempt goes to the new one."""
    place = Files(tmp_path)
    where, other = place.fresh(like=files.log), place.fresh()
    begin(other, events=5)
    with Tracker.open(where, by="desk") as log, log.engine.connect() as connection:
        # A connection that goes on holding the file that was there.
        connection.exec_driver_sql("SELECT position FROM log_head").all()
        connection.rollback()
        replaced(where, other)
        with pytest.raises(Unavailable, match="was taken away or replaced meanwhile; repeat"):
            written_through(connection)
        receipt = log.record(SLUG, "commented", on="2025-03", source=SOURCE)
        assert [event.position for event in receipt.events] == [6]
    assert verified(where).events == 6
    tally.add("log files replaced, SQLite")


def written_through(connection: Any) -> None:
    with connection.execution_options(writing=True).begin():
        raise AssertionError("it was let write to a file that is gone")


def test_a_log_that_was_replaced_is_told_by_its_checkpoint(
    files: Models, tmp_path: Path, tally: Tally
) -> None:
    """A log that is sound in itself, and not the one that it was, ends verify with 7."""
    place = Files(tmp_path)
    where, older = place.fresh(like=files.log), place.fresh(like=files.log)
    Desk(where).done("record", SLUG, "commented", "--on", "2025", "--source", SOURCE)
    kept = tmp_path / "kept"
    Desk(where).done("checkpoint", "--out", str(kept))
    Desk(where).done("verify", "--checkpoint", str(kept))
    begin(other := place.fresh(), events=EVENTS + 2)
    for false in (older, other):
        shutil.copyfile(false, where)
        Desk(where).done("verify")
        ran = Desk(where).run("verify", "--checkpoint", str(kept))
        assert (ran.exit_code, ran.stdout) == (7, "")
        assert "checkpoint of" in said_in_one_sentence(ran.stderr)
        tally.add("log files replaced, SQLite")
