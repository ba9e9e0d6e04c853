"""Whether a document is kept: its tags against the numbers of a recipe. Nothing is measured here, nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sokdok.bulk.quality.recipe import Recipe
from sokdok.bulk.quality.tags import Attributes, value_of

LANGUAGES = "languages__"  # what tags of a document's languages begin with; the rest is the language
MOSTLY = 0.5  # share of pages of PDFs and pictures, above which a document's lines are those of paper


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

    language: str  # the likeliest one; empty if nobody said
    broken: tuple[Broken, ...] = ()  # in the recipe's order

    @property
    def kept(self) -> bool:
        """Whether no rule drops it."""
        return not self.rule

    @property
    def rule(self) -> str:
        """The first rule that drops it, which is the reason in its row; empty if none does."""
        return next((broken.rule for broken in self.broken if broken.cuts), "")


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
