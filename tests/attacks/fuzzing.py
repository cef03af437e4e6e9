"""What is fuzzed, and with what: readers of bytes, seeds that they read, and how these are changed.

A target takes bytes and may raise an error of tracker's own, nothing else. What it reads it holds
to what the format promises: written again and read again it is the same. A reader that is added
gets a line in :data:`TARGETS`, and is fuzzed with the others.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from attrs import frozen
from hypothesis import strategies as st

from tests.attacks.victim import tell
from tracker import Tracker
from tracker.application import proving
from tracker.application.import_rows import (
    BadRowError,
    Cell,
    Row,
    check_id,
    content_of,
    record_of,
    said_in,
)
from tracker.domain.checkpoint import Checkpoint, Signature, parse_checkpoints
from tracker.domain.dates import (
    format_instant,
    parse_by,
    parse_day,
    parse_edtf,
    parse_instant,
    parse_when,
)
from tracker.domain.edtf import Extent
from tracker.domain.lifecycle import Lifecycle, faults, read_lifecycle
from tracker.domain.merkle import leaf_hash
from tracker.domain.proofs import parse_proof
from tracker.errors import Refused
from tracker.exchange import proof_file
from tracker.exchange.log_file import KEYS, export_log, log_lines, read_log
from tracker.exchange.row_files import Format, read_rows
from tracker.exchange.rows import COLUMNS, RawRow, RowFault
from tracker.store import event_log

FIXTURES = Path(__file__).parents[2] / "fixtures"
TODAY = date(2026, 2, 1)


@frozen
class Target:
    """A reader of bytes, with seeds to change, and the words that its format is made of."""

    read: Callable[[bytes], object]
    seeds: Callable[[], Sequence[bytes]]
    words: tuple[bytes, ...]


# --- readers --------------------------------------------------------------------------------------


def _rows(data: bytes, format_name: Format) -> None:
    """As an import reads rows, up to where the log is asked: each is a row, or is told.

    Raises Refused where none is good.
    """
    found = [_is_good(item) for item in read_rows(io.BytesIO(data), format_name, "rows")]
    if not any(found):
        raise Refused("there is no row that is good")


def _is_good(item: RawRow | RowFault) -> bool:
    if isinstance(item, RowFault):
        cells = [Cell(item.column, item.value, item.reason)]
    else:
        said = said_in(item)
        cells = []
        try:
            check_id(said)
            row = Row(item, said, "019aebce-f400-7000-8000-000000000001", gives_id=False)
            record = record_of(row, TODAY, None)
            assert json.loads(content_of(said))["mode"] == record.mode
        except BadRowError as bad:
            cells = list(bad.cells)
    for cell in cells:
        assert cell.reason
        (cell.reason + str(cell.value) + str(cell.column)).encode()
    return not cells


def csv_rows(data: bytes) -> None:
    """Rows of CSV."""
    _rows(data, "csv")


def jsonl_rows(data: bytes) -> None:
    """Rows of JSON Lines."""
    _rows(data, "jsonl")


def edtf(data: bytes) -> None:
    """EDTF: what is read has a canonical form, which is read as the same days."""
    _same_again(parse_edtf(_text(data)))


def typed_date(data: bytes) -> None:
    """What people type: likewise, and as a day, a latest day and an instant."""
    text = _text(data)
    readers: tuple[Callable[[str, date], object], ...] = (parse_when, parse_by, parse_day)
    for read in readers:
        try:
            found = read(text, TODAY)
        except Refused:
            continue
        if isinstance(found, Extent):
            _same_again(found)
    instant = parse_instant(text, TODAY)
    assert parse_instant(format_instant(instant), TODAY) == instant


def _same_again(extent: Extent) -> None:
    assert extent.lo <= extent.hi
    again = parse_edtf(extent.edtf)
    assert (again.edtf, again.lo, again.hi) == (extent.edtf, extent.lo, extent.hi)


def lifecycle(data: bytes) -> None:
    """A lifecycle in TOML: its faults are sentences, and without any it survives the log."""
    text = _text(data)
    found = faults(text)
    assert all(fault.isprintable() for fault in found), found
    read = read_lifecycle(text, "own.toml")
    assert found == []
    assert Lifecycle.from_definition(read.to_definition()) == read


def checkpoints(data: bytes) -> None:
    """A file of checkpoints: written again it is read as the same."""
    found = parse_checkpoints(_text(data))
    assert parse_checkpoints("".join(each.to_note() for each in found)) == found


def proofs(data: bytes) -> None:
    """A proof of one event: read again from what it writes it is the same, if it holds at all."""
    proof = proof_file.read("a file", io.BytesIO(data))
    assert parse_proof(proof.to_text().encode()) == proof
    proof_file.check(proof)


def log_file(data: bytes) -> None:
    """An exported log, whose every line was hashed."""
    list(read_log(log_lines(io.BytesIO(data))))


def hashed_log(data: bytes) -> None:
    """The body of the first event, hashed again after it was changed: an attacker can hash too."""
    body = _text(data)
    line: dict[str, object] = dict.fromkeys(KEYS)
    line |= {"body": body, "leaf": leaf_hash(body.encode()).hex(), "disclosed": {}}
    try:
        told = json.loads(body)
        line |= {key: told[key] for key in KEYS if isinstance(told, dict) and key in told}
    except (ValueError, RecursionError):
        pass
    list(read_log([json.dumps(line)]))


def _text(data: bytes) -> str:
    """*data* as UTF-8, as whoever opens a file does; what is not is refused before the reader."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Refused(str(error)) from None


# --- seeds ----------------------------------------------------------------------------------------


@cache
def _jsonl() -> tuple[bytes, ...]:
    found = [b""]
    for path in sorted((FIXTURES / "india-russia").glob("*.jsonl")):
        lines = path.read_bytes().splitlines(keepends=True)
        found += [b"".join(lines[at : at + 2]) for at in range(0, 8, 2)]
    return tuple(found)


@cache
def _csv() -> tuple[bytes, ...]:
    found = []
    for delimiter in ",;\t":
        for seed in _jsonl():
            out = io.StringIO(newline="")
            rows = csv.DictWriter(out, COLUMNS, delimiter=delimiter, extrasaction="ignore")
            rows.writeheader()
            rows.writerows(json.loads(line) for line in seed.splitlines())
            found.append(out.getvalue().encode())
    return (*found, b"\xef\xbb\xbfinitiative,type\r\na,b\r\n", b'initiative,type\na,"b\nc"\n')


def _lifecycles() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted((FIXTURES / "lifecycles").glob("*.toml")))


def _checkpoints() -> tuple[bytes, ...]:
    signed = (Signature("example.org/witness", b"abcd", b"signature"),)
    notes = [
        Checkpoint("example.org/desk", size, bytes([size % 256]) * 32, signatures).to_note()
        for size in (0, 1, 2**63 - 1)
        for signatures in ((), signed, signed * 3)
    ]
    return tuple(note.encode() for note in (*notes, "".join(notes), "\n".join(notes)))


@cache
def exported() -> tuple[bytes, ...]:
    """The lines of a small log that has an event of nearly every kind."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "log.db")
        tell(path)
        out = io.StringIO()
        with Tracker.open(path, by="desk") as log, event_log.reading(log.engine) as connection:
            export_log(connection, out)
    return tuple(line.encode() for line in out.getvalue().splitlines(keepends=True))


def _logs() -> tuple[bytes, ...]:
    lines = exported()
    return tuple(b"".join(lines[:count]) for count in (0, 1, 2, 3, len(lines)))


def _proofs() -> tuple[bytes, ...]:
    """Of every event, with and without its texts, and of the log's growth from a checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "log.db")
        tell(path)
        with Tracker.open(path) as log:
            size = log.head().position
            shown = [
                proving.of_event(log, f"@{position}", disclose=texts).proof.to_text()
                for position in range(1, size + 1)
                for texts in ((), ("all",))
            ]
            grown = [proving.of_growth(log, old).to_text() for old in (1, 2, size - 1)]
    return tuple(text.encode() for text in (*shown, *grown))


def _bodies() -> tuple[bytes, ...]:
    return tuple(json.loads(line)["body"].encode() for line in exported())


def _dates() -> tuple[bytes, ...]:
    return tuple(text.encode() for text in DATES)


DATES = (
    "2025-12-05", "2025-12", "2025", "2025-33", "2025-Q1", "2025-11/2026-02", "../2030",
    "2025-12/..", "2025-12?", "2025~", "2025-12-05%", "202X", "20XX", "2025-XX-XX", "Y12025",
    "-0044", "2025-12-05T10:00:00Z", "2025-12-05T10:00:00.123456+05:30", "today", "yesterday",
    "last friday", "3 weeks ago", "in two months", "next quarter", "by end of 2030", "since 2019",
    "from March to May 2025", "between 2024 and 2026", "5 December 2025", "Dec 5, 2025",
    "Friday, 5 December 2025", "12/2025", "31.12.2025", "03/04/2025", "2025/26",
    "first half of 2026", "the 1990s", "2025-W49", "2025w49-5", "early 2026", "about 2025",
    "circa 2025?", "gestern",
    "5 декабря 2025 г.", "le mois dernier", "2025年12月5日", "@17", "20251205", "99999-01-01",
)  # fmt: skip

# --- words ----------------------------------------------------------------------------------------

ANYWHERE = (
    b"\x00", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"\n", b"\r\n", b"\t",
    b" ", b'"', b"'", b"\\", b"\\u0000", b"\\ud800", b"[", b"]", b"{", b"}", b"[" * 2000,
    b"{" * 2000,
    b",", b";", b":", b"=", b"#", b".", b"-", b"/", b"0", b"-1", b"9" * 30, b"9" * 5000, b"1e999",
    b"NaN", b"Infinity", b"null", b"true", b"\xe2\x80\xae", b"\x1b[2J", b"\xc2\x9b",
    b"9223372036854775808", b"18446744073709551616", "\u0661".encode(), "\u2028".encode(),
    b"a" * 300,
)  # fmt: skip
_JSON = tuple(f'"{name}":'.encode() for name in (*COLUMNS, *KEYS, "content", "time", "sources"))
_NOTE = ("\u2014 ".encode(), b"\n\n", b"tracker/empty", b"0", b"=", b"A" * 43 + b"=")
_TOML = (
    b"[[phase]]\n", b"[[development]]\n", b"[phase]\n", b"enters = ", b'"""', b"'''", b"name = ",
    b"aliases = [", b"maps = {", b"dormant_after = ", b"suspends = true\n", b"1979-05-27T07:32:00Z",
    b"a." * 90, b"inf", b"0x", b"0b2", b"= {a.b=1}", b"\\U00110000",
)  # fmt: skip
_DATE = (
    b"../", b"/..", b"?", b"~", b"%", b"X", b"Y", b"Q", b"W", b"-13", b"-00", b"-31", b"0000",
    b"9999", b"T", b"Z", b"+14:00", b"24:00", b":60", b"by ", b"since ", b" to ", b"last ", b" ago",
    b"about ", b"the ", b" of ", b"'s", b"st", b"999999 years ago", b"BC", b"AD", b" noon",
)  # fmt: skip

TARGETS = {
    "import csv": Target(csv_rows, _csv, tuple(name.encode() for name in COLUMNS)),
    "import jsonl": Target(jsonl_rows, _jsonl, _JSON),
    "edtf": Target(edtf, _dates, _DATE),
    "typed date": Target(typed_date, _dates, _DATE),
    "lifecycle": Target(lifecycle, _lifecycles, _TOML),
    "checkpoints": Target(checkpoints, _checkpoints, _NOTE),
    "proof": Target(proofs, _proofs, _NOTE),
    "log": Target(log_file, _logs, _JSON),
    "log hashed again": Target(hashed_log, _bodies, _JSON),
}
"""Every reader of what somebody else wrote."""


@st.composite
def inputs(draw: st.DrawFn, target: Target) -> bytes:
    """A seed, changed a little or much: cut, repeated, crossed with another, words put in."""
    seeds = target.seeds()
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data)))
        to = min(len(data), at + draw(st.sampled_from((0, 0, 1, 2, 5, 20, 200))))
        match draw(st.sampled_from(("word", "any", "bytes", "cut", "repeat", "cross"))):
            case "word":
                put = draw(st.sampled_from(target.words))
            case "any":
                put = draw(st.sampled_from(ANYWHERE))
            case "bytes":
                put = draw(st.binary(max_size=12))
            case "repeat":
                put = data[at:to] * 3
            case "cross":
                other = draw(st.sampled_from(seeds))
                start = draw(st.integers(0, len(other)))
                put = other[start : start + 100]
            case _:
                put = b""
        data = data[:at] + put + data[to:]
    return data
