"""Images of a turn: looked at before they are stored, so that what comes back out is an image.

They may come from anybody, so they are decoded in a child process with limits (`jobs`).
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass

from sokdok.errors import InputError

LOOK = "sokdok.memory.images:look"  # what the child does
MAX_FILE_BYTES = 256 << 20  # An A3 sheet at 600 dpi is 210 MB where nothing is compressed.
# Media types of the formats that are stored, by Pillow's names.
MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif", "TIFF": "image/tiff"}


@dataclass(frozen=True)
class TurnImage:
    """What is known of a stored image without its bytes."""

    sha256: str  # SHA-256 of its bytes, in hex: its name.
    media_type: str
    width: int  # Pixels, before any rotation that EXIF asks for; so is `height`.
    height: int


@dataclass(frozen=True)
class NewImage:
    """An image to be stored, which `inspect_image` has decoded once."""

    data: bytes
    info: TurnImage


def inspect_image(data: bytes, name: str) -> NewImage:
    """Decode an image once, so that only whole ones are stored. Raises InputError, which calls it by `name`."""
    from sokdok.jobs import DEFAULTS, Child, Died  # few conversations have images

    with Child.borrowed(DEFAULTS) as child:
        try:
            media_type, size = child.call(LOOK, data, name, kind=tuple[str, tuple[int, int]])
        except (Died, RuntimeError) as error:
            raise InputError(f"{name} is no image that can be stored ({error})") from None
    return NewImage(data, TurnImage(hashlib.sha256(data).hexdigest(), media_type, *size))


def look(data: bytes, name: str) -> tuple[str, tuple[int, int]]:
    """Decode an image: its media type, and (width, height) in pixels. Raises InputError, which calls it by `name`."""
    from PIL import Image, UnidentifiedImageError

    from sokdok.pages.images import MEGAPIXELS

    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=list(MEDIA_TYPES)) as image:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            if image.width * image.height > MEGAPIXELS * 10**6:
                raise InputError(f"{name} has more than {MEGAPIXELS:,} million pixels; make it smaller first")
            image.load()
            media_type = MEDIA_TYPES[image.format or ""]
    except InputError:
        raise
    except Exception as error:  # damaged data makes the decoders raise nearly anything
        reason = "unknown format" if isinstance(error, UnidentifiedImageError) else str(error) or "damaged"
        raise InputError(f"{name} is no image that can be stored ({reason})") from None
    return media_type, image.size
