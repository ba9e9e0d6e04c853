"""The model of a training run on drawn pages, as it was last saved."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import torch

from sokdok.errors import ModelError
from sokdok.model.config import NANO, NanoConfig
from sokdok.model.nano.alphabet import Alphabet, default_chars
from sokdok.model.nano.nano import Nano
from sokdok_lab.training.checkpoint import CHECKPOINT
from sokdok_lab.training.recipe import DEFAULT_TASK


def load_run(folder: Path) -> tuple[Nano, Alphabet, int]:
    """Load model, alphabet and step of a run's folder.

    Raises ModelError if it holds no run, a run of another task, or a damaged one.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        raise ModelError(f"{folder} holds no {CHECKPOINT}; it is no folder of a training run")
    try:
        recipe = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
        if recipe.get("task", DEFAULT_TASK) != DEFAULT_TASK:
            raise ModelError(
                f"{folder} is a run of {recipe['task']}; lab/scripts/assemble_nano.py puts its net into a nano"
            )
        model = Nano(NanoConfig.from_dict(recipe["model"]) if recipe.get("model") else NANO)
        state = torch.load(path, map_location="cpu", weights_only=True)
        model.load_state_dict(state["model"])
        return model, Alphabet(default_chars()), int(state["step"])
    except (OSError, ValueError, KeyError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ModelError(f"can't load {path}: {reason}") from None
