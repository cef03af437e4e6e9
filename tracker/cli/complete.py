"""Completion of what is in the log, quickly: one read-only query, and never a noise.

A shell waits for this at every press of the tab key, so SQLAlchemy is not imported; only SQLite
files are asked. Whatever goes wrong, nothing is offered.
"""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.shell_completion import CompletionItem

from tracker.cli.app import App
from tracker.cli.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click

    Row = tuple[Any, ...]

#: The end of a knowledge interval that is still open.
OPEN = 9_223_372_036_854_775_807

# More than a shell can show is of no use.
_LIMIT = 500

_SLUGS = """
    select initiative, title from initiatives
    where k_to = ? and retired = 0 and initiative >= ? and initiative < ?
    order by initiative limit ?
"""
_LIFECYCLES = """
    select distinct lifecycle, null from lifecycle_effects
    where k_to = ? and lifecycle >= ? and lifecycle < ? order by lifecycle limit ?
"""
_PHASES = """
    select distinct phase, null from lifecycle_effects
    where k_to = ? and phase >= ? and phase < ? order by phase limit ?
"""
_TYPES = """
    select type, group_concat(distinct lifecycle) from lifecycle_effects
    where k_to = ? and type >= ? and type < ? group by type order by type limit ?
"""
_FACTS = """
    select initiative || '#' || version, type from events
    where initiative = ? and kind = 'recorded' order by version limit ?
"""


def slugs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Initiatives, but for the retired, with their titles."""
    return _offer(ctx, param, _SLUGS, (OPEN, *_range(incomplete), _LIMIT))


def lifecycles(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Lifecycles in force."""
    return _offer(ctx, param, _LIFECYCLES, (OPEN, *_range(incomplete), _LIMIT))


def phases(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Phases of the lifecycles in force."""
    return _offer(ctx, param, _PHASES, (OPEN, *_range(incomplete), _LIMIT))


def types(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Types of development, with the lifecycles that have them."""
    return _offer(ctx, param, _TYPES, (OPEN, *_range(incomplete), _LIMIT))


def facts(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Handles of facts: those of an initiative once its slug is there, before that the slugs."""
    slug, mark, _ = incomplete.partition("#")
    found = _offer(ctx, param, _FACTS, (slug, _LIMIT))
    if found:
        return [item for item in found if item.value.startswith(incomplete)]
    if mark:
        return []
    return [
        CompletionItem(f"{item.value}#", help=item.help) for item in slugs(ctx, param, incomplete)
    ]


def views(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Views that are saved, with what they ask for."""
    del ctx, param
    from tracker.cli import views as saved

    try:
        found = saved.read_views()
    except Exception:  # noqa: BLE001  an error message would land in the middle of a typed line
        return []
    return [
        CompletionItem(name, help=visible(view.words))
        for name, view in found.items()
        if name.startswith(incomplete)
    ]


def rows(db: str, query: str, values: Sequence[object]) -> list[Row]:
    """What *query* finds in the SQLite file *db*; nothing where there is no such file."""
    import sqlite3

    path = sqlite_path(db)
    if path is None or not path.is_file():
        return []
    address = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=0.05)) as connection:
        return connection.execute(query, values).fetchall()


def sqlite_path(db: str) -> Path | None:
    """The file that *db*, a path or a URL, names; None if it is another kind of database."""
    if "://" not in db:
        return Path(db)
    url = re.fullmatch(r"sqlite(?:\+\w+)?:///([^?]+)(?:\?.*)?", db)
    return Path(url.group(1)) if url else None


def _offer(
    ctx: click.Context, param: click.Parameter, query: str, values: Sequence[object]
) -> list[CompletionItem[str]]:
    """Ask the log that the half-typed command names; offer nothing twice, nor anything at fault."""
    try:
        db = App(db_option=ctx.find_root().params.get("db")).db
        found = rows(db, query, values)
    except Exception:  # noqa: BLE001  an error message would land in the middle of a typed line
        return []
    given = ctx.params.get(param.name or "")
    taken = given if isinstance(given, tuple) else ()
    return [
        CompletionItem(value, help=visible(help_text) if help_text else None)
        for value, help_text in found
        if value not in taken
    ]


def _range(prefix: str) -> tuple[str, str]:
    """The bounds between which all texts that begin with *prefix* lie, for an index to use."""
    return prefix, f"{prefix}\U0010ffff"
