"""Facts as one Parquet file, written by DuckDB: typed columns, sources as lists of their own.

Rows go to a file of JSON lines first, from which DuckDB makes the Parquet file within a bound on
its memory: handing it rows one by one from Python is a hundred times slower, and a table of them in
memory would grow with the log.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from tracker.errors import Unavailable
from tracker.exchange.extras import extra

_SOURCE: Final = (
    "STRUCT(url VARCHAR, document VARCHAR, title VARCHAR, publisher VARCHAR, "
    "published_on VARCHAR, accessed_on VARCHAR, quote VARCHAR, grade VARCHAR)[]"
)
COLUMNS: Final[Mapping[str, str]] = {
    "initiative": "VARCHAR",
    "title": "VARCHAR",
    "lifecycle": "VARCHAR",
    "parties": "VARCHAR[]",
    "sector": "VARCHAR",
    "tags": "VARCHAR[]",
    "fact": "VARCHAR",
    "id": "VARCHAR",
    "position": "BIGINT",
    "mode": "VARCHAR",
    "type": "VARCHAR",
    "on": "VARCHAR",
    "earliest": "DATE",
    "latest": "DATE",
    "effect": "VARCHAR",
    "phase": "VARCHAR",
    "outcome": "VARCHAR",
    "state": "VARCHAR",
    "slippage": "VARCHAR[]",
    "stated_by": "VARCHAR",
    "note": "VARCHAR",
    "fulfils": "VARCHAR",
    "after": "VARCHAR",
    "contradicts": "VARCHAR",
    "sources": _SOURCE,
    "recorded_at": "TIMESTAMPTZ",
    "recorded_by": "VARCHAR",
}
"""The columns, and what DuckDB calls their types."""

_MEMORY: Final = "1GB"
_SHORTEST_BUFFER_BYTES: Final = 16_000_000
_GROUP_ROWS: Final = 20_480  # a group is in memory until it is whole


def write_parquet(
    rows: Iterable[Mapping[str, Any]], metadata: Mapping[str, str], out: BinaryIO
) -> int:
    """Write *rows*, values of JSON by the names in :data:`COLUMNS`, to *out*; how many there were.

    *metadata* is kept in the file beside the columns. Raises CalledWrongly without the extra,
    Unavailable where DuckDB cannot do it.
    """
    with extra("duckdb", "a Parquet file"):
        import duckdb
    with tempfile.TemporaryDirectory(prefix="tracker-") as folder:
        lines, made = Path(folder) / "facts.jsonl", Path(folder) / "facts.parquet"
        count, longest = _write_lines(rows, lines)
        try:
            with duckdb.connect(config=_settings(folder)) as connection:
                connection.execute(_copy(lines, made, metadata, longest))
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            message = f"DuckDB could not write the Parquet file: {reason}; free memory or disk"
            raise Unavailable(message) from error
        with made.open("rb") as whole:
            shutil.copyfileobj(whole, out)
    return count


def _write_lines(rows: Iterable[Mapping[str, Any]], path: Path) -> tuple[int, int]:
    """Write *rows* as JSON lines: how many there are, and how many bytes the longest has."""
    count = longest = 0
    with path.open("wb") as out:
        for row in rows:
            line = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            out.write(line)
            count, longest = count + 1, max(longest, len(line))
    return count, longest


def _settings(folder: str) -> dict[str, Any]:
    """One thread, so that the same rows are the same bytes, and nothing fetched from anywhere."""
    return {
        "threads": 1,
        "memory_limit": _MEMORY,
        "temp_directory": folder,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def _copy(lines: Path, made: Path, metadata: Mapping[str, str], longest: int) -> str:
    columns = ", ".join(f"{_quoted(name)}: {_quoted(kind)}" for name, kind in COLUMNS.items())
    kept = ", ".join(f"{name}: {_quoted(value)}" for name, value in metadata.items())
    return (
        f"COPY (SELECT * FROM read_json({_quoted(str(lines))}, format = 'newline_delimited', "
        f"maximum_object_size = {max(longest + 1, _SHORTEST_BUFFER_BYTES)}, "
        f"columns = {{{columns}}})) TO {_quoted(str(made))} "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_GROUP_ROWS}, KV_METADATA {{{kept}}})"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
