from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from fakes.bulk.corpus import LAYERS, write_corpus
from sokdok.bulk import segments
from sokdok.bulk.engine import Look, Looked
from sokdok.bulk.plan import MOST_PAGES, Plan, find_plan, page_ranges, question_of, read_skipped, read_units, unit_id
from sokdok.bulk.planning import DUPLICATE, FirstFiles, build_plan
from sokdok.bulk.sources import open_source
from sokdok.bulk.store import open_store
from sokdok.bulk.worker import Worker
from sokdok.documents.question import Question
from sokdok.errors import InputError, SokdokError
from sokdok.jobs import DEFAULTS, Limits


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
    assert "empty" in skipped["f.pdf"].reason
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


def test_a_plan_cut_off_is_told(tmp_path: Path) -> None:
    planned(write_corpus(tmp_path / "corpus", a=1), tmp_path / "out")
    path = tmp_path / "out" / "plan.jsonl.zst"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(InputError, match="damaged"):
        list(read_units(open_store(str(tmp_path / "out"))))


def test_a_planning_that_was_killed_is_taken_up(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT", 3)
    corpus = write_corpus(tmp_path / "corpus", **{f"f{at}": 1 for at in range(10)})
    (corpus / "f5.pdf").write_bytes(b"%PDF-1.4 nonsense")
    store, worker, asked = open_store(str(tmp_path / "out")), Worker(LAYERS, [str(corpus)]), []

    def plan(most: int = 100, limits: Limits = DEFAULTS) -> Plan:
        asked.clear()

        def look(jobs: Iterable[Look]) -> Iterator[tuple[Look, Looked]]:
            for job in jobs:
                if len(asked) == most:
                    raise KeyboardInterrupt
                asked.append(job.item.path)
                yield job, worker.look(job.source, job.item)

        return build_plan(store, LAYERS, [open_source(str(corpus))], look, limits=limits)

    with pytest.raises(KeyboardInterrupt):
        plan(8)
    with pytest.raises(KeyboardInterrupt):
        plan(0)
    with pytest.raises(KeyboardInterrupt):
        plan(0, Limits(seconds=1))  # under other limits all is looked at
    assert len(list(store.names("looked/"))) == 2
    (corpus / "f9.pdf").rename(corpus / "f10.pdf")  # behind f1
    found = plan()
    assert asked == [f"corpus/f{at}.pdf" for at in (10, 2, 3, 4, 5, 6, 7, 8)] and not list(store.names("looked/"))
    assert (found.documents, found.skipped) == (9, 1)
    planned(corpus, tmp_path / "anew")
    assert (tmp_path / "anew/plan.jsonl.zst").read_bytes() == (tmp_path / "out/plan.jsonl.zst").read_bytes()


def test_no_room_for_hashes_is_one_line() -> None:
    with FirstFiles() as files:
        assert files.first("ab" * 32, "a") is None and files.first("ab" * 32, "b") == "a"
        files._database.execute("PRAGMA max_page_count = 1")
        with pytest.raises(SokdokError, match="make room there"):
            for at in range(10_000):
                files.first(hashlib.sha256(str(at).encode()).hexdigest(), "a" * 100)
