"""Running heads, feet and page numbers: what looks like one on its page and has its like on the pages around.

- What looks like one, the reader of its page says: the structure network, or another. At the same height of a page near
  there must be the same, or something else that looks like one: heads change with the chapter, or with the page, as in
  a dictionary. Figures do not change: those of tickets and balances are text.
- A number that is set apart (12, - 12 -, Page 12 of 90, A-12, xii) may count with the page.
- What looks so and repeats a heading of its page or one before is one; so is such a line near an edge that begins or
  ends with a number which counts and is no larger than the text: 9.4 Of ships 61.
- What does not look like one is one if it stands near an edge and most pages, or most left or right ones, have the same
  there; or if it is such a number by itself, which counts; or if a number counts in a line that is the same otherwise,
  and a part looks so there or here, or the number is on the left there and on the right here: tickets count, too.
- A file of one page has no furniture that its pixels show, nor has a page that would have no text left; what says its
  words itself, as a slide does, knows its own.

A page is decided beside `REACH` pages before and behind it, so that many are in memory.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from sokdok.documents.blocks import FURNITURE, PICTURES, Block
from sokdok.documents.document import DocumentPage, Ledger
from sokdok.documents.joining.levels import HEADINGS, SAME_EM
from sokdok.imaging.box import Box
from sokdok.imaging.grouping import rows as rows_of

REACH = 4  # pages on either side: three left ones are five pages
MARGIN_SHARE = 0.13  # of a page's height, at its top and bottom, where furniture is that does not look like it
SAME_SHARE = 0.03  # of a page's height that one row's place differs from page to page: scans lie askew
MAX_CHARACTERS = 200
ALONE = ("#",)  # words of a row that is a number by itself
TEXT = PICTURES | {"page_footnote"}  # kinds that are no furniture: the number of a note may be that of its page
_WORD = r"page|p|pg|seite|s|página|pagina|pág|страница|стр|strana|str|side|sida|sivu|trang|쪽|면|페이지|頁|页|ページ"
_ROMAN = r"(?=[cxlvi])c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
_APART = re.compile(rf"\s{{2,}}|\s+[|·•‖–—]+\s+|\s*\|\s*|,?\s+(?=(?:{_WORD})\.?\s*\d)", re.IGNORECASE)
_BARE = re.compile(
    rf"[^\w#№$€£¥₩]*(?:(?:{_WORD})\.?\s*|第\s*|[a-z]-)?(\d{{1,5}}|{_ROMAN})\s*[쪽면페이지頁页ページ]*"
    r"(?:\s*(?:/|of|von|de|sur|av|van|из|중)\s*\d{1,5})?[^\w$€£¥₩%％]*"
)  # a number that is set apart
_LABEL = re.compile(r"(?:[:#№]|\b(?:no|nr|num|number|nummer|번호|호))\.?$")  # what a number behind it belongs to
_LEAD = re.compile(r"^\D*\d+(?=\D)")
_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@dataclass(eq=False)
class _Row:
    """A block that may be furniture, and how many pages away others have the same text, or nearly the same."""

    block: int
    place: float  # of its middle, as a share of the page's height
    words: tuple[str, ...]  # what is set apart in it, in order of the alphabet: left and right pages are mirrored
    number: int  # that which may be the page's, for which # stands in its words; 0 without one
    claimed: bool  # whether it looks like furniture
    line: str  # what stands beside it, and it, but for a number at the beginning or end
    count: int  # that number; 0 without one
    leads: bool  # whether it stands at the beginning
    part: bool  # whether a part of the line looks like furniture
    repeats: bool  # whether the line is a heading of the page or of one before, and no larger than the page's text
    counts: bool = False  # whether its number does with that of any line at the same height
    same: set[int] = field(default_factory=set)
    like: set[int] = field(default_factory=set)  # the same but for a number that counts; of claimed ones any other text
    confirmed: bool = False  # whether the line is the same on a page near but for a number that counts


def furnished(pages: Iterable[DocumentPage]) -> Iterator[DocumentPage]:
    """Mark the headers, footers and page numbers of pages that come in order."""
    window: deque[tuple[DocumentPage, list[_Row]]] = deque()
    at = 0
    said: set[str] = set()  # headings so far
    for page in pages:
        rows = _rows(page, said)
        for distance, (before, others) in enumerate(list(window)[: -REACH - 1 : -1], 1):
            _compare(others, rows, distance, page.number - before.number)
        window.append((page, rows))
        if len(window) - at > REACH:
            yield _marked(window, at)
            at += 1
        if at > REACH:
            window.popleft()
            at -= 1
    while at < len(window):
        yield _marked(window, at)
        at += 1


def _marked(window: Sequence[tuple[DocumentPage, list[_Row]]], at: int) -> DocumentPage:
    """The page of a window at a place, its furniture set apart from its text."""
    page, rows = window[at]
    if page.source == "file" or not page.height:
        return page
    distances = {number - at for number, (other, _) in enumerate(window) if other.blocks and number != at}
    found = {row.block: row for row in rows if _is_furniture(row, distances)}
    blocks = [replace(block, kind="text") if block.kind in FURNITURE else block for block in page.blocks]
    if any(number not in found and (block.text or block.kind in PICTURES) for number, block in enumerate(blocks)):
        for number, row in found.items():
            kind = "page_number" if row.words == ALONE else "header" if row.place < 0.5 else "footer"
            blocks[number] = replace(blocks[number], kind=page.blocks[number].kind if row.claimed else kind)
    return replace(page, blocks=tuple(blocks), ledger=_recounted(page.ledger, blocks))


def _recounted(ledger: Ledger | None, blocks: Sequence[Block]) -> Ledger | None:
    """The account of a page's words where its furniture is known."""
    if ledger is None:
        return None
    found = (block for block in blocks if block.kind in FURNITURE)
    furniture = sum(len(block.words) or len(block.text.split()) for block in found)  # a result of bulk has no words
    return replace(ledger, placed=ledger.placed + ledger.furniture - furniture, furniture=furniture)


def _is_furniture(row: _Row, distances: set[int]) -> bool:
    """Whether enough of the pages at some distances have the like of a row."""
    if row.confirmed or row.repeats and (row.claimed or row.counts):
        return True
    if row.claimed:
        return bool(row.like)
    even = {distance for distance in distances if distance % 2 == 0}
    most = any(2 * len(row.same & found) > len(found) for found in (distances, even))
    return most or bool(row.words == ALONE and row.like & {-2, -1, 1, 2})


def _compare(before: Sequence[_Row], rows: Sequence[_Row], distance: int, pages: int) -> None:
    """Note which rows of two pages are alike: `distance` places apart, and `pages` by their numbers."""
    for a, b in product(before, rows):
        in_place = abs(a.place - b.place) < SAME_SHARE
        if in_place and a.count and b.count - a.count == pages:
            a.counts = b.counts = True
            if a.line == b.line and (a.part or b.part or a.leads is not b.leads):
                a.confirmed = b.confirmed = True
        if bool(a.number) != bool(b.number) or b.number - a.number not in (0, pages):
            continue
        counts = b.number > a.number
        same = in_place and a.words == b.words and not counts
        # A number by itself counts wherever the others stand: at the foot of a chapter's first page.
        counted = counts and (ALONE in (a.words, b.words) or (in_place and a.words == b.words))
        other = in_place and a.claimed and b.claimed and _figures(a) == _figures(b)
        for row, at in ((a, distance), (b, -distance)):
            row.same |= {at} if same else set()
            row.like |= {at} if same or counted or other else set()


def _figures(row: _Row) -> list[str]:
    return re.findall(r"\d+", " ".join(row.words))


def _rows(page: DocumentPage, said: set[str]) -> list[_Row]:
    """What looks like furniture on a page, and other text near its edges; `said`, headings so far, take its own."""
    edges: list[tuple[int, Box]] = []
    for number, block in enumerate(page.blocks if page.source != "file" and page.height else ()):
        if block.box is None or block.html is not None or block.kind in TEXT:
            continue
        top, bottom = block.box[1] / page.height, block.box[3] / page.height
        near = block.kind in FURNITURE or bottom < MARGIN_SHARE or top > 1 - MARGIN_SHARE
        if near and 0 < len(block.text) <= MAX_CHARACTERS:
            edges.append((number, Box(*block.box)))
    headings = {number: _dense(block.text) for number, block in enumerate(page.blocks) if block.kind in HEADINGS}
    texts = [(len(block.text), block.setting.em) for block in page.blocks if block.kind == "text" and block.setting]
    largest = (1 + SAME_EM) * max(texts, default=(0, 0.0))[1]
    out = list[_Row]()
    for beside in rows_of(edges, lambda edge: edge[1]):
        blocks = [page.blocks[number] for number, _ in beside]
        line, count, leads = _line(" ".join(" ".join(block.text.casefold().split()) for block in blocks))
        part = len(blocks) > 1 and any(block.kind in FURNITURE for block in blocks)
        for (number, box), block in zip(beside, blocks, strict=True):
            place, claimed = box.middle[1] / page.height, block.kind in FURNITURE
            repeats = line in said or any(line == heading for at, heading in headings.items() if at != number)
            repeats &= claimed or not block.setting or block.setting.em <= largest
            out.append(_Row(number, place, *_parted(block), claimed, line, count, leads, part, repeats))
    said.update(filter(None, headings.values()))
    return out


def _dense(text: str) -> str:
    """Letters and digits without a number before them and what it counts: Chapter 3 Of ships is Of ships."""
    return _LEAD.sub("", "".join(filter(str.isalnum, text.casefold())))


def _line(text: str) -> tuple[str, int, bool]:
    """A line without the number that it begins or ends with, the number, 0 without one, and whether it leads."""
    for leads, (rest, _, part) in ((False, text.rpartition(" ")), (True, text.partition(" ")[::-1])):
        found = _BARE.fullmatch(part)
        if found and rest and not _LABEL.search(rest):
            return _dense(rest), _value(found[1]), leads
    return _dense(text), 0, False


def _parted(block: Block) -> tuple[tuple[str, ...], int]:
    """What is set apart in a block, # for what may be the page's number, and that."""
    parts = _parts(block)
    has_digits = any(map(str.isdigit, block.text))  # then letters are no Roman figures: entries of a dictionary
    for at, part in enumerate(parts):
        found = _BARE.fullmatch(part)
        if found and not (at and _LABEL.search(parts[at - 1])) and (found[1].isdigit() or not has_digits):
            return tuple(sorted([*parts[:at], "#", *parts[at + 1 :]])), _value(found[1])
    return tuple(sorted(parts)), 0


def _parts(block: Block) -> list[str]:
    """What is set apart in a block's text, by wide gaps or by signs."""
    text = block.words[0].text if block.words else block.text
    for word, following in zip(block.words, block.words[1:], strict=False):
        gap = following.box[0] - word.box[2]
        apart = gap > following.box[3] - following.box[1] or gap < word.box[0] - word.box[2]
        text += f"{'  ' if apart else ' '}{following.text}"
    return [part for part in (" ".join(part.split()).casefold() for part in _APART.split(text)) if part]


def _value(figure: str) -> int:
    """The value of Arabic or Roman figures."""
    if figure.isdigit():
        return int(figure)
    values = [_VALUES[char] for char in figure]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))
