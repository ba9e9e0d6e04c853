"""Pictures of pages, and of what stands on them."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from sokdok.documents.convert.open_source import Mail
from sokdok.documents.document import PICTURES, Block, DocumentPage
from sokdok.documents.pictures import PagePictures
from sokdok.errors import InputError
from sokdok.files import replacing
from sokdok.office.file import OfficeFile
from sokdok.pages.page import PageError
from sokdok.pages.pdf import LONG_SIDE
from sokdok.server.engine.refused import Absent
from sokdok.server.executor.messages import DrawPage, Read
from sokdok.server.executor.open_files import OpenedFiles

_MOST_SIDE = 3_000  # pixels of a picture
_QUICK = 3  # zlib's level: half the time of its usual one, a tenth more bytes


def draw_page(files: OpenedFiles, asked: DrawPage) -> None:
    """Write a page's picture. Raises Absent where there is none, InputError where it can't be drawn."""
    file = files.file(asked.upload)
    if isinstance(file, OfficeFile):
        raise Absent(f"{asked.upload.shown_as} has no pictures of its pages: it says its words itself")
    index = asked.page - 1
    page = file.page(index)
    if isinstance(file, Mail) and isinstance(page, PageError):
        raise Absent(page.message)
    if isinstance(page, PageError):
        raise InputError(page.message)
    image = page.image
    if file.scalable and image.width < asked.width:
        larger = file.page(index, enlarged=min(asked.width / image.width, _MOST_SIDE / LONG_SIDE))
        image = image if isinstance(larger, PageError) else larger.image
    _save(_within(image, asked.width), Path(asked.to))


def figures_of(page: DocumentPage) -> list[tuple[str, Block]]:
    """What stands on a page as a picture, each by the page's number and its own, from 1."""
    shown = [block for block in page.blocks if block.kind in PICTURES and _has_picture(page, block)]
    return [(f"{page.number}-{number}", block) for number, block in enumerate(shown, 1)]


def cut_figure(files: OpenedFiles, read: Read, page: DocumentPage, name: str, to: Path) -> None:
    """Write a figure's picture. Raises Absent if the page has none of that name, or it can't be shown."""
    block = dict(figures_of(page)).get(name)
    if block is None:
        raise Absent(f"page {page.number} has no figure {name!r}")
    data = pictures_of(files, read).figure(page, block)
    if data is None:
        raise Absent(f"figure {name} can't be shown: it is damaged, or a drawing such as EMF")
    with Image.open(io.BytesIO(data)) as image:
        _save(image, to)


def pictures_of(files: OpenedFiles, read: Read) -> PagePictures:
    """Pictures of a task's pages, as they were read."""
    return PagePictures(lambda: files.file(read.upload), read.asked.dpi)


def _has_picture(page: DocumentPage, block: Block) -> bool:
    return not block.html if page.source == "file" else block.box is not None


def _within(image: Image.Image, width: int) -> Image.Image:
    """A picture made smaller to a width, and to what anybody may ask for."""
    factor = min(1.0, width / image.width, _MOST_SIDE / max(image.size))
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    return image if factor == 1.0 else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _save(image: Image.Image, to: Path) -> None:
    with replacing(to) as temporary:
        image.save(temporary, "PNG", compress_level=_QUICK)
