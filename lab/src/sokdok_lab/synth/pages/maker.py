"""Document pages: a random design, text that flows through its columns, and the exact truth.

- Paper, margins, columns, fonts and sizes are chosen at random, but like those of real documents.
- Drawn at the size of a real page image, then resized: to the square of a mode, or in its own proportions.
- Everything depends on the seed alone: the same seed, fonts and text give the same page.
- About 20 ms a page after some hundred pages; what a page costs is mostly its glyphs, which `fonts.Face` keeps.

    maker = PageMaker(FontBook(folder), text_source, {"en": 0.6, "ko": 0.4})
    page = maker.page(seed=7)
    page.pixels, page.text, page.boxes
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from sokdok.imaging.box import Box
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.tables import draw_table, set_table, truth_cells
from sokdok_lab.synth.pages.truth import SyntheticPage
from sokdok_lab.synth.pages.typeset import Align, Canvas, Record, TextStyle, choose_styles, emphasise, set_text
from sokdok_lab.synth.pages.words import Phrases, Source
from sokdok_lab.synth.sheets import picture
from sokdok_lab.synth.wear import photograph

UNDERLINED_SHARE = 0.04  # share of the blocks whose lines are underlined
EMPHASISED_SHARE = 0.3  # of paragraphs, some words of whose first line are bold or italic
BODY_EMS_PX = (6.5, 18.0)  # smallest and largest body text of a page of 640 pixels; the x-height is about half of that
_BODY_SIZES_PX = (10, 14, 20, 28)
_NEWSPAPER_SHARE = 0.08  # share of the pages set in many narrow columns with hardly a gutter
_RULED_SHARE = 0.25  # share of the pages with lines between their columns
_ASPECTS = (1.29, 1.29, 1.41, 1.41, 1.41, 1.5, 1.0, 0.71)  # height / width of the paper
Frame = Box  # a rectangle that text flows into, in pixels of the drawing


@dataclass(frozen=True)
class PageMaker:
    """Draws pages in the fonts of a book with the words of a source.

    kinds: weight of each kind of text that the source knows. chars: the code points that may appear, all if None.
    ems: smallest and largest body text, in pixels an em on a page of 640 pixels. damage: see `wear.photograph`.
    square: side x side pixels; otherwise `side` is the height and the width follows the paper.
    """

    book: FontBook
    source: Source
    kinds: Mapping[str, float]
    side: int = 640
    chars: frozenset[int] | None = None
    ems: tuple[float, float] = BODY_EMS_PX
    damage: float = 1.0
    square: bool = True

    def page(self, seed: int | str) -> SyntheticPage:
        """Draw one page, `side` pixels high."""
        rng = random.Random(seed)
        design = Design(self.book, self.side, self.ems, rng)
        kind = rng.choices(list(self.kinds), list(self.kinds.values()))[0]
        sheet = _Sheet(design, Phrases(self.source, kind, self.chars, design.shows, rng), rng)
        sheet.fill()
        width, height = design.size
        size = (self.side if self.square else max(1, round(width * self.side / height)), self.side)
        return sheet.record.page(*photograph(sheet.canvas.ink, sheet.record.all_boxes(), size, self.damage, rng))


class Design:
    """Everything about a page but its words; its drawing is resized to side x side pixels."""

    def __init__(self, book: FontBook, side: int, ems: tuple[float, float], rng: random.Random) -> None:
        # The paper is squeezed into a square: what counts is the height of the text there. Drawn is in few sizes, whose
        # glyphs are found again; the size of the paper makes up for it.
        seen = ems[0] * (ems[1] / ems[0]) ** (rng.random() ** 1.6) * side / 640
        em = rng.choice([size for size in _BODY_SIZES_PX if 0.9 * seen < size < 2.4 * seen] or _BODY_SIZES_PX[-1:])
        height = side * em / seen
        self.size = round(height / rng.choice(_ASPECTS)), round(height)  # (width, height) of the drawing in pixels
        self.styles = choose_styles(book, em, rng)
        margin = rng.uniform(0.04, 0.13) * self.size[0], rng.uniform(0.05, 0.1) * self.size[1]
        right, bottom = self.size[0] - margin[0] * rng.uniform(0.7, 1), self.size[1] - margin[1]
        self.columns = _columns(Frame(*margin, right, bottom), self.styles["body"].size, rng)
        self.rules = _rules(self.columns) if rng.random() < _RULED_SHARE else []  # between columns
        head, foot, low = margin[1] * 0.4, self.size[1] - margin[1] * 0.75, 1.2 * self.styles["small"].size
        self.header = Frame(margin[0], head, right, head + low) if rng.random() < 0.6 else None
        self.footer = Frame(margin[0], foot, right, foot + low) if rng.random() < 0.6 else None
        self.gap = rng.choice([0.0, 0.3, 0.6, 1.0]) * self.styles["body"].pitch  # between blocks, pixels
        headings, lists = rng.choice([0, 1, 2]), rng.choice([0, 0, 1, 3])
        tables, figures = rng.choice([0, 0, 0.5, 2]), rng.choice([0, 0, 1])
        self.mixture = 6, headings, lists, tables, figures  # weights of blocks, paragraphs first
        self.emptiness = rng.choice([0.0, 0.0, 0.3])  # probability that the page ends after a column
        # One style for each pair of fonts: sizes and weights of ink don't matter to what they show.
        self.fonts = list({(style.latin, style.korean): style for style in self.styles.values()}.values())

    def shows(self, char: str) -> bool:
        """Say whether all of the page's fonts have a character."""
        return all(style.covers(char) for style in self.fonts)


def _columns(text: Frame, em: float, rng: random.Random) -> list[Frame]:
    """Divide the text's frame into one to three columns of at least twelve ems, or into those of a newspaper."""
    if rng.random() < _NEWSPAPER_SHARE:
        count, gutter = int(text.width / (rng.uniform(9, 15) * em)), rng.uniform(0.7, 1.6) * em
    else:
        count, gutter = rng.choice([1, 1, 1, 2, 2, 3]), rng.uniform(1.5, 3) * em
        count = min(count, int(text.width / (12 * em)))
    count = max(1, count)
    width = (text.width - (count - 1) * gutter) / count
    lefts = [text.left + i * (width + gutter) for i in range(count)]
    return [Frame(left, text.top, left + width, text.bottom) for left in lefts]


def _rules(columns: list[Frame]) -> list[Frame]:
    """Place a line in the middle of every gutter."""
    middles = [(left.right + right.left) / 2 for left, right in pairwise(columns)]
    return [Frame(x, columns[0].top, x, columns[0].bottom) for x in middles]


@dataclass
class _Sheet:
    """A page being filled."""

    design: Design
    words: Phrases
    rng: random.Random
    canvas: Canvas = field(init=False)
    record: Record = field(default_factory=Record)

    def __post_init__(self) -> None:
        self.canvas = Canvas(self.design.size)

    def fill(self) -> None:
        """Draw furniture above, a title across the columns, the columns, furniture below."""
        design, rng = self.design, self.rng
        self._furniture(design.header, "header")
        frames = design.columns
        if rng.random() < 0.2:
            frames = self._title(frames)
        for rule in design.rules:
            self.canvas.rectangle(Frame(rule.left, frames[0].top, rule.right, rule.bottom), rng.randint(90, 255))
        for frame in frames:
            self._column(frame)
            if rng.random() < design.emptiness:
                break
        self._furniture(design.footer, "footer")

    def _furniture(self, frame: Frame | None, kind: str) -> None:
        """Draw a running head, a page number, or one beside the other."""
        if frame is None:
            return
        style, rng = self.design.styles["small"], self.rng
        number = str(rng.randint(1, 999))
        if rng.random() < 0.5:
            aligns: list[Align] = ["left", "center", "right"]
            self._single_line(number, rng.choice(aligns), frame, "page number")
            return
        align: Align = "left" if rng.random() < 0.7 else "right"
        self._single_line(self.words.take(rng.randint(10, 50)), align, frame, kind)
        if align == "left" and rng.random() < 0.6 and self.record.blocks[-1].kind == kind:
            free = frame.width - (len(number) + 2) * style.size
            if self.record.boxes[-1][:, 2].max() - frame.left < free:
                self._single_line(number, "right", frame, "page number")

    def _single_line(self, text: str, align: Align, frame: Frame, kind: str) -> None:
        line = set_text(text, replace(self.design.styles["small"], align=align), frame.width, self.rng)[0]
        placed = line.moved(frame.left, frame.top + line.style.size)
        self.canvas.line(placed)
        self.record.add([placed], kind)

    def _title(self, frames: list[Frame]) -> list[Frame]:
        """Draw a title over all columns; return them, beginning below it."""
        design = self.design
        whole = Frame(frames[0].left, frames[0].top, frames[-1].right, frames[0].bottom)
        y = self._flow(self.words.take(self.rng.randint(10, 90)), design.styles["title"], whole, whole.top, "title")
        top = min(y + design.styles["body"].pitch, whole.bottom - 4 * design.styles["body"].pitch)
        return [Frame(frame.left, max(top, frame.top), frame.right, frame.bottom) for frame in frames]

    def _column(self, frame: Frame) -> None:
        """Draw blocks, one below the other, until the column is full."""
        y, design = frame.top, self.design
        block: Callable[[Frame, float], float]
        while y + 1.5 * design.styles["body"].pitch < frame.bottom:
            block = self.rng.choices(
                [self._paragraph, self._heading, self._list, self._table, self._figure], design.mixture
            )[0]
            y = block(frame, y) + design.gap

    def _flow(self, text: str, style: TextStyle, frame: Frame, y: float, kind: str) -> float:
        """Set text below y as far as the frame reaches; return the bottom of the last line."""
        capacity = int((frame.bottom - y) / style.pitch)
        if capacity < 1:
            return frame.bottom
        lines = set_text(text, style, frame.width, self.rng)[:capacity]
        if style is self.design.styles["body"] and self.rng.random() < EMPHASISED_SHARE:
            lines[0] = emphasise(lines[0], self.design.styles["emphasis"], self.rng)
        first = y + style.size
        placed = [line.moved(frame.left, first + i * style.pitch) for i, line in enumerate(lines)]
        underlined = self.rng.random() < UNDERLINED_SHARE
        for line in placed:
            self.canvas.line(line)
            if underlined:
                below = line.y + 0.15 * style.size
                self.canvas.rectangle(Frame(float(line.x[0]), below, line.end, below + 0.05 * style.size))
        self.record.add(placed, kind)
        return y + len(lines) * style.pitch

    def _paragraph(self, frame: Frame, y: float) -> float:
        lines = self.rng.choice([1, 2, 4, 6, 9, 14])
        length = max(8, int(lines * self.rng.uniform(0.7, 1) * frame.width / (0.5 * self.design.styles["body"].size)))
        return self._flow(self.words.take(length), self.design.styles["body"], frame, y, "paragraph")

    def _heading(self, frame: Frame, y: float) -> float:
        number = self.rng.choice(["", "", "1 ", "2. ", "3.1 ", "IV. ", "A. "])
        style = self.design.styles["heading"]
        text = self.words.clean(number + self.words.take(self.rng.randint(5, 50)))
        return self._flow(text, style, frame, y + 0.3 * style.size, "heading")

    def _list(self, frame: Frame, y: float) -> float:
        """Draw items with bullets or numbers and a hanging indent."""
        style = self.design.styles["item"]
        bullet = self.rng.choice(["•", "-", "–", "*", "1.", "(1)", "[1]", "a)"])
        for number in range(1, self.rng.randint(3, 7)):
            if y + style.pitch > frame.bottom:
                break
            mark = self.words.clean(bullet.replace("1", str(number))) or "-"
            y = self._flow(f"{mark} {self.words.take(self.rng.randint(10, 140))}", style, frame, y, "list")
        return y

    def _table(self, frame: Frame, y: float) -> float:
        style = self.design.styles["small"]
        if frame.bottom - y < 6 * style.pitch:
            return self._paragraph(frame, y)
        if self.rng.random() < 0.5:
            y = self._flow(self.words.take(self.rng.randint(10, 80)), style, frame, y, "caption") + 0.3 * style.size
        top = y + 0.2 * style.size
        free = frame.bottom - top - style.pitch
        table = set_table(frame.left, top, frame.width, free, style, self.design.styles["strong"], self.words, self.rng)
        if not table.cells:
            return y
        draw_table(self.canvas, table)
        lines = [line for cell in table.cells for line in cell.lines]
        self.record.add(lines, "table", truth_cells(table, self.record.length))
        return table.bottom + 0.5 * style.size

    def _figure(self, frame: Frame, y: float) -> float:
        """Draw something that isn't text, which a reader passes over, and its caption."""
        rng, pitch = self.rng, self.design.styles["body"].pitch
        height = min(rng.uniform(4, 14) * pitch, frame.bottom - y - 2 * pitch)
        if height < 3 * pitch:
            return self._paragraph(frame, y)
        drawn = picture(int(frame.width), int(height), rng)
        self.canvas.paste(drawn, round(frame.left), round(y + 0.3 * pitch))
        y += height + 0.6 * pitch
        return self._flow(self.words.take(rng.randint(10, 100)), self.design.styles["small"], frame, y, "caption")
