"""``tracker db``: show or upgrade the version of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app

if TYPE_CHECKING:
    from tracker.application.doctor import Version

_FIELDS = ("where", "backend", "version", "revision", "program", "state")


@shell.group()
@options.example("""
    tracker db current
    tracker db upgrade
""")
def command() -> None:
    """Show or upgrade the version of the database."""


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
    from tracker.application import doctor
    from tracker.cli import asking
    from tracker.render.formats import Column, Envelope

    found = doctor.schema_version(app.db)
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
    from tracker.application import doctor
    from tracker.cli.text import visible

    found = doctor.schema_version(app.db, may_be_empty=True)
    if sql:
        text = doctor.upgrade_sql(found)
        if text:
            click.echo(text, nl=False)
        else:
            app.say(f"{found.where} is at {found.program} already; there is nothing to run")
        return
    if found.state == "current" and not found.missing_guards:
        click.echo(visible(f"{found.where} is at {found.program} already"))
        return
    if not dry_run:
        with app.tracker(create=True) as log:
            doctor.mend_guards(log.engine)
    would = "would bring" if dry_run else "brought"
    what = _what(found)
    click.echo(visible(f"{would} {found.where} {what}"))


def _what(found: Version) -> str:
    if found.state == "current":
        return f"its guards back: {', '.join(found.missing_guards)}"
    return f"from {found.revision or 'nothing'} to {found.program}"


def _item(found: Version) -> dict[str, Any]:
    return {name: getattr(found, name) for name in _FIELDS}
