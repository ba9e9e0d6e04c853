"""Any output of a reader becomes a page: its blocks in pixels, how sure they are, and what was wrong."""

import math
import re
import time
from dataclasses import astuple
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakes.documents import OUTPUTS, reading
from sokdok.documents.blocks import Block
from sokdok.documents.build import MarkedBlock, MarkedBox, Parsed, build_page, failed_page, parse_markup, to_pixels
from sokdok.documents.result import Document, from_json
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


def test_what_went_wrong_is_the_pages_error(subtests: pytest.Subtests) -> None:
    for status, text, error, expected, said in (
        ("truncated", "a", "", "PARTIAL", "length limit"),
        ("looped", "a a a a", "", "PARTIAL", "repetition"),
        ("failed", "", "no answer after 60 s", "FAILURE", "no answer after 60 s"),
        ("failed", "", "", "FAILURE", "the reader failed"),
    ):
        with subtests.test(status=status, error=error):
            page = build_page(reading(text, status, error=error), 10, 10, 1)
            assert page.status == expected
            assert said in page.error
            assert page.warnings == ()


def test_a_blank_page_is_a_success_with_a_warning_and_several_pages_are_kept_as_one() -> None:
    page = build_page(reading(" \n"), 10, 10, 1)
    assert (page.status, page.blocks) == ("SUCCESS", ())
    assert page.warnings == ("the reader found nothing on this page",)
    page = build_page(reading("<PAGE>a<PAGE>b<|ref|>text"), 10, 10, 1)
    assert [block.text for block in page.blocks][:2] == ["a", "b"]
    assert any("2 pages" in said for said in page.warnings) and "the output ends within" in " ".join(page.warnings)


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
    span = Span(MARKED.index("[[100, 200"), MARKED.index("first words") - 1, -5.0)  # coordinates do not count
    blocks = build_page(reading(MARKED, mean_logprob=-0.1, weak_spans=(span,)), 9, 9, 1).blocks
    assert blocks[1].confidence == pytest.approx(math.exp(-0.1))
    for mean in (0.0, math.nan):  # a reader that does not say how sure it is
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
    for written in (document.text, document.markdown, document.html, document.json):
        written.encode()
    assert from_json(document.json) == document
    assert all(block.confidence is None or 0 <= block.confidence <= 1 for block in page.blocks)


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<")))
@settings(deadline=None)
def test_no_text_without_tags_is_lost(text: str) -> None:
    page = build_page(reading(text), 10, 10, 1)
    kept = "".join("".join(block.text.split()) for block in page.blocks if block.kind not in ("formula", "table"))
    if not any(block.kind in ("formula", "table") for block in page.blocks):
        assert kept == "".join(text.split())


DEEPSEEK = Path(__file__).with_name("deepseek.txt").read_text(encoding="utf-8")
UNLIMITED = """<PAGE>
<|det|>header [100, 36, 400, 70]<|/det|>Example AG
<|det|>title [64, 56, 945, 131]<|/det|>A global view
<|det|>image [48, 58, 930, 660]<|/det|>
<PAGE>
<|det|>text [64, 183, 341, 197]<|/det|>one
two
<|det|>page_number [489, 938, 511, 952]<|/det|>12
"""
LINES = """<|ref|>합계: 1,234원<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>
<|ref|>Total due<|/ref|><|det|>[[5, 6, 7, 8], [9, 9, 10, 10]]<|/det|>
"""


def words(parsed: Parsed) -> str:
    return "\n\n".join(block.text for block in parsed.blocks)


def only(parsed: Parsed) -> MarkedBlock:
    (block,) = parsed.blocks
    return block


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        (
            DEEPSEEK,
            [
                [
                    ("title", [(330, 198, 559, 230)], "# 연간 보고서"),
                    ("text", [(120, 68, 270, 82)], "Gemäss Ausgabe gilt"),
                    ("sub_title", [(115, 240, 400, 260)], "Results"),
                    ("image", [(118, 83, 740, 344), (750, 83, 999, 344)], ""),
                    ("table", [(118, 400, 740, 600)], '<table><tr><td rowspan="2">a</td><td></td></tr></table>'),
                    ("equation", [(120, 138, 402, 163)], "\\[f'(s) = [1, 2, 3, 4]\\]"),
                ]
            ],
        ),
        (
            UNLIMITED,
            [
                [
                    ("header", [(100, 36, 400, 70)], "Example AG"),
                    ("title", [(64, 56, 945, 131)], "A global view"),
                    ("image", [(48, 58, 930, 660)], ""),
                ],
                [("text", [(64, 183, 341, 197)], "one\ntwo"), ("page_number", [(489, 938, 511, 952)], "12")],
            ],
        ),
        (LINES, [[("line", [(1, 2, 3, 4)], "합계: 1,234원"), ("line", [(5, 6, 7, 8), (9, 9, 10, 10)], "Total due")]]),
    ],
    ids=["DeepSeek", "Unlimited", "lines between their marks"],
)
def test_blocks_of_the_families(text: str, pages: list) -> None:
    parsed = parse_markup(text)
    found = [[(block.kind, list(map(astuple, block.boxes)), block.text) for block in page] for page in parsed.pages]
    assert found == pages and parsed.warnings == () and parsed.blocks == sum(parsed.pages, ())


def test_an_unknown_label_is_a_label_if_text_follows() -> None:
    assert only(parse_markup("<|ref|>seal<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\n인감")).kind == "seal"
    assert only(parse_markup("<|ref|>seal<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\n")).kind == "line"
    assert only(parse_markup("<|det|>seal [1, 2, 3, 4]<|/det|>")).kind == "seal"  # no room for a line here


def test_plain_text_is_one_block_without_a_box() -> None:
    assert parse_markup("one\n\n두 번째\n") == Parsed(((MarkedBlock("text", (), "one\n\n두 번째"),),), ())
    assert parse_markup("text first <|det|>text [1, 2, 3, 4]<|/det|>x").blocks[0] == MarkedBlock(
        "text", (), "text first"
    )


def test_nothing_is_one_empty_page() -> None:
    assert parse_markup("") == parse_markup(" \n") == Parsed(((),), ())


def test_page_marks_open_pages(subtests: pytest.Subtests) -> None:
    for text, pages in (
        ("a<PAGE>b", 2),  # between pages
        ("<PAGE>a<PAGE>b", 2),  # before each
        ("<PAGE>\n<PAGE>b", 2),  # the first is blank
        ("a<PAGE>", 2),
    ):
        with subtests.test(text=text):
            assert len(parse_markup(text).pages) == pages


@pytest.mark.parametrize(
    "boxes",
    [
        "[[1, 2, 3, 4]]",
        "[1,2,3,4]",
        "[[[1, 2, 3, 4]]]",
        " [[1 ,2\n,3, 4]] ",
        "[[1.0, 2.9, 3.5, 4]]",
        "[[001, 2, 3, 4]]",
    ],
)
def test_ways_to_write_a_box(boxes: str) -> None:
    parsed = parse_markup(f"<|ref|>text<|/ref|><|det|>{boxes}<|/det|>\nx")
    assert parsed == Parsed(((MarkedBlock("text", (MarkedBox(1, 2, 3, 4),), "x"),),), ())


def test_impossible_boxes_are_mended_with_a_warning(subtests: pytest.Subtests) -> None:
    for boxes, expected, warning in (
        ("[[-5, 0, 1000, 999]]", MarkedBox(0, 0, 999, 999), "box [-5, 0, 1000, 999] reaches beyond 0 to 999"),
        ("[[300, 20, 10, 40]]", MarkedBox(10, 20, 300, 40), "box [300, 20, 10, 40] has its corners swapped"),
        ("[[10, 40, 300, 20]]", MarkedBox(10, 20, 300, 40), "box [10, 40, 300, 20] has its corners swapped"),
    ):
        with subtests.test(boxes=boxes):
            parsed = parse_markup(f"<|ref|>text<|/ref|><|det|>{boxes}<|/det|>\nx")
            assert only(parsed) == MarkedBlock("text", (expected,), "x")
            assert parsed.warnings == (f"character 27: {warning}",)


@pytest.mark.parametrize(
    "content",
    [
        *("[[1, 2, 3]]", "", "title", "[[1, 2, 3, 4], [5, 6]]", "[[a, b, c, d], [1, 2, 3, 4]]", "<b> [1, 2, 3, 4]"),
        *("__import__('os').system('false')", "[__import__('os').getcwd(), 1, 2, 3]", f"[[{'9' * 5000}, 2, 3, 4]]"),
    ],
)
def test_what_is_no_list_of_boxes_is_left_out_with_a_warning(content: str) -> None:
    parsed = parse_markup(f"<|det|>{content}<|/det|>body")
    assert only(parsed).text == "body"
    assert all(box == MarkedBox(1, 2, 3, 4) for box in only(parsed).boxes)
    (warning,) = parsed.warnings
    assert warning.startswith("character 7: no label and list of boxes: ") and len(warning) < 100


@pytest.mark.parametrize(
    ("text", "blocks", "warnings"),
    [
        ("a\n<|ref|>ti", [MarkedBlock("text", (), "a")], ["character 9: the output ends within <|ref|>"]),
        ("<|ref|>image<|/ref|>", [], ["character 20: a block without a box"]),
        ("<|ref|>합계<|/ref|>", [MarkedBlock("line", (), "합계")], ["character 17: a block without a box"]),
        ("<|ref|>text<|/ref|><|det|>[[1, 2", [], ["character 26: the output ends within <|det|>"]),
        (
            "<|ref|>text<|/ref|><|det|>[[1, 2, 3, 4], [5, ",
            [MarkedBlock("text", (MarkedBox(1, 2, 3, 4),), "")],
            ["character 26: the output ends within <|det|>"],
        ),
        (
            "<|det|>text [1, 2, 3, 4]<|/det|>a<|det|>te",
            [MarkedBlock("text", (MarkedBox(1, 2, 3, 4),), "a")],
            ["character 40: the output ends within <|det|>"],
        ),
        ("<|ref|>합계: 1,2", [MarkedBlock("text", (), "합계: 1,2")], ["character 7: the output ends within <|ref|>"]),
        (
            "<|det|>text [1, 2, 3, 4]\n12",
            [MarkedBlock("text", (MarkedBox(1, 2, 3, 4),), "12")],
            ["character 7: the output ends within <|det|>"],
        ),
    ],
)
def test_truncated_outputs_keep_what_is_whole(text: str, blocks: list[MarkedBlock], warnings: list[str]) -> None:
    parsed = parse_markup(text)
    assert list(parsed.blocks) == blocks
    assert list(parsed.warnings) == warnings


@pytest.mark.parametrize(
    ("text", "blocks", "warnings"),
    [
        ("a<|/ref|>b<|/det|>", [MarkedBlock("text", (), "ab")], ["<|/ref|> closes nothing", "<|/det|> closes nothing"]),
        (
            "<|ref|>lost <|ref|>text<|/ref|><|det|>[1, 2, 3, 4]<|/det|>x",
            [MarkedBlock("text", (), "lost"), MarkedBlock("text", (MarkedBox(1, 2, 3, 4),), "x")],
            ["<|ref|> is not closed"],
        ),
        (
            "<|det|>title [1, 2, 3, 4]]\n2024 <|det|>text [1, 2, 3, 4]<|/det|>x",
            [
                MarkedBlock("title", (MarkedBox(1, 2, 3, 4),), "2024"),
                MarkedBlock("text", (MarkedBox(1, 2, 3, 4),), "x"),
            ],
            ["<|det|> is not closed"],
        ),
        ("<|ref|>text<|/ref|>\nx", [MarkedBlock("text", (), "x")], ["a block without a box"]),
        (
            "<|ref|>text<|/ref|>x<|det|>[1, 2, 3, 4]<|/det|>y",
            [MarkedBlock("text", (), "x"), MarkedBlock("text", (MarkedBox(1, 2, 3, 4),), "y")],
            ["a block without a box"],
        ),
    ],
)
def test_misplaced_marks_cost_no_text(text: str, blocks: list[MarkedBlock], warnings: list[str]) -> None:
    parsed = parse_markup(text)
    assert list(parsed.blocks) == blocks
    assert [warning.partition(": ")[2] for warning in parsed.warnings] == warnings


@pytest.mark.parametrize(
    ("size", "pixels"),
    [((999, 999), (1, 500, 998, 999)), ((1654, 2339), (1, 1170, 1652, 2339)), ((1, 1), (0, 0, 0, 1))],
)
def test_pixels_are_rounded_as_published(size: tuple[int, int], pixels: tuple[int, int, int, int]) -> None:
    assert to_pixels(MarkedBox(1, 500, 998, 999), *size) == pixels
    assert pixels[2] == int(998 / 999 * size[0])


PIECES = st.sampled_from(
    ["<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "<PAGE>", "title", "image", *"[]\n", "[[1, 2, 3, 4]]", "[9,9,1,"]
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A valid output with a few stretches cut out, doubled or overwritten."""
    text = draw(st.sampled_from([DEEPSEEK, UNLIMITED, LINES]))
    for _ in range(draw(st.integers(1, 5))):
        start, end = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
        filling = draw(PIECES | st.text(max_size=5) | st.just(text[start:end] * 2))
        text = text[:start] + filling + text[end:]
    return text


@given(text=mutated() | st.text() | st.lists(PIECES | st.text(max_size=3)).map("".join))
@example("<|ref|>\ud800")
@settings(deadline=None, max_examples=300)
def test_every_string_has_a_result(text: str) -> None:
    parsed = parse_markup(text)
    assert len(parsed.pages) <= text.count("<PAGE>") + 1
    for block in parsed.blocks:
        assert block.text or block.boxes
        assert block.text == block.text.strip()
        for box in block.boxes:
            assert 0 <= box.x1 <= box.x2 <= 999 and 0 <= box.y1 <= box.y2 <= 999


@pytest.mark.parametrize("text", [DEEPSEEK, UNLIMITED, LINES])
def test_no_lost_or_doubled_mark_costs_any_text(text: str) -> None:
    bodies = [line.removeprefix("# ") for block in parse_markup(text).blocks for line in block.text.splitlines()]
    assert len(bodies) >= 2
    for mark in re.finditer(r"<\|/?(ref|det)\|>", text):
        for times in (0, 2):
            damaged = text[: mark.start()] + mark.group() * times + text[mark.end() :]
            parsed = parse_markup(damaged)
            assert parsed.warnings
            assert all(body in words(parsed) for body in bodies), (mark, times)


@pytest.mark.parametrize("text", [DEEPSEEK, UNLIMITED, LINES])
def test_an_output_cut_anywhere_has_the_same_blocks_but_the_last(text: str) -> None:
    whole = parse_markup(text).blocks
    for end in range(len(text)):
        blocks = parse_markup(text[:end]).blocks
        assert len(blocks) <= len(whole)
        assert blocks[:-1] == whole[: max(0, len(blocks) - 1)], text[:end]


def test_long_outputs_take_linear_time(subtests: pytest.Subtests) -> None:
    for piece in (
        *("<|ref|>", "<|det|>", "<|/det|>", "<PAGE>", "<|", "[", "[1,", "[1, 2, 3, ", "<|det|>[", " ", "[ ", "9", "1 "),
        "<|ref|>a<|/ref|>",
        "<|det|>[[1, 2, 3, 4",
        "[[1, 2, 3, 4]]",
    ):
        with subtests.test(piece=piece):
            for start in ("", "<|det|>", "<|det|>["):
                text = start + piece * (100_000 // len(piece))
                began = time.process_time()
                parse_markup(text)
                assert time.process_time() - began < 1.25  # under 0.12 s on a quiet machine
