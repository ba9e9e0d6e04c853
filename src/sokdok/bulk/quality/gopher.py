"""Gopher's measures of quality (Rae et al. 2021, arXiv 2112.11446, A.1.1), counted as datatrove counts them.

Words and signs both count where datatrove's tokenizers make words of both; `words` and `mean_word_length` leave signs
out. `letter_words` is over what stands between spaces, as in the paper: with signs as words, papers with citations and
reports with figures are beyond its limit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from sokdok.bulk.merge.text import DocumentText
from sokdok.bulk.quality.tags import Attributes, of_all
from sokdok.bulk.quality.text.view import View, Views
from sokdok.bulk.quality.text.words import is_word, words_of

STOP_WORDS = frozenset(("the", "be", "to", "of", "and", "that", "have", "with"))
BULLETS = ("•", "-")
ELLIPSES = ("...", "…")
ENDINGS = frozenset("은는이가을를의에로와과도만서다고며면지한할된인여해")
"""last syllables of Korean words: particles, and endings of verbs and adjectives (`korean_endings`)"""
_HANGUL = re.compile(r"[가-힣]{2,}")


class Gopher:
    """Lengths, signs and stop words of a document's prose."""

    name = "gopher"

    def __init__(self, views: Views) -> None:
        self._views = views

    def tag(self, document: DocumentText) -> Attributes:
        """`gopher__words` counts tables' words, too; without prose there are no shares of it."""
        view = self._views.of(document)
        count = sum(map(is_word, words_of(view.written)))
        return of_all(self.name, document.text, {"words": count, **measures(view)})


def measures(view: View) -> dict[str, float | None]:
    """Means and shares over the prose; None where there is nothing to divide by."""
    words, lines, text, spaced = view.words, view.lines, view.prose, view.prose.split()
    lengths = [len(word) for word in words if is_word(word)]
    return {
        "mean_word_length": share(sum(lengths), len(lengths)),
        "hashes": share(text.count("#"), len(words)),
        "ellipses": share(sum(map(text.count, ELLIPSES)), len(words)),
        "bullet_lines": share(sum(line.startswith(BULLETS) for line in lines), len(lines)),
        "ellipsis_lines": share(sum(line.endswith(ELLIPSES) for line in lines), len(lines)),
        "letter_words": share(sum(any(map(str.isalpha, word)) for word in spaced), len(spaced)),
        "stop_words": len(STOP_WORDS.intersection(words)) if words else None,
        "korean_endings": korean_endings(words),
    }


def korean_endings(words: Sequence[str]) -> float | None:
    """Share of Korean words that end as words of sentences do; None if there are no Korean words.

    Stands for a count of stop words, which in Korean are no words of their own: particles and endings stick to the word
    before them, and to cut them off takes a dictionary. A list of names or parts has hardly any.
    """
    korean = Counter(word for word in words if _HANGUL.fullmatch(word))
    ending = sum(count for word, count in korean.items() if word[-1] in ENDINGS)
    return share(ending, korean.total())


def share(part: float, whole: float) -> float | None:
    """A share; None of nothing."""
    return part / whole if whole else None
