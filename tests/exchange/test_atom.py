"""Feeds: whatever a text holds, it is a text of the feed, and comes back as it was."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from tracker.exchange.atom import Entry, write_atom
from tracker.exchange.harmless import xml_text

ATOM = "{http://www.w3.org/2005/Atom}"
NOW = datetime(2026, 1, 1, 9, tzinfo=UTC)
TEXTS = st.text(st.characters(), max_size=100)


@given(title=TEXTS, text=TEXTS, by=TEXTS, term=TEXTS)
def test_any_text_comes_back(title: str, text: str, by: str, term: str) -> None:
    """Markup, carriage returns and control characters are text, in elements and in attributes."""
    out = io.StringIO()
    entry = Entry(id="urn:uuid:1", title=title, text=text, at=NOW, by=by, categories=(term,))
    assert write_atom([entry], "urn:uuid:0", title, NOW, out) == 1
    root = ElementTree.fromstring(out.getvalue().encode())
    (found,) = root.findall(f"{ATOM}entry")

    def told(name: str) -> str:
        return found.findtext(f"{ATOM}{name}") or ""

    assert told("title") == root.findtext(f"{ATOM}title") == xml_text(title)
    assert told("content") == xml_text(text)
    assert found.findtext(f"{ATOM}author/{ATOM}name") == xml_text(by)
    category = found.find(f"{ATOM}category")
    assert category is not None
    assert category.get("term") == xml_text(term)
    assert told("updated") == told("published") == "2026-01-01T09:00:00.000000Z"


def test_what_a_feed_must_have() -> None:
    """An id, a title, when it was updated, and an author, with no entry too (RFC 4287, 4.1.1)."""
    out = io.StringIO()
    assert write_atom([], "urn:uuid:0", "Changes", NOW, out) == 0
    root = ElementTree.fromstring(out.getvalue().encode())
    names = [element.tag.removeprefix(ATOM) for element in root]
    assert names == ["id", "title", "updated", "generator", "author"]


def test_only_the_web_is_linked_to() -> None:
    """An address that is not on the web gets no link, and one that is there twice gets one."""
    out = io.StringIO()
    addresses = ("javascript://a", "https://example.org/", "file:///a", "https://example.org/")
    entry = Entry(id="urn:uuid:1", title="", text="", at=NOW, by="", sources=addresses)
    write_atom([entry], "urn:uuid:0", "", NOW, out)
    links = ElementTree.fromstring(out.getvalue().encode()).findall(f".//{ATOM}link")
    assert [(link.get("rel"), link.get("href")) for link in links] == [
        ("via", "https://example.org/")
    ]
