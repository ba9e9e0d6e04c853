"""Draw docs/images/architecture.svg: the ways from text and pages through vision tokens to text and documents.

python docs/tools/architecture_svg.py
"""

from __future__ import annotations

from html import escape
from itertools import pairwise
from pathlib import Path

TARGET = Path(__file__).parent.parent / "images" / "architecture.svg"
WIDTH, HEIGHT = 1180, 640
BOX_HEIGHT = 74
ROWS = {"drawn": 96, "any": 246, "figure": 396, "memory": 546}
"""middle of each way, in pixels"""

# (way, left, width, title, second line, third line, colour); an arrow leads from each box to the next of its way.
BOXES = (
    ("drawn", 20, 120, "your text", "a str, a .txt", "", "data"),
    ("drawn", 170, 150, "pages.plan, draw", "cells of 8×16 … 4×8 px", "nothing is lost", "pages"),
    ("drawn", 350, 140, "page", "512² … 1280² pixels", "", "data"),
    ("drawn", 520, 180, "encoder", "1,600 patches, windowed", "16× compressor", "model"),
    ("drawn", 730, 130, "vision tokens", "64, 100, 256, 400", "1,024 numbers each", "data"),
    ("drawn", 890, 150, "two decoders", "parallel drafts,", "autoregressive verifies", "model"),
    ("drawn", 1070, 90, "text", "", "", "data"),
    ("any", 20, 120, "PDF, photo", "pixels, text layer", "", "data"),
    ("any", 170, 150, "text detector", "where lines are,", "their size and kind", "model"),
    ("any", 350, 140, "lines", "each 32 px high", "", "data"),
    ("any", 520, 180, "codes", "64 numbers every 32 px,", "16 codes a vision token", "model"),
    ("any", 730, 130, "recogniser", "codes → characters", "with confidence", "model"),
    ("any", 890, 150, "layout", "columns, order, tables,", "headings, pictures", "layout"),
    ("any", 1070, 90, "Document", "md, html,", "json, pdf", "data"),
    ("figure", 170, 150, "picture of a figure", "from a page, or a file", "", "data"),
    ("figure", 350, 140, "which kind?", "chart, molecule,", "geometry, table", "figures"),
    ("figure", 520, 180, "a net, or rules", "atoms, points, marks,", "bars, ticks", "model"),
    ("figure", 730, 130, "known format", "HTML, SMILES,", "coordinates", "data"),
    ("figure", 890, 150, "parse and check", "RDKit, tolerances,", "redraw", "figures"),
    ("figure", 1070, 90, "Figure", "csv, xlsx,", "SMILES …", "data"),
    ("memory", 20, 120, "turns", "user, assistant,", "tool", "data"),
    ("memory", 170, 150, "store", "SQLite, exact,", "append-only", "memory"),
    ("memory", 350, 140, "levels", "newest text, then", "smaller and smaller", "memory"),
    ("memory", 520, 180, "pages and text", "whichever is cheaper", "for this model", "memory"),
    ("memory", 730, 130, "view", "never above the", "budget", "data"),
    ("memory", 890, 270, "chat messages, tools", "the model reads, searches and", "recalls exact words", "asking"),
)
COLORS = {
    "data": ("#ffffff", "#8c959f"),
    "pages": ("#fff1e5", "#bc4c00"),
    "model": ("#ddf4ff", "#0969da"),
    "layout": ("#dafbe1", "#1a7f37"),
    "figures": ("#fbefff", "#8250df"),
    "memory": ("#fff8c5", "#9a6700"),
    "asking": ("#ffebe9", "#cf222e"),
}
TITLES = {
    "drawn": "text that sokdok draws",
    "any": "any page",
    "figure": "figures",
    "memory": "conversations",
}


def main() -> None:
    """Write the picture."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" role="img">',
        "<title>From text and pages through vision tokens to text and documents</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#57606a"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="10" fill="#ffffff"/>',
    ]
    for way, title in TITLES.items():
        parts.append(_text(20, ROWS[way] - BOX_HEIGHT / 2 - 14, title, size=14, color="#57606a", anchor="start"))
    parts += [_box(*box) for box in BOXES]
    for left, right in pairwise(BOXES):
        if left[0] == right[0]:
            parts.append(_arrow(left[1] + left[2], ROWS[left[0]], right[1], ROWS[right[0]]))
    # Pictures on a page go to the figures; memory's pages are drawn and read like any text.
    parts.append(
        _arrow(965, ROWS["any"] + BOX_HEIGHT / 2, 245, ROWS["figure"] - BOX_HEIGHT / 2, "pictures on the page")
    )
    parts.append("</svg>\n")
    TARGET.write_text("\n".join(parts), encoding="utf-8")


def _box(way: str, left: int, width: int, title: str, second: str, third: str, color: str) -> str:
    fill, line = COLORS[color]
    top, middle = ROWS[way] - BOX_HEIGHT / 2, left + width / 2
    lines = [line_ for line_ in (title, second, third) if line_]
    first = ROWS[way] - 8 * (len(lines) - 1) + 5
    texts = [
        _text(middle, first + 17 * n, line_, size=13 if n == 0 else 12, weight="bold" if n == 0 else "normal")
        for n, line_ in enumerate(lines)
    ]
    shape = f'<rect x="{left}" y="{top}" width="{width}" height="{BOX_HEIGHT}" rx="8" fill="{fill}" stroke="{line}"/>'
    return "\n".join([shape, *texts])


def _text(
    x: float, y: float, text: str, size: int, weight: str = "normal", color: str = "#1f2328", anchor: str = "middle"
) -> str:
    style = f'font-size="{size}" font-weight="{weight}" fill="{color}" text-anchor="{anchor}"'
    return f'<text x="{x:g}" y="{y:g}" {style}>{escape(text)}</text>'


def _arrow(x: float, y: float, to_x: float, to_y: float, label: str = "") -> str:
    bend = (y + to_y) / 2
    path = f"M{x:g} {y:g}H{to_x:g}" if y == to_y else f"M{x:g} {y:g}V{bend:g}H{to_x:g}V{to_y:g}"
    line = f'<path d="{path}" fill="none" stroke="#57606a" stroke-width="1.5" marker-end="url(#tip)"/>'
    return line + (_text((x + to_x) / 2, bend - 6, label, size=12, color="#57606a") if label else "")


if __name__ == "__main__":
    main()
