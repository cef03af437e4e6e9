"""Signatures of checkpoints with Ed25519, as C2SP ``signed-note`` has them.

Keys are files of PEM, as OpenSSL writes them::

    openssl genpkey -algorithm ed25519 -out key.pem
    openssl pkey -in key.pem -pubout -out public.pem

A signature tells who vouches for a checkpoint, and that is all. What the checkpoint proves is the
Merkle tree's to say, and a checkpoint is as much worth as the place where it is kept.
"""

from __future__ import annotations

from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

from attrs import evolve

from tracker.domain.checkpoint import KEY_ID_BYTES, Checkpoint, Signature
from tracker.errors import CalledWrongly, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

LONGEST_KEY_BYTES = 16_384
"""How long a file of a key may be; one in PEM has some hundred bytes."""

_ED25519 = b"\x01"  # the signature type that signed-note gives to Ed25519

_NO_PRIVATE_KEY = (
    "the signing key is not an Ed25519 private key in PEM: "
    "make one with `openssl genpkey -algorithm ed25519 -out key.pem`"
)
_LOCKED = (
    "the signing key is locked with a passphrase: "
    "unlock a copy with `openssl pkey -in key.pem -out unlocked.pem`"
)
_NO_PUBLIC_KEY = (
    "the public key is not an Ed25519 public key in PEM: "
    "take it from the signing key with `openssl pkey -in key.pem -pubout -out public.pem`"
)


def sign(checkpoint: Checkpoint, key_pem: bytes, name: str) -> Checkpoint:
    """Return the checkpoint with a signature by this key, under *name*, after those it has.

    Signing again with the same key and name changes nothing.
    """
    key = _private_key(key_pem)
    signature = Signature(
        name=name,
        key_id=key_id(name, key.public_key().public_bytes_raw()),
        value=key.sign(checkpoint.text.encode()),
    )
    others = (s for s in checkpoint.signatures if not _same_key(s, signature))
    return evolve(checkpoint, signatures=(*others, signature))


def verify_signature(checkpoint: Checkpoint, public_pem: bytes) -> bool:
    """Tell whether this key signed the checkpoint, under whatever name.

    Signatures by other keys are passed over. One that claims this key and is wrong spoils the
    checkpoint, even beside a right one, as signed-note demands.
    """
    key = _public_key(public_pem)
    raw = key.public_bytes_raw()
    claims = [s for s in checkpoint.signatures if s.key_id == key_id(s.name, raw)]
    text = checkpoint.text.encode()
    return bool(claims) and all(_holds(key, claim.value, text) for claim in claims)


def key_id(name: str, public: bytes) -> bytes:
    """Return the four bytes by which a note names the Ed25519 key *public*, 32 bytes, of *name*."""
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:KEY_ID_BYTES]


def _same_key(one: Signature, other: Signature) -> bool:
    return (one.name, one.key_id) == (other.name, other.key_id)


def _holds(key: Ed25519PublicKey, signature: bytes, text: bytes) -> bool:
    with _the_extra():
        from cryptography.exceptions import InvalidSignature
    try:
        key.verify(signature, text)
    except InvalidSignature:
        return False
    return True


def _private_key(pem: bytes) -> Ed25519PrivateKey:
    with _the_extra():
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:  # how the library says that a password is missing
        raise Refused(_LOCKED) from None
    except (ValueError, UnsupportedAlgorithm):
        raise Refused(_NO_PRIVATE_KEY) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise Refused(_NO_PRIVATE_KEY)
    return key


def _public_key(pem: bytes) -> Ed25519PublicKey:
    with _the_extra():
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise Refused(_NO_PUBLIC_KEY) from None
    if not isinstance(key, Ed25519PublicKey):
        raise Refused(_NO_PUBLIC_KEY)
    return key


@contextmanager
def _the_extra() -> Iterator[None]:
    """Say how to get the optional library when an import of it fails."""
    try:
        yield
    except ImportError:
        message = "signing needs the extra: pip install 'initiative-tracker[sign]'"
        raise CalledWrongly(message) from None
