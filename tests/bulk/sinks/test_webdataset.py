"""Samples of pages: drawn again from the source, so that the boxes fit, and only where the page was read whole."""

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from fakes.bulk.runs import Made, write_run
from fakes.pdf import Text, write_pdf
from sokdok.bulk.merge import merge
from sokdok.bulk.passes import Asked
from sokdok.bulk.sinks import webdataset
from sokdok.bulk.store import Store
from sokdok.documents.blocks import Block
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Question
from sokdok.documents.result import convert_file


def pages_of(path: Path) -> list[DocumentPage]:
    return list(convert_file(path, Question(source="text-layer")).pages)


def run(folder: Path, documents: list[Made], source: Path) -> Store:
    return write_run(folder / "run", documents, source=str(source))


def samples(store: Store) -> dict[str, dict[str, bytes]]:
    found: dict[str, dict[str, bytes]] = {}
    for name in store.names("data/webdataset/"):
        if not name.endswith(".tar"):
            continue
        with tarfile.open(fileobj=io.BytesIO(store.read(name))) as archive:
            for member in archive:
                key, _, suffix = member.name.partition(".")
                file = archive.extractfile(member)
                assert file is not None and member.mtime == 0 and not member.uname
                found.setdefault(key, {})[suffix] = file.read()
    return found


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    lines = [[Text(72, 100, "A page about ships", 20), Text(72, 140, "and the sea.")], [Text(72, 100, "두 번째 쪽")]]
    write_pdf(folder / "ships.pdf", lines)
    write_pdf(folder / "other.pdf", [[Text(72, 100, "Another file")]])
    return folder


def made(folder: Path, name: str, **change: object) -> Made:
    path = folder / name
    pages = [replace(page, **change) for page in pages_of(path)]  # type: ignore[arg-type]
    return Made(f"corpus/{name}", pages, {"license": "CC0"}, path.read_bytes())


def test_a_page_whose_picture_shows_what_is_masked_is_no_sample(tmp_path: Path, corpus: Path) -> None:
    pytest.importorskip("pyarrow")
    pages = [[Text(72, 300, "Write to hong@example.com.")], [Text(72, 300, "Call 010-1234-5678.")]]
    write_pdf(corpus / "mail.pdf", pages)
    store = run(tmp_path, [made(corpus, "mail.pdf")], corpus)
    manifest = merge(str(tmp_path / "run"), Asked(to=("webdataset",), mask=("email",)))
    assert [sample["txt"] for sample in samples(store).values()] == [b"Call 010-1234-5678."]
    assert manifest.sinks["webdataset"].left_out == {webdataset.MASKED: 1}


def test_a_sample_is_a_page_its_text_and_its_layout(tmp_path: Path, corpus: Path) -> None:
    pytest.importorskip("pyarrow")
    document = made(corpus, "ships.pdf")
    store = run(tmp_path, [document], corpus)
    manifest = merge(str(tmp_path / "run"), Asked(to=("webdataset",)))
    found = samples(store)
    key = document.sha256[:32]
    assert list(found) == [f"{key}-00001", f"{key}-00002"] and manifest.sinks["webdataset"].rows == 2
    first = found[f"{key}-00001"]
    assert first["txt"].decode().startswith("# A page about ships") or "A page about ships" in first["txt"].decode()
    layout = json.loads(first["json"])
    assert (layout["path"], layout["page"], layout["pages"]) == ("corpus/ships.pdf", 1, 2)
    assert layout["meta"] == '{"license": "CC0"}' and layout["route"] == "text-layer"
    image = Image.open(io.BytesIO(first["jpg"])).convert("L")
    assert image.size == (layout["width"], layout["height"])
    # What a box says stands there, and nothing does outside of all boxes.
    for block in layout["blocks"]:
        assert image.crop(block["box"]).getextrema()[0] < 100
        image.paste(255, tuple(block["box"]))
    assert image.getextrema()[0] > 200
    assert "두 번째 쪽" in found[f"{key}-00002"]["txt"].decode()


def test_pages_that_were_drawn_larger_are_drawn_larger(tmp_path: Path, corpus: Path) -> None:
    pytest.importorskip("pyarrow")
    (page,) = pages_of(corpus / "other.pdf")
    larger = replace(page, width=round(page.width * 1.5), height=round(page.height * 1.5), blocks=tuple(
        replace(block, box=tuple(round(1.5 * side) for side in block.box or ())) for block in page.blocks  # type: ignore[arg-type]
    ))  # fmt: skip
    document = Made("corpus/other.pdf", [larger], data=(corpus / "other.pdf").read_bytes())
    store = run(tmp_path, [document], corpus)
    merge(str(tmp_path / "run"), Asked(to=("webdataset",)))
    (sample,) = samples(store).values()
    image = Image.open(io.BytesIO(sample["jpg"])).convert("L")
    (block,) = json.loads(sample["json"])["blocks"]
    assert image.size == (larger.width, larger.height) and image.crop(block["box"]).getextrema()[0] < 100


def test_what_teaches_nothing_is_left_out_and_counted(tmp_path: Path, corpus: Path) -> None:
    pytest.importorskip("pyarrow")
    whole, partial = made(corpus, "ships.pdf"), made(corpus, "other.pdf", status="PARTIAL", error="cut off")
    whole = replace(whole, pages=[whole.pages[0], None])
    words = (Block("text", (0, 0, 9, 9), "It says something."),)
    office = Made("corpus/x.docx", [DocumentPage(1, 0, 0, words, source="file")], data=b"x")
    gone = Made("corpus/gone.pdf", [DocumentPage(1, 100, 100, words)], data=b"y")
    (corpus / "changed.pdf").write_bytes((corpus / "other.pdf").read_bytes())
    changed = Made("corpus/changed.pdf", [DocumentPage(1, 100, 100, words)], data=b"as it was")
    store = run(tmp_path, [whole, partial, office, gone, changed], corpus)
    total = merge(str(tmp_path / "run"), Asked(to=("webdataset", "dolma"))).sinks["webdataset"]
    assert list(samples(store)) == [f"{whole.sha256[:32]}-00001"] and total.rows == 1
    assert total.left_out == {
        webdataset.NOT_WHOLE: 2, webdataset.NO_PICTURE: 1, webdataset.CHANGED: 1,
        "the file can't be opened any more (InputError)": 1,
    }  # fmt: skip


def test_archives_end_where_they_are_full(tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    documents = [made(corpus, "ships.pdf"), made(corpus, "other.pdf")]
    monkeypatch.setattr(webdataset, "MOST_BYTES", 1000)
    store = run(tmp_path, documents, corpus)
    manifest = merge(str(tmp_path / "run"), Asked(to=("webdataset",)))
    names = [name for name in store.names("data/webdataset/") if name.endswith(".tar")]
    assert names == [f"data/webdataset/000000-{number:03d}.tar" for number in range(3)]
    assert [file.name for file in manifest.sinks["webdataset"].files] == names and len(samples(store)) == 3


def test_no_name_becomes_a_path(tmp_path: Path, corpus: Path) -> None:
    pytest.importorskip("pyarrow")
    document = replace(made(corpus, "other.pdf"), path="../../etc/other.pdf")
    store = run(tmp_path, [document], corpus)
    merge(str(tmp_path / "run"), Asked(to=("webdataset", "dolma", "parquet")))
    assert list(samples(store)) == [f"{document.sha256[:32]}-00001"]
    assert all(".." not in name and "etc" not in name for name in store.names())
