"""``tracker db``: show or upgrade the version of the database, and share it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app
from tracker.cli.faults import answering

if TYPE_CHECKING:
    from tracker.application.upgrading import Version
    from tracker.store.grants import Share

_FIELDS = ("where", "backend", "version", "revision", "program", "state")


@shell.group()
@options.example("""
    tracker db current
    tracker db upgrade
    tracker db grant anna --recorder
""")
def command() -> None:
    """Show or upgrade the version of the database, or share it."""


@command.command("current")
@options.format_option
@options.example("""
    tracker db current
    tracker --db postgresql://desk@db.example/desk db current --json
""")
@pass_app
def current(app: App, *, format_name: str) -> None:
    """Say which revision of the schema the database has, and which this program needs.

    The state is current, older (tracker db upgrade mends it), newer (only a newer tracker reads
    it) or foreign (it holds other tables, and no log).
    """
    from tracker.application import upgrading
    from tracker.cli import asking
    from tracker.render.columns import Column
    from tracker.render.formats import Envelope

    found = upgrading.schema_version(app.db)
    titles = {"program": "program's"}
    asking.answer(
        app,
        [_item(found)],
        envelope=Envelope("tracker/db/1", None),
        format_name=format_name,
        table=[Column(name, titles.get(name, name), wide=name == "where") for name in _FIELDS],
        csv=asking.plain_columns(_FIELDS),
        empty="",
        caption="",
    )


@command.command("upgrade")
@click.option("--sql", is_flag=True, help="Print the SQL that would be run, and run nothing.")
@options.dry_run_option
@options.example("""
    tracker backup before.db && tracker db upgrade
    tracker db upgrade --dry-run
    tracker db upgrade --sql > upgrade.sql
""")
@pass_app
def upgrade(app: App, *, sql: bool, dry_run: bool) -> None:
    """Bring the database up to this program's revision, in one transaction.

    Events are never touched. A database that holds nothing yet is given an empty log. A log made by
    a newer program is refused.
    """
    from tracker.application import upgrading
    from tracker.cli.text import visible

    found = upgrading.schema_version(app.db, may_be_empty=True)
    if sql:
        text = upgrading.upgrade_sql(found)
        if text:
            click.echo(text, nl=False)
        else:
            app.say(f"{found.where} is at {found.program} already; there is nothing to run")
        return
    if found.is_whole:
        click.echo(visible(f"{found.where} is at {found.program} already"))
        return
    if not dry_run:
        with app.tracker(create=True) as log:
            upgrading.mend(log.engine)
    would = "would bring" if dry_run else "brought"
    what = _what(found)
    with answering(None if dry_run else "done"):
        click.echo(visible(f"{would} {found.where} {what}"))


@command.command("grant")
@click.argument("role")
@click.option("--reader", "share", flag_value="reader", help="Let it read, and do nothing else.")
@click.option(
    "--recorder", "share", flag_value="recorder", help="Let it read and append, and nothing else."
)
@click.option("--revoke", "share", flag_value="nothing", help="Take back what it was let.")
@options.dry_run_option
@options.example("""
    tracker db grant anna --recorder
    tracker --db postgresql://desk@db.example/desk db grant bert --reader
    tracker --db postgresql://desk@db.example/desk db grant anna --revoke --dry-run
""")
@pass_app
def grant(app: App, *, role: str, share: str | None, dry_run: bool) -> None:
    """Let another ROLE of a PostgreSQL server read the log, or append to it.

    A recorder holds no right on any table: it reads views of them, and appends by calling functions
    of the log, which take what comes next, now, and nothing else. To go back in time (--backfill),
    restore, rebuild, upgrade or grant takes the owner of the log, who alone can run this command.
    The role must be there; what it was let before is replaced. --revoke leaves its right to connect
    as it is.
    """
    from tracker.application.sharing import share_log
    from tracker.cli.text import visible

    if share is None:
        raise click.UsageError("say what the role may do: --reader, --recorder, or --revoke")
    name = share_log(app.db, role, _SHARES[share], dry_run=dry_run)
    with answering(None if dry_run else "done"):
        click.echo(visible(_told(role, name, share, dry_run=dry_run)))


_SHARES: dict[str, Share | None] = {"reader": "reader", "recorder": "recorder", "nothing": None}


def _told(role: str, name: str, share: str, *, dry_run: bool) -> str:
    if share == "nothing":
        return f"{role} {'could' if dry_run else 'can'} no longer read {name} or append to it"
    can = "could" if dry_run else "can"
    what = "read and append to" if share == "recorder" else "read"
    return f"{role} {can} {what} {name}, and do nothing else"


def _what(found: Version) -> str:
    if found.state == "current":
        back = (
            ("guards back", found.missing_guards),
            ("functions back", found.stale_functions),
            ("views back", found.stale_views),
            ("tables out of the reach of recorders", found.open_to),
        )
        return " and ".join(f"its {what}: {', '.join(names)}" for what, names in back if names)
    return f"from {found.revision or 'nothing'} to {found.program}"


def _item(found: Version) -> dict[str, Any]:
    return {name: getattr(found, name) for name in _FIELDS}
