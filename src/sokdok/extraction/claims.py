"""What a model claims of a document's fields, held against the document and the schema.

- An answer is walked into claims, each with the path of its field; one without line numbers is a claim all the same.
- A claim that does not hold, in the document or by the schema, is refused with its reason.
- Data has what holds. Where a field is required and nothing holds, it is null.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sokdok.errors import EndpointError
from sokdok.extraction.evidence import Evidence, Index
from sokdok.extraction.lines import Line
from sokdok.extraction.schema import LINES, VALUE, places, validator

Path = tuple[str | int, ...]
MIN_CHARACTERS = 3
"""letters and digits of a value that is believed also if it stands in other lines than those that were named"""
MOST_LINES, MOST_CLAIMS, MOST_ROUNDS = 50, 5000, 10
"""lines that a claim may name, claims of an answer, and rounds of refusing what does not fit the schema"""


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
    missing: dict[Path, str] = field(default_factory=dict)  # path of what the answer lacks → why

    def check(self, lines: Sequence[Line]) -> None:
        """Look for every claim in the document; refuse what is not there, then what does not fit the schema."""
        everywhere = Index(lines)
        for path, claim in claims_in(self.tree):
            if claim.value is not None:
                self._look(path, claim, lines, everywhere)
        for _ in range(MOST_ROUNDS):
            if not self._refuse_misfits():
                break

    def data(self) -> tuple[Any, dict[Path, Claim]]:
        """The fields with values that hold, and the claim behind each."""
        sources: dict[Path, Claim] = {}
        data = _built(self.tree, (), sources)
        for error in list(validator(self.schema).iter_errors(data)):
            if error.validator == "required" and isinstance(error.instance, dict):
                for name in error.validator_value:
                    error.instance.setdefault(name, None)
        return data, sources

    def refused(self) -> dict[Path, str]:
        """Paths of the answer's fields whose claims do not hold, with the reason."""
        return {path: claim.reason for path, claim in claims_in(self.tree) if claim.reason} | self.missing

    def _look(self, path: Path, claim: Claim, lines: Sequence[Line], everywhere: Index) -> None:
        cited = [lines[number - 1] for number in sorted(set(claim.lines)) if 0 < number <= len(lines)]
        allowed = [node for node in places(self.schema, path) if "enum" in node or "const" in node]
        if not isinstance(claim.value, bool):
            claim.evidence = Index(cited).find(claim.value) if cited else None
            if claim.evidence is None and (claim.lines or not allowed) and _is_long(claim.value):
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
    claims = Claims(_claimed(answer, (), schema), schema)
    if len(list(islice(claims_in(claims.tree), MOST_CLAIMS + 1))) > MOST_CLAIMS:
        raise EndpointError(f"the model gave more than {MOST_CLAIMS:,} values; ask about fewer pages with --pages")
    return claims


def claims_in(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Claim]]:
    """All claims, with their paths."""
    if isinstance(tree, Claim):
        yield path, tree
    elif isinstance(tree, dict):
        for name, child in tree.items():
            yield from claims_in(child, (*path, name))
    elif isinstance(tree, list):
        for place, child in enumerate(tree):
            yield from claims_in(child, (*path, place))


def pointer(path: Path) -> str:
    """A path as JSON pointers are written: /items/0/price."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def _claimed(node: Any, path: Path, schema: dict[str, Any]) -> Any:
    if isinstance(node, dict) and VALUE in node and node.keys() <= {VALUE, LINES}:
        if isinstance(node[VALUE], dict | list):  # the lines of something larger: its own values say theirs
            return _claimed(node[VALUE], path, schema)
        lines = node.get(LINES)
        numbers = [line for line in lines if type(line) is int] if isinstance(lines, list) else []
        return Claim(node[VALUE] if node[VALUE] != "" else None, tuple(numbers[:MOST_LINES]))
    if isinstance(node, dict):
        known = {name: (*path, name) for name in node if any(places(schema, (*path, name)))}
        return {name: _claimed(node[name], place, schema) for name, place in known.items()}
    if isinstance(node, list):
        return [_claimed(child, (*path, place), schema) for place, child in enumerate(node)]
    return Claim(node if node != "" else None, ())


def _built(tree: Any, path: Path, sources: dict[Path, Claim]) -> Any:
    """Plain data of what holds; `sources` gets the claim of each value, by its path in the data."""
    if isinstance(tree, Claim):
        sources[path] = tree
        return tree.value
    if isinstance(tree, dict):
        kept = {name: child for name, child in tree.items() if not isinstance(child, Claim) or child.holds}
        return {name: _built(child, (*path, name), sources) for name, child in kept.items()}
    held = [child for child in tree if not isinstance(child, Claim) or child.holds]
    return [_built(child, (*path, place), sources) for place, child in enumerate(held)]


def _is_long(value: Any) -> bool:
    return sum(char.isalnum() for char in str(value)) >= MIN_CHARACTERS
