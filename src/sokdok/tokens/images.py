"""What one image costs in tokens, a function a rule: the providers' published arithmetic, without a model or a library.

- Each rule also says what size the model sees after the provider's own resizing. Legibility depends on that size: a
  page of 1932x1932 pixels costs Claude 1,521 tokens and is read at 1092x1092.
- A rule speaks for whole families; which model obeys which, with what constants, stands in `tokens.models`.
- What is not published is bounded from above, so that a budget made of these numbers is never overrun.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, sqrt

Size = tuple[int, int]  # (width, height) in pixels, or (columns, rows) of tiles.


@dataclass(frozen=True)
class ImageCost:
    """One image as a model reads it."""

    tokens: int
    effective: Size  # pixels that the model reads, after the provider's own resizing


def claude(width: int, height: int, *, edge: int, cap: int) -> ImageCost:
    """Patches of 28 pixels: the largest size of this shape whose padded edges and patches keep within the tier."""

    def fits(size: Size) -> bool:
        columns, rows = _patches(size, 28)
        return 28 * max(columns, rows) <= edge and columns * rows <= cap

    size = (width, height)
    if not fits(size):
        least, most = 1, max(size)  # the first fits, the last does not
        while most - least > 1:
            middle = (least + most) // 2
            least, most = (middle, most) if fits(_with_long_edge(size, middle)) else (least, middle)
        size = _with_long_edge(size, least)
    columns, rows = _patches(size, 28)
    return ImageCost(columns * rows, size)


def openai_tiles(width: int, height: int, *, base: int, tile: int) -> ImageCost:
    """Shrunk into 2048x2048 and to 768 pixels on the short side, never enlarged; then tiles of 512 pixels.

    The documentation says "scaled to 768", which would enlarge small images too; measured counts only shrink.
    """
    scale = min(Fraction(1), Fraction(2048, max(width, height)), Fraction(768, min(width, height)))
    tiles = ceil(width * scale / 512) * ceil(height * scale / 512)
    return ImageCost(base + tile * tiles, (round(width * scale), round(height * scale)))


def openai_patches(width: int, height: int, *, multiplier: Fraction, cap: int, edge: int | None = None) -> ImageCost:
    """Patches of 32 pixels times a multiplier; shrunk so that whole patches fit the cap."""
    scale = 1.0 if edge is None else min(1.0, edge / max(width, height))
    across, down = width * scale, height * scale
    if _up(across / 32) * _up(down / 32) > cap:
        shrink = sqrt(32 * 32 * cap / (across * down))
        columns, rows = across * shrink / 32, down * shrink / 32
        shrink *= min(max(1, floor(columns)) / columns, max(1, floor(rows)) / rows)
        across, down = across * shrink, down * shrink
    patches = _up(across / 32) * _up(down / 32)
    return ImageCost(ceil(multiplier * patches), (round(across), round(down)))


def gemini_tiles(width: int, height: int) -> ImageCost:
    """258 tokens a tile: one up to 384x384; else tiles of two thirds of the short side, between 256 and 768 pixels.

    A tile is enlarged to 768 pixels, so nothing is lost.
    """
    if max(width, height) <= 384:
        return ImageCost(258, (width, height))
    side = min(max(2 * min(width, height) // 3, 256), 768)
    return ImageCost(258 * ceil(width / side) * ceil(height / side), (width, height))


def constant(width: int, height: int, *, tokens: int) -> ImageCost:
    """Charge every image alike. What the provider makes of its size is not published, so the size is left alone."""
    return ImageCost(tokens, (width, height))


def smart_resize(width: int, height: int, *, factor: int, least: int, most: int) -> ImageCost:
    """Sides rounded to multiples of `factor`, a token for each square of it, scaled to between `least` and `most`."""
    columns, rows = (max(1, round(side / factor)) for side in (width, height))  # as published: halves to even
    if columns * rows > most:
        shrink = sqrt(width * height / (most * factor**2))
        columns, rows = (max(1, floor(side / shrink / factor)) for side in (width, height))
    elif columns * rows < least:
        grow = sqrt(least * factor**2 / (width * height))
        columns, rows = (ceil(side * grow / factor) for side in (width, height))
    return ImageCost(columns * rows, (columns * factor, rows * factor))


def internvl(width: int, height: int, *, cap: int = 12) -> ImageCost:
    """Stretched over the grid of 448-pixel tiles of closest shape, 256 tokens each, and a thumbnail beside several."""
    columns, rows = _closest_grid((width, height), 448, cap, least=1)
    tiles = columns * rows
    return ImageCost(256 * (tiles + (tiles > 1)), (448 * columns, 448 * rows))


SQUARES = {512: 73, 640: 111, 1024: 273, 1280: 421}  # side of a page → tokens, with newlines and the separator


def deepseek_ocr(width: int, height: int, *, cap: int) -> ImageCost:
    """A square of a mode's side is read in that mode, anything else in gundam: 1024 pixels and tiles of 640.

    100 tokens a tile and ten newlines a row of tiles are added to the 273 of the whole picture.
    """
    if width == height and width in SQUARES:
        return ImageCost(SQUARES[width], (width, height))
    columns, rows = tile_grid((width, height), 640, cap)
    seen = (640 * columns, 640 * rows) if columns else _with_long_edge((width, height), 1024)
    return ImageCost(SQUARES[1024] + 100 * columns * rows + 10 * rows, seen)


def deepseek_ocr_2(width: int, height: int, *, cap: int = 6) -> ImageCost:
    """1024 pixels, 256 tokens and a separator; above 768 pixels also tiles of 768, 144 tokens each."""
    columns, rows = tile_grid((width, height), 768, cap)
    seen = (768 * columns, 768 * rows) if columns else _with_long_edge((width, height), 1024)
    return ImageCost(257 + 144 * columns * rows, seen)


def _patches(size: Size, side: int) -> Size:
    return -(-size[0] // side), -(-size[1] // side)


def _with_long_edge(size: Size, edge: int) -> Size:
    """Scale a shape to this long edge; halves are rounded to even, as the published vectors have it."""
    width, height = size
    if width >= height:
        return edge, max(1, round(Fraction(edge * height, width)))
    return max(1, round(Fraction(edge * width, height))), edge


def _up(value: float) -> int:
    """Rounded up, but for what a float's last digits add to a whole number."""
    return ceil(value - 1e-9)


def tile_grid(size: Size, side: int, cap: int) -> Size:
    """The grid of local tiles, at most `cap` of them; (0, 0) if one tile would hold the image."""
    return (0, 0) if max(size) <= side else _closest_grid(size, side, cap, least=2)


def _closest_grid(size: Size, side: int, cap: int, least: int) -> Size:
    """Smallest difference of aspect ratios; on a tie the larger grid if the image covers more than half of it.

    The published order within one area is that of a Python set. It decides nothing for cap >= 4: between two different
    ratios of equal area lies a third grid's, which is closer than either when they tie.
    """
    width, height = size
    grids = [(i, j) for i in range(1, cap + 1) for j in range(1, cap // i + 1) if i * j >= least]
    best, best_difference = (1, 1), float("inf")
    for columns, rows in sorted(grids, key=lambda grid: (grid[0] * grid[1], grid)):
        difference = abs(width / height - columns / rows)
        large_enough = width * height > 0.5 * side * side * columns * rows
        if difference < best_difference or (difference == best_difference and large_enough):
            best, best_difference = (columns, rows), difference
    return best
