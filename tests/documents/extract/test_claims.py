"""Schemas of fields, and what a model is asked for."""

import json
from pathlib import Path
from typing import Any

import pytest

from sokdok.documents.extract.claims import answer_schema, load_schema, places, validator
from sokdok.errors import InputError

INVOICE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "number": {"type": "string", "pattern": "^[A-Z]"},
        "items": {"type": "array", "items": {"$ref": "#/$defs/item"}},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "required": ["number"],
    "$defs": {"item": {"type": "object", "properties": {"price": {"type": "number", "minimum": 0}}}},
}
CLAIM = {"type": "object", "required": ["value", "lines"], "additionalProperties": False}


def claim(value: Any) -> dict[str, Any]:
    lines = {"type": "array", "items": {"type": "integer"}}
    return CLAIM | {"properties": {"value": {"anyOf": [value, {"type": "null"}]}, "lines": lines}}


def test_every_value_is_asked_for_with_its_lines_and_may_be_null() -> None:
    pytest.importorskip("jsonschema")
    asked = answer_schema(load_schema(INVOICE))
    assert asked["properties"]["number"] == claim({"type": "string"}), "rules that only restrict are not asked for"
    assert asked["properties"]["items"] == {"type": "array", "items": {"$ref": "#/$defs/item"}}
    assert asked["$defs"]["item"]["properties"] == {"price": claim({"type": "number"})}
    assert asked["required"] == ["number", "items", "note"] and asked["additionalProperties"] is False
    assert "anyOf" in asked["properties"]["note"]["properties"]["value"]


def test_what_is_asked_for_is_a_schema_and_fits_its_answers() -> None:
    pytest.importorskip("jsonschema")
    answer = {
        "number": {"value": "A1", "lines": [1]},
        "items": [{"price": {"value": 2.5, "lines": [2]}}],
        "note": {"value": None, "lines": []},
    }
    asked = answer_schema(INVOICE)
    assert validator(asked).is_valid(answer)
    assert not validator(asked).is_valid({**answer, "number": "A1"})


def test_objects_and_lists_that_may_be_null() -> None:
    pytest.importorskip("jsonschema")
    node = {"type": ["object", "null"], "properties": {"a": {"type": ["string", "null"]}}}
    asked = answer_schema({"type": "object", "properties": {"it": node, "all": {"type": ["array", "null"]}}})
    judge = validator(asked)
    assert judge.is_valid({"it": None, "all": None})
    assert judge.is_valid({"it": {"a": {"value": None, "lines": []}}, "all": [{"value": 1, "lines": [1]}]})


def test_the_schemas_of_a_place() -> None:
    assert list(places(INVOICE, ("items", 3, "price"))) == [{"type": "number", "minimum": 0}]
    assert not list(places(INVOICE, ("invented",)))
    endless = {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"$ref": "#/$defs/a"}}}
    assert len(list(places(endless, ("a",)))) < 100


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "string"}, "no schema of an object"),
        ({"type": "object", "properties": {"a": {"type": "strin"}}}, "no JSON schema, at properties/a/type"),
        ({"type": "object", "properties": {"a": {"$ref": "http://host/a.json"}}}, "nothing is fetched"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/none"}}}, "nothing is fetched"),
        ({"type": "object", "properties": {"value": {}}}, "an object of value alone"),
    ],
)
def test_what_can_not_be_used_is_refused(schema: dict[str, Any], why: str, tmp_path: Path) -> None:
    pytest.importorskip("jsonschema")
    with pytest.raises(InputError, match=why):
        load_schema(schema)
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(schema))
    with pytest.raises(InputError, match="schema.json"):
        load_schema(path)


@pytest.mark.parametrize("text", ["", "{", "[1]", "[" * 5000, '"a"'])
def test_a_file_that_is_no_schema(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=r"a\.json"):
        load_schema(tmp_path / "a.json")
