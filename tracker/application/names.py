"""Resolve the names that a person types: of initiatives, facts and events."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tracker.application.viewpoints import LONGEST, position_of
from tracker.domain.nearest import did_you_mean
from tracker.domain.viewpoint import OPEN
from tracker.errors import CalledWrongly, NotFound, Refused
from tracker.projections.batches import batches
from tracker.store.driver import Reader
from tracker.store.reading import first, rows

if TYPE_CHECKING:
    from tracker.projections.ledger import LogLedger

_HANDLE = re.compile(r"(?P<slug>[^#@\s]+)#(?P<number>\d+)", re.ASCII)
_SHOWN = 5
_PART = 500
_THERE = "k_from <= :k AND k_to > :k"
_EXACT = f"SELECT 1 FROM initiatives WHERE initiative = :text AND {_THERE}"


def _named(text: str, known: int) -> dict[str, object]:
    return {"text": text, "past": f"{text}\x7f", "k": known, "many": _SHOWN + 1}


def initiative(reader: Reader, text: str, position: int | None = None) -> str:
    """Return the slug that *text* names, itself or by an unambiguous beginning.

    *position* is that at which the initiative must be known (None: now). Raises NotFound with the
    nearest names, CalledWrongly for a beginning that several share.
    """
    text = text.strip()
    known = OPEN - 1 if position is None else position
    parameters = _named(text, known)
    if first(reader, _EXACT, parameters) is not None:
        return text
    begins = (
        "SELECT initiative FROM initiatives WHERE initiative >= :text AND initiative < :past"
        f" AND {_THERE} ORDER BY initiative LIMIT :many"
    )
    found = [str(slug) for (slug,) in rows(reader, begins, parameters)] if text else []
    if len(found) == 1:
        return found[0]
    if found:
        more = ", …" if len(found) > _SHOWN else ""
        message = f"{text!r} begins several: {', '.join(found[:_SHOWN])}{more}; write more of it"
        raise CalledWrongly(message)
    raise NotFound(_not_found(reader, text, position))


def initiatives(reader: Reader, texts: Iterable[str], position: int) -> list[str]:
    """The slugs that *texts* name with the knowledge of *position*; raises as :func:`initiative`.

    Whole slugs are looked for together: there may be as many as there are initiatives.
    """
    found: list[str] = []
    query = f"SELECT initiative FROM initiatives WHERE initiative IN :part AND {_THERE}"
    for part in batches(list(texts), _PART):
        there = {slug for (slug,) in rows(reader, query, {"part": part, "k": position})}
        found += [text if text in there else initiative(reader, text, position) for text in part]
    return found


def all_initiatives(reader: Reader) -> list[str]:
    """Return the slugs of the initiatives that are not retired, sorted."""
    query = (
        f"SELECT initiative FROM initiatives WHERE k_to = {OPEN} AND retired = 0"
        " ORDER BY initiative"
    )
    return [str(slug) for (slug,) in rows(reader, query, {})]


def told(book: LogLedger, text: str) -> str:
    """Like :func:`initiative`, but looks in the ledger's cache first.

    ``decide`` needs the same row next, so that reading it through the ledger saves a query.
    """
    slug = text.strip()
    return slug if book.initiative(slug) is not None else initiative(book.connection, text)


def whole(reader: Reader, slug: str, text: str | None) -> str | None:
    """Return the slug that *text*, the value of ``--part-of`` for *slug*, names; None for None.

    Raises what :func:`initiative` raises, and CalledWrongly for an empty text: a link is no part of
    a profile, and is taken back by an event of its own, which has a reason.
    """
    if text is None:
        return None
    if text.strip():
        return initiative(reader, text)
    query = (
        "SELECT other FROM links WHERE initiative = :slug AND kind = 'part-of'"
        f" AND k_to = {OPEN} ORDER BY k_from"
    )
    taken_back = " and ".join(
        f"tracker unlink {slug} part-of {other} --reason …"
        for (other,) in rows(reader, query, {"slug": slug})
    )
    way_out = "name an initiative, or leave it out"
    if taken_back:
        way_out = f"what {slug} is part of is taken back with: {taken_back}"
    raise CalledWrongly(f"--part-of may not be empty; {way_out}")


def _not_found(reader: Reader, text: str, position: int | None) -> str:
    ever = "SELECT 1 FROM initiatives WHERE initiative = :text LIMIT 1"
    if position is not None and first(reader, ever, {"text": text}) is not None:
        return f"{text} was not registered yet at @{position}; ask with a later --known-at"
    query = f"SELECT initiative FROM initiatives WHERE k_to = {OPEN}"
    names = [str(slug) for (slug,) in rows(reader, query, {})]
    near = did_you_mean(text, names)
    return f"there is no initiative {text!r}{near or ' (tracker status lists what there is)'}"


def fact(reader: Reader, text: str) -> str:
    """The event id of the fact that *text* names: ``il-114#3``, ``@17`` or an id.

    Any event of the fact will do. Raises NotFound, or Refused for an event that is of no fact.
    """
    _, position, kind = _event(reader, text.strip())
    if position is None:
        message = (
            f"{text} is an event of kind {kind}, and no development or plan; "
            "tracker history lists those"
        )
        raise Refused(message)
    query = "SELECT event_id FROM events WHERE position = :position"
    ((found,),) = rows(reader, query, {"position": position})
    return str(found)


def event(reader: Reader, text: str) -> int:
    """The position of the event that *text* names: ``il-114#3``, ``@17`` or an id."""
    return _event(reader, text.strip())[0]


def _event(reader: Reader, text: str) -> tuple[int, int | None, str]:
    """Position, fact and kind of the event that *text* names."""
    position, handle = position_of(text), _HANDLE.fullmatch(text)
    parameters: dict[str, object]
    if position is not None:
        where, parameters = "position = :position", {"position": position}
    elif handle is not None:
        if len(handle["number"]) > LONGEST:
            raise NotFound(f"there is no event {text}; tracker log shows what there is")
        where = "initiative = :slug AND version = :version"
        slug = initiative(reader, handle["slug"])
        parameters = {"slug": slug, "version": int(handle["number"])}
    else:
        where, parameters = "event_id = :id", {"id": event_id(text)}
    row = first(reader, f"SELECT position, fact, kind FROM events WHERE {where}", parameters)
    if row is None:
        message = f"there is no event {text}; tracker log shows what there is"
        raise NotFound(message)
    return row[0], row[1], row[2]


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
