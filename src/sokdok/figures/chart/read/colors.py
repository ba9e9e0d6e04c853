"""A picture as areas of flat colour: what charts are made of.

- Colours are those that many pixels have; the pixels between two areas, which blend them, belong to none.
- Thin strokes are paler than their colour wherever they fall between two rows of pixels; a colour that has thin areas
  only and lies between the ground and a stronger colour is that colour.
- Texts are wiped out first: their ink takes the nearest colour that is common around their box.
- Areas are connected by runs of pixels, so no image library is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Box = tuple[float, float, float, float]
BLEND = -1
"""the code of a pixel that has none of the colours"""
_BINS = 8
"""values of a channel that count as one colour"""
_SAME, _NEAR = 20, 34
"""largest difference of a channel: between shades of one colour; between a pixel and the colour it is given"""
GROUND = 30
"""… and between the ground and its own shades, such as bands behind the marks"""
_MOST_COLORS = 56
_RULE = 0.25
"""share of the picture's width or height that a line goes along to count as a rule"""


@dataclass(frozen=True, eq=False)
class Area:
    """Connected pixels of one colour."""

    code: int
    """index of its colour"""
    box: tuple[int, int, int, int]
    """left, top, right, bottom; right and bottom are outside"""
    size: int
    """pixels"""
    runs: np.ndarray
    """(N, 3) rows of y, left, right (outside)"""

    @property
    def width(self) -> int:
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]

    @property
    def fill(self) -> float:
        """Share of its box that it covers."""
        return self.size / (self.width * self.height)

    @property
    def middle(self) -> tuple[float, float]:
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


@dataclass(frozen=True, eq=False)
class FlatPicture:
    """A picture in few colours."""

    codes: np.ndarray
    """(H, W) index of each pixel's colour, `BLEND` if it has none"""
    colors: np.ndarray
    """(N, 3) RGB, the most common first"""
    grounds: frozenset[int]
    """colours that are behind the marks"""
    areas: tuple[Area, ...]
    """of all colours but the grounds"""
    level_rules: tuple[float, ...]
    """y of the lines across much of the picture, such as a grid's, however pale"""
    upright_rules: tuple[float, ...]
    """… and x of those down much of it"""


def flatten(pixels: np.ndarray, texts: Sequence[Box]) -> FlatPicture:
    """Reduce a picture (H, W, 3) to areas of flat colour, without the texts in these boxes."""
    codes, colors = _quantise(pixels)
    for box in texts:
        _wipe(codes, box)
    grounds = _grounds(codes, colors)
    codes = _unblended(codes, colors, grounds)
    codes = np.where(np.isin(codes, list(grounds)), min(grounds), codes)
    areas = connected(codes)
    behind = {area.code for area in areas if _is_ground(area, codes)} - grounds
    behind |= {area.code for area in areas if _is_panel(area, codes)} - grounds
    if behind:
        grounds |= behind
        codes = np.where(np.isin(codes, list(grounds)), min(grounds), codes)
    kept = tuple(area for area in areas if area.code not in grounds)
    return FlatPicture(codes, colors, frozenset(grounds), kept, _rules(pixels), _rules(pixels.transpose(1, 0, 2)))


def _rules(pixels: np.ndarray) -> tuple[float, ...]:
    """The middles of the level lines of a picture: what differs from both sides, which are alike, along a good part."""
    grey = pixels.sum(2, dtype=np.int32) // 3
    if grey.shape[0] < 8:
        return ()
    above, middle, below = grey[:-6], grey[3:-3], grey[6:]
    differs = (np.abs(middle - above) > 4) & (np.abs(middle - below) > 4) & (np.abs(above - below) < 4)
    rows = np.flatnonzero(differs.mean(1) > _RULE) + 3
    groups = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1) if rows.size else []
    return tuple(float(_weighted_middle(grey, group)) + 0.5 for group in groups if len(group) <= 3)


def _weighted_middle(grey: np.ndarray, rows: np.ndarray) -> float:
    """Where a line lies between rows of pixels that share it."""
    weight = np.abs(grey[rows] - grey[rows[0] - 3]).mean(1) + 1e-6
    return float((rows * weight).sum() / weight.sum())


def _quantise(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The index of each pixel's colour (H, W) and the colours (N, 3)."""
    bins = (pixels // _BINS).astype(np.int32)
    packed = (bins[..., 0] << 10) | (bins[..., 1] << 5) | bins[..., 2]
    values, inverse, counts = np.unique(packed, return_inverse=True, return_counts=True)
    inverse = inverse.reshape(-1)
    sums = np.stack([np.bincount(inverse, pixels[..., c].reshape(-1), len(values)) for c in range(3)], 1)
    means = sums / counts[:, None]
    least = max(12, packed.size // 20_000)
    chosen: list[int] = []
    for index in np.argsort(-counts, kind="stable"):
        if (chosen and counts[index] < least) or len(chosen) >= _MOST_COLORS:
            break
        if not chosen or np.abs(means[chosen] - means[index]).max(1).min() > _SAME:
            chosen.append(int(index))
    colors = means[chosen]
    distance = np.abs(means[:, None] - colors[None]).max(2)
    nearest = distance.argmin(1)
    nearest[distance.min(1) > _NEAR] = BLEND
    return nearest[inverse].reshape(packed.shape).astype(np.int16), colors


def _wipe(codes: np.ndarray, box: Box) -> None:
    """Replace a text's ink by what is nearest: the pixels whose colour is not common around the box or in its rows."""
    height, width = codes.shape
    left, top = max(0, int(box[0]) - 1), max(0, int(box[1]) - 1)
    right, bottom = min(width, int(box[2]) + 2), min(height, int(box[3]) + 2)
    if right - left < 3 or bottom - top < 3:
        return
    inside = codes[top:bottom, left:right]
    ring = np.concatenate([inside[0], inside[-1], inside[:, 0], inside[:, -1]])
    found, counts = np.unique(ring[ring != BLEND], return_counts=True)
    around = found[counts >= 0.12 * len(ring)]
    if len(around):
        behind = [code for code in np.unique(inside) if ((inside == code).mean(1) > 0.8).sum() >= 3]
        known = np.isin(inside, [*around, *behind]) & (inside != BLEND)
        codes[top:bottom, left:right] = _fill(inside, known, around[0])


def _fill(codes: np.ndarray, known: np.ndarray, otherwise: int) -> np.ndarray:
    """Codes (h, w) with the unknown ones taken from the nearest known pixel in their row or column."""
    best = np.where(known, 0, 1_000_000)
    filled = np.where(known, codes, otherwise)
    for axis in (0, 1):
        places = np.arange(codes.shape[axis]).reshape((-1, 1) if axis == 0 else (1, -1))
        before = np.maximum.accumulate(np.where(known, places, -1), axis)
        after = np.flip(np.minimum.accumulate(np.flip(np.where(known, places, 999_999), axis), axis), axis)
        for source in (before, after):
            valid = (source >= 0) & (source < 999_999)
            distance = np.where(valid, np.abs(places - source), 1_000_000)
            taken = np.take_along_axis(codes, np.clip(source, 0, codes.shape[axis] - 1), axis)
            closer = distance < best
            best, filled = np.where(closer, distance, best), np.where(closer, taken, filled)
    return filled


def _grounds(codes: np.ndarray, colors: np.ndarray) -> set[int]:
    """The commonest colour of the border, and its shades."""
    border = np.concatenate([codes[0], codes[-1], codes[:, 0], codes[:, -1]])
    border = border[border != BLEND]
    ground = int(np.bincount(border).argmax()) if border.size else 0
    return {int(i) for i in np.flatnonzero(np.abs(colors - colors[ground]).max(1) <= GROUND)}


def _unblended(codes: np.ndarray, colors: np.ndarray, grounds: set[int]) -> np.ndarray:
    """Codes with those of blended strokes replaced by the colour that was blended with the ground."""
    away = colors - colors[min(grounds)]
    strength = np.linalg.norm(away, axis=1)
    thick = _thickness(codes, len(colors)) > 0.12
    root = np.arange(len(colors))
    for code in sorted(set(range(len(colors))) - grounds, key=lambda code: -strength[code]):
        if thick[code]:
            continue
        share = away @ away[code] / np.maximum(1e-9, strength**2)
        off = np.linalg.norm(away[code] - share[:, None] * away, axis=1)
        fits = (off < 8 + 0.08 * strength[code]) & (share > 0.1) & (share < 0.97) & (root == np.arange(len(colors)))
        fits[list(grounds)] = False
        fits[code] = False
        if not fits.any():
            continue
        nearest = int(np.where(fits, off, np.inf).argmin())
        if _touching(codes, code, nearest) > 0.5 or (np.ptp(away[code]) > 30 and not _runs_on(codes == code)):
            root[code] = nearest
    return np.where(codes == BLEND, BLEND, root[codes]).astype(np.int16)


def _neighbours(codes: np.ndarray) -> list[np.ndarray]:
    """The eight neighbours of each pixel, `BLEND` beyond the border."""
    padded = np.pad(codes, 1, constant_values=BLEND)
    height, width = codes.shape
    return [padded[y : y + height, x : x + width] for y in range(3) for x in range(3) if (y, x) != (1, 1)]


def _thickness(codes: np.ndarray, count: int) -> np.ndarray:
    """Share of each colour's pixels whose eight neighbours have it, too."""
    inner = np.logical_and.reduce([codes == other for other in _neighbours(codes)])
    known = codes != BLEND
    total = np.bincount(codes[known], minlength=count)
    return np.bincount(codes[known & inner], minlength=count) / np.maximum(1, total)


def _touching(codes: np.ndarray, code: int, other: int) -> float:
    """Share of a colour's pixels that have another beside them."""
    near = np.logical_or.reduce([shifted == other for shifted in _neighbours(codes)])
    return float(near[codes == code].mean()) if (codes == code).any() else 0.0


def _runs_on(mask: np.ndarray) -> bool:
    """Whether a colour goes across the picture without gaps, as a line of its own does."""
    columns = np.flatnonzero(mask.any(0))
    across = columns[-1] - columns[0] + 1 if columns.size else 0
    return bool(across > 0.3 * mask.shape[1] and columns.size > 0.85 * across)


def _is_ground(area: Area, codes: np.ndarray) -> bool:
    """Whether an area is a panel behind the marks: large, and it has the border of its box."""
    left, top, right, bottom = area.box
    if area.width * area.height < 0.3 * codes.size:
        return False
    inside = codes[top + 3 : bottom - 3, left + 3 : right - 3] == area.code
    border = (inside[0].mean(), inside[-1].mean(), inside[:, 0].mean(), inside[:, -1].mean())
    return bool(min(border) > 0.6)


def _is_panel(area: Area, codes: np.ndarray) -> bool:
    """Whether an area is of a panel that a grid divides: its colour is much of the picture and reaches its side."""
    height, width = codes.shape
    cut = area.box[0] <= 0 or area.box[1] <= 0 or area.box[2] >= width or area.box[3] >= height
    return cut and area.size > 0.02 * codes.size and float((codes == area.code).mean()) > 0.3


def connected(codes: np.ndarray, least: int = 6) -> list[Area]:
    """Areas of at least `least` pixels of equal codes that touch along an edge; `BLEND` is none. Largest first."""
    rows, starts, ends, values = _runs(codes)
    root = np.arange(len(rows))

    def find(run: int) -> int:
        while root[run] != run:
            root[run] = root[root[run]]
            run = root[run]
        return run

    first = np.searchsorted(rows, np.arange(codes.shape[0] + 1)).tolist()
    begin, finish, code = starts.tolist(), ends.tolist(), values.tolist()
    for y in range(codes.shape[0] - 1):
        above, below = first[y], first[y + 1]
        stop_above, stop_below = first[y + 1], first[y + 2]
        while above < stop_above and below < stop_below:
            if code[above] == code[below] and begin[above] < finish[below] and begin[below] < finish[above]:
                one, other = find(above), find(below)
                root[max(one, other)] = min(one, other)
            if finish[above] < finish[below]:
                above += 1
            else:
                below += 1
    labels = np.array([find(run) for run in range(len(rows))])
    return _collect(labels, np.stack([rows, starts, ends], 1), values, least)


def _runs(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Row, left, right (outside) and code of each horizontal run that is no blend."""
    height, width = codes.shape
    change = np.ones((height, width + 1), bool)
    change[:, 1:width] = codes[:, 1:] != codes[:, :-1]
    rows, columns = np.nonzero(change)
    begins = columns < width
    starts, ends = columns[begins], np.roll(columns, -1)[begins]
    rows = rows[begins]
    values = codes[rows, starts]
    kept = values != BLEND
    return rows[kept], starts[kept], ends[kept], values[kept]


def _collect(labels: np.ndarray, runs: np.ndarray, values: np.ndarray, least: int) -> list[Area]:
    order = np.argsort(labels, kind="stable")
    cuts = np.flatnonzero(np.diff(labels[order])) + 1
    areas = []
    for group in np.split(order, cuts):
        part = runs[group]
        size = int((part[:, 2] - part[:, 1]).sum())
        if size >= least:
            box = (int(part[:, 1].min()), int(part[0, 0]), int(part[:, 2].max()), int(part[-1, 0]) + 1)
            areas.append(Area(int(values[group[0]]), box, size, part))
    return sorted(areas, key=lambda area: -area.size)
