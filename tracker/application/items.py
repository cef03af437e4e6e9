"""Answers as plain items, in the shapes that ``cli.md`` fixes, for JSON and tables.

Dates are EDTF strings, instants RFC 3339 in UTC with microseconds; None is a date that is open or
something that is not there.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from tracker.domain.dates import OPEN_HI, OPEN_LO, format_instant
from tracker.domain.events import Account, Event, account_of
from tracker.domain.evidence import Erased, Source, Text

if TYPE_CHECKING:
    from tracker.application.answers import Card, HistoryEntry, PlanEntry, Reason, StatusAnswer
    from tracker.application.receipts import Receipt
    from tracker.domain.changes import Change
    from tracker.domain.facts import FactVersion, Link
    from tracker.domain.findings import Finding
    from tracker.domain.status import Status
    from tracker.domain.viewpoint import Viewpoint
    from tracker.projections.outlines import Listed
    from tracker.projections.portfolio import Standing

Item = dict[str, Any]

ERASED = "[erased]"
"""What is shown in the place of a text that was erased."""


def viewpoint_item(at: Viewpoint, root: bytes) -> Item:
    """The viewpoint of an answer, and the Merkle root that it rests on, in hex."""
    return {
        "as_of": at.as_of.isoformat(),
        "known_at": format_instant(at.known_at) if at.known_at else None,
        "position": at.position,
        "root": root.hex(),
    }


def status_item(answer: StatusAnswer) -> Item:
    """An item of ``status``."""
    standing = answer.standing
    status = standing.status
    return {
        **_stands(standing),
        "deciding": _deciding(status.deciding, answer),
        "deciding_condition": _deciding(status.deciding_condition, answer),
        **_heard(standing),
        "findings": [finding_item(finding) for finding in answer.findings],
    }


def listed_item(standing: Standing | Listed) -> Item:
    """An item of ``status`` without what it rests on: for a table of many."""
    return {**_stands(standing), **_heard(standing)}


def _stands(standing: Standing | Listed) -> Item:
    status = standing.status
    phase = standing.lifecycle.phase(status.phase)
    return {
        "initiative": standing.initiative,
        "title": standing.profile.title,
        "lifecycle": standing.profile.lifecycle,
        "phase": status.phase,
        "phase_title": phase.title if phase else "Not started",
        "condition": status.condition,
        "outcome": status.outcome,
        "basis": status.basis,
        "certain": status.is_certain,
        "possible": list(status.possible),
        "possible_conditions": list(status.possible_conditions),
        "since": status.since,
    }


def _heard(standing: Standing | Listed) -> Item:
    return {
        "last_on": standing.status.last_on,
        "open_plans": standing.open_plans,
        "next_due": standing.next_due.isoformat() if standing.next_due else None,
    }


def card_item(card: Card) -> Item:
    """An item of ``show``: the status, and all that it rests on."""
    standing = card.answer.standing
    profile, retired = standing.profile, standing.retired
    return {
        **status_item(card.answer),
        "summary": profile.summary,
        "parties": list(profile.parties),
        "sector": profile.sector,
        "tags": list(profile.tags),
        "developments": [history_item(entry) for entry in card.developments],
        "plans": [plan_item(plan) for plan in card.plans],
        "links": [link_item(link, standing.initiative) for link in card.links],
        "retired": {"reason": retired.reason, "merged_into": retired.merged_into}
        if retired
        else None,
    }


def history_item(entry: HistoryEntry) -> Item:
    """An item of ``history``; what was changed comes with what the version before it said."""
    account = entry.account
    return {
        "fact": entry.fact,
        "position": entry.event.position,
        "type": account.type,
        "on": _on(account.on.edtf),
        "lo": _day(account.on.lo),
        "hi": _day(account.on.hi),
        "mode": account.mode,
        "effect": _effect(entry),
        "phase": entry.effect.phase if entry.effect else None,
        "state": entry.state,
        "recorded_at": format_instant(entry.event.recorded_at),
        "recorded_by": entry.event.recorded_by,
        "sources": [source_item(source) for source in account.sources],
        "note": text_item(account.note),
        "stated_by": account.stated_by,
        "reason": entry.reason,
        "ended_because": entry.ended_because,
        "changed": _changed(account, entry.corrected),
        "time": entry.event.time,
    }


def _effect(entry: HistoryEntry) -> str | None:
    if entry.effect is not None:
        return entry.effect.kind
    return "unknown" if entry.account.mode == "occurred" else None


def _changed(account: Account, corrected: Account | None) -> list[Item]:
    """What *account* says otherwise than the one that it corrected, with what that one said."""
    if corrected is None:
        return []
    names = account.differing(corrected)
    return [{"field": name, "before": _field(corrected, name)} for name in names]


def _field(account: Account, name: str) -> Any:
    value = getattr(account, name)
    if name == "on":
        return _on(value.edtf)
    if name == "sources":
        return [source_item(source) for source in value]
    return text_item(value) if name == "note" else value


def plan_item(entry: PlanEntry) -> Item:
    """A plan, as a card shows it."""
    plan = entry.plan
    return {
        "fact": plan.handle,
        "position": plan.position,
        "type": plan.type,
        "on": _on(plan.on),
        "state": entry.state,
        "stated_by": entry.account.stated_by,
        "sources": [source_item(source) for source in entry.account.sources],
        "note": text_item(entry.account.note),
        "slippage": list(entry.slippage),
    }


def link_item(link: Link, seen_from: str) -> Item:
    """A link; its direction is ``out`` or ``in`` as seen from one of the two."""
    return {
        "initiative": link.initiative,
        "kind": link.kind,
        "other": link.other,
        "direction": "out" if link.initiative == seen_from else "in",
    }


def source_item(source: Source) -> Item:
    """A source; its title is its document where it has no other."""
    return {
        "url": source.url,
        "document": source.document,
        "title": source.title or source.document,
        "publisher": source.publisher,
        "published_on": source.published_on,
        "accessed_on": source.accessed_on,
        "quote": text_item(source.quote),
        "grade": source.grade,
    }


def finding_item(finding: Finding) -> Item:
    """Something odd."""
    return {"kind": finding.kind, "facts": list(finding.facts), "text": finding.text}


def change_item(change: Change) -> Item:
    """An item of ``diff``."""
    return {
        "initiative": change.initiative,
        "before": compared_item(change.before),
        "after": compared_item(change.after),
        "causes": [
            {
                "cause": cause.cause,
                "fact": cause.fact,
                "position": cause.position,
                "on": cause.on,
                "recorded_at": format_instant(cause.recorded_at) if cause.recorded_at else None,
            }
            for cause in change.causes
        ],
    }


def compared_item(status: Status | None) -> Item | None:
    """What ``diff`` compares of a status."""
    if status is None:
        return None
    return {
        "phase": status.phase,
        "condition": status.condition,
        "outcome": status.outcome,
        "basis": status.basis,
        "certain": status.is_certain,
        "possible": list(status.possible),
        "possible_conditions": list(status.possible_conditions),
        "since": status.since,
    }


def log_item(event: Event, body: str, leaf: bytes, schema: int) -> Item:
    """An item of ``log``."""
    account = account_of(event.what)
    return {
        "position": event.position,
        "event_id": event.event_id,
        "initiative": event.initiative,
        "version": event.version,
        "kind": event.what.KIND,
        "type": account.type if account else None,
        "schema": schema,
        "recorded_at": format_instant(event.recorded_at),
        "recorded_by": event.recorded_by,
        "body": body,
        "leaf": leaf.hex(),
    }


def reason_item(reason: Reason) -> Item:
    """One link of the chain that ``why`` shows."""
    account = account_of(reason.event.what)
    return {
        "decides": reason.decides,
        "fact": reason.fact.handle,
        "type": reason.fact.type,
        "on": _on(reason.fact.on),
        "effect": reason.fact.effect,
        "phase": reason.fact.phase,
        "sources": [source_item(source) for source in account.sources] if account else [],
        "stated_by": account.stated_by if account else None,
        "note": text_item(account.note) if account else None,
        "position": reason.event.position,
        "event_id": reason.event.event_id,
        "recorded_at": format_instant(reason.event.recorded_at),
        "recorded_by": reason.event.recorded_by,
        "body": reason.body,
        "leaf": reason.leaf.hex(),
        "proof": [digest.hex() for digest in reason.proof],
    }


def receipt_item(receipt: Receipt) -> Item:
    """What a recording answers with."""
    return {
        "appended": [_appended(event) for event in receipt.events],
        "repeated": _appended(receipt.repeated) if receipt.repeated else None,
        "findings": [finding_item(finding) for finding in receipt.findings],
        "changed": correction_item(receipt)["changed"],
        "dry_run": receipt.dry_run,
    }


def correction_item(receipt: Receipt) -> Item:
    """What an amendment changed, and the sources that it left, as an item of ``history`` has it."""
    account = account_of(receipt.events[-1].what) if receipt.events else None
    if account is None or receipt.corrected is None:
        return {"changed": [], "sources": []}
    return {
        "changed": _changed(account, receipt.corrected),
        "sources": [source_item(source) for source in account.sources],
    }


def text_item(text: Text) -> str | None:
    """A text that may have been erased."""
    return ERASED if isinstance(text, Erased) else text


def _appended(event: Event) -> Item:
    account = account_of(event.what)
    return {
        "handle": event.handle,
        "position": event.position,
        "event_id": event.event_id,
        "kind": event.what.KIND,
        "type": account.type if account else None,
        "on": _on(account.on.edtf) if account else None,
        "recorded_at": format_instant(event.recorded_at),
    }


def _deciding(fact: FactVersion | None, answer: StatusAnswer) -> Item | None:
    if fact is None:
        return None
    return {
        "fact": fact.handle,
        "position": fact.position,
        "type": fact.type,
        "on": _on(fact.on),
        "sources": [source_item(source) for source in answer.sources.get(fact.position, ())],
    }


def _on(edtf: str) -> str | None:
    return None if edtf == "../.." else edtf


def _day(day: date) -> str | None:
    return None if day in (OPEN_LO, OPEN_HI) else day.isoformat()
