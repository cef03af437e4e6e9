"""The revision of the schema that this program reads and writes."""

from __future__ import annotations

REVISION = "0003"
"""The head of the migrations in ``alembic/``."""
