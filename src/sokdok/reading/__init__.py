"""Readers by name: the bundled nano, a published checkpoint, an endpoint; one protocol, one result type."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from sokdok.errors import InputError, MissingExtraError
from sokdok.model.nano.session import bundled_folder
from sokdok.reading.nano.reader import NanoReader
from sokdok.reading.reading import Abilities, Reader, Reading, Sampling, Status

if TYPE_CHECKING:
    from sokdok.pages.files import Inputs


__all__ = ["Abilities", "Reader", "Reading", "Sampling", "Status", "load", "read"]


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
        from sokdok.reading.remote.reader import RemoteReader

        return RemoteReader(name, model)
    if model is not None:
        raise InputError(f"a model name goes with an endpoint's address; {name} is none")
    return _local(name, dtype, device, threads)


@lru_cache(maxsize=4)
def _local(name: str, dtype: str, device: str, threads: int) -> Reader:
    if name == "nano":
        return NanoReader(bundled_folder(), threads)
    from sokdok.model.checkpoints.checkpoint import is_nano, resolve

    folder = resolve(name)
    if is_nano(folder):
        return NanoReader(folder, threads)
    try:
        from sokdok.reading.checkpoint.reader import CheckpointReader
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "tokenizers"):
            raise
        raise MissingExtraError("torch", "running a published checkpoint") from None
    return CheckpointReader(folder, dtype, device)


def read(pages: Inputs, reader: Reader | str = "nano") -> Iterator[Reading]:
    """Read pages with `reader`, one that `load` gave or what it takes; one Reading per page, in order.

    `pages` are files by path or content (bytes), PIL images, arrays (height, width) or (height, width, 3) of uint8, and
    Pages: one, or several in order. One of several that can't be used has a reading with status `failed`. Raises
    InputError for anything else, and for the only file if it can't be used.
    """
    return (load(reader) if isinstance(reader, str) else reader).read(pages)
