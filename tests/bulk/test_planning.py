"""What a plan holds, and what it says that a run will take."""

import hashlib
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from fakes.bulk.corpus import LAYERS, setup_of, write_corpus
from fakes.bulk.here import Here
from fakes.bulk.runs import Made, write_run
from sokdok.bulk import planning
from sokdok.bulk.engine import Look, Looked
from sokdok.bulk.plan import MOST_PAGES, Plan, find_plan, page_ranges, question_of, read_skipped, read_units, unit_id
from sokdok.bulk.planning import DUPLICATE, Register, build_plan, changes
from sokdok.bulk.results import attempts, decode_result, encode_result, page_line, read_header, result_name
from sokdok.bulk.run import Watcher, run
from sokdok.bulk.sources import open_source
from sokdok.bulk.status import estimate, speed_of_run
from sokdok.bulk.store import open_store
from sokdok.bulk.worker import Worker
from sokdok.documents.convert import convert
from sokdok.documents.question import Question
from sokdok.errors import InputError, SokdokError


def planned(corpus: Path, destination: Path, question: Question = LAYERS) -> Plan:
    worker = Worker(question, [str(corpus)])

    def look(jobs: Iterable[Look]) -> Iterator[tuple[Look, Looked]]:
        found = [(job, worker.look(job.source, job.item)) for job in jobs]
        yield from reversed(found)

    return build_plan(open_store(str(destination)), question, [open_source(str(corpus))], look)


def test_a_plan_has_every_page_once_in_the_order_of_the_source(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", b=2, a=70, c__d=1)
    plan = planned(corpus, tmp_path / "out")
    store = open_store(str(tmp_path / "out"))
    assert find_plan(store) == plan and (plan.documents, plan.units, plan.pages, plan.skipped) == (3, 5, 73, 0)
    units = list(read_units(store))
    assert [(unit.path, unit.first, unit.last) for unit in units] == [
        *(("corpus/a.pdf", first, last) for first, last in page_ranges(70)),
        ("corpus/b.pdf", 1, 2),
        ("corpus/c/d.pdf", 1, 1),
    ]
    data = (corpus / "a.pdf").read_bytes()
    assert units[0].sha256 == hashlib.sha256(data).hexdigest() and units[0].size == len(data) and units[0].pages == 70
    assert len({unit.id for unit in units}) == 5 and {unit.document for unit in units[:3]} == {units[0].sha256[:32]}
    assert question_of(plan) == LAYERS


def test_a_unit_is_named_by_bytes_pages_and_question() -> None:
    same = unit_id("ab" * 32, 1, 32, "q")
    assert same == unit_id("ab" * 32, 1, 32, "q") and len(same) == 32
    others = {unit_id("ac" * 32, 1, 32, "q"), unit_id("ab" * 32, 1, 31, "q"), unit_id("ab" * 32, 1, 32, "r")}
    assert len({same, *others, unit_id("ab" * 32, 11, 32, "q")}) == 5


@pytest.mark.parametrize("pages", [0, 1, 31, 32, 33, 64, 65, 1000])
def test_ranges_cover_each_page_once_and_are_equally_long(pages: int) -> None:
    ranges = list(page_ranges(pages))
    assert [number for first, last in ranges for number in range(first, last + 1)] == [*range(1, pages + 1)]
    lengths = {last - first + 1 for first, last in ranges}
    assert not lengths or (max(lengths) <= MOST_PAGES and max(lengths) - min(lengths) <= 1)


def test_what_has_no_unit_says_why(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", a=1, b=1)
    (corpus / "c.pdf").write_bytes((corpus / "a.pdf").read_bytes())
    (corpus / "d.pdf").write_bytes((corpus / "a.pdf").read_bytes()[:200])
    (corpus / "e.bin").write_bytes(b"\x00\x01" * 100)
    (corpus / "f.pdf").write_bytes(b"")
    (corpus / "g.doc").write_bytes(b"{\\rtf1 hello}")
    plan = planned(corpus, tmp_path / "out")
    skipped = {row.path.removeprefix("corpus/"): row for row in read_skipped(open_store(str(tmp_path / "out")))}
    assert (plan.documents, plan.pages, plan.skipped) == (2, 2, 5) and len(skipped) == 5
    assert skipped["c.pdf"].reason == DUPLICATE and skipped["c.pdf"].same_as == "corpus/a.pdf"
    assert "can't be opened" in skipped["d.pdf"].reason and skipped["d.pdf"].sha256
    assert skipped["e.bin"].reason == "it is no document"
    assert skipped["f.pdf"].reason == "corpus/f.pdf is empty (0 bytes)"
    assert str(tmp_path) not in "".join(row.reason for row in skipped.values())


def test_a_source_without_documents_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    with pytest.raises(InputError, match="there are no documents in"):
        planned(tmp_path / "corpus", tmp_path / "out")
    (tmp_path / "corpus" / "a.bin").write_bytes(b"\x00\x01" * 100)
    with pytest.raises(InputError, match="1 file is none that can be opened"):
        planned(tmp_path / "corpus", tmp_path / "out")
    assert find_plan(open_store(str(tmp_path / "out"))) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b'{"version": 1}', "of version 1 of the format, and this sokdok writes 2: finish it with"),
        (b"{", "damaged"),
        (b"[]", "damaged"),
        (b'{"version": 2}', "damaged"),
    ],
)
def test_a_plan_of_another_version_or_damaged_is_refused(tmp_path: Path, text: bytes, says: str) -> None:
    store = open_store(str(tmp_path))
    store.create("bulk.json", text)
    with pytest.raises(InputError, match=says):
        find_plan(store)
    planned(write_corpus(tmp_path / "corpus", a=1), tmp_path / "out")
    path = tmp_path / "out" / "plan.jsonl.zst"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(InputError, match="damaged"):
        list(read_units(open_store(str(tmp_path / "out"))))


class Planning:
    """A planning that says which files were looked at, and may be killed after some."""

    def __init__(self, corpus: Path, out: Path) -> None:
        self.corpus, self.store, self.asked = corpus, open_store(str(out)), list[str]()
        self._worker = Worker(LAYERS, [str(corpus)])

    def __call__(self, most: int = 10_000, *, update: bool = False) -> Plan:
        self.asked.clear()

        def look(jobs: Iterable[Look]) -> Iterator[tuple[Look, Looked]]:
            for job in jobs:
                if len(self.asked) == most:
                    raise KeyboardInterrupt
                self.asked.append(job.item.path.removeprefix(f"{self.corpus.name}/"))
                yield job, self._worker.look(job.source, job.item)

        sources = [open_source(str(self.corpus))]
        return build_plan(self.store, LAYERS, sources, look, update=update)


def test_a_planning_that_was_killed_is_taken_up(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(planning, "SEGMENT", 3)
    corpus = write_corpus(tmp_path / "corpus", **{f"f{at}": 1 for at in range(10)})
    (corpus / "f5.pdf").write_bytes(b"%PDF-1.4 nonsense")
    plan = Planning(corpus, tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        plan(8)
    with pytest.raises(KeyboardInterrupt):
        plan(0)
    assert len(list(plan.store.names("looked/"))) == 2
    (corpus / "f9.pdf").rename(corpus / "f10.pdf")  # behind f1
    found = plan()
    # Of six files it is known what they are; what could not be opened is tried again.
    assert plan.asked == ["f10.pdf", *(f"f{at}.pdf" for at in (5, 6, 7, 8))]
    assert (found.documents, found.skipped) == (9, 1)
    planned(corpus, tmp_path / "anew")
    assert (tmp_path / "anew/plan.jsonl.zst").read_bytes() == (tmp_path / "out/plan.jsonl.zst").read_bytes()


def test_an_update_looks_at_what_is_new_or_changed_alone(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", **{f"f{at}": 2 for at in range(9)})
    (corpus / "copy.pdf").write_bytes((corpus / "f3.pdf").read_bytes())
    plan, source = Planning(corpus, tmp_path / "out"), [open_source(str(corpus))]
    before = plan()
    units = {unit.path: unit.id for unit in read_units(plan.store)}
    assert changes(plan.store, before, source) == (0, 0)
    write_corpus(corpus, f2=3, new=1)
    (corpus / "f5.pdf").unlink()
    (corpus / "copy.pdf").unlink()
    assert changes(plan.store, before, source) == (2, 3)  # f2 and new; f2, f5 and the copy
    assert find_plan(plan.store) == before
    after = plan(update=True)
    assert plan.asked == ["f2.pdf", "new.pdf"] and after.updated and find_plan(plan.store) == after
    assert (after.documents, after.pages, after.skipped) == (9, 18, 0)
    kept = {unit.id for unit in read_units(plan.store)} & set(units.values())
    assert len(kept) == 7  # f0, f1, f3 (which the copy stood for), f4, f6, f7, f8: their results go on to count
    assert changes(plan.store, after, source) == (0, 0)


def test_an_update_that_finds_nothing_leaves_the_plan(tmp_path: Path) -> None:
    plan = Planning(write_corpus(tmp_path / "corpus", a=1), tmp_path / "out")
    before = plan()
    (tmp_path / "corpus/a.pdf").unlink()
    with pytest.raises(InputError, match="there are no documents"):
        plan(update=True)
    assert find_plan(plan.store) == before


def test_no_room_for_hashes_is_one_line(tmp_path: Path) -> None:
    with closing(Register(open_store(str(tmp_path)))) as files:
        assert files.first("ab" * 32, "a") is None and files.first("ab" * 32, "b") == "a"
        files._database.execute("PRAGMA max_page_count = 1")
        with pytest.raises(SokdokError, match="make room"):
            for at in range(10_000):
                files.first(hashlib.sha256(str(at).encode()).hexdigest(), "a" * 100)


def test_workers_read_beside_each_other_and_open_their_reader_once(tmp_path: Path) -> None:
    store = write_run(tmp_path, [Made(f"{at}.pdf", ["a page"] * 10) for at in range(7)])
    workers = [*zip("aaaa", (30, 5, 5, 5), strict=True), *zip("bbb", (30, 5, 5), strict=True)]
    for at, ((unit, _), (worker, seconds)) in enumerate(zip(list(attempts(store)), workers, strict=True)):
        header, pages = decode_result(store.read(result_name(unit)), unit)
        header = msgspec.structs.replace(header, worker=worker, seconds=seconds, started=at)
        store.replace(result_name(unit), encode_result(header, [page_line(page)[1] for page in pages]))
    speed = speed_of_run(store)
    assert speed == {"pages_per_second": pytest.approx(4), "workers": 2, "pages": 50, "by": "clock"}
    assert estimate(4, 28_800, hours=0.5, price=3.0) == {
        "pages": 28_800, "nodes": 4, "hours": 0.5, "node_hours": 2.0, "dollars": 6.0,
    }  # fmt: skip
    with pytest.raises(InputError, match="nothing is measured"):
        speed_of_run(write_run(tmp_path / "unread", [Made("a.pdf", ["a page"])]))


@pytest.mark.process
def test_a_busy_clock_does_not_count_where_the_machine_itself_computes(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", **{f"slow{at}": 6 for at in range(6)})

    def dawdling(*arguments):  # on a machine that does something else most of the time
        for page in read(*arguments):
            time.sleep(0.1)
            yield page

    read = convert.read_pages
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sokdok.bulk.worker.read_pages", dawdling)
        run(setup_of(corpus, tmp_path / "out"), Here, Watcher())
    store = open_store(str(tmp_path / "out"))
    headers = [read_header(store, unit) for unit, _ in attempts(store)]
    assert all(0 < header.processor < header.seconds for header in headers)
    speed, clock = speed_of_run(store), sum(header.tally.pages for header in headers) / sum(h.seconds for h in headers)
    assert speed["by"] == "cores" and speed["pages_per_second"] > 2 * clock
