"""Signed checkpoints, held against published keys and a published, signed checkpoint."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64decode

import pytest
from attrs import evolve
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.checkpoint import Checkpoint, Signature, parse_checkpoints
from tracker.domain.merkle import EMPTY_ROOT, leaf_hash
from tracker.errors import CalledWrongly, Refused
from tracker.exchange.signing import key_id, sign, signed_as, verifier_key, verify_signature

# The example keys of RFC 8410, section 10, in the form that OpenSSL writes.
KEY = b"""\
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
"""
PUBLIC = b"""\
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
"""

# A checkpoint that Go's checksum database published, and the key that it publishes beside it.
GO_KEY = b64decode("Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")[1:]
GO_NOTE = """\
go.sum database tree
6476701
mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=

\u2014 sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFI\
Gu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=
"""

GO_VKEY = b"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
# The verifier key that signed-note has for its example.
C2SP_VKEY = b"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

CHECKPOINT = Checkpoint("example.org/desk", 1, leaf_hash(b"{}"))
WITNESS = Signature("a.witness.example", b"\x09\x09\x09\x09", b"of another kind")
NAME = "example.org/desk"


def private_pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("name", "public", "expected"),
    [
        ("sum.golang.org", "zjNy11rR7l7Nr4cnKT1LER2H6zdTHXyG1NMAPw64Cfw=", "033de0ae"),
        ("PeterNeumann", "GlzZBxQ8OExB6DDFvOEqqIF+xWSaqr8sMTiLNbLXRNY=", "c74f20a3"),
    ],
)
def test_a_key_has_the_id_that_its_owner_publishes(name: str, public: str, expected: str) -> None:
    """The id of a key is worked out from name and key as others work it out."""
    assert key_id(name, b64decode(public)).hex() == expected


def test_a_published_checkpoint_verifies() -> None:
    """A checkpoint signed by somebody else's program verifies with the key that they publish."""
    public = public_pem(Ed25519PublicKey.from_public_bytes(GO_KEY))
    (checkpoint,) = parse_checkpoints(GO_NOTE)
    assert verify_signature(checkpoint, public)
    assert not verify_signature(evolve(checkpoint, size=checkpoint.size + 1), public)


def test_what_is_signed_verifies_after_a_journey_as_text() -> None:
    """A signed checkpoint, written and read back, verifies with the public key."""
    signed = sign(CHECKPOINT, KEY, NAME)
    assert signed.text == CHECKPOINT.text
    (read,) = parse_checkpoints(signed.to_note())
    assert read == signed
    assert verify_signature(read, PUBLIC)


def test_signing_keeps_the_signatures_of_others() -> None:
    """A signature is added after those that are there, which stay as they were."""
    witnessed = evolve(CHECKPOINT, signatures=(WITNESS,))
    signed = sign(witnessed, KEY, NAME)
    assert signed.signatures[:-1] == (WITNESS,)
    assert verify_signature(signed, PUBLIC)


def test_signing_twice_is_signing_once() -> None:
    """The same key under the same name signs once; under another name it signs again."""
    signed = sign(CHECKPOINT, KEY, NAME)
    assert sign(signed, KEY, NAME) == signed
    both = sign(signed, KEY, "deputy")
    assert [s.name for s in both.signatures] == [NAME, "deputy"]
    assert verify_signature(both, PUBLIC)


def test_a_checkpoint_that_this_key_did_not_sign_does_not_verify() -> None:
    """Without a signature by this very key the answer is no."""
    other = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    assert not verify_signature(CHECKPOINT, PUBLIC)
    assert not verify_signature(evolve(CHECKPOINT, signatures=(WITNESS,)), PUBLIC)
    assert not verify_signature(sign(CHECKPOINT, private_pem(other), NAME), PUBLIC)


def test_a_wrong_signature_spoils_a_right_one() -> None:
    """Where one signature that claims this key is wrong, the checkpoint is not accepted."""
    signed = sign(sign(CHECKPOINT, KEY, NAME), KEY, "deputy")
    right, deputy = signed.signatures
    spoilt = evolve(signed, signatures=(right, evolve(deputy, value=right.value[::-1])))
    assert verify_signature(signed, PUBLIC)
    assert not verify_signature(spoilt, PUBLIC)


@given(bit=st.integers(0, 64 * 8 - 1))
def test_a_signature_with_any_bit_changed_does_not_verify(bit: int) -> None:
    """Whichever bit of a signature is changed, it does not verify."""
    signed = sign(CHECKPOINT, KEY, NAME)
    (signature,) = signed.signatures
    value = bytearray(signature.value)
    value[bit // 8] ^= 1 << bit % 8
    changed = evolve(signed, signatures=(evolve(signature, value=bytes(value)),))
    assert not verify_signature(changed, PUBLIC)


@pytest.mark.parametrize("length", [1, 63, 65])
def test_a_signature_of_another_length_does_not_verify(length: int) -> None:
    """A signature cut or lengthened does not verify, and does not raise."""
    signed = sign(CHECKPOINT, KEY, NAME)
    (signature,) = signed.signatures
    value = (signature.value + b"\x00")[:length]
    changed = evolve(signed, signatures=(evolve(signature, value=value),))
    assert not verify_signature(changed, PUBLIC)


@pytest.mark.parametrize(
    "other",
    [
        evolve(CHECKPOINT, origin="example.org/desc"),
        evolve(CHECKPOINT, size=2),
        evolve(CHECKPOINT, root=EMPTY_ROOT),
    ],
    ids=["origin", "size", "root"],
)
def test_a_signature_covers_every_line(other: Checkpoint) -> None:
    """With another origin, size or root the signature does not verify."""
    signed = sign(CHECKPOINT, KEY, NAME)
    assert not verify_signature(evolve(other, signatures=signed.signatures), PUBLIC)


def test_a_signature_carried_over_to_another_name_is_not_this_keys() -> None:
    """The name is part of the key's id: under another name the signature names no known key."""
    (signature,) = sign(CHECKPOINT, KEY, NAME).signatures
    renamed = evolve(CHECKPOINT, signatures=(evolve(signature, name="somebody.else"),))
    assert not verify_signature(renamed, PUBLIC)


@pytest.mark.parametrize("name", ["", "trade desk", "a+b", "two\nlines"])
def test_a_name_that_a_note_cannot_hold_is_refused(name: str) -> None:
    """A key's name is one word without a plus sign."""
    with pytest.raises(Refused, match="the key name"):
        sign(CHECKPOINT, KEY, name)


# --- verifier keys


def test_a_published_checkpoint_verifies_with_the_key_as_it_is_published() -> None:
    """The line that the checksum database prints of its key is read as it stands."""
    (checkpoint,) = parse_checkpoints(GO_NOTE)
    assert signed_as(checkpoint, GO_VKEY) == GO_VKEY.decode()
    assert signed_as(checkpoint, GO_VKEY + b"\n") == GO_VKEY.decode()
    assert signed_as(evolve(checkpoint, size=checkpoint.size + 1), GO_VKEY) is None
    assert signed_as(checkpoint, C2SP_VKEY) is None


def test_a_verifier_key_of_ours_is_that_of_the_specification() -> None:
    """Name, id and key, as signed-note puts them together; it verifies what the key signed."""
    vkey = verifier_key(KEY, NAME)
    name, identifier, encoded = vkey.split("+", 2)
    raw = b64decode(encoded)
    assert (name, identifier) == (NAME, key_id(NAME, raw[1:]).hex())
    assert raw[:1] == b"\x01"
    signed = sign(CHECKPOINT, KEY, NAME)
    assert signed_as(signed, vkey.encode()) == signed_as(signed, PUBLIC) == vkey


def test_a_verifier_key_is_of_one_name() -> None:
    """What the same key signed under another name is not this verifier key's."""
    deputy = sign(CHECKPOINT, KEY, "deputy")
    assert signed_as(deputy, verifier_key(KEY, NAME).encode()) is None
    assert signed_as(deputy, PUBLIC) == verifier_key(KEY, "deputy")


@pytest.mark.parametrize(
    ("vkey", "reason"),
    [
        (C2SP_VKEY.replace(b"530d903a", b"530d903b"), "a letter of it was changed"),
        (C2SP_VKEY.replace(b"com", b"org"), "a letter of it was changed"),
        (C2SP_VKEY.replace(b"3U2k", b"3U3k"), "a letter of it was changed"),
        (C2SP_VKEY.replace(b"+Aek", b"+Bek"), "neither an Ed25519 public key"),
        (C2SP_VKEY[:-4], "neither an Ed25519 public key"),
        (C2SP_VKEY[:-1], "neither an Ed25519 public key"),
        (C2SP_VKEY.replace(b"530d903a", b"530D903A"), "neither an Ed25519 public key"),
    ],
)
def test_a_damaged_verifier_key_is_refused(vkey: bytes, reason: str) -> None:
    """Whatever is changed in a verifier key, it is no key."""
    with pytest.raises(Refused, match=reason):
        signed_as(CHECKPOINT, vkey)


ELLIPTIC = generate_private_key(SECP256R1())


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"\xff\x00",
        KEY.replace(b"MC4C", b"MC4D"),
        KEY[: len(KEY) // 2],
        PUBLIC,
        ELLIPTIC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    ],
    ids=["empty", "no text", "damaged", "cut", "a public key", "another kind of key"],
)
def test_a_bad_signing_key_is_refused_with_the_way_to_a_good_one(pem: bytes) -> None:
    """Whatever is no Ed25519 private key is refused with the command that makes one."""
    with pytest.raises(Refused, match="openssl genpkey -algorithm ed25519"):
        sign(CHECKPOINT, pem, NAME)


def test_a_locked_signing_key_is_refused_with_the_way_to_unlock_it() -> None:
    """A key under a passphrase is refused with the command that unlocks a copy."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    locked = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"passphrase")
    )
    with pytest.raises(Refused, match="unlock a copy with `openssl pkey"):
        sign(CHECKPOINT, locked, NAME)


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"\xff\x00",
        PUBLIC.replace(b"MCow", b"MCox"),
        KEY,
        ELLIPTIC.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ],
    ids=["empty", "no text", "damaged", "a private key", "another kind of key"],
)
def test_a_bad_public_key_is_refused_with_the_way_to_a_good_one(pem: bytes) -> None:
    """Whatever is no Ed25519 public key is refused with the command that takes it out."""
    with pytest.raises(Refused, match=r"openssl pkey -in key\.pem -pubout"):
        verify_signature(CHECKPOINT, pem)


def test_without_the_extra_signing_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the optional library is missing, signing and verifying name the extra to install."""
    for module in [name for name in sys.modules if name.partition(".")[0] == "cryptography"]:
        monkeypatch.setitem(sys.modules, module, None)
    way_out = r'^signing needs the extra: pip install "initiative-tracker\[sign\]"$'
    with pytest.raises(CalledWrongly, match=way_out):
        sign(CHECKPOINT, KEY, NAME)
    with pytest.raises(CalledWrongly, match=way_out):
        verify_signature(CHECKPOINT, PUBLIC)


def test_the_optional_library_is_imported_only_to_sign() -> None:
    """Importing the module does not import the optional library."""
    program = "import sys, tracker.exchange.signing; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
