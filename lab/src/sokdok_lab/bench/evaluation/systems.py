"""What reads in an evaluation: a sokdok reader, asked the way `sokdok parse` and `convert` ask it, and its rivals."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import Any

from sokdok.documents.build import build_page
from sokdok.documents.convert.draw import choose_mode, estimate, modes_for
from sokdok.documents.result import convert_file
from sokdok.errors import SokdokError
from sokdok.figures.geometry.dictionary import to_pixels
from sokdok.figures.parse import parse_figure
from sokdok.figures.readers import FigureReader, figure_reader
from sokdok.pages import Page
from sokdok.reading.prompts import prompt_for
from sokdok.reading.reading import Reader
from sokdok_lab.bench.evaluation.evaluate import EvalSet, Kind, Output, System
from sokdok_lab.bench.metrics.forms import Placed
from sokdok_lab.bench.metrics.geometry import Scene
from sokdok_lab.bench.rivals import Program, Rival, converters, rapidocr, tesseract, tiny

MOLECULES: tuple[Kind, ...] = ("molecule",)
DOCUMENTS: tuple[Kind, ...] = ("document",)
PIXELS: tuple[Kind, ...] = ("page", "handwriting", "scan")


class SokdokReader(System):
    """A reader of any kind as a system to evaluate."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.name = reader, reader.name

    def modes(self, evalset: EvalSet) -> tuple[str | None, ...]:
        """Return all that the set asks for, or one run, of the reader's choice, if it has no modes."""
        return evalset.modes if self.reader.abilities.modes else (None,)

    def read(self, given: Page | Path, evalset: EvalSet, mode: str | None) -> Output:
        """Read a file as `convert` does, a page as `read` does, a figure as `parse` does."""
        if isinstance(given, Path):
            return self._file(given)
        return self._page(given, mode) if evalset.kind == "page" else self._figure(given, evalset.kind)

    def _file(self, path: Path) -> Output:
        document = convert_file(path, reader=self.reader)
        if document.status == "FAILURE":
            raise SokdokError(document.pages[0].error)
        words = [(word.text, word.box) for page in document.pages for block in page.blocks for word in block.words]
        return Output(document.text, document.markdown, words)

    def _page(self, page: Page, mode: str | None) -> Output:
        options: dict[str, Any] = {} if self._prompt is None else {"prompt": self._prompt}
        mode = mode or choose_mode(page, estimate(page.image), modes_for(self.reader)).mode
        (reading,) = self.reader.read([page], batch_size=1, mode=mode, **options)
        if reading.status == "failed":
            raise SokdokError(reading.error)
        built = build_page(reading, *page.size, 1)
        return Output(built.text, built.markdown)

    def _figure(self, page: Page, kind: str) -> Output:
        result = parse_figure(page.image, kind, self._figures).result
        if kind == "geometry":
            scene, size = result.scene, page.size
            lines = ["".join(line.ends) for line in scene.lines if len(line.points) > 1]
            places = {name: to_pixels(place, size) for name, place in scene.points.items()}
            segments = [(to_pixels(line.a, size), to_pixels(line.b, size)) for line in scene.lines]
            return Output(scene=Scene(result.logic_forms, lines, places, segments))
        if not result.valid:
            return Output()
        if kind == "molecule":
            return Output(result.smiles)
        return Output(result.text if kind == "handwriting" else result.html())

    @cached_property
    def _prompt(self) -> str | None:
        """Prompt for a page; None leaves it to the reader."""
        task = self.reader.abilities.layout_task
        return None if task is None else prompt_for(task)

    @cached_property
    def _figures(self) -> FigureReader:
        return figure_reader(self.reader)


class Baseline(System):
    """A rival as a system to evaluate; `korean` is what reads Korean sets, or why nothing does."""

    def __init__(
        self,
        rival: Rival,
        kinds: Collection[Kind] = PIXELS,
        korean: Rival | str = "its bundled models know no Hangul",
    ) -> None:
        self.name, self.rival, self.kinds, self.korean = rival.name, rival, kinds, korean

    def absent(self, evalset: EvalSet) -> str:
        """Return that it is not installed, or does not know the language of the set."""
        if not evalset.korean:
            return self.rival.absent()
        if isinstance(self.korean, str):
            return self.korean
        if absent := self.korean.absent():
            return absent
        run = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True)
        return "" if "kor" in run.stdout.split() else "language data kor not installed"

    def read(self, given: Page | Path, evalset: EvalSet, mode: str | None) -> Output:
        """Read the picture as a file, at its own size."""
        rival = self.korean if evalset.korean and not isinstance(self.korean, str) else self.rival
        with tempfile.TemporaryDirectory(prefix="sokdok-bench-") as folder:
            path = given if isinstance(given, Path) else Path(folder) / "picture.png"
            if isinstance(given, Page):
                given.image.save(path)
            answer = rival.ask(path)
        if answer.text is None:
            raise SokdokError(f"{self.name} failed")
        return Output(answer.text, answer.text if evalset.kind == "document" else "", answer.words)


def baselines(python: str) -> list[Baseline]:
    """Return all rivals; those that are not installed, packages for the interpreter `python`, say so when asked."""
    return [
        Baseline(tesseract(), korean=tesseract("-l", "kor", "--psm", "4")),
        Baseline(rapidocr("RapidOCR", python)),
        Baseline(tiny(python)),
        Baseline(Program("OSRA", "osra", "-f", "can", "{}", parse=_largest), MOLECULES),
        *(Baseline(rival, DOCUMENTS) for rival in converters(python)),
    ]


def _largest(printed: str) -> tuple[str, list[Placed]]:
    """The largest structure: what else OSRA finds in a drawing of one molecule are scraps of it."""
    return max(printed.split(), key=len, default=""), []
