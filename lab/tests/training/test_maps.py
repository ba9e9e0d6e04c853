"""Maps of middles, windows and losses."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from sokdok_lab.training.maps import NOTHING, answers, cut, heat_loss, spread, start


def test_a_window_holds_its_anchor_and_paper_beyond_the_picture() -> None:
    pixels = np.arange(30, dtype=np.uint8).reshape(5, 6)
    assert np.array_equal(cut(pixels, (-1, 2), 4, 99)[:3, 1:], pixels[2:, :3])
    assert (cut(pixels, (-1, 2), 4, 99)[3] == 99).all() and (cut(pixels, (40, 40), 4, 99) == 99).all()
    for seed in range(20):
        rng = random.Random(seed)
        at, side = rng.uniform(0, 900), rng.choice([60, 900])
        at = min(at, side)
        begin = start(side, 100, at, rng)
        assert begin <= at <= begin + 100


def test_the_nearer_thing_has_a_cell_and_middles_are_hottest() -> None:
    points = np.array([[2.5, 2.5], [4.2, 2.5], [30.0, 2.0]])
    numbers, classes = {"size": np.array([[1.0], [2.0], [3.0]])}, {"kind": np.array([5, 6, 7])}
    heat, maps = spread(points, numbers, classes, (6, 8), 0.7)
    assert heat.shape == (6, 8) and (heat == 1).sum() == 2 and heat[2, 2] == heat[2, 4] == 1
    assert maps["kind"][2].tolist() == [NOTHING, 5, 5, 6, 6, 6, NOTHING, NOTHING]
    assert maps["size"][0, 2, 1:6].tolist() == [1, 1, 2, 2, 2] and np.isnan(maps["size"][0, 0]).all()
    assert maps["offset"][:, 2, 4] == pytest.approx([-0.3, 0])
    nothing, maps = spread(np.zeros((0, 2)), {"size": np.zeros((0, 1))}, {"kind": np.zeros(0, int)}, (6, 8), 0.7)
    assert not nothing.any() and (maps["kind"] == NOTHING).all()


def test_the_loss_of_heat_counts_misses_and_false_alarms() -> None:
    target = torch.tensor([[1.0, 0.0, 0.9]])
    right, none, alarm = (
        heat_loss(torch.tensor([row]), target) for row in ([9.0, -9, -9], [-9.0, -9, -9], [9.0, 9, -9])
    )
    assert right < 0.01 < none and right < alarm
    assert heat_loss(torch.tensor([[9.0, -9, 9]]), target) < 0.01  # near a middle, heat costs next to nothing


def test_only_what_is_known_is_asked_for() -> None:
    out = {"kind": torch.zeros(1, 3, 1, 2), "size": torch.zeros(1, 1, 1, 2)}
    out["kind"][0, 1] = 9
    batch = {"kind": torch.tensor([[[1, NOTHING]]]), "size": torch.tensor([[[[0.0, torch.nan]]]])}
    outcome = answers(out, batch, {"kind": 2.0, "size": 1.0})
    assert outcome.total < 0.01 and outcome.measures["kind_accuracy"] == 1
    empty = {"kind": torch.full((1, 1, 2), NOTHING), "size": torch.full((1, 1, 1, 2), torch.nan)}
    assert answers(out, empty, {"kind": 1.0, "size": 1.0}).total == 0
