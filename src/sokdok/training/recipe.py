"""A recipe: everything that decides what a training run does, in one commented YAML file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from sokdok.errors import InputError


@dataclass(frozen=True)
class Stage:
    """A stretch of training on pages of one size."""

    steps: int
    size: tuple[int, int]
    """(width, height) of the pages in pixels, multiples of 64"""
    pages: int
    """pages per step"""
    segment: int = 0
    """reading steps per page for the decoder; 0 trains the dense head alone"""
    learning_rate: float = 1e-3
    final_learning_rate: float | None = None
    """reached at the end of the stage along a half cosine; None keeps the rate"""
    warmup: int = 0
    cells: dict[str, float] = field(default_factory=lambda: {"8x16": 1.0, "8x8": 1.0, "4x8": 1.0})
    """weight of each character cell"""

    def __post_init__(self) -> None:
        if self.steps < 1 or self.pages < 1 or self.segment < 0:
            raise InputError("a stage needs steps >= 1, pages >= 1 and segment >= 0")
        if any(side <= 0 or side % 64 for side in self.size):
            raise InputError(f"a stage's size must be multiples of 64 pixels, not {list(self.size)}")


@dataclass(frozen=True)
class Recipe:
    kinds: dict[str, float]
    """weight of each kind of text (`training.text`)"""
    stages: tuple[Stage, ...]
    seed: int = 0
    weight_decay: float = 0.02
    validate_every: int = 500
    """steps between validations"""
    save_every: int = 200
    """steps between checkpoints"""
    model: dict[str, Any] | None = None
    """a `NanoConfig` as a dictionary; None is nano"""

    @property
    def steps(self) -> int:
        return sum(stage.steps for stage in self.stages)

    def at(self, step: int) -> tuple[Stage, int]:
        """The stage that step (from 0) belongs to and the step's number within it."""
        for stage in self.stages:
            if step < stage.steps:
                return stage, step
            step -= stage.steps
        raise IndexError("beyond the last stage")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def _build(cls: type, values: Any, where: str) -> dict[str, Any]:
    known = {f.name for f in fields(cls)}
    if not isinstance(values, dict) or set(values) - known:
        extra = sorted(set(values) - known) if isinstance(values, dict) else values
        raise InputError(f"{where}: unknown key {extra}; known are {', '.join(sorted(known))}")
    return values


def load_recipe(path: Path) -> Recipe:
    """Read a YAML recipe; raises InputError naming the key that is wrong."""
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"can't read recipe {path}: {error}") from None
    values = dict(_build(Recipe, values, str(path)))
    try:
        stages = [_build(Stage, stage, f"{path}, stage {i + 1}") for i, stage in enumerate(values["stages"])]
        values["stages"] = tuple(Stage(**{**stage, "size": tuple(stage["size"])}) for stage in stages)
        return Recipe(**values)
    except (KeyError, TypeError) as error:
        raise InputError(f"{path}: {error} is missing or of the wrong type") from None
