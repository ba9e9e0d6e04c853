"""Slides and workbooks."""

import io
from datetime import date, datetime
from pathlib import Path
from time import process_time

import openpyxl
import pptx
import pytest
from lxml import etree
from openpyxl.drawing.image import Image as Drawing
from openpyxl.formatting.rule import CellIsRule
from openpyxl.worksheet.cell_range import CellRange
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches, Pt

from fakes.office import MOST, archive, png, told
from sokdok.errors import InputError
from sokdok.office import flow
from sokdok.office.chart import is_hidden
from sokdok.office.flow import MOST_CELLS
from sokdok.office.number_format import shown_number, shown_text
from sokdok.office.pptx import PptxFile
from sokdok.office.xlsx import MOST_EMPTY, Sheet, Span, XlsxFile, _covered

A = "http://schemas.openxmlformats.org/drawingml/2006/main"


def opened(show: pptx.Presentation, folder: Path) -> PptxFile:
    show.save(folder / "x.pptx")
    return PptxFile(folder / "x.pptx", "x.pptx", MOST)


def blank() -> tuple[pptx.Presentation, pptx.slide.Slide]:
    show = pptx.Presentation()
    return show, show.slides.add_slide(show.slide_layouts[6])


def test_a_slide_with_a_title_bullets_and_notes(tmp_path: Path) -> None:
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[1])
    etree.SubElement(etree.SubElement(show.element, "section"), "sldId").set("id", "256")  # of slides in sections
    slide.shapes.title.text = "분기 보고"
    frame, usual = slide.placeholders[1].text_frame, slide.slide_layout.placeholders[1]._element.txBody
    etree.SubElement(etree.SubElement(usual[1], f"{{{A}}}lvl1pPr"), f"{{{A}}}buAutoNum").set("type", "arabicPeriod")
    frame.text = "매출"
    below = frame.add_paragraph()
    below.text, below.level = "국내", 1
    frame.add_paragraph().text = "이익"
    slide.notes_slide.notes_text_frame.text = "천천히 말할 것"
    assert told(opened(show, tmp_path)) == "# 분기 보고\n\n1. 매출\n   - 국내\n2. 이익\n\nNotes: 천천히 말할 것"


def test_numbers_raised_words_and_links_of_a_slide(tmp_path: Path) -> None:
    show, slide = blank()
    frame = slide.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame
    for text, kind, level in (("가", "arabicPeriod", 0), ("x", "ea1JpnKorParenBoth", 1), ("나", "arabicPeriod", 0)):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = text, level
        etree.SubElement(paragraph._p.get_or_add_pPr(), f"{{{A}}}buAutoNum").set("type", kind)
    raised, linked, sign, letter = (paragraph.add_run() for _ in range(4))
    raised.text, sign.text, letter.text = "2", "à é", "m\x0bm"  # python-pptx writes `_x000B_`
    etree.SubElement(sign.font._element, f"{{{A}}}sym").set("typeface", "Wingdings")
    letter.font.name = "Symbol"
    raised.font._element.attrib.update({"baseline": "30000", "strike": "dblStrike"})
    linked.text, linked.hyperlink.address = "집", "https://a.kr"
    assert told(opened(show, tmp_path)) == "1. 가\n   - (一) x\n2. 나<del><sup>2</sup></del>[집](https://a.kr)→ éμ\nμ"


def test_shapes_come_from_top_to_bottom_and_left_to_right(tmp_path: Path) -> None:
    show, slide = blank()
    for left, top, words in ((1, 3, "다"), (5, 1.05, "나"), (1, 1, "가")):
        slide.shapes.add_textbox(Inches(left), Inches(top), Inches(1), Inches(1)).text_frame.text = words
    assert told(opened(show, tmp_path)) == "가\n\n나\n\n다"


def test_tables_keep_spans(tmp_path: Path) -> None:
    show, slide = blank()
    table = slide.shapes.add_table(2, 3, Inches(1), Inches(1), Inches(5), Inches(2)).table
    for place, words in {(0, 0): "가로", (0, 2): "끝", (1, 0): "1", (1, 1): "2", (1, 2): "3"}.items():
        table.cell(*place).text = words
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(0, 1).text = "merged away"
    file, html = opened(show, tmp_path), '<table><tr><th colspan="2">가로</th><th>끝</th></tr>'
    assert told(file) == f"{html}<tr><td>1</td><td>2</td><td>3</td></tr></table>" and file.part(0).unseen == 2


def test_charts_come_as_their_numbers(tmp_path: Path) -> None:
    show, slide = blank()
    data = CategoryChartData()
    data.categories = [date(2024, 1, 1), date(2024, 2, 1)]
    data.add_series("국내", (1.5, 2))
    data.add_series("해외", (3, 0.1))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(1), Inches(5), Inches(4), data)
    part = opened(show, tmp_path).part(0)
    assert [block.kind for block in part.pieces] == ["chart"]
    assert part.pieces[0].html == (
        "<table><tr><th></th><th>국내</th><th>해외</th></tr><tr><th>2024-01-01</th><td>1.5</td><td>3</td></tr>"
        "<tr><th>2024-02-01</th><td>2</td><td>0.1</td></tr></table>"
    )


def test_pictures_and_groups(tmp_path: Path) -> None:
    show, slide = blank()
    slide.shapes.add_picture(io.BytesIO(png()), Inches(1), Inches(1))
    etree.strip_elements(slide.shapes.add_picture(io.BytesIO(png()), 0, 0)._element, f"{{{A}}}blip")  # one of nothing
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(1), Inches(4), Inches(1), Inches(1)).text_frame.text = "속"
    file = opened(show, tmp_path)
    part = file.part(0)
    assert [block.kind for block in part.pieces] == ["image", "text"]
    assert file.picture(part.pictures[0][1]) == png()
    own = "<sp><nvSpPr><cNvPr hidden='1'>{}</cNvPr></nvSpPr></sp>"  # Excel shows controls that it calls hidden
    assert [is_hidden(etree.fromstring(own.format(one))) for one in ("", "<compatExt/>")] == [True, False]


def test_type_in_the_colour_of_its_slide_is_left_out(tmp_path: Path) -> None:
    white, dark = RGBColor(255, 255, 254), RGBColor(0, 51, 102)
    cases = (("", white, 0), ("slide", white, 1), ("slide", dark, 0), ("box", white, 1), ("below", white, 1))
    cases += (("tiny", dark, 0), ("", dark, 1))
    for painted, colour, seen in cases:
        show, slide = blank()
        slide.shapes.add_shape(1, 0, Inches(0 if painted == "below" else 2.5), Inches(9), Inches(2))
        box = slide.shapes.add_textbox(Inches(1), Inches(1), Inches(2), Inches(1))
        if painted in ("slide", "box"):
            fill = slide.background.fill if painted == "slide" else box.fill
            fill.solid()
            fill.fore_color.rgb = dark
        run = box.text_frame.paragraphs[0].add_run()
        run.text, run.font.color.rgb = "x", colour
        run.font.size = Pt(1) if painted == "tiny" else None
        part = opened(show, tmp_path).part(0)
        assert ([piece.text for piece in part.pieces], part.unseen) == (["x"] * seen, 1 - seen)


def test_words_below_what_is_opaque_are_left_out(tmp_path: Path) -> None:
    cases = {"": 0, "first": 1, "small": 1, "clear": 1, "long": 1, "turned": 1, "moved": 1, "jpeg": 0, "png": 1}
    for case, seen in cases.items():
        show, slide = blank()
        boxes = (0, Inches(1), Inches(1 if case == "small" else 3), Inches(2))
        box = slide.shapes.add_textbox(0, Inches(1), Inches(2), Inches(1))
        box.text_frame.text = "x" * (400 if case == "long" else 1)
        picture = io.BytesIO(png("red") if case == "png" else png(kind="JPEG"))
        above = slide.shapes.add_picture(picture, *boxes) if "p" in case else slide.shapes.add_shape(1, *boxes)
        above.rotation = 5 if case == "turned" else 0
        if case == "first":
            box._element.addprevious(above._element)
        if case == "clear":
            etree.SubElement(next(above._element.iter("{*}fillRef"))[0], f"{{{A}}}alpha").set("val", "40000")
        etree.SubElement(slide._element, "spTgt").set("spid", str(above.shape_id if case == "moved" else 0))
        part = opened(show, tmp_path).part(0)
        assert (len([one for one in part.pieces if one.kind == "text"]), part.unseen) == (seen, 1 - seen), case


def test_type_has_the_colour_that_layouts_masters_and_styles_give_it(tmp_path: Path) -> None:
    show = pptx.Presentation()
    slide, body = show.slides.add_slide(show.slide_layouts[1]), show.slide_layouts[1].placeholders[1]._element.txBody
    show.slide_master.element.find(".//{*}titleStyle/{*}lvl1pPr/{*}defRPr/{*}solidFill")[0].set("val", "bg1")
    look = etree.SubElement(etree.SubElement(body[1], f"{{{A}}}lvl2pPr"), f"{{{A}}}defRPr")
    etree.SubElement(etree.SubElement(look, f"{{{A}}}solidFill"), f"{{{A}}}srgbClr").set("val", "FFFFFF")
    slide.shapes.title.text, slide.placeholders[1].text = "by the master", "보이는 것\nby the layout"
    slide.placeholders[1].text_frame.paragraphs[1].level = 1
    bare = slide.shapes.add_shape(1, 0, 0, Inches(1), Inches(1))
    bare.text_frame.text = "by its style"
    bare.fill.background()
    file = opened(show, tmp_path)
    assert told(file) == "- 보이는 것" and file.part(0).unseen == 9


def test_hidden_slides_are_left_out_and_told(tmp_path: Path) -> None:
    show = pptx.Presentation()
    for words, hidden in (("보이는 것", False), ("숨은 것", True)):
        slide = show.slides.add_slide(show.slide_layouts[6])
        slide.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = words
        slide._element.set("show", str(int(not hidden)))
    file = opened(show, tmp_path)
    assert told(file) == "보이는 것" and file.part(0).warnings == ["1 hidden slide is left out"]


def book_of(*rows: list[object]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return book


def opened_book(book: openpyxl.Workbook, folder: Path) -> XlsxFile:
    book.save(folder / "x.xlsx")
    return XlsxFile(folder / "x.xlsx", "x.xlsx", MOST)


def test_sheets_are_pages_with_their_names(tmp_path: Path) -> None:
    book = book_of(["분기", "국내", "비율"], ["1분기", 12000, 0.153], ["2분기", 9500.5, None])
    book.active.title = "매출"
    book.active["B2"].number_format = "#,##0"
    book.active["B3"].number_format = '#,##0.0"원"'
    book.active["C2"].number_format = "0.0%"
    book.active.append(["3분기", 1, "merged away"])
    book.active.merged_cells.ranges.add(CellRange("B4:C4"))  # `merge_cells` would empty the second
    book.create_sheet("비어 있음").oddFooter.center.text = '&"맑은 고딕,Bold"&12쪽 &P, R&&D &A'
    file = opened_book(book, tmp_path)
    footers = [piece.text for piece in file.part(1).pieces if piece.kind == "footer"]
    assert (file.part(0).unseen, footers) == (2, ["쪽 , R&D 비어 있음"])
    assert told(file) == (
        "## 매출\n\n<table><tr><th>분기</th><th>국내</th><th>비율</th></tr><tr><td>1분기</td><td>12,000</td>"
        "<td>15.3%</td></tr><tr><td>2분기</td><td>9,500.5원</td><td></td></tr>"
        '<tr><td>3분기</td><td colspan="2">1</td></tr></table>\n\n\n## 비어 있음'
    )


def test_type_in_the_colour_of_its_cell_is_left_out(tmp_path: Path) -> None:
    white, dark, book = {"rgb": "FFFFFFFF"}, "FF003366", openpyxl.Workbook()
    gone = [(white, ""), ({"theme": 0}, ""), ({"indexed": 9}, ""), ({"rgb": dark}, dark)]
    for row, (colour, ground) in enumerate([*gone, ({"theme": 0, "tint": -0.25}, ""), (white, dark), (white, "")]):
        cell = book.active.cell(row + 1, 1, f"x{row}")
        cell.font = openpyxl.styles.Font(color=openpyxl.styles.Color(**colour))
        if ground:
            cell.fill = openpyxl.styles.PatternFill("solid", ground)
    book.active.conditional_formatting.add("A7", CellIsRule("equal", ["1"]))  # may give it another colour
    book.active.cell(1, 2, "tiny").font = openpyxl.styles.Font(sz=1)
    part = opened_book(book, tmp_path).part(0)
    assert part.pieces[-1].text.split() == ["x4", "x5", "x6"] and part.unseen == len(gone) + 1


def test_hidden_sheets_are_left_out_and_told(tmp_path: Path) -> None:
    book = book_of(["보이는 것", "=1+1"])
    book.active["A1"].number_format = ";;;@"  # hides numbers alone
    hidden = book.create_sheet("비밀")
    hidden.append(["숨은 것"])
    hidden.sheet_state = "hidden"
    file = opened_book(book, tmp_path)
    assert len(file) == 1 and ("보이는" in told(file), "숨은" in told(file)) == (True, False)
    assert "without a value: 1;" in file.part(0).error and file.part(0).warnings == ["1 hidden sheet is left out: 비밀"]
    book = book_of([0, "b", 10])
    book.active.sheet_view.showZeros = False
    assert "<td></td><td>b</td><td>10</td>" in told(opened_book(book, tmp_path))
    look = openpyxl.styles.differential.DifferentialStyle(numFmt=openpyxl.styles.numbers.NumberFormat(200, ";;;"))
    book.active.conditional_formatting.add("A1", openpyxl.formatting.rule.Rule("containsBlanks", dxf=look))
    assert "hangs on conditions" in opened_book(book, tmp_path).part(0).error


def test_pictures_of_a_sheet(tmp_path: Path) -> None:
    book = book_of(["", "a", "b"], ["ü", 1, 2], ["y", 3, 4.5])
    book.active.add_image(Drawing(io.BytesIO(png())), "E5")
    book.active["B2"].number_format, book.active["A2"].font = "[DBNum2]0", openpyxl.styles.Font("Wingdings", strike=1)
    file = opened_book(book, tmp_path)
    part = file.part(0)
    assert len(part.pictures) == 1 and "(DBNum)" in part.error and "<del>✓</del>" in str(part.pieces[1])
    assert file.picture(part.pictures[0][1]).startswith(b"\x89PNG")
    book = book_of(["가", *[None] * 9_000, "나"], [*[None] * 50, 3])  # of many empty columns some are kept
    assert told(opened_book(book, tmp_path)).count("<td></td>") == 4 * MOST_EMPTY + 3


def test_a_large_sheet_keeps_its_first_rows_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "MOST_CELLS", 300)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for number in range(5000):
        sheet.append([number, "x", "y"])
    part = opened_book(book, tmp_path).part(0)
    assert part.error == "only the first 100 rows are here: at most 300 cells of a table are taken"
    assert str(part.pieces[-1].html).endswith("<td>99</td><td>x</td><td>y</td></tr></table>")


def test_the_same_huge_span_many_times_takes_no_time(tmp_path: Path) -> None:
    file, told_of, rows = opened_book(book_of(), tmp_path), flow.Flow(), range(20_000)
    painted = [Span(row, 0, row, 16_383) for row in rows[::2]]
    began = process_time()
    pale = Sheet(told_of, {row: {0: ("x", True)} for row in rows}, [(row, 0) for row in rows], painted)
    file._hide_pale(pale, file.pages[0][1])
    assert (told_of.unseen, len(pale.rows[0]), len(pale.rows[1])) == (10_000, 1, 0)
    covered = _covered([Span(0, 0, 1_048_575, 16_383)] * 100_000)
    assert len(covered) <= MOST_CELLS + 1 and {(0, 1), (1, 0)} <= covered and (0, 0) not in covered
    assert process_time() - began < 2


def test_far_cells_and_huge_spans_take_no_memory(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["B1048576"] = "first", "last"
    book.active.merged_cells.ranges.add(CellRange("C1:XFD1000000"))  # `merge_cells` would make each of its cells
    text = told(opened_book(book, tmp_path))
    assert "first" in text and "last" in text and "<th>" not in text and len(text) < 10_000


WON = '_-"₩"* #,##0_-;-"₩"* #,##0_-;_-"₩"* "-"_-;_-@_-'
DAY = 45356  # 5 March 2024, a Tuesday


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (-1234.5, "#,##0.00;(#,##0.00)", "(1,234.50)"),
        (-1234, "(#,##0)", "-(1,234)"),
        (-1234, '#,##0;"▲"#,##0', "▲1,234"),
        (-1234, "#,##0;[Red]#,##0", "-1,234"),  # nothing but the colour says so
        (-1234, WON, "-₩ 1,234"),
        (0, WON, "₩ -"),
        (-0.4, "0", "0"),
        (1.005, "0.00", "1.01"),
        (1234, "USD #,##0", "USD 1,234"),
        (9001011234567, "000000-0000000", "900101-1234567"),
        (1234567, '#,##0,"천원"', "1,235천원"),
        (1.25, "# ??/??", "1 1/4"),
        (50, '[>=60]0"점 합격";0"점 불합격"', "50점 불합격"),
        (DAY, 'yyyy"년" m"월" d"일"(aaa)', "2024년 3월 5일(화)"),
        (DAY, "dddd, mmmm dd, yyyy", "Tuesday, March 05, 2024"),
        (DAY + 0.604224537, "[$-412]AM/PM h:mm:ss", "오후 2:30:05"),
        (26 / 24 + 5 / 1440, "[h]:mm", "26:05"),
        (0.37855902777, "mm:ss.0", "05:07.5"),
        (1_234_005, '[DBNum4]"금"General"원정"', "금일백이십삼만사천오원정"),
        (1204, "[DBNum1][$-412]0", "一二零四"),
        (DAY, "[$-40C]d mmmm yyyy", "2024-03-05"),  # what French calls it is not known
    ],
)
def test_numbers_are_shown_as_their_format_says(value: float, form: str, text: str) -> None:
    assert shown_number(value, form, datetime(1899, 12, 30)) == text


def test_text_has_a_section_of_its_own() -> None:
    assert shown_text("홍길동", '0;-0;0;@" 귀하"') == "홍길동 귀하"
    assert shown_text("홍길동", "0;-0;0;") == "" and shown_text("홍길동", "#,##0") == "홍길동"


def test_a_text_that_is_not_in_a_strict_file_is_not_told_as_its_number(tmp_path: Path) -> None:
    package = opened_book(book_of([7]), tmp_path).package
    strict = "schemas.openxmlformats.org/officeDocument/2006", "purl.oclc.org/ooxml/officeDocument"
    parts = {name: package.read(name).decode().replace('t="n"', 't="s"').replace(*strict) for name in package.names}
    file = XlsxFile(archive(tmp_path / "y.xlsx", parts), "y.xlsx", MOST)
    assert "names a text that is not in the file" in file.part(0).error and "7" not in told(file)


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.xlsx", {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"})
    with pytest.raises(InputError, match="damaged: it has no main part"):
        XlsxFile(path, "x.xlsx", MOST)
