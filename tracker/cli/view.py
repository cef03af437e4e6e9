"""``tracker view``: filters that are saved under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tracker.cli import complete, options, shell
from tracker.cli.app import App, pass_app
from tracker.errors import CalledWrongly, Conflict

if TYPE_CHECKING:
    from tracker.cli.views import View


@shell.group()
@options.example("""
    tracker view save delhi --party India --uncertain --sort -since
    tracker status --view delhi
    tracker view list
""")
def command() -> None:
    """Save filters under a name, for --view of every command that takes filters.

    A view is a setting of yours, kept in views.json beside the config file, and no part of any log.
    What it asks for is held against the log when it is used. Filters beside --view narrow it
    further: both must fit.
    """


# --- save -----------------------------------------------------------------------------------------


@command.command("save")
@click.argument("name")
@options.bare_filter_options
@click.option(
    "--sort",
    metavar="FIELD",
    help="What tracker status sorts by with this view, unless it has a --sort of its own.",
)
@click.option("--force", is_flag=True, help="Replace what was saved under NAME.")
@options.dry_run_option
@options.example("""
    tracker view save delhi --party India --uncertain --sort -since
    tracker view save silent --dormant -n
    tracker view save delhi --party India --phase talks --force
""")
@pass_app
def save(
    app: App, /, name: str, *, sort: str | None, force: bool, dry_run: bool, **filters: Any
) -> None:
    """Save the filters given under NAME.

    Saving the same again changes nothing; something else under a name that is taken is refused
    without --force.
    """
    from tracker.cli import asking, views
    from tracker.cli.status import SORTABLE

    views.check_name(name)
    if sort is not None:
        asking.sort_key(sort, SORTABLE)
    given = {key: filters[key] for key in (*views.VALUES, *views.FLAGS) if filters[key]}
    view = views.View(given, sort)
    if view == views.View():
        raise CalledWrongly("there is nothing to save; give a filter, such as --party, or --sort")
    there = views.read_views()
    if there.get(name) == view:
        app.say(f"{name} is saved already: {view.words}")
        return
    if name in there and not force:
        raise Conflict(
            f"{name} is saved as {there[name].words}; choose another name, or replace it with "
            "--force"
        )
    if not dry_run:
        views.write_views({**there, name: view})
    app.say(f"{'would save' if dry_run else 'saved'} {name}: {view.words}")


# --- list -----------------------------------------------------------------------------------------


@command.command("list")
@options.format_option
@options.example("""
    tracker view list
    tracker view list --json
""")
@pass_app
def list_(app: App, *, format_name: str) -> None:
    """List the views that are saved, and what each asks for."""
    from tracker.cli import asking, views
    from tracker.render.columns import Column
    from tracker.render.formats import Envelope

    found = views.read_views()
    asking.answer(
        app,
        [_item(name, view) for name, view in found.items()],
        envelope=Envelope("tracker/view-list/1", None),
        format_name=format_name,
        table=[
            Column("name", "name"),
            Column("filters", "asks for", wide=True, show=lambda item: found[item["name"]].words),
        ],
        csv=asking.plain_columns(("name", *views.VALUES, *views.FLAGS, "sort")),
        empty="No view is saved; save one with: tracker view save NAME …",
        caption=asking.counted(len(found), "view"),
    )


def _item(name: str, view: View) -> dict[str, Any]:
    from tracker.cli import views

    values = {key: list(_values(view, key)) for key in views.VALUES}
    flags = {key: view.filters.get(key, False) for key in views.FLAGS}
    return {"name": name, **values, **flags, "sort": view.sort}


def _values(view: View, key: str) -> tuple[str, ...]:
    found = view.filters.get(key)
    return found if isinstance(found, tuple) else ()


# --- remove ---------------------------------------------------------------------------------------


@command.command("remove")
@click.argument("name", shell_complete=complete.views)
@options.dry_run_option
@options.example("""
    tracker view remove delhi
    tracker view remove delhi -n
""")
@pass_app
def remove(app: App, *, name: str, dry_run: bool) -> None:
    """Forget the view NAME."""
    from tracker.cli import views

    view = views.view_named(name)
    if not dry_run:
        there = views.read_views()
        del there[name]
        views.write_views(there)
    app.say(f"{'would remove' if dry_run else 'removed'} {name}, which asked for: {view.words}")
