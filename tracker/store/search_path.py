"""Where a login on PostgreSQL finds the log: its tables, or the views that a recorder reads.

The views have the names of the tables, in a schema of their own (see :mod:`tracker.store.views`).
A login that may not write the tables has that schema first on its path; and since the server skips
a schema that a login has no right to use, a reader still finds the tables. Every function here is
named with its schema, and every operator has the exact types of PostgreSQL's own, so that nothing
that another user made is called instead.
"""

from __future__ import annotations

VIEWS_SCHEMA = """(
    'tracker_reading' || CASE
        WHEN n.nspname = 'public' THEN ''
        WHEN pg_catalog.octet_length(n.nspname::text) < 48 THEN '_' || n.nspname::text
        ELSE '_' || pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(
            pg_catalog.convert_to(n.nspname::text, 'UTF8')), 'hex'), 32) END)"""
"""The name of the schema of the views, of 63 bytes at most, where ``n`` is that of the tables."""

THE_LOG = """
    FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY path (name, place)
    JOIN pg_catalog.pg_namespace n ON n.nspname = path.name
    JOIN pg_catalog.pg_class c
        ON c.relnamespace = n.oid AND c.relname = 'log_head' AND c.relkind = 'r'
    ORDER BY path.place LIMIT 1"""
"""The first table ``log_head`` on the path, as ``c``, in the schema ``n``; never a view."""

LOOK_INTO_VIEWS = f"""
    SELECT pg_catalog.set_config('search_path', pg_catalog.quote_ident(v.nspname::text) || ', '
        || pg_catalog.current_setting('search_path'), false)
    FROM (SELECT c.oid, c.relowner, {VIEWS_SCHEMA} AS views {THE_LOG}) log
    JOIN pg_catalog.pg_namespace v ON v.nspname::text = log.views AND v.nspowner = log.relowner
    WHERE NOT pg_catalog.has_table_privilege(log.oid, 'UPDATE')"""
"""The statement by which a connection of a role that may not write finds the views first."""
