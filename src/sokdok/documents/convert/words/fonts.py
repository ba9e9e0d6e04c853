"""Fonts that say other characters than they show, as badly made files have: what is seen is right, what is said is not.

- Whether what a font says looks like a language costs nothing. In all that are written in Latin letters the same ones
  are common (.69 to .87 of letters; .59 at most where the alphabet is shifted), Greek and Russian words have vowels,
  syllables of Korean are those of KS X 1001. Program code may fail at that.
- Of a font that does, a few lines are read from the pixels, once in a file. It is not believed if they plainly say
  something else; what can't be read proves nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from rapidfuzz.distance import Levenshtein

from sokdok.documents.convert.words.evidence import MOST_UNMAPPED, Finding
from sokdok.documents.textblocks import frame_of
from sokdok.layout.text_line import LineReader, TextLine
from sokdok.pages.hangul import KS_X_1001, is_syllable
from sokdok.pages.page import Page, PageError
from sokdok.pages.textlayer import Piece, TextLayer
from sokdok.reading.reading import Reader

LEAST_WORDS = 12
"""of a font on a page, from which its language can be told"""
LEAST_SHARE = 0.25
"""of a page's characters in a font that is looked at: others are looked at where they say more"""
LEAST_COMMON, LEAST_VOCAL, LEAST_USUAL = 0.64, 0.85, 0.9
"""share of Latin letters that are common, of Greek and Russian words with a vowel, of syllables that Korean has"""
MOST_LINES = 3
"""of a font that are read"""
LEAST_LETTERS = 20
"""in these lines: fewer prove nothing"""
MOST_ALIKE, LEAST_SURE = 0.5, 0.6
"""likeness of what is said and what is read, and the reader's confidence, of a font that is not believed"""
AROUND_EM = 0.4
"""paper around a line that is cut out"""
_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*){3,}")
_LATIN, _COMMON = re.compile("[a-z]"), frozenset("eaionrstldhu")
_GREEK_OR_RUSSIAN, _VOWELS = re.compile("[α-ωа-я]"), frozenset("αεηιουωаеиоуыэюяі")
_USUAL = frozenset(KS_X_1001)


@dataclass
class Fonts:
    """What is known of the fonts of files."""

    reader: Reader | None
    _false: dict[tuple[str, str], bool] = field(default_factory=dict)
    """by file and name, whether a font says other characters than it shows"""

    def judged(
        self, finding: Finding, layer: TextLayer | None, source: str, page: Callable[[], Page | PageError]
    ) -> Finding:
        """A finding, or that the layer is not believed; `page` draws the page of the file `source`."""
        lines = self.reader.abilities.lines if self.reader else None
        if layer is None or lines is None or layer.turned or finding.kind == "pixels":
            return finding
        said: dict[str, list[str]] = {}
        for piece in layer.pieces:
            for word in piece.words:
                said.setdefault(word.font, []).append(word.text)
        sizes = {font: sum(map(len, words)) for font, words in said.items()}
        for font, words in said.items():
            known = (source, font) in self._false or sizes[font] < LEAST_SHARE * layer.characters
            if not known and not looks_like_language(words):
                self._false[source, font] = _is_false(font, layer, page(), lines)
        false = sum(size for font, size in sizes.items() if self._false.get((source, font)))
        if false <= MOST_UNMAPPED * layer.characters:
            return finding
        return Finding("pixels", "a font of its text layer says other letters than it shows")


def looks_like_language(words: Sequence[str]) -> bool:
    """Whether words may be of a language; few may be anything."""
    text = " ".join(words)
    syllables = [char for char in text if is_syllable(char)]
    if len(syllables) >= LEAST_WORDS:  # what stands among them in Latin letters are terms and abbreviations
        return sum(char in _USUAL for char in syllables) >= LEAST_USUAL * len(syllables)
    found = _WORD.findall(unicodedata.normalize("NFD", text.lower()))
    if len(found) < LEAST_WORDS:
        return True
    others = [word for word in found if _GREEK_OR_RUSSIAN.match(word)]
    if 2 * len(others) > len(found):
        return sum(not _VOWELS.isdisjoint(word) for word in others) >= LEAST_VOCAL * len(others)
    letters = _LATIN.findall("".join(found))
    return sum(letter in _COMMON for letter in letters) >= LEAST_COMMON * len(letters)


def _is_false(font: str, layer: TextLayer, page: Page | PageError, lines: LineReader) -> bool:
    """Whether lines of a font plainly say something else than is read in their place."""
    if isinstance(page, PageError):
        return False
    pieces = [piece for piece in layer.pieces if piece.words and all(word.font == font for word in piece.words)]
    pieces = sorted(pieces, key=lambda piece: -len(piece.text))[:MOST_LINES]
    read = [line for piece in pieces for line in _read(piece, layer, page, lines)]
    said, seen = (_plain(one.text for one in ones) for ones in (pieces, read))
    if min(len(said), len(seen)) < LEAST_LETTERS:
        return False
    sure = sum(line.confidence * len(line.text) for line in read) / sum(len(line.text) for line in read)
    return sure > LEAST_SURE and Levenshtein.normalized_similarity(said, seen) < MOST_ALIKE


def _plain(texts: Iterable[str]) -> str:
    return "".join(unicodedata.normalize("NFKC", "".join(texts)).split())


def _read(piece: Piece, layer: TextLayer, page: Page, lines: LineReader) -> list[TextLine]:
    left, top, right, bottom = frame_of(layer, page.size).box(piece.box.grown(AROUND_EM * piece.em))
    return lines.read_lines(np.asarray(page.image.convert("RGB"))[top:bottom, left:right])
