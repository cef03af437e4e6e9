"""The tables. Names and columns are for people too: someone opens the file in datasette.

Instants are RFC 3339 text in UTC with microseconds and days ISO text, on every database: both sort
as they should, and a column says exactly what the body says. Open ends of an extent are the first
and last day that the calendar has. Knowledge intervals are half-open in positions; ``k_to`` is
2^63-1 while a row is current.
"""

from __future__ import annotations

import sqlalchemy as sa

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = sa.MetaData(naming_convention=NAMING)

# Text that is compared and sorted: byte by byte, on PostgreSQL too, whatever its locale.
Word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# SQLite makes only an INTEGER PRIMARY KEY the table's own key.
Position = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

log_head = sa.Table(
    "log_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", Position, nullable=False),
    sa.Column("recorded_at", Word, nullable=True),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("id = 1", name="single"),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("event_id", Word, nullable=False, unique=True),
    sa.Column("initiative", Word, nullable=True),
    sa.Column("version", Position, nullable=False),
    sa.Column("kind", Word, nullable=False),
    sa.Column("type", Word, nullable=True),
    sa.Column("schema", sa.Integer, nullable=False),
    sa.Column("recorded_at", Word, nullable=False),
    sa.Column("time", Word, nullable=False),
    sa.Column("recorded_by", Word, nullable=False),
    # What projections need of the content of a fact, so that they never parse a body.
    sa.Column("fact", Position, nullable=True),
    sa.Column("mode", Word, nullable=True),
    sa.Column("edtf", Word, nullable=True),
    sa.Column("lo", Word, nullable=True),
    sa.Column("hi", Word, nullable=True),
    sa.Column("fulfils", Position, nullable=True),
    sa.Column("after_fact", Position, nullable=True),
    sa.Column("contradicts", Position, nullable=True),
    sa.Column("source", Word, nullable=True),
    sa.Column("unconfirmed", sa.Integer, nullable=True),
    sa.Column("body", Word, nullable=False),
    sa.Column("leaf", sa.LargeBinary, nullable=False),
)

disclosures = sa.Table(
    "disclosures",
    metadata,
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("field", Word, primary_key=True),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

merkle_nodes = sa.Table(
    "merkle_nodes",
    metadata,
    sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", Position, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

LOG_TABLES = (log_head, events, disclosures, merkle_nodes)

initiatives = sa.Table(
    "initiatives",
    metadata,
    sa.Column("initiative", Word, primary_key=True),
    sa.Column("k_from", Position, primary_key=True, autoincrement=False),
    sa.Column("k_to", Position, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("lifecycle", Word, nullable=False),
    sa.Column("parties", sa.Text, nullable=False),
    sa.Column("sector", sa.Text, nullable=True),
    sa.Column("tags", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=True),
    sa.Column("retired", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=True),
    sa.Column("merged_into", Word, nullable=True),
    sqlite_with_rowid=False,
)

lifecycle_versions = sa.Table(
    "lifecycle_versions",
    metadata,
    sa.Column("lifecycle", Word, primary_key=True),
    sa.Column("k_from", Position, primary_key=True, autoincrement=False),
    sa.Column("k_to", Position, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("definition", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

lifecycle_effects = sa.Table(
    "lifecycle_effects",
    metadata,
    sa.Column("lifecycle", Word, primary_key=True),
    sa.Column("type", Word, primary_key=True),
    sa.Column("k_from", Position, primary_key=True, autoincrement=False),
    sa.Column("k_to", Position, nullable=False),
    sa.Column("effect", Word, nullable=False),
    sa.Column("phase", Word, nullable=True),
    sa.Column("outcome", Word, nullable=True),
    sqlite_with_rowid=False,
)

fact_versions = sa.Table(
    "fact_versions",
    metadata,
    sa.Column("initiative", Word, primary_key=True),
    sa.Column("hi", Word, primary_key=True),
    sa.Column("lo", Word, primary_key=True),
    sa.Column("rank", Position, primary_key=True, autoincrement=False),
    sa.Column("fact", Position, primary_key=True, autoincrement=False),
    sa.Column("k_from", Position, primary_key=True, autoincrement=False),
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
    sa.Column("unconfirmed", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

plan_versions = sa.Table(
    "plan_versions",
    metadata,
    sa.Column("initiative", Word, primary_key=True),
    sa.Column("fact", Position, primary_key=True, autoincrement=False),
    sa.Column("k_from", Position, primary_key=True, autoincrement=False),
    sa.Column("k_to", Position, nullable=False),
    sa.Column("position", Position, nullable=False),
    sa.Column("number", Position, nullable=False),
    sa.Column("lo", Word, nullable=False),
    sa.Column("hi", Word, nullable=False),
    sa.Column("type", Word, nullable=False),
    sa.Column("edtf", Word, nullable=False),
    sqlite_with_rowid=False,
)

links = sa.Table(
    "links",
    metadata,
    sa.Column("initiative", Word, primary_key=True),
    sa.Column("kind", Word, primary_key=True),
    sa.Column("other", Word, primary_key=True),
    sa.Column("k_from", Position, primary_key=True, autoincrement=False),
    sa.Column("k_to", Position, nullable=False),
    sqlite_with_rowid=False,
)

projections = sa.Table(
    "projections",
    metadata,
    sa.Column("name", Word, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("position", Position, nullable=False),
)

# What search has indexed: the words of each version that says something, folded, by the position of
# its event. It follows the log when somebody searches, and not with every append.
search_words = sa.Table(
    "search_words",
    metadata,
    sa.Column("position", Position, primary_key=True, autoincrement=False),
    sa.Column("initiative", Word, nullable=False),
    sa.Column("type", Word, nullable=True),
    sa.Column("words", Word, nullable=True),
)

search_state = sa.Table(
    "search_state",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", Position, nullable=False),
    sa.Column("folding", Word, nullable=False),
    sa.CheckConstraint("id = 1", name="single"),
)

READ_TABLES = (
    initiatives,
    lifecycle_versions,
    lifecycle_effects,
    fact_versions,
    plan_versions,
    links,
)

READ_KEYS = {
    "initiatives": ("initiative",),
    "lifecycle_versions": ("lifecycle",),
    "lifecycle_effects": ("lifecycle", "type"),
    "fact_versions": ("fact",),
    "plan_versions": ("fact",),
    "links": ("initiative", "kind", "other"),
}
"""What a row of each read table is about: at most one row of a key is open."""
