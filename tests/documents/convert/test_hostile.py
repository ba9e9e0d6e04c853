"""Files that end the process which draws them: a page is lost, its document and the next one are not."""

from pathlib import Path
from typing import Any

import pytest

import sokdok
from fakes.converting import FakeReader, Watcher
from fakes.hostile.pdfs import flate_bomb, form_in_itself, pages_claimed
from fakes.hostile.pictures import black
from fakes.jobs import dying
from fakes.pdf import write_pdf
from sokdok.documents.convert.convert import Converted, convert
from sokdok.documents.convert.folder import MANIFEST, Journal, read_manifest
from sokdok.documents.question import Conversion, Question
from sokdok.documents.result import from_json
from sokdok.errors import InputError
from sokdok.jobs import Limits

pytestmark = pytest.mark.process


def run(path: Path, reader: FakeReader, *, redo: bool = False, batch: int = 2, **asked: Any) -> Converted:
    conversion = Conversion(Question(batch=batch, source="reader", **asked), reader)
    return convert(path, path.parent / "out", conversion, Watcher(), redo=redo)


def errors(converted: Converted) -> list[str]:
    document = from_json((converted.folder / f"{converted.folder.name}.json").read_text(encoding="utf-8"))
    return [page.error for page in document.pages]


def blank(path: Path, pages: int) -> Path:
    return write_pdf(path, [[]] * pages, (100, 140))


def test_pages_around_a_deadly_one_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dying(monkeypatch, at={2})
    reader = FakeReader()
    converted = run(blank(tmp_path / "a.pdf", 5), reader)
    assert reader.read_pages == [1, 2, 4, 5] and converted.incomplete == [3]
    assert "SIGABRT" in errors(converted)[2]


def test_what_ended_its_process_twice_is_left_alone_until_it_is_asked_for(tmp_path: Path, monkeypatch) -> None:
    calls = dying(monkeypatch, at={0})
    path = blank(tmp_path / "a.pdf", 1)
    for tried in (1, 2, 2):
        converted = run(path, FakeReader())
        assert converted.status == "FAILURE" and calls.count(0) == tried
    assert "left alone" in errors(converted)[0]
    manifest = read_manifest(converted.folder)
    assert manifest and manifest.deaths == [1, 1]
    run(path, FakeReader(), redo=True)
    assert calls.count(0) == 3


def test_a_file_whose_opening_ended_its_process_twice_is_left_alone(tmp_path: Path, monkeypatch) -> None:
    path = blank(tmp_path / "a.pdf", 1)
    with monkeypatch.context() as patch:
        calls = dying(patch, at={0}, method="open")
        for tried in (1, 2):
            with pytest.raises(InputError, match="can't be opened: the process that opens it died"):
                run(path, FakeReader())
            assert len(calls) == tried
        with pytest.raises(InputError, match="left alone, since opening it ended its process twice; --redo tries"):
            run(path, FakeReader())
        with pytest.raises(InputError, match="can't be opened: the process"):
            run(path, FakeReader(), redo=True)
        assert len(calls) == 3
    path.write_bytes(path.read_bytes() + b"\n")  # another version of the file: all deaths are forgotten
    converted = run(path, FakeReader())
    manifest = read_manifest(converted.folder)
    assert converted.status == "SUCCESS" and converted.folder.name == "a" and manifest and not manifest.deaths


def test_a_picture_that_ends_its_process_is_tried_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "black.png"
    path.write_bytes(black(50, 50, channels=1))
    calls = dying(monkeypatch, at={0})
    for tried in (1, 2):
        with pytest.raises(InputError, match="can't be opened: the process"):
            run(path, FakeReader())
        assert len(calls) == tried
    converted = run(path, FakeReader())
    assert len(calls) == 2 and converted.status == "FAILURE" and "left alone" in errors(converted)[0]


def test_a_text_layer_that_ends_its_process_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = dying(monkeypatch, at=set(range(6)), method="layer")
    converted = run(blank(tmp_path / "a.pdf", 6), FakeReader())
    document = from_json((converted.folder / "a.json").read_text(encoding="utf-8"))
    assert calls == [0, 1, 2] and converted.status == "SUCCESS"
    for page in document.pages:
        reason = "the process that opens it died (SIGABRT)" if page.number <= 3 else "those of 3 pages before it ended"
        assert any(f"the text layer can't be read: {reason}" in warning for warning in page.warnings)


def test_a_page_at_which_runs_were_killed_is_left_alone(tmp_path: Path) -> None:
    path, reader = blank(tmp_path / "a.pdf", 3), FakeReader()
    asked = Conversion(Question(batch=2, source="reader"), reader)
    folder = tmp_path / "out" / "a"
    folder.mkdir(parents=True)
    for _ in range(2):
        journal = Journal(folder, asked.job(path))
        journal.begin(2)
        journal.close()
    converted = run(path, reader)
    assert reader.read_pages == [1, 3] and converted.incomplete == [2] and "left alone" in errors(converted)[1]


def test_an_interrupted_page_is_none_the_worse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = blank(tmp_path / "a.pdf", 2)
    for _ in range(3):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr("sokdok.pages.isolated.IsolatedFile.page", _interrupted)
            run(path, FakeReader())
    assert run(path, FakeReader()).status == "SUCCESS"


def _interrupted(*arguments: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("bomb", [form_in_itself, lambda: flate_bomb(3000, 2)])
def test_a_bomb_is_a_failed_page_from_python_too(tmp_path: Path, bomb: Any) -> None:
    path = tmp_path / "bomb.pdf"
    path.write_bytes(bomb())
    document = sokdok.convert(path, source="text-layer", limits=Limits(seconds=1.5))
    assert document.status == "FAILURE" and "can't be drawn" in document.pages[0].error


def test_a_file_that_lies_about_its_pages_is_left_soon(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pages_claimed(15_000))
    converted = run(path, FakeReader())
    assert converted.status == "PARTIAL" and converted.pages == 27
    assert errors(converted)[-1].startswith("this page and 14,973 behind it are left alone: the 25 pages")
    path.write_bytes(pages_claimed(1_048_574))
    with pytest.raises(InputError, match="1,048,574 pages and at most 20,000 are read: name some with --pages"):
        run(path, FakeReader())
    assert run(path, FakeReader(), pages="1").status == "SUCCESS"


def test_a_picture_is_made_smaller_while_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "black.png"
    path.write_bytes(black(10_900, 10_900, channels=4))
    reader = FakeReader()
    converted = run(path, reader, limits=Limits(megabytes=1536))
    (page,) = from_json((converted.folder / "black.json").read_text()).pages
    assert converted.status == "SUCCESS" and page.width * page.height <= 40_000_000


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    path = blank(tmp_path / "a.pdf", 1)
    converted = run(path, FakeReader())
    other = tmp_path / "other"
    other.mkdir()
    (other / "page-0001-1.png").write_text("precious")
    (converted.folder / "images").symlink_to(other)
    with pytest.raises(InputError, match="images is a link, .*: remove it"):
        run(path, FakeReader(), redo=True)
    assert (other / "page-0001-1.png").read_text() == "precious"


def test_a_folder_that_is_a_link_is_nobodys(tmp_path: Path) -> None:
    path = blank(tmp_path / "a.pdf", 1)
    first = run(path, FakeReader()).folder
    first.rename(tmp_path / "elsewhere")
    first.symlink_to(tmp_path / "elsewhere")
    assert run(path, FakeReader()).folder.name == "a-2"


@pytest.mark.parametrize("name", ["manifest", "Manifest"])
def test_a_document_called_manifest_keeps_its_json(tmp_path: Path, name: str) -> None:
    path = blank(tmp_path / f"{name}.pdf", 1)
    converted = run(path, FakeReader())
    assert converted.folder.name == f"{name}-2" and errors(converted) == [""]
    assert (converted.folder / MANIFEST).exists() and run(path, FakeReader()).skipped
