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

import ctypes
import json
import multiprocessing
import platform
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader

from sokdok.errors import InputError, ModelError
from sokdok_lab.training.checkpoint import CHECKPOINT, FAULTS, reason, save, state_of
from sokdok_lab.training.task import Batch, Task

Report = dict[str, Any]
"""what a step gave: step, seconds, learning_rate, gradient, losses and measures; some have a `validation`"""
LONGEST_GRADIENT = 1.0  # norm to which longer gradients are cut
AHEAD = 4  # batches that each worker process has ready


def training_device(name: str) -> torch.device:
    """Return a device to train on. Raises InputError for a name that is none and for CUDA where there is none."""
    if not re.fullmatch(r"cpu|cuda(:\d+)?", name):
        raise InputError(f"no device is called {name!r}; use cpu, cuda or cuda:N")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise InputError("no CUDA device is present; leave --device out to train on the CPU")
    return torch.device(name)


class Trainer:
    """One run in one folder: `checkpoint.pt`, `metrics.jsonl`, `recipe.json`.

    workers: processes that make the samples; 0 makes them between the steps. Raises ModelError if the folder holds a
    checkpoint that can't be resumed.
    """

    def __init__(self, task: Task, out: Path, device: str = "cpu", workers: int | None = None) -> None:
        self.task, self.recipe, self.out = task, task.recipe, out
        self.device = training_device(device)
        forks = "fork" in multiprocessing.get_all_start_methods()
        self.workers = int(forks) if workers is None else workers
        for module in task.modules.values():
            module.to(self.device)
        self.optimizer = torch.optim.AdamW(
            task.parameter_groups(), lr=self.recipe.stages[0].learning_rate, betas=self.recipe.betas, fused=True
        )
        averaging = get_ema_multi_avg_fn(self.recipe.averaging)
        self.average = (
            AveragedModel(task.model, multi_avg_fn=averaging, use_buffers=True) if self.recipe.averaging else None
        )
        self.step, self.seconds = 0, 0.0
        self._since: dict[str, list[float]] = {}  # losses and measures since the last line of metrics.jsonl
        out.mkdir(parents=True, exist_ok=True)
        if self.checkpoint.exists():
            self._resume()
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

    def _resume(self) -> None:
        """Read the checkpoint. Raises ModelError with one line if that fails."""
        try:
            state = state_of(self.checkpoint, self.device)
            for name, part in self._parts().items():
                part.load_state_dict(state[name])
            self.step, self.seconds = int(state["step"]), float(state.get("seconds", 0.0))
        except FAULTS as error:
            again = "move it away to start again from the first step"
            raise ModelError(f"can't resume from {self.checkpoint}: {reason(error)}; {again}") from None

    def _precision(self) -> torch.autocast:
        # A processor without instructions for bf16 takes nine times as long with it.
        half = self.task.half_precision and torch.cpu._is_avx512_bf16_supported()
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=half or self.device.type != "cpu")

    def save(self) -> None:
        """Write the checkpoint."""
        states = {name: part.state_dict() for name, part in self._parts().items()}
        save(self.checkpoint, states | {"step": self.step, "seconds": self.seconds})

    def run(self) -> Iterator[Report]:
        """Train to the recipe's last step, yielding a report after every step; validations carry `validation`."""
        recipe = self.recipe
        for batch in feed(self.task.batch, self.step, recipe.steps, self.workers):
            report = self._train(batch)
            for name in report.keys() - {"step", "seconds", "learning_rate"}:
                self._since.setdefault(name, []).append(report[name])
            last = self.step == recipe.steps
            validates = last or self.step % recipe.validate_every == 0
            if validates and (found := self.validate()):
                report["validation"] = found
            if last or self.step % recipe.save_every == 0:
                self.save()
            if validates or self.step % recipe.log_every == 0:  # the means since the line before
                means = {name: round(sum(values) / len(values), 5) for name, values in self._since.items()}
                self._since = {}
                with (self.out / "metrics.jsonl").open("a", encoding="utf-8") as file:
                    file.write(json.dumps(report | means) + "\n")
            yield report

    def _train(self, batch: Batch) -> Report:
        """Take one step."""
        started = time.perf_counter()
        stage, within = self.recipe.at(self.step)
        rate = stage.rate(within)
        for group, factor in zip(self.optimizer.param_groups, self.task.rate_factors(self.step), strict=True):
            group["lr"] = rate * factor
        for module in self.task.modules.values():
            module.train()
        with self._precision():
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
        with self._precision():
            found = self.task.validate(self.best.eval(), max(self.step - 1, 0))
        return {name: {key: round(value, 5) for key, value in numbers.items()} for name, numbers in found.items()}


# --- batches by number, made ahead of the loop that learns from them ---


def feed(make: Callable[[int], Batch], start: int, stop: int, workers: int) -> Iterator[Batch]:
    """Yield the batches start..stop in order, made by worker processes, or here if there are none."""
    ahead: dict[str, Any] = {"prefetch_factor": AHEAD, "multiprocessing_context": "fork"} if workers else {}
    ahead |= {"num_workers": workers, "worker_init_fn": _leave_interrupts_to_the_run, "collate_fn": make}
    numbers: Any = range(start, stop)
    yield from DataLoader(numbers, batch_size=None, **ahead)


def _leave_interrupts_to_the_run(worker: int) -> None:
    """Ignore Ctrl-C, which a terminal sends to worker processes too: the run still wants its next batch."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


# --- memory ---


def keep_freed_memory() -> bool:
    """Have glibc's malloc keep freed memory, from now on and for the whole process; whether it does.

    A training step frees and asks again for the same few gigabytes. glibc hands each large buffer back to the kernel
    and fetches fresh pages for the next one, zeroed and mapped 4 KiB at a time: on two cores that was nine tenths of a
    step (4.5 s, .45 s without). Does nothing on other systems and C libraries. For a command to call: a library has no
    business changing its host.
    """
    if sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
        return False
    settings = {
        -4: 0,  # M_MMAP_MAX: large buffers come from the heap, not from mappings of their own
        -1: -1,  # M_TRIM_THRESHOLD: never shrink the heap
        -2: 1 << 30,  # M_TOP_PAD: grow it in steps of at least 1 GiB of address space; untouched pages cost nothing
    }  # of <malloc.h>
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # another malloc in front may have none
    results = [mallopt(option, value) for option, value in settings.items()] if mallopt else [0]  # even if one fails
    return all(result == 1 for result in results)
