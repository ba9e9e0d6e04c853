"""Whether a number is what it looks like: check digits, dates and prefixes."""

from __future__ import annotations

from datetime import date
from ipaddress import AddressValueError, IPv4Address, IPv6Address

_RESIDENT_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_BUSINESS_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
_CENTURIES = {"9": 1800, "0": 1800, "1": 1900, "2": 1900, "5": 1900, "6": 1900} | dict.fromkeys("3478", 2000)
"""by the seventh digit of a resident number: Koreans 9, 0 to 4, foreigners 5 to 8"""
_FOREIGN = frozenset("5678")
_CARDS: tuple[tuple[range, int, tuple[int, ...]], ...] = (
    (range(4, 5), 1, (16, 19)),  # Visa
    (range(51, 56), 2, (16,)),  # Mastercard
    (range(2221, 2721), 4, (16,)),
    (range(34, 35), 2, (15,)),  # American Express
    (range(37, 38), 2, (15,)),
    (range(300, 306), 3, (14,)),  # Diners Club
    (range(36, 37), 2, (14,)),
    (range(38, 40), 2, (14,)),
    (range(3528, 3590), 4, (16,)),  # JCB
    (range(6011, 6012), 4, (16,)),  # Discover
    (range(644, 660), 3, (16,)),
    (range(62, 63), 2, (16, 17, 18, 19)),  # UnionPay
    (range(94, 95), 2, (16,)),  # Korean cards that hold at home only
)  # first digits, how many of them, and a number's lengths


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


def is_business(digits: str) -> bool:
    """Whether the last of 10 digits is the check digit of a Korean business number."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, _BUSINESS_WEIGHTS, strict=False))
    return int(digits[9]) == (10 - (total + int(digits[8]) * 5 // 10) % 10) % 10


def is_article(digits: str) -> bool:
    """Whether 13 digits are the number of an article (EAN-13), as on barcodes."""
    return sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits)) % 10 == 0


def is_card(digits: str) -> bool:
    """Whether digits begin as a payment card's do, are as many, and pass Luhn's check."""
    known = any(int(digits[:most]) in begins and len(digits) in lengths for begins, most, lengths in _CARDS)
    return known and passes_luhn(digits)


def passes_luhn(digits: str) -> bool:
    """Luhn's check: every second digit from the right doubled, their digits' sum a multiple of ten."""
    doubled = [int(digit) * (2 if at % 2 else 1) for at, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_public_address(text: str) -> bool:
    """Whether an IP address is one machine's of the open net: others lead to nobody."""
    try:
        address = IPv6Address(text) if ":" in text else IPv4Address(text)
    except AddressValueError:
        return False
    return address.is_global and not address.is_multicast
