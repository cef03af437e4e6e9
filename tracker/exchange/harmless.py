r"""Recorded text for formats that cannot hold all of it, and addresses that may become links.

XML 1.0 has no way to write most control characters (section 2.2), and iCalendar allows none but the
tab in a text (RFC 5545, section 3.3.11). What cannot be written is shown as what it is, ``\x1b``,
as on a terminal; so nothing is dropped in silence, and no file is broken by what somebody recorded.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_A_LINE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_WEB: Final = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", re.IGNORECASE)
_KEPT_IN_ADDRESSES: Final = "%/:=&?~#+!$,;'@()*[]"


def xml_text(text: str) -> str:
    """*text* with what XML 1.0 cannot hold shown as its escape; C1 controls too."""
    return _NOT_XML.sub(_shown, text)


def line_text(text: str) -> str:
    """*text* with LF as its line ends, and every other control or separator of lines shown."""
    return _NOT_A_LINE.sub(_shown, text.replace("\r\n", "\n"))


def web_address(url: str | None) -> str | None:
    """*url* as an address on the web in ASCII, or None if it is no such address.

    Only http and https: what a reader of feeds or calendars makes a link must not run anything.
    """
    if url is None or not _WEB.fullmatch(url):
        return None
    try:
        return quote(url, safe=_KEPT_IN_ADDRESSES)
    except UnicodeEncodeError:
        return None


def _shown(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}"
