"""A story from its beginning, along one of the two axes, and of whom it is told."""

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
    """The slugs that are named and that *filters* fit at the viewpoint; None for all there are."""
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
    """Tell the story up to a viewpoint, of the initiatives *only* or of all; it streams.

    The story always begins at its beginning; *bounds* limit what is shown of it. With *hidden* the
    steps that are not shown come too, so that whoever follows can say what stood.
    """
    if axis == "knowledge":
        return Learning(connection, at, only, bounds).steps(hidden=hidden)
    return completed(connection, happening(connection, at, only), bounds, hidden=hidden)
