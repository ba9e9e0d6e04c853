"""nano on onnxruntime: the exported graphs behind three plain functions of numpy arrays.

- Needs no torch. The graphs take their weights from `model.safetensors` beside them (`model.nano.export`).
- Graphs are loaded when first used: a page of one mode costs one encoder.
"""

from __future__ import annotations

import json
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sokdok.errors import ModelError
from sokdok.model.checkpoints.weights import read_header
from sokdok.model.config import ConfigError, NanoConfig
from sokdok.model.nano.alphabet import Alphabet

if TYPE_CHECKING:
    import onnxruntime

AT_ONCE = 2
"""pages a call of the encoder: 16 pages/s against 13 with eight, whose activations leave the processor's cache"""
FILES = ("config.json", "tokenizer.json", "model.safetensors", "classifier.onnx", "decoder.onnx")


class Encoded(NamedTuple):
    """What the encoder leaves of B pages of one mode."""

    subcells: np.ndarray
    """(B, N, F) features of the 4x8 pixel subcells, row by row, expanded from the vision tokens"""
    keys: np.ndarray
    """(layers, B, heads, P, head_dim) of the vision prefix"""
    values: np.ndarray


class Stepped(NamedTuple):
    """Greedy answers to T steps of B pages."""

    classes: np.ndarray
    """(B, T, 3) of the symbol at each cursor"""
    logprob: np.ndarray
    """(B, T)"""
    moves: np.ndarray
    """(B, T) to the next cursor"""
    keys: np.ndarray
    """(layers, B, heads, T, head_dim)"""
    values: np.ndarray


class NanoSession:
    """The graphs of one checkpoint folder. Raises ModelError for a missing or damaged file."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        self.folder, self.threads = folder, threads
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise ModelError(f"{folder} is no nano checkpoint: {', '.join(missing)} missing")
        check_weights(folder / "model.safetensors")
        try:
            self.config = NanoConfig.from_dict(json.loads((folder / "config.json").read_text(encoding="utf-8")))
            self.alphabet = Alphabet.load(folder / "tokenizer.json")
        except (ValueError, KeyError, TypeError, ConfigError) as error:
            raise ModelError(f"{folder}: config.json or tokenizer.json is damaged: {error}") from None
        if self.alphabet.classes != self.config.classes:
            raise ModelError(f"{folder}: tokenizer.json has {self.alphabet.classes} classes, not {self.config.classes}")

    def _graph(self, name: str) -> onnxruntime.InferenceSession:
        return open_graph(self.folder / f"{name}.onnx", self.threads)

    @cached_property
    def _encoders(self) -> dict[str, onnxruntime.InferenceSession]:
        return {}

    @cached_property
    def _classifier(self) -> onnxruntime.InferenceSession:
        return self._graph("classifier")

    @cached_property
    def _decoder(self) -> onnxruntime.InferenceSession:
        return self._graph("decoder")

    def encode(self, mode: str, pixels: np.ndarray) -> Encoded:
        """Normalised pixels (B, 3, side, side) float32 of pages in `mode`."""
        if mode not in self._encoders:
            self._encoders[mode] = self._graph(f"encoder-{mode}")
        graph = self._encoders[mode]
        parts = [graph.run(None, {"pixels": pixels[i : i + AT_ONCE]}) for i in range(0, len(pixels), AT_ONCE)]
        subcells, keys, values = zip(*parts, strict=True)
        return Encoded(np.concatenate(subcells), np.concatenate(keys, 1), np.concatenate(values, 1))

    def classify(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Subcell features (N, F) -> class triples (N, 3) and their log-probability (N,)."""
        classes, logprob = self._classifier.run(None, {"features": features})
        return classes, logprob

    def step(self, inputs: dict[str, np.ndarray]) -> Stepped:
        """T cached decoder steps; the inputs are those of `Nano.step`."""
        return Stepped(*self._decoder.run(None, inputs))


def open_graph(path: Path, threads: int = 0) -> onnxruntime.InferenceSession:
    """A graph on the processor, quiet; 0 threads is one per core. Raises ModelError if it can't be loaded."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises its own kinds, which derive from nothing more specific
        raise ModelError(f"can't load {path}: {str(error).splitlines()[0]}") from None


def check_weights(path: Path) -> None:
    """Raise ModelError if a safetensors file is truncated or not one, naming the first tensor beyond its end."""
    header, start = read_header(path)
    size = path.stat().st_size
    for name, entry in header.items():
        if start + entry["data_offsets"][1] > size:
            raise ModelError(f"{path} is truncated: {name} ends beyond its {size} bytes")


@cache
def bundled_folder() -> Path:
    """The checkpoint inside the package."""
    return Path(__file__).resolve().parents[2] / "nano"
