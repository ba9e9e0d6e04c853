"""Loading: the same numbers, nothing copied that need not be, and a bound on memory."""

import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

torch = pytest.importorskip("torch")

import random_checkpoint  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

from sokdok.errors import InputError, ModelError  # noqa: E402
from sokdok.model.checkpoints import loading  # noqa: E402
from sokdok.model.checkpoints.checkpoint import open_checkpoint  # noqa: E402
from sokdok.model.checkpoints.loading import load_model  # noqa: E402
from sokdok.model.config import ModelConfig  # noqa: E402
from sokdok.model.family.deepseek_ocr import DeepseekOCR, ImageTensors  # noqa: E402

TINY = random_checkpoint.tiny(random_checkpoint.MODELS["deepseek-ocr"])
UNUSED = "model.vision_model.embeddings.patch_embedding.weight"
MB = 10**6

linux_only = pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="reads /proc")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("random")
    random_checkpoint.write_checkpoint(TINY, target, shards=3)
    return target


@pytest.fixture(scope="module")
def stored(folder: Path) -> dict[str, Any]:
    """All tensors, read by the safetensors library."""
    return {name: value for path in folder.glob("*.safetensors") for name, value in load_file(path).items()}


@pytest.fixture(autouse=True)
def processor_of_bf16(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever this machine has."""
    monkeypatch.setattr(loading, "multiplies_bf16", lambda: True)


def assert_equal(model: DeepseekOCR, expected: dict[str, Any], dtype: Any) -> None:
    state = model.state_dict()
    assert state.keys() == expected.keys()
    for name, value in expected.items():
        wanted = torch.float32 if name.endswith(loading.ROUTER) else dtype
        assert state[name].dtype == wanted and torch.equal(state[name], value.to(wanted)), name


@pytest.mark.parametrize("window", [1, 300_000, loading.WINDOW_BYTES])
@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_the_numbers_are_the_file_s(folder: Path, stored: dict[str, Any], monkeypatch, dtype: str, window: int) -> None:
    monkeypatch.setattr(loading, "WINDOW_BYTES", window)
    model = load_model(open_checkpoint(folder), dtype)
    assert_equal(model, stored, getattr(torch, dtype))


@pytest.mark.parametrize("config", random_checkpoint.MODELS.values(), ids=lambda config: config.name)
def test_the_model_is_ready_to_read(config: ModelConfig, tmp_path: Path) -> None:
    random_checkpoint.write_checkpoint(random_checkpoint.tiny(config), tmp_path)
    model = load_model(open_checkpoint(tmp_path))
    assert not any(module.training for module in model.modules())
    assert not any(tensor.is_meta for tensor in (*model.parameters(), *model.buffers()))
    assert not any(parameter.requires_grad for parameter in model.parameters())
    logits = model(torch.tensor([[0, 5, 17]])).float()
    assert logits.isfinite().all() and 0.1 < logits.std() < 10


@pytest.mark.parametrize("saved", ["float16", "float32"])
@pytest.mark.parametrize("wanted", ["bfloat16", "float32"])
def test_other_stored_precisions(folder: Path, stored: dict[str, Any], tmp_path: Path, saved: str, wanted: str) -> None:
    other = {name: value.to(getattr(torch, saved)) for name, value in stored.items()}
    save_file(other, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
    assert_equal(load_model(open_checkpoint(tmp_path), wanted), other, getattr(torch, wanted))


def test_the_unused_weight_may_be_absent(folder: Path, stored: dict[str, Any], tmp_path: Path) -> None:
    save_file({name: value for name, value in stored.items() if name != UNUSED}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
    model = load_model(open_checkpoint(tmp_path))
    assert_equal(model, {**stored, UNUSED: torch.zeros_like(stored[UNUSED])}, torch.bfloat16)


def test_data_need_not_be_aligned(folder: Path, stored: dict[str, Any], tmp_path: Path) -> None:
    """The format asks for no padding of its header; an odd length puts every number at an odd address."""
    save_file(stored, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
    data = (tmp_path / "model.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = data[8 : 8 + length].rstrip()
    header += b" " * (1 - len(header) % 2)
    (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + data[8 + length :])
    assert len(header) % 2 == 1
    assert_equal(load_model(open_checkpoint(tmp_path)), stored, torch.bfloat16)


def test_int8_is_made_from_bf16(folder: Path, stored: dict[str, Any]) -> None:
    state = load_model(open_checkpoint(folder), "int8").state_dict()
    expert, eye = "model.layers.1.mlp.experts.5.up_proj.weight", "model.sam_model.net_2.weight"
    assert state[expert].dtype == torch.uint8 and not any(value.is_meta for value in state.values())
    assert state[eye].dtype == torch.bfloat16 and torch.equal(state[eye], stored[eye])


@pytest.mark.parametrize("dtype", ["bfloat16", "int8"])
def test_the_encoder_is_widened_where_the_processor_multiplies_fp32_faster(
    folder: Path, stored: dict[str, Any], monkeypatch: pytest.MonkeyPatch, dtype: str
) -> None:
    narrow = load_model(open_checkpoint(folder), dtype)
    monkeypatch.setattr(loading, "multiplies_bf16", lambda: False)
    wide = load_model(open_checkpoint(folder), dtype)
    state = wide.state_dict()
    for name, value in narrow.state_dict().items():
        wanted = torch.float32 if name.startswith(loading.ENCODER) else value.dtype
        assert state[name].dtype == wanted, name
    assert torch.equal(state["model.sam_model.net_2.weight"], stored["model.sam_model.net_2.weight"].float())
    assert loading.encoder_dtype(torch.bfloat16, torch.device("cuda")) == torch.bfloat16
    # What it sees is as it was but for rounding, in the precision of the decoder's embeddings.
    pixels = torch.randn(3, 128, 128)
    (seen,), (before,) = (model.model.encode_images([ImageTensors(pixels)]) for model in (wide, narrow))
    assert (seen - before).norm() < 0.05 * before.norm()
    ids = torch.full((1, len(seen)), TINY.image_token_id)
    assert wide.model.embed(ids, [ImageTensors(pixels)]).dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "fp8"}, "unknown precision 'fp8'; choose one of bfloat16, float32, int8"),
        ({"device": "tpu"}, "no device is called 'tpu'; choose one of auto, cpu, cuda, mps"),
        ({"device": "cuda"}, f"torch {torch.__version__} finds no cuda device here; choose cpu or auto"),
        ({"device": "mps"}, f"torch {torch.__version__} finds no mps device here; choose cpu or auto"),
    ],
)
def test_what_this_machine_lacks_is_one_line(folder: Path, monkeypatch, options: dict[str, str], message: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(InputError) as error:
        load_model(open_checkpoint(folder), **options)
    assert str(error.value) == message


def test_a_checkpoint_with_a_problem_is_not_loaded(folder: Path, tmp_path: Path) -> None:
    """Checked before a byte of the data is mapped."""
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes()[: 30 * MB if path.suffix == ".json" else 100_000])
    with pytest.raises(ModelError, match="truncated.*tensors cut off"):
        load_model(open_checkpoint(tmp_path))


MEASURE = """
import json, re, sys
from pathlib import Path
import torch
from sokdok.model.checkpoints import loading
from sokdok.model.checkpoints.checkpoint import open_checkpoint

torch.set_num_threads(1)
torch.randn(2, device="meta") / 2  # loads what torch keeps for the meta device: 80 MB of code, whatever the model
loading.WINDOW_BYTES = int(sys.argv[3])
loading.multiplies_bf16 = lambda: True

def peak():
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

before = peak()
model = loading.load_model(open_checkpoint(Path(sys.argv[1])), sys.argv[2])
print(json.dumps({"load": peak() - before, "parameters": sum(p.numel() for p in model.parameters())}))
"""


def measure(folder: Path, dtype: str, window: int) -> dict[str, Any]:
    """What loading raised a fresh process's peak memory by, in bytes: `load`."""
    command = [sys.executable, "-c", MEASURE, str(folder), dtype, str(window)]
    run = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)})
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """132 MB, so that a copy of the weights, or of the file, would stand out."""
    target = tmp_path_factory.mktemp("wide")
    config = replace(TINY, decoder=replace(TINY.decoder, layers=5, experts=64, moe_ffn=1024))
    random_checkpoint.write_checkpoint(config, target)
    return target


@linux_only
@pytest.mark.parametrize(("dtype", "bytes_each"), [("bfloat16", 0), ("float32", 4)])
def test_peak_memory(wide: Path, dtype: str, bytes_each: int) -> None:
    """bf16 reads nothing. float32 takes its own size and one window; keeping the file mapped would add half to it."""
    facts = measure(wide, dtype, window=8 * MB)
    largest = 2 * 129_280 * 64
    assert facts["parameters"] > 60 * MB
    assert facts["load"] < bytes_each * facts["parameters"] + largest + 15 * MB
