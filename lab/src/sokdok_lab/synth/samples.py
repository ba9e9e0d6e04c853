"""Every kind of synthetic sample in one form: a picture, an official prompt, the answer, and where each text stands.

make = maker("chart", Materials(fonts))
sample = make(7)                            # the seventh chart, the same wherever it is made
sample.pixels, sample.prompt, sample.text, sample.text_boxes, sample.extra
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sokdok.errors import InputError, require_choice
from sokdok.model.nano.alphabet import Alphabet
from sokdok.reading.prompts import TASKS
from sokdok_lab.synth.alphabet import recogniser_chars
from sokdok_lab.synth.charts.data import SyntheticChart
from sokdok_lab.synth.charts.maker import ChartMaker
from sokdok_lab.synth.cursive.maker import CursiveMaker
from sokdok_lab.synth.geometry.maker import GeometryMaker
from sokdok_lab.synth.geometry.truth import GeometryFigure
from sokdok_lab.synth.molecules.maker import SyntheticMolecule, molecule
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.maker import PageMaker
from sokdok_lab.synth.pages.strips import StripMaker
from sokdok_lab.synth.pages.tables import SyntheticTable, TableMaker
from sokdok_lab.synth.pages.truth import SyntheticPage, TextBox, grounded_markdown
from sokdok_lab.synth.pages.words import Words

SYSTEM_FONTS = (
    *("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"),
    *("/Library/Fonts", "/System/Library/Fonts", "C:/Windows/Fonts"),
)


@dataclass(frozen=True, eq=False)
class Sample:
    """A picture and all that is true of it."""

    pixels: np.ndarray  # (H, W) uint8 grey or (H, W, 3) RGB
    prompt: str  # of `reading.prompts`
    text: str  # what a reader should answer
    text_boxes: tuple[TextBox, ...]
    extra: dict[str, Any]  # what else is known of this kind

    def truth(self) -> dict[str, Any]:
        """Return all but the pixels, in plain JSON values."""
        height, width = self.pixels.shape[:2]
        found: dict[str, Any] = {"width": width, "height": height, "prompt": self.prompt, "text": self.text}
        return found | {"text_boxes": _plain(self.text_boxes)} | _plain(self.extra)


Maker = Callable[[int], Sample]


@dataclass(frozen=True)
class Materials:
    """What samples are made from. fonts: a folder, the system's fonts if None. text: a folder, made up if None."""

    fonts: Path | None = None
    text: Path | None = None

    def book(self) -> FontBook:
        """Open the fonts. Raises InputError where none is usable."""
        return FontBook(self.fonts or system_fonts())

    def words(self) -> Words:
        """Open the texts. Raises InputError for a folder without any."""
        return Words(self.text)

    def languages(self, book: FontBook) -> dict[str, float]:
        """Weigh the kinds of text that the fonts can show."""
        return {"en": 0.6, "ko": 0.3, "mixed": 0.1} if book.korean else {"en": 1.0}


def system_fonts() -> Path:
    """Find the first folder of fonts that this machine has. Raises InputError if there is none."""
    for name in SYSTEM_FONTS:
        folder = Path(name).expanduser()
        if folder.is_dir() and any(path.suffix.lower() in {".ttf", ".otf", ".ttc"} for path in folder.rglob("*")):
            return folder
    raise InputError("no fonts found on this system; name a folder of fonts with --fonts (lab/scripts/fetch_fonts.py)")


def maker(kind: str, materials: Materials) -> Maker:
    """Return what makes the samples of one of KINDS from their seeds. Raises InputError for another, or no fonts."""
    require_choice("kind", kind, KINDS)
    draw, sample = KINDS[kind]
    drawn = draw(materials)
    return lambda seed: sample(drawn(seed))


# --- what draws a kind, and what is said of it ---


def _letters(materials: Materials) -> Callable[[int], SyntheticPage]:
    book, chars = materials.book(), Alphabet(recogniser_chars()).code_points
    kinds = materials.languages(book)
    return partial(StripMaker(book, book.hands, materials.words(), kinds, chars).letter, kinds=kinds)


def _page(page: SyntheticPage) -> Sample:
    blocks = [{"kind": block.kind, "box": page.block_box(block)} for block in page.blocks]
    extra = {"plain": page.text, "blocks": blocks}
    return Sample(page.pixels, TASKS["markdown"].prompt, grounded_markdown(page), page.text_boxes, extra)


def _table(table: SyntheticTable) -> Sample:
    cells = [
        {"row": cell.row, "column": cell.column, "rows": cell.rows, "columns": cell.columns, "box": box}
        for cell, box in zip(table.blocks[0].cells, table.cell_boxes.tolist(), strict=True)
    ]
    return _figure(table.pixels, table.html, table.text_boxes, cells=cells)


def _writing(page: SyntheticPage) -> Sample:
    extra = {"symbols": page.symbols, "symbol_boxes": page.boxes}
    return Sample(page.pixels, TASKS["free"].prompt, page.text, page.text_boxes, extra)


def _chart(chart: SyntheticChart) -> Sample:
    data, boxes = chart.data, tuple(TextBox(text.box, text.text, text.role) for text in chart.texts)
    return _figure(chart.pixels, data.html, boxes, kind=data.kind, rows=data.rows)


def _molecule(drawn: SyntheticMolecule) -> Sample:
    return _figure(drawn.pixels, drawn.smiles, (), atoms=drawn.graph.nodes, bonds=drawn.graph.bonds)


def _geometry(drawn: GeometryFigure) -> Sample:
    boxes = tuple(TextBox(label.box, label.text, label.role) for label in drawn.labels)
    extra = {"relations": drawn.relations, "points": drawn.points, "strokes": drawn.strokes, "circles": drawn.rings}
    return _figure(drawn.pixels, drawn.dictionary(), boxes, **extra)


def _figure(pixels: np.ndarray, text: str, boxes: tuple[TextBox, ...], **extra: Any) -> Sample:
    return Sample(pixels, TASKS["figure"].prompt, text, boxes, extra)


def _plain(value: Any) -> Any:
    """Turn dataclasses, arrays and tuples into what JSON has; a tenth of a pixel is enough of a float."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    return round(value, 1) if isinstance(value, float) else value


def _made(kind: type[PageMaker] | type[TableMaker], materials: Materials) -> Any:
    book = materials.book()
    return kind(book, materials.words(), materials.languages(book))


KINDS: dict[str, tuple[Callable[[Materials], Callable[[int], Any]], Callable[[Any], Sample]]] = {
    "page": (lambda materials: _made(PageMaker, materials).page, _page),
    "table": (lambda materials: _made(TableMaker, materials).table, _table),
    "handwriting": (_letters, _writing),
    "cursive": (lambda materials: CursiveMaker(materials.words(), {"en": 0.6, "ko": 0.4}).page, _writing),  # no fonts
    "chart": (lambda materials: ChartMaker(materials.book()).chart, _chart),
    "molecule": (lambda materials: partial(molecule, fonts=materials.book().paths), _molecule),
    "geometry": (lambda materials: GeometryMaker(materials.book()).figure, _geometry),
}
