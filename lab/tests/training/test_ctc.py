"""The recogniser's loss: CTC near known places; some classes stand for all; learning lowers it."""

from __future__ import annotations

import itertools

import pytest
import torch

from fakes.bars import ALPHABET, page
from sokdok_lab.training import ctc as lines_loss
from sokdok_lab.training.ctc import allowed_states, posteriors
from sokdok_lab.training.nets import Asked, Recogniser
from sokdok_lab.training.task import Batch
from sokdok_lab.training.windows import Pictures, Windows, stacked


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
    allowed = allowed_states(spans, real, 20)
    emissions = torch.zeros(allowed.shape)
    states, possible = posteriors(emissions, allowed, torch.zeros(1, 3, dtype=torch.bool), torch.tensor([2]))
    assert possible.all()
    told = states[0, :, 1::2]
    assert (told[:1, 0] == 0).all() and (told[9:, 0] == 0).all() and (told[:, 2] == 0).all()
    assert (told.sum(0)[:2] >= 1).all()
