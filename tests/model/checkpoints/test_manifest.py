"""Manifests of checkpoints, their checksums, and their limits."""

import os
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace
from PIL import Image

from sokdok.errors import ModelError
from sokdok.model import config
from sokdok.model.checkpoints import checkpoint, files, tokenizer
from sokdok.model.checkpoints.files import SUMMED_KINDS, SUMS, digest, read_checksums, verify
from sokdok.model.checkpoints.manifest import describe, tensor_shapes
from sokdok.model.config import (
    DEEPSEEK_OCR,
    DEEPSEEK_OCR_2,
    UNLIMITED_OCR,
    ClipConfig,
    DecoderConfig,
    ModelConfig,
    SamConfig,
)
from sokdok.model.nano import session
from sokdok.model.nano.session import NanoSession, bundled_folder, open_graph
from sokdok.model.preprocess import modes_of, preprocess, vision_token_count

DENSE = ModelConfig(
    name="dense",
    sam=SamConfig(
        width=64, depth=2, heads=2, window=8, image_size=320, neck_width=32, compressor_widths=(48, 96), mlp_ratio=2.5
    ),  # fmt: skip
    clip=ClipConfig(width=96, depth=1, heads=2, mlp_width=128, image_size=5, patch_size=1),
    decoder=DecoderConfig(hidden=64, layers=2, heads=4, kv_heads=2, dense_ffn=96, vocab=100),
    image_token_id=3,
)


def test_totals() -> None:
    second = describe(DEEPSEEK_OCR_2)
    assert (second["tensors"], second["bytes_bf16"]) == (2_707, 6_778_238_720)
    facts = describe(DEEPSEEK_OCR)
    assert facts["tensors"] == 2_710
    assert facts["parameters"] == 3_336_106_240
    assert facts["bytes_bf16"] == 6_672_212_480
    assert facts["parts"] == {"sam": 95_569_152, "clip": 303_177_728, "projector": 2_625_280, "decoder": 2_934_734_080}
    assert facts["active_parameters_per_token"] == 574_127_360


def test_published_names() -> None:
    names = tensor_shapes(DEEPSEEK_OCR)
    assert tensor_shapes(UNLIMITED_OCR) == names
    assert names["model.sam_model.pos_embed"] == (1, 64, 64, 768)
    assert names["model.sam_model.blocks.2.attn.rel_pos_h"] == (127, 64)
    assert names["model.sam_model.blocks.3.attn.rel_pos_w"] == (27, 64)
    assert names["model.vision_model.embeddings.position_embedding.weight"] == (257, 1024)
    assert names["model.vision_model.transformer.layers.23.self_attn.qkv_proj.bias"] == (3072,)
    assert names["model.projector.layers.weight"] == (1280, 2048)
    assert names["model.layers.11.mlp.experts.63.up_proj.weight"] == (896, 1280)
    assert names["model.layers.11.mlp.shared_experts.gate_proj.weight"] == (1792, 1280)
    second = tensor_shapes(DEEPSEEK_OCR_2)
    assert second["model.qwen2_model.model.model.layers.23.self_attn.k_proj.weight"] == (128, 896)
    assert second["model.qwen2_model.query_1024.weight"] == (256, 896)
    assert "model.image_newline" not in second
    assert not any(name.startswith("model.vision_model") or ".o_proj.bias" in name for name in second)


@pytest.mark.parametrize(
    "config",
    [DEEPSEEK_OCR, DEEPSEEK_OCR_2, DENSE, replace(DENSE, decoder=replace(DENSE.decoder, layers=4))],
    ids=["deepseek-ocr", "deepseek-ocr-2", "dense", "deeper"],
)
def test_modules_hold_exactly_these_tensors(config: ModelConfig) -> None:
    torch = pytest.importorskip("torch")
    from sokdok.model.family.deepseek_ocr import DeepseekOCR

    with torch.device("meta"):
        model = DeepseekOCR(config)
    assert {name: tuple(t.shape) for name, t in model.state_dict().items()} == tensor_shapes(config)


@pytest.mark.parametrize(
    ("config", "mode"),
    [(config, mode) for config in (DEEPSEEK_OCR, DEEPSEEK_OCR_2) for mode in modes_of(config)],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_sequence_has_the_counted_length(config: ModelConfig, mode: str) -> None:
    """The published architecture, without weights, makes as many tokens as `preprocess` counts."""
    torch = pytest.importorskip("torch")
    from sokdok.model.family.deepseek_ocr import DeepseekOCR, ImageTensors

    with torch.device("meta"):
        model = DeepseekOCR(replace(config, decoder=replace(config.decoder, layers=1)))
    picture = Image.new("RGB", (827, 1170))
    image = ImageTensors.from_pixels(preprocess(picture, mode), device="meta")
    assert model.model.encode_images([image])[0].shape == (vision_token_count(mode, picture.size).real, 1280)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the bundled checkpoint that takes no space; to change a file, replace it."""
    return shutil.copytree(bundled_folder(), tmp_path / "nano", copy_function=os.link)


def flip_a_bit(path: Path) -> None:
    """In the last byte: a weight's, so that nothing but the sum tells."""
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.unlink()
    path.write_bytes(data)


def test_the_bundled_sums_match(tmp_path: Path) -> None:
    """If not, a file was replaced: `make checksums` writes them anew."""
    files = {path.name for kind in SUMMED_KINDS for path in bundled_folder().glob(kind)}
    assert read_checksums(bundled_folder()).keys() == files
    for name in files:
        verify(bundled_folder() / name, required=True)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_a_changed_setting_is_named(folder: Path, name: str) -> None:
    path = folder / name
    text = path.read_text()
    path.unlink()
    path.write_text(text + " ")
    with pytest.raises(ModelError, match=rf"{name} is damaged or was changed: its SHA-256 is not in SHA256SUMS"):
        NanoSession(folder)


@pytest.mark.parametrize("name", ["lines.onnx", "model.safetensors"])
def test_one_bit_is_found_before_a_graph_is_opened(folder: Path, name: str) -> None:
    open_graph(folder / "lines.onnx")
    flip_a_bit(folder / name)
    with pytest.raises(ModelError, match=rf"{name} is damaged or was changed: .*pip install --force-reinstall"):
        open_graph(folder / "lines.onnx")


def test_sums_are_written_anew_or_left_out(folder: Path) -> None:
    flip_a_bit(folder / "model.safetensors")
    before = (folder / SUMS).read_bytes()
    (folder / SUMS).unlink()
    open_graph(folder / "lines.onnx")  # a folder of one's own needs none
    sums = (f"{digest(path)}  {path.name}\n" for kind in SUMMED_KINDS for path in folder.glob(kind))
    (folder / SUMS).write_text("".join(sums))
    open_graph(folder / "lines.onnx")
    assert before != (folder / SUMS).read_bytes()


PAGE = Path(__file__).parents[3] / "docs" / "limits.md"
ROWS = {
    "header of a safetensors file, config.json, the index of shards": f"{files.MOST_HEADER_BYTES >> 20} MB",
    "tokenizer.json": f"{tokenizer.MOST_BYTES >> 20} MB",
    "a graph of nano's, whose weights lie beside it": f"{session.MOST_GRAPH_BYTES >> 20} MB",
    "dimensions of a tensor, characters of its name": f"{files.MOST_DIMENSIONS}, {files.MOST_NAME_CHARACTERS}",
    "layers of an encoder or decoder": f"{config.MOST_LAYERS:,}",
    "experts of all layers": f"{config.MOST_EXPERTS:,}",
    "shards": f"{checkpoint._MOST_SHARDS:,}",
}


def test_the_table_is_the_codes() -> None:
    assert files.MOST_JSON_BYTES == files.MOST_HEADER_BYTES  # in one row
    section = PAGE.read_text(encoding="utf-8").partition("## Checkpoints from strangers")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    assert dict(rows) == ROWS
