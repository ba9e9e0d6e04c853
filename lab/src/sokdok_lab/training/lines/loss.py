"""The recogniser's loss: CTC with known places (`training.lines.ctc`), and at first a label for every frame.

Batches are those of `training.lines.batch`: B windows, T frames, L symbols at most.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from sokdok.model.nano.nets import Asked, LineLogits, Recogniser
from sokdok_lab.training.lines.ctc import Places, allowed_states, posteriors
from sokdok_lab.training.task import Batch, Outcome

OTHERS_SHARE = 0.2  # of the classes that no symbol of a batch has: so many are told apart from those at a step
LIKELY = math.log(0.5)  # log-probability from which a symbol counts as found


def loss(model: Recogniser, batch: Batch, labelled: float) -> Outcome:
    """Nats a symbol (`ctc`), and the share of symbols that are likelier than not at one frame (`symbol_accuracy`).

    labelled: how much the middle half of a symbol's box must answer for it, from 1 to 0: what is left is up to CTC.
    """
    asked, batch = some_classes(batch, model.classes)
    told, blank = log_probabilities(model(batch["pixels"].float() / 255, asked), batch)
    wanted = targets(told.detach(), blank.detach(), batch, labelled)
    empty = (1 - wanted.sum(-1)) * batch["known"]
    count = batch["real"].sum()
    nats = -((wanted * told).sum() + (empty * blank).sum()) / count
    found = (told.detach().amax(1) > LIKELY) & batch["real"]
    return Outcome({"ctc": nats}, {"symbol_accuracy": found.sum() / count})


def some_classes(batch: Batch, blank: int) -> tuple[Asked, Batch]:
    """Choose the classes in a batch and a share of the others; return them and the batch with their places among them.

    The others stand for all that are left out (importance sampling): the norm is right on average, at a third of the
    cost of all classes, most of which are rare letters.
    """
    present = torch.zeros(blank + 1, dtype=torch.bool, device=batch["first"].device)
    present[batch["first"].flatten()] = True
    present[blank] = True
    chosen = present | (torch.rand(blank + 1, device=present.device) < OTHERS_SHARE)
    classes = torch.nonzero(chosen)[:, 0]
    raised = torch.where(present[classes], 0.0, -math.log(OTHERS_SHARE))
    places = torch.cumsum(chosen, 0) - 1
    return Asked(classes, raised), batch | {"first": places[batch["first"]]}


class _LogSoftmaxAt(torch.autograd.Function):
    """Log-probabilities (B, T, K) of some of the classes: logits (B, T, C), classes (B, K).

    A window at a time, which stays in the cache, and without keeping probabilities: over all of a batch's frames and
    classes at once, this alone would take longer than the net.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, classes: Tensor) -> Tensor:
        frames = logits.shape[1]
        norms = torch.stack([window.float().logsumexp(-1, keepdim=True) for window in logits])
        ctx.save_for_backward(logits, classes, norms)
        return logits.gather(2, classes[:, None].expand(-1, frames, -1)).float() - norms

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        logits, classes, norms = ctx.saved_tensors
        result = torch.empty_like(logits)
        for i, gradient in enumerate(gradients[0]):
            spread = logits[i].float().sub_(norms[i]).exp_().mul_(-gradient.sum(-1, keepdim=True))
            result[i] = spread.scatter_add_(1, classes[i].expand(len(spread), -1), gradient)
        return result, None


def log_probabilities(logits: LineLogits, batch: Batch) -> tuple[Tensor, Tensor]:
    """Of each symbol at each frame (B, T, L), and of blank (B, T); vowel and final count for Hangul only."""
    blank = logits.first.shape[-1] - 1
    first = _LogSoftmaxAt.apply(logits.first, torch.nn.functional.pad(batch["first"], (0, 1), value=blank))
    vowel = _LogSoftmaxAt.apply(logits.vowel, batch["vowel"])
    final = _LogSoftmaxAt.apply(logits.final, batch["final"])
    hangul = (batch["vowel"] < logits.vowel.shape[-1] - 1)[:, None]
    return first[..., :-1] + hangul * (vowel + final), first[..., -1]


@torch.no_grad()
def targets(told: Tensor, blank: Tensor, batch: Batch, labelled: float) -> Tensor:
    """Return how much each symbol is wanted at each frame, (B, T, L): between labels of the middle half and CTC."""
    frames, length = told.shape[1:]
    labels = middle_halves(batch["spans"], batch["real"], frames)
    if labelled >= 1:
        return labels
    emissions = blank[..., None].masked_fill(~batch["known"][..., None], 0).repeat(1, 1, 2 * length + 1)
    emissions[..., 1::2] = told
    first, real = batch["first"], batch["real"]
    repeats = torch.nn.functional.pad(first[:, 1:] == first[:, :-1], (1, 0))
    allowed = allowed_states(Places.of(batch["spans"], real), frames)
    states, possible = posteriors(emissions, allowed, repeats, real.sum(1))
    aligned = torch.where(possible[:, None, None], states[..., 1::2], labels)
    return labelled * labels + (1 - labelled) * aligned


def middle_halves(spans: Tensor, real: Tensor, frames: int) -> Tensor:
    """Return (B, T, L): 1 in the middle half of each symbol's box."""
    begin, end = spans.unbind(-1)
    width = ((end - begin) / 2).round().clamp(min=1)
    start = ((begin + end - width) / 2).round().clamp(min=0)
    at = torch.arange(frames, device=spans.device)[None, :, None]
    return ((at >= start[:, None]) & (at < (start + width)[:, None]) & real[:, None]).float()
