"""What an erasure takes away, and whether it has been done.

An erasure deletes texts and says so in the log; it changes no account of a fact, and no status. It
reaches every version recorded before it. A version that is recorded later can carry an erased text
on, as the hash that an earlier body commits to, or give a new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tracker.domain.events import TEXT_FIELDS, Event, TextErased, TextField, account_of, texts_of
from tracker.domain.evidence import Erased
from tracker.domain.ledger import FactStanding
from tracker.errors import Refused


def check_text_field(name: str) -> TextField:
    """*name* itself, or Refused where it is no field whose text can be erased."""
    for field in TEXT_FIELDS:
        if name == field:
            return field
    message = (
        f"the field {name!r} cannot be erased: only the texts of a note or a quote are kept apart "
        "from what is hashed; write note or quote"
    )
    raise Refused(message)


def is_there(history: Iterable[Event], field: TextField) -> bool:
    """Whether any version of a fact has, or had, a text in *field*."""
    accounts = (account_of(event.what) for event in history)
    return any(texts_of(account, field) for account in accounts if account is not None)


def is_on_record(history: Sequence[Event], field: TextField) -> bool:
    """Whether the texts in *field* are all gone, and the log says of each that it was erased."""
    last = max((event.position for event in history if _erases(event, field)), default=0)
    reached = set()
    for event in history:
        account = account_of(event.what)
        for text in texts_of(account, field) if account is not None else ():
            if not isinstance(text, Erased):
                return False
            if event.position < last:
                reached.add(text.sha256)
            elif text.sha256 not in reached:
                return False
    return last > 0


def without_text(fact: FactStanding, field: TextField, history: Sequence[Event]) -> str:
    """What is said of a fact that never had a text in *field*."""
    others = [other for other in TEXT_FIELDS if other != field and is_there(history, other)]
    way_out = (
        f"it has one in its {others[0]}: --field {others[0]}"
        if others
        else f"see what it says with: tracker history {fact.initiative}"
    )
    return f"{fact.handle} never had a text in its {field}; {way_out}"


def _erases(event: Event, field: TextField) -> bool:
    return isinstance(event.what, TextErased) and event.what.field == field
