"""What an erasure changes: the texts of one field of one fact, wherever shown, and no more.

It is the one thing that changes what was answered before, so no random history has one by chance;
here every history does.
"""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.histories import Amending, Erasing, Recording, Step, histories, record
from tests.properties.support import (
    Bug,
    Database,
    Desk,
    Pointers,
    asked,
    everything,
    examples,
    fails,
    pointed_at,
    pointers,
    told,
)
from tests.properties.test_copies import exported
from tracker.application import keeping
from tracker.domain.events import TEXT_FIELDS, Event, TextErased, account_of
from tracker.store import erasing, event_log
from tracker.store.event_log import root_at
from tracker.store.schema import disclosures

_erasings = st.builds(Erasing, fact=st.integers(0, 11), field=st.sampled_from(TEXT_FIELDS))
GIVEN: dict[str, st.SearchStrategy[Any]] = {
    "before": st.builds(
        lambda steps, last: [*steps, last],
        histories(max_size=14),
        st.just(Recording(slug=0, note="said so")),
    ),
    "erasings": st.lists(_erasings, min_size=1, max_size=4),
    "after": st.lists(
        _erasings | st.builds(Amending, fact=st.integers(0, 11), note=st.just("anew")), max_size=4
    ),
    "where": pointers(3),
}


def texts(database: Database) -> set[tuple[int, str]]:
    """Where there are texts: (position, field)."""
    with database.asking() as connection:
        query = sa.select(disclosures.c.position, disclosures.c.field)
        return {(row.position, row.field) for row in connection.execute(query)}


def erased(history: list[Event]) -> set[tuple[int, str]]:
    """The places that the log says were erased, worked out from its events alone."""
    found = set()
    for erasure in history:
        if not isinstance(erasure.what, TextErased):
            continue
        fact, field = erasure.what.fact, erasure.what.field
        for event in history[: erasure.position]:
            account = account_of(event.what)
            if account is None or fact not in (event.event_id, getattr(event.what, "fact", None)):
                continue
            if field == "note":
                found.add((event.position, "note"))
            else:
                found |= {
                    (event.position, f"sources/{n}/quote") for n in range(len(account.sources))
                }
    return found


def what_an_erasure_changes(
    desk: Desk, before: list[Step], erasings: list[Step], after: list[Step], where: Pointers
) -> None:
    database, copy = desk.database(0), desk.database(1)
    history = record(database.engine, before)
    size = len(history)
    had = texts(database)
    with database.asking() as connection:
        root = root_at(connection, size)
        answers = [asked(connection, at) for at in pointed_at(history, where)]
    record(database.engine, erasings)
    history = record(database.engine, after)
    # What is gone is what the log says, in every version up to then; all else is still there.
    assert {place for place in texts(database) if place[0] <= size} == had - erased(history)
    with database.asking() as connection:
        assert root_at(connection, size) == root
        assert [asked(connection, at) for at in pointed_at(history[:size], where)] == answers
        assert [told(history, at) for at in pointed_at(history[:size], where)] == answers
    report = keeping.verify(database.engine)
    assert report.unexplained == 0
    keeping.restore(copy.engine, exported(database).splitlines(keepends=True))
    assert keeping.verify(copy.engine, log_only=True) == evolve(report, projections=())
    with database.asking() as one, copy.asking() as other:
        for at in pointed_at(history, where):
            assert everything(other, at) == everything(one, at)


@given(**GIVEN)
@examples(8)
def test_what_an_erasure_changes(
    desk: Desk, before: list[Step], erasings: list[Step], after: list[Step], where: Pointers
) -> None:
    """The texts it names, in every version so far; no root, no status, and no other text."""
    what_an_erasure_changes(desk, before, erasings, after, where)


def a_quote_stays(bug: pytest.MonkeyPatch) -> None:
    """That of every source but the first."""
    bug.setattr(erasing, "_PLACES", {"note": "note", "quote": "sources/0/quote"})


def the_versions_stay(bug: pytest.MonkeyPatch) -> None:
    """Only the text of the first version goes."""
    bug.setattr(erasing, "_TOLD", ("recorded",))


def too_much_goes(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(erasing, "_PLACES", {"note": "%", "quote": "%"})


def what_comes_after_goes_too(bug: pytest.MonkeyPatch) -> None:
    """Where several events are written at once, as in a restore."""
    right = erasing.delete_texts
    bug.setattr(event_log, "delete_texts", lambda c, fact, field, _: right(c, fact, field, 10**9))


def it_is_only_said(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(event_log, "delete_texts", lambda *_: 0)


@pytest.mark.parametrize(
    "seeded",
    [
        a_quote_stays,
        the_versions_stay,
        too_much_goes,
        what_comes_after_goes_too,
        it_is_only_said,
    ],
)
def test_a_sloppy_erasure_is_noticed(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, seeded: Bug
) -> None:
    """A text that should be gone is there, or one is gone that should not be."""
    seeded(monkeypatch)
    assert fails(lambda **drawn: what_an_erasure_changes(sqlite_desk, **drawn), GIVEN)
