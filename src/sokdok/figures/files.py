"""A parsed figure as files: what people open, next to the JSON that holds everything.

- A chart gives CSV, XLSX, HTML and is drawn anew; a table the same and Markdown; a molecule and a geometric figure
  SVG, the latter also its relations as text; handwriting text. The picture is kept beside them as PNG.
- `write_index` makes one page of a folder: every picture beside what was understood, for the eye.
- A file gets its name when it is complete, and the JSON comes last: where it is, the rest is too.
"""

from __future__ import annotations

import html
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from PIL import Image

from sokdok.errors import MissingExtraError
from sokdok.figures.names import ENDINGS, INDEX, Claim, read_record
from sokdok.figures.parse import Figure
from sokdok.files import locked, new_text_file, replacing
from sokdok.tables.markup import writable
from sokdok.tables.parse import parse_table

_DRAWN = (".redrawn.png", ".svg")
_STYLE = (
    "body{font-family:sans-serif;margin:2em}section{display:flex;gap:2em;margin:1em 0 3em}"
    "section>*{flex:1;max-width:48%;align-self:flex-start}pre{white-space:pre-wrap;margin:0}"
    "img{max-width:100%}table{border-collapse:collapse;margin-top:1em;font-variant-numeric:tabular-nums}"
    "td,th{border:1px solid #888;padding:.2em .5em;text-align:left}"
)


def save_figure(figure: Figure, image: Image.Image, claim: Claim, language: str = "en") -> list[str]:
    """Write a figure's files under the name that was claimed for it, the JSON last.

    Returns what could not be written because an extra is not installed, a line each.
    """
    with replacing(claim.path(".png")) as temporary:
        image.convert("RGB").save(temporary, "PNG")
    endings, missing = [".png"], []
    for ending, write in _writers(figure, language).items():
        try:
            write(claim.path(ending))
            endings.append(ending)
        except MissingExtraError as error:
            missing.append(f"{claim.stem}{ending}: {error}")
    for ending in set(ENDINGS) - {*endings, ".json"}:  # of an earlier reading, which found another kind
        claim.path(ending).unlink(missing_ok=True)
    claim.write(figure.to_dict() | {"files": [f"{claim.stem}{ending}" for ending in endings]})
    return missing


def write_index(folder: Path) -> Path:
    """Write a page that shows all figures of a folder; returns where it is."""
    with locked(folder), new_text_file(folder / INDEX, errors="backslashreplace") as file:
        file.write(f'<!doctype html><meta charset="utf-8"><title>Figures</title><style>{_STYLE}</style>')
        for path in sorted(folder.glob("*.json")):
            if record := read_record(path, _Record):
                file.write(_section(path.stem, record))
        file.write("\n")
    return folder / INDEX


def _writers(figure: Figure, language: str) -> dict[str, Callable[[Path], Any]]:
    """Map each ending to what writes the file, whole or not at all."""
    result = figure.result
    if not result.valid:
        return {}
    if figure.kind in ("chart", "table"):
        drawn = {".redrawn.png": result.redraw} if figure.kind == "chart" else {".md": _text(result.markdown())}
        table = result.table if figure.kind == "chart" else result
        return {".csv": _text(result.csv()), ".xlsx": result.xlsx, ".html": table.redraw} | drawn
    if figure.kind == "geometry":
        return {".svg": result.redraw, ".txt": _text("\n".join(result.statements(language)) + "\n")}
    return {".svg" if figure.kind == "molecule" else ".txt": result.redraw}


def _text(text: str) -> Callable[[Path], Any]:
    def write(path: Path) -> None:
        with new_text_file(path, errors="backslashreplace") as file:
            file.write(text)

    return write


class _Record(msgspec.Struct):
    """What the index takes from a figure's JSON; where it is missing, the figure is still being parsed."""

    kind: str
    text: str
    files: list[str]
    result: dict[str, Any]


def _section(stem: str, record: _Record) -> str:
    drawn = next((ending for ending in _DRAWN if f"{stem}{ending}" in record.files), "")
    if drawn:
        table = parse_table(str(record.result.get("html") or "")) if record.kind == "chart" else None
        shown = f"<div>{_picture(f'{stem}{drawn}')}{table.html() if table and table.valid else ''}</div>"
    elif record.kind == "table" and record.result.get("valid"):
        shown = parse_table(record.text).html()
    else:
        shown = f"<pre>{html.escape(writable(str(record.result.get('reason') or record.text)))}</pre>"
    title = f"{html.escape(stem)} ({html.escape(record.kind)})"
    return f"<h2>{title}</h2><section>{_picture(f'{stem}.png')}{shown}</section>"


def _picture(name: str) -> str:
    return f'<img src="./{quote(os.fsencode(name))}" alt="">'
