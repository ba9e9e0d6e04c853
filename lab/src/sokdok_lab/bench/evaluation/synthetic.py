"""Draw synthetic cases of every kind from seeds that no training and no `sokdok synth` uses: those have 64 bits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from sokdok.pages import Page
from sokdok_lab.bench.evaluation.evaluate import Case, EvalSet
from sokdok_lab.bench.metrics.geometry import Scene
from sokdok_lab.synth.samples import Materials

Drawer = tuple[Callable[[int], Any], Callable[[Any], Any]]
"""Draws a sample, with `pixels` (H, W) grey or (H, W, 3) RGB; and what is true of one, as the set compares it."""
FIRST_SEED = 10**30  # Seed of the first case.
MAX_HEAVY_ATOMS = 20  # Heavy atoms of a molecule, at most: what the goal is stated for.
_PAGE_HEIGHT_PX = 1400  # Height of a page, about that of the real ones.


def synthetic_cases(evalset: EvalSet, count: int, fonts: Path | None = None) -> list[Case]:
    """Draw `count` samples of a set's kind with the fonts of a folder, the system's if None.

    Raises InputError where there are no fonts.
    """
    draw, truth = MAKERS[evalset.name](Materials(fonts))
    cases = []
    for index in range(count):
        sample, name = draw(FIRST_SEED + index), f"unseen-{index}"
        cases.append(Case(name, Page(Image.fromarray(sample.pixels).convert("RGB"), name), truth(sample)))
    return cases


def _charts(materials: Materials) -> Drawer:
    from sokdok_lab.synth.charts.maker import ChartMaker

    return ChartMaker(materials.book()).chart, lambda chart: chart.data.html


def _molecules(materials: Materials) -> Drawer:
    from sokdok_lab.synth.molecules.maker import HEAVY_ATOMS, molecule

    fonts = tuple(str(family.style("regular").path) for family in materials.book().latin)
    atoms = HEAVY_ATOMS[0], MAX_HEAVY_ATOMS
    return lambda seed: molecule(seed, fonts, heavy_atoms=atoms), lambda sample: {"smiles": sample.smiles}


def _geometry(materials: Materials) -> Drawer:
    from sokdok_lab.synth.geometry.maker import GeometryMaker

    def scene(figure: Any) -> Scene:
        places = [(point.x, point.y) for point in figure.points]
        positions = {point.name: place for point, place in zip(figure.points, places, strict=True) if point.name}
        segments = [(places[stroke.points[0]], places[stroke.points[-1]]) for stroke in figure.strokes]
        return Scene(figure.relations, (), positions, segments)

    return GeometryMaker(materials.book()).figure, scene


def _tables(materials: Materials) -> Drawer:
    from sokdok_lab.synth.pages.tables import TableMaker

    book = materials.book()
    maker = TableMaker(book, materials.words(), materials.languages(book))
    return maker.table, lambda table: table.html


def _pages(materials: Materials) -> Drawer:
    from sokdok_lab.synth.pages.maker import PageMaker

    book = materials.book()
    maker = PageMaker(book, materials.words(), materials.languages(book), side=_PAGE_HEIGHT_PX, square=False)
    return maker.page, lambda page: page.text


def _handwriting(materials: Materials) -> Drawer:
    from sokdok_lab.synth.pages.handwriting import HandwritingMaker, hands_of

    book = materials.book()
    return HandwritingMaker(hands_of(book), materials.words(), materials.languages(book)).page, lambda page: page.text


def _cursive(materials: Materials) -> Drawer:
    from sokdok_lab.synth.cursive.maker import CursiveMaker

    return CursiveMaker(materials.words(), {"en": 0.5, "ko": 0.5}).page, lambda page: page.text


MAKERS: dict[str, Callable[[Materials], Drawer]] = {
    "synthetic charts": _charts,
    "synthetic molecules": _molecules,
    "synthetic geometry": _geometry,
    "synthetic tables": _tables,
    "synthetic pages": _pages,
    "synthetic handwriting": _handwriting,
    "synthetic cursive": _cursive,
}  # by the name of the set
