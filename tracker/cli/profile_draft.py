"""``--edit`` of ``register`` and ``revise``: what an initiative is, as a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from tracker.cli import draft, fact_draft, facts
from tracker.cli.draft import Draft
from tracker.cli.editor import check_editor, edited

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    import click

    from tracker.application import Receipt, Tracker
    from tracker.cli.app import App
    from tracker.domain.events import Profile
    from tracker.render.formats import Format

_FIELDS = ("title", "lifecycle", "party", "sector", "tag", "part-of", "summary")
_MANY = {"party": "parties", "tag": "tags"}
_PARTED = "Several are parted by semicolons."


@frozen
class Asked:
    """What the command line says of an initiative, word for word; an option left out is not in it.

    *slug* is the name to register, or that of the initiative to revise.
    """

    slug: str
    values: Mapping[str, str]
    event_id: str | None
    dry_run: bool

    @classmethod
    def typed(
        cls, slug: str, given: Mapping[str, Any], *, event_id: UUID | None, dry_run: bool
    ) -> Asked:
        """What the options that were *given* say, by the names of their parameters."""
        return cls(
            slug=slug,
            values={
                name.replace("_", "-"): "; ".join(value) if isinstance(value, tuple) else value
                for name, value in given.items()
                if value not in (None, ())
            },
            event_id=str(event_id) if event_id else None,
            dry_run=dry_run,
        )


def register(app: App, ctx: click.Context, asked: Asked, format_name: Format) -> int:
    """Register an initiative as it is edited; the exit code is 1 where nothing was."""
    from tracker.domain.rules import check_slug

    check_editor(app)
    slug = check_slug(asked.slug)
    with app.tracker(create=True, dry_run=asked.dry_run) as log:
        _check_new(log, slug)
        head = f"tracker register: {slug}, from here on."
        text = _template(ctx, log, head, asked.values, "nothing is registered")
        shown = draft.read(text, _FIELDS)

        def take(text: str) -> Receipt | None:
            told = draft.read(text, _FIELDS)
            if not told.differs(shown):
                return None
            for name in ("title", "lifecycle"):
                told.entry(name).checked(facts.check_text)
            return log.register(
                slug,
                event_id=asked.event_id,
                dry_run=asked.dry_run,
                **_profile(log, told, set(_FIELDS)),
            )

        receipt = edited(app, text, take)
        if receipt is None:
            log.log.close(failed=True)  # a log that was made for nothing
    return fact_draft.answer(app, receipt, format_name, "registered")


def revise(app: App, ctx: click.Context, asked: Asked, format_name: Format) -> int:
    """Revise an initiative as what stands of it is edited; 1 where that changed nothing."""
    check_editor(app)
    with app.tracker(upgrade=True, dry_run=asked.dry_run) as log:
        standing = log.status(asked.slug).standing
        stands = _values(standing.profile)
        head = f"tracker revise: {standing.initiative}, as it stands."
        # Both are read back: what cannot be written as it is, is not taken for a change.
        nothing = "nothing is changed"
        before = draft.read(_template(ctx, log, head, stands, nothing), _FIELDS)
        text = _template(ctx, log, head, {**stands, **asked.values}, nothing)
        shown = draft.read(text, _FIELDS)

        def take(text: str) -> Receipt | None:
            told = draft.read(text, _FIELDS)
            changed = {name for name in _FIELDS if told.text(name) != before.text(name)}
            if not told.differs(shown) or not changed:
                return None
            for name in changed & {"title", "lifecycle"}:
                told.entry(name).checked(facts.check_text)
            return log.revise(
                standing.initiative,
                event_id=asked.event_id,
                dry_run=asked.dry_run,
                **_profile(log, told, changed),
            )

        receipt = edited(app, text, take)
    return fact_draft.answer(app, receipt, format_name, "changed")


def _check_new(log: Tracker, slug: str) -> None:
    """Conflict, before anything is written, where there is an initiative of that name."""
    from tracker.application import recording
    from tracker.domain.rules import taken

    with log.log.connection() as connection:
        standing = recording.ledger(connection).initiative(slug)
    if standing is not None:
        raise taken(slug, standing)


def _template(
    ctx: click.Context, log: Tracker, head: str, values: Mapping[str, str], nothing: str
) -> str:
    help_of = {
        str(param.opts[0]).removeprefix("--"): str(getattr(param, "help", ""))
        for param in ctx.command.params
    }
    for name in _MANY:
        help_of[name] = f"{help_of[name].partition(';')[0].rstrip('.')}. {_PARTED}"
    help_of["lifecycle"] += f" There are: {', '.join(sorted(log.lifecycles()))}."
    paragraphs = [head, "", fact_draft.HOW.format(nothing=nothing)]
    return draft.template(paragraphs, _FIELDS, help_of, values, ())


def _values(profile: Profile) -> dict[str, str]:
    """What stands of an initiative, as it would be typed."""
    return {
        "title": profile.title,
        "lifecycle": profile.lifecycle,
        "party": "; ".join(profile.parties),
        "sector": profile.sector or "",
        "tag": "; ".join(profile.tags),
        "summary": profile.summary or "",
    }


def _profile(log: Tracker, told: Draft, names: set[str]) -> dict[str, Any]:
    """The fields *names* of *told* as arguments; a mistake in one names its line."""
    from tracker.application import names as resolving

    def initiative(text: str) -> str:
        with log.log.reading() as reader:
            return resolving.initiative(reader, text)

    given: dict[str, Any] = {}
    for name in sorted(names):
        text = told.text(name)
        if name in _MANY:
            given[_MANY[name]] = text.split(";")
        elif name == "part-of":
            given["part_of"] = told.entry(name).checked(initiative) if text else None
        elif name == "lifecycle":
            told.entry(name).checked(log.lifecycle)
            given[name] = text
        else:
            given[name] = text or None
    return given
