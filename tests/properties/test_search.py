"""The index only says where to look: what a search finds is what the definition finds.

The definition is told here once more over a plain list of events. The index is behind the log, so
that part of every history is looked through, and it knows of texts that were erased since.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator, Sequence
from typing import Any
from unittest.mock import patch

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.histories import SLUGS, Erasing, Recording, Step, histories, record
from tests.properties.support import (
    Bug,
    Database,
    Desk,
    Pointers,
    examples,
    fails,
    pointed_at,
    pointers,
)
from tracker.application.overview import Hit, Words, search
from tracker.domain.events import TEXT_FIELDS, Event, account_of
from tracker.domain.facts import FactVersion, PlanVersion, picture
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.searched import account_texts, profile_texts
from tracker.domain.viewpoint import Viewpoint
from tracker.errors import CalledWrongly
from tracker.projections import search as indexing
from tracker.projections.projection import SEARCH
from tracker.projections.rebuild import rebuild, replayed
from tracker.store import search_index
from tracker.store.event_log import read

# The package has a function of that name.
overview_search: Any = importlib.import_module("tracker.application.overview.search")

TEXTS = (
    "Straße nach Ulan-Ude",
    "İSTANBUL ﬁnal ǰ K",
    "they said \"NEAR\" -words:* & | ! <-> (or) \\ %_ 'quoted'",
    "коридор Север—Юг",
    "国际运输走廊 e\u0301 é 😀😀😀",
    "il-1 report begun opened",
)
_tellings = st.builds(Recording, slug=st.integers(0, 1), note=st.sampled_from(TEXTS))
_erasings = st.builds(Erasing, fact=st.integers(0, 11), field=st.sampled_from(TEXT_FIELDS))


def _interleaved(steps: list[Step], others: list[Step]) -> list[Step]:
    """The first two steps register what the others are about."""
    mixed = [step for pair in zip(steps[2:], others, strict=False) for step in pair]
    rest = max(steps[2 + len(others) :], others[len(steps[2:]) :], key=len)
    return [*steps[:2], *mixed, *rest]


Picks = list[list[tuple[int, int, int]]]
"""What to look for: words, each a part of some text: (text, from where, how long)."""

GIVEN: dict[str, st.SearchStrategy[Any]] = {
    "before": st.builds(
        _interleaved, histories(max_size=12), st.lists(_tellings, min_size=1, max_size=4)
    ),
    "after": st.lists(_tellings | _erasings, max_size=4),
    "where": pointers(3),
    "picks": st.lists(
        st.lists(
            st.tuples(st.integers(0, 2**16), st.integers(0, 2**16), st.integers(1, 12)),
            min_size=1,
            max_size=2,
        ),
        min_size=3,
        max_size=3,
    ),
}


def _definition(history: Sequence[Event], at: Viewpoint, words: Words) -> Iterator[Hit]:
    for slug in sorted(SLUGS):
        known = picture(history, slug, at.position)
        if known is None or known.retired is not None:
            continue
        nowhere = Hit(slug, known.profile.title, None, None, None, None, "", "")
        best = words.best(profile_texts(slug, known.profile))
        if best is not None:
            yield evolve(nowhere, field=best[0], excerpt=best[1])
        happened = [each for each in known.developments if each.lo <= at.as_of]
        versions: list[FactVersion | PlanVersion] = [*happened, *known.plans]
        for version in sorted(versions, key=lambda each: each.fact):
            account = account_of(history[version.position - 1].what)
            assert account is not None
            kind = _type_text(account.type, known.lifecycle)
            best = words.best((*account_texts(account), ("type", kind)))
            if best is not None:
                yield evolve(
                    nowhere,
                    fact=f"{slug}#{version.number}",
                    position=version.position,
                    on=None if account.on.edtf == "../.." else account.on.edtf,
                    type=account.type,
                    field=best[0],
                    excerpt=best[1],
                )


def _type_text(kind: str, lifecycle: Lifecycle) -> str:
    found = lifecycle.development(kind)
    return " · ".join((f"{kind} {found.title}", *found.aliases)) if found else kind


def _said(history: Sequence[Event]) -> list[str]:
    """Texts of a history, and some that are not in it."""
    told = [event.what for event in history]
    profiles = [what.profile for what in told if hasattr(what, "profile")]
    accounts = [account for account in map(account_of, told) if account is not None]
    found = [text for profile in profiles for _, text in profile_texts(SLUGS[0], profile)]
    for account in accounts:
        found += [account.type, *(text for _, text in account_texts(account))]
    return [text for text in (*found, *TEXTS) if text.strip()]


def _looked_for(history: Sequence[Event], picks: Picks) -> Iterator[Words]:
    said = _said(history)
    for several in picks:
        words = []
        for text, start, length in several:
            chosen = said[text % len(said)]
            at = start % len(chosen)
            words.append(chosen[at : at + length])
        with contextlib.suppress(CalledWrongly):
            yield Words.of(" ".join(words))


def _indexed(database: Database) -> None:
    with patch.object(indexing, "WORTH", 1), patch.object(indexing, "STEP", 3):
        assert indexing.catch_up(database.engine)


def the_index_finds_what_is_there(
    desk: Desk, before: list[Step], after: list[Step], where: Pointers, picks: Picks
) -> None:
    database = desk.database()
    size = len(record(database.engine, before))
    _indexed(database)
    record(database.engine, after)
    with database.asking() as connection:
        history = list(read(connection))
        assert search_index.reached(connection) == size
        for at in pointed_at(history, where):
            for words in _looked_for(history, picks):
                found = list(search(connection, at, words))
                assert found == list(_definition(history, at, words)), words
        assert replayed(connection, [SEARCH]).differences == ()
    report = rebuild(database.engine, names=["search"])
    assert report.differing == {"search_words": 0}
    with database.asking() as connection:
        assert search_index.reached(connection) == len(history)
        for at in pointed_at(history, where):
            for words in _looked_for(history, picks):
                found = list(search(connection, at, words))
                assert found == list(_definition(history, at, words)), words


@given(**GIVEN)
@examples(25)
def test_the_index_finds_what_is_there(
    desk: Desk, before: list[Step], after: list[Step], where: Pointers, picks: Picks
) -> None:
    """At every viewpoint, whatever is looked for; behind the log, and when it has all of it."""
    the_index_finds_what_is_there(desk, before, after, where, picks)


def what_came_after_is_forgotten(bug: pytest.MonkeyPatch) -> None:
    right = overview_search._Sieve.initiatives

    def wrong(self: Any, connection: Any) -> frozenset[str]:
        found: frozenset[str] = right(evolve(self, position=self.reached), connection)
        return found

    bug.setattr(overview_search._Sieve, "initiatives", wrong)


def the_index_minds_the_case(bug: pytest.MonkeyPatch) -> None:
    bug.setattr("tracker.domain.searched.folded", lambda text: text)


def a_word_is_looked_for_from_its_beginning(bug: pytest.MonkeyPatch) -> None:
    """As a search for prefixes would, and one that takes words apart."""
    right = search_index.row_of

    def wrong(event: Event) -> search_index.Row | None:
        row = right(event)
        if row is not None and row["words"] is not None:
            row["words"] = " ".join(word.split("-")[0] for word in row["words"].split())
        return row

    bug.setattr(indexing, "row_of", wrong)


def an_erasure_leaves_the_index(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(search_index, "renew", lambda *_: None)


def what_was_erased_takes_the_rest_with_it(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(search_index, "renew", search_index.take_out)


@pytest.mark.parametrize(
    "seeded",
    [
        what_came_after_is_forgotten,
        the_index_minds_the_case,
        a_word_is_looked_for_from_its_beginning,
        an_erasure_leaves_the_index,
        what_was_erased_takes_the_rest_with_it,
    ],
)
def test_a_careless_index_is_noticed(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, seeded: Bug
) -> None:
    """A hit is lost, or a word is still in the index that is no longer in the log."""
    seeded(monkeypatch)
    assert fails(lambda **drawn: the_index_finds_what_is_there(sqlite_desk, **drawn), GIVEN)
