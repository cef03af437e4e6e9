"""The index of search: which versions may have words in them, up to the position it has reached.

``search_words`` holds, for each event that says something, the folded words of its texts. A part of
a word is found through its trigrams: by an FTS5 table on SQLite, by a GIN index over lexemes on
PostgreSQL, both of them made of that table by the database itself. They only say where to look;
what is found there, and that it stands at a viewpoint, is decided elsewhere.

Rows are put and taken out, and never updated: it is the position of an event that they belong to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from tracker.domain.events import Event, account_of
from tracker.domain.searched import FOLDING, searched_words
from tracker.store.driver import by_place
from tracker.store.reading import read_at
from tracker.store.schema import search_state, search_words

LONGEST_WORD: Final = 1_000
LONGEST_TEXT: Final = 50_000
"""How many characters are indexed of a word, and of an event: what is longer is looked at itself.

So no tsvector comes near the megabyte that PostgreSQL has room for.
"""

_PART: Final = 3
# Enough to leave little over; what a search is given more of, is looked for in what is left over.
_MOST_WORDS: Final = 20
_PARTS_OF_A_WORD: Final = 8
_BATCH: Final = 500

Row = dict[str, Any]

_COLUMNS: Final = ("position", "initiative", "type", "words")


def row_of(event: Event) -> Row | None:
    """Return the row of an event; None for one that has nothing to search."""
    words = searched_words(event.initiative, event.what)
    if words is None:
        return None
    account = account_of(event.what)
    text = " ".join(words)
    is_long = len(text) > LONGEST_TEXT or any(len(word) > LONGEST_WORD for word in words)
    return {
        "position": event.position,
        "initiative": event.initiative,
        "type": account.type if account else None,
        "words": None if is_long else text,
    }


# -- how far it is ---------------------------------------------------------------------------------


def reached(connection: Connection) -> int:
    """How many events of the log are in the index; 0 for one that this program cannot use."""
    state = _state(connection)
    return state[0] if state is not None and state[1] == FOLDING else 0


def _state(connection: Connection) -> tuple[int, str] | None:
    """Return up to which position the index goes and which folding made its words.

    Return None where the role may not read it: one that was granted the tables by hand, before
    there was an index, may not.
    """
    if connection.dialect.name != "sqlite" and not connection.execute(_MAY_LOOK).scalar():
        return None
    found = connection.execute(sa.select(search_state.c.position, search_state.c.folding)).first()
    return None if found is None else (found.position, found.folding)


_MAY_LOOK = sa.text(
    "SELECT has_table_privilege('search_state', 'SELECT')"
    " AND has_table_privilege('search_words', 'SELECT')"
    " AND has_function_privilege('tracker_parts(text)', 'EXECUTE')"
)


def lock(connection: Connection, *, wait: bool) -> None:
    """Lock the index against changes until the end of the transaction; others may search.

    On SQLite the transaction has the lock of the file already. Without *wait* it raises
    OperationalError where another has it.
    """
    if connection.dialect.name != "sqlite":
        nowait = "" if wait else " NOWAIT"
        connection.exec_driver_sql(f"LOCK TABLE search_state IN EXCLUSIVE MODE{nowait}")


def is_foreign(connection: Connection) -> bool:
    """Whether the index was made by another way of folding, so that this program cannot use it."""
    state = _state(connection)
    return state is not None and state[1] != FOLDING


def is_newer(connection: Connection) -> bool:
    """Whether the index was made by a newer way of folding than this program knows."""
    state = _state(connection)
    return state is not None and _ordered(state[1]) > _ordered(FOLDING)


def _ordered(folding: str) -> list[int]:
    return [int(part) for part in folding.replace("/", ".").split(".")]


def remember(connection: Connection, position: int) -> None:
    """Store that the index has the first *position* events, folded as this program folds words."""
    connection.execute(sa.delete(search_state))
    row = {"id": 1, "position": position, "folding": FOLDING}
    connection.execute(sa.insert(search_state), row)


# -- what is in it ---------------------------------------------------------------------------------


def put(connection: Connection, rows: Sequence[Row]) -> None:
    """Add rows.

    Many with one statement: FTS5 writes out what it has gathered at the end of each. It is put
    together here, since what SQLAlchemy does for each value took longer than all the rest.
    """
    place = "?" if connection.dialect.name == "sqlite" else "%s"
    places = f"({', '.join([place] * len(_COLUMNS))})"
    for start in range(0, len(rows), _BATCH):
        some = by_place(_COLUMNS, rows[start : start + _BATCH])
        values = ", ".join([places] * len(some))
        connection.exec_driver_sql(
            f"INSERT INTO search_words ({', '.join(_COLUMNS)}) VALUES {values}",
            tuple(chain.from_iterable(some)),
        )


def take_out(connection: Connection, positions: Iterable[int]) -> None:
    """Take out the rows of events, where there are any."""
    wanted = list(positions)
    for start in range(0, len(wanted), _BATCH):
        part = wanted[start : start + _BATCH]
        connection.execute(sa.delete(search_words).where(search_words.c.position.in_(part)))


def renew(connection: Connection, positions: Collection[int]) -> None:
    """Make the rows of events anew from their remaining texts, if the index has reached them."""
    lock(connection, wait=True)
    query = sa.select(search_words.c.position).where(search_words.c.position.in_(positions))
    there = list(connection.execute(query).scalars())
    take_out(connection, there)
    rows = map(row_of, read_at(connection, there).values())
    put(connection, [row for row in rows if row is not None])


def has_parts(connection: Connection) -> bool:
    """Whether the database has an index of parts of words; else all words are looked through.

    A SQLite that was built without FTS5, or before its trigrams (3.34), makes none.
    """
    if connection.dialect.name != "sqlite":
        return True
    query = "SELECT 1 FROM sqlite_master WHERE name = 'search_parts'"
    return connection.exec_driver_sql(query).first() is not None


def merge_parts(connection: Connection) -> None:
    """Merge the segments of SQLite's index of parts, so that nothing of deleted rows is left."""
    if connection.dialect.name == "sqlite" and has_parts(connection):
        connection.exec_driver_sql("INSERT INTO search_parts (search_parts) VALUES ('optimize')")


def mend_parts(connection: Connection) -> None:
    """Make SQLite's index of parts anew, if it does not agree with the table of words."""
    if connection.dialect.name != "sqlite" or not has_parts(connection):
        return
    told = "INSERT INTO search_parts (search_parts, rank) VALUES ('integrity-check', 1)"
    try:
        connection.exec_driver_sql(told)
    except sa.exc.DatabaseError:
        connection.exec_driver_sql("INSERT INTO search_parts (search_parts) VALUES ('rebuild')")


# -- where to look ---------------------------------------------------------------------------------


@frozen
class Wanted:
    """Folded words, each with the *types* in whose titles it stands anyway.

    An event may be a hit if each word is part of one of its own, or it is of such a type.
    """

    words: Mapping[str, frozenset[str]]

    def condition(self, dialect: str) -> tuple[str, dict[str, Any]]:
        """Return the SQL condition for a row ``s`` to be looked at, and its parameters."""
        inside = "instr" if dialect == "sqlite" else "strpos"
        told = []
        parameters: dict[str, Any] = {}
        for number, (word, types) in enumerate(self._some()):
            parameters[f"word_{number}"] = word
            one = f"s.words IS NULL OR {inside}(s.words, :word_{number}) > 0"
            if types:
                parameters[f"types_{number}"] = sorted(types)
                one += f" OR s.type IN :types_{number}"
            told.append(f"({one})")
        return " AND ".join(told), parameters

    def parts(self) -> list[str]:
        """Trigrams that every hit has in its own words; none where the words are too short."""
        found: dict[str, None] = {}
        for word, types in self._some():
            if not types:
                starts = range(min(len(word) - _PART + 1, _PARTS_OF_A_WORD))
                found.update(dict.fromkeys(word[at : at + _PART] for at in starts))
        return list(found)

    def _some(self) -> list[tuple[str, frozenset[str]]]:
        return list(self.words.items())[:_MOST_WORDS]


_SQLITE_PARTS = "SELECT rowid FROM search_parts WHERE search_parts MATCH :parts"
_POSTGRESQL_PARTS = (
    "SELECT position FROM search_words WHERE tracker_parts(words) @@ CAST(:parts AS tsquery)"
)


def initiatives_query(connection: Connection, wanted: Wanted, upto: int) -> sa.TextClause:
    """Return the query that :func:`initiatives` runs."""
    dialect = connection.dialect.name
    condition, parameters = wanted.condition(dialect)
    where = f"s.position <= :upto AND {condition}"
    parts = wanted.parts()
    if parts and has_parts(connection):
        is_sqlite = dialect == "sqlite"
        parameters["parts"] = _match(parts) if is_sqlite else _tsquery(parts)
        where = (
            f"s.position IN ({_SQLITE_PARTS if is_sqlite else _POSTGRESQL_PARTS}"
            f" UNION ALL SELECT position FROM search_words WHERE words IS NULL) AND {where}"
        )
    query = f"SELECT DISTINCT s.initiative FROM search_words s WHERE {where}"
    return _bound(query, {**parameters, "upto": upto})


def initiatives(connection: Connection, wanted: Wanted, upto: int) -> Iterator[str]:
    """The initiatives of which the index has a row that may be a hit, up to position *upto*."""
    yield from connection.execute(initiatives_query(connection, wanted, upto)).scalars()


def positions(
    connection: Connection, wanted: Wanted, upto: int, slugs: Sequence[str]
) -> Iterator[int]:
    """The events of some initiatives that may be hits, up to position *upto*."""
    condition, parameters = wanted.condition(connection.dialect.name)
    query = (
        "SELECT s.position FROM search_words s"
        f" WHERE s.initiative IN :slugs AND s.position <= :upto AND {condition}"
    )
    given = {**parameters, "upto": upto, "slugs": list(slugs)}
    yield from connection.execute(_bound(query, given)).scalars()


def _match(parts: Iterable[str]) -> str:
    """An FTS5 query for all *parts*, each a string, so that none of them is syntax."""
    return " AND ".join('"' + part.replace('"', '""') + '"' for part in parts)


def _tsquery(parts: Iterable[str]) -> str:
    """Return a tsquery for all *parts*, quoted as :func:`_match` quotes them."""
    return " & ".join("'" + part.replace("\\", "\\\\").replace("'", "''") + "'" for part in parts)


def _bound(query: str, parameters: Mapping[str, Any]) -> sa.TextClause:
    text = sa.text(query)
    for name, value in parameters.items():
        text = text.bindparams(sa.bindparam(name, value, expanding=isinstance(value, list)))
    return text
