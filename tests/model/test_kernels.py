"""The compiled matrix-vector products against torch, and what happens without a compiler."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F  # noqa: E402

from sokdok.model import kernels  # noqa: E402
from sokdok.model.config import DecoderConfig  # noqa: E402
from sokdok.model.decoder import Linear, MixtureOfExperts  # noqa: E402
from sokdok.model.kernels import build  # noqa: E402
from sokdok.model.quantize import Int8Head, Int8Linear, quantise  # noqa: E402

compiled = pytest.mark.skipif(build.library() is None, reason="no C compiler with OpenMP")
MIXED = DecoderConfig(
    hidden=128,
    layers=1,
    heads=2,
    dense_ffn=192,
    vocab=50,
    moe_ffn=64,
    experts=16,
    experts_per_token=3,
    shared_experts=2,
)
VECTORS = [1, 2, 3, 4, 5, 8, 11]  # every branch of the tiles, and their remainders


def relative(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found.float() - expected.float()).norm() / expected.float().norm())


@compiled
@torch.no_grad()
@pytest.mark.parametrize("rows", [1, 7, 250], ids=lambda rows: f"{rows} rows")
@pytest.mark.parametrize("vectors", VECTORS)
@pytest.mark.parametrize("width", [64, 192, 640])
def test_products_equal_torch(rows: int, vectors: int, width: int) -> None:
    torch.manual_seed(rows + vectors)
    x, weight = torch.randn(vectors, width).bfloat16(), torch.randn(rows, width).bfloat16()
    exact = x.float() @ weight.float().T
    assert relative(kernels.linear(x, (weight, None), torch.float32), exact) < 1e-6
    assert torch.equal(kernels.linear(x, (weight, None)), kernels.linear(x, (weight, None), torch.float32).bfloat16())
    typical = x.float().norm(dim=1)[:, None] * weight.float().norm(dim=1) / width**0.5
    assert ((kernels.linear(x, quantise(weight), torch.float32) - exact).abs() / typical).max() < 0.05


@compiled
@torch.no_grad()
@pytest.mark.parametrize("vectors", VECTORS)
@pytest.mark.parametrize("shared", [0, 2], ids=["no shared expert", "shared expert"])
def test_experts_equal_torch(vectors: int, shared: int) -> None:
    torch.manual_seed(vectors)
    mixture = MixtureOfExperts(replace(MIXED, shared_experts=shared)).bfloat16().eval()
    x = torch.randn(1, vectors, 128).bfloat16()
    assert kernels.usable(x, mixture.experts[0].gate_proj.weight)
    fast = mixture(x)
    assert relative(fast, mixture.float()(x.float())) < 0.02


@compiled
@torch.no_grad()
def test_experts_follow_new_weights() -> None:
    """The table of addresses must not outlive the tensors it points to."""
    torch.manual_seed(0)
    mixture, x = MixtureOfExperts(MIXED).bfloat16().eval(), torch.randn(1, 1, 128).bfloat16()
    before = mixture(x)
    fresh = MixtureOfExperts(MIXED).bfloat16()
    mixture.load_state_dict(fresh.state_dict(), assign=True)
    assert torch.equal(mixture(x), fresh(x))
    assert not torch.equal(mixture(x), before)


@torch.no_grad()
def test_quantised_weights_are_within_half_a_step() -> None:
    weight = torch.randn(40, 128)
    data, scale = quantise(weight)
    assert data.dtype == torch.uint8
    assert ((data.float() - 128) * scale[:, None] - weight).abs().max() <= scale.max() / 2 + 1e-6
    zero, _ = quantise(torch.zeros(3, 64))
    assert (zero == 128).all()


@torch.no_grad()
@pytest.mark.parametrize("vectors", [1, 40], ids=["kernel", "widened"])
def test_int8_layer_is_close(vectors: int) -> None:
    torch.manual_seed(0)
    layer = Linear(256, 96).bfloat16()
    x = torch.randn(vectors, 256).bfloat16()
    assert relative(Int8Linear(layer.weight)(x), layer.float()(x.float())) < 0.02


@torch.no_grad()
def test_int8_head_gives_the_exact_logits_where_it_counts() -> None:
    torch.manual_seed(0)
    weight = torch.randn(2000, 128).bfloat16()
    x = torch.randn(3, 1, 128).bfloat16()
    exact = x.float() @ weight.float().T
    logits = Int8Head(weight)(x)
    assert logits.dtype == torch.float32
    assert torch.equal(logits.argmax(-1), exact.argmax(-1))
    best = exact.topk(8).indices
    assert torch.allclose(logits.gather(-1, best), exact.gather(-1, best), rtol=1e-2)


@torch.no_grad()
def test_without_a_compiler_torch_does_the_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert build.library.__wrapped__() is None
    monkeypatch.setattr(kernels, "library", lambda: None)
    layer, x = Linear(128, 64).bfloat16(), torch.randn(1, 128).bfloat16()
    assert torch.equal(layer(x), F.linear(x, layer.weight))


def test_a_source_that_does_not_compile_is_no_disaster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "decode.c"
    broken.write_text("int main( {")
    monkeypatch.setattr(build, "SOURCE", broken)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert build.library.__wrapped__() is None
    assert not list((tmp_path / "sokdok" / "kernels").glob("*.so"))
