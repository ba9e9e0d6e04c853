"""Saves a trained network as weights and as the graphs that sokdok runs.

`python -m sokdok_lab.structure.weights RUN OUT.safetensors [--graphs FOLDER]`
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from sokdok.layout.structure.nodes import FIRST, LAST, NUMBERS, SIDES
from sokdok_lab.structure.model import Size, StructureNet
from sokdok_lab.training.checkpoint import CHECKPOINT, load_average, state_of
from sokdok_lab.training.export import Called


def save(net: StructureNet, path: Path, facts: dict[str, Any]) -> None:
    """Write weights as halves, with the network's size and facts of its training in the file's head."""
    halves = {name: value.to(torch.float16).contiguous() for name, value in net.state_dict().items()}
    save_file(halves, path, {"size": json.dumps(asdict(net.size)), "facts": json.dumps(facts)})


def load(path: Path) -> tuple[StructureNet, dict[str, Any]]:
    """The network of a file and the facts of its training."""
    with safe_open(path, "pt") as file:
        head = file.metadata() or {}
        state = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    net = StructureNet(Size(**json.loads(head.get("size", "{}"))))
    net.load_state_dict(state)
    return net.eval(), json.loads(head.get("facts", "{}"))


def _page(net: nn.Module, numbers: Tensor, place: Tensor, cell: Tensor, letters: Tensor, hash: Tensor) -> list[Tensor]:
    """What the network says of a page."""
    mask = torch.ones_like(hash, dtype=torch.bool)
    given = {"numbers": numbers, "place": place, "cell": cell, "letters": letters, "hash": hash, "mask": mask}
    out = net(given)
    return [out[name] for name in PAGE_OUTPUTS]


LEAST_HALVED = 64  # numbers of a weight that is written as halves
PAGE_OUTPUTS = ("role", "level", "flags", "none", "x", "links")


def export(net: StructureNet, folder: Path) -> None:
    """Write `structure.onnx` and `structure_tables.onnx`, for any number of nodes."""
    count = 40
    place, cell = torch.rand(1, count, 5), torch.rand(1, count, SIDES)
    letters, hash = torch.zeros(1, count, FIRST + LAST, dtype=torch.int64), torch.zeros(1, count, dtype=torch.int64)
    page, table = torch.rand(1, count, NUMBERS), torch.rand(1, count, net.size.width)
    inputs = ["numbers", "place", "cell", "letters", "hash"]
    _write(Called(net, _page), (page, place, cell, letters, hash), folder / "structure.onnx", inputs, [*PAGE_OUTPUTS])
    grid = Called(net, StructureNet.grid)
    _write(grid, (table, place, cell), folder / "structure_tables.onnx", ["x", "place", "cell"], ["grids"])


def _write(graph: torch.nn.Module, example: tuple[Tensor, ...], path: Path, inputs: list[str], outs: list[str]) -> None:
    """Write a graph with its weights as halves, which onnxruntime widens when it is loaded."""
    axes = {name: {1: "nodes"} for name in inputs}
    torch.onnx.export(
        graph.eval(), example, path, input_names=inputs, output_names=outs, dynamic_axes=axes, dynamo=False,
        opset_version=17,
    )  # fmt: skip
    model = onnx.load(path)
    for weight in list(model.graph.initializer):
        values = onnx.numpy_helper.to_array(weight)
        if values.dtype == np.float32 and values.size >= LEAST_HALVED:
            half = onnx.numpy_helper.from_array(values.astype(np.float16), f"{weight.name}.half")
            model.graph.initializer.remove(weight)
            model.graph.initializer.append(half)
            widen = onnx.helper.make_node("Cast", [half.name], [weight.name], to=onnx.TensorProto.FLOAT)
            model.graph.node.insert(0, widen)
    onnx.save(model, path)


def main() -> None:
    """Take the running mean of a run's weights out as one small file; or make graphs of such a file again."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("run", type=Path, help="folder of a run of `sokdok train structure`, or the small file")
    parser.add_argument("out", type=Path)
    parser.add_argument("--graphs", type=Path, help="folder for the graphs, too")
    options = parser.parse_args()
    if options.run.is_dir():
        state = state_of(options.run / CHECKPOINT)
        width, *wide = (
            len(state["model"][name]) for name in ("norm.weight", "layers.0.up.bias", "table_layers.0.up.bias")
        )
        net = StructureNet(Size(width=width, hidden=wide[0] // width, table_hidden=wide[1] // width))
        load_average(options.run, net)
        options.out.parent.mkdir(parents=True, exist_ok=True)
        save(net, options.out, {"step": state["step"], "seconds": state["seconds"]})
    else:
        net, _ = load(options.run)
    if options.graphs:
        export(net, options.graphs)


if __name__ == "__main__":
    main()
