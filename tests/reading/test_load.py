"""Readers by name."""

import sys
from pathlib import Path

import pytest

from sokdok.errors import EndpointError, InputError, MissingExtraError, ModelError
from sokdok.model.nano.session import bundled_folder
from sokdok.reading import load
from sokdok.reading.nano.reader import NanoReader


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No checkpoint of whoever runs the tests."""
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)


def test_nano_by_name_and_by_folder() -> None:
    assert isinstance(load(), NanoReader)
    assert isinstance(load(str(bundled_folder())), NanoReader)
    assert load("nano") is load("nano")


def test_a_hub_id_that_is_not_here_says_how_to_get_it() -> None:
    with pytest.raises(ModelError, match="sokdok models fetch deepseek-ai/DeepSeek-OCR") as error:
        load("deepseek-ai/DeepSeek-OCR")
    assert "folder" in str(error.value)


def test_a_model_name_needs_an_endpoint() -> None:
    with pytest.raises(InputError, match="goes with an endpoint's address; nano is none"):
        load("nano", model="x")


def test_an_endpoint_that_is_down() -> None:
    pytest.importorskip("httpx")
    with pytest.raises(EndpointError, match="127.0.0.1:9"):
        load("http://127.0.0.1:9/v1")


def test_without_torch_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = (
        "sokdok.reading.checkpoint.reader",
        "sokdok.model.family.deepseek_ocr",
        "sokdok.model.checkpoints.loading",
    )
    for name in [name for name in sys.modules if name.startswith(loaded)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'sokdok\[torch\]'"):
        load(str(tmp_path))
