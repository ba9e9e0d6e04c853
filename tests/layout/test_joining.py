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
