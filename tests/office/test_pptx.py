"""Presentations: titles, bullets, tables, charts, pictures and notes, slide by slide."""

import io
from pathlib import Path

import pptx
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from fakes.office import MOST, png, told
from sokdok.office.pptx import PptxFile


def opened(show: pptx.Presentation, folder: Path) -> PptxFile:
    show.save(folder / "x.pptx")
    return PptxFile(folder / "x.pptx", "x.pptx", MOST)


def blank() -> tuple[pptx.Presentation, pptx.slide.Slide]:
    show = pptx.Presentation()
    return show, show.slides.add_slide(show.slide_layouts[6])


def test_a_slide_with_a_title_bullets_and_notes(tmp_path: Path) -> None:
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text = "분기 보고"
    frame = slide.placeholders[1].text_frame
    frame.text = "매출"
    below = frame.add_paragraph()
    below.text, below.level = "국내", 1
    frame.add_paragraph().text = "이익"
    slide.notes_slide.notes_text_frame.text = "천천히 말할 것"
    assert told(opened(show, tmp_path)) == "# 분기 보고\n\n- 매출\n  - 국내\n- 이익\n\nNotes: 천천히 말할 것"


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
    assert told(opened(show, tmp_path)) == (
        '<table><tr><th colspan="2">가로</th><th>끝</th></tr><tr><td>1</td><td>2</td><td>3</td></tr></table>'
    )


def test_charts_come_as_their_numbers(tmp_path: Path) -> None:
    show, slide = blank()
    data = CategoryChartData()
    data.categories = ["1분기", "2분기"]
    data.add_series("국내", (1.5, 2))
    data.add_series("해외", (3, 0.1))
    place = (Inches(1), Inches(1), Inches(5), Inches(4))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, data)
    part = opened(show, tmp_path).part(0)
    assert [block.kind for block in part.pieces] == ["chart"]
    assert part.pieces[0].html == (
        "<table><tr><th></th><th>국내</th><th>해외</th></tr><tr><th>1분기</th><td>1.5</td><td>3</td></tr>"
        "<tr><th>2분기</th><td>2</td><td>0.1</td></tr></table>"
    )


def test_pictures_and_groups(tmp_path: Path) -> None:
    show, slide = blank()
    slide.shapes.add_picture(io.BytesIO(png()), Inches(1), Inches(1))
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(1), Inches(4), Inches(1), Inches(1)).text_frame.text = "속"
    file = opened(show, tmp_path)
    part = file.part(0)
    assert [block.kind for block in part.pieces] == ["image", "text"]
    assert file.picture(part.pictures[0][1]) == png()


def test_hidden_slides_are_left_out_and_told(tmp_path: Path) -> None:
    show = pptx.Presentation()
    for words, hidden in (("보이는 것", False), ("숨은 것", True)):
        slide = show.slides.add_slide(show.slide_layouts[6])
        slide.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = words
        if hidden:
            slide._element.set("show", "0")
    file = opened(show, tmp_path)
    assert told(file) == "보이는 것" and file.part(0).warnings == ["1 hidden slide is left out"]


def test_links_in_text(tmp_path: Path) -> None:
    show, slide = blank()
    run = slide.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.paragraphs[0].add_run()
    run.text, run.hyperlink.address = "누리집", "https://example.org"
    assert told(opened(show, tmp_path)) == "[누리집](https://example.org)"
