"""A number as a sheet's cell shows it: `#,##0;(#,##0)`, `_-"₩"* #,##0_-`, `yyyy"년" m"월"`, `[h]:mm`, `# ?/?`.

- Sections are for positive numbers, negative ones, zero and text, or for what their conditions say. Where colour alone
  sets negative numbers apart, they keep their sign.
- What hangs on a reader's system, other calendars, names of months and days in languages but Korean and English, and
  most numerals are not shown as the format says: dates are then ISO's, numbers as they are stored.
- Standard: ECMA-376, part 1, chapter 18.8.31.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from math import isfinite
from operator import eq, ge, gt, le, lt, ne

from sokdok.office.styles import HAN, KOREAN, positional, spoken

_HELD = re.compile(r'"([^"]*)"?|\\(.)|_.|\*( )|\*.|\[([^\]]*)\]|(;)', re.DOTALL)
_STANDS_FOR = re.compile("[\ue000-\uf8ff]")
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[0-9.]{1,20})")
_COMPARED = {"<": lt, ">": gt, "=": eq, "<=": le, ">=": ge, "<>": ne}
_DATE = re.compile(r"(am/pm|a/p|s+\.0+|\[?(?:h+|m+|s+)\]|y+|m+|d+|h+|s+|a{3,4}|[geb]+)", re.IGNORECASE)
_FRACTION = re.compile(r"(?:(.*[0#?])(\D*?[^0#?/]))?([0#?]+)/([0#?]+|[1-9][0-9]*)", re.DOTALL)
_SCALED = re.compile(r"(?<=[0#?.])(,+)(?=[^0#?]*$|\.)")  # each divides by a thousand
DAY_0 = datetime(1899, 12, 30)  # of dates in books of Windows
SYSTEM_DATE = "mm-dd-yy"  # as openpyxl calls the built-in format that each system shows its own way
_NAMED = {"y": "yY", "m": "bB", "d": "aA"}  # short and long, as `strftime` calls them
_LONGEST = 255  # characters of a format, as Excel takes them
_EXACT = Context(prec=600)  # a float has 309 digits before its point, and no more than `_LONGEST` are shown behind it


@dataclass
class _Section:
    """A part of a format: its signs, each text in it that is shown as it stands held apart."""

    pattern: str = ""
    held: list[str] = field(default_factory=list)
    condition: tuple[str, float] | None = None
    korean: bool = False
    foreign: bool = False  # whether names are another language's than Korean and English
    own: str = ""  # which numerals of another kind it shows

    def hold(self, text: str) -> None:
        """Add a text."""
        self.pattern += chr(0xE000 + len(self.held))
        self.held.append(text)

    def bracket(self, said: str) -> None:
        """Add what stands in brackets: a condition, hours that have passed, a currency; colours say nothing."""
        if compared := _CONDITION.match(said):
            self.condition = compared[1], float(compared[2])
        elif re.fullmatch("h+|m+|s+", said.lower()):
            self.pattern += f"[{said.lower()}]"
        elif said.startswith("$"):
            sign, _, locale = said[1:].partition("-")
            locale = locale.partition(",")[0].lower()
            language = int(locale[-4:], 16) & 0x3FF if re.fullmatch("[0-9a-f]+", locale) else locale[:2]
            self.korean |= language in (0x12, "ko")
            self.foreign |= language not in (0, 9, 0x12, "en", "ko", "x-", "")
            self.own = self.own or ("f" if locale.startswith("f") else "")
            self.hold(sign)
        elif said.lower().startswith("dbnum"):
            self.own = said[5:]

    @cached_property
    def is_date(self) -> bool:
        rest = re.sub(r"s\.0+|general|e[+-]", "", self.pattern, flags=re.IGNORECASE)
        return bool(_DATE.search(rest)) and not set(rest) & set("0#?")

    @property
    def signs(self) -> str:
        """The numerals of another kind, if they are known: digits, and their units."""
        return {"1": HAN, "4": KOREAN}.get(self.own, "") if self.korean or self.own == "4" else ""

    def written(self, pattern: str) -> str:
        """A pattern that was filled, with the texts that were held."""
        return _STANDS_FOR.sub(lambda found: self.held[ord(found[0]) - 0xE000], pattern)


@lru_cache(512)
def _sections(form: str) -> list[_Section]:
    sections, at, form = [_Section()], 0, _STANDS_FOR.sub("", form)
    for token in _HELD.finditer(form):
        sections[-1].pattern += form[at : token.start()]
        at = token.end()
        if token[5]:
            sections.append(_Section())
        elif token[4] is not None:
            sections[-1].bracket(token[4])
        else:
            sections[-1].hold(token[1] or token[2] or (" " if token[0][0] == "_" else token[3] or ""))
    sections[-1].pattern += form[at:]
    return sections


def shown_text(text: str, form: str) -> str:
    """Text as a format shows it: by its fourth section, or by its last one if that has a place for text."""
    sections = _sections(form)
    section = sections[3] if len(sections) > 3 else sections[-1]
    if len(sections) < 4 and "@" not in section.pattern:
        return text
    return text.join(map(section.written, section.pattern.split("@")))


def shown_number(value: float, form: str, base: datetime) -> str:
    """A number as a format shows it; `base` is the day 0 of its book's dates."""
    if not isfinite(value) or len(form) > _LONGEST:
        return plain_number(value)
    section, first, signed = _chosen(_sections(form), value)
    if "@" in section.pattern or (section.is_date and value < 0):
        return plain_number(value)
    if section.is_date:
        return " ".join(_date(value, section, base, form == SYSTEM_DATE).split())
    number = _number(abs(value), section.pattern)
    if section.signs and "." not in number:
        by_place = "general" not in section.pattern.lower()
        number = re.sub("[0-9]+", lambda one: (positional if by_place else spoken)(one[0], section.signs), number)
    text = " ".join(section.written(number).split())
    signed = signed or (section.pattern.strip(), section.held) == (first.pattern.strip(), first.held)
    return f"-{text}" if value < 0 and signed and re.search("[1-9]|^[^0]+$", text) else text


def plain_number(value: float) -> str:
    """A number as a sheet shows it without a format: no more than eleven digits of a fraction."""
    if isinstance(value, int):
        return str(value)
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.11g}".upper()


def _chosen(sections: list[_Section], value: float) -> tuple[_Section, _Section, bool]:
    """The section for a number, the first one, and whether a negative number's sign is left to be written."""
    most = len(sections) - (len(sections) > 1 and "@" in sections[-1].pattern)
    *others, last = sections[: min(most, 3)]
    plain = len(others) == 1 and others[0].condition is None
    for section, usual in zip(others, (">=" if plain else ">", "<"), strict=False):
        sign, limit = section.condition or (usual, 0.0)
        if _COMPARED[sign](value, limit):
            return section, sections[0], sign[0] != "<" or limit > 0
    return last, sections[0], not plain


def _number(value: float, pattern: str) -> str:
    """A number that is not negative, in the places of a pattern."""
    if "general" in pattern.lower():
        return re.sub("general", plain_number(value), pattern, flags=re.IGNORECASE)
    if not set(pattern) & set("0#?"):
        return pattern
    if fraction := _FRACTION.search(pattern):
        return pattern[: fraction.start()] + _fraction(value, fraction) + pattern[fraction.end() :]
    mantissa, power, powers = re.match("(.*?)(?:([eE][+-])(.*))?$", pattern, re.DOTALL).groups()  # type: ignore[union-attr]
    scaled = _SCALED.search(mantissa)
    number = Decimal(repr(value)) * 100 ** pattern.count("%") / 1000 ** (len(scaled[1]) if scaled else 0)
    whole, point, rest = _SCALED.sub("", mantissa).partition(".")
    unit, exponent = Decimal(1).scaleb(-sum(map(rest.count, "0#?"))), 0
    if power and number:
        exponent = number.adjusted()
        exponent += number.scaleb(-exponent).quantize(unit, ROUND_HALF_UP, _EXACT) >= 10
        powers = _filled(powers, str(abs(exponent)))
        power = f"E{'-' if exponent < 0 else power[1].replace('-', '')}"
    digits, _, tail = f"{number.scaleb(-exponent).quantize(unit, ROUND_HALF_UP, _EXACT):f}".partition(".")
    return _filled(whole, digits.lstrip("0")) + _behind_point(rest, tail) + (power or "") + (powers or "")


def _filled(pattern: str, digits: str) -> str:
    """Digits in their places, those of a whole number: the first place takes all that are left."""
    places = re.findall("[0#?]", pattern)
    digits = digits.zfill(len(places) - places.index("0") if "0" in places else 0)
    if re.search("[0#?],+[0#?]", pattern):
        digits = re.sub("(?<=[0-9])(?=(?:[0-9]{3})+$)", ",", digits)
    units, pattern = re.findall("[0-9],?", digits), pattern.replace(",", "")
    more = len(units) - len(places)
    taken = iter(["".join(units[: more + 1]), *units[more + 1 :]] if more > 0 else [""] * -more + units)
    return re.sub("[0#?]", lambda _: next(taken), pattern) if places else pattern + digits


def _behind_point(pattern: str, digits: str) -> str:
    """Digits in their places behind the point: zeros at the end only where they have to stand."""
    least = max((number for number, one in enumerate(re.findall("[0#?]", pattern), 1) if one == "0"), default=0)
    digits = digits[:least] + digits[least:].rstrip("0")
    taken = iter(digits)
    return ("." if digits else "") + re.sub("[0#?]", lambda _: next(taken, ""), pattern)


def _fraction(value: float, places: re.Match[str]) -> str:
    """A number as a fraction, of at most as many digits as there are places below it, or of the number there."""
    before, between, _, below = places.groups()
    number, fixed = Fraction(repr(value)), int(below) if below.isdecimal() else 0
    near = number if fixed else number.limit_denominator(10 ** len(below) - 1)
    above, under = (round(number * fixed), fixed) if fixed else (near.numerator, near.denominator)
    if before is None:
        return f"{above}/{under}"
    units, above = divmod(above, under)
    whole = _filled(before, str(units) if units or not above else "")
    return f"{whole}{between}{above}/{under}" if above else whole


def _date(value: float, section: _Section, base: datetime, by_system: bool) -> str:
    tokens = _DATE.split(section.pattern)  # every other one is a sign of a date
    exact = max(len(one.partition(".")[2]) for one in tokens[1::2])
    seconds = round(value * 86_400, exact)
    try:
        moment = base + timedelta(days=base.year == 1899 and value < 60, seconds=seconds)  # 1900 has 366 days there
    except OverflowError:
        return plain_number(value)
    signs = [one.lower() for one in tokens[1::2]]
    named = section.foreign and any(len(one) > 2 and one[0] in "mda" for one in signs)
    if by_system or section.own or named or any(one[0] in "geb" for one in signs):
        exactly = "seconds" if moment.second else "minutes"
        return moment.isoformat(" ", exactly).removesuffix(" 00:00") if value >= 1 else moment.time().isoformat(exactly)
    letters = "".join(one.strip("[")[0] for one in signs)
    half = "a/p" in signs or "am/pm" in signs
    hour = (moment.hour - 1) % 12 + 1 if half else moment.hour
    for number, sign in enumerate(signs):
        letter, width = letters[number], len(sign)
        if "/" in sign:
            said = ("오전", "오후") if section.korean else tokens[2 * number + 1].split("/")
            text = said[moment.hour >= 12]
        elif sign[0] == "[":
            text = f"{int(seconds // {'h': 3600, 'm': 60, 's': 1}[letter]):0{width - 2}}"
        elif letter == "h" or (letter == "m" and letters[number - 1 : number] == "h") or letters[number:][:2] == "ms":
            text = f"{hour if letter == 'h' else moment.minute:0{width}}"
        elif letter == "s":
            text = f"{moment.second + moment.microsecond / 1e6:0{width}.{len(sign.partition('.')[2])}f}"
        elif width > 2 and (letter == "a" or (section.korean and letter in "dm")):
            day = "월화수목금토일"[moment.weekday()] + ("요일" if width > 3 else "")
            text = f"{moment.month}월" if letter == "m" else day
        elif width > 2 or letter == "y":
            name = _NAMED[letter][width > (2 if letter == "y" else 3)]
            text = moment.strftime(f"%{name}")[: 1 if sign == "mmmmm" else None]
        else:
            text = f"{moment.month if letter == 'm' else moment.day:0{width}}"
        tokens[2 * number + 1] = text
    return section.written("".join(tokens))
