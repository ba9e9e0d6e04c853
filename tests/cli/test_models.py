"""`sokdok models`: the published totals, and nano as it lies in the package."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest


def test_the_published_checkpoint_to_the_byte(run) -> None:
    facts = json.loads(run("models", "show", "deepseek-ocr", "--json").stdout)
    assert (facts["tensors"], facts["parameters"], facts["bytes_bf16"]) == (2710, 3_336_106_240, 6_672_212_480)
    assert facts["config"]["decoder"]["sliding_window"] is None


def test_unlimited_ocr_has_the_same_tensors_and_a_window(run) -> None:
    facts = json.loads(run("models", "show", "unlimited-ocr", "--json").stdout)
    assert facts["tensors"] == 2710 and facts["config"]["decoder"]["sliding_window"] == 128


def test_show_for_people(run) -> None:
    stdout = run("models", "show", "deepseek-ocr").stdout
    assert "tensors: 2,710\n" in stdout and "parameters: 3,336,106,240\n" in stdout and "    experts: 64\n" in stdout


def test_list(run) -> None:
    rows = json.loads(run("models", "list", "--json").stdout)
    assert [row["name"] for row in rows] == ["nano", "deepseek-ocr", "unlimited-ocr"]
    lines = run("models", "list").stdout.splitlines()
    assert len(lines) == 4 and "3,336,106,240" in lines[2]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    nano = tmp_path / "nano"
    nano.mkdir()
    monkeypatch.setattr("sokdok.reading.session.bundled_folder", lambda: nano)
    return nano


def test_nano_is_described_by_its_files(run, folder) -> None:
    header = json.dumps(
        {
            "__metadata__": {"format": "pt"},
            "a": {"dtype": "F16", "shape": [3, 4], "data_offsets": [0, 24]},
            "b": {"dtype": "F16", "shape": [5], "data_offsets": [24, 34]},
        }
    ).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(34))
    (folder / "config.json").write_text('{"name": "nano", "classes": 7}')
    (folder / "CARD.md").write_text("# nano")
    facts = json.loads(run("models", "show", "nano", "--json").stdout)
    assert (facts["tensors"], facts["parameters"]) == (2, 17)
    assert facts["config"]["classes"] == 7 and facts["card"] == str(folder / "CARD.md")
    assert facts["bytes"] == sum(path.stat().st_size for path in folder.iterdir())
    assert set(facts["files"]) == {"model.safetensors", "config.json", "CARD.md"}


def test_nano_without_its_files_is_its_configuration(run, folder) -> None:
    facts = json.loads(run("models", "show", "nano", "--json").stdout)
    assert facts["parameters"] is None and facts["bytes"] is None and facts["config"]["vision_width"] > 0
    assert run("models", "list").exit_code == 0


@pytest.mark.parametrize("data", [b"", b"\xff" * 40, struct.pack("<Q", 2) + b"[]"])
def test_damaged_weights_are_named(run, folder, data: bytes) -> None:
    (folder / "model.safetensors").write_bytes(data)
    result = run("models", "show", "nano")
    assert result.exit_code == 3 and "is no safetensors file" in result.stderr


@pytest.mark.parametrize(("name", "near"), [("deepseek", "deepseek-ocr"), ("Unlimited-OCR", "unlimited-ocr")])
def test_a_wrong_name_gets_the_nearest(run, name: str, near: str) -> None:
    result = run("models", "show", name)
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert f"did you mean {near}" in result.stderr and "nano, deepseek-ocr, unlimited-ocr" in result.stderr
