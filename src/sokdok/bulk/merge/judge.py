"""What a recipe says of documents, and what is done to their texts; without one every document is kept as it is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from sokdok.bulk.merge.text import DocumentText
from sokdok.bulk.quality.recipe import Recipe
from sokdok.bulk.quality.tags import Attributes, Span, Tagger
from sokdok.bulk.quality.verdict import Verdict, verdict

if TYPE_CHECKING:
    from sokdok.bulk.quality.near.signatures import Signer

Tags = Mapping[str, Mapping[str, tuple[Span, ...]]]  # attributes by tagger
EVERYTHING = Recipe(version=1, near=None, same=False)  # what stands for no recipe: nothing breaks it


class Judge:
    """Tags documents, holds them against a recipe, cleans them. `mask`: kinds of personal data that are masked."""

    def __init__(self, recipe: Recipe | None, mask: tuple[str, ...] = ()) -> None:
        self.recipe, self.mask = recipe or EVERYTHING, mask
        self._has_recipe = recipe is not None

    @property
    def compares(self) -> bool:
        """Whether documents are told from their likes."""
        return self._has_recipe and (self.recipe.same or self.recipe.near is not None)

    @cached_property
    def taggers(self) -> tuple[Tagger, ...]:
        """Who looks at documents. Raises MissingExtraError."""
        if self._has_recipe:
            from sokdok.bulk.quality.taggers import taggers

            return taggers(self.recipe)
        if not self.mask:
            return ()
        from sokdok.bulk.quality.personal.tagger import Personal

        return (Personal(),)

    def check(self) -> None:
        """Raise MissingExtraError for a library that is missing."""
        self.taggers  # noqa: B018 - they are made
        self.signer()

    def tag(self, document: DocumentText) -> Tags:
        """What each tagger says."""
        return {tagger.name: dict(tagger.tag(document)) for tagger in self.taggers}

    def verdict(self, tags: Tags) -> Verdict:
        """Whether a document is kept."""
        return verdict(flat(tags), self.recipe)

    def signer(self) -> Signer | None:
        """What signs the documents of a slice; None where nothing is compared. Raises MissingExtraError."""
        if not self.compares:
            return None
        from sokdok.bulk.quality.near.signatures import Signer

        return Signer(self.recipe)

    def clean(self, document: DocumentText, tags: Tags) -> tuple[DocumentText, Attributes]:
        """A document as it is written, with its tags where they stand then."""
        attributes = flat(tags)
        if not self._has_recipe and not self.mask:
            return document, attributes
        from sokdok.bulk.quality.edit import clean

        return clean(document, attributes, self.recipe, self.mask)


def flat(tags: Tags) -> dict[str, tuple[Span, ...]]:
    """All attributes, whoever says them."""
    return {name: spans for attributes in tags.values() for name, spans in attributes.items()}


def owners(tags: Tags) -> dict[str, str]:
    """Who says an attribute, by its name."""
    return {name: tagger for tagger, attributes in tags.items() for name in attributes}
