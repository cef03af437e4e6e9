"""``tracker help``: what holds for all commands, by topic; and the help of a command."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import click

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app
from tracker.errors import CalledWrongly

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: In the order in which they are listed; each is a file of ``tracker/cli/topics``.
TOPICS = ("dates", "viewpoints", "grades", "lifecycles", "exit-codes")


def _complete(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Topics, and the commands of the program."""
    from click.shell_completion import CompletionItem

    topics = [CompletionItem(name) for name in TOPICS if name.startswith(incomplete)]
    return [*topics, *complete_commands(ctx, param, incomplete)]


def complete_commands(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The commands of the program."""
    del param
    from click.shell_completion import CompletionItem

    root = ctx.find_root().command
    known = root.list_commands(ctx) if isinstance(root, click.Group) else []
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]


@shell.command()
@click.argument("words", metavar="[TOPIC|COMMAND]…", nargs=-1, shell_complete=_complete)
@options.example("""
    tracker help
    tracker help dates
    tracker help lifecycle adopt
""")
@click.pass_context
@pass_app
def command(app: App, ctx: click.Context, /, *, words: tuple[str, ...]) -> None:
    """Explain a TOPIC, or show the help of a COMMAND; without either, list the topics.

    The topics are dates, viewpoints, grades, lifecycles and exit-codes. The help of a command is
    what it says itself with --help.
    """
    if not words:
        text = _contents()
    elif len(words) == 1 and words[0] in TOPICS:
        text = topic(words[0])
    else:
        text = f"{command_named(ctx, words).get_help()}\n"
    app.page(text)


def topic(name: str) -> str:
    """The text of one of :data:`TOPICS`; its first line says what it is about."""
    return (files("tracker.cli") / "topics" / f"{name}.txt").read_text(encoding="utf-8")


def _contents() -> str:
    widest = max(map(len, TOPICS))
    lines = [f"  {name.ljust(widest)}  {topic(name).splitlines()[0]}" for name in TOPICS]
    return "\n".join(
        [
            "What holds for all commands, with: tracker help TOPIC",
            "",
            *lines,
            "",
            "The commands are listed by: tracker --help",
            "Each explains itself: tracker COMMAND --help, or tracker help COMMAND",
            "",
        ]
    )


def command_named(ctx: click.Context, words: tuple[str, ...]) -> click.Context:
    """The context of the command that *words* lead to; CalledWrongly where they lead nowhere."""
    from tracker.cli.nearest import did_you_mean

    at = ctx.find_root()
    for number, word in enumerate(words):
        group = at.command
        known = group.list_commands(at) if isinstance(group, click.Group) else []
        below = group.get_command(at, word) if isinstance(group, click.Group) else None
        if below is None:
            near = did_you_mean(word, (*known, *(TOPICS if number == 0 else ())))
            if number == 0:
                raise CalledWrongly(
                    f"there is no topic and no command {word!r}.{near or ' See: tracker help'}"
                )
            raise CalledWrongly(f"{at.command_path!r} has no command {word!r}.{near}")
        settings = below.context_settings
        at = click.Context(below, info_name=word, parent=at, **settings)
    return at
