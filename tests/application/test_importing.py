"""Import: what is appended, when, what is told of the rest, and that twice is once."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import sqlalchemy as sa
from attrs import evolve
from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from tracker.application import row_import
from tracker.application.import_report import ImportReport
from tracker.application.import_rows import ROW_IDS, id_of_content
from tracker.application.importing import import_files
from tracker.application.keeping import verify
from tracker.application.shipped import shipped_lifecycle, shipped_names
from tracker.domain.dates import format_instant
from tracker.domain.events import Event, Withdrawn, account_of
from tracker.domain.lifecycle import Lifecycle
from tracker.exchange.rows import COLUMNS
from tracker.projections import ledger
from tracker.projections.ledger import LogLedger
from tracker.projections.projector import Projector
from tracker.store import migrate
from tracker.store.engine import create_file, make_engine, parse_url
from tracker.store.event_log import read, read_rows, reading, writing
from tracker.store.schema import (
    events,
    fact_versions,
    initiatives,
    lifecycle_effects,
    lifecycle_versions,
    plan_versions,
)

FIXTURES = Path(__file__).parents[2] / "fixtures" / "india-russia"
NOW = "2026-03-01T10:00:00Z"

A = "019aebce-f400-7000-8000-00000000000a"
B = "019aebce-f400-7000-8000-00000000000b"
C = "019aebce-f400-7000-8000-00000000000c"


def made(url: str) -> Engine:
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        create_file(parsed)
    engine = make_engine(parsed)
    migrate.upgrade(engine)
    return engine


@pytest.fixture
def log(database_url: str) -> Iterator[Engine]:
    engine = made(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def small_log(sqlite_url: str) -> Iterator[Engine]:
    engine = made(sqlite_url)
    yield engine
    engine.dispose()


def row(initiative: str = "il-114", **values: Any) -> dict[str, Any]:
    """A row that is good as it is."""
    return {
        "initiative": initiative,
        "title": f"The {initiative}",
        "lifecycle": "co-production",
        "type": "talks-initiated",
        "on": "2025-12-05",
        "source": "https://example.org/1",
        **values,
    }


def jsonl(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in rows)


def load(log: Engine, *files: bytes, at: str = NOW, **options: Any) -> ImportReport:
    def opener(data: bytes) -> Any:
        return lambda: io.BytesIO(data)

    named = [(f"{number}.jsonl", opener(data)) for number, data in enumerate(files, start=1)]
    with freeze_time(at):
        return import_files(
            log,
            options.pop("files", named),
            by="desk",
            shipped_lifecycle=shipped_lifecycle,
            shipped_names=shipped_names,
            **options,
        )


def everything(log: Engine) -> list[Event]:
    with reading(log) as connection:
        return list(read(connection))


def told(log: Engine) -> list[str]:
    """The log in short: handle, kind, instant."""
    return [f"{e.handle} {e.what.KIND} {format_instant(e.recorded_at)}" for e in everything(log)]


def faults(report: ImportReport) -> list[str]:
    return [f"{f.file}:{f.line} {f.column or '-'}: {f.reason}" for f in report.faults]


# -- what is appended ------------------------------------------------------------------------------


def test_a_first_row_adopts_registers_and_records_at_one_instant(log: Engine) -> None:
    """The lifecycle, the initiative and its first fact become known together; then 1 µs a row."""
    report = load(log, jsonl(row(), row(type="MoU signed", on="2026-01"), row("an-32")))
    assert told(log) == [
        "@1 lifecycle-adopted 2026-03-01T10:00:00.000000Z",
        "il-114#1 initiative-registered 2026-03-01T10:00:00.000000Z",
        "il-114#2 recorded 2026-03-01T10:00:00.000000Z",
        "il-114#3 recorded 2026-03-01T10:00:00.000001Z",
        "an-32#1 initiative-registered 2026-03-01T10:00:00.000002Z",
        "an-32#2 recorded 2026-03-01T10:00:00.000002Z",
    ]
    assert report == ImportReport(
        rows=3,
        recorded=3,
        registered=2,
        adopted=("co-production",),
        first_position=1,
        last_position=6,
    )
    signed = account_of(everything(log)[3].what)
    assert signed is not None
    assert signed.type == "mou-signed"


def test_every_column_has_its_place_in_the_log(log: Engine) -> None:
    """A row with all columns, as CSV: nothing of it is lost."""
    head = "initiative,title,lifecycle,party,sector,tag,summary,type,on,mode,source,source_title,"
    head += "publisher,published,accessed,quote,grade,stated_by,note,id\n"
    line = "il-114, Il-114 ,co-production,India; Russia;,aviation,a;b,S,offer-made,Q1 2026,planned,"
    line += f"A book,T,P,2025-12,2025-12-06,Q,b2,Minister,N,{A.upper()}\n"
    report = load(log, (head + line).encode(), format="csv")
    assert report.faults == ()
    _, registered, recorded = everything(log)
    assert registered.what.profile == evolve(  # type: ignore[union-attr]
        registered.what.profile,  # type: ignore[union-attr]
        title="Il-114",
        parties=("India", "Russia"),
        sector="aviation",
        tags=("a", "b"),
        summary="S",
    )
    account = account_of(recorded.what)
    assert account is not None
    (source,) = account.sources
    assert recorded.event_id == A
    assert (account.mode, account.on.edtf, account.on.text) == ("planned", "2026-33", "Q1 2026")
    assert (account.stated_by, account.note) == ("Minister", "N")
    assert (source.document, source.title, source.publisher) == ("A book", "T", "P")
    assert (source.published_on, source.accessed_on) == ("2025-12", "2025-12-06")
    assert (source.quote, source.grade) == ("Q", "B2")


def test_a_plan_without_a_date_is_open(log: Engine) -> None:
    """No date of a plan is ``../..``; it is counted, and projected, as a plan."""
    report = load(log, jsonl(row(on=None, mode="planned")))
    assert (report.recorded, report.plans) == (0, 1)
    with reading(log) as connection:
        assert connection.execute(sa.select(plan_versions.c.edtf)).scalars().all() == ["../.."]
        assert connection.execute(sa.select(fact_versions.c.fact)).first() is None


def test_references_are_ids_or_handles_of_the_log_and_of_the_file(log: Engine) -> None:
    """A row may name a row before it, in another file, or in the log."""
    load(log, jsonl(row(type="mou-signed", mode="planned", on="../2026")))
    first = jsonl(row(id=A), row(type="feasibility-study-started", after=A.upper()))
    second = jsonl(row(type="mou-signed", fulfils="il-114#2", contradicts="il-114#4"))
    report = load(log, first, second)
    assert faults(report) == []
    by_handle = {event.handle: event for event in everything(log)}
    plan, study = by_handle["il-114#2"].event_id, by_handle["il-114#4"].event_id
    last = account_of(by_handle["il-114#5"].what)
    assert last is not None
    assert (last.fulfils, last.contradicts) == (plan, study)
    assert load(log, first, second).already_there == 3


def test_lifecycles_given_are_adopted_first(log: Engine) -> None:
    """Each at an instant of its own; one that is in force is not adopted again."""
    changed = mine("co-production", title="Changed")
    report = load(log, jsonl(row()), lifecycles=[changed, mine("procurement")])
    assert report.adopted == ("co-production", "procurement")
    assert told(log)[:3] == [
        "@1 lifecycle-adopted 2026-03-01T10:00:00.000000Z",
        "@2 lifecycle-adopted 2026-03-01T10:00:00.000001Z",
        "il-114#1 initiative-registered 2026-03-01T10:00:00.000002Z",
    ]
    assert load(log, jsonl(row()), lifecycles=[changed]).last_position is None


@pytest.mark.parametrize("empty", [b"", b"\n"])
def test_a_lifecycle_given_with_no_rows_is_projected_too(log: Engine, empty: bytes) -> None:
    """What is adopted is in the read tables, whether or not a row follows."""
    assert load(log, empty, lifecycles=[mine("procurement")]).adopted == ("procurement",)
    assert verify(log).projections
    with reading(log) as connection:
        assert LogLedger(connection, shipped_lifecycle, shipped_names).lifecycle("procurement")


def mine(name: str, **changes: Any) -> Lifecycle:
    found = shipped_lifecycle(name)
    assert found is not None
    return evolve(found, **changes)


def test_a_clock_that_goes_back_reorders_nothing(log: Engine) -> None:
    """Witnessed instants follow the log's last event."""
    load(log, jsonl(row()))
    load(log, jsonl(row(on="2019")), at="2020-01-01T00:00:00Z")
    assert told(log)[-1] == "il-114#3 recorded 2026-03-01T10:00:00.000001Z"


@pytest.mark.parametrize("kept", [0, 1])
def test_batches_change_nothing(log: Engine, monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    """Rows across batches see each other as rows of one batch do, and progress is told.

    However many initiatives are remembered from one batch to the next.
    """
    monkeypatch.setattr(row_import, "BATCH_ROWS", 2)
    monkeypatch.setattr(ledger, "_KEPT", kept)
    rows = [row(id=A), row(id=B, note="2"), row(id=C, after="il-114#3", note="3"), row(id=A)]
    seen: list[tuple[int, int | None]] = []
    report = load(log, jsonl(*rows), progress=lambda *now: seen.append(now))
    assert (report.recorded, report.already_there, faults(report)) == (3, 1, [])
    assert seen == [(2, 4), (4, 4)]


def test_the_read_tables_equal_a_replay(log: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an import projects in batches is what the log gives, projected event by event."""
    monkeypatch.setattr(row_import, "BATCH_ROWS", 5)
    load(log, *((FIXTURES / f"{name}.jsonl").read_bytes() for name in ("summit", "public-record")))
    with writing(log) as appender:
        imported = read_tables(appender.connection)
        for table in READ_TABLES:
            appender.connection.execute(sa.delete(table))
        for rows in read_rows(appender.connection, batch=1):
            Projector(appender.connection).apply([dict(each._mapping) for each in rows])
        assert read_tables(appender.connection) == imported
    assert sum(map(len, imported)) > 40


READ_TABLES = (fact_versions, plan_versions, initiatives, lifecycle_versions, lifecycle_effects)


def read_tables(connection: sa.Connection) -> list[set[tuple[Any, ...]]]:
    return [{tuple(each) for each in connection.execute(sa.select(t))} for t in READ_TABLES]


# -- twice is once ---------------------------------------------------------------------------------


def test_the_history_that_ships_loads_once(log: Engine) -> None:
    """summit.jsonl, and again: the second time appends nothing."""
    data = (FIXTURES / "summit.jsonl").read_bytes()
    report = load(log, data)
    assert (report.rows, report.recorded, report.plans, report.registered) == (9, 7, 2, 5)
    again = load(log, data, at="2026-04-01T00:00:00Z")
    assert again == ImportReport(rows=9, already_there=9)


def test_equal_rows_of_one_file_are_two_and_of_two_files_one(log: Engine) -> None:
    """The occurrence counts within a file; white space, order and format of the columns do not."""
    twice = jsonl(row(), row())
    assert load(log, twice).recorded == 2
    assert load(log, twice).already_there == 2
    spaced = jsonl({**dict(reversed(row().items())), "on": " 2025-12-05 ", "mode": "Occurred"})
    assert load(log, spaced).already_there == 1
    assert load(log, twice, jsonl(row(), row(), row())).recorded == 1


def test_a_mended_title_and_another_instant_record_no_fact_twice(log: Engine) -> None:
    """What a row says of its initiative, and when it was recorded, is not its content."""
    load(log, jsonl(row(recorded_at="2026-01-01T00:00:00Z")))
    mended = row(title="Better", party=["India"], recorded_at="2026-01-02T00:00:00Z")
    assert load(log, jsonl(mended)).already_there == 1
    assert load(log, jsonl(mended), backfill=True).already_there == 1


def test_a_word_counted_from_today_is_the_same_row_tomorrow(log: Engine) -> None:
    """``yesterday`` was understood when it was first imported, with an id of its own or without."""
    data = jsonl(row(on="yesterday"), row(on="yesterday", id=A))
    assert load(log, data).recorded == 2
    assert load(log, data, at="2026-03-09T00:00:00Z").already_there == 2


TWICE = "line {} of 1.jsonl has this id too, with other content; leave it empty for a new one"


def test_an_id_with_other_content_is_a_conflict(log: Engine) -> None:
    """In the log, and within one file."""
    load(log, jsonl(row(id=A)))
    report = load(log, jsonl(row(id=A, note="changed"), row(id=B), row(id=B, on="2024")))
    used = "was used before, for il-114#2 with other content; leave the id empty for a new one"
    assert faults(report) == [
        f"1.jsonl:1 id: the id {A} {used}",
        f"1.jsonl:3 id: {TWICE.format(2)}",
    ]


def test_each_row_is_compared_with_its_own_texts_however_the_ids_lie(log: Engine) -> None:
    """Many are looked up at once, and come in the order of their ids, not of their positions."""
    notes = {C: "one", A: "two", B: "three"}
    load(log, jsonl(*(row(id=each, note=note) for each, note in notes.items())))
    assert (
        load(log, jsonl(*(row(id=each, note=note) for each, note in notes.items()))).recorded == 0
    )
    for number, changed in enumerate(notes, start=1):
        told = {**notes, changed: "changed"}
        report = load(log, jsonl(*(row(id=each, note=note) for each, note in told.items())))
        assert [fault.split(" was")[0] for fault in faults(report)] == [
            f"1.jsonl:{number} id: the id {changed}"
        ]


# -- what is wrong ---------------------------------------------------------------------------------

MISSING = "is not registered yet, and its first row must give its"


@pytest.mark.parametrize(
    ("bad", "column", "reason"),
    [
        ({"initiative": " "}, "initiative", "it is empty; write the initiative's slug"),
        (
            {"initiative": "Il 114"},
            "initiative",
            "'Il 114' cannot name an initiative; *",
        ),
        (
            {"initiative": "il-115", "title": None},
            "title",
            f"il-115 {MISSING} title; did you mean il-114?",
        ),
        (
            {"initiative": "new", "lifecycle": None},
            "lifecycle",
            f"new {MISSING} lifecycle",
        ),
        (
            {"initiative": "new", "lifecycle": "co-productoin"},
            "lifecycle",
            "there is no lifecycle 'co-productoin'; did you mean *",
        ),
        ({"type": ""}, "type", "it is empty; write what kind of development it is"),
        ({"type": "mou-singed"}, "type", "co-production has no development type 'mou-singed'; *"),
        ({"on": ""}, "on", "a development needs its date; write the date"),
        ({"on": "03/04/2025"}, "on", "'03/04/2025' can be read in two ways: write *"),
        ({"on": "2025-02-30"}, "on", "'2025-02-30' *"),
        (
            {"on": "2030"},
            "on",
            "'2030' has not happened yet (it begins on 1 January 2030): write planned as its mode",
        ),
        ({"mode": "perhaps"}, "mode", "'perhaps' is no mode; write occurred or planned"),
        ({"source": None}, "source", "it is empty; write who says so: a URL or a text"),
        ({"published": "some day"}, "published", "'some day' cannot be read as a date: *"),
        ({"accessed": "99"}, "accessed", "'99' has no year of four digits: *"),
        ({"grade": "G7"}, "grade", "'G7' is not an Admiralty grade; *"),
        (
            {"id": "17"},
            "id",
            "it is not a UUID, such as 019aebce-f400-7000-8000-000000000001; leave it empty *",
        ),
        (
            {"fulfils": "plan"},
            "fulfils",
            "'plan' is neither an event id nor a handle such as il-114#3",
        ),
        (
            {"after": "il-114#9"},
            "after",
            "there is no fact il-114#9; a row can refer to the log and to rows before it",
        ),
        (
            {"contradicts": B},
            "contradicts",
            f"there is no fact {B}; a row can refer to the log and to rows before it",
        ),
        (
            {"fulfils": "il-114#2"},
            "fulfils",
            "only a development can fulfil, and only a plan be fulfilled: il-114#2",
        ),
        (
            {"fulfils": "il-114#3", "after": "il-114#2", "on": "2024"},
            "after",
            "il-114#2 is dated 2025-12-05, not 2024; after is only for two developments of one *",
        ),
        (
            {"contradicts": "il-114#2", "fulfils": "il-114#2"},
            "fulfils",
            "only a development can fulfil, and only a plan be fulfilled: il-114#2",
        ),
        (
            {"initiative": "an-32", "contradicts": "il-114#2"},
            "contradicts",
            "il-114#2 belongs to another initiative than an-32; contradicts names a fact of *",
        ),
        ({"recorded_at": "soon"}, "recorded_at", "'soon' cannot be read as an instant: *"),
    ],
)
def test_a_bad_cell_is_told_with_its_column(
    small_log: Engine, bad: dict[str, Any], column: str, reason: str
) -> None:
    """Each rule has its sentence, its line and its column, and nothing is written."""
    load(small_log, jsonl(row(), row(mode="planned", on="../2027", note="p")))
    before = told(small_log)
    report = load(small_log, jsonl(row(note="good"), row(**{"note": "bad", **bad})))
    (fault,) = report.faults
    assert (fault.file, fault.line, fault.column) == ("1.jsonl", 2, column)
    start, star, _ = reason.partition("*")
    assert fault.reason.startswith(start) if star else fault.reason == reason
    assert report == ImportReport(rows=2, faults=report.faults)
    assert told(small_log) == before


def test_every_fault_of_every_row_is_told_in_the_order_of_the_lines(log: Engine) -> None:
    """One import says all there is to mend, of the file's form and of its content."""
    bad = jsonl(row(grade="Z", on="x"), row(id="1")) + b"nonsense\n" + jsonl(row(mode="x"), row())
    report = load(log, bad)
    assert [(fault.line, fault.column) for fault in report.faults] == [
        (1, "on"),
        (1, "grade"),
        (2, "id"),
        (3, None),
        (4, "mode"),
    ]
    assert report.faults[1].value == "Z"
    assert told(log) == []


def test_skip_writes_the_good_rows_and_puts_the_bad_ones_in_the_rejects(log: Engine) -> None:
    """A bad row writes nothing, not even its initiative; mended, the rejects are imported."""
    rejects = io.StringIO()
    data = jsonl(row("new", type="mou-singed"), row("an-32", on="2025-13"), row()) + b"nonsense\n"
    report = load(log, data, on_error="skip", rejects=rejects)
    assert (report.recorded, report.skipped, len(report.faults)) == (1, 3, 3)
    assert [line.split()[0] for line in told(log)] == ["@1", "il-114#1", "il-114#2"]
    first, second, third = map(json.loads, rejects.getvalue().splitlines())
    assert first == {
        **row("new", type="mou-singed"),
        "line": 1,
        "file": "1.jsonl",
        "reason": f"type: {report.faults[0].reason}",
    }
    assert second["on"] == "2025-13"
    assert third == {"line": 4, "file": "1.jsonl", "reason": report.faults[2].reason}
    second["on"] = "2025-12"
    assert load(log, jsonl(second)).recorded == 1


def test_a_bad_first_row_still_says_what_the_initiative_is(log: Engine) -> None:
    """Rows after it need not give title and lifecycle again, and one fault is not told twice."""
    bare = row(title=None, lifecycle=None)
    report = load(log, jsonl(row(on="x", id=A), bare), on_error="skip")
    assert (report.recorded, report.registered, report.skipped) == (1, 1, 1)
    after = row(after=A, id=B)
    report = load(log, jsonl(row(on="x", id=A), after))
    assert faults(report)[1] == "1.jsonl:2 after: it refers to line 1, which has a fault itself"


def test_a_row_whose_lifecycle_is_unknown_is_what_the_rows_after_it_wait_for(log: Engine) -> None:
    """They are told of the line to mend, and nothing that the first row gave is asked for again."""
    bare = row(title=None, lifecycle=None)
    wrong = row(lifecycle="co-productoin")
    report = load(log, jsonl(wrong, {**bare, "note": "2"}, {**bare, "note": "3"}))
    assert report.faults[0].column == "lifecycle"
    wait = "line 1 of 1.jsonl registers it with a lifecycle that there is not; mend that line"
    assert faults(report)[1:] == [
        f"1.jsonl:2 initiative: {wait}",
        f"1.jsonl:3 initiative: {wait}",
    ]
    mended = load(log, jsonl(wrong, row(note="2"), {**bare, "note": "3"}), on_error="skip")
    assert (mended.recorded, mended.registered, mended.skipped) == (2, 1, 1)


def test_an_id_that_stands_twice_in_the_files_is_told_with_its_line(log: Engine) -> None:
    """Of rows in no log yet there is no handle to name: the line and the file are what there is."""
    load(log, jsonl(row(id=C)))
    first = jsonl(row("an-32", id=A), row(note="1"), row(note="2", id=B))
    second = jsonl(row(id=A), row("new", id=B, title="The new"), row(note="3", id=C))
    report = load(log, first, second)
    used = "was used before, for il-114#2 with other content; leave the id empty for a new one"
    assert faults(report) == [
        f"2.jsonl:1 id: {TWICE.format(1)}",
        f"2.jsonl:2 id: {TWICE.format(3)}",
        f"2.jsonl:3 id: the id {C} {used}",
    ]
    assert load(log, first, jsonl(row("an-32", id=A))).already_there == 1


HEADS = {
    "initiative,type,on": "there is no column source; add it, with who says so in every row: *",
    "initiative,type,source": "there is no column on; add it, with the date of every development",
    "initiative,type,on,publisher": "there is no column recorded_at; *, or leave --backfill out",
}


@pytest.mark.parametrize("head", HEADS)
def test_a_column_that_no_row_can_do_without_is_missed_once(small_log: Engine, head: str) -> None:
    """The file is told of, by the name of its column: no cell is called empty that has no place."""
    cells = ",".join(["x"] * len(head.split(",")))
    data = f"{head}\n{cells}\n{cells}\n".encode()
    report = load(
        small_log, files=[("a.csv", lambda: io.BytesIO(data))], backfill=True, on_error="skip"
    )
    ((place, reason),) = [each.split(": ", 1) for each in faults(report)]
    assert place == "a.csv:1 -"
    start, _, end = HEADS[head].partition("*")
    assert reason.startswith(start)
    assert reason.endswith(end)


def test_plans_need_no_column_of_dates(small_log: Engine) -> None:
    """Nor is a column of sources needed where another says on whose word it is."""
    data = b"initiative,title,lifecycle,type,mode,publisher\nf,F,dialogue,round-held,planned,MoC\n"
    report = load(small_log, files=[("a.csv", lambda: io.BytesIO(data))])
    assert (report.plans, report.faults) == (1, ())


def test_a_day_as_an_instant_is_its_end_and_that_is_said(small_log: Engine) -> None:
    """Today's date is refused in a backfill for what it was taken as, with the way out."""
    report = load(small_log, jsonl(row(recorded_at="2026-03-01")), backfill=True)
    (told_of,) = faults(report)
    assert told_of == (
        "1.jsonl:1 recorded_at: a day is taken as its end, 2026-03-01T23:59:59.999999Z, and that "
        "is in the future; write the instant"
    )


def test_a_dry_run_tells_all_and_writes_nothing(log: Engine) -> None:
    """The same answer as the import itself, and an empty log."""
    data = jsonl(row(), row(mode="planned", on="2030"))
    dry = load(log, data, dry_run=True)
    assert told(log) == []
    assert load(log, data) == dry


def test_a_retired_initiative_takes_no_rows(log: Engine) -> None:
    """And a fact that was withdrawn cannot be referred to."""
    load(log, jsonl(row(id=A)))
    with writing(log) as appender:
        ledger = LogLedger(appender.connection, shipped_lifecycle, shipped_names)
        from tracker.domain.commands import Retire, Withdraw
        from tracker.domain.decide import decide

        at = datetime(2026, 3, 1, 11, tzinfo=UTC)
        for command in (
            Withdraw(str(uuid.uuid4()), A, "wrong"),
            Retire(str(uuid.uuid4()), "il-114", "a duplicate"),
        ):
            appended = appender.append(decide(command, ledger, at), "desk")
            for event, _ in appended:
                ledger.note(event)
            appender.flush()
            Projector(appender.connection).apply([each for _, each in appended])
            if isinstance(appended[0][0].what, Withdrawn):
                at = at.replace(minute=1)
    report = load(log, jsonl(row(id=A), row(note="new", contradicts=A)))
    assert faults(report) == [
        "1.jsonl:2 initiative: il-114 was retired (a duplicate); register another"
    ]


# -- when ------------------------------------------------------------------------------------------


def test_without_backfill_a_recorded_at_is_kept_as_a_claim(log: Engine) -> None:
    """The event is witnessed now; what the file claims stands in its content, in canonical form."""
    load(log, jsonl(row(recorded_at="2025-12-06 12:00+02:00")))
    event = everything(log)[-1]
    account = account_of(event.what)
    assert account is not None
    assert account.claimed_recorded_at == "2025-12-06T10:00:00.000000Z"
    assert (event.time, event.recorded_at.year) == ("witnessed", 2026)


def test_a_backfill_takes_the_instants_of_the_file(log: Engine) -> None:
    """Asserted, equal ones equal, the adoption and registration at their first row's; cut there."""
    rows = [
        row(on="2025-12", recorded_at="2025-12-06T10:00:00Z"),
        row(on="yesterday", note="2", recorded_at="2025-12-06T10:00:00Z"),
        row("an-32", recorded_at="2025-12-07"),
    ]
    data = jsonl(*rows)
    report = load(log, data, backfill=True, lifecycles=[mine("procurement")])
    assert faults(report) == []
    assert told(log) == [
        "@1 lifecycle-adopted 2025-12-06T10:00:00.000000Z",
        "@2 lifecycle-adopted 2025-12-06T10:00:00.000000Z",
        "il-114#1 initiative-registered 2025-12-06T10:00:00.000000Z",
        "il-114#2 recorded 2025-12-06T10:00:00.000000Z",
        "il-114#3 recorded 2025-12-06T10:00:00.000000Z",
        "an-32#1 initiative-registered 2025-12-07T23:59:59.999999Z",
        "an-32#2 recorded 2025-12-07T23:59:59.999999Z",
    ]
    assert {event.time for event in everything(log)} == {"asserted"}
    accounts = [account for e in everything(log) if (account := account_of(e.what))]
    assert [str(account.on.hi) for account in accounts] == [
        "2025-12-07",
        "2025-12-05",
        "2025-12-05",
    ]
    assert {account.claimed_recorded_at for account in accounts} == {None}
    assert load(log, data, backfill=True).already_there == 3


def test_a_backfill_never_falls_never_precedes_the_log_and_never_foretells(log: Engine) -> None:
    """Each with its sentence; with *skip* the rows around it are taken."""
    load(log, jsonl(row(note="0", on="2024")), at="2025-01-01T00:00:00Z")
    rows = [
        row(note="1", on="2024", recorded_at="2024-12-31T00:00:00Z"),
        row(note="2", on="2024", recorded_at="2025-06-01T00:00:00Z"),
        row(note="3", on="2024", recorded_at="2025-05-01T00:00:00Z"),
        row(note="4", on="2024", recorded_at="2026-03-01T10:00:00.000001Z"),
        row(note="5", on="2024"),
        row(note="6", on="2024", recorded_at="2026-03-01T10:00:00Z"),
    ]
    report = load(log, jsonl(*rows), backfill=True, on_error="skip")
    fall = "it is before that of {}, {}T00:00:00.00000{}Z; it must never fall"
    assert faults(report) == [
        "1.jsonl:1 recorded_at: " + fall.format("the log's last event", "2025-01-01", 0),
        "1.jsonl:3 recorded_at: " + fall.format("line 2 of 1.jsonl", "2025-06-01", 0),
        "1.jsonl:4 recorded_at: it is in the future",
        "1.jsonl:5 recorded_at: a backfill needs the instant of every row; write it",
    ]
    assert report.recorded == 2


def test_what_a_backfill_must_not_precede_may_lie_in_the_file_before(small_log: Engine) -> None:
    """The row is named by its own file."""
    first = jsonl(*(row(note=n, on="2024", recorded_at="2025-06-01T00:00:00Z") for n in "ab"))
    second = jsonl(row(note="c", on="2024", recorded_at="2025-05-01T00:00:00Z"))
    (fault,) = load(small_log, first, second, backfill=True).faults
    assert (fault.file, fault.line) == ("2.jsonl", 1)
    assert "before that of line 2 of 1.jsonl, 2025-06-01T" in fault.reason


# -- ids -------------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(1, 10**6))
def test_a_row_without_an_id_has_that_of_its_content(content: str, occurrence: int) -> None:
    """UUID version 5, as the standard library makes it."""
    assert id_of_content(content, occurrence) == str(
        uuid.uuid5(ROW_IDS, f"{content}\n{occurrence}")
    )


# -- files -----------------------------------------------------------------------------------------


class Pipe(io.RawIOBase):
    """What can be read once, and not gone back in."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self.data.readinto(buffer)


def test_a_pipe_is_read_once_its_format_told_by_its_start(small_log: Engine) -> None:
    """Standard input may be CSV or JSON Lines, and stays open."""
    pipe: BinaryIO = io.BufferedReader(Pipe(jsonl(row())))
    report = load(small_log, files=[("-", lambda: pipe)], progress=lambda *_: None)
    assert (report.recorded, pipe.closed) == (1, False)
    table = b"initiative;type;on;source\nil-114;commented;2025-12-06;Somebody\n"
    report = load(small_log, files=[("-", lambda: io.BytesIO(table))])
    assert (report.recorded, faults(report)) == (1, [])


values = (
    st.none()
    | st.text(max_size=8)
    | st.sampled_from(
        ["il-114", "co-production", "mou-signed", "2025", "2025-12", "planned", "B2", A, "il-114#2"]
    )
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), values), max_size=6), st.booleans())
def test_no_rows_make_an_import_fail(
    small_log: Engine, changes: list[dict[str, Any]], backfill: bool
) -> None:
    """Any cells at all: rows are taken or told, and a second time appends nothing."""
    data = jsonl(*(row(**each) for each in changes))
    report = load(small_log, data, on_error="skip", backfill=backfill)
    assert report.recorded + report.plans + report.already_there + report.skipped == len(changes)
    again = load(small_log, data, on_error="skip", backfill=backfill, at="2026-03-02T00:00:00Z")
    assert again.last_position is None or report.skipped


def test_an_import_leaves_the_log_alone_when_the_database_fails(small_log: Engine) -> None:
    """An error on the way through takes everything back."""

    def broken(done: int, total: int | None) -> None:
        raise OSError("the terminal went away")

    with pytest.raises(OSError, match="went away"):
        load(small_log, jsonl(row()), progress=broken)
    with reading(small_log) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(events)).scalar() == 0
