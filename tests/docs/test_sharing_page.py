"""The how-to about sharing a log is done, line by line, on a real server."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import URL, make_url

from tests.databases import administrator
from tests.docs.test_examples import ROOT, blocks
from tracker.cli import tracker as command_line

PAGE = ROOT / "docs" / "how-to" / "share-a-log-on-postgresql.md"
ROLES = ("desk", "anna", "bert")


@pytest.fixture
def server(each_postgresql: str) -> Iterator[URL]:
    """A server that has none of the roles of the page, before and after."""
    url = make_url(each_postgresql)
    yield url
    folder = Path(str(url.query["host"]))
    with administrator(folder) as connection:
        connection.execute("DROP DATABASE IF EXISTS desk WITH (FORCE)")
        for role in ROLES:
            connection.execute(SQL("DROP ROLE IF EXISTS {}").format(Identifier(role)))


def lines() -> Iterator[list[str]]:
    """What the page has one type, word by word."""
    for block in blocks(PAGE.read_text(encoding="utf-8")):
        if block.language == "sh":
            yield from map(shlex.split, block.body.splitlines())


def made(connection: psycopg.Connection[object], words: list[str]) -> None:
    """What the programs of PostgreSQL do that the page calls."""
    *options, name = words
    if options == ["createuser", "--pwprompt"]:
        connection.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(name)))
    else:
        assert options[:2] == ["createdb", "--owner"]
        owned = SQL("CREATE DATABASE {} OWNER {}")
        connection.execute(owned.format(Identifier(name), Identifier(options[2])))


def test_the_page_can_be_followed(server: URL) -> None:
    """Every command ends well, typed in the order of the page by the logins that it names."""
    folder = str(server.query["host"])
    typed = 0
    with administrator(Path(folder)) as connection:
        for words in lines():
            typed += 1
            if words[0] != "tracker":
                made(connection, words)
                continue
            here = [word.replace("@db.example/desk", f"@/desk?host={folder}") for word in words]
            done = CliRunner().invoke(command_line, [*here[1:3], "--by", "mira", *here[3:]])
            assert done.exit_code == 0, (words, done.output)
    assert typed == 13
