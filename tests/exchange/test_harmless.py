"""Recorded text in formats that cannot hold all of it, and addresses that may become links."""

from __future__ import annotations

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from tracker.exchange.harmless import line_text, web_address, xml_text

TEXTS = st.text(st.characters())


@given(TEXTS)
def test_any_text_can_be_written_as_xml(text: str) -> None:
    """What is left of a text is what XML may hold, and what it may hold is left."""
    harmless = xml_text(text).replace("\r", "")
    escaped = harmless.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert (ElementTree.fromstring(f"<a>{escaped}</a>").text or "") == harmless


@given(TEXTS)
def test_a_line_has_one_kind_of_line_end(text: str) -> None:
    """Python, which breaks lines at more characters than others do, breaks these at LF alone."""
    ended = f"{line_text(text)}\n"
    assert ended.splitlines(keepends=True) == [f"{line}\n" for line in ended.split("\n")[:-1]]


def test_what_cannot_be_written_is_shown() -> None:
    """A control character is shown as what it is, as on a terminal."""
    assert xml_text("a\x1b[2J\ufffe") == r"a\x1b[2J\ufffe"
    assert line_text("a\r\nb\rc\u2028\t") == "a\nb\\x0dc\\u2028\t"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://example.org/a?b=1&c=d#e", "https://example.org/a?b=1&c=d#e"),
        ("HTTP://example.org", "HTTP://example.org"),
        ("https://example.org/%20<b>\"'", "https://example.org/%20%3Cb%3E%22'"),
        ("https://example.org/é", "https://example.org/%C3%A9"),
        ("https://example.org/\x1b\x00", "https://example.org/%1B%00"),
        ("javascript://example.org/%0aalert(1)", None),
        ("data://text/html,x", None),
        ("file:///etc/passwd", None),
        ("https://", None),
        ("https://example.org/ a", None),
        ("https://mira:secret@example.org/", None),
        ("https://example.org/\ud800", None),
        (" https://example.org/", None),
        ("", None),
        (None, None),
    ],
)
def test_addresses(url: str | None, address: str | None) -> None:
    """Only the web is linked to, in ASCII; and never with somebody's password."""
    assert web_address(url) == address
