"""Lines as running text: hyphens that break words go, those of the words stay."""

from __future__ import annotations

import pytest

from sokdok.layout.joining import joined, words_of


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
    assert joined(["a well-", "maintained one"], words_of([page, "a well-", "maint"])) == text
