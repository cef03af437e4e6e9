"""What not every database keeps: refused at the append, so that all of them hold the same."""

from __future__ import annotations

import json
import math
import shutil
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from freezegun import freeze_time

from tests.attacks.test_terminals import TEXT
from tests.attacks.tree import call, lay_out, number_places, told_well
from tests.attacks.victim import NOW, Fingerprint, tell, tell_all
from tracker import Refused, Source, Tracker
from tracker.domain.events import Draft, InitiativesLinked, LifecycleAdopted
from tracker.domain.lifecycle import Lifecycle
from tracker.errors import TrackerError
from tracker.exchange.rows import COLUMNS
from tracker.store.event_log import writing

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.tally import Tally

UNKEPT = ("a\x00b", "\x00", "\ud800", "a\udfffb", "\udc80\udc80")
NUMBERS = (
    math.nan,
    math.inf,
    -math.inf,
    0.5,
    1e300,
    2**53,
    2**63,
    2**64,
    -(2**63) - 1,
    10**400,
)


def writes(log: Tracker, text: str) -> dict[str, Callable[[], object]]:
    """A call for each field that a text is recorded in."""

    def record(**fields: Any) -> Callable[[], object]:
        given = {"on": "2025-12-05", "source": "a paper", **fields}
        return lambda: log.record("il-114", "commented", **given)

    def register(**fields: Any) -> Callable[[], object]:
        profile = {"title": "T", "lifecycle": "co-production", **fields}
        return lambda: log.register("new", **profile)

    return {
        "title": register(title=text),
        "party": register(parties=["A", text]),
        "sector": register(sector=text),
        "tag": register(tags=[text]),
        "summary": register(summary=text),
        "lifecycle": register(lifecycle=text),
        "slug": lambda: log.register(text, title="T", lifecycle="co-production"),
        "new title": lambda: log.revise("il-114", title=text),
        "type": lambda: log.record("il-114", text, on="2025-12-05", source="a paper"),
        "on": lambda: log.record("il-114", "commented", on=text, source="a paper"),
        "source": record(source=f"a paper {text}"),
        "url": record(source=Source(url=f"https://example.org/{text}")),
        "source title": record(source=Source(document="a", title=text)),
        "publisher": record(source=Source(document="a", publisher=text)),
        "quote": record(source=Source(document="a", quote=text)),
        "published": record(source=Source(document="a", published_on=text)),
        "grade": record(source=Source(document="a", grade=text)),
        "stated by": record(stated_by=text),
        "note": record(note=text),
        "reason of an amendment": lambda: log.amend("il-114#2", note="n", reason=text),
        "note of an amendment": lambda: log.amend("il-114#2", note=text, reason="r"),
        "reason of a withdrawal": lambda: log.withdraw("il-114#2", reason=text),
        "reason of an unlinking": lambda: log.unlink("sj-100", "related-to", "il-114", reason=text),
        "reason of a retirement": lambda: log.retire("eaeu-fta", reason=text),
    }


def test_what_no_database_keeps_is_refused_in_every_field(database_url: str, tally: Tally) -> None:
    """NUL and halves of characters: refused in one sentence, and nothing is appended."""
    tell(database_url)
    before = Fingerprint.of(database_url)
    for text in UNKEPT:
        with Tracker.open(database_url, by="desk") as log:
            for field, write in writes(log, text).items():
                with pytest.raises(TrackerError) as refused:
                    write()
                assert refused.value.exit_code in (2, 3, 5), (field, text)
                assert len(str(refused.value).splitlines()) == 1, (field, text)
                tally.add("bad inputs tried: texts that no database keeps")
        with Tracker.open(database_url, by=text) as log, pytest.raises(Refused):
            log.withdraw("il-114#2", reason="r")
    assert Fingerprint.of(database_url) == before
    assert call(database_url, ["verify"]).exit_code == 0


def test_what_no_database_keeps_is_refused_in_every_column(
    database_url: str, tmp_path: Path, tally: Tally
) -> None:
    """The same in every column of an import, in both formats; each row is told, none recorded."""
    tell(database_url)
    before = Fingerprint.of(database_url)
    good = {"initiative": "il-114", "type": "commented", "on": "2025-12-07", "source": "a paper"}
    for text in UNKEPT:
        rows = [{**good, column: f"{good.get(column, '')}{text}"} for column in COLUMNS]
        lines = tmp_path / "rows.jsonl"
        lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
        table = tmp_path / "rows.csv"
        cells = [",".join(f'"{row.get(column, "")}"' for column in COLUMNS) for row in rows]
        whole = "\n".join([",".join(COLUMNS), *cells])
        table.write_bytes(whole.encode("utf-8", "surrogatepass"))
        for file in (lines, table):
            done = call(database_url, ["import", str(file)])
            assert (done.exit_code, done.stdout) == (5, ""), (text, done.output)
            assert told_well(done) is None, told_well(done)
            assert f"{len(rows)} rows of {len(rows)} cannot be recorded" in done.stderr
            tally.add("bad inputs tried: texts that no database keeps", len(rows))
    assert Fingerprint.of(database_url) == before


def test_a_number_that_is_read_differently_elsewhere_is_refused(
    database_url: str, tally: Tally
) -> None:
    """NaN, infinities, fractions and integers past 2^53 are no part of a body, on any database."""
    tell(database_url)
    before = Fingerprint.of(database_url)
    at = datetime(2026, 2, 1, tzinfo=UTC)
    with Tracker.open(database_url, by="desk") as log:
        for value in NUMBERS:
            for odd in (value, [value], {"deep": [{"deeper": value}]}):
                what = LifecycleAdopted("own", {"name": "own", "odd": odd})
                draft = Draft(str(uuid.uuid4()), None, what, at, "asserted")
                with writing(log.engine) as appender, pytest.raises(Refused):
                    appender.append([draft], "desk")
                tally.add("bad inputs tried: numbers that are read differently")
    assert Fingerprint.of(database_url) == before


def test_a_key_that_no_database_keeps_is_refused(database_url: str) -> None:
    """The names in an object are texts like any other."""
    tell(database_url)
    before = Fingerprint.of(database_url)
    with Tracker.open(database_url, by="desk") as log:
        for text in UNKEPT:
            for what in (LifecycleAdopted("own", {text: 1}), InitiativesLinked("part-of", text)):
                at = datetime(2026, 2, 1, tzinfo=UTC)
                draft = Draft(str(uuid.uuid4()), "il-114", what, at, "asserted")
                with writing(log.engine) as appender, pytest.raises(Refused):
                    appender.append([draft], "desk")
    assert Fingerprint.of(database_url) == before


def test_a_name_too_long_to_be_indexed_is_refused_everywhere(database_url: str) -> None:
    """PostgreSQL could not index it, SQLite would: neither puts such a lifecycle in force."""
    tell(database_url)
    before = Fingerprint.of(database_url)
    for key in ("name", "type", "phase"):
        names = {"name": "own", "type": "began", "phase": "one"}
        names[key] = "-".join(uuid.uuid4().hex for _ in range(100))
        definition: dict[str, object] = {
            "name": names["name"],
            "title": "Own",
            "phase": [{"name": names["phase"], "title": "One", "definition": "The one."}],
            "development": [{"type": names["type"], "title": "B", "enters": names["phase"]}],
        }
        with (
            Tracker.open(database_url, by="desk") as log,
            pytest.raises(Refused, match="more than 80 characters"),
        ):
            log.adopt(Lifecycle.from_definition(definition))
    assert Fingerprint.of(database_url) == before


@pytest.fixture(scope="module")
def odd_log(told_log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = Path(shutil.copy(told_log, tmp_path_factory.mktemp("odd") / "log.db"))
    tell_all(str(path), TEXT, "odd")
    tell_all(str(path), "क्षेत्रीय 印度 é é 🇮🇳 \U0010ffff \ufffe", "odd-letters")
    return path


def test_every_database_holds_and_answers_the_same(
    odd_log: Path, each_postgresql: str, tmp_path: Path
) -> None:
    """Whatever was recorded on one is, restored on another, the same root and the same answers."""
    out = tmp_path / "log.jsonl"
    assert call(odd_log, ["export", str(out), "--format=log"]).exit_code == 0
    assert call(each_postgresql, ["restore", str(out)]).exit_code == 0
    assert Fingerprint.of(each_postgresql) == Fingerprint.of(str(odd_log))
    for words in (
        ["status"],
        ["show", "odd"],
        ["show", "odd-letters"],
        ["history", "odd", "--axis=knowledge"],
        ["why", "odd"],
        ["log"],
        ["timeline"],
        ["attention"],
        ["search", "क्षेत्रीय"],
        ["replay", "--axis=knowledge"],
        ["export", "--format=jsonl"],
    ):
        asked = words if words[0] == "export" else [*words, "--json"]
        with freeze_time(NOW):
            here, there = call(odd_log, asked), call(each_postgresql, asked)
        assert here.exit_code == there.exit_code == 0, (words, there.output)
        assert here.stdout == there.stdout, words


ODD_NUMBERS = (
    "9" * 30,
    "-1",
    "0",
    "nan",
    "inf",
    "-inf",
    "1e400",
    "1e-400",
    "0x10",
    "1_000",
    "\u0661",
    str(2**63),
    str(-(2**63)),
    "",
    " 1 ",
)


@pytest.mark.usefixtures("files")
def test_no_number_on_the_command_line_is_a_fault(
    told_log: Path, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    """Whatever stands where a number or an id belongs, the end is a documented one."""
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    before = Fingerprint.of(str(told_log))
    for place in number_places():
        for number in ODD_NUMBERS:
            dry = ("--dry-run",) if place.command.writes else ()
            done = call(told_log, place.command.words(place.attacked(number), *dry))
            assert told_well(done) is None, f"{place} given {number}: {told_well(done)}"
            tally.add("bad inputs tried: numbers that are read differently")
    assert Fingerprint.of(str(told_log)) == before
    assert all(0 <= seconds <= 3600 for seconds in waited)


@pytest.fixture
def files(home: Path) -> Path:
    lay_out(home)
    return home
