"""What the content of each kind of event looks like, for a server that has no codec.

A shape is plain data. An object has these keys and no others, those with a question mark perhaps;
an array holds any number of one shape; and a word is one of *text*, *day*, *grade*, *hash* (SHA-256
in hex), *mode*, *flag* (true or false) and *texts* (an object of texts), or null where it says so.
The shapes are those of the newest schema version, which is the one that is written. A test holds
them against the codec.
"""

from __future__ import annotations

from typing import Any

Shape = Any

_COMMITTED = {"sha256": "hash"}
_SOURCE = {
    "url?": "text",
    "document?": "text",
    "title?": "text",
    "publisher?": "text",
    "published_on?": "text",
    "accessed_on?": "text",
    "quote?": _COMMITTED,
    "grade?": "grade",
}
_ACCOUNT = {
    "mode": "mode",
    "on": {"text": "text", "edtf": "text", "lo": "day|null", "hi": "day|null"},
    "sources": [_SOURCE],
    "stated_by?": "text",
    "note?": _COMMITTED,
    "fulfils?": "text",
    "after?": "text",
    "contradicts?": "text",
    "claimed_recorded_at?": "text",
}
_PROFILE = {
    "title": "text",
    "lifecycle": "text",
    "parties": ["text"],
    "sector": "text|null",
    "tags": ["text"],
    "summary": "text|null",
}
_DEFINITION = {
    "name": "text",
    "title": "text",
    "reference?": "text",
    "dormant_after?": "text",
    "phase": [
        {
            "name": "text",
            "title": "text",
            "definition": "text",
            "mandatory": "flag",
            "settled": "flag",
            "maps": "texts",
        }
    ],
    "development": [
        {
            "type": "text",
            "title": "text",
            "enters?": "text",
            "suspends?": "flag",
            "resumes?": "flag",
            "ends?": "text",
            "aliases": ["text"],
            "repeats": "flag",
        }
    ],
}

SHAPES: dict[str, Shape] = {
    "lifecycle-adopted": {"name": "text", "definition": _DEFINITION},
    "initiative-registered": _PROFILE,
    "initiative-revised": _PROFILE,
    "initiative-retired": {"reason": "text", "merged_into": "text|null"},
    "recorded": _ACCOUNT,
    "amended": {**_ACCOUNT, "fact": "text", "based_on": "text", "reason": "text"},
    "withdrawn": {"fact": "text", "reason": "text"},
    "initiatives-linked": {"link": "text", "other": "text"},
    "initiatives-unlinked": {"link": "text", "other": "text", "reason": "text"},
}
"""The content of an event, by its kind; of those kinds alone that a recorder may append.

``text-erased`` is none of them: it says that texts were deleted, and only the owner can do that.
"""
