"""Rows for trainers: loaded by what they load with, in ms-swift's form and Unsloth's, with labels that teach."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fakes.bulk.runs import Made, write_run
from fakes.pdf import Text, write_pdf
from sokdok.bulk.merge import merge
from sokdok.bulk.passes import Asked
from sokdok.documents.blocks import Block
from sokdok.documents.build import parse_markup, to_pixels
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Question
from sokdok.documents.result import convert_file
from sokdok.tokens.deepseek import tokenizer_json

pa = pytest.importorskip("pyarrow")
datasets = pytest.importorskip("datasets")

KOREAN = "쪽마다 글과 그 자리가 함께 있다."


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[DocumentPage]]]:
    folder = tmp_path_factory.mktemp("chat")
    lines = [[Text(72, 100, "A page about ships", 20), Text(72, 240, "and the sea.")], [Text(72, 100, KOREAN)], []]
    path = write_pdf(folder / "ships.pdf", lines)
    pages = list(convert_file(path, Question(source="text-layer")).pages)
    write_run(folder / "run", [Made("ships.pdf", pages, {"license": "CC0"}, path.read_bytes())], source=str(path))
    manifest = merge(str(folder / "run"), Asked(to=("chat", "grounding")))
    assert manifest.sinks["chat"].left_out == {"the page has no text": 1}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
        yield folder / "run" / "data", pages


def load(folder: Path, cache: Path) -> Any:
    return datasets.load_dataset(str(folder), split="train", cache_dir=str(cache))


def test_a_page_is_a_picture_a_prompt_and_its_markdown(merged: tuple[Path, list[DocumentPage]], tmp_path: Path) -> None:
    folder, pages = merged
    rows = load(folder / "chat", tmp_path)
    assert [row["messages"] for row in rows] == [
        [{"role": "user", "content": "<image>\nFree OCR."}, {"role": "assistant", "content": page.markdown}]
        for page in pages[:2]
    ]
    assert KOREAN in rows[1]["messages"][1]["content"]
    for row, page in zip(rows, pages, strict=False):
        (image,) = row["images"]
        assert image.size == (page.width, page.height) and image.convert("L").getextrema()[0] < 128
    assert rows["task"][:] == ["free", "free"] and rows["page"][:] == [1, 2] and rows[0]["meta"] == '{"license": "CC0"}'


@pytest.mark.parametrize("form", ["chat", "grounding"])
def test_every_library_reads_the_same_rows(merged: tuple[Path, list[DocumentPage]], tmp_path: Path, form: str) -> None:
    """A folder of Parquet has nothing in it that is none."""
    pandas, folder = pytest.importorskip("pandas"), merged[0] / form
    expected = load(folder, tmp_path)["id"][:]
    frame = pandas.read_parquet(folder)
    assert list(frame["id"]) == expected and frame["messages"][1][1]["content"]
    assert pa.parquet.read_table(folder)["id"].to_pylist() == expected
    assert Image.open(io.BytesIO(frame["images"][0][0]["bytes"])).format == "JPEG"


def test_duckdb_reads_them(merged: tuple[Path, list[DocumentPage]]) -> None:
    duckdb, folder = pytest.importorskip("duckdb"), merged[0]
    rows = duckdb.sql(f"SELECT page, messages[2].content FROM '{folder}/chat/*.parquet' ORDER BY page").fetchall()
    assert rows == [(page.number, page.markdown) for page in merged[1][:2]]


def test_boxes_are_where_the_text_is(merged: tuple[Path, list[DocumentPage]], tmp_path: Path) -> None:
    folder, pages = merged
    rows = load(folder / "grounding", tmp_path)
    whole = [row for row in rows if not row["box"]]
    assert [row["page"] for row in whole] == [1, 2]
    for row, page in zip(whole, pages, strict=False):
        assert row["messages"][0]["content"] == "<image>\n<|grounding|>Convert the document to markdown."
        answer = row["messages"][1]["content"]
        found = parse_markup(answer)  # what sokdok itself reads of such an answer
        assert not found.warnings and [block.kind for block in found.blocks] == [block.kind for block in page.blocks]
        for block, expected in zip(found.blocks, page.blocks, strict=True):
            assert expected.text in block.text
            around = to_pixels(block.boxes[0], page.width, page.height)
            assert all(abs(one - other) <= 2 for one, other in zip(around, expected.box or (), strict=True))
    crops = [row for row in rows if row["box"]]
    assert len(crops) == sum(len(page.blocks) for page in pages)
    for row in crops:
        left, top, right, bottom = row["box"]
        (image,) = row["images"]
        assert image.size == (right - left, bottom - top) and image.convert("L").getextrema()[0] < 128
    assert KOREAN in crops[-1]["messages"][1]["content"] and len(set(rows["id"][:])) == len(rows)


def test_a_block_without_a_place_is_no_grounding(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[Text(72, 100, "Somewhere")]])
    (page,) = convert_file(path, Question(source="text-layer")).pages
    nowhere = DocumentPage(
        1, page.width, page.height, (*page.blocks, Block("text", None, "nowhere")), source="text-layer"
    )
    write_run(tmp_path / "run", [Made("a.pdf", [nowhere], data=path.read_bytes())], source=str(path))
    sink = merge(str(tmp_path / "run"), Asked(to=("grounding", "chat"))).sinks["grounding"]
    assert sink.rows == 0 and sink.left_out == {"a block of the page has no box": 1}


def test_a_collator_finds_labels_in_them(merged: tuple[Path, list[DocumentPage]], tmp_path: Path) -> None:
    """Everything up to and with the prompt is masked, the answer and its end are not, and they say what was written."""
    tokenizers = pytest.importorskip("tokenizers")
    import json

    tokenizer = tokenizers.Tokenizer.from_str(json.dumps(tokenizer_json()))
    rows = load(merged[0] / "chat", tmp_path)
    batch = []
    for row in rows:
        asked, answered = (message["content"] for message in row["messages"])
        assert asked.count("<image>") == len(row["images"])
        prompt = tokenizer.encode(asked.replace("<image>", ""), add_special_tokens=False).ids
        answer = [*tokenizer.encode(answered, add_special_tokens=False).ids, 1]
        pictures = [0] * 100
        batch.append(([*pictures, *prompt, *answer], [-100] * (100 + len(prompt)) + answer))
    for (inputs, labels), row in zip(batch, rows, strict=True):
        kept = [token for token in labels if token != -100]
        assert len(inputs) == len(labels) and 0 < len(kept) < len(labels)
        assert tokenizer.decode(kept[:-1], skip_special_tokens=False) == row["messages"][1]["content"]
