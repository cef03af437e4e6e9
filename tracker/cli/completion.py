"""``tracker completion``: the script that lets a shell complete tracker's words."""

from __future__ import annotations

import click

from tracker.cli import options, shell


@shell.command()
@click.argument("shell_name", metavar="bash|zsh|fish", type=click.Choice(["bash", "zsh", "fish"]))
@options.example("""
    # bash (4.4 or newer): at every start
    echo 'eval "$(tracker completion bash)"' >> ~/.bashrc

    # zsh: at every start, after compinit
    echo 'eval "$(tracker completion zsh)"' >> ~/.zshrc

    # fish: once, and again after an update
    tracker completion fish > ~/.config/fish/completions/tracker.fish
""")
def command(shell_name: str) -> None:
    """Print the script that completes commands, options, slugs, types, phases and parties.

    The script is to be read by the shell when it starts; the examples say how. Open a new shell
    afterwards. Initiatives, facts, lifecycles, types, phases, parties, sectors and tags are
    completed from a log that is a SQLite file, and views from the config folder.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell_name)
    if kind is None:  # the choice above keeps it from happening
        raise click.UsageError(f"there is no completion for {shell_name}.")
    # Only the names go into the script, so that no command needs to be imported for it.
    script = kind(click.Group(), {}, shell.PROGRAM, shell.COMPLETE_VARIABLE)
    click.echo(script.source_template % script.source_vars(), nl=False)
