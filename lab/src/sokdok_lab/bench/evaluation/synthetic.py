"""Draw synthetic cases of every kind from seeds that no training and no `sokdok synth` uses: those have 64 bits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sokdok.pages import Page
from sokdok_lab.bench.evaluation.evaluate import Case, EvalSet
from sokdok_lab.bench.metrics.geometry import Scene
from sokdok_lab.synth.samples import Materials

if TYPE_CHECKING:
    from sokdok_lab.synth.pages.truth import SyntheticPage

Sample = tuple[np.ndarray, Any]
"""Pixels (H, W) grey or (H, W, 3) RGB, uint8; and the truth as the set of that kind compares it."""
FIRST_SEED = 10**30  # Seed of the first case.
MAX_HEAVY_ATOMS = 20  # Heavy atoms of a molecule, at most: what the goal is stated for.
_PAGE_HEIGHT_PX = 1400  # Height of a page, about that of the real ones.


def synthetic_cases(evalset: EvalSet, count: int, fonts: Path | None = None) -> list[Case]:
    """Draw `count` samples of a set's kind with the fonts of a folder, the system's if None.

    Raises InputError where there are no fonts.
    """
    return list(_cases(MAKERS[evalset.name](Materials(fonts)), count))


def _cases(draw: Callable[[int], Sample], count: int) -> Iterator[Case]:
    from PIL import Image

    for index in range(count):
        pixels, truth = draw(FIRST_SEED + index)
        yield Case(f"unseen-{index}", Page(Image.fromarray(pixels).convert("RGB"), f"unseen-{index}"), truth)


def _charts(materials: Materials) -> Callable[[int], Sample]:
    from sokdok_lab.synth.charts.maker import ChartMaker

    maker = ChartMaker(materials.book())

    def draw(seed: int) -> Sample:
        chart = maker.chart(seed)
        return chart.pixels, chart.data.html

    return draw


def _molecules(materials: Materials) -> Callable[[int], Sample]:
    from sokdok_lab.synth.molecules.maker import HEAVY_ATOMS, molecule

    fonts = tuple(str(family.style("regular").path) for family in materials.book().latin)

    def draw(seed: int) -> Sample:
        sample = molecule(seed, fonts, heavy_atoms=(HEAVY_ATOMS[0], MAX_HEAVY_ATOMS))
        return sample.pixels, {"smiles": sample.smiles}

    return draw


def _geometry(materials: Materials) -> Callable[[int], Sample]:
    from sokdok_lab.synth.geometry.maker import GeometryMaker

    maker = GeometryMaker(materials.book())

    def draw(seed: int) -> Sample:
        figure = maker.figure(seed)
        places = [(point.x, point.y) for point in figure.points]
        positions = {point.name: place for point, place in zip(figure.points, places, strict=True) if point.name}
        segments = [(places[stroke.points[0]], places[stroke.points[-1]]) for stroke in figure.strokes]
        return figure.pixels, Scene(figure.relations, (), positions, segments)

    return draw


def _tables(materials: Materials) -> Callable[[int], Sample]:
    from sokdok_lab.synth.pages.tables import TableMaker

    book = materials.book()
    maker = TableMaker(book, materials.words(), materials.languages(book))

    def draw(seed: int) -> Sample:
        table = maker.table(seed)
        return table.pixels, table.html

    return draw


def _pages(materials: Materials) -> Callable[[int], Sample]:
    from sokdok_lab.synth.pages.maker import PageMaker

    book = materials.book()
    maker = PageMaker(book, materials.words(), materials.languages(book), side=_PAGE_HEIGHT_PX, square=False)
    return lambda seed: _page_sample(maker.page(seed))


def _handwriting(materials: Materials) -> Callable[[int], Sample]:
    from sokdok_lab.synth.pages.handwriting import HandwritingMaker, hands_of

    book = materials.book()
    maker = HandwritingMaker(hands_of(book), materials.words(), materials.languages(book))
    return lambda seed: _page_sample(maker.page(seed))


def _cursive(materials: Materials) -> Callable[[int], Sample]:
    from sokdok_lab.synth.cursive.maker import CursiveMaker

    maker = CursiveMaker(materials.words(), {"en": 0.5, "ko": 0.5})
    return lambda seed: _page_sample(maker.page(seed))


def _page_sample(page: SyntheticPage) -> Sample:
    return page.pixels, page.text


MAKERS: dict[str, Callable[[Materials], Callable[[int], Sample]]] = {
    "synthetic charts": _charts,
    "synthetic molecules": _molecules,
    "synthetic geometry": _geometry,
    "synthetic tables": _tables,
    "synthetic pages": _pages,
    "synthetic handwriting": _handwriting,
    "synthetic cursive": _cursive,
}  # by the name of the set
