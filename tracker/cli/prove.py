"""``tracker prove``: write down the proof of an event, for somebody without the log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.cli import complete, options, shell
from tracker.cli.app import App, pass_app
from tracker.cli.files import called, content
from tracker.errors import CalledWrongly, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tracker.application.proving import Made
    from tracker.domain.checkpoint import Checkpoint
    from tracker.domain.proofs import ConsistencyProof


@shell.command()
@click.argument(
    "what", metavar="[FACT|@POSITION|ID]", required=False, shell_complete=complete.facts
)
@click.option(
    "--from",
    "since",
    metavar="FILE|@POSITION",
    help="Prove no event, but that the log goes on from the last checkpoint in this file.",
)
@click.option(
    "--against",
    metavar="FILE|@POSITION",
    help="Prove under the last fit checkpoint in this file, or under the log's first so many "
    "events; under all of it if left out.",
)
@click.option(
    "--disclose",
    multiple=True,
    metavar="FIELD",
    help="Show this text too: note, sources/0/quote, or all; repeatable.",
)
@click.option("--sign", metavar="KEYFILE", help="Sign the checkpoint in it, as checkpoint does.")
@click.option("--out", metavar="FILE", help="Write it to this file, which must not be there yet.")
@options.dry_run_option
@options.example("""
    tracker prove il-114#3 --out il-114.tlog-proof
    tracker prove @9 --against /mnt/elsewhere/desk.checkpoints
    tracker prove @9 --disclose note --disclose sources/0/quote
    tracker prove --from /mnt/elsewhere/desk.checkpoints --out since.proof
    tracker prove @9 | tracker verify-proof -
""")
@pass_app
def command(
    app: App,
    *,
    what: str | None,
    since: str | None,
    against: str | None,
    disclose: tuple[str, ...],
    sign: str | None,
    out: str | None,
    dry_run: bool,
) -> None:
    """Write the proof that an event is in the log, with its body, for whoever lacks the log.

    The proof is a text file (C2SP tlog-proof): the body of the event as it was hashed, the RFC 6962
    inclusion proof, and the checkpoint that it leads to. tracker verify-proof checks it with no
    database, and so do other tools. A fact is proved as it stands: by its last correction, or its
    withdrawal. @POSITION and the id of an event prove that very event.

    Notes and quotes stand in a body only as salted hashes, so that they can be erased one day. A
    proof cannot be called back, so it shows them only where --disclose says so.

    With --from it proves consistency instead: that nothing was altered, removed or reordered since
    a checkpoint (in the form in which C2SP tlog-witness has it sent to a witness).
    """
    from tracker.application import proving
    from tracker.exchange.signing import LONGEST_KEY_BYTES

    if (what is None) == (since is None):
        raise CalledWrongly("name one of the two: what to prove, such as il-114#3, or --from FILE")
    if since is not None and disclose:
        raise CalledWrongly("--disclose shows texts of an event; leave it out beside --from")
    path = Path(out) if out not in (None, "-") else None
    if path is not None:
        app.keep_off_log(path)
    if path is not None and (path.is_file() or path.is_dir()):
        raise Refused(f"{path} is there already; name another file")
    key = content(sign, LONGEST_KEY_BYTES, "a signing key") if sign is not None else None
    under = None if against is None else _place(against)
    proof: ConsistencyProof | Made
    with app.tracker() as log:
        if since is not None:
            proof = proving.of_growth(log, _place(since), against=under, key_pem=key)
        else:
            proof = proving.of_event(log, what or "", against=under, disclose=disclose, key_pem=key)
    _write(app, proof, path, dry_run=dry_run)


def _place(given: str) -> int | Sequence[Checkpoint]:
    """A size of the log, or the checkpoints of a file."""
    from tracker.application.viewpoints import position_of
    from tracker.domain.checkpoint import LONGEST_FILE_BYTES
    from tracker.exchange import checkpoint_file

    position = position_of(given)
    if position is not None:
        return position
    data = content(given, LONGEST_FILE_BYTES, "a file of checkpoints")
    return checkpoint_file.read([(called(given), data)])


def _write(app: App, made: ConsistencyProof | Made, path: Path | None, *, dry_run: bool) -> None:
    from tracker.application.proving import Made
    from tracker.exchange.whole_file import whole_file

    proof = made.proof if isinstance(made, Made) else made
    if path is None and not dry_run:
        click.echo(proof.to_text(), nl=False)
    elif path is not None and not dry_run:
        with whole_file(path) as file:
            file.write(proof.to_text())
    told = _told(made) if isinstance(made, Made) else _growth(made)
    for line in told:
        app.say(line)
    if path is not None:
        app.say(f"{'would write' if dry_run else 'wrote'} the proof to {path}")


def _told(made: Made) -> Iterator[str]:
    from tracker.cli import asking

    event, checkpoint = made.event, made.proof.checkpoint
    hashes = asking.counted(len(made.proof.path), "hash leads", "hashes lead")
    yield (
        f"{event.handle} (@{event.position}, {event.what.KIND}) is in the log: {hashes} "
        f"to the root of its first {asking.counted(checkpoint.size, 'event')}"
    )
    if made.later is not None:
        yield f"it is not the last word: @{made.later} took its place"
    if made.kept_back:
        yield f"not shown: {', '.join(made.kept_back)}; --disclose all shows them"


def _growth(proof: ConsistencyProof) -> Iterator[str]:
    from tracker.cli import asking

    shown = asking.counted(len(proof.path), "hash shows", "hashes show")
    yield (
        f"the log of {proof.checkpoint.size} events goes on from what it was at {proof.old}: "
        f"{shown} it"
    )
