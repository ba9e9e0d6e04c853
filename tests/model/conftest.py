"""Tiny random checkpoints that transformers wrote under the published names, and our model loaded from them.

Sizes are the published ones divided by 8: 64, 80, 128 and 160 pixels stand for 512, 640, 1024 and 1280. Patches are as
published, except for DeepSeek-OCR-2: the number of its queries is fixed, so its patches are an eighth too.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

VOCAB, IMAGE_ID = 200, 190
WINDOW = 4


def sizes(hidden: int, layers: int, heads: int, **others: Any) -> dict[str, Any]:
    """A section of config.json."""
    return {"hidden_size": hidden, "num_hidden_layers": layers, "num_attention_heads": heads, **others}


SAM = sizes(48, 4, 4, image_size=128, window_size=3, global_attn_indexes=[1, 3], mlp_dim=96)
SAM |= {"output_channels": 16, "downsample_channels": [24, 32]}
SAM_2 = SAM | sizes(16, 2, 2, patch_size=2, window_size=14, global_attn_indexes=[1], mlp_dim=32)
CLIP = sizes(32, 2, 4, intermediate_size=64, image_size=28, patch_size=14)
TEXT = sizes(40, 3, 4, num_key_value_heads=4, intermediate_size=64, moe_intermediate_size=24, vocab_size=VOCAB)
TEXT |= {"n_routed_experts": 8, "num_experts_per_tok": 3, "n_shared_experts": 2}
QWEN2 = sizes(32, 3, 4, intermediate_size=48, num_key_value_heads=2)
QWEN2 |= {"rope_parameters": {"rope_type": "default", "rope_theta": 1e6}}


def randomise(model: Any, seed: int = 0) -> None:
    """Overwrite every parameter: fresh ones are partly zero and would hide most faults."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            is_norm = parameter.ndim == 1 and name.endswith("weight") and "norm" in name
            parameter.copy_(1 + 0.2 * noise if is_norm else 0.15 * noise)


def reference_model(name: str, vision: dict[str, Any], text: dict[str, Any]) -> Any:
    """The implementation that transformers has under `name`."""
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers", minversion="5.24")
    config = {"vision_config": vision, "text_config": TEXT | text, "image_token_id": IMAGE_ID}
    model = getattr(transformers, f"{name}ForConditionalGeneration")(getattr(transformers, f"{name}Config")(**config))
    randomise(model.eval())
    return model


def load_ours(folder: Path, absent: tuple[str, ...] = ()) -> Any:
    """Build our model from the folder's config.json and load its weights by name, all but the `absent`."""
    from safetensors.torch import load_file

    from sokdok.model.checkpoints.hf_config import config_from_hf
    from sokdok.model.family.deepseek_ocr import DeepseekOCR

    model = DeepseekOCR(config_from_hf(json.loads((folder / "config.json").read_text()))).eval()
    missing, unexpected = model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    assert missing == list(absent)
    assert not unexpected
    return model


UNUSED = ("model.vision_model.embeddings.patch_embedding.weight",)  # transformers drops it


@pytest.fixture(scope="session")
def model_pair(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], tuple[Any, Any]]:
    """(reference, ours) with equal weights, by whether the decoder has a window: without, it is DeepSeek-OCR's."""
    pairs: dict[bool, tuple[Any, Any]] = {}

    def build(window: bool) -> tuple[Any, Any]:
        if window not in pairs:
            kinds = ["reference_sliding_attention" if window else "full_attention"] * TEXT["num_hidden_layers"]
            text = {"sliding_window": WINDOW, "layer_types": kinds}
            reference = reference_model("UnlimitedOcr", {"sam_config": SAM, "encoder_config": CLIP}, text)
            folder = tmp_path_factory.mktemp("checkpoint")
            reference.save_pretrained(folder)
            pairs[window] = (reference, load_ours(folder, UNUSED))
        return pairs[window]

    return build


@pytest.fixture(scope="session")
def model_pair_2(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    kinds = ["dense"] + ["sparse"] * (TEXT["num_hidden_layers"] - 1)
    vision = {"sam_config": SAM_2, "encoder_config": QWEN2}
    reference = reference_model("DeepseekOcr2", vision, {"mlp_layer_types": kinds})
    folder = tmp_path_factory.mktemp("checkpoint-2")
    reference.save_pretrained(folder)
    return reference, load_ours(folder)
