"""``tracker verify-proof``: check a proof that somebody handed over, with no database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app
from tracker.cli.files import STDIN, called, content, stdin
from tracker.errors import CalledWrongly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracker.domain.checkpoint import Checkpoint
    from tracker.domain.events import Event
    from tracker.domain.evidence import Source, Text
    from tracker.exchange.proof_file import Proof, Proven


@shell.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--checkpoint",
    "files",
    multiple=True,
    metavar="FILE",
    help="Hold the proof against the checkpoints that were kept in this file; repeatable.",
)
@click.option(
    "--key",
    metavar="FILE|VKEY",
    help="Demand that this Ed25519 key signed the checkpoint in it: PEM, or a verifier key.",
)
@options.format_option
@options.example("""
    tracker verify-proof il-114.tlog-proof
    tracker verify-proof il-114.tlog-proof --checkpoint /mnt/elsewhere/desk.checkpoints
    tracker verify-proof il-114.tlog-proof --key public.pem --json
    tracker verify-proof since.proof --checkpoint /mnt/elsewhere/desk.checkpoints
""")
@pass_app
def command(
    app: App, *, file: str, files: tuple[str, ...], key: str | None, format_name: str
) -> None:
    """Check a proof made with tracker prove, and say what it proves; no log is opened.

    A proof of an event leads from its words to the root in a checkpoint. That is worth as much as
    the checkpoint: name with --checkpoint the file of those that you kept, and the proof's must be
    among them. With --key it must be signed by that key. A proof of consistency begins at one of
    those that you kept.

    It never proves that a statement is true, nor that no later event corrects it. Exit code 7 means
    that it does not hold, 5 that it is no proof that can be read.
    """
    from tracker.cli import asking
    from tracker.cli.verify import contents
    from tracker.exchange import checkpoint_file, proof_file
    from tracker.render.formats import Envelope

    if STDIN in files and file == STDIN:
        raise CalledWrongly("standard input can be read only once; name - only once")
    proof = _read(file)
    kept = checkpoint_file.read(contents(files)) if files else None
    proven = proof_file.check(proof, kept, _key(key))
    if format_name == "table":
        width = app.width if app.terminal else None
        app.page("\n".join(_lines(proven, width=width, color=app.use_color)) + "\n")
        return
    asking.answer(
        app,
        [_item(proven)],
        envelope=Envelope("tracker/verify-proof/1", None),
        format_name=format_name,
        table=asking.plain_columns(_COLUMNS),
        csv=asking.plain_columns(_COLUMNS),
        empty="",
        caption="",
    )


_COLUMNS = (
    "proves",
    "checkpoint.origin",
    "checkpoint.size",
    "checkpoint.root",
    "kept.size",
    "key",
    "event.handle",
    "event.position",
    "event.event_id",
    "event.kind",
    "event.type",
    "event.on",
    "event.recorded_at",
    "event.recorded_by",
    "leaf",
)


def _read(file: str) -> Proof:
    from tracker.exchange import proof_file

    if file == STDIN:
        return proof_file.read(called(file), stdin())
    with Path(file).open("rb") as stream:
        return proof_file.read(file, stream)


def _key(given: str | None) -> bytes | None:
    """A verifier key as typed, or what is in a file."""
    from tracker.exchange.signing import LONGEST_KEY_BYTES

    if given is None:
        return None
    is_vkey = given.count("+") > 1 and not Path(given).exists()
    return given.encode() if is_vkey else content(given, LONGEST_KEY_BYTES, "a key")


# --- the item ----------------------------------------------------------------------------------


def _item(proven: Proven) -> dict[str, Any]:
    from tracker.domain.proofs import EventProof

    proof, event = proven.proof, proven.event
    is_event = isinstance(proof, EventProof)
    return {
        "proves": "inclusion" if is_event else "consistency",
        "checkpoint": _checkpoint(proof.checkpoint),
        "kept": [_checkpoint(each) for each in proven.kept],
        "key": proven.key,
        "old": None if isinstance(proof, EventProof) else proof.old,
        "proof": [digest.hex() for digest in proof.path],
        "leaf": proof.leaf.hex() if isinstance(proof, EventProof) else None,
        "body": proof.body.decode() if isinstance(proof, EventProof) else None,
        "event": _event(event) if event is not None else None,
        "not_shown": list(proven.not_shown),
    }


def _checkpoint(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
    }


def _event(event: Event) -> dict[str, Any]:
    from tracker.domain.dates import format_instant
    from tracker.domain.events import account_of

    account = account_of(event.what)
    return {
        "handle": event.handle,
        "position": event.position,
        "event_id": event.event_id,
        "initiative": event.initiative,
        "kind": event.what.KIND,
        "mode": account.mode if account else None,
        "type": account.type if account else None,
        "on": account.on.edtf if account else None,
        "sources": [_source(each) for each in account.sources] if account else [],
        "stated_by": account.stated_by if account else None,
        "note": _text(account.note) if account else None,
        "recorded_at": format_instant(event.recorded_at),
        "recorded_by": event.recorded_by,
        "time": event.time,
    }


def _source(source: Source) -> dict[str, Any]:
    import attrs

    title = source.title or source.document
    return {**attrs.asdict(source, recurse=False), "title": title, "quote": _text(source.quote)}


def _text(text: Text) -> str | None:
    """A text that is shown."""
    return text if isinstance(text, str) else None


# --- the words ---------------------------------------------------------------------------------


def _lines(proven: Proven, *, width: int | None = None, color: bool = False) -> Iterator[str]:
    from tracker.cli import asking

    room = None if width is None else max(width - _INDENT, 20)
    for label, text in _told(proven):
        # A hash stays in one piece, however narrow the terminal, so that it can be compared.
        first, *rest = asking.lines(text, width=None if label in _WHOLE else room, color=color)
        yield f"{label:<{_INDENT}}{first}"
        yield from (f"{'':<{_INDENT}}{line}" for line in rest)
    yield ""
    for sentence in _meaning(proven):
        yield from asking.lines(sentence, width=width, color=color)


_INDENT = 12
_WHOLE = ("root", "leaf", "key")


def _told(proven: Proven) -> Iterator[tuple[str, str]]:
    from tracker.cli import asking
    from tracker.domain.proofs import EventProof

    proof, own = proven.proof, proven.proof.checkpoint
    if proven.event is not None:
        yield from _told_event(proven.event)
        if proven.not_shown:
            yield "not shown", f"{', '.join(proven.not_shown)}: in the body as hashes only"
    yield "log", f"{own.origin}, its first {asking.counted(own.size, 'event')}"
    yield "root", own.root.hex()
    hashes = asking.counted(len(proof.path), "hash leads", "hashes lead")
    if isinstance(proof, EventProof):
        yield "leaf", proof.leaf.hex()
        yield "proof", f"{hashes} from the leaf to the root"
    else:
        yield "proof", f"{hashes} on from the root after {proof.old}"
    held = ", ".join(f"@{each.size}" for each in proven.kept)
    yield "checkpoint", f"the one that was kept: {held}" if held else "none given"
    if proven.key:
        yield "key", f"{proven.key} signed it"
    else:
        names = ", ".join(each.name for each in own.signatures)
        yield "signature", f"by {names}, not checked: no --key was given" if names else "none"


def _told_event(event: Event) -> Iterator[tuple[str, str]]:
    from tracker.cli import asking
    from tracker.cli.log import what_text
    from tracker.domain.events import account_of

    yield "event", f"@{event.position}, {event.handle}, recorded {_when(event)}"
    yield "id", event.event_id
    fact = getattr(event.what, "fact", "")
    yield "says", f"{event.what.KIND} {what_text(event, {fact: fact})}"
    account = account_of(event.what)
    if account is None:
        return
    for source in account.sources:
        told = asking.source_lines(_source(source), width=None, indent="", color=False)
        yield "source", "; ".join(told)
    for label, text in (("stated by", account.stated_by), ("note", _text(account.note))):
        if text:
            yield label, text


def _when(event: Event) -> str:
    from tracker.cli import asking

    when = asking.instant_text(event.recorded_at)
    return f"{when} (asserted by {event.recorded_by})" if event.time == "asserted" else when


def _meaning(proven: Proven) -> Iterator[str]:
    """What it proves and what it never does, in the words of section 8 of the semantics."""
    own, event = proven.proof.checkpoint, proven.event
    if event is None:
        old = min(each.size for each in proven.kept)
        yield (
            f"It proves that nothing up to @{old} was altered, removed or reordered between the "
            f"checkpoint that was kept and this one of {own.size} events."
        )
    elif proven.kept:
        yield (
            f"It proves that this is event @{event.position} of the log, word for word, and was so "
            "when the checkpoint was written that was kept."
        )
    else:
        yield (
            f"It proves that this is event @{event.position}, word for word, of a log that has "
            f"this root after {own.size} events. To prove that the root is the log's, hold it "
            "against a checkpoint that was kept elsewhere: --checkpoint FILE"
        )
    yield "It never proves that a statement is true, nor that no later event corrects it."
