"""nano on OpenVINO answers as on onnxruntime, from several threads at once, and reports nothing to anyone."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from sokdok.errors import InputError, MissingExtraError
from sokdok.pages import render
from sokdok.reading.nano import session as sessions
from sokdok.reading.nano.reader import NanoReader
from sokdok.reading.nano.session import bundled_folder, chosen_runtime, open_graph

SHAPES = {"lines": (1, 1, 96, 64), "recogniser": (2, 1, 32, 128), "geometry": (1, 3, 64, 64)}


def needs_openvino() -> None:
    pytest.importorskip("openvino", reason="the extra openvino is not installed")


def test_the_runtime_is_the_one_that_the_environment_names(monkeypatch) -> None:
    monkeypatch.delenv("SOKDOK_RUNTIME", raising=False)
    assert chosen_runtime() == "onnxruntime"
    monkeypatch.setenv("SOKDOK_RUNTIME", "onnx")
    with pytest.raises(InputError, match="unknown runtime 'onnx'; choose one of onnxruntime, openvino"):
        chosen_runtime()


def test_a_runtime_that_is_not_installed_is_an_error_and_nothing_else_runs(monkeypatch) -> None:
    monkeypatch.setenv("SOKDOK_RUNTIME", "openvino")
    monkeypatch.setattr(sessions, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"SOKDOK_RUNTIME=openvino needs the extra 'openvino'"):
        NanoReader(bundled_folder())


@pytest.mark.parametrize("name", SHAPES)
def test_openvino_gives_what_onnxruntime_gives(name: str) -> None:
    needs_openvino()
    pixels = np.random.default_rng(0).random(SHAPES[name], np.float32)
    path = bundled_folder() / f"{name}.onnx"
    ours, theirs = (open_graph(path, 1, runtime) for runtime in ("onnxruntime", "openvino"))
    assert [slot.name for slot in theirs.get_inputs()] == [slot.name for slot in ours.get_inputs()]
    wanted, found = (graph.run(None, {"pixels": pixels}) for graph in (ours, theirs))
    assert len(found) == len(wanted)
    for got, want in zip(found, wanted, strict=True):
        assert got.shape == want.shape
        assert np.abs(got - want).max() < 1e-4 * np.abs(want).max()


def test_threads_run_a_graph_at_once_and_get_their_own_answers() -> None:
    needs_openvino()
    path = bundled_folder() / "recogniser.onnx"
    ours, graph = (open_graph(path, 1, runtime) for runtime in ("onnxruntime", "openvino"))
    rng = np.random.default_rng(0)
    pictures = [rng.random((1, 1, 32, 32 * (1 + n % 3)), np.float32) for n in range(12)]
    alone = [ours.run(None, {"pixels": picture})[0] for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda picture: graph.run(None, {"pixels": picture})[0], pictures))
    assert all(np.allclose(one, other, atol=1e-3) for one, other in zip(alone, together, strict=True))


@pytest.mark.slow  # compiling an encoder takes seconds
def test_a_drawn_page_reads_the_same() -> None:
    needs_openvino()
    page = render("Reading, not guessing. 읽기는 추측이 아니다. 0x7F3A", (512, 512))[0]
    texts = []
    for runtime in ("onnxruntime", "openvino"):
        (reading,) = NanoReader(bundled_folder(), 1, runtime).read([page])
        texts.append((reading.status, reading.text))
    assert texts[0] == texts[1]


def test_opening_a_graph_tells_nobody(tmp_path: Path) -> None:
    """OpenVINO's own package for telemetry, a dependency of it, sends an event on import and leaves an identifier."""
    needs_openvino()
    code = (
        "import sys; from sokdok.reading.nano.session import bundled_folder, open_graph\n"
        "open_graph(bundled_folder() / 'geometry_letters.onnx', 1)\n"
        "assert 'openvino' in sys.modules\n"
        "print([name for name, module in sys.modules.items() if name.startswith('openvino_telemetry') and module])"
    )
    environment = {"PYTHONPATH": ":".join(sys.path), "HOME": str(tmp_path), "SOKDOK_RUNTIME": "openvino"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert (run.stdout.strip(), list(tmp_path.iterdir())) == ("[]", []), run.stderr
