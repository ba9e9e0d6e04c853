"""Which files a command takes, and their pages through a reader: in order, whatever the reader does, not too many."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import pytest
from PIL import Image

from sokdok.cli.ui import files
from sokdok.cli.ui.files import all_paths, read_in_order
from sokdok.pages import Page, PageError
from sokdok.reading import Reading


class Reader:
    """Reads in batches of `batch_size`; says each page's number, and breaks at those of `breaks`."""

    def __init__(self, breaks: dict[int, Exception] | None = None) -> None:
        self.breaks = breaks or {}
        self.held: list[int] = []
        """pixels of each batch"""

    def read(self, pages: Iterable[Page], batch_size: int = 3) -> Iterator[Reading]:
        stream = iter(pages)
        count = 0
        while batch := list(islice(stream, batch_size)):
            self.held.append(sum(page.size[0] * page.size[1] for page in batch))
            for page in batch:
                if page.index in self.breaks:
                    raise self.breaks[page.index]
                yield Reading(count, page.source, "ok", str(page.index))
                count += 1


def page(index: int) -> Page:
    return Page(Image.new("RGB", (10, 10)), "a.pdf", index)


def said(readings: Iterable[tuple[Page | PageError, Reading]]) -> list[str]:
    return [reading.text or reading.error for _, reading in readings]


def test_what_cannot_be_opened_keeps_its_place() -> None:
    pages = [PageError("a", None, "none"), page(1), PageError("b", 2, "bad"), page(3), PageError("c", 4, "worse")]
    assert said(read_in_order(Reader(), pages)) == ["none", "1", "bad", "3", "worse"]


def test_a_reader_that_breaks_fails_the_rest_of_its_batch_and_reads_on() -> None:
    reader = Reader({1: ValueError("no"), 7: OverflowError("too much")})
    readings = said(read_in_order(reader, [page(number) for number in range(9)], batch=3))
    broken = "the reader broke (ValueError: no)"
    assert readings == ["0", broken, broken, "3", "4", "5", "6", *["the reader broke (OverflowError: too much)"] * 2]


def test_a_page_without_an_answer_is_a_failed_page() -> None:
    class Silent(Reader):
        def read(self, pages: Iterable[Page], batch_size: int = 3) -> Iterator[Reading]:
            list(pages)
            return iter(())

    assert said(read_in_order(Silent(), [page(0)])) == ["the reader gave no answer for this page"]


def test_pixels_bound_what_a_reader_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "WINDOW_PIXELS", 150)
    reader = Reader()
    assert said(read_in_order(reader, [page(number) for number in range(5)])) == ["0", "1", "2", "3", "4"]
    assert max(reader.held) == 200


def found(*names: Path | str) -> list[Path]:
    with ExitStack() as stack:
        return list(all_paths([str(name) for name in names], None, stack))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "in"
    (place / "deep").mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(place / "deep" / "a.png")
    return place


def test_what_is_no_document_is_named_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("b.zip", "deep/c.py", ".hidden"):
        (folder / name).write_bytes(b"PK\x03\x04")
    assert found(folder) == [folder / "deep" / "a.png"]
    assert capsys.readouterr().err == f"{folder}: 2 files are no document and left out: b.zip, c.py\n"


def test_many_are_counted_by_suffix(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(20):
        (folder / f"{number}.py").write_bytes(b"pass")
    (folder / "Makefile").write_bytes(b"all:")
    found(folder)
    assert capsys.readouterr().err == f"{folder}: 21 files are no document and left out: 20 .py, 1 no suffix\n"


@pytest.mark.parametrize("command", [["read"], ["convert"], ["convert", "-o", "out"], ["compress"], ["parse"]])
@pytest.mark.parametrize("address", ["https://example.org/a.pdf", "ftp://example.org/b/c.png", "S3://bucket/a.docx"])
def test_an_address_is_not_fetched(run, address: str, command: list[str]) -> None:
    result = run(*command, address)
    scheme, rest = address.split("://")
    assert result.exit_code == 2
    assert f"{scheme}://{rest} is an address and sokdok fetches nothing: download it first" in result.stderr


def test_what_is_read_when_it_is_named_is_read_in_a_folder(run, folder: Path) -> None:
    Image.new("RGB", (9, 9), "white").save(folder / "b.bmp")
    Image.new("RGB", (9, 9), "white").save(folder / "c", "TIFF", big_tiff=True)
    (folder / "d.txt").write_bytes(b"a text\0 with a NUL")
    (folder / "e.docx").write_bytes(b"")
    (folder / "~$e.docx").write_bytes(b"\5somebody")
    assert [path.name for path in found(folder)] == ["b.bmp", "c", "d.txt", "a.png", "e.docx"]
    result = run("convert", folder, "-o", "out")
    assert result.exit_code == 1 and "e.docx is empty" in result.stderr and "~$e.docx" in result.stderr
    assert "with a NUL" in Path("out/d/d.md").read_text()
