"""Rows of a cache that fill at their own pace."""

import pytest
from msgspec.structs import replace

torch = pytest.importorskip("torch")

from sokdok.model.config import DecoderConfig  # noqa: E402
from sokdok.model.family.decoder import Decoder, KVCache, causal_mask  # noqa: E402

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
