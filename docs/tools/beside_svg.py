"""Draw docs/images/beside.svg, quality and seconds a page beside what people use today, from docs/numbers/beside.json.

python docs/tools/beside_svg.py
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from numbers_tables import load

TARGET = Path(__file__).parent.parent / "images" / "beside.svg"
WIDTH, ROW, TOP = 860, 26, 66  # pixels: the picture, a row's height, the heads of the columns
NAMES, QUALITY, SECONDS = 24, 236, 560  # pixels: left edges of the three columns
BAR = 230  # pixels: length of a bar of 1, and of the slowest reader's
MEASURES = {
    "PDFs that hold their text": "headings, lists, cells, paragraphs: F1",
    "Scans in English": "characters right and in order",
    "Korean scans": "characters right and in order",
}  # what is right in each group of rows
OURS, OTHERS, DEV = "#0969da", "#8c959f", "#c8d1da"


def picture() -> str:
    """Bars of all rows: quality on the left, seconds on the right; paler where there is a dev half alone."""
    rows = load("beside")["rows"]
    slowest = max(float(row[4]) for row in rows)
    parts = [
        _text(QUALITY, TOP - 28, "right (longer is better)", "#57606a"),
        _text(SECONDS, TOP - 28, "seconds a page on one core (shorter is better)", "#57606a"),
    ]
    y = TOP
    for what, name, kept, dev, seconds in rows:
        if what:
            y += 26 if y > TOP else 0
            parts += [_text(NAMES, y, what, "#1f2328", "bold"), _text(QUALITY, y, MEASURES[what], "#57606a")]
            y += ROW
        ours, is_dev = name == "sokdok", kept == "–"
        color = OURS if ours else DEV if is_dev else OTHERS
        weight = "bold" if ours else "normal"
        parts.append(_text(NAMES + 12, y, name, "#1f2328", weight))
        for left, share, label in (
            (QUALITY, float(dev if is_dev else kept), f"{dev} dev half" if is_dev else kept),
            (SECONDS, float(seconds) / slowest, seconds),
        ):
            length = max(2.0, BAR * share)
            parts.append(f'<rect x="{left}" y="{y - 13}" width="{length:.0f}" height="17" rx="2" fill="{color}"/>')
            parts.append(_text(left + length + 7, y, label, "#1f2328", weight))
        y += ROW
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" font-family="sans-serif" font-size="14" '
        'role="img">\n<title>Quality and seconds a page: sokdok beside what people use today</title>'
    )
    ground = f'<rect width="{WIDTH}" height="{y}" rx="8" fill="#ffffff"/>'
    return "\n".join([head, ground, *parts, "</svg>\n"])


def _text(x: float, y: float, text: str, color: str, weight: str = "normal") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{color}" font-weight="{weight}">{escape(text)}</text>'


if __name__ == "__main__":
    TARGET.write_text(picture(), encoding="utf-8")
