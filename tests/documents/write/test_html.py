"""Pages as HTML: readable by themselves, in the page's language, and free of anything that runs or is fetched."""

import base64
import io

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
    *("ul", "ol", "li", "pre", "code", "div", "figure", "figcaption", "img"),
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
        (
            "text",
            "[a & b](https://a.kr/?x=1&y=2)",
            '<p><a href="https://a.kr/?x=1&amp;y=2" rel="noreferrer">a &amp; b</a></p>',
        ),
        ("text", "[a](javascript:x) [b](//c)", "<p>[a](javascript:x) [b](//c)</p>"),
        ("list", "• a\n• b\n  more", "<ul><li>a</li><li>b\nmore</li></ul>"),
        ("list", "3. a\n4) b", '<ol><li value="3">a</li><li value="4">b</li></ol>'),
        ("list", "□ 개요\n① 하나", "<ul><li>□ 개요</li><li>① 하나</li></ul>"),
        ("list", "no bullet", "<ul><li>no bullet</li></ul>"),
        ("code", "```\n<a> & b\n```", "<pre><code>&lt;a&gt; &amp; b</code></pre>"),
        ("equation", r"\nosuch{a<b}", r'<code class="formula">\nosuch{a&lt;b}</code>'),
        ("table_caption", "표 1", '<p class="caption">표 1</p>'),
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


@pytest.mark.parametrize("inside", [True, False])
def test_pictures_are_inside_or_linked(inside: bool) -> None:
    block = Block("image", None, "", figure="a b.png")
    html = written(
        DocumentPage(1, 9, 9, (block,)), Wanted(pictures=FakePictures(figures={"a b.png": PNG}), inside=inside)
    )
    address = f"data:image/png;base64,{base64.b64encode(PNG).decode()}" if inside else "a%20b.png"
    assert f'<figure><img src="{address}" alt="image"></figure>' in html


def test_only_pictures_that_browsers_show_are_put_inside() -> None:
    block = Block("image", None, "", figure="a.svg")
    html = written(DocumentPage(1, 9, 9, (block,)), Wanted(pictures=FakePictures(figures={"a.svg": b"<svg onload=x>"})))
    assert 'src="a.svg"' in html and "data:" not in html.partition("<body>")[2]


def test_each_page_beside_its_text_if_asked_for() -> None:
    pictures = FakePictures(pages={1: Image.new("RGB", (8, 8), "red")})
    page = DocumentPage(1, 9, 9, (Block("text", None, "a"),))
    assert 'class="sheet"' not in written(page, Wanted(pictures=pictures)).partition("<body>")[2]
    html = written(page, Wanted(pictures=pictures, page_images=True))
    data = html.partition('<div class="sheet"><img src="data:image/jpeg;base64,')[2].partition('"')[0]
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (8, 8)
    assert html.count("<div") == html.count("</div>")
    assert (
        'class="sheet"'
        not in written(DocumentPage(2, 9, 9), Wanted(pictures=pictures, page_images=True)).partition("<body>")[2]
    )


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
    table = Block(
        "table", None, "", "<table><tr><td>a b</td><td>b</td></tr></table>", words=(Word("b", (0,) * 4, 0.2),)
    )
    assert '<td>a <span class="unsure" title="confidence 20%">b</span></td><td>b</td>' in written(
        DocumentPage(1, 9, 9, (table,)), Wanted()
    )


def test_the_language_is_that_of_the_first_page_with_text() -> None:
    def html(*texts: str) -> str:
        pages = (DocumentPage(number, 9, 9, (Block("text", None, text),)) for number, text in enumerate(texts, 1))
        return Document("a", "a.pdf", tuple(pages)).html

    assert '<html lang="ko">' in html("", "42", "한글", "English") and '<html lang="en">' not in html("English")
    assert html("42").count("<html>") == 1 and html("", "", "", "", "", "", "한글").count('lang="ko"') == 1
    assert [html("1", "2", "3", "4", "5", "6", "7").count(f'id="page-{n}"') for n in range(1, 8)] == [1] * 7


def test_every_page_is_a_section_with_its_language_and_what_failed() -> None:
    page = DocumentPage(
        2, 9, 9, (Block("header", None, "머리"), Block("text", None, "본문")), "PARTIAL", error="cut <off>"
    )
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


def test_code_in_a_line_is_shown_as_it_is() -> None:
    assert inline_html("`<b> **x** $y$` **z**") == "<code>&lt;b&gt; **x** $y$</code> <b>z</b>"


def test_no_word_is_marked_within_a_formula() -> None:
    word = Word("a", (0, 0, 1, 1), 0.1)
    assert marked(inline_html("\\(a\\) a"), [word]).endswith(
        '</math> <span class="unsure" title="confidence 10%">a</span>'
    )
