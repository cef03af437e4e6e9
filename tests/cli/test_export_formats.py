"""Exports for others, read back by libraries of other makers, on every database."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft7Validator

from tests.cli import export_readers as read
from tests.cli.export_story import FORMATS, WORD, at, exported, run, tell
from tests.schemas import validate_lines
from tracker import Tracker
from tracker.domain.dates import format_instant
from tracker.exchange.tabular import DEVELOPMENTS, TABLES

OFFICIAL = Path(__file__).parents[1] / "exchange" / "cloudevents-1.0.json"
LENGTH = 20


# --- CloudEvents ------------------------------------------------------------------------------


def test_cloudevents(database_url: str) -> None:
    """Every event of the log is one CloudEvent, as its official schema and its SDK have it."""
    tell(database_url)
    data = exported(database_url, "cloudevents")
    validate_lines(data.decode(), "cloudevents")
    official = Draft7Validator(json.loads(OFFICIAL.read_text(encoding="utf-8")))
    for line in data.splitlines():
        official.validate(json.loads(line))
    found = read.cloudevents(data)
    with Tracker.open(database_url) as log:
        events = [event for event, _, _ in log.events()]
        first = next(log.events())[2].hex()[:16]
    assert len(found) == LENGTH
    for event, told in zip(found, events, strict=True):
        assert event.get_id() == told.event_id
        assert event.get_source() == f"tracker/{first}"
        assert event.get_type() == f"initiative-tracker.{told.what.KIND}"
        assert event.get_subject() == told.initiative
        assert event.get_time() == told.recorded_at
        assert int(str(event.get_extension("sequence"))) == told.position
        assert read.said(event)["handle"] == told.handle
    sequences = [str(event.get_extension("sequence")) for event in found]
    assert sequences == sorted(sequences)
    content = read.said(found[2])["content"]
    assert content["note"] == f"@{WORD} was there"
    assert content["sources"][0]["quote"] == f"so {WORD} says"


def test_the_official_schema_refuses_what_is_none() -> None:
    """The check can fail: what lacks an id is no CloudEvent."""
    official = Draft7Validator(json.loads(OFFICIAL.read_text(encoding="utf-8")))
    assert not official.is_valid({"specversion": "1.0", "source": "a", "type": "b"})


def test_cloudevents_of_a_part(sqlite_url: str) -> None:
    """Up to what was known, and of some initiatives; a day alone means nothing for events."""
    tell(sqlite_url)

    def handles(*words: str) -> list[str]:
        found = read.cloudevents(exported(sqlite_url, "cloudevents", *words))
        return [read.said(event)["handle"] for event in found]

    assert handles("--known-at", "@3") == ["@1", "dam#1", "dam#2"]
    assert handles("--known-at", "@0") == []
    assert handles("--sector", "trade")[:2] == ["deal#1", "deal#2"]
    idle = ["idle#1"]
    assert handles("--phase", "not-started") == idle
    early = handles("--phase", "not-started", "--as-of", "2025-01-31")
    assert early == [*(each for each in handles() if each.startswith("deal#")), *idle]
    refused = run(sqlite_url, "--format", "cloudevents", "--as-of", "2025-12-31")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--known-at" in refused.stderr


# --- a workbook -------------------------------------------------------------------------------


def test_xlsx(database_url: str) -> None:
    """Every table is a sheet: its columns, a filter over all of it, and a heading that stays."""
    tell(database_url)
    book = read.workbook(exported(database_url, "xlsx"))
    assert book.sheetnames == [*(table.name for table in TABLES), "about"]
    for table in TABLES:
        sheet = book[table.name]
        assert [cell.value for cell in sheet[1]] == [column.name for column in table.columns]
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet.freeze_panes == "A2"
        assert all(cell.data_type != "f" for row in sheet for cell in row)
    about = {row["what"]: row["value"] for row in read.rows_of(book["about"])}
    with Tracker.open(database_url) as log:
        assert about["root"] == log.root(LENGTH).hex()
    assert (about["as of"], about["position"]) == (midnight("2026-06-01"), LENGTH)


def test_real_dates(database_url: str) -> None:
    """A precise day is a date of Excel's, an imprecise one a text beside its first and last day."""
    tell(database_url)
    book = read.workbook(exported(database_url, "xlsx"))
    cells = {
        row[1].value: dict(zip((c.name for c in DEVELOPMENTS.columns), row, strict=True))
        for row in book["developments"].iter_rows(min_row=2)
    }
    exact, month, old = cells["dam#2"], cells["deal#2"], cells["dam#9"]
    assert exact["on"].is_date
    assert exact["on"].number_format == "yyyy-mm-dd"
    assert exact["on"].value == exact["earliest"].value == midnight("2025-03-01")
    assert month["on"].value == "2025-03"
    assert month["earliest"].value == midnight("2025-03-01")
    assert month["latest"].value == midnight("2025-03-31")
    assert (old["on"].value, old["earliest"].value) == ("1899-05-06", "1899-05-06")
    assert exact["recorded_at"].value == at(3).replace(tzinfo=None)
    sources = read.rows_of(book["sources"])
    assert [(s["number"], s["published_on"], s["accessed_on"]) for s in sources[1:3]] == [
        (1, midnight("2025-03-01"), "2025-04"),
        (2, "1899-12-31", None),
    ]


def test_what_the_sheets_say(database_url: str) -> None:
    """Each row is what stands: statuses, developments, plans and how they slipped, changes."""
    tell(database_url)
    found = read.sheets(exported(database_url, "xlsx"))
    with Tracker.open(database_url) as log:
        portfolio = log.portfolio(log.viewpoint(as_of="2026-06-01"))
    assert [(r["initiative"], r["phase"], r["condition"], r["since"]) for r in found["status"]] == [
        (
            each.initiative,
            each.status.phase,
            each.status.condition,
            _shown(each.status.since),
        )
        for each in portfolio
    ]
    assert [row["fact"] for row in found["developments"]] == ["dam#9", "dam#2", "deal#2", "deal#4"]
    assert found["developments"][3]["fulfils"] == "deal#3"
    plans = [(r["fact"], r["state"], r["slippage"], r["latest"]) for r in found["plans"]]
    assert plans == [
        ("dam#3", "open", "../2030", midnight("2030-12-31")),
        ("dam#4", "open", "2026-05 → 2026-09 → 2026-09-15", midnight("2026-09-15")),
        ("dam#7", "open", "../..", None),
        ("dam#8", "open", "2031-02/..", None),
        ("deal#3", "fulfilled", "2025-12-24", midnight("2025-12-24")),
    ]
    changes = found["changes"]
    assert [row["position"] for row in changes] == [2, *range(3, LENGTH + 1)]
    assert (changes[1]["changed"], changes[1]["after_phase"]) == (True, "announced")
    assert (changes[-2]["kind"], changes[-2]["after_phase"]) == ("initiative-retired", None)
    assert changes[6]["note"] == "late"


def _shown(edtf: str | None) -> object:
    """A date as a sheet has it."""
    is_exact = edtf is not None and len(edtf) == 10 and edtf >= "1900-03-01"
    return midnight(edtf) if is_exact and edtf else edtf


def midnight(day: str) -> datetime:
    """A day as openpyxl has it."""
    return datetime.fromisoformat(day)


# --- a calendar -------------------------------------------------------------------------------


def test_ics(database_url: str) -> None:
    """Every plan that is not fulfilled, on its days; the others are gone or, undated, counted.

    A deadline is on its last day, a plan with an open end on its first.
    """
    tell(database_url)
    done = run(database_url, "--format", "ics")
    assert done.stderr == "left out: 1 plan without a date; --format log keeps all of it\n"
    found = read.calendar(done.stdout_bytes)
    assert [(e.summary.value, e.dtstart.value, e.dtend.value) for e in found] == [
        (
            "A dam: Operation started, ../2030 (up to 31 December 2030)",
            date(2030, 12, 31),
            date(2031, 1, 1),
        ),
        ("A dam: Construction started", date(2026, 9, 15), date(2026, 9, 16)),
        (
            "A dam: Statement made, 2031-02/.. (from 1 February 2031 on)",
            date(2031, 2, 1),
            date(2031, 2, 2),
        ),
    ]
    with Tracker.open(database_url) as log:
        ids = [event.event_id for event, _, _ in log.events() if event.position in (6, 7, 11)]
    assert [event.uid.value for event in found] == ids
    moved = found[1]
    assert moved.dtstamp.value == moved.last_modified.value == at(9)
    assert moved.created.value == at(7)
    assert moved.transp.value == "TRANSPARENT"
    assert "Dates so far: 2026-05 → 2026-09 → 2026-09-15" in moved.description.value
    assert found[0].url.value == "https://example.org/a?b=1&c=%3C2%3E"
    assert [each.strip() for each in found[0].categories.value] == ["dam", "water"]


def test_the_sequence_counts_amendments(database_url: str) -> None:
    """The same plan has the same UID at every viewpoint, and a sequence that rises as it slips."""
    tell(database_url)

    def moved(known_at: str) -> tuple[str, str, date, date]:
        found = read.calendar(exported(database_url, "ics", "--known-at", known_at))
        event = next(each for each in found if "onstruction" in each.summary.value)
        days = event.dtstart.value, event.dtend.value - timedelta(days=1)
        return event.uid.value, event.sequence.value, *days

    first, second, third = moved("@7"), moved("@8"), moved("@9")
    assert first[0] == second[0] == third[0]
    assert [each[1] for each in (first, second, third)] == ["0", "1", "2"]
    assert first[2:] == (date(2026, 5, 1), date(2026, 5, 31))
    assert second[2:] == (date(2026, 9, 1), date(2026, 9, 30))


def test_an_erasure_makes_a_calendar_take_the_plan_anew(sqlite_url: str) -> None:
    """When a text is erased the entry says that it changed, and no longer what it said."""
    tell(sqlite_url)
    with Tracker.open(sqlite_url, by="mira") as log:
        erased = log.erase("dam#3", field="note", reason="personal").event
    assert erased is not None
    event = read.calendar(exported(sqlite_url, "ics"))[0]
    assert event.last_modified.value == erased.recorded_at.replace(microsecond=0)
    assert event.sequence.value == "0"
    assert WORD not in event.description.value


# --- a feed -----------------------------------------------------------------------------------


def test_atom(database_url: str) -> None:
    """The newest change first, each with an id of its own, when and by whom it was recorded."""
    tell(database_url)
    found = read.feed(exported(database_url, "atom"))
    with Tracker.open(database_url) as log:
        events = {event.event_id: event for event, _, _ in log.events() if event.initiative}
    assert [UUID(entry.id).urn for entry in found.entries] == [
        UUID(each).urn for each in reversed(events)
    ]
    for entry in found.entries:
        event = events[str(UUID(entry.id))]
        assert entry.updated == entry.published == format_instant(event.recorded_at)
        assert entry.author == event.recorded_by
        assert {tag.term for tag in entry.tags} == {event.initiative, event.what.KIND}
    assert found.feed.updated == format_instant(at(LENGTH))
    titles = [entry.title for entry in found.entries]
    assert "dup: initiative-retired (announced → not listed)" in titles
    assert "dam: recorded announced 2025-03-01 (not-started → announced)" in titles
    first = next(entry for entry in found.entries if "2025-03-01" in entry.title)
    assert [(link.rel, link.href) for link in first.links] == [
        ("via", "https://example.org/a?b=1&c=%3C2%3E")
    ]
    assert f"@{WORD} was there" in first.content[0].value


def test_a_feed_keeps_its_id(sqlite_url: str) -> None:
    """A feed is the same feed when there is more in it, and another with other filters."""
    tell(sqlite_url)
    ids = [
        read.feed(exported(sqlite_url, "atom", *words)).feed.id
        for words in (("--known-at", "@9"), (), ("--party", "India"), ("--dormant",))
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_a_feed_is_short(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many changes it has the newest, and it is said how many are not in it."""
    monkeypatch.setattr("tracker.application.publishing.FEED_ENTRIES", 5)
    tell(sqlite_url)
    done = run(sqlite_url, "--format", "atom")
    assert "left out: 14 changes before the newest" in done.stderr
    found = read.feed(done.stdout_bytes)
    assert [entry.title.split(":")[0] for entry in found.entries] == [
        "dam",
        "dup",
        "dup",
        "dup",
        "idle",
    ]


def test_an_adoption_changes_several_and_each_has_its_entry(sqlite_url: str) -> None:
    """One event may change two initiatives: two entries, two ids, the same every time."""
    tell(sqlite_url)
    with Tracker.open(sqlite_url, by="mira") as log:
        lifecycle = log.lifecycle("project")
        definition = lifecycle.to_definition()
        developments: Any = definition["development"]
        swapped = {"announced": "pre-construction", "pre-construction": "announced"}
        for each in developments:
            each.update({"enters": swapped[each["type"]]} if each["type"] in swapped else {})
        log.adopt(lifecycle.from_definition(definition))
    entries = read.feed(exported(sqlite_url, "atom")).entries[:2]
    assert {entry.title.split(" (")[0] for entry in entries} == {
        "dam: lifecycle-adopted",
        "deal: lifecycle-adopted",
    }
    assert len({entry.id for entry in entries}) == 2
    assert [e.id for e in read.feed(exported(sqlite_url, "atom")).entries[:2]] == [
        entry.id for entry in entries
    ]


# --- Parquet ----------------------------------------------------------------------------------


def test_parquet(database_url: str) -> None:
    """The facts that stand, in columns of the right types, each with all of its sources."""
    tell(database_url)
    rows = read.parquet(exported(database_url, "parquet"))
    assert [row["fact"] for row in rows] == [
        *("dam#9", "dam#2", "deal#2", "deal#4"),
        *("dam#3", "dam#4", "dam#7", "dam#8", "deal#3"),
    ]
    first = rows[1]
    assert (first["parties"], first["tags"], first["mode"]) == (
        ["India", "Russia"],
        ["water"],
        "occurred",
    )
    assert (first["on"], first["earliest"], first["latest"]) == (
        "2025-03-01",
        date(2025, 3, 1),
        date(2025, 3, 1),
    )
    assert first["recorded_at"].astimezone(UTC) == at(3)
    assert [source["document"] for source in first["sources"]] == [None, "Box 7"]
    assert first["sources"][0]["quote"] == f"so {WORD} says"
    plan = rows[5]
    assert (plan["mode"], plan["state"], plan["slippage"]) == (
        "planned",
        "open",
        ["2026-05", "2026-09", "2026-09-15"],
    )
    assert (rows[6]["on"], rows[6]["earliest"], rows[6]["latest"]) == (None, None, None)
    assert rows[0]["earliest"] == date(1899, 5, 6)


# --- a data package ---------------------------------------------------------------------------


def test_datapackage(database_url: str, tmp_path: Path) -> None:
    """Frictionless finds every file as its schema says, and reads what the sheets of xlsx say."""
    tell(database_url)
    data = exported(database_url, "datapackage")
    found = read.datapackage(data, tmp_path)
    assert set(found) == {table.name for table in TABLES}
    book = read.sheets(exported(database_url, "xlsx"))
    for table in TABLES:
        for row, shown in zip(found[table.name], book[table.name], strict=True):
            for column in table.columns:
                said = unguarded(row[column.name], column.kind)
                same = shown[column.name]
                if column.kind == "edtf" and isinstance(same, datetime):
                    same = same.date().isoformat()
                elif column.kind == "day" and isinstance(same, str):
                    same = datetime.fromisoformat(same)
                assert said == same, (table.name, column.name)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        descriptor = json.loads(package.read("datapackage.json"))
    assert descriptor["tracker"]["position"] == LENGTH
    assert descriptor["created"] == format_instant(at(LENGTH))


def unguarded(said: Any, kind: str) -> object:
    """What a cell says, without the quotation mark that keeps it from being a formula."""
    if kind in ("day", "instant") and said is not None:
        return datetime.fromisoformat(said).replace(tzinfo=None)
    return said[1:] if isinstance(said, str) and said[:2] in ("'=", "'@") else said


def test_a_wrong_package_is_noticed(sqlite_url: str, tmp_path: Path) -> None:
    """The reader can fail: a word where a number belongs is found."""
    tell(sqlite_url)
    path = tmp_path / "package.zip"
    data = exported(sqlite_url, "datapackage")
    with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(path, "w") as other:
        for name in package.namelist():
            text = package.read(name).decode()
            other.writestr(name, text.replace("dam#2,3,", "dam#2,three,"))
    assert not read.frictionless("validate", path)["valid"]


# --- all of them ------------------------------------------------------------------------------


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_same_answer_is_the_same_file(
    sqlite_url: str, tmp_path: Path, format_name: str
) -> None:
    """What is exported twice is the same to the byte, into a file and to standard output."""
    tell(sqlite_url)
    first = exported(sqlite_url, format_name)
    path = tmp_path / "out"
    assert run(sqlite_url, str(path), "--format", format_name).exit_code == 0
    assert path.read_bytes() == first == exported(sqlite_url, format_name)


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_viewpoint_and_filters(sqlite_url: str, tmp_path: Path, format_name: str) -> None:
    """What was learned later, or is of others, is in no format; a wrong value is refused."""
    tell(sqlite_url)
    words = [] if format_name == "cloudevents" else ["--as-of", "2025-03-31"]
    before = read.texts(format_name, exported(sqlite_url, format_name, "--known-at", "@6", *words))
    assert "2026-09" not in before
    assert "dup" not in before
    assert "dam" in before
    mine = read.texts(format_name, exported(sqlite_url, format_name, "--sector", "trade"))
    assert "dam#" not in mine
    assert run(sqlite_url, "--format", format_name, "--party", "Indai").exit_code == 2
    assert run(sqlite_url, "--format", format_name, "--known-at", "2999-01-01").exit_code == 5


@pytest.mark.parametrize("format_name", ["log", "csv", "jsonl", *FORMATS])
def test_no_export_holds_what_was_erased(database_url: str, format_name: str) -> None:
    """Once a note and a quote are erased, no format has them, at any viewpoint."""
    tell(database_url)
    assert WORD in read.texts(format_name, exported(database_url, format_name))
    with Tracker.open(database_url, by="mira") as log:
        for fact in ("dam#2", "dam#3"):
            for field in ("note", "quote"):
                log.erase(fact, field=field, reason="personal")
    for words in ((), ("--known-at", "@9")):
        assert WORD not in read.texts(format_name, exported(database_url, format_name, *words))


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_empty_log(sqlite_url: str, format_name: str, tmp_path: Path) -> None:
    """A log with nothing in it can be exported: nothing is in the file, and the file is whole."""
    with Tracker.open(sqlite_url, by="mira", create=True):
        pass
    data = exported(sqlite_url, format_name)
    match format_name:
        case "cloudevents":
            assert read.cloudevents(data) == []
        case "xlsx":
            assert not any(rows for name, rows in read.sheets(data).items() if name != "about")
        case "ics":
            assert read.calendar(data) == []
        case "atom":
            assert read.feed(data).entries == []
        case "parquet":
            assert read.parquet(data) == []
        case "datapackage":
            assert not any(read.datapackage(data, tmp_path).values())
