"""nano's own training: pages that sokdok draws, stage after stage (LOG.md, 2026-11-24, says how the stages were found).

- Early stages ask for the characters of a page at three depths, without the decoder; later ones read. Without that the
  loss on the expanded vision tokens sat on a plateau for 600 steps; with it the 1/8 map reads seven of ten characters
  after 125 steps and everything behind it follows.
- The bridge from patches to vision tokens starts as an exact round trip and learns at a small share of the rate.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec
import torch
import torch.nn.functional as F
from msgspec import Meta
from torch import Tensor, nn

from sokdok.errors import InputError, ModelError
from sokdok.model.config import NANO, ConfigError, NanoConfig
from sokdok.model.family.deepencoder import ConvStem
from sokdok.model.nano.alphabet import Alphabet, default_chars
from sokdok.pages.cells import CELLS
from sokdok_lab.training.checkpoint import CHECKPOINT, FAULTS, reason, state_of
from sokdok_lab.training.export import load_packed
from sokdok_lab.training.nano import Nano, SymbolLogits, depth_to_space
from sokdok_lab.training.page_samples import PageSampler
from sokdok_lab.training.recipe import DEFAULT_TASK, Count, Rate, Recipe, Share, Stage, check_weights
from sokdok_lab.training.task import Batch, Folders, Outcome, Task, Validation
from sokdok_lab.training.texts.source import KINDS, TextSource

PAGE_UNIT_PX = 64  # a page's sides are multiples of this: one vision token
CELLS_BY_DEFAULT = ("8x16", "8x8", "4x8")
VALIDATION_SEED = 20_251_018
VALIDATION_KINDS = ("en", "ko", "code", "letters", "syllables")
VALIDATION_PAGES = 2  # pages of each kind in each cell
VALIDATION_SIZE = (256, 256)  # (width, height) of these pages in pixels
VALIDATION_SEGMENT = 256  # reading steps on each of them
BRIDGE = ("net_2.", "net_3.", "vision_model.", "projector.", "to_halves.", "to_patches.")
"""the way from patches to vision tokens and back, which starts as an exact round trip (`Nano._mirror_compressor`)"""


class PageStage(Stage, frozen=True, kw_only=True):
    """A part of a run on drawn pages of one size."""

    size: tuple[int, int]  # (width, height) of the pages in pixels, multiples of 64
    pages: Count  # pages per step
    segment: Annotated[int, Meta(ge=0)] = 0  # reading steps per page for the decoder; 0 trains the dense head alone
    bridge_rate: Rate = 0.0  # learning rate of BRIDGE as a share of the others': a full one destroys the round trip
    deep: bool = False  # ask earlier feature maps for the characters too
    kinds: dict[str, Rate] | None = None  # weight of each kind of text in this stage; None takes the recipe's
    cells: dict[str, Rate] = msgspec.field(default_factory=lambda: dict.fromkeys(CELLS_BY_DEFAULT, 1.0))
    """weight of each character cell"""

    def __post_init__(self) -> None:
        if any(side <= 0 or side % PAGE_UNIT_PX for side in self.size):
            raise ValueError(f"size must be multiples of {PAGE_UNIT_PX} pixels, not {list(self.size)}")
        check_weights("cells", self.cells, CELLS)
        if self.kinds is not None:
            check_weights("kinds", self.kinds, KINDS)


class DrawnPagesRecipe(Recipe, frozen=True, kw_only=True, tag="drawn_pages"):
    """init: a model.safetensors, of which what fits is taken."""

    stages: Annotated[tuple[PageStage, ...], Meta(min_length=1)]
    kinds: dict[str, Rate]  # weight of each kind of text (`training.texts.source`)
    model: dict[str, Any] | None = None  # a `NanoConfig` as a dictionary; None is nano
    weight_decay: Rate = 0.02
    betas: tuple[Share, Share] = (0.9, 0.95)
    averaging: Share = 0.0
    save_every: Count = 200
    log_every: Count = 20

    def __post_init__(self) -> None:
        check_weights("kinds", self.kinds, KINDS)

    def at(self, step: int) -> tuple[PageStage, int]:
        """Find the stage that a step (from 0) belongs to, and the step's number within it."""
        stage, within = super().at(step)
        assert isinstance(stage, PageStage)
        return stage, within


class DrawnPages(Task):
    """Read pages of drawn text: symbols, and moves from one to the next."""

    recipe_type = DrawnPagesRecipe
    recipe: DrawnPagesRecipe
    model: Nano

    def __init__(self, recipe: DrawnPagesRecipe, folders: Folders) -> None:
        self.alphabet = Alphabet(default_chars())
        self.source = TextSource(folders.need("corpus"), self.alphabet.chars)
        super().__init__(recipe, build_model(recipe, self.alphabet.classes))
        if recipe.init:
            start_from(self.model, Path(recipe.init))
        self.deep = DeepHeads(self.model)

    @property
    def modules(self) -> dict[str, nn.Module]:
        return {"model": self.model, "deep": self.deep}

    def parameter_groups(self) -> list[dict[str, Any]]:
        """Matrices with weight decay, vectors without, and the bridge, which has a rate of its own."""
        named = [*self.model.named_parameters(), *self.deep.named_parameters()]
        bridge = [p for name, p in named if any(part in name for part in BRIDGE)]
        rest = [p for name, p in named if not any(part in name for part in BRIDGE)]
        return [
            {"params": [p for p in rest if p.ndim >= 2], "weight_decay": self.recipe.weight_decay},
            {"params": [p for p in rest if p.ndim < 2], "weight_decay": 0.0},
            {"params": bridge, "weight_decay": 0.0},
        ]

    def rate_factors(self, step: int) -> list[float]:
        return [1.0, 1.0, self.recipe.at(step)[0].bridge_rate]

    def batch(self, step: int) -> Batch:
        """Draw the pages of a step (`page_samples.PageBatch`)."""
        stage, _ = self.recipe.at(step)
        rng = random.Random(f"{self.recipe.seed}/{step}")
        sampler = PageSampler(self.source, self.alphabet, stage.kinds or self.recipe.kinds, stage.cells)
        return sampler.batch(stage.pages, stage.size, stage.segment or 1, rng).tensors()

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        stage, _ = self.recipe.at(step)
        assert isinstance(model, Nano)
        return compute(model, batch, read=stage.segment > 0, deep=self.deep if stage.deep else None)

    def validate(self, model: nn.Module, step: int) -> Validation:
        """Losses and accuracies on fixed pages, for each kind of text in each cell; text position 0 on."""
        stage, _ = self.recipe.at(step)
        device = next(model.parameters()).device
        assert isinstance(model, Nano)
        results = {}
        for kind in VALIDATION_KINDS:
            for cell in stage.cells:
                rng = random.Random(f"{VALIDATION_SEED}/{kind}/{cell}")
                sampler = PageSampler(self.source, self.alphabet, {kind: 1.0}, {cell: 1.0})
                batch = sampler.batch(VALIDATION_PAGES, VALIDATION_SIZE, VALIDATION_SEGMENT, rng).tensors()
                moved = {name: value.to(device) for name, value in batch.items()}
                results[f"{kind} {cell}"] = compute(model, moved, read=stage.segment > 0).numbers()
        return results


# --- the model, and its weights ---


def build_model(recipe: DrawnPagesRecipe, classes: int) -> Nano:
    """Build the model that a recipe describes, nano if it describes none, with the seed's weights.

    Raises InputError if the description is wrong or doesn't fit an alphabet of so many classes.
    """
    torch.manual_seed(recipe.seed)
    try:
        config = NanoConfig.from_dict(recipe.model) if recipe.model else NANO
    except ConfigError as error:
        raise InputError(f"the recipe's model: {error}") from None
    if config.classes != classes:
        raise InputError(f"the model has {config.classes} classes, the alphabet {classes}")
    if config.sam.stem != "conv":
        raise InputError("the recipe's model needs the stem 'conv': deep supervision looks into it")
    try:
        return Nano(config)
    except RuntimeError as error:
        raise InputError(f"the recipe's model has widths that don't fit together: {error}") from None


def start_from(model: nn.Module, path: Path) -> list[str]:
    """Copy every tensor of a safetensors file whose name and shape the model has; return their names.

    Raises ModelError if the file can't be read or nothing in it fits: then it belongs to another architecture.
    """
    from safetensors import SafetensorError

    try:
        saved = load_packed(path)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"can't start from {path}: {error}") from None
    state = model.state_dict()
    fitting = {name: value for name, value in saved.items() if name in state and state[name].shape == value.shape}
    if not fitting:
        raise ModelError(f"can't start from {path}: none of its {len(saved)} tensors fits this model")
    model.load_state_dict(fitting, strict=False)
    return list(fitting)


def load_run(folder: Path) -> tuple[Nano, Alphabet, int]:
    """Load model, alphabet and step of a run's folder, as it was last saved.

    Raises ModelError if it holds no run, a run of another task, or a damaged one.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        raise ModelError(f"{folder} holds no {CHECKPOINT}; it is no folder of a training run")
    try:
        recipe = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
        if recipe.get("task", DEFAULT_TASK) != DEFAULT_TASK:
            assemble = "lab/scripts/assemble_nano.py puts its net into a nano"
            raise ModelError(f"{folder} is a run of {recipe['task']}; {assemble}")
        model = Nano(NanoConfig.from_dict(recipe["model"]) if recipe.get("model") else NANO)
        state = state_of(path)
        model.load_state_dict(state["model"])
        return model, Alphabet(default_chars()), int(state["step"])
    except FAULTS as error:
        raise ModelError(f"can't load {path}: {reason(error)}") from None


# --- what is asked ---


class DeepHeads(nn.Module):
    """Linear maps from two earlier feature maps to subcell features, classified by the model's own dense head."""

    def __init__(self, model: Nano) -> None:
        super().__init__()
        sam, width = model.config.sam, model.config.subcell_width
        self.eighth = nn.Linear(sam.stem_widths[1], 2 * width)
        self.blocks = nn.Linear(sam.width, 8 * width)

    def forward(self, model: Nano, pixels: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Pixels (B, 3, H, W) -> vision tokens (B, h, w, V) and the subcell features (B, N, F) of every depth."""
        sam = model.encoder.sam_model
        stem = cast(ConvStem, sam.patch_embed)
        eighth = F.gelu(stem.conv2(F.gelu(stem.conv1(pixels))))
        x = stem.conv3(eighth).permute(0, 2, 3, 1)
        for block in sam.blocks:
            x = block(x)
        tokens = model.encoder.fuse(sam.compress(x))
        return tokens, [
            model.upsampler(tokens),
            depth_to_space(self.blocks(x), 2, 4).flatten(1, 2),
            depth_to_space(self.eighth(eighth.permute(0, 2, 3, 1)), 1, 2).flatten(1, 2),
        ]


def triple_loss(logits: SymbolLogits, targets: Tensor) -> Tensor:
    """Sum of the three heads' cross-entropies; targets (..., 3), -100 where nothing is asked."""
    return torch.stack(
        [F.cross_entropy(head.flatten(0, -2).float(), targets[..., i].flatten()) for i, head in enumerate(logits)]
    ).sum()


def triple_accuracy(logits: SymbolLogits, targets: Tensor) -> Tensor:
    """Share of the symbols asked for of which all three classes are right."""
    right = torch.stack([head.argmax(-1) == targets[..., i] for i, head in enumerate(logits)]).all(0)
    asked = targets[..., 0] >= 0
    return (right & asked).sum() / asked.sum().clamp(min=1)


def compute(model: Nano, batch: Batch, *, read: bool, deep: DeepHeads | None = None) -> Outcome:
    """Ask the dense head for every symbol of a batch (`page_samples.PageBatch`) and, if `read`, the decoder.

    Losses are cross-entropies in nats: `dense`; `deep`, the dense loss of earlier feature maps, zero without deep
    supervision; `symbol` and `move` of the decoder. Accuracies are shares of symbols of which all three classes are
    right, and of moves.
    """
    pixels = batch["pixels"].contiguous(memory_format=torch.channels_last)
    earlier: list[Tensor] = []
    if deep is None:
        tokens, subcells = model.encode(pixels)
    else:
        tokens, (subcells, *earlier) = deep(model, pixels)
    page, place = batch["anchors"].unbind(1)
    dense = model.dense_head(subcells[page, place])
    losses = {"dense": triple_loss(dense, batch["symbols"])}
    deeper = [triple_loss(model.dense_head(features[page, place]), batch["symbols"]) for features in earlier]
    losses["deep"] = torch.stack(deeper).sum() if deeper else losses["dense"].new_zeros(())
    measures = {"dense_accuracy": triple_accuracy(dense, batch["symbols"])}
    if not read:
        return Outcome(losses, measures)
    pages = torch.arange(len(pixels), device=pixels.device)[:, None]
    local = subcells[pages, batch["positions"]]
    logits, moves = model(tokens, batch["previous"], batch["arrivals"], local, batch["edges"], batch["offsets"])
    losses["symbol"] = triple_loss(logits, batch["targets"])
    losses["move"] = F.cross_entropy(moves.flatten(0, 1).float(), batch["moves"].flatten())
    asked = batch["moves"] >= 0
    measures["symbol_accuracy"] = triple_accuracy(logits, batch["targets"])
    measures["move_accuracy"] = ((moves.argmax(-1) == batch["moves"]) & asked).sum() / asked.sum()
    return Outcome(losses, measures)
