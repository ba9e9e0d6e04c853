"""A recipe: everything that decides what a training run does, in one commented YAML file.

    task: recogniser                 # which of `training.tasks` it is; left out, drawn_pages
    stages:                          # one after the other, each with its own learning rate
    - {steps: 12000, warmup: 200, learning_rate: 0.0015, final_learning_rate: 0.000015}
    batch: 32                        # what else the task asks for

A key that no field has is an error, since a typo would train something else for hours.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from sokdok.errors import InputError, require_choice
from sokdok.model.nano.formats.figures import UNREAD
from sokdok.pages.cells import CELLS
from sokdok_lab.training.texts.source import KINDS

_PACKAGE = Path(__file__).parent.parent
FOLDERS = (_PACKAGE / "recipes", _PACKAGE.parents[2] / "recipes")
"""where a recipe is found by its name: in the installed package, in a clone of the repository"""
OTHERS = frozenset({"quality"})  # recipes there that train nothing
DEFAULT_TASK = "drawn_pages"  # task of a recipe that names none
PAGE_UNIT_PX = 64  # a page's sides are multiples of this: one vision token

RECOGNISER_PICTURES = ("picture", "page", "table", "handwriting", "strip", "written strip", "cursive")
"""what windows of the recogniser are cut from"""
FIGURE_MAKERS = (
    *("chart", "vega", "report", "molecule", "geometry", "table", "line", "letter", "scrawl"),
    *("page", "notice", "sheet", "part", "strip", "photo", "graphic", "plot", *UNREAD),
)  # what the net of figure kinds is shown (`training.tasks.figure_kind`)
CELLS_BY_DEFAULT = ("8x16", "8x8", "4x8")

Count = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(ge=0, le=1)]
Rate = Annotated[float, Meta(ge=0)]
Range = tuple[float, float]  # least and greatest value


class Stage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a run with its own learning rate (`training.schedule`)."""

    steps: Count
    learning_rate: Rate = 1e-3
    final_learning_rate: Rate | None = None  # reached at the end of the stage; None keeps the rate
    warmup: Annotated[int, Meta(ge=0)] = 0  # steps in which the rate rises from zero
    decay: Literal["cosine", "sqrt"] = "cosine"  # how the rate falls to the final one


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


class PageStage(Stage, frozen=True, kw_only=True):
    """A part of a run on drawn pages of one size."""

    size: tuple[int, int]  # (width, height) of the pages in pixels, multiples of 64
    pages: Count  # pages per step
    segment: Annotated[int, Meta(ge=0)] = 0  # reading steps per page for the decoder; 0 trains the dense head alone
    bridge_rate: Rate = 0.0
    """learning rate of compressor, CLIP, projector and upsampler as a share of the others': they begin as an exact
    round trip, which a full rate destroys"""
    deep: bool = False  # ask earlier feature maps for the characters too
    kinds: dict[str, Rate] | None = None  # weight of each kind of text in this stage; None takes the recipe's
    cells: dict[str, Rate] = msgspec.field(default_factory=lambda: dict.fromkeys(CELLS_BY_DEFAULT, 1.0))
    """weight of each character cell"""

    def __post_init__(self) -> None:
        if any(side <= 0 or side % PAGE_UNIT_PX for side in self.size):
            raise ValueError(f"size must be multiples of {PAGE_UNIT_PX} pixels, not {list(self.size)}")
        _check_weights("cells", self.cells, CELLS)
        if self.kinds is not None:
            _check_weights("kinds", self.kinds, KINDS)


class DrawnPagesRecipe(Recipe, frozen=True, kw_only=True, tag="drawn_pages"):
    """nano's own training, on pages that sokdok draws. init: a model.safetensors (`training.pages.start`)."""

    stages: Annotated[tuple[PageStage, ...], Meta(min_length=1)]
    kinds: dict[str, Rate]  # weight of each kind of text (`training.texts.source`)
    model: dict[str, Any] | None = None  # a `NanoConfig` as a dictionary; None is nano
    weight_decay: Rate = 0.02
    betas: tuple[Share, Share] = (0.9, 0.95)
    averaging: Share = 0.0
    save_every: Count = 200
    log_every: Count = 20

    def __post_init__(self) -> None:
        _check_weights("kinds", self.kinds, KINDS)

    def at(self, step: int) -> tuple[PageStage, int]:
        """Find the stage that a step (from 0) belongs to, and the step's number within it."""
        stage, within = super().at(step)
        assert isinstance(stage, PageStage)
        return stage, within


class RecogniserRecipe(Recipe, frozen=True, kw_only=True, tag="recogniser"):
    """nano's recognisers of lines. init: a nano folder, or the folder of a run."""

    net: Literal["recogniser", "handwriting"] = "recogniser"  # which of a nano folder's nets is begun with
    batch: Count  # windows a step
    fresh: Annotated[int, Meta(ge=0)]  # windows of a batch that were in none before
    pool: Count  # windows that the others of a batch are chosen from
    shares: dict[str, Rate]  # shares of the windows that are cut from each kind of picture
    short_texts: Share = 0.0  # share of the windows that hold short texts side by side
    kinds: dict[str, Rate]  # weight of each kind of text (`training.texts.source`) on pages and in tables
    strip_kinds: dict[str, Rate]  # weight of each kind of text in strips
    handwriting_kinds: dict[str, Rate] = msgspec.field(default_factory=lambda: {"en": 0.7, "ko": 0.3})
    cursive_kinds: dict[str, Rate] = msgspec.field(default_factory=lambda: {"en": 0.7, "print": 0.2, "numbers": 0.1})
    page_height_px: Count = 1100
    page_ems_px: Range  # smallest and largest body text, pixels per em on a page of 640 pixels
    labelled: tuple[int, int] = (600, 3000)  # steps between which a label for every frame gives way to CTC
    kept_labels: Share = 0.1  # share that the labels keep: with CTC alone a wide syllable is now and then told twice
    weight_decay: Rate = 0.02
    betas: tuple[Share, Share] = (0.9, 0.98)
    averaging: Share = 0.9985
    save_every: Count = 200
    log_every: Count = 200
    validate_every: Count = 1000

    def __post_init__(self) -> None:
        _check_weights("shares", self.shares, RECOGNISER_PICTURES)
        for name in ("kinds", "strip_kinds", "handwriting_kinds", "cursive_kinds"):
            _check_weights(name, getattr(self, name), KINDS)
        if self.labelled[0] >= self.labelled[1]:
            raise ValueError(f"labelled must be two steps, the first before the second, not {list(self.labelled)}")

    def label_share(self, step: int) -> float:
        """Return how much labels count at a step (from 0), 1 to `kept_labels`."""
        first, last = self.labelled
        return min(1.0, max(self.kept_labels, (last - step) / (last - first)))


class TextDetectorRecipe(Recipe, frozen=True, kw_only=True, tag="text_detector"):
    """nano's detector of lines. init: a nano folder, or the folder of a run."""

    kinds: dict[str, Rate]  # weight of each kind of text (`training.texts.source`)
    turns: dict[str, Annotated[int, Meta(ge=0)]]  # how many pictures of each kind come in turn
    batch: Count  # crops a step
    pool: Count  # pictures that a batch draws from
    fresh: Count = 2  # pictures of the pool that are new in a batch
    page_height_px: Count = 1100
    page_ems_px: Range  # smallest and largest body text, pixels per em on a page of 640 pixels

    def __post_init__(self) -> None:
        _check_weights("kinds", self.kinds, KINDS)
        _check_weights("turns", self.turns, ("page", "table", "chart", "sheet", "handwriting"))


class ChartTextsRecipe(Recipe, frozen=True, kw_only=True, tag="chart_texts"):
    """nano's net of the texts of charts. init: a nano folder, or the folder of a run."""

    turns: dict[str, Annotated[int, Meta(ge=0)]]  # how many charts of each library come in turn
    batch: Count  # crops a step
    pool: Count  # charts that a batch draws from
    fresh: Count = 2  # charts of the pool that are new in a batch
    scales: Range  # least and greatest scale at which charts are seen

    def __post_init__(self) -> None:
        _check_weights("turns", self.turns, ("drawn", "vega", "reports"))


class FigureKindRecipe(Recipe, frozen=True, kw_only=True, tag="figure_kind"):
    """nano's net of figure kinds. init: a nano folder, or the folder of a run."""

    turns: dict[str, Annotated[int, Meta(ge=0)]]  # how many pictures of each maker come in turn
    batch: Count  # pictures a step
    pool: Count  # pictures that a batch draws from
    fresh: Count  # pictures of the pool that are new in a batch
    smoothing: Share = 0.05  # share of the truth that is given to all kinds alike, so that the net stays open to doubt

    def __post_init__(self) -> None:
        _check_weights("turns", self.turns, FIGURE_MAKERS)


class MoleculesRecipe(Recipe, frozen=True, kw_only=True, tag="molecules"):
    """nano's net of atoms and bonds. init: a nano folder, or the folder of a run."""

    batch: Annotated[int, Meta(ge=2, multiple_of=2)]  # crops a step, two of each drawing
    bond_px: Range  # shortest and longest bonds of the drawings


class GeometryRecipe(Recipe, frozen=True, kw_only=True, tag="geometry"):
    """nano's net of points, lines, marks and characters of figures. init: a nano folder, or the folder of a run."""

    figures: Count  # figures a step
    crops: Count  # crops of one figure
    sides_px: tuple[int, int]  # pixels of the longer side of figures
    strays: Annotated[int, Meta(ge=0)]
    """most texts around a figure that speak of nothing: letters to learn from, for the price of the same pixels"""
    distractors: Share  # share of the crops that show no figure


class GeometryLettersRecipe(Recipe, frozen=True, kw_only=True, tag="geometry_letters"):
    """nano's net that tells characters of figures apart. init: a nano folder, or the folder of a run."""

    figures: Count  # figures a step, some twenty characters each
    sides_px: tuple[int, int]
    strays: Annotated[int, Meta(ge=0)]


AnyRecipe = (
    DrawnPagesRecipe
    | RecogniserRecipe
    | TextDetectorRecipe
    | ChartTextsRecipe
    | FigureKindRecipe
    | MoleculesRecipe
    | GeometryRecipe
    | GeometryLettersRecipe
)
TASKS = tuple(str(recipe.__struct_config__.tag) for recipe in get_args(AnyRecipe))  # names of the tasks


def _check_weights(field: str, weights: dict[str, Any], known: Collection[str]) -> None:
    """Check a choice by weight: names that exist and something to choose. Raises ValueError naming the field."""
    unknown = [name for name in weights if name not in known]
    if unknown:
        raise ValueError(f"{field}: unknown key {', '.join(map(str, unknown))}; known are {', '.join(known)}")
    if sum(weights.values()) <= 0:
        raise ValueError(f"{field}: one weight must be positive")


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
        require_choice("task", values["task"], TASKS)
    try:
        recipe: Recipe = msgspec.convert(values, AnyRecipe)
        return recipe
    except msgspec.ValidationError as error:
        # YAML 1.1 takes 1e-3, which has no decimal point, for text.
        hint = "; write numbers with a decimal point" if "`float`, got `str`" in str(error) else ""
        raise InputError(f"{error}{hint}") from None
