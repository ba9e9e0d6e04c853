"""Hancom's documents, old and new: text, headings, lists, tables, pictures and notes."""

import struct
from pathlib import Path

import pytest

from fakes.office import MOST, archive, png, told
from fakes.office.compound import compound, control, counted, hwp, paragraph, record
from sokdok.errors import InputError
from sokdok.office.file import OpenDocument
from sokdok.office.hwp5 import Hwp5File
from sokdok.office.hwpx import HwpxFile

NONE, OUTLINE, NUMBER, BULLET = range(4)


def shape(head: int, level: int = 0, number: int = 1) -> bytes:
    return record(0x19, 1, struct.pack("<I", head << 23 | level << 25) + bytes(26) + struct.pack("<H", number))


def numbering(*patterns: tuple[str, int], start: int = 1) -> bytes:
    """A numbering: for each level a text and a format; and where the first one begins."""
    levels = [*patterns, *[("", 0)] * (7 - len(patterns))]
    heads = b"".join(struct.pack("<I", form << 5) + bytes(8) + counted(text) for text, form in levels)
    return record(0x17, 1, heads + struct.pack("<H7I", 0, start, *[1] * 6))


def cell(column: int, row: int, words: str, columns: int = 1, rows: int = 1, bits: int = 0) -> bytes:
    head = struct.pack("<HHI4H", 1, 0, bits, column, row, columns, rows) + bytes(20)
    return record(0x48, 2, head) + paragraph(2, words)


def text(path: Path) -> str:
    return told(Hwp5File(path, "x.hwp", MOST))


def test_paragraphs_come_without_their_codes(tmp_path: Path) -> None:
    master = control(1, "secd", bytes(20), record(0x48, 2, bytes(8)) + paragraph(2, "바탕"))
    body = paragraph(0, 2, "가나", 9, "다\n라\x1e마", controls=[master]) + paragraph(0)
    body += paragraph(0, "𝄞 끝", 11, controls=[control(1, "form"), record(0x5D, 1, bytes(4))])
    part = Hwp5File(hwp(tmp_path / "x.hwp", body), "x.hwp", MOST).part(0)
    assert [piece.text for piece in part.pieces] == ["바탕", "가나 다\n라\xa0마", "𝄞 끝"]
    lost = ("a form's field is not read", ["comments are left out"])
    assert (part.pieces[0].kind, part.error, part.warnings) == ("header", *lost)


def test_letters_are_raised_and_white_ones_are_left_out(tmp_path: Path) -> None:
    look = "<42xII2xI4xI"  # of letters: size, flags, colour, and that of their ground
    types = ((1000, 0, 0), (0, 1 << 15, 0), (1000, 0, 0xFFFFFF), (100, 0, 0))
    info = b"".join(record(0x15, 1, struct.pack(look, *one, 2**32 - 1)) for one in types)
    looks = record(0x44, 1, struct.pack("<8I", 0, 0, 1, 1, 2, 2, 8, 3))
    file = Hwp5File(hwp(tmp_path / "x.hwp", paragraph(0, "x2 white tiny", controls=[looks]), info), "x.hwp", MOST)
    assert told(file) == "x<sup>2</sup>" and file.part(0).unseen == 2


def test_outline_levels_are_headings_and_numbers_are_counted(tmp_path: Path) -> None:
    info = shape(NONE) + shape(OUTLINE) + shape(OUTLINE, 1) + shape(NUMBER, 0, 2) + shape(NUMBER, 1, 2) + shape(BULLET)
    info += numbering(("^1.", 2), ("^1-^2", 0)) + numbering(("^1)", 0), ("^2.", 9), start=3)
    section = control(1, "secd", bytes(14) + struct.pack("<H", 1))
    body = paragraph(0, 2, "총칙", shape=1, controls=[section])
    following = ("목적", "정의", "글", "하나", "속", "둘", "점", "보칙")
    for words, number in zip(following, (2, 2, 0, 3, 4, 3, 5, 1), strict=True):
        body += paragraph(0, words, shape=number)
    assert text(hwp(tmp_path / "x.hwp", body, info)) == (
        "# I. 총칙\n\n## I-1 목적\n\n## I-2 정의\n\n글\n\n3) 하나\n   - ㉮. 속\n4) 둘\n- 점\n\n# II. 보칙"
    )


def test_tables_keep_spans_and_title_cells(tmp_path: Path) -> None:
    table = record(0x4D, 2, struct.pack("<IHH", 0, 2, 3))
    cells = cell(0, 0, "가로", 2, 1, 1 << 18) + cell(2, 0, "끝", bits=1 << 18)
    cells += cell(0, 1, "1") + cell(1, 1, "2") + cell(2, 1, "3")
    number = control(3, "atno", struct.pack("<I5H", 4 | 12 << 4, 7, 0, 0, 41, 0))
    caption = record(0x48, 2, bytes(22)) + paragraph(2, "표 ", 18, controls=[number])
    body = paragraph(0, "앞", 11, controls=[control(1, "tbl ", bytes(40), caption + table + cells)])
    body += paragraph(0, "뒤")
    assert text(hwp(tmp_path / "x.hwp", body)) == (
        '앞\n\n표 칠)\n\n<table><tr><th colspan="2">가로</th><th>끝</th></tr><tr><td>1</td><td>2</td>'
        "<td>3</td></tr></table>\n\n뒤"
    )


def test_notes_links_formulas_and_text_boxes(tmp_path: Path) -> None:
    note = control(1, "fn  ", bytes(12), record(0x48, 2, bytes(8)) + paragraph(2, "주석"))
    address = control(1, "%hlk", bytes(5) + counted("http\\://example.org/a;1;0;0;"))
    box = control(1, "gso ", bytes(40), record(0x4C, 2, bytes(8)) + record(0x48, 3, bytes(8)) + paragraph(3, "상자"))
    equation = control(1, "eqed", bytes(4), record(0x58, 2, bytes(4) + counted("a over b")))
    hidden = control(1, "tcmt", b"", record(0x48, 2, bytes(8)) + paragraph(2, "숨은 설명"))
    words = (3, "누리집", 4, " 글", 17, " 식 ", 11, 11, 15)
    body = paragraph(0, *words, controls=[address, note, equation, box, hidden])
    file = Hwp5File(hwp(tmp_path / "x.hwp", body), "x.hwp", MOST)
    assert told(file) == "[누리집](http://example.org/a) 글<sup>1</sup> 식 a over b\n\n상자\n\n<sup>1</sup> 주석"
    assert file.part(0).warnings == ["comments are left out", "formulas are kept in Hancom's own notation"]


def test_pictures_come_from_the_file_and_linked_ones_are_not_fetched(tmp_path: Path) -> None:
    info = record(0x12, 1, struct.pack("<HH", 1, 1) + counted("png"))
    info += record(0x12, 1, struct.pack("<H", 0) + counted("c:\\x"))
    pictures = b"".join(record(0x55, 3, bytes(71) + struct.pack("<H", number)) for number in (1, 2, 9))
    body = paragraph(0, "글", 11, controls=[control(1, "gso ", bytes(40), record(0x4C, 2, bytes(8)) + pictures)])
    file = Hwp5File(hwp(tmp_path / "x.hwp", body, info, binaries={"BIN0001.png": png()}), "x.hwp", MOST)
    part = file.part(0)
    assert [block.kind for block in part.pieces] == ["text", "image"]
    assert file.picture(part.pictures[0][1]) == png()
    assert part.warnings == ["a picture that is linked from elsewhere is not fetched"]


def test_what_can_not_be_read_is_named(tmp_path: Path, subtests: pytest.Subtests) -> None:
    for change, message in (
        ({"version": (6, 2)}, "HWP of version 6.2, which sokdok does not know: save it as HWPX first"),
        ({"flags": 3}, "encrypted with a password"),
        ({"flags": 5}, "locked for distribution"),
        ({"flags": 0x11}, r"locked \(DRM\)"),
    ):
        with subtests.test(change=change):
            path = hwp(tmp_path / "x.hwp", paragraph(0, "글"), **change)  # type: ignore[arg-type]
            with pytest.raises(InputError, match=message):
                Hwp5File(path, "x.hwp", MOST)


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    path = hwp(tmp_path / "x.hwp", record(0x43, 0, bytes(4 << 20)))
    with pytest.raises(InputError, match="unpacks to more than 1 MB"):
        Hwp5File(path, "x.hwp", 1 << 20).part(0)


def test_broken_records_end(tmp_path: Path, subtests: pytest.Subtests) -> None:
    for body in (
        b"",
        b"\xff" * 999,
        record(0x42, 1023) * 2000,
        b"".join(record(0x42, level) for level in range(1023)),
        paragraph(0, 11, 11, 17, 3, 4, 4),
        control(0, "tbl ", below=record(0x48, 1)),
        record(0x42, 0) + record(0x43, 1, b"\x0b"),
        paragraph(0, 11, controls=[control(1, "tbl ", below=record(0x4D, 2) + cell(65535, 65535, "x", 65535, 65535))]),
    ):
        with subtests.test(body=body):
            text(hwp(tmp_path / "x.hwp", body))


def test_a_stream_that_is_no_deflate_is_damaged(tmp_path: Path) -> None:
    header = b"HWP Document File".ljust(35, b"\0") + b"\5" + struct.pack("<I", 1)
    path = compound(tmp_path / "x.hwp", {"FileHeader": header, "DocInfo": b"\xff" * 9, "BodyText/Section0": b""})
    with pytest.raises(InputError, match="damaged"):
        Hwp5File(path, "x.hwp", MOST)


def test_large_streams_and_the_way_through_the_child(tmp_path: Path) -> None:
    import random

    words = "".join(random.Random(1).choices("가나다라마바사아자차카타파하", k=20_000))
    path = hwp(tmp_path / "x.hwp", paragraph(0, words))
    document = OpenDocument()
    assert document.open(path, "x.hwp", "compound", None, 256).count == 1
    assert document.part(0).pieces[0].text == words
    compound(tmp_path / "y.doc", {"WordDocument": b"x"})
    with pytest.raises(InputError, match="Word 97 to 2003"):
        document.open(tmp_path / "y.doc", "y.doc", "compound", None, 256)
    (tmp_path / "z.hwp").write_bytes(path.read_bytes()[:700])
    with pytest.raises(InputError, match="damaged"):
        document.open(tmp_path / "z.hwp", "z.hwp", "compound", None, 256)


HEAD = (
    "<head><refList><numberings><numbering id='1'><paraHead level='1' numFormat='DIGIT'>^1.</paraHead>"
    "<paraHead level='2' numFormat='HANGUL_SYLLABLE'>^2.</paraHead></numbering></numberings><paraProperties>"
    "<paraPr id='0'><heading type='NONE'/></paraPr><paraPr id='1'><heading type='OUTLINE' level='0'/></paraPr>"
    "<paraPr id='2'><heading type='OUTLINE' level='1'/></paraPr>"
    "<paraPr id='3'><heading type='NUMBER' idRef='1' level='0'/></paraPr>"
    "<paraPr id='4'><heading type='BULLET' level='1'/></paraPr></paraProperties>"
    "<charProperties><charPr id='5'><supscript/></charPr><charPr id='6' textColor='#FFFFFF' shadeColor='none'/>"
    "<charPr id='7' textColor='#FFFFFF' shadeColor='#FF0000'/><charPr id='8' height='100'/>"
    "<charPr id='9'><supscript/><strikeout shape='DASH'/></charPr><charPr id='10'><strikeout shape='3D'/></charPr>"
    "<charPr id='11'><strikeout type='NONE' shape='SOLID'/></charPr></charProperties>"
    "<borderFills><borderFill id='1'><fillBrush><winBrush faceColor='none'/></fillBrush></borderFill>"
    "<borderFill id='2'><fillBrush><winBrush faceColor='#003366'/></fillBrush></borderFill></borderFills>"
    "<styles><style id='0' name='바탕글'/><style id='9' name='캡션'/></styles></refList></head>"
)
MANIFEST = (
    "<package><manifest><item id='image1' href='BinData/image1.png'/>"
    "<item id='image2' href='C:/x.png'/></manifest></package>"
)


def run(inner: str, characters: int = 0) -> str:
    return f"<run charPrIDRef='{characters}'>{inner}</run>"


def p(words: str = "", shape: int = 0, style: int = 0, inner: str = "") -> str:
    return f"<p paraPrIDRef='{shape}' styleIDRef='{style}'>{run(f'<t>{words}</t>{inner}')}</p>"


def opened(folder: Path, body: str, **parts: str | bytes) -> HwpxFile:
    section = run("<secPr outlineShapeIDRef='1'/>")
    content: dict[str, str | bytes] = {
        "mimetype": "application/hwp+zip",
        "version.xml": "<HCFVersion major='5' xmlVersion='1.5'/>",
        "Contents/header.xml": HEAD,
        "Contents/content.hpf": MANIFEST,
        "Contents/section0.xml": f"<sec><p>{section}</p>{body}</sec>",
        "BinData/image1.png": png(),
    }
    content |= {name.replace("__", "/"): part for name, part in parts.items()}
    return HwpxFile(archive(folder / "x.hwpx", content), "x.hwpx", MOST)


def written(folder: Path, body: str) -> str:
    return told(opened(folder, body))


CELL = "<tbl><tr><tc borderFillIDRef='{}'><p><run charPrIDRef='6'><t>x</t></run></p></tc></tr></tbl>"


@pytest.mark.parametrize(
    ("inner", "seen"),
    [
        (run("<t>x</t>", 6), False),
        (run("<t>x</t>", 7), True),
        (run("<t>x</t>", 8), False),
        (run(CELL.format(2)), True),
        (run(f"<rect><drawText>{CELL.format(1)}</drawText></rect>"), True),
        (run("<t>x</t>", 6) + run("<rect textWrap='BEHIND_TEXT'/>"), True),
    ],
)
def test_white_on_white_is_left_out(tmp_path: Path, inner: str, seen: bool) -> None:
    part = opened(tmp_path, f"<p>{inner}</p>").part(0)
    assert ("x" in str(part.pieces), part.unseen) == (seen, 0 if seen else 1)


def test_headings_lists_and_paragraphs(tmp_path: Path) -> None:
    words = ("총칙", "\U000f02b1\U000f02ba\U000f02c4", "글<tab/>한<lineBreak/>줄<nbSpace/>끝", *"정하속부")
    body = "".join(map(p, words, (1, 2, 0, 2, 3, 4, 1)))
    assert written(tmp_path, body) == (
        "# 1. 총칙\n\n## 가. ①11\n\n글 한\n줄\xa0끝\n\n## 나. 정\n\n1. 하\n   - 속\n\n# 2. 부"
    )


def test_tables_keep_spans_and_header_cells(tmp_path: Path) -> None:
    def cell(column: int, row: int, words: str, columns: int = 1, rows: int = 1, header: int = 0) -> str:
        place = f"<cellAddr colAddr='{column}' rowAddr='{row}'/><cellSpan colSpan='{columns}' rowSpan='{rows}'/>"
        return f"<tc header='{header}'><subList>{p(words)}{p('둘째 줄') if words == '1' else ''}</subList>{place}</tc>"

    table = (
        f"<tbl><pos treatAsChar='1'/><tr>{cell(0, 0, '가로', 2, header=1)}{cell(2, 0, '끝', header=1)}</tr>"
        f"<tr>{cell(2, 1, '3')}{cell(0, 1, '1')}{cell(1, 1, '2')}</tr>"
        "<caption><subList>"
        + p("품목 ", inner="<ctrl><autoNum num='3' numType='TABLE'/></ctrl>")
        + "</subList></caption></tbl>"
    )
    assert written(tmp_path, p("앞", inner=f"{table}<t>뒤</t>")) == (
        "앞 뒤\n\n품목 3\n\n"
        '<table><tr><th colspan="2">가로</th><th>끝</th></tr><tr><td>1<br>둘째 줄</td><td>2</td><td>3</td></tr></table>'
    )


def test_notes_links_raised_letters_boxes_and_formulas(tmp_path: Path) -> None:
    number = "<ctrl><autoNum num='2' numType='FOOTNOTE'><autoNumFormat type='LATIN_SMALL' suffixChar=')'/></autoNum>"
    number += "</ctrl>"
    note = f"<ctrl><footNote><subList>{p('주석', inner=number)}</subList></footNote></ctrl>"
    field = "<ctrl><fieldBegin type='HYPERLINK'><parameters><stringParam name='Path'>https\\://example.org;1;0;</stringParam>"
    field += "</parameters></fieldBegin></ctrl><t>누리집</t><ctrl><fieldEnd/></ctrl>"
    box = f"<rect><drawText><subList>{p('상자')}</subList></drawText></rect>"
    hidden = f"<ctrl><hiddenComment><subList>{p('숨은 설명')}</subList></hiddenComment></ctrl>"
    formula = "<equation><script>a over b</script></equation><checkBtn caption='예' value='CHECKED'/>"
    struck = "".join(run("<t>s</t>", look) for look in (9, 10, 11))
    body = f"<p>{run('<t>x</t>')}{run('<t>2</t>', 5)}{struck}{run(note + field + formula + box + hidden)}</p>"
    assert "comments are left out" in opened(tmp_path, body).part(0).warnings
    assert written(tmp_path, body) == (
        "x<sup>2</sup><del><sup>s</sup></del>ss<sup>b)</sup>[누리집](https://example.org)a over b☒ 예"
        "\n\n상자\n\n<sup>b)</sup> 주석"
    )


def test_pictures_come_from_the_file_and_others_are_not_fetched(tmp_path: Path) -> None:
    pictures = "".join(
        f"<pic><shapeComment>{words}</shapeComment><img binaryItemIDRef='{name}'/></pic>"
        for name, words in (("image1", "빨간 네모"), ("image1", "그림입니다. 원본 그림의 이름: a.png"), ("image2", ""))
    )
    file = opened(tmp_path, p("\uf53a글", inner=pictures))
    part = file.part(0)
    assert [block.text for block in part.pieces] == ["\uf53a글", "빨간 네모", ""]
    assert file.picture(part.pictures[0][1]) == png()
    assert [one[:12] for one in part.warnings] == ["a picture th", "letters that"]
    assert "(OLE) is not read" in opened(tmp_path, p("글", inner="<ole/>")).part(0).error
    switch = "<switch><case><chart chartIDRef='c.xml'/></case><default><ole/></default></switch>"
    chart = {"c.xml": "<c><title><p><r><t>차트</t></r></p></title></c>"}
    part = opened(tmp_path, p("글", inner=switch), **chart).part(0)
    assert [piece.kind for piece in part.pieces] == ["text", "chart"] and "whose numbers" in part.error


def test_headers_are_furniture_and_sections_follow_each_other(tmp_path: Path) -> None:
    header = f"<ctrl><header><subList>{p('대외비')}</subList></header></ctrl>"
    parts = {"Contents__section2.xml": f"<sec>{p('둘')}</sec>", "Contents__masterpage0.xml": f"<m>{p('바탕')}</m>"}
    pieces = opened(tmp_path, p("하나", inner=header), **parts).part(0).pieces
    assert [block.text for block in pieces] == ["바탕", "대외비", "하나", "둘"] and pieces[0].kind == "header"


def test_what_can_not_be_read_of_hwpx_is_named(tmp_path: Path, subtests: pytest.Subtests) -> None:
    for parts, message in (
        ({"version.xml": "<HCFVersion xmlVersion='9.1'/>"}, "HWPX of version 9.1, which sokdok does not know"),
        ({"META-INF__manifest.xml": "<manifest><encryption-data/></manifest>"}, "is encrypted"),
        ({"Contents__section0.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><sec>&b;</sec>"}, "defines XML entities"),
    ):
        with subtests.test(parts=parts), pytest.raises(InputError, match=message):
            opened(tmp_path, p("글"), **parts).part(0)


def test_an_archive_without_sections_is_damaged(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.hwpx", {"mimetype": "application/hwp+zip"})
    with pytest.raises(InputError, match="it has no section"):
        HwpxFile(path, "x.hwpx", MOST)
