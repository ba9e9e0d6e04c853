"""Pages that a reader wrote in a loop: the same line, sentence or character again and again, as FinePDFs tells them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from sokdok.bulk.merge.text import DocumentText
from sokdok.bulk.quality import recipe
from sokdok.bulk.quality.gopher import share
from sokdok.bulk.quality.tags import Attributes, of_all
from sokdok.bulk.quality.text.words import sentences_of

_BETWEEN_ROWS = re.compile(r"(?<=</tr>)|</?table\b[^<>]*>", re.IGNORECASE)
_ROW = ("<tr", "|")


class Looped:
    """Pages in which something stands so often in a row that nobody wrote it."""

    name = "loops"

    def __init__(self, limits: recipe.Loops) -> None:
        self._limits = limits

    def tag(self, document: DocumentText) -> Attributes:
        """`loops__page` holds the pages, `loops__page_share` their share."""
        spans = document.page_spans()
        found = [(start, end, 1.0) for start, end in spans if self.is_loop(document.text[start:end])]
        measures = {"page_share": share(len(found), len(spans))}
        return {**of_all(self.name, document.text, measures), **({"loops__page": tuple(found)} if found else {})}

    def is_loop(self, text: str) -> bool:
        """Whether a page's text is one."""
        limits = self._limits
        lines = [line.strip() for line in _BETWEEN_ROWS.sub("\n", text).split("\n") if line.strip()]
        rows = [line for line in lines if line.lower().startswith(_ROW)]
        others = [line for line in lines if not line.lower().startswith(_ROW)]
        sentences = [sentence for line in others for sentence in sentences_of(line)]
        return (
            _longest_run(rows) >= limits.table_rows
            or _longest_run(others, limits.line_characters) >= limits.lines
            or _longest_run(sentences, limits.sentence_characters) >= limits.sentences
            or _longest_run(char for char in text if not char.isspace()) >= limits.characters
        )


def _longest_run(items: Iterable[str], least: int = 0) -> int:
    """How often the item of at least so many characters stands right behind itself that does so most."""
    return max((sum(1 for _ in run) for item, run in groupby(items) if len(item) >= least), default=0)
