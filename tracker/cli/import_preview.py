"""What ``tracker import`` says of what it changes, in lines and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracker.cli.files import called
from tracker.cli.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracker.application.import_preview import Again, Preview, Some
    from tracker.application.import_report import ImportReport
    from tracker.domain.findings import Finding
    from tracker.projections.portfolio import Standing

SCHEMA = "tracker/import/1"


def lines(found: Preview, *, dry_run: bool) -> Iterator[str]:
    """A line for each that is shown: new initiatives, moves, findings, and what is told again."""
    for new in found.new.shown:
        profile = new.profile
        told = f"{new.initiative}  {profile.title} ({profile.lifecycle}): {_state(new)}"
        yield _line("new", told)
    yield from _more(found.new, "new initiatives")
    for move in found.moves.shown:
        told = f"{move.initiative}  {_state(move.before)} → {_state(move.after)}"
        yield _line("moved", told)
    yield from _more(found.moves, "moves")
    for slug, finding in found.findings.shown:
        yield _line("finding", _finding(slug, finding))
    yield from _more(found.findings, "findings (tracker attention lists what needs attention)")
    for slug in found.passed_over.shown:
        yield _line("finding", f"{slug}  it is too long to be looked through here")
    yield from _more(found.passed_over, "that are too long")
    for again in found.again.shown:
        yield _line("told again", _again(again, dry_run=dry_run))
    yield from _more(found.again, "that are told again")


def recorded(report: ImportReport, *more: str) -> str:
    """How many of what an import recorded, and *more* in the same breath."""
    from tracker.cli.asking import counted

    counts = {
        "development": report.recorded,
        "plan": report.plans,
        "new initiative": report.registered,
    }
    parts = [counted(count, one) for one, count in counts.items() if count]
    return ", ".join([*parts, *more]) or "nothing new"


def json_text(report: ImportReport, found: Preview, *, dry_run: bool) -> str:
    """The whole summary as one envelope."""
    from tracker.application.import_preview import preview_item
    from tracker.application.import_report import report_item
    from tracker.render import formats

    item = {
        "dry_run": dry_run,
        **report_item(report),
        "left_out": report.skipped,
        "first_position": report.first_position,
        "last_position": report.last_position,
        **preview_item(found),
    }
    return formats.as_text([item], envelope=formats.Envelope(SCHEMA, None), format="json")


_WIDEST = len("told again")


def _line(what: str, told: str) -> str:
    return f"  {what:<{_WIDEST}}  {visible(told).replace(chr(10), ' ')}"


def _more(some: Some[Any], what: str) -> Iterator[str]:
    more = some.count - len(some.shown)
    if more:
        yield _line("", f"… and {more:,} more {what}")


def _state(standing: Standing) -> str:
    """``talks``; with the condition, where that is not active; a question mark if uncertain."""
    status = standing.status
    condition = status.outcome or status.condition
    told = status.phase if condition == "active" else f"{status.phase}, {condition}"
    return told if status.is_certain else f"{told}?"


def _finding(slug: str, finding: Finding) -> str:
    return f"{slug}  {finding.kind}: {finding.text}"


def _again(again: Again, *, dry_run: bool) -> str:
    from tracker.domain.edtf import lettered

    where = f"{called(again.file)}, line {again.line}"
    says = f"{again.type} of {lettered(again.on)} is {again.other} already"
    if again.command is None and again.is_other_source:
        way_out = f"leave this row out, and then tracker amend {again.other} --add-source …"
        return f"{where}: {says}, in a row before it; if it is the same: {way_out}"
    if not again.is_other_source:
        way_out = "leave the row out" if dry_run else f"tracker withdraw {again.fact} --reason …"
        return f"{where}: {says}, from the same source; if it is the same: {way_out}"
    instead = "leave the row out, and" if dry_run else f"tracker withdraw {again.fact} --reason …,"
    return f"{where}: {says}, from another source; if it is the same: {instead} {again.command}"
