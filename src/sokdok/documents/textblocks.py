"""A text layer as blocks of a page of a document: its layout, with paragraphs as running text.

- Words broken at a line end are mended in Latin script; Chinese and Japanese lines join without a space.
- Embedded pictures stand before the first block that is below them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from sokdok.documents.document import Block, Box
from sokdok.documents.sanitize import table_text
from sokdok.imaging import box as imaging
from sokdok.layout.blocks import BULLET, LayoutBlock
from sokdok.layout.text_layer import analyse_layer
from sokdok.pages.textlayer import TextLayer

_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff01-\uff5e\u3000-\u303f]")


def text_blocks(layer: TextLayer, width: int, height: int) -> tuple[Block, ...]:
    """Blocks in reading order; `width` and `height` are the pixels that boxes count in."""
    blocks = [_block(block, layer, width, height) for block in analyse_layer(layer)]
    for picture in layer.pictures:
        box = _pixels(picture, layer, width, height)
        blocks.insert(_place(box, blocks), Block("image", box, ""))
    return tuple(blocks)


def _place(picture: Box, blocks: list[Block]) -> int:
    """Before the first block that is below a picture's top and not beside it."""
    for place, block in enumerate(blocks):
        if block.box and block.box[1] >= picture[1] and block.box[0] < picture[2] and picture[0] < block.box[2]:
            return place
    return len(blocks)


def _block(block: LayoutBlock, layer: TextLayer, width: int, height: int) -> Block:
    box = _pixels(block.box, layer, width, height)
    if block.html:
        return Block("table", box, table_text(block.html), block.html)
    text = joined([row.text for row in block.rows])
    return Block(block.kind, box, BULLET.sub("- ", text, count=1) if block.kind == "list" else text)


def joined(lines: Sequence[str]) -> str:
    """Lines of one paragraph as running text."""
    text = lines[0]
    for line in lines[1:]:
        if len(text) > 1 and text[-1] == "-" and text[-2].islower() and line[:1].islower():
            text = text[:-1] + line
        elif _UNSPACED.match(text[-1:]) and _UNSPACED.match(line[:1]):
            text += line
        else:
            text += f" {line}"
    return text


def _pixels(box: imaging.Box, layer: TextLayer, width: int, height: int) -> Box:
    """Points of a page as pixels of its picture, at least one each way."""
    scaled = box.scaled(width / layer.size[0], height / layer.size[1])
    left, top = min(max(int(scaled.left), 0), width - 1), min(max(int(scaled.top), 0), height - 1)
    right, bottom = min(math.ceil(scaled.right), width), min(math.ceil(scaled.bottom), height)
    return left, top, max(right, left + 1), max(bottom, top + 1)
