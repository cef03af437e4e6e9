"""``--edit`` of ``record`` and ``plan``: what is to be recorded, as a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from tracker.cli import draft, fact_draft, facts
from tracker.cli.draft import Draft
from tracker.cli.editor import check_editor, edited

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    import click

    from tracker.application import Receipt, Tracker
    from tracker.cli.app import App
    from tracker.render.formats import Format

    Values = Mapping[str, str]

_FIELDS = ("initiative", "type", "on", "source", "stated-by", "note", *fact_draft.REFERENCES)


@frozen
class NewFact:
    """What the command line says of a fact that is to be recorded, word for word."""

    mode: str
    values: Values
    sources: Sequence[Values]
    event_id: str | None
    expect_version: int | None
    dry_run: bool

    @classmethod
    def typed(
        cls,
        mode: str,
        given: Mapping[str, Any],
        *,
        event_id: UUID | None,
        expect_version: int | None,
        dry_run: bool,
    ) -> NewFact:
        """What the options that were *given* say, by the names of their parameters."""
        options = dict(given)
        added = fact_draft.named(facts.added_parts(options))
        values, source = fact_draft.typed(options)
        return cls(
            mode=mode,
            values=values,
            sources=[*filter(None, [source]), *added],
            event_id=str(event_id) if event_id else None,
            expect_version=expect_version,
            dry_run=dry_run,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The fields of its draft."""
        return fact_draft.fields(_FIELDS, is_plan=self.mode == "planned")


def new_fact(app: App, ctx: click.Context, fact: NewFact, format_name: Format) -> int:
    """Record *fact* as it is edited, and say what was; the exit code is 1 where nothing was."""
    check_editor(app)
    with app.tracker(upgrade=True, dry_run=fact.dry_run) as log:
        receipt = _new_fact(app, ctx, log, fact)
    return fact_draft.answer(app, receipt, format_name, "recorded")


def _new_fact(app: App, ctx: click.Context, log: Tracker, fact: NewFact) -> Receipt | None:
    slug = fact.values.get("initiative")
    lifecycle = log.status(slug).standing.lifecycle if slug else None
    is_plan = fact.mode == "planned"
    told = "Something that is stated to be going to happen." if is_plan else "What happened."
    text = draft.template(
        [
            f"tracker {ctx.info_name}: {told}",
            "",
            fact_draft.HOW.format(nothing="nothing is recorded"),
        ],
        fact.names,
        fact_draft.help_texts(ctx, lifecycle, is_plan=is_plan),
        fact.values,
        fact.sources,
    )
    shown = draft.read(text, fact.names)

    def take(text: str) -> Receipt | None:
        told = draft.read(text, fact.names)
        return _record(log, fact, told) if told.differs(shown) else None

    return edited(app, text, take)


def _record(log: Tracker, fact: NewFact, told: Draft) -> Receipt:
    is_plan = fact.mode == "planned"
    slug = told.entry("initiative").checked(lambda text: _initiative(log, text))
    fact_draft.check_type(log.status(slug).standing.lifecycle, told.entry("type"))
    on = told.entry("on").checked(lambda text: fact_draft.date(text, is_plan=is_plan))
    source = [fact_draft.source_of(each) for each in told.sources if draft.said_of(each)]
    fact_draft.check_sources(told, source)
    fact_draft.check_references(log, told)
    given: dict[str, Any] = {
        name.replace("-", "_"): told.text(name) or None
        for name in fact.names[fact.names.index("stated-by") :]
    }

    def record(**changes: Any) -> Receipt:
        recorded: Receipt = (log.plan if is_plan else log.record)(
            slug,
            told.text("type"),
            on=on,
            source=source,
            event_id=fact.event_id,
            expect_version=fact.expect_version,
            **{**given, "dry_run": fact.dry_run, **changes},
        )
        return recorded

    return fact_draft.placed(told, record)


def _initiative(log: Tracker, text: str) -> str:
    from tracker.application import names

    facts.check_text(text)
    with log.log.reading() as reader:
        return names.initiative(reader, text)
