"""A recipe: everything that decides what a training run does, in one commented YAML file.

    task: recogniser                 # which of TASKS it is; left out, drawn_pages
    stages:                          # one after the other, each with its own learning rate
    - {steps: 12000, warmup: 200, learning_rate: 0.0015, final_learning_rate: 0.000015}
    batch: 32                        # what else the task asks for

A key that no field has is an error, since a typo would train something else for hours.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from sokdok.errors import InputError, require_choice

_PACKAGE = Path(__file__).parent.parent
FOLDERS = (_PACKAGE / "recipes", _PACKAGE.parents[2] / "recipes")
"""where a recipe is found by its name: in the installed package, in a clone of the repository"""
OTHERS = frozenset({"quality"})  # recipes there that train nothing
TASKS = {
    "drawn_pages": "drawn_pages:DrawnPages",
    "recogniser": "recogniser:RecogniserTask",
    "text_detector": "text_detector:TextDetectorTask",
    "chart_texts": "chart_texts:ChartTextsTask",
    "chart_marks": "chart_marks:ChartMarksTask",
    "figure_kind": "figure_kind:FigureKindTask",
    "molecules": "molecules:MoleculesTask",
    "geometry": "geometry:GeometryTask",
    "geometry_letters": "geometry:GeometryLettersTask",
    "structure": "structure:StructureTask",
}  # name of a task -> where it is, below `training.tasks`; its recipe stands beside it
DEFAULT_TASK = "drawn_pages"  # task of a recipe that names none

Count = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(ge=0, le=1)]
Rate = Annotated[float, Meta(ge=0)]
Range = tuple[float, float]  # least and greatest value


class Stage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a run with its own learning rate: warm-up, then constant, or falling to a final rate by its end.

    A run may keep its rate for as long as it is worth it and fall later: train with one stage of constant rate; then
    copy its checkpoint into the folder of a *branch*, whose recipe has the steps done as its first stage and a falling
    second one. The first run can go on from where it was, at its high rate.
    """

    steps: Count
    learning_rate: Rate = 1e-3
    final_learning_rate: Rate | None = None  # reached at the end of the stage; None keeps the rate
    warmup: Annotated[int, Meta(ge=0)] = 0  # steps in which the rate rises from zero
    decay: Literal["cosine", "sqrt"] = "cosine"  # how the rate falls to the final one

    def rate(self, step: int) -> float:
        """Return the rate at a step (from 0) of the stage.

        `cosine` falls along half a cosine, `sqrt` as one minus the square root of the progress (Hägele et al. 2024,
        arXiv 2405.18392).
        """
        if step < self.warmup:
            return self.learning_rate * (step + 1) / self.warmup
        if self.final_learning_rate is None:
            return self.learning_rate
        progress = (step - self.warmup) / max(self.steps - self.warmup, 1)
        left = 0.5 * (1 + math.cos(math.pi * progress)) if self.decay == "cosine" else 1 - math.sqrt(progress)
        return self.final_learning_rate + (self.learning_rate - self.final_learning_rate) * left


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="task"):
    """What every run has; the recipe of a task adds what its samples are made of."""

    stages: Annotated[tuple[Stage, ...], Meta(min_length=1)]
    seed: int = 0  # decides the first weights; samples follow from the number of their step
    weight_decay: Rate = 0.01
    betas: tuple[Share, Share] = (0.9, 0.999)  # of AdamW
    averaging: Share = 0.998  # weight of the past in the running average of the weights; 0 keeps no average
    save_every: Count = 100  # steps between checkpoints
    log_every: Count = 100  # steps between lines of metrics.jsonl
    validate_every: Count = 500  # steps between validations
    init: str | None = None  # where the first weights come from, see the task; None starts from scratch

    @property
    def task(self) -> str:
        """Name of the task in `training.tasks`."""
        return str(self.__struct_config__.tag)

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return sum(stage.steps for stage in self.stages)

    def at(self, step: int) -> tuple[Stage, int]:
        """Find the stage that a step (from 0) belongs to, and the step's number within it."""
        for stage in self.stages:
            if step < stage.steps:
                return stage, step
            step -= stage.steps
        raise IndexError("beyond the last stage")

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as plain JSON values, its task included."""
        values: dict[str, Any] = msgspec.to_builtins(self)
        return values


def check_weights(field: str, weights: dict[str, Any], known: Collection[str]) -> None:
    """Check a choice by weight: names that exist and something to choose. Raises ValueError naming the field."""
    unknown = [name for name in weights if name not in known]
    if unknown:
        raise ValueError(f"{field}: unknown key {', '.join(map(str, unknown))}; known are {', '.join(known)}")
    if sum(weights.values()) <= 0:
        raise ValueError(f"{field}: one weight must be positive")


def task_class(name: str) -> Any:
    """Return the class of one of TASKS, importing what it needs and nothing else."""
    module, found = TASKS[name].split(":")
    return getattr(import_module(f"sokdok_lab.training.tasks.{module}"), found)


def find_recipe(name: str) -> Path:
    """Return the file of a recipe given by path, or by the name it has in one of FOLDERS."""
    path = Path(name)
    if path.suffix or len(path.parts) != 1:
        return path
    for folder in FOLDERS:
        if name not in OTHERS and (folder / f"{name}.yaml").is_file():
            return folder / f"{name}.yaml"
    names = sorted({file.stem for folder in FOLDERS for file in folder.glob("*.yaml")} - OTHERS)
    raise InputError(f"no recipe is called {name!r}; known are {', '.join(names) or 'none'}, or name a YAML file")


def load_recipe(path: Path, **changes: Any) -> Recipe:
    """Read a YAML recipe; `changes` replace its values. Raises InputError naming the field that is wrong."""
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"can't read recipe {path}: {error}") from None
    try:
        return parse_recipe(values | changes if isinstance(values, dict) else values)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def parse_recipe(values: Any) -> Recipe:
    """Make a recipe of plain values. Raises InputError naming the field that is wrong."""
    if isinstance(values, dict):
        values = {"task": DEFAULT_TASK} | values
        require_choice("task", values["task"], tuple(TASKS))
    try:
        kind: type[Recipe] = task_class(values["task"]).recipe_type if isinstance(values, dict) else Recipe
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        # YAML 1.1 takes 1e-3, which has no decimal point, for text.
        hint = "; write numbers with a decimal point" if "`float`, got `str`" in str(error) else ""
        raise InputError(f"{error}{hint}") from None
