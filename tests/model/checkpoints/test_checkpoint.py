"""Opening and checking a published checkpoint: every way in which the files can be wrong gets a name and one line."""

import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import random_checkpoint

from sokdok.errors import ModelError
from sokdok.model.checkpoints.checkpoint import check, is_nano, open_checkpoint, require_valid, resolve
from sokdok.model.checkpoints.files import read_tensors
from sokdok.model.checkpoints.manifest import describe, tensor_shapes
from sokdok.model.config import NANO, ModelConfig
from sokdok.model.nano.session import bundled_folder

SHARD = "model-{:05}-of-000003.safetensors"
EXPERT = "model.layers.1.mlp.experts.5.up_proj.weight"
UNUSED = "model.vision_model.embeddings.patch_embedding.weight"
Header = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """whole/ in one file and shards/ in three."""
    root = tmp_path_factory.mktemp("random")
    config = random_checkpoint.tiny(random_checkpoint.MODELS["deepseek-ocr"])
    random_checkpoint.write_checkpoint(config, root / "whole")
    random_checkpoint.write_checkpoint(config, root / "shards", shards=3)
    return root


@pytest.fixture
def whole(written: Path, tmp_path: Path) -> Path:
    return linked(written / "whole", tmp_path / "whole")


@pytest.fixture
def shards(written: Path, tmp_path: Path) -> Path:
    return linked(written / "shards", tmp_path / "shards")


def linked(source: Path, target: Path) -> Path:
    """A copy that takes no space; to change a file, replace it."""
    return shutil.copytree(source, target, copy_function=os.link)


def replace(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def change_header(path: Path, change: Callable[[Header], object]) -> None:
    whole = path.read_bytes()
    start = 8 + struct.unpack("<Q", whole[:8])[0]
    header = json.loads(whole[8:start])
    change(header)
    replace(path, safetensors(json.dumps(header).encode(), whole[start:]))


def safetensors(header: bytes, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header)) + header + data


def change_json(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    values = json.loads(path.read_text())
    change(values)
    replace(path, json.dumps(values).encode())


def findings(folder: Path) -> dict[str, list[str]]:
    """Kind -> texts."""
    found: dict[str, list[str]] = {}
    for problem in check(open_checkpoint(folder)):
        assert "\n" not in problem.text and problem.name in problem.text
        found.setdefault(problem.kind, []).append(problem.text)
    return found


def refusal(folder: Path) -> str:
    """The one line that `open_checkpoint` or else `require_valid` refuses a folder with."""
    with pytest.raises(ModelError) as error:
        require_valid(open_checkpoint(folder))
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("layout", ["whole", "shards"])
def test_a_complete_checkpoint_has_no_problems(written: Path, layout: str) -> None:
    checkpoint = open_checkpoint(written / layout)
    assert check(checkpoint) == []
    require_valid(checkpoint)
    facts = describe(checkpoint.config)
    assert (len(checkpoint.tensors), checkpoint.nbytes) == (facts["tensors"], facts["bytes_bf16"])
    assert {entry.file.name for entry in checkpoint.tensors.values()} == (
        {"model.safetensors"} if layout == "whole" else {SHARD.format(number) for number in (1, 2, 3)}
    )


@pytest.mark.parametrize("config", random_checkpoint.MODELS.values(), ids=lambda config: config.name)
def test_the_script_writes_every_model_of_the_family(config: ModelConfig, tmp_path: Path) -> None:
    values = random_checkpoint.config_json(config)
    (tmp_path / "config.json").write_text(json.dumps(values))
    random_checkpoint.write_json(tmp_path / "model.safetensors.index.json", {"weight_map": {"lm_head.weight": "gone"}})
    assert open_checkpoint(tmp_path).config == config  # the published sizes come back from the published layout
    small = random_checkpoint.tiny(config)
    random_checkpoint.write_checkpoint(small, tmp_path / "small")
    checkpoint = open_checkpoint(tmp_path / "small")
    assert checkpoint.config == small and check(checkpoint) == []


@pytest.mark.parametrize("window", [False, True], ids=["full", "reference sliding window"])
def test_what_transformers_saves_is_complete(model_pair: Callable[[bool], Any], window: bool, tmp_path: Path) -> None:
    """It leaves out the one weight that nothing uses."""
    reference, ours = model_pair(window)
    reference.save_pretrained(tmp_path)
    checkpoint = open_checkpoint(tmp_path)
    assert check(checkpoint) == [] and checkpoint.config == ours.config
    assert tensor_shapes(checkpoint.config).keys() - checkpoint.tensors.keys() == {UNUSED}


def rename(header: Header) -> None:
    header["model.layers.1.mlp.surprise"] = header.pop(EXPERT)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            rename,
            {
                "missing": [f"{EXPERT} [32, 64] is missing"],
                "unexpected": ["model.layers.1.mlp.surprise is unexpected: deepseek-ocr has no such tensor"],
            },
        ),
        (
            lambda header: header[EXPERT].update(shape=[64, 32]),
            {"misshaped": [f"{EXPERT} has shape [64, 32], config.json asks for [32, 64]"]},
        ),
        (
            lambda header: header[EXPERT].update(dtype="I64"),
            {"dtype": [f"{EXPERT} is of type I64; BF16, F16, F32 can be read"]},
        ),
        (
            lambda header: header[EXPERT].update(dtype="F32"),
            {"damaged": [f"{EXPERT} takes 4,096 bytes in model.safetensors, not what F32 [32, 64] needs"]},
        ),
        (lambda header: header.pop(UNUSED), {}),
    ],
    ids=["renamed", "misshaped", "wrong type", "wrong length", "without the unused weight"],
)
def test_a_wrong_tensor_is_named(whole: Path, change: Any, expected: dict[str, list[str]]) -> None:
    change_header(whole / "model.safetensors", change)
    assert findings(whole) == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is no safetensors file: it is empty (0 bytes)"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 6672547120\n", "a Git LFS pointer"),
        (b"\xff" * 40, "its header is damaged or cut off"),
        (b"abc", "its header is damaged or cut off"),
        (struct.pack("<Q", 2) + b"[]", "its header is damaged or cut off"),
        (struct.pack("<Q", 2**40) + b'{"a":', "its header is damaged or cut off"),
        (struct.pack("<Q", 13) + b'{"a": "wrong"}', "its header is damaged"),
        (struct.pack("<Q", 8) + b'{"a":{}}', "its header is damaged"),
    ],
)
def test_a_file_that_is_no_safetensors_file(whole: Path, shards: Path, data: bytes, message: str) -> None:
    replace(whole / "model.safetensors", data)
    assert message in refusal(whole)
    replace(shards / SHARD.format(2), data)
    ((text,),) = findings(shards).values()  # the tensors in it aren't listed one by one
    assert SHARD.format(2) in text and message in text and text.endswith("tensors)")


FIELDS = {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}
HOSTILE_FIELDS = {
    "nothing": None,
    "a number": 1,
    "no fields": {},
    "before the data": FIELDS | {"data_offsets": [-2560, 0]},
    "end before begin": FIELDS | {"data_offsets": [4, 0]},
    "half bytes": FIELDS | {"data_offsets": [0.5, 4.5]},
    "three offsets": FIELDS | {"data_offsets": [0, 1, 2]},
    "offsets beyond 64 bits": FIELDS | {"data_offsets": [2**63, 2**63 + 4]},
    "shape as text": FIELDS | {"shape": "12"},
    "negative shape": FIELDS | {"shape": [-1, -2]},
    "too many dimensions": FIELDS | {"shape": [1] * 9},
    "type with an escape": FIELDS | {"dtype": "\x1b]0;x\x07"},
    "type as object": FIELDS | {"dtype": {"x": 1}},
}


HOSTILE = {name: json.dumps({"a": fields}).encode() for name, fields in HOSTILE_FIELDS.items()} | {
    "infinite shape": b'{"a":{"dtype":"BF16","shape":[1e999],"data_offsets":[0,4]}}',
    "no number": b'{"a":{"dtype":"BF16","shape":[1],"data_offsets":[NaN,4]}}',
    "5,000 digits": b'{"a":{"dtype":"BF16","shape":[' + b"9" * 5000 + b'],"data_offsets":[0,4]}}',
    "deep": b'{"a":' * 50_000,
    "deep inside an entry": b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    **{f"name {name[:4]!r}": json.dumps({name: FIELDS}).encode() for name in ("\x1b]0;x\x07", "a\nb", "", "a" * 1000)},
}


@pytest.mark.parametrize("header", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_header_is_refused(whole: Path, header: bytes) -> None:
    replace(whole / "model.safetensors", safetensors(header, bytes(4096)))
    assert "model.safetensors is no safetensors file: its header is damaged" in refusal(whole)


@pytest.mark.parametrize(
    ("length", "message"),
    [
        (40 << 30, "its header of 42,949,672,960 bytes is larger than the 16,777,216 that one may have"),
        (2**64 - 1, "its header is damaged or cut off"),
        (2**64 - 8, "its header is damaged or cut off"),
    ],
)
def test_a_header_that_claims_gigabytes_is_not_read(whole: Path, length: int, message: str) -> None:
    """In a sparse file the bytes are there, and take no room on the disk: reading them would take all memory."""
    path = whole / "model.safetensors"
    replace(path, struct.pack("<Q", length) + b"{")
    os.truncate(path, (40 << 30) + 100)
    assert refusal(whole).endswith(message)


def test_tensors_that_share_bytes_are_refused(whole: Path) -> None:
    names = ("model.norm.weight", "model.view_seperator")
    shared = {name: {"dtype": "BF16", "shape": [1280], "data_offsets": [0, 2560]} for name in names}
    replace(whole / "model.safetensors", safetensors(json.dumps(shared).encode(), bytes(2560)))
    assert refusal(whole).endswith("model.norm.weight and model.view_seperator share bytes")


def test_a_truncated_file(whole: Path) -> None:
    path = whole / "model.safetensors"
    size = path.stat().st_size
    replace(path, path.read_bytes()[:-1])
    text = f"model.safetensors is truncated: {size - 1:,} of {size:,} bytes, 1 tensors cut off from lm_head.weight on"
    assert findings(whole) == {"truncated": [text]}
    assert text in refusal(whole)


def test_broken_shards_are_told_together(shards: Path) -> None:
    """Three different faults in one go: a shard that is gone, one that is cut off, a tensor that is lacking."""
    (shards / SHARD.format(1)).unlink()
    replace(shards / SHARD.format(2), (shards / SHARD.format(2)).read_bytes()[:-100_000])
    change_header(shards / SHARD.format(3), lambda header: header.pop("lm_head.weight"))
    found = findings(shards)
    assert found.keys() == {"unreadable", "truncated", "misplaced", "missing"}
    assert found["unreadable"][0].startswith(f"the shard {SHARD.format(1)} is missing (")
    assert found["misplaced"] == [
        f"lm_head.weight is not in {SHARD.format(3)}, where model.safetensors.index.json places it"
    ]
    assert found["missing"] == ["lm_head.weight [129280, 64] is missing"]


def test_a_tensor_in_two_shards(shards: Path) -> None:
    path = shards / SHARD.format(3)
    end = max(entry.end for entry in read_tensors(path).values()) - min(e.begin for e in read_tensors(path).values())
    fields = {"dtype": "BF16", "shape": [32, 64], "data_offsets": [end, end + 4096]}
    change_header(path, lambda header: header.update({EXPERT: fields}))
    with path.open("ab") as file:
        file.write(bytes(4096))
    home = open_checkpoint(shards).problems[0].text.split("two shards, ")[1].split(" and ")
    assert findings(shards).keys() == {"duplicate"}
    assert home == [SHARD.format(2), SHARD.format(3)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "index.json is no JSON"),
        (b"[]", "is no JSON object"),
        (b"{}", "it has no weight_map"),
        (b'{"weight_map": {"a": "../other.safetensors"}}', "places a in '../other.safetensors', which is no file of"),
        (b'{"weight_map": {"a": 1}}', "places a in 1, which is no file of"),
        (b'{"weight_map": {"a\\u001b[2J": "b"}}', "places 'a\\x1b[2J', which is no name of a tensor"),
        (b'{"weight_map": ' * 50_000, "it is nested too deeply"),
        (json.dumps({"weight_map": {f"a{n}": f"{n}" for n in range(1001)}}).encode(), "names 1,001 shards; 1,000 are"),
        (b" " * (16 * 2**20 + 1), "has more than 16,777,216 bytes"),
    ],
)
def test_a_broken_index(shards: Path, data: bytes, message: str) -> None:
    replace(shards / "model.safetensors.index.json", data)
    assert message in refusal(shards)


def test_folders_that_are_no_checkpoint(whole: Path, tmp_path: Path) -> None:
    assert "nowhere is no folder" in refusal(tmp_path / "nowhere")
    assert "it has no config.json" in refusal(tmp_path)
    (whole / "model.safetensors").unlink()
    assert "neither model.safetensors nor model.safetensors.index.json is there" in refusal(whole)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "config.json is no JSON: Expecting value: line 1 column 1"),
        (b"\xff\xfe", "config.json is no JSON"),
        (b"[1]", "config.json is no JSON object"),
        (b'{"model_type": "qwen2", "hidden_size": 896}', "config.json describes no model of the family"),
        (b'{"vision_config": {"width": "x"}}', "config.json describes no model of the family"),
        (b'{"a":' * 50_000, "config.json is no JSON: it is nested too deeply"),
    ],
)
def test_a_broken_config(whole: Path, data: bytes, message: str) -> None:
    replace(whole / "config.json", data)
    assert message in refusal(whole)


DECODER, SAM = ("language_config",), ("vision_config", "width", "sam_vit_b")
HOSTILE_SETTINGS: list[tuple[tuple[str, ...], Any, str]] = [
    ((*DECODER, "num_hidden_layers"), 10**9, "DecoderConfig.layers is 1000000000, more than the 1,024 it may be"),
    ((*DECODER, "n_routed_experts"), 10**9, "DecoderConfig.experts is 1000000000, more than the 10,922 it may be"),
    ((*SAM, "layers"), 10**9, "SamConfig.depth is 1000000000, more than the 1,024 it may be"),
    ((*SAM, "global_attn_indexes"), [1, 1], "SamConfig.global_blocks names a block twice"),
    ((*DECODER, "hidden_size"), 10**18, "its language_config.hidden_size is no number between -2,147,483,648 and"),
    ((*DECODER, "hidden_size"), True, "hidden_size is true or false where a number belongs"),
    ((*DECODER, "num_attention_heads"), 0, "DecoderConfig.heads must be positive, not 0"),
    ((*DECODER, "first_k_dense_replace"), [], "first_k_dense_replace is a list where a number belongs"),
    ((*DECODER, "hidden_size"), None, "its language_config.hidden_size is null where a number belongs"),
    ((*DECODER, "rms_norm_eps"), 10**400, "its language_config.rms_norm_eps is no number between"),
    ((*DECODER, "mlp_layer_types"), [1], "its language_config.mlp_layer_types holds other things than texts"),
    ((*SAM, "downsample_channels"), [None], "sam_vit_b.downsample_channels.0 is null where a number belongs"),
    (("vision_config",), [], "it lacks vision_config.width"),
    (("image_token_id",), {"x": 1}, "its image_token_id is an object where a number belongs"),
]


@pytest.mark.parametrize(("path", "value", "message"), HOSTILE_SETTINGS, ids=lambda value: str(value)[:40])
def test_a_hostile_setting_is_refused(whole: Path, path: tuple[str, ...], value: Any, message: str) -> None:
    def change(values: dict[str, Any]) -> None:
        for name in path[:-1]:
            values = values[name]
        values[path[-1]] = value

    change_json(whole / "config.json", change)
    found = refusal(whole)
    assert message in found and len(found) < 600


def test_a_config_that_contradicts_the_weights(whole: Path) -> None:
    """One line with the counts and the first few of the many tensors."""
    change_json(
        whole / "config.json", lambda values: values["language_config"].update(hidden_size=128, n_routed_experts=9)
    )
    message = refusal(whole)
    assert f"{whole} can't be loaded (" in message and " misshaped, 6 missing" in message
    assert "model.projector.layers.weight has shape [64, 128], config.json asks for [128, 128]; " in message
    assert message.count("config.json asks for") == 3 and message.endswith(f"`sokdok models check {whole}` lists all")


def test_a_nano_is_told_apart(whole: Path, tmp_path: Path) -> None:
    assert not is_nano(whole) and not is_nano(tmp_path / "nowhere")
    (tmp_path / "config.json").write_text(json.dumps(NANO.to_dict()))
    assert is_nano(tmp_path) and is_nano(bundled_folder())
    assert "holds a nano, not a published checkpoint: `sokdok read --model" in refusal(tmp_path)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty Hugging Face cache, and nothing but it."""
    for name in ("HF_HUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "hf" / "hub"


def add_snapshot(cache: Path, repository: str, commit: str) -> Path:
    folder = cache / f"models--{repository.replace('/', '--')}" / "snapshots" / commit
    folder.mkdir(parents=True)
    return folder


def test_a_hub_id_is_found_where_main_points(cache: Path) -> None:
    assert resolve(str(cache.parents[1])) == cache.parents[1]  # a folder is itself
    wanted = add_snapshot(cache, "deepseek-ai/DeepSeek-OCR", "abc")
    other = add_snapshot(cache, "deepseek-ai/DeepSeek-OCR", "def")
    os.utime(wanted, (1, 1))
    assert resolve("deepseek-ai/DeepSeek-OCR") == other  # the newest, as long as no ref says otherwise
    refs = wanted.parents[1] / "refs"
    refs.mkdir()
    (refs / "main").write_text("abc")
    assert resolve("deepseek-ai/DeepSeek-OCR") == resolve("deepseek-ocr") == wanted


@pytest.mark.parametrize("ref", ["../../../outside", "..", ".", "", "abc/../../..", "a" * 10_000, "\xff\x00"])
def test_a_ref_names_no_folder_outside_the_snapshots(cache: Path, tmp_path: Path, ref: str) -> None:
    wanted = add_snapshot(cache, "owner/name", "abc")
    (wanted.parents[3] / "outside").mkdir()
    (wanted.parents[1] / "refs").mkdir()
    (wanted.parents[1] / "refs" / "main").write_text(ref, encoding="latin-1")
    assert resolve("owner/name") == wanted


def test_a_hub_id_that_was_never_fetched(cache: Path) -> None:
    with pytest.raises(ModelError) as error:
        resolve("unlimited-ocr")
    assert str(error.value) == (
        "baidu/Unlimited-OCR is neither a folder here nor in the Hugging Face cache: `sokdok models fetch "
        "baidu/Unlimited-OCR` gets it; without network, run `sokdok models fetch baidu/Unlimited-OCR --to FOLDER` on a "
        "machine that has it, copy FOLDER here and name FOLDER instead"
    )


@pytest.mark.process
def test_checking_needs_no_torch(written: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from sokdok.model.checkpoints.checkpoint import check, open_checkpoint
assert check(open_checkpoint(Path({str(written / "shards")!r}))) == []
sys.exit("torch" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}).returncode == 0
