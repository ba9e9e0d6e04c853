"""Starting from a checkpoint: what fits is copied, the rest stays."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from sokdok.errors import ModelError
from sokdok_lab.training.pages.start import start_from


def test_tensors_that_fit_are_copied_and_others_left(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 4))
    before = model[1].weight.detach().clone()
    save_file(
        {"0.weight": torch.full((3, 2), 7.0).half(), "1.weight": torch.ones(9, 9), "other": torch.ones(1)},
        tmp_path / "w",
    )
    assert start_from(model, tmp_path / "w") == ["0.weight"]
    assert (model[0].weight == 7).all()
    assert torch.equal(model[1].weight, before)


def test_a_file_of_another_model_is_refused(tmp_path: Path) -> None:
    save_file({"other": torch.ones(1)}, tmp_path / "w")
    with pytest.raises(ModelError, match="none of its 1 tensors"):
        start_from(nn.Linear(2, 3), tmp_path / "w")


def test_a_damaged_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="can't start from"):
        start_from(nn.Linear(2, 3), tmp_path / "w")
