"""Imported by the process that children are forked from, so that they need import nothing.

It makes no engine: connections do not survive a fork.
"""

from __future__ import annotations

import alembic.command
import alembic.config
import alembic.script
import psycopg
import sqlalchemy.dialects.postgresql.psycopg
import sqlalchemy.dialects.sqlite.pysqlite

import tracker.application.keeping
import tracker.cli.backup
import tracker.cli.db
import tracker.cli.import_
import tracker.cli.rebuild
import tracker.cli.record
import tracker.cli.restore

__all__ = ["alembic", "psycopg", "sqlalchemy", "tracker"]
