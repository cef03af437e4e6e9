"""What a search looks into, and when two texts are the same to it.

A text is looked at as it is folded: in NFC and case-folded (Unicode, chapter 3.13), so that case
does not matter and an accent is a letter of its own. A word, which has no blank in it, is found in
a text exactly where it is part of one of the text's own words; so the set of those is all that an
index needs to keep.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from tracker.domain.events import (
    Account,
    InitiativeRegistered,
    InitiativeRevised,
    Profile,
    What,
    account_of,
)
from tracker.domain.evidence import Erased, Text

FOLDING = f"2/{unicodedata.unidata_version}"
"""What words were taken and folded by: this definition, and the version of Unicode."""


def folded(text: str) -> str:
    """*text* as it is compared."""
    return unicodedata.normalize("NFC", text).casefold()


def words_of(texts: Iterable[str]) -> tuple[str, ...]:
    """The words of all *texts*, folded, each once, in the order of their code points."""
    return tuple(sorted({word for text in texts for word in folded(text).split()}))


def searched_words(slug: str | None, what: What) -> tuple[str, ...] | None:
    """The words of what an event about *slug* says; None for one in which nothing is ever found.

    The title and the aliases of a type are not among them: they are the lifecycle's, and another
    lifecycle may be in force at another viewpoint.
    """
    if isinstance(what, InitiativeRegistered | InitiativeRevised):
        return words_of(text for _, text in profile_texts(slug or "", what.profile))
    account = account_of(what)
    if account is None:
        return None
    return words_of((*(text for _, text in account_texts(account)), account.type))


def profile_texts(slug: str, profile: Profile) -> Iterator[tuple[str, str]]:
    """The texts of an initiative, by the name of their field."""
    yield "title", profile.title
    yield "slug", slug
    yield "summary", profile.summary or ""
    yield from (("party", party) for party in profile.parties)
    yield "sector", profile.sector or ""
    yield from (("tag", tag) for tag in profile.tags)


def account_texts(account: Account) -> Iterator[tuple[str, str]]:
    """The texts of a fact but its type, by the name of their field; what was erased is none."""
    yield "note", _present(account.note)
    for source in account.sources:
        yield "quote", _present(source.quote)
        said = (source.title, source.publisher, source.document, source.url)
        yield "source", " · ".join(part for part in said if part)
    yield "stated_by", account.stated_by or ""


def _present(text: Text) -> str:
    return "" if text is None or isinstance(text, Erased) else text
