"""Checksums of nano's files: the bundled ones match, and a changed file is named before it is loaded."""

import os
import shutil
from pathlib import Path

import pytest

from sokdok.errors import ModelError
from sokdok.model.checkpoints.files import SUMMED_KINDS, SUMS, digest, read_checksums, verify
from sokdok.reading.nano.session import NanoSession, bundled_folder, open_graph


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
