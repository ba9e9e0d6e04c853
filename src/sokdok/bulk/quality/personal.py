"""Where personal data stands in a text: patterns, narrowed by check digits and by what stands around them.

- Numbers in formulas, code, addresses of pages, DOIs and behind ISBN are never taken.
- Where patterns overlap the one that asks for more wins: they are tried in the order of KINDS.
- They are tags (`personal__email` …): nothing is masked unless a run asks for it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import date
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from sokdok.bulk.quality.text import Range, Span, blanked, code, formulas, merged
from sokdok.documents.entities import BUSINESS, EMAIL, PHONE_DIGITS, PHONES, digits_of, is_business

PREFIX = "personal__"
CERTAIN, LIKELY = 1.0, 0.5  # a check digit fits, or the form leaves no doubt; the form alone
_CONTEXT = 30  # characters before a number in which a word may say what it is

_NO_DOMAIN = frozenset({"png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "py"})  # of files, as icon@2x.png
_RESIDENT = re.compile(r"(?<![\d.-])\d{2}[01]\d[0-3]\d(-| - | |)[0-9]\d{6}(?![\d-]|\.\d)")
_RESIDENT_WORD = re.compile(r"주민|등록\s*번호|외국인|resident", re.IGNORECASE)
_CARD = re.compile(
    r"(?<![\w.,+/-])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5}|\d{14,19})(?![\w/-]|[.,]\d)"
)
_IP = re.compile(
    r"(?<![\w.:/-])(?:(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)|[23][0-9A-Fa-f]{3}:[0-9A-Fa-f:]{2,34}(?![\w:]))"
)
_SMALL = 100  # below it all four numbers may be those of a section or a version (5.6.31.1)
_IP_WORD = re.compile(r"\bip\b|address|host|server|client|주소|서버|접속", re.IGNORECASE)
_VERSION_WORD = re.compile(
    r"(?:\bv|version|ver\.?|release|버전|section|§|chapter|table|figure|제|표|그림)\s*$", re.IGNORECASE
)
_NO_NUMBERS = re.compile(
    r"https?://[^\s<>\"]+|www\.[^\s<>\"]+|\b10\.\d{4,9}/[^\s<>\"]+"
    r"|\b(?:ISBN|ISSN|EAN|PMID|arXiv)(?:[-– ]?1[03])?:?\s*[\dXx][\dXx .–-]{6,20}",
    re.IGNORECASE,
)  # addresses of pages, DOIs, numbers of books and articles
_RESIDENT_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
# By the seventh digit of a resident number: Koreans 9, 0 to 4, foreigners 5 to 8.
_CENTURIES = {"9": 1800, "0": 1800, "1": 1900, "2": 1900, "5": 1900, "6": 1900} | dict.fromkeys("3478", 2000)
_FOREIGN = frozenset("5678")
_CARDS: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("4", (16, 19)),  # Visa
    ("5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),  # Mastercard
    ("3[47]", (15,)),  # American Express
    ("30[0-5]|36|3[89]", (14,)),  # Diners Club
    ("352[89]|35[3-8]|6011|64[4-9]|65|94", (16,)),  # JCB, Discover, Korean cards that hold at home only
    ("62", (16, 17, 18, 19)),  # UnionPay
)  # first digits, and a number's lengths


def find(text: str) -> dict[str, list[Span]]:
    """Spans by kind, each with its confidence, in order; kinds that are not there are left out."""
    fenced = code(text)
    notation = formulas(blanked(text, fenced))
    taken = _Ranges(notation)
    no_numbers = _Ranges([*notation, *fenced, *(match.span() for match in _NO_NUMBERS.finditer(text))])
    found: dict[str, list[Span]] = {}
    for kind, search in KINDS.items():
        for start, end, score in search(text):
            if taken.meet(start, end) or (kind != "email" and no_numbers.meet(start, end)):
                continue
            found.setdefault(kind, []).append((start, end, score))
        taken = _Ranges([*taken.ranges, *((start, end) for start, end, _ in found.get(kind, ()))])
    return {kind: sorted(spans) for kind, spans in found.items()}


def _emails(text: str) -> Iterator[Span]:
    for match in EMAIL.finditer(text):
        if match[1].lower() not in _NO_DOMAIN and ".." not in match[0]:
            yield *match.span(), CERTAIN


def _residents(text: str) -> Iterator[Span]:
    """With a hyphen the form says it; thirteen digits in a row must have the check digit and be no article's number."""
    for match in _RESIDENT.finditer(text):
        digits = digits_of(match[0])
        checked, on_barcodes = is_resident(digits), sum(map(int, digits + 2 * digits[1::2])) % 10 == 0  # EAN-13
        if not is_resident_date(digits):
            continue
        if "-" in match[1] or _RESIDENT_WORD.search(_before(text, match)):
            yield *match.span(), CERTAIN if checked else LIKELY
        elif checked and not match[1] and not on_barcodes:
            yield *match.span(), LIKELY


def _checked(pattern: re.Pattern[str], is_one: Callable[[str], bool], text: str) -> Iterator[Span]:
    """Numbers whose digits say what they are."""
    return ((*it.span(), CERTAIN) for it in pattern.finditer(text) if is_one(digits_of(it[0])))


def _phones(text: str) -> Iterator[Span]:
    taken: list[tuple[int, int]] = []
    for pattern in PHONES:
        for match in pattern.finditer(text):
            if len(digits_of(match[0])) in PHONE_DIGITS and not _Ranges(taken).meet(*match.span()):
                yield *match.span(), CERTAIN if match[0][0] == "+" or match[0].startswith("01") else LIKELY
        taken += [match.span() for match in pattern.finditer(text)]


def _addresses(text: str) -> Iterator[Span]:
    """IP addresses of the open net; four small numbers only where a word says what they are."""
    for match in _IP.finditer(text):
        if not is_public_address(match[0]) or _VERSION_WORD.search(_before(text, match)):
            continue
        small = ":" not in match[0] and all(int(part) < _SMALL for part in match[0].split("."))
        if not small or _IP_WORD.search(_before(text, match)):
            yield *match.span(), LIKELY


KINDS: dict[str, Callable[[str], Iterator[Span]]] = {
    "email": _emails,
    "resident": _residents,
    "card": lambda text: _checked(_CARD, is_card, text),
    "business": lambda text: _checked(BUSINESS, is_business, text),
    "phone": _phones,
    "ip": _addresses,
}  # what is looked for, by the name that masks have


def _before(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - _CONTEXT) : match.start()]


class _Ranges:
    """Ranges, and whether another meets one of them."""

    def __init__(self, ranges: list[Range]) -> None:
        self.ranges = merged(ranges)
        self._starts = [start for start, _ in self.ranges]

    def meet(self, start: int, end: int) -> bool:
        """Whether a range has a character in common with one of these."""
        at = bisect_right(self._starts, end - 1) - 1
        return at >= 0 and self.ranges[at][1] > start


def is_resident_date(digits: str) -> bool:
    """Whether 13 digits begin with a day of birth that fits the seventh digit."""
    try:
        date(_CENTURIES[digits[6]] + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return False
    return True


def is_resident(digits: str) -> bool:
    """Whether the last of 13 digits is their check digit; numbers given since October 2020 have none."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, _RESIDENT_WEIGHTS, strict=False))
    return int(digits[12]) == ((13 if digits[6] in _FOREIGN else 11) - total % 11) % 10


def is_card(digits: str) -> bool:
    """Whether digits begin as a payment card's do, are as many, and pass Luhn's check."""
    known = any(re.match(begin, digits) and len(digits) in lengths for begin, lengths in _CARDS)
    return known and passes_luhn(digits)


def passes_luhn(digits: str) -> bool:
    """Luhn's check: every second digit from the right doubled, their digits' sum a multiple of ten."""
    doubled = [int(digit) * (2 if at % 2 else 1) for at, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_public_address(text: str) -> bool:
    """Whether an IP address is one machine's of the open net."""
    try:
        address = IPv6Address(text) if ":" in text else IPv4Address(text)
    except AddressValueError:
        return False
    return address.is_global and not address.is_multicast
