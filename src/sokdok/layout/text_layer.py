"""The layout of a page that is known by its text layer: words and how they are set, and what its paths draw.

Headings that the file's own outline names are such: what it says of them counts more than how they look.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from sokdok.imaging.box import Box
from sokdok.layout.analyse import Surroundings, analyse, joiner_for, pieces_at_gaps, with_all
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.figures import figures_of, with_axes
from sokdok.layout.formulas import formula_latex
from sokdok.layout.joining import Joiner
from sokdok.layout.language import is_word
from sokdok.layout.structure.nodes import Drawn
from sokdok.layout.tables.grids import grids_of, has_text
from sokdok.layout.text_line import TextLine, text_of
from sokdok.pages.textlayer import Entry, Link, Piece, Rule, TextLayer, Word
from sokdok.pages.textlayer.objects import choice
from sokdok.pages.textlayer.paths import TICK_MARKS, is_mark

PAPER_EM = 0.3  # around a formula that is shown as a picture
TABLE_SHARE = 0.5  # of a drawing that is tables: it is no figure
MARK_GAP_EM = 2.5  # from a drawn bullet to its text, at most
BOX_EM = 2.5  # side of a box to tick, at most
DROP_EM, DROP_GAP_EM = 1.6, 1.5  # sizes of the type beside it, of a large first letter and the gap behind it
ONE_LETTER = frozenset("AEIOUYÀÉÓ")  # words of one letter
TICKS = frozenset({"[x]", "[ ]", "(x)", "( )"})  # states of form fields
_SAFE = "/:?#@!$&*+,;=%~-._"  # signs of a link's target that stay as they are
TYPEWRITTEN_SHARE = 0.98
"""of a page's characters in equally wide letters; more, and the page is typewritten rather than a program"""


def layer_lines(layer: TextLayer) -> list[TextLine]:
    """A layer's pieces as lines, in the order of the file, drawn bullets before them; boxes and sizes in points."""
    lines = [_line(piece) for piece in layer.pieces]
    mono = sum(len(word.text) for line in lines for word in line.words if word.mono)
    if mono > TYPEWRITTEN_SHARE * sum(len(word.text) for line in lines for word in line.words):  # it says nothing
        lines = [replace(line, words=tuple(replace(word, mono=False) for word in line.words)) for line in lines]
    lines = _with_drop_caps(lines)
    for mark in layer.marks:
        _put_before(mark, lines, "•", 1.0)
    fields = [line for line in lines if line.text in TICKS]
    lines = [line for line in lines if line.text not in TICKS]
    fields += [_line(choice(box, sign)) for box in layer.unticked if (sign := _sign(box, lines))]
    for field in fields:
        lines = [part for line in lines for part in _parted(line, field.box)]
        if not _put_before(field.box, lines, field.text, BOX_EM) and (is_mark(field.box) or field.text != "[ ]"):
            lines.append(field)  # a larger empty one by itself is a frame
    return [_linked(line, layer.links) for line in lines] if layer.links else lines


def _with_drop_caps(lines: Sequence[TextLine]) -> list[TextLine]:
    """Lines, those beside which a large letter stands, two or more, with it as the beginning of the first."""
    found = list(lines)
    for whole in [line for line in lines if line.words and len(line.words[0].text) == 1 and line.text[0].isupper()]:
        cap, rest = whole.words[0], [whole.part(1, len(whole.words))] if len(whole.words) > 1 else []
        others = [it for it in (*found, *rest) if it is not whole and not it.turned and DROP_EM * it.em < cap.em]
        beside = [it for it in others if cap.box.top < it.box.middle[1] < cap.box.bottom]
        beside = [it for it in beside if cap.box.left < it.box.left < cap.box.right + DROP_GAP_EM * it.em]
        line = min(beside, key=lambda line: line.box.top, default=whole)
        if len(beside) > 1 and line.text[0].islower() and line not in rest:
            word, at = line.words[0], found.index(whole)
            letter = replace(word, text=cap.text, box=word.box._replace(left=cap.box.left, right=word.box.left))
            apart = cap.text in ONE_LETTER and is_word(word.text, "") and not is_word(cap.text.lower() + word.text, "")
            words = (letter, replace(word, joined=not apart), *line.words[1:])
            begun = replace(line, box=Box.around([letter.box, line.box]), text=text_of(words), words=words)
            found[at : at + 1] = rest
            found = [begun if one is line else one for one in found]
    return found


def analyse_layer(layer: TextLayer, more: Sequence[TextLine] = ()) -> tuple[list[LayoutBlock], Joiner]:
    """Arrange a layer's lines in blocks, boxes in points, tables with their HTML; and what joins the page's lines.

    `more` are lines of the page that are not in the layer, in points too.
    """
    lines = [*layer_lines(layer), *more]
    pieces = [piece for line in lines for piece in pieces_at_gaps(line)]
    ruled = grids_of(layer.rules)
    charts = with_axes(ruled, pieces)
    grids = [grid for grid in ruled if has_text(grid, lines) and grid not in charts]
    figures = figures_of([*layer.drawings, *(grid.box for grid in charts)], pieces, layer.size)
    tables = [grid.box for grid in grids if grid.full]
    figures = [box for box in figures if sum(map(box.overlap, tables)) < TABLE_SHARE * box.area]
    around = Surroundings(Drawn.of_layer(layer), figures=figures, grids=grids)
    blocks = with_all(analyse(lines, around), [*_with_drop_caps([*map(_line, layer.pieces)]), *more])
    blocks = [_with_latex(block, layer.rules) for block in in_outline(blocks, layer.outline)]
    return blocks, joiner_for(blocks)


def _line(piece: Piece) -> TextLine:
    return TextLine(piece.box, piece.text, em=piece.em, source="layer", turned=piece.turned, words=piece.words)


def _linked(line: TextLine, links: Sequence[Link]) -> TextLine:
    """A line whose words know where they lead."""
    over = [link for link in links if line.box.overlap(link.box)]
    words = (
        replace(word, link=next((quote(link.target, _SAFE) for link in over if link.box.holds(*word.box.middle)), ""))
        for word in line.words
    )
    return replace(line, words=tuple(words)) if over else line


def _sign(box: Box, lines: list[TextLine]) -> str:
    """The state of a box to tick; none if there is a letter in it that is no tick. A tick's line loses it."""
    for at, line in enumerate(lines):
        number = next((number for number, word in enumerate(line.words) if box.holds(*word.box.middle)), None)
        if number is None:
            continue
        if line.words[number].text not in TICK_MARKS:
            return ""
        parts = [part for part in ((0, number), (number + 1, len(line.words))) if part[0] < part[1]]
        lines[at : at + 1] = [line.part(*part) for part in parts]
        return "[x]"
    return "[ ]"


def _parted(line: TextLine, box: Box) -> list[TextLine]:
    """A line in two where a box stands between its words."""
    x = box.middle[0]
    number = sum(word.box.middle[0] < x for word in line.words)
    between = line.box.left < x < line.box.right and _beside(box, line) and 0 < number < len(line.words)
    return [line.part(0, number), line.part(number, len(line.words))] if between else [line]


def _beside(box: Box, line: TextLine) -> bool:
    """Whether a box and a line stand in one row: the middle of one between the top and the foot of the other."""
    (_, y), (_, middle) = box.middle, line.box.middle
    return line.box.top < y < line.box.bottom or box.top < middle < box.bottom


def _put_before(mark: Box, lines: list[TextLine], sign: str, most_em: float) -> bool:
    """Set a bullet or box of `most_em` at most before the line beside it, as a sign; whether there is such a line."""
    beside = [
        number
        for number, line in enumerate(lines)
        if line.words
        and not line.marked
        and _beside(mark, line)
        and 0 <= line.box.left - mark.right < MARK_GAP_EM * line.em
        and max(mark.width, mark.height) < most_em * line.em
    ]
    for number in sorted(beside, key=lambda number: lines[number].box.left)[:1]:
        line = lines[number]
        words = (Word(sign, mark, line.em, line.words[0].baseline), *line.words)
        box = Box.around([line.box, mark])
        lines[number] = replace(line, box=box, text=f"{sign} {line.text}", words=words, marked=True)
    return bool(beside)


def _with_latex(block: LayoutBlock, rules: Sequence[Rule]) -> LayoutBlock:
    """A formula with its LaTeX, or with the paper around it that shows all of it: large signs leave their boxes."""
    if block.kind != "equation":
        return block
    paper = block.box.grown(PAPER_EM * block.rows[0].em)
    bars = [rule for rule in rules if rule.horizontal and paper.top < rule.at < paper.bottom]  # of fractions and roots
    drawn = any(rule.start < paper.right and rule.end > paper.left for rule in bars)
    latex = "" if drawn else formula_latex(block.rows)
    return replace(block, latex=latex, box=block.box if latex else paper)


MAX_ROWS, TITLES = 4, ("title", "sub_title", "text")  # of a heading, and kinds of block that may be one
_NO_LETTER = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"[\W\dIVXivx]+")


def in_outline(blocks: Sequence[LayoutBlock], outline: Sequence[Entry]) -> list[LayoutBlock]:
    """Blocks with the levels of those that are entries of the outline, each entry once; a paragraph becomes a heading.

    Numbers before a title may be missing in either.
    """
    found = list(blocks)
    for entry in outline:
        title = _dense(entry.title)
        free = [at for at, block in enumerate(found) if not block.outline and len(block.rows) <= MAX_ROWS and title]
        alike = [at for at in free if found[at].kind in TITLES and _dense(found[at].text) == title]
        at = min(alike, key=lambda at: found[at].kind == "text", default=None)  # headings before paragraphs
        if at is not None:
            kind = "sub_title" if found[at].kind == "text" else found[at].kind
            found[at] = replace(found[at], kind=kind, outline=entry.level, level=0)
    return found


def _dense(text: str) -> str:
    """Letters and digits alone, without a number before them."""
    dense = _NO_LETTER.sub("", text).casefold()
    number = _NUMBER.match(text)
    rest = _NO_LETTER.sub("", text[number.end() :]).casefold() if number else ""
    return rest or dense
