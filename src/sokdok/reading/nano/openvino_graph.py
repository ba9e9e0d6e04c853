"""nano's graphs on OpenVINO, for users who chose it: the same files, opened and run as onnxruntime's sessions are."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import openvino

SHAPES_KEPT = 16
"""for which a layer's code is kept: pages have any size, and without a bound the code for each would stay"""


class Input(NamedTuple):
    """One input of a graph."""

    name: str


class OpenvinoGraph:
    """A graph on the processor, opened by OpenVINO; 0 threads is one per core. Raises what OpenVINO raises.

    Calls that run beside each other have each a copy of the graph, with `threads`: two streams of one copy give answers
    that have nothing to do with what was asked (2026.4.1, two cores, any of nano's graphs).
    """

    def __init__(self, path: Path, threads: int = 0) -> None:
        self._path, self._threads = path, threads
        first = self._opened()
        self._inputs = [Input(slot.get_any_name()) for slot in first.model_inputs]
        self._idle = [first]

    def get_inputs(self) -> list[Input]:
        """The inputs in their order."""
        return self._inputs

    def run(self, outputs: None, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """All outputs, in their order; any thread may call it."""
        # A copy serves one call at a time. Taking one from the list, and putting it back, can't be interrupted.
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._opened()
        request.infer(dict(inputs), share_inputs=True)
        found = [np.array(tensor.data) for tensor in request.output_tensors]
        self._idle.append(request)
        return found

    def _opened(self) -> openvino.InferRequest:
        options: dict[str, Any] = {
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": self._threads,
            # By default it calculates in bf16 where the processor can, and rounds what meets int8 weights.
            "INFERENCE_PRECISION_HINT": "f32",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
            "ENABLE_CPU_PINNING": False,  # readers beside each other would be pinned to the same cores
            "CPU_RUNTIME_CACHE_CAPACITY": SHAPES_KEPT,
        }
        return _core().compile_model(str(self._path), "CPU", options).create_infer_request()


@cache
def _core() -> openvino.Core:
    # On import, OpenVINO tells Google Analytics of its use by this package of its own; it does without.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino.Core()
