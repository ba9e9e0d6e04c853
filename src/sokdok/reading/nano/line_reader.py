"""nano's two nets of lines, and the one for hands: where lines are, and what they say.

- One net detects lines (`text_detector`), one encodes and reads them (`recogniser`), through as many vision tokens as
  their width and squeeze make.
- Lines that the recogniser reads with low confidence are read again by another of its form that learnt from hands
  alone, with a model of language beside it; of each line the one counts that is likely to have more right, since
  letters have printed heads and forms are filled in.
- Lines much paler than the writing on a page show through the paper from its back, and say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from PIL import Image

from sokdok.imaging.pose import Pose, turned
from sokdok.layout.text_line import STRIP_EM, TextLine
from sokdok.model.nano.alphabet import Alphabet
from sokdok.model.nano.ngrams import CharacterNgrams
from sokdok.reading.confidence import Calibration
from sokdok.reading.nano.decoding import Decoder, LanguageDecoder, decode
from sokdok.reading.nano.item_marks import with_marks
from sokdok.reading.nano.line_text import NOTHING, LineText, say_anything, text_line
from sokdok.reading.nano.recogniser import recognise, recognise_strips
from sokdok.reading.nano.session import Graph, graph_file, open_graph
from sokdok.reading.nano.text_detector import DetectedLine, detect_lines, split_lines

PALE = 0.3  # share of the contrast of a page's dark lines, below which one is pale: pencil beside ink has some .4
DARK_SHARE = 0.7  # of the length of all lines, as much is no darker than the dark ones


def pale_lines(gray: np.ndarray, lines: Sequence[DetectedLine]) -> np.ndarray:
    """Tell which lines (N,) of a grey page (H, W) uint8 are much paler than most."""
    if not lines:
        return np.zeros(0, bool)
    contrasts = np.array([_contrast(gray, line) for line in lines])
    order = contrasts.argsort()
    lengths = np.array([line.width for line in lines])[order].cumsum()
    dark = contrasts[order][np.searchsorted(lengths, DARK_SHARE * lengths[-1])]
    return np.asarray(contrasts < PALE * dark)


def _contrast(gray: np.ndarray, line: DetectedLine) -> float:
    """Between the paper of a line and its darkest ink, or the other way round, in levels of grey."""
    left, top, right, bottom = line.box
    part = gray[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1]
    if not part.size:
        return 0.0
    darkest, paper, lightest = np.percentile(part, (2, 50, 98))
    return float(max(paper - darkest, lightest - paper))


SHORTEST_HAND_EM = 1.5  # of a line that may be in a hand: the model of language makes a word of any speck
CONFIDENT = 0.8  # confidence of a line that is print; with less it may be in a hand


class LineReader:
    """Detects and reads lines with the nets of a nano checkpoint folder; the arguments are those of `open_graph`."""

    def __init__(self, folder: Path, threads: int = 0, runtime: str | None = None) -> None:
        self.folder, self.threads, self.runtime = folder, threads, runtime
        self.alphabet = Alphabet.load(folder / "recogniser.json")
        self._decode: Decoder = partial(decode, alphabet=self.alphabet)
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
        """Read the lines of a picture (H, W, 3) uint8 RGB, from top to bottom; those not legible have no text."""
        gray = np.asarray(Image.fromarray(pixels).convert("L"))
        found = self.detect(gray)
        return self.text_lines(found, self.texts(gray, found), turned((gray.shape[1], gray.shape[0])))

    def read_strips(self, strips: Sequence[np.ndarray]) -> list[tuple[str, float]]:
        """Read single lines, each cut out (H, W) uint8 grey: text and mean probability; see `layout`'s `LineReader`."""
        texts = recognise_strips(self._recognise, self._decode, strips, STRIP_EM)
        return [(text.text, text.confidence) for text in texts]

    def read_at(self, gray: np.ndarray, lines: Sequence[DetectedLine], characters: str = "") -> list[LineText]:
        """Read lines of a grey picture (H, W) uint8 whose places are known.

        characters: the only ones that may be there, "" for all; a syllable lets in all that begin alike.
        """
        if not characters:
            return self.as_print(gray, lines)
        barred = np.ones(self.alphabet.classes + 1, bool)
        barred[self.alphabet.encode(np.array([ord(char) for char in characters]))[:, 0]] = False
        barred[self.alphabet.classes] = False  # no symbol

        def recogniser(ink: np.ndarray) -> list[np.ndarray]:
            first, *others = self._recognise(ink)
            return [np.where(barred, -np.inf, first), *others]

        return recognise(recogniser, self._decode, gray, lines)

    def texts(self, gray: np.ndarray, found: Sequence[DetectedLine]) -> list[LineText]:
        """Read lines of a grey page (H, W) uint8 as print or as handwriting."""
        return self.with_hands(gray, found, self.as_print(gray, found))

    def with_hands(
        self, gray: np.ndarray, found: Sequence[DetectedLine], printed: Sequence[LineText], squeeze: float = 1.0
    ) -> list[LineText]:
        """Read lines `printed` with low confidence as handwriting too; of each the text with more right counts.

        What shows through the paper says nothing.
        """
        if all(text.confidence >= CONFIDENT for text in printed):
            return list(printed)
        pale = pale_lines(gray, found)
        printed = [NOTHING if pale[at] and text.confidence < CONFIDENT else text for at, text in enumerate(printed)]
        doubtful = [
            at
            for at, (line, text) in enumerate(zip(found, printed, strict=True))
            if text.confidence < CONFIDENT and not pale[at] and line.width >= SHORTEST_HAND_EM * line.em
        ]
        if not doubtful or self._hand_reader is None:
            return printed
        lines = [found[at] for at in doubtful]
        again = recognise(self._recognise_hands, self._decode_hands, gray, lines, squeeze)
        written = dict(zip(doubtful, again, strict=True))
        return [max(text, written.get(at, text), key=_right) for at, text in enumerate(printed)]

    def as_print(self, gray: np.ndarray, found: Sequence[DetectedLine], squeeze: float = 1.0) -> list[LineText]:
        """Read lines as print, with whatever confidence."""
        return recognise(self._recognise, self._decode, gray, found, squeeze)

    def text_lines(self, found: Sequence[DetectedLine], texts: Sequence[LineText], pose: Pose) -> list[TextLine]:
        """The lines of which anything was read, on the straight page of this pose.

        Those that say nothing, since they are noise or not legible, have no text.
        """
        return [
            text_line(line, text if counts else text._replace(text=""), pose, self.calibration.word)
            for line, text, counts in zip(found, texts, say_anything(found, texts), strict=True)
            if text.text
        ]

    def _recognise_hands(self, ink: np.ndarray) -> list[np.ndarray]:
        assert self._hand_reader is not None
        return list(self._hand_reader.run(None, {"pixels": ink}))

    def _recognise(self, ink: np.ndarray) -> list[np.ndarray]:
        return list(self._recogniser.run(None, {"pixels": ink}))

    @cached_property
    def _detector(self) -> Graph:
        return self._graph("lines")

    @cached_property
    def _recogniser(self) -> Graph:
        return self._graph("recogniser")

    @cached_property
    def _hand_reader(self) -> Graph | None:
        """None in folders of before it was trained."""
        return self._graph("handwriting") if (self.folder / "handwriting.onnx").is_file() else None

    @cached_property
    def _decode_hands(self) -> Decoder:
        """With a model of language, but in folders of before it was counted."""
        path = self.folder / "ngrams.npy"
        return LanguageDecoder(self.alphabet, CharacterNgrams.load(path)) if path.is_file() else self._decode

    def _graph(self, name: str) -> Graph:
        return open_graph(graph_file(self.folder, name), self.threads, self.runtime)


def _right(text: LineText) -> float:
    """How many symbols are likely right: few with a high confidence are less of it than many with a lower one."""
    return float(text.probability.sum())
