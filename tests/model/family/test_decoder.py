"""The family's decoder, its cache, and the encoder by queries."""

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


from sokdok.model.config import DecoderConfig  # noqa: E402

FULL = DecoderConfig(hidden=32, layers=2, heads=4, kv_heads=2, head_dim=16, dense_ffn=48, vocab=50)
WINDOW = replace(FULL, sliding_window=3)
PREFILLS, STEPS = (4, 7, 2), 9
configs = pytest.mark.parametrize("config", [FULL, WINDOW], ids=["full", "window"])


def alone(decoder: Decoder, x: torch.Tensor, prefill: int, steps: int) -> torch.Tensor:
    """Outputs of the steps behind a prefill, in one masked pass without a cache."""
    x = x[:, : prefill + steps]
    mask = causal_mask(x.shape[1], prefix_length=prefill, window=decoder.config.sliding_window)
    return decoder(x, mask=mask)[:, prefill:]


@torch.no_grad()
@configs
def test_rows_of_different_lengths_decode_together(config: DecoderConfig) -> None:
    torch.manual_seed(0)
    decoder, x = Decoder(config).eval(), torch.randn(3, 16, 32)
    cache = KVCache(config, capacity=16, batch=3)
    for row, prefill in enumerate(PREFILLS):
        decoder(x[row : row + 1, :prefill], cache=cache[row : row + 1])
    assert cache.lengths.tolist() == list(PREFILLS)
    rows = [[x[row, prefill + step] for row, prefill in enumerate(PREFILLS)] for step in range(STEPS)]
    outputs = torch.cat([decoder(torch.stack(step)[:, None], cache=cache) for step in rows], 1)
    for row, prefill in enumerate(PREFILLS):
        assert torch.allclose(outputs[row : row + 1], alone(decoder, x[row : row + 1], prefill, STEPS), atol=1e-5)


@torch.no_grad()
@configs
def test_a_row_moves_into_the_place_of_a_finished_one_and_a_new_one_enters(config: DecoderConfig) -> None:
    torch.manual_seed(0)
    decoder, x = Decoder(config).eval(), torch.randn(3, 16, 32)
    cache = KVCache(config, capacity=16, batch=2)
    decoder(x[:1, :4], cache=cache[:1])
    decoder(x[1:2, :7], cache=cache[1:])
    for step in range(5):
        decoder(torch.stack((x[0, 4 + step], x[1, 7 + step]))[:, None], cache=cache)
    cache.move(1, 0)  # the first page is done
    decoder(x[2:, :2], cache=cache[1:])
    steps = [decoder(torch.stack((x[1, 12 + step], x[2, 2 + step]))[:, None], cache=cache) for step in range(4)]
    together = torch.cat(steps, 1)
    assert torch.allclose(together[:1], alone(decoder, x[1:2], 7, 9)[:, 5:], atol=1e-5)
    assert torch.allclose(together[1:], alone(decoder, x[2:], 2, 4), atol=1e-5)


@torch.no_grad()
def test_with_a_window_memory_stays_constant() -> None:
    torch.manual_seed(0)
    decoder = Decoder(WINDOW).eval()
    cache = KVCache(WINDOW, capacity=4 + 3)
    decoder(torch.randn(1, 4, 32), cache=cache)
    for _ in range(50):
        decoder(torch.randn(1, 1, 32), cache=cache)
    assert cache.lengths.tolist() == [54]


@torch.no_grad()
def test_a_full_cache_says_so() -> None:
    decoder, cache = Decoder(FULL).eval(), KVCache(FULL, capacity=5, batch=2)
    decoder(torch.randn(2, 5, 32), cache=cache)
    with pytest.raises(ValueError, match="6 tokens, capacity 5"):
        decoder(torch.randn(2, 1, 32), cache=cache)


@torch.no_grad()
@pytest.mark.parametrize("config", [FULL, WINDOW], ids=["ragged rows", "window"])
def test_several_tokens_where_they_would_go_wrong(config: DecoderConfig) -> None:
    decoder, cache = Decoder(config).eval(), KVCache(config, capacity=20, batch=2)
    decoder(torch.randn(1, 5, 32), cache=cache[:1])
    decoder(torch.randn(1, 5 if config is WINDOW else 3, 32), cache=cache[1:])
    with pytest.raises(ValueError, match="rows of equal length"):
        decoder(torch.randn(2, 2, 32), cache=cache)


from sokdok.model.config import QueryEncoderConfig  # noqa: E402
from sokdok.model.family.deepencoder import QueryEncoder, visibility  # noqa: E402

TINY = QueryEncoderConfig(width=16, depth=1, heads=2, kv_heads=1, mlp_width=24, sides=(128, 192))


def test_who_sees_whom() -> None:
    image, first, second = [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]
    assert visibility(2, 2).int().tolist() == [[[image, image, first, second]]]


@pytest.mark.parametrize(("cells", "name", "queries"), [(1, "query_128", 4), (4, "query_128", 4), (5, "query_192", 9)])
def test_the_smallest_set_that_covers_the_view_answers(cells: int, name: str, queries: int) -> None:
    encoder = QueryEncoder(TINY)
    assert torch.equal(encoder.queries_for(cells), encoder.get_parameter(f"{name}.weight"))
    assert encoder(torch.zeros(2, 16, 1, cells)).shape == (2, queries, 16)


def test_a_view_larger_than_every_set_is_refused() -> None:
    with pytest.raises(ValueError, match="no queries for a view of 10 cells: 192 pixels a side is the most"):
        QueryEncoder(TINY)(torch.zeros(1, 16, 1, 10))


@torch.no_grad()
def test_an_earlier_answer_ignores_later_queries() -> None:
    encoder = QueryEncoder(TINY).eval()
    view = torch.randn(1, 16, 2, 2, generator=torch.Generator().manual_seed(0))
    before = encoder(view)
    encoder.get_parameter("query_128.weight")[2] += 1
    after = encoder(view)
    assert torch.equal(before[:, :2], after[:, :2])
    assert not torch.allclose(before[:, 2], after[:, 2]) and not torch.allclose(before[:, 3], after[:, 3])
