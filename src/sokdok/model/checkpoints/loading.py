"""From an opened checkpoint to a model in memory, with as little memory as the model itself.

- The module is built without storage (torch's meta device); each tensor is then assigned, never copied into place.
- Files are mapped, in windows. A tensor that is wanted as it is stored, on the CPU, stays a view of the map: nothing
  is read until it is used, and processes share the pages. Any other is converted on its own, and a window's pages go
  back as soon as its last tensor has been converted or replaced (by int8). Maps are private: writing to a parameter
  never reaches the file.
- int8 is for the decoder's linear layers: experts, other feed-forward layers, attention, head. One scale a row,
  symmetric, rounded to nearest: an expert's weights are read from memory for every token, so half the bytes is nearly
  half the time. Activations are quantised on the fly in groups of 64; where many tokens share a weight (prefill), it is
  widened again instead.
- On a CPU whose bf16 products are slower than its fp32 ones (x86 without AMX), the encoder is widened to fp32, which
  reads 1.4 to 1.7 times as fast there and takes some .8 GB more; its features differ by 1 %.
- Encoder, router, norms and embeddings keep their precision, keys and values too. int8 vision breaks OCR, others found
  (strokes are one or two pixels wide); a router decides by small differences; embeddings are looked up, not multiplied.
- The head ranks 129,280 tokens by int8 and then computes the best of them again in bf16, so that neither the token
  chosen nor its probability hangs on rounding.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.errors import InputError, require_choice
from sokdok.machine import multiplies_bf16
from sokdok.model import kernels
from sokdok.model.checkpoints.checkpoint import OPTIONAL, Checkpoint, require_valid
from sokdok.model.checkpoints.files import TensorEntry
from sokdok.model.checkpoints.manifest import tensor_shapes
from sokdok.model.family.deepseek_ocr import DeepseekOCR

DTYPES = {"bfloat16": torch.bfloat16, "float32": torch.float32, "int8": torch.bfloat16}
"""Precisions by name, with what the weights are loaded as; int8 is then made from bf16 (`quantize`)."""

DEVICES = ("auto", "cpu", "cuda", "mps")

WINDOW_BYTES = 64 * 2**20  # of a file mapped together, or one tensor if that is larger; each window costs an open file

ROUTER = ".mlp.gate.weight"
ENCODER = ("model.sam_model.", "model.vision_model.", "model.qwen2_model.", "model.projector.")

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
    eye = encoder_dtype(DTYPES[dtype], target)
    model.load_state_dict(_state(checkpoint, DTYPES[dtype], eye, target), assign=True)
    model.eval().requires_grad_(False)
    if dtype == "int8":
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


def encoder_dtype(dtype: torch.dtype, device: torch.device) -> torch.dtype:
    """The precision of the encoder where the decoder has `dtype`: fp32 on a processor that is faster at it."""
    return torch.float32 if device.type == "cpu" and not multiplies_bf16() else dtype


def _state(checkpoint: Checkpoint, dtype: torch.dtype, encoder: torch.dtype, device: torch.device) -> dict[str, Tensor]:
    """Every tensor of the model, in its final precision and place."""

    def precision(name: str) -> torch.dtype:
        if name.endswith(ROUTER):  # decides in fp32: widened once here, not at every step
            return torch.float32
        return encoder if name.startswith(ENCODER) else dtype

    state = {
        name: torch.zeros(shape, dtype=precision(name), device=device)
        for name, shape in tensor_shapes(checkpoint.config).items()
        if name in OPTIONAL and name not in checkpoint.tensors
    }
    for window in _windows(checkpoint.tensors.items()):
        for name, tensor in _map(window):
            state[name] = tensor.to(device, precision(name))
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
