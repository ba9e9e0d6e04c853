"""Training of rows and the text detector: what batches say is what the pages show."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from sokdok.model.nano.alphabet import Alphabet  # noqa: E402
from sokdok.model.nano.formats.text_detector import CHANNELS  # noqa: E402
from sokdok.model.nano.rows import RowReader  # noqa: E402
from sokdok.model.nano.unet import UNet  # noqa: E402
from sokdok.reading.nano.recogniser import decode  # noqa: E402
from sokdok.reading.nano.text_detector import decode_output  # noqa: E402
from sokdok.synth.pages.truth import Block, SyntheticPage  # noqa: E402
from sokdok.training import line_windows  # noqa: E402
from sokdok.training.checkpoint import load_average  # noqa: E402
from sokdok.training.line_windows import LineWindows  # noqa: E402
from sokdok.training.loop import Trainer  # noqa: E402
from sokdok.training.pictures import in_turns, lines_of  # noqa: E402
from sokdok.training.recipe import RowsRecipe, Stage  # noqa: E402
from sokdok.training.task import Batch, Outcome, Task  # noqa: E402
from sokdok.training.tasks import rows as rows_task  # noqa: E402
from sokdok.training.tasks import text_detector as detector_task  # noqa: E402

ALPHABET = Alphabet(" abcdefgh")
EM = 24


def page(seed: int, word: int = 20) -> SyntheticPage:
    """Three lines whose symbols are bars as high as the place of their letter, an em wide; a space after each word."""
    rng = random.Random(seed)
    pixels, boxes, text = np.full((200, 700), 255, np.uint8), [], ""
    for row in range(3):
        top = 30 + 50 * row
        line = "".join(" " if i % (word + 1) == word else rng.choice("abcdefgh") for i in range(20))
        for i, char in enumerate(line):
            left = 40 + 28 * i
            if char != " ":
                pixels[top + EM - 3 * (ord(char) - 96) : top + EM, left + 6 : left + 18] = 0
            boxes.append((left, top, left + EM, top + EM))
        boxes.append((left + EM, top, left + EM, top + EM))
        text += line + "\n"
    return SyntheticPage(pixels, text, np.array(boxes, np.float32), (Block("title", 0, 21), Block("list", 21, 63)))


def windows_of(pages: Callable[[int], SyntheticPage] = page, *, short_texts: float = 0.0) -> LineWindows:
    return LineWindows(pages, ALPHABET, pool=400, fresh=2, short_texts=short_texts)


def batch_of(windows: LineWindows, number: int, size: int = 8) -> Batch:
    return rows_task.stacked(windows.batch(number, size))


def test_labels_spell_the_line_that_the_window_shows() -> None:
    batch = batch_of(windows_of(), 3)
    assert batch["pixels"].shape == (8, 1, 32, line_windows.WIDTH_PX) and batch["pixels"].dtype == torch.uint8
    texts = {line.text for seed in range(3 * 2, 3 * 2 + 401) for line in lines_of(page(seed))}
    for first in batch["first"].numpy():
        spelt = spell(first)
        assert len(spelt) > 8 and any(spelt in text for text in texts)


def spell(first: np.ndarray) -> str:
    """The text of the classes (T,) that a window is labelled with."""
    logits = np.eye(ALPHABET.classes + 1, dtype=np.float32)[np.where(first < 0, ALPHABET.classes, first)] * 20
    zeros = np.zeros((len(first), 29), np.float32)
    return decode([logits, zeros, zeros], ALPHABET).text


def test_short_texts_stand_side_by_side_in_a_window() -> None:
    batch = batch_of(windows_of(lambda seed: page(seed, word=2), short_texts=1.0), 3)
    for first in batch["first"].numpy():
        for label in first.reshape(line_windows.SHORT_TEXTS, -1):
            assert 1 <= len(spell(label)) <= 5  # one word of two letters, or two


def test_a_short_text_is_cut_off_from_its_neighbours() -> None:
    made = page(0, word=4)
    words = line_windows.some_words(lines_of(made)[0], random.Random(1))
    pixels, label = line_windows.alone(made.pixels, words)
    dark = (pixels[30 : 30 + EM] == 0).any(0)
    assert np.diff(dark.astype(int)).clip(0).sum() == sum(char != " " for char in label.text)
    assert 0 <= label.boxes[0, 0] < 4 and label.boxes[-1, 2] <= pixels.shape[1]


def test_a_window_far_along_a_line_of_small_type_still_holds_it() -> None:
    pixels, count = np.full((60, 3000), 255, np.uint8), 360
    pixels[29:31, 40:2920] = 0
    lefts = 40 + 8 * np.arange(count + 1, dtype=np.float32)
    boxes = np.stack([lefts, np.full(count + 1, 26), lefts + 8, np.full(count + 1, 34)], 1).astype(np.float32)
    made = SyntheticPage(pixels, "a" * count + "\n", boxes, (Block("paragraph", 0, count + 1),))
    for ink in batch_of(windows_of(lambda seed: made), 0, 32)["pixels"].numpy()[:, 0]:
        assert (ink[10:22].mean(0) > 60).mean() > 0.9


def test_a_line_that_the_alphabet_cannot_spell_is_left_out() -> None:
    foreign = replace(made := page(0), symbols="無" + made.symbols[1:])
    batch = batch_of(windows_of(lambda seed: foreign), 0)
    texts = [line.text for line in lines_of(made)[1:]]
    assert all(any(spell(first) in text for text in texts) for first in batch["first"].numpy())


def test_a_batch_depends_on_its_number_alone() -> None:
    one, other = windows_of(), windows_of()
    one.batch(1, 4)
    expected = batch_of(other, 5, 4)
    for name, value in batch_of(one, 5, 4).items():
        assert torch.equal(value, expected[name])


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


class _Bars(Task):
    """A small recogniser of the bars of `page`."""

    def __init__(self, recipe: RowsRecipe) -> None:
        torch.manual_seed(0)
        super().__init__(recipe, RowReader(ALPHABET.classes, width=64, code=32))
        self.windows = windows_of()

    def batch(self, step: int) -> Batch:
        return batch_of(self.windows, step)

    def loss(self, model: nn.Module, batch: Batch, step: int) -> Outcome:
        return rows_task.loss(model, batch)


@pytest.mark.slow
def test_the_recogniser_learns_to_read_bars(tmp_path: Path) -> None:
    task = _Bars(recipe_of(300))
    list(Trainer(task, tmp_path, workers=0).run())
    net = load_average(tmp_path, RowReader(ALPHABET.classes, width=64, code=32))
    with torch.no_grad():
        assert rows_task.loss(net, task.batch(1000)).measures["symbol_accuracy"] > 0.9


def recipe_of(steps: int) -> RowsRecipe:
    stage = Stage(steps=steps, warmup=min(200, steps), learning_rate=2e-3, final_learning_rate=2e-5)
    return RowsRecipe(
        stages=(stage,), kinds={"en": 1}, turns={"page": 1}, batch=8, pool=400, page_ems_px=(5, 18),
        save_every=2, log_every=2,
    )  # fmt: skip


class _Counted(Task):
    """A text detector that notes which batches it was asked for."""

    def __init__(self, recipe: RowsRecipe, seen: list[int]) -> None:
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
