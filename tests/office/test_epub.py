"""Books: chapters in the order of the spine, with their pictures."""

from pathlib import Path

import pytest

from fakes.office import MOST, archive, png, told
from sokdok.errors import InputError
from sokdok.office.epub import EpubFile

CONTAINER = '<container><rootfiles><rootfile full-path="OEBPS/content.opf"/></rootfiles></container>'
PACKAGE = (
    '<package><manifest><item id="b" href="b%20b.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/><item id="i" href="i.png" media-type="image/png"/>'
    '</manifest><spine><itemref idref="a"/><itemref idref="i"/><itemref idref="b"/><itemref'
    ' idref="a"/></spine></package>'
)
XHTML = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml"><body>{}</body></html>'


def book(folder: Path, **parts: str | bytes) -> EpubFile:
    content = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/content.opf": PACKAGE,
        "OEBPS/a.xhtml": XHTML.format("<h1>1장</h1><p>글<img src='i.png' alt='점'/></p><img src='../../x'/>"),
        "OEBPS/b b.xhtml": XHTML.format("<h1>2장</h1>"),
        "OEBPS/i.png": png(),
    }
    return EpubFile(
        archive(folder / "x.epub", content | {name.replace("__", "/"): data for name, data in parts.items()}),
        "x.epub",
        MOST,
    )


def test_chapters_are_pages(tmp_path: Path) -> None:
    file = book(tmp_path)
    assert len(file) == 2
    part = file.part(0)
    assert [(block.kind, block.text) for block in part.pieces] == [("title", "# 1장"), ("image", "점"), ("text", "글")]
    assert file.picture(part.pictures[0][1]) == png()
    assert told(file).endswith("# 2장")


def test_a_locked_book_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="locked by its publisher"):
        book(tmp_path, **{"META-INF__rights.xml": "<rights/>"})


def test_a_book_without_chapters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="without chapters"):
        book(tmp_path, **{"OEBPS__content.opf": "<package><manifest/><spine/></package>"})
