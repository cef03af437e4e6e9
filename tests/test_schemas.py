"""The JSON Schemas themselves: valid, named as their file, and requiring what they list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.schemas import schemas, validate

OPTIONAL = {
    ("common.json", "document"),  # beyond the contract, as anything may be
    ("cloudevents.json", "subject"),  # CloudEvents has no null
}


@pytest.mark.parametrize("name", schemas())
def test_a_schema_is_a_schema(name: str) -> None:
    """Draft 2020-12, and nothing that it does not know."""
    Draft202012Validator.check_schema(schemas()[name])


@pytest.mark.parametrize("name", [name for name in schemas() if name != "common.json"])
def test_an_answer_names_the_file_of_its_schema(name: str) -> None:
    """So that a reader finds the one from the other."""
    named = schemas()[name]["properties"]["schema"]
    assert named == {"const": f"tracker/{name.removesuffix('.json')}/1"}


@pytest.mark.parametrize("name", schemas())
def test_what_is_listed_is_required(name: str) -> None:
    """A field that is never missing can be relied on; what may be missing is named here."""
    for part in objects(schemas()[name]):
        left_out = set(part["properties"]) - set(part.get("required", ()))
        assert {(name, field) for field in left_out} <= OPTIONAL


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Every part of *schema* that lists properties."""
    if isinstance(schema, list):
        for part in schema:
            yield from objects(part)
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield schema
        for part in schema.values():
            yield from objects(part)


@pytest.mark.parametrize(
    "answer",
    [
        '{"schema": "status"}',
        '{"schema": "tracker/log/1", "items": []}',
        '{"schema": "tracker/log/1", "viewpoint": {"as_of": "2025-12"}, "items": []}',
    ],
)
def test_a_wrong_answer_is_seen(answer: str) -> None:
    """A check that cannot fail checks nothing."""
    with pytest.raises(AssertionError):
        validate(answer)
