r"""What may reach a terminal, a spreadsheet or a parser: recorded text is anybody's text.

Control characters move cursors, clear screens and write clipboards; characters of direction make
`exe.fdp` read `pdf.exe`; tag characters carry text that nobody sees. All are shown as what they
are, `\x1b` or `\u202e`, and never sent. Joiners (U+200C, U+200D) stay: Hindi needs them to be
spelt rightly.
"""

import json
import re
from typing import Any

from tracker.domain.hidden import HIDDEN

_DANGEROUS = re.compile(f"[\\x00-\\x1f\\x7f-\\x9f{HIDDEN}]")
_DANGEROUS_IN_JSON = re.compile(f"[\\x7f-\\x9f{HIDDEN}]")  # JSON has escaped the others itself
_FAMILIAR = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}

# What spreadsheets take for the start of a formula, with the full-width forms some of them read.
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def _shown(match: re.Match[str]) -> str:
    char = match.group()
    if char in _FAMILIAR:
        return _FAMILIAR[char]
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def escape(text: str, newline_ok: bool = False) -> str:  # noqa: FBT001, FBT002
    """Show every character that could steer a terminal as its escape; leave the rest alone.

    With *newline_ok*, line ends stay, for text that is wrapped and not put in one cell.
    """
    if text.isprintable() and text.isascii():
        return text
    if not newline_ok:
        return _DANGEROUS.sub(_shown, text)
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(_DANGEROUS.sub(_shown, line) for line in lines)


def _json_escape(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1]


def json_text(value: Any, *, indent: int | None = None) -> str:
    r"""Write *value* as JSON that people can read and a terminal can be shown.

    Letters of every script stay as they are; what `escape` would show escaped is written as
    `\uXXXX`, so that the text is equal again once parsed.
    """
    return _DANGEROUS_IN_JSON.sub(_json_escape, _encoded(value, indent))


def _encoded(value: Any, indent: int | None) -> str:
    import msgspec

    try:
        encoded = msgspec.json.encode(value)
        if indent is not None:
            encoded = msgspec.json.format(encoded, indent=indent)
        return encoded.decode()
    except (UnicodeEncodeError, OverflowError):
        # msgspec is ten times faster, but takes no lone surrogates and no integers past 64 bits.
        separators = (",", ":") if indent is None else None
        return json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)


def spreadsheet_safe(text: str) -> str:
    """Put a single quote before what a spreadsheet would run as a formula.

    Cells that start with = + - @ (their full-width forms too), a tab or a line end can call out
    of Excel, LibreOffice and others when the file is opened. The quote makes them text. A reader
    that wants the recorded text back takes off one leading quote, or reads JSON instead, where
    nothing is added. Numbers are not text and stay as they are.
    """
    return "'" + text if text.startswith(_FORMULA_STARTS) else text
