"""Nothing that a model writes can run, load or lead anywhere, and what it says is kept all the same."""

import html
import random
import re
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from fakes.documents import OUTPUTS
from fakes.html import Seen, harmless
from sokdok.documents import sanitize
from sokdok.documents.write.html import TAGS, mathml

TABLE_TAGS = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "sub", "sup", "b", "i", "br"}
TEXT_TAGS = {"sub", "sup", "b", "i", "code", "br"}


CASES: dict[Callable[[str], str], list[tuple[str, str]]] = {
    sanitize.table: [
        ("<table><tr><td>1</td></tr></table>", "<table><tr><td>1</td></tr></table>"),
        # attributes but spans
        (
            "<TABLE border=1><tr><td COLSPAN='2' style=x rowspan=3>a</TD>",
            '<table><tr><td colspan="2" rowspan="3">a</td></tr></table>',
        ),
        ("<td colspan=1 rowspan=0 data-colspan=4>a", "<table><tr><td>a</td></tr></table>"),
        ('<td colspan="9999" rowspan="2px">a', '<table><tr><td colspan="1000">a</td></tr></table>'),
        # tags that are not allowed; script and style with their contents
        ("<td><a href=javascript:x>go</a><img src=x></td></tr></table>", "<table><tr><td>go</td></tr></table>"),
        ("<td>a<script>alert(1)</script>b<STYLE>p{}</STYLE>c<script>d", "<table><tr><td>abc</td></tr></table>"),
        ("<td>a<!-- <td>b --><!-- c", "<table><tr><td>a</td></tr></table>"),
        # end tags left out, swapped, or too many
        (
            "<table><thead><tr><th>h<tbody><tr><td>1<td>2<tr><td>3</table>",
            "<table><thead><tr><th>h</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></tbody></table>",
        ),
        ("<td><b><strong><b>a</b>", "<table><tr><td><b>a</b></td></tr></table>"),  # no deeper than it means anything
        ("<td><b><i>a</b></i></td></td></table></table>", "<table><tr><td><b><i>a</i></b></td></tr></table>"),
        ("<table><tr><td><b>a<td>b", "<table><tr><td><b>a</b></td><td>b</td></tr></table>"),
        # cut off
        ("<table><tr><td>a</td><td>b</t", "<table><tr><td>a</td><td>b</td></tr></table>"),
        ("<table><tr><td>a</td><td", "<table><tr><td>a</td></tr></table>"),
        # text where none belongs, and a table in a table
        ("<table>a<tr>b</table>c", "<table><tr><td>a</td></tr><tr><td>b</td></tr></table>c"),
        (
            "<table><tr><td>a<table><tr><td>b</td><td>c</td></tr></table></td><td>d</td></tr></table>",
            "<table><tr><td>a b c </td><td>d</td></tr></table>",
        ),
        # names for the same, line breaks, characters
        (
            "<td><strong>a</strong> <em>b</em><br/>H<sub>2</sub>O",
            "<table><tr><td><b>a</b> <i>b</i><br>H<sub>2</sub>O</td></tr></table>",
        ),
        (
            "<td>a < b &amp; c &lt;script&gt; 3 &times; 4\n\n가",
            "<table><tr><td>a &lt; b &amp; c &lt;script&gt; 3 × 4 가</td></tr></table>",
        ),
        ("<caption>c</caption><tr><td>a", "<table><caption>c</caption><tr><td>a</td></tr></table>"),
        ("no table", "no table"),
        ("", ""),
    ],
    sanitize.html_text: [
        ("H<sub>2</sub>O <b>bold</b><br>", "H<sub>2</sub>O <b>bold</b><br>"),
        ("if (a<b>c)", "if (a&lt;b&gt;c)"),  # no bold: nothing ends it
        ("</b>", "&lt;/b&gt;"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<b onclick=x>a</b>", "&lt;b onclick=x&gt;a&lt;/b&gt;"),
        ("<b><i>a</b></i>", "<b>&lt;i&gt;a</b>&lt;/i&gt;"),
        ("AT&T &lt;", "AT&amp;T &amp;lt;"),
    ],
    sanitize.markdown_text: [
        ("a < b, c<d>e", "a < b, c&lt;d>e"),
        ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
        ("H<sub>2</sub>O", "H<sub>2</sub>O"),
        ("[sokdok](https://example.org/a_(b))", "[sokdok](https://example.org/a_(b))"),
        ("[chapter](#two) [file](images/a.png)", "[chapter](#two) [file](images/a.png)"),
        ("[go](javascript:alert(1)) on", "go on"),
        ("[go](JaVa\tScript:alert(1))", "go"),
        ("[go](java&#115;cript:x)", "go"),
        ("[go](data:text/html,x)", "go"),
        ("[go](//example.org)", "go"),
        ("[a [b] c](javascript:x)", "[a [b] c]\\(javascript:x)"),
        ("[1]: javascript:x", "[1]\\: javascript:x"),
        ("[a](", "[a]\\("),  # the next block may hold the target
        ("[a]: <", "[a]\\: <"),
        ("[a]()", "[a]()"),
        ("![cat](https://example.org/cat.png)", "! [cat](https://example.org/cat.png)"),
        ("f[0](x), a[1]: int", "f[0](x), a[1]: int"),
        # a target whose scheme is not known within the window
        (f"[a]({'&Tab;' * 40}javascript:x)", "a"),
        (f"[a]: {'&Tab;' * 40}javascript:x", f"[a]\\: {'&Tab;' * 40}javascript:x"),
        (f"[a](images/{'b' * 300}.png)", f"[a](images/{'b' * 300}.png)"),
        # lists of attributes
        ("# t {: onclick=x }", "# t \\{: onclick=x }"),
        ("*a*{ onclick = x }", "*a*\\{ onclick = x }"),
        ("*a*\\{onclick=x}", "*a*\\{onclick=x}"),
        ("*a*\\\\{onclick=x}", "*a*\\\\\\{onclick=x}"),
        ("{a} { { class=b href=c}", "{a} \\{ \\{ class=b href=c}"),
        ("$\\sum_{i=1}^{n} W_{:,i}$ and {on}", "$\\sum_{i=1}^{n} W_{:,i}$ and {on}"),
        # macros, where there are formulas
        ("$\\href{javascript:x}{y}$", "$\\ href{javascript:x}{y}$"),
        ("\\[\\htmlId{a}{b} \\displaystyle\\]", "\\[\\ htmlId{a}{b} \\displaystyle\\]"),
        ("C:\\url\\style", "C:\\url\\style"),
        # code: between backticks an escape would be shown as it is written
        ("`a < b` and `*x*`", "`a < b` and `*x*`"),
        ("`<b>` and `</b>`", "<code>&lt;b&gt;</code> and <code>&lt;/b&gt;</code>"),
        ("[a](javascript:`<b>`) `` `<i *x*> ``", "a <code>&#96;&lt;i &#42;x&#42;&gt;</code>"),
        ("<code>&lt;b&gt;</code>", "<code>&lt;b&gt;</code>"),
        ("`\0" + "0\0 <b", "`\ufffd0\ufffd &lt;b"),
    ],
}


@pytest.mark.parametrize(
    ("safe", "text", "expected"), [(safe, *case) for safe, cases in CASES.items() for case in cases]
)
def test_tables_and_running_text_as_html_and_markdown(safe: Callable[[str], str], text: str, expected: str) -> None:
    assert safe(text) == expected


def test_the_text_of_a_table_has_a_line_for_each_row() -> None:
    safe = sanitize.table("<caption>표 1</caption><tr><th>a<th>b &amp; c<tr><td>1<br>2<td></table>")
    assert sanitize.table_text(safe) == "표 1\na\tb & c\n1 2\t"


@given(text=OUTPUTS | st.text())
@example("<table/><td/onclick=x>")
@example("<scr<script></script>ipt>alert(1)</script>")
@example("<td colspan=2 colspan=3 onload=x>")
@example("<table># <table>\x85")
@example("<table># <table><table>\x85")
@settings(deadline=None, max_examples=200)
def test_a_table_has_allowed_tags_and_spans_only(text: str) -> None:
    safe = sanitize.table(text)
    seen = Seen(safe)
    assert seen.tags <= TABLE_TAGS
    assert all(name in sanitize.SPANS and value and 2 <= int(value) <= 1000 for name, value in seen.attributes)
    assert seen.nested and not seen.opened
    assert "\n" not in safe
    assert sanitize.table(safe) == safe


@given(words=st.lists(st.text(st.characters(categories=["L", "N", "P", "S"])), min_size=1, max_size=6))
def test_no_text_of_a_table_is_lost(words: list[str]) -> None:
    row = "".join(f"<td>{html.escape(word)}</td>" for word in words)
    assert Seen(sanitize.table(f"<div><table><tr>{row}</tr></table></div>")).words == "".join(words)


@given(text=OUTPUTS | st.text())
@settings(deadline=None, max_examples=200)
def test_running_text_as_html_has_paired_tags_only_and_all_its_words(text: str) -> None:
    seen = Seen(sanitize.html_text(text))
    assert seen.tags <= TEXT_TAGS
    assert not seen.attributes
    assert seen.nested and not seen.opened


@given(code=st.text("<>&`*_[](){}!~$|\\#:/ ab"))
def test_code_that_holds_a_tag_is_shown_as_it_is(code: str) -> None:
    code = f"x{code}<b>"
    fence = "`" * 9
    seen = Seen(MarkdownIt("commonmark", {"html": True}).render(sanitize.markdown_text(f"{fence}{code}{fence}")))
    assert seen.tags == {"p", "code"} and seen.words.strip() == code


LINKS = st.lists(
    st.sampled_from(
        [
            *("[", "]", "](", "]:", "(", ")", "<", ">", "\\", "!", "a", "#", "/", "`", "[a](", "[a]:", "[a]"),
            *("https:", "<b>", "</b>", "&colon;", "javascript", "javascript:x", "data:y"),
            *("\n", " ", "\t", "java&Tab;script:x", "&#x6A;avascript:x"),
        ]
    ),
    max_size=14,
).map("".join)


@given(text=LINKS | OUTPUTS | st.text())
@example("[a](<javascript:x>)")
@example("[a](< javascript:x>)")
@example("[a](\njavascript:x)")
@example("[a]: <java&Tab;script:x>\n\n[a]")
@example("[[a](javascript:x)](javascript:y)")
@example("<javascript:alert(1)>")
@example("![a [b] c](https://example.org/c.png)")
@example("[a]([&colon;)")
@settings(deadline=None, max_examples=400)
def test_markdown_text_and_formulas_lead_nowhere_unasked(text: str) -> None:
    harmless(sanitize.markdown_text(text))
    harmless(sanitize.markdown_formula(text))


@pytest.mark.parametrize(
    "piece",
    [
        *("<", "<b>", "</b>", "<td>", "<table>", "<script>", "</script", "<script></script", "<!--", "&", "[", "]("),
        *("]:", "](<", "![", "[a](", "[a](x", "[a](()", "()"),
        *("{", "{ ", "\\", "\\{", "{onclick=", "{on", "{src", "a=", "$\\href"),
        *("`", "` ", "`<b ", "`<b>` ", "` `` "),
        *("<sub><b>", "[a](javascript:", "<td colspan=", "\n", " ", "a ", "]( "),
    ],
)
def test_hostile_lengths_take_linear_time(piece: str) -> None:
    text = piece * (50_000 // len(piece))
    began = time.process_time()
    for function in (sanitize.table, sanitize.html_text, sanitize.markdown_text, sanitize.markdown_formula):
        function(text)
    sanitize.table_text(sanitize.table(text))
    assert time.process_time() - began < 4  # under half a second on a quiet machine


def test_a_terminal_gets_no_control_characters() -> None:
    assert sanitize.terminal_text("a\x1b[2J\tb\n\f\x07\x9b") == "a\ufffd[2J\tb\n\f\ufffd\ufffd"


def test_cells_in_markdown_hold_no_macros_that_lead_elsewhere() -> None:
    assert sanitize.markdown_table("<td>$\\url{x}$</td>") == "<td>$\\ url{x}$</td>"
    assert sanitize.markdown_table("<td>\\url</td>") == "<td>\\url</td>"


@pytest.mark.parametrize(
    "latex",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(https://evil.example)}{x}",
        r"\class{evil}{x}",
        r"\text{</math><script>alert(1)</script>}",
        r"\color{red;background:url(//evil.example)}{x}",
        r"x </annotation><img src=x onerror=alert(1)>",
    ],
)
def test_formulas_of_a_model_lead_nowhere(latex: str) -> None:
    written = mathml(latex)
    assert written is not None
    seen = Seen(written)
    assert seen.tags <= {"math", "semantics", "annotation", *TAGS}
    assert not {name for name, _ in seen.attributes} & {"href", "style", "class", "src", "onerror", "mathcolor"}


@pytest.mark.parametrize(
    "latex", ["", "x_{", r"\left( a", "x^2^3", r"\nosuch{x}", "a" * 1_001, "{" * 500, r"\sqrt{" * 100]
)
def test_what_is_no_latex_is_no_formula(latex: str) -> None:
    assert mathml(latex) is None


@given(st.text(max_size=60) | st.text("\\{}_^&$ abfracsqrtlefight()[]<>'\"", max_size=60))
@settings(max_examples=200, deadline=None)
def test_formulas_of_any_text_are_well_formed(latex: str) -> None:
    written = mathml(latex)
    if written is not None:
        assert Seen(written).nested


@pytest.mark.parametrize(
    "text",
    [
        "<table></table>",
        "<table><caption>a &amp; b</caption><tr><th>a</th><td>1 &lt; 2<br>c</td></tr><tr></tr></table>",
        '<table><tr><td colspan="2">a</td><td rowspan="1000"></td><th colspan="3" rowspan="12"> a </th></tr></table>',
    ],
)
def test_a_table_of_our_own_is_left_as_it_is(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sanitize, "_CLEAN", re.compile("never"))
    assert sanitize.table(text) == text
    monkeypatch.undo()
    monkeypatch.setattr(sanitize, "_Nest", None)  # looking at every tag of a long table takes seconds
    assert sanitize.table(text) == text


def test_what_is_left_as_it_is_is_what_would_have_been_written(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [
        *("<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<th>", "</th>", "<caption>", "</caption>"),
        *("<b>", "<", '<td colspan="2">', '<td rowspan="2" colspan="2">', "a", " ", "&amp;", "&lt;", "<br>"),
        *("\xa0", "&nbsp;"),
    ]
    rows = ["<tr><td>a</td></tr>", "<tr><th> a </th><td></td></tr>", "<tr><td>a<br> b</td></tr>"]
    draw, left, found = random.Random(0), 0, []
    for _ in range(3000):
        inside = draw.choices(rows, k=draw.randint(0, 3)) + draw.choices(pieces, k=draw.randint(0, 2))
        text = f"<table>{''.join(inside)}</table>"
        found.append((text, sanitize.table(text)))
        left += sanitize._CLEAN.fullmatch(text) is not None
    monkeypatch.setattr(sanitize, "_CLEAN", re.compile("never"))
    assert left > 300 and all(sanitize.table(text) == safe for text, safe in found)
