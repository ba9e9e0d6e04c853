"""Tables of text, Markdown and plain text."""

import time

import pytest

from fakes.office import told
from sokdok.errors import InputError
from sokdok.office import flow
from sokdok.office.markdown import MarkdownFile
from sokdok.office.plain import DelimitedFile, PlainFile

TABLE = "<table><tr><th>이름</th><th>값</th></tr><tr><td>가,나</td><td>1</td></tr></table>"


@pytest.mark.parametrize(
    "text", ['이름,값\r\n"가,나",1\r\n', "이름;값\n가,나;1", "이름\t값\n가,나\t1\n\n", "이름|값\n가,나|1"]
)
def test_the_mark_between_fields_is_found(text: str) -> None:
    assert told(DelimitedFile(text, "x.csv")) == TABLE


def test_tabs_are_the_mark_of_tsv() -> None:
    assert told(DelimitedFile("이름\t값\n가,나\t1", "x.tsv", tabs=True)) == TABLE


def test_fields_may_hold_line_ends() -> None:
    assert "<td>a<br>b</td>" in told(DelimitedFile('k,v\n1,"a\nb"\n', "x.csv"))


def test_a_large_table_keeps_its_first_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "MOST_CELLS", 20)
    part = DelimitedFile("a,b\n" * 100, "x.csv").part(0)
    assert part.error.startswith("only the first 10 rows are here")


def test_a_table_too_wide_says_so() -> None:
    part = DelimitedFile(",".join("1" * 1001) + "\n", "x.csv").part(0)
    assert part.error == "only the first 1,000 columns were taken"
    assert not DelimitedFile(",".join("1" * 1000) + "\n", "x.csv").part(0).error


def test_a_field_without_an_end_is_refused() -> None:
    with pytest.raises(InputError, match="line 1"):
        DelimitedFile('a,"' + "x" * (17 << 20), "x.csv").part(0)


def test_markdown_keeps_its_blocks() -> None:
    text = (
        "---\ntitle: x\n---\n# 제목\n\n한 문단[^1]\n둘째 줄 ![그림](a.png)\n\n제목 둘\n---\n\n-"
        " 하나\n  1. 속\n\n     더\n- 둘\n\n"
        "```py\nx = 1\n```\n\n| 가 | 나 |\n|---|---|\n| 1 | 2<br>3 |\n\n> 인용\n> 둘\n\n<p>HTML <b>"
        "글</b></p>\n\n[^1]: 주석\n"
    )
    assert told(MarkdownFile(text, "x.md")) == (
        "# 제목\n\n한 문단<sup>1</sup>\n둘째 줄 [그림](a.png)\n\n## 제목 둘\n\n- 하나\n  1. 속\n\n  "
        "   더\n\n- 둘\n\n```py\nx = 1\n```\n\n"
        "<table><tr><th>가</th><th>나</th></tr><tr><td>1</td><td>2<br>3</td></tr></table>\n\n인용\n둘\n\nHTML 글\n\n"
        "<sup>1</sup> 주석"
    )


def test_links_by_name_say_where_they_lead() -> None:
    text = (
        "[여기][1], [저기] 그리고 [아무 데도][3]\n\n[1]: https://example.org/a\n[저기]:"
        ' <https://example.org/b> "제목"\n'
    )
    assert told(MarkdownFile(text, "x.md")) == (
        "[여기](https://example.org/a), [저기](https://example.org/b) 그리고 [아무 데도][3]"
    )


@pytest.mark.parametrize("text", ["", ">" * 5000, "- " * 5000, "[" * 5000, "*a " * 5000, "|a" * 5000 + "\n|-\n"])
def test_hostile_markdown_ends(text: str) -> None:
    told(MarkdownFile(text, "x.md"))


def test_plain_text_is_its_paragraphs() -> None:
    assert told(PlainFile("가\r\n나\r\n\r\n\r\n다 <b\n", "x.txt")) == "가\n나\n\n다 &lt;b"


def test_a_long_markdown_takes_time_in_proportion() -> None:
    text = "".join(f"Paragraph {number}.\n\n* item\n\n" for number in range(15_000))
    started = time.process_time()
    part = MarkdownFile(text, "x.md").part(0)
    assert len(part.pieces) == 30_000
    assert time.process_time() - started < 10  # a second or two; 40 where every block looked at all behind it


def test_a_table_in_markdown_ends_where_it_ends() -> None:
    part = MarkdownFile("| a | b |\n|---|---|\n| 1<br>2 | *c* |\n\n| d |\n|---|\n", "x.md").part(0)
    assert [piece.text for piece in part.pieces] == ["a\tb\n1 2\t*c*", "d"]
