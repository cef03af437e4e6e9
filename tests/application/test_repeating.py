"""What is asked for twice, and what is asked in passing, on every database."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from attrs import evolve

from tracker import Conflict, NotFound, Refused, Tracker
from tracker.application.shipped import shipped_lifecycle
from tracker.domain.events import account_of
from tracker.domain.evidence import Source
from tracker.domain.lifecycle import Lifecycle
from tracker.store import event_log
from tracker.store.engine import make_engine, parse_url

NAME = "co-production"


@pytest.fixture
def log(database_url: str) -> Iterator[Tracker]:
    """A log with three initiatives."""
    with Tracker.open(database_url, by="mira", create=True) as opened:
        for slug in ("il-1", "il-2", "il-3"):
            opened.register(slug, title=slug, lifecycle=NAME)
        yield opened


def an_id() -> str:
    """A new event id."""
    return str(uuid.uuid4())


def handle(log: Tracker, **given: Any) -> str:
    """A new fact of il-1."""
    event = log.record("il-1", "talks-initiated", on="2020-01-01", source="s", **given).event
    assert event is not None
    return event.handle


def with_word(lifecycle: Lifecycle, word: str, kind: str) -> Lifecycle:
    """*lifecycle*, in which *word* names *kind* alone."""
    return evolve(
        lifecycle,
        developments=tuple(
            evolve(
                each,
                aliases=(
                    *(a for a in each.aliases if a != word),
                    *((word,) if each.type == kind else ()),
                ),
            )
            for each in lifecycle.developments
        ),
    )


class TestTheWhole:
    """What an initiative is part of is content too."""

    @pytest.mark.parametrize("other", ["il-2", None])
    def test_a_registration_with_another_whole_is_a_conflict(
        self, log: Tracker, other: str | None
    ) -> None:
        """The same id and whole are the same answer, another or none is not."""
        own = an_id()
        log.register("il-4", title="a", lifecycle=NAME, part_of="il-1", event_id=own)
        again = log.register("il-4", title="a", lifecycle=NAME, part_of="il-1", event_id=own)
        assert again.events == ()
        assert again.repeated is not None
        with pytest.raises(Conflict):
            log.register("il-4", title="a", lifecycle=NAME, part_of=other, event_id=own)

    def test_a_revision_with_another_whole_is_a_conflict(self, log: Tracker) -> None:
        """As a registration."""
        own = an_id()
        log.revise("il-3", title="b", part_of="il-1", event_id=own)
        assert log.revise("il-3", title="b", part_of="il-1", event_id=own).events == ()
        with pytest.raises(Conflict):
            log.revise("il-3", title="b", part_of="il-2", event_id=own)
        with pytest.raises(Conflict):
            log.revise("il-3", title="b", event_id=own)

    def test_a_revision_of_the_whole_alone_is_granted_once(self, log: Tracker) -> None:
        """Even where the link was taken back meanwhile."""
        own = an_id()
        log.revise("il-3", part_of="il-1", event_id=own)
        log.unlink("il-3", "part-of", "il-1", reason="a mistake")
        assert log.revise("il-3", part_of="il-1", event_id=own).events == ()
        with pytest.raises(Conflict):
            log.revise("il-3", title="b", part_of="il-1", event_id=own)

    def test_a_whole_that_was_linked_already_is_no_conflict(self, log: Tracker) -> None:
        """There was no link to append."""
        own = an_id()
        log.link("il-3", "part-of", "il-1")
        log.revise("il-3", title="b", part_of="il-1", event_id=own)
        assert log.revise("il-3", title="b", part_of="il-1", event_id=own).repeated is not None


class TestAmendments:
    """Corrections asked for twice."""

    def test_one_of_a_withdrawn_fact_is_the_same_answer(self, log: Tracker) -> None:
        """Even after the fact was corrected once more."""
        fact, own = handle(log), an_id()
        log.withdraw(fact, reason="w")
        log.amend(fact, note="back", reason="r", event_id=own)
        log.amend(fact, on="2020-02", reason="r")
        assert log.amend(fact, note="back", reason="r", event_id=own).repeated is not None

    def test_an_empty_note_is_none(self, log: Tracker) -> None:
        """It was cleared, and not erased."""
        fact = handle(log, note="n", stated_by="she")
        log.amend(fact, note="", stated_by="", reason="r")
        account = log.history("il-1", log.viewpoint())[-1].account
        assert (account.note, account.stated_by) == (None, None)

    def test_an_empty_quote_is_not_an_erased_one(self, log: Tracker) -> None:
        """What is disclosed is there, however short."""
        log.record("il-1", "talks-initiated", on="2020", source=Source(document="d", quote=""))
        (source,) = log.history("il-1", log.viewpoint())[-1].account.sources
        assert source.quote == ""


class TestTypes:
    """Words that have come to mean another type."""

    def test_a_record_is_the_same_answer(self, log: Tracker) -> None:
        """Its word means what it meant then."""
        first, second, own = an_id(), an_id(), an_id()
        before = log.lifecycle(NAME)
        log.adopt(with_word(before, "palaver", "talks-initiated"))
        given: dict[str, Any] = {"on": "2020-01-01", "source": "s"}
        one = log.record("il-1", "palaver", event_id=first, **given)
        assert one.event is not None
        fact = one.event.handle
        log.amend(fact, type="offer-made", reason="r", event_id=an_id())
        log.amend(fact, type="palaver", reason="r", event_id=second)
        log.adopt(with_word(before, "palaver", "offer-made"))
        assert log.record("il-1", "palaver", event_id=first, **given).repeated is not None
        assert log.amend(fact, type="palaver", reason="r", event_id=second).repeated is not None
        anew = log.record("il-1", "palaver", event_id=own, **given).event
        assert anew is not None
        assert log.history("il-1", log.viewpoint())[-1].account.type == "offer-made"
        with pytest.raises(Conflict):
            log.record("il-1", "resumed", event_id=first, **given)


def test_an_asserted_adoption_is_the_same_answer(database_url: str) -> None:
    """Its instant need not be the last any more."""
    lifecycle = shipped_lifecycle(NAME)
    assert lifecycle is not None
    own, instant = an_id(), "2020-01-01T00:00:00Z"
    with Tracker.open(database_url, by="mira", create=True) as log:
        log.adopt(lifecycle, recorded_at=instant, event_id=own)
        log.register("il-1", title="a", lifecycle=NAME)
        assert log.adopt(lifecycle, recorded_at=instant, event_id=own).repeated is not None
        with pytest.raises(Refused, match="last written"):
            log.adopt(with_word(lifecycle, "palaver", "offer-made"), recorded_at=instant)


@pytest.mark.parametrize(
    "ask",
    [
        lambda log: log.status("\udcff"),
        lambda log: log.withdraw("\udcff#1", reason="r"),
        lambda log: log.register("il-9", title="a", lifecycle="\udcff"),
        lambda log: log.lifecycle("\udcff"),
    ],
)
def test_half_of_a_character_is_refused(log: Tracker, ask: Callable[[Tracker], object]) -> None:
    """Where it only looks for something, too."""
    with pytest.raises(Refused, match="half of a character"):
        ask(log)


def test_a_nul_character_names_nothing(log: Tracker) -> None:
    """One sentence, whatever the database makes of it."""
    with pytest.raises((NotFound, Refused)):
        log.status("a\x00b")


def test_something_else_may_be_asked_while_a_log_is_read(log: Tracker) -> None:
    """No reader waits for a connection that it holds itself."""
    assert [
        log.status(e.initiative).standing.initiative
        for e, *_ in log.events(kind="initiative-registered")
        if e.initiative
    ] == ["il-1", "il-2", "il-3"]


def test_a_writer_reads_what_was_committed_before_it(each_postgresql: str) -> None:
    """Whatever the server's own default is."""
    Tracker.open(each_postgresql, by="mira", create=True).close()
    engine = make_engine(parse_url(each_postgresql))
    with engine.begin() as connection:
        level = "SET default_transaction_isolation = 'repeatable read'"
        connection.exec_driver_sql(f'ALTER DATABASE "{engine.url.database}" {level}')
    engine.dispose()
    with Tracker.open(each_postgresql, by="mira") as log, event_log.writing(log.engine) as appender:
        query = "SHOW transaction_isolation"
        assert appender.connection.exec_driver_sql(query).scalar() == "read committed"


def test_there_is_no_root_past_the_head(log: Tracker) -> None:
    """Nothing is told of events that are not there."""
    last = log.head().position
    assert len(log.root(last)) == len(log.root(0)) == 32
    for position in (last + 1, last + 1000, -1):
        with pytest.raises(NotFound):
            log.root(position)


def test_the_texts_of_others_are_not_read(log: Tracker) -> None:
    """The events of one initiative may lie far apart in the log."""
    handle(log, note="mine")
    for number in range(20):
        log.record("il-2", "commented", on="2020", source="s", note=f"theirs {number}")
    handle(log, note="mine too")
    asked: list[str] = []

    def look(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    sa.event.listen(log.engine, "before_cursor_execute", look)
    accounts = [account_of(event.what) for event, *_ in log.events("il-1")]
    assert [a.note for a in accounts if a is not None] == ["mine", "mine too"]
    assert not [each for each in asked if "FROM disclosures" in each and "BETWEEN" in each]


def test_an_empty_file_becomes_a_log_like_any_other(tmp_path: Path) -> None:
    """Readers never wait for a writer, however the file came to be."""
    path = tmp_path / "log.db"
    path.touch()
    Tracker.open(str(path), by="mira", create=True).close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
