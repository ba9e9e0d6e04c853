"""A sokdok reader as a system to evaluate, asked the way `sokdok parse` and `sokdok read` ask it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from sokdok.documents.build import build_page
from sokdok.documents.convert.draw import choose_mode, estimate, modes_for
from sokdok.errors import SokdokError
from sokdok.figures.parse import parse_figure
from sokdok.figures.readers import FigureReader, figure_reader
from sokdok.pages import Page
from sokdok.reading.prompts import prompt_for
from sokdok.reading.reading import Reader
from sokdok_lab.bench.evaluation.evaluate import KINDS, EvalSet, Output
from sokdok_lab.bench.metrics.geometry import Scene


class SokdokReader:
    """A reader of any kind as a system to evaluate."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.name = reader, reader.name

    kinds = KINDS

    def absent(self, evalset: EvalSet) -> str:
        """Tell that it takes part in everything; what it lacks it says when it reads."""
        return ""

    def modes(self, evalset: EvalSet) -> tuple[str | None, ...]:
        """Return all that the set asks for, or one run as the reader likes if it has no modes."""
        return evalset.modes if self.reader.abilities.modes else (None,)

    def read(self, page: Page, evalset: EvalSet, mode: str | None) -> Output:
        """Read one picture. Raises SokdokError where the reader failed."""
        return self._page(page, mode) if evalset.kind == "page" else self._figure(page, evalset.kind)

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
            return Output(scene=_scene(result, page.size))
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


def _scene(result: Any, size: tuple[int, int]) -> Scene:
    """Return what is measured of a `figures.geometry.parse.Geometry`, in pixels of the picture."""
    from sokdok.figures.geometry.parse import to_pixels

    scene = result.scene
    return Scene(
        result.logic_forms,
        ["".join(line.ends) for line in scene.lines if len(line.points) > 1],
        {name: to_pixels(place, size) for name, place in scene.points.items()},
        [(to_pixels(line.a, size), to_pixels(line.b, size)) for line in scene.lines],
    )
