"""Build the glyph atlases that ship in `sokdok/pages/fonts` from the original bitmap fonts.

    python scripts/build_glyphs.py --galmuri DIR --unifont FILE [--out src/sokdok/pages/fonts]

DIR holds Galmuri's BDF files (npm package `galmuri`, folder `dist`); FILE is `unifont.otf` (Debian package
`fonts-unifont`). Both are OFL-1.1. One `.npz` per cell:

- `chars` (N,) uint32, sorted: the code points the cell can draw
- `wide`  (N,) bool: the glyph covers two cells side by side
- `bits`  (N, height, 2) or (N, height, 1) uint8: rows of pixels, most significant bit leftmost

No two characters of an atlas share a bitmap: of look-alikes (Latin A, Greek Alpha, Cyrillic A) the first in
`priority` keeps the glyph and the others are left out, so that the page draws them as code-point escapes and
every page can be told back exactly.
"""

from __future__ import annotations

import argparse
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Glyph = np.ndarray  # (height, width) bool, True is ink

PREFERRED = "‘’“”–—…•·ㆍ‧․～〜∼※○●◯□■△▲▽▼◇◆◎☆★→←↑↓⇒①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ「」『』《》〈〉【】±×÷≤≥≠∞√∑−∙"

# Where a 4-pixel font draws two everyday characters alike, one of them is redrawn here: `#` is ink, rows from the top.
REDRAWN_4X8 = {
    "’": (".#..", ".#..", "#..."),
    "”": (".#.#", ".#.#", "#.#."),
    "–": ("....", "....", "....", "####"),
    "‧": ("....", "....", "....", ".##."),
    "․": ("....", "....", "....", "....", "....", "....", ".##."),
    "ㆍ": ("........", "........", "........", "..##....", "..##...."),
}
REDRAWN_8X8 = {
    "0": ("..##....", ".#..#...", ".#.##...", ".##.#...", ".#..#...", ".#..#...", "..##...."),
    "|": ("..#.....",) * 8,
    "‘": ("...#....", "..#.....", "..#....."),
    "’": ("..#.....", "..#.....", ".#......"),
    "”": ("..#.#...", "..#.#...", ".#.#...."),
    "–": ("........", "........", "........", ".######."),
    "−": ("........", "........", "........", "..#####."),
    "‧": ("........", "........", "........", "..##...."),
    "․": ("........", "........", "........", "........", "........", "........", "..##...."),
    "ㆍ": ("........", "........", "........", "...##...", "...##..."),
    "Ⅰ": (".#####..", "...#....", "...#....", "...#....", "...#....", "...#....", ".#####.."),
    "Ⅴ": ("#######.", ".#...#..", ".#...#..", "..#.#...", "..#.#...", "..#.#...", "...#...."),
    "Ⅹ": ("#######.", ".#...#..", "..#.#...", "...#....", "..#.#...", ".#...#..", "#######."),
}


def drawable(code: int) -> bool:
    """Assigned, printable, not combining, not private use; of the white space only U+0020."""
    category = unicodedata.category(chr(code))
    return code == 0x20 or category[0] in "LNPS" or category in ("So", "Sk")


def priority(code: int) -> tuple[int, int]:
    """Everyday characters first: of look-alikes the first in this order keeps the glyph."""
    char = chr(code)
    if code < 0x80 or char in PREFERRED:
        return 0, code
    if 0xAC00 <= code < 0xD7A4:
        common = len(char.encode("euc_kr", "ignore")) == 2  # the 2,350 syllables of KS X 1001; the others take 8 bytes
        return (1 if common else 3), code
    return (2 if code < 0x180 and not char.isupper() else 4), code


def read_bdf(path: Path) -> Iterator[tuple[int, int, int, int, Glyph]]:
    """Yield (code point, advance, x offset, y offset of the lowest row, bitmap) for each glyph of a BDF file."""
    lines = iter(path.read_text().splitlines())
    for line in lines:
        if line.startswith("ENCODING"):
            code = int(line.split()[1])
        elif line.startswith("DWIDTH"):
            advance = int(line.split()[1])
        elif line.startswith("BBX"):
            width, height, left, bottom = map(int, line.split()[1:])
        elif line == "BITMAP":
            rows = [next(lines) for _ in range(height)]
            bits = [[bool(int(row, 16) >> (4 * len(row) - 1 - x) & 1) for x in range(width)] for row in rows]
            yield code, advance, left, bottom, np.array(bits, bool).reshape(height, width)


def place(bitmap: Glyph, left: int, bottom: int, width: int, height: int, baseline: int) -> Glyph | None:
    """Put a glyph on a (height, width) canvas whose baseline lies above row `baseline`; None if it can't fit.

    A glyph that sticks out above or below is moved inside; one that is taller loses rows that repeat their
    neighbour; one that is wider is refused.
    """
    while bitmap.shape[0] > height:
        repeats = [r for r in range(1, len(bitmap)) if np.array_equal(bitmap[r], bitmap[r - 1])]
        bitmap = np.delete(bitmap, repeats[-1] if repeats else len(bitmap) // 2, axis=0)
    h, w = bitmap.shape
    if w > width:
        return None
    top = min(max(baseline - bottom - h, 0), height - h)
    x = min(max(left, 0), width - w)
    canvas = np.zeros((height, width), bool)
    canvas[top : top + h, x : x + w] = bitmap
    return canvas


def redraw(rows: tuple[str, ...], height: int) -> Glyph:
    """A bitmap from its picture in `#` and `.`, padded with blank rows at the bottom."""
    ink = np.array([[pixel == "#" for pixel in row] for row in rows])
    return np.pad(ink, ((0, height - len(rows)), (0, 0)))


def galmuri_mono(folder: Path) -> dict[int, tuple[bool, Glyph]]:
    """4×8 cells from GalmuriMono7: Latin one cell, Hangul and other full-width characters two."""
    glyphs = {}
    for code, advance, left, bottom, bitmap in read_bdf(folder / "GalmuriMono7.bdf"):
        wide = advance > 4
        glyph = place(bitmap, left, bottom, 8 if wide else 4, 8, baseline=7)
        if glyph is not None and advance:
            glyphs[code] = (wide, glyph)
    for char, rows in REDRAWN_4X8.items():
        glyphs[ord(char)] = (len(rows[0]) == 8, redraw(rows, 8))
    return glyphs


def galmuri_square(folder: Path) -> dict[int, tuple[bool, Glyph]]:
    """8×8 cells from Galmuri7: every character one cell, Latin in its wider proportional shape."""
    glyphs = {}
    for name in ("GalmuriMono7.bdf", "Galmuri7.bdf"):  # the proportional shape wins where it fits
        for code, advance, left, bottom, bitmap in read_bdf(folder / name):
            glyph = place(bitmap, left + (7 - min(advance, 8)) // 2, bottom, 8, 8, baseline=7)
            if glyph is not None and advance:
                glyphs[code] = (False, glyph)
    for char, rows in REDRAWN_8X8.items():
        glyphs[ord(char)] = (False, redraw(rows, 8))
    return glyphs


def unifont(path: Path) -> dict[int, tuple[bool, Glyph]]:
    """8×16 cells from Unifont: half-width one cell, full-width two."""
    font = ImageFont.truetype(str(path), 16)
    glyphs = {}
    for code in range(0x20, 0x10000):
        if not drawable(code):
            continue
        advance = round(font.getlength(chr(code)))
        if advance not in (8, 16):
            continue
        image = Image.new("1", (advance, 16))
        canvas = ImageDraw.Draw(image)
        canvas.fontmode = "1"
        canvas.text((0, 14), chr(code), fill=1, font=font, anchor="ls")
        glyphs[code] = (advance == 16, np.asarray(image, bool))
    missing = glyphs.get(0xFFFF)
    return {c: g for c, g in glyphs.items() if missing is None or not np.array_equal(g[1], missing[1])}


def accent_variants(glyph: Glyph) -> Iterator[Glyph]:
    """The glyph, then copies that differ by one pixel of the two top rows, where a small font squeezes its accents."""
    yield glyph
    for row, column in np.ndindex(2, glyph.shape[1]):
        variant = glyph.copy()
        variant[row, column] ^= True
        yield variant


def distinct(glyphs: dict[int, tuple[bool, Glyph]]) -> dict[int, tuple[bool, Glyph]]:
    """Drop undrawable characters and every later look-alike; European letters get a variant accent instead."""
    seen: set[tuple[bool, bytes]] = set()
    kept = {}
    for code in sorted((c for c in glyphs if drawable(c)), key=priority):
        wide, shape = glyphs[code]
        for glyph in accent_variants(shape) if 0xA0 < code < 0x180 and shape.any() else (shape,):
            key = (wide, glyph.tobytes())
            if key not in seen and (glyph.any() or code == 0x20):
                seen.add(key)
                kept[code] = (wide, glyph)
                break
    return dict(sorted(kept.items()))


def save(path: Path, glyphs: dict[int, tuple[bool, Glyph]]) -> None:
    """Write one atlas, see the module's docstring for its arrays."""
    widest = max(g.shape[1] for _, g in glyphs.values())
    height = next(iter(glyphs.values()))[1].shape[0]
    bits = np.zeros((len(glyphs), height, widest), bool)
    for i, (_, glyph) in enumerate(glyphs.values()):
        bits[i, :, : glyph.shape[1]] = glyph
    np.savez_compressed(
        path,
        chars=np.array(list(glyphs), np.uint32),
        wide=np.array([wide for wide, _ in glyphs.values()]),
        bits=np.packbits(bits, axis=2),
    )
    print(f"{path.name}: {len(glyphs)} characters, {path.stat().st_size // 1024} KB")


def main() -> None:
    """Build all three atlases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--galmuri", type=Path, required=True)
    parser.add_argument("--unifont", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("src/sokdok/pages/fonts"))
    args = parser.parse_args()
    save(args.out / "4x8.npz", distinct(galmuri_mono(args.galmuri)))
    save(args.out / "8x8.npz", distinct(galmuri_square(args.galmuri)))
    save(args.out / "8x16.npz", distinct(unifont(args.unifont)))


if __name__ == "__main__":
    main()
