"""What a line says: from the recogniser's frames to symbols, and from these to text and words with their places.

*Frames*, by themselves or with the language:

- `decode` takes the likeliest symbol of each frame, with lines and words in one script: letters of Latin, Greek and
  Cyrillic look alike, and specks beside print like Hangul. Of the scripts that may be a line's the one counts in which
  its letters together are likeliest, Latin unless another one is plainly so; a word of it is in that script, unless
  another one is plainly the word's. Letters of other scripts are read in it, but for those of which the recogniser is
  certain, as of the μ of μm: the more letters of the right script stand with it, the more certain it has to be. A Greek
  or Cyrillic letter by itself stays, and Latin letters stand in Korean lines rightly.
- A script, or signs, of which a page has none for certain hardly begin in its worn lines: `page_prior` weighs them.
- `LanguageDecoder` is for lines with unclear letters, in a hand above all: whole texts are compared. How likely one is
  by the net's frames, summed over all ways to place its symbols (CTC), and how likely its characters follow each other
  (`model.nano.ngrams`) are weighed against each other. Texts grow frame by frame, and the best few go on: prefix beam
  search with shallow fusion (Hannun et al., 2014, arXiv:1408.2873). In print the language counts for little: it decides
  between letters that the net holds to be about as likely, and in the scripts alone that are there without it.

*Symbols*, mended by their places:

- Of two at one place, letters or digits, quotation marks, syllables or signs, the likelier is kept, and of two
  different dashes side by side.
- Noise is read as text of low confidence, and specks and leaders of worn pages as signs. Rings, crosses and ticks in
  the cells of a form are signs of low confidence too: they count where several stand on one row or in one column.
- A symbol is known by its middle. A word ends half a symbol's width beyond its outer symbols' middles, but no further
  than some way to the middle of the space beside it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from sokdok.imaging.arrays import softmax
from sokdok.imaging.box import Box
from sokdok.imaging.pose import Pose
from sokdok.layout.text_line import TextLine
from sokdok.model.nano.alphabet import UNREAD_MARK, Alphabet
from sokdok.model.nano.ngrams import ORDER, CharacterNgrams, sign_of
from sokdok.pages.hangul import is_syllable
from sokdok.pages.textlayer import Word
from sokdok.reading.nano.text_detector import DetectedLine

LATIN, HANGUL = 1, 4  # of `Alphabet.scripts`
CERTAIN = np.log(30.0)
"""how much likelier than any letter of the right script a letter is that stays, than Latin a line's other script, than
its line's script a word's"""
SIGNS = 0.008  # share of numbers and symbols beyond ASCII in what the recogniser has learnt from
CONFIDENT = 0.8  # confidence of a line that is print; with less it may be in a hand, or noise


# --- frames ---


class LineText(NamedTuple):
    """What a line says: N symbols."""

    text: str
    places: np.ndarray  # (N,) middle of each symbol from the line's left: pixels of the page, or a decoder's frames
    probability: np.ndarray  # (N,)

    @property
    def confidence(self) -> float:
        """Mean probability; 0 without a symbol."""
        return float(self.probability.mean()) if len(self.probability) else 0.0


NOTHING = LineText("", np.zeros(0, np.float32), np.zeros(0, np.float32))


def in_one_script(logits: np.ndarray, alphabet: Alphabet) -> np.ndarray:
    """The most probable class (T,) of each frame, by logits (T, classes + 1), letters in the script of the line."""
    best, scripts = logits.argmax(1), alphabet.scripts
    present = set(scripts[best].tolist()) - {0, -1}
    if present <= {LATIN} or present == {HANGUL}:
        return best
    symbols = _runs(best, alphabet.classes)
    is_letter = np.array([scripts[best[a]] > 0 for a, _ in symbols])
    words = (~is_letter).cumsum()[is_letter]
    letters = [symbols[at] for at in np.flatnonzero(is_letter)]
    peaks = np.array([a + int(logits[a:b, best[a]].argmax()) for a, b in letters])
    said = best[peaks]
    likeliest = {
        own: np.where(np.isin(scripts[:-1], (-1, 0, own, LATIN if own == HANGUL else own)), logits[peaks, :-1], -np.inf)
        for own in present | {LATIN}
    }
    odds = {own: logits[peaks, said] - values.max(1) for own, values in likeliest.items()}
    line = min(odds, key=lambda script: float(odds[script].sum()) - CERTAIN * (script == LATIN))
    for number in np.unique(words):
        word = np.flatnonzero(words == number)
        if len(word) == 1 and (line != LATIN or scripts[said[word[0]]] != HANGUL):
            continue
        own = min(odds, key=lambda script: float(odds[script][word].sum()) - CERTAIN * (script == line))
        needed = CERTAIN * max(1, int((odds[own][word] == 0).sum()))
        for at in word[(odds[own][word] > 0) & (odds[own][word] < needed)]:
            best[slice(*letters[at])] = likeliest[own][at].argmax()
    return best


def _runs(best: np.ndarray, blank: int) -> list[tuple[int, int]]:
    """First frame of each symbol and the one behind its last, by classes (T,) of frames."""
    begins = np.flatnonzero(np.diff(best, prepend=-1))
    stops = np.append(begins[1:], len(best))
    return [(a, b) for a, b in zip(begins.tolist(), stops.tolist(), strict=True) if best[a] != blank]


def page_prior(texts: Iterable[LineText], alphabet: Alphabet) -> np.ndarray:
    """Log-odds (classes + 1,) of each class's script against the commonest one, by certain letters of certain lines.

    By Laplace's rule of succession: a script without any is as likely as one letter more. Latin letters stand beside
    any script's, and what is no letter has none: 0, but for numbers and symbols beyond ASCII that a page has few of.
    """
    counts = np.ones(HANGUL + 2)  # the last of such signs
    for text in (text for text in texts if text.confidence >= CONFIDENT):
        certain = np.array(list(text.text))[text.probability > 1 / (1 + np.exp(-CERTAIN))]
        np.add.at(counts, alphabet.scripts[classes_of(certain, alphabet)], 1)
    odds = np.log(counts / counts[LATIN : HANGUL + 1].max())
    odds[: LATIN + 1] = 0
    odds[-1] = min(0.0, math.log(counts[-1] / counts.sum() / SIGNS))
    return odds[alphabet.scripts]


def classes_of(text: Iterable[str], alphabet: Alphabet) -> np.ndarray:
    """The class (N,) of each symbol of a text."""
    return alphabet.encode(np.array([ord(char) for char in text], np.int64))[:, 0]


Decoder = Callable[[Sequence[np.ndarray]], LineText]
"""logits (T, classes + 1) of symbols, (T, vowels), (T, finals) of a line -> text, with its symbols' places in frames"""


def weighed(decoder: Decoder, weights: np.ndarray) -> Decoder:
    """A decoder to whose logits of symbols weights (classes + 1,) are added."""
    return lambda logits: decoder([logits[0] + weights.astype(np.float32), *logits[1:]])


def decode(logits: Sequence[np.ndarray], alphabet: Alphabet) -> LineText:
    """Decode logits (T, classes + 1), (T, vowels), (T, finals) greedily: repeats collapsed, blanks dropped (CTC).

    A symbol's vowel, final and probability are those of its most probable frame; places are in frames.
    """
    probabilities = np.exp(logits[0] - logits[0].max(1, keepdims=True))
    probabilities /= probabilities.sum(1, keepdims=True)
    best = in_one_script(logits[0], alphabet)
    _between_frames(best, probabilities)
    runs = _runs(best, alphabet.classes)
    if not runs:
        return NOTHING
    probability = probabilities[np.arange(len(best)), best]
    at = np.array([a + int(probability[a:b].argmax()) for a, b in runs])
    middles = np.array([(a + b) / 2 for a, b in runs], np.float32)
    return line_text(logits, alphabet, best[at], at, middles, probability[at])


EVEN = 0.5  # probability that a symbol is in neither of two frames, below which it is in one


def _between_frames(best: np.ndarray, probabilities: np.ndarray) -> None:
    """Put symbols into the classes (T,) of frames where one of two empty frames likely has one, though neither surely.

    The likeliest class of each frame by itself is not the likeliest text: narrow signs and spaces would be lost.
    """
    empty, none = best == probabilities.shape[1] - 1, probabilities[:, -1]
    # Only where both together leave that much probability for any symbol: most frames are empty for certain.
    for at in np.flatnonzero(empty[1:] & empty[:-1] & (none[1:] + none[:-1] < 2 - EVEN)):
        missed = (1 - probabilities[at : at + 2, :-1]).prod(0)
        kind = int(missed.argmin())
        if missed[kind] < EVEN and kind not in best[max(0, at - 1) : at + 3]:
            best[at + int(probabilities[at : at + 2, kind].argmax())] = kind


def line_text(
    logits: Sequence[np.ndarray],
    alphabet: Alphabet,
    classes: np.ndarray,
    frames: np.ndarray,
    middles: np.ndarray,
    probability: np.ndarray,
) -> LineText:
    """What symbols of classes (N,) say, without spaces at the ends; vowels and finals of frames (N,) count as much."""
    parts = [softmax(head[frames])[:, :-1] for head in logits[1:]]  # the last says that there is none
    text = "".join(map(chr, alphabet.decode(np.stack([classes, *(part.argmax(1) for part in parts)], 1))))
    syllables = np.array([is_syllable(char) for char in text], bool)
    probability = np.where(syllables, probability * parts[0].max(1) * parts[1].max(1), probability)
    kept = slice(len(text) - len(text.lstrip()), len(text.rstrip()))
    return LineText(text[kept], middles[kept], probability[kept])


IN_HAND, IN_PRINT = (0.4, 1.8), (0.1, 0.4)
"""weight of the language's log-probability beside frames, and what is added for each symbol, since the language makes
every text less likely the longer it is; in print by drawn lines, half of which are numbers and codes"""
_PLAIN = str.maketrans("‘’“”–—−", "''\"\"---")
WIDTH = 8  # texts that go on
BEHIND = 5.0  # by which the score of one that goes on may be less than the best one's
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
        return _log_sum(self.blank, self.symbol)

    @property
    def score(self) -> float:
        """By frames and language."""
        return self.frames + self.language


class LanguageDecoder:
    """A decoder with a model of language beside the frames."""

    def __init__(self, alphabet: Alphabet, ngrams: CharacterNgrams, weights: tuple[float, float]) -> None:
        self.alphabet, self.ngrams, (self.language, self.symbol) = alphabet, ngrams, weights
        classes = np.arange(alphabet.classes)
        codes = alphabet.decode(np.stack([classes, np.zeros_like(classes), np.zeros_like(classes)], 1))
        self.signs = [sign_of(chr(code)) for code in codes]
        self._classes = {sign: at for at, sign in enumerate(self.signs)}

    def __call__(self, logits: Sequence[np.ndarray]) -> LineText:
        """Decode logits (T, classes + 1), (T, vowels), (T, finals); places are in frames."""
        scripts = self.alphabet.scripts
        seen = {0, -1, LATIN, *scripts[in_one_script(logits[0], self.alphabet)].tolist()}
        first = logits[0] - logits[0].max(1, keepdims=True)
        log_probability = first - np.log(np.exp(first).sum(1, keepdims=True))
        log_probability[:, ~np.isin(scripts, [*seen])] = NEVER
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
        weights = [self._weight(before, self.signs[other]) for other in (*likely, kind)]
        odds = np.exp(row[[*likely, kind]] + np.array(weights))
        return float(odds[-1] / (odds[:-1].sum() + np.exp(row[-1]))) if kind in likely else 0.0

    def _weight(self, before: str, sign: str) -> float:
        """What the language adds to a sign's log-probability; which mark or bullet it is, it leaves to the frames."""
        sign = sign.translate(_PLAIN)
        if sign > "~" and not sign.isalpha():
            return 0.0
        spoken = self.ngrams.log_probability(f" {before[1 - ORDER :]}".translate(_PLAIN), sign)
        return self.language * spoken + self.symbol

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
            texts = self._extended(texts, int(frame), float(row[-1]), symbols)
            ranked = sorted(texts.items(), key=lambda item: item[1].score)[-WIDTH:]
            least = ranked[-1][1].score - BEHIND
            # Of those that go on alike only the best one does: the last one of a key.
            texts = dict({text[1 - ORDER :]: (text, now) for text, now in ranked if now.score > least}.values())
        best = max(texts, key=lambda text: texts[text].score)
        return best, texts[best].begins

    def _extended(
        self, texts: dict[str, _Text], frame: int, empty: float, symbols: Sequence[tuple[str, float]]
    ) -> dict[str, _Text]:
        """Texts after one more frame, by the log-probabilities of no symbol and of symbols in it."""
        grown: dict[str, _Text] = {}

        def add(text: str, way: _Text) -> None:
            known = grown.get(text)
            if known is not None:
                likelier = max(known, way, key=lambda one: one.frames)  # whose symbols' places are kept
                both = _log_sum(known.blank, way.blank), _log_sum(known.symbol, way.symbol)
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
                language = now.language + self._weight(text, sign)
                add(text + sign, _Text(NEVER, before + probability, language, (*now.begins, frame)))
        return grown


def _log_sum(one: float, other: float) -> float:
    """Logarithm of the sum of two probabilities given by their logarithms."""
    low, high = (one, other) if one < other else (other, one)
    return high if low == NEVER else high + math.log1p(math.exp(low - high))


AT_ONCE_EM, TOGETHER_EM = 0.1, 0.2
"""from middle to middle of two letters or digits, less than which they are one glyph; the latter of two alphabets"""
WIDE_TOGETHER_EM = 0.28  # the same of two quotation marks, or of two that are wide
FIRST_WIDE = "※"  # from which on symbols are as wide as they are high: signs and syllables

_QUOTES = frozenset("“”‘’\"'")
_DASHES = frozenset("-–—−")


def without_doubles(read: LineText, em: float) -> LineText:
    """Leave out the less likely of two symbols that are one glyph: `З3`, of different alphabets, is 3, `'”` is ”.

    So are `0O`, syllables and signs (`복녹` is 녹, `※★` ★), and two different dashes, however long the one is. A sign
    counts before a syllable: the nets have seen far more of these, and take it for one that looks like it.
    """
    rank = [(char >= FIRST_WIDE and not char.isalpha(), p) for char, p in zip(read.text, read.probability, strict=True)]
    kept: list[int] = []
    for at, char in enumerate(read.text):
        while kept and read.places[at] - read.places[kept[-1]] < em * _together_em(read.text[kept[-1]], char):
            if rank[at] <= rank[kept[-1]]:
                break
            kept.pop()
        else:
            kept.append(at)
    if len(kept) == len(read.text):
        return read
    return LineText("".join(read.text[at] for at in kept), read.places[kept], read.probability[kept])


def _together_em(one: str, other: str) -> float:
    """From middle to middle of two symbols, less than which they are one glyph."""
    if one in _DASHES and other in _DASHES:
        return math.inf if one != other else 0.0
    if (one in _QUOTES and other in _QUOTES) or min(one, other) >= FIRST_WIDE:
        return WIDE_TOGETHER_EM
    foreign = [0x370 <= ord(char) < 0x530 for char in (one, other)]  # Greek and Cyrillic
    named = one.isalnum() and other.isalnum()
    return (TOGETHER_EM if foreign[0] != foreign[1] else AT_ONCE_EM) if named else 0.0


BLANK_EM = 0.5  # paper between two symbols that parts words, beyond what others beside them have between


def with_spaces(read: LineText, em: float) -> LineText:
    """A text with spaces where a syllable and another symbol stand so far apart that they are of two words.

    Syllables set apart evenly, as a label's, stay as they were read, and letters: one may be lost between these.
    """
    halves = np.array([WIDE_EM if ord(char) >= 0x1100 else NARROW_EM for char in read.text])
    blank = np.diff(read.places) / em - halves[1:] - halves[:-1]
    wide = blank[1:-1] - np.maximum(blank[2:], blank[:-2]).clip(0) > BLANK_EM
    wide &= np.maximum(halves[1:-2], halves[2:-1]) == WIDE_EM
    at = [i + 2 for i in np.flatnonzero(wide) if " " not in read.text[i : i + 4]]
    text = "".join(" " * (i in at) + char for i, char in enumerate(read.text))
    places = np.insert(read.places, at, [(read.places[i - 1] + read.places[i]) / 2 for i in at])
    return LineText(text, places, np.insert(read.probability, at, read.probability[at]))


MIN_CONFIDENCE = 0.35  # of a line that counts as text
MIN_SIGNS_CONFIDENCE = 0.6  # of one without a letter or digit
MARKS = frozenset("○●◯〇◎△▲×✕✓√☑□■")  # that fill a form's cells
NEAR_EM = 0.4  # by which the middles of marks of one row or column differ, at most


def is_text(text: LineText) -> bool:
    """Whether what was read of a line is text by itself."""
    least = MIN_CONFIDENCE if any(map(str.isalnum, text.text)) else MIN_SIGNS_CONFIDENCE
    return bool(text.text) and text.confidence > least


def say_anything(found: Sequence[DetectedLine], texts: Sequence[LineText]) -> list[bool]:
    """Whether each line is text, or a mark on a row or in a column of marks."""
    marks = [at for at, text in enumerate(texts) if text.text in MARKS and text.confidence > MIN_CONFIDENCE]
    middles = np.array([found[at].box.middle for at in marks]).reshape(-1, 2)
    ems = np.array([found[at].em for at in marks])
    apart = np.abs(middles[:, None] - middles[None]).min(2) / np.maximum(ems, 1)[:, None]
    repeated = {at for at, others in zip(marks, (apart < NEAR_EM).sum(1), strict=True) if others > 1}
    return [is_text(text) or at in repeated for at, text in enumerate(texts)]


WORD_SPACE_SHARE = 0.6  # of the way to the middle of a space that may be a word's
WIDE_EM, NARROW_EM = 0.5, 0.28  # half the width of a syllable or ideograph, and of another symbol


Confidence = Callable[[np.ndarray, np.ndarray], float]
"""probabilities of the symbols of a word (N,) and of its line (M,) -> probability that all of the word is right"""


def text_line(line: DetectedLine, read: LineText, pose: Pose, confidence: Confidence) -> TextLine:
    """A line that was detected in a picture, and read, with its words, on the straight page that lies in it so."""
    spans = [word.span() for word in re.finditer(r"\S+", read.text)]
    ends = [(0.0, line.width), *(_ends(line, read, start, stop) for start, stop in spans)]
    boxes, em = _level(line, np.array(ends), pose)
    words = [
        Word(
            read.text[start:stop],
            box,
            em,
            box.middle[1] + em / 2,
            source="recogniser",
            confidence=(UNREAD_MARK not in read.text[start:stop])  # none with a letter that nano can't read
            * confidence(read.probability[start:stop], read.probability),
        )
        for (start, stop), box in zip(spans, boxes[1:], strict=True)
    ]
    return TextLine(boxes[0], read.text, read.confidence, em, line.kind, words=tuple(words))


def _level(line: DetectedLine, ends: np.ndarray, pose: Pose) -> tuple[list[Box], float]:
    """Parts of a line, (N, 2) pixels along it from its left, as boxes of the straight page; and its em there."""
    points = np.array(line.left) + np.column_stack([ends.ravel(), line.slope * ends.ravel()])
    em = line.em
    if not pose.is_straight:
        length = float(np.hypot(*(points[1] - points[0])))
        points = pose.points_from_picture(points)
        em *= float(np.hypot(*(points[1] - points[0]))) / max(length, 1.0)
    pairs = points.reshape(-1, 2, 2).tolist()
    return [Box(a, min(b, d) - em / 2, max(c, a + 1.0), max(b, d) + em / 2) for (a, b), (c, d) in pairs], em


def _ends(line: DetectedLine, read: LineText, start: int, stop: int) -> tuple[float, float]:
    """Where a word begins and ends, from the line's left."""
    left = _edge(read, start, -1, line.em) if start else 0.0
    right = _edge(read, stop - 1, 1, line.em) if stop < len(read.text) else line.width
    return min(left, right - 1), max(right, left + 1)


def _edge(read: LineText, index: int, way: int, em: float) -> float:
    """Where a word ends that ends with a symbol, from the line's left; `way` is -1 for its left end."""
    place = float(read.places[index])
    half = (WIDE_EM if ord(read.text[index]) >= 0x1100 else NARROW_EM) * em
    space = float(read.places[index + way])
    return place + way * min(half, WORD_SPACE_SHARE * abs(space - place))
