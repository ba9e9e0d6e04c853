"""The recipe of a filter: every number of every rule, in one commented YAML file (`recipes/quality.yaml`), and its use.

    rules:
      gopher:                                   # tags gopher__words, …
        any: {words: {least: 50}}               # for every language
        ko: {words: {least: 30}, symbols: null} # a language's own limits; null: no such rule

A key that no field has is an error, since a typo would keep what should be dropped. A verdict holds a document's tags
against these numbers; nothing is measured here, nothing changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from sokdok.bulk.quality.text import Attributes
from sokdok.errors import InputError, imported

ANY = "any"  # the name of the limits that hold for every language without its own
OWN = "quality"  # the name of the product's own recipe
LANGUAGES = "languages__"  # what tags of a document's languages begin with; the rest is the language
MOSTLY = 0.5  # share of pages of PDFs and pictures, above which a document's lines are those of paper
_PACKAGE = Path(__file__).parent.parent.parent
# In the installed package, in a clone of the repository.
_PLACES = (_PACKAGE / "recipes" / "quality.yaml", _PACKAGE.parent.parent / "recipes" / "quality.yaml")

Count = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(ge=0, le=1)]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Limit(_Part, frozen=True):
    """What a measure may be; a document beyond it is dropped, or only tagged."""

    least: float | None = None
    most: float | None = None
    paper: Literal["cut", "tag"] = "cut"  # whether it drops PDFs and pictures, or is only counted of them


class Language(_Part, frozen=True):
    """Which pages vote for a document's language."""

    least_bytes: Count = 50  # of a page; shorter ones don't vote
    least_letters: Share = 0.2  # of a page's characters


class Loops(_Part, frozen=True):
    """From when on a page is one that a reader wrote in a loop: so many repeats, one behind the other."""

    lines: Count = 3
    line_characters: Count = 8  # of a line that counts
    table_rows: Count = 9
    sentences: Count = 5
    sentence_characters: Count = 50
    characters: Count = 350


class Near(_Part, frozen=True):
    """MinHash: two documents are the same if all rows of one band agree."""

    bands: Count = 14
    rows: Count = 8
    words: Count = 5  # of a shingle
    characters: Count = 1_000_000  # of a text that are looked at
    seed: int = 1


class Recipe(_Part, frozen=True):
    """All numbers of all rules."""

    version: Literal[1]
    language: Language = Language()
    loops: Loops = Loops()
    near: Near | None = Near()  # None: near duplicates are kept
    same: bool = True  # whether documents of the same characters, white space apart, are dropped but one
    leave_out: tuple[str, ...] = ()  # tags whose spans are taken out of the texts that are kept
    rules: dict[str, dict[str, dict[str, Limit | None]]] = {}  # limits by tagger, language and measure

    def limits(self, language: str) -> dict[str, Limit]:
        """Limit by attribute, in the recipe's order, for a document in a language (`ko`; empty: not known)."""
        found: dict[str, Limit] = {}
        for tagger, languages in self.rules.items():
            measures = languages.get(ANY, {}) | languages.get(language, {})
            found |= {f"{tagger}__{name}": limit for name, limit in measures.items() if limit is not None}
        return found

    def digest(self) -> str:
        """32 hex digits that change with any number of it."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:32]


def load_recipe(path: Path | None = None) -> Recipe:
    """Read a recipe, or the product's own. Raises InputError naming the field that is wrong, MissingExtraError."""
    yaml = imported("yaml", "bulk", "filtering documents by a recipe")
    path = path or next((place for place in _PLACES if place.is_file()), _PLACES[0])
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"there is no recipe {path}: name a file, or {OWN}, the product's own") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"can't read recipe {path}: {' '.join(str(error).split())}") from None
    try:
        return parse_recipe(values)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def parse_recipe(values: Any) -> Recipe:
    """Make a recipe of plain values. Raises InputError naming the field that is wrong."""
    try:
        recipe = msgspec.convert(values, Recipe)
    except msgspec.ValidationError as error:
        raise InputError(str(error)) from None
    for tagger, languages in recipe.rules.items():
        for language, measures in languages.items():
            for name, limit in measures.items():
                if limit is not None and limit.least is None and limit.most is None:
                    raise InputError(f"rules.{tagger}.{language}.{name}: say least, most, or null for no such rule")
    return recipe


@dataclass(frozen=True)
class Broken:
    """A rule that a document is beyond."""

    rule: str
    value: float
    limit: float
    cuts: bool  # whether it drops the document; else it is only counted


@dataclass(frozen=True)
class Verdict:
    """What becomes of a document, and all rules that it is beyond."""

    language: str  # the likeliest one; empty if none is known
    broken: tuple[Broken, ...] = ()  # in the recipe's order

    @property
    def cut(self) -> Broken | None:
        """The first rule that drops it, which is the reason in its row; None if none does."""
        return next((broken for broken in self.broken if broken.cuts), None)


def verdict(attributes: Attributes, recipe: Recipe) -> Verdict:
    """Hold a document's tags against a recipe; a measure that nobody took breaks no rule."""
    language = language_of(attributes)
    return Verdict(language, tuple(_broken(attributes, recipe, language)))


def language_of(attributes: Attributes) -> str:
    """The likeliest language of a document by its tags; empty if there is none."""
    scores = {
        name.removeprefix(LANGUAGES): spans[0][2]
        for name, spans in attributes.items()
        if name.startswith(LANGUAGES) and spans
    }
    return max(scores, key=lambda name: (scores[name], name), default="")


def value_of(attributes: Attributes, name: str) -> float | None:
    """The number of a measure of the whole document; None if nobody measured it."""
    spans = attributes.get(name)
    return spans[0][2] if spans else None


def _broken(attributes: Attributes, recipe: Recipe, language: str) -> Iterator[Broken]:
    paper = (value_of(attributes, "pages__paper_share") or 0.0) > MOSTLY
    for rule, limit in recipe.limits(language).items():
        value = value_of(attributes, rule)
        cuts = not paper or limit.paper == "cut"
        if value is None:
            continue
        if limit.least is not None and value < limit.least:
            yield Broken(rule, value, limit.least, cuts)
        elif limit.most is not None and value > limit.most:
            yield Broken(rule, value, limit.most, cuts)
