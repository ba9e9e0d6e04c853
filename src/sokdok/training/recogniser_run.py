"""A training run of the recogniser that may go on for ever, and branches of it that end.

- The *main line* keeps its rate: warm-up, then constant. It may be stopped and continued at any step.
- A *branch* starts from the main line and lets the rate fall to nearly nothing: that is what is measured and kept. The
  main line goes on from where it was, at its high rate.
- What is validated is a running average of the weights.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rapidfuzz.distance import Levenshtein
from torch import Tensor, nn

from sokdok.model.alphabet import Alphabet
from sokdok.model.recogniser import Recogniser
from sokdok.reading.nano.lines.collapse import decode
from sokdok.training.recogniser import loss
from sokdok.training.shards import batch_of

CHECKPOINT = "checkpoint.pt"
AVERAGE = "average.pt"
"""the averaged weights alone, fp16: what is read with, and enough to go on from"""
AVERAGING = 0.9985
LAST_RATE = 0.01
"""of a branch, as a share of the first"""


@dataclass(frozen=True)
class Plan:
    """When a run does what, in steps.

    decay: length of a branch; 0 on the main line. labelled: from 1 at `labelled[0]` the labels of the middle half give
    way to CTC, at `labelled[1]` but for the share `kept`: with CTC alone a wide syllable is now and then told twice.
    """

    peak: float = 2e-3
    warm_up: int = 400
    labelled: tuple[int, int] = (600, 3000)
    kept: float = 0.1
    decay: int = 0
    save_every: int = 200
    validate_every: int = 1000

    def rate(self, step: int, start: int) -> float:
        """The learning rate; `start`: the step at which this process, or the branch, began."""
        if self.decay:
            return self.peak * max(LAST_RATE, 1 - math.sqrt((step - start) / self.decay))
        return self.peak * min(1.0, (step - start + 1) / self.warm_up)

    def label_share(self, step: int) -> float:
        """How much labels count at a step (`recogniser.loss`)."""
        first, last = self.labelled
        return min(1.0, max(self.kept, (last - step) / (last - first)))


class Run:
    """A recogniser in training, in a folder."""

    def __init__(self, alphabet: Alphabet, folder: Path, plan: Plan, held_out: Path, device: str = "cpu") -> None:
        self.alphabet, self.folder, self.plan, self.device = alphabet, folder, plan, device
        folder.mkdir(parents=True, exist_ok=True)
        self.held_out = {path.stem: np.load(path) for path in sorted(held_out.glob("*.npy"))}
        self.model = Recogniser(alphabet.classes).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = torch.optim.AdamW(
            _grouped(self.model), lr=plan.peak, betas=(0.9, 0.98), fused=True, weight_decay=0.02
        )
        self.average = torch.optim.swa_utils.AveragedModel(self.model, multi_avg_fn=_average, use_buffers=True)
        self.step = self.start = 0

    def load(self, folder: Path) -> bool:
        """Go on from the checkpoint of a folder, with the optimizer's state; whether there is one."""
        path = folder / CHECKPOINT
        if not path.exists():
            return False
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.start = state["step"], state["start"]
        return True

    def load_weights(self, path: Path) -> None:
        """Go on from weights alone (AVERAGE): the optimizer warms up anew."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(_widened(state["model"]))
        self.average.module.load_state_dict(_widened(state["average"]))
        self.average.n_averaged.fill_(1000)
        self.step = self.start = state["step"]

    def train(self, batches: Iterator[dict[str, Tensor]], until: float = math.inf) -> None:
        """Train to the end of the branch, or until `time.time()` has passed `until`."""
        sums, since = dict[str, float](), time.time()
        for batch in batches:
            for group in self.optimizer.param_groups:
                group["lr"] = self.plan.rate(self.step, self.start)
            parts = self._learn(batch)
            self.step += 1
            sums = {name: sums.get(name, 0.0) + float(value) for name, value in parts.items()}
            ended = time.time() > until or 0 < self.plan.decay <= self.step - self.start
            if self.step % self.plan.save_every == 0 or ended:
                seconds, since = time.time() - since, time.time()
                count = (self.step - 1) % self.plan.save_every + 1
                self._log({"step": self.step, "seconds": seconds} | {n: value / count for n, value in sums.items()})
                sums = {}
                self.save()
            if self.step % self.plan.validate_every == 0 or ended:
                self._log({"step": self.step} | self.validate())
                since = time.time()
            if ended:
                return

    def _learn(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """One step."""
        batch = {name: value.to(self.device) for name, value in batch.items()}
        with torch.autocast(self.device, torch.bfloat16):
            parts = loss(self.model.train(), batch, self.plan.label_share(self.step))
        self.optimizer.zero_grad(set_to_none=True)
        parts["nats"].backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.average.update_parameters(self.model)
        return {name: value.detach() for name, value in parts.items()}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """1 - CER of the averaged net on each category of held-out windows."""
        net, result = self.average.module.eval(), {}
        for name, rows in self.held_out.items():
            distance = length = 0
            for at in range(0, len(rows), 48):
                part = rows[at : at + 48]
                batch = batch_of(part, self.alphabet, None)
                with torch.autocast(self.device, torch.bfloat16):
                    logits = net(batch["pixels"].to(self.device).float() / 255)
                answers = [head.float().cpu().numpy() for head in logits]
                blank = ~batch["known"].numpy()
                answers[0][blank] = 0
                answers[0][blank, -1] = 99.0
                for i, row in enumerate(part):
                    truth = "".join(map(chr, row["symbols"][: row["count"]])).strip()
                    distance += Levenshtein.distance(truth, decode([head[i] for head in answers], self.alphabet).text)
                    length += len(truth)
            result[name] = 1 - distance / length
        return result

    def save(self) -> None:
        """Write the checkpoint, and the averaged weights alone."""
        state = {"model": self.model.state_dict(), "average": self.average.state_dict()}
        state |= {"optimizer": self.optimizer.state_dict(), "step": self.step, "start": self.start}
        _write(self.folder / CHECKPOINT, state)
        nets = {"model": self.model, "average": self.average.module}
        small = {name: {k: _narrow(v) for k, v in net.state_dict().items()} for name, net in nets.items()}
        _write(self.folder / AVERAGE, small | {"step": self.step})

    def _log(self, row: dict[str, float]) -> None:
        text = json.dumps({name: value if name == "step" else round(value, 4) for name, value in row.items()})
        print(text, flush=True)
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(text + "\n")


def load_average(path: Path, classes: int) -> Recogniser:
    """The averaged net of a file that `Run.save` wrote."""
    net = Recogniser(classes)
    net.load_state_dict(_widened(torch.load(path, map_location="cpu", weights_only=True)["average"]))
    return net.eval()


@torch.no_grad()
def _average(averages: Sequence[Tensor], values: Sequence[Tensor], count: Tensor | int) -> None:
    """Move the averages towards the values: far at first, when they still hold the beginning."""
    if not values[0].is_floating_point():  # how many batches a norm has seen
        torch._foreach_copy_(list(averages), list(values))
        return
    torch._foreach_lerp_(list(averages), list(values), 1 - min(AVERAGING, (1 + float(count)) / (10 + float(count))))


def _grouped(model: nn.Module) -> list[dict[str, Any]]:
    """Parameters: matrices with weight decay, norms and biases without."""
    values = list(model.parameters())
    return [
        {"params": [value for value in values if value.dim() > 1]},
        {"params": [value for value in values if value.dim() < 2], "weight_decay": 0.0},
    ]


def _narrow(value: Tensor) -> Tensor:
    return value.half() if value.dim() > 1 else value


def _widened(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.float() if value.is_floating_point() else value for name, value in state.items()}


def _write(path: Path, state: dict[str, Any]) -> None:
    temporary = path.with_suffix(".tmp")
    torch.save(state, temporary)
    temporary.replace(path)
