from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from fakes.bulk.corpus import LAYERS, write_corpus
from fakes.converting import FakeReader
from fakes.jobs import dying
from sokdok.bulk.engine import Lost, Read
from sokdok.bulk.plan import Unit
from sokdok.bulk.results import Header, read_result
from sokdok.bulk.sources import Item, open_source
from sokdok.bulk.store import open_store
from sokdok.bulk.worker import Worker
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Question
from sokdok.documents.result import convert_file
from sokdok.errors import EndpointError, InputError, SokdokError
from sokdok.jobs import Limits
from sokdok.reasons import say


def unit_of(worker: Worker, corpus: Path, name: str, **more) -> Unit:
    (item,) = [item for item in open_source(str(corpus)).items() if item.path.endswith(name)]
    assert isinstance(item, Item)
    looked = worker.look(0, item)
    values = {"first": 1, "last": looked.pages, "sha256": looked.sha256, "size": looked.size, **more}
    return Unit(
        id="ab" * 16, document="ab" * 16, path=item.path, place=item.place, source=0, pages=looked.pages, **values
    )


def result(worker: Worker, unit: Unit, on_page=lambda number: None) -> tuple[Header, list[DocumentPage]]:
    with TemporaryDirectory() as folder:
        store = open_store(folder)
        assert worker.read_into(store, Read(unit), on_page).mine
        return read_result(store, unit.id)


def test_a_unit_s_pages_are_those_of_convert(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", a=5)
    worker = Worker(LAYERS, [str(corpus)])
    said: list[int] = []
    header, pages = result(worker, unit_of(worker, corpus, "a.pdf", first=2, last=4), said.append)
    whole = convert_file(corpus / "a.pdf", Question(source="text-layer")).pages
    assert [page.number for page in pages] == [2, 3, 4] and said == [2, 3, 4]
    assert [page.blocks[0].text for page in pages] == [page.blocks[0].text for page in whole[1:4]]
    tally = header.tally
    assert (tally.done, tally.failed) == (3, 0) and header.reader == ""
    assert tally.routes["text-layer"].pages == 3 and tally.routes["text-layer"].text_tokens > 15


def test_an_encrypted_file_is_not_asked_for_the_password_that_no_corpus_has(tmp_path: Path, monkeypatch) -> None:
    corpus = write_corpus(tmp_path / "corpus", a=1)
    (item,) = open_source(str(corpus)).items()
    assert isinstance(item, Item)

    def pages_of(worker: Worker, path: Path) -> None:
        raise InputError(say("encrypted", file=str(path), how="with --password"))

    monkeypatch.setattr(Worker, "_pages_of", pages_of)
    reason = Worker(LAYERS, [str(corpus)]).look(0, item).reason
    assert reason == f"{item.path} is encrypted; save a copy without its password"


def test_a_file_that_changed_or_went_is_failed_pages_by_its_own_name(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", a=2)
    worker = Worker(LAYERS, [str(corpus)])
    unit = unit_of(worker, corpus, "a.pdf")
    data = (corpus / "a.pdf").read_bytes()
    for change, says in (
        (lambda path: path.write_bytes(data + b"\n"), "corpus/a.pdf has changed since it was planned"),
        (lambda path: path.write_bytes(data[:-1] + b"X"), "corpus/a.pdf has changed since it was planned"),
        (lambda path: path.unlink(), "no such file"),
    ):
        change(corpus / "a.pdf")
        _, pages = result(worker, unit)
        assert [page.number for page in pages] == [1, 2] and {page.status for page in pages} == {"FAILURE"}
        assert says in pages[0].error


@pytest.mark.parametrize("name", ["a\nb.pdf", "a \t  b.pdf"])
def test_a_name_with_line_ends_leaks_no_path(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"%PDF-1.4 nonsense")
    (item,) = open_source(str(tmp_path)).items()
    assert isinstance(item, Item)
    reason = Worker(LAYERS, [str(tmp_path)]).look(0, item).reason
    assert "can't be opened" in reason and str(tmp_path) not in reason and "\n" not in reason


def test_pages_and_openings_at_which_the_child_dies_are_failed_pages(tmp_path: Path, monkeypatch) -> None:
    corpus = write_corpus(tmp_path / "corpus", a=3)
    worker = Worker(Question(source="reader"), [str(corpus)])
    worker.reader = FakeReader()
    unit = unit_of(worker, corpus, "a.pdf")
    with monkeypatch.context() as patch:
        dying(patch, {1})
        _, pages = result(worker, unit)
    assert [page.status for page in pages] == ["SUCCESS", "FAILURE", "SUCCESS"] and "died" in pages[1].error
    with monkeypatch.context() as patch:
        dying(patch, {0}, "open")
        _, pages = result(worker, unit)
    assert len(pages) == 3 and all("corpus/a.pdf can't be opened" in page.error for page in pages)


def test_a_file_given_up_says_so_of_each_page_that_is_left(tmp_path: Path, monkeypatch) -> None:
    corpus = write_corpus(tmp_path / "corpus", a=5)
    worker = Worker(Question(source="reader", limits=Limits(deaths=1)), [str(corpus)])
    worker.reader = FakeReader()
    unit = unit_of(worker, corpus, "a.pdf")
    dying(monkeypatch, {0})
    _, pages = result(worker, unit)
    assert [page.number for page in pages] == [1, 2, 3, 4, 5] and all(page.status == "FAILURE" for page in pages)
    assert "left alone" in pages[1].error and "left alone" in pages[4].error


def test_what_is_not_the_document_s_fault_is_raised(tmp_path: Path, monkeypatch) -> None:
    corpus = write_corpus(tmp_path / "corpus", a=1)
    worker = Worker(Question(source="reader"), [str(corpus)])
    worker.reader = FakeReader(says={1: EndpointError("the endpoint is gone")})
    with pytest.raises(EndpointError):
        result(worker, unit_of(worker, corpus, "a.pdf"))
    worker.reader = FakeReader(says={1: ValueError("a bug")})
    unit = unit_of(worker, corpus, "a.pdf")
    _, pages = result(worker, unit)
    assert "a bug" in pages[0].error
    monkeypatch.setattr("sokdok.bulk.worker.open_source", _no_room)
    with pytest.raises(SokdokError, match="the disk is full"):
        result(worker, unit)


def _no_room(*arguments, **more):
    raise OSError(28, "No space left on device")


def test_a_later_attempt_reads_only_what_failed(tmp_path: Path, monkeypatch) -> None:
    corpus = write_corpus(tmp_path / "corpus", a=3)
    store = open_store(str(tmp_path / "out"))
    worker = Worker(Question(source="reader"), [str(corpus)])
    worker.reader = FakeReader(says={2: {"status": "failed", "text": "", "error": "busy"}})
    unit = unit_of(worker, corpus, "a.pdf")
    done = worker.read_into(store, Read(unit))
    tally = done.tally
    assert done.mine and (tally.done, tally.failed, tally.reasons) == (2, 1, {"busy": 1})
    assert not worker.read_into(store, Read(unit)).mine
    worker.reader = FakeReader()
    done = worker.read_into(store, Read(unit, attempt=2))
    header, pages = read_result(store, unit.id, 2)
    assert done.mine and (done.tally.done, done.tally.failed) == (3, 0) and worker.reader.read_pages == [2]
    assert [page.number for page in pages] == [1, 2, 3] and header.attempt == 2


def test_a_unit_given_up_later_keeps_what_was_read_before(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", a=3)
    store, worker = open_store(str(tmp_path / "out")), Worker(LAYERS, [str(corpus)])
    unit = unit_of(worker, corpus, "a.pdf")
    tally = worker.read_into(store, Read(unit, without={2: "a worker died"})).tally
    assert (tally.done, tally.failed, tally.reasons) == (2, 1, {"a worker died": 1})
    assert worker.give_up(store, Read(unit, attempt=2), Lost("again", 2)).failed == 1
    header, pages = read_result(store, unit.id, 2)
    assert [page.error for page in pages] == ["", "again", ""] and header.deaths == 2


def test_a_reader_that_does_not_take_what_is_asked_is_refused_before_the_work(tmp_path: Path) -> None:
    assert Worker(LAYERS, []).check() == ""
    assert Worker(Question(), []).check() == "nano"
    with pytest.raises(InputError, match="nano"):
        Worker(Question(mode="gundam"), []).check()
    with pytest.raises(SokdokError):
        Worker(Question(reader="no/such-model"), []).check()
