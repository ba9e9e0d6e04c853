"""Image files in as pages: upright, RGB, with square pixels, and never larger than memory allows.

- A picture with more pixels than a page may have is made smaller as soon as it can be: a JPEG while it is decoded, any
  other before its colours are converted. Readers look at fewer pixels anyway.
- Of most faxes a pixel is twice as high as it is wide (204 x 98 dpi): such a picture is stretched.
"""

from __future__ import annotations

import math
import tomllib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sokdok.errors import InputError
from sokdok.jobs import DEFAULTS
from sokdok.pages.page import Page, PageError, drawn_as
from sokdok.pages.textlayer import MAX_PAGE_PIXELS
from sokdok.reasons import say

if TYPE_CHECKING:
    from PIL import Image

MEGAPIXELS = DEFAULTS.megapixels  # of a picture in its file
NEARLY_SQUARE, MOST_OBLONG = 1.1, 2.5  # times as long as wide, between which pixels are stretched: faxes' 1.04 or 2.08
MAX_SIDE = 100_000  # pixels: longer than any screenshot of a page; decoders are slow at rows of a pixel

_ORIENTATION = 274  # the tag that says how a picture is to be turned; above 4 by 90 degrees
_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP")  # MPO, a camera's JPEG with a preview, opens as JPEG
_DECODERS: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
"""how Pillow's words begin → the reason that they give"""


class ImageFile:
    """An open image file with one page, or those of a TIFF; InputError if it can't be opened."""

    def __init__(self, path: Path | BinaryIO, source: str, megapixels: int = MEGAPIXELS) -> None:
        self.source, self._megapixels = source, megapixels
        with _any_size():
            self._image = _open(path, source)
            frames = _frames(self._image)
        self._count = frames if self._image.format == "TIFF" else 1
        animated = self._image.format in ("GIF", "PNG", "WEBP") and frames > 1  # a JPEG's second picture is a preview
        self.remark = f"the first of {frames:,} frames of an animation: the others are not read" if animated else ""

    def __len__(self) -> int:
        return self._count

    def page(self, index: int, dpi: float | None = None, enlarged: float = 1.0) -> Page | PageError:
        """Decode a page; an image has the pixels it has, whatever is asked. InputError if the only page is bad."""
        try:
            with _any_size():
                try:
                    self._image.seek(index)
                except Exception as error:
                    raise InputError(f"the page can't be found ({_reason(error)})") from None
                _check_size(self._image, self._megapixels)
                return page_of_image(self._image, self.source, index)
        except InputError as error:
            if self._count == 1:
                raise InputError(say("in_file", file=self.source, why=error)) from None
            return PageError(self.source, index, str(error))

    def layer(self, index: int) -> None:
        """Images have no text layer."""

    def close(self) -> None:
        """Close the file."""
        self._image.close()


@contextmanager
def _any_size() -> Iterator[None]:
    """The limit here is our own: `_check_size`."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        yield


def _open(path: Path | BinaryIO, source: str) -> Image.Image:
    from PIL import Image

    try:
        return Image.open(path, formats=_FORMATS)
    except Image.DecompressionBombError:
        raise InputError(say("in_file", file=source, why=say("large_picture", most=MEGAPIXELS))) from None
    except Exception as error:  # a damaged header makes the decoders raise nearly anything
        raise InputError(say("no_picture", file=source, why=_reason(error))) from None


def _frames(image: Image.Image) -> int:
    """How many pictures a file holds; one where the chain of them is broken: what the first shows is still readable."""
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:
        return 1


def page_of_image(image: Image.Image, source: str, index: int = 0) -> Page:
    """A picture of any mode as a page: upright, RGB. Raises InputError where it can't be decoded after all."""
    cell, part = drawn_as(image)
    try:
        return Page(_upright_rgb(image), source, index, cell=cell, part=part)
    except InputError:
        raise
    except Exception as error:
        raise InputError(say("damaged_picture", why=_reason(error))) from None


def _check_size(image: Image.Image, megapixels: int) -> None:
    if image.width * image.height > megapixels * 10**6:
        raise InputError(say("larger_picture", most=megapixels, width=image.width, height=image.height))
    if max(image.size) > MAX_SIDE:
        raise InputError(say("long_picture", width=image.width, height=image.height, most=MAX_SIDE))
    if not image.width or not image.height:
        raise InputError(f"the image has no pixels: it is {image.width} x {image.height}")


def _reason(error: Exception) -> str:
    """What Pillow means where it is known; else its own words."""
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return next((say(code) for start, code in _DECODERS.items() if text.startswith(start)), text)


def _upright_rgb(image: Image.Image) -> Image.Image:
    """Turned as EXIF says, on white where it is transparent, 16-bit greys scaled rather than clipped."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(_loaded(image))
    if upright.mode.startswith(("I", "F")):
        upright = _grey8(upright)
    if upright.has_transparency_data:
        paper = Image.new("RGBA", upright.size, "white")
        return Image.alpha_composite(paper, upright.convert("RGBA")).convert("RGB")
    # A copy even where nothing changed: the file is closed, or moved to its next page, while the page lives on.
    return upright.convert("RGB") if upright.mode != "RGB" else upright.copy()


def _loaded(image: Image.Image) -> Image.Image:
    """Decode a picture, with square pixels, no more of them than a page may have."""
    across, down = _stretched(image)
    most = MAX_PAGE_PIXELS / (across * down)
    factor = math.ceil((image.width * image.height / most) ** 0.5)
    if factor > 1:
        image.draft(None, (image.width // factor, image.height // factor))  # a JPEG's decoder leaves out fine detail
    image.load()
    factor = math.ceil((image.width * image.height / most) ** 0.5)
    if factor < 2 and across == down:
        return image
    if image.mode in ("1", "P"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    size = int(image.width * across / factor) or 1, int(image.height * down / factor) or 1
    averaged = across == down and not image.mode.startswith(("I", "F"))
    return image.reduce(factor) if averaged else image.resize(size)


def _stretched(image: Image.Image) -> tuple[float, float]:
    """Times across and down that a picture is to be stretched so that its pixels, as its file says, are square.

    (1, 1) where they nearly are, where they are said to be longer than those of any fax, which is wrong then, and for
    what was made of a file's picture: that may be stretched already.
    """
    said: Any = image.info.get("dpi", image.info.get("resolution")) if image.format else None
    try:
        across, down = map(float, said)
        oblong = max(across / down, down / across)
    except (TypeError, ValueError, ZeroDivisionError):
        return 1.0, 1.0
    if not NEARLY_SQUARE < oblong < MOST_OBLONG:
        return 1.0, 1.0
    # A TIFF's decoder sets it upright, and its size says so; its resolution is that of the rows as they are stored.
    on_side = image.format == "TIFF" and image.getexif().get(_ORIENTATION, 1) > 4
    return (1.0, oblong) if (across > down) != on_side else (oblong, 1.0)


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
