"""What a line says by its frames and by the language: for hands, whose letters are unclear one by one.

Whole texts are compared. How likely one is by the net's frames, summed over all ways to place its symbols (CTC), and
how likely its characters follow each other (`model.nano.ngrams`) are weighed against each other. Texts grow frame by
frame, and the best few go on: prefix beam search with shallow fusion (Hannun et al., 2014, arXiv:1408.2873).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sokdok.model.nano.alphabet import Alphabet
from sokdok.model.nano.ngrams import CharacterNgrams, sign_of
from sokdok.reading.nano.lines.decoding import line_text
from sokdok.reading.nano.lines.line_text import NOTHING, LineText

LANGUAGE = 0.4  # weight of the language's log-probability; the frames' is 1
SYMBOL = 1.8  # added for each symbol, since the language makes every text less likely the longer it is
WIDTH = 8  # texts that go on
POSSIBLE = math.log(0.01)  # log-probability of a symbol in a frame below which it is not tried
EMPTY = math.log(0.99)  # log-probability of no symbol above which a frame only parts those before and behind it
NEVER = -math.inf


class _Text(NamedTuple):
    """How likely a text is by the frames so far, in logarithms."""

    blank: float  # if the last frame is blank
    symbol: float  # if it is its last symbol
    language: float  # by the language, weighted, and for its length
    begins: tuple[int, ...]  # first frame of each symbol

    @property
    def frames(self) -> float:
        """Either of the two."""
        return _sum(self.blank, self.symbol)

    @property
    def score(self) -> float:
        """By frames and language."""
        return self.frames + self.language


class LanguageDecoder:
    """A decoder with a model of language beside the frames."""

    def __init__(self, alphabet: Alphabet, ngrams: CharacterNgrams) -> None:
        self.alphabet, self.ngrams = alphabet, ngrams
        classes = np.arange(alphabet.classes)
        codes = alphabet.decode(np.stack([classes, np.zeros_like(classes), np.zeros_like(classes)], 1))
        self.signs = [sign_of(chr(code)) for code in codes]
        self._classes = {sign: at for at, sign in enumerate(self.signs)}

    def __call__(self, logits: Sequence[np.ndarray]) -> LineText:
        """Decode logits (T, classes + 1), (T, vowels), (T, finals); places are in frames."""
        first = logits[0] - logits[0].max(1, keepdims=True)
        log_probability = first - np.log(np.exp(first).sum(1, keepdims=True))
        text, begins = self.search(log_probability)
        if not text:
            return NOTHING
        classes = np.array([self._classes[sign] for sign in text])
        # A symbol's vowel, final and probability are those of its most probable frame, as without a language.
        stops = (*begins[1:], len(log_probability))
        at = np.array(
            [a + int(log_probability[a:b, kind].argmax()) for a, b, kind in zip(begins, stops, classes, strict=True)]
        )
        probability = [
            self._probability(log_probability[frame], text[:place], kind)
            for place, (frame, kind) in enumerate(zip(at, classes, strict=True))
        ]
        return line_text(logits, self.alphabet, classes, at, at + 0.5, np.array(probability, np.float32))

    def _probability(self, row: np.ndarray, before: str, kind: int) -> float:
        """Probability of a symbol by its frame's log-probabilities (classes + 1,) and by the language."""
        likely = np.flatnonzero(row[:-1] > POSSIBLE)
        spoken = [self.ngrams.log_probability(f" {before}", self.signs[other]) for other in (*likely, kind)]
        odds = np.exp(row[[*likely, kind]] + LANGUAGE * np.array(spoken) + SYMBOL)
        return float(odds[-1] / (odds[:-1].sum() + np.exp(row[-1]))) if kind in likely else 0.0

    def search(self, log_probability: np.ndarray) -> tuple[str, tuple[int, ...]]:
        """Find the likeliest text by log-probabilities (T, classes + 1) of frames: its signs, and where each begins."""
        texts = {"": _Text(0.0, NEVER, 0.0, ())}
        empty = log_probability[:, -1] > EMPTY
        # Of the frames without a symbol that follow each other one is enough to part those beside them.
        for frame in np.flatnonzero(~empty | ~np.insert(empty[:-1], 0, True)):
            row = log_probability[frame]
            if empty[frame]:
                texts = {text: now._replace(blank=now.frames, symbol=NEVER) for text, now in texts.items()}
                continue
            possible = np.flatnonzero(row[:-1] > POSSIBLE)
            symbols = [(self.signs[kind], float(row[kind])) for kind in possible]
            texts = self._grown(texts, int(frame), float(row[-1]), symbols)
            if len(texts) > WIDTH:
                texts = dict(sorted(texts.items(), key=lambda item: item[1].score, reverse=True)[:WIDTH])
        best = max(texts, key=lambda text: texts[text].score)
        return best, texts[best].begins

    def _grown(
        self, texts: dict[str, _Text], frame: int, empty: float, symbols: Sequence[tuple[str, float]]
    ) -> dict[str, _Text]:
        """Texts after one more frame, by the log-probabilities of no symbol and of symbols in it."""
        grown: dict[str, _Text] = {}

        def add(text: str, way: _Text) -> None:
            known = grown.get(text)
            if known is not None:
                likelier = max(known, way, key=lambda one: one.frames)  # whose symbols' places are kept
                both = _sum(known.blank, way.blank), _sum(known.symbol, way.symbol)
                way = likelier._replace(blank=both[0], symbol=both[1])
            grown[text] = way

        for text, now in texts.items():
            either = now.frames
            add(text, now._replace(blank=either + empty, symbol=NEVER))
            for sign, probability in symbols:
                before = either
                if text.endswith(sign):
                    # The same symbol still stands; a second one needs a frame without any between.
                    add(text, now._replace(blank=NEVER, symbol=now.symbol + probability))
                    before = now.blank
                if before == NEVER:
                    continue
                language = now.language + LANGUAGE * self.ngrams.log_probability(f" {text}", sign) + SYMBOL
                add(text + sign, _Text(NEVER, before + probability, language, (*now.begins, frame)))
        return grown


def _sum(one: float, other: float) -> float:
    """Logarithm of the sum of two probabilities given by their logarithms."""
    low, high = (one, other) if one < other else (other, one)
    return high if low == NEVER else high + math.log1p(math.exp(low - high))
