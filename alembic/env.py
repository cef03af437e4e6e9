"""Runs the migrations on the connection that :mod:`tracker.store.migrate` hands over."""

from __future__ import annotations

from alembic import context
from tracker.store.indexes import is_described, metadata

config = context.config


def run() -> None:
    """Run on the live connection, or write SQL where there is none."""
    connection = config.attributes.get("connection")
    if connection is None:
        context.configure(
            dialect_name=config.attributes["dialect_name"],
            target_metadata=metadata,
            literal_binds=True,
        )
    else:
        context.configure(
            connection=connection, target_metadata=metadata, include_name=is_described
        )
    # The transaction belongs to whoever opened the connection: schema and guards change as one.
    context.run_migrations()


run()
