"""A document as its measures see it: made once, used by all taggers."""

from __future__ import annotations

from functools import cached_property

from sokdok.bulk.merge.text import DocumentText
from sokdok.bulk.quality.recipe import Recipe
from sokdok.bulk.quality.text import markup
from sokdok.bulk.quality.text.edges import repeated_edges
from sokdok.bulk.quality.text.words import lines_of, paragraphs_of, words_of

BOILERPLATE = "boilerplate__line"
"""the tag of lines that repeat at the edges of pages"""


class View:
    """A document's text without boilerplate and markup, in which all that is left stands at its own place."""

    def __init__(self, document: DocumentText, recipe: Recipe) -> None:
        self.document, self._recipe = document, recipe

    @cached_property
    def boilerplate(self) -> list[markup.Range]:
        """Lines that repeat at the edges of pages."""
        return repeated_edges(self.document, self._recipe.boilerplate)

    @cached_property
    def text(self) -> str:
        """The text as it will be written, in blanks what is left out of it."""
        left_out = self.boilerplate if BOILERPLATE in self._recipe.leave_out else []
        return markup.blanked(self.document.text, left_out)

    @cached_property
    def written(self) -> str:
        """Without code, formulas and marks: all words, those in tables too."""
        text = markup.blanked(self.text, markup.code(self.text))
        return markup.blanked(text, [*markup.formulas(text), *markup.marks(text)])

    @cached_property
    def prose(self) -> str:
        """Without tables, too: the running text."""
        return markup.blanked(self.written, markup.tables(self.text))

    @cached_property
    def words(self) -> list[str]:
        """Words and signs of the prose."""
        return words_of(self.prose)

    @cached_property
    def lines(self) -> list[str]:
        """Lines of the prose that have something in them."""
        return [self.prose[start:end] for start, end in lines_of(self.prose)]

    @cached_property
    def paragraphs(self) -> list[str]:
        """Paragraphs of the prose."""
        return paragraphs_of(self.prose)

    @cached_property
    def characters(self) -> int:
        """Length of the prose: its lines, an end between two, and a blank line between paragraphs."""
        return sum(map(len, self.lines)) + max(len(self.lines) - 1, 0) + max(len(self.paragraphs) - 1, 0)


class Views:
    """The view of the document in hand: taggers ask for the same one, one after the other."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self._last: View | None = None

    def of(self, document: DocumentText) -> View:
        """The view of a document."""
        if self._last is None or self._last.document is not document:
            self._last = View(document, self.recipe)
        return self._last
