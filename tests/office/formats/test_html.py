"""Pages of the web: their text in its structure; what is hidden, runs or is elsewhere is left out."""

from __future__ import annotations

import base64

import pytest

from fakes.office import png, told
from sokdok.office.formats.html import HtmlFile


def text(html: str) -> str:
    return told(HtmlFile(html, "x.html"))


def test_structure() -> None:
    html = """<!doctype html><html lang=ko><head><title>머리</title><style>p{}</style></head><body>
      <h1>제목</h1> <p>한 문단이고   줄이
      바뀐다.<br>새 줄.</p> 벌거벗은 글 <b>굵게</b>
      <ul><li>하나<ul><li>속<li>둘째 속</ul><li><p>둘</p><p>둘의 다음</p></ul>
      <ol start=3><li>셋<li>넷</ol>
      <pre><code class="language-python">def f():
    return 1
</code></pre><hr><blockquote>인용</blockquote></body></html>"""
    assert text(html) == (
        "# 제목\n\n한 문단이고 줄이 바뀐다.\n새 줄.\n\n벌거벗은 글 굵게\n\n- 하나\n  - 속\n  - 둘째"
        " 속\n- 둘\n\n  둘의 다음\n\n"
        "3. 셋\n4. 넷\n\n```python\ndef f():\n    return 1\n```\n\n인용"
    )


def test_tables_keep_spans_heads_and_captions() -> None:
    html = (
        "<table><caption>표 1</caption><thead><tr><td>가<td colspan=2>나</thead>"
        "<tr><td rowspan='2'>다<td>1<td>x<br>y<tr><td>2<td><ul><li>p<li>q</ul></table>"
    )
    assert text(html) == (
        '<table><caption>표 1</caption><tr><th>가</th><th colspan="2">나</th></tr><tr><td rowspan="2">다</td><td>1</td>'
        "<td>x<br>y</td></tr><tr><td>2</td><td>- p<br>- q</td></tr></table>"
    )


def test_a_table_that_only_arranges_is_its_text() -> None:
    assert text("<table><tr><td><p>가</p><p>나</p></td></tr></table>") == "가\n\n나"


def test_links_and_raised_letters() -> None:
    html = (
        '<p>x<sup>2</sup> <a href="https://example.org/a">여기</a> <a href="#b">저기</a> <a'
        ' href="javascript:f()">속임</a></p>'
    )
    assert text(html) == "x<sup>2</sup> [여기](https://example.org/a) 저기 속임"


def test_links_within_a_site_are_their_words() -> None:
    """A file that is taken out of its site leads nowhere by them, and what runs is no link."""
    addresses = ("/a", "b.html", "../c?d=1", "//example.org", "javascript:alert(1)", "data:text/html,x", "tel:1")
    for address in addresses:
        assert text(f'<p><a href="{address}">여기</a></p>') == "여기"
    assert text('<p><a href="MAILTO:a@example.org">여기</a></p>') == "[여기](MAILTO:a@example.org)"


def test_what_is_hidden_or_runs_is_left_out() -> None:
    html = (
        "<script>steal()</script><p hidden>a</p><p style='display: none'>b</p><nav>c</nav><template><p>d</p></template>"
        "<p aria-hidden=true>e</p><iframe src=http://example.org></iframe><p>글</p><noscript>f</noscript>"
    )
    assert text(html) == "글"


def test_pictures_in_the_page_are_kept_and_others_are_not_fetched() -> None:
    data = base64.b64encode(png()).decode()
    html = (
        f'<p>앞</p><img src="data:image/png;base64,{data}" alt="네모"><img'
        f' src="https://example.org/b.png"><img src="/etc/x.png">'
    )
    file = HtmlFile(html, "x.html")
    part = file.part(0)
    assert [(block.kind, block.text) for block in part.pieces] == [("text", "앞"), ("image", "네모")]
    assert file.picture(part.pictures[0][1]) == png()
    assert part.warnings == ["pictures that are elsewhere are not fetched"]


def test_formulas_with_their_latex() -> None:
    html = "<p>즉 <math><mi>x</mi><annotation encoding='application/x-tex'>x^2</annotation></math></p>"
    assert text(html) == "즉 $x^2$"


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<",
        "<p>",
        "<table>" * 3000 + "x",
        "<div>" * 100_000 + "x",
        "<li>x",
        "<!ENTITY a 'b'>&a;",
        "<ul>" * 500 + "<li>x",
        "\0<p>x",
    ],
)
def test_broken_pages_end(html: str) -> None:
    text(html)
