"""Outputs of every kind are read exactly, broken ones as far as they go, and none raises or takes long."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sokdok.documents.build import MarkedBlock as Block
from sokdok.documents.build import MarkedBox as Box
from sokdok.documents.build import Parsed, parse_markup, to_pixels

DEEPSEEK = """<|ref|>title<|/ref|><|det|>[[330, 198, 559, 230]]<|/det|>
# 연간 보고서

<|ref|>text<|/ref|><|det|>[[120, 68, 270, 82]]<|/det|>
Gemäss Ausgabe gilt\x20

<|ref|>sub_title<|/ref|><|det|>[[115, 240, 400, 260]]<|/det|>
Results

<|ref|>image<|/ref|><|det|>[[118, 83, 740, 344], [750, 83, 999, 344]]<|/det|>


<|ref|>table<|/ref|><|det|>[[118, 400, 740, 600]]<|/det|>
<table><tr><td rowspan="2">a</td><td></td></tr></table>

<|ref|>equation<|/ref|><|det|>[[120, 138, 402, 163]]<|/det|>
\\[f'(s) = [1, 2, 3, 4]\\]
"""
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


def only(parsed: Parsed) -> Block:
    (block,) = parsed.blocks
    return block


def test_deepseek_blocks() -> None:
    parsed = parse_markup(DEEPSEEK)
    assert parsed.warnings == ()
    assert parsed.pages == (parsed.blocks,)
    assert parsed.blocks == (
        Block("title", (Box(330, 198, 559, 230),), "# 연간 보고서"),
        Block("text", (Box(120, 68, 270, 82),), "Gemäss Ausgabe gilt"),
        Block("sub_title", (Box(115, 240, 400, 260),), "Results"),
        Block("image", (Box(118, 83, 740, 344), Box(750, 83, 999, 344)), ""),
        Block("table", (Box(118, 400, 740, 600),), '<table><tr><td rowspan="2">a</td><td></td></tr></table>'),
        Block("equation", (Box(120, 138, 402, 163),), "\\[f'(s) = [1, 2, 3, 4]\\]"),
    )


def test_unlimited_blocks_and_pages() -> None:
    parsed = parse_markup(UNLIMITED)
    assert parsed.warnings == ()
    assert parsed.pages == (
        (
            Block("header", (Box(100, 36, 400, 70),), "Example AG"),
            Block("title", (Box(64, 56, 945, 131),), "A global view"),
            Block("image", (Box(48, 58, 930, 660),), ""),
        ),
        (
            Block("text", (Box(64, 183, 341, 197),), "one\ntwo"),
            Block("page_number", (Box(489, 938, 511, 952),), "12"),
        ),
    )


def test_lines_carry_their_text_between_the_marks() -> None:
    parsed = parse_markup(LINES)
    assert parsed.warnings == ()
    assert parsed.blocks == (
        Block("line", (Box(1, 2, 3, 4),), "합계: 1,234원"),
        Block("line", (Box(5, 6, 7, 8), Box(9, 9, 10, 10)), "Total due"),
    )


def test_an_unknown_label_is_a_label_if_text_follows() -> None:
    assert only(parse_markup("<|ref|>seal<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\n인감")).kind == "seal"
    assert only(parse_markup("<|ref|>seal<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\n")).kind == "line"
    assert only(parse_markup("<|det|>seal [1, 2, 3, 4]<|/det|>")).kind == "seal"  # no room for a line here


def test_plain_text_is_one_block_without_a_box() -> None:
    assert parse_markup("one\n\n두 번째\n") == Parsed(((Block("text", (), "one\n\n두 번째"),),), ())
    assert parse_markup("text first <|det|>text [1, 2, 3, 4]<|/det|>x").blocks[0] == Block("text", (), "text first")


def test_nothing_is_one_empty_page() -> None:
    assert parse_markup("") == parse_markup(" \n") == Parsed(((),), ())


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("a<PAGE>b", 2),  # between pages
        ("<PAGE>a<PAGE>b", 2),  # before each
        ("<PAGE>\n<PAGE>b", 2),  # the first is blank
        ("a<PAGE>", 2),
    ],
)
def test_page_marks_open_pages(text: str, pages: int) -> None:
    assert len(parse_markup(text).pages) == pages


@pytest.mark.parametrize(
    "boxes",
    [
        "[[1, 2, 3, 4]]",
        "[1,2,3,4]",
        "[[[1, 2, 3, 4]]]",
        " [[1 ,2\n,3, 4 ]] ",
        "[[1.0, 2.9, 3.5, 4]]",
        "[[001, 2, 3, 4]]",
    ],
)
def test_ways_to_write_a_box(boxes: str) -> None:
    parsed = parse_markup(f"<|ref|>text<|/ref|><|det|>{boxes}<|/det|>\nx")
    assert parsed == Parsed(((Block("text", (Box(1, 2, 3, 4),), "x"),),), ())


@pytest.mark.parametrize(
    ("boxes", "expected", "warning"),
    [
        ("[[-5, 0, 1000, 999]]", Box(0, 0, 999, 999), "box [-5, 0, 1000, 999] reaches beyond 0 to 999"),
        ("[[300, 20, 10, 40]]", Box(10, 20, 300, 40), "box [300, 20, 10, 40] has its corners swapped"),
        ("[[10, 40, 300, 20]]", Box(10, 20, 300, 40), "box [10, 40, 300, 20] has its corners swapped"),
    ],
)
def test_impossible_boxes_are_mended_with_a_warning(boxes: str, expected: Box, warning: str) -> None:
    parsed = parse_markup(f"<|ref|>text<|/ref|><|det|>{boxes}<|/det|>\nx")
    assert only(parsed) == Block("text", (expected,), "x")
    assert parsed.warnings == (f"character 27: {warning}",)


@pytest.mark.parametrize(
    "content",
    [
        "[[1, 2, 3]]",
        "",
        "title",
        "[[1, 2, 3, 4], [5, 6]]",
        "[[a, b, c, d], [1, 2, 3, 4]]",
        "__import__('os').system('false')",
        "[__import__('os').getcwd(), 1, 2, 3]",
        f"[[{'9' * 5000}, 2, 3, 4]]",
        "<b> [1, 2, 3, 4]",
    ],
)
def test_what_is_no_list_of_boxes_is_left_out_with_a_warning(content: str) -> None:
    parsed = parse_markup(f"<|det|>{content}<|/det|>body")
    assert only(parsed).text == "body"
    assert all(box == Box(1, 2, 3, 4) for box in only(parsed).boxes)
    (warning,) = parsed.warnings
    assert warning.startswith("character 7: no label and list of boxes: ") and len(warning) < 100


@pytest.mark.parametrize(
    ("text", "blocks", "warnings"),
    [
        ("a\n<|ref|>ti", [Block("text", (), "a")], ["character 9: the output ends within <|ref|>"]),
        ("<|ref|>image<|/ref|>", [], ["character 20: a block without a box"]),
        ("<|ref|>합계<|/ref|>", [Block("line", (), "합계")], ["character 17: a block without a box"]),
        ("<|ref|>text<|/ref|><|det|>[[1, 2", [], ["character 26: the output ends within <|det|>"]),
        (
            "<|ref|>text<|/ref|><|det|>[[1, 2, 3, 4], [5, ",
            [Block("text", (Box(1, 2, 3, 4),), "")],
            ["character 26: the output ends within <|det|>"],
        ),
        (
            "<|det|>text [1, 2, 3, 4]<|/det|>a<|det|>te",
            [Block("text", (Box(1, 2, 3, 4),), "a")],
            ["character 40: the output ends within <|det|>"],
        ),
        ("<|ref|>합계: 1,2", [Block("text", (), "합계: 1,2")], ["character 7: the output ends within <|ref|>"]),
        (
            "<|det|>text [1, 2, 3, 4]\n12",
            [Block("text", (Box(1, 2, 3, 4),), "12")],
            ["character 7: the output ends within <|det|>"],
        ),
    ],
)
def test_truncated_outputs_keep_what_is_whole(text: str, blocks: list[Block], warnings: list[str]) -> None:
    parsed = parse_markup(text)
    assert list(parsed.blocks) == blocks
    assert list(parsed.warnings) == warnings


@pytest.mark.parametrize(
    ("text", "blocks", "warnings"),
    [
        (
            "a<|/ref|>b<|/det|>c",
            [Block("text", (), "abc")],
            ["<|/ref|> closes nothing", "<|/det|> closes nothing"],
        ),
        (
            "<|ref|>lost <|ref|>text<|/ref|><|det|>[1, 2, 3, 4]<|/det|>x",
            [Block("text", (), "lost"), Block("text", (Box(1, 2, 3, 4),), "x")],
            ["<|ref|> is not closed"],
        ),
        (
            "<|det|>title [1, 2, 3, 4]]\n2024 <|det|>text [1, 2, 3, 4]<|/det|>x",
            [
                Block("title", (Box(1, 2, 3, 4),), "2024"),
                Block("text", (Box(1, 2, 3, 4),), "x"),
            ],
            ["<|det|> is not closed"],
        ),
        ("<|ref|>text<|/ref|>\nx", [Block("text", (), "x")], ["a block without a box"]),
        (
            "<|ref|>text<|/ref|>x<|det|>[1, 2, 3, 4]<|/det|>y",
            [Block("text", (), "x"), Block("text", (Box(1, 2, 3, 4),), "y")],
            ["a block without a box"],
        ),
    ],
)
def test_misplaced_marks_cost_no_text(text: str, blocks: list[Block], warnings: list[str]) -> None:
    parsed = parse_markup(text)
    assert list(parsed.blocks) == blocks
    assert [warning.partition(": ")[2] for warning in parsed.warnings] == warnings


@pytest.mark.parametrize(
    ("size", "pixels"),
    [((999, 999), (1, 500, 998, 999)), ((1654, 2339), (1, 1170, 1652, 2339)), ((1, 1), (0, 0, 0, 1))],
)
def test_pixels_are_rounded_as_published(size: tuple[int, int], pixels: tuple[int, int, int, int]) -> None:
    assert to_pixels(Box(1, 500, 998, 999), *size) == pixels
    assert pixels[2] == int(998 / 999 * size[0])


PIECES = st.sampled_from(
    [
        "<|ref|>",
        "<|/ref|>",
        "<|det|>",
        "<|/det|>",
        "<PAGE>",
        "title",
        "image",
        "[",
        "]",
        "[[1, 2, 3, 4]]",
        "[9,9,1,",
        "\n",
    ]
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


@given(text=st.text(st.characters(exclude_characters="<")))
def test_text_without_marks_is_kept_whole(text: str) -> None:
    assert words(parse_markup(text)) == text.strip()


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


@pytest.mark.parametrize(
    "piece",
    [
        *("<|ref|>", "<|det|>", "<|/det|>", "<PAGE>", "<|", "[", "[1,", "[1, 2, 3, ", "<|det|>[", " ", "[ ", "9", "1 "),
        "<|ref|>a<|/ref|>",
        "<|det|>[[1, 2, 3, 4",
        "[[1, 2, 3, 4]]",
    ],
)
def test_long_outputs_take_linear_time(piece: str) -> None:
    for start in ("", "<|det|>", "<|det|>["):
        text = start + piece * (400_000 // len(piece))
        began = time.process_time()
        parse_markup(text)
        assert time.process_time() - began < 5  # under 0.5 s on a quiet machine
