"""The training loop: resumable after a kill, deterministic by step.

- The pages of step n depend on the recipe's seed and n only, so a resumed run sees what it would have seen.
- Checkpoints are written beside and renamed; a run killed at any moment loses at most `save_every` steps.
- Every figure goes to `metrics.jsonl`, one line a report; `training.curves` draws it.
"""

from __future__ import annotations

import json
import math
import os
import pickle
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch

from sokdok.errors import InputError, ModelError
from sokdok.model.config import NANO, NanoConfig
from sokdok.model.nano.alphabet import Alphabet, default_chars
from sokdok.model.nano.nano import Nano
from sokdok.training.pages import losses
from sokdok.training.pages.deep import DeepHeads
from sokdok.training.pages.samples import Batch, PageSampler
from sokdok.training.pages.start import start_from
from sokdok.training.recipe import Recipe, Stage
from sokdok.training.text import TextSource

VALIDATION_SEED = 20_251_018
VALIDATION_KINDS = ("en", "ko", "code", "letters", "syllables")


def learning_rate(stage: Stage, step: int) -> float:
    """Rate at step (from 0) of a stage: linear warm-up, then constant or half a cosine down to the final rate."""
    if step < stage.warmup:
        return stage.learning_rate * (step + 1) / stage.warmup
    if stage.final_learning_rate is None:
        return stage.learning_rate
    progress = (step - stage.warmup) / max(stage.steps - stage.warmup, 1)
    fall = 0.5 * (1 + math.cos(math.pi * progress))
    return stage.final_learning_rate + (stage.learning_rate - stage.final_learning_rate) * fall


BRIDGE = ("net_2.", "net_3.", "vision_model.", "projector.", "to_halves.", "to_patches.")
"""the way from patches to vision tokens and back, which starts as an exact round trip (`Nano._mirror_compressor`)"""


def make_optimizer(model: Nano, deep: DeepHeads, weight_decay: float) -> torch.optim.AdamW:
    """AdamW; weight decay on matrices only, and none on the bridge, which has a rate of its own."""
    named = [*model.named_parameters(), *deep.named_parameters()]
    bridge = [p for name, p in named if any(part in name for part in BRIDGE)]
    rest = [p for name, p in named if not any(part in name for part in BRIDGE)]
    groups: list[dict[str, Any]] = [
        {"params": [p for p in rest if p.ndim >= 2], "weight_decay": weight_decay, "bridge": False},
        {"params": [p for p in rest if p.ndim < 2], "weight_decay": 0.0, "bridge": False},
        {"params": bridge, "weight_decay": 0.0, "bridge": True},
    ]
    return torch.optim.AdamW(groups, betas=(0.9, 0.95), eps=1e-8, fused=True)


def _build(recipe: Recipe, classes: int) -> Nano:
    """The model that a recipe describes, nano if it describes none, with the seed's weights."""
    torch.manual_seed(recipe.seed)
    try:
        config = NanoConfig.from_dict(recipe.model) if recipe.model else NANO
        if config.classes != classes:
            raise InputError(f"the model has {config.classes} classes, the alphabet {classes}")
        if config.sam.stem != "conv":
            raise InputError("the recipe's model needs the stem 'conv': deep supervision looks into it")
        return Nano(config)
    except (TypeError, KeyError, AttributeError) as error:  # a field left out, or a number where a table belongs
        raise InputError(f"the recipe's model: {error}") from None
    except RuntimeError as error:
        raise InputError(f"the recipe's model has widths that don't fit together: {error}") from None


def _reason(error: Exception) -> str:
    """The first lines of an error about a file: torch lists every tensor that differs, and after three it is clear."""
    if isinstance(error, EOFError | pickle.UnpicklingError):
        return "it is empty or no checkpoint"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:3])[:400] or type(error).__name__


class Trainer:
    """One run in one folder: `checkpoint.pt`, `metrics.jsonl`, `recipe.json`."""

    def __init__(self, recipe: Recipe, corpus: Path, out: Path, device: str = "cpu") -> None:
        if device.startswith("cuda") and not torch.cuda.is_available():
            raise InputError("no CUDA device is present; leave --device out to train on the CPU")
        self.recipe, self.out, self.device = recipe, out, torch.device(device)
        self.alphabet = Alphabet(default_chars())
        self.source = TextSource(corpus, self.alphabet.chars)
        self.model = _build(recipe, self.alphabet.classes).to(self.device)
        if recipe.init:
            start_from(self.model, Path(recipe.init))
        self.deep = DeepHeads(self.model).to(self.device)
        self.optimizer = make_optimizer(self.model, self.deep, recipe.weight_decay)
        self.step, self.seconds = 0, 0.0
        out.mkdir(parents=True, exist_ok=True)
        if self.checkpoint.exists():
            self._resume()
        (out / "recipe.json").write_text(json.dumps(recipe.to_dict(), indent=1, ensure_ascii=False))

    @property
    def checkpoint(self) -> Path:
        return self.out / "checkpoint.pt"

    def _resume(self) -> None:
        try:
            state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
            self.model.load_state_dict(state["model"])
            self.deep.load_state_dict(state["deep"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.seconds = state["step"], state["seconds"]
        except (RuntimeError, KeyError, EOFError, OSError, ValueError, TypeError, pickle.UnpicklingError) as error:
            raise ModelError(
                f"can't resume from {self.checkpoint}: {_reason(error)}; move it away to start afresh"
            ) from None

    def save(self) -> None:
        """Write the checkpoint under a temporary name and rename it."""
        state = {
            "model": self.model.state_dict(),
            "deep": self.deep.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        temporary = self.checkpoint.with_suffix(".tmp")
        torch.save(state, temporary)
        os.replace(temporary, self.checkpoint)

    def batch(self, step: int) -> Batch:
        """The pages of one step."""
        stage, _ = self.recipe.at(step)
        rng = random.Random(f"{self.recipe.seed}/{step}")
        sampler = PageSampler(self.source, self.alphabet, stage.kinds or self.recipe.kinds, stage.cells)
        return sampler.batch(stage.pages, stage.size, stage.segment or 1, rng)

    def run(self) -> Iterator[dict[str, Any]]:
        """Train to the recipe's last step, yielding a report after every step; validations carry `validation`."""
        # Normalisation layers, not batch statistics: the mode never changes what the model computes.
        self.model.train()
        with ThreadPoolExecutor(1) as pool:
            pending = pool.submit(self.batch, self.step) if self.step < self.recipe.steps else None
            while pending is not None:
                batch = pending.result()
                following = self.step + 1
                pending = pool.submit(self.batch, following) if following < self.recipe.steps else None
                report = self._train(batch)
                last = self.step == self.recipe.steps
                if self.step % self.recipe.validate_every == 0 or last:
                    report["validation"] = self.validate()
                if self.step % self.recipe.save_every == 0 or last:
                    self.save()
                if self.step % 20 == 0 or last or "validation" in report:
                    with (self.out / "metrics.jsonl").open("a") as file:
                        file.write(json.dumps(report) + "\n")
                yield report

    def _train(self, batch: Batch) -> dict[str, Any]:
        started = time.perf_counter()
        stage, step = self.recipe.at(self.step)
        rate = learning_rate(stage, step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * (stage.bridge_rate if group["bridge"] else 1.0)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            deep = self.deep if stage.deep else None
            loss = losses.compute(self.model, batch, self.device, read=stage.segment > 0, deep=deep)
        self.optimizer.zero_grad(set_to_none=True)
        loss.total.backward()
        norm = torch.nn.utils.clip_grad_norm_([*self.model.parameters(), *self.deep.parameters()], 1.0)
        if torch.isfinite(norm):  # a step that overflowed is skipped, not taken
            self.optimizer.step()
        self.step += 1
        self.seconds += time.perf_counter() - started
        report = {"step": self.step, "seconds": round(self.seconds, 1), "learning_rate": rate, "gradient": float(norm)}
        return report | {name: round(value, 5) for name, value in loss.numbers().items()}

    @torch.no_grad()
    def validate(self) -> dict[str, dict[str, float]]:
        """Losses and accuracies on fixed pages, for each kind of text in each cell; text position 0 on."""
        stage, _ = self.recipe.at(max(self.step - 1, 0))
        results = {}
        for kind in VALIDATION_KINDS:
            for cell in stage.cells:
                rng = random.Random(f"{VALIDATION_SEED}/{kind}/{cell}")
                batch = PageSampler(self.source, self.alphabet, {kind: 1.0}, {cell: 1.0}).batch(2, (256, 256), 256, rng)
                with torch.autocast(self.device.type, dtype=torch.bfloat16):
                    loss = losses.compute(self.model, batch, self.device, read=stage.segment > 0)
                results[f"{kind} {cell}"] = {k: round(v, 5) for k, v in loss.numbers().items()}
        return results
