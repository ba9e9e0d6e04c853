"""Modes, tile grids, token counts and the geometry of resizing."""

import numpy as np
import pytest
from PIL import Image

from sokdok.model.config import DEEPSEEK_OCR, DEEPSEEK_OCR_2, UNLIMITED_OCR, ModelConfig
from sokdok.model.preprocess import (
    MODES,
    TokenCount,
    default_mode,
    modes_of,
    preprocess,
    tile_cap,
    valid_tokens,
    vision_token_count,
)

A4, A4_SMALL = (1654, 2339), (595, 842)


@pytest.mark.parametrize(
    ("mode", "real", "paper"), [("tiny", 73, 64), ("small", 111, 100), ("base", 273, 256), ("large", 421, 400)]
)
def test_tokens_of_plain_modes(mode: str, real: int, paper: int) -> None:
    assert vision_token_count(mode, A4) == TokenCount(real, paper, (0, 0))


@pytest.mark.parametrize(
    ("size", "cap", "grid", "real"),
    [
        (A4, 6, (2, 3), 903),
        (A4_SMALL, 9, (2, 3), 903),  # narrower than a tile, but higher
        ((2339, 1654), 9, (3, 2), 893),
        ((1280, 720), 9, (2, 1), 483),  # ties with (4, 2), but is too small for it
        ((1920, 1080), 6, (2, 1), 483),
        ((1920, 1080), 9, (4, 2), 1093),  # the same tie, large enough
        ((641, 641), 6, (2, 2), 693),
        ((2000, 2000), 9, (3, 3), 1203),
        ((3000, 400), 9, (7, 1), 983),
        ((640, 640), 9, (0, 0), 273),  # fits one tile: as base
    ],
)
def test_gundam(size: tuple[int, int], cap: int, grid: tuple[int, int], real: int) -> None:
    count = vision_token_count("gundam", size, cap)
    assert (count.grid, count.real) == (grid, real)
    assert count.paper == 256 + 100 * grid[0] * grid[1]


@pytest.mark.parametrize(
    ("size", "grid", "real"),
    [
        (A4, (2, 3), 1121),
        ((2000, 2000), (2, 2), 833),
        ((3000, 400), (6, 1), 1121),  # the cap is 6 without asking
        ((768, 768), (0, 0), 257),  # fits one tile
        ((700, 640), (0, 0), 257),  # would be tiled in gundam
    ],
)
def test_gundam_768(size: tuple[int, int], grid: tuple[int, int], real: int) -> None:
    """DeepSeek-OCR-2: 144 a tile, 256, one separator; no newlines."""
    assert vision_token_count("gundam-768", size) == TokenCount(real, real - 1, grid)
    assert real == 144 * grid[0] * grid[1] + 257


@pytest.mark.parametrize(
    ("config", "modes", "cap"),
    [
        (DEEPSEEK_OCR, ("tiny", "small", "base", "large", "gundam"), 9),
        (UNLIMITED_OCR, ("tiny", "small", "base", "large", "gundam"), 32),
        (DEEPSEEK_OCR_2, ("gundam-768",), 6),
    ],
    ids=lambda value: value.name if isinstance(value, ModelConfig) else "",
)
def test_what_each_model_reads(config: ModelConfig, modes: tuple[str, ...], cap: int) -> None:
    assert (modes_of(config), default_mode(config), tile_cap(config)) == (modes, modes[-1], cap)
    assert set(modes) <= MODES.keys()


@pytest.mark.parametrize("size", [(827, 1170), (1170, 827), (1022, 1024), (2000, 500), (700, 640)])
def test_gundam_768_gives_the_pixels_of_transformers(size: tuple[int, int]) -> None:
    """For sizes whose padding it rounds as PIL does (see `test_pad_offset`)."""
    path = "transformers.models.deepseek_ocr2.image_processing_pil_deepseek_ocr2"
    reference = pytest.importorskip(path).DeepseekOcr2ImageProcessorPil()
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    expected = reference(Image.fromarray(noise), return_tensors="np")
    pixels = preprocess(Image.fromarray(noise), "gundam-768")
    assert pixels.grid[0] * pixels.grid[1] == expected["num_local_patches"][0]
    assert np.array_equal(pixels.global_view, expected["pixel_values"][0])
    if pixels.tiles is not None:
        assert np.array_equal(pixels.tiles, np.stack(expected["pixel_values_local"]))


@pytest.mark.parametrize(
    ("mode", "size", "valid"),
    [
        ("tiny", A4, 64),
        ("small", A4, 100),
        ("base", A4_SMALL, 180),
        ("large", A4_SMALL, 282),
        ("base", (1000, 1000), 256),
        ("gundam", A4_SMALL, 780),
    ],
)
def test_valid_tokens(mode: str, size: tuple[int, int], valid: int) -> None:
    assert valid_tokens(mode, size) == valid


@pytest.mark.parametrize("name", ["tiny", "small", "base", "large"])
def test_plain_views(name: str) -> None:
    pixels = preprocess(Image.new("L", (30, 40), 255), name)
    side = MODES[name].base
    assert pixels.global_view.shape == (3, side, side)
    assert pixels.global_view.dtype == np.float32
    assert pixels.global_view.flags.c_contiguous
    assert (pixels.tiles, pixels.grid) == (None, (0, 0))
    corner = 1.0 if MODES[name].stretch else (127 / 255 - 0.5) / 0.5
    assert pixels.global_view[:, 0, 0] == pytest.approx([corner] * 3)
    assert pixels.global_view[:, side // 2, side // 2] == pytest.approx([1.0] * 3)


@pytest.mark.parametrize(("width", "left"), [(1024, 0), (1022, 1), (1021, 2), (1020, 2), (1017, 4), (512, 256)])
def test_pad_offset(width: int, left: int) -> None:
    """round(d / 2), not d // 2: one pixel apart for a quarter of all images (1021: 2, not 1; 1017: 4, not 3)."""
    view = preprocess(Image.new("RGB", (width, 1024), "white"), "base").global_view
    inside = np.flatnonzero(view[0, 512] == 1.0)
    assert (inside[0], len(inside)) == (left, width)


def test_tiles_go_row_by_row() -> None:
    image = Image.new("RGB", (1280, 1920))
    colours = [(40 * i, 0, 255 - 40 * i) for i in range(6)]
    for i, colour in enumerate(colours):
        image.paste(colour, (640 * (i % 2), 640 * (i // 2), 640 * (i % 2) + 640, 640 * (i // 2) + 640))
    pixels = preprocess(image, "gundam")
    assert pixels.grid == (2, 3)
    assert pixels.tiles is not None
    assert pixels.tiles.shape == (6, 3, 640, 640)
    middles = (pixels.tiles[:, :, 320, 320] * 0.5 + 0.5) * 255
    assert np.rint(middles).astype(int).tolist() == [list(colour) for colour in colours]


def test_exif_orientation_comes_first() -> None:
    image = Image.new("RGB", (2339, 1654), "white")
    image.getexif()[0x0112] = 6  # turned by a quarter: portrait when upright
    assert preprocess(image, "gundam").grid == (2, 3)
