"""Parts of the decoder and the encoder that parity on one small model leaves open."""

import pytest
from msgspec.structs import replace

torch = pytest.importorskip("torch")

from sokdok.model.config import ClipConfig, DecoderConfig, SamConfig  # noqa: E402
from sokdok.model.family.decoder import Decoder, KVCache, MixtureOfExperts, causal_mask  # noqa: E402  # noqa: E402
from sokdok.model.family.deepencoder import DeepEncoder  # noqa: E402

DENSE = DecoderConfig(hidden=32, layers=2, heads=4, kv_heads=2, head_dim=16, dense_ffn=48, vocab=50)
MIXED = replace(DENSE, moe_ffn=16, experts=16, experts_per_token=3, shared_experts=1, first_dense=1)


@torch.no_grad()
@pytest.mark.parametrize("tokens", [1, 40], ids=["most experts idle", "most experts busy"])
def test_gathering_equals_one_token_at_a_time(tokens: int) -> None:
    torch.manual_seed(0)
    mixture, x = MixtureOfExperts(MIXED), torch.randn(tokens, 32)
    weights, indices = mixture.gate(x)
    assert (weights.sum(-1) < 1).all()  # not renormalised
    expected = [
        sum(w * mixture.experts[int(i)](row) for w, i in zip(token_weights, token_indices, strict=True))
        for row, token_weights, token_indices in zip(x, weights, indices, strict=True)
    ]
    assert torch.allclose(mixture.routed(x), torch.stack(expected), atol=1e-6)


def test_mixture_in_bf16_routes_in_fp32_and_trains() -> None:
    torch.manual_seed(0)
    mixture = MixtureOfExperts(MIXED).bfloat16()
    x = torch.randn(2, 9, 32, dtype=torch.bfloat16)
    assert mixture.gate(x.flatten(0, 1))[0].dtype == torch.float32
    out = mixture(x)
    out.float().sum().backward()
    assert out.dtype == torch.bfloat16
    assert mixture.gate.weight.grad.abs().sum() > 0


@torch.no_grad()
@pytest.mark.parametrize("config", [DENSE, MIXED, replace(MIXED, sliding_window=3)], ids=["dense", "mixed", "window"])
def test_a_batch_of_cached_steps(config: DecoderConfig) -> None:
    torch.manual_seed(0)
    decoder, x = Decoder(config).eval(), torch.randn(3, 11, 32)
    cache = KVCache(config, capacity=11, batch=3)
    steps = [decoder(x[:, :4], cache=cache)] + [decoder(x[:, t : t + 1], cache=cache) for t in range(4, 11)]
    mask = causal_mask(11, prefix_length=4, window=config.sliding_window)
    assert torch.allclose(torch.cat(steps, 1), decoder(x, mask=mask), atol=1e-5)
    assert (cache.lengths.tolist(), cache.prefixes.tolist()) == ([11] * 3, [4] * 3)


def test_reference_window() -> None:
    """Prefix of 2, window of 2: each later query sees the prefix, its predecessor and itself."""
    visible = causal_mask(6, prefix_length=2, window=2)[0, 0].int().tolist()
    assert visible == [
        [1, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0],
        [1, 1, 1, 1, 0, 0],
        [1, 1, 0, 1, 1, 0],
        [1, 1, 0, 0, 1, 1],
    ]
    assert causal_mask(1, past=5, prefix_length=2, window=2)[0, 0].int().tolist() == visible[5:]


@pytest.mark.parametrize("abs_pos", [True, False])
def test_small_encoder_with_conv_stem_on_a_page_that_is_not_square(abs_pos: bool) -> None:
    sam = SamConfig(
        width=32, depth=2, heads=2, window=8, image_size=128, neck_width=16, compressor_widths=(24, 48),
        mlp_ratio=2.0, stem="conv", stem_widths=(8, 16), abs_pos=abs_pos,
    )  # fmt: skip
    encoder = DeepEncoder(sam, ClipConfig(48, 1, 2, 64, image_size=2, patch_size=1), out_width=96)
    tokens = encoder(torch.randn(2, 3, 128, 256))
    tokens.sum().backward()
    assert tokens.shape == (2, 2, 4, 96)
    without = [n for n, p in encoder.named_parameters() if p.requires_grad and p.grad is None]
    assert without == []
