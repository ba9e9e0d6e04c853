"""From a picture to the encoder's input: modes, tile grids, resizing, normalisation. PIL and numpy only.

- Geometry follows the published code to the pixel: a wrong pad offset or tile grid reads plausible, worse text.
- Tile cap (6, 9 or 32 in the published entry points) and tile threshold are arguments, not literals.
- A model reads the modes it was trained with, no others: `modes_of`, `default_mode` and `tile_cap` name them.
- The grid travels in `PixelInputs`; nothing downstream guesses it from pixels.
- Token counts are given the paper's way and as the sequence really holds them (newlines and separator included).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from sokdok.errors import require_choice
from sokdok.model.config import PUBLISHED_SIZES, ModelConfig
from sokdok.tokens.images import Size, tile_grid

Pixels = NDArray[np.float32]

PAD_GREY = 127
DEFAULT_TILE_CAP = 9  # The Hugging Face code's value; the published vLLM code uses 6.
UNLIMITED_TILE_CAP = 32  # Unlimited-OCR's.


@dataclass(frozen=True)
class Mode:
    """One resolution setting. Sides in pixels."""

    name: str
    base: int  # Side of the global view.
    stretch: bool  # Global view: ignore the aspect ratio (small modes) or pad it with grey.
    tile: int | None = None  # Side of a local tile; None without tiles. An image no larger than this gets no tiles.
    tile_cap: int = DEFAULT_TILE_CAP  # Most tiles, where the caller doesn't say.
    newlines: bool = True  # Whether each row of tokens ends in a newline, which counts as a token.


MODES = {name: Mode(name, **said) for name, said in PUBLISHED_SIZES["modes"].items()}


@dataclass(frozen=True)
class PixelInputs:
    """One image as the encoder sees it: float32, channels first, -1..1."""

    global_view: Pixels  # (3, base, base)
    tiles: Pixels | None  # (columns * rows, 3, tile, tile), row-major; None without tiles.
    grid: Size  # (columns, rows) of tiles; (0, 0) without.


@dataclass(frozen=True)
class TokenCount:
    """Vision tokens of one image."""

    real: int  # Positions in the sequence: 73, 111, 273, 421, 273 + 100 n + 10 rows; in gundam-768 257 + 144 n.
    paper: int  # Tokens as the paper counts: 64, 100, 256, 400, 256 + 100 n; in gundam-768 256 + 144 n.
    grid: Size


def get_mode(name: str) -> Mode:
    """Look a mode up by name."""
    require_choice("mode", name, MODES)
    return MODES[name]


def modes_of(config: ModelConfig) -> tuple[str, ...]:
    """Names of the modes that a model was trained to read, smallest first."""
    return ("gundam-768",) if config.query_encoder else ("tiny", "small", "base", "large", "gundam")


def default_mode(config: ModelConfig) -> str:
    """The mode in which the model reads documents best: the one with tiles."""
    return modes_of(config)[-1]


def tile_cap(config: ModelConfig) -> int:
    """Most tiles of an image, as the model's own code has it: 9, Unlimited-OCR 32, DeepSeek-OCR-2 6."""
    unlimited = config.decoder.sliding_window is not None
    return UNLIMITED_TILE_CAP if unlimited else get_mode(default_mode(config)).tile_cap


def choose_grid(size: Size, tile: int, cap: int = DEFAULT_TILE_CAP) -> Size:
    """(columns, rows) of tiles for an image, as `tokens.images` counts them; (0, 0) if one tile would hold it."""
    return (0, 0) if cap < 2 else tile_grid(size, tile, cap)


def _mode_grid(mode: Mode, size: Size, cap: int | None) -> Size:
    return (0, 0) if mode.tile is None else choose_grid(size, mode.tile, mode.tile_cap if cap is None else cap)


def tokens_per_side(side: int) -> int:
    """Vision tokens along `side` pixels."""
    return -(-(side // 16) // 4)


def vision_token_count(mode: str | Mode, size: Size = (1, 1), cap: int | None = None) -> TokenCount:
    """Tokens of an image of `size` pixels after EXIF rotation; size and cap (the mode's own) matter with tiles only."""
    mode = get_mode(mode) if isinstance(mode, str) else mode
    columns, rows = _mode_grid(mode, size, cap)
    side = tokens_per_side(mode.base)
    paper, ends = side * side, side
    if columns and mode.tile is not None:
        local = tokens_per_side(mode.tile)
        paper += local * local * columns * rows
        ends += local * rows
    return TokenCount(paper + 1 + (ends if mode.newlines else 0), paper, (columns, rows))


def valid_tokens(mode: str | Mode, size: Size, cap: int | None = None) -> int:
    """Paper equation 1: tokens that padding does not waste. A4 in base: 180 of 256. Stretched modes waste none."""
    mode = get_mode(mode) if isinstance(mode, str) else mode
    paper = vision_token_count(mode, size, cap).paper
    side = tokens_per_side(mode.base)
    longest, shortest = max(size), min(size)
    filled = side * side if mode.stretch else int(side * side * (1 - (longest - shortest) / longest))
    return paper - side * side + filled


def upright_rgb(image: Image.Image) -> Image.Image:
    """Apply the EXIF orientation and convert to RGB."""
    return ImageOps.exif_transpose(image).convert("RGB")


def normalise(image: Image.Image) -> Pixels:
    """RGB picture -> (3, H, W) float32 in -1..1."""
    pixels = np.asarray(image, dtype=np.float32) / np.float32(255)
    return np.ascontiguousarray(((pixels - np.float32(0.5)) / np.float32(0.5)).transpose(2, 0, 1))


def global_view(image: Image.Image, mode: Mode) -> Image.Image:
    """The whole picture at the mode's size, stretched or padded (centred, grey)."""
    side = (mode.base, mode.base)
    if mode.stretch:
        return image.resize(side, Image.Resampling.BICUBIC)
    return ImageOps.pad(image, side, Image.Resampling.BICUBIC, color=(PAD_GREY,) * 3)


def preprocess(image: Image.Image, mode: str | Mode, cap: int | None = None) -> PixelInputs:
    """Prepare one picture for the encoder, in `cap` tiles at most (the mode's own)."""
    mode = get_mode(mode) if isinstance(mode, str) else mode
    image = upright_rgb(image)
    grid = _mode_grid(mode, image.size, cap)
    tiles = None
    if mode.tile is not None and grid != (0, 0):
        columns, rows = grid
        side = mode.tile
        stretched = image.resize((side * columns, side * rows), Image.Resampling.BICUBIC)
        corners = [(side * column, side * row) for row in range(rows) for column in range(columns)]
        tiles = np.stack([normalise(stretched.crop((x, y, x + side, y + side))) for x, y in corners])
    return PixelInputs(normalise(global_view(image, mode)), tiles, grid)
