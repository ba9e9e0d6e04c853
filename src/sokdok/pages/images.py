"""Image files in as pages: upright, RGB, and never larger than memory allows."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sokdok.errors import InputError
from sokdok.pages.page import Page, PageError
from sokdok.pages.png import drawn_as

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 120_000_000
"""An A3 sheet at 800 dpi; 360 MB as RGB. A few bytes of PNG can ask for any size."""

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP")  # MPO, a camera's JPEG with a preview, opens as JPEG


def image_pages(path: Path, source: str) -> Iterator[Page | PageError]:
    """The page of an image file, or the pages of a TIFF. Raises InputError if there is none to be had."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit here is our own: `_check_size`
        try:
            image = Image.open(path, formats=_FORMATS)
        except Image.DecompressionBombError:
            raise InputError(f"{source}: {_too_large()}") from None
        except Exception as error:  # a damaged header makes the decoders raise nearly anything
            raise InputError(f"{source} is no image that can be opened ({_reason(error)}); it may be damaged") from None
    with image:
        yield from _frames(image, source)


def _frames(image: Image.Image, source: str) -> Iterator[Page | PageError]:
    count = _count(image)
    for index in range(count):
        try:
            if index:
                image.seek(index)
            yield _page(image, source, index)
        except InputError as error:
            if count == 1:
                raise InputError(f"{source}: {error}") from None
            yield PageError(source, index, str(error))


def _count(image: Image.Image) -> int:
    """Pages of a TIFF; an animation's first frame is its only page."""
    if image.format != "TIFF":
        return 1
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:  # the chain of directories is broken: what the first one shows is still readable
        return 1


def _page(image: Image.Image, source: str, index: int) -> Page:
    _check_size(image)
    cell, part = drawn_as(image)
    try:
        return Page(_upright_rgb(image), source, index, cell=cell, part=part)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"the image is truncated or damaged ({_reason(error)})") from None


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise InputError(f"{_too_large()}: it has {image.width:,} x {image.height:,}")
    if not image.width or not image.height:
        raise InputError(f"the image has no pixels: it is {image.width} x {image.height}")


def _too_large() -> str:
    return f"the image has more than {MAX_PIXELS // 10**6} million pixels; make it smaller first"


def _reason(error: Exception) -> str:
    """The decoder's own words without the names of temporary files and objects."""
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return "unknown format" if text.startswith("cannot identify image file") else text


def _upright_rgb(image: Image.Image) -> Image.Image:
    """Turned as EXIF says, on white where it is transparent, 16-bit greys scaled rather than clipped."""
    from PIL import Image, ImageOps

    image.load()
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith(("I", "F")):
        upright = _grey8(upright)
    if upright.has_transparency_data:
        paper = Image.new("RGBA", upright.size, "white")
        return Image.alpha_composite(paper, upright.convert("RGBA")).convert("RGB")
    # A copy even where nothing changed: the file is closed, or moved to its next page, while the page lives on.
    return upright.convert("RGB") if upright.mode != "RGB" else upright.copy()


def _grey8(image: Image.Image) -> Image.Image:
    """Deep grey to eight bits: 16-bit values by their range, others (32-bit, float) as 0..255 if they fit it."""
    import numpy as np
    from PIL import Image

    values = np.asarray(image).astype(np.float64)
    if image.mode.startswith("I;16") or (image.mode == "I" and 255 < values.max() < 0x10000):
        values = values / 257
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > 255:
        raise InputError(f"pixels of mode {image.mode} can't be shown as grey; convert the image to 8-bit RGB first")
    return Image.fromarray(np.round(values).astype(np.uint8))
