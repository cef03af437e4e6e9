"""Whether a plan is fulfilled, told by an index alone: a history may have dozens of plans."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index of what fulfils plans anew, with until when that was known."""
    op.drop_index("ix_fact_versions_fulfils", table_name="fact_versions")
    op.create_index(
        "ix_fact_versions_fulfils",
        "fact_versions",
        ["fulfils", "k_to", "hi", "k_from"],
        unique=False,
        sqlite_where=sa.text("fulfils IS NOT NULL"),
        postgresql_where=sa.text("fulfils IS NOT NULL"),
    )


def downgrade() -> None:
    """A log is never taken back to an older schema: restore an export instead."""
    raise NotImplementedError
