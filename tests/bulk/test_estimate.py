"""The speed of a node, from what its workers wrote."""

import time
from pathlib import Path

import msgspec
import pytest

from fakes.bulk.corpus import setup_of, write_corpus
from fakes.bulk.here import Here
from fakes.bulk.runs import Made, write_run
from sokdok.bulk.estimate import estimate, speed_of_run
from sokdok.bulk.results import attempts, decode_result, encode_result, page_line, read_header, result_name
from sokdok.bulk.run import Watcher, run
from sokdok.bulk.store import open_store
from sokdok.documents.convert import convert
from sokdok.errors import InputError


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
