"""How nano's weights lie in its file: matrices in int8 with a scale per row, or in fp16, the rest in fp32.

- A row is a first index: an output of a layer, a channel of a convolution, a symbol of an embedding.
- Rounding to 1/127 of a row's largest weight moves nano's numbers less than they vary from run to run (LOG.md), and
  halves the file.
- `name` has its scales beside it as `name.scale`.
- Nets that are run for every page lie in fp16: onnxruntime makes constants of them when it loads a graph and fuses
  norms and activations into its convolutions, which it does not with weights in int8 (a detector took twice as long).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import torch
from torch import Tensor

SCALE = ".scale"
_SMALL = 2048
"""numbers up to which a tensor keeps its precision"""


def pack(tensors: Mapping[str, Tensor], halved: Collection[str] = ()) -> dict[str, Tensor]:
    """int8 and scales for what is large, fp32 for the rest; integers, such as counts of batches seen, are left out.

    halved: nets, named by the beginnings of their tensors' names, of which what is large becomes fp16.
    """
    packed: dict[str, Tensor] = {}
    for name, value in tensors.items():
        if not value.is_floating_point():
            continue
        value = value.detach().cpu().float().contiguous()
        if value.dim() < 2 or value.numel() <= _SMALL:
            packed[name] = value
            continue
        if name.partition(".")[0] in halved:
            packed[name] = value.half()
            continue
        scale = value.flatten(1).abs().amax(1).clamp(min=1e-12) / 127
        packed[name] = (value / _along(scale, value)).round().to(torch.int8)
        packed[name + SCALE] = scale
    return packed


def unpack(packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """fp32 tensors, from any mixture of formats."""
    scales = {name: value for name, value in packed.items() if name.endswith(SCALE)}
    return {
        name: value.float() * _along(scales[name + SCALE], value) if name + SCALE in scales else value.float()
        for name, value in packed.items()
        if name not in scales
    }


def load_packed(path: Path) -> dict[str, Tensor]:
    """The tensors of a file that holds packed weights, or plain ones, in fp32. Raises what safetensors raises."""
    from safetensors.torch import load_file

    return unpack(load_file(path))


def _along(scale: Tensor, value: Tensor) -> Tensor:
    return scale.reshape(-1, *[1] * (value.dim() - 1))
