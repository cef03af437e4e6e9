"""The nearest names to one that was not found.

Near is what is spelt nearly alike, what begins as it was written, and, where there is none of
these, what has its words among its own: ``mou`` is ``mou-signed``. Anything farther would puzzle
more than help. Spelling is compared by the optimal string alignment distance (Damerau 1964, in the
form of Boytsov 2011, section 2.2), which counts two letters in the wrong order as one mistake.
"""

from __future__ import annotations

from collections.abc import Iterable

_LIKENESS = 0.65
"""How much of a whole name must be as it was written: of three letters, two."""

_SHORTEST_BEGINNING = 2
_LONGEST = 200
"""As much of a name as is looked at: what was not found may be a whole page."""


def nearest(word: str, names: Iterable[str], count: int = 3) -> list[str]:
    """Up to *count* of *names* that look like *word*, best first; of equals, as they were given."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA
    from rapidfuzz.utils import default_process

    wanted = default_process(word[:_LONGEST])
    if not wanted:
        return []
    known = {name: default_process(name[:_LONGEST]) for name in names}
    found = process.extract(wanted, known.values(), scorer=OSA.normalized_similarity, limit=None)
    likeness = {letters: score for letters, score, _ in found}
    near = {
        name: likeness[letters]
        for name, letters in known.items()
        if likeness[letters] >= _LIKENESS or _begins(letters, wanted)
    } or {name: likeness[letters] for name, letters in known.items() if _has(letters, wanted)}
    return sorted(near, key=lambda name: -near[name])[:count]


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """``; did you mean a, b or c?``, or nothing where no name is near."""
    found = nearest(word, names)
    if not found:
        return ""
    head, last = found[:-1], found[-1]
    return f"; did you mean {', '.join(head)} or {last}?" if head else f"; did you mean {last}?"


def _begins(name: str, wanted: str) -> bool:
    return len(wanted) >= _SHORTEST_BEGINNING and name.startswith(wanted)


def _has(name: str, wanted: str) -> bool:
    """Whether every word that is *wanted* is one of the words of *name*, or spelt nearly so."""
    words = name.split()
    return all(any(_is_meant(each, word) for word in words) for each in wanted.split())


def _is_meant(wanted: str, word: str) -> bool:
    from rapidfuzz.distance import OSA

    # One mistake in four letters: in fewer, most words are one mistake from some other.
    mistakes = len(wanted) // 4
    if not mistakes:
        return wanted == word
    return OSA.distance(wanted, word, score_cutoff=mistakes) <= mistakes or (
        word.startswith(wanted)
    )
