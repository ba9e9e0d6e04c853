"""A page held to the confidence floor: no page of guesses is a SUCCESS, and none of noise is printed.

On a page that is read well, what is not is shown as a picture with a word that says so: what is not legible, and
formulas, which a reader of lines makes signs of that stand in no order.
"""

from __future__ import annotations

import re
from dataclasses import replace

from sokdok.documents.document import FORMULA_NOT_READ, NOT_LEGIBLE, UNREAD, Block, Box, DocumentPage
from sokdok.layout.formulas.signs import FUNCTIONS, LARGE, RELATIONS
from sokdok.reading.confidence import FLOOR, doubt, is_legible

TEXT = frozenset({"title", "sub_title", "text", "list", "line"})  # kinds of block that may be signs without order
MOST_PROSE = 0.3  # of a formula's characters that are those of words
PAPER_SHARE = 0.2  # of a block's height, around it in its picture
_SIGNS = frozenset(RELATIONS) | LARGE | frozenset("+±×÷∂∇∞")
_WORD = re.compile(r"[A-Za-z]{3,}|(?:(?![A-Za-z])[^\W\d_]){2,}")


def held_to_floor(page: DocumentPage) -> DocumentPage:
    """The page, PARTIAL with the reason where hardly any of it is right; as a picture where nothing is legible."""
    reason = doubt(page.confidence)
    if page.status == "FAILURE":
        return page
    if not reason:
        return replace(page, blocks=_legible(page)) if page.confidence is not None else page
    error = f"{page.error}; {reason}" if page.error else reason
    held = replace(page, status="PARTIAL", error=error)
    if is_legible(page.confidence):
        return held
    words = tuple(word for block in page.blocks for word in block.words)
    whole = Block("image", (0, 0, page.width, page.height), "", confidence=page.confidence, words=words)
    return replace(held, blocks=(whole,))


def _legible(page: DocumentPage) -> tuple[Block, ...]:
    """A page's blocks, those as pictures that are noise; what follows each other closely as one."""
    blocks: list[Block] = []
    for block in page.blocks:
        last = blocks[-1] if blocks and blocks[-1].kind == UNREAD else None
        beside = last is not None and last.box and block.box and _meet(last.box, block.box)
        mark = FORMULA_NOT_READ if beside and _is_part(block) else _mark(block)
        if not mark or block.box is None:
            blocks.append(block)
            continue
        unread = Block(UNREAD, _grown(block.box, page), mark, confidence=block.confidence, words=block.words)
        if last is not None and last.box and _meet(last.box, _grown(block.box, page)):
            blocks[-1] = _together(last, unread)
        else:
            blocks.append(unread)
    return tuple(blocks)


def _mark(block: Block) -> str:
    """What is said in a block's stead; empty where it is worth printing."""
    if block.kind not in TEXT or block.confidence is None or block.confidence >= FLOOR:
        return ""
    if _is_formula(block.text):
        return FORMULA_NOT_READ
    return "" if is_legible(block.confidence) else NOT_LEGIBLE


def _is_part(block: Block) -> bool:
    """Whether a block may be a part of the formula that it touches, such as limits, however sure it is."""
    return block.kind in TEXT and block.confidence is not None and _is_formula(block.text)


def _is_formula(text: str) -> bool:
    """Whether a text has signs of mathematics and hardly a word."""
    if not set(text) & _SIGNS or not any(char.isalnum() for char in text):
        return False
    prose = sum(len(word) for word in _WORD.findall(text) if word not in FUNCTIONS)
    return prose <= MOST_PROSE * len("".join(text.split()))


def _grown(box: Box, page: DocumentPage) -> Box:
    """A box with some paper around it."""
    left, top, right, bottom = box
    by = round(PAPER_SHARE * (bottom - top))
    return max(left - by, 0), max(top - by, 0), min(right + by, page.width), min(bottom + by, page.height)


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _together(a: Block, b: Block) -> Block:
    """Two parts of one picture."""
    assert a.box is not None and b.box is not None
    box = (min(a.box[0], b.box[0]), min(a.box[1], b.box[1]), max(a.box[2], b.box[2]), max(a.box[3], b.box[3]))
    mark = a.text if a.text == FORMULA_NOT_READ else b.text
    return replace(a, box=box, text=mark, words=(*a.words, *b.words))
