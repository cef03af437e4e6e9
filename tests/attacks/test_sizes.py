"""Files that are too long, too deep or not what they say: one sentence, early, in little memory."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from attrs import frozen

from tests.attacks.tree import NEEDED_FILES, call, told_well
from tests.attacks.victim import Fingerprint, tell
from tracker import Refused, Source, Tracker
from tracker.domain.checkpoint import LONGEST_FILE_BYTES as LONGEST_CHECKPOINTS
from tracker.domain.lifecycle_reader import LONGEST_FILE_BYTES as LONGEST_LIFECYCLE
from tracker.domain.lifecycle_reader import MOST_STOPS_IN_A_LINE
from tracker.exchange import log_file, proof_file, rows
from tracker.exchange.signing import LONGEST_KEY_BYTES
from tracker.store.codec import LONGEST_EVENT_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.tally import Tally

GIGABYTE = 1_000_000_000
MOST_READ = 150_000_000  # bytes, of the gigabyte that is there
MOST_MEMORY = 400_000_000  # bytes, of which the program itself takes a quarter
DEEP = 100_000

# Linux begins to count a process's memory with that of the process it was forked from, which here
# is one that has run a thousand tests: so a small one stands between.
BETWEEN = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[2:], check=False).returncode
with open(sys.argv[1], "w") as told:
    print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=told)
"""


@frozen
class Ended:
    """How a process ended, what it said, what it took of its input, and the most memory it had."""

    code: int
    stderr: str
    taken: int
    memory_bytes: int


def run(db: Path, words: list[str], endless: bytes | None = None) -> Ended:
    """Run tracker on *words*; *endless* is written to it over and over, to a gigabyte in all."""
    errors, figures = db.with_suffix(".err"), db.with_suffix(".rss")
    command = [sys.executable, "-m", "tracker", "--db", str(db), "--by", "desk", *words]
    with errors.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-S", "-c", BETWEEN, str(figures), *command],
            stdin=subprocess.DEVNULL if endless is None else subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
        taken: list[int] = []
        feeder = threading.Thread(target=feed, args=(process, endless, taken))
        feeder.start()
        process.wait()
        feeder.join()
    said = errors.read_text(encoding="utf-8")
    code, kilobytes = map(int, figures.read_text(encoding="utf-8").split())
    return Ended(code, said, sum(taken), kilobytes * 1024)


def feed(process: subprocess.Popen[bytes], part: bytes | None, taken: list[int]) -> None:
    if process.stdin is None or part is None:
        return
    with suppress(BrokenPipeError), process.stdin:
        while sum(taken) < GIGABYTE:
            process.stdin.write(part)
            process.stdin.flush()
            taken.append(len(part))


COMMANDS = {
    "import csv": (["import", "--format=csv", "FILE"], 5, "line is longer than 100 MB"),
    "import jsonl": (["import", "--format=jsonl", "FILE"], 5, "line is longer than 100 MB"),
    "restore": (["restore", "FILE"], 5, "line 1 of the log is longer than 64 MB"),
    "lifecycle check": (["lifecycle", "check", "FILE"], 5, "longer than 250,000 bytes"),
    "lifecycle adopt": (["lifecycle", "adopt", "FILE"], 5, "longer than 250,000 bytes"),
    "import lifecycle": (["import", "x.csv", "--lifecycle=FILE"], 5, "longer than 250,000 bytes"),
    "verify": (["verify", "--checkpoint=FILE"], 5, "longer than 16,000,000 bytes"),
    "checkpoint": (["checkpoint", "--sign=FILE"], 5, "longer than 16,384 bytes"),
    "append": (["checkpoint", "--out=FILE", "--append"], 5, "longer than 16,000,000 bytes"),
}


def given(words: list[str], file: object) -> list[str]:
    return [word.replace("FILE", str(file)) for word in words]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_line_of_a_gigabyte_is_refused_in_little_memory(
    told_log: Path, tmp_path: Path, name: str, tally: Tally
) -> None:
    """A file of one endless line is given up before it fills memory; the log is as it was."""
    words, code, said = COMMANDS[name]
    file = tmp_path / "endless"
    with file.open("wb") as made:
        made.truncate(GIGABYTE)  # without a byte of it on the disk
    before = Fingerprint.of(str(told_log))
    db = tmp_path / "new.db" if name == "restore" else told_log
    ended = run(db, given(words, file))
    assert ended.code == code, ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.memory_bytes < MOST_MEMORY
    assert Fingerprint.of(str(told_log)) == before
    assert file.stat().st_size == GIGABYTE
    tally.add("bad inputs tried: files of a gigabyte")


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "append"])
def test_a_pipe_without_an_end_is_left_early(
    told_log: Path, tmp_path: Path, name: str, tally: Tally
) -> None:
    """Of a gigabyte that a pipe has to give, little is read, and nothing is kept."""
    words, code, said = COMMANDS[name]
    db = tmp_path / "new.db" if name == "restore" else told_log
    ended = run(db, given(words, "-"), endless=b"[" * 1_000_000)
    assert ended.code == code, ended.stderr
    assert said in ended.stderr
    assert ended.taken < MOST_READ
    assert ended.memory_bytes < MOST_MEMORY
    tally.add("bad inputs tried: files of a gigabyte")


def test_a_file_of_lines_has_no_limit_but_its_lines_have(
    told_log: Path, tmp_path: Path, tally: Tally
) -> None:
    """After a line that is too long the next is read, where its end is in sight."""
    file = tmp_path / "rows.csv"
    good = b"il-114,commented,2025-12-07,a paper\n"
    with file.open("wb") as made:
        made.write(b"initiative,type,on,source\n" + good)
        made.write(b"x" * (rows.LONGEST_LINE_BYTES + 1) + b"\n" + good)
    done = call(told_log, ["import", str(file), "--on-error=skip", "--dry-run"])
    assert done.exit_code == 1, done.output
    assert "line 3: the line is longer than 10 MB" in done.stderr
    assert "2 developments" in done.stdout
    tally.add("bad inputs tried")


# --- one after the other --------------------------------------------------------------------------


def log_line(body: str) -> str:
    keys = dict.fromkeys(log_file.KEYS, 1) | {"body": "B", "leaf": "00" * 32, "disclosed": {}}
    return json.dumps(keys).replace('"B"', body)


def nested_json(what: str) -> str:
    opened, closed = {"lists": ("[", "]"), "objects": ('{"a":', "}")}[what]
    return opened * DEEP + "1" + closed * DEEP


LIFECYCLE = NEEDED_FILES["lifecycle.toml"]
HEADER = "initiative,type,on,source\n"
"""The columns that no import does without."""

BAD: dict[str, dict[str, tuple[str | bytes, str]]] = {
    "jsonl": {
        "nested lists": ('{"note": ' + nested_json("lists") + "}\n", "nest too deeply"),
        "nested objects": ('{"note": ' + nested_json("objects") + "}\n", "nest too deeply"),
        "never closed": ("[" * DEEP + "\n", "JSON list"),
        "duplicate keys": ('{"note": "a", "note": "b"}\n', "'note' stands there twice"),
        "NaN": ('{"on": NaN}\n', "NaN is not JSON"),
        "infinity": ('{"grade": -Infinity}\n', "-Infinity is not JSON"),
        "a huge integer": ('{"note": ' + "9" * DEEP + "}\n", "write it in quotes"),
        "a huge exponent": ('{"note": 1e999999999}\n', "write it in quotes"),
        "past 2^63": ('{"on": 9223372036854775808}\n', "on"),
        "invalid UTF-8": (b'{"note": "\xff\xfe"}\n', "is not UTF-8"),
        "an overlong NUL": (b'{"note": "\xc0\x80"}\n', "is not UTF-8"),
        "UTF-16": ('{"note": "a"}\n'.encode("utf-16"), "UTF-16"),
        "two marks": ('\ufeff\ufeff{"note": "a"}\n', "not JSON"),
        "a mark inside": ('{"initiative": "a"}\n\ufeff{"note": "a"}\n', "not JSON"),
        "a NUL": ('{"note": "a\\u0000b"}\n', "holds a NUL character"),
        "half a character": ('{"note": "\\udc80"}\n', "half of a character"),
        "comments": ('{"note": "a"} // no\n', "not JSON"),
        "single quotes": ("{'note': 'a'}\n", "not JSON"),
        "nothing but text": ("null\n", "must be a JSON object"),
        "another script's digits": ('{"on": ٢٠٢٥}\n', "not JSON"),
    },
    "csv": {
        "nothing": ("", "the file is empty"),
        "a header alone of blanks": ("  \n \n", "the file is empty"),
        "columns twice": ("initiative,type,TYPE\n", "type stands there twice"),
        "a column without name": ("initiative,type,,on\n", "has no name"),
        "a thousand columns": (",".join(f"c{n}" for n in range(1000)) + "\n", "more)"),
        "a NUL": (f"{HEADER}a,b\x00c,d,e\n", "NUL"),
        "a NUL in the header": ("initiative,ty\x00pe\n", "no column"),
        "invalid UTF-8": (HEADER.encode() + b"\xff,b,c,d\n", "is not UTF-8"),
        "UTF-16": ("initiative,type\n".encode("utf-16"), "UTF-16"),
        "UTF-32": ("initiative,type\n".encode("utf-32"), "UTF-16"),
        "a quote never closed": (HEADER + '"a,b,c,d\n', "never closed"),
        "a quote inside": (HEADER + '"a"b,c,d,e\n', "quotation mark"),
        "too many fields": (f"{HEADER}a,b,c,d,e\n", "5 fields where the header has 4"),
        "too few": (f"{HEADER}a\n", "1 fields where the header has 4"),
        "old line ends": ("initiative,type\ra,b\r", "CR alone"),
        "a field too long": (f"{HEADER}a,{'b' * 250_001},c,d\n", "250000 characters"),
        "another delimiter": ("initiative|type\na|b\n", "no column"),
    },
    "toml": {
        "nested lists": ("name = " + "[" * DEEP + "]" * DEEP, "nest too deeply"),
        "nested tables": ("name = " + "{a=" * 80_000, "nest too deeply"),
        "a dotted key": ("a." * 5_000 + "a = 1", "more than 100 full stops"),
        "a dotted header": ("[" + "a." * 5_000 + "a]\nb = 1", "more than 100 full stops"),
        "duplicate keys": ('name = "a"\nname = "b"\n', "not valid TOML"),
        "tables twice": ("[[phase]]\n[phase]\n", "not valid TOML"),
        "NaN": ("name = nan\n", "must be a text"),
        "infinity": ("title = inf\n", "must be a text"),
        "a huge integer": ("name = " + "9" * DEEP, "not valid TOML"),
        "past 2^63": ("name = 9223372036854775808\n", "very large number"),
        "a date that does not exist": ("name = 2025-02-30\n", "not valid TOML"),
        "a time": ("name = 25:61:00\n", "not valid TOML"),
        "invalid UTF-8": (b'name = "\xff"\n', "is not UTF-8"),
        "UTF-16": ('name = "a"\n'.encode("utf-16"), "is not UTF-8"),
        "a NUL": ('name = "a\x00"\n', "not valid TOML"),
        "an escaped NUL": ('name = "a\\u0000"\n', "must be small letters"),
        "half a character": ('title = "\\ud800"\n', "not valid TOML"),
        "old line ends": ("name = 'a'\rtitle = 'b'\r", "not valid TOML"),
        "nothing": ("", "it has no name"),
        "a name without an end": (LIFECYCLE.replace("own", "a" * 81), "more than 80 characters"),
        "a type without an end": (
            LIFECYCLE.replace("began", "a" * 200_000),
            "more than 80 characters",
        ),
    },
    "log": {
        "nested lists": (log_line(nested_json("lists")) + "\n", "not JSON"),
        "nested objects": (log_line(nested_json("objects")) + "\n", "not JSON"),
        "nested in the body": (log_line(json.dumps(nested_json("lists"))) + "\n", "line 1"),
        "duplicate keys": ('{"body": "", "body": ""}\n', "'body' twice"),
        "duplicate keys in the body": (log_line('"{\\"a\\":1,\\"a\\":2}"') + "\n", "line 1"),
        "NaN": (log_line("NaN") + "\n", "NaN"),
        "NaN in the body": (log_line('"{\\"schema\\":NaN}"') + "\n", "line 1"),
        "a huge integer": (log_line("9" * DEEP) + "\n", "line 1"),
        "a huge integer in the body": (log_line('"{\\"a\\":' + "9" * DEEP + '}"') + "\n", "line 1"),
        "past 2^63": (log_line('"{\\"a\\":9223372036854775808}"') + "\n", "line 1"),
        "a huge exponent": (log_line('"{\\"a\\":1e999999999}"') + "\n", "line 1"),
        "invalid UTF-8": (b'{"body": "\xff"}\n', "is not UTF-8"),
        "UTF-16": ('{"body": ""}\n'.encode("utf-16"), "is not UTF-8"),
        "a byte order mark": ("\ufeff" + log_line('"{}"') + "\n", "not JSON"),
        "half a character": (log_line('"\\ud800"') + "\n", "half of a character"),
        "an empty line": ("\n", "is empty"),
        "a list": ("[]\n", "not a JSON object"),
    },
    "checkpoint": {
        "nothing": ("", "holds no checkpoint"),
        "no end of line": ("a\n1\nb", "ends inside a line"),
        "carriage returns": ("a\r\n1\r\nb\r\n\r\n", "carriage returns"),
        "a size of digits": ("a\n" + "9" * DEEP + "\nb\n\n", "not a decimal number"),
        "past 2^63": (f"a\n{2**63}\n{'A' * 43}=\n\n", "not one that a log can have"),
        "a root of another length": ("a\n1\nAAAA\n\n", "3 bytes"),
        "a root that is no base64": ("a\n1\nb\n\n", "not base64"),
        "a NUL": ("a\x00\n1\nb\n\n", "cannot be read"),
        "a byte order mark": ("\ufeffa\n1\nb\n\n", "cannot be read"),
        "invalid UTF-8": (b"\xff\n1\nb\n\n", "not UTF-8"),
        "many lines": ("a\n" * DEEP, "cannot be read"),
        "many signatures": ("a\n1\nb\n\n" + "\u2014 x y\n" * DEEP, "cannot be read"),
    },
}

READ_BY = {
    "jsonl": ["import", "--format=jsonl", "FILE"],
    "csv": ["import", "--format=csv", "FILE"],
    "toml": ["lifecycle", "adopt", "FILE"],
    "log": ["restore", "FILE"],
    "checkpoint": ["verify", "--checkpoint=FILE"],
}


def bad() -> Iterator[object]:
    for reader, files in BAD.items():
        for name in files:
            yield pytest.param(reader, name, id=f"{reader}-{name}")


@pytest.mark.parametrize(("reader", "name"), list(bad()))
def test_what_cannot_be_read_is_told_in_one_sentence(
    told_log: Path, tmp_path: Path, reader: str, name: str, tally: Tally
) -> None:
    """Exit code 5, a sentence that names the fault, no traceback, and the log as it was."""
    content, part = BAD[reader][name]
    file = tmp_path / "bad"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = Fingerprint.of(str(told_log))
    db = tmp_path / "new.db" if reader == "log" else told_log
    words = given(READ_BY[reader], file)
    done = call(db, words)
    assert (done.exit_code, done.stdout) == (5, ""), done.output
    assert told_well(done) is None, told_well(done)
    assert part in done.stderr, done.stderr[:1000]
    assert len(done.stderr) < 3000
    piped = call(db, given(READ_BY[reader], "-"), given=file.read_bytes())
    assert (piped.exit_code, piped.stdout) == (5, ""), piped.output
    assert part in piped.stderr
    assert Fingerprint.of(str(told_log)) == before
    assert not (tmp_path / "new.db").exists()
    tally.add("bad inputs tried", 2)


# --- the limits themselves ------------------------------------------------------------------------


def test_an_event_that_is_too_long_is_refused(database_url: str) -> None:
    """On every database, in whatever field; nothing is recorded."""
    tell(database_url)
    before = Fingerprint.of(database_url)
    with Tracker.open(database_url, by="desk") as log:
        for text in ("a" * LONGEST_EVENT_BYTES, "₹" * (LONGEST_EVENT_BYTES // 3 + 1)):
            for source, note in ((Source(document="a", title=text), None), ("a paper", text)):
                with pytest.raises(Refused, match="an event may take 10,000,000 bytes"):
                    log.record("il-114", "commented", on="2025-12-08", source=source, note=note)
            with pytest.raises(Refused, match="an event may take 10,000,000 bytes"):
                log.withdraw("il-114#2", reason=text)
    assert Fingerprint.of(database_url) == before


def test_the_longest_event_there_can_be_is_restored(sqlite_url: str, tmp_path: Path) -> None:
    """Its line in an export is within the limit, of the characters that JSON makes most of too."""
    tell(sqlite_url)
    longest = "\x01" * (LONGEST_EVENT_BYTES - 2_000)  # in JSON six bytes of each
    with Tracker.open(sqlite_url, by="desk") as log:
        log.record("il-114", "commented", on="2025-12-07", source="a paper", note=longest)
    out = tmp_path / "log.jsonl"
    assert call(sqlite_url, ["export", str(out), "--format=log"]).exit_code == 0
    with out.open("rb") as lines:
        longest_line = max(map(len, lines))
    assert LONGEST_EVENT_BYTES * 5 < longest_line < log_file.LONGEST_LINE_BYTES
    again = tmp_path / "again.db"
    assert call(again, ["restore", str(out)]).exit_code == 0
    assert Fingerprint.of(str(again)) == Fingerprint.of(sqlite_url)


def test_the_reference_says_the_limits() -> None:
    """Every limit stands in the reference as it is in the program."""
    from tests.test_house import ROOT

    page = (ROOT / "docs" / "reference" / "limits.md").read_text(encoding="utf-8")
    for limit in (
        rows.LONGEST_LINE_BYTES,
        rows.LONGEST_SKIPPED_BYTES,
        rows.LONGEST_FIELD_CHARS,
        log_file.LONGEST_LINE_BYTES,
        LONGEST_EVENT_BYTES,
        LONGEST_LIFECYCLE,
        MOST_STOPS_IN_A_LINE,
        LONGEST_CHECKPOINTS,
        LONGEST_KEY_BYTES,
        proof_file.LARGEST_BYTES,
    ):
        assert f"{limit:,}" in page, limit
