"""How many terminal cells a text takes, and how to break it into lines.

Rich knows this too, but importing it costs more than a whole answer does, and a piped table and
a card need only this much of it.
"""

import functools
import unicodedata
from collections.abc import Iterator
from typing import Literal

Align = Literal["left", "right"]


@functools.lru_cache(maxsize=4096)
def _char_width(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"} or "\u1160" <= char <= "\u11ff":
        return 0  # marks on the letter before, joiners, and the inner letters of Hangul
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def text_width(text: str) -> int:
    """Count the cells that *text*, on one line, takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


def pad(text: str, width: int, align: Align = "left") -> str:
    """Fill *text* with blanks up to *width* cells; longer text stays whole."""
    blanks = " " * (width - text_width(text))
    return blanks + text if align == "right" else text + blanks


def wrap(text: str, width: int) -> list[str]:
    """Break *text* into lines of at most *width* cells, at blanks where there are any.

    A word longer than a line is broken inside, never cut. Line ends in *text* stay line ends.
    """
    width = max(width, 2)  # a wide character needs two cells
    return [line for paragraph in text.split("\n") for line in _lines(paragraph, width)]


def _lines(paragraph: str, width: int) -> Iterator[str]:
    line = ""
    for word in paragraph.split(" "):
        if word == "":
            continue
        candidate = f"{line} {word}" if line else word
        if text_width(candidate) <= width:
            line = candidate
            continue
        if line:
            yield line
        *full, line = _pieces(word, width)
        yield from full
    yield line


def _pieces(word: str, width: int) -> list[str]:
    if text_width(word) <= width:
        return [word]
    pieces, start, used = [], 0, 0
    for at, char in enumerate(word):
        cells = _char_width(char)
        if used + cells > width:
            pieces.append(word[start:at])
            start, used = at, 0
        used += cells
    return [*pieces, word[start:]]
