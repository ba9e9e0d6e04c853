"""Ruled tables and pictures on a page."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from sokdok.imaging.arrays import color_sums
from sokdok.imaging.box import Box
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.page_image import analyse_image
from sokdok.layout.tables.ruling_lines import find_ruling
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Word

EM = 16.0


def line(text: str, x: float, y: float, width: float = 60) -> TextLine:
    return TextLine(Box(x, y - EM / 2, x + width, y + EM / 2), text, 1.0, EM, "text")


def spoken(text: str, x: float, y: float) -> TextLine:
    """A line whose words have places, 8 to a letter."""
    words: list[Word] = []
    for word in text.split():
        box = Box(x, y - EM / 2, x + 8 * len(word), y + EM / 2)
        words.append(Word(word, box, EM, box.bottom, source="recogniser"))
        x = box.right + 8
    return TextLine(Box.around(word.box for word in words), text, 1.0, EM, "text", words=tuple(words))


def ink(draw: ImageDraw.ImageDraw, lines: list[TextLine], fill: str = "black") -> None:
    for left, top, right, bottom in (read.box for read in lines):
        for x in range(int(left), int(right), 6):
            draw.rectangle((x, top + 3, x + 2, bottom - 3), fill=fill)


def grid(draw: ImageDraw.ImageDraw, xs: list[int], ys: list[int]) -> None:
    for x in xs:
        draw.line((x, ys[0], x, ys[-1]), fill="black", width=2)
    for y in ys:
        draw.line((xs[0], y, xs[-1], y), fill="black", width=2)


def page() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (800, 900), "white")
    return image, ImageDraw.Draw(image)


def plain(table: LayoutBlock) -> str:
    """A table's HTML, its head as other rows."""
    return table.html.replace("th>", "td>")


def tables_of(image: Image.Image, lines: list[TextLine]) -> list[LayoutBlock]:
    return [block for block in analyse_image(np.asarray(image), lines) if block.kind == "table"]


def test_a_grid_is_a_table_read_cell_by_cell() -> None:
    image, draw = page()
    grid(draw, [100, 300, 500], [300, 380, 460])
    cells = [line("a1", 110, 320), line("a2", 110, 350), line("b", 310, 320), line("c", 110, 400), line("d", 310, 400)]
    words = [line("before", 100, 200, 400), line("after", 100, 600, 400), *cells]
    ink(draw, words)
    blocks = analyse_image(np.asarray(image), words)
    assert blocks[1].kind == "table" and len(blocks) == 3
    assert [read.text for read in blocks[1].lines] == ["a1", "a2", "b", "c", "d"]
    html = plain(blocks[1])
    assert html.count("<tr>") == 2 and "<td>a1 a2</td>" in html and "<td>c</td><td>d</td>" in html


def test_what_was_not_read_in_a_cell_is_marked_but_no_dust_and_nothing_of_its_lines() -> None:
    image, draw = page()
    grid(draw, [100, 200, 300, 400, 500], [300, 340, 380])
    words = [line(text, 110 + 100 * at, 320) for at, text in enumerate("abcd")]
    ink(draw, words)
    for place in ((150, 353, 152, 367), (245, 359, 253, 361), (350, 358, 352, 361), (401, 345, 404, 378)):
        draw.rectangle(place, fill="black")
    (table,) = tables_of(image, words)
    assert plain(table).endswith("<tr><td>〓</td><td>〓</td><td></td><td></td></tr></table>")


def test_a_frame_around_a_paragraph_is_no_table() -> None:
    image, draw = page()
    grid(draw, [100, 500], [300, 460])
    words = [line(f"w{i}", 120, 320 + 24 * i, 350) for i in range(5)]
    ink(draw, words)
    assert tables_of(image, words) == []


def test_two_tables_apart_stay_two() -> None:
    image, draw = page()
    grid(draw, [100, 300, 500], [100, 160, 220])
    grid(draw, [100, 300, 500], [500, 560, 620])
    words = [line("x", 110, 130), line("w", 310, 130), line("y", 110, 530), line("z", 110, 590)]
    assert [round(table.box.top / 100) for table in tables_of(image, words)] == [1, 5]


def test_a_picture_takes_its_labels_and_leaves_the_text() -> None:
    image, draw = page()
    draw.ellipse((200, 300, 400, 500), fill="navy")
    words = [line("above", 100, 200, 500), line("label", 410, 400, 50), line("below", 100, 600, 500)]
    ink(draw, words)
    blocks = analyse_image(np.asarray(image), words)
    assert blocks[1].kind == "image" and len(blocks) == 3
    assert [read.text for read in blocks[1].lines] == ["label"]
    left, top, right, bottom = blocks[1].box
    assert abs(left - 200) < 16 and abs(top - 300) < 16 and right == 460 and abs(bottom - 500) < 16


def test_a_page_of_nothing_and_a_page_of_one_picture() -> None:
    assert analyse_image(np.full((300, 300, 3), 255, np.uint8), []) == []
    image, draw = page()
    draw.rectangle((100, 100, 600, 500), fill="darkred")
    assert [block.kind for block in analyse_image(np.asarray(image), [])] == ["image"]


def test_a_line_across_columns_that_lines_draw_is_cut_at_its_words() -> None:
    image, draw = page()
    grid(draw, [100, 180, 400], [300, 340, 380])
    words = [spoken("ship year", 144, 320), spoken("Fram", 110, 360), spoken("1892", 190, 360)]
    (table,) = tables_of(image, words)
    assert plain(table) == "<table><tr><td>ship</td><td>year</td></tr><tr><td>Fram</td><td>1892</td></tr></table>"


def lined(places: list[int], drift: int = 0) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Lines of one length, each `drift` further to the right."""
    image, draw = page()
    for number, y in enumerate(places):
        draw.line((100 + drift * number, y, 500 + drift * number, y), fill="black", width=2)
    return image, draw


SHIPS = [
    spoken("ship", 110, 318),
    spoken("what became of it", 250, 318),
    spoken("Fram", 110, 352),
    spoken("stands in the museum that was", 250, 352),
    spoken("built for her", 250, 374),
    spoken("Vasa", 110, 408),
    spoken("sank", 250, 408),
]
ROWS = [
    "<td>ship</td><td>what became of it</td>",
    "<td>Fram</td><td>stands in the museum that was built for her</td>",
    "<td>Vasa</td><td>sank</td>",
]


def test_lines_below_rows_part_them_and_gaps_their_columns_and_rows_go_on_where_a_word_had_no_room() -> None:
    for places, drift in (([300, 335, 391, 425], 0), ([300, 335, 391, 425], 4), ([300, 335, 425], 0)):
        image, draw = lined(places, drift)
        ink(draw, SHIPS)
        (table,) = tables_of(image, SHIPS)
        assert plain(table) == f"<table>{''.join(f'<tr>{row}</tr>' for row in ROWS)}</table>"


def test_lists_side_by_side_on_lines_of_their_own_are_one_row() -> None:
    image, draw = page()
    grid(draw, [100, 370, 640], [300, 340, 480])
    words = [spoken("Before", 110, 320), spoken("After", 380, 320)]
    words += [spoken(f"item {at}", 110, 356 + 24 * at) for at in range(5)]
    words += [spoken(f"part {at}", 380, 362 + 25 * at) for at in range(4)]
    ink(draw, words)
    (table,) = tables_of(image, words)
    assert plain(table).count("<tr>") == 2


def test_a_dark_head_without_a_line_below_it_is_a_row() -> None:
    image, draw = page()
    grid(draw, [100, 300, 500], [300, 380, 420])
    draw.rectangle((102, 302, 499, 339), fill=(60, 60, 60))
    head = [line("Ship", 110, 320), line("Year", 310, 320)]
    cells = [line("Vasa", 110, 360), line("1628", 310, 360), line("Fram", 110, 400), line("1892", 310, 400)]
    ink(draw, cells)
    ink(draw, head, "white")
    (table,) = tables_of(image, [*head, *cells])
    assert plain(table).startswith("<table><tr><td>Ship</td><td>Year</td></tr><tr><td>Vasa</td><td>1628</td></tr>")


def test_white_between_a_ruling_line_and_the_letters_above_it_is_no_line() -> None:
    image, draw = lined([300, 335, 391, 425])
    draw.rectangle((110, 325, 210, 327), fill="black")  # the feet of letters that stand on the line
    ruling = find_ruling(color_sums(np.asarray(image)), SHIPS)
    assert [rule.at for rule in ruling.horizontal if rule.end - rule.start < 200] == []


def test_lines_around_running_text_make_no_table() -> None:
    image, draw = lined([300, 400, 500])
    words = [spoken("a line of running text that goes on and on here", 110, 320 + 24 * at) for at in range(7)]
    ink(draw, words)
    assert tables_of(image, words) == []


def test_the_frame_of_a_chart_whose_ticks_end_beyond_it_is_no_table() -> None:
    image, draw = page()
    grid(draw, [100, 500], [300, 600])
    for y in (300, 600):
        draw.line((84, y, 100, y), fill="black", width=2)
    words = [line(f"curve {at}", 300, 330 + 24 * at, 150) for at in range(3)]
    ink(draw, words)
    assert tables_of(image, words) == []


def test_columns_of_a_bent_page_are_those_of_its_lines_and_lines_that_end_a_little_off_span_no_more() -> None:
    image, draw = page()
    rows = ["Fram", "a ship that stands in its museum", "Vasa", "a ship that lies in the sound"]
    for at, y in enumerate([300, 330, 360, 390, 420]):
        draw.line((100 + 2 * at, y, 500 + 2 * at, y), fill="black", width=2)
    for at in range(4):
        y = 300 + 30 * at
        for x in (100, 300, 500) if at % 2 == 0 else (100, 500):
            draw.line((x + 3 * at, y, x + 3 * at, y + 36 * (x == 300) + 30 * (x != 300)), fill="black", width=2)
    words = [spoken(row, 112, 315 + 30 * at) for at, row in enumerate(rows)]
    words += [spoken("1892", 312, 315), spoken("1628", 312, 375)]
    (table,) = tables_of(image, words)
    assert plain(table) == (
        f'<table><tr><td>{rows[0]}</td><td>1892</td></tr><tr><td colspan="2">{rows[1]}</td></tr>'
        f'<tr><td>{rows[2]}</td><td>1628</td></tr><tr><td colspan="2">{rows[3]}</td></tr></table>'
    )


def test_lines_that_wide_gaps_divide_are_rows_between_ruling_lines() -> None:
    image, draw = lined([300, 335, 370, 405])
    rows = [[("a", 110), ("b", 250)], [("1", 110), ("2", 250)], [("3", 110), ("4", 250)]]
    words = []
    for at, cells in enumerate(rows):
        pieces = [spoken(text, x, 318 + 35 * at) for text, x in cells]
        box, said = Box.around(piece.box for piece in pieces), tuple(word for piece in pieces for word in piece.words)
        words.append(TextLine(box, " ".join(text for text, _ in cells), 1.0, EM, "text", words=said))
        ink(draw, pieces)
    (table,) = tables_of(image, words)
    assert plain(table) == (
        "<table><tr><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>"
    )
