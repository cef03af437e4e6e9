"""The index of search: the words of what was said, and what finds a part of a word in them."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import context, op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Position = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

# The table of the words is the content of the index, which holds no second copy of it; neither
# where in a word a part is, nor how long the words are, is ever asked.
_SQLITE = (
    """CREATE VIRTUAL TABLE search_parts USING fts5(
        words, content='search_words', content_rowid='position', detail=none, columnsize=0,
        tokenize='trigram case_sensitive 1')""",
    """CREATE TRIGGER search_words_put AFTER INSERT ON search_words WHEN NEW.words IS NOT NULL
        BEGIN INSERT INTO search_parts (rowid, words) VALUES (NEW.position, NEW.words); END""",
    """CREATE TRIGGER search_words_gone AFTER DELETE ON search_words WHEN OLD.words IS NOT NULL
        BEGIN INSERT INTO search_parts (search_parts, rowid, words)
            VALUES ('delete', OLD.position, OLD.words); END""",
)

# The parts are lexemes as they are: no dictionary has a say, so that both databases find the same.
_POSTGRESQL = (
    """CREATE FUNCTION tracker_parts(words text) RETURNS tsvector
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $function$
            SELECT pg_catalog.array_to_tsvector(ARRAY(
                SELECT pg_catalog.substr(word, at, 3)
                FROM pg_catalog.unnest(pg_catalog.string_to_array(words, ' ')) word,
                    pg_catalog.generate_series(1, pg_catalog.length(word) - 2) at))
        $function$""",
    "CREATE INDEX ix_search_words_parts ON search_words USING gin (tracker_parts(words))",
    # What the planner samples of a column is a copy of it, which an erasure would not reach.
    "ALTER TABLE search_words ALTER COLUMN words SET STATISTICS 0",
    "ALTER INDEX ix_search_words_parts ALTER COLUMN 1 SET STATISTICS 0",
)


def upgrade() -> None:
    """Make the tables, empty: whoever searches first has them filled."""
    op.create_table(
        "search_words",
        sa.Column("position", Position, autoincrement=False, nullable=False),
        sa.Column("initiative", Word, nullable=False),
        sa.Column("type", Word, nullable=True),
        sa.Column("words", Word, nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_search_words")),
    )
    op.create_index(
        "ix_search_words_initiative", "search_words", ["initiative", "position"], unique=False
    )
    op.create_index(
        "ix_search_words_long",
        "search_words",
        ["position"],
        unique=False,
        sqlite_where=sa.text("words IS NULL"),
        postgresql_where=sa.text("words IS NULL"),
    )
    op.create_table(
        "search_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", Position, nullable=False),
        sa.Column("folding", Word, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_search_state_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_state")),
    )
    for statement in _statements():
        op.execute(statement)


def _statements() -> tuple[str, ...]:
    if op.get_context().dialect.name != "sqlite":
        return _POSTGRESQL
    return _SQLITE if context.is_offline_mode() or _has_trigrams(op.get_bind()) else ()


def _has_trigrams(connection: sa.Connection) -> bool:
    """Whether this SQLite has FTS5 and its trigrams; without them the words are looked through."""
    try:
        connection.exec_driver_sql(
            "CREATE VIRTUAL TABLE temp.search_tried USING fts5(words, tokenize='trigram')"
        )
    except sa.exc.OperationalError:
        return False
    connection.exec_driver_sql("DROP TABLE temp.search_tried")
    return True


def downgrade() -> None:
    """A log is never taken back to an older schema: restore an export instead."""
    raise NotImplementedError
