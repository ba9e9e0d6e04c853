"""A parsed figure as files: what people open, next to the JSON that holds everything.

- A chart gives CSV, XLSX, HTML and is redrawn; a table the same and Markdown; a molecule and a geometric figure
  SVG, the latter also its relations as text; handwriting text. The picture is kept beside them as PNG.
- A figure is known by its file and page. Parsed again, it gets the name that it had; any other gets a free one: `name`,
  `name-2` and so on. The name is taken by a JSON file that holds the source alone, and is replaced when all else is
  complete: where the JSON is, the rest is too, and a run that was killed finds its names again.
- `write_index` makes one page of a folder: every picture beside what was understood, for the eye.
"""

from __future__ import annotations

import html
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from PIL import Image

from sokdok.errors import InputError, MissingExtraError
from sokdok.figures.parse import Figure
from sokdok.files import json_text, locked, name_of, new_text_file, path_key, read_file, replacing
from sokdok.tables.markup import writable
from sokdok.tables.parse import parse_table
from sokdok.tables.workbook import write_workbook

INDEX = "index.html"
ENDINGS = (".json", ".png", ".csv", ".xlsx", ".html", ".md", ".redrawn.png", ".svg", ".txt")  # of a figure's files


@dataclass(frozen=True)
class Source:
    """Where a figure comes from."""

    path: str  # `files.path_key` of its file
    page: int  # from 0


@dataclass(frozen=True)
class Claim:
    """A name for a figure's files."""

    folder: Path
    stem: str
    source: Source | None = None

    def path(self, ending: str) -> Path:
        """The file of one of `ENDINGS`."""
        return self.folder / f"{self.stem}{ending}"

    def write(self, record: dict[str, Any]) -> None:
        """Write the figure's JSON, with its source."""
        source = {"source": vars(self.source)} if self.source else {}
        with new_text_file(self.path(".json")) as file:
            file.write(json_text(record | source, indent=2))


def own_name(path: Path, page: int = 0) -> str:
    """What a figure's files are called where the name is free."""
    return name_of(path, "figure") + (f"-{page + 1}" if page else "")


class Names:
    """The names of one run in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._given: set[str] = set()

    def claim(self, path: Path, page: int = 0, *, kept: bool = True) -> Claim:
        """Take a name for the figure on a page, counted from 0, of a file.

        kept: whether the file stays where it is; what came through a pipe is never the same again.
        """
        source = Source(path_key(path), page) if kept else None
        base = own_name(path, page)
        with locked(self.folder):
            stems = (base if number == 1 else f"{base}-{number}" for number in count(1))
            claim = Claim(self.folder, next(stem for stem in stems if self._is_free(stem, source)), source)
            claim.write({})
        self._given.add(claim.stem)
        return claim

    def _is_free(self, stem: str, source: Source | None) -> bool:
        """Whether a name was not given in this run, and is nobody's in the folder, or the source's own."""
        if stem in self._given or f"{stem}.html".casefold() == INDEX:
            return False
        if source is not None and source == _read_record(self.folder / f"{stem}.json").source:
            return True
        return not any(os.path.lexists(self.folder / f"{stem}{ending}") for ending in ENDINGS)


class _Record(msgspec.Struct):
    """What is read of a figure's JSON; without files the figure is still being parsed."""

    source: Source | None = None
    kind: str = ""
    text: str = ""
    files: list[str] = []
    result: dict[str, Any] = {}


def _read_record(path: Path) -> _Record:
    """Read a figure's JSON; an empty record where it is none."""
    try:
        return msgspec.convert(json.loads(read_file(path)), _Record)
    except (InputError, OSError, ValueError, RecursionError):
        return _Record()


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
            if (record := _read_record(path)).files:
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
        table, sheet = (result.table, result.sheet) if figure.kind == "chart" else (result, result)
        return {".csv": _text(result.csv()), ".xlsx": partial(write_workbook, sheet), ".html": table.redraw} | drawn
    if figure.kind == "geometry":
        return {".svg": result.redraw, ".txt": _text("\n".join(result.statements(language)) + "\n")}
    return {".svg" if figure.kind == "molecule" else ".txt": result.redraw}


def _text(text: str) -> Callable[[Path], Any]:
    def write(path: Path) -> None:
        with new_text_file(path, errors="backslashreplace") as file:
            file.write(text)

    return write


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
