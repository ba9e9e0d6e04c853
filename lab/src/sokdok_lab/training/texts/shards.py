"""Texts that `sokdok bulk` has read, from shards in Dolma's layout: a line a document, {text, metadata: {language}}."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from sokdok.errors import InputError
from sokdok.files import lines_of

PATTERN = "*.jsonl.gz"
MOST_CHARACTERS = 200_000_000  # of a language, kept in memory; what a net is shown in weeks


class _About(msgspec.Struct):
    language: str = ""


class _Row(msgspec.Struct):
    text: str
    metadata: _About = msgspec.field(default_factory=_About)


def texts_of(folder: Path, language: str, most: int = MOST_CHARACTERS) -> Iterator[str]:
    """Texts of the shards in a folder, until they have `most` characters; documents in another language are left out.

    Raises InputError for a shard that is none, or is damaged.
    """
    for path in sorted(folder.glob(PATTERN)):
        for text in _texts(path, language):
            if most <= 0:
                return
            yield text[:most]
            most -= len(text)


def _texts(path: Path, language: str) -> Iterator[str]:
    decoder = msgspec.json.Decoder(_Row)
    number = 0
    try:
        with gzip.open(path) as file:
            for line in lines_of(file, str(path)):  # type: ignore[arg-type]
                number += 1
                row = decoder.decode(line)
                if row.metadata.language in ("", language):
                    yield row.text
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InputError(f"{path}, line {number}: no document of `sokdok bulk merge --to dolma`") from None
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} can't be read: {error}") from None
