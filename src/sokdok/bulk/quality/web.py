"""The rules of C4 (Raffel et al. 2020, 2.2) and FineWeb (Penedo et al. 2024, 3.6), counted as datatrove counts them.

They were made for web pages, whose lines are paragraphs. C4 takes lines out of a text; here they are only tagged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sokdok.bulk.merge.text import DocumentText
from sokdok.bulk.quality.gopher import share
from sokdok.bulk.quality.repetition import again
from sokdok.bulk.quality.tags import Attributes, of_all
from sokdok.bulk.quality.text.view import View, Views
from sokdok.bulk.quality.text.words import TERMINAL, lines_of, sentences_of

LEAST_WORDS = 3
LONGEST_WORD = 1000
SHORT_LINE = 30
C4_ENDS = (".", "?", "!", '"', "'")
POLICY = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")
_CITATION = re.compile(r"\[\d*]|\[edit]|\[citation needed]")


class C4:
    """Lines that C4 would leave out, and what it would drop a page for."""

    name = "c4"

    def __init__(self, views: Views) -> None:
        self._views = views

    def tag(self, document: DocumentText) -> Attributes:
        """`c4__line` holds the lines that it would leave out."""
        view = self._views.of(document)
        if not view.lines:
            return {}
        left_out = []
        counts = {"lorem_ipsum": 0, "curly_brackets": 0, "sentences": 0}
        for start, end in lines_of(view.prose):
            words = view.prose[start:end].split()
            line = _CITATION.sub("", view.prose[start:end])
            if not (_ends_well(line) and len(words) >= LEAST_WORDS and max(map(len, words)) <= LONGEST_WORD):
                left_out.append((start, end, 1.0))
                continue
            counts["lorem_ipsum"] += "lorem ipsum" in line.lower()
            counts["curly_brackets"] += "{" in line
            if _is_notice(line):
                left_out.append((start, end, 1.0))
            else:
                counts["sentences"] += len(sentences_of(line))
        return {**of_all(self.name, document.text, counts), "c4__line": tuple(left_out)}


class FineWeb:
    """How a document's lines end, how long they are, and how often they come again."""

    name = "fineweb"

    def __init__(self, views: Views) -> None:
        self._views = views

    def tag(self, document: DocumentText) -> Attributes:
        """All shares; none of a document without prose."""
        return of_all(self.name, document.text, dict(_fineweb(self._views.of(document))))


def _fineweb(view: View) -> Iterator[tuple[str, float | None]]:
    lines = view.lines
    yield "line_punctuation", share(sum(line.endswith(TERMINAL) for line in lines), len(lines))
    yield "short_lines", share(sum(len(line) <= SHORT_LINE for line in lines), len(lines))
    yield "duplicate_characters", share(again(lines)[1], sum(map(len, lines)))
    yield "newlines", share(max(len(lines) - 1, 0), len(view.words))


def _ends_well(line: str) -> bool:
    """Whether a line ends as a sentence does."""
    return line.endswith(C4_ENDS) and not line.endswith("...")


def _is_notice(line: str) -> bool:
    """Whether a line is about scripts, cookies or terms of use."""
    line = line.lower()
    return "javascript" in line or any(phrase in line for phrase in POLICY)
