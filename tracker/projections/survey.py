"""The first look at the log: what is no plain fact, and what no read table could take in."""

from __future__ import annotations

from attrs import frozen
from sqlalchemy.engine import Connection

from tracker.domain.viewpoint import OPEN
from tracker.errors import Damaged, Unavailable
from tracker.store.codec import KINDS
from tracker.store.event_log import Row
from tracker.store.reading import rows
from tracker.store.upcasters import SCHEMA, upcast


@frozen
class Survey:
    """What the first pass finds in a span of events.

    *rare*: the events in it that are not about facts. *ordered*: the initiatives in which a fact
    names an explicit predecessor (`after`).
    """

    rare: list[Row]
    ordered: set[str]

    @classmethod
    def of(cls, connection: Connection, start: int, end: int) -> Survey:
        """Return the survey of the events after *start*, up to *end*.

        Raise Unavailable for an event that this program does not know, and Damaged for one that is
        part of no fact or initiative: none is skipped, and nothing is guessed about it.
        """
        found = cls([], set())
        span = {"start": start, "end": end, "newest": SCHEMA}
        for row in rows(connection, _SURVEY, span):
            position, kind, schema, initiative, version, ordered, has_no_place, body = row
            _check_known(kind, schema)
            if has_no_place:
                raise misplaced(position)
            if ordered:
                found.ordered.add(initiative)
            if body is not None:
                rare = {"position": position, "kind": kind, "initiative": initiative}
                found.rare.append({**rare, "version": version, "body": body})
        return found


def check_placed(connection: Connection, start: int, end: int) -> None:
    """Raise Damaged for a fact of an initiative that is not in ``rebuilt_initiatives``."""
    span = {"start": start, "end": end, "open": OPEN}
    for (position,) in rows(connection, _UNPLACED, span):
        raise misplaced(position)


def _check_known(kind: str, schema: int) -> None:
    if kind in KINDS and 1 <= schema <= SCHEMA:
        return
    upcast(kind, schema, {})
    message = (
        f"the log holds an event of kind {kind!r}, which this tracker does not know; "
        "install a newer tracker"
    )
    raise Unavailable(message)


def misplaced(position: int) -> Damaged:
    """Return the error to raise for the event at *position*, of which no row can be made."""
    return Damaged(
        f"event @{position} belongs to no fact or initiative before it, so the read tables "
        "cannot be made; see: tracker verify"
    )


# What the first pass has to see: all that is no plain fact in its place.
_SURVEY = """
    SELECT e.position, e.kind, e.schema, e.initiative, e.version,
           CASE WHEN e.after_fact IS NOT NULL THEN 1 ELSE 0 END AS ordered,
           CASE WHEN e.kind IN ('recorded', 'amended', 'withdrawn') AND {misplaced}
                THEN 1 ELSE 0 END AS misplaced,
           CASE WHEN e.kind NOT IN ('recorded', 'amended', 'withdrawn') THEN e.body END AS body
    FROM events e
    WHERE e.position > :start AND e.position <= :end
      AND (e.kind <> 'recorded' AND e.kind <> 'amended' AND e.kind <> 'withdrawn'
           OR e.schema < 1 OR e.schema > :newest OR e.after_fact IS NOT NULL OR {misplaced})
    ORDER BY e.position
""".replace(
    "{misplaced}",
    "(e.initiative IS NULL OR e.fact IS NULL OR e.fact > e.position"
    " OR e.kind <> 'withdrawn' AND (e.mode IS NULL OR e.type IS NULL))",
)

# What no row could be made of.
_UNPLACED = """
    SELECT e.position FROM events e
    LEFT JOIN rebuilt_initiatives i ON i.initiative = e.initiative AND i.k_to = :open
    WHERE e.position > :start AND e.position <= :end
      AND e.kind IN ('recorded', 'amended', 'withdrawn') AND i.initiative IS NULL
    ORDER BY e.position LIMIT 1
"""
