"""Pages as HTML: readable by themselves, in the page's language, and free of anything that runs or is fetched."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from hypothesis import given, settings

from fakes.documents import documents
from fakes.html import Seen
from sokdok.documents.document import Block, Document, DocumentPage
from sokdok.documents.write import to_html
from sokdok.documents.write.html import HtmlWriter, block_html, language_of

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "section", "a", "h1", "h2", "h3", "h4", "h5", "h6", "p"),
    *("ul", "ol", "li", "pre", "code", "div", "figure", "figcaption", "img"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "sub", "sup", "b", "i", "br", "!"),
}


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("title", "# 제목", "<h1>제목</h1>"),
        ("sub_title", "#### a < b", "<h4>a &lt; b</h4>"),
        ("text", "a **b** H<sub>2</sub>O\n<script>", "<p>a <b>b</b> H<sub>2</sub>O\n&lt;script&gt;</p>"),
        ("text", "$x<y$ \\(z\\) $5 and $6", "<p><code>x&lt;y</code> <code>z</code> $5 and $6</p>"),
        ("list", "• a\n• b\n  more", "<ul><li>a</li><li>b\nmore</li></ul>"),
        ("list", "3. a\n4) b", '<ol><li value="3">a</li><li value="4">b</li></ol>'),
        ("list", "□ 개요\n① 하나", "<ul><li>□ 개요</li><li>① 하나</li></ul>"),
        ("list", "no bullet", "<ul><li>no bullet</li></ul>"),
        ("code", "```\n<a> & b\n```", "<pre><code>&lt;a&gt; &amp; b</code></pre>"),
        ("equation", "a<b", '<code class="formula">a&lt;b</code>'),
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


def test_pictures_are_linked_or_put_inside(tmp_path: Path) -> None:
    (tmp_path / "a b.png").write_bytes(b"picture")
    block = Block("image", None, "", figure="a b.png")
    assert block_html(block) == '<figure><img src="a%20b.png" alt="image"></figure>'
    inside = f"data:image/png;base64,{base64.b64encode(b'picture').decode()}"
    assert block_html(block, tmp_path) == f'<figure><img src="{inside}" alt="image"></figure>'
    assert 'src="gone.png"' in block_html(Block("image", None, "", figure="gone.png"), tmp_path)


@pytest.mark.parametrize(
    ("text", "language"), [("한글과 English", "ko"), ("ひらがな", "ja"), ("汉字", "zh"), ("Deutsch", ""), ("", "")]
)
def test_the_language_shows_in_the_script(text: str, language: str) -> None:
    assert language_of(text) == language


def test_every_page_is_a_section_with_its_language_and_what_failed() -> None:
    page = DocumentPage(
        2, 9, 9, (Block("header", None, "머리"), Block("text", None, "본문")), "PARTIAL", error="cut <off>"
    )
    lost = DocumentPage(3, 0, 0, status="FAILURE", error="broken")
    document = Document("보고서 <1>", "a.pdf", (page, lost), ("and more",))
    assert "<title>보고서 &lt;1&gt;</title>" in to_html(document)
    assert '<section class="page" id="page-2" lang="ko">' in to_html(document)
    assert (
        "cut &lt;off&gt;" in to_html(document)
        and "<p>본문</p>" in to_html(document)
        and "머리" not in to_html(document)
    )
    assert "page 3: broken" in to_html(document) and "and more" in to_html(document)
    file = io.StringIO()
    HtmlWriter(file, document, keep_furniture=True).add(page)
    assert '<p class="furniture">머리</p>' in file.getvalue()


@given(document=documents)
@settings(deadline=None, max_examples=25)
def test_no_document_has_anything_that_runs_or_is_fetched(document: Document) -> None:
    seen = Seen(to_html(document))
    assert seen.tags <= TAGS
    for name, value in seen.attributes:
        assert not name.startswith("on")
        if name in ("href", "src"):
            assert value and value.startswith(("#page-", "images/"))
