"""Messages of a database, turned into one sentence with the way out. Needs no SQLAlchemy."""

from __future__ import annotations

import re

DAMAGE = re.compile(
    "malformed|disk image|could not decode|corrupt|invalid page|could not read block"
    "|invalid memory alloc"
    "|no such (table|column)|(relation|column) \\S+ does not exist"
    "|missing chunk|unexpected chunk|could not access status of transaction",
    re.IGNORECASE,
)
"""Matches the messages of a database that cannot read its own files, or lacks a part of a log."""

HEADLESS = (
    "the log is damaged: the row that says where the log ends is missing; restore it from a backup "
    "or an export"
)
"""What to say of a log without its head."""

READ_ONLY = re.compile(r"readonly|read-only", re.IGNORECASE)
"""Matches the messages to a writer where nothing can be written."""

UNREADABLE_URL = (
    "the URL of the database cannot be read; write it as postgresql+psycopg://USER@HOST/DATABASE, "
    "with %40 for an @ in it, or give the path of a file"
)

_OURS = "tracker: "
"""The beginning of every message of the functions of a shared log."""

_SENTENCES = (
    (
        r"database is locked|lock timeout",
        "is locked by another program; wait for it, or end it, and repeat",
    ),
    (
        r"permission denied (for|to)|must be owner",
        "does not let you do that; connect as its owner, or have them run: tracker db grant",
    ),
    (
        rf"{READ_ONLY.pattern}|permission denied",
        "cannot be written; ask for the right to, or choose another with --db",
    ),
    (r"disk is full|no space left|disk full", "has no room left on its disk; free some and repeat"),
    (
        r"disk i/o error|could not (write|extend) ",
        "cannot be read or written; check that its disk has room and is sound, and repeat",
    ),
    (r"not a database|file is encrypted", "is not a SQLite database; name the log with --db"),
    (
        DAMAGE.pattern,
        "is damaged; restore it from a backup or an export, and see tracker verify",
    ),
    (
        r"unable to open",
        "cannot be opened; check that the folder exists and that you may write in it",
    ),
    (
        r"password|authentication|no pg_hba",
        "did not let you in; give the password with PGPASSWORD or a passfile",
    ),
    (
        r"database \"[^\"]*\" does not exist",
        "does not exist on that server; create it first (createdb)",
    ),
    (
        (
            r"refused|could not connect|connection failed|connection is (bad|lost)|timeout"
            r"|translate host|resolve|closed|terminat|shutting down|starting up"
        ),
        "cannot be reached; check that the server runs and the address is right",
    ),
    (r"append-only", "refused the change: its log is append-only"),
)


def sentence(said: str, name: str) -> str:
    """Return a message of the database *name* as a sentence: what is wrong, and what to do."""
    if said.startswith(_OURS):
        return f"the log {name} refuses what was sent: {first_line(said.removeprefix(_OURS))}"
    for pattern, way_out in _SENTENCES:
        if re.search(pattern, said, re.IGNORECASE):
            return f"the database {name} {way_out}"
    return f"the database {name} failed: {first_line(said)}"


def first_line(said: str) -> str:
    """Return the first line of a message, to be shown; a server adds details in the lines below."""
    return (said.strip().splitlines() or ["no reason given"])[0]


def half_of_a_character(error: UnicodeEncodeError) -> str:
    """Return what to say of a text that no database can store, or that cannot be put out."""
    if error.encoding != "utf-8":  # of an output, or of a server that has its own
        letters = error.object[error.start : error.end]
        return f"{letters!r} cannot be written in {error.encoding}; choose UTF-8, or other words"
    return f"{error.object!r} holds half of a character; write the text again"
