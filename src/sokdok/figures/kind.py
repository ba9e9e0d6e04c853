"""What kind of figure a picture is, by simple statistics of its ink.

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

_SIDE = 640
"""pixels: pictures are measured at this length of their longer side at most"""
_HALF = _SIDE // 2
_INK, _SAME, _GREY = 64, 6, 40
"""levels of 255: ink differs from the ground by more, equal neighbours by less, the channels of a grey by less"""
_DOUBT = 0.02
"""what every kind has before a look, and a picture twice: it is unsure of what meets no conditions"""


@dataclass(frozen=True)
class Looks:
    """What is measured."""

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
    """their share of the ink"""
    rows: int
    """rows of letters"""
    fill: float
    """how much of a row its letters take, in the mean"""
    gaps: float
    """gaps in a row that are wider than its letters are high by half, in the mean"""
    corridors: int
    """white corridors between letters that go through nearly all rows"""
    rules: int
    """level and upright lines, long against the picture"""
    stroke: float
    """longest straight stroke in any direction, against the diagonal of the ink"""


def kind_of(image: Image.Image) -> tuple[Kind, float]:
    """The likeliest kind of a picture in any mode and size, and how sure that is (0 to 1)."""
    scores = kind_scores(image)
    best = max(scores, key=lambda kind: scores[kind])
    return best, scores[best]


def kind_scores(image: Image.Image) -> dict[Kind, float]:
    """Each kind's share of all scores; they sum to 1."""
    scores = _scores(looks(image))
    scores["picture"] += _DOUBT
    total = sum(scores.values()) + _DOUBT * len(scores)
    return {kind: (score + _DOUBT) / total for kind, score in scores.items()}


def _scores(seen: Looks) -> dict[Kind, float]:
    drawn = _rises(seen.ground, 0.15, 0.3) * _rises(seen.flat, 0.65, 0.8) * _falls(seen.palette, 40, 80)
    sparse = _falls(seen.letters, 30, 60) * _falls(seen.solid, 0.01, 0.05) * _rises(seen.ground, 0.7, 0.9)
    sparse *= _falls(seen.ground, 0.992, 1.0)  # there is something drawn
    marks = max(_rises(seen.solid, 0.005, 0.03), _rises(seen.colour, 0.05, 0.3))
    labels, rows = _rises(seen.letters, 10, 25), _rises(seen.rows, 1, 2)
    long = _rises(seen.stroke, 0.3, 0.5)
    parted = _rises(seen.corridors, 0, 2) * _rises(seen.gaps, 0.5, 1.5)
    running = _falls(seen.corridors, 1, 3) * _rises(seen.fill, 0.1, 0.4) * _rises(seen.text, 0, 0.3)
    plain = _rises(seen.ground, 0.4, 0.6) * _falls(seen.rules, 1, 4)
    textured = max(_rises(seen.palette, 20, 60), _falls(seen.flat, 0.65, 0.8))
    return {
        "chart": drawn * marks * labels * _falls(seen.fill, 0.2, 0.5) * _falls(seen.gaps, 1, 3),
        "molecule": drawn * sparse * (1 - long) * _falls(seen.rules, 0, 2) * _falls(seen.text, 0.6, 0.8),
        "geometry": drawn * sparse * long * _falls(seen.rows, 4, 8) * _falls(seen.text, 0.4, 0.7),
        "table": drawn * labels * rows * parted * _rises(seen.fill, 0.08, 0.2),
        "handwriting": plain * labels * rows * running,
        "picture": _falls(seen.ground, 0.3, 0.6) * textured,
    }


def _rises(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high` on."""
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _falls(value: float, low: float, high: float) -> float:
    return 1 - _rises(value, low, high)


def looks(image: Image.Image) -> Looks:
    """Measure a picture of any mode and size."""
    pixels = _small(image)
    steps = np.abs(np.diff(pixels, axis=1)).max(2)
    ground, palette, ink = _ink(pixels)
    coloured = ink & (np.ptp(pixels, axis=2) > _GREY)
    found = components(ink)
    letters = _letters(found)
    areas, total = found.areas[letters], max(1, int(ink.sum()))
    rows, fill, gaps, corridors = _layout(found.boxes[letters], ink.shape[1])
    return Looks(
        flat=float((steps <= _SAME).mean()) if steps.size else 1.0,
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
        rules=_rules(ink) + _rules(ink.T),
        stroke=_longest_stroke(ink) / max(1.0, _diagonal(ink)),
    )


def _small(image: Image.Image) -> np.ndarray:
    """(h, w, 3) int16; a see-through picture is laid on white."""
    if "A" in image.getbands() or "transparency" in image.info:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    image = image.convert("RGB")
    image.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    return np.asarray(image).astype(np.int16)


def _ink(pixels: np.ndarray) -> tuple[float, int, np.ndarray]:
    """Share of the ground, the size of the palette, and the mask of what differs from the ground clearly."""
    codes = (pixels >> 4) @ np.array([256, 16, 1])
    counts = np.bincount(codes.ravel())
    palette = int(np.searchsorted(np.sort(counts)[::-1].cumsum(), 0.95 * codes.size)) + 1
    far = np.abs(pixels - pixels[codes == counts.argmax()].mean(0)).max(2)
    return float((far < _INK / 4).mean()), palette, far > _INK


def _letters(found: Components) -> np.ndarray:
    width, height = (found.boxes[:, 2:] - found.boxes[:, :2]).T
    return (height >= 4) & (height <= 48) & (width <= 160) & (width <= 8 * height)


def _layout(boxes: np.ndarray, width: int) -> tuple[int, float, float, int]:
    """Rows of letters, how full they are, their gaps and the corridors through them (see `Looks`)."""
    if len(boxes) < 2:
        return 0, 0.0, 0.0, 0
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    order = np.argsort(middle)
    row = np.zeros(len(boxes), int)
    row[order] = np.concatenate(([0], np.cumsum(np.diff(middle[order]) > 0.6 * height)))
    covered = np.zeros((row.max() + 1, width), bool)
    for (left, _, right, _), index in zip(boxes, row, strict=True):
        covered[index, left:right] = True
    covered = covered[np.bincount(row) > 1, boxes[:, 0].min() : boxes[:, 2].max()]
    if not len(covered):
        return 0, 0.0, 0.0, 0
    gaps = _inner_gaps(~covered, 1.5 * height) / len(covered)
    corridors = _inner_gaps(covered.mean(0, keepdims=True) < 0.15, 0.7 * height)
    return len(covered), float(covered.mean()), gaps, corridors


def _inner_gaps(white: np.ndarray, least: float) -> int:
    """Runs of at least some pixels that touch neither end of their row."""
    _, starts, ends = runs(white)
    return int(((ends - starts > least) & (starts > 0) & (ends < white.shape[1])).sum())


def _solid(ink: np.ndarray, size: int = 9) -> float:
    """Share of squares of `size` pixels that are all ink."""
    sums = np.pad(ink.astype(np.int32).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    full = sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size] == size * size
    return float(full.mean()) if full.size else 0.0


def _rules(ink: np.ndarray) -> int:
    """Level lines longer than 0.4 of the width, counted by bands of rows."""
    row, starts, ends = runs(ink)
    long = np.unique(row[ends - starts > 0.4 * ink.shape[1]])
    return int((np.diff(long, prepend=-2) > 1).sum())


def _longest_stroke(ink: np.ndarray) -> float:
    """Pixels of the longest straight stroke: the longest level run while the picture is turned."""
    scale = max(1.0, max(ink.shape) / _HALF)
    mask = Image.fromarray(ink.astype(np.uint8) * 255)
    size = (max(1, round(mask.width / scale)), max(1, round(mask.height / scale)))
    mask = mask.resize(size, Image.Resampling.BOX).point(lambda level: 255 * (level > 40))
    mask = mask.filter(ImageFilter.MaxFilter(3))  # so that a thin line stays whole a degree and a half off
    longest = 0
    for angle in range(0, 180, 3):
        _, starts, ends = runs(np.asarray(mask.rotate(angle, expand=True)) > 0)
        longest = max(longest, int((ends - starts).max(initial=0)))
    return longest * scale


def _diagonal(ink: np.ndarray) -> float:
    rows, columns = np.nonzero(ink)
    return float(np.hypot(np.ptp(rows), np.ptp(columns))) if len(rows) else 0.0
