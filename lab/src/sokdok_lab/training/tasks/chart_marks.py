"""nano's net of the marks of charts: crops of drawn charts, with what ends, stands and runs where.

- *Peaks* have a place: the upper left and lower right corner of every rectangle (a bar, a cell, a box, the scale of
  colours), points, ends of a sector's rim (which vote for its middle), ends of error bars and parts of box plots, ticks
  at their axis, keys of a legend. *Strokes* run: lines, edges of areas, grid lines, axes.
- Pictures and truth are those of `lab/scripts/charts/draw.py`; those by plotly (`chart_plotly.py`) are held out.
- A chart's colours and texts are read by others; what belongs together follows from geometry.

Shapes: B crops of SIDE_PX x SIDE_PX pixels; a grid of SIDE_PX / 4 cells each way.
"""

from __future__ import annotations

import json
import random
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn

from sokdok.model.nano.formats import MULTIPLE_PX, STRIDE
from sokdok.model.nano.formats.charts import HEATS, PARTS, PEAKS, SLICES, STROKES
from sokdok.model.nano.formats.figures import relative
from sokdok.model.nano.formats.geometry import VOTE_SCALE_PX, find_peaks
from sokdok_lab.training.maps import Maps, cut, peaks_drawn, peaks_loss, stacked, start, traced
from sokdok_lab.training.recipe import Count, Range, Recipe
from sokdok_lab.training.task import Batch, Folders, Outcome, Task, Validation, start_net
from sokdok_lab.training.tasks.chart_texts import WEAR, charts_in, loaded

WEIGHTS = {name: 0.4 if name.endswith("kind") else 1.0 for name in PARTS if name not in HEATS}  # of the losses
SIDE_PX = 256  # of a crop, each way
CELLS = SIDE_PX // STRIDE  # cells of a crop each way
HEAT_DEVIATION_CELLS = 0.7  # standard deviation of a peak's heat
TOUCHING_PX = 1.5  # between rectangles side by side that touch
HELD_OUT, THRESHOLD, REACH_PX = 24, 0.35, 4.0
"""pictures that are validated on; from which heat a peak is found, and how far from its place it counts"""

Truth = dict[str, Any]  # `library`, `peaks`, `strokes` (`lab/scripts/charts/chart_marks.py`)


class ChartMarksRecipe(Recipe, frozen=True, kw_only=True, tag="chart_marks"):
    """init: a nano folder, or the folder of a run."""

    pictures: Count  # charts a step
    crops: Count  # crops of one chart
    scales: Range  # least and greatest scale at which charts are seen


class ChartMarksTask(Task):
    """Find the marks of charts."""

    recipe_type = ChartMarksRecipe
    recipe: ChartMarksRecipe

    def __init__(self, recipe: ChartMarksRecipe, folders: Folders) -> None:
        super().__init__(recipe, start_net(recipe, "chart_marks"))
        known = charts_in(folders.need("charts"))
        held_out = [path for path in known if '"plotly"' in path.read_text("utf-8")[:40]]
        self.unseen = random.Random(0).sample(held_out, min(HELD_OUT, len(held_out)))
        self.files = sorted(set(known) - set(held_out))
        self.with_mark: dict[str, list[Path]] = {}
        for path in self.files:
            truth = json.loads(path.read_text("utf-8"))
            near, far = (np.array([row[0] for row in truth["peaks"].get(name, ())]) for name in ("near", "far"))
            touching = np.flatnonzero((np.abs(near[:, None] - far) < TOUCHING_PX).any(1))
            for name, rows in (truth["peaks"] | truth["strokes"] | {"touching": touching.tolist()}).items():
                if rows:
                    self.with_mark.setdefault(name, []).append(path)

    def batch(self, step: int) -> Batch:
        """Cut the crops of a step: pixels (B, 3, SIDE_PX, SIDE_PX) float32 and the maps of `targets`, stacked."""
        rng, recipe = random.Random(f"chart marks {self.recipe.seed} {step}"), self.recipe
        charts = [loaded(self._choose(rng)) for _ in range(recipe.pictures)]
        return stacked([_crop(*chart, recipe.scales, rng) for chart in charts for _ in range(recipe.crops)])

    def _choose(self, rng: random.Random) -> Path:
        """Choose a chart, half of them for a mark that they have, or as bars touch: what is rare is learnt late."""
        return rng.choice(self.files if rng.random() < 0.5 else self.with_mark[rng.choice(sorted(self.with_mark))])

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        return peaks_loss(model, batch, SLICES, HEATS, STROKES, WEIGHTS)

    def validate(self, model: nn.Module, step: int) -> Validation:
        """Find the peaks of whole charts by a library that training never shows.

        By peak: `iou`, those found by those found or drawn, and `px`, how far from its place one is on average.
        """
        counts = {name: np.zeros(4) for name in PEAKS}  # found, drawn, met, pixels off
        for pixels, drawn in self._held_out:
            logits = model(pixels.to(next(model.parameters()).device))[0].float().cpu().numpy()
            for name in PEAKS:
                where = find_peaks(logits, name, THRESHOLD, SLICES).where
                off = _distances(where, np.array([row[:2] for row in drawn.get(name, ())]).reshape(-1, 2))
                counts[name] += len(where), len(drawn.get(name, ())), len(off), sum(off)
        return {
            name: {"iou": float(met / max(found + true - met, 1)), "px": float(off / max(met, 1))}
            for name, (found, true, met, off) in counts.items()
        }

    @cached_property
    def _held_out(self) -> list[tuple[torch.Tensor, dict[str, Any]]]:
        pictures = []
        for pixels, truth in map(loaded, self.unseen):
            pad = [(0, -side % MULTIPLE_PX) for side in pixels.shape[:2]]
            padded = np.pad(relative(pixels), [(0, 0), *pad])
            pictures.append((torch.from_numpy(padded[None]), truth["peaks"]))
        return pictures


def _distances(found: np.ndarray, drawn: np.ndarray) -> list[float]:
    """Pair places (N, 2), the surest first, with the nearest of (M, 2) within REACH_PX: how far apart they are."""
    apart, off = np.hypot(*(found[:, None] - drawn).transpose(2, 0, 1)), list[float]()
    for row in apart:
        j = int(row.argmin()) if len(drawn) else 0
        if len(drawn) and row[j] < REACH_PX:
            off.append(float(row[j]))
            apart[:, j] = np.inf
    return off


def _crop(pixels: np.ndarray, truth: Truth, scales: Range, rng: random.Random) -> Maps:
    """Cut a worn crop around one of the peaks, at some scale."""
    scale = scales[0] * (scales[1] / scales[0]) ** rng.random()
    image = Image.fromarray(pixels)
    size = round(image.width * scale), round(image.height * scale)
    anchor = rng.choice(rng.choice([rows for rows in truth["peaks"].values() if rows]))
    corner = [round(start(side, SIDE_PX, at * scale, rng, 0.1)) for side, at in zip(size, anchor[:2], strict=True)]
    paper = np.median(pixels[::16, ::16], axis=(0, 1)).astype(np.uint8)
    seen = np.asarray(image.resize(size, Image.Resampling.BILINEAR))
    window = cut(seen, (corner[0], corner[1]), SIDE_PX, paper)
    return {"pixels": relative(WEAR(window, rng))} | targets(truth, scale, np.array(corner))


def targets(truth: Truth, scale: float, corner: np.ndarray, grid: tuple[int, int] = (CELLS, CELLS)) -> Maps:
    """Draw what a net should say about a crop at `corner` (x, y) of a chart seen at a scale; as in `maps.spread`."""
    things: dict[str, Any] = {}
    for name, kinds in PEAKS.items():
        rows = truth["peaks"].get(name, [])
        places = np.array([row[:2] for row in rows], float).reshape(-1, 2) * scale - corner
        aims = np.array([row[3:] for row in rows], float).reshape(-1, 2) * scale - corner if name == "rim" else None
        votes = {} if aims is None else {"vote": (aims - places) / VOTE_SCALE_PX}
        classes = {"kind": np.array([kinds.index(row[2]) for row in rows], int)} if kinds else {}
        things[name] = places, votes, classes
    strokes = {
        name: traced([(np.array(line) * scale - corner) / STRIDE for line in truth["strokes"].get(name, ())], grid)
        for name in STROKES
    }
    maps = peaks_drawn(HEATS, things, {name: ink for name, (ink, _) in strokes.items()}, grid, HEAT_DEVIATION_CELLS)
    return maps | {f"{name}_offset": strokes[name][1] for name in ("line", "edge")}
