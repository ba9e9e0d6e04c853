"""Training of nano's smaller nets: fresh samples from a worker process, bf16, a rate that rises and falls, resume.

    fit(UNet(1, 8), lambda seed: make_batch(seed), loss, Path("runs/lines"), steps=4000)

- A batch depends on its number alone, so a resumed run goes on with the batches it has not seen.
- `checkpoint.pt` is written every `every` steps under a temporary name and renamed; `metrics.jsonl` gets a line then.
- What is kept is a running average of the weights, which reads better than the last step's.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from sokdok.training.allocator import keep_freed_memory

Batch = dict[str, Tensor]
Loss = Callable[[nn.Module, Batch], dict[str, Tensor]]
"""model and batch -> named losses, which are summed, and measures, whose names end in `?`, which are only logged"""
CHECKPOINT = "checkpoint.pt"
WARM_UP = 200
AVERAGING = 0.998


class _Batches(IterableDataset[Batch]):
    """Batches by number, dealt among the workers."""

    def __init__(self, make: Callable[[int], Batch], start: int, stop: int) -> None:
        super().__init__()
        self.make, self.start, self.stop = make, start, stop

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        first, step = (worker.id, worker.num_workers) if worker else (0, 1)
        return map(self.make, range(self.start + first, self.stop, step))


def rate_at(step: int, steps: int, peak: float) -> float:
    """Linear warm-up, then a half cosine to a hundredth of the peak."""
    if step < WARM_UP:
        return peak * (step + 1) / WARM_UP
    done = (step - WARM_UP) / max(1, steps - WARM_UP)
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def fit(
    model: nn.Module,
    make: Callable[[int], Batch],
    loss: Loss,
    folder: Path,
    *,
    steps: int,
    peak: float = 2e-3,
    every: int = 100,
    workers: int = 1,
    device: str = "cpu",
) -> nn.Module:
    """Train to `steps`, going on from a checkpoint in `folder`; the averaged model, which is saved there too."""
    keep_freed_memory()
    folder.mkdir(parents=True, exist_ok=True)
    model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak, weight_decay=0.01, fused=True)
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGING), use_buffers=True
    )
    done = _resume(folder / CHECKPOINT, model, average, optimizer)
    ahead = 4 if workers else None
    batches = DataLoader(_Batches(make, done, steps), batch_size=None, num_workers=workers, prefetch_factor=ahead)
    log, since = _Log(folder / "metrics.jsonl"), time.perf_counter()
    for step, batch in enumerate(batches, done):
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, steps, peak)
        with torch.autocast(device, torch.bfloat16):
            parts = loss(model.train(), {name: value.to(device) for name, value in batch.items()})
        total = torch.stack([value for name, value in parts.items() if not name.endswith("?")]).sum()
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average.update_parameters(model)
        log.add(parts)
        if (step + 1) % every == 0 or step + 1 == steps:
            log.write(step + 1, time.perf_counter() - since)
            _save(folder / CHECKPOINT, model, average, optimizer, step + 1)
    return average.module.eval()


def load_average(folder: Path, model: nn.Module) -> nn.Module:
    """The averaged weights of a run, for evaluation."""
    state = torch.load(folder / CHECKPOINT, map_location="cpu", weights_only=True)["average"]
    model.load_state_dict({k.removeprefix("module."): v for k, v in state.items() if k != "n_averaged"})
    return model.eval()


class _Log:
    def __init__(self, path: Path) -> None:
        self.path, self.sums, self.count = path, dict[str, float](), 0

    def add(self, parts: dict[str, Tensor]) -> None:
        for name, value in parts.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(value.detach())
        self.count += 1

    def write(self, step: int, seconds: float) -> None:
        row = {"step": step, "seconds": round(seconds, 1)}
        row |= {name: round(value / self.count, 4) for name, value in self.sums.items()}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        print(json.dumps(row), flush=True)
        self.sums, self.count = {}, 0


def _resume(path: Path, *parts: Any) -> int:
    """Fill model, average and optimizer from a checkpoint; how many steps it had seen."""
    if not path.exists():
        return 0
    state = torch.load(path, map_location="cpu", weights_only=True)
    for name, part in zip(("model", "average", "optimizer"), parts, strict=True):
        part.load_state_dict(state[name])
    return int(state["step"])


def _save(path: Path, model: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer, step: int) -> None:
    state = {"model": model.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict()}
    temporary = path.with_suffix(".tmp")
    torch.save(state | {"step": step}, temporary)
    temporary.replace(path)
