"""`sokdok models`: the published totals, folders as they lie on disk, and a download from a hub on the loopback."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import random_checkpoint

from fakes.commands import SOKDOK
from fakes.hub import Hub, serve
from sokdok.model.checkpoints.manifest import describe
from sokdok.model.nano.session import bundled_folder

TINY = random_checkpoint.tiny(random_checkpoint.MODELS["unlimited-ocr"])
FACTS = describe(TINY)
COMPLETE = f"complete: {FACTS['tensors']:,} tensors, {FACTS['bytes_bf16']:,} bytes\n"


def test_list(run) -> None:
    rows = json.loads(run("models", "list", "--json").stdout)
    assert [row["name"] for row in rows] == ["nano", "deepseek-ocr", "unlimited-ocr", "deepseek-ocr-2"]
    numbers = [rows[1][name] for name in ("tensors", "parameters", "bytes")]
    assert numbers == [2710, 3_336_106_240, 6_672_212_480] and rows[0]["tensors"] > 100 and rows[0]["bytes"] > 1_000_000
    lines = run("models", "list").stdout.splitlines()
    assert len(lines) == 5 and "3,336,106,240" in lines[2] and "3,389,119,360" in lines[4]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub")
    random_checkpoint.write_checkpoint(TINY, folder)
    return folder


def test_check_a_complete_checkpoint(run, tiny) -> None:
    result = run("models", "check", tiny)
    assert (result.exit_code, result.stdout, result.stderr) == (0, COMPLETE, "")
    facts = json.loads(run("models", "check", tiny, "--json").stdout)
    assert facts["complete"] is True and facts["problems"] == [] and facts["tensors"] == FACTS["tensors"]


@pytest.fixture
def broken(tiny, tmp_path) -> Path:
    """Cut off in the last tensor, and described by another config."""
    (tmp_path / "broken").mkdir()
    data = (tiny / "model.safetensors").read_bytes()
    (tmp_path / "broken" / "model.safetensors").write_bytes(data[:-1])
    config = json.loads((tiny / "config.json").read_text())
    config["language_config"]["num_hidden_layers"] += 1
    (tmp_path / "broken" / "config.json").write_text(json.dumps(config))
    return tmp_path / "broken"


def test_check_lists_every_problem(run, broken) -> None:
    result = run("models", "check", "broken")
    lines = result.stdout.splitlines()
    missing = [line for line in lines if line.startswith("model.layers.3.") and line.endswith(" is missing")]
    assert lines[0].startswith("model.safetensors is truncated: ") and len(missing) == len(lines) - 1 > 30
    assert result.exit_code == 3
    assert result.stderr == f"sokdok: error: broken can't be loaded: 1 truncated, {len(missing)} missing\n"


Sokdok = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def sokdok(tmp_path: Path) -> Sokdok:
    """Run the real command: the hub's client reads its environment once, when it is imported."""

    def invoke(endpoint: str, *arguments: Any, **environment: str) -> subprocess.CompletedProcess[str]:
        outside = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        own = {"PYTHONPATH": os.pathsep.join(sys.path), "HF_HOME": str(tmp_path / "hf"), "HF_ENDPOINT": endpoint}
        command = [*SOKDOK, *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env=outside | own | {"NO_PROXY": "*"} | environment
        )

    return invoke


@pytest.fixture
def hub(tiny: Path) -> Iterator[Hub]:
    pytest.importorskip("huggingface_hub")
    with serve(Hub("owner/tiny", tiny)) as hub:
        yield hub


def test_fetch_into_the_cache_and_use_it_without_network(hub, sokdok, tmp_path) -> None:
    first = sokdok(hub.url, "models", "fetch", "owner/tiny")
    assert first.returncode == 0, first.stderr
    folder = Path(first.stdout.removesuffix("\n"))
    assert folder.is_relative_to(tmp_path / "hf" / "hub" / "models--owner--tiny") and first.stderr.endswith(COMPLETE)
    assert {name for name, _ in hub.requests} == {path.name for path in hub.folder.iterdir()}
    hub.requests.clear()
    assert sokdok(hub.url, "models", "fetch", "owner/tiny").stdout == first.stdout
    assert hub.requests == []  # nothing twice
    offline = sokdok("http://127.0.0.1:9", "models", "check", "owner/tiny")
    assert (offline.returncode, offline.stdout) == (0, COMPLETE)


def test_fetch_into_a_folder_goes_on_where_the_connection_broke(hub, sokdok, tmp_path) -> None:
    hub.cut_after = 20_000_000
    result = sokdok(hub.url, "models", "fetch", "owner/tiny", "--to", "here")
    assert (result.returncode, result.stdout) == (0, f"{tmp_path / 'here'}\n"), result.stderr
    first, second = (begin for name, begin in hub.requests if name == "model.safetensors")
    assert first == 0 and 10_000_000 < second <= 20_000_000  # in whole chunks of the client
    whole = (hub.folder / "model.safetensors").read_bytes()
    assert (tmp_path / "here" / "model.safetensors").read_bytes() == whole


def test_what_was_fetched_is_checked(hub, sokdok, broken) -> None:
    hub.folder = broken
    result = sokdok(hub.url, "models", "fetch", "owner/tiny")
    assert result.returncode == 3 and result.stdout == ""
    assert "can't be loaded (1 truncated, " in result.stderr.splitlines()[-1]
    result = sokdok(hub.url, "models", "fetch", "owner/other")  # which is not there
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr.startswith(f"sokdok: error: {hub.url} has no repository owner/other that is open to you")


@pytest.mark.parametrize("environment", [{}, {"HF_HUB_OFFLINE": "1"}])
def test_without_network_fetch_says_how_else(sokdok, environment: dict[str, str]) -> None:
    pytest.importorskip("huggingface_hub")
    result = sokdok("http://127.0.0.1:9", "models", "fetch", "deepseek-ocr", **environment)
    assert result.returncode == 5 and result.stdout == "" and result.stderr.count("\n") == 1
    assert result.stderr.startswith("sokdok: error: can't fetch deepseek-ai/DeepSeek-OCR from http://127.0.0.1:9 (")
    assert "`sokdok models fetch deepseek-ai/DeepSeek-OCR --to FOLDER` on a machine that has it" in result.stderr


def test_fetching_needs_an_extra(run, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    result = run("models", "fetch", "deepseek-ocr")
    assert result.exit_code == 4 and "fetching a checkpoint needs the extra 'torch'" in result.stderr


def test_the_bundled_checkpoint_is_held_against_its_checksums(run) -> None:
    result = run("models", "check", "nano")
    assert result.exit_code == 0 and result.stdout.startswith("complete: ")
    assert "as their checksums say" in result.stdout
    facts = json.loads(run("models", "check", "nano", "--json").stdout)
    assert facts["complete"] and not facts["problems"] and facts["files"] > 5


def test_a_nano_folder_with_a_damaged_file_is_not_complete(run, tmp_path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    for name in ("config.json", "SHA256SUMS", "lines.onnx"):
        shutil.copy(bundled_folder() / name, folder)
    (folder / "lines.onnx").write_bytes(b"damaged")
    result = run("models", "check", folder)
    assert result.exit_code == 3 and "lines.onnx is damaged or was changed" in result.stdout
    assert "recogniser.onnx is missing" in result.stdout and "can't be loaded" in result.stderr
