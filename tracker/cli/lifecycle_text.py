"""A lifecycle for a person to read: its phases and types in words, and drawn as a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.render.colors import HEADING, QUIET, paint
from tracker.render.safe import escape
from tracker.render.widths import pad, text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tracker.domain.lifecycle import DevelopmentType, Effect, Lifecycle

_WIDEST = 100

# Of every drawing character, the one for a terminal that knows ASCII alone.
_ASCII = str.maketrans("│○●◆◀─▶", "|o*#<->")


def effect_text(effect: Effect) -> str:
    """What a development does, in words: ``enters talks``, ``ends: cancelled``."""
    match effect.kind:
        case "enters":
            return f"enters {effect.phase}"
        case "ends":
            return f"ends: {effect.outcome}"
        case "none":
            return "no effect"
        case _:
            return effect.kind


def page(lifecycle: Lifecycle, since: str, *, width: int, color: bool) -> str:
    """Everything about *lifecycle*; *since* says since when it is in force."""
    return "\n".join(_page(lifecycle, since, min(max(width, 40), _WIDEST), color=color)) + "\n"


def _page(lifecycle: Lifecycle, since: str, width: int, *, color: bool) -> Iterator[str]:
    yield from _head(lifecycle, since, width, color=color)
    yield ""
    yield paint("Phases, in order", HEADING, color=color)
    for number, phase in enumerate(lifecycle.phases, start=1):
        marks = ["may not be skipped"] * phase.mandatory + ["never dormant"] * phase.settled
        marked = f" ({', '.join(marks)})" if marks else ""
        yield f"{number:>3}  {phase.name}: {escape(phase.title)}{marked}"
        yield from _wrapped(phase.definition, width, 5)
        codes = ", ".join(f"{code} in {name}" for name, code in phase.maps)
        if codes:
            yield from _wrapped(f"Code {codes}.", width, 5, style=QUIET, color=color)
    yield ""
    yield paint("Types of development, by what they do", HEADING, color=color)
    for each in _by_effect(lifecycle):
        often = ", may repeat" if each.repeats else ""
        yield f"  {each.type}: {effect_text(each.effect)}{often}"
        words = ", ".join((each.title, *each.aliases))
        yield from _wrapped(words, width, 5, style=QUIET, color=color)


def _head(lifecycle: Lifecycle, since: str, width: int, *, color: bool) -> Iterator[str]:
    yield paint(f"{lifecycle.name}: {escape(lifecycle.title)}", HEADING, color=color)
    months = lifecycle.dormant_after
    dormancy = f"after {months} months without any development" if months else "never"
    for label, text in (
        ("In force", since),
        ("Dormant", dormancy),
        ("Reference", lifecycle.reference),
    ):
        for number, line in enumerate(_wrapped(text, width, 11) if text else ()):
            yield line if number else f"{paint(pad(label, 9), QUIET, color=color)}  {line[11:]}"


def _wrapped(
    text: str, width: int, indent: int, *, style: str | None = None, color: bool = False
) -> Iterator[str]:
    for line in wrap(escape(text), width - indent):
        yield " " * indent + paint(line, style, color=color)


def _by_effect(lifecycle: Lifecycle) -> Iterable[DevelopmentType]:
    kinds = ("enters", "suspends", "resumes", "ends", "none")
    return sorted(
        lifecycle.developments,
        key=lambda each: (
            kinds.index(each.effect.kind),
            lifecycle.order_of(each.effect.phase or ""),
        ),
    )


# --- the graph ------------------------------------------------------------------------------------


def graph(lifecycle: Lifecycle, *, color: bool, ascii_only: bool) -> str:
    """The phases from first to last, with what enters each, and what else changes the condition."""
    text = "\n".join(_graph(lifecycle, color=color)) + "\n"
    return text.translate(_ASCII) if ascii_only else text


def _graph(lifecycle: Lifecycle, *, color: bool) -> Iterator[str]:
    yield paint(f"{lifecycle.name}: {escape(lifecycle.title)}", HEADING, color=color)
    yield ""
    yield "  ○ not-started"
    room = max(text_width(phase.name) for phase in lifecycle.phases) if lifecycle.phases else 0
    for phase in lifecycle.phases:
        yield "  │"
        entering = [
            each.type for each in lifecycle.developments if each.effect.phase == phase.name
        ] or ["(nothing enters it)"]
        for number, name in enumerate(entering):
            dot = "◆" if phase.mandatory else "●"
            left = f"  {dot} {pad(phase.name, room)}" if number == 0 else f"  │ {pad('', room)}"
            yield f"{left}  {'◀─' if number == 0 else '  '} {name}"
    yield ""
    for kind, target in (("suspends", "suspended"), ("resumes", "active again")):
        names = [each.type for each in lifecycle.developments if each.effect.kind == kind]
        if names:
            yield f"  any phase ─ {', '.join(names)} ─▶ {target}"
    for outcome in lifecycle.outcomes:
        names = [each.type for each in lifecycle.developments if each.effect.outcome == outcome]
        yield f"  any phase ─ {', '.join(names)} ─▶ ended ({outcome})"
    yield ""
    skipped = "◆ may not be skipped; " if any(p.mandatory for p in lifecycle.phases) else ""
    yield paint(f"  {skipped}any phase may be entered from any other", QUIET, color=color)
