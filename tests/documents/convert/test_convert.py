"""From a file to its folder: every page there or listed as failed, resumed after a kill, nothing half-written."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdfium2 import PdfDocument

from fakes.converting import SEEN, FakeReader, Watcher
from fakes.pdf import Text, write_pdf
from fakes.remote import wait_until
from sokdok.documents import write
from sokdok.documents.convert.convert import Converted, convert
from sokdok.documents.convert.folder import MANIFEST, read_manifest
from sokdok.documents.convert.folder import NAME as JOURNAL
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Conversion, Question
from sokdok.documents.result import Document, from_json
from sokdok.errors import EndpointError, InputError, SokdokError
from sokdok.pages import Page
from sokdok.reading.reading import Reading


def blank(path: Path, pages: int) -> Path:
    return write_pdf(path, [[]] * pages, (100, 140))


def run(path: Path, out: Path, reader: FakeReader | None = None, redo: bool = False, **asked: Any) -> Converted:
    figures = asked.pop("figures", None)
    question = Question(**{"batch": 2, "source": "reader", **asked})
    return convert(path, out, Conversion(question, reader or FakeReader(), figures), Watcher(), redo=redo)


def interrupted(path: Path, out: Path, after: int, **how: Any) -> None:
    """A run that ends once so many pages are read."""
    with pytest.raises(KeyboardInterrupt):
        convert(path, out, Conversion(Question(source="reader", **how), FakeReader()), Watcher(stop_after=after))


def document_of(converted: Converted) -> Document:
    return from_json((converted.folder / f"{converted.folder.name}.json").read_text(encoding="utf-8"))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_a_document_becomes_a_folder(tmp_path: Path) -> None:
    converted = run(blank(tmp_path / "report.pdf", 3), tmp_path / "out")
    assert converted.folder == tmp_path / "out" / "report" and converted.status == "SUCCESS"
    assert names(converted.folder) == {"report.md", "report.json", "report.html", MANIFEST}
    document = document_of(converted)
    assert [page.number for page in document.pages] == [1, 2, 3] and document.reader == "fake"
    assert document.markdown == converted.path.read_text(encoding="utf-8")
    for text in (document.markdown, (converted.folder / "report.html").read_text()):
        assert "This is page 2." in text


def test_files_in_a_pdf_are_told_on_the_first_page_that_is_asked_for(tmp_path: Path) -> None:
    with PdfDocument(blank(tmp_path / "a.pdf", 3)) as pdf:
        pdf.new_attachment("x.txt").set_data(b"x")
        pdf.save(tmp_path / "b.pdf")
    for pages, told in ((None, [1, 0, 0]), ("2-", [1, 0])):
        said = document_of(run(tmp_path / "b.pdf", tmp_path / f"out{pages}", pages=pages)).pages
        assert [page.warnings.count("files in it are not read: 1") for page in said] == told


def test_only_the_pages_asked_for_are_read(tmp_path: Path) -> None:
    reader = FakeReader()
    converted = run(blank(tmp_path / "a.pdf", 9), tmp_path, reader, pages="2-3,8-")
    assert reader.read_pages == [2, 3, 8, 9] and converted.pages == 4
    assert [page.number for page in document_of(converted).pages] == [2, 3, 8, 9]


def test_pages_of_a_picture_file_have_their_figures_cut_out(tmp_path: Path) -> None:
    sheets = [Image.new("RGB", (100, 200), colour) for colour in ("white", "red")]
    sheets[0].save(tmp_path / "a.tif", save_all=True, append_images=sheets[1:])
    says = {"text": "<|ref|>image<|/ref|><|det|>[[0, 0, 500, 250]]<|/det|>"}
    converted = run(tmp_path / "a.tif", tmp_path / "out", FakeReader(says={2: says}))
    (block,) = document_of(converted).pages[1].blocks
    assert block.figure == "images/page-0002-1.png" and block.figure in converted.path.read_text()
    with Image.open(converted.folder / block.figure) as crop:
        assert crop.size == (50, 50) and crop.getpixel((0, 0)) == (255, 0, 0)


def test_figures_are_parsed_if_asked(tmp_path: Path) -> None:
    Image.new("RGB", (100, 200)).save(tmp_path / "a.png")
    says = {"text": "<|ref|>image<|/ref|><|det|>[[0, 0, 500, 250]]<|/det|>"}
    seen: list[tuple[tuple[int, int], str]] = []

    def parse(figure: Image.Image, path: Path) -> str:
        seen.append((figure.size, path.name))
        return "<table><tr><td>7</td></tr></table>"

    converted = run(tmp_path / "a.png", tmp_path / "out", FakeReader(says={1: says}), figures=parse)
    assert seen == [((50, 50), "page-0001-1.png")]
    assert "<td>7</td>" in converted.path.read_text()


@pytest.mark.parametrize("said", [{"status": "failed", "error": "out of ink"}, RuntimeError("out of ink")])
def test_a_page_that_fails_is_listed_and_the_others_are_read(tmp_path: Path, said: object) -> None:
    converted = run(blank(tmp_path / "a.pdf", 4), tmp_path, FakeReader(says={2: said}))
    assert converted.status == "PARTIAL" and converted.incomplete == [2]
    pages = document_of(converted).pages
    assert [page.status for page in pages] == ["SUCCESS", "FAILURE", "SUCCESS", "SUCCESS"]
    assert "out of ink" in pages[1].error and "page 2: " in converted.path.read_text()


def test_a_page_that_cannot_be_put_together_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sokdok.documents.convert import finish as finishing

    def failing(reading: Reading, *rest: Any, **options: Any) -> DocumentPage:
        if "page 2" in reading.text:
            raise RecursionError
        return build(reading, *rest, **options)

    build = finishing.build_page
    monkeypatch.setattr(finishing, "build_page", failing)
    pages = document_of(run(blank(tmp_path / "a.pdf", 3), tmp_path)).pages
    assert [page.status for page in pages] == ["SUCCESS", "FAILURE", "SUCCESS"] and "RecursionError" in pages[1].error


def test_a_page_that_the_reader_passes_over_is_no_lost_page(tmp_path: Path) -> None:
    class Forgetful(FakeReader):
        def read(self, pages: Iterable[Page], *rest: Any, **options: Any) -> Iterator[Reading]:
            return (reading for reading in super().read(pages, *rest, **options) if "2" not in reading.text)

    pages = document_of(run(blank(tmp_path / "a.pdf", 3), tmp_path, Forgetful())).pages
    assert [page.status for page in pages] == ["SUCCESS", "FAILURE", "SUCCESS"]


def test_a_document_of_failures_is_tried_again_and_an_endpoint_that_goes_away_costs_no_page(tmp_path: Path) -> None:
    path = blank(tmp_path / "a.pdf", 4)
    assert run(path, tmp_path, FakeReader(usual={"status": "failed", "error": "no"})).status == "FAILURE"
    with pytest.raises(EndpointError):
        run(path, tmp_path, FakeReader(says={4: EndpointError("gone")}))
    reader = FakeReader()
    assert run(path, tmp_path, reader).status == "SUCCESS" and reader.read_pages == [4]


def test_what_is_done_is_not_read_again_but_for_another_question_or_a_changed_file(tmp_path: Path) -> None:
    path, reader = blank(tmp_path / "a.pdf", 2), FakeReader()
    first = run(path, tmp_path, reader)
    again = run(path, tmp_path, reader)
    assert again == replace(first, skipped=True) and reader.read_pages == [1, 2]
    assert not run(path, tmp_path, reader, redo=True).skipped and reader.read_pages == [1, 2, 1, 2]
    assert not run(path, tmp_path, reader, pages="1").skipped
    blank(path, 3)
    assert run(path, tmp_path, reader).pages == 3


def test_equal_names_do_not_overwrite_each_other(tmp_path: Path) -> None:
    places = [tmp_path / name for name in ("one", "two", "three")]
    for pages, place in enumerate(places, 1):
        place.mkdir()
        blank(place / "report.pdf", pages)
    out = tmp_path / "out"
    assert [run(place / "report.pdf", out).folder.name for place in places] == ["report", "report-2", "report-3"]
    back = [run(place / "report.pdf", out) for place in reversed(places)]
    assert [(converted.folder.name, converted.pages) for converted in back] == [
        ("report-3", 3), ("report-2", 2), ("report", 1),
    ]  # fmt: skip


def test_a_folder_of_the_users_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out" / "a").mkdir(parents=True)
    (tmp_path / "out" / "a" / "mine.txt").write_text("precious")
    assert run(blank(tmp_path / "a.pdf", 1), tmp_path / "out").folder.name == "a-2"
    assert names(tmp_path / "out" / "a") == {"mine.txt"}


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = blank(tmp_path / "a.pdf", 5)
    how = Conversion(Question(batch=2, source="reader"), FakeReader())
    interrupted(path, tmp_path, 3, batch=2)
    assert names(tmp_path / "a") == {JOURNAL}
    watcher = Watcher()
    converted = convert(path, tmp_path, how, watcher)
    assert [page.number for page in watcher.pages] == [4, 5] and watcher.begun[0][1:] == (5, 3)
    assert [page.number for page in document_of(converted).pages] == [1, 2, 3, 4, 5]
    assert JOURNAL not in names(tmp_path / "a")


def test_a_torn_line_of_the_journal_is_read_again_and_one_of_another_question_begins_anew(tmp_path: Path) -> None:
    path = blank(tmp_path / "a.pdf", 4)
    for name, pages in (("fake", [3, 4]), ("another", [1, 2, 3, 4])):
        interrupted(path, tmp_path / name, 3, batch=2)
        journal = tmp_path / name / "a" / JOURNAL
        journal.write_bytes(journal.read_bytes()[:-20])
        reader = FakeReader(name=name)
        converted = run(path, tmp_path / name, reader)
        assert reader.read_pages == pages
        assert [page.number for page in document_of(converted).pages] == [1, 2, 3, 4]


def test_two_runs_do_not_write_one_document_at_once(tmp_path: Path) -> None:
    path = blank(tmp_path / "a.pdf", 3)

    class Nosy(Watcher):
        def page(self, page: DocumentPage) -> None:
            with pytest.raises(InputError, match="being written by another sokdok"):
                run(path, tmp_path, redo=True)
            super().page(page)

    watcher = Nosy()
    how = Conversion(Question(source="reader"), FakeReader())
    assert convert(path, tmp_path, how, watcher).status == "SUCCESS" and len(watcher.pages) == 3


KILLED = """
import sys, time
sys.path[:0] = sys.argv[3:]
from pathlib import Path
from fakes.converting import FakeReader, Watcher
from sokdok.documents.question import Conversion
from sokdok.documents.convert.convert import convert
from sokdok.documents.question import Question

class Slow(FakeReader):
    def read(self, pages, *rest, **options):
        for reading in super().read(pages, *rest, **options):
            time.sleep(0.02)
            yield reading

convert(Path(sys.argv[1]), Path(sys.argv[2]), Conversion(Question(source="reader"), Slow()), Watcher())
"""


@pytest.mark.process
def test_a_run_killed_at_any_moment_is_resumed(tmp_path: Path) -> None:
    path, out = blank(tmp_path / "a.pdf", 60), tmp_path / "out"
    command = [sys.executable, "-c", KILLED, str(path), str(out), *sys.path]
    process = subprocess.Popen(command)
    journal = out / "a" / JOURNAL
    assert wait_until(lambda: journal.exists() and journal.read_bytes().count(b"\n") > 5, 120)
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert names(out / "a") == {JOURNAL}
    reader = FakeReader()
    converted = run(path, out, reader)
    assert [page.number for page in document_of(converted).pages] == list(range(1, 61))
    assert 0 < len(reader.read_pages) <= 56


def test_a_full_disk_is_one_clear_line_and_nothing_half_written(tmp_path: Path, monkeypatch) -> None:
    path, writer = blank(tmp_path / "a.pdf", 3), write.HtmlWriter

    class Full(writer):  # type: ignore[valid-type, misc]
        def add(self, page: DocumentPage) -> None:
            if page.number == 2:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            super().add(page)

    monkeypatch.setattr(write, "HtmlWriter", Full)
    with pytest.raises(SokdokError, match="disk is full.*run the same command again"):
        run(path, tmp_path)
    assert names(tmp_path / "a") == {JOURNAL}
    monkeypatch.undo()
    reader = FakeReader()
    assert run(path, tmp_path, reader).status == "SUCCESS" and reader.read_pages == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_fills_up_while_reading_keeps_what_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sokdok.documents.convert import folder as journal

    def fill(self: journal.Journal, line: str) -> int:
        with open("/dev/full", "wb") as file:
            file.write(line.encode())
        return 0

    path = blank(tmp_path / "a.pdf", 3)
    interrupted(path, tmp_path, 2)
    with monkeypatch.context() as patched:
        patched.setattr(journal.Journal, "_write", fill)
        with pytest.raises(SokdokError, match="disk is full"):
            run(path, tmp_path, FakeReader())
    reader = FakeReader()
    assert run(path, tmp_path, reader).status == "SUCCESS" and reader.read_pages == [3]


@pytest.mark.parametrize("error", [EndpointError("the endpoint went away"), InputError("no such mode")])
def test_errors_for_people_stop_the_run_and_leave_nothing_behind(tmp_path: Path, error: SokdokError) -> None:
    with pytest.raises(type(error)):
        run(blank(tmp_path / "a.pdf", 2), tmp_path / "out", FakeReader(says={1: error}))
    assert not (tmp_path / "out" / "a").exists()


def test_the_manifest_is_the_last_to_come_and_the_first_to_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = blank(tmp_path / "a.pdf", 2)
    run(path, tmp_path)
    assert read_manifest(tmp_path / "a") is not None
    with pytest.raises(EndpointError):
        run(path, tmp_path, FakeReader(says={2: EndpointError("gone")}), redo=True)
    assert read_manifest(tmp_path / "a") is None


def test_a_run_that_reads_nothing_leaves_nothing_or_keeps_its_folder(tmp_path: Path) -> None:
    """A folder that nobody owns would get a second one beside it."""
    path, away = blank(tmp_path / "a.pdf", 1), FakeReader(says={1: EndpointError("away")})
    with pytest.raises(EndpointError):
        run(path, tmp_path / "out", away)
    assert not (tmp_path / "out" / "a").exists()
    run(path, tmp_path / "out")
    with pytest.raises(EndpointError):
        run(path, tmp_path / "out", away, redo=True)
    assert run(path, tmp_path / "out").folder == tmp_path / "out" / "a"
    assert names(tmp_path / "out") == {"a.md", "a.json", "a.html", MANIFEST}


@pytest.mark.parametrize(
    "left", [None, b"", b'{"pa', b'{"path": "/somewh'], ids=["no journal", "empty", "torn", "longer"]
)
def test_a_folder_that_a_kill_left_without_an_owner_is_taken(tmp_path: Path, left: bytes | None) -> None:
    folder = tmp_path / "out" / "a"
    folder.mkdir(parents=True)
    if left is not None:
        (folder / JOURNAL).write_bytes(left)
    assert run(blank(tmp_path / "a.pdf", 1), tmp_path / "out").folder == folder


@pytest.mark.parametrize("data", [b"notes", b'{"path": "/elsewhere"}\n', b'{"of": "another program"}'])
def test_a_journal_of_somebody_elses_is_left_alone(tmp_path: Path, data: bytes) -> None:
    folder = tmp_path / "out" / "a"
    folder.mkdir(parents=True)
    (folder / JOURNAL).write_bytes(data)
    assert run(blank(tmp_path / "a.pdf", 1), tmp_path / "out").folder == tmp_path / "out" / "a-2"
    assert (folder / JOURNAL).read_bytes() == data


def test_what_a_kill_or_another_question_left_is_cleared_away(tmp_path: Path) -> None:
    path = blank(tmp_path / "a.pdf", 1)
    folder = run(path, tmp_path / "out", headers=True).folder
    for name in ("a.json.tmp", "manifest.json.tmp", "images/page-0001-1.png.tmp"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"half")
    run(path, tmp_path / "out")
    assert names(folder) == {"a.md", "a.json", "a.html", MANIFEST} and not (folder / "images").exists()
    (folder / JOURNAL).write_bytes(b'{"path": ')  # the kill came between the manifest and the journal's end
    assert run(path, tmp_path / "out").skipped and not (folder / JOURNAL).exists()


def test_headers_and_footers_are_left_out_unless_asked_for(tmp_path: Path) -> None:
    says = {"text": f"<|ref|>header<|/ref|><|det|>[[0, 0, 999, 50]]<|/det|>\nAnnual report\n{SEEN}"}
    path, reader = blank(tmp_path / "a.pdf", 2), FakeReader(says={1: says, 2: says})
    assert "Annual report" not in run(path, tmp_path, reader).path.read_text()
    assert "Annual report" in run(path, tmp_path, reader, headers=True).path.read_text()


MEASURED = """
import re, sys
from pathlib import Path
from fakes.converting import FakeReader, Watcher
from sokdok.documents.question import Conversion
from sokdok.documents.convert.convert import convert
from sokdok.documents.question import Question

class Quiet(Watcher):
    def page(self, page):
        assert page.evidence == "exact"

reader = FakeReader()
done = convert(Path(sys.argv[1]), Path(sys.argv[2]), Conversion(Question(), reader), Quiet())
assert done.status == "SUCCESS" and not reader.read_pages
peak = re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())  # ru_maxrss counts the parent, too
print(done.pages, int(peak[1]) // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is told by /proc")
def test_a_thousand_exact_pages_take_no_more_memory_than_a_hundred_and_fifty(tmp_path: Path) -> None:
    taken = {}
    for count in (150, 1000):
        pages = [
            [Text(60, 80 + 14 * row, f"Line {row} of page {page} says something of its own.") for row in range(45)]
            for page in range(count)
        ]
        path = write_pdf(tmp_path / f"{count}.pdf", pages)
        command = [sys.executable, "-c", MEASURED, str(path), str(tmp_path / "out")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
        assert int(said[0]) == count
        taken[count] = int(said[1])
    assert taken[1000] < taken[150] + 25, f"megabytes at the peak: {taken}"


def test_strictly_a_page_that_is_not_read_whole_is_an_error(tmp_path: Path) -> None:
    path = blank(tmp_path / "report.pdf", 3)
    assert run(path, tmp_path / "out", strict=True).status == "SUCCESS"
    cut = FakeReader(says={2: {"status": "truncated"}})
    assert run(path, tmp_path / "out", cut, redo=True).status == "PARTIAL"
    with pytest.raises(InputError, match=r"report\.pdf, page 2, is PARTIAL: .* length limit"):
        run(path, tmp_path / "out", cut, redo=True, strict=True)
    assert JOURNAL in names(tmp_path / "out") and MANIFEST not in names(tmp_path / "out")
