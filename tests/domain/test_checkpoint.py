"""Checkpoints as notes: written, read back, appended to one another, and refused."""

from __future__ import annotations

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.checkpoint import Checkpoint, Signature, parse_checkpoints
from tracker.domain.merkle import EMPTY_ROOT
from tracker.errors import Refused

ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
UNSIGNED = f"example.org/desk\n1582\n{ROOT}\n\n"
SIGNED = f"{UNSIGNED}\u2014 example.org/desk AAECAwQF\n\u2014 a.witness.example CQkJCQk=\n"

# The example of the C2SP specification of checkpoints.
PUBLISHED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
    "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)

printable = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=20)
origins = printable.filter(
    lambda text: text.isprintable() and text.strip() == text and not text.startswith("\u2014")
)
names = printable.filter(
    lambda text: text.isprintable() and not any(letter in text for letter in " +")
)
signatures = st.builds(
    Signature,
    names,
    st.binary(min_size=4, max_size=4),
    st.binary(min_size=1, max_size=80),
)
checkpoints = st.builds(
    Checkpoint,
    origins,
    st.integers(0, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
    st.lists(signatures, max_size=3).map(tuple),
)


def test_a_checkpoint_without_signatures_is_four_lines() -> None:
    """A checkpoint is its origin, its size, its root in base64, and a blank line."""
    checkpoint = Checkpoint("example.org/desk", 0, EMPTY_ROOT)
    assert checkpoint.to_note() == (
        "example.org/desk\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"
    )
    assert checkpoint.text == checkpoint.to_note()[:-1]


def test_a_signature_is_one_line_after_the_blank_one() -> None:
    """A signature line is a dash, the key's name, and its id and the signature in base64."""
    checkpoint = Checkpoint(
        "example.org/desk",
        1582,
        b64decode(ROOT),
        (
            Signature("example.org/desk", bytes([0, 1, 2, 3]), bytes([4, 5])),
            Signature("a.witness.example", bytes([9] * 4), bytes([9])),
        ),
    )
    assert checkpoint.to_note() == SIGNED
    assert parse_checkpoints(SIGNED) == (checkpoint,)


def test_the_published_example_is_read_and_written_unchanged() -> None:
    """The example of the specification comes out byte for byte as it went in."""
    (checkpoint,) = parse_checkpoints(PUBLISHED)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.signatures[0].key_id.hex() == "033de0ae"
    assert checkpoint.to_note() == PUBLISHED


@given(kept=st.lists(checkpoints, min_size=1, max_size=5))
def test_notes_appended_to_one_another_are_told_apart(kept: list[Checkpoint]) -> None:
    """Any checkpoints, signed or not, written one after the other, are read back as they were."""
    assert parse_checkpoints("".join(c.to_note() for c in kept)) == tuple(kept)


@given(kept=st.lists(checkpoints, min_size=1, max_size=3), blank=st.integers(0, 3))
def test_blank_lines_between_notes_mean_nothing(kept: list[Checkpoint], blank: int) -> None:
    """Blank lines before, between and after notes are passed over."""
    between = "\n" * blank
    text = between + between.join(c.to_note() for c in kept) + between
    assert parse_checkpoints(text) == tuple(kept)


@given(text=st.text(st.sampled_from("a01 +=\n\u2014\r\x00") | st.characters(), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text whatever ends otherwise than in checkpoints or in a refusal."""
    try:
        outcome = [c.to_note() for c in parse_checkpoints(text)]
    except Refused as refusal:
        outcome = [str(refusal)]
    assert outcome
    assert all(line.isprintable() for said in outcome for line in said.split("\n"))


@given(checkpoint=checkpoints, data=st.data())
def test_a_note_cut_short_is_never_another_log(checkpoint: Checkpoint, data: st.DataObject) -> None:
    """A note cut anywhere is refused, or has lost nothing but whole signatures."""
    note = checkpoint.to_note()
    cut = note[: data.draw(st.integers(0, len(note) - 1))]
    try:
        (left,) = parse_checkpoints(cut)
    except Refused:
        return
    assert left.text == checkpoint.text
    assert left.signatures == checkpoint.signatures[: len(left.signatures)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "holds no checkpoint"),
        ("\n\n", "holds no checkpoint"),
        (UNSIGNED.replace("\n", "\r\n"), "carriage returns"),
        (SIGNED[:-1], "ends inside a line"),
        ("example.org/desk\n1582\n", "an origin, a size, a root"),
        (UNSIGNED[:-1], "and then a blank line"),
        (UNSIGNED[:-1] + "extension\n\n", "and no other line"),
        (UNSIGNED.replace("1582", "0x62e"), "the size '0x62e' is not a decimal number"),
        (UNSIGNED.replace("1582", "01582"), "without leading zeros"),
        (UNSIGNED.replace("1582", "00"), "without leading zeros"),
        (UNSIGNED.replace("1582", "-1"), "the size '-1' is not a decimal"),
        (UNSIGNED.replace("1582", "+1"), "is not a decimal"),
        (UNSIGNED.replace("1582", "1_582"), "is not a decimal"),
        (UNSIGNED.replace("1582", "1582 "), "is not a decimal"),
        (UNSIGNED.replace("1582", "\u0661"), "is not a decimal"),
        (UNSIGNED.replace("1582", ""), "the size '' is not a decimal"),
        (UNSIGNED.replace("1582", "9223372036854775808"), "not one that a log can have"),
        (UNSIGNED.replace("1582", "9" * 5000), "is not a decimal"),
        (UNSIGNED.replace(ROOT, "CsUYapGGPo4="), "the root has 8 bytes"),
        (UNSIGNED.replace(ROOT, ROOT[:-1]), "is not base64"),
        (UNSIGNED.replace(ROOT, ROOT[:-2] + "J="), "is not base64"),
        (UNSIGNED.replace(ROOT, ROOT + "="), "is not base64"),
        (UNSIGNED.replace(ROOT, ROOT.replace("/", "_")), "is not base64"),
        (UNSIGNED.replace(ROOT, ROOT.replace("/", "\u00e9")), "is not base64"),
        (UNSIGNED.replace(ROOT, ROOT + " "), "is not base64"),
        (" " + UNSIGNED, "not one line of printable text"),
        ("\ufeff" + UNSIGNED, "not one line of printable text"),
        pytest.param(
            "a\x1b[2J" + UNSIGNED,
            r"the origin 'a\\x1b\[2Jexample.org/desk' is not",
            id="a control character",
        ),
        ("\u2014 " + UNSIGNED, "begins with a dash, as a signature does"),
        (SIGNED.replace("\n\n", "\n\n\n"), "at line 6 cannot be read: it needs an origin"),
        (UNSIGNED + "\u2014 desk\n", "not a dash, a key name and base64"),
        (UNSIGNED + "\u2014desk AAECAwQF\n", "not a dash, a key name and base64"),
        (UNSIGNED + "\u2014 trade desk AAECAwQF\n", "not a dash, a key name and base64"),
        (UNSIGNED + "\u2014 desk AAECAwQF \n", "not a dash, a key name and base64"),
        (UNSIGNED + "\u2014  AAECAwQF\n", "the key name '' is not"),
        (UNSIGNED + "\u2014 a+b AAECAwQF\n", "without spaces and plus signs"),
        (UNSIGNED + "\u2014 a\u2003b AAECAwQF\n", "without spaces and plus signs"),
        (UNSIGNED + "\u2014 desk !\n", "the signature '!' is not base64"),
        (UNSIGNED + "\u2014 desk AAEC\n", "the 4 bytes that identify its key"),
        (UNSIGNED + "\u2014 desk AAECAw==\n", "no signature after"),
    ],
)
def test_what_is_malformed_is_refused_with_its_reason(text: str, reason: str) -> None:
    """A malformed note is refused in one sentence that says what is wrong with it."""
    with pytest.raises(Refused, match=reason) as refusal:
        parse_checkpoints(text)
    assert refusal.value.exit_code == 5
    assert len(str(refusal.value)) < 250


def test_a_refusal_says_where_the_note_begins() -> None:
    """In a file of several notes the refusal names the line at which the bad one begins."""
    with pytest.raises(Refused, match="the checkpoint at line 7 cannot be read: the size"):
        parse_checkpoints(SIGNED + UNSIGNED.replace("1582", "x"))


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("", 1, EMPTY_ROOT),
        ("two\n999\nlines", 1, EMPTY_ROOT),
        ("\u2014 desk AAECAwQF", 1, EMPTY_ROOT),
        ("desk", -1, EMPTY_ROOT),
        ("desk", 2**63, EMPTY_ROOT),
        ("desk", 1, EMPTY_ROOT[1:]),
    ],
)
def test_a_checkpoint_that_could_not_be_read_back_cannot_be_made(
    origin: str, size: int, root: bytes
) -> None:
    """What would be written as another checkpoint, or as none, is refused before it is written."""
    with pytest.raises(Refused):
        Checkpoint(origin, size, root)
