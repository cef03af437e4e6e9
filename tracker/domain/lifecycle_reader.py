"""The written form of a lifecycle, and every fault that it can have.

The form is plain data: what TOML or JSON gives. Nothing here knows what a lifecycle means; it says
what is wrong with one as it was written, where, and what to do about it, in whole sentences.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from typing import TYPE_CHECKING, Final

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

NOT_STARTED: Final = "not-started"
EFFECT_KEYS: Final = ("enters", "suspends", "resumes", "ends")
LONGEST_FILE_BYTES: Final = 250_000  # the longest that ships has 6,000
MOST_STOPS_IN_A_LINE: Final = 100
LONGEST_NAME_CHARS: Final = 80  # PostgreSQL indexes names, and refuses to index a long text
LONGEST_DORMANCY: Final = 1200  # a century, in months: more is a slip of the finger

_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SPAN: Final = re.compile(r"([0-9]{1,6}) (month|year)s?")
_SHOWN_AT_MOST: Final = 60
# Marks that turn the direction of the text around them: a title must not disguise another.
_BIDI: Final = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# Key -> (what its value must be, whether it must be there).
_HEAD: Final = {
    "name": ("slug", True),
    "title": ("text", True),
    "reference": ("text", False),
    "dormant_after": ("span", False),
    "phase": ("tables", False),
    "development": ("tables", False),
}
_PHASE: Final = {
    "name": ("slug", True),
    "title": ("text", True),
    "definition": ("text", True),
    "mandatory": ("flag", False),
    "settled": ("flag", False),
    "maps": ("maps", False),
}
_DEVELOPMENT: Final = {
    "type": ("slug", True),
    "title": ("text", True),
    "enters": ("slug", False),
    "suspends": ("flag", False),
    "resumes": ("flag", False),
    "ends": ("slug", False),
    "aliases": ("texts", False),
    "repeats": ("flag", False),
}


@frozen
class _Table:
    """One ``[[phase]]`` or ``[[development]]``, and how to say where it stands."""

    place: str
    values: Mapping[str, object]

    def text(self, key: str) -> str | None:
        """Read the text at *key*, if there is one."""
        value = self.values.get(key)
        return value if isinstance(value, str) else None


def word_key(text: str) -> str:
    """Reduce *text* to what is left when case, spaces, hyphens and punctuation do not count."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    # Marks stay: in Hindi and many other scripts they are the vowels.
    return "".join(c for c in folded if unicodedata.category(c)[0] in "LNM")


def months(span: str) -> int | None:
    """Read "24 months" or "2 years" as months; None for all else, for zero and for too long."""
    match = _SPAN.fullmatch(span)
    if match is None:
        return None
    number = int(match[1]) * (12 if match[2] == "year" else 1)
    return number if 1 <= number <= LONGEST_DORMANCY else None


def parse(text: str) -> tuple[dict[str, object] | None, list[str]]:
    """TOML *text* as plain data (None if it is no TOML), and what is wrong with it as a text."""
    faults = []
    if text.startswith("\ufeff"):
        faults.append("The file begins with a byte order mark; save it as UTF-8 without one.")
        text = text[1:]
    for number, line in enumerate(text.split("\n"), start=1):
        # tomllib takes a time that grows with the square of the parts of a dotted key.
        if line.count(".") > MOST_STOPS_IN_A_LINE:
            reason = f"it has more than {MOST_STOPS_IN_A_LINE} full stops; break it into several"
            return None, [*faults, f"Line {number} cannot be read: {reason}."]
    try:
        return tomllib.loads(text), faults
    except tomllib.TOMLDecodeError as error:
        return None, [*faults, f"This is not valid TOML: {_with_line(str(error), text)}."]
    except (ValueError, OverflowError):
        # tomllib lets int() and datetime speak for themselves, without a line.
        reason = "a number or date in it is out of range; write numbers as short texts"
        return None, [*faults, f"This is not valid TOML: {reason}."]
    except RecursionError:
        return None, [*faults, "This is not a lifecycle: its lists or tables nest too deeply."]


def faults_in(definition: Mapping[str, object], common: Collection[str]) -> Iterator[str]:
    """Every fault of *definition*, where *common* are the types it would have without saying so."""
    yield from _bad_fields("At the top", definition, _HEAD)
    phases = _tables(definition, "phase", "name")
    developments = _tables(definition, "development", "type")
    for phase in phases:
        yield from _bad_fields(phase.place, phase.values, _PHASE)
    for development in developments:
        yield from _bad_fields(development.place, development.values, _DEVELOPMENT)
    if definition.get("phase", []) == []:
        yield "At the top: there is no [[phase]]; a lifecycle needs at least one."
    yield from _repeated(phases, "name")
    yield from _repeated(developments, "type")
    yield from _bad_effects(phases, developments)
    yield from _unreachable(phases, developments)
    yield from _shared_words(developments, common)


def long_names(definition: Mapping[str, object]) -> Iterator[str]:
    """Every name in *definition* that is too long to be put in force, on whatever database.

    Not among the faults, for what was adopted by an earlier tracker stays in force.
    """
    named = [("At the top", "name", definition.get("name"))]
    for key, parts in (("phase", ("name",)), ("development", ("type", "enters", "ends"))):
        for table in _tables(definition, key, parts[0]):
            named += [(table.place, part, table.values.get(part)) for part in parts]
    for place, part, name in named:
        if isinstance(name, str) and len(name) > LONGEST_NAME_CHARS:
            yield f"{place}: {part} = {_shown(name)} has more than {LONGEST_NAME_CHARS} characters."


def _with_line(message: str, text: str) -> str:
    """*message* with the line it speaks of, also where that is the last one."""
    last = f"(at line {text.count(chr(10)) + 1}, the last one)"
    shown = message.replace("(at end of document)", last)
    return "".join(c if c.isprintable() else _escaped(c) for c in shown)


def _escaped(character: str) -> str:
    return f"\\u{ord(character):04x}"


def _shown(value: object) -> str:
    """*value* as a message may hold it: short, on one line, nothing in it that a terminal obeys."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        cut = value if len(value) <= _SHOWN_AT_MOST else value[:_SHOWN_AT_MOST] + "…"
        return '"' + "".join(c if c.isprintable() else _escaped(c) for c in cut) + '"'
    if isinstance(value, float):
        return f"the number with a decimal point {value}"
    if isinstance(value, int):
        return f"the number {value}" if abs(value) < 10**18 else "a very large number"
    named = {list: "a list", dict: "a table", type(None): "nothing"}
    return named.get(type(value), "a date or a time")


def _nearest(word: str, choices: Collection[str], otherwise: str) -> str:
    """Ask whether the choice nearest to *word* was meant, or say *otherwise*."""
    from rapidfuzz import fuzz, process, utils

    short = word[: 2 * _SHOWN_AT_MOST]
    found = process.extractOne(
        short, choices, scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=60
    )
    return f"did you mean {_shown(found[0])}?" if found else otherwise


def _is_mistyped(value: object) -> bool:
    """Whether what stands where tables belong is something else, which has a fault of its own."""
    return not isinstance(value, list) or not all(isinstance(item, dict) for item in value)


def _tables(definition: Mapping[str, object], key: str, named_by: str) -> list[_Table]:
    values = definition.get(key)
    found = []
    for number, item in enumerate(values if isinstance(values, list) else [], start=1):
        if isinstance(item, dict):
            name = item.get(named_by)
            called = f" ({_shown(name)})" if isinstance(name, str) else ""
            found.append(_Table(f"[[{key}]] {number}{called}", item))
    return found


def _bad_fields(
    place: str, table: Mapping[str, object], form: Mapping[str, tuple[str, bool]]
) -> Iterator[str]:
    """Yield what is wrong with keys and values: unknown, missing, or of the wrong kind."""
    for key, value in table.items():
        if key in form:
            for fault in _value_faults(key, form[key][0], value):
                yield f"{place}: {fault}"
        else:
            hint = _nearest(str(key), tuple(form), f"the keys are {', '.join(form)}.")
            yield f"{place}: there is no key {_shown(key)}; {hint}"
    for key, (kind, required) in form.items():
        if required and key not in table:
            example = "a-short-name" if kind == "slug" else "…"
            yield f'{place}: it has no {key}; write {key} = "{example}".'


def _value_faults(key: str, kind: str, value: object) -> Iterator[str]:
    match kind:
        case "slug":
            yield from _slug_faults(key, value)
        case "text":
            yield from _text_faults(key, value)
        case "flag":
            if not isinstance(value, bool):
                yield f"{key} must be true or false, without quotes, not {_shown(value)}."
        case "span":
            if not isinstance(value, str) or months(value) is None:
                yield (
                    f'{key} must be "N months" or "N years", from 1 to {LONGEST_DORMANCY} months, '
                    f"not {_shown(value)}; leave it out for never dormant."
                )
        case "texts":
            yield from _list_faults(key, value)
        case "maps":
            yield from _map_faults(key, value)
        case _:
            if _is_mistyped(value):
                yield f"{key} must be tables, each headed [[{key}]] with two brackets on each side."


def _slug_faults(key: str, value: object) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{key} must be a text in quotes, not {_shown(value)}."
    elif not _SLUG.fullmatch(value):
        yield (
            f"{key} = {_shown(value)} must be small letters a-z and digits, "
            'words joined by single hyphens, as in "mou-signed".'
        )
    elif value == NOT_STARTED and key in ("name", "enters"):
        yield f'{key} = "{NOT_STARTED}" is kept for before the first phase; choose another name.'


def _text_faults(key: str, value: object) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{key} must be a text in quotes, not {_shown(value)}."
    elif any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in _BIDI for c in value):
        yield f"{key} = {_shown(value)} holds a control character; keep it to one plain line."
    elif not value.strip():
        yield f"{key} is empty; write one line of text."


def _list_faults(key: str, value: object) -> Iterator[str]:
    if not isinstance(value, list):
        yield f'{key} must be a list of texts, as in ["one", "two"], not {_shown(value)}.'
        return
    for item in value:
        yield from _text_faults(f"each of the {key}", item)


def _map_faults(key: str, value: object) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f'{key} must be a table of texts, as in {{ iati = "1" }}, not {_shown(value)}.'
        return
    for scheme, code in value.items():
        if not isinstance(scheme, str) or not _SLUG.fullmatch(scheme):
            yield f"{key}: the scheme {_shown(scheme)} must be small letters, digits and hyphens."
        else:
            yield from _text_faults(f"{key}: {scheme}", code)


def _repeated(tables: list[_Table], key: str) -> Iterator[str]:
    first: dict[str, str] = {}
    for table in tables:
        name = table.text(key)
        if name is not None and name in first:
            yield f"{table.place}: {first[name]} has that {key} already; give one of them another."
        elif name is not None:
            first[name] = table.place


def _bad_effects(phases: list[_Table], developments: list[_Table]) -> Iterator[str]:
    names = tuple(name for phase in phases if (name := phase.text("name")) is not None)
    for development in developments:
        # `suspends = false` says no more than leaving it out.
        effects = [k for k in EFFECT_KEYS if development.values.get(k, False) is not False]
        if len(effects) > 1:
            said = ", ".join(effects)
            yield f"{development.place}: it has more than one effect ({said}); keep one of them."
        entered = development.text("enters")
        if entered is not None and entered not in names and entered != NOT_STARTED:
            hint = _nearest(entered, names, "name one of the [[phase]] tables.")
            yield f"{development.place}: enters = {_shown(entered)} is no phase; {hint}"


def _unreachable(phases: list[_Table], developments: list[_Table]) -> Iterator[str]:
    entered = {development.text("enters") for development in developments}
    for phase in phases:
        name = phase.text("name")
        if name is not None and name not in entered:
            yield (
                f"{phase.place}: no development enters it; "
                f"add a [[development]] with enters = {_shown(name)}."
            )


def _shared_words(developments: list[_Table], common: Collection[str]) -> Iterator[str]:
    """Words that would find two types, so that nobody could tell which was meant."""
    own = [name for table in developments if (name := table.text("type")) is not None]
    named: dict[str, str] = {}
    for name in dict.fromkeys(own):
        other = named.setdefault(word_key(name), name)
        if other != name:
            both = f"{_shown(other)} and {_shown(name)}"
            yield f"The types {both} differ in hyphens alone; rename one of them."
    for name in common:
        other = named.setdefault(word_key(name), name)
        if other != name:
            both = f"{_shown(other)} differs from the common {_shown(name)}"
            yield f"The type {both} in hyphens; rename it."
    claimed: dict[str, str] = {}
    for table in developments:
        for called, word in _words(table):
            yield from _word_faults(table, called, word, named, claimed)


def _words(table: _Table) -> Iterator[tuple[str, str]]:
    """Yield what people may call a type beside its name, each with what kind of word it is."""
    title = table.text("title")
    if title is not None:
        yield "title", title
    aliases = table.values.get("aliases")
    for alias in aliases if isinstance(aliases, list) else []:
        if isinstance(alias, str):
            yield "alias", alias


def _word_faults(
    table: _Table, called: str, word: str, named: Mapping[str, str], claimed: dict[str, str]
) -> Iterator[str]:
    mine, key = table.text("type"), word_key(word)
    if mine is None or not word.strip():
        return
    if not key:
        if called == "alias":
            yield f"{table.place}: the alias {_shown(word)} has no letter or digit to be found by."
        return
    namesake = named.get(key)
    if namesake is not None:
        if namesake != mine:
            yield (
                f"{table.place}: the {called} {_shown(word)} is the name of the type "
                f"{_shown(namesake)}; leave it out or change it."
            )
        return
    other = claimed.setdefault(key, mine)
    if other != mine:
        yield (
            f"{table.place}: the {called} {_shown(word)} is a word for {_shown(other)} too; "
            "leave it with one of them."
        )
