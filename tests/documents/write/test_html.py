"""Documents as HTML and as hOCR."""

import base64
import io
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from PIL import Image

from fakes.documents import FakePictures, documents, written_as
from fakes.html import Seen
from sokdok.documents.blocks import Block, Word
from sokdok.documents.document import DocumentPage
from sokdok.documents.result import Document
from sokdok.documents.write.html import TAGS as MATHML
from sokdok.documents.write.html import block_html, inline_html, marked
from sokdok.documents.write.writer import Wanted

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "section", "a", "h1", "h2", "h3", "h4", "h5", "h6", "p"),
    *("ul", "ol", "li", "pre", "code", "blockquote", "div", "figure", "figcaption", "img"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "sub", "sup", "b", "i", "br", "span", "!"),
    *("semantics", "annotation", *MATHML),
}


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("title", "# 제목", "<h1>제목</h1>"),
        ("sub_title", "#### a < b", "<h4>a &lt; b</h4>"),
        ("text", "a **b** H<sub>2</sub>O\n<script>", "<p>a <b>b</b> H<sub>2</sub>O\n&lt;script&gt;</p>"),
        ("text", "$x^$ \\(z_\\) $5 and $6", "<p><code>x^</code> <code>z_</code> $5 and $6</p>"),
        ("text", "[a & b](https://a.kr/?x&y)", '<p><a href="https://a.kr/?x&amp;y" rel="noreferrer">a &amp; b</a></p>'),
        ("text", "[a](javascript:x) [b](//c)", "<p>[a](javascript:x) [b](//c)</p>"),
        ("list", "• a\n• b\n  more", "<ul><li>a</li><li>b\nmore</li></ul>"),
        ("list", "3. a\n4) b", '<ol><li value="3">a</li><li value="4">b</li></ol>'),
        ("list", "□ 개요\n① 하나", "<ul><li>□ 개요</li><li>① 하나</li></ul>"),
        ("list", "no bullet", "<ul><li>no bullet</li></ul>"),
        ("code", "```\n<a> & b\n```", "<pre><code>&lt;a&gt; &amp; b</code></pre>"),
        ("equation", r"\nosuch{a<b}", r'<code class="formula">\nosuch{a&lt;b}</code>'),
        ("table_caption", "표 1", '<p class="caption">표 1</p>'),
        ("quote", "a <b\nc", "<blockquote><p>a &lt;b\nc</p></blockquote>"),
        ("header", "Kopf", '<p class="furniture">Kopf</p>'),
        ("image", "", '<figure><figcaption class="caption">image</figcaption></figure>'),
    ],
)
def test_blocks(kind: str, text: str, expected: str) -> None:
    assert block_html(Block(kind, None, text)) == expected


def test_tables_are_what_was_sanitised() -> None:
    block = Block("table", None, "a", "<tr><td colspan=2 onclick=x>a<script>b</script>")
    assert block_html(block) == '<div class="table"><table><tr><td colspan="2">a</td></tr></table></div>'


PNG = b"\x89PNG picture"


def written(page: DocumentPage, wanted: Wanted) -> str:
    return written_as("html", Document("a", "a.pdf", (page,)), wanted).decode()


def test_pictures_are_inside_or_linked_and_only_those_that_browsers_show_are_inside() -> None:
    pictures = FakePictures(figures={"a b.png": PNG, "a.svg": b"<svg onload=x>"})
    page = DocumentPage(1, 9, 9, tuple(Block("image", None, "", figure=name) for name in pictures.figures))
    inside, linked = (written(page, Wanted(pictures=pictures, inside=inside)) for inside in (True, False))
    data = base64.b64encode(PNG).decode()
    assert f'<figure><img src="data:image/png;base64,{data}" alt="image"></figure>' in inside
    assert 'src="a.svg"' in inside and inside.partition("<body>")[2].count("data:") == 1
    assert '<figure><img src="a%20b.png" alt="image"></figure>' in linked and 'src="a.svg"' in linked


def test_each_page_beside_its_text_if_asked_for() -> None:
    pictures = FakePictures(pages={1: Image.new("RGB", (8, 8), "red")})
    page = DocumentPage(1, 9, 9, (Block("text", None, "a"),))
    assert 'class="sheet"' not in written(page, Wanted(pictures=pictures)).partition("<body>")[2]
    html = written(page, Wanted(pictures=pictures, page_images=True))
    data = html.partition('<div class="sheet"><img src="data:image/jpeg;base64,')[2].partition('"')[0]
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (8, 8)
    assert html.count("<div") == html.count("</div>")
    other = written(DocumentPage(2, 9, 9), Wanted(pictures=pictures, page_images=True))
    assert 'class="sheet"' not in other.partition("<body>")[2]


def test_words_of_little_confidence_are_marked() -> None:
    words = (
        Word("계약", (0, 0, 1, 1), 0.99),
        Word("<승인>", (0, 0, 1, 1), 0.41),
        Word("승인", (0, 0, 1, 1), 0.9, other='승"인'),
        Word("gone", (0, 0, 1, 1), 0.1),
    )
    html = written(DocumentPage(1, 9, 9, (Block("text", None, "계약 <승인> **승인**", words=words),)), Wanted())
    assert '계약 <span class="unsure" title="confidence 41%">&lt;승인&gt;</span> <b><span class="unsure" ' in html
    assert 'title="confidence 90%; the text layer says: 승&quot;인">승인</span></b></p>' in html
    cells = "<table><tr><td>a b</td><td>b</td></tr></table>"
    html = written(
        DocumentPage(1, 9, 9, (Block("table", None, "", cells, words=(Word("b", (0,) * 4, 0.2),)),)), Wanted()
    )
    assert '<td>a <span class="unsure" title="confidence 20%">b</span></td><td>b</td>' in html


def test_the_language_is_that_of_the_first_page_with_text() -> None:
    def html(*texts: str) -> str:
        pages = (DocumentPage(number, 9, 9, (Block("text", None, text),)) for number, text in enumerate(texts, 1))
        return Document("a", "a.pdf", tuple(pages)).html

    assert '<html lang="ko">' in html("", "42", "한글", "English") and '<html lang="en">' not in html("English")
    assert html("42").count("<html>") == 1 and html("", "", "", "", "", "", "한글").count('lang="ko"') == 1
    assert [html("1", "2", "3", "4", "5", "6", "7").count(f'id="page-{n}"') for n in range(1, 8)] == [1] * 7


def test_every_page_is_a_section_with_its_language_and_what_failed() -> None:
    blocks = (Block("header", None, "머리"), Block("text", None, "본문"))
    page = DocumentPage(2, 9, 9, blocks, "PARTIAL", error="cut <off>")
    lost = DocumentPage(3, 0, 0, status="FAILURE", error="broken")
    document = Document("보고서 <1>", "a.pdf", (page, lost), ("and more",))
    assert "<title>보고서 &lt;1&gt;</title>" in document.html
    assert '<section class="page" id="page-2" lang="ko">' in document.html
    assert "cut &lt;off&gt;" in document.html and "<p>본문</p>" in document.html and "머리" not in document.html
    assert "page 3: broken" in document.html and "and more" in document.html
    assert '<p class="furniture">머리</p>' in written(page, Wanted(furniture=True))


@given(document=documents)
@settings(deadline=None, max_examples=25)
def test_no_document_has_anything_that_runs_or_is_fetched(document: Document) -> None:
    seen = Seen(document.html)
    assert seen.tags <= TAGS
    for name, value in seen.attributes:
        assert not name.startswith("on")
        if name in ("href", "src"):
            assert value and value.startswith(("#page-", "images/", "https://", "mailto:")[: 2 if name == "src" else 4])


def test_formulas_are_drawn_by_the_browser_and_keep_their_latex() -> None:
    text = inline_html("where **x** is \\(a<b_1\\) [link](https://a.example)")
    assert text.startswith("where <b>x</b> is <math><semantics>") and text.endswith('rel="noreferrer">link</a>')
    assert "<mo>&lt;</mo><msub><mi>b</mi><mn>1</mn></msub>" in text
    assert '<annotation encoding="application/x-tex">a&lt;b_1</annotation>' in text
    assert inline_html("so $$a_1$$").startswith('so <math display="block">')
    displayed = block_html(Block("equation", None, r"\[\frac{a}{b}\]"))
    assert displayed.startswith('<div class="formula"><math display="block">') and "<mfrac>" in displayed


def test_code_in_a_line_is_shown_as_it_is_and_no_word_is_marked_within_a_formula() -> None:
    assert inline_html("`<b> **x** $y$` **z**") == "<code>&lt;b&gt; **x** $y$</code> <b>z</b>"
    text = marked(inline_html("\\(a\\) a"), [Word("a", (0, 0, 1, 1), 0.1)])
    assert text.endswith('</math> <span class="unsure" title="confidence 10%">a</span>')


NAME = "{http://www.w3.org/1999/xhtml}"


def hocr(document: Document) -> ElementTree.Element:
    return ElementTree.fromstring(written_as("hocr", document))


def found(root: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    return [element for element in root.iter() if element.get("class") == kind]


WORDS = (
    Word("한국어", (10, 10, 60, 30), 0.876),
    Word("<b>", (70, 12, 90, 30), 1.0),
    Word("Zeile", (10, 40, 60, 60), source="text-layer"),
    Word("zwei", (70, 40, 99, 60)),
)
FURTHER = Block("text", (10, 10, 50, 30), "weiter", words=(Word("weiter", (10, 10, 50, 30)),))
PAGES = (
    DocumentPage(1, 200, 300, (Block("text", (10, 10, 99, 60), "", words=WORDS), Block("image", (0, 99, 50, 150), ""))),
    DocumentPage(
        2, 200, 300, (FURTHER, Block("text", (5, 50, 99, 90), "nobody knows where"), Block("text", None, "nor here"))
    ),
    DocumentPage(3, 0, 0, status="FAILURE", error="broken"),
)


def test_what_was_not_read_is_a_picture_that_says_so() -> None:
    block = Block("unread", (10, 10, 99, 60), "[formula not read]", words=WORDS[:2])
    root = hocr(Document("a", "a.pdf", (DocumentPage(1, 200, 300, (block,)),)))
    assert [photo.text for photo in found(root, "ocr_photo")] == ["[formula not read]"]
    assert not found(root, "ocrx_word")


def test_pages_lines_and_words_with_boxes_and_confidence() -> None:
    root = hocr(Document("보고서", 'a"b;c.pdf', PAGES))
    assert [page.get("title") for page in found(root, "ocr_page")] == [
        'image "a\'b,c.pdf"; bbox 0 0 200 300; ppageno 0',
        'image "a\'b,c.pdf"; bbox 0 0 200 300; ppageno 1',
        'image "a\'b,c.pdf"; bbox 0 0 0 0; ppageno 2',
    ]
    lines = found(root, "ocr_line")
    assert ["".join(line.itertext()) for line in lines] == [
        "한국어 <b>", "Zeile zwei", "weiter", "nobody knows where", "nor here"
    ]  # fmt: skip
    assert lines[0].get("title") == "bbox 10 10 90 30" and lines[3].get("title") == "bbox 5 50 99 90"
    assert [word.get("title") for word in found(root, "ocrx_word")] == [
        "bbox 10 10 60 30; x_wconf 88",
        "bbox 70 12 90 30; x_wconf 100",
        "bbox 10 40 60 60; x_wconf 100",
        "bbox 70 40 99 60",
        "bbox 10 10 50 30",
    ]
    assert found(root, "ocr_photo")[0].get("title") == "bbox 0 99 50 150"
    assert found(root, "ocr_page")[1].findall(".//*[@class='ocrx_word']")[0].text == "weiter"


def test_the_page_says_its_language_and_lines_that_stand_say_their_angle() -> None:
    words = tuple(Word("stamp", (10, 100 - 50 * at, 20, 140 - 50 * at)) for at in range(2))
    page = DocumentPage(1, 99, 199, (Block("text", (10, 50, 20, 140), "", words=words), Block("text", None, "한글")))
    root = hocr(Document("a", "a.pdf", (page,)))
    assert found(root, "ocr_line")[0].get("title") == "bbox 10 50 20 140; textangle 90"
    assert found(root, "ocr_page")[0].get("lang") == "ko"


@given(document=documents)
@settings(deadline=None, max_examples=25)
def test_any_document_is_well_formed_and_its_ids_are_its_own(document: Document) -> None:
    pages = tuple({page.number: page for page in document.pages}.values())
    root = hocr(Document(document.name, document.source, pages))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert {element.tag.removeprefix(NAME) for element in root.iter()} <= {
        *("html", "head", "title", "meta", "body", "div", "p", "span")
    }
    assert all(re.fullmatch(r"[a-z]+(_\d+)+", name) for name in ids)
