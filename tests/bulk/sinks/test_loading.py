"""All outputs are loaded by the libraries that trainers use, with nothing but the folder, and offline."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.bulk.runs import Made, write_run
from fakes.pdf import Text, write_pdf
from sokdok.bulk import merge as merging
from sokdok.bulk.merge import merge
from sokdok.bulk.passes import Asked, slices
from sokdok.bulk.sinks import SINKS
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Question
from sokdok.documents.result import convert_file

datasets = pytest.importorskip("datasets")


def load(folder: Path, cache: Path, split: str = "train") -> Any:
    return datasets.load_dataset(str(folder), split=split, cache_dir=str(cache))


FIRST = "This is the first page of a text, and it has a sentence that is as long as most of them are."


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[Made]]]:
    """Documents of several shards: one whose page failed, one without text, one without notes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
        patch.setattr(merging, "slices", lambda units, planned: slices(units, planned, documents=2))
        yield _merged(tmp_path_factory.mktemp("merged"))


def _merged(tmp_path: Path) -> tuple[Path, list[Made]]:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    documents = []
    for number, text in enumerate([FIRST, "둘째 문서의 글.", "Third", "Fourth"]):
        path = write_pdf(corpus / f"{number}.pdf", [[Text(72, 100, text)], [Text(72, 100, f"page two of {number}")]])
        pages: list[Any] = list(convert_file(path, Question(source="text-layer")).pages)
        if number == 1:
            pages[1] = None
        meta = {"url": f"https://x.org/{number}", "date": "2024"} if number != 2 else {}
        documents.append(Made(f"corpus/{number}.pdf", pages, meta, path.read_bytes()))
    write_run(tmp_path / "run", documents, source=str(corpus))
    merge(str(tmp_path / "run"), Asked(to=tuple(SINKS), mask=("email",)))
    return tmp_path / "run" / "data", documents


def test_documents_and_pairs_load(merged: tuple[Path, list[Made]], tmp_path: Path) -> None:
    folder, documents = merged
    ids = [one.sha256[:32] for one in documents]
    dolma = load(folder / "dolma", tmp_path / "cache")
    assert dolma["id"][:] == ids and dolma[0]["text"] == f"{FIRST}\n\npage two of 0"
    assert dolma[1]["text"] == "둘째 문서의 글." and dolma[1]["metadata"]["failed_pages"] == 1
    assert dolma[0]["attributes"]["pdf_page_numbers"] == [[0, len(FIRST), 1], [len(FIRST), len(dolma[0]["text"]), 2]]
    assert {row["source"] for row in dolma} == {"corpus"} and {row["added"] for row in dolma} == {""}
    assert [row["created"] for row in dolma] == ["2024", "2024", "", "2024"]

    parquet = load(folder / "parquet", tmp_path / "cache")
    assert parquet["id"][:] == ids and parquet["text"][:] == dolma["text"][:]
    row = parquet[1]
    assert row["is_truncated"] and row["failed_pages"] == [2] and row["extractor"] == "text layer"
    assert row["page_ends"] == [9, 9] and row["token_count"] > 3 and row["file_path"] == "corpus/1.pdf"
    assert json.loads(row["meta"]) == {"date": "2024", "url": "https://x.org/1"}

    pages = load(folder / "webdataset", tmp_path / "cache")
    assert pages["__key__"][:] == [f"{ids[at]}-{page:05d}" for at, page in
                                   ((0, 1), (0, 2), (1, 1), (2, 1), (2, 2), (3, 1), (3, 2))]  # fmt: skip
    for row in pages:
        assert row["jpg"].size == (row["json"]["width"], row["json"]["height"])
        assert all(len(block["box"]) == 4 for block in row["json"]["blocks"])
    parts = [page for one in documents for page in one.pages]
    assert pages["txt"][:] == [page.markdown for page in parts if isinstance(page, DocumentPage)]  # all that were read


def test_attributes_stand_in_the_same_rows(merged: tuple[Path, list[Made]], tmp_path: Path) -> None:
    folder, documents = merged
    shards = sorted(path.name for path in (folder / "dolma" / "documents").iterdir())
    assert shards == ["000000.jsonl.gz", "000001.jsonl.gz"]
    for tagger in (folder / "dolma" / "attributes").iterdir():
        assert sorted(path.name for path in tagger.iterdir()) == shards
        rows = datasets.load_dataset("json", data_files=str(tagger / "*.jsonl.gz"), split="train",
                                     cache_dir=str(tmp_path / "cache"))  # fmt: skip
        assert rows["id"][:] == [one.sha256[:32] for one in documents]
