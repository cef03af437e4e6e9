"""Import files as rows and faults: what each says, and that no bytes do worse."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.exchange import rows_jsonl
from tracker.exchange.row_files import Format, count_lines, guess_format, read_rows
from tracker.exchange.rows import (
    COLUMNS,
    LONGEST_FIELD_CHARS,
    LONGEST_LINE_BYTES,
    SHOWN_CHARS,
    RawRow,
    RowFault,
)

HEAD = b"initiative,type,on\n"
NO = "there is no column"


def read(data: bytes, format: Format) -> list[RawRow | RowFault]:  # noqa: A002
    return list(read_rows(io.BytesIO(data), format, "rows"))


def told(data: bytes, format: Format) -> list[str | dict[str, str | None]]:  # noqa: A002
    """Rows as their values, faults as ``line column: reason``."""
    return [
        item.values
        if isinstance(item, RawRow)
        else f"{item.line} {item.column or '-'}: {item.reason}"
        for item in read(data, format)
    ]


def row(initiative: str, kind: str = "commented", on: str = "2025") -> dict[str, str | None]:
    return {"initiative": initiative, "type": kind, "on": on}


# -- CSV -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"initiative,type,on\na,commented,2025\n",
        b"\xef\xbb\xbfinitiative,type,on\r\na,commented,2025\r\n",
        b"initiative;type;on\na;commented;2025",
        b"initiative\ttype\ton\na\tcommented\t2025\n",
        b'"initiative","type","on"\n"a","commented","2025"\n',
        b"\n\nInitiative , TYPE,on\n\na,commented,2025\n,,\n\n",
    ],
    ids=["plain", "bom-crlf", "semicolon", "tab", "quoted", "blank-lines-and-case"],
)
def test_one_row_of_csv_however_it_was_saved(data: bytes) -> None:
    """Byte order marks, line ends, delimiters, quotes and blank lines change no row."""
    assert told(data, "csv") == [row("a")]


def test_a_quoted_field_holds_delimiters_quotes_and_line_ends() -> None:
    """RFC 4180, and the line of a row is the physical one that it starts on."""
    data = HEAD + b'a,"one, ""two""\nthree",2025\nb,commented,2025\n'
    assert read(data, "csv") == [
        RawRow(2, row("a", 'one, "two"\nthree')),
        RawRow(4, row("b")),
    ]


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        (b"", ["1 -: the file is empty; its first line must name the columns"]),
        (b"\n\n", ["1 -: the file is empty; its first line must name the columns"]),
        (
            b"initiative,typ,on\na,b,c\n",
            ["1 -: there is no column 'typ' (did you mean type?)"],
        ),
        (
            b"\ninitiative,type,zz,publis\n",
            [
                f"2 -: {NO} 'zz' and {NO} 'publis' (did you mean publisher?)",
            ],
        ),
        (b"initiative,type,type\n", ["1 -: the column type stands there twice; keep one"]),
        (
            b"initiative,,type\n",
            ["1 -: column 2 has no name; the first line must name every column"],
        ),
        (b"type,on\n", ["1 -: there is no column initiative; the first line must name it"]),
        (
            b"initiative,type\ra,b\r",
            ["1 -: its lines end with CR alone; save it with the line ends LF or CRLF"],
        ),
        ("initiative,type\n".encode("utf-16"), ["1 -: the file is UTF-16; save it as UTF-8"]),
        (
            b"initi\xe9tive,type\n",
            ["1 -: byte 6 of line 1 is not UTF-8; save the file as UTF-8"],
        ),
    ],
)
def test_a_bad_header_is_one_fault_and_nothing_more_is_read(data: bytes, faults: list[str]) -> None:
    """Without the names of the columns no row means anything."""
    assert told(data, "csv") == faults


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (b"a,commented\n", "2 -: it has 2 fields where the header has 3"),
        (b"a,commented,2025,more\n", "2 -: it has 4 fields where the header has 3"),
        (b"a,com\xffmented,2025\n", "2 -: byte 6 of line 2 is not UTF-8; save the file as UTF-8"),
        (
            b"a,com\x00mented,2025\n",
            "2 type: it holds a NUL character, which no database keeps; leave it out",
        ),
        (
            b'a,"commented" ,2025\n',
            "2 -: text follows a closing quotation mark; write one inside quotes twice",
        ),
        (
            b"a,com\rmented,2025\n",
            "2 -: a line ends with CR alone; save the file with the line ends LF or CRLF",
        ),
        (
            b"a," + b"x" * 1_000_000 + b",2025\n",
            "2 -: a field is longer than 250000 characters; shorten it",
        ),
        (
            b"a," + b"x" * (LONGEST_LINE_BYTES + 5) + b",2025\n",
            "2 -: the line is longer than 10 MB",
        ),
        (b'a,"commented,2025\n', "2 -: a quotation mark that opens in this row is never closed"),
    ],
    ids=["short", "long", "utf-8", "nul", "quote", "cr", "field", "line", "unclosed"],
)
def test_a_bad_row_of_csv_leaves_the_rows_around_it(bad: bytes, fault: str) -> None:
    """A row is given up alone: what follows it is read."""
    assert told(HEAD + bad + b"b,commented,2025\n", "csv") == [fault, row("b")]


def test_quotation_marks_that_never_match_cost_no_more_than_twice_the_file() -> None:
    """Reading again what a quotation mark swallowed has a bound."""
    data = HEAD + b'a,"\n' * 3 + b"b,commented,2025\n" * 3
    assert [type(item) for item in read(data, "csv")].count(RawRow) == 3
    swallowed = HEAD + b'"""\n' * 20_000
    assert all(isinstance(item, RowFault) for item in read(swallowed, "csv"))


def test_a_fault_keeps_the_start_of_a_value_and_what_was_read_of_the_row() -> None:
    """There may be a fault for every row: each is small, and the row can still be written out."""
    (fault,) = read(HEAD + b"a," + b"y" * 1000 + b"\n", "csv")
    assert isinstance(fault, RowFault)
    assert fault.value is not None
    assert len(fault.value) == SHOWN_CHARS
    assert fault.values == {"initiative": "a", "type": "y" * 1000}


# -- JSON Lines ------------------------------------------------------------------------------------


def line(**values: Any) -> bytes:
    return json.dumps({"initiative": "b", "type": "commented", **values}).encode() + b"\n"


GOOD = {"initiative": "b", "type": "commented"}


def test_lists_numbers_and_nulls_become_texts() -> None:
    """Parties and tags may be lists, dates and grades numbers; a null says nothing."""
    data = line(party=["India", "Russia"], tag=[], on=2025, grade=2, note=None)
    assert told(b"\xef\xbb\xbf" + data + b"\n  \n", "jsonl") == [
        {**GOOD, "party": "India;Russia", "tag": None, "on": "2025", "grade": "2", "note": None}
    ]


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (b'{"initiative": "a",}\n', "1 -: this is not JSON: *"),
        (b"nonsense\n", "1 -: this is not JSON: Expecting value at column 1"),
        (b'{"a": "b"} {"a": "b"}\n', "1 -: this is not JSON: Extra data at column 12"),
        (b'"a"\n', "1 -: a row must be a JSON object"),
        (b"12\n", "1 -: a row must be a JSON object"),
        (b'{"on": "1", "on": "2"}\n', "1 on: the key 'on' stands there twice"),
        (b'{"on": NaN}\n', "1 -: NaN is not JSON; write a text in quotes, or null"),
        (b'{"on": -Infinity}\n', "1 -: -Infinity is not JSON; write a text in quotes, or null"),
        (line(note={"a": "b"}), "1 note: it is an object; write a text in quotes, or null"),
        (line(note=["a"]), "1 note: it is a list; write a text in quotes, or null"),
        (line(note=True), "1 note: it is true; write a text in quotes, or null"),
        (line(note=12), '1 note: write it in quotes: "12"'),
        (line(party=["India", 1]), "1 party: each in the list must be a text in quotes"),
        (
            line(tag=["a;b"]),
            "1 tag: 'a;b' holds a semicolon, which parts one tag from the next; write it without",
        ),
        (line(titel="a"), "1 titel: there is no column 'titel' (did you mean title?)"),
        (line(zzz=1), f"1 zzz: {NO} 'zzz'"),
        (line(note=1, zzz=[{}], titel=1), f"1 zzz: {NO} 'zzz' and {NO} 'titel' (did you mean*"),
        (line(line=1, file="a", reason="no", zzz=1), f"1 zzz: {NO} 'zzz'"),
        (
            b'{"note": "\\ud800"}\n',
            "1 note: it holds half of a character (a lone surrogate); write the text again",
        ),
        (
            b'{"note": "a\\u0000b"}\n',
            "1 note: it holds a NUL character, which no database keeps; leave it out",
        ),
        (b'{"note": "a\x00b"}\n', "1 -: this is not JSON: Invalid control character at *"),
        (b'{"note": "\xff"}\n', "1 -: byte 11 of line 1 is not UTF-8; save the file as UTF-8"),
        (
            line(note="x" * (LONGEST_FIELD_CHARS + 1)),
            "1 note: it is longer than 250000 characters; shorten it",
        ),
        (b'{"note": "' + b"x" * LONGEST_LINE_BYTES + b'"}\n', "1 -: the line is longer than 10 MB"),
        (
            b'{"note": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n",
            "1 -: its lists and objects nest too deeply; a row is one flat object",
        ),
        (
            b'{"note": ' + b'{"a":' * 100_000 + b"\n",
            "1 -: its lists and objects nest too deeply; a row is one flat object",
        ),
        (b'{"note": ' + b"9" * 100_000 + b"}\n", '1 note: write it in quotes: "999*'),
        (
            "{}\n".encode("utf-16"),
            "1 -: the file is UTF-16; save it as UTF-8",
        ),
    ],
)
def test_a_bad_row_of_json_is_told_and_the_next_is_read(bad: bytes, fault: str) -> None:
    """Each kind of fault has its sentence, line and column; the row after it is none the worse."""
    first, *rest = told(bad + line(), "jsonl")
    assert isinstance(first, str)
    start, star, _ = fault.partition("*")
    assert first.startswith(start) if star else first == fault
    assert rest == ([] if "UTF-16" in fault else [GOOD])


def test_a_json_list_is_one_fault() -> None:
    """A file that is not of lines is not read as a hundred thousand bad ones."""
    assert told(b'[\n{"initiative": "a"},\n{"initiative": "b"}\n]\n', "jsonl") == [
        "1 -: the file is a JSON list; write one object a line (jq -c '.[]' does)"
    ]


def test_a_file_of_rejects_is_read_as_it_is() -> None:
    """What says where and why a row was rejected is passed over, all three together only."""
    assert told(line(line=3, file="a.csv", reason="no"), "jsonl") == [GOOD]
    assert told(line(file="a.csv"), "jsonl") == ["1 file: there is no column 'file'"]


# -- both ------------------------------------------------------------------------------------------


def test_the_format_is_told_by_name_then_by_content() -> None:
    """An ending says it; without one, whatever begins with a brace is JSON."""
    assert guess_format("a.CSV", b"{") == "csv"
    assert guess_format("a.ndjson", b"") == "jsonl"
    assert guess_format("-", b'\xef\xbb\xbf \n{"a": 1}') == "jsonl"
    assert guess_format("-", b"initiative,type") == "csv"


def test_lines_are_counted_from_where_the_stream_stands() -> None:
    """What a progress bar counts towards."""
    assert count_lines(io.BytesIO(b"a\nb\n" * 1000)) == 2000


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
tables = st.lists(st.tuples(texts, texts, texts), max_size=8)


@given(tables, st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n"]))
def test_what_the_csv_module_writes_is_read_as_it_was(
    rows: list[tuple[str, str, str]], delimiter: str, end: str
) -> None:
    """Any texts, quoted as RFC 4180 asks, come back; empty rows are passed over."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("initiative", "type", "on"), *rows])
    assert told(out.getvalue().encode(), "csv") == [
        dict(zip(("initiative", "type", "on"), each, strict=True)) for each in rows if any(each)
    ]


def check(data: bytes, format: Format) -> None:  # noqa: A002
    lines = data.count(b"\n") + 1
    for item in read(data, format):
        assert isinstance(item, RawRow | RowFault)
        assert 1 <= item.line <= lines
        json.dumps(item.values, ensure_ascii=False).encode()
        if isinstance(item, RawRow):
            assert item.values.keys() <= set(COLUMNS)
        else:
            assert item.reason
            (item.reason + (item.value or "") + (item.column or "")).encode()


ENDS = b'",;\t\r\n\x00\xff\xef\xbb\xbfab'
csv_bytes = st.lists(st.sampled_from(ENDS), max_size=60).map(bytes)


@given(st.binary() | csv_bytes | csv_bytes.map(HEAD.__add__))
@example(HEAD + b'"')
@example(HEAD + b'a,"\n\xff",1\n"')
def test_no_bytes_make_csv_fail(data: bytes) -> None:
    """Whatever the bytes, the answer is rows and faults, each with a line of the file."""
    check(data, "csv")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(COLUMNS) | st.text(), inner, max_size=4)
    ),
    max_leaves=8,
)
surrogates = st.text(st.characters(categories=["Cs", "Cc", "Lu"]), max_size=5)


@st.composite
def plain_lines(draw: st.DrawFn) -> bytes:
    """Lines that look much like a row of texts: keys twice, spaces, escapes, other values."""
    space = st.sampled_from(["", "", "", " ", "\t"])
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
    strings = texts.map(lambda text: f'"{text}"') | texts.map(json.dumps)
    odd = st.sampled_from(["1", "1.5", "true", "NaN", "[]", '["a"]', "{}", '"', '"a""b"', ""])
    keys = st.sampled_from([*(f'"{name}"' for name in COLUMNS[:4]), '"other"', '"\\u006fn"'])
    values = st.one_of(strings, strings, strings, st.just("null"), odd)

    def gap() -> str:
        return draw(space)

    pairs = [
        f"{gap()}{draw(keys)}{gap()}:{gap()}{draw(values)}{gap()}"
        for _ in range(draw(st.integers(0, 5)))
    ]
    ends = draw(st.sampled_from(["", "", "", " ", "x", "{}"]))
    return f"{gap()}{{{','.join(pairs)}}}{ends}".encode()


@given(plain_lines())
@example(b'{"on":"a","on":"b"}')
@example(b'{"on" :"a","on" :"b"}')
@example(b'{"on":null,"on":null}')
@example(b'{"on":null,"type":null}')
def test_a_plain_row_is_read_as_any_other(line: bytes) -> None:
    """The quick way gives what the other gives, whatever the line."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_jsonl, "_plain_row", lambda _: None)
        slowly = read(line, "jsonl")
    assert read(line, "jsonl") == slowly


def test_a_plain_row_is_read_the_quick_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """With all its columns, nulls and letters of any alphabet; one with an escape is not."""
    monkeypatch.delattr(rows_jsonl, "_DECODER")
    plain = {**dict.fromkeys(COLUMNS, "Ил-114: a, b"), "note": None}
    assert told(json.dumps(plain, ensure_ascii=False).encode(), "jsonl") == [plain]
    with pytest.raises(NameError):
        told(rb'{"on":"\u0061"}', "jsonl")


@given(st.binary(), json_values, surrogates)
@example(b"", {"\ud800": "\ud800"}, "\ud800")
@example(b"", {"on": {"\ud800": 1}}, "")
def test_no_bytes_and_no_json_make_json_lines_fail(data: bytes, value: Any, text: str) -> None:
    """Whatever the bytes, the answer is rows and faults, each with a line of the file."""
    check(data, "jsonl")
    check(json.dumps(value).encode() + b"\n" + data, "jsonl")
    check(json.dumps({text: "a", "note": text, "tag": [text]}).encode(), "jsonl")
