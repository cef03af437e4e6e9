"""Outputs against their JSON Schemas, which are files under ``docs/reference/schemas``.

    validate(output)                    # a whole answer, of --format json
    validate_lines(output, "status")    # --format jsonl

Both give back what they read. An answer names its schema itself.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

FOLDER = Path(__file__).parents[1] / "docs" / "reference" / "schemas"


def validate(output: str) -> dict[str, Any]:
    """Read one answer, check it against the schema that it names, and give it back."""
    answer: dict[str, Any] = json.loads(output)
    named = re.fullmatch(r"tracker/([a-z-]+)/1", answer["schema"])
    assert named, f"{answer['schema']!r} names no schema"
    _check(answer, f"{named[1]}.json")
    return answer


def validate_lines(output: str, name: str) -> list[dict[str, Any]]:
    """Read items, one a line, check each against *name*'s schema of an item, and give them back."""
    found = [json.loads(line) for line in output.splitlines()]
    for item in found:
        _check(item, f"{name}.json#/properties/items/items")
    return found


@cache
def schemas() -> dict[str, Any]:
    """Every schema, by the name of its file."""
    return {
        path.name: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("*.json"))
    }


def _check(value: object, where: str) -> None:
    resources = {name: DRAFT202012.create_resource(each) for name, each in schemas().items()}
    registry: Registry[Any] = Registry().with_resources(resources.items())
    validator = Draft202012Validator({"$ref": where}, registry=registry)
    problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
    assert not problems, "\n".join(problems)
