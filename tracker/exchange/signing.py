"""Signatures of checkpoints with Ed25519, as C2SP ``signed-note`` has them.

Keys are files of PEM, as OpenSSL writes them::

    openssl genpkey -algorithm ed25519 -out key.pem
    openssl pkey -in key.pem -pubout -out public.pem

A public key is read as a verifier key too, one line that other tools pass round and that names
whose key it is (``vkey`` in signed-note)::

    tracker/fd6a0c9bd2a5b0a5+<hex of the key's id>+<base64 of a 1 and the 32 bytes of the key>

A signature tells who vouches for a checkpoint, and that is all. What the checkpoint proves is the
Merkle tree's to say, and a checkpoint is as much worth as the place where it is kept.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

from attrs import evolve

from tracker.domain.checkpoint import KEY_ID_BYTES, Checkpoint, Signature
from tracker.errors import Refused
from tracker.exchange.extras import extra

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

LONGEST_KEY_BYTES = 16_384
"""How long a file of a key may be; one in PEM has some hundred bytes."""

_ED25519 = b"\x01"  # the signature type that signed-note gives to Ed25519
_KEY_BYTES = 32
_VKEY = re.compile(r"(?P<name>[^\s+]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]+={0,2})")

_NO_PRIVATE_KEY = (
    "the signing key is not an Ed25519 private key in PEM: "
    "make one with `openssl genpkey -algorithm ed25519 -out key.pem`"
)
_LOCKED = (
    "the signing key is locked with a passphrase: "
    "unlock a copy with `openssl pkey -in key.pem -out unlocked.pem`"
)
_NO_PUBLIC_KEY = (
    "the public key is neither an Ed25519 public key in PEM nor a verifier key (vkey): "
    "take it from the signing key with `openssl pkey -in key.pem -pubout -out public.pem`"
)
_WRONG_ID = (
    "the verifier key does not have the id that its name and its key give it: a letter of it was "
    "changed; ask for it again"
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


def verify_signature(checkpoint: Checkpoint, public: bytes) -> bool:
    """Tell whether this key signed the checkpoint; see :func:`signed_as`."""
    return signed_as(checkpoint, public) is not None


def signed_as(checkpoint: Checkpoint, public: bytes) -> str | None:
    """Return the verifier key of the one who signed the checkpoint with this key, or None.

    *public* is PEM, which fits whatever name was signed under, or a verifier key, whose name counts
    too. Signatures by other keys are passed over. One that claims this key and is wrong spoils the
    checkpoint, even beside a right one, as signed-note demands. Raises Refused for what is no key.
    """
    key, name = _public_key(public)
    raw = key.public_bytes_raw()
    claims = [
        each
        for each in checkpoint.signatures
        if each.key_id == key_id(each.name, raw) and name in (None, each.name)
    ]
    text = checkpoint.text.encode()
    if not claims or not all(_holds(key, claim.value, text) for claim in claims):
        return None
    return _vkey(claims[0].name, raw)


def verifier_key(key_pem: bytes, name: str) -> str:
    """Return the public half of a signing key as the one line by which others check *name*."""
    return _vkey(name, _private_key(key_pem).public_key().public_bytes_raw())


def key_id(name: str, public: bytes) -> bytes:
    """Return the four bytes by which a note names the Ed25519 key *public*, 32 bytes, of *name*."""
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:KEY_ID_BYTES]


def _vkey(name: str, public: bytes) -> str:
    encoded = b64encode(_ED25519 + public).decode("ascii")
    return f"{name}+{key_id(name, public).hex()}+{encoded}"


def _same_key(one: Signature, other: Signature) -> bool:
    return (one.name, one.key_id) == (other.name, other.key_id)


def _holds(key: Ed25519PublicKey, signature: bytes, text: bytes) -> bool:
    with extra("sign", "signing"):
        from cryptography.exceptions import InvalidSignature
    try:
        key.verify(signature, text)
    except InvalidSignature:
        return False
    return True


def _private_key(pem: bytes) -> Ed25519PrivateKey:
    with extra("sign", "signing"):
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


def _public_key(data: bytes) -> tuple[Ed25519PublicKey, str | None]:
    """Read a public key, and the name that it goes with, which PEM leaves open."""
    with extra("sign", "signing"):
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    match = _VKEY.fullmatch(data.decode(errors="replace").strip())
    if match is not None:
        raw = _raw_key(match)
        return Ed25519PublicKey.from_public_bytes(raw), match["name"]
    try:
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise Refused(_NO_PUBLIC_KEY) from None
    if not isinstance(key, Ed25519PublicKey):
        raise Refused(_NO_PUBLIC_KEY)
    return key, None


def _raw_key(match: re.Match[str]) -> bytes:
    try:
        data = b64decode(match["key"], validate=True)
    except ValueError:
        raise Refused(_NO_PUBLIC_KEY) from None
    if data[:1] != _ED25519 or len(data) != 1 + _KEY_BYTES:
        raise Refused(_NO_PUBLIC_KEY)
    if key_id(match["name"], data[1:]).hex() != match["id"]:
        raise Refused(_WRONG_ID)
    return data[1:]
