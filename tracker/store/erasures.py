"""Which texts the log says were erased: erased and lost are two things."""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import Self

import sqlalchemy as sa
from attrs import field, mutable
from sqlalchemy.engine import Connection

from tracker.domain.events import TextErased, TextField


def text_field_of(place: str) -> TextField:
    """The field that a place in the content of an event belongs to: ``sources/0/quote``, quote."""
    return "note" if place == "note" else "quote"


@mutable
class Erasures:
    """The erasures of a whole log; :meth:`of` must be called for its events in their order.

    These rows are not verified yet. Malformed ones are ignored here; ``verify`` reports them when
    it reaches them.
    """

    _last: dict[Hashable, int] = field(factory=dict)
    _reached: dict[Hashable, set[str]] = field(factory=dict)

    @classmethod
    def read(cls, connection: Connection) -> Self:
        """Return the erasures of the log behind *connection*."""
        query = sa.text(
            "SELECT position, fact, body FROM events WHERE kind = :kind ORDER BY position"
        )
        last: dict[Hashable, int] = {}
        try:
            for position, fact, body in connection.execute(query, {"kind": TextErased.KIND}):
                last[fact, _named(body)] = position
        except sa.exc.DBAPIError as error:
            if "decode" not in str(error.orig).lower():
                raise
        return cls(last)

    def of(self, fact: object, place: str, position: int, sha256: str) -> int | None:
        """Return the position of the erasure that deleted a text; None where there is none.

        The text is the one that the event at *position*, of a *fact*, commits to by *sha256*. An
        erasure reaches the versions before it, and those after it that carry the same hash on.
        """
        if not self._last:
            return None
        key = (fact, text_field_of(place))
        last = self._last.get(key)
        if last is None:
            return None
        reached = self._reached.setdefault(key, set())
        if position < last:
            reached.add(sha256)
        return last if sha256 in reached else None


def _named(body: object) -> str | None:
    try:
        return str(json.loads(body)["content"]["field"]) if isinstance(body, str) else None
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
