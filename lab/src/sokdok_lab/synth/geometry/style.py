"""The look of a geometry figure: paper, ink, letters and sizes, chosen at random but like those of textbooks."""

from __future__ import annotations

import random
from dataclasses import dataclass

from sokdok_lab.synth.pages.fonts import Font, FontBook

Color = tuple[int, int, int]
EMS_PX = (12.0, 42.0)  # smallest and largest em of the letters
_BLACKS = ((0, 0, 0), (20, 20, 20), (35, 31, 32), (60, 60, 60))
_INKS = (*_BLACKS, (0, 90, 150), (0, 114, 188), (30, 60, 140), (20, 100, 110), (120, 40, 40))
_ACCENTS = ((236, 0, 140), (220, 30, 60), (0, 130, 200), (0, 140, 80), (240, 120, 0))
_PAPERS = ((255, 255, 255), (255, 255, 255), (255, 255, 255), (255, 246, 225), (240, 246, 252), (245, 245, 245))
_FILLS = ((155, 196, 220), (205, 228, 242), (250, 220, 180), (215, 235, 205), (225, 225, 225), (240, 215, 230))
_NAMES = ((0, 0, 255), (0, 0, 200), (200, 0, 0), (0, 120, 0), (130, 0, 130))


@dataclass(frozen=True)
class Style:
    """Everything about a drawing but its scene; lengths in pixels."""

    side: float  # pixels of the longer side
    em: float
    width: float  # of a line, pixels
    paper: Color
    ink: Color
    sign: Color  # of marks
    letter: Color
    fill: Color | None
    values: tuple[Font, Font]  # fonts of lengths and angles: digits, letters
    names: tuple[Font, Font]
    tracking: float  # advance of the letters, as a share of their font's: condensed type stands closer
    unit: str
    dot: Color | None
    annotated: bool  # whether dots and letters are laid over the drawing
    drawn_names: bool  # whether an annotated drawing has names of its own too
    overlay: Color  # of the letters of an annotated drawing
    overlay_dot: Color
    overlay_fonts: tuple[Font, Font]
    richness: float  # share of the facts that get a mark and of the segments that get a length
    margin: float  # pixels around the drawing


def choose_style(book: FontBook, side: float, rng: random.Random) -> Style:
    """Choose a random style."""
    family, other = book.pick(rng), book.pick(rng)
    weight = "bold" if rng.random() < 0.15 else "regular"
    roman, italic = family.style(weight), family.style("bold italic" if weight == "bold" else "italic")
    annotated = rng.random() < 0.5
    ink = rng.choice(_INKS)
    em = min(max(side * rng.uniform(0.035, 0.12), EMS_PX[0]), EMS_PX[1])
    return Style(
        side=side,
        em=em,
        width=rng.choice([1.0, 1.3, 1.6, 2.0, 2.5, 3.0]),
        paper=rng.choice(_PAPERS),
        ink=ink,
        sign=rng.choice([ink, rng.choice(_ACCENTS)]),
        letter=rng.choice([rng.choice(_BLACKS), rng.choice(_BLACKS), ink]),
        fill=rng.choice(_FILLS) if rng.random() < 0.25 else None,
        values=(roman, italic if rng.random() < 0.75 else roman),
        names=(roman, italic if rng.random() < 0.7 else roman),
        tracking=rng.choice([1.0, 1.0, rng.uniform(0.85, 1.0)]),
        unit=rng.choice(["ft", "in.", "cm", "mm", "m", "km", "yd", "mi"]) if rng.random() < 0.35 else "",
        dot=rng.choice([ink, (0, 0, 0), (220, 0, 0)]) if rng.random() < 0.3 else None,
        annotated=annotated,
        drawn_names=rng.random() < 0.65,
        overlay=rng.choice(_NAMES),
        overlay_dot=rng.choice([(255, 0, 0), (255, 0, 0), (220, 0, 0), (0, 150, 0)]),
        overlay_fonts=(other.style("regular"), other.style("regular")),
        richness=rng.choice([0.0, 0.3, 0.5, 0.5, 0.8]),
        margin=em * (rng.uniform(0.7, 2.4) if annotated else rng.choice([1.9, 1.9, 1.9, 3.6])),
    )
