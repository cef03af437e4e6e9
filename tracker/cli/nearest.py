"""The commands and options somebody may have meant.

Such names are short, so only their spelling counts. For titles and phrases, where a part may stand
for the whole, there is :mod:`tracker.domain.nearest`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Below this share of letters in common, a suggestion puzzles more than it helps.
_CUTOFF = 0.6


def nearest(word: str, names: Iterable[str], limit: int = 3) -> list[str]:
    """The *names* nearest to *word*, the best first; none if nothing is near."""
    from rapidfuzz.distance import OSA, JaroWinkler

    wanted = _letters(word)
    scored = []
    for name in sorted(set(names)):
        letters = _letters(name)
        likeness = OSA.normalized_similarity(wanted, letters)
        if likeness >= _CUTOFF or (wanted and letters.startswith(wanted)):
            scored.append((likeness, JaroWinkler.similarity(wanted, letters), name))
    scored.sort(key=lambda entry: (-entry[0], -entry[1], entry[2]))
    return [name for _, _, name in scored[:limit]]


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """The question to put behind an error about *word*, with a space before it; or nothing."""
    found = [f"'{name}'" for name in nearest(word, names)]
    if not found:
        return ""
    head, last = found[:-1], found[-1]
    return f" Did you mean {', '.join(head)} or {last}?" if head else f" Did you mean {last}?"


def _letters(name: str) -> str:
    """What tells one name from another: the dashes before an option do not."""
    return name.lstrip("-").casefold()
