"""Rows out as JSON Lines: one object a line, every column in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TextIO


def write_jsonl(rows: Iterable[Mapping[str, str | None]], out: TextIO) -> int:
    """Write *rows*; how many there were."""
    count = 0
    for row in rows:
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
        count += 1
    return count
