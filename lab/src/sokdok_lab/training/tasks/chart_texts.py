"""nano's net of the texts of charts: crops of drawn charts, with each text's core, em, direction and role.

- Charts come from two drawing libraries, so that the net learns what texts of charts are rather than how one library
  sets them.
- Crops are scaled, seen askew, blurred, worn by JPEG, shaded and turned over to white on black, as charts in documents.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Annotated

import numpy as np
from msgspec import Meta
from torch import nn

from sokdok.model.nano.formats.figures import (
    CORE_END_EM,
    CORE_END_SHARE,
    CORE_HALF_EM,
    EM,
    ROLES,
    SLICES,
    STRIDE_PX,
    relative,
)
from sokdok_lab.synth.charts.data import ChartText
from sokdok_lab.synth.charts.maker import ChartMaker
from sokdok_lab.synth.charts.vega import VegaDrawer
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.wear import Wear
from sokdok_lab.training.maps import Maps, named, stacked
from sokdok_lab.training.pictures import PicturePool, in_turns
from sokdok_lab.training.recipe import Count, Range, Recipe, check_weights
from sokdok_lab.training.task import Batch, Folders, Outcome, Task, start_net
from sokdok_lab.training.text_lines import Cores, TextLine, crop, lines_loss

SIDE_PX = 256  # of a crop, each way
KOREAN_SHARE = 0.3  # share of Vega's charts with Korean texts, where the book has a font for them
WEAR = Wear(
    grey=0.2, blurred=(0.3, 0.3, 0.9), toned=(0.25, (0, 70), (190, 255)), noisy=(0.2, 0, 6), jpeg=(0.35, 30, 90),
    inverted=0.07,
)  # fmt: skip
CORES = Cores(
    STRIDE_PX, EM, CORE_HALF_EM, 0.71, smallest_px=4.5, kind="role", end_em=CORE_END_EM, end_share=CORE_END_SHARE,
    gap_em=0.45, gap_weight=4.0,
)  # fmt: skip
WEIGHTS = {"em": 2.0, "offset": 2.0, "direction": 2.0, "role": 0.4}  # of the losses; that of the cores weighs 1

Picture = tuple[np.ndarray, Sequence[TextLine]]  # pixels (H, W, 3) uint8 and what is written there


class ChartTextsRecipe(Recipe, frozen=True, kw_only=True, tag="chart_texts"):
    """init: a nano folder, or the folder of a run."""

    turns: dict[str, Annotated[int, Meta(ge=0)]]  # how many charts of each library come in turn
    batch: Count  # crops a step
    pool: Count  # charts that a batch draws from
    fresh: Count = 2  # charts of the pool that are new in a batch
    scales: Range  # least and greatest scale at which charts are seen

    def __post_init__(self) -> None:
        check_weights("turns", self.turns, ("drawn", "vega"))


class ChartTextsTask(Task):
    """Find the texts of charts, and what they are."""

    recipe_type = ChartTextsRecipe
    recipe: ChartTextsRecipe

    def __init__(self, recipe: ChartTextsRecipe, folders: Folders) -> None:
        draw = in_turns(libraries(FontBook(folders.need("fonts"))), recipe.turns)
        super().__init__(recipe, start_net(recipe, "chart_texts"))
        self.charts = PicturePool(draw, recipe.pool, recipe.fresh)

    def batch(self, step: int) -> Batch:
        """Cut the crops of a step: `pixels` (B, 3, SIDE_PX, SIDE_PX) and the maps of CORES, stacked."""
        rng = random.Random(f"chart texts {step}")
        return stacked(
            [sample(*self.charts.pick(step, rng), self.recipe.scales, rng) for _ in range(self.recipe.batch)]
        )

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        return lines_loss(named(model, batch["pixels"], SLICES), batch, WEIGHTS)


def libraries(book: FontBook) -> dict[str, Callable[[int], Picture]]:
    """Return what draws the chart of a seed, by the name of its library."""
    charts, vega = ChartMaker(book), VegaDrawer(book)

    def drawn(seed: int) -> Picture:
        chart = charts.chart(f"chart texts {seed}")
        return chart.pixels, lines_of_chart(chart.texts)

    def by_vega(seed: int) -> Picture:
        korean = bool(book.korean) and random.Random(seed).random() < KOREAN_SHARE
        pixels, texts = vega.chart(f"chart texts {seed}", korean)
        return pixels, lines_of_chart(texts)

    return {"drawn": drawn, "vega": by_vega}


def lines_of_chart(texts: Sequence[ChartText]) -> list[TextLine]:
    """Take the texts of a chart as lines of their roles."""
    lines = []
    for text in texts:
        spaces = tuple((i + 0.5) / len(text.text) for i, character in enumerate(text.text) if character == " ")
        lines.append(TextLine(text.left, text.right, text.em, ROLES.index(text.role), spaces))
    return lines


def sample(pixels: np.ndarray, lines: Sequence[TextLine], scales: Range, rng: random.Random) -> Maps:
    """Cut a worn crop out of a chart (H, W, 3) uint8, with the maps of what is there."""
    window, found = crop(pixels, lines, SIDE_PX, scales, rng)
    return {"pixels": relative(WEAR(window, rng))} | CORES.draw(found, SIDE_PX)
