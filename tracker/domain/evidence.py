"""On whose word: sources, and the Admiralty grades they are given (section 8 of the semantics)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from attrs import frozen

from tracker.errors import Refused

RELIABILITY = {
    "A": "completely reliable",
    "B": "usually reliable",
    "C": "fairly reliable",
    "D": "not usually reliable",
    "E": "unreliable",
    "F": "reliability cannot be judged",
}
CREDIBILITY = {
    "1": "confirmed by other sources",
    "2": "probably true",
    "3": "possibly true",
    "4": "doubtful",
    "5": "improbable",
    "6": "truth cannot be judged",
}

_URL = re.compile(r"^[a-z][a-z0-9+.-]*://\S+$", re.IGNORECASE)


def is_url(text: str) -> bool:
    """Whether *text* is a URL, and says nothing else."""
    return _URL.match(text) is not None


@frozen
class Erased:
    """A note or quote whose text was erased: what is left is the hash that its body commits to.

    It equals any text and any other erased text, since nobody can say any more what it said.
    """

    sha256: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Erased | str)

    def __hash__(self) -> int:
        return 0


Text = str | Erased | None


def parse_grade(text: str) -> str:
    """An Admiralty grade in its canonical form, such as ``B2``.

    Raises Refused for anything but a letter A to F followed by a figure 1 to 6.
    """
    grade = text.strip().upper()
    if len(grade) == 2 and grade[0] in RELIABILITY and grade[1] in CREDIBILITY:
        return grade
    message = (
        f"{text!r} is not an Admiralty grade; write a letter A to F for the source and a figure "
        "1 to 6 for what it says, such as B2"
    )
    raise Refused(message)


def explain_grade(grade: str) -> str:
    """A grade in words: ``B2`` is "usually reliable, probably true".

    What is none, as a damaged log may hold, is said to be none: an answer still comes of it.
    """
    reliability, credibility = RELIABILITY.get(grade[:1]), CREDIBILITY.get(grade[1:])
    if reliability is None or credibility is None:
        return "no Admiralty grade"
    return f"{reliability}, {credibility}"


@frozen
class Source:
    """Where a development is reported.

    *url* or *document* says where to look; *published_on* and *accessed_on* are EDTF strings;
    *quote* is the sentence relied on; *grade* an Admiralty grade such as ``B2``.
    """

    url: str | None = None
    document: str | None = None
    title: str | None = None
    publisher: str | None = None
    published_on: str | None = None
    accessed_on: str | None = None
    quote: Text = None
    grade: str | None = None

    @classmethod
    def named(cls, text: str) -> Source:
        """The source that a person named by a URL or by a text."""
        text = text.strip()
        return cls(url=text) if is_url(text) else cls(document=text)

    @property
    def is_confirmed(self) -> bool:
        """Whether its grade says that other sources confirm it (credibility 1)."""
        return self.grade is not None and self.grade[1:] == "1"

    @property
    def name(self) -> str:
        """What a person calls it: its title, its document, its URL or its publisher."""
        return self.title or self.document or self.url or self.publisher or ""

    def is_same_origin(self, other: Source) -> bool:
        """Whether both name one publication: by its address, or else by what it is called.

        What only one of the two says of document, title and publisher does not tell them apart,
        but something must be said by both.
        """
        if self.url or other.url:
            return self.url == other.url
        pairs = [
            (self.document, other.document),
            (self.title, other.title),
            (self.publisher, other.publisher),
        ]
        told = [(mine, theirs) for mine, theirs in pairs if mine and theirs]
        return bool(told) and all(mine == theirs for mine, theirs in told)


def is_unconfirmed(sources: Sequence[Source]) -> bool:
    """Whether *sources* are a single one, however often it is named, which nobody confirms."""
    if len(sources) == 1:  # as nearly always
        return not sources[0].is_confirmed
    return (
        bool(sources)
        and not any(source.is_confirmed for source in sources)
        and all(one.is_same_origin(other) for one, other in combinations(sources, 2))
    )
