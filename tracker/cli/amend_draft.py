"""``--edit`` of ``amend``: what stands of a fact, as a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from tracker.cli import draft, fact_draft, facts
from tracker.cli.draft import SOURCE_PARTS, Draft, Entry
from tracker.cli.editor import check_editor, edited
from tracker.domain.unchanged import UNCHANGED
from tracker.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    import click

    from tracker.application import Receipt, Tracker
    from tracker.cli.app import App
    from tracker.domain.evidence import Source
    from tracker.domain.ledger import FactStanding
    from tracker.render.formats import Format

    Values = Mapping[str, str]

_FIELDS = ("type", "on", "source", "stated-by", "note", *fact_draft.REFERENCES, "reason")


@frozen
class Correction:
    """What the command line says of a fact that is to be amended, word for word."""

    fact: str
    values: Values
    source: Values
    add_sources: Sequence[Values]
    event_id: str | None
    based_on: int | None
    expect_version: int | None
    dry_run: bool

    @classmethod
    def typed(
        cls,
        fact: str,
        given: Mapping[str, Any],
        *,
        add_sources: Sequence[Values],
        event_id: UUID | None,
        based_on: int | None,
        expect_version: int | None,
        dry_run: bool,
    ) -> Correction:
        """What the options that were *given* say, by the names of their parameters."""
        values, source = fact_draft.typed(given)
        return cls(
            fact=fact,
            values=values,
            source=source,
            add_sources=fact_draft.named(add_sources),
            event_id=str(event_id) if event_id else None,
            based_on=based_on,
            expect_version=expect_version,
            dry_run=dry_run,
        )


def correction(app: App, ctx: click.Context, asked: Correction, format_name: Format) -> int:
    """Amend a fact as what stands of it is edited, and say what was; 1 where nothing was."""
    check_editor(app)
    with app.tracker(upgrade=True, dry_run=asked.dry_run) as log:
        receipt = _correction(app, ctx, log, asked)
    return fact_draft.answer(app, receipt, format_name, "changed")


def _correction(app: App, ctx: click.Context, log: Tracker, asked: Correction) -> Receipt | None:
    fact = facts.standing(log, asked.fact)
    is_plan = fact.account.mode == "planned"
    names = fact_draft.fields(_FIELDS, is_plan=is_plan)
    lifecycle = log.status(fact.initiative).standing.lifecycle
    head = [
        f"tracker amend: {fact.handle}, as it stands at @{fact.current_position}.",
        "",
        fact_draft.HOW.format(nothing="nothing is changed"),
    ]
    values = fact_draft.values_of(log, fact.account)
    sources = [fact_draft.parts_of(each) for each in fact.account.sources]
    help_of = fact_draft.help_texts(ctx, lifecycle, is_plan=is_plan)
    # Both are read back: what cannot be written as it is, is not taken for a change.
    before = draft.read(draft.template(head, names, help_of, values, sources), names)
    first, *others = sources or [{}]
    shown = [{**first, **asked.source}, *others, *asked.add_sources]
    text = draft.template(head, names, help_of, {**values, **asked.values}, shown)
    offered = draft.read(text, names)

    def take(text: str) -> Receipt | None:
        told = draft.read(text, names)
        return _amend(log, asked, fact, before, told) if told.differs(offered) else None

    return edited(app, text, take)


def _amend(
    log: Tracker, asked: Correction, fact: FactStanding, before: Draft, told: Draft
) -> Receipt:
    is_plan = fact.account.mode == "planned"
    changed = {
        name: told.entry(name)
        for name in ("type", "on", "stated-by", "note", *fact_draft.REFERENCES)
        if told.text(name) != before.text(name)
    }
    changes: dict[str, Any] = {
        name.replace("-", "_"): entry.text or None for name, entry in changed.items()
    }
    if "type" in changed:
        fact_draft.check_type(log.status(fact.initiative).standing.lifecycle, changed["type"])
    if "on" in changed:
        changes["on"] = changed["on"].checked(lambda text: fact_draft.date(text, is_plan=is_plan))
    sources = _sources_after(fact.account.sources, before, told)
    fact_draft.check_sources(told, sources)
    fact_draft.check_references(
        log, Draft({n: e for n, e in changed.items() if n in fact_draft.REFERENCES})
    )
    told.entry("reason").checked(_reason)
    is_same = [id(each) for each in sources] == [id(each) for each in fact.account.sources]

    def amend(**others: Any) -> Receipt:
        return log.amend(
            fact.handle,
            reason=told.text("reason"),
            sources=UNCHANGED if is_same else sources,
            event_id=asked.event_id,
            based_on=asked.based_on or fact.current_position,
            expect_version=asked.expect_version,
            **{**changes, "dry_run": asked.dry_run, **others},
        )

    return fact_draft.placed(told, amend)


def _sources_after(before: Sequence[Source], shown: Draft, told: Draft) -> list[Source]:
    """The sources as they were edited; those that say what they said are the same objects.

    A source that was changed keeps what the text could not show, such as the hash of an erased
    quote: it is the one that stood in its place, among those that are not there word for word.
    """
    said = [draft.said_of(source) for source in shown.sources]
    # By number: an erased quote equals any other, so that two sources may only seem the same.
    left, kept = list(range(len(before))), list[int | None]()
    for block in told.sources:
        same = next((n for n in left if said[n] == draft.said_of(block)), None)
        kept.append(same)
        if same is not None:
            left.remove(same)
    made = []
    for block, same in zip(told.sources, kept, strict=True):
        if same is not None:
            made.append(before[same])
        elif draft.said_of(block) and left:
            number = left.pop(0)
            made.append(_mended(before[number], said[number], block))
        elif draft.said_of(block):
            made.append(fact_draft.source_of(block))
    return made


def _mended(source: Source, said: Values, block: Mapping[str, Entry]) -> Source:
    """*source*, which *said* that, with the parts that *block* has otherwise."""
    new, changes = fact_draft.source_of(block), dict[str, Any]()
    for part in SOURCE_PARTS:
        if draft.text_of(block, part) != said.get(part, ""):
            changes |= {name: getattr(new, name) for name in fact_draft.ATTRIBUTES[part]}
    return evolve(source, **changes)


def _reason(text: str) -> None:
    if not text:
        raise Refused("it is empty; write why it is corrected")
