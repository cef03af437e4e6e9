"""``tracker man``: the manual pages, for a system that has a place for them."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app
from tracker.cli.help import command_named, complete_commands
from tracker.cli.text import visible
from tracker.errors import CalledWrongly


@shell.command()
@click.argument("words", metavar="[COMMAND]…", nargs=-1, shell_complete=complete_commands)
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the pages of all commands into this folder, which is made if it is not there.",
)
@options.dry_run_option
@options.example("""
    tracker man --out ~/.local/share/man/man1 -n
    tracker man --out ~/.local/share/man/man1 && man tracker-status
    tracker man lifecycle adopt > adopt.1
""")
@click.pass_context
@pass_app
def command(
    app: App, ctx: click.Context, /, *, words: tuple[str, ...], out: Path | None, dry_run: bool
) -> None:
    """Print the manual page of a COMMAND, or write those of all commands into a folder.

    Without a COMMAND the page is that of tracker itself. A page of that name that lies in the
    folder already is replaced; other files stay. What man shows of a command is what its --help
    says. Set $SOURCE_DATE_EPOCH to give the pages a date.
    """
    from tracker.cli import manual

    if out is None:
        if dry_run:
            app.say("a dry run: a page that is printed is written into no folder")
        click.echo(manual.page(command_named(ctx, words)), nl=False)
        return
    if words:
        raise CalledWrongly("--out writes the pages of all commands; leave it or the command out")
    pages = dict(manual.pages(ctx.find_root().command))
    for name in pages:
        app.keep_off_log(out / name)
    if not dry_run:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            (out / name).write_text(text, encoding="ascii", newline="\n")
    told = "would write" if dry_run else "wrote"
    where = visible(str(out))
    click.echo(f"{told} {len(pages)} pages into {where}: {next(iter(pages))} and those below it")
