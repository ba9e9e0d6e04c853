"""The recogniser's loss: some classes stand for all, and learning lowers it with labels and with CTC."""

from __future__ import annotations

import itertools

import pytest
from rapidfuzz.distance import Levenshtein

torch = pytest.importorskip("torch")

from fakes.bars import ALPHABET, page  # noqa: E402
from sokdok.model.nano.nets import Asked, Recogniser  # noqa: E402
from sokdok.reading.nano.decoding import decode  # noqa: E402
from sokdok_lab.training.lines import loss as lines_loss  # noqa: E402
from sokdok_lab.training.lines.batch import stacked  # noqa: E402
from sokdok_lab.training.lines.windows import Pictures, Windows  # noqa: E402
from sokdok_lab.training.task import Batch  # noqa: E402


def batch(size: int = 4) -> Batch:
    windows = Windows({"page": Pictures(page, 2, 1.0)}, ALPHABET.code_points, 0.0, seed=1)
    return stacked(list(itertools.islice(windows, size)), ALPHABET, None)


def test_some_of_the_classes_are_told_apart_as_all_are(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    net, made = Recogniser(ALPHABET.classes, width=16).eval(), batch()
    monkeypatch.setattr(lines_loss, "OTHERS_SHARE", 1.0)
    asked, same = lines_loss.some_classes(made, ALPHABET.classes)
    pixels = made["pixels"].float() / 255
    whole = lines_loss.log_probabilities(net(pixels), made)
    part = lines_loss.log_probabilities(net(pixels, asked), same)
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(whole, part, strict=True))
    few = Asked(torch.tensor([3, ALPHABET.classes]), torch.zeros(2))
    assert torch.allclose(net(pixels, few).first, net(pixels).first[..., few.classes], atol=1e-5)


def test_learning_lowers_the_loss_with_labels_and_with_ctc() -> None:
    torch.manual_seed(0)
    net, made = Recogniser(ALPHABET.classes, width=16), batch(size=8)
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    losses = []
    for step in range(12):
        outcome = lines_loss.loss(net, made, labelled=1.0 if step < 6 else 0.0)
        optimizer.zero_grad()
        outcome.total.backward()
        optimizer.step()
        losses.append(float(outcome.total.detach()))
    assert losses[5] < losses[0] and losses[11] < losses[6]


@pytest.mark.slow
def test_a_net_learns_to_read_bars() -> None:
    torch.manual_seed(0)
    net = Recogniser(ALPHABET.classes, width=32)
    windows = iter(Windows({"page": Pictures(page, 2, 1.0)}, ALPHABET.code_points, 0.0, seed=2))
    optimizer = torch.optim.Adam(net.parameters(), 2e-3)
    for step in range(300):
        made = stacked(list(itertools.islice(windows, 8)), ALPHABET, None)
        outcome = lines_loss.loss(net, made, labelled=max(0.1, 1 - step / 200))
        optimizer.zero_grad()
        outcome.total.backward()
        optimizer.step()
    with torch.no_grad():
        heads = [head.numpy() for head in net.eval()(made["pixels"].float() / 255)]
    read = decode([head[0] for head in heads], ALPHABET).text
    triples = torch.stack([made[name][0] for name in ("first", "vowel", "final")], 1)
    wanted = "".join(map(chr, ALPHABET.decode(triples.numpy())))
    assert Levenshtein.normalized_similarity(read, wanted.strip()) > 0.85
