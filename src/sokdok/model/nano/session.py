"""nano on onnxruntime: the exported graphs behind three plain functions of numpy arrays.

- Needs no torch. The graphs take their weights from `model.safetensors` beside them, or a file of their own name
  (`sokdok_lab.training.export`).
- Graphs are loaded when first used: a page of one mode costs one encoder.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from sokdok.errors import ModelError
from sokdok.machine import multiplies_bytes
from sokdok.model.checkpoints.files import read_object, read_tensors, verify
from sokdok.model.config import ConfigError, NanoConfig
from sokdok.model.nano.alphabet import Alphabet

if TYPE_CHECKING:
    import onnxruntime

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read on import: onnxruntime 1.32 reports its use to its makers
ENCODED_AT_ONCE = 2
"""pages in a call of the encoder: 16 pages/s against 13 with eight, whose activations leave the processor's cache"""
WEIGHTS = "model.safetensors"
FILES = ("config.json", "tokenizer.json", WEIGHTS, "classifier.onnx", "decoder.onnx")
WIDEN_ONCE = "session.disable_quant_qdq"
"""makes constants of int8 weights when a graph is loaded, instead of widening them whenever it runs: then onnxruntime
folds norms into convolutions and lays weights out for them"""
INT8 = ".int8.onnx"  # how files of graphs end that calculate in whole numbers (`training.int8`)
MOST_GRAPH_BYTES = 64 * 2**20  # of a graph, whose weights lie beside it: ours take some 100 kB
LONGEST_REASON = 300  # characters of an error that may quote what a file holds


class Graph(Protocol):
    """A net that was opened, as onnxruntime has them; any thread may run it."""

    def run(self, outputs: None, inputs: Mapping[str, np.ndarray], /) -> Sequence[np.ndarray]:
        """All outputs, in their order."""


class Encoded(NamedTuple):
    """The encoder's output for B pages of one mode."""

    subcells: np.ndarray  # (B, N, F) features of the 4x8 pixel subcells, row by row, upsampled from the vision tokens
    keys: np.ndarray  # (layers, B, heads, P, head_dim) of the vision prefix
    values: np.ndarray


class Classified(NamedTuple):
    """One answer of the classifier for N subcells."""

    classes: np.ndarray  # (N, 3)
    logprob: np.ndarray  # (N,)


class Stepped(NamedTuple):
    """The decoder's greedy output for T steps of B pages."""

    classes: np.ndarray  # (B, T, 3) of the symbol at each read position
    logprob: np.ndarray  # (B, T)
    moves: np.ndarray  # (B, T) to the next read position
    keys: np.ndarray  # (layers, B, heads, T, head_dim)
    values: np.ndarray


class NanoSession:
    """The graphs of one checkpoint folder. Raises ModelError for a missing or damaged file."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        self.folder, self.threads = folder, threads
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise ModelError(f"{folder} is no nano checkpoint: {', '.join(missing)} missing")
        check_weights(folder / WEIGHTS)
        try:
            self.config = NanoConfig.from_dict(read_object(folder / "config.json"))
        except ConfigError as error:
            raise ModelError(f"{folder}: config.json is damaged: {str(error)[:LONGEST_REASON]}") from None
        self.alphabet = Alphabet.load(folder / "tokenizer.json")
        if self.alphabet.classes != self.config.classes:
            raise ModelError(f"{folder}: tokenizer.json has {self.alphabet.classes} classes, not {self.config.classes}")
        self._graphs: dict[str, Graph] = {}
        for name in ("config.json", "tokenizer.json"):
            verify(folder / name, required=folder == bundled_folder())

    def _graph(self, name: str) -> Graph:
        """A graph of the folder, opened once."""
        if name not in self._graphs:
            self._graphs[name] = open_graph(self.folder / f"{name}.onnx", self.threads)
        return self._graphs[name]

    def encode(self, mode: str, pixels: np.ndarray) -> Encoded:
        """Encode pages in `mode`: normalised pixels (B, 3, side, side) float32."""
        graph = self._graph(f"encoder-{mode}")
        batches = np.split(pixels, range(ENCODED_AT_ONCE, len(pixels), ENCODED_AT_ONCE))
        parts = [graph.run(None, {"pixels": batch}) for batch in batches]
        subcells, keys, values = zip(*parts, strict=True)
        return Encoded(np.concatenate(subcells), np.concatenate(keys, 1), np.concatenate(values, 1))

    def classify(self, features: np.ndarray) -> tuple[Classified, Classified]:
        """Classify subcell features (N, F): the likeliest symbols, and those given that none is an end."""
        answers = self._graph("classifier").run(None, {"features": features})
        return Classified(*answers[:2]), Classified(*answers[2:])

    def step(self, inputs: dict[str, np.ndarray]) -> Stepped:
        """Run T decoder steps behind a cache; the inputs are those of `Nano.step`."""
        return Stepped(*self._graph("decoder").run(None, inputs))


def open_graph(path: Path, threads: int = 0) -> Graph:
    """Open a graph on the processor; 0 threads is one per core.

    Raises ModelError if it can't be loaded, or if it or the weights beside it are not what their checksums say.
    """
    if path.is_file() and path.stat().st_size > MOST_GRAPH_BYTES:
        raise ModelError(f"{path} is no graph of nano's: it has more than {MOST_GRAPH_BYTES:,} bytes")
    for file in (path, path.with_name(WEIGHTS), path.with_suffix(".safetensors")):
        verify(file, required=path.parent == bundled_folder())
    try:
        import onnxruntime

        options = session_options(threads, int8=path.name.endswith(INT8))
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # it raises kinds of its own, which derive from nothing more specific
        raise ModelError(f"can't load {path}: {str(error).splitlines()[0][:LONGEST_REASON]}") from None


def graph_file(folder: Path, name: str) -> Path:
    """The file of a net's graph: the one that calculates in int8 if the folder has it and the processor is made for it.

    Others add products of bytes in 16 bits, which overflow.
    """
    int8 = folder / f"{name}{INT8}"
    return int8 if int8.is_file() and multiplies_bytes() else folder / f"{name}.onnx"


def session_options(threads: int = 0, int8: bool = False) -> onnxruntime.SessionOptions:
    """Return how graphs are run: quiet, with so many threads, weights widened once, memory given back after each run.

    Those that calculate in `int8` keep their weights so.

    Pages have any size: an arena and plans of memory for each shape grow with every new one, and save no time.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    options.add_session_config_entry(WIDEN_ONCE, "0" if int8 else "1")
    return options


def check_weights(path: Path) -> None:
    """Raise ModelError if a safetensors file is truncated or not one, naming the first tensor beyond its end."""
    size = path.stat().st_size
    for name, entry in read_tensors(path).items():
        if entry.end > size:
            raise ModelError(f"{path} is truncated: {name} ends beyond its {size} bytes")


@cache
def bundled_folder() -> Path:
    """Where the package's own checkpoint is."""
    return Path(__file__).resolve().parents[2] / "nano"
