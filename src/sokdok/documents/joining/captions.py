"""Captions: texts beside a picture or table that say what it is.

- A text that begins as captions do, Figure 3 or 표 2.1, is one where a picture or table is next to it.
- So is a short text right below a picture that is set smaller than the page's text, or in the middle below it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from sokdok.documents.blocks import PICTURES, UNREAD, Block
from sokdok.documents.document import DocumentPage

NEAR_EM, NEAR_PICTURE_EM = 8.0, 3.0
"""from a caption to what it belongs to, at most: where it says so, and where only its type does"""
SMALLER = 0.95  # times the size of the page's text
MAX_CHARACTERS = 200  # of a caption that only its place and type tell
_PICTURE = (
    r"fig(?:ure|ura|uur|\.)?|abb(?:ildung|\.)?|εικόνα|hình|рис(?:унок|\.)?|rysunek|chart|graph|diagram|photo|plate|"
    r"그림|사진|도표|図|图"
)
_TABLE = r"tab(?:le|elle|leau|la|ella|ela|el|\.)?|πίνακας|bảng|таблица|표|表"
_NUMBER = r"(?:\s*\d+|\s+(?-i:[IVX]+|[A-Z])\b)(?:[.\-–]\d+)*"
_SHOWN = PICTURES - {UNREAD}  # kinds of block that captions belong to
_CAPTION = re.compile(
    rf"\W{{0,2}}(?:(?P<table>{_TABLE})|(?P<picture>{_PICTURE})){_NUMBER}\s*(?:[.:：．)\]>|–—-]|\s|$)", re.IGNORECASE
)


def with_captions(page: DocumentPage) -> DocumentPage:
    """The page with the captions of its pictures and tables told from its text."""
    blocks = list(page.blocks)
    sizes = [block.setting.em for block in blocks if block.kind == "text" and block.setting]
    for number, block in enumerate(blocks):
        if block.kind in ("text", "sub_title") and (kind := _kind(number, blocks, median(sizes) if sizes else 0.0)):
            blocks[number] = replace(block, kind=kind)
    return replace(page, blocks=tuple(blocks))


def _kind(number: int, blocks: Sequence[Block], body_em: float) -> str:
    """table_caption, image_caption, or nothing for what is no caption."""
    block = blocks[number]
    said = _CAPTION.match(block.text)
    above, below = (blocks[at] if 0 <= at < len(blocks) else None for at in (number - 1, number + 1))
    if said and any(_is_near(block, other, NEAR_EM) for other in (above, below)):
        return "table_caption" if said["table"] else "image_caption"
    near = above is not None and above.kind in _SHOWN and _is_near(block, above, NEAR_PICTURE_EM)
    return "image_caption" if near and _looks_so(block, above, body_em) else ""


def _is_near(block: Block, other: Block | None, most_em: float) -> bool:
    """Whether a picture or table is above or below a text, or at the top of the next column."""
    if other is None or not (other.kind in _SHOWN or other.html) or not (block.box and other.box and block.setting):
        return False
    if other.box[0] >= block.box[2] and other.box[1] < block.box[1]:
        return True
    gap = max(block.box[1] - other.box[3], other.box[1] - block.box[3])
    across = block.box[0] < other.box[2] and other.box[0] < block.box[2]
    return across and gap < most_em * block.setting.em


def _looks_so(block: Block, picture: Block | None, body_em: float) -> bool:
    if (
        picture is None
        or not (block.box and picture.box and block.setting)
        or len(block.text) > MAX_CHARACTERS
        or block.kind != "text"
    ):
        return False
    middles = [(box[0] + box[2]) / 2 for box in (block.box, picture.box)]
    centred = abs(middles[0] - middles[1]) < block.setting.em and block.box[0] - picture.box[0] > block.setting.em
    return centred or block.setting.em < SMALLER * body_em
