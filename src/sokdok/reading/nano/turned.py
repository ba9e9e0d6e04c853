"""Text that runs at an angle: whole pages that lie turned, and stamps, notes, slanted lines.

- Which way up a page lies: where its lines read badly, a sample of them is read in other directions, and the best one
  wins. Lines that run up or down the picture are detected as heaps of pieces as short as they are high: such a page is
  tried by its sides first, any other upside down. The sample is small, and a direction that reads well ends the search,
  so that a page that lies as it should costs nothing, and one that reads badly in every direction (handwriting) about
  half of what reading it costs.
- A page that lies as it should and whose lines are heaps of pieces all the same may be one of columns, from top to
  bottom and from right to left: turned, it has lines, whose letters are set upright one by one.
- The detector looks for lines that run across the page. Of what stands at an angle it finds pieces or nothing; what is
  left of the page's ink, in parts as large as letters that stand close, is a *patch*. The lines of a patch run at the
  angle at which its ink lies in the sharpest rows. It is turned so that they are level, this or the other way up, and
  read as a page is. A patch that reads in no way, but nearly, is type that was not read.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from PIL import Image

from sokdok.imaging.arrays import spans
from sokdok.imaging.box import Box
from sokdok.imaging.grouping import components, connected, gaps_to
from sokdok.imaging.pose import MIN_LENGTH_EM, MIN_LINES, Pose, tilted, turned
from sokdok.layout.text_line import TextLine
from sokdok.reading.nano.line_text import NOTHING, Confidence, LineText, is_text, text_line
from sokdok.reading.nano.text_detector import DetectedLine, ink_of

CONFIDENT = 0.85  # confidence from which a direction is the right one; print that lies wrong is read at about .55
LIKELY, BETTER = 0.75, 0.1
"""confidence with which another direction must be read, and by which better than as the page lies: noise and hands stay
below, whichever way they are turned"""
MIN_SYMBOLS = 8  # that a sample must have to say anything
SAMPLE_LINES = 12
LONGEST_EM = 25.0  # of a line in a sample: longer ones are cut off
STANDING_EM = 1.6  # length up to which the usual detected line is a piece of one that stands

Detect = Callable[[np.ndarray], list[DetectedLine]]
Read = Callable[[np.ndarray, Sequence[DetectedLine]], list[LineText]]


def stand(lines: Sequence[DetectedLine]) -> bool:
    """Whether most lines are heaps of short pieces, as those that run up or down."""
    return len(lines) > 2 and float(np.median([line.width / line.em for line in lines])) < STANDING_EM


def find_turn(gray: np.ndarray, lines: Sequence[DetectedLine], confidence: float, detect: Detect, read: Read) -> int:
    """The degrees, one of `imaging.pose.QUARTERS`, by which a grey page (H, W) uint8 was turned clockwise.

    `lines` are those detected on it as it is, `confidence` that of a sample of them.
    """
    best, turn = confidence, 0
    needed = max(best + BETTER, LIKELY)
    sideways = cache(lambda: detect(np.ascontiguousarray(np.rot90(gray))))
    for degrees in (90, 270, 180) if stand(lines) else (180, 90, 270):
        if best >= CONFIDENT:
            break
        page = np.rot90(gray, degrees // 90)
        found = sideways() if degrees == 90 else _upside_down(lines if degrees == 180 else sideways(), page.shape)
        sample = sample_confidence(np.ascontiguousarray(page), found, read)
        if sample > max(best, needed):
            best, turn = sample, degrees
    return turn


def askew(gray: np.ndarray, lines: Sequence[DetectedLine]) -> float:
    """Degrees clockwise by which a grey page (H, W) uint8 leans, by ink: 0 where lines are so long that they say it."""
    if len(lines) < MIN_LINES or sum(it.width >= MIN_LENGTH_EM * it.em for it in lines) >= MIN_LINES:
        return 0.0
    inked = np.where(gray == _painted_over(gray, lines), np.uint8(np.median(gray[::4, ::4])), gray)
    em = float(np.median([line.em for line in lines]))
    angle = _angle(inked, Box.around(line.box for line in lines), em, LEVEL_DEGREES, FINE_DEGREES)
    return angle if abs(angle) > FINE_DEGREES else 0.0


HALF_EM = 0.62  # of a column to either side of its middle
LETTER = (0.68, 1.0)  # ems from where a letter of a column begins to behind its end
SIGN, APART = 0.35, 0.15  # ems that a sign is large, which is the same however it is turned, and to what follows it


def set_upright(level: np.ndarray, columns: Iterable[DetectedLine]) -> None:
    """Turn the letters of a page of columns, (H, W) uint8 grey, which was turned so that these are lines."""
    for line in columns:
        half, pad = round(HALF_EM * line.em), round(line.em)
        x = np.arange(round(line.left[0]) - pad, round(line.right[0]) + pad)
        y = (line.left[1] + line.slope * (x - line.left[0])).astype(int) + np.arange(-half, half)[:, None]
        place = y.clip(0, len(level) - 1), x.clip(0, level.shape[1] - 1)
        band = level[place]
        upright, blank = band.copy(), np.full((2 * half, 2 * half), np.median(band), np.uint8)
        letters = [(pad + start, pad + stop) for start, stop in letters_of(ink_of(band[:, pad:-pad]), line.em)]
        for start, stop in letters:
            upright[:, start:stop] = blank[0, 0]
        for start, stop in letters:
            left, letter = (start + stop) // 2 - half, blank.copy()
            letter[:, start - left : stop - left] = band[:, start:stop]
            square = upright[:, left : left + 2 * half]
            np.minimum(square, np.rot90(letter, -1), out=square)
        level[place] = upright


def letters_of(ink: np.ndarray, em: float) -> Iterator[tuple[int, int]]:
    """First column of each letter, and the one behind its last, in the ink (H, W) bool of a line; without signs.

    From where it begins a letter is nearly an em long, to where there is least ink. Signs stand apart.
    """
    columns, done = np.append(ink.sum(0), np.zeros(round(em))), 0  # paper behind its end
    for (start, stop), (following, _) in pairwise([*spans(columns > 0).tolist(), (math.inf, 0)]):
        height = np.ptp(np.flatnonzero(ink[:, start:stop].any(1)))
        if start >= done and max(stop - start, height) < SIGN * em and following - stop > APART * em:
            done = stop
        while done < stop:
            first = max(start, done)
            least, most = (first + round(share * em) for share in LETTER)
            done = least + int(columns[least:most].argmin())
            yield first, done


def mean_confidence(texts: Sequence[LineText], least: int = MIN_SYMBOLS) -> float:
    """Mean probability of the symbols of lines; 0 where there are too few to say anything: less than `least`."""
    probability = np.concatenate([np.ones(0, np.float32), *(text.probability for text in texts)])
    return float(probability.mean()) if len(probability) >= least else 0.0


def sample_confidence(gray: np.ndarray, lines: Sequence[DetectedLine], read: Read) -> float:
    """Mean confidence of a sample of lines; one of which nothing is read counts as a symbol of 0 for each em."""
    longest = sorted(lines, key=lambda line: -min(line.width / line.em, LONGEST_EM))[:SAMPLE_LINES]
    widths = (min(line.width, LONGEST_EM * line.em) for line in longest)
    sample = [
        replace(line, right=(line.left[0] + width, line.left[1] + line.slope * width))
        for line, width in zip(longest, widths, strict=True)
    ]
    texts = read(gray, sample)
    blank = [np.zeros(round(line.width / line.em)) for line, text in zip(sample, texts, strict=True) if not text.text]
    return mean_confidence([*texts, *(NOTHING._replace(probability=zeros) for zeros in blank)])


def _upside_down(lines: Sequence[DetectedLine], shape: tuple[int, ...]) -> list[DetectedLine]:
    (height, width), ends = shape, [(*line.right, *line.left) for line in lines]
    turned_ends = [((width - a, height - b), (width - c, height - d)) for a, b, c, d in ends]
    return [replace(line, left=left, right=right) for line, (left, right) in zip(lines, turned_ends, strict=True)]


LEVEL_SLOPE, LEVEL_DEGREES = 0.2, 12.0  # up to which lines are read as they lie
INK_LEVELS = 60  # of 255 that ink differs from the paper
LETTER_PX, LETTER_SHARE = 5, 0.08  # longer side of a letter: pixels at least, and share of the page's at most
NEAR = 1.2  # between letters of one patch, of the larger one's longer side
LEAST_LETTERS, MOST_LETTERS, MOST_PATCHES = 4, 4000, 8
MOST_SHARE = 0.25  # of a page's lines in a patch that may be upside down: else the page would be
POINTS = 4000  # of a patch's ink that its angle is found by
STEP_DEGREES, FINE_DEGREES = 2.0, 0.5
ROW_SHARE = 0.25  # of a letter's size, that makes up a row
PAD = 0.8  # letters of paper around a patch that is cut out
PATCH_LIKELY, PATCH_READ = 0.7, 0.9  # confidence in what is read of a patch, from which on it is type, and counts
PATCH_SYMBOLS = 4  # of text at an angle


class SlantedLine(NamedTuple):
    """A line at an angle."""

    pose: Pose  # how what was cut out around it lies on the page
    angle: float  # degrees clockwise by which it is turned
    line: DetectedLine  # in pixels of what was cut out
    text: LineText

    def placed(self, page: Pose, confidence: Confidence) -> TextLine:
        """The line with its words on the straight page that lies so in the picture."""
        line = text_line(self.line, self.text, turned(self.pose.size), confidence)
        places = [line.box, *(word.box for word in line.words)]
        box, *boxes = (page.from_picture(self.pose.to_picture(place)) for place in places)
        words = tuple(replace(word, box=place) for word, place in zip(line.words, boxes, strict=True))
        return replace(line, box=box, words=words, turned=self.angle % 360, kind="")

    def covers(self, line: DetectedLine) -> bool:
        """Whether a line that was detected on the page lies on this one."""
        x, y = self.pose.points_from_picture(np.array([line.box.middle]))[0].tolist()
        return self.line.box.grown(self.line.em).holds(x, y)


def slanted_lines(
    gray: np.ndarray, found: Sequence[DetectedLine], texts: Sequence[LineText], detect: Detect, read: Read
) -> tuple[list[SlantedLine], list[Box]]:
    """Read what stands at an angle on a grey page (H, W) uint8, whose lines were read; and where type is not read."""
    lines: list[SlantedLine] = []
    unread: list[Box] = []
    well = _read_well(found, texts)
    rest = _painted_over(gray, [line for line, read_so in zip(found, well, strict=True) if read_so])
    for letters in _patches(rest):
        box, size = Box.around(letters.tolist()), float(np.median(_sizes(letters)))
        here = [text for line, text in zip(found, texts, strict=True) if box.holds(*line.box.middle)]
        level, angle = mean_confidence(here, PATCH_SYMBOLS), _angle(rest, box, size)
        ways = _possible_turns(angle, level, len(here) / max(1, len(found)))
        turns = (_read(rest, box, size, way, detect, read) for way in ways)
        best = max(turns, key=_confidence, default=[])
        confidence = _confidence(best)
        # Pieces of slanted lines are read as they lie, too.
        least = likely_right(here) * (1 + math.copysign(BETTER, LEVEL_DEGREES - abs(angle)))
        if confidence >= max(PATCH_READ, level) and likely_right(line.text for line in best) > least:
            lines += best
        elif confidence >= PATCH_LIKELY and not any(map(is_text, here)):
            unread.append(box)
    return lines, unread


def _possible_turns(angle: float, level: float, share: float) -> Sequence[float]:
    """Degrees by which a patch may be turned whose ink lies at an angle.

    One that is level may be upside down, if it is read badly as it lies and is not most of the page: `level` is the
    reader's confidence in it, `share` that of the page's lines in it.
    """
    opposite = angle - math.copysign(180, angle)
    if abs(angle) >= LEVEL_DEGREES:
        return angle, opposite
    return (opposite,) if level < PATCH_LIKELY and 0 < share < MOST_SHARE else ()


def _confidence(lines: Sequence[SlantedLine]) -> float:
    return mean_confidence([line.text for line in lines], PATCH_SYMBOLS)


def prevailing_angle(slanted: Sequence[SlantedLine], found: Sequence[DetectedLine], texts: Sequence[LineText]) -> float:
    """The angle at which most of a page is set, of which the other lines were `found` and read; mostly 0."""
    symbols = Counter[float]()
    for line in slanted:
        symbols[round(line.angle)] += len(line.text.text)
    if not symbols:
        return 0.0
    angle, most = symbols.most_common(1)[0]
    lines = zip(found, texts, _read_well(found, texts), strict=True)
    return angle if most > sum(len(text.text) for _, text, well in lines if well) else 0.0


def likely_right(texts: Iterable[LineText]) -> float:
    """How many symbols are likely right."""
    return sum(float(text.probability.sum()) for text in texts)


def _read_well(found: Sequence[DetectedLine], texts: Sequence[LineText]) -> np.ndarray:
    """Which lines (N,) need no other look: they are level, read well, and no piece of a line at an angle.

    Of short ones nobody knows whether they are level: pieces stand beside others that are read badly.
    """
    well = np.array([text.confidence >= CONFIDENT for text in texts], bool)
    well &= np.array([abs(line.slope) < LEVEL_SLOPE for line in found], bool)
    gaps, ems = gaps_to([line.box for line in found]), np.array([line.em for line in found])
    read = well.copy()
    for at, line in enumerate(found):
        if well[at] and line.width < MIN_LENGTH_EM * line.em:
            across, down = (gap / np.maximum(ems, line.em) for gap in gaps(at))
            read[at] = not (~well & (np.maximum(across, down) < 1)).any()
    return read


def _painted_over(gray: np.ndarray, lines: Sequence[DetectedLine]) -> np.ndarray:
    """A page with paper in the place of lines."""
    rest, paper = gray.copy(), int(np.median(gray[::4, ::4]))
    for line in lines:
        left, top, right, bottom = (max(0, round(side)) for side in line.box.grown(0.3 * line.em, 0.2 * line.em))
        rest[top:bottom, left:right] = paper
    return rest


def large_ink(gray: np.ndarray, lines: Sequence[DetectedLine], em: float) -> bool:
    """Whether a grey page (H, W) uint8 has ink beside its lines, away from its edges, an em of `em` pixels each way."""
    return bool(_ink(np.asarray(Image.fromarray(_painted_over(gray, lines)).reduce(round(em))))[1:-1, 1:-1].any())


def _patches(gray: np.ndarray) -> list[np.ndarray]:
    """The letters of each patch, boxes (N, 4), those with most letters first."""
    boxes = components(_ink(gray)).boxes
    sizes = _sizes(boxes)
    boxes = boxes[(sizes >= LETTER_PX) & (sizes <= LETTER_SHARE * max(gray.shape))]
    if not LEAST_LETTERS <= len(boxes) <= MOST_LETTERS:
        return []
    gaps, sizes = gaps_to([Box(*box) for box in boxes.tolist()]), _sizes(boxes)

    def near(at: int) -> np.ndarray:
        across, down = gaps(at)
        return np.asarray(np.maximum(across, down) < NEAR * np.maximum(sizes, sizes[at]))

    patches = [boxes[group] for group in connected(len(boxes), near) if len(group) >= LEAST_LETTERS]
    return sorted(patches, key=len, reverse=True)[:MOST_PATCHES]


def _sizes(boxes: np.ndarray) -> np.ndarray:
    return np.asarray(np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]))


def _ink(gray: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(gray.astype(np.int16) - int(np.median(gray[::4, ::4]))) > INK_LEVELS)


def _angle(gray: np.ndarray, box: Box, size: float, most: float = 90, step_degrees: float = STEP_DEGREES) -> float:
    """Degrees clockwise, `most` at most, at which the ink of a box lies in the sharpest rows; `size` of its letters."""
    left, top, right, bottom = map(int, box)
    y, x = np.nonzero(_ink(gray)[top:bottom, left:right])
    step = max(1, len(x) // POINTS)
    x, y = x[::step], y[::step]

    def sharpness(degrees: float) -> float:
        cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        rows = ((y * cos - x * sin) / max(ROW_SHARE * size, 1.0)).astype(int)
        return float((np.bincount(rows - rows.min()) ** 2.0).sum())

    coarse = max(np.arange(-most, most, step_degrees).tolist(), key=sharpness)
    fine = np.arange(coarse - step_degrees, coarse + step_degrees, FINE_DEGREES)
    return float(max(fine.tolist(), key=sharpness))


def _read(gray: np.ndarray, box: Box, size: float, angle: float, detect: Detect, read: Read) -> list[SlantedLine]:
    """The lines of a box that run at an angle."""
    pose = turned_back(box, PAD * size, angle)
    level = np.asarray(pose.straightened(Image.fromarray(gray)))
    found = detect(level)
    texts = read(level, found)
    return [
        SlantedLine(pose, angle, line, text)
        for line, text in zip(found, texts, strict=True)
        if is_text(text) and any(map(str.isalnum, text.text))
    ]


def turned_back(box: Box, pad: float, angle: float) -> Pose:
    """How a picture lies on the page that shows a box so that what runs at an angle is level."""
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    width = box.width * abs(cos) + box.height * abs(sin) + 2 * pad
    height = box.width * abs(sin) + box.height * abs(cos) + 2 * pad
    x, y = box.middle
    shift = (x - cos * width / 2 + sin * height / 2, y - sin * width / 2 - cos * height / 2)
    matrix = np.array([[cos, -sin, shift[0]], [sin, cos, shift[1]], [0, 0, 1]])
    return tilted(matrix, (max(1, round(width)), max(1, round(height))))
