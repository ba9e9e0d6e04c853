"""What `/v1/ocr` answers: pages as Mistral's clients read them, written to a file one by one."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Literal

import msgspec

from sokdok.documents import sanitize
from sokdok.documents.blocks import PICTURES, Block
from sokdok.documents.document import DocumentPage
from sokdok.documents.markdown import block_markdown, joined
from sokdok.documents.source import PagePictures
from sokdok.server.errors import TooLarge
from sokdok.server.work.docling import failure_of
from sokdok.tables.parse import parse_table

_LINK = re.compile(r"\]\(((?:https?|mailto):[^()\s]+)\)", re.IGNORECASE)
_DPI = 132
"""of an A4 page as it is drawn to be read; what a pixel of others is on paper is not known"""
BlockKind = Literal[
    "text", "title", "list", "table", "image", "equation", "code", "caption", "header", "footer", "aside_text"
]
_KINDS = msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes(), type=dict[BlockKind, Collection[str]])
_KINDS["image"] = PICTURES


class OcrForm(msgspec.Struct, frozen=True):
    """What of pages a client wants, in the words of the API."""

    include_image_base64: bool | None = None
    image_limit: int | None = None
    image_min_size: int | None = None
    table_format: Literal["markdown", "html"] | None = None
    extract_header: bool = False
    extract_footer: bool = False
    include_blocks: bool = False
    confidence_scores_granularity: Literal["word", "page", "block"] | None = None


@dataclass
class OcrImage:
    """A picture of a page, and where it is in pixels of the page."""

    top_left_x: int
    top_left_y: int
    bottom_right_x: int
    bottom_right_y: int
    id: str
    image_base64: str | None = None


@dataclass
class OcrTable:
    """A table of a page."""

    id: str
    content: str
    format: Literal["markdown", "html"]


@dataclass
class WordScore:
    """The reader's confidence in a word."""

    text: str
    confidence: float
    start_index: int  # in the page's Markdown


@dataclass
class PageScores:
    """The reader's confidence in a page."""

    average_page_confidence_score: float
    minimum_page_confidence_score: float
    word_confidence_scores: list[WordScore] | None = None


@dataclass
class BlockScores:
    """The reader's confidence in a block."""

    average_content_confidence_score: float | None
    minimum_content_confidence_score: float | None


@dataclass
class OcrBlock:
    """A block of a page, and where it is in pixels of the page."""

    top_left_x: int
    top_left_y: int
    bottom_right_x: int
    bottom_right_y: int
    type: BlockKind
    content: str
    image_id: str | None = None
    table_id: str | None = None
    confidence_scores: BlockScores | None = None


@dataclass
class Dimensions:
    """Of a page as it was read."""

    dpi: int
    height: int
    width: int


@dataclass
class OcrPage:
    """A page."""

    index: int
    markdown: str
    images: list[OcrImage]
    dimensions: Dimensions | None
    tables: list[OcrTable] = field(default_factory=list)
    hyperlinks: list[str] = field(default_factory=list)
    header: str | None = None
    footer: str | None = None
    confidence_scores: PageScores | None = None
    blocks: list[OcrBlock] | None = None


@dataclass
class OcrUsage:
    """What was read."""

    pages_processed: int
    doc_size_bytes: int


@dataclass
class OcrAnswer:
    """The answer."""

    pages: list[OcrPage]
    model: str
    usage_info: OcrUsage
    document_annotation: str | None = None  # the fields that were asked for, as JSON


def write_answer(
    file: IO[bytes],
    pages: Iterable[DocumentPage],
    form: OcrForm,
    pictures: PagePictures,
    model: str,
    size: int,
    most_bytes: int,
    fields: object,
) -> None:
    """Write the answer about a document of `size` bytes, with its fields if any are wanted.

    Raises TooLarge for pictures of more than `most_bytes`.
    """
    count, left = 0, most_bytes
    file.write(b'{"pages":[')
    for page, answer in ocr_pages(pages, form):
        if form.include_image_base64:
            left -= _add_pictures(page, answer, pictures)
            if left < 0:
                most = f"{most_bytes:,} bytes"
                raise TooLarge(f"the pictures have more than {most}: ask for fewer pages, or with image_limit")
        file.write(b"," * bool(count) + msgspec.json.encode(answer))
        count += 1
    file.write(b'],"model":' + msgspec.json.encode(model))
    annotation = None if fields is None else msgspec.json.encode(fields).decode()
    file.write(b',"usage_info":' + msgspec.json.encode(OcrUsage(count, size)))
    file.write(b',"document_annotation":' + msgspec.json.encode(annotation) + b"}")


def ocr_pages(pages: Iterable[DocumentPage], form: OcrForm) -> Iterator[tuple[DocumentPage, OcrPage]]:
    """Pages of a document, in its order, each with its answer but for the pixels of pictures."""
    most = form.image_limit
    for page in pages:
        answer = _Writing(page, form, most).page()
        most = None if most is None else most - len(answer.images)
        yield page, answer


def _add_pictures(page: DocumentPage, answer: OcrPage, pictures: PagePictures) -> int:
    """Give images their pixels, as data URLs; one that can't be shown stays without. Their bytes."""
    blocks = {block.box: block for block in page.blocks if block.box is not None}
    size = 0
    for image in answer.images:
        box = image.top_left_x, image.top_left_y, image.bottom_right_x, image.bottom_right_y
        data = pictures.figure(page, blocks[box])
        if data is not None:
            size += len(data)
            image.image_base64 = f"data:image/png;base64,{b64encode(data).decode()}"
    return size


class _Writing:
    """One page: its pictures and tables get the names by which its Markdown speaks of them."""

    def __init__(self, page: DocumentPage, asked: OcrForm, most_images: int | None) -> None:
        self.page_read, self.asked, self.most = page, asked, most_images
        self.images: list[OcrImage] = []
        self.tables: list[OcrTable] = []
        self._names: dict[int, str] = {}
        for place, block in enumerate(page.blocks):
            if block.kind in PICTURES and block.box is not None and self._is_wanted(*block.box):
                self._names[place] = id = f"img-{len(self.images)}.png"
                self.images.append(OcrImage(*block.box, id))
            elif block.html and asked.table_format is not None:
                markdown = asked.table_format == "markdown"
                self._names[place] = id = f"tbl-{len(self.tables)}.{'md' if markdown else 'html'}"
                content = parse_table(block.html).markdown() if markdown else block.html
                self.tables.append(OcrTable(id, content, asked.table_format))

    def _is_wanted(self, left: float, top: float, right: float, bottom: float) -> bool:
        least = self.asked.image_min_size or 0
        return min(right - left, bottom - top) >= least and (self.most is None or len(self.images) < self.most)

    def page(self) -> OcrPage:
        page, asked = self.page_read, self.asked
        apart = {"header"} if asked.extract_header else set()
        apart |= {"footer", "page_number"} if asked.extract_footer else set()
        text = self._text([place for place, block in enumerate(page.blocks) if block.kind not in apart])
        text = "\n\n".join(filter(None, (failure_of(page), text)))
        return OcrPage(
            index=page.number - 1,
            markdown=text,
            images=self.images,
            dimensions=Dimensions(dpi=_DPI, height=page.height, width=page.width) if page.width else None,
            tables=self.tables,
            hyperlinks=list(dict.fromkeys(_LINK.findall(text))),
            header=self._furniture({"header"}) if asked.extract_header else None,
            footer=self._furniture({"footer", "page_number"}) if asked.extract_footer else None,
            confidence_scores=self._scores(text) if asked.confidence_scores_granularity else None,
            blocks=self._blocks() if asked.include_blocks else None,
        )

    def _text(self, places: Sequence[int]) -> str:
        written = {id(self.page_read.blocks[place]): self._written(place) for place in places}
        blocks = [self.page_read.blocks[place] for place in places]
        return sanitize.terminal_text(joined(blocks, lambda block: written[id(block)]))

    def _written(self, place: int) -> str:
        """A block in the page's Markdown."""
        block, name = self.page_read.blocks[place], self._names.get(place)
        if name is None:
            return block_markdown(block)
        if block.kind not in PICTURES:
            return f"[{name}]({name})"
        # Clients look for the picture's name as its text, too.
        below = block_markdown(replace(block, kind="text", html=None)) if block.text else ""
        values = replace(block, kind="table" if block.html else "text", text="")  # what it shows, as a table of its own
        return "\n\n".join(filter(None, (f"![{name}]({name})", below, block_markdown(values))))

    def _furniture(self, kinds: set[str]) -> str | None:
        return self._text([i for i, block in enumerate(self.page_read.blocks) if block.kind in kinds]) or None

    def _blocks(self) -> list[OcrBlock]:
        blocks = []
        for place, block in enumerate(self.page_read.blocks):
            if block.box is None:  # a file without places, as an office document
                continue
            name = self._names.get(place)
            is_image = block.kind in PICTURES
            blocks.append(
                OcrBlock(
                    *block.box,
                    type=next((kind for kind, kinds in _KINDS.items() if block.kind in kinds), "text"),
                    content=sanitize.terminal_text(block_markdown(block)),
                    image_id=(name or "") if is_image else None,
                    table_id=None if is_image else name,
                    confidence_scores=_of_block(block) if self.asked.confidence_scores_granularity == "block" else None,
                )
            )
        return blocks

    def _scores(self, text: str) -> PageScores | None:
        """None where there is no confidence, as of a text layer."""
        page = self.page_read
        words = [word for block in page.blocks for word in block.words]
        known = [word.confidence for word in words if word.confidence is not None]
        known = known or [block.confidence for block in page.blocks if block.confidence is not None]
        if page.confidence is None:
            return None
        scores, place = [], 0
        for word in words if self.asked.confidence_scores_granularity == "word" else ():
            found = text.find(word.text, place)
            if found >= 0 and word.confidence is not None:
                scores.append(WordScore(word.text, word.confidence, found))
                place = found + len(word.text)
        return PageScores(
            average_page_confidence_score=page.confidence,
            minimum_page_confidence_score=min(known, default=page.confidence),
            word_confidence_scores=scores if self.asked.confidence_scores_granularity == "word" else None,
        )


def _of_block(block: Block) -> BlockScores:
    known = [word.confidence for word in block.words if word.confidence is not None]
    least = min(known, default=block.confidence)
    return BlockScores(average_content_confidence_score=block.confidence, minimum_content_confidence_score=least)
