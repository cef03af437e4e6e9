"""``tracker checkpoint``: write down the log's root, to be kept elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app
from tracker.cli.files import content
from tracker.errors import CalledWrongly


@shell.command()
@click.option("--out", metavar="FILE", help="Write it to this file, which must not be there yet.")
@click.option("--append", is_flag=True, help="Write it below what is in the file already.")
@click.option("--sign", metavar="KEYFILE", help="Sign it with this Ed25519 private key (PEM).")
@options.dry_run_option
@options.example("""
    tracker checkpoint
    tracker checkpoint --out /mnt/elsewhere/desk.checkpoints --append
    tracker checkpoint --sign key.pem > today.checkpoint
    tracker verify --checkpoint /mnt/elsewhere/desk.checkpoints
""")
@pass_app
def command(app: App, *, out: str | None, append: bool, sign: str | None, dry_run: bool) -> None:
    """Print the root of the log as it is now, as a note to be kept somewhere else.

    Three lines: what the log is called, how many events it has, and the hash of them all (C2SP
    tlog-checkpoint). With a checkpoint that was kept where nobody can change it together with the
    log, tracker verify proves that nothing up to it was altered, removed or reordered.

    The log is called tracker/ and the first digits of its first event's hash, wherever it is kept.
    With --append it is held against the last checkpoint of it in the file first. With --sign the
    public half of the key is printed in the form that others check signatures with (a vkey of C2SP
    signed-note).
    """
    from tracker.application import checkpoints
    from tracker.cli.text import visible
    from tracker.exchange.signing import LONGEST_KEY_BYTES

    path = Path(out) if out not in (None, "-") else None
    if append and path is None:
        raise CalledWrongly("--append needs a file to append to; name it with --out")
    if path is not None:
        app.keep_off_log(path)
    earlier = checkpoints.check_place(path, append=append) if path is not None else ()
    key = content(sign, LONGEST_KEY_BYTES, "a signing key") if sign is not None else None
    with app.tracker() as log:
        found = checkpoints.of_head(log, key, earlier)
    if key is not None:
        app.say(f"signed; others check that with: {checkpoints.verifier_key(found, key)}")
    if path is None:
        click.echo(visible(found.to_note()), nl=False)
        return
    if not dry_run:
        checkpoints.write(found, path, append=append)
    did = "would write" if dry_run else "wrote"
    app.say(f"{did} the checkpoint of {found.size} events to {path}")
