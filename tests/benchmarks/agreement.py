"""Nothing is compared that does not give the same answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping


class Disagreement(AssertionError):
    """Two sides gave different answers; what they cost means nothing then."""


def agreed(question: str, answers: Mapping[str, object]) -> None:
    """Raise Disagreement unless all *answers*, by who gave them, are the same and not empty."""
    (first, expected), *others = answers.items()
    if not expected:
        raise Disagreement(f"{question}: {first} gives no answer")
    for name, answer in others:
        if answer != expected:
            message = f"{question}: {name} and {first} differ{_example(answer, expected)}"
            raise Disagreement(message)


def digest(items: Iterable[object]) -> tuple[int, str]:
    """How many *items* there are, and a hash of them all in order, for answers too long to keep."""
    count, found = 0, hashlib.sha256()
    for item in items:
        count += 1
        found.update(repr(item).encode())
    return count, found.hexdigest()


def _example(one: object, other: object) -> str:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys(), key=str):
            if one.get(key) != other.get(key):
                return f": of {key}, {one.get(key)!r} and {other.get(key)!r}"
    return ""
