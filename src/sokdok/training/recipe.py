"""A recipe: everything that decides what a training run does, in one commented YAML file."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from sokdok.errors import InputError, MissingExtraError
from sokdok.pages.cells import CELLS
from sokdok.training.text import KINDS

_PACKAGE = Path(__file__).parent.parent
FOLDERS = (_PACKAGE / "recipes", _PACKAGE.parent.parent / "recipes")
"""where a recipe is found by its name: in the installed package, in a clone of the repository"""


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
    bridge_rate: float = 0.0
    """learning rate of compressor, CLIP, projector and upsampler as a share of the others': they begin as an exact
    round trip, which a full rate destroys"""
    deep: bool = False
    """ask earlier feature maps for the characters too"""
    kinds: dict[str, float] | None = None
    """weight of each kind of text in this stage; None takes the recipe's"""
    cells: dict[str, float] = field(default_factory=lambda: {"8x16": 1.0, "8x8": 1.0, "4x8": 1.0})
    """weight of each character cell"""

    def __post_init__(self) -> None:
        if self.steps < 1 or self.pages < 1 or self.segment < 0:
            raise InputError("a stage needs steps >= 1, pages >= 1 and segment >= 0")
        if any(side <= 0 or side % 64 for side in self.size):
            raise InputError(f"a stage's size must be multiples of 64 pixels, not {list(self.size)}")
        rates = {"learning_rate": self.learning_rate, "final_learning_rate": self.final_learning_rate}
        for name, rate in rates.items():
            if isinstance(rate, str):  # YAML 1.1 takes 1e-3 for text
                raise InputError(f"a stage's {name} must be a number, not {rate!r}: write it with a decimal point")
        _check_weights("cells", self.cells, CELLS)


@dataclass(frozen=True)
class Recipe:
    """A whole run, stage after stage."""

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
    init: str | None = None
    """a model.safetensors to start from (`training.pages.start`); None starts from scratch"""

    def __post_init__(self) -> None:
        if not self.stages:
            raise InputError("a recipe needs at least one stage")
        if self.validate_every < 1 or self.save_every < 1:
            raise InputError("validate_every and save_every must be at least 1")
        _check_weights("kinds", self.kinds, KINDS)

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


def _check_weights(field_name: str, weights: dict[str, float], known: Collection[str]) -> None:
    """A choice by weight: names that exist, no negative weight, and something to choose."""
    unknown = [name for name in weights if name not in known]
    if unknown:
        raise InputError(f"{field_name}: unknown key {', '.join(map(str, unknown))}; known are {', '.join(known)}")
    if not weights or min(weights.values()) < 0 or sum(weights.values()) <= 0:
        raise InputError(f"{field_name}: weights must not be negative, and one must be positive")


def find_recipe(name: str) -> Path:
    """The file of a recipe given by path, or by the name it has in one of FOLDERS."""
    path = Path(name)
    if path.suffix or len(path.parts) != 1:
        return path
    for folder in FOLDERS:
        if (folder / f"{name}.yaml").is_file():
            return folder / f"{name}.yaml"
    names = sorted(file.stem for folder in FOLDERS for file in folder.glob("*.yaml"))
    raise InputError(f"no recipe is called {name!r}; known are {', '.join(names) or 'none'}, or name a YAML file")


def _check_keys(cls: type, values: Any) -> None:
    """A key that no field has is an error: a typo would train something else for hours."""
    if not isinstance(values, dict):
        raise InputError(f"expected a table of keys, not {values!r}")
    known = sorted(f.name for f in fields(cls))
    unknown = [key for key in values if key not in known]
    if unknown:
        raise InputError(f"unknown key {', '.join(map(str, unknown))}; known are {', '.join(known)}")


def load_recipe(path: Path) -> Recipe:
    """Read a YAML recipe; raises InputError naming the key that is wrong."""
    try:
        import yaml
    except ImportError:
        raise MissingExtraError("train", "reading a recipe") from None
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"can't read recipe {path}: {error}") from None
    try:
        _check_keys(Recipe, values)
        stages = tuple(_stage(stage, number) for number, stage in enumerate(values["stages"], 1))
        return Recipe(**{**values, "stages": stages})
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: {error} is missing or of the wrong type") from None


def _stage(values: Any, number: int) -> Stage:
    try:
        _check_keys(Stage, values)
        return Stage(**{**values, "size": tuple(values["size"])})
    except InputError as error:
        raise InputError(f"stage {number}: {error}") from None
