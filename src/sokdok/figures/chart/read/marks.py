"""The marks of a chart out of what nano's net says of its picture.

- A bar is an upper left and a lower right corner with one colour between them.
- Ends of a sector's rim vote for the middle of their pie. A line is places, each with a colour that sets
  it apart: thin lines are blended with the ground, so it is the way from the ground that counts.

Shapes: pixels (H, W, 3) uint8; maps (K, h, w) for every 4 x 4 pixels. Places are pixels of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from PIL import Image

from sokdok.imaging.box import Box
from sokdok.model.nano.formats import MULTIPLE_PX, STRIDE, Net
from sokdok.model.nano.formats.charts import PEAKS, SLICES
from sokdok.model.nano.formats.figures import relative
from sokdok.model.nano.formats.geometry import find_peaks, heat_map, probabilities, votes

PEAK, STROKE = 0.35, 0.5  # probabilities from which there is a peak, or a stroke runs through a cell
MOST_PEAKS = 400  # of a kind that are looked at: noise has thousands of corners, a chart has not
ALIKE = 28.0  # levels of 255 that two pixels of one colour differ, at most
EVEN_SHARE, PURE_SHARE = 0.8, 0.96  # of the pixels along a rectangle's edges that are of one colour: least, and all but
SNAP_PX = 3  # from a side to where its colour ends, at most
RIM_PX, RIM_STEPS = 2.0, 16  # how far within its edges these are, or beyond, and how many along each
SEEN_PX = (900, 560)  # longer side at most, at which a picture is looked at in turn: marks differ in size
LEAST_SEEN_PX = 280  # to which a smaller picture is enlarged
STROKE_PX, GROUND_PX = 2, 8  # around a place on a stroke, where its colour is, and where that of what lies below
MARKER_PX, FEWEST_CELLS = 6, 6  # half of a marker, at most; and cells of a line or an edge, at least
FILLED_LEVELS, FILLED_SHARE = 12.0, 0.75  # from what is above the edge of an area to what is below, where most of it is
MIDDLE_RADII = 0.35  # that votes for one middle lie apart, at most


@dataclass(frozen=True)
class Peak:
    """A point, an end, a tick, a key or a corner."""

    x: float
    y: float
    kind: str
    score: float = 1.0


@dataclass(frozen=True)
class Rectangle:
    """A bar, or what may be one."""

    box: Box
    color: np.ndarray  # (3,)
    score: float = 1.0


@dataclass(frozen=True)
class Pie:
    """A middle (2,) and the ends of its sectors' rims (N, 2)."""

    middle: np.ndarray
    rim: np.ndarray
    score: float = 1.0


@dataclass(frozen=True)
class Marks:
    """All that was found on a picture."""

    pixels: np.ndarray
    rectangles: list[Rectangle] = field(default_factory=list)
    peaks: dict[str, list[Peak]] = field(default_factory=dict)  # `point`, `end`, `tick`, `key`
    pies: list[Pie] = field(default_factory=list)
    strokes: dict[str, np.ndarray] = field(default_factory=dict)  # `line`, `edge`, `grid`, `axis`: (N, 2)

    @cached_property
    def ground(self) -> np.ndarray:
        """The colour (3,) commonest between lines and filled marks, above areas, beyond pies, else on the picture."""
        height, width = self.pixels.shape[:2]
        edge = self.strokes.get("edge", np.zeros((0, 2)))
        if len(edge) >= max(2 * FEWEST_CELLS, len(self.strokes.get("line", ()))) and not (self.pies or self.rectangles):
            columns = (edge[:, 0] // STRIDE).astype(int)
            highest = np.array([edge[columns == column].min(0) for column in np.unique(columns)])
            return np.median(self._below(highest - (0, 2 * GROUND_PX)), axis=0)
        lines = self.strokes.get("line", np.zeros((0, 2))).tolist()
        boxes = [rectangle.box.clipped(width, height) for rectangle in self.rectangles]
        shown = np.full((height, width), not (lines or boxes))
        if lines or boxes:
            left, top, right, bottom = map(round, Box.around([*boxes, *((x, y, x, y) for x, y in lines)]))
            shown[max(top, 0) : bottom + 1, max(left, 0) : right + 1] = True
        for box in boxes:
            shown[round(box.top) : round(box.bottom), round(box.left) : round(box.right)] = False
        y, x = np.ogrid[:height, :width]
        for pie in self.pies:
            radius = np.median(np.hypot(*(pie.rim - pie.middle).T))
            shown &= np.hypot(x - pie.middle[0], y - pie.middle[1]) > radius
        return np.median(self.pixels[shown if shown.any() else slice(None)].reshape(-1, 3)[::3], axis=0)

    def colors(self, places: np.ndarray, reach: int = 1) -> np.ndarray:
        """The colours (N, 3) at places (N, 2): of the pixels around, the one that differs most from those beyond."""
        return _farthest(self._around(places, reach), self._below(places))

    def stroke_colors(self, places: np.ndarray) -> np.ndarray:
        """The colours (N, 3) of strokes at places (N, 2), which may run over filled marks and from one to another."""
        fills = np.unique(np.round([self.ground, *(rectangle.color for rectangle in self.rectangles)]), axis=0)
        return _farthest(self._around(places, STROKE_PX), *fills[:, None], self._below(places))

    def _below(self, places: np.ndarray) -> np.ndarray:
        return np.median(self._around(places, GROUND_PX, STRIDE), axis=1)

    def _around(self, places: np.ndarray, reach: int, step: int = 1) -> np.ndarray:
        """The pixels (N, K, 3) around places (N, 2)."""
        height, width = self.pixels.shape[:2]
        around = np.array([(x, y) for y in range(-reach, reach + 1, step) for x in range(-reach, reach + 1, step)])
        at = np.asarray(places).reshape(-1, 2).astype(int)[:, None] + around
        return self.pixels[at[..., 1].clip(0, height - 1), at[..., 0].clip(0, width - 1)].astype(float)


def find_marks(net: Net, pixels: np.ndarray, most_px: int = SEEN_PX[0]) -> Marks:
    """Ask the net about a picture; float32 (1, 3, H, W) less the ground → logits (1, K, H / 4, W / 4).

    most_px: longer side at which it is looked at, at most.
    """
    longest = max(pixels.shape[:2])
    zoom = min(max(1.0, LEAST_SEEN_PX / longest), most_px / longest)
    size = max(1, round(pixels.shape[1] * zoom)), max(1, round(pixels.shape[0] * zoom))
    seen = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR)) if zoom != 1 else pixels
    pad = [(0, 0), *((0, -side % MULTIPLE_PX) for side in seen.shape[:2])]
    logits = net(np.pad(relative(seen), pad)[None])[0].astype(np.float32)
    peaks = {name: _peaks(logits, name, zoom) for name in PEAKS if name != "rim"}
    near, far = ([corner for corner in peaks.pop(name) if corner.kind == "bar"] for name in ("near", "far"))
    rectangles = paired(near, far, pixels)
    strokes = {name: _stroke(logits, name) / zoom for name in ("line", "edge", "grid", "axis")}
    strokes["line"], strokes["edge"] = edges(strokes["line"], strokes["edge"], pixels)
    rims = find_peaks(logits, "rim", PEAK, SLICES)
    pies = gathered(rims.where / zoom, votes(logits, "rim", rims, SLICES) / zoom, rims.score)
    return Marks(pixels, rectangles, peaks, pies, strokes)


def alike(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether colours (…, 3) are one."""
    return np.abs(np.asarray(one, float) - np.asarray(other, float)).max(-1) <= ALIKE


def _farthest(colors: np.ndarray, *grounds: np.ndarray) -> np.ndarray:
    """Of each row of colours (N, K, 3) the one that differs most from all grounds, (1, 3) or (N, 3) each."""
    apart = np.min([np.abs(colors - ground[:, None]).sum(-1) for ground in grounds], axis=0)
    return colors[np.arange(len(colors)), apart.argmax(1)]


def _peaks(logits: np.ndarray, name: str, zoom: float) -> list[Peak]:
    found = find_peaks(logits, name, PEAK, SLICES)
    kinds = probabilities(logits, f"{name}_kind", found, SLICES).argmax(1)
    rows = zip(found.where / zoom, kinds, found.score, strict=True)
    best = sorted(rows, key=lambda row: -row[2])[:MOST_PEAKS]
    return [Peak(float(x), float(y), PEAKS[name][kind], float(score)) for (x, y), kind, score in best]


def _stroke(logits: np.ndarray, name: str) -> np.ndarray:
    """Where a stroke runs (N, 2)."""
    rows, columns = np.nonzero(heat_map(logits, name, SLICES) > STROKE)
    within = logits[SLICES[f"{name}_offset"], rows, columns].T if f"{name}_offset" in SLICES else 0.0
    return (np.stack([columns, rows], 1) + 0.5 + within) * STRIDE


def edges(line: np.ndarray, edge: np.ndarray, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Take lines (N, 2) for edges (M, 2) beside them where nearly all of both have another colour above than below."""
    both = np.concatenate([edge, line])
    x, y = both.astype(int).T
    beside = np.stack([y - GROUND_PX, y + GROUND_PX]).clip(0, len(pixels) - 1)
    above, below = pixels[beside, x.clip(0, pixels.shape[1] - 1)].astype(float)
    filled = np.abs(above - below).max(-1) > FILLED_LEVELS
    return (line[:0], both) if len(edge) >= FEWEST_CELLS and filled.mean() > FILLED_SHARE else (line, edge)


def paired(near: list[Peak], far: list[Peak], pixels: np.ndarray) -> list[Rectangle]:
    """Pair corners so that what lies between them is of one colour, the purest first that no line parts.

    Among as pure ones those beyond whose sides the colour does not go on, then the smallest.
    """
    of_near, of_far = _within(pixels, near, 1), _within(pixels, far, -1)
    one_color = alike(of_near[:, None, :, None], of_far[None, :, None]).any((-2, -1))
    pairs = []
    for i, j in np.argwhere(one_color):
        a, b = near[i], far[j]
        box = Box(a.x, a.y, b.x, b.y)
        if min(box.width, box.height) < 1:
            continue
        rim = _sides(pixels, box, RIM_PX).reshape(-1, 3)
        color = np.median(rim, axis=0)
        share = float(alike(rim, color).mean())
        if share >= EVEN_SHARE:
            going_on = int((alike(_sides(pixels, box, -RIM_PX), color).mean(1) > 0.5).sum())
            order = _is_cut(pixels, box, color), share < PURE_SHARE, going_on, box.width * box.height
            pairs.append((order, int(i), int(j), box, color, share * min(a.score, b.score)))
    taken, found = set[tuple[str, int]](), list[Rectangle]()
    for _, i, j, box, color, score in sorted(pairs, key=lambda pair: pair[0]):
        if not taken & {("near", i), ("far", j)}:
            taken |= {("near", i), ("far", j)}
            found.append(Rectangle(snapped(box, color, pixels), color, score))
    return found


def _within(pixels: np.ndarray, corners: list[Peak], way: int) -> np.ndarray:
    """The colours (N, 3, 3) within corners, and farther along both sides: a line may cross a corner."""
    off = way * RIM_PX * np.array([(1, 1), (3, 1), (1, 3)])
    at = (np.array([(corner.x, corner.y) for corner in corners]).reshape(-1, 1, 2) + off).astype(int)
    return pixels[at[..., 1].clip(0, pixels.shape[0] - 1), at[..., 0].clip(0, pixels.shape[1] - 1)].astype(float)


def _is_cut(pixels: np.ndarray, box: Box, color: np.ndarray) -> bool:
    """Whether a line of another colour runs across a box from side to side, as between bars that all but touch."""
    left, top, right, bottom = (max(0, round(side)) for side in box.grown(-RIM_PX))
    inner = pixels[top:bottom, left:right]
    if not inner.size:
        return False
    level, upright = ~alike(inner[[0, -1]], color), ~alike(inner[:, [0, -1]], color)
    return bool(level.all(0).any() or upright.all(1).any())


def snapped(box: Box, color: np.ndarray, pixels: np.ndarray) -> Box:
    """Move each side to where the colour ends, to a part of a pixel: the pixels there are blended.

    Of a line along the side, such as an axis or an outline, the side is the middle.
    """
    sides = list(box)
    for i in range(4):
        turned = pixels if i % 2 else pixels.transpose(1, 0, 2)  # so that the side lies along a row
        low, high = (sides[1 - i % 2], sides[3 - i % 2])
        along = np.linspace(low, high, 9)[2:-2].astype(int).clip(0, turned.shape[1] - 1)
        start, outward = round(sides[i]), 1 if i > 1 else -1
        within = min(SNAP_PX, max(1, int((sides[2 + i % 2] - sides[i % 2]) / 2)))
        steps = np.arange(-within, SNAP_PX)  # from within outward
        rows = start + steps if outward > 0 else start - 1 - steps
        if min(rows) < 0 or max(rows) >= len(turned):
            continue
        across = np.median(turned[np.ix_(rows, along)].astype(float), axis=1)  # (N, 3)
        way = color - across[-1]
        if np.abs(way).max() > ALIKE and not alike(across[0], across[-1]):
            covered = np.clip(((across - across[-1]) @ way) / (way @ way), 0.0, 1.0)
            covered = np.where(alike(across, across[-1] + covered[:, None] * way), covered, 0.5).sum()
            sides[i] = float(start + outward * (covered - within))
    return Box(*sides) if sides[2] > sides[0] and sides[3] > sides[1] else box


def _sides(pixels: np.ndarray, box: Box, off: float) -> np.ndarray:
    """The pixels (4, RIM_STEPS, 3) along the sides of a box, so many pixels within: values are written farther in."""
    across, down = (min(off, side / 2) for side in (box.width, box.height))
    left, top, right, bottom = box.left + across, box.top + down, box.right - across, box.bottom - down
    xs, ys = np.linspace(left, right, RIM_STEPS), np.linspace(top, bottom, RIM_STEPS)
    x = np.stack([np.full_like(ys, left), xs, np.full_like(ys, right), xs])
    y = np.stack([ys, np.full_like(xs, top), ys, np.full_like(xs, bottom)])
    height, width = pixels.shape[:2]
    return pixels[y.astype(int).clip(0, height - 1), x.astype(int).clip(0, width - 1)]


def gathered(rim: np.ndarray, middles: np.ndarray, score: np.ndarray) -> list[Pie]:
    """Gather the ends of sectors' rims (N, 2) by the middles (N, 2) that they vote for."""
    radii, pies = np.hypot(*(rim - middles).T), list[Pie]()
    left = np.ones(len(middles), bool)
    while left.any():
        at = np.median(middles[left], axis=0)
        own = left & (np.hypot(*(middles - at).T) < MIDDLE_RADII * np.median(radii[left]))
        if own.sum() < 2:
            break
        pies.append(Pie(np.median(middles[own], axis=0), rim[own], float(score[own].mean())))
        left &= ~own
    return pies
