"""A JSON schema, and the schema of the answer that a model is asked for: each value together with the lines it is from.

    {"total": {"type": "number"}}  →  {"total": {"value": 1200, "lines": [14]}}

Rules that only restrict values (patterns, limits) are left out of what is asked, since many servers refuse schemas that
have them; what comes back is held against the whole schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sokdok.errors import InputError, MissingExtraError
from sokdok.files import printable, read_file

VALUE, LINES = "value", "lines"  # of a claim
_ALTERNATIVES = ("anyOf", "oneOf", "allOf")
_DEFINITIONS = ("$defs", "definitions")
_SAID = ("title", "description", "enum", "const", "format")  # keywords of a value that a model is told
_MOST_DEPTH = 50  # of schemas within schemas


def load_schema(schema: Mapping[str, Any] | str | Path) -> dict[str, Any]:
    """A schema, or that in a file, checked. Raises InputError for anything that is no schema of an object."""
    if isinstance(schema, Mapping):
        found: Any = dict(schema)
        name = "the schema"
    else:
        name = printable(Path(schema))
        try:
            found = json.loads(read_file(Path(schema)))
        except (ValueError, RecursionError) as error:
            raise InputError(f"{name} is no JSON: {error}") from None
    if not isinstance(found, dict) or not _is_object(found):
        raise InputError(f'{name} is no schema of an object: it needs "type": "object" and "properties"')
    try:
        _check(found, name)
    except RecursionError:
        raise InputError(f"{name} is nested too deeply") from None
    return found


def validator(schema: dict[str, Any]) -> Any:
    """What judges values by a schema (jsonschema)."""
    return _library().validator_for(schema, default=_library().Draft202012Validator)(schema)


def answer_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of an answer: every value is an object of the value, or null, and the lines it stands in."""
    asked = _asked(schema)
    for name in _DEFINITIONS:
        if isinstance(schema.get(name), dict):
            asked[name] = {key: _asked(node) for key, node in schema[name].items()}
    return asked


def places(schema: dict[str, Any], path: tuple[str | int, ...]) -> Iterator[dict[str, Any]]:
    """All schemas that hold for the value at a path."""
    waiting: list[tuple[Any, tuple[str | int, ...], int]] = [(schema, path, 0)]
    while waiting:
        node, rest, depth = waiting.pop()
        if not isinstance(node, dict) or depth > _MOST_DEPTH:
            continue
        if isinstance(node.get("$ref"), str):
            waiting.append((_referred(schema, node["$ref"]), rest, depth + 1))
        for name in _ALTERNATIVES:
            waiting += [(branch, rest, depth + 1) for branch in node.get(name, ())]
        if not rest:
            yield node
        elif isinstance(rest[0], int):
            waiting.append((node.get("items"), rest[1:], depth + 1))
        else:
            others = {} if node.get("additionalProperties") is True else node.get("additionalProperties")
            waiting.append((node.get("properties", {}).get(rest[0], others), rest[1:], depth + 1))


def _library() -> Any:
    try:
        import jsonschema.validators
    except ModuleNotFoundError:
        raise MissingExtraError("remote", "extracting fields by a schema") from None
    return jsonschema.validators


def _check(schema: dict[str, Any], name: str) -> None:
    from jsonschema.exceptions import SchemaError

    try:
        _library().validator_for(schema, default=_library().Draft202012Validator).check_schema(schema)
    except SchemaError as error:
        place = "/".join(map(str, error.absolute_path))
        raise InputError(f"{name} is no JSON schema{f', at {place}' if place else ''}: {error.message:.200}") from None
    for node in _nodes(schema):
        reference = node.get("$ref", "#")
        if not isinstance(reference, str) or not reference.startswith("#") or _referred(schema, reference) is None:
            raise InputError(f"{name} refers to {reference!r}, and only what stands in it is used: nothing is fetched")
        if (properties := node.get("properties")) and set(properties) <= {VALUE, LINES}:
            raise InputError(
                f"{name} has an object of {' and '.join(properties)} alone, which every answer has: add one"
            )


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    """All objects in a schema, which are schemas or hold some."""
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from _nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from _nodes(child)


def _referred(schema: dict[str, Any], reference: str) -> Any:
    """What a reference within a schema leads to; None if nothing is there."""
    node: Any = schema
    for part in filter(None, reference.removeprefix("#").split("/")):
        node = node.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(node, dict) else None
    return node


def _asked(node: Any) -> Any:
    """What a model is asked for in place of a schema."""
    if not isinstance(node, dict) or _is_value(node):
        return _claim(node if isinstance(node, dict) else {})
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    kinds = [kind for kind in (_object(node), _array(node)) if kind]
    for name in _ALTERNATIVES:
        if name in node:
            kinds.append({name: [_asked(branch) if branch != {"type": "null"} else branch for branch in node[name]]})
    if "null" in _types(node):
        return {"anyOf": [*kinds, {"type": "null"}]}
    return kinds[0] if len(kinds) == 1 else {"allOf": kinds}


def _object(node: dict[str, Any]) -> dict[str, Any] | None:
    if not _is_object(node):
        return None
    properties = {name: _asked(child) for name, child in node.get("properties", {}).items()}
    others = node.get("additionalProperties", not properties)  # an object without properties has any
    told = {key: node[key] for key in ("title", "description") if key in node}
    return told | {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": _asked(others) if others else False,
    }


def _array(node: dict[str, Any]) -> dict[str, Any] | None:
    if "array" not in _types(node) and "items" not in node:
        return None
    told = {key: node[key] for key in ("title", "description") if key in node}
    return told | {"type": "array", "items": _asked(node.get("items", {}))}


def _claim(node: dict[str, Any]) -> dict[str, Any]:
    told = {key: node[key] for key in (*_SAID, "type", *_ALTERNATIVES) if key in node}
    value = told if not told.keys() & {"type", "enum", "const", *_ALTERNATIVES} else {"anyOf": [told, {"type": "null"}]}
    lines = {"type": "array", "items": {"type": "integer"}}
    claim = {"type": "object", "properties": {VALUE: value, LINES: lines}}
    return claim | {"required": [VALUE, LINES], "additionalProperties": False}


def _types(node: dict[str, Any]) -> list[str]:
    found = node.get("type", [])
    return [found] if isinstance(found, str) else list(found)


def _is_object(node: dict[str, Any]) -> bool:
    return "object" in _types(node) or "properties" in node


def _is_value(node: dict[str, Any]) -> bool:
    """Whether a schema is one of single values: neither object nor array, nor perhaps one of them."""
    if _is_object(node) or "array" in _types(node) or "items" in node or "$ref" in node:
        return False
    return all(
        isinstance(branch, dict) and _is_value(branch) for name in _ALTERNATIVES for branch in node.get(name, ())
    )
