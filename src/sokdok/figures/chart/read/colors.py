"""A picture in few flat colours, what charts are made of, and its areas: connected pixels of one colour.

- Colours are those that many pixels have; the pixels between two areas, which blend them, belong to none.
- Thin strokes are paler than their colour wherever they fall between two rows of pixels; a colour that has thin areas
  only and lies between the ground and a stronger colour is that colour.
- Texts are wiped out first: their ink takes the nearest colour that is common around their box.

Differences between colours are the largest of a channel, in levels of 255.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sokdok.imaging.arrays import runs, spans
from sokdok.imaging.box import Box
from sokdok.imaging.components import connected_runs

BLEND = -1  # the code of a pixel that has none of the colours
LEAST_PX = 6  # pixels of the smallest area


@dataclass(frozen=True, eq=False)
class Area:
    """Connected pixels of one colour; two areas are equal only if they are the same one."""

    code: int  # index of its colour
    box: Box
    size: int  # pixels
    runs: np.ndarray  # (N, 3) int: y, left, right (outside)

    @property
    def width(self) -> float:
        return self.box.width

    @property
    def height(self) -> float:
        return self.box.height

    @property
    def fill(self) -> float:
        """Share of its box that it covers."""
        return self.size / self.box.area

    @property
    def sides(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom as whole pixels, to cut it out."""
        left, top, right, bottom = self.box
        return int(left), int(top), int(right), int(bottom)

    def mask(self) -> np.ndarray:
        """Draw the area as a mask of its box, (height, width) bool."""
        left, top, right, bottom = self.sides
        mask = np.zeros((bottom - top, right - left), bool)
        for y, start, end in self.runs.tolist():
            mask[y - top, start - left : end - left] = True
        return mask

    def transposed(self) -> Area:
        """Exchange x and y."""
        left, top, right, bottom = self.sides
        found = runs(self.mask().T)
        turned = np.stack([found.rows + left, found.starts + top, found.ends + top], 1)
        return replace(self, box=Box(top, left, bottom, right), runs=turned)


def connected(codes: np.ndarray) -> list[Area]:
    """Find the areas of at least `LEAST_PX` pixels of equal codes (H, W) that touch along an edge, the largest first.

    `BLEND` is none.
    """
    found = connected_runs(codes, background=BLEND, corners=False)
    table = np.stack([found.rows, found.starts, found.ends], 1)
    order = np.argsort(found.components, kind="stable")
    cuts = np.flatnonzero(np.diff(found.components[order])) + 1
    areas = []
    for group in np.split(order, cuts):
        part = table[group]
        size = int((part[:, 2] - part[:, 1]).sum())
        if size >= LEAST_PX:
            box = Box(int(part[:, 1].min()), int(part[0, 0]), int(part[:, 2].max()), int(part[-1, 0]) + 1)
            areas.append(Area(int(found.codes[group[0]]), box, size, part))
    return sorted(areas, key=lambda area: -area.size)


_BIN_LEVELS = 8  # values of a channel that count as one colour
_SHADE_LEVELS = 20  # largest difference between shades of one colour
_NEAR_LEVELS = 34  # largest difference between a pixel and the colour it is given
_GROUND_LEVELS = 30  # largest difference between the ground and its own shades, such as bands behind the marks
_MOST_COLORS = 56
_LEAST_COLOR_PX = 12  # pixels of the rarest colour
_LEAST_COLOR_PARTS = 20_000  # the rarest colour has at least this part of the picture

_RULING_SHARE = 0.25  # share of the picture's width or height that a ruling line goes along
_RULING_LEVELS = 4  # difference in brightness between a ruling line and both its sides, and most between these
_RULING_PX = 3  # pixels that a ruling line is thick at most

_AROUND_SHARE = 0.12  # share of the border of a text's box that a colour has to have to be what the text stands on
_BEHIND_SHARE = 0.8  # share of a row of a text's box from which a colour is what the text stands on
_BEHIND_ROWS = 3

_THIN_SHARE = 0.12  # share of a colour's pixels with eight neighbours of it, up to which it has thin strokes only
_BLEND_OFFSET_LEVELS = 8
"""distance of a blended colour from the line between the ground and the stronger colour, at most …"""
_BLEND_OFFSET_SHARE = 0.08  # … plus this share of its distance from the ground
_BLEND_SHARES = (0.1, 0.97)  # how much of the stronger colour is in a blended one
_BESIDE_SHARE = 0.5  # share of a blended colour's pixels that touch the stronger colour
_COLORFUL_LEVELS = 30  # difference between the channels of a colour that is no grey
_ACROSS_SHARE = 0.3  # share of the picture's width that a line of its own colour goes across …
_UNBROKEN_SHARE = 0.85  # … and share of these columns in which it is seen

_PANEL_SHARE = 0.3  # share of the picture that a panel behind the marks covers
_PANEL_EDGE_PX = 3  # width of the edge of a panel that does not count
_PANEL_BORDER_SHARE = 0.6  # share of each side of its box, inside the edge, that a panel covers
_PANEL_PART_SHARE = 0.02  # share of the picture that a part of a panel divided by a grid covers


@dataclass(frozen=True, eq=False)
class FlatPicture:
    """A picture in few colours."""

    codes: np.ndarray  # (H, W) index of each pixel's colour, `BLEND` if it has none
    colors: np.ndarray  # (N, 3) RGB, the most common first
    grounds: frozenset[int]  # colours that are behind the marks
    areas: tuple[Area, ...]  # of all colours but the grounds
    horizontal_rulings: tuple[float, ...]  # y of the lines across much of the picture, such as a grid's, however pale
    vertical_rulings: tuple[float, ...]  # x of the lines down much of the picture
    pixels: np.ndarray  # (H, W, 3) uint8, as it was

    @property
    def ground(self) -> int:
        """The code that all grounds have in `codes`."""
        return min(self.grounds)


def flatten(pixels: np.ndarray, texts: Sequence[Box]) -> FlatPicture:
    """Reduce a picture (H, W, 3) to areas of flat colour, without the texts in these boxes."""
    codes, colors = _quantised(pixels)
    for box in texts:
        _wipe(codes, box)
    grounds = _grounds(codes, colors)
    codes = _unblended(codes, colors, grounds)
    codes = np.where(np.isin(codes, list(grounds)), min(grounds), codes)
    areas = connected(codes)
    panels = {area.code for area in areas if _is_panel(area, codes) or _is_panel_part(area, codes)} - grounds
    if panels:
        grounds |= panels
        codes = np.where(np.isin(codes, list(grounds)), min(grounds), codes)
    marks = tuple(area for area in areas if area.code not in grounds)
    rulings = _horizontal_rulings(pixels), _horizontal_rulings(pixels.transpose(1, 0, 2))
    return FlatPicture(codes, colors, frozenset(grounds), marks, *rulings, pixels)


def _horizontal_rulings(pixels: np.ndarray) -> tuple[float, ...]:
    """Find the middles of horizontal ruling lines: unlike both sides, which are alike, along a good part."""
    grey = pixels.sum(2, dtype=np.int32) // 3
    if grey.shape[0] < 2 * _RULING_PX + 2:
        return ()
    above, middle, below = grey[: -2 * _RULING_PX], grey[_RULING_PX:-_RULING_PX], grey[2 * _RULING_PX :]
    differs = (np.abs(middle - above) > _RULING_LEVELS) & (np.abs(middle - below) > _RULING_LEVELS)
    differs &= np.abs(above - below) < _RULING_LEVELS
    found = spans(differs.mean(1) > _RULING_SHARE) + _RULING_PX
    return tuple(_weighted_middle(grey, top, end) + 0.5 for top, end in found.tolist() if end - top <= _RULING_PX)


def _weighted_middle(grey: np.ndarray, top: int, end: int) -> float:
    """Compute where a line lies between rows of pixels that share it."""
    rows = np.arange(top, end)
    weight = np.abs(grey[rows] - grey[top - _RULING_PX]).mean(1) + 1e-6
    return float((rows * weight).sum() / weight.sum())


def _quantised(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Reduce a picture to the index of each pixel's colour (H, W) int16 and the colours (N, 3)."""
    bins = (pixels // _BIN_LEVELS).astype(np.int32)
    packed = (bins[..., 0] << 10) | (bins[..., 1] << 5) | bins[..., 2]
    values, inverse, counts = np.unique(packed, return_inverse=True, return_counts=True)
    inverse = inverse.reshape(-1)
    sums = np.stack([np.bincount(inverse, pixels[..., c].reshape(-1), len(values)) for c in range(3)], 1)
    means = sums / counts[:, None]
    # The commonest bins are colours, but for those that are shades of one already chosen.
    least = max(_LEAST_COLOR_PX, packed.size // _LEAST_COLOR_PARTS)
    chosen: list[int] = []
    for index in np.argsort(-counts, kind="stable"):
        if (chosen and counts[index] < least) or len(chosen) >= _MOST_COLORS:
            break
        if not chosen or np.abs(means[chosen] - means[index]).max(1).min() > _SHADE_LEVELS:
            chosen.append(int(index))
    colors = means[chosen]
    distance = np.abs(means[:, None] - colors[None]).max(2)
    nearest = distance.argmin(1)
    nearest[distance.min(1) > _NEAR_LEVELS] = BLEND
    return nearest[inverse].reshape(packed.shape).astype(np.int16), colors


def _wipe(codes: np.ndarray, box: Box) -> None:
    """Replace a text's ink by what is nearest: the pixels whose colour is not common around the box or in its rows."""
    height, width = codes.shape
    left, top = max(0, int(box.left) - 1), max(0, int(box.top) - 1)
    right, bottom = min(width, int(box.right) + 2), min(height, int(box.bottom) + 2)
    if right - left < 3 or bottom - top < 3:
        return
    inside = codes[top:bottom, left:right]
    border = np.concatenate([inside[0], inside[-1], inside[:, 0], inside[:, -1]])
    found, counts = np.unique(border[border != BLEND], return_counts=True)
    around = found[counts >= _AROUND_SHARE * len(border)]
    if len(around):
        behind = [
            code
            for code in np.unique(inside)
            if ((inside == code).mean(1) > _BEHIND_SHARE).sum() >= _BEHIND_ROWS
        ]  # fmt: skip
        known = np.isin(inside, [*around, *behind]) & (inside != BLEND)
        codes[top:bottom, left:right] = _filled(inside, known, around[0])


def _filled(codes: np.ndarray, known: np.ndarray, otherwise: int) -> np.ndarray:
    """Give the unknown codes (h, w) the code of the nearest known pixel in their row or column."""
    far = max(codes.shape)
    best = np.where(known, 0, 2 * far)
    filled = np.where(known, codes, otherwise)
    for axis in (0, 1):
        places = np.arange(codes.shape[axis]).reshape((-1, 1) if axis == 0 else (1, -1))
        before = np.maximum.accumulate(np.where(known, places, -1), axis)
        after = np.flip(np.minimum.accumulate(np.flip(np.where(known, places, far), axis), axis), axis)
        for source in (before, after):
            valid = (source >= 0) & (source < far)
            distance = np.where(valid, np.abs(places - source), 2 * far)
            taken = np.take_along_axis(codes, np.clip(source, 0, codes.shape[axis] - 1), axis)
            closer = distance < best
            best, filled = np.where(closer, distance, best), np.where(closer, taken, filled)
    return filled


def _grounds(codes: np.ndarray, colors: np.ndarray) -> set[int]:
    """Find the commonest colour of the border, and its shades."""
    border = np.concatenate([codes[0], codes[-1], codes[:, 0], codes[:, -1]])
    border = border[border != BLEND]
    ground = int(np.bincount(border).argmax()) if border.size else 0
    return {int(i) for i in np.flatnonzero(np.abs(colors - colors[ground]).max(1) <= _GROUND_LEVELS)}


def _unblended(codes: np.ndarray, colors: np.ndarray, grounds: set[int]) -> np.ndarray:
    """Replace the codes of blended strokes by that of the colour that was blended with the ground."""
    from_ground = colors - colors[min(grounds)]
    strength = np.linalg.norm(from_ground, axis=1)
    thick = _thickness(codes, len(colors)) > _THIN_SHARE
    root = np.arange(len(colors))
    for code in sorted(set(range(len(colors))) - grounds, key=lambda code: -strength[code]):
        if thick[code]:
            continue
        # A blend lies between the ground and its colour: project it on the way to each other colour.
        share = from_ground @ from_ground[code] / np.maximum(1e-9, strength**2)
        offset = np.linalg.norm(from_ground[code] - share[:, None] * from_ground, axis=1)
        fits = offset < _BLEND_OFFSET_LEVELS + _BLEND_OFFSET_SHARE * strength[code]
        fits &= (share > _BLEND_SHARES[0]) & (share < _BLEND_SHARES[1]) & (root == np.arange(len(colors)))
        fits[list(grounds)] = False
        fits[code] = False
        if not fits.any():
            continue
        nearest = int(np.where(fits, offset, np.inf).argmin())
        beside = _share_beside(codes, code, nearest) > _BESIDE_SHARE
        if beside or (np.ptp(from_ground[code]) > _COLORFUL_LEVELS and not _goes_across(codes == code)):
            root[code] = nearest
    return np.where(codes == BLEND, BLEND, root[codes]).astype(np.int16)


def _neighbours(codes: np.ndarray) -> list[np.ndarray]:
    """Shift codes to the eight neighbours of each pixel, `BLEND` beyond the border."""
    padded = np.pad(codes, 1, constant_values=BLEND)
    height, width = codes.shape
    return [padded[y : y + height, x : x + width] for y in range(3) for x in range(3) if (y, x) != (1, 1)]


def _thickness(codes: np.ndarray, count: int) -> np.ndarray:
    """Compute the share of each colour's pixels whose eight neighbours have it, too: (count,)."""
    inner = np.logical_and.reduce([codes == other for other in _neighbours(codes)])
    known = codes != BLEND
    total = np.bincount(codes[known], minlength=count)
    return np.bincount(codes[known & inner], minlength=count) / np.maximum(1, total)


def _share_beside(codes: np.ndarray, code: int, other: int) -> float:
    """Compute the share of a colour's pixels that have another beside them."""
    near = np.logical_or.reduce([shifted == other for shifted in _neighbours(codes)])
    return float(near[codes == code].mean()) if (codes == code).any() else 0.0


def _goes_across(mask: np.ndarray) -> bool:
    """Check whether a colour goes across the picture without gaps, as a line of its own does."""
    columns = np.flatnonzero(mask.any(0))
    across = columns[-1] - columns[0] + 1 if columns.size else 0
    return bool(across > _ACROSS_SHARE * mask.shape[1] and columns.size > _UNBROKEN_SHARE * across)


def _is_panel(area: Area, codes: np.ndarray) -> bool:
    """Check whether an area is a panel behind the marks: large, and it has the border of its box."""
    left, top, right, bottom = area.sides
    if area.box.area < _PANEL_SHARE * codes.size:
        return False
    edge = _PANEL_EDGE_PX
    inside = codes[top + edge : bottom - edge, left + edge : right - edge] == area.code
    if not inside.size:
        return False
    border = (inside[0].mean(), inside[-1].mean(), inside[:, 0].mean(), inside[:, -1].mean())
    return bool(min(border) > _PANEL_BORDER_SHARE)


def _is_panel_part(area: Area, codes: np.ndarray) -> bool:
    """Check whether an area is of a panel that a grid divides: a common colour that reaches the picture's side."""
    height, width = codes.shape
    left, top, right, bottom = area.box
    cut = left <= 0 or top <= 0 or right >= width or bottom >= height
    large = area.size > _PANEL_PART_SHARE * codes.size
    return cut and large and float((codes == area.code).mean()) > _PANEL_SHARE
