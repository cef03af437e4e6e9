"""What a command that wrote answers with: what was appended, where, and what is odd about it.

The lines on standard output are the same whether the event was appended now or, under the same id,
before; what is to be said about that goes to standard error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracker.cli.faults import answering
from tracker.cli.text import visible, write_utf8

if TYPE_CHECKING:
    from tracker.application import Receipt
    from tracker.cli.app import App
    from tracker.domain.events import Event
    from tracker.render.formats import Format

SCHEMA = "tracker/receipt/1"


def show(app: App, receipt: Receipt, format_name: Format, *, remark: str | None = None) -> None:
    """Write *receipt* in the format asked for, and say the rest on standard error.

    *remark* is said where nothing was even tried.
    """
    answer = _lines(receipt) if format_name == "table" else _formatted(receipt, format_name)
    if format_name != "table":
        write_utf8()
    with answering(None if receipt.dry_run or remark is not None else "recorded"):
        if answer:
            app.page(answer)
    if remark is not None:
        app.say(remark)
    else:
        _remark(app, receipt)


def _lines(receipt: Receipt) -> str:
    """A line an event: handle, position, what it did, and the date as it was understood."""
    shown = receipt.events or ((receipt.repeated,) if receipt.repeated else ())
    rows = [(event.handle, f"@{event.position}", _told(event)) for event in shown]
    # An adoption belongs to no initiative; its position is all the name it has.
    rows = [("-" if handle == at else handle, at, told) for handle, at, told in rows]
    first = max((len(handle) for handle, _, _ in rows), default=0)
    second = max((len(at) for _, at, _ in rows), default=0)
    would = "would append  " if receipt.dry_run and receipt.events else ""
    return "".join(
        f"{would}{handle:<{first}}  {at:<{second}}  {visible(told).replace(chr(10), ' ')}\n"
        for handle, at, told in rows
    )


def _told(event: Event) -> str:
    from tracker.domain import events as did

    match event.what:
        case did.LifecycleAdopted(name=name):
            return f"lifecycle adopted: {name}"
        case did.InitiativeRegistered(profile=profile):
            return f"registered: {profile.title} ({profile.lifecycle})"
        case did.InitiativeRevised(profile=profile):
            return f"revised: {profile.title} ({profile.lifecycle})"
        case did.InitiativeRetired(merged_into=into):
            return f"retired, merged into {into}" if into else "retired"
        case did.Recorded(account=account):
            return f"{'planned' if account.mode == 'planned' else 'recorded'}: {_dated(account)}"
        case did.Amended(account=account):
            return f"amended: {_dated(account)}"
        case did.Withdrawn():
            return "withdrawn"
        case did.TextErased(field=field):
            return f"erased: {field}"
        case (
            did.InitiativesLinked(link=link, other=other)
            | did.InitiativesUnlinked(link=link, other=other)
        ):
            return f"{event.what.KIND.removeprefix('initiatives-')}: {link} {other}"


def _dated(account: Any) -> str:
    """Its type and date, and the dates of its sources, all as they were understood."""
    from tracker.domain.dates import describe, parse_edtf

    told = [f"{account.type}, {describe(account.on)}"]
    for source in account.sources:
        days = {"published": source.published_on, "accessed": source.accessed_on}
        told += [f"{name} {describe(parse_edtf(day))}" for name, day in days.items() if day]
    return "; ".join(told)


def _formatted(receipt: Receipt, format_name: Format) -> str:
    from tracker.application.items import receipt_item
    from tracker.render.columns import Column
    from tracker.render.formats import Envelope, as_text

    item = receipt_item(receipt)
    rows = [item]
    if format_name in ("csv", "markdown"):
        rows = item["appended"] or ([item["repeated"]] if item["repeated"] else [])
    return as_text(
        rows,
        envelope=Envelope(SCHEMA, None),
        format=format_name,
        columns=[Column(key, title) for key, title in _COLUMNS.items()],
    )


_COLUMNS = {
    "handle": "Handle",
    "position": "Position",
    "event_id": "Event id",
    "kind": "Kind",
    "type": "Type",
    "on": "Date",
    "recorded_at": "Recorded at",
}


def _remark(app: App, receipt: Receipt) -> None:
    if receipt.repeated is not None:
        app.say(f"already recorded as {receipt.repeated.handle} (nothing appended)")
    elif not receipt.events:
        app.say("nothing to change: the log says so already (nothing appended)")
    elif receipt.dry_run:
        count = len(receipt.events)
        app.say(f"a dry run: {count} event{'s' * (count > 1)} would be appended, none was")
    if told := _changed(receipt):
        app.say(f"changed: {told}")
    if receipt.brought_back:
        app.say("the fact had been withdrawn, and stands again with this")
    for finding in receipt.findings:
        app.say(f"finding ({finding.kind}): {finding.text}")


def _changed(receipt: Receipt) -> str:
    """What an amendment changed: what was not meant to change is seen at once."""
    if receipt.corrected is None:
        return ""
    from tracker.application.items import correction_item
    from tracker.cli.asking import for_people
    from tracker.render.corrected import changed_text

    return changed_text(for_people(correction_item(receipt)))
