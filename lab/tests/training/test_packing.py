"""int8 weights: what is kept, how exactly."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from sokdok_lab.training.export import pack, unpack  # noqa: E402


def test_rows_keep_their_own_scale_and_small_tensors_their_precision() -> None:
    torch.manual_seed(0)
    tensors = {"w": torch.randn(64, 3, 5, 5) * torch.logspace(-4, 2, 64)[:, None, None, None], "b": torch.randn(64)}
    packed = pack(tensors | {"seen": torch.tensor(7)})
    assert packed["w"].dtype == torch.int8 and set(packed) == {"w", "w.scale", "b"}
    back = unpack(packed)
    assert torch.equal(back["b"], tensors["b"])
    error = (back["w"] - tensors["w"]).flatten(1).abs().amax(1)
    assert (error <= tensors["w"].flatten(1).abs().amax(1) / 127 * 0.501).all()


def test_what_was_packed_packs_to_the_same() -> None:
    packed = pack({"w": torch.randn(100, 50)})
    again = pack(unpack(packed))
    assert torch.equal(packed["w"], again["w"])


def test_other_formats_are_only_widened() -> None:
    assert torch.equal(unpack({"w": torch.ones(2, 2, dtype=torch.float16)})["w"], torch.ones(2, 2))
