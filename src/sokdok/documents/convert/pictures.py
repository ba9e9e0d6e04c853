"""Figures of a page as files of their own, beside the document that shows them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from PIL import Image

from sokdok.documents.convert.mail import Mail
from sokdok.documents.document import PICTURES, UNREAD, Block, DocumentPage
from sokdok.documents.write.writer import Pictures
from sokdok.errors import InputError
from sokdok.files import make_folder, replacing
from sokdok.office.file import OfficeFile

FOLDER = "images"
_NO_LINK = frozenset(":\\\r\n")
"""what the path of a block's figure can't hold"""
Parse = Callable[[Image.Image, Path], str | None]
"""takes a figure and its file; what it finds goes beside the file, a table is returned as HTML"""


def save_pictures(page: DocumentPage, image: Image.Image, folder: Path, parse: Parse | None = None) -> DocumentPage:
    """Cut the figures out of a page's picture into `folder`/images; the page with links to them."""
    blocks: list[Block] = []
    count = 0
    for block in page.blocks:
        if block.kind in PICTURES and block.box is not None:
            count += 1
            block = _saved(block, image, folder, f"page-{page.number:04}-{count}.png", parse)
        blocks.append(block)
    return replace(page, blocks=tuple(blocks)) if count else page


def save_attached(
    page: DocumentPage, file: OfficeFile | Mail, folder: Path, parse: Parse | None = None
) -> DocumentPage:
    """Write a page's pictures, which its file holds by themselves, into `folder`/images; the page links to them."""
    blocks, count, lost = list(page.blocks), 0, 0
    for number, block in enumerate(page.blocks):
        if block.kind not in PICTURES or block.html:
            continue
        try:
            image = file.figure(page.number - 1, number)
        except InputError:
            lost += 1
            continue
        count += 1
        blocks[number] = _written(block, image, folder, f"page-{page.number:04}-{count}.png", parse)
    if not lost:
        return replace(page, blocks=tuple(blocks))
    warning = f"{lost} of {lost + count} pictures can't be shown: damaged, or drawings such as EMF"
    return replace(page, blocks=tuple(blocks), warnings=(*page.warnings, warning))


def beside(path: Path) -> Path:
    """The folder for the figures of a document that is one file, `report_images` beside `report.md`, emptied of them.

    Raises InputError where it is a link: they would go elsewhere.
    """
    folder = path.with_name(f"{path.stem}_{FOLDER}")
    if folder.is_symlink():
        raise InputError(f"{folder} is a link: remove it, or choose another file")
    for old in folder.glob("page-[0-9][0-9][0-9][0-9]-*.png"):
        old.unlink()
    return folder


def save_beside(page: DocumentPage, pictures: Pictures, folder: Path) -> DocumentPage:
    """Write a page's figures, as far as they can be shown, into `folder`; the page links to them."""
    blocks, count = list(page.blocks), 0
    for number, block in enumerate(page.blocks):
        data = pictures.figure(page, block) if block.kind in PICTURES and not set(folder.name) & _NO_LINK else None
        if data is not None:
            count += 1
            name = f"page-{page.number:04}-{count}.png"
            make_folder(folder)
            with replacing(folder / name) as temporary:
                temporary.write_bytes(data)
            blocks[number] = replace(block, figure=f"{folder.name}/{name}")
    return replace(page, blocks=tuple(blocks)) if count else page


def _saved(block: Block, image: Image.Image, folder: Path, name: str, parse: Parse | None) -> Block:
    return _written(block, image.crop(block.box), folder, name, parse)


def _written(block: Block, crop: Image.Image, folder: Path, name: str, parse: Parse | None) -> Block:
    path = _pictures(folder) / name
    path.parent.mkdir(exist_ok=True)
    with replacing(path) as temporary:
        crop.save(temporary, "PNG")
    table = parse(crop, path) if parse and block.kind != UNREAD else None
    return replace(block, figure=f"{FOLDER}/{name}", html=table or block.html)


def remove_pictures(folder: Path) -> None:
    """Remove what `save_pictures` wrote in an earlier run, and its folder if nothing else is in it."""
    for path in _pictures(folder).glob("page-*"):
        path.unlink()
    with suppress(OSError):
        (folder / FOLDER).rmdir()


def remove_unfinished_pictures(folder: Path) -> None:
    """Remove what a killed run left under temporary names."""
    for path in _pictures(folder).glob("page-*.tmp"):
        path.unlink()


def _pictures(folder: Path) -> Path:
    """The folder of a document's pictures. Raises InputError where it is a link: they would go elsewhere."""
    pictures = folder / FOLDER
    if pictures.is_symlink():
        raise InputError(f"{pictures} is a link: remove it, or choose another folder")
    return pictures
