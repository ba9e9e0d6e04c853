"""Training of the net of the texts of charts: crops move with the chart, targets read back as its texts."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from sokdok.figures.chart.read.find_texts import decode_texts  # noqa: E402
from sokdok.imaging.box import Box  # noqa: E402
from sokdok.model.nano.formats.figures import CHANNELS, ROLES, SLICES, STRIDE_PX, relative  # noqa: E402
from sokdok_lab.synth.charts.truth import ChartText, Role, line_from  # noqa: E402
from sokdok_lab.training.tasks.chart_texts import SIDE_PX, crop, loss  # noqa: E402

CELLS = SIDE_PX // STRIDE_PX


def text_at(x: float, y: float, length: float, angle: float, role: Role, em: float = 14) -> ChartText:
    """A text whose baseline begins at a point."""
    ends = line_from((x, y), length, em, angle)
    box = Box.around(Box(*end, *end) for end in ends)
    return ChartText("abc", box, role, *ends, em, angle)


TEXTS = (
    text_at(40, 60, 70, 0, "title"),
    text_at(60, 200, 50, 90, "axis title"),
    text_at(150, 190, 60, 45, "category"),
    text_at(180, 60, 9, 0, "value tick"),
)


def seen(scales: tuple[float, float], seed: int = 0) -> dict[str, np.ndarray]:
    chart = np.full((260, 300, 3), 255, np.uint8)
    for text in TEXTS:
        for share in np.linspace(0, 1, 200):
            x, y = (a + (b - a) * share for a, b in zip(text.left, text.right, strict=True))
            chart[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3] = 0
    return crop(chart, TEXTS, scales, random.Random(seed))


def logits_of(targets: dict[str, np.ndarray]) -> np.ndarray:
    """What a net says that answers as the targets ask."""
    logits = np.zeros((CHANNELS, CELLS, CELLS), np.float32)
    logits[SLICES["core"]] = np.where(targets["core"] > 0, 9, -9)
    for name in ("em", "direction", "offset"):
        logits[SLICES[name]] = targets[name]
    for index in range(len(ROLES)):
        logits[SLICES["role"].start + index] = 9 * (targets["role"] == index)
    return logits


def test_targets_read_back_as_the_texts() -> None:
    found = {text.role: text for text in decode_texts(logits_of(seen((0.7, 0.7))))}
    assert found.keys() == {text.role for text in TEXTS}
    for text in TEXTS:
        again = found[text.role]
        assert again.em == pytest.approx(0.7 * text.em, rel=0.02)
        assert again.angle == pytest.approx(text.angle, abs=1)
        length = math.dist(text.left, text.right)
        assert math.dist(again.left, again.right) == pytest.approx(0.7 * length, abs=4)


@pytest.mark.parametrize("seed", range(6))
def test_ink_lies_where_the_cores_say(seed: int) -> None:
    made = seen((0.5, 1.5), seed)
    core = np.kron(made["core"], np.ones((2, 2))) > 0
    ink = np.abs(made["pixels"]).max(0) > 0.3
    assert core.any() and ink[core].mean() > 0.5 > 10 * ink[~core].mean()


def test_a_picture_is_seen_relative_to_its_ground() -> None:
    pixels = np.full((20, 20, 3), (250, 240, 200), np.uint8)
    pixels[5, 5] = 0
    dark = relative(pixels)
    assert dark.shape == (3, 20, 20) and dark[0, 0, 0] == 0
    assert dark[:, 5, 5] == pytest.approx(np.array([-250, -240, -200]) / 255)


def test_the_loss_is_small_for_right_answers_alone() -> None:
    made = seen((0.8, 0.8))
    batch = {name: torch.from_numpy(np.ascontiguousarray(value))[None] for name, value in made.items()}
    right = torch.from_numpy(logits_of(made))[None]
    good, bad = (loss(lambda _, answer=answer: answer, batch) for answer in (right, -right))
    assert good.measures["role_accuracy"] == 1 and good.measures["core_iou"] == 1
    assert good.total < 0.1 < 1 < bad.total
