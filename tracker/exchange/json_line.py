r"""One line of JSON that a terminal can be shown: what would steer one is written as ``\u202e``.

Once parsed, the text is equal again; letters of every script stay as they are.
"""

from __future__ import annotations

import json
import re

from tracker.domain.hidden import HIDDEN

_DANGEROUS = re.compile(f"[\\x7f-\\x9f{HIDDEN}]")  # JSON has escaped the other controls itself


def json_line(value: object) -> str:
    """Write *value* as one line of JSON, with its end."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _DANGEROUS.sub(_escaped, text) + "\n"


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1]
