"""The training loop of every task: resumable after a kill, deterministic by step.

    task = make_task(load_recipe(find_recipe("recogniser")), Folders(corpus, fonts))
    for report in Trainer(task, Path("runs/recogniser")).run(): ...

- The samples of step n depend on n alone, so a resumed run sees what it would have seen.
- Checkpoints are written whole; a run killed at any moment loses at most `save_every` steps.
- Numbers go to `metrics.jsonl`, one line a report; `training.curves` draws it.
- Arithmetic is in bf16 where that is enough. A running average of the weights, which reads better than the last
  step's, is kept where the recipe asks for it.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from sokdok.errors import InputError
from sokdok_lab.training.checkpoint import CHECKPOINT, restore, save
from sokdok_lab.training.feed import default_workers, feed
from sokdok_lab.training.schedule import learning_rate
from sokdok_lab.training.task import Batch, Task

Report = dict[str, Any]
"""what a step gave: step, seconds, learning_rate, gradient, losses and measures; some have a `validation`"""
LONGEST_GRADIENT = 1.0  # norm to which longer gradients are cut


def training_device(name: str) -> torch.device:
    """Return a device to train on. Raises InputError for a name that is none and for CUDA where there is none."""
    if not re.fullmatch(r"cpu|cuda(:\d+)?", name):
        raise InputError(f"no device is called {name!r}; use cpu, cuda or cuda:N")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise InputError("no CUDA device is present; leave --device out to train on the CPU")
    return torch.device(name)


class Trainer:
    """One run in one folder: `checkpoint.pt`, `metrics.jsonl`, `recipe.json`.

    workers: processes that make the samples; 0 makes them in a thread. Raises ModelError if the folder holds a
    checkpoint that can't be resumed.
    """

    def __init__(self, task: Task, out: Path, device: str = "cpu", workers: int | None = None) -> None:
        self.task, self.recipe, self.out = task, task.recipe, out
        self.device = training_device(device)
        self.workers = default_workers() if workers is None else workers
        for module in task.modules.values():
            module.to(self.device)
        self.optimizer = torch.optim.AdamW(
            task.parameter_groups(), lr=self.recipe.stages[0].learning_rate, betas=self.recipe.betas, fused=True
        )
        self.average = _average(task.model, self.recipe.averaging) if self.recipe.averaging else None
        self.step, self.seconds = 0, 0.0
        self._means = _Means()
        out.mkdir(parents=True, exist_ok=True)
        if self.checkpoint.exists():
            restore(self.checkpoint, self.device, self._fill)
        (out / "recipe.json").write_text(json.dumps(self.recipe.to_dict(), indent=1, ensure_ascii=False))

    @property
    def checkpoint(self) -> Path:
        """The file that the run is resumed from."""
        return self.out / CHECKPOINT

    @property
    def best(self) -> nn.Module:
        """The net to read with: the averaged one, where an average is kept."""
        return self.task.model if self.average is None else self.average.module

    def _parts(self) -> dict[str, Any]:
        """What a checkpoint holds the state of, by name."""
        averages = {} if self.average is None else {"average": self.average}
        return {**self.task.modules, **averages, "optimizer": self.optimizer}

    def _fill(self, state: dict[str, Any]) -> None:
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self.step, self.seconds = int(state["step"]), float(state.get("seconds", 0.0))

    def save(self) -> None:
        """Write the checkpoint."""
        states = {name: part.state_dict() for name, part in self._parts().items()}
        save(self.checkpoint, states | {"step": self.step, "seconds": self.seconds})

    def run(self) -> Iterator[Report]:
        """Train to the recipe's last step, yielding a report after every step; validations carry `validation`."""
        recipe = self.recipe
        for batch in feed(self.task.batch, self.step, recipe.steps, self.workers):
            report = self._train(batch)
            self._means.add(report)
            last = self.step == recipe.steps
            validates = last or self.step % recipe.validate_every == 0
            if validates and (found := self.validate()):
                report["validation"] = found
            if last or self.step % recipe.save_every == 0:
                self.save()
            if validates or self.step % recipe.log_every == 0:
                self._log(report)
            yield report

    def _train(self, batch: Batch) -> Report:
        """Take one step."""
        started = time.perf_counter()
        stage, within = self.recipe.at(self.step)
        rate = learning_rate(stage, within)
        for group, factor in zip(self.optimizer.param_groups, self.task.rate_factors(self.step), strict=True):
            group["lr"] = rate * factor
        for module in self.task.modules.values():
            module.train()
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            moved = {name: value.to(self.device) for name, value in batch.items()}
            outcome = self.task.loss(self.task.model, moved, self.step)
        self.optimizer.zero_grad(set_to_none=True)
        outcome.total.backward()  # type: ignore[no-untyped-call]
        parameters = [value for group in self.optimizer.param_groups for value in group["params"]]
        norm = torch.nn.utils.clip_grad_norm_(parameters, LONGEST_GRADIENT)
        if torch.isfinite(norm):  # a step that overflowed is skipped, not taken
            self.optimizer.step()
        if self.average is not None:
            self.average.update_parameters(self.task.model)
        self.step += 1
        self.seconds += time.perf_counter() - started
        report = {"step": self.step, "seconds": round(self.seconds, 1), "learning_rate": rate, "gradient": float(norm)}
        return report | {name: round(value, 5) for name, value in outcome.numbers().items()}

    @torch.no_grad()
    def validate(self) -> dict[str, dict[str, float]]:
        """Measure the net on the task's fixed samples; empty if it has none."""
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            found = self.task.validate(self.best.eval(), max(self.step - 1, 0))
        return {name: {key: round(value, 5) for key, value in numbers.items()} for name, numbers in found.items()}

    def _log(self, report: Report) -> None:
        """Append a line to metrics.jsonl: the means since the line before."""
        with (self.out / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(report | self._means.take()) + "\n")


def _average(model: nn.Module, decay: float) -> AveragedModel:
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)


class _Means:
    """Means of the losses and measures of some steps."""

    _OF_THE_STEP = frozenset({"step", "seconds", "learning_rate"})

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = {}

    def add(self, report: Report) -> None:
        for name in report.keys() - self._OF_THE_STEP:
            self.values.setdefault(name, []).append(report[name])

    def take(self) -> dict[str, float]:
        """Return the means and begin anew."""
        means = {name: round(sum(values) / len(values), 5) for name, values in self.values.items()}
        self.values = {}
        return means
