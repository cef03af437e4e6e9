"""Lifecycles: what the form says, what is wrong with it, and what ships."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.lifecycle import (
    COMMON_TYPES,
    NO_EFFECT,
    Effect,
    Lifecycle,
    faults,
    read_lifecycle,
)
from tracker.errors import Refused

CHECKOUT = Path(__file__).parents[2]
SHIPPED = CHECKOUT / "fixtures" / "lifecycles"
HISTORY = CHECKOUT / "fixtures" / "india-russia"
ARTICLE = CHECKOUT.parent / "shared" / "article" / "india-russia.txt"

COMMON = {each.type for each in COMMON_TYPES}

# The table of the design, written out: phases with what enters them, ends, dormancy, marks.
PHASES: dict[str, dict[str, tuple[str, ...]]] = {
    "dialogue": {
        "proposed": ("meeting-proposed",),
        "scheduled": ("meeting-scheduled",),
        "held": ("meeting-held",),
    },
    "co-production": {
        "proposed": ("offer-made",),
        "talks": ("talks-initiated", "talks-resumed"),
        "feasibility": ("feasibility-study-started", "feasibility-study-underway"),
        "memorandum": ("mou-signed",),
        "agreement": ("licence-signed", "joint-venture-formed", "contract-signed"),
        "set-up": ("tooling-started", "technology-transferred"),
        "first-article": ("first-article-completed", "first-flight"),
        "certified": ("certification-granted",),
        "serial-production": ("serial-production-started",),
    },
    "trade-agreement": {
        "proposed": ("proposed",),
        "committed": ("commitment-made",),
        "study": ("joint-study-started",),
        "mandate": ("terms-of-reference-signed",),
        "negotiating": ("negotiations-launched", "negotiations-resumed"),
        "concluded": ("negotiations-concluded",),
        "signed": ("signed",),
        "ratifying": ("ratified-by-party",),
        "provisional": ("provisionally-applied",),
        "in-force": ("entered-into-force",),
    },
    "cooperation-programme": {
        "proposed": ("proposed",),
        "announced": ("announced",),
        "adopted": ("adopted",),
        "implementing": ("implementation-started",),
        "review": ("review-started",),
    },
    "training-programme": {
        "proposed": ("introduced",),
        "agreed": ("mou-signed",),
        "designed": ("curriculum-agreed", "funding-approved"),
        "enrolling": ("first-intake-opened",),
        "running": ("training-started",),
    },
    "procurement": {
        name: (name,)
        for name in (
            "request-for-information",
            "acceptance-of-necessity",
            "request-for-proposal",
            "evaluation",
            "trials",
            "negotiation",
            "approved",
            "contracted",
            "delivering",
        )
    },
    "legislation": {
        name: (name,)
        for name in (
            "announced",
            "tabled",
            "committee",
            "passed-one-chamber",
            "passed",
            "enacted",
            "in-force",
        )
    },
    "project": {
        name: (name,)
        for name in ("announced", "pre-construction", "construction", "operating", "mothballed")
    },
}
ENDS = {
    "dialogue": ("cancelled",),
    "co-production": ("completed", "terminated", "abandoned"),
    "trade-agreement": ("terminated", "abandoned", "superseded"),
    "cooperation-programme": ("completed", "expired", "superseded"),
    "training-programme": ("completed", "discontinued"),
    "procurement": ("delivered", "foreclosed"),
    "legislation": ("rejected", "withdrawn", "lapsed", "repealed"),
    "project": ("retired", "cancelled"),
}
DORMANT_AFTER = {
    "dialogue": 12,
    "co-production": 24,
    "trade-agreement": 24,
    "cooperation-programme": 24,
    "training-programme": 12,
    "procurement": 18,
    "legislation": 9,
    "project": 24,
}
SETTLED = {"held", "in-force", "operating", "mothballed", "serial-production"}
MANDATORY = {
    "co-production": {"feasibility"},
    "trade-agreement": {"negotiating", "signed"},
    "procurement": {"request-for-proposal", "contracted"},
    "legislation": {"tabled"},
}

TALKS = """\
name = "co-production"
title = "Joint production of a product"

[[phase]]
name = "talks"
title = "Talks"
definition = "The parties have said publicly that they are discussing it."

[[development]]
type = "talks-initiated"
title = "Talks initiated"
enters = "talks"
"""


def shipped(name: str) -> Lifecycle:
    return read_lifecycle((SHIPPED / f"{name}.toml").read_text("utf-8"), f"{name}.toml")


def another(**values: str) -> str:
    """TALKS with one more development, made of TOML *values*."""
    lines = "\n".join(f"{key} = {value}" for key, value in values.items())
    return f"{TALKS}\n[[development]]\n{lines}\n"


# --- what ships ---------------------------------------------------------------------------------


def test_eight_ship() -> None:
    """Eight lifecycles ship, each in a file of its own name."""
    assert {path.stem for path in SHIPPED.glob("*.toml")} == set(PHASES)


@pytest.mark.parametrize("name", PHASES)
def test_shipped_has_no_fault(name: str) -> None:
    """A lifecycle that ships has no fault, and the name of its file."""
    assert faults((SHIPPED / f"{name}.toml").read_text("utf-8")) == []
    assert shipped(name).name == name


@pytest.mark.parametrize("name", PHASES)
def test_shipped_says_what_the_design_says(name: str) -> None:
    """Phases, what enters them, ends and dormancy are the design's, in its order, and no others."""
    lifecycle = shipped(name)
    entered: dict[str, tuple[str, ...]] = {phase.name: () for phase in lifecycle.phases}
    for each in lifecycle.developments:
        if each.effect.phase is not None:
            entered[each.effect.phase] += (each.type,)
    assert list(entered.items()) == list(PHASES[name].items())
    for outcome in ENDS[name]:
        assert lifecycle.effect_of(outcome) == Effect("ends", outcome=outcome)
    assert lifecycle.outcomes[: len(ENDS[name])] == ENDS[name]
    assert set(lifecycle.outcomes) == {*ENDS[name], "cancelled", "superseded"}
    assert lifecycle.dormant_after == DORMANT_AFTER[name]
    own = {each for types in PHASES[name].values() for each in types} | set(ENDS[name])
    assert {each.type for each in lifecycle.developments} == own | COMMON


@pytest.mark.parametrize("name", PHASES)
def test_shipped_marks(name: str) -> None:
    """The phases that are settled, and those that are mandatory, are the design's."""
    phases = shipped(name).phases
    assert {p.name for p in phases if p.settled} == SETTLED & set(PHASES[name])
    assert {p.name for p in phases if p.mandatory} == MANDATORY.get(name, set())


@pytest.mark.parametrize("name", PHASES)
def test_shipped_explains_itself(name: str) -> None:
    """Every phase has a definition in one sentence; there is a reference for the vocabulary."""
    lifecycle = shipped(name)
    assert lifecycle.reference
    for phase in lifecycle.phases:
        assert re.fullmatch(r"[A-Z].{15,110}\.", phase.definition), phase.name


@pytest.mark.parametrize("name", sorted(set(PHASES) - {"legislation"}))
def test_shipped_speaks_iati(name: str) -> None:
    """Every phase has an IATI activity status, except of bills, which IATI does not list."""
    for phase in shipped(name).phases:
        assert dict(phase.maps)["iati"] in "123456"


@pytest.mark.parametrize("name", PHASES)
def test_shipped_words_find_their_type(name: str) -> None:
    """Each name, title and alias finds its own type, however it is spelt."""
    lifecycle = shipped(name)
    for each in lifecycle.developments:
        for word in (each.type, each.title, *each.aliases):
            for spelt in (word, word.upper(), word.replace(" ", "_"), word.replace("-", " ")):
                assert lifecycle.find_type(spelt) == each.type, spelt


@pytest.mark.parametrize("name", PHASES)
def test_round_trip(name: str) -> None:
    """A definition written to plain data and JSON, keys sorted, reads back equal."""
    lifecycle = shipped(name)
    written = json.dumps(lifecycle.to_definition(), sort_keys=True)
    assert Lifecycle.from_definition(json.loads(written)) == lifecycle
    assert not re.search(r": ([0-9]|null)", written)


# --- what the words mean ------------------------------------------------------------------------


def test_effects() -> None:
    """Entering sets the phase and the condition; the rest sets a condition; none sets nothing."""
    kinds = [Effect("enters", phase="talks"), Effect("suspends"), Effect("resumes")]
    kinds += [Effect("ends", outcome="completed"), NO_EFFECT]
    assert [each.sets_phase for each in kinds] == [True, False, False, False, False]
    assert [each.sets_condition for each in kinds] == [True, True, True, True, False]


def test_the_effects_of_all_types() -> None:
    """Each with the phase that it enters, or the outcome that it ends with."""
    lifecycle = read_lifecycle(TALKS, "talks.toml")
    assert lifecycle.effects.keys() == {each.type for each in lifecycle.developments}
    for each in lifecycle.developments:
        effect = each.effect
        assert lifecycle.effects[each.type] == (effect.kind, effect.phase, effect.outcome)
    assert {effect for effect, _, _ in lifecycle.effects.values()} > {"enters", "ends"}


def test_common_types() -> None:
    """Every lifecycle has the ten common types; the last six move nothing and may repeat."""
    lifecycle = read_lifecycle(TALKS, "talks.toml")
    assert lifecycle.developments[1:] == COMMON_TYPES
    assert [each.type for each in COMMON_TYPES] == [
        "suspended",
        "resumed",
        "cancelled",
        "superseded",
        "commented",
        "statement-made",
        "commitment-reaffirmed",
        "target-set",
        "round-held",
        "delayed",
    ]
    assert [each.effect for each in COMMON_TYPES[:4]] == [
        Effect("suspends"),
        Effect("resumes"),
        Effect("ends", outcome="cancelled"),
        Effect("ends", outcome="superseded"),
    ]
    assert all(each.effect == NO_EFFECT and each.repeats for each in COMMON_TYPES[4:])


def test_own_definition_overrides_common() -> None:
    """A lifecycle that defines a common type has its own definition of it alone."""
    lifecycle = read_lifecycle(
        another(type='"suspended"', title='"Suspended"', ends='"frozen"'), "x.toml"
    )
    assert lifecycle.effect_of("suspended") == Effect("ends", outcome="frozen")
    assert [each.type for each in lifecycle.developments].count("suspended") == 1


def test_own_alias_beats_common_alias() -> None:
    """A word that an own type claims finds it, and is no longer a word for the common type."""
    assert read_lifecycle(TALKS, "x").find_type("on hold") == "suspended"
    lifecycle = read_lifecycle(
        another(type='"parked"', title='"Parked"', suspends="true", aliases='["On hold"]'), "x"
    )
    assert lifecycle.find_type("ON-HOLD") == "parked"
    suspended = lifecycle.development("suspended")
    assert suspended is not None
    assert "on hold" not in suspended.aliases
    assert Lifecycle.from_definition(lifecycle.to_definition()) == lifecycle


@pytest.mark.parametrize("text", ["MoU signed", "mou_signed", "mou-signed", " MOU  SIGNED! "])
def test_find_type_forgives_spelling(text: str) -> None:
    """Case, spaces, hyphens and punctuation do not count when a type is looked for."""
    assert shipped("co-production").find_type(text) == "mou-signed"


def test_unknown() -> None:
    """What a definition does not have is None, and its place is before every phase."""
    lifecycle = read_lifecycle(TALKS, "x")
    assert lifecycle.effect_of("teleported") is None
    assert lifecycle.development("teleported") is None
    assert lifecycle.find_type("teleported") is None
    assert lifecycle.find_type("?!") is None
    assert lifecycle.phase("not-started") is None
    assert (lifecycle.order_of("not-started"), lifecycle.order_of("talks")) == (-1, 0)


def test_a_definition_holds_its_own_common_types() -> None:
    """A definition in the log keeps the common types that it was adopted with, and gains none."""
    definition = read_lifecycle(TALKS, "x").to_definition()
    developments = definition["development"]
    assert isinstance(developments, list)
    definition["development"] = developments[:2]
    lifecycle = Lifecycle.from_definition(definition)
    assert [each.type for each in lifecycle.developments] == ["talks-initiated", "suspended"]
    assert lifecycle.effect_of("resumed") is None


@pytest.mark.parametrize(
    ("span", "months"), [("24 months", 24), ("1 month", 1), ("2 years", 24), ("100 years", 1200)]
)
def test_dormant_after(span: str, months: int) -> None:
    """Dormancy is counted in months, a year being twelve of them; left out, it never comes."""
    assert read_lifecycle(f'dormant_after = "{span}"\n{TALKS}', "x").dormant_after == months
    assert read_lifecycle(TALKS, "x").dormant_after is None


# --- what can be wrong with one -----------------------------------------------------------------

PHASE_2 = '\n[[phase]]\nname = "%s"\ntitle = "T"\ndefinition = "D."\n'
SECOND = "[[development]] 2"

FAULTY = {
    "nothing at all": ("", "At the top: there is no [[phase]]; a lifecycle needs at least one."),
    "no TOML": ("a = 1\nb = \n", "This is not valid TOML: Invalid value (at line 2, column 5)."),
    "no end": (
        'name = "a',
        "This is not valid TOML: Unterminated string (at line 1, the last one).",
    ),
    "BOM": ("\ufeff" + TALKS, "The file begins with a byte order mark; save it as UTF-8 without"),
    "nested": ("a = " + "[" * 9000, "its lists or tables nest too deeply."),
    "huge number": ("a = " + "9" * 5000, "This is not valid TOML: a number or date in it is out"),
    "no name": ('title = "T"', 'At the top: it has no name; write name = "a-short-name".'),
    "unknown key": (
        another(type='"a"', title='"A"', alias='["b"]'),
        f'{SECOND} ("a"): there is no key "alias"; did you mean "aliases"?',
    ),
    "unknown key, nothing near": (
        f"zzz = 1\n{TALKS}",
        'At the top: there is no key "zzz"; the keys are name, title, reference,',
    ),
    "dotted key": (f"name.first = 1\n{TALKS[23:]}", "At the top: name must be a text in quotes"),
    "bad name": (
        another(type='"MoU signed"', title='"A"'),
        'type = "MoU signed" must be small letters a-z and digits, words joined by single',
    ),
    "trailing newline in a name": (another(type='"a\\n"', title='"A"'), 'type = "a\\u000a" must'),
    "reserved name": (
        TALKS + PHASE_2 % "not-started",
        'name = "not-started" is kept for before the first phase; choose another name.',
    ),
    "duplicate phase": (
        TALKS + PHASE_2 % "talks",
        '[[phase]] 2 ("talks"): [[phase]] 1 ("talks") has that name already; give one of them',
    ),
    "duplicate type": (
        another(type='"talks-initiated"', title='"A"'),
        f'{SECOND} ("talks-initiated"): [[development]] 1 ("talks-initiated") has that type',
    ),
    "no such phase": (
        another(type='"a"', title='"A"', enters='"talk"'),
        f'{SECOND} ("a"): enters = "talk" is no phase; did you mean "talks"?',
    ),
    "no such phase, nothing near": (
        another(type='"a"', title='"A"', enters='"zzz"'),
        'enters = "zzz" is no phase; name one of the [[phase]] tables.',
    ),
    "two effects": (
        another(type='"a"', title='"A"', enters='"talks"', ends='"over"'),
        f'{SECOND} ("a"): it has more than one effect (enters, ends); keep one of them.',
    ),
    "never entered": (
        TALKS + PHASE_2 % "limbo",
        '[[phase]] 2 ("limbo"): no development enters it; add a [[development]] with enters =',
    ),
    "shared alias": (
        another(type='"a"', title='"A"', aliases='["Talks-Initiated!"]'),
        'the alias "Talks-Initiated!" is the name of the type "talks-initiated"; leave it out',
    ),
    "shared word": (
        another(type='"a"', title='"Begun"', aliases='["x"]')
        + '\n[[development]]\ntype = "b"\ntitle = "B"\naliases = ["begun", "X"]\n',
        '[[development]] 3 ("b"): the alias "X" is a word for "a" too; leave it with one of them.',
    ),
    "alias of a common name": (
        another(type='"a"', title='"A"', aliases='["round held"]'),
        'the alias "round held" is the name of the type "round-held"; leave it out or change it.',
    ),
    "names alike": (
        another(type='"talksinitiated"', title='"A"'),
        'The types "talks-initiated" and "talksinitiated" differ in hyphens alone; rename one',
    ),
    "name like a common one": (
        another(type='"roundheld"', title='"A"'),
        'The type "roundheld" differs from the common "round-held" in hyphens; rename it.',
    ),
    "wordless alias": (
        another(type='"a"', title='"A"', aliases='["?!"]'),
        'the alias "?!" has no letter or digit to be found by.',
    ),
    "not a flag": (
        another(type='"a"', title='"A"', suspends='"yes"'),
        'suspends must be true or false, without quotes, not "yes".',
    ),
    "not a list": (
        another(type='"a"', title='"A"', aliases='"b"'),
        'aliases must be a list of texts, as in ["one", "two"], not "b".',
    ),
    "not a text in a list": (
        another(type='"a"', title='"A"', aliases="[2020-01-01]"),
        "each of the aliases must be a text in quotes, not a date or a time.",
    ),
    "not a text": (another(type='"a"', title="3"), "title must be a text in quotes, not the num"),
    "not a name": (another(type="[]", title='"A"'), "type must be a text in quotes, not a list."),
    "empty": (another(type='"a"', title='" "'), "title is empty; write one line of text."),
    "float": (
        f"dormant_after = 1.5\n{TALKS}",
        "from 1 to 1200 months, not the number with a decimal point 1.5; leave it out for never",
    ),
    "not a map": (
        TALKS + PHASE_2 % "x" + "maps = 1",
        'maps must be a table of texts, as in { iati = "1" }, not the number 1.',
    ),
    "float in a map": (
        TALKS + PHASE_2 % "x" + "maps = { iati = 1.0 }",
        "maps: iati must be a text in quotes, not the number with a decimal point 1.0.",
    ),
    "scheme": (
        TALKS + PHASE_2 % "x" + 'maps = { IATI = "1" }',
        'maps: the scheme "IATI" must be small letters, digits and hyphens.',
    ),
    "control character": (
        another(type='"a"', title='"\\u001b[2J"'),
        'title = "\\u001b[2J" holds a control character; keep it to one plain line.',
    ),
    "hidden direction": (another(type='"a"', title='"\\u202eA"'), "holds a control character"),
    "one bracket": (
        'name = "a"\ntitle = "A"\n[phase]\nname = "b"',
        "At the top: phase must be tables, each headed [[phase]] with two brackets on each side.",
    ),
}


@pytest.mark.parametrize("case", FAULTY)
def test_fault(case: str) -> None:
    """Each fault is found, and said in a sentence with its place and the way out."""
    text, sentence = FAULTY[case]
    assert sentence in "\n".join(faults(text))
    assert all(fault.isprintable() and fault.endswith((".", "?")) for fault in faults(text))


@pytest.mark.parametrize(
    "span", ["0 months", "101 years", "24", "two years", "-1 months", "²years"]
)
def test_fault_of_dormancy(span: str) -> None:
    """Dormancy is from one month to a century, and nothing else."""
    assert f'not "{span}"' in faults(f'dormant_after = "{span}"\n{TALKS}')[0]


def test_refused_once() -> None:
    """A faulty lifecycle is refused in one message: whence, the first fault, and how many more."""
    with pytest.raises(Refused) as refused:
        read_lifecycle('name = "a"\n', "mine.toml")
    assert str(refused.value) == (
        "mine.toml is not a lifecycle that can be read: "
        'At the top: it has no title; write title = "…". (1 more; see `tracker lifecycle check`)'
    )
    assert refused.value.exit_code == 5


@pytest.mark.parametrize(
    "definition",
    [{}, None, [], {"phase": None}, {"development": None}, {"name": 1.5}, {3: 4}, {"phase": [1]}],
)
def test_refused_definition(definition: dict[str, object]) -> None:
    """Plain data that is no definition is refused with its faults, never half read."""
    with pytest.raises(Refused, match="The definition of a lifecycle"):
        Lifecycle.from_definition(definition)


KEYS = st.sampled_from(
    (
        "name",
        "title",
        "reference",
        "dormant_after",
        "phase",
        "development",
        "type",
        "enters",
        "suspends",
        "ends",
        "aliases",
        "repeats",
        "definition",
        "mandatory",
        "settled",
        "maps",
        "odd",
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("talks"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=30,
)


@given(text=st.text() | st.text(alphabet='[]{}="\n.#a1-phasedvlomnt ') | st.just(TALKS))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever the text, reading it gives a lifecycle or a refusal, as its faults foretell."""
    found = faults(text)
    try:
        read_lifecycle(text, "any")
    except Refused:
        assert found
    else:
        assert not found


@given(at=st.integers(0, len(TALKS)), length=st.integers(0, 9), put=st.text(max_size=5))
def test_no_slip_breaks_the_reader(at: int, length: int, put: str) -> None:
    """A slip anywhere in a good definition gives a lifecycle that comes back, or a refusal."""
    text = TALKS[:at] + put + TALKS[at + length :]
    try:
        lifecycle = read_lifecycle(text, "any")
    except Refused:
        return
    assert Lifecycle.from_definition(lifecycle.to_definition()) == lifecycle


@given(definition=st.dictionaries(KEYS, VALUES, max_size=8))
def test_no_data_breaks_the_reader(definition: dict[str, object]) -> None:
    """Whatever the plain data, reading it gives a lifecycle or a refusal."""
    try:
        lifecycle = Lifecycle.from_definition(definition)
    except Refused:
        return
    assert Lifecycle.from_definition(lifecycle.to_definition()) == lifecycle


# --- the first history --------------------------------------------------------------------------


def rows(name: str) -> list[dict[str, str]]:
    text = (HISTORY / f"{name}.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_the_first_history_says_what_the_article_states_and_no_more() -> None:
    """Nine rows in their order, dated by the summit, the plans by what they say."""
    told = [(row["initiative"], row["type"], row["on"], row["mode"]) for row in rows("summit")]
    day = "2025-12-05"
    assert told == [
        ("il-114", "talks-initiated", day, "occurred"),
        ("il-114", "feasibility-study-underway", day, "occurred"),
        ("il-114", "commented", day, "occurred"),
        ("il-114", "contract-signed", None, "planned"),
        ("india-eaeu-fta", "commitment-made", day, "occurred"),
        ("india-russia-economic-programme", "announced", day, "occurred"),
        ("india-russia-economic-programme", "completed", "../2030", "planned"),
        ("polar-seafarers", "introduced", day, "occurred"),
        ("india-russia-summit-23", "meeting-held", day, "occurred"),
    ]


def test_the_first_history_has_its_evidence() -> None:
    """Each row quotes, names who stated it, says whence its date, and is graded as a retelling."""
    for row in rows("summit"):
        assert row["quote"]
        assert row["stated_by"]
        assert row["grade"][0] in "DEF"
        assert "ate:" in row["note"] or "no date" in row["note"]
        assert "published" not in row
        assert "recorded_at" not in row


def test_quotes_are_verbatim() -> None:
    """A quote is the article's very sentence, character for character."""
    if not ARTICLE.exists():
        pytest.skip("the article is not part of this project")
    article = ARTICLE.read_text("utf-8")
    for row in rows("summit"):
        assert row["quote"] in article


@pytest.mark.parametrize("name", ["summit", "public-record"])
def test_histories_fit_their_lifecycles(name: str) -> None:
    """Each row names a shipped lifecycle and one of its types, and gives a source and a grade."""
    for row in rows(name):
        assert shipped(row["lifecycle"]).effect_of(row["type"]) is not None
        assert row["source"]
        assert re.fullmatch("[A-F][1-6]", row["grade"])


def test_histories_have_ids_of_their_own() -> None:
    """Ids are UUIDs of version 7, each used once, and references name a row of the same file."""
    summit, public = rows("summit"), rows("public-record")
    ids = [row["id"] for row in summit + public]
    assert len(set(ids)) == len(ids)
    assert {uuid.UUID(each).version for each in ids} == {7}
    talks, feasibility, comment = summit[:3]
    assert feasibility["after"] == talks["id"]
    assert comment["contradicts"] == talks["id"]


def test_the_public_record_has_addresses() -> None:
    """Each line of the wider record has an address of its own."""
    sources = [row["source"] for row in rows("public-record")]
    assert len(set(sources)) == len(sources)
    assert all(source.startswith(("https://", "http://")) for source in sources)
