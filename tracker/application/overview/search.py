"""Search: where words are found in what stands at a viewpoint.

What counts as a hit is defined here and nowhere else. The index
(:mod:`tracker.store.search_index`) only excludes what cannot be a hit; events that it has not
reached yet are always looked at.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from tracker.application import replaying
from tracker.application.overview.shared import parts, standings
from tracker.domain.events import Account, account_of
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.searched import account_texts, folded, profile_texts
from tracker.domain.viewpoint import Viewpoint
from tracker.errors import CalledWrongly
from tracker.projections.portfolio import Standing, lifecycle_from
from tracker.store import event_log, search_index
from tracker.store.schema import events, fact_versions, lifecycle_versions, plan_versions
from tracker.store.search_index import Wanted

_HALVES = re.compile("[\ud800-\udfff]")


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
    """The words to search for: a text must have every one, in any case and anywhere in it."""

    folded: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Words:
        """Return the words of *text*. Raise CalledWrongly if there are none."""
        words = tuple(dict.fromkeys(folded(text).split()))
        if not words:
            raise CalledWrongly("there is nothing to search for; write at least one word")
        return cls(words)

    @property
    def can_stand(self) -> bool:
        """Whether a log could have the words: no database stores a NUL, or half of a character."""
        return not any("\0" in word or _HALVES.search(word) for word in self.folded)

    def best(self, fields: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
        """The field that most of the words are in, and an excerpt; None unless all are in some."""
        missing = set(self.folded)
        best: tuple[int, str, str] | None = None
        for name, text in fields:
            within = folded(text)
            inside = {word for word in self.folded if word in within}
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
        within = text.casefold()
        found = [(within.find(word), len(word)) for word in self.folded if word in within]
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
    """Yield the hits of all *words* in what stands at the viewpoint, by initiative."""
    if not words.can_stand:
        return
    sieve = _Sieve.of(connection, at, words)
    slugs = sieve.initiatives(connection)
    if only is not None:
        slugs &= only
    for part in parts(_listed(connection, at, slugs)):
        places = _places(connection, at, [standing.initiative for standing in part])
        places = sieve.passed(connection, places)
        for standing in part:
            hit = _hit_in_profile(standing, words)
            if hit is not None:
                yield hit
            theirs = places.get(standing.initiative, [])
            for start in range(0, len(theirs), replaying.BATCH):
                some = theirs[start : start + replaying.BATCH]
                yield from _hits_in_facts(connection, standing, some, words)


Places = dict[str, list[tuple[int, int, int]]]
"""Initiative → its facts that stand, as (first position, number, position of the version)."""


@frozen
class _Sieve:
    """What the index excludes at a viewpoint, whose position may lie beyond the index."""

    wanted: Wanted
    reached: int
    position: int

    @classmethod
    def of(cls, connection: Connection, at: Viewpoint, words: Words) -> _Sieve:
        titles = _titles(connection, at)
        wanted = Wanted(
            {
                word: frozenset(kind for kind, title in titles if word in title)
                for word in words.folded
            }
        )
        return cls(wanted, min(search_index.reached(connection), at.position), at.position)

    def initiatives(self, connection: Connection) -> frozenset[str]:
        """Return the initiatives that may have hits, by the index or by events not in it yet."""
        later = sa.select(events.c.initiative).distinct()
        later = later.where(
            events.c.position > self.reached,
            events.c.position <= self.position,
            events.c.initiative.is_not(None),
        )
        found = set(connection.execute(later).scalars())
        if self.reached:
            found.update(search_index.initiatives(connection, self.wanted, self.reached))
        return frozenset(found)

    def passed(self, connection: Connection, places: Places) -> Places:
        """Return those of *places* that may be hits."""
        if not self.reached or not places:
            return places
        slugs = list(places)
        may_be = set(search_index.positions(connection, self.wanted, self.reached, slugs))
        return {
            slug: [each for each in theirs if each[2] > self.reached or each[2] in may_be]
            for slug, theirs in places.items()
        }


def _titles(connection: Connection, at: Viewpoint) -> list[tuple[str, str]]:
    """The types of every lifecycle in force, each with its other names, folded."""
    table = lifecycle_versions.c
    query = sa.select(table.definition).where(table.k_from <= at.position, table.k_to > at.position)
    lifecycles = map(lifecycle_from, connection.execute(query).scalars())
    return [
        (each.type, folded(_named(each.type, lifecycle)))
        for lifecycle in lifecycles
        for each in lifecycle.developments
    ]


def _listed(connection: Connection, at: Viewpoint, slugs: frozenset[str]) -> list[Standing]:
    """Return the standings of *slugs* that are not retired; many are queried as all are."""
    found = standings(connection, at, slugs if len(slugs) <= _FEW else None)
    return [each for each in found if each.retired is None and each.initiative in slugs]


_FEW = 5_000


def _places(connection: Connection, at: Viewpoint, slugs: Sequence[str]) -> Places:
    """Return the facts of *slugs* that stand at the viewpoint."""
    found: Places = {}
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
    best = words.best(profile_texts(standing.initiative, profile))
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
    """Return the texts of a fact by the name of their field, without those that were erased."""
    yield from account_texts(account)
    yield "type", _named(account.type, lifecycle)


def _named(kind: str, lifecycle: Lifecycle) -> str:
    known = lifecycle.development(kind)
    return " · ".join((f"{kind} {known.title}", *known.aliases)) if known else kind


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
