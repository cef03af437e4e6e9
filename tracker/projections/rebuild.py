"""Make the read tables again from the log, beside the old ones, and swap in what differs.

While the log is read, others may append: the rows that the log gives are worked out and looked up
in the live tables; where some are missing, a copy is made (:mod:`tracker.projections.from_zero`).
Then, under the lock of the log and in one transaction, the events appended meanwhile are applied,
the copy is compared with the live tables, and the rows that differ are replaced. So an append comes
wholly before that or wholly after it, and is never missed. The copies are temporary tables of one
connection, so that nothing is left of a rebuild that is killed.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from attrs import evolve, frozen
from sqlalchemy.engine import Connection, Engine

from tracker.projections import comparison, from_zero, search
from tracker.projections.comparison import Comparison, Counts, Difference
from tracker.projections.from_zero import FromZero, Progress
from tracker.projections.projection import PROJECTIONS, SEARCH, Projection, choose, remember
from tracker.projections.tables import LIVE, ReadTables
from tracker.store.event_log import reading
from tracker.store.reading import head
from tracker.store.schema import log_head
from tracker.store.writer import writer_of

LISTED = 1000
"""How many differences a report lists of each table by default."""


@frozen
class RebuildReport:
    """What a rebuild made of *events* events.

    *differing* counts, for each table, the rows that were missing, wrong or too many;
    *differences* lists the first of them; *swapped* says that they were put right.
    """

    events: int
    rows: dict[str, int]
    differing: dict[str, int]
    differences: tuple[Difference, ...]
    swapped: bool


def rebuild(
    engine: Engine,
    *,
    names: Sequence[str] = (),
    dry_run: bool = False,
    progress: Progress | None = None,
    listed: int = LISTED,
) -> RebuildReport:
    """Rebuild the projections called *names*, or all; with *dry_run*, only say what differs.

    Raises CalledWrongly for an unknown name, Unavailable for an event that this program does not
    know or for one who may not write the tables, and Damaged for an event that no read table can
    take in.
    """
    chosen = choose(names)
    if dry_run:
        with reading(engine) as connection:
            return replayed(connection, chosen, progress, listed)
    with engine.connect() as connection:
        # Out of the pool, so that the temporary tables end with this connection.
        connection.detach()
        replayable = [each for each in chosen if each != SEARCH]
        report = _rebuilt(connection, replayable, progress, listed)
        if SEARCH not in chosen:
            return report
        # Events that are not indexed yet are no mistake; but where it is named, it is made whole.
        whole = SEARCH.name in names or SEARCH.tables[0] in names
        return _with_search(report, search.remade(connection, listed, whole=whole))


def _rebuilt(
    connection: Connection, chosen: Sequence[Projection], progress: Progress | None, listed: int
) -> RebuildReport:
    with connection.begin():
        writer_of(connection).must_own("make its read tables again")
        position = _head(connection)
    if not chosen:
        return RebuildReport(position, {}, {}, (), swapped=True)
    replay = FromZero(connection, step=connection.begin, progress=progress)
    replay.fill(position)
    connection.execution_options(writing=True)
    with connection.begin():
        replay.catch_up(_head(connection, locked=True))
        return _compared(replay, chosen, listed, swap=True)


def rebuild_here(connection: Connection, progress: Progress | None = None) -> RebuildReport:
    """Rebuild everything inside the transaction of *connection*, which holds the log's lock.

    The index of search is made when somebody searches.
    """
    return _at_once(connection, PROJECTIONS, progress, LISTED, swap=True)


def replayed(
    connection: Connection,
    chosen: Sequence[Projection],
    progress: Progress | None = None,
    listed: int = LISTED,
) -> RebuildReport:
    """Return what a rebuild would change, and change nothing; *connection* must see one state."""
    replayable = [each for each in chosen if each != SEARCH]
    report = RebuildReport(_head(connection), {}, {}, (), swapped=False)
    if replayable:
        report = _at_once(connection, replayable, progress, listed, swap=False)
    if SEARCH not in chosen:
        return report
    return _with_search(report, search.compared(connection, listed))


def _with_search(report: RebuildReport, found: search.Compared) -> RebuildReport:
    (table,) = SEARCH.tables
    if report.rows and not found.rows and not found.differing:
        return report  # nobody has searched yet
    return evolve(
        report,
        rows={**report.rows, table: found.rows},
        differing={**report.differing, table: found.differing},
        differences=(*report.differences, *found.differences),
    )


def _at_once(
    connection: Connection,
    chosen: Sequence[Projection],
    progress: Progress | None,
    listed: int,
    *,
    swap: bool,
) -> RebuildReport:
    replay = FromZero(connection, progress=progress)
    replay.fill(_head(connection))
    report = _compared(replay, chosen, listed, swap=swap)
    from_zero.forget(connection)
    return report


def _compared(
    replay: FromZero, chosen: Sequence[Projection], listed: int, *, swap: bool
) -> RebuildReport:
    connection = replay.connection
    rows: dict[str, int] = {}
    differing: dict[str, int] = {}
    differences: list[Difference] = []
    if not replay.is_whole_outside():
        replay.make_all()
    for live, rebuilt in _pairs(chosen, replay.tables):
        where = replay.compared(live)
        counts = Counts.of(connection, live, rebuilt, where)
        rows[live.name] = counts.rebuilt + replay.outside[live.name]
        differing[live.name] = 0
        if counts.is_equal:
            continue
        found = Comparison.of(connection, live, rebuilt, where)
        differing[live.name] = found.count
        differences += found.first(listed)
        if swap:
            found.mend()
        comparison.forget(connection)
    if swap:
        remember(connection, chosen, replay.position)
    return RebuildReport(replay.position, rows, differing, tuple(differences), swapped=swap)


def _pairs(chosen: Sequence[Projection], rebuilt: ReadTables) -> list[tuple[sa.Table, sa.Table]]:
    wanted = {table for projection in chosen for table in projection.tables}
    both = zip(LIVE.all(), rebuilt.all(), strict=True)
    return [(live, copy) for live, copy in both if live.name in wanted]


def _head(connection: Connection, *, locked: bool = False) -> int:
    if locked:
        connection.execute(sa.select(log_head.c.position).with_for_update())
    return head(connection).position
