"""The timing of the published architecture: equal weights on both sides, and honest byte counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

pytest.importorskip("transformers", minversion="5.24")


from sokdok.model.checkpoints.checkpoint import check, open_checkpoint
from sokdok.model.checkpoints.hf_config import config_from_hf
from sokdok.model.checkpoints.manifest import active_parameters
from sokdok.model.config import DEEPSEEK_OCR, UNLIMITED_OCR
from sokdok_lab.bench.speed import architecture
from sokdok_lab.bench.speed.architecture import measure, pages_per_second, published, touched, write


def small(model: str, layers: int = 3) -> Any:
    """A published configuration with small nets."""
    config = published(model)
    sam, clip, text = config.vision_config.sam_config, config.vision_config.encoder_config, config.text_config
    vars(sam).update(sizes(64, 4, 4, global_attn_indexes=[1, 3], mlp_dim=256, output_channels=32))
    vars(sam).update(downsample_channels=[48, 64])
    vars(clip).update(sizes(64, 2, 4, intermediate_size=128))
    vars(text).update(sizes(128, layers, 2, num_key_value_heads=2, intermediate_size=192, moe_intermediate_size=64))
    vars(text).update(layer_types=text.layer_types[:layers], mlp_layer_types=text.mlp_layer_types[:layers])
    return config


def sizes(hidden: int, layers: int, heads: int, **others: Any) -> dict[str, Any]:
    """Settings of a net."""
    return {"hidden_size": hidden, "num_hidden_layers": layers, "num_attention_heads": heads, **others}


def test_the_configurations_are_the_published_ones() -> None:
    ours = [config_from_hf(published(name).to_dict()) for name in ("deepseek-ocr", "unlimited-ocr")]
    assert ours == [DEEPSEEK_OCR, UNLIMITED_OCR]


def test_both_sides_are_timed_on_the_same_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    notes: list[str] = []
    constants: dict[str, Any] = {"PROMPT_TOKENS": 20, "STEPS": 2, "ROUNDS": 1, "WARM_STEPS": 1, "note": notes.append}
    constants |= {"pick_device": lambda name: torch.device("cpu")}
    constants |= {"_vision": lambda sokdok, theirs: [{"what": "vision, 1024 pixels", "sokdok": 1, "baseline": 1}]}
    for name, value in constants.items():
        monkeypatch.setattr(architecture, name, value)
    rows = measure(small("deepseek-ocr"), (1, 2))
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


@pytest.mark.parametrize("model", ["deepseek-ocr", "unlimited-ocr"])
def test_the_random_checkpoint_is_a_valid_one(model: str, tmp_path: Path) -> None:
    write(small(model, 2), tmp_path)
    checkpoint = open_checkpoint(tmp_path)
    assert check(checkpoint) == [] and checkpoint.config.decoder.layers == 2 and checkpoint.config.name == model
