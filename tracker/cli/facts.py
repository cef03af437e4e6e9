"""What ``record``, ``plan`` and ``amend`` share: options, and asking for what was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from tracker.cli import complete, options
from tracker.errors import CalledWrongly, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tracker.application import Tracker
    from tracker.cli.app import App
    from tracker.domain.evidence import Source
    from tracker.domain.ledger import FactStanding
    from tracker.domain.lifecycle import Lifecycle

F = TypeVar("F", bound="Callable[..., Any]")

#: What ``options.source_options`` gives, but for who stated it and the note.
SOURCE_PARTS = ("source", "source_title", "publisher", "published", "accessed", "quote", "grade")


#: The parts of a source that is added, by the parameters that give them.
ADDED_PARTS = {
    "add_title": "source_title",
    "add_publisher": "publisher",
    "add_published": "published",
    "add_accessed": "accessed",
    "add_quote": "quote",
    "add_grade": "grade",
}


def fact_option(name: str, text: str) -> Callable[[F], F]:
    """An option that names a fact."""
    return click.option(name, metavar="FACT", shell_complete=complete.facts, help=text)


def add_source_options(function: F) -> F:
    """``add_source``: a tuple; the names of :data:`ADDED_PARTS`: as they were typed, or None."""
    described = {
        "--add-title TEXT": "The title of the source that is added.",
        "--add-publisher TEXT": "Who published that one.",
        "--add-published DATE": "When that one was published.",
        "--add-accessed DATE": "When that one was read.",
        "--add-quote TEXT": "The words of that one that say so, in short.",
        "--add-grade GRADE": "The Admiralty grade of that one.",
    }
    return click.option(
        "--add-source", multiple=True, metavar="URL|TEXT", help="Another that says so; repeatable."
    )(options.described_options(function, described))


def edit_option(function: F) -> F:
    """``edit``."""
    return click.option(
        "--edit",
        is_flag=True,
        help="Open $VISUAL or $EDITOR on all of it, as far as it is known, before it is recorded.",
    )(function)


def expect_version_option(function: F) -> F:
    """``expect_version``: a number or None."""
    return click.option(
        "--expect-version",
        type=int,
        metavar="N",
        help="Refuse if the initiative has more or fewer than N events by now.",
    )(function)


# --- from what was typed --------------------------------------------------------------------------


def source_of(given: dict[str, Any], option: str = "--source") -> Source | None:
    """The source that the :data:`SOURCE_PARTS` of *given* describe; None where none is given.

    They are taken out of *given*; grade and dates are checked. A part that is given empty stays an
    empty text, which clears it in an amendment.
    """
    from tracker.domain.evidence import Source, parse_grade

    parts = {name: given.pop(name) for name in SOURCE_PARTS}
    if all(text is None for text in parts.values()):
        return None
    place, grade = parts["source"], parts["grade"]
    if place is not None and not place.strip():
        raise Refused(f"a source must say something; write a URL or a text after {option}")
    named = Source.named(place) if place is not None else Source()
    return Source(
        url=named.url,
        document=named.document,
        title=parts["source_title"],
        publisher=parts["publisher"],
        published_on=edtf(parts["published"]),
        accessed_on=edtf(parts["accessed"]),
        quote=parts["quote"],
        grade=parse_grade(grade) if grade else grade,
    )


def sources_of(given: dict[str, Any]) -> list[Source]:
    """The sources of a new fact: the one that the options describe, and those that were added."""
    first, added = source_of(given), added_sources(added_parts(given))
    return added if first is None else [_whole(first), *added]


def added_parts(given: dict[str, Any]) -> list[dict[str, str]]:
    """What was said of each source that is added, by the names of :data:`SOURCE_PARTS`.

    It is taken out of *given*. Raises CalledWrongly where it is not said of which source.
    """
    places = given.pop("add_source")
    parts = {name: given.pop(name) for name in ADDED_PARTS}
    said = [name for name, text in parts.items() if text is not None]
    if said and len(places) != 1:
        option = f"--{said[0].replace('_', '-')}"
        raise CalledWrongly(
            f"{option} is about the source that --add-source adds; give one --add-source with it"
            + (", and the others with tracker amend, or all with --edit" if places else "")
        )
    told = {ADDED_PARTS[name]: parts[name] for name in said}
    return [{"source": place, **told} for place in places]


def added_sources(parts: Iterable[dict[str, str]]) -> list[Source]:
    """The sources of which *parts* say something."""
    found = []
    for each in parts:
        source = source_of({**dict.fromkeys(SOURCE_PARTS), **each}, "--add-source")
        if source is not None:
            found.append(_whole(source))
    return found


def _whole(source: Source) -> Source:
    """A new source, in which what was given empty is not there."""
    from attrs import asdict

    from tracker.domain.evidence import Source

    return Source(**{name: part or None for name, part in asdict(source).items()})


def position_of(text: str | None, option: str) -> int | None:
    """The position that was given to *option* as ``@17``."""
    if text is None:
        return None
    from tracker.application import viewpoints

    found = viewpoints.position_of(text)
    if found is None:
        raise CalledWrongly(f"{option} needs a position such as @17, not {text!r}")
    return found


def planned_on(on: str | None, by: str | None) -> str | None:
    """The date of a plan as one text, whether it was given as one or with ``--by``."""
    if by is None:
        return on
    if not by:
        return ""  # --by "" opens a plan, as --on "" does
    from tracker import clock
    from tracker.domain.dates import parse_by

    return parse_by(by, clock.today()).edtf


def standing(log: Tracker, fact: str) -> FactStanding:
    """What stands of *fact*; NotFound where there is none."""
    from tracker.application import names, recording
    from tracker.domain.rules import find_fact

    with log.log.connection() as connection:
        return find_fact(names.fact(connection, fact), recording.ledger(connection))


def edtf(text: str | None) -> str | None:
    """A date as EDTF; nothing, and an empty text, stay what they are."""
    if not text:
        return text
    from tracker import clock
    from tracker.domain.dates import parse_when

    return parse_when(text, clock.today()).edtf


# --- asking ---------------------------------------------------------------------------------------


def need(app: App, **missing: str | None) -> None:
    """Without anybody to ask, name the first of the arguments that is *missing*, and stop."""
    if app.interactive:
        return
    for name, value in missing.items():
        if value is None:
            app.ask("--on" if name == "on" else name.upper(), name)


def ask_slug(app: App, log: Tracker) -> str:
    """Ask for an initiative."""
    from tracker.application import names

    def check(answer: str) -> None:
        with log.log.connection() as connection:
            names.initiative(connection, answer)

    with log.log.connection() as connection:
        known = names.all_initiatives(connection)
    return app.ask("SLUG", "Initiative", choices=known, check=check)


def ask_type(app: App, log: Tracker, slug: str) -> str:
    """Ask for a type of development that the lifecycle of *slug* knows."""
    lifecycle = log.status(slug).standing.lifecycle
    known = [each.type for each in lifecycle.developments]

    def check(answer: str) -> None:
        check_type(lifecycle, answer, "the tab key lists them")

    return app.ask("TYPE", f"Type ({lifecycle.title})", choices=known, check=check)


def check_type(lifecycle: Lifecycle, text: str, way_out: str | None = None) -> None:
    """Raise Refused for a type that *lifecycle* does not know, with the nearest and *way_out*."""
    if lifecycle.find_type(text) is None:
        from tracker.domain.nearest import did_you_mean

        near = did_you_mean(text, [each.type for each in lifecycle.developments])
        shown = way_out or f"tracker lifecycle show {lifecycle.name} lists them"
        raise Refused(f"{lifecycle.name} has no type {text!r}{near}; {shown}")


def ask_on(app: App) -> str:
    """Ask for the date of a development."""
    return app.ask("--on", "When it happened", check=_check_date)


def ask_planned_on(app: App) -> str | None:
    """Ask for the date of a plan; None is an open one."""
    check = _unless_empty(_check_date)
    return app.ask("--on", "When it is to happen (may be empty)", default="", check=check) or None


def ask_sources(app: App) -> list[Source]:
    """Ask for a source, and for the parts of it that may be left out."""
    from tracker.domain.evidence import parse_grade

    given: dict[str, Any] = dict.fromkeys(SOURCE_PARTS)
    given["source"] = app.ask("--source", "Source, an address or a text", check=check_text)
    for part, question, check in (
        ("publisher", "Publisher (may be empty)", None),
        ("published", "Published on (may be empty)", _check_date),
        ("quote", "Quote (may be empty)", None),
        ("grade", "Admiralty grade, such as B2 (may be empty)", parse_grade),
    ):
        given[part] = app.ask(f"--{part}", question, default="", check=_unless_empty(check))
    found = source_of(given)
    return [] if found is None else [_whole(found)]


def _check_date(text: str) -> None:
    edtf(check_text(text))


def check_text(text: str) -> str:
    """An answer that may not be empty, or Refused."""
    if not text:
        raise Refused("it may not be empty")
    return text


def _unless_empty(check: Callable[[str], Any] | None) -> Callable[[str], Any]:
    return lambda text: check(text) if check and text else None
