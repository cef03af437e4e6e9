"""Check that every projection equals a replay of the log."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from tracker.errors import Damaged
from tracker.projections.from_zero import Progress
from tracker.projections.projection import choose
from tracker.projections.rebuild import replayed


def check(connection: Connection, progress: Progress | None = None) -> tuple[str, ...]:
    """Compare every projection with a replay of the log, and return the names of the projections.

    *connection* must see one state of the database throughout. Raises Damaged, naming the first
    row that differs, with the command that mends it.
    """
    chosen = choose(())
    report = replayed(connection, chosen, progress, listed=1)
    if report.differences:
        count = sum(report.differing.values())
        others = f" and {count - 1} more of the read tables differ" if count > 1 else ""
        message = (
            f"the log is sound, but {report.differences[0]}{others}; make them again with: "
            "tracker rebuild"
        )
        raise Damaged(message)
    return tuple(each.name for each in chosen if report.rows.keys() >= set(each.tables))
