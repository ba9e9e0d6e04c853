"""CTC where the place of every symbol is roughly known: each may be told only near its box, and exactly once.

- A path tells the symbols in turn, each for one frame or more, with blanks between at will; two neighbours of one
  class have a blank between. So collapsing repeats gives the text back, and a peak says where its symbol stands.
- The places keep alignment from being guessed: learning is as quick as with a label for every frame, and yet the net
  chooses at which frames of a box it answers.

Shapes: B windows, T frames, L symbols at most; state 2k is the blank before symbol k, state 2k + 1 the symbol.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

RIM_SHARE = 0.1  # of a box at either end: its symbol isn't told there
SLACK_FRAMES = 0.8  # by which that is widened: narrow symbols would have no room


@dataclass(frozen=True)
class Places:
    """Where symbols may be told: frames (B, L) from `first` to before `stop`; `real` (B, L): the others pad."""

    first: Tensor
    stop: Tensor
    real: Tensor

    @classmethod
    def of(cls, spans: Tensor, real: Tensor) -> Places:
        """Boxes' begins and ends (B, L, 2) in frames."""
        begin, end = spans.unbind(-1)
        rim = RIM_SHARE * (end - begin) - SLACK_FRAMES
        return cls((begin + rim).floor(), (end - rim).ceil(), real)


def allowed_states(places: Places, frames: int) -> Tensor:
    """(B, T, 2L + 1) bool: a blank between two symbols is told from the first frame of the one to the last of the
    other."""
    first = torch.where(places.real, places.first, frames)
    stop = torch.where(places.real, places.stop, frames + 2)
    at = torch.arange(frames, device=first.device)[None, :, None]
    batch, length = first.shape
    allowed = torch.zeros(batch, frames, 2 * length + 1, dtype=torch.bool, device=first.device)
    allowed[..., 1::2] = (at >= first[:, None]) & (at < stop[:, None]) & places.real[:, None]
    after = torch.nn.functional.pad(first, (1, 0), value=-1.0)[:, None]  # the blank begins after the symbol before it
    before = torch.nn.functional.pad(stop, (0, 1), value=float(frames + 1))[:, None]
    kept = torch.nn.functional.pad(places.real, (1, 0), value=True)[:, None]
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
