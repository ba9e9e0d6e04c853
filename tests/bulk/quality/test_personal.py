"""Personal data: what is found, and what only looks like it. Numbers of persons are made here, none is anybody's."""

import time
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok.bulk.quality.personal import (
    CERTAIN,
    LIKELY,
    find,
    is_card,
    is_public_address,
    is_resident,
    is_resident_date,
    passes_luhn,
)
from sokdok.documents.entities import is_business


def check_digit(first: str) -> str:
    """Twelve digits of a resident number with the thirteenth behind them."""
    return next(first + digit for digit in "0123456789" if is_resident(first + digit))


KOREAN = check_digit("900101123456")
FOREIGN = check_digit("850315567890")


def texts(text: str) -> dict[str, list[str]]:
    return {kind: [text[start:end] for start, end, _ in spans] for kind, spans in find(text).items()}


def test_check_digits_by_hand() -> None:
    # 9·2+0·3+0·4+1·5+0·6+1·7+1·8+2·9+3·2+4·3+5·4+6·5 = 124; 11 - 124 % 11 = 8; of a foreigner's 13 - …
    assert KOREAN == "9001011234568"
    # 8·2+5·3+0·4+3·5+1·6+5·7+5·8+6·9+7·2+8·3+9·4+0·5 = 255; 13 - 255 % 11 = 11, last digit 1
    assert FOREIGN == "8503155678901"
    assert passes_luhn("4111111111111111") and not passes_luhn("4111111111111112")
    assert is_card("4111111111111111") and not is_card("9111111111111118")
    assert is_card("378282246310005") and is_card("5555555555554444") and is_card("3530111333300000")
    # 1·1+2·3+3·7+4·1+5·3+6·7+7·1+8·3+9·5 = 165, and 9·5 // 10 = 4: 169; 10 - 9 = 1
    assert is_business("1234567891") and not is_business("1234567890")
    assert is_resident_date(KOREAN) and not is_resident_date("9002301234567") and not is_resident_date("0302291234567")
    assert is_resident_date("0002293234567")
    assert is_public_address("8.8.8.8") and not is_public_address("192.168.0.1") and not is_public_address("300.1.1.1")


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("문의: hong.gildong@example.co.kr로 보내", "email", ["hong.gildong@example.co.kr"]),
        ("이메일hong@example.com", "email", ["hong@example.com"]),
        ("<a.b+c@mail.example.org>.", "email", ["a.b+c@mail.example.org"]),
        ("`user@example.com` in code", "email", ["user@example.com"]),
        ("연락처 010-1234-5678.", "phone", ["010-1234-5678"]),
        ("전화01012345678로", "phone", ["01012345678"]),
        ("전화: 01012345678", "phone", ["01012345678"]),
        ("011 123 4567", "phone", ["011 123 4567"]),
        ("(02) 123-4567, 02-1234-5678, 031.123.4567", "phone", ["(02) 123-4567", "02-1234-5678", "031.123.4567"]),
        ("02)123-4567", "phone", ["02)123-4567"]),
        ("070-1234-5678", "phone", ["070-1234-5678"]),
        ("+82-10-1234-5678 / +82 2 123 4567", "phone", ["+82-10-1234-5678", "+82 2 123 4567"]),
        ("82-10-1234-5678", "phone", ["82-10-1234-5678"]),
        ("+1 (212) 555-0123", "phone", ["+1 (212) 555-0123"]),
        ("(212) 555-0123 or 212-555-0123", "phone", ["(212) 555-0123", "212-555-0123"]),
        ("+44 20 7946 0958; +33 1 23 45 67 89", "phone", ["+44 20 7946 0958", "+33 1 23 45 67 89"]),
        ("+4915112345678", "phone", ["+4915112345678"]),
        ("주민등록번호 900101-1234568", "resident", ["900101-1234568"]),
        ("900101 - 1234567", "resident", ["900101 - 1234567"]),
        ("외국인등록번호: 8503155678901", "resident", ["8503155678901"]),
        ("number 9001011234568 stands", "resident", ["9001011234568"]),
        ("사업자등록번호 123-45-67891", "business", ["123-45-67891"]),
        ("card 4111 1111 1111 1111", "card", ["4111 1111 1111 1111"]),
        ("4111-1111-1111-1111, 378282246310005", "card", ["4111-1111-1111-1111", "378282246310005"]),
        ("3782 822463 10005", "card", ["3782 822463 10005"]),
        ("from 203.0.114.7 at noon", "ip", ["203.0.114.7"]),
        ("IP 주소 8.8.4.4", "ip", ["8.8.4.4"]),
        ("2001:4860:4860::8888 answered", "ip", ["2001:4860:4860::8888"]),
    ],
)  # fmt: skip
def test_found(text: str, kind: str, found: list[str]) -> None:
    assert texts(text).get(kind, []) == found


@pytest.mark.parametrize(
    "text",
    [
        "pages 123-4567 and 010-020",
        "ISBN 978-3-16-148410-0, ISBN 89-7282-123-4, ISBN: 0-306-40615-2",
        "on 2024-01-15, 15.01.2024, 01/15/2024, 2024.02.1234",
        "between 1588-1592 and 1910-1945",
        "doi:10.1016/j.cell.2019.02-1234-5678",
        "https://example.org/010-1234-5678/4111111111111111?x=900101-1234568",
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "md5 4111111111111111a, commit 01012345678abcdef",
        "uuid 12345678-1234-1234-1234-123456789012",
        "0.4111111111111111 and 3.141592653589793",
        "4111 1111 1111 1112",  # Luhn says no
        "years 2021 2022 2023 2024",
        "8801234567893",  # a barcode of Korea
        "900230-1234567",  # no such day
        "section 3.2.1.4 of version 10.20.30.40",
        "3.2.1.4 Results",
        "5.6.31.1. Remarks",
        "from 224.0.0.0 to 239.255.255.255",
        "127.0.0.1, 192.168.0.1, 10.0.0.1, 999.1.1.1, 1.2.3.4.5",
        "at 12:30:45, ratio 1:2:3, std::vector, ace::bed",
        "icon@2x.png, @handle, a@b, user@localhost",
        "$010-1234-5678 + 900101-1234568$ and \\[ 4111111111111111 \\]",
        "```\nx = 4111111111111111\ny = '010-1234-5678'\n```",
        "사업자 123-45-67890",  # the check digit says no
        "1,234,567,890 and 12-345-678901-23",
        "+1.5 and +100 000", "+4111111111111111",
        "RFC 2119-1234 §010",
        "arXiv:1706.03762, PMID: 12345678901234",
        "표 1. 02 1234 5678",  # columns of figures
    ],
)  # fmt: skip
def test_what_only_looks_like_it(text: str) -> None:
    assert find(text) == {}


def test_confidence() -> None:
    assert find("900101-1234568")["resident"][0][2] == CERTAIN
    assert find("900101-1234567")["resident"][0][2] == LIKELY  # given since October 2020, or a slip
    assert find("010-1234-5678")["phone"][0][2] == CERTAIN and find("02-123-4567")["phone"][0][2] == LIKELY


def test_nothing_is_found_twice() -> None:
    found = find("010-1234-5678@example.com +82-10-1234-5678")
    assert list(found) == ["email", "phone"] and len(found["phone"]) == 1


@given(st.text(alphabet="0123456789-. ()+:@가a$`\n", max_size=120))
def test_spans_are_in_order_apart_and_within_the_text(text: str) -> None:
    spans = sorted((start, end) for found in find(text).values() for start, end, _ in found)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(0, 99999), st.booleans())
def test_every_resident_number_with_a_hyphen_is_found(day: date, tail: int, foreign: bool) -> None:
    century = (1 if day.year < 2000 else 3) + 4 * foreign
    number = check_digit(f"{day:%y%m%d}{century}{tail:05}")
    assert texts(f"번호 {number[:6]}-{number[6:]}입니다") == {"resident": [f"{number[:6]}-{number[6:]}"]}


@pytest.mark.parametrize("piece", ["a.", "1-", "0.", "12:", "a@a.", "+1 ", "900101", "2001:", "(02) ", "1234 "])
def test_hostile_texts_take_linear_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    start = time.process_time()
    find(text)
    assert time.process_time() - start < 5
