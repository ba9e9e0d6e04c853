"""int8 weights for the decoder's linear layers: experts, other feed-forward layers, attention, head.

- One scale a row, symmetric, rounded to nearest: an expert's weights are read from memory for every token, so half the
  bytes is nearly half the time. Activations are quantised on the fly in groups of 64; where many tokens share a weight
  (prefill), it is widened again instead.
- Encoder, router, norms and embeddings keep 16 bits, keys and values too. int8 vision breaks OCR, others found (strokes
  are one or two pixels wide); a router decides by small differences; embeddings are looked up, not multiplied.
- The head ranks 129,280 tokens by int8 and then computes the best of them again in bf16, so that neither the token
  chosen nor its probability hangs on rounding.
"""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model import kernels

EXACT_TOKENS = 64  # logits of the head computed again in bf16
ZERO = 128  # what is added to a weight, so that it is unsigned, as the processor's dot products want it


class Int8Linear(nn.Module):
    """A bias-free linear layer whose weight (out, in) is uint8 around 128, with a scale per output row."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        data, scale = quantise(weight)
        self.register_buffer("weight", data)
        self.register_buffer("scale", scale)
        self.weight: Tensor
        self.scale: Tensor

    @property
    def pair(self) -> kernels.Weight:
        """Weight and scales, as the kernels take them."""
        return self.weight, self.scale

    def widened(self, dtype: torch.dtype) -> Tensor:
        """The weight (out, in) in a floating type."""
        return ((self.weight.to(torch.int16) - ZERO).to(torch.float32) * self.scale[:, None]).to(dtype)

    def forward(self, x: Tensor) -> Tensor:
        if kernels.usable(x, self.weight):
            return kernels.linear(x, self.pair).to(x.dtype)
        return F.linear(x, self.widened(x.dtype))


class Int8Head(Int8Linear):
    """Hidden states (..., D) -> logits (..., vocab) fp32, the largest of them exact."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__(weight)
        self.register_buffer("exact", weight.detach())
        self.exact: Tensor

    def forward(self, x: Tensor) -> Tensor:
        if not kernels.usable(x, self.weight):
            return F.linear(x, self.exact).float()
        logits = kernels.linear(x, self.pair)
        best = logits.topk(min(EXACT_TOKENS, logits.shape[-1]), dim=-1).indices
        exact = (self.exact[best].float() * x[..., None, :].float()).sum(-1)
        return logits.scatter_(-1, best, exact)


@torch.no_grad()
def quantise(weight: Tensor) -> tuple[Tensor, Tensor]:
    """A weight (out, in) as uint8 (out, in) and fp32 scales (out): weight ~ (uint8 - 128) * scale."""
    wide = weight.float()
    scale = (wide.abs().amax(1) / 127).clamp(min=torch.finfo(torch.float32).tiny)
    return (wide / scale[:, None]).round_().add_(ZERO).to(torch.uint8), scale


def quantize_decoder(model: nn.Module) -> None:
    """Replace the linear layers of a DeepseekOCR's decoder and its head by int8, in place and one after another."""
    # Names, not modules: holding on to the modules would keep both copies of all weights until the end.
    for name in [name for name, module in model.named_modules() if isinstance(module, nn.Linear)]:
        kind = Int8Head if name == "lm_head" else Int8Linear
        if name == "lm_head" or name.startswith("model.layers."):  # a router is no Linear
            model.set_submodule(name, kind(cast(nn.Linear, model.get_submodule(name)).weight))
