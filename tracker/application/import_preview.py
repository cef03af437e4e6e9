"""What an import changes: new initiatives, moves of phase, findings, and repeated developments.

It is worked out by comparing the log before and after the import, so that a dry run and the import
itself report the same. Of each sort a few are shown and all are counted, however long the file is.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Generic, TypeVar

import sqlalchemy as sa
from attrs import field, frozen, mutable
from sqlalchemy.engine import Connection

from tracker import clock
from tracker.application import items
from tracker.application.import_rows import Lines
from tracker.application.new_findings import PART, new_among, touched
from tracker.domain.events import Event, account_of
from tracker.domain.evidence import Source
from tracker.domain.findings import Finding
from tracker.domain.viewpoint import Viewpoint
from tracker.projections.batches import batches
from tracker.projections.portfolio import Standing, status_of_all
from tracker.store.event_log import read_at
from tracker.store.schema import fact_versions
from tracker.store.uncollected import uncollected

SHOWN: Final = 20
"""As many of each sort are shown as fit on a screen; the rest is counted."""

MOST_DEVELOPMENTS: Final = 5_000
"""An initiative with more is passed over when findings are looked for: all of them would have to be
in memory at once."""

TOGETHER: Final = 20_000
"""As many developments are looked through together, of initiatives that are shorter."""

T = TypeVar("T")


@mutable
class Some(Generic[T]):
    """The first of many, and how many there are."""

    count: int = 0
    shown: list[T] = field(factory=list)

    def add(self, one: T) -> None:
        """Count *one*, and keep it while there is room."""
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(one)


@frozen
class Move:
    """An initiative whose phase or condition is another after the import."""

    initiative: str
    before: Standing
    after: Standing


@frozen
class Again:
    """A row that repeats a development of another fact: it has the same type and date.

    *fact* is the fact that the row was recorded as, *other* the earlier one, by their handles;
    *sources* are those of the row. *is_other_source* says that none of them is among those of the
    other, *is_in_log* that the other was in the log before the import. *command* adds the source of
    the row to the other fact; None where it has that source already, or is not in the log yet.
    """

    file: str
    line: int
    fact: str
    other: str
    type: str
    on: str
    sources: tuple[Source, ...]
    is_other_source: bool
    is_in_log: bool
    command: str | None


@frozen
class Preview:
    """What an import changes; *moved* counts the moves from one phase to another.

    *new* are the initiatives that it registers. *found* counts the findings by their kinds;
    *passed_over* are initiatives too long for their findings to be looked for.
    """

    new: Some[Standing] = field(factory=Some[Standing])
    moves: Some[Move] = field(factory=Some[Move])
    moved: Counter[tuple[str, str]] = field(factory=Counter)
    findings: Some[tuple[str, Finding]] = field(factory=Some[tuple[str, Finding]])
    found: Counter[str] = field(factory=Counter)
    passed_over: Some[str] = field(factory=Some[str])
    again: Some[Again] = field(factory=Some[Again])


def preview(
    connection: Connection,
    positions: tuple[int, int],
    adopted: Sequence[str],
    lines: Lines,
    *,
    is_recorded: bool,
) -> Preview:
    """Return what the events after the first of *positions*, up to the second, change as of today.

    *adopted* are the lifecycles among them; *lines* has the file and line of each. *is_recorded*
    says that they were recorded, and not only tried in a dry run.
    """
    today = clock.today()
    before, after = (Viewpoint(today, position) for position in positions)
    found = Preview()
    for part in _parts(connection, after, touched(connection, before, after, adopted)):
        _compare(connection, before, after, part, found)
    _look_for_same(connection, positions, lines, found, is_recorded=is_recorded)
    return found


# -- status ----------------------------------------------------------------------------------------


@frozen
class _Part:
    """Some initiatives that are looked at together; one that *is_too_long* is alone."""

    slugs: list[str]
    is_too_long: bool = False


def _compare(
    connection: Connection, before: Viewpoint, after: Viewpoint, part: _Part, found: Preview
) -> None:
    with uncollected():
        stood, stands = (status_of_all(connection, at, part.slugs) for at in (before, after))
    _compare_states({each.initiative: each for each in stood}, stands, found)
    if part.is_too_long:
        found.passed_over.add(part.slugs[0])
        return
    for slug, finding in new_among(connection, (before, stood), (after, stands)):
        found.findings.add((slug, finding))
        found.found[finding.kind] += 1


def _compare_states(
    stood: Mapping[str, Standing], stands: Iterable[Standing], found: Preview
) -> None:
    for standing in stands:
        earlier = stood.get(standing.initiative)
        if earlier is None:
            found.new.add(standing)
        elif _place(earlier) != _place(standing):
            found.moves.add(Move(standing.initiative, earlier, standing))
            if earlier.status.phase != standing.status.phase:
                found.moved[earlier.status.phase, standing.status.phase] += 1


def _place(standing: Standing) -> tuple[object, ...]:
    status = standing.status
    return status.phase, status.condition, status.outcome


def _parts(connection: Connection, after: Viewpoint, slugs: Sequence[str]) -> Iterator[_Part]:
    """Split *slugs*, in their order, into parts with a limited number of developments."""
    facts = fact_versions.c
    part, room = list[str](), TOGETHER
    for some in batches(slugs, PART):
        query = (
            sa.select(facts.initiative, sa.func.count())
            .where(facts.initiative.in_(some), *_stands(fact_versions, after.position))
            .group_by(facts.initiative)
        )
        counts = {row[0]: row[1] for row in connection.execute(query)}
        for slug in some:
            count = counts.get(slug, 0)
            is_too_long = count > MOST_DEVELOPMENTS
            if part and (is_too_long or count > room or len(part) == PART):
                yield _Part(part)
                part, room = [], TOGETHER
            if is_too_long:
                yield _Part([slug], is_too_long=True)
                continue
            part.append(slug)
            room -= count
    if part:
        yield _Part(part)


def _stands(table: sa.FromClause, position: int) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.k_from <= position, table.c.k_to > position


# -- what was told already -------------------------------------------------------------------------


def _look_for_same(
    connection: Connection,
    positions: tuple[int, int],
    lines: Lines,
    found: Preview,
    *,
    is_recorded: bool,
) -> None:
    result = connection.execute(_same_again(positions), execution_options={"stream_results": True})
    pairs = Some[tuple[int, int]]()
    for row in result:
        pairs.add((row.fact, row.other))
    found.again.count = pairs.count
    told = read_at(connection, [position for pair in pairs.shown for position in pair])
    found.again.shown += [
        _again(told[fact], told[other], positions[0], lines, is_recorded=is_recorded)
        for fact, other in pairs.shown
    ]


def _same_again(positions: tuple[int, int]) -> sa.Select[tuple[int, int]]:
    """Return a query for the new developments that repeat an earlier fact, with the first such."""
    start, end = positions
    new, old = fact_versions.alias("new"), fact_versions.alias("old")
    first = (
        sa.select(old.c.fact)
        .where(
            *(getattr(old.c, name) == getattr(new.c, name) for name in _SAME),
            old.c.fact < new.c.fact,
            *_stands(old, end),
        )
        .order_by(old.c.rank, old.c.fact)
        .limit(1)
        .scalar_subquery()
    )
    pairs = (
        sa.select(new.c.fact.label("fact"), first.label("other"))
        .where(new.c.fact > start, new.c.k_from > start, *_stands(new, end))
        .subquery()
    )
    query = sa.select(pairs.c.fact, pairs.c.other).where(pairs.c.other.is_not(None))
    return query.order_by(pairs.c.fact)


_SAME = ("initiative", "hi", "lo", "type", "edtf")


def _again(new: Event, old: Event, start: int, lines: Lines, *, is_recorded: bool) -> Again:
    file, line = lines.place(new.position)
    account, other = account_of(new.what), account_of(old.what)
    sources = account.sources if account else ()
    known = other.sources if other else ()
    is_other = not any(one.is_same_origin(two) for one in sources for two in known)
    is_in_log = old.position <= start
    return Again(
        file=file,
        line=line,
        fact=new.handle,
        other=old.handle,
        type=account.type if account else "",
        on=account.on.edtf if account else "",
        sources=sources,
        is_other_source=is_other,
        is_in_log=is_in_log,
        command=_command(old.handle, sources) if is_other and (is_in_log or is_recorded) else None,
    )


_ADDED = {
    "title": "--add-title",
    "publisher": "--add-publisher",
    "published_on": "--add-published",
    "accessed_on": "--add-accessed",
    "quote": "--add-quote",
    "grade": "--add-grade",
}


def _command(handle: str, sources: Sequence[Source]) -> str:
    """Return the command that adds *sources* to a fact; of one, with all that is said of it."""
    words = ["tracker", "amend", handle]
    for source in sources:
        words += ["--add-source", source.url or source.document or source.name]
    if len(sources) == 1:
        for name, option in _ADDED.items():
            part = getattr(sources[0], name)
            words += [option, part] if isinstance(part, str) and part else []
    told = shlex.join([*words, "--reason", "told by another source too"])
    return told.replace(shlex.quote(handle), handle)  # no shell takes that # for a comment


# -- as data ---------------------------------------------------------------------------------------


def preview_item(found: Preview) -> dict[str, object]:
    """Return *found* as an item for JSON."""
    return {
        "initiatives": _some(found.new, _new_item),
        "moves": {
            **_some(found.moves, _move_item),
            "phases": [
                {"before": before, "after": after, "count": count}
                for (before, after), count in sorted(found.moved.items())
            ],
        },
        "findings": {
            **_some(found.findings, _finding_item),
            "kinds": [{"kind": kind, "count": n} for kind, n in sorted(found.found.items())],
            "passed_over": found.passed_over.count,
        },
        "told_again": _some(found.again, _again_item),
    }


def _some(found: Some[T], item: Callable[[T], Mapping[str, object]]) -> dict[str, object]:
    return {"count": found.count, "shown": [item(one) for one in found.shown]}


def _state(standing: Standing) -> dict[str, object]:
    status = standing.status
    return {"phase": status.phase, "condition": status.condition, "outcome": status.outcome}


def _new_item(new: Standing) -> dict[str, object]:
    profile = new.profile
    named = {"initiative": new.initiative, "title": profile.title, "lifecycle": profile.lifecycle}
    return {**named, **_state(new)}


def _move_item(move: Move) -> dict[str, object]:
    return {
        "initiative": move.initiative,
        "before": _state(move.before),
        "after": _state(move.after),
    }


def _finding_item(found: tuple[str, Finding]) -> dict[str, object]:
    slug, finding = found
    return {"initiative": slug, **items.finding_item(finding)}


def _again_item(again: Again) -> dict[str, object]:
    return {
        "file": again.file,
        "line": again.line,
        "fact": again.fact,
        "other": again.other,
        "type": again.type,
        "on": again.on,
        "other_source": again.is_other_source,
        "in_log": again.is_in_log,
        "command": again.command,
    }
