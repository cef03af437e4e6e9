"""Completion of what is in the log, quickly: one read-only query, and never a noise.

A shell waits for this at every press of the tab key, so SQLAlchemy is not imported; only SQLite
files are asked. Whatever goes wrong, nothing is offered.
"""

from __future__ import annotations

import os
import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tracker.cli.app import App
from tracker.cli.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import click
    from click.shell_completion import CompletionItem

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
_TYPES_OF_ONE = """
    select type, effect from lifecycle_effects
    where k_to = ? and type >= ? and type < ? and lifecycle in
        (select lifecycle from initiatives where initiative = ? and k_to = ?)
    order by type limit ?
"""
# The words of a list, which stands as JSON; a sector stands as it is.
_WORDS = """
    select distinct word.value, null from initiatives, json_each({column}) as word
    where k_to = ? and retired = 0 and word.value >= ? and word.value < ?
    order by word.value limit ?
"""
_SECTORS = """
    select distinct sector, null from initiatives
    where k_to = ? and retired = 0 and sector >= ? and sector < ? order by sector limit ?
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
    """Types of development: those of the initiative that is named, with their effects, or else all.

    Of all of them it is said which lifecycles have them.
    """
    named = ctx.params.get("slug") or ctx.params.get("fact")
    if isinstance(named, str):
        values = (OPEN, *_range(incomplete), named.partition("#")[0], OPEN, _LIMIT)
        found = _offer(ctx, param, _TYPES_OF_ONE, values)
        if found:
            return found
    return _offer(ctx, param, _TYPES, (OPEN, *_range(incomplete), _LIMIT))


def parties(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Parties of the initiatives that there are."""
    query = _WORDS.format(column="parties")
    return _offer(ctx, param, query, (OPEN, *_range(incomplete), _LIMIT))


def tags(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Tags of the initiatives that there are."""
    query = _WORDS.format(column="tags")
    return _offer(ctx, param, query, (OPEN, *_range(incomplete), _LIMIT))


def sectors(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Sectors of the initiatives that there are."""
    return _offer(ctx, param, _SECTORS, (OPEN, *_range(incomplete), _LIMIT))


def facts(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Handles of facts: those of an initiative once its slug is there, before that the slugs."""
    slug, mark, _ = incomplete.partition("#")
    found = _offer(ctx, param, _FACTS, (slug, _LIMIT))
    if found:
        return [item for item in found if item.value.startswith(incomplete)]
    if mark:
        return []
    return [_item(f"{item.value}#", item.help) for item in slugs(ctx, param, incomplete)]


def views(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Views that are saved, with what they ask for."""
    del ctx, param
    from tracker.cli import views as saved

    try:
        found = saved.read_views()
    except Exception:  # noqa: BLE001  an error message would land in the middle of a typed line
        return []
    return [
        _item(name, visible(view.words))
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
    """Return the file that *db*, a path or a URL, names; None for another kind of database.

    Raises RuntimeError where the path begins with the home of a user that there is none of.
    """
    from pathlib import Path

    if "://" not in db:
        return Path(db).expanduser()
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
        _item(value, visible(help_text) if help_text else None)
        for value, help_text in found
        if value not in taken
    ]


def _item(value: str, help_text: str | None) -> CompletionItem[str]:
    from click.shell_completion import CompletionItem

    return CompletionItem(_for_the_shell(value), help=help_text)


def _for_the_shell(value: str) -> str:
    """*value* as it is to stand in the line: of the three shells, bash alone quotes nothing itself.

    Nor may anything be quoted within quotes that were opened already.
    """
    if os.environ.get("_TRACKER_COMPLETE") != "bash_complete":
        return value
    words = os.environ.get("COMP_WORDS", "").split("\n")
    place = os.environ.get("COMP_CWORD", "")
    word = words[int(place)] if place.isdecimal() and int(place) < len(words) else ""
    if word.startswith(("'", '"')):
        return value
    # Twice, since the script of click reads it in with read, which takes one away.
    return re.sub(r"([^\w@%+=:,./#-])", r"\\\\\1", value)


def _range(prefix: str) -> tuple[str, str]:
    """The bounds between which all texts that begin with *prefix* lie, for an index to use."""
    return prefix, f"{prefix}\U0010ffff"
