"""Saves and loads a trained network: `python -m sokdok_lab.structure.weights RUN/structure.pt OUT.safetensors`."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from sokdok_lab.structure.model import Size, StructureNet


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


def main() -> None:
    """Take the running mean of the weights of a run's checkpoint out as one small file."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    kept = torch.load(options.checkpoint, weights_only=True, map_location="cpu")
    net = StructureNet(Size(width=kept["mean"]["norm.weight"].shape[0]))
    net.load_state_dict(kept["mean"])
    options.out.parent.mkdir(parents=True, exist_ok=True)
    save(net, options.out, kept["state"])
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.2f} MB, {kept['state']}")


if __name__ == "__main__":
    main()
