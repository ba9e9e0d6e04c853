"""nano's own parts: upsampler, prefix, the two forms of the decoder, the copy path."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from sokdok.model.config import ClipConfig, DecoderConfig, NanoConfig, SamConfig
from sokdok.model.family.decoder import causal_mask
from sokdok.model.nano.alphabet import EDGE_STEPS, FINALS, MOVES, VOWELS
from sokdok_lab.training.nano import Nano, SymbolLogits, depth_to_space

LAYERS, WINDOW, CLASSES = 2, 3, 50
CONFIG = NanoConfig(
    name="tiny",
    sam=SamConfig(
        width=16,
        depth=1,
        heads=2,
        window=4,
        image_size=128,
        neck_width=8,
        compressor_widths=(32, 128),
        mlp_ratio=2.0,
        stem="conv",
        stem_widths=(8, 12),
        abs_pos=False,
    ),  # fmt: skip
    clip=ClipConfig(width=128, depth=1, heads=2, mlp_width=32, image_size=2, patch_size=1),
    decoder=DecoderConfig(hidden=16, layers=LAYERS, heads=2, dense_ffn=24, vocab=CLASSES, sliding_window=WINDOW),
    classes=CLASSES,
    vision_width=128,
    subcell_width=12,
    upsampler_width=20,
)


@pytest.fixture(scope="module", autouse=True)
def no_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def fresh() -> Nano:
    torch.manual_seed(0)
    return Nano(CONFIG).eval()


@pytest.fixture(scope="module")
def nano() -> Nano:
    """Every parameter random: fresh ones are partly zero and would hide most faults."""
    torch.manual_seed(1)
    model = Nano(CONFIG).eval()
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape)
        parameter.copy_(1 + 0.2 * noise if parameter.ndim == 1 and "norm" in name else 0.15 * noise)
    return model


def segment(batch: int, steps: int) -> dict[str, Any]:
    """Random reading steps: `forward`'s arguments behind the vision tokens."""
    draw = torch.Generator().manual_seed(2)

    def below(high: int, *shape: int) -> Any:
        return torch.randint(0, high, (batch, *shape), generator=draw)

    symbols = torch.stack([below(n, steps) for n in (CLASSES + 1, VOWELS + 1, FINALS + 1)], -1)
    local = torch.randn(batch, steps, CONFIG.subcell_width, generator=draw)
    return {
        "symbols": symbols,
        "moves": below(len(MOVES), steps),
        "local": local,
        "edges": below(EDGE_STEPS + 1, steps, 2),
    }


def joined(logits: SymbolLogits, moves: Any) -> Any:
    return torch.cat([*logits, moves], -1)


def read(model: Nano, tokens: Any, steps: dict[str, Any]) -> Any:
    """Symbol and move logits (B, T, all) of teacher-forced steps from text position 0."""
    return joined(*model(tokens, **steps, offset=torch.zeros(len(tokens), dtype=torch.long)))


def test_prefix_order(nano: Nano) -> None:
    """Row by row, a newline behind each row and the separator at the end; pages need not be square."""
    tokens = torch.randn(2, 2, 3, CONFIG.vision_width)
    rows = [t for row in tokens[1] for t in (*row, nano.image_newline)]
    expected = nano.projection(torch.stack([*rows, nano.view_seperator]))
    assert torch.allclose(nano.prefix(tokens)[1], expected, atol=1e-5)


def test_subcells_are_numbered_row_by_row() -> None:
    """Subcell r * columns + c belongs to the token and, inside it, the patch over row r and column c."""
    values = torch.arange(2 * 3, dtype=torch.float32).reshape(1, 2, 3, 1).repeat_interleave(8, -1)
    values = values * 10 + torch.arange(8)  # token * 10 + place in the patch (2 rows of 4)
    grid = depth_to_space(values, 2, 4)[0, :, :, 0]
    assert grid.shape == (4, 12)
    assert grid[3, 9] == 5 * 10 + 5  # lower right token; row 1, column 1 inside it


def test_compressor_and_upsampler_begin_as_an_exact_round_trip(fresh: Nano) -> None:
    sam, upsampler = fresh.encoder.sam_model, fresh.upsampler
    patches = torch.randn(2, 8, 8, 12)  # (B, neck, H, W)
    compressed = sam.net_3(sam.net_2(patches)).permute(0, 2, 3, 1)
    assert compressed.shape == (2, 2, 3, CONFIG.vision_width)
    back = depth_to_space(upsampler.to_patches(depth_to_space(upsampler.to_halves(compressed), 2, 2)), 2, 2)
    assert torch.allclose(back, patches.permute(0, 2, 3, 1), atol=1e-5)


@pytest.mark.parametrize("chunks", [[9], [1] * 9, [2, 4, 3]], ids=["at once", "singly", "in chunks"])
def test_cached_steps_equal_teacher_forcing(nano: Nano, chunks: list[int]) -> None:
    tokens, steps = torch.randn(2, 2, 2, CONFIG.vision_width), segment(2, 9)
    offset = torch.tensor([0, 700])
    expected = joined(*nano(tokens, **steps, offset=offset))
    keys, values = nano.prefill(tokens)
    prefix, done, outputs = keys.shape[3], 0, []
    assert prefix == 2 * 3 + 1
    for count in chunks:
        part = {name: value[:, done : done + count] for name, value in steps.items()}
        positions = prefix + done + torch.arange(count) + offset[:, None]
        mask = causal_mask(count, prefix + done, prefix, WINDOW).expand(2, -1, -1, -1)
        logits, moves, new_keys, new_values = nano.step(
            **part, positions=positions, keys=keys, values=values, mask=mask
        )
        outputs.append(joined(logits, moves))
        keys, values = torch.cat((keys, new_keys), 3), torch.cat((values, new_values), 3)
        done += count
    assert keys.shape[3] == prefix + 9
    assert torch.allclose(torch.cat(outputs, 1), expected, atol=1e-5)


def test_a_cache_that_drops_what_left_the_window_reads_the_same(nano: Nano) -> None:
    """Positions are absolute, so a reader need not keep more than the prefix and the last window - 1 steps."""
    tokens, steps = torch.randn(1, 1, 2, CONFIG.vision_width), segment(1, 12)
    expected = read(nano, tokens, steps)
    keys, values = nano.prefill(tokens)
    prefix = keys.shape[3]
    for t in range(12):
        part = {name: value[:, t : t + 1] for name, value in steps.items()}
        mask = torch.ones(1, 1, 1, keys.shape[3] + 1, dtype=torch.bool)
        positions = torch.tensor([[prefix + t]])
        logits, moves, new_keys, new_values = nano.step(
            **part, positions=positions, keys=keys, values=values, mask=mask
        )
        assert torch.allclose(joined(logits, moves)[:, 0], expected[:, t], atol=1e-5)
        keys, values = (
            torch.cat((old[:, :, :, :prefix], torch.cat((old[:, :, :, prefix:], new), 3)[:, :, :, 1 - WINDOW :]), 3)
            for old, new in ((keys, new_keys), (values, new_values))
        )


def test_text_is_forgotten_beyond_the_window_of_all_layers(nano: Nano) -> None:
    tokens, steps = torch.randn(1, 2, 2, CONFIG.vision_width), segment(1, 12)
    changed = {name: value.clone() for name, value in steps.items()}
    changed["symbols"][0, 0, 0] = (steps["symbols"][0, 0, 0] + 1) % CLASSES
    difference = (read(nano, tokens, steps) - read(nano, tokens, changed)).abs().amax((0, 2))
    reach = LAYERS * (WINDOW - 1)
    assert (difference[: reach + 1] > 1e-6).all()
    assert (difference[reach + 1 :] == 0).all()


def test_nothing_comes_from_the_future_or_from_another_page(nano: Nano) -> None:
    tokens, steps = torch.randn(2, 1, 2, CONFIG.vision_width), segment(2, 6)
    changed = {name: value.clone() for name, value in steps.items()}
    changed["moves"][0, 4] = (steps["moves"][0, 4] + 1) % len(MOVES)
    difference = (read(nano, tokens, steps) - read(nano, tokens, changed)).abs().amax(2)
    assert (difference[0, :4] == 0).all()
    assert (difference[1] == 0).all()
    assert (difference[0, 4:] > 0).all()
