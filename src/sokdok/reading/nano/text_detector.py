"""Where the lines of a page are: connected cores in the output of nano's text detector, cut where they cross a gutter.

- Any picture is brought to a size at which its text is neither tiny nor huge, and detected in one pass; a page that
  would be too large for that is seen smaller. Type that is small even so is worth a closer look (`zoom`).
- A line is where its core is; its em, slope and middle are what most of its cells say.
- A letter by itself is as large as its ink, and what stands above and below it in its column is found by that.
- Where columns stand close, the net takes two lines for one. A line is cut where it has a blank of half an em and the
  lines above and below are blank at the same place, end there or begin there. A wide space between two words of one
  line has no such company.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from sokdok.imaging.arrays import gaps, sigmoid
from sokdok.imaging.box import Box
from sokdok.imaging.grouping import components, consecutive, pixels_of
from sokdok.imaging.pose import Lines
from sokdok.model.nano.formats.lines import CORE, EM, EM_SIZE, KIND, KINDS, OFFSET

Detector = Callable[[np.ndarray], np.ndarray]
"""pictures (1, 1, H, W) float32 in 0 to 1, sides multiples of 32 -> outputs (1, channels, H / 4, W / 4)"""
STRIDE_PX = 4  # of the picture for each cell of the output
MULTIPLE_PX = 32  # of which the detector's sides are multiples
LONGEST_PX = 1600  # long side at most: larger pages are seen smaller
SHORTEST_PX = 640  # long side at least: smaller pictures are seen larger, at most twice
MIN_PROBABILITY = 0.5  # of a cell that belongs to a core
MAX_GAP_EM = 0.5  # between pieces of one line

Point = tuple[float, float]  # x, y


@dataclass(frozen=True)
class DetectedLine:
    """A line on a page, in pixels of the page, origin top left."""

    left: Point  # middle of its left end
    right: Point  # middle of its right end
    em: float
    kind: str  # of `model.nano.formats.lines.KINDS`
    confidence: float

    @property
    def slope(self) -> float:
        """Pixels down for each to the right."""
        return (self.right[1] - self.left[1]) / max(self.right[0] - self.left[0], 1.0)

    @property
    def width(self) -> float:
        return self.right[0] - self.left[0]

    @property
    def box(self) -> Box:
        """Around its em boxes."""
        (x0, y0), (x1, y1) = self.left, self.right
        return Box(x0, min(y0, y1) - self.em / 2, x1, max(y0, y1) + self.em / 2)

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies on it, half an em away at most."""
        left, level = self.left
        return left < x < self.right[0] and 2 * abs(y - level - self.slope * (x - left)) < self.em

    def scaled(self, factor: float) -> DetectedLine:
        """The same line on a page `factor` times as large."""
        left, right = ((x * factor, y * factor) for x, y in (self.left, self.right))
        return replace(self, left=left, right=right, em=self.em * factor)


def lines_of(found: Sequence[DetectedLine]) -> Lines:
    """Where lines lie, as arrays."""
    ends = np.array([(line.left, line.right) for line in found], float).reshape(-1, 2, 2)
    return Lines(ends[:, 0], ends[:, 1], np.array([line.em for line in found], float))


def detect_lines(detector: Detector, gray: np.ndarray, zoom: float = 1.0) -> list[DetectedLine]:
    """Detect the lines of a grey page (H, W) uint8, from top to bottom; `zoom` times as large as it is mostly seen.

    Of light type on a dark ground the net takes the size for less than it is: that is looked for on the negative.
    """
    found = _detected(detector, gray, zoom)
    if light := [line for line in found if np.less(*contrasts_of(gray, line))]:
        dark = [line for line in found if line not in light]
        negative = _detected(detector, 255 - gray, zoom)
        negative = [line for line in negative if np.less(*contrasts_of(gray, line))]
        found = _without_fragments([*dark, *negative, *light])
    return sorted(completed(gray, found), key=lambda line: (line.left[1], line.left[0]))


def _detected(detector: Detector, gray: np.ndarray, zoom: float) -> list[DetectedLine]:
    pixels, scale = _fit(gray, zoom)
    return [line.scaled(1 / scale) for line in decode_output(detector(pixels)[0])]


def contrasts_of(gray: np.ndarray, line: DetectedLine) -> tuple[float, float]:
    """By how much the ink of a line on a grey page (H, W) uint8 is darker than its paper, and lighter, in levels."""
    left, top, right, bottom = line.box
    part = gray[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1]
    darkest, paper, lightest = np.percentile(part, (2, 50, 98)) if part.size else (0.0, 0.0, 0.0)
    return float(paper - darkest), float(lightest - paper)


def scale_of(gray: np.ndarray) -> float:
    """Pixels that the detector sees for each pixel of a grey page (H, W), each way."""
    longest = max(gray.shape)
    return min(LONGEST_PX / longest, 1.0) if longest > SHORTEST_PX else min(2.0, SHORTEST_PX / longest)


def _fit(gray: np.ndarray, zoom: float) -> tuple[np.ndarray, float]:
    """A page as the detector takes it, (1, 1, H, W), and its scale."""
    image, scale = Image.fromarray(gray), scale_of(gray) * zoom
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    seen = np.asarray(image if size == image.size else image.resize(size, Image.Resampling.BILINEAR))
    padded = np.full([-(-side // MULTIPLE_PX) * MULTIPLE_PX for side in seen.shape], int(np.median(seen)), np.uint8)
    padded[: seen.shape[0], : seen.shape[1]] = seen
    return (padded[None, None] / np.float32(255)), scale


def decode_output(output: np.ndarray) -> list[DetectedLine]:
    """Lines, in pixels of the seen picture, from an output (channels, rows, columns)."""
    probability = sigmoid(output[CORE])
    pieces = [_piece(output, probability, *cells) for cells in pixels_of(probability > MIN_PROBABILITY)]
    return merge([piece for piece in pieces if piece is not None])


def _piece(output: np.ndarray, probability: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> DetectedLine | None:
    """The line of a connected core; None for a speck."""
    em = EM * 2.0 ** float(np.median(output[EM_SIZE, rows, columns]))
    x = (columns + 0.5) * STRIDE_PX
    y = (rows + 0.5) * STRIDE_PX + output[OFFSET, rows, columns] * em
    left, right = float(x.min() - STRIDE_PX / 2), float(x.max() + STRIDE_PX / 2)
    if right - left < 0.2 * em or em < 3:
        return None
    slope = float(np.polyfit(x, y, 1)[0]) if right - left > 4 * em else 0.0
    middle = float(np.median(y - slope * x))
    kind = KINDS[int(output[KIND : KIND + len(KINDS), rows, columns].mean(1).argmax())]
    confidence = float(probability[rows, columns].mean())
    return DetectedLine((left, middle + slope * left), (right, middle + slope * right), em, kind, confidence)


def merge(pieces: list[DetectedLine]) -> list[DetectedLine]:
    """Merge what lies on one line with hardly a gap between, as the longer piece says, and drop what lies on that."""
    done: list[DetectedLine] = []
    for piece in sorted(pieces, key=lambda p: p.left[0]):
        for i, before in enumerate(done):
            if _continues(before, piece):
                longer = before if before.width > piece.width else piece
                right = max(before, piece, key=lambda p: p.right[0]).right
                done[i] = replace(longer, left=before.left, right=right)
                break
        else:
            done.append(piece)
    return _without_fragments(sorted(done, key=lambda line: -line.width))


def _without_fragments(lines: Sequence[DetectedLine]) -> list[DetectedLine]:
    """Without what lies on a line before it."""
    return [line for at, line in enumerate(lines) if not any(it.holds(*line.box.middle) for it in lines[:at])]


def _continues(before: DetectedLine, piece: DetectedLine) -> bool:
    em, gap = min(before.em, piece.em), piece.left[0] - before.right[0]
    expected = before.right[1] + before.slope * gap
    near = gap < MAX_GAP_EM * em and piece.left[0] > before.left[0] - em
    return near and abs(piece.left[1] - expected) < 0.3 * em and max(before.em, piece.em) < 1.6 * em


LETTER_EM = 1.5  # width up to which a line may be a single letter: of its own size or, where that is less, the page's
PARTS_SHARE = 0.22  # of its width, that parts of a letter are apart at most
SQUARE = 1.35  # height of a letter, at most, of its width
INK_EM = 0.9  # height of a syllable's ink
LIKE = 1.5  # times as large or small a letter may be as the one above or below it
PITCH = 2.0  # from letter to letter below each other, at most, of their height


def completed(gray: np.ndarray, lines: Sequence[DetectedLine]) -> list[DetectedLine]:
    """Lines of a grey page (H, W) uint8, those of single letters as large as these, with what stands in one column.

    Of letters below each other, each a few cells, the net hardly knows the size or what makes up one, and misses some.
    """
    usual = float(np.median([line.em for line in lines])) if lines else 0.0
    letters = [line for line in lines if line.width < LETTER_EM * max(line.em, usual)]
    found = [line for line in lines if line not in letters]
    for line in letters:  # which grows
        own, *near = _column(gray, line, found)
        found.append(own)
        letters += [one for one in near if not any(it.holds(*one.box.middle) for it in (*lines, *found, *letters))]
    return _without_fragments(sorted(found, key=lambda line: -line.box.area))


def _column(gray: np.ndarray, line: DetectedLine, others: Sequence[DetectedLine]) -> list[DetectedLine]:
    """A line of a letter as it is or, where ink reaches beyond it, as large as that; and letters above and below it."""
    size = max(line.em, line.width)
    left, top, right, bottom = (max(0, round(side)) for side in line.box.grown(0.3 * size, PITCH * size))
    boxes = [Box(*box) for box in components(ink_of(gray[top:bottom, left:right])).boxes.tolist()]
    # What reaches out of the neighbourhood is a ruling line or another letter's, what lies on other lines theirs.
    inner = [box for box in boxes if min(box[:2]) > 0 and box.right < right - left and box.bottom < bottom - top]
    parts = [part for box in inner if line.left[0] <= (part := box.moved(left, top)).middle[0] <= line.right[0]]
    parts = [part for part in parts if not any(other.holds(*part.middle) for other in others)]
    stack = [Box.around(group) for group in consecutive(parts, lambda part: part.top, _is_part)]
    own = next((box for box in stack if box.holds(*line.box.middle)), None)
    if own is None or own.width > LIKE * line.width:
        return [line]
    near = [
        _letter(line, box)
        for box in stack
        if own.height < abs(box.middle[1] - own.middle[1]) < PITCH * own.height
        and all(b / LIKE < a < b * LIKE for a, b in ((box.width, own.width), (box.height, own.height)))
    ]
    inside = line.box.top <= own.top and own.bottom <= line.box.bottom
    return [line if inside else _letter(line, own), *near]


def _is_part(letter: list[Box], part: Box) -> bool:
    """Whether a part below others is of the same letter."""
    above, both = Box.around(letter), Box.around([*letter, part])
    near = part.top - above.bottom <= PARTS_SHARE * both.width
    return near and both.height <= max(SQUARE * both.width, above.height)


def _letter(line: DetectedLine, ink: Box) -> DetectedLine:
    """A line like another one around the ink of a letter."""
    left, right, middle = min(line.left[0], ink.left), max(line.right[0], ink.right), ink.middle[1]
    return replace(line, left=(left, middle), right=(right, middle), em=max(line.em, ink.height / INK_EM))


def ink_of(piece: np.ndarray, darkest: float = 100) -> np.ndarray:
    """Where a piece of a page (H, W) uint8 has ink, (H, W) bool; the percentile `darkest` of its pixels has most."""
    if not piece.size:
        return np.zeros(piece.shape, bool)
    contrast = np.abs(piece.astype(np.int16) - int(np.median(piece)))
    return np.asarray(contrast > INK_SHARE * max(float(np.percentile(contrast, darkest)), MIN_RANGE_LEVELS))


BLANK_EM = 0.5  # paper within a line that may be a gutter
NEAR_EM = 9.0  # above and below a line: where others agree or not
MIN_AGREEING = 3  # lines that are blank in the same place
MAX_AGAINST_SHARE = 0.25  # lines that have ink there, for each that agrees
INK_SHARE = 0.4  # of the range between paper and the darkest pixel of a line
NO_SPECK = 97  # percentile of a line's pixels that its type is as dark as: specks of worn pages are darker
MIN_RANGE_LEVELS = 30  # of 255 that this range is taken for, at least

Span = tuple[float, float]  # left and right


def split_lines(gray: np.ndarray, lines: Sequence[DetectedLine]) -> list[DetectedLine]:
    """Cut the lines of a grey page (H, W) uint8 at the gutters that they run across."""
    blanks = [_blanks(gray, line) for line in lines]
    middles, found = [line.box.middle[1] for line in lines], list[DetectedLine]()
    for i, line in enumerate(lines):
        near = [j for j in range(len(lines)) if j != i and abs(middles[j] - middles[i]) < NEAR_EM * line.em]
        cuts = [blank for blank in blanks[i] if _is_gutter(blank, line.em, [(lines[j], blanks[j]) for j in near])]
        edges = [line.left[0], *(x for cut in cuts for x in cut), line.right[0]]
        ends = [(x, line.left[1] + line.slope * (x - line.left[0])) for x in edges]
        found += [replace(line, left=a, right=b) for a, b in zip(ends[::2], ends[1::2], strict=True)]
    return found


def _blanks(gray: np.ndarray, line: DetectedLine) -> list[Span]:
    """Where a line has no ink for `BLANK_EM`, its ends excepted."""
    left, top, right, bottom = (max(0, round(side)) for side in line.box)
    blank = gaps(np.asarray(ink_of(gray[top:bottom, left:right], NO_SPECK).any(0)), BLANK_EM * line.em - 1)
    return [(left + float(a), left + float(b)) for a, b in blank]


def _is_gutter(blank: Span, em: float, near: Sequence[tuple[DetectedLine, list[Span]]]) -> bool:
    x = (blank[0] + blank[1]) / 2
    agree = against = 0
    for line, blanks in near:
        begin, end = line.left[0], line.right[0]
        spans = [*blanks, (end, end + em), (begin - em, begin)]
        if any(a - 0.2 * em < x < b + 0.2 * em for a, b in spans):
            agree += 1
        elif begin < x < end:
            against += 1
    return agree >= MIN_AGREEING and against <= MAX_AGAINST_SHARE * agree
