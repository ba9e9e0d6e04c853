"""The cursor's way through a page: what stands where, what follows a mark, and batches of it."""

from __future__ import annotations

import random

import numpy as np
import pytest

from sokdok.model.alphabet import Alphabet, default_chars
from sokdok.synth.truth import Block, Cell, SyntheticPage
from sokdok.training.documents import (
    BLOCK,
    CELL,
    END,
    HEADING,
    LINE,
    ROW,
    TABLE,
    DocumentAlphabet,
    make_batch,
    path_of,
    plain_text,
)  # fmt: skip


@pytest.fixture(scope="module")
def alphabet() -> DocumentAlphabet:
    return DocumentAlphabet(default_chars())


@pytest.fixture(scope="module")
def page() -> SyntheticPage:
    """A heading of one line, a paragraph of two, a table of two rows; every symbol 10 wide and 20 high."""
    lines = ["ab", "cd", "e", "1", "2", "3", "4"]
    symbols = "".join(f"{line}\n" for line in lines)
    boxes = [
        (50 + 10 * i, 30 * row, 50 + 10 * (i + (i < len(line))), 30 * row + 20)
        for row, line in enumerate(lines, 1)
        for i in range(len(line) + 1)
    ]
    cells = tuple(Cell(i // 2, i % 2, 1, 8 + 2 * i, 10 + 2 * i) for i in range(4))
    blocks = (Block("heading", 0, 3), Block("paragraph", 3, 8), Block("table", 8, 16, cells))
    return SyntheticPage(np.full((256, 256), 255, np.uint8), symbols, np.array(boxes, np.float32), blocks)


def test_marks_tell_what_ends_and_what_begins(page: SyntheticPage) -> None:
    text = [HEADING, *map(ord, "ab"), BLOCK, *map(ord, "cd"), LINE, ord("e"), BLOCK, TABLE]
    table = [ord("1"), CELL, ord("2"), ROW, ord("3"), CELL, ord("4"), END]
    assert path_of(page).symbols.tolist() == text + table
    assert plain_text(path_of(page).symbols) == "ab\n\ncd\ne\n\n1 2\n3 4"


def test_every_symbol_has_a_place_of_its_own(page: SyntheticPage) -> None:
    path = path_of(page)
    assert path.places[:4].tolist() == [[44, 40], [55, 40], [65, 40], [75, 40]]
    assert len(np.unique(path.places, axis=0)) == len(path.symbols)
    assert path.starts[4:9].tolist() == [[55, 70]] * 3 + [[55, 100]] * 2


def test_advances_lead_from_the_cursor_to_the_next_symbol(page: SyntheticPage, alphabet: DocumentAlphabet) -> None:
    path, batch = path_of(page), make_batch([page], alphabet, random.Random(1))
    known = ~np.isnan(batch.advances[:, 0])
    assert (known[:-1] == ~path.jumps[:-1]).all() and not known[-1]
    reached = (batch.places + batch.advances)[:-1][known[:-1]]
    assert np.allclose(reached, path.places[1:][known[:-1]], atol=1e-4)


def test_jumps_lead_from_line_ends_to_line_starts(page: SyntheticPage, alphabet: DocumentAlphabet) -> None:
    path, batch = path_of(page), make_batch([page, page], alphabet, random.Random(1))
    count = 1 + int(path.jumps.sum())
    assert batch.jump_pages.tolist() == [0] * count + [1] * count
    for i in (0, count):
        assert batch.jump_from[i].tolist() == [0, 0] and batch.jump_to[i].tolist() == path.places[0].tolist()
    ends = batch.jump_of >= 0
    assert np.allclose(batch.jump_from[batch.jump_of[ends]], batch.places[ends])
    assert batch.jump_to[1:count].tolist() == path.places[1:][path.jumps[:-1]].tolist()


def test_segments_follow_the_text(page: SyntheticPage, alphabet: DocumentAlphabet) -> None:
    batch = make_batch([page] * 8, alphabet, random.Random(1), steps=6)
    assert batch.steps.shape == (8, 6) and 0 in batch.offsets
    for steps, previous, offset in zip(batch.steps, batch.previous, batch.offsets, strict=True):
        real = steps[steps >= 0]
        assert (np.diff(real) == 1).all()
        assert np.array_equal(previous[1 : len(real)], batch.symbols[real[:-1]])
        assert offset == 0 or np.array_equal(previous[0], batch.symbols[real[0] - 1])


def test_crops_hold_what_lies_inside(page: SyntheticPage, alphabet: DocumentAlphabet) -> None:
    batch = make_batch([page], alphabet, random.Random(3), crop=64)
    assert batch.pixels.shape == (1, 3, 64, 64)
    assert 0 < len(batch.symbols) < len(path_of(page).symbols)
    assert (batch.places > -10).all() and (batch.places < 74).all()
    assert not len(batch.jump_to)


def test_the_alphabet_finds_nanos_rows(alphabet: DocumentAlphabet) -> None:
    nano = Alphabet(default_chars())
    rows = alphabet.rows_from(nano)
    known = rows >= 0
    assert known.sum() == nano.classes and len(rows) == alphabet.classes == nano.classes + 4
    plain = known[: len(alphabet.plain)]
    assert np.array_equal(nano.plain[rows[: len(alphabet.plain)][plain]], alphabet.plain[plain])
