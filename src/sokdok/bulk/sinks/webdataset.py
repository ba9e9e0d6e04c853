"""Pages with their pictures, and WebDataset: a sample a page, its picture, its Markdown and its layout.

- `data/webdataset/000000-000.tar` with KEY.jpg, KEY.txt and KEY.json: `.txt` is what loaders decode as text.
- Pictures are drawn again from the source when they are written, through a child with limits: nothing else carries
  them. The file must be the one that was read, by its hash.
- Only pages that were read whole teach anything: the others are counted, and left out.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sokdok.bulk.assemble import markdown_of
from sokdok.bulk.quality.personal import find
from sokdok.bulk.results import route_of
from sokdok.bulk.sinks import Kept, Output, Shard, Written, notes
from sokdok.bulk.sources import Source, open_source
from sokdok.bulk.store import Store
from sokdok.bulk.worker import hashed
from sokdok.documents.blocks import Block
from sokdok.documents.document import DocumentPage, Ledger
from sokdok.documents.joining import joined_pages
from sokdok.documents.question import Question
from sokdok.documents.source import SourceFile
from sokdok.documents.source import open_source as open_document
from sokdok.errors import InputError
from sokdok.files import json_text
from sokdok.pages.page import Page

if TYPE_CHECKING:
    from PIL import Image

_FIELDS = {
    "string": "document path language reader route meta",
    "int64": "page pages width height",
    "float64": "confidence",
}  # what is known of a page, by its type
_BLOCK = ("kind, dtype: string", "box, list: int64", "text, dtype: string", "html, dtype: string")
_LEDGER = ("seen", "placed", "furniture", "unread")  # of a page's ledger: its numbers, no words
MOST_BYTES = 256 << 20  # of an archive, after which the next begins
_JPEG = {"quality": 92, "subsampling": 0}  # letters keep their edges, at a third of what PNG takes
NO_PICTURE = "the file has no pictures of its pages"
NOT_WHOLE = "the page was not read whole"
CHANGED = "the file is not the one that was read"
MASKED = "the picture shows what is masked in texts"


class PageShard(Shard):
    """A shard of pages."""

    def __init__(self, store: Store, number: str, folder: Path, output: Output) -> None:
        super().__init__(store, number, folder, output)
        self._sources: dict[int, Source] = {}

    def add_page(self, kept: Kept, page: DocumentPage, image: Image.Image) -> None:
        """Take the next page of a document, and its picture."""
        raise NotImplementedError

    def add(self, kept: Kept) -> None:
        pages = list(self._teaching(joined_pages(kept.pages())))
        if not pages:
            return
        unit = kept.units[0]
        try:
            with self._source(unit.source).fetch(unit.place) as path:
                if hashed(path)[0] != unit.sha256:
                    self.left_out[CHANGED] += len(pages)
                    return
                with closing(open_document(path, Question())) as file:
                    for page in pages:
                        if page.source == "file":
                            self.left_out[NO_PICTURE] += 1
                        elif (image := picture(file, page, self.output.question.dpi)) is None:
                            self.left_out["the page can't be drawn again"] += 1
                        else:
                            self.add_page(kept, page, image)
        except InputError as error:
            self.left_out[f"the file can't be opened any more ({type(error).__name__})"] += len(pages)

    def close_sources(self) -> None:
        """Close what pictures were drawn from."""
        for source in self._sources.values():
            source.close()

    def _source(self, number: int) -> Source:
        if number not in self._sources:
            self._sources[number] = open_source(self.output.sources[number])
        return self._sources[number]

    def _teaching(self, pages: Iterator[DocumentPage]) -> Iterator[DocumentPage]:
        """Pages that can be samples; the pictures of others would show what is masked, or nothing that was read."""
        for page in pages:
            text = "\n".join(f"{block.text}\n{block.html or ''}" for block in page.blocks)  # running heads included
            if page.status != "SUCCESS":
                self.left_out[NOT_WHOLE] += 1
            elif not page.width or not page.height:
                self.left_out[NO_PICTURE] += 1
            elif self.output.mask and not find(text).keys().isdisjoint(self.output.mask):
                self.left_out[MASKED] += 1
            else:
                yield page


class WebDataset(PageShard):
    """A row of archives of pages."""

    files = "{}*.tar"
    about = (
        "a page: `jpg`, its Markdown `txt`, and `json`: where it is from, and its blocks in reading order with boxes"
    )
    features = (
        "dataset_info:\n  features:\n  - {name: jpg, dtype: image}\n  - {name: txt, dtype: string}\n"
        "  - name: json\n    struct:\n"
        + "".join(
            f"    - {{name: {name}, dtype: {kind}}}\n" for kind, names in _FIELDS.items() for name in names.split()
        )
        + "    - name: blocks\n      list:\n"
        + "".join(f"      - {{name: {name}}}\n" for name in _BLOCK)
        + "".join(f"  - {{name: {name}, dtype: string}}\n" for name in ("__key__", "__url__"))
    )

    def __init__(self, store: Store, number: str, folder: Path, output: Output) -> None:
        super().__init__(store, number, folder, output)
        self._path = folder / "shard.tar"
        self._written: list[Written] = []
        self._archive: tarfile.TarFile | None = None
        self._bytes = 0

    def close(self) -> list[Written]:
        self._end_archive()
        self.close_sources()
        return self._written

    def add_page(self, kept: Kept, page: DocumentPage, image: Image.Image) -> None:
        layout = json_text(layout_of(kept, page)).encode()
        parts = {"jpg": jpeg(image), "txt": markdown_of(page).encode(), "json": layout}
        size = sum(map(len, parts.values()))
        if self._bytes + size > MOST_BYTES:
            self._end_archive()
        if self._archive is None:
            self._archive = tarfile.TarFile(self._path, "w", format=tarfile.USTAR_FORMAT)
        for suffix, content in parts.items():
            member = tarfile.TarInfo(f"{key_of(kept, page)}.{suffix}")
            member.size, member.mode = len(content), 0o644
            self._archive.addfile(member, io.BytesIO(content))
        self.rows += 1
        self._bytes += size

    def _end_archive(self) -> None:
        """Put the archive that is open, if there is one."""
        if self._archive is None:
            return
        self._archive.close()
        self._written.append(self.put(f"webdataset/{self.number}-{len(self._written):03d}.tar", self._path, self.rows))
        self._archive, self.rows, self._bytes = None, 0, 0


def layout_of(kept: Kept, page: DocumentPage) -> dict[str, Any]:
    """What is known of a page; the same fields for every page."""
    return {
        "document": kept.document.id,
        "path": kept.document.path,
        "page": page.number,
        "pages": len(kept.document.pages),
        "width": page.width,
        "height": page.height,
        "language": kept.language,
        "reader": page.reader,
        "route": route_of(page),
        "confidence": page.confidence,
        "ledger": {name: getattr(page.ledger or Ledger(0, 0), name) for name in _LEDGER},
        "meta": notes(kept.document.meta),
        "blocks": [_block(block) for block in page.blocks],
    }


def _block(block: Block) -> dict[str, Any]:
    return {"kind": block.kind, "box": list(block.box or ()), "text": block.text, "html": block.html or ""}


def picture(file: SourceFile, page: DocumentPage, dpi: float | None) -> Image.Image | None:
    """A page drawn as it was read, so that its boxes fit; None if it can't be."""
    drawn = _drawn(file, page.number - 1, dpi)
    if drawn is not None and file.scalable and drawn.width != page.width:  # it was drawn larger, for small letters
        drawn = _drawn(file, page.number - 1, dpi, page.width / drawn.width) or drawn
    if drawn is not None and drawn.size != (page.width, page.height):
        drawn = drawn.resize((page.width, page.height))
    return drawn


def _drawn(file: SourceFile, index: int, dpi: float | None, enlarged: float = 1.0) -> Image.Image | None:
    try:
        drawn = file.page(index, None if enlarged != 1.0 else dpi, enlarged)
    except InputError:
        return None
    return drawn.image if isinstance(drawn, Page) else None


def jpeg(image: Image.Image) -> bytes:
    """A picture as a file."""
    data = io.BytesIO()
    image.save(data, "JPEG", **_JPEG)
    return data.getvalue()


def key_of(kept: Kept, page: DocumentPage) -> str:
    """The document's id and the page's number: no name of a file becomes a path."""
    return f"{kept.document.id}-{page.number:05d}"
