"""Training of the text detector: every kind of picture has its lines, what is held out is measured, runs go on."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from fakes.synth import HANGUL, LATIN, build_font  # noqa: E402
from sokdok.imaging.box import Box  # noqa: E402
from sokdok.model.nano.formats.lines import CHANNELS  # noqa: E402
from sokdok.model.nano.nets import NETS, UNet  # noqa: E402
from sokdok_lab.synth.charts.truth import ChartData, ChartText, SyntheticChart  # noqa: E402
from sokdok_lab.synth.pages.truth import Block, SyntheticPage  # noqa: E402
from sokdok_lab.training.detection.strips import strips_of  # noqa: E402
from sokdok_lab.training.detection.targets import draw  # noqa: E402
from sokdok_lab.training.loop import Trainer  # noqa: E402
from sokdok_lab.training.pictures import in_turns  # noqa: E402
from sokdok_lab.training.recipe import Stage, TextDetectorRecipe  # noqa: E402
from sokdok_lab.training.task import Batch, Folders, Outcome, Task  # noqa: E402
from sokdok_lab.training.tasks import text_detector as detector_task  # noqa: E402

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


def test_charts_are_scaled_up_with_their_level_texts() -> None:
    area = Box(0, 0, 100, 80)
    level = ChartText("level", area, "title", (10.0, 20.0), (50.0, 20.0), 12.0)
    upright = ChartText("upright", area, "axis title", (5.0, 60.0), (5.0, 20.0), 12.0, 90.0)
    data = ChartData("bar", "level", "", "upright", ("a",), ("b",), ((1.0,),))
    white = np.full((80, 100, 3), 255, np.uint8)
    pixels, strips = detector_task.chart_picture(SyntheticChart(white, data, (level, upright), (), area, "web"), 3)
    scale = pixels.shape[1] / 100
    assert 1 < scale < 2 and len(strips) == 1
    assert strips[0].right[0] == pytest.approx(50 * scale, abs=1) and strips[0].em == pytest.approx(12 * scale, abs=0.2)


@pytest.fixture(scope="module")
def text_folders(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Folders:
    fonts = tmp_path_factory.mktemp("fonts")
    build_font(fonts / "both.ttf", "Both Hand", LATIN + HANGUL)
    return Folders(corpus, fonts, fonts)


def test_every_kind_of_picture_has_lines_where_its_ink_is(text_folders: Folders) -> None:
    makers = detector_task.picture_makers(recipe_of(1), text_folders)
    assert list(makers) == ["chart", "table", "sheet", "page", "handwriting"]
    for name in ("sheet", "handwriting"):
        pixels, strips = makers[name](5)
        assert pixels.ndim == 2 and pixels.dtype == np.uint8 and strips
        assert all(0 <= strip.left[0] < pixels.shape[1] and strip.em > 4 for strip in strips)


def test_held_out_pictures_are_measured_by_kind(text_folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector_task, "HELD_OUT_PICTURES", 1)
    monkeypatch.setattr(detector_task, "NET", "tiny")
    monkeypatch.setitem(NETS, "tiny", lambda: UNet(1, CHANNELS, (8, 8, 8, 8)))
    task = detector_task.TextDetectorTask(recipe_of(1), text_folders)
    task.makers = {"page": lambda seed: (page(seed).pixels, strips_of(page(seed)))}
    found = task.validate(task.model.eval(), 0)
    assert list(found) == ["page"] and set(found["page"]) == {"core_iou", "kind_accuracy"}


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
        targets = draw(strips_of(page(0)), 384)
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
