"""The names somebody may have meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Below this share of letters in common, a suggestion puzzles more than it helps.
_CUTOFF = 0.6


def nearest(word: str, names: Iterable[str], limit: int = 3) -> list[str]:
    """The *names* nearest to *word*, the best first; none if nothing is near."""
    from rapidfuzz.distance import OSA, JaroWinkler

    wanted = word.casefold()
    scored = []
    for name in sorted(set(names)):
        folded = name.casefold()
        likeness = OSA.normalized_similarity(wanted, folded)
        if likeness >= _CUTOFF or (wanted.strip("-") and folded.startswith(wanted)):
            scored.append((likeness, JaroWinkler.similarity(wanted, folded), name))
    scored.sort(key=lambda entry: (-entry[0], -entry[1], entry[2]))
    return [name for _, _, name in scored[:limit]]


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """The question to put behind an error about *word*, with a space before it; or nothing."""
    found = [f"'{name}'" for name in nearest(word, names)]
    if not found:
        return ""
    return (
        f" Did you mean {' or '.join([', '.join(found[:-1]), found[-1]] if found[1:] else found)}?"
    )
