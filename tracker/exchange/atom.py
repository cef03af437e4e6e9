"""A feed of changes in Atom (RFC 4287), newest first."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime
from typing import TextIO
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from attrs import frozen

from tracker.domain.dates import format_instant
from tracker.exchange.harmless import web_address, xml_text

NAMESPACE = "http://www.w3.org/2005/Atom"
GENERATOR = "initiative-tracker"
_NONE: AttributesImpl[str] = AttributesImpl({})


@frozen
class Entry:
    """One change: *id* is an IRI that never changes, *at* when it was recorded, *by* by whom.

    *sources* are the addresses that it rests on; what is no address on the web gets no link.
    """

    id: str
    title: str
    text: str
    at: datetime
    by: str
    categories: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


def write_atom(
    entries: Iterable[Entry], feed_id: str, title: str, updated: datetime, out: TextIO
) -> int:
    """Write a feed of *entries*, which come newest first; how many there were.

    The feed is put together in memory: a feed is short, since its readers read it whole.
    """
    # XMLGenerator would take for a stream of bytes whatever is no stream of the io module.
    made = io.StringIO()
    xml = XMLGenerator(made, encoding="utf-8", short_empty_elements=True)
    xml.startDocument()
    xml.startElement("feed", AttributesImpl({"xmlns": NAMESPACE}))
    _simple(xml, "id", feed_id)
    _simple(xml, "title", title)
    _simple(xml, "updated", format_instant(updated))
    _simple(xml, "generator", GENERATOR)
    _author(xml, GENERATOR)  # of a feed that has no entry, and so no author of its own
    count = 0
    for entry in entries:
        xml.characters("\n")
        _entry(xml, entry)
        count += 1
    xml.characters("\n")
    xml.endElement("feed")
    xml.characters("\n")
    xml.endDocument()
    out.write(made.getvalue())
    return count


def _entry(xml: XMLGenerator, entry: Entry) -> None:
    xml.startElement("entry", _NONE)
    _simple(xml, "id", entry.id)
    _simple(xml, "title", entry.title, type="text")
    _simple(xml, "updated", format_instant(entry.at))
    _simple(xml, "published", format_instant(entry.at))
    _author(xml, entry.by)
    for term in entry.categories:
        _simple(xml, "category", None, term=xml_text(term))
    for address in dict.fromkeys(map(web_address, entry.sources)):
        if address is not None:
            _simple(xml, "link", None, rel="via", href=address)
    _simple(xml, "content", entry.text, type="text")
    xml.endElement("entry")


def _author(xml: XMLGenerator, name: str) -> None:
    xml.startElement("author", _NONE)
    _simple(xml, "name", name)
    xml.endElement("author")


def _simple(xml: XMLGenerator, name: str, text: str | None, **attributes: str) -> None:
    xml.startElement(name, AttributesImpl(attributes))
    if text is not None:
        # A parser makes LF of CR, which as a reference it leaves alone (XML 1.0, section 2.11).
        *lines, last = xml_text(text).split("\r")
        for line in lines:
            xml.characters(line)
            xml.ignorableWhitespace("&#13;")
        xml.characters(last)
    xml.endElement(name)
