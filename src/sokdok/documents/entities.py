"""Dates, amounts, phone and business numbers and e-mail addresses of a page, with their places; no model is asked.

- Patterns are those of standards: ISO 8601 and the usual orders of dates, ISO 4217 and the signs of currencies, the
  numbering plans of Korea and the United States, E.164, plain addresses of RFC 5322, the check digit of 사업자등록번호.
- A value that is ambiguous is empty: 03/04/2026 has two readings, and a number whose check digit does not fit, none.
- Words count as they stand side by side, whatever block they are of: a name and its sum are often in two.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Literal

from sokdok.documents.blocks import Block, Box, Word, around
from sokdok.documents.lines import DASHES, side_by_side
from sokdok.figures.chart.numbers import parse_number

Kind = Literal["email", "business_number", "phone", "date", "amount"]


@dataclass(frozen=True)
class Entity:
    """What a page says, of a known kind."""

    kind: Kind
    text: str  # as it stands there
    value: str
    """YYYY-MM-DD; a decimal number; digits, perhaps behind a plus sign; an address; empty if it is ambiguous"""
    page: int = 1
    box: Box | None = None  # in pixels of the page; None where nobody knows
    confidence: float | None = None  # that it was read right, 0 to 1: the least of its words'
    currency: str = ""  # of an amount: its ISO 4217 code, or its sign where that is of several
    label: Literal["", "total", "date"] = ""  # which it is of a receipt or bill, by the words beside it


@dataclass
class _Row:
    """Words side by side; a tab stands for a wide gap."""

    text: str
    parts: list[tuple[int, Box | None, float | None]]  # where each word ends, its place and its confidence
    found: dict[int, Entity] = field(default_factory=dict)  # by where they begin

    def placed(self, begin: int, entity: Entity) -> Entity:
        """An entity with the place and confidence of the words that it stands in."""
        starts, end = (0, *(end for end, _, _ in self.parts)), begin + len(entity.text)
        mine = [part for start, part in zip(starts, self.parts, strict=False) if start < end and part[0] > begin]
        boxes = [box for _, box, _ in mine if box]
        seen = [confidence for _, _, confidence in mine if confidence is not None]
        return replace(entity, box=around(boxes) if boxes else None, confidence=min(seen, default=None))


def entities_of(blocks: Iterable[Block], page: int = 1) -> tuple[Entity, ...]:
    """The entities of a page's blocks, from top to bottom; where no words have places by the lines of the blocks."""
    blocks = tuple(blocks)
    words = [word for block in blocks for word in block.words if word.page in (None, page)]
    rows = [_row_of(row) for row in side_by_side(words)]
    for block in blocks:
        lines = block.text.splitlines() if not block.words else ()
        rows += [_Row(line, [(len(line), block.box, block.confidence)]) for line in lines]
    for row in rows:
        row.found = dict(_search(row.text))
    if any(_BILL.search(row.text) or any(entity.currency for entity in row.found.values()) for row in rows):
        _label_total(rows)
        _label_date(rows)
    return tuple(replace(row.placed(*item), page=page) for row in rows for item in sorted(row.found.items()))


def _row_of(words: Sequence[Word]) -> _Row:
    row = _Row(words[0].text, [(len(words[0].text), words[0].box, words[0].confidence)])
    for before, word in pairwise(words):
        wide = word.box[0] - before.box[2] > WIDE * (word.box[3] - word.box[1])
        row.text += ("\t" if wide else " ") + word.text
        row.parts.append((len(row.text), word.box, word.confidence))
    return row


WIDE = 2.0  # heights of a word from which a gap parts what stands in a row


KNOWN = tomllib.loads(Path(__file__).with_name("entities.toml").read_text(encoding="utf-8"))


def _words(name: str) -> str:
    """A pattern of words; what is set wide has blanks in it."""
    return "|".join(KNOWN["words"][name]).replace(" ", r"\s*")


EMAIL, BUSINESS = (re.compile(KNOWN["patterns"][name]) for name in ("email", "business"))
# Hangul may stand right before and behind.
PHONES = [re.compile(rf"(?<![A-Za-z0-9_.+/-]){form}(?![A-Za-z0-9-]|\.\d)") for form in KNOWN["patterns"]["phones"]]
PHONE_DIGITS = range(9, 16)
_CALLED = re.compile(
    rf"(?:{_words('called')})[^\d+(]{{0,8}}([+(]?\d(?:(?:[-.]|\) ?| )?\d){{6,14}})(?!\d)", re.IGNORECASE
)  # whatever number stands behind the word, as long as E.164 has them
_BUSINESS_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(rf"\b({'|'.join(_MONTHS)})[a-z]*\b", re.IGNORECASE)
_FORMS = "|".join(KNOWN["patterns"]["dates"]).replace("YEAR", r"(?:19|20)\d\d")
_FORMS = _FORMS.replace("MONTH", rf"(?:{'|'.join(_MONTHS)})[a-z]{{0,6}}")
_DATE = re.compile(rf"(?<![\d/.-])(?:{_FORMS})(?![\d/-]|\.\d)", re.IGNORECASE)
_SIGNS = KNOWN["signs"]
_SIGN = "|".join([*sorted(map(re.escape, _SIGNS), key=len, reverse=True), *KNOWN["codes"]["of"].split()])
_COMMA = r"\d{1,3}(?:\.\d{3})+(?:,\d{1,6})?|\d+,\d{1,2}"  # a number with a decimal comma
_NUMBER = rf"-?(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d\d?)?|{_COMMA}|\d+(?:\.\d\d?)?)"
_AMOUNT = re.compile(
    rf"(?<![A-Za-z\d])(?P<before>{_SIGN})[ .:]?(?P<number>{_NUMBER})(?![\d%$]|[.,]\d)"
    rf"|(?<![\d.,])(?P<sum>{_NUMBER}(?: ?[천백십만억조](?: ?\d[\d,.]*)?)*) ?"
    rf"(?P<behind>원(?!정?[가-힣])|원(?=정|[은을이의에까과])|(?![원$])(?:{_SIGN})(?![A-Za-z가-힣]))"
)
Where = Iterator[tuple[int, Entity]]  # where something begins, and what it is


def _search(text: str) -> Where:  # one kind after the other: what one takes is of no other
    rest = DASHES.sub("-", text)
    for search in (_emails, _businesses, _phones, _dates, _amounts):
        for begin, entity in search(rest):
            end = begin + len(entity.text)
            if "\0" not in rest[begin:end]:
                rest = rest[:begin] + "\0" * (end - begin) + rest[end:]
                yield begin, replace(entity, text=text[begin:end])


def _emails(text: str) -> Where:
    for match in EMAIL.finditer(text):
        yield match.start(), Entity("email", match[0], match[0])


def _businesses(text: str) -> Where:
    for match in BUSINESS.finditer(text):
        number = digits_of(match[0])
        yield match.start(), Entity("business_number", match[0], number if is_business(number) else "")


def _phones(text: str) -> Where:
    found = [match.span() for pattern in PHONES for match in pattern.finditer(text)]
    found = [span for span in found if len(digits_of(text[slice(*span)])) in PHONE_DIGITS]
    for begin, end in (*found, *(match.span(1) for match in _CALLED.finditer(text))):
        yield begin, Entity("phone", text[begin:end], "+" * (text[begin] == "+") + digits_of(text[begin:end]))


def _dates(text: str) -> Where:
    """Days; one that has two readings has no value, and what has none is no day."""
    for match in _DATE.finditer(text):
        if days := {day.isoformat() for day in days_of(match[0])}:
            yield match.start(), Entity("date", match[0], days.pop() if len(days) == 1 else "")


def days_of(text: str) -> Iterator[date]:
    """All dates that a text may be meant to say, in any order that people write."""
    numbers = [int(number) for number in re.findall(r"\d{1,4}", text)]
    month = _MONTH.search(text)
    if month and len(numbers) == 2:
        named = _MONTHS.index(month[1].lower()) + 1
        orders = [(numbers[1], named, numbers[0]), (numbers[0], named, numbers[1])]
    elif not month and len(numbers) == 3:
        one, two, three = numbers
        orders = [(one, two, three), (three, two, one), (three, one, two)]
    else:
        return
    for year, number, day in orders:
        try:
            yield date(year if year > 99 else 2000 + year, number, day)
        except ValueError:
            continue


def _amounts(text: str) -> Where:
    for match in _AMOUNT.finditer(text):
        sign, value = match["before"] or match["behind"], value_of(match["number"] or match["sum"])
        yield match.start(), Entity("amount", match[0], value, currency=_SIGNS.get(sign, sign))


def value_of(text: str) -> str:
    """A number in digits with a decimal point, empty if it is none."""
    if re.fullmatch(rf"-?(?:{_COMMA})", text):
        text = text.replace(".", "").replace(",", ".")
    number = parse_number(text)
    return "" if number is None else f"{number.value:.0f}" if number.unit else number.digits


def digits_of(text: str) -> str:
    """The digits of a text."""
    return "".join(char for char in text if char.isdigit())


def is_business(digits: str) -> bool:
    """Whether the last of 10 digits is the check digit of a Korean business number."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, _BUSINESS_WEIGHTS, strict=False))
    return int(digits[9]) == (10 - (total + int(digits[8]) * 5 // 10) % 10) % 10


# --- what a receipt says, by the words beside it ---

_BILL, _DATED, _OTHER_DAY, _PART = (
    re.compile(_words(name), re.IGNORECASE) for name in ("bill", "dated", "other_day", "part")
)
_TOTAL = re.compile(rf"(?P<last>{_words('last')})|{_words('total')}", re.IGNORECASE)
_BARE = re.compile(rf"(?<![\d.,:/%A-Za-z-]){_NUMBER}(?![\d%:/A-Za-z-]|[.,]\d)")
_ROUNDED = 0.97  # of the largest sum that another may be for what it was rounded to
_TIME = re.compile(r"(?<!\d)\d{1,2}:[0-5]\d(?!\d)")


def _label_total(rows: Sequence[_Row]) -> None:
    """Say which amount is the sum to be paid: of those behind words for it, or below, the last of the largest.

    Words for what is left when all is counted go before others; of a sum and what it was rounded to the latter counts.
    """
    sums: list[tuple[bool, float, _Row, int, Entity]] = []
    for at, row in enumerate(rows):
        below = rows[at + 1] if at + 1 < len(rows) else row
        for match in _TOTAL.finditer(row.text):
            phrase = re.split(r"\d", row.text[: match.start()])[-1] + re.split(r"\d", row.text[match.start() :])[0]
            if _PART.search(phrase):
                continue
            place, found = row, _amounts_behind(row, match.end())
            if not found and not re.search(r"[^\W\d_]{3}", below.text):
                place, found = below, _amounts_behind(below, 0)
            sums += [(bool(match["last"]), float(entity.value), place, begin, entity) for begin, entity in found[-1:]]
    best = [one for one in sums if one[0] == max(last for last, *_ in sums)]
    best = [one for one in best if one[1] >= _ROUNDED * max(value for _, value, *_ in best)]
    for *_, row, begin, entity in best[-1:]:
        row.found[begin] = replace(entity, label="total")


def _amounts_behind(row: _Row, begin: int) -> list[tuple[int, Entity]]:
    """Amounts of a row behind a place, and numbers that may be some: with a decimal point, or hundreds."""
    taken = [range(start, start + len(entity.text)) for start, entity in row.found.items()]
    bare = [
        (match.start(), Entity("amount", match[0], value_of(match[0])))
        for match in _BARE.finditer(row.text, begin)
        if len(match[0]) > 2 and not any(match.start() in other for other in taken)
    ]
    known = [item for item in row.found.items() if item[1].kind == "amount" and item[0] >= begin]
    return sorted((item for item in (*bare, *known) if item[1].value), key=lambda item: item[0])


def _label_date(rows: Sequence[_Row]) -> None:
    """Say which day is the receipt's: the first behind a word for it, else beside a time of day, else the only one."""
    days = [(row, *item) for row in rows for item in row.found.items() if item[1].kind == "date"]
    days = [day for day in days if not _OTHER_DAY.search(day[0].text[: day[1]])]
    said = [day for day in days if _DATED.search(day[0].text[: day[1]])]
    timed = [day for day in days if _TIME.search(day[0].text)]
    only = days if len({entity.text for *_, entity in days}) == 1 else []
    for row, begin, entity in (said or timed or only)[:1]:
        row.found[begin] = replace(entity, label="date")
