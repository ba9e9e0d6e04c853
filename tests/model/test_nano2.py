"""The free cursor: glimpses, pointer, decoder, and nano's weights as a start."""

from __future__ import annotations

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from sokdok.model.config import NANO  # noqa: E402
from sokdok.model.nano import Nano  # noqa: E402
from sokdok.model.nano2 import EarlyMaps, Nano2, load_nano, rotary, window  # noqa: E402

SMALL = replace(
    NANO,
    sam=replace(NANO.sam, width=32, heads=2, neck_width=8, compressor_widths=(16, 32), stem_widths=(8, 16)),
    clip=replace(NANO.clip, width=32, heads=2, mlp_width=32),
    decoder=replace(NANO.decoder, hidden=32, heads=2, head_dim=16, kv_heads=2, dense_ffn=48, layers=2),
    vision_width=32,
    subcell_width=16,
    expander_width=24,
)


def test_shapes_from_pixels_to_every_output() -> None:
    torch.manual_seed(0)
    model = Nano2(SMALL)
    tokens, patches, subcells = model.see(torch.randn(2, 3, 64, 128))
    assert tokens.shape == (2, 1, 2, 32) and patches.shape == (2, 4, 8, 24) and subcells.shape == (2, 8, 32, 16)
    pages, places = torch.tensor([0, 1, 1]), torch.tensor([[3.0, 9.5], [120.0, 60.0], [-4.0, 500.0]])
    glimpse = model.glimpse(subcells, pages, places)
    reads = model.look(glimpse)
    assert reads.dx.shape == (3, 128) and reads.dy.shape == (3, 17) and reads.symbol[0].shape == (3, SMALL.classes)
    query = model.query(glimpse, places, places * 0)
    scores = model.scores(query, places, places * 0, model.keys(patches)[pages])
    assert scores.shape == (3, 32) and scores.isfinite().all()
    corner, index = torch.zeros(3, 2), torch.tensor([0, 5, 9])
    offsets = model.offsets(query, places, places * 0, patches.flatten(1, 2)[pages, index], corner)
    assert offsets.shape == (3, 2, 16)
    start, symbols = torch.zeros(2, 5, 2), torch.zeros(2, 5, 3, dtype=torch.long)
    steps = model.embed_steps(symbols, glimpse[:2, None].expand(2, 5, -1), start, start)
    hidden = model.decode(tokens, steps, torch.tensor([0, 7]))
    assert hidden.shape == (2, 5, 32)
    (reads.dx.sum() + scores.sum() + offsets.sum() + hidden.sum()).backward()


def test_before_training_the_decoder_adds_nothing() -> None:
    """The glimpse alone decides at first: nano's copy path."""
    torch.manual_seed(0)
    model = Nano2(SMALL)
    reads = model.look(torch.randn(4, 256))
    added = model.add(reads, torch.randn(4, 32))
    assert torch.equal(added.dx, reads.dx)
    assert all(torch.equal(a, b) for a, b in zip(added.symbol, reads.symbol, strict=True))


def test_a_glimpse_is_interpolated_between_subcells() -> None:
    features = torch.arange(6 * 8, dtype=torch.float32).reshape(1, 6, 8, 1)
    padded = torch.nn.functional.pad(features, (0, 0, 5, 5, 3, 3))
    middle = window(padded, torch.tensor([0, 0]), torch.tensor([[14.0, 20.0], [16.0, 20.0]])).reshape(2, 3, 5)
    assert middle[0, 1, 2] == features[0, 2, 3, 0]  # the middle of row 2, column 3
    assert middle[1, 1, 2] == (features[0, 2, 3, 0] + features[0, 2, 4, 0]) / 2
    corner = window(padded, torch.tensor([0]), torch.tensor([[2.0, 4.0]])).reshape(3, 5)
    assert corner[0].eq(0).all() and corner[1, 2] == features[0, 0, 0, 0]  # beyond the page there is nothing


def test_turned_vectors_know_their_difference_alone() -> None:
    torch.manual_seed(0)
    a, b = torch.randn(2, 1, 16)
    here, there, shift = torch.tensor([[10.0, 20.0]]), torch.tensor([[300.0, 50.0]]), torch.tensor([[77.0, -13.0]])
    plain = (rotary(a, here) * rotary(b, there)).sum()
    moved = (rotary(a, here + shift) * rotary(b, there + shift)).sum()
    assert torch.allclose(plain, moved, atol=1e-4)
    assert not torch.allclose(plain, (rotary(a, here) * rotary(b, there + shift)).sum(), atol=1e-2)


def test_early_maps_end_in_the_model_s_own() -> None:
    torch.manual_seed(0)
    model = Nano2(SMALL)
    pixels = torch.randn(1, 3, 64, 64)
    tokens, patches, maps = EarlyMaps(model)(model, pixels)
    assert torch.allclose(tokens, model.see(pixels)[0], atol=1e-5)
    assert torch.allclose(maps[0], model.see(pixels)[2], atol=1e-5)
    assert {tuple(each.shape) for each in maps} == {(1, 8, 16, 16)}


@torch.no_grad()
def test_nano_s_weights_are_taken_where_they_fit() -> None:
    nano, model = Nano(SMALL), Nano2(SMALL)
    rows = torch.arange(SMALL.classes).roll(1)
    rows[0] = -1
    before = model.embed_first.weight[0].clone()
    copied = load_nano(model, nano.state_dict(), rows)
    assert {"expander.fc1.weight", "embed_first.weight", "encoder.sam_model.net_2.weight"} <= set(copied)
    assert torch.equal(model.embed_first.weight[5], nano.embed_first.weight[4])
    assert torch.equal(model.embed_first.weight[0], before)
    assert not any("sam_model.patch_embed" in name for name in copied)
