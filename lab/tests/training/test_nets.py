"""nano's smaller nets: the shipped checkpoint has the shapes that their formats call for."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

import sokdok
from sokdok.model.nano.nets import NETS
from sokdok_lab.training.export import ALONE, WEIGHTS, load_packed

BUNDLED = Path(sokdok.__file__).parent / "nano"


@pytest.mark.parametrize("name", NETS)
def test_the_bundled_weights_fit_the_net(name: str) -> None:
    weights = load_packed(BUNDLED / (f"{name}.safetensors" if name in ALONE else WEIGHTS))
    shapes = {key.removeprefix(f"{name}."): value.shape for key, value in weights.items() if key.startswith(f"{name}.")}
    needed = {key: value.shape for key, value in NETS[name]().state_dict().items() if "num_batches" not in key}
    assert shapes == needed
