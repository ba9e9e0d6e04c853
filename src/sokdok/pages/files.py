"""Files, pictures, arrays and bytes in, pages out: one page in memory at a time.

- Files are opened and drawn in a child process with limits (`jobs`): they may come from anybody.
- A file that can't be used at all raises InputError, one line that says what to do. One bad page of several, or one
  file of several (`pages_of`), is a `PageError` in its place, and the pages after it still come.
- What a file is, its first bytes say, not its name.
- `as_file` gives any input as a file, for what opens files only.
"""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from sokdok.errors import InputError, SokdokError, in_one_line
from sokdok.files import kind_of, open_regular, spooled
from sokdok.files.text import looks_binary
from sokdok.jobs import DEFAULTS, Limits
from sokdok.pages.page import Page, PageError
from sokdok.reasons import say

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from sokdok.pages.isolated import ChildFile, IsolatedFile

    Input: TypeAlias = str | os.PathLike[str] | bytes | Image.Image | np.ndarray[Any, Any] | Page
    """a file's path or content, a picture, an array of its pixels, or a page"""
    Inputs: TypeAlias = Input | Iterable[Input]

_HEAD = 8192
_PDF_WITHIN = 1024  # bytes: readers accept a PDF whose header comes a little late
_RANGE = re.compile(r"(?P<first>[1-9]\d{0,8})(?P<dash>-(?P<last>[1-9]\d{0,8})?)?")


def open_pages(
    path: Path,
    *,
    dpi: float | None = 144,
    source: str | None = None,
    password: str | None = None,
    wanted: str | None = None,
    limits: Limits = DEFAULTS,
) -> Iterator[Page | PageError]:
    """Pages of an image (PNG, JPEG, TIFF, WebP, GIF) or a PDF, in order.

    `dpi` is the resolution at which PDF pages are drawn; `source` is the name the pages carry, the path by default;
    `password` opens an encrypted PDF; `wanted` chooses pages, see `page_range`; `limits` bound what the file may take.
    """
    with closing(open_file(path, source=source, password=password, limits=limits)) as file:
        for index in unless_given_up(file, page_range(wanted, len(file), file.source, limits.pages)):
            yield index if isinstance(index, PageError) else file.page(index, dpi)


def unless_given_up(file: ChildFile, indices: Iterable[int]) -> Iterator[int | PageError]:
    """Positions of pages to draw, an error for one behind the file's end, and one for all once the file is given up."""
    waiting = list(indices)
    for done, index in enumerate(waiting):
        if file.given_up:
            left = len(waiting) - done - 1
            reason = say("left_alone_many" if left else "left_alone", count=left, why=file.given_up)
            yield PageError(file.source, index, reason)
            return
        yield index if index < len(file) else PageError(file.source, index, say("behind_the_end"))


def open_file(
    path: Path, *, source: str | None = None, password: str | None = None, limits: Limits = DEFAULTS
) -> IsolatedFile:
    """Open an image or a PDF for drawing its pages one by one. Raises InputError if it can't be used."""
    source = str(path) if source is None else source
    with open_regular(path, source) as file:
        if os.fstat(file.fileno()).st_size > limits.file_megabytes << 20:
            raise InputError(say("large_file", file=source, most=limits.file_megabytes))
        head = file.read(_HEAD)
    pdf, kind = b"%PDF-" in head[:_PDF_WITHIN], kind_of(head)
    if not pdf and kind is None and not looks_binary(head):
        raise InputError(f"{source} looks like text, not an image or a PDF; make a document of it with: sokdok convert")
    if not pdf and kind is not None and not kind.image:
        raise InputError(f"{source} is {kind.name}, not an image or a PDF; `sokdok convert` opens office documents")
    from sokdok.pages.isolated import IsolatedFile

    return IsolatedFile(path, source, pdf, password, limits)


def is_page_file(path: Path) -> bool:
    """Whether a file looks like an image or a PDF, by its first bytes.

    One that can't be read may be one: whoever opens it says why not.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return False  # opening a pipe would wait for whoever writes it
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    kind = kind_of(head)
    return b"%PDF-" in head[:_PDF_WITHIN] or (kind is not None and kind.image)


def page_range(wanted: str | None, count: int, source: str, most: int = DEFAULTS.pages) -> list[int]:
    """Positions, from 0 and in order, of the pages that `wanted` names, e.g. `1-5,7,9-` (None: all of `count`).

    A range ends where the file does; of one that begins behind that the first page is missing: see `unless_given_up`.
    Raises InputError for what is no range, if none of the pages is there, and for more than `most` pages.
    """
    indices = range(count) if wanted is None else _named(wanted, count, source)
    if len(indices) > most:
        raise InputError(say("many_pages", file=source, pages=count, most=most))
    return list(indices)


def _named(wanted: str, count: int, source: str) -> list[int]:
    """The positions that a range names."""
    indices: set[int] = set()
    for part in wanted.split(","):
        match = _RANGE.fullmatch(part.strip())
        if not match or (match["last"] and int(match["last"]) < int(match["first"])):
            raise InputError(f"{part.strip()!r} is no page or range of pages; write them as 1-5,7,9-12")
        first = int(match["first"])
        last = int(match["last"] or max(first, count)) if match["dash"] else first
        indices.update(range(first - 1, max(first, min(last, count))))
    if min(indices) >= count:
        raise InputError(f"{source} has {count:,} {'page' if count == 1 else 'pages'}, and none that was asked for")
    return sorted(indices)


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
    import numpy as np
    from PIL import Image

    return isinstance(thing, str | os.PathLike | bytes | bytearray | memoryview | Page | np.ndarray | Image.Image)


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
        file: Any = thing
        with as_file(file) as path:
            yield from open_pages(path, source=_name(thing), wanted=wanted, limits=limits)
    else:
        yield _page(thing)


def _page(thing: Any) -> Page:
    """A picture or an array as a page; a page as it is."""
    from PIL import Image

    from sokdok.pages.images import page_of_image

    if isinstance(thing, Page):
        return thing
    return page_of_image(*((thing, PICTURE) if isinstance(thing, Image.Image) else (_picture(thing), ARRAY)))


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
