"""Training of the line reader and finder: what batches say is what the pages show."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from sokdok.model.nano.alphabet import Alphabet  # noqa: E402
from sokdok.model.nano.formats.text_detector import CHANNELS  # noqa: E402
from sokdok.model.nano.recogniser import RowReader  # noqa: E402
from sokdok.model.nano.unet import UNet  # noqa: E402
from sokdok.reading.nano.recogniser import decode  # noqa: E402
from sokdok.reading.nano.text_detector import read_map  # noqa: E402
from sokdok.synth.pages.truth import Block, SyntheticPage  # noqa: E402
from sokdok.training.nets import fit, load_average  # noqa: E402
from sokdok.training.tasks import recogniser as row_training  # noqa: E402
from sokdok.training.tasks import text_detector as line_training  # noqa: E402

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


def test_labels_spell_the_line_that_the_window_shows() -> None:
    batches = row_training.RowBatches(page, ALPHABET, size=8)
    batch = batches(3)
    assert batch["pixels"].shape == (8, 1, 32, row_training.WIDTH) and batch["pixels"].dtype == torch.uint8
    texts = {line.text for seed in range(3 * 2, 3 * 2 + 401) for line in row_training.lines_of(page(seed))}
    for first in batch["first"].numpy():
        spelt = spell(first)
        assert len(spelt) > 8 and any(spelt in text for text in texts)


def spell(first: np.ndarray) -> str:
    """The text of the classes (T,) that are told for a window."""
    logits = np.eye(ALPHABET.classes + 1, dtype=np.float32)[np.where(first < 0, ALPHABET.classes, first)] * 20
    zeros = np.zeros((len(first), 29), np.float32)
    return decode([logits, zeros, zeros], ALPHABET).text


def test_short_texts_stand_side_by_side_in_a_window() -> None:
    batch = row_training.RowBatches(lambda seed: page(seed, word=2), ALPHABET, size=8, labels=1.0)(3)
    for first in batch["first"].numpy():
        for label in first.reshape(row_training.LABELS, -1):
            assert 1 <= len(spell(label)) <= 5  # one word of two letters, or two


def test_a_short_text_is_cut_off_from_its_neighbours() -> None:
    made = page(0, word=4)
    words = row_training.some_words(row_training.lines_of(made)[0], random.Random(1))
    pixels, label = row_training.alone(made.pixels, words)
    dark = (pixels[30 : 30 + EM] == 0).any(0)
    assert np.diff(dark.astype(int)).clip(0).sum() == sum(char != " " for char in label.text)
    assert 0 <= label.boxes[0, 0] < 4 and label.boxes[-1, 2] <= pixels.shape[1]


def test_a_window_far_along_a_line_of_small_type_still_holds_it() -> None:
    pixels, count = np.full((60, 3000), 255, np.uint8), 360
    pixels[29:31, 40:2920] = 0
    lefts = 40 + 8 * np.arange(count + 1, dtype=np.float32)
    boxes = np.stack([lefts, np.full(count + 1, 26), lefts + 8, np.full(count + 1, 34)], 1).astype(np.float32)
    made = SyntheticPage(pixels, "a" * count + "\n", boxes, (Block("paragraph", 0, count + 1),))
    for ink in row_training.RowBatches(lambda seed: made, ALPHABET, size=32)(0)["pixels"].numpy()[:, 0]:
        assert (ink[10:22].mean(0) > 60).mean() > 0.9


def test_a_line_that_the_alphabet_cannot_spell_is_left_out() -> None:
    foreign = replace(made := page(0), symbols="無" + made.symbols[1:])
    batch = row_training.RowBatches(lambda seed: foreign, ALPHABET, size=8)(0)
    texts = [line.text for line in row_training.lines_of(made)[1:]]
    assert all(any(spell(first) in text for text in texts) for first in batch["first"].numpy())


def test_a_batch_depends_on_its_number_alone() -> None:
    one, other = (row_training.RowBatches(page, ALPHABET, size=4) for _ in range(2))
    one(1)
    for name, value in one(5).items():
        assert torch.equal(value, other(5)[name])


def test_drawn_targets_read_back_as_the_lines_they_were_drawn_from() -> None:
    strips = line_training.strips_of(page(0))
    targets = line_training.draw(strips, side=384)
    answer = np.zeros((CHANNELS, 96, 96), np.float32)
    answer[0] = np.where(targets["core"] > 0, 9, -9)
    answer[1], answer[2] = targets["em"], targets["offset"]
    for kind in range(CHANNELS - 3):
        answer[3 + kind] = targets["kind"] == kind
    lines = read_map(answer)
    assert [line.kind for line in lines] == ["heading", "list", "list"]
    for line, strip in zip(lines, strips, strict=True):
        assert abs(line.em - EM) < 0.1 and abs(line.left[1] - strip.left[1]) < 1
        assert abs(line.left[0] - strip.left[0]) <= 4


def test_crops_move_and_scale_the_truth_with_the_picture() -> None:
    made = page(1)
    crop = line_training.crop(made.pixels, line_training.strips_of(made), random.Random(4))
    core = np.kron(crop["core"], np.ones((4, 4))) > 0
    dark = crop["pixels"][0] < 100
    assert dark.any() and core.any()
    rows = core.any(1)
    assert dark[rows].mean() > 4 * max(dark[~rows].mean(), 0.001)


@pytest.mark.slow
def test_the_reader_learns_to_read_bars(tmp_path) -> None:
    torch.manual_seed(0)
    batches = row_training.RowBatches(page, ALPHABET, size=8)
    fit(RowReader(ALPHABET.classes, width=64, code=32), batches, row_training.loss, tmp_path, steps=300, workers=0)
    net = load_average(tmp_path, RowReader(ALPHABET.classes, width=64, code=32))
    batch = batches(1000)
    with torch.no_grad():
        assert row_training.loss(net, batch)["symbols?"] > 0.9


def test_a_run_goes_on_where_it_stopped(tmp_path) -> None:
    def make(number: int) -> dict[str, torch.Tensor]:
        seen.append(number)
        pixels = torch.zeros(1, 1, 384, 384, dtype=torch.uint8)
        targets = line_training.draw(line_training.strips_of(page(0)))
        return {"pixels": pixels} | {name: torch.from_numpy(value)[None] for name, value in targets.items()}

    seen: list[int] = []
    for steps in (2, 3):
        fit(UNet(1, CHANNELS, (8, 8, 8, 8)), make, line_training.loss, tmp_path, steps=steps, every=2, workers=0)
    assert seen == [0, 1, 2]
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 2
