"""The compiled matrix-vector products against torch, and what happens without a compiler."""

import ctypes
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

torch = pytest.importorskip("torch")

import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

from sokdok.model import kernels  # noqa: E402
from sokdok.model.checkpoints.loading import Int8Head, Int8Linear, quantise, quantize_decoder  # noqa: E402
from sokdok.model.config import DecoderConfig  # noqa: E402
from sokdok.model.family.decoder import Decoder, KVCache, Router  # noqa: E402
from sokdok.model.family.deepseek_ocr import Head  # noqa: E402
from sokdok.model.kernels import Step  # noqa: E402

compiled = pytest.mark.skipif(kernels.library() is None, reason="no C compiler with OpenMP")
MIXED = DecoderConfig(
    hidden=128, layers=2, heads=4, kv_heads=2, head_dim=64, dense_ffn=192, vocab=50, moe_ffn=64, experts=16,
    experts_per_token=3, shared_experts=2, first_dense=1,
)  # fmt: skip
VARIANTS: dict[str, dict[str, Any]] = {
    "mixture": {},
    "no shared expert": {"shared_experts": 0},
    "window": {"sliding_window": 3},
    "dense": {"experts": 0},
}
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
    assert relative(kernels.linear(x, (weight, None)), exact) < 1e-6
    typical = x.float().norm(dim=1)[:, None] * weight.float().norm(dim=1) / width**0.5
    assert ((kernels.linear(x, quantise(weight)) - exact).abs() / typical).max() < 0.05


def steps(decoder: Decoder, x: torch.Tensor, prefills: list[int], count: int) -> torch.Tensor:
    """Outputs (rows, count, D) of single tokens behind prefills of different lengths."""
    config, dtype = decoder.config, next(decoder.parameters()).dtype
    cache = KVCache(config, 16, len(x), dtype=dtype)
    for row, prefill in enumerate(prefills):
        decoder(x[row : row + 1, :prefill].to(dtype), cache=cache[row : row + 1])
    tokens = [torch.stack([x[row, p + step] for row, p in enumerate(prefills)])[:, None] for step in range(count)]
    return torch.cat([decoder(token.to(dtype), cache=cache) for token in tokens], 1).float()


@compiled
@torch.no_grad()
@pytest.mark.parametrize("rows", VECTORS)
@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS)
def test_a_step_equals_torch(rows: int, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """bf16 rounds somewhere in any case: the kernel is at most as far from fp32 as torch in bf16, and a bit."""
    torch.manual_seed(rows)
    config = replace(MIXED, **changes)
    decoder, x = Decoder(config).bfloat16().eval(), torch.randn(rows, 12, config.hidden).bfloat16()
    exact = Decoder(config).eval()
    exact.load_state_dict(decoder.state_dict())
    prefills = [2 + row % 5 for row in range(rows)]
    expected = steps(exact, x.float(), prefills, 5)
    fast = steps(decoder, x, prefills, 5)
    monkeypatch.setattr("sokdok.model.kernels.library", lambda: None)
    slow = steps(decoder, x, prefills, 5)
    assert not torch.equal(fast, slow)  # two ways indeed
    assert relative(fast, expected) < relative(slow, expected) + 0.002


@compiled
@torch.no_grad()
@pytest.mark.parametrize("rows", [1, 3, 8])
def test_a_step_in_int8_is_close(rows: int) -> None:
    torch.manual_seed(rows)
    model = nn.Module()
    model.model = Decoder(MIXED).bfloat16().eval()
    x = torch.randn(rows, 12, MIXED.hidden).bfloat16()
    before = steps(model.model, x, [3] * rows, 6)
    quantize_decoder(model)
    assert isinstance(model.model.layers[1].mlp.experts[0].up_proj, Int8Linear)
    assert isinstance(model.model.layers[1].mlp.gate, Router)
    assert relative(steps(model.model, x, [3] * rows, 6), before) < 0.03


@torch.no_grad()
def test_quantised_weights_are_within_half_a_step() -> None:
    weight = torch.randn(40, 128)
    data, scale = quantise(weight)
    assert data.dtype == torch.uint8
    assert ((data.float() - 128) * scale[:, None] - weight).abs().max() <= scale.max() / 2 + 1e-6
    zero, _ = quantise(torch.zeros(3, 64))
    assert (zero == 128).all()


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
    assert kernels.library.__wrapped__() is None
    monkeypatch.setattr(kernels, "library", lambda: None)
    layer, x = Head(128, 64).bfloat16(), torch.randn(1, 128).bfloat16()
    assert torch.equal(layer(x), F.linear(x, layer.weight))


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache folder of the user's, and a source that compiles quickly."""
    source = tmp_path / "decode.c"
    source.write_text("void sokdok_linear(void) {} void sokdok_step(void) {}")
    monkeypatch.setattr(kernels, "SOURCE", source)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "sokdok" / "kernels"


def test_a_source_that_does_not_compile_is_no_disaster(cache: Path) -> None:
    kernels.SOURCE.write_text("int main( {")
    assert kernels.library.__wrapped__() is None
    assert not list(cache.glob("*.so"))


def trap(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The libraries that are loaded from here on."""
    loaded: list[str] = []
    load = kernels.ctypes.CDLL

    def noted(path: str) -> Any:
        loaded.append(path)
        return load(path)

    monkeypatch.setattr(kernels.ctypes, "CDLL", noted)
    return loaded


@compiled
def test_the_cache_is_the_users_alone_and_used_again(cache: Path) -> None:
    assert kernels.library.__wrapped__() is not None
    (made,) = cache.glob("*.so")
    written = made.stat().st_mtime_ns
    assert cache.stat().st_mode & 0o777 == made.stat().st_mode & 0o777 == 0o700
    assert kernels.library.__wrapped__() is not None and made.stat().st_mtime_ns == written


@compiled
@pytest.mark.parametrize("fault", ["writable", "link", "foreign"])
def test_a_library_that_another_can_have_written_is_compiled_again(cache: Path, fault: str, tmp_path: Path) -> None:
    kernels.library.__wrapped__()
    (made,) = cache.glob("*.so")
    if fault == "link":
        made.rename(tmp_path / "elsewhere.so")
        made.symlink_to(tmp_path / "elsewhere.so")
    else:
        made.unlink()  # not overwritten: this process has it mapped
        made.write_bytes(b"evil")
    if fault == "writable":
        made.chmod(0o722)
    elif fault == "foreign":
        if os.geteuid():
            pytest.skip("only root gives files away")
        os.chown(made, 65534, -1)
    assert kernels.library.__wrapped__() is not None
    assert made.read_bytes() != b"evil" and not made.is_symlink() and made.stat().st_uid == os.geteuid()


@compiled
@pytest.mark.parametrize("fault", ["folder", "above"])
def test_a_cache_that_others_write_to_is_not_used(cache: Path, fault: str, tmp_path: Path, monkeypatch) -> None:
    cache.mkdir(parents=True, mode=0o700)
    (cache if fault == "folder" else tmp_path).chmod(0o777)
    loaded = trap(monkeypatch)
    assert kernels.library.__wrapped__() is not None
    assert not list(cache.glob("*.so"))
    assert len(loaded) == 1 and not Path(loaded[0]).is_relative_to(tmp_path) and not Path(loaded[0]).exists()


@compiled
@torch.no_grad()
@pytest.mark.parametrize("quantised", [False, True], ids=["bf16", "int8"])
def test_a_width_that_is_no_multiple_of_the_vector_is_refused(quantised: bool) -> None:
    x, weight = torch.randn(2, 100).bfloat16(), torch.randn(8, 100).bfloat16()
    with pytest.raises(ValueError, match="refuse these sizes"):
        kernels.linear(x, quantise(weight) if quantised else (weight, None))


@compiled
@torch.no_grad()
@pytest.mark.parametrize(("slot", "used"), [(-1, 1), (16, 1), (2**40, 1), (0, 0), (0, -1), (0, 17)])
def test_a_place_outside_the_cache_is_refused(slot: int, used: int) -> None:
    decoder = Decoder(MIXED).bfloat16().eval()
    buffer = torch.zeros(MIXED.layers, 2, 1, MIXED.kv_heads, 16, MIXED.head_dim).bfloat16()
    x = torch.randn(1, 1, MIXED.hidden).bfloat16()
    places = np.array([slot]), np.array([used])
    with pytest.raises(ValueError, match="refuse these sizes"):
        Step(MIXED, decoder.layers)(x, buffer, np.array([0]), *places)
    assert not buffer.any()


SCARCE = """
#include <stdlib.h>
int left = 1 << 30;
static void *scarce(size_t size) { return left-- > 0 ? malloc(size) : NULL; }
#define malloc scarce
"""


@compiled
@torch.no_grad()
def test_a_lack_of_memory_is_reported_wherever_it_comes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every malloc fails once, the first, the second …; what was taken before is given back, the result is right."""
    source = tmp_path / "decode.c"
    source.write_text(SCARCE + kernels.SOURCE.read_text())
    monkeypatch.setattr(kernels, "SOURCE", source)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    lib = kernels.library.__wrapped__()
    monkeypatch.setattr(kernels, "library", lambda: lib)
    left = ctypes.c_int.in_dll(lib, "left")
    weight, x = torch.randn(9, 64).bfloat16(), torch.randn(3, 64).bfloat16()
    decoder = Decoder(MIXED).bfloat16().eval()
    step, place = Step(MIXED, decoder.layers), (np.array([0]), np.array([0]), np.array([1]))
    buffer = torch.zeros(MIXED.layers, 2, 1, MIXED.kv_heads, 16, MIXED.head_dim).bfloat16()
    calls = {
        "linear": lambda: kernels.linear(x, (weight, None)),
        "step": lambda: step(torch.ones(1, 1, MIXED.hidden).bfloat16(), buffer, *place),
    }
    for call in calls.values():
        left.value = 1 << 30
        expected = call()
        taken = (1 << 30) - left.value
        assert taken > 5
        for number in range(taken):
            left.value = number
            with pytest.raises(MemoryError):
                call()
        left.value = taken
        assert torch.equal(call(), expected)
