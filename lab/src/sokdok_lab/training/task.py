"""What a run learns: a net, its samples by step, and what it is asked.

A task is a class in `training.tasks` beside the recipe it is made from. The loop (`training.loop`) knows nothing else
of it, so a new loss, another way to get samples or another schedule is a matter of the task's file and its recipe.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from sokdok.errors import InputError, ModelError
from sokdok_lab.training.checkpoint import CHECKPOINT, load_average
from sokdok_lab.training.export import WEIGHTS, load_nets
from sokdok_lab.training.nets import NETS
from sokdok_lab.training.recipe import Recipe, task_class

Batch = dict[str, Tensor]
Validation = dict[str, dict[str, float]]  # numbers by the name of what was validated on
_HOW_TO_GET = {
    "corpus": "lab/scripts/fetch_corpus.py",
    "fonts": "lab/scripts/fetch_fonts.py",
    "handwriting": "lab/scripts/fetch_fonts.py --handwriting",
    "charts": "lab/scripts/charts/draw.py",
    "pages": "python -m sokdok_lab.structure.generate",
}


@dataclass(frozen=True)
class Outcome:
    """What a batch gave: losses, which are summed, and measures, which are only logged.

    Names of measures end in `_accuracy` (share that is right) or `_iou`, so that reports tell them from losses.
    """

    losses: dict[str, Tensor]
    measures: dict[str, Tensor] = field(default_factory=dict)

    @property
    def total(self) -> Tensor:
        """The loss to descend."""
        return torch.stack(list(self.losses.values())).sum()

    def numbers(self) -> dict[str, float]:
        """All of it as plain numbers."""
        return {name: float(value.detach()) for name, value in (self.losses | self.measures).items()}


@dataclass(frozen=True)
class Folders:
    """Where samples come from: texts, fonts, fonts drawn after hands, pictures of charts by their kind, and
    shards of pages with their structure.
    """

    corpus: Path | None = None
    fonts: Path | None = None
    handwriting: Path | None = None
    charts: Path | None = None
    pages: Path | None = None

    def need(self, name: str) -> Path:
        """Return the folder called `name`. Raises InputError, which says how to get one, if it was not given."""
        folder: Path | None = getattr(self, name)
        if folder is None:
            raise InputError(f"this recipe needs a folder: --{name} DIR ({_HOW_TO_GET[name]} fills one)")
        return folder


class Task(ABC):
    """A net in training. `batch` runs in a worker process, everything else in the run's own."""

    recipe_type: ClassVar[type[Recipe]]  # what recipes of the task hold
    half_precision: ClassVar[bool] = True  # whether bf16 is enough, and faster on a CPU that has it

    def __init__(self, recipe: Recipe, model: nn.Module) -> None:
        self.recipe, self.model = recipe, model

    @property
    def modules(self) -> dict[str, nn.Module]:
        """What is trained and saved, by its name in the checkpoint: the model, and heads that only training needs."""
        return {"model": self.model}

    def parameter_groups(self) -> list[dict[str, Any]]:
        """Return AdamW's parameter groups."""
        return [{"params": list(self.model.parameters()), "weight_decay": self.recipe.weight_decay}]

    def rate_factors(self, step: int) -> list[float]:
        """Return what the schedule's rate is multiplied by at a step, for each parameter group."""
        return [1.0] * len(self.parameter_groups())

    @abstractmethod
    def batch(self, step: int) -> Batch:
        """Make the samples of a step; they depend on its number alone, so that a resumed run sees what it would have.

        A task that keeps samples for a while (windows of lines, say) seeds its store by the first step it is asked for.
        """

    @abstractmethod
    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        """Ask a net for the samples of a step."""

    def held_out(self) -> dict[str, Batch]:
        """Make samples that training never shows, by the name of what they measure; none if there are none."""
        return {}

    @cached_property
    def _fixed(self) -> dict[str, Batch]:
        return self.held_out()

    def validate(self, model: nn.Module, step: int) -> Validation:
        """Measure a net (the averaged one, where there is an average) on samples that training never shows."""
        device, found = next(model.parameters()).device, {}
        for name, batch in self._fixed.items():
            outcome = self.loss(model, {key: value.to(device) for key, value in batch.items()}, step)
            found[name] = {key: float(value) for key, value in outcome.measures.items()}
        return found


def make_task(recipe: Recipe, folders: Folders) -> Task:
    """Make the task of a recipe.

    Raises InputError if a folder is missing or the recipe can't be carried out, ModelError if its `init` doesn't fit.
    """
    task: Task = task_class(recipe.task)(recipe, folders)
    return task


def start_net(recipe: Recipe, name: str) -> nn.Module:
    """Make a net with the seed's weights, or take it from `recipe.init`.

    name: of the net in `nets`. init: folder of a nano, whose net of that name is taken, or of a run, whose averaged
    weights are. Raises ModelError if it holds neither.
    """
    torch.manual_seed(recipe.seed)
    if recipe.init is None:
        return _channels_last(NETS[name]())
    folder = Path(recipe.init)
    if (folder / CHECKPOINT).is_file():
        return _channels_last(load_average(folder, NETS[name]()))
    if not (folder / WEIGHTS).is_file():
        raise ModelError(f"can't start from {folder}: it is the folder neither of a nano nor of a training run")
    nets = load_nets(folder)
    if name not in nets:
        raise ModelError(f"can't start from {folder}: it has no net {name!r}, only {', '.join(nets) or 'none'}")
    return _channels_last(nets[name])


def _channels_last(net: nn.Module) -> nn.Module:
    """Lay weights out as convolutions are fastest with."""
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
