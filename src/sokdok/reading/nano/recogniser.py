"""What lines say: pictures of lines in, text out, through vision tokens.

- Lines of similar length are read together.
- Within a budget of tokens all lines of a page are squeezed alike, down to a third of their natural width.
- A decoder makes text of the net's frames (`lines.decoding`, `lines.beam_search`); the line's picture and the places of
  its symbols mend it (`lines.line_text`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sokdok.model.nano.formats.lines import CODE_PIXELS, CODES_PER_TOKEN, HEIGHT, MARGIN, PITCH, Frame, cut, stretch
from sokdok.reading.nano.decoding import Decoder
from sokdok.reading.nano.line_text import LineText, spaced_by_paper, spaced_by_pitch, without_doubles
from sokdok.reading.nano.text_detector import DetectedLine

Recogniser = Callable[[np.ndarray], Sequence[np.ndarray]]
"""ink (B, 1, 32, W) float32 -> logits (B, W / 2, classes) of symbols, vowels and finals; the last symbol is blank"""
TOKEN_PX = CODES_PER_TOKEN * CODE_PIXELS  # of lines' length behind one vision token (`model.nano.nets`)
NARROWEST = 1 / 3
"""share of its natural width that a line keeps at least: squeezed further, more is misread than would be cut off"""
AHEAD_EM = 0.25  # paper left of a line that is cut out with it
BEHIND_EM = 0.35  # paper right of a line that is cut out with it
BATCH_PX = 16 * 512  # width of all lines that are read at once
WIDEST_PX = 4096  # of a line's picture


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
) -> list[LineText]:
    """Read each line of a grey page (H, W) uint8 at a share of its natural width."""
    return _read(recogniser, decoder, [_line_image(gray, line, squeeze) for line in lines])


def recognise_strips(
    recogniser: Recogniser, decoder: Decoder, strips: Sequence[np.ndarray], height: float
) -> list[LineText]:
    """Read lines that were cut out, (H, W) uint8 grey each, `height` ems high, their type in the middle."""
    images = []
    for strip in strips:
        middle, width = len(strip) / 2, float(strip.shape[1])
        line = DetectedLine((0.0, middle), (width, middle), len(strip) / height, "text", 1.0)
        images.append(_line_image(strip, line, 1.0))
    return _read(recogniser, decoder, images)


def _read(recogniser: Recogniser, decoder: Decoder, images: Sequence[_LineImage]) -> list[LineText]:
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
            texts[i] = _mended(decoder(logits), images[i])
    return [texts[i] for i in range(len(images))]


def _mended(decoded: LineText, image: _LineImage) -> LineText:
    """What a line says by its frames, with places in pixels of the page, and mended by them and by its picture."""
    em, ahead = image.em, AHEAD_EM * image.em
    read = decoded._replace(places=decoded.places * (PITCH / image.scale) - ahead)
    read = without_doubles(read, em)
    return spaced_by_pitch(spaced_by_paper(read, image.ink, (read.places + ahead) * image.scale), em)


def _line_image(gray: np.ndarray, line: DetectedLine, squeeze: float) -> _LineImage:
    height = line.em * (1 + 2 * MARGIN)
    width = _width(line, squeeze)
    left, stop = line.left[0] - AHEAD_EM * line.em, line.right[0] + BEHIND_EM * line.em
    y = line.left[1] - line.slope * AHEAD_EM * line.em
    scale = min(HEIGHT / height * squeeze, width / (stop - left))  # the latter for the very longest lines
    return _LineImage(
        stretch(cut(gray, Frame(left, y, line.slope, width / scale, height, stop), width)), scale, line.em
    )
