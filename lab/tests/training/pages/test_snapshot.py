"""A run's last model, or one clear line."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from sokdok.errors import ModelError
from sokdok_lab.training.pages.snapshot import load_run


def test_a_folder_without_a_run_is_named(tmp_path) -> None:
    with pytest.raises(ModelError, match="no folder of a training run"):
        load_run(tmp_path)


def test_a_damaged_checkpoint_is_named(tmp_path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"not a checkpoint")
    (tmp_path / "recipe.json").write_text("{}")
    with pytest.raises(ModelError, match=r"can't load .*checkpoint\.pt"):
        load_run(tmp_path)
