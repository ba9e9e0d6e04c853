"""Export: one file of weights, in int8 where they are large, and graphs that point into it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import sokdok
from sokdok.model.nano.alphabet import Alphabet
from sokdok.model.nano.session import open_graph
from sokdok_lab.synth.alphabet import recogniser_chars
from sokdok_lab.training.export import (
    ALONE,
    RECOGNISER_ALPHABET,
    WEIGHTS,
    byte_ranges,
    choose,
    export,
    load,
    load_nets,
    load_packed,
    pack,
    replace,
    unpack,
)
from sokdok_lab.training.nets import NETS, Recogniser, UNet


def test_byte_ranges_are_where_the_tensors_lie(tmp_path) -> None:
    tensors = {"a": torch.arange(6, dtype=torch.float16).reshape(2, 3), "b": torch.full((4,), 7, dtype=torch.float16)}
    path = tmp_path / "w.safetensors"
    save_file(tensors, path)
    raw = path.read_bytes()
    for name, (offset, length) in byte_ranges(path).items():
        assert raw[offset : offset + length] == tensors[name].numpy().tobytes()


def test_choose_takes_each_head_s_best_and_adds_their_logarithms() -> None:
    heads = tuple(torch.randn(2, 5, n) for n in (9, 4, 3))
    classes, logprob = choose(heads)
    want = sum(h.log_softmax(-1).max(-1).values for h in heads)
    assert torch.equal(classes[..., 1], heads[1].argmax(-1))
    torch.testing.assert_close(logprob, want)


def answers(folder, name: str, pixels: np.ndarray) -> list[np.ndarray]:
    return open_graph(folder / f"{name}.onnx", 1).run(None, {"pixels": pixels})


def test_a_new_net_leaves_the_others_as_they_were(tmp_path, monkeypatch) -> None:
    """Tensors move in the file when another net joins; graphs must follow them."""
    torch.manual_seed(0)
    save_file({"other": torch.zeros(3)}, tmp_path / WEIGHTS)
    monkeypatch.setitem(NETS, "lines", lambda: UNet(1, 5, (8, 8)))
    monkeypatch.setitem(NETS, "recogniser", lambda: Recogniser(20, ((1, 0, 0), (1,), (1,)), 16, 8))
    picture, row = (np.random.default_rng(0).random((2, 1, *size), np.float32) for size in ((64, 96), (32, 128)))
    replace(tmp_path, {"lines": NETS["lines"]()})
    before = answers(tmp_path, "lines", picture)[0]
    for name in ("lines", "recogniser"):
        (tmp_path / f"{name}.int8.onnx").write_bytes(b"weights of before")
    replace(tmp_path, {"recogniser": NETS["recogniser"]()})
    assert [path.name for path in tmp_path.glob("*.int8.onnx")] == ["lines.int8.onnx"]
    assert np.array_equal(answers(tmp_path, "lines", picture)[0], before)
    nets = load_nets(tmp_path)
    with torch.no_grad():
        np.testing.assert_allclose(nets["lines"](torch.from_numpy(picture)).numpy(), before, atol=1e-4)
        wanted = nets["recogniser"](torch.from_numpy(row))
        for got, want in zip(answers(tmp_path, "recogniser", row), wanted, strict=True):
            np.testing.assert_allclose(got, want.numpy(), atol=1e-4)
    assert Alphabet.load(tmp_path / RECOGNISER_ALPHABET).chars == recogniser_chars()
    assert torch.equal(load_packed(tmp_path / WEIGHTS)["other"], torch.zeros(3))


@pytest.mark.slow
def test_an_exported_folder_reads_like_the_model(tmp_path) -> None:
    """Random weights: export, load on both sides, compare the classifier's features."""
    from sokdok.model.config import NANO
    from sokdok.model.nano.alphabet import Alphabet, default_chars
    from sokdok.model.nano.session import NanoSession
    from sokdok_lab.training.nano import Nano

    torch.manual_seed(0)
    export(Nano(NANO), Alphabet(default_chars()), tmp_path)
    nano, _ = load(tmp_path)
    pixels = np.random.default_rng(0).uniform(-1, 1, (1, 3, 512, 512)).astype(np.float32)
    with torch.no_grad():
        want = nano.encode(torch.from_numpy(pixels))[1].numpy()
    got = NanoSession(tmp_path).encode("tiny", pixels).subcells
    assert np.abs(got - want).max() < 1e-3 * np.abs(want).max()


@pytest.mark.parametrize("name", NETS)
def test_the_bundled_weights_fit_the_net(name: str) -> None:
    weights = load_packed(Path(sokdok.__file__).parent / "nano" / (f"{name}.safetensors" if name in ALONE else WEIGHTS))
    shapes = {key.removeprefix(f"{name}."): value.shape for key, value in weights.items() if key.startswith(f"{name}.")}
    needed = {key: value.shape for key, value in NETS[name]().state_dict().items() if "num_batches" not in key}
    assert shapes == needed


def test_rows_keep_their_own_scale_and_small_tensors_their_precision() -> None:
    torch.manual_seed(0)
    tensors = {"w": torch.randn(64, 3, 5, 5) * torch.logspace(-4, 2, 64)[:, None, None, None], "b": torch.randn(64)}
    packed = pack(tensors | {"seen": torch.tensor(7)})
    assert packed["w"].dtype == torch.int8 and set(packed) == {"w", "w.scale", "b"}
    back = unpack(packed)
    assert torch.equal(back["b"], tensors["b"])
    error = (back["w"] - tensors["w"]).flatten(1).abs().amax(1)
    assert (error <= tensors["w"].flatten(1).abs().amax(1) / 127 * 0.501).all()


def test_what_was_packed_packs_to_the_same() -> None:
    packed = pack({"w": torch.randn(100, 50)})
    again = pack(unpack(packed))
    assert torch.equal(packed["w"], again["w"])


def test_other_formats_are_only_widened() -> None:
    assert torch.equal(unpack({"w": torch.ones(2, 2, dtype=torch.float16)})["w"], torch.ones(2, 2))
