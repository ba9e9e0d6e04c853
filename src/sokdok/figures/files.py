"""A parsed figure as files: what people open, next to the JSON that holds everything.

- A chart gives CSV, XLSX, HTML and is drawn anew; a table the same and Markdown; a molecule and a geometric figure
  SVG, the latter also its relations as text; handwriting text. The picture is kept beside them as PNG.
- `write_index` makes one page of a folder: every picture beside what was understood, for the eye.
- A file gets its name when it is complete, and the JSON comes last: where it is, the rest is too.
"""

from __future__ import annotations

import html
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from sokdok.errors import MissingExtraError
from sokdok.figures.parse import Figure
from sokdok.tables.parse import parse_table

INDEX = "index.html"
_DRAWN = (".redrawn.png", ".svg")
_STYLE = (
    "body{font-family:sans-serif;margin:2em}section{display:flex;gap:2em;margin:1em 0 3em}"
    "section>*{flex:1;max-width:48%;align-self:flex-start}pre{white-space:pre-wrap;margin:0}"
    "table{border-collapse:collapse}td,th{border:1px solid #888;padding:.2em .5em}"
)


def save_figure(figure: Figure, image: Image.Image, folder: Path, stem: str, language: str = "en") -> list[str]:
    """Write a figure's files, `<stem>.<ending>`, into a folder that exists.

    Returns what could not be written because an extra is not installed, a line each.
    """
    _write(folder / f"{stem}.png", lambda path: image.convert("RGB").save(path))
    files, missing = [f"{stem}.png"], []
    for ending, write in _writers(figure, language).items():
        try:
            _write(folder / f"{stem}{ending}", write)
            files.append(f"{stem}{ending}")
        except MissingExtraError as error:
            missing.append(f"{stem}{ending}: {error}")
    record = json.dumps(figure.to_dict() | {"files": files}, ensure_ascii=False, indent=2)
    _write(folder / f"{stem}.json", _text(record))
    return missing


def write_index(folder: Path) -> Path:
    """Write a page that shows all figures of a folder; returns where it is."""
    records = [(path.stem, _record(path)) for path in sorted(folder.glob("*.json"))]
    sections = "".join(_section(stem, record) for stem, record in records if record)
    page = f'<!doctype html><meta charset="utf-8"><title>Figures</title><style>{_STYLE}</style>{sections}\n'
    _write(folder / INDEX, _text(page))
    return folder / INDEX


def _writers(figure: Figure, language: str) -> dict[str, Callable[[Path], Any]]:
    """Map each ending to what writes the file."""
    result = figure.result
    if not result.valid:
        return {}
    if figure.kind in ("chart", "table"):
        drawn = {".redrawn.png": result.redraw} if figure.kind == "chart" else {".md": _text(result.markdown())}
        return {".csv": _text(result.csv()), ".xlsx": result.xlsx, ".html": _text(result.html())} | drawn
    if figure.kind == "geometry":
        return {".svg": result.redraw, ".txt": _text("\n".join(result.statements(language)) + "\n")}
    return {".svg" if figure.kind == "molecule" else ".txt": result.redraw}


def _text(text: str) -> Callable[[Path], Any]:
    return lambda path: path.write_text(text, encoding="utf-8", errors="backslashreplace")


def _write(path: Path, write: Callable[[Path], Any]) -> None:
    """Write under a temporary name with the same ending, by which some writers choose the format."""
    temporary = path.with_name(f".tmp-{path.name}")
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _record(path: Path) -> dict[str, Any]:
    """Read a figure's JSON; empty if the file is none of ours."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) and {"kind", "text", "files", "result"} <= record.keys() else {}


def _section(stem: str, record: dict[str, Any]) -> str:
    drawn = next((f"{stem}{ending}" for ending in _DRAWN if f"{stem}{ending}" in record["files"]), "")
    if drawn:
        shown = f'<img src="{html.escape(drawn)}" alt="">'
    elif record["kind"] == "table" and record["result"].get("valid"):
        shown = parse_table(str(record["text"])).html()
    else:
        shown = f"<pre>{html.escape(str(record['result'].get('reason') or record['text']))}</pre>"
    title = f"{html.escape(stem)} ({html.escape(str(record['kind']))})"
    return f'<h2>{title}</h2><section><img src="{html.escape(stem)}.png" alt="">{shown}</section>'
