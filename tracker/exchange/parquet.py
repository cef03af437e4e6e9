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

from attrs import frozen

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

_MEMORY_BYTES: Final = 256_000_000
"""What DuckDB may take, unless the texts are very long; it takes what it may."""

_VECTOR_ROWS: Final = 2048  # as many rows as DuckDB reads, and at the least writes, at once
_GROUP_VECTORS: Final = 10  # a group of rows is in memory until it is whole
_HEAVY_BYTES: Final = 10_000_000
_SHORTEST_BUFFER_BYTES: Final = 16_000_000


@frozen
class _Lines:
    """How many lines there are, and how many bytes the longest and the heaviest 2048 have."""

    count: int
    longest: int
    heaviest: int

    @property
    def group_rows(self) -> int:
        """How many rows a group of the Parquet file has: fewer where they are heavy."""
        return _VECTOR_ROWS * (1 if self.heaviest > _HEAVY_BYTES else _GROUP_VECTORS)

    @property
    def memory_bytes(self) -> int:
        """What DuckDB needs for them: several copies of the lines that it reads at once."""
        return max(_MEMORY_BYTES, 8 * self.heaviest)


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
        told = _write_lines(rows, lines)
        try:
            with duckdb.connect(config=_settings(folder, told)) as connection:
                connection.execute("SET enable_progress_bar = false")  # on standard output
                connection.execute(_copy(lines, made, metadata, told))
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            message = f"DuckDB could not write the Parquet file: {reason}; free memory or disk"
            raise Unavailable(message) from error
        with made.open("rb") as whole:
            shutil.copyfileobj(whole, out)
    return told.count


def _write_lines(rows: Iterable[Mapping[str, Any]], path: Path) -> _Lines:
    """Write *rows* as JSON lines."""
    count = longest = heaviest = together = 0
    with path.open("wb") as out:
        for count, row in enumerate(rows, start=1):
            line = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            out.write(line)
            longest, together = max(longest, len(line)), together + len(line)
            if count % _VECTOR_ROWS == 0:
                heaviest, together = max(heaviest, together), 0
    return _Lines(count, longest, max(heaviest, together))


def _settings(folder: str, lines: _Lines) -> dict[str, Any]:
    """One thread, so that the same rows are the same bytes, and nothing fetched from anywhere."""
    return {
        "threads": 1,
        "memory_limit": f"{lines.memory_bytes}B",
        "temp_directory": folder,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def _copy(lines: Path, made: Path, metadata: Mapping[str, str], told: _Lines) -> str:
    columns = ", ".join(f"{_quoted(name)}: {_quoted(kind)}" for name, kind in COLUMNS.items())
    kept = ", ".join(f"{name}: {_quoted(value)}" for name, value in metadata.items())
    return (
        f"COPY (SELECT * FROM read_json({_quoted(str(lines))}, format = 'newline_delimited', "
        f"maximum_object_size = {max(told.longest + 1, _SHORTEST_BUFFER_BYTES)}, "
        f"columns = {{{columns}}})) TO {_quoted(str(made))} "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {told.group_rows}, "
        f"KV_METADATA {{{kept}}})"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
