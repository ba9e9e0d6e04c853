"""Store nano's weights: matrices in int8 with a scale per row, the rest in fp32.

- A row is a first index: an output of a layer, a channel of a convolution, a symbol of an embedding.
- Rounding to 1/127 of a row's largest weight moves nano's numbers less than they vary from run to run (LOG.md), and
  halves the file.
- `name` has its scales beside it as `name.scale`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

SCALE = ".scale"
_EXACT_NUMBERS = 2048  # tensors of up to so many numbers keep their precision
_FORMER = {"expander": "upsampler", "bridge": "projection", "glimpse": "embed_local"}
"""modules that checkpoints from before version 0.2 call otherwise"""


def pack(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Pack large tensors as int8 and scales, the others in fp32; leave out integers, such as counts of batches seen."""
    packed: dict[str, Tensor] = {}
    for name, value in tensors.items():
        if not value.is_floating_point():
            continue
        value = value.detach().cpu().float().contiguous()
        if value.dim() < 2 or value.numel() <= _EXACT_NUMBERS:
            packed[name] = value
            continue
        scale = value.flatten(1).abs().amax(1).clamp(min=1e-12) / 127
        packed[name] = (value / _along(scale, value)).round().to(torch.int8)
        packed[name + SCALE] = scale
    return packed


def unpack(packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Unpack tensors of any mixture of formats to fp32."""
    scales = {name: value for name, value in packed.items() if name.endswith(SCALE)}
    return {
        name: value.float() * _along(scales[name + SCALE], value) if name + SCALE in scales else value.float()
        for name, value in packed.items()
        if name not in scales
    }


def load_packed(path: Path) -> dict[str, Tensor]:
    """Load packed weights, or plain ones, in fp32 and under today's names. Raises what safetensors raises."""
    from safetensors.torch import load_file

    return {current_name(name): value for name, value in unpack(load_file(path)).items()}


def current_name(name: str) -> str:
    """Rename a tensor of nano to what its module is called today."""
    module, dot, rest = name.partition(".")
    return _FORMER.get(module, module) + dot + rest


def _along(scale: Tensor, value: Tensor) -> Tensor:
    return scale.reshape(-1, *[1] * (value.dim() - 1))
