"""HWPX documents: headings, lists, tables, pictures, notes, links; other versions and locked ones are refused."""

from pathlib import Path

import pytest

from fakes.office import MOST, archive, png, told
from sokdok.errors import InputError
from sokdok.office.hwpx import HwpxFile

HEAD = (
    "<head><refList><numberings><numbering id='1'><paraHead level='1' numFormat='DIGIT'>^1.</paraHead>"
    "<paraHead level='2' numFormat='HANGUL_SYLLABLE'>^2.</paraHead></numbering></numberings><paraProperties>"
    "<paraPr id='0'><heading type='NONE'/></paraPr><paraPr id='1'><heading type='OUTLINE' level='0'/></paraPr>"
    "<paraPr id='2'><heading type='OUTLINE' level='1'/></paraPr><paraPr id='3'><heading"
    " type='NUMBER' idRef='1' level='0'/>"
    "</paraPr><paraPr id='4'><heading type='BULLET' level='1'/></paraPr></paraProperties>"
    "<charProperties><charPr id='5'><supscript/></charPr></charProperties>"
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
    return HwpxFile(
        archive(folder / "x.hwpx", content | {name.replace("__", "/"): part for name, part in parts.items()}),
        "x.hwpx",
        MOST,
    )


def text(folder: Path, body: str) -> str:
    return told(opened(folder, body))


def test_headings_lists_and_paragraphs(tmp_path: Path) -> None:
    body = (
        p("총칙", 1)
        + p("목적", 2)
        + p("글<tab/>한<lineBreak/>줄<nbSpace/>끝")
        + p("정의", 2)
        + p("하나", 3)
        + p("속", 4)
        + p("부칙", 1)
    )
    assert text(tmp_path, body) == (
        "# 1. 총칙\n\n## 가. 목적\n\n글 한\n줄\xa0끝\n\n## 나. 정의\n\n1. 하나\n   - 속\n\n# 2. 부칙"
    )


def test_tables_keep_spans_and_header_cells(tmp_path: Path) -> None:
    def cell(column: int, row: int, words: str, columns: int = 1, rows: int = 1, header: int = 0) -> str:
        place = f"<cellAddr colAddr='{column}' rowAddr='{row}'/><cellSpan colSpan='{columns}' rowSpan='{rows}'/>"
        return f"<tc header='{header}'><subList>{p(words)}{p('둘째 줄') if words == '1' else ''}</subList>{place}</tc>"

    table = (
        f"<tbl><tr>{cell(0, 0, '가로', 2, header=1)}{cell(2, 0, '끝', header=1)}</tr>"
        f"<tr>{cell(2, 1, '3')}{cell(0, 1, '1')}{cell(1, 1, '2')}</tr>"
        f"<caption><subList>{p('품목')}</subList></caption></tbl>"
    )
    assert text(tmp_path, p("앞", inner=table)) == (
        "앞\n\n품목\n\n"
        '<table><tr><th colspan="2">가로</th><th>끝</th></tr><tr><td>1<br>둘째 줄</td><td>2</td><td>3</td></tr></table>'
    )


def test_notes_links_raised_letters_boxes_and_formulas(tmp_path: Path) -> None:
    note = f"<ctrl><footNote><subList>{p('주석')}</subList></footNote></ctrl>"
    field = "<ctrl><fieldBegin type='HYPERLINK'><parameters><stringParam name='Path'>https\\://example.org;1;0;</stringParam>"
    field += "</parameters></fieldBegin></ctrl><t>누리집</t><ctrl><fieldEnd/></ctrl>"
    box = f"<rect><drawText><subList>{p('상자')}</subList></drawText></rect>"
    hidden = f"<ctrl><hiddenComment><subList>{p('숨은 설명')}</subList></hiddenComment></ctrl>"
    formula = "<equation><script>a over b</script></equation>"
    body = f"<p>{run('<t>x</t>')}{run('<t>2</t>', 5)}{run(note + field + formula + box + hidden)}</p>"
    assert text(tmp_path, body) == (
        "x<sup>2</sup><sup>1</sup>[누리집](https://example.org)`a over b`\n\n상자\n\n<sup>1</sup> 주석"
    )


def test_pictures_come_from_the_file_and_others_are_not_fetched(tmp_path: Path) -> None:
    pictures = "".join(
        f"<pic><shapeComment>{words}</shapeComment><img binaryItemIDRef='{name}'/></pic>"
        for name, words in (("image1", "빨간 네모"), ("image1", "그림입니다. 원본 그림의 이름: a.png"), ("image2", ""))
    )
    file = opened(tmp_path, p("글", inner=pictures))
    part = file.part(0)
    assert [(block.kind, block.text) for block in part.pieces] == [
        ("text", "글"),
        ("image", "빨간 네모"),
        ("image", ""),
    ]
    assert file.picture(part.pictures[0][1]) == png()
    assert part.warnings == ["a picture that is linked from elsewhere is not fetched"]


def test_headers_are_furniture_and_sections_follow_each_other(tmp_path: Path) -> None:
    header = f"<ctrl><header><subList>{p('대외비')}</subList></header></ctrl>"
    file = opened(tmp_path, p("하나", inner=header), **{"Contents__section2.xml": f"<sec>{p('둘')}</sec>"})
    assert [(block.kind, block.text) for block in file.part(0).pieces] == [
        ("header", "대외비"),
        ("text", "하나"),
        ("text", "둘"),
    ]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"version.xml": "<HCFVersion xmlVersion='9.1'/>"}, "HWPX of version 9.1, which sokdok does not know"),
        (
            {"META-INF__manifest.xml": "<manifest><file-entry><encryption-data/></file-entry></manifest>"},
            "is encrypted",
        ),
        ({"Contents__section0.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><sec>&b;</sec>"}, "defines XML entities"),
    ],
)
def test_what_can_not_be_read_is_named(tmp_path: Path, parts: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        opened(tmp_path, p("글"), **parts).part(0)


def test_an_archive_without_sections_is_damaged(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.hwpx", {"mimetype": "application/hwp+zip"})
    with pytest.raises(InputError, match="it has no section"):
        HwpxFile(path, "x.hwpx", MOST)
