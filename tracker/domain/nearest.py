"""The nearest names to one that was not found."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, names: Iterable[str], count: int = 3) -> list[str]:
    """Up to *count* of *names* that look like *word*, best first."""
    from rapidfuzz import fuzz, process, utils

    found = process.extract(
        word, list(names), scorer=fuzz.WRatio, processor=utils.default_process, limit=count
    )
    return [name for name, score, _ in found if score >= 55]


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """``; did you mean a, b or c?``, or nothing where no name is near."""
    found = nearest(word, names)
    if not found:
        return ""
    head, last = found[:-1], found[-1]
    return f"; did you mean {', '.join(head)} or {last}?" if head else f"; did you mean {last}?"
