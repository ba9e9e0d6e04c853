"""Start from another checkpoint: copy what fits, leave the rest as it was initialised."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from sokdok.errors import ModelError
from sokdok_lab.training.export import load_packed


def start_from(model: nn.Module, path: Path) -> list[str]:
    """Copy every tensor of a safetensors file whose name and shape the model has; return their names.

    Raises ModelError if the file can't be read or nothing in it fits: then it belongs to another architecture.
    """
    from safetensors import SafetensorError

    try:
        saved = load_packed(path)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"can't start from {path}: {error}") from None
    state = model.state_dict()
    fitting = [name for name, value in saved.items() if name in state and state[name].shape == value.shape]
    if not fitting:
        raise ModelError(f"can't start from {path}: none of its {len(saved)} tensors fits this model")
    with torch.no_grad():
        for name in fitting:
            state[name].copy_(saved[name])
    return fitting
