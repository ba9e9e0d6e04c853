"""Style grammars: how documents of one house look. Each is sampled from its number, and a share is held out."""

from __future__ import annotations

import random
from functools import cache

from sokdok_lab.structure.tree import Look

GRAMMARS = 800
PAPERS = {
    **{"a4": (595, 842), "letter": (612, 792), "a5": (420, 595), "b5": (499, 709)},
    **{"a4r": (842, 595), "slide": (720, 405)},
}  # width and height, points
SERIF = ("Nimbus Roman", "P052", "C059", "DejaVu Serif", "URW Bookman", "Noto Serif CJK KR")
SANS = ("Nimbus Sans", "DejaVu Sans", "URW Gothic", "Nimbus Sans Narrow", "Noto Sans CJK KR")
KOREAN = ("NanumGothic", "NanumMyeongjo", "NanumBarunGothic", "Noto Sans CJK KR", "Noto Serif CJK KR", "NanumSquare")
JAPANESE = ("Noto Sans CJK JP", "Noto Serif CJK JP")
MONO = ("Nimbus Mono PS", "DejaVu Sans Mono", "NanumGothicCoding", "Noto Sans Mono CJK KR")
BULLETS = ("•", "–", "◦", "▪", "-", "-", "-", "*", "○", "□", "■", "·", "‣", "◆", "※", "▶", "ㅇ", "●", "→")
COUNTERS = (
    *("1.", "1)", "(1)", "a.", "a)", "(a)", "i.", "(i)", "A.", "가.", "가)", "(가)", "①", "[1]", "I.", "1.1", "제1조"),
    *("Step 1", "ㄱ.", "㉠"),
)


def held_out(grammar: int) -> bool:
    """Whether a grammar is for measuring only: 15 in a hundred."""
    return grammar % 20 in (3, 9, 16)


class Grammar:
    """The style of a number. Lengths are points unless they are said to be em."""

    def __init__(self, number: int) -> None:
        self.number = number
        rng = random.Random(f"grammar {number}")
        more, tight = random.Random(f"house {number}"), random.Random(f"table {number}")
        self.paper = rng.choices([*PAPERS], [55, 20, 5, 8, 6, 6])[0]
        slide, (width, height) = self.paper == "slide", PAPERS[self.paper]
        self.size = rng.choice([8, 8.5, 9, 9.5, 10, 10, 10.5, 11, 11, 12, 12, 13]) * (1.35 if slide else 1)
        side = rng.uniform(30, 90) * (0.7 if self.paper in ("a5", "slide") else 1)
        serif = rng.random() < 0.5
        self.columns = rng.choices([1, 2, 3], [70, 20, 10] if width > height else [60, 32, 8])[0]
        self.heads = _heads(rng, more)
        """by level: size in em, look (bold, italic, plain, caps), alignment, em above, em below"""
        latin = rng.choice(SERIF if serif else SANS)
        single = self.columns == 1 and not slide
        self.inset = more.uniform(1, 6) if single and more.random() < 0.15 else 0.0
        """em that text is right of its headings"""
        top, bottom = rng.uniform(45, 95), rng.uniform(45, 95)
        left = (side if rng.random() < 0.7 else side * rng.uniform(0.6, 1.3)) + self.inset * self.size
        self.margins = top, side, bottom, left
        self.gutter = rng.uniform(10, 30)
        self.fonts = {"latin": latin, "ko": rng.choice(KOREAN), "ja": rng.choice(JAPANESE)}
        self.head_font = rng.choice([latin, latin, *SANS, *SERIF])
        self.mono = rng.choice(MONO)
        self.leading = rng.choice([1.1, 1.15, 1.2, 1.25, 1.3, 1.4, 1.5, 1.6, 1.75, 1.9])  # em from baseline to baseline
        self.justified = rng.random() < 0.6
        self.hyphens = rng.random() < 0.6
        self.break_words = rng.random() < 0.5  # Hangul may break within words
        self.indent = rng.choice([0, 0, 0, 1, 1, 1.5, 2])  # em
        self.gap = rng.choice([0, 0.2, 0.4, 0.5, 0.7, 1.0])  # em between paragraphs
        self.head_ground = rng.choices(["none", "rule", "fill", "box"], [76, 10, 10, 4])[0]
        numberings = ["none", "1.1", "1.", "chapter", "roman", "article", "I.A"]
        self.numbering = rng.choices(numberings, [34, 24, 14, 6, 6, 8, 8])[0]
        self.title_align = rng.choices(["left", "center", "right"], [45, 50, 5])[0]
        self.bullets = tuple(rng.sample(BULLETS, 3)) if rng.random() < 0.6 else ("•", "–", "◦")
        self.counters = tuple(rng.sample(COUNTERS, 3))
        self.hang = rng.choices(["out", "grid", "in", "flush"], [30, 25, 15, 30])[0]  # how marks of items stand
        self.item_indent = rng.uniform(1.0, 3.0)
        self.item_gap = rng.choice([0, 0, 0, 0.15, 0.3, 0.6])
        forms = ("grid", "rows", "booktabs", "outer", "columns", "none", "head", "open", "body")
        self.rules = rng.choices(forms, [22, 14, 18, 5, 5, 20, 8, 8, 6])[0]
        """of tables: `open` at the sides; `body` is a grid below the heads"""
        self.zebra = rng.random() < 0.2
        self.head_fill = rng.random() < 0.4
        self.head_bold = rng.random() < 0.65
        self.padding = rng.uniform(0, 6) * (tight.random() > 0.2), rng.uniform(2, 9)  # TeX has none above and below
        self.table_size = rng.uniform(0.75, 1.0)
        self.valign = rng.choice(["top", "top", "middle", "middle", "bottom"])
        self.full_width = rng.random() < 0.6
        self.caption_above = rng.random() < 0.5
        self.caption_align = rng.choice(["left", "center", "center"])
        self.caption_look = rng.choice(["plain", "label bold", "italic", "bold", "small"])
        self.code_ground = rng.choice(["none", "fill", "box", "none"])
        self.leader = rng.choice([".", ".", " .", "·", "", "_"])
        self.note_mark = rng.choice(["1", "1)", "*", "[1]", "주1)"])
        self.cell_justified = rng.random() < 0.2
        self.number_gap = more.choice([1, 1, 1, 2, 3, 4, 6])  # spaces between a heading's number and its text
        self.number_above = more.random() < 0.3  # the number of a chapter stands on a line of its own

    def heading(self, level: int) -> Look:
        """Looks of a heading; `caps` for capitals."""
        size, look, align, above, below = self.heads[min(3, level - 1)]
        made: Look = {"size": size, "align": align, "above": above * size, "below": below * size, "left": -self.inset}
        made |= {"bold": "bold" in look, "italic": "italic" in look, "caps": "caps" in look, "sticky": 1}
        return made | ({"ground": self.head_ground} if level < 3 else {})

    @property
    def title(self) -> Look:
        """Looks of a title."""
        size = max(1.3, self.heads[0][0] * 1.25)
        return {"size": size, "below": 1, "left": -self.inset, "align": self.title_align, "bold": 1, "sticky": 1}

    @property
    def caption(self) -> Look:
        """Looks of a caption; `lead` where its label is bold."""
        look = self.caption_look
        size = 0.85 if look == "small" else 0.95
        made: Look = {"size": size, "align": self.caption_align, "above": 0.4, "below": 0.4}
        return {**made, "bold": look == "bold", "italic": look == "italic", "lead": float(look == "label bold")}

    @property
    def width(self) -> float:
        """Width of the text area, points."""
        return PAPERS[self.paper][0] - self.margins[1] - self.margins[3]


def _heads(rng: random.Random, more: random.Random) -> tuple[tuple[float, str, str, float, float], ...]:
    """Choose the looks of headings by level."""
    scale = rng.uniform(1.05, 1.45)
    step = rng.choice([1.0, 1.08, 1.15, 1.25])
    align = rng.choices(["left", "center"], [80, 20])[0]
    looks = [rng.choices(["bold", "italic", "plain", "caps", "bold italic"], [65, 8, 14, 8, 5])[0] for _ in range(4)]
    heads = tuple(
        (
            max(0.95, scale * step ** (2 - level)) if rng.random() > 0.15 else 1.0,
            looks[level] if rng.random() < 0.4 else looks[0],
            align if level == 0 or rng.random() < 0.8 else "left",
            rng.uniform(0.6, 2.2) * (1 - 0.12 * level),
            rng.uniform(0.1, 1.0),
        )
        for level in range(4)
    )
    if more.random() < 0.3:  # sizes hardly differ, as offices and handbooks have it
        bold = more.choice(["bold", "bold", "plain", "bold italic"])
        sizes = [max(1.0, 1.25 - more.choice([0.08, 0.12, 0.25]) * level) for level in range(4)]
        heads = tuple((size, bold, *head[2:]) for size, head in zip(sizes, heads, strict=True))
    if more.random() < 0.05:
        heads = tuple((*head[:2], "right", *head[3:]) for head in heads)
    return heads


@cache
def grammar(number: int) -> Grammar:
    """The grammar of a number; equal numbers give equal grammars."""
    return Grammar(number)
