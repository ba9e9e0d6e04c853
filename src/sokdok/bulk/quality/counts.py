"""What the rules made of many documents: whom each looked at, who was beyond it, and what languages they are in."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from sokdok.bulk.quality.personal.find import KINDS
from sokdok.bulk.quality.personal.tagger import PREFIX
from sokdok.bulk.quality.recipe import Recipe
from sokdok.bulk.quality.tags import Attributes, value_of
from sokdok.bulk.quality.verdict import Verdict

_Count = TypeVar("_Count", bound=msgspec.Struct)


class RuleCount(msgspec.Struct):
    """Documents by what one rule said of them, whatever the others did."""

    measured: int = 0  # it was for them, and there was something to measure
    beyond: int = 0
    dropped: int = 0  # it was the first to drop them
    tagged: int = 0  # of those beyond: it only tagged them, since they are PDFs or pictures

    @property
    def kept_share(self) -> float:
        """Share of those measured that are within its limit."""
        return 1 - self.beyond / self.measured if self.measured else 1.0


class LanguageCount(msgspec.Struct):
    """Documents of one language."""

    documents: int = 0
    kept: int = 0


class PersonalCount(msgspec.Struct):
    """Personal data of one kind in documents that are kept."""

    documents: int = 0
    places: int = 0


class Counts(msgspec.Struct):
    """All of it, of a slice or a corpus; the names of rules are those of their tags."""

    rules: dict[str, RuleCount] = {}
    languages: dict[str, LanguageCount] = {}  # empty: not told
    personal: dict[str, PersonalCount] = {}

    def count(self, attributes: Attributes, recipe: Recipe, verdict: Verdict, *, kept: bool) -> None:
        """Count a document; one that the rules keep may still be dropped for another's sake."""
        for name in recipe.limits(verdict.language):
            if value_of(attributes, name) is not None:
                self.rules.setdefault(name, RuleCount()).measured += 1
        for broken in verdict.broken:
            rule = self.rules[broken.rule]
            rule.beyond += 1
            rule.tagged += not broken.cuts
            rule.dropped += broken.rule == verdict.rule
        language = self.languages.setdefault(verdict.language, LanguageCount())
        language.documents += 1
        language.kept += kept
        for kind in KINDS:
            if kept and (places := len(attributes.get(f"{PREFIX}{kind}", ()))):
                _add(self.personal, {kind: PersonalCount(1, places)})

    def add(self, other: Counts) -> None:
        """Count others."""
        _add(self.rules, other.rules)
        _add(self.languages, other.languages)
        _add(self.personal, other.personal)


def _add(mine: dict[str, _Count], others: dict[str, _Count]) -> None:
    """Add up counts by name."""
    for name, other in others.items():
        one = mine.setdefault(name, type(other)())
        for field in other.__struct_fields__:
            setattr(one, field, getattr(one, field) + getattr(other, field))
