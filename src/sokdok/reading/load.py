"""Readers by name: the bundled checkpoint, a published one, an endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from sokdok.errors import InputError, MissingExtraError
from sokdok.pages.page import Page
from sokdok.reading.nano.reader import NanoReader
from sokdok.reading.nano.session import bundled_folder
from sokdok.reading.reading import Reader, Reading

ENDPOINTS = ("http://", "https://")


def load(
    name: str = "nano", *, model: str | None = None, dtype: str = "bfloat16", device: str = "auto", threads: int = 0
) -> Reader:
    """The reader called `name`; a checkpoint is loaded once for the same arguments.

    - `nano`, bundled, or the folder of another nano; `threads` bounds its processor cores (0: onnxruntime decides).
    - A hub id or short name (`deepseek-ai/DeepSeek-OCR`, `unlimited-ocr`) in the local Hugging Face cache, or a folder
      with a published checkpoint; `dtype` bfloat16, float32 or int8, `device` auto, cpu, cuda or mps.
    - The address of an OpenAI-compatible endpoint (`http://host:8000/v1`); `model` is its name for the model.

    Raises ModelError, InputError, EndpointError, or MissingExtraError for what is not installed.
    """
    if name.startswith(ENDPOINTS):
        return _remote(name, model)
    if model is not None:
        raise InputError(f"a model name goes with an endpoint's address; {name} is none")
    return _local(name, dtype, device, threads)


@lru_cache(maxsize=4)
def _local(name: str, dtype: str, device: str, threads: int) -> Reader:
    if name == "nano":
        return NanoReader(bundled_folder(), threads)
    from sokdok.model.checkpoints.checkpoint import is_nano, resolve

    folder = resolve(name)
    return NanoReader(folder, threads) if is_nano(folder) else _checkpoint(folder, dtype, device)


def _checkpoint(folder: Path, dtype: str, device: str) -> Reader:
    try:
        from sokdok.reading.checkpoint.reader import CheckpointReader
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "tokenizers"):
            raise
        raise MissingExtraError("torch", "running a published checkpoint") from None
    return CheckpointReader(folder, dtype, device)


def _remote(address: str, model: str | None) -> Reader:
    from sokdok.reading.remote.reader import RemoteReader

    return RemoteReader(address, model)


def read(pages: Iterable[Page], reader: Reader | None = None) -> Iterator[Reading]:
    """Read pages with `reader`, nano by default; one Reading per page, in order."""
    return (reader or load()).read(pages)
