"""int8 graphs of nano's nets: convolutions of whole numbers, which processors multiply two to four times as fast.

- `NAME.int8.onnx` stands beside `NAME.onnx`, with the same inputs and outputs, norms folded and weights inside; readers
  take it where it is (`model.nano.session.graph_file`).
- Weights have a scale for each channel, activations one for each tensor. Between what they lie is measured beforehand,
  on synthetic pages, never on those of an evaluation.
- Which nets, and which of their layers, is decided by measuring: `layer_errors`, then whole pages
  (`lab/scripts/compare_nanos.py`); LOG.md, 2026-11-26, has the tables.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from sokdok.errors import MissingExtraError
from sokdok.model.nano.formats.lines import CORE
from sokdok.model.nano.session import INT8, WEIGHTS, Graph, open_graph, session_options
from sokdok.reading.nano.page_reader import NanoPageReader
from sokdok_lab.synth.samples import Materials, maker
from sokdok_lab.training.checkpoint import write_checksums

LOOKED_AT = ("lines", "recogniser")  # the nets whose layers can be compared: those that read pages
WRITTEN = ("recogniser",)  # those of them that read as well in int8: a detector in int8 loses a twentieth of worn pages
KINDS = {"page": 10, "table": 4, "handwriting": 4}
"""synthetic pictures of each kind that are read to see what activations lie between"""
ENLARGED = 1.6  # as real pages are: synthetic ones are 640 pixels high
OPERATORS = ("Conv", "Add", "MatMul")  # that are quantised
MOST_AT_ONCE = 4  # lines of a batch that is looked at
MOST_BATCHES = {"lines": 12, "recogniser": 40}
Inputs = Mapping[str, Sequence[np.ndarray]]  # what goes into each net


class LayerError(NamedTuple):
    """What int8 changes in a net if one layer alone has it."""

    layer: str
    shape: tuple[int, ...]  # of its weights
    relative: float  # size of the difference of the outputs, of that of the outputs
    answers: float  # share of the answers that differ: cells that belong to a line, symbols told


class _Tap:
    """A graph whose inputs are kept."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.inputs: list[np.ndarray] = []

    def run(self, outputs: None, inputs: Mapping[str, np.ndarray]) -> Sequence[np.ndarray]:
        self.inputs.append(inputs["pixels"][:MOST_AT_ONCE].copy())
        return self.graph.run(outputs, inputs)


def complete(folder: Path, fonts: Path | None = None) -> list[Path]:
    """Write the int8 graphs that a nano folder lacks, and its checksums; returns their files. `fonts`: see below."""
    lacking = [name for name in WRITTEN if not (folder / f"{name}{INT8}").is_file()]
    inputs = calibration_inputs(folder, fonts) if lacking else {}
    written = [write_int8(folder, name, inputs[name]) for name in lacking]
    write_checksums(folder)
    return written


def calibration_inputs(folder: Path, fonts: Path | None = None) -> Inputs:
    """What the nets of a nano folder get to see of synthetic pages in some fonts, those of the system if None."""
    reader = NanoPageReader(folder, threads=1)
    taps = {name: _Tap(open_graph(folder / f"{name}.onnx", 1)) for name in LOOKED_AT}
    reader.graphs |= {"lines": taps["lines"], "recogniser": taps["recogniser"]}
    materials = Materials(fonts)
    for kind, count in KINDS.items():
        make = maker(kind, materials)
        for seed in range(count):
            image = Image.fromarray(make(seed).pixels)
            reader.read_page(image.resize((round(image.width * ENLARGED), round(image.height * ENLARGED))))
    return {name: _spread(tap.inputs, MOST_BATCHES[name]) for name, tap in taps.items()}


def _spread(inputs: Sequence[np.ndarray], most: int) -> list[np.ndarray]:
    """So many of them, from the first to the last."""
    places = np.unique(np.linspace(0, len(inputs) - 1, most).round().astype(int))
    return [inputs[place] for place in places]


def write_int8(folder: Path, name: str, inputs: Sequence[np.ndarray], left: Sequence[str] = ()) -> Path:
    """Write the int8 graph of a net of a nano folder beside its other one; layers that are `left` stay as they are."""
    with tempfile.TemporaryDirectory(prefix="sokdok-int8-") as place:
        _quantise(_folded(folder / f"{name}.onnx", Path(place)), folder / f"{name}{INT8}", inputs, left)
    return folder / f"{name}{INT8}"


def layer_errors(folder: Path, name: str, inputs: Sequence[np.ndarray]) -> Iterator[LayerError]:
    """Compare each layer of a net alone in int8, and at last all of them, with the net as it is."""
    import onnx

    with tempfile.TemporaryDirectory(prefix="sokdok-int8-") as place:
        folded, one = _folded(folder / f"{name}.onnx", Path(place)), Path(place) / f"one{INT8}"
        graph = onnx.load(folded).graph
        shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
        nodes = [node for node in graph.node if node.op_type in OPERATORS]
        layers = {node.name: shapes[node.input[1]] for node in nodes if node.input[1] in shapes}
        wanted = [open_graph(folded, 1).run(None, {"pixels": pixels})[0] for pixels in inputs]
        for layer, left in [*((layer, [n.name for n in nodes if n.name != layer]) for layer in layers), ("all", [])]:
            _quantise(folded, one, inputs, left)
            found = [open_graph(one, 1).run(None, {"pixels": pixels})[0] for pixels in inputs]
            errors = [np.linalg.norm(f - w) / np.linalg.norm(w) for f, w in zip(found, wanted, strict=True)]
            answers = [_different(name, f, w) for f, w in zip(found, wanted, strict=True)]
            yield LayerError(layer, layers.get(layer, ()), float(np.mean(errors)), float(np.mean(answers)))


def _different(name: str, found: np.ndarray, wanted: np.ndarray) -> float:
    """The share of the answers of a net that differ, of those that say anything in either."""
    if name == "lines":
        one, other = found[:, CORE] > 0, wanted[:, CORE] > 0
        said = one | other
    else:
        one, other = found.argmax(-1), wanted.argmax(-1)
        blank = wanted.shape[-1] - 1
        said = (one != blank) | (other != blank)
    return float((one != other)[said].mean()) if said.any() else 0.0


def _folded(path: Path, place: Path) -> Path:
    """The graph of a net in one file, its weights in fp32 and its norms within its convolutions."""
    try:
        import onnx
    except ImportError:
        raise MissingExtraError("torch", "writing int8 graphs") from None
    import onnxruntime

    # Copied, since onnx takes no weights from a file with a second name, as installed packages' files may have.
    here, _ = (shutil.copyfile(path.with_name(name), place / name) for name in (path.name, WEIGHTS))
    onnx.save(onnx.load(here), place / "whole.onnx")
    options = session_options(1)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(place / "folded.onnx")
    onnxruntime.InferenceSession(str(place / "whole.onnx"), options, providers=["CPUExecutionProvider"])
    onnx.shape_inference.infer_shapes_path(place / "folded.onnx")
    return place / "folded.onnx"


def _quantise(folded: Path, target: Path, inputs: Sequence[np.ndarray], left: Sequence[str]) -> None:
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):
        """Hands over one input after another."""

        def __init__(self) -> None:
            self.rest = iter(inputs)

        def get_next(self) -> dict[str, np.ndarray] | None:
            pixels = next(self.rest, None)
            return None if pixels is None else {"pixels": pixels}

    quantize_static(
        folded,
        target,
        Reader(),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=list(OPERATORS),
        per_channel=True,
        extra_options={
            "QDQOpTypePerChannelSupportToAxis": {"MatMul": 1},
            # What is likeliest is told by differences between logits that 256 steps would not show.
            "OpTypesToExcludeOutputQuantization": ["MatMul"],
        },
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,  # of eight bits: seven lose too much
        nodes_to_exclude=list(left),
    )
