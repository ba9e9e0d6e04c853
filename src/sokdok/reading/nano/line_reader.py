"""nano's two nets of lines, and the one for hands: where lines are, and what they say.

- One net detects lines (`text_detector`), one encodes and reads them, through as many vision tokens as their width and
  squeeze make: within a budget all lines of a page are squeezed alike, to a third of their natural width. A decoder
  makes text of the net's frames, and the places of its symbols mend it (`line_text`).
- Marks of items that stand apart from their text are read with it, since by itself a ring or a dash could be anything:
  one that was detected as a line of its own, and is read with low confidence, again with the line right of it.
- Lines that the recogniser reads with low confidence are read again by another of its form that learnt from hands
  alone, with a model of language beside it; of each line the one counts that is likely to have more right, since
  letters have printed heads and forms are filled in.
- Lines much paler than the writing on a page show through the paper from its back, and say nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from PIL.ImageFilter import GaussianBlur

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import components
from sokdok.imaging.pose import Pose, turned
from sokdok.layout.tables.ruling_lines import ERASED_PX
from sokdok.layout.text_line import STRIP_EM, TextLine
from sokdok.model.nano.alphabet import UNREAD_MARK, Alphabet
from sokdok.model.nano.formats.lines import CODE_PIXELS, CODES_PER_TOKEN, HEIGHT, MARGIN, PITCH, Frame, cut, stretch
from sokdok.model.nano.ngrams import CharacterNgrams
from sokdok.model.nano.session import Graph, graph_file, open_graph
from sokdok.reading.nano.line_text import (
    CONFIDENT,
    IN_HAND,
    IN_PRINT,
    NOTHING,
    Decoder,
    LanguageDecoder,
    LineText,
    classes_of,
    decode,
    page_prior,
    say_anything,
    text_line,
    weighed,
    with_spaces,
    without_doubles,
)
from sokdok.reading.nano.text_detector import (
    INK_SHARE,
    MIN_RANGE_LEVELS,
    DetectedLine,
    contrasts_of,
    detect_lines,
    split_lines,
)
from sokdok.reading.reading import Calibration

Recogniser = Callable[[np.ndarray], Sequence[np.ndarray]]
"""ink (B, 1, 32, W) float32 -> logits (B, W / 2, classes) of symbols, vowels and finals; the last symbol is blank"""
TOKEN_PX = CODES_PER_TOKEN * CODE_PIXELS  # of lines' length behind one vision token
NARROWEST = 1 / 3  # share of a line's width at least: squeezed further, more is misread than would be cut off
AHEAD_EM = 0.25  # paper left of a line that is cut out with it
BEHIND_EM = 0.35  # paper right of a line that is cut out with it
BATCH_PX = 16 * 512  # width of all lines that are read at once
WIDEST_PX = 4096  # of a line's picture


class View(NamedTuple):
    """How a line is seen."""

    down: float = 0.0  # how far below where it was detected, in ems
    tall: float = 1.0  # how many times as much of its height
    ahead_px: float = 0.0  # of its picture by which it begins further left: half of `PITCH` is between two frames
    blur_px: float = 0.0  # of its picture, standard deviation: of dots of a printer and blocks of JPEG
    weight: float = 1.0  # exponent of its ink: less than 1 is bolder


VIEWS = (View(), View(weight=0.6), View(ahead_px=1, blur_px=0.7), View(tall=1.1, blur_px=0.7), View(0.05, blur_px=0.7))
"""of a line with a symbol of low confidence: scans differ in place, sharpness and weight as much"""
HEIGHTS = (View(), View(tall=1.1), View(tall=0.92), View(-0.05), View(0.05))  # of a chart's, whose type is sharp


@dataclass(frozen=True)
class _LineImage:
    """A line as the recogniser takes it."""

    ink: np.ndarray  # (32, W) uint8
    scale: float  # its pixels for each pixel of the page, across
    em: float  # of the line, in pixels of the page


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
    decoder: Decoder,
    gray: np.ndarray,
    lines: Sequence[DetectedLine],
    squeeze: float = 1.0,
    views: Sequence[View] = VIEWS[:1],
) -> list[LineText]:
    """Read each line of a grey page (H, W) uint8 at a share of its natural width, by the mean logits of its views."""
    return _read(recogniser, decoder, [[_line_image(gray, line, squeeze, view) for view in views] for line in lines])


def _read(recogniser: Recogniser, decoder: Decoder, lines: Sequence[Sequence[_LineImage]]) -> list[LineText]:
    widths = [views[0].ink.shape[1] for views in lines]
    order = sorted(range(len(lines)), key=widths.__getitem__)
    texts: dict[int, LineText] = {}
    while order:
        # The widest that are left make up a batch, as wide as the first of them.
        width, views = widths[order[-1]], len(lines[order[-1]])
        count = max(1, BATCH_PX // (width * views))
        batch, order = order[-count:], order[:-count]
        ink = np.zeros((len(batch), views, HEIGHT, width), np.float32)
        for place, i in enumerate(batch):
            ink[place, :, :, : widths[i]] = np.stack([view.ink for view in lines[i]]) / np.float32(255)
        outputs = recogniser(ink.reshape(-1, 1, HEIGHT, width))
        heads = [head.reshape(len(batch), views, *head.shape[1:]).mean(1) for head in outputs]
        for place, i in enumerate(batch):
            read, image = decoder([head[place, : widths[i] // PITCH] for head in heads]), lines[i][0]
            read = read._replace(places=read.places * (PITCH / image.scale) - AHEAD_EM * image.em)  # pixels of the page
            texts[i] = with_spaces(without_doubles(read, image.em), image.em)
    return [texts[i] for i in range(len(lines))]


def _line_image(gray: np.ndarray, line: DetectedLine, squeeze: float, view: View = VIEWS[0]) -> _LineImage:
    height, width = line.em * (1 + 2 * MARGIN), _width(line, squeeze)
    left, stop = line.left[0] - AHEAD_EM * line.em, line.right[0] + BEHIND_EM * line.em
    y = line.left[1] + (view.down - line.slope * AHEAD_EM) * line.em
    scale = min(HEIGHT / height * squeeze, width / (stop - left))  # the latter for the very longest lines
    frame = Frame(left - view.ahead_px / scale, y, line.slope, width / scale, view.tall * height, stop)
    ink = Image.fromarray(stretch(cut(gray, frame, width)))
    ink = ink.filter(GaussianBlur(view.blur_px)) if view.blur_px else ink
    ink = ink.point(lambda level: 255 * (level / 255) ** view.weight) if view.weight != 1 else ink
    return _LineImage(np.asarray(ink), scale, line.em)


Read = Callable[[Sequence[DetectedLine]], list[LineText]]  # lines of a page -> what they say
REACH_EM = 2.5  # from a mark to its text, at most
MARK_EM = 0.9  # width of a mark, at most
WHITE_EM = 0.3  # from a mark to the first symbol of its text, at least
MIN_CONFIDENCE = 0.6  # of what a mark by itself says, if it is believed


def read_with_marks(
    found: Sequence[DetectedLine], texts: Sequence[LineText], read: Read
) -> tuple[list[DetectedLine], list[LineText]]:
    """Lines and what print says of them, those that are marks read with the lines that they stand before."""
    boxes = np.array([line.box for line in found], float).reshape(-1, 4)
    places = {number: at for number in range(len(found)) if (at := _text_of(number, found, texts, boxes)) is not None}
    longer = [
        replace(line, left=(left, line.left[1] - line.slope * (line.left[0] - left)))
        for line, left in ((found[at], found[number].left[0]) for number, at in places.items())
    ]
    lines, said = list(found), list(texts)
    gone = set()
    for (number, at), line, text in zip(places.items(), longer, read(longer), strict=True):
        if (text.places < found[number].right[0] - line.left[0] + WHITE_EM * line.em).any():
            lines[at], said[at] = line, text
            gone.add(number)
    kept = [number for number in range(len(found)) if number not in gone]
    return [lines[number] for number in kept], [said[number] for number in kept]


def _text_of(number: int, found: Sequence[DetectedLine], texts: Sequence[LineText], boxes: np.ndarray) -> int | None:
    """Which line the one of this number is a mark of, if it is one, read with low confidence; `boxes` of all (N, 4)."""
    mark = found[number]
    if texts[number].confidence >= MIN_CONFIDENCE or mark.width > MARK_EM * mark.em:
        return None
    left, top, right, bottom = boxes.T
    on_line = (top < mark.left[1]) & (mark.left[1] < bottom) & (np.arange(len(found)) != number)
    after = np.where(on_line & (left >= mark.right[0]), left - mark.right[0], np.inf)
    before = np.where(on_line & (right <= mark.left[0]), mark.left[0] - right, np.inf)
    nearest = int(after.argmin())
    if after[nearest] > REACH_EM * found[nearest].em or found[nearest].width <= found[nearest].em:
        return None
    return nearest if after[nearest] < before.min() else None  # else it ends what is before it


PALE = 0.3  # share of the contrast of a page's dark lines, below which one is pale: pencil beside ink has some .4
DARK_SHARE = 0.7  # of the length of all lines, as much is no darker than the dark ones


def pale_lines(gray: np.ndarray, lines: Sequence[DetectedLine]) -> np.ndarray:
    """Which lines (N,) of a grey page (H, W) uint8 are much paler than most."""
    if not lines:
        return np.zeros(0, bool)
    contrasts = np.array([max(contrasts_of(gray, line)) for line in lines])
    order = contrasts.argsort()
    lengths = np.array([line.width for line in lines])[order].cumsum()
    dark = contrasts[order][np.searchsorted(lengths, DARK_SHARE * lengths[-1])]
    return np.asarray(contrasts < PALE * dark)


SPECK_PX = 4  # area of a part of a letter, at least
REMAINS_SHARE = 0.15  # of a box within its sides, where something may be left of these
LEAST_EM, CAPITAL_EM = 0.4, 0.8  # size of type, of its boxes' height, at least; height of most letters
SPACE_EM = 0.15  # between letters that are set together
MOST_OTHER = 0.25  # of the boxes with ink that have no letter that is read, or several: else they are a table's


def read_boxes(
    gray: np.ndarray, row: Sequence[Box], read: Callable[[np.ndarray, DetectedLine], LineText]
) -> tuple[DetectedLine, LineText] | None:
    """What a row of boxes on a grey page (H, W) uint8 says, as one line; None where they have not a letter each.

    Their letters are set together and read as a line: a symbol is of one box. One without ink is a space, one whose ink
    is not read the mark of that.
    """
    # 1. The letter of each box: the ink around its middle, with what belongs to it.
    inner = [box.grown(-ERASED_PX - 1) for box in row]
    parts = [gray[int(box.top) : int(box.bottom) + 1, int(box.left) : int(box.right) + 1] for box in inner]
    paper, ink = np.percentile(np.concatenate([part.ravel() for part in parts]), (50, 1))
    least = INK_SHARE * max(paper - ink, MIN_RANGE_LEVELS)
    letters = dict[int, Box]()
    for at, part in enumerate(parts):
        found, (height, width) = components(paper - part > least), part.shape
        middle = Box(0, 0, width, height).grown(-REMAINS_SHARE * width, -REMAINS_SHARE * height)
        inked = map(Box._make, found.boxes[found.areas >= SPECK_PX].tolist())
        if own := [box for box in inked if middle.holds(*box.middle)]:
            letters[at] = Box.around(own)
    em = float(np.percentile([0, *(box.height for box in letters.values())], 80)) / CAPITAL_EM
    if len(letters) < 2 or em < LEAST_EM * row[0].height:
        return None
    # 2. Set together they are a line, which is read.
    pad = round(em)
    middles = list[float]()
    strip = [np.full((max(map(len, parts)) + 2 * pad, pad), paper, np.uint8)]
    length = 0
    for at, box in letters.items():
        letter = np.full((len(strip[0]), round(box.width + SPACE_EM * em)), paper, np.uint8)
        letter[pad : pad + len(parts[at]), : int(box.width)] = parts[at][:, int(box.left) : int(box.right)]
        strip.append(letter)
        middles.append(length + box.width / 2)
        length += letter.shape[1]
    level = pad + float(np.median([box.middle[1] for box in letters.values()]))
    said = read(np.hstack([*strip, strip[0]]), DetectedLine((pad, level), (pad + length, level), em, "text", 1.0))
    # 3. Each symbol is of the letter that it stands on, or of the one in its place where there are as many.
    owners = [*range(len(letters))]
    symbols = [it for it in said.probability.argsort().tolist() if said.text[it] != UNREAD_MARK]
    if len(said.text) != len(letters):
        owners = np.abs(said.places[:, None] - np.array(middles)).argmin(1).tolist()
    surest = {owners[it]: it for it in symbols}  # of each letter
    if said.confidence < CONFIDENT or len(letters) + len(symbols) - 2 * len(surest) > MOST_OTHER * len(letters):
        return None
    # 4. Back in their boxes.
    text = [" "] * len(row)
    probability = np.full(len(row), said.confidence)
    for number, at in enumerate(letters):
        best = surest.get(number)
        text[at], probability[at] = (UNREAD_MARK, 0) if best is None else (said.text[best], said.probability[best])
    kept, half = slice(min(letters), max(letters) + 1), float(np.median([box.width for box in row])) / 2
    x, y = np.transpose([box.middle for box in row[kept]]).tolist()
    # As large as the boxes are: so one that is empty is a space, and no gap between two texts.
    line = DetectedLine((x[0] - half, y[0]), (x[-1] + half, y[-1]), max(em, 2 * half), "text", 1.0)
    return line, LineText("".join(text[kept]), np.array(x) - x[0] + half, probability[kept])


SHORTEST_HAND_EM = 1.5  # of a line that may be in a hand: the model of language makes a word of any speck


class LineReader:
    """Detects and reads lines with the nets of a nano checkpoint folder; the arguments are those of `open_graph`."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        self.folder, self.threads = folder, threads
        self.alphabet = Alphabet.load(folder / "recogniser.json")
        self._decode: Decoder = partial(decode, alphabet=self.alphabet)
        self._with_language = cache(lambda weights: LanguageDecoder(self.alphabet, self._ngrams, weights))
        self.graphs: dict[str, Graph] = {}  # that were opened, by name
        self.calibration = Calibration.load(folder / "confidence.json")

    def detect(self, gray: np.ndarray, zoom: float = 1.0) -> list[DetectedLine]:
        """Detect the lines of a grey page (H, W) uint8, seen `zoom` times as large as usual."""
        found = detect_lines(lambda pixels: self._graph("lines").run(None, {"pixels": pixels})[0], gray, zoom)
        return split_lines(gray, found)

    def read_lines(self, pixels: np.ndarray) -> list[TextLine]:
        """Read the lines of a picture (H, W, 3) uint8 RGB, from top to bottom; those not legible have no text."""
        gray = np.asarray(Image.fromarray(pixels).convert("L"))
        found = self.detect(gray)
        texts = self.with_hands(gray, found, self.as_print(gray, found))
        return self.text_lines(found, texts, turned((gray.shape[1], gray.shape[0])))

    def read_strips(self, strips: Sequence[np.ndarray]) -> list[tuple[str, float]]:
        """Read single lines, each cut out (H, W) uint8 grey: text and mean probability; see `layout`'s `LineReader`."""
        images = []
        for strip in strips:
            middle, width = len(strip) / 2, float(strip.shape[1])
            line = DetectedLine((0.0, middle), (width, middle), len(strip) / STRIP_EM, "text", 1.0)
            images.append([_line_image(strip, line, 1.0)])
        return [(text.text, text.confidence) for text in _read(self._recognise, self._decode, images)]

    def read_at(self, gray: np.ndarray, lines: Sequence[DetectedLine], characters: str = "") -> list[LineText]:
        """Read lines of a grey picture (H, W) uint8 whose places are known.

        characters: the only ones that may be there, "" for all; a syllable lets in all that begin alike.
        """
        if not characters:
            return self.as_print(gray, lines, views=HEIGHTS)
        barred = np.full(self.alphabet.classes + 1, -np.inf, np.float32)
        barred[classes_of(characters, self.alphabet)] = 0
        barred[self.alphabet.classes] = 0  # no symbol
        return recognise(self._recognise, weighed(self._decode, barred), gray, lines)

    def read_word(self, gray: np.ndarray, line: DetectedLine) -> LineText:
        """Read a line of a grey picture (H, W) uint8 that has no spaces."""
        barred = np.zeros(self.alphabet.classes + 1)
        barred[classes_of(" ", self.alphabet)] = -np.inf
        decoder = weighed(self._decode, barred)
        return recognise(self._recognise, decoder, gray, [line], views=VIEWS)[0]

    def with_hands(
        self, gray: np.ndarray, found: Sequence[DetectedLine], printed: Sequence[LineText], squeeze: float = 1.0
    ) -> list[LineText]:
        """Read lines `printed` with low confidence as handwriting too; of each the text with more right counts.

        What shows through the paper says nothing.
        """
        pale = pale_lines(gray, found)
        printed = [NOTHING if pale[at] and text.confidence < CONFIDENT else text for at, text in enumerate(printed)]
        unsure = [at for at, text in enumerate(printed) if text.confidence < CONFIDENT and not pale[at]]
        unsure = [at for at in unsure if found[at].width >= SHORTEST_HAND_EM * found[at].em]
        if unsure:
            decoder = weighed(self._with_language(IN_HAND), page_prior(printed, self.alphabet))
            hand = partial(self._recognise, net="handwriting")
            written = recognise(hand, decoder, gray, [found[at] for at in unsure], squeeze)
            for at, text in zip(unsure, written, strict=True):
                # How many symbols are likely right: few with a high confidence are less of it than many with a lower.
                printed[at] = max(printed[at], text, key=lambda said: float(said.probability.sum()))
        return printed

    def as_print(
        self, gray: np.ndarray, found: Sequence[DetectedLine], squeeze: float = 1.0, views: Sequence[View] = ()
    ) -> list[LineText]:
        """Read lines as print, with whatever confidence; those with symbols that are too rare there again.

        So are those with unsure ones where `views` are given, by the mean of these and, a little, by their language.
        """
        texts = recognise(self._recognise, self._decode, gray, found, squeeze)
        prior = page_prior(texts, self.alphabet)
        stays = np.where(prior < 0, 1 / (1 + np.exp(prior)), 0)  # what is at least as probable
        stays = np.maximum(stays, CONFIDENT * bool(views))
        weak = [at for at, t in enumerate(texts) if (t.probability < stays[classes_of(t.text, self.alphabet)]).any()]
        decoder = weighed(self._with_language(IN_PRINT) if views else self._decode, prior)
        again = recognise(self._recognise, decoder, gray, [found[at] for at in weak], squeeze, views or VIEWS[:1])
        for at, text in zip(weak, again, strict=True):
            texts[at] = text
        return texts

    def text_lines(self, found: Sequence[DetectedLine], texts: Sequence[LineText], pose: Pose) -> list[TextLine]:
        """The lines of which anything was read, on the straight page of this pose.

        Those that say nothing, since they are noise or not legible, have no text.
        """
        return [
            text_line(line, text if counts else text._replace(text=""), pose, self.calibration.word)
            for line, text, counts in zip(found, texts, say_anything(found, texts), strict=True)
            if text.text
        ]

    def _recognise(self, ink: np.ndarray, net: str = "recogniser") -> list[np.ndarray]:
        return list(self._graph(net).run(None, {"pixels": ink}))

    @cached_property
    def _ngrams(self) -> CharacterNgrams:
        return CharacterNgrams.load(self.folder / "ngrams.npy")

    def _graph(self, name: str) -> Graph:
        """A net of the folder, opened once."""
        if name not in self.graphs:
            self.graphs[name] = open_graph(graph_file(self.folder, name), self.threads)
        return self.graphs[name]
