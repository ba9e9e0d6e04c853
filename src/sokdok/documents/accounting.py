"""A page held to account, so that its status is true: first to the confidence floor, then to its ledger.

- No page of guesses is a SUCCESS, and none of noise is printed. On a page that is read well, what is not is shown as a
  picture with a word that says so: what is not legible, and formulas, which a reader of lines makes signs of that stand
  in no order.
- The ledger sets the words of its blocks against the text that is written of them, and the type that was not read. A
  word is placed if its letters and digits are in the text of its block, compatible forms (NFKC) alike, whatever became
  of hyphens, spaces and signs. In a formula its signs are commands of LaTeX, which are made of its words.
- Lines that are not legible and letters that stand as 〓 or U+FFFD are not read.
- The page's confidence, so far that its words are right, becomes the share of its text that is right and present.
- A page that does not balance, of which too much is not read, or of whose text less is right and present than its grade
  calls good, is PARTIAL and says which words, or how many places.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import replace

from sokdok.documents.blocks import FORMULA_NOT_READ, FURNITURE, NOT_LEGIBLE, PICTURES, UNREAD, Block, Word, around
from sokdok.documents.document import GOOD, DocumentPage, Ledger
from sokdok.documents.markdown import FORMULAS, without_marks
from sokdok.imaging.box import Box as Area
from sokdok.layout.text_line import is_legible
from sokdok.model.nano.alphabet import UNREAD_MARK
from sokdok.pages.signs import LARGE, RELATIONS, is_prose
from sokdok.reading.reading import FLOOR, doubt
from sokdok.reasons import say

MOST_UNREAD = 0.03  # share of a page's type that may not be read on a SUCCESS: an excellent page has .97 of its words
MOST_ASTRAY = 0.05  # of a page's lines that may stand before another on a SUCCESS: on new kinds twice as many do
MOST_NAMED = 20  # words in no block that a ledger names
NAMED = 5  # of these, and of those of which most is likely wrong, that a page's error names
_LIST_MARKS = frozenset("oㅇ\ufffd")  # what stands for bullets, which Markdown writes its own way
TEXT = FURNITURE | {"title", "sub_title", "text", "field", "list", "line"}
"""kinds of block that may be signs without order"""
PAPER_SHARE = 0.2  # of a block's height, around it in its picture
_SIGNS = frozenset(RELATIONS) | LARGE | frozenset("+±×÷∂∇∞")


def held_to_floor(page: DocumentPage) -> DocumentPage:
    """The page, PARTIAL with the reason where hardly any of it is right; as a picture where nothing is legible."""
    reason = doubt(page.confidence)
    if page.status == "FAILURE" or page.confidence is None:
        return page
    if not reason:
        return replace(page, blocks=_legible(page))
    if is_legible(page.confidence):
        return partial(page, reason)
    words = tuple(word for block in page.blocks for word in block.words)
    whole = Block("image", (0, 0, page.width, page.height), "", confidence=page.confidence, words=words)
    return partial(replace(page, blocks=(whole,)), reason)


def partial(page: DocumentPage, reason: str) -> DocumentPage:
    """The page, PARTIAL for a reason too; as it is without one, and where it failed."""
    error = f"{page.error}; {reason}" if page.error and reason else reason
    return replace(page, status="PARTIAL", error=error) if reason and page.status != "FAILURE" else page


def _legible(page: DocumentPage) -> tuple[Block, ...]:
    """A page's blocks, those as pictures that are noise; what follows each other closely as one."""
    blocks: list[Block] = []
    for block in page.blocks:
        last = blocks[-1] if blocks and blocks[-1].kind == UNREAD else None
        adjoining = last is not None and last.box and block.box and Area(*last.box).overlap(Area(*block.box))
        # What touches a formula may be a part of it, such as limits, whatever its confidence.
        is_part = adjoining and block.kind in TEXT and block.confidence is not None and _is_formula(block.text)
        mark = FORMULA_NOT_READ if is_part else _mark(block)
        if not mark or block.box is None:
            blocks.append(block)
            continue
        left, top, right, bottom = block.box
        by = round(PAPER_SHARE * (bottom - top))
        box = max(left - by, 0), max(top - by, 0), min(right + by, page.width), min(bottom + by, page.height)
        if last is not None and last.box and Area(*last.box).overlap(Area(*box)):
            mark = last.text if last.text == FORMULA_NOT_READ else mark
            blocks[-1] = replace(last, box=around([last.box, box]), text=mark, words=(*last.words, *block.words))
        else:
            blocks.append(Block(UNREAD, box, mark, confidence=block.confidence, words=block.words))
    return tuple(blocks)


def _mark(block: Block) -> str:
    """What is said in a block's stead; empty where it is worth printing."""
    if block.kind not in TEXT or block.confidence is None or block.confidence >= FLOOR:
        return ""
    if _is_formula(block.text):
        return FORMULA_NOT_READ
    return "" if is_legible(block.confidence) else NOT_LEGIBLE


def _is_formula(text: str) -> bool:
    """Whether a text has signs of mathematics and hardly a word."""
    return bool(set(text) & _SIGNS) and any(map(str.isalnum, text)) and not is_prose(text)


def accounted(page: DocumentPage) -> DocumentPage:
    """The page with its ledger, PARTIAL where that does not balance; without one where nobody knows words' places.

    The ledger that it has may name boxes in which type was seen and not read.
    """
    has_places = any(block.words for block in page.blocks)  # not an endpoint's answer, nor a file's own words
    if page.status == "FAILURE" or (any(block.text for block in page.blocks) and not has_places):
        return page
    count: Counter[bool] = Counter()
    missing: list[str] = []
    boxes = list(page.ledger.unread_boxes if page.ledger else ())
    ink = sum(Area(*box).area for box in boxes)
    typed = ink
    for block in page.blocks:
        lost = _not_written(block)
        draft = block.kind in PICTURES or not is_legible(block.confidence)  # else a word alone is not worth printing
        doubtful = {id(word) for word in lost if word.source == "reader" and (draft or doubt(word.confidence))}
        count[block.kind in FURNITURE] += len(block.words) - len(lost)
        missing += [word.text for word in lost if id(word) not in doubtful]
        for word in block.words:
            area = Area(*word.box).area
            typed += area
            bullet = block.kind == "list" and word.text in _LIST_MARKS
            if id(word) in doubtful or not bullet and not {UNREAD_MARK, "\ufffd"}.isdisjoint(word.text):
                boxes.append(word.box)
                ink += area
    ledger = Ledger(
        count.total() + len(missing),
        count[False],
        count[True],
        tuple(missing[:MOST_NAMED]),
        round(ink / typed, 4) if ink else 0.0,
        tuple(boxes),
        round(page.ledger.order, 4) if page.ledger else 1.0,
    )
    confidence = None if page.confidence is None else page.confidence * ledger.present
    page = replace(page, ledger=ledger, confidence=confidence)
    return partial(page, _error(page, ledger))


def _error(page: DocumentPage, ledger: Ledger) -> str:
    """Why a page is not SUCCESS; empty if it is."""
    count = ledger.seen - ledger.placed - ledger.furniture
    reasons = []
    if count:
        named = ", ".join(ledger.unplaced[:NAMED]) + (", …" if len(ledger.unplaced) > NAMED else "")
        reasons.append(say("unplaced", count=count, words=named))
    if ledger.unread > MOST_UNREAD:
        reasons.append(say("unread", share=f"{ledger.unread:.0%}", count=len(ledger.unread_boxes)))
    if page.confidence is not None and page.confidence < GOOD and not page.error:
        words = (word for block in page.blocks if block.kind != UNREAD for word in block.words)
        wrong = [((1 - word.confidence) * len(word.text), word.text) for word in words if word.confidence is not None]
        most = ", ".join(text for _, text in sorted(wrong, reverse=True)[:NAMED])
        reasons.append(say("unsure", share=f"{1 - page.confidence:.0%}", words=most))
    if 1 - ledger.order > MOST_ASTRAY:
        reasons.append(say("astray", share=f"{1 - ledger.order:.0%}"))
    return "; ".join(reasons)


def _not_written(block: Block) -> list[Word]:
    """The words of a block that its text lacks."""
    if block.kind in FORMULAS:
        return []
    text = _letters(without_marks(block.text))
    marks = _LIST_MARKS if block.kind == "list" else ()
    said = [(word, _letters(word.text)) for word in block.words if word.text not in marks]
    if not Counter("".join(letters for _, letters in said)) - Counter(text):
        return []
    lost = []
    for word, letters in sorted(said, key=lambda item: -len(item[1])):
        if letters in text:
            text = text.replace(letters, "\0", 1)
        else:
            lost.append(word)
    return lost


def _letters(text: str) -> str:
    """The letters and digits of a text."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text)))
