"""Which tables and indexes metadata can describe, for Alembic to compare."""

from __future__ import annotations

import pytest

from tracker.store.indexes import is_described, metadata


@pytest.mark.parametrize(
    ("name", "kind", "is_ours"),
    [
        ("events", "table", True),
        ("search_words", "table", True),
        ("search_parts", "table", False),
        ("search_parts_data", "table", False),
        ("ix_search_words_parts", "table", True),
        ("ix_search_words_parts", "index", False),
        ("ix_search_words_initiative", "index", True),
        ("search_parts_of_another", "index", True),
        ("search_parts", "column", True),
        (None, "schema", True),
    ],
)
def test_what_finds_parts_of_words_is_described_nowhere(
    name: str | None, kind: str, is_ours: bool
) -> None:
    """Neither the virtual table with its own on SQLite, nor the index on PostgreSQL."""
    assert is_described(name, kind, {}) is is_ours


def test_every_table_is_described() -> None:
    """And every index that there is beside the tables."""
    for table in metadata.tables.values():
        assert is_described(table.name, "table", {})
        assert all(is_described(each.name, "index", {}) for each in table.indexes)
