"""Marks of items that stand apart from their text, read with it: by itself a ring or a dash could be anything.

- Where no line was detected on a mark, it is a lone piece of ink left of a line, no larger than a letter, with white
  around it. One may be dirt; two at one distance from their lines, below each other, are marks.
- Where a mark was detected as a line of its own, and is read with low confidence, it is read again with the line right
  of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from sokdok.imaging.arrays import spans
from sokdok.reading.nano.line_text import LineText
from sokdok.reading.nano.text_detector import DetectedLine

Read = Callable[[Sequence[DetectedLine]], list[LineText]]  # lines of a page -> what they say
REACH_EM = 2.5  # from a mark to its text, at most
MARK_EM = (0.12, 0.9)  # width and height of a mark, at least and at most
WHITE_EM = 0.3  # left and right of a mark, at least; marks of one list differ by less in their place
MIN_CONFIDENCE = 0.6  # of what a mark by itself says, if it is believed
INK_SHARE = 0.5  # of what a line's darkest pixel differs from its ground


def with_marks(gray: np.ndarray, lines: Sequence[DetectedLine]) -> list[DetectedLine]:
    """The lines of a grey page (H, W) uint8, from their marks on where no line was detected on those."""
    rights = np.array([line.right[0] for line in lines], float)
    sides = np.array([(line.box.top, line.box.bottom) for line in lines], float).reshape(-1, 2)
    marks = [_mark(gray, line, _end_before(line, rights, sides)) for line in lines]
    return [
        _from(line, mark) if mark is not None and _is_repeated(number, marks, lines) else line
        for number, (line, mark) in enumerate(zip(lines, marks, strict=True))
    ]


def read_with_marks(
    found: Sequence[DetectedLine], texts: Sequence[LineText], read: Read
) -> tuple[list[DetectedLine], list[LineText]]:
    """Lines and what print says of them, those that are marks read with the lines that they stand before."""
    boxes = np.array([line.box for line in found], float).reshape(-1, 4)
    places = {number: at for number in range(len(found)) if (at := _text_of(number, found, texts, boxes)) is not None}
    longer = [_from(found[at], found[number].left[0]) for number, at in places.items()]
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
    if texts[number].confidence >= MIN_CONFIDENCE or mark.width > MARK_EM[1] * mark.em:
        return None
    left, top, right, bottom = boxes.T
    on_line = (top < mark.left[1]) & (mark.left[1] < bottom) & (np.arange(len(found)) != number)
    after = np.where(on_line & (left >= mark.right[0]), left - mark.right[0], np.inf)
    before = np.where(on_line & (right <= mark.left[0]), mark.left[0] - right, np.inf)
    nearest = int(after.argmin())
    if after[nearest] > REACH_EM * found[nearest].em or found[nearest].width <= found[nearest].em:
        return None
    return nearest if after[nearest] < before.min() else None  # else it ends what is before it


def _from(line: DetectedLine, left: float) -> DetectedLine:
    """A line that begins further left."""
    return replace(line, left=(left, line.left[1] - line.slope * (line.left[0] - left)))


def _end_before(line: DetectedLine, rights: np.ndarray, sides: np.ndarray) -> float:
    """Where what is left of a line ends, far away without anything; `sides`: tops and bottoms of all lines (N, 2)."""
    beside = (sides[:, 0] < line.left[1]) & (line.left[1] < sides[:, 1]) & (rights <= line.left[0])
    return float(rights[beside].max(initial=-np.inf))


def _is_repeated(number: int, marks: Sequence[float | None], lines: Sequence[DetectedLine]) -> bool:
    """Whether another line has a mark below or above that of a line, and as far from its text."""
    line, mark = lines[number], marks[number]
    near = WHITE_EM * line.em
    return any(
        at != number
        and mark is not None
        and other is not None
        and abs(other - mark) < near
        and abs(lines[at].left[0] - line.left[0]) < near
        for at, other in enumerate(marks)
    )


def _mark(gray: np.ndarray, line: DetectedLine, end: float) -> float | None:
    """The left of the only ink before a line if it may be a mark, nearer to it than to the `end` of what is before."""
    _, top, right, bottom = (round(side) for side in line.box)
    left, y = line.left
    middle = round(y)
    start = round(max(left - REACH_EM * line.em, 0.0, end))
    stop = round(left - WHITE_EM * line.em)
    half = round(line.em / 2)
    strip = gray[max(0, middle - half) : middle + half, start:stop].astype(np.int16)
    text = gray[max(0, top) : bottom, round(left) : right].astype(np.int16)
    if not strip.size or not text.size:
        return None
    ground = int(np.median(text))
    inked = np.abs(strip - ground) > INK_SHARE * float(np.abs(text - ground).max())
    columns, rows = (spans(np.asarray(inked.any(axis)), MARK_EM[0] * line.em) for axis in (0, 1))
    if len(columns) != 1 or len(rows) != 1:
        return None
    (a, b), (above, below) = columns[0].tolist(), rows[0].tolist()
    sizes = [(b - a) / line.em, (below - above) / line.em]
    alone = a >= WHITE_EM * line.em and start + a - end > left - (start + b) and above > 0 and below < len(strip)
    return float(start + a) if alone and MARK_EM[0] <= max(sizes) <= MARK_EM[1] else None
