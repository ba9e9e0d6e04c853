"""A page's ledger: the words of its blocks against the text that is written of them, and the type that was not read.

- A word is placed if its letters and digits are in the text of its block, compatible forms (NFKC) alike, whatever
  became of hyphens, spaces and signs. In a formula its signs are commands of LaTeX, which are made of its words.
- Lines that are not legible and letters that stand as 〓 are not read.
- A page that does not balance, or of which too much is not read, is PARTIAL and says which words, or how many places.
- The page's confidence, so far that its words are right, becomes the share of its text that is right and present.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import replace

from sokdok.documents.document import FURNITURE, PICTURES, Block, Box, DocumentPage, Word
from sokdok.documents.ledger import Ledger
from sokdok.documents.links import without_links
from sokdok.documents.notation import FORMULAS
from sokdok.documents.raised import without_raised
from sokdok.model.nano.alphabet import UNREAD_MARK
from sokdok.reading.confidence import FLOOR, is_legible
from sokdok.reasons import say

MOST_UNREAD = 0.03
"""share of a page's type that may not be read on a SUCCESS: a page that is called excellent has .97 of its words"""
MOST_NAMED = 20  # words in no block that a ledger names
NAMED = 5  # of these that a page's error names
_LIST_MARKS = frozenset("oㅇ")  # letters that stand for bullets, which Markdown writes its own way


def accounted(page: DocumentPage) -> DocumentPage:
    """The page with its ledger, PARTIAL where that does not balance; without one where nobody knows words' places.

    The ledger that it has may name boxes in which type was seen and not read.
    """
    if page.status == "FAILURE" or _has_no_places(page):
        return page
    count: Counter[bool] = Counter()
    missing: list[str] = []
    boxes = list(page.ledger.unread_boxes if page.ledger else ())
    ink = sum(map(_area, boxes))
    typed = ink
    for block in page.blocks:
        lost = _not_written(block)
        doubtful = {id(word) for word in lost if _is_doubtful(word, block)}
        count[block.kind in FURNITURE] += len(block.words) - len(lost)
        missing += [word.text for word in lost if id(word) not in doubtful]
        for word in block.words:
            area = _area(word.box)
            typed += area
            if id(word) in doubtful or UNREAD_MARK in word.text:
                boxes.append(word.box)
                ink += area
    ledger = Ledger(
        count.total() + len(missing),
        count[False],
        count[True],
        tuple(missing[:MOST_NAMED]),
        round(ink / typed, 4) if ink else 0.0,
        tuple(boxes),
    )
    sure = None if page.confidence is None else page.confidence * ledger.present
    page = replace(page, ledger=ledger, confidence=sure)
    error = _error(ledger)
    if not error:
        return page
    return replace(page, status="PARTIAL", error=f"{page.error}; {error}" if page.error else error)


def _has_no_places(page: DocumentPage) -> bool:
    """Whether there is text and no word, as of an endpoint's answer or a file that says its words itself."""
    return any(block.text for block in page.blocks) and not any(block.words for block in page.blocks)


def _error(ledger: Ledger) -> str:
    """Why a page is not SUCCESS; empty if it is."""
    count = ledger.seen - ledger.placed - ledger.furniture
    reasons = []
    if count:
        words = ", ".join(ledger.unplaced[:NAMED]) + (", …" if count > NAMED else "")
        reasons.append(say("unplaced", count=count, words=words))
    if ledger.unread > MOST_UNREAD:
        reasons.append(say("unread", share=f"{ledger.unread:.0%}", count=len(ledger.unread_boxes)))
    return "; ".join(reasons)


def _is_doubtful(word: Word, block: Block) -> bool:
    """Whether a word was read and is not worth printing, alone or with its line or block."""
    sure = FLOOR if word.confidence is None else word.confidence
    return word.source == "reader" and (block.kind in PICTURES or not is_legible(block.confidence) or sure < FLOOR)


def _not_written(block: Block) -> list[Word]:
    """The words of a block that its text lacks."""
    if block.kind in FORMULAS:
        return []
    text = _letters(without_raised(without_links(block.text)))
    said = [(word, _letters(word.text)) for word in block.words if not _is_mark(word, block)]
    if not Counter("".join(letters for _, letters in said)) - Counter(text):
        return []
    lost = []
    for word, letters in sorted(said, key=lambda item: -len(item[1])):
        if letters in text:
            text = text.replace(letters, "\0", 1)
        else:
            lost.append(word)
    return lost


def _is_mark(word: Word, block: Block) -> bool:
    return block.kind == "list" and word.text in _LIST_MARKS


def _letters(text: str) -> str:
    """The letters and digits of a text."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text)))


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])
