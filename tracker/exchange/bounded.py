"""Files that somebody else wrote, read no further than such a file may be long.

A device has no end, and a pipe may have none: what is read whole is read up to a bound.
"""

from __future__ import annotations

from typing import BinaryIO

from tracker.errors import Refused

_CHUNK_BYTES = 1 << 16


def read_whole(stream: BinaryIO, longest_bytes: int, name: str, what: str) -> bytes:
    """All of *stream*, called *name*; Refused where it is longer than *what* may be."""
    found = bytearray()
    while chunk := stream.read(min(_CHUNK_BYTES, longest_bytes + 1 - len(found))):
        found += chunk
        if len(found) > longest_bytes:
            message = (
                f"{name} is longer than {longest_bytes:,} bytes, the most that {what} may have; "
                "check that it is the file you mean"
            )
            raise Refused(message)
    return bytes(found)
