"""Draw synthetic cases of every kind from seeds that no training and no `sokdok synth` uses: those have 64 bits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from sokdok.pages import Page
from sokdok_lab.bench.evaluation.evaluate import Case, EvalSet
from sokdok_lab.bench.metrics.geometry import Scene
from sokdok_lab.synth.samples import Materials, Sample, maker

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


def _answered(kind: str) -> Callable[[Materials], Drawer]:
    """As `sokdok synth` draws a kind; what a reader should answer is what is true."""
    return lambda materials: (maker(kind, materials), lambda sample: sample.text)


def _molecules(materials: Materials) -> Drawer:
    from sokdok_lab.synth.molecules.maker import HEAVY_ATOMS, molecule

    fonts = tuple(str(family.style("regular").path) for family in materials.book().latin)
    atoms = HEAVY_ATOMS[0], MAX_HEAVY_ATOMS
    return lambda seed: molecule(seed, fonts, heavy_atoms=atoms), lambda sample: {"smiles": sample.smiles}


def _geometry(materials: Materials) -> Drawer:
    def scene(sample: Sample) -> Scene:
        points, strokes = sample.extra["points"], sample.extra["strokes"]
        positions = {point.name: (point.x, point.y) for point in points if point.name}
        ends = [[points[stroke.points[at]] for at in (0, -1)] for stroke in strokes]
        return Scene(sample.extra["relations"], (), positions, [((a.x, a.y), (b.x, b.y)) for a, b in ends])

    return maker("geometry", materials), scene


def _pages(materials: Materials) -> Drawer:
    from sokdok_lab.synth.pages.maker import PageMaker

    book = materials.book()
    drawn = PageMaker(book, materials.words(), materials.languages(book), side=_PAGE_HEIGHT_PX, square=False)
    return drawn.page, lambda page: page.text


def _cursive(materials: Materials) -> Drawer:
    from sokdok_lab.synth.cursive.maker import CursiveMaker

    return CursiveMaker(materials.words(), {"en": 0.5, "ko": 0.5}).page, lambda page: page.text


MAKERS: dict[str, Callable[[Materials], Drawer]] = {
    "synthetic charts": _answered("chart"),
    "synthetic molecules": _molecules,
    "synthetic geometry": _geometry,
    "synthetic tables": _answered("table"),
    "synthetic pages": _pages,
    "synthetic handwriting": _answered("handwriting"),
    "synthetic cursive": _cursive,
}  # by the name of the set
