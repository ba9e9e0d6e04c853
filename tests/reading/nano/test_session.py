"""The exported graphs are the torch model: same bytes, same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from sokdok.model.preprocess import MODES, preprocess
from sokdok.pages import render
from sokdok.reading.nano.session import NanoSession, bundled_folder

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def session() -> NanoSession:
    return NanoSession(bundled_folder())


@pytest.fixture(scope="module")
def nano():
    from sokdok.model.nano.export import load

    return load(bundled_folder())[0]


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    page = render("Reading, not guessing. 읽기는 추측이 아니다. 0x7F3A", (512, 512))[0]
    return preprocess(page.image, MODES["tiny"]).global_view[None]


def test_encoder_graph_equals_the_torch_model(session, nano, pixels) -> None:
    encoded = session.encode("tiny", pixels)
    with torch.no_grad():
        tokens, subcells = nano.encode(torch.from_numpy(pixels))
        keys, values = nano.prefill(tokens)
    for got, want in zip(encoded, (subcells, keys, values), strict=True):
        assert got.shape == tuple(want.shape)
        scale = want.abs().max().item()
        assert np.abs(got - want.numpy()).max() < 1e-3 * scale


def test_decoder_graph_equals_the_torch_model(session, nano, pixels) -> None:
    encoded = session.encode("tiny", pixels)
    rng = np.random.default_rng(0)
    steps, past = 7, encoded.keys.shape[3]
    inputs = {
        "symbols": np.stack([rng.integers(0, n, (1, steps)) for n in (951, 22, 29)], -1),
        "moves": rng.integers(0, 6, (1, steps)),
        "local": encoded.subcells[:, rng.integers(0, encoded.subcells.shape[1], steps)],
        "edges": rng.integers(0, 9, (1, steps, 2)),
        "positions": past + np.arange(steps)[None],
        "keys": encoded.keys,
        "values": encoded.values,
        "mask": np.tril(np.ones((1, 1, steps, past + steps), bool), past),
    }
    answer = session.step(inputs)
    with torch.no_grad():
        (first, vowel, final), moves, keys, _ = nano.step(*(torch.from_numpy(v) for v in inputs.values()))
    want = torch.stack([head.argmax(-1) for head in (first, vowel, final)], -1).numpy()
    assert (answer.classes == want).mean() > 0.95  # a tie may fall either way
    assert (answer.moves == moves.argmax(-1).numpy()).all()
    assert np.abs(answer.keys - keys.numpy()).max() < 1e-3 * keys.abs().max().item()


def test_classifier_graph_equals_the_torch_model(session, nano, pixels) -> None:
    features = session.encode("tiny", pixels).subcells[0, :500]
    classes, logprob = session.classify(features)
    with torch.no_grad():
        heads = nano.dense_head(torch.from_numpy(features))
    want = torch.stack([head.argmax(-1) for head in heads], -1).numpy()
    assert (classes == want).mean() > 0.999
    assert np.isfinite(logprob).all() and (logprob <= 0).all()
