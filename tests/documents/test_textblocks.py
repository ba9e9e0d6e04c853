"""Lines of a text layer as blocks: paragraphs, headings, lists, tables, figures, links, what is raised or lowered."""

from pathlib import Path

import pytest

from fakes.pdf import Text, layer_of, write_pdf
from sokdok.documents.blocks import Block
from sokdok.documents.joining.levels import HEADINGS
from sokdok.documents.markdown import block_markdown, block_text, without_marks
from sokdok.documents.textblocks import list_text, text_blocks
from sokdok.documents.write.html import block_html

PARAGRAPH = ["This is a paragraph of some length that", "runs over three lines of its column and", "ends here."]
WIDTH, HEIGHT = 1090, 1540


def blocks_of(tmp_path: Path, texts: list[Text | bytes]) -> list[Block]:
    return list(text_blocks(layer_of(write_pdf(tmp_path / "a.pdf", [texts])), WIDTH, HEIGHT))


def lines(texts: list[str], top: float, x: float = 60, pitch: float = 14) -> list[Text]:
    return [Text(x, top + pitch * i, text) for i, text in enumerate(texts)]


def kinds(blocks: list[Block]) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in blocks]


def test_a_turned_page_is_laid_out_as_the_straight_one_and_its_places_are_those_that_are_shown(tmp_path: Path) -> None:
    texts = [Text(60, 120, "The state of the harbour", 20), *lines(PARAGRAPH, 200)]
    straight = blocks_of(tmp_path, texts)
    found = text_blocks(layer_of(write_pdf(tmp_path / "turned.pdf", [texts], rotate=90)), HEIGHT, WIDTH)
    assert kinds(list(found)) == kinds(straight)
    for block, other in zip(found, straight, strict=True):
        assert block.box and other.box
        # What was left is at the top now, what was at the top is at the right.
        left, top, right, bottom = other.box
        expected = (HEIGHT - bottom, left, HEIGHT - top, right)
        assert max(abs(a - b) for a, b in zip(block.box, expected, strict=True)) <= 2
        assert block.words[0].text == other.words[0].text and block.words[0].box[3] <= block.words[1].box[1] + 20


def test_formulas_are_latex_or_a_picture_that_says_so(tmp_path: Path) -> None:
    fraction = [Text(200, 360, "y ="), Text(220, 353, "1 + x"), Text(230, 368, "2")]
    above = [*lines(PARAGRAPH, 200), Text(200, 260, "y = 2"), *lines(PARAGRAPH, 290)]
    found = blocks_of(tmp_path, [*above, *fraction, *lines(PARAGRAPH * 3, 400)])
    assert kinds(found)[1:4:2] == [("equation", "y = 2"), ("unread", "[formula not read] y = 1 + x 2")]
    assert [word.text for word in found[3].words] == ["y", "=", "1", "+", "x", "2"]  # as the file says them


def test_large_type_is_a_heading(tmp_path: Path) -> None:
    head = [Text(60, 120, "The state of the harbour", 20), Text(60, 144, "in the year of the flood", 20)]
    found = blocks_of(tmp_path, [*head, Text(60, 180, "First findings", 13, font=4), *lines(PARAGRAPH * 3, 210)])
    assert [block.text for block in found[:2]] == [f"{head[0].text} {head[1].text}", "First findings"]
    assert all(block.kind in HEADINGS for block in found[:2])  # their levels are known of the whole document alone


def test_dots_that_lead_to_a_number_are_an_ellipsis(tmp_path: Path) -> None:
    texts = [f"{name} {'. ' * 40}{number}" for name, number in (("Aims", 2), ("Means", 4))]
    assert kinds(blocks_of(tmp_path, lines(texts, 200))) == [("text", "Aims … 2"), ("text", "Means … 4")]


def test_items_become_lists(tmp_path: Path) -> None:
    items = ["- apples and pears from the", "garden", "- 3 plums", "- a melon", "- no bananas this time"]
    page = [Text(60 + 8 * (text == "garden"), 200 + 14 * at, text) for at, text in enumerate(items)]
    _, found = blocks_of(tmp_path, [*lines(PARAGRAPH, 100), *page])
    assert found.kind == "list" and found.text.splitlines() == [" ".join(items[:2]), *items[2:]]


def test_rows_become_a_table(tmp_path: Path) -> None:
    rows = [["Year", "Ships", "Tons"], ["1899", "12", "3,400"], ["1900", "15", "4,100"], ["1901", "9", "5,000"]]
    cells = [Text(60 + 100 * x, 200 + 14 * y, cell) for y, row in enumerate(rows) for x, cell in enumerate(row) if cell]
    found = blocks_of(tmp_path, [*lines(PARAGRAPH, 100), *cells, *lines(PARAGRAPH, 300)])
    assert found[1].kind == "table"
    assert found[1].text.splitlines() == ["Year\tShips\tTons", "1899\t12\t3,400", "1900\t15\t4,100", "1901\t9\t5,000"]
    assert found[1].html and found[1].html.count("<tr>") == 4


def test_what_a_layer_says_cannot_break_out_of_a_table(tmp_path: Path) -> None:
    rows = [["Name", "Script", "Year"], *([f"ship {n}", "<script>x</script>", f"190{n}"] for n in range(5))]
    cells = [Text(60 + 160 * x, 200 + 18 * y, cell) for y, row in enumerate(rows) for x, cell in enumerate(row)]
    (block,) = (block for block in blocks_of(tmp_path, [*lines(PARAGRAPH, 100), *cells]) if block.kind == "table")
    assert block.html and "<script" not in block.html and "script" in block.text


def test_rows_at_the_edges_of_a_page_are_blocks_of_their_own(tmp_path: Path) -> None:
    header, number = Text(60, 30, "Annual report", 9), Text(290, 815, "- 12 -", 9)
    found = blocks_of(tmp_path, [header, *lines(PARAGRAPH * 4, 100), number])
    assert [block.text for block in (found[0], found[-1])] == ["Annual report", "- 12 -"]


def test_a_page_number_below_a_list_is_none_of_its_items(tmp_path: Path) -> None:
    items = [Text(60, 100 + 14 * at, f"- item {at} of a list", 10) for at in range(3)]
    found = blocks_of(tmp_path, [*lines(PARAGRAPH, 60), *items, Text(290, 815, "- 12 -", 10)])
    assert [block.text for block in found][-1] == "- 12 -" and found[-2].kind == "list"


def test_a_title_at_the_very_top_is_no_header(tmp_path: Path) -> None:
    found = blocks_of(tmp_path, [Text(60, 40, "The harbour", 18), *lines(PARAGRAPH, 100)])
    assert found[0].kind in HEADINGS


def test_boxes_are_pixels_of_the_page(tmp_path: Path) -> None:
    (block,) = blocks_of(tmp_path, lines(PARAGRAPH, 421))
    left, top, right, bottom = block.box or (0, 0, 0, 0)
    assert abs(left - 60 / 595 * WIDTH) < 3 and left < right < WIDTH
    assert abs(top - 411 / 842 * HEIGHT) < 8 and abs(bottom - 452 / 842 * HEIGHT) < 8


def test_items_and_their_paragraphs_are_one_nested_list() -> None:
    parts = [(True, 1, "1.", "1. one"), (True, 2, "•", "• inner"), (False, 1, "", "more"), (True, 1, "2)", "two")]
    assert list_text(parts) == "1. one\n   - inner\n\n   more\n\n2) two"


@pytest.mark.parametrize(
    ("mark", "text", "written"),
    [
        ("-", "- No change to this", "- No change to this"),
        ("", "No change to this", "- No change to this"),
        ("", "o is a letter", "- o is a letter"),  # nobody took it for a mark
        ("", "- 3 degrees", "- - 3 degrees"),
        ("", "[ ] not ticked", "- [ ] not ticked"),
        ("", "(Case 1) [27] shows", "- (Case 1) [27] shows"),
        ("27.", "27. Later", "27. Later"),
        ("(가)", "(가) 목적", "- (가) 목적"),
        ("[x]", "[x] done", "- [x] done"),
        ("•", "[• a link](https://a.b)", "- [a link](https://a.b)"),
        ("•", "<del>• gone</del>", "- <del>gone</del>"),
        ("\ufffd", "\ufffd a mark without a name", "- a mark without a name"),
    ],
)
def test_a_mark_is_cut_off_at_the_start_alone(mark: str, text: str, written: str) -> None:
    assert list_text([(True, 1, mark, text)]) == written


def test_a_block_has_its_words_where_they_stand(tmp_path: Path) -> None:
    (block,) = blocks_of(tmp_path, lines(["Two words", "and more."], 200))
    assert [word.text for word in block.words] == ["Two", "words", "and", "more."]
    assert {word.source for word in block.words} == {"text-layer"}
    two, words, below, _ = (word.box for word in block.words)
    assert two[2] <= words[0] and abs(two[1] - words[1]) <= 1 and below[1] >= two[1] + 20
    assert block.box is not None
    assert all(block.box[0] <= box[0] and box[2] <= block.box[2] + 1 for box in (two, words, below))


def test_what_is_set_in_two_ways_without_a_space_is_one_word(tmp_path: Path) -> None:
    found = blocks_of(tmp_path, [Text(60, 200, "half"), Text(77, 200, "bold", font=4), Text(130, 200, "x")])
    assert [word.text for block in found for word in block.words][:1] == ["halfbold"]


def drawn(x: float, y: float, width: float, height: float) -> bytes:
    return b"%g %g %g %g re S" % (x, 842 - y - height, width, height)


ARROWS = [b"1 w 170 652 m 230 652 l S 220 657 m 230 652 l 220 647 l S 290 630 m 260 580 l 300 540 l S"]
"""curves of a drawing that no table has"""


def test_the_words_of_a_drawing_are_the_text_of_the_figure(tmp_path: Path) -> None:
    boxes = [drawn(80, 165, 90, 50), drawn(230, 165, 90, 50), drawn(80, 265, 240, 60)]
    names = [Text(90, 185, "The web"), Text(90, 197, "server"), Text(240, 191, "Queue"), Text(150, 297, "Archive")]
    found = blocks_of(tmp_path, [*lines(PARAGRAPH, 80), *ARROWS, *boxes, *names, *lines(PARAGRAPH, 400)])
    assert kinds(found)[1:-1] == [("image", "The web server\tQueue\nArchive")]
    assert [word.text for word in found[1].words] == ["The", "web", "server", "Queue", "Archive"]


def test_a_paragraph_in_a_drawing_is_running_text_and_labels_are_by_themselves(tmp_path: Path) -> None:
    note = lines(["A note of some length that goes", "on below."], 190, 100, 17)
    page = [*ARROWS, drawn(80, 165, 300, 160), *note, *lines(["Post", "Mail"], 190, 320, 17)]
    found = blocks_of(tmp_path, [*lines(PARAGRAPH, 80), *page, *lines(PARAGRAPH, 400)])
    assert kinds(found)[1] == ("image", "Post\nA note of some length that goes on below.\nMail")


def test_a_listing_in_a_drawing_stays_what_it_is(tmp_path: Path) -> None:
    listing = [Text(300, 310 + 12 * at, text, 9, font=3) for at, text in enumerate(["def f(x):", "return x + 1"])]
    rest = [drawn(70, 170, 400, 200), b"290 630 m 260 580 l 300 540 l S", Text(300, 200, "Outline")]
    found = blocks_of(tmp_path, [*lines(PARAGRAPH, 80), *rest, *listing, *lines(PARAGRAPH, 460)])
    assert kinds(found)[1:-1] == [("image", "Outline"), ("code", "def f(x):\nreturn x + 1")]


def blocks(tmp_path: Path, target: bytes) -> tuple[Block, ...]:
    page = [Text(60, 110, "Read the manual, then begin with your work on it, which will take all day long,"),
            Text(60, 124, "or longer.")]  # fmt: skip
    link = b"/Type /Annot /Subtype /Link /Rect [84 728 144 743] /A << /S /URI /URI (%s) >>" % target
    return text_blocks(layer_of(write_pdf(tmp_path / "a.pdf", [page], annotations=[link])), 595, 842)


def test_words_of_a_link_lead_to_its_target(tmp_path: Path) -> None:
    (block,) = blocks(tmp_path, b"https://example.org/a?b=1&c=2")
    assert block.text.startswith("Read [the manual](https://example.org/a?b=1&c=2), then begin")
    assert block_markdown(block).startswith("Read [the manual](https://example.org/a?b=1&c=2), then begin")
    assert '<a href="https://example.org/a?b=1&amp;c=2" rel="noreferrer">the manual</a>, then' in block_html(block)
    assert block_text(block).startswith("Read the manual, then begin")


@pytest.mark.parametrize("target", [b"javascript:alert\\(1\\)", b"file:///etc/passwd", b"data:text/html,x", b"a.html"])
def test_other_schemes_are_no_links(tmp_path: Path, target: bytes) -> None:
    (block,) = blocks(tmp_path, target)
    assert block.text.startswith("Read the manual, then begin")


def test_a_target_cannot_end_its_link(tmp_path: Path) -> None:
    (block,) = blocks(tmp_path, b"https://example.org/\\)<b onclick=x> \\(y")
    assert "<" not in block.text and block_html(block).count("<a ") == 1 and "<b" not in block_html(block)


def test_texts_without_links_are_as_they_were() -> None:
    assert without_marks("a [b] (c) [d](e.html)") == "a [b] (c) [d](e.html)"


def one(tmp_path: Path, items: list[Text | bytes]) -> Block:
    (block,) = blocks_of(tmp_path, items)
    return block


def test_what_is_struck_out_is_marked_in_running_text_and_in_cells(tmp_path: Path) -> None:
    ruled = [b"60 %d 240 20 re S" % (737 - 20 * row) for row in range(3)] + [b"180 697 m 180 757 l S"]
    cells = [Text(66 + 120 * x, 100 + 20 * y, f"row {y} {x}") for y in range(3) for x in range(2)]
    shown = [*cells, *ruled, *lines(PARAGRAPH, 200), b"66 725 m 84 725 l S 91 645 m 184 645 l S 60 631 m 77 631 l S"]
    table, text = blocks_of(tmp_path, shown)
    assert table.html and table.html.count("<del>") == 1 and "<td><del>row</del> 1 0</td>" in table.html
    assert "row 1 0" in table.text and "<del>" not in table.text
    assert block_text(text) == " ".join(PARAGRAPH)
    assert block_markdown(text).startswith("This is <del>a paragraph of some</del> length that <del>runs</del> over")


def test_powers_and_indices_are_marked(tmp_path: Path) -> None:
    shown = b"BT /F1 10 Tf 60 700 Td (About 10) Tj 4 Ts /F1 6 Tf (6) Tj 0 Ts /F1 10 Tf ( tons of CO) Tj "
    shown += b"-2 Ts /F1 6 Tf (2) Tj 0 Ts /F1 10 Tf ( were set free by all the ships in the harbour.) Tj ET"
    block = one(tmp_path, [shown, b"BT /F1 10 Tf 60 600 Td ( ) Tj ET"])
    assert block.text == "About 10<sup>6</sup> tons of CO<sub>2</sub> were set free by all the ships in the harbour."
    assert block_markdown(block) == block.text and block_text(block).startswith("About 106 tons of CO2 were")
    assert block_html(block) == f"<p>{block.text}</p>"


def test_small_words_on_the_line_are_not(tmp_path: Path) -> None:
    shown = b"BT /F1 10 Tf 60 700 Td (The U) Tj /F1 7 Tf (SUAL) Tj /F1 10 Tf ( words) Tj ET"
    assert one(tmp_path, [shown]).text == "The USUAL words"


def test_a_power_is_one_though_its_sign_is_of_another_font(tmp_path: Path) -> None:
    shown = b"BT /F1 10 Tf 60 700 Td (rates of 10) Tj 4 Ts /F4 6 Tf (-) Tj /F1 6 Tf (12) Tj 0 Ts /F1 10 Tf ( or x) Tj "
    shown += b"-1.5 Ts /F1 6 Tf (i) Tj 2 Ts (2) Tj 0 Ts /F1 10 Tf ( and x) Tj 3 Ts "
    shown += b"/F1 6 Tf (2) Tj 0 Ts /F1 10 Tf ( or x) Tj 3 Ts /F1 6 Tf (2) Tj ET"
    powers = "x<sub>i</sub><sup>2</sup> and x<sup>2</sup> or x<sup>2</sup>"
    assert one(tmp_path, [shown]).text == f"rates of 10<sup>-12</sup> or {powers}"


def test_columns_in_equally_wide_letters_are_one_listing(tmp_path: Path) -> None:
    code = ["ship = 1              # the first", "harbour = 20          # of all of them", "sea = 300             # a"]
    shown = [Text(60, 180 + 12 * at, line, 9, font=3) for at, line in enumerate(code)]
    found = blocks_of(tmp_path, [*lines(PARAGRAPH, 100), *shown, *lines(PARAGRAPH, 260)])
    assert kinds(found)[1] == ("code", "\n".join(code))
