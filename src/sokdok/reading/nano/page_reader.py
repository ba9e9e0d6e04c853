"""nano on any page: detect the lines, read each through vision tokens, lay them out.

- Two nets: one detects lines (`text_detector`), one encodes and reads them (`recogniser`); what is read passes through
  as many vision tokens as the mode allows, or as the lines need at their natural width.
- A page that lies on its side or upside down, askew or at an angle is straightened before its layout is looked at
  (`upright`, `imaging.straighten`); the markup's places are those of the picture as it was given.
- Text that stands on an upright page is read by its side (`standing`).
- Asked for layout, nano writes the family's markup (`documents.grammar`), so what follows can't tell it from a
  published checkpoint.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from sokdok.imaging.box import Box
from sokdok.imaging.pose import Pose, combined, turned
from sokdok.imaging.straighten import straighten
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.page_image import analyse_image
from sokdok.layout.tables.reader import table_text
from sokdok.layout.text_line import TextLine
from sokdok.model.nano.alphabet import Alphabet
from sokdok.model.preprocess import MODES, vision_token_count
from sokdok.reading.confidence import FLOOR
from sokdok.reading.nano.calibration import Calibration
from sokdok.reading.nano.item_marks import read_with_marks, with_marks
from sokdok.reading.nano.recogniser import LineText, recognise, squeeze_for, tokens_of
from sokdok.reading.nano.session import Graph, graph_file, open_graph
from sokdok.reading.nano.split_lines import split_lines
from sokdok.reading.nano.standing import placed, standing_lines
from sokdok.reading.nano.text_detector import DetectedLine, detect_lines, lines_of, scale_of
from sokdok.reading.nano.upright import (
    BETTER,
    LIKELY,
    SURE,
    find_turn,
    mean_confidence,
    sample_confidence,
    stand,
)
from sokdok.reading.nano.word_places import text_line, word_spans

BUDGETS = {name: vision_token_count(MODES[name]).paper for name in ("tiny", "small", "base", "large")}
"""vision tokens of each mode"""
MIN_CONFIDENCE = 0.35
"""of a line that counts as text"""
LARGE = 3
"""times smaller a page is seen, where its type may be too large"""
CLOSER, SMALL_EM_PX = 1.5, 10.0
"""times larger a page is seen that reads badly, where its usual type is smaller, in pixels that the detector sees"""
STEEP = 0.08
"""slope, some 4.6 degrees, from which lines are detected anew on the straightened page, as the detector knows them"""
MARKUP_SIDE = 999
"""of a page, in the units of the markup's boxes"""
_MARKS = {"title": "# ", "sub_title": "## "}


@dataclass(frozen=True)
class SeenPage:
    """The lines of a page, and the page as it lies straight."""

    pose: Pose
    """how it lies in its picture"""
    image: Image.Image
    """the straight page, RGB"""
    lines: list[TextLine]
    """what says anything, in pixels of the straight page"""
    vision_tokens: int
    mean_logprob: float
    """of the symbols of its lines"""
    complete: bool
    """whether all lines fitted into the budget"""


@dataclass(frozen=True)
class PageText:
    """A page as nano reads it."""

    blocks: list[LayoutBlock]
    """in pixels of the straight page"""
    seen: SeenPage
    size: tuple[int, int]
    """width and height of the picture, in pixels"""

    @property
    def mode(self) -> str:
        """The smallest mode with so many vision tokens; gundam beyond all of them."""
        return next((name for name, budget in BUDGETS.items() if self.seen.vision_tokens <= budget), "gundam")

    @property
    def text(self) -> str:
        """Plain text, a blank line between blocks; a table row by row, the text in pictures too."""
        return "\n\n".join(table_text(block.html) if block.html else block.text for block in self.blocks if block.rows)

    @property
    def markup(self) -> str:
        """Blocks in the family's markup."""
        return "\n".join(self._marked(block) for block in self.blocks)

    def _marked(self, block: LayoutBlock) -> str:
        box = self.seen.pose.to_picture(block.box).scaled(1 / self.size[0], 1 / self.size[1])
        corners = ", ".join(str(round(min(max(corner, 0.0), 1.0) * MARKUP_SIDE)) for corner in box)
        text = block.html or _MARKS.get(block.kind, "") + block.text if block.kind != "image" else ""
        return f"<|ref|>{block.kind}<|/ref|><|det|>[[{corners}]]<|/det|>\n{text}\n"


class _Attempt(NamedTuple):
    """Lines that were read."""

    found: list[DetectedLine]
    texts: list[LineText]
    tokens: int
    """vision tokens that they took"""
    squeeze: float
    """share of their natural width at which they were read"""
    complete: bool
    """whether all lines fitted into the budget"""


_Tried = tuple[list[DetectedLine], _Attempt]
"""all lines that were found, and those that were read"""


class NanoPageReader:
    """Reads lines and pages with the nets of a nano checkpoint folder; the arguments are those of `open_graph`."""

    def __init__(self, folder: Path, threads: int = 0, runtime: str | None = None, at_once: int = 1) -> None:
        self.folder, self.threads, self.runtime, self.at_once = folder, threads, runtime, at_once
        self.alphabet = Alphabet.load(folder / "recogniser.json")
        self.calibration = Calibration.load(folder / "confidence.json")

    @staticmethod
    def present(folder: Path) -> bool:
        """Whether a checkpoint folder has these nets."""
        return all((folder / f"{name}.onnx").is_file() for name in ("lines", "recogniser"))

    def detect(self, gray: np.ndarray, zoom: float = 1.0) -> list[DetectedLine]:
        """Detect the lines of a grey page (H, W) uint8, seen `zoom` times as large as usual."""
        found = detect_lines(lambda pixels: self._detector.run(None, {"pixels": pixels})[0], gray, zoom)
        return with_marks(gray, split_lines(gray, found))

    def read_lines(self, pixels: np.ndarray) -> list[TextLine]:
        """Read the lines of a picture (H, W, 3) uint8 RGB, from top to bottom."""
        gray = np.asarray(Image.fromarray(pixels).convert("L"))
        found = self.detect(gray)
        return self._said(found, self._texts(gray, found), turned((gray.shape[1], gray.shape[0])))

    def read_at(self, gray: np.ndarray, lines: Sequence[DetectedLine], characters: str = "") -> list[LineText]:
        """Read lines of a grey picture (H, W) uint8 whose places are known.

        characters: the only ones that may be there, "" for all; a syllable lets in all that begin alike.
        """
        if not characters:
            return self._texts(gray, lines)
        barred = np.ones(self.alphabet.classes + 1, bool)
        barred[self.alphabet.encode(np.array([ord(char) for char in characters]))[:, 0]] = False
        barred[self.alphabet.classes] = False  # no symbol

        def recogniser(ink: np.ndarray) -> list[np.ndarray]:
            first, *others = self._recognise(ink)
            return [np.where(barred, -np.inf, first), *others]

        return recognise(recogniser, self.alphabet, gray, lines)

    def read_page(self, image: Image.Image, mode: str | None = None) -> PageText:
        """Read a page within the mode's budget of vision tokens; without a mode, with as many as its lines need."""
        seen = self.see(image, mode)
        return PageText(analyse_image(np.asarray(seen.image), seen.lines), seen, image.size)

    def see(self, image: Image.Image, mode: str | None = None) -> SeenPage:
        """Find out how a page lies, and read its lines; `mode` as in `read_page`."""
        image = image.convert("RGB")
        gray = np.asarray(image.convert("L"))
        lying, gray, found = self._levelled(gray)
        attempt = None if stand(found) else self._attempt(gray, found, mode)
        turn = 0
        doubtful = bool(found) and (attempt is None or mean_confidence(attempt.texts) < SURE)
        needed = max(sample_confidence(gray, found, self._texts) + BETTER, LIKELY) if doubtful else 1.0
        large = self._large_lines(gray) if doubtful and needed < SURE + BETTER else []
        if large and sample_confidence(gray, large, self._texts) > needed:
            usual = attempt or self._attempt(gray, found, mode)
            found, attempt = self._better([(found, usual), (large, self._attempt(gray, large, mode))])
        elif doubtful:
            turn = find_turn(gray, found, self.detect, self._texts)
        if turn:
            lying = combined(lying, turned((gray.shape[1], gray.shape[0]), turn))
            level, gray, found = self._levelled(np.ascontiguousarray(np.rot90(gray, turn // 90)))
            lying, attempt = combined(lying, level), None
        attempt = attempt or self._attempt(gray, found, mode)
        if mean_confidence(attempt.texts) < SURE and _is_small(gray, found):
            closer = self.detect(gray, CLOSER)
            found, attempt = self._better([(found, attempt), (closer, self._attempt(gray, closer, mode))])
        attempt = self._with_marks(gray, attempt, mode)
        tilt = straighten((gray.shape[1], gray.shape[0]), lines_of(attempt.found))
        pose = combined(lying, tilt)
        standing = standing_lines(gray, attempt.found, attempt.texts, self.detect, self._texts)
        lines = self._said(attempt.found, attempt.texts, tilt, [line.area for line in standing])
        lines += [placed(line, tilt, self.calibration.word) for line in standing]
        complete = attempt.complete
        logprob = mean_logprob(attempt.texts)
        return SeenPage(pose, pose.straightened(image), lines, attempt.tokens, logprob, complete)

    def _large_lines(self, gray: np.ndarray) -> list[DetectedLine]:
        """Lines of a grey page (H, W) uint8 that is seen smaller: type as large as a poster's falls to pieces else."""
        small = np.asarray(Image.fromarray(gray).reduce(LARGE))
        return [line.scaled(LARGE) for line in self.detect(small)]

    def _levelled(self, gray: np.ndarray) -> tuple[Pose, np.ndarray, list[DetectedLine]]:
        """The lines of a grey page (H, W) uint8, of the straightened one if they are steep: how it lies, page, lines.

        Lines that are a little askew are read better as they are, without another drawing of their pixels.
        """
        found = self.detect(gray)
        pose = straighten((gray.shape[1], gray.shape[0]), lines_of(found))
        if abs(pose.matrix[1, 0]) < STEEP:
            return turned((gray.shape[1], gray.shape[0])), gray, found
        level = np.asarray(pose.straightened(Image.fromarray(gray)))
        return pose, level, self.detect(level)

    def _attempt(self, gray: np.ndarray, found: Sequence[DetectedLine], mode: str | None) -> _Attempt:
        """Read the lines of a grey page (H, W) uint8 within a mode's budget."""
        budget = BUDGETS.get(mode or "", math.inf)
        squeeze = squeeze_for(found, int(budget)) if budget < math.inf else 1.0
        fitting = _within(found, budget, squeeze)
        texts = self._texts(gray, fitting, squeeze)
        return _Attempt(fitting, texts, tokens_of(fitting, squeeze), squeeze, len(fitting) == len(found))

    def _with_marks(self, gray: np.ndarray, attempt: _Attempt, mode: str | None) -> _Attempt:
        """Read marks that stand apart with their lines, where the mode's budget has room for that."""
        found, texts = read_with_marks(
            attempt.found, attempt.texts, lambda lines: self._texts(gray, lines, attempt.squeeze)
        )
        tokens = tokens_of(found, attempt.squeeze)
        if tokens > BUDGETS.get(mode or "", math.inf):
            return attempt
        return attempt._replace(found=found, texts=texts, tokens=tokens)

    def _better(self, tried: Sequence[_Tried]) -> _Tried:
        """Of several ways to see a page, the one in which most of it is read; the first if in doubt."""
        return max(tried, key=lambda lines_and_attempt: self._legible(lines_and_attempt[1]))

    def _legible(self, attempt: _Attempt) -> int:
        """Symbols of the words that are likelier right than wrong: noise has none, however much there is of it."""
        words = [
            (stop - start, self.calibration.word(text.probability[start:stop], text.probability))
            for text in attempt.texts
            for start, stop in word_spans(text.text)
        ]
        return sum(length for length, confidence in words if confidence >= FLOOR)

    def _texts(self, gray: np.ndarray, found: Sequence[DetectedLine], squeeze: float = 1.0) -> list[LineText]:
        return recognise(self._recognise, self.alphabet, gray, found, squeeze)

    def _said(
        self, found: Sequence[DetectedLine], texts: Sequence[LineText], pose: Pose, without: Sequence[Box] = ()
    ) -> list[TextLine]:
        """The lines that say anything, `without` those in some areas, on the straight page of this pose."""
        return [
            text_line(line, text, pose, self.calibration.word)
            for line, text in zip(found, texts, strict=True)
            if _says(text) and not any(area.holds(*line.box.middle) for area in without)
        ]

    def _recognise(self, ink: np.ndarray) -> list[np.ndarray]:
        return list(self._recogniser.run(None, {"pixels": ink}))

    @cached_property
    def _detector(self) -> Graph:
        return self._graph("lines")

    @cached_property
    def _recogniser(self) -> Graph:
        return self._graph("recogniser")

    def _graph(self, name: str) -> Graph:
        return open_graph(graph_file(self.folder, name), self.threads, self.runtime, self.at_once)


def _is_small(gray: np.ndarray, found: Sequence[DetectedLine]) -> bool:
    """Whether the usual line of a grey page (H, W) is set so small that the detector hardly sees it."""
    return bool(found) and float(np.median([line.em for line in found])) * scale_of(gray) < SMALL_EM_PX


def _says(text: LineText) -> bool:
    return bool(text.text) and text.confidence > MIN_CONFIDENCE


def mean_logprob(texts: Iterable[LineText]) -> float:
    """Mean log-probability of the symbols of lines that say anything; 0 without one."""
    probability = np.concatenate([np.ones(0, np.float32), *(text.probability for text in texts if _says(text))])
    return float(np.log(np.maximum(probability, 1e-9)).mean()) if len(probability) else 0.0


def _within(found: Sequence[DetectedLine], budget: float, squeeze: float) -> list[DetectedLine]:
    """As many lines from the top as fit."""
    fitting = list(found)
    while fitting and tokens_of(fitting, squeeze) > budget:
        fitting.pop()
    return fitting
