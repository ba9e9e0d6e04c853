"""Words at their places as a content stream: text that is not painted (rendering mode 3), one line after the other.

PDF 1.7, 9.3 and 9.4. Each word is as wide as its box, by horizontal scaling; between two words of a line stands a
space as wide as the gap, so that whatever copies or searches sees the words apart. Where lines fall a little, each word
stands level in its box: some programs (poppler's) take a word that falls to pieces.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from sokdok.documents.document import Box, Word
from sokdok.documents.lines import Direction, Line, direction_of, is_rtl, lines_of, slope_of
from sokdok.documents.write.searchable.font import DESCENT, WIDTH

FONT_NAME = "/SokdokText"
LEAST_SIZE = 0.5  # points
_ALONG: dict[Direction, tuple[int, int]] = {"right": (1, 0), "up": (0, 1), "left": (-1, 0), "down": (0, -1)}
_SCALING = (1.0, 2_000.0)  # percent, least and most
_LEVEL = 0.1  # slope of lines, up to which their words are set level


class Sheet(NamedTuple):
    """How a page's pixels lie on its sheet."""

    pixels: tuple[int, int]  # width and height
    box: tuple[float, float, float, float]
    """what is shown of the sheet: left, bottom, right, top in its own units, before it is turned"""
    rotation: int  # degrees clockwise by which it is shown turned: 0, 90, 180 or 270

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as shown."""
        left, bottom, right, top = self.box
        width, height = right - left, top - bottom
        return (height, width) if self.rotation in (90, 270) else (width, height)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point of the picture, in pixels from its top left, on the sheet."""
        width, height = self.size
        x, y = x / self.pixels[0] * width, height - y / self.pixels[1] * height
        left, bottom, right, top = self.box
        return {
            0: (left + x, bottom + y),
            90: (right - y, bottom + x),
            180: (right - x, top - y),
            270: (left + y, top - x),
        }[self.rotation]

    def vector(self, x: float, y: float) -> tuple[float, float]:
        """A direction as shown, y upwards, on the sheet."""
        return {0: (x, y), 90: (-y, x), 180: (-x, -y), 270: (y, -x)}[self.rotation]


def text_layer(blocks: Iterable[Iterable[Word]], sheet: Sheet, encoded: Callable[[str], str]) -> bytes:
    """The content stream of all words of a page; nothing if there are none. `encoded` writes a text in the font."""
    said = [[word for word in words if word.text.strip()] for words in blocks]
    usual = direction_of([word for words in said for word in words])
    lines = [line for words in said for line in lines_of(words, usual)]
    slope = slope_of(lines)
    setter = _Setter(sheet, encoded, slope if abs(slope) > _LEVEL else 0.0)
    written = [operators for line in lines if (operators := setter.line(line))]
    return "\n".join(["q BT 3 Tr", *written, "ET Q\n"]).encode("ascii") if written else b""


class _Setter:
    """Sets words on one sheet, whose lines fall by `slope`."""

    def __init__(self, sheet: Sheet, encoded: Callable[[str], str], slope: float) -> None:
        self.sheet, self.encoded = sheet, encoded
        self.cosine = 1 / math.hypot(1, slope)
        self.sine = slope * self.cosine

    def line(self, line: Line) -> str:
        """The operators of a line's words, with the spaces between them."""
        parts: list[str] = []
        places = [self._place(word.box, line.direction) for word in line.words]
        for word, place, following in zip(line.words, places, [*places[1:], None], strict=True):
            parts.append(self._set(_as_seen(" ".join(word.text.split())), place))
            if following and (gap := following.start - place.start - place.length) > 0:
                space = place._replace(start=place.start + place.length, length=gap)
                parts.append(self._set(" ", space))
        return "\n".join(filter(None, parts))

    def _place(self, box: Box, direction: Direction) -> _Place:
        """Where a word's line begins and how long and high it is: of a box around a word that falls, the word's own."""
        x, y = _ALONG[direction]
        width, height = box[2] - box[0], box[3] - box[1]
        long, high = (width, height) if direction in ("right", "left") else (height, width)
        cosine, sine = self.cosine, abs(self.sine)
        length = max((long * cosine - high * sine) / (cosine * cosine - sine * sine), long / 2)
        size = max((high * cosine - long * sine) / (cosine * cosine - sine * sine), high / 2)
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        # In pixels y counts downwards: right is (1, 0), down is (0, 1), and what is below a line is that turned right.
        along = self._fallen(x, -y)
        below = -along[1], along[0]
        start = middle[0] * along[0] + middle[1] * along[1] - length / 2
        base = middle[0] * below[0] + middle[1] * below[1] + size / 2
        return _Place(along, start, base, length, size)

    def _fallen(self, x: float, y: float) -> tuple[float, float]:
        """A direction in pixels, turned as the lines are."""
        return x * self.cosine - y * self.sine, y * self.cosine + x * self.sine

    def _set(self, text: str, place: _Place) -> str:
        """The operators that set a text at a place."""
        code = self.encoded(text)
        if not code:
            return ""
        unit = self.sheet.size[0] / self.sheet.pixels[0]
        size = max(place.size * unit, LEAST_SIZE)
        natural = len(code) / 4 * WIDTH / 1000 * size
        scaling = min(max(100 * place.length * unit / natural, _SCALING[0]), _SCALING[1])
        x, y = place.along
        below = -y, x
        lifted = place.base + DESCENT / 1000 * place.size
        corner = place.start * x + lifted * below[0], place.start * y + lifted * below[1]
        a, b = self.sheet.vector(x, -y)
        c, d = self.sheet.vector(y, x)
        e, f = self.sheet.point(*corner)
        return (
            f"{FONT_NAME} {size:.2f} Tf {scaling:.2f} Tz {a:.6g} {b:.6g} {c:.6g} {d:.6g} {e:.2f} {f:.2f} Tm <{code}> Tj"
        )


class _Place(NamedTuple):
    """Where a word stands, in pixels, in a frame along its line."""

    along: tuple[float, float]  # the direction of its line, y downwards
    start: float  # where it begins along its line
    base: float  # its lower edge, across its line
    length: float
    size: float


def _as_seen(text: str) -> str:
    """The letters from left to right: programs take a PDF's text as it is seen, and turn Hebrew and Arabic round."""
    return text[::-1] if is_rtl(text) else text
