"""Search: where words are found in what stands at a viewpoint."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from tracker.application import replaying
from tracker.application.items import text_item
from tracker.application.overview.shared import parts, standings
from tracker.domain.events import Account, account_of
from tracker.domain.evidence import Erased
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.viewpoint import Viewpoint
from tracker.errors import CalledWrongly
from tracker.projections.portfolio import Standing
from tracker.store import event_log
from tracker.store.schema import fact_versions, plan_versions


@frozen
class Hit:
    """Where words were found: in an initiative itself, or in a fact, best in its *field*."""

    initiative: str
    title: str
    fact: str | None
    position: int | None
    on: str | None
    type: str | None
    field: str
    excerpt: str


@frozen
class Words:
    """What is looked for: every word, whatever its case, anywhere in a text."""

    folded: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Words:
        """The words of *text*; CalledWrongly if there are none."""
        words = tuple(dict.fromkeys(_folded(text).split()))
        if not words:
            raise CalledWrongly("there is nothing to search for; write at least one word")
        return cls(words)

    def best(self, fields: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
        """The field that most of the words are in, and an excerpt; None unless all are in some."""
        missing = set(self.folded)
        best: tuple[int, str, str] | None = None
        for name, text in fields:
            folded = _folded(text)
            inside = {word for word in self.folded if word in folded}
            missing -= inside
            if inside and (best is None or len(inside) > best[0]):
                best = (len(inside), name, text)
        if missing or best is None:
            return None
        return best[1], self.excerpt(best[2])

    def excerpt(self, text: str, around: int = 60) -> str:
        """The part of *text* about the first of the words in it."""
        text = " ".join(unicodedata.normalize("NFC", text).split())
        ends = list(accumulate(len(each.casefold()) for each in text))
        folded = text.casefold()
        found = [(folded.find(word), len(word)) for word in self.folded if word in folded]
        at, length = min(found, default=(0, 0))
        first, last = bisect_right(ends, at), bisect_right(ends, at + length - 1)
        start, stop = max(first - around, 0), min(last + around, len(text))
        start = _word_start(text, start, first) if start else 0
        stop = _word_stop(text, stop, last) if stop < len(text) else stop
        before, after = "…" if start else "", "…" if stop < len(text) else ""
        return f"{before}{text[start:stop]}{after}"


def search(
    connection: Connection, at: Viewpoint, words: Words, only: frozenset[str] | None = None
) -> Iterator[Hit]:
    """Where all *words* are found in what stands at the viewpoint; it streams, by initiative."""
    for part in parts(standings(connection, at, only)):
        places = _places(connection, at, [standing.initiative for standing in part])
        for standing in part:
            hit = _hit_in_profile(standing, words)
            if hit is not None:
                yield hit
            theirs = places.get(standing.initiative, [])
            for start in range(0, len(theirs), replaying.BATCH):
                some = theirs[start : start + replaying.BATCH]
                yield from _hits_in_facts(connection, standing, some, words)


def _places(
    connection: Connection, at: Viewpoint, slugs: Sequence[str]
) -> dict[str, list[tuple[int, int, int]]]:
    """What stands of each initiative, as (first position, number, position of the version)."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    for table in (fact_versions, plan_versions):
        columns = table.c
        query = sa.select(columns.initiative, columns.fact, columns.number, columns.position).where(
            columns.initiative.in_(slugs), columns.k_from <= at.position, columns.k_to > at.position
        )
        if table is fact_versions:
            query = query.where(columns.lo <= at.as_of.isoformat())
        for slug, *place in connection.execute(query):
            found.setdefault(slug, []).append((place[0], place[1], place[2]))
    for places in found.values():
        places.sort()
    return found


def _hit_in_profile(standing: Standing, words: Words) -> Hit | None:
    profile = standing.profile
    best = words.best((("title", profile.title), ("summary", profile.summary or "")))
    if best is None:
        return None
    return Hit(standing.initiative, profile.title, None, None, None, None, *best)


def _hits_in_facts(
    connection: Connection,
    standing: Standing,
    places: Sequence[tuple[int, int, int]],
    words: Words,
) -> Iterator[Hit]:
    told = event_log.read_at(connection, (position for _, _, position in places))
    for _, number, position in places:
        account = account_of(told[position].what)
        best = words.best(_fields(account, standing.lifecycle)) if account else None
        if account is None or best is None:
            continue
        yield Hit(
            standing.initiative,
            standing.profile.title,
            f"{standing.initiative}#{number}",
            position,
            None if account.on.edtf == "../.." else account.on.edtf,
            account.type,
            *best,
        )


def _fields(account: Account, lifecycle: Lifecycle) -> Iterator[tuple[str, str]]:
    """The texts of a fact, by the name of their field; what was erased is not there."""
    known = lifecycle.development(account.type)
    yield "note", _text(account.note)
    for source in account.sources:
        yield "quote", _text(source.quote)
        said = (source.title, source.publisher, source.document, source.url)
        yield "source", " · ".join(part for part in said if part)
    yield "stated_by", account.stated_by or ""
    yield "type", f"{account.type} {known.title}" if known else account.type


def _text(text: Any) -> str:
    return "" if isinstance(text, Erased) else text_item(text) or ""


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _word_start(text: str, start: int, limit: int) -> int:
    blank = text.find(" ", start, limit)
    return blank + 1 if blank >= 0 else start


def _word_stop(text: str, stop: int, limit: int) -> int:
    blank = text.rfind(" ", limit, stop)
    return blank if blank > limit else stop


def hit_item(hit: Hit) -> dict[str, Any]:
    """An item of ``search``."""
    return {
        "initiative": hit.initiative,
        "title": hit.title,
        "fact": hit.fact,
        "position": hit.position,
        "on": hit.on,
        "type": hit.type,
        "field": hit.field,
        "excerpt": hit.excerpt,
    }
