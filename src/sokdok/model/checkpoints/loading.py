"""From an opened checkpoint to a model in memory, with as little memory as the model itself.

- The module is built without storage (torch's meta device); each tensor is then assigned, never copied into place.
- Files are mapped, in windows. A tensor that is wanted as it is stored, on the CPU, stays a view of the map: nothing
  is read until it is used, and processes share the pages. Any other is converted on its own, and a window's pages go
  back as soon as its last tensor has been converted or replaced (by int8).
- Maps are private: writing to a parameter never reaches the file.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from sokdok.errors import InputError, require_choice
from sokdok.model.checkpoints.checkpoint import OPTIONAL, Checkpoint, require_valid
from sokdok.model.checkpoints.manifest import tensor_shapes
from sokdok.model.checkpoints.weights import TensorEntry
from sokdok.model.family.deepseek_ocr import DeepseekOCR

DTYPES = {"bfloat16": torch.bfloat16, "float32": torch.float32, "int8": torch.bfloat16}
"""Precisions by name, with what the weights are loaded as; int8 is then made from bf16 (`quantize`)."""

DEVICES = ("auto", "cpu", "cuda", "mps")

WINDOW_BYTES = 64 * 2**20  # of a file mapped together, or one tensor if that is larger; each window costs an open file

ROUTER = ".mlp.gate.weight"

_STORED = {"BF16": torch.bfloat16, "F16": torch.float16, "F32": torch.float32}

Named = tuple[str, TensorEntry]


def load_model(checkpoint: Checkpoint, dtype: str = "bfloat16", device: str = "cpu") -> DeepseekOCR:
    """The model of a checkpoint, for inference: eval mode, no gradients.

    dtype is one of `DTYPES`, device one of `DEVICES`. Peak memory is that of the weights as loaded and one window; int8
    needs its own weights beside that. Raises ModelError if the files don't hold what config.json describes, InputError
    for a dtype or device that isn't there.
    """
    require_choice("precision", dtype, DTYPES)
    target = pick_device(device)
    require_valid(checkpoint)
    with torch.device("meta"):
        model = DeepseekOCR(checkpoint.config)
    model.load_state_dict(_state(checkpoint, DTYPES[dtype], target), assign=True)
    model.eval().requires_grad_(False)
    if dtype == "int8":
        from sokdok.model.checkpoints.quantize import quantize_decoder

        quantize_decoder(model)
    return model


def pick_device(name: str) -> torch.device:
    """The device called `name`; auto takes the fastest there is. Raises InputError if this machine lacks it."""
    usable = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(device for device, there in usable.items() if there))
    if name not in usable:
        raise InputError(f"no device is called {name!r}; choose one of {', '.join(DEVICES)}")
    if not usable[name]:
        raise InputError(f"torch {torch.__version__} finds no {name} device here; choose cpu or auto")
    return torch.device(name)


def _state(checkpoint: Checkpoint, dtype: torch.dtype, device: torch.device) -> dict[str, Tensor]:
    """Every tensor of the model, in its final precision and place."""
    state = {
        name: torch.zeros(shape, dtype=dtype, device=device)
        for name, shape in tensor_shapes(checkpoint.config).items()
        if name in OPTIONAL and name not in checkpoint.tensors
    }
    for window in _windows(checkpoint.tensors.items()):
        for name, tensor in _map(window):
            # A router decides in fp32: widened once here, not at every step.
            state[name] = tensor.to(device, torch.float32 if name.endswith(ROUTER) else dtype)
    return state


def _windows(tensors: Iterable[Named]) -> Iterator[list[Named]]:
    """Tensors in runs that lie side by side in one file and span at most WINDOW_BYTES bytes, or single ones."""
    window: list[Named] = []
    for name, entry in sorted(tensors, key=lambda item: (item[1].file, item[1].begin)):
        if window and (entry.file != window[0][1].file or entry.end - window[0][1].begin > WINDOW_BYTES):
            yield window
            window = []
        window.append((name, entry))
    if window:
        yield window


def _map(window: list[Named]) -> Iterator[tuple[str, Tensor]]:
    """Views of a window's tensors; the map lives as long as any of them."""
    start = window[0][1].begin // mmap.ALLOCATIONGRANULARITY * mmap.ALLOCATIONGRANULARITY
    length = max(entry.end for _, entry in window) - start
    with window[0][1].file.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), length, access=mmap.ACCESS_COPY, offset=start)
    for name, entry in window:
        flat = torch.frombuffer(mapped, dtype=_STORED[entry.dtype], count=entry.elements, offset=entry.begin - start)
        yield name, flat.view(entry.shape)
