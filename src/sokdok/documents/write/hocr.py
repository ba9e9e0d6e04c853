"""A document as hOCR 1.2: pages, areas, paragraphs, lines and words in reading order, with boxes and confidence.

https://kba.github.io/hocr-spec/1.2/. Well-formed XHTML, since tools read hOCR by parsers of XML.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import TextIO

from sokdok.documents.blocks import FURNITURE, PICTURES, UNREAD, Block, Box, Word
from sokdok.documents.document import DocumentPage, Head
from sokdok.documents.lines import Direction, Line, direction_of, lines_of
from sokdok.documents.write.writer import Wanted
from sokdok.layout.language import language_of
from sokdok.tables.markup import writable
from sokdok.version import version

_HEAD = Path(__file__).with_name("hocr_head.xhtml").read_text(encoding="utf-8")
_ANGLES = {"up": 90, "left": 180, "down": 270}  # degrees, counterclockwise, by which a line is turned


class HocrWriter:
    """Writes pages to an open text file as they come; headers and footers too, for they stand on the page."""

    def __init__(self, file: TextIO, head: Head, wanted: Wanted) -> None:
        self.file, self.source = file, head.source
        self.file.write(_HEAD.format(title=_escaped(head.name), version=version()))

    def add(self, page: DocumentPage) -> None:
        """The page, empty if it failed."""
        image = _escaped(self.source.replace('"', "'").replace(";", ","))
        title = f"image &quot;{image}&quot;; bbox 0 0 {page.width} {page.height}; ppageno {page.number - 1}"
        language = language_of("\n".join(block.text for block in page.blocks if block.kind not in FURNITURE))
        lang = f' lang="{language}" xml:lang="{language}"' if language else ""
        self.file.write(f'<div class="ocr_page" id="page_{page.number}"{lang} title="{title}">\n')
        usual = direction_of([word for block in page.blocks for word in block.words])
        for number, block in enumerate(page.blocks, 1):
            self.file.write(_area(block, f"{page.number}_{number}", page, usual))
        self.file.write("</div>\n")

    def close(self, errors: tuple[str, ...] = ()) -> None:
        """The end tags."""
        self.file.write("</body>\n</html>\n")


def _area(block: Block, number: str, page: DocumentPage, usual: Direction) -> str:
    words, box = block.words, block.box or (0, 0, page.width, page.height)
    if block.kind == UNREAD:  # its words' characters are kept in JSON
        return f'<div class="ocr_photo" id="block_{number}" title="{_bbox(box)}">{_escaped(block.text)}</div>\n'
    if block.kind in PICTURES and not words:
        return f'<div class="ocr_photo" id="block_{number}" title="{_bbox(box)}"></div>\n'
    if words:
        lines = "".join(_line(line, f"{number}_{at}") for at, line in enumerate(lines_of(words, usual), 1))
    elif block.text.strip():  # nobody knows where its words stand
        lines = f'<span class="ocr_line" id="line_{number}_1" title="{_bbox(box)}">{_escaped(block.text)}</span>\n'
    else:
        return ""
    paragraph = f'<p class="ocr_par" id="par_{number}" title="{_bbox(box)}">\n{lines}</p>'
    return f'<div class="ocr_carea" id="block_{number}" title="{_bbox(box)}">\n{paragraph}\n</div>\n'


def _line(line: Line, number: str) -> str:
    angle = f"; textangle {_ANGLES[line.direction]}" if line.direction in _ANGLES else ""
    words = " ".join(_word(word, f"{number}_{at}") for at, word in enumerate(line.words, 1))
    return f'<span class="ocr_line" id="line_{number}" title="{_bbox(line.box)}{angle}">{words}</span>\n'


def _word(word: Word, number: str) -> str:
    known = word.confidence if word.confidence is not None else 1.0 if word.source == "text-layer" else None
    confidence = "" if known is None else f"; x_wconf {round(100 * min(max(known, 0.0), 1.0))}"
    return (
        f'<span class="ocrx_word" id="word_{number}" title="{_bbox(word.box)}{confidence}">{_escaped(word.text)}</span>'
    )


def _bbox(box: Box) -> str:
    return "bbox {} {} {} {}".format(*box)


def _escaped(text: str) -> str:
    """Text for XML: no control characters, which it can't hold."""
    return html.escape(writable(text), quote=False)
