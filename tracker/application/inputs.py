"""What a caller of the Python API may give: texts, dates and words, as commands have them.

One rule for all that there may be several of: a single text, or a single source, is one of them,
and never the letters it consists of. And one for all that may be missing: an empty text says that
there is none. Everything that cannot be understood raises a :class:`tracker.errors.TrackerError`
that says what could be.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Literal, TypeAlias, TypeVar

from attrs import evolve

from tracker import clock
from tracker.application import names
from tracker.application.viewpoints import Day, date_text
from tracker.domain.dates import ANYTIME, Extent, parse_by, parse_when
from tracker.domain.evidence import Source
from tracker.domain.nearest import did_you_mean
from tracker.domain.unchanged import Unchanged
from tracker.errors import CalledWrongly, Refused
from tracker.store.driver import Reader
from tracker.store.ids import new_id

_T = TypeVar("_T")

Axis = Literal["world", "knowledge"]
AXES: tuple[Axis, ...] = ("world", "knowledge")

Words: TypeAlias = str | Iterable[str]
Sources: TypeAlias = str | Source | Iterable[str | Source]


def when(given: Day) -> Extent:
    """A date that was given; Refused for a text that is none, CalledWrongly for another value."""
    if isinstance(given, Extent):
        return given
    return parse_when(date_text(given), clock.today())


def latest(given: Day) -> Extent:
    """The latest day of a plan that was given; raises as :func:`when`, and Refused for an interval.

    An extent says its own end: ``2030`` and ``../2030`` are both by the end of 2030.
    """
    if isinstance(given, Extent) and given.is_open_start and not given.is_open_end:
        return given
    text = given.edtf if isinstance(given, Extent) else date_text(given)
    return parse_by(text, clock.today())


def planned(on: Day | None, by: Day | None) -> Extent:
    """The date of a plan, *on* one or *by* one; open where neither is given, and never both."""
    if on is None:
        return ANYTIME if by is None else latest(by)
    _check_alone(by)
    return when(on)


def moved(on: Day | Unchanged, by: Day | None) -> Extent | Unchanged:
    """The date that a fact is moved to, as :func:`planned`; unchanged where neither is given."""
    if isinstance(on, Unchanged):
        return on if by is None else latest(by)
    _check_alone(by)
    return when(on)


def _check_alone(by: Day | None) -> None:
    if by is not None:
        raise CalledWrongly("a plan is either on a date or by one; leave one of the two out")


def source(given: str | Source) -> Source:
    """A source that was given, or named by a URL or a text; CalledWrongly for anything else."""
    if isinstance(given, str):
        return Source.named(given)
    if not isinstance(given, Source):
        raise CalledWrongly(f"{given!r} is no source; give a URL, a text or a Source")
    return _dated(given)


def overlay(given: str | Source | None) -> Source | None:
    """What is to be laid over the first source of a fact; None where nothing is.

    Raises as :func:`source`, and Refused for a text that says nothing.
    """
    if isinstance(given, str) and not given.strip():
        raise Refused("a source must say something; write a URL or a text")
    return None if given is None else source(given)


def _dated(given: Source) -> Source:
    """The source with its dates as texts: they may be given as values, as all dates may."""
    dates: dict[str, Any] = {name: getattr(given, name) for name in ("published_on", "accessed_on")}
    values = {name: each for name, each in dates.items() if isinstance(each, date | Extent)}
    if not values:
        return given
    return evolve(given, **{name: when(each).edtf for name, each in values.items()})


def sources(given: Sources) -> tuple[Source, ...]:
    """All the sources that were given; one that stands alone is one of them."""
    if isinstance(given, str | Source):
        return (source(given),)
    _check_list(given, "sources")
    return tuple(source(each) for each in given)


def several(given: Words | None) -> tuple[str, ...]:
    """The words that were given, as they are; a single text is one word, and None is none.

    Raises CalledWrongly for what are no texts.
    """
    if given is None or isinstance(given, str):
        return () if given is None else (given,)
    _check_list(given, "texts")
    found = tuple(given)
    for each in found:
        if not isinstance(each, str):
            raise CalledWrongly(f"{each!r} is no text; give a text, or a list of texts")
    return found


def words(given: Words) -> tuple[str, ...]:
    """The words that were given, as a profile keeps them: without blanks around, each once."""
    return tuple(dict.fromkeys(word.strip() for word in several(given) if word.strip()))


def _check_list(given: object, what: str) -> None:
    if not isinstance(given, Iterable) or isinstance(given, Mapping):
        raise CalledWrongly(f"{given!r} is no list of {what}; give one of them, or a list")


def unless_unchanged(read: Callable[[Any], _T], given: object) -> _T | Unchanged:
    """What *read* makes of what was given for a change; unchanged where nothing was."""
    return given if isinstance(given, Unchanged) else read(given)


def text(given: str | None | Unchanged) -> str | None | Unchanged:
    """A text that was given; an empty one is none."""
    return given if isinstance(given, Unchanged) else given or None


def reference(reader: Reader, given: str | None | Unchanged) -> str | None | Unchanged:
    """The event id of the fact that was named; an empty text names none, and clears what was."""
    if isinstance(given, Unchanged):
        return given
    return names.fact(reader, given) if given else None


def event_id(given: str | uuid.UUID | None) -> str:
    """The id that was given to a request, or a new one; Refused for what is no UUID."""
    return new_id(clock.now()) if given is None else names.event_id(str(given))


def choice(given: str, what: str, there: Iterable[str]) -> None:
    """Raise CalledWrongly, with all that there are, where *given* is none of the values *there*."""
    known = tuple(there)
    if given in known:
        return
    near = did_you_mean(given, known) if isinstance(given, str) else ""
    raise CalledWrongly(f"there is no {what} {given!r}{near} (there are {', '.join(known)})")


def login_name() -> str:
    """Who records where nobody is named: the user of this process; some have no name."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user without a name
        return "unknown"
