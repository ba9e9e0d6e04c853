"""What a model claims of a document's fields, held against the document and the schema.

- A model is asked for each value together with the lines it is from, by a schema of its own (`answer_schema`):
  `{"total": {"type": "number"}}` becomes `{"total": {"value": 1200, "lines": [14]}}`. Rules that only restrict values
  (patterns, limits) are left out of what is asked, since many servers refuse schemas that have them; what comes back is
  held against the whole schema.
- An answer is walked into claims, each with the path of its field; one without line numbers is a claim all the same.
- A claim that does not hold, in the document or by the schema, is refused with its reason.
- Data has what holds. Where a field is required and nothing holds, it is null.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from sokdok.documents.extract.evidence import Evidence, Index, NumberedLine
from sokdok.errors import EndpointError, InputError, imported
from sokdok.files import printable, read_file

VALUE, LINES = "value", "lines"  # of a claim
_library = partial(imported, "jsonschema.validators", "remote", "extracting fields by a schema")
_ALTERNATIVES = ("anyOf", "oneOf", "allOf")
_DEFINITIONS = ("$defs", "definitions")
_DESCRIBED = ("title", "description", "enum", "const", "format")  # keywords of a value that a model is shown
_MOST_DEPTH = 50  # of schemas within schemas
Keys = tuple[str | int, ...]  # Names and places that lead to a value.
MIN_CHARACTERS = 3  # Letters and digits of a value that counts also where the model named other lines than its own.
MOST_LINES, MOST_CLAIMS = 50, 5000  # Lines that a claim may name, and claims of an answer.
MOST_ROUNDS = 10  # Rounds of refusing what does not fit the schema.


@dataclass
class Claim:
    """A value that a model says is in the document."""

    value: Any  # text, number, truth value; None: there is none, it says
    lines: tuple[int, ...]  # numbers of lines that it names
    reason: str = ""  # why it is refused
    evidence: Evidence | None = None

    @property
    def holds(self) -> bool:
        """Whether its value counts."""
        return self.value is not None and not self.reason


@dataclass
class Claims:
    """An answer, as objects and lists of claims."""

    tree: Any
    schema: dict[str, Any]
    missing: dict[Keys, str] = field(default_factory=dict)  # path of what the answer lacks → why

    def check(self, lines: Sequence[NumberedLine]) -> None:
        """Look for every claim in the document; refuse what is not there, then what does not fit the schema."""
        everywhere = Index(lines)
        for path, claim in claims_in(self.tree):
            if claim.value is not None:
                self._look(path, claim, lines, everywhere)
        for _ in range(MOST_ROUNDS):
            if not self._refuse_misfits():
                break

    def data(self) -> tuple[Any, dict[Keys, Claim]]:
        """The fields with values that hold, and the claim behind each."""
        sources: dict[Keys, Claim] = {}
        data = _built(self.tree, (), sources)
        for error in list(validator(self.schema).iter_errors(data)):
            if error.validator == "required" and isinstance(error.instance, dict):
                for name in error.validator_value:
                    error.instance.setdefault(name, None)
        return data, sources

    def refused(self) -> dict[Keys, str]:
        """Paths of the answer's fields whose claims do not hold, with the reason."""
        return {path: claim.reason for path, claim in claims_in(self.tree) if claim.reason} | self.missing

    def _look(self, path: Keys, claim: Claim, lines: Sequence[NumberedLine], everywhere: Index) -> None:
        cited = [lines[number - 1] for number in sorted(set(claim.lines)) if 0 < number <= len(lines)]
        allowed = [node for node in places(self.schema, path) if "enum" in node or "const" in node]
        if not isinstance(claim.value, bool):
            claim.evidence = Index(cited).find(claim.value) if cited else None
            if (
                claim.evidence is None
                and (claim.lines or not allowed)
                and sum(map(str.isalnum, str(claim.value))) >= MIN_CHARACTERS
            ):
                claim.evidence = everywhere.find(claim.value)
        if claim.evidence is None and cited and (isinstance(claim.value, bool) or allowed):
            claim.evidence = Evidence(tuple(token for line in cited for token in line.tokens), "inferred")
        if claim.evidence is None:
            where = f"in line {', '.join(map(str, sorted(set(claim.lines))))}" if cited else "in the document"
            claim.reason = f"{claim.value!r:.80} does not stand {where}"

    def _refuse_misfits(self) -> bool:
        """Refuse values that break the schema's rules; whether there were any that were not refused before."""
        data, sources = self.data()
        again = False
        for error in validator(self.schema).iter_errors(data):
            path = tuple(error.absolute_path)
            claim = sources.get(path)
            if claim is not None:
                claim.reason = f"{claim.value!r:.80} does not fit the schema: {error.message:.200}"
                again = True
            elif error.instance is not None:
                self.missing.setdefault(path, f"what was found does not fit the schema: {error.message:.200}")
            elif path not in self.refused():
                self.missing.setdefault(path, "not found in the document")
        return again


def claims_of(answer: Any, schema: dict[str, Any]) -> Claims:
    """An answer's claims, without fields that the schema does not have.

    Whatever stands where a claim should is one without line numbers. Raises EndpointError for more than `MOST_CLAIMS`.
    """
    claims = Claims(_claims_in(answer, (), schema), schema)
    if len(list(islice(claims_in(claims.tree), MOST_CLAIMS + 1))) > MOST_CLAIMS:
        raise EndpointError(f"the model gave more than {MOST_CLAIMS:,} values; ask about fewer pages with --pages")
    return claims


def claims_in(tree: Any, path: Keys = ()) -> Iterator[tuple[Keys, Claim]]:
    """All claims, with their paths."""
    if isinstance(tree, Claim):
        yield path, tree
    elif isinstance(tree, dict):
        for name, child in tree.items():
            yield from claims_in(child, (*path, name))
    elif isinstance(tree, list):
        for place, child in enumerate(tree):
            yield from claims_in(child, (*path, place))


def pointer(path: Keys) -> str:
    """A path as JSON pointers are written: /items/0/price."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def _claims_in(node: Any, path: Keys, schema: dict[str, Any]) -> Any:
    if isinstance(node, dict) and VALUE in node and node.keys() <= {VALUE, LINES}:
        if isinstance(node[VALUE], dict | list):  # the lines of something larger: its own values say theirs
            return _claims_in(node[VALUE], path, schema)
        lines = node.get(LINES)
        numbers = [line for line in lines if type(line) is int] if isinstance(lines, list) else []
        return Claim(node[VALUE] if node[VALUE] != "" else None, tuple(numbers[:MOST_LINES]))
    if isinstance(node, dict):
        known = {name: (*path, name) for name in node if any(places(schema, (*path, name)))}
        return {name: _claims_in(node[name], place, schema) for name, place in known.items()}
    if isinstance(node, list):
        return [_claims_in(child, (*path, place), schema) for place, child in enumerate(node)]
    return Claim(node if node != "" else None, ())


def _built(tree: Any, path: Keys, sources: dict[Keys, Claim]) -> Any:
    """Plain data of what holds; `sources` gets the claim of each value, by its path in the data."""
    if isinstance(tree, Claim):
        sources[path] = tree
        return tree.value
    if isinstance(tree, dict):
        kept = {name: child for name, child in tree.items() if not isinstance(child, Claim) or child.holds}
        return {name: _built(child, (*path, name), sources) for name, child in kept.items()}
    held = [child for child in tree if not isinstance(child, Claim) or child.holds]
    return [_built(child, (*path, place), sources) for place, child in enumerate(held)]


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


def places(schema: dict[str, Any], path: Keys) -> Iterator[dict[str, Any]]:
    """All schemas that hold for the value at a path."""
    waiting: list[tuple[Any, Keys, int]] = [(schema, path, 0)]
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
    kinds = [_object(node)] if _is_object(node) else []
    if "array" in _types(node) or "items" in node:
        shown = {key: node[key] for key in ("title", "description") if key in node}
        kinds.append(shown | {"type": "array", "items": _asked(node.get("items", {}))})
    for name in _ALTERNATIVES:
        if name in node:
            kinds.append({name: [_asked(branch) if branch != {"type": "null"} else branch for branch in node[name]]})
    if "null" in _types(node):
        return {"anyOf": [*kinds, {"type": "null"}]}
    return kinds[0] if len(kinds) == 1 else {"allOf": kinds}


def _object(node: dict[str, Any]) -> dict[str, Any]:
    properties = {name: _asked(child) for name, child in node.get("properties", {}).items()}
    others = node.get("additionalProperties", not properties)  # an object without properties has any
    shown = {key: node[key] for key in ("title", "description") if key in node}
    return shown | {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": _asked(others) if others else False,
    }


def _claim(node: dict[str, Any]) -> dict[str, Any]:
    asked = {key: node[key] for key in (*_DESCRIBED, "type", *_ALTERNATIVES) if key in node}
    value = {"anyOf": [asked, {"type": "null"}]} if asked.keys() & {"type", "enum", "const", *_ALTERNATIVES} else asked
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
