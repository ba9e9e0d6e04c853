"""A sokdok reader as what reads in an evaluation, asked the way `sokdok parse` and `convert` ask it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from sokdok.documents.build import build_page
from sokdok.documents.convert.draw import choose_mode, estimate, modes_for
from sokdok.documents.question import Question, Source
from sokdok.documents.result import convert_file
from sokdok.errors import SokdokError
from sokdok.figures.geometry.dictionary import to_pixels
from sokdok.figures.parse import parse_figure
from sokdok.figures.readers import FigureReader, figure_reader
from sokdok.pages import Page
from sokdok.reading.prompts import prompt_for
from sokdok.reading.reading import Reader
from sokdok_lab.bench.evaluation.evaluate import EvalSet, Output, System
from sokdok_lab.bench.metrics.geometry import Scene


class SokdokReader(System):
    """A reader of any kind as a system to evaluate; where a source of words is named it is one of several."""

    def __init__(self, reader: Reader, source: Source | None = None) -> None:
        self.reader, self.name = reader, f"sokdok {source}" if source else reader.name
        self._question = Question(source=source or "auto")

    def modes(self, evalset: EvalSet) -> tuple[str | None, ...]:
        """Return all that the set asks for, or one run, of the reader's choice, if it has no modes."""
        return evalset.modes if self.reader.abilities.modes else (None,)

    def read(self, given: Page | Path, evalset: EvalSet, mode: str | None) -> Output:
        """Read a file as `convert` does, a page as `read` does, a figure as `parse` does."""
        if isinstance(given, Path):
            return self._file(given)
        return self._page(given, mode) if evalset.kind == "page" else self._figure(given, evalset.kind)

    def _file(self, path: Path) -> Output:
        document = convert_file(path, self._question, self.reader)
        if document.status == "FAILURE":
            raise SokdokError(document.pages[0].error)
        words = [(word.text, word.box) for page in document.pages for block in page.blocks for word in block.words]
        return Output(document.text, document.markdown, words, document=document)

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
