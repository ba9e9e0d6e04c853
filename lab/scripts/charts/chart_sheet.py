"""A chart as it is published, or as it is cut out of a page: on a sheet with a frame, rules, a sign, a source, prose.

None of this is a mark, and all of it looks like one: a frame like axes, a rule like a line, a sign like a bar.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from chart_marks import Marks
from PIL import Image, ImageDraw

from sokdok_lab.synth.charts.data import ChartText, labels, line_from
from sokdok_lab.synth.pages.fonts import FontBook, opened

SHARE = 0.45  # of the charts
_GAP_PX = 5.0
_INKS = ((0, 0, 0), (90, 90, 90), (170, 170, 170), (215, 215, 215))
_SIGNS = ((200, 16, 46), (0, 75, 135), (20, 20, 20), (0, 130, 90), (240, 150, 0))
_SOURCES = {"en": ("Source: ", "Data: ", "Note: ", "", "* "), "ko": ("출처: ", "자료: ", "주: ", "", "* ")}


class _Sheet:
    """The paper around a chart: what is written or drawn on it is measured before there is any."""

    def __init__(self, pixels: np.ndarray, book: FontBook, korean: bool, rng: random.Random) -> None:
        self.rng, self.language = rng, "ko" if korean else "en"
        self.family, self.em = book.pick(rng, korean), rng.uniform(8, 13)
        self.high, self.wide = pixels.shape[:2]
        self.paper: Any = tuple(map(int, np.median(pixels[:3].reshape(-1, 3), 0)))
        if rng.random() < 0.25:  # the chart is a card on other paper
            self.paper = (255, 255, 255) if min(self.paper) < 250 else rng.choice(((246, 246, 246), (238, 243, 250)))
        dark = sum(self.paper) < 380
        self.ink = rng.choice([(255, 255, 255), (200, 200, 200)] if dark else _INKS[:2])
        self.line = rng.choice([self.ink, *_INKS, *_SIGNS])
        self.left, self.right = (rng.choice((0, rng.randint(2, 40))) for _ in range(2))

    def words(self, prose: bool) -> list[str]:
        """Write a source on one line, or some lines of prose, as long as the sheet is wide at most."""
        rng, font, found = self.rng, opened(self.family.style("regular"), round(self.em, 1)), list[str]()
        for number in range(rng.randint(2, 4) if prose else 1):
            words = [] if prose or number else [rng.choice(_SOURCES[self.language])]
            for _ in range(60 if prose else rng.randint(1, 6)):
                more = rng.choice((*labels(rng, self.language, 3), str(rng.randint(1, 2030))))
                if font.getlength(" ".join([*words, more])) > self.left + self.wide + self.right - 2 * _GAP_PX:
                    break
                words.append(more)
            found.append(" ".join(words).strip())
        return [line for line in found if line]


def on_a_sheet(
    pixels: np.ndarray, marks: Marks, texts: Sequence[ChartText], book: FontBook, korean: bool, rng: random.Random
) -> tuple[np.ndarray, Marks, list[ChartText]]:
    """Put a chart (H, W, 3) uint8 on a sheet; marks and texts go with it, what is written around it is a note."""
    sheet = _Sheet(pixels, book, korean, rng)
    # What stands above and below, from top to bottom: a rule's thickness in pixels, or a line of text.
    rules = [[rng.choice((1, 1, 2, 3, 6))] if rng.random() < 0.45 else [] for _ in range(2)]
    above: list[Any] = [*rules[0], *(sheet.words(False) if rng.random() < 0.15 else ())]
    below: list[Any] = [*rules[1], *(sheet.words(rng.random() < 0.3) if rng.random() < 0.6 else ())]
    if rng.random() < 0.4:  # the rule closes the sheet
        below = [*below[len(rules[1]) :], *rules[1]]
    sign = rng.random() < 0.3
    step = 1.4 * sheet.em

    def room(parts: list[Any]) -> int:
        return round(sum(step if isinstance(part, str) else part + _GAP_PX for part in parts) + rng.uniform(0, 12))

    top, bottom = room(above), room(below) + round(1.5 * step * sign)
    size = sheet.left + sheet.wide + sheet.right, top + sheet.high + bottom
    image = Image.new("RGB", size, sheet.paper)
    image.paste(Image.fromarray(pixels), (sheet.left, top))
    pen, found = ImageDraw.Draw(image), list[ChartText]()

    def write(text: str, x: float, middle: float, color: Any) -> None:
        font, baseline = opened(sheet.family.style("regular"), round(sheet.em, 1)), round(middle + 0.35 * sheet.em)
        pen.text((x, baseline), text, color, font, anchor="ls")
        ends = line_from((x, baseline), font.getlength(text), sheet.em, 0)
        found.append(ChartText(text, "note", *ends, sheet.em))

    for parts, y in ((above, 2.0), (below, top + sheet.high + 2.0)):
        for part in parts:
            if isinstance(part, str):
                write(part, rng.choice((_GAP_PX, sheet.left + _GAP_PX)), y + step / 2, sheet.ink)
                y += step
            else:
                begin = rng.choice((0, 0, sheet.left))
                end = size[0] if rng.random() < 0.8 else begin + rng.uniform(0.1, 0.5) * size[0]
                pen.rectangle((begin, y, end, y + part - 1), sheet.line)
                y += part + _GAP_PX
    if sign:
        color, name = rng.choice(_SIGNS), labels(rng, sheet.language, 1)[0].split()[0]
        wide = opened(sheet.family.style("regular"), round(sheet.em, 1)).getlength(name) + sheet.em
        x, y = rng.choice((2.0, max(2.0, size[0] - wide - 2))), size[1] - 1.4 * step
        pen.rectangle((x, y, x + wide, y + 1.2 * step), color)
        write(name, x + sheet.em / 2, y + 0.6 * step, (255, 255, 255))
    if rng.random() < 0.4:
        whole = (0, 0, size[0] - 1, size[1] - 1)
        card = (sheet.left, top, sheet.left + sheet.wide - 1, top + sheet.high - 1)
        pen.rectangle(rng.choice((whole, whole, card)), outline=sheet.line, width=rng.choice((1, 1, 2, 3)))
    dx, dy = float(sheet.left), float(top)
    moved = [replace(text, left=_moved(text.left, dx, dy), right=_moved(text.right, dx, dy)) for text in texts]
    return np.asarray(image), marks.moved(dx, dy), moved + found


def _moved(point: tuple[float, float], dx: float, dy: float) -> tuple[float, float]:
    return point[0] + dx, point[1] + dy
