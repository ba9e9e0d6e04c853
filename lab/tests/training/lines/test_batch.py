"""Batches of windows as tensors."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from fakes.bars import ALPHABET, page  # noqa: E402
from sokdok_lab.training.lines.batch import stacked, worn  # noqa: E402
from sokdok_lab.training.lines.windows import WIDTH_PX, Pictures, Window, Windows  # noqa: E402


def drawn(count: int) -> list[Window]:
    windows = Windows({"page": Pictures(page, 2, 1.0)}, ALPHABET.code_points, 0.0, seed=1)
    return list(itertools.islice(windows, count))


def test_symbols_are_padded_to_the_longest_window() -> None:
    windows = drawn(3)
    batch = stacked(windows, ALPHABET, None)
    assert batch["pixels"].shape == (3, 1, 32, WIDTH_PX) and batch["pixels"].dtype == torch.uint8
    assert batch["real"].sum(1).tolist() == [len(window.symbols) for window in windows]
    triples = np.stack([batch[name][1][batch["real"][1]].numpy() for name in ("first", "vowel", "final")], 1)
    assert ALPHABET.decode(triples).tolist() == windows[1].symbols.tolist()


def test_cut_symbols_leave_their_frames_unknown() -> None:
    batch = stacked(drawn(12), ALPHABET, None)
    at = torch.arange(WIDTH_PX // 2) + 0.5
    begin, end = batch["spans"].unbind(-1)
    inside = ((at >= begin[..., None]) & (at < end[..., None]) & batch["real"][..., None]).any(1)
    assert not (inside & ~batch["known"]).any()
    assert (~batch["known"]).any()


def test_wear_differs_each_time_and_keeps_the_form() -> None:
    ink, rng = drawn(1)[0].ink, random.Random(0)
    made = [worn(ink, rng) for _ in range(20)]
    assert all(x.shape == ink.shape and x.min() >= 0 and x.max() <= 255 for x in made)
    assert sum(not np.array_equal(x, ink) for x in made) > 5
