"""What may be erased, and when it has been: given, when, then."""

from __future__ import annotations

import pytest
from attrs import evolve

from tests.domain.deciding import BEGUN, NEW, ROAD, Given, given, id_at
from tests.histories import Amending, Erasing, Recording, Retiring, Withdrawing
from tracker.domain import commands as ask
from tracker.domain import events as did
from tracker.domain.erasure import check_text_field, is_on_record, is_there
from tracker.domain.evidence import Erased
from tracker.errors import Conflict, NotFound, Refused

NOTED = Recording(type="begun", on="2024-03-10", note="Ivan told me")
"""A note, and the same text as a quote of its source."""


def erase(field: str = "note", reason: str = "personal", event_id: str = NEW) -> ask.Erase:
    return ask.Erase(event_id, id_at(3), field, reason)


def erased(field: did.TextField = "note") -> did.TextErased:
    return did.TextErased(id_at(3), field, "personal")


def without_texts(log: Given, *positions: int) -> Given:
    """The log as it is read once the texts of the events at *positions* are deleted.

    The hash of each is made of its position, as if its salt were another.
    """

    def gone(account: did.Account, position: int) -> did.Account:
        sources = tuple(
            evolve(source, quote=Erased(f"{position:02x}ff")) for source in account.sources
        )
        return evolve(account, note=Erased(f"{position:02x}"), sources=sources)

    def read(event: did.Event) -> did.Event:
        what = event.what
        if not isinstance(what, did.Recorded | did.Amended) or event.position not in positions:
            return event
        return evolve(event, what=evolve(what, account=gone(what.account, event.position)))

    return Given(evolve(log.ledger, events=list(map(read, log.ledger.events))))


# -- asking ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", did.TEXT_FIELDS)
def test_a_text_is_erased_for_a_reason(field: did.TextField) -> None:
    """A note or a quote, without the white space around the reason."""
    given(ROAD, NOTED).when(erase(field, " personal\n")).then(erased(field))
    given(ROAD, NOTED).when(erase(field, " ")).refused(
        Refused, "a reason must say something; write it after --reason"
    )


@pytest.mark.parametrize("field", ["title", "Note", "note ", ""])
def test_only_a_note_or_a_quote_can_be_erased(field: str) -> None:
    """The rest is in what is hashed, and stays."""
    given(ROAD, NOTED).when(erase(field)).refused(
        Refused,
        f"the field {field!r} cannot be erased: only the texts of a note or a quote are kept apart "
        "from what is hashed; write note or quote",
    )
    assert [check_text_field(each) for each in ("note", "quote")] == ["note", "quote"]


def test_a_fact_that_never_had_a_text_has_nothing_to_erase() -> None:
    """Not found, with where it has one, or how to look at it."""
    given(ROAD, BEGUN).when(erase("note")).refused(
        NotFound,
        "il-1#2 never had a text in its note; see what it says with: tracker history il-1",
    )
    log = given(ROAD, NOTED)
    (recorded,) = log.ledger.events_of(id_at(3))
    account = did.account_of(recorded.what)
    assert account is not None
    for field, other in (("note", "quote"), ("quote", "note")):
        left = (
            evolve(account, note=None)
            if field == "note"
            else evolve(account, sources=(evolve(account.sources[0], quote=None),))
        )
        told = evolve(recorded, what=did.Recorded(left))
        ledger = evolve(log.ledger, events=[*log.ledger.events[:2], told])
        Given(ledger).when(erase(field)).refused(
            NotFound,
            f"il-1#2 never had a text in its {field}; it has one in its {other}: --field {other}",
        )


def test_neither_withdrawal_nor_retirement_keeps_a_text() -> None:
    """What has to go has to go."""
    given(ROAD, NOTED, Withdrawing(fact=0)).when(erase()).then(erased())
    given(ROAD, NOTED, Retiring()).when(erase()).then(erased())


def test_there_is_no_text_to_erase_of_a_fact_that_is_not_there() -> None:
    """Not found, with where to look."""
    given(ROAD).when(erase()).refused(
        NotFound, f"there is no fact {id_at(3)}; tracker log shows what there is"
    )


# -- again -----------------------------------------------------------------------------------------


def test_an_erasure_asked_for_again_is_the_same_answer() -> None:
    """By its id; with another field or reason that is a conflict."""
    log = given(ROAD, NOTED).and_then(erase())
    log.when(erase()).nothing_happened()
    for other in (erase("quote"), erase(reason="asked to")):
        with pytest.raises(Conflict):
            log.when(other).drafts()


def test_a_text_that_is_still_there_is_erased_again() -> None:
    """Whatever the log says of it: the texts decide."""
    log = given(ROAD, NOTED, Erasing(fact=0, field="note"))
    log.when(erase()).then(erased())
    without_texts(log, 3).when(erase()).nothing_happened()


def test_texts_that_are_gone_without_a_word_are_put_on_record() -> None:
    """Deleted by hand, or by a restore of what another copy erased."""
    without_texts(given(ROAD, NOTED), 3).when(erase()).then(erased())


def test_an_erasure_of_another_field_is_none_of_this() -> None:
    """A note and a quote go one by one."""
    log = without_texts(given(ROAD, NOTED, Erasing(fact=0, field="note")), 3)
    log.when(erase("note")).nothing_happened()
    log.when(erase("quote")).then(erased("quote"))
    recorded, erasure = log.ledger.events_of(id_at(3))
    account = did.account_of(recorded.what)
    assert account is not None
    quoted = evolve(account, sources=(evolve(account.sources[0], quote="so they say"),))
    history = [evolve(recorded, what=did.Recorded(quoted)), erasure]
    assert is_on_record(history, "note")
    assert not is_on_record(history, "quote")


def test_a_text_of_a_later_version_is_beyond_an_erasure() -> None:
    """A later version may carry on what is erased; what it says anew is there, or was."""
    noted = Amending(fact=0, note="Ivan told me more")
    log = given(ROAD, NOTED, Erasing(fact=0, field="note"), noted)
    history = without_texts(log, 3).ledger.events_of(id_at(3))
    assert not is_on_record(history, "note")
    both = without_texts(log, 3, 5).ledger.events_of(id_at(3))
    assert not is_on_record(both, "note")  # the erasure came before the text of @5
    (first, erasure, later) = both
    account = did.account_of(first.what)
    assert account is not None
    assert isinstance(later.what, did.Amended)
    carried = evolve(later, what=evolve(later.what, account=account))
    assert is_on_record([first, erasure, carried], "note")
    again = evolve(erasure, position=6)
    assert is_on_record([*both, again], "note")


def test_a_text_is_there_in_any_version() -> None:
    """Said first or later, taken back or erased."""
    log = given(ROAD, BEGUN)
    assert not is_there(log.ledger.events_of(id_at(3)), "note")
    later = given(ROAD, BEGUN, Amending(fact=0, note="Ivan told me"), Withdrawing(fact=0))
    assert is_there(later.ledger.events_of(id_at(3)), "note")
    assert not is_there(later.ledger.events_of(id_at(3)), "quote")
    assert is_there(without_texts(given(ROAD, NOTED), 3).ledger.events_of(id_at(3)), "note")
    assert not is_on_record(log.ledger.events_of(id_at(3)), "note")
