"""What Python code has as pages: files, pictures, arrays and bytes, one of them or several.

- `pages_of` opens whatever it is given; a file that is one of several and can't be used is a `PageError` in its place.
- `as_file` gives one input as a file, for what opens files only.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from sokdok.errors import InputError, SokdokError, in_one_line
from sokdok.files import spooled
from sokdok.jobs import DEFAULTS, Limits
from sokdok.pages.page import Page, PageError

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    Input: TypeAlias = str | os.PathLike[str] | bytes | Image.Image | np.ndarray[Any, Any] | Page
    """a file's path or content, a picture, an array of its pixels, or a page"""
    Inputs: TypeAlias = Input | Iterable[Input]

BYTES, PICTURE, ARRAY = "bytes", "picture", "array"  # what pages are called that come from no file
_TAKEN = "a path, bytes, a PIL image, an array of pixels or a Page"


def pages_of(inputs: Inputs, *, wanted: str | None = None, limits: Limits = DEFAULTS) -> Iterator[Page | PageError]:
    """Open the pages of an input, or of several in order: all those of a PDF, one of a picture.

    Raises InputError for anything that is none (at once if it is the only one), and for the only file if it can't be
    used; one of several becomes a `PageError`. `wanted` chooses pages of each file, see `files.page_range`; `limits`
    are what each may take.
    """
    if _is_one(inputs):
        return _opened(inputs, wanted, limits)
    if isinstance(inputs, Iterable):
        return _each(inputs, wanted, limits)
    raise _no_input(inputs)


def as_file(thing: Input) -> AbstractContextManager[Path]:
    """One input as a file: a path as it is, anything else written to a file that is removed at the end.

    Raises InputError for anything else.
    """
    if isinstance(thing, str | os.PathLike):
        return nullcontext(Path(thing))
    if isinstance(thing, bytes | bytearray | memoryview):
        return spooled(io.BytesIO(thing), BYTES, "document")
    if _is_one(thing):
        png = io.BytesIO()
        _page(thing).image.save(png, "PNG", compress_level=1)
        png.seek(0)
        return spooled(png, PICTURE, "document")
    raise _no_input(thing)


def _is_one(thing: object) -> bool:
    """Whether this is an input by itself; text, bytes and arrays could also be gone through."""
    if isinstance(thing, str | os.PathLike | bytes | bytearray | memoryview | Page) or _is_array(thing):
        return True
    from PIL import Image

    return isinstance(thing, Image.Image)


def _is_array(thing: object) -> bool:
    import numpy as np

    return isinstance(thing, np.ndarray)


def _each(inputs: Iterable[Any], wanted: str | None, limits: Limits) -> Iterator[Page | PageError]:
    for thing in inputs:
        if isinstance(thing, PageError):
            yield thing
            continue
        if not _is_one(thing):
            raise _no_input(thing)
        try:
            yield from _opened(thing, wanted, limits)
        except (SokdokError, OSError) as error:
            yield PageError(_name(thing), None, in_one_line(error))


def _opened(thing: Any, wanted: str | None, limits: Limits) -> Iterator[Page | PageError]:
    if isinstance(thing, str | os.PathLike | bytes | bytearray | memoryview):
        return _from_file(thing, wanted, limits)
    return iter([_page(thing)])


def _from_file(thing: Any, wanted: str | None, limits: Limits) -> Iterator[Page | PageError]:
    from sokdok.pages.files import open_pages

    with as_file(thing) as path:
        yield from open_pages(path, source=_name(thing), wanted=wanted, limits=limits)


def _page(thing: Any) -> Page:
    """A picture or an array as a page; a page as it is."""
    from sokdok.pages.images import page_of_image

    if isinstance(thing, Page):
        return thing
    if _is_array(thing):
        return page_of_image(_picture(thing), ARRAY)
    return page_of_image(thing, PICTURE)


def _picture(array: np.ndarray[Any, Any]) -> Image.Image:
    """An array of pixels as a picture. Raises InputError for other shapes and types than pictures have."""
    from PIL import Image

    channels = array.shape[2] if array.ndim == 3 else 1
    if str(array.dtype) != "uint8" or array.ndim not in (2, 3) or channels not in (1, 3, 4) or not array.size:
        raise InputError(
            f"an array of {array.dtype} with shape {array.shape} is no picture: "
            "it takes uint8 of shape (height, width) or (height, width, 3 or 4)"
        )
    return Image.fromarray(array[..., 0] if array.ndim == 3 and channels == 1 else array)


def _name(thing: Any) -> str:
    if isinstance(thing, str | os.PathLike):
        return os.fsdecode(thing)
    return PICTURE if not isinstance(thing, bytes | bytearray | memoryview) else BYTES


def _no_input(thing: object) -> InputError:
    return InputError(f"{_TAKEN} was expected, or several of them, not {type(thing).__name__}: {thing!r:.60}")
