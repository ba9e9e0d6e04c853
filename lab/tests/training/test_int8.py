"""int8 graphs: nearly the same answers, of whole numbers, and the ones that readers take."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from sokdok.machine import multiplies_bytes
from sokdok.model.nano.session import graph_file, open_graph, session_options
from sokdok_lab.training.int8 import write_int8

pytestmark = pytest.mark.skipif(not multiplies_bytes(), reason="products of bytes overflow on this processor")
PICTURES = [np.random.default_rng(seed).random((1, 1, 32, 48), np.float32) for seed in range(3)]
CHANNELS = 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A nano folder with a text detector of two convolutions and a norm, of random weights."""
    rng = np.random.default_rng(0)
    weights = {
        "one.weight": rng.normal(0, 0.3, (CHANNELS, 1, 3, 3)),
        "two.weight": rng.normal(0, 0.3, (CHANNELS, CHANNELS, 3, 3)),
        "scale": rng.uniform(0.5, 2, CHANNELS),
        "bias": rng.normal(0, 1, CHANNELS),
        "mean": rng.normal(0, 1, CHANNELS),
        "variance": rng.uniform(0.5, 2, CHANNELS),
    }
    nodes = [
        helper.make_node("Conv", ["pixels", "one.weight"], ["a"], "one", pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["a", "scale", "bias", "mean", "variance"], ["b"], "norm"),
        helper.make_node("Relu", ["b"], ["c"], "relu"),
        helper.make_node("Conv", ["c", "two.weight"], ["logits"], "two", pads=[1, 1, 1, 1]),
    ]
    float32 = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("pixels", float32, ["batch", 1, "height", "width"])],
        [helper.make_tensor_value_info("logits", float32, ["batch", CHANNELS, "height", "width"])],
        [onnx.numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    (tmp_path / "model.safetensors").touch()
    onnx.save(model, tmp_path / "lines.onnx")
    return tmp_path


def answer(path: Path) -> np.ndarray:
    return np.asarray(open_graph(path, 1).run(None, {"pixels": PICTURES[0]})[0])


def operators(path: Path, target: Path) -> set[str]:
    """What is left of a graph when it is opened."""
    import onnxruntime

    options = session_options(1, int8=True)
    options.optimized_model_filepath = str(target)
    onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return {node.op_type for node in onnx.load(target).graph.node}


def test_readers_take_a_graph_of_whole_numbers_that_answers_alike(folder: Path, tmp_path: Path) -> None:
    wanted = answer(folder / "lines.onnx")
    path = write_int8(folder, "lines", PICTURES)
    assert graph_file(folder, "lines") == path
    assert 0 < np.linalg.norm(answer(path) - wanted) < 0.03 * np.linalg.norm(wanted)
    found = operators(path, tmp_path / "run.onnx")
    assert "QLinearConv" in found and not found & {"Conv", "FusedConv", "BatchNormalization"}
