"""What a person calls things, and what they are: initiatives, facts and lifecycles."""

from __future__ import annotations

import re
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tracker.application.viewpoints import LONGEST, position_of
from tracker.domain.nearest import did_you_mean
from tracker.domain.viewpoint import OPEN
from tracker.errors import CalledWrongly, NotFound, Refused
from tracker.store.schema import events, initiatives, links

_HANDLE = re.compile(r"(?P<slug>[^#@\s]+)#(?P<number>\d+)", re.ASCII)
_SHOWN = 5


def initiative(connection: Connection, text: str, position: int | None = None) -> str:
    """The slug that *text* names, itself or by an unambiguous beginning.

    *position* is the knowledge asked with (None: now). Raises NotFound with the nearest names,
    CalledWrongly for a beginning that several share.
    """
    text = text.strip()
    known = OPEN - 1 if position is None else position
    there = sa.and_(initiatives.c.k_from <= known, initiatives.c.k_to > known)
    exact = sa.select(initiatives.c.initiative).where(initiatives.c.initiative == text, there)
    if connection.execute(exact).first() is not None:
        return text
    begins = sa.and_(initiatives.c.initiative >= text, initiatives.c.initiative < text + "\x7f")
    query = (
        sa.select(initiatives.c.initiative)
        .where(begins, there)
        .order_by(initiatives.c.initiative)
        .limit(_SHOWN + 1)
    )
    found = list(connection.execute(query).scalars()) if text else []
    if len(found) == 1:
        return str(found[0])
    if found:
        more = ", …" if len(found) > _SHOWN else ""
        message = f"{text!r} begins several: {', '.join(found[:_SHOWN])}{more}; write more of it"
        raise CalledWrongly(message)
    raise NotFound(_not_found(connection, text, position))


def whole(connection: Connection, slug: str, text: str | None) -> str | None:
    """The slug of the initiative that *slug* is said to be part of; None where nothing is said.

    Raises as :func:`initiative` does, and CalledWrongly for an empty text: a link is no part of a
    profile, and is taken back by an event of its own, which has a reason.
    """
    if text is None:
        return None
    if text.strip():
        return initiative(connection, text)
    query = (
        sa.select(links.c.other)
        .where(links.c.initiative == slug, links.c.kind == "part-of", links.c.k_to == OPEN)
        .order_by(links.c.k_from)
    )
    taken_back = " and ".join(
        f"tracker unlink {slug} part-of {other} --reason …" for other in connection.scalars(query)
    )
    way_out = "name an initiative, or leave it out"
    if taken_back:
        way_out = f"what {slug} is part of is taken back with: {taken_back}"
    raise CalledWrongly(f"--part-of may not be empty; {way_out}")


def _not_found(connection: Connection, text: str, position: int | None) -> str:
    ever = sa.select(initiatives.c.initiative).where(initiatives.c.initiative == text).limit(1)
    if position is not None and connection.execute(ever).first() is not None:
        return f"{text} was not registered yet at @{position}; ask with a later --known-at"
    names = connection.execute(
        sa.select(initiatives.c.initiative).where(initiatives.c.k_to == OPEN)
    ).scalars()
    near = did_you_mean(text, names)
    return f"there is no initiative {text!r}{near or ' (tracker status lists what there is)'}"


def fact(connection: Connection, text: str) -> str:
    """The event id of the fact that *text* names: ``il-114#3``, ``@17`` or an id.

    Any event of the fact will do. Raises NotFound, or Refused for an event that is of no fact.
    """
    row = _event(connection, text.strip())
    if row.fact is None:
        message = (
            f"{text} is an event of kind {row.kind}, and no development or plan; "
            "tracker history lists those"
        )
        raise Refused(message)
    query = sa.select(events.c.event_id).where(events.c.position == row.fact)
    return str(connection.execute(query).scalar_one())


def event(connection: Connection, text: str) -> int:
    """The position of the event that *text* names: ``il-114#3``, ``@17`` or an id."""
    return int(_event(connection, text.strip()).position)


def _event(connection: Connection, text: str) -> Any:
    query = sa.select(events.c.position, events.c.fact, events.c.kind)
    position, handle = position_of(text), _HANDLE.fullmatch(text)
    if position is not None:
        query = query.where(events.c.position == position)
    elif handle is not None:
        if len(handle["number"]) > LONGEST:
            raise NotFound(f"there is no event {text}; tracker log shows what there is")
        slug = initiative(connection, handle["slug"])
        query = query.where(events.c.initiative == slug, events.c.version == int(handle["number"]))
    else:
        query = query.where(events.c.event_id == event_id(text))
    row = connection.execute(query).first()
    if row is None:
        message = f"there is no event {text}; tracker log shows what there is"
        raise NotFound(message)
    return row


def event_id(text: str) -> str:
    """An event id in its canonical form; Refused for what is no UUID."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        message = (
            f"{text!r} names no event; write its handle such as il-114#3, its position such as "
            "@17, or its id, a UUID"
        )
        raise Refused(message) from None
