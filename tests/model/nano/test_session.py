"""The exported graphs are the torch model: same bytes, same numbers."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from sokdok.errors import ModelError  # noqa: E402
from sokdok.machine import multiplies_bytes  # noqa: E402
from sokdok.model.nano import session as sessions  # noqa: E402
from sokdok.model.nano.session import (  # noqa: E402
    NanoSession,
    bundled_folder,
    graph_file,
    open_graph,
    session_options,
)
from sokdok.model.preprocess import MODES, preprocess  # noqa: E402
from sokdok.pages import render  # noqa: E402
from sokdok.pages.cells import END  # noqa: E402


@pytest.fixture(scope="module")
def session() -> NanoSession:
    return NanoSession(bundled_folder())


@pytest.fixture(scope="module")
def nano():
    from sokdok_lab.training.export import load

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


@pytest.mark.parametrize(("name", "shape"), [("lines", (1, 1, 96, 64)), ("recogniser", (2, 1, 32, 128))])
def test_graphs_of_nets_equal_the_torch_modules(name, shape) -> None:
    from sokdok_lab.training.export import load_nets

    picture = np.random.default_rng(0).random(shape, np.float32)
    outputs = open_graph(bundled_folder() / f"{name}.onnx", 1).run(None, {"pixels": picture})
    with torch.no_grad():
        wanted = load_nets(bundled_folder())[name](torch.from_numpy(picture))
    for got, want in zip(outputs, [wanted] if name == "lines" else wanted, strict=True):
        assert np.abs(got - want.numpy()).max() < 1e-4 * want.abs().max()


@pytest.mark.parametrize("name", ["lines", "recogniser", "chart_texts", "molecules", "geometry", "geometry_letters"])
def test_norms_are_folded_and_weights_widened_when_a_graph_is_loaded(name, tmp_path) -> None:
    """A norm beside its convolution, or weights widened at every run, take as long again as all else."""
    onnx = pytest.importorskip("onnx")
    from onnxruntime import InferenceSession

    options = session_options(1)
    options.optimized_model_filepath = str(tmp_path / "run.onnx")
    InferenceSession(str(bundled_folder() / f"{name}.onnx"), options, providers=["CPUExecutionProvider"])
    operators = {node.op_type for node in onnx.load(tmp_path / "run.onnx", load_external_data=False).graph.node}
    assert not operators & {"BatchNormalization", "DequantizeLinear"}


def test_int8_is_for_processors_that_are_made_for_it(tmp_path, monkeypatch) -> None:
    (tmp_path / "lines.int8.onnx").touch()
    monkeypatch.setattr(sessions, "multiplies_bytes", lambda: True)
    assert [graph_file(tmp_path, name).name for name in ("lines", "recogniser")] == [
        "lines.int8.onnx",
        "recogniser.onnx",
    ]
    monkeypatch.setattr(sessions, "multiplies_bytes", lambda: False)
    assert graph_file(tmp_path, "lines").name == "lines.onnx"


@pytest.mark.skipif(not multiplies_bytes(), reason="products of bytes overflow on this processor")
def test_the_recogniser_in_int8_says_what_the_other_says() -> None:
    """It has weights of its own: those of another net if the weights were replaced without it."""
    page = render("Reading, not guessing. 읽기는 추측이 아니다. 0x7F3A", (512, 512))[0].image.convert("L")
    ink = 1 - np.asarray(page.crop((0, 0, 512, 16)).resize((1024, 32)), np.float32)[None, None] / 255
    paths = (bundled_folder() / name for name in ("recogniser.int8.onnx", "recogniser.onnx"))
    found, wanted = (open_graph(path, 1).run(None, {"pixels": ink})[0] for path in paths)
    assert 0 < np.linalg.norm(found - wanted) < 0.1 * np.linalg.norm(wanted)


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
    best, other = session.classify(features)
    with torch.no_grad():
        first, *rest = nano.dense_head(torch.from_numpy(features))
    want = torch.stack([head.argmax(-1) for head in (first, *rest)], -1).numpy()
    assert (best.classes == want).mean() > 0.999
    end = session.alphabet.encode(np.array([END]))[0, 0]
    first[:, end] = -torch.inf
    assert (other.classes[:, 0] == first.argmax(-1).numpy()).mean() > 0.999
    assert (best.classes[:, 0] == end).any() and not (other.classes[:, 0] == end).any()
    logprob = np.concatenate([best.logprob, other.logprob])
    assert np.isfinite(logprob).all() and (logprob <= 0).all()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the bundled checkpoint that takes no space; to change a file, remove it first."""
    shutil.copytree(bundled_folder(), tmp_path / "nano", copy_function=os.link)
    (tmp_path / "nano" / "SHA256SUMS").unlink()  # faults beyond what a checksum tells
    return tmp_path / "nano"


def put(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def refusal(folder: Path) -> str:
    with pytest.raises(ModelError) as error:
        NanoSession(folder)
    assert "\n" not in str(error.value) and len(str(error.value)) < 600
    return str(error.value)


@pytest.mark.parametrize(
    "fields",
    [None, 1, {}, {"data_offsets": ["a", "b"]}, {"data_offsets": [1]}, {"data_offsets": [-5, -1]}],
    ids=str,
)
def test_a_hostile_header_is_refused(folder: Path, fields: Any) -> None:
    header = json.dumps({"a": fields}).encode()
    put(folder / "model.safetensors", struct.pack("<Q", len(header)) + header)
    assert "model.safetensors is no safetensors file: its header is damaged" in refusal(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sam": 1}, "config.json is damaged: NanoConfig: Expected `object`, got `int`"),
        ({"classes": 10**6}, "tokenizer.json has 951 classes, not 1000000"),
        ({"classes": 10**12}, "NanoConfig.classes is 1000000000000, more than"),
        ({"name": "x" * 10**6, "classes": "y" * 10**6}, "config.json is damaged"),
    ],
    ids=["a number for an encoder", "too many classes", "far too many classes", "a long text"],
)
def test_a_hostile_config_is_refused(folder: Path, change: dict[str, Any], message: str) -> None:
    config = json.loads((folder / "config.json").read_text())
    put(folder / "config.json", json.dumps(config | change).encode())
    assert message in refusal(folder)


@pytest.mark.parametrize("window", [None, 2**31, 0])
def test_the_decoders_window_is_bounded(folder: Path, window: int | None) -> None:
    """The reader sets memory aside for it, whatever the graph takes."""
    config = json.loads((folder / "config.json").read_text())
    config["decoder"]["sliding_window"] = window
    put(folder / "config.json", json.dumps(config).encode())
    assert "sliding_window" in refusal(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
@pytest.mark.parametrize("data", [b'{"a":' * 50_000, b"[]", b"", b"\xff", b" " * (2**24 + 1)], ids=range(5))
def test_hostile_json_is_refused(folder: Path, name: str, data: bytes) -> None:
    put(folder / name, data)
    assert name in refusal(folder)


@pytest.mark.parametrize("chars", [None, 1, ["a"], "aa", "a\x1b", "a\ud800"], ids=ascii)
def test_an_alphabet_of_anything_else_is_refused(folder: Path, chars: Any) -> None:
    put(folder / "tokenizer.json", json.dumps({"chars": chars}).encode())
    assert refusal(folder).endswith(
        "tokenizer.json holds no alphabet: `chars` must be a text of different, printable characters"
    )


def test_a_graph_is_bounded_and_named(folder: Path) -> None:
    path = folder / "lines.onnx"
    put(path, b"no graph")
    with pytest.raises(ModelError, match=r"can't load .*lines\.onnx: "):
        open_graph(path)
    os.truncate(path, 2**30)  # sparse: it takes no room on the disk, and would take all of it in memory
    with pytest.raises(ModelError, match=r"lines\.onnx is no graph of nano's: it has more than 67,108,864 bytes"):
        open_graph(path)
    path.unlink()
    with pytest.raises(ModelError, match=r"can't load .*lines\.onnx: "):
        open_graph(path)


@pytest.mark.process
def test_opening_a_graph_tells_nobody(tmp_path: Path) -> None:
    """Onnxruntime leaves a session's number in the folder for temporary files where it means to report its use."""
    code = "from sokdok.model.nano.session import *; open_graph(bundled_folder() / 'geometry_letters.onnx', 1)"
    environment = {"PYTHONPATH": ":".join(sys.path), "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert (run.returncode, list(tmp_path.iterdir())) == (0, []), run.stderr
