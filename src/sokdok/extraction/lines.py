"""A document as numbered lines of words, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from sokdok.documents.document import Block, Box, Document, Word
from sokdok.documents.lines import in_one_line
from sokdok.documents.lines import split_lines as in_lines

COLUMN_GAP = 1.5  # heights of a gap in a line from which a mark stands for it


@dataclass(frozen=True)
class Token:
    """A word as it stands on its page."""

    text: str
    page: int  # number, from 1
    box: Box | None  # pixels of the page; None where nobody knows


@dataclass(frozen=True)
class Line:
    """A line of a page, or where no places are known a line of a block's text."""

    tokens: tuple[Token, ...]

    @property
    def text(self) -> str:
        """Its words; a bar where a wide gap parts them, as between the cells of a row."""
        parts = [self.tokens[0].text]
        for before, token in pairwise(self.tokens):
            parts += ["|" if _is_apart(before.box, token.box) else "", token.text]
        return " ".join(filter(None, parts))


def lines_of(document: Document) -> list[Line]:
    """The lines of a document in reading order; the first is number 1."""
    return [Line(tokens) for page in document.pages for block in page.blocks for tokens in _lines(block, page.number)]


def numbered(lines: list[Line]) -> str:
    """Lines with their numbers, and where each page begins."""
    shown, page = [], 0
    for number, line in enumerate(lines, 1):
        if line.tokens[0].page != page:
            page = line.tokens[0].page
            shown.append(f"=== page {page} ===")
        shown.append(f"{number}: {line.text}")
    return "\n".join(shown)


def _lines(block: Block, page: int) -> Iterator[tuple[Token, ...]]:
    if not block.words:
        for text in filter(str.strip, block.text.splitlines()):
            yield tuple(Token(word, page, block.box) for word in text.split())
        return
    for row in in_lines(_in_rows(block.words) if block.html else list(block.words)):
        yield tuple(Token(word.text, page, word.box) for word in row)


def _in_rows(words: Iterable[Word]) -> list[Word]:
    """A table's words row by row from left to right, whichever order its cells have."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.box[1] + word.box[3]):
        if rows and in_one_line(rows[-1][0], word):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [word for row in rows for word in sorted(row, key=lambda word: word.box[0])]


def _is_apart(before: Box | None, after: Box | None) -> bool:
    if before is None or after is None or before == after:
        return False
    return after[0] - before[2] > COLUMN_GAP * (after[3] - after[1])
