"""Lifecycles: the ordered phases of a kind of initiative, and which development enters which.

A lifecycle is data: written as TOML by a person, embedded whole in the log when it is adopted, and
read back from there. Whatever comes in as text or plain data goes out as a value or is refused.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from attrs import evolve, frozen

from tracker.domain.lifecycle_reader import (
    EFFECT_KEYS,
    NOT_STARTED,
    faults_in,
    long_names,
    months,
    parse,
    word_key,
)
from tracker.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    _Table: TypeAlias = Mapping[str, Any]

__all__ = [
    "COMMON_TYPES",
    "NOT_STARTED",
    "NO_EFFECT",
    "DevelopmentType",
    "Effect",
    "Lifecycle",
    "Phase",
    "faults",
    "read_lifecycle",
]


@frozen
class Effect:
    """What a development does to an initiative's status. Entering a phase also makes it active."""

    kind: Literal["enters", "suspends", "resumes", "ends", "none"]
    phase: str | None = None
    outcome: str | None = None

    @property
    def sets_phase(self) -> bool:
        """Whether the phase follows from a development with this effect."""
        return self.kind == "enters"

    @property
    def sets_condition(self) -> bool:
        """Whether the condition (active, suspended, ended) follows from one."""
        return self.kind != "none"


NO_EFFECT: Final = Effect("none")


@frozen
class Phase:
    """One stage of a lifecycle, with a definition that a person can apply."""

    name: str
    title: str
    definition: str
    mandatory: bool = False
    settled: bool = False
    maps: tuple[tuple[str, str], ...] = ()
    """(code list, code) pairs, in the order of the code lists' names."""


@frozen
class DevelopmentType:
    """A kind of thing that happens, its one effect, and the words that people use for it."""

    type: str
    title: str
    effect: Effect
    aliases: tuple[str, ...] = ()
    repeats: bool = False
    """Whether it may rightly happen more than once, so that two dates are no contradiction."""


COMMON_TYPES: Final[tuple[DevelopmentType, ...]] = (
    DevelopmentType(
        "suspended",
        "Suspended",
        Effect("suspends"),
        ("put on hold", "on hold", "paused", "halted", "frozen", "shelved"),
        repeats=True,
    ),
    DevelopmentType(
        "resumed",
        "Resumed",
        Effect("resumes"),
        ("restarted", "revived", "unfrozen", "back on track"),
        repeats=True,
    ),
    DevelopmentType(
        "cancelled",
        "Cancelled",
        Effect("ends", outcome="cancelled"),
        ("canceled", "called off", "scrapped", "dropped"),
    ),
    DevelopmentType(
        "superseded",
        "Superseded",
        Effect("ends", outcome="superseded"),
        ("replaced", "replaced by another", "subsumed"),
    ),
    DevelopmentType(
        "commented",
        "Commented on",
        NO_EFFECT,
        ("comment", "commentary", "remark", "analysis"),
        repeats=True,
    ),
    DevelopmentType(
        "statement-made",
        "Statement made",
        NO_EFFECT,
        ("statement", "statement issued", "declared", "said publicly"),
        repeats=True,
    ),
    DevelopmentType(
        "commitment-reaffirmed",
        "Commitment reaffirmed",
        NO_EFFECT,
        ("reaffirmed", "commitment reiterated", "recommitted"),
        repeats=True,
    ),
    DevelopmentType(
        "target-set",
        "Target set",
        NO_EFFECT,
        ("target", "deadline set", "goal set", "target date set"),
        repeats=True,
    ),
    DevelopmentType(
        "round-held",
        "Round of talks held",
        NO_EFFECT,
        ("round of negotiations", "negotiating round held", "talks held"),
        repeats=True,
    ),
    DevelopmentType(
        "delayed",
        "Delayed",
        NO_EFFECT,
        ("postponed", "deferred", "pushed back", "deadline missed", "behind schedule"),
        repeats=True,
    ),
)
"""What every lifecycle has without writing it. A definition in the log holds its own copy."""


@frozen
class Lifecycle:
    """The phases a kind of initiative goes through, in order, and what moves it through them."""

    name: str
    title: str
    reference: str
    dormant_after: int | None
    """Months without any development after which an unsettled phase counts as dormant."""
    phases: tuple[Phase, ...]
    developments: tuple[DevelopmentType, ...]
    """Its own types, then the common ones that it does not define itself."""

    @cached_property
    def _types(self) -> dict[str, DevelopmentType]:
        return {each.type: each for each in self.developments}

    @cached_property
    def effects(self) -> dict[str, tuple[str, str | None, str | None]]:
        """Effect, phase and outcome of each type, by its name; to be read alone."""
        return {
            each.type: (each.effect.kind, each.effect.phase, each.effect.outcome)
            for each in self.developments
        }

    @cached_property
    def _order(self) -> dict[str, int]:
        return {phase.name: number for number, phase in enumerate(self.phases)}

    @cached_property
    def _found_by(self) -> dict[str, str]:
        return _found_by(self.developments)

    def effect_of(self, type: str) -> Effect | None:  # noqa: A002 -- the product's own word
        """Say what a development of *type* does; None where this definition has no such type."""
        found = self._types.get(type)
        return None if found is None else found.effect

    def development(self, type: str) -> DevelopmentType | None:  # noqa: A002
        """Find the definition of *type*, named exactly."""
        return self._types.get(type)

    def phase(self, name: str) -> Phase | None:
        """Find the phase called *name*."""
        order = self._order.get(name)
        return None if order is None else self.phases[order]

    def order_of(self, phase: str) -> int:
        """Count from 0; -1, before them all, is ``not-started`` and whatever is no phase here."""
        return self._order.get(phase, -1)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Every way that an initiative can end, in the order of the definition."""
        ends = (each.effect.outcome for each in self.developments)
        return tuple(dict.fromkeys(outcome for outcome in ends if outcome is not None))

    def find_type(self, text: str) -> str | None:
        """Find the one type that *text* names: by name, title or alias, however it is spelt."""
        return text if text in self._types else self._found_by.get(word_key(text))

    def to_definition(self) -> dict[str, object]:
        """Write the whole definition as plain data, in the TOML form, with nothing left implied."""
        return {
            "name": self.name,
            "title": self.title,
            # A reference is optional in the form, and an empty text is a fault there.
            **({"reference": self.reference} if self.reference else {}),
            **({"dormant_after": f"{self.dormant_after} months"} if self.dormant_after else {}),
            "phase": [_phase_out(phase) for phase in self.phases],
            "development": [_development_out(each) for each in self.developments],
        }

    @classmethod
    def from_definition(cls, definition: dict[str, object]) -> Lifecycle:
        """Read what :meth:`to_definition` wrote, and add nothing: the common types are in it."""
        if not isinstance(definition, dict):
            raise Refused("The definition of a lifecycle must be a table of keys and values.")
        found = list(faults_in(definition, common=()))
        if found:
            raise Refused(f"The definition of a lifecycle has faults: {' '.join(found)}")
        return _built(definition)


def read_lifecycle(text: str, origin: str) -> Lifecycle:
    """Read a lifecycle, common types added, from TOML *text* that came from *origin*, a file."""
    definition, found = _checked(text)
    if found or definition is None:
        more = f" ({len(found) - 1} more; see `tracker lifecycle check`)" if len(found) > 1 else ""
        raise Refused(f"{origin} is not a lifecycle that can be read: {found[0]}{more}")
    lifecycle = _built(definition)
    return evolve(lifecycle, developments=_with_common_types(lifecycle.developments))


def faults(text: str) -> list[str]:
    """List every fault of a lifecycle in TOML, each a sentence with its place and way out."""
    return _checked(text)[1]


def _checked(text: str) -> tuple[dict[str, object] | None, list[str]]:
    definition, found = parse(text)
    if definition is not None:
        found += faults_in(definition, common=tuple(each.type for each in COMMON_TYPES))
        found += long_names(definition)
    return definition, found


def _with_common_types(own: tuple[DevelopmentType, ...]) -> tuple[DevelopmentType, ...]:
    """*own* types and the common ones they do not override, which yield every word *own* claims."""
    names, claimed = {each.type for each in own}, _found_by(own)
    return own + tuple(
        evolve(each, aliases=tuple(a for a in each.aliases if word_key(a) not in claimed))
        for each in COMMON_TYPES
        if each.type not in names
    )


def _found_by(developments: Iterable[DevelopmentType]) -> dict[str, str]:
    """Every word for a type, as :func:`word_key` leaves it, and the type that it finds."""
    found: dict[str, str] = {}
    for each in developments:
        for word in (each.title, *each.aliases):
            found.setdefault(word_key(word), each.type)
    found.update((word_key(each.type), each.type) for each in developments)
    found.pop("", None)  # a title of punctuation alone finds nothing
    return found


# From here on the data has no faults: `faults_in` has seen to it that what must be there is, that
# each value is of its kind, and that there are phases, each of which some development enters.


def _built(definition: _Table) -> Lifecycle:
    span = definition.get("dormant_after")
    return Lifecycle(
        name=definition["name"],
        title=definition["title"],
        reference=definition.get("reference", ""),
        dormant_after=None if span is None else months(span),
        phases=tuple(_phase_in(table) for table in definition["phase"]),
        developments=tuple(_development_in(table) for table in definition["development"]),
    )


def _phase_in(table: _Table) -> Phase:
    maps: Mapping[str, str] = table.get("maps", {})
    return Phase(
        name=table["name"],
        title=table["title"],
        definition=table["definition"],
        mandatory=table.get("mandatory") is True,
        settled=table.get("settled") is True,
        maps=tuple(
            sorted(maps.items())
        ),  # canonical JSON sorts keys too: the order must survive it
    )


def _development_in(table: _Table) -> DevelopmentType:
    return DevelopmentType(
        type=table["type"],
        title=table["title"],
        effect=_effect_in(table),
        aliases=tuple(table.get("aliases", ())),
        repeats=table.get("repeats") is True,
    )


def _effect_in(table: _Table) -> Effect:
    key = next((key for key in EFFECT_KEYS if table.get(key, False) is not False), None)
    match key:
        case "enters":
            return Effect("enters", phase=table[key])
        case "ends":
            return Effect("ends", outcome=table[key])
        case "suspends" | "resumes":
            return Effect(key)
        case _:
            return NO_EFFECT


def _phase_out(phase: Phase) -> dict[str, object]:
    return {
        "name": phase.name,
        "title": phase.title,
        "definition": phase.definition,
        "mandatory": phase.mandatory,
        "settled": phase.settled,
        "maps": dict(phase.maps),
    }


def _development_out(each: DevelopmentType) -> dict[str, object]:
    return {
        "type": each.type,
        "title": each.title,
        **_effect_out(each.effect),
        "aliases": list(each.aliases),
        "repeats": each.repeats,
    }


def _effect_out(effect: Effect) -> dict[str, object]:
    match effect.kind:
        case "enters":
            return {"enters": effect.phase}
        case "ends":
            return {"ends": effect.outcome}
        case "none":
            return {}
        case kind:
            return {kind: True}
