"""Find what kind of figure a picture is, by simple statistics of its ink.

- A drawing has a flat ground; a photograph has none. Of drawings, a chart has filled areas or coloured marks, a table
  rows of letters with white corridors between its columns, handwriting rows that run on, a geometric figure few long
  strokes, a molecule many short ones.
- A kind's score is the product of soft conditions on these measurements; its share of all scores is the confidence.
  What meets nobody's conditions is a `picture`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image, ImageFilter

from sokdok.imaging.components import Components, components
from sokdok.imaging.runs import runs

Kind = Literal["chart", "molecule", "geometry", "table", "handwriting", "picture"]

_SIDE_PX = 640
"""longer side at which pictures are measured, at most"""
_STROKE_SIDE_PX = _SIDE_PX // 2
"""longer side at which strokes are measured, at most"""
_INK_LEVELS = 64
"""difference of ink from the ground, of 255"""
_SAME_LEVELS = 6
"""difference between neighbours that are alike, of 255, at most"""
_GREY_LEVELS = 40
"""difference between the channels of a grey, of 255, at most"""
_PALETTE_SHARE = 0.95
"""share of the pixels that a palette covers"""
_LETTER_PX = (4, 48, 160)
"""least and greatest height of a letter, and greatest width"""
_LETTER_RATIO = 8
"""greatest width of a letter, in its heights"""
_ROW_STEP = 0.6
"""letter heights between the middles of letters from which a row begins"""
_GAP, _CORRIDOR = 1.5, 0.7
"""letter heights of a gap in a row, and of a corridor through rows, at least"""
_CORRIDOR_SHARE = 0.15
"""share of the rows that a corridor crosses, at most"""
_SOLID_PX = 9
"""side of a square deep inside a filled area"""
_RULING_SHARE = 0.4
"""share of the picture's width of a ruling line, at least"""
_STROKE_LEVELS = 40
"""ink of a scaled pixel that belongs to a stroke, of 255, at least"""
_STROKE_STEP_DEGREES = 3
_DOUBT = 0.02
"""score of every kind before anything is measured, and twice that of a picture: what meets no conditions is unsure"""


@dataclass(frozen=True)
class Features:
    """What is measured on a picture."""

    flat: float
    """share of pixels that hardly differ from their right neighbour"""
    ground: float
    """share of pixels of the commonest colour"""
    palette: int
    """commonest of 4,096 colours that make up 95 % of the pixels"""
    colour: float
    """share of the ink that is no grey"""
    solid: float
    """share of pixels deep inside filled areas"""
    letters: int
    """components of the size of letters"""
    text: float
    """share of the ink that is letters"""
    rows: int
    """rows of letters"""
    fill: float
    """how much of a row its letters take, in the mean"""
    gaps: float
    """gaps in a row that are wider than its letters are high by half, in the mean"""
    corridors: int
    """white corridors between letters that go through nearly all rows"""
    rulings: int
    """horizontal and vertical lines, long against the picture"""
    stroke: float
    """longest straight stroke in any direction, against the diagonal of the ink"""


@dataclass(frozen=True)
class _Ramp:
    """A soft threshold: 0 up to `low`, 1 from `high` on, straight between."""

    low: float
    high: float

    def above(self, value: float) -> float:
        """Score a value that should be large."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def below(self, value: float) -> float:
        """Score a value that should be small."""
        return 1 - self.above(value)


# What every drawing has: a ground, flat areas, few colours. A photograph lacks the first and one of the others.
_DRAWN_GROUND, _DRAWN_FLAT, _DRAWN_PALETTE = _Ramp(0.15, 0.3), _Ramp(0.65, 0.8), _Ramp(40, 80)
_PHOTO_GROUND, _PHOTO_PALETTE = _Ramp(0.3, 0.6), _Ramp(20, 60)
# A molecule or a geometric figure is little ink on much ground, but some: few letters, nothing filled.
_SPARSE_GROUND, _EMPTY_GROUND = _Ramp(0.7, 0.9), _Ramp(0.992, 1.0)
_SPARSE_LETTERS, _SPARSE_SOLID = _Ramp(30, 60), _Ramp(0.01, 0.05)
_LONG_STROKE = _Ramp(0.3, 0.5)
_MOLECULE_RULINGS, _MOLECULE_TEXT = _Ramp(0, 2), _Ramp(0.6, 0.8)
_GEOMETRY_ROWS, _GEOMETRY_TEXT = _Ramp(4, 8), _Ramp(0.4, 0.7)
# A chart has filled or coloured marks among texts that stand apart.
_MARK_SOLID, _MARK_COLOUR = _Ramp(0.005, 0.03), _Ramp(0.05, 0.3)
_MANY_LETTERS, _SEVERAL_ROWS = _Ramp(10, 25), _Ramp(1, 2)
_CHART_FILL, _CHART_GAPS = _Ramp(0.2, 0.5), _Ramp(1, 3)
# A table has rows that are cut by corridors; handwriting has rows that run on, on paper with few ruling lines.
_TABLE_CORRIDORS, _TABLE_GAPS, _TABLE_FILL = _Ramp(0, 2), _Ramp(0.5, 1.5), _Ramp(0.08, 0.2)
_RUNNING_CORRIDORS, _RUNNING_FILL, _RUNNING_TEXT = _Ramp(1, 3), _Ramp(0.1, 0.4), _Ramp(0, 0.3)
_PAPER_GROUND, _PAPER_RULINGS = _Ramp(0.4, 0.6), _Ramp(1, 4)


def kind_of(image: Image.Image) -> tuple[Kind, float]:
    """Find the likeliest kind of a picture in any mode and size, and its confidence, 0 to 1."""
    scores = kind_scores(image)
    best = max(scores, key=lambda kind: scores[kind])
    return best, scores[best]


def kind_scores(image: Image.Image) -> dict[Kind, float]:
    """Compute each kind's share of all scores; they sum to 1."""
    scores = _scores(measure(image))
    scores["picture"] += _DOUBT
    total = sum(scores.values()) + _DOUBT * len(scores)
    return {kind: (score + _DOUBT) / total for kind, score in scores.items()}


def _scores(seen: Features) -> dict[Kind, float]:
    """Multiply the conditions that each kind sets."""
    drawn = _DRAWN_GROUND.above(seen.ground) * _DRAWN_FLAT.above(seen.flat) * _DRAWN_PALETTE.below(seen.palette)
    textured = max(_PHOTO_PALETTE.above(seen.palette), _DRAWN_FLAT.below(seen.flat))
    sparse = _SPARSE_LETTERS.below(seen.letters) * _SPARSE_SOLID.below(seen.solid) * _SPARSE_GROUND.above(seen.ground)
    sparse *= _EMPTY_GROUND.below(seen.ground)
    long = _LONG_STROKE.above(seen.stroke)
    marks = max(_MARK_SOLID.above(seen.solid), _MARK_COLOUR.above(seen.colour))
    texts, rows = _MANY_LETTERS.above(seen.letters), _SEVERAL_ROWS.above(seen.rows)
    apart = _CHART_FILL.below(seen.fill) * _CHART_GAPS.below(seen.gaps)
    columns = _TABLE_CORRIDORS.above(seen.corridors) * _TABLE_GAPS.above(seen.gaps)
    running = _RUNNING_CORRIDORS.below(seen.corridors) * _RUNNING_FILL.above(seen.fill) * _RUNNING_TEXT.above(seen.text)
    paper = _PAPER_GROUND.above(seen.ground) * _PAPER_RULINGS.below(seen.rulings)
    bonds = (1 - long) * _MOLECULE_RULINGS.below(seen.rulings) * _MOLECULE_TEXT.below(seen.text)
    return {
        "chart": drawn * marks * texts * apart,
        "molecule": drawn * sparse * bonds,
        "geometry": drawn * sparse * long * _GEOMETRY_ROWS.below(seen.rows) * _GEOMETRY_TEXT.below(seen.text),
        "table": drawn * texts * rows * columns * _TABLE_FILL.above(seen.fill),
        "handwriting": paper * texts * rows * running,
        "picture": _PHOTO_GROUND.below(seen.ground) * textured,
    }


def measure(image: Image.Image) -> Features:
    """Measure a picture of any mode and size."""
    pixels = _small(image)
    steps = np.abs(np.diff(pixels, axis=1)).max(2)
    ground, palette, ink = _ink(pixels)
    coloured = ink & (np.ptp(pixels, axis=2) > _GREY_LEVELS)
    found = components(ink)
    letters = _letters(found)
    areas, total = found.areas[letters], max(1, int(ink.sum()))
    rows, fill, gaps, corridors = _layout(found.boxes[letters], ink.shape[1])
    return Features(
        flat=float((steps <= _SAME_LEVELS).mean()) if steps.size else 1.0,
        ground=ground,
        palette=palette,
        colour=float(coloured.sum() / total),
        solid=_solid(ink),
        letters=len(areas),
        text=float(areas.sum() / total),
        rows=rows,
        fill=fill,
        gaps=gaps,
        corridors=corridors,
        rulings=_horizontal_rulings(ink) + _horizontal_rulings(ink.T),
        stroke=_longest_stroke(ink) / max(1.0, _diagonal(ink)),
    )


def _small(image: Image.Image) -> np.ndarray:
    """Scale a picture to (h, w, 3) int16; a transparent one is laid on white."""
    if "A" in image.getbands() or "transparency" in image.info:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    image = image.convert("RGB")
    image.thumbnail((_SIDE_PX, _SIDE_PX), Image.Resampling.BOX)
    return np.asarray(image).astype(np.int16)


def _ink(pixels: np.ndarray) -> tuple[float, int, np.ndarray]:
    """Measure the share of the ground and the size of the palette, and mask what differs clearly from the ground."""
    codes = (pixels >> 4) @ np.array([256, 16, 1])
    counts = np.bincount(codes.ravel())
    palette = int(np.searchsorted(np.sort(counts)[::-1].cumsum(), _PALETTE_SHARE * codes.size)) + 1
    far = np.abs(pixels - pixels[codes == counts.argmax()].mean(0)).max(2)
    return float((far < _INK_LEVELS / 4).mean()), palette, far > _INK_LEVELS


def _letters(found: Components) -> np.ndarray:
    """Choose components of the size of letters: a mask (N,)."""
    width, height = (found.boxes[:, 2:] - found.boxes[:, :2]).T
    least, highest, widest = _LETTER_PX
    return (height >= least) & (height <= highest) & (width <= widest) & (width <= _LETTER_RATIO * height)


def _layout(boxes: np.ndarray, width: int) -> tuple[int, float, float, int]:
    """Measure rows of letters, how full they are, their gaps and the corridors through them (see `Features`)."""
    if len(boxes) < 2:
        return 0, 0.0, 0.0, 0
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    order = np.argsort(middle)
    row = np.zeros(len(boxes), int)
    row[order] = np.concatenate(([0], np.cumsum(np.diff(middle[order]) > _ROW_STEP * height)))
    covered = np.zeros((row.max() + 1, width), bool)
    for (left, _, right, _), index in zip(boxes, row, strict=True):
        covered[index, left:right] = True
    covered = covered[np.bincount(row) > 1, boxes[:, 0].min() : boxes[:, 2].max()]
    if not len(covered):
        return 0, 0.0, 0.0, 0
    gaps = _inner_gaps(~covered, _GAP * height) / len(covered)
    corridors = _inner_gaps(covered.mean(0, keepdims=True) < _CORRIDOR_SHARE, _CORRIDOR * height)
    return len(covered), float(covered.mean()), gaps, corridors


def _inner_gaps(white: np.ndarray, least: float) -> int:
    """Count runs (of a mask) longer than `least` pixels that touch neither end of their row."""
    _, starts, ends = runs(white)
    return int(((ends - starts > least) & (starts > 0) & (ends < white.shape[1])).sum())


def _solid(ink: np.ndarray) -> float:
    """Measure the share of squares of `_SOLID_PX` pixels that are all ink."""
    size = _SOLID_PX
    sums = np.pad(ink.astype(np.int32).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    full = sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size] == size * size
    return float(full.mean()) if full.size else 0.0


def _horizontal_rulings(ink: np.ndarray) -> int:
    """Count horizontal ruling lines, as bands of rows with a long run."""
    row, starts, ends = runs(ink)
    long = np.unique(row[ends - starts > _RULING_SHARE * ink.shape[1]])
    return int((np.diff(long, prepend=-2) > 1).sum())


def _longest_stroke(ink: np.ndarray) -> float:
    """Measure the longest straight stroke in pixels: the longest horizontal run while the picture is turned."""
    scale = max(1.0, max(ink.shape) / _STROKE_SIDE_PX)
    mask = Image.fromarray(ink.astype(np.uint8) * 255)
    size = (max(1, round(mask.width / scale)), max(1, round(mask.height / scale)))
    mask = mask.resize(size, Image.Resampling.BOX).point(lambda level: 255 * (level > _STROKE_LEVELS))
    mask = mask.filter(ImageFilter.MaxFilter(3))  # so that a thin line stays whole a degree and a half off
    longest = 0
    for angle in range(0, 180, _STROKE_STEP_DEGREES):
        _, starts, ends = runs(np.asarray(mask.rotate(angle, expand=True)) > 0)
        longest = max(longest, int((ends - starts).max(initial=0)))
    return longest * scale


def _diagonal(ink: np.ndarray) -> float:
    rows, columns = np.nonzero(ink)
    return float(np.hypot(np.ptp(rows), np.ptp(columns))) if len(rows) else 0.0
