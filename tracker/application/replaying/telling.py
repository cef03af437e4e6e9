"""Replay the log from its beginning, along one of the two axes, for chosen initiatives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection

from tracker.application import answers, names
from tracker.application.answers import Filters
from tracker.application.inputs import Axis
from tracker.application.replaying.bounds import EVERYTHING, Bounds
from tracker.application.replaying.happening import completed, happening
from tracker.application.replaying.learning import Learning
from tracker.application.replaying.steps import Step
from tracker.domain.viewpoint import Viewpoint
from tracker.projections import portfolio

if TYPE_CHECKING:
    from tracker.store.driver import Reader


def chosen(
    reader: Reader, at: Viewpoint, initiatives: Sequence[str], filters: Filters
) -> frozenset[str] | None:
    """Return the named slugs that *filters* fit at the viewpoint; None for all initiatives."""
    named = {names.initiative(reader, each, at.position) for each in initiatives}
    if filters == Filters():
        return frozenset(named) if initiatives else None
    fitting = answers.listing(reader, at, filters)  # which refuses a value that none has
    if not initiatives:
        return frozenset(each.initiative for each in fitting)
    standings = portfolio.status_of_all(reader, at, sorted(named))
    return frozenset(each.initiative for each in standings if filters.fits(each))


def replay(
    connection: Connection,
    at: Viewpoint,
    axis: Axis = "world",
    only: frozenset[str] | None = None,
    bounds: Bounds = EVERYTHING,
    *,
    hidden: bool = False,
) -> Iterator[Step]:
    """Yield the steps up to a viewpoint, of the initiatives *only* or of all.

    The replay always starts at the beginning; *bounds* limit which steps are shown. With *hidden*
    the steps that are not shown are yielded too, so that the caller knows the state before.
    """
    if axis == "knowledge":
        return Learning(connection, at, only, bounds).steps(hidden=hidden)
    return completed(connection, happening(connection, at, only), bounds, hidden=hidden)
