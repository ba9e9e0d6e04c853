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

    at_once: calls that run beside each other, each with `threads`; more of them wait.
    """

    def __init__(self, path: Path, threads: int = 0, at_once: int = 1) -> None:
        options: dict[str, Any] = {
            "NUM_STREAMS": at_once,
            "INFERENCE_NUM_THREADS": threads * at_once,
            # By default it calculates in bf16 where the processor can, and rounds what meets int8 weights.
            "INFERENCE_PRECISION_HINT": "f32",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
            "ENABLE_CPU_PINNING": False,  # readers beside each other would be pinned to the same cores
            "CPU_RUNTIME_CACHE_CAPACITY": SHAPES_KEPT,
        }
        self._compiled = _core().compile_model(str(path), "CPU", options)
        self._idle: list[openvino.InferRequest] = []

    def get_inputs(self) -> list[Input]:
        """The inputs in their order."""
        return [Input(slot.get_any_name()) for slot in self._compiled.inputs]

    def run(self, outputs: None, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """All outputs, in their order; any thread may call it."""
        # A request serves one call at a time. Taking one from the list, and putting it back, can't be interrupted.
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._compiled.create_infer_request()
        answers = request.infer(dict(inputs), share_inputs=True)
        found = [np.array(answers[slot]) for slot in self._compiled.outputs]
        self._idle.append(request)
        return found


@cache
def _core() -> openvino.Core:
    # On import, OpenVINO tells Google Analytics of its use by this package of its own; it does without.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino.Core()
