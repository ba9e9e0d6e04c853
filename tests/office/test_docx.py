"""Word documents: what a reader of the page would see comes in, in its structure, and nothing else does."""

import io
from pathlib import Path

import docx as python_docx
import pytest
from docx.enum.text import WD_BREAK

from fakes.office import MOST, docx, png, related, told
from sokdok.office.docx import DocxFile
from sokdok.office.flow import Flow, Part
from sokdok.office.styles import counted


def part(path: Path) -> Part:
    return DocxFile(path, "x.docx", MOST).part(0)


def text(path: Path) -> str:
    return told(DocxFile(path, "x.docx", MOST))


def paragraph(words: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{words}</w:t></w:r></w:p>"


def body(tmp_path: Path, xml: str, **more: object) -> str:
    return text(docx(tmp_path / "x.docx", xml, **more))  # type: ignore[arg-type]


def test_what_word_writes(tmp_path: Path) -> None:
    made = python_docx.Document()
    made.add_heading("사업 계획", 0)
    made.add_heading("1. 목적", 1)
    made.add_paragraph("노후 장비를\n교체한다.")
    made.add_heading("세부", 3)
    for words, style in (("첫째", "List Bullet"), ("그 아래", "List Bullet 2"), ("둘째", "List Bullet")):
        made.add_paragraph(words, style)
    made.add_paragraph("하나", "List Number")
    made.add_paragraph("둘", "List Number")
    made.add_paragraph("이 문단 뒤에서 쪽이 바뀐다.").add_run().add_break(WD_BREAK.PAGE)
    table = made.add_table(3, 3)
    for row, words in enumerate(("품목 수량 금액", "노트북 10 100,000", "모니터 2 30,000")):
        for cell, word in zip(table.rows[row].cells, words.split(), strict=True):
            cell.text = word
    table.cell(1, 0).merge(table.cell(2, 0))
    made.add_picture(io.BytesIO(png()))
    made.save(tmp_path / "x.docx")
    assert text(tmp_path / "x.docx") == (
        "# 사업 계획\n\n# 1. 목적\n\n노후 장비를\n교체한다.\n\n### 세부\n\n- 첫째\n  - 그 아래\n- 둘째\n\n"
        "1. 하나\n2. 둘\n\n이 문단 뒤에서 쪽이 바뀐다.\n\n"
        "<table><tr><th>품목</th><th>수량</th><th>금액</th></tr>"
        '<tr><td rowspan="2">노트북<br>모니터</td><td>10</td><td>100,000</td></tr>'
        "<tr><td>2</td><td>30,000</td></tr></table>\n\n<!-- image -->"
    )


NUMBERING = (
    "<w:numbering {spaces}><w:abstractNum w:abstractNumId='0'>"
    "<w:lvl w:ilvl='0'><w:start w:val='1'/><w:numFmt w:val='decimal'/><w:lvlText w:val='%1.'/></w:lvl>"
    "<w:lvl w:ilvl='1'><w:start w:val='1'/><w:numFmt w:val='decimalZero'/><w:lvlText w:val='%1.%2'/></w:lvl>"
    "<w:lvl w:ilvl='2'><w:start w:val='1'/><w:numFmt w:val='ganada'/><w:lvlText w:val='%3)'/></w:lvl></w:abstractNum>"
    "<w:abstractNum w:abstractNumId='1'><w:lvl w:ilvl='0'><w:numFmt w:val='bullet'/></w:lvl>"
    "<w:lvl w:ilvl='1'><w:numFmt w:val='bullet'/></w:lvl></w:abstractNum>"
    "<w:num w:numId='1'><w:abstractNumId w:val='0'/></w:num><w:num w:numId='2'><w:abstractNumId w:val='1'/></w:num>"
    "<w:num w:numId='3'><w:abstractNumId w:val='0'/><w:lvlOverride w:ilvl='0'><w:startOverride w:val='7'/>"
    "</w:lvlOverride></w:num>{}</w:numbering>"
)
KINDS = (  # a list by the name of its style, whose second level goes on, and whose third one has a word
    "<w:abstractNum w:abstractNumId='2'><w:styleLink w:val='S'/><w:lvl w:ilvl='0'><w:start w:val='0'/>"
    "<w:numFmt w:val='custom' w:format='01, 02, 03, ...'/><w:lvlText w:val='제%1장'/></w:lvl><w:lvl w:ilvl='1'>"
    "<w:numFmt w:val='koreanCounting'/><w:lvlRestart w:val='0'/><w:lvlText w:val='%2조'/></w:lvl><w:lvl w:ilvl='2'>"
    "<w:numFmt w:val='none'/><w:lvlText w:val='주의'/></w:lvl></w:abstractNum><w:abstractNum w:abstractNumId='3'>"
    "<w:numStyleLink w:val='S'/></w:abstractNum><w:num w:numId='4'><w:abstractNumId w:val='3'/></w:num>"
)


def item(words: str, level: int, number: int = 1) -> str:
    return paragraph(words, f"<w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='{number}'/></w:numPr>")


def test_numbers_that_word_counts_stand_before_items(tmp_path: Path) -> None:
    items = [("a", 0), ("b", 1), ("c", 1), ("d", 2), ("e", 2), ("f", 0), ("", 1), ("g", 1)]  # an empty one counts
    xml = "".join(item(words, level) for words, level in items) + item("h", 0, 3)
    told = body(tmp_path, xml, parts={"numbering.xml": NUMBERING.replace("{}", "")})
    assert told == "1. a\n   - 1.01 b\n   - 1.02 c\n     - 가) d\n     - 나) e\n2. f\n   - 2.02 g\n\n7. h"
    items = [("a", 0), ("b", 1), ("c", 0), ("d", 1), ("e", 2)]
    xml, parts = "".join(item(*one, 4) for one in items), {"numbering.xml": NUMBERING.replace("{}", KINDS)}
    assert body(tmp_path, xml, parts=parts) == "- 제00장 a\n  - 일조 b\n- 제01장 c\n  - 이조 d\n    - 주의 e"
    parts["numbering.xml"] = parts["numbering.xml"].replace("koreanCounting", "ordinalText")
    assert "(ordinalText)" in part(docx(tmp_path / "y.docx", xml, parts)).error


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("upperRoman", "I IV XI XXVII CVI"),
        ("upperLetter", "A D K AA BBBBB"),
        ("upper-alpha", "A D K AA DB"),
        ("ganada", "가 라 카 파파 아아아아아아아아"),
        ("HANGUL_SYLLABLE", "가 라 카 퍼 106"),
        ("koreanDigital", "일 사 일일 이칠 일영육"),
        ("koreanCounting", "일 사 십일 이십칠 백육"),
        ("koreanLegal", "하나 넷 열하나 스물일곱 106"),
        ("korean-hangul-formal", "일 사 일십일 이십칠 일백육"),
        ("chineseCounting", "一 四 十一 二十七 一〇六"),
        ("cjk-ideographic", "一 四 十一 二十七 一百零六"),
        ("chineseLegalSimplified", "壹 肆 壹拾壹 贰拾柒 壹佰零陆"),
        ("ideographTraditional", "甲 丁 11 27 106"),
        ("decimalEnclosedCircle", "① ④ ⑪ 27 106"),
        ("ea1JpnKor", "一 四 十一 二十七 百六"),
        ("cardinalText", "1 4 11 27 106"),
    ],
)
def test_numbers_are_of_their_kind_and_figures_where_that_is_not_known(form: str, shown: str) -> None:
    flow = Flow()
    assert " ".join(counted(number, form, flow) for number in (1, 4, 11, 27, 106)) == shown
    assert (form in flow.error) == (shown[-3:] == "106" and form != "decimalEnclosedCircle")


def test_headings_are_told_by_outline_level_and_style_and_keep_their_numbers(tmp_path: Path) -> None:
    styles = (
        "<w:styles {spaces}><w:style w:type='paragraph' w:styleId='a1'><w:name w:val='Heading 2'/></w:style>"
        "<w:style w:type='paragraph' w:styleId='a2'><w:name w:val='장 제목'/><w:basedOn w:val='a1'/></w:style>"
        "<w:style w:type='paragraph' w:styleId='loop'><w:name w:val='x'/><w:basedOn w:val='loop'/></w:style>"
        "<w:style w:type='paragraph' w:styleId='n'><w:name w:val='heading 1'/><w:pPr><w:numPr><w:numId w:val='1'/>"
        "</w:numPr></w:pPr></w:style></w:styles>"
    )
    xml = (
        paragraph("가", "<w:pStyle w:val='n'/>")
        + paragraph("나", "<w:pStyle w:val='a2'/>")
        + paragraph("다", "<w:outlineLvl w:val='3'/>")
        + paragraph("라", "<w:pStyle w:val='a2'/><w:outlineLvl w:val='9'/>")
        + paragraph("마", "<w:pStyle w:val='loop'/>")
    )
    parts = {"styles.xml": styles, "numbering.xml": NUMBERING}
    assert body(tmp_path, xml, parts=parts) == "# 1. 가\n\n## 나\n\n#### 다\n\n라\n\n마"


def test_links_notes_and_raised_letters(tmp_path: Path) -> None:
    notes = (
        "<w:footnotes {spaces}><w:footnote w:id='0'><w:p/></w:footnote><w:footnote w:id='7'><w:p><w:r>"
        "<w:footnoteRef/></w:r><w:r><w:t>첫 주석</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    xml = (
        "<w:p><w:hyperlink r:id='rId1'><w:r><w:t>누리집</w:t></w:r></w:hyperlink><w:r><w:rPr><w:position w:val='-1'/>"
        "</w:rPr><w:t> x</w:t></w:r><w:r><w:rPr><w:position w:val='-6'/></w:rPr><w:t>i</w:t></w:r><w:r><w:rPr>"
        "<w:strike/><w:vertAlign w:val='superscript'/></w:rPr><w:t>2</w:t></w:r><w:r><w:footnoteReference w:id='8' "
        "w:customMarkFollows='1'/><w:t>*</w:t><w:footnoteReference w:id='7'/><w:endnoteReference w:id='7'/></w:r></w:p>"
    )
    parts = {"footnotes.xml": notes, "endnotes.xml": notes.replace("footnote", "endnote").replace("첫", "끝")}
    assert body(tmp_path, xml, parts=parts, relations=related("rId1", "https://example.org/a(b)", external=True)) == (
        "[누리집](https://example.org/a%28b%29) x<sub>i</sub><del><sup>2</sup></del>*<sup>1</sup><sup>i</sup>\n\n"
        "<sup>1</sup> 첫 주석\n\n<sup>i</sup> 끝 주석"
    )


def test_changes_count_as_accepted_and_what_is_hidden_is_left_out(tmp_path: Path) -> None:
    xml = (
        "<w:p><w:ins><w:r><w:t>새 </w:t></w:r></w:ins><w:del><w:r><w:delText>헌 </w:delText></w:r></w:del>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>숨은 </w:t></w:r><w:r><w:t>글</w:t></w:r>"
        f"{FIELD.format('DATE', '')}{FIELD.format('IF</w:instrText>' + FIELD.format('M', 'x') + '<w:instrText>', '.')}"
        "</w:p>"
    )
    box = f"<wp:anchor><wp:docPr hidden='1'/><w:txbxContent>{paragraph('상자')}</w:txbxContent></wp:anchor>"
    xml += f"<w:p><w:r><w:drawing>{box}</w:drawing><w:t>앞</w:t><w:br w:type='page'/><w:t>뒤</w:t></w:r></w:p>"
    joined = paragraph("a", "<w:rPr><w:del/></w:rPr>") + paragraph("b")  # the mark between them is deleted
    joined += paragraph("대", "<w:framePr w:dropCap='drop'/>") + paragraph("한")
    gone = f"<w:tbl><w:tr><w:tc><w:tcPr><w:cellDel/></w:tcPr>{paragraph('x')}</w:tc></w:tr></w:tbl>"
    assert body(tmp_path, xml + joined + gone) == "새 글.\n\n앞\n뒤\n\nab\n\n대한"


FIELD = (
    "<w:r><w:fldChar w:fldCharType='begin'/><w:instrText>{}</w:instrText><w:fldChar w:fldCharType='separate'/>"
    "<w:t>{}</w:t><w:fldChar w:fldCharType='end'/></w:r>"
)


def test_fields_show_what_is_chosen_and_those_that_are_not_read_are_missing(tmp_path: Path) -> None:
    box = "<w:checkBox><w:default w:val='1'/><w:checked w:val='0'/></w:checkBox>"
    choice = "<w:ddList><w:result w:val='1'/><w:listEntry w:val='a'/><w:listEntry w:val='b'/></w:ddList>"
    forms = (f"<w:fldChar w:fldCharType='begin'><w:ffData>{one}</w:ffData></w:fldChar>" for one in (box, choice))
    shown = "<w:fldChar w:fldCharType='end'/>".join((*forms, "<w:t>c</w:t>"))
    assert body(tmp_path, f"<w:p><w:r><w:rPr><w:caps/></w:rPr>{shown}</w:r></w:p>") == "☐BC"
    led = FIELD.format('HYPERLINK "https://a.kr" \\l "n"', "집 ").replace(
        "<w:t>", "</w:r><w:r><w:t xml:space='preserve'>"
    )
    simple = "<w:fldSimple w:instr='HYPERLINK https://b.kr'><w:r><w:t>b</w:t></w:r></w:fldSimple>"
    assert body(tmp_path, f"<w:p>{led}{simple}</w:p>") == "[집](https://a.kr#n) [b](https://b.kr)"
    empty = FIELD.format("EQ a", "")
    code = empty.replace("<w:fldChar w:fldCharType='separate'/>", "")
    for one in (code, empty):
        assert "a field of Word (EQ)" in part(docx(tmp_path / "y.docx", f"<w:p>{one}</w:p>")).error
    assert not part(docx(tmp_path / "y.docx", f"<w:p>{FIELD.format('EQ a', 'x')}</w:p>")).error
    assert body(tmp_path, f"<w:p>{code.replace('EQ a', 'MACROBUTTON Nothing 이름을 쓰세요')}</w:p>") == "이름을 쓰세요"


WHITE = "<w:r><w:rPr><w:color w:val='FFFFFE'/>{}</w:rPr><w:t>x</w:t></w:r>"
SHADED = "<w:shd w:val='clear' w:fill='003366'/>"
STYLED = f"<w:tbl><w:tblPr><w:tblStyle w:val='Grid'/></w:tblPr><w:tr><w:tc><w:p>{WHITE}</w:p></w:tc></w:tr></w:tbl>"
STYLES = (
    f"<w:styles {{spaces}}><w:style w:type='table' w:styleId='Dark'><w:tblStylePr>{SHADED}</w:tblStylePr></w:style>"
    "<w:style w:type='table' w:styleId='Grid'/><w:style w:styleId='Pale'><w:rPr><w:color w:val='FFFFFF'/></w:rPr>"
    "</w:style><w:style w:styleId='Tiny'><w:rPr><w:sz w:val='2'/></w:rPr></w:style><w:style><w:rPr><w:sz w:val='2'/>"
    "</w:rPr></w:style></w:styles>"  # what nothing can name is nobody's, as a report server writes one
)
PALE = "<w:p><w:pPr><w:pStyle w:val='Pale'/></w:pPr><w:r><w:rPr>{}</w:rPr><w:t>x</w:t></w:r></w:p>"
TOLD = PALE.format("<w:color w:val='auto'/>")
BOX = "<w:p><w:r><w:pict style='visibility: {}'><w:txbxContent>{}</w:txbxContent></w:pict></w:r></w:p>"


@pytest.mark.parametrize(
    ("xml", "seen"),
    [
        (f"<w:p>{WHITE}</w:p>", False),
        (f"<w:p><w:pPr><w:shd w:val='clear' w:fill='FFFFFF'/></w:pPr>{WHITE}</w:p>", False),
        (f"<w:p><w:pPr>{SHADED}</w:pPr>{WHITE}</w:p>", True),
        (f"<w:p>{WHITE.format(SHADED)}</w:p>", True),
        (f"<w:p>{WHITE.format('<w:highlight/>')}</w:p>", True),
        (f"<w:p><w:r><w:drawing><wp:anchor behindDoc='1'/></w:drawing></w:r>{WHITE}</w:p>", True),
        (f"<w:p>{WHITE.format(SHADED).replace('FFFFFE', '003366')}</w:p>", False),
        (f"<w:p>{WHITE.replace('FFFFFE', 'DDDDDD')}</w:p>", True),
        (f"<w:p>{WHITE.replace('FFFFFE', 'auto')}</w:p>", True),
        (STYLED.replace("Grid", "Dark"), True),
        (STYLED, False),
        (PALE, False),
        (TOLD, True),
        (PALE.format("<w:outline/>"), True),
        (BOX.format("hidden", TOLD), False),
        (PALE.replace("Pale", "Tiny").format(""), False),
        (PALE.replace("Pale", "Tiny").format("<w:sz w:val='3'/>"), True),
        (f"<w:p>{WHITE.format('<textFill/>')}</w:p>", True),  # Word shows this colour
        (f"<w:p>{WHITE.replace('<w:color w:val=' + repr('FFFFFE'), '<w:rStyle w:val=' + repr('Pale'))}</w:p>", False),
        (f"<w:tbl><w:tr><w:tc><w:tcPr>{SHADED}</w:tcPr><w:p>{WHITE}</w:p></w:tc></w:tr></w:tbl>", True),
        (BOX.format("visible", f"<w:p>{WHITE}</w:p>"), True),
    ],
)
def test_white_on_white_is_left_out(tmp_path: Path, xml: str, seen: bool) -> None:
    file = part(docx(tmp_path / "x.docx", xml.replace("{}", ""), {"styles.xml": STYLES}))
    assert ([piece.text for piece in file.pieces] == ["x"], file.unseen) == (seen, 0 if seen else 1)


def test_signs_of_symbol_fonts(tmp_path: Path) -> None:
    signs = "".join(f"<w:r><w:sym w:font='Wingdings' w:char='{code}'/></w:r>" for code in ("F0FE", "F06F", "F0B2"))
    signs += signs.replace("Wingdings", "Symbol")
    typed = "<w:r><w:rPr><w:rFonts w:ascii='Symbol'/></w:rPr><w:t>m 가\uf06d</w:t></w:r><w:r><w:t>\uf0fcm</w:t></w:r>"
    assert body(tmp_path, f"<w:p>{signs}{typed}</w:p>") == "☑□•☑ο•μ 가μ✓m"


def test_formulas_are_latex(tmp_path: Path) -> None:
    fraction = "<m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>2α</m:t></m:r></m:den></m:f>"
    power = "<m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>"
    xml = (
        f"<w:p><m:oMathPara><m:oMath>{fraction}</m:oMath></m:oMathPara></w:p>"
        f"<w:p><w:r><w:t>즉 </w:t></w:r><m:oMath>{power}</m:oMath></w:p>"
    )
    assert body(tmp_path, xml) == "\\[ \\frac{a}{2\\alpha} \\]\n\n즉 $x^{2}$"
    binomial = fraction.replace("<m:num>", "<m:fPr><m:type m:val='noBar'/></m:fPr><m:num>").replace("α", "")
    bar = "<m:bar><m:barPr><m:pos m:val='top'/></m:barPr><m:e><m:r><m:t>AB</m:t></m:r></m:e></m:bar>"
    limit = "<m:limLow><m:e><m:r><m:t>lim</m:t></m:r></m:e><m:lim><m:r><m:t>n</m:t></m:r></m:lim></m:limLow>"
    xml = f"<w:p><m:oMath><m:d><m:e>{binomial}</m:e></m:d>{bar}{limit}</m:oMath><w:r><w:t> *a* *b*</w:t></w:r></w:p>"
    assert body(tmp_path, xml) == r"$\left({a \atop 2}\right)\overline{AB}\lim_{n}$ \*a\* \*b\*"


def test_tables_keep_spans_header_rows_and_nested_text(tmp_path: Path) -> None:
    def cell(words: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(words)}</w:tc>"

    inner = "<w:tbl><w:tr>" + cell("속", "<w:hMerge w:val='restart'/>") + cell("밑", "<w:hMerge/>") + "</w:tr></w:tbl>"
    xml = (
        "<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>"
        f"{cell('가로', '<w:gridSpan w:val=' + repr('2') + '/>')}{cell('끝')}</w:tr>"
        f"<w:tr>{cell('세로', '<w:vMerge w:val=' + repr('restart') + '/>')}{cell('1')}<w:tc>"
        f"{paragraph('a')}{inner}</w:tc></w:tr>"
        f"<w:tr>{cell('숨은 말', '<w:vMerge/>')}{cell('2')}{cell('3')}</w:tr></w:tbl>"
    )
    assert body(tmp_path, xml) == (
        '<table><tr><th colspan="2">가로</th><th>끝</th></tr><tr><td rowspan="2">세로</td><td>1</td>'
        "<td>a<br>속</td></tr><tr><td>2</td><td>3</td></tr></table>"
    )
    assert part(tmp_path / "x.docx").unseen == 3  # what Word merged away


def test_diagrams_keep_their_levels(tmp_path: Path) -> None:
    box = "<dgm:pt modelId='{0}' type='{1}'><dgm:t><a:p><a:r><a:t>{0}</a:t></a:r></a:p></dgm:t></dgm:pt>"
    boxes = ("", "doc"), ("셋", "node"), ("둘", "asst"), ("하나", "node"), ("홀로", "node"), ("선", "parTrans")
    ways = ("", "셋", 1), ("", "하나", 0), ("하나", "둘", 0), ("둘", "하나", 0)  # the last goes round
    data = "".join(box.format(*one) for one in boxes)
    data += "".join(f"<dgm:cxn srcId='{above}' destId='{below}' srcOrd='{at}'/>" for above, below, at in ways)
    parts, relation = {"d.xml": f"<dgm:d xmlns:dgm='d' xmlns:a='a'>{data}</dgm:d>"}, related("r", "d.xml")
    xml = "<w:p><w:r><w:drawing><dgm:relIds xmlns:dgm='d' r:dm='r'/></w:drawing></w:r></w:p>"
    assert body(tmp_path, xml, parts=parts, relations=relation) == "- 하나\n  - 둘\n- 셋\n- 홀로"


def test_code_is_kept_line_by_line_and_quotations_are_such(tmp_path: Path) -> None:
    named = "<w:style w:styleId='{}'><w:name w:val='{}'/></w:style>".format
    parts = {"styles.xml": f"<w:styles {{spaces}}>{named('c', 'HTML Preformatted')}{named('q', 'Quote')}</w:styles>"}
    typed = "<w:p><w:r><w:rPr><w:rFonts w:ascii='Consolas'/></w:rPr><w:t>f()</w:t></w:r></w:p>"
    lines = "".join(paragraph(line, "<w:pStyle w:val='c'/>") for line in ("def f():", "    return 1"))
    said = paragraph("말", "<w:pStyle w:val='q'/>")
    assert body(tmp_path, lines + typed + said, parts=parts) == "```\ndef f():\n    return 1\nf()\n```\n\n> 말"
    assert body(tmp_path, typed) == "f()"  # all of it is: no listing


def test_pictures_of_the_document_are_kept_and_linked_ones_are_not_fetched(tmp_path: Path) -> None:
    drawing = "<w:drawing><wp:inline><wp:docPr descr='빨간 네모'/><a:blip r:embed='{0}'/></wp:inline></w:drawing>"
    xml = f"<w:p><w:r>{drawing.format('rId1')}{drawing.format('rId2')}</w:r></w:p>"
    relations = related("rId1", "media/a.png") + related("rId2", "https://example.org/b.png", external=True)
    relations += related("rId3", "embeddings/b.bin")
    file = DocxFile(docx(tmp_path / "x.docx", xml, {"media/a.png": png()}, relations), "x.docx", MOST)
    read = file.part(0)
    assert [(block.kind, block.text) for block in read.pieces] == [("image", "빨간 네모")]
    assert read.pictures == [(0, "word/media/a.png")] and file.picture("word/media/a.png") == png()
    assert [one[:17] for one in read.warnings] == ["a picture that is", "1 embedded object"]


def test_headers_and_footers_are_furniture(tmp_path: Path) -> None:
    linked = "<w:p><w:hyperlink r:id='a'><w:r><w:t>대외비</w:t></w:r></w:hyperlink></w:p>"
    own = f"<R xmlns='r'>{related('a', 'https://a.kr', external=True)}</R>"
    parts = {"header1.xml": f"<w:hdr {{spaces}}>{linked}</w:hdr>", "_rels/header1.xml.rels": own}
    told = [("header", "[대외비](https://a.kr)"), ("text", "글")]
    sections = ("first", "</w:sectPr><w:sectPr><w:titlePg/>")  # the next one has the first one's
    for kind, more in (("default", ""), ("first", "<w:titlePg/>"), ("first", ""), ("even", ""), sections):
        used = f"<w:sectPr><w:headerReference w:type='{kind}' r:id='a'/>{more}</w:sectPr>"
        path = docx(tmp_path / "x.docx", f"{paragraph('글')}<w:subDoc/>{used}", parts, related("a", "header1.xml"))
        said = [(block.kind, block.text) for block in part(path).pieces]
        assert said == (told if more or kind == "default" else told[1:]) and "another file" in part(path).error
        assert text(path) == "글"
