"""Running heads, feet and page numbers: rows near a page's edges whose like the pages around have at the same place.

- A row counts with the page where a number that is set apart in it (12, - 12 -, Page 12 of 90, A-12, xii) is higher by
  as much as the page is further on. The text beside it may change, as in a dictionary.
- Or it is the same: on most pages, on most left or right ones, or in a run of three of them, as in a chapter; on two,
  where most pages have such rows there, or its number counts.
- A row whose other numbers differ is text, as of tickets and balances; so is all that a page has, and a heading, unless
  it is the same on most pages. A file of one page has no furniture that its pixels tell; what says its words itself,
  as a slide does, knows its own.

A page is decided beside `REACH` pages before and behind it, so that many are in memory.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from statistics import median

from sokdok.documents.blocks import FURNITURE, PICTURES, Block
from sokdok.documents.document import DocumentPage, Ledger

REACH = 4  # pages on either side: three left ones are five pages
MARGIN_SHARE = 0.13  # of a page's height, at its top and bottom, where furniture is
SAME_SHARE = 0.03  # of a page's height that one row's place differs from page to page: scans lie askew
MAX_CHARACTERS = 200
TEXT = PICTURES | {"page_footnote"}  # kinds that are no furniture: the number of a note may be that of its page
LARGER = 1.25  # times the page's usual size, of a heading
_NEAR = {-2, -1, 1, 2}  # distances of the pages beside one, and of the left or right ones
_RUNS = tuple({at - step * first for at in (0, step, 2 * step)} - {0} for step in (1, 2) for first in range(3))
"""distances of the other two pages of a run of three, or of three left or right ones"""
_APART = re.compile(r"\s{2,}|\s+[|·•‖–—]+\s+|\s*\|\s*")
_WORD = r"page|p|pg|seite|s|página|pagina|pág|страница|стр|strana|str|side|sida|sivu|trang|쪽|면|페이지|頁|页|ページ"
_ROMAN = r"(?=[cxlvi])c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
_COUNTED = rf"(?P<prefix>(?:[A-Z]|\d{{1,3}})[-–.:])?(?P<number>[1-9]\d{{0,4}}|{_ROMAN})(?![.,]?\d)"
_OF = r"(?:\s*(?:/|\||of|von|de|sur|av|van|из|중)\s*\d{1,5})?"
_NUMBER = re.compile(
    rf"[^\w.,:#№$€£¥₩]*(?:(?:{_WORD})\.?\s*|第\s*)?{_COUNTED}\s*[쪽면페이지頁页ページ]*{_OF}\s*[^\w,$€£¥₩%％]*",
    re.IGNORECASE,
)  # what is set apart as a page's number
_NAMED = re.compile(rf"\b(?:page|seite|página|pagina|страница|쪽|페이지)\s*{_COUNTED}{_OF}", re.IGNORECASE)
"""a page's number within other words"""
_LABEL = re.compile(r"(?:[:#№]|\b(?:no|nr|num|number|nummer|번호|호))\.?$", re.IGNORECASE)
"""what a number behind it belongs to"""
_FIGURES = re.compile(r"(?<![^\W\d_])\d[\d.,:/-]*(?![^\W\d_])")
_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@dataclass(eq=False)
class _Row:
    """Blocks side by side near an edge of a page, and at which distances the pages around have their like."""

    blocks: tuple[int, ...]
    top: bool
    place: float  # of its middle, as a share of the page's height
    parts: tuple[str, ...]
    """what is set apart in it, but for page numbers, in order of the alphabet: left and right pages are mirrored"""
    numbers: Counter[tuple[str, int]]  # what may be page numbers: prefix and kind, and value
    in_margin: bool
    heading: bool
    same: set[int] = field(default_factory=set)
    counts: set[int] = field(default_factory=set)  # whose number counts and whose other parts are the same
    alike: set[int] = field(default_factory=set)  # both, and those whose number counts and whose other parts change


def furnished(pages: Iterable[DocumentPage]) -> Iterator[DocumentPage]:
    """Mark the headers, footers and page numbers of pages that come in order."""
    window: deque[tuple[DocumentPage, list[_Row]]] = deque()
    at = 0
    for page in pages:
        rows = _rows(page)
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
    """The page of a window at a place, its furniture told from its text."""
    page, rows = window[at]
    if page.source == "file" or not page.height:
        return page
    distances = {number - at for number, (other, _) in enumerate(window) if other.blocks and number != at}
    around = [other for _, other in window]
    kinds = {number: row for row in rows if _is_furniture(row, distances, around) for number in row.blocks}
    blocks = [block if block.kind not in FURNITURE else replace(block, kind="text") for block in page.blocks]
    if any(number not in kinds and (block.text or block.kind in PICTURES) for number, block in enumerate(blocks)):
        for number, row in kinds.items():
            alone = _NUMBER.fullmatch(" ".join(blocks[number].text.split()))
            blocks[number] = replace(blocks[number], kind="page_number" if alone else "header" if row.top else "footer")
    return replace(page, blocks=tuple(blocks), ledger=_recounted(page.ledger, blocks))


def _recounted(ledger: Ledger | None, blocks: Sequence[Block]) -> Ledger | None:
    """The account of a page's words where its furniture is known."""
    if ledger is None:
        return None
    found = (block for block in blocks if block.kind in FURNITURE)
    furniture = sum(len(block.words) or len(block.text.split()) for block in found)  # a result of bulk has no words
    return replace(ledger, placed=ledger.placed + ledger.furniture - furniture, furniture=furniture)


def _is_furniture(row: _Row, distances: set[int], around: Sequence[Sequence[_Row]]) -> bool:
    """Whether a row repeats, or counts, on enough of the pages at some distances; `around` are rows of all pages."""
    if row.heading:
        return _are_most(row.same, distances)
    even = {distance for distance in distances if distance % 2 == 0}
    if _are_most(row.alike, distances) or _are_most(row.alike, even) or any(run <= row.alike for run in _RUNS):
        return True
    usual = [any(other.alike and _same_place(row, other) for other in rows) for rows in around if rows]
    return bool(row.counts & _NEAR or row.alike & _NEAR and 2 * sum(usual) > len(usual))


def _are_most(found: set[int], distances: set[int]) -> bool:
    return 2 * len(found & distances) > len(distances)


def _compare(before: Sequence[_Row], rows: Sequence[_Row], distance: int, pages: int) -> None:
    """Note which rows of two pages are alike: `distance` places apart, and `pages` by their numbers."""
    for a, b in product(before, rows):
        in_place = _same_place(a, b) and a.in_margin and b.in_margin
        same = in_place and a.parts == b.parts and a.numbers == b.numbers
        # A number by itself counts wherever the others stand: at the foot of a chapter's first page.
        counts = (in_place or not (a.parts and b.parts)) and _counts(a, b, pages)
        for row, at in ((a, distance), (b, -distance)) if same or counts else ():
            row.alike.add(at)
            row.same |= {at} if same else set()
            row.counts |= {at} if counts and a.parts == b.parts else set()


def _counts(a: _Row, b: _Row, pages: int) -> bool:
    """Whether one number of two rows counts with their pages, and all others are the same."""
    counting = [(kind, value) for kind, value in a.numbers if (kind, value + pages) in b.numbers]
    if not counting:
        return False
    kind, value = counting[0]
    others = a.numbers - Counter([(kind, value)]), b.numbers - Counter([(kind, value + pages)])
    figures = [figure for figure in map(_figures, (a, b)) if figure]
    return others[0] == others[1] and (len(figures) < 2 or figures[0] == figures[1])


def _figures(row: _Row) -> list[str]:
    return sorted(figure for part in row.parts for figure in _FIGURES.findall(part))


def _same_place(a: _Row, b: _Row) -> bool:
    return a.top == b.top and abs(a.place - b.place) < SAME_SHARE


def _rows(page: DocumentPage) -> list[_Row]:
    """Rows of text in a page's margins, and its outermost ones, which may be a page number anywhere."""
    if page.source == "file" or not page.height:
        return []
    placed = sorted(
        (block.box[1], block.box[3], number)
        for number, block in enumerate(page.blocks)
        if block.box and block.html is None and block.kind not in TEXT and 0 < len(block.text) <= MAX_CHARACTERS
    )
    sizes = [block.setting.em for block in page.blocks if block.setting for _ in range(1 + len(block.text) // 50)]
    usual = median(sizes) if sizes else 0.0
    groups: list[tuple[int, int, list[int]]] = []
    for top, bottom, number in placed:
        heading = _is_heading(page.blocks[number], usual)
        if groups and not heading and (top + bottom) / 2 < groups[-1][1]:
            groups[-1] = (groups[-1][0], max(bottom, groups[-1][1]), [*groups[-1][2], number])
        else:
            groups.append((top, top if heading else bottom, [number]))
    margin = MARGIN_SHARE * page.height
    rows = []
    for at, (top, _, numbers) in enumerate(groups):
        bottom = max(box[3] for number in numbers if (box := page.blocks[number].box) is not None)
        in_margin = bottom < margin or top > page.height - margin
        if in_margin or at in (0, len(groups) - 1):
            row = _row(page, numbers, (top + bottom) / 2 / page.height, in_margin, usual)
            rows += [row] if in_margin or not row.parts else []
    return rows


def _row(page: DocumentPage, numbers: Sequence[int], place: float, in_margin: bool, usual: float) -> _Row:
    blocks = [page.blocks[number] for number in numbers]
    parts: list[str] = []
    found: Counter[tuple[str, int]] = Counter()
    said = [part for block in sorted(blocks, key=lambda block: block.box or ()) for part in _parts(block)]
    has_digits = any(map(str.isdigit, said))  # then letters beside it are no Roman figures: entries of a dictionary
    for part in said:
        number = _NUMBER.fullmatch(part)
        if number and not (parts and _LABEL.search(parts[-1])) and (number["number"].isdigit() or not has_digits):
            found[_counted(number)] += 1
            continue
        if named := _NAMED.search(part):
            found[_counted(named)] += 1
            part = f"{part[: named.start()]}#{part[named.end() :]}"
        parts.append(part)
    heading = any(_is_heading(block, usual) for block in blocks)
    return _Row(tuple(numbers), place < 0.5, place, tuple(sorted(parts)), found, in_margin, heading)


def _parts(block: Block) -> list[str]:
    """What is set apart in a block's text, by wide gaps or by signs."""
    text = block.words[0].text if block.words else block.text
    for word, following in zip(block.words, block.words[1:], strict=False):
        gap = following.box[0] - word.box[2]
        apart = gap > following.box[3] - following.box[1] or gap < word.box[0] - word.box[2]
        text += f"{'  ' if apart else ' '}{following.text}"
    return [part for part in (" ".join(part.split()).casefold() for part in _APART.split(text)) if part]


def _counted(found: re.Match[str]) -> tuple[str, int]:
    """Kind and value of a number."""
    text, prefix = found["number"], found["prefix"] or ""
    if text.isdigit():
        return prefix, int(text)
    values = [_VALUES[char] for char in text]
    return f"{prefix}roman", sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))


def _is_heading(block: Block, usual: float) -> bool:
    """Whether a block is a heading by its size: running heads are often in bold."""
    return block.kind in ("title", "sub_title") and (block.setting is None or block.setting.em > LARGER * usual)
