"""Web pages, and what is made of them: books and mail."""

import base64
import sys
from email.message import EmailMessage
from html import escape
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from fakes.html import Seen
from fakes.office import MOST, archive, png, told
from sokdok.documents.build import block_of
from sokdok.documents.markdown import blocks_markdown
from sokdok.errors import InputError
from sokdok.office.html import EpubFile, HtmlFile
from sokdok.office.mail import MailFile


def text(html: str) -> str:
    return told(HtmlFile(html, "x.html"))


@pytest.mark.parametrize("tag", ["p", "h2", "li", "figcaption", "td", "caption"])
def test_signs_of_markdown_are_no_markdown(tag: str) -> None:
    said = ["# x", "```", "a `tick` and *x*", "_y_ [b](c)", "1. z", "| v |"]
    said += ["<b>", r"\(x\)", "5<sup>2</sup>", "[b](http://c.d)"]
    rows = "".join(f"<tr><td>k{f'<{tag}>' if tag == 'td' else ''}{escape(one)}" for one in said)
    html = f"<table>{rows}</table>" if tag == "td" else "".join(f"<{tag}>{escape(one)}</{tag}>" for one in said)
    html = f"<table>{html}<tr><td>k</table>" if tag == "caption" else html
    written = blocks_markdown([block_of(piece) for piece in HtmlFile(html, "x.html").part(0).pieces])
    words = Seen(MarkdownIt("commonmark").render(written)).words
    assert "".join(words.split()).replace("k", "") == "".join("".join(said).split()).replace("k", "")


def test_links_within_a_site_are_their_words() -> None:
    """A file that is taken out of its site leads nowhere by them, and what runs is no link."""
    addresses = ("#b", "/a", "b.html", "../c?d=1", "//example.org", "javascript:alert(1)", "data:text/html,x", "tel:1")
    for address in addresses:
        assert text(f'<p><a href="{address}">여기</a></p>') == "여기"
    assert text('<s>x</s><sup>2</sup> <a href="MAILTO:a@b.kr">a</a>') == "<del>x</del><sup>2</sup> [a](MAILTO:a@b.kr)"
    assert text("<a href=http://a.kr>a </a>b<a href=http://a.kr></a>") == "[a](http://a.kr) b"


def test_what_is_hidden_or_runs_is_left_out() -> None:
    html = (
        "<script>steal()</script><p hidden>a</p><p style='display: none'>b</p><template><p>d</p></template>"
        "<p aria-hidden=true>글</p><iframe src=http://example.org></iframe><noscript>f</noscript>"
    )
    assert text(html) == "글" and HtmlFile(html, "x").part(0).unseen == 2
    frames = HtmlFile(f"<frameset><frame src=a.html></frameset><iframe srcdoc='{'<iframe>' * 9}'></iframe>", "x")
    assert "a frame" in frames.part(0).error


SHEET = """<style>.a, #b > i { display: none } @media print { .d { display: none } }
  @media (max-width: 600px) { .d { display: none } } .e { display: none } p.e { display: block }
  .g { display: none } .h { display: block !important } .a:hover { color: red } .m::marker { content: "★" }
  .s { clip: rect(0 0 0 0); position: absolute } @media screen { .t { visibility: hidden } }
  .n::before { content: "나 " attr(title) / "b"; text-transform: uppercase } .v::after { content: "x"; opacity: 0 }
  .k::before { content: "제" counter(a) } .u { text-transform: uppercase }</style>"""


@pytest.mark.parametrize("case", Path(__file__).with_name("looks.txt").read_text(encoding="utf-8").splitlines())
def test_text_is_told_if_it_can_be_seen(case: str) -> None:
    said, _, markup = case.partition(" ")
    page = HtmlFile(f"{SHEET}{markup}<p>나머지</p>", "x.html")
    assert ("x" in told(page).split()) is (said != "gone") and "나머지" in told(page)
    assert ("text that a box cuts off on a screen is told, too" in page.part(0).warnings) is (said == "cut")


def test_words_of_style_sheets_are_told_and_numbers_that_they_count_are_missing() -> None:
    assert text(f"{SHEET}<b class='n v' title=x>y</b><b class=u>z<i>z</i></b><li class=m>z") == "나 XyZZ\n\n- ★ z"
    part = HtmlFile(f"{SHEET}<p class=k>y", "x").part(0)
    assert "a style sheet counts" in part.error and part.pieces[0].text == "y"


@pytest.mark.parametrize("depth", [150, 2_000])
@pytest.mark.parametrize("element", ["div", "b", "blockquote"])
def test_nothing_is_lost_however_deep_it_stands(depth: int, element: str) -> None:
    html = f"<{element}>속 " * depth + "<p>바닥</p>" + f"</{element}>" * depth + "<p>뒤</p>"
    words = text(html).split()
    assert (words.count("속"), words.count("바닥"), words[-1]) == (depth, 1, "뒤")
    with pytest.raises(InputError, match="nested deeper than any browser"):
        text(f"<{element}>속 " * 20_000)


def test_what_leads_through_a_site_is_furniture() -> None:
    part = HtmlFile("<nav><ul><li><a href='https://a.kr'>처음</a><li>끝</ul></nav><p>글</p>", "x").part(0)
    assert [(block.kind, block.text) for block in part.pieces] == [("header", "- 처음\n- 끝"), ("text", "글")]


def test_cells_keep_lists_formulas_fields_and_readings() -> None:
    html = (
        "<table><tr><td><ol><li>하나<li>둘</ol><td><ruby>漢<rp>(</rp><rt>한</rt><rp>)</rp></ruby> <input value=값>"
        "<tr><td><math><mi>x</mi><annotation encoding='application/x-tex'>x^2</annotation></math><td>"
        "<form>속</form></table>"
    )
    assert "<td>1. 하나<br>2. 둘</td><td>漢(한) 값</td>" in text(html) and "x^2" in text(html) and "속" in text(html)


def test_text_between_cells_is_kept() -> None:
    boxes = "<input type=checkbox checked> 예 <input type=checkbox> 아니요 <input type=radio checked> 여"
    assert text(boxes) == "[x] 예 [ ] 아니요 (x) 여"
    assert text("<button>가</button><textarea>나</textarea><meter>다</meter>") == "가 나"
    words = text("<table>가<tr>나<td>1<td>2</td>다<form><td>3</form></tr></table></body></html>라")
    assert all(word in words for word in "가나다라123")
    assert "<td>1</td></tr><tr><td>2</td>" in text("<table border=1><tfoot><tr><td>2<tbody><tr><td>1</table>")


def test_pictures_in_the_page_are_kept_and_others_are_not_fetched() -> None:
    data = base64.b64encode(png()).decode()
    html = f'<p>앞</p><img src="data:image/png;base64,{data}" alt="네모"><img src="//a.kr/b"><img src="/x" alt="뜻">'
    file = HtmlFile(html, "x.html")
    part = file.part(0)
    assert [(block.kind, block.text) for block in part.pieces] == [("text", "앞"), ("image", "네모"), ("text", "뜻")]
    assert file.picture(part.pictures[0][1]) == png()
    assert part.warnings == ["pictures that are elsewhere are not fetched"]


def test_formulas_with_their_latex() -> None:
    assert text("<p>즉 <math><mi>x</mi><annotation encoding='x-tex'>x^2</annotation></math></p>") == "즉 $x^2$"
    assert text("<p><math><mi>x</mi><mo>=</mo><annotation-xml><ci>y</ci></annotation-xml></math></p>") == "$x=$"
    half = "<m:mfrac><m:mn>1</m:mn><m:mn>2</m:mn></m:mfrac><m:msup><m:mi>x</m:mi><m:mn>2</m:mn></m:msup>"
    assert text(f"<p><m:math>{half}</m:math> und 1*2*3</p>") == r"$\frac{1}{2}x^{2}$ und 1\*2\*3"
    sums = "<munderover><mo>∑</mo><mn>1</mn><mi>n</mi></munderover><mover><mi>x</mi><mo>→</mo></mover>"
    assert text(f"<math>{sums}<mtext>if</mtext><mi>sin</mi></math>") == r"$\sum_{1}^{n}\vec{x}\text{if}\sin$"
    part = HtmlFile("<p><math><menclose><mi>x</mi></menclose></math></p>", "x").part(0)
    assert (part.pieces[0].text, part.error[:31]) == ("x", "a formula can't be written as L")


def test_a_page_that_hides_all_is_not_whole() -> None:
    part = HtmlFile("<style>body{display:none}</style><p>a b</p><script>show()</script>", "x").part(0)
    assert (part.pieces, part.unseen) == ([], 2) and "scripts, which are not run" in part.error


@pytest.mark.parametrize("char", ["\f", "\x1b", "&#1;", "&#12;"])
def test_control_characters_are_no_end_of_a_page(char: str) -> None:
    listed = "<ul style='list-style: \\1b'><li>c</ul>"
    said = text(f"<title>x</title>{char}<p style='white-space: pre'>a{char}b{listed}\x01[d](http://e)")
    assert said.replace("\ufffd", " ").split() == ["a", "b", "-", "c", "\\[d]\\(http://e)"]


def test_rules_without_end_hide_nothing() -> None:
    assert text(f"<style>{'@media all{' * 20_000}</style><p style='color:white'>x</p>") == "x"
    assert text(f"<style>{'*~' * 2_000}* {{color:red}} [a~=b] {{display:none}}</style><p>x</p><p a=b>y") == "x"
    assert text(f"<style>p {{{'& & { ' * 60}display: none</style><p>x") == "x"


COVER = "<svg xmlns:xlink='http://www.w3.org/1999/xlink'><image xlink:href='i.png'/></svg>"
CONTAINER = '<container><rootfiles><rootfile full-path="OEBPS/content.opf"/></rootfiles></container>'
PACKAGE = (
    '<package><manifest><item id="b" href="b%20b.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/><item id="i" href="i.png" media-type="image/png"/>'
    '</manifest><spine><itemref idref="a"/><itemref idref="i"/><itemref idref="b"/>'
    '<itemref idref="a"/></spine></package>'
)
XHTML = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml"><body>{}</body></html>'


def book(folder: Path, **parts: str | bytes) -> EpubFile:
    content = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/content.opf": PACKAGE,
        "OEBPS/a.xhtml": XHTML.format(f"<h1>1장</h1>{COVER}<p>글<img src='i.png' alt='점'/></p><img src='../../x'/>"),
        "OEBPS/b b.xhtml": XHTML.format("<h1>2장</h1>"),
        "OEBPS/i.png": png(),
    }
    content |= {name.replace("__", "/"): data for name, data in parts.items()}
    return EpubFile(archive(folder / "x.epub", content), "x.epub", MOST)


def test_chapters_are_pages(tmp_path: Path) -> None:
    file = book(tmp_path)
    assert len(file) == 2
    part = file.part(0)
    assert [block.text for block in part.pieces] == ["# 1장", "", "점", "글"] and len(part.pictures) == 2
    assert file.picture(part.pictures[0][1]) == png()
    assert told(file).endswith("# 2장")


def test_a_book_that_is_locked_or_lacks_chapters_says_so(tmp_path: Path) -> None:
    lacking = book(tmp_path, **{"OEBPS__content.opf": PACKAGE.replace("b%20b", "gone")})
    with pytest.raises(InputError, match=r"gone.xhtml can't be unpacked"):
        lacking.part(1)
    with pytest.raises(InputError, match="locked by its publisher"):
        book(tmp_path, **{"META-INF__rights.xml": "<rights/>"})
    with pytest.raises(InputError, match="without chapters"):
        book(tmp_path, **{"OEBPS__content.opf": "<package><manifest/><spine/></package>"})


def mail(text: str = "안녕하세요.\n\n둘째 문단", charset: str = "euc-kr") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "홍길동 <hong@example.kr>", "kim@example.kr", "견적서 송부"
    made["Date"] = "Fri, 27 Nov 2026 10:00:00 +0900"
    made.set_content(text, charset=charset)
    return made


HEAD = (
    "# 견적서 송부\n\nFrom: 홍길동 &lt;hong@example.kr>\nTo: kim@example.kr\nDate: Fri, 27 Nov 2026 10:00:00 +0900\n\n"
)


@pytest.mark.parametrize("charset", ["euc-kr", "utf-8", "johab", "iso2022_kr"])
def test_a_text(charset: str) -> None:
    made = mail(charset=charset)
    made.add_alternative("<style>p {}</style><p> </p>", "html")  # it says nothing
    assert told(MailFile(bytes(made), "x.eml")) == f"{HEAD}안녕하세요.\n\n둘째 문단"


def test_the_web_page_is_taken_with_its_pictures_and_what_is_attached_is_given_out() -> None:
    made = mail()
    made.add_alternative('<p>글</p><table><tr><td>A<td>1</table><img src="cid:a@b"><img src="http://x/y">', "html")
    made.get_payload()[1].add_related(png(), "image", "png", cid="<a@b>")
    made.add_attachment(b"PK", maintype="application", subtype="zip", filename="견적서.zip")
    file = MailFile(bytes(made), "x.eml")
    part = file.part(0)
    assert [block.kind for block in part.pieces] == ["title", "text", "text", "table", "image"]
    assert file.picture(part.pictures[0][1]) == png()
    assert part.warnings == ["pictures that are elsewhere are not fetched"]
    assert file.attached == ["견적서.zip"] and file.attachment(0) == b"PK"


def test_files_without_a_name_get_one_and_mails_stay_whole() -> None:
    made, inner = mail(), mail("inner text", "utf-8")
    inner.add_attachment("a note", filename="note.txt")
    made.add_attachment(inner)
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf")
    file = MailFile(bytes(made), "x.eml")
    assert file.attached == ["견적서 송부.eml", "attached.pdf"] and "inner text" not in told(file)
    within = MailFile(file.attachment(0), "y.eml")
    assert within.attached == ["note.txt"] and "inner text" in told(within)


def test_what_is_broken_is_read_as_far_as_it_goes() -> None:
    assert "is encrypted" in MailFile(b"Content-Type: application/pkcs7-mime\n\nAA", "x.eml").part(0).error
    assert "(text/calendar)" in MailFile(b"Content-Type: text/calendar; method=REQUEST\n\nA", "x.eml").part(0).error
    alone = b"Content-Type: text/csv; name=a.csv\nContent-Disposition: attachment; filename=a.csv\n\na,b"
    assert MailFile(alone, "x.eml").part(0).error == "" and MailFile(alone, "x.eml").attached == ["a.csv"]
    packed = MailFile(b"Content-Type: application/ms-tnef\nContent-Disposition: attachment; filename=\xc7\xd1\n", "x")
    assert "winmail.dat" in packed.part(0).error and packed.attached == ["한"]
    data = b"Subject: =?utf-8?b?!!!?=\nFrom: <<<@\nContent-Type: text/plain; charset=nonsense\n\n\xed\x95\x9c a"
    assert told(MailFile(data, "x.eml")).endswith("한 a")
    cut = b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\na\n"
    assert "is cut off" in MailFile(cut, "x").part(0).error and not MailFile(cut + b"--x--", "x").part(0).error
    for code, whole in (("YWE=", True), ("YW E\n = ", True), ("YWE", False), ("YW=E", False), ("YW!E=", False)):
        error = MailFile(f"Content-Transfer-Encoding: base64\n\n{code}".encode(), "x").part(0).error
        assert ("base64" in error) is not whole
    assert "several mails" in MailFile(b"From a\nA: b\n\nx\n\nFrom c\nA: b\n\ny", "x").part(0).error
    data = b"Content-Type: text/plain; charset*=utf-8\0''x; a*=\0''%ff\n\n\xed\x95\x9c"
    with pytest.raises(InputError, match="damaged: embedded null character"):
        MailFile(data, "x.eml")
    for kind in (b"text/plain; charset=base64", b"multipart/mixed"):
        assert told(MailFile(b"Content-Type: " + kind + b"\n\n\xed\x95\x9c", "x.eml")) == "한"
    sys.setrecursionlimit(1000)  # as a process begins that opens files
    for deep in (101, 600, 1200):
        nested = b"".join(b"Content-Type: multipart/mixed; boundary=x%d\n\n--x%d\n" % (i, i) for i in range(deep))
        with pytest.raises(InputError, match="nested too deep"):
            MailFile(nested + b"\nhi\n", "x.eml")
