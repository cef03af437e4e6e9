"""Erasure: a text goes for good, wherever this log has it, and nothing else changes."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from attrs import evolve

from tracker import NotFound, Refused, Source, Tracker
from tracker.application import exporting, keeping
from tracker.application.answers import Filters
from tracker.application.import_report import ImportReport
from tracker.application.importing import import_files
from tracker.application.items import card_item, history_item
from tracker.application.shipped import shipped_lifecycle, shipped_names
from tracker.domain.commands import Erase
from tracker.domain.decide import decide
from tracker.domain.events import Event, TextErased, account_of
from tracker.domain.evidence import Erased
from tracker.domain.merkle import verify_inclusion
from tracker.errors import Damaged
from tracker.exchange.log_file import export_log
from tracker.projections.ledger import LogLedger
from tracker.store.event_log import reading, writing
from tracker.store.schema import disclosures
from tracker.store.verify import VerifyReport

NOTE = "Anna Petrowa told us on the telephone"
QUOTE = "I was there, says Anna Petrowa"
SOURCE = Source(document="A paper", quote=QUOTE, grade="B2")
WHY = "asked for by the person named in it"


@pytest.fixture
def log(database_url: str) -> Iterator[Tracker]:
    """il-1 (@2) with a development that has a note and a quote (il-1#2, @3)."""
    with Tracker.open(database_url, by="mira", create=True) as opened:
        opened.register("il-1", title="Il-1", lifecycle="co-production")
        opened.record("il-1", "talks-initiated", on="2020-01-01", source=SOURCE, note=NOTE)
        yield opened


def verified(log: Tracker) -> VerifyReport:
    return keeping.verify(log.engine)


def events_of(log: Tracker) -> list[Event]:
    return [event for event, _, _ in log.events()]


def told(log: Tracker, position: int) -> tuple[Any, list[Any]]:
    """The note and the quotes of the version at a position."""
    account = account_of(events_of(log)[position - 1].what)
    assert account is not None
    return account.note, [source.quote for source in account.sources]


def exported(log: Tracker) -> str:
    out = io.StringIO()
    with reading(log.engine) as connection:
        export_log(connection, out)
    return out.getvalue()


def an_id() -> str:
    return str(uuid.uuid4())


def put_back(log: Tracker, kept: list[dict[str, Any]]) -> None:
    with log.engine.begin() as connection:
        connection.execute(sa.insert(disclosures), kept)


def all_texts(log: Tracker) -> list[dict[str, Any]]:
    with reading(log.engine) as connection:
        return [dict(row) for row in connection.execute(sa.select(disclosures)).mappings()]


# -- what goes, and what stays ---------------------------------------------------------------------


def test_a_text_goes_from_every_version(log: Tracker) -> None:
    """Also from those that are corrected and withdrawn, for whatever viewpoint is asked about."""
    log.amend("il-1#2", on="2020-02-01", reason="a month later")
    log.withdraw("il-1#2", reason="a hoax")
    log.erase("il-1#2", field="note", reason=WHY)
    assert all(isinstance(told(log, at)[0], Erased) for at in (3, 4))
    assert told(log, 3)[1] == told(log, 4)[1] == [QUOTE]
    for known_at in ("@3", "@4", None):
        entries = log.history("il-1", log.viewpoint(known_at=known_at))
        assert {history_item(entry)["note"] for entry in entries} == {"[erased]"}


def test_a_quote_goes_from_every_source(log: Tracker) -> None:
    """All of them, and the note stays."""
    more = (SOURCE, evolve(SOURCE, document="Another", quote="She was there"), Source.named("C"))
    log.record("il-1", "mou-signed", on="2020-03-01", source=more, note=NOTE)
    log.erase("il-1#3", field="quote", reason=WHY)
    note, quotes = told(log, 4)
    assert note == NOTE
    assert [type(each) for each in quotes] == [Erased, Erased, type(None)]
    assert told(log, 3) == (NOTE, [QUOTE])


def test_that_it_was_done_is_recorded(log: Tracker) -> None:
    """Who, when and why stand in an event of the fact's initiative, which is no version of it."""
    receipt = log.erase("il-1#2", field="note", reason=f" {WHY} ")
    fact = events_of(log)[2]
    assert receipt.event is not None
    assert receipt.event.handle == "il-1#3"
    assert receipt.event.recorded_by == "mira"
    assert receipt.event.what == TextErased(fact.event_id, "note", WHY)
    assert [finding.kind for finding in receipt.findings] == ["single-source"]
    log.amend("il-1#2", on="2020-02-01", based_on=3, reason="the version that stood still does")


def test_the_root_and_the_proofs_stay(log: Tracker) -> None:
    """Every hash from before is the same, and a proof of a fact holds without its text."""
    roots = [log.root(position) for position in range(4)]
    bodies = [body for _, body, _ in log.events()]
    log.erase("il-1#2", field="note", reason=WHY)
    log.erase("il-1#2", field="quote", reason=WHY)
    assert [log.root(position) for position in range(4)] == roots
    assert [body for _, body, _ in log.events()][:3] == bodies
    at = log.viewpoint()
    _, (reason, *_) = log.why("il-1", at)
    assert verify_inclusion(reason.leaf, 2, at.position, reason.proof, log.root(at.position))
    report = verified(log)
    assert (report.events, report.erased, report.unexplained) == (5, 2, 0)


def test_no_status_changes(log: Tracker) -> None:
    """A card before and after differs in the text alone."""
    before = card_item(log.show("il-1", log.viewpoint(known_at="@3")))
    log.erase("il-1#2", field="note", reason=WHY)
    after = card_item(log.show("il-1", log.viewpoint(known_at="@3")))
    before["developments"][0]["note"] = "[erased]"
    assert after == before
    assert log.diff(log.viewpoint(known_at="@3"), log.viewpoint()) == []


def test_no_answer_and_no_export_holds_it_any_more(log: Tracker, tmp_path: Path) -> None:
    """Search, rows, the exported log, a backup, the replay: none of them has it."""
    word = "Petrowa"
    at = log.viewpoint()
    assert [hit.field for hit in log.search(word, at)] == ["note"]
    log.erase("il-1#2", field="note", reason=WHY)
    assert [hit.field for hit in log.search(word, at)] == ["quote"]
    log.erase("il-1#2", field="quote", reason=WHY)
    at = log.viewpoint()
    assert list(log.search(word, at)) == []
    steps = [*log.replay(at, axis="world"), *log.replay(at, axis="knowledge")]
    said = [card_item(log.show("il-1", at)), steps, exported(log)]
    left_out = exporting.LeftOut()
    with reading(log.engine) as connection:
        said += [list(exporting.rows(connection, at, Filters(), left_out))]
    assert word not in str(said)
    assert left_out.erased == 2
    keeping.backup(log.engine, log.log.url, tmp_path / "copy")
    assert word.encode() not in (tmp_path / "copy").read_bytes()


def test_a_replay_tells_of_it(log: Tracker) -> None:
    """Along what was learned it is one step, which changes nothing."""
    log.erase("il-1#2", field="note", reason=WHY)
    last = list(log.replay(log.viewpoint(), axis="knowledge"))[-1]
    assert (last.kind, last.type, last.on) == ("text-erased", "talks-initiated", "2020-01-01")
    assert (last.note, last.before) == (f"note: {WHY}", last.after)


def test_a_plan_has_texts_too(log: Tracker) -> None:
    """What can be recorded can be erased."""
    log.plan("il-1", "mou-signed", by="2030", source="s", note=NOTE)
    log.erase("il-1#3", field="note", reason=WHY)
    assert isinstance(told(log, 4)[0], Erased)


def test_what_is_over_is_erased_as_well(log: Tracker) -> None:
    """A withdrawn fact of a retired initiative may have a text that has to go."""
    log.withdraw("il-1#2", reason="a hoax")
    log.retire("il-1", reason="twice")
    log.erase("il-1#3", field="note", reason=WHY)  # any event of the fact names it
    assert isinstance(told(log, 3)[0], Erased)
    assert verified(log).unexplained == 0


# -- what comes after ------------------------------------------------------------------------------


def test_a_correction_does_not_bring_it_back(log: Tracker) -> None:
    """What it carries on is the hash; it is said of that, too, that it was erased."""
    log.amend("il-1#2", on="2020-02-01", reason="a month later")
    log.erase("il-1#2", field="note", reason=WHY)
    log.amend("il-1#2", on="2020-03-01", reason="two months")
    log.amend("il-1#2", revert_to=3, reason="it was right")
    notes = [told(log, at)[0] for at in (3, 4, 6, 7)]
    assert all(isinstance(note, Erased) for note in notes)
    assert (notes[2].sha256, notes[3].sha256) == (notes[1].sha256, notes[0].sha256)
    report = verified(log)
    assert (report.erased, report.unexplained) == (4, 0)
    assert log.erase("il-1#2", field="note", reason=WHY).events == ()


def test_a_new_text_is_a_change(log: Tracker) -> None:
    """In the place of what was erased another can be written, kept and erased again."""
    log.erase("il-1#2", field="note", reason=WHY)
    log.amend("il-1#2", note="a harmless one", reason="names nobody")
    assert told(log, 5)[0] == "a harmless one"
    assert verified(log).unexplained == 0
    assert len(log.erase("il-1#2", field="note", reason=WHY).events) == 1
    assert isinstance(told(log, 5)[0], Erased)
    assert (verified(log).erased, verified(log).unexplained) == (2, 0)


def test_an_erased_text_can_be_left_out(log: Tracker) -> None:
    """A correction may say that there is none."""
    log.erase("il-1#2", field="note", reason=WHY)
    log.amend("il-1#2", note="", reason="not needed")
    assert told(log, 5)[0] is None


def test_the_same_request_is_the_same_answer(log: Tracker) -> None:
    """A recording that was granted stays granted: an erased text counts as equal."""
    first, second = an_id(), an_id()
    given: dict[str, Any] = {"on": "2021", "source": SOURCE, "note": NOTE, "event_id": first}
    log.record("il-1", "mou-signed", **given)
    log.amend("il-1#3", note="other", reason="r", event_id=second)
    for field in ("note", "quote"):
        log.erase("il-1#3", field=field, reason=WHY)
    before = len(events_of(log))
    assert log.record("il-1", "mou-signed", **given).repeated is not None
    assert log.amend("il-1#3", note="other", reason="r", event_id=second).repeated is not None
    assert len(events_of(log)) == before
    assert verified(log).erased == 4


def imported(log: Tracker, rows: list[dict[str, Any]]) -> ImportReport:
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    return import_files(
        log.engine,
        [("rows.jsonl", lambda: io.BytesIO(data))],
        by="mira",
        shipped_lifecycle=shipped_lifecycle,
        shipped_names=shipped_names,
    )


def test_importing_the_file_again_does_not_bring_it_back(log: Tracker) -> None:
    """Rows that are in the log already append nothing, with an id of their own or without."""
    row = {"initiative": "il-1", "type": "mou-signed", "source": "s", "note": NOTE, "quote": QUOTE}
    rows = [{**row, "on": "2021"}, {**row, "on": "2022", "id": an_id()}]
    assert imported(log, rows).recorded == 2
    for fact in ("il-1#3", "il-1#4"):
        for field in ("note", "quote"):
            log.erase(fact, field=field, reason=WHY)
    again = imported(log, rows)
    assert (again.recorded, again.already_there, again.faults) == (0, 2, ())
    assert NOTE not in str([told(log, at) for at in (4, 5)])
    assert verified(log).unexplained == 0


# -- asked for twice, or for nothing ---------------------------------------------------------------


def test_an_erasure_is_asked_for_twice(log: Tracker) -> None:
    """Under the same id it is the same answer; under another there is nothing to change."""
    own = an_id()
    log.erase("il-1#2", field="note", reason=WHY, event_id=own)
    again = log.erase("il-1#2", field="note", reason=WHY, event_id=own)
    assert (again.events, again.repeated and again.repeated.handle) == ((), "il-1#3")
    other = log.erase("il-1#2", field="note", reason="another")
    assert (other.events, other.repeated) == ((), None)


def test_a_dry_run_deletes_nothing(log: Tracker) -> None:
    """It says what would be recorded."""
    receipt = log.erase("il-1#2", field="note", reason=WHY, dry_run=True)
    assert [event.position for event in receipt.events] == [4]
    assert told(log, 3) == (NOTE, [QUOTE])
    assert len(events_of(log)) == 3


def test_what_never_had_such_a_text(log: Tracker) -> None:
    """It is not found, and where there is another text that is named."""
    log.record("il-1", "mou-signed", on="2021", source="s", note="n")
    log.record("il-1", "mou-signed", on="2022", source="s")
    with pytest.raises(NotFound, match=r"il-1#3 never had a text in its quote; .* --field note"):
        log.erase("il-1#3", field="quote", reason=WHY)
    with pytest.raises(NotFound, match=r"il-1#4 never had .* tracker history il-1"):
        log.erase("il-1#4", field="note", reason=WHY)
    with pytest.raises(Refused, match="write note or quote"):
        log.erase("il-1#2", field="stated_by", reason=WHY)
    with pytest.raises(Refused, match="a reason must say something"):
        log.erase("il-1#2", field="note", reason=" ")
    with pytest.raises(Refused, match="no development or plan"):
        log.erase("il-1#1", field="note", reason=WHY)


# -- lost, erased, and back again ------------------------------------------------------------------


def test_a_lost_text_is_told_from_an_erased_one(log: Tracker) -> None:
    """It is no damage, and it can be put on record that nobody need look for it."""
    with log.engine.begin() as connection:
        connection.execute(sa.delete(disclosures))
    assert (verified(log).erased, verified(log).unexplained) == (2, 2)
    assert len(log.erase("il-1#2", field="note", reason=WHY).events) == 1
    assert (verified(log).erased, verified(log).unexplained) == (2, 1)
    log.amend("il-1#2", on="2021", reason="carries the lost quote on")
    assert (verified(log).erased, verified(log).unexplained) == (4, 2)
    log.erase("il-1#2", field="quote", reason=WHY)
    assert (verified(log).erased, verified(log).unexplained) == (4, 0)


def test_a_text_that_came_back_is_found(log: Tracker) -> None:
    """Whoever puts it back from an older copy is told, and it can be erased once more."""
    kept = all_texts(log)
    log.erase("il-1#2", field="note", reason=WHY)
    log.amend("il-1#2", on="2020-02-01", reason="carries the hash on")
    note = next(row for row in kept if row["field"] == "note")
    for at in (3, 5):
        put_back(log, [{**note, "position": at}])
        again = rf"event @{at} has a text of its note again, which event @\d erased; .*erase @{at}"
        with pytest.raises(Damaged, match=again):
            verified(log)
        assert len(log.erase(f"@{at}", field="note", reason=WHY).events) == 1
        assert verified(log).unexplained == 0


def test_a_copy_of_the_log_has_no_text_and_the_same_root(
    log: Tracker, another_database: Callable[[str], str], database_url: str
) -> None:
    """An export made after the erasure is restored to the same log."""
    log.amend("il-1#2", on="2020-02-01", reason="a month later")
    log.erase("il-1#2", field="note", reason=WHY)
    log.amend("il-1#2", on="2020-03-01", reason="two months")
    log.amend("il-1#2", note="a harmless one", reason="names nobody")
    with Tracker.open(another_database(database_url), by="mira", create=True) as copy:
        keeping.restore(copy.engine, exported(log).splitlines(keepends=True))
        assert copy.root(7) == log.root(7)
        assert (verified(copy).erased, verified(copy).unexplained) == (3, 0)
        assert told(copy, 7)[0] == "a harmless one"
        assert exported(copy) == exported(log)


def test_a_restore_keeps_no_text_that_the_log_says_was_erased(
    log: Tracker, another_database: Callable[[str], str], database_url: str
) -> None:
    """Not even from a file into which somebody put it back."""
    before = exported(log).splitlines()
    log.erase("il-1#2", field="note", reason=WHY)
    lines = [*before, exported(log).splitlines()[-1]]
    assert NOTE in lines[2]
    with Tracker.open(another_database(database_url), by="mira", create=True) as copy:
        keeping.restore(copy.engine, [f"{line}\n" for line in lines])
        assert NOTE not in exported(copy)
        assert verified(copy).erased == 1


def test_a_log_restored_without_its_texts_is_sound(
    log: Tracker, another_database: Callable[[str], str], database_url: str
) -> None:
    """Whoever hands a log on without them leaves out nothing that is hashed."""
    lines = [json.loads(line) for line in exported(log).splitlines()]
    with Tracker.open(another_database(database_url), by="mira", create=True) as copy:
        keeping.restore(copy.engine, [json.dumps({**each, "disclosed": {}}) for each in lines])
        assert (verified(copy).erased, verified(copy).unexplained) == (2, 2)


def test_what_was_decided_on_is_forgotten_with_it(log: Tracker) -> None:
    """Within one transaction too: what is decided after an erasure does not know the text."""
    fact = events_of(log)[2]
    with writing(log.engine) as appender:
        ledger = LogLedger(appender.connection, shipped_lifecycle, shipped_names)
        assert ledger.fact(fact.event_id) is not None
        at = appender.instant(fact.recorded_at)
        drafts = decide(Erase(an_id(), fact.event_id, "note", WHY), ledger, at)
        for event, _ in appender.append(drafts, "mira"):
            appender.flush()
            ledger.note(event)
        standing = ledger.fact(fact.event_id)
        assert standing is not None
        assert isinstance(standing.account.note, Erased)
