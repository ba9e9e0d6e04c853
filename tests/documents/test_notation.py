"""Headings, lists, code, formulas and tables are known by their marks, and kept as they are without."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.documents import OUTPUTS
from sokdok.documents import markdown
from sokdok.documents.markdown import split


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("title", "제목", (1, "제목")),
        ("sub_title", "2. Methods", (2, "2. Methods")),
        ("title", "### 3.1 Loss", (3, "3.1 Loss")),  # the reader's own mark
        ("title", "#hashtag", (1, "#hashtag")),
        ("title", "# ", (1, "")),
    ],
)
def test_headings(kind: str, text: str, expected: tuple[int, str]) -> None:
    assert markdown.heading_of(kind, text) == expected


CASES: dict[Callable[[str], object], list[tuple[str, object]]] = {
    markdown.code_of: [
        ("x = 1", ("", "x = 1")),
        ("```python\nx = 1\n```", ("python", "x = 1")),
        ("~~~\na\n\n  b\n~~~", ("", "a\n\n  b")),
        ("````\n```\n````", ("", "```")),
        ("```c++\nint x", ("c++", "int x")),  # cut off
        ("```", ("", "```")),
    ],
    markdown.unwrap_formula: [
        ("\\[ E = mc^2 \\]", "E = mc^2"),
        ("$$\na\n$$", "a"),
        ("\\(x\\)", "x"),
        ("$x$", "x"),
        ("x_1 + x_2", "x_1 + x_2"),
        ("\\[a\\] and \\[b\\]", "\\[a\\] and \\[b\\]"),
        ("\\[x\\] (3)", "\\[x\\] (3)"),
        ("\\[\\begin{matrix} a \\\\[2pt] b \\end{matrix} \\$\\]", "\\begin{matrix} a \\\\[2pt] b \\end{matrix} \\$"),
        ("$$$$", "$$$$"),
        ("", ""),
    ],
    markdown.table_html: [
        ("<table><tr><td>a", "<table><tr><td>a</td></tr></table>"),
        ("<tr><td>a</td></tr>", "<table><tr><td>a</td></tr></table>"),
        (
            "| 이름 | 값 |\n|:---|---:|\n| a \\| b | < 3 |\n\n| c |",
            "<table><tr><th>이름</th><th>값</th></tr><tr><td>a | b</td><td>&lt; 3</td></tr><tr><td>c</td></tr></table>",
        ),
        ("a|b\n-|-\n1|<b>2</b>", "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td><b>2</b></td></tr></table>"),
        ("a | b", None),
        ("a b\nc d", None),
        ("|a|\n||", None),
    ],
    markdown.is_list: [
        ("- a\n- b", True),
        ("• 하나\n  둘째 줄\n• 셋", True),
        ("1. a\n2) b", True),
        ("□ 개요\n ○ 목적\n  - 세부\n① 하나\n가. 둘", True),
        ("2024. 3. 1.", False),
        ("-5 degrees", False),
        ("- a\nand more", False),
        ("    indented", False),
        ("", False),
    ],
}


@pytest.mark.parametrize(
    ("said", "text", "expected"), [(said, *case) for said, cases in CASES.items() for case in cases]
)
def test_code_formulas_tables_and_lists(said: Callable[[str], object], text: str, expected: object) -> None:
    found = said(text)
    assert found == expected and type(found) is type(expected)


def test_markdown_is_parted_at_blank_lines_tables_code_and_formulas() -> None:
    text = """# 제목
 \t
First paragraph
goes on.

## 1.1 Part
Not a heading by itself.

x = 1
# a comment
<table><tr><td>a

b</td></tr></table>after
\\[ x

= 1 \\]
- a

```
# not a heading

code
```
$$ y $$

|a|b|
|-|-|
"""
    assert split(text) == [
        ("title", "# 제목"),
        ("text", "First paragraph\ngoes on."),
        ("text", "## 1.1 Part\nNot a heading by itself."),
        ("text", "x = 1\n# a comment"),
        ("table", "<table><tr><td>a\n\nb</td></tr></table>"),
        ("text", "after"),
        ("formula", "\\[ x\n\n= 1 \\]"),
        ("list", "- a"),
        ("code", "```\n# not a heading\n\ncode\n```"),
        ("formula", "$$ y $$"),
        ("table", "|a|b|\n|-|-|"),
    ]


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n "])
def test_nothing_has_no_parts(text: str) -> None:
    assert split(text) == []


@given(text=OUTPUTS | st.text())
@settings(deadline=None)
def test_parting_loses_no_text(text: str) -> None:
    assert "".join("".join(part.split()) for _, part in split(text)) == "".join(text.split())


@pytest.mark.parametrize(
    "piece",
    [
        *("<table", "<table>", "```", "```\n", "~", "`", "\\[", "\\[a", "$$", "$"),
        *("\n", " ", "\n ", "|", "|-", "a|\n|", "- ", "#", "# "),
    ],
)
def test_hostile_lengths_take_linear_time(piece: str) -> None:
    text = piece * (50_000 // len(piece))
    began = time.process_time()
    for kind, part in split(text) + [("table", f"a|b\n{text}|")]:
        markdown.table_html(part)
        markdown.unwrap_formula(part)
        markdown.code_of(part)
        markdown.heading_of("title", part)
        assert kind
    assert time.process_time() - began < 4  # under half a second on a quiet machine
