"""What a PDF's words are, read back from their colours, and the arrays that training takes.

Pages are read as sokdok reads them (`sokdok.pages.textlayer`); a node is a run of words on one baseline without a gap
of half an em, a picture, a drawing, a filled box or a rule.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from pypdfium2 import raw
from scipy.spatial import KDTree

from sokdok.layout.structure.network import FURNITURE, ROLES
from sokdok.layout.structure.nodes import Array, cuts
from sokdok.layout.text_line import text_of
from sokdok.pages.textlayer import TextLayer, Word
from sokdok_lab.structure.tree import Register, number


def chunks_of(layer: TextLayer) -> list[list[Word]]:
    """Runs of words: pieces of the layer cut at gaps of half an em."""
    found: list[list[Word]] = []
    for piece in layer.pieces:
        ends = [0, *cuts(piece.words), len(piece.words)]
        found += [list(piece.words[a:b]) for a, b in zip(ends, ends[1:], strict=False) if a < b]
    return found


def colors_of(page: pypdfium2.PdfPage) -> dict[tuple[float, float], tuple[int, int]]:
    """Where each character begins that is no space, y from the top: its word's number, and its index.

    Of the characters of a ligature, which begin together, the first.
    """
    textpage = page.get_textpage()
    height = page.get_height()
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    x, y = ctypes.c_double(), ctypes.c_double()
    out: dict[tuple[float, float], tuple[int, int]] = {}
    for index in range(raw.FPDFText_CountChars(textpage)):
        if raw.FPDFText_GetUnicode(textpage, index) in (32, 13, 10, 0xA0):
            continue
        raw.FPDFText_GetFillColor(textpage, index, red, green, blue, alpha)
        raw.FPDFText_GetCharOrigin(textpage, index, x, y)
        out.setdefault((x.value, height - y.value), (number(red.value, green.value, blue.value), index))
    return out


def _numbered(layer: TextLayer, page: pypdfium2.PdfPage) -> list[list[tuple[Word, int, int]]]:
    """Chunks of a page: words with their numbers and where they stand among its characters, 0 and -1 for none.

    A word has the number of the glyph that stands where it begins.
    """
    chunks, colors = chunks_of(layer), colors_of(page)
    starts = [(word.box.left, word.baseline) for chunk in chunks for word in chunk]
    glyphs, known = KDTree(np.reshape([*colors], (-1, 2))), [*colors.values(), (0, -1)]
    _, nearest = glyphs.query(np.reshape(starts, (-1, 2)), p=1, distance_upper_bound=1.0)  # behind the last: none
    numbers = iter(nearest.tolist())
    return [[(word, *known[next(numbers)]) for word in chunk] for chunk in chunks]


@dataclass
class Known:
    """A chunk, words on one baseline without a wide gap, with what is true of it."""

    words: list[Word]
    unit: int
    first: int
    last: int
    index: int
    marker: bool


def known_chunks(layer: TextLayer, page: pypdfium2.PdfPage, register: Register) -> list[Known]:
    """Chunks of a page with their units; chunks of no known word have unit -1."""
    chunks = _numbered(layer, page)
    return [
        known([item[0] for item in chunk], [(n, i, len(w.text)) for w, n, i in chunk], register) for chunk in chunks
    ]


def known(chunk: list[Word], numbers: Sequence[tuple[int, int, int]], register: Register) -> Known:
    """What is true of a chunk: it is of the unit that most of the letters are of whose words stand there.

    `numbers` are those of words, with where they stand among the page's characters, and their letters.
    """
    spoken = [item for item in numbers if 0 < item[0] < len(register.words)]
    if not spoken:
        return Known(chunk, -1, 0, 0, -1, False)
    units: Counter[int] = Counter()
    for n, _, size in spoken:
        units[register.words[n].unit] += size
    unit = units.most_common(1)[0][0]
    mine = [(n, i) for n, i, _ in spoken if register.words[n].unit == unit]
    marker = all(register.words[n].marker for n, _ in mine)
    return Known(chunk, unit, mine[0][0], mine[-1][0], mine[0][1], marker)


def places_of_words(layer: TextLayer, page: pypdfium2.PdfPage) -> list[tuple[Word, int, int]]:
    """The words of a page that have numbers, with those, and where they stand among the page's characters."""
    return [item for chunk in _numbered(layer, page) for item in chunk if item[1] > 0]


def share_known(pages: Sequence[Sequence[Known]]) -> float:
    """Share of the letters whose word is known: what an engine draws by itself (note marks) has none."""
    sizes = [(sum(map(str.isalnum, text_of(known.words))), known.unit >= 0) for page in pages for known in page]
    return sum(size for size, ok in sizes if ok) / max(1, sum(size for size, _ in sizes))


def page_arrays(page: Sequence[Known], register: Register, earlier: set[int]) -> dict[str, Array]:
    """Features' raw material and truth of a page's nodes, texts first. `earlier` holds units and tables seen before."""
    texts = list(page)
    count = len(texts)
    role = np.full(count, -1, np.int8)
    level, unit, line, table, parent, caption = (np.full(count, -1, np.int32) for _ in range(6))
    place = np.full((count, 4), -1, np.int16)
    header, goes_on = np.zeros(count, bool), np.zeros(count, bool)
    successor = np.full(count, -2, np.int32)
    for index, known in enumerate(texts):
        if known.unit < 0:
            continue
        facts = register.units[known.unit]
        name = ROLES[facts.role]
        role[index] = ROLES.index("marker") if known.marker and name in ("item", "reference") else facts.role
        level[index], unit[index], table[index] = facts.level, known.unit, facts.table
        parent[index], caption[index] = facts.parent, facts.caption
        place[index], header[index] = facts.place, facts.header
        goes_on[index] = (known.unit in earlier) if facts.table < 0 else (-2 - facts.table in earlier)
    _lines(texts, unit, line)
    _order(texts, register, unit, successor)
    count_places(table, place)
    return {
        "role": role, "level": level.astype(np.int8), "unit": unit, "line": line, "table": table, "parent": parent,
        "caption": caption, "place": place, "header": header, "goes_on": goes_on, "successor": successor,
    }  # fmt: skip


def _sorted_by_word(texts: Sequence[Known], members: Sequence[int]) -> list[int]:
    return sorted(members, key=lambda i: (texts[i].first, texts[i].index))


def _lines(texts: Sequence[Known], unit: NDArray[np.int32], line: NDArray[np.int32]) -> None:
    """Number the lines of the page: chunks of a unit on one baseline, each right of the one before."""
    count = 0
    for value in sorted(set(unit.tolist()) - {-1}):
        before = None
        for index in _sorted_by_word(texts, np.flatnonzero(unit == value).tolist()):
            word = texts[index].words[0]
            if (
                before is None
                or abs(word.baseline - before.baseline) > 0.6 * word.em
                or word.box.left < before.box.left
            ):
                count += 1
            line[index] = count
            before = texts[index].words[-1]


def _order(texts: Sequence[Known], register: Register, unit: NDArray[np.int32], successor: NDArray[np.int32]) -> None:
    """Set each chunk's successor: -1 at the end of a flow, -2 where it is not known."""
    flows: dict[tuple[int, int], list[int]] = {}
    for index, value in enumerate(unit.tolist()):
        if value < 0:
            continue
        facts = register.units[value]
        alone = ROLES[facts.role] in FURNITURE or facts.flow < 0
        flows.setdefault((facts.flow, value if alone else -1), []).append(index)
    for members in flows.values():
        ordered = _sorted_by_word(texts, members)
        for here, there in zip(ordered, [*ordered[1:], -1], strict=True):
            successor[here] = there


def breaks_in_cells(page: dict[str, Array]) -> bool:
    """Whether a cell goes on in another column, or is shown there again as the head of a table that goes on there."""
    box, unit, line = page["box"][: len(page["unit"])].astype(float), page["unit"], page["line"]
    for value in np.unique(unit[page["table"].astype(int) >= 0]).tolist():
        mine = [box[(unit == value) & (line == number)] for number in np.unique(line[unit == value]).tolist()]
        lines = [(part[:, 0].min(), part[:, 2].max(), (part[:, 3] - part[:, 1]).max()) for part in mine]
        if any(left - right > 2 * height for left, _, height in lines for _, right, _ in lines):
            return True
    return False


def part_tables(page: dict[str, Array]) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Tables and places of a page with a table that goes on in the next column as one of its own there."""
    table, place = page["table"].astype(np.int32), page["place"].astype(np.int16)
    top = page["box"][: len(table), 1].astype(float)
    new = int(table.max(initial=-1)) + 1
    for value in np.unique(table[table >= 0]).tolist():
        mine = np.flatnonzero(table == value)
        reached, part = -np.inf, value
        for row in range(int(place[mine, 0].max()) + 1):
            inside = mine[place[mine, 0] == row]
            if len(inside) and top[inside].max() < reached - 30:
                part, new, reached = new, new + 1, -np.inf
            table[inside] = part
            reached = max(reached, top[inside].min(initial=np.inf)) if len(inside) else reached
    if new > int(page["table"].max(initial=-1)) + 1:
        count_places(table, place)
    return table, place


def count_places(table: NDArray[np.int32], place: NDArray[np.int16]) -> None:
    """Count the rows and columns of each table from those that this page shows."""
    for value in set(table.tolist()) - {-1}:
        mine = table == value
        for first, last in ((0, 1), (2, 3)):
            starts = np.unique(place[mine, first])
            low = np.searchsorted(starts, place[mine, first])
            high = np.searchsorted(starts, place[mine, last], side="right") - 1
            place[mine, first], place[mine, last] = low, np.maximum(low, high)
