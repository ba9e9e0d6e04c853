"""Style grammars: how documents of one house look. Each is sampled from its number, and a share is held out."""

from __future__ import annotations

import random
from dataclasses import dataclass

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


def held_out(grammar: int) -> bool:
    """Whether a grammar is for measuring only: 15 in a hundred."""
    return grammar % 20 in (3, 9, 16)


@dataclass(frozen=True)
class Grammar:
    """Lengths are points unless they are said to be em."""

    number: int
    paper: str
    margins: tuple[float, float, float, float]
    columns: int
    gutter: float
    fonts: dict[str, str]
    head_font: str
    mono: str
    size: float
    leading: float  # em from baseline to baseline
    justified: bool
    hyphens: bool
    break_words: bool  # Hangul may break within words
    indent: float  # em
    gap: float  # em between paragraphs
    heads: tuple[tuple[float, str, str, float, float], ...]
    """by level: size in em, look (bold, italic, plain, caps), alignment, em above, em below"""
    head_ground: str  # none, rule, fill, box
    numbering: str  # none, 1.1, 1., chapter, roman, article
    title_align: str
    bullets: tuple[str, ...]
    counters: tuple[str, ...]
    hang: str  # how marks of items stand: out, grid, in, flush
    item_indent: float
    item_gap: float
    rules: str  # of tables: grid, rows, booktabs, outer, columns, none, head, open sides, body (a grid below the heads)
    zebra: bool
    head_fill: bool
    head_bold: bool
    padding: tuple[float, float]
    table_size: float
    valign: str
    full_width: bool
    caption_above: bool
    caption_align: str
    caption_look: str
    code_ground: str
    leader: str
    note_mark: str
    cell_justified: bool
    number_gap: int  # spaces between a heading's number and its text
    number_above: bool  # the number of a chapter stands on a line of its own
    inset: float  # em that text is right of its headings

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


BULLETS = ("•", "–", "◦", "▪", "-", "-", "-", "*", "○", "□", "■", "·", "‣", "◆", "※", "▶", "ㅇ", "●", "→")
COUNTERS = (
    *("1.", "1)", "(1)", "a.", "a)", "(a)", "i.", "(i)", "A.", "가.", "가)", "(가)", "①", "[1]", "I.", "1.1", "제1조"),
    *("Step 1", "ㄱ.", "㉠"),
)


def grammar(number: int) -> Grammar:
    """The grammar of a number; equal numbers give equal grammars."""
    rng = random.Random(f"grammar {number}")
    paper = rng.choices([*PAPERS], [55, 20, 5, 8, 6, 6])[0]
    size = rng.choice([8, 8.5, 9, 9.5, 10, 10, 10.5, 11, 11, 12, 12, 13]) * (1.35 if paper == "slide" else 1)
    wide = PAPERS[paper][0] > PAPERS[paper][1]
    side = rng.uniform(30, 90) * (0.7 if paper in ("a5", "slide") else 1)
    serif = rng.random() < 0.5
    columns = rng.choices([1, 2, 3], [60, 32, 8] if not wide else [70, 20, 10])[0]
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
    latin = rng.choice(SERIF if serif else SANS)
    more, tight = random.Random(f"house {number}"), random.Random(f"table {number}")
    if more.random() < 0.3:  # sizes hardly differ, as offices and handbooks have it
        bold = more.choice(["bold", "bold", "plain", "bold italic"])
        sizes = [max(1.0, 1.25 - more.choice([0.08, 0.12, 0.25]) * level) for level in range(4)]
        heads = tuple((size, bold, *head[2:]) for size, head in zip(sizes, heads, strict=True))
    if more.random() < 0.05:
        heads = tuple((*head[:2], "right", *head[3:]) for head in heads)
    inset = more.uniform(1, 6) if columns == 1 and paper != "slide" and more.random() < 0.15 else 0.0
    top, bottom = rng.uniform(45, 95), rng.uniform(45, 95)
    left = (side if rng.random() < 0.7 else side * rng.uniform(0.6, 1.3)) + inset * size
    forms = ("grid", "rows", "booktabs", "outer", "columns", "none", "head", "open", "body")
    return Grammar(
        number,
        paper,
        (top, side, bottom, left),
        columns,
        rng.uniform(10, 30),
        {"latin": latin, "ko": rng.choice(KOREAN), "ja": rng.choice(JAPANESE)},
        rng.choice([latin, latin, *SANS, *SERIF]),
        rng.choice(MONO),
        size,
        rng.choice([1.1, 1.15, 1.2, 1.25, 1.3, 1.4, 1.5, 1.6, 1.75, 1.9]),
        rng.random() < 0.6,
        rng.random() < 0.6,
        rng.random() < 0.5,
        rng.choice([0, 0, 0, 1, 1, 1.5, 2]),
        rng.choice([0, 0.2, 0.4, 0.5, 0.7, 1.0]),
        heads,
        rng.choices(["none", "rule", "fill", "box"], [76, 10, 10, 4])[0],
        rng.choices(["none", "1.1", "1.", "chapter", "roman", "article", "I.A"], [34, 24, 14, 6, 6, 8, 8])[0],
        rng.choices(["left", "center", "right"], [45, 50, 5])[0],
        tuple(rng.sample(BULLETS, 3)) if rng.random() < 0.6 else ("•", "–", "◦"),
        tuple(rng.sample(COUNTERS, 3)),
        rng.choices(["out", "grid", "in", "flush"], [30, 25, 15, 30])[0],
        rng.uniform(1.0, 3.0),
        rng.choice([0, 0, 0, 0.15, 0.3, 0.6]),
        rng.choices(forms, [22, 14, 18, 5, 5, 20, 8, 8, 6])[0],
        rng.random() < 0.2,
        rng.random() < 0.4,
        rng.random() < 0.65,
        (rng.uniform(0, 6) * (tight.random() > 0.2), rng.uniform(2, 9)),  # TeX has none above and below
        rng.uniform(0.75, 1.0),
        rng.choice(["top", "top", "middle", "middle", "bottom"]),
        rng.random() < 0.6,
        rng.random() < 0.5,
        rng.choice(["left", "center", "center"]),
        rng.choice(["plain", "label bold", "italic", "bold", "small"]),
        rng.choice(["none", "fill", "box", "none"]),
        rng.choice([".", ".", " .", "·", "", "_"]),
        rng.choice(["1", "1)", "*", "[1]", "주1)"]),
        rng.random() < 0.2,
        more.choice([1, 1, 1, 2, 3, 4, 6]),
        more.random() < 0.3,
        inset,
    )
