"""CTC near known places."""

from __future__ import annotations

import itertools

import pytest

torch = pytest.importorskip("torch")

from sokdok_lab.training.lines.ctc import Places, allowed_states, posteriors  # noqa: E402


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
