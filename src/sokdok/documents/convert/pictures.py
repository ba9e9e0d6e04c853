"""Figures of a page as files of their own, beside the document that shows them."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from PIL import Image

from sokdok.documents.document import PICTURES, UNREAD, DocumentPage
from sokdok.documents.write.writer import Pictures
from sokdok.errors import InputError
from sokdok.files import make_folder, replacing

FOLDER = "images"
_NO_LINK = frozenset(":\\\r\n")  # what the path of a block's figure can't hold
Parse = Callable[[Image.Image, Path], str | None]
"""takes a figure and its file; what it finds goes beside the file, a table is returned as HTML"""


def save_pictures(page: DocumentPage, pictures: Pictures, folder: Path, parse: Parse | None = None) -> DocumentPage:
    """Write a page's figures into `folder`; the page links to them, and says how many of its file can't be shown."""
    blocks, count, lost = list(page.blocks), 0, 0
    for number, block in enumerate(page.blocks):
        if block.kind not in PICTURES or (block.html and page.source == "file") or set(folder.name) & _NO_LINK:
            continue
        data = pictures.figure(page, block)
        if data is None:
            lost += 1
            continue
        count += 1
        path = folder / f"page-{page.number:04}-{count}.png"
        make_folder(folder)
        with replacing(path) as temporary:
            temporary.write_bytes(data)
        table = parse(Image.open(io.BytesIO(data)), path) if parse and block.kind != UNREAD else None
        blocks[number] = replace(block, figure=f"{folder.name}/{path.name}", html=table or block.html)
    found = replace(page, blocks=tuple(blocks)) if count else page
    if not lost or page.source != "file":
        return found
    warning = f"{lost} of {lost + count} pictures can't be shown: damaged, or drawings such as EMF"
    return replace(found, warnings=(*page.warnings, warning))


def within(folder: Path) -> Path:
    """The folder of the figures of a document that is a folder. Raises InputError where it is a link."""
    return _no_link(folder / FOLDER)


def beside(path: Path) -> Path:
    """The folder of the figures of a document that is one file, `report_images` beside `report.md`, emptied of them.

    Raises InputError where it is a link.
    """
    folder = _no_link(path.with_name(f"{path.stem}_{FOLDER}"))
    for old in folder.glob("page-[0-9][0-9][0-9][0-9]-*.png"):
        old.unlink()
    return folder


def _no_link(folder: Path) -> Path:
    if folder.is_symlink():
        raise InputError(f"{folder} is a link, and figures would go elsewhere: remove it, or choose another name")
    return folder


def remove_pictures(folder: Path) -> None:
    """Remove what `save_pictures` wrote in an earlier run, and its folder if nothing else is in it."""
    for path in within(folder).glob("page-*"):
        path.unlink()
    with suppress(OSError):
        (folder / FOLDER).rmdir()


def remove_unfinished_pictures(folder: Path) -> None:
    """Remove what a killed run left under temporary names."""
    for path in within(folder).glob("page-*.tmp"):
        path.unlink()
