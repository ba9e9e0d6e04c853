"""Checkpoints of a run: written whole or not at all, and read with one line of what is wrong."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from sokdok.errors import ModelError
from sokdok.files import new_text_file, replacing
from sokdok.model.checkpoints.files import SUMMED_KINDS, SUMS, digest

CHECKPOINT = "checkpoint.pt"
_PREFIX = "module."  # what torch's averaged model puts before the names of tensors
FAULTS = (RuntimeError, KeyError, EOFError, OSError, ValueError, TypeError, AttributeError, pickle.UnpicklingError)
"""what torch raises for a file that is damaged, of something else, or of a model of other shapes"""


def save(path: Path, state: Mapping[str, Any]) -> None:
    """Write a checkpoint; a run killed meanwhile keeps the one before."""
    with replacing(path) as temporary:
        torch.save(dict(state), temporary)


def state_of(path: Path, device: str | torch.device = "cpu") -> dict[str, Any]:
    """Read a checkpoint. Raises one of FAULTS."""
    state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    return state


def load_average(folder: Path, model: nn.Module) -> nn.Module:
    """Fill a net with the averaged weights of a run, for evaluation. Raises ModelError if there are none that fit."""
    path = folder / CHECKPOINT
    try:
        state = state_of(path)["average"]
        model.load_state_dict({name.removeprefix(_PREFIX): v for name, v in state.items() if name != "n_averaged"})
    except FAULTS as error:
        raise ModelError(f"can't load the averaged weights of {path}: {reason(error)}") from None
    return model.eval()


def reason(error: Exception) -> str:
    """Take the first lines of an error about a file: torch lists every tensor that differs, and three are enough."""
    if isinstance(error, EOFError | pickle.UnpicklingError):
        return "it is empty or no checkpoint"
    if isinstance(error, KeyError):
        return f"it holds no {error}"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:3])[:400] or type(error).__name__


def write_checksums(folder: Path) -> Path:
    """Write the sums of all that is loaded from a nano folder, in place of earlier ones; returns their file."""
    files = sorted(path for kind in SUMMED_KINDS for path in folder.glob(kind))
    with new_text_file(folder / SUMS) as file:
        file.writelines(f"{digest(path)}  {path.name}\n" for path in files)
    return folder / SUMS
