"""Lines as running text: hyphens that break words go, those of the words stay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sokdok.imaging.box import Box
from sokdok.layout.analyse import joiner_for
from sokdok.layout.blocks import block_of, rows_of
from sokdok.layout.joining import Joiner, joiner_of, words_of
from sokdok.layout.tables.grids import Cell
from sokdok.layout.text_line import TextLine


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["a hyphen-", "ated word"], "a hyphenated word"),
        (["the year 1900-", "1901"], "the year 1900-1901"),
        (["Linux-", "Kernelmodule"], "Linux-Kernelmodule"),
        (["dm-crypt-", "encrypted"], "dm-crypt-encrypted"),
        (["UUID a14c-", "071208"], "UUID a14c-071208"),
        (["a dash -", "and more"], "a dash - and more"),
        (["soft\u00ad", "ened"], "softened"),
        (["速読は", "読書の技術"], "速読は読書の技術"),
        (["환경노동", "위원회"], "환경노동 위원회"),
        (["공", "급", "자"], "공급자"),  # one below the other
    ],
)
def test_lines_are_joined(lines: list[str], text: str) -> None:
    assert Joiner().join(lines) == text


def test_the_page_tells_what_a_hyphen_is(subtests: pytest.Subtests) -> None:
    for page, text in (
        ("it is maintained by few", "a well-maintained one"),
        ("a well-maintained house", "a well-maintained one"),
        ("it was wellmaintained", "a wellmaintained one"),
        ("nothing of it", "a well-maintained one"),  # both parts are words
    ):
        with subtests.test(page=page):
            known = words_of([page, "a well-", "maintained one"])
            assert Joiner(known).join(["a well-", "maintained one"]) == text


@pytest.mark.parametrize(
    ("language", "upper", "lower", "text"),
    [
        ("en", "for mod-", "ifications", "for modifications"),
        ("en", "a for-", "mal one", "a formal one"),  # though `for` is a word
        ("en", "at low-", "temperature", "at low-temperature"),
        ("en", "of hydrogeophys-", "ical data", "of hydrogeophysical data"),  # in no list, its parts neither
        ("en", "the RE-", "SULTING loss", "the RESULTING loss"),
        ("en", "in MS-", "DOS", "in MS-DOS"),
        ("en", "the state-", "of-the-art", "the state-of-the-art"),
        ("en", "deter\u2011", "mined by", "determined by"),
        ("en", "deter\u2010", "mined by", "determined by"),
        ("en", "www.ama-", "assn.org", "www.ama-assn.org"),
        ("en", "high- and low-", "and more", "high- and low- and more"),
        ("en", "short-", "and long-term", "short- and long-term"),
        ("de", "im Fuß-", "notentext", "im Fußnotentext"),
        ("de", "alle EU-", "Staaten", "alle EU-Staaten"),
        ("de", "eine Kopf-", "und Fußzeile", "eine Kopf- und Fußzeile"),
        ("fr", "la prépa-", "ration", "la préparation"),
        ("fr", "celui-", "ci", "celui-ci"),
        ("", "εργα-", "σία", "εργασία"),
    ],
)
def test_a_list_of_words_tells_what_the_page_does_not(language: str, upper: str, lower: str, text: str) -> None:
    assert Joiner(language=language).join([upper, lower]) == text


def test_words_that_narrow_columns_break_twice() -> None:
    assert Joiner().join(["the in-", "for-", "ma-", "tion of"]) == "the information of"


def test_the_halves_of_a_broken_word_are_no_words_of_the_page() -> None:
    lines = ["it is a perfor-", "mance and a hypermetro-", "pic mance"]
    assert joiner_of([lines]).join(lines[:2]) == "it is a performance and a hypermetro-"
    assert words_of(["a perfor-", "mance of it"]) == {"a", "of", "it"}


INSIDE_WORDS = ("등록|번호", "사업|장", "사무용|품", "부가가치|세 신고 안내", "납부할 세|액",
                "회의록을 공개한|다.", "다시 시작하면 로그파|일이 새로 만들어지고 예전 파일|은 보관된다.")  # fmt: skip
AT_WORDS = ("파일을 새로| 만든다", "서버를 다시| 시작하면", "설정을 변경할| 수 있습니다",
            "회의록을 공개한다.| 서버를 다시 시작하면| 로그파일이 새로 만들어지고| 예전 파일은 보관된다.")  # fmt: skip


@pytest.mark.parametrize("cells", [INSIDE_WORDS, AT_WORDS], ids=["inside words", "at spaces"])
def test_korean_lines_are_joined_as_their_page_ends_them(cells: tuple[str, ...]) -> None:
    lines = [
        [TextLine(Box(0, 20 * y, 99, 20 * y + 9), part.strip()) for y, part in enumerate(it.split("|"))] for it in cells
    ]
    made = tuple(Cell(at, 0, at, 0, own) for at, own in enumerate(lines))
    paragraphs = [block_of("text", rows_of(own)) for own in lines]
    for page in ([replace(block_of("table", rows_of(lines[0])), cells=made)], paragraphs):
        said = [joiner_for(page).join([line.text for line in own]) for own in lines]
        assert said == [cell.replace("|", "") for cell in cells]


@pytest.mark.parametrize(
    ("inside", "lines", "text"),
    [
        ("run it with --all or --none", ["give the option --", "export"], "give the option --export"),
        ("it is -- so to say -- late", ["and then --", "nothing"], "and then -- nothing"),
        ("write %... {name}i", ["write %...", "{Foo}"], "write %... {Foo}"),
        ("write %{name}i or %...{name}", ["write %...", "{Foo}"], "write %...{Foo}"),
        ("see gpg(1) for all", ["the server", "(old versions)"], "the server (old versions)"),
        ("그 상태(status)를 본다", ["요청의 상태", "(state)를"], "요청의 상태(state)를"),
        ("그 상태 (status)를 본다", ["요청의 상태", "(state)를"], "요청의 상태 (state)를"),
        ("the MultiViews는 한다", ["예를 들어 Options", "는 다르다"], "예를 들어 Options는 다르다"),
        ("", ["and/", "or"], "and/or"),
        ("", ['he said "', "no" + '"'], 'he said "no"'),
        ("", ["in the file", ".htaccess"], "in the file .htaccess"),
    ],
)
def test_the_insides_of_lines_tell_whether_a_space_is_at_their_ends(inside: str, lines: list[str], text: str) -> None:
    assert joiner_of([lines], [f"x {inside} x"]).join(lines) == text
