"""What nets learn that answer for every cell of a picture: windows cut out of it, maps of what is asked, and losses.

- A window is cut around an anchor; beyond the picture's edges there is paper.
- Things with a middle (points, atoms, bonds, letters) are peaks of a heat map, learnt with the penalty-reduced focal
  loss of CenterNet (Zhou et al. 2019, arXiv 1904.07850); what they are stands on the 3x3 cells around the middle.
- Numbers are asked for where a map is not NaN, classes where it is not NOTHING.

Shapes: B windows; a grid of (h, w) cells; N things.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model.nano.formats import STRIDE
from sokdok_lab.training.task import Batch, Outcome

NOTHING = -1  # class of a cell that is not asked for one
_AROUND = np.array([(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1)])
Maps = dict[str, np.ndarray]


def stacked(samples: Sequence[Maps]) -> Batch:
    """Stack the arrays of samples to tensors (B, …) by their names."""
    return {name: torch.from_numpy(np.stack([sample[name] for sample in samples])) for name in samples[0]}


def start(side: float, window: int, anchor: float, rng: random.Random, inner: float = 0.25) -> float:
    """Choose where a window begins on a side of a picture, so that an anchor lies in it, off its edges by a share."""
    low, high = min(0.0, side - window), max(0.0, side - window)
    return min(max(anchor - window * rng.uniform(inner, 1 - inner), low), high)


def cut(
    pixels: np.ndarray, corner: tuple[int, int], side: int, fill: Iterable[int] | int, high: int | None = None
) -> np.ndarray:
    """Cut the window of `side` pixels (and, downward, `high`) at a corner (x, y) out of pixels (H, W) or (H, W, 3).

    Beyond them is `fill`.
    """
    x, y = corner
    window = np.empty((high or side, side, *pixels.shape[2:]), pixels.dtype)
    window[:] = fill
    inside = pixels[max(0, y) : max(0, y + len(window)), max(0, x) : max(0, x + side)]
    top, left = max(0, -y), max(0, -x)
    window[top : top + inside.shape[0], left : left + inside.shape[1]] = inside
    return window


def spread(
    points: np.ndarray,
    numbers: Mapping[str, np.ndarray],
    classes: Mapping[str, np.ndarray],
    grid: tuple[int, int],
    deviation: float,
) -> tuple[np.ndarray, Maps]:
    """Draw things with their middles at points (N, 2) x, y in cells: heat (h, w) and maps of what they are.

    numbers: (N, K) become (K, h, w); `offset`, from a cell's middle to the point, joins them. classes: (N,) become (h,
    w). Where two things claim a cell, the nearer has it. deviation: of a middle's heat, cells.
    """
    height, width = grid
    inside = np.all((points >= 0) & (points < (width, height)), axis=1)
    points = points[inside]
    peaks = np.floor(points).astype(int)
    around = (peaks[:, None] + _AROUND).reshape(-1, 2)
    owner = np.repeat(np.arange(len(points)), len(_AROUND))
    offsets = points[owner] - (around + 0.5)
    order = np.argsort(-np.linalg.norm(offsets, axis=1), kind="stable")  # the nearest comes last and stays
    order = order[np.all((around[order] >= 0) & (around[order] < (width, height)), axis=1)]
    x, y = around[order].T
    maps: Maps = {"offset": np.full((2, *grid), np.nan, np.float32)}
    maps["offset"][:, y, x] = offsets[order].T
    for name, values in numbers.items():
        maps[name] = np.full((values.shape[1], *grid), np.nan, np.float32)
        maps[name][:, y, x] = values[inside][owner[order]].T
    for name, values in classes.items():
        maps[name] = np.full(grid, NOTHING, np.int64)
        maps[name][y, x] = values[inside][owner[order]]
    heat = np.zeros(grid, np.float32)
    if len(points):
        across, down = (
            np.exp(-((np.arange(size) + 0.5 - points[:, i : i + 1]) ** 2) / (2 * deviation**2))
            for i, size in enumerate((width, height))
        )
        heat = np.einsum("nx,ny->nyx", across, down).max(0).astype(np.float32)
        heat[peaks[:, 1], peaks[:, 0]] = 1
    return heat, maps


def named(model: nn.Module, pixels: Tensor, slices: Mapping[str, slice]) -> dict[str, Tensor]:
    """Ask a net for its maps by name."""
    out = model(pixels).float()
    return {name: out[:, part] for name, part in slices.items()}


def heat_loss(logits: Tensor, heat: Tensor) -> Tensor:
    """Penalty-reduced focal loss by the number of peaks: a heat of 1 is a middle, less than 1 is near one."""
    probability, peaks = logits.sigmoid(), heat == 1
    hit = (1 - probability) ** 2 * F.logsigmoid(logits) * peaks
    miss = (1 - heat) ** 4 * probability**2 * F.logsigmoid(-logits) * ~peaks
    return -(hit + miss).sum() / peaks.sum().clamp(min=1)


def answers(out: Mapping[str, Tensor], batch: Batch, weights: Mapping[str, float]) -> Outcome:
    """Ask outputs (B, C, h, w) for the maps of their names: classes by cross-entropy, numbers by a smooth distance.

    weights: of each loss. The share of classes that is right is measured, where any are asked for.
    """
    losses: dict[str, Tensor] = {}
    measures: dict[str, Tensor] = {}
    for name, weight in weights.items():
        truth = batch[name]
        if truth.is_floating_point():
            known = truth.isfinite()
            loss = F.smooth_l1_loss(out[name][known], truth[known], reduction="sum", beta=0.2)
        else:
            known = truth != NOTHING
            predicted = out[name].movedim(1, -1)[known]
            loss = F.cross_entropy(predicted, truth[known], reduction="sum")
            if len(predicted):
                measures[f"{name}_accuracy"] = (predicted.argmax(-1) == truth[known]).float().mean()
        losses[name] = weight * loss / known.sum().clamp(min=1)
    return Outcome(losses, measures)


# --- nets that find peaks and strokes ---

INK_WEIGHT = 3.0  # of the loss of strokes; those of peaks weigh 1
_STEP_CELLS = 0.25  # between the points at which a stroke is traced


def peaks_drawn(
    heats: Sequence[str],
    things: Mapping[str, tuple[np.ndarray, Mapping[str, np.ndarray], Mapping[str, np.ndarray]]],
    strokes: Mapping[str, np.ndarray],
    grid: tuple[int, int],
    deviation: float,
) -> Maps:
    """Draw `heat` (heats, h, w): things spread from their points in pixels, strokes as they are; and what they are.

    things: points (N, 2), numbers and classes as in `spread`, whose maps are called `<thing>_<number or class>`.
    """
    maps: Maps = {"heat": np.zeros((len(heats), *grid), np.float32)}
    for name, ink in strokes.items():
        maps["heat"][heats.index(name)] = ink
    for name, (points, numbers, classes) in things.items():
        heat, found = spread(points / STRIDE, numbers, classes, grid, deviation)
        maps["heat"][heats.index(name)] = heat
        maps |= {f"{name}_{part}": values for part, values in found.items()}
    return maps


def traced(lines: Iterable[np.ndarray], grid: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Trace polylines (N, 2) in cells: where they run (h, w), and the way from a cell's middle to them (2, h, w)."""
    ink, offset = np.zeros(grid, bool), np.full((2, *grid), np.nan, np.float32)
    parts = [np.zeros((0, 2))]
    for line in lines:
        along = np.append(0, np.cumsum(np.hypot(*np.diff(line, axis=0).T)))
        at = np.arange(0, along[-1] + _STEP_CELLS, _STEP_CELLS)
        parts.append(np.stack([np.interp(at, along, line[:, i]) for i in (0, 1)], 1))
    points = np.concatenate(parts)
    points = points[((points >= 0) & (points < grid[::-1])).all(1)]
    off = points - np.floor(points) - 0.5
    order = np.argsort(-np.hypot(*off.T), kind="stable")  # the nearest to a middle comes last and stays
    x, y = np.floor(points[order]).astype(int).T
    ink[y, x], offset[:, y, x] = True, off[order].T
    return ink, offset


def peaks_loss(
    model: nn.Module, batch: Batch, slices: Mapping[str, slice], heats: Sequence[str], strokes: Sequence[str],
    weights: Mapping[str, float],
) -> Outcome:  # fmt: skip
    """Ask a net for the maps of `peaks_drawn`: losses by part, and the shares of classes that are right."""
    out, losses = named(model, batch["pixels"], slices), dict[str, Tensor]()
    for index, name in enumerate(heats):
        predicted, target = out[name][:, 0], batch["heat"][:, index]
        if name in strokes:
            losses[name] = INK_WEIGHT * F.binary_cross_entropy_with_logits(predicted, target)
        else:
            losses[name] = heat_loss(predicted, target)
    rest = answers(out, batch, weights)
    return Outcome(losses | rest.losses, rest.measures)
