from __future__ import annotations

import gzip
import random
from pathlib import Path

import msgspec
import pytest

from fakes.bulk.corpus import LAYERS, setup_of, write_corpus
from fakes.bulk.here import Here
from sokdok.bulk.merge import merge
from sokdok.bulk.passes import Asked
from sokdok.bulk.run import Watcher, run
from sokdok.errors import InputError
from sokdok.model.nano.alphabet import default_chars
from sokdok_lab.training.texts.source import TextSource, texts_of


def shard(path: Path, *rows: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(b"\n".join(map(msgspec.json.encode, rows))))
    return path


def test_documents_of_the_language_are_read_and_those_of_none(tmp_path: Path) -> None:
    shard(tmp_path / "000001.jsonl.gz", {"text": "셋", "metadata": {"language": "ko", "pages": 3}})
    shard(
        tmp_path / "000000.jsonl.gz",
        {"text": "하나", "metadata": {"language": "ko"}},
        {"text": "two", "metadata": {"language": "en"}},
        {"id": "a", "text": "둘"},
    )
    assert list(texts_of(tmp_path, "ko")) == ["하나", "둘", "셋"]
    assert list(texts_of(tmp_path, "en")) == ["two", "둘"]


def test_as_much_is_read_as_fits(tmp_path: Path) -> None:
    shard(tmp_path / "a.jsonl.gz", *({"text": "0123456789"} for _ in range(10)))
    assert "".join(texts_of(tmp_path, "en", most=25)) == "0123456789" * 2 + "01234"


@pytest.mark.parametrize("row", [{"txt": "a"}, [1], {"text": 3}, {"text": "a", "metadata": []}])
def test_a_shard_of_other_rows_is_named_with_its_line(tmp_path: Path, row: object) -> None:
    shard(tmp_path / "a.jsonl.gz", {"text": "good"}, row)
    with pytest.raises(InputError, match=r"a\.jsonl\.gz, line 2: no document of `sokdok bulk"):
        list(texts_of(tmp_path, "en"))


@pytest.mark.parametrize("cut", [0.5, 0.0])
def test_a_damaged_shard_is_named(tmp_path: Path, cut: float) -> None:
    path = shard(tmp_path / "a.jsonl.gz", *({"text": str(at)} for at in range(1000)))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * cut)] if cut else b"no gzip at all")
    with pytest.raises(InputError, match=r"a\.jsonl\.gz can't be read"):
        list(texts_of(tmp_path, "en"))


def test_what_bulk_has_read_is_trained_on(corpus: Path, tmp_path: Path) -> None:
    """The documents of a merge, put beside those of a corpus, or in their place."""
    setup = setup_of(write_corpus(tmp_path / "in", report=1), tmp_path / "out", LAYERS)
    run(setup, Here, Watcher())
    merge(str(tmp_path / "out"), Asked())
    for name in ("code", "ko"):
        (tmp_path / name).symlink_to(corpus / name)
    (tmp_path / "en").symlink_to(tmp_path / "out" / "data" / "dolma" / "documents")
    text = TextSource(tmp_path, default_chars()).sample("en", 1000, random.Random(0))
    assert "report says on page 1 what it says." in text
