"""What the functions of a shared log let through: what comes next, now, as a tracker writes it."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import psycopg
import pytest
import sqlalchemy as sa
from psycopg.types.json import Jsonb
from sqlalchemy.engine import Engine

from tests import histories
from tests.conftest import SERVERS, cases
from tests.histories import record
from tests.logs import STORY, canonical
from tests.payloads import comment, next_event, rewritten
from tests.sharing import VIEWS, Shared, shared
from tests.store.test_codec import GOLDEN, golden
from tracker import Tracker, Viewpoint
from tracker.application import keeping
from tracker.domain.dates import OPEN_HI, OPEN_LO, format_instant, parse_edtf
from tracker.domain.events import Recorded, TextErased, Withdrawn
from tracker.domain.evidence import Source, is_unconfirmed
from tracker.domain.merkle import leaf_hash
from tracker.domain.viewpoint import OPEN
from tracker.errors import Damaged
from tracker.store import codec
from tracker.store.event_log import Row, reading
from tracker.store.functions import TOLERANCE_SECONDS, functions_sql
from tracker.store.schema import READ_TABLES, metadata
from tracker.store.shapes import SHAPES
from tracker.store.sound import sound_event
from tracker.store.verify import verify

Session = psycopg.Connection[tuple[Any, ...]]
Spoil = Callable[[Row], Row]


@pytest.fixture(scope="module", params=cases(SERVERS))
def log(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shared]:
    """The story, recorded by a recorder, just now; one log for all that must not change it."""
    with (
        request.param.fresh(tmp_path_factory.mktemp("log")) as url,
        shared(url) as log,
        pytest.MonkeyPatch.context() as patch,
        log.engine(log.recorder) as engine,
    ):
        patch.setattr(histories, "DAWN", datetime.now(UTC) - timedelta(seconds=10))
        record(engine, STORY)
        yield log


@pytest.fixture
def session(log: Shared) -> Iterator[Session]:
    """A recorder that writes its own SQL; whatever it does, the log stays as it was."""
    with log.session(log.recorder) as session:
        before = sums(session)
        yield session
        assert sums(session) == before


@pytest.fixture
def engine(log: Shared) -> Iterator[Engine]:
    """An engine that only looks."""
    with log.engine(log.reader) as engine:
        yield engine


def sums(session: Session) -> list[tuple[Any, ...]]:
    """A hash of all rows of each table."""
    each = (
        f"SELECT '{name}', md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {VIEWS}.{name} t"
        for name in metadata.tables
    )
    return session.execute(" UNION ALL ".join(each).encode()).fetchall()


def append(session: Session, *events: Row, texts: Any = ()) -> None:
    session.execute(
        "SELECT public.tracker_append(%s, %s)", [Jsonb(list(events)), Jsonb(list(texts))]
    )


def refusal(session: Session, *events: Row, texts: Any = ()) -> str:
    with pytest.raises(psycopg.Error) as refused:
        append(session, *events, texts=texts)
    assert not isinstance(refused.value, psycopg.errors.InsufficientPrivilege)
    return str(refused.value).splitlines()[0]


# -- events ----------------------------------------------------------------------------------------


def test_what_a_tracker_writes_is_let_through(
    log: Shared, session: Session, engine: Engine
) -> None:
    """The event that the tests below spoil is a good one, and its hash is worked out."""
    row, texts = next_event(engine)
    with session.transaction(force_rollback=True):
        append(session, row, texts=texts)
        found = session.execute(
            "SELECT leaf FROM tracker_reading.events WHERE position = %s", [row["position"]]
        ).fetchone()
        assert found is not None
        assert sound_event(row["body"], found[0])[0].recorded_by == "anna"


def column(name: str, value: object) -> Spoil:
    """A column that says otherwise than the body."""
    return lambda row: {**row, name: value}


def both(name: str, value: object) -> Spoil:
    """A body and a column that agree, and are wrong."""
    return lambda row: rewritten(row, lambda body: body.update({name: value}))


def inside(name: str, value: object) -> Spoil:
    """A content that is wrong."""
    return lambda row: rewritten(row, lambda body: body["content"].update({name: value}))


def at(**away: float) -> Spoil:
    """An instant so far from now."""
    return both("recorded_at", format_instant(datetime.now(UTC) + timedelta(**away)))


FAR = TOLERANCE_SECONDS + 3600
NEXT = "is not the next of the log"
OF_ITS_OWN = "is not the next of its initiative"
OTHERWISE = "columns that do not say what its body says"
NO_TRACKER = "has a body that no tracker writes"
REFERS = "refers to what is no earlier fact of its initiative"
UNKNOWN = "of a kind or schema that this log does not know"
OTHER_ID = "0193a1b0-0000-7000-8000-000000000042"
SPOILT: dict[str, tuple[Spoil, str]] = {
    "a place beyond the next": (both("position", 99), NEXT),
    "a place that is taken": (both("position", 3), NEXT),
    "no place": (column("position", None), NEXT),
    "a version that was": (both("version", 1), OF_ITS_OWN),
    "a version to come": (both("version", 99), OF_ITS_OWN),
    "an initiative that is not registered": (both("initiative", "il-999"), OF_ITS_OWN),
    "no initiative": (both("initiative", None), OF_ITS_OWN),
    "an id that is taken": (both("event_id", "00000000-0000-4000-8000-000000000001"), "UUID"),
    "an id that is none": (both("event_id", "mine"), "needs a UUID of its own"),
    "a foreign kind": (both("kind", "sealed"), UNKNOWN),
    "no kind": (both("kind", None), UNKNOWN),
    "a newer schema": (both("schema", 2), UNKNOWN),
    "another kind": (both("kind", "withdrawn"), NO_TRACKER),
    "backdated by a year": (at(days=-365), "is backdated to"),
    "backdated by a second": (at(seconds=-11), "is backdated to"),
    "in the future": (at(seconds=FAR), "the clock of this server"),
    "far in the future": (at(days=36500), "the clock of this server"),
    "another time zone": (both("recorded_at", "2126-01-01T00:00:00.000000+05:30"), "no tracker"),
    "no instant": (both("recorded_at", "infinity"), "an instant that no tracker writes"),
    "an asserted time": (both("time", "asserted"), "vouches for another time"),
    "another time": (both("time", "guessed"), "vouches for another time"),
    "no content": (both("content", {}), NO_TRACKER),
    "a source that is none": (inside("sources", [{"url": 7}]), NO_TRACKER),
    "no source": (inside("sources", []), OTHERWISE),
    "a grade that is none": (inside("sources", [{"url": "u", "grade": "Z9"}]), NO_TRACKER),
    "a word too many": (inside("mine", "x"), NO_TRACKER),
    "a number": (inside("stated_by", 1.5), NO_TRACKER),
    "a note in the open": (inside("note", "x"), NO_TRACKER),
    "a day that is none": (
        inside("on", {"text": "x", "edtf": "x", "lo": "2024-13-01", "hi": None}),
        "out of range",
    ),
    "another mode": (inside("mode", "imagined"), NO_TRACKER),
    "a plan": (inside("mode", "planned"), OTHERWISE),
    "another fact of the fulfilled": (inside("fulfils", OTHER_ID), REFERS),
    "spaces in the body": (lambda row: {**row, "body": row["body"].replace(":", ": ")}, NO_TRACKER),
    "another order": (
        lambda row: {**row, "body": json.dumps(dict(reversed(json.loads(row["body"]).items())))},
        NO_TRACKER,
    ),
    "a key twice": (
        lambda row: {**row, "body": row["body"].replace("{", '{"content":{},', 1)},
        NO_TRACKER,
    ),
    "a float": (
        lambda row: {**row, "body": row["body"].replace('"schema":1', '"schema":1.0')},
        NO_TRACKER,
    ),
    "a body that is none": (column("body", "mine"), "invalid input syntax"),
    **{
        f"another {name} in the column": (column(name, value), OTHERWISE)
        for name, value in {
            "type": "opened",
            "recorded_by": "bert",
            "mode": "planned",
            "edtf": "2024",
            "lo": "2024-05-05",
            "hi": "2024-05-07",
            "source": "another",
            "unconfirmed": 0,
        }.items()
    },
    **{
        f"another {name} in the column": (column(name, 8), REFERS)
        for name in ("fact", "fulfils", "after_fact", "contradicts")
    },
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_no_tracker_writes_is_refused(session: Session, engine: Engine, name: str) -> None:
    """Each fault of an event is named, and nothing of it is kept."""
    spoil, said = SPOILT[name]
    row, texts = next_event(engine)
    assert said in refusal(session, spoil(row), texts=texts)


def test_a_good_event_does_not_carry_a_bad_one(session: Session, engine: Engine) -> None:
    """All of a call, or nothing."""
    row, _ = next_event(engine)
    assert NEXT in refusal(session, row, row)


@pytest.mark.parametrize("missing", ["event_id", "version", "recorded_at", "recorded_by", "body"])
def test_nothing_may_be_left_out(session: Session, engine: Engine, missing: str) -> None:
    """A column that is null is no way around a check."""
    row, _ = next_event(engine)
    refusal(session, {**row, missing: None})
    if missing != "body":
        refusal(session, both(missing, None)(row))


def test_a_fact_of_another_initiative_is_not_referred_to(session: Session, engine: Engine) -> None:
    """Neither as what is withdrawn, nor by an event that was no fact, nor by a later one."""
    with engine.connect() as connection:
        ids = dict(map(tuple, connection.execute(sa.text("SELECT position, event_id FROM events"))))
    for position in (5, 4, 9):  # a fact of il-1, a registration, a correction
        row, _ = next_event(engine, Withdrawn(ids[position], "mine"))
        assert REFERS in refusal(session, {**row, "fact": position})
        assert REFERS in refusal(session, {**row, "fact": 8})
    row, _ = next_event(engine, Withdrawn(ids[8], "mine"))
    with session.transaction(force_rollback=True):
        append(session, row)


@pytest.mark.parametrize("edtf", ["../2030", "2024/..", "../.."])
def test_an_open_end_is_the_first_or_the_last_day(
    session: Session, engine: Engine, edtf: str
) -> None:
    """In the columns, as a tracker writes them; any other day is not what the body says."""
    planned = attrs.evolve(comment().account, mode="planned", on=parse_edtf(edtf))
    row, texts = next_event(engine, Recorded(planned))
    with session.transaction(force_rollback=True):
        append(session, row, texts=texts)
    for end in ("lo", "hi"):
        assert OTHERWISE in refusal(session, {**row, end: "2024-05-05"}, texts=texts)


TEXTS: dict[str, Callable[[Row], Row]] = {
    "another text": lambda d: {**d, "text": "it has ended"},
    "another salt": lambda d: {**d, "salt": "\\x00"},
    "another field": lambda d: {**d, "field": "note"},
    "no such source": lambda d: {**d, "field": "sources/7/quote"},
    "no such field": lambda d: {**d, "field": "sources/0/url"},
    "an older event": lambda d: {**d, "position": 5},
    "no event": lambda d: {**d, "position": 99},
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_one_that_the_body_commits_to(
    session: Session, engine: Engine, name: str
) -> None:
    """Nothing else is put beside the log, and nothing beside what was there."""
    row, texts = next_event(engine)
    assert "has a text that its body does not commit to" in refusal(
        session, row, texts=[TEXTS[name](texts[0])]
    )


def test_an_erased_text_is_not_put_back_later(session: Session, engine: Engine) -> None:
    """Texts come with their event or never."""
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT * FROM disclosures LIMIT 1")).mappings().one()
    text = {**found, "salt": f"\\x{found['salt'].hex()}"}
    assert "has a text" in refusal(session, texts=[text])


# -- read tables -----------------------------------------------------------------------------------


def project(session: Session, table: str, back: Any = (), ended: Any = (), put: Any = ()) -> None:
    session.execute(
        "SELECT public.tracker_project(%s, %s, %s, %s)",
        [table, *(Jsonb([dict(row) for row in given]) for given in (back, ended, put))],
    )


def stored(engine: Engine, table: sa.Table) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


@pytest.mark.parametrize("table", READ_TABLES, ids=lambda table: table.name)
def test_the_past_of_a_read_table_is_out_of_reach(
    session: Session, engine: Engine, table: sa.Table
) -> None:
    """No row is taken away, ended or put at a position of the past, with or without an append."""
    found = stored(engine, table)
    assert found
    event, texts = next_event(engine)
    here = event["position"]
    attempts: list[dict[str, Any]] = []
    for row in found:
        attempts += [
            {"back": [row]},
            {"ended": [{**row, "k_to": row["k_from"]}]},
            {"ended": [{**row, "k_to": None}]},
            {"put": [{**row, "k_from": row["k_from"] - 1}]},
            {"put": [{**row, "k_from": None, "k_to": here}]},
            {"put": [{**row, "k_from": here, "k_to": row["k_from"]}]},
            {"put": [{**row, "k_from": here, "k_to": None}]},
            {"ended": [{**row, "k_to": OPEN}]},
            {"ended": [{**row, "k_to": here + 1}]},
        ]
    for attempt in attempts:
        assert is_out_of_reach(session, table, attempt)
        with session.transaction(force_rollback=True):
            append(session, event, texts=texts)
            assert is_out_of_reach(session, table, attempt)


def is_out_of_reach(session: Session, table: sa.Table, attempt: dict[str, Any]) -> bool:
    try:
        with session.transaction():
            project(session, table.name, **attempt)
    except psycopg.errors.RaiseException as error:
        return "only with what is being appended" in str(error)
    return False


@pytest.mark.parametrize("table", READ_TABLES, ids=lambda table: table.name)
def test_a_row_that_has_ended_is_not_ended_again(
    session: Session, engine: Engine, table: sa.Table
) -> None:
    """What an append may end is what is open: every answer before it stays."""
    before = stored(engine, table)
    event, texts = next_event(engine)
    with session.transaction(force_rollback=True):
        append(session, event, texts=texts)
        project(session, table.name, ended=[{**row, "k_to": event["position"]} for row in before])
        after = session.execute(f"SELECT * FROM {VIEWS}.{table.name}".encode()).fetchall()
        known = [row for row in before if row["k_to"] != OPEN]
        names = list(table.columns.keys())
        still = [dict(zip(names, row, strict=True)) for row in after]
        assert all(row in still for row in known)
        assert len(still) == len(before)


def test_there_are_no_other_tables(session: Session) -> None:
    """The name of a table is chosen from a list."""
    for name in ("events", "log_head", "disclosures", "projections", "links; DROP TABLE events"):
        with pytest.raises(psycopg.errors.CaseNotFound):
            project(session, name)


def test_what_was_committed_is_the_past(log: Shared) -> None:
    """A transaction changes rows of its own events alone, not those of the one before it."""
    with log.engine(log.recorder) as engine, log.session(log.recorder) as session:
        row, texts = next_event(engine)
        append(session, row, texts=texts)
        initiatives = stored(engine, READ_TABLES[0])
        again = {**initiatives[0], "k_from": row["position"], "k_to": OPEN}
        for change in ({"put": [again]}, {"ended": [{**again, "k_to": row["position"]}]}):
            with pytest.raises(psycopg.Error, match="only with what is being appended"):
                project(session, "initiatives", **change)
        with reading(engine) as connection:
            assert verify(connection).events == row["position"]


def answers(log: Shared, last: int) -> list[object]:
    """What the whole portfolio stands at, at every position up to *last*, on several days."""
    days = (date(2024, 4, 1), date(2026, 1, 1))
    found: list[object] = []
    with Tracker.open(log.by(log.reader)) as opened:
        for at in (Viewpoint(day, position) for position in range(last + 1) for day in days):
            for each in opened.portfolio(at):
                card = opened.show(each.initiative, at)
                found += [each.initiative, each.profile, each.status.compared]
                found += [card.developments, card.links, [plan.account for plan in card.plans]]
    return found


def test_lies_about_the_newest_are_found_and_mended(log: Shared) -> None:
    """A recorder that ends all rows, and puts false ones, changes no earlier answer."""
    with log.engine(log.recorder) as engine, log.session(log.recorder) as session:
        event, texts = next_event(engine)
        here = event["position"]
        before = answers(log, here - 1)
        with session.transaction():
            append(session, event, texts=texts)
            for table in READ_TABLES:
                rows = [row for row in stored(engine, table) if row["k_to"] == OPEN]
                lies = {"k_from": here, "title": "mine", "outcome": "mine", "edtf": "2001"}
                false = [{**row, **lies} for row in rows]
                ended = [{**row, "k_to": here} for row in rows]
                project(session, table.name, ended=ended, put=false[1:])
    assert answers(log, here - 1) == before
    with log.engine(log.owner) as engine:
        with pytest.raises(Damaged, match=f"the log is sound, but the row .* has k_to {here}"):
            keeping.verify(engine)
        assert keeping.rebuild(engine).swapped
        assert keeping.verify(engine).events == here
    assert answers(log, here - 1) == before


# -- how they are made -----------------------------------------------------------------------------


def test_what_the_program_knows_is_written_into_them() -> None:
    """No word stands for it any more: of days, positions, tables and shapes."""
    made = "\n".join(functions_sql('"a schema"'))
    assert re.findall(r"@\w+@", made) == []
    for day in (OPEN_LO, OPEN_HI):
        assert f"'{day.isoformat()}'" in made
    assert f"IS DISTINCT FROM '{OPEN}'" in made
    assert all(f"WHEN '{table.name}' THEN" in made for table in READ_TABLES)


# -- bodies ----------------------------------------------------------------------------------------


def test_every_kind_has_a_shape() -> None:
    """A kind that is added without its shape could not be recorded by a recorder.

    Only the owner may delete texts, so that only the owner may say that it was done.
    """
    assert set(SHAPES) == set(codec.KINDS) - {TextErased.KIND}


SOURCES = (
    Source(url="https://example.org/a"),
    Source(url="https://example.org/a", title="A report"),
    Source(url="https://example.org/b", grade="B2"),
    Source(url="https://example.org/b", grade="B1"),
    Source(document="A paper"),
    Source(document="A paper", publisher="A house"),
    Source(document="A paper", publisher="Another house"),
    Source(publisher="A house"),
    Source(title="A report"),
    Source(),
)


def test_the_server_tells_a_single_unconfirmed_source_as_the_domain_does(log: Shared) -> None:
    """Every one, two and three of these: named twice, named in part, confirmed, or apart."""
    told = [list(each) for count in (1, 2, 3) for each in itertools.product(SOURCES, repeat=count)]
    plain = [[attrs.asdict(s, filter=lambda _, v: v is not None) for s in each] for each in told]
    with log.session(log.owner) as session:
        found = session.execute(
            "SELECT public.tracker_unconfirmed(t.value)"
            " FROM jsonb_array_elements(%s) WITH ORDINALITY t (value, place) ORDER BY place",
            [Jsonb(plain)],
        ).fetchall()
    assert [row[0] for row in found] == [int(is_unconfirmed(each)) for each in told]


def spoilt(value: Any) -> Iterator[Any]:
    """*value* with one thing changed: a key gone, a key too many, or a part of another type."""
    if isinstance(value, dict):
        yield {**value, "mine": "x"}
        for key, part in value.items():
            yield {name: other for name, other in value.items() if name != key}
            for wrong in spoilt(part):
                yield {**value, key: wrong}
    elif isinstance(value, list):
        for number, part in enumerate(value):
            for wrong in spoilt(part):
                yield [*value[:number], wrong, *value[number + 1 :]]
    others: tuple[Any, ...] = (None, 7, "x", [], {}, [[]], {"x": "y"})
    yield from (other for other in others if other != value)


def is_sound(body: str) -> bool:
    try:
        sound_event(body, leaf_hash(body.encode()))
    except Damaged:
        return False
    return True


@pytest.mark.parametrize(
    "path",
    [path for path in GOLDEN if path.stem != TextErased.KIND],
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_the_server_lets_no_content_through_that_verify_would_not(log: Shared, path: Any) -> None:
    """Golden bodies pass; spoilt in every place, none passes that this program calls damaged."""
    body, _, _ = golden(path)
    parsed = json.loads(body)
    bodies = [body]
    bodies += [canonical({**parsed, "content": wrong}) for wrong in spoilt(parsed["content"])]
    with log.session(log.owner) as session:
        shape = Jsonb(SHAPES[parsed["kind"]])
        answers = session.execute(
            """SELECT public.tracker_fits(b::jsonb -> 'content', %s)
                      AND public.tracker_canonical(b::jsonb) = b
               FROM unnest(%s::text[]) WITH ORDINALITY told (b, place) ORDER BY place""",
            [shape, bodies],
        ).fetchall()
    passed = [body for body, (passes,) in zip(bodies, answers, strict=True) if passes]
    assert passed[0] == body
    assert [body for body in passed if not is_sound(body)] == []
    assert len(passed) < len(bodies) / 2


@pytest.mark.parametrize(
    "value",
    [
        {"b": 1, "a": [True, False, None, -5, 0], "é": {}, "": [], "z": {"y": {"x": "w"}}},
        "".join(map(chr, range(1, 0x100))) + '"\\/\u2028\ufffe\U0001f600',
        {"\U0001f600": "Überbringer", "Б": "начато", "\x1f": "\x7f", "A" * 300: "a" * 5000},
        list(range(-12, 12)),
    ],
)
def test_canonical_json_is_the_same_on_the_server(log: Shared, value: Any) -> None:
    """Two programs that write one value write the same bytes."""
    with log.session(log.owner) as session:
        found = session.execute(
            "SELECT public.tracker_canonical(%s::jsonb)", [json.dumps(value)]
        ).fetchone()
    assert found == (codec.canonical(value),)
