"""What drafts of a new fact and of one that stands share: fields, sources, checks with lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracker.cli import facts
from tracker.cli.draft import SOURCE_PARTS, Draft, Entry
from tracker.cli.faults import DONE, NO
from tracker.errors import NotFound, Refused, TrackerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import click

    from tracker.application import Receipt, Tracker
    from tracker.cli.app import App
    from tracker.domain.events import Account
    from tracker.domain.evidence import Source
    from tracker.domain.lifecycle import Lifecycle
    from tracker.render.formats import Format

    Values = Mapping[str, str]

REFERENCES = ("fulfils", "after", "contradicts")
_NOT_OF_PLANS = ("fulfils", "after")

# What the texts of the options do not say.
_HELP = {
    "initiative": "The initiative: its slug, or an unambiguous beginning of it.",
    "type": "What kind of development it is.",
    "source-title": "The title of the source.",
}
_OPEN = "Empty for no date; ../2030 for 2030 at the latest."
HOW = (
    "Write behind the colons; a text may go on in lines that begin with blanks. Lines that begin "
    "with # are left out. Saved as it is, or empty, {nothing}."
)


def typed(given: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """The options that were *given*, by the names of fields: those of the fact, and of its source.

    An option that was not given is left out.
    """
    said = {name.replace("_", "-"): text for name, text in given.items() if text is not None}
    source = {name: said.pop(name) for name in SOURCE_PARTS if name in said}
    return said, source


def named(sources: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """The parts of *sources*, which have the names of parameters, by the names of fields."""
    return [{name.replace("_", "-"): text for name, text in each.items()} for each in sources]


def answer(app: App, receipt: Receipt | None, format_name: Format, what: str) -> int:
    """Say what came of an editing: *receipt*, or that nothing was *what*; gives the exit code."""
    from tracker.application import Receipt
    from tracker.cli import receipts

    if receipt is not None:
        receipts.show(app, receipt, format_name)
        return DONE
    receipts.show(app, Receipt(()), format_name, remark=f"nothing was edited, so nothing is {what}")
    return NO


ATTRIBUTES = {
    "source": ("url", "document"),
    "source-title": ("title",),
    "publisher": ("publisher",),
    "published": ("published_on",),
    "accessed": ("accessed_on",),
    "quote": ("quote",),
    "grade": ("grade",),
}


def fields(names: tuple[str, ...], *, is_plan: bool) -> tuple[str, ...]:
    """Those of *names* that a plan has, or a development."""
    return tuple(name for name in names if not (is_plan and name in _NOT_OF_PLANS))


def help_texts(ctx: click.Context, lifecycle: Lifecycle | None, *, is_plan: bool) -> dict[str, str]:
    """What each field is for: as the options say, and the types that there are."""
    told = {
        param.opts[0].removeprefix("--"): getattr(param, "help", None) or ""
        for param in ctx.command.params
    }
    told |= _HELP
    if is_plan:
        told["on"] += f" {_OPEN}"
    if lifecycle is not None:
        known = ", ".join(each.type for each in lifecycle.developments)
        told["type"] += f" {lifecycle.title} has: {known}."
    return told


def values_of(log: Tracker, account: Account) -> dict[str, str]:
    """What stands of a fact, but for its sources, as it would be typed."""
    from tracker.cli.asking import handles

    referred = {name: getattr(account, name) for name in REFERENCES}
    named = handles(log, [each for each in referred.values() if each is not None])
    return {
        "type": account.type,
        "on": "" if account.on.edtf == "../.." else account.on.edtf,
        "stated-by": account.stated_by or "",
        "note": _shown(account.note),
        **{name: named.get(each, each) if each else "" for name, each in referred.items()},
    }


def parts_of(source: Source) -> dict[str, str]:
    """The parts of a source as they would be typed."""
    return {
        part: next(filter(None, (_shown(getattr(source, name)) for name in names)), "")
        for part, names in ATTRIBUTES.items()
    }


def _shown(text: object) -> str:
    """A text; of an erased one nothing is left to show."""
    return text if isinstance(text, str) else ""


def source_of(block: Mapping[str, Entry]) -> Source:
    """The source that the parts of *block* describe; a mistake in one names its line."""
    from tracker.domain.evidence import Source, parse_grade

    def part(name: str, check: Callable[[str], str | None] = str) -> str | None:
        entry = block.get(name)
        return entry.checked(check) if entry is not None and entry.text else None

    named = Source.named(part("source") or "")
    source = Source(
        url=named.url,
        document=named.document or None,
        title=part("source-title"),
        publisher=part("publisher"),
        published_on=part("published", facts.edtf),
        accessed_on=part("accessed", facts.edtf),
        quote=part("quote"),
        grade=part("grade", parse_grade),
    )
    if not source.name:
        first = next(iter(block.values()))
        message = "a source needs an address, a text, a title or a publisher; write one of them"
        raise first.mistake(Refused(message))
    return source


def check_sources(told: Draft, sources: Sequence[Source]) -> None:
    """Raise Refused, with a line, where nobody's word is given."""
    if not sources:
        blocks = told.sources[0] if told.sources else {}
        entry = blocks.get("source") or Entry("source", "", 1)
        raise entry.mistake(Refused("it is empty; write an address or a text"))


def check_type(lifecycle: Lifecycle, entry: Entry) -> None:
    """Raise Refused, with the line, for a type that *lifecycle* does not know."""

    def check(text: str) -> None:
        facts.check_type(lifecycle, facts.check_text(text))

    entry.checked(check)


def date(text: str, *, is_plan: bool) -> str:
    """The date as it was written, if it is one; an empty one is that of a plan without."""
    if is_plan and not text:
        return "../.."
    from tracker import clock
    from tracker.domain.dates import cut, parse_when

    extent = parse_when(facts.check_text(text), clock.today())
    if not is_plan:
        cut(extent, clock.now())  # refuses what has not happened yet
    return text


def check_references(log: Tracker, told: Draft) -> None:
    """Raise the error of the first reference of *told* that names no fact, with its line."""
    from tracker.application import names

    def check(text: str) -> str:
        with log.log.reading() as reader:
            return names.fact(reader, text)

    for name in REFERENCES:
        if told.text(name):
            told.entry(name).checked(check)


def placed(told: Draft, carry_out: Callable[..., Receipt]) -> Receipt:
    """What *carry_out* answers; where it refuses a reference of the draft, with its line."""
    try:
        return carry_out()
    except (NotFound, Refused) as error:
        given = [name for name in REFERENCES if told.text(name)]
        for name in given:
            if _is_refused(carry_out, {other: None for other in given if other != name}):
                if not _is_refused(carry_out, dict.fromkeys(given)):
                    raise told.entry(name).mistake(error) from error
                break
        raise


def _is_refused(carry_out: Callable[..., Receipt], changes: Mapping[str, None]) -> bool:
    try:
        carry_out(**changes, dry_run=True)
    except TrackerError:
        return True
    return False
