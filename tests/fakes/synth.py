"""Fonts and words that the tests make: every glyph is a rectangle, so that what stands where is known to the pixel."""

import random
from pathlib import Path

EM = 1000
LATIN = "".join(map(chr, range(0x20, 0x7F)))
HANGUL = "가각간갈나는다라마바사아자차카타파하한국어뷁힣쓩"


def build_font(path: Path, family: str, chars: str, style: str = "Regular") -> None:
    """A font whose glyphs fill 10 to 90 % of an advance of 500 (Hangul 1,000) units, from the baseline to 700."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    names = {char: f"u{ord(char):04X}" for char in chars}
    widths = {char: EM if char >= "가" else EM // 2 for char in chars}
    glyphs = {".notdef": TTGlyphPen(None).glyph()}
    for char, name in names.items():
        pen = TTGlyphPen(None)
        if char != " ":
            left, right = widths[char] // 10, widths[char] * 9 // 10
            pen.moveTo((left, 0))
            for point in ((left, 700), (right, 700), (right, 0)):
                pen.lineTo(point)
            pen.closePath()
        glyphs[name] = pen.glyph()
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({ord(char): name for char, name in names.items()})
    builder.setupGlyf(glyphs)
    metrics = {".notdef": (EM // 2, 0)} | {names[char]: (widths[char], widths[char] // 10) for char in chars}
    builder.setupHorizontalMetrics(metrics)
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": style})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


class Words:
    """Random words of the glyphs that the test fonts have."""

    def sample(self, kind: str, length: int, rng: random.Random) -> str:
        letters = {"en": LATIN[33:59], "ko": HANGUL}[kind]
        words = ["".join(rng.choices(letters, k=rng.randint(1, 8))) for _ in range(length)]
        return " ".join(words)[: length + 8]
