"""The recogniser's loss: CTC where the place of every symbol is roughly known, and at first a label for every frame.

- A path reads the symbols in turn, each for one frame or more, with blanks between at will; two neighbours of one class
  have a blank between. So collapsing repeats gives the text back, and a peak says where its symbol stands.
- Each symbol may be read only near its box, and exactly once. The places keep alignment from being guessed: learning is
  as quick as with a label for every frame, and yet the net chooses at which frames of a box it answers.

Shapes: B windows, T frames, L symbols at most; state 2k is the blank before symbol k, state 2k + 1 the symbol.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from sokdok_lab.training.nets import Asked, LineLogits, Recogniser
from sokdok_lab.training.task import Batch, Outcome

RIM_SHARE = 0.1  # of a box at either end: its symbol isn't read there
SLACK_FRAMES = 0.8  # by which that is widened: narrow symbols would have no room
OTHERS_SHARE = 0.2  # of the classes that no symbol of a batch has: so many take part in a step
LIKELY = math.log(0.5)  # log-probability from which a symbol counts as found


def loss(model: Recogniser, batch: Batch, labelled: float) -> Outcome:
    """`loss_of` what a net says of a batch's windows."""
    asked, batch = some_classes(batch, model.classes)
    return loss_of(model(batch["pixels"].float() / 255, asked), batch, labelled)


def loss_of(logits: LineLogits, batch: Batch, labelled: float) -> Outcome:
    """Nats a symbol (`ctc`), and the share of symbols that are likelier than not at one frame (`symbol_accuracy`).

    labelled: how much the middle half of a symbol's box must answer for it, from 1 to 0: what is left is up to CTC.
    """
    symbols, blank = log_probabilities(logits, batch)
    wanted = targets(symbols.detach(), blank.detach(), batch, labelled)
    empty = (1 - wanted.sum(-1)) * batch["known"]
    count = batch["real"].sum()
    nats = -((wanted * symbols).sum() + (empty * blank).sum()) / count
    found = (symbols.detach().amax(1) > LIKELY) & batch["real"]
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
def targets(symbols: Tensor, blank: Tensor, batch: Batch, labelled: float) -> Tensor:
    """Return how much each symbol is wanted at each frame, (B, T, L): between labels of the middle half and CTC."""
    frames, length = symbols.shape[1:]
    labels = middle_halves(batch["spans"], batch["real"], frames)
    if labelled >= 1:
        return labels
    emissions = blank[..., None].masked_fill(~batch["known"][..., None], 0).repeat(1, 1, 2 * length + 1)
    emissions[..., 1::2] = symbols
    first, real = batch["first"], batch["real"]
    repeats = torch.nn.functional.pad(first[:, 1:] == first[:, :-1], (1, 0))
    allowed = allowed_states(batch["spans"], real, frames)
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


# --- alignment ---


def allowed_states(spans: Tensor, real: Tensor, frames: int) -> Tensor:
    """(B, T, 2L + 1) bool: symbols are read within their boxes, begins and ends (B, L, 2) in frames; those that are not
    `real` (B, L) pad. A blank between two symbols is read from the first frame of the one to the last of the other.
    """
    begin, end = spans.unbind(-1)
    rim = RIM_SHARE * (end - begin) - SLACK_FRAMES
    first = torch.where(real, (begin + rim).floor(), frames)
    stop = torch.where(real, (end - rim).ceil(), frames + 2)
    at = torch.arange(frames, device=first.device)[None, :, None]
    batch, length = first.shape
    allowed = torch.zeros(batch, frames, 2 * length + 1, dtype=torch.bool, device=first.device)
    allowed[..., 1::2] = (at >= first[:, None]) & (at < stop[:, None]) & real[:, None]
    after = torch.nn.functional.pad(first, (1, 0), value=-1.0)[:, None]  # the blank begins after the symbol before it
    before = torch.nn.functional.pad(stop, (0, 1), value=float(frames + 1))[:, None]
    kept = torch.nn.functional.pad(real, (1, 0), value=True)[:, None]
    allowed[..., 0::2] = (at > after) & (at < before - 1) & kept
    return allowed


@torch.no_grad()
def posteriors(log_emissions: Tensor, allowed: Tensor, repeats: Tensor, ends: Tensor) -> tuple[Tensor, Tensor]:
    """How likely each state is at each frame, over all paths: (B, T, 2L + 1), and which windows have a path at all (B).

    log_emissions, allowed: (B, T, 2L + 1). repeats (B, L): the symbol's class is that of the one before it.
    ends (B): the number of symbols.
    """
    masked = log_emissions.masked_fill(~allowed, -torch.inf)
    emissions = (masked - masked.amax(-1, keepdim=True).clamp(min=-1e4)).exp().transpose(0, 1)
    skips = torch.zeros_like(emissions[0])
    skips[:, 3::2] = (~repeats[:, 1:]).to(skips.dtype)
    start, stop = torch.zeros_like(skips), torch.zeros_like(skips)
    start[:, :2] = 1
    stop.scatter_(1, torch.stack([2 * ends, (2 * ends - 1).clamp(min=0)], 1), 1.0)
    # Read from its end, a path goes through the states in reverse: both directions are one sweep.
    back = torch.nn.functional.pad(skips.flip(1), (2, 0))[:, : skips.shape[1]]
    both = torch.cat([emissions, emissions.flip(0, 2)], 1)
    forward, backward = _sweep(both, torch.cat([skips, back]), torch.cat([start, stop.flip(1)])).chunk(2, 1)
    states = forward * backward.flip(0, 2) / emissions.clamp(min=1e-30)
    total = states.sum(-1, keepdim=True)
    return (states / total.clamp(min=1e-30)).transpose(0, 1), (total > 0).all(0)[:, 0]


def _sweep(emissions: Tensor, skips: Tensor, start: Tensor) -> Tensor:
    """Probabilities (T, N, S) of the states after each frame, scaled to a sum of one; `start` (N, S) may be first."""
    result = torch.empty_like(emissions)
    padded = torch.nn.functional.pad(start, (2, 0))
    state = padded[:, 2:]  # what stands two states before it is zero
    for t, emission in enumerate(emissions):
        if t:
            moved = torch.addcmul(state + padded[:, 1:-1], padded[:, :-2], skips)
        else:
            moved = start
        torch.mul(moved, emission, out=result[t])
        torch.div(result[t], result[t].sum(-1, keepdim=True).clamp_(min=1e-30), out=result[t])
        state.copy_(result[t])
    return result
