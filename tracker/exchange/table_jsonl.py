"""Rows out as JSON Lines: one object a line, every column in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TextIO

from tracker.exchange.json_line import json_line


def write_jsonl(rows: Iterable[Mapping[str, str | None]], out: TextIO) -> int:
    """Write *rows*; how many there were."""
    count = 0
    for row in rows:
        out.write(json_line(row))
        count += 1
    return count
