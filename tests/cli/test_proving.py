"""Proofs from the command line: made beside the log, checked by whoever has none."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.cli.desk import SOON
from tests.cli.test_keeping import alter, done, execute, home, refused, run, tell
from tests.schemas import validate, validate_lines
from tracker import Source, Tracker
from tracker.domain.checkpoint import Checkpoint, parse_checkpoints
from tracker.domain.proofs import ConsistencyProof, EventProof, parse_proof

__all__ = ["home"]  # the fixture, which every test here uses

SOURCE = Source(url="https://example.org/a", title="A report", grade="B2", quote="It is so.")
LENGTH = 16


def told(url: str) -> None:
    """The history of ``tell``, and a development with two texts: @16, ``dam#9``."""
    tell(url)
    with Tracker.open(url, by="mira") as log:
        log.record("dam", "commented", on="2025-06-01", source=SOURCE, note="Überbringer: a desk")


def event_proof(text: str) -> EventProof:
    proof = parse_proof(text.encode())
    assert isinstance(proof, EventProof)
    return proof


def growth(text: str) -> ConsistencyProof:
    proof = parse_proof(text.encode())
    assert isinstance(proof, ConsistencyProof)
    return proof


def checked(*words: str, given: str | None = None) -> dict[str, Any]:
    """The one item of an answer of verify-proof, which keeps to its schema."""
    (item,) = validate(done("verify-proof", *words, "--json", given=given))["items"]
    found: dict[str, Any] = item
    return found


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """The files of a private and a public key."""
    key = Ed25519PrivateKey.generate()
    private, public = tmp_path / "key.pem", tmp_path / "public.pem"
    private.write_bytes(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()))
    public.write_bytes(
        key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo)
    )
    return private, public


# --- every event ------------------------------------------------------------------------------


def test_every_event_can_be_proved(database_url: str, tmp_path: Path) -> None:
    """Of every kind, under every later checkpoint; and growth between every two."""
    told(database_url)
    kept = []
    with Tracker.open(database_url) as log:
        logged = {event.position: (event, body) for event, body, _ in log.events()}
        origin = parse_checkpoints(done("--db", database_url, "checkpoint"))[0].origin
        kept = [Checkpoint(origin, size, log.root(size)) for size in range(1, LENGTH + 1)]
    assert len(logged) == LENGTH
    path = tmp_path / "kept"
    path.write_text("".join(each.to_note() for each in kept), encoding="utf-8")
    for position, (event, body) in logged.items():
        for size in (position, LENGTH):
            words = ("prove", f"@{position}", "--against", f"@{size}")
            text = done("--db", database_url, *words)
            item = checked("-", "--checkpoint", str(path), given=text)
            assert (item["body"], item["event"]["event_id"]) == (body, event.event_id)
            assert item["checkpoint"]["root"] == kept[size - 1].root.hex()
            assert [each["size"] for each in item["kept"]] == [size]
    for old in range(1, LENGTH, 5):
        text = done("--db", database_url, "prove", "--from", f"@{old}")
        item = checked("-", "--checkpoint", str(path), given=text)
        assert (item["old"], [each["size"] for each in item["kept"]]) == (old, [old, LENGTH])


def test_what_a_proof_says_in_words(sqlite_url: str, tmp_path: Path) -> None:
    """What was said, by whom, where it stands in the log, and what that proves."""
    told(sqlite_url)
    kept, proof = str(tmp_path / "kept"), str(tmp_path / "proof")
    done("--db", sqlite_url, "checkpoint", "--out", kept)
    made = run("--db", sqlite_url, "prove", "dam#9", "--disclose", "note", "--out", proof)
    assert made.stderr == (
        "dam#9 (@16, recorded) is in the log: 4 hashes lead to the root of its first 16 events\n"
        "not shown: sources/0/quote; --disclose all shows them\n"
        f"wrote the proof to {proof}\n"
    )
    text = done("verify-proof", proof, "--checkpoint", kept)
    lines = {line[:12].strip(): line[12:] for line in text.splitlines()}
    assert lines["says"] == "recorded commented on 2025-06-01 (by mira)"
    assert lines["source"].startswith("A report [B2: usually reliable, probably true]")
    assert lines["note"] == "Überbringer: a desk"
    assert lines["not shown"] == "sources/0/quote: in the body as hashes only"
    assert lines["checkpoint"] == "the one that was kept: @16"
    assert text.endswith(
        "It proves that this is event @16 of the log, word for word, and was so when the "
        "checkpoint was written that was kept.\n"
        "It never proves that a statement is true, nor that no later event corrects it.\n"
    )
    assert "To prove that the root is the log's" in done("verify-proof", proof)


def test_every_format(sqlite_url: str, tmp_path: Path) -> None:
    """JSON and JSON lines keep to their schema, CSV and Markdown have one row."""
    told(sqlite_url)
    proof = tmp_path / "proof"
    done("--db", sqlite_url, "prove", "@1", "--out", str(proof))
    item = checked(str(proof))
    assert item["event"]["kind"] == "lifecycle-adopted"
    assert validate_lines(
        done("verify-proof", str(proof), "--format", "jsonl"), "verify-proof"
    ) == [item]
    rows = done("verify-proof", str(proof), "--format", "csv").splitlines()
    assert rows[1].startswith(f"inclusion,{item['checkpoint']['origin']},16,")
    assert "| inclusion |" in done("verify-proof", str(proof), "--format", "markdown")


def test_why_names_the_commands_that_prove(sqlite_url: str, tmp_path: Path) -> None:
    """The two lines at its end, typed as they stand, prove the event under the root it showed."""
    told(sqlite_url)
    kept = tmp_path / "FILE"
    done("--db", sqlite_url, "checkpoint", "--out", str(kept))
    text = done("--db", sqlite_url, "why", "dam")
    prove, verify = (shlex.split(line)[1:] for line in text.splitlines()[-2:])
    proof = str(tmp_path / prove[-1])
    done("--db", sqlite_url, *prove[:-1], proof)
    item = checked(proof, "--checkpoint", str(kept))
    assert f"root {item['checkpoint']['root']}" in text
    assert verify == ["verify-proof", prove[-1], "--checkpoint", "FILE"]


# --- which event ------------------------------------------------------------------------------


def test_a_fact_is_proved_as_it_stands(sqlite_url: str) -> None:
    """By its handle the last version counts, by position or id the very event, and that is said."""
    told(sqlite_url)
    words = ("--db", sqlite_url, "prove")
    assert event_proof(done(*words, "dam#2")).index + 1 == 11  # amended
    assert event_proof(done(*words, "dam#7")).index + 1 == 13  # withdrawn, by its last event
    first = run(*words, "@6")
    assert event_proof(first.stdout).index + 1 == 6
    assert "it is not the last word: @11 took its place" in first.stderr
    event_id = checked("-", given=first.stdout)["event"]["event_id"]
    assert event_proof(done(*words, event_id)).index + 1 == 6
    before = run(*words, "dam#2", "--against", "@10")
    assert event_proof(before.stdout).index + 1 == 6
    assert "last word" not in before.stderr
    assert event_proof(done(*words, "dam#1")).index + 1 == 2  # of no fact: itself


def test_what_is_not_there_cannot_be_proved(sqlite_url: str, tmp_path: Path) -> None:
    """No such event, position, text, file: one sentence, and nothing is written."""
    told(sqlite_url)
    words = ("--db", sqlite_url, "prove")
    out = tmp_path / "proof"
    refused(3, *words, "@99", "--out", str(out))
    refused(3, *words, "dam#99")
    refused(5, *words, "dam")
    assert "only 16 events" in refused(3, *words, "@3", "--against", "@17")
    assert "recorded after @5" in refused(3, *words, "@6", "--against", "@5")
    assert "has no text 'notes'" in refused(3, *words, "@16", "--disclose", "notes")
    assert "it has none" in refused(3, *words, "@1", "--disclose", "note")
    refused(2, *words, "@3", "--against", str(tmp_path / "none"))
    assert "one of the two" in refused(2, *words)
    assert "one of the two" in refused(2, *words, "@3", "--from", "@2")
    assert "leave it out" in refused(2, *words, "--from", "@2", "--disclose", "all")
    assert not out.exists()


def test_a_file_is_written_whole_and_never_over_another(sqlite_url: str, tmp_path: Path) -> None:
    """--dry-run writes nothing, what is there stays."""
    told(sqlite_url)
    out = tmp_path / "proof"
    words = ("--db", sqlite_url, "prove", "@3", "--out", str(out))
    assert "would write" in run(*words, "-n").stderr
    assert not out.exists()
    assert done("--db", sqlite_url, "prove", "@3", "-n") == ""
    done(*words)
    before = out.read_bytes()
    assert "is there already" in refused(5, *words)
    assert out.read_bytes() == before


# --- texts ------------------------------------------------------------------------------------


def test_texts_are_shown_only_where_that_is_asked_for(sqlite_url: str) -> None:
    """By default the proof has hashes of them alone, with --disclose one, or all."""
    told(sqlite_url)
    words = ("--db", sqlite_url, "prove", "@16")
    hidden = done(*words)
    assert event_proof(hidden).shown is None
    item = checked("-", given=hidden)
    assert (item["event"]["note"], item["not_shown"]) == (None, ["note", "sources/0/quote"])
    item = checked("-", given=done(*words, "--disclose", "sources/0/quote"))
    assert item["event"]["sources"][0]["quote"] == "It is so."
    assert item["not_shown"] == ["note"]
    for asked in (("--disclose", "all"), ("--disclose", "note", "--disclose", "sources/0/quote")):
        item = checked("-", given=done(*words, *asked))
        assert (item["event"]["note"], item["not_shown"]) == ("Überbringer: a desk", [])


def test_an_erased_text_cannot_be_shown(database_url: str) -> None:
    """It is named as erased; the event can be proved as before, and the other text be shown."""
    told(database_url)
    execute(database_url, "DELETE FROM disclosures WHERE position = 16 AND field = 'note'")
    words = ("--db", database_url, "prove", "@16")
    assert "was erased" in refused(3, *words, "--disclose", "note")
    item = checked("-", given=done(*words, "--disclose", "all"))
    assert (item["event"]["note"], item["not_shown"]) == (None, ["note"])


def test_a_text_that_was_changed_is_not_shown(sqlite_url: str) -> None:
    """Damage ends with 7, and the sentence names the event and the text."""
    told(sqlite_url)
    execute(sqlite_url, "UPDATE disclosures SET text = 'no' WHERE position = 16")
    said = refused(7, "--db", sqlite_url, "prove", "@16", "--disclose", "note")
    assert "event @16 has a text of its note" in said
    done("--db", sqlite_url, "prove", "@16")


# --- checkpoints ------------------------------------------------------------------------------


def test_a_proof_carries_the_checkpoint_that_was_published(
    sqlite_url: str, tmp_path: Path, keys: tuple[Path, Path]
) -> None:
    """--against takes the last fit one of its log in the file, with whatever signatures it has."""
    told(sqlite_url)
    private, public = keys
    file = tmp_path / "kept"
    words = ("--db", sqlite_url, "checkpoint", "--append", "--out", str(file))
    done(*words, "--sign", str(private))
    published = parse_checkpoints(file.read_text(encoding="utf-8"))[0]
    other = evolve(published, origin="another/log", size=40)
    file.write_text(published.to_note() + other.to_note(), encoding="utf-8")
    with Tracker.open(sqlite_url, by="mira") as log:
        log.record("dam", "commented", on="2025-07-01", source="A paper")
    prove = ("--db", sqlite_url, "prove")
    proof = done(*prove, "@3", "--against", str(file))
    assert event_proof(proof).checkpoint == published
    said = done("verify-proof", "-", given=proof)
    assert f"signature   by {published.origin}, not checked: no --key was given" in said
    assert checked("-", "--key", str(public), given=proof)["kept"] == []
    assert "end at @16, before @17" in refused(5, *prove, "@17", "--against", str(file))
    file.write_text(other.to_note(), encoding="utf-8")
    assert "this log is tracker/" in refused(5, *prove, "@3", "--against", str(file))


def test_a_signed_proof(sqlite_url: str, tmp_path: Path, keys: tuple[Path, Path]) -> None:
    """--sign signs the checkpoint in it; --key takes PEM or the line that checkpoint printed."""
    told(sqlite_url)
    private, public = keys
    for words in (("@3",), ("--from", "@2")):
        proof = tmp_path / f"{len(words)}.proof"
        done("--db", sqlite_url, "prove", *words, "--sign", str(private), "--out", str(proof))
        signed = run("--db", sqlite_url, "checkpoint", "--sign", str(private))
        vkey = signed.stderr.strip().rpartition(" ")[2]
        file = tmp_path / "vkey"
        file.write_text(vkey + "\n", encoding="utf-8")
        kept = tmp_path / "kept"
        with Tracker.open(sqlite_url) as log:
            origin = parse_checkpoints(signed.stdout)[0].origin
            kept.write_text(Checkpoint(origin, 2, log.root(2)).to_note(), encoding="utf-8")
            against = ("--checkpoint", str(kept)) if words[0] == "--from" else ()
        for key in (str(public), vkey, str(file)):
            assert checked(str(proof), *against, "--key", key)["key"] == vkey
        unsigned = done("--db", sqlite_url, "prove", *words)
        said = refused(7, "verify-proof", "-", *against, "--key", vkey, given=unsigned)
        assert "was not signed with this key" in said
    assert "neither an Ed25519" in refused(
        5, "verify-proof", str(proof), "--key", "a+b+c", *against
    )
    refused(2, "verify-proof", str(proof), *against, "--key", str(tmp_path / "none"))


def test_a_rewritten_log_proves_nothing(
    database_url: str, another_database: Callable[[str], str], tmp_path: Path
) -> None:
    """Against what was kept of the right log neither side is taken in."""
    told(database_url)
    kept = tmp_path / "kept"
    done("--db", database_url, "checkpoint", "--out", str(kept))
    honest = done("--db", database_url, "prove", "@5")
    other = another_database(database_url)
    told(other)
    forged = done("--db", other, "prove", "@5")
    note = parse_checkpoints(kept.read_text(encoding="utf-8"))[0]
    claimed = evolve(
        event_proof(forged), checkpoint=evolve(event_proof(forged).checkpoint, origin=note.origin)
    )
    refused(7, "verify-proof", "-", "--checkpoint", str(kept), given=forged)
    said = refused(7, "verify-proof", "-", "--checkpoint", str(kept), given=claimed.to_text())
    assert "not the one that was kept" in said
    checked("-", "--checkpoint", str(kept), given=honest)
    refused(5, "--db", other, "prove", "--from", str(kept))  # of another log


def test_an_altered_log_gives_no_proof(database_url: str, tmp_path: Path) -> None:
    """Neither of the altered event nor under a kept checkpoint, nor that the log goes on."""
    told(database_url)
    kept = tmp_path / "kept"
    done("--db", database_url, "checkpoint", "--out", str(kept))
    alter(database_url, "UPDATE events SET body = replace(body, 'mira', 'eve') WHERE position = 6")
    prove = ("--db", database_url, "prove")
    assert "event @6 has a body that does not match its hash" in refused(7, *prove, "@6")
    done(*prove, "@7", "--against", str(kept))
    leaf = "x'00'" if database_url.startswith("sqlite") else "'\\x00'::bytea"
    alter(database_url, f"UPDATE events SET leaf = {leaf} WHERE position = 6")
    assert "tracker verify" in refused(7, *prove, "@7", "--against", str(kept))
    assert "does not match the checkpoint" in refused(7, *prove, "--from", str(kept))


def test_a_checkpoint_that_contradicts_the_last_is_not_written(
    sqlite_url: str, tmp_path: Path, keys: tuple[Path, Path]
) -> None:
    """A log that was altered or cut off signs nothing below what it signed before."""
    told(sqlite_url)
    kept = tmp_path / "kept"
    words = ("--db", sqlite_url, "checkpoint", "--append", "--out", str(kept))
    done(*words)
    (note,) = parse_checkpoints(kept.read_text(encoding="utf-8"))
    for wrong, why in (
        (evolve(note, root=bytes(32)), "not match"),
        (evolve(note, size=99), "short"),
    ):
        kept.write_text(wrong.to_note(), encoding="utf-8")
        assert why in refused(7, *words, "--sign", str(keys[0]))
        assert kept.read_text(encoding="utf-8") == wrong.to_note()
    other = evolve(note, origin="another/log", root=bytes(32))
    kept.write_text(other.to_note(), encoding="utf-8")
    done(*words)
    assert parse_checkpoints(kept.read_text(encoding="utf-8")) == (other, note)


# --- growth -----------------------------------------------------------------------------------


def test_growth_begins_with_the_last_kept_checkpoint(sqlite_url: str, tmp_path: Path) -> None:
    """--from takes the last of its log in a file; --against may end before the head."""
    told(sqlite_url)
    kept = tmp_path / "kept"
    with Tracker.open(sqlite_url) as log:
        origin = parse_checkpoints(done("--db", sqlite_url, "checkpoint"))[0].origin
        notes = [Checkpoint(origin, size, log.root(size)) for size in (3, 7)]
    kept.write_text("".join(each.to_note() for each in notes), encoding="utf-8")
    words = ("--db", sqlite_url, "prove", "--from", str(kept))
    assert growth(done(*words)).old == 7
    text = done(*words, "--against", "@12")
    assert growth(text).checkpoint.size == 12
    said = done("verify-proof", "-", "--checkpoint", str(kept), given=text)
    assert "nothing up to @7 was altered, removed or reordered" in said
    assert "name its file with --checkpoint" in refused(2, "verify-proof", "-", given=text)
    assert "recorded after @5" in refused(3, *words, "--against", "@5")


def test_an_empty_log_has_nothing_to_prove(sqlite_url: str) -> None:
    """No event; and growth from nothing to nothing, as a witness is first shown it."""
    done("--db", sqlite_url, "db", "upgrade")
    refused(3, "--db", sqlite_url, "prove", "@1")
    refused(3, "--db", sqlite_url, "prove", "@0")
    assert growth(done("--db", sqlite_url, "prove", "--from", "@0")).old == 0


# --- whoever has no log -----------------------------------------------------------------------


def test_no_database_is_opened_or_imported(sqlite_url: str, tmp_path: Path) -> None:
    """With a log that is not there and neither SQLAlchemy nor Alembic, a proof is checked."""
    told(sqlite_url)
    proof = tmp_path / "proof"
    kept = tmp_path / "kept"
    done("--db", sqlite_url, "prove", "@16", "--disclose", "all", "--out", str(proof))
    done("--db", sqlite_url, "checkpoint", "--out", str(kept))
    program = (
        "import sys\n"
        "for name in ('sqlalchemy', 'alembic', 'cryptography', 'sqlite3', 'psycopg'):\n"
        "    sys.modules[name] = None\n"
        "from tracker.cli import main\n"
        "main()\n"
    )
    for form in ("table", "json", "csv"):
        words = ["--db", "nowhere/at/all.db", "verify-proof", str(proof)]
        checked = subprocess.run(
            [sys.executable, "-c", program, *words, "--checkpoint", str(kept), "--format", form],
            capture_output=True,
            text=True,
            timeout=SOON,
            check=False,
        )
        assert (checked.returncode, checked.stderr) == (0, "")
        assert "commented" in checked.stdout


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", 5),
        (b"\xff\xfe\x00", 5),
        (b"c2sp.org/tlog-proof@v1\n", 5),
        (b'{"a":' * 10_000, 5),
        (b"old 1\n\ntracker/x\n1\n" + b"A" * 43 + b"=\n\n", 2),
        (b"c2sp.org/tlog-proof@v1\nextra e30=\nindex 0\n\nx\n1\n" + b"A" * 43 + b"=\n\n", 7),
    ],
)
def test_what_is_no_proof_is_one_sentence(tmp_path: Path, content: bytes, code: int) -> None:
    """Whatever a stranger sends: 5 where it is no proof, 7 where it does not hold."""
    path = tmp_path / "odd\x1b[31m"
    path.write_bytes(content)
    assert "\x1b" not in refused(code, "verify-proof", str(path))


def test_the_files_of_verify_proof(sqlite_url: str, tmp_path: Path) -> None:
    """A file that is not there, a folder, standard input twice, an odd file of checkpoints."""
    told(sqlite_url)
    proof = done("--db", sqlite_url, "prove", "@3")
    refused(2, "verify-proof", str(tmp_path / "none"))
    refused(2, "verify-proof", str(tmp_path))
    assert "only once" in refused(2, "verify-proof", "-", "--checkpoint", "-", given=proof)
    odd = tmp_path / "odd"
    odd.write_bytes(b"no checkpoint\n")
    assert str(odd) in refused(5, "verify-proof", "-", "--checkpoint", str(odd), given=proof)
