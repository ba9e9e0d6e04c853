"""Fonts of a folder as faces whose glyphs are drawn once and blitted ever after.

- Pillow sets a page of text in about 70 ms, nearly all of it FreeType drawing the same glyphs again. A `Face` keeps
  each glyph's bitmap at two horizontal subpixel phases, so that a page costs some thousand small copies.
- Glyphs are drawn twice as large and averaged down: little is left of hinting, as in a rendered PDF. Those of bitmap
  faces, as printers have them, are hinted to whole pixels.
- Advances are those of the unhinted outline, kerning aside.
- Fonts are grouped into families by the names they carry; a family is Latin, Korean or both by what it covers.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from PIL import ImageFont

from sokdok.errors import InputError

STYLES = ("regular", "bold", "italic", "bold italic")
PHASES = 2  # horizontal positions of a glyph within a pixel
_OVERSAMPLING = 2  # glyphs are drawn so many times larger
_MAX_ADVANCE_EM = 4.0  # of a glyph; some fonts hold nonsense
_LATIN = "".join(map(chr, range(0x21, 0x7F)))
_HANGUL = "가각는"
_ALL_HANGUL = frozenset(map(ord, "가각뷁힣쓩는"))
_HAN = "大韓民國李亨植あア"
_SAME_ADVANCE_EM = 0.01
_SUFFIXES = {".ttf", ".otf", ".ttc"}
HANDS = re.compile(
    r"hand|script|(?<!o)pen\b|barunpen|penheulim|brush|allura|aurore|breip|caveat|cedarville|chancery|comic|delphine"
    r"|doulaise|great vibes|haviland|homemade apple|italianno|joscelyn|kiloji|kirang|kkubulim|klee|kristi|parisienne"
    r"|pilgia|purisa|sacramento|seto|steve|tangerine|vada|yeonsung|yusei|z003",
    re.IGNORECASE,
)  # names of families that look handwritten


@dataclass(frozen=True)
class Font:
    """One font file; of a collection the first font."""

    path: Path

    def at(self, size: float) -> ImageFont.FreeTypeFont:
        """Open the font at so many pixels per em."""
        return ImageFont.truetype(str(self.path), size, layout_engine=ImageFont.Layout.BASIC)

    @cached_property
    def advances(self) -> dict[int, float]:
        """How far the pen moves for each code point the font has a glyph for, in ems."""
        from fontTools.ttLib import TTFont

        number = 0 if self.path.suffix.lower() == ".ttc" else -1
        with TTFont(self.path, lazy=True, fontNumber=number) as font:
            metrics, em = font["hmtx"].metrics, font["head"].unitsPerEm
            found = {code: metrics[name][0] / em for code, name in (font.getBestCmap() or {}).items()}
        return {code: advance for code, advance in found.items() if advance < _MAX_ADVANCE_EM}

    @cached_property
    def _known(self) -> dict[str, bool]:
        return {}

    def draws(self, char: str) -> bool:
        """Whether a character leaves ink or is a space: some fonts list letters and leave them blank."""
        if char not in self._known:
            listed = ord(char) in self.advances
            self._known[char] = listed and (char.isspace() or self._sample.getmask(char).getbbox() is not None)
        return self._known[char]

    @cached_property
    def _sample(self) -> ImageFont.FreeTypeFont:
        return self.at(16)


@lru_cache(maxsize=2048)
def opened(font: Font, size: float) -> ImageFont.FreeTypeFont:
    """Open a font at a size, once: that takes longer than drawing a letter."""
    return font.at(size)


@dataclass(frozen=True)
class Glyph:
    """A drawn character: ink (h, w) uint8, 255 is full, and where its corner lies from the pen on the baseline."""

    ink: np.ndarray
    left: int
    top: int  # negative above the baseline


class Face:
    """A font at one size in pixels per em; as a `bitmap`, a pixel is ink or none."""

    def __init__(self, font: Font, size: float, bitmap: bool = False) -> None:
        self.font, self.size, self.bitmap = font, size, bitmap
        self._large = font.at(size * (1 if bitmap else _OVERSAMPLING))
        self._drawn: dict[str, tuple[np.ndarray, int, int]] = {}
        self._glyphs: dict[tuple[str, int], Glyph] = {}

    def glyph(self, char: str, phase: int) -> Glyph:
        """Draw a character with its pen `phase` / PHASES of a pixel to the right."""
        key = char, phase
        if key not in self._glyphs:
            self._glyphs[key] = Glyph(*self._draw(char)) if self.bitmap else self._shrink(char, phase)
        return self._glyphs[key]

    def _draw(self, char: str) -> tuple[np.ndarray, int, int]:
        """Draw ink at the large size; return its corner from the pen too."""
        if char not in self._drawn:
            mask, (left, top) = self._large.getmask2(char, mode="1" if self.bitmap else "L", anchor="ls")
            ink = np.frombuffer(bytes(mask), np.uint8).reshape(mask.size[1], mask.size[0])
            self._drawn[char] = ink, int(left), int(top)
        return self._drawn[char]

    def _shrink(self, char: str, phase: int) -> Glyph:
        ink, left, top = self._draw(char)
        left += phase * _OVERSAMPLING // PHASES
        height, width = ink.shape
        down, right = top % _OVERSAMPLING, left % _OVERSAMPLING
        rows, columns = -(-(down + height) // _OVERSAMPLING), -(-(right + width) // _OVERSAMPLING)
        padded = np.zeros((rows * _OVERSAMPLING, columns * _OVERSAMPLING), np.uint16)
        padded[down : down + height, right : right + width] = ink
        rows_summed = (
            padded[0::2] + padded[1::2]
        )  # an oversampling of two; reshaping and summing takes four times as long
        small = (rows_summed[:, 0::2] + rows_summed[:, 1::2]) // _OVERSAMPLING**2
        return Glyph(small.astype(np.uint8), left // _OVERSAMPLING, top // _OVERSAMPLING)


@lru_cache(maxsize=2048)
def face(font: Font, size: float, bitmap: bool = False) -> Face:
    """Return the face of a font at a size; faces keep their glyphs, so few distinct sizes draw faster."""
    return Face(font, size, bitmap)


@dataclass
class Family:
    """The styles of one design."""

    name: str
    fonts: dict[str, Font] = field(default_factory=dict)

    def style(self, name: str) -> Font:
        """Return the font of a style, the nearest one where the family lacks it."""
        fallbacks = (name, name.split()[0], "regular", *STYLES)
        return self.fonts[next(style for style in fallbacks if style in self.fonts)]

    @cached_property
    def latin(self) -> bool:
        return all(map(self.style("regular").draws, _LATIN))

    @cached_property
    def korean(self) -> bool:
        regular = self.style("regular")
        return regular.advances.keys() >= _ALL_HANGUL and all(map(regular.draws, _HANGUL))

    @cached_property
    def han(self) -> bool:
        return all(map(self.style("regular").draws, _HAN))

    @cached_property
    def fixed_pitch(self) -> bool:
        """Whether all letters are of one width, as code is printed."""
        advances = self.style("regular").advances
        return abs(advances[ord("i")] - advances[ord("W")]) < _SAME_ADVANCE_EM


class FontBook:
    """The families below a folder. Raises InputError where none is usable."""

    def __init__(self, folder: Path) -> None:
        self.families: dict[str, Family] = {}
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in _SUFFIXES:
                self._add(path)
        if not self.latin:
            raise InputError(f"{folder} holds no font with the Latin alphabet; lab/scripts/fetch_fonts.py fetches some")

    def _add(self, path: Path) -> None:
        try:
            family, style = Font(path).at(16).getname()
        except OSError as error:
            if "pixel size" in str(error):  # pictures in one size only: emoji, which systems keep beside their fonts
                return
            raise InputError(f"can't read the font {path}: {error}") from None
        # A weight neither plain nor bold stays part of the family's name.
        words = (style or "").lower().replace("oblique", "italic").replace("bolditalic", "bold italic").split()
        slant = "italic" in words
        weight = [word for word in words if word not in {"italic", "regular", "roman", "book", "normal", "medium"}]
        bold = bool(weight) and weight[0] in {"bold", "demi", "semibold", "demibold"}
        name = f"{family or path.stem} {' '.join(weight[bold:])}".strip()
        style = " ".join(["bold"] * bold + ["italic"] * slant) or "regular"
        self.families.setdefault(name, Family(name)).fonts.setdefault(style, Font(path))

    @cached_property
    def latin(self) -> list[Family]:
        return [family for family in self.families.values() if family.latin]

    @cached_property
    def korean(self) -> list[Family]:
        return [family for family in self.latin if family.korean]

    @cached_property
    def han(self) -> list[Family]:
        return [family for family in self.korean if family.han]

    @property
    def paths(self) -> tuple[str, ...]:
        """Files of all Latin families."""
        return tuple(str(font.path) for family in self.latin for font in family.fonts.values())

    @cached_property
    def hands(self) -> list[Family]:
        """Those that look handwritten by their names; all if none does."""
        return [family for family in self.latin if HANDS.search(family.name)] or self.latin

    @cached_property
    def fixed_pitch(self) -> list[Family]:
        return [family for family in self.latin if family.fixed_pitch]

    def pick(self, rng: random.Random, korean: bool = False) -> Family:
        """Choose a random family."""
        return pick(self.korean if korean else self.latin, rng)


def pick(families: Sequence[Family], rng: random.Random) -> Family:
    """Choose a random family; one that comes in many widths and optical sizes is no likelier than others."""
    groups: dict[str, list[Family]] = {}
    for family in families:
        groups.setdefault(family.name.split()[0], []).append(family)
    return rng.choice(groups[rng.choice(sorted(groups))])
