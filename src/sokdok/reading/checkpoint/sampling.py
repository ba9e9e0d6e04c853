"""Which token comes next: the likeliest, or one drawn from the likely ones.

Confidence is the model's own: log-probabilities are those before temperature, top-p and any ban.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

from sokdok.reading.reading import Sampling


def page_generator(sampling: Sampling, page: int) -> torch.Generator:
    """A page's own random numbers, so that its text does not depend on what is read beside it."""
    return torch.Generator().manual_seed(sampling.seed * 1_000_003 + page)


def choose(
    logits: Tensor, banned: Sequence[Collection[int]], sampling: Sampling, generators: Sequence[torch.Generator]
) -> list[tuple[int, float]]:
    """The next token of each row of logits (B, vocab) fp32, which bans overwrite, and its log-probability."""
    total = logits.logsumexp(-1)
    for row, tokens in enumerate(banned):
        if tokens:
            logits[row, list(tokens)] = float("-inf")
    if sampling.temperature == 0:
        chosen = logits.argmax(-1)
    else:
        drawn = [_draw(row, sampling, generator) for row, generator in zip(logits, generators, strict=True)]
        chosen = torch.tensor(drawn, device=logits.device)
    logprobs = logits.gather(-1, chosen[:, None])[:, 0] - total
    return list(zip(chosen.tolist(), logprobs.tolist(), strict=True))


def _draw(logits: Tensor, sampling: Sampling, generator: torch.Generator) -> int:
    probabilities, tokens = (logits / sampling.temperature).softmax(-1).cpu().sort(descending=True)
    # A token stays if those before it do not hold the share yet: the likeliest always does.
    probabilities[probabilities.cumsum(-1) - probabilities >= sampling.top_p] = 0
    return int(tokens[torch.multinomial(probabilities, 1, generator=generator)])
