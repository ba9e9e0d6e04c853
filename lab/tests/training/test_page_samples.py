"""Training pages tell the truth: what a batch says stands where it says, and the moves lead there."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from sokdok.model.nano.alphabet import (
    EDGE_STEPS,
    START,
    STOP,
    SUBCELL_HEIGHT,
    SUBCELL_WIDTH,
    Alphabet,
    advance,
    default_chars,
    edges,
)
from sokdok.pages.cells import CELLS, END, slot
from sokdok.pages.layout import lay_out, symbols_of, text_of
from sokdok_lab.training.page_samples import PageBatch, PageSampler, make_batch, truth_of
from sokdok_lab.training.texts.source import KINDS, TextSource

SIZE = (128, 64)
STRIDE = SIZE[0] // SUBCELL_WIDTH
STEPS = 24


@pytest.fixture(scope="module")
def alphabet() -> Alphabet:
    return Alphabet(default_chars())


@pytest.fixture(scope="module")
def source(corpus: Path) -> TextSource:
    return TextSource(corpus, default_chars())


def batch_of(source: TextSource, alphabet: Alphabet, cell: str, seed: int = 0) -> PageBatch:
    sampler = PageSampler(source, alphabet, dict.fromkeys(KINDS, 1.0), {cell: 1.0})
    return sampler.batch(6, SIZE, STEPS, random.Random(seed))


@pytest.fixture(scope="module", params=list(CELLS))
def batch(request: pytest.FixtureRequest, source: TextSource, alphabet: Alphabet) -> PageBatch:
    return batch_of(source, alphabet, request.param)


@pytest.mark.parametrize("name", list(CELLS))
def test_every_anchor_points_at_the_glyph_it_names(source: TextSource, alphabet: Alphabet, name: str) -> None:
    """The pixels at the anchor are those of the symbol, so nothing the model is asked for is a matter of luck."""
    batch, cell = batch_of(source, alphabet, name), CELLS[name]
    first_tile = cell.glyphs.first_tile[slot(alphabet.decode(batch.symbols))]
    assert (first_tile >= 0).all()
    for (page, subcell), tile in zip(batch.anchors, first_tile, strict=True):
        y, x = subcell // STRIDE * SUBCELL_HEIGHT, subcell % STRIDE * SUBCELL_WIDTH
        found = batch.pixels[page, 0, y : y + cell.height, x : x + cell.width]
        assert np.array_equal(
            found, 1 - 2.0 * np.unpackbits(cell.glyphs.tiles[tile][:, None], axis=1, count=cell.width)
        )


def test_segments_continue_the_page_and_predict_what_the_anchors_say(batch: PageBatch) -> None:
    truth = dict(zip(map(tuple, batch.anchors.tolist()), batch.symbols.tolist(), strict=True))
    for page in range(6):
        asked = batch.moves[page] >= 0
        steps = int(asked.sum())
        assert steps > 0
        assert asked[:steps].all()
        assert [truth[page, c] for c in batch.positions[page, :steps].tolist()] == batch.targets[page, :steps].tolist()
        assert np.array_equal(batch.previous[page, 1:steps], batch.targets[page, : steps - 1])
        assert np.array_equal(batch.arrivals[page, 1:steps], batch.moves[page, : steps - 1])
        assert (batch.targets[page, steps:] == -100).all()
        assert (batch.moves[page, steps:] == -100).all()


def test_moves_lead_from_position_to_position(batch: PageBatch) -> None:
    rows, columns = np.divmod(batch.positions, STRIDE)
    for page in range(6):
        steps = int((batch.moves[page] >= 0).sum())
        moves = batch.moves[page, : steps - 1]
        down, right = advance(rows[page, : steps - 1], columns[page, : steps - 1], moves)
        assert np.array_equal(down, rows[page, 1:steps])
        assert np.array_equal(right, columns[page, 1:steps])
        near = edges(rows[page, :steps], columns[page, :steps], SIZE)
        assert np.array_equal(batch.edges[page, :steps], near)
        assert near.max() <= EDGE_STEPS
        assert (moves != STOP).all()


def test_truth_of_a_page_worked_out(alphabet: Alphabet) -> None:
    text = "a가\nb"
    (layout,) = lay_out(symbols_of(text, CELLS["8x16"]), CELLS["8x16"], SIZE, breaks=True)
    truth = truth_of(layout, alphabet)
    assert text_of(alphabet.decode(truth.symbols)) == text
    assert alphabet.decode(truth.symbols)[-1] == END
    assert truth.rows.tolist() == [0, 0, 0, 2, 2]
    assert truth.columns.tolist() == [0, 2, 6, 0, 2]


def test_a_short_page_begins_with_the_start_symbol_and_ends_in_padding(alphabet: Alphabet) -> None:
    (layout,) = lay_out(symbols_of("ab", CELLS["8x8"]), CELLS["8x8"], SIZE, breaks=True)
    batch = make_batch([layout], alphabet, 6, random.Random(0))
    space = alphabet.encode(np.array([0x20]))[0]
    assert batch.previous[0, 0].tolist() == [alphabet.start, *space[1:]]
    assert batch.arrivals[0, 0] == START
    assert alphabet.decode(batch.targets[0, :3]).tolist() == [ord("a"), ord("b"), END]
    assert batch.moves[0].tolist() == [1, 1, STOP, -100, -100, -100]
    assert (batch.previous[0, 3:] == 0).all()


def test_a_quarter_of_the_segments_begin_the_page_and_the_others_stand_anywhere(
    source: TextSource, alphabet: Alphabet
) -> None:
    sampler = PageSampler(source, alphabet, {"letters": 1.0}, {"4x8": 1.0})
    batch = sampler.batch(120, SIZE, STEPS, random.Random(0))
    first = batch.previous[:, 0, 0] == alphabet.start
    assert 0.15 < first.mean() < 0.35
    assert (batch.offsets[first] == 0).all()
    assert (batch.positions[first, 0] == 0).all()
    assert batch.offsets.min() >= 0
    assert batch.offsets.max() < 12_800
    assert 0.5 < (batch.offsets[~first] > 256).mean() < 0.9  # such a page holds 256 symbols
