"""int8 graphs of nano's nets: convolutions of whole numbers, which processors multiply two to four times as fast.

- `NAME.int8.onnx` stands beside `NAME.onnx`, with the same inputs and outputs, norms folded and weights inside; readers
  take it where it is (`model.nano.session.graph_file`).
- Weights have a scale for each channel, activations one for each tensor. Between what they lie is measured beforehand,
  on synthetic pages, never on those of an evaluation.
- Which nets is decided by measuring whole pages (`lab/scripts/compare_nanos.py`); LOG.md, 2026-11-26, has the tables.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from sokdok.model.nano.session import INT8, Graph, open_graph, session_options
from sokdok.reading.nano.page_reader import NanoPageReader
from sokdok_lab.synth.samples import Materials, maker
from sokdok_lab.training.checkpoint import write_checksums
from sokdok_lab.training.export import file_of

NET = "recogniser"  # the one that reads as well in int8: a detector in int8 loses a twentieth of worn pages
KINDS = {"page": 10, "table": 4, "handwriting": 4}
"""synthetic pictures of each kind that are read to see what activations lie between"""
ENLARGED = 1.6  # as real pages are: synthetic ones are 640 pixels high
MOST_AT_ONCE = 4  # lines of a batch that is looked at
MOST_BATCHES = 40


class _Tap:
    """A graph whose inputs are kept."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.inputs: list[np.ndarray] = []

    def run(self, outputs: None, inputs: Mapping[str, np.ndarray]) -> Sequence[np.ndarray]:
        self.inputs.append(inputs["pixels"][:MOST_AT_ONCE].copy())
        return self.graph.run(outputs, inputs)


def complete(folder: Path, fonts: Path | None = None) -> list[Path]:
    """Write the int8 graph that a nano folder lacks, and its checksums; returns what was written.

    It is calibrated on what the net gets to see of synthetic pages in some fonts, those of the system if None.
    """
    written = []
    if not (folder / f"{NET}{INT8}").is_file():
        reader, tap = NanoPageReader(folder, threads=1), _Tap(open_graph(folder / f"{NET}.onnx", 1))
        reader.graphs |= {NET: tap}
        for kind, count in KINDS.items():
            make = maker(kind, Materials(fonts))
            for seed in range(count):
                image = Image.fromarray(make(seed).pixels)
                reader.read_page(image.resize((round(image.width * ENLARGED), round(image.height * ENLARGED))))
        inputs = tap.inputs
        places = np.unique(np.linspace(0, len(inputs) - 1, MOST_BATCHES).round().astype(int))  # from first to last
        written.append(write_int8(folder, NET, [inputs[place] for place in places]))
    write_checksums(folder)
    return written


def write_int8(folder: Path, name: str, inputs: Sequence[np.ndarray]) -> Path:
    """Write the int8 graph of a net of a nano folder beside its other one."""
    with tempfile.TemporaryDirectory(prefix="sokdok-int8-") as place:
        _quantise(_folded(folder / f"{name}.onnx", Path(place)), folder / f"{name}{INT8}", inputs)
    return folder / f"{name}{INT8}"


def _folded(path: Path, place: Path) -> Path:
    """The graph of a net in one file, its weights in fp32 and its norms within its convolutions."""
    import onnx
    import onnxruntime

    # Copied, since onnx takes no weights from a file with a second name, as installed packages' files may have.
    here, _ = (shutil.copyfile(path.with_name(name), place / name) for name in (path.name, file_of(path.stem)))
    onnx.save(onnx.load(here), place / "whole.onnx")
    options = session_options(1)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(place / "folded.onnx")
    onnxruntime.InferenceSession(str(place / "whole.onnx"), options, providers=["CPUExecutionProvider"])
    onnx.shape_inference.infer_shapes_path(place / "folded.onnx")
    return place / "folded.onnx"


def _quantise(folded: Path, target: Path, inputs: Sequence[np.ndarray]) -> None:
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
        op_types_to_quantize=["Conv", "Add", "MatMul"],
        per_channel=True,
        extra_options={
            "QDQOpTypePerChannelSupportToAxis": {"MatMul": 1},
            # What is likeliest shows in differences between logits that 256 steps would not show.
            "OpTypesToExcludeOutputQuantization": ["MatMul"],
        },
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,  # of eight bits: seven lose too much
    )
