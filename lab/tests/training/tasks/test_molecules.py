"""The molecule net's batches, targets and loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip("rdkit")

from sokdok.model.nano.formats import STRIDE
from sokdok.model.nano.formats.molecule import CHANNELS, LABELS, UNIT_PX, Bond, Graph, Node
from sokdok.model.nano.nets import NETS, UNet
from sokdok_lab.training.task import Batch
from sokdok_lab.training.tasks.molecules import crops_batch, loss, targets

PAIR = Graph((Node("C", 0, 40, 40), Node("N", 1, 68, 40)), (Bond(0, 1, "wedge"),))


def crops(size: int, first_seed: int = 0) -> Batch:
    return crops_batch(1_000_000 + first_seed, size, (), (16, 75))


def test_crops_hold_ink_and_nodes() -> None:
    batch = crops(8)
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
    optimizer, batch, totals = torch.optim.Adam(model.parameters(), 3e-3), crops(2), []
    for _ in range(8):
        total = loss(model, batch).total
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        totals.append(float(total.detach()))
    assert np.isfinite(totals).all() and totals[-1] < 0.8 * totals[0]
