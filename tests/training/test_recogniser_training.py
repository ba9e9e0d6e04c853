"""Training of the recogniser: CTC near known places, windows that spell what they show, runs that go on."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from sokdok.model.alphabet import Alphabet  # noqa: E402
from sokdok.model.recogniser import Asked, Recogniser  # noqa: E402
from sokdok.reading.nano.lines.collapse import decode  # noqa: E402
from sokdok.synth.truth import Block, SyntheticPage  # noqa: E402
from sokdok.training import recogniser, shards  # noqa: E402
from sokdok.training.ctc import Places, allowed_states, posteriors  # noqa: E402
from sokdok.training.recogniser_run import AVERAGE, Plan, Run, load_average  # noqa: E402
from sokdok.training.windows import LABELS, WIDTH, Pictures, Windows  # noqa: E402

ALPHABET = Alphabet(" abcdefgh가나")
EM = 24


def page(seed: int) -> SyntheticPage:
    """Two lines whose letters are bars as high as their place in the alphabet, an em wide."""
    rng = random.Random(seed)
    pixels, boxes, text = np.full((140, 700), 255, np.uint8), [], ""
    for row in range(2):
        top = 30 + 50 * row
        line = "".join(" " if i % 6 == 5 else rng.choice("abcdefgh") for i in range(20))
        for i, char in enumerate(line):
            left = 40 + 28 * i
            if char != " ":
                pixels[top + EM - 3 * (ord(char) - 96) : top + EM, left + 6 : left + 18] = 0
            boxes.append((left, top, left + EM, top + EM))
        boxes.append((left + EM, top, left + EM, top + EM))
        text += line + "\n"
    return SyntheticPage(pixels, text, np.array(boxes, np.float32), (Block("paragraph", 0, 42),))


def windows(labels: float = 0.0) -> Windows:
    return Windows({"page": Pictures(page, 2, 1.0)}, ALPHABET.code_points, labels, seed=1)


def batch(labels: float = 0.0, size: int = 4) -> recogniser.Batch:
    rows = shards.record(list(itertools.islice(windows(labels), size)))
    return shards.batch_of(rows, ALPHABET, None)


def test_posteriors_are_those_of_all_paths() -> None:
    frames, length = 6, 3
    emissions = torch.randn(1, frames, 2 * length + 1)
    emissions[..., 2::2] = emissions[..., :1]
    repeats = [False, True, False]
    expected = torch.zeros(frames, 2 * length + 1)
    for path in itertools.product(range(2 * length + 1), repeat=frames):
        steps = [(b, b - a) for a, b in itertools.pairwise(path)]
        skips = [state for state, step in steps if step == 2]
        if path[0] > 1 or path[-1] < 2 * length - 1 or any(not 0 <= step <= 2 for _, step in steps):
            continue
        if any(state % 2 == 0 or repeats[state // 2] for state in skips):
            continue
        weight = sum(emissions[0, t, state] for t, state in enumerate(path)).exp()
        for t, state in enumerate(path):
            expected[t, state] += weight
    found, possible = posteriors(
        emissions, torch.ones(emissions.shape, dtype=torch.bool), torch.tensor([repeats]), torch.tensor([length])
    )
    assert possible.all()
    assert torch.allclose(found[0], expected / expected.sum(1, keepdim=True), atol=1e-5)


def test_a_symbol_is_told_near_its_box_and_exactly_once() -> None:
    spans = torch.tensor([[[2.0, 8.0], [8.0, 14.0], [0.0, 0.0]]])
    real = torch.tensor([[True, True, False]])
    allowed = allowed_states(Places.of(spans, real), 20)
    emissions = torch.zeros(allowed.shape)
    states, possible = posteriors(emissions, allowed, torch.zeros(1, 3, dtype=torch.bool), torch.tensor([2]))
    assert possible.all()
    told = states[0, :, 1::2]
    assert (told[:1, 0] == 0).all() and (told[9:, 0] == 0).all() and (told[:, 2] == 0).all()
    assert (told.sum(0)[:2] >= 1).all()


def test_windows_spell_what_they_show() -> None:
    texts = {line for seed in range(10**9, 10**9 + 400) for line in page(seed).symbols.split("\n")}
    for window in itertools.islice(windows(), 20):
        spelt = "".join(map(chr, window.symbols))
        assert window.ink.shape == (32, WIDTH) and len(spelt) > 5 and any(spelt in text for text in texts)
        assert (window.spans[:, 0] > -20).all() and (window.spans[:, 1] <= WIDTH).all()
        for symbol, (begin, end) in zip(spelt, window.spans.round().astype(int), strict=True):
            column = window.ink[16:, max(0, begin + 2) : end - 2]
            assert symbol == " " or column.max() > 128


def test_short_texts_stand_side_by_side() -> None:
    window = next(iter(windows(labels=1.0)))
    pieces = np.floor(window.spans.mean(1) / (WIDTH / LABELS))
    assert set(pieces) == set(range(LABELS)) and (np.diff(window.spans.mean(1)) > 0).all()


def test_cut_symbols_leave_their_frames_unknown() -> None:
    made = batch(size=12)
    at = torch.arange(WIDTH // 2) + 0.5
    begin, end = made["spans"].unbind(-1)
    inside = ((at >= begin[..., None]) & (at < end[..., None]) & made["real"][..., None]).any(1)
    assert not (inside & ~made["known"]).any()
    assert (~made["known"]).any()


def test_some_of_the_classes_are_told_apart_as_all_are(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    net, made = Recogniser(ALPHABET.classes, width=16).eval(), batch()
    monkeypatch.setattr(recogniser, "OTHERS", 1.0)
    asked, same = recogniser.some_classes(made, ALPHABET.classes)
    pixels = made["pixels"].float() / 255
    whole = recogniser.log_probabilities(net(pixels), made)
    part = recogniser.log_probabilities(net(pixels, asked), same)
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(whole, part, strict=True))
    few = Asked(torch.tensor([3, ALPHABET.classes]), torch.zeros(2))
    assert torch.allclose(net(pixels, few).first, net(pixels).first[..., few.classes], atol=1e-5)


def test_learning_lowers_the_loss_with_labels_and_with_ctc() -> None:
    torch.manual_seed(0)
    net, made = Recogniser(ALPHABET.classes, width=16), batch(size=8)
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    losses = []
    for step in range(12):
        parts = recogniser.loss(net, made, labelled=1.0 if step < 6 else 0.0)
        optimizer.zero_grad()
        parts["nats"].backward()
        optimizer.step()
        losses.append(float(parts["nats"].detach()))
    assert losses[5] < losses[0] and losses[11] < losses[6]


def test_repeats_are_collapsed_and_blanks_dropped() -> None:
    blank = ALPHABET.classes
    classes = ALPHABET.encode(np.array([ord(c) for c in "aab가나"]))[:, 0]
    frames = [blank, classes[0], classes[0], blank, classes[1], classes[2], blank, classes[3], classes[4], blank]
    first = 20 * np.eye(blank + 1, dtype=np.float32)[frames]
    vowel, final = np.zeros((10, 22), np.float32), np.zeros((10, 29), np.float32)
    read = decode([first, vowel, final], ALPHABET, pitch=2.0)
    assert read.text == "aab가나" and read.places.tolist() == [4, 9, 11, 15, 17]
    assert (read.probability > 0.99).all()


def test_shards_are_written_and_the_oldest_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD", 6)
    writing = shards.write_shards(iter(windows()), tmp_path, keep=2)
    for _ in range(3):
        next(writing)
    assert [path.name for path in sorted(tmp_path.glob("*"))] == ["000001.npy", "000002.npy"]
    made = next(iter(shards.Shards(tmp_path, ALPHABET, size=5, seed=0)))
    assert made["pixels"].shape == (5, 1, 32, WIDTH) and made["pixels"].dtype == torch.uint8


def test_a_run_goes_on_where_it_stopped_and_a_branch_ends(tmp_path: Path) -> None:
    held_out = tmp_path / "held_out"
    held_out.mkdir()
    np.save(held_out / "bars.npy", shards.record(list(itertools.islice(windows(), 4))))
    plan = Plan(save_every=2, validate_every=4)
    first = Run(ALPHABET, tmp_path / "main", plan, held_out)
    first.train(itertools.repeat(batch(), 4))
    again = Run(ALPHABET, tmp_path / "main", plan, held_out)
    assert again.load(tmp_path / "main") and again.step == 4
    branch = Run(ALPHABET, tmp_path / "branch", Plan(decay=3), held_out)
    assert branch.load(tmp_path / "main")
    branch.start = branch.step
    branch.train(itertools.repeat(batch()))
    assert branch.step == 7 and (tmp_path / "branch" / AVERAGE).exists()
    net = load_average(tmp_path / "branch" / AVERAGE, ALPHABET.classes)
    assert not net.training
    lone = Run(ALPHABET, tmp_path / "lone", plan, held_out)
    lone.load_weights(tmp_path / "branch" / AVERAGE)
    assert lone.step == 7
