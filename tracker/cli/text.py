"""What may be sent to a terminal, and what every output encoding can carry."""

from __future__ import annotations

import codecs
import re
import sys
from io import TextIOWrapper

#: The name under which :func:`escape_unencodable` is registered as an error handler.
ESCAPE = "tracker-escape"

#: The name under which ASCII is registered a second time.
ASCII = "tracker_ascii"

# Patterns are texts: re compiles one when it is first used, which most starts never do.
# user:password@ in a URL; a password may hold any character but white space, "@" among them.
_IN_A_URL = r"(://[^:/@\s]*):\S*@"
# What libpq calls password, sslpassword and the like: in the query of a URL, or in a list of words.
_NAMED_SO = r"(?i)(\w*passw(?:or)?d\w*\s*=\s*)(?:'[^']*'|[^\s&;'\")]+)"
_WHOLE_URL = r"(?a)\w[\w+.-]*://[^:/@]*:[^@]*@"


def visible(text: str) -> str:
    """*text*, of several lines perhaps, with all that could steer a terminal written out."""
    from tracker.render.safe import escape

    return escape(text.expandtabs(4), newline_ok=True)


def without_passwords(text: str) -> str:
    """*text* with the password of every URL in it blotted out."""
    return re.sub(_NAMED_SO, r"\1***", re.sub(_IN_A_URL, r"\1:***@", text))


def is_url_with_password(text: str) -> bool:
    """Whether *text* is the URL of a database with a password in it, or a list of libpq's words."""
    return bool(re.match(_WHOLE_URL, text) or re.search(_NAMED_SO, text))


def is_text(value: str) -> bool:
    r"""Whether *value* can be written as UTF-8: the bytes ``\xff`` of a shell argument cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def escape_unencodable(error: UnicodeError) -> tuple[str, int]:
    r"""What to write for characters that the output's encoding does not have: ``\u20bd``.

    Like the standard ``backslashreplace``, except that the escapes are JSON's, so that JSON written
    to an ASCII stream is still JSON.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_json_escaped, error.object[error.start : error.end])), error.end


def prepare_streams() -> None:
    """Make standard output and error accept every character, whatever their encoding."""
    codecs.register_error(ESCAPE, escape_unencodable)
    codecs.register(_plain_ascii)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            is_ascii = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(errors=ESCAPE, encoding=ASCII if is_ascii else stream.encoding)


def write_utf8(*, newline: str | None = None) -> None:
    """Write UTF-8 to standard output from here on, whatever the encoding of this system is.

    For what programs read: they are not told of any encoding. A terminal is told in its own.
    """
    if isinstance(sys.stdout, TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8", errors=ESCAPE, newline=newline)


def _plain_ascii(name: str) -> codecs.CodecInfo | None:
    """ASCII under another name: where it stands under its own, click writes UTF-8 instead."""
    if name != ASCII:
        return None
    known = codecs.lookup("ascii")
    return codecs.CodecInfo(
        known.encode,
        known.decode,
        incrementalencoder=known.incrementalencoder,
        incrementaldecoder=known.incrementaldecoder,
        name=ASCII,
    )


def _json_escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
