"""Any output of a reader becomes a page: its blocks in pixels, how sure they are, and what was wrong."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakes.documents import OUTPUTS, reading
from sokdok.documents.build import build_page, failed_page
from sokdok.documents.document import Block, Document, Status
from sokdok.documents.write import to_html, to_json, to_markdown, to_text
from sokdok.documents.write.json_file import from_json
from sokdok.reading.reading import Span

MARKED = (
    "<|ref|>title<|/ref|><|det|>[[100, 50, 900, 90]]<|/det|>\n# 보고서\n\n"
    "<|ref|>text<|/ref|><|det|>[[100, 200, 400, 300], [500, 200, 800, 350]]<|/det|>\nfirst words\n\n"
    "<|ref|>table<|/ref|><|det|>[[0, 500, 999, 700]]<|/det|>\n<table><tr><td onclick=x>1</td><td>2</td></tr></table>\n"
)


def test_blocks_are_in_pixels_of_the_page() -> None:
    page = build_page(reading(MARKED, mode="small", vision_tokens=100, seconds=2.5), 999, 1998, 3, reader="nano")
    assert (page.number, page.width, page.height, page.reader, page.mode) == (3, 999, 1998, "nano", "small")
    assert (page.status, page.error, page.warnings, page.vision_tokens, page.seconds) == ("SUCCESS", "", (), 100, 2.5)
    assert page.blocks == (
        Block("title", (100, 100, 900, 180), "# 보고서"),
        Block("text", (100, 400, 800, 700), "first words"),  # around both boxes
        Block("table", (0, 1000, 999, 1400), "1\t2", "<table><tr><td>1</td><td>2</td></tr></table>"),
    )


def test_every_box_of_a_picture_is_a_picture() -> None:
    page = build_page(reading("<|det|>image [[0, 0, 500, 500], [500, 0, 999, 500]]<|/det|>two cats"), 999, 999, 1)
    assert page.blocks == (Block("image", (0, 0, 500, 500), "two cats"), Block("image", (500, 0, 999, 500), ""))


def test_text_without_marks_is_parted_as_markdown() -> None:
    page = build_page(reading("# 제목\n\n- a\n- b\n\n$$x^2$$\n\n|a|b|\n|-|-|\n|1|2|"), 10, 10, 1)
    assert [(block.kind, block.text) for block in page.blocks] == [
        ("title", "# 제목"),
        ("list", "- a\n- b"),
        ("formula", "x^2"),
        ("table", "a\tb\n1\t2"),
    ]


@pytest.mark.parametrize(
    ("status", "text", "error", "expected", "said"),
    [
        ("truncated", "a", "", "PARTIAL", "length limit"),
        ("looped", "a a a a", "", "PARTIAL", "repetition"),
        ("failed", "", "no answer after 60 s", "FAILURE", "no answer after 60 s"),
        ("failed", "", "", "FAILURE", "the reader failed"),
    ],
)
def test_what_went_wrong_is_the_pages_error(status: str, text: str, error: str, expected: Status, said: str) -> None:
    page = build_page(reading(text, status, error=error), 10, 10, 1)
    assert page.status == expected
    assert said in page.error
    assert page.warnings == ()


def test_a_blank_page_is_a_success_with_a_warning() -> None:
    page = build_page(reading(" \n"), 10, 10, 1)
    assert (page.status, page.blocks) == ("SUCCESS", ())
    assert page.warnings == ("the reader found nothing on this page",)


def test_several_pages_in_one_output_are_kept_as_one() -> None:
    page = build_page(reading("<PAGE>a<PAGE>b"), 10, 10, 1)
    assert [block.text for block in page.blocks] == ["a", "b"]
    assert "2 pages" in page.warnings[0]


def test_warnings_of_the_grammar_are_kept() -> None:
    assert build_page(reading("<|ref|>text"), 10, 10, 1).warnings[0].startswith("character 7: the output ends within")


@pytest.mark.parametrize("size", [(1, 1), (0, 0), (30_000, 1)])
def test_boxes_of_tiny_pages_stay_within_them(size: tuple[int, int]) -> None:
    page = build_page(reading("<|det|>image [999, 999, 999, 999]<|/det|><|det|>text [0, 0, 1, 1]<|/det|>a"), *size, 1)
    for block in page.blocks:
        assert block.box is not None
        left, top, right, bottom = block.box
        assert 0 <= left <= right <= size[0] and 0 <= top <= bottom <= size[1]
        assert (right - left, bottom - top) >= (min(1, size[0]), min(1, size[1]))


def test_confidence_is_the_pages_but_where_a_weak_span_covers_the_block() -> None:
    start = MARKED.index("first words")
    span = Span(start, start + 5, math.log(0.25))
    blocks = build_page(reading(MARKED, mean_logprob=math.log(0.9), weak_spans=(span,)), 9, 9, 1).blocks
    assert blocks[0].confidence == pytest.approx(0.9)
    assert blocks[2].confidence == pytest.approx(0.9)
    length = len("\nfirst words\n\n")
    expected = math.exp((5 * math.log(0.25) + (length - 5) * math.log(0.9)) / length)
    assert blocks[1].confidence == pytest.approx(expected)


def test_weak_coordinates_do_not_count_against_the_text() -> None:
    span = Span(MARKED.index("[[100, 200"), MARKED.index("first words") - 1, -5.0)
    blocks = build_page(reading(MARKED, mean_logprob=-0.1, weak_spans=(span,)), 9, 9, 1).blocks
    assert blocks[1].confidence == pytest.approx(math.exp(-0.1))


@pytest.mark.parametrize("mean", [0.0, math.nan])
def test_a_reader_that_does_not_say_how_sure_it_is_has_no_confidence(mean: float) -> None:
    page = build_page(reading(MARKED, mean_logprob=mean), 9, 9, 1)
    assert page.confidence is None and page.blocks[0].confidence is None


def test_a_page_that_could_not_be_opened_is_listed() -> None:
    page = failed_page(4, "the file ends here")
    assert (page.number, page.status, page.error, page.blocks) == (4, "FAILURE", "the file ends here", ())
    assert failed_page(1, "").error


@given(
    text=OUTPUTS | st.text(st.characters()),
    status=st.sampled_from(["ok", "truncated", "looped", "failed"]),
    mean=st.floats(),
    spans=st.lists(st.builds(Span, st.integers(-5, 300), st.integers(-5, 300), st.floats()), max_size=4).map(tuple),
    size=st.tuples(st.integers(0, 3000), st.integers(0, 3000)),
)
@example("\ud800", "ok", -1.0, (), (1, 1))
@settings(deadline=None, max_examples=120)
def test_every_output_is_a_page_that_can_be_written(
    text: str, status: str, mean: float, spans: tuple[Span, ...], size: tuple[int, int]
) -> None:
    page = build_page(reading(text, status, mean_logprob=mean, weak_spans=spans), *size, 1)
    document = Document("a", "a.pdf", (page,))
    for written in (to_text(document), to_markdown(document), to_html(document), to_json(document)):
        written.encode()
    assert from_json(to_json(document)) == document
    assert all(block.confidence is None or 0 <= block.confidence <= 1 for block in page.blocks)


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<")))
@settings(deadline=None)
def test_no_text_without_tags_is_lost(text: str) -> None:
    page = build_page(reading(text), 10, 10, 1)
    kept = "".join("".join(block.text.split()) for block in page.blocks if block.kind not in ("formula", "table"))
    if not any(block.kind in ("formula", "table") for block in page.blocks):
        assert kept == "".join(text.split())
