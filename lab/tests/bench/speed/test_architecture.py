"""The timing of the published architecture: equal weights on both sides, and honest byte counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from msgspec.structs import replace

pytest.importorskip("transformers", minversion="5.24")


from sokdok.model.checkpoints.checkpoint import check, open_checkpoint
from sokdok.model.checkpoints.manifest import active_parameters
from sokdok.model.config import DEEPSEEK_OCR, UNLIMITED_OCR
from sokdok_lab.bench.speed import architecture
from sokdok_lab.bench.speed.architecture import measure, pages_per_second, touched, write

SMALL = replace(
    DEEPSEEK_OCR,
    sam=replace(
        DEEPSEEK_OCR.sam, width=64, heads=4, depth=4, global_blocks=(1, 3), neck_width=32, compressor_widths=(48, 64)
    ),
    clip=replace(DEEPSEEK_OCR.clip, width=64, depth=2, heads=4, mlp_width=128),  # type: ignore[type-var]
    decoder=replace(
        DEEPSEEK_OCR.decoder, hidden=128, heads=2, kv_heads=2, head_dim=64, layers=3, dense_ffn=192, moe_ffn=64
    ),
)


def test_both_sides_are_timed_on_the_same_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    notes: list[str] = []
    constants: dict[str, Any] = {"PROMPT_TOKENS": 20, "STEPS": 2, "ROUNDS": 1, "WARM_STEPS": 1, "note": notes.append}
    constants |= {"pick_device": lambda name: torch.device("cpu")}
    constants |= {"_vision": lambda sokdok, theirs: [{"what": "vision, 1024 pixels", "sokdok": 1, "baseline": 1}]}
    for name, value in constants.items():
        monkeypatch.setattr(architecture, name, value)
    rows = measure(SMALL, (1, 2))
    difference = float(next(note for note in notes if note.startswith("logits differ")).split()[3].rstrip("%"))
    assert difference < 2  # other weights would differ by the whole spread
    names = ["prefill", *[f"decode{kind}, batch {batch}" for kind in ("", " int8") for batch in (1, 2)]]
    assert [row["what"] for row in rows[1:]] == [*names, "memory, copy", "memory, read"]
    assert all(row["sokdok"] > 0 and row["baseline"] for row in rows[:-2])
    assert pages_per_second(rows, 2) > 0


def test_bytes_of_a_single_token_are_those_of_the_active_parameters() -> None:
    config = DEEPSEEK_OCR.decoder
    counted = touched(config, [config.experts_per_token] * 11, int8=False)
    router = 11 * config.experts * config.hidden
    norms = 2 * config.layers * config.hidden + config.hidden
    assert counted == 2 * (active_parameters(config) - router - norms) + 4 * router
    assert touched(config, [6] * 11, int8=True) == (counted - 4 * router) // 2 + 4 * router


@pytest.mark.parametrize(
    "config", [SMALL, replace(UNLIMITED_OCR, sam=SMALL.sam, clip=SMALL.clip, decoder=SMALL.decoder)]
)
def test_the_random_checkpoint_is_a_valid_one(config: Any, tmp_path: Path) -> None:
    write(replace(config, decoder=replace(config.decoder, layers=2)), tmp_path)
    checkpoint = open_checkpoint(tmp_path)
    assert check(checkpoint) == [] and checkpoint.config.decoder.layers == 2
