"""The look of a page: paper, margins, columns, fonts and sizes, chosen at random but like those of real documents."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from sokdok.imaging.box import Box
from sokdok_lab.synth.pages.fonts import Family, Font, FontBook
from sokdok_lab.synth.pages.typeset import TextStyle

BODY_EMS_PX = (6.5, 18.0)  # smallest and largest body text of a page of 640 pixels; the x-height is about half of that
_BODY_SIZES_PX = (10, 14, 20, 28)
_SIZES_PX = (8, *_BODY_SIZES_PX, 40)  # ems of any text in the drawing
_NEWSPAPER_SHARE = 0.08  # share of the pages set in many narrow columns with hardly a gutter
_RULED_SHARE = 0.25  # share of the pages with lines between their columns
_ASPECTS = (1.29, 1.29, 1.41, 1.41, 1.41, 1.5, 1.0, 0.71)  # height / width of the paper


Frame = Box  # a rectangle that text flows into, in pixels of the drawing


@dataclass(frozen=True)
class Design:
    """Everything about a page but its words."""

    size: tuple[int, int]  # (width, height) of the drawing in pixels
    columns: list[Frame]
    rules: list[Frame]  # between columns
    header: Frame | None
    footer: Frame | None
    body: TextStyle
    title: TextStyle
    heading: TextStyle
    item: TextStyle
    small: TextStyle
    strong: TextStyle
    emphasis: TextStyle  # of words in the body that are bold or italic
    gap: float  # between blocks, pixels
    mixture: tuple[float, float, float, float, float]  # weights of paragraphs, headings, lists, tables and figures
    emptiness: float  # probability that the page ends after a column

    @property
    def styles(self) -> tuple[TextStyle, ...]:
        return self.body, self.title, self.heading, self.item, self.small, self.strong, self.emphasis

    def shows(self, char: str) -> bool:
        """Say whether all of the page's fonts have a character."""
        return all(style.covers(char) for style in self._fonts)

    @cached_property
    def _fonts(self) -> list[TextStyle]:
        """One style for each pair of fonts: sizes and weights of ink don't matter here."""
        return list({(style.latin, style.korean): style for style in self.styles}.values())


def choose_design(book: FontBook, side: int, ems: tuple[float, float], rng: random.Random) -> Design:
    """Choose a design whose drawing is resized to side x side pixels."""
    # The paper is squeezed into a square: what counts is the height of the text there. Drawn is in few sizes, whose
    # glyphs are found again; the size of the paper makes up for it.
    seen = ems[0] * (ems[1] / ems[0]) ** (rng.random() ** 1.6) * side / 640
    em = rng.choice([size for size in _BODY_SIZES_PX if 0.9 * seen < size < 2.4 * seen] or _BODY_SIZES_PX[-1:])
    height = side * em / seen
    size = round(height / rng.choice(_ASPECTS)), round(height)
    styles = choose_styles(book, em, rng)
    margin = rng.uniform(0.04, 0.13) * size[0], rng.uniform(0.05, 0.1) * size[1]
    text = Frame(margin[0], margin[1], size[0] - margin[0] * rng.uniform(0.7, 1), size[1] - margin[1])
    furniture = styles["small"].size
    columns = _columns(text, styles["body"].size, rng)
    return Design(
        size=size,
        columns=columns,
        rules=_rules(columns) if rng.random() < _RULED_SHARE else [],
        header=_strip(text, margin[1] * 0.4, furniture) if rng.random() < 0.6 else None,
        footer=_strip(text, size[1] - margin[1] * 0.75, furniture) if rng.random() < 0.6 else None,
        gap=rng.choice([0.0, 0.3, 0.6, 1.0]) * styles["body"].pitch,
        mixture=(6, rng.choice([0, 1, 2]), rng.choice([0, 0, 1, 3]), rng.choice([0, 0, 0.5, 2]), rng.choice([0, 0, 1])),
        emptiness=rng.choice([0.0, 0.0, 0.3]),
        **styles,
    )


def _strip(text: Frame, top: float, em: float) -> Frame:
    return Frame(text.left, top, text.right, top + 1.2 * em)


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


def choose_styles(book: FontBook, em: float, rng: random.Random) -> dict[str, TextStyle]:
    """Choose the styles of a page: one family for its body, the same or another for what stands out."""
    body_family = book.pick(rng)
    korean_family = book.pick(rng, korean=True) if book.korean else body_family
    if rng.random() < 0.5 and korean_family.korean:
        body_family = korean_family
    other = body_family if rng.random() < 0.6 else book.pick(rng)
    slant = rng.choices(["regular", "bold", "italic", "bold italic"], [16, 2, 2, 0.5])[0]
    latin, korean = _fonts(body_family, korean_family, slant)
    body = TextStyle(
        latin,
        korean,
        size=em,
        leading=rng.uniform(1.08, 1.7) if rng.random() < 0.8 else rng.uniform(1.7, 2.2),
        tracking=rng.choice([0.0, 0.0, 0.0, rng.uniform(-0.06, 0.06)]),
        word_space=rng.choice([1.0, 1.0, 1.0, rng.uniform(0.6, 1), rng.uniform(1, 2.5)]),
        align=rng.choice(["justify", "justify", "left"]),
        indent=rng.choice([0.0, 0.0, 1.0, 2.0]) * em,
        break_hangul=rng.random() < 0.5,
        hyphenate=rng.random() < 0.4,
        ligatures=rng.random() < 0.5,
        ink=255 if rng.random() < 0.85 else rng.randint(130, 255),
    )
    loud = replace(body, align="left", indent=0.0, leading=1.2, hyphenate=False)
    fonts = _fonts(other, korean_family, rng.choice(["bold", "bold", "regular", "italic"]))
    heading = replace(loud, latin=fonts[0], korean=fonts[1], size=_near(em * rng.uniform(1, 1.6)))
    strong = _fonts(body_family, korean_family, "bold")
    small = replace(loud, size=_near(em * rng.uniform(0.8, 1)))
    emphasis = _fonts(body_family, korean_family, rng.choice(["bold", "bold", "italic"]))
    return {
        "body": body,
        "heading": heading,
        "title": replace(heading, size=_near(em * rng.uniform(1.4, 2.4)), align=rng.choice(["left", "center"])),
        "item": replace(body, indent=rng.choice([0.0, 1.0]) * em, hanging=rng.uniform(1, 2.5) * em),
        "small": small,
        "strong": replace(small, latin=strong[0], korean=strong[1]),
        "emphasis": replace(body, latin=emphasis[0], korean=emphasis[1]),
    }


def _fonts(latin: Family, korean: Family, style: str) -> tuple[Font, Font]:
    return latin.style(style), korean.style(style)


def _near(size: float) -> int:
    """Return the nearest of the sizes that are drawn."""
    return min(_SIZES_PX, key=lambda known: abs(known - size))
