"""The layout of a page as blocks of a document, paragraphs as running text, each block with its words.

- Words broken at a line end are mended in Latin script; Chinese and Japanese lines join without a space.
- Links are written as Markdown has them, raised and lowered words as `<sup>` and `<sub>`: 10<sup>6</sup> is not 106.
- Pictures of the file stand before the first block that is below them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from statistics import median

from sokdok.documents.blocks import FORMULA_NOT_READ, PICTURES, UNREAD, Block, Box, Setting, Source, Word
from sokdok.documents.sanitize import table_text
from sokdok.imaging import box as imaging
from sokdok.imaging.pose import Pose, turned
from sokdok.layout.blocks import BULLET_MARK, LayoutBlock, code_text
from sokdok.layout.figures import texts_of
from sokdok.layout.joining import Joiner
from sokdok.layout.structure.blocks import place_of
from sokdok.layout.text_layer import analyse_layer
from sokdok.layout.text_line import TextLine, marked, without_leaders
from sokdok.office.flow import literal
from sokdok.pages import textlayer
from sokdok.pages.textlayer import TextLayer

_SOURCES: dict[textlayer.Source, Source] = {"recogniser": "reader", "layer": "text-layer"}
_NUMBER = re.compile(r"\d{1,9}[.)]")


@dataclass(frozen=True)
class Frame:
    """From where a layout counts to the pixels of its page."""

    size: tuple[int, int]  # width and height of the page
    scale: float = 1.0  # pixels of one of the layout's units
    pose: Pose | None = None  # how the straight page, which the layout is of, lies in the picture

    def box(self, box: imaging.Box) -> Box:
        """A box of the layout in whole pixels of the page, at least one each way."""
        width, height = self.size
        found = box.scaled(self.scale)
        found = self.pose.to_picture(found) if self.pose else found
        left, top = min(max(int(found.left), 0), width - 1), min(max(int(found.top), 0), height - 1)
        right, bottom = min(math.ceil(found.right), width), min(math.ceil(found.bottom), height)
        return left, top, max(right, left + 1), max(bottom, top + 1)


def frame_of(layer: TextLayer, size: tuple[int, int]) -> Frame:
    """The map from a layer's points to the pixels of its page's picture, whose width and height are `size`."""
    return Frame(size, size[0] / layer.shown_size[0], turned(size, layer.turned) if layer.turned else None)


def text_blocks(
    layer: TextLayer, width: int, height: int, layout: tuple[Sequence[LayoutBlock], Joiner] | None = None
) -> tuple[Block, ...]:
    """The blocks of a text layer in reading order; `width` and `height` are the pixels that boxes count in.

    `layout` is what `analyse_layer` gave, where it is known.
    """
    found, joiner = layout or analyse_layer(layer)
    frame = frame_of(layer, (width, height))
    return blocks_of(found, joiner, frame, [frame.box(picture) for picture in layer.figures])


def blocks_of(
    found: Sequence[LayoutBlock], joiner: Joiner, frame: Frame, pictures: Sequence[Box] = ()
) -> tuple[Block, ...]:
    """The blocks of a layout, and the `pictures` that are not among them, in reading order."""
    blocks = [block for group in _lists_together(found) for block in _blocks(group, joiner, frame)]
    for picture in pictures:
        blocks.insert(place_of(picture, [block.box for block in blocks]), Block("image", picture, ""))
    return tuple(blocks)


def _lists_together(blocks: Sequence[LayoutBlock]) -> list[list[LayoutBlock]]:
    """Items that follow each other, and the paragraphs that belong to them, as one list; other blocks by themselves."""
    groups: list[list[LayoutBlock]] = []
    for block in blocks:
        of_list = block.kind == "list" or (block.level and block.kind == "text")
        if of_list and groups and groups[-1][0].kind == "list":
            groups[-1].append(block)
        else:
            groups.append([block])
    return groups


def _blocks(group: Sequence[LayoutBlock], joiner: Joiner, frame: Frame) -> list[Block]:
    if group[0].kind in PICTURES:
        return figure_blocks(group[0].box, group[0].lines, joiner, frame)
    words = _words_in(chain.from_iterable(block.lines for block in group), frame)
    return [replace(_described(group, joiner, frame), words=words, confidence=words_confidence(words), plain=True)]


def figure_blocks(box: imaging.Box, lines: Sequence[TextLine], joiner: Joiner, frame: Frame) -> list[Block]:
    """A picture with the text in it: a row a line, texts side by side parted by tabs; behind it the listings in it.

    What is not legible is no text: letters are seen in leaves and hair, too.
    """
    rows = texts_of([line for line in lines if line.text and line.legible])
    listings = [text for row in rows for text in row if text.kind == "code"]
    texts = [found for row in rows if (found := [text for text in row if text.kind != "code"])]
    words = _words_in((line for row in texts for text in row for line in text.lines), frame)
    said = "\n".join("\t".join(_running_text(text, joiner) for text in row) for row in texts)
    picture = Block("image", frame.box(box), said, words=words, confidence=words_confidence(words), plain=True)
    return [picture, *(block for listing in listings for block in _blocks([listing], joiner, frame))]


def _words_in(lines: Iterable[TextLine], frame: Frame) -> tuple[Word, ...]:
    """The words of lines with their places in pixels of the page."""
    return tuple(
        Word(word.text, frame.box(word.box), word.confidence, _SOURCES[word.source], word.other)
        for line in lines
        for word in _words_of(line)
    )


def words_confidence(words: Sequence[Word]) -> float | None:
    """Mean confidence of words' characters; None where nobody says."""
    known = [(len(word.text), word.confidence) for word in words if word.confidence is not None]
    total = sum(length for length, _ in known)
    return round(sum(length * confidence for length, confidence in known) / total, 4) if total else None


def _words_of(line: TextLine) -> list[textlayer.Word]:
    """The words of a line, what is set close to one as part of it; the whole line where it has none."""
    words: list[textlayer.Word] = []
    for word in line.run:
        if word.joined and words:
            words[-1] = replace(
                words[-1], text=words[-1].text + word.text, box=imaging.Box.around([words[-1].box, word.box])
            )
        else:
            words.append(word)
    return words


def _described(group: Sequence[LayoutBlock], joiner: Joiner, frame: Frame) -> Block:
    block = group[0]
    box = frame.box(imaging.Box.around(one.box for one in group))
    setting = _setting(group, frame.scale, joiner)
    if block.html:
        return Block("table", box, table_text(block.html), block.html, setting=setting)
    if block.kind == "equation":
        said = f"{FORMULA_NOT_READ} {_running_text(block, joiner)}"
        return Block("equation", box, block.latex) if block.latex else Block(UNREAD, box, said)
    if block.kind == "code":
        return Block("code", box, code_text(block), setting=setting)
    if block.kind == "list":
        parts = [(one.kind == "list", one.level, one.mark, _running_text(one, joiner)) for one in group]
        return Block("list", box, list_text(parts), setting=setting)
    if block.kind == "field":
        both = (block.rows[: block.label], block.rows[block.label :])
        said = "\n".join(_running_text(replace(block, rows=rows), joiner) for rows in both)
        return Block("field", box, said, setting=setting)
    return Block(block.kind, box, _running_text(block, joiner), setting=setting)


def _setting(group: Sequence[LayoutBlock], scale: float, joiner: Joiner) -> Setting | None:
    """How a block is set, in pixels; `scale` are pixels of the layout's units."""
    first = group[0]
    if not first.lines:
        return None
    em, bold = median(line.em for line in first.lines), all(line.bold for line in first.lines)
    return Setting(round(em * scale, 1), joiner.cut, bold, first.outline, first.goes_on)


def _running_text(block: LayoutBlock, joiner: Joiner) -> str:
    return without_leaders(literal(marked(joiner.join(block.said), block.lines)))


def list_text(parts: Sequence[tuple[bool, int, str, str]]) -> str:
    """Items and the paragraphs below them as Markdown.

    Each is whether it begins an item, its level, its mark, and its text, which may begin with the mark. A level is
    indented as far as the text of the one above it. Numbers are `3.` or `3)` as they were; an item with a bullet, or
    none, gets a hyphen, and so does one with another mark, which stays: `- (가) …`.
    """
    indents: list[int] = []
    lines: list[str] = []
    for begins, level, sign, text in parts:
        level = max(1, level)
        if begins:
            del indents[level - 1 :]
            own = sign and re.match(rf"(\[?(?:<del>)?){re.escape(sign)}\s*", text)  # within a link, or what is struck
            words = own[1] + text[own.end() :] if own else text
            mark = sign if _NUMBER.fullmatch(sign) else "-"
            words = words if mark == sign or not sign or BULLET_MARK.fullmatch(sign) else f"{sign} {words}"
            lines.append(f"{' ' * (indents[-1] if indents else 0)}{mark} {words}")
            indents.append((indents[-1] if indents else 0) + len(mark) + 1)
        else:
            lines += ["", " " * indents[min(level, len(indents)) - 1] + text, ""]
    return "\n".join(lines).rstrip("\n")
