"""Draw the worst cases on one picture: what was read, the truth and the output side by side, so that one sees why.

Text is drawn with sokdok's own glyphs (Korean too); molecules are drawn as structures where RDKit is installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from sokdok.bench.evaluation.evaluate import EvalSet, Outcome, Output
from sokdok.bench.metrics.geometry import Scene
from sokdok.bench.metrics.html_tables import grid_of
from sokdok.bench.metrics.molecules import molecule
from sokdok.errors import MissingExtraError
from sokdok.pages import render
from sokdok.pages.cells import CELLS

if TYPE_CHECKING:
    from PIL.Image import Image

PANEL = (480, 400)
"""(width, height) in pixels of each of the three panels."""
_HEAD_PX = 24
"""Height of a row's title."""
_GAP_PX = 8
"""Space between panels."""
_MAX_CHARS = 1600
"""Characters of a text that a panel holds."""


@dataclass(frozen=True)
class Entry:
    """One row of the sheet."""

    title: str
    outcome: Outcome
    kind: str


def worst(evalset: EvalSet, reader: str, outcomes: Iterable[Outcome], count: int) -> list[Entry]:
    """Return the `count` outcomes with the lowest headline, worst first."""
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
    """Draw all entries below one another as an RGB picture: what was read, truth and output from left to right."""
    from PIL import Image

    width, height = 3 * PANEL[0] + 4 * _GAP_PX, _HEAD_PX + PANEL[1] + _GAP_PX
    sheet = Image.new("RGB", (width, max(1, height * len(entries))), "#b0b0b0")
    for row, entry in enumerate(entries):
        top = row * height
        sheet.paste(_text(entry.title, (width, _HEAD_PX)), (0, top))
        for column, panel in enumerate(_panels(entry)):
            sheet.paste(panel, (_GAP_PX + column * (PANEL[0] + _GAP_PX), top + _HEAD_PX))
    return sheet


def _panels(entry: Entry) -> list[Image]:
    """Draw the three panels of an entry."""
    outcome = entry.outcome
    truth = truth_text(outcome.case.truth)
    return [
        _fitted(outcome.case.page().image),
        _drawn(entry.kind, truth),
        _drawn(entry.kind, outcome.output.as_text or "(nothing)"),
    ]


def truth_text(truth: Any) -> str:
    """Return a truth of any set as text."""
    if isinstance(truth, Scene):
        return Output(scene=truth).as_text
    if isinstance(truth, dict):
        return str(truth["smiles"])
    if isinstance(truth, list):
        return "\n".join(str({name: value for name, value in test.items() if name != "id"}) for test in truth)
    return str(truth)


def _drawn(kind: str, text: str) -> Image:
    """Draw a truth or an output: molecules as structures, tables as rows, the rest as text."""
    if kind == "molecule" and (structure := _structure(text)) is not None:
        return structure
    if kind in ("chart", "table") and (grid := grid_of(text)):
        text = "\n".join(" | ".join(row) for row in grid)
    return _text(text, PANEL)


def _structure(smiles: str) -> Image | None:
    """Draw a molecule with RDKit; None for what is none, or without RDKit."""
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
    """Draw the beginning of a text as far as it fits, 8 x 16 pixels a character; half a character becomes `?`."""
    cell = CELLS["8x16"]
    area = size[0] - size[0] % cell.width, size[1] - size[1] % cell.height
    text = text[:_MAX_CHARS].encode("utf-8", "replace").decode("utf-8")
    lines = "".join(_padded(line, area[0] // cell.width) for line in text.splitlines())
    return _fitted(render(lines or " ", area, cell)[0].image, size)


def _padded(line: str, columns: int) -> str:
    """Fill a line up with spaces to whole rows: a line feed would be drawn as a mark, as a reader needs it."""
    wide = sum(east_asian_width(char) in "WF" for char in line)
    return line + " " * (-(len(line) + wide) % columns if line else columns)


def _fitted(image: Image, size: tuple[int, int] = PANEL) -> Image:
    """Paste an image on white, shrunk if need be, never enlarged."""
    from PIL import Image as Images

    small = image.convert("RGB")
    small.thumbnail(size)
    panel = Images.new("RGB", size, "white")
    panel.paste(small, (0, 0))
    return panel
