"""Training of the text detector: targets read back as the lines, crops move with the picture, runs go on."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from sokdok.model.nano.formats.text_detector import CHANNELS  # noqa: E402
from sokdok.model.nano.unet import UNet  # noqa: E402
from sokdok.reading.nano.text_detector import decode_output  # noqa: E402
from sokdok.synth.pages.truth import Block, SyntheticPage  # noqa: E402
from sokdok.training.loop import Trainer  # noqa: E402
from sokdok.training.pictures import in_turns  # noqa: E402
from sokdok.training.recipe import Stage, TextDetectorRecipe  # noqa: E402
from sokdok.training.task import Batch, Outcome, Task  # noqa: E402
from sokdok.training.tasks import text_detector as detector_task  # noqa: E402

EM = 24


def page(seed: int) -> SyntheticPage:
    """Three lines whose symbols are bars as high as the place of their letter, an em wide"""
    rng = random.Random(seed)
    pixels, boxes, text = np.full((200, 700), 255, np.uint8), [], ""
    for row in range(3):
        top = 30 + 50 * row
        line = "".join(rng.choice("abcdefgh") for i in range(20))
        for i, char in enumerate(line):
            left = 40 + 28 * i
            pixels[top + EM - 3 * (ord(char) - 96) : top + EM, left + 6 : left + 18] = 0
            boxes.append((left, top, left + EM, top + EM))
        boxes.append((left + EM, top, left + EM, top + EM))
        text += line + "\n"
    return SyntheticPage(pixels, text, np.array(boxes, np.float32), (Block("title", 0, 21), Block("list", 21, 63)))


def test_pictures_come_in_turns() -> None:
    makers = {name: lambda seed, name=name: f"{name} {seed}" for name in ("table", "page")}
    draw = in_turns(makers, {"table": 2, "handwriting": 1, "page": 2})
    assert [draw(seed) for seed in range(6)] == ["table 0", "table 1", "page 2", "page 3", "page 4", "table 5"]


def test_drawn_targets_read_back_as_the_lines_they_were_drawn_from() -> None:
    strips = detector_task.strips_of(page(0))
    targets = detector_task.draw(strips, side=384)
    output = np.zeros((CHANNELS, 96, 96), np.float32)
    output[0] = np.where(targets["core"] > 0, 9, -9)
    output[1], output[2] = targets["em"], targets["offset"]
    for kind in range(CHANNELS - 3):
        output[3 + kind] = targets["kind"] == kind
    lines = decode_output(output)
    assert [line.kind for line in lines] == ["heading", "list", "list"]
    for line, strip in zip(lines, strips, strict=True):
        assert abs(line.em - EM) < 0.1 and abs(line.left[1] - strip.left[1]) < 1
        assert abs(line.left[0] - strip.left[0]) <= 4


def test_crops_move_and_scale_the_truth_with_the_picture() -> None:
    made = page(1)
    crop = detector_task.crop(made.pixels, detector_task.strips_of(made), random.Random(4))
    core = np.kron(crop["core"], np.ones((4, 4))) > 0
    dark = crop["pixels"][0] < 100
    assert dark.any() and core.any()
    rows = core.any(1)
    assert dark[rows].mean() > 4 * max(dark[~rows].mean(), 0.001)


def recipe_of(steps: int) -> TextDetectorRecipe:
    stage = Stage(steps=steps, warmup=min(200, steps), learning_rate=2e-3, final_learning_rate=2e-5)
    return TextDetectorRecipe(
        stages=(stage,), kinds={"en": 1}, turns={"page": 1}, batch=8, pool=400, page_ems_px=(5, 18),
        save_every=2, log_every=2,
    )  # fmt: skip


class _Counted(Task):
    """A text detector that notes which batches it was asked for."""

    def __init__(self, recipe: TextDetectorRecipe, seen: list[int]) -> None:
        super().__init__(recipe, UNet(1, CHANNELS, (8, 8, 8, 8)))
        self.seen = seen

    def batch(self, step: int) -> Batch:
        self.seen.append(step)
        targets = detector_task.draw(detector_task.strips_of(page(0)))
        pixels = torch.zeros(1, 1, 384, 384, dtype=torch.uint8)
        return {"pixels": pixels} | {name: torch.from_numpy(value)[None] for name, value in targets.items()}

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        return detector_task.loss(model, batch)


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    seen: list[int] = []
    for steps in (2, 3):
        list(Trainer(_Counted(recipe_of(steps), seen), tmp_path, workers=0).run())
    assert seen == [0, 1, 2]
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 2
