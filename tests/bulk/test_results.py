import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from sokdok.bulk.results import (
    MOST_REASONS,
    OTHER_REASONS,
    Header,
    Tally,
    add_up,
    attempts,
    decode_result,
    encode_result,
    find_done,
    page_line,
    read_header,
    read_result,
    reason_of,
    result_name,
)
from sokdok.bulk.store import open_store
from sokdok.documents.blocks import Block, Setting, Word
from sokdok.documents.build import failed_page
from sokdok.documents.document import DocumentPage
from sokdok.documents.write.json_file import page_from_json
from sokdok.errors import InputError

UNIT = "ab" + "0" * 30
PAGE = DocumentPage(
    1, 100, 200, (Block("text", (0, 0, 10, 10), "가나 다", setting=Setting(9.5)), Block("table", None, "a"))
)


def header(**more) -> Header:
    return Header(UNIT, 1, "nano", "q", 1.0, 2.0, "host:1", Tally(), **more)


def encoded(header: Header, *pages: DocumentPage) -> bytes:
    return encode_result(header, (page_line(page)[1] for page in pages))


def test_what_can_t_be_written_is_a_failed_page() -> None:
    setting = Setting(float("nan"))
    page = DocumentPage(3, 100, 200, (Block("text", None, "x", setting=setting),))
    failed, line = page_line(page)
    assert failed.status == "FAILURE" and "a place that is no number" in failed.error
    assert page_from_json(line.decode()) == failed
    half = DocumentPage(3, 100, 200, (Block("text", None, "a\ud800b"),))
    assert page_from_json(page_line(half)[1].decode()) == half


def test_a_result_comes_back_whole(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    store.create(result_name(UNIT), encoded(header(deaths=1), PAGE, failed_page(2, "why")))
    found, pages = read_result(store, UNIT)
    assert found == header(deaths=1) and pages == [PAGE, failed_page(2, "why")]
    assert read_header(store, UNIT) == found


@pytest.mark.parametrize("text", ["가나 다", "a\ud800b"])
def test_words_are_left_out(text: str) -> None:
    block = Block("text", (0, 0, 10, 10), text, html="<table></table>", continued=((2, (1, 2, 3, 4)),))
    page = DocumentPage(1, 100, 200, (replace(block, words=(Word(text, (0, 0, 5, 5), 0.5),)),), agreement=0.5)
    kept, line = page_line(page)
    assert kept is page and page_from_json(line.decode()) == replace(page, blocks=(block,))


def test_a_result_cut_off_or_changed_is_damaged() -> None:
    data = encoded(header(), PAGE)
    for wrong in (data[:-3], b"", data[: len(data) // 2] + b"x" + data[len(data) // 2 + 1 :], b"no frame"):
        with pytest.raises(InputError, match=r"results/x is damaged: remove it, and the same run reads"):
            decode_result(wrong, "results/x")


def test_the_highest_attempt_counts(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    for unit, attempt in ((UNIT, 1), (UNIT, 2), (UNIT, 10), ("ff" + UNIT[2:], 1), ("ab" + "1" * 30, 1)):
        store.create(result_name(unit, attempt), b"x")
    store.create("results/ab/notes.txt", b"x")
    assert list(attempts(store)) == [(UNIT, 10), ("ab" + "1" * 30, 1), ("ff" + UNIT[2:], 1)]


def test_reasons_are_counted_without_names_and_numbers() -> None:
    tally = Tally()
    tally.count(failed_page(1, "a/b.pdf can't be opened: 17 objects"), "a/b.pdf")
    tally.count(failed_page(2, "a/c.pdf can't be opened: 3,000 objects"), "a/c.pdf")
    tally.count(PAGE, "a/c.pdf", 0.5, 7)
    assert tally.reasons == {"the file can't be opened: N objects": 2} and (tally.done, tally.failed) == (1, 2)
    assert tally.routes["reader"].pages == 1 and tally.routes["reader"].text_tokens == 7
    assert reason_of("page 3 of 10", "x") == "page N of N"


def test_there_is_an_end_to_different_reasons() -> None:
    tally = Tally()
    for number in range(MOST_REASONS + 10):
        tally.count(failed_page(1, "reason " + "x" * number), "a")
    assert len(tally.reasons) == MOST_REASONS + 1 and tally.reasons[OTHER_REASONS] == 10
    again = Tally()
    add_up(again, tally)
    assert again == tally


def test_units_with_results_are_known_and_others_are_not(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    every = [hashlib.sha256(str(at).encode()).hexdigest()[:32] for at in range(40)]
    every += ["0" * 16 + "1" * 16, "0" * 16 + "2" * 14 + "00", "f" * 32, "0" * 32]
    for unit in every[::2]:
        store.create(result_name(unit), b"")
    store.create(result_name(every[0], 2), b"")
    done = find_done(store)
    assert [unit in done for unit in every] == [True, False] * (len(every) // 2) and done.attempts == {every[0]: 2}
