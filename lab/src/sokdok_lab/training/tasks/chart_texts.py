"""nano's net of the texts of charts: crops of drawn charts, with each text's core, em, direction and role.

- Charts come from two drawing libraries (`lab/scripts/charts/draw.py`), so that the net learns what texts of charts are
  rather than how one library sets them.
- Crops are scaled, seen askew, blurred, worn by JPEG, shaded and turned over to white on black, as charts in documents.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import nn

from sokdok.errors import InputError
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
from sokdok_lab.synth.wear import Wear
from sokdok_lab.training.maps import Maps, named, stacked
from sokdok_lab.training.recipe import Count, Range, Recipe
from sokdok_lab.training.task import Batch, Folders, Outcome, Task, start_net
from sokdok_lab.training.text_lines import Cores, TextLine, crop, lines_loss

SIDE_PX = 256  # of a crop, each way
AS_DRAWN_SHARE = 1 / 3  # of the crops are seen as they were drawn, not scaled
WEAR = Wear(
    grey=0.2, blurred=(0.3, 0.3, 0.9), toned=(0.25, (0, 70), (190, 255)), noisy=(0.2, 0, 6), jpeg=(0.35, 30, 90),
    inverted=0.07,
)  # fmt: skip
CORES = Cores(
    STRIDE_PX, EM, CORE_HALF_EM, 0.71, smallest_px=4.5, kind="role", end_em=CORE_END_EM, end_share=CORE_END_SHARE,
    gap_em=0.45, gap_weight=4.0,
)  # fmt: skip
WEIGHTS = {"em": 2.0, "offset": 2.0, "direction": 2.0, "role": 0.4}  # of the losses; that of the cores weighs 1


class ChartTextsRecipe(Recipe, frozen=True, kw_only=True, tag="chart_texts"):
    """init: a nano folder, or the folder of a run."""

    batch: Count  # crops a step
    scales: Range  # least and greatest scale at which charts are seen


class ChartTextsTask(Task):
    """Find the texts of charts, and what they are."""

    recipe_type = ChartTextsRecipe
    recipe: ChartTextsRecipe

    def __init__(self, recipe: ChartTextsRecipe, folders: Folders) -> None:
        self.charts = [path for path in charts_in(folders.need("charts")) if '"texts": [[' in path.read_text("utf-8")]
        super().__init__(recipe, start_net(recipe, "chart_texts"))

    def batch(self, step: int) -> Batch:
        """Cut the crops of a step: `pixels` (B, 3, SIDE_PX, SIDE_PX) and the maps of CORES, stacked."""
        rng = random.Random(f"chart texts {self.recipe.seed} {step}")
        charts = [loaded(path) for path in rng.choices(self.charts, k=self.recipe.batch)]
        return stacked([sample(pixels, lines_of(truth), self.recipe.scales, rng) for pixels, truth in charts])

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        return lines_loss(named(model, batch["pixels"], SLICES), batch, WEIGHTS)


def charts_in(folder: Path) -> list[Path]:
    """List the truths of a folder of charts. Raises InputError if there are none."""
    found = sorted(folder.glob("*/*.json"))
    if not found:
        raise InputError(f"{folder} holds no charts with their truth; lab/scripts/charts/draw.py draws some")
    return found


def loaded(path: Path) -> tuple[np.ndarray, dict[str, Any]]:
    """Load a chart, pixels (H, W, 3) uint8, and its truth: `library`, `peaks`, `strokes`, `texts`."""
    return np.asarray(Image.open(path.with_suffix(".png")).convert("RGB")), json.loads(path.read_text("utf-8"))


def lines_of(truth: Mapping[str, Any]) -> list[TextLine]:
    """Take the texts of a chart as lines of their roles."""

    def spaces(text: str) -> tuple[float, ...]:
        return tuple((i + 0.5) / len(text) for i, character in enumerate(text) if character == " ")

    return [
        TextLine((left, top), (right, bottom), em, ROLES.index(role), spaces(text))
        for text, left, top, right, bottom, em, role in truth["texts"]
    ]


def sample(pixels: np.ndarray, lines: Sequence[TextLine], scales: Range, rng: random.Random) -> Maps:
    """Cut a worn crop out of a chart (H, W, 3) uint8, with the maps of what is there."""
    scales = (1.0, 1.0) if rng.random() < AS_DRAWN_SHARE else scales
    window, found = crop(pixels, lines, SIDE_PX, scales, rng)
    return {"pixels": relative(WEAR(window, rng))} | CORES.draw(found, SIDE_PX)
