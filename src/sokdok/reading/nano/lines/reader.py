"""nano on any page: find the lines, read each through vision tokens, put them in order.

- Two nets: one finds lines (`lines.finder`), one encodes and reads them (`lines.row_text`); what is read passes
  through as many vision tokens as the mode allows, or as the lines need at their natural width.
- Asked for layout, the answer is the family's markup (`documents.grammar`), so what follows can't tell nano from a
  published checkpoint.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from sokdok.model.alphabet import Alphabet
from sokdok.model.preprocess import MODES, vision_token_count
from sokdok.reading.lines import TextLine
from sokdok.reading.nano.lines import collapse
from sokdok.reading.nano.lines.finder import FoundLine, find_lines
from sokdok.reading.nano.lines.row_text import read_rows, squeeze_for, tokens_of
from sokdok.reading.nano.lines.split import split_lines
from sokdok.reading.nano.page.figures import find_figures
from sokdok.reading.nano.page.layout import LayoutBlock, ReadLine, around, layout
from sokdok.reading.nano.page.tables import inside, mostly_inside, ruled_tables, table_text
from sokdok.reading.nano.session import open_graph
from sokdok.reading.nano.tables.reader import read_table
from sokdok.reading.nano.tables.rules import Rules, erased, find_rules

BUDGETS = {name: vision_token_count(MODES[name]).paper for name in ("tiny", "small", "base", "large")}
"""vision tokens of each mode"""
RECOGNISER_ALPHABET = "recogniser.json"
_SURE = 0.35
"""least confidence of a line that counts as text"""
_SIDE = 999


@dataclass(frozen=True)
class PageText:
    """A page as nano reads it."""

    blocks: list[LayoutBlock]
    size: tuple[int, int]
    vision_tokens: int
    mean_logprob: float
    complete: bool
    """whether all lines fitted into the budget"""
    tables: dict[int, str]
    """HTML of the blocks that are tables, by `id`"""

    @property
    def mode(self) -> str:
        """The smallest mode with so many vision tokens; gundam beyond all of them."""
        return next((name for name, budget in BUDGETS.items() if self.vision_tokens <= budget), "gundam")

    @property
    def text(self) -> str:
        """Plain text, a blank line between blocks; a table row by row, the text in pictures too."""
        return "\n\n".join(self._plain(block) for block in self.blocks if block.lines)

    @property
    def markup(self) -> str:
        """Blocks in the family's markup."""
        body = float(np.median([line.line.em for block in self.blocks for line in block.lines] or [1.0]))
        return "\n".join(self._marked(block, body) for block in self.blocks)

    def _plain(self, block: LayoutBlock) -> str:
        table = self.tables.get(id(block))
        return table_text(table) if table else block.text

    def _marked(self, block: LayoutBlock, body: float) -> str:
        width, height = self.size
        left, top, right, bottom = block.box
        corners = (left / width, top / height, right / width, bottom / height)
        box = ", ".join(str(round(min(max(corner, 0.0), 1.0) * _SIDE)) for corner in corners)
        label = label_of(block, height, body)
        text = self.tables.get(id(block)) or _HEADS.get(label, "") + block.text if label != "image" else ""
        return f"<|ref|>{label}<|/ref|><|det|>[[{box}]]<|/det|>\n{text}\n"


_HEADS = {"title": "# ", "sub_title": "## "}


def label_of(block: LayoutBlock, height: int, body: float) -> str:
    """The family's name for a block on a page of that height whose text is mostly `body` pixels an em."""
    if block.kind == "furniture":
        if block.text.strip("-–— ").isdigit():
            return "page_number"
        return "header" if block.box[1] < height / 2 else "footer"
    if block.kind == "heading":
        return "title" if block.lines[0].line.em > 1.5 * body else "sub_title"
    return "image_caption" if block.kind == "caption" else block.kind


class NanoLines:
    """Reads lines and pages with the nets of a nano checkpoint folder."""

    def __init__(self, folder: Path, alphabet: Alphabet, threads: int = 0) -> None:
        self.folder, self.threads = folder, threads
        self.collapses = (folder / "recogniser.onnx").is_file()
        self.alphabet = Alphabet.load(folder / RECOGNISER_ALPHABET) if self.collapses else alphabet

    @staticmethod
    def present(folder: Path) -> bool:
        """Whether a checkpoint folder has these nets."""
        found = {name: (folder / f"{name}.onnx").is_file() for name in ("lines", "rows", "recogniser")}
        return found["lines"] and (found["rows"] or found["recogniser"])

    def find(self, grey: np.ndarray) -> list[FoundLine]:
        """The lines of a grey page (H, W) uint8."""
        return split_lines(grey, find_lines(lambda pixels: self._lines.run(None, {"pixels": pixels})[0], grey))

    def read_lines(self, pixels: np.ndarray) -> list[TextLine]:
        """The lines of a picture (H, W, 3) uint8 RGB, from top to bottom."""
        grey = np.asarray(Image.fromarray(pixels).convert("L"))
        read, _ = self._read(grey, self.find(grey), 1.0)
        return [TextLine(line.box, line.text, line.confidence) for line in read]

    def read_page(self, image: Image.Image, mode: str | None = None) -> PageText:
        """A page within the mode's budget of vision tokens; without a mode, as many as its lines need."""
        pixels = np.asarray(image.convert("RGB"))
        grey = np.asarray(image.convert("L"))
        found = self.find(grey)
        budget = BUDGETS.get(mode or "", math.inf)
        squeeze = squeeze_for(found, int(budget)) if budget < math.inf else 1.0
        kept = _within(found, budget, squeeze)
        read, logprob = self._read(grey, kept, squeeze)
        blocks = arranged(pixels, read)
        tables = {id(block): _table(pixels, block) for block in blocks if block.kind == "table"}
        return PageText(blocks, image.size, tokens_of(kept, squeeze), logprob, len(kept) == len(found), tables)

    def _read(self, grey: np.ndarray, found: Sequence[FoundLine], squeeze: float) -> tuple[list[ReadLine], float]:
        """The lines that say anything, and the mean log-probability of their symbols."""
        texts = read_rows(
            self._answer, self.alphabet, grey, found, squeeze, collapse.decode if self.collapses else None
        )
        pairs = list(zip(found, texts, strict=True))
        kept = [(line, text) for line, text in pairs if text.text and text.confidence > _SURE]
        chances = np.concatenate([np.ones(0, np.float32), *(text.probability for _, text in kept)])
        logprob = float(np.log(np.maximum(chances, 1e-9)).mean()) if len(chances) else 0.0
        return [ReadLine(line, text.text, text.confidence) for line, text in kept], logprob

    def _answer(self, ink: np.ndarray) -> list[np.ndarray]:
        return list(self._rows.run(None, {"pixels": ink}))

    @cached_property
    def _lines(self):  # type: ignore[no-untyped-def]  # onnxruntime.InferenceSession, imported where it is opened
        return open_graph(self.folder / "lines.onnx", self.threads)

    @cached_property
    def _rows(self):  # type: ignore[no-untyped-def]
        return open_graph(self.folder / ("recogniser.onnx" if self.collapses else "rows.onnx"), self.threads)


def arranged(pixels: np.ndarray, lines: Sequence[ReadLine]) -> list[LayoutBlock]:
    """Lines of a page (H, W, 3) uint8 RGB as blocks in reading order, its tables and pictures among them."""
    known = [TextLine(line.box, line.text, line.confidence) for line in lines]
    rules = find_rules(pixels, known) if known else Rules((), ())
    grey, bare = (picture.mean(2).astype(np.uint8) for picture in (pixels, erased(pixels, rules)))
    tables = ruled_tables(rules, known)
    figures = [box for box in find_figures(grey, bare, lines) if not mostly_inside(box, tables)]
    return layout(lines, figures, [box for box in tables if not inside(box, figures)])


def _table(pixels: np.ndarray, block: LayoutBlock) -> str:
    """The HTML of a table on a page (H, W, 3) uint8 RGB."""
    pad = 0.5 * block.lines[0].line.em
    box = around([block.box, *(line.box for line in block.lines)])
    left, top = max(0, round(box[0] - pad)), max(0, round(box[1] - pad))
    crop = pixels[top : round(box[3] + pad), left : round(box[2] + pad)]
    shifted = [(x0 - left, y0 - top, x1 - left, y1 - top) for x0, y0, x1, y1 in (line.box for line in block.lines)]
    lines = [TextLine(box, line.text, line.confidence) for box, line in zip(shifted, block.lines, strict=True)]
    return read_table(crop, lines)[0]


def _within(found: Sequence[FoundLine], budget: float, squeeze: float) -> list[FoundLine]:
    """As many lines from the top as fit."""
    kept = list(found)
    while kept and tokens_of(kept, squeeze) > budget:
        kept.pop()
    return kept
