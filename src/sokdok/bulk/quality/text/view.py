"""A document as its measures see it: made once, used by all taggers."""

from __future__ import annotations

from functools import cached_property

from sokdok.bulk.merge.text import DocumentText
from sokdok.bulk.quality.text import markup
from sokdok.bulk.quality.text.words import lines_of, paragraphs_of, words_of


class View:
    """A document's text without markup, in which all that is left stands at its own place."""

    def __init__(self, document: DocumentText) -> None:
        self.document, self.text = document, document.text

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

    def __init__(self) -> None:
        self._last: View | None = None

    def of(self, document: DocumentText) -> View:
        """The view of a document."""
        if self._last is None or self._last.document is not document:
            self._last = View(document)
        return self._last
