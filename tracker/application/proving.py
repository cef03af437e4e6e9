"""Make proofs that an event is in the log, and that the log was only added to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

import sqlalchemy as sa
from attrs import evolve, frozen
from sqlalchemy.engine import Connection

from tracker.application import checkpoints, names
from tracker.application.tracker import Tracker
from tracker.domain.checkpoint import Checkpoint
from tracker.domain.events import Event
from tracker.domain.merkle import consistency_proof, inclusion_proof
from tracker.domain.nearest import did_you_mean
from tracker.domain.proofs import ConsistencyProof, EventProof
from tracker.errors import Damaged, NotFound, Refused
from tracker.exchange import signing
from tracker.store import event_log
from tracker.store.codec import Disclosure, canonical, commitments, decode_json
from tracker.store.schema import disclosures, events
from tracker.store.sound import check_disclosures, sound_event

EVERYTHING = "all"
"""In place of the names of texts: every text that is still there."""

Against = int | Sequence[Checkpoint] | None
"""The size of the log to prove under, or checkpoints to choose the last fit one of; None: all."""


_Proof = TypeVar("_Proof", EventProof, ConsistencyProof)


@frozen
class Made:
    """A proof of an event, and what its user should know before passing it on.

    *kept_back* names the texts that are there and not disclosed. *later* is the position of the
    event that replaced this one in its fact, up to the proof's checkpoint.
    """

    proof: EventProof
    event: Event
    kept_back: tuple[str, ...]
    later: int | None


def of_event(
    log: Tracker,
    what: str,
    *,
    against: Against = None,
    disclose: Iterable[str] = (),
    key_pem: bytes | None = None,
) -> Made:
    """Prove an event: the one at a position or with an id, or the current version of a fact.

    *disclose* names the texts to show (``note``, ``sources/0/quote``, or ``all``). Raises NotFound
    for an event or a text that is not there, Damaged where the log is not what it should be.
    """
    with log.log.connection() as connection:
        named = names.event(connection, what)
        checkpoint = _checkpoint(connection, against, named)
        position = _standing(connection, what, named, checkpoint.size)
        made = event_under(connection, position, checkpoint, tuple(disclose))
    return evolve(made, proof=_signed(made.proof, key_pem))


def of_growth(
    log: Tracker,
    since: int | Sequence[Checkpoint],
    *,
    against: Against = None,
    key_pem: bytes | None = None,
) -> ConsistencyProof:
    """Prove that since it had a size, or since its last checkpoint, the log was only added to.

    Raises Damaged where it was not, or is damaged.
    """
    with log.log.connection() as connection:
        if isinstance(since, int):
            old = checkpoints.of_size(connection, since)
        else:
            old = _own(connection, since)[-1]
            checkpoints.hold(connection, old)
        proof = growth_under(connection, old, _checkpoint(connection, against, old.size))
    return _signed(proof, key_pem)


def event_under(
    connection: Connection, position: int, checkpoint: Checkpoint, disclose: Sequence[str] = ()
) -> Made:
    """The proof of the event at *position* under a checkpoint of the log; as :func:`of_event`."""
    query = sa.select(events.c.body, events.c.leaf).where(events.c.position == position)
    body, leaf = connection.execute(query).one()
    try:
        _, parsed = sound_event(body, leaf)
    except Damaged as flaw:
        message = f"event @{position} {flaw}; run: tracker verify"
        raise Damaged(message) from None
    committed = dict(commitments(parsed))
    there = _texts(connection, position)
    shown = _chosen(committed, there, disclose, position)
    try:
        check_disclosures(committed, list(shown.values()))
    except Damaged as flaw:
        message = f"event @{position} {flaw}; run: tracker verify"
        raise Damaged(message) from None
    path = inclusion_proof(position - 1, checkpoint.size, event_log.NodeReader(connection))
    proof = EventProof(body.encode(), position - 1, path, checkpoint, _line(shown))
    if not proof.holds():
        message = f"the event @{position} is not what the log's root says; run: tracker verify"
        raise Damaged(message)
    later = _latest(connection, position, checkpoint.size)
    return Made(
        proof=proof,
        event=decode_json(parsed, {name: each.text for name, each in shown.items()}),
        kept_back=tuple(name for name in there if name not in shown),
        later=later if later != position else None,
    )


def growth_under(
    connection: Connection, old: Checkpoint, checkpoint: Checkpoint
) -> ConsistencyProof:
    """Return the proof that the log of *checkpoint* adds to that of *old*; as :func:`of_growth`."""
    path = consistency_proof(old.size, checkpoint.size, event_log.NodeReader(connection))
    proof = ConsistencyProof(old.size, path, checkpoint)
    if not proof.holds(old):
        message = f"the log does not go on from what it was at @{old.size}; run: tracker verify"
        raise Damaged(message)
    return proof


# -- checkpoints -----------------------------------------------------------------------------------


def _checkpoint(connection: Connection, against: Against, least: int) -> Checkpoint:
    """The checkpoint to prove under, of *least* events or more."""
    if against is None:
        against = event_log.head(connection).position
    if isinstance(against, int):
        found = checkpoints.of_size(connection, against)
        if found.size < least:
            message = f"@{least} was recorded after @{found.size}; name a later position"
            raise NotFound(message)
        return found
    own = _own(connection, against)
    fit = [each for each in own if each.size >= least]
    if not fit:
        longest = max(each.size for each in own)
        message = (
            f"the checkpoints end at @{longest}, before @{least}: add one that is newer with "
            "tracker checkpoint --append, or leave --against out"
        )
        raise Refused(message)
    checkpoints.hold(connection, fit[-1])
    return fit[-1]


def _own(connection: Connection, given: Sequence[Checkpoint]) -> list[Checkpoint]:
    origin = checkpoints.origin(connection)
    own = [each for each in given if each.origin == origin]
    if not own:
        others = ", ".join(sorted({each.origin for each in given})[:3])
        message = f"the checkpoints are of {others}, and this log is {origin}: name another file"
        raise Refused(message)
    return own


def _signed(proof: _Proof, key_pem: bytes | None) -> _Proof:
    """The proof with its checkpoint signed under the log's own name, if there is a key."""
    if key_pem is None:
        return proof
    checkpoint = proof.checkpoint
    return evolve(proof, checkpoint=signing.sign(checkpoint, key_pem, checkpoint.origin))


# -- the event and its texts -----------------------------------------------------------------------


def _standing(connection: Connection, what: str, named: int, size: int) -> int:
    """Return the version of a fact, named by its handle, at *size*; any other event itself."""
    return _latest(connection, named, size) if "#" in what else named


def _latest(connection: Connection, position: int, size: int) -> int:
    """Return the last event, up to *size*, of the fact of an event; without one, the event."""
    fact = sa.select(events.c.fact).where(events.c.position == position).scalar_subquery()
    query = sa.select(sa.func.max(events.c.position))
    query = query.where(events.c.fact == fact, events.c.position <= size)
    return connection.execute(query).scalar() or position


def _texts(connection: Connection, position: int) -> dict[str, Disclosure]:
    query = sa.select(disclosures).where(disclosures.c.position == position)
    rows = connection.execute(query.order_by(disclosures.c.field))
    return {row.field: Disclosure(row.field, bytes(row.salt), row.text) for row in rows}


def _chosen(
    committed: Collection[str],
    there: Mapping[str, Disclosure],
    wanted: Sequence[str],
    position: int,
) -> dict[str, Disclosure]:
    if EVERYTHING in wanted:
        return dict(there)
    for name in wanted:
        if name in there:
            continue
        if name in committed:
            raise NotFound(f"the {name} of @{position} was erased; it cannot be shown any more")
        has = f"it has {', '.join(committed)}" if committed else "it has none"
        near = did_you_mean(name, committed) or f" ({has})"
        raise NotFound(f"@{position} has no text {name!r} to show{near}")
    return {name: there[name] for name in sorted(set(wanted))}


def _line(shown: Mapping[str, Disclosure]) -> bytes | None:
    if not shown:
        return None
    told = {name: {"salt": each.salt.hex(), "text": each.text} for name, each in shown.items()}
    return canonical(told).encode()
