"""A figure's picture → the text that a reader writes of it, whichever reader it is.

- An HTML table for charts and tables, SMILES for molecules, the family's dictionary for geometry, plain lines for
  handwriting.
- nano has a small reader for each kind, loaded when its kind is first asked for. The published checkpoints are asked
  with their own prompts, any other model behind an endpoint in plain words.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PIL import Image

from sokdok.errors import ModelError
from sokdok.imaging.box import Box
from sokdok.layout.analyse import Surroundings, analyse
from sokdok.layout.blocks import rows_of
from sokdok.layout.structure.nodes import Drawn
from sokdok.layout.text_line import LineReader, TextLine, lines_confidence
from sokdok.model.nano.formats import Net
from sokdok.model.nano.session import open_graph
from sokdok.pages.page import Page
from sokdok.reading.prompts import SAID, prompt_for
from sokdok.reading.reading import Reader
from sokdok.reasons import say

if TYPE_CHECKING:
    from sokdok.reading.nano.page_reader import NanoPageReader

MOST_PX = 4_000_000  # a larger picture is scaled down before nano looks at it

_LETTERS_EM = 1.25  # size of type, in heights of its letters
_TASKS = {"table": "markdown", "handwriting": "free"}


@dataclass(frozen=True)
class FigureText:
    """What a reader writes of a figure."""

    text: str  # empty if it finds nothing of the kind
    confidence: float  # 0 to 1
    error: str = ""  # why there is no text, or less than there should be
    explains: bool = False  # whether the confidence counts how much of the drawing's ink the text explains
    doubt: str = ""  # what of the drawing the text does not explain
    share: float = 1.0  # of what is written in the picture that belongs to the figure, where the reader knows
    has_scale: bool = False  # whether a chart's numbers go up along an axis, which a geometric figure's do not


class FigureReader(Protocol):
    """Turns pictures of figures into text."""

    @property
    def name(self) -> str:
        """What the reader is called in reports."""

    def read_figure(self, image: Image.Image, kind: str) -> FigureText:
        """Read an RGB picture as chart, molecule, geometry, table or handwriting."""


def figure_reader(reader: Reader) -> FigureReader:
    """Get the figure reader that goes with a reader of pages."""
    able = reader.abilities
    return PromptedFigures(reader) if able.figure_nets is None else NanoFigures(able.figure_nets, able.lines)


class PromptedFigures:
    """A checkpoint or an endpoint, asked for figures by its prompts."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.name = reader.name

    def read_figure(self, image: Image.Image, kind: str) -> FigureText:
        """See `FigureReader`; confidence is the geometric mean of the tokens' probabilities."""
        family = self.reader.abilities.family
        if family is None:
            prompt = SAID["figures"][kind]
        elif kind in _TASKS and family == "unlimited-ocr":  # which has one prompt for every document
            prompt = prompt_for("document")
        else:
            prompt = prompt_for(_TASKS.get(kind, "figure"))
        reading = next(iter(self.reader.read([Page(image, kind)], prompt)))
        stopped = {"truncated": say("cut_at_limit"), "looped": say("cut_in_repetition")}
        return FigureText(reading.text, math.exp(reading.mean_logprob), stopped.get(reading.status, reading.error))


class NanoFigures:
    """nano's readers of figures, from its folder."""

    name = "nano"

    def __init__(self, folder: Path, lines: LineReader | None = None) -> None:
        self.folder, self._lines = folder, lines
        self._nets: dict[str, Net] = {}

    @cached_property
    def _pages(self) -> NanoPageReader:
        from sokdok.reading.nano.page_reader import NanoPageReader

        return self._lines if isinstance(self._lines, NanoPageReader) else NanoPageReader(self.folder)

    def read_figure(self, image: Image.Image, kind: str) -> FigureText:
        """See `FigureReader`. Raises ModelError for a net that is missing."""
        readers: dict[str, Callable[[np.ndarray], FigureText]] = {
            "chart": self._chart,
            "molecule": self._molecule,
            "geometry": self._geometry,
            "table": self._table,
            "handwriting": self._handwriting,
        }
        factor = math.sqrt(MOST_PX / (image.width * image.height))
        if factor < 1:
            size = (max(1, int(image.width * factor)), max(1, int(image.height * factor)))
            image = image.resize(size, Image.Resampling.BOX)
        return readers[kind](np.asarray(image.convert("RGB")))

    def _chart(self, pixels: np.ndarray) -> FigureText:
        from sokdok.figures.chart.read.read_texts import ChartTexts
        from sokdok.figures.chart.read.reader import read_picture

        texts = ChartTexts(self._net("chart_texts"), self._pages, self._pages.calibration)
        reading = read_picture(texts, self._net("chart_marks"), pixels)
        return FigureText(reading.text, reading.confidence, doubt=reading.doubt, has_scale=reading.has_scale)

    def _molecule(self, pixels: np.ndarray) -> FigureText:
        from sokdok.figures.molecule.read import NanoMolecules

        reading = NanoMolecules(self._net("molecules"), self._texts).read(pixels)
        return FigureText(reading.text, reading.confidence, explains=True, doubt=reading.doubt)

    def _texts(self, gray: np.ndarray, boxes: Sequence[Box], characters: str) -> list[str]:
        """Read texts of a line each, of some characters alone."""
        from sokdok.reading.nano.text_detector import DetectedLine

        places = [((box.left, box.middle[1]), (box.right, box.middle[1]), _LETTERS_EM * box.height) for box in boxes]
        lines = [DetectedLine(left, right, em, "text", 1.0) for left, right, em in places]
        return [text.text for text in self._pages.read_at(gray, lines, characters)]

    def _geometry(self, pixels: np.ndarray) -> FigureText:
        from sokdok.figures.geometry.read.reader import read_geometry

        text, confidence, doubt = read_geometry(pixels, self._net("geometry"), self._net("geometry_letters"))
        return FigureText(text, confidence, doubt=doubt)

    def _table(self, pixels: np.ndarray) -> FigureText:
        from sokdok.layout.page_image import analyse_image, read_table

        pixels, lines = self._straight(pixels)
        written = Counter[bool]()
        for block in analyse_image(pixels, lines):
            written[block.kind == "table"] += sum(len(line.text) for line in block.lines)
        share = written[True] / written.total() if written.total() else 1.0
        return FigureText(*read_table(pixels, lines), share=share)

    def _handwriting(self, pixels: np.ndarray) -> FigureText:
        pixels, lines = self._straight(pixels)
        size = (float(pixels.shape[1]), float(pixels.shape[0]))
        blocks = analyse(lines, Surroundings(Drawn(size), read=True))
        rows = [row.text for block in blocks for row in rows_of(block.lines)]
        return FigureText("\n".join(rows), lines_confidence(lines) or 0.0)

    def _straight(self, pixels: np.ndarray) -> tuple[np.ndarray, list[TextLine]]:
        """A picture that lies turned or askew as it lies straight, if the reader finds that out; and its lines."""
        from sokdok.reading.nano.page_reader import NanoPageReader

        if self._lines is not None and not isinstance(self._lines, NanoPageReader):
            return pixels, self._lines.read_lines(pixels)
        seen = self._pages.see(Image.fromarray(pixels))
        return np.asarray(seen.image), seen.lines

    def _net(self, name: str) -> Net:
        """Load the net `<name>.onnx` of the folder, once."""
        if name not in self._nets:
            path = self.folder / f"{name}.onnx"
            if not path.is_file():
                raise ModelError(
                    f"{self.folder} has no {path.name}: this nano can't read such figures; take the bundled one"
                )
            graph = open_graph(path)
            self._nets[name] = lambda pixels: np.asarray(graph.run(None, {"pixels": pixels})[0])
        return self._nets[name]
