"""The learning rate of every run: warm-up, then constant, or falling to a final rate by the end of the stage.

A run may keep its rate for as long as it is worth it and fall later: train with one stage of constant rate; then copy
its checkpoint into the folder of a *branch*, whose recipe has the steps done as its first stage and a falling second
one. The first run can go on from where it was, at its high rate.
"""

from __future__ import annotations

import math

from sokdok_lab.training.recipe import Stage


def learning_rate(stage: Stage, step: int) -> float:
    """Return the rate at a step (from 0) of a stage: linear warm-up, then constant or falling to the final rate.

    `cosine` falls along half a cosine, `sqrt` as one minus the square root of the progress (Hägele et al. 2024,
    arXiv 2405.18392).
    """
    if step < stage.warmup:
        return stage.learning_rate * (step + 1) / stage.warmup
    if stage.final_learning_rate is None:
        return stage.learning_rate
    progress = (step - stage.warmup) / max(stage.steps - stage.warmup, 1)
    left = 0.5 * (1 + math.cos(math.pi * progress)) if stage.decay == "cosine" else 1 - math.sqrt(progress)
    return stage.final_learning_rate + (stage.learning_rate - stage.final_learning_rate) * left
