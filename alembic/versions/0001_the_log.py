"""The log, its disclosures and Merkle nodes, and the read tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Position = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def where(condition: str) -> dict[str, Any]:
    """The condition of a partial index, for both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    """Make every table; the guards of the log are installed by whoever migrates."""
    op.create_table(
        "disclosures",
        sa.Column("position", Position, autoincrement=False, nullable=False),
        sa.Column("field", Word, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", "field", name=op.f("pk_disclosures")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "events",
        sa.Column("position", Position, autoincrement=False, nullable=False),
        sa.Column("event_id", Word, nullable=False),
        sa.Column("initiative", Word, nullable=True),
        sa.Column("version", Position, nullable=False),
        sa.Column("kind", Word, nullable=False),
        sa.Column("type", Word, nullable=True),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("recorded_at", Word, nullable=False),
        sa.Column("time", Word, nullable=False),
        sa.Column("recorded_by", Word, nullable=False),
        sa.Column("fact", Position, nullable=True),
        sa.Column("mode", Word, nullable=True),
        sa.Column("edtf", Word, nullable=True),
        sa.Column("lo", Word, nullable=True),
        sa.Column("hi", Word, nullable=True),
        sa.Column("fulfils", Position, nullable=True),
        sa.Column("after_fact", Position, nullable=True),
        sa.Column("contradicts", Position, nullable=True),
        sa.Column("source", Word, nullable=True),
        sa.Column("unconfirmed", sa.Integer(), nullable=True),
        sa.Column("body", Word, nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_events")),
        sa.UniqueConstraint("event_id", name=op.f("uq_events_event_id")),
    )
    op.create_index(
        "ix_events_corrections",
        "events",
        ["fact", "position"],
        unique=False,
        **where("kind IN ('amended', 'withdrawn')"),
    )
    op.create_index("ix_events_recorded_at", "events", ["recorded_at", "position"], unique=False)
    op.create_index(
        "uq_events_initiative_version",
        "events",
        ["initiative", "version"],
        unique=True,
        **where("initiative IS NOT NULL"),
    )
    op.create_table(
        "fact_versions",
        sa.Column("initiative", Word, nullable=False),
        sa.Column("hi", Word, nullable=False),
        sa.Column("lo", Word, nullable=False),
        sa.Column("rank", Position, autoincrement=False, nullable=False),
        sa.Column("fact", Position, autoincrement=False, nullable=False),
        sa.Column("k_from", Position, autoincrement=False, nullable=False),
        sa.Column("k_to", Position, nullable=False),
        sa.Column("position", Position, nullable=False),
        sa.Column("number", Position, nullable=False),
        sa.Column("type", Word, nullable=False),
        sa.Column("effect", Word, nullable=False),
        sa.Column("phase", Word, nullable=True),
        sa.Column("outcome", Word, nullable=True),
        sa.Column("edtf", Word, nullable=False),
        sa.Column("fulfils", Position, nullable=True),
        sa.Column("after_fact", Position, nullable=True),
        sa.Column("contradicts", Position, nullable=True),
        sa.Column("source", Word, nullable=True),
        sa.Column("unconfirmed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "initiative", "hi", "lo", "rank", "fact", "k_from", name=op.f("pk_fact_versions")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_fact_versions_after",
        "fact_versions",
        ["initiative"],
        unique=False,
        **where("after_fact IS NOT NULL"),
    )
    op.create_index(
        "ix_fact_versions_condition",
        "fact_versions",
        ["initiative", "hi", "lo", "rank", "fact"],
        unique=False,
        **where("effect IN ('enters', 'suspends', 'resumes', 'ends')"),
    )
    op.create_index(
        "ix_fact_versions_condition_back",
        "fact_versions",
        ["initiative", "lo", "rank", "fact"],
        unique=False,
        **where("effect IN ('enters', 'suspends', 'resumes', 'ends')"),
    )
    op.create_index(
        "ix_fact_versions_fulfils",
        "fact_versions",
        ["fulfils"],
        unique=False,
        **where("fulfils IS NOT NULL"),
    )
    op.create_index("ix_fact_versions_hi", "fact_versions", ["hi"], unique=False)
    op.create_index("ix_fact_versions_k_from", "fact_versions", ["k_from"], unique=False)
    op.create_index(
        "ix_fact_versions_k_to",
        "fact_versions",
        ["k_to"],
        unique=False,
        **where("k_to < 9223372036854775807"),
    )
    op.create_index(
        "ix_fact_versions_lo", "fact_versions", ["lo"], unique=False, **where("lo <> hi")
    )
    op.create_index(
        "ix_fact_versions_phase",
        "fact_versions",
        ["initiative", "hi", "lo", "rank", "fact"],
        unique=False,
        **where("effect = 'enters'"),
    )
    op.create_index(
        "ix_fact_versions_phase_back",
        "fact_versions",
        ["initiative", "lo", "rank", "fact"],
        unique=False,
        **where("effect = 'enters'"),
    )
    op.create_index(
        "uq_fact_versions_current",
        "fact_versions",
        ["fact"],
        unique=True,
        **where("k_to = 9223372036854775807"),
    )
    op.create_table(
        "initiatives",
        sa.Column("initiative", Word, nullable=False),
        sa.Column("k_from", Position, autoincrement=False, nullable=False),
        sa.Column("k_to", Position, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("lifecycle", Word, nullable=False),
        sa.Column("parties", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=True),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("retired", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("merged_into", Word, nullable=True),
        sa.PrimaryKeyConstraint("initiative", "k_from", name=op.f("pk_initiatives")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_initiatives_k_from", "initiatives", ["k_from"], unique=False)
    op.create_index(
        "ix_initiatives_k_to",
        "initiatives",
        ["k_to"],
        unique=False,
        **where("k_to < 9223372036854775807"),
    )
    op.create_index(
        "uq_initiatives_current",
        "initiatives",
        ["initiative"],
        unique=True,
        **where("k_to = 9223372036854775807"),
    )
    op.create_table(
        "lifecycle_effects",
        sa.Column("lifecycle", Word, nullable=False),
        sa.Column("type", Word, nullable=False),
        sa.Column("k_from", Position, autoincrement=False, nullable=False),
        sa.Column("k_to", Position, nullable=False),
        sa.Column("effect", Word, nullable=False),
        sa.Column("phase", Word, nullable=True),
        sa.Column("outcome", Word, nullable=True),
        sa.PrimaryKeyConstraint("lifecycle", "type", "k_from", name=op.f("pk_lifecycle_effects")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lifecycle_versions",
        sa.Column("lifecycle", Word, nullable=False),
        sa.Column("k_from", Position, autoincrement=False, nullable=False),
        sa.Column("k_to", Position, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("lifecycle", "k_from", name=op.f("pk_lifecycle_versions")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "links",
        sa.Column("initiative", Word, nullable=False),
        sa.Column("kind", Word, nullable=False),
        sa.Column("other", Word, nullable=False),
        sa.Column("k_from", Position, autoincrement=False, nullable=False),
        sa.Column("k_to", Position, nullable=False),
        sa.PrimaryKeyConstraint("initiative", "kind", "other", "k_from", name=op.f("pk_links")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_links_other", "links", ["other"], unique=False, **where("k_to = 9223372036854775807")
    )
    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", Position, nullable=False),
        sa.Column("recorded_at", Word, nullable=True),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_log_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
    )
    op.create_table(
        "merkle_nodes",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", Position, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_merkle_nodes")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plan_versions",
        sa.Column("initiative", Word, nullable=False),
        sa.Column("fact", Position, autoincrement=False, nullable=False),
        sa.Column("k_from", Position, autoincrement=False, nullable=False),
        sa.Column("k_to", Position, nullable=False),
        sa.Column("position", Position, nullable=False),
        sa.Column("number", Position, nullable=False),
        sa.Column("lo", Word, nullable=False),
        sa.Column("hi", Word, nullable=False),
        sa.Column("type", Word, nullable=False),
        sa.Column("edtf", Word, nullable=False),
        sa.PrimaryKeyConstraint("initiative", "fact", "k_from", name=op.f("pk_plan_versions")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_plan_versions_current",
        "plan_versions",
        ["fact"],
        unique=True,
        **where("k_to = 9223372036854775807"),
    )
    op.create_table(
        "projections",
        sa.Column("name", Word, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", Position, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_projections")),
    )
    head = sa.table(
        "log_head",
        sa.column("id", sa.Integer),
        sa.column("position", Position),
        sa.column("frontier", sa.LargeBinary),
    )
    op.execute(sa.insert(head).values(id=1, position=0, frontier=sa.literal(b"", sa.LargeBinary)))


def downgrade() -> None:
    """A log is never taken back to an older schema: restore an export instead."""
    raise NotImplementedError
