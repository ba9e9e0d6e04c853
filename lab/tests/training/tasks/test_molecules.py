"""The molecule net's batches, targets and loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sokdok.model.nano.formats import STRIDE
from sokdok.model.nano.formats.molecule import CHANNELS, LABELS, UNIT_PX, Bond, Graph, Node
from sokdok_lab.training.nets import NETS, UNet
from sokdok_lab.training.recipe import find_recipe, load_recipe
from sokdok_lab.training.task import Folders, Task, make_task
from sokdok_lab.training.tasks.molecules import targets

PAIR = Graph((Node("C", 0, 40, 40), Node("N", 1, 68, 40)), (Bond(0, 1, "wedge"),))


def task(size: int) -> Task:
    """Of batches of so many crops, labelled in Pillow's own font."""
    return make_task(load_recipe(find_recipe("molecules"), batch=size), Folders())


def test_crops_hold_ink_and_nodes() -> None:
    batch = task(8).batch(0)
    assert float(batch["pixels"].min()) >= 0 and float(batch["pixels"].max()) <= 1
    assert all((crop > 0.5).any() for crop in batch["pixels"])
    assert all((heat[0] == 1).any() for heat in batch["heat"])


def test_targets_say_what_is_where() -> None:
    maps = targets(PAIR, 1.0, np.zeros(2))
    row, column = 40 // STRIDE, 68 // STRIDE
    assert maps["heat"][0, row, column] == 1 and maps["label"][row, column] == LABELS.index("N")
    assert maps["charge"][row, column] == 1 and maps["charge"][row, 40 // STRIDE] == 0
    assert maps["node offset"][:, row, column].tolist() == [-0.5, -0.5]  # at the cell's corner
    middle = maps["heat"][1, row, 54 // STRIDE]
    assert middle == 1
    assert maps["axis"][:, row, 54 // STRIDE].tolist() == pytest.approx([1, 0])
    assert maps["direction"][:, row, 54 // STRIDE].tolist() == pytest.approx([1, 0])
    assert maps["length"][0, row, 54 // STRIDE] == pytest.approx(np.log(28 / UNIT_PX), abs=1e-6)
    assert (maps["label"] >= 0).sum() == 18  # three by three cells each


def test_the_net_has_the_outputs_that_reading_wants_and_learns() -> None:
    torch.manual_seed(0)
    net = NETS["molecules"]()
    assert isinstance(net, UNet) and net.head[-1].out_channels == CHANNELS
    model = UNet(1, CHANNELS, (16, 16, 16, 16))
    asked, totals = task(2), []
    optimizer, batch = torch.optim.Adam(model.parameters(), 3e-3), asked.batch(0)
    for _ in range(8):
        total = asked.loss(model, batch, 0).total
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        totals.append(float(total.detach()))
    assert np.isfinite(totals).all() and totals[-1] < 0.8 * totals[0]
