"""Lines as running text: hyphens that break words go, those of the words stay."""

from __future__ import annotations

import pytest

from sokdok.layout.joining import Joiner, joined, joiner_of, words_of


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
    ],
)
def test_lines_are_joined(lines: list[str], text: str) -> None:
    assert joined(lines) == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("it is maintained by few", "a well-maintained one"),
        ("a well-maintained house", "a well-maintained one"),
        ("it was wellmaintained", "a wellmaintained one"),
        ("nothing of it", "a wellmaintained one"),
    ],
)
def test_the_page_tells_what_a_hyphen_is(page: str, text: str) -> None:
    known = words_of([page, "a well-", "maint"])
    assert Joiner(known).join(["a well-", "maintained one"]) == text


CUT = [
    [
        "환경노동위원회는 회의록을 공개한",
        "다. 서버를 다시 시작하면 로그파",
        "일이 새로 만들어지고 예전 파일",
        "은 보관된다.",
    ]
]
AT_SPACES = [
    [
        "환경노동위원회는 회의록을 공개한다.",
        "서버를 다시 시작하면",
        "로그파일이 새로 만들어지고",
        "예전 파일은 보관된다.",
    ]
]


@pytest.mark.parametrize("lines", [CUT, AT_SPACES], ids=["inside words", "at spaces"])
def test_korean_lines_are_joined_as_their_page_ends_them(lines: list[list[str]]) -> None:
    text = "환경노동위원회는 회의록을 공개한다. 서버를 다시 시작하면 로그파일이 새로 만들어지고 예전 파일은 보관된다."
    assert joiner_of(lines).join(lines[0]) == text


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


def test_words_of_the_page_tell_where_korean_lines_are_cut() -> None:
    page = ["그는 설정파일을 고쳤다. 새 방법과 옛 방법이 로그에 있다 하였다"]
    joiner = joiner_of([*CUT, page])
    assert joiner.join(["그래서 설정파", "일을"]) == "그래서 설정파일을"
    assert joiner.join(["옛 방법과", "로그에"]) == "옛 방법과 로그에"
