"""The worst cases on one picture: what was read, the truth, and what came out, side by side, so that a person sees why.

Text is drawn with sokdok's own glyphs (Korean too); molecules are drawn as structures where RDKit is installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from sokdok.bench.evaluation.evaluate import Answer, EvalSet, Outcome
from sokdok.bench.metrics.geometry import Scene
from sokdok.bench.metrics.html_tables import grid_of
from sokdok.bench.metrics.molecules import molecule
from sokdok.errors import MissingExtraError
from sokdok.pages import render
from sokdok.pages.cells import CELLS

if TYPE_CHECKING:
    from PIL.Image import Image

PANEL = (480, 400)
"""width and height in pixels of each of the three panels"""
_HEAD, _GAP = 24, 8
_LONGEST = 1600
"""characters of a text: what a panel holds"""


@dataclass(frozen=True)
class Entry:
    """One row of the sheet."""

    title: str
    outcome: Outcome
    kind: str


def worst(evalset: EvalSet, reader: str, outcomes: Iterable[Outcome], count: int) -> list[Entry]:
    """The `count` outcomes with the lowest headline, worst first."""
    lowest = sorted(outcomes, key=lambda outcome: outcome.headline)[:count]
    return [
        Entry(
            f"{evalset.name}  {outcome.case.id}  {reader}: {outcome.headline:.3f}  {outcome.error}",
            outcome,
            evalset.kind,
        )
        for outcome in lowest
    ]


def draw_sheet(entries: Sequence[Entry]) -> Image:
    """All entries below one another, an RGB picture; picture read, truth and output from left to right."""
    from PIL import Image

    width, height = 3 * PANEL[0] + 4 * _GAP, _HEAD + PANEL[1] + _GAP
    sheet = Image.new("RGB", (width, max(1, height * len(entries))), "#b0b0b0")
    for row, entry in enumerate(entries):
        top = row * height
        sheet.paste(_text(entry.title, (width, _HEAD)), (0, top))
        for column, panel in enumerate(_panels(entry)):
            sheet.paste(panel, (_GAP + column * (PANEL[0] + _GAP), top + _HEAD))
    return sheet


def _panels(entry: Entry) -> list[Image]:
    outcome = entry.outcome
    truth = shown_truth(outcome.case.truth)
    return [
        _fitted(outcome.case.page().image),
        _drawn(entry.kind, truth),
        _drawn(entry.kind, outcome.answer.shown or "(nothing)"),
    ]


def shown_truth(truth: Any) -> str:
    """A truth of any set as text."""
    if isinstance(truth, Scene):
        return Answer(scene=truth).shown
    if isinstance(truth, dict):
        return str(truth["smiles"])
    if isinstance(truth, list):
        return "\n".join(str({name: value for name, value in test.items() if name != "id"}) for test in truth)
    return str(truth)


def _drawn(kind: str, text: str) -> Image:
    if kind == "molecule" and (structure := _structure(text)) is not None:
        return structure
    if kind in ("chart", "table") and (grid := grid_of(text)):
        text = "\n".join(" | ".join(row) for row in grid)
    return _text(text, PANEL)


def _structure(smiles: str) -> Image | None:
    """A molecule as RDKit draws it; None for what is none, or without RDKit."""
    from PIL import Image

    try:
        found = molecule(smiles)
    except MissingExtraError:
        return None
    if found is None:
        return None
    from rdkit.Chem.Draw import rdMolDraw2D

    drawer = rdMolDraw2D.MolDraw2DCairo(*PANEL)
    drawer.DrawMolecule(found)
    drawer.FinishDrawing()
    return Image.open(BytesIO(drawer.GetDrawingText())).convert("RGB")


def _text(text: str, size: tuple[int, int]) -> Image:
    """The beginning of a text as far as it fits, 8 x 16 pixels a character; half a character becomes `?`."""
    cell = CELLS["8x16"]
    room = size[0] - size[0] % cell.width, size[1] - size[1] % cell.height
    text = text[:_LONGEST].encode("utf-8", "replace").decode("utf-8")
    lines = "".join(_padded(line, room[0] // cell.width) for line in text.splitlines())
    return _fitted(render(lines or " ", room, cell)[0].image, size)


def _padded(line: str, columns: int) -> str:
    """A line filled up with spaces to whole rows: a line feed would be drawn as a mark, as a reader needs it."""
    wide = sum(east_asian_width(char) in "WF" for char in line)
    return line + " " * (-(len(line) + wide) % columns if line else columns)


def _fitted(image: Image, size: tuple[int, int] = PANEL) -> Image:
    """Shrunk, never enlarged, on white."""
    from PIL import Image as Images

    small = image.convert("RGB")
    small.thumbnail(size)
    panel = Images.new("RGB", size, "white")
    panel.paste(small, (0, 0))
    return panel
