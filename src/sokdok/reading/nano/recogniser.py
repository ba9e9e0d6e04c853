"""What lines say: pictures of lines in, text out, through vision tokens.

- Lines of similar length are read together.
- Within a budget of tokens all lines of a page are squeezed alike, down to a third of their natural width.
- A word of two scripts is read in one (`one_script`).
- Of two symbols at one place, a letter or digit and what looks like it in another alphabet, or two quotation marks, the
  likelier is kept, and of two different dashes side by side.
- Syllables at one place are one, too: of three that were read of one glyph, one is kept.
- Where the paper between two symbols is as wide as at the line's spaces, or letters stand much further apart than those
  of one word do, there is a space between them, though none was read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from unicodedata import category

import numpy as np

from sokdok.model.nano.alphabet import Alphabet
from sokdok.model.nano.formats.recogniser import CODE_PIXELS, CODES_PER_TOKEN, HEIGHT, PITCH
from sokdok.model.nano.line_image import MARGIN, Frame, cut, stretch
from sokdok.reading.nano.one_script import in_one_script
from sokdok.reading.nano.text_detector import DetectedLine

Recogniser = Callable[[np.ndarray], Sequence[np.ndarray]]
"""ink (B, 1, 32, W) float32 -> logits (B, W / 2, classes) of symbols, vowels and finals; the last symbol is blank"""
Decoder = Callable[[Sequence[np.ndarray], Alphabet, float, float], "LineText"]
"""logits of a line, their alphabet, pixels of the page for each frame, and before the line's left -> text (`decode`)"""
TOKEN_PX = CODES_PER_TOKEN * CODE_PIXELS
"""of lines' length behind one vision token (`model.nano.recogniser`)"""
NARROWEST = 1 / 3
"""share of its natural width that a line keeps at least: squeezed further, more is misread than would be cut off"""
AHEAD_EM = 0.25
"""paper left of a line that is cut out with it"""
BEHIND_EM = 0.35
"""paper right of a line that is cut out with it"""
APART_EM, APART_PITCHES = 1.7, 2.2
"""from middle to middle of two symbols, more than which a word has none: of its type's size, and of its line's middle
one, since letters may be spaced"""
TOGETHER_EM = 0.2
"""from middle to middle of two symbols, less than which they are one glyph"""
WIDE_TOGETHER_EM = 0.28
"""the same of two quotation marks or two syllables: each is wider"""
SPACE_SHARE = 0.9
"""of the usual paper at a line's spaces, from which on there is one where none was read"""
MIN_SPACES = 3
"""of a line that tell what is usual"""
BLANK_SHARE = 0.25
"""of a line's darkest ink, below which a column of it is paper"""
BATCH_PX = 16 * 512
"""width of all lines that are read at once"""
WIDEST_PX = 4096
"""of a line's picture"""

_QUOTES = frozenset("“”‘’\"'")
_DASHES = frozenset("-–—−")


class LineText(NamedTuple):
    """What a line says: N symbols."""

    text: str
    places: np.ndarray
    """(N,) middle of each symbol, pixels of the page from the line's left"""
    probability: np.ndarray
    """(N,)"""

    @property
    def confidence(self) -> float:
        """Mean probability; 0 without a symbol."""
        return float(self.probability.mean()) if len(self.probability) else 0.0


NOTHING = LineText("", np.zeros(0, np.float32), np.zeros(0, np.float32))


@dataclass(frozen=True)
class _LineImage:
    """A line as the recogniser takes it."""

    ink: np.ndarray
    """(32, W) uint8"""
    scale: float
    """its pixels for each pixel of the page, across"""


def tokens_of(lines: Sequence[DetectedLine], squeeze: float = 1.0) -> int:
    """Count the vision tokens that lines take at a share of their natural width."""
    return math.ceil(sum(_width(line, squeeze) for line in lines) / TOKEN_PX)


def squeeze_for(lines: Sequence[DetectedLine], tokens: int) -> float:
    """The largest share of their width, at most 1, at which lines fit into `tokens`; `NARROWEST` if none does."""
    low, high = NARROWEST, 1.0
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if tokens_of(lines, middle) <= tokens else (low, middle)
    return 1.0 if tokens_of(lines) <= tokens else low


def _width(line: DetectedLine, squeeze: float) -> int:
    """Pixels of a line's picture, a multiple of CODE_PIXELS."""
    height = line.em * (1 + 2 * MARGIN)
    length = line.width + (AHEAD_EM + BEHIND_EM) * line.em
    return min(WIDEST_PX, max(CODE_PIXELS, math.ceil(length * HEIGHT / height * squeeze / CODE_PIXELS) * CODE_PIXELS))


def recognise(
    recogniser: Recogniser,
    alphabet: Alphabet,
    gray: np.ndarray,
    lines: Sequence[DetectedLine],
    squeeze: float = 1.0,
    decoder: Decoder | None = None,
) -> list[LineText]:
    """Read each line of a grey page (H, W) uint8. `decoder`: of the net's logits, default `decode`."""
    images = [_line_image(gray, line, squeeze) for line in lines]
    order = sorted(range(len(images)), key=lambda i: images[i].ink.shape[1])
    texts: dict[int, LineText] = {}
    while order:
        # The widest that are left make up a batch, as wide as the first of them.
        width = images[order[-1]].ink.shape[1]
        count = max(1, BATCH_PX // width)
        batch, order = order[-count:], order[:-count]
        ink = np.zeros((len(batch), 1, HEIGHT, width), np.float32)
        for place, i in enumerate(batch):
            ink[place, 0, :, : images[i].ink.shape[1]] = images[i].ink / 255
        outputs = recogniser(ink)
        for place, i in enumerate(batch):
            logits = [head[place, : images[i].ink.shape[1] // PITCH] for head in outputs]
            read = (decoder or decode)(logits, alphabet, PITCH / images[i].scale, AHEAD_EM * lines[i].em)
            read = told_once(read, lines[i].em)
            at = (read.places + AHEAD_EM * lines[i].em) * images[i].scale
            texts[i] = parted(spaced(read, images[i].ink, at), lines[i].em)
    return [texts[i] for i in range(len(lines))]


def _line_image(gray: np.ndarray, line: DetectedLine, squeeze: float) -> _LineImage:
    height = line.em * (1 + 2 * MARGIN)
    width = _width(line, squeeze)
    left, stop = line.left[0] - AHEAD_EM * line.em, line.right[0] + BEHIND_EM * line.em
    y = line.left[1] - line.slope * AHEAD_EM * line.em
    scale = min(HEIGHT / height * squeeze, width / (stop - left))  # the latter for the very longest lines
    return _LineImage(stretch(cut(gray, Frame(left, y, line.slope, width / scale, height, stop), width)), scale)


def decode(logits: Sequence[np.ndarray], alphabet: Alphabet, pitch: float = 1.0, ahead: float = 0.0) -> LineText:
    """Decode logits (T, classes + 1), (T, vowels), (T, finals) greedily: repeats collapsed, blanks dropped (CTC).

    A symbol's vowel, final and probability are those of its most probable frame. `pitch`: pixels of the page for each
    frame; `ahead`: pixels before the line's left.
    """
    first = logits[0]
    best = in_one_script(first, alphabet)
    begins = np.flatnonzero(np.diff(best, prepend=-1))
    stops = np.append(begins[1:], len(best))
    told = best[begins] != alphabet.classes
    runs = list(zip(begins[told].tolist(), stops[told].tolist(), strict=True))
    if not runs:
        return NOTHING
    probability = _probabilities(first, best, alphabet.classes)
    at = np.array([a + int(probability[a:b].argmax()) for a, b in runs])
    middles = np.array([(a + b) / 2 for a, b in runs], np.float32) * pitch - ahead
    return line_text(logits, alphabet, best[at], at, middles, probability[at])


def line_text(
    logits: Sequence[np.ndarray],
    alphabet: Alphabet,
    classes: np.ndarray,
    frames: np.ndarray,
    middles: np.ndarray,
    probability: np.ndarray,
) -> LineText:
    """What symbols of classes (N,) say, without spaces at the ends; vowels and finals are those of frames (N,)."""
    triples = np.stack([classes, logits[1][frames].argmax(1), logits[2][frames].argmax(1)], 1)
    text = "".join(map(chr, alphabet.decode(triples)))
    kept = slice(len(text) - len(text.lstrip()), len(text.rstrip()))
    return LineText(text[kept], middles[kept], probability[kept])


def told_once(read: LineText, em: float) -> LineText:
    """Leave out the less likely of two symbols that are one glyph: `З3`, of different alphabets, is 3, `'”` is ”.

    So are two different dashes, however long the one is, and syllables: `복녹` is 녹.
    """
    named = np.array([char.isalnum() for char in read.text], bool)
    other = np.array([0x370 <= ord(char) < 0x530 for char in read.text], bool)  # Greek and Cyrillic
    quotes = np.array([char in _QUOTES for char in read.text], bool)
    syllables = np.array(["가" <= char <= "힣" for char in read.text], bool)
    dashes = np.array([ord(char) if char in _DASHES else 0 for char in read.text], int)
    gaps = np.diff(read.places)
    together = named[1:] & named[:-1] & (other[1:] != other[:-1]) & (gaps < TOGETHER_EM * em)
    together |= ((quotes[1:] & quotes[:-1]) | (syllables[1:] & syllables[:-1])) & (gaps < WIDE_TOGETHER_EM * em)
    together |= (dashes[1:] > 0) & (dashes[:-1] > 0) & (dashes[1:] != dashes[:-1])
    if not together.any():
        return read
    kept = np.ones(len(read.text), bool)
    for at in np.flatnonzero(together):
        kept[at if read.probability[at] < read.probability[at + 1] else at + 1] = False
    text = "".join(char for char, keep in zip(read.text, kept, strict=True) if keep)
    return LineText(text, read.places[kept], read.probability[kept])


def parted(read: LineText, em: float) -> LineText:
    """Put a space between letters or digits that stand too far apart for one word of type of `em` pixels."""
    solid = np.array([not char.isspace() for char in read.text], bool)
    named = np.array([char.isalnum() for char in read.text], bool)  # signs like 」 have room of their own
    gaps = np.diff(read.places)
    within = solid[1:] & solid[:-1]
    if not within.any():
        return read
    apart = max(APART_EM * em, APART_PITCHES * float(np.median(gaps[within])))
    wide = np.flatnonzero(named[1:] & named[:-1] & (gaps > apart))
    if not len(wide):
        return read
    return _with_spaces(read, wide)


def spaced(read: LineText, ink: np.ndarray, at: np.ndarray) -> LineText:
    """Put a space between symbols, a letter or digit among them, where the paper is as wide as at the line's spaces.

    ink: (32, W) uint8; at: (N,) middle of each symbol, pixels of the ink.
    """
    spaces = np.array([char.isspace() for char in read.text], bool)
    if spaces.sum() < MIN_SPACES:
        return read
    before = _paper_before(ink, at)
    usual = float(np.median(np.maximum(before[:-1], before[1:])[spaces]))
    named = np.array([char.isalnum() for char in read.text], bool)
    opening, closing = (
        np.array([category(char) in kinds for char in read.text], bool) for kinds in (("Ps", "Pi"), ("Pe", "Pf", "Po"))
    )
    within = ~spaces[1:] & ~spaces[:-1] & (named[1:] | named[:-1])  # not between the dots of leaders
    within &= ~opening[:-1] & ~closing[1:]  # old print has some paper there
    wide = np.flatnonzero(within & (before[1:-1] > SPACE_SHARE * usual))
    return _with_spaces(read, wide) if usual and len(wide) else read


def _paper_before(ink: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The widest paper before each of the symbols at (N,), and behind the last one (N + 1,), in pixels of the ink."""
    darkest = ink.max(0)
    paper = np.concatenate([[0], darkest < BLANK_SHARE * darkest.max(), [0]])
    begins, stops = np.flatnonzero(np.diff(paper) == 1), np.flatnonzero(np.diff(paper) == -1)
    widest = np.zeros(len(at) + 1)
    np.maximum.at(widest, np.searchsorted(at, (begins + stops) / 2), stops - begins)
    return widest


def _with_spaces(read: LineText, wide: np.ndarray) -> LineText:
    """A line with spaces behind some of its symbols, by their numbers."""
    at = wide + 1
    text = "".join(f" {char}" if index in at else char for index, char in enumerate(read.text))
    middles = (read.places[wide] + read.places[at]) / 2
    surer = np.minimum(read.probability[wide], read.probability[at])
    return LineText(text, np.insert(read.places, at, middles), np.insert(read.probability, at, surer))


def _probabilities(first: np.ndarray, best: np.ndarray, blank: int) -> np.ndarray:
    """Return the probability (T,) of the best class where it is no blank, else 0, from logits (T, classes)."""
    frames = np.flatnonzero(best != blank)
    told = first[frames]
    probability = np.zeros(len(best), np.float32)
    probability[frames] = 1 / np.exp(told - told.max(1, keepdims=True)).sum(1)
    return probability
